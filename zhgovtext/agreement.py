"""Agreement: how far coders agree who coded the same sentences, and where they end their units.

Sources: Light (1971), Measures of response agreement for qualitative data, Psychological Bulletin 76, for the mean of
kappa over pairs of coders; Krippendorff (2011), Computing Krippendorff's alpha-reliability; Hayes & Krippendorff
(2007), Answering the call for a standard reliability measure for coding data, Communication Methods and Measures 1.
Intervals are those of `zhgovtext.estimates`, not of the draws of pairs of values in Hayes & Krippendorff.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np

from zhgovtext.boundaries import Boundaries, compact, compare_boundaries
from zhgovtext.coding import Coded
from zhgovtext.errors import DataError, OptionError
from zhgovtext.estimates import (
    Estimate,
    Floats,
    Integers,
    bootstrap,
    check_bootstrap,
    cross_table,
    defined,
    estimate,
    kappas,
    number,
    percents,
    plain,
    ratio,
    total,
)

_Key = tuple[str, ...]

_MOST_CODES = 500
_MOST_CODERS = 50
# The most that the coders' tables may take: 1 GB.
_MOST_CELLS = 2**27


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
    return Agreement(
        n=len(values),
        percent=percent,
        kappa=over_chance,
        alpha=reliability,
        resampled="report" if _several(units) else "unit",
        clusters=clusters,
        matched_by=matched_by,
        units=tuple(map(len, codings)),
        unmatched=_unmatched(keys),
        blank=tuple(sum(not unit.category for unit in coding) for coding in codings),
        alone=_alone(codings),
        categories=_categories(values, pairs, known),
        pairs=tuple(
            _pair(codings, values, coders, known, counts)
            for coders, counts in zip(combinations(range(len(codings)), 2), pairs, strict=True)
        ),
        disputes=_disputes(units, values, known),
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
    if all(map(_has_ids, codings)) and _ids_agree(codings):
        return "id", [[(unit.id,) for unit in coding] for coding in codings]
    named = _name_reports(codings)
    return "text", [_text_keys(coding, named=named) for coding in codings]


def _has_ids(coding: Sequence[Coded]) -> bool:
    """Whether every unit has an id, and none twice."""
    return len({unit.id for unit in coding if unit.has_own_id}) == len(coding)


def _ids_agree(codings: Sequence[Sequence[Coded]]) -> bool:
    """Whether codings share ids, and every shared one stands before the same text."""
    units = [unit for coding in codings for unit in coding]
    texts: dict[str, str] = {}
    alike = all(texts.setdefault(unit.id, compact(unit.text)) == compact(unit.text) for unit in units)
    return alike and len(texts) < len(units)


def _text_keys(coding: Sequence[Coded], *, named: bool) -> list[_Key]:
    """Report, text, and the how manyth unit of this text in the report it is."""
    seen: Counter[_Key] = Counter()
    keys: list[_Key] = []
    for unit in coding:
        key = (unit.report if named else "", compact(unit.text))
        seen[key] += 1
        keys.append((*key, str(seen[key])))
    return keys


def _name_reports(codings: Sequence[Sequence[Coded]]) -> bool:
    """Whether all codings say of which reports their units are."""
    return all(any(unit.report for unit in coding) for coding in codings)


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


def _unmatched(keys: Sequence[Sequence[_Key]]) -> tuple[int, ...]:
    """How many units of each coding no other has."""
    holders = Counter(key for own in keys for key in own)
    return tuple(sum(holders[key] == 1 for key in own) for own in keys)


def _alone(codings: Sequence[Sequence[Coded]]) -> tuple[tuple[str, ...], ...]:
    """The reports of each coding that no other has."""
    reports = [list(dict.fromkeys(unit.report for unit in coding if unit.report)) for coding in codings]
    holders = Counter(report for own in reports for report in own)
    return tuple(tuple(report for report in own if holders[report] == 1) for own in reports)


def _disputes(units: Sequence[Coded], values: Integers, known: Sequence[str]) -> tuple[Dispute, ...]:
    return tuple(
        Dispute(unit, tuple(known[code] if code >= 0 else "" for code in row))
        for unit, row in zip(units, values.tolist(), strict=True)
        if len({code for code in row if code >= 0}) > 1
    )


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
    first, second = coders
    one, other = values[:, first], values[:, second]
    both = (one >= 0) & (other >= 0)
    compared = codings[first], codings[second]
    return Pair(
        coders,
        n=int(both.sum()),
        percent=defined(percents(counts)),
        kappa=defined(kappas(counts)),
        confusion=cross_table(one[both], other[both], len(known), len(known)),
        boundaries=compare_boundaries(*compared, known, named=_name_reports(compared)),
    )


def _mean(values: Floats) -> Floats:
    """Over the last axis, of what is defined."""
    return ratio(np.nansum(values, axis=-1), (~np.isnan(values)).sum(axis=-1).astype(np.float64))
