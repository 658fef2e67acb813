"""Web pages: the article without the site around it, its tables, and pages made to break a reader."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import cases
from hypothesis import given, settings
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.document import Content, Grid, lay_out
from zhgovtext.readers import webpage
from zhgovtext.readers.limits import Limits
from zhgovtext.readers.webpage import read_page

PAGES = Path(__file__).parent / "files" / "pages"


def read(source: str | bytes, **caps: int) -> Content:
    data = source.encode() if isinstance(source, str) else source
    return read_page(data, path="page.html", limits=Limits(**caps))


def paragraphs(content: Content) -> list[str]:
    return [piece for piece in content.pieces if isinstance(piece, str)]


def grids(content: Content) -> list[Grid]:
    return [piece for piece in content.pieces if isinstance(piece, Grid)]


def cells(grid: Grid) -> list[list[str]]:
    """Cells as in the cases: the text, and ``*rows*columns`` where a cell spans more than one."""
    return [
        [text if (down, across) == (1, 1) else f"{text}*{down}*{across}" for text, down, across in row]
        for row in grid.rows
    ]


@pytest.mark.parametrize("case", cases("pages"))
def test_pages(case: dict[str, Any]) -> None:
    content = read((PAGES / case["file"]).read_bytes())
    assert content.encoding == case["encoding"]
    assert content.properties == case["properties"]
    assert paragraphs(content) == case["paragraphs"]
    assert [cells(grid) for grid in grids(content)] == case["tables"]
    if "captions" in case:
        assert [grid.caption for grid in grids(content)] == case["captions"]


def test_every_page_has_a_case() -> None:
    named = {case.values[0]["file"] for case in cases("pages")}
    assert named == {path.name for path in PAGES.iterdir()}


def test_a_page_as_a_document() -> None:
    document = zg.read(PAGES / "trs-2015.html")
    assert (document.format, document.encoding) == ("html", "utf-8")
    assert document.properties["published"] == "2016-03-08 10:12"
    blank = document.tables[0].rows[3][2]
    assert (blank.text, blank.start) == ("", blank.end)
    figure = document.tables[0].rows[2][2]
    assert document.text[figure.start : figure.end] == "128"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>公开\n信息</p>", ["公开信息"]),
        ("<p>公开 \n\t信息</p>", ["公开信息"]),
        ("<p>OA\n系统</p>", ["OA 系统"]),
        ("<p>公开 信息</p>", ["公开 信息"]),
        ("<p>公&nbsp;&nbsp;开&emsp;信\u3000息</p>", ["公 开 信 息"]),
        ("<p>公<b>开</b><span>信</span><!-- 注 -->息</p>", ["公开信息"]),
        ("<p>公\u200b开&shy;信息</p>", ["公\u200b开\xad信息"]),
        ("<p>公开<br>信息<br/><br>年报", ["公开", "信息", "年报"]),
        ("公开<div>信息</div>年报", ["公开", "信息", "年报"]),
        ("<pre>公开\n信息</pre>", ["公开", "信息"]),
        ("<p>&#20844;&#x5f00; &lt;信息&gt; A&amp;B", ["公开 <信息> A&B"]),
        ("<p>公\0开信息", ["公开信息"]),
        ("<p>公开<select><option>一<option>二</select>信息", ["公开信息"]),
        ("<p>公开<textarea><p>草稿</textarea>信息", ["公开信息"]),
        ("<p onclick=\"x('<script>')\">公开信息</p><p>年报</p>", ["公开信息", "年报"]),
        ("<p>甲-->乙</p><p>丙</p>", ["甲-->乙", "丙"]),
        ("<p>甲</p><!-- 旧 <!-- 稿 --> --><p>乙</p>", ["甲", "乙"]),
        ('<!DOCTYPE html [<!ENTITY a "公公"><!ENTITY b "&a;&a;">]><p>公开&b;', ["公开&b;"]),
    ],
)
def test_lines(source: str, expected: list[str]) -> None:
    assert paragraphs(read(source)) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<tr><td>三<br>、<br>本</td><td>1</td></tr><tr><td>甲<td>2", [["三、本", "1"], ["甲", "2"]]),
        ("<tr><td><p>Open</p><p>data</p><td>1<br>2<tr><td>乙<td>3", [["Open data", "1 2"], ["乙", "3"]]),
        ("<tr><td rowspan=0>甲<td>1<tr><td>2<tr><td>3", [["甲*3*1", "1"], ["2"], ["3"]]),
        ("<tr><td rowspan=9>甲<td>1<tr><td>2", [["甲*2*1", "1"], ["2"]]),
        ("<tr><td>甲<td>1<tr><td colspan=100000>乙", [["甲", "1"], ["乙*1*2"]]),
        ("<tr><td>甲<td>1<tr></tr><tr><td>乙<td>2<tr></tr>", [["甲", "1"], [], ["乙", "2"]]),
        ("<tfoot><tr><td>计<td>3</tfoot><tbody><tr><td>甲<td>3", [["甲", "3"], ["计", "3"]]),
        ("<tr><td>甲<td style='display:none'>9<td>1<tr><td>乙<td>2", [["甲", "1"], ["乙", "2"]]),
        ("<tr><td colspan=x rowspan=-1>甲<td>1<tr><td>乙<td>2", [["甲", "1"], ["乙", "2"]]),
    ],
)
def test_cells(table: str, expected: list[list[str]]) -> None:
    content = read(f"<p>公开。</p><table>{table}</table>")
    assert [cells(grid) for grid in grids(content)] == [expected]


def test_notes_under_a_table_do_not_dissolve_it() -> None:
    note = "<p>注：" + "本表所列各项均按统计制度填报，" * 4 + "合计。</p><p>其余单位另行报送。</p>"
    rows = "".join(f"<tr><td>{name}申请<td>{name}条<td>{at}" for at, name in enumerate("甲乙丙丁戊己庚辛"))
    content = read(f"<p>公开。</p><table>{rows}<tr><td colspan=3>{note}</table>")
    assert len(grids(content)) == 1
    assert len(grids(content)[0].rows) == 9


def test_prose_in_cells_is_no_table() -> None:
    prose = "<p>" + "本年度公开工作平稳推进，" * 5 + "成效明显。</p>"
    content = read(f"<table><tr><td>菜单<td>{prose * 2}<tr><td>说明<td>{prose * 2}</table>")
    assert grids(content) == []
    assert len(paragraphs(content)) == 6


HEAD = "<title>云澜市2017年政府信息公开工作年度报告_云澜市</title><div class=crumb>当前位置：<a href=/>首页</a></div>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>一、概述</p><p>公开3条。</p>", ["云澜市2017年政府信息公开工作年度报告", "一、概述", "公开3条。"]),
        (
            "<h1>云澜市2017年政府信息公开工作年度报告</h1><p>云澜市</p><p>2017年政府信息公开工作年度报告</p><p>公开3条。</p>",
            ["云澜市", "2017年政府信息公开工作年度报告", "公开3条。"],
        ),
        (
            "<p>云澜市人民政府2017年政府信息公开年度报告</p><p>公开3条。</p>",
            ["云澜市人民政府2017年政府信息公开年度报告", "公开3条。"],
        ),
        (
            "<p>云澜市2017年政府信息公开工作年度报告 公开3条。</p><p>完。</p>",
            ["云澜市2017年政府信息公开工作年度报告 公开3条。", "完。"],
        ),
    ],
)
def test_title_once(body: str, expected: list[str]) -> None:
    assert paragraphs(read(f"{HEAD}<div id=x>{body}</div>")) == expected


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("来源：市民政局　发布时间：2013-02-01 09:30", "2013-02-01 09:30"),
        ("2013-02-01 来源：市民政局 【字体：大 中 小】", "2013-02-01"),
        ("[ 日期：2013年2月1日 ] 阅读次数：12", "2013年2月1日"),
        ("2013-02-01 09:30:00", "2013-02-01 09:30:00"),
        ("作者：办公室", None),
    ],
)
def test_source_line(line: str, published: str | None) -> None:
    content = read(f"<div><h1>云澜市民政局2012年年报</h1><p>{line}</p><p>公开3条。</p><p>2013年1月31日</p></div>")
    assert paragraphs(content) == ["云澜市民政局2012年年报", "公开3条。", "2013年1月31日"]
    assert content.properties.get("published") == published


@pytest.mark.parametrize(
    "tail", ["【打印】【关闭】", "字体：大 中 小", "上一篇：旧年报", "扫一扫在手机打开", "版权所有 云澜市"]
)
def test_tail_lines(tail: str) -> None:
    assert paragraphs(read(f"<div><p>公开3条。</p><p>云澜市民政局</p><p>{tail}</p></div>")) == [
        "公开3条。",
        "云澜市民政局",
    ]


def test_a_link_around_the_article_is_no_menu() -> None:
    prose = "全年主动公开政府信息一百二十条，均在规定的时限内发布，群众可以查阅。"
    menu = "<ul><li><a href=/>首页</a><li><a href=/zw>政务</a></ul>"
    assert paragraphs(read(f"{menu}<a href=x><div><p>{prose}</p><p>完。</p></div></a>"))[0] == prose


def test_a_title_over_two_lines_above_the_source_line() -> None:
    title = "<div class=bt><p>云澜市民政局</p><p>二○一二年政府信息公开年度报告</p></div>"
    content = read(f"<h1>云澜市</h1><div>{title}<div>2013-02-01 来源：本站</div><div><p>公开3条。</p></div></div>")
    assert content.properties["title"] == "云澜市民政局二○一二年政府信息公开年度报告"
    assert paragraphs(content) == ["云澜市民政局二○一二年政府信息公开年度报告", "公开3条。"]


def test_site_lines_stay_inside_the_article() -> None:
    content = read("<p>一、概述</p><p>微信</p><p>来源：各单位</p><p>网站支持各种浏览器。</p><p>公开3条。</p>")
    assert paragraphs(content) == ["一、概述", "微信", "来源：各单位", "网站支持各种浏览器。", "公开3条。"]


@pytest.mark.parametrize(
    ("head", "codec", "encoding"),
    [
        ("<meta charset=gb2312>", "gb18030", "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=big5">', "big5", "big5"),
        ('<?xml version="1.0" encoding="gbk"?>', "gbk", "gb18030"),
        ("<meta charset=gb2312>", "utf-8", "utf-8"),
        ("<meta charset=utf-8>", "gb18030", "gb18030"),
        ("<meta charset=utf-8>", "utf-16", "utf-16"),
        ("<meta charset=gb2312>", "big5", "big5"),
        ("<meta charset=klingon>", "utf-8-sig", "utf-8"),
        ("<!-- 注 --><style>p {}</style>" + " " * 30_000, "big5", "big5"),
    ],
)
def test_encodings(head: str, codec: str, encoding: str) -> None:
    text = "本年度主動公開政府信息四百五十條，較上年有所增加。"
    content = read(f"{head}<p>{text}</p>".encode(codec))
    assert (content.encoding, content.pieces) == (encoding, [text])


def test_a_damaged_character_is_noted() -> None:
    data = "<meta charset=utf-8><p>全年公开信息12条。</p><p>坏字：公".encode()[:-1]
    content = read(data)
    assert paragraphs(content) == ["全年公开信息12条。", "坏字：\ufffd"]
    assert [note.code for note in content.notes] == ["damaged_characters"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("<div>" * 100_000 + "公开", "too_deep"),
        ("<span><div></span>" * 1_000 + "公开", "too_deep"),
        ("<table><tr><td>" * 300 + "公开", "too_deep"),
        ("<table>" + "<tr><td>公<td>1" * 1_001, "too_large"),
        ("<table><tr>" + "<td rowspan=60000 colspan=90>公" * 10 + "<tr><td>1<td>2" * 9, "too_large"),
        ("<table><tr><td>公<td>1</table>" * 1_001, "too_large"),
    ],
)
def test_over_a_cap(source: str, code: str) -> None:
    with pytest.raises(zg.InputError) as caught:
        read(source, max_cells=2_000)
    assert caught.value.code == code
    assert str(caught.value).startswith("page.html: ")


def test_under_a_cap() -> None:
    """Unclosed paragraphs, cells and formatting are siblings, however many there are."""
    content = read("<b><table>" + "<tr><td><font>公<td>1" * 500, max_cells=2_000)
    assert len(grids(content)[0].rows) == 500


def test_too_many_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webpage, "_MAX_TAGS", 100)
    assert paragraphs(read("公开。" + "<br>" * 100)) == ["公开。"]
    with pytest.raises(zg.InputError, match="more than 100 tags"):
        read("公开。" + "<br>" * 101)


@pytest.mark.parametrize(
    ("part", "times", "first"),
    [
        ("<p>公开。</p>", 30_000, "公开。"),
        ("<b>", 50_000, None),
        ("<p><font size=7 color=red>公开。", 10_000, "公开。"),
        ("<p><a href=x>公开。", 10_000, "公开。"),
        ("<a b='", 200_000, None),
        ("公开。<!--", 200_000, "公开。"),
        ("公开。<script>", 200_000, "公开。"),
        ("<!doctype [", 100_000, None),
        ("公\n ", 300_000, None),
        ("<select><option>", 20_000, None),
        ("</div></p>", 50_000, None),
        ("<p x='" + "y" * 5_000 + "'>公开。", 500, "公开。"),
    ],
)
def test_linear_time(part: str, times: int, first: str | None) -> None:
    """Quadratic time would take minutes for these."""
    start = time.perf_counter()
    content = read("<html><body>" + part * times)
    assert time.perf_counter() - start < 5
    assert first is None or content.pieces[0] == first


TAGS = (
    "<p> </p> <div> </div> <table> </table> <tr> <td> <td\tcolspan=3> <td\trowspan=0> <a\thref=x> </a> <br> <ul> <li> "
    "<b> <caption> <tfoot> <pre> <!-- --> <![if]> <script> </script> <select> <form> <h1> <title> <svg> <template> "
    "<center> 公开。 一、 12 2017 < > \" ' = &nbsp; &#0; \ud7ff"
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(TAGS.split(" ")), max_size=40))
def test_any_markup_is_read(parts: list[str]) -> None:
    content = read("".join(parts).replace("\t", " ") or " ")
    text, blocks, _ = lay_out(content.pieces)
    assert len(blocks) <= len(content.pieces)
    assert "\n" not in "".join(paragraphs(content))
    assert read("".join(parts).replace("\t", " ") or " ") == content
    assert len(text) <= 4_000


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.text("公开0123", max_size=3), min_size=3, max_size=3), min_size=3, max_size=6))
def test_a_table_is_read_cell_by_cell(rows: list[list[str]]) -> None:
    rows = [["甲", "乙", "丙"], *rows, ["1", "2", "3"]]
    source = "".join("<tr>" + "".join(f"<td><p>{cell}</p></td>" for cell in row) + "</tr>" for row in rows)
    found = grids(read(f"<p>公开。</p><table>{source}</table>"))
    assert [[text for text, _, _ in row] for row in found[0].rows] == rows


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", ["pingtan-2015", "pingtan-2021"])
def test_real_pages_hold_their_text(shared: Path, name: str) -> None:
    document = zg.read(shared / f"{name}.html")
    text = _bare((shared / f"{name}.txt").read_text(encoding="utf-8"))
    found = _bare(document.text)
    title, _, body = found.partition("报告")
    assert text.startswith(title + "报告")
    assert text.endswith(body)
    assert len(text) - len(found) < 100  # the site's own line under the title


@pytest.mark.parametrize("name", ["pingtan-2015", "pingtan-2021"])
def test_real_tables_hold_their_figures(shared: Path, name: str) -> None:
    """The figures of the tables in reading order, each cell once, are those of the gold."""
    tables = zg.read(shared / f"{name}.html").tables
    figures = {cell.start: cell.text for table in tables for row in table.rows for cell in row if _is_figure(cell.text)}
    gold = json.loads((shared / "gold" / f"{name}.table.json").read_text(encoding="utf-8"))
    assert [figures[at] for at in sorted(figures)] == [
        fact["quote"] for fact in sorted(gold, key=lambda fact: fact["start"])
    ]


def _is_figure(text: str) -> bool:
    return text.replace(".", "").isdecimal()


# --- pages without an article, with more than one, with other prose

LINKS = (
    "<ul>" + "".join(f"<li><a href=/{at}>{name}</a></li>" for at, name in enumerate(("首页", "要闻", "服务"))) + "</ul>"
)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (
            "<div><h1>青石县财政局2023年政府信息公开工作年度报告</h1><p>发布时间：2024-01-19</p>"
            "<p>附件：<a href=/a.pdf>年度报告.pdf</a></p></div><p>主办：青石县人民政府</p>",
            ["青石县财政局2023年政府信息公开工作年度报告", "附件：年度报告.pdf"],
        ),
        (
            "<title>青石县2023年政府信息公开工作年度报告</title><iframe src=a></iframe>",
            ["青石县2023年政府信息公开工作年度报告"],
        ),
        ("<ul><li><a href=/a>青石县年报</a><span>2024-01-02</span></ul>", ["青石县年报2024-01-02"]),
        ("<div class=nav></div>", ["要闻", "服务"]),
    ],
    ids=["attachment", "frame", "list", "nothing but links"],
)
def test_a_page_without_an_article_says_so(body: str, lines: list[str]) -> None:
    content = read(LINKS + body)
    assert paragraphs(content) == lines
    assert [note.code for note in content.notes] == ["no_article"]
    assert f"(lines of text: {len(lines)})" in content.notes[0].message


COPY = "<p>一、概述</p><p>全年公开信息12条。</p><p>二、申请</p><p>未收到申请。</p>"


def test_an_article_that_stands_twice_is_read_once() -> None:
    title = "<p>青石县2023年政府信息公开工作年度报告</p>"
    once = read(f"<div>{title}{COPY}</div>")
    twice = read(
        f"<div class=pc>{title}{COPY}<p>青石县政府</p></div><div class=phone>{title}{COPY}<p>青石县政府</p></div>"
    )
    assert once.notes == ()
    assert paragraphs(twice) == [*paragraphs(once), "青石县政府"]
    other = COPY.replace("12", "13")
    assert len(paragraphs(read(f"<div>{COPY}</div><div>{other}</div>"))) == 8


def test_the_report_is_below_its_heading() -> None:
    boxes = "".join(f"<div><p>第{at}个专栏集中展示有关政策和办事指南，欢迎监督。</p></div>" for at in range(64))
    heading = "青石县水务局2023年政府信息公开工作年度报告"
    report = f"<div><h1>{heading}</h1><p>全年公开信息41条。</p></div>"
    assert paragraphs(read(f"<div>{boxes}</div>{report}")) == [heading, "全年公开信息41条。"]
    # A heading with nothing beside it says nothing about where the article is.
    assert len(paragraphs(read(f"<div>{boxes}</div><div><h1>{heading}</h1></div>"))) > 60


@pytest.mark.parametrize(
    "line", ["（责任编辑：甲 审核：乙）", "您对本文的评价：满意 一般", "原文链接：a.html", "主办：青石县 承办：甲"]
)
def test_lines_of_the_site_at_the_end(line: str) -> None:
    assert paragraphs(read(f"<div>{COPY}<p>{line}</p></div>")) == [
        "一、概述",
        "全年公开信息12条。",
        "二、申请",
        "未收到申请。",
    ]
