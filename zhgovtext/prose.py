"""Figures of running text as facts: what a figure counts, for whom and when.

A wrong figure is worse than a missing one. A figure gets an indicator only when words that name it stand beside it in
its own clause (收到…申请21件, 21件政府信息公开申请, 通过网站、微博公开信息分别为101条、8条), with a fitting unit, in a
year in which they mean it and, where the words are common ones, near words that tell what the passage is about.
Otherwise the figure is kept with a null indicator. Words, rules and patterns are data, see `wording`.

Of several figures of one indicator the agency's is the one that nothing marks as a part. What stands after 其中, in a
bracket behind a whole, or behind the name of a department, district or town is a part: it keeps the indicator where the
name says whose it is (``scope: unit``, ``subject``) and has none where only a kind is named (其中行政许可类信息45条). A
sentence that lists several kinds of bodies (市政府和市直各部门、各县政府共…) speaks of all of them, unless another
figure of the whole came before it. A figure of which nothing says whose it is has the report's own scope, see
`find_prose_facts`; one that is planned for a year to come counts nothing. Of figures that still compete both are kept:
the checks say that they differ.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from zhgovtext.facts import Fact
from zhgovtext.indicators import Indicators, load_indicators
from zhgovtext.quantities import Number, find_normalized
from zhgovtext.script import Normalized
from zhgovtext.wording import MARKS, Patterns, Rule, Wording, load_wording

_MARKS = frozenset(MARKS.values())
_STOPS = frozenset(",;.")
_CHANNELS = frozenset(["website", "weibo", "wechat", "gazette", "other_channel", "media"])
_REQUESTS = frozenset(["request", "on_request", "plain_request", "govinfo", "info", "opened"])
# Verbs name a figure only where no noun of its own follows it.
_VERBS = frozenset(
    [
        "open",
        "publish",
        "disclose",
        "push",
        "new_open",
        "outward",
        "receive",
        "receive_new",
        "complete",
        "answer",
        "hold",
        "issue",
        "repeal",
        "collect",
        "make",
        "write",
        "caseload",
    ]
)
_NONE = frozenset(["none", "absent", "nil", "no_fee", "no_fee_processing", "no_change", "no_request", "nil0"])
_DENIES = frozenset(["none", "absent"])
_OWN = frozenset(["department", "vertical", "public_institution"])
# What is done, or begins another matter, is not what a 没有 before it denies.
_DONE = frozenset(
    ["answer", "publish", "disclose", "push", "open", "complete", "none", "(", ")", "elsewhere", "word", "website"]
)
# Of these 申请 only tells the subject: 因政府信息公开申请引发的行政复议.
_ABOUT_REQUESTS = frozenset(["review", "litigation", "complaint", "answer", "fee_processing", "carry_in", "carry_out"])
# Figures that begin anew: they are never parts of the whole before them.
_HEADS = frozenset(
    [
        "proactive.total",
        "request.received",
        "request.caseload",
        "request.completed",
        "request.answered",
        "request.total_handled",
        "request.carried_in",
        "request.carried_out",
        "review.total",
        "litigation.total",
    ]
)
# What these say is of the figure before, if that is counted alike.
_SEQUELS = {
    "request.completed": ("request.", ""),
    "request.completed_on_time": ("request.", ""),
    "request.completed_extended": ("request.", ""),
    "request.total_handled": ("request.", ""),
    "request.answered": ("request.", ""),
    "training.attendees": ("training.", "期场次班"),
}
# Kinds of reply: a sentence that gives them tells of requests, whatever else it names.
_REPLIES = frozenset(["partial", "not_disclosed", "unable", "not_processed"])
_REMEDIES = frozenset(["review", "litigation", "remedy"])
_INTAKE = frozenset(("request.received", "request.caseload"))
_JOINTS = frozenset("、和与及或暨/")
# How far before a sentence its subject may have been named, how near a context that is part of the rule must stand,
# and how many words of a clause, clauses and figures before are looked at.
_FAR = 400
_BESIDE = 40
_MAX_WORDS = 16
_MAX_GAP = 60
_MAX_WALK = 100
_MAX_CLAUSES = 8
_MAX_PARTS = 40


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that a sentence puts under a whole.

    `whole` is null where only shares are given; none of the `parts` is more than it, and they make it up where
    `closed` (the list ends in 其他); `shares` are pairs of a share in per cent and the count that it is of.
    """

    whole: Fact | None
    parts: tuple[Fact, ...]
    shares: tuple[tuple[Fact, Fact], ...]
    closed: bool


class _Found(NamedTuple):
    """A rule that fits, how near its context stands, whether the figure has another counter than the indicator's
    unit, and the first of the words that the rule used."""

    rule: Rule
    distance: int
    alike: bool
    first: int

    @property
    def rank(self) -> tuple[int, int, bool]:
        """The rule that says most comes first, then the one with the nearest context (none needed is nearest)."""
        return -self.rule.weight, self.distance, self.alike


class _Placed(NamedTuple):
    """A fact, its place in the normalised text, and where its sentence begins."""

    fact: Fact
    start: int
    end: int
    sentence: int


def find_prose_facts(
    normalized: Normalized,
    starts: Sequence[int],
    ends: Sequence[int],
    *,
    paths: Sequence[tuple[str, ...]],
    period: str | None,
    agency: str | None = None,
    agency_type: str = "unknown",
    level: str = "unknown",
    indicators: Indicators | None = None,
) -> tuple[list[Fact], list[Group]]:
    """Facts of the units ``normalized.text[starts[i]:ends[i]]``, in order, with offsets into the source, and the groups
    in which they stand.

    `paths[i]` are the headings above unit i, `period` is the report's year, which a sentence that names another year
    overrules, and `agency` the name of who reports: a body that is named is it, or a part. A figure of which the text
    does not say whose it is is the own one of a department or township; that of a government takes in all its bodies
    where the report says so of others. `agency_type` and `level` as in the report's metadata.

    >>> from zhgovtext.script import normalize
    >>> text = normalize("我局收到政府信息公开申请21件，其中网络申请9件。")
    >>> facts, groups = find_prose_facts(text, [0], [24], paths=[()], period="2022")
    >>> [(fact.indicator, fact.value, fact.scope) for fact in facts]
    [('request.received', 21, 'own'), ('request.online', 9, 'own')]
    >>> [(group.whole.value, [part.value for part in group.parts]) for group in groups]
    [(21, [9])]
    """
    reader = _Reader(normalized, load_wording(), indicators or load_indicators(), period, agency)
    reader.default = _default_scope(normalized.text, agency_type, level, reader.patterns)
    numbers = list(find_normalized(normalized.text))
    number_starts = [number.start for number in numbers]
    opens, closes = normalized.source_spans(
        np.array(number_starts, dtype=np.int64), np.array([number.end for number in numbers], dtype=np.int64)
    )
    places = list(zip(opens.tolist(), closes.tolist(), strict=True))
    placed: list[_Placed] = []
    at = zero = 0
    for first, last in _sentences(normalized.text, starts, ends):
        low, high = starts[first], ends[last]
        at = bisect_left(number_starts, low, at)
        stop = bisect_left(number_starts, high, at)
        zero = bisect_left(reader.zeros, low, zero)
        has_zero = zero < len(reader.zeros) and reader.zeros[zero] < high
        if at == stop and not has_zero:
            if reader.coming:
                reader.turn(low, high, paths[first])
            continue
        reader.begin(low, high, paths[first])
        if at < stop:
            placed += reader.read(numbers[at:stop], places[at:stop])
        if has_zero:
            placed += reader.read_zeros()
        at = stop
    return [one.fact for one in placed], _groups(normalized.text, placed, reader.patterns, reader.known)


def _default_scope(text: str, agency_type: str, level: str, patterns: Patterns) -> str:
    """Scope of figures that nothing near them tells."""
    if agency_type in _OWN or level == "township":
        return "own"
    whole = agency_type in ("government", "zone") and patterns.wide.search(text)
    return "jurisdiction" if whole else "unknown"


def _sentences(text: str, starts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last unit of each sentence: units that end in a semicolon go on."""
    first = 0
    for at, end in enumerate(ends):
        if text[end - 1] in "；;" and at + 1 < len(ends) and starts[at + 1] - end < 4:
            continue
        yield first, at
        first = at + 1


_Rules = dict[tuple[bool, str, str], tuple[Rule, ...]]


@lru_cache(maxsize=32)
def _memo(year: int | None) -> _Rules:
    """The rules that were asked for in reports of a year, kept for the next report; filled by the reader."""
    return {}


class _Reader:
    """Reads the sentences of one text in order, and remembers the figures that later ones refer to.

    `head` is the whole that parts may belong to, `applied` says whether it was new requests or the caseload that
    applicants are counted of, `behind` holds the words of the figure before.
    """

    def __init__(
        self, normalized: Normalized, wording: Wording, known: Indicators, period: str | None, agency: str | None
    ) -> None:
        self.normalized = normalized
        self.text = normalized.text
        self.wording = wording
        self.patterns = wording.patterns
        self.known = known
        self.period = period
        self.year = int(period) if period and period.isdecimal() else None
        self.agency = agency.replace("人民政府", "政府") if agency else ""
        self.classes, self.starts, self.ends = wording.find(self.text)
        self.zeros = [start for start, kind in zip(self.starts, self.classes, strict=True) if kind in _NONE]
        self.coming: list[int] = []
        self.times = sorted(self._times(), key=lambda time: time[0])
        self.time_places = [place for place, _, _ in self.times]
        self.rules = _memo(self.year) if known is load_indicators() else {}
        self.above: dict[tuple[str, ...], frozenset[str]] = {}
        self.head: Fact | None = None
        self.applied: str | None = None
        self.wholes: dict[str, int | float] = {}
        self.stated: dict[tuple[int | float, str], str] = {}
        self.behind: list[int] = []
        units = {indicator.unit for indicator in known.by_code.values()}
        self.units = units.union(*(wording.alike.get(unit, ()) for unit in units))
        self.default = "unknown"
        self.said: str | None = None
        self.path: tuple[str, ...] = ()
        self.ahead = False
        self.begin(0, 0, ())

    def turn(self, low: int, high: int, path: tuple[str, ...]) -> None:
        """Note the sentence ``text[low:high]`` below the headings `path`, which may hold no figure."""
        if path != self.path:
            self.said, self.ahead = None, self._is_outlook(path)
        self.low, self.high, self.path = low, high, path
        self.planned = self._planned()

    def begin(self, low: int, high: int, path: tuple[str, ...]) -> None:
        """Turn to a sentence to read its figures."""
        self.turn(low, high, path)
        self.first, self.last = bisect_left(self.starts, low), bisect_left(self.starts, high)
        kinds = set(self.classes[self.first : self.last])
        # 作为信访事项不予处理1件 is told of requests.
        self.vetoed = "elsewhere" in kinds and kinds.isdisjoint(_REPLIES)
        self.brackets = "(" in kinds
        find = self.text.find
        self.lists = find("分别", low, high) >= 0 or find("各", low, high) >= 0 or find("均", low, high) >= 0
        part = find("其中", low, high)
        self.part = part if part >= 0 else high
        self.behind = []
        self.taken = low
        if part != low:
            self.head = None

    def _is_outlook(self, path: tuple[str, ...]) -> bool:
        """Whether the last heading names nothing but what is to be done."""
        return bool(path) and self.patterns.outlook.search(path[-1]) is not None and "问题" not in path[-1]

    def _planned(self) -> int:
        """Where in the sentence figures begin to be those of a year to come; its end where none are. What begins with
        such a year goes on in the sentences after it, until a year is named that has passed."""
        low, high = self.low, self.high
        first, last = bisect_left(self.coming, low), bisect_left(self.coming, high)
        if first < last:
            self.ahead = self.ahead or self.coming[first] - low < 8
            return self.coming[first]
        if self.ahead:
            at = bisect_left(self.time_places, low)
            if at == len(self.times) or self.time_places[at] >= high:
                return low
            self.ahead = False
        return high

    def read(self, numbers: list[Number], places: list[tuple[int, int]]) -> list[_Placed]:
        """The figures of the sentence as facts; `places` are their offsets in the source."""
        placed: list[_Placed] = []
        previous = self.low
        at = 0
        while at < len(numbers):
            run = self._run(numbers, at, previous) if self.lists else 1
            shared = self.lists and run == 1 and self._is_shared(numbers[at])
            if run == 1 and numbers[at].unit not in self.units:
                # Days, shares and the like are no indicator's.
                self.behind = []
                found: list[_Found | None] = [None]
                shared = False
            elif run > 1 or shared:
                found = self._listed(numbers[at : at + run], previous)
            else:
                found = [self._resolve(numbers[at], previous)]
            for offset, hit in enumerate(found):
                which = at if shared else at + offset
                if numbers[which].start >= self.planned:
                    placed.append(self._plan(numbers[which], places[which]))
                else:
                    placed.append(self._place(numbers[which], places[which], hit, previous, placed))
            at += run
            previous = numbers[at - 1].end
        return placed

    # -- what a figure counts -----------------------------------------------------------------------------------------

    def _clause(self, position: int, low: int) -> list[int]:
        """Words of the clause before `position`, nearest first, down to `low`; closed brackets are skipped."""
        classes, starts = self.classes, self.starts
        found: list[int] = []
        at = bisect_right(self.ends, position) - 1
        depth = 0
        while at >= 0 and starts[at] >= low and len(found) < _MAX_WORDS:
            kind = classes[at]
            if kind == ")":
                depth += 1
            elif kind == "(":
                if not depth:
                    break
                depth -= 1
            elif not depth:
                if kind in _STOPS or kind == "word" or (kind == ":" and found):
                    break
                if kind != ":":
                    found.append(at)
            at -= 1
        return found

    def _next(self, position: int) -> int | None:
        """The word right behind a figure, over what it is about (3件因政府信息公开引发的行政复议); null where the word
        names the next figure."""
        at = bisect_left(self.starts, position)
        while at < self.last and self.starts[at] - position <= 12:
            kind = self.classes[at]
            if kind not in self.wording.after and kind != "disclosure":
                return None
            if not self.patterns.behind.fullmatch(self.text, position, self.starts[at]):
                return None
            position = self.ends[at]
            if kind != "disclosure":
                after = self.text[position : position + 1]
                counted = after.isdecimal() and not self.patterns.dated.match(self.text, position)
                # 36件申请收取信息处理费5410元: these words name both.
                if (counted and kind != "fee_request") or self._is_listed(position):
                    return None
                return at
            at += 1
        return None

    def _is_listed(self, position: int) -> bool:
        """Whether a joint stands at `position`, and no figure behind it."""
        text = self.text
        return text[position : position + 1] in _JOINTS and not text[position + 1 : position + 2].isdecimal()

    def _touches(self, at: int, position: int) -> bool:
        end = self.ends[at]
        return position == end or (
            position - end <= _MAX_GAP and self.patterns.between.fullmatch(self.text, end, position) is not None
        )

    def _resolve(self, number: Number, previous: int) -> _Found | None:
        """The rule that says what a figure counts, by the words before it, else by the one behind it."""
        behind = self._clause(number.start, max(previous, self.taken))
        kept, self.behind = self.behind, behind
        found: list[_Found] = []
        if (
            behind
            and self.classes[behind[0]] in self.wording.before
            and self._touches(behind[0], number.start)
            and not self._is_joined(behind[0], previous)
        ):
            if any(self.classes[at] == "plan" for at in behind):
                return None
            if self.classes[behind[0]] not in _VERBS or self._ends(number.end):
                found = self._fit(number, behind, None, previous)
            if not found and len(behind) == 1 and len(kept) > 1 and self._continues(behind[0], previous):
                # 制发规章2件、规范性文件64件: the verb is said once.
                self.behind = [behind[0], *kept[1:]]
                found = self._fit(number, self.behind, None, previous, apart=True)
        if not found:
            ahead = self._next(number.end)
            if ahead is not None:
                found = self._fit(number, behind, ahead, previous)
                if found and self.classes[ahead] != "fee_request":
                    self.taken = self.ends[ahead]
        return _best(found)

    def _ends(self, position: int) -> bool:
        """Whether a figure has no noun of its own behind it."""
        return position == len(self.text) or self.patterns.ends.match(self.text, position) is not None

    def _continues(self, at: int, previous: int) -> bool:
        """Whether the word follows the figure before with nothing but a joint between."""
        between = self.text[previous : self.starts[at]]
        return 0 < len(between) < 3 and not between.strip("、和及与")

    def _is_joined(self, at: int, previous: int) -> bool:
        """Whether the word is the last of several that share one figure: 政策、规范性文件124条. Two names of one thing
        are one: 工作会议或专题会议6次."""
        start = self.starts[at]
        if start - 1 <= max(previous, self.taken) or self.text[start - 1] not in _JOINTS:
            return False
        one, other = (self.classes[which].removeprefix("plain_") for which in (at - 1, at))
        return at == self.first or self.ends[at - 1] != start - 1 or one != other

    def _candidates(self, kind: str, unit: str, *, ahead: bool) -> tuple[Rule, ...]:
        """Rules under a class that hold in the report's year and count in `unit`."""
        key = (ahead, kind, unit)
        rules = self.rules.get(key)
        if rules is None:
            table = self.wording.after if ahead else self.wording.before
            rules = tuple(r for r in table.get(kind, ()) if r.holds_in(self.year) and self._counts_in(r, unit))
            self.rules[key] = rules
        return rules

    def _counts_in(self, rule: Rule, unit: str) -> bool:
        if rule.code is None or (rule.counters is not None and unit not in rule.counters):
            return rule.code is None
        indicator = self.known.by_code.get(rule.code)
        return indicator is not None and (unit == indicator.unit or unit in self.wording.alike.get(indicator.unit, ()))

    def _is_alike(self, rule: Rule, unit: str) -> bool:
        return rule.code is not None and self.known.by_code[rule.code].unit != unit

    def _fit(
        self, number: Number, behind: list[int], ahead: int | None, low: int, *, apart: bool = False
    ) -> list[_Found]:
        """The rules that fit the words `behind`, nearest first, and the one `ahead`; with `apart` the words were put
        together from a list, and what stands between them does not count."""
        kind = self.classes[behind[0] if ahead is None else ahead]
        rules = self._candidates(kind, number.unit, ahead=ahead is not None)
        found: list[_Found] = []
        if not rules:
            return found
        channels = -1
        kinds = {self.classes[at] for at in behind}
        for rule in rules:
            if rule.before and rule.before[-1][0].isdisjoint(kinds):
                continue
            used = self._match(rule, behind, number.start, low, apart=apart)
            if used is None:
                continue
            if not rule.near.isdisjoint(_CHANNELS) and not rule.bound and self._has_channels(number.start):
                continue
            if rule.before and rule.before[-1][0] <= _CHANNELS and not apart:
                channels = self._channels(behind) if channels < 0 else channels
                if channels > 1:
                    continue
            if ahead is not None:
                used.append(ahead)
            distance = self._context(rule, used, number.start)
            if distance is not None:
                found.append(_Found(rule, distance, self._is_alike(rule, number.unit), min(used)))
        return found

    def _match(self, rule: Rule, behind: list[int], position: int, low: int, *, apart: bool) -> list[int] | None:
        """The words that the rule's classes before the figure use; null where they are not there."""
        used: list[int] = []
        at = 0
        for kinds, loose in rule.before:
            while loose and at < len(behind) and self.classes[behind[at]] not in kinds:
                at += 1
            if at == len(behind) or self.classes[behind[at]] not in kinds:
                return None
            if not (loose or apart or self._touches(behind[at], position)):
                return None
            used.append(behind[at])
            position = self.starts[behind[at]]
            at += 1
        return None if rule.opens and (apart or at < len(behind) or not self._opens_clause(position, low)) else used

    def _opens_clause(self, position: int, low: int) -> bool:
        """Whether nothing but a time, a body and 共 stands between the beginning of the clause and `position`."""
        begin = max(low, self._clause_start(position))
        if position - begin >= 40:
            return False
        body = self.patterns.subject.match(self.text, begin, position)
        rest = body.end() if body else begin
        return self.patterns.lead.fullmatch(self.text, rest, position) is not None

    def _clause_start(self, position: int) -> int:
        classes = self.classes
        last = bisect_right(self.ends, position) - 1
        depth = 0
        for at in range(last, max(-1, last - _MAX_WALK), -1):
            kind = classes[at]
            if kind in _MARKS:
                if kind == ")":
                    depth += 1
                elif kind == "(" and depth:
                    depth -= 1
                elif not depth:
                    return self.ends[at]
        return max(self.low, position - _FAR)

    def _has_channels(self, position: int) -> bool:
        """Whether the sentence named several kinds of channel before `position`."""
        stop = bisect_left(self.starts, position, self.first, self.last)
        return len(_CHANNELS.intersection(self.classes[max(self.first, stop - _MAX_WALK) : stop])) > 1

    def _channels(self, behind: list[int]) -> int:
        """Kinds of channel that the clause names; 等 after one stands for more."""
        named = [at for at in behind if self.classes[at] in _CHANNELS]
        if named and self.classes[named[0]] == "other_channel" and self.text[self.starts[named[0]] - 1] == "等":
            # 广播、展板等其他方式 are the other ones.
            return 1
        more = any("等" in self.text[self.ends[at] : self.ends[at] + 3] for at in named)
        return len({self.classes[at] for at in named}) + more

    def _context(self, rule: Rule, used: list[int], position: int) -> int | None:
        """How far the nearest word of the rule's context stands; null where there is none. A word of the pattern can
        itself be it: 办结政府信息公开申请12件."""
        if not (rule.near or rule.above) or (len(used) > 1 and any(self.classes[at] in rule.near for at in used)):
            return 0
        if self.vetoed:
            return None
        classes, starts = self.classes, self.starts
        at = min(used) - 1
        low = max(self.low, position - (_BESIDE if rule.bound else _FAR))
        while at >= 0 and starts[at] >= low:
            if classes[at] in rule.near:
                return position - starts[at]
            at -= 1
        low = max(self.low - _FAR, position - 2 * _FAR)
        while rule.far and at >= 0 and starts[at] >= low:
            if classes[at] in rule.far:
                return position - starts[at]
            at -= 1
        if "request" in rule.near and self.head and (self.head.indicator or "").startswith("request."):
            return _FAR
        # Headings tell last.
        told = not rule.known.isdisjoint(self.wholes) or not rule.above.isdisjoint(self._headings())
        return 2 * _FAR if told else None

    def _headings(self) -> frozenset[str]:
        """Classes of the words in the headings above the sentence."""
        found = self.above.get(self.path)
        if found is None:
            found = self.above[self.path] = frozenset(self.wording.find("。".join(self.path))[0])
        return found

    # -- lists that share their words ---------------------------------------------------------------------------------

    def _run(self, numbers: list[Number], at: int, previous: int) -> int:
        """How many figures the 分别-list has that begins with ``numbers[at]``; 1 where none does."""
        start = numbers[at].start
        if self.text.find("分别", max(previous, start - 8), start) < 0:
            return 1
        stop = at + 1
        while stop < len(numbers):
            between = self.text[numbers[stop - 1].end : numbers[stop].start]
            if not between or between.strip("、，,和及与 "):
                break
            stop += 1
        return stop - at

    def _is_shared(self, number: Number) -> bool:
        """复议、诉讼各1件, 均为0件: one figure for every word before it."""
        before = self.text[max(0, number.start - 3) : number.start]
        return ("各" in before or "均" in before) and before.rstrip("为有是“").endswith(("各", "均"))

    def _listed(self, numbers: list[Number], previous: int) -> list[_Found | None]:
        """What each of the figures counts by its own word and the common ones: 通过网站、微博公开信息分别为101条、8条.
        One figure for all words gives a fact for each, or one without indicator where a word says nothing."""
        shared = len(numbers) == 1
        items = self._items(numbers[0].start, previous)
        if len(items) < 2 or not (shared or len(items) == len(numbers)):
            return [None] * len(numbers)
        prefix, suffix = items[0][:-1], items[-1][1:]
        found: list[_Found | None] = []
        for at, item in enumerate(items):
            own = item[-1:] if at == 0 else item[:1]
            number = numbers[0 if shared else at]
            hit = None
            for words in ([*prefix, *own, *suffix], [*prefix, *own]):
                hit = hit or _best(self._fit(number, words[::-1], None, previous, apart=True))
            found.append(hit)
        return [None] if shared and None in found else found

    def _items(self, position: int, previous: int) -> list[list[int]]:
        """Words of the clause before `position` in reading order, cut at 、 and 和."""
        items: list[list[int]] = []
        for at in reversed(self._clause(position, previous)):
            if items and not _JOINTS.isdisjoint(self.text[self.ends[items[-1][-1]] : self.starts[at]]):
                items.append([at])
            elif items:
                items[-1].append(at)
            else:
                items = [[at]]
        return items

    # -- whose figure, and when ---------------------------------------------------------------------------------------

    def _place(
        self, number: Number, place: tuple[int, int], hit: _Found | None, previous: int, placed: list[_Placed]
    ) -> _Placed:
        """The fact of a figure that `hit` names."""
        in_part = self.part < number.start
        code = hit.rule.code if hit else None
        dimensions = dict(hit.rule.dimensions) if hit else {}
        scope, subject = "unknown", None
        compared: str | None = None
        if hit and code:
            again = self.wholes.get(code, number.value) != number.value
            scope, subject = self._scope(self.starts[hit.first], previous, in_part, placed, again=again)
            repeats = in_part and scope != "unit" and self.head is not None and self.head.indicator == code
            if (
                self._is_unfounded(code)
                or self._is_foreign(code, number, placed)
                or ((self.applied != code) if dimensions else repeats)
            ):
                code, scope, subject = None, "unknown", None
        elif number.unit == "%":
            dimensions = self._kind_of_share(number.start)
        else:
            if in_part or self._in_bracket(number.start):
                code, subject = self._named_part(number, previous)
            scope = "unit" if subject else "unknown"
            if subject and self._is_own(subject):
                scope, subject = "own", None
            elif not (hit or subject):
                code, scope, compared = self._implied(number, previous, placed)
        grown = dimensions.get("kind") == "growth"
        when, cumulative = (compared or self.period, False) if grown or compared else self._time(number.start)
        if code == "request.carried_out" and self.year and when == str(self.year - 1):
            # 2021年结转8件 in a report of 2022.
            code, when = "request.carried_in", self.period
        fact = Fact(
            code,
            number.value,
            number.unit,
            when,
            *place,
            self.normalized.source[place[0] : place[1]],
            scope=scope,
            qualifier=number.qualifier,
            value_high=number.value_high,
            subject=subject,
            cumulative=cumulative,
            dimensions=dimensions,
        )
        if scope != "unit" and not (cumulative or dimensions or compared):
            self._remember(fact, number.start, in_part)
            if hit and code in _INTAKE:
                self.applied = code
        return _Placed(fact, number.start, number.end, self.low)

    def _is_unfounded(self, code: str) -> bool:
        """Whether a result of review or litigation is given where no case was counted and no heading speaks of any:
        it may be another work of the agency."""
        kind, _, result = code.partition(".")
        if kind not in ("review", "litigation") or result.endswith("total"):
            return False
        counted = any(known.startswith(("review.", "litigation.")) for known in self.wholes)
        return not counted and _REMEDIES.isdisjoint(self._headings())

    def _is_foreign(self, code: str, number: Number, placed: list[_Placed]) -> bool:
        """Whether a figure says what was done with another figure of the sentence: 受理投诉321件，办结318件."""
        if not placed or code not in _SEQUELS:
            return False
        about, units = _SEQUELS[code]
        counters = units or number.unit
        facts = [one.fact for one in placed[-_MAX_PARTS:]]
        before = [fact.indicator or "" for fact in facts if fact.unit and fact.unit in counters]
        return bool(before) and not any(indicator.startswith(about) for indicator in before)

    def _plan(self, number: Number, place: tuple[int, int]) -> _Placed:
        """A figure of the year to come, which counts nothing yet."""
        fact = Fact(
            None,
            number.value,
            number.unit,
            str(self.year + 1) if self.year else None,
            *place,
            self.normalized.source[place[0] : place[1]],
            qualifier=number.qualifier,
            value_high=number.value_high,
        )
        return _Placed(fact, number.start, number.end, self.low)

    def _remember(self, fact: Fact, position: int, in_part: bool) -> None:
        if fact.indicator and fact.value is not None and fact.unit:
            if not in_part or fact.indicator in _HEADS or self.head is None:
                self.head = fact
            self.stated.setdefault((fact.value, fact.unit), fact.indicator)
            self.wholes.setdefault(fact.indicator, fact.value)
        elif self.head and fact.unit != "%" and not (in_part or self._in_bracket(position) or self._changes(position)):
            self.head = None

    def _changes(self, position: int) -> bool:
        """Whether the figure says how much more or less there was."""
        return self.patterns.change.search(self.text, max(self.low, position - 2), position) is not None

    def _scope(
        self, before: int, previous: int, in_part: bool, placed: list[_Placed], *, again: bool = False
    ) -> tuple[str, str | None]:
        """Scope and named body of a figure whose words begin at `before`: the last clause that begins with a body tells
        them, else the figure before in the sentence, else words such as 全市."""
        low = max(previous, self.low)
        clause = max(self._clause_start(before), low)
        for _ in range(_MAX_CLAUSES):
            match = self.patterns.subject.match(self.text, clause, before)
            listed = bool(placed and placed[-1].fact.subject)
            if match and (listed or not self.patterns.nobody.match(match["body"])):
                return self._heard(self._scope_of(match["body"].strip(), in_part, again), in_part)
            if clause <= low:
                break
            clause = max(low, self._clause_start(clause - 1))
        scope = self._last_scope(low, before)
        if scope is None and placed and placed[-1].fact.subject and not self._is_past(placed[-1], before):
            return placed[-1].fact.scope, placed[-1].fact.subject
        scope = scope or self._last_scope(max(self.low, before - _FAR), low)
        if scope:
            return self._heard((scope, None), in_part)
        return (self.head.scope if in_part and self.head else self._inherited()), None

    def _is_past(self, part: _Placed, position: int) -> bool:
        """Whether a named part ended before `position`: …112件，其中市政府34件；同步公开…"""
        return part.start > self.part and self.text.find("；", part.end, position) >= 0

    def _heard(self, told: tuple[str, str | None], in_part: bool) -> tuple[str, str | None]:
        """What a sentence tells of whose its figures are, kept for those after it in the section."""
        if not in_part and told[1] is None:
            self.said = told[0]
        return told

    def _last_scope(self, low: int, high: int) -> str | None:
        """Scope that the last of words such as 全市 tells."""
        found = None
        for match in self.patterns.scope.finditer(self.text, low, high):
            found = match.lastgroup
        return found

    def _inherited(self) -> str:
        """Scope of a figure of which its sentence says nothing."""
        return (self.said if self.default == "jurisdiction" else None) or self.default

    def _scope_of(self, body: str, in_part: bool, again: bool) -> tuple[str, str | None]:
        """Scope and name of a body. Behind 其中 it is a part; several bodies are one too when named `again`, after
        another figure of the whole."""
        patterns = self.patterns
        if patterns.together.search(body):
            return "jurisdiction", None
        if self._is_own(body):
            return "own", None
        if patterns.whole.search(body):
            return "jurisdiction", None
        if not in_part:
            listed = "各" in body and not _JOINTS.isdisjoint(body)
            if not again and (listed or body.startswith("各") or patterns.every.search(body)):
                return "jurisdiction", None
            plain, who = body.replace("人民政府", "政府"), self.agency
            if (not again and patterns.generic.fullmatch(body)) or (
                who and (who.endswith(plain) or plain.endswith(who))
            ):
                return "own", None
            if who.startswith(plain):
                return "jurisdiction", None
        return "unit", body

    def _is_own(self, body: str) -> bool:
        """Whether a body is the agency itself: 本机关, 市本级, or 市局 where it is an agency of the city."""
        if self.patterns.own.search(body):
            return True
        rank = self.patterns.rank.match(body)
        return rank is not None and next((c for c in reversed(self.agency) if c in "省市区县州"), rank[1]) == rank[1]

    def _named_part(self, number: Number, previous: int) -> tuple[str | None, str | None]:
        """The body that alone stands before a figure, and the whole's indicator where both count the same:
        （市政府349件、青石县477件…）."""
        item = max(previous, self._clause_start(number.start))
        match = self.patterns.body.fullmatch(self.text, item, number.start)
        if not match:
            return None, None
        head = self.head
        alike = head is not None and (number.unit == head.unit or head.unit in self.wording.alike.get(number.unit, ()))
        return (head.indicator if head is not None and alike else None), match["body"].strip()

    def _in_bracket(self, position: int) -> bool:
        if not self.brackets:
            return False
        text, low = self.text, max(self.low, position - _FAR)
        opening = max(text.rfind("（", low, position), text.rfind("(", low, position))
        return opening >= 0 and text.find("）", opening, position) < 0 and text.find(")", opening, position) < 0

    def _implied(self, number: Number, previous: int, placed: list[_Placed]) -> tuple[str | None, str, str | None]:
        """Indicator and scope of a figure that says what it counts by one before it, and the year that it is compared
        with: 较上年的41件, 合计67人, 在356件申请中, 培训5期，1300人次."""
        last = self.text[number.start - 1]
        compared = self._compared(number.start) if last == "的" else None
        if compared:
            whole = self.head or next((one.fact for one in placed[:-_MAX_PARTS:-1] if one.fact.indicator), None)
            if whole is None or whole.unit != number.unit or self.year is None:
                return None, "unknown", None
            return whole.indicator, whole.scope, compared[1] or str(self.year - 1)
        restated = self._restated(number)
        if restated:
            return restated, self._inherited(), None
        if last in "计共为是达" and self.patterns.added.search(
            self.text, max(self.low, number.start - 8), number.start
        ):
            return *self._sum(number, placed), None
        if placed and number.start - previous < 6 and self._ends(number.end):
            before, said = placed[-1].fact, self.text[previous : number.start].strip("、，,（( 及和")
            for row in self.wording.follows:
                if before.indicator in row.parts and number.unit in row.units and said in row.said:
                    return row.code, before.scope, None
        return None, "unknown", None

    def _sum(self, number: Number, placed: list[_Placed]) -> tuple[str | None, str]:
        """Indicator and scope of a figure that adds up those before it in the sentence."""
        whole = [one.fact for one in placed[-_MAX_PARTS:] if one.fact.scope != "unit" and not one.fact.dimensions]
        for row in self.wording.sums:
            parts = {fact.indicator: fact.scope for fact in whole if fact.indicator in row.parts}
            if number.unit in row.units and len(parts) > 1:
                return row.code, next(iter(parts.values()))
        return None, "unknown"

    def _compared(self, position: int) -> re.Match[str] | None:
        return self.patterns.compared.search(self.text, max(self.low, position - 14), position)

    def _restated(self, number: Number) -> str | None:
        """在356件政府信息公开申请中: a figure that was stated before, taken up again."""
        code = self.stated.get((number.value, number.unit))
        before = self.text[number.start - 1]
        if code is None or not (number.start == self.low or before in "在述上这些对" or before in MARKS):
            return None
        at = self._next(number.end)
        return code if at is not None and self.classes[at] in _REQUESTS else None

    def _kind_of_share(self, start: int) -> dict[str, str]:
        before = self.text[max(self.low, start - 8) : start]
        if "占" in before:
            return {"kind": "share"}
        return {} if set("增降减升提长").isdisjoint(before) else {"kind": "growth"}

    def _times(self) -> Iterator[tuple[int, str | None, bool]]:
        """Times that the text names: where, the period, and whether figures after it are cumulative."""
        for match in self.patterns.time.finditer(self.text):
            place, kind, said = match.start(), match.lastgroup, match.group()
            if kind == "year":
                if self.year is None or int(said[:4]) <= self.year:
                    yield place, said[:4], False
                elif self._is_coming(match):
                    self.coming.append(place)
                # 较2022年的98件增长12.2%，…: what is compared with is named for its clause only.
                stop = self.patterns.clause.search(self.text, place) if self.text[place - 1] in "较比与同" else None
                if stop:
                    yield stop.start(), self.period, False
            elif kind == "cumulative":
                # 2015年以来 in a report of 2015 is this year.
                current = said.endswith("以来") and said[:4] == self.period
                yield place, self.period if current else None, not current
            elif kind == "coming":
                self.coming.append(place)
            elif kind == "previous":
                yield place, str(self.year - 1) if self.year else None, False
            else:
                yield place, self.period, False

    def _is_coming(self, year: re.Match[str]) -> bool:
        """Whether a year after the report's is what figures are planned for: no date, and no 结转至2026年."""
        before, after = self.text[year.start() - 1], self.text[year.end() : year.end() + 1]
        return before not in "转至到入前-—－" and not after.isdecimal()

    def _time(self, position: int) -> tuple[str | None, bool]:
        """Period of a figure, and whether it is cumulative: the last time named before it in the sentence tells."""
        at = bisect_left(self.time_places, position) - 1
        if at >= 0 and self.time_places[at] >= self.low:
            return self.times[at][1:]
        return self.period, False

    # -- none, in words -----------------------------------------------------------------------------------------------

    def read_zeros(self) -> Iterator[_Placed]:
        """What the sentence says in words to be none: 未收到…申请, and several in one clause (复议、提起行政诉讼)."""
        seen: set[str] = set()
        begin = self.first
        while begin < self.last:
            stop = begin
            while stop < self.last and self.classes[stop] not in _STOPS and self.classes[stop] != ":":
                stop += 1
            if not _NONE.isdisjoint(self.classes[begin:stop]) and self.starts[begin] < self.planned:
                yield from self._denied(range(begin, stop), seen)
            begin = stop + 1

    def _denied(self, clause: range, seen: set[str]) -> Iterator[_Placed]:
        """Zeros of one clause, none of the indicators in `seen` again."""
        opening = next((at for at in clause if self.classes[at] in _DENIES), None)
        nil = next((at for at in clause if self.classes[at] == "nil" or self._closes(at, clause)), None)
        about = not _ABOUT_REQUESTS.isdisjoint(self.classes[clause.start : clause.stop])
        for at in clause:
            kind = self.classes[at]
            rules = [rule for rule in self.wording.zero.get(kind, ()) if kind != "nil"]
            if nil is not None and at < nil:
                rules += [rule for rule in self.wording.zero.get("nil", ()) if kind in rule.before[1][0]]
            for rule in rules:
                denied = "none" in rule.before[-1][0]
                if rule.code is None or rule.code in seen or not rule.holds_in(self.year):
                    continue
                if denied and not (opening is not None and opening < at and self._denies(rule, opening, at, about)):
                    continue
                if self._context(rule, [at], self.starts[at]) is None:
                    continue
                seen.add(rule.code)
                start = self.starts[opening] if denied and opening is not None else self.starts[at]
                end = self.ends[nil] if nil is not None and not denied and kind in rule.before[-1][0] else self.ends[at]
                yield self._zero(rule.code, start, end)

    def _closes(self, at: int, clause: range) -> bool:
        """Whether a 无 is the last of its clause, and so said of what stands before it."""
        if self.classes[at] not in ("none", "nil0") or at != clause.stop - 1 or at == clause.start:
            return False
        end = self.ends[at]
        return end == self.high or (clause.stop < len(self.starts) and self.starts[clause.stop] == end)

    def _denies(self, rule: Rule, opening: int, at: int, about: bool) -> bool:
        """Whether 未收到 or 无 denies the word: nothing done stands between, and no figure or 率 follows it."""
        return not (
            (about and rule.code == "request.received")
            or self.patterns.compound.match(self.text, self.ends[at])
            or self.starts[at] - self.ends[opening] > _MAX_GAP
            or not _DONE.isdisjoint(self.classes[opening + 1 : at])
            or self.patterns.undone.search(self.text[self.ends[opening] : self.starts[at]])
        )

    def _zero(self, code: str, start: int, end: int) -> _Placed:
        scope, subject = self._scope(start, self.low, False, [])
        when, cumulative = self._time(start)
        low, high = self.normalized.source_span(start, end)
        fact = Fact(
            code,
            0,
            self.known.by_code[code].unit,
            when,
            low,
            high,
            self.normalized.source[low:high],
            state="zero_words",
            scope=scope,
            subject=subject,
            cumulative=cumulative,
        )
        return _Placed(fact, start, end, self.low)


def _best(found: list[_Found]) -> _Found | None:
    """The first by rank; null where another indicator is as well said."""
    if len(found) < 2:
        return found[0] if found else None
    best = min(found, key=lambda hit: hit.rank)
    return None if any(hit.rank == best.rank and hit.rule.code != best.rule.code for hit in found) else best


# -- groups -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Open:
    """A group in the making: its whole, whether a bracket closes it, and the parts so far."""

    whole: _Placed
    bracket: bool
    parts: list[_Placed]


def _groups(text: str, placed: list[_Placed], patterns: Patterns, known: Indicators) -> list[Group]:
    """Groups in the order in which they end; shares outside of them stand in groups of their own."""
    figures = [one for one in placed if one.fact.state == "stated"]
    shares = _shares(text, figures)
    # How much more there was is no whole, and no part of one.
    counts = [
        one for one in figures if one.fact.unit != "%" and not patterns.change.search(text, one.start - 2, one.start)
    ]
    groups: list[Group] = []
    stack: list[_Open] = []
    ended = counts[0] if counts else None

    def close() -> None:
        nonlocal ended
        done = stack.pop()
        ended = done.whole
        if done.parts:
            pairs = tuple(shares.pop(part.start) for part in done.parts if part.start in shares)
            facts = tuple(part.fact for part in done.parts)
            groups.append(Group(done.whole.fact, facts, pairs, _is_rest(text, done, patterns)))

    for before, one in pairwise(counts):
        fact = one.fact
        gap = text[before.end : one.start] if one.start - before.end < 200 else ""
        same = before.sentence == one.sentence
        opens = "其中" in gap if same else gap.lstrip("。 \n").startswith("其中")
        if not (same or opens):
            while stack:
                close()
        elif gap.count("）") + gap.count(")") > gap.count("（") + gap.count("("):
            while stack and not stack[-1].bracket:
                close()
            if stack:
                close()
        bracket = same and gap.lstrip("，,")[:1] in ("（", "(")
        if opens or bracket:
            # 行政诉讼21件（直接起诉9件、复议后起诉12件），其中维持15件: parts of the whole, not of its last part.
            stack.append(_Open(ended if ended and gap.startswith(("）", ")")) else before, bracket, []))
        while stack and not stack[-1].bracket and _begins_anew(fact, stack[-1].whole.fact, known):
            close()
        if stack and fact.unit == stack[-1].whole.fact.unit:
            stack[-1].parts.append(one)
    while stack:
        close()
    return [*groups, *_loose(figures, shares)]


def _begins_anew(fact: Fact, whole: Fact, known: Indicators) -> bool:
    """Whether a figure is no part of the whole before it: what was received is not made up of what was done with it."""
    if fact.indicator is None or fact.scope == "unit" or fact.dimensions:
        return False
    if whole.indicator in _INTAKE:
        return fact.indicator != whole.indicator and known.by_code[fact.indicator].parent != "request.received"
    return fact.indicator in _HEADS


def _is_rest(text: str, group: _Open, patterns: Patterns) -> bool:
    """Whether the last part is what is left: 其他856条."""
    previous = group.parts[-2].end if len(group.parts) > 1 else group.whole.end
    return patterns.rest.match(text, previous, group.parts[-1].start) is not None


def _shares(text: str, figures: list[_Placed]) -> dict[int, tuple[Fact, Fact]]:
    """Shares with the counts that they are of, under the place of the count: 157件，占4.4%."""
    return {
        count.start: (share.fact, count.fact)
        for count, share in pairwise(figures)
        if share.fact.unit == "%" != count.fact.unit
        and count.sentence == share.sentence
        and "占" in text[count.end : min(share.start, count.end + 12)]
    }


def _loose(figures: list[_Placed], shares: dict[int, tuple[Fact, Fact]]) -> Iterator[Group]:
    """Shares that belong to no group, those that follow each other together."""
    run: list[tuple[Fact, Fact]] = []
    for one in figures:
        if one.start in shares:
            run.append(shares[one.start])
        elif run and one.fact.unit != "%":
            yield Group(None, (), tuple(run), False)
            run = []
    if run:
        yield Group(None, (), tuple(run), False)
