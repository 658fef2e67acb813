"""Script normalisation and its maps."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import cases
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.errors import OptionError
from zhgovtext.script import PROFILES

_ALPHABET = st.text(
    alphabet=st.one_of(
        st.sampled_from("入口網站規範性檔案最佳化服務民眾線上訪談資料庫公開１２％　abc，。乾隆發後里\u200b\ud800"),
        st.characters(),
    ),
    max_size=60,
)


@pytest.mark.parametrize("case", cases("script"))
def test_case(case: dict[str, Any]) -> None:
    result = zg.normalize(case["source"], profile=case["profile"])
    assert result.text == case["text"]
    assert result.source == case["source"]


@given(_ALPHABET, st.sampled_from(PROFILES), st.integers(0, 60), st.integers(0, 60))
def test_maps_enclose_and_are_monotone(text: str, profile: str, a: int, b: int) -> None:
    n = zg.normalize(text, profile=profile)
    start, end = sorted((min(a, len(n.text)), min(b, len(n.text))))
    outer = n.source_span(start, end)
    assert 0 <= outer[0] <= outer[1] <= len(text)
    back = n.norm_span(*outer)
    assert back[0] <= start
    assert end <= back[1] or start == end
    ends = [n.source_span(0, at)[1] for at in range(len(n.text) + 1)]
    assert ends == sorted(ends)
    assert n.source_span(0, len(n.text)) == (0, len(text)) or not n.text


@given(_ALPHABET)
def test_width_forms_settle(text: str) -> None:
    once = zg.normalize(text, profile="hans").text
    assert zg.normalize(once, profile="hans").text == once
    assert len(once) == len(text)


def test_changes_are_counted() -> None:
    n = zg.normalize("民眾與民眾，主動", profile="tw-mainland")
    assert {(c.source, c.target): c.count for c in n.changes} == {
        ("民眾", "群众"): 2,
        ("與", "与"): 1,
        ("動", "动"): 1,
    }


def test_reasons_are_given() -> None:
    n = zg.normalize("主動公開信息")
    # 動 and 開 are traditional only; the other characters are the same in both scripts.
    assert (n.profile, n.reasons["traditional"], n.reasons["simplified"]) == ("hant", 2, 0)


def test_unknown_profile() -> None:
    with pytest.raises(OptionError, match="choose one of"):
        zg.normalize("公开", profile="klingon")
