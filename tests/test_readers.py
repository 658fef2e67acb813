"""Reading text files: encodings, and every kind of file that is no report."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.document import find_blocks
from zhgovtext.readers import decode

HANS = "云澜市人民政府2017年政府信息公开工作年度报告\n一、概述\n全年平稳，公开信息１２条。"
HANT = "雲瀾市人民政府2017年政府信息公開工作年度報告\n一、概述\n全年平穩，公開信息12條。"


@pytest.mark.parametrize(
    ("codec", "text", "encoding"),
    [
        ("utf-8", HANS, "utf-8"),
        ("utf-8-sig", HANS, "utf-8"),
        ("gbk", HANS, "gb18030"),
        ("gb18030", HANS + "㐀", "gb18030"),
        ("utf-16", HANS, "utf-16"),
        ("big5", HANT, "big5"),
        ("cp950", HANT, "big5"),
        ("gb18030", HANT, "gb18030"),
    ],
)
def test_encodings(tmp_path: Path, codec: str, text: str, encoding: str) -> None:
    path = tmp_path / "报告.txt"
    path.write_bytes(text.encode(codec))
    document = zg.read(path)
    assert (document.encoding, document.text) == (encoding, text)
    assert (document.name, document.format) == ("报告.txt", "txt")


def test_big_endian_utf_16() -> None:
    assert decode(codecs.BOM_UTF16_BE + HANS.encode("utf-16-be")) == ("utf-16", HANS)


def test_line_ends_become_one_character(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("一、概述\r\n公开。\r二、完".encode())
    document = zg.read(path)
    assert document.text == "一、概述\n公开。\n二、完"
    assert document.format == "md"


@given(st.text(alphabet=st.characters(codec="gb18030", min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1))
def test_gb18030_never_fails(text: str) -> None:
    encoding, decoded = decode(("政府信息公开工作年度报告" + text).encode("gb18030"))
    assert encoding in ("gb18030", "utf-8", "big5")
    assert decoded


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n", "empty"),
        ("binary.txt", b"\x00\x01\x02PK\x03\x04" * 50, "binary"),
        ("control.txt", ("公开" + "\x01\x02\x03" * 9).encode(), "binary"),
        ("english.txt", b"Annual report on open government.", "no_chinese"),
        ("surrogates.txt", "公开信息".encode() + b"\xed\xa0\x80" + "年度报告".encode(), "encoding"),
        ("truncated.txt", ("公开信息年度报告" * 20).encode()[:-1], "encoding"),
        ("noise.txt", bytes(range(128, 256)) * 8, "encoding"),
        ("half.txt", codecs.BOM_UTF16_LE + b"\x00\xd8a", "encoding"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(zg.InputError) as caught:
        zg.analyze(path)
    assert caught.value.code == code
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_directory(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "no.txt", "missing"), (tmp_path, "directory"), (Path("a\0b"), "unreadable")):
        with pytest.raises(zg.InputError) as caught:
            zg.read(path)
        assert caught.value.code == code


def test_limit(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("公" * 400, encoding="utf-8")
    assert len(zg.read(path).text) == 400
    with pytest.raises(zg.InputError, match="larger than") as caught:
        zg.read(path, limits=zg.Limits(max_bytes=1199))
    assert caught.value.code == "too_large"


def test_text_as_given() -> None:
    for text, code in (("", "empty"), (" \n", "empty"), ("no Chinese", "no_chinese")):
        with pytest.raises(zg.InputError) as caught:
            zg.analyze_text(text, name="given")
        assert caught.value.code == code
    with pytest.raises(zg.OptionError):
        zg.analyze_text(b"bytes")  # type: ignore[arg-type]


WRAPPED = """　　云澜市水务局2022年政府信息公开工作年度报
告依据《中华人民共和国政府信息公开条例》编制，
由总体情况等六个部分组成。
一、总体情况
　　本年度，我局把信息公开纳入目标管理，先后召
开专题会议4次，审议公开事项12件，主动公开政府
信息236条，其中通过网站公开208条，通过公告栏公
开28条，群众对水价、停水、水质等信息的知晓率稳
步提高，全年没有发生因公开不及时引起的投诉。
　　（一）强化组织领导
　　局长任组长，分管副局长任副组长，各科室负责
人为成员，办公室承担日常工作，明确专人负责网站
信息的收集、审核和发布，做到责任到岗、到人。
"""


def test_lines_broken_at_a_margin_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "wrapped.txt"
    path.write_text(WRAPPED, encoding="utf-8")
    document = zg.read(path)
    assert [line.strip() for line in document.text.strip().split("\n")] == [
        "云澜市水务局2022年政府信息公开工作年度报告依据《中华人民共和国政府信息公开条例》编制，由总体情况等六个部分组成。",
        "一、总体情况",
        "本年度，我局把信息公开纳入目标管理，先后召开专题会议4次，审议公开事项12件，主动公开政府信息236条，其中通过网站公开"
        "208条，通过公告栏公开28条，群众对水价、停水、水质等信息的知晓率稳步提高，全年没有发生因公开不及时引起的投诉。",
        "（一）强化组织领导",
        "局长任组长，分管副局长任副组长，各科室负责人为成员，办公室承担日常工作，明确专人负责网站信息的收集、审核和发布，做到"
        "责任到岗、到人。",
    ]


def test_paragraphs_on_lines_of_their_own_stay(tmp_path: Path) -> None:
    text = "\n".join(
        f"{number}月，我局召开专题会议，研究部署信息公开工作并通报进展，" + "各科室发言" * number
        for number in range(1, 13)
    )
    path = tmp_path / "lines.txt"
    path.write_text(text, encoding="utf-8")
    assert zg.read(path).text == text


def test_utf_16_without_a_mark() -> None:
    assert decode(HANS.encode("utf-16-le")) == ("utf-16", HANS)
    assert decode(HANS.encode("utf-16-be")) == ("utf-16", HANS)
    with pytest.raises(zg.InputError, match="not a text file"):
        decode(bytes(range(256)) * 20)


@pytest.mark.parametrize("data", [b"{\\rtf1\\ansi", b"MIME-Version: 1.0\r\nContent-Type: multipart/related"])
def test_formats_that_are_not_read_say_what_to_do(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(data + "公开".encode())
    with pytest.raises(zg.InputError, match=r"a\.doc: is .*save it as") as caught:
        zg.read(path)
    assert caught.value.code == "unsupported"


def read_text(folder: Path, text: str, name: str = "a.txt") -> zg.Document:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return zg.read(path)


PRINTED = """云澜市水务局2022年政府信息公开工作年度报告
一、总体情况
{}

全年公开信息236条，其中通过网站公
{}

开208条。
二、主动公开情况
{}
公开28条。"""


@pytest.mark.parametrize(
    "style", ["— {} —", "- {} -", "－{}－", "第 {} 页 共 3 页", "第{}页", "第{}页，共3页", "{} / 3"]
)
def test_page_numbers_of_a_text_are_left_out(tmp_path: Path, style: str) -> None:
    document = read_text(tmp_path, PRINTED.format(*(style.format(page) for page in (1, 2, 3))))
    assert document.text.split("\n") == [
        "云澜市水务局2022年政府信息公开工作年度报告",
        "一、总体情况",
        "全年公开信息236条，其中通过网站公开208条。",
        "二、主动公开情况",
        "公开28条。",
    ]
    assert [note.code for note in document.notes] == ["lines_joined"]


@pytest.mark.parametrize(
    "text",
    [
        "公开\n- 2 -\n12条。",
        "公开\n- 2 -\n申请\n- 2 -\n答复",
        "公开\n3\n申请\n4\n",
        "公开\n-\n申请\n-",
        "甲\n- 9 -\n乙\n- 3 -",
    ],
    ids=["once", "the same number", "figures of a form", "dashes of a form", "falling"],
)
def test_what_is_no_page_number_stays(tmp_path: Path, text: str) -> None:
    assert read_text(tmp_path, text).text == text


def test_page_numbers_in_lines_broken_at_a_margin(tmp_path: Path) -> None:
    lines = WRAPPED.split("\n")
    numbered = [*lines[:6], "", "   - 1 -", "", *lines[6:11], "- 2 -", *lines[11:]]
    assert read_text(tmp_path, "\n".join(numbered)).text == read_text(tmp_path, WRAPPED).text


def test_a_list_of_titles_is_not_broken_text(tmp_path: Path) -> None:
    text = "\n".join(
        f"青石县{name}局2023年政府信息公开工作年度报告 2024-01-1{at}" for at, name in enumerate("水林农教财审统商")
    )
    document = read_text(tmp_path, text)
    assert (document.text, document.notes) == (text, ())


MARKDOWN = """# 附表

| 信息内容 | 本年制发件数 | 备注 |
|:--- | ---: | --- |
| 规章 | 0 | |
| 规范性文件 | 3 | 甲\\|乙 |

规章|规范性文件，共3件。
另|一行。"""


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_tables_of_markdown(tmp_path: Path, name: str) -> None:
    document = read_text(tmp_path, MARKDOWN, name)
    assert document.text == MARKDOWN
    [table] = document.tables
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["信息内容", "本年制发件数", "备注"],
        ["规章", "0", ""],
        ["规范性文件", "3", "甲\\|乙"],
    ]
    assert MARKDOWN[table.start : table.end].startswith("| 信息内容")
    assert MARKDOWN[table.end :].startswith("\n\n规章|")
    assert [block.kind for block in document.blocks] == ["paragraph", "table", "paragraph", "paragraph"]


@pytest.mark.parametrize(
    "text", ["甲|乙\n丙|丁", "|甲|乙|\n|---|---|", "甲乙\n|---|---|\n|丙|丁|", "甲|乙\n----\n丙|丁"]
)
def test_bars_without_a_rule_and_rows_are_no_table(text: str) -> None:
    blocks, tables = find_blocks(text)
    assert tables == ()
    assert [text[block.start : block.end] for block in blocks] == text.split("\n")


@given(st.text("|-: \t\n\\公1"))
def test_blocks_and_cells_are_where_they_say(text: str) -> None:
    blocks, tables = find_blocks(text)
    ends = [place for block in blocks for place in (block.start, block.end)]
    assert ends == sorted(ends)
    # Every character that is no white space is in a block.
    assert "".join(text.split()) == "".join("".join(text[block.start : block.end].split()) for block in blocks)
    for table in tables:
        for cell in (cell for row in table.rows for cell in row):
            assert table.start <= cell.start <= cell.end <= table.end
            assert text[cell.start : cell.end] == cell.text == cell.text.strip()
