"""The words of running text around its figures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.passages import FAR, Passage, find_stretches
from zhgovtext.quantities import find_normalized
from zhgovtext.wording import load_wording


def _passage(text: str) -> Passage:
    passage = Passage(text, load_wording(), [(0, len(text))])
    passage.turn(0, len(text), ())
    return passage


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("公开规章，收到申请", ["plain_request", "receive"]),
        ("收到（含网站）申请", ["plain_request", "receive"]),
        ("公开（收到申请", ["plain_request", "receive"]),
        ("收到申请：", ["plain_request", "receive"]),
        ("公开：收到申请", ["plain_request", "receive"]),
        ("收到申请；", []),
    ],
)
def test_words_of_a_clause(text: str, clause: list[str]) -> None:
    passage = _passage(text)
    assert [passage.classes[at] for at in passage.clause(len(text), 0)] == clause


def test_brackets_that_are_open() -> None:
    passage = _passage("收到（含网站）申请（其中公开")
    assert [at for at in range(len(passage.text)) if passage.in_bracket(at)] == [3, 4, 5, 6, 10, 11, 12, 13]


def test_tables_between_units_are_cut_out() -> None:
    table = "12\t34\n" * 400
    text = "收到申请3件。\n" + table + "办结3件。\n"
    last = len(text) - len("办结3件。\n")
    (first, second) = find_stretches(text, [0, last], [7, last + 5])
    assert first == (0, 8)
    # The 400 characters before it go back to the fourth character of a line of six.
    assert second == (last - FAR - 2, len(text))
    assert text[second[0] - 1] == "\n"


def test_one_long_line_is_one_stretch() -> None:
    text = "收到申请3件。" + "，" * 2000 + "办结3件。"
    spans = find_stretches(text, [0, len(text) - 5], [7, len(text)])
    assert spans[0] == (0, len(text))
    assert all(low >= len(text) for low, _ in spans[1:])


def test_no_units_have_no_stretch() -> None:
    assert find_stretches("12件\n", [], []) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["收到申请12件", "3至", "5件，", "第", "\n", "一", "百分之三", " ", "1,", "200份"]), max_size=30
    )
)
def test_numbers_of_lines_are_those_of_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    lines: list[tuple[int, int]] = []
    for line in text.splitlines(keepends=True):
        low = lines[-1][1] if lines else 0
        lines.append((low, low + len(line)))
    assert [number for line in lines for number in find_normalized(text, *line)] == list(find_normalized(text))
