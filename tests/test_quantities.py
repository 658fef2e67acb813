"""Quantities: cases worked out by hand, and properties of numerals."""

from __future__ import annotations

import time
from typing import Any

import pytest
from conftest import cases
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext.quantities import find_numbers, numeral

_DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize("case", cases("numbers"))
def test_case(case: dict[str, Any]) -> None:
    found = [
        {"quote": n.text, "value": n.value, "unit": n.unit, "qualifier": n.qualifier, "value_high": n.value_high}
        for n in find_numbers(case["text"])
    ]
    assert found == case["numbers"]


def spell(value: int) -> str:
    """The Chinese numeral of 1 to 9999 by the textbook: powers with digits, one 零 for a gap."""
    text, gap = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // power % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += ("零" if gap and text else "") + _DIGITS[digit] + name
        gap = False
    return text


@given(st.integers(1, 9999))
def test_numerals_round_trip(value: int) -> None:
    assert numeral(spell(value)) == value


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_myriads_add_up(high: int, low: int) -> None:
    middle = "" if low >= 1000 else "零"
    assert numeral(f"{spell(high)}万{middle}{spell(low)}") == high * 10_000 + low


@given(st.integers(0, 10**15))
def test_arabic_figures_are_exact(value: int) -> None:
    for written in (str(value), f"{value:,}"):
        (number,) = find_numbers(f"公开{written}条")
        assert (number.value, number.text) == (value, f"{written}条")


@given(st.text(alphabet="一二十百千万亿两零〇0123456789.,，余多条件%第（）至-“”百分之点", max_size=60))
def test_any_digits_are_safe(text: str) -> None:
    end = 0
    for number in find_numbers(text):
        assert number.start >= end
        assert text[number.start : number.end] == number.text
        assert number.value >= 0
        end = number.end


@pytest.mark.parametrize("unit", ["1", "1,", "一", "万", "1,234", "百分之", "1至", "1.", "亿万"])
def test_long_runs_take_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[: length * 2] + "条"
        start = time.perf_counter()
        find_numbers(text)
        return time.perf_counter() - start

    seconds(1000)
    # Ten times the text: a hundred times the time would be quadratic, thirty leaves room for noise.
    assert seconds(100_000) < 30 * max(seconds(10_000), 0.002)
