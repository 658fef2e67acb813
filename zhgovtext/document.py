"""What a reader returns and what is found in it: documents, blocks, tables, sections, sentences.

All offsets are half-open and count code points of `Document.text`, the text as read.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

SURROGATE = re.compile("[\ud800-\udfff]")


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
    """A grid of cells as the source shows it; it covers ``text[start:end]``."""

    start: int
    end: int
    rows: tuple[tuple[Cell, ...], ...]
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A report as read: nothing converted, nothing left out of `text` that a result points at.

    `name` is the file's name, `sha256` that of its bytes (of the UTF-8 of a string), `encoding` the one it
    was decoded from (null for a string), `format` one of ``txt md string``.
    """

    name: str
    text: str
    format: str
    encoding: str | None
    sha256: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
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
    r"""Lines of a plain text as paragraphs, and runs of tab-separated lines as tables.

    A table is two or more neighbouring lines that hold a tab each.

    >>> blocks, tables = find_blocks("一、概述\n项目\t数量\n申请数\t12\n")
    >>> [(b.kind, b.start, b.end) for b in blocks], [c.text for c in tables[0].rows[1]]
    ([('paragraph', 0, 4), ('table', 5, 17)], ['申请数', '12'])
    """
    blocks: list[Block] = []
    tables: list[Table] = []
    run: list[tuple[int, int]] = []

    def close_run() -> None:
        if len(run) > 1:
            blocks.append(Block("table", run[0][0], run[-1][1]))
            tables.append(Table(run[0][0], run[-1][1], tuple(_cells(text, *line) for line in run)))
        else:
            blocks.extend(Block("paragraph", *line) for line in run)
        run.clear()

    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if text.find("\t", start, end) >= 0:
            run.append((start, end))
        else:
            close_run()
            if not text[start:end].isspace() and start < end:
                blocks.append(Block("paragraph", start, end))
        start = end + 1
    close_run()
    return tuple(blocks), tuple(tables)


def _cells(text: str, start: int, end: int) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for part in text[start:end].split("\t"):
        stripped = part.strip()
        at = start + part.find(stripped) if stripped else start
        cells.append(Cell(stripped, at, at + len(stripped)))
        start += len(part) + 1
    return tuple(cells)


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
