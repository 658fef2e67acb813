"""Groups of reports: category shares and balance of an agency, a year or a level of government, with intervals.

The interval of a group with several agencies says how far agencies like these differ, as in `trends`. Of one agency it
is that of its reports, which allows for the coder's errors: their bounds are averaged, as if the coder had erred in all
of them in the same way, so that it is rather too wide than too narrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from zhgovtext.balances import BY, LEVELS
from zhgovtext.errors import OptionError
from zhgovtext.estimates import Floats, bootstrap, check_bootstrap, ratio, widening
from zhgovtext.quantification import FEW
from zhgovtext.shares import Balance, CategoryShare

Group = str | int | None


class Told(Protocol):
    """What is known of a report: its `Meta`, or that of a store."""

    @property
    def agency(self) -> str | None: ...
    @property
    def year(self) -> int | None: ...
    @property
    def level(self) -> str: ...


class Grouped(Protocol):
    """What is put into groups: a `Report`, a `StoredReport`."""

    @property
    def meta(self) -> Told: ...
    @property
    def balance(self) -> Balance: ...

    def category_shares(self, *, language: str = "zh") -> tuple[CategoryShare, ...]: ...


@dataclass(frozen=True, slots=True)
class GroupShare:
    """The balance of a group of reports by what stands in them, fields as of `GroupBalance`; `adjusted` is the mean of
    the reports' own, by the number of their clauses."""

    by: str | None
    group: Group
    reports: int
    agencies: int
    naive: float | None
    adjusted: float | None
    low: float | None
    high: float | None
    n: int
    few: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """What a report adds to shares of one whole: parts `above` of the whole `below`, and the bounds of its own."""

    agency: object
    above: Floats
    below: float
    low: Floats
    high: Floats


def group_shares(
    reports: Iterable[Grouped], *, by: str, language: str = "zh", resamples: int = 2000, seed: int = 0
) -> dict[Group, tuple[CategoryShare, ...]]:
    """Category shares of all sentences of each group: years and levels in order, agencies by name, those of none last.

    `adjusted` is null: it is of single reports. `OptionError` for an unknown `by`, and for reports that were coded by
    different codebooks.

    >>> from zhgovtext.report import analyze_text
    >>> title = "青石县{}局{}年政府信息公开工作年度报告\\n全年收到政府信息公开申请9件。"
    >>> reports = [analyze_text(title.format(*row)) for row in (("水利", 2022), ("教育", 2022), ("水利", 2023))]
    >>> [(year, shares[9].category, shares[9].sentences) for year, shares in group_shares(reports, by="year").items()]
    [(2022, 'on_request', 2), (2023, 'on_request', 1)]
    """
    check_bootstrap(resamples, seed)
    pools: dict[Group, list[tuple[object, tuple[CategoryShare, ...]]]] = {}
    for at, report in enumerate(reports):
        shares = report.category_shares(language=language)
        pools.setdefault(_group(report, by), []).append((report.meta.agency or at, shares))
    if len({tuple(share.category for share in shares) for pool in pools.values() for _, shares in pool}) > 1:
        raise OptionError("codebook", "the reports were coded by different codebooks", hint="analyse them by one")
    return {group: _pool(pools[group], resamples, seed) for group in sorted(pools, key=_order)}


def group_balance(reports: Iterable[Grouped], *, by: str, resamples: int = 2000, seed: int = 0) -> list[GroupShare]:
    """The balance of each group of reports and, last, of all, in the order of `group_shares`.

    For reports that are analysed here `balance_by` is better: it allows for the coder's errors in the clauses of a
    whole group. This one is for stores, which keep only what each report came to. `OptionError` for an unknown `by`.
    """
    check_bootstrap(resamples, seed)
    pools: dict[Group, list[tuple[object, Balance]]] = {}
    for at, report in enumerate(reports):
        pools.setdefault(_group(report, by), []).append((report.meta.agency or at, report.balance))
    groups = [(by, group, pools[group]) for group in sorted(pools, key=_order)]
    every = [member for _, _, pool in groups for member in pool]
    return [_weigh(name, group, pool, resamples, seed) for name, group, pool in (*groups, (None, None, every))]


def _group(report: Grouped, by: str) -> Group:
    if by not in BY:
        raise OptionError("by", f"{by!r} is no grouping of reports", hint="choose " + ", ".join(BY))
    found: Group = getattr(report.meta, by)
    return found


def _order(group: Group) -> tuple[bool, int, str]:
    if isinstance(group, int):
        return False, group, ""
    return group is None, LEVELS.index(group) if group in LEVELS else 0, group or ""


def _pool(
    pool: Sequence[tuple[object, tuple[CategoryShare, ...]]], resamples: int, seed: int
) -> tuple[CategoryShare, ...]:
    counts = np.array([[share.sentences for share in shares] for _, shares in pool], dtype=np.float64)
    parts = [
        _Part(
            agency,
            row,
            float(row.sum()),
            _numbers([share.low for share in shares]),
            _numbers([share.high for share in shares]),
        )
        for (agency, shares), row in zip(pool, counts, strict=True)
    ]
    whole = float(counts.sum())
    lows, highs = _bounds(parts, resamples, seed)
    return tuple(
        CategoryShare(
            first.category,
            first.label,
            int(counts[:, at].sum()),
            sum(shares[at].chars for _, shares in pool),
            float(counts[:, at].sum() / whole) if whole else None,
            lows[at],
            highs[at],
        )
        for at, first in enumerate(pool[0][1])
    )


def _weigh(
    by: str | None, group: Group, pool: Sequence[tuple[object, Balance]], resamples: int, seed: int
) -> GroupShare:
    some = [(agency, balance) for agency, balance in pool if balance.naive is not None]
    adjusted = bool(some) and all(balance.adjusted is not None for _, balance in some)
    n = sum(balance.n for _, balance in some)

    def mean(values: Iterable[float | None]) -> float | None:
        return (
            sum((value or 0.0) * balance.n for value, (_, balance) in zip(values, some, strict=True)) / n if n else None
        )

    naive = mean(balance.naive for _, balance in some)
    middles = [balance.adjusted if adjusted else balance.naive for _, balance in some]
    parts = [
        _Part(
            agency,
            np.array([(middle or 0.0) * balance.n]),
            balance.n,
            _numbers([balance.low]),
            _numbers([balance.high]),
        )
        for middle, (agency, balance) in zip(middles, some, strict=True)
    ]
    (low,), (high,) = _bounds(parts, resamples, seed) if parts else ([None], [None])
    agencies = len({agency for agency, _ in pool})
    middle = mean(middles) if adjusted else None
    return GroupShare(by, group, len(pool), agencies, naive, middle, low, high, n, n < FEW)


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _bounds(parts: Sequence[_Part], resamples: int, seed: int) -> tuple[list[float | None], list[float | None]]:
    """The 95 % interval of each share of a group, null where nothing tells it."""
    below = np.array([part.below for part in parts])
    above = np.stack([part.above for part in parts])
    names = list(dict.fromkeys(part.agency for part in parts))
    if not below.sum():
        lows = highs = np.full(above.shape[1], np.nan)
    elif len(names) == 1:
        weights = (below / below.sum())[:, None]
        lows, highs = (
            # A report without a sentence has no bounds, and no weight.
            np.where(weights > 0, np.stack(bounds), 0.0).T @ weights[:, 0]
            for bounds in ([part.low for part in parts], [part.high for part in parts])
        )
    else:
        place = {name: at for at, name in enumerate(names)}
        tables = np.zeros((len(names), above.shape[1] + 1))
        for part in parts:
            tables[place[part.agency]] += np.append(part.above, part.below)
        value = above.sum(axis=0) / below.sum()
        lows, highs = _resample(tables, value, resamples, seed)
    return [None if np.isnan(low) else float(low) for low in lows], [
        None if np.isnan(high) else float(high) for high in highs
    ]


def _resample(tables: Floats, value: Floats, resamples: int, seed: int) -> tuple[Floats, Floats]:
    if not resamples:
        return np.full_like(value, np.nan), np.full_like(value, np.nan)
    times = np.ones(len(tables), dtype=np.int64)
    draws = bootstrap(lambda sums: ratio(sums[..., :-1], sums[..., -1:]), tables, times, resamples=resamples, seed=seed)
    low, high = np.nanpercentile(draws, [2.5, 97.5], axis=0)
    wide = widening(len(tables))
    # Agencies that are alike show nothing of how agencies differ.
    alike = low == high
    lows, highs = np.maximum(value - (value - low) * wide, 0.0), np.minimum(value + (high - value) * wide, 1.0)
    return np.where(alike, np.nan, lows), np.where(alike, np.nan, highs)
