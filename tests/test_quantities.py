"""Quantities: cases worked out by hand, and properties of numerals."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from conftest import cases
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext import quantities
from zhgovtext.errors import DataError
from zhgovtext.quantities import find_normalized, find_numbers, numeral
from zhgovtext.resources import data_path

_DIGITS = "零一二三四五六七八九"
_FINANCIAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
_FULL_WIDTH = str.maketrans("0123456789%.", "０１２３４５６７８９％．")


@pytest.mark.parametrize("case", cases("numbers"))
def test_case(case: dict[str, Any]) -> None:
    found = [
        {"quote": n.text, "value": n.value, "unit": n.unit, "qualifier": n.qualifier, "value_high": n.value_high}
        for n in find_numbers(case["text"])
    ]
    assert found == case["numbers"]


def test_there_are_cases_of_both_kinds() -> None:
    numbers = [case.values[0]["numbers"] for case in cases("numbers")]
    assert len(numbers) >= 150
    assert sum(not found for found in numbers) >= 40


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
    written = spell(value)
    assert numeral(written) == value
    assert numeral(written.translate(_FINANCIAL)) == value
    # 十二 beside 一十二, 两千 beside 二千.
    assert numeral(written.removeprefix("一") if written.startswith("一十") else written) == value
    assert numeral(written.replace("二千", "两千")) == value
    assert numeral("".join(_DIGITS[int(digit)] for digit in str(value))) == value


@given(st.integers(1, 9999), st.integers(1, 9999), st.integers(1, 9999))
def test_myriads_add_up(high: int, middle: int, low: int) -> None:
    def tail(value: int) -> str:
        return ("" if value >= 1000 else "零") + spell(value)

    assert numeral(f"{spell(high)}万{tail(low)}") == high * 10_000 + low
    assert numeral(f"{spell(high)}亿{tail(middle)}万{tail(low)}") == (high * 10_000 + middle) * 10_000 + low


@pytest.mark.parametrize(
    "text", ["", "万万", "百十", "一十百", "三五千", "一百零", "一万二亿三亿", "零百", "条", "九" * 5000]
)
def test_what_is_no_numeral(text: str) -> None:
    assert numeral(text) is None


@given(st.integers(0, 10**15))
def test_arabic_figures_are_exact(value: int) -> None:
    for written in (str(value), f"{value:,}", f"{value:,}".replace(",", "，")):
        (number,) = find_numbers(f"公开{written}条")
        assert (number.value, number.text) == (value, f"{written}条")


@given(st.integers(0, 10**8), st.integers(1, 9999))
def test_decimals_are_the_nearest_float_and_scaled_ones_exact(whole: int, part: int) -> None:
    written = f"{whole}.{part:04}"
    (share,) = find_numbers(f"占{written}%")
    assert share.value == float(written)
    (count,) = find_numbers(f"公开{written}万条")
    assert count.value == whole * 10_000 + part


_PIECES = st.lists(
    st.sampled_from(
        ["3件", "12条", "约8.9%", "1.2万人次", "第3条", "2017年", "两三件", "3至5场", "，", "。", "公开", "一件"]
    ),
    max_size=12,
).map("".join)


@given(_PIECES)
def test_width_does_not_matter(text: str) -> None:
    def seen(written: str) -> list[tuple[object, ...]]:
        return [(n.value, n.unit, n.start, n.end, n.qualifier, n.value_high) for n in find_numbers(written)]

    assert seen(text.translate(_FULL_WIDTH)) == seen(text)


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("公开信息18万余条", "公開資訊18萬餘條"),
        ("约三至五个工作日", "約三至五個工作日"),
        ("两千四百五件，占百分之八点五", "兩千四百五件，佔百分之八點五"),
        ("第二十条、七张网、五个统一", "第二十條、七張網、五個統一"),
    ],
)
def test_script_does_not_matter(simplified: str, traditional: str) -> None:
    def seen(written: str) -> list[tuple[object, ...]]:
        return [(n.value, n.unit, n.start, n.end, n.qualifier, n.value_high) for n in find_numbers(written)]

    assert seen(traditional) == seen(simplified)


@given(st.text(alphabet="一二十百千万亿两零〇0123456789.,， 余多几成半条件个%第（）至-−“”百分之点", max_size=60))
def test_any_digits_are_safe(text: str) -> None:
    end = 0
    for number in find_numbers(text):
        assert number.start >= end
        assert text[number.start : number.end] == number.text
        assert number.value_high is None or number.value < number.value_high
        assert number.value >= 0 or number.text[0] in "-−"
        end = number.end


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1,",
        "111,",
        "1 ",
        "一",
        "万",
        "1,234",
        "百分之",
        "1至",
        "一至",
        "1.",
        "亿万",
        "1万",
        "1 万",
        "第",
        "、",
        "十点",
        "多",
    ],
)
def test_long_runs_take_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[: length * 2] + "条"
        best = 10.0
        for _ in range(2):
            start = time.perf_counter()
            for _ in find_normalized(text):
                pass
            best = min(best, time.perf_counter() - start)
        return best

    seconds(1000)
    # Ten times the text: a hundred times the time would be quadratic, thirty leaves room for noise.
    assert seconds(100_000) < 30 * max(seconds(10_000), 0.002)


@pytest.mark.parametrize(
    ("run", "texts"),
    [
        ("9" * 10_000, []),
        ("九" * 10_000, []),
        ("9" * 5000 + "万", []),
        ("0." + "3" * 5000, []),
        ("百分之" + "9" * 5000, []),
        ("亿" * 10_000, []),
        # A list of ones, of which the last has a counter.
        ("1," * 5000 + "1", ["1条"]),
    ],
)
def test_endless_numerals_are_no_quantity(run: str, texts: list[str]) -> None:
    assert [number.text for number in find_numbers(f"公开{run}条")] == texts


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("units.tsv", "unit\tbase\tfactor\tone\tunless\n条\t条\tx\t-\t\n", "line 2"),
        ("contexts.tsv", "place\tword\teffect\nunit\t天\tlong\n", "line 2"),
        ("contexts.tsv", "place\tword\teffect\nbefore\t约\tperhaps\n", "line 2"),
        ("names.txt", "# names\n\n件事\n", "line 3"),
    ],
)
def test_a_bad_line_is_named(
    file: str, content: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / file).write_text(content, encoding="utf-8")
    monkeypatch.setattr(
        "zhgovtext.quantities.data_path", lambda *parts: tmp_path / file if parts[-1] == file else data_path(*parts)
    )
    with pytest.raises(DataError) as caught:
        quantities._grammar.__wrapped__()
    assert file in str(caught.value)
    assert place in str(caught.value)


def test_the_words_agree() -> None:
    """Every unit is found by its whole writing, whatever shorter one it begins with."""
    grammar = quantities._grammar()
    assert sum(map(len, grammar.names.values())) + sum(map(len, grammar.wild.values())) >= 200
    for unit in grammar.units:
        (number,) = find_numbers(f"满7{unit}。")
        assert number.text == f"7{unit}"
