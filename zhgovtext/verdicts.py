"""Verdicts: what a rule found, once for each mismatch and once for all that is in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from zhgovtext.rules import Rule, Said, load_messages, say

Evidence = tuple[int | tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What a rule found. `message` and `message_zh` say it in English and Chinese.

    `facts` are indexes into the facts that were checked, or pairs of report and index across reports; `start` and
    `end` the place in the text as read where no fact is the evidence. Where the rule is a sum, `expected` and `actual`
    are the two sides of it.
    """

    rule: str
    severity: str
    status: str
    message: str
    message_zh: str
    expected: int | float | None = None
    actual: int | float | None = None
    facts: Evidence = ()
    start: int | None = None
    end: int | None = None


def make_check(
    rule: Rule,
    status: str,
    detail: Said,
    *,
    where: Said = ("", ""),
    expected: float | None = None,
    actual: float | None = None,
    facts: Iterable[int | tuple[int, int]] = (),
    span: tuple[int | None, int | None] = (None, None),
) -> Check:
    """A check of a rule: its statement, `where` it was tried, and the `detail` of what was found there."""
    message = say("statement", rule=rule.says, where=where, detail=detail)
    return Check(
        rule.name,
        rule.severity,
        status,
        *message,
        None if expected is None else plain(expected),
        None if actual is None else plain(actual),
        tuple(dict.fromkeys(facts)),
        *span,
    )


def said_where(*places: str) -> Said:
    """Where a rule was tried, in brackets: words that the messages know, or the report's own."""
    said = [load_messages().get(f"in.{place}", (place, place)) for place in places if place]
    return say("where", place=(", ".join(en for en, _ in said), "，".join(zh for _, zh in said))) if said else ("", "")


def plain(value: float) -> int | float:
    """A value as int where it is whole, else to four decimals."""
    if isinstance(value, int):
        return value
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def show(value: float) -> str:
    """A value as it is shown in a message."""
    return str(plain(value))


def show_sum(terms: Sequence[float]) -> str:
    """A sum as it is shown, without the terms that are zero.

    >>> show_sum([10, 1, 0]), show_sum([40, 6, -4]), show_sum([0, 0])
    ('10 + 1 = 11', '40 + 6 - 4 = 42', '0')
    """
    shown = [show(term) for term in terms if term]
    total = show(sum(terms))
    return total if len(shown) < 2 else f"{' + '.join(shown).replace('+ -', '- ')} = {total}"


@dataclass(slots=True)
class Tally:
    """What a rule found where it held and where it could not be decided, for one check each."""

    rule: Rule
    holds: int = 0
    undecided: int = 0
    blanks: int = 0
    facts: list[int] = field(default_factory=list)
    open_facts: list[int] = field(default_factory=list)
    sides: tuple[Sequence[float], Sequence[float]] | None = None
    reason: Said = ("", "")

    def ok(
        self, facts: Sequence[int], sides: tuple[Sequence[float], Sequence[float]] | None = None, *, blanks: int = 0
    ) -> None:
        """Once more: the facts, and what is added up on the two sides."""
        self.holds += 1
        self.blanks += blanks
        self.facts += facts
        self.sides = sides

    def unknown(self, facts: Sequence[int], reason: Said) -> None:
        """Once more without a decision; the first reason is told."""
        self.undecided += 1
        self.open_facts += facts
        self.reason = self.reason if self.undecided > 1 else reason

    def checks(self) -> Iterator[Check]:
        """One check for all that held, and one for all that could not be decided."""
        if self.holds:
            detail, expected, actual = say("holds", count=self.holds), None, None
            if self.holds == 1 and self.sides:
                expected, actual = sum(self.sides[0]), sum(self.sides[1])
                if expected == actual:
                    detail = say("equal", left=show_sum(self.sides[0]), right=show_sum(self.sides[1]))
            detail = say("blanks", detail=detail, count=self.blanks) if self.blanks else detail
            yield make_check(self.rule, "ok", detail, expected=expected, actual=actual, facts=self.facts)
        if self.undecided:
            detail = say("undecided", count=self.undecided, reason=self.reason)
            yield make_check(self.rule, "unknown", detail, facts=self.open_facts)
