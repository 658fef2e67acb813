"""Prose figures against what a careful reader found.

    python benchmarks/facts.py ../shared/reports

A gold figure is found where a fact of the prose has its place and value. Quantities marked ``borderline`` are optional.
An indicator is right where it is the reader's, or one that the note accepts; a figure of a named unit (``scope: unit``)
may keep its code though the reader gave none. Prints a report a line, then every miss and every false claim.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhgovtext.facts import Fact
from zhgovtext.report import Report, analyze


@dataclass(frozen=True)
class Score:
    """Counts of one report: quantities, and indicators with their values."""

    required: int
    found: int
    extra: int
    coded: int
    right: int
    claimed: int
    lines: tuple[str, ...]


def main() -> None:
    folder = Path(sys.argv[1])
    scores: list[Score] = []
    print(f"{'report':16} {'found/required':>15} {'extra':>6} {'right/coded':>12} {'claimed':>8}")
    for path in sorted((folder / "gold").glob("*.facts.json")):
        name = path.name.split(".")[0]
        file = next((f for suffix in (".txt", ".pdf") if (f := folder / f"{name}{suffix}").is_file()), None)
        if file is None:
            continue
        score = _score(analyze(file), json.loads(path.read_text(encoding="utf-8")), placed=file.suffix == ".txt")
        scores.append(score)
        print(f"{name:16} {score.found:7} of {score.required:4} {score.extra:6}", end=" ")
        print(f"{score.right:5} of {score.coded:3} {score.claimed:8}")
        for line in score.lines:
            print("   ", line)
    found, required, extra = (sum(getattr(s, name) for s in scores) for name in ("found", "required", "extra"))
    right, coded, claimed = (sum(getattr(s, name) for s in scores) for name in ("right", "coded", "claimed"))
    print(f"quantities: recall {found / required:.3f} precision {found / (found + extra):.3f}", end=" ")
    print(f"F1 {2 * found / (required + found + extra):.3f}")
    print(f"indicator and value: recall {right / coded:.3f} precision {right / claimed:.3f}", end=" ")
    print(f"F1 {2 * right / (coded + claimed):.3f}")


def _score(report: Report, gold: list[dict[str, Any]], *, placed: bool) -> Score:
    """Compare by place and value; a file whose text is not the reader's (`placed` false), by quote and value."""
    facts = [fact for fact in report.facts if fact.source == "prose" and fact.state == "stated"]
    text = report.document.text

    def key(fact: Fact) -> tuple[object, ...]:
        return (fact.start if placed else "".join(fact.quote.split()), fact.value)

    found = {key(fact): fact for fact in facts}
    wanted: dict[tuple[object, ...], dict[str, Any]] = {
        (row["start"] if placed else "".join(row["quote"].split()), row["value"]): row for row in gold
    }
    needed = {k for k, row in wanted.items() if not row.get("note", "").startswith("borderline")}
    lines: list[str] = []
    right = claimed = 0
    for k, row in wanted.items():
        fact = found.get(k)
        if fact is None and k in needed:
            lines.append(f"missing  {row['quote']} {row['indicator']}")
        if row["indicator"] and _is_right(fact, row):
            right += 1
        elif fact is not None and row["indicator"] and fact.indicator is None:
            lines.append(f"uncoded  {row['quote']} {row['indicator']} … {text[fact.start - 30 : fact.end]!r}")
    for k, fact in found.items():
        row = wanted.get(k, {})
        if fact.indicator is None or fact.scope == "unit":
            continue
        if not row.get("indicator") and fact.indicator in row.get("note", ""):
            continue
        claimed += 1
        if not _is_right(fact, row):
            context = text[fact.start - 30 : fact.end]
            lines.append(f"claimed  {fact.indicator} {fact.quote}, reader {row.get('indicator')} … {context!r}")
    extra = [fact for k, fact in found.items() if k not in wanted]
    lines += [f"extra    {fact.quote} … {text[fact.start - 20 : fact.end + 5]!r}" for fact in extra]
    hits = len(needed & found.keys())
    coded = sum(bool(row["indicator"]) for row in gold)
    return Score(len(needed), hits, len(extra), coded, right, claimed, tuple(lines))


def _is_right(fact: Fact | None, row: dict[str, Any]) -> bool:
    if fact is None or fact.indicator is None or fact.scope == "unit":
        return False
    note = row.get("note") or ""
    accepted = note.partition("accept:")[2].replace(",", " ").split()
    return fact.indicator == row.get("indicator") or fact.indicator in accepted


if __name__ == "__main__":
    main()
