"""What running text says in words to be none: 未收到…申请, and several in one clause (复议、提起行政诉讼)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from zhgovtext.namings import Namings
from zhgovtext.passages import MAX_GAP, NONE, STOPS, Passage
from zhgovtext.wording import Rule

_DENIES = frozenset(["none", "absent"])
# What is done, or begins another matter, is not what a 没有 before it denies.
_DONE = frozenset(
    ["answer", "publish", "disclose", "push", "open", "complete", "none", "(", ")", "elsewhere", "word", "website"]
)
# Of these 申请 only tells the subject: 因政府信息公开申请引发的行政复议.
_ABOUT_REQUESTS = frozenset(["review", "litigation", "complaint", "answer", "fee_processing", "carry_in", "carry_out"])


class Denial(NamedTuple):
    """The indicator of which there is none, and the words that say so."""

    code: str
    start: int
    end: int


def find_denials(passage: Passage, namings: Namings, stop: int) -> Iterator[Denial]:
    """The denials of the passage's sentence, in clauses that begin before `stop`; none of an indicator twice."""
    seen: set[str] = set()
    begin = passage.first
    while begin < passage.last:
        end = begin
        while end < passage.last and passage.classes[end] not in STOPS and passage.classes[end] != ":":
            end += 1
        if not NONE.isdisjoint(passage.classes[begin:end]) and passage.starts[begin] < stop:
            yield from _denied(passage, namings, range(begin, end), seen)
        begin = end + 1


def _denied(passage: Passage, namings: Namings, clause: range, seen: set[str]) -> Iterator[Denial]:
    """Denials of one clause, none of the indicators in `seen` again."""
    classes, starts, ends = passage.classes, passage.starts, passage.ends
    zero = passage.wording.zero
    opening = next((at for at in clause if classes[at] in _DENIES), None)
    nil = next((at for at in clause if classes[at] == "nil" or _closes(passage, at, clause)), None)
    about = not _ABOUT_REQUESTS.isdisjoint(classes[clause.start : clause.stop])
    for at in clause:
        kind = classes[at]
        rules = list(zero.get(kind, ())) if kind != "nil" else []
        if nil is not None and at < nil:
            rules += [rule for rule in zero.get("nil", ()) if kind in rule.before[1][0]]
        for rule in rules:
            denied = "none" in rule.before[-1][0]
            if rule.code is None or rule.code in seen or not rule.holds_in(namings.year):
                continue
            if denied and not (
                opening is not None and opening < at and _denies(passage, rule, opening, at, about=about)
            ):
                continue
            if namings.context(rule, [at], starts[at]) is None:
                continue
            seen.add(rule.code)
            start = starts[opening] if denied and opening is not None else starts[at]
            end = ends[nil] if nil is not None and not denied and kind in rule.before[-1][0] else ends[at]
            yield Denial(rule.code, start, end)


def _closes(passage: Passage, at: int, clause: range) -> bool:
    """Whether a 无 is the last of its clause, and so said of what stands before it."""
    if passage.classes[at] not in ("none", "nil0") or at != clause.stop - 1 or at == clause.start:
        return False
    end = passage.ends[at]
    return end == passage.high or (clause.stop < len(passage.starts) and passage.starts[clause.stop] == end)


def _denies(passage: Passage, rule: Rule, opening: int, at: int, *, about: bool) -> bool:
    """Whether 未收到 or 无 denies the word: nothing done stands between, and no figure or 率 follows it. `about`: the
    clause has a word of which 申请 only tells the subject."""
    text, start, end = passage.text, passage.ends[opening], passage.starts[at]
    return not (
        (about and rule.code == "request.received")
        or passage.patterns.compound.match(text, passage.ends[at])
        or end - start > MAX_GAP
        or not _DONE.isdisjoint(passage.classes[opening + 1 : at])
        or passage.patterns.undone.search(text[start:end])
    )
