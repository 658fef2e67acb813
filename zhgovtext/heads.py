"""Heads of official tables: what the columns below them stand for.

Five kinds are known: applicants (the table of requests), outcomes (disputes), measures (article 20), columns of a form
of figures (2008–2018), and indicators (one agency a row).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from zhgovtext.indicators import UNCODED, bare_label, load_labels

# Columns of a form of figures that hold none.
NO_FIGURES = frozenset(["unit", "none", "number", "label"])
SCOPES = {"own": "own", "jurisdiction": "jurisdiction"}
_YEAR = re.compile(r"(20\d\d)\s?年")
_TITLE_UNIT = re.compile(r"单位[:：]\s?(?P<named>[^\s（()）,，;；]{1,4})|[（(](?P<bracketed>[^\s（()）]{1,4})[）)]$")
# No more of a cell is read where its label is looked for.
_LONGEST_TEXT = 200
_ALL_APPLICANTS = 7
# A head of an official form has no more titles, nor longer ones.
_MOST_CELLS = 60
_MOST_CHARS = 1200


class Title(NamedTuple):
    """A cell of a head, over the columns `first` to `last`; `cell`, its number in the head, tells a merged cell that
    comes again."""

    text: str
    first: int
    last: int
    cell: int


@dataclass(frozen=True, slots=True)
class Column:
    """What the figures of a column have in common; `key` is a code of the labels, null where the title is unknown."""

    key: str | None
    title: str
    unit: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    period: str | None = None
    cumulative: bool = False
    scope: str = "unknown"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table: its `kind`, its columns beside those of labels and, where its rows have spans, the grid
    column where each begins."""

    kind: str
    columns: tuple[Column, ...]
    firsts: tuple[int, ...]
    width: int
    # Spans got lost: figures stand in order, but not below their titles.
    shifted: bool = False


Block = tuple[tuple[Title, ...], ...]


def read_head(block: Block, width: int, period: str | None) -> Head:
    """What the rows of a head say of the `width` columns below them, in a report of the year `period`."""
    # The heads of official forms are few, and come again in every report of a year.
    is_short = (
        sum(map(len, block)) <= _MOST_CELLS and sum(len(title.text) for row in block for title in row) <= _MOST_CHARS
    )
    return (_read_again if is_short else _read_head)(block, width, period)


@lru_cache(maxsize=256)
def _read_again(block: Block, width: int, period: str | None) -> Head:
    return _read_head(block, width, period)


def _read_head(block: Block, width: int, period: str | None) -> Head:
    labels = load_labels()
    words = {bare_text(title.text) for row in block for title in row if title.text}

    def hits(table: str) -> int:
        return sum(labels.first(table, word) not in (None, UNCODED) for word in words)

    rectangular = all(row[-1].last == width - 1 for row in block if row)
    if hits("outcomes") > 2:
        return _disputes_head(block, width, rectangular, period)
    if hits("applicants") > 2:
        return _requests_head(block, width, rectangular, period)
    if hits("measures"):
        return _plain_head("activities", "measures", block, width, rectangular, period)
    if hits("figures") > 1:
        return _plain_head("agencies", "figures", block, width, rectangular, period)
    return _plain_head("figures", "columns", block, width, rectangular, period)


def bare_text(text: str) -> str:
    """The bare label that a cell is read as."""
    return bare_label(text[:_LONGEST_TEXT])


def title_unit(text: str, *, named_only: bool = False) -> str | None:
    """The unit that a title names: 单位：万元, 数量(条).

    >>> title_unit("附表（单位：万元）"), title_unit("数量(条)"), title_unit("数量(条)", named_only=True)
    ('万元', '条', None)
    """
    if "单位" not in text and (named_only or not text.endswith(("）", ")"))):
        return None
    match = _TITLE_UNIT.search(text[-_LONGEST_TEXT:].strip())
    unit = match and (match["named"] or (None if named_only else match["bracketed"]))
    return unit if unit in load_labels().units else None


def find_role(path: Sequence[str]) -> tuple[str | None, str | None]:
    """What a column of a form of figures is, by the titles above it, and the year it names."""
    for text in reversed(path):
        year = _YEAR.search(text)
        if year:
            return "year", year[1]
        if "历年" in text:
            return "cumulative", None
        code = load_labels().code("columns", bare_text(text))
        if code:
            return code, None
        if title_unit(text):
            return "year", None
    return None, None


def is_label_title(text: str) -> bool:
    """Whether a text is the title of a column of labels (指标名称)."""
    return load_labels().first("columns", bare_text(text)) == "label"


def _leaves(block: Block, width: int, rectangular: bool) -> list[tuple[int, tuple[str, ...]]]:
    """The columns of a head: the first grid column of each, and the titles above it from the top down."""
    if not rectangular:
        return [(title.first, (title.text,)) for title in max(block, key=len)]
    leaves: list[tuple[int, tuple[str, ...]]] = []
    grid: list[list[str]] = []
    for row in block:
        line = [""] * width
        for title in row:
            line[title.first : title.last + 1] = [title.text] * (title.last - title.first + 1)
        grid.append(line)
    for column, titles in enumerate(zip(*grid, strict=True)):
        path = tuple(dict.fromkeys(filter(None, titles)))
        if not leaves or (path and leaves[-1][1] != path):
            leaves.append((column, path))
    return leaves


def _plain_head(kind: str, table: str, block: Block, width: int, rectangular: bool, period: str | None) -> Head:
    labels = load_labels()
    leaves = _leaves(block, width, rectangular)
    paths = [path for _, path in leaves]
    coded = paths[0] and labels.code("figures", bare_text(paths[0][-1]))
    begin = 0 if kind == "agencies" and coded else 1
    while kind == "activities" and begin < len(leaves) and _measure_of(paths[begin]) in (None, UNCODED):
        begin += 1
    while kind == "figures" and begin < len(leaves) and find_role(paths[begin])[0] in ("label", "number"):
        begin += 1
    if begin >= len(leaves):
        return Head(kind, (), (), width)
    if kind == "figures":
        columns = _told_apart([_figure_column(path, period) for path in paths[begin:]])
    else:
        columns = [_coded_column(table, path, period) for path in paths[begin:]]
    firsts = tuple(first for first, _ in leaves[begin:]) if rectangular else ()
    return Head(kind, tuple(columns), firsts, width)


def _measure_of(path: Sequence[str]) -> str | None:
    return load_labels().code("measures", bare_text(path[-1])) if path else None


def _coded_column(table: str, path: Sequence[str], period: str | None) -> Column:
    title = path[-1] if path else ""
    code = load_labels().code(table, bare_text(title))
    return Column(None if code == UNCODED else code, title, title_unit(title), {}, period)


def _figure_column(path: Sequence[str], report_year: str | None) -> Column:
    role, year = find_role(path)
    period = year or report_year
    if role == "previous":
        period = str(int(report_year) - 1) if report_year and report_year.isdecimal() else None
    cumulative = role == "cumulative" or any("历年" in text for text in path)
    title = path[-1] if path else ""
    dimensions = {} if role in ("year", "previous", "cumulative", "total", "jurisdiction") else {"column": title}
    scope = SCOPES.get(role or "", "unknown")
    return Column(role, title, title_unit(title), dimensions, None if cumulative else period, cumulative, scope)


def _told_apart(columns: list[Column]) -> list[Column]:
    """Columns of figures whose dimensions tell them apart: a column that stands alone needs none, two that would be
    the same keep their titles."""
    values = [at for at, column in enumerate(columns) if column.key not in NO_FIGURES]
    told: set[tuple[object, ...]] = set()
    for at in values:
        column = columns[at]
        dimensions = {} if len(values) == 1 else dict(column.dimensions)
        mark = (*dimensions.items(), column.period, column.cumulative)
        if mark in told:
            dimensions = {"column": column.title or str(at + 1)}
        told.add(mark)
        columns[at] = replace(column, dimensions=dimensions)
    return columns


def _requests_head(block: Block, width: int, rectangular: bool, period: str | None) -> Head:
    spliced = [_applicant(_applicant_of(title), title, period) for title in _spliced_titles(block)]
    if not rectangular:
        return Head("requests", tuple(spliced), (), width)
    leaves: list[tuple[int, str | None, str]] = []
    for first, path in _leaves(block, width, rectangular):
        code = next((code for code in map(_applicant_of, reversed(path)) if code not in (None, UNCODED)), None)
        started = bool(leaves) or code is not None
        if started and not (leaves and leaves[-1][1] == code and code):
            leaves.append((first, code, path[-1] if path else ""))
    columns = [_applicant(code, title, period) for _, code, title in leaves]
    if len(columns) < len(spliced) or any(column.key is None for column in columns):
        # Without its spans a head has titles above each other that belong side by side.
        keys = [column.key for column in spliced]
        if len(keys) == len(set(keys)) == _ALL_APPLICANTS and None not in keys:
            return Head("requests", tuple(spliced), (), width, shifted=True)
    return Head("requests", tuple(columns), tuple(first for first, _, _ in leaves), width)


def _spliced_titles(block: Block) -> list[str]:
    """Titles of a head without spans: the kinds of organisation stand in the last row, their heading in the one
    before."""
    lower = [title.text for title in block[-1] if title.text]
    if len(block) == 1:
        return lower
    titles: list[str] = []
    for text in [title.text for title in block[-2] if title.text]:
        titles += lower if _applicant_of(text) == UNCODED else [text]
    return titles


def _applicant_of(text: str) -> str | None:
    return load_labels().first("applicants", bare_text(text))


def _applicant(code: str | None, title: str, period: str | None) -> Column:
    code = None if code == UNCODED else code
    return Column(code, title, None, {"applicant": code} if code else {"column": title}, period)


def _disputes_head(block: Block, width: int, rectangular: bool, period: str | None) -> Head:
    labels = load_labels()
    titles: dict[int, Title] = {}
    for row in block:
        for title in row:
            # A merged cell counts once.
            titles.setdefault(title.cell, title)
    outcomes: list[tuple[str, Title]] = []
    groups: list[str] = []
    for title in titles.values():
        bare = bare_text(title.text)
        if outcome := labels.first("outcomes", bare):
            outcomes.append((outcome, title))
        elif group := labels.first("groups", bare):
            groups.append(group)
    columns = [
        Column(f"{group}.{outcome}" if group else None, title.text, None, {}, period)
        for group, (outcome, title) in zip(dispute_groups([o for o, _ in outcomes], groups), outcomes, strict=True)
    ]
    firsts = tuple(title.first for _, title in outcomes) if rectangular else ()
    return Head("disputes", tuple(columns), firsts, width)


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
