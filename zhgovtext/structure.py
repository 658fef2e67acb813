"""Headings, sections and coding units of a normalised text.

Spans and section numbers are kept in arrays; `Section` and `Sentence` objects are made when asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]

# The numbering styles of official documents, highest rank first (国家标准 GB/T 9704: 一、 （一） 1. （1）).
_HEADING = re.compile(
    r"^[ \t]*(?:"
    r"(?P<part>第[一二三四五六七八九十]{1,3}(?:部分|章))[ 、.:：]*"
    r"|(?P<han>[一二三四五六七八九十]{1,3})[ ]?[、.．][ ]*"
    r"|(?P<paren_han>[（(][ ]?[一二三四五六七八九十]{1,3}[ ]?[）)])[ 、.]*"
    r"|(?P<arabic>\d{1,2})[ ]?[.．、](?!\d)[ ]*"
    r"|(?P<paren_arabic>[（(][ ]?\d{1,2}[ ]?[）)])[ 、.]*"
    r"|(?P<circled>[①②③④⑤⑥⑦⑧⑨⑩])[ ]*"
    r")(?P<title>[^\n]*)$",
    re.MULTILINE,
)
_RANKS = {"part": 0, "han": 1, "paren_han": 2, "arabic": 3, "paren_arabic": 4, "circled": 5}
# A unit ends at a stop, with the closing marks after it; a stop before a closing quotation mark goes on
# (“……。”他说), and so does one inside a title (《……！》).
_STOP = re.compile(r"[。！？；]+(?![”’」』》])[）)]*|《[^《》\n]{0,80}》|\n")
_ENDED = re.compile(r"[。！？；：:][”’」』）)]*$")
_ATTACHMENT = re.compile(
    r"^[ \t]*附[ ]?(?:件|表|录)[ \t]*[一二三四五六七八九十\d]{0,3}[ \t]*(?:[:：].{0,40})?$", re.MULTILINE
)
_TABLE_TITLE = re.compile(r"附表|附件|统计表|情况表")
_MAX_TITLE = 60
_MAX_RUN_IN = 40
_MIN_BARE = 12


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in normalised offsets: ``text[start:title_end]`` is the heading itself."""

    parent: int | None
    level: int
    number: str
    title: str
    start: int
    title_end: int
    end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Structure of a text: `headings` in reading order; unit `starts`, `ends` (offsets) and `sections`
    (index of the innermost heading, -1 before the first) as arrays of one length; `title` span or null."""

    headings: tuple[Heading, ...]
    starts: Offsets
    ends: Offsets
    sections: Offsets
    title: tuple[int, int] | None

    def path(self, section: int) -> tuple[str, ...]:
        """Titles from the top-level heading down to heading number `section`; empty for -1."""
        titles: list[str] = []
        at: int | None = section if section >= 0 else None
        while at is not None:
            titles.append(self.headings[at].title)
            at = self.headings[at].parent
        return tuple(reversed(titles))


def find_structure(text: str, *, tables: tuple[tuple[int, int], ...] = ()) -> Layout:
    r"""Headings and coding units of a normalised text; `tables` are spans that hold no units.

    A heading stands on a line of its own, or opens a line and ends in a stop within 40 characters (run-in):
    then it is a unit too. Lines of an attachment and short lines without a stop are no units.

    >>> layout = find_structure("一、概述\n全年平稳。公开12条；\n（一）强化组织领导。我局成立专班。")
    >>> [(h.level, h.number, h.title) for h in layout.headings]
    [(1, '一', '概述'), (2, '（一）', '强化组织领导')]
    >>> layout.starts.tolist(), layout.ends.tolist(), layout.sections.tolist()
    ([5, 10, 17, 27], [10, 16, 27, 34], [0, 0, 1, 1])
    """
    title = _find_title(text)
    candidates, own_lines = _find_headings(text)
    attachments = _find_attachments(text, candidates)
    headings = _nest([c for c in candidates if not _inside(c.start, attachments)], len(text.rstrip()))
    skipped = [*own_lines.items(), *tables, *attachments, *([title] if title else [])]
    starts, ends = _find_units(text, sorted(skipped))
    opens = np.asarray([heading.start for heading in headings], dtype=np.int64)
    sections = np.searchsorted(opens, starts, side="right") - 1
    return Layout(headings, starts, ends, sections.astype(np.int64), title)


def heading_title(line: str) -> str:
    """A heading without its number and final stop.

    >>> heading_title("（一）推进决策公开。"), heading_title("概述")
    ('推进决策公开', '概述')
    """
    match = _HEADING.match(line)
    return (match["title"] if match else line).strip().rstrip("。：:")


def _find_title(text: str) -> tuple[int, int] | None:
    """The first line that reads as a report's title."""
    start = 0
    for _ in range(40):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end].strip()
        if 6 <= len(line) <= 80 and line.endswith(("报告", "年报")) and not re.search("[。！？；]", line):
            at = text.index(line, start)
            return at, at + len(line)
        start = end + 1
        if start > len(text):
            return None
    return None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A numbered line that may be a heading; `rank` 0 is the highest numbering style."""

    rank: int
    number: str
    title: str
    start: int
    title_end: int


def _find_headings(text: str) -> tuple[list[_Candidate], dict[int, int]]:
    """Numbered headings, and the lines (start → end) that are nothing but a heading."""
    found: list[_Candidate] = []
    own_lines: dict[int, int] = {}
    matches = list(_HEADING.finditer(text))
    for at, match in enumerate(matches):
        kind = next(kind for kind in _RANKS if match[kind])
        line = match["title"].strip()
        if not line or "\t" in line:
            continue
        stop = re.search("[。！？；]", line)
        if stop is None:
            if len(line) > _MAX_TITLE or line[-1] in "：:，,、":
                continue
            title, mark = line, 0
            own_lines[match.start()] = match.end()
        elif stop.start() > _MAX_RUN_IN or line[stop.start()] != "。":
            continue
        else:
            title, mark = line[: stop.start()], 1
            if stop.end() == len(line):
                if _is_list_item(text, matches, at, kind):
                    continue
                own_lines[match.start()] = match.end()
        start = match.start("title")
        number = match[kind].replace(" ", "").strip("、.．")
        found.append(_Candidate(_RANKS[kind], number, title, match.start(kind), start + len(title) + mark))
    return found, own_lines


def _is_list_item(text: str, matches: list[re.Match[str]], at: int, kind: str) -> bool:
    """Whether a numbered sentence is one of a list: a heading has a body below it, an item has none."""
    match = matches[at]
    before = at > 0 and matches[at - 1][kind] and not text[matches[at - 1].end() : match.start()].strip()
    if at + 1 == len(matches):
        return bool(before) or not text[match.end() :].strip()
    after = matches[at + 1][kind] and not text[match.end() : matches[at + 1].start()].strip()
    return bool(before or after)


def _find_attachments(text: str, candidates: list[_Candidate]) -> list[tuple[int, int]]:
    """Spans of attached tables: below a top heading that names one, or from a line 附表… on, up to the next
    top heading or the end."""
    tops = [candidate for candidate in candidates if candidate.rank <= 1]
    openings = [top.title_end for top in tops if _TABLE_TITLE.search(top.title)]
    openings += [line.start() for line in _ATTACHMENT.finditer(text)]
    return [
        (opening, next((top.start for top in tops if top.start > opening), len(text))) for opening in sorted(openings)
    ]


def _inside(offset: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in spans)


def _nest(found: list[_Candidate], length: int) -> tuple[Heading, ...]:
    """Candidates as a tree: a heading ends where the next of its rank or a higher one begins."""
    open_: list[int] = []
    parents: list[int | None] = []
    levels: list[int] = []
    ends = [length] * len(found)
    for index, candidate in enumerate(found):
        while open_ and found[open_[-1]].rank >= candidate.rank:
            ends[open_.pop()] = candidate.start
        parents.append(open_[-1] if open_ else None)
        open_.append(index)
        levels.append(len(open_))
    return tuple(
        Heading(parent, level, c.number, c.title, c.start, c.title_end, end)
        for c, parent, level, end in zip(found, parents, levels, ends, strict=True)
    )


def _find_units(text: str, skipped: list[tuple[int, int]]) -> tuple[Offsets, Offsets]:
    """Starts and ends of the coding units outside the `skipped` spans, which are sorted."""
    starts: list[int] = []
    ends: list[int] = []
    skip_starts = [span[0] for span in skipped]
    skip_ends = list(accumulate((span[1] for span in skipped), max))

    def close(start: int, end: int, *, whole_line: bool) -> None:
        unit = text[start:end]
        stripped = unit.strip()
        if not stripped:
            return
        begin = start + len(unit) - len(unit.lstrip())
        at = bisect_right(skip_starts, begin) - 1
        if at >= 0 and begin < skip_ends[at]:
            return
        if whole_line and len(stripped) < _MIN_BARE and not _ENDED.search(stripped):
            return
        starts.append(begin)
        ends.append(begin + len(stripped))

    start = line_start = 0
    for match in _STOP.finditer(text):
        mark = match.group()
        if mark[0] == "《":
            continue
        if mark == "\n":
            close(start, match.start(), whole_line=start == line_start)
            start = line_start = match.end()
        else:
            close(start, match.end(), whole_line=False)
            start = match.end()
    close(start, len(text), whole_line=start == line_start)
    return np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
