"""Agreement with a careful reader on real reports that training never saw.

    python benchmarks/gold.py ../shared/reports

The folder holds reports and, in ``gold/``, what the reader found. A gold unit is found in the report with white space
removed and gets the category that covers most of its characters (those of a heading that is glued to it have none).
Prints, a report a line and for all, accuracy, Cohen's kappa and macro-F1, strictly and with a second reader's choice
counted right; then precision and recall per category; then quantities and clauses.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from itertools import accumulate
from pathlib import Path
from typing import Any

from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, precision_recall_fscore_support

from zhgovtext.content import content_type
from zhgovtext.report import Report, analyze

Row = tuple[str, tuple[str, ...], str]


def main() -> None:
    folder = Path(sys.argv[1])
    paths = {path.stem: path for kind in ("pdf", "html", "txt") for path in sorted(folder.glob(f"*.{kind}"))}
    reports = {name: analyze(path) for name, path in paths.items()}
    _sentences(folder / "gold", reports)
    _clauses(folder / "gold")
    _quantities(folder / "gold", reports)


def _rows(path: Path) -> list[Row]:
    cells = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(category, tuple(filter(None, others.split(","))), text) for category, others, text in cells]


def _sentences(gold: Path, reports: dict[str, Report]) -> None:
    truth: list[str] = []
    strict: list[str] = []
    lenient: list[str] = []
    print(f"{'report':16} {'units':>5} {'accuracy':>8} {'kappa':>6}")
    for path in sorted(gold.glob("*.sentences.tsv")):
        rows = _rows(path)
        name = path.name.split(".")[0]
        guesses = _codes(reports[name], [text for _, _, text in rows])
        categories = [category for category, _, _ in rows]
        print(f"{name:16} {len(rows):5} {accuracy_score(categories, guesses):8.3f} ", end="")
        print(f"{cohen_kappa_score(categories, guesses):6.3f}")
        truth += categories
        strict += guesses
        lenient += [c if guess in others else guess for (c, others, _), guess in zip(rows, guesses, strict=True)]
    for name, guesses in (("strict", strict), ("second reader's choice right", lenient)):
        print(f"all, {name}: n={len(truth)} accuracy {accuracy_score(truth, guesses):.3f}", end=" ")
        print(f"kappa {cohen_kappa_score(truth, guesses):.3f}", end=" ")
        print(f"macro-F1 {f1_score(truth, guesses, labels=sorted(set(truth)), average='macro'):.3f}")
    labels = sorted(set(truth))
    precision, recall, f1, support = precision_recall_fscore_support(truth, strict, labels=labels, zero_division=0)
    for label, *figures, count in zip(labels, precision, recall, f1, support, strict=True):
        print(f"  {label:15} n={count:3} precision {figures[0]:.2f} recall {figures[1]:.2f} F1 {figures[2]:.2f}")


def _codes(report: Report, texts: list[str]) -> list[str]:
    text = report.document.text
    kept = [not char.isspace() for char in text]
    bare = "".join(text.split())
    position = [0, *accumulate(kept)]
    owner: list[str | None] = [None] * len(bare)
    for sentence in report.sentences:
        low, high = position[sentence.start], position[sentence.end]
        owner[low:high] = [sentence.category] * (high - low)
    codes: list[str] = []
    at = 0
    for wanted in ("".join(text.split()) for text in texts):
        found = bare.find(wanted, at)
        found = bare.find(wanted) if found < 0 else found
        if found < 0:
            codes.append("unfound")
            continue
        at = found + len(wanted)
        coded = Counter(code for code in owner[found:at] if code)
        codes.append(coded.most_common(1)[0][0] if coded else "uncoded")
    return codes


def _clauses(gold: Path) -> None:
    truth: list[str] = []
    guesses: list[str] = []
    for path in sorted(gold.glob("*.clauses.tsv")):
        rows = _rows(path)
        truth += [kind for kind, _, _ in rows]
        guesses += [found.type for found in content_type([text for _, _, text in rows])]
    labels = ["interpretation", "news"]
    precision, recall, f1, support = precision_recall_fscore_support(truth, guesses, labels=labels, zero_division=0)
    print("clauses:")
    for label, *figures, count in zip(labels, precision, recall, f1, support, strict=True):
        print(f"  {label:15} n={count:3} precision {figures[0]:.2f} recall {figures[1]:.2f} F1 {figures[2]:.2f}")


def _quantities(gold: Path, reports: dict[str, Report]) -> None:
    """Prose quantities, and those with the right indicator; borderline ones of the reader are optional."""
    print("prose quantities:")
    for path in sorted(gold.glob("*.facts.json")):
        name = path.name.split(".")[0]
        # Places are those of the text file.
        if reports[name].document.format != "txt":
            continue
        wanted: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        found = {(f.start, f.value): f for f in reports[name].facts if f.source == "prose" and f.state == "stated"}
        needed = {(w["start"], w["value"]) for w in wanted if not w.get("note", "").startswith("borderline")}
        allowed = {(w["start"], w["value"]) for w in wanted}
        hits = len(needed & set(found))
        coded = [w for w in wanted if w["indicator"]]
        right = sum(
            (w["start"], w["value"]) in found and found[w["start"], w["value"]].indicator == w["indicator"]
            for w in coded
        )
        claimed = sum(f.indicator is not None for f in found.values())
        print(f"  {name:14} found {hits} of {len(needed)}, not in gold {len(set(found) - allowed)};", end=" ")
        print(f"indicators right {right} of {len(coded)}, claimed {claimed}")


if __name__ == "__main__":
    main()
