"""All figures of one or many reports as one long table: a row a figure, ready for a data frame or a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from zhgovtext.indicators import load_breaks, load_indicators
from zhgovtext.report import Report

COLUMNS = (
    "file", "agency", "agency_type", "region", "region_code", "level", "year", "regime", "form", "indicator", "label",
    "applicant", "column", "row", "subject", "value", "value_high", "unit", "period", "cumulative", "qualifier",
    "scope", "state", "source", "start", "end", "quote", "crosswalk",
)  # fmt: skip
_META = ("agency", "agency_type", "region", "region_code", "level", "year", "regime", "form")
_FACT = (
    "indicator", "subject", "value", "value_high", "unit", "period", "cumulative", "qualifier", "scope", "state",
    "source", "start", "end", "quote",
)  # fmt: skip
_DIMENSIONS = ("applicant", "column", "row")


def figure_rows(reports: Iterable[Report]) -> Iterator[dict[str, Any]]:
    """A dictionary of `COLUMNS` for every figure, report after report, in the order of the text.

    `label` is the indicator's Chinese name, `start`, `end` and `quote` its evidence in the text as read; `crosswalk`
    says what to mind before the figure is strung together with other years', where the rules changed its meaning.

    >>> from zhgovtext.report import analyze_text
    >>> report = analyze_text("青石县2019年政府信息公开工作年度报告\\n全县收到政府信息公开申请12件。")
    >>> [(row["year"], row["label"], row["value"], row["quote"]) for row in figure_rows([report])]
    [(2019, '收到申请数', 12, '12件')]
    """
    names = load_indicators().by_code
    for report in reports:
        head = {"file": report.document.name} | {name: getattr(report.meta, name) for name in _META}
        for fact in report.facts:
            row = head | {name: getattr(fact, name) for name in _FACT}
            row |= {name: fact.dimensions.get(name) for name in _DIMENSIONS}
            row["label"] = names[fact.indicator].zh if fact.indicator else None
            row["crosswalk"] = _crosswalk(fact.indicator) if fact.indicator else None
            yield {column: row[column] for column in COLUMNS}


@cache
def _crosswalk(code: str) -> str | None:
    return "; ".join(found.note for found in load_breaks() if found.covers(code)) or None
