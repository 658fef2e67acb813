"""Facts from simple tables."""

from __future__ import annotations

import zhgovtext as zg
from zhgovtext.indicators import load_indicators
from zhgovtext.resources import data_path, rows


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
