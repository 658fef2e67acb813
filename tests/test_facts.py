"""Facts as values, and facts from simple tables."""

from __future__ import annotations

import copy
from dataclasses import FrozenInstanceError, asdict, fields, replace
from inspect import signature

import pytest

import zhgovtext as zg
from zhgovtext.facts import Fact
from zhgovtext.indicators import load_indicators
from zhgovtext.resources import data_path, rows


def _fact() -> Fact:
    return Fact("request.received", 12, "件", "2022", 3, 6, "12件", scope="own", dimensions={"applicant": "natural"})


def test_fact_is_a_value() -> None:
    fact = _fact()
    assert fact == _fact() == copy.deepcopy(fact) != replace(fact, start=4)
    assert repr(fact) == (
        "Fact(indicator='request.received', value=12, unit='件', period='2022', start=3, end=6, quote='12件', "
        "source='prose', state='stated', scope='own', qualifier=None, value_high=None, subject=None, "
        "cumulative=False, dimensions={'applicant': 'natural'})"
    )
    assert asdict(replace(fact, value=13, dimensions={})) == {
        "indicator": "request.received", "value": 13, "unit": "件", "period": "2022", "start": 3, "end": 6,
        "quote": "12件", "source": "prose", "state": "stated", "scope": "own", "qualifier": None, "value_high": None,
        "subject": None, "cumulative": False, "dimensions": {},
    }  # fmt: skip


def test_fact_cannot_be_changed() -> None:
    fact = _fact()
    with pytest.raises(FrozenInstanceError):
        fact.value = 13  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del fact.value
    assert fact == _fact()


def test_fact_is_made_of_its_fields() -> None:
    """Its constructor is written by hand: names and order must be those of the fields."""
    assert list(signature(Fact).parameters) == [field.name for field in fields(Fact)]
    one, other = (Fact(None, 1, "件", None, 0, 2, "1件") for _ in range(2))
    assert one.dimensions == {}
    assert one.dimensions is not other.dimensions


def test_table_with_cumulative_column() -> None:
    text = "附表\n指标名称\t计量单位\t2011年度\t历年累计\n主动公开信息数\t条\t425\t1516\n其中：1.网站公开\t条\t\t/\n"
    facts = zg.analyze_text("青石县2011年政府信息公开工作年度报告\n" + text).facts
    assert [(f.indicator, f.value, f.state, f.cumulative, f.period) for f in facts] == [
        ("proactive.total", 425, "stated", False, "2011"),
        ("proactive.total", 1516, "stated", True, None),
        ("proactive.website", None, "blank", False, "2011"),
        ("proactive.website", None, "slash", True, None),
    ]


def test_table_in_ten_thousands() -> None:
    facts = zg.analyze_text(
        "公开情况统计表\n指标\t单位\t数量\n政府信息公开专项经费\t万元\t268.5\n无名指标\t件\t-\n"
    ).facts
    assert [(f.indicator, f.value, f.unit, f.state, f.dimensions) for f in facts] == [
        ("staff.funds", 2685000, "元", "stated", {}),
        (None, None, "件", "dash", {"row": "无名指标"}),
    ]


def test_table_of_another_shape_is_left_unread_and_said() -> None:
    report = zg.analyze_text("公开12条。\n项目\t自然人\t企业\t总计\n新收\t1\t2\t3\n")
    assert [f.source for f in report.facts] == ["prose"]
    assert "table_unread" in {note.code for note in report.notes}


def test_indicators_have_known_units() -> None:
    columns = ("unit", "base", "factor", "one", "unless")
    bases = {row["base"] for _, row in rows(data_path("quantities", "units.tsv"), columns)}
    assert {indicator.unit for indicator in load_indicators().by_code.values()} <= bases
