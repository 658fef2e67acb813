"""The panel of real reports beside what a careful reader found.

    python benchmarks/panel.py ../shared/reports

The folder holds reports NAME.txt, .html or .pdf and what the reader found: gold/NAME.table.json (cells) and
gold/NAME.facts.json (figures of the text). All reports go through `run_batch` into one store. The reader's figures
become a row by the panel's own rule, here in a few lines of Python that share nothing with its SQL: the report's own
year, applicants in total, nothing cumulative, the table before the text. Notes of the reader: ``borderline`` figures
are optional, ``accept: CODE`` names another indicator that is right, ``null`` none. Prints a report a line - values
that are right (in the main row or in that of another scope), wrong, missing, and more than the reader has - then every
difference, and what the panel itself says is in conflict.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhgovtext.batch import run_batch
from zhgovtext.corpus import open_corpus
from zhgovtext.indicators import load_indicators
from zhgovtext.panel import load_columns

_ACCEPTED = re.compile(r"accept: ([a-z_., ]+)")
Row = Mapping[str, Any]


def main() -> None:
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "store.duckdb"
        run_batch(sorted(path for path in folder.iterdir() if path.suffix in (".txt", ".html", ".pdf")), store)
        with open_corpus(store) as corpus:
            relation = corpus.panel()
            rows: list[Row] = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    besides: dict[str, dict[str, float]] = {}
    for row in rows:
        if not row["main"]:
            besides.setdefault(row["report"], {}).update(_values(row))
    total = [0, 0, 0, 0]
    print(f"{'report':20} {'right':>6} {'wrong':>6} {'missing':>8} {'more':>6}   scope, other files")
    for row in rows:
        name = Path(row["report"]).stem
        if not row["main"]:
            print(f"{'':20} row {row['scope']}: {_values(row)}")
            continue
        about = f"{row['scope']} ({row['scope_basis']}), {row['other_reports'] or '–'}"
        gold = read_gold(folder / "gold", name, str(row["year"]))
        if gold is None:
            print(f"{row['report']:20} {len(_values(row)):6} values that no reader checked   {about}")
            continue
        counts, lines = compare(besides.get(row["report"], {}) | _values(row), _part(row, "_state"), gold)
        total = [a + b for a, b in zip(total, counts, strict=True)]
        print(f"{row['report']:20} {counts[0]:6} {counts[1]:6} {counts[2]:8} {counts[3]:6}   {about}")
        for line in lines:
            print("   ", line)
        for code, conflict in _part(row, "_conflict").items():
            print(f"    conflict {code}: {_values(row)[code]:g}, but {conflict}")
    print(f"{'all':20} {total[0]:6} {total[1]:6} {total[2]:8} {total[3]:6}")


def read_gold(folder: Path, name: str, year: str) -> dict[str, tuple[float | None, set[str], bool]] | None:
    """Code → the reader's value, other codes that are right for it, and whether it is optional; none where no reader
    was."""
    found: dict[str, tuple[float | None, set[str], bool]] = {}
    if not (folder / f"{name}.facts.json").is_file():
        return None
    for kind in ("table", "facts"):
        path = folder / f"{name}.{kind}.json"
        for fact in json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []:
            code, note = fact["indicator"], str(fact.get("note") or "")
            applicant = (fact.get("dimensions") or {}).get("applicant", "total")
            if applicant != "total" or fact.get("qualifier") == "cumulative" or fact["period"] != year:
                continue
            match = _ACCEPTED.search(note)
            accepted = {word.strip(" .") for word in match[1].split(",")} if match else set()
            optional = code is None or note.startswith("borderline") or "null" in accepted
            code = code or next(iter(accepted & set(load_indicators().by_code)), None)
            if code is None:
                continue
            # The first is the table's, where there is one.
            found.setdefault(code, (fact["value"], accepted & set(load_indicators().by_code), optional))
    return found


def compare(
    values: Mapping[str, float],
    states: Mapping[str, str],
    gold: Mapping[str, tuple[float | None, set[str], bool]],
) -> tuple[list[int], list[str]]:
    """Right, wrong, missing and more; and a line for each difference."""
    counts, lines, used = [0, 0, 0, 0], [], set()
    for code, (wanted, accepted, optional) in gold.items():
        known = next((c for c in (code, *sorted(accepted)) if values.get(c) == wanted), None)
        used |= {code, *([known] if known else [])}
        if known:
            counts[0] += 1
        elif code in values:
            counts[1] += 1
            lines.append(f"wrong    {code}: {values[code]:g}, reader {wanted}")
        elif not optional:
            counts[2] += 1
            lines.append(f"missing  {code} ({states.get(code, 'no figure')}), reader {wanted}")
    for code in values.keys() - used:
        counts[3] += 1
        lines.append(f"more     {code}: {values[code]:g}")
    return counts, sorted(lines)


def _values(row: Row) -> dict[str, float]:
    return _part(row, "")


def _part(row: Row, suffix: str) -> dict[str, Any]:
    """Code → what the row has of it under the figure's name and the suffix."""
    names: dict[str, str] = {}
    for column in load_columns():
        if column.indicator:
            names.setdefault(column.indicator, column.name)
    return {code: row[name + suffix] for code, name in names.items() if row[name + suffix] is not None}


if __name__ == "__main__":
    main()
