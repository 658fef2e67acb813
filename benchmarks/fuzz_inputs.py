"""Input for fuzzing, made and mutated by chance: texts in the genre, files of each format, tables, settings.

All of it follows from a `random.Random`, so that a number of a run says which input it was. Mutated are our own
reports and the files of the tests, and the shared reports where they are.
"""

# Lists of tokens are easier to read in a few long lines.
# ruff: noqa: E501

from __future__ import annotations

import copy
import html
import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDERS = (ROOT / "corpus" / "reports", ROOT / "tests" / "files", ROOT.parent / "shared" / "reports")
# A tag, an attribute and a value that no page of ours has: where one of them stands in a page, input was not escaped.
MARKS = ("<zqx>", "</script><zqx>", '" zqx="', "' zqx='", "<!--<zqx", "]]><zqx>", "{{zqx}}", "javascript:zqx")

_PLACES = ("云澜市", "青石县", "临川湖区", "岭东省", "江闸镇", "云瀾市", "柳坝乡", "云澜市公安局", "蓝川经济技术开发区")
_TITLES = (
    "概述", "总体情况", "主动公开政府信息情况", "依申请公开政府信息情况", "行政复议、行政诉讼情况", "收费情况", "附表",
    "存在的主要问题及改进情况", "政府信息管理", "平台建设", "监督保障", "其他需要报告的事项", "政策解读", "回應關切",
)  # fmt: skip
_NUMBERS = (
    "一、", "二、", "三、", "十一、", "（一）", "（二）", "(三)", "1.", "2、", "１．", "第一部分 ", "第二章", "附件1", "①",
    "第三条", "一.", "1.1", "1.1.1", "Ⅰ．", "㈠", "⑴", "一是", "其中：", "（十二）",
)  # fmt: skip
_SUBJECTS = (
    "主动公开政府信息", "收到政府信息公开申请", "予以公开", "不予公开", "行政复议", "行政诉讼", "政策解读稿件", "规范性文件",
    "发布动态简报", "召开新闻发布会", "回应公众关注热点", "收取费用", "专职人员", "网站公开", "微信公众号推送信息", "办结",
    "結轉下年度", "公開規章", "上年结转", "当面申请数", "结果纠正", "其他结果", "尚未审结",
)  # fmt: skip
_VERBS = (
    "",
    "共",
    "全年",
    "其中",
    "累计",
    "约",
    "同比增长",
    "比上年减少",
    "未收到",
    "为",
    "：",
    "达到",
    "不足",
    "超过",
)
_UNITS = (
    "件",
    "条",
    "次",
    "万条",
    "亿元",
    "万元",
    "人",
    "%",
    "％",
    "个百分点",
    "篇",
    "場",
    "倍",
    "余件",
    "多条",
    "千字",
    "户",
    "",
)
_MARKS = (
    "，",
    "。",
    "；",
    "：",
    "、",
    "！",
    "？",
    ",",
    ";",
    ".",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    "\r",
    " ",
    "\u3000",
    "|",
    "……",
)
_QUOTED = (
    "《云澜市政府信息公开办法》",
    "“五公开”",
    "（含乡镇）",
    "【专栏】",
    "《",
    "》",
    "“",
    "”",
    "（",
    "）",
    "「",
    "』",
)
_ODD = (
    "\ud800", "\udfff", "😀", "\U00020000", "\U0010ffff", "\u0301", "\u0301" * 40, "\u202e", "\u200b", "\u200f", "\ufeff",
    "\x00", "\x01", "\x0b", "\x0c", "\x1f", "\x85", "\u2028", "\u2029", "\ufffd", "\ufffe", "\u00a0", "\u2003", "abc", "İ",
    "ß", "ﬁ", "㍿", "㎡", "½", "²", "④", "〇", "零", "◯", "兆", "廿", "卅", "⼯", "﹪", "\U0001f1e8\U0001f1f3", "www.a.cn",
    "=cmd|'/c calc'!A0", "+1", "@SUM(A1)", "-1+1", "%s", "%(x)s", "{0}", "{{", "}}", "${x}", "\\", "\\n", "'", '"', "`", "&#0;",
    "&amp;", "<b>", "</td>", "<!--", "-->", "http://a.cn/?a=1&b=2", "../../etc/passwd", "$$", "\\begin{x}", "^", "_", "#", "~",
)  # fmt: skip
_TRADITIONAL = ("入口網站公布規範性檔案", "國務院", "透過資料庫", "線上訪談", "人民民眾", "計程車", "資訊公開", "後台")
_DIGITS = "0123456789０１２３４５６７８９一二三四五六七八九十百千万亿零〇两壹贰"
_ENCODINGS = ("gb18030", "gb18030", "gbk", "big5", "utf-16", "utf-16-le", "utf-8-sig", "utf-8-sig", "latin-1", "utf-32")


@cache
def documents() -> tuple[str, ...]:
    """The texts there are to take pieces of."""
    paths = [path for folder in FOLDERS for path in sorted(folder.rglob("*.txt"))]
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in paths) or ("一、概述\n公开3条。",)


@cache
def files(suffix: str, most: int = 60_000) -> tuple[bytes, ...]:
    """The files of a format, but for large ones."""
    paths = [path for folder in FOLDERS for path in sorted(folder.rglob(f"*{suffix}*"))]
    return tuple(path.read_bytes() for path in paths if path.suffix.startswith(suffix) and path.stat().st_size <= most)


@cache
def words() -> tuple[str, ...]:
    """Every word that the data of the package knows: what its patterns and labels are made of."""
    folder = ROOT / "zhgovtext" / "data"
    names = (
        "indicators",
        "quantities",
        "structure",
        "metadata",
        "checks",
        "lexicon",
        "reuse",
        "classification",
        "script",
    )
    paths = [path for name in names for path in sorted((folder / name).rglob("*.t*"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return tuple(sorted({word for word in re.findall("[\u4e00-\u9fff（）、：]{2,24}", text) if len(word) > 1}))


# Texts ----------------------------------------------------------------------------------------------------------------


def number(rng: random.Random) -> str:
    """A number as a report, a careless one or a hostile one may print it."""
    kind = rng.randrange(14)
    if kind < 5:
        return str(int(10 ** rng.uniform(0, 6)))
    if kind == 5:
        return f"{rng.uniform(0, 10 ** rng.randint(0, 9)):,.{rng.randrange(4)}f}"
    if kind == 6:
        return "".join(rng.choice("零一二三四五六七八九十百千万亿〇两") for _ in range(rng.randint(1, 12)))
    if kind == 7:
        return f"{rng.randrange(10**4)}{rng.choice(['至', '-', '—', '~', '到'])}{rng.randrange(10**4)}"
    if kind == 8:
        return f"百分之{number(rng)}" if rng.random() < 0.8 else f"{number(rng)}分之{number(rng)}"
    if kind == 9:
        return (
            rng.choice(["19", "20", "２０", "二〇"])
            + f"{rng.randrange(100):02d}年"
            + rng.choice(["", "度", "3月", "底"])
        )
    if kind == 10:
        return "".join(rng.choice(_DIGITS + "，,.．") for _ in range(rng.randint(1, 20)))
    if kind == 11:
        return rng.choice("0123456789一九万亿.,") * rng.choice(
            [20, 70, 310, 400, 5000] if rng.random() < 0.1 else [2, 5, 20]
        )
    if kind == 12:
        return rng.choice(
            ["/", "-", "——", "", "0", "-0", "1e400", "inf", "nan", "0x10", "1/0", "１/３", "+5", "±3", "∞", "00012"]
        )
    return f"{rng.randrange(10**6)}{rng.choice(['余', '多', '来', '几'])}"


def sentence(rng: random.Random) -> str:
    """A sentence or a part of one."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        parts += [rng.choice(_VERBS), rng.choice(_SUBJECTS), rng.choice(_VERBS), number(rng), rng.choice(_UNITS)]
        parts.append(rng.choice(_MARKS))
    return "".join(parts)


def table(rng: random.Random) -> str:
    """A table of tabs or bars, or one that has lost them."""
    columns = rng.choice([1, 2, 3, 3, 4, 7, 10, 11]) if rng.random() < 0.95 else rng.randint(12, 300)
    bar, end = rng.choice(
        [("\t", "\n"), ("\t", "\n"), ("|", "|\n|"), ("\n", "\n"), ("", ""), (" ", "\n"), ("\u3000", "\r\n")]
    )
    rows = []
    for at in range(rng.randint(1, 12)):
        cells = [rng.choice(words()) if not column or rng.random() < 0.3 else number(rng) for column in range(columns)]
        if rng.random() < 0.1:
            cells = cells[: rng.randrange(columns + 1)]
        rows.append(bar.join(cells))
        if bar == "|" and not at:
            rows.append("|".join(["---"] * columns))
    return (
        rng.choice(["", "附表\n", "政府信息公开情况统计表（单位：件）\n"])
        + ("|" if bar == "|" else "")
        + end.join(rows)
    )


def slice_of(rng: random.Random, text: str, most: int = 200) -> str:
    """A piece of a text."""
    start = rng.randrange(max(len(text), 1))
    return text[start : start + rng.randint(1, most)]


def _piece(rng: random.Random) -> str:
    kind = rng.randrange(20)
    if kind < 5:
        return sentence(rng)
    if kind < 7:
        return rng.choice(_NUMBERS) + rng.choice(_TITLES) + rng.choice(["\n", "", "\u3000", "。"])
    if kind < 10:
        return slice_of(rng, rng.choice(documents()))
    if kind == 10:
        return table(rng)
    if kind == 11:
        return "".join(rng.choice(words()) + rng.choice(["", number(rng)]) for _ in range(rng.randint(1, 6)))
    if kind == 12:
        return f"{rng.choice(_PLACES)}{rng.randint(1990, 2040)}年政府信息公开工作年度报告\n"
    if kind == 13:
        return "".join(rng.choice(_ODD) for _ in range(rng.randint(1, 5)))
    if kind == 14:
        return rng.choice(MARKS)
    if kind == 15:
        return rng.choice((*_TRADITIONAL, *_QUOTED))
    if kind == 16:
        return chr(rng.choice([rng.randrange(0x300), rng.randrange(0x2000, 0xA000), rng.randrange(0x110000)]))
    return rng.choice((number, lambda _: rng.choice(_MARKS), lambda _: rng.choice(words())))(rng)


def text(rng: random.Random, most: int = 300) -> str:
    """A text: mostly under `most` characters, at times of ten or a hundred times as many, at times without sense."""
    kind = rng.random()
    if kind < 0.01:
        return rng.choice(
            ["", " ", "\n", "\ufeff", "\x00", "公", "\ud800", "一、", "1", "。", "\t\t\n\t", "|-|\n|-|\n|公|"]
        )
    if kind < 0.015:
        unit = _piece(rng)[:20] or "公"
        return "公" + unit * rng.randint(2, min(2000, 20 * most) // len(unit) + 2)
    size = most if kind < 0.9 else most * 10 if kind < 0.99 else most * 60
    wanted, parts, length = rng.randint(1, size), [], 0
    while length < wanted:
        parts.append(_piece(rng))
        length += len(parts[-1]) + 1
    found = "".join(parts)
    return mutated_text(rng, found) if rng.random() < 0.4 else found


def mutated_text(rng: random.Random, given: str) -> str:
    """A text after a few accidents."""
    for _ in range(rng.randint(1, 4)):
        start, end = sorted(rng.randrange(len(given) + 1) for _ in range(2))
        end = min(end, start + 200)
        middle = rng.choice(
            (
                lambda part: "",
                lambda part: part * 2,
                lambda part: part[::-1],
                lambda part: part.replace("\n", ""),
                lambda part: re.sub("[0-9]", lambda _: str(rng.randrange(10)), part),
                lambda part: part + _piece(rng),
                lambda part: "".join(rng.sample(part, len(part))),
                lambda part: part.replace("，", "\n"),
                lambda part: part.upper(),
                lambda part: part.replace(" ", "\u3000").replace("0", "０"),
            )
        )(given[start:end])
        given = given[:start] + middle + given[end:]
    return given


def texts(rng: random.Random, most: int = 8, size: int = 60) -> list[str]:
    """A list of short texts."""
    return [text(rng, size) for _ in range(rng.randint(0, most))]


# Bytes ----------------------------------------------------------------------------------------------------------------


def encoded(rng: random.Random, given: str) -> bytes:
    """The bytes of a text in some encoding, at times damaged."""
    data = given.encode("utf-8" if rng.random() < 0.75 else rng.choice(_ENCODINGS), "replace")
    return mutated(rng, data) if rng.random() < 0.15 else data


def mutated(
    rng: random.Random, data: bytes, tokens: Sequence[bytes] = (b"\x00", b"\xff", b"\n", b'"', b"<", b">")
) -> bytes:
    """Bytes after a few accidents; `tokens` are what may get in."""
    found = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 12])):
        at = rng.randrange(len(found) + 1)
        kind = rng.randrange(8)
        if kind < 2 and at < len(found):
            found[at] = rng.randrange(256)
        elif kind == 2 and at < len(found):
            found[at] ^= 1 << rng.randrange(8)
        elif kind == 3:
            del found[at : at + rng.choice([1, 2, 8, 200])]
        elif kind == 4:
            found[at:at] = rng.choice(tokens)
        elif kind == 5:
            found[at:at] = found[at : at + rng.choice([1, 8, 300])]
        elif kind == 6:
            found[at : at + 4] = rng.choice([b"\xff" * 4, b"\x00" * 4, b"9999", b"-1  ", b"\x7f\xff\xff\xff"])
        elif rng.random() < 0.2:
            del found[at:]
    return bytes(found)


# Pages ----------------------------------------------------------------------------------------------------------------

_TAGS = (
    "div", "p", "span", "td", "tr", "table", "tbody", "thead", "th", "b", "font", "o:p", "h1", "h2", "ul", "li", "br", "br/",
    "hr", "a", "img", "script", "style", "noscript", "template", "iframe", "svg", "math", "select", "option", "textarea", "pre",
    "caption", "colgroup", "col", "form", "input", "center", "title", "head", "body", "html", "frameset", "object", "ruby", "rt",
    "xmp", "plaintext", "sup", "!doctype", "?xml", "![CDATA[", "base", "meta", "nav", "footer", "article", "dl", "dd",
)  # fmt: skip
_SPANS = ("0", "1", "2", "3", "5", "-1", "65534", "1000", "99999999999", "1e9", "x", "", "２", "1.5", " 2 ", "+2")
_ENTITIES = (
    "&nbsp;",
    "&#0;",
    "&#xD800;",
    "&#99999999;",
    "&lt;",
    "&notin",
    "&#x110000;",
    "&amp;lt;zqx&gt;",
    "&zzz;",
    "&#65279;",
)
_CHARSETS = ("utf-8", "gb2312", "gbk", "big5", "utf-16", "latin1", "x-user-defined", "none", "hz", "utf-7", "")
_PAGE_TOKENS = (
    b"<table>", b"</table>", b"<td colspan=9999>", b"<tr>", b"</td>", b"<!--", b"-->", b"<script>", b"</div>", b"<div>" * 40,
    b"<p>", b"&nbsp;", b"<br>", b"<![endif]-->", b"<!--[if gte mso 9]>", b'"', b"'", b"\x00", b"rowspan=0 ", b"<title>",
)  # fmt: skip


def _attribute(rng: random.Random) -> str:
    return rng.choice(
        (
            f'class="{rng.choice(["content", "TRS_Editor", "nav", "footer", "article-body", "zoom"])}"',
            'style="display:none"',
            'style="mso-list:l0 level1 lfo1;text-indent:-1em"',
            f"rowspan={rng.choice(_SPANS)}",
            f'colspan="{rng.choice(_SPANS)}"',
            'id="zoom"',
            "hidden",
            f'style="width:{number(rng)}px"',
            'href="javascript:zqx"',
            'name="PubDate" content="2023-13-45"',
            'align="center"',
            "=",
            "'\"",
        )
    )


def _inline(rng: random.Random) -> str:
    kind = rng.random()
    return sentence(rng) if kind < 0.5 else rng.choice(_ENTITIES) if kind < 0.6 else text(rng, 40)


def _page_table(rng: random.Random, depth: int = 0) -> str:
    rows = []
    for _ in range(rng.randint(0, 6)):
        cells = []
        for _ in range(rng.choice([0, 1, 2, 3, 5, 11])):
            spans = " ".join(
                f"{name}={rng.choice(_SPANS) if rng.random() < 0.3 else rng.randint(1, 3)}"
                for name in ("rowspan", "colspan")
                if rng.random() < 0.25
            )
            inner = _page_table(rng, depth + 1) if depth < 4 and rng.random() < 0.05 else _inline(rng)[:80]
            inner = number(rng)[:30] if rng.random() < 0.4 else inner
            cells.append(f"<td {spans}>{inner}" + ("</td>" if rng.random() < 0.9 else ""))
        rows.append("<tr>" + "".join(cells) + ("</tr>" if rng.random() < 0.9 else ""))
    caption = "<caption>附表</caption>" if rng.random() < 0.1 else ""
    return f"<table {_attribute(rng) if rng.random() < 0.3 else ''}>{caption}{''.join(rows)}</table>"


def _nodes(rng: random.Random, count: int) -> str:
    parts: list[str] = []
    for _ in range(count):
        kind = rng.randrange(12)
        if kind < 4:
            parts.append(f"<p>{_inline(rng)}</p>")
        elif kind < 6:
            parts.append(_page_table(rng))
        elif kind < 9:
            tag = rng.choice(_TAGS)
            attributes = " ".join(_attribute(rng) for _ in range(rng.randrange(3)))
            close = f"</{tag}>" if rng.random() < 0.7 else ""
            parts.append(f"<{tag} {attributes}>{_inline(rng)}{close}")
        elif kind == 9:
            parts.append(f"</{rng.choice(_TAGS)}>")
        elif kind == 10:
            tag, depth = rng.choice(_TAGS), rng.choice([3, 10, 60, 250, 1500] if rng.random() < 0.1 else [2, 5])
            parts.append(f"<{tag}>" * depth + _inline(rng) + f"</{tag}>" * rng.randrange(depth + 2))
        else:
            parts.append(
                rng.choice(("<!--", "-->", "<![endif]-->", "<script>", "</script>", "<style>", "<")) + _inline(rng)
            )
    return "".join(parts)


def page(rng: random.Random) -> bytes:
    """A page: drawn up by chance, or one of a real site with damage."""
    real = files(".htm")
    if real and rng.random() < 0.25:
        return mutated(rng, rng.choice(real), _PAGE_TOKENS)
    charset = rng.choice(_CHARSETS)
    head = f"<meta charset={charset}><title>{text(rng, 20)}</title>" if rng.random() < 0.5 else ""
    whole = rng.choice(["<!DOCTYPE html><html>", "<html>", "<body>", "<div>", '<html xmlns:o="urn:x">']) + head
    whole += _nodes(rng, rng.choice([1, 3, 8, 25])) + rng.choice(["", "</html>"])
    encoding = charset if charset in ("utf-8", "gbk", "big5", "utf-16") and rng.random() < 0.7 else "utf-8"
    data = whole.encode(encoding, "replace")
    return mutated(rng, data, _PAGE_TOKENS) if rng.random() < 0.2 else data


# Word files -----------------------------------------------------------------------------------------------------------

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SPACES = (
    f'xmlns:w="{_W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
_VALUES = (
    "0",
    "1",
    "2",
    "-1",
    "9",
    "999999999999",
    "x",
    "",
    "restart",
    "continue",
    "1.5",
    "%1",
    "%10",
    "%1%2%3%4%5%6%7%8%9",
)
_FORMATS = (
    "decimal",
    "chineseCounting",
    "bullet",
    "upperRoman",
    "lowerLetter",
    "none",
    "japaneseCounting",
    "x",
    "ideographTraditional",
)
_WORD_TAGS = (
    "p", "r", "t", "tbl", "tr", "tc", "tcPr", "pPr", "rPr", "sdt", "sdtContent", "ins", "del", "delText", "hyperlink",
    "fldSimple", "instrText", "fldChar", "tab", "br", "cr", "sym", "footnoteReference", "txbxContent", "pict", "smartTag",
    "moveFrom", "moveTo", "vMerge", "gridSpan", "gridBefore", "hMerge", "numPr", "ilvl", "numId", "outlineLvl", "pStyle", "sectPr",
    "noBreakHyphen", "softHyphen", "body", "document", "AlternateContent", "vanish", "trPr", "bookmarkStart", "object",
)  # fmt: skip
_XML_TOKENS = (
    b"<w:tbl>", b"</w:tbl>", b"<w:tc>", b"</w:tc>", b"<w:p>", b"</w:p>", b"<w:r>", b'<w:gridSpan w:val="9999999"/>', b"&x;",
    b"<!DOCTYPE w [<!ENTITY x 'y'>]>", b"<![CDATA[", b"]]>", b"<?xml version='1.0' encoding='utf-16'?>", b"xmlns:w='x'", b"<",
    b'<w:vMerge w:val="restart"/>', b"<w:vMerge/>", b'<w:numId w:val="1"/>', b"w:val", b"/", b"\x00", b"<w:del>", b"<w:ins>",
)  # fmt: skip


def _escape(given: str) -> str:
    return re.sub("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", html.escape(given, quote=False))


def _run(rng: random.Random) -> str:
    return f"<w:r><w:t>{_escape(_inline(rng)[:200])}</w:t></w:r>"


def _property(rng: random.Random) -> str:
    tag = rng.choice(_WORD_TAGS)
    value = rng.choice(_VALUES)
    return rng.choice(
        (
            f'<w:{tag} w:val="{value}"/>',
            f'<w:numPr><w:ilvl w:val="{rng.choice(_VALUES)}"/><w:numId w:val="{rng.choice(_VALUES)}"/></w:numPr>',
            f'<w:pStyle w:val="{value}"/>',
            f'<w:outlineLvl w:val="{value}"/>',
            f"<w:{tag}/>",
        )
    )


def _word_table(rng: random.Random, depth: int = 0) -> str:
    rows = []
    for _ in range(rng.randint(0, 5)):
        cells = []
        for _ in range(rng.choice([0, 1, 2, 3, 5, 11])):
            merge = rng.choice(
                (
                    "",
                    "",
                    "",
                    "<w:vMerge/>",
                    '<w:vMerge w:val="restart"/>',
                    f'<w:gridSpan w:val="{rng.choice([*_SPANS, "2", "3"])}"/>',
                    f'<w:hMerge w:val="{rng.choice(_VALUES)}"/>',
                )
            )
            inner = _word_table(rng, depth + 1) if depth < 3 and rng.random() < 0.05 else f"<w:p>{_run(rng)}</w:p>"
            cells.append(f"<w:tc><w:tcPr>{merge}</w:tcPr>{inner}</w:tc>")
        before = f'<w:trPr><w:gridBefore w:val="{rng.choice(_SPANS)}"/></w:trPr>' if rng.random() < 0.1 else ""
        rows.append(f"<w:tr>{before}{''.join(cells)}</w:tr>")
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def _word_body(rng: random.Random, count: int) -> str:
    parts = []
    for _ in range(count):
        kind = rng.randrange(10)
        if kind < 4:
            parts.append(f"<w:p><w:pPr>{_property(rng)}</w:pPr>{_run(rng)}{_run(rng)}</w:p>")
        elif kind < 6:
            parts.append(_word_table(rng))
        elif kind < 9:
            tag, depth = rng.choice(_WORD_TAGS), rng.choice([1, 2, 2, 3] if rng.random() < 0.97 else [100, 250, 3000])
            parts.append(f"<w:{tag}>" * depth + f"<w:p>{_property(rng)}{_run(rng)}</w:p>" + f"</w:{tag}>" * depth)
        else:
            part = _word_body(rng, 1) if rng.random() < 0.5 else _run(rng)
            parts.append(
                f"<w:p><w:r><mc:AlternateContent><mc:Choice>{part}</mc:Choice></mc:AlternateContent></w:r></w:p>"
            )
    return "".join(parts)


def _numbering(rng: random.Random) -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{at if rng.random() < 0.9 else rng.choice(_VALUES)}"><w:start w:val="{rng.choice(_VALUES)}"/>'
        f'<w:numFmt w:val="{rng.choice(_FORMATS)}"/><w:lvlText w:val="{rng.choice(_VALUES)}、"/></w:lvl>'
        for at in range(rng.randint(0, 9))
    )
    lists = "".join(
        f'<w:num w:numId="{rng.choice(_VALUES)}"><w:abstractNumId w:val="{rng.choice(_VALUES)}"/>'
        f'<w:lvlOverride w:ilvl="{rng.choice(_VALUES)}"><w:startOverride w:val="{rng.choice(_VALUES)}"/></w:lvlOverride></w:num>'
        for _ in range(3)
    )
    return f'<w:abstractNum w:abstractNumId="{rng.choice(_VALUES)}">{levels}</w:abstractNum>{lists}'


def _styles(rng: random.Random) -> str:
    return "".join(
        f'<w:style w:type="paragraph" w:styleId="{rng.choice(_VALUES)}"><w:basedOn w:val="{rng.choice(_VALUES)}"/>'
        f"<w:name w:val='heading {rng.choice(_VALUES)}'/><w:pPr>{_property(rng)}</w:pPr></w:style>"
        for _ in range(rng.randint(0, 5))
    )


def _related(*targets: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="r{at}" Type="{_OFFICE}/{kind}" Target="{to}"/>' for at, (kind, to) in enumerate(targets)
    )
    return f'<Relationships xmlns="{_RELATED}">{lines}</Relationships>'


def _word_parts(rng: random.Random) -> dict[str, bytes]:
    main = rng.choice(["word/document.xml", "/word/document.xml"] * 15 + ["../x.xml", "word/none.xml", ""])
    parts = {
        "_rels/.rels": _related(("officeDocument", main)),
        "word/_rels/document.xml.rels": _related(
            ("styles", "styles.xml"),
            ("numbering", "numbering.xml"),
            ("footnotes", rng.choice(["footnotes.xml", "document.xml"])),
        ),
        "word/document.xml": f"<w:document {_SPACES}><w:body>{_word_body(rng, rng.choice([1, 3, 10]))}</w:body></w:document>",
        "word/numbering.xml": f"<w:numbering {_SPACES}>{_numbering(rng)}</w:numbering>",
        "word/styles.xml": f"<w:styles {_SPACES}>{_styles(rng)}</w:styles>",
        "docProps/core.xml": f"<cp:coreProperties xmlns:cp='x' xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>{_escape(text(rng, 20))}</dc:title></cp:coreProperties>",
    }
    return {name: part.encode("utf-8", "replace") for name, part in parts.items()}


@cache
def _unzipped() -> tuple[dict[str, bytes], ...]:
    found = []
    for data in files(".docx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # Pictures and fonts are none of our concern, themes cost time.
            names = [name for name in archive.namelist() if name.endswith((".xml", ".rels")) and "theme" not in name]
            found.append({name: archive.read(name) for name in names})
    return tuple(found)


def _mutated_tree(rng: random.Random, given: bytes) -> bytes:
    """XML of which some elements are left out, doubled, moved, or have another number."""
    from xml.etree import ElementTree as ET

    for name, space in re.findall('xmlns:(\\w+)="([^"]+)"', _SPACES):
        ET.register_namespace(name, space)
    root = ET.fromstring(given)
    elements = list(root.iter())
    for _ in range(rng.randint(1, 6)):
        parent, other = rng.choice(elements), rng.choice(elements)
        kind = rng.randrange(5)
        if kind == 0 and len(parent):
            parent.remove(rng.choice(list(parent)))
        elif kind == 1 and len(parent):
            parent.insert(rng.randrange(len(parent) + 1), parent[rng.randrange(len(parent))])
        elif kind == 2 and other not in list(parent.iter()) and parent not in list(other.iter()):
            parent.append(other)
        elif kind == 3 and parent.attrib:
            parent.set(rng.choice(list(parent.attrib)), rng.choice(_VALUES))
        elif kind == 4:
            parent.tag = f"{{{_W}}}{rng.choice(_WORD_TAGS)}"
    data: bytes = ET.tostring(root, encoding="utf-8")
    return data


def word(rng: random.Random) -> bytes:
    """A .docx: its parts drawn up by chance or taken from a real one, damaged as XML, as bytes or as an archive."""
    real = _unzipped()
    if real and rng.random() < 0.1:
        parts = dict(rng.choice(real))
        if rng.random() < 0.8:
            parts["word/document.xml"] = _mutated_tree(rng, parts["word/document.xml"])
    else:
        parts = _word_parts(rng)
    kind = rng.random()
    if kind < 0.2:
        name = rng.choice(list(parts))
        parts[name] = mutated(rng, parts[name], _XML_TOKENS)
    elif kind < 0.23:
        del parts[rng.choice(list(parts))]
    elif kind < 0.24:
        bomb = b"<!DOCTYPE w [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;'>]>"
        parts["word/document.xml"] = bomb + parts["word/document.xml"].replace(b"<w:t>", b"<w:t>&c;", 1)
    elif kind < 0.25:
        parts["word/document.xml"] += b" " * rng.choice([10**5, 3 * 10**6])
    stream = io.BytesIO()
    with zipfile.ZipFile(
        stream, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), compresslevel=1
    ) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    data = stream.getvalue()
    return mutated(rng, data, (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x01")) if rng.random() < 0.1 else data


# PDF ------------------------------------------------------------------------------------------------------------------

_PDF_TOKENS = (
    b" 1 0 R ", b" 2 0 R ", b" 6 0 R ", b"/Kids [2 0 R]", b"/Parent 6 0 R", b"endobj", b"stream\n", b"endstream", b"<<", b">>", b"[",
    b"]", b"(", b")", b"/Filter /FlateDecode", b"/Filter [/LZWDecode /ASCII85Decode]", b"/Encrypt 3 0 R", b"/MediaBox [0 0 0 0]",
    b"/MediaBox [0 0 1e30 -1e30]", b"/Rotate 45", b"-99999999999", b"0.0000001", b"nan", b" Do ", b" q ", b" Q ", b" BT ", b" ET ",
    b" cm ", b" Tm ", b" Tf ", b"/X Do", b"<feff>", b"<", b"%%EOF", b"xref", b"trailer", b" re f ", b" l S ", b"BI ID x EI",
)  # fmt: skip
_SIZES = ("10", "0", "-10", "1e9", "0.001", "72", "10", "10", "10", "10")


def _drawn(rng: random.Random) -> str:
    """What a page of a PDF draws."""
    lines = []
    for _ in range(rng.choice([1, 3, 10, 30])):
        kind, x, y = rng.randrange(8), rng.uniform(-50, 650), rng.uniform(-50, 900)
        if kind < 5:
            given = _inline(rng)[:40].encode("utf-16-be", "surrogatepass").hex()
            turn = rng.choice(
                [
                    "1 0 0 1",
                    "1 0 0 1",
                    "1 0 0 1",
                    "0 1 -1 0",
                    "0 0 0 0",
                    "-1 0 0 -1",
                    "0.7 0.7 -0.7 0.7",
                    "1e9 0 0 1e-9",
                ]
            )
            spacing = f"{rng.choice(['0', '0', '2', '-20', '1e6'])} Tc"
            lines.append(
                f"BT /{rng.choice('FFFFG')} {rng.choice(_SIZES)} Tf {spacing} {turn} {x:.1f} {y:.1f} Tm <{given}> Tj ET"
            )
        elif kind == 5:
            columns, rows = rng.choice([1, 3, 6, 12]), rng.choice([1, 3, 10, 30])
            for at in range(columns + 1):
                lines.append(f"{50 + 40 * at} 100 m {50 + 40 * at} {100 + 20 * rows} l S")
            for at in range(rows + 1):
                lines.append(f"50 {100 + 20 * at} m {50 + 40 * columns} {100 + 20 * at} l S")
            for at in range(rng.randrange(columns * rows + 1)):
                code = number(rng)[:8].encode("utf-16-be").hex()
                lines.append(
                    f"BT /F 9 Tf 1 0 0 1 {53 + 40 * (at % columns)} {105 + 20 * (at // columns)} Tm <{code}> Tj ET"
                )
        elif kind == 6:
            lines.append(
                f"{x:.1f} {y:.1f} {rng.uniform(-300, 300):.1f} {rng.choice(_SIZES)} re {rng.choice(['f', 'S', 'W n'])}"
            )
        else:
            lines.append(
                rng.choice(
                    ["/X Do", "q", "Q", "q " * 300, "1 0 0 1 0 0 cm", "0 0 0 0 0 0 cm", "1e38 0 0 1e38 0 0 cm", "BX"]
                )
            )
    return "\n".join(lines)


def printed(rng: random.Random) -> bytes:
    """A PDF: its pages drawn by chance or of a real one, its objects or its bytes damaged."""
    real = files(".pdf")
    if real and rng.random() < 0.02:
        return mutated(rng, rng.choice(real), _PDF_TOKENS)
    count = rng.choice([1, 1, 1, 2, 4])
    kids = " ".join(f"{6 + 2 * at} 0 R" for at in range(count)) if rng.random() < 0.9 else "2 0 R 6 0 R 99 0 R"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {rng.choice(['', '/Outlines 1 0 R', '/AcroForm << /Fields [1 0 R] >>'])} >>".encode(),
        f"<< /Type /Pages /Count {rng.choice([count, count, count, -1, 10**9])} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500] /FontDescriptor 5 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 700 /StemV 93 >>",
    ]
    for at in range(count):
        box = rng.choice(["0 0 595 842"] * 8 + ["0 0 0 0", "0 0 1e9 1e9", "-500 -500 0 0", "595 842 0 0"])
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Rotate {rng.choice([0, 0, 0, 0, 90, 180, 45, -90])} /Resources << "
            f"/Font << /F 3 0 R /G 4 0 R >> /XObject << /X {rng.choice([6, 7, 7]) + 2 * at} 0 R >> >> "
            f"/Contents {7 + 2 * at} 0 R >>".encode()
        )
        content = _drawn(rng).encode()
        if rng.random() < 0.02:
            content += b" " * 3_000_000
        packed = rng.random() < 0.3 or len(content) > 100_000
        body = zlib.compress(content, 1) if packed else content
        length = len(body) if rng.random() < 0.9 else rng.choice([0, 3, 10**9, -1])
        filter_ = (
            " /Filter /FlateDecode" if packed else rng.choice([""] * 20 + [" /Filter /LZWDecode", " /Filter [/A /B]"])
        )
        form = rng.choice(
            ["", "", "/Type /XObject /Subtype /Form /BBox [0 0 500 500] /Resources << /XObject << /X 7 0 R >> >>"]
        )
        objects.append(f"<< {form} /Length {length}{filter_} >>\nstream\n".encode() + body + b"\nendstream")
    title = text(rng, 10).encode("utf-16", "replace").hex()
    objects.append(f"<< /Title <{title}> /Producer (x) >>".encode())
    data = _assembled(objects)
    return mutated(rng, data, _PDF_TOKENS) if rng.random() < 0.4 else data


def _assembled(objects: Sequence[bytes]) -> bytes:
    out, starts = bytearray(b"%PDF-1.4\n"), []
    for at, content in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (at, content)
    places = b"".join(b"%010d 00000 n \n" % start for start in starts)
    end = b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, places)
    return bytes(out) + head + end % (len(objects) + 1, len(objects), len(out))


# Tables, settings, records --------------------------------------------------------------------------------------------


# Column → its cells in a table that is in order; those of a column that is not named are texts.
Columns = Mapping[str, Sequence[str] | Callable[[random.Random], str]]
_CELLS = (
    "", " ", "0", "-1", "1.5", "nan", "inf", "1e400", "1e308", "5e-324", "9" * 5000, "²", "１", "x", "公开", ">", " > > ", "*", "'=1",
    "=1+1", "@x", "1,5", '"', "a\nb", "\x00", "\ud800", "#", "2021年", "99999999999", "true", "NULL", "../x", "/", "公" * 300,
)  # fmt: skip


def _cell(rng: random.Random, column: Sequence[str] | Callable[[random.Random], str]) -> str:
    return column(rng) if callable(column) else rng.choice(column)


def separated(rng: random.Random, columns: Columns, mark: str = "") -> bytes:
    """A CSV or TSV file with these columns, half of the time more or less."""
    mark, clean = mark or rng.choice([",", ",", ",", "\t", ";", "，"]), rng.random() < 0.5
    names = [
        name if clean or rng.random() < 0.97 else rng.choice([text(rng, 5), "", name.upper(), name + " "])
        for name in columns
    ]
    if rng.random() < 0.1:
        rng.shuffle(names)
    if rng.random() < 0.1 and not clean:
        names.append(rng.choice([*names, "", "note", "\ufeffx"]))
    lines = [mark.join(names)]
    for _ in range(rng.randint(0, 8)):
        given = [
            _cell(rng, columns[name]) if name in columns and (clean or rng.random() < 0.9) else rng.choice(_CELLS)
            for name in names
        ]
        if not clean and rng.random() < 0.1:
            given[rng.randrange(len(given))] = text(rng, 20)
        if rng.random() < 0.05 and not clean:
            given = given[: rng.randrange(len(given) + 1)] + [""] * rng.randrange(3)
        quoted = ['"' + cell.replace('"', '""') + '"' if clean or rng.random() < 0.6 else cell for cell in given]
        lines.append(mark.join(quoted))
    if rng.random() < 0.02:
        lines.append('"' + "公" * rng.choice([130_000, 140_000]))
    end = rng.choice(["\n", "\n", "\r\n", "\r"])
    whole = end.join(lines) + rng.choice(["", end, end * 3])
    return whole.encode("utf-8", "replace") if clean else encoded(rng, whole)


_JSON_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1e308, -1e308, 5e-324, float("nan"), float("inf"), "", "x", "公开", "\ud800",
    [], {}, [[]], {"a": 1}, [None], [float("nan")], "0", "1e5", [1, 2, 3], ["a"], {"": ""}, 0.5, -0.0, 17, "\x00", ".." , "/",
)  # fmt: skip


def mutated_json(rng: random.Random, value: Any, rounds: int | None = None) -> Any:
    """A copy of plain data of which some values, at any depth, are other ones, left out, or more."""
    found = json.loads(json.dumps(value))
    for _ in range(rounds or rng.choice([1, 1, 1, 2, 5])):
        at: Any = found
        while isinstance(at, (dict, list)) and at:
            key: Any = rng.choice(list(at)) if isinstance(at, dict) else rng.randrange(len(at))
            inner = at[key]
            if isinstance(inner, (dict, list)) and inner and rng.random() < 0.8:
                at = inner
                continue
            kind = rng.randrange(6)
            if kind == 0:
                del at[key]
            elif kind == 1 and isinstance(at, list):
                at.insert(key, inner)
            elif kind == 2 and isinstance(inner, (int, float)):
                at[key] = rng.choice([-inner, inner + 1, inner * 1e300, str(inner), [inner]])
            else:
                at[key] = copy.deepcopy(rng.choice(_JSON_ODD))
            break
    return found


def json_bytes(rng: random.Random, value: Any) -> bytes:
    """JSON, at times damaged."""
    if rng.random() < 0.02:
        return rng.choice(
            [
                b"[" * 100_000,
                b'{"a":' * 50_000,
                b"",
                b"null",
                b"1" * 5000,
                b"\xff\xfe[",
                b"[1e999]",
                b'"' + b"\\ud800" * 9 + b'"',
            ]
        )
    data = json.dumps(value).encode()
    return (
        mutated(rng, data, (b"{", b"}", b"[", b",", b"NaN", b"1e999", b"\\ud800", b"null", b'"'))
        if rng.random() < 0.2
        else data
    )


def json_lines(rng: random.Random) -> bytes:
    """Lines of JSON with texts."""
    lines = []
    for at in range(rng.randint(0, 5)):
        record: Any = {
            "id": rng.choice([at, str(at), at, text(rng, 4)]),
            "text": text(rng, 60),
            "year": rng.choice(_JSON_ODD),
        }
        lines.append(json_bytes(rng, mutated_json(rng, record) if rng.random() < 0.5 else record))
    return rng.choice([b"\n", b"\r\n", b"\n\n"]).join(lines)


_TOML_VALUES = (
    '""',
    '"x"',
    "1",
    "1.5",
    "nan",
    "inf",
    "true",
    "[]",
    '["a"]',
    "[1]",
    "{}",
    "{a = 1}",
    "1979-05-27",
    "[[]]",
    "'''公'''",
    '"\\ud800"',
    "1" * 5000,
)


def codebook(rng: random.Random) -> bytes:
    """A codebook, more or less in order."""
    lines = [
        f"{name} = {_toml(rng, '公开')}"
        for name in ("name", "version", "unit", "ties", "settled")
        if rng.random() < 0.97
    ]
    lines = [re.sub('^(ties|settled) = "(.*)"$', r'\1 = ["\2"]', line) for line in lines]
    for at in range(rng.choice([1, 2, 2, 3, 3, 3, 17])):
        lines.append(
            rng.choice(["[[category]]"] * 30 + ["[category]", "[[ category ]] # x", "[[category.x]]", "[[category"])
        )
        lines.append(f"code = {_toml(rng, rng.choice(['abc'] + [f'c{at}'] * 40))}")
        lines += [
            f"{name} = {_toml(rng, '名' + text(rng, 10))}" for name in ("zh", "en", "definition") if rng.random() < 0.99
        ]
        lines += [f'{name} = ["词{_plain(rng, 10)}"]' for name in ("cues", "examples") if rng.random() < 0.5]
        if rng.random() < 0.03:
            lines.append(f"{rng.choice(['code', 'cues', 'x', '名'])} = {rng.choice(_TOML_VALUES)}")
    if rng.random() < 0.01:
        lines.append("x = " + "[" * rng.choice([100, 3000]))
    whole = "\n".join(lines)
    return whole.encode("utf-8", "replace") if rng.random() < 0.8 else encoded(rng, whole)


def _plain(rng: random.Random, most: int) -> str:
    return re.sub('[\\\\"\x00-\x1f\x7f\ud800-\udfff]', "", text(rng, most))


def _toml(rng: random.Random, given: str) -> str:
    if rng.random() < 0.02:
        return rng.choice(_TOML_VALUES)
    return '"' + re.sub('[\\\\"\x00-\x1f\x7f\ud800-\udfff]', "", given) + '"'


def array_bytes(rng: random.Random, data: bytes) -> bytes:
    """A .npy of which the numbers, the header or the bytes are not as they were."""
    import numpy as np

    kind = rng.randrange(8)
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if kind == 0:
        return mutated(rng, data[:200]) + data[200:]
    if kind == 1:
        header = rng.choice(["{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", "{'descr': '<f8', 'shape': (9999999999999,), 'fortran_order': False}",
                             "[" * 3000, "{'descr': '<u8', 'fortran_order': False, 'shape': (-1,)}", "__import__('os')", "{'descr': [('a','<u8')], 'fortran_order': True, 'shape': ()}"])  # fmt: skip
        return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data[128:]
    if kind == 2:
        array = array.astype(rng.choice(["f8", "f4", "u8", "i8", "i1", "c16", "U4", "b1", ">i4", "i4", "i2", "u2"]))
    elif kind == 3 and array.size:
        flat = array.reshape(-1).copy()
        places = [rng.randrange(len(flat)) for _ in range(rng.choice([1, 9, 300]))]
        limits = np.iinfo(array.dtype)
        flat[places] = rng.choice([limits.min, limits.max, 0, 1, limits.max // 2])
        array = flat.reshape(array.shape)
    elif kind == 4:
        array = array[: rng.randrange(len(array) + 1)]
    elif kind == 5:
        array = array.reshape(rng.choice([(-1,), (1, -1), (-1, 1), (1, 1, -1)]))
    elif kind == 6:
        array = np.zeros(rng.choice([(), (0,), (1,), (3, 3), (0, 17), (2**16,)]), dtype=array.dtype)
    else:
        array = np.concatenate([array, array])
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()
