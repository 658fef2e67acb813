"""Codes, labels and breaks: the data files say what they must, and errors name the line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext.errors import DataError
from zhgovtext.indicators import (
    SECTION,
    UNCODED,
    bare_label,
    load_breaks,
    load_indicators,
    load_labels,
)

GROUPS = ("license", "service", "penalty", "coercion", "charge")


def test_indicators_have_known_units() -> None:
    bases = {meanings[0].code for meanings in load_labels().tables["units"].values()}
    assert {indicator.unit for indicator in load_indicators().by_code.values()} <= bases


def test_every_group_of_the_forms_has_its_codes() -> None:
    codes = set(load_indicators().by_code)
    outcomes = ("upheld", "corrected", "other", "pending", "total")
    measures = ("issued", "repealed", "in_force", "made", "published", "public_total")
    disputes = ("review", "litigation", "litigation.direct", "litigation.after_review")
    assert {f"{group}.{outcome}" for group in disputes for outcome in outcomes} <= codes
    assert {f"{group}.{measure}" for group in GROUPS for measure in ("previous_items", "change")} <= codes
    assert {f"{group}.{measure}" for group in ("rules", "normative") for measure in measures} <= codes
    assert len([code for code in codes if code.startswith("request.not_disclosed.")]) == 8
    assert len([code for code in codes if code.startswith("request.not_processed.")]) == 5
    assert len([code for code in codes if code.startswith("request.refused.")]) == 6


def test_every_code_of_the_labels_is_known() -> None:
    labels = load_labels().tables
    known = load_indicators().by_code
    for table in ("figures", "requests"):
        for meanings in labels[table].values():
            for meaning in meanings:
                assert meaning.code in known or meaning.code == UNCODED or meaning.code.startswith(SECTION)
    joined = {
        f"{row[0].code}.{column[0].code}"
        for row in labels["activities"].values()
        for column in labels["measures"].values()
    }
    # Every figure of article 20 can be read from a table.
    prefixes = (*GROUPS, "rules", "normative", "procurement")
    assert {code for code in known if code.split(".")[0] in prefixes} <= joined


def test_breaks_cover_what_must_not_be_strung_together() -> None:
    def years(code: str) -> set[tuple[int | None, int | None]]:
        return {(b.since, b.until) for b in load_breaks() if b.covers(code)}

    assert years("normative.public_total") == {(2019, 2020)}
    assert years("normative.in_force") == {(2021, None)}
    assert years("request.refused.privacy") == {(None, 2018)}
    assert years("request.not_disclosed.query") == {(2019, None)}
    assert years("litigation.direct.upheld") == {(2019, None)}
    assert years("fee.amount") == {(None, 2017)}
    assert years("staff.total") == set()


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "主动公开政府信息"),
        ("其中：主动公开规范性文件数", "主动公开规范性文件"),
        ("其中: 1. 当面申请数", "当面申请"),
        ("1、其中：政府网站公开数", "政府网站公开"),
        ("①网上申请数（件）", "网上申请"),
        ("3.危及“三安全一稳定”", "危及三安全一稳定"),
        ("（七）总计", "总计"),
        ("总 计", "总计"),
        ("总数", "总数"),
        ("微博微信回应事件数", "微博微信回应事件"),
        ("信函（传真）申请数", "信函（传真）申请"),
        ("12345热线受理数", "12345热线受理"),
        ("", ""),
        ("（" * 500, "（" * 500),
    ],
)
def test_bare_label(text: str, bare: str) -> None:
    assert bare_label(text) == bare


@given(st.text("一二（）(1).、其中：公开申请数量 ", max_size=30))
def test_bare_labels_have_no_white_space_and_are_never_longer(text: str) -> None:
    bare = bare_label(text)
    assert len(bare) <= len(text)
    assert not re.search(r"\s", bare)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("figures\t\t收到申请数\trequest.recieved", "line 2: has the code request.recieved"),
        ("figure\t\t收到申请数\trequest.received", "line 2: has the table figure"),
        ("figures\t\t收到申请数\trequest.received\nfigures\t\t收到申请总数\trequest.answered", "line 3: says that"),
        ("figures\t收到申请数\trequest.received", "line 2: has 3 cells"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text(f"table\twithin\tlabel\tcode\n{row}\n", encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(message)):
        load_labels(path)
