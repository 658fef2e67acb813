"""Content types on real reports that training never saw: policy interpretation and routine news.

    python benchmarks/content.py ../shared/reports [--errors]

In ``gold/NAME.clauses.tsv`` stand the clauses that could be of either type; all others are neither. Measured are (a)
`content_type` on these clauses alone, and (b) the spans of ``report.balance``, found by text without white space; a
typed span in no gold clause counts as wrong. Beside each the lexicon alone: the decisive and news words of
``data/content_cues.tsv``. Intervals (95 %) come from drawing whole reports.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zhgovtext.content import TYPES, find_clauses, load_content_coder, load_cues, score_types
from zhgovtext.evaluation import evaluate
from zhgovtext.report import Report, analyze
from zhgovtext.script import normalize


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a report: the reader's type, what a second reader chose, and the type found."""

    report: str
    truth: str
    others: tuple[str, ...]
    text: str
    found: str


Gold = tuple[str, tuple[str, ...], str]


def main() -> None:
    folder = Path(sys.argv[1])
    errors = "--errors" in sys.argv
    gold = {path.name.split(".")[0]: _rows(path) for path in sorted((folder / "gold").glob("*.clauses.tsv"))}
    texts = [text for rows in gold.values() for _, _, text in rows]
    probabilities = score_types(texts)
    codes = load_content_coder().codes
    kinds = [codes[at] for at in probabilities.argmax(axis=1).tolist()]
    _show("(a) alone", _alone(gold, kinds), errors)
    truth = [kind for rows in gold.values() for kind, _, _ in rows]
    names = [name for name, rows in gold.items() for _ in rows]
    print(f"    calibration error {evaluate(truth, probabilities, codes, reports=names).calibration.error:.3f}")
    _show("(a) lexicon", _alone(gold, [by_words(text) for text in texts]), False)
    spans: list[Clause] = []
    words: list[Clause] = []
    for name, rows in gold.items():
        path = next(path for ending in (".txt", ".pdf") if (path := folder / f"{name}{ending}").exists())
        report = analyze(path)
        spans += _match(name, rows, _typed(report))
        words += _match(name, rows, _lexicon(report))
    _show("(b) report", spans, errors)
    _show("(b) lexicon", words, False)


def by_words(clause: str) -> str:
    """Type by the lexicon alone."""
    text = normalize(clause).text
    kinds = {kind for _, kind in load_cues().find(text)}
    if "decisive" in kinds and text.count("、") < 3:
        return "interpretation"
    return "news" if "news" in kinds and "decisive" not in kinds else "neither"


def _rows(path: Path) -> list[Gold]:
    cells = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(kind, tuple(filter(None, others.split(","))), "".join(text.split())) for kind, others, text in cells]


def _alone(gold: dict[str, list[Gold]], kinds: Sequence[str]) -> list[Clause]:
    rows = [(name, *row) for name, rows in gold.items() for row in rows]
    return [Clause(*row, kind) for row, kind in zip(rows, kinds, strict=True)]


def _typed(report: Report) -> list[tuple[str, str]]:
    """(type, text without white space) of each typed span of the balance, in document order."""
    balance = report.balance
    spans = [(start, end, "interpretation") for start, end in balance.interpretation.spans]
    spans += [(start, end, "news") for start, end in balance.news.spans]
    return [(kind, "".join(report.document.text[start:end].split())) for start, end, kind in sorted(spans)]


def _lexicon(report: Report) -> list[tuple[str, str]]:
    found = []
    for sentence in report.sentences:
        text = report.document.text
        for start, end in find_clauses(text, sentence.start, sentence.end):
            kind = by_words(text[start:end])
            if kind != "neither":
                found.append((kind, "".join(text[start:end].split())))
    return found


def _match(name: str, rows: list[Gold], found: list[tuple[str, str]]) -> list[Clause]:
    """Gold clauses with the type found, those cut alike first, and typed spans that are no gold clause."""
    left = list(found)
    kinds = ["neither"] * len(rows)
    open_rows = list(range(len(rows)))
    for alike in (str.__eq__, _same):
        for row in list(open_rows):
            at = next((i for i, (_, span) in enumerate(left) if alike(span, rows[row][2])), None)
            if at is not None:
                kinds[row] = left.pop(at)[0]
                open_rows.remove(row)
    clauses = [Clause(name, *row, kind) for row, kind in zip(rows, kinds, strict=True)]
    return clauses + [Clause(name, "neither", (), text, kind) for kind, text in left]


def _same(span: str, text: str) -> bool:
    """Whether two cuts of a text are of one clause."""
    short, long = sorted((span, text), key=len)
    return len(short) >= 6 and short in long and 2 * len(short) >= len(long)


def _one_hot(clauses: Sequence[Clause]) -> npt.NDArray[np.float64]:
    return np.array([[float(kind == clause.found) for kind in TYPES] for clause in clauses])


def _show(title: str, clauses: list[Clause], errors: bool) -> None:
    for how, truth in (
        ("strictly", [clause.truth for clause in clauses]),
        ("second reader's choice right", [c.found if c.found in c.others else c.truth for c in clauses]),
    ):
        print(f"{title}, {how}")
        _scores(truth, clauses)
    if errors:
        for clause in clauses:
            if clause.truth != clause.found:
                print("   ", clause.report, clause.truth, ",".join(clause.others), "as", clause.found, clause.text)


def _scores(truth: list[str], clauses: list[Clause]) -> None:
    found = evaluate(truth, _one_hot(clauses), TYPES, reports=[clause.report for clause in clauses])
    for score in found.categories[:2]:
        figures = [
            f"{name} {value.value or 0:.3f} [{value.low or 0:.2f}, {value.high or 0:.2f}]"
            for name, value in (("precision", score.precision), ("recall", score.recall), ("F1", score.f1))
        ]
        print(f"  {score.category:15} n={score.n:3} found={score.predicted:3}", *figures)


if __name__ == "__main__":
    main()
