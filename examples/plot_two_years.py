"""What set two reports apart: their key terms against each other, in one figure.

python examples/plot_two_years.py corpus/reports/yunlan-2017.txt corpus/reports/yunlan-2018.txt words.svg
"""

import sys

import zhgovtext as zg


def main(first: str, second: str, output: str) -> None:
    comparison = zg.compare([zg.analyze(first), zg.analyze(second)], keywords=15)
    zg.save_figure(zg.plot_keyness(comparison), output)
    for report, found in zip(comparison.reports, comparison.keyness, strict=True):
        print(report.name, *(keyword.term for keyword in found.keywords[:3]))


if __name__ == "__main__":
    main(*sys.argv[1:])
