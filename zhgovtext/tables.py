"""Cells of official tables as facts.

A table is read by its labels: what stands above a figure and to the left of it says what it counts, wherever a
province has put it. What stands above is read by `heads`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from zhgovtext.cells import Figure, find_measure, read_figure, worth
from zhgovtext.document import Cell, Note, Table
from zhgovtext.facts import Fact
from zhgovtext.heads import (
    NO_FIGURES,
    SCOPES,
    Column,
    Head,
    Title,
    bare_text,
    find_role,
    is_label_title,
    read_head,
    title_unit,
)  # fmt: skip
from zhgovtext.indicators import SECTION, UNCODED, Labels, bare_label, load_indicators, load_labels
from zhgovtext.likeness import nearest
from zhgovtext.script import Normalized

_INNER_NUMBER = re.compile(r"(?<=[\u4e00-\u9fff])\s?(?=[（(][一二三四五六七八九十]{1,3}[）)]|\d{1,2}[.．、])")
_CELL_WORD = re.compile(r"\S+")
_BRACKET = re.compile(r"[（()）]")
_SAID = frozenset(["stated", "zero_words", "slash", "dash"])
_CAPTION_SCOPE = re.compile("(?P<own>[省市区县州]?本级)|(?P<jurisdiction>全[省市区县州])")
# A label is compared with damaged forms of others only so often, and only when it is no longer than this.
_MOST_REPAIRS = 300
_LONGEST_LABEL = 60
_LONGEST_TEXT = 200
_RECENT = 30
# Where the labels of the rows of a table are looked up, by its kind; of others among those of the figures.
_ROW_LABELS = {"requests": ("requests", "figures"), "activities": ("activities",)}
_FIGURE_LABELS = ("figures",)
# The table of requests has fewer rows.
_AHEAD = 60


@dataclass(slots=True)
class _Line:
    """The distinct cells of a row, from left to right: of each the normalised text, the figure and its value, and the
    columns that it covers, from the first to the last. `words` are the indexes of those that hold no figure, and
    `is_valued` says whether a number stands in one of the cells."""

    cells: Sequence[Cell]
    texts: Sequence[str]
    figures: Sequence[Figure]
    values: Sequence[object]
    firsts: Sequence[int]
    lasts: Sequence[int]
    words: Sequence[int]
    is_valued: bool


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
        (at for at, row in enumerate(texts) for text in row if len(text) > 8 and _outcome_count(text) > 2), None
    )
    if head is None:
        return table, texts
    counts = [max(1, _outcome_count(text)) for text in texts[head]]
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
            words, places = _outcomes(text[:_LONGEST_TEXT]), [(0, len(cell.text))] * count
            if at > head:
                words, places = tuple(text.split()), [match.span() for match in _CELL_WORD.finditer(cell.text)]
            if len(words) != count or len(places) != count:
                return table, texts
            line += [
                (Cell(cell.text[low:high], cell.start + low, cell.start + high), word)
                for word, (low, high) in zip(words, places, strict=True)
            ]
        rows.append(tuple(cell for cell, _ in line))
        opened.append([text for _, text in line])
    return replace(table, rows=tuple(rows)), opened


def _outcome_count(text: str) -> int:
    """How many outcomes a cell holds."""
    return len(_outcomes(text[:_LONGEST_TEXT]))


@lru_cache(maxsize=1024)
def _outcomes(text: str) -> tuple[str, ...]:
    """The outcomes that a text consists of, whatever parts them; none where it holds anything else."""
    bare = "".join(text.split())
    known = sorted(load_labels().tables["outcomes"], key=len, reverse=True)
    found: list[str] = []
    while bare:
        label = next((label for label in known if bare.startswith(label)), None)
        if label is None:
            return ()
        found.append(label)
        bare = bare[len(label) :]
    return tuple(found)


def _figure(text: str) -> Figure:
    """What a cell says, where the known units may stand after a figure."""
    return _short_figure(text) if len(text) <= _LONGEST_LABEL else read_figure(text, load_labels().units)


@lru_cache(maxsize=4096)
def _short_figure(text: str) -> Figure:
    return read_figure(text, load_labels().units)


class _Reader:
    """Reads tables one after the other: one without a head of its own goes on where the one before it ended."""

    def __init__(self, period: str | None) -> None:
        self.period = period
        self.labels: Labels = load_labels()
        self.known = load_indicators().by_code
        self.units = self.labels.units
        self.facts: list[Fact] = []
        self.notes: list[Note] = []
        self._head: Head | None = None
        self._recent: list[str] = []
        self._repaired: dict[tuple[str, str], str] = {}
        self._unit: str | None = None
        self._scope = "unknown"
        self._hits = 0

    def read(self, table: Table, texts: list[list[str]]) -> bool:
        """Read one table; whether any label in it is known."""
        width = max(map(len, texts), default=0)
        caption = table.caption or ""
        self._unit = title_unit(caption)
        scope = _CAPTION_SCOPE.search(caption)
        self._scope = (scope.lastgroup or "unknown") if scope else "unknown"
        self._hits = 0
        first_fact, first_note = len(self.facts), len(self.notes)
        side = _second_half(texts, width)
        if side:
            halves = [
                self.read(replace(table, rows=tuple(row[part] for row in table.rows)), [row[part] for row in texts])
                for part in (slice(0, side), slice(side, width))
            ]
            return any(halves)
        block: list[_Line] = []
        started = False
        lines = _lines(table.rows, texts)
        self._look_ahead(lines[:_AHEAD])
        for at, (line, row) in enumerate(zip(lines, texts, strict=True)):
            if self._is_head(line, started=started):
                block.append(line)
                continue
            if block:
                self._open(block, width)
                self._look_ahead(lines[at : at + _AHEAD])
                block = []
            started = self._read_row(line, width, len(row) == width) or started
        if self._hits == 0:
            del self.facts[first_fact:], self.notes[first_note:]
            return False
        return True

    def _look_ahead(self, lines: Sequence[_Line]) -> None:
        """Find out whether rows of requests begin left of their columns: then no row stands below its titles."""
        head = self._head
        if head and head.kind == "requests" and head.firsts and any(self._is_shifted(line, head) for line in lines):
            self._head = replace(head, firsts=(), shifted=True)

    def _is_shifted(self, line: _Line, head: Head) -> bool:
        left = bisect_left(line.firsts, head.firsts[0])
        if all(value is None for value in line.values[1:left]):
            return False
        return bare_text(line.texts[0]) in self.labels.tables["requests"]

    # -- heads

    def _is_head(self, line: _Line, *, started: bool) -> bool:
        words = line.words
        if not words or line.is_valued:
            return False
        texts = [line.texts[at] for at in words if line.texts[at] not in self.units]
        if not texts:
            return False
        tables = self.labels.tables
        bare = list(map(bare_text, texts))
        if len(bare) == 1:
            return bare[0] in tables["measures"] or self.labels.first("applicants", bare[0]) == UNCODED
        if self._count(bare, "groups", "outcomes") > 1 or self._count(bare, "applicants", "measures") > 1:
            return True
        if len(bare) == len(line.texts) and all(word in tables["figures"] for word in bare):
            return True
        row_label = any(bare[0] in tables[table] for table in ("figures", "requests", "activities"))
        if row_label:
            return False
        return bare[0] in tables["columns"] or self._count(bare[1:], "figures") > 1 or not started

    def _count(self, words: Sequence[str], *tables: str) -> int:
        """How often one of the words is a label of one of the tables."""
        return sum([word in self.labels.tables[table] for table in tables for word in words])

    def _open(self, block: list[_Line], width: int) -> None:
        """Take the rows of a head: what the columns below it stand for."""
        for line in block:
            self._take_unit(line)
        head = read_head(_titles(block), width, self.period)
        self._hits += head.kind not in ("figures", "agencies")
        again = head.kind == "requests" and self._head is not None and self._head.kind == "requests"
        self._head = head
        # The head that a page or a second table repeats opens no new table.
        if head.kind in ("requests", "disputes") and not again:
            self._recent = []

    def _take_unit(self, line: _Line) -> None:
        """The unit that a cell names for the whole table (单位：万元)."""
        unit = next((unit for text in line.texts if (unit := title_unit(text, named_only=True))), None)
        if unit:
            self._unit = unit

    # -- rows

    def _read_row(self, line: _Line, width: int, whole: bool) -> bool:
        """Read a row of figures; whether it was one."""
        head, texts = self._head, line.texts
        if not texts:
            return False
        if len(texts) == 1 and not line.is_valued:
            if texts[0]:
                self._resolve(texts, head.kind if head else "figures")
                self._take_unit(line)
            return False
        if head and (head.width != width and whole) and len(texts) <= len(head.columns):
            head = None
        if head is None or not head.columns:
            head = self._bare_head(line)
            if head is None:
                return False
        labels, cells = self._align(line, head, whole)
        if head.kind == "disputes":
            return self._read_disputes(line, labels, cells, head)
        if head.kind == "agencies":
            return self._read_agency(line, labels, cells, head)
        return self._read_figures(line, labels, cells, head)

    def _read_figures(self, line: _Line, labels: int, cells: Sequence[int] | None, head: Head) -> bool:
        """A row whose label says what is counted."""
        path = [text for text, value in zip(line.texts[:labels], line.values, strict=False) if text and value is None]
        if not path:
            return False
        code, label = self._resolve(path, head.kind)
        if cells is None:
            self._unaligned(line, labels, code, label, head)
            return True
        if code is not None and code.startswith(SECTION):
            if all(line.values[at] is None for at in cells):
                return False
            code = None
        unit = next((line.texts[at] for at in cells if line.texts[at] in self.units), None)
        if code is None and not unit and not self._says_any(line, cells):
            # A heading, or the line of those who filled the form in: nothing in it is a figure.
            self._take_unit(line)
            return False
        unit = unit or title_unit(line.texts[labels - 1])
        code = None if code == UNCODED else code
        for at, column in zip(cells, head.columns, strict=True):
            if head.kind == "activities":
                self._add(line, at, column, self._measured(code, column), label, unit)
            elif head.kind != "figures" or column.key not in NO_FIGURES:
                self._add(line, at, column, code, label, unit)
        return True

    def _says_any(self, line: _Line, cells: Sequence[int]) -> bool:
        return any(line.figures[at].state in _SAID for at in cells)

    def _bare_head(self, line: _Line) -> Head | None:
        """The head that a row without one needs: a label, perhaps a unit, and one figure."""
        last = len(line.texts) - 1
        if len(line.words) != last or last in line.words:
            return None
        columns = [Column("unit", "")] if last > 1 and line.texts[last - 1] in self.units else []
        columns.append(Column("year", "", None, {}, self.period))
        return Head("figures", tuple(columns), tuple(line.firsts[-len(columns) :]), last + 1)

    def _align(self, line: _Line, head: Head, whole: bool) -> tuple[int, Sequence[int] | None]:
        """How many cells at the left are labels, and which are the figures of the columns; none where it is not certain
        which column each belongs to."""
        count, width = len(line.texts), len(head.columns)
        if head.shifted:
            return self._in_order(line, width)
        if whole and head.firsts and line.lasts[-1] + 1 == head.width:
            begin = bisect_left(line.firsts, head.firsts[0])
            under = _under(line, begin, head)
            if under and (begin > 0 or head.firsts[0] == 0):
                return begin, under
        cut = count - width
        if (
            cut >= (head.kind != "disputes")
            and self._all_figures(line, cut, head)
            and all(value is None for value in line.values[line.firsts[0] == 0 : cut])
        ):
            return cut, range(cut, count)
        words = 0
        while words < count and line.figures[words].state is None and line.texts[words] not in self.units:
            words += 1
        return words, None

    def _in_order(self, line: _Line, count: int) -> tuple[int, Sequence[int] | None]:
        """Labels and figures of a row whose place says nothing: as many figures as columns, one after the other; cells
        that are all blank are those of any column."""
        end = len(line.texts)
        labels = next((at for at, figure in enumerate(line.figures) if figure.state is not None), end)
        filled = [at for at in range(labels, end) if line.texts[at]]
        cells = range(labels, end)[:count]
        if filled and filled[-1] - filled[0] + 1 == len(filled) == count:
            cells = range(filled[0], filled[-1] + 1)
        elif filled and end - labels != count:
            return labels, None
        return labels, cells if len(cells) == count and all(line.figures[at].state for at in cells) else None

    def _all_figures(self, line: _Line, begin: int, head: Head) -> bool:
        """Whether no label has got among what should be figures; in a form of figures a cell may hold other words."""
        words = [line.texts[at] for at in line.words if at >= begin and line.texts[at] not in self.units]
        return not words or (
            head.kind == "figures" and not any(bare_text(text) in self.labels.tables["figures"] for text in words)
        )

    def _resolve(self, path: Sequence[str], kind: str) -> tuple[str | None, str]:
        """Code and text of the last label of a row; labels before it, and rows above, say what it is part of."""
        tables = _ROW_LABELS.get(kind, _FIGURE_LABELS)
        code: str | None = None
        for bare in [bare for text in path for bare in _bare_labels(text[:_LONGEST_TEXT], tables)]:
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
        return code, path[-1]

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

    def _measured(self, code: str | None, column: Column) -> str | None:
        """Code of a cell of article 20: that of its row with that of its column."""
        return joined if code and column.key and (joined := f"{code}.{column.key}") in self.known else None

    def _read_disputes(self, line: _Line, labels: int, cells: Sequence[int] | None, head: Head) -> bool:
        if cells is None or not any(line.figures[at].state for at in cells):
            return False
        row = self._last_words(line, labels)
        numbered = row is None or self.labels.code("columns", bare_text(row)) is not None
        group = next((group for text in reversed(line.texts[:labels]) if (group := self._group_of(text))), None)
        for at, column in zip(cells, head.columns, strict=True):
            if column.key is None and group:
                # The kinds are rows: the outcomes above stand for each of them.
                code = f"{group}.{self.labels.first('outcomes', bare_text(column.title))}"
                self._add(line, at, column, code, row, None)
            elif not numbered and row:
                self._add(line, at, column, column.key, row, None, subject=row)
            else:
                self._add(line, at, column, column.key, None, None)
        return True

    def _last_words(self, line: _Line, labels: int) -> str | None:
        """The last of the labels of a row that is no figure."""
        return next((line.texts[at] for at in reversed(line.words) if at < labels and line.texts[at]), None)

    def _group_of(self, text: str) -> str | None:
        """The kind of dispute that a label names, in brackets or before them: 行政诉讼（复议后起诉）."""
        named = [self.labels.first("groups", bare_text(part)) for part in _BRACKET.split(text[:_LONGEST_TEXT])]
        return next((group for group in reversed(named) if group), None)

    def _read_agency(self, line: _Line, labels: int, cells: Sequence[int] | None, head: Head) -> bool:
        """A row of a table that lists agencies: its label is the agency, each column an indicator."""
        label = self._last_words(line, labels) or ""
        if cells is None or not self._says_any(line, cells):
            return False
        role, year = find_role([label]) if label else (None, None)
        whole = not label or role in ("total", "year", "jurisdiction", "own")
        self._hits += 1
        for at, title in zip(cells, head.columns, strict=True):
            column = replace(title, period=year) if year else title
            code = None if column.key is None or column.key.startswith(SECTION) else column.key
            subject = None if whole else label
            self._add(line, at, column, code, label, None, subject=subject, scope=SCOPES.get(role or ""))
        return True

    def _unaligned(self, line: _Line, labels: int, code: str | None, label: str, head: Head) -> None:
        """A row whose figures cannot be put under the columns: each stands, without value, for no column."""
        cells = [line.cells[at] for at in range(labels, len(line.cells)) if line.values[at] is not None]
        if not cells or (code and code.startswith(SECTION)):
            return
        indicator = self.known.get(code or "")
        own, unit = (indicator.code, indicator.unit) if indicator else (None, None)
        for cell in cells:
            self.facts.append(
                Fact(
                    own, None, unit, self.period, cell.start, cell.end,
                    cell.text, source="table", state="unreadable", dimensions={"row": label},
                )
            )  # fmt: skip
        names = "、".join(column.title for column in head.columns)
        self.notes.append(
            Note(
                "row_unaligned",
                f"the row {label} has {len(cells)} figures for {len(head.columns)} columns ({names}): not read",
                cells[0].start,
                cells[-1].end,
            )
        )

    def _add(
        self,
        line: _Line,
        at: int,
        column: Column,
        code: str | None,
        label: str | None,
        row_unit: str | None,
        *,
        subject: str | None = None,
        scope: str | None = None,
    ) -> None:
        figure, cell = line.figures[at], line.cells[at]
        measure = find_measure(code, (figure.unit, row_unit, column.unit, self._unit))
        dimensions = dict(column.dimensions)
        if subject or (measure.code is None and label):
            dimensions["row"] = label or ""
        if measure.code is None and column.key is None and not column.dimensions:
            dimensions["column"] = column.title
        scope = "unit" if subject else scope or (column.scope if column.scope != "unknown" else self._scope)
        # Most facts are made here: without keywords in two thirds of the time.
        self.facts.append(
            Fact(
                measure.code, worth(figure.value, measure), measure.unit, column.period, cell.start, cell.end,
                cell.text, "table", figure.state or "unreadable", scope, figure.qualifier, None, subject,
                column.cumulative, dimensions,
            )
        )  # fmt: skip


def _lines(rows: Sequence[Sequence[Cell]], texts: Sequence[Sequence[str]]) -> list[_Line]:
    """The distinct cells of each row; a figure that stood in a row above stands for that row only."""
    cells = [id(cell) for row in rows for cell in row]
    merged = len(set(cells)) < len(cells)
    seen: set[int] = set()
    return [_line(row, row_texts, seen if merged else None) for row, row_texts in zip(rows, texts, strict=True)]


def _line(cells: Sequence[Cell], texts: Sequence[str], seen: set[int] | None) -> _Line:
    figures = list(map(_figure, texts))
    firsts = lasts = list(range(len(cells)))
    if seen is not None:
        firsts, lasts = _spans(cells, figures, seen)
        cells, texts = [cells[at] for at in firsts], [texts[at] for at in firsts]
        figures = [figures[at] for at in firsts]
    values = [figure.value for figure in figures]
    words = [at for at, figure in enumerate(figures) if figure.state is None]
    return _Line(cells, texts, figures, values, firsts, lasts, words, values.count(None) < len(values))


def _second_half(texts: Sequence[Sequence[str]], width: int) -> int | None:
    """The column where a form printed in two halves begins anew: the title of its labels comes again."""
    for row in texts[:4] if width > 3 else ():
        if len(row) < width or len(set(row)) == width:
            continue
        titles = [at for at, text in enumerate(row) if text and is_label_title(text)]
        apart = titles and titles[-1] - titles[0] >= len(titles)
        if apart and row[titles[0]] == row[titles[-1]]:
            return titles[-1]
    return None


def _titles(block: Sequence[_Line]) -> tuple[tuple[Title, ...], ...]:
    """The cells of the rows of a head as titles of columns."""
    order: dict[int, int] = {}
    return tuple(
        tuple(
            Title(text, first, last, order.setdefault(id(cell), len(order)))
            for text, first, last, cell in zip(line.texts, line.firsts, line.lasts, line.cells, strict=True)
        )
        for line in block
    )


def _spans(cells: Sequence[Cell], figures: Sequence[Figure], seen: set[int]) -> tuple[list[int], list[int]]:
    """The first and the last column of each distinct cell of a row. `seen` are the cells of rows above that reach down
    to this one: a figure among them is none of this row."""
    firsts: list[int] = []
    lasts: list[int] = []
    last: Cell | None = None
    for column, cell in enumerate(cells):
        if cell is last:
            lasts[-1] = column
            continue
        if cell.rowspan > 1:
            if id(cell) in seen and figures[column].value is not None:
                continue
            seen.add(id(cell))
        last = cell
        firsts.append(column)
        lasts.append(column)
    return firsts, lasts


def _under(line: _Line, begin: int, head: Head) -> Sequence[int] | None:
    """The one cell under each column, of those from `begin` on; none where a cell lies under several, or a column over
    several figures."""
    count = len(line.texts)
    if tuple(line.firsts[begin:]) == head.firsts and line.lasts[-1] < head.width:
        return range(begin, count)
    found: list[int] = []
    at = begin
    for first, end in zip(head.firsts, (*head.firsts[1:], head.width), strict=True):
        below: list[int] = []
        while at < count and first <= line.firsts[at] < end:
            below.append(at)
            at += 1
        filled = [place for place in below if line.texts[place]]
        if not below or len(filled) > 1 or line.lasts[below[-1]] >= end:
            return None
        found.append(filled[0] if filled else below[0])
    return found if at == count else None


@lru_cache(maxsize=4096)
def _bare_labels(text: str, tables: tuple[str, ...]) -> tuple[str, ...]:
    """The bare label of a cell, or the several that it holds: 三、本年度办理结果（一）予以公开."""
    bare, known = bare_label(text), load_labels().tables
    if len(bare) > _LONGEST_LABEL or any(bare in known[table] for table in tables):
        return (bare,)
    return tuple(map(bare_label, _INNER_NUMBER.split(text)))
