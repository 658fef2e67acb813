"""A figure as a fact: what it counts, for whom and when, and the place that proves it; and figures under a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, init=False)
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
    source: str
    state: str
    scope: str
    qualifier: str | None
    value_high: int | float | None
    subject: str | None
    cumulative: bool
    dimensions: dict[str, str]

    def __init__(
        self,
        indicator: str | None,
        value: int | float | None,
        unit: str | None,
        period: str | None,
        start: int,
        end: int,
        quote: str,
        source: str = "prose",
        state: str = "stated",
        scope: str = "unknown",
        qualifier: str | None = None,
        value_high: int | float | None = None,
        subject: str | None = None,
        cumulative: bool = False,
        dimensions: dict[str, str] | None = None,
    ) -> None:
        # A report has hundreds: to set all fields at once takes half the time of the generated method, which sets a
        # frozen field at a time.
        self.__dict__.update(
            {
                "indicator": indicator,
                "value": value,
                "unit": unit,
                "period": period,
                "start": start,
                "end": end,
                "quote": quote,
                "source": source,
                "state": state,
                "scope": scope,
                "qualifier": qualifier,
                "value_high": value_high,
                "subject": subject,
                "cumulative": cumulative,
                "dimensions": {} if dimensions is None else dimensions,
            }
        )


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
