"""Headings and coding units."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import cases

import zhgovtext as zg


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
