"""A figure as a fact: what it counts, for whom and when, and the place that proves it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure. Fields as in the contract; offsets are of the text as read, and ``quote`` is what stands there.

    `value` is in the base of `unit` (元, not 万元). `state` is ``stated``, ``zero_words`` (未收到申请), ``derived`` (a
    cell that only the form's sums tell), or, without a value, ``blank``, ``slash``, ``dash`` or ``unreadable``.
    `dimensions` may hold ``applicant`` (INDICATORS.md), ``column`` and ``row``, the labels of what has no code.
    """

    indicator: str | None
    value: int | float | None
    unit: str | None
    period: str | None
    start: int
    end: int
    quote: str
    source: str = "prose"
    state: str = "stated"
    scope: str = "unknown"
    qualifier: str | None = None
    value_high: int | float | None = None
    subject: str | None = None
    cumulative: bool = False
    dimensions: dict[str, str] = field(default_factory=dict)
