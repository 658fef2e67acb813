"""What are the reports in a folder about? One line each: agency, year, largest categories, keywords.

python examples/summarize_folder.py corpus/reports
"""

import sys
from pathlib import Path

import zhgovtext as zg


def main(folder: str) -> None:
    for path in sorted(Path(folder).glob("*.txt")):
        try:
            report = zg.analyze(path)
        except zg.InputError as error:
            print(error, file=sys.stderr)
            continue
        shares = sorted(report.category_shares(), key=lambda share: -share.sentences)[:3]
        largest = "、".join(f"{share.label} {share.share:.0%}" for share in shares if share.share)
        terms = " ".join(keyword.term for keyword in report.keywords(6))
        print(f"{path.name}\t{report.meta.agency}\t{report.meta.year}\t{largest}\t{terms}")


if __name__ == "__main__":
    main(sys.argv[1])
