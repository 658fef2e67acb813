"""Numbered headings: where they stand, also inside a line, and where a title that is glued to its text ends.

A numbering mark opens a heading when it stands at the head of a line, or inside a line where the count goes on
(二 after 一) or begins (一, with a 二 to come). Its title ends at the line's end, or at the first stop near by, or,
where the text goes on without either, at the place that weights learned from the corpus find likeliest
(``data/structure/title_cuts.tsv``, made by ``scripts/build_title_cuts.py``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, rows

# The numbering styles of official documents, highest rank first (GB/T 9704: 一、 （一） 1. （1）).
_STYLES = ("part", "han", "paren_han", "arabic", "paren_arabic", "circled")
_HAN = "一二三四五六七八九十"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_MARK = re.compile(
    rf"第(?P<part>[{_HAN}]{{1,3}})(?:部分|章)[ 、.:：]*"
    rf"|[（(][ ]?(?:(?P<paren_han>[{_HAN}]{{1,3}})|(?P<paren_arabic>\d{{1,2}}))[ ]?[）)][ 、.]*"
    rf"|(?<![{_HAN}第])(?P<han>[{_HAN}]{{1,3}})[ ]?(?:[、.．]|,(?=\D))[ ]*"
    r"|(?<![\d.．第])(?P<arabic>\d{1,2})[ ]?(?:[.．](?!\d)|、)[ ]*"
    rf"|(?P<circled>[{_CIRCLED}])[ ]*"
)
_LINE_LEAD = re.compile(r"[ \t]*(?:#{1,6}[ ]+)?(?:\*\*)?")
_STOP = re.compile("[。！？；]")
# Inside a line a count begins only after one of these; it goes on after all that does not tie the mark to a word.
_OPENERS = frozenset("。！？；：: \n）)”」")
_TIED_BEFORE = frozenset("第《〈“‘「『（(、，,和与及至到/-—.见")
_TIED_AFTER = ("项", "款", "条", "目", "类", "是", "》", "”", "）")
MAX_TITLE = 60
MAX_RUN_IN = 40
# Log-odds above which a glued title's end is believed, by rank; little is needed where the count goes on.
_SURE, _COUNTED = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0), -5.0
# How much likelier an end before a stop near by must be than the stop.
_STOP_LEAD = 2.0
_RANK_COUNTED = _STYLES.index("paren_han")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A numbered heading: ``text[start:title_end]`` with its stop, if it has one (`run_in`).

    `rank` 0 is the highest numbering style. `own_line` tells that nothing but the heading stands on its line.
    """

    rank: int
    value: int
    number: str
    title: str
    start: int
    title_end: int
    own_line: bool
    run_in: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    rank: int
    value: int
    number: str
    start: int
    end: int
    at_line: bool


@dataclass(frozen=True, slots=True)
class TitleCuts:
    """Log-odds that a title ends at a place, by the characters before and after it."""

    bias: float
    weights: dict[str, float]


@cache
def load_title_cuts() -> TitleCuts:
    """The shipped weights; `DataError` names the line of one that is no number."""
    path = data_path("structure", "title_cuts.tsv")
    weights: dict[str, float] = {}
    for line, row in rows(path, ("feature", "hundredths")):
        try:
            weights[row["feature"]] = int(row["hundredths"]) / 100
        except ValueError as error:
            raise DataError(
                "row", f"has no weight {row['hundredths']!r}", path=str(path), place=f"line {line}"
            ) from error
    return TitleCuts(weights.pop("bias", 0.0), weights)


def cut_features(text: str, at: int) -> Iterator[str]:
    """What the weights look at to judge whether a title that begins `text` ends before `text[at]`.

    >>> list(cut_features("概述全年", 2))[:4]
    ['<述', '>全', '<概述', '>全年']
    """
    for length in (1, 2, 3, 4):
        yield "<" + (text[at - length : at] if at >= length else "^" + text[:at])
        yield ">" + text[at : at + length]
    yield "|" + text[at - 1 : at + 1]
    first, comma, second = text[:at].replace(",", "，").partition("，")
    if comma:
        yield "even" if len(first) == len(second) else "uneven"
    yield f"length{min(at // 4, 9)}"


def find_candidates(
    text: str, skipped: Sequence[tuple[int, int]] = (), *, cuts: TitleCuts | None = None
) -> list[Candidate]:
    """Numbered headings of a normalised text in order; `skipped` are spans, sorted, that hold none (tables).

    >>> [(c.number, c.title) for c in find_candidates("一、概述2023年，我局平稳。二、主动公开情况 公开3条。")]
    [('一', '概述'), ('二', '主动公开情况')]
    """
    marks = _count(text, _find_marks(text, skipped), cuts)
    bounds = [span[0] for span in skipped]
    found: list[Candidate | None] = []
    for at, mark in enumerate(marks):
        limit = marks[at + 1].start if at + 1 < len(marks) else len(text)
        table = bisect_right(bounds, mark.start)
        limit = min(limit, bounds[table]) if table < len(bounds) else limit
        found.append(_title(text, mark, limit, cuts))
    return _without_items(text, marks, found)


def heading_title(line: str) -> str:
    """A heading without its number and final stop.

    >>> heading_title("（一）推进决策公开。"), heading_title("概述")
    ('推进决策公开', '概述')
    """
    match = _MARK.match(line.strip())
    return line.strip()[match.end() if match else 0 :].strip().rstrip("。：:")


def _find_marks(text: str, skipped: Sequence[tuple[int, int]]) -> list[_Mark]:
    marks: list[_Mark] = []
    opens = [span[0] for span in skipped]
    line = seen = 0
    for match in _MARK.finditer(text):
        style, start = match.lastgroup or "", match.start()
        line, seen = max(line, text.rfind("\n", seen, start) + 1), start
        span = bisect_right(opens, start) - 1
        if span >= 0 and start < skipped[span][1]:
            continue
        at_line = _LINE_LEAD.fullmatch(text, line, start) is not None
        if not at_line:
            before = text[start - 2] if text[start - 1] == " " and start > 1 else text[start - 1]
            if style == "circled" or before in _TIED_BEFORE:
                continue
        if text.startswith(_TIED_AFTER, match.end()):
            continue
        number = match.group().replace(" ", "").strip("、.．,:：")
        marks.append(_Mark(_STYLES.index(style), _value(match[style]), number, start, match.end(), at_line))
    return marks


def _value(digits: str) -> int:
    if digits.isascii():
        return int(digits)
    if digits in _CIRCLED:
        return _CIRCLED.index(digits) + 1
    tens, ten, ones = digits.rpartition("十")
    return (_HAN.find(tens[:1] or "一") + 1) * 10 * len(ten) + (_HAN.index(ones[0]) + 1 if ones else 0)


def _count(text: str, marks: list[_Mark], cuts: TitleCuts | None) -> list[_Mark]:
    """Marks at the head of a line, and those inside one where a count goes on or begins."""
    following: dict[int, int] = {}
    next_value = [0] * len(marks)
    for at in range(len(marks) - 1, -1, -1):
        next_value[at] = following.get(marks[at].rank, 0)
        following[marks[at].rank] = marks[at].value
    counts: list[_Mark] = []
    kept: list[_Mark] = []
    for mark, after in zip(marks, next_value, strict=True):
        last = next((open_.value for open_ in counts if open_.rank == mark.rank), 0)
        if not mark.at_line and mark.value != last + 1:
            continue
        if not mark.at_line and not last:
            deeper = not counts or mark.rank > counts[-1].rank
            if not deeper or after != 2 or not _may_begin(text, mark, kept, cuts):
                continue
        while counts and counts[-1].rank >= mark.rank:
            counts.pop()
        counts.append(mark)
        kept.append(mark)
    return kept


def _may_begin(text: str, mark: _Mark, kept: list[_Mark], cuts: TitleCuts | None) -> bool:
    """Whether a count may begin here inside a line: behind a stop, behind another heading's title, or before what is
    surely a title."""
    if text[mark.start - 1] in _OPENERS:
        return True
    if kept and mark.start - kept[-1].end <= MAX_RUN_IN and not _STOP.search(text, kept[-1].end, mark.start):
        return True
    return _title(text, replace(mark, at_line=True), len(text), cuts) is not None


def _title(text: str, mark: _Mark, limit: int, cuts: TitleCuts | None) -> Candidate | None:
    """The heading that `mark` opens, or null where it opens a numbered sentence; it ends before `limit`."""
    reach = min(limit, mark.end + MAX_TITLE + 1)
    line_end = text.find("\n", mark.end, reach)
    end = line_end if line_end >= 0 else reach
    window = text[mark.end : end].rstrip()
    stop = _STOP.search(window)
    whole = stop is None and (line_end >= 0 or reach == limit)
    ends_line = line_end >= 0 or limit == len(text)
    if not window or "\t" in window or (whole and window[-1] in ",，、"):
        return None
    if whole and mark.at_line and ends_line:
        cut = len(window)
    else:
        shut = window + "§" if whole else window
        found = _cut(shut.replace(":", "："), stop.start() if stop else -1, mark, cuts or load_title_cuts())
        if found is None:
            return None
        cut = found
    title = window[:cut].rstrip("：:* ")
    run_in = window[cut : cut + 1] == "。"
    title_end = mark.end + cut + run_in
    rest = text[title_end:end].strip("：:* ")
    own_line = mark.at_line and not rest and (ends_line or text[reach : reach + 1] == "\n")
    return Candidate(mark.rank, mark.value, mark.number, title, mark.start, title_end, own_line, run_in)


def _cut(window: str, stop: int, mark: _Mark, cuts: TitleCuts) -> int | None:
    """Where in the window a title ends, at its first `stop` (-1: it has none) at the latest."""
    weigh = cuts.weights.get
    reach = min(len(window) - 1, MAX_RUN_IN, *([stop] if stop >= 0 else []))
    scores = [
        (cuts.bias + sum(weigh(feature, 0.0) for feature in cut_features(window, at)), at)
        for at in range(2, reach + 1)
        if _is_whole(window[:at])
    ]
    if not scores:
        return None
    best, cut = max(scores)
    if scores[-1][1] == stop and window[stop] == "。":
        # A number and a short sentence at the head of a line are a run-in heading, unless an earlier end is sure.
        return cut if best > max(_SURE[mark.rank], scores[-1][0] + _STOP_LEAD) else stop
    least = _SURE[mark.rank] if mark.at_line or mark.rank > _RANK_COUNTED else _COUNTED
    return cut if best > least else None


def _is_whole(title: str) -> bool:
    """Whether each quotation and bracket that opens in the title ends in it."""
    return all(title.count(pair[0]) == title.count(pair[1]) for pair in ("“”", "（）", "《》", "()"))


def _without_items(text: str, marks: list[_Mark], found: list[Candidate | None]) -> list[Candidate]:
    """Headings without the items of a list: of most of its members a heading has a body below it, an item has none."""
    groups: list[list[int]] = []
    open_: list[tuple[int, list[int]]] = []
    for at, mark in enumerate(marks):
        while open_ and open_[-1][0] > mark.rank:
            open_.pop()
        if not open_ or open_[-1][0] < mark.rank:
            open_.append((mark.rank, []))
            groups.append(open_[-1][1])
        open_[-1][1].append(at)
    kept: list[Candidate] = []
    for group in groups:
        headed = sum(_has_body(text, marks, found, at) for at in group)
        if 2 * headed > len(group) or marks[group[0]].rank < _RANK_COUNTED:
            kept += [candidate for at in group if (candidate := found[at])]
        else:
            kept += [c for at in group if (c := found[at]) and not c.run_in and c.own_line]
    return sorted(kept, key=lambda candidate: candidate.start)


def _has_body(text: str, marks: list[_Mark], found: list[Candidate | None], at: int) -> bool:
    candidate = found[at]
    if candidate is None:
        return False
    if not candidate.run_in or (at + 1 < len(marks) and marks[at + 1].rank > candidate.rank):
        return True
    end = marks[at + 1].start if at + 1 < len(marks) else len(text)
    return not text[candidate.title_end : end].isspace() and candidate.title_end < end
