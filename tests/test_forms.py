"""Official tables that stand as plain text: where they are, and how figures without a gap are told apart."""

from __future__ import annotations

from itertools import combinations, pairwise, product
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from conftest import SNIPPETS, cases
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext.cuts import find_cuts, find_summing_cuts, settle, values_of
from zhgovtext.facts import Fact
from zhgovtext.form_figures import find_form_facts
from zhgovtext.forms import Form, find_forms
from zhgovtext.script import normalize


@pytest.mark.parametrize("case", cases("tables_as_text"))
def test_case(case: dict[str, Any]) -> None:
    normalized = normalize(case["text"])
    forms = find_forms(normalized.text)
    spans = [normalized.source_span(form.start, form.end) for form in forms]
    assert len(spans) == len(case["forms"])
    for (start, end), wanted in zip(spans, case["forms"], strict=True):
        first, last = wanted.split("…")
        assert case["text"][start:end].startswith(first)
        assert case["text"][start:end].endswith(last)
    hints = [Fact(code, value, None, case["period"], 0, 0, "") for code, value in case.get("hints", [])]
    facts, notes = find_form_facts(normalized, forms, period=case["period"], hints=hints)
    facts.sort(key=lambda fact: (fact.start, fact.end))
    assert len(facts) == len(case["facts"]), facts
    for fact, (code, value, unit, *more) in zip(facts, case["facts"], strict=True):
        wanted = {"state": "stated", "dimensions": {}, "cumulative": False, **(more[0] if more else {})}
        assert (fact.indicator, fact.value, fact.unit) == (code, value, unit)
        assert {name: getattr(fact, name) for name in wanted} == wanted
        assert fact.period == (None if fact.cumulative else case["period"])
        assert case["text"][fact.start : fact.end] == fact.quote
    assert [note.code for note in notes] == case["notes"]


def test_a_form_keeps_out_of_tables() -> None:
    text = "指标 数量 收到申请数 3 行政复议数 1 行政诉讼数 0"
    assert find_forms(text) == (Form("figures", 0, len(text)),)
    assert find_forms(text, tables=[(0, len(text))]) == ()


@pytest.mark.parametrize("name", sorted(set(SNIPPETS) - {"table"}))
def test_ordinary_text_has_no_forms(name: str) -> None:
    assert find_forms(normalize(SNIPPETS[name]).text) == ()


def test_shared_forms_end_where_the_prose_begins(shared: Path) -> None:
    text = normalize((shared / "pingtan-2019.txt").read_text(encoding="utf-8")).text
    forms = find_forms(text)
    assert [form.kind for form in forms] == ["activities", "requests", "disputes"]
    assert text[forms[-1].end :].startswith(" 五、")
    assert text[forms[0].end :].startswith("三、")
    assert find_forms(normalize((shared / "suqian-2023.txt").read_text(encoding="utf-8")).text) == ()


@given(st.lists(st.integers(0, 400), min_size=1, max_size=5))
def test_the_true_cut_is_among_all(figures: list[int]) -> None:
    digits = "".join(map(str, figures))
    cuts = find_cuts(digits, len(figures))
    assert cuts is not None
    assert tuple(figures) in [values_of(digits, cut) for cut in cuts]
    for cut in cuts:
        assert "".join(map(str, values_of(digits, cut))) == digits
    breaks = [len(str(figures[0]))]
    assert find_cuts(digits, len(figures), breaks) == [cut for cut in cuts if breaks[0] in cut]


@given(st.lists(st.integers(0, 60), min_size=6, max_size=6))
def test_the_true_row_is_among_those_that_sum(figures: list[int]) -> None:
    row = (*figures, sum(figures))
    digits = "".join(map(str, row))
    found = find_summing_cuts(digits, [7])
    assert found is not None
    assert row in [values_of(digits, cut) for cut in found]
    for cut in found:
        value = values_of(digits, cut)
        assert sum(value[:-1]) == value[-1]
        assert all(digits[a] != "0" or b - a == 1 for a, b in pairwise((0, *cut)))


def _every_cut(digits: str, count: int, breaks: set[int]) -> list[tuple[int, ...]]:
    """All cuts that break the rules of `find_cuts` nowhere, by trying each."""
    every = ((*inner, len(digits)) for inner in combinations(range(1, len(digits)), count - 1))
    return [
        cut
        for cut in every
        if all(digits[a] != "0" or b - a == 1 for a, b in pairwise((0, *cut))) and breaks <= set(cut)
    ]


@given(st.text("0012345", min_size=1, max_size=10), st.integers(1, 8), st.sets(st.integers(1, 9), max_size=2))
def test_cuts_are_all_that_there_are(digits: str, count: int, breaks: set[int]) -> None:
    breaks = {at for at in breaks if at < len(digits)}
    wanted = _every_cut(digits, count, breaks)
    assert find_cuts(digits, count, breaks) == wanted
    rows = {cut: values_of(digits, cut) for cut in wanted}
    if count > 1:
        sums = [cut for cut, row in rows.items() if sum(row[:-1]) == row[-1]]
        assert find_summing_cuts(digits, [count], breaks) == sums
    if count == 4:
        pairs = [cut for cut, row in rows.items() if row[0] == row[1] and row[2] == row[3]]
        assert find_summing_cuts(digits, [2, 2], breaks) == pairs


def test_a_row_without_columns_has_no_cut() -> None:
    assert find_cuts("12", 0) == []


@given(st.data())
def test_what_is_settled_is_what_some_choice_bears_out(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 2))
    figures = st.tuples(*[st.integers(0, 3)] * width)
    rows = data.draw(st.lists(st.lists(figures, min_size=1, max_size=3, unique=True), min_size=2, max_size=4))
    signs = data.draw(st.lists(st.sampled_from((1, -1)), min_size=len(rows), max_size=len(rows)))
    sums = [list(zip(signs, range(len(rows)), strict=True)), [(1, 0), (-1, 1)]]
    fitting = [
        choice
        for choice in product(*rows)
        if all(sum(sign * choice[row][at] for sign, row in terms) == 0 for terms in sums for at in range(width))
    ]
    wanted = [{choice[row] for choice in fitting} for row in range(len(rows))] if fitting else [*map(set, rows)]
    assert [set(found) for found in settle(rows, sums)] == wanted


def test_sums_that_contradict_settle_nothing() -> None:
    rows = [[(1, 1), (11, 0)], [(5, 5)]]
    assert settle(rows, [[(1, 0), (-1, 1)]]) == rows


def test_sums_of_several_rows_settle_a_cut() -> None:
    rows = [[(22, 0, 25), (2, 20, 25)], [(3, 0, 3)], [(25, 0, 28)]]
    assert settle(rows, [[(1, 0), (1, 1), (-1, 2)]]) == [[(22, 0, 25)], [(3, 0, 3)], [(25, 0, 28)]]


def test_a_row_of_unknown_label_among_the_titles_of_another_form() -> None:
    """年底 8 is no outcome of a case: the row stays out."""
    found = find_forms("尚未审结5年底 8总计")
    assert [(row.label, row.chunks) for form in found for row in form.rows] == [("尚未审结", ((4, 5),))]


@pytest.mark.parametrize(
    "text",
    [
        "指标名称单位数量" + "收到申请数件" * 20_000,
        "指标名称单位2017年度历年累计" + "行政复议数件1234567890123" * 3_000,
        "1" * 200_000,
        "本年新收政府信息公开申请数量" + "1" * 200_000,
        "一、本年新收政府信息公开申请数量1234567890123456789012" * 3_000,
        "结果维持总计" * 10_000 + "1" * 10_000,
        "行政许可（" * 30_000,
        "收到申请数\n\n\n" * 20_000,
        "主动公开、" * 30_000,
    ],
    ids=lambda text: text[:8],
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    normalized = normalize(text)
    start = perf_counter()
    find_form_facts(normalized, find_forms(normalized.text), period="2017")
    assert perf_counter() - start < 10
