"""Reading PDF: printed reports, and pages drawn here so that every place on them is known."""

from __future__ import annotations

import json
import math
import re
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.document import Content, Grid, lay_out
from zhgovtext.errors import InputError
from zhgovtext.readers.limits import Limits
from zhgovtext.readers.pdf import read_pdf

PRINTED = Path(__file__).parent / "files" / "pdf"
UP = (0, 1, -1, 0)
Rows = list[list[str | tuple[str, int, int]]]


class Sheet:
    """A page of 595 × 842 points; `y` counts from the top. Chinese is an em wide, Latin half an em."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    def text(
        self, x: float, y: float, text: str, size: float = 10, turn: Sequence[float] = (1, 0, 0, 1), apart: float = 0
    ) -> Sheet:
        matrix = " ".join(f"{part:.4f}" for part in turn)
        code = text.encode("utf-16-be").hex()
        self.operations.append(f"BT /F {size} Tf {apart} Tc {matrix} {x} {842 - y} Tm <{code}> Tj ET")
        return self

    def line(self, x0: float, y0: float, x1: float, y1: float) -> Sheet:
        self.operations.append(f"{x0} {842 - y0} m {x1} {842 - y1} l S")
        return self

    def bar(self, x: float, y: float, width: float, height: float) -> Sheet:
        self.operations.append(f"{x} {842 - y - height} {width} {height} re f")
        return self

    def grid(self, xs: Sequence[float], ys: Sequence[float]) -> Sheet:
        for x in xs:
            self.line(x, ys[0], x, ys[-1])
        for y in ys:
            self.line(xs[0], y, xs[-1], y)
        return self

    def row(self, xs: Sequence[float], y: float, texts: Sequence[str]) -> Sheet:
        for x, text in zip(xs, texts, strict=True):
            self.text(x, y, text)
        return self


def draw(*sheets: Sheet, rotate: int = 0, pack: bool = False) -> bytes:
    kids = " ".join(f"{6 + 2 * at} 0 R" for at in range(len(sheets)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(sheets)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500] /FontDescriptor 5 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 700 /StemV 93 >>",
    ]
    for at, sheet in enumerate(sheets):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {rotate} "
            f"/Resources << /Font << /F 3 0 R >> >> /Contents {7 + 2 * at} 0 R >>".encode()
        )
        content = "\n".join(sheet.operations).encode()
        content = zlib.compress(content, 9) if pack else content
        filter_ = " /Filter /FlateDecode" if pack else ""
        objects.append(f"<< /Length {len(content)}{filter_} >>\nstream\n".encode() + content + b"\nendstream")
    out = bytearray(b"%PDF-1.4\n")
    starts = []
    for number, content in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return bytes(out) + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, end)


def read(data: bytes, limits: Limits | None = None) -> Content:
    return read_pdf(data, path="报告.pdf", limits=limits or Limits())


def read_pieces(*sheets: Sheet, rotate: int = 0) -> list[str | Rows]:
    """Paragraphs, and rows of tables in which a cell that is not merged is its text."""
    return [piece if isinstance(piece, str) else rows_of(piece) for piece in read(draw(*sheets, rotate=rotate)).pieces]


def rows_of(grid: Grid) -> Rows:
    return [[cell[0] if cell[1:] == (1, 1) else cell for cell in row] for row in grid.rows]


def printed(name: str) -> Content:
    return read((PRINTED / f"{name}.pdf").read_bytes())


# --- printed reports


def test_form_of_2021_over_two_pages() -> None:
    content = printed("form_2021")
    texts = [piece for piece in content.pieces if isinstance(piece, str)]
    assert texts[:3] == [
        "云澜市发展和改革委员会2022年政府信息公开工作年度报告",
        "本报告根据《中华人民共和国政府信息公开条例》编制。",
        "一、总体情况",
    ]
    assert texts[-2:] == ["五、存在的主要问题及改进情况", "个别单位答复文书不够规范，下一步将组织专题培训。"]
    _, _, [table] = lay_out(content.pieces)
    rows = [[cell.text for cell in row] for row in table.rows]
    assert len(rows) == 28
    assert rows[2][3:] == ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
    # The script puts row × 10 + column in each place of figures, and a blank where 7 divides that.
    for number, row in enumerate(rows[3:], 3):
        figures = [number * 10 + column for column in range(3, 10)]
        assert row[3:] == ["" if figure % 7 == 0 else str(figure) for figure in figures]
    assert {row[0] for row in rows[5:27]} == {"三、本年度办理结果"}
    assert [row[1] for row in rows[15:26]] == ["（四）无法提供"] * 3 + ["（五）不予处理"] * 5 + ["（六）其他处理"] * 3
    assert rows[24][2] == "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"
    assert rows[6][:3] == ["三、本年度办理结果"] + ["（二）部分公开（区分处理的，只计这一情形，不计其他情形）"] * 2


def test_form_of_2014_is_one_table_with_one_header() -> None:
    title, grid = printed("form_2014").pieces
    assert title == "附件：青石县政府信息公开情况统计表"
    assert isinstance(grid, Grid)
    rows = rows_of(grid)
    assert rows[0] == ["统计指标", "单位", "统计数"]
    assert len(rows) == 81
    for number, row in enumerate(rows[1:], 1):
        assert row[1:] == ["条" if number % 2 else "件", str(number * 11)]
        assert str(row[0]).startswith(f"（{number}）第{number}类信息公开数")
    assert rows[9][0] == "（9）第9类信息公开数，含各乡镇、街道办事处和县直单位在门户网站及政务新媒体上发布的同类信息"


def test_running_text() -> None:
    content = printed("running_text")
    assert content.properties == {"title": "临川湖区人民政府办公室2020年政府信息公开工作年度报告"}
    assert len(content.pieces) == 13
    assert content.pieces[1] == (
        "本报告由临川湖区人民政府办公室编制（地址：临川湖区湖滨大道90号，邮编：300123，电话：0500-87654321，"
        "电子邮箱：linchuanhu_open@example.org）。"
    )
    # By 第（十）项 the text has gone over two page breaks, each with a number, a foot and a head.
    assert content.pieces[-1] == (
        "（十）第10项工作。全年通过政府网站、政务新媒体和政务公开栏主动公开各类政府信息1244条，其中规范性文件10件、政策解读"
        "30篇；办理依申请公开70件，同比增长10.5%，办结率100%。Online Service Hall上线事项1000项，群众满意度进一步提高。"
    )
    assert not any("2020年度" in str(piece) or "—" in str(piece) for piece in content.pieces)


def test_reading_twice_gives_the_same() -> None:
    assert printed("form_2021") == printed("form_2021")


# --- lines and paragraphs


@pytest.mark.parametrize(
    ("drawn", "apart", "text"),
    [
        ("公 开 数", 0, "公开数"),
        ("2023 年 1 月", 0, "2023年1月"),
        ("附件1  标题", 0, "附件1 标题"),
        ("附件1　标题", 0, "附件1 标题"),
        ("目　　录", 0, "目录"),
        ("Service Hall 上线", 0, "Service Hall上线"),
        ("10 10", 0, "10 10"),
        ("18, 234", 0, "18, 234"),
        ("政府信息公开２０２３年", 4, "政府信息公开２０２３年"),
        ("2023年公开12条", 4, "2023年公开12条"),
        ("邮编：300123，电话：0500-87654321", 2, "邮编：300123，电话：0500-87654321"),
        ("⼯作⼈⺠政府⻓期", 0, "工作人民政府长期"),
        ("公开“五公开”３条", 0, "公开“五公开”３条"),
    ],
)
def test_spaces_of_a_line(drawn: str, apart: float, text: str) -> None:
    assert read_pieces(Sheet().text(60, 100, "云澜市").text(60, 140, drawn, apart=apart)) == ["云澜市", text]


def test_a_character_printed_twice_is_bold() -> None:
    assert read_pieces(Sheet().text(60, 100, "云澜市00号").text(60.3, 100, "云澜市00号")) == ["云澜市00号"]


def test_askew_text_is_a_watermark() -> None:
    cos, sin = math.cos(0.7), math.sin(0.7)
    assert read_pieces(Sheet().text(60, 100, "云澜市").text(200, 400, "内部资料", 40, (cos, sin, -sin, cos))) == [
        "云澜市"
    ]


def test_what_ends_a_paragraph() -> None:
    sheet = Sheet()
    for y, x, text in (
        (100, 80, "全" * 42),
        (118, 60, "年" * 44),
        (136, 60, "公开。"),
        (154, 80, "二、" + "申" * 40),
        (172, 80, "请" * 42),
        (190, 60, "三条" * 22),
        (208, 60, "（四）平稳。"),
        (250, 60, "另段" * 22),
        (292, 60, "又一段"),
    ):
        sheet.text(x, y, text)
    assert read_pieces(sheet) == [
        "全" * 42 + "年" * 44 + "公开。",
        "二、" + "申" * 40,
        "请" * 42 + "三条" * 22 + "（四）平稳。",
        "另段" * 22,
        "又一段",
    ]


def test_a_numbering_at_the_margin_begins_a_paragraph_after_a_stop() -> None:
    full = "公" * 43 + "。"
    sheet = Sheet().text(60, 100, full).text(60, 118, full).text(60, 136, full).text(60, 154, "（二）申请。")
    assert read_pieces(sheet) == [full * 3, "（二）申请。"]


def test_a_word_that_had_no_room_goes_on() -> None:
    # The address is 19 ems wide: the line above it ends early because of it. 条 would have had room.
    address = "linchuanhu.gov@example.org/open/2023/1"
    first = "公" * 44
    sheet = Sheet().text(60, 100, first).text(60, 118, first).text(60, 136, first)
    assert read_pieces(sheet.text(60, 154, "邮" * 30).text(60, 172, address)) == [first * 3 + "邮" * 30 + address]
    sheet = Sheet().text(60, 100, first).text(60, 118, first).text(60, 136, first)
    assert read_pieces(sheet.text(60, 154, "邮" * 30).text(60, 172, "条")) == [first * 3 + "邮" * 30, "条"]


@pytest.mark.parametrize(
    ("size", "pieces"), [(20, ["云澜市人民政府年度工作报告"]), (10, ["云澜市人民政府", "年度工作报告"])]
)
def test_centred_lines_of_a_title_are_one(size: float, pieces: list[str]) -> None:
    sheet = Sheet().text(280 - 3.5 * size, 100, "云澜市人民政府", size).text(280 - 3 * size, 130, "年度工作报告", size)
    for at in range(3):
        sheet.text(60, 200 + 18 * at, "公" * 44)
    assert read_pieces(sheet) == [*pieces, "公" * 132]


def test_a_number_parted_at_the_margin() -> None:
    sheet = Sheet().text(60, 100, "公" * 44).text(60, 118, "公" * 44).text(60, 136, "电话" * 19 + "：0500-87654")
    assert read_pieces(sheet.text(60, 154, "321。")) == ["公" * 88 + "电话" * 19 + "：0500-87654321。"]


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("申" * 38 + "24", "8件。", True),
        ("申" * 38 + "24", "2024年1月。", False),
        ("申" * 38 + "24", "3、答复。", False),
        ("申" * 20 + "24", "8件。", False),
        ("申" * 20 + "，" + "申" * 19, "报。", True),
        ("申" * 40, "报。", False),
        ("申" * 20 + "，" + "申" * 10, "报。", False),
    ],
    ids=["number", "year", "numbering", "short line", "prose", "no comma", "short prose"],
)
@pytest.mark.parametrize("over_page", [False, True])
def test_ragged_lines(above: str, below: str, joined: bool, over_page: bool) -> None:
    full = "公" * 44
    one = Sheet().text(60, 682, full).text(60, 700, full).text(60, 718, full).text(60, 736, above)
    sheets = (one, Sheet().text(60, 120, below)) if over_page else (one.text(60, 754, below),)
    assert read_pieces(*sheets) == ([full * 3 + above + below] if joined else [full * 3 + above, below])


def test_lines_set_to_the_right_and_contents() -> None:
    full = "公" * 44
    sheet = Sheet().text(60, 100, full).text(60, 118, full).text(60, 136, full).text(60, 154, "完。")
    sheet.text(460, 190, "办公室").text(400, 208, "2024年1月26日")
    sheet.text(60, 296, "全文")
    for at, dots in enumerate((160, 156)):
        sheet.text(60, 260 + 18 * at, "章" * (4 + 2 * at) + "." * (dots // 2) + f"{at + 1}")
    assert read_pieces(sheet) == [
        full * 3 + "完。", "办公室", "2024年1月26日", "章" * 4 + "." * 80 + "1", "章" * 6 + "." * 78 + "2", "全文",
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("公开政府信息条例年报", min_size=1, max_size=120), max_size=8), st.integers(30, 44))
def test_wrapped_paragraphs_come_back(texts: list[str], width: int) -> None:
    # Five full lines fix the type area; each paragraph begins with an indent of two ems.
    texts = ["全" * (5 * width), *texts]
    sheet, y = Sheet(), 120
    for text in texts:
        for start in range(-2, len(text), width):
            sheet.text(60 if start > 0 else 80, y, text[max(start, 0) : start + width])
            y += 12
    assert read_pieces(sheet) == texts


# --- page numbers, running heads


@pytest.mark.parametrize("number", ["- {} -", "— {} —", "第 {} 页 共 3 页", "{} / 3", "{}"])
def test_page_numbers_and_heads_are_dropped(number: str) -> None:
    sheets = [
        Sheet()
        .text(200, 40, "云澜市政府信息公开年报")
        .text(60, 120 + 9 * at, f"第{at}段。")
        .text(280, 800, number.format(at))
        for at in (1, 2, 3)
    ]
    assert read_pieces(*sheets) == ["第1段。", "第2段。", "第3段。"]


@pytest.mark.parametrize(("foot", "kept"), [("1", []), ("- 7 -", []), ("2023", ["2023"]), ("云澜市", ["云澜市"])])
def test_the_foot_of_a_single_page(foot: str, kept: list[str]) -> None:
    assert read_pieces(Sheet().text(60, 100, "公开三条。").text(280, 810, foot)) == ["公开三条。", *kept]


def test_a_paragraph_goes_on_over_page_numbers() -> None:
    full = "公" * 44
    one = Sheet().text(60, 700, full).text(60, 718, full).text(280, 800, "- 1 -")
    two = Sheet().text(60, 100, full).text(60, 118, "开。").text(480, 800, "- 2 -")
    assert read_pieces(one, two) == [full * 3 + "开。"]


# --- ruled tables

XS, YS = (50, 150, 250), (100, 130, 160)
AT = (60, 160)
SMALL: Rows = [["指标", "数量"], ["公开数", "12"]]


def small(sheet: Sheet) -> Sheet:
    return sheet.row(AT, 120, ("指标", "数量")).row(AT, 150, ("公开数", "12"))


def with_bars() -> Sheet:
    sheet = Sheet()
    for x in XS:
        sheet.bar(x, 100, 0.5, 60)
    for y in YS:
        sheet.bar(50, y, 200.5, 0.5)
    return small(sheet)


def with_double_and_dashed_rules() -> Sheet:
    sheet = Sheet()
    for x in (50, 52, 150, 250, 252):
        sheet.line(x, 100, x, 160)
    for y in (100, 102, 130, 160):
        for x in range(50, 252, 4):
            sheet.line(x, y, x + 2, y)
    return small(sheet)


def without_sides() -> Sheet:
    sheet = Sheet().line(150, 100, 150, 160)
    for y in YS:
        sheet.line(50, y, 250, y)
    return small(sheet)


def with_shading() -> Sheet:
    # White paper under each line of text, as some word processors paint it: no rules.
    sheet = Sheet()
    sheet.operations.append("1 g")
    sheet.bar(40, 90, 400, 40).bar(40, 130, 400, 40)
    sheet.operations.append("0 g")
    return small(sheet.grid(XS, YS))


@pytest.mark.parametrize(
    "sheet",
    [small(Sheet().grid(XS, YS)), with_bars(), with_double_and_dashed_rules(), without_sides(), with_shading()],
    ids=["lines", "bars", "double and dashed", "open sides", "shading"],
)
def test_ways_to_rule_a_table(sheet: Sheet) -> None:
    sheet.text(60, 90, "附表一").text(60, 190, "附注")
    assert read_pieces(sheet) == ["附表一", SMALL, "附注"]


def test_header_of_two_rows_with_bars() -> None:
    sheet = Sheet().bar(50, 100, 300, 0.7).bar(50, 160, 300, 0.7).bar(150, 130, 200, 0.7).bar(50, 190, 300, 0.7)
    for x, top in ((50, 100), (150, 100), (250, 130), (350, 100)):
        sheet.bar(x, top, 0.7, 190 - top)
    sheet.text(60, 125, "申请人").text(60, 137, "类型").text(200, 120, "本年度").text(160, 150, "件数").text(
        260, 150, "比重"
    )
    sheet.row((60, 160, 260), 180, ("自然人", "21", "4.4%"))
    assert read_pieces(sheet) == [
        [[("申请人类型", 2, 1), ("本年度", 1, 2)], ["件数", "比重"], ["自然人", "21", "4.4%"]],
    ]  # fmt: skip


def test_vertical_labels() -> None:
    sheet = Sheet()
    for x, top in ((50, 100), (80, 100), (200, 100), (300, 100)):
        sheet.line(x, top, x, 260)
    sheet.line(50, 100, 300, 100).line(80, 180, 300, 180).line(50, 260, 300, 260)
    sheet.row((90, 210), 140, ("予以公开", "10")).row((90, 210), 220, ("不予公开", "10"))
    upright = Sheet()
    upright.operations = list(sheet.operations)
    for at, char in enumerate("三、办理结果"):
        upright.text(60, 130 + 14 * at, char)
    rows: Rows = [[("三、办理结果", 2, 1), "予以公开", "10"], ["不予公开", "10"]]
    assert read_pieces(upright) == [rows]
    assert read_pieces(sheet.text(70, 220, "三、办理结果", turn=UP)) == [rows]


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_page_of_turned_text_is_read_turned(rotate: int) -> None:
    sheet = Sheet().text(80, 395, "附表一", turn=UP)
    for x in (100, 130, 160):
        sheet.line(x, 200, x, 400)
    for y in (200, 300, 400):
        sheet.line(100, y, 160, y)
    for x, texts in ((120, ("指标", "数量")), (150, ("公开数", "12"))):
        sheet.text(x, 395, texts[0], turn=UP).text(x, 295, texts[1], turn=UP)
    assert read_pieces(sheet, rotate=rotate) == ["附表一", SMALL]


def test_figures_in_a_cell() -> None:
    # The upper number fills its cell of 34 points but for 4, so the lower is the rest of it; 10 and 20 are two.
    sheet = Sheet().grid((50, 150, 184), YS).text(60, 120, "金额").text(152, 113, "773029").text(152, 125, "18.5")
    sheet.text(60, 150, "件数").text(160, 143, "10").text(160, 155, "20")
    assert read_pieces(sheet) == [[["金额", "77302918.5"], ["件数", "10 20"]]]


def test_frames_and_boxes_are_no_tables() -> None:
    sheet = (
        Sheet()
        .grid((30, 560), (30, 400, 810))
        .text(60, 150, "一、概述")
        .text(60, 180, "公开三条。")
        .text(60, 500, "其他")
    )
    assert read_pieces(sheet) == ["一、概述", "公开三条。", "其他"]
    chart = Sheet().grid((100, 200, 300), (300, 350, 400)).text(60, 150, "公开三条。").text(110, 330, "10")
    assert read_pieces(chart) == ["公开三条。", "10"]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.data())
def test_any_grid_comes_back(columns: int, data: st.DataObject) -> None:
    text = st.text("公开０123.5条（）、", max_size=6)
    rows = data.draw(st.lists(st.lists(text, min_size=columns, max_size=columns), min_size=2, max_size=9))
    if sum(bool(cell) for row in rows for cell in row) < 2:
        return
    xs = [40 + 70 * at for at in range(columns + 1)]
    sheet = Sheet().grid(xs, [100 + 20 * at for at in range(len(rows) + 1)])
    for at, row in enumerate(rows):
        sheet.row([x + 4 for x in xs[:-1]], 114 + 20 * at, row)
    assert read_pieces(sheet) == [rows]


def columns(*rows: Sequence[str], above: str) -> Content:
    sheet = Sheet().text(60, 100, above)
    for at, row in enumerate(rows):
        sheet.row((60, 300, 360, 420)[: len(row)], 140 + 20 * at, row)
    return read(draw(sheet))


def test_figures_in_columns_that_are_no_table_are_noted() -> None:
    rows = [["收到申请", "3", "0", "3"], ["答复申请", "2", "0", "2"]]
    content = columns(*rows, above="申请情况")
    assert content.pieces == ["申请情况", "收到申请 3 0 3", "答复申请 2 0 2"]
    assert [note.code for note in content.notes] == ["table_unruled"]
    assert "page 1 " in content.notes[0].message
    # Three rows are enough for a table.
    content = columns(*rows, ["结转申请", "1", "0", "1"], above="申请情况")
    assert isinstance(content.pieces[1], Grid)
    assert content.notes == ()


@pytest.mark.parametrize("above", ["目录", "目　录"])
def test_contents_in_columns_are_no_table(above: str) -> None:
    rows = [["一、总体情况", "1"], ["二、公开情况", "2"], ["三、申请情况", "3"]]
    assert columns(*rows, above=above).pieces == ["目录", "一、总体情况 1", "二、公开情况 2", "三、申请情况 3"]
    assert isinstance(columns(*rows, above="统计").pieces[1], Grid)


# --- tables over page breaks

WIDE = (50, 280, 400)
ROW = (55, 310)


def foot_of_page(*rows: Sequence[str]) -> Sheet:
    ys = [760 - 30 * at for at in range(len(rows), -1, -1)]
    sheet = Sheet().grid(WIDE, ys).text(280, 800, "- 1 -")
    for y, row in zip(ys, rows, strict=False):
        sheet.row(ROW, y + 18, row)
    return sheet


def head_of_page(*rows: Sequence[str], above: str = "") -> Sheet:
    sheet = Sheet().grid(WIDE, [90 + 30 * at for at in range(len(rows) + 1)]).text(280, 800, "- 2 -")
    for at, row in enumerate(rows):
        sheet.row(ROW, 108 + 30 * at, row)
    return sheet.text(60, 80, above) if above else sheet


@pytest.mark.parametrize("case", cases("pdf_breaks"))
def test_a_table_goes_on(case: dict[str, Any]) -> None:
    assert read_pieces(foot_of_page(*case["above"]), head_of_page(*case["below"])) == [case["rows"]]


NARROW = (50, 110, 170, 250)
INTO = (55, 115, 180)


def two_pages(
    xs: Sequence[float], at: Sequence[float], above: Sequence[Sequence[str]], below: Sequence[Sequence[str]]
) -> list[str | Rows]:
    """A grid of rows at the foot of a page and one at the head of the next."""
    one, two = Sheet(), Sheet()
    for sheet, rows, top in ((one, above, 760 - 30 * len(above)), (two, below, 90)):
        sheet.grid(xs, [top + 30 * line for line in range(len(rows) + 1)])
        for line, row in enumerate(rows):
            sheet.row(at, top + 18 + 30 * line, row)
    return read_pieces(one, two)


def test_a_row_cut_in_two_labels() -> None:
    above = [["（三）不予", "1.属于国家", "7"]]
    below = [["公开", "秘密", ""], ["（四）无法", "1.没有", "8"]]
    assert two_pages(NARROW, INTO, above, below) == [
        [["（三）不予公开", "1.属于国家秘密", "7"], ["（四）无法", "1.没有", "8"]]
    ]
    # 1.甲 had room for more, so that what stands below is a row.
    above = [["（三）不予", "1.甲", "7"]]
    assert two_pages(NARROW, INTO, above, below) == [[*above, *below]]


def test_a_mark_that_begins_no_line_takes_the_character_before_it_along() -> None:
    # 补、 needs two ems, 补 one; there is room for 1.6 and more.
    xs, at = (50, 116, 170, 250), (55, 120, 180)
    above, cut, rest = ["1.逾期不", "甲", "7"], ["补、不再处", "", ""], ["2.另", "乙", "8"]
    assert two_pages(xs, at, [above], [cut, rest]) == [[["1.逾期不补、不再处", "甲", "7"], rest]]
    row = ["补正后答复", "", ""]
    assert two_pages(xs, at, [above], [row, rest]) == [[above, row, rest]]


def test_a_unit_below_the_same_unit_is_a_row_of_its_own() -> None:
    above, below = [["公开文件数", "条", "7"]], [["其他文件数", "条", ""], ["申请数", "件", "8"]]
    assert two_pages((50, 110, 127, 250), (55, 115, 180), above, below) == [[*above, *below]]


def test_a_header_cut_by_the_break() -> None:
    above, below = [["社会公益组", "法律服务机", "其他"]], [["织", "构", ""], ["3", "4", "5"]]
    assert two_pages(NARROW, INTO, above, below) == [[["社会公益组织", "法律服务机构", "其他"], ["3", "4", "5"]]]
    prose = [["公开不全。", "加强培训。", "甲"]], [["解读少", "抓解读", ""], ["人少", "增人", "乙"]]
    assert two_pages(NARROW, INTO, *prose) == [[*prose[0], *prose[1]]]


def test_labels_over_two_rows_of_a_header_cut_by_the_break() -> None:
    one = Sheet().grid((50, 75, 100, 220), (720, 740, 760)).row((52, 80, 110), 734, ("甲", "乙", "行政诉讼"))
    two = Sheet().grid((50, 75, 100, 160, 220), (90, 110, 130))
    one.row((52, 80, 110), 754, ("结果", "总", "直接起诉"))
    two.row((52, 80, 110, 170), 104, ("维持", "计", "结果维持", "结果纠正")).row((52, 80, 110, 170), 124, "1234")
    assert read_pieces(one, two) == [
        [
            ["甲", "乙", ("行政诉讼", 1, 2)],
            [("结果维持", 2, 1), ("总计", 2, 1), ("直接起诉", 1, 2)],
            ["结果维持", "结果纠正"],
            ["1", "2", "3", "4"],
        ]
    ]


def test_what_parts_two_tables() -> None:
    above, below = [["指标", "数"], ["1.公开", "7"]], [["2.申请", "8"], ["3.答复", "9"]]
    caption = read_pieces(foot_of_page(*above), head_of_page(*below, above="附表二"))
    assert caption == [above, "附表二", below]
    narrow = Sheet().grid((50, 200, 400), (90, 120, 150)).row((55, 210), 108, below[0]).row((55, 210), 138, below[1])
    assert read_pieces(foot_of_page(*above), narrow) == [above, below]


def test_parts_with_other_columns_are_one_table() -> None:
    # The label column is parted only below the break; both parts have the edge before the figures.
    below = Sheet().grid((50, 100, 280, 400), (90, 120, 150)).text(280, 800, "- 2 -")
    below.row((55, 105, 310), 108, ("三、结果", "1.公开", "8")).row((55, 105, 310), 138, ("四、结果", "1.另", "9"))
    assert read_pieces(foot_of_page(["一、申请", "6"], ["二、结转", "7"]), below) == [
        [
            [("一、申请", 1, 2), "6"],
            [("二、结转", 1, 2), "7"],
            ["三、结果", "1.公开", "8"],
            ["四、结果", "1.另", "9"],
        ]
    ]


def test_labels_are_carried_over_a_page_break() -> None:
    one, two = Sheet(), Sheet()
    for sheet, ys in ((one, (700, 730, 760)), (two, (90, 120, 150))):
        sheet.grid((50, 150, 300, 400), ys)
    at = (55, 160, 310)
    one.row(at, 718, ("（三）不予公开", "8.甲", "7")).row(at, 748, ("（四）无法提供", "1.乙", "8"))
    two.row(at, 108, ("", "2.丙", "9")).row(at, 138, ("（五）不予处理", "1.丁", ""))
    assert read_pieces(one, two) == [
        [
            ["（三）不予公开", "8.甲", "7"],
            [("（四）无法提供", 2, 1), "1.乙", "8"],
            ["2.丙", "9"],
            ["（五）不予处理", "1.丁", ""],
        ]
    ]


def test_figures_in_two_columns_on_both_sides_are_two_rows() -> None:
    label = "5.要求行政机关确认或者重新出具已经获取的有关"
    one, two = (Sheet().grid((50, 280, 340, 400), ys) for ys in ((700, 730, 760), (90, 120, 150)))
    at = (55, 290, 350)
    one.row(at, 718, ("指标", "公", "私")).row(at, 748, (label, "7", ""))
    two.row(at, 108, ("信息", "", "9")).row(at, 138, ("6.其他", "1", "2"))
    assert read_pieces(one, two) == [[["指标", "公", "私"], [label, "7", ""], ["信息", "", "9"], ["6.其他", "1", "2"]]]


def test_a_blank_figure_is_no_label_to_carry() -> None:
    one = Sheet()
    for x in (50, 150, 300, 400):
        one.line(x, 700, x, 760)
    one.line(50, 700, 400, 700).line(50, 730, 150, 730).line(300, 730, 400, 730).line(50, 760, 400, 760)
    two = Sheet().grid((50, 150, 300, 400), (90, 120, 150))
    at = (55, 160, 310)
    one.row(at, 718, ("一、申请", "网上", "7")).row(at, 748, ("二、答复", "", "8"))
    two.row(at, 108, ("三、结转", "", "9")).row(at, 138, ("四、其他", "来信", ""))
    assert read_pieces(one, two) == [
        [
            ["一、申请", ("网上", 2, 1), "7"],
            ["二、答复", "8"],
            ["三、结转", "", "9"],
            ["四、其他", "来信", ""],
        ]
    ]


def test_cells_left_open_at_the_break() -> None:
    one, two = Sheet(), Sheet()
    for x in WIDE:
        one.line(x, 700, x, 760)
        two.line(x, 90, x, 150)
    one.line(50, 700, 400, 700).line(50, 730, 400, 730)
    two.line(50, 120, 400, 120).line(50, 150, 400, 150)
    one.row(ROW, 718, ("指标", "数")).row(ROW, 748, ("一、公开", "7"))
    two.row(ROW, 108, ("二、申请", "8")).row(ROW, 138, ("三、答复", "9"))
    assert read_pieces(one, two) == [[["指标", "数"], ["一、公开", "7"], ["二、申请", "8"], ["三、答复", "9"]]]


# --- columns without rules


def test_columns_between_three_lines() -> None:
    sheet = Sheet().text(60, 90, "附表如下：")
    for y in (100, 126, 200):
        sheet.line(50, y, 350, y)
    rows: Rows = [["指标", "单位", "数"], ["公开数", "条", "10"], ["申请数", "件", "10"], ["答复数", "件", "8"]]
    for at, row in enumerate(rows):
        sheet.row((60, 160, 260), 120 + 20 * at, [str(text) for text in row])
    assert read_pieces(sheet.text(60, 220, "完")) == ["附表如下：", rows, "完"]


def test_words_side_by_side_are_no_table() -> None:
    sheet = (
        Sheet()
        .row((60, 300), 100, ("联系人：张某", "电话：０５００"))
        .row((60, 300), 120, ("地址：湖滨路", "邮编：３００"))
    )
    assert read_pieces(sheet) == ["联系人：张某 电话：０５００", "地址：湖滨路 邮编：３００"]
    # Figures that do not stand below one another are no column.
    sheet = (
        Sheet().row((60, 160), 100, ("甲", "10")).row((60, 300), 120, ("乙", "20")).row((60, 440), 140, ("丙", "30"))
    )
    assert read_pieces(sheet) == ["甲 10", "乙 20", "丙 30"]


# --- what cannot be read


def refused(data: bytes, limits: Limits | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read(data, limits)
    assert str(caught.value).startswith("报告.pdf: ")
    assert caught.value.hint
    return caught.value


def test_encrypted() -> None:
    assert refused((PRINTED / "encrypted.pdf").read_bytes()).code == "encrypted"


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_cut_short(share: float) -> None:
    data = (PRINTED / "form_2014.pdf").read_bytes()
    assert refused(data[: int(len(data) * share)]).code in {"damaged", "no_text"}


def test_scanned() -> None:
    sheet = Sheet()
    sheet.operations.append("500 0 0 700 40 40 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x20\x40\x60\x20 EI")
    error = refused(draw(sheet, sheet))
    assert error.code == "no_text"
    assert "scanned" in error.message
    assert "OCR" in error.hint
    assert "scanned" not in refused(draw(Sheet())).message


def test_one_scanned_page_among_others_is_noted() -> None:
    scan = Sheet()
    scan.operations.append("500 0 0 700 40 40 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x20\x40\x60\x20 EI")
    content = read(draw(Sheet().text(60, 100, "公开三条。"), scan))
    assert content.pieces == ["公开三条。"]
    assert [(note.code, note.message) for note in content.notes] == [
        ("page_scanned", "page 2 is a picture without text")
    ]


def test_fonts_without_unicode() -> None:
    data = (PRINTED / "form_2021.pdf").read_bytes()
    error = refused(data.replace(b"/ToUnicode", b"/ToNothing"))
    assert error.code == "no_text"
    assert "fonts" in error.message


def test_too_many_pages() -> None:
    data = draw(*[Sheet().text(60, 100, "云澜市")] * 5_000)
    start = time.perf_counter()
    error = refused(data)
    assert error.code == "too_large"
    assert "max_pages" in error.hint
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("limits", "name"),
    [(Limits(max_chars=10), "max_chars"), (Limits(max_cells=3), "max_cells"), (Limits(max_seconds=-1), "max_seconds")],
)
def test_caps(limits: Limits, name: str) -> None:
    error = refused(draw(small(Sheet().grid(XS, YS)).text(60, 300, "附注" * 9)), limits)
    assert error.code == "too_large"
    assert name in error.hint


def test_a_stream_that_unpacks_without_end() -> None:
    sheet = Sheet().text(60, 100, "云澜市")
    sheet.operations.append(" " * 3_000_000)
    data = draw(sheet, pack=True)
    assert len(data) < 10_000
    assert "max_unpacked" in refused(data, Limits(max_unpacked=1_000_000)).hint
    assert read(data).pieces == ["云澜市"]


def test_a_drawing_is_not_searched_for_tables() -> None:
    sheet = Sheet().text(60, 100, "云澜市")
    sheet.operations += ["10 10 m 20 10 l S"] * 60_000
    content = read(draw(sheet))
    assert content.pieces == ["云澜市"]
    assert [note.code for note in content.notes] == ["page_drawing"]


def test_a_page_of_too_many_characters_is_noted() -> None:
    crowded = Sheet()
    for at in range(150):
        crowded.text(10, 50 + 5 * at, "云" * 150, 3)
    content = read(draw(Sheet().text(60, 100, "云澜市"), crowded))
    assert content.pieces == ["云澜市"]
    assert [(note.code, note.message[:6]) for note in content.notes] == [("page_unread", "page 2")]


def test_rare_characters() -> None:
    # A surrogate pair of the font's encoding is one character of the text.
    assert read_pieces(Sheet().text(60, 100, "𠮷姓㐀公开3条")) == ["𠮷姓㐀公开3条"]


@pytest.mark.parametrize("operation", ["q ", "[ ", "<< /A ", "( ", "/F Do ", "BT "])
def test_deep_nesting(operation: str) -> None:
    sheet = Sheet().text(60, 100, "云澜市")
    sheet.operations.append(operation * 50_000)
    assert read(draw(sheet)).pieces == ["云澜市"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_ends_in_text_or_an_error_of_ours(data: st.DataObject) -> None:
    whole = bytearray(draw(small(Sheet().grid(XS, YS)), Sheet().text(60, 100, "云澜市公开三条。")))
    for at in data.draw(st.lists(st.integers(9, len(whole) - 1), min_size=1, max_size=12)):
        whole[at] = data.draw(st.integers(0, 255))
    try:
        content = read(bytes(whole))
    except InputError:
        return
    lay_out(content.pieces)


# --- a real report


def test_shared_report(shared: Path) -> None:
    content = read((shared / "hongze-2023.pdf").read_bytes())
    text, _, tables = lay_out(content.pieces)
    flat = "".join(text.split())
    lines = (shared / "gold" / "hongze-2023.sentences.tsv").read_text(encoding="utf-8").splitlines()
    sentences = ["".join(line.split("\t")[-1].split()) for line in lines[1:]]
    assert [sentence for sentence in sentences if sentence not in flat] == []
    # Every figure of the gold table, in its order within a row, stands in a row of the tables.
    rows: dict[str, list[str]] = {}
    for fact in json.loads((shared / "gold" / "hongze-2023.table.json").read_text(encoding="utf-8")):
        if fact["indicator"].startswith("request."):
            rows.setdefault(fact["indicator"], []).append(str(fact["value"]))
    requests = next(table for table in tables if len(table.rows) == 26)
    assert [[cell.text for cell in row[3:]] for row in requests.rows[3:]] == list(rows.values())
    assert {re.sub(r"\s", "", row[0].text) for row in requests.rows[5:25]} == {"三、本年度办理结果"}
