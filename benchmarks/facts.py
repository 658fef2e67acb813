"""Prose figures against what a careful reader found.

    python benchmarks/facts.py FOLDER [NAME...]      python benchmarks/facts.py ../shared/reports
                                                     python benchmarks/facts.py tests/files/figures jiangzha-2016

A folder holds reports NAME.txt (or .pdf) and their truth NAME.facts.json, there or under ``gold``. A figure is found
where a fact of the prose with its value overlaps the reader's quote: quotes leave out what qualifies the number. One
phrase that says zero of two things is two figures. Notes are of parts divided by ``; ``: ``borderline`` figures are
optional, ``accept: A, null`` names other indicators that are right (``null``: none), ``accept: scope own`` another
value of a field. A figure of a named body (``scope: unit``) may keep its code though the reader gave none to it.
Prints a report a line, then every miss and false claim, then the sums.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zhgovtext.facts import Fact
from zhgovtext.report import analyze

FIELDS = ("unit", "qualifier", "period", "scope", "subject", "cumulative")
COLUMNS = ("required", "found", "extra", "coded", "right", "claimed", "false", *FIELDS)


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    truths = sorted((*folder.glob("*.facts.json"), *folder.glob("gold/*.facts.json")))
    total: Counter[str] = Counter()
    print(f"{'report':24} " + " ".join(f"{column:>10}" for column in COLUMNS))
    for path in truths:
        name = path.name.removesuffix(".facts.json")
        file = next((f for suffix in (".txt", ".pdf") if (f := folder / f"{name}{suffix}").is_file()), None)
        if file is None or (names and name not in names):
            continue
        report = analyze(file)
        facts = [fact for fact in report.facts if fact.source == "prose"]
        gold = json.loads(path.read_text(encoding="utf-8"))
        if file.suffix != ".txt":
            gold = _moved(gold, facts)
        counts, lines = compare(facts, gold, report.document.text)
        total += counts
        print(f"{name:24} " + " ".join(f"{counts[column]:10}" for column in COLUMNS))
        for line in lines:
            print("   ", line)
    print(f"{'all':24} " + " ".join(f"{total[column]:10}" for column in COLUMNS))
    _sums("quantities", total["found"], total["found"] + total["extra"], total["required"])
    _sums("indicator and value", total["right"], total["claimed"], total["coded"], total["claimed"] - total["false"])


def compare(facts: list[Fact], gold: list[dict[str, Any]], text: str) -> tuple[Counter[str], list[str]]:
    """Counts under `COLUMNS` (fields: how many of the right figures have them otherwise), and a line for each error."""
    counts: Counter[str] = Counter()
    lines: list[str] = []
    left = dict(enumerate(facts))
    for row in gold:
        notes = str(row.get("note") or "").split("; ")
        accepted = {
            name.strip(" ()") for note in notes if "accept:" in note for name in note.split("accept:")[1].split(",")
        }
        optional = notes[0].startswith("borderline")
        at = _match(row, accepted, left)
        fact = left.pop(at) if at is not None else None
        if fact is not None and not _is_value(fact, row, accepted):
            fact = None
        place = text[max(0, row["start"] - 30) : row["start"] + len(row["quote"])]
        counts["required"] += not optional
        counts["found"] += fact is not None and not optional
        if fact is None and not optional:
            lines.append(f"missing  {row['indicator']} … {place!r}")
        wanted, said = row["indicator"], fact.indicator if fact else None
        right = said == wanted or said in accepted or (said is None and "null" in accepted)
        # A named body's figure makes no claim about the agency.
        claimed = said is not None and (wanted is not None or fact is None or fact.scope != "unit")
        counts["coded"] += wanted is not None
        counts["right"] += wanted is not None and right
        counts["claimed"] += claimed
        counts["false"] += claimed and not right
        if not right and (claimed or wanted):
            lines.append(f"{'claimed' if claimed else 'uncoded'}  {said}, reader {wanted} … {place!r}")
        if fact is None:
            continue
        for name in FIELDS if wanted and said == wanted else FIELDS[:2]:
            value, expected = getattr(fact, name), row.get(name) or (False if name == "cumulative" else None)
            if name in row and value != expected and f"{name} {value or 'null'}" not in accepted:
                counts[name] += 1
                lines.append(f"{name:8} {value}, reader {expected} … {place!r}")
    counts["extra"] = len(left) - sum(fact.state == "zero_words" for fact in left.values() if not _says(gold, "state"))
    lines += [
        f"extra    {fact.indicator} {fact.value} … {text[fact.start - 20 : fact.end]!r}" for fact in left.values()
    ]
    return counts, lines


def _match(row: dict[str, Any], accepted: set[str], left: dict[int, Fact]) -> int | None:
    """The fact that overlaps the quote; of several zeros of one phrase that of the reader's indicator first."""
    zero = row.get("state") == "zero_words"
    low, high = row["start"], row["start"] + len(row["quote"])
    over = [
        at
        for at, fact in left.items()
        if fact.start < high and fact.end > low and ((fact.state == "zero_words") == zero or "state stated" in accepted)
    ]
    return next((at for at in over if zero and left[at].indicator == row["indicator"]), over[0] if over else None)


def _is_value(fact: Fact, row: dict[str, Any], accepted: Iterable[str]) -> bool:
    if any(name.startswith("value") for name in accepted):
        return True
    return fact.value is not None and row["value"] is not None and abs(fact.value - row["value"]) < 1e-6


def _says(gold: list[dict[str, Any]], name: str) -> bool:
    """Whether the reader noted the field at all: some truths leave zeros in words out."""
    return any(name in row for row in gold)


def _moved(gold: list[dict[str, Any]], facts: list[Fact]) -> list[dict[str, Any]]:
    """The reader's figures at the places where a file of another format has them; 0 where it has none."""
    places = {("".join(fact.quote.split()), fact.value): fact.start for fact in reversed(facts)}
    return [{**row, "start": places.get(("".join(row["quote"].split()), row["value"]), 0)} for row in gold]


def _sums(name: str, right: int, claimed: int, wanted: int, true: int | None = None) -> None:
    precision = (right if true is None else true) / max(1, claimed)
    recall = right / max(1, wanted)
    both = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"{name}: precision {precision:.3f} recall {recall:.3f} F1 {both:.3f}")


if __name__ == "__main__":
    main()
