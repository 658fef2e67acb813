"""Key word in context."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.concordance import Concordance, kwic

# Characters of every kind that normalising changes, moves or takes out.
ALPHABET = "公開开政府門门戶户入口網站网站０1Ａ 　\u200b，。\n"


def test_place_and_context() -> None:
    # 全0 年1 主2 动3 公4 开5 信6 息7 。8 换行9 主10 动11 公12 开13
    found = kwic("全年主动公开信息。\n主动公开", "主动公开", width=3)
    assert found == [
        Concordance("全年", "主动公开", "信息。", 2, 6),
        Concordance("息。 ", "主动公开", "", 10, 14),
    ]


def test_any_script_finds_any_other() -> None:
    assert [(c.term, c.start) for c in kwic("設立專欄", "专栏")] == [("專欄", 2)]
    assert [(c.term, c.start) for c in kwic("设立专栏", "專欄")] == [("专栏", 2)]
    assert [(c.term, c.start) for c in kwic("第１２號", "12号")] == [("１２號", 1)]


def test_a_mirror_is_searched_in_its_own_words_and_in_the_mainland_s() -> None:
    text = "國務院：各入口網站公布規範性檔案，方便人民民眾。"
    assert zg.normalize(text).profile == "tw-mainland"
    assert [(c.term, c.start) for c in kwic(text, "门户网站")] == [("入口網站", 5)]
    assert [(c.term, c.start) for c in kwic(text, "入口網站")] == [("入口網站", 5)]


def test_space_and_invisible_characters_inside() -> None:
    assert [(c.term, c.start, c.end) for c in kwic("联系 邮 编：1", "邮编")] == [("邮 编", 3, 6)]
    assert [(c.start, c.end) for c in kwic("政\u200b府", "政府")] == [(0, 3)]


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("公开*", ["公开制度", "公开"]),
        ("*公开", ["主动公开", "不予公开"]),
        ("主*开", ["主动公开"]),
        ("主*度", ["主动公开制度"]),
        ("主*，", []),
        ("动*不", []),
    ],
)
def test_a_wildcard_takes_characters_of_words_only(term: str, found: list[str]) -> None:
    assert [c.term for c in kwic("主动公开制度，不予公开。", term)] == found


@pytest.mark.parametrize(("between", "found"), [("", 1), ("一二三四", 1), ("一二三四五", 0)])
def test_a_wildcard_takes_four_characters_at_most(between: str, found: int) -> None:
    assert len(kwic(f"甲{between}乙", "甲*乙")) == found


def test_a_wildcard_gives_back_what_the_rest_needs() -> None:
    # The longest run after 甲 ends at the second 乙, after which there is no 丙.
    assert [c.term for c in kwic("甲一乙丙乙", "甲*乙*丙")] == ["甲一乙丙"]


def test_places_do_not_overlap() -> None:
    assert [(c.start, c.end) for c in kwic("公公公公公", "公公")] == [(0, 2), (2, 4)]


@pytest.mark.parametrize("term", ["", " ", "*", "＊", " * ", "公**开", "公\n开", "公" * 65, "\u200b"])
def test_terms_that_are_none(term: str) -> None:
    with pytest.raises(zg.OptionError, match="the term"):
        kwic("公开", term)
    with pytest.raises(zg.OptionError, match="width"):
        kwic("公开", "公开", width=-1)


def test_of_a_report() -> None:
    report = zg.analyze_text("一、概述\n全年開設專欄3個。\n")
    (line,) = report.kwic("专栏", width=2)
    assert (line.left, line.term, line.right) == ("開設", "專欄", "3個")
    assert report.document.text[line.start : line.end] == "專欄"


@given(
    st.text(alphabet=ALPHABET, max_size=60),
    st.sampled_from(["公开", "政府", "门户网站", "网站", "1"]),
    st.integers(0, 5),
)
def test_offsets_are_those_of_the_text_as_read(text: str, term: str, width: int) -> None:
    for line in kwic(text, term, width=width):
        assert zg.normalize(text[line.start : line.end], profile="hant").text.strip() in (term, "入口网站")
        assert len(line.term) == line.end - line.start
        assert line.left == re.sub(r"\s", " ", text[max(0, line.start - width) : line.start])
        assert line.right == re.sub(r"\s", " ", text[line.end : line.end + width])


@given(st.text(alphabet="甲乙丙，", max_size=40))
def test_wildcards_find_what_an_expression_finds(text: str) -> None:
    expected = [m.span() for m in re.finditer(r"甲\w{0,4}?丙", text)]
    found = [(c.start, c.end) for c in kwic(text, "甲*丙")]
    assert bool(found) == bool(expected)
    if found:
        # The first match of the two begins at one place; ours is the longest.
        longest = max(e for e in range(len(text) + 1) if re.fullmatch(r"甲\w{0,4}丙", text[found[0][0] : e]))
        assert found[0] == (expected[0][0], longest)
