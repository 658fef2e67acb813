"""Metadata: what a title and a preamble tell, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import cases

import zhgovtext as zg


@pytest.mark.parametrize("case", cases("metadata"))
def test_case(case: dict[str, Any]) -> None:
    meta = zg.analyze_text(case["text"]).meta
    assert {name: getattr(meta, name) for name in case["meta"]} == case["meta"]
