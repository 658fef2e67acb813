"""Series by year: what each point is of, its interval, and what has no value."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import REPORTS

from zhgovtext.errors import OptionError
from zhgovtext.estimates import widening
from zhgovtext.report import Report, analyze, analyze_text
from zhgovtext.trends import Point, trend


@cache
def read_text(text: str, name: str = "text") -> Report:
    return analyze_text(text, name=name)


def report(bureau: str, year: int | str, requests: int | None = None, more: str = "") -> Report:
    figure = "" if requests is None else f"全年收到政府信息公开申请{requests}件。\n"
    return read_text(f"青石县{bureau}局{year}年政府信息公开工作年度报告\n{figure}{more}全年工作平稳。\n")


def test_the_mean_of_an_indicator() -> None:
    """2021: 8 and 12, one report without the figure; 2022: 30 of one agency."""
    reports = [report("水利", 2021, 8), report("教育", 2022, 30), report("教育", 2021, 12), report("民政", 2021)]
    first, second = trend(reports, indicator="request.received")
    assert (first.year, first.value, first.n, first.reports, first.units) == (2021, 10, 2, 3, 2)
    assert first.measure == "mean"
    assert first.interval == "agencies"
    assert first.low is not None
    assert first.high is not None
    assert first.low <= 8 < 12 <= first.high
    assert second == Point("mean", 2022, 30, None, None, None, 1, 1, 1, "one_agency")


def test_a_range_counts_by_its_middle() -> None:
    one = report("水利", 2021, 8)
    (point,) = trend([replace(one, facts=(replace(one.facts[0], value_high=12),))], indicator="request.received")
    assert point.value == 10


def test_a_term_per_thousand_characters_of_all_texts() -> None:
    """Occurrences by characters that are no white space, all texts of the year taken together."""
    reports = [report("水利", 2021, more="水价听证。水价公示。"), report("教育", 2021)]
    (point,) = trend(reports, term="水价")
    chars = sum(len("".join(one.document.text.split())) for one in reports)
    assert point.value == pytest.approx(2000 / chars)
    assert (point.measure, point.units, point.n) == ("per_thousand", chars, 2)


def balanced(one: Report, **values: float | None) -> Report:
    """The report with another balance."""
    told = replace(one)
    told.__dict__["balance"] = replace(one.balance, **values)
    return told


def test_shares_of_a_category_and_of_interpretation() -> None:
    """Corpus reports: pooled counts, worked out from the reports' own tables of shares and balances."""
    reports = [analyze(REPORTS / f"{name}.txt") for name in ("tingyuan-2023", "yunlan-2023")]
    (point,) = trend(reports, category="problems")
    shares = [{share.category: share for share in one.category_shares()} for one in reports]
    sentences = [sum(share.sentences for share in one.values()) for one in shares]
    assert point.value == sum(one["problems"].sentences for one in shares) / sum(sentences)
    assert (point.measure, point.units) == ("share", sum(sentences))
    reports = [balanced(one, adjusted=None) for one in reports]
    (point,) = trend(reports, balance=True)
    counts = [(one.balance.naive or 0) * one.balance.n for one in reports]
    assert point.units == sum(one.balance.n for one in reports)
    assert point.value == pytest.approx(sum(counts) / point.units)
    assert point.low is not None
    assert point.high is not None
    assert 0 <= point.low <= (point.value or 0) <= point.high <= 1


def test_one_report_has_its_own_interval() -> None:
    """That of the coder's errors, where the report has one."""
    one = analyze(REPORTS / "yunlan-2023.txt")
    told = balanced(one, adjusted=0.5, low=0.25, high=0.75)
    (point,) = trend([told], balance=True)
    assert (point.value, point.low, point.high, point.interval, point.reason) == (0.5, 0.25, 0.75, "coder", None)
    silent = balanced(one, naive=0.25, adjusted=None, low=None, high=None)
    (point,) = trend([silent], balance=True)
    assert (point.value, point.low, point.high, point.interval, point.reason) == (0.25, None, None, None, "one_agency")


def test_what_has_no_value_is_null() -> None:
    reports = [report("水利", 2021), report("水利", 2022, 0), read_text("全年收到政府信息公开申请5件。")]
    points = trend(reports, indicator="request.received")
    assert points == [
        Point("mean", 2021, None, None, None, None, 0, 1, 0, "no_value"),
        Point("mean", 2022, 0, None, None, None, 1, 1, 1, "one_agency"),
        Point("mean", None, None, None, None, None, 0, 1, 0, "no_year"),
    ]
    assert [point.reason for point in trend(reports, balance=True)] == ["no_value", "no_value", "no_year"]
    assert trend([], term="水价") == []


def test_no_sentence_is_coded() -> None:
    text = "青石县水利局2021年政府信息公开工作年度报告\n全年平稳。"
    (point,) = trend([analyze_text(text, min_probability=1.0)], category="other")
    assert (point.value, point.reason) == (None, "no_value")


def test_agencies_that_are_alike_show_no_spread() -> None:
    (point,) = trend([report("水利", 2021, 7), report("教育", 2021, 7)], indicator="request.received")
    assert (point.value, point.low, point.high, point.reason) == (7, None, None, "no_spread")


def test_of_an_agency_that_stands_twice_the_first_report_with_the_value_counts() -> None:
    reports = [report("水利", 2021), report("水利", 2021, 7), report("水利", 2021, 9), report("教育", 2021, 11)]
    (point,) = trend(iter(reports), indicator="request.received")
    assert (point.value, point.n, point.reports) == (9, 2, 4)


def test_a_point_says_what_the_rules_changed_before_it() -> None:
    """复议 takes in pending cases from 2019 on; the note stands at the first point after."""
    one = report("水利", 2021)
    years = [replace(one, meta=replace(one.meta, year=year)) for year in (2017, 2018, 2020, 2021)]
    assert [len(point.notes) for point in trend(years, indicator="review.total")] == [0, 0, 1, 0]
    assert [len(point.notes) for point in trend(years, indicator="proactive.total")] == [0, 0, 0, 0]


def test_the_interval_is_the_same_every_time_and_follows_the_seed() -> None:
    reports = [report(bureau, 2021, requests) for bureau, requests in zip("水教民财", (3, 8, 20, 41), strict=True)]
    one, again, other = (trend(reports, indicator="request.received", seed=seed, resamples=25)[0] for seed in (0, 0, 1))
    assert one == again
    assert (one.low, one.high) != (other.low, other.high)
    (none,) = trend(reports, indicator="request.received", resamples=0)
    assert (none.value, none.low, none.interval, none.reason) == (18, None, None, None)


def test_intervals_cover_the_mean_behind_few_agencies() -> None:
    """Five agencies around 100, a thousand times: 95 % ± 3 (a plain percentile bootstrap covers some 83 %)."""
    from zhgovtext.trends import _interval, _Part, _Series

    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(1000):
        parts = [_Part(float(value), 1) for value in rng.normal(100, 15, 5)]
        mean = sum(part.above for part in parts) / 5
        low, high, _ = _interval(_Series("mean", lambda _: None), parts, mean, 300, 0)
        assert low is not None
        assert high is not None
        covered += low <= 100 <= high
    assert 920 <= covered <= 980


@pytest.mark.parametrize(("agencies", "expected"), [(2, 12.706 / 1.96 * 2**0.5), (31, 2.042 / 1.96 * (31 / 30) ** 0.5)])
def test_widening_is_that_of_students_t(agencies: int, expected: float) -> None:
    """Quantiles of the printed tables: 12.706 with one degree of freedom, 2.042 with thirty."""
    assert widening(agencies) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"term": "水价", "balance": True},
        {"indicator": "request.received", "category": "other"},
        {"term": ""},
        {"term": "*"},
        {"indicator": "request.nothing"},
        {"category": "nothing"},
        {"term": "水价", "resamples": -1},
        {"term": "水价", "seed": -1},
    ],
)
def test_wrong_requests(asked: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        trend([report("水利", 2021)], **asked)


def test_real_reports(shared: Path) -> None:
    reports = [analyze(path) for path in sorted(shared.glob("pingtan-20??.txt"))]
    points = trend(reports, indicator="proactive.total")
    assert [point.year for point in points] == [2011, 2015, 2017, 2019, 2021]
    assert all(point.value and point.n == 1 and point.reason == "one_agency" for point in points)
