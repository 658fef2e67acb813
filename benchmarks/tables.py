"""Table cells found, against what a careful reader found in the same reports.

    python benchmarks/tables.py DIRECTORY

DIRECTORY holds reports (.txt, .html, .pdf) and ``gold/NAME.table.json``. A cell is right when indicator, dimensions,
value and cumulative agree. Cells that the reader could only split by reasoning (`fused`) are counted apart.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhgovtext.facts import Fact
from zhgovtext.readers import read
from zhgovtext.report import analyze

Cell = tuple[str | None, tuple[tuple[str, str], ...], float, bool]


@dataclass(frozen=True)
class Score:
    """Cells of the gold that were found, missed, or read otherwise; and cells found that it does not have."""

    right: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    fused_right: int
    fused: int


def main() -> None:
    directory = Path(sys.argv[1])
    for gold_path in sorted((directory / "gold").glob("*.table.json")):
        gold = json.loads(gold_path.read_text(encoding="utf-8"))
        name = gold_path.name.removesuffix(".table.json")
        for path in sorted(directory.glob(f"{name}.*")):
            facts = [fact for fact in analyze(read(path)).facts if fact.source == "table"]
            score = compare(facts, gold)
            print(
                f"{path.name:20} cells {len(gold):4} right {score.right:4} missing {len(score.missing):3} "
                f"wrong {len(score.wrong):3} fused right {score.fused_right} of {score.fused}"
            )
            for line in (*score.missing, *score.wrong):
                print("   ", line)


def compare(facts: Iterable[Fact], gold: list[dict[str, Any]]) -> Score:
    """Count the cells of a report; a fact is used once."""
    valued = [fact for fact in facts if fact.value is not None]
    found = Counter(_of_fact(fact) for fact in valued)
    missing: list[str] = []
    right = fused = fused_right = 0
    for cell in gold:
        is_fused = str(cell.get("note") or "").startswith("fused")
        keys = _of_gold(cell)
        hit = next((key for key in keys if found[key] > 0), None)
        if hit:
            found[hit] -= 1
        fused += is_fused
        fused_right += is_fused and hit is not None
        right += not is_fused and hit is not None
        if hit is None and not is_fused:
            missing.append(f"missing {keys[0]}")
    wanted = {key[:2] for cell in gold for key in _of_gold(cell)}
    wrong = [
        f"{'wrong' if key[:2] in wanted else 'not in gold'} {key}"
        for key, count in found.items()
        if count > 0 and key[0] is not None
    ]
    return Score(right, tuple(missing), tuple(wrong), fused_right, fused)


def _of_fact(fact: Fact) -> Cell:
    dimensions = {name: value for name, value in fact.dimensions.items() if name != "row"}
    return fact.indicator, tuple(sorted(dimensions.items())), float(fact.value or 0), fact.cumulative


def _of_gold(cell: dict[str, Any]) -> list[Cell]:
    note = str(cell.get("note") or "")
    codes = [cell["indicator"]]
    if "accept: " in note:
        accepted = note.split("accept: ")[1].split(";")[0].split(" ")[0]
        codes.append(None if accepted == "null" else accepted)
    dimensions = tuple(sorted((cell.get("dimensions") or {}).items()))
    return [(code, dimensions, float(cell["value"]), cell.get("qualifier") == "cumulative") for code in codes]


if __name__ == "__main__":
    main()
