"""Official tables that a page or a copy turned into plain text: where they stand, and what their rows are.

Their cells stand one a line, one after the other with spaces, or without any gap: 其中：1、政府网站公开数条212210037.
A form is a run of known labels with nothing but figures, units and numbering between them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, pairwise, starmap
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zhgovtext.heads import dispute_groups
from zhgovtext.indicators import SECTION, SQUEEZED, UNCODED, load_labels
from zhgovtext.script import code_points

# The kinds of form, and the tables of labels that each is made of.
_KINDS = {
    "activities": ("activities", "measures"),
    "requests": ("requests", "applicants"),
    "disputes": ("groups", "outcomes"),
    "figures": ("figures", "columns"),
}
_ROWS = {"activities": "activities", "requests": "requests", "disputes": "outcomes", "figures": "figures"}
_TAIL = r"[”’\"'」』》]?的?(?:总?(?:次数|件数|条数|篇数|数量|数额|数)|总条数)?"
_EXPLAINED = r"(?:[（(][^（）()\n]{0,90}[）)])?"
_UNITS = "万元|亿元|人次|条次|[条件篇次个项人元份期场家名部]"
_UNIT = rf"(?P<unit>{_UNITS})?"
# A unit behind a figure ends its line, or the word after it begins: 收到申请数：20件.
_SAID = rf"(?<=\d)(?:{_UNITS})(?=\n|\Z)"
_VALUES = rf"(?P<values>(?:\d(?:[,，](?=\d{{3}}))?|[\s.+\-−—–/]|(?<=\d)万?元|{_SAID}){{0,160}})"
_NUMBER = r"(?:其中[:：]?)?\s{0,4}(?:[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[）)]?\s?[、.．:：]?)?\s{0,4}"
_CELL = re.compile(rf"[）)]?{_TAIL}\s{{0,4}}(?P<explained>{_EXPLAINED})[:：]?\s{{0,4}}{_UNIT}{_VALUES}")
_GAP = re.compile(rf"{_CELL.pattern}{_NUMBER}[（(“‘\"'「『《]?")
# A row whose label is unknown: words, then a unit, a line's end or a space, then figures.
_UNKNOWN = re.compile(
    r"[、.．]?\s{0,4}(?P<label>[^\d\s，,。；;！？!?、.．：:/][^\d\n，,。；;！？!?]{1,40}?)"
    rf"(?:\s{{0,4}}(?P<unit>{_UNITS})\s{{0,4}}|\s{{0,4}}\n\s{{0,4}}| )(?=[\d/—-])"
    rf"(?P<values>[\d\s.,，+\-−—–/]{{1,60}}){_NUMBER}"
)
_NEXT = re.compile(r"其中[:：]?\s{0,4}(?P<number>\d{1,2})[、.．:：)）]|(?P<mark>[、.．:：)）])")
_NEXT_STARTS = frozenset("其、.．:：)）")
_CHUNK = re.compile(r"[^\s]+")
# What goes on behind the figure of a sentence, and not behind that of a form.
_SENTENCE = re.compile(r"[\u4e00-\u9fff]{0,4}[，,。；;！!]")
# What stands before the first label of a line, and before that of a heading.
_LINE_NUMBER = re.compile(_NUMBER)
_HEADING = re.compile(r"\s{0,4}[一二三四五六七八九十]{1,3}[、.．]\s{0,4}")
_MONEY = re.compile("万?元$")
_TITLE_UNIT = re.compile(r"(?:单位[:：]\s?)?([^\s（()）:：]{1,4})[）)]$")
_YEAR = re.compile(r"(20\d\d)\s{0,2}$")
# What can follow a label inside a form: anything else ends it without a closer look.
_GO_ON = frozenset(
    "0123456789 \t\n\r\u3000\xa0（(）):：”’\"'」』》.+-−—–/其一二三四五六七八九十总的数次条件篇人项个元份期场家名部万亿"
)
# What can stand right before a label inside a form.
_LEAD_IN = _GO_ON | frozenset("中量额:：、．，,“‘「『《\f\v")
_AFTER_YEAR = frozenset("年月日")
_MOST_GAP = 240
_APPLICANTS = ("natural", "company", "research", "nonprofit", "legal_service", "other", "total")


@dataclass(frozen=True, slots=True)
class _Label:
    """What a label is in which table of labels, and the kinds of form that it can stand in."""

    named: Mapping[str, str]
    kinds: frozenset[str]


_UNKNOWN_ROW = _Label({"figures": ""}, frozenset(["figures"]))


class _Word(NamedTuple):
    """A label in the text."""

    start: int
    end: int
    label: _Label


@dataclass(frozen=True, slots=True)
class Column:
    """What the figures of a column have in common: a code, where the column has one, and what tells it from others."""

    code: str | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    cumulative: bool = False
    year: str | None = None
    unit: str | None = None


_ONE_COLUMN = Column()
_REQUEST_COLUMNS = tuple(Column(None, (("applicant", applicant),)) for applicant in _APPLICANTS)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of figures: its `label` and `code`, its columns with the code of the figure in each, and the spans of what
    is printed for them."""

    label: str
    code: str | None
    unit: str | None
    columns: tuple[Column, ...]
    codes: tuple[str | None, ...]
    chunks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A table that stands as plain text in ``text[start:end]``; `kind` is activities (article 20), requests, disputes
    or figures (the forms of 2008–2018)."""

    kind: str
    start: int
    end: int
    rows: tuple[Row, ...] = field(default=(), repr=False, compare=False)


def find_forms(text: str, *, tables: Sequence[tuple[int, int]] = ()) -> tuple[Form, ...]:
    """Forms in a normalised text, in order; none reaches into one of the `tables`, whose spans are given.

    >>> find_forms("附表 指标名称 单位 数量 收到申请数 件 12 其中：1.当面申请数 件 3 2.网上申请数 件 9 说明：无。")
    (Form(kind='figures', start=3, end=51),)
    """
    return tuple(_read_forms(text, tables))


def _read_forms(text: str, tables: Sequence[tuple[int, int]]) -> Iterator[Form]:
    openings = sorted(start for start, _ in tables)
    run: list[_Word] = []
    kinds: frozenset[str] = frozenset()
    last = -_MOST_GAP
    for word in _find_words(text, tables):
        start = word.start
        inner = None
        # Most words of a running text end here: what follows them is no part of any form.
        if start == last or (start - last < _MOST_GAP and text[last] in _GO_ON):
            if start in _explained(text, last):
                continue
            both = kinds & word.label.kinds
            if both and bisect_right(openings, last) == bisect_right(openings, start):
                inner = _inner_words(text, last, start, both)
        if inner is None:
            if len(run) > 2:
                yield from _close(text, run, kinds, openings)
            run, kinds = [word], word.label.kinds
        else:
            run += [*inner, word]
            kinds = both
        last = word.end
    if len(run) > 2:
        yield from _close(text, run, kinds, openings)


def _find_words(text: str, tables: Sequence[tuple[int, int]]) -> list[_Word]:
    """Known labels outside the tables; one that is but the tail of the label before it (…数量) is part of that."""
    points = code_points(text)
    places = np.flatnonzero(_kept().take(points, mode="clip"))
    squeezed = points[places].tobytes().decode("utf-32-le", "surrogatepass")
    indexes = load_labels().pattern.find_matches_as_indexes(squeezed)
    matches = np.fromiter(chain.from_iterable(indexes), dtype=np.int64, count=3 * len(indexes)).reshape(-1, 3)
    starts, ends = places[matches[:, 1]], places[matches[:, 2] - 1] + 1
    if tables:
        taken = np.array(sorted(tables), dtype=np.int64)
        at = np.searchsorted(taken[:, 0], starts, side="right") - 1
        outside = (at < 0) | (starts >= taken[at, 1])
        matches, starts, ends = matches[outside], starts[outside], ends[outside]
    labels = map(_labels().__getitem__, matches[:, 0].tolist())
    found: list[_Word] = []
    last = -2
    for word in starmap(_Word, zip(starts.tolist(), ends.tolist(), labels, strict=True)):
        start, end, _ = word
        follows = start == last or (start == last + 1 and text[last] == "的")
        if follows and text[start:end] in ("数量", "总数") and "columns" not in found[-1].label.named:
            continue
        found.append(word)
        last = end
    return found


@cache
def _kept() -> npt.NDArray[np.bool_]:
    """Which characters a label is looked for in, by code point; those beyond are as the last."""
    kept = np.ones(0x10000, dtype=np.bool_)
    kept[[ord(char) for char in SQUEEZED]] = False
    return kept


@cache
def _labels() -> tuple[_Label, ...]:
    """What each pattern of the labels stands for."""
    return tuple(
        _Label(named, frozenset(kind for kind, tables in _KINDS.items() if not named.keys().isdisjoint(tables)))
        for named in load_labels().named
    )


def _explained(text: str, end: int) -> range:
    """Where the explanation in brackets after a label stands, whose words are none of the form's own."""
    near = text[end : end + 8]
    cell = _CELL.match(text, end) if "（" in near or "(" in near else None
    return range(*cell.span("explained")) if cell else range(0)


def _inner_words(text: str, start: int, end: int, kinds: frozenset[str]) -> list[_Word] | None:
    """Rows with unknown labels in the gap between two words; none where the gap is no part of a form."""
    if start == end:
        return []
    before = text[end - 1]
    if before not in _LEAD_IN:
        return None
    # Figures that a comma follows are those of a row whose label is unknown, or of a sentence.
    if before not in "，," and _GAP.fullmatch(text, start, end):
        return []
    if "figures" not in kinds:
        return None
    head = _CELL.match(text, start, end)
    at = head.end() if head else start
    found: list[_Word] = []
    while at < end:
        match = _UNKNOWN.match(text, at, end)
        if not match:
            return None
        found.append(_Word(*match.span("label"), _UNKNOWN_ROW))
        at = match.end()
    return found or None


def _close(text: str, run: list[_Word], kinds: frozenset[str], openings: Sequence[int]) -> Iterator[Form]:
    """The form that a run of words is; nothing where the words only happen to stand together."""
    kind = next(kind for kind in ("requests", "disputes", "activities", "figures") if kind in kinds)
    if kind == "figures":
        # The year of a caption (…（2011年度）) is no title of a column: the titles begin with that of the labels.
        run = run[next((at for at, word in enumerate(run[:4]) if _is_label_title(word)), 0) :]
        run = run[_ends_heading(text, run) :]
    if kind != "disputes":
        while run and _KINDS[kind][0] not in run[-1].label.named:
            run = run[:-1]
    if not run:
        return
    after = bisect_right(openings, run[-1].end)
    limit = min(run[-1].end + _MOST_GAP, openings[after] if after < len(openings) else len(text))
    reading = _Reading(text, kind, limit)
    for word, following in zip(run, [*run[1:], None], strict=True):
        reading.take(word, following.start if following else limit)
    rows = reading.rows
    filled = sum(bool(row.chunks) for row in rows)
    titled = reading.titles > 1 and (filled > 2 or not _is_prose(text, run, kind, rows))
    # Rows alone make a form of some kinds; with its titles, one row is enough.
    if filled < (1 if titled and kind != "requests" else 3) or not (titled or kind in ("requests", "figures")):
        return
    while not rows[-1].chunks and _HEADING.fullmatch(text, _line(text, run[-1].start), run[-1].start):
        # The heading of the text that follows may begin with a label: 二、其他.
        run, rows = run[:-1], rows[:-1]
    end = max(run[-1].end, *(row.chunks[-1][1] for row in rows if row.chunks))
    start = run[0].start
    if text[start - 1 : start] in ("（", "("):
        start -= 1
    line = _line(text, run[0].start)
    if _LINE_NUMBER.fullmatch(text, line, run[0].start):
        start = line
    yield Form(kind, start, end, tuple(rows))


def _ends_heading(text: str, run: Sequence[_Word]) -> bool:
    """Whether the first word only ends a heading (六、其他需要报告的事项), and is no title."""
    before, below = (
        text[max(0, run[0].start - 1) : run[0].start],
        text[run[0].end : run[1].start] if len(run) > 1 else "",
    )
    return _is_label_title(run[0]) and (before in ("的", "他") or ("\n" in below and before.isalnum()))


def _line(text: str, at: int) -> int:
    """Where the line begins, if not far away."""
    return text.rfind("\n", max(0, at - 16), at) + 1 or max(0, at - 16)


def _is_prose(text: str, run: Sequence[_Word], kind: str, rows: Sequence[Row]) -> bool:
    """Whether the few rows between titles are a sentence below a heading (（一）收费情况⏎本年度信息处理费0元。): a stop
    follows a figure, no title is that of the labels (全区累计主动公开政府信息12条) or a colon follows it, or a label
    goes on where its title ends though other words have lines of their own."""
    if any(len(row.chunks) == 1 and _SENTENCE.match(text, row.chunks[0][1]) for row in rows):
        return True
    if kind == "figures" and (not any(map(_is_label_title, run)) or text[run[0].end] in ":："):
        return True
    title = _KINDS[kind][1]
    glued = any(
        word.end == after.start and title in word.label.named and title not in after.label.named
        for word, after in pairwise(run)
    )
    return glued and "\n" in text[run[0].end : run[-1].start]


def _is_label_title(word: _Word) -> bool:
    bare = word.label.named.get("columns")
    return bare is not None and load_labels().code("columns", bare) == "label"


class _Reading:
    """Reads the words of a form one after the other into rows."""

    def __init__(self, text: str, kind: str, limit: int) -> None:
        self.rows: list[Row] = []
        self.titles = 0
        self._text = text
        self._kind = kind
        self._limit = limit
        self._labels = load_labels()
        self._columns: tuple[Column, ...] = ()
        self._groups: list[str] = []
        self._recent: list[str] = []
        self._row_since_title = False
        self._number = 0

    def take(self, word: _Word, end: int) -> None:
        """A word with what stands up to `end`, where the next one begins."""
        rows, titles = _KINDS[self._kind]
        is_title = titles in word.label.named and (rows not in word.label.named or not self._row_since_title)
        if self._kind == "disputes":
            self._take_outcome(word, end)
        elif is_title:
            self._take_title(word, end, word.label.named[titles])
        elif rows in word.label.named:
            self._take_row(word, end, word.label.named[rows])

    def _take_title(self, word: _Word, end: int, bare: str) -> None:
        if self._row_since_title:
            self._columns, self._row_since_title = (), False
        self.titles += 1
        code = self._labels.code(_KINDS[self._kind][1], bare)
        cell = self._cell(word, end)
        self._chunks(cell, end)
        unit = _TITLE_UNIT.search(cell["explained"]) if cell["explained"] else None
        named = unit[1] if unit and unit[1] in self._labels.units else None
        if self._kind == "activities":
            self._columns = () if code == UNCODED else (*self._columns, Column(code, unit=named))
        elif self._kind == "figures":
            if code in ("year", "previous", "cumulative", "total", "jurisdiction", "own"):
                year = _YEAR.search(self._text[max(0, word.start - 8) : word.start])
                dimensions = (("column", self._text[word.start : word.end]),) if code == "own" else ()
                column = Column(None, dimensions, code == "cumulative", year and year[1], named)
                self._columns = (*self._columns, column)
            elif named and code == "unit":
                self._columns = (*self._columns, Column(unit=named))

    def _take_outcome(self, word: _Word, end: int) -> None:
        self.titles += 1
        named = word.label.named
        if group := self._labels.first("groups", named.get("groups", "")):
            self._groups.append(group)
            return
        if "outcomes" not in named:
            # A row of another form, between the words of this one.
            return
        self._columns = (*self._columns, Column(self._labels.first("outcomes", named["outcomes"])))
        chunks, _ = self._chunks(self._cell(word, end), end)
        if chunks:
            outcomes = [column.code or "" for column in self._columns]
            codes = tuple(
                f"{group}.{code}" if group else None
                for group, code in zip(dispute_groups(outcomes, self._groups), outcomes, strict=True)
            )
            label = self._text[word.start : word.end]
            self.rows.append(Row(label, None, None, self._columns, codes, chunks[: len(codes)]))

    def _take_row(self, word: _Word, end: int, bare: str) -> None:
        self._row_since_title = True
        code = self._labels.code(_KINDS[self._kind][0], bare, self._recent)
        if code and code != UNCODED:
            self._recent = [*self._recent[-20:], code.lstrip(SECTION)]
        if code == UNCODED or (code and code.startswith(SECTION)):
            code = None
        cell = self._cell(word, end)
        chunks, unit = self._chunks(cell, end)
        label = self._text[word.start : cell.start("explained")].strip()
        columns = _REQUEST_COLUMNS if self._kind == "requests" else self._columns
        codes: tuple[str | None, ...] = (code,) * len(columns)
        if self._kind == "activities":
            codes = tuple(f"{code}.{column.code}" if code and column.code else None for column in columns)
        elif not columns:
            columns, codes = (_ONE_COLUMN,), (code,)
        if end == self._limit:
            chunks = chunks[: len(columns)]
        self.rows.append(Row(label, code, unit, columns, codes, chunks))

    def _cell(self, word: _Word, end: int) -> re.Match[str]:
        """What stands behind a word up to `end`, or nothing of it."""
        return _CELL.match(self._text, word.end, end)  # type: ignore[return-value]  # it matches the empty string

    def _chunks(self, cell: re.Match[str], end: int) -> tuple[tuple[tuple[int, int], ...], str | None]:
        """Spans of what is printed for the figures of a cell, and the unit before them."""
        text = self._text
        low, high = cell.span("values")
        chunks = [span.span() for span in _CHUNK.finditer(text, low, high)] if low < high else []
        following = _NEXT.match(text, high, end) if text[high : high + 1] in _NEXT_STARTS else None
        if chunks and (text[chunks[-1][1] - 1] == "." or (following and following["mark"])):
            self._drop_number(chunks, following.end() if following else chunks[-1][1])
        elif following and following["number"]:
            self._number = int(following["number"])
        while chunks and text[chunks[-1][0] : chunks[-1][1]].strip(".,，") == "":
            chunks.pop()
        if chunks and end == self._limit and text[high : high + 1] in _AFTER_YEAR:
            start, stop = chunks.pop()
            if stop - start > 4:
                chunks.append((start, stop - 4))
        return tuple(chunks), cell["unit"]

    def _drop_number(self, chunks: list[tuple[int, int]], stop: int) -> None:
        """Take the number of the next row off the end of the figures of this one. Where it is not certain which digits
        are the number, its mark, which ends at `stop`, stays, and no figure can be read."""
        start, end = chunks.pop()
        body = self._text[start:end].rstrip(".")
        if body.isdigit() and len(body) < 3 and (chunks or int(body) in (1, self._number + 1)):
            self._number = int(body)
            return
        number = next((n for n in (self._number + 1, 1) if body.endswith(str(n))), None)
        if number is None:
            chunks.append((start, stop))
            return
        self._number = number
        chunks.append((start, start + len(body) - len(str(number))))
