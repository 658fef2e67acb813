"""Word files: what is read of them and in which order, generated numbers, merged cells, and hostile files."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.document import Content, Grid
from zhgovtext.errors import InputError
from zhgovtext.readers import Limits, read
from zhgovtext.readers.word import read_docx, read_old
from zhgovtext.structure import find_structure

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROOT_RELS = (
    f'<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="a" Type="{OFFICE}/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
PART_RELS = (
    f'<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="a" Type="{OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="b" Type="{OFFICE}/numbering" Target="/word/numbering.xml"/></Relationships>'
)


def zipped(parts: dict[str, str | bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def raw(body: str, *, numbering: str = "", styles: str = "", **parts: str | bytes) -> bytes:
    """A .docx by hand: the content of its body, numbering and styles."""
    return zipped(
        {
            "_rels/.rels": ROOT_RELS,
            "word/_rels/document.xml.rels": PART_RELS,
            "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
            "word/numbering.xml": f"<w:numbering {NAMESPACES}>{numbering}</w:numbering>",
            "word/styles.xml": f"<w:styles {NAMESPACES}>{styles}</w:styles>",
            **parts,
        }
    )


def saved(document: WordDocument) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def content(data: bytes, **limits: Any) -> Content:
    return read_docx(data, path="报告.docx", limits=Limits(**limits))


def lines(body: str, **parts: str) -> list[str | Grid]:
    return list(content(raw(body, **parts)).pieces)


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{r(text)}</w:p>" if properties else f"<w:p>{r(text)}</w:p>"


def r(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def numbered(text: str, list_: int, level: int = 0) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_}"/></w:numPr>')


def level(at: int, format_: str, text: str, more: str = "", *, start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{format_}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def family(name: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{name}">{"".join(levels)}</w:abstractNum>'


def list_of(name: int, of: int, more: str = "") -> str:
    return f'<w:num w:numId="{name}"><w:abstractNumId w:val="{of}"/>{more}</w:num>'


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def tbl(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def test_body_order_and_properties(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "云澜市2023年政府信息公开工作年度报告"
    document.add_heading("云澜市2023年政府信息公开工作年度报告", 0)
    document.add_paragraph("一、总体情况")
    table = document.add_table(rows=2, cols=2)
    for at, text in enumerate(("项目", "数量", "收到申请", "12")):
        table.cell(at // 2, at % 2).text = text
    document.add_paragraph("二、存在问题")
    document.sections[0].header.paragraphs[0].text = "内部资料"
    document.sections[0].footer.paragraphs[0].text = "第3页"
    path = tmp_path / "报告.docx"
    path.write_bytes(saved(document))
    found = read(path)
    assert found.text == "云澜市2023年政府信息公开工作年度报告\n一、总体情况\n项目\t数量\n收到申请\t12\n二、存在问题"
    assert [block.kind for block in found.blocks] == ["paragraph", "paragraph", "table", "paragraph"]
    assert (found.format, found.encoding) == ("docx", None)
    assert found.properties == {"title": "云澜市2023年政府信息公开工作年度报告"}
    assert found.notes == ()


@pytest.mark.parametrize("title", ["", "Annual report", "新建 Microsoft Word 文档", "[键入文档标题]", "标题", "文档1"])
def test_a_default_title_is_none(title: str) -> None:
    document = docx.Document()
    document.core_properties.title = title
    document.add_paragraph("全年平稳。")
    assert content(saved(document)).properties == {}


BOX = "<w:txbxContent>" + p("方框") + "</w:txbxContent>"
SHOWN = "<w:vanish w:val='0'/>"
FIELD = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            f"<w:sdt><w:sdtPr/><w:sdtContent>{p('甲')}{tbl(tc('乙') + tc('丙'))}</w:sdtContent></w:sdt>{p('丁')}",
            ["甲", [["乙", "丙"]], "丁"],
            id="content control",
        ),
        pytest.param(
            "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
            + p("单击输入文字") + "</w:sdtContent></w:sdt>" + p("正文"),
            ["正文"],
            id="prompt of an empty content control",
        ),
        pytest.param(
            f"<w:p>{r('公开')}<w:ins>{r('信息')}</w:ins><w:del><w:r><w:delText>文件</w:delText></w:r></w:del>"
            f"<w:moveFrom>{r('旧处')}</w:moveFrom><w:moveTo>{r('3条')}</w:moveTo></w:p>",
            ["公开信息3条"],
            id="tracked changes",
        ),
        pytest.param(
            p("全年公开", "<w:rPr><w:del/></w:rPr>") + p("12条。") + p("完。"),
            ["全年公开12条。", "完。"],
            id="deleted paragraph mark",
        ),
        pytest.param(
            f"<w:p>{r('公开')}{r('密', '<w:vanish/>')}{r('3条', SHOWN)}</w:p>",
            ["公开3条"],
            id="hidden text",
        ),
        pytest.param(
            f"<w:p>{r('共')}{FIELD.format('begin')}<w:r><w:instrText>= 1+2</w:instrText></w:r>{r('码')}"
            f"{FIELD.format('separate')}{r('3')}{FIELD.format('end')}{r('条')}</w:p>",
            ["共3条"],
            id="complex field",
        ),
        pytest.param(
            f"<w:p>{FIELD.format('begin')}{FIELD.format('begin')}{FIELD.format('separate')}{r('内')}"
            f"{FIELD.format('end')}{FIELD.format('separate')}{r('外')}{FIELD.format('end')}</w:p>",
            ["外"],
            id="field in the code of a field",
        ),
        pytest.param(
            f"<w:p>{FIELD.format('begin')}{r('残')}</w:p>{p('后文')}", ["后文"], id="a field left open ends"
        ),
        pytest.param(
            f"<w:p><w:fldSimple w:instr='PAGE'>{r('7')}</w:fldSimple><w:hyperlink>{r('网站')}</w:hyperlink>"
            f"<w:smartTag><w:customXml>{r('公开')}</w:customXml></w:smartTag></w:p>",
            ["7网站公开"],
            id="wrapped runs",
        ),
        pytest.param(
            "<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr><w:r><w:t>联系</w:t><w:tab/><w:t>0519</w:t>"
            "<w:noBreakHyphen/><w:t>88</w:t><w:softHyphen/><w:sym w:char='F0'/><w:br/><w:t>次行</w:t>"
            "<w:br w:type='page'/><w:t>同行</w:t><w:lastRenderedPageBreak/><w:cr/><w:t>三行</w:t></w:r></w:p>",
            ["联系 0519-88", "次行同行", "三行"],
            id="signs of a run",
        ),
        pytest.param(
            f"<w:p>{r('前')}<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{BOX}</wps:txbx>"
            f"</w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{BOX}</v:textbox></w:pict></mc:Fallback>"
            f"</mc:AlternateContent></w:r>{r('段')}</w:p>{p('后')}",
            ["前段", "方框", "后"],
            id="text box once, after its paragraph",
        ),
        pytest.param(
            f"<w:p><w:r><mc:AlternateContent><mc:Choice Requires='x'/><mc:Fallback><w:pict>{BOX}</w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r></w:p>",
            ["方框"],
            id="text box that only the fallback has",
        ),
        pytest.param(
            f"<w:p><w:r><w:ruby><w:rt>{r('lán')}</w:rt><w:rubyBase>{r('澜')}</w:rubyBase></w:ruby></w:r>{r('市')}</w:p>",
            ["澜市"],
            id="pronunciation",
        ),
        pytest.param("<w:p/>" + p("  ") + p("一\n行"), ["一 行"], id="empty paragraphs, a line break in the XML"),
        pytest.param(
            f"<w:p>{r('注')}<w:r><w:footnoteReference w:id='1'/></w:r></w:p><w:sectPr/>", ["注"], id="footnote mark"
        ),
    ],
)  # fmt: skip
def test_what_is_shown(body: str, expected: list[Any]) -> None:
    found = [[[t for t, _, _ in row] for row in x.rows] if isinstance(x, Grid) else x for x in lines(body)]
    assert found == expected


def test_strict_documents_and_windows_paths_are_read() -> None:
    strict = f"<w:document xmlns:w='http://purl.oclc.org/ooxml/wordprocessingml/main'><w:body>{p('公开')}</w:body></w:document>"
    assert content(zipped({"word\\document.xml": strict})).pieces == ["公开"]


def test_hidden_by_style() -> None:
    styles = (
        "<w:style w:type='character' w:styleId='秘'><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='注'><w:rPr><w:vanish/></w:rPr></w:style>"
        f"<w:style w:type='paragraph' w:styleId='显'><w:basedOn w:val='注'/><w:rPr>{SHOWN}</w:rPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='隐'><w:basedOn w:val='注'/></w:style>"
    )
    body = f"<w:p>{r('甲')}{r('乙', '<w:rStyle w:val=' + repr('秘') + '/>')}</w:p>"
    body += "".join(p(name, f"<w:pStyle w:val='{name}'/>") for name in ("注", "显", "隐"))
    assert lines(body, styles=styles) == ["甲", "显"]


# --- generated numbers

HEADINGS = family(
    0,
    level(0, "chineseCounting", "%1、"),
    level(1, "chineseCountingThousand", "（%2）", "<w:suff w:val='space'/>"),
    level(2, "decimal", "%3."),
)


def test_headings_are_numbered_and_restart() -> None:
    body = "".join(
        numbered(text, 1, at)
        for text, at in [("概述", 0), ("制度", 1), ("平台", 1), ("2023年", 2), ("问题", 0), ("不足", 1), ("差距", 2)]
    )
    assert lines(body, numbering=HEADINGS + list_of(1, 0)) == [
        "一、概述", "（一）制度", "（二）平台", "1. 2023年", "二、问题", "（一）不足", "1. 差距",
    ]  # fmt: skip


def test_generated_numbers_make_sections(tmp_path: Path) -> None:
    body = p("青石县2022年政府信息公开工作年度报告") + numbered("总体情况", 1) + p("全年公开信息12条。")
    path = tmp_path / "a.docx"
    path.write_bytes(raw(body + numbered("存在问题", 1) + p("力量不足。"), numbering=HEADINGS + list_of(1, 0)))
    headings = find_structure(read(path).text).headings
    assert [(heading.number, heading.title) for heading in headings] == [("一", "总体情况"), ("二", "存在问题")]


NUMBER = "<w:numPr><w:numId w:val='{}'/></w:numPr>"


@pytest.mark.parametrize(
    ("numbering", "calls", "expected"),
    [
        pytest.param(
            HEADINGS + list_of(1, 0) + list_of(2, 0), [(1, 0), (2, 0), (1, 0)], ["一、", "二、", "三、"],
            id="lists of one family go on counting",
        ),
        pytest.param(
            HEADINGS + list_of(1, 0)
            + list_of(2, 0, "<w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/></w:lvlOverride>"),
            [(1, 0), (1, 0), (2, 0), (2, 0)], ["一、", "二、", "一、", "二、"],
            id="a list that restarts its family, once",
        ),
        pytest.param(
            HEADINGS + list_of(1, 0, f"<w:lvlOverride w:ilvl='0'>{level(0, 'decimal', '第%1章')}</w:lvlOverride>"),
            [(1, 0), (1, 1)], ["第1章", "（一）"], id="a level of its own",
        ),
        pytest.param(
            family(0, level(0, "decimal", "%1"), level(1, "decimal", "%1.%2", "<w:lvlRestart w:val='0'/>"))
            + list_of(1, 0),
            [(1, 0), (1, 1), (1, 0), (1, 1)], ["1 ", "1.1 ", "2 ", "2.2 "], id="a level that never restarts",
        ),
        pytest.param(
            family(0, level(0, "chineseCounting", "%1、"), level(1, "decimal", "%1.%2", "<w:isLgl/>")) + list_of(1, 0),
            [(1, 0), (1, 1)], ["一、", "1.1 "], id="legal numbering is in figures",
        ),
        pytest.param(HEADINGS + list_of(1, 0), [(1, 1), (1, 0)], ["（一）", "二、"], id="a level below an unused one"),
        pytest.param(
            family(0, level(0, "bullet", "●"), level(1, "none", "附件")) + list_of(1, 0),
            [(1, 0), (1, 1)], ["", "附件"],
            id="bullets and bare labels",
        ),
        pytest.param(
            family(0, level(0, "decimal", "%1.", "<w:suff w:val='nothing'/>", start=4)) + list_of(1, 0),
            [(1, 0), (1, 0)], ["4.", "5."], id="start, and nothing after the number",
        ),
        pytest.param(
            family(0, level(0, "japaneseCounting", "第%1部分")) + list_of(1, 0), [(1, 0)], ["第一部分"], id="part",
        ),
        pytest.param(HEADINGS + list_of(1, 0), [(0, 0), (9, 0), (1, 7)], ["", "", ""], id="no list, no level"),
        pytest.param(
            "<w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='0'><w:start w:val='1'/><mc:AlternateContent>"
            "<mc:Choice Requires='w14'><w:numFmt w:val='custom' w:format='001'/></mc:Choice><mc:Fallback>"
            "<w:numFmt w:val='decimalZero'/></mc:Fallback></mc:AlternateContent><w:lvlText w:val='%1、'/></w:lvl>"
            "</w:abstractNum>" + list_of(1, 0), [(1, 0)], ["01、"], id="a custom format's fallback",
        ),
    ],
)  # fmt: skip
def test_lists(numbering: str, calls: list[tuple[int, int]], expected: list[str]) -> None:
    found = lines("".join(numbered("文", *call) for call in calls), numbering=numbering)
    assert found == [f"{number}文" for number in expected]


def test_numbers_by_style() -> None:
    tied = "<w:pStyle w:val='{}'/>"
    numbering = family(
        0,
        level(0, "chineseCounting", "%1、", tied.format("甲级")),
        level(1, "chineseCounting", "（%2）", tied.format("乙级")),
    ) + list_of(5, 0)
    style = "<w:style w:type='paragraph' w:styleId='{}'>{}<w:pPr>{}</w:pPr></w:style>"
    styles = (
        style.format("甲级", "", NUMBER.format(5))
        + style.format("乙级", "<w:basedOn w:val='甲级'/>", NUMBER.format(5))
        + style.format("丙级", "<w:basedOn w:val='乙级'/>", "")
        + style.format("无号", "<w:basedOn w:val='甲级'/>", NUMBER.format(0))
    )
    body = "".join(p("文", f"<w:pStyle w:val='{name}'/>") for name in ("甲级", "乙级", "丙级", "无号", "甲级"))
    body += p("文", f"<w:pStyle w:val='甲级'/>{NUMBER.format(0)}")
    assert lines(body, numbering=numbering, styles=styles) == ["一、文", "（一）文", "（二）文", "文", "二、文", "文"]


def test_numbers_by_a_numbering_style_and_the_default_style() -> None:
    numbering = (
        "<w:abstractNum w:abstractNumId='1'><w:numStyleLink w:val='式'/></w:abstractNum>"
        + family(2, level(0, "ideographTraditional", "%1、"))
        + list_of(1, 1)
        + list_of(2, 2)
    )
    styles = (
        f"<w:style w:type='numbering' w:styleId='式'><w:pPr>{NUMBER.format(2)}</w:pPr></w:style>"
        f"<w:style w:type='paragraph' w:default='1' w:styleId='常'><w:pPr>{NUMBER.format(1)}</w:pPr></w:style>"
    )
    assert lines(p("文") + p("文"), numbering=numbering, styles=styles) == ["甲、文", "乙、文"]


def test_a_list_named_without_a_level_is_at_its_top() -> None:
    styles = (
        "<w:style w:type='paragraph' w:styleId='乙级'><w:pPr><w:numPr><w:ilvl w:val='1'/><w:numId w:val='1'/></w:numPr>"
        "</w:pPr></w:style>"
    )
    body = p("文", f"<w:pStyle w:val='乙级'/>{NUMBER.format(2)}") + p("文", "<w:pStyle w:val='乙级'/>")
    numbering = HEADINGS + list_of(1, 0) + list_of(2, 0)
    assert lines(body, numbering=numbering, styles=styles) == ["一、文", "（一）文"]


def test_a_paragraph_without_its_mark_takes_no_number() -> None:
    properties = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr><w:rPr><w:del/></w:rPr>"
    body = p("概", properties) + p("述") + numbered("问题", 1)
    assert lines(body, numbering=HEADINGS + list_of(1, 0)) == ["概述", "一、问题"]


def test_styles_in_a_circle_end() -> None:
    style = "<w:style w:type='paragraph' w:styleId='s{}'><w:basedOn w:val='s{}'/></w:style>"
    styles = "".join(style.format(at, (at + 1) % 3000) for at in range(3000))
    assert lines(p("文", "<w:pStyle w:val='s0'/>"), styles=styles) == ["文"]


def test_an_empty_numbered_paragraph_counts_and_shows_only_in_a_cell() -> None:
    numbering = HEADINGS + list_of(1, 0)
    table = tbl(*(f"<w:tc>{numbered('', 1)}</w:tc>" + tc("文") for _ in range(2)))
    found = lines(numbered("文", 1) + numbered("", 1) + numbered("文", 1) + table, numbering=numbering)
    assert found == ["一、文", "三、文", Grid([[("四、", 1, 1), ("文", 1, 1)], [("五、", 1, 1), ("文", 1, 1)]])]


@pytest.mark.parametrize(
    ("format_", "number", "written"),
    [
        ("chineseCounting", 10, "十"), ("chineseCounting", 19, "十九"), ("chineseCountingThousand", 20, "二十"),
        ("chineseCountingThousand", 101, "一百零一"), ("chineseCountingThousand", 110, "一百一十"),
        ("chineseCountingThousand", 1001, "一千零一"), ("japaneseCounting", 3000, "三千"),
        ("taiwaneseCountingThousand", 10_000, "10000"), ("ideographDigital", 20, "二〇"),
        ("chineseLegalSimplified", 12, "拾贰"), ("ideographLegalTraditional", 3, "參"),
        ("ideographTraditional", 10, "癸"),
        ("ideographTraditional", 11, "11"), ("ideographZodiac", 12, "亥"), ("ideographEnclosedCircle", 2, "㊁"),
        ("decimalEnclosedCircle", 1, "①"), ("decimalEnclosedCircleChinese", 20, "⑳"),
        ("decimalEnclosedCircle", 21, "㉑"),
        ("decimalEnclosedCircle", 36, "㊱"), ("decimalEnclosedCircle", 51, "51"), ("decimalEnclosedParen", 3, "⑶"),
        ("decimalEnclosedFullstop", 20, "⒛"), ("decimalFullWidth", 12, "１２"), ("decimalZero", 7, "07"),
        ("upperRoman", 1994, "MCMXCIV"), ("lowerRoman", 4, "iv"), ("upperRoman", 4000, "4000"),
        ("upperLetter", 26, "Z"),
        ("lowerLetter", 28, "bb"), ("lowerLetter", 261, "261"), ("none", 3, ""), ("decimal", 0, "0"),
        ("chineseCounting", 0, "0"), ("cardinalText", 5, "5"),
    ],
)  # fmt: skip
def test_number_formats(format_: str, number: int, written: str) -> None:
    numbering = family(0, level(0, format_, "第%1、", start=number)) + list_of(1, 0)
    assert lines(numbered("文", 1), numbering=numbering) == [f"第{written}、文"]


# --- tables


def test_table_three_of_2021() -> None:
    document = docx.Document()
    table = document.add_table(rows=5, cols=5)
    texts = {
        (0, 0): "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", (0, 2): "申请人情况",
        (1, 2): "自然人", (1, 3): "法人或其他组织", (1, 4): "总计",
        (2, 0): "一、本年新收政府信息公开申请数量", (2, 2): "12", (2, 3): "3", (2, 4): "15",
        (3, 0): "三、本年度办理结果", (3, 1): "（一）予以公开", (3, 2): "7", (3, 4): "7",
        (4, 1): "（二）部分公开", (4, 2): "0", (4, 3): "0", (4, 4): "0",
    }  # fmt: skip
    for first, last in (((0, 0), (1, 1)), ((0, 2), (0, 4)), ((2, 0), (2, 1)), ((3, 0), (4, 0))):
        table.cell(*first).merge(table.cell(*last))
    for at, text in texts.items():
        table.cell(*at).text = text
    (grid,) = content(saved(document)).pieces
    assert isinstance(grid, Grid)
    assert [list(row) for row in grid.rows] == [
        [(texts[0, 0], 2, 2), ("申请人情况", 1, 3)],
        [("自然人", 1, 1), ("法人或其他组织", 1, 1), ("总计", 1, 1)],
        [(texts[2, 0], 1, 2), ("12", 1, 1), ("3", 1, 1), ("15", 1, 1)],
        [("三、本年度办理结果", 2, 1), ("（一）予以公开", 1, 1), ("7", 1, 1), ("", 1, 1), ("7", 1, 1)],
        [("（二）部分公开", 1, 1), ("0", 1, 1), ("0", 1, 1), ("0", 1, 1)],
    ]


LONG = (
    "我县坚持以公开为常态、不公开为例外，完善制度，健全机制，把主动公开的要求落实到决策、执行、管理、服务、"
    "结果的全过程，方便群众办事。"
)
DOWN, ON = "<w:vMerge w:val='restart'/>", "<w:vMerge/>"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(
            tbl(tc("甲", DOWN) + tc("乙"), tc("", ON) + tc("丙"), tc("丁", DOWN) + tc("戊"), tc("", ON) + tc("己")),
            [Grid([[("甲", 2, 1), ("乙", 1, 1)], [("丙", 1, 1)], [("丁", 2, 1), ("戊", 1, 1)], [("己", 1, 1)]])],
            id="two merges below each other",
        ),
        pytest.param(
            tbl(tc("甲") + tc("乙"), tc("丙", ON) + tc("丁")),
            [Grid([[("甲", 1, 1), ("乙", 1, 1)], [("丙", 1, 1), ("丁", 1, 1)]])],
            id="a merge that goes on from nothing",
        ),
        pytest.param(
            tbl(tc("甲", DOWN) + tc("乙"), tc("丙", ON + "<w:gridSpan w:val='2'/>")),
            [Grid([[("甲", 1, 1), ("乙", 1, 1)], [("丙", 1, 2)]])],
            id="a merge that goes on in another width",
        ),
        pytest.param(
            tbl(
                tc("甲", "<w:hMerge w:val='restart'/>") + tc("", "<w:hMerge/>") + tc("乙"),
                tc("1") + tc("2") + tc("3"),
            ),
            [Grid([[("甲", 1, 2), ("乙", 1, 1)], [("1", 1, 1), ("2", 1, 1), ("3", 1, 1)]])],
            id="merged sideways in the old manner",
        ),
        pytest.param(
            "<w:tbl><w:tr><w:trPr><w:gridBefore w:val='2'/><w:gridAfter w:val='1'/></w:trPr>" + tc("甲")
            + "</w:tr><w:tr>" + tc("乙", "<w:gridSpan w:val='4'/>") + "</w:tr></w:tbl>",
            [Grid([[("", 1, 1), ("", 1, 1), ("甲", 1, 1), ("", 1, 1)], [("乙", 1, 4)]])],
            id="rows set in",
        ),
        pytest.param(
            "<w:tbl><w:tr>" + tc("甲") + tc("乙") + "</w:tr><w:tr><w:trPr><w:del/></w:trPr>" + tc("废") + tc("废")
            + "</w:tr><w:ins><w:sdt><w:sdtContent><w:tr><w:sdt><w:sdtContent>" + tc("丙")
            + "</w:sdtContent></w:sdt>" + tc("") + "</w:tr></w:sdtContent></w:sdt></w:ins></w:tbl>",
            [Grid([[("甲", 1, 1), ("乙", 1, 1)], [("丙", 1, 1), ("", 1, 1)]])],
            id="a deleted row, rows and cells in content controls",
        ),
        pytest.param(
            tbl(f"<w:tc>{p('主')}{p('动')}{p('公')}{p('开')}</w:tc><w:tc>{p('12')}{p('34')}</w:tc><w:tc>{p('约')}{p('251')}{p('元')}</w:tc>"
                f"<w:tc><w:p><w:r><w:t>全</w:t><w:br/><w:t>年</w:t></w:r></w:p></w:tc>"),
            [Grid([[("主动公开", 1, 1), ("12 34", 1, 1), ("约251元", 1, 1), ("全年", 1, 1)]])],
            id="the paragraphs of a cell are one line, figures stay apart",
        ),
        pytest.param(tbl(f"<w:tc>{p('甲')}{p('乙。')}</w:tc>"), ["甲", "乙。"], id="a frame of one cell"),
        pytest.param(
            tbl(tc("索引号") + tc("QS-2022"), f"<w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>{p('一、概述')}{p(LONG)}"
                f"{tbl(tc('项目') + tc('数量'), tc('网站') + tc('3'))}{p(LONG)}</w:tc>"),
            ["索引号", "QS-2022", "一、概述", LONG,
             Grid([[("项目", 1, 1), ("数量", 1, 1)], [("网站", 1, 1), ("3", 1, 1)]]), LONG],
            id="a table that lays out a page",
        ),
        pytest.param(
            tbl(*(tc(f"指标名称第{at}项") + tc(f"{at}00") for at in range(1, 4)),
                tc("合计") + f"<w:tc>{tbl(tc('甲') + tc('乙'))}<w:p/></w:tc>"),
            [Grid([*([(f"指标名称第{at}项", 1, 1), (f"{at}00", 1, 1)] for at in range(1, 4)),
                   [("合计", 1, 1), ("甲乙", 1, 1)]])],
            id="a small table in a cell of figures",
        ),
    ],
)  # fmt: skip
def test_tables(table: str, expected: list[str | Grid]) -> None:
    found = [Grid([list(row) for row in x.rows]) if isinstance(x, Grid) else x for x in lines(table)]
    assert found == expected


def test_a_form_with_prose_in_it_stays_a_table() -> None:
    rows = [tc("工作概述") + tc(LONG * 3), tc("主动公开") + tc("12")]
    (one_paragraph,) = lines(tbl(*rows))
    assert isinstance(one_paragraph, Grid)
    figures = [tc(f"主动公开政府信息数（第{at}季度各类渠道合计）") + tc(f"{at}00") for at in range(1, 13)]
    (instructions,) = lines(tbl(*figures, tc("填表说明") + f"<w:tc>{p(LONG)}{p(LONG)}{p(LONG)}</w:tc>"))
    assert isinstance(instructions, Grid)
    assert list(instructions.rows[-1]) == [("填表说明", 1, 1), (LONG * 3, 1, 1)]


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, list[list[tuple[int, int, int]]]]:
    """A full grid cut into merged cells: its width and, by row, (column, rowspan, colspan)."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(2, 5))
    taken = [[False] * width for _ in range(height)]
    rows: list[list[tuple[int, int, int]]] = [[] for _ in range(height)]
    for top in range(height):
        for left in range(width):
            if taken[top][left]:
                continue
            wide = 1
            limit = draw(st.integers(1, width))
            while wide < limit and left + wide < width and not taken[top][left + wide]:
                wide += 1
            tall = min(draw(st.integers(1, 3)), height - top)
            for below in range(top, top + tall):
                taken[below][left : left + wide] = [True] * wide
            rows[top].append((left, tall, wide))
    return width, rows


@settings(max_examples=60, deadline=None)
@given(tilings())
def test_merged_cells_come_back(tiling: tuple[int, list[list[tuple[int, int, int]]]]) -> None:
    _, rows = tiling
    places: list[list[tuple[int, str]]] = [[] for _ in rows]
    for top, row in enumerate(rows):
        for left, tall, wide in row:
            span = f"<w:gridSpan w:val='{wide}'/>"
            places[top].append((left, tc(f"格{top}{left}", span + (DOWN if tall > 1 else ""))))
            for below in range(top + 1, top + tall):
                places[below].append((left, tc("", span + ON)))
    table = tbl(*("".join(cell for _, cell in sorted(row)) for row in places))
    if sum(map(len, rows)) == 1:
        assert lines(table) == ["格00"]
        return
    (grid,) = lines(table)
    assert isinstance(grid, Grid)
    assert [list(row) for row in grid.rows] == [
        [(f"格{top}{left}", tall, wide) for left, tall, wide in row] for top, row in enumerate(rows)
    ]


# --- what is not read, and hostile files


def test_notes_name_what_is_not_read() -> None:
    data = raw(p("公开。") + "<w:p><w:r><w:drawing><a:blip/></w:drawing></w:r></w:p><w:altChunk r:id='x'/>")
    (note,) = content(data).notes
    assert (note.code, note.message) == ("unread_part", "not read: embedded documents, pictures in the Word file")


BOMB = "<!DOCTYPE w [<!ENTITY a '公公公公公公公公公公'>" + "".join(
    f"<!ENTITY {name} '{f'&{of};' * 10}'>" for of, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
DEEP = "<w:ins>" * 300 + "</w:ins>" * 300


def _document(text: str) -> bytes:
    return zipped({"_rels/.rels": ROOT_RELS, "word/document.xml": text})


def _encrypted() -> bytes:
    data = bytearray(raw(p("公开")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            data[start + at] |= 1
    return bytes(data)


HOSTILE: list[tuple[str, bytes, str, str]] = [
    ("truncated", raw(p("公开"))[:-40], "damaged", "damaged Word file"),
    ("half a member", raw(p("公开" * 999))[:60], "damaged", "damaged"),
    ("not XML", _document("<w:document"), "damaged", "word/document.xml"),
    ("no text part", zipped({"_rels/.rels": ROOT_RELS, "word/styles.xml": "<a/>"}), "damaged", "damaged"),
    ("types alone", zipped({"[Content_Types].xml": "<Types/>"}), "damaged", "damaged"),
    ("encrypted", _encrypted(), "encrypted", "password"),
    ("entities", _document(f"{BOMB}<w:document {NAMESPACES}><w:body>{p('&i;')}</w:body></w:document>"), "damaged",
     "entities"),
    ("external entity", _document(f"<!DOCTYPE w SYSTEM 'http://云澜.invalid/a'><w:document {NAMESPACES}/>"), "damaged",
     "entities"),
    ("encoding", _document(f"<?xml version='1.0' encoding='gb2312'?><w:document {NAMESPACES}/>"), "damaged", "damaged"),
    ("deep", raw(DEEP), "too_large", "max_depth"),
    ("unknown compression", zipped({"word/document.xml": "<a/>"}, compression=zipfile.ZIP_BZIP2), "damaged", "damaged"),
    ("wide span", raw(tbl(tc("甲", "<w:gridSpan w:val='999999999'/>") + tc("乙"))), "too_large", "max_cells"),
    ("wide indent", raw(tbl("<w:trPr><w:gridAfter w:val='999999999'/></w:trPr>" + tc("甲"))), "too_large", "max_cells"),
    ("ragged", raw(tbl(tc("甲", "<w:gridSpan w:val='2000'/>"), *[tc("乙")] * 200)), "too_large", "max_cells"),
    ("workbook", zipped({"xl/workbook.xml": "<a/>"}), "unsupported", "Excel"),
    ("presentation", zipped({"ppt/presentation.xml": "<a/>"}), "unsupported", "PowerPoint"),
    ("OFD", zipped({"OFD.xml": "<a/>"}), "unsupported", "OFD"),
    ("ODT", zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "unsupported", "OpenDocument"),
    ("archive", zipped({"报告.txt": "公开"}), "unsupported", "zip archive"),
    ("many members", zipped({f"a{at}": b"" for at in range(10_001)}), "too_large", "10001 files"),
    ("empty", raw("<w:p/>"), "empty", "no text"),
    ("pictures", raw("<w:p><w:r><w:drawing><a:blip/></w:drawing></w:r></w:p>"), "scanned", "OCR"),
    ("embedded document", raw("<w:altChunk r:id='x'/>"), "unsupported", "embedded document"),
    ("external text", zipped({
        "_rels/.rels": ROOT_RELS.replace("Target=", "TargetMode='External' Target=").replace("word/", "other/"),
        "other/document.xml": f"<w:document {NAMESPACES}><w:body>{p('公开')}</w:body></w:document>",
    }), "unsupported", "zip archive"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "words"), [pytest.param(*case[1:], id=case[0]) for case in HOSTILE])
def test_hostile_files(data: bytes, code: str, words: str) -> None:
    begun = time.monotonic()
    with pytest.raises(InputError) as caught:
        content(data)
    assert (caught.value.code, caught.value.path) == (code, "报告.docx")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        pytest.param(raw(p("公") * 1000), {"max_unpacked": 5000}, id="declared size"),
        pytest.param(raw(p("公") + "<w:p/>" * 1000), {"max_unpacked": 20_000}, id="elements"),
        pytest.param(raw(p("公" * 100)), {"max_chars": 99}, id="characters"),
        pytest.param(
            raw(numbered("文", 1) * 9, numbering=family(0, level(0, "none", "甲" * 40)) + list_of(1, 0)),
            {"max_chars": 300},
            id="characters of numbers",
        ),
        pytest.param(raw(tbl(*[tc("甲") + tc("乙")] * 5) * 2), {"max_cells": 19}, id="cells of two tables"),
    ],
)
def test_limits(data: bytes, limits: dict[str, int]) -> None:
    assert content(data).pieces
    with pytest.raises(InputError) as caught:
        content(data, **limits)
    assert caught.value.code == "too_large"
    assert next(iter(limits)) in caught.value.hint


def test_parts_share_one_budget() -> None:
    style = f"<w:style w:styleId='{'长' * 10_000}'/>"
    data = raw(p("公" * 10_000), styles=style)
    sizes = [member.file_size for member in zipfile.ZipFile(io.BytesIO(data)).infolist()]
    # Each part fits into a budget that all of them together do not.
    limit = sum(sizes) - 1
    assert max(sizes) < limit
    with pytest.raises(InputError, match="unpacks to too much"):
        content(data, max_unpacked=limit)
    assert content(data, max_unpacked=200_000).pieces == ["公" * 10_000]


def test_nesting_as_deep_as_allowed_and_deeper() -> None:
    def nested(times: int) -> bytes:
        return raw("<w:tbl><w:tr><w:tc>" * times + p("公开") + "</w:tc></w:tr></w:tbl>" * times)

    assert content(nested(64)).pieces == ["公开"]
    with pytest.raises(InputError, match="200 deep"):
        content(nested(67))
    with pytest.raises(InputError, match="too deep"):
        content(nested(3000), max_depth=10_000)


def test_a_long_number_text_is_dropped() -> None:
    numbering = family(0, level(0, "decimal", "甲" * 5000)) + list_of(1, 0)
    assert lines(numbered("文", 1), numbering=numbering) == ["文"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_bytes_raise_only_our_errors(changes: list[tuple[int, int]]) -> None:
    data = bytearray(raw(p("公开") + tbl(tc("甲") + tc("乙")) + numbered("文", 1), numbering=HEADINGS + list_of(1, 0)))
    for at, value in changes:
        data[at % len(data)] = value
    with contextlib.suppress(InputError):
        assert content(bytes(data)).pieces


# --- older formats


def _ole(*streams: str, header: bytes = b"") -> bytes:
    return (OLE + bytes(504) + header).ljust(1024, b"\0") + b"".join(name.encode("utf-16-le") for name in streams)


def _soffice(folder: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    """Put a program named soffice, and nothing else, on the path."""
    script = folder / "soffice"
    script.write_text(f"#!{sys.executable}\nimport pathlib, shutil, subprocess, sys, time\n{lines}\n", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in for LibreOffice is a script")


@posix
def test_old_files_are_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made.docx").write_bytes(raw(p("青石县年报") + p("全年公开信息12条。")))
    record = tmp_path / "record"
    _soffice(
        tmp_path, monkeypatch,
        "out = pathlib.Path(sys.argv[sys.argv.index('--outdir') + 1])\n"
        "assert sys.argv[1].startswith('-env:UserInstallation=file://') and str(out) in sys.argv[1]\n"
        f"shutil.copy({str(tmp_path / 'made.docx')!r}, out / (pathlib.Path(sys.argv[-1]).stem + '.docx'))\n"
        f"pathlib.Path({str(record)!r}).write_text(str(out))",
    )  # fmt: skip
    folder = tmp_path / "input"
    folder.mkdir()
    (folder / "年报.doc").write_bytes(_ole("WordDocument", "Workbook"))
    assert read(folder / "年报.doc").text == "青石县年报\n全年公开信息12条。"
    assert [path.name for path in folder.iterdir()] == ["年报.doc"]
    assert not Path(record.read_text()).exists()


@posix
def test_a_converter_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child"
    _soffice(
        tmp_path, monkeypatch,
        "started = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(started.pid))\ntime.sleep(60)",
    )  # fmt: skip
    begun = time.monotonic()
    with pytest.raises(InputError, match="took longer than 1 s") as caught:
        read_old(_ole("WordDocument"), path="a.doc", limits=Limits(max_seconds=1))
    assert (caught.value.code, time.monotonic() - begun < 5) == ("too_large", True)
    assert _ended(int(child.read_text()))


def _ended(process: int) -> bool:
    """Whether a process is gone, or waits as a zombie for someone to notice that it is."""
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{process}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


@posix
@pytest.mark.parametrize("script", ["sys.exit(77)", "pass"])
def test_a_converter_that_fails(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _soffice(tmp_path, monkeypatch, script)
    with pytest.raises(InputError, match="could not be converted") as caught:
        read_old(_ole("WordDocument"), path="a.wps", limits=Limits())
    assert (caught.value.code, caught.value.path) == ("damaged", "a.wps")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_ole("WordDocument"), "needs_libreoffice"),
        (_ole("EncryptionInfo", "EncryptedPackage"), "encrypted"),
        (_ole("WordDocument", header=b"\xec\xa5" + bytes(9) + b"\x01"), "encrypted"),
        (_ole("WordDocument", header=b"\xec\xa5" + bytes(9) + b"\x02"), "needs_libreoffice"),
        (_ole("Workbook"), "unsupported"),
        (_ole("Book"), "unsupported"),
        (_ole("PowerPoint Document"), "unsupported"),
        (_ole("Something"), "unsupported"),
    ],
)
def test_old_files_without_libreoffice(data: bytes, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "年报.doc"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(path)
    assert (caught.value.code, caught.value.path) == (code, str(path))
    assert caught.value.hint
