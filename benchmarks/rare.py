"""The coder on the test set of the rare, which training never saw: per category precision, recall, F1, and the errors.

python benchmarks/rare.py [--errors]
"""

from __future__ import annotations

import sys
from pathlib import Path

from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, precision_recall_fscore_support

from zhgovtext.classification import classify
from zhgovtext.resources import rows

PATH = Path(__file__).parent.parent / "corpus" / "rare.tsv"
COLUMNS = ("id", "report", "headings", "category", "alternatives", "second", "text")


def main() -> None:
    units = [row for _, row in rows(PATH, COLUMNS)]
    paths = [tuple(heading for heading in row["headings"].split(" > ") if heading) for row in units]
    truth = [row["category"] for row in units]
    guess = [str(label.category) for label in classify([row["text"] for row in units], headings=paths)]
    print(f"{len(units)} units: accuracy {accuracy_score(truth, guess):.3f}", end=" ")
    print(f"kappa {cohen_kappa_score(truth, guess):.3f} macro-F1 {f1_score(truth, guess, average='macro'):.3f}")
    lenient = [
        code if other in row["alternatives"].split(",") else other
        for row, code, other in zip(units, truth, guess, strict=True)
    ]
    print(f"with defensible alternatives right: accuracy {accuracy_score(truth, lenient):.3f}")
    codes = sorted(set(truth))
    precision, recall, f1, support = precision_recall_fscore_support(truth, guess, labels=codes)
    for code, *scores, count in zip(codes, precision, recall, f1, support, strict=True):
        print(f"  {code:15} n={count:3} precision {scores[0]:.2f} recall {scores[1]:.2f} F1 {scores[2]:.2f}")
    if "--errors" in sys.argv:
        for row, code, other in zip(units, truth, guess, strict=True):
            if code != other:
                print(f"  {code} taken for {other}: {row['text']}")


if __name__ == "__main__":
    main()
