"""Agreement of coders: coefficients against published and hand-worked values, matching of units, intervals."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.agreement import Agreement, alpha, measure_agreement
from zhgovtext.coding import Coded, load_coded, write_coded
from zhgovtext.errors import DataError, OptionError
from zhgovtext.estimates import kappa

TEXTS = [f"云澜市第{at}项工作已经公开。" for at in range(40)]


def _coding(codes: str, *, report: str = "云澜", first: int = 0) -> list[Coded]:
    """A unit a letter ("." is left blank), with ids."""
    return [
        Coded(TEXTS[first + at], code.replace(".", ""), id=f"{report}-{first + at}", report=report)
        for at, code in enumerate(codes)
    ]


def _without_ids(coding: list[Coded]) -> list[Coded]:
    return [replace(unit, id="") for unit in coding]


# Coefficients --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # 35 of 50; chance (25 × 30 + 25 × 20) / 2500 = 0.5.
        ([[20, 5], [10, 15]], 0.4),
        # 60 of 100; chance (70 × 60 + 30 × 40) / 10000 = 0.54: 0.06 / 0.46.
        ([[45, 15], [25, 15]], 0.06 / 0.46),
        ([[3, 0, 0], [0, 4, 0], [0, 0, 5]], 1.0),
        # None of 4; chance 2 × 2 × 2 / 16 = 0.5.
        ([[0, 2], [2, 0]], -1.0),
        # All of the second coder's units in one category: just chance.
        ([[6, 0], [3, 0]], 0.0),
        ([[9, 0], [0, 0]], None),
        ([[0, 0], [0, 0]], None),
        # Weights: three quarters agree, chance (0.5 × 0.75 + 0.5 × 0.25).
        ([[0.5, 0.0], [0.25, 0.25]], 0.5),
    ],
)
def test_kappa(table: list[list[float]], expected: float | None) -> None:
    assert kappa(table) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("table", [[[1, 2]], [[1, -1], [0, 3]], [1, 2], [[float("nan"), 1], [1, 1]]])
def test_kappa_of_what_is_no_table(table: Any) -> None:
    with pytest.raises(OptionError):
        kappa(table)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Krippendorff (2011), binary, two observers: of 14 zeros and 6 ones 4 differ, 1 - 19 × 4 / (14 × 6).
        (["0100000000", "1110010010"], 0.095),
        # Krippendorff (2011), nominal, two observers: (23 × 18 - 104) / (24 × 23 - 104).
        (["aabbdcccedda", "babbbccceddd"], 0.692),
        # Krippendorff (2011), four observers with missing data: 0.743.
        (["123321412...", "1233224125.3", ".3332342251.", "12332441251."], 0.743),
    ],
)
def test_alpha_of_published_examples(rows: list[str], expected: float) -> None:
    values = [[None if value == "." else value for value in row] for row in rows]
    assert alpha(values) == pytest.approx(expected, abs=0.0005)


def test_alpha_by_hand() -> None:
    # Values a a | a b: coincidences aa 2, ab 1, ba 1; D_o = 2/4, D_e = 2 × 3 × 1 / (4 × 3) = 1/2.
    assert alpha(["aa", "ab"]) == pytest.approx(0.0)
    assert alpha(["ab", "ab"]) == 1.0
    # The third unit has one value and says nothing.
    assert alpha([["a", "b", "c"], ["a", "b", None], ["a", "b", ""]]) == 1.0


@pytest.mark.parametrize("rows", [[], [[], []], ["aa", "aa"], [["a", None], [None, "b"]]])
def test_alpha_is_undefined_without_variation(rows: Any) -> None:
    assert alpha(rows) is None


def test_alpha_of_rows_that_differ_in_length() -> None:
    with pytest.raises(OptionError, match="length"):
        alpha(["ab", "a"])


codings = st.integers(2, 4).flatmap(
    lambda coders: st.lists(st.text("abc.", min_size=coders, max_size=coders), min_size=1, max_size=12)
)


@given(codings)
def test_alpha_is_that_of_the_definition(units: list[str]) -> None:
    """Disagreement over all pairs within units, against that over all pairs whatsoever."""
    pairable = [values for unit in units if len(values := unit.replace(".", "")) > 1]
    everything = "".join(pairable)
    observed = sum(sum(a != b for a, b in permutations(v, 2)) / (len(v) - 1) for v in pairable)
    expected = sum(a != b for a, b in permutations(everything, 2))
    found = alpha([[None if unit[coder] == "." else unit[coder] for unit in units] for coder in range(len(units[0]))])
    if not expected:
        assert found is None
    else:
        assert found == pytest.approx(1 - (len(everything) - 1) * observed / expected)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=40))
@settings(deadline=None)
def test_kappa_is_that_of_scikit_learn(units: list[tuple[str, str]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    first, second = zip(*units, strict=True)
    table = metrics.confusion_matrix(first, second, labels=list("abc"))
    found = kappa(table)
    if found is None:
        assert len({*first, *second}) == 1
    else:
        assert found == pytest.approx(metrics.cohen_kappa_score(first, second))


# Two coders ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked() -> Agreement:
    """Ten units, one blank with the second coder: 6 of 9 agree."""
    return measure_agreement([_coding("aaaabbbbcc"), _coding("aaabbbba.c")])


def test_two_coders_by_hand(worked: Agreement) -> None:
    # Of the nine: first a 4, b 4, c 1; second a 4, b 4, c 1; agreed a 3, b 3, c 1.
    assert worked.confusion == ((3, 1, 0), (1, 3, 0), (0, 0, 1))
    assert worked.n == 9
    assert worked.percent.value == pytest.approx(7 / 9)
    # Chance (16 + 16 + 1) / 81.
    assert worked.kappa.value == pytest.approx((63 - 33) / (81 - 33))
    # 18 values, 8 a, 8 b, 2 c; D_o = 4/18, D_e = (18² - 64 - 64 - 4) / (18 × 17).
    assert worked.alpha.value == pytest.approx(1 - 17 * 4 / 192)


def test_categories_by_hand(worked: Agreement) -> None:
    a, b, c = worked.categories
    assert [(x.category, x.counts) for x in (a, b, c)] == [("a", (4, 4)), ("b", (4, 4)), ("c", (1, 1))]
    assert [x.agreement for x in (a, b, c)] == [0.75, 0.75, 1.0]
    # a against the rest: 7 of 9, chance (16 + 25) / 81.
    assert a.kappa == pytest.approx((63 - 41) / (81 - 41))
    assert c.kappa == 1.0


def test_disputes_and_gaps(worked: Agreement) -> None:
    assert [(d.unit.id, d.codes) for d in worked.disputes] == [("云澜-3", ("a", "b")), ("云澜-7", ("b", "a"))]
    assert (worked.units, worked.unmatched, worked.blank, worked.alone) == ((10, 10), (0, 0), (0, 1), ((), ()))


def test_codes_fix_categories_and_their_order() -> None:
    found = measure_agreement([_coding("aab"), _coding("abb")], codes=["b", "x", "a"])
    assert [c.category for c in found.categories] == ["b", "x", "a"]
    assert found.confusion == ((1, 0, 0), (0, 0, 0), (1, 0, 1))
    assert (found.categories[1].agreement, found.categories[1].kappa) == (None, None)


def test_one_category_only_is_no_evidence() -> None:
    found = measure_agreement([_coding("aaaa"), _coding("aaaa")])
    assert (found.percent.value, found.kappa.value, found.alpha.value) == (1.0, None, None)
    assert (found.kappa.low, found.kappa.high) == (None, None)
    assert found.categories[0].agreement == 1.0
    assert found.categories[0].kappa is None


def test_to_dict_is_json_with_null_for_the_undefined() -> None:
    found = measure_agreement([_coding("aab", report="一"), _coding("abb", report="一")]).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["percent"]["value"] == 0.666667
    assert found["disputes"] == [{"id": "一-1", "report": "一", "text": TEXTS[1], "codes": ["a", "b"]}]
    assert found["pairs"][0]["confusion"] == [[1, 1], [0, 1]]


# Three coders --------------------------------------------------------------------------------------------------------


def test_three_coders_by_hand() -> None:
    found = measure_agreement([_coding("aabb"), _coding("aabb"), _coding("abb.")])
    assert [(p.coders, p.n) for p in found.pairs] == [((0, 1), 4), ((0, 2), 3), ((1, 2), 3)]
    assert found.pairs[0].kappa == 1.0
    # Two of three; chance (2 × 1 + 1 × 2) / 9.
    assert found.pairs[1].kappa == pytest.approx((6 - 4) / (9 - 4))
    assert found.percent.value == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert found.kappa.value == pytest.approx((1 + 0.4 + 0.4) / 3)
    # Units aaa, aab, bbb, bb: disagreeing 2 × 2 / 2 = 2 of 11 values, 5 a and 6 b.
    assert found.alpha.value == pytest.approx(1 - 10 * 2 / (121 - 25 - 36))
    # a: agreed 2 + 1 + 1 over the pairs, counts 2 + 2, 2 + 1, 2 + 1.
    assert found.categories[0].agreement == pytest.approx(2 * 4 / 10)
    assert found.categories[0].counts == (2, 2, 1)
    assert [d.codes for d in found.disputes] == [("a", "a", "b")]


def test_a_unit_coded_once_is_left_out() -> None:
    found = measure_agreement([_coding("ab.."), _coding("ab.a"), _coding("..bb")])
    assert found.n == 3
    assert [p.n for p in found.pairs] == [2, 0, 1]
    assert (found.pairs[1].percent, found.pairs[1].kappa) == (None, None)
    # The mean is over the pairs that have units: 2 of 2 and 0 of 1.
    assert found.percent.value == 0.5


# Matching ------------------------------------------------------------------------------------------------------------


def test_order_does_not_matter_where_ids_are_shared() -> None:
    second = _coding("abb")
    found = measure_agreement([_coding("aab"), second[::-1]])
    assert (found.matched_by, found.confusion) == ("id", ((1, 1), (0, 1)))


def test_without_ids_report_and_text_match() -> None:
    second = [replace(u, text="  " + u.text.replace("第", "第 ")) for u in _without_ids(_coding("abb"))]
    found = measure_agreement([_coding("aab"), second[::-1]])
    assert (found.matched_by, found.confusion) == ("text", ((1, 1), (0, 1)))


def test_ids_that_stand_before_other_texts_are_not_trusted() -> None:
    first = [Coded(text, code, id=f"s{at}") for at, (text, code) in enumerate(zip(TEXTS[:3], "aab", strict=True))]
    second = [Coded(text, code, id=f"s{at}") for at, (text, code) in enumerate(zip(TEXTS[1:4], "aba", strict=True))]
    found = measure_agreement([first, second])
    assert found.matched_by == "text"
    assert found.n == 2
    assert (found.percent.value, found.unmatched) == (1.0, (1, 1))


def test_ids_made_up_from_lines_are_none(tmp_path: Any) -> None:
    first, second = _without_ids(_coding("aab")), _without_ids(_coding("abb"))[::-1]
    for name, coding in (("first.csv", first), ("second.csv", second)):
        write_coded(coding, tmp_path / name)
    found = measure_agreement([load_coded(tmp_path / "first.csv"), load_coded(tmp_path / "second.csv")])
    assert (found.matched_by, found.confusion) == ("text", ((1, 1), (0, 1)))
    # The same text in two reports, in another order.
    first = [
        Coded("同上。", "a", report="云", line=2, id="line-2"),
        Coded("同上。", "b", report="青", line=3, id="line-3"),
    ]
    second = [replace(unit, category="ab"[unit.category == "a"], report="青云"[unit.report == "青"]) for unit in first]
    assert measure_agreement([first, second]).percent.value == 1.0


def test_a_text_that_occurs_twice_is_matched_in_order() -> None:
    first = [Coded("同上。", code, report="云澜") for code in "ab"] + [Coded("同上。", "c", report="青石")]
    second = [Coded("同上。", "c", report="青石")] + [Coded("同上。", code, report="云澜") for code in "ab"]
    assert measure_agreement([first, second]).percent.value == 1.0


def test_a_file_that_names_no_report_is_matched_by_text() -> None:
    second = [replace(unit, report="", id="") for unit in _coding("aab")]
    found = measure_agreement([_coding("aab"), second])
    assert (found.n, found.percent.value, found.boundaries.reports) == (3, 1.0, 1)


def test_a_report_of_one_coder_is_named() -> None:
    found = measure_agreement([_coding("aab") + _coding("bb", report="青石"), _coding("aab")])
    assert (found.n, found.unmatched, found.alone) == (3, (2, 0), (("青石",), ()))


@pytest.mark.parametrize("second", [_coding("ab", report="青石", first=5), _coding("..."), []])
def test_nothing_in_common_is_an_error_with_a_remedy(second: list[Coded]) -> None:
    with pytest.raises(DataError, match="same sample") as caught:
        measure_agreement([_coding("aab"), second])
    assert caught.value.code == "unmatched"


def test_unknown_category_is_named_with_its_line() -> None:
    with pytest.raises(DataError, match=r"line 7: the category 'zz' .*known codes: a, b"):
        measure_agreement([_coding("ab"), [Coded("甲。", "a"), Coded("乙。", "zz", line=7)]], codes=["a", "b"])


def test_a_column_of_free_text_is_no_column_of_categories() -> None:
    coding = [Coded(f"{at}。", f"说明{at}") for at in range(501)]
    with pytest.raises(DataError, match="501 different categories"):
        measure_agreement([coding, coding])


def test_more_than_fits_into_memory_is_refused() -> None:
    chance = random.Random(1)
    coding = [Coded(f"{at}。", f"c{at % 400}", report=f"县{at}") for at in range(1000)]
    others = [[replace(unit, category=f"c{chance.randrange(400)}") for unit in coding] for _ in range(15)]
    with pytest.raises(DataError, match="compare fewer coders"):
        measure_agreement([coding, *others])


@pytest.mark.parametrize("count", [0, 1, 51])
def test_two_to_fifty_coders(count: int) -> None:
    with pytest.raises(OptionError, match="2 to 50"):
        measure_agreement([_coding("ab")] * count)


@pytest.mark.parametrize("resamples", [-1, 10**9])
def test_resamples_are_bounded(resamples: int) -> None:
    with pytest.raises(OptionError, match="resamples"):
        measure_agreement([_coding("ab"), _coding("ab")], resamples=resamples)


# Intervals -----------------------------------------------------------------------------------------------------------


def _reports(seed: int, *, reports: int) -> list[list[Coded]]:
    """Two coders of 12 sentences a report, who agree in about four of five."""
    chance = random.Random(seed)
    first, second = [], []
    for report in range(reports):
        codes = "".join(chance.choice("aabc") for _ in range(12))
        others = "".join(code if chance.random() < 0.75 else chance.choice("abc") for code in codes)
        first += _coding(codes, report=f"县{report}")
        second += _coding(others, report=f"县{report}")
    return [first, second]


@pytest.mark.parametrize(("reports", "by", "clusters"), [(1, "unit", 12), (9, "report", 9)])
def test_intervals_hold_the_value(reports: int, by: str, clusters: int) -> None:
    found = measure_agreement(_reports(3, reports=reports))
    assert (found.resampled, found.clusters) == (by, clusters)
    for estimate in (found.percent, found.kappa, found.alpha):
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < estimate.value < estimate.high


def test_interval_of_units_is_that_of_the_binomial() -> None:
    """Four of five agree, 100 units: the mean of 0/1 draws has the deviation 0.04."""
    first = [Coded(f"{at}。", "ab"[at % 2]) for at in range(100)]
    second = [replace(unit, category="c") if at < 20 else unit for at, unit in enumerate(first)]
    found = measure_agreement([first, second], resamples=20_000).percent
    assert found.low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.011)
    assert found.high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.011)


def test_reports_widen_the_interval() -> None:
    """Disputes that gather in one report of four: 3 draws in 10 never meet it, 5 in 100 meet it thrice or more."""
    first = [unit for at in range(4) for unit in _coding("abababab", report=f"县{at}")]
    second = [replace(unit, category="ab"[unit.category == "a"]) if unit.report == "县0" else unit for unit in first]
    found = measure_agreement([first, second])
    # (3/4)⁴ = 0.316 of the draws agree fully; thrice or more 13/256 = 0.051, all four 1/256.
    assert (found.percent.value, found.percent.low, found.percent.high) == (0.75, 0.25, 1.0)


def test_no_interval_without_resamples_or_spread() -> None:
    assert measure_agreement([_coding("ab"), _coding("ab")], resamples=0).percent.low is None
    assert measure_agreement([_coding("a"), _coding("b")]).percent.low is None


def test_same_seed_same_interval() -> None:
    codings = _reports(5, reports=8)
    again = measure_agreement(codings, seed=1)
    assert measure_agreement(codings, seed=1) == again
    assert measure_agreement(codings, seed=2).alpha != again.alpha


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure_agreement(_reports(5, reports=4), resamples=100)
    monkeypatch.setattr("zhgovtext.estimates._BLOCK", 17 * 30)
    assert measure_agreement(_reports(5, reports=4), resamples=100) == whole


@given(st.randoms(use_true_random=False), st.sampled_from([1, 3]))
@settings(max_examples=20, deadline=None)
def test_nothing_depends_on_the_order_of_units(chance: random.Random, reports: int) -> None:
    first, second = _reports(11, reports=reports)
    whole = measure_agreement([first, second], resamples=200)
    shuffled = [chance.sample(coding, len(coding)) for coding in (first, second)]
    found = measure_agreement(shuffled, resamples=200)
    for name in ("n", "percent", "kappa", "alpha", "categories", "confusion"):
        assert getattr(found, name) == getattr(whole, name)
    assert {d.unit.id for d in found.disputes} == {d.unit.id for d in whole.disputes}


@given(st.text("abc", min_size=2, max_size=20), st.text("abc", min_size=2, max_size=20))
@settings(max_examples=50, deadline=None)
def test_coders_may_change_places(one: str, other: str) -> None:
    there = measure_agreement([_coding(one), _coding(other)], resamples=0)
    back = measure_agreement([_coding(other), _coding(one)], resamples=0)
    assert (there.n, there.percent, there.kappa, there.alpha) == (back.n, back.percent, back.kappa, back.alpha)
    assert there.confusion == tuple(zip(*back.confusion, strict=True))
