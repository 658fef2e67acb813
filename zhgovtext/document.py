"""What a reader returns and what is found in it: documents, blocks, tables, sections, sentences.

All offsets are half-open and count code points of `Document.text`, the text as read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

SURROGATE = re.compile("[\ud800-\udfff]")
_BREAKS = frozenset("\t\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_TAB = re.compile("\t")
# The bar between two cells of Markdown; one behind a backslash is text.
_BAR = re.compile(r"(?<!\\)\|")
# A short line without a stop that names a table, or the unit of its figures, is the caption of the table below it.
_CAPTION = re.compile("^(?=.{1,60}$)[^。！？；]*(?:表|单位[:：]|單位[:：])[^。！？；]*$")


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader of a result should know: a repaired character, an unread part."""

    code: str
    message: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A line, paragraph or table of the source; `kind` is ``"paragraph"`` or ``"table"``."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. A blank cell is an empty span."""

    text: str
    start: int
    end: int
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of cells; it covers ``text[start:end]``.

    Rows of a table that a page, PDF or Word file holds are all of one length: a merged cell stands, the same cell
    with the same offsets, at every place that it covers, while its text stands once, at the first of them. Rows of
    tab-separated text and of Markdown have as many cells as the line has.
    """

    start: int
    end: int
    rows: tuple[tuple[Cell, ...], ...]
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A report as read: nothing converted, nothing left out of `text` that a result points at.

    `name` is the file's name, `sha256` that of its bytes (of the UTF-8 of a string), `encoding` the one it
    was decoded from (null where the format has none), `format` one of ``txt md html docx doc pdf string``.
    `properties` is what the file says of itself outside its text: ``title``, ``published``, ``site``, each as written.
    """

    name: str
    text: str
    format: str
    encoding: str | None
    sha256: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Note, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as a source states it: the cells that each row itself holds, as (text, rowspan, colspan)."""

    rows: Sequence[Sequence[tuple[str, int, int]]]
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader found in a file, not yet laid out: paragraphs and grids in reading order.

    A paragraph is one logical line, with no line break inside. `properties` as in `Document`.
    """

    pieces: Sequence[str | Grid]
    encoding: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and all that stands under it, sub-sections included.

    `id` counts from 0 in reading order, `parent` is an id or null, `level` 1 is the top, `number` is the
    numbering as printed (``"一"``, ``"（二）"``, ``"1"``) and `title` the heading without it.
    """

    id: int
    parent: int | None
    level: int
    number: str
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A coding unit of the codebook: what ends at 。！？, at every ； or at a line break."""

    id: int
    section: int | None
    start: int
    end: int
    text: str
    category: str | None
    probability: float | None
    runner_up: str | None
    scores: dict[str, float] = field(default_factory=dict, repr=False, compare=False)


def find_blocks(text: str) -> tuple[tuple[Block, ...], tuple[Table, ...]]:
    r"""Lines of a plain text as paragraphs, and runs of lines that are rows as tables.

    A table is two or more neighbouring lines that hold a tab each, or a table of Markdown: a line with ``|``, a rule
    (``|---|``) below it, which is no row, and the lines with ``|`` after that.

    >>> blocks, tables = find_blocks("一、概述\n项目\t数量\n申请数\t12\n")
    >>> [(b.kind, b.start, b.end) for b in blocks], [c.text for c in tables[0].rows[1]]
    ([('paragraph', 0, 4), ('table', 5, 17)], ['申请数', '12'])
    >>> [[(c.text, c.start) for c in row] for row in find_blocks("|项|数|\n|-|-|\n|甲| 3|")[1][0].rows]
    [[('项', 1), ('数', 3)], [('甲', 13), ('3', 16)]]
    """
    blocks: list[Block] = []
    tables: list[Table] = []
    lines = _lines(text)
    at = 0
    while at < len(lines):
        end, rows = _rows(text, lines, at)
        if len(rows) > 1:
            blocks.append(Block("table", lines[at][0], lines[end - 1][1]))
            tables.append(Table(lines[at][0], lines[end - 1][1], rows))
            at = end
            continue
        if text[slice(*lines[at])].strip():
            blocks.append(Block("paragraph", *lines[at]))
        at += 1
    return tuple(blocks), tuple(tables)


def _lines(text: str) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        lines.append((start, start + len(line)))
        start += len(line) + 1
    return lines


def _rows(text: str, lines: Sequence[tuple[int, int]], at: int) -> tuple[int, tuple[tuple[Cell, ...], ...]]:
    """Rows of the table that begins at a line, and the line after it; no rows where none begins."""
    end = at
    if text.find("|", *lines[at]) >= 0 and at + 1 < len(lines) and _is_rule(text[slice(*lines[at + 1])]):
        end += 2
        while end < len(lines) and text.find("|", *lines[end]) >= 0:
            end += 1
        return end, tuple(_piped(text, *line) for line in (lines[at], *lines[at + 2 : end]))
    while end < len(lines) and text.find("\t", *lines[end]) >= 0:
        end += 1
    return end, tuple(_cells(text, *line) for line in lines[at:end])


def _is_rule(line: str) -> bool:
    return {"|", "-"} <= set(line) <= set("|-: \t")


def _piped(text: str, start: int, end: int) -> tuple[Cell, ...]:
    """Cells of a row of Markdown, without the bars at its ends."""
    cells = _cells(text, start, end, _BAR)
    first, last = cells[0].text == "", len(cells) > 1 and cells[-1].text == ""
    return cells[first : len(cells) - last]


def _cells(text: str, start: int, end: int, divider: re.Pattern[str] = _TAB) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for part in divider.split(text[start:end]):
        stripped = part.strip()
        at = start + part.find(stripped) if stripped else start
        cells.append(Cell(stripped, at, at + len(stripped)))
        start += len(part) + 1
    return tuple(cells)


def lay_out(pieces: Iterable[str | Grid]) -> tuple[str, tuple[Block, ...], tuple[Table, ...]]:
    r"""Text of paragraphs and grids, with the blocks and tables in it.

    A paragraph is a line. A table is a line a row, cells divided by tabs; the text of a merged cell stands once, at
    its first place. Spans that reach past the last row are cut.

    >>> grid = Grid([[("申请人", 1, 2), ("总计", 2, 1)], [("自然人", 1, 1), ("企业", 1, 1)]])
    >>> text, blocks, tables = lay_out(["附表", grid])
    >>> text
    '附表\n申请人\t\t总计\n自然人\t企业\t'
    >>> [[cell.text for cell in row] for row in tables[0].rows], tables[0].caption
    ([['申请人', '申请人', '总计'], ['自然人', '企业', '总计']], '附表')
    """
    parts: list[str] = []
    blocks: list[Block] = []
    tables: list[Table] = []
    at = 0
    above: str | None = None
    for piece in pieces:
        if isinstance(piece, str):
            line = _one_line(piece)
            if not line:
                continue
            blocks.append(Block("paragraph", at, at + len(line)))
            above = line
        else:
            lines, rows = _expand(piece, at)
            if not rows:
                continue
            line = "\n".join(lines)
            caption = _one_line(piece.caption) if piece.caption else above if above and _CAPTION.search(above) else None
            blocks.append(Block("table", at, at + len(line)))
            tables.append(Table(at, at + len(line), rows, caption))
            above = None
        parts.append(line)
        at += len(line) + 1
    return "\n".join(parts), tuple(blocks), tuple(tables)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\u3000", " ").split()) if any(char in _BREAKS for char in text) else text.strip()


def _expand(grid: Grid, offset: int) -> tuple[list[str], tuple[tuple[Cell, ...], ...]]:
    """Lines of text and rows of cells of a grid that begins at `offset` of the document."""
    height = len(grid.rows)
    # Places taken by a cell of an earlier row: (row, column) → the index of its cell.
    places: list[dict[int, tuple[int, int]]] = [{} for _ in range(height)]
    width = 0
    for row, cells in enumerate(grid.rows):
        column = 0
        for index, (_, rowspan, colspan) in enumerate(cells):
            while column in places[row]:
                column += 1
            for below in range(row, min(row + max(rowspan, 1), height)):
                for beside in range(column, column + max(colspan, 1)):
                    places[below].setdefault(beside, (row, index))
            column += max(colspan, 1)
        width = max(width, max(places[row], default=-1) + 1)
    lines: list[str] = []
    found: dict[tuple[int, int], Cell] = {}
    rows: list[tuple[Cell, ...]] = []
    for row in range(height):
        start = at = offset
        cells_of_row: list[Cell] = []
        texts: list[str] = []
        for column in range(width):
            key = places[row].get(column)
            text = ""
            if key is None:
                cell = Cell("", at, at)
            elif key in found:
                cell = found[key]
            else:
                source = grid.rows[key[0]][key[1]]
                text = _one_line(source[0])
                cell = found[key] = Cell(
                    text, at, at + len(text), min(max(source[1], 1), height - row), max(source[2], 1)
                )
            cells_of_row.append(cell)
            texts.append(text)
            at += len(text) + 1
        lines.append("\t".join(texts))
        rows.append(tuple(cells_of_row))
        offset = start + len(lines[-1]) + 1
    return lines, tuple(rows)


def from_text(text: str, *, name: str = "text") -> Document:
    """A `Document` of a string; its sha256 is that of the string's UTF-8 form.

    Lone surrogates, which no file can hold, become U+FFFD at the same offset, and a note says so.
    """
    notes: tuple[Note, ...] = ()
    clean = text
    lone = SURROGATE.search(text)
    if lone:
        clean = SURROGATE.sub("\ufffd", text)
        notes = (Note("lone_surrogates", "lone surrogates were replaced by U+FFFD", lone.start(), lone.end()),)
    blocks, tables = find_blocks(clean)
    digest = hashlib.sha256(clean.encode()).hexdigest()
    return Document(name, clean, "string", None, digest, blocks, tables, notes)
