"""Coded files as people's programs save them, and what is said of those that cannot be read."""

from __future__ import annotations

import errno
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.codebook import load_codebook
from zhgovtext.coding import COLUMNS, Coded, load_coded, write_coded
from zhgovtext.errors import DataError, ZhgovtextError

ROWS = [
    ["text", "category", "report"],
    ["全年主动公开政府信息318条，其中规范性文件12件。", "proactive", "云澜市"],
    ["市政府网站升级改版，新设“政策解读”专栏；", "platform", "云澜市"],
    ["收到政府信息公开申请14件，均按时答复。", "on_request", "青石县"],
]
UNITS = [(category, text, report) for text, category, report in ROWS[1:]]
SAVED = {
    "Excel in China": (",", "\r\n", "gbk"),
    "Excel in China, newer": (",", "\r\n", "utf-8-sig"),
    "Excel in Europe": (";", "\r\n", "utf-8-sig"),
    "Excel, Unicode text": ("\t", "\r\n", "utf-16"),
    "Excel, text, in China": ("\t", "\r\n", "gb18030"),
    "Excel for Mac, old": (",", "\r", "utf-8"),
    "R, Python": (",", "\n", "utf-8"),
    "tab-separated": ("\t", "\n", "utf-8"),
}


def _file(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "coded.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def _failure(path: Path, *, blank: bool = False) -> ZhgovtextError:
    with pytest.raises(ZhgovtextError) as caught:
        load_coded(path, load_codebook(), blank=blank)
    assert caught.value.path == str(path)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("separator", "end", "encoding"), SAVED.values(), ids=SAVED)
def test_files_as_programs_save_them(tmp_path: Path, separator: str, end: str, encoding: str) -> None:
    path = _file(tmp_path, "".join(separator.join(row) + end for row in ROWS), encoding)
    units = load_coded(path, load_codebook())
    assert [(unit.category, unit.text, unit.report) for unit in units] == UNITS
    # Where lines are as editors count them.
    assert [unit.line for unit in units] == [2, 3, 4]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_tabs_and_quotes_of_a_spreadsheet(tmp_path: Path, encoding: str) -> None:
    text = 'text\tcategory\r\n"他说""好""，\n第二行公开政府信息。"\tother\r\n"全年"\tproactive\r\n'
    units = load_coded(_file(tmp_path, text, encoding))
    assert [(unit.text, unit.line) for unit in units] == [('他说"好"，\n第二行公开政府信息。', 2), ("全年", 4)]


def test_tab_separated_data_quote_nothing(tmp_path: Path) -> None:
    unit, last = load_coded(_file(tmp_path, 'text\tcategory\n"公开"栏目\tplatform\n"半句\tother\n'))
    assert (unit.text, last.text) == ('"公开"栏目', '"半句')


def test_quoted_cells_hold_breaks_separators_and_quotes(tmp_path: Path) -> None:
    text = 'text,category\r\n"第一行,\r\n第二行，""引号""",other\r\n全年公开。,proactive\r\n'
    first, last = load_coded(_file(tmp_path, text))
    assert first.text == '第一行,\r\n第二行，"引号"'
    assert (last.text, last.line) == ("全年公开。", 4)


def test_comments_and_blank_lines_come_before_the_first_line(tmp_path: Path) -> None:
    text = "# 抽样：2023年，种子 7\n\n#第二行,有逗号\n \ntext,category\n#不是注释。,other\n\n全年公开。,proactive\n"
    units = load_coded(_file(tmp_path, text))
    assert [(unit.text, unit.line) for unit in units] == [("#不是注释。", 6), ("全年公开。", 8)]


def test_comment_where_lines_end_in_returns(tmp_path: Path) -> None:
    (unit,) = load_coded(_file(tmp_path, "# 一;二;三\rtext,category\r甲;乙,other\r"))
    assert (unit.text, unit.line) == ("甲;乙", 3)


def test_comment_that_a_spreadsheet_saved_again(tmp_path: Path) -> None:
    text = '"# 抽样, 种子 7",,\r\n,,\r\ntext,category,\r\n全年公开。,proactive,\r\n,,\r\n'
    assert [unit.line for unit in load_coded(_file(tmp_path, text))] == [4]


def test_columns_in_any_order_and_case_and_unknown_ones(tmp_path: Path) -> None:
    text = "Remark, CATEGORY ,Text,Weight,start\n好,other,全年公开。,2.5,7\n"
    (unit,) = load_coded(_file(tmp_path, text))
    assert (unit.text, unit.category, unit.weight, unit.start, unit.end) == ("全年公开。", "other", 2.5, 7, None)


def test_empty_cells_beyond_the_columns(tmp_path: Path) -> None:
    (unit,) = load_coded(_file(tmp_path, "text,category\n全年公开。,other,,\n"))
    assert unit.category == "other"


def test_all_optional_columns(tmp_path: Path) -> None:
    header = ",".join(COLUMNS)
    row = "u1,云澜市,云澜市财政局,2019,一、概述 > （一）主动公开,前句。,本句。,后句。,other,10,13,1.5"
    (unit,) = load_coded(_file(tmp_path, f"{header}\n{row}\n"))
    headings = ("一、概述", "（一）主动公开")
    assert unit == Coded(
        "本句。", "other", "u1", "云澜市", headings, "前句。", "后句。", 10, 13, 1.5, "云澜市财政局", "2019", 2
    )


def test_blank_category_only_where_it_is_wanted(tmp_path: Path) -> None:
    path = _file(tmp_path, "text,category\n甲公开。,other\n乙公开。, \n")
    assert [unit.category for unit in load_coded(path, load_codebook(), blank=True)] == ["other", ""]
    assert _failure(path).place == "line 3"


def test_categories_are_free_without_a_codebook(tmp_path: Path) -> None:
    (unit,) = load_coded(_file(tmp_path, "text,category\n甲公开。,我的类别\n"))
    assert unit.category == "我的类别"


def test_neighbours_are_rows_of_one_report_under_the_same_headings(tmp_path: Path) -> None:
    rows = [("甲", "一"), ("甲", "一"), ("甲", "二"), ("乙", "二"), ("乙", "二"), ("乙", "二")]
    text = "text,category,report,headings\n" + "".join(
        f"第{at}句,other,{report},{heading}\n" for at, (report, heading) in enumerate(rows)
    )
    units = load_coded(_file(tmp_path, text))
    assert [(unit.before, unit.after) for unit in units] == [
        ("", "第1句"),
        ("第0句", ""),
        ("", ""),
        ("", "第4句"),
        ("第3句", "第5句"),
        ("第4句", ""),
    ]


@pytest.mark.parametrize(
    ("header", "rows"),
    [("text,category", "甲,other\n乙,other\n"), ("text,category,report,after", "甲,other,r,\n乙,other,r,\n")],
    ids=["no report", "the file says what comes after"],
)
def test_no_neighbours(tmp_path: Path, header: str, rows: str) -> None:
    units = load_coded(_file(tmp_path, f"{header}\n{rows}"))
    assert {(unit.before, unit.after) for unit in units} == {("", "")}


LONG = "text,category,id,start,weight\n"
# A row that takes three lines stands before what is wrong.
BREAKS = '"一\n二\n三",other,a,,\n'
WRONG = {
    "unknown category": (f"{LONG}{BREAKS}甲,propaganda,b,,\n", "row", "line 5", "'propaganda'", "decision, execution"),
    "label for a code": (f"{LONG}{BREAKS}甲,主动公开,b,,\n", "row", "line 5", "'主动公开'", "proactive"),
    "id stands twice": (f"{LONG}{BREAKS}甲,other,a,,\n", "row", "line 5", "'a' stands on line 2 too", "its own"),
    "no text": (f"{LONG}{BREAKS}　,other,b,,\n", "row", "line 5", "text is empty", "fill it in"),
    "no category": (f"{LONG}{BREAKS}甲,,b,,\n", "row", "line 5", "category is empty", "code the sentence"),
    "number in words": (f"{LONG}{BREAKS}甲,other,b,三,\n", "row", "line 5", "start '三'", "mend"),
    "negative": (f"{LONG}{BREAKS}甲,other,b,-1,\n", "row", "line 5", "start '-1'", "mend"),
    "no whole number": (f"{LONG}{BREAKS}甲,other,b,1.5,\n", "row", "line 5", "start '1.5'", "mend"),
    "not a number": (f"{LONG}{BREAKS}甲,other,b,,nan\n", "row", "line 5", "weight 'nan'", "mend"),
    "infinite": (f"{LONG}{BREAKS}甲,other,b,,1e999\n", "row", "line 5", "weight '1e999'", "mend"),
    "after comments": ("# 一\n# 二\n" + LONG + "甲,propaganda,b,,\n", "row", "line 4", "'propaganda'", "known codes"),
    "after blank rows": (f"{LONG}\n,,,,\n甲,propaganda,b,,\n", "row", "line 4", "'propaganda'", "known codes"),
    "no text column": ("# 一\nsentence,category\n甲,other\n", "columns", "line 2", "no column text", "first line"),
    "no category column": ("text;code\n甲;other\n", "columns", "line 1", "no column category", "first line"),
    "column twice": ("text,category,text\n甲,other,乙\n", "columns", "line 1", "column text twice", "rename"),
    "no header": ("甲,other\n乙,other\n", "columns", "line 1", "no column text", "first line"),
    "separator in a text": (f"{LONG}{BREAKS}甲,乙,other,b,1,2\n", "columns", "line 5", "6 cells", "quotation marks"),
    "quote not closed": (f'{LONG}{BREAKS}"甲,other,b,,\n乙,other,c,,\n', "syntax", "line 5", "no table", "quotation"),
    "quote in a cell": (f'{LONG}{BREAKS}"甲"乙,other,b,,\n', "syntax", "line 5", "no table", "quotation"),
    "huge cell": (f"{LONG}{BREAKS}{'公' * 200_000},other,b,,\n", "syntax", "line 5", "more than 131072", "quotation"),
    "no rows": (LONG, "empty", "", "no coded row", "first line"),
    "empty": ("", "empty", "", "is empty", "first line"),
    "only comments": ("# 一\n", "empty", "", "is empty", "first line"),
}


@pytest.mark.parametrize(("text", "code", "place", "message", "hint"), WRONG.values(), ids=WRONG)
def test_error_names_line_and_remedy(tmp_path: Path, text: str, code: str, place: str, message: str, hint: str) -> None:
    error = _failure(_file(tmp_path, text))
    assert (error.code, error.place) == (code, place)
    assert message in error.message
    assert hint in error.hint
    assert isinstance(error, DataError)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)) * 9,
        b"\xff\xd8\xff\xe0" + b"\x01\x02\x03" * 99,
        b"\x80\xff" * 9,
    ],
    ids=["workbook", "picture", "no encoding"],
)
def test_binary_file(tmp_path: Path, data: bytes) -> None:
    error = _failure(_file(tmp_path, data))
    assert error.path
    assert "save it as CSV" in error.hint


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert _failure(tmp_path / "none.csv").code == "unreadable"
    assert _failure(tmp_path).code == "unreadable"


# What comes back unchanged: any text that is not blank; names without white space at their ends; headings that are not
# blank and without ">", which divides them. Lone surrogates, which no file can hold, come back as U+FFFD.
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
AWKWARD = st.sampled_from(["", "'", "=1+1", "'=1", "''-2", "@SUM(A1)", "\t=1", "\r\n", '"', ";", "\ufeff", "\x00", "#"])
TEXTS = st.builds(str.__add__, AWKWARD, ANY)
NAMES = TEXTS.map(str.strip)
HEADINGS = TEXTS.map(lambda text: text.replace(">", "")).filter(str.strip)
PLACES = st.none() | st.integers(0, 10**9)
CODED = st.builds(
    Coded,
    text=TEXTS.filter(str.strip),
    category=NAMES,
    id=NAMES,
    report=NAMES,
    headings=st.lists(HEADINGS, max_size=3).map(tuple),
    before=TEXTS,
    after=TEXTS,
    start=PLACES,
    end=PLACES,
    weight=st.floats(0, 1e14),
    agency=NAMES,
    year=NAMES,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(CODED, min_size=1, max_size=3))
def test_written_units_are_loaded_unchanged(units: list[Coded]) -> None:
    named = [replace(unit, id=f"{at}{unit.id}") for at, unit in enumerate(units)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coded.csv"
        write_coded(named, path)
        assert [replace(unit, line=0) for unit in load_coded(path, blank=True)] == named


def test_a_lone_surrogate_is_replaced(tmp_path: Path) -> None:
    write_coded([Coded("公开\ud800信息", "other")], tmp_path / "coded.csv")
    assert [unit.text for unit in load_coded(tmp_path / "coded.csv")] == ["公开\ufffd信息"]


@pytest.mark.parametrize("text", ["=1+1", "+3件", "-全年", "@云澜发布", "\t=1", "\r=1", "'=1"])
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    write_coded([Coded(text, "other", before=text, headings=(text,))], tmp_path / "coded.csv")
    written = (tmp_path / "coded.csv").read_bytes().decode("utf-8-sig")
    assert written.count(f"'{text}") == 3


def test_written_as_excel_reads_it(tmp_path: Path) -> None:
    write_coded([Coded('他说"好"，', "other", headings=("一、概述", "（一）甲"), start=3)], tmp_path / "coded.csv")
    assert (tmp_path / "coded.csv").read_bytes() == (
        "\ufeffid,report,agency,year,headings,before,text,after,category,start,end,weight\r\n"
        ',,,,一、概述 > （一）甲,,"他说""好""，",,other,3,,1.0\r\n'
    ).encode()


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", ["none/coded.csv", "file/coded.csv", "folder", "x" * 300], ids=lambda name: name[:20])
def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError) as caught:
        write_coded([Coded("全年公开。", "other")], tmp_path / name)
    assert (caught.value.code, caught.value.path) == ("unwritable", str(tmp_path / name))
    assert caught.value.hint
    assert _contents(tmp_path) == {"file": b"old"}


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = _file(tmp_path, "old")

    def refuse(self: Path, *_: object, **__: object) -> None:
        if step == "write_bytes":
            with self.open("wb") as stream:
                stream.write(b"hal")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, step, refuse)
    with pytest.raises(DataError, match="No space left"):
        write_coded([Coded("全年公开。", "other")], path)
    assert _contents(tmp_path) == {"coded.csv": b"old"}


def test_a_row_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = _file(tmp_path, "old")
    with pytest.raises(ZeroDivisionError):
        write_coded((Coded("全年公开。", "other", weight=1 / at) for at in (1, 0)), path)
    assert _contents(tmp_path) == {"coded.csv": b"old"}
