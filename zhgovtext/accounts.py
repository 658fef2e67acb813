"""Figures of a report as an accountant lays them out: by column, period and meaning, with the lists of its prose."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from zhgovtext.document import Section
from zhgovtext.facts import Fact, Group
from zhgovtext.indicators import load_indicators
from zhgovtext.metadata import Meta
from zhgovtext.rules import Rule, Term, load_sums, load_words, sum_of
from zhgovtext.script import normalize
from zhgovtext.verdicts import Tally, show_sum

_EMPTY = frozenset(["blank", "slash", "dash"])
# A share is tried against so many figures before it.
_BASES = 12
# Kinds of content: items disclosed are divided into them, and counted apart as well.
_CONTENTS = frozenset(["news.items", "interpretation.items"])
_MARKS = frozenset(",，、（(;；:： \n")
# Marks between the parts of a list, the higher the farther apart.
_LEVELS = {"。": 4, "\n": 4, "；": 3, ";": 3, "，": 2, ",": 2, "、": 1}
_ENUMERATION, _CLAUSES = 1, 3
_COLONS = frozenset("：:")
_SEPARATORS = re.compile("[，,；;。、：:（）()\\s]+")
_BRACKETED = re.compile("[（(][^（）()]*[）)]")
_JOINTS = "和及与或"
_ADVERBS = "共均已并又再还都则"
# A share stands so near behind its count, and so near behind another.
_NEAR = 12
_LONG = 30
Key = tuple[str | None, bool, str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class Amount:
    """A figure, or a sum of `terms`: the facts it is made of, codes that are `absent` from the form or `unread`, and
    how many blanks were read as zero. `blank` is a figure that is itself a blank."""

    value: float = 0
    terms: tuple[float, ...] = ()
    facts: tuple[int, ...] = ()
    absent: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    blanks: int = 0
    blank: bool = False

    def add(self, other: Amount, sign: int = 1) -> None:
        """Add another amount, or take it off."""
        self.value += sign * other.value
        self.terms += other.terms if sign > 0 else tuple([-term for term in other.terms])
        self.facts += other.facts
        self.absent += other.absent
        self.unread += other.unread
        self.blanks += other.blanks

    def __str__(self) -> str:
        return show_sum(self.terms)


@dataclass(slots=True)
class Slot:
    """Figures that belong together: one column of one table, or the prose of one period. `index` has a fact for each
    code, -1 where several differ, and `values` what they say, with `blanks` as zero; `uncoded` are rows between them
    whose label is not known, and `codes` are those of the index, once all are there."""

    source: str
    key: Key
    index: dict[str, int] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    blanks: set[str] = field(default_factory=set)
    codes: tuple[str, ...] = ()
    uncoded: list[int] = field(default_factory=list)
    firsts: dict[str, str] = field(default_factory=dict)

    @property
    def places(self) -> list[str]:
        """What tells the slot from others, in words that `said_where` knows."""
        _, cumulative, _, dimensions = self.key
        return [self.source, *(["cumulative"] if cumulative else []), *(value for _, value in dimensions)]


class Accounts:
    """The facts of a report, by what they can be compared with."""

    def __init__(
        self,
        facts: Sequence[Fact],
        meta: Meta,
        groups: Sequence[Group] = (),
        sections: Sequence[Section] = (),
        text: str = "",
    ) -> None:
        self.facts = facts
        self.meta = meta
        self.sections = sections
        self.text = text
        self.form = meta.form if meta.form != "none" else meta.regime if meta.regime in ("2019", "2021") else ""
        # Facts of groups are those of the report, or, where a caller has copied them, at the same place.
        prose = [(at, fact) for at, fact in enumerate(facts) if fact.source == "prose"] if groups else []
        self._at = {(fact.start, fact.end, fact.indicator): at for at, fact in prose}
        self.tables = self._table_slots()
        self.prose, self.said = self._prose_slots()
        self.groups = [kept for group in groups if (kept := self._listing(group)) is not None]
        self.shares = [group for group in groups if group.shares]
        self.under = {(group.whole, part) for group in self.groups for part in group.parts}
        self.ruled = {(group.rule.name, group.whole) for group in self.groups if group.rule}
        self.tallies: dict[str, Tally] = {}

    def tally(self, rule: Rule) -> Tally:
        """What a rule has found so far."""
        found = self.tallies.get(rule.name)
        if found is None:
            found = self.tallies[rule.name] = Tally(rule)
        return found

    @cached_property
    def share_lists(self) -> list[tuple[list[Share], list[int]]]:
        """Lists of shares, each with the figures that may be their whole, likeliest first."""
        return list(find_share_lists(self)) if self.shares else []

    @cached_property
    def share_of(self) -> dict[int, tuple[int, ...]]:
        """For each count with a share, all the counts in its list."""
        lists = [tuple(share.count for share in shares) for shares, _ in self.share_lists]
        return {at: counts for counts in lists for at in counts}

    def place(self, fact: Fact) -> int:
        """Index of a fact of a group, -1 where the report has it not."""
        return self._at.get((fact.start, fact.end, fact.indicator), -1)

    def _table_slots(self) -> list[Slot]:
        """A slot for each column of each table; a table ends where the first row of a matter comes again."""
        slots: dict[Key, list[Slot]] = {}
        columns: dict[tuple[object, ...], list[Slot]] = {}
        for at, fact in enumerate(self.facts):
            if fact.source != "table":
                continue
            printed = fact.period, fact.cumulative, fact.scope, *fact.dimensions.items()
            column = columns.get(printed)
            if column is None:
                key = _key(fact)
                column = columns[printed] = slots.setdefault(key, [Slot("table", key)])
            slot, code = column[-1], fact.indicator
            if code is None:
                slot.uncoded.append(at)
                continue
            matter = code.partition(".")[0]
            if code in slot.index:
                if slot.firsts[matter] != code:
                    if not self._alike(slot.index[code], at):
                        slot.index[code] = -1
                        slot.values.pop(code, None)
                        slot.blanks.discard(code)
                    continue
                slot = Slot("table", slot.key)
                column.append(slot)
            slot.firsts.setdefault(matter, code)
            slot.index[code] = at
            if fact.value is not None:
                slot.values[code] = fact.value
            elif fact.state in _EMPTY:
                slot.values[code] = 0
                slot.blanks.add(code)
        every = [slot for column in slots.values() for slot in column]
        for slot in every:
            slot.codes = tuple(slot.index)
        return every

    def _alike(self, first: int, second: int) -> bool:
        one, other = self.facts[first], self.facts[second]
        return first >= 0 and (one.value, one.state) == (other.value, other.state)

    def _prose_slots(self) -> tuple[list[Slot], dict[tuple[Key, str], list[int]]]:
        """A slot for the exact figures of each period, and all figures of each code, exact or not."""
        slots: dict[Key, Slot] = {}
        said: dict[tuple[Key, str], list[int]] = {}
        sums, left = load_sums(), load_words()["left"]
        for at, fact in enumerate(self.facts):
            if fact.source != "prose" or fact.indicator is None or fact.scope == "unit" or fact.value is None:
                continue
            # 其余2件答复期限未满: what is left is never all of it.
            if fact.indicator in sums and self.text[max(0, fact.start - 4) : fact.start].endswith(left):
                continue
            period, cumulative, _, dimensions = _key(fact)
            key: Key = (period, cumulative, "", dimensions)
            said.setdefault((key, fact.indicator), []).append(at)
            slot = slots.setdefault(key, Slot("prose", key))
            if fact.qualifier or fact.value_high is not None:
                continue
            slot.index.setdefault(fact.indicator, at)
            if slot.values.setdefault(fact.indicator, fact.value) != fact.value:
                slot.index[fact.indicator] = -1
        for slot in slots.values():
            slot.values = {code: value for code, value in slot.values.items() if slot.index[code] >= 0}
        return list(slots.values()), said

    def cell(self, slot: Slot, code: str) -> Amount:
        """The printed figure of a code in a slot."""
        at = slot.index.get(code)
        if at is None:
            return Amount(absent=(code,))
        value = slot.values.get(code)
        if value is None:
            return Amount(unread=(code,))
        blank = code in slot.blanks
        return Amount(value, (value,), (at,), blanks=int(blank), blank=blank)

    def amount(self, slot: Slot, code: str) -> Amount:
        """The figure of a code in a slot; where it is not printed, or blank, the sum of its parts."""
        printed = self.cell(slot, code)
        if not printed.absent and not printed.blank:
            return printed
        parts = self._sum_of_parts(slot, code)
        return parts if parts and (printed.absent or parts.value) else printed

    def _sum_of_parts(self, slot: Slot, code: str) -> Amount | None:
        for rule in load_sums().get(code, ()):
            if not rule.holds_in(self.meta.year):
                continue
            total = Amount()
            for term in rule.parts:
                part = self.amount(slot, term.code)
                if not (term.optional and part.absent):
                    total.add(part)
            if total.facts:
                return total
        return None

    def side(self, rule: Rule, terms: Sequence[Term], slot: Slot) -> Amount:
        """One side of a rule."""
        if len(terms) == 1:
            return self.cell(slot, terms[0].code)
        total = Amount()
        for term in terms:
            part = self.amount(slot, term.code)
            if not (term.optional and part.absent):
                total.add(part, term.sign)
        return total

    def uncoded_in(self, slot: Slot, used: Sequence[int]) -> tuple[float, list[int], bool]:
        """Rows without a code from the whole of a rule to the row after its parts: their sum, their facts, and whether
        one of them cannot be read."""
        if not slot.uncoded or not used:
            return 0, [], False
        first, last = min(used), max(used)
        after = [at for at in slot.index.values() if at > last]
        found = [at for at in slot.uncoded if first < at < min(after, default=len(self.facts))]
        values = [self.facts[at].value for at in found]
        unread = any(self.facts[at].state == "unreadable" for at in found)
        return sum(value for value in values if value), found, unread

    def _listing(self, group: Group) -> Listing | None:
        """A group as far as its figures are parts of its whole."""
        whole = group.whole
        if whole is None or not group.parts or whole.value is None or whole.unit == "%":
            return None
        if self.text[max(0, whole.start - 4) : whole.start].endswith(load_words()["change"]):
            # The parts are of a figure before it: 收到申请47件，比上年增加8件。其中，当面申请19件.
            return None
        parts: list[_Item] = []
        rule = sum_of(whole.indicator or "", self.meta.year)
        own = {term.code for term in rule.parts} if rule else frozenset()
        total, closed = 0.0, group.closed
        for part in group.parts:
            at = self.place(part)
            foreign = part.indicator not in own and not _may_be_part(part.indicator, whole.indicator)
            if foreign or (whole.scope == "unit" and part.scope != "unit"):
                closed = False
                break
            if at < 0 or part.value is None or part.unit != whole.unit:
                return None
            other_year = part.period != whole.period and not whole.cumulative
            item = self._item(at, parts[-1].at if parts else self.place(whole), part.indicator in own)
            if parts and (other_year or _ends(parts, item, full=total == whole.value)):
                # 其他10条；回复50条 closes a list, 其他10条，回复50条 may go on.
                closed = item.level > parts[-1].level and _is_rest(parts[-1])
                break
            parts.append(item)
            total += part.value
        place = self.place(whole)
        if not parts or place < 0:
            return None
        if whole.indicator is None and len({parent_of(self.facts[item.at].indicator) for item in parts} - {None}) > 1:
            return None
        kin = any(item.kind == "rule" for item in parts)
        indexes = tuple(item.at for item in parts)
        return Listing(place, indexes, closed or _is_everyone(parts), rule if kin else None)

    def _item(self, at: int, before: int, kin: bool) -> _Item:
        """A part with what stands between it and the figure `before`, shares of that and brackets left out."""
        fact, last = self.facts[at], before
        while last + 1 < at and self.facts[last + 1].unit == "%":
            last += 1
        gap = self.text[self.facts[last].end : fact.start]
        if "（" in gap or "(" in gap:
            gap = _BRACKETED.sub("", gap)
        if self.meta.script != "hans":
            gap = normalize(gap).text
        clauses = _SEPARATORS.split(gap)
        level = next((level for mark, level in _LEVELS.items() if mark in gap), 0)
        kind = "rule" if kin else "applicant" if _is_applicant(fact, gap) else fact.scope
        after = self.facts[at + 1] if at + 1 < len(self.facts) else fact
        shared = after.unit == "%" and after.start - fact.end < _NEAR
        name = clauses[-1]
        for word in load_words()["part"]:
            name = name.rpartition(word)[2]
        return _Item(at, gap, level, tuple(clauses[1:] or clauses), name.lstrip(_JOINTS), kind, shared)


class _Item(NamedTuple):
    """A part of a list: the `gap` before it, the highest mark there as `level`, the clauses from the first mark on, the
    `name` of what is counted, without the word that opens the list, what `kind` of part the figure itself shows it to
    be, and whether a share follows it."""

    at: int
    gap: str
    level: int
    clauses: tuple[str, ...]
    name: str
    kind: str
    shared: bool


def _ends(parts: Sequence[_Item], item: _Item, *, full: bool) -> bool:
    """Whether a list ends before an item: at words that begin another matter (另有, 上述), at a mark above those of the
    list, at a new verb, behind 其他, or where the parts are `full` already."""
    words, first = load_words(), parts[0]
    if item.name in words["left"] or any(clause.startswith(words["end"]) for clause in item.clauses):
        return True
    if any(clause.endswith(words["view"]) for clause in item.clauses[:-1]):
        return True
    kinds = {"rule", "applicant", "unit"} & {first.kind, item.kind}
    if len(kinds) > 1:
        return True
    if first.kind == item.kind == "rule":
        return False
    level = max(parts[1].level if len(parts) > 1 else item.level, _ENUMERATION)
    over = full or _is_rest(parts[-1])
    if item.level > level or (over and item.level > _ENUMERATION):
        return True
    if _verb(item.name) not in ("", _verb(first.name)):
        return True
    return item.level > _ENUMERATION and not _parallel(first, item)


def _verb(name: str) -> str:
    """The verb that begins a name; all outcomes of one matter (保留, 废止) count as one."""
    words = load_words()
    if name.startswith(words["outcome"]):
        return "outcome"
    verb = None if name.endswith("类") else _verbs().match(name.lstrip(_ADVERBS))
    return verb[0] if verb else ""


@cache
def _verbs() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, load_words()["verb"])))


def _parallel(first: _Item, item: _Item) -> bool:
    """Whether two items that no enumeration comma joins are made alike: 其中：…；…, 占40%；…占60%, A类…，B类…."""
    one, other = first.name, item.name
    if first.shared or first.kind == item.kind != "unknown" or not _COLONS.isdisjoint(first.gap):
        return True
    bodies = load_words()["body"]
    if one.endswith(bodies) and other.endswith(bodies):
        return True
    return bool(one and other) and (one[-1] == other[-1] or (len(one) == len(other) and item.level < _CLAUSES))


def _is_rest(item: _Item) -> bool:
    """Whether a part is what is left: 其他 and 其他信息, but not 其他县直单位, behind which towns may follow."""
    words = load_words()
    return item.kind != "unit" and item.name.startswith(words["rest"]) and not item.name.endswith(words["body"])


def _is_everyone(parts: Sequence[_Item]) -> bool:
    """Whether a list of applicants leaves no one out: natural persons, and 法人及其他组织."""
    return all(any(_names(item.gap, kind) for item in parts) for kind in ("person", "organisation"))


def _is_applicant(fact: Fact, gap: str) -> bool:
    """Whether a figure counts applicants of one kind."""
    return "applicant" in fact.dimensions or _names(gap, "person") or _names(gap, "organisation")


def _names(said: str, kind: str) -> bool:
    return any(map(said.__contains__, load_words()[kind]))


@lru_cache(maxsize=2048)
def find_plan(
    rule: Rule, codes: tuple[str, ...], form: str, year: int | None
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """What the sides of a rule come down to where these `codes` are printed; null where one that the form has is not
    there."""
    left, right = (_leaves(side, codes, year, single=len(side) == 1) for side in (rule.left, rule.right))
    complete = left and right and (form not in rule.forms or "" not in (*left, *right))
    sides = tuple(filter(None, left)), tuple(filter(None, right))
    return sides if complete and all(sides) else None


def _leaves(terms: Sequence[Term], codes: Collection[str], year: int | None, *, single: bool) -> list[str]:
    """Printed codes whose sum the terms are; an empty one stands for a code that is not there."""
    found: list[str] = []
    for term in terms:
        rule = None if single else sum_of(term.code, year)
        if term.code in codes:
            found.append(term.code)
        elif rule and any(part.code in codes for part in rule.parts):
            found += _leaves(rule.parts, codes, year, single=False)
        elif not term.optional:
            found.append("")
    return found


@dataclass(frozen=True, slots=True)
class Listing:
    """Figures of prose under a whole, by index; `rule` is the one that says how they add up."""

    whole: int
    parts: tuple[int, ...]
    closed: bool
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of prose with the count it is of, by index, and whether nothing between them names another whole."""

    share: int
    count: int
    plain: bool


def parent_of(code: str | None) -> str | None:
    known = load_indicators().by_code.get(code or "")
    return known.parent if known else None


def _may_be_part(code: str | None, whole: str | None) -> bool:
    """Whether a figure of this meaning can be part of one of that."""
    if whole is None or code in (None, whole):
        return True
    known = load_indicators().by_code
    at = known.get(code or "")
    if code in _CONTENTS:
        return whole == "proactive.total"
    while at is not None and at.parent is not None:
        if at.parent == whole:
            return True
        at = known.get(at.parent)
    return False


def _key(fact: Fact) -> Key:
    return fact.period, fact.cumulative, fact.scope, _telling(*fact.dimensions.items())


@lru_cache(maxsize=1024)
def _telling(*dimensions: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Dimensions that tell a column from others, in order."""
    return tuple(sorted((name, value) for name, value in dimensions if name != "row" and value != "total"))


def find_share_lists(report: Accounts) -> Iterator[tuple[list[Share], list[int]]]:
    """Lists of shares, each with the figures that may be their whole, likeliest first."""
    facts = report.facts
    before: dict[str | None, list[int]] = {}
    seen = 0
    for group in sorted(report.shares, key=lambda group: group.shares[0][1].start):
        shares: list[Share] = []
        for share, count in group.shares:
            between = report.text[count.end : share.start]
            pair = Share(report.place(share), report.place(count), _is_plain(between))
            if min(pair.share, pair.count) >= 0 and count.value is not None and share.value is not None:
                shares.append(pair)
        if not shares:
            continue
        first, last = shares[0].count, shares[-1].count
        while seen < last:
            fact = facts[seen]
            if fact.value and fact.source == "prose" and fact.unit != "%":
                before.setdefault(fact.unit, []).append(seen)
            seen += 1
        unit = facts[first].unit
        bases = [report.place(group.whole)] if group.whole is not None else []
        bases += reversed([at for at in before.get(unit, ())[-_BASES - len(shares) :] if at < first])
        yield shares, [at for at in dict.fromkeys(bases) if at >= 0 and facts[at].value]


def find_bare_shares(report: Accounts) -> Iterator[list[int]]:
    """Lists of shares without counts that one clause divides a whole into: 按事项分，征收类占60%、登记类占40%."""
    run: list[int] = []
    for at, fact in enumerate(report.facts):
        if fact.source != "prose":
            continue
        last = report.facts[run[-1]].end if run else 0
        kept = fact.unit == "%" and fact.value is not None and not fact.qualifier
        if run and not (kept and _is_next_share(report.text[last : min(fact.start, last + _LONG)])):
            yield run
            run = []
        if not kept:
            continue
        before = report.text[max(0, fact.start - _LONG) : fact.start]
        if _bare(before).endswith("占") and (run or _divides(before)):
            run.append(at)
    if run:
        yield run


def _divides(before: str) -> bool:
    """Whether a clause that begins a division stands before the first share: 按事项分，征收类占."""
    clauses = _SEPARATORS.split(before)
    view = clauses[-2] if len(clauses) > 1 else ""
    return view.endswith(load_words()["view"]) or clauses[-1].startswith(load_words()["part"])


def _is_next_share(between: str) -> bool:
    """Whether only one more kind is named between two shares; what may overlap is no kind."""
    named = _bare(between)
    return (
        named[:1] in _LEVELS
        and named.endswith("占")
        and _LEVELS.keys().isdisjoint(named[1:])
        and not any(char.isdecimal() for char in named)
        and not any(_names(named, kind) for kind in ("overlap", "channel", "part"))
    )


def _bare(before: str) -> str:
    """What stands before a share up to its 占, without 比, 约 and the like."""
    return before.rstrip("比例重约近达到为了的 ").replace("佔", "占")


def _is_plain(between: str) -> bool:
    """Whether nothing between a count and its share names another whole (占信访总量的12.5%)."""
    if len(between) > 12:
        return False
    for word in load_words()["share"]:
        between = between.replace(word, "")
    return _MARKS.issuperset(between)
