"""What a cell of a table says: a figure, or why there is none; and what a printed number is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from zhgovtext.indicators import load_indicators, load_labels

_FIGURE = re.compile(
    r"(?P<sign>[+\-−–↑↓]|增加?|减少?)?(?P<whole>\d{1,3}(?:[,，]\d{3}){1,5}|\d{1,15})(?:\.(?P<fraction>\d{1,10}))?"
    r"(?:(?P<scale>[百千万]?)(?P<more>余))?"
    r"\s?[（(]?(?P<unit>[^\d\s.,，（()）余]{0,4})[）)]?(?:[（(](?:含|其中|包括)[^（()）]{1,30}[）)])?"
)
_NEGATIVE = frozenset("-−–减↓")
_SCALES = {"百": 100, "千": 1_000, "万": 10_000}
_DASHES = frozenset("-—－–―─一")
_LONGEST_FIGURE = 40
_NONE = frozenset(["无", "零", "没有", "未发生"])
# Article 20 asks for money in one of its forms only, and there in 万元.
_MONEY_HEADS = {"charge.amount": "万元"}


@dataclass(frozen=True, slots=True)
class Figure:
    """What a cell holds: `value` with its own `unit` and `qualifier` (``more_than``), or the `state` that says why
    there is none; a state of null means words that are no figure."""

    state: str | None
    value: int | Decimal | None = None
    unit: str | None = None
    qualifier: str | None = None


_NO_FIGURE = Figure(None)


def read_figure(text: str, units: Mapping[str, str]) -> Figure:
    """What a cell says; `units` maps the units that may stand after a figure to their base.

    >>> read_figure("251,000元", {"元": "元"})
    Figure(state='stated', value=251000, unit='元', qualifier=None)
    >>> [read_figure(text, {}).state for text in ("", "/", "——", "无", "详见附件")]
    ['blank', 'slash', 'dash', 'zero_words', None]
    """
    bare = text.strip()
    figure = _NO_FIGURE if len(bare) > _LONGEST_FIGURE else _read_figure(bare)
    return figure if figure.unit is None or figure.unit in units else _NO_FIGURE


@lru_cache(maxsize=4096)
def _read_figure(bare: str) -> Figure:
    """What stands in a cell, whatever the unit."""
    if not bare:
        return Figure("blank")
    if bare.isascii() and bare.isdigit() and len(bare) < 16:
        return Figure("stated", int(bare))
    if set(bare) <= {"/", "\\", "／"}:
        return Figure("slash")
    if set(bare) <= _DASHES and bare != "一":
        return Figure("dash")
    if bare in _NONE:
        return Figure("zero_words", 0)
    match = _FIGURE.fullmatch(bare)
    if not match:
        return _NO_FIGURE
    whole = match["whole"].replace(",", "").replace("，", "")
    value = Decimal(f"{whole}.{match['fraction']}") if match["fraction"] else int(whole)
    value *= _SCALES.get(match["scale"] or "", 1)
    negative = match["sign"] and match["sign"][0] in _NEGATIVE
    return Figure(
        "stated", -value if negative else value, match["unit"] or None, "more_than" if match["more"] else None
    )


@dataclass(frozen=True, slots=True)
class Measure:
    """What a printed number is worth: of which indicator, in which unit, and how many of it one is."""

    code: str | None
    unit: str | None
    factor: int


@lru_cache(maxsize=4096)
def find_measure(code: str | None, printed: tuple[str | None, ...]) -> Measure:
    """The measure of a figure of `code`, by the first of the `printed` units that fits: money goes with money only.
    Where the first, that of the cell itself, is a percentage or does not fit, the figure is none of the indicator.

    >>> find_measure("staff.funds", (None, "万元"))
    Measure(code='staff.funds', unit='元', factor=10000)
    """
    units = load_labels().units
    indicator = load_indicators().by_code.get(code) if code else None
    cell = printed[0]
    if indicator and cell and (cell == "%" or (units[cell] == "元") != (indicator.unit == "元")):
        indicator = None
    own = indicator.unit if indicator else None
    fitting = (unit for unit in printed if unit and (own is None or (units[unit] == "元") == (own == "元")))
    unit = next(fitting, None) or _MONEY_HEADS.get(code or "", own)
    factor = {"万": 10**4, "亿": 10**8}.get(unit[0], 1) if unit and units.get(unit, unit) != unit else 1
    return Measure(indicator.code if indicator else None, units.get(unit, unit) if unit else None, factor)


def worth(value: int | Decimal | None, measure: Measure) -> int | float | None:
    """What a printed number is worth in the unit of its measure."""
    if value is None or isinstance(value, int):
        return value and value * measure.factor
    return plain(value * measure.factor)


def plain(value: Decimal) -> int | float:
    """A value as int where it is whole, else as the nearest float."""
    return int(value) if value == value.to_integral_value() else float(value)
