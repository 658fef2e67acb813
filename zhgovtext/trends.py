"""Trends: a term, an indicator, a category or the balance over the years of a corpus, with intervals.

Of a year with several agencies the interval says how far agencies like these differ: a bootstrap that draws whole
agencies, its percentiles widened as Student's t is wider than the normal distribution, since a bootstrap of few
agencies is too narrow (Hesterberg 2015, What teachers should know about the bootstrap, The American Statistician 69).
Of a year with one report it is the report's own, which allows for the coder's errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from zhgovtext.comparison import notes_between, own_figures
from zhgovtext.dictionary import find_term
from zhgovtext.errors import OptionError
from zhgovtext.estimates import bootstrap, check_bootstrap, ratio, widening
from zhgovtext.indicators import load_indicators
from zhgovtext.report import Report

_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Point:
    """One year of a series.

    `value` is of all agencies together, `measure` says what it is: ``per_thousand`` (a term in each thousand
    characters), ``mean`` (of the agencies that state the figure), ``share``. It is from `n` of the year's `reports`,
    one an agency, and from so many `units`: characters, figures, sentences or clauses. `low` to `high` is the 95 %
    interval, `interval` what it allows for: ``agencies`` or ``coder``. Null with a `reason`: ``no_value`` (no report
    has it), ``no_year`` (these reports have no year), and for an interval ``one_agency`` (a single agency tells nothing
    of how agencies differ, and its coder's error is not known) or ``no_spread`` (the agencies are alike: resampling
    them shows nothing). The interval of a mean of very uneven figures (a few large agencies, many small ones) is too
    narrow. `notes` say what the rules changed since the point before.
    """

    measure: str
    year: int | None
    value: float | None
    low: float | None
    high: float | None
    interval: str | None
    n: int
    reports: int
    units: int
    reason: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """What a report adds to a value that is a sum divided by a sum; its own interval where it has one."""

    above: float
    below: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class _Series:
    """How a series is measured: `part` of each report, a factor of the value, and the most that the value can be."""

    measure: str
    part: Callable[[Report], _Part | None]
    factor: float = 1.0
    most: float | None = None
    code: str | None = None


@dataclass(slots=True)
class _Year:
    """How many reports a year has, and the part of each agency."""

    reports: int = 0
    parts: dict[object, _Part | None] = field(default_factory=dict)


def trend(
    reports: Iterable[Report],
    *,
    term: str | None = None,
    indicator: str | None = None,
    category: str | None = None,
    balance: bool = False,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Point]:
    """A series by year, years without a report left out; reports without a year stand last, as one point.

    Exactly one of: `term` (as of `find_term`, with ``*``), `indicator` (a code, by the rule of `own_figures`; a range
    counts by its middle), `category` (a code of the codebook: share of the coded sentences), `balance` (interpretation
    / (interpretation + news), adjusted for the coder's errors where the reports have it so). Shares and rates are of
    all the year's texts together. Of an agency's year that stands twice the first report with the value counts; a
    report without an agency stands for itself. Reports are read once and not kept. `resamples` and `seed` are those of
    the bootstrap. Raises `OptionError` when none or several are asked for, or for an unknown code.

    >>> from zhgovtext.report import analyze_text
    >>> title = "青石县{}局{}年政府信息公开工作年度报告\\n全年收到政府信息公开申请{}件。"
    >>> years = [("水利", 2022, 8), ("教育", 2022, 12), ("水利", 2023, 9)]
    >>> points = trend([analyze_text(title.format(*row)) for row in years], indicator="request.received")
    >>> [(point.year, point.value, point.n, point.reason) for point in points]
    [(2022, 10.0, 2, None), (2023, 9.0, 1, 'one_agency')]
    """
    check_bootstrap(resamples, seed)
    series = _series(term, indicator, category, balance)
    years: dict[int | None, _Year] = {}
    for at, report in enumerate(reports):
        found = years.setdefault(report.meta.year, _Year())
        found.reports += 1
        agency = report.meta.agency or at
        found.parts[agency] = found.parts.get(agency) or series.part(report)
    undated = years.pop(None, None)
    points: list[Point] = []
    last: int | None = None
    for year in sorted(year for year in years if year):
        notes = notes_between(series.code, [last, year]) if series.code else ()
        points.append(_point(series, year, years[year], notes, resamples, seed))
        last = year
    if undated:
        points.append(Point(series.measure, None, None, None, None, None, 0, undated.reports, 0, "no_year"))
    return points


def _series(term: str | None, indicator: str | None, category: str | None, balance: bool) -> _Series:
    if [term, indicator, category, balance or None].count(None) != 3:
        raise OptionError("series", "ask for one series", hint="give term=, indicator=, category= or balance=True")
    if term is not None:
        # A term that cannot be looked for is told before anything is read.
        find_term("", term)
        return _Series("per_thousand", partial(_term_part, term), 1000.0)
    if indicator is not None:
        if indicator not in load_indicators().by_code:
            raise OptionError("indicator", f"no indicator {indicator!r}", hint="see data/indicators/indicators.tsv")
        return _Series("mean", partial(_indicator_part, indicator), code=indicator)
    if category is not None:
        return _Series("share", partial(_category_part, category), most=1.0)
    return _Series("share", _balance_part, most=1.0)


def _term_part(term: str, report: Report) -> _Part | None:
    chars = len("".join(report.normalized.text.split()))
    return _Part(len(find_term(report, term)), chars) if chars else None


def _indicator_part(code: str, report: Report) -> _Part | None:
    figure = own_figures(report).get(code)
    if figure is None or figure.value is None:
        return None
    high = figure.value if figure.value_high is None else figure.value_high
    return _Part((figure.value + high) / 2, 1)


def _category_part(code: str, report: Report) -> _Part | None:
    if code not in report.codebook.codes:
        raise OptionError("category", f"no category {code!r}", hint=f"known: {', '.join(report.codebook.codes)}")
    shares = report.category_shares()
    coded = sum(share.sentences for share in shares)
    share = shares[report.codebook.codes.index(code)]
    return _Part(share.sentences, coded, share.low, share.high) if coded else None


def _balance_part(report: Report) -> _Part | None:
    balance = report.balance
    if balance.naive is None:
        return None
    share = balance.naive if balance.adjusted is None else balance.adjusted
    return _Part(share * balance.n, balance.n, balance.low, balance.high)


def _point(series: _Series, year: int, found: _Year, notes: tuple[str, ...], resamples: int, seed: int) -> Point:
    parts = [part for part in found.parts.values() if part]
    n = len(parts)
    units = int(sum(part.below for part in parts))
    if not units:
        return Point(series.measure, year, None, None, None, None, 0, found.reports, 0, "no_value", notes)
    value = series.factor * sum(part.above for part in parts) / units
    low, high, interval = _interval(series, parts, value, resamples, seed)
    reason = None if interval else "one_agency" if n == 1 else "no_spread" if resamples else None
    return Point(series.measure, year, value, low, high, interval, n, found.reports, units, reason, notes)


def _interval(
    series: _Series, parts: Sequence[_Part], value: float, resamples: int, seed: int
) -> tuple[float | None, float | None, str | None]:
    if len(parts) == 1:
        only = parts[0]
        return only.low, only.high, None if only.low is None else "coder"
    if not resamples:
        return None, None, None
    tables = np.array([[part.above, part.below] for part in parts])
    times = np.ones(len(parts), dtype=np.int64)
    draws = bootstrap(lambda sums: ratio(sums[..., 0], sums[..., 1]), tables, times, resamples=resamples, seed=seed)
    low, high = np.percentile(draws * series.factor, [100 * _TAIL, 100 * (1 - _TAIL)]).tolist()
    if low == high:
        return None, None, None
    wide = widening(len(parts))
    low, high = value - (value - low) * wide, value + (high - value) * wide
    return max(0.0, low), high if series.most is None else min(series.most, high), "agencies"
