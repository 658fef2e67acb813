"""Which figures of running text stand under which: the parts of a whole, and the shares of counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from zhgovtext.facts import Fact, Group
from zhgovtext.indicators import Indicators
from zhgovtext.passages import Placed
from zhgovtext.wording import Patterns

# Figures that begin anew: they are never parts of the whole before them.
HEADS = frozenset(
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
INTAKE = frozenset(("request.received", "request.caseload"))
# How far apart the text between two figures of a list is looked at, and how near a share stands to its count.
_MAX_APART = 200
_BESIDE = 12


@dataclass(frozen=True, slots=True)
class _Open:
    """A group in the making: its whole, whether a bracket closes it, and the parts so far."""

    whole: Placed
    bracket: bool
    parts: list[Placed]


def find_groups(text: str, placed: list[Placed], patterns: Patterns, known: Indicators) -> list[Group]:
    """Groups in the order in which they end; shares outside of them stand in groups of their own."""
    figures = [one for one in placed if one.fact.state == "stated"]
    counts = [one for one in figures if one.fact.unit != "%"]
    shares = _shares(text, figures) if len(counts) < len(figures) else {}
    # How much more there was is no whole, and no part of one.
    change = patterns.change.search
    counts = [one for one in counts if not change(text, one.start - 2, one.start)]
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
        gap = text[before.end : one.start] if one.start - before.end < _MAX_APART else ""
        if not stack and "其中" not in gap and "（" not in gap and "(" not in gap:
            # Most figures stand by themselves.
            continue
        fact = one.fact
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
    return [*groups, *_loose(figures, shares)] if shares else groups


def _begins_anew(fact: Fact, whole: Fact, known: Indicators) -> bool:
    """Whether a figure is no part of the whole before it: what was received is not made up of what was done with it."""
    if fact.indicator is None or fact.scope == "unit" or fact.dimensions:
        return False
    if whole.indicator in INTAKE:
        return fact.indicator != whole.indicator and known.by_code[fact.indicator].parent != "request.received"
    return fact.indicator in HEADS


def _is_rest(text: str, group: _Open, patterns: Patterns) -> bool:
    """Whether the last part is what is left: 其他856条."""
    previous = group.parts[-2].end if len(group.parts) > 1 else group.whole.end
    return patterns.rest.match(text, previous, group.parts[-1].start) is not None


def _shares(text: str, figures: list[Placed]) -> dict[int, tuple[Fact, Fact]]:
    """Shares with the counts that they are of, under the place of the count: 157件，占4.4%."""
    return {
        count.start: (share.fact, count.fact)
        for count, share in pairwise(figures)
        if share.fact.unit == "%" != count.fact.unit
        and count.sentence == share.sentence
        and "占" in text[count.end : min(share.start, count.end + _BESIDE)]
    }


def _loose(figures: list[Placed], shares: dict[int, tuple[Fact, Fact]]) -> Iterator[Group]:
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
