"""Write tests/files/pdf/*.pdf: invented reports as a word processor prints them.

python-docx lays the reports out, LibreOffice (with the Noto CJK fonts; it must be on the path) prints them. Dates and
marks of the printing are blanked, so that the same programs write the same files; only encryption differs each time.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

FOLDER = Path(__file__).parent.parent / "tests" / "files" / "pdf"
FONT = "Noto Serif CJK SC"
# What differs from one printing to the next: the date, the mark of the file and its checksum.
PRINTING = re.compile(rb"(?<=/CreationDate\()[^)]*|(?<=<)[0-9A-F]{32}(?=>)|(?<=/DocChecksum /)[0-9A-F]{32}")

APPLICANTS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
OUTCOMES = {
    "（一）予以公开": (),
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）": (),
    "（三）不予公开": (
        "1.属于国家秘密", "2.其他法律行政法规禁止公开", "3.危及“三安全一稳定”", "4.保护第三方合法权益",
        "5.属于三类内部事务信息", "6.属于四类过程性信息", "7.属于行政执法案卷", "8.属于行政查询事项",
    ),
    "（四）无法提供": ("1.本机关不掌握相关政府信息", "2.没有现成信息需要另行制作", "3.补正后申请内容仍不明确"),
    "（五）不予处理": (
        "1.信访举报投诉类申请", "2.重复申请", "3.要求提供公开出版物", "4.无正当理由大量反复申请",
        "5.要求行政机关确认或重新出具已获取信息",
    ),
    "（六）其他处理": (
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        "3.其他",
    ),
    "（七）总计": (),
}  # fmt: skip


def new_report(*, foot: str = "", head: str = "", size: float = 16) -> Any:
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    section.top_margin, section.bottom_margin = Cm(3), Cm(2.8)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(size)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = Pt(size * 1.75)
    if head:
        section.header.paragraphs[0].add_run(head).font.size = Pt(9)
    if foot:
        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        before, after = foot.split("#")
        paragraph.add_run(before)
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        paragraph._p.append(field)
        paragraph.add_run(after)
    return document


def add_title(document: Any, *lines: str) -> None:
    for line in lines:
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(line)
        run.bold, run.font.size = True, Pt(22)
        paragraph.paragraph_format.line_spacing = Pt(32)


def add_body(document: Any, *texts: str) -> None:
    for text in texts:
        paragraph = document.add_paragraph(text)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        paragraph.paragraph_format.first_line_indent = Pt(32)


def fill(cell: Any, text: str, *, size: float = 9, vertical: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.line_spacing = 1.0
    paragraph.add_run(text).font.size = Pt(size)
    if vertical:
        direction = OxmlElement("w:textDirection")
        direction.set(qn("w:val"), "tbRlV")
        cell._tc.get_or_add_tcPr().append(direction)


def repeat_header(row: Any) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def add_requests(document: Any) -> None:
    """Table 3 of the form of 2021: figure = row × 10 + column, a blank in every seventh place."""
    labels = [(part, item) for part, items in OUTCOMES.items() for item in items or ("",)]
    table = document.add_table(rows=len(labels) + 6, cols=10, style="Table Grid")
    table.autofit = False
    for column, width in enumerate((1.0, 2.4, 4.4, *[1.1] * 7)):
        for cell in table.columns[column].cells:
            cell.width = Cm(width)
    fill(
        table.cell(0, 0).merge(table.cell(2, 2)), "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
    )
    fill(table.cell(0, 3).merge(table.cell(0, 9)), "申请人情况")
    fill(table.cell(1, 3).merge(table.cell(2, 3)), "自然人")
    fill(table.cell(1, 4).merge(table.cell(1, 8)), "法人或其他组织")
    fill(table.cell(1, 9).merge(table.cell(2, 9)), "总计")
    for column, name in enumerate(APPLICANTS, 4):
        fill(table.cell(2, column), name)
    fill(table.cell(3, 0).merge(table.cell(3, 2)), "一、本年新收政府信息公开申请数量")
    fill(table.cell(4, 0).merge(table.cell(4, 2)), "二、上年结转政府信息公开申请数量")
    last = len(labels) + 5
    fill(table.cell(last, 0).merge(table.cell(last, 2)), "四、结转下年度继续办理")
    fill(table.cell(5, 0).merge(table.cell(last - 1, 0)), "三、本年度办理结果", vertical=True)
    row = 5
    for part, items in OUTCOMES.items():
        if items:
            fill(table.cell(row, 1).merge(table.cell(row + len(items) - 1, 1)), part)
            for item in items:
                fill(table.cell(row, 2), item)
                row += 1
        else:
            fill(table.cell(row, 1).merge(table.cell(row, 2)), part)
            row += 1
    for row in range(3, last + 1):
        for column in range(3, 10):
            figure = row * 10 + column
            fill(table.cell(row, column), "" if figure % 7 == 0 else str(figure))


def form_of_2021() -> Any:
    document = new_report(foot="- # -")
    add_title(document, "云澜市发展和改革委员会", "2022年政府信息公开工作年度报告")
    add_body(
        document,
        "本报告根据《中华人民共和国政府信息公开条例》编制。",
        "一、总体情况",
        "2022年，我委办理政府信息公开申请215件，比上年增加37件，均在法定期限内答复，没有因答复超期引发的行政复议和行政诉讼案件。",
        "三、收到和处理政府信息公开申请情况",
    )
    add_requests(document)
    add_body(document, "五、存在的主要问题及改进情况", "个别单位答复文书不够规范，下一步将组织专题培训。")
    return document


def form_of_2014() -> Any:
    document = new_report(foot="第#页", size=12)
    add_title(document, "附件：青石县政府信息公开情况统计表")
    table = document.add_table(rows=81, cols=3, style="Table Grid")
    table.autofit = False
    for column, width in enumerate((9.8, 2.5, 3.5)):
        for cell in table.columns[column].cells:
            cell.width = Cm(width)
    for column, text in enumerate(("统计指标", "单位", "统计数")):
        fill(table.cell(0, column), text, size=12)
    repeat_header(table.rows[0])
    for row in range(1, 81):
        wide = "，含各乡镇、街道办事处和县直单位在门户网站及政务新媒体上发布的同类信息" if row % 9 == 0 else ""
        fill(table.cell(row, 0), f"（{row}）第{row}类信息公开数{wide}", size=12)
        fill(table.cell(row, 1), "条" if row % 2 else "件", size=12)
        fill(table.cell(row, 2), str(row * 11), size=12)
    return document


def running_text() -> Any:
    document = new_report(foot="— # —", head="临川湖区人民政府办公室2020年度政府信息公开工作年度报告")
    add_title(document, "临川湖区人民政府办公室", "2020年政府信息公开工作年度报告")
    document.core_properties.title = "临川湖区人民政府办公室2020年政府信息公开工作年度报告"
    add_body(
        document,
        "本报告由临川湖区人民政府办公室编制（地址：临川湖区湖滨大道90号，邮编：300123，电话：0500-87654321，"
        "电子邮箱：linchuanhu_open@example.org）。",
        "一、总体情况",
    )
    for number, numeral in enumerate("一二三四五六七八九十", 1):
        add_body(
            document,
            f"（{numeral}）第{number}项工作。全年通过政府网站、政务新媒体和政务公开栏主动公开各类"
            f"政府信息{1234 + number}条，其中规范性文件{number}件、政策解读{number * 3}篇；"
            f"办理依申请公开{number * 7}件，同比增长{number}.5%，办结率100%。"
            f"Online Service Hall上线事项{number * 100}项，群众满意度进一步提高。",
        )
    return document


def print_pdf(document: Any, name: str, *, password: str = "") -> None:
    options = "pdf:writer_pdf_Export"
    if password:
        options += (
            ':{"EncryptFile":{"type":"boolean","value":"true"},'
            f'"DocumentOpenPassword":{{"type":"string","value":"{password}"}}}}'
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, f"{name}.docx")
        document.save(source)
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", options]
        subprocess.run([*command, "--outdir", str(FOLDER), str(source)], check=True)
    if not password:
        printed = FOLDER / f"{name}.pdf"
        printed.write_bytes(PRINTING.sub(lambda found: b"0" * len(found[0]), printed.read_bytes()))


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    print_pdf(form_of_2021(), "form_2021")
    print_pdf(form_of_2014(), "form_2014")
    print_pdf(running_text(), "running_text")
    secret = new_report()
    add_title(secret, "云澜市2021年政府信息公开工作年度报告")
    print_pdf(secret, "encrypted", password="云澜")


if __name__ == "__main__":
    main()
