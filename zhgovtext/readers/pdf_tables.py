"""Ruled tables: rules of a page → cells; cells over page breaks → one grid; columns of text without rules → rows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

from zhgovtext.document import Grid
from zhgovtext.readers.pdf_lines import NOT_FIRST, Glyph, Line, cell_text

# Rules nearer than this are one rule (double borders, the two sides of a thin bar); gaps up to it are dashes.
_SNAP = 3.0
_SHORTEST = 4.0
# Columns of two parts of a table are the same within this.
_SAME = 5.0
# More crossings than any form of this genre has: drawings, maps, hostile files.
_MAX_CROSSINGS = 6_000
_NUMBERED = re.compile("[（(]?[一二三四五六七八九十\\d]{1,3}[）)、.．]")
_CONTENTS = frozenset(("目录", "目录:", "目录：", "目次"))
_FIGURE = re.compile("[\\d０-９][\\d０-９,，.．%％]*$|[-—/／]$")


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal (`level` is its y) or vertical (`level` is its x) rule from `start` to `end`."""

    vertical: bool
    level: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell at its place in the table; `room` is what its last line leaves free, in widths of a character."""

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    room: float = math.inf


@dataclass(frozen=True, slots=True)
class RuledTable:
    """Cells between rules: `edges` of its columns from left to right, from `top` down to `bottom`."""

    edges: tuple[float, ...]
    height: int
    cells: tuple[TableCell, ...]
    top: float = 0.0
    bottom: float = 0.0

    def row(self, row: int) -> list[TableCell]:
        """Cells that stand in or reach into a row, from left to right."""
        found = [cell for cell in self.cells if cell.row <= row < cell.row + cell.rowspan]
        return sorted(found, key=lambda cell: cell.column)


def find_tables(rules: Sequence[Rule], glyphs: Sequence[Glyph]) -> tuple[list[RuledTable], list[Glyph], bool]:
    """Tables that the rules of a page draw, the characters outside them, and whether all rules were looked at.

    A frame, a box of one column and a drawing without text are no tables.

    >>> across = [Rule(False, y, 0, 100) for y in (0, 20, 40)]
    >>> down = [Rule(True, x, 0, 40) for x in (0, 50, 100)]
    >>> text = [Glyph("项", 10, 20, 10, 14, 10), Glyph("3", 60, 65, 30, 34, 10)]
    >>> [table], rest, complete = find_tables(across + down, text)
    >>> [(cell.row, cell.column, cell.text) for cell in table.cells], rest, complete
    ([(0, 0, '项'), (0, 1, ''), (1, 0, ''), (1, 1, '3')], [], True)
    """
    edges = [_edge(rule) for rule in _merge(_close_ends(_merge(rules)))]
    across = sum(edge["orientation"] == "h" for edge in edges)
    if across * (len(edges) - across) > 20 * _MAX_CROSSINGS:
        return [], list(glyphs), False
    crossings = edges_to_intersections(edges, _SNAP, _SNAP)
    if len(crossings) > _MAX_CROSSINGS:
        return [], list(glyphs), False
    tables: list[RuledTable] = []
    rest = list(glyphs)
    for boxes in cells_to_tables(intersections_to_cells(crossings)):
        columns = sorted({x for box in boxes for x in (box[0], box[2])})
        if len(columns) > 2:
            table, left = _fill(boxes, columns, rest)
            if sum(bool(cell.text) for cell in table.cells) > 1:
                tables.append(table)
                rest = left
    return tables, rest, True


def _edge(rule: Rule) -> dict[str, float | str]:
    """A rule in the form that the table finder of pdfplumber works on."""
    length = rule.end - rule.start
    if rule.vertical:
        box = {
            "x0": rule.level,
            "x1": rule.level,
            "top": rule.start,
            "bottom": rule.end,
            "width": 0.0,
            "height": length,
        }
    else:
        box = {
            "x0": rule.start,
            "x1": rule.end,
            "top": rule.level,
            "bottom": rule.level,
            "width": length,
            "height": 0.0,
        }
    return {**box, "doctop": box["top"], "orientation": "v" if rule.vertical else "h"}


def _merge(rules: Sequence[Rule]) -> list[Rule]:
    """Rules with dashes joined and double rules made one; what is still short is a mark, no rule."""
    merged = merge_edges([_edge(rule) for rule in rules], _SNAP, _SNAP, _SNAP, _SNAP)
    found = [
        Rule(True, edge["x0"], edge["top"], edge["bottom"])
        if edge["orientation"] == "v"
        else Rule(False, edge["top"], edge["x0"], edge["x1"])
        for edge in merged
    ]
    return [rule for rule in found if rule.end - rule.start >= _SHORTEST]


def _close_ends(rules: Sequence[Rule]) -> list[Rule]:
    """The rules, with those added that close cells left open: at a page break, or at the sides of a table.

    Of the ends of parallel rules on one level, neighbours are bridged if one of the two ends in the open.
    """
    closed = list(rules)
    for vertical in (True, False):
        parallel = [rule for rule in rules if rule.vertical is vertical]
        crossing = [rule for rule in rules if rule.vertical is not vertical]
        if len(parallel) * len(crossing) > 20 * _MAX_CROSSINGS:
            return closed
        # A rule that crosses none stands alone: an underline, the rule under a running head.
        parallel = [rule for rule in parallel if any(_meet(rule, other, rule.start, rule.end) for other in crossing)]
        for at_start in (True, False):
            ends = sorted((rule.start if at_start else rule.end, rule.level) for rule in parallel)
            groups: list[list[tuple[float, float]]] = []
            for end in ends:
                if groups and end[0] - groups[-1][0][0] < _SNAP:
                    groups[-1].append(end)
                else:
                    groups.append([end])
            for group in groups:
                levels = sorted(level for _, level in group)
                place = group[0][0]
                open_ = [not any(_covers(other, place, level) for other in crossing) for level in levels]
                pairs = zip(levels, levels[1:], open_, open_[1:], strict=False)
                closed += [Rule(not vertical, place, a, b) for a, b, first, second in pairs if first or second]
    return closed


def _meet(rule: Rule, other: Rule, start: float, end: float) -> bool:
    within = start - _SNAP <= other.level <= end + _SNAP
    return within and other.start - _SNAP <= rule.level <= other.end + _SNAP


def _covers(rule: Rule, place: float, level: float) -> bool:
    return abs(rule.level - place) <= _SNAP and rule.start - _SNAP <= level <= rule.end + _SNAP


def _fill(
    boxes: Sequence[tuple[float, float, float, float]], columns: Sequence[float], glyphs: Sequence[Glyph]
) -> tuple[RuledTable, list[Glyph]]:
    """The table of cell boxes with the characters in them, and the characters outside."""
    rows = sorted({y for box in boxes for y in (box[1], box[3])})
    at_row = {y: index for index, y in enumerate(rows)}
    at_column = {x: index for index, x in enumerate(columns)}
    inside: list[list[Glyph]] = [[] for _ in boxes]
    rest: list[Glyph] = []
    # Places of the grid → the box there, so that each character is placed without a search.
    places = {
        (row, column): index
        for index, (x0, top, x1, bottom) in enumerate(boxes)
        for row in range(at_row[top], at_row[bottom])
        for column in range(at_column[x0], at_column[x1])
    }
    for glyph in glyphs:
        place = (_between(rows, glyph.middle), _between(columns, (glyph.x0 + glyph.x1) / 2))
        index = places.get(place)
        (rest if index is None else inside[index]).append(glyph)
    cells: list[TableCell] = []
    for (x0, top, x1, bottom), content in zip(boxes, inside, strict=True):
        text, end = cell_text(content, x1 - x0)
        room = (x1 - max(end, x0)) / content[0].em if text else math.inf
        row, column = at_row[top], at_column[x0]
        cells.append(TableCell(text, row, column, at_row[bottom] - row, at_column[x1] - column, room))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return RuledTable(tuple(columns), len(rows) - 1, tuple(cells), rows[0], rows[-1]), rest


def _between(edges: Sequence[float], place: float) -> int:
    """Index of the interval of sorted `edges` that holds a place; -1 outside."""
    low, high = 0, len(edges)
    while low < high:
        half = (low + high) // 2
        low, high = (half + 1, high) if edges[half] <= place else (low, half)
    return low - 1 if low < len(edges) else -1


def continues(above: RuledTable, below: RuledTable) -> bool:
    """Whether two parts beside a page break are one table: as wide, and most inner edges of one are edges of the other.

    >>> continues(RuledTable((0, 50, 100), 1, ()), RuledTable((1, 30, 51, 99), 1, ()))
    True
    >>> continues(RuledTable((0, 50, 100), 1, ()), RuledTable((1, 30, 99), 1, ()))
    False
    """
    few, many = sorted((above.edges, below.edges), key=len)
    ends = abs(few[0] - many[0]) < _SAME and abs(few[-1] - many[-1]) < _SAME
    shared = sum(min(abs(edge - other) for other in many) < _SAME for edge in few[1:-1])
    # Edges so near to one another that two would become one: then the parts are not set on the same columns.
    union = _union(above.edges, below.edges)
    apart = all(len(set(_nearest(table.edges, union))) == len(table.edges) for table in (above, below))
    return ends and 2 * shared >= len(few) - 2 and apart


def _union(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return sorted([*one, *(edge for edge in other if min(abs(edge - known) for known in one) >= _SAME)])


def _nearest(edges: Sequence[float], among: Sequence[float]) -> list[int]:
    return [min(range(len(among)), key=lambda at: abs(among[at] - edge)) for edge in edges]


def join_tables(above: RuledTable, below: RuledTable) -> RuledTable:
    """Two parts of one table: a repeated header is dropped, a row cut by the break and labels over it are mended."""
    edges = _union(above.edges, below.edges)
    above, below = _on_edges(above, edges), _without_header(above, _on_edges(below, edges))
    if not below.height:
        return above
    upper, lower = above.row(above.height - 1), below.row(0)
    cut = _is_cut(upper, lower)
    head = not cut and _is_cut_head(upper, lower)
    shift = above.height - cut
    merged: dict[int, TableCell] = {}
    gone: set[int] = set()
    for top in lower:
        bottom = next((cell for cell in upper if (cell.column, cell.colspan) == (top.column, top.colspan)), None)
        if bottom and (cut or _is_carried(bottom, top, lower) or (head and bottom.text and top.text)):
            gone.add(id(top))
            rowspan = bottom.rowspan + top.rowspan - cut
            merged[id(bottom)] = replace(bottom, text=bottom.text + top.text, rowspan=rowspan, room=top.room)
    kept = [merged.get(id(cell), cell) for cell in above.cells]
    moved = [replace(cell, row=cell.row + shift) for cell in below.cells if id(cell) not in gone]
    return RuledTable(tuple(edges), shift + below.height, (*kept, *moved), above.top, below.bottom)


def _on_edges(table: RuledTable, edges: Sequence[float]) -> RuledTable:
    nearest = _nearest(table.edges, edges)
    if nearest == list(range(len(edges))):
        return replace(table, edges=tuple(edges))
    cells = [
        replace(
            cell,
            column=nearest[cell.column],
            colspan=nearest[cell.column + cell.colspan] - nearest[cell.column],
        )
        for cell in table.cells
    ]
    return replace(table, edges=tuple(edges), cells=tuple(cells))


def _without_header(above: RuledTable, below: RuledTable) -> RuledTable:
    same = 0
    while same < min(above.height, below.height) and _shape(above.row(same)) == _shape(below.row(same)):
        same += 1
    # A header ends where no cell reaches over its last row.
    while same and any(cell.row < same < cell.row + cell.rowspan for cell in below.cells):
        same -= 1
    if not any(cell.text for cell in below.cells if cell.row < same):
        return below
    cells = [replace(cell, row=cell.row - same) for cell in below.cells if cell.row >= same]
    return replace(below, height=below.height - same, cells=tuple(cells))


def _shape(row: Iterable[TableCell]) -> list[tuple[int, int, int, str]]:
    return [(cell.column, cell.colspan, cell.row, cell.text) for cell in row]


def _is_cut(upper: Sequence[TableCell], lower: Sequence[TableCell]) -> bool:
    """Whether a page break runs through a row: the same cells on both sides, and figures on one of them at most.

    What stands below must be the rest of what stands above it, or a label and its figures be on different sides.
    """
    if [(cell.column, cell.colspan) for cell in upper] != [(cell.column, cell.colspan) for cell in lower]:
        return False
    both = [(one, other) for one, other in zip(upper, lower, strict=True) if one.text and other.text]
    above, below = _has_figures(upper), _has_figures(lower)
    if (above and below) or not all(_goes_on(one, other) for one, other in both):
        return False
    if not both:
        return below and any(cell.text for cell in upper)
    # Without a figure on either side it is a header: then nothing stands below but rests.
    return above or below or len(both) == sum(bool(cell.text) for cell in lower)


def _is_cut_head(upper: Sequence[TableCell], lower: Sequence[TableCell]) -> bool:
    """Whether the break runs through the cells of a header that reach over its rows: what they share is cut."""
    places = {(cell.column, cell.colspan): cell for cell in upper if cell.text}
    pairs = [(places.get((cell.column, cell.colspan)), cell) for cell in lower if cell.text]
    both = [(one, other) for one, other in pairs if one]
    return not _has_figures((*upper, *lower)) and all(_goes_on(one, other) for one, other in both)


def _has_figures(row: Iterable[TableCell]) -> bool:
    return any(_FIGURE.match(cell.text) for cell in row)


def _goes_on(one: TableCell, other: TableCell) -> bool:
    """Whether a label goes on in the cell below: what that begins with had no room, and is no number or figure."""
    unit = 2 if other.text[1:2] in NOT_FIRST else 1
    own = _NUMBERED.match(other.text) or _FIGURE.match(other.text) or one.text == other.text
    return one.room < unit + 0.6 and one.text[-1] not in "。；！？" and not own


def _is_carried(bottom: TableCell, top: TableCell, lower: Sequence[TableCell]) -> bool:
    """Whether a blank cell below a page break is the rest of a label above it."""
    if top.text or not bottom.text or _FIGURE.match(bottom.text):
        return False
    # Only labels are carried on: nothing with text stands to the left, something to the right.
    left = any(cell.text for cell in lower if cell.column < top.column)
    right = any(cell.text for cell in lower if cell.column > top.column)
    return right and not left and (bottom.rowspan > 1 or top.rowspan > 1 or bottom.column == 0)


def to_grid(table: RuledTable) -> Grid:
    """The table with own cells row by row; places that no rule encloses are blank cells."""
    width = len(table.edges) - 1
    starts = {(cell.row, cell.column): cell for cell in table.cells}
    taken = {
        (row, column)
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for column in range(cell.column, cell.column + cell.colspan)
    }
    rows: list[list[tuple[str, int, int]]] = []
    for row in range(table.height):
        cells: list[tuple[str, int, int]] = []
        for column in range(width):
            cell = starts.get((row, column))
            if cell:
                cells.append((cell.text, cell.rowspan, cell.colspan))
            elif (row, column) not in taken:
                cells.append(("", 1, 1))
        rows.append(cells)
    return Grid(rows)


def unruled(lines: Sequence[Line]) -> list[Line | Grid]:
    """Lines in order, with runs of lines that stand in columns as grids.

    Such a run has three lines or more of two parts or more, most of them with a figure behind the first part, and its
    parts stand below one another.
    """
    found: list[Line | Grid] = []
    run: list[Line] = []
    for line in (*lines, None):
        if line and len(line.segments) > 1 and (not run or _below(run[-1], line)):
            run.append(line)
            continue
        found += run if found and _is_contents(found[-1]) else _columns(run)
        run = [line] if line and len(line.segments) > 1 else []
        if line and not run:
            found.append(line)
    return found


def _is_contents(part: Line | Grid) -> bool:
    """Whether the heading of a table of contents stands above: what follows it ends in page numbers, not figures."""
    return isinstance(part, Line) and "".join(part.text.split()) in _CONTENTS


def is_row(line: Line) -> bool:
    """Whether a line is a row of figures in columns: a label and three figures or more, with wide gaps."""
    return sum(_FIGURE.match(segment.text) is not None for segment in line.segments) > 2


def _below(above: Line, line: Line) -> bool:
    near = line.baseline - above.baseline < 3.5 * max(line.em, above.em)
    shared = sum(one.x0 < other.x1 and other.x0 < one.x1 for one in above.segments for other in line.segments)
    return near and shared >= 2


def _columns(run: Sequence[Line]) -> Sequence[Line | Grid]:
    figures = sum(any(_FIGURE.match(segment.text) for segment in line.segments[1:]) for line in run)
    if len(run) < 3 or 2 * figures < len(run):
        return run
    # The fullest line says what the columns are; other parts go to the column they share most with.
    fullest = max(run, key=lambda line: len(line.segments))
    columns = [[segment.x0, segment.x1] for segment in fullest.segments]
    rows: list[list[tuple[str, int, int]]] = []
    for line in run:
        texts = [""] * len(columns)
        for segment in line.segments:
            at = max(
                range(len(columns)), key=lambda at: min(columns[at][1], segment.x1) - max(columns[at][0], segment.x0)
            )
            texts[at] = f"{texts[at]} {segment.text}".strip()
        rows.append([(text, 1, 1) for text in texts])
    return [Grid(rows)]
