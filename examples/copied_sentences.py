"""What a report copied from an older one, the least changed first: how it was copied, and the sentence.

python examples/copied_sentences.py corpus/reports/tingyuan-2022.txt corpus/reports/tingyuan-2021.txt
"""

import sys

import zhgovtext as zg


def main(newer: str, older: str) -> None:
    report = zg.analyze(newer)
    reuse = zg.find_reuse(report, [zg.analyze(older)])
    print(f"{reuse.sentences.copied} of {reuse.sentences.total} sentences copied")
    for copy in sorted(reuse.copies, key=lambda copy: -copy.similarity):
        if reuse.copied[copy.sentence]:
            text = " ".join(report.sentences[copy.sentence].text.split())
            print(f"{copy.kind}\t{copy.similarity:.2f}\t{text}")


if __name__ == "__main__":
    main(*sys.argv[1:])
