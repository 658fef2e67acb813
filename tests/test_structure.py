"""Headings and coding units."""

from __future__ import annotations

import runpy
from typing import Any

import numpy as np
import pytest
import sklearn
from conftest import ROOT, cases
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.headings import cut_features, find_candidates, load_title_cuts
from zhgovtext.resources import data_path, rows

TITLE_CUTS = data_path("structure", "title_cuts.tsv")


@pytest.mark.parametrize("case", cases("structure"))
def test_case(case: dict[str, Any]) -> None:
    report = zg.analyze_text(case["text"])
    assert [[s.level, s.number, s.title] for s in report.sections] == case["headings"]
    assert [s.text for s in report.sentences] == case["units"]


def test_heading_path() -> None:
    report = zg.analyze_text("一、概述\n（一）机制\n健全机制。")
    assert report.layout.path(1) == ("概述", "机制")
    assert report.sections[1].parent == 0
    assert report.sentences[0].section == 1


def test_the_weights_of_title_ends_are_what_their_script_makes() -> None:
    """A corpus that changed without them would leave them stale."""
    shipped = TITLE_CUTS.read_text(encoding="utf-8")
    if f"scikit-learn {sklearn.__version__} and numpy {np.__version__}." not in shipped:
        pytest.skip("made under other versions")
    made = runpy.run_path(str(ROOT / "scripts" / "build_title_cuts.py"))["table"]()
    assert made == shipped


@given(st.text(alphabet="一二（）。，、：公开情况工作2年我市", min_size=3, max_size=40), st.integers(2, 38))
def test_log_odds_add_up_what_the_table_of_features_says(text: str, at: int) -> None:
    at = min(at, len(text) - 1)
    table = {row["feature"]: int(row["hundredths"]) for _, row in rows(TITLE_CUTS, ("feature", "hundredths"))}
    total = table["=bias"] + sum(table.get(name, 0) for name in cut_features(text, at))
    assert load_title_cuts().log_odds(text)[at] == total


@given(
    st.lists(
        st.sampled_from(
            ["一、", "（一）", "1.", "（1）", "概述", "公开情况", "2021年", "平稳。", "，", "\n", " ", "；"]
        )
    )
)
def test_headings_are_ordered_spans_of_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    end = 0
    for candidate in find_candidates(text):
        assert end <= candidate.start < candidate.title_end <= len(text)
        assert candidate.title in text[candidate.start : candidate.title_end]
        end = candidate.title_end
