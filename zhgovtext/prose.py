"""Figures of running text as facts: what a figure counts, for whom and when.

A wrong figure is worse than a missing one. A figure gets an indicator only when words that name it stand beside it in
its own clause (收到…申请21件, 21件政府信息公开申请, 通过网站、微博公开信息分别为101条、8条), with a fitting unit, in a
year in which they mean it and, where the words are common ones, near words that tell what the passage is about.
Otherwise the figure is kept with a null indicator. Words, rules and patterns are data, see `wording`.

What a figure counts is found by `namings`, whose it is by `bodies`, of what time by `times`, what is denied in words by
`denials`, and which figure stands under which by `wholes`; all read the sentence of one `Passage`.

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
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

from zhgovtext.bodies import Bodies, default_scope
from zhgovtext.denials import Denial, find_denials
from zhgovtext.facts import Fact
from zhgovtext.facts import Group as Group
from zhgovtext.indicators import Indicators, load_indicators
from zhgovtext.namings import Naming, Namings
from zhgovtext.passages import Passage, Placed, find_stretches
from zhgovtext.quantities import Number, find_normalized
from zhgovtext.script import Normalized
from zhgovtext.times import Times
from zhgovtext.wholes import HEADS, INTAKE, find_groups
from zhgovtext.wording import MARKS, load_wording

_REQUESTS = frozenset(["request", "on_request", "plain_request", "govinfo", "info", "opened"])
# What these say is of the figure before, if that is counted alike.
_SEQUELS = {
    "request.completed": ("request.", ""),
    "request.completed_on_time": ("request.", ""),
    "request.completed_extended": ("request.", ""),
    "request.total_handled": ("request.", ""),
    "request.answered": ("request.", ""),
    "training.attendees": ("training.", "期场次班"),
}
_REMEDIES = frozenset(["review", "litigation", "remedy"])
_GROWN = frozenset("增降减升提长")
# How many figures before one are looked at.
_MAX_PARTS = 40


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
    stretches = find_stretches(normalized.text, starts, ends)
    reader = _Reader(normalized, stretches, indicators or load_indicators(), period, agency, agency_type, level)
    passage, times = reader.passage, reader.times
    numbers = [number for stretch in stretches for number in find_normalized(normalized.text, *stretch)]
    number_starts = [number.start for number in numbers]
    opens, closes = normalized.source_spans(
        np.array(number_starts, dtype=np.int64), np.array([number.end for number in numbers], dtype=np.int64)
    )
    places = list(zip(opens.tolist(), closes.tolist(), strict=True))
    placed: list[Placed] = []
    zeros = passage.zeros()
    at = zero = 0
    for first, last in _sentences(normalized.text, starts, ends):
        low, high, path = starts[first], ends[last], paths[first]
        at = bisect_left(number_starts, low, at)
        stop = bisect_left(number_starts, high, at)
        zero = bisect_left(zeros, low, zero)
        has_zero = zero < len(zeros) and zeros[zero] < high
        if at < stop or has_zero:
            reader.begin(low, high, path)
            if at < stop:
                placed += reader.read(numbers[at:stop], places[at:stop])
            if has_zero:
                placed += reader.read_zeros()
        elif times.coming:
            reader.turn(low, high, path)
        at = stop
    return [one.fact for one in placed], find_groups(normalized.text, placed, passage.patterns, reader.known)


def _sentences(text: str, starts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last unit of each sentence: units that end in a semicolon go on."""
    first = 0
    for at, end in enumerate(ends):
        if text[end - 1] in "；;" and at + 1 < len(ends) and starts[at + 1] - end < 4:
            continue
        yield first, at
        first = at + 1


class _Reader:
    """Reads the figures of the sentences of one text in order.

    `applied` says whether it was new requests or the caseload that applicants are counted of.
    """

    def __init__(
        self,
        normalized: Normalized,
        stretches: Sequence[tuple[int, int]],
        known: Indicators,
        period: str | None,
        agency: str | None,
        agency_type: str,
        level: str,
    ) -> None:
        wording = load_wording()
        text = normalized.text
        self.normalized = normalized
        self.known = known
        self.passage = Passage(text, wording, stretches)
        self.times = Times(text, wording.patterns, period, stretches)
        self.bodies = Bodies(self.passage, agency, default_scope(text, agency_type, level, wording.patterns))
        self.namings = Namings(self.passage, known, self.times.year)
        self.path: tuple[str, ...] = ()
        self.applied: str | None = None

    def turn(self, low: int, high: int, path: tuple[str, ...]) -> None:
        """Note the sentence ``text[low:high]`` below the headings `path`, which may hold no figure."""
        if path != self.path:
            self.path = path
            self.bodies.said = None
            self.times.begin(path)
        self.times.turn(low, high)

    def begin(self, low: int, high: int, path: tuple[str, ...]) -> None:
        """Turn to a sentence to read its figures."""
        self.turn(low, high, path)
        passage = self.passage
        passage.turn(low, high, path)
        self.namings.turn()
        part = passage.text.find("其中", low, high)
        self.bodies.part = part if part >= 0 else high
        if part != low:
            passage.head = None

    def read(self, numbers: list[Number], places: list[tuple[int, int]]) -> list[Placed]:
        """The figures of the sentence as facts; `places` are their offsets in the source."""
        placed: list[Placed] = []
        sentence, planned = self.passage.low, self.times.planned
        for at, hit, previous in self.namings.read(numbers):
            number, (start, end) = numbers[at], places[at]
            if number.start >= planned:
                fact = self._plan(number, start, end)
            else:
                fact = self._place(number, start, end, hit, previous, placed)
            placed.append(Placed(fact, number.start, number.end, sentence))
        return placed

    def read_zeros(self) -> Iterator[Placed]:
        """What the sentence says in words to be none."""
        for denial in find_denials(self.passage, self.namings, self.times.planned):
            yield Placed(self._zero(denial), denial.start, denial.end, self.passage.low)

    def _place(
        self, number: Number, start: int, end: int, hit: Naming | None, previous: int, placed: list[Placed]
    ) -> Fact:
        """The fact of a figure that `hit` names."""
        passage, bodies = self.passage, self.bodies
        in_part = bodies.part < number.start
        code = hit.rule.code if hit else None
        dimensions = dict(hit.rule.dimensions) if hit else {}
        scope, subject = "unknown", None
        compared: str | None = None
        if hit and code:
            again = passage.wholes.get(code, number.value) != number.value
            scope, subject = bodies.scope(passage.starts[hit.first], previous, in_part, placed, again=again)
            repeats = in_part and scope != "unit" and passage.head is not None and passage.head.indicator == code
            if (
                self._is_unfounded(code)
                or self._is_foreign(code, number, placed)
                or ((self.applied != code) if dimensions else repeats)
            ):
                code, scope, subject = None, "unknown", None
        elif number.unit == "%":
            dimensions = self._kind_of_share(number.start)
        else:
            if in_part or passage.in_bracket(number.start):
                code, scope, subject = bodies.named_part(number, previous)
            if not hit and scope == "unknown":
                code, scope, compared = self._implied(number, previous, placed)
        grown = compared or dimensions.get("kind") == "growth"
        when, cumulative = (compared or self.times.period, False) if grown else self.times.at(number.start)
        if code == "request.carried_out" and self.times.year and when == str(self.times.year - 1):
            # 2021年结转8件 in a report of 2022.
            code, when = "request.carried_in", self.times.period
        fact = Fact(
            code,
            number.value,
            number.unit,
            when,
            start,
            end,
            self.normalized.source[start:end],
            "prose",
            "stated",
            scope,
            number.qualifier,
            number.value_high,
            subject,
            cumulative,
            dimensions,
        )
        if scope != "unit" and not (cumulative or dimensions or compared):
            self._remember(fact, number.start, in_part)
            if hit and code in INTAKE:
                self.applied = code
        return fact

    def _plan(self, number: Number, start: int, end: int) -> Fact:
        """A figure of the year to come, which counts nothing yet."""
        return Fact(
            None,
            number.value,
            number.unit,
            str(self.times.year + 1) if self.times.year else None,
            start,
            end,
            self.normalized.source[start:end],
            qualifier=number.qualifier,
            value_high=number.value_high,
        )

    def _zero(self, denial: Denial) -> Fact:
        scope, subject = self.bodies.scope(denial.start, self.passage.low, False, [])
        when, cumulative = self.times.at(denial.start)
        start, end = self.normalized.source_span(denial.start, denial.end)
        return Fact(
            denial.code,
            0,
            self.known.by_code[denial.code].unit,
            when,
            start,
            end,
            self.normalized.source[start:end],
            state="zero_words",
            scope=scope,
            subject=subject,
            cumulative=cumulative,
        )

    def _remember(self, fact: Fact, position: int, in_part: bool) -> None:
        passage = self.passage
        if fact.indicator and fact.value is not None and fact.unit:
            if not in_part or fact.indicator in HEADS or passage.head is None:
                passage.head = fact
            passage.stated.setdefault((fact.value, fact.unit), fact.indicator)
            passage.wholes.setdefault(fact.indicator, fact.value)
        elif (
            passage.head
            and fact.unit != "%"
            and not (in_part or passage.in_bracket(position) or passage.changes(position))
        ):
            passage.head = None

    # -- what other figures tell ------------------------------------------------------------------------------------

    def _is_unfounded(self, code: str) -> bool:
        """Whether a result of review or litigation is given where no case was counted and no heading speaks of any:
        it may be another work of the agency."""
        if not code.startswith(("review.", "litigation.")) or code.endswith("total"):
            return False
        counted = any(known.startswith(("review.", "litigation.")) for known in self.passage.wholes)
        return not counted and _REMEDIES.isdisjoint(self.passage.headings())

    def _is_foreign(self, code: str, number: Number, placed: list[Placed]) -> bool:
        """Whether a figure says what was done with another figure of the sentence: 受理投诉321件，办结318件."""
        if not placed or code not in _SEQUELS:
            return False
        about, units = _SEQUELS[code]
        counters = units or number.unit
        facts = [one.fact for one in placed[-_MAX_PARTS:]]
        before = [fact.indicator or "" for fact in facts if fact.unit and fact.unit in counters]
        return bool(before) and not any(indicator.startswith(about) for indicator in before)

    def _implied(self, number: Number, previous: int, placed: list[Placed]) -> tuple[str | None, str, str | None]:
        """Indicator and scope of a figure that says what it counts by one before it, and the year that it is compared
        with: 较上年的41件, 合计67人, 在356件申请中, 培训5期，1300人次."""
        passage, year = self.passage, self.times.year
        text, start = passage.text, number.start
        last = text[start - 1]
        compared = self._compared(start) if last == "的" else None
        if compared:
            whole = passage.head or next((one.fact for one in placed[:-_MAX_PARTS:-1] if one.fact.indicator), None)
            if whole is None or whole.unit != number.unit or year is None:
                return None, "unknown", None
            return whole.indicator, whole.scope, compared[1] or str(year - 1)
        restated = self._restated(number)
        if restated:
            return restated, self.bodies.inherited(), None
        if last in "计共为是达" and passage.patterns.added.search(text, max(passage.low, start - 8), start):
            return *self._sum(number, placed), None
        before = placed[-1].fact if placed else None
        if before and before.indicator and start - previous < 6 and passage.ends_at(number.end):
            said = text[previous:start].strip("、，,（( 及和")
            for row in passage.wording.follows:
                if before.indicator in row.parts and number.unit in row.units and said in row.said:
                    return row.code, before.scope, None
        return None, "unknown", None

    def _sum(self, number: Number, placed: list[Placed]) -> tuple[str | None, str]:
        """Indicator and scope of a figure that adds up those before it in the sentence."""
        whole = [one.fact for one in placed[-_MAX_PARTS:] if one.fact.scope != "unit" and not one.fact.dimensions]
        for row in self.passage.wording.sums:
            parts = {fact.indicator: fact.scope for fact in whole if fact.indicator in row.parts}
            if number.unit in row.units and len(parts) > 1:
                return row.code, next(iter(parts.values()))
        return None, "unknown"

    def _compared(self, position: int) -> re.Match[str] | None:
        passage = self.passage
        return passage.patterns.compared.search(passage.text, max(passage.low, position - 14), position)

    def _restated(self, number: Number) -> str | None:
        """在356件政府信息公开申请中: a figure that was stated before, taken up again."""
        passage = self.passage
        before = passage.text[number.start - 1]
        if not (before in "在述上这些对" or before in MARKS or number.start == passage.low):
            return None
        code = passage.stated.get((number.value, number.unit))
        at = self.namings.next(number.end) if code else None
        return code if at is not None and passage.classes[at] in _REQUESTS else None

    def _kind_of_share(self, start: int) -> dict[str, str]:
        before = self.passage.text[max(self.passage.low, start - 8) : start]
        if "占" in before:
            return {"kind": "share"}
        return {} if _GROWN.isdisjoint(before) else {"kind": "growth"}
