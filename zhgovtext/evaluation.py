"""Evaluation: how far a coder's categories are those of people, and how far its probabilities can be believed.

Intervals come from the bootstrap of `zhgovtext.estimates`, which draws whole reports. Sources beside those named there:
Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78; Guo et al. (2017),
On calibration of modern neural networks, for the expected calibration error (here over bins of equal count).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from zhgovtext.errors import DataError, OptionError
from zhgovtext.estimates import (
    Estimate,
    Floats,
    Integers,
    bootstrap,
    check_bootstrap,
    check_probability,
    cross_table,
    estimate,
    kappas,
    number,
    percents,
    plain,
    ratio,
    total,
)

_BINS = 10
# The least probability that the logarithmic loss reckons with: a wrong 0 costs 34.5 and not infinitely much.
_LEAST = 1e-15
# Of all weights together: what is reckoned with them stays a number.
_MOST_WEIGHT = 1e100


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """One category: `n` units have it in truth, `predicted` were given it by the coder.

    `precision` is the share of the predicted that is right, `recall` the share of the true that is found, `f1` their
    harmonic mean, 2 × right / (n + predicted).
    """

    category: str
    n: int
    predicted: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class Bin:
    """Units of like confidence, from `low` to `high`: how many, their mean confidence, the share that is right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether probabilities are what they say, over all units, also those that the coder abstains from.

    `error`, the expected calibration error, is |mean confidence - share right| of the ten `bins` of equal count,
    averaged with the units (their weights) as weights; the confidence is the highest probability of a unit. Equal
    confidences stay in one bin. `brier` is the mean sum of squared differences to the truth over the categories, 0 to
    2; `log_loss` the mean of -ln(probability of the true category).
    """

    error: float
    bins: tuple[Bin, ...]
    brier: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """A unit, by its index, to which the coder gave another category than people did, and with what probability."""

    index: int
    truth: str
    predicted: str
    probability: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `evaluate` found.

    `accuracy`, `kappa` and recall take a unit that the coder abstains from for not found; `coded_accuracy` is the
    accuracy of the others. `macro_f1` is the mean F1 of the categories that occur in truth. Intervals come from
    `clusters` reports or units, as `resampled` says. Where weights differ (`weighted`) all shares are weighted;
    counts never are. `confusion` has a row a true category and a column a predicted one, both in the order of
    `categories`, and a last column of abstentions, as `columns` says. `errors` are the most confident first;
    abstentions are none.
    """

    n: int
    reports: int
    resampled: Literal["report", "unit"]
    clusters: int
    weighted: bool
    accuracy: Estimate
    kappa: Estimate
    macro_f1: Estimate
    categories: tuple[CategoryScore, ...]
    columns: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    abstained: int
    coded_accuracy: Estimate
    calibration: Calibration
    errors: tuple[Mistake, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: numbers rounded to 6 digits, null for what is undefined."""
        found: dict[str, Any] = plain(self)
        return found


def evaluate(
    truth: Sequence[str],
    probabilities: npt.ArrayLike,
    codes: Sequence[str],
    *,
    reports: Sequence[str] = (),
    weights: Sequence[float] = (),
    min_probability: float = 0.0,
    resamples: int = 2000,
    seed: int = 0,
) -> Evaluation:
    """Scores of a coder's `probabilities` (a row a unit, a column a category in the order of `codes`) against `truth`.

    A unit's category is the most probable one, the first of equal ones; below `min_probability` the coder abstains.
    `reports` names the report of each unit, `weights` says how many sentences it stands for. No `resamples`, no
    intervals. `DataError` when there is no unit or a true category is not among `codes`; `OptionError` when lengths
    differ, rows are no probabilities, or weights are negative, all zero or beyond reason.

    >>> found = evaluate(["a", "a", "b"], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]], ["a", "b"])
    >>> found.confusion, found.errors[0].index, round(found.accuracy.value, 3), round(found.macro_f1.value, 3)
    (((1, 1, 0), (0, 1, 0)), 1, 0.667, 0.667)
    """
    check_bootstrap(resamples, seed)
    check_probability(min_probability)
    true = _check_truth(truth, codes)
    rows = _check_rows(probabilities, len(true), len(codes))
    weight = _check_weights(weights, len(true))
    if reports and len(reports) != len(true):
        raise OptionError("reports", f"{len(reports)} reports for {len(true)} units", hint="name one for each unit")
    best, confidence = rows.argmax(axis=1), rows.max(axis=1)
    given = np.where(confidence >= min_probability, best, -1)
    several = len(set(reports)) > 1
    tables, times = _tables(true, given, weight, reports if several else (), len(codes))
    draws = bootstrap(_scores, tables, times, resamples=resamples, seed=seed)
    # Clusters that say something about each score: one alone tells nothing of spread.
    telling = ((_divisors(tables) > 0) * times[:, None]).sum(axis=0).tolist()
    scores = zip(_scores(total(tables, times)), draws.T, telling, strict=True)
    accuracy, kappa, macro_f1, coded_accuracy, *by_category = [estimate(*score) for score in scores]
    k = len(codes)
    return Evaluation(
        n=len(true),
        reports=len(set(reports)),
        resampled="report" if several else "unit",
        clusters=int(times.sum()),
        weighted=bool(np.ptp(weight) > 0),
        accuracy=accuracy,
        kappa=kappa,
        macro_f1=macro_f1,
        categories=tuple(
            CategoryScore(code, int((true == at).sum()), int((given == at).sum()), *by_category[at::k])
            for at, code in enumerate(codes)
        ),
        columns=(*codes, "abstained"),
        confusion=cross_table(true, np.where(given < 0, k, given), k, k + 1),
        abstained=int((given < 0).sum()),
        coded_accuracy=coded_accuracy,
        calibration=_calibrate(true, rows, weight),
        errors=tuple(
            Mistake(at, codes[true[at]], codes[given[at]], float(confidence[at]))
            for at in np.argsort(-confidence, kind="stable").tolist()
            if given[at] not in (true[at], -1)
        ),
    )


def _check_truth(truth: Sequence[str], codes: Sequence[str]) -> Integers:
    index = {code: at for at, code in enumerate(codes)}
    if not len(truth):
        raise DataError("empty", "there is no unit to evaluate", hint="code some sentences first")
    if len(index) < len(codes) or not index:
        raise OptionError("codes", "there is no code, or one stands twice", hint="pass the coder's codes")
    for at, code in enumerate(truth):
        if code not in index:
            message = f"unit {at} has the category {code!r}, which the coder does not know"
            raise DataError("category", message, hint="known codes: " + ", ".join(codes))
    return np.array([index[code] for code in truth], dtype=np.int64)


def _check_rows(probabilities: npt.ArrayLike, n: int, k: int) -> Floats:
    rows = np.asarray(probabilities, dtype=np.float64)
    if rows.shape != (n, k):
        message = f"the probabilities have the shape {rows.shape} where {(n, k)} is expected"
        raise OptionError("probabilities", message, hint="pass a row a unit, a column a category")
    if not (np.isfinite(rows).all() and (rows >= 0).all() and (abs(rows.sum(axis=1) - 1) < 1e-3).all()):
        raise OptionError(
            "probabilities", "the rows are no probabilities", hint="they must be 0 or more and add up to 1"
        )
    return rows


def _check_weights(weights: Sequence[float], n: int) -> Floats:
    """The weights, all 1 where they do not differ."""
    found = np.asarray(weights if len(weights) else np.ones(n), dtype=np.float64)
    if found.shape != (n,):
        raise OptionError("weights", f"{len(found)} weights for {n} units", hint="pass one for each unit")
    if not ((found >= 0).all() and found.any() and found.sum() < _MOST_WEIGHT):
        raise OptionError(
            "weights",
            f"the weights are negative, all zero or beyond {_MOST_WEIGHT:g}",
            hint="pass the number of sentences a unit stands for",
        )
    return found if np.ptp(found) > 0 else np.ones(n)


def _tables(
    true: Integers, given: Integers, weight: Floats, reports: Sequence[str], size: int
) -> tuple[Floats, Integers]:
    """(clusters, 3, size): by category the weight of what is right, true, predicted; and how often a cluster occurs.

    Without reports units are the clusters, those that are the same being one that occurs several times.
    """
    if reports:
        cluster, clusters = number(reports)
        times = np.ones(clusters, dtype=np.int64)
    else:
        kinds, times = np.unique(np.column_stack([true, given, weight]), axis=0, return_counts=True)
        true, given, weight = kinds[:, 0].astype(np.int64), kinds[:, 1].astype(np.int64), kinds[:, 2]
        clusters = len(kinds)
        cluster = np.arange(clusters)
    tables = np.zeros((clusters, 3, size))
    for row, codes, kept in ((0, true, given == true), (1, true, true >= 0), (2, given, given >= 0)):
        np.add.at(tables[:, row], (cluster[kept], codes[kept]), weight[kept])
    return tables, times


def _scores(tables: Floats) -> Floats:
    """Of tables (…, 3, k) as `_tables` makes them: accuracy, kappa, macro-F1, accuracy of what was coded, and then k
    precisions, k recalls, k F1 values."""
    right, true, predicted = tables[..., 0, :], tables[..., 1, :], tables[..., 2, :]
    f1 = ratio(2 * right, true + predicted)
    # A category that is never true adds nothing: its F1 is 0 or undefined.
    macro_f1 = ratio(np.nansum(f1, axis=-1), (true > 0).sum(axis=-1).astype(np.float64))
    coded_accuracy = ratio(right.sum(axis=-1), predicted.sum(axis=-1))
    overall = np.stack([percents(tables), kappas(tables), macro_f1, coded_accuracy], axis=-1)
    return np.concatenate([overall, ratio(right, predicted), ratio(right, true), f1], axis=-1)


def _divisors(tables: Floats) -> Floats:
    """What each of the `_scores` is divided by: above 0 where a cluster has something that counts for it."""
    true, predicted = tables[..., 1, :], tables[..., 2, :]
    units, coded = true.sum(axis=-1), predicted.sum(axis=-1)
    overall = np.stack([units, units, units, coded], axis=-1)
    return np.concatenate([overall, predicted, true, true + predicted], axis=-1)


def _calibrate(true: Integers, rows: Floats, weight: Floats) -> Calibration:
    n, confidence = len(rows), rows.max(axis=1)
    right = (rows.argmax(axis=1) == true).astype(np.float64)
    # The number of less confident units tells the bin, so that equal confidences stay together.
    bin_of = np.searchsorted(np.sort(confidence), confidence, side="left") * _BINS // n
    bins: list[Bin] = []
    error = 0.0
    for at in np.unique(bin_of[weight > 0]).tolist():
        inside = bin_of == at
        share, mean, hits = (float((weight * of)[inside].sum()) for of in (np.ones(n), confidence, right))
        low, high = float(confidence[inside].min()), float(confidence[inside].max())
        bins.append(Bin(low, high, int(inside.sum()), mean / share, hits / share))
        error += abs(mean - hits)
    told = rows[np.arange(n), true]
    # Of (p - 1)² for the true category and p² for the others.
    brier = (rows * rows).sum(axis=1) - 2 * told + 1
    loss = -np.log(np.maximum(told, _LEAST))
    everything = float(weight.sum())
    return Calibration(
        error / everything, tuple(bins), float(weight @ brier) / everything, float(weight @ loss) / everything
    )
