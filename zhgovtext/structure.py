"""Headings, sections and coding units of a normalised text.

Spans and section numbers are kept in arrays; `Section` and `Sentence` objects are made when asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from zhgovtext.headings import STOP, Candidate, covers, find_candidates
from zhgovtext.resources import data_path, read_words

Offsets = npt.NDArray[np.int64]

# A unit ends at a stop, with the closing marks after it; a stop before a closing quotation mark goes on
# (“……。”他说), and so does one inside a title (《……！》). Each alternative looks back at the character that the set
# before it has read: the engine skips to such a set.
_STOP = re.compile(r"[。！？；《\n](?:(?<=[。！？；])[。！？；]*(?![”’」』》])[）)]*|(?<=《)[^《》\n]{0,80}》|(?<=\n))")
_ENDED = re.compile(r"[。！？；：:][”’」』）)]*$")
_ATTACHMENT = re.compile(
    r"^[ \t]*附[ ]?(?:件|表|录)[ \t]*[一二三四五六七八九十\d]{0,3}[ \t]*(?:[:：].{0,40})?$", re.MULTILINE
)
_LINE = re.compile(r"[^\n]*[^\s][^\n]*")
_TITLE_LINE = re.compile(
    r"(?=.{4,90}$)[^。！？；\t：:>]*(?:报告|年报|公开[^，]{0,6}总结)(?:全文|书)?(?:[（(][^（）()]{1,20}[）)])?(?:全文)?"
)
_TITLE_LEAD = re.compile(r"(?:\s|[#*]|【[^【】]{1,8}】|(?:标\s?题|附件\s?\d?|题\s?目)\s?[:：])*")
_TITLE_YEAR = re.compile(r"(?:20\d\d|[二2][〇○零0][〇○零一二三四五六七八九\d]{2})\s*(?:[-—]\s*20\d\d)?\s*学?年?(?:度)?")
# An agency's name before the words that every report's title has.
_TITLE_AGENCY = re.compile(
    r"(?!(?:关于|政府信息|政务|信息公开|工作|年度|公开))[^，。]{2,}?(?:政府|政务|信息|年度|工作|年报)"
)
_NO_TITLE = re.compile(r"[:：>|]|^\s*附[件表录]")
_TITLE_TAIL = r"20\d\d[ ]?年[^。！？；，\n]{2,40}?(?:年度报告|工作报告|年报)(?![》”」的、，。由应])"
_TITLE_ENDS = re.compile(_TITLE_TAIL)
_TITLE_GLUED = re.compile(rf"(?:[^\s。！？；，：:>》|/\-\d]{{2,40}}|(?<!\d)){_TITLE_TAIL}")
_TITLE_NAMED = re.compile(r"《([^《》\n]{2,60}20\d\d年[^《》\n]{0,30}公开[^《》\n]{0,20}(?:报告|年报))》")
_SITE_VALUE = re.compile(r"[ \t]*\S{0,40}(?:[ \t]+\d{1,2}:\d\d(?::\d\d)?)?")
_CONTENTS = re.compile(r"目[ ]*[录次]")
_PAGE_NUMBER = re.compile(r"[ .…·⋯—-]*\d*[ ]*$")
_DOC_NUMBER = re.compile(r"[^\s，。]{1,20}〔[ ]?20\d\d[ ]?〕[ ]?\d{1,4}[ ]?号")
_TITLE_LINES = 40
_HEAD = 3000
_MAX_TITLE_LINE = 80
_MAX_LEAD = 600
_MAX_SITE_WORD = 7
_MAX_SITE_LINE = 300
_TABLE_TITLE = re.compile(r"附表|附件|统计表|情况表")
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
    r"""Headings and coding units of a normalised text; `tables` are spans that hold neither.

    Headings are those of `find_candidates`; one that ends in a stop and has text behind it on its line is a unit too.
    What stands in an attachment, in a list of contents or on a short line without a stop is no unit.

    >>> layout = find_structure("一、概述\n全年平稳。公开12条；\n（一）强化组织领导。我局成立专班。")
    >>> [(h.level, h.number, h.title) for h in layout.headings]
    [(1, '一', '概述'), (2, '（一）', '强化组织领导')]
    >>> layout.starts.tolist(), layout.ends.tolist(), layout.sections.tolist()
    ([5, 10, 17, 27], [10, 16, 27, 34], [0, 0, 1, 1])
    """
    title = _find_title(text)
    candidates = find_candidates(text, sorted(tables))
    contents = _find_contents(text, candidates)
    attachments = _find_attachments(text, candidates)
    apart = sorted([*attachments, *contents])
    is_apart = covers(apart)
    found = [candidate for candidate in candidates if not is_apart(candidate.start)]
    headings = _nest(found, len(text.rstrip()))
    alone = [(c.start, c.title_end) for c in found if c.own_line or not c.run_in]
    above = [_site_lead(text, title), _find_site_line(text, title[1])] if title else []
    skipped = sorted([*alone, *tables, *apart, *above])
    starts, ends = _find_units(text, skipped, [candidate.start for candidate in found])
    opens = np.asarray([heading.start for heading in headings], dtype=np.int64)
    sections = np.searchsorted(opens, starts, side="right") - 1
    return Layout(headings, starts, ends, sections.astype(np.int64), title)


def _find_title(text: str) -> tuple[int, int] | None:
    """The span of the report's title: of the first lines, one to four in a row, those that read most as one; or, where
    the text runs on behind it, what reads as one within a line; or the report that is named first in 《》."""
    lines: list[tuple[int, int]] = []
    for line in _LINE.finditer(text, 0, _HEAD):
        start, end = line.span()
        if end - start > _MAX_TITLE_LINE or STOP.search(text, start, end):
            glued = _find_glued_title(text[start : start + _MAX_LEAD])
            if glued and not any(_weigh_title(text[slice(*span)]) > 2 for span in lines):
                return start + glued[0], start + glued[1]
            break
        lines.append((start, end))
        if len(lines) == _TITLE_LINES:
            break
    weights = {
        (first[0], last[1]): _weigh_title(text[first[0] : last[1]])
        for at, first in enumerate(lines)
        for last in lines[at : at + 4]
        if last[1] - first[0] <= 120
    }
    best = max(weights, key=lambda span: (weights[span], -span[0]), default=None)
    if best is not None and weights[best] > 0:
        lead = _TITLE_LEAD.match(text, best[0])
        return (lead.end() if lead else best[0]), best[1]
    named = _TITLE_NAMED.search(text, 0, _HEAD)
    return named.span(1) if named else None


def _find_glued_title(line: str) -> tuple[int, int] | None:
    """A title with text behind it begins its line, or follows on what a saved page begins with."""
    # What may begin a title begins at every other place too: its end is the rarer thing.
    if not _TITLE_ENDS.search(line):
        return None
    glued = _TITLE_GLUED.search(line) if len(line) > _MAX_TITLE_LINE else _TITLE_GLUED.match(line)
    if glued is None:
        return None
    first = _without_site_words(line, glued.start())
    # A saved page begins with its window's title, which the report's own repeats.
    again = line.rfind(line[first : glued.end()])
    return again, again + glued.end() - first


def _weigh_title(lines: str) -> float:
    """How much some lines read as a report's title; 0 when they do not."""
    # Of the words that end a title each has one of these.
    if "报" not in lines and "结" not in lines:
        return 0.0
    parts = lines.split("\n")
    name = "".join(lines.split())
    lead = _TITLE_LEAD.match(name)
    name = name[lead.end() if lead else 0 :].strip("《》*#")
    if not _TITLE_LINE.fullmatch(name) or any(_NO_TITLE.search(part) for part in parts[1:]):
        return 0.0
    bare = _TITLE_YEAR.sub("", name)
    told = 3.0 * ("公开" in name) + 2.0 * (bare != name) + 2.0 * bool(_TITLE_AGENCY.match(bare))
    # One line is likelier than several, but less than a year or an agency that the line above adds.
    return max(told - 0.5 * (len(parts) - 1), 0.1 if told else 0.0) if told >= 2 or len(name) > 8 else 0.0


def _without_site_words(line: str, start: int) -> int:
    """Where a title begins that the words of a site stand before, glued."""
    while word := _site_word(line, start):
        start += len(word)
    return start


def _site_lead(text: str, title: tuple[int, int]) -> tuple[int, int]:
    """The title, with what a site put before it on its line."""
    line = text.rfind("\n", 0, title[0]) + 1
    return (line if not _STOP.search(text, line, title[0]) else title[0]), title[1]


def _find_site_line(text: str, start: int) -> tuple[int, int]:
    """What a site puts behind the title (来源：… 时间：… 打印): from `start` as far as its words and values go."""
    at = start
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        word = _site_word(text, at)
        if not word or at - start > _MAX_SITE_LINE:
            return start, at
        at += len(word)
        value = _SITE_VALUE.match(text, at) if word[-1] in ":：" else None
        at = value.end() if value else at


@cache
def _site_words() -> frozenset[str]:
    words = read_words(data_path("structure", "site_words.txt"))
    return words | {word[:-1] + ":" for word in words if word[-1] == "："}


def _site_word(text: str, at: int) -> str:
    """The longest word of a site that stands at a place of a text; empty when none does."""
    words = _site_words()
    return next((word for size in range(_MAX_SITE_WORD, 0, -1) if (word := text[at : at + size]) in words), "")


def _find_contents(text: str, candidates: list[Candidate]) -> list[tuple[int, int]]:
    """The list of contents: headings at the beginning with nothing below them that come again later."""
    keys = [(c.rank, c.number, _PAGE_NUMBER.sub("", c.title)) for c in candidates]
    latest = {key: at for at, key in enumerate(keys)}
    last = -1
    for at, (candidate, key) in enumerate(zip(candidates, keys, strict=True)):
        if not candidate.own_line or latest[key] == at:
            break
        last = at
        if at + 1 < len(keys) and text[candidate.title_end : candidates[at + 1].start].strip():
            break
    if last < 1:
        return []
    start = candidates[0].start
    line = text.rfind("\n", 0, len(text[:start].rstrip())) + 1
    return [(line if _CONTENTS.fullmatch(text[line:start].strip()) else start, candidates[last].title_end)]


def _find_attachments(text: str, candidates: list[Candidate]) -> list[tuple[int, int]]:
    """Spans of attached tables: below a top heading that names one, or from a line 附表… on, up to the next
    top heading or the end."""
    tops = [candidate for candidate in candidates if candidate.rank <= 1]
    openings = [top.title_end for top in tops if _TABLE_TITLE.search(top.title)]
    openings += [line.start() for line in _ATTACHMENT.finditer(text)]
    ends = [top.start for top in tops] + [len(text)]
    return [(opening, ends[bisect_right(ends, opening, hi=len(tops))]) for opening in openings]


def _nest(found: list[Candidate], length: int) -> tuple[Heading, ...]:
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


def _find_units(text: str, skipped: list[tuple[int, int]], breaks: list[int]) -> tuple[Offsets, Offsets]:
    """Starts and ends of the coding units outside the `skipped` spans, which are sorted; one ends before each of
    the `breaks`, sorted too, and where a skipped span begins."""
    starts: list[int] = []
    ends: list[int] = []

    def close(start: int, end: int, *, whole_line: bool) -> None:
        unit = text[start:end].rstrip()
        stripped = unit.lstrip()
        if not stripped.strip("：:-—>*# "):
            return
        is_bare = whole_line and not _ENDED.search(stripped)
        if is_bare and (len(stripped) < _MIN_BARE or _DOC_NUMBER.fullmatch(stripped)):
            return
        starts.append(start + len(unit) - len(stripped))
        ends.append(start + len(unit))

    for low, high in _between(skipped, len(text)):
        bounds = breaks[bisect_right(breaks, low) : bisect_left(breaks, high)]
        for first, last in pairwise([low, *bounds, high]):
            start = first
            line_start = first if first == 0 or text[first - 1] == "\n" else -1
            for match in _STOP.finditer(text, first, last):
                mark = match.group()
                if mark[0] == "《":
                    continue
                if mark == "\n":
                    close(start, match.start(), whole_line=start == line_start)
                    start = line_start = match.end()
                else:
                    close(start, match.end(), whole_line=False)
                    start = match.end()
            close(start, last, whole_line=start == line_start and text[last : last + 1] in ("", "\n"))
    return np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)


def _between(spans: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """What lies outside of sorted spans, which may overlap."""
    at = 0
    for start, end in spans:
        if start > at:
            yield at, start
        at = max(at, end)
    if at < length:
        yield at, length
