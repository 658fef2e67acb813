"""Reports of every format and regime, written for trial without sight of the reader: see files/trial/source/README.md.

The truth was made with the files, from one source. White space does not count.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import zhgovtext as zg
from zhgovtext.report import Report

TRIAL = Path(__file__).parent / "files" / "trial"
TRUTH: dict[str, dict[str, Any]] = {
    truth["file"]: truth for truth in json.loads((TRIAL / "truth.json").read_text(encoding="utf-8"))
}
Figure = tuple[str | None, tuple[tuple[str, str], ...], float | None, str, bool]
META = ("agency", "agency_type", "region", "level", "year", "period_start", "period_end", "regime", "form", "published")


@cache
def report(name: str) -> Report:
    return zg.analyze(TRIAL / name)


def plain(text: str) -> str:
    """Without white space, and marks of one width."""
    return "".join(text.split()).translate(str.maketrans("(),:", "（），："))


@pytest.mark.parametrize("name", TRUTH)
def test_sections(name: str) -> None:
    stated = TRUTH[name].get("sections_hans") or TRUTH[name]["sections"]
    wanted = [(level, plain(number), plain(title)) for level, number, title in stated]
    # A numbered sentence with text behind it (1.收费情况。…) may be taken for a run-in heading.
    run_in = {plain(unit) for unit in TRUTH[name]["units"]}
    found = [(section.level, plain(section.number), plain(section.title)) for section in report(name).sections]
    assert [row for row in found if row in wanted or f"{row[1]}.{row[2]}。" not in run_in] == wanted


# In the one-line files nothing tells where a line of the source ended: a list after a colon, a heading with a stop.
UNBROKEN = {"17-glued-2019.txt": 2}


def _without(unit: str, optional: set[str]) -> str:
    for part in optional:
        unit = unit.replace(part, "")
    return unit


@pytest.mark.parametrize("name", TRUTH)
def test_units(name: str) -> None:
    truth = TRUTH[name]
    optional = {plain(unit) for unit in truth.get("optional_units", [])}
    prefixes = {plain(prefix) for prefix in truth.get("optional_prefixes", [])}
    found = [plain(sentence.text) for sentence in report(name).sentences]
    wanted = [plain(unit) for unit in truth["units"]]
    missed = [unit for unit in wanted if unit not in found and not any(p + unit in found for p in prefixes)]
    allowed = {*wanted, *optional, *prefixes, *(p + unit for p in prefixes for unit in wanted)}
    headings = {plain(f"{number}{title}。") for _, number, title in truth["sections"]}
    assert len(missed) == UNBROKEN.get(name, 0), missed
    extra = [unit for unit in found if unit not in allowed | headings and _without(unit, optional)]
    assert len(extra) <= UNBROKEN.get(name, 0), extra


@pytest.mark.parametrize("name", [name for name, truth in TRUTH.items() if truth["tables"] is not None])
def test_every_cell_of_every_table(name: str) -> None:
    found = [[[plain(cell.text) for cell in row] for row in table.rows] for table in report(name).tables]
    assert found == [[[plain(cell) for cell in row] for row in grid] for grid in TRUTH[name]["tables"]]


@pytest.mark.parametrize("name", TRUTH)
def test_nothing_of_the_site_is_in_the_text(name: str) -> None:
    text = report(name).document.text
    assert [string for string in TRUTH[name]["forbidden"] if string in text] == []


@pytest.mark.parametrize("name", TRUTH)
def test_metadata(name: str) -> None:
    truth, meta = TRUTH[name], report(name).meta
    assert {field: getattr(meta, field) for field in META} == {field: truth[field] for field in META}
    assert plain(meta.title or "") == plain(zg.normalize(truth["title"]).text)


# Cells of the one-line files that nothing tells: a blank that left no trace, digits that may be cut in several ways.
UNTOLD = {"08-glued.txt": 2, "17-glued-2019.txt": 19, "18-joined-blanks.txt": 3}


@pytest.mark.parametrize("name", TRUTH)
def test_every_figure_of_every_table(name: str) -> None:
    """A figure is right with indicator, dimensions, value, state and cumulation; none is wrong, in any file."""
    facts = [fact for fact in report(name).facts if fact.source == "table"]
    found = Counter(_figure(fact.indicator, fact.dimensions, fact.value, fact.state, fact.cumulative) for fact in facts)
    wanted = Counter(
        _figure(fact["indicator"], fact["dimensions"], fact["value"], fact["state"], fact.get("cumulative", False))
        for fact in TRUTH[name]["facts"]
    )
    assert sum((wanted - found).values()) == UNTOLD.get(name, 0)
    assert [figure for figure in found - wanted if figure[2] is not None] == []


def _figure(code: str | None, dimensions: dict[str, str], value: float | None, state: str, cumulative: bool) -> Figure:
    told = tuple(sorted((key, label) for key, label in dimensions.items() if key != "row"))
    return code, told, value, "stated" if state == "derived" else state, cumulative
