"""Write tests/files/trial: reports in many formats and truth.json, all from the texts in tests/files/trial/source.

Files and truth come from one structure, so that the truth is right by construction; the README.md of the sources says
how they are written. The PDFs need LibreOffice (soffice) and a Chinese font (fonts-noto-cjk); without soffice they are
left as they are.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from opencc import OpenCC

TRIAL = Path(__file__).parent.parent / "tests" / "files" / "trial"
SOURCE = TRIAL / "source"
FONT = "Noto Serif CJK SC"

_UNIT = re.compile(r"[^。！？；]*[。！？；][”’）)」』]*|[^。！？；]+$")
_CELL_BREAKS = {"lines": "\t", "spaced": " ", "joined": " ", "glued": ""}
_LINE_BREAKS = {"joined": " ", "glued": ""}
_PDF_RUN = re.compile(rb"(\(D:|<|/DocChecksum ?/)(\d{14}|[0-9A-F]{32})(?![0-9A-F])")
_AMOUNT = re.compile(r"(增加|减少|\+|-)?([\d.]+)(万元|元)?")


@dataclass(frozen=True)
class Cell:
    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    fact: dict[str, Any] | None = None


@dataclass(frozen=True)
class Table:
    cells: tuple[Cell, ...]

    @property
    def height(self) -> int:
        return max(cell.row + cell.rows for cell in self.cells)

    @property
    def width(self) -> int:
        return max(cell.column + cell.columns for cell in self.cells)

    def grid(self) -> list[list[str]]:
        """Rows of texts; a merged cell's text stands at each place it covers."""
        rows = [[""] * self.width for _ in range(self.height)]
        for cell in self.cells:
            for row in rows[cell.row : cell.row + cell.rows]:
                row[cell.column : cell.column + cell.columns] = [cell.text] * cell.columns
        return rows

    def lines(self) -> list[list[Cell]]:
        """The cells of each row that begin there."""
        return [[cell for cell in self.cells if cell.row == row] for row in range(self.height)]


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, caption, other line, signature or table (`kind`); a heading may run into its `rest`."""

    kind: str
    text: str = ""
    level: int = 0
    number: str = ""
    mark: str = ""
    stop: str = ""
    rest: str = ""
    table: Table | None = None

    @property
    def head(self) -> str:
        return f"{self.number}{self.mark}{self.text}{self.stop}"

    @property
    def line(self) -> str:
        return self.head + self.rest if self.kind == "heading" else self.text


@dataclass(frozen=True)
class Body:
    meta: dict[str, Any]
    blocks: tuple[Block, ...]

    @property
    def tables(self) -> list[Table]:
        return [block.table for block in self.blocks if block.table]


def load(name: str) -> Any:
    return tomllib.loads((SOURCE / name).read_text(encoding="utf-8"))


# --- tables ---


def fact(indicator: str, text: str, unit: str, printed: str = "", **more: Any) -> dict[str, Any]:
    """A cell as a fact: `printed` is the unit of its row or column, `unit` that of the value."""
    plain = text.translate(str.maketrans("０１２３４５６７８９", "0123456789")).replace(",", "").strip()
    states = {"": "blank", "/": "slash", "-": "dash", "—": "dash"}
    value: int | float | None = None
    if plain not in states:
        match = _AMOUNT.fullmatch(plain)
        if not match:
            raise SystemExit(f"{indicator}: {text!r} is no number, blank, / or -")
        sign, digits, stated = match.groups()
        exact = Decimal(digits) * (10000 if (stated or printed) == "万元" else 1) * (-1 if sign in ("减少", "-") else 1)
        value = int(exact) if exact == exact.to_integral_value() else float(exact)
    found: dict[str, Any] = {"indicator": indicator, "dimensions": {}, "value": value, "unit": unit}
    return {**found, "state": states.get(plain, "stated"), "quote": text, **more}


def rows_table(spec: dict[str, Any]) -> Table:
    """A province's own table: one row an indicator, one column a period."""
    header = spec["header"]
    cells = [Cell(text, 0, column) for column, text in enumerate(header)]
    first = len(header) - len(spec["columns"])
    for row, (label, printed, indicator, unit, *values) in enumerate(spec["rows"], 1):
        cells += [Cell(text, row, column) for column, text in enumerate([label, printed][:first])]
        for column, (kind, text) in enumerate(zip(spec["columns"], values, strict=True), first):
            more = {"cumulative": True} if kind == "cumulative" else {}
            cells.append(Cell(text, row, column, fact=fact(indicator, text, unit, printed, **more)))
    return Table(tuple(cells))


def nine_parts(spec: dict[str, Any], forms: dict[str, Any]) -> Table:
    values = dict(spec["values"])
    cells = [Cell(text, 0, column) for column, text in enumerate(spec["header"])]
    for row, (label, printed, indicator, unit) in enumerate(forms["nine"]["rows"], 1):
        text = values.pop(indicator, spec["fill"]) if indicator else "——"
        stated = fact(indicator, text, unit, printed) if indicator else None
        cells += [Cell(label, row, 0), Cell(printed, row, 1), Cell(text, row, 2, fact=stated)]
    if values:
        raise SystemExit(f"no such rows: {', '.join(values)}")
    return Table(tuple(cells))


def second(spec: dict[str, Any], forms: dict[str, Any], *, split: bool) -> list[Table]:
    """Table 2; with `split` a table for each paragraph of article 20."""
    given = iter(spec["values"])
    tables: list[list[Cell]] = []
    for block in forms[spec["form"]]:
        columns, width = block["columns"], 4
        spans = {2: [1, 3], 3: [1, 1, 2], 4: [1, 1, 1, 1]}[len(columns)]
        starts = [sum(spans[:index]) for index in range(len(spans))]
        cells = [Cell(block["article"], 0, 0, columns=width)]
        cells += [Cell(text, 1, *place) for text, place in zip(columns, _places(starts, spans), strict=True)]
        for row, (label, prefix) in enumerate(block["rows"], 2):
            cells.append(Cell(label, row, 0))
            stated = zip(next(given), block["suffixes"], block["units"], _places(starts, spans)[1:], strict=True)
            for text, suffix, printed, place in stated:
                unit = "元" if printed == "万元" else printed
                cells.append(Cell(text, row, *place, fact=fact(f"{prefix}.{suffix}", text, unit, printed)))
        tables.append(cells)
    if split:
        return [Table(tuple(cells)) for cells in tables]
    joined: list[Cell] = []
    for cells in tables:
        below = Table(tuple(joined)).height if joined else 0
        joined += [replace(cell, row=cell.row + below) for cell in cells]
    return [Table(tuple(joined))]


def _places(starts: Sequence[int], spans: Sequence[int]) -> list[tuple[int, int, int]]:
    return [(start, 1, span) for start, span in zip(starts, spans, strict=True)]


def third(spec: dict[str, Any], forms: dict[str, Any]) -> Table:
    """Table 3: totals are added up here, and what is newly received follows from the relation on the form."""
    form = forms["third"]
    rows = form["rows"] + form["other_2019" if spec["form"] == "third_2019" else "other_2021"]
    unknown = set(spec["rows"]) - {indicator for _, _, indicator in rows}
    if unknown:
        raise SystemExit(f"no such rows: {', '.join(unknown)}")
    handled = [sum(column) for column in zip(*spec["rows"].values(), strict=True)]
    carried_in, carried_out = spec["carried_in"], spec["carried_out"]
    received = [done + left - came for done, left, came in zip(handled, carried_out, carried_in, strict=True)]
    last = 5 + len(rows)

    cells = [Cell(form["relation"], 0, 0, 3, 3), Cell("申请人情况", 0, 3, 1, 7)]
    cells += [Cell("自然人", 1, 3, 2), Cell("法人或其他组织", 1, 4, 1, 5), Cell("总计", 1, 9, 2)]
    cells += [Cell(label, 2, 4 + column) for column, (label, _) in enumerate(form["applicants"][1:6])]
    cells += [Cell(form["received"], 3, 0, 1, 3), *_applicants("request.received", received, 3, spec, form)]
    cells += [Cell(form["carried_in"], 4, 0, 1, 3), *_applicants("request.carried_in", carried_in, 4, spec, form)]
    cells.append(Cell(form["results"], 5, 0, len(rows) + 1))
    row = 5
    for group, members in groupby(rows, key=lambda each: str(each[0])):
        listed = list(members)
        if group:
            cells.append(Cell(group, row, 1, len(listed)))
        for _, label, indicator in listed:
            cells.append(Cell(label, row, 2) if group else Cell(label, row, 1, 1, 2))
            cells += _applicants(indicator, spec["rows"].get(indicator, [0] * 6), row, spec, form)
            row += 1
    cells += [Cell(form["total"], last, 1, 1, 2), *_applicants("request.total_handled", handled, last, spec, form)]
    cells.append(Cell(form["carried_out"], last + 1, 0, 1, 3))
    cells += _applicants("request.carried_out", carried_out, last + 1, spec, form)
    return Table(tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))))


def _applicants(
    indicator: str, values: Sequence[int], row: int, spec: dict[str, Any], form: dict[str, Any]
) -> list[Cell]:
    write = "{:,}" if spec.get("thousands") else "{}"
    texts = [write.format(value) if value else spec["fill"] for value in [*values, sum(values)]]
    return [
        Cell(text, row, column, fact=fact(indicator, text, "件") | {"dimensions": {"applicant": applicant}})
        for column, (text, (_, applicant)) in enumerate(zip(texts, form["applicants"], strict=True), 3)
    ]


def fourth(spec: dict[str, Any], forms: dict[str, Any]) -> Table:
    outcomes = forms["fourth"]["outcomes"]
    cells = [Cell("行政复议", 0, 0, 1, 5), Cell("行政诉讼", 0, 5, 1, 10)]
    cells += [Cell(label, 1, column, 2) for column, (label, _) in enumerate(outcomes)]
    cells += [Cell("未经复议直接起诉", 1, 5, 1, 5), Cell("复议后起诉", 1, 10, 1, 5)]
    cells += [Cell(label, 2, 5 + column) for column, (label, _) in enumerate([*outcomes, *outcomes])]
    codes = [
        f"{kind}.{code}" for kind in ("review", "litigation.direct", "litigation.after_review") for _, code in outcomes
    ]
    for column, (text, code) in enumerate(zip(spec["values"], codes, strict=True)):
        cells.append(Cell(text, 3, column, fact=fact(code, text, "件")))
    return Table(tuple(cells))


def tables_of(spec: dict[str, Any], forms: dict[str, Any], *, split: bool) -> list[Table]:
    match spec["form"]:
        case "rows":
            return [rows_table(spec)]
        case "nine":
            return [nine_parts(spec, forms)]
        case "third_2019" | "third_2021":
            return [third(spec, forms)]
        case "fourth":
            return [fourth(spec, forms)]
        case _:
            return second(spec, forms, split=split)


# --- bodies and their truth ---


def body_of(name: str, *, split: bool = False) -> Body:
    source, forms = load(f"{name}.toml"), load("forms.toml")
    blocks: list[Block] = []
    for line in source["body"]["text"].strip().splitlines():
        if re.match(r"\d\|", line):
            level, number, mark, title, stop, rest = [*line.split("|"), "", ""][:6]
            blocks.append(Block("heading", title, int(level), number, mark, stop, rest))
        elif line.startswith("@"):
            found = tables_of(source["tables"][line[1:]], forms, split=split)
            blocks += [Block("table", table=table) for table in found]
        else:
            kind = {"=": "caption", "~": "other"}.get(line[0], "paragraph")
            blocks.append(Block(kind, line.lstrip("=~")))
    blocks += [Block("signature", line) for line in source["body"].get("signature", [])]
    return Body(source["meta"], tuple(blocks))


def map_text(body: Body, change: Callable[[str], str]) -> Body:
    """The body with every text and cell changed."""

    def changed(table: Table | None) -> Table | None:
        return table and Table(tuple(replace(cell, text=change(cell.text)) for cell in table.cells))

    return Body(
        body.meta | {"title": change(body.meta["title"])},
        tuple(
            replace(
                block,
                text=change(block.text),
                number=change(block.number),
                mark=change(block.mark),
                stop=change(block.stop),
                rest=change(block.rest),
                table=changed(block.table),
            )
            for block in body.blocks
        ),
    )


def mirrored(text: str, words: dict[str, str], converter: OpenCC) -> str:
    """A mainland text as an encyclopedia mirror shows it: its words, then the characters."""
    for word, other in sorted(words.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(word, other)
    return str(converter.convert(text))


def sections(body: Body) -> list[list[Any]]:
    open_levels: list[int] = []
    found: list[list[Any]] = []
    for block in body.blocks:
        if block.kind == "heading":
            while open_levels and open_levels[-1] >= block.level:
                open_levels.pop()
            open_levels.append(block.level)
            found.append([len(open_levels), block.number, block.text])
    return found


def units(body: Body) -> list[str]:
    found: list[str] = []
    for block in body.blocks:
        if block.kind == "paragraph":
            found += _UNIT.findall(block.text)
        elif block.kind == "heading" and block.rest:
            found += [block.head] if block.stop == "。" else []
            found += _UNIT.findall(block.rest)
    return found


def truth(file: dict[str, Any], body: Body, plain: Body) -> dict[str, Any]:
    """What a reader should find; `plain` is the body before a mirror's conversion."""
    meta = dict(body.meta)
    if body is not plain:
        meta |= {"title": plain.meta["title"], "title_printed": body.meta["title"]}
    entry = {"file": file["name"], "hard": file["hard"], "doc_number": None, "signed": None} | meta
    if not file["name"].endswith(".docx"):
        entry["doc_number"] = None  # only the Word files print it
    entry |= {"published": file.get("published"), "sections": sections(body), "units": units(body)}
    if body is not plain:
        entry["sections_hans"] = sections(plain)
    entry["optional_units"] = [b.text for b in body.blocks if b.kind in ("caption", "other", "signature")]
    entry["optional_prefixes"] = [b.head for b in body.blocks if b.kind == "heading" and b.rest and b.stop != "。"]
    entry["tables"] = None if file["name"].endswith(".txt") else [table.grid() for table in body.tables]
    entry["facts"] = [cell.fact for table in body.tables for cell in table.cells if cell.fact]
    entry["forbidden"] = file.get("forbidden", [])
    text = "".join(block.line for block in body.blocks)
    inside = [word for word in entry["forbidden"] if word in text]
    if inside:
        raise SystemExit(f"{file['name']}: {inside} are in the report itself")
    return entry


# --- plain text ---


def plain_text(body: Body, style: str, junk: str = "") -> str:
    """Lines with cells divided by tabs (`lines`), by spaces (`spaced`), one a line (`cells`); no line break at all, but
    spaces (`joined`; blank cells leave no trace), or nothing between headings, paragraphs and cells (`glued`)."""
    lines = [body.meta["title"]]
    for block in body.blocks:
        if not block.table:
            lines.append(block.line)
            continue
        for cells in block.table.lines():
            texts = [cell.text for cell in cells if cell.text or style != "joined"]
            lines += texts if style == "cells" else [_CELL_BREAKS[style].join(texts)]
    whole = _LINE_BREAKS.get(style, "\n").join(lines)
    return junk + (whole if style in _LINE_BREAKS else whole + "\n")


# --- HTML ---


def runs(text: str) -> list[str]:
    """Text cut between digits or letters and all else, as word processors cut it."""
    return re.findall(r"[0-9A-Za-z.@-]+|[^0-9A-Za-z.@-]+", text)


def _trs_line(block: Block) -> str:
    if block.kind == "heading":
        number = f'<span style="font-family: 黑体;">{block.number}{block.mark}</span>'
        inner = f"{number}<strong><span>{block.text}</span></strong>"
        return f'<p style="text-indent: 2em;">{inner}<span>{block.stop}{html.escape(block.rest)}</span></p>'
    pieces = "".join(f"<span>{html.escape(run)}</span>" for run in runs(block.text))
    inner = f'<span style="font-size: 16pt;">{pieces}</span>'
    return f'<p style="text-indent: 2em; text-align: justify;">{inner}</p>\n<p>&nbsp;</p>'


def _nested_line(block: Block) -> str:
    # The page is written by hand: paragraphs are opened and never closed.
    return f"<P><FONT face=仿宋_GB2312 size=3>&nbsp;&nbsp;&nbsp;&nbsp;{html.escape(block.line)}</FONT>"


def _word_line(block: Block) -> str:
    pieces = [
        f"<span lang=EN-US style='font-size:16.0pt'>{run}</span>"
        if run[0].isascii()
        else f"<span style='font-size:16.0pt;font-family:仿宋_GB2312;\nmso-hansi-font-family:Calibri'>{run}</span>"
        for run in runs(html.escape(block.line, quote=False))
    ]
    inner = "".join(map(_broken, pieces)) + "<span lang=EN-US><o:p></o:p></span>"
    return f"<p class=MsoNormal style='text-indent:32.0pt'>{inner}</p>\n"


def _broken(markup: str) -> str:
    """Source lines end after some 40 characters of text, wherever that is; a browser shows no space there."""
    return re.sub(r"([^\x00-\x7f<>]{40})(?=[^\x00-\x7f])", "\\1\n", markup)


def _modern_line(block: Block) -> str:
    if block.kind == "heading":
        tag = f"h{block.level + 1}"
        return f'<{tag}><span class="no">{block.number}{block.mark}</span>{block.text}</{tag}>'
    return f"<p>{html.escape(block.line)}</p>"


def _html_table(table: Table, style: str) -> str:
    rows = []
    for cells in table.lines():
        marks = []
        for cell in cells:
            spans = f' rowspan="{cell.rows}"' * (cell.rows > 1) + f' colspan="{cell.columns}"' * (cell.columns > 1)
            marks.append(_html_cell(cell, spans, style))
        rows.append("".join(marks) if style == "nested" else f"<tr>{''.join(marks)}</tr>")
    match style:
        case "nested":
            return (
                "<TABLE borderColor=#000000 cellSpacing=0 width=560 border=1>\n<TR>" + "\n<TR>".join(rows) + "</TABLE>"
            )
        case "word":
            return (
                "<table class=MsoNormalTable border=1 cellspacing=0 cellpadding=0>\n " + "\n ".join(rows) + "\n</table>"
            )
        case "modern":
            body = f"<thead>{rows[0]}</thead><tbody>{''.join(rows[1:])}</tbody>"
            return f'<div class="table-wrap"><table>{body}</table></div>'
        case _:
            return (
                '<table border="1" style="border-collapse: collapse;"><tbody>\n'
                + "\n".join(rows)
                + "\n</tbody></table>"
            )


def _html_cell(cell: Cell, spans: str, style: str) -> str:
    text = html.escape(cell.text, quote=False) or "&nbsp;"
    match style:
        case "nested":
            return f"<TD{spans.upper()}><FONT size=2>{text}</FONT>"
        case "word":
            inner = f"<p class=MsoNormal><span lang=EN-US>{text}<o:p></o:p></span></p>"
            return f"<td valign=top{spans} style='border:solid windowtext 1.0pt'>{inner}</td>"
        case "modern":
            tall = "<br>".join(text) if cell.rows > 10 else text
            tag = "th" if cell.row == 0 else "td"
            return f"<{tag}{spans}>{'' if not cell.text else tall}</{tag}>"
        case "trs":
            return f'<td{spans} style="padding: 0px 7px;"><p style="text-align: center;"><span>{text}</span></p></td>'
        case _:
            return f"<td{spans}>{text}</td>"


def page(body: Body, file: dict[str, Any]) -> str:
    style = file["style"]
    lines: dict[str, Callable[[Block], str]] = {
        "trs": _trs_line,
        "hanweb": lambda block: f"<p>　　{html.escape(block.line)}</p>",
        "ucap": lambda block: f"&nbsp;&nbsp;&nbsp;&nbsp;{html.escape(block.line)}<br/>",
        "nested": _nested_line,
        "word": _word_line,
        "modern": _modern_line,
    }
    parts = [_html_table(block.table, style) if block.table else lines[style](block) for block in body.blocks]
    content = "<p>" + "".join(parts) + "</p>" if style == "ucap" else "\n".join(parts)
    shell = (SOURCE / "shells" / f"{file['shell']}.html").read_text(encoding="utf-8")
    return shell.format(title=body.meta["title"], published=file["published"], content=content)


# --- Word and PDF ---


def word(body: Body, file: dict[str, Any]) -> Docx:
    style = file["style"]
    document = Document()
    _set_page(document, file)
    if style == "numbered":
        _add_numbering(document)
    if body.meta.get("doc_number"):
        document.add_paragraph(body.meta["doc_number"]).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for line in _title_lines(body.meta):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(line).font.size = Pt(20)
    for block in body.blocks:
        if block.table:
            _add_table(document, block.table, file)
        else:
            _add_block(document, block, style)
    if style == "tracked":
        _track(document)
    return document


def _title_lines(meta: dict[str, Any]) -> list[str]:
    """Titles of governments stand on two lines: who, and which year."""
    cut = meta["title"].find(str(meta["year"]))
    return [line for line in (meta["title"][:cut], meta["title"][cut:]) if line]


def _set_page(document: Docx, file: dict[str, Any]) -> None:
    normal = document.styles["Normal"]
    normal.font.name = FONT
    normal.font.size = Pt(12)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    section = document.sections[0]
    wide, high = (148, 210) if file.get("page") == "a5" else (210, 297)
    section.page_width, section.page_height = Mm(wide), Mm(high)
    section.left_margin = section.right_margin = Mm(18)
    if file.get("running"):
        section.header.paragraphs[0].text = file["running"]
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run("— ")
    footer._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    footer.add_run(" —")


def _add_numbering(document: Docx) -> None:
    """Three levels of automatic numbers: 一、 （一） 1."""
    levels = [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")]
    inner = "".join(
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:suff w:val="nothing"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
        for index, (form, text) in enumerate(levels)
    )
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{inner}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))


def _add_block(document: Docx, block: Block, style: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    if block.kind == "signature":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.add_run(block.text)
    elif block.kind == "caption":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(block.text)
    elif block.kind == "heading":
        numbered = style == "numbered"
        if numbered:
            properties = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{block.level - 1}"/><w:numId w:val="90"/></w:numPr>'
            paragraph._p.get_or_add_pPr().append(parse_xml(properties))
        else:
            paragraph.paragraph_format.first_line_indent = Pt(24)
        paragraph.add_run(f"{block.text}{block.stop}" if numbered else block.head).bold = True
        paragraph.add_run(block.rest)
    else:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        paragraph.paragraph_format.first_line_indent = Pt(24)
        for run in runs(block.text):
            paragraph.add_run(run)


def _add_table(document: Docx, table: Table, file: dict[str, Any]) -> None:
    made = document.add_table(table.height, table.width, style="Table Grid")
    places = [list(row.cells) for row in made.rows]
    for cell in table.cells:
        here = places[cell.row][cell.column]
        if cell.rows * cell.columns > 1:
            here = here.merge(places[cell.row + cell.rows - 1][cell.column + cell.columns - 1])
        here.text = "\n".join(cell.text) if file.get("vertical") and cell.rows > 10 else cell.text
        for run in here.paragraphs[0].runs:
            run.font.size = Pt(9)
    if table.width == 3:
        made.autofit = False
        for column, width in zip(made.columns, (80, 16, 16), strict=True):
            column.width = Mm(width)
    if file.get("repeat_header"):
        made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _track(document: Docx) -> None:
    """What a draft in circulation holds: changes tracked, a comment, a content control, a link, soft breaks."""
    paragraphs = [paragraph for paragraph in document.paragraphs if len(paragraph.text) > 40]
    _insertion(paragraphs[1])
    _deletion(paragraphs[2])
    comment = document.add_comment(paragraphs[3].runs[:1], text="请核对数字", author="审核", initials="S")
    comment._comment_elm.set(qn("w:date"), "2010-03-01T08:00:00Z")
    _content_control(paragraphs[4])
    link = next(paragraph for paragraph in paragraphs if "example.cn" in paragraph.text)
    _hyperlink(link)
    items = [paragraph for paragraph in document.paragraphs if re.match(r"[1-5]、", paragraph.text)]
    _join_by_breaks(items)


def _insertion(paragraph: Paragraph) -> None:
    run = paragraph.runs[0]._r
    mark = parse_xml(f'<w:ins {nsdecls("w")} w:id="901" w:author="甲" w:date="2010-03-01T08:00:00Z"/>')
    run.addprevious(mark)
    mark.append(run)


def _deletion(paragraph: Paragraph) -> None:
    gone = "<w:r><w:delText>此句送审时删去。</w:delText></w:r>"
    paragraph._p.append(
        parse_xml(f'<w:del {nsdecls("w")} w:id="902" w:author="甲" w:date="2010-03-01T08:00:00Z">{gone}</w:del>')
    )


def _content_control(paragraph: Paragraph) -> None:
    control = parse_xml(f'<w:sdt {nsdecls("w")}><w:sdtPr><w:alias w:val="正文"/></w:sdtPr><w:sdtContent/></w:sdt>')
    paragraph._p.addprevious(control)
    control[-1].append(paragraph._p)


def _hyperlink(paragraph: Paragraph) -> None:
    run = next(run for run in paragraph.runs if "example.cn" in run.text)
    link = parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="top"/>')
    run._r.addprevious(link)
    link.append(run._r)


def _join_by_breaks(items: Iterable[Paragraph]) -> None:
    """Items that were typed with shift and enter: one paragraph, lines divided by w:br."""
    first, *others = items
    for other in others:
        first.add_run().add_break(WD_BREAK.LINE)
        first.add_run("\t" + other.text)
        other._p.getparent().remove(other._p)


def write_docx(document: Docx, target: Path) -> None:
    """Save with one date on every part, so that the same sources give the same bytes."""
    whole = BytesIO()
    document.save(whole)
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as settled:
        for name in parts.namelist():
            settled.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), parts.read(name), zipfile.ZIP_DEFLATED)


def write_pdf(document: Docx, target: Path) -> None:
    office = shutil.which("soffice")
    if not office:
        print(f"{target.name}: left as it is, soffice is not installed")
        return
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / target.with_suffix(".docx").name
        write_docx(document, source)
        command = [office, f"-env:UserInstallation=file://{directory}/profile", "--headless", "--convert-to", "pdf"]
        subprocess.run([*command, "--outdir", directory, str(source)], check=True, capture_output=True, timeout=300)
        made = source.with_suffix(".pdf").read_bytes()
    # Dates and identifiers of the run, each replaced by as many bytes, so that the same sources give the same file.
    target.write_bytes(_PDF_RUN.sub(lambda found: found[1] + b"1" * len(found[2]), made))


# --- all ---


def write(file: dict[str, Any], body: Body) -> None:
    target = TRIAL / file["name"]
    match target.suffix:
        case ".txt":
            target.write_text(plain_text(body, file["style"], file.get("junk", "")), encoding="utf-8")
        case ".html":
            target.write_bytes(page(body, file).encode(file.get("encoding", "utf-8")))
        case ".docx":
            write_docx(word(body, file), target)
        case _:
            write_pdf(word(body, file), target)


def entry_text(entry: dict[str, Any]) -> str:
    """An entry as JSON with one unit, section, fact or table row a line: people read and compare it."""
    write_json = partial(json.dumps, ensure_ascii=False)

    def listed(items: list[Any]) -> str:
        return "[\n    " + ",\n    ".join(map(write_json, items)) + "\n  ]" if items else "[]"

    fields = []
    for key, value in entry.items():
        if key == "tables" and value:
            text = "[" + ", ".join(map(listed, value)) + "]"
        else:
            text = listed(value) if isinstance(value, list) else write_json(value)
        fields.append(f"  {write_json(key)}: {text}")
    return " {\n" + ",\n".join(fields) + "\n }"


def main() -> None:
    plan = load("files.toml")
    convert = partial(mirrored, words=plan["mirror"], converter=OpenCC("s2tw"))
    found = []
    for file in plan["file"]:
        plain = body_of(file["body"], split=file.get("split", False))
        body = map_text(plain, convert) if file.get("mirror") else plain
        write(file, body)
        found.append(truth(file, body, plain))
    (TRIAL / "truth.json").write_text("[\n" + ",\n".join(map(entry_text, found)) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
