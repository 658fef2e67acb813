"""Accounting checks: what must add up in a report, and from one year's report to the next.

Rules and messages are data (``data/checks/``). A rule that could be decided is ``ok`` (one check for all columns in
which it holds) or a ``mismatch`` (one check each); where a figure that it needs is missing it is ``unknown``. Blank
cells count as zero, and the message says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import accumulate, pairwise
from math import inf
from typing import Protocol

from zhgovtext.accounts import Accounts, Amount, Key, Listing, Share, Slot, find_bare_shares, find_plan, parent_of
from zhgovtext.document import Section
from zhgovtext.facts import Fact, Group
from zhgovtext.indicators import load_indicators
from zhgovtext.metadata import Meta
from zhgovtext.quantities import numeral
from zhgovtext.rules import Rule, Said, load_halves, load_rules, load_sums, load_words, made_of, rules_in, say, sum_of
from zhgovtext.verdicts import Check, Tally, make_check, said_where, show

_APPLICANTS = ("natural", "company", "research", "nonprofit", "legal_service", "other")
# The printed precision of a share, and what rounding in between may add to it, in points.
_SHARE_SLACK = 0.06
# Shares may add up to so much more than 100 before they are too many.
_SUM_SLACK = 0.5
# 近, 约 and 左右 allow for so much.
_ABOUT = 0.10
# So many figures of one meaning are compared with so many columns.
_SAME = 20
# So many mismatches of a rule are listed one by one.
_LISTED = 200
# A whole stands so near before its part, in one sentence.
_SENTENCE = 400
_STOPS = frozenset("。！？\n")
# Where a report begins.
_HEAD = 1500
_YEAR = re.compile(r"20\d\d(?= ?年)")
_SPOKEN_YEAR = re.compile(r"20\d\d(?= ?年度?[,，])")
_PRINTED = re.compile(r"\d[\d,，]*(?:[.．](\d+))?")
_SCALES = (("亿", 10**8), ("億", 10**8), ("万", 10**4), ("萬", 10**4))
_HAN = frozenset("一二三四五六七八九十")


class Reported(Protocol):
    """What `compare_reports` needs to know of a report."""

    @property
    def meta(self) -> Meta: ...

    @property
    def facts(self) -> tuple[Fact, ...]: ...


def find_checks(
    facts: Sequence[Fact],
    *,
    meta: Meta,
    groups: Sequence[Group] = (),
    sections: Sequence[Section] = (),
    text: str = "",
) -> tuple[Check, ...]:
    """Checks of one report, in the order of the rules.

    `facts` are in reading order, `groups` are what prose puts under a whole (of the same facts), `sections` the tree of
    headings and `text` the text as read.

    >>> from zhgovtext.report import analyze_text
    >>> report = analyze_text("一、概述\\n2022年，我局收到政府信息公开申请21件，其中当面申请9件，网络申请14件。")
    >>> [(c.rule, c.expected, c.actual) for c in report.checks if c.status == "mismatch"]
    [('request.received', 21, 23)]
    """
    report = Accounts(facts, meta, groups, sections, text)
    rules = rules_in(meta.year)
    found: dict[str, list[Check]] = {rule.name: [] for rule in rules}
    for rule in rules:
        run = _KINDS.get(rule.kind)
        for check in run(rule, report) if run else ():
            found[check.rule].append(check)
    for rule in rules:
        if len(found[rule.name]) > _LISTED:
            found[rule.name] = _capped(rule, found[rule.name])
    for name, tally in report.tallies.items():
        found[name] += tally.checks()
    return tuple(check for checks in found.values() for check in checks)


def _capped(rule: Rule, checks: list[Check]) -> list[Check]:
    """The mismatches of a rule, those beyond what anyone reads in one check."""
    rest = checks[_LISTED:]
    facts = [at for check in rest for at in check.facts]
    return [*checks[:_LISTED], make_check(rule, "mismatch", say("more", count=len(rest)), facts=facts)]


def compare_reports(reports: Sequence[Reported]) -> tuple[Check, ...]:
    """Checks across the years of each agency among the reports; the facts of a check are pairs of the report's place
    in `reports` and the index of the fact there.

    A report without year or agency is left out, and so is a second one of the same year.
    """
    agencies: dict[str, dict[int, tuple[int, Accounts]]] = {}
    for at, report in enumerate(reports):
        agency, year = report.meta.agency, report.meta.year
        if agency and year:
            years = agencies.setdefault(agency, {})
            years.setdefault(year, (at, Accounts(report.facts, report.meta)))
    found: list[Check] = []
    for years in agencies.values():
        for last, this in pairwise(sorted(years)):
            for rule in load_rules():
                if rule.kind == "growing" or (rule.kind == "across" and this == last + 1 and rule.holds_in(this)):
                    compare = _falling if rule.kind == "growing" else _across
                    found += compare(rule, years[last], years[this])
    return tuple(found)


# -- sums within a report ---------------------------------------------------------------------------------------------


def _sum(rule: Rule, report: Accounts) -> Iterator[Check]:
    # In a form that prints every row, any of them calls for the rule.
    called = rule.codes if report.form in rule.forms or rule.whole is None else rule.wanted[0]
    for slot in report.tables if rule.source != "prose" else ():
        if not slot.index.keys().isdisjoint(called) and not _holds(rule, report, slot):
            yield from _sum_of_cells(rule, report, slot)
    for slot in report.prose if rule.source != "table" else ():
        if not any(slot.index.keys().isdisjoint(codes) for codes in rule.wanted):
            yield from _sum_of_prose(rule, report, slot)


def _holds(rule: Rule, report: Accounts, slot: Slot) -> bool:
    """Whether a rule plainly holds in a column: the common case, decided without the evidence that others need."""
    plan = find_plan(rule, slot.codes, report.form, report.meta.year)
    if plan is None:
        return False
    values, (left, right) = slot.values, plan
    if not all(map(values.__contains__, (*left, *right))):
        return False
    terms = [values[code] for code in left], [values[code] for code in right]
    gap = sum(terms[0]) - sum(terms[1])
    if gap and (rule.relation == "=" or gap < 0):
        return False
    blanks = sum([code in slot.blanks for code in (*left, *right)]) if slot.blanks else 0
    report.tally(rule).ok([slot.index[code] for code in (*left, *right)], terms, blanks=blanks)
    return True


def _sum_of_cells(rule: Rule, report: Accounts, slot: Slot) -> Iterator[Check]:
    """A rule in a column where it does not plainly hold."""
    printed, tally = report.form in rule.forms, report.tally(rule)
    if rule.whole and not printed and slot.index.keys().isdisjoint(made_of(rule)):
        return
    left, right = report.side(rule, rule.left, slot), report.side(rule, rule.right, slot)
    facts = [*left.facts, *right.facts]
    if not (left.facts and right.facts):
        # A whole whose parts the form leaves out (a count of reviews alone) is nothing to add up.
        if printed and any(term.code in slot.index for term in rule.parts):
            tally.unknown(facts, _missing(left, right))
        return
    verdict, reason = _verdict(rule.relation, left, right, printed)
    if verdict == "mismatch" and rule.whole is not None:
        verdict, reason, facts = _spared(rule, report, slot, left, right, printed)
    blanks = left.blanks + right.blanks
    if verdict == "ok":
        tally.ok(facts, (left.terms, right.terms), blanks=blanks)
    elif verdict == "unknown":
        tally.unknown(facts, reason)
    else:
        detail = _sides("unequal", left, right)
        detail = say("blanks", detail=detail, count=blanks) if blanks else detail
        places = said_where(*slot.places)
        yield make_check(rule, "mismatch", detail, where=places, expected=left.value, actual=right.value, facts=facts)


def _spared(
    rule: Rule, report: Accounts, slot: Slot, left: Amount, right: Amount, printed: bool
) -> tuple[str, Said, list[int]]:
    """What a mismatch comes to where the parts fall short: rows without a code may be the rest, and a list that is not
    known to be complete may leave something out."""
    facts = [*left.facts, *right.facts]
    whole, parts = (left, right) if len(rule.left) == 1 else (right, left)
    short = whole.value - parts.value
    if short <= 0:
        return "mismatch", ("", ""), facts
    rest, unlisted, unread = report.uncoded_in(slot, facts)
    if unread or rest >= short:
        exact = rest == short and not unread
        return ("ok" if exact else "unknown"), say("unlisted"), [*facts, *unlisted]
    if rule.closing and not printed and rule.closing.isdisjoint(slot.index):
        return "unknown", say("open_list"), facts
    return "mismatch", ("", ""), facts


def _verdict(relation: str, left: Amount, right: Amount, printed: bool) -> tuple[str, Said]:
    """``ok``, ``mismatch`` or ``unknown``, and why it is unknown."""
    gap = left.value - right.value
    lost_left, lost_right = (side.unread or (side.absent if printed else ()) for side in (left, right))
    blank_whole = left.blank or right.blank
    if blank_whole and abs(gap) > _tolerance(left.value) and not (lost_left or lost_right):
        return "unknown", say("blank_total")
    if not (lost_left or lost_right):
        holds = gap >= -_tolerance(left.value) if relation == ">=" else abs(gap) <= _tolerance(left.value)
        return ("ok" if holds else "mismatch"), ("", "")
    # What is missing can only add: a side that is too much without it stays so.
    too_much = (gap > 0 and not lost_right and relation == "=") or (gap < 0 and not lost_left)
    if too_much and not blank_whole:
        return "mismatch", ("", "")
    return "unknown", _missing(left, right)


def _tolerance(value: float) -> float:
    return 1e-9 * abs(value)


def _missing(left: Amount, right: Amount) -> Said:
    known = load_indicators().by_code
    codes = list(dict.fromkeys([*left.unread, *right.unread, *left.absent, *right.absent]))[:5]
    return say("missing", names=(", ".join(codes), "、".join(known[code].zh for code in codes)))


def _sides(key: str, left: Amount, right: Amount) -> Said:
    return say(key, left=str(left), right=str(right))


def _sum_of_prose(rule: Rule, report: Accounts, slot: Slot) -> Iterator[Check]:
    """A sum of what the text states: the parts may be too much, or all there; the text need not name them all."""
    if rule.whole is not None:
        printed = slot.index.get(rule.whole.code, -1)
        if printed < 0 or (rule.name, printed) in report.ruled or slot.index.keys().isdisjoint(made_of(rule)):
            return
    left, right = report.side(rule, rule.left, slot), report.side(rule, rule.right, slot)
    facts = [*left.facts, *right.facts]
    if not (left.facts and right.facts) or not set(left.facts).isdisjoint(right.facts):
        return
    whole, parts = (left, right) if len(rule.left) == 1 else (right, left)
    scopes = {report.facts[at].scope for at in facts}
    if {"own", "jurisdiction"} <= scopes or len({report.facts[at].unit for at in facts}) > 1:
        return
    if rule.relation == "=" and rule.whole is not None:
        _add_companions(parts, whole, report)
    verdict, _ = _verdict(rule.relation, left, right, True)
    facts = [*left.facts, *right.facts]
    if verdict == "ok":
        report.tally(rule).ok(facts, (left.terms, right.terms))
    elif verdict == "mismatch":
        detail = _sides("unequal", left, right)
        where = said_where(*slot.places)
        yield make_check(rule, "mismatch", detail, where=where, expected=left.value, actual=right.value, facts=facts)


def _add_companions(parts: Amount, whole: Amount, report: Accounts) -> None:
    """Add to the parts the figures without a code that stand in one list of shares with two of them."""
    unit = report.facts[whole.facts[0]].unit
    lists = [report.share_of[at] for at in parts.facts if at in report.share_of]
    for counts in dict.fromkeys(counts for counts in lists if lists.count(counts) > 1):
        for at in counts:
            fact = report.facts[at]
            if fact.indicator is None and fact.unit == unit and fact.value is not None:
                parts.add(Amount(fact.value, (fact.value,), (at,)))


def _columns(rule: Rule, report: Accounts) -> Iterator[Check]:
    """The total column of the table of requests, row by row."""
    tables: dict[tuple[object, ...], dict[str, Slot]] = {}
    counts: dict[Key, int] = {}
    for slot in report.tables:
        counts[slot.key] = counts.get(slot.key, -1) + 1
        period, cumulative, scope, dimensions = slot.key
        named = dict(dimensions)
        applicant = named.pop("applicant", "total")
        table = period, cumulative, scope, tuple(named.items()), counts[slot.key]
        tables.setdefault(table, {})[applicant] = slot
    tally = report.tally(rule)
    for columns in tables.values():
        total = columns.get("total")
        if total is None or not any(applicant in columns for applicant in _APPLICANTS):
            continue
        slots = [columns.get(applicant) or Slot("table", total.key) for applicant in _APPLICANTS]
        printed = dict.fromkeys(slot.codes for slot in columns.values())
        for code in dict.fromkeys(code for codes in printed for code in codes if code.startswith("request.")):
            terms = [slot.values[code] for slot in slots if code in slot.values]
            if len(terms) < len(slots) or sum(terms) != total.values.get(code):
                yield from _row(rule, report, slots, total, code, tally)
                continue
            every = [*slots, total]
            blanks = sum([code in slot.blanks for slot in every])
            tally.ok([slot.index[code] for slot in every], (terms, [total.values[code]]), blanks=blanks)


def _row(rule: Rule, report: Accounts, slots: Sequence[Slot], total: Slot, code: str, tally: Tally) -> Iterator[Check]:
    """A row whose figures do not plainly add up."""
    parts = Amount()
    for slot in slots:
        parts.add(report.cell(slot, code))
    printed = report.cell(total, code)
    if not parts.facts or not printed.facts:
        return
    verdict, reason = _verdict("=", parts, printed, True)
    facts = [*parts.facts, *printed.facts]
    blanks = parts.blanks + printed.blanks
    if verdict == "ok":
        tally.ok(facts, (parts.terms, printed.terms), blanks=blanks)
    elif verdict == "unknown":
        tally.unknown(facts, reason)
    else:
        known = load_indicators().by_code
        detail = _sides("unequal", parts, printed)
        detail = say("blanks", detail=detail, count=blanks) if blanks else detail
        where = say("where", place=(code, known[code].zh))
        yield make_check(rule, "mismatch", detail, where=where, expected=parts.value, actual=printed.value, facts=facts)


def _cumulative(rule: Rule, report: Accounts) -> Iterator[Check]:
    """Figures of all years against this year's: in the tables, and in the text."""
    tally = report.tally(rule)
    known = load_indicators().by_code
    for slots in (report.tables, report.prose):
        if not any(slot.key[1] for slot in slots):
            continue
        current = {
            (slot.key[2:], code): at
            for slot in slots
            if not slot.key[1] and slot.key[0] in (None, str(report.meta.year))
            for code, at in slot.index.items()
        }
        for slot in slots:
            for code, at in slot.index.items() if slot.key[1] else ():
                this = current.get((slot.key[2:], code), -1)
                if at < 0 or this < 0:
                    continue
                total, part = report.facts[at], report.facts[this]
                if total.value is None or part.value is None or (total.scope, total.unit) != (part.scope, part.unit):
                    continue
                if total.value >= part.value:
                    tally.ok([at, this])
                    continue
                detail = say("below", left=show(total.value), right=show(part.value))
                where = say("where", place=(code, known[code].zh))
                yield make_check(
                    rule, "mismatch", detail, where=where, expected=part.value, actual=total.value, facts=[at, this]
                )


# -- prose ------------------------------------------------------------------------------------------------------------


def _agree(rule: Rule, report: Accounts) -> Iterator[Check]:
    """Each figure of the text against the table's figure of the same meaning, period and scope."""
    tally = report.tally(rule)
    known = load_indicators().by_code
    sums = load_sums()
    columns: dict[tuple[str | None, bool, tuple[tuple[str, str], ...]], list[Slot]] = {}
    for slot in report.tables:
        columns.setdefault((slot.key[0], slot.key[1], slot.key[3]), []).append(slot)
    for (key, code), places in report.said.items():
        slots = columns.get((key[0], key[1], key[3]))
        if slots is None:
            continue
        if _plainly_agrees(report, code, places[0], slots[0]):
            tally.ok([places[0], slots[0].index[code]])
            continue
        pairs: list[tuple[int, Slot, Amount]] = []
        places = places[:_SAME]
        for slot in slots[:_SAME]:
            if code not in slot.index and code not in sums:
                continue
            amount = report.amount(slot, code)
            if amount.facts and not amount.absent and not amount.unread:
                alike = [at for at in places if _same_scope(report.facts[at].scope, slot.key[2], report.meta)]
                pairs += [(at, slot, amount) for at in alike]
        if not pairs:
            continue
        agreed = next((pair for pair in pairs if _agrees(report.facts[pair[0]], pair[2].value)), None)
        at, slot, amount = agreed or pairs[0]
        value = report.facts[at].value or 0
        facts = [at, *amount.facts]
        if agreed:
            tally.ok(facts, blanks=amount.blanks)
        elif doubt := _doubt(report, code, slot, pairs):
            tally.unknown(facts, doubt)
        else:
            detail = say("apart", left=show(value), right=str(amount))
            detail = say("blanks", detail=detail, count=amount.blanks) if amount.blanks else detail
            where = say("where", place=(code, known[code].zh))
            yield make_check(rule, "mismatch", detail, where=where, expected=amount.value, actual=value, facts=facts)


def _plainly_agrees(report: Accounts, code: str, at: int, slot: Slot) -> bool:
    """Whether the first figure of the text is the first of the tables: the common case, decided without the evidence
    that others need."""
    fact = report.facts[at]
    printed = fact.value_high is None and slot.values.get(code) == fact.value and code not in slot.blanks
    return printed and _same_scope(fact.scope, slot.key[2], report.meta)


def _doubt(report: Accounts, code: str, slot: Slot, pairs: Sequence[tuple[int, Slot, Amount]]) -> Said | None:
    """Why figures of text and table that differ may not be of the same thing."""
    at, _, amount = pairs[0]
    known = load_indicators().by_code
    if amount.blank:
        return say("blank_cell", names=(code, known[code].zh))
    if len({report.facts[p[0]].value for p in pairs}) > 1 or len({p[2].value for p in pairs}) > 1:
        return say("several", names=(code, known[code].zh))
    for part, index in slot.index.items():
        # 专兼职人员51名 of the departments, where the table has 51 part-time and 54 in all.
        if known[part].parent == code and index >= 0 and report.facts[index].value == report.facts[at].value:
            return say("of_a_part", left=show(report.facts[at].value or 0), names=(part, known[part].zh))
    return None


def _same_scope(prose: str, table: str, meta: Meta) -> bool:
    """Whether figures of these scopes can be compared: a government's own are not those of all below it, which a table
    without a scope may hold."""
    if "unknown" not in (prose, table):
        return prose == table
    return not (prose == "own" and meta.agency_type in ("government", "zone", "unknown"))


def _agrees(fact: Fact, value: float) -> bool:
    said = fact.value or 0
    if fact.value_high is not None:
        return said <= value <= fact.value_high
    if said == value:
        return True
    slack = _precision(fact)
    if fact.qualifier == "about":
        return abs(said - value) <= max(slack, _ABOUT * abs(said))
    if fact.qualifier == "more_than":
        return value >= said - slack
    if fact.qualifier == "less_than":
        return value <= said + slack
    return abs(said - value) <= slack + _tolerance(value)


def _precision(fact: Fact) -> float:
    """Half a unit of the last digit printed, where a figure was rounded: 1.2万 is 11,500 to 12,500."""
    match = _PRINTED.search(fact.quote)
    scale = next((factor for word, factor in _SCALES if word in fact.quote), 1)
    if not match or (scale == 1 and not match[1]):
        return 0
    return 0.5 * scale / 10.0 ** len(match[1] or "")


def _lists(rule: Rule, report: Accounts) -> Iterator[Check]:
    """Lists of prose under their whole; those that an indicator's own rule is about are reported under its name."""
    for group in report.groups:
        if group.closed != (rule.kind == "closed"):
            continue
        facts = report.facts
        whole, parts = facts[group.whole], [facts[at] for at in group.parts]
        # The same item may go out by several channels, and 其中主要负责同志出席3场 has a rule of its own.
        overlap = any(parent_of(part.indicator) == "proactive.total" for part in parts)
        if all((whole.indicator, part.indicator) in load_halves() for part in parts):
            continue
        if any(fact.qualifier or fact.value_high is not None for fact in (whole, *parts)) or overlap:
            continue
        named = group.rule or rule
        tally = report.tally(named)
        total = sum(part.value or 0 for part in parts)
        amount = Amount(total, tuple(part.value or 0 for part in parts))
        indexes = [group.whole, *group.parts]
        full = group.rule is not None and {t.code for t in group.rule.parts if not t.optional} <= {
            part.indicator for part in parts
        }
        exact = group.closed or full
        gap = total - (whole.value or 0)
        if abs(gap) <= _tolerance(total) or (gap < 0 and not exact):
            tally.ok(indexes, ([whole.value or 0], amount.terms))
        elif exact or _is_list(report, group):
            detail = say("unequal", left=show(whole.value or 0), right=str(amount))
            soft = named if exact or group.rule else replace(named, severity="expectation")
            where = said_where("prose")
            yield make_check(soft, "mismatch", detail, where=where, expected=whole.value, actual=total, facts=indexes)


def _is_list(report: Accounts, group: Listing) -> bool:
    """Whether the figures really are parts that exclude each other: a bracket may hold what is counted otherwise
    (23项（子项76项）), and what concerns one thing may concern another as well."""
    whole, first, last = (report.facts[at] for at in (group.whole, group.parts[0], group.parts[-1]))
    if any(report.facts[at].indicator for at in group.parts):
        return True
    opening, within = report.text[whole.end : first.start], report.text[whole.end : last.start]
    words = load_words()
    overlaps = len(group.parts) > 1 and any(word in within for word in words["overlap"])
    return not overlaps and any(word in opening for word in words["part"])


def _allowed(report: Accounts, share: Share) -> tuple[float, float]:
    """The least and the greatest that a share can be before rounding, in points."""
    stated, count = report.facts[share.share], report.facts[share.count]
    said = stated.value or 0
    match = _PRINTED.search(stated.quote)
    slack = _SHARE_SLACK + 0.5 / 10 ** len((match[1] if match else "") or "")
    if stated.qualifier == "about" or count.qualifier:
        slack = max(slack, _ABOUT * said)
    high = stated.value_high if stated.value_high is not None else said
    return (
        -inf if stated.qualifier == "less_than" else said - slack,
        inf if stated.qualifier == "more_than" else high + slack,
    )


def _fitting(report: Accounts, share: Share, bases: Sequence[int]) -> list[int]:
    """The figures that a share can be of."""
    low, high = _allowed(report, share)
    percent = 100 * (report.facts[share.count].value or 0)
    return [at for at in bases if low <= percent / (report.facts[at].value or 1) <= high]


def _share_counts(rule: Rule, report: Accounts) -> Iterator[Check]:
    tally = report.tally(rule)
    facts = report.facts
    for shares, bases in report.share_lists:
        for share in shares:
            if (facts[share.share].value or 0) > 100 and share.plain:
                detail = say("share_over", count=show(facts[share.count].value or 0), share=_stated(report, share))
                yield make_check(
                    rule, "mismatch", detail, expected=100, actual=facts[share.share].value,
                    facts=[share.share, share.count],
                )  # fmt: skip
        if not bases:
            continue
        fitting = [_fitting(report, share, bases) for share in shares]
        votes = {at: sum(at in fits for fits in fitting) for at in bases}
        base = max(votes, key=lambda at: votes[at])
        for share, fits in zip(shares, fitting, strict=True):
            # One share of a list may be of the figure right before it; one alone, of any figure.
            others = [at for at in bases if at < share.count][:1] if share.plain and votes[base] > 1 else bases
            found = [at for at in (base, *others) if at in fits]
            if found:
                tally.ok([share.share, share.count, found[0]])
            elif share.plain and (votes[base] > 1 or (bases[0], share.count) in report.under):
                yield _wrong_share(rule, report, share, base if votes[base] else bases[0])
            elif share.plain and (whole := _whole_of(report, share.count, bases)) is not None:
                yield _wrong_share(rule, report, share, whole)


def _whole_of(report: Accounts, count: int, bases: Sequence[int]) -> int | None:
    """The figure of the same sentence that a count is a part of by the rules."""
    part = report.facts[count]
    for at in bases:
        whole = report.facts[at]
        rule = sum_of(whole.indicator or "", report.meta.year)
        between = report.text[whole.end : part.start]
        if rule and part.indicator in rule.codes and (whole.period, whole.scope) == (part.period, part.scope):
            return at if len(between) < _SENTENCE and _STOPS.isdisjoint(between) else None
    return None


def _stated(report: Accounts, share: Share) -> str:
    return show(report.facts[share.share].value or 0)


def _wrong_share(rule: Rule, report: Accounts, share: Share, base: int) -> Check:
    stated, count, whole = (report.facts[at] for at in (share.share, share.count, base))
    computed = round(100 * (count.value or 0) / (whole.value or 1), 2)
    detail = say(
        "share",
        share=_stated(report, share),
        whole=show(whole.value or 0),
        count=show(count.value or 0),
        left=show(computed),
    )
    facts = [share.share, share.count, base]
    return make_check(rule, "mismatch", detail, expected=computed, actual=stated.value, facts=facts)


def _share_sums(rule: Rule, report: Accounts) -> Iterator[Check]:
    """Shares of one whole: kinds that exclude each other cannot add up to more than all of it."""
    tally = report.tally(rule)
    facts = report.facts
    for shares, bases in report.share_lists:
        common = bases if len(shares) > 1 else []
        for share in shares:
            common = _fitting(report, share, common)
        values = [facts[share.share].value or 0 for share in shares]
        if not common or _is_divided(values):
            continue
        total = sum(values)
        indexes = [at for share in shares for at in (share.share, share.count)]
        if total <= 100 + _SUM_SLACK:
            tally.ok(indexes)
            continue
        codes = {facts[share.count].indicator for share in shares}
        coded = codes - {None}
        kinds = any({t.code for t in r.parts} >= coded for some in load_sums().values() for r in some)
        if len(coded) > 1 and kinds:
            severity = rule.severity
        elif not coded and len(shares) > 2:
            severity = "expectation"
        else:
            continue
        detail = say("share_sum", right=show(round(total, 2)))
        found = replace(rule, severity=severity)
        yield make_check(found, "mismatch", detail, expected=100, actual=total, facts=[*indexes, common[0]])
    yield from _bare_sums(rule, report)


def _bare_sums(rule: Rule, report: Accounts) -> Iterator[Check]:
    """Shares of one whole that are given without counts."""
    facts = report.facts
    for bare in find_bare_shares(report) if report.text else ():
        values = [facts[at].value or 0 for at in bare]
        total = sum(values)
        if len(bare) > 2 and not _is_divided(values) and total > 100 + _SUM_SLACK:
            detail = say("share_sum", right=show(round(total, 2)))
            soft = replace(rule, severity="expectation")
            yield make_check(soft, "mismatch", detail, expected=100, actual=total, facts=bare)


def _is_divided(shares: Sequence[float]) -> bool:
    """Whether the first of the shares make up the whole, so that the others divide it again."""
    return any(abs(total - 100) <= _SUM_SLACK for total in list(accumulate(shares))[1:-1])


# -- the report itself ------------------------------------------------------------------------------------------------


def _year(rule: Rule, report: Accounts) -> Iterator[Check]:
    """The title's year against that of the period, or, where none is stated, those that the report begins with."""
    meta = report.meta
    if meta.year is None:
        yield make_check(rule, "unknown", say("no_year"))
        return
    ends = meta.period_end or meta.period_start
    years = [int(ends[:4])] if ends else _spoken_years(report.text[:_HEAD], meta.year)
    if not years or meta.year in years:
        yield make_check(
            rule, "ok", say("equal", left=meta.year, right=meta.year), expected=meta.year, actual=meta.year
        )
        return
    place = next((match for match in _YEAR.finditer(report.text, 0, _HEAD) if int(match.group()) == years[0]), None)
    span = place.span() if place else (None, None)
    detail = say("year", left=meta.year, right=years[0])
    yield make_check(rule, "mismatch", detail, expected=meta.year, actual=years[0], span=span)


def _spoken_years(head: str, year: int) -> list[int]:
    """Years beside the title's that the text speaks of as its own (2021年，我局…); none where it names the title's year
    outside of titles."""
    said = [line for line in head.split("\n") if "年度报告" not in line and "年报" not in line]
    if any(f"{year}年" in line for line in said):
        return []
    return [
        spoken for line in said for match in _SPOKEN_YEAR.finditer(line) if abs((spoken := int(match[0])) - year) == 1
    ]


def _period(rule: Rule, report: Accounts) -> Iterator[Check]:
    start, end = report.meta.period_start, report.meta.period_end
    if start and end:
        yield make_check(rule, "ok", say("period", left=start, right=end))
    else:
        yield make_check(rule, "unknown", say("no_period"))


def _published(rule: Rule, report: Accounts) -> Iterator[Check]:
    """In time is by 31 January for departments under the Regulations of 2019, else by 31 March."""
    meta = report.meta
    if meta.year is None:
        return
    if meta.published is None:
        yield make_check(rule, "unknown", say("no_published"))
        return
    early = meta.year >= 2019 and meta.agency_type in ("department", "vertical")
    due = date(meta.year + 1, *((1, 31) if early else (3, 31))).isoformat()
    status = "mismatch" if meta.published > due else "ok"
    yield make_check(rule, status, say("published", left=due, right=meta.published))


def _numbering(rule: Rule, report: Accounts) -> Iterator[Check]:
    """The numbers of headings under one heading: each follows the one before it."""
    last: dict[tuple[int | None, bool], tuple[int, Section]] = {}
    tally = report.tally(rule)
    for section in report.sections:
        number = _ordinal(section.number)
        if number is None:
            continue
        key = section.parent, section.number[0] in "（("
        before = last.get(key)
        last[key] = number, section
        if before is None or number == before[0] + 1:
            tally.ok([])
            continue
        detail = say("skipped", left=before[1].number, right=section.number)
        if section.parent is None and _lacks_tables(report, before[0], number):
            tally.unknown([], detail)
            continue
        span = section.start, min(section.end, section.start + len(section.number) + len(section.title) + 2)
        yield make_check(rule, "mismatch", detail, expected=before[0] + 1, actual=number, span=span)


def _lacks_tables(report: Accounts, last: int, number: int) -> bool:
    """Whether all the sections of the forms since 2019 that are nothing but tables (二 to 四) are left out, in a copy
    without tables."""
    return (report.meta.year or 0) >= 2019 and not report.tables and (last, number) == (1, 5)


@lru_cache(maxsize=512)
def _ordinal(number: str) -> int | None:
    """The Chinese number of a heading of the two upper ranks (一, （二）); null for those of lists."""
    bare = number.strip("（）()第部分章、. ")
    return numeral(bare) if bare and not set(bare) - _HAN else None


# -- across the years -------------------------------------------------------------------------------------------------


def _figure(report: Accounts, code: str) -> Amount:
    """A report's one figure of a code: its table's, else its text's."""
    for slots in (report.tables, report.prose):
        found: dict[float, Amount] = {}
        for slot in slots:
            if not slot.key[1] and not slot.key[3] and slot.key[0] in (None, str(report.meta.year)):
                amount = report.amount(slot, code)
                if amount.facts and not amount.absent and not amount.unread:
                    found.setdefault(amount.value, amount)
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            break
    return Amount(absent=(code,))


def _across(rule: Rule, last: tuple[int, Accounts], this: tuple[int, Accounts]) -> Iterator[Check]:
    sides: list[Amount] = []
    facts: list[tuple[int, int]] = []
    for terms in (rule.left, rule.right):
        total = Amount()
        for term in terms:
            at, report = last if term.last else this
            amount = _figure(report, term.code)
            facts += [(at, index) for index in amount.facts]
            total.add(amount, term.sign)
        sides.append(total)
    left, right = sides
    if not facts:
        return
    if left.absent or right.absent:
        yield make_check(rule, "unknown", _missing(left, right), where=_years(last, this), facts=facts)
        return
    same = abs(left.value - right.value) <= _tolerance(left.value)
    detail = _sides("equal" if same else "unequal", left, right)
    blanks = left.blanks + right.blanks
    yield make_check(
        rule,
        "ok" if same else "mismatch",
        say("blanks", detail=detail, count=blanks) if blanks else detail,
        where=_years(last, this),
        expected=left.value,
        actual=right.value,
        facts=facts,
    )


def _years(last: tuple[int, Accounts], this: tuple[int, Accounts]) -> Said:
    return said_where(f"{last[1].meta.year}–{this[1].meta.year}")


def _falling(rule: Rule, last: tuple[int, Accounts], this: tuple[int, Accounts]) -> Iterator[Check]:
    before = _cumulative_figures(last[1])
    holds: list[tuple[int, int]] = []
    known = load_indicators().by_code
    for key, at in _cumulative_figures(this[1]).items():
        old = before.get(key)
        if old is None:
            continue
        values = last[1].facts[old].value or 0, this[1].facts[at].value or 0
        facts = [(last[0], old), (this[0], at)]
        if values[1] >= values[0]:
            holds += facts
            continue
        places = _years(last, this)
        named = say("where", place=(key[0], known[key[0]].zh))
        where = named[0] + places[0], named[1] + places[1]
        detail = say("falls", left=show(values[0]), right=show(values[1]))
        yield make_check(rule, "mismatch", detail, where=where, expected=values[0], actual=values[1], facts=facts)
    if holds:
        yield make_check(rule, "ok", say("holds", count=len(holds) // 2), where=_years(last, this), facts=holds)


def _cumulative_figures(report: Accounts) -> dict[tuple[str, Key], int]:
    return {
        (code, slot.key): at
        for slot in report.tables
        if slot.key[1]
        for code, at in slot.index.items()
        if at >= 0 and report.facts[at].value is not None
    }


_KINDS: Mapping[str, Callable[[Rule, Accounts], Iterator[Check]]] = {
    "sum": _sum,
    "columns": _columns,
    "cumulative": _cumulative,
    "agree": _agree,
    "parts": _lists,
    "closed": _lists,
    "share": _share_counts,
    "shares": _share_sums,
    "year": _year,
    "period": _period,
    "published": _published,
    "numbering": _numbering,
}
