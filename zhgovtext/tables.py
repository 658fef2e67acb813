"""Cells of official tables as facts.

A table is read by its labels: what stands above a figure and to the left of it says what it counts, wherever a
province has put it. Five kinds of head are known: applicants (the table of requests), outcomes (disputes), measures
(article 20),
columns of a form of figures (2008–2018), and indicators (one agency a row).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

import numpy as np

from zhgovtext.document import Cell, Note, Table
from zhgovtext.facts import Fact
from zhgovtext.indicators import SECTION, UNCODED, Labels, bare_label, load_indicators, load_labels
from zhgovtext.script import Normalized

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
_INNER_NUMBER = re.compile(r"(?<=[\u4e00-\u9fff])\s?(?=[（(][一二三四五六七八九十]{1,3}[）)]|\d{1,2}[.．、])")
_CELL_WORD = re.compile(r"\S+")
_BRACKET = re.compile(r"[（()）]")
# Columns of a form of figures that hold none.
_NO_FIGURES = frozenset(["unit", "none", "number", "label"])
_SAID = frozenset(["stated", "zero_words", "slash", "dash"])
_YEAR = re.compile(r"(20\d\d)\s?年")
_TITLE_UNIT = re.compile(r"单位[:：]\s?(?P<named>[^\s（()）,，;；]{1,4})|[（(](?P<bracketed>[^\s（()）]{1,4})[）)]$")
_SCOPES = {"own": "own", "jurisdiction": "jurisdiction"}
_CAPTION_SCOPE = re.compile("(?P<own>[省市区县州]?本级)|(?P<jurisdiction>全[省市区县州])")
# A label is compared with damaged forms of others only so often, and only when it is no longer than this.
_MOST_REPAIRS = 300
_LONGEST_LABEL = 60
_LONGEST_TEXT = 200
_RECENT = 30
# Where the labels of the rows of a table are looked up, by its kind; of others among those of the figures.
_ROW_LABELS = {"requests": ("requests", "figures"), "activities": ("activities",)}
_FIGURE_LABELS = ("figures",)
_ALL_APPLICANTS = 7
# The table of requests has fewer rows.
_AHEAD = 60
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


@dataclass(slots=True)
class _Place:
    """A cell with its normalised text, over the columns `first` to `last` of a row."""

    cell: Cell
    text: str
    figure: Figure
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Column:
    """What the figures of a column have in common; `key` is a code of the labels, null where the title is unknown."""

    key: str | None
    title: str
    unit: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    period: str | None = None
    cumulative: bool = False
    scope: str = "unknown"


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of a table: its `kind`, its columns beside those of labels and, where its rows have spans, the grid
    column where each begins."""

    kind: str
    columns: tuple[_Column, ...]
    firsts: tuple[int, ...]
    width: int
    # Spans got lost: figures stand in order, but not below their titles.
    shifted: bool = False


def find_table_facts(
    normalized: Normalized, tables: Sequence[Table], *, period: str | None
) -> tuple[list[Fact], list[Table], list[Note]]:
    """Facts of all tables, the tables in which no label is known, and notes on cells that could not be read.

    `period` is the report's year. Offsets are of the text as read; a blank cell is an empty span.

    >>> from zhgovtext.document import from_text
    >>> from zhgovtext.script import normalize
    >>> document = from_text("指标\\t单位\\t数量\\n收到申请数\\t件\\t12\\n其中：当面申请数\\t件\\t/")
    >>> facts, unread, notes = find_table_facts(normalize(document.text), document.tables, period="2017")
    >>> [(fact.indicator, fact.value, fact.state) for fact in facts]
    [('request.received', 12, 'stated'), ('request.in_person', None, 'slash')]
    """
    reader = _Reader(period)
    unread: list[Table] = []
    for table, texts in zip(tables, _cell_texts(normalized, tables), strict=True):
        if not reader.read(*_opened(table, texts)):
            unread.append(table)
    return reader.facts, unread, reader.notes


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


def worth(value: int | Decimal | None, measure: Measure) -> int | float | None:
    """What a printed number is worth in the unit of its measure."""
    if value is None or isinstance(value, int):
        return value and value * measure.factor
    return plain(value * measure.factor)


def plain(value: Decimal) -> int | float:
    """A value as int where it is whole, else as the nearest float."""
    return int(value) if value == value.to_integral_value() else float(value)


def _cell_texts(normalized: Normalized, tables: Sequence[Table]) -> list[list[list[str]]]:
    """Normalised text of every cell, by table and row."""
    text = normalized.text
    if text == normalized.source:
        return [[[cell.text for cell in row] for row in table.rows] for table in tables]
    cells = [cell for table in tables for row in table.rows for cell in row]
    starts = np.fromiter((cell.start for cell in cells), dtype=np.int64, count=len(cells))
    ends = np.fromiter((cell.end for cell in cells), dtype=np.int64, count=len(cells))
    lows, highs = normalized.norm_spans(starts, ends)
    # A blank cell stays blank, whatever its place was made of.
    highs = np.where(starts == ends, lows, highs)
    found = iter([text[low:high] for low, high in zip(lows.tolist(), highs.tolist(), strict=True)])
    return [[[next(found) for _ in row] for row in table.rows] for table in tables]


def _opened(table: Table, texts: list[list[str]]) -> tuple[Table, list[list[str]]]:
    """A table of disputes that has all outcomes of a kind in one cell, with a cell for each; others as they are."""
    head = next(
        (at for at, row in enumerate(texts) if any(len(text) > 8 and len(_outcomes(text)) > 2 for text in row)), None
    )
    if head is None:
        return table, texts
    counts = [max(1, len(_outcomes(text))) for text in texts[head]]
    rows: list[tuple[Cell, ...]] = []
    opened: list[list[str]] = []
    for at, (cells, row) in enumerate(zip(table.rows, texts, strict=True)):
        if len(row) != len(counts):
            return table, texts
        line: list[tuple[Cell, str]] = []
        for cell, text, count in zip(cells, row, counts, strict=True):
            if at < head or count == 1 or not text:
                line += [(cell, text)] * count
                continue
            words, places = _outcomes(text), [(0, len(cell.text))] * count
            if at > head:
                words, places = text.split(), [match.span() for match in _CELL_WORD.finditer(cell.text)]
            if len(words) != count or len(places) != count:
                return table, texts
            line += [
                (Cell(cell.text[low:high], cell.start + low, cell.start + high), word)
                for word, (low, high) in zip(words, places, strict=True)
            ]
        rows.append(tuple(cell for cell, _ in line))
        opened.append([text for _, text in line])
    return replace(table, rows=tuple(rows)), opened


def _outcomes(text: str) -> list[str]:
    """The outcomes that a text consists of, whatever parts them; none where it holds anything else."""
    bare = "".join(text[:_LONGEST_TEXT].split())
    known = sorted(load_labels().tables["outcomes"], key=len, reverse=True)
    found: list[str] = []
    while bare:
        label = next((label for label in known if bare.startswith(label)), None)
        if label is None:
            return []
        found.append(label)
        bare = bare[len(label) :]
    return found


class _Reader:
    """Reads tables one after the other: one without a head of its own goes on where the one before it ended."""

    def __init__(self, period: str | None) -> None:
        self.period = period
        self.labels: Labels = load_labels()
        self.known = load_indicators().by_code
        self.units = self.labels.units
        self.facts: list[Fact] = []
        self.notes: list[Note] = []
        self._head: _Head | None = None
        self._recent: list[str] = []
        self._figures: dict[str, Figure] = {}
        self._repaired: dict[tuple[str, str], str] = {}
        self._unit: str | None = None
        self._scope = "unknown"
        self._hits = 0

    def read(self, table: Table, texts: list[list[str]]) -> bool:
        """Read one table; whether any label in it is known."""
        width = max(map(len, texts), default=0)
        caption = table.caption or ""
        self._unit = self._title_unit(caption)
        scope = _CAPTION_SCOPE.search(caption)
        self._scope = (scope.lastgroup or "unknown") if scope else "unknown"
        self._hits = 0
        first_fact, first_note = len(self.facts), len(self.notes)
        side = self._second_half(texts, width)
        if side:
            halves = [
                self.read(replace(table, rows=tuple(row[part] for row in table.rows)), [row[part] for row in texts])
                for part in (slice(0, side), slice(side, width))
            ]
            return any(halves)
        block: list[list[_Place]] = []
        started = False
        seen: set[int] = set()
        lines = [self._places(cells, row, seen) for cells, row in zip(table.rows, texts, strict=True)]
        self._look_ahead(lines[:_AHEAD])
        for at, (places, row) in enumerate(zip(lines, texts, strict=True)):
            if self._is_head(places, started=started):
                block.append(places)
                continue
            if block:
                self._open(block, width)
                self._look_ahead(lines[at : at + _AHEAD])
                block = []
            started = self._read_row(places, width, len(row) == width) or started
        if self._hits == 0:
            del self.facts[first_fact:], self.notes[first_note:]
            return False
        return True

    def _second_half(self, texts: list[list[str]], width: int) -> int | None:
        """The column where a form printed in two halves begins anew: the title of its labels comes again."""
        for row in texts[:4] if width > 3 else ():
            titles = [at for at, text in enumerate(row) if text and self._is_label_title(text)]
            apart = titles and titles[-1] - titles[0] >= len(titles)
            if len(row) == width and apart and row[titles[0]] == row[titles[-1]]:
                return titles[-1]
        return None

    def _is_label_title(self, text: str) -> bool:
        return self.labels.first("columns", self._bare_label(text)) == "label"

    def _places(self, cells: Sequence[Cell], texts: Sequence[str], seen: set[int]) -> list[_Place]:
        """The distinct cells of a row; a figure that stood in a row above stands for that row only."""
        places: list[_Place] = []
        last: _Place | None = None
        for column, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            if last is not None and last.cell is cell:
                last.last = column
                continue
            figure = self._figures.get(text)
            if figure is None:
                figure = self._figures[text] = read_figure(text, self.units)
            if cell.rowspan > 1:
                if id(cell) in seen and figure.value is not None:
                    continue
                seen.add(id(cell))
            last = _Place(cell, text, figure, column, column)
            places.append(last)
        return places

    def _look_ahead(self, lines: Sequence[list[_Place]]) -> None:
        """Find out whether rows of requests begin left of their columns: then no row stands below its titles."""
        head = self._head
        if head and head.kind == "requests" and head.firsts and any(self._is_shifted(row, head) for row in lines):
            self._head = replace(head, firsts=(), shifted=True)

    def _is_shifted(self, places: list[_Place], head: _Head) -> bool:
        if not places or self._bare_label(places[0].text) not in self.labels.tables["requests"]:
            return False
        return any(place.figure.value is not None and place.first < head.firsts[0] for place in places[1:])

    def _bare_label(self, text: str) -> str:
        return bare_label(text[:_LONGEST_TEXT])

    # -- heads

    def _is_head(self, places: list[_Place], *, started: bool) -> bool:
        if any(place.figure.value is not None for place in places):
            return False
        words = [place for place in places if place.figure.state is None and place.text not in self.units]
        if not words:
            return False
        tables = self.labels.tables
        bare = [self._bare_label(place.text) for place in words]
        if len(words) == 1:
            return bare[0] in tables["measures"] or self.labels.first("applicants", bare[0]) == UNCODED
        if sum(word in tables[table] for word in bare for table in ("groups", "outcomes")) > 1:
            return True
        if sum(word in tables[table] for word in bare for table in ("applicants", "measures")) > 1:
            return True
        if len(words) == len(places) and all(word in tables["figures"] for word in bare):
            return True
        row_label = any(bare[0] in tables[table] for table in ("figures", "requests", "activities"))
        if bare[0] in tables["columns"] and not row_label:
            return True
        if sum(word in tables["figures"] for word in bare[1:]) > 1 and not row_label:
            return True
        return not started and not row_label

    def _open(self, block: list[list[_Place]], width: int) -> None:
        """Take the rows of a head: what the columns below it stand for."""
        words = {self._bare_label(place.text) for row in block for place in row if place.text}

        def hits(table: str) -> int:
            return sum(self.labels.first(table, word) not in (None, UNCODED) for word in words)

        rectangular = all(row[-1].last == width - 1 for row in block if row)
        for row in block:
            self._take_unit(row)
        if hits("outcomes") > 2:
            head = self._disputes_head(block, width, rectangular)
        elif hits("applicants") > 2:
            head = self._requests_head(block, width, rectangular)
        elif hits("measures"):
            head = self._plain_head("activities", "measures", block, width, rectangular)
        elif hits("figures") > 1:
            head = self._plain_head("agencies", "figures", block, width, rectangular)
        else:
            head = self._plain_head("figures", "columns", block, width, rectangular)
        self._hits += head.kind not in ("figures", "agencies")
        again = head.kind == "requests" and self._head is not None and self._head.kind == "requests"
        self._head = head
        # The head that a page or a second table repeats opens no new table.
        if head.kind in ("requests", "disputes") and not again:
            self._recent = []

    def _take_unit(self, places: list[_Place]) -> None:
        """The unit that a cell names for the whole table (单位：万元)."""
        unit = next((unit for place in places if (unit := self._title_unit(place.text, named_only=True))), None)
        if unit:
            self._unit = unit

    def _leaves(self, block: list[list[_Place]], width: int, rectangular: bool) -> list[tuple[int, tuple[str, ...]]]:
        """The columns of a head: the first grid column of each, and the titles above it from the top down."""
        if not rectangular:
            longest = max(block, key=len)
            return [(place.first, (place.text,)) for place in longest]
        leaves: list[tuple[int, tuple[str, ...]]] = []
        grid: list[list[_Place | None]] = []
        for row in block:
            line: list[_Place | None] = [None] * width
            for place in row:
                line[place.first : place.last + 1] = [place] * (place.last - place.first + 1)
            grid.append(line)
        for column in range(width):
            path: list[str] = []
            for line in grid:
                above = line[column]
                if above and above.text and above.text not in path:
                    path.append(above.text)
            if not leaves or (path and leaves[-1][1] != tuple(path)):
                leaves.append((column, tuple(path)))
        return leaves

    def _plain_head(self, kind: str, table: str, block: list[list[_Place]], width: int, rectangular: bool) -> _Head:
        leaves = self._leaves(block, width, rectangular)
        first = self.labels.code("figures", self._bare_label(leaves[0][1][-1])) if leaves[0][1] else None
        labels = 0 if kind == "agencies" and first else 1
        while kind == "activities" and labels < len(leaves) and self._measure_of(leaves[labels][1]) in (None, UNCODED):
            labels += 1
        while kind == "figures" and labels < len(leaves) and self._role(leaves[labels][1])[0] in ("label", "number"):
            labels += 1
        if labels >= len(leaves):
            return _Head(kind, (), (), width)
        columns: list[_Column] = []
        for _, path in leaves[labels:]:
            title = path[-1] if path else ""
            unit = self._title_unit(title)
            if kind == "figures":
                columns.append(self._figure_column(path, unit))
                continue
            code = self.labels.code(table, self._bare_label(title))
            columns.append(_Column(None if code == UNCODED else code, title, unit, {}, self.period))
        if kind == "figures":
            columns = self._told_apart(columns)
        firsts = tuple(first for first, _ in leaves[labels:]) if rectangular else ()
        return _Head(kind, tuple(columns), firsts, width)

    def _measure_of(self, path: Sequence[str]) -> str | None:
        return self.labels.code("measures", self._bare_label(path[-1])) if path else None

    def _role(self, path: Sequence[str]) -> tuple[str | None, str | None]:
        """What a column of a form of figures is, by the titles above it, and the year it names."""
        for text in reversed(path):
            year = _YEAR.search(text)
            if year:
                return "year", year[1]
            if "历年" in text:
                return "cumulative", None
            code = self.labels.code("columns", self._bare_label(text))
            if code:
                return code, None
            if self._title_unit(text):
                return "year", None
        return None, None

    def _figure_column(self, path: tuple[str, ...], unit: str | None) -> _Column:
        role, year = self._role(path)
        period = year or self.period
        if role == "previous":
            period = str(int(self.period) - 1) if self.period and self.period.isdecimal() else None
        cumulative = role == "cumulative" or any("历年" in text for text in path)
        title = path[-1] if path else ""
        dimensions = {} if role in ("year", "previous", "cumulative", "total", "jurisdiction") else {"column": title}
        scope = _SCOPES.get(role or "", "unknown")
        return _Column(role, title, unit, dimensions, None if cumulative else period, cumulative, scope)

    def _told_apart(self, columns: list[_Column]) -> list[_Column]:
        """Columns of figures whose dimensions tell them apart: a column that stands alone needs none, two that would be
        the same keep their titles."""
        values = [at for at, column in enumerate(columns) if column.key not in _NO_FIGURES]
        told: set[tuple[object, ...]] = set()
        for at in values:
            column = columns[at]
            dimensions = {} if len(values) == 1 else dict(column.dimensions)
            mark = (*dimensions.items(), column.period, column.cumulative)
            if mark in told:
                dimensions = {"column": column.title or str(at + 1)}
            told.add(mark)
            columns[at] = _Column(
                column.key, column.title, column.unit, dimensions, column.period, column.cumulative, column.scope
            )
        return columns

    def _requests_head(self, block: list[list[_Place]], width: int, rectangular: bool) -> _Head:
        def key(text: str) -> str | None:
            return self.labels.first("applicants", self._bare_label(text))

        if rectangular:
            leaves: list[tuple[int, str | None, str]] = []
            for first, path in self._leaves(block, width, rectangular):
                code = next((k for k in map(key, reversed(path)) if k not in (None, UNCODED)), None)
                started = bool(leaves) or code is not None
                if started and not (leaves and leaves[-1][1] == code and code):
                    leaves.append((first, code, path[-1] if path else ""))
            columns = [self._applicant(code, title) for _, code, title in leaves]
            told = [column.key for column in columns]
            spliced = [self._applicant(key(title), title) for title in self._spliced_titles(block)]
            if None in told or len(told) < len(spliced):
                # Without its spans a head has titles above each other that belong side by side.
                keys = [column.key for column in spliced]
                if len(keys) == len(set(keys)) == _ALL_APPLICANTS and None not in keys:
                    return _Head("requests", tuple(spliced), (), width, shifted=True)
            return _Head("requests", tuple(columns), tuple(first for first, _, _ in leaves), width)
        columns = [self._applicant(key(title), title) for title in self._spliced_titles(block)]
        return _Head("requests", tuple(columns), (), width)

    def _spliced_titles(self, block: list[list[_Place]]) -> list[str]:
        """Titles of a head without spans: the kinds of organisation stand in the last row, their heading in the one
        before."""
        lower = [place.text for place in block[-1] if place.text]
        if len(block) == 1:
            return lower
        titles: list[str] = []
        for text in [place.text for place in block[-2] if place.text]:
            titles += lower if self.labels.first("applicants", self._bare_label(text)) == UNCODED else [text]
        return titles

    def _applicant(self, code: str | None, title: str) -> _Column:
        code = None if code == UNCODED else code
        return _Column(code, title, None, {"applicant": code} if code else {"column": title}, self.period)

    def _disputes_head(self, block: list[list[_Place]], width: int, rectangular: bool) -> _Head:
        outcomes: list[tuple[str, str]] = []
        groups: list[str] = []
        seen: set[int] = set()
        firsts: list[int] = []
        for row in block:
            for place in row:
                if id(place.cell) in seen:
                    continue
                seen.add(id(place.cell))
                bare = self._bare_label(place.text)
                if outcome := self.labels.first("outcomes", bare):
                    outcomes.append((outcome, place.text))
                    firsts.append(place.first)
                elif group := self.labels.first("groups", bare):
                    groups.append(group)
        columns = [
            _Column(f"{group}.{code}" if group else None, title, None, {}, self.period)
            for group, (code, title) in zip(dispute_groups([c for c, _ in outcomes], groups), outcomes, strict=True)
        ]
        return _Head("disputes", tuple(columns), tuple(firsts) if rectangular else (), width)

    def _title_unit(self, text: str, *, named_only: bool = False) -> str | None:
        """The unit that a title names: 单位：万元, 数量(条)."""
        if "单位" not in text and (named_only or not text.endswith(("）", ")"))):
            return None
        match = _TITLE_UNIT.search(text[-200:].strip())
        unit = match and (match["named"] or (None if named_only else match["bracketed"]))
        return unit if unit in self.units else None

    # -- rows

    def _read_row(self, places: list[_Place], width: int, whole: bool) -> bool:
        """Read a row of figures; whether it was one."""
        head = self._head
        if not places:
            return False
        if len(places) == 1 and places[0].figure.value is None:
            if places[0].text:
                self._resolve([places[0]], head.kind if head else "figures")
                self._take_unit(places)
            return False
        if head and (head.width != width and whole) and len(places) <= len(head.columns):
            head = None
        if head is None or not head.columns:
            head = self._bare_head(places)
            if head is None:
                return False
        labels, values = self._align(places, head, whole)
        if head.kind == "disputes":
            return self._read_disputes(labels, values, head)
        if head.kind == "agencies":
            return self._read_agency(labels, values, head)
        if not any(place.text and place.figure.value is None for place in labels):
            return False
        code, label = self._resolve([place for place in labels if place.text], head.kind)
        if values is None:
            self._unaligned(places, labels, code, label, head)
            return True
        if code is not None and code.startswith(SECTION):
            if all(value.figure.value is None for value in values):
                return False
            code = None
        unit = next((place.text for place in values if place.text in self.units), None)
        if code is None and not (any(value.figure.state in _SAID for value in values) or unit):
            # A heading, or the line of those who filled the form in: nothing in it is a figure.
            self._take_unit(places)
            return False
        unit = unit or self._title_unit(labels[-1].text if labels else "")
        code = None if code == UNCODED else code
        for value, column in zip(values, head.columns, strict=True):
            if head.kind == "activities":
                self._add(value, column, self._measured(code, column), label, unit)
            elif head.kind != "figures" or column.key not in _NO_FIGURES:
                self._add(value, column, code, label, unit)
        return True

    def _bare_head(self, places: list[_Place]) -> _Head | None:
        """The head that a row without one needs: a label, perhaps a unit, and one figure."""
        values = [place for place in places if place.figure.state is not None]
        if len(values) != 1 or places[-1] is not values[0]:
            return None
        columns = [_Column("unit", "")] if len(places) > 2 and places[-2].text in self.units else []
        columns.append(_Column("year", "", None, {}, self.period))
        return _Head("figures", tuple(columns), tuple(place.first for place in places[-len(columns) :]), len(places))

    def _align(self, places: list[_Place], head: _Head, whole: bool) -> tuple[list[_Place], list[_Place] | None]:
        """Labels and figures of a row; no figures where it is not certain which column each belongs to."""
        count = len(head.columns)
        if head.shifted:
            return self._in_order(places, count)
        if whole and head.firsts and places[-1].last + 1 == head.width:
            values = [place for place in places if place.first >= head.firsts[0]]
            under = self._under(values, head)
            if under and (len(values) < len(places) or head.firsts[0] == 0):
                return places[: len(places) - len(values)], under
        cut = len(places) - count
        if cut >= (head.kind != "disputes") and self._all_figures(places[cut:], head):
            labels = places[:cut]
            if all(label.figure.value is None or label.first == 0 for label in labels):
                return labels, places[cut:]
        words = 0
        while words < len(places) and places[words].figure.state is None and places[words].text not in self.units:
            words += 1
        return places[:words], None

    def _in_order(self, places: list[_Place], count: int) -> tuple[list[_Place], list[_Place] | None]:
        """Labels and figures of a row whose place says nothing: as many figures as columns, one after the other; cells
        that are all blank are those of any column."""
        words = 0
        while words < len(places) and places[words].figure.state is None:
            words += 1
        labels, rest = places[:words], places[words:]
        filled = [at for at, place in enumerate(rest) if place.text]
        if filled and filled[-1] - filled[0] + 1 == len(filled) == count:
            rest = rest[filled[0] : filled[-1] + 1]
        elif filled and len(rest) != count:
            return labels, None
        values = rest[:count]
        return labels, values if len(values) == count and all(place.figure.state for place in values) else None

    def _under(self, values: list[_Place], head: _Head) -> list[_Place] | None:
        """The one cell under each column; none where a cell lies under several, or a column over several figures."""
        if [place.first for place in values] == [*head.firsts] and values[-1].last < head.width:
            return values
        found: list[_Place] = []
        at = 0
        for column, first in enumerate(head.firsts):
            end = head.firsts[column + 1] if column + 1 < len(head.firsts) else head.width
            below: list[_Place] = []
            while at < len(values) and first <= values[at].first < end:
                below.append(values[at])
                at += 1
            filled = [place for place in below if place.text]
            if not below or len(filled) > 1 or below[-1].last >= end:
                return None
            found.append(filled[0] if filled else below[0])
        return found if at == len(values) else None

    def _all_figures(self, values: list[_Place], head: _Head) -> bool:
        """Whether no label has got among what should be figures; in a form of figures a cell may hold other words."""
        words = [place for place in values if place.figure.state is None and place.text not in self.units]
        return not words or (
            head.kind == "figures"
            and not any(self._bare_label(place.text) in self.labels.tables["figures"] for place in words)
        )

    def _resolve(self, path: list[_Place], kind: str) -> tuple[str | None, str]:
        """Code and text of the last label of a row; labels before it, and rows above, say what it is part of."""
        tables = _ROW_LABELS.get(kind, _FIGURE_LABELS)
        words = [place.text for place in path if place.figure.value is None] or [place.text for place in path]
        code: str | None = None
        for bare in [bare for word in words for bare in _bare_labels(word[:_LONGEST_TEXT], tables)]:
            parent = code
            code = self.labels.code(tables[0], bare, self._recent)
            if code is None and len(tables) > 1:
                code = self.labels.code(tables[1], bare, self._recent)
            if code is None and parent and not parent.startswith(SECTION) and bare in self.labels.tables["columns"]:
                code = parent
            if code is None:
                code = self._repair(tables[0], bare)
            if code is not None and code != UNCODED:
                self._hits += 1
                self._remember(code.lstrip(SECTION))
        return code, words[-1]

    def _remember(self, code: str) -> None:
        if not self._recent or self._recent[-1] != code:
            self._recent.append(code)
            if len(self._recent) > 2 * _RECENT:
                del self._recent[:_RECENT]

    def _repair(self, table: str, bare: str) -> str | None:
        """Code of the one label that a damaged one can have been."""
        if not 4 <= len(bare) <= _LONGEST_LABEL or len(self._repaired) >= _MOST_REPAIRS:
            return None
        known = self.labels.tables[table]
        key = (table, bare)
        if key not in self._repaired:
            self._repaired[key] = nearest(bare, known, lossy_only=table != "requests") or ""
        label = self._repaired[key]
        return self.labels.code(table, label, self._recent) if label else None

    def _measured(self, code: str | None, column: _Column) -> str | None:
        """Code of a cell of article 20: that of its row with that of its column."""
        return joined if code and column.key and (joined := f"{code}.{column.key}") in self.known else None

    def _read_disputes(self, labels: list[_Place], values: list[_Place] | None, head: _Head) -> bool:
        if values is None or not any(value.figure.state for value in values):
            return False
        row = next((place.text for place in reversed(labels) if place.text and place.figure.state is None), None)
        numbered = row is None or self.labels.code("columns", self._bare_label(row)) is not None
        group = next((group for place in reversed(labels) if (group := self._group_of(place.text))), None)
        for value, column in zip(values, head.columns, strict=True):
            if column.key is None and group:
                # The kinds are rows: the outcomes above stand for each of them.
                code = f"{group}.{self.labels.first('outcomes', self._bare_label(column.title))}"
                self._add(value, column, code, row, None)
                continue
            if not numbered and row:
                self._add(value, column, column.key, row, None, subject=row)
            else:
                self._add(value, column, column.key, None, None)
        return True

    def _group_of(self, text: str) -> str | None:
        """The kind of dispute that a label names, in brackets or before them: 行政诉讼（复议后起诉）."""
        named = [self.labels.first("groups", self._bare_label(part)) for part in _BRACKET.split(text[:_LONGEST_TEXT])]
        return next((group for group in reversed(named) if group), None)

    def _read_agency(self, labels: list[_Place], values: list[_Place] | None, head: _Head) -> bool:
        """A row of a table that lists agencies: its label is the agency, each column an indicator."""
        label = next((place.text for place in reversed(labels) if place.text and place.figure.state is None), "")
        if values is None or not any(value.figure.state in _SAID for value in values):
            return False
        role, year = self._role([label]) if label else (None, None)
        whole = not label or role in ("total", "year", "jurisdiction", "own")
        self._hits += 1
        for value, title in zip(values, head.columns, strict=True):
            column = replace(title, period=year) if year else title
            code = None if column.key is None or column.key.startswith(SECTION) else column.key
            self._add(value, column, code, label, None, subject=None if whole else label, scope=_SCOPES.get(role or ""))
        return True

    def _unaligned(self, places: list[_Place], labels: list[_Place], code: str | None, label: str, head: _Head) -> None:
        """A row whose figures cannot be put under the columns: each stands, without value, for no column."""
        figures = [place for place in places[len(labels) :] if place.figure.value is not None]
        if not figures or (code and code.startswith(SECTION)):
            return
        indicator = self.known.get(code or "")
        own, unit = (indicator.code, indicator.unit) if indicator else (None, None)
        for place in figures:
            self.facts.append(
                Fact(
                    own, None, unit, self.period, place.cell.start, place.cell.end,
                    place.cell.text, source="table", state="unreadable", dimensions={"row": label},
                )
            )  # fmt: skip
        names = "、".join(column.title for column in head.columns)
        self.notes.append(
            Note(
                "row_unaligned",
                f"the row {label} has {len(figures)} figures for {len(head.columns)} columns ({names}): not read",
                figures[0].cell.start,
                figures[-1].cell.end,
            )
        )

    def _add(
        self,
        place: _Place,
        column: _Column,
        code: str | None,
        label: str | None,
        row_unit: str | None,
        *,
        subject: str | None = None,
        scope: str | None = None,
    ) -> None:
        figure, cell = place.figure, place.cell
        measure = find_measure(code, (figure.unit, row_unit, column.unit, self._unit))
        dimensions = dict(column.dimensions)
        if subject or (measure.code is None and label):
            dimensions["row"] = label or ""
        if measure.code is None and column.key is None and not column.dimensions:
            dimensions["column"] = column.title
        self.facts.append(
            Fact(
                measure.code,
                worth(figure.value, measure),
                measure.unit,
                column.period,
                cell.start,
                cell.end,
                cell.text,
                source="table",
                state=figure.state or "unreadable",
                scope="unit" if subject else scope or (column.scope if column.scope != "unknown" else self._scope),
                qualifier=figure.qualifier,
                subject=subject,
                cumulative=column.cumulative,
                dimensions=dimensions,
            )
        )


@lru_cache(maxsize=4096)
def _bare_labels(text: str, tables: tuple[str, ...]) -> tuple[str, ...]:
    """The bare label of a cell, or the several that it holds: 三、本年度办理结果（一）予以公开."""
    bare, known = bare_label(text), load_labels().tables
    if len(bare) > _LONGEST_LABEL or any(bare in known[table] for table in tables):
        return (bare,)
    return tuple(map(bare_label, _INNER_NUMBER.split(text)))


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


def dispute_groups(outcomes: Sequence[str], groups: Sequence[str]) -> list[str | None]:
    """The group that each of a row of outcomes belongs to, where a group ends when an outcome comes again.

    >>> dispute_groups(["upheld", "total", "upheld", "total"], ["review", "litigation"])
    ['review', 'review', 'litigation', 'litigation']
    """
    names = [group for group in dict.fromkeys(groups) if group != "litigation" or "litigation.direct" not in groups]
    runs: list[int] = []
    current: set[str] = set()
    run = 0
    for outcome in outcomes:
        if outcome in current:
            current = set()
            run += 1
        current.add(outcome)
        runs.append(run)
    if not names and run == 2:
        names = ["review", "litigation.direct", "litigation.after_review"]
    if len(names) != run + 1:
        return [None] * len(outcomes)
    # 行政复议 comes first in every form, wherever its title got to.
    names.sort(key=["review", "litigation", "litigation.direct", "litigation.after_review"].index)
    return [names[run] for run in runs]


def nearest(bare: str, known: Mapping[str, object], *, lossy_only: bool) -> str | None:
    """The one of the known labels that `bare` is a damaged form of: it lost up to three in ten of its characters or,
    unless `lossy_only`, at most a quarter of them were lost, added or changed. None where two would do.

    >>> labels = load_labels().tables["requests"]
    >>> nearest("其他法律行政止公开", labels, lossy_only=False)
    '其他法律行政法规禁止公开'
    """
    found: list[tuple[int, str]] = []
    for label in known:
        if len(label) < 6 and not (not lossy_only and len(label) > 3):
            continue
        lost = len(label) - len(bare)
        if 0 < lost <= len(label) * 3 // 10 and is_subsequence(bare, label):
            found.append((lost, label))
        elif not lossy_only and abs(lost) <= len(label) // 4:
            distance = edit_distance(bare, label, len(label) // 4)
            if distance is not None:
                found.append((distance, label))
    found.sort()
    if not found or (len(found) > 1 and found[1][0] <= found[0][0] + 1):
        return None
    return found[0][1]


def is_subsequence(short: str, long: str) -> bool:
    """Whether `short` is `long` with characters left out."""
    rest = iter(long)
    return all(char in rest for char in short)


def edit_distance(left: str, right: str, most: int) -> int | None:
    """Characters to add, drop or change to make one of the other; null when more than `most`.

    >>> edit_distance("行政许可", "行致许可", 1), edit_distance("行政许可", "行政处罚", 1)
    (1, None)
    """
    row = list(range(len(right) + 1))
    for at, char in enumerate(left, 1):
        above = row
        row = [at]
        for column, other in enumerate(right, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (char != other)))
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
