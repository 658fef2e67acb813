"""Records as frames of pandas and polars, where they are installed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from zhgovtext.comparison import compare
from zhgovtext.errors import OptionError
from zhgovtext.figures import COLUMNS, figure_rows
from zhgovtext.frames import to_frame
from zhgovtext.report import analyze_text

TEXT = "青石县2023年政府信息公开工作年度报告\n全年收到政府信息公开申请12件，办结11件。"


@dataclass(frozen=True)
class Inner:
    year: int | None
    share: float | None


@dataclass(frozen=True)
class Outer:
    name: str
    meta: Inner
    counts: tuple[int, ...] = ()


@pytest.fixture(params=["pandas", "polars"])
def library(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param)
    return str(request.param)


def cells(frame: Any, column: str) -> list[Any]:
    """A column as a list, whatever a library has for null."""
    return [None if value != value else value for value in list(frame[column])]


def test_records_within_records(library: str) -> None:
    frame = to_frame([Outer("甲", Inner(2021, 0.5)), Outer("乙", Inner(None, None))], library=library)
    assert list(frame.columns) == ["name", "meta.year", "meta.share", "counts"]
    assert cells(frame, "name") == ["甲", "乙"]
    assert cells(frame, "meta.year") == [2021, None]
    assert cells(frame, "meta.share") == [0.5, None]


def test_dictionaries_with_other_keys(library: str) -> None:
    frame = to_frame([{"a": 1}, {"b": {"c": "x"}}, {"a": 2.5}], library=library)
    assert list(frame.columns) == ["a", "b.c"]
    assert cells(frame, "a") == [1, None, 2.5]
    assert cells(frame, "b.c") == [None, "x", None]


def test_no_record(library: str) -> None:
    assert to_frame([], library=library).shape == (0, 0)


def test_what_the_package_gives(library: str) -> None:
    report = analyze_text(TEXT)
    found = compare([report])
    for records in (report.facts, report.sentences, report.checks, report.keywords(), found.indicators, found.notes):
        assert to_frame(records, library=library).shape[0] == len(records)
    frame = to_frame(figure_rows([report]), library=library)
    assert tuple(frame.columns) == COLUMNS
    assert cells(frame, "value") == [12, 11]


def test_without_either_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(OptionError, match="pip install pandas"):
        to_frame([])
    with pytest.raises(OptionError, match="polars is not installed"):
        to_frame([], library="polars")


def test_the_other_library_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("polars")
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert type(to_frame([{"a": 1}])).__module__.startswith("polars")


def test_wrong_requests() -> None:
    with pytest.raises(OptionError, match="choose pandas or polars"):
        to_frame([], library="numpy")
    with pytest.raises(OptionError, match="a str is no record"):
        to_frame(["甲"])


def test_half_a_character_is_replaced() -> None:
    frame = to_frame([{"a\udfff": "公开\ud800", "b": 1}], library="pandas")
    assert frame.to_dict("records") == [{"a\ufffd": "公开\ufffd", "b": 1}]
