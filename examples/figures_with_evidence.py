"""The figures of a report that carry an indicator, each with the sentence that proves it.

python examples/figures_with_evidence.py corpus/reports/yunlan-2017.txt
"""

import sys

import zhgovtext as zg


def main(path: str) -> None:
    report = zg.analyze(path)
    text = report.document.text
    for fact in report.facts:
        if fact.indicator is None:
            continue
        around = " ".join(text[max(0, fact.start - 20) : fact.end + 10].split())
        print(f"{fact.indicator}\t{fact.value}\t{fact.unit}\t{fact.period}\t{fact.source}\t…{around}…")


if __name__ == "__main__":
    main(sys.argv[1])
