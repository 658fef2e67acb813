"""Cells of tables as facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from zhgovtext.document import Cell, Table
from zhgovtext.facts import Fact
from zhgovtext.indicators import Indicators, bare_label, load_indicators
from zhgovtext.script import Normalized

_CUMULATIVE = re.compile("历年累计|历年")
_CELL_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d{1,15}(?:\.\d{1,6})?")


def find_table_facts(
    normalized: Normalized, tables: Sequence[Table], *, period: str | None, indicators: Indicators | None = None
) -> tuple[list[Fact], list[Table]]:
    """Facts of tables whose rows are a label, perhaps a unit, and one figure (two where the header says
    历年累计), and the tables of another shape, which are left unread. Offsets are of the text as read."""
    known = indicators or load_indicators()
    facts: list[Fact] = []
    unread: list[Table] = []
    for table in tables:
        found = _label_value_facts(normalized, table, period, known)
        if found is None:
            unread.append(table)
        else:
            facts += found
    return facts, unread


def _label_value_facts(
    normalized: Normalized, table: Table, period: str | None, indicators: Indicators
) -> list[Fact] | None:
    header = [_cell_text(normalized, cell) for cell in table.rows[0]]
    cumulative = next((at for at, title in enumerate(header) if _CUMULATIVE.search(title)), None)
    width = max(map(len, table.rows))
    values = 2 if cumulative is not None else 1
    if width not in (1 + values, 2 + values) or cumulative not in (None, width - 1):
        return None
    facts: list[Fact] = []
    for row in table.rows[1:]:
        if len(row) != width:
            continue
        code = indicators.table.get(bare_label(_cell_text(normalized, row[0])))
        unit = _cell_text(normalized, row[1]) if width == 2 + values else None
        for column in range(width - values, width):
            cell = row[column]
            value, state = _cell_value(_cell_text(normalized, cell))
            if state is None:
                continue
            base, factor = _cell_unit(unit, code, indicators)
            scaled = None if value is None else value * factor
            facts.append(
                Fact(
                    code,
                    None if scaled is None else int(scaled) if scaled == int(scaled) else float(scaled),
                    base,
                    None if column == cumulative else period,
                    cell.start,
                    cell.end,
                    cell.text,
                    source="table",
                    state=state,
                    cumulative=column == cumulative,
                    dimensions={} if code else {"row": row[0].text},
                )
            )
    return facts


def _cell_text(normalized: Normalized, cell: Cell) -> str:
    start, end = normalized.norm_span(cell.start, cell.end)
    return normalized.text[start:end]


def _cell_value(text: str) -> tuple[Decimal | None, str | None]:
    """Value and state of a cell; a state of null means that the cell is no figure."""
    bare = text.strip()
    if not bare:
        return None, "blank"
    if bare in ("/", "\\"):
        return None, "slash"
    if set(bare) <= set("-—－–"):
        return None, "dash"
    if _CELL_NUMBER.fullmatch(bare):
        return Decimal(bare.replace(",", "")), "stated"
    return None, None


def _cell_unit(unit: str | None, code: str | None, indicators: Indicators) -> tuple[str | None, Decimal]:
    if unit in ("万元", "亿元"):
        return "元", Decimal(10**4 if unit == "万元" else 10**8)
    return unit or (indicators.by_code[code].unit if code else None), Decimal(1)
