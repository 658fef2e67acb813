"""Agreement: how far coders agree who coded the same sentences, and where they end their units.

Sources: Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20;
Light (1971), Psychological Bulletin 76, for the mean of kappa over pairs of coders; Krippendorff (2011), Computing
Krippendorff's alpha-reliability; Hayes & Krippendorff (2007), Answering the call for a standard reliability measure
for coding data, Communication Methods and Measures 1. Intervals are percentiles of a bootstrap that draws whole
reports (single units where there is one report only), not of the draws of pairs of values in Hayes & Krippendorff:
sentences of one report are alike, and an interval that takes them for independent is too narrow.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import combinations, pairwise
from operator import attrgetter
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from zhgovtext.coding import Coded
from zhgovtext.errors import DataError, OptionError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Statistic = Callable[[Floats], Floats]
_Key = tuple[str, ...]

_MOST_CODES = 500
_MOST_CODERS = 50
_MOST_RESAMPLES = 100_000
# Cells of the arrays that one block of resamples takes: 32 MB.
_BLOCK = 2**22
# The most that the coders' tables may take: 1 GB.
_MOST_CELLS = 2**27
# Characters that two different passages must have in common to be aligned.
_FEWEST_COMMON = 8
# Where a unit could end; closing marks belong to the stop before them.
_STOP = re.compile("[。！？；!?;][。！？；!?;”’」』）)》】〕]*")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; null where it is undefined, or where there are too few clusters to tell.

    A bootstrap shows no more than what was seen: where all units agree, the interval is [1, 1] however few they are.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class CategoryAgreement:
    """One category among the units that two coders coded.

    `counts` is how often each coder gave it. `agreement` is positive specific agreement, 2 × both / (one + other)
    summed over the pairs of coders: the F1 of one coder against the other. `kappa` is that of the category against
    all others, for more than two coders the mean over pairs.
    """

    category: str
    counts: tuple[int, ...]
    agreement: float | None
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Agreement of two coders on where units end, and on the category of the characters that both coded.

    Of the reports that both have, `reports` could be laid over each other, `differing` of them are cut differently, and
    `unaligned` have no text in common. `apart` is how many characters of each coder's units the other's do not have:
    headings that only one took for a unit, sentences that only one was given. `ends` are the ends of each coder's
    units inside text that the other coded too, without the last of a report, which nobody chooses; `shared` is how
    many are the same, `share` 2 × shared / both. `kappa` is over the `places` where a unit could end: where either
    ends one, and after every stop. It says little when both coders were given ready units.
    `characters` is how many both coded, `category_percent` and `category_kappa` the agreement on them.
    """

    reports: int
    differing: int
    unaligned: tuple[str, ...]
    apart: tuple[int, int]
    ends: tuple[int, int]
    shared: int
    share: float | None
    places: int
    kappa: float | None
    characters: int
    category_percent: float | None
    category_kappa: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two coders by their numbers (from 0): units that both coded, their agreement, and where their units end.

    `confusion` counts the units, a row a category of the first coder, a column one of the second.
    """

    coders: tuple[int, int]
    n: int
    percent: float | None
    kappa: float | None
    confusion: tuple[tuple[int, ...], ...]
    boundaries: Boundaries


@dataclass(frozen=True, slots=True)
class Dispute:
    """A unit on which coders differ, as the first of them has it, and every coder's code ("" for none)."""

    unit: Coded
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What `measure_agreement` found.

    `n` units are coded by two coders or more. `units`, `unmatched` and `blank` are by coder: units in the coder's file,
    those that no other file has, those left blank; `alone` are the reports that no other coder has. `matched_by` says
    whether units were matched by their ids or by report and text. `percent` and `kappa` are means over the `pairs`
    of coders, `alpha` is over all of them; their intervals come from `clusters` reports or units, as `resampled` says.
    `categories` are in the order of the codes, which is that of the confusions too.
    """

    n: int
    percent: Estimate
    kappa: Estimate
    alpha: Estimate
    resampled: Literal["report", "unit"]
    clusters: int
    matched_by: Literal["id", "text"]
    units: tuple[int, ...]
    unmatched: tuple[int, ...]
    blank: tuple[int, ...]
    alone: tuple[tuple[str, ...], ...]
    categories: tuple[CategoryAgreement, ...]
    pairs: tuple[Pair, ...]
    disputes: tuple[Dispute, ...]

    @property
    def confusion(self) -> tuple[tuple[int, ...], ...]:
        """That of the first two coders."""
        return self.pairs[0].confusion

    @property
    def boundaries(self) -> Boundaries:
        """Those of the first two coders."""
        return self.pairs[0].boundaries

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: numbers rounded to 6 digits, null for what is undefined."""
        disputes = [
            {"id": d.unit.id, "report": d.unit.report, "text": d.unit.text, "codes": list(d.codes)}
            for d in self.disputes
        ]
        return {**plain(replace(self, disputes=())), "disputes": disputes}


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


def alpha(values: Sequence[Sequence[Hashable | None]]) -> float | None:
    """Krippendorff's alpha for nominal data: a row a coder, a column a unit, None (or "") where a value is missing.

    Units with fewer than two values say nothing and are left out. None where it is 0/0: all values are the same (or
    there are none), and data without variation give no evidence that the coders can tell categories apart.
    `OptionError` when the rows differ in length. Source: Krippendorff (2011), whose example of 4 observers
    and 12 units has alpha 0.743; the formula is the one of Hayes & Krippendorff (2007).

    >>> rows = "123321412...", "1233224125.3", ".3332342251.", "12332441251."
    >>> round(alpha([[None if value == "." else value for value in row] for row in rows]), 3)
    0.743
    >>> alpha([["a", "a"], ["a", "a"]])
    """
    if len({len(row) for row in values}) > 1:
        raise OptionError("values", "rows differ in length", hint="pass a row a coder, None where a value is missing")
    index: dict[Hashable, int] = {}
    codes = [[-1 if v is None or v == "" else index.setdefault(v, len(index)) for v in row] for row in values]
    matrix = np.array(codes, dtype=np.int64).reshape(len(codes), len(codes[0]) if codes else 0).T
    whole = np.zeros(len(matrix), dtype=np.int64)
    return defined(_alphas(_coincidences(matrix, whole, 1, len(index))[0]))


def measure_agreement(
    codings: Sequence[Sequence[Coded]], *, codes: Sequence[str] | None = None, resamples: int = 2000, seed: int = 0
) -> Agreement:
    """Agreement of two coders or more; `codes` fixes the categories and their order (default: those found, sorted).

    Units are matched by id where every unit has one and a shared id stands before the same text in every file (white
    space aside). Otherwise ids cannot be trusted - files cut apart number different units alike - and units are
    matched by report and text, the first occurrence of a text in a report with the first, and so on; an id that
    `load_coded` made up from the line is none, and where a file names no report the text alone decides. A unit that a
    coder left blank is missing there. Weights are passed over: what is measured is the coding. No `resamples`, no
    intervals. `DataError` when no unit is coded by two coders, or a category is not among `codes`; `OptionError` for
    fewer than two coders.

    >>> first = [Coded("甲。", "news"), Coded("乙。", "news"), Coded("丙。", "other")]
    >>> second = [Coded("甲。", "news"), Coded("乙。", "other"), Coded("丙。", "other")]
    >>> found = measure_agreement([first, second])
    >>> found.n, round(found.percent.value, 3), round(found.kappa.value, 3), [d.codes for d in found.disputes]
    (3, 0.667, 0.4, [('news', 'other')])
    """
    check_bootstrap(resamples, seed)
    if not 2 <= len(codings) <= _MOST_CODERS:
        raise OptionError("codings", f"{len(codings)} coders were given", hint=f"pass 2 to {_MOST_CODERS} codings")
    known = _find_codes(codings, codes)
    matched_by, keys = _match(codings)
    units, values = _merge(codings, keys, known)
    values, units = _coded_twice(values, units)
    kinds, cluster, times = _cluster(values, units)
    tables = _tables(kinds, cluster, len(times), len(known))
    summed = total(tables, times)
    draws = bootstrap(_coefficients, tables, times, resamples=resamples, seed=seed)
    clusters = int(times.sum())
    percent, over_chance, reliability = (
        estimate(value, drawn, clusters) for value, drawn in zip(_coefficients(summed), draws.T, strict=True)
    )
    pairs = _pair_tables(summed)
    holders = Counter(key for own in keys for key in own)
    return Agreement(
        n=len(values),
        percent=percent,
        kappa=over_chance,
        alpha=reliability,
        resampled="report" if _several(units) else "unit",
        clusters=clusters,
        matched_by=matched_by,
        units=tuple(map(len, codings)),
        unmatched=tuple(sum(holders[key] < 2 for key in own) for own in keys),
        blank=tuple(sum(not unit.category for unit in coding) for coding in codings),
        alone=_alone(codings),
        categories=_categories(values, pairs, known),
        pairs=tuple(
            _pair(codings, values, coders, known, counts)
            for coders, counts in zip(combinations(range(len(codings)), 2), pairs, strict=True)
        ),
        disputes=tuple(
            Dispute(unit, tuple(known[code] if code >= 0 else "" for code in row))
            for unit, row in zip(units, values.tolist(), strict=True)
            if len({code for code in row if code >= 0}) > 1
        ),
    )


# The units -----------------------------------------------------------------------------------------------------------


def _find_codes(codings: Sequence[Sequence[Coded]], codes: Sequence[str] | None) -> tuple[str, ...]:
    found = {unit.category: unit for coding in reversed(codings) for unit in reversed(coding) if unit.category}
    unknown = [unit for code, unit in sorted(found.items()) if codes is not None and code not in codes]
    if unknown:
        raise DataError(
            "category",
            f"the category {unknown[0].category!r} is not in the codebook",
            place=f"line {unknown[0].line}" if unknown[0].line else "",
            hint="known codes: " + ", ".join(codes or ()),
        )
    known = tuple(dict.fromkeys(codes)) if codes is not None else tuple(sorted(found))
    if len(known) > _MOST_CODES:
        problem = f"{len(known)} different categories are more than the {_MOST_CODES} that are compared"
        raise DataError("categories", problem, hint="see whether the column category holds codes")
    return known


def _match(codings: Sequence[Sequence[Coded]]) -> tuple[Literal["id", "text"], list[list[_Key]]]:
    """The key of every unit of every coding: equal keys are the same unit."""
    by_id = [[(unit.id,) for unit in coding if unit.id and unit.id != f"line-{unit.line}"] for coding in codings]
    if all(len(set(own)) == len(coding) for own, coding in zip(by_id, codings, strict=True)):
        texts: dict[_Key, set[str]] = {}
        for own, coding in zip(by_id, codings, strict=True):
            for key, unit in zip(own, coding, strict=True):
                texts.setdefault(key, set()).add(_compact(unit.text))
        if len(texts) < sum(map(len, codings)) and all(len(found) == 1 for found in texts.values()):
            return "id", [list(own) for own in by_id]
    named = _name_reports(codings)
    return "text", [_text_keys(coding, named=named) for coding in codings]


def _name_reports(codings: Sequence[Sequence[Coded]]) -> bool:
    return all(any(unit.report for unit in coding) for coding in codings)


def _text_keys(coding: Sequence[Coded], *, named: bool) -> list[_Key]:
    seen: Counter[_Key] = Counter()
    keys: list[_Key] = []
    for unit in coding:
        key = (unit.report if named else "", _compact(unit.text))
        seen[key] += 1
        keys.append((*key, str(seen[key])))
    return keys


def _compact(text: str) -> str:
    return "".join(text.split())


def _merge(
    codings: Sequence[Sequence[Coded]], keys: Sequence[Sequence[_Key]], known: Sequence[str]
) -> tuple[list[Coded], Integers]:
    """Every unit once, as the first coder has it, and its codes: a row a unit, a column a coder, -1 for none."""
    index = {code: at for at, code in enumerate(known)}
    rows: dict[_Key, int] = {}
    units: list[Coded] = []
    for coding, own in zip(codings, keys, strict=True):
        for unit, key in zip(coding, own, strict=True):
            if rows.setdefault(key, len(units)) == len(units):
                units.append(unit)
    values = np.full((len(units), len(codings)), -1, dtype=np.int64)
    for coder, (coding, own) in enumerate(zip(codings, keys, strict=True)):
        for unit, key in zip(coding, own, strict=True):
            values[rows[key], coder] = index.get(unit.category, -1)
    return units, values


def _coded_twice(values: Integers, units: Sequence[Coded]) -> tuple[Integers, list[Coded]]:
    kept = np.flatnonzero((values >= 0).sum(axis=1) >= 2)
    if not len(kept):
        raise DataError(
            "unmatched",
            "no sentence is coded in two of the files",
            hint="give every coder a copy of the same sample, and keep its columns id, report and text as they are",
        )
    return values[kept], [units[at] for at in kept.tolist()]


def _alone(codings: Sequence[Sequence[Coded]]) -> tuple[tuple[str, ...], ...]:
    reports = [list(dict.fromkeys(unit.report for unit in coding if unit.report)) for coding in codings]
    holders = Counter(report for own in reports for report in own)
    return tuple(tuple(report for report in own if holders[report] == 1) for own in reports)


# Tables and coefficients ---------------------------------------------------------------------------------------------


def _several(units: Sequence[Coded]) -> bool:
    return len({unit.report for unit in units}) > 1


def _cluster(values: Integers, units: Sequence[Coded]) -> tuple[Integers, Integers, Integers]:
    """(values, cluster of each row, times that each cluster occurs): reports, or units where there is one report.

    Units that were coded alike are one row then, since they are the same to a bootstrap.
    """
    if not _several(units):
        kinds, times = np.unique(values, axis=0, return_counts=True)
        return kinds, np.arange(len(kinds)), times
    cluster, clusters = number([unit.report for unit in units])
    return values, cluster, np.ones(clusters, dtype=np.int64)


def number(names: Sequence[str]) -> tuple[Integers, int]:
    """The number of each name in the order of code points, and how many different ones there are."""
    index = {name: at for at, name in enumerate(sorted(set(names)))}
    return np.array([index[name] for name in names], dtype=np.int64), len(index)


def _tables(values: Integers, cluster: Integers, clusters: int, size: int) -> Floats:
    """(clusters, 3 × pairs + 2, size): what all coefficients are reckoned from, added up over the clusters' units.

    By category, for each pair of coders the units on which they agree, those of the one and those of the other; then
    the diagonal and the margin of Krippendorff's coincidence matrix.
    """
    both = list(combinations(range(values.shape[1]), 2))
    if clusters * (3 * len(both) + 2) * size > _MOST_CELLS:
        raise DataError("size", "the codings are too many to be compared at once", hint="compare fewer coders")
    tables = np.zeros((clusters, 3 * len(both) + 2, size))
    for at, (first, second) in enumerate(both):
        one, other = values[:, first], values[:, second]
        coded = (one >= 0) & (other >= 0)
        for row, (codes, kept) in enumerate(((one, coded & (one == other)), (one, coded), (other, coded))):
            np.add.at(tables[:, 3 * at + row], (cluster[kept], codes[kept]), 1)
    tables[:, -2:] = _coincidences(values, cluster, clusters, size)
    return tables


def _coincidences(values: Integers, cluster: Integers, clusters: int, size: int) -> Floats:
    """(clusters, 2, size): by category the diagonal and the margin of Krippendorff's coincidence matrix."""
    found = (values >= 0).sum(axis=1)
    tables = np.zeros((clusters, 2, size))
    for code in range(size):
        given = np.where(found >= 2, (values == code).sum(axis=1), 0)
        tables[:, 0, code] = np.bincount(cluster, given * (given - 1) / np.maximum(found - 1, 1), minlength=clusters)
        tables[:, 1, code] = np.bincount(cluster, given, minlength=clusters)
    return tables


def _pair_tables(tables: Floats) -> Floats:
    """(…, pairs, 3, categories) of what `_tables` makes."""
    *leading, rows, size = tables.shape
    return tables[..., :-2, :].reshape(*leading, (rows - 2) // 3, 3, size)


def _coefficients(tables: Floats) -> Floats:
    """(…, 3): percent and kappa, means over the pairs, and alpha, of what `_tables` makes."""
    pairs = _pair_tables(tables)
    return np.stack([_mean(percents(pairs)), _mean(kappas(pairs)), _alphas(tables)], axis=-1)


def total(tables: Floats, times: Integers) -> Floats:
    """The sum of the clusters' tables."""
    summed: Floats = np.tensordot(times.astype(np.float64), tables, 1)
    return summed


def ratio(above: Floats, below: Floats) -> Floats:
    """A quotient, NaN where the divisor is 0."""
    undefined = np.full(np.broadcast(above, below).shape, np.nan)
    quotient: Floats = np.divide(above, below, out=undefined, where=below != 0)
    return quotient


def percents(tables: Floats) -> Floats:
    """Shares of agreement of tables (…, 3, categories): agreed, one coder's counts, the other's."""
    return ratio(tables[..., 0, :].sum(axis=-1), tables[..., 1, :].sum(axis=-1))


def kappas(tables: Floats) -> Floats:
    """Cohen's kappa of tables as in `percents`."""
    n = tables[..., 1, :].sum(axis=-1)
    by_chance = (tables[..., 1, :] * tables[..., 2, :]).sum(axis=-1)
    return ratio(n * tables[..., 0, :].sum(axis=-1) - by_chance, n * n - by_chance)


def _alphas(tables: Floats) -> Floats:
    """Krippendorff's nominal alpha of tables that end in a coincidence matrix's diagonal and margin."""
    margins = tables[..., -1, :]
    n = margins.sum(axis=-1)
    differing = n - tables[..., -2, :].sum(axis=-1)
    return 1 - ratio((n - 1) * differing, n * n - (margins * margins).sum(axis=-1))


def _category_kappas(tables: Floats) -> Floats:
    """Kappa of each category against the rest, of tables as in `percents`."""
    agreed, one, other = (tables[..., row, :] for row in range(3))
    n = one.sum(axis=-1, keepdims=True)
    by_chance = one * other + (n - one) * (n - other)
    return ratio(n * (n - one - other + 2 * agreed) - by_chance, n * n - by_chance)


def _categories(values: Integers, pairs: Floats, known: Sequence[str]) -> tuple[CategoryAgreement, ...]:
    agreed, one, other = pairs.sum(axis=0)
    shares = ratio(2 * agreed, one + other)
    over_chance = _mean(_category_kappas(pairs).T)
    return tuple(
        CategoryAgreement(
            code, tuple((values == at).sum(axis=0).tolist()), defined(shares[at]), defined(over_chance[at])
        )
        for at, code in enumerate(known)
    )


def _pair(
    codings: Sequence[Sequence[Coded]], values: Integers, coders: tuple[int, int], known: Sequence[str], counts: Floats
) -> Pair:
    one, other = values[:, coders[0]], values[:, coders[1]]
    both = (one >= 0) & (other >= 0)
    return Pair(
        coders,
        int(both.sum()),
        defined(percents(counts)),
        defined(kappas(counts)),
        cross_table(one[both], other[both], len(known), len(known)),
        _compare_cuts(codings[coders[0]], codings[coders[1]], known),
    )


def cross_table(one: Integers, other: Integers, rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    """How often each two codes stand together."""
    counts = np.bincount(one * columns + other, minlength=rows * columns).reshape(rows, columns)
    return tuple(map(tuple, counts.tolist()))


def _mean(values: Floats) -> Floats:
    """Over the last axis, of what is defined."""
    return ratio(np.nansum(values, axis=-1), (~np.isnan(values)).sum(axis=-1).astype(np.float64))


# Intervals -----------------------------------------------------------------------------------------------------------


def check_bootstrap(resamples: int, seed: int) -> None:
    if not 0 <= resamples <= _MOST_RESAMPLES:
        raise OptionError("resamples", f"{resamples} resamples were asked for", hint=f"pass 0 to {_MOST_RESAMPLES}")
    if seed < 0:
        raise OptionError("seed", f"{seed} is no seed", hint="pass 0 or more")


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


def estimate(value: Floats, draws: Floats, clusters: int) -> Estimate:
    """A value with the middle 95 % of its `draws`; no interval from a single cluster, which tells nothing of spread."""
    found = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(found) or clusters < 2:
        return Estimate(defined(value))
    low, high = np.percentile(found, [2.5, 97.5]).tolist()
    return Estimate(defined(value), low, high)


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


# Where units end -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Span:
    """A unit's place, or the part of one; `text` is as long as the place, or empty where that cannot be told.

    `whole` says that the unit ends where the place does.
    """

    start: int
    end: int
    text: str
    code: int
    whole: bool = True


_Overlap = tuple[int, int, _Span, _Span]


def _compare_cuts(one: Sequence[Coded], other: Sequence[Coded], known: Sequence[str]) -> Boundaries:
    index = {code: at for at, code in enumerate(known)}
    named = _name_reports([one, other])
    ours, theirs = _by_report(one, named=named), _by_report(other, named=named)
    cells, confusion = np.zeros((2, 2), dtype=np.int64), np.zeros((len(known), len(known)), dtype=np.int64)
    apart = [0, 0]
    unaligned: list[str] = []
    reports = differing = 0
    for report in (report for report in ours if report in theirs):
        a_spans, b_spans, overlaps = _lay_over(ours[report], theirs[report], index)
        common = sum(high - low for low, high, _, _ in overlaps)
        apart = [n + _length(spans) - common for n, spans in zip(apart, (a_spans, b_spans), strict=True)]
        if not overlaps:
            unaligned.append(report)
            continue
        places = _count_places(overlaps)
        reports += 1
        differing += int(places[0, 1] + places[1, 0] > 0)
        cells += places
        for low, high, a, b in overlaps:
            if a.code >= 0 and b.code >= 0:
                confusion[a.code, b.code] += high - low
    characters, shared = int(confusion.sum()), int(cells[0, 0])
    ends = int(cells[0].sum()), int(cells[:, 0].sum())
    return Boundaries(
        reports,
        differing,
        tuple(unaligned),
        (apart[0], apart[1]),
        ends,
        shared,
        2 * shared / sum(ends) if sum(ends) else None,
        int(cells.sum()),
        kappa(cells),
        characters,
        int(confusion.trace()) / characters if characters else None,
        kappa(confusion),
    )


def _length(spans: Sequence[_Span]) -> int:
    return sum(span.end - span.start for span in spans)


def _by_report(coding: Sequence[Coded], *, named: bool) -> dict[str, list[Coded]]:
    found: dict[str, list[Coded]] = {}
    for unit in coding:
        found.setdefault(unit.report if named else "", []).append(unit)
    return found


def _lay_over(
    one: Sequence[Coded], other: Sequence[Coded], index: dict[str, int]
) -> tuple[list[_Span], list[_Span], list[_Overlap]]:
    """Both coders' units in places of the same text, and (start, end, unit, unit) wherever both coded it.

    Their own places are taken where they do not contradict the texts, otherwise the texts are aligned.
    """
    ours, theirs = _placed(one, index), _placed(other, index)
    if ours and theirs:
        overlaps = list(_overlaps(ours, theirs))
        if all(_piece(a, low, high) == _piece(b, low, high) for low, high, a, b in overlaps if a.text and b.text):
            return ours, theirs, overlaps
    ours, theirs = _joined(one, index), _joined(other, index)
    moved = [part for low, high, to in _align(ours, theirs) for part in _move(theirs, low, high, to)]
    return ours, theirs, list(_overlaps(ours, moved))


def _placed(units: Sequence[Coded], index: dict[str, int]) -> list[_Span]:
    """Units at their places in the report's text, white space around them left out; none unless each has its own."""
    spans: list[_Span] = []
    for unit in units:
        if unit.start is None or unit.end is None:
            return []
        start, end, text = unit.start, unit.end, unit.text
        if len(text) == end - start:
            start += len(text) - len(text.lstrip())
            text = text.strip()
            end = start + len(text)
        else:
            text = ""
        spans.append(_Span(start, end, text, index.get(unit.category, -1)))
    spans.sort(key=lambda span: span.start)
    apart = all(a.end <= b.start for a, b in pairwise(spans))
    return spans if apart and all(span.start < span.end for span in spans) else []


def _joined(units: Sequence[Coded], index: dict[str, int]) -> list[_Span]:
    """Units as they follow each other, without white space."""
    spans: list[_Span] = []
    end = 0
    for unit in units:
        text = _compact(unit.text)
        if text:
            spans.append(_Span(end, end + len(text), text, index.get(unit.category, -1)))
            end += len(text)
    return spans


def _align(ours: Sequence[_Span], theirs: Sequence[_Span]) -> Iterator[tuple[int, int, int]]:
    """Stretches of the second text that the first has too: start and end there, start in the first.

    Anchors are the pieces between stops that each text has once, in an order that both have. Between two anchors, what
    the texts have in common at the beginning and at the end is aligned: a heading that one coder took into the unit
    below it does not part the sentences.
    """
    one, other = ("".join(span.text for span in spans) for spans in (ours, theirs))
    at_one, at_other = _single_pieces(ours), _single_pieces(theirs)
    anchors = _in_order([(at, at_other[piece], len(piece)) for piece, at in at_one.items() if piece in at_other])
    end_one = end_other = 0
    for here, there, length in [*anchors, (len(one), len(other), 0)]:
        head, tail = _common_ends(one[end_one:here], other[end_other:there])
        for low, high, to in (
            (end_other, end_other + head, end_one),
            (there - tail, there, here - tail),
            (there, there + length, here),
        ):
            if low < high:
                yield low, high, to
        end_one, end_other = here + length, there + length


def _common_ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts have in common at their beginning and, of the rest, at their end; too few are
    chance."""
    if one == other:
        return len(one), 0
    head = _common_head(one, other)
    return head, _common_head(one[head:][::-1], other[head:][::-1])


def _common_head(one: str, other: str) -> int:
    alike = zip(one, other, strict=False)
    length = next((at for at, (a, b) in enumerate(alike) if a != b), min(len(one), len(other)))
    return length if length >= _FEWEST_COMMON else 0


def _single_pieces(spans: Sequence[_Span]) -> dict[str, int]:
    """Where each piece of text stands that stands in one place only; pieces end at stops and with the units."""
    places: dict[str, list[int]] = {}
    for span in spans:
        ends = [0, *(stop.end() for stop in _STOP.finditer(span.text)), len(span.text)]
        for low, high in pairwise(ends):
            if low < high:
                places.setdefault(span.text[low:high], []).append(span.start + low)
    return {piece: found[0] for piece, found in places.items() if len(found) == 1}


def _in_order(pairs: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The longest series of pairs, given in the order of the first place, that is in the order of the second too."""
    tails: list[int] = []
    lengths: list[int] = []
    for _, there, _ in pairs:
        at = bisect_left(tails, there)
        tails[at : at + 1] = [there]
        lengths.append(at + 1)
    chosen: list[tuple[int, int, int]] = []
    wanted = len(tails)
    for pair, length in zip(reversed(pairs), reversed(lengths), strict=True):
        # Of the pairs that end a series of this length the last has the least second place: it always fits.
        if length == wanted:
            chosen.append(pair)
            wanted -= 1
    return chosen[::-1]


def _move(spans: Sequence[_Span], low: int, high: int, to: int) -> Iterator[_Span]:
    """What of the units stands from `low` to `high`, with `low` moved to `to`."""
    for at in range(bisect_right(spans, low, key=attrgetter("end")), bisect_left(spans, high, key=attrgetter("start"))):
        span = spans[at]
        start, end = max(span.start, low), min(span.end, high)
        yield _Span(start - low + to, end - low + to, _piece(span, start, end), span.code, span.end <= high)


def _overlaps(ours: Sequence[_Span], theirs: Sequence[_Span]) -> Iterator[_Overlap]:
    i = j = 0
    while i < len(ours) and j < len(theirs):
        low, high = max(ours[i].start, theirs[j].start), min(ours[i].end, theirs[j].end)
        if low < high:
            yield low, high, ours[i], theirs[j]
        if ours[i].end <= theirs[j].end:
            i += 1
        else:
            j += 1


def _piece(span: _Span, low: int, high: int) -> str:
    return span.text[low - span.start : high - span.start]


def _count_places(overlaps: Sequence[_Overlap]) -> Integers:
    """Places where a unit could end by whether it does: rows the one coder (ends, does not), columns the other.

    An end counts where the other coder coded the text before it, so that samples can be compared; the last place of
    all is no choice.
    """
    ours = {high for _, high, a, _ in overlaps if high == a.end}
    theirs = {high for _, high, _, b in overlaps if high == b.end and b.whole}
    stops = {low + stop.end() for low, high, a, _ in overlaps for stop in _STOP.finditer(_piece(a, low, high))}
    last = {overlaps[-1][1]} if overlaps else set()
    ours, theirs, stops = ours - last, theirs - last, stops - last
    neither = len(stops - ours - theirs)
    return np.array([[len(ours & theirs), len(ours - theirs)], [len(theirs - ours), neither]])
