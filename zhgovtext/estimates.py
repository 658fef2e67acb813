"""Estimates: how far two codings agree beyond chance, and between what bounds.

Coefficients are reckoned from tables (…, 3, categories) of what agreed, of one coder's counts and of the other's: those
of many resamples at once. Source: Cohen (1960), A coefficient of agreement for nominal scales, Educational and
Psychological Measurement 20. Intervals are percentiles of a bootstrap that draws whole reports (single units where
there is one report only): sentences of one report are alike, and an interval that takes them for independent is too
narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import pi, tan
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext.errors import OptionError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Statistic = Callable[[Floats], Floats]

_MOST_RESAMPLES = 100_000
# Cells of the arrays that one block of resamples takes: 32 MB.
_BLOCK = 2**22


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; null where it is undefined, or where there are too few clusters to tell.

    A bootstrap shows no more than what was seen: where all units agree, the interval is [1, 1] however few they are.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


# Coefficients ---------------------------------------------------------------------------------------------------------


def kappa(table: npt.ArrayLike) -> float | None:
    """Cohen's kappa of a square table of counts or weights: rows one coder's categories, columns the other's.

    None where it is 0/0: the table is empty, or both coders gave one and the same category to everything, which shows
    agreement but none beyond chance. `OptionError` when the table is not square or has a negative cell. Source:
    Cohen (1960). Here 35 of 50 agree, and by chance 0.5 × 0.6 + 0.5 × 0.4 = 0.5 would: (0.7 - 0.5) / (1 - 0.5).

    >>> kappa([[20, 5], [10, 15]])
    0.4
    >>> kappa([[7, 0], [0, 0]])
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not (counts >= 0).all():
        raise OptionError("table", "is no square table of counts", hint="pass as many rows as columns, none negative")
    return defined(kappas(np.stack([counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)])))


def kappas(tables: Floats) -> Floats:
    """Cohen's kappa of tables as in `percents`."""
    n = tables[..., 1, :].sum(axis=-1)
    by_chance = (tables[..., 1, :] * tables[..., 2, :]).sum(axis=-1)
    return ratio(n * tables[..., 0, :].sum(axis=-1) - by_chance, n * n - by_chance)


def percents(tables: Floats) -> Floats:
    """Shares of agreement of tables (…, 3, categories): agreed, one coder's counts, the other's."""
    return ratio(tables[..., 0, :].sum(axis=-1), tables[..., 1, :].sum(axis=-1))


def ratio(above: Floats, below: Floats) -> Floats:
    """A quotient, NaN where the divisor is 0."""
    undefined = np.full(np.broadcast(above, below).shape, np.nan)
    quotient: Floats = np.divide(above, below, out=undefined, where=below != 0)
    return quotient


def cross_table(one: Integers, other: Integers, rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    """How often each two codes stand together."""
    counts = np.bincount(one * columns + other, minlength=rows * columns).reshape(rows, columns)
    return tuple(map(tuple, counts.tolist()))


# Intervals ------------------------------------------------------------------------------------------------------------


def check_bootstrap(resamples: int, seed: int) -> None:
    if not 0 <= resamples <= _MOST_RESAMPLES:
        raise OptionError("resamples", f"{resamples} resamples were asked for", hint=f"pass 0 to {_MOST_RESAMPLES}")
    if seed < 0:
        raise OptionError("seed", f"{seed} is no seed", hint="pass 0 or more")


def check_probability(value: float) -> None:
    """`OptionError` when `value` is no probability."""
    if not 0.0 <= value <= 1.0:
        raise OptionError("min_probability", f"{value} is no probability", hint="choose 0 to 1")


def student(p: float, freedom: int) -> float:
    """Quantile of Student's t: that of Cauchy's distribution for one degree of freedom, otherwise by the first terms of
    its expansion around the normal one (Hill 1970).

    >>> round(student(0.975, 1), 2), round(student(0.975, 10), 2)
    (12.71, 2.23)
    """
    if freedom == 1:
        return tan(pi * (p - 0.5))
    z = normal(p)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def normal(p: float) -> float:
    """Quantile of the normal distribution."""
    # Loads much of the standard library, for what few ask for.
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def widening(clusters: int, *, level: float = 0.95) -> float:
    """By how much a bootstrap of few clusters is too narrow: Student's quantile by the normal one, and the sample's own
    spread being too small by (n - 1) / n (Hesterberg 2015, What teachers should know about the bootstrap, The American
    Statistician 69).

    >>> [round(widening(clusters), 2) for clusters in (3, 10, 1000)]
    [2.61, 1.22, 1.0]
    """
    p = (1 + level) / 2
    return float(student(p, clusters - 1) / normal(p) * (clusters / (clusters - 1)) ** 0.5)


def bootstrap(statistic: Statistic, tables: Floats, times: Integers, *, resamples: int, seed: int) -> Floats:
    """The statistic of each resample: as many clusters as there are, drawn with replacement, their tables added up.

    `tables` has a row a cluster, `times` says how often the cluster occurs. The same `seed` draws the same clusters,
    whatever the statistic.
    """
    draw = np.random.default_rng(seed)
    flat = tables.reshape(len(tables), -1)
    clusters = int(times.sum())
    block = max(1, _BLOCK // max(flat.shape))
    drawn = [statistic(np.zeros((0, *tables.shape[1:])))]
    for first in range(0, resamples, block):
        counts = draw.multinomial(clusters, times / clusters, size=min(block, resamples - first))
        drawn.append(statistic((counts.astype(np.float64) @ flat).reshape(-1, *tables.shape[1:])))
    return np.concatenate(drawn)


def total(tables: Floats, times: Integers) -> Floats:
    """The sum of the clusters' tables."""
    summed: Floats = np.tensordot(times.astype(np.float64), tables, 1)
    return summed


def number(names: Sequence[str]) -> tuple[Integers, int]:
    """The number of each name in the order of code points, and how many different ones there are."""
    index = {name: at for at, name in enumerate(sorted(set(names)))}
    return np.array([index[name] for name in names], dtype=np.int64), len(index)


def estimate(value: Floats, draws: Floats, clusters: int) -> Estimate:
    """A value with the middle 95 % of its `draws`; no interval from a single cluster, which tells nothing of spread."""
    found = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(found) or clusters < 2:
        return Estimate(defined(value))
    low, high = np.percentile(found, [2.5, 97.5]).tolist()
    return Estimate(defined(value), low, high)


# Results --------------------------------------------------------------------------------------------------------------


def defined(value: float | Floats) -> float | None:
    """A plain number, None for NaN."""
    number = float(value)
    return None if np.isnan(number) else number


def plain(value: Any) -> Any:
    """A result as JSON takes it: numbers rounded to 6 digits, sequences as lists, records as objects."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value
