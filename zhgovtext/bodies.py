"""Whose the figures of running text are: the agency's own, those of a part of it, or of the whole place."""

from __future__ import annotations

from zhgovtext.passages import FAR, JOINTS, Passage, Placed
from zhgovtext.quantities import Number
from zhgovtext.wording import Patterns

_OWN = frozenset(["department", "vertical", "public_institution"])
_RANKS = "省市区县州"
# Clauses before a figure in which its body may be named.
_MAX_CLAUSES = 8


def default_scope(text: str, agency_type: str, level: str, patterns: Patterns) -> str:
    """Scope of figures that nothing near them tells."""
    if agency_type in _OWN or level == "township":
        return "own"
    whole = agency_type in ("government", "zone") and patterns.wide.search(text)
    return "jurisdiction" if whole else "unknown"


class Bodies:
    """The bodies that a passage names, for a report of `agency`; `said` is the scope that the section was last told to
    be of, `part` is where in the sentence 其中 stands, else its end."""

    def __init__(self, passage: Passage, agency: str | None, default: str) -> None:
        self.passage = passage
        self.patterns = passage.patterns
        self.agency = agency.replace("人民政府", "政府") if agency else ""
        self.rank = next((char for char in reversed(self.agency) if char in _RANKS), None)
        self.default = default
        self.said: str | None = None
        self.part = 0

    def scope(
        self, before: int, previous: int, in_part: bool, placed: list[Placed], *, again: bool = False
    ) -> tuple[str, str | None]:
        """Scope and named body of a figure whose words begin at `before`: the last clause that begins with a body tells
        them, else the figure before in the sentence, else words such as 全市."""
        passage, subject = self.passage, self.patterns.subject
        low = max(previous, passage.low)
        last = placed[-1] if placed and placed[-1].fact.subject else None
        clause = max(passage.clause_start(before), low)
        for _ in range(_MAX_CLAUSES):
            match = subject.match(passage.text, clause, before)
            if match and (last or not self.patterns.nobody.match(match["body"])):
                return self._heard(self._scope_of(match["body"].strip(), in_part, again), in_part)
            if clause <= low:
                break
            clause = max(low, passage.clause_start(clause - 1))
        scope = self._last_scope(low, before)
        if scope is None and last and not self._is_past(last, before):
            return last.fact.scope, last.fact.subject
        scope = scope or self._last_scope(max(passage.low, before - FAR), low)
        if scope:
            return self._heard((scope, None), in_part)
        head = passage.head
        return (head.scope if in_part and head else self.inherited()), None

    def inherited(self) -> str:
        """Scope of a figure of which its sentence says nothing."""
        return (self.said if self.default == "jurisdiction" else None) or self.default

    def named_part(self, number: Number, previous: int) -> tuple[str | None, str, str | None]:
        """Indicator, scope and body of a figure before which a body stands alone; it is of the whole's indicator where
        both count the same: （市政府349件、青石县477件…）."""
        passage = self.passage
        item = max(previous, passage.clause_start(number.start))
        match = self.patterns.body.fullmatch(passage.text, item, number.start)
        if not match:
            return None, "unknown", None
        head, code = passage.head, None
        if head and (number.unit == head.unit or head.unit in passage.wording.alike.get(number.unit, ())):
            code = head.indicator
        body = match["body"].strip()
        return (code, "own", None) if self._is_own(body) else (code, "unit", body)

    def _is_past(self, part: Placed, position: int) -> bool:
        """Whether a named part ended before `position`: …112件，其中市政府34件；同步公开…"""
        return part.start > self.part and self.passage.text.find("；", part.end, position) >= 0

    def _heard(self, told: tuple[str, str | None], in_part: bool) -> tuple[str, str | None]:
        """What a sentence tells of whose its figures are, kept for those after it in the section."""
        if not in_part and told[1] is None:
            self.said = told[0]
        return told

    def _last_scope(self, low: int, high: int) -> str | None:
        """Scope that the last of words such as 全市 tells."""
        found = None
        if low < high:
            for match in self.patterns.scope.finditer(self.passage.text, low, high):
                found = match.lastgroup
        return found

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
            listed = "各" in body and not JOINTS.isdisjoint(body)
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
        return rank is not None and self.rank in (None, rank[1])
