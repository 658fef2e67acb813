"""The long table of figures: one row a figure, with whose it is and what to mind across the years."""

from __future__ import annotations

from pathlib import Path

import zhgovtext as zg
from zhgovtext.figures import COLUMNS

TRIAL = Path(__file__).parent / "files" / "trial"


def test_a_row_says_whose_the_figure_is_and_where_it_stands() -> None:
    report = zg.analyze(TRIAL / "03-ucap.html")
    rows = list(zg.figure_rows([report]))
    assert len(rows) == len(report.facts)
    assert {tuple(row) for row in rows} == {COLUMNS}
    received = [row for row in rows if row["indicator"] == "request.received" and row["source"] == "table"]
    # 一、本年新收: seven applicants, read off the page.
    assert [(row["applicant"], row["value"]) for row in received] == [
        ("natural", 29), ("company", 7), ("research", 0), ("nonprofit", 0), ("legal_service", 0), ("other", 1),
        ("total", 37),
    ]  # fmt: skip
    for row in rows:
        assert report.document.text[row["start"] : row["end"]] == row["quote"]
        assert (row["agency"], row["year"], row["form"]) == ("东湾经济开发区管理委员会", 2019, "2019")


def test_breaks_are_said_at_each_figure() -> None:
    rows = zg.figure_rows(zg.analyze(TRIAL / name) for name in ("03-ucap.html", "01-trs.html"))
    notes = {(row["year"], row["indicator"]): row["crosswalk"] for row in rows}
    assert "never one series" in notes[2019, "normative.public_total"]
    assert "another thing" in notes[2021, "normative.in_force"]
    assert notes[2021, "request.received"] is None
