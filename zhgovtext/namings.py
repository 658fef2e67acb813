"""What the figures of running text count: the rules of `wording` that fit the words around them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from zhgovtext.indicators import Indicators, load_indicators
from zhgovtext.passages import FAR, JOINTS, Passage
from zhgovtext.quantities import Number
from zhgovtext.wording import Rule

_CHANNELS = frozenset(["website", "weibo", "wechat", "gazette", "other_channel", "media"])
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
# Kinds of reply: a sentence that gives them tells of requests, whatever else it names.
_REPLIES = frozenset(["partial", "not_disclosed", "unable", "not_processed"])
# How near a context that is part of the rule must stand, how far behind a figure the word may be that names it, how
# long the beginning of a clause may be, and how many words before a figure are looked at for channels.
_BESIDE = 40
_BEHIND = 12
_OPENING = 40
_MAX_WALK = 100


class Naming(NamedTuple):
    """A rule that fits, and the first of the words that it used. By `rank` the rule that says most comes first, then
    the one with the nearest context (none needed is nearest), then one whose indicator has the figure's own unit."""

    rank: tuple[int, int, bool]
    rule: Rule
    first: int


class _Candidate(NamedTuple):
    """A rule that a figure's unit and the word beside it allow: whether the classes that stand farthest from the figure
    are channels, whether channels are its context, and what `Naming.rank` takes from the rule alone."""

    rule: Rule
    of_channel: bool
    near_channels: bool
    weight: int
    alike: bool


# Each with the classes one of which must stand farthest from the figure, which most rules fail by.
_Candidates = tuple[tuple[frozenset[str] | None, _Candidate], ...]


@lru_cache(maxsize=32)
def _memo(year: int | None) -> dict[tuple[bool, str, str], _Candidates]:
    """The rules that were asked for in reports of a year, kept for the next report; filled by the reader."""
    return {}


class Namings:
    """Finds what the figures of a passage count in a report of `year`.

    `taken` is where the words end that named the figure before, and `behind` holds the words of its clause.
    """

    def __init__(self, passage: Passage, known: Indicators, year: int | None) -> None:
        self.passage = passage
        self.known = known
        self.year = year
        self.candidates = _memo(year) if known is load_indicators() else {}
        units = {indicator.unit for indicator in known.by_code.values()}
        self.units = units.union(*(passage.wording.alike.get(unit, ()) for unit in units))
        self.behind: list[int] = []
        self.taken = 0
        self.lists = self.vetoed = False

    def turn(self) -> None:
        """Turn to the passage's sentence."""
        passage = self.passage
        sentence = passage.text[passage.low : passage.high]
        # 作为信访事项不予处理1件 is told of requests.
        self.vetoed = "elsewhere" in passage.kinds and passage.kinds.isdisjoint(_REPLIES)
        self.lists = "分别" in sentence or "各" in sentence or "均" in sentence
        self.behind = []
        self.taken = passage.low

    def read(self, numbers: list[Number]) -> Iterator[tuple[int, Naming | None, int]]:
        """The index of each of the sentence's figures, what it counts, and where the figures before it end.

        A figure that counts several things comes as often. The reader must place each before it asks for the next,
        which may refer to it.
        """
        previous = self.passage.low
        at = 0
        while at < len(numbers):
            number = numbers[at]
            run = self._run(numbers, at, previous) if self.lists else 1
            if run > 1:
                for hit in self._listed(numbers[at : at + run], previous):
                    yield at, hit, previous
                    at += 1
            else:
                if number.unit not in self.units:
                    # Days, shares and the like are no indicator's.
                    self.behind = []
                    yield at, None, previous
                elif self.lists and self._is_shared(number):
                    for hit in self._listed([number], previous):
                        yield at, hit, previous
                else:
                    yield at, self._resolve(number, previous), previous
                at += 1
            previous = numbers[at - 1].end

    def context(self, rule: Rule, used: list[int], position: int) -> int | None:
        """How far the nearest word of the rule's context stands; null where there is none. A word of the pattern can
        itself be it: 办结政府信息公开申请12件."""
        near = rule.near
        passage = self.passage
        classes, starts = passage.classes, passage.starts
        if not (near or rule.above) or (len(used) > 1 and not near.isdisjoint([classes[at] for at in used])):
            return 0
        if self.vetoed:
            return None
        at = min(used) - 1
        low = max(passage.low, position - (_BESIDE if rule.bound else FAR))
        while at >= 0 and starts[at] >= low:
            if classes[at] in near:
                return position - starts[at]
            at -= 1
        if far := rule.far:
            low = max(passage.low - FAR, position - 2 * FAR)
            while at >= 0 and starts[at] >= low:
                if classes[at] in far:
                    return position - starts[at]
                at -= 1
        head = passage.head
        if head and "request" in near and (head.indicator or "").startswith("request."):
            return FAR
        # Headings tell last.
        told = not rule.known.isdisjoint(passage.wholes) or not rule.above.isdisjoint(passage.headings())
        return 2 * FAR if told else None

    # -- the words that name a figure ---------------------------------------------------------------------------------

    def _resolve(self, number: Number, previous: int) -> Naming | None:
        """The rule that says what a figure counts, by the words before it, else by the one behind it."""
        passage = self.passage
        behind = passage.clause(number.start, max(previous, self.taken))
        kept, self.behind = self.behind, behind
        found: list[Naming] = []
        if behind:
            nearest = behind[0]
            kind = passage.classes[nearest]
            if (
                kind in passage.wording.before
                and passage.touches(nearest, number.start)
                and not self._is_joined(nearest, previous)
            ):
                if "plan" in passage.kinds and any(passage.classes[at] == "plan" for at in behind):
                    return None
                if kind not in _VERBS or passage.ends_at(number.end):
                    found = self._fit(number, behind, None, previous)
                if not found and len(behind) == 1 and len(kept) > 1 and self._continues(nearest, previous):
                    # 制发规章2件、规范性文件64件: the verb is said once.
                    self.behind = [nearest, *kept[1:]]
                    found = self._fit(number, self.behind, None, previous, apart=True)
        if not found:
            ahead = self.next(number.end)
            if ahead is not None:
                found = self._fit(number, behind, ahead, previous)
                if found and passage.classes[ahead] != "fee_request":
                    self.taken = passage.ends[ahead]
        return _best(found)

    def next(self, position: int) -> int | None:
        """The word right behind a figure, over what it is about (3件因政府信息公开引发的行政复议); null where the word
        names the next figure."""
        passage = self.passage
        starts, classes, after = passage.starts, passage.classes, passage.wording.after
        at = bisect_left(starts, position)
        while at < passage.last and starts[at] - position <= _BEHIND:
            kind = classes[at]
            if kind not in after and kind != "disclosure":
                return None
            if not passage.patterns.behind.fullmatch(passage.text, position, starts[at]):
                return None
            position = passage.ends[at]
            if kind != "disclosure":
                following = passage.text[position : position + 1]
                counted = following.isdecimal() and not passage.patterns.dated.match(passage.text, position)
                # 36件申请收取信息处理费5410元: these words name both.
                if (counted and kind != "fee_request") or self._is_listed(position):
                    return None
                return at
            at += 1
        return None

    def _is_listed(self, position: int) -> bool:
        """Whether a joint stands at `position`, and no figure behind it."""
        text = self.passage.text
        return text[position : position + 1] in JOINTS and not text[position + 1 : position + 2].isdecimal()

    def _continues(self, at: int, previous: int) -> bool:
        """Whether the word follows the figure before with nothing but a joint between."""
        between = self.passage.text[previous : self.passage.starts[at]]
        return 0 < len(between) < 3 and not between.strip("、和及与")

    def _is_joined(self, at: int, previous: int) -> bool:
        """Whether the word is the last of several that share one figure: 政策、规范性文件124条. Two names of one thing
        are one: 工作会议或专题会议6次."""
        passage = self.passage
        start = passage.starts[at]
        if passage.text[start - 1] not in JOINTS or start - 1 <= max(previous, self.taken):
            return False
        one, other = (passage.classes[which].removeprefix("plain_") for which in (at - 1, at))
        return at == passage.first or passage.ends[at - 1] != start - 1 or one != other

    # -- the rules ----------------------------------------------------------------------------------------------------

    def _candidates_for(self, kind: str, unit: str, *, ahead: bool) -> _Candidates:
        """Rules under a class that hold in the report's year and count in `unit`, those that say most first."""
        key = (ahead, kind, unit)
        found = self.candidates.get(key)
        if found is None:
            table = self.passage.wording.after if ahead else self.passage.wording.before
            fitting = [r for r in table.get(kind, ()) if r.holds_in(self.year) and self._counts_in(r, unit)]
            fitting.sort(key=lambda rule: -rule.weight)
            found = self.candidates[key] = tuple(self._candidate(rule, unit) for rule in fitting)
        return found

    def _counts_in(self, rule: Rule, unit: str) -> bool:
        if rule.code is None or (rule.counters is not None and unit not in rule.counters):
            return rule.code is None
        indicator = self.known.by_code.get(rule.code)
        alike = self.passage.wording.alike
        return indicator is not None and (unit == indicator.unit or unit in alike.get(indicator.unit, ()))

    def _candidate(self, rule: Rule, unit: str) -> tuple[frozenset[str] | None, _Candidate]:
        farthest = rule.before[-1][0] if rule.before else None
        candidate = _Candidate(
            rule,
            farthest is not None and farthest <= _CHANNELS,
            not rule.bound and not rule.near.isdisjoint(_CHANNELS),
            rule.weight,
            rule.code is not None and self.known.by_code[rule.code].unit != unit,
        )
        return farthest, candidate

    def _fit(
        self, number: Number, behind: list[int], ahead: int | None, low: int, *, apart: bool = False
    ) -> list[Naming]:
        """The rules that fit the words `behind`, nearest first, and the one `ahead`, of those that say most; without it
        the nearest word stands beside the figure. With `apart` the words were put together from a list, and what stands
        between them does not count."""
        classes = self.passage.classes
        kinds = [classes[at] for at in behind]
        kind = kinds[0] if ahead is None else classes[ahead]
        found: list[Naming] = []
        most = 0
        for farthest, candidate in self._candidates_for(kind, number.unit, ahead=ahead is not None):
            if farthest is not None and farthest.isdisjoint(kinds):
                continue
            rule, of_channel, near_channels, weight, alike = candidate
            if weight < most:
                break
            used = self._match(rule, behind, kinds, number.start, low, beside=ahead is None, apart=apart)
            if used is None or (near_channels and self._has_channels(number.start)):
                continue
            if of_channel and not apart and self._channels(behind) > 1:
                continue
            if ahead is not None:
                used.append(ahead)
            distance = self.context(rule, used, number.start)
            if distance is not None:
                most = weight
                found.append(Naming((-weight, distance, alike), rule, min(used)))
        return found

    def _match(
        self, rule: Rule, behind: list[int], kinds: list[str], position: int, low: int, *, beside: bool, apart: bool
    ) -> list[int] | None:
        """The words that the rule's classes before the figure use, of those `behind` it, which are of `kinds`; null
        where they are not there. `beside` tells that the nearest stands beside the figure."""
        used: list[int] = []
        at, count = 0, len(behind)
        for wanted, loose in rule.before:
            while loose and at < count and kinds[at] not in wanted:
                at += 1
            if at == count or kinds[at] not in wanted:
                return None
            word = behind[at]
            if not (beside or loose or apart or self.passage.touches(word, position)):
                return None
            beside = False
            used.append(word)
            position = self.passage.starts[word]
            at += 1
        return None if rule.opens and (apart or at < count or not self._opens_clause(position, low)) else used

    def _opens_clause(self, position: int, low: int) -> bool:
        """Whether nothing but a time, a body and 共 stands between the beginning of the clause and `position`."""
        passage = self.passage
        begin = max(low, passage.clause_start(position))
        if position - begin >= _OPENING:
            return False
        body = passage.patterns.subject.match(passage.text, begin, position)
        rest = body.end() if body else begin
        return passage.patterns.lead.fullmatch(passage.text, rest, position) is not None

    def _has_channels(self, position: int) -> bool:
        """Whether the sentence named several kinds of channel before `position`."""
        passage = self.passage
        stop = bisect_left(passage.starts, position, passage.first, passage.last)
        return len(_CHANNELS.intersection(passage.classes[max(passage.first, stop - _MAX_WALK) : stop])) > 1

    def _channels(self, behind: list[int]) -> int:
        """Kinds of channel that the clause names; 等 after one stands for more."""
        classes, text = self.passage.classes, self.passage.text
        named = [at for at in behind if classes[at] in _CHANNELS]
        if named and classes[named[0]] == "other_channel" and text[self.passage.starts[named[0]] - 1] == "等":
            # 广播、展板等其他方式 are the other ones.
            return 1
        more = any("等" in text[self.passage.ends[at] : self.passage.ends[at] + 3] for at in named)
        return len({classes[at] for at in named}) + more

    # -- lists that share their words ---------------------------------------------------------------------------------

    def _run(self, numbers: list[Number], at: int, previous: int) -> int:
        """How many figures the 分别-list has that begins with ``numbers[at]``; 1 where none does."""
        text, start = self.passage.text, numbers[at].start
        if text.find("分别", max(previous, start - 8), start) < 0:
            return 1
        stop = at + 1
        while stop < len(numbers):
            between = text[numbers[stop - 1].end : numbers[stop].start]
            if not between or between.strip("、，,和及与 "):
                break
            stop += 1
        return stop - at

    def _is_shared(self, number: Number) -> bool:
        """复议、诉讼各1件, 均为0件: one figure for every word before it."""
        before = self.passage.text[max(0, number.start - 3) : number.start]
        return ("各" in before or "均" in before) and before.rstrip("为有是“").endswith(("各", "均"))

    def _listed(self, numbers: list[Number], previous: int) -> list[Naming | None]:
        """What each of the figures counts by its own word and the common ones: 通过网站、微博公开信息分别为101条、8条.
        One figure for all words gives a fact for each, or one without indicator where a word says nothing."""
        shared = len(numbers) == 1
        items = self._items(numbers[0].start, previous)
        if len(items) < 2 or not (shared or len(items) == len(numbers)):
            return [None] * len(numbers)
        prefix, suffix = items[0][:-1], items[-1][1:]
        found: list[Naming | None] = []
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
        passage = self.passage
        items: list[list[int]] = []
        for at in reversed(passage.clause(position, previous)):
            if items and not JOINTS.isdisjoint(passage.text[passage.ends[items[-1][-1]] : passage.starts[at]]):
                items.append([at])
            elif items:
                items[-1].append(at)
            else:
                items = [[at]]
        return items


def _best(found: list[Naming]) -> Naming | None:
    """The first by rank; null where another indicator is as well said."""
    if len(found) < 2:
        return found[0] if found else None
    best = min(found, key=itemgetter(0))
    return None if any(hit.rank == best.rank and hit.rule.code != best.rule.code for hit in found) else best
