"""Shares with honest intervals from an imperfect coder.

A count of codes inherits the coder's errors: where few units are interpretation, false ones outnumber true ones. What
the coder makes of held-out units whose class is known - a `Calibration`: for each true class, how its units spread over
the *cells* (predicted code, and how sure the coder was of it) - says how a report's counts came about, whatever the
report's own mix of classes. From a report's counts the posterior of its true mix follows, under a multinomial mixture
with a Dirichlet for the calibration's own uncertainty. Of one class against all others it is reckoned exactly, by a
convolution of Dirichlet-multinomials; where a third part hides behind two, it is drawn by Gibbs sampling, in a small
fixed number of draws.

The estimand is the share that a perfect coder would have found: of **one report** its realised share (`adjust`,
`adjust_each`: all its units were read, so that only the coder can err), of **many** the share behind the agencies that
were read (`adjust_corpus`: a bootstrap over agencies on top). What is assumed: units of a class look to the coder as
the calibration's units of that class did (prior probability shift). A coder that does worse on real reports than on its
calibration has intervals that are too narrow. Few and coarse cells were measured to cover better than fine ones, on the
corpus and on real reports: how sure a coder is changes between them more than what it says.

Sources: Saerens, Latinne & Decaestecker (2002) for the mixture; Hopkins & King (2010) and Forman (2008) for adjusting
counts; Storkey (2009) for the assumption; Lancaster (1961) for mid-p intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext.errors import DataError, OptionError
from zhgovtext.estimates import widening

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEW = 10
# How sure the coder was splits its codes further: below, between and above these probabilities.
CUTS: tuple[float, ...] = (0.9,)
# One code against all others: steps of its own probability.
STEPS: tuple[float, ...] = (0.5, 0.9)
# Chains of the sampler, and the sweeps after which each gives a draw; before the first it forgets where it started.
_CHAINS = 80
_KEPT = (6, 8, 10, 12)
# Prior: one unit of a report, spread over the classes, and one held-out unit of each class, spread as all of them are.
_SHARE_PRIOR = 0.75
_RATE_PRIOR = 1.0
_BOOTSTRAP = 400
# The exact posterior takes time that grows with the square of the units.
_MOST = 5_000
_TINY = 1e-12
# Weights below it may have lost digits.
_VANISHED = 1e-290


@dataclass(frozen=True, slots=True)
class Tally:
    """Units of a report: ``cells[j]`` by cell, ``own[c][s]`` by the step of the probability of code c."""

    cells: Ints
    own: Ints


@dataclass(frozen=True)
class Calibration:
    """How held-out units of each true class were coded.

    `codes` are what the coder says, `classes` the true classes: the codes, and possibly more, where units of one code
    differ in how easily they are told (``neither`` and ``plain``). ``counts[i][j]`` units of class i fell into cell j;
    cell ``c * (len(cuts) + 1) + s`` is code c with a probability between cuts s - 1 and s. ``own[c][i][s]`` units of
    class i had a probability of code c between `steps` s - 1 and s. Where only codes are known, there are no cuts, and
    one step: whether the unit has the code. `design` says for each class how many times larger errors that come
    together in one report make the variance (1: they come singly).
    """

    codes: tuple[str, ...]
    classes: tuple[str, ...]
    cuts: tuple[float, ...]
    steps: tuple[float, ...]
    counts: Ints
    own: Ints
    design: tuple[float, ...]
    reports: int

    def to_dict(self) -> dict[str, Any]:
        """As plain lists, for JSON; `from_dict` reads it back."""
        return {
            "codes": list(self.codes),
            "classes": list(self.classes),
            "cuts": list(self.cuts),
            "steps": list(self.steps),
            "counts": self.counts.tolist(),
            "own": self.own.tolist(),
            "design": list(self.design),
            "reports": self.reports,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, path: str = "") -> Calibration:
        """Of what `to_dict` made; `DataError` naming `path` when it is not that."""
        try:
            codes, classes = (tuple(map(str, content[name])) for name in ("codes", "classes"))
            cuts, steps, design = (tuple(map(float, content[name])) for name in ("cuts", "steps", "design"))
            counts, own = (np.array(content[name], dtype=np.int64) for name in ("counts", "own"))
            found = cls(codes, classes, cuts, steps, counts, own, design, int(content["reports"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            problem = f"is no calibration record: {error!r}"
        else:
            problem = found._problem()
            if not problem:
                return found
        raise DataError("calibration", problem, path=path, hint="train the model again")

    def _problem(self) -> str:
        k, rows = len(self.codes), len(self.classes)
        if k < 2 or any(len(set(names)) < len(names) for names in (self.codes, self.classes)):
            return "has fewer than two codes, or one twice"
        if self.classes[:k] != self.codes:
            return "has classes that do not begin with the codes"
        for values in (self.cuts, self.steps):
            if not all(low < high for low, high in pairwise((0.0, *values, 1.0))):
                return "has cuts or steps that do not rise between 0 and 1"
        shapes = (rows, k * (len(self.cuts) + 1)), (k, rows, len(self.steps) + 1)
        if (self.counts.shape, self.own.shape) != shapes:
            return f"has counts of other shapes than {shapes[0]} and {shapes[1]}"
        if min(self.counts.min(), self.own.min()) < 0 or self.counts.max() > 2**40:
            return "has a count below 0 or beyond reason"
        if (self.own.sum(axis=2) != self.counts.sum(axis=1)).any():
            return "has counts that do not belong together"
        if len(self.design) != rows or not all(1 <= factor < 1e6 for factor in self.design):
            return "has a design effect below 1, or not one a class"
        return ""

    @cached_property
    def sizes(self) -> Floats:
        """Held-out units of each class."""
        sizes: Floats = self.counts.sum(axis=1).astype(np.float64)
        return sizes

    @cached_property
    def rates(self) -> Floats:
        """Chance of each cell, a row a class."""
        return _smooth(self.counts)

    @cached_property
    def own_rates(self) -> Floats:
        """Chance of each step of a code's own probability: (codes, classes, steps)."""
        return _smooth(self.own)


def _smooth(counts: Ints) -> Floats:
    everywhere = counts.sum(axis=-2, keepdims=True) + 1.0
    held = counts + _RATE_PRIOR * everywhere / everywhere.sum(axis=-1, keepdims=True)
    rates: Floats = held / held.sum(axis=-1, keepdims=True)
    return rates


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share: `naive` as coded, `adjusted` for the coder's errors (the posterior mean), `low` to `high` the interval.

    `n` units are coded as one of those that the share is about; fewer than 10 of them are `few`. Values are null where
    `reason` says so: ``empty`` (n is 0: nothing to divide), ``untested`` (no held-out unit of a class), ``error`` (the
    coder's errors alone explain all that it found), ``agencies`` (one agency does not tell how they differ).
    """

    naive: float | None
    adjusted: float | None
    low: float | None
    high: float | None
    n: int
    few: bool
    reason: str | None = None


def calibrate(
    truth: Sequence[str],
    predicted: Sequence[str] | Floats,
    reports: Sequence[str],
    codes: Sequence[str],
) -> Calibration:
    """The record of a coder on units that it was not trained on.

    `predicted` are codes, or probabilities, a row a unit, a column a code (they tell more); `reports` names the report
    of each unit, `truth` its class: one of `codes`, or a finer one of the caller's. `OptionError` when the lengths
    differ or a code is unknown.

    >>> found = calibrate(["a", "a", "b"], ["a", "b", "b"], ["r1", "r2", "r2"], ["a", "b"])
    >>> found.counts.tolist()
    [[1, 1], [0, 1]]
    """
    codes = tuple(codes)
    sure = isinstance(predicted, np.ndarray) and predicted.ndim == 2
    cuts, steps = (CUTS, STEPS) if sure else ((), (0.5,))
    if not len(truth) == len(predicted) == len(reports):
        raise OptionError("truth", f"{len(truth)} classes, {len(predicted)} predictions, {len(reports)} reports")
    if len(set(codes)) < max(2, len(codes)):
        raise OptionError("codes", "are fewer than two codes, or one stands twice")
    classes = (*codes, *sorted(set(truth) - set(codes)))
    place = {name: at for at, name in enumerate(classes)}
    true = np.array([place[name] for name in truth], dtype=np.int64)
    _, owners = np.unique(np.array(list(reports), dtype=np.str_), return_inverse=True)
    cells, own = _place(predicted, codes, cuts, steps)
    said = cells // (len(cuts) + 1)
    design = tuple(_design(said[true == at], owners[true == at], len(codes)) for at in range(len(classes)))
    counts = _cross(true, cells, len(classes), len(codes) * (len(cuts) + 1))
    owned = np.stack([_cross(true, column, len(classes), len(steps) + 1) for column in own.T])
    record = Calibration(codes, classes, cuts, steps, counts, owned, design, len(set(reports)))
    if problem := record._problem():
        raise OptionError("codes", f"a calibration record {problem}")
    return record


def _cross(rows: Ints, columns: Ints, height: int, width: int) -> Ints:
    return np.bincount(rows * width + columns, minlength=height * width).reshape(height, width)


def _design(said: Ints, owners: Ints, width: int) -> float:
    """Variance of the rates between reports over what it would be if units erred singly, summed over codes."""
    total = len(said)
    names, owners = np.unique(owners, return_inverse=True)
    if len(names) < 2:
        return 1.0
    table = _cross(owners, said, len(names), width)
    rates = table.sum(axis=0) / total
    single = float((rates * (1 - rates)).sum()) * total
    squares = ((table - table.sum(axis=1, keepdims=True) * rates) ** 2).sum(axis=1)
    # Few reports tell little of how far they differ: half a standard error is added (by simulation, a whole one covers
    # too much and none too little).
    error = np.sqrt(len(names) * squares.var(ddof=1))
    spread = float(squares.sum() * len(names) / (len(names) - 1) + error / 2)
    return max(1.0, round(spread / single, 4)) if single else 1.0


def tally(predicted: Sequence[str] | Floats, calibration: Calibration) -> Tally:
    """Units of one report by the cells of `calibration`; `predicted` is of the kind that it was made from.

    `OptionError` for an unknown code, for a wrong number of columns, and for the other kind.
    """
    sure = isinstance(predicted, np.ndarray) and predicted.ndim == 2
    if sure != bool(calibration.cuts):
        raise OptionError("predicted", "must be probabilities or codes as those of the calibration")
    cells, own = _place(predicted, calibration.codes, calibration.cuts, calibration.steps)
    k = len(calibration.codes)
    width = len(calibration.steps) + 1
    slots = own + np.arange(k) * width
    return Tally(
        np.bincount(cells, minlength=calibration.counts.shape[1]),
        np.bincount(slots.ravel(), minlength=k * width).reshape(k, width),
    )


def _place(
    predicted: Sequence[str] | Floats, codes: tuple[str, ...], cuts: tuple[float, ...], steps: tuple[float, ...]
) -> tuple[Ints, Ints]:
    """The cell of each unit, and the step of each code's own probability (a row a unit, a column a code)."""
    if isinstance(predicted, np.ndarray) and predicted.ndim == 2:
        if predicted.shape[1] != len(codes):
            raise OptionError("predicted", f"{predicted.shape[1]} columns for {len(codes)} codes")
        sure = np.searchsorted(np.array(cuts), predicted.max(axis=1, initial=0.0), side="right")
        cells: Ints = predicted.argmax(axis=1) * (len(cuts) + 1) + sure
        return cells, np.searchsorted(np.array(steps), predicted, side="right")
    place = {code: at for at, code in enumerate(codes)}
    if unknown := sorted(set(predicted) - set(codes)):
        raise OptionError("predicted", f"{unknown[0]!r} is no code", hint="known codes: " + ", ".join(codes))
    cells = np.array([place[code] for code in predicted], dtype=np.int64)
    return cells, (cells[:, None] == np.arange(len(codes))).astype(np.int64)


def adjust(
    units: Tally, calibration: Calibration, *, of: str, against: Sequence[str] | None = None, level: float = 0.95
) -> Estimate:
    """The realised share of class `of` among `of` and `against` (by default: all units) of one report.

    Classes that are neither only hide behind the codes of the two. The interval runs from the posterior's
    (1 - level) / 2 to its (1 + level) / 2 quantile, each value of the share counted half to either side (mid-p), since
    a short report has few possible values; it can be a single one. Same units, same result.

    >>> record = calibrate(["a"] * 99 + ["b"] * 99, ["a"] * 99 + ["b"] * 99, ["r"] * 198, ["a", "b"])
    >>> found = adjust(tally(["a", "a", "a", "b"], record), record, of="a")
    >>> found.naive, found.low, found.high
    (0.75, 0.75, 0.75)
    """
    _check(units, calibration, level)
    parts = _parts(calibration, of, against)
    if against is None:
        return _each(units, calibration, parts[0], level)[0]
    naive, n = _naive(units.cells, calibration, of, against)
    if reason := _unfit(n, parts, calibration):
        return Estimate(naive, None, None, None, n, n < FEW, reason)
    mix = _mix(units.cells, calibration)
    rates, sizes = _join(parts, mix, calibration.rates, calibration, float(units.cells.sum()))
    seen = units.cells > 0
    rates = np.concatenate([rates[:, seen], rates[:, ~seen].sum(axis=1, keepdims=True)], axis=1)
    start = np.array([mix[part].sum() for part in parts])
    draws = _draw(np.append(units.cells[seen], 0), rates, sizes, _prior(parts), start)
    return _summary(draws, naive, n, level)


def adjust_each(units: Tally, calibration: Calibration, *, level: float = 0.95) -> tuple[Estimate, ...]:
    """The realised share of each code among all units of one report: `adjust` of each, at once.

    `n` is here the number of units: all of them are in every share.
    """
    _check(units, calibration, level)
    return _each(units, calibration, list(range(len(calibration.codes))), level)


def _each(units: Tally, calibration: Calibration, chosen: list[int], level: float) -> tuple[Estimate, ...]:
    n = int(units.cells.sum())
    k = len(calibration.codes)
    naive = (units.cells.reshape(k, -1).sum(axis=1) / n).tolist() if n else [None] * k
    parts = [[[at], [other for other in range(len(calibration.classes)) if other != at]] for at in chosen]
    reasons = [_unfit(n, pair, calibration) for pair in parts]
    if all(reasons):
        return tuple(
            Estimate(naive[at], None, None, None, n, n < FEW, reason)
            for at, reason in zip(chosen, reasons, strict=True)
        )
    mix = _mix(units.cells, calibration)
    rates, sizes = _against_all(chosen, mix, calibration, float(n))
    chances = _weigh_counts(_thin(units.own[chosen]), rates * sizes[..., None], mix[chosen], _prior(parts[0]))
    bounds = zip(*_bounds(chances, level), strict=True)
    return tuple(
        Estimate(naive[at], None, None, None, n, n < FEW, reason) if reason else Estimate(naive[at], *found, n, n < FEW)
        for at, found, reason in zip(chosen, bounds, reasons, strict=True)
    )


def _thin(counts: Ints) -> Ints:
    """Counts of each code by step: of more than `_MOST` units that many, in the same proportions. How the coder errs is
    then the larger part of what is uncertain."""
    n = int(counts[0].sum())
    if n <= _MOST:
        return counts
    up_to = np.rint(np.cumsum(counts, axis=1) * (_MOST / n)).astype(np.int64)
    thinned: Ints = np.diff(up_to, axis=1, prepend=0)
    return thinned


def _against_all(chosen: list[int], mix: Floats, calibration: Calibration, n: float) -> tuple[Floats, Floats]:
    """`_join` for each code and all other classes: (codes, 2, steps) and (codes, 2)."""
    variance = _variance(mix, calibration, n)
    codes = np.arange(len(chosen))
    weight = np.repeat(mix[None], len(chosen), axis=0)
    weight[codes, chosen] = 0.0
    weight /= weight.sum(axis=1, keepdims=True)
    own = calibration.own_rates[chosen]
    rates = np.stack([own[codes, chosen], (weight[:, None] @ own)[:, 0]], axis=1)
    return rates, 1 / np.stack([variance[chosen], weight**2 @ variance], axis=1)


def _weigh_counts(counts: Ints, held: Floats, mix: Floats, prior: Floats) -> Floats:
    """Chance of each number of units that may be the first part's: (codes, steps), (codes, 2, steps) → (codes, n + 1).

    With the rates summed out of it (Dirichlet, `held` units known), a number of units of a step weighs as
    Dirichlet-multinomials do; the steps' numbers add up, so their weights are convolved. Weights are tilted towards
    `mix`, where the sum mostly lies, lest they vanish there; where they may have, logarithms are added up instead.
    """
    n = int(counts[0].sum())
    odds = np.log(mix / (1 - mix))
    steps = [_split(sizes, held[:, 0, at], held[:, 1, at], odds) for at, sizes in enumerate(counts.T)]
    rows = [
        [step[row, : size + 1] for size, step in zip(sizes, steps, strict=True) if size]
        for row, sizes in enumerate(counts.tolist())
    ]
    sums = np.array([reduce(np.convolve, map(np.exp, row)) for row in rows])
    mine, theirs = (_rises(np.append(held[:, part].sum(axis=1), prior[part]), n) for part in (0, 1))
    tilted = mine[-1] - mine[:-1] + (theirs[-1] - theirs[:-1])[:, ::-1] - odds[:, None] * np.arange(n + 1)
    chances = _normed(np.log(np.maximum(sums, _VANISHED)) + tilted)
    doubtful = np.flatnonzero((chances * (sums <= _VANISHED)).sum(axis=1) > _TINY)
    for row in doubtful.tolist():
        chances[row] = _normed(reduce(_convolve_logarithms, rows[row]) + tilted[row])
    return chances


def _normed(weights: Floats) -> Floats:
    """Chances from logarithms of their weights."""
    chances = np.exp(weights - weights.max(axis=-1, keepdims=True))
    found: Floats = chances / chances.sum(axis=-1, keepdims=True)
    return found


def _convolve_logarithms(one: Floats, other: Floats) -> Floats:
    """Logarithms of the convolution of two rows of weights of which these are the logarithms: slow, for any weights."""
    short, long = sorted((one, other), key=len)
    sums = np.full(len(one) + len(other) - 1, -np.inf)
    for at, weight in enumerate(short.tolist()):
        part = sums[at : at + len(long)]
        np.logaddexp(part, long + weight, out=part)
    return sums


def _rises(base: Floats, n: int) -> Floats:
    """Logarithms of base (base + 1) … (base + i - 1), a column for each i up to `n`."""
    rises = np.zeros((len(base), n + 1))
    np.cumsum(np.log(base[:, None] + np.arange(n)), axis=1, out=rises[:, 1:])
    return rises


def _split(sizes: Ints, mine: Floats, theirs: Floats, odds: Floats) -> Floats:
    """Logarithms of the weight of each number of units that the first part may have of the `sizes` units in a step; the
    largest is 0."""
    most = int(sizes.max())
    places = np.arange(most + 1)
    rises = _rises(np.concatenate((mine, theirs, (1.0,))), most)
    rises[:-1] -= rises[-1]
    rest = sizes[:, None] - places
    weights = rises[: len(sizes)] + odds[:, None] * places
    weights += np.take_along_axis(rises[len(sizes) : -1], np.maximum(rest, 0), axis=1)
    weights[rest < 0] = -np.inf
    found: Floats = weights - weights.max(axis=1, keepdims=True)
    return found


def _bounds(chances: Floats, level: float) -> tuple[list[float], list[float], list[float]]:
    """Mean, and ends of the interval, of the share that each row of `chances` of numbers of units stands for."""
    n = chances.shape[1] - 1
    up_to = np.cumsum(chances, axis=1)
    middle = up_to - chances / 2
    tail = (1 - level) / 2
    # At a low level no value may lie that near the median: then the value at the median is all.
    median = (up_to <= 0.5).sum(axis=1)
    low = np.minimum((middle < tail).sum(axis=1), median) / n
    high = np.maximum((middle <= 1 - tail).sum(axis=1) - 1, median) / n
    mean = np.clip(chances @ np.arange(n + 1) / n, low, high)
    return mean.tolist(), low.tolist(), high.tolist()


def _prior(parts: list[list[int]]) -> Floats:
    sizes = np.array([len(part) for part in parts], dtype=np.float64)
    prior: Floats = _SHARE_PRIOR * sizes / sizes.sum()
    return prior


def adjust_corpus(
    agencies: Sequence[Tally],
    calibration: Calibration,
    *,
    of: str,
    against: Sequence[str] | None = None,
    level: float = 0.95,
) -> Estimate:
    """The share of class `of` among `of` and `against` behind many reports; `agencies` has one tally for each agency.

    The estimand is the share of all units that agencies like these write. The interval allows for which agencies there
    are (a bootstrap that draws whole agencies) and for the calibration's uncertainty. `OptionError` for no agency.
    """
    if not agencies:
        raise OptionError("agencies", "there is none")
    for units in agencies:
        _check(units, calibration, level)
    cells = np.stack([units.cells for units in agencies])
    total = cells.sum(axis=0)
    parts = _parts(calibration, of, against)
    naive, n = _naive(total, calibration, of, against)
    if reason := _unfit(n, parts, calibration):
        return Estimate(naive, None, None, None, n, n < FEW, reason)
    mix = _mix(total, calibration)
    table, known = (cells, calibration.rates)
    if against is None:
        table, known = np.stack([units.own[parts[0][0]] for units in agencies]), calibration.own_rates[parts[0][0]]
    rates, sizes = _join(parts, mix, known, calibration, float(total.sum()))
    prior = _prior(parts)
    point = float(_share(_fit(table.sum(axis=0)[None].astype(np.float64), rates[None], prior))[0])
    table = table[table.sum(axis=1) > 0]
    size = len(table)
    if size < 2:
        return Estimate(naive, point, None, None, n, n < FEW, "agencies")
    rng = np.random.default_rng(0)
    chosen = rng.multinomial(size, np.full(size, 1 / size), size=_BOOTSTRAP)
    shares = _share(_fit((chosen @ table).astype(np.float64), _rates(rng, rates, sizes, _BOOTSTRAP), prior))
    tail = (1 - level) / 2
    low, high = np.quantile(shares, (tail, 1 - tail))
    # A bootstrap of few agencies is too narrow by as much as a normal interval is.
    wide = widening(size, level=level)
    low, high = point - (point - low) * wide, point + (high - point) * wide
    return Estimate(naive, point, max(0.0, float(low)), min(1.0, float(high)), n, n < FEW)


def _check(units: Tally, calibration: Calibration, level: float) -> None:
    if not 0 < level < 1:
        raise OptionError("level", f"{level} is not between 0 and 1")
    if units.cells.shape != calibration.counts.shape[1:] or units.own.shape != calibration.own.shape[::2]:
        raise OptionError("units", "are counted for another calibration", hint="use tally")


def _parts(calibration: Calibration, of: str, against: Sequence[str] | None) -> list[list[int]]:
    """Classes as places: `of`, those against it, and the others if there are any."""
    others = [name for name in calibration.classes if name != of] if against is None else list(against)
    place = {name: at for at, name in enumerate(calibration.classes)}
    if unknown := [name for name in (of, *others) if name not in place]:
        raise OptionError("of", f"{unknown[0]!r} is no class", hint="known: " + ", ".join(calibration.classes))
    if of not in calibration.codes or of in others or not others:
        raise OptionError("of", "must be a code, against other classes")
    parts = [[place[of]], sorted({place[name] for name in others})]
    left = sorted(set(place.values()).difference(*parts))
    return [*parts, left] if left else parts


def _naive(counts: Ints, calibration: Calibration, of: str, against: Sequence[str] | None) -> tuple[float | None, int]:
    by_code = dict(zip(calibration.codes, counts.reshape(len(calibration.codes), -1).sum(axis=1).tolist(), strict=True))
    mine = by_code.get(of, 0)
    n = sum(by_code.values()) if against is None else mine + sum(by_code.get(name, 0) for name in set(against))
    return (mine / n if n else None), n


def _unfit(n: int, parts: list[list[int]], calibration: Calibration) -> str | None:
    if not n:
        return "empty"
    tested = all(calibration.sizes[part].sum() > 0 for part in parts[:2])
    return None if tested else "untested"


def _fit(counts: Floats, rates: Floats, prior: Floats, rounds: int = 25) -> Floats:
    """Most likely mix of classes: (batch, cells) and (batch, classes, cells) → (batch, classes)."""
    mix = np.full((len(rates), 1, rates.shape[1]), 1.0 / rates.shape[1])
    turned = rates.swapaxes(1, 2)
    for _ in range(rounds):
        weight = counts[:, None] / np.maximum(mix @ rates, _TINY)
        mix = mix * (weight @ turned) + prior
        mix /= mix.sum(axis=2, keepdims=True)
    return mix[:, 0]


def _mix(cells: Ints, calibration: Calibration) -> Floats:
    """The report's mix of classes, held towards an even one, lest classes be made up to explain single errors."""
    seen = cells > 0
    rates = calibration.rates[:, seen]
    found: Floats = _fit(cells[None, seen].astype(np.float64), rates[None], np.ones(len(rates)))[0]
    return found


def _join(
    parts: list[list[int]], mix: Floats, known: Floats, calibration: Calibration, n: float
) -> tuple[Floats, Floats]:
    """Chance of each cell for each part, its classes mixed as in the report, and how many single units tell as much."""
    variance = _variance(mix, calibration, n)
    rates, sizes = [], []
    for part in parts:
        weight = mix[part] / mix[part].sum()
        rates.append(weight @ known[part])
        sizes.append(1 / (weight**2 @ variance[part]))
    return np.array(rates), np.array(sizes)


def _variance(mix: Floats, calibration: Calibration, n: float) -> Floats:
    """How little each class's rates are known: one over the single units that would tell as much.

    Where errors come together, a report's own rates stray from the coder's: that counts as fewer units.
    """
    design = np.asarray(calibration.design)
    variance: Floats = design / (calibration.sizes + _RATE_PRIOR) + (design - 1) / np.maximum(mix * n, 1.0)
    return variance


def _rates(rng: np.random.Generator, rates: Floats, sizes: Floats, draws: int) -> Floats:
    """Dirichlet draws: (…, parts, cells) → (…, draws, parts, cells), the batch before or none."""
    shape = (rates * sizes[..., None])[..., None, :, :]
    drawn = rng.standard_gamma(np.broadcast_to(shape, (*shape.shape[:-3], draws, *shape.shape[-2:]))) + _TINY
    found: Floats = drawn / drawn.sum(axis=-1, keepdims=True)
    return found


def _draw(counts: Ints, rates: Floats, sizes: Floats, prior: Floats, mix: Floats) -> Ints:
    """Draws of how many units each part has: (cells), (parts, cells) → (draws, parts).

    Sweeps go from the mix of parts to the units of each part in each cell and back.
    """
    rng = np.random.default_rng(0)
    drawn = _rates(rng, rates, sizes, _CHAINS).swapaxes(1, 2)
    kept = []
    for sweep in range(1, _KEPT[-1] + 1):
        weight = drawn * mix[..., None, :]
        units = rng.multinomial(counts, weight / weight.sum(axis=2, keepdims=True)).sum(axis=1)
        # Not yet a mix that sums to 1: the weights are divided by their sums.
        mix = rng.standard_gamma(units + prior) + _TINY
        if sweep in _KEPT:
            kept.append(units)
    return np.concatenate(kept)


def _share(mix: Floats | Ints) -> Floats:
    shares: Floats = mix[..., 0] / (mix[..., 0] + mix[..., 1])
    return shares


def _summary(draws: Ints, naive: float | None, n: int, level: float) -> Estimate:
    shares = np.sort(_share(draws[draws[:, 0] + draws[:, 1] > 0]))
    if len(shares) < len(draws) // 10:
        return Estimate(naive, None, None, None, n, n < FEW, "error")
    middle = (np.searchsorted(shares, shares, "left") + np.searchsorted(shares, shares, "right")) / (2 * len(shares))
    tail = (1 - level) / 2
    # At a low level no value may lie that near the median: then the value at the median is all.
    half = len(shares) // 2
    low = float(shares[min(int(np.searchsorted(middle, tail)), half)])
    high = float(shares[max(int(np.searchsorted(middle, 1 - tail, side="right")) - 1, half)])
    return Estimate(naive, min(max(float(shares.mean()), low), high), low, high, n, n < FEW)
