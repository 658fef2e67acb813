"""The balance of corpora: by agency, year and level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from zhgovtext.balances import GroupBalance, balance_by
from zhgovtext.content import load_content_coder
from zhgovtext.errors import OptionError
from zhgovtext.quantification import Calibration, calibrate
from zhgovtext.report import Report, analyze_text

EXPLAINED = "发布政策解读材料。\n"
TOLD = "编发工作简报。\n"


def _report(agency: str, year: int, explained: int, told: int, *, end: str = "") -> Report:
    """Own clauses, one a sentence; without an agency there is no title."""
    title = f"{agency}{year}年政府信息公开工作年度报告\n" if agency else f"{year}年有关情况\n"
    return analyze_text(f"{title}一、主动公开情况\n" + EXPLAINED * explained + TOLD * told + end)


COUNTY, BUREAU, CITY = "青石县人民政府", "青石县水利局", "昆明市人民政府"
PLANS = "二、存在的主要问题\n主要问题是编发简报不及时，政策解读不够深入。\n"


def _counts(found: list[GroupBalance]) -> list[tuple[object, ...]]:
    return [(row.group, row.reports, row.agencies, row.interpretation, row.news, row.naive, row.n) for row in found]


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return [
        _report(COUNTY, 2022, 3, 1),
        _report(BUREAU, 2021, 0, 2, end=PLANS),
        _report(COUNTY, 2021, 1, 1),
        _report(CITY, 2022, 8, 0),
        _report("", 2022, 0, 0),
    ]


def test_the_reports_are_as_meant(reports: list[Report]) -> None:
    agencies = [COUNTY, BUREAU, COUNTY, CITY, None]
    assert [report.meta.agency for report in reports] == agencies
    assert [report.meta.year for report in reports] == [2022, 2021, 2021, 2022, 2022]


def test_by_year(reports: list[Report]) -> None:
    """The bureau's shortcomings stay out; the report without an agency stands for one of its own."""
    found = balance_by(reports, by="year")
    assert _counts(found) == [
        (2021, 2, 2, 1, 3, 0.25, 4),
        (2022, 3, 3, 11, 1, 11 / 12, 12),
        (None, 5, 4, 12, 4, 0.75, 16),
    ]
    assert [(row.by, row.few) for row in found] == [("year", True), ("year", False), (None, False)]
    for row in found:
        assert row.low is not None
        assert row.high is not None
        assert row.adjusted is not None
        assert 0 <= row.low <= row.adjusted <= row.high <= 1


def test_by_agency_one_agency_has_no_interval(reports: list[Report]) -> None:
    found = balance_by(iter(reports), by="agency")
    assert _counts(found) == [
        (CITY, 1, 1, 8, 0, 1.0, 8),
        (COUNTY, 2, 1, 4, 2, 4 / 6, 6),
        (BUREAU, 1, 1, 0, 2, 0.0, 2),
        (None, 1, 1, 0, 0, None, 0),
        (None, 5, 4, 12, 4, 0.75, 16),
    ]
    assert [row.reason for row in found] == ["agencies", "agencies", "agencies", "empty", None]
    assert all((row.low, row.high) == (None, None) for row in found[:-1])
    assert found[1].adjusted is not None


def test_by_level_from_the_highest_down(reports: list[Report]) -> None:
    levels = ["county", "county", "county", "prefecture", "unknown"]
    assert [report.meta.level for report in reports] == levels
    assert _counts(balance_by(reports, by="level")) == [
        ("prefecture", 1, 1, 8, 0, 1.0, 8),
        ("county", 3, 2, 4, 4, 0.5, 8),
        ("unknown", 1, 1, 0, 0, None, 0),
        (None, 5, 4, 12, 4, 0.75, 16),
    ]


def _record(news_taken: int) -> Calibration:
    """Of every ten clauses of news so many are taken for interpretation; all else is coded right, surely or not."""
    codes = load_content_coder().codes
    said = {
        "interpretation": ["interpretation"] * 10,
        "news": ["interpretation"] * news_taken + ["news"] * (10 - news_taken),
        "neither": ["neither"] * 10,
    }
    pairs = [(kind, code, sure) for kind, row in said.items() for code in row * 40 for sure in (0.98, 0.6)]
    rows = np.full((len(pairs), 3), 0.01)
    for at, (_, code, sure) in enumerate(pairs):
        rows[at, codes.index(code)] = sure
    return calibrate([kind for kind, _, _ in pairs], rows, [str(at) for at in range(len(pairs))], codes)


def _with(report: Report, errors: Calibration | None, *, sha256: str = "toy") -> Report:
    coder = replace(report.typed.coder, sha256=sha256)
    other = replace(report)
    other.__dict__["typed"] = replace(report.typed, coder=coder, errors=errors)
    return other


def test_errors_are_allowed_for_in_the_whole() -> None:
    """Half of the news is taken for interpretation: 30 : 10 found are 20 : 20."""
    agencies = [f"青石县{name}局" for name in ("水利", "教育", "财政", "审计", "民政")]
    reports = [_with(_report(agency, 2022, 6, 2), _record(5)) for agency in agencies]
    whole = balance_by(reports)[-1]
    assert (whole.agencies, whole.naive, whole.n) == (5, 0.75, 40)
    assert whole.adjusted == pytest.approx(0.5, abs=0.03)
    assert whole.low is not None
    assert whole.high is not None
    assert whole.low < 0.5 < whole.high


def test_reports_of_one_agency_are_one() -> None:
    """Agencies are resampled, not reports: the same reports under one name tell nothing of how agencies differ."""
    reports = [_with(_report(COUNTY, year, 5, 5), _record(0)) for year in range(2015, 2020)]
    whole = balance_by(reports, by="year")[-1]
    assert (whole.reports, whole.agencies, whole.reason) == (5, 1, "agencies")
    assert whole.adjusted == pytest.approx(0.5, abs=0.01)
    assert (whole.low, whole.high) == (None, None)


def test_errors_that_are_not_known_or_of_two_coders() -> None:
    plain, other = (_with(_report(agency, 2022, 3, 1), None) for agency in (COUNTY, BUREAU))
    found = balance_by([plain, other])[-1]
    assert (found.naive, found.adjusted, found.low, found.reason) == (0.75, None, None, "unmeasured")
    known = _with(plain, _record(0))
    mixed = balance_by([known, _with(other, _record(0), sha256="another")])
    assert [row.reason for row in mixed] == ["agencies", "agencies", "mixed"]
    assert (mixed[-1].naive, mixed[-1].adjusted, mixed[-1].n) == (0.75, None, 8)


@pytest.mark.parametrize(("explained", "told", "share"), [(12, 0, 1.0), (0, 12, 0.0)])
def test_all_of_one_type(explained: int, told: int, share: float) -> None:
    found = balance_by([_report(agency, 2022, explained, told) for agency in (COUNTY, BUREAU)])[-1]
    assert (found.naive, found.n, found.few) == (share, 24, False)
    assert found.adjusted == pytest.approx(share, abs=0.1)


def test_nothing_to_divide() -> None:
    whole = balance_by([])
    assert _counts(whole) == [(None, 0, 0, 0, 0, None, 0)]
    found = balance_by([_report(COUNTY, 2022, 0, 0, end="平稳运行。"), _report(BUREAU, 2022, 0, 0, end=PLANS)])
    assert {row.reason for row in (*whole, *found)} == {"empty"}
    assert {(row.naive, row.adjusted, row.low, row.high, row.item_share) for row in (*whole, *found)} == {(None,) * 5}


def test_stated_items_are_summed_where_they_are_stated() -> None:
    both = "全年发布政策解读稿件30篇，发布政务动态90条。\n"
    one = "全年发布政策解读稿件5篇。\n"
    reports = [_report(COUNTY, 2021, 0, 0, end=both), _report(COUNTY, 2022, 0, 0, end=one)]
    assert [report.balance.items["news"] for report in reports] == [90, None]
    whole = balance_by(reports, by="year")[-1]
    assert whole.items == {"interpretation": 35, "news": 90, "channels": None, "proactive": None}
    assert whole.stated == {"interpretation": 2, "news": 1, "channels": 0, "proactive": 0, "both": 1}
    # Of the one report that states both: 30 of 120, not 35 of 125.
    assert whole.item_share == 0.25


def test_plain_data_and_wrong_arguments() -> None:
    record = balance_by([_report(COUNTY, 2022, 2, 1)], by="year")[0].to_dict()
    assert record["naive"] == 0.666667
    assert (record["by"], record["group"]) == ("year", 2022)
    with pytest.raises(OptionError, match="choose agency, year, level"):
        balance_by([], by="region")
