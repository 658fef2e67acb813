"""Cells of official tables as facts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from conftest import cases
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext.cells import plain, read_figure
from zhgovtext.document import Cell, Grid, Note, Table, lay_out
from zhgovtext.facts import Fact
from zhgovtext.likeness import edit_distance, nearest
from zhgovtext.report import analyze
from zhgovtext.script import normalize
from zhgovtext.tables import find_table_facts

UNITS = {"元": "元", "万元": "元", "件": "件", "%": "%"}


def _tables(case: dict[str, Any]) -> tuple[str, tuple[Table, ...]]:
    if case.get("ragged"):
        lines = ["\t".join(row) for row in case["grid"]]
        rows, at = [], 0
        for row in case["grid"]:
            cells = []
            for text in row:
                cells.append(Cell(text, at, at + len(text)))
                at += len(text) + 1
            rows.append(tuple(cells))
        return "\n".join(lines), (Table(0, at - 1, tuple(rows), case.get("caption")),)
    grid = Grid(
        [[(c, 1, 1) if isinstance(c, str) else tuple(c) for c in row] for row in case["grid"]], case.get("caption")
    )
    text, _, tables = lay_out([grid])
    return text, tables


def _shown(fact: Fact, wanted: list[Any]) -> list[Any]:
    """A fact in the shape of the case: what the case does not name must be the usual."""
    more = wanted[3] if len(wanted) > 3 else {}
    return [fact.indicator, fact.value, fact.unit, *([{name: getattr(fact, name) for name in more}] if more else [])]


@pytest.mark.parametrize("case", cases("tables"))
def test_case(case: dict[str, Any]) -> None:
    text, tables = _tables(case)
    facts, unread, notes = find_table_facts(normalize(text), tables, period=case["period"])
    assert len(facts) == len(case["facts"]), facts
    assert [_shown(fact, wanted) for fact, wanted in zip(facts, case["facts"], strict=True)] == case["facts"]
    usual = {"state": "stated", "dimensions": {}, "cumulative": False, "period": case["period"], "subject": None}
    for fact, wanted in zip(facts, case["facts"], strict=True):
        named = wanted[3] if len(wanted) > 3 else {}
        assert {n: getattr(fact, n) for n in usual if n not in named} == {
            n: v for n, v in usual.items() if n not in named
        }
        assert text[fact.start : fact.end] == fact.quote
        assert fact.source == "table"
    assert bool(unread) == case.get("unread", False)
    assert [note.code for note in notes] == case.get("notes", [])


def test_a_table_goes_on_after_a_page_break() -> None:
    head = [("", 1, 1), ("自然人", 1, 1), ("商业企业", 1, 1), ("科研机构", 1, 1), ("总计", 1, 1)]
    first = Grid([head, [("（五）不予处理", 1, 1), *[("", 1, 1)] * 4]])
    second = Grid([[("2.重复申请", 1, 1), ("3", 1, 1), ("0", 1, 1), ("1", 1, 1), ("4", 1, 1)]])
    text, _, tables = lay_out([first, second])
    facts, unread, _ = find_table_facts(normalize(text), tables, period="2023")
    assert unread == []
    assert [(f.indicator, f.value, f.dimensions["applicant"]) for f in facts if f.value is not None] == [
        ("request.not_processed.repeated", 3, "natural"),
        ("request.not_processed.repeated", 0, "company"),
        ("request.not_processed.repeated", 1, "research"),
        ("request.not_processed.repeated", 4, "total"),
    ]


APPLICANTS = ("natural", "company", "research", "nonprofit", "legal_service", "other", "total")
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")
KINDS = ["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"]
WHOLE_HEAD: list[list[Any]] = [
    [("", 3, 3), ("申请人情况", 1, 7)],
    [("自然人", 2, 1), ("法人或其他组织", 1, 5), ("总计", 2, 1)],
    [(kind, 1, 1) for kind in KINDS],
]


def _cells(*texts: str, across: int = 1) -> list[tuple[str, int, int]]:
    """Cells of a row without spans, but for the first."""
    return [(texts[0], 1, across), *((text, 1, 1) for text in texts[1:])]


def _applicant_rows(grids: list[Grid]) -> tuple[dict[str, list[int | None]], list[Note]]:
    """Values of each row of requests, by column, in the order of the form."""
    text, _, tables = lay_out(grids)
    facts, _, notes = find_table_facts(normalize(text), tables, period="2023")
    rows: dict[str, list[int | None]] = {}
    for fact in facts:
        at = APPLICANTS.index(fact.dimensions["applicant"]) if "applicant" in fact.dimensions else None
        if at is not None:
            assert isinstance(fact.value, int | None)
            rows.setdefault(fact.indicator or "", [None] * 7)[at] = fact.value
    return rows, notes


@pytest.mark.parametrize("label", ["", "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"])
@pytest.mark.parametrize("across", [1, 3])
def test_seven_figures_are_the_seven_columns_though_spans_are_lost(label: str, across: int) -> None:
    """A copy through a spreadsheet: titles no longer stand above their columns, labels may still be wide."""
    head = [_cells(label, "申请人情况"), _cells("自然人", "法人或其他组织", "总计"), _cells(*KINDS)]
    rows = [
        _cells("一、本年新收政府信息公开申请数量", *"1020104", across=across),
        _cells("三、本年度办理结果", "（一）予以公开", *"0204107", across=1),
        _cells("（三）不予公开", "1.属于国家秘密", *"5000005", across=1),
        _cells("四、结转下年度继续办理", *"0010001", across=across),
    ]
    found, notes = _applicant_rows([Grid([*head, *rows])])
    assert found == {
        "request.received": [1, 0, 2, 0, 1, 0, 4],
        "request.granted": [0, 2, 0, 4, 1, 0, 7],
        "request.not_disclosed.state_secret": [5, 0, 0, 0, 0, 0, 5],
        "request.carried_out": [0, 0, 1, 0, 0, 0, 1],
    }
    assert notes == []


@pytest.mark.parametrize("repeated", [False, True])
def test_the_second_part_of_a_table_has_lost_its_spanning_cells(*, repeated: bool) -> None:
    first = Grid(
        [
            *WHOLE_HEAD,
            _cells("一、本年新收政府信息公开申请数量", *"1020104", across=3),
            [("三、本年度办理结果", 2, 1), ("（三）不予公开", 2, 1), *_cells("1.属于国家秘密", *"1000001")],
            _cells("2.其他法律行政法规禁止公开", *"0000000"),
        ]
    )
    rest = [
        _cells("8.属于行政查询事项", *"2010003"),
        [("（四）无法提供", 2, 1), *_cells("1.本机关不掌握相关政府信息", *"0300014")],
        _cells("2.没有现成信息需要另行制作", "2", "", "", "", "", "", "2"),
        _cells("四、结转下年度继续办理", *"0100001", across=3),
    ]
    found, notes = _applicant_rows([first, Grid([*WHOLE_HEAD, *rest] if repeated else rest)])
    assert found["request.not_disclosed.query"] == [2, 0, 1, 0, 0, 0, 3]
    assert found["request.unable.not_held"] == [0, 3, 0, 0, 0, 1, 4]
    assert found["request.carried_out"] == [0, 1, 0, 0, 0, 0, 1]
    # Blank cells among the figures, and blank cells that fill the row up: which is which nobody can tell.
    assert "request.unable.needs_making" not in found
    assert [note.code for note in notes] == ["row_unaligned"]


def test_kinds_of_dispute_as_rows() -> None:
    outcomes = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    rows = [["行政复议", *"20103"], ["行政诉讼（未经复议直接起诉）", *"10001"], ["经复议后起诉", *"00022"]]
    text, _, tables = lay_out([Grid([_cells("类别", *outcomes), *(_cells(*row) for row in rows)])])
    facts, _, _ = find_table_facts(normalize(text), tables, period="2023")
    assert {fact.indicator: fact.value for fact in facts} == {
        **dict(zip([f"review.{code}" for code in OUTCOMES], [2, 0, 1, 0, 3], strict=True)),
        **dict(zip([f"litigation.direct.{code}" for code in OUTCOMES], [1, 0, 0, 0, 1], strict=True)),
        **dict(zip([f"litigation.after_review.{code}" for code in OUTCOMES], [0, 0, 0, 2, 2], strict=True)),
    }
    assert {(fact.subject, fact.scope) for fact in facts} == {(None, "unknown")}


@pytest.mark.parametrize("between", [" ", ""])
def test_all_outcomes_of_a_kind_in_one_cell(between: str) -> None:
    outcomes = between.join(["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"])
    head = [
        _cells("行政复议", "行政诉讼", "行政诉讼"),
        _cells("", "未经复议直接起诉", "复议后起诉"),
        _cells(*[outcomes] * 3),
    ]
    text, _, tables = lay_out([Grid([*head, _cells("2 0 11 0 13", "1 0 0 3 4", "0 0 0 0 0")])])
    facts, unread, notes = find_table_facts(normalize(text), tables, period="2023")
    codes = [
        f"{kind}.{code}" for kind in ("review", "litigation.direct", "litigation.after_review") for code in OUTCOMES
    ]
    values = [2, 0, 11, 0, 13, 1, 0, 0, 3, 4, 0, 0, 0, 0, 0]
    assert [(fact.indicator, fact.value) for fact in facts] == list(zip(codes, values, strict=True))
    assert [text[fact.start : fact.end] for fact in facts] == [str(value) for value in values]
    assert (unread, notes) == ([], [])


def test_cells_with_fewer_figures_than_outcomes_are_not_opened() -> None:
    outcomes = "结果维持 结果纠正 其他结果 尚未审结 总计"
    text, _, tables = lay_out([Grid([_cells("行政复议"), _cells(outcomes), _cells("2 0 1 3")])])
    facts, _, _ = find_table_facts(normalize(text), tables, period="2023")
    assert [fact for fact in facts if fact.value is not None] == []


def test_a_cell_that_says_more_than_its_figure() -> None:
    figure = read_figure("9千余", UNITS)
    assert (figure.value, figure.qualifier) == (9_000, "more_than")
    text, _, tables = lay_out([Grid([_cells("指标", "数量"), _cells("收到申请数", "300余件")])])
    facts, _, _ = find_table_facts(normalize(text), tables, period="2016")
    assert [(fact.value, fact.unit, fact.qualifier) for fact in facts] == [(300, "件", "more_than")]


def test_a_figure_merged_over_rows_counts_once() -> None:
    text, _, tables = lay_out(
        [Grid([[("行政许可", 1, 1), ("", 1, 1)], [("当面申请数", 1, 1), ("7", 2, 1)], [("网上申请数", 1, 1)]])]
    )
    facts, _, _ = find_table_facts(normalize(text), tables, period=None)
    assert [(f.indicator, f.value) for f in facts if f.value is not None] == [("request.in_person", 7)]


@pytest.mark.parametrize(
    ("text", "state", "value", "unit"),
    [
        ("1,234", "stated", "1234", None),
        ("1，234，567", "stated", "1234567", None),
        ("13575394432.52元", "stated", "13575394432.52", "元"),
        ("8426.73 万元", "stated", "8426.73", "万元"),
        ("12（件）", "stated", "12", "件"),
        ("+14", "stated", "14", None),
        ("减少9", "stated", "-9", None),
        ("－", "dash", None, None),
        ("—", "dash", None, None),
        ("//", "slash", None, None),
        (" ", "blank", None, None),
        ("无", "zero_words", "0", None),
        ("3(含修订1件)", "stated", "3", None),
        ("3件（其中修订1件）", "stated", "3", "件"),
        ("↓1", "stated", "-1", None),
        ("1.2万余元", "stated", "12000", "元"),
        ("9万元", "stated", "9", "万元"),
        ("3（1件）", None, None, None),
        ("1 204", None, None, None),
        ("12公里", None, None, None),
        ("1,23", None, None, None),
        ("3至5", None, None, None),
        ("12\n34", None, None, None),
        ("9" * 10_000, None, None, None),
        ("1" * 16, None, None, None),
        ("=SUM(A1:A9)", None, None, None),
        ("<script>1</script>", None, None, None),
    ],
)
def test_figure(text: str, state: str | None, value: str | None, unit: str | None) -> None:
    figure = read_figure(text, UNITS)
    assert (figure.state, figure.value, figure.unit) == (state, None if value is None else Decimal(value), unit)


@given(st.integers(-(10**14), 10**14), st.integers(0, 6))
def test_figures_are_exact(number: int, places: int) -> None:
    value = Decimal(number).scaleb(-places)
    figure = read_figure(f"{value:f}", {})
    assert figure.value == value
    assert read_figure(f"{value:,f}", {}).value == value
    assert Decimal(str(plain(value))) == value or isinstance(plain(value), float)


@given(st.text("行政许可处罚强制", max_size=8), st.text("行政许可处罚强制", max_size=8))
def test_edit_distance_is_symmetric(left: str, right: str) -> None:
    distance = edit_distance(left, right, 8)
    assert distance == edit_distance(right, left, 8)
    assert (distance == 0) == (left == right)


def test_a_damaged_label_that_two_could_be_is_none() -> None:
    assert (
        nearest("政务微公开政府信息", {"政务微博公开政府信息": 1, "政务微信公开政府信息": 1}, lossy_only=True) is None
    )
    assert (
        nearest("政务微博公开府信息", {"政务微博公开政府信息": 1, "政务微信公开政府信息": 1}, lossy_only=True)
        == "政务微博公开政府信息"
    )


def test_a_huge_table_is_read_in_time() -> None:
    rows = [[(f"第{row}街道办事处公开数", 1, 1), *[(str(row % 7), 1, 1)] * 9] for row in range(3_000)]
    head = [("指标", 1, 1), *[(f"甲{n}", 1, 1) for n in range(9)]]
    text, _, tables = lay_out([Grid([head, [("收到申请数", 1, 1), *[("1", 1, 1)] * 9], *rows])])
    start = perf_counter()
    facts, _, _ = find_table_facts(normalize(text), tables, period="2020")
    assert len(facts) == 9 * 3_001
    assert perf_counter() - start < 5


@pytest.mark.parametrize("name", ["pingtan-2015.html", "pingtan-2021.html", "hongze-2023.pdf", "zhuhai-2017.txt"])
def test_shared_tables(shared: Path, name: str) -> None:
    """Every cell that a careful reader found, with its value, and no other figure with an indicator."""
    gold = json.loads((shared / "gold" / f"{name.split('.')[0]}.table.json").read_text(encoding="utf-8"))
    facts = [fact for fact in analyze(shared / name).facts if fact.source == "table"]

    def key(indicator: str | None, dimensions: dict[str, str], value: float, cumulative: bool) -> tuple[Any, ...]:
        shown = {name: text for name, text in dimensions.items() if name != "row"}
        return indicator or "", sorted(shown.items()), float(value), cumulative

    wanted = [
        key(cell["indicator"], cell.get("dimensions", {}), cell["value"], cell.get("qualifier") == "cumulative")
        for cell in gold
    ]
    found = [key(f.indicator, f.dimensions, f.value, f.cumulative) for f in facts if f.value is not None]
    assert sorted(found) == sorted(wanted)


# fmt: off
LABELS = [
    "指标", "单位", "数量", "历年累计", "收到申请数", "其他", "总计", "合计", "行政复议", "行政诉讼",
    "结果维持", "结果纠正", "自然人", "法人或其他组织", "商业企业", "信息内容", "本年制发件数",
    "处理决定数量", "行政许可", "规章", "（三）不予公开", "1.属于国家秘密", "第二十条第（五）项", "件",
    "万元", "全市", "12", "0", "/", "—", "无", "3.5万元",
]
# fmt: on
CELLS = st.tuples(st.sampled_from([*LABELS, "", "详见附件"]), st.integers(1, 3), st.integers(1, 3))


@given(st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_any_grid_is_read_without_error(rows: list[list[tuple[str, int, int]]]) -> None:
    """Whatever labels and spans come together: a cell is a fact once at most, and its value is what it shows."""
    text, _, tables = lay_out([Grid(rows)])
    facts, unread, _ = find_table_facts(normalize(text), tables, period="2020")
    again, _, _ = find_table_facts(normalize(text), tables, period="2020")
    assert facts == again
    assert not (unread and facts)
    shown = {"12": (12,), "0": (0,), "无": (0,), "3.5万元": (35000,)}
    for fact in facts:
        assert text[fact.start : fact.end] == fact.quote
        scaled = tuple(value * 10_000 for value in shown.get(fact.quote, ()))
        assert fact.value is None or fact.value in shown[fact.quote] + scaled
    filled = [(fact.start, fact.end) for fact in facts if fact.value is not None]
    assert len(filled) == len(set(filled))


@given(st.text("公开信息件数", max_size=8), st.text("公开信息件数", max_size=8))
def test_edit_distance_is_no_less_than_half_the_characters_that_differ(left: str, right: str) -> None:
    """What `nearest` leaves out without a closer look cannot be near."""
    assert edit_distance(left, right, 8) >= len(set(left) ^ set(right)) / 2  # type: ignore[operator]  # 8 is enough


def test_a_head_that_comes_again_is_read_alike() -> None:
    """The columns of one report's form do not get into another's, though the heads are the same."""
    text, _, tables = lay_out(
        [Grid([[(cell, 1, 1) for cell in row] for row in [["指标", "数量"], ["收到申请数", "7"]]])]
    )
    found = [find_table_facts(normalize(text), tables, period=year)[0] for year in ("2016", "2017", "2016")]
    assert [(fact.period, fact.value, fact.dimensions) for facts in found for fact in facts] == [
        ("2016", 7, {}),
        ("2017", 7, {}),
        ("2016", 7, {}),
    ]
    found[0][0].dimensions["row"] = "甲"
    assert find_table_facts(normalize(text), tables, period="2016")[0][0].dimensions == {}
