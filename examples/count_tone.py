"""How often does a report promise, praise itself, own up to shortcomings? Counts by a dictionary of one's own.

python examples/count_tone.py corpus/reports/yunlan-2017.txt

>>> from zhgovtext.dictionary import Dictionary, count_dictionary
>>> tone = Dictionary("tone", {"成绩": ("取得*成效",), "不足": ("不足", "有待*")})
>>> [(c.category, c.count) for c in count_dictionary("公开取得明显成效，但更新有待加快。", tone)]
[('成绩', 1), ('不足', 1)]
"""

import sys
from pathlib import Path

import zhgovtext as zg
from zhgovtext.dictionary import count_dictionary, load_dictionary


def main(path: str) -> None:
    report = zg.analyze(path)
    tone = load_dictionary(Path(__file__).with_name("tone.csv"))
    for found in count_dictionary(report, tone):
        rate = "" if found.per_thousand is None else f"{found.per_thousand:.2f}"
        print(f"{found.category}\t{found.count}\t{rate}")
        for term in found.terms:
            for line in report.kwic(term.term, width=12):
                print(f"\t{term.term}\t{line.left}【{line.term}】{line.right}")


if __name__ == "__main__":
    main(sys.argv[1])
