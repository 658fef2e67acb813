"""The balance of published titles."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.classification import Coder, load_coder
from zhgovtext.content import load_content_coder
from zhgovtext.errors import DataError, OptionError
from zhgovtext.items import load_items, weigh_item_groups, weigh_items
from zhgovtext.quantification import Calibration, calibrate

# Titles that leave no doubt.
EXPLAINED = "《云澜市公共租赁住房管理办法》政策解读"
TOLD = "青石县召开防汛工作会议"
NEITHER = "青石县水利局公开招聘工作人员公告"
KINDS = {"interpretation": EXPLAINED, "news": TOLD, "neither": NEITHER}


def _record(truth: list[str], said: list[str]) -> Calibration:
    """Errors of a coder that is sure half the time of what it says, each title a report of its own."""
    codes = load_content_coder().codes
    rows = np.full((len(said), len(codes)), 0.01)
    for at, code in enumerate(said):
        rows[at, codes.index(code)] = 0.98 if at % 4 < 2 else 0.6
    return calibrate(truth, rows, [str(at) for at in range(len(truth))], codes)


def _coder(errors: Calibration | None) -> Coder:
    return replace(load_content_coder(), errors={} if errors is None else {"alone-items": errors})


def _every(said: dict[str, list[str]]) -> Calibration:
    """400 titles of each type, coded as `said` in turn."""
    truth = [kind for kind in said for _ in range(400)]
    return _record(truth, [codes[at % len(codes)] for codes in said.values() for at in range(400)])


PERFECT = _every({kind: [kind] for kind in KINDS})
# Every second title of news is taken for interpretation.
PARTIAL = _every({"interpretation": ["interpretation"], "news": ["interpretation", "news"], "neither": ["neither"]})


def test_titles_that_leave_no_doubt() -> None:
    for kind, title in KINDS.items():
        found = weigh_items([title])
        assert {name: getattr(found, name) for name in KINDS} == {name: int(name == kind) for name in KINDS}


def test_counts_and_share_by_hand() -> None:
    found = weigh_items([EXPLAINED] * 3 + [TOLD] * 9 + [NEITHER] * 5 + ["", "　\n"], coder=_coder(PERFECT))
    assert (found.interpretation, found.news, found.neither, found.blank) == (3, 9, 5, 2)
    assert (found.naive, found.n, found.few, found.reason) == (0.25, 12, False, None)
    # A coder that never erred in 400 titles of each type may err once in these: 3 of 13, 3 of 11 or 2 of 12 at most.
    assert found.adjusted == pytest.approx(0.25, abs=0.01)
    assert found.low in (1 / 4, 3 / 13, 2 / 12)
    assert found.high in (1 / 4, 3 / 11, 4 / 13)


def test_the_errors_of_the_coder_are_allowed_for() -> None:
    found = weigh_items([EXPLAINED] * 200 + [TOLD] * 100 + [NEITHER] * 50, coder=_coder(PARTIAL))
    # 100 news found are half of 200: of the 200 interpretation found 100 are news, and the share is 100 of 300.
    assert found.naive == 2 / 3
    assert found.adjusted is not None
    assert found.low is not None
    assert found.high is not None
    assert found.adjusted == pytest.approx(1 / 3, abs=0.05)
    assert found.low < 1 / 3 < found.high < 2 / 3


def test_errors_that_are_not_known() -> None:
    found = weigh_items([EXPLAINED, TOLD, TOLD, TOLD], coder=_coder(None))
    assert (found.naive, found.n, found.few) == (0.25, 4, True)
    assert (found.adjusted, found.low, found.high, found.reason) == (None, None, None, "unmeasured")


@pytest.mark.parametrize("errors", [PERFECT, None], ids=["errors known", "errors not known"])
@pytest.mark.parametrize("titles", [[], [NEITHER] * 4, [""]], ids=["no title", "none of either type", "blank"])
def test_nothing_to_divide(titles: list[str], errors: Calibration | None) -> None:
    found = weigh_items(titles, coder=_coder(errors))
    assert (found.naive, found.adjusted, found.low, found.high) == (None, None, None, None)
    assert (found.n, found.few, found.reason) == (0, True, "empty")


@pytest.mark.parametrize(("title", "share"), [(EXPLAINED, 1.0), (TOLD, 0.0)])
def test_all_of_one_type(title: str, share: float) -> None:
    found = weigh_items([title] * 12, coder=_coder(PERFECT))
    assert (found.naive, found.n, found.few, found.reason) == (share, 12, False, None)
    assert (found.low, found.high) == (share, share)


def test_groups_by_hand() -> None:
    items = [("b", EXPLAINED), (None, TOLD), ("a", TOLD), ("b", TOLD), (" ", EXPLAINED), ("a", ""), (" b", EXPLAINED)]
    found = weigh_item_groups(items, by="site", coder=_coder(PERFECT))
    assert [(row.by, row.group, row.interpretation, row.news, row.blank, row.naive) for row in found] == [
        ("site", "b", 2, 1, 0, 2 / 3),
        ("site", "a", 0, 1, 1, 0.0),
        ("site", None, 1, 1, 0, 0.5),
        (None, None, 3, 3, 1, 0.5),
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["甲", "乙", None]), st.sampled_from([*KINDS.values(), ""])), max_size=12))
def test_groups_add_up_and_weigh_as_lists_of_their_own(items: list[tuple[str | None, str]]) -> None:
    coder = _coder(PARTIAL)
    *groups, whole = weigh_item_groups(items, by="site", coder=coder)
    for name in (*KINDS, "blank", "n"):
        assert sum(getattr(group, name) for group in groups) == getattr(whole, name)
    for group in groups:
        alone = weigh_items([text for name, text in items if name == group.group], coder=coder)
        assert replace(group, by=None, group=None) == alone
    assert whole == weigh_items([text for _, text in items], coder=coder)


def test_more_titles_than_are_coded_at_once() -> None:
    items = [(str(at % 3), TOLD if at % 2 else EXPLAINED) for at in range(12_000)]
    *groups, whole = weigh_item_groups(items, by="third", coder=_coder(None))
    assert [(group.interpretation, group.news) for group in groups] == [(2000, 2000)] * 3
    assert (whole.interpretation, whole.news) == (6000, 6000)


def test_other_scripts() -> None:
    found = weigh_items(["《雲瀾市公共租賃住房管理辦法》政策解讀", "青石縣召開防汛工作會議"])
    assert (found.interpretation, found.news) == (1, 1)


def test_plain_data() -> None:
    record = weigh_items([EXPLAINED, TOLD, TOLD], coder=_coder(None)).to_dict()
    assert record["naive"] == 0.333333
    assert list(record) == [
        "by", "group", "interpretation", "news", "neither", "blank",
        "naive", "adjusted", "low", "high", "n", "few", "reason",
    ]  # fmt: skip


def test_wrong_arguments() -> None:
    with pytest.raises(OptionError, match=r'pass a list: weigh_items\(\["…"\]\)'):
        weigh_items(EXPLAINED)
    with pytest.raises(OptionError, match="knows no neither"):
        weigh_items([EXPLAINED], coder=load_coder())
    with pytest.raises(OptionError, match="more than 5000 groups by id"):
        weigh_item_groups(((str(at), TOLD) for at in range(10_000)), by="id")


# files ----------------------------------------------------------------------------------------------------------------

PAIRS = [("门户网站", EXPLAINED), ("", "县长说：“要快”, 要好"), ("微信", '"互联网+"服务\n上线')]


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-16"), (",", "gb18030")]
)
def test_files_as_spreadsheets_save_them(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "items.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([["编号", "来源", " Title "], *([1, *row] for row in PAIRS)])
    assert list(load_items(path, "title", by="来源")) == PAIRS
    assert list(load_items(path, " TITLE")) == [(None, text) for _, text in PAIRS]


def test_one_column_only(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["标题"], *([text] for _, text in PAIRS)])
    assert [text for _, text in load_items(path, "标题")] == [text for _, text in PAIRS]


WRONG = {
    "no such column": ("# 一\n标题,来源,时间\n甲,乙,丙\n", "columns", "line 2", "no column title", "标题, 来源, 时间"),
    "no such group": ("title,来源\n甲,乙\n", "columns", "line 1", "no column site", "title and site; it names title"),
    "column twice": ("title,site,title\n甲,乙,丙\n", "columns", "line 1", "title twice", "rename"),
    "more cells": ("title,site\n甲,乙\n甲,乙,丙\n", "columns", "line 3", "3 cells", "quotation marks"),
    "quote not closed": ('title,site\n甲,乙\n"甲,乙\n', "syntax", "line 3", "no table", "quotation mark"),
    "empty": ("", "empty", "", "is empty", "title and site"),
    "no row": ("title,site\n,\n", "empty", "", "has no item", "below the names"),
}


@pytest.mark.parametrize(("text", "code", "place", "message", "hint"), WRONG.values(), ids=WRONG)
def test_error_names_line_and_remedy(tmp_path: Path, text: str, code: str, place: str, message: str, hint: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(load_items(path, "title", by="site"))
    error = caught.value
    assert (error.code, error.path, error.place) == (code, str(path), place)
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in str(error)


def test_a_first_line_of_text_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(",".join(["青石县召开防汛工作会议研究部署下一阶段工作"] * 500) + "\n甲\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(load_items(path, "title"))
    assert len(str(caught.value)) < 700
