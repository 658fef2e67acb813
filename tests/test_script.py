"""Script normalisation and its maps."""

from __future__ import annotations

import runpy
from typing import Any

import numpy as np
import pytest
from conftest import REPORTS, ROOT, cases
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

import zhgovtext as zg
from zhgovtext.errors import OptionError
from zhgovtext.resources import data_path, rows
from zhgovtext.script import MIRROR_COLUMNS, PROFILES

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


@given(_ALPHABET, st.sampled_from(PROFILES))
def test_results_are_clean(text: str, profile: str) -> None:
    once = zg.normalize(text, profile=profile).text
    assert zg.normalize(once, profile="hans").text == once


def test_the_characters_of_each_script_are_those_of_the_dictionaries() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "build_script_characters.py"))["table"]()
    assert made == data_path("script", "characters.tsv").read_text(encoding="utf-8")


def test_changes_are_counted() -> None:
    n = zg.normalize("民眾與民眾，主動", profile="tw-mainland")
    assert [c.source for c in n.changes] == sorted(c.source for c in n.changes)
    assert {(c.source, c.target): c.count for c in n.changes} == {
        ("民眾", "群众"): 2,
        ("與", "与"): 1,
        ("動", "动"): 1,
    }


def test_reasons_are_given() -> None:
    n = zg.normalize("主動公開信息")
    # 動 and 開 are traditional only; the other characters are the same in both scripts.
    assert (n.profile, n.reasons["traditional"], n.reasons["simplified"]) == ("hant", 2, 0)


PAIRS = [row for _, row in rows(data_path("script", "tw_mainland.tsv"), MIRROR_COLUMNS)]


def test_there_are_pairs_enough() -> None:
    assert len(PAIRS) >= 300
    assert sum(bool(pair["evidence"]) for pair in PAIRS) >= 50


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["source"] for pair in PAIRS])
def test_pair(pair: dict[str, str]) -> None:
    """The example is restored, and what stands close by in the counter-example stays."""
    assert pair["source"] in pair["example"]
    assert pair["target"] in pair["restored"]
    assert zg.normalize(pair["example"], profile="tw-mainland").text == pair["restored"]
    assert zg.normalize(pair["counter"], profile="tw-mainland").text == pair["kept"]


def test_restoring_leaves_mainland_wording_alone() -> None:
    """Text that is only in another script, not in other words, comes out as its script conversion - but for
    线上解读, which mirrors make of 在线解读 too."""
    changed: set[tuple[str, str]] = set()
    for path in sorted(REPORTS.glob("*.txt")):
        traditional = OpenCC("s2t").convert(path.read_text(encoding="utf-8"))
        n = zg.normalize(traditional, profile="tw-mainland")
        changed |= {pair for pair in n.replaced if zg.normalize(pair[0], profile="hant-tw").text != pair[1]}
    assert changed == {("線上解讀", "在线解读"), ("覆盤", "复盘")}


def test_region_decides_the_profile() -> None:
    for text, profile in (
        ("行政院資訊公開，裡面", "hant-tw"),
        ("特區政府，裏面説明", "hant-hk"),
        ("政府公開條例", "hant"),
        ("國務院要求公布規範性檔案，方便人民民眾", "tw-mainland"),
        ("國務院要求入口網站公布規範性檔案", "hant"),
        ("公布規範性檔案，方便人民民眾", "hant"),
        ("主動公開為主，公开条例为辅，办理", "hant"),
    ):
        n = zg.normalize(text)
        assert (n.profile, text) == (profile, text)
    assert zg.normalize("主動公開為主，公开条例为辅，办理").script == "mixed"


def test_deleted_characters_belong_to_a_neighbour() -> None:
    n = zg.normalize("\u200b公 开 ：\u200b")
    assert n.text == "公开："
    # The deleted character goes with the one after it; at the end with the one before.
    assert [n.source_span(at, at + 1) for at in range(3)] == [(0, 2), (2, 4), (4, 7)]
    assert [n.norm_span(at, at + 1) for at in range(7)] == [(0, 1), (0, 1), (1, 2), (1, 2), (2, 3), (2, 3), (2, 3)]
    assert zg.normalize("\u200b\ufeff").text == ""


def test_layers_add_up() -> None:
    n = zg.normalize("國務院：各入口網站\u200b公布１項規範性檔案，最佳化服務", profile="tw-mainland")
    assert n.text == "国务院：各门户网站公布1项规范性文件，优化服务"
    start = n.text.index("规范性文件")
    low, high = n.source_span(start, start + 5)
    assert n.source[low:high] == "規範性檔案"
    start = n.text.index("优化")
    low, high = n.source_span(start, start + 2)
    assert n.source[low:high] == "最佳化服務"


@pytest.mark.parametrize("char", ["公", "開", "１", "\u200b", " ", "\ud800", "\u0301", "😀", "\u202e", "\ue000"])
def test_a_long_run_of_one_character(char: str) -> None:
    text = char * 200_000
    n = zg.normalize(text, profile="tw-mainland")
    assert n.source_span(0, len(n.text)) == (0, len(text)) or not n.text


def test_vectors_and_spans_agree() -> None:
    n = zg.normalize("國務院１２ \u200b件，入口網站、規範性檔案\u200b，最佳化服務 ！")
    starts = np.arange(len(n.text))
    many = n.source_spans(starts, starts + 1)
    assert [n.source_span(at, at + 1) for at in starts.tolist()] == list(zip(*(m.tolist() for m in many), strict=True))
    places = np.arange(len(n.source))
    for length in (0, 1, 3):
        there = n.norm_spans(places, places + length)
        wanted = [n.norm_span(at, at + length) for at in places.tolist()]
        assert list(zip(*(ends.tolist() for ends in there), strict=True)) == wanted


def test_unknown_profile() -> None:
    with pytest.raises(OptionError, match="choose one of"):
        zg.normalize("公开", profile="klingon")
