"""The text of a report as HTML: each span of it an element of its own, lines, headings and tables as blocks, nothing
left out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zhgovtext.labels import load_labels
from zhgovtext.markup import visible

Record = Mapping[str, Any]

# A longer line is laid out in parts. So many characters together are drawn only when they come into sight.
_LINE = 6_000
_BLOCK = 6_000
# So much white space may stand beside a heading that has a line to itself.
_MARGIN = 100


class Span(NamedTuple):
    """A stretch of the text with an element of its own. Those of lower `rank` are outside those of higher."""

    start: int
    end: int
    rank: int
    id: str
    attributes: str


class Weaver:
    """A text with spans that nest or cross, made into HTML piece by piece, from its start to its end.

    An element that a border of another one cuts is closed and opened again: the first has the span's id, the others
    name it (``data-of``).
    """

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        self._text = text
        self._waiting = sorted(spans, key=lambda span: (-span.start, span.end, -span.rank))
        self._active: list[Span] = []
        self._begun: set[str] = set()

    def piece(self, start: int, end: int) -> str:
        """HTML of ``text[start:end]``; pieces must follow each other. Spans that begin in between belong to the next
        one."""
        parts: list[str] = []
        open_: list[Span] = []
        at = start
        while at < end or at == start:
            empty = self._advance(at)
            wanted = sorted(self._active, key=lambda span: (span.rank, span.start, -span.end))
            same = 0
            while same < min(len(open_), len(wanted)) and open_[same] is wanted[same]:
                same += 1
            parts += ["</span>"] * (len(open_) - same)
            parts += map(self._open, wanted[same:])
            parts += [self._open(span) + "</span>" for span in empty]
            open_ = wanted
            stop = min([end, *(span.end for span in self._active)])
            if self._waiting:
                stop = min(stop, self._waiting[-1].start)
            parts.append(visible(self._text[at:stop]))
            if stop <= at:
                break
            at = stop
        parts += ["</span>"] * len(open_)
        return "".join(parts)

    def rest(self) -> str:
        """Elements of the spans that no piece held."""
        left = "".join(self._open(span) + "</span>" for span in reversed(self._waiting))
        self._waiting.clear()
        return left

    def _advance(self, at: int) -> list[Span]:
        """Let spans end and begin at `at`; those of no length that stand there."""
        self._active = [span for span in self._active if span.end > at]
        empty: list[Span] = []
        while self._waiting and self._waiting[-1].start <= at:
            span = self._waiting.pop()
            (self._active if span.end > at else empty).append(span)
        return empty

    def _open(self, span: Span) -> str:
        name = "data-of" if span.id in self._begun else "id"
        self._begun.add(span.id)
        return f'<span {name}="{span.id}" {span.attributes}>'


class Lines:
    """The text as blocks: lines, headings and tables, in the order of the text, nothing left out."""

    def __init__(self, record: Record, spans: Iterable[Span], headings: Sequence[tuple[int, int]]) -> None:
        self._text: str = record["text"]
        self._levels = [section["level"] for section in record["sections"]]
        # A heading with a line to itself is a block, any other a span like others.
        self._alone: dict[int, int] = {}
        inline: list[Span] = []
        # What is no grid of cells one after the other stays the text that it is.
        self._grids: list[tuple[int, Record]] = []
        before = 0
        for at, table in enumerate(record["tables"]):
            if before <= table["start"] and _is_grid(table):
                self._grids.append((at, table))
                before = table["end"]
            else:
                inline.append(Span(table["start"], table["end"], 0, f"t{at}", 'class="e"'))
        for at, (start, end) in enumerate(headings):
            line = self._own_line(start, end)
            if line is not None:
                self._alone[line] = at
            else:
                attributes = f'class="h" role="heading" aria-level="{min(self._levels[at] + 2, 6)}"'
                inline.append(Span(start, end, 0, f"h{at}", attributes))
        self._weaver = Weaver(self._text, [*spans, *inline])
        self._ends = [sentence["end"] for sentence in record["sentences"]]

    def html(self) -> str:
        """All of it, in blocks that a long text's page draws when they come into sight."""
        parts = ['<div class="b">']
        size = 0
        for start, end, block in self._blocks():
            if size >= _BLOCK:
                parts.append('</div><div class="b">')
                size = 0
            parts.append(block)
            size += end - start
        return "".join([*parts, self._weaver.rest(), "</div>"])

    def _own_line(self, start: int, end: int) -> int | None:
        """Where the line begins that a heading has to itself, but for a little white space; null where it has none."""
        low, high = max(start - _MARGIN, 0), min(end + _MARGIN, len(self._text))
        begin = self._text.rfind("\n", low, start) + 1
        stop = self._text.find("\n", end, high)
        if (not begin and low) or (stop < 0 and high < len(self._text)) or "\n" in self._text[start:end]:
            return None
        beside = self._text[begin:start] + self._text[end : high if stop < 0 else stop]
        return None if beside.strip() else begin

    def _blocks(self) -> Iterator[tuple[int, int, str]]:
        at = 0
        for number, table in self._grids:
            yield from self._lines(at, table["start"])
            at = table["end"]
            yield table["start"], at, self._table(number, table)
        yield from self._lines(at, len(self._text))

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        while start < end:
            stop = self._text.find("\n", start, end) + 1 or end
            if start in self._alone:
                number = self._alone[start]
                name = f"h{min(self._levels[number] + 2, 6)}"
                yield start, stop, f'<{name} class="h" id="h{number}">{self._weaver.piece(start, stop)}</{name}>'
            else:
                yield from self._paragraph(start, stop)
            start = stop

    def _paragraph(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """A line, in parts where it is so long that a browser would be slow with it."""
        kind = "" if self._text[start:end].strip() else ' class="z"'
        while end - start > _LINE:
            after = bisect_right(self._ends, start + _LINE // 2)
            stop = self._ends[after] if after < len(self._ends) else start + _LINE
            stop = stop if start < stop <= start + _LINE else start + _LINE
            yield start, stop, f"<p{kind}>{self._weaver.piece(start, stop)}</p>"
            start, kind = stop, ' class="k"'
        if start < end:
            yield start, end, f"<p{kind}>{self._weaver.piece(start, end)}</p>"

    def _table(self, number: int, table: Record) -> str:
        """A table with its merged cells; what stands between cells (tabs, bars) is there and not seen."""
        zh, en = (f"{label} {number + 1}" for label in load_labels()["table"])
        named = f'role="region" aria-label="{zh}" data-zh="{zh}" data-en="{en}"'
        parts = [f'<div class="box" id="t{number}" tabindex="0" {named}><table class="r"><tbody>']
        at = table["start"]
        seen: set[tuple[int, int]] = set()
        for row in table["rows"]:
            parts.append("<tr>")
            for cell in row:
                place = (cell["start"], cell["end"])
                merged = cell["rowspan"] > 1 or cell["colspan"] > 1
                if merged and place in seen:
                    continue
                seen.add(place)
                between = self._between(at, cell["start"])
                size = "".join(f' {name}="{cell[name]}"' for name in ("rowspan", "colspan") if cell[name] > 1)
                kind = ' class="n"' if _is_figure(cell["text"]) else ""
                parts.append(f"<td{size}{kind}>{between}{self._weaver.piece(*place)}</td>")
                at = cell["end"]
            parts.append("</tr>")
        parts.append(f"</tbody></table>{self._between(at, table['end'])}</div>")
        return "".join(parts)

    def _between(self, start: int, end: int) -> str:
        return f'<span class="g">{visible(self._text[start:end])}</span>' if start < end else ""


def _is_grid(table: Record) -> bool:
    """Whether the cells of a table stand in it one after the other."""
    at, seen = table["start"], set()
    for cell in (cell for row in table["rows"] for cell in row):
        place = (cell["start"], cell["end"])
        if (cell["rowspan"] > 1 or cell["colspan"] > 1) and place in seen:
            continue
        seen.add(place)
        if cell["start"] < at:
            return False
        at = cell["end"]
    return bool(at <= table["end"])


def _is_figure(text: str) -> bool:
    return 0 < len(text) <= 12 and text.strip("0123456789.,%-+/—－ ") == ""
