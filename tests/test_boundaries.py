"""Where two coders' units end, worked by hand: cuts of one text, and of texts that differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from conftest import cases
from hypothesis import example, given
from hypothesis import strategies as st

from zhgovtext.agreement import measure_agreement
from zhgovtext.boundaries import _align, _joined
from zhgovtext.coding import Coded

TEXTS = [f"云澜市第{at}项工作已经公开。" for at in range(40)]


def _cut(text: str, *, placed: bool) -> list[Coded]:
    """Units of a text such as ``a:甲。|b:乙。``; placed ones stand one after the other."""
    units: list[Coded] = []
    at = 0
    for part in text.split("|"):
        code, words = part.split(":")
        if words:
            unit = Coded(words, code, report="云澜")
            units.append(replace(unit, start=at, end=at + len(words)) if placed else unit)
        at += len(words)
    return units


@pytest.mark.parametrize("placed", [False, True])
@pytest.mark.parametrize("case", cases("agreement"))
def test_cuts(case: dict[str, Any], placed: bool) -> None:
    codings = [_cut(case[name], placed=placed) for name in ("first", "second")]
    anchor = Coded("临川湖区另行公布。", "a", report="其他")
    found = measure_agreement([[*coding, anchor] for coding in codings]).boundaries
    assert list(found.ends) == case["ends"]
    assert (found.shared, found.places, found.differing) == (case["shared"], case["places"], case["differing"])
    assert found.share == (None if case["share"] is None else pytest.approx(case["share"]))
    assert found.kappa == (None if case["kappa"] is None else pytest.approx(case["kappa"]))
    # The anchor's 9 characters are agreed on too.
    assert found.characters == case["characters"] + 9
    assert found.category_percent == pytest.approx((case["same_category"] + 9) / (case["characters"] + 9))


def test_texts_without_anything_in_common_are_not_compared() -> None:
    shared = Coded("别处相同。", "a", report="青石")
    first, second = Coded("公开三件。", "a", report="云澜"), Coded("办结四件。", "a", report="云澜")
    found = measure_agreement([[shared, first], [shared, second]]).boundaries
    assert (found.reports, found.unaligned, found.apart) == (1, ("云澜",), (5, 5))


@pytest.mark.parametrize(
    ("first", "second", "ends", "shared", "characters", "apart"),
    [
        # A heading that only one took for a unit: its own end lies in text that the other has not.
        ("一、概述|公开三件。|办结两件。|无人申请。", "公开三件。|办结两件。|无人申请。", (2, 2), 2, 15, (4, 0)),
        # A heading that one took into the unit below it.
        ("一、概述全年公开信息三件。|办结两件。", "全年公开信息三件。|办结两件。", (1, 1), 1, 14, (4, 0)),
        # A sentence that only the second has, and after it a unit that only the first divides.
        ("公开三件。|办结两件；|无人申请。", "公开三件。|另有说明。|办结两件；无人申请。", (2, 1), 1, 15, (0, 5)),
        # One character is another: the piece is left out, not all that follows.
        (
            "公开三件。|办结两件。|无人申请。|到此为止。",
            "公开三件。|办结四件。|无人申请。|到此为止。",
            (2, 2),
            2,
            15,
            (5, 5),
        ),
        # What stands twice is no anchor; it is aligned by what stands beside it.
        ("公开。|公开。|办结两件。", "公开。公开。|办结两件。", (2, 1), 1, 11, (0, 0)),
        # In another order only one of two can be aligned.
        ("公开三件。|办结两件。", "办结两件。|公开三件。", (0, 0), 0, 5, (5, 5)),
        # The longest order that both have: the second and third piece.
        ("甲是一。|乙是二。|丙是三。", "乙是二。|丙是三。|甲是一。", (1, 1), 1, 8, (4, 4)),
        ("甲是一。|乙是二。|丙是三。", "丙是三。|甲是一。|乙是二。", (1, 1), 1, 8, (4, 4)),
        # What one text has twice would lead astray.
        ("甲甲甲。|公开。", "公开。|甲甲甲。|公开。", (1, 1), 1, 7, (0, 3)),
        # A unit that the other's text leaves in the middle does not end there.
        ("前面公开信息三件，后面各段没有内容。|完。", "前面公开信息三件，|完。", (0, 1), 0, 11, (9, 0)),
    ],
)
def test_texts_that_differ_are_aligned(
    first: str, second: str, ends: tuple[int, int], shared: int, characters: int, apart: tuple[int, int]
) -> None:
    anchor = Coded("临川湖区另行公布。", "a", report="其他")
    codings = [[*(Coded(text, "a", report="云") for text in cut.split("|")), anchor] for cut in (first, second)]
    found = measure_agreement(codings).boundaries
    assert (found.ends, found.shared, found.apart) == (ends, shared, apart)
    assert found.characters == characters + 9


def test_places_that_contradict_the_text_are_not_trusted() -> None:
    """The same offsets of different readings of a report: the texts follow each other alike, so these decide."""
    first = [Coded("甲甲。", "a", report="云", start=0, end=3), Coded("乙乙。", "b", report="云", start=3, end=6)]
    second = [Coded("甲甲。", "a", report="云", start=2, end=5), Coded("乙乙。", "b", report="云", start=5, end=8)]
    found = measure_agreement([first, second]).boundaries
    assert (found.unaligned, found.ends, found.shared) == ((), (1, 1), 1)


def test_samples_are_compared_where_both_have_text() -> None:
    """What only one coder was given says nothing about cuts."""
    first = [Coded(TEXTS[at], "a", report="云", start=at * 20, end=at * 20 + len(TEXTS[at])) for at in (0, 2, 4)]
    second = [Coded(TEXTS[at], "a", report="云", start=at * 20, end=at * 20 + len(TEXTS[at])) for at in (0, 3, 4)]
    found = measure_agreement([first, second]).boundaries
    assert (found.ends, found.shared, found.characters) == ((1, 1), 1, len(TEXTS[0]) + len(TEXTS[4]))


def test_white_space_around_a_unit_moves_no_end() -> None:
    first = [
        Coded("甲。 ", "a", start=0, end=3),
        Coded("乙。", "b", start=3, end=5),
        Coded("丙。", "b", start=5, end=7),
    ]
    second = [
        Coded("甲。", "a", start=0, end=2),
        Coded(" 乙。", "b", start=2, end=5),
        Coded("丙。", "b", start=5, end=7),
    ]
    found = measure_agreement([first, second]).boundaries
    assert (found.ends, found.shared, found.characters) == ((2, 2), 2, 6)


@given(st.lists(st.text("甲乙。", max_size=12), max_size=12), st.lists(st.text("甲乙。", max_size=12), max_size=12))
@example(["甲" * 10], ["甲" * 9])
def test_what_is_aligned_is_the_same_text_in_the_same_order(one: list[str], other: list[str]) -> None:
    ours, theirs = (_joined([Coded(text, "a") for text in cut], {"a": 0}) for cut in (one, other))
    end_one = end_other = 0
    for low, high, to in _align(ours, theirs):
        assert low >= end_other
        assert to >= end_one
        assert high > low
        end_one, end_other = to + high - low, high
        assert "".join(other)[low:high] == "".join(one)[to:end_one]
    if "".join(one) == "".join(other):
        assert end_one == len("".join(one))


def test_files_may_be_sorted_otherwise_where_units_have_places() -> None:
    first = [Coded(text, "a", start=at * 20, end=at * 20 + len(text)) for at, text in enumerate(TEXTS[:3])]
    found = measure_agreement([first, first[::-1]]).boundaries
    assert (found.ends, found.shared, found.apart) == ((2, 2), 2, (0, 0))


def test_places_tell_repeated_sentences_apart() -> None:
    """Nothing but its place says which of them the second coder was given."""
    first = [Coded("同上。", code, start=at, end=at + 3) for code, at in (("a", 0), ("b", 3), ("a", 6))]
    second = [Coded(" 同上。", "b", start=2, end=6)]
    found = measure_agreement([first, second]).boundaries
    assert (found.characters, found.category_percent, found.apart) == (3, 1.0, (6, 0))


@pytest.mark.parametrize(
    ("start", "end"),
    # Far away; nowhere; inside the other unit: where places cannot be, the order of the units decides.
    [(10**14, 10**14 + 2), (5, 5), (1, 3), (1, 9)],
)
def test_absurd_places_cost_nothing(start: int, end: int) -> None:
    coding = [Coded("甲。", "a", start=0, end=2), Coded("乙。", "b", start=start, end=end)]
    found = measure_agreement([coding, coding]).boundaries
    assert (found.ends, found.characters) == ((1, 1), 4)
