"""Numbered headings: where they stand, also inside a line, and where a title that is glued to its text ends.

A numbering mark opens a heading when it stands at the head of a line, or inside a line where the count goes on
(二 after 一) or begins (一, with a 二 to come). Its title ends at the line's end, or at the first stop near by, or,
where the text goes on without either, at the place that weights learned from the corpus find likeliest
(``data/structure/title_cuts.tsv``, made by ``scripts/build_title_cuts.py``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

import ahocorasick_rs

from zhgovtext.errors import DataError
from zhgovtext.quantities import numeral
from zhgovtext.resources import data_path, read_columns, read_words, rows

# The numbering styles of official documents, highest rank first (GB/T 9704: 一、 （一） 1. （1）).
_STYLES = ("part", "han", "paren_han", "arabic", "paren_arabic", "circled")
# By groups of `_MARK`: what stands for itself, and what is written in another way.
_RANKS = {style: rank for rank, style in enumerate(_STYLES)}
_RANKS |= {"bare_han": _RANKS["han"], "half_arabic": _RANKS["paren_arabic"]}
_HAN = "一二三四五六七八九十"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
# Each alternative looks back at the character that the set before it has read: the engine skips to such a set.
_MARK = re.compile(
    rf"[第（({_HAN}0-9{_CIRCLED}](?:"
    rf"(?<=第)[{_HAN}]{{1,3}}(?:部分|章)(?P<part>)[ 、.:：]*"
    rf"|(?<=[（(])[ ]?(?:[{_HAN}]{{1,3}}(?P<paren_han>)|[0-9]{{1,2}}(?P<paren_arabic>))[ ]?[）)][ 、.]*"
    rf"|(?<=[{_HAN}])(?<![{_HAN}第][{_HAN}])[{_HAN}]{{0,2}}[ ]?(?:[、.．]|,(?=\D))(?P<han>)[ ]*"
    rf"|(?<=[{_HAN}])(?<![^\n][{_HAN}])[{_HAN}]{{0,2}}[ ：:](?P<bare_han>)[ ]*"
    r"|(?<=[0-9])(?<![0-9.．第][0-9])[0-9]?[ ]?(?:[.．](?![0-9])|、)(?P<arabic>)[ ]*"
    r"|(?<=[0-9])(?<![^\n][0-9])[0-9]?[ ]?[）)](?P<half_arabic>)[ ]*"
    rf"|(?<=[{_CIRCLED}])(?P<circled>)[ ]*)"
)
_LINE_LEAD = re.compile(r"[ \t]*(?:#{1,6}[ ]+)?(?:\*\*)?")
STOP = re.compile("[。！？；]")
_PAIRS = ("“”", "（）", "《》", "()")
# Inside a line a count begins only after one of these; it goes on after all that does not tie the mark to a word.
_OPENERS = frozenset("。！？；：: \n）)”」")
_TIED_BEFORE = frozenset("第《〈“‘「『（(、，,和与及至到见")
_TIED_AFTER = ("项", "款", "条", "目", "类", "是", "》", "”", "）")
MAX_TITLE = 60
MAX_RUN_IN = 40
# The characters before and after a place that tell whether a title ends there; one beside them begins the text.
_LONGEST = 4
_BEGIN = "^"
_COLUMNS = ("feature", "hundredths")
_SIDES = {"<": 0, ">": 1, "|": 2}
_NO_WEIGHT = (0, 0, 0)
# Log-odds are in hundredths. Those above which a glued title's end is believed, by rank; little is needed where the
# count goes on.
_SURE, _COUNTED = (-100, -100, 0, 100, 100, 100), -500
# At the head of a line a number opens a sentence of a list more often than a title that runs into the text.
_AT_LINE = 200
# How much likelier than a stop near by an end before it must be, inside a line and at its head.
_STOP_LEAD = (150, 400)
# What speaks for a title that goes as far as the next mark or table without a stop, or ends surely where it has none.
_UNBROKEN, _UNSTOPPED = 600, 100
_MOST = 600
# Titles of so many characters may end anywhere.
_SHORT = 4
_NOWHERE = (float("-inf"), 0)
_RANK_PART, _RANK_COUNTED, _RANK_CIRCLED = (_RANKS[name] for name in ("han", "paren_han", "circled"))
_SHORT_LINE = re.compile(r"^[^\n]{2,30}$", re.MULTILINE)
_LEAST_STATUTORY = 3


class Candidate(NamedTuple):
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

    @property
    def bare(self) -> bool:
        """Whether it is a line of its own without a stop."""
        return self.own_line and not self.run_in


class _Mark(NamedTuple):
    rank: int
    value: int
    number: str
    start: int
    end: int
    at_line: bool


class TitleCuts(NamedTuple):
    """Log-odds that a title ends at a place, in hundredths: what each of `grams`, one to four characters, weighs before
    the place, after it and on both its sides; what a title of two phrases `even` or `uneven` in length weighs; and the
    `base`, of every place from 0 on. `weights` are those of the grams in the order of their `automaton`."""

    base: tuple[int, ...]
    grams: dict[str, tuple[int, int, int]]
    even: int
    uneven: int
    automaton: ahocorasick_rs.AhoCorasick
    weights: tuple[tuple[int, int, int], ...]

    def log_odds(self, text: str) -> list[int]:
        """How likely a title that begins `text` ends at each place of it, up to `MAX_RUN_IN`."""
        seen = text[: MAX_RUN_IN + _LONGEST]
        # By places of the text with the mark of its beginning, which a place before the first stands for.
        odds = [0, *self.base[: len(seen) + 1]]
        weights = self.weights
        for gram, start, end in self.automaton.find_matches_as_indexes(_BEGIN + seen, overlapping=True):
            before, after, both = weights[gram]
            odds[end] += before
            odds[start] += after
            odds[start + 1] += both
        comma = seen.replace(",", "，").find("，") + 1
        if comma:
            for at in range(comma + 1, len(odds)):
                odds[at] += self.even if at == 2 * comma else self.uneven
        return odds[1 : MAX_RUN_IN + 2]

    def likeliest(self, text: str, odds: Sequence[int], last: int) -> tuple[float, int]:
        """The likeliest end of a title that begins `text`, up to `last`, with its log-odds; minus infinity where there
        is none."""
        left: list[float] = [*odds[2 : last + 1]]
        for _ in range(len(left)):
            best = max(left)
            at = left.index(best) + 2
            if (at <= _SHORT or self._is_likely(text, at)) and _is_closed(text[:at]):
                return best, at
            left[at - 2] = _NOWHERE[0]
        return _NOWHERE

    def _is_likely(self, text: str, at: int) -> bool:
        """Two weights tell that most places are none; of a short title they tell too little."""
        return self.grams.get(text[at - 2 : at], _NO_WEIGHT)[0] + self.grams.get(text[at], _NO_WEIGHT)[1] >= 0


@cache
def load_title_cuts() -> TitleCuts:
    """The shipped weights; `DataError` names the line of one that is no number."""
    path = data_path("structure", "title_cuts.tsv")
    weights: dict[str, list[int]] = {}
    form: dict[str, int] = {}
    for feature, hundredths in zip(*read_columns(path, _COLUMNS), strict=True):
        kind, text = feature[:1], feature[1:]
        try:
            if kind == "=":
                form[text] = int(hundredths)
            else:
                weights.setdefault(text, [0, 0, 0])[_SIDES[kind]] = int(hundredths)
        except (KeyError, ValueError) as error:
            line = next(number for number, row in rows(path, _COLUMNS) if (*row.values(),) == (feature, hundredths))
            problem = f"has the bad row {feature!r}, {hundredths!r}"
            raise DataError("row", problem, path=str(path), place=f"line {line}") from error
    grams = {text: (before, after, both) for text, (before, after, both) in weights.items()}
    places = range(MAX_RUN_IN + _LONGEST + 1)
    return TitleCuts(
        tuple(form.get("bias", 0) + form.get(f"length{min(at // 4, 9)}", 0) for at in places),
        grams,
        form.get("even", 0),
        form.get("uneven", 0),
        ahocorasick_rs.AhoCorasick(list(grams), implementation=ahocorasick_rs.Implementation.NoncontiguousNFA),
        tuple(grams.values()),
    )


def cut_features(text: str, at: int) -> Iterator[str]:
    """Names, as in the table of weights, of what `TitleCuts.log_odds` looks at for one place.

    >>> list(cut_features("概述全年", 2))[:4]
    ['<述', '<概述', '<^概述', '>全']
    """
    for size in range(1, min(_LONGEST, at) + 1):
        yield "<" + text[at - size : at]
    if at < _LONGEST:
        yield "<" + _BEGIN + text[:at]
    for size in range(1, min(_LONGEST, len(text) - at) + 1):
        yield ">" + text[at : at + size]
    yield "|" + text[at - 1 : at + 1]
    first, comma, second = text[:at].replace(",", "，").partition("，")
    if comma:
        yield "=even" if len(first) == len(second) else "=uneven"
    yield f"=length{min(at // 4, 9)}"


def find_candidates(
    text: str, skipped: Sequence[tuple[int, int]] = (), *, cuts: TitleCuts | None = None
) -> list[Candidate]:
    """Numbered headings of a normalised text in order; `skipped` are spans, sorted, that hold none (tables).

    >>> [(c.number, c.title) for c in find_candidates("一、概述2023年，我局平稳。二、主动公开情况 公开3条。")]
    [('一', '概述'), ('二', '主动公开情况')]
    """
    weights = cuts or load_title_cuts()
    marks = _count(text, _rank(_find_marks(text, skipped)), weights)
    bounds = [span[0] for span in skipped]
    windows: list[_Window] = []
    for at, mark in enumerate(marks):
        limit = marks[at + 1].start if at + 1 < len(marks) else len(text)
        table = bisect_right(bounds, mark.start)
        windows.append(_look(text, mark, min(limit, bounds[table]) if table < len(bounds) else limit, weights))
    found: list[Candidate] = []
    for group in _siblings(marks):
        headings = _titles([windows[at] for at in group])
        bodies = [_has_body(text, marks, at, heading) for at, heading in zip(group, headings, strict=True)]
        # Of the members of a list most have nothing below them: they are sentences with numbers.
        is_list = 2 * sum(bodies) <= len(group) and marks[group[0]].rank >= _RANK_COUNTED
        found += [heading for heading in headings if heading and (not is_list or heading.bare)]
    return sorted([*found, *_find_statutory(text, skipped, found)], key=lambda candidate: candidate.start)


def _find_statutory(text: str, skipped: Sequence[tuple[int, int]], found: Sequence[Candidate]) -> list[Candidate]:
    """Lines that are the titles of a report's parts, where it numbers none of them."""
    if any(candidate.rank < _RANK_COUNTED for candidate in found):
        return []
    titles = _statutory()
    is_skipped = covers(skipped)
    lines = [
        Candidate(_RANK_PART, 0, "", line.group().strip(), *line.span(), own_line=True, run_in=False)
        for line in _SHORT_LINE.finditer(text)
        if line.group().strip() in titles and not is_skipped(line.start())
    ]
    return lines if len(lines) >= _LEAST_STATUTORY else []


@cache
def _statutory() -> frozenset[str]:
    return read_words(data_path("structure", "statutory.txt"))


def covers(spans: Sequence[tuple[int, int]]) -> Callable[[int], bool]:
    """Whether an offset lies in one of the spans, which are sorted and may overlap."""
    opens = [start for start, _ in spans]
    reach = list(accumulate((end for _, end in spans), max))

    def is_covered(offset: int) -> bool:
        at = bisect_right(opens, offset) - 1
        return at >= 0 and offset < reach[at]

    return is_covered


def heading_title(line: str) -> str:
    """A heading without its number and final stop.

    >>> heading_title("（一）推进决策公开。"), heading_title("概述")
    ('推进决策公开', '概述')
    """
    match = _MARK.match(line.strip())
    return line.strip()[match.end() if match else 0 :].strip().rstrip("。：:")


def _find_marks(text: str, skipped: Sequence[tuple[int, int]]) -> list[_Mark]:
    marks: list[_Mark] = []
    is_skipped = covers(skipped)
    line = seen = 0
    for match in _MARK.finditer(text):
        rank, (start, end) = _RANKS[match.lastgroup or ""], match.span()
        line, seen = max(line, text.rfind("\n", seen, start) + 1), start
        if is_skipped(start):
            continue
        at_line = start == line or _LINE_LEAD.fullmatch(text, line, start) is not None
        if not at_line:
            before = text[start - 2] if text[start - 1] == " " and start > 1 else text[start - 1]
            if rank == _RANK_CIRCLED or before in _TIED_BEFORE:
                continue
        if text.startswith(_TIED_AFTER, end):
            continue
        number = text[start:end].replace(" ", "").strip("、.．,:：")
        marks.append(_Mark(rank, _value(number), number, start, end, at_line))
    return marks


def _rank(marks: list[_Mark]) -> list[_Mark]:
    """Marks with the styles （一） and 1. changed in rank where a report puts 1. above （一）."""
    upper = min((mark.rank for mark in marks), default=0)
    first = next((mark.rank for mark in marks if mark.at_line), upper)
    if upper < _RANK_COUNTED or first != _RANK_COUNTED + 1 or all(mark.rank != _RANK_COUNTED for mark in marks):
        return marks
    swapped = {_RANK_COUNTED: first, first: _RANK_COUNTED}
    return [mark._replace(rank=swapped.get(mark.rank, mark.rank)) for mark in marks]


@lru_cache(maxsize=1000)
def _value(number: str) -> int:
    digits = number.strip("第部分章（）()")
    if digits.isascii():
        return int(digits)
    if digits in _CIRCLED:
        return _CIRCLED.index(digits) + 1
    return numeral(digits) or 0


def _count(text: str, marks: list[_Mark], cuts: TitleCuts) -> list[_Mark]:
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
        if not mark.at_line and not last < mark.value <= last + 1 + bool(last):
            continue
        if not mark.at_line and last and mark.value > last + 1 and not _may_begin(text, mark, kept, cuts):
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


def _may_begin(text: str, mark: _Mark, kept: list[_Mark], cuts: TitleCuts) -> bool:
    """Whether a count may begin here inside a line: behind a stop, behind another heading's title, or before what is
    surely a title."""
    if text[mark.start - 1] in _OPENERS:
        return True
    if kept and mark.start - kept[-1].end <= MAX_RUN_IN and not STOP.search(text, kept[-1].end, mark.start):
        return True
    window = _look(text, mark, len(text), cuts)
    return max(window.early[0], window.stop[0]) > _SURE[mark.rank]


class _Window(NamedTuple):
    """What follows a mark, and where a title may end in it: at its end (`whole`), at a near stop, or earlier; ends
    are (log-odds, place), with minus infinity where there is none."""

    mark: _Mark
    text: str
    whole: bool
    early: tuple[float, int]
    stop: tuple[float, int]
    closes_line: bool


def _look(text: str, mark: _Mark, limit: int, cuts: TitleCuts) -> _Window:
    reach = min(limit, mark.end + MAX_TITLE + 1)
    line_end = text.find("\n", mark.end, reach)
    end = line_end if line_end >= 0 else reach
    window = text[mark.end : end].rstrip()
    stop = STOP.search(window)
    unbroken = stop is None and (line_end >= 0 or reach == limit)
    at_end = line_end >= 0 or limit == len(text) or text[reach : reach + 1] == "\n"
    whole = unbroken and mark.at_line and at_end
    early = near = _NOWHERE
    if not whole and "\t" not in window:
        seen = window.replace(":", "：") + ("§" if unbroken else "")
        last = min(stop.start() - 1 if stop else len(seen) - 1, MAX_RUN_IN)
        odds = cuts.log_odds(seen[: stop.start() + _LONGEST] if stop else seen)
        early = cuts.likeliest(seen, odds, last)
        if unbroken and len(window) <= MAX_RUN_IN and _is_closed(window):
            early = max(early, (odds[len(window)] + _UNBROKEN, len(window)))
        if stop and stop.group() == "。" and 2 <= stop.start() <= MAX_RUN_IN:
            near = odds[stop.start()], stop.start()
    return _Window(mark, window, whole, early, near, at_end)


def _is_closed(title: str) -> bool:
    """Whether each quotation and bracket that opens in the title ends in it."""
    return all(title.count(pair[0]) == title.count(pair[1]) for pair in _PAIRS)


def _titles(windows: list[_Window]) -> list[Candidate | None]:
    """Headings of a group of siblings, null for a numbered sentence. Siblings are alike: either their titles end in
    a stop, or they run into the text without one."""
    leans = [
        max(-_MOST, min(_MOST, w.early[0] - w.stop[0])) - _STOP_LEAD[w.mark.at_line]
        for w in windows
        if w.stop is not _NOWHERE
    ]
    leans += [_UNSTOPPED for w in windows if w.stop is _NOWHERE and not w.whole and w.early[0] > _SURE[w.mark.rank]]
    sure = sum(w.whole or max(w.early[0], w.stop[0]) > _SURE[w.mark.rank] + _AT_LINE for w in windows)
    return [_heading(window, sum(leans) > 0, 2 * sure >= len(windows)) for window in windows]


def _heading(window: _Window, runs_on: bool, in_series: bool) -> Candidate | None:
    mark, text = window.mark, window.text
    if not text or "\t" in text or (mark.rank == _RANK_CIRCLED and not window.whole):
        return None
    if window.whole:
        cut = len(text)
        if text[-1] in ",，、" or cut > MAX_TITLE:
            return None
    elif window.stop is not _NOWHERE and not (runs_on and window.early[0] > max(window.stop[0], _COUNTED)):
        cut = window.stop[1]
    else:
        cut = window.early[1]
        low = mark.rank > _RANK_COUNTED
        counted = in_series if low else not mark.at_line
        least = _COUNTED if counted else _SURE[mark.rank] + _AT_LINE * (low and mark.at_line)
        if window.early[0] <= least:
            return None
    run_in = text[cut : cut + 1] == "。"
    rest = text[cut + run_in :].lstrip("：:*# ")
    if mark.at_line and mark.rank > _RANK_COUNTED and rest and text[cut : cut + 1] in ("：", ":"):
        # 1.机构信息：公开5条。 is a sentence of a list.
        return None
    title_end = mark.end + len(text) - len(rest)
    own_line = mark.at_line and not rest and window.closes_line
    return Candidate(
        mark.rank, mark.value, mark.number, text[:cut].strip("：:*# "), mark.start, title_end, own_line, run_in
    )


def _siblings(marks: list[_Mark]) -> list[list[int]]:
    """Indexes of the marks that count together."""
    groups: list[list[int]] = []
    open_: list[tuple[int, list[int]]] = []
    for at, mark in enumerate(marks):
        while open_ and open_[-1][0] > mark.rank:
            open_.pop()
        if not open_ or open_[-1][0] < mark.rank:
            open_.append((mark.rank, []))
            groups.append(open_[-1][1])
        open_[-1][1].append(at)
    return groups


def _has_body(text: str, marks: list[_Mark], at: int, heading: Candidate | None) -> bool:
    if heading is None:
        return False
    if not heading.run_in or (at + 1 < len(marks) and marks[at + 1].rank > heading.rank):
        return True
    end = marks[at + 1].start if at + 1 < len(marks) else len(text)
    return heading.title_end < end and not text[heading.title_end : end].isspace()
