"""Figures as facts: what a number counts, for whom and when, and the place that proves it.

A wrong figure is worse than a missing one: a number gets an indicator only when a word that names it stands
right before it, with a fitting unit; otherwise it is kept with a null indicator.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

import ahocorasick_rs
import numpy as np

from zhgovtext.document import Cell, Table
from zhgovtext.errors import DataError
from zhgovtext.quantities import Number, find_normalized
from zhgovtext.resources import data_path, rows
from zhgovtext.script import Normalized

_COLUMNS = ("code", "zh", "unit", "prose", "table", "context", "zero")
# Counters that mean the same thing in these reports: 申请12条 and 申请12件, 解读稿件9条 and 9篇.
_ALIKE = frozenset(["条", "件", "篇", "个", "份", "次", "场", "期", "宗", "人", "人次", "名"])
_GAP = re.compile(
    r"(?:总数|总量|数量|数|共计|共|总计|合计|达到|达|为|约|近|了|的|有|累计|超过|不足|逾|案件|案|信息|[“”\"：: ])*"
)
_NONE = re.compile(
    "(?:未收到|没有收到|未接到|没有接到|未发生|没有发生|无(?=依申请|行政复议|行政诉讼|因政府信息公开|举报))[^，。；,;：:\n]{0,24}"
)
_CUMULATIVE = re.compile("历年累计|历年")
_YEAR = re.compile(r"(20\d\d)年")
_SCOPE = re.compile(
    "[本我全](?:(?<=[本我])(?P<own>级|局|办|机关|委|厅|单位|部门|镇|乡|街道)|(?<=[全我])(?P<jurisdiction>[省市区县州盟旗]))"
)
_LABEL_NUMBER = re.compile(
    r"^(?:其中[:：]?)?\s*(?:[（(]?[一二三四五六七八九十\d]+[）)]?[.．、:：]?\s*)?(?:其中[:：]?)?"
)
_CELL_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d{1,15}(?:\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure. Fields as in the contract; offsets are of the text as read, and ``quote`` is what stands there.

    `state` is ``stated``, ``zero_words``, ``blank``, ``slash`` or ``dash``; the last three have no value.
    """

    indicator: str | None
    value: int | float | None
    unit: str | None
    period: str | None
    start: int
    end: int
    quote: str
    source: str = "prose"
    state: str = "stated"
    scope: str = "unknown"
    qualifier: str | None = None
    value_high: int | float | None = None
    subject: str | None = None
    cumulative: bool = False
    dimensions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a figure can mean: its code, Chinese label, unit, and the words that name it."""

    code: str
    zh: str
    unit: str
    context: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicators:
    """The indicators, and automata over the words that name them."""

    by_code: dict[str, Indicator]
    prose: ahocorasick_rs.AhoCorasick
    prose_codes: tuple[str, ...]
    table: dict[str, str]
    zero: tuple[tuple[str, str], ...]


@cache
def load_indicators() -> Indicators:
    """The shipped table ``data/indicators.tsv``; `DataError` names the line of a code that stands twice or a
    word that names two indicators."""
    path = data_path("indicators.tsv")
    by_code: dict[str, Indicator] = {}
    prose: dict[str, str] = {}
    table: dict[str, str] = {}
    zero: list[tuple[str, str]] = []
    for line, row in rows(path, _COLUMNS):
        code = row["code"]
        names = {"prose": _split(row["prose"]), "table": _split(row["table"])}
        twice = [word for word in names["prose"] if word in prose] + [word for word in names["table"] if word in table]
        if code in by_code or twice:
            what = f"the code {code}" if code in by_code else f"the word {twice[0]}"
            raise DataError("duplicate", f"has {what} twice", path=str(path), place=f"line {line}")
        by_code[code] = Indicator(code, row["zh"], row["unit"], _split(row["context"]))
        prose.update(dict.fromkeys(names["prose"], code))
        table.update({_label(word): code for word in names["table"]})
        zero += [(word, code) for word in _split(row["zero"])]
    automaton = ahocorasick_rs.AhoCorasick(list(prose), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    zero.sort(key=lambda pair: -len(pair[0]))
    return Indicators(by_code, automaton, tuple(prose.values()), table, tuple(zero))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split("|") if word)


def find_prose_facts(
    normalized: Normalized,
    starts: Sequence[int],
    ends: Sequence[int],
    *,
    paths: Sequence[tuple[str, ...]],
    period: str | None,
    indicators: Indicators | None = None,
) -> list[Fact]:
    """Facts of the units ``normalized.text[starts[i]:ends[i]]``, in order, with offsets into the source.

    `paths[i]` are the headings above unit i and `period` the report's year, which a sentence that names another
    year overrules.
    """
    known = indicators or load_indicators()
    text, source = normalized.text, normalized.source
    named = [(start, end, known.prose_codes[at]) for at, start, end in known.prose.find_matches_as_indexes(text)]
    name_ends = [end for _, end, _ in named]
    numbers = list(find_normalized(text))
    opens, closes = normalized.source_spans(
        np.array([number.start for number in numbers], dtype=np.int64),
        np.array([number.end for number in numbers], dtype=np.int64),
    )
    places = list(zip(opens.tolist(), closes.tolist(), strict=True))
    facts: list[Fact] = []
    at = 0
    for unit, (low, high) in enumerate(zip(starts, ends, strict=True)):
        while at < len(numbers) and numbers[at].start < low:
            at += 1
        first = at
        while at < len(numbers) and numbers[at].end <= high:
            at += 1
        if first == at and not _may_be_zero(text, low, high):
            continue
        sentence = text[low:high]
        scope = _scope(sentence)
        when = _period(sentence, period)
        cumulative = "历年" in sentence
        previous = low
        for number, (start, end) in zip(numbers[first:at], places[first:at], strict=True):
            name = _name_before(text, number, previous, named, name_ends)
            code = _fitting(name, number.unit, sentence, paths[unit], known)
            facts.append(
                Fact(
                    code,
                    number.value,
                    number.unit,
                    when,
                    start,
                    end,
                    source[start:end],
                    scope=scope if code else "unknown",
                    qualifier=number.qualifier,
                    value_high=number.value_high,
                    cumulative=cumulative,
                )
            )
            previous = number.end
        for code, begin, finish in _zeros(sentence, low, known):
            start, end = normalized.source_span(begin, finish)
            unit_name = known.by_code[code].unit
            quote = source[start:end]
            facts.append(Fact(code, 0, unit_name, when, start, end, quote, state="zero_words", scope=scope))
    return facts


def _may_be_zero(text: str, low: int, high: int) -> bool:
    return text.find("无", low, high) >= 0 or text.find("未", low, high) >= 0 or text.find("没有", low, high) >= 0


def _name_before(
    text: str, number: Number, low: int, named: list[tuple[int, int, str]], name_ends: list[int]
) -> str | None:
    """The indicator whose name ends right before the number, but for words such as 总数 or 共."""
    at = bisect_right(name_ends, number.start) - 1
    if at < 0 or named[at][0] < low:
        return None
    gap = _GAP.match(text, named[at][1], number.start)
    return named[at][2] if gap and gap.end() == number.start else None


def _fitting(code: str | None, unit: str, sentence: str, path: tuple[str, ...], indicators: Indicators) -> str | None:
    if code is None:
        return None
    indicator = indicators.by_code[code]
    if unit != indicator.unit and not (unit in _ALIKE and indicator.unit in _ALIKE):
        return None
    if indicator.context and not any(word in sentence or word in "".join(path) for word in indicator.context):
        return None
    return code


def _scope(sentence: str) -> str:
    match = _SCOPE.search(sentence)
    return match.lastgroup or "unknown" if match else "unknown"


def _period(sentence: str, default: str | None) -> str | None:
    years = set(_YEAR.findall(sentence))
    return years.pop() if len(years) == 1 else default


def _zeros(sentence: str, low: int, indicators: Indicators) -> Iterator[tuple[str, int, int]]:
    """未收到…申请 → 0 from 未收到 to the name: code, start, end. One clause may name several (复议、提起行政诉讼)."""
    for match in _NONE.finditer(sentence):
        clause = match.group()
        found: set[str] = set()
        for word, code in indicators.zero:
            at = clause.find(word)
            after = at + len(word)
            if at < 0 or code in found or (code == "request.received" and found) or clause[after : after + 1] == "人":
                continue
            found.add(code)
            yield code, low + match.start(), low + match.start() + after


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
        code = indicators.table.get(_label(_cell_text(normalized, row[0])))
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


def _label(text: str) -> str:
    """A row label without numbering, 其中, brackets and white space."""
    bare = re.sub(r"\s", "", text)
    bare = re.sub(r"（[^（）]*）$|\([^()]*\)$", "", bare) or bare
    return _LABEL_NUMBER.sub("", bare)


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
