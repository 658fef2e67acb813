"""Exports, opened again by readers that are not ours: openpyxl, pandas, pyreadstat, and what comes with Python."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panel_store import fill

from zhgovtext import exports as module
from zhgovtext.cli import main
from zhgovtext.corpus import open_corpus
from zhgovtext.errors import InputError, OptionError
from zhgovtext.exports import SUFFIXES, export, stata_names
from zhgovtext.panel import load_columns

LONG = "公开" * 3000
TRICKS = ["=1+1", "+86", "-3", "@云澜", "＝A1", "\t=2", "公开，“好”\n第二行", LONG]
AGENCY = {"agency_type": "government", "level": "county", "region_code": "042301"}
REPORTS = [
    {
        "name": "青石-2021.html",
        "format": "html",
        "agency": "青石县人民政府",
        "title": '=HYPERLINK("http://example.org","看")',
        **AGENCY,
        "sentences": TRICKS,
        "facts": [
            {"indicator": "request.received", "source": "table", "value": 12},
            {"indicator": "request.received", "source": "prose", "value": 13, "scope": "jurisdiction"},
            {"indicator": "procurement.amount", "source": "table", "value": 75394432.52, "unit": "元"},
            {"indicator": "request.fax", "source": "table", "value": None, "state": "blank"},
        ],
        "shares": {"news": {"share": 0.125, "sentences": 1}},
        "balance": {"few": True, "n": 3},
    },
    {"name": "青石-2022.html", "format": "html", "agency": "青石县人民政府", "year": 2022, **AGENCY},
    {"name": "旧.txt", "agency": "旧县人民政府", **AGENCY, "status": "removed", "sentences": ["旧句。"]},
]
# What the panel of these reports holds, worked out by hand.
WANTED = {
    "agency": "青石县人民政府", "region_code": "042301", "year": 2021, "scope": "jurisdiction", "main": True,
    "report": "青石-2021.html", "n_sentences": 8, "request_received": 12, "request_received_state": "stated",
    "request_received_source": "table", "request_received_conflict": "prose 13", "procurement_amount": 75394432.52,
    "request_fax": None, "request_fax_state": "blank", "share_news": 0.125, "balance_few": True, "balance_naive": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "云澜.duckdb"
    fill(REPORTS, path).close()
    return path


# formats -------------------------------------------------------------------------------------------------------------


def _read(path: Path) -> list[dict[str, Any]]:
    """Rows of a file by a reader of others, values as they are there."""
    if path.suffix == ".xlsx":
        lines = openpyxl.load_workbook(path).worksheets[0].values
        head = next(lines)
        return [dict(zip(head, line, strict=True)) for line in lines]
    if path.suffix == ".json":
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return found
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    frame = pandas.read_parquet(path) if path.suffix == ".parquet" else pandas.read_stata(path)
    return [{name: None if pandas.isna(v) else v for name, v in row.items()} for row in frame.to_dict("records")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_panel_comes_back(suffix: str, store: Path, tmp_path: Path) -> None:
    path = tmp_path / f"面板{suffix}"
    assert export(store, path, lang="en") == 2
    rows = _read(path)
    assert list(rows[0]) == [column.name for column in load_columns()]
    assert [int(row["year"]) for row in rows] == [2021, 2022]
    wanted = dict(WANTED)
    if suffix == ".csv":
        wanted = {name: "" if value is None else str(value) for name, value in WANTED.items()}
    elif suffix == ".dta":
        # Stata knows no missing text and no true.
        wanted = {name: value if value is not None or name == "request_fax" else None for name, value in WANTED.items()}
        wanted |= {"main": 1, "balance_few": 1}
    assert {name: rows[0][name] for name in wanted} == wanted
    title = REPORTS[0]["title"]
    assert rows[0]["title"] == (f"'{title}" if suffix == ".csv" else title)
    assert list(tmp_path.iterdir()) == [path]


def test_sheet(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "panel.xlsx"
    export(store, path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["panel", "说明"]
    sheet = book["panel"]
    assert sheet.freeze_panes == "A2"
    titles = [cell.value for cell in sheet[1]]
    assert titles == [column.zh for column in load_columns()]
    cells = dict(zip([column.name for column in load_columns()], sheet[2], strict=True))
    assert [cells[name].data_type for name in ("region_code", "year", "request_received", "main")] == list("snnb")
    # A text, and it stays one when somebody edits it.
    assert (cells["title"].data_type, cells["title"].quotePrefix) == ("s", True)
    assert not cells["agency"].quotePrefix
    about = {row[1]: row for row in book["说明"].iter_rows(values_only=True) if row[1]}
    assert about["request_received"][:6] == (
        "收到申请数",
        "request_received",
        "request.received",
        "收到申请数",
        "requests received",
        "件",
    )
    assert about["charge_amount"][6] == "money; 2019–2020 the form counted items (charge.items)"
    assert about["not_published"][3:5] == ("机构未发布", "was not published")
    assert {"zhgovtext", "provenance"} <= {row[0] for row in book["说明"].iter_rows(values_only=True)}
    assert len(about) >= len(titles)


def test_sheet_with_codes(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "facts.xlsx"
    assert export(store, path, table="facts", lang="en") == 4
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["facts", "columns"]
    assert [cell.value for cell in book["facts"][1]][:6] == ["name", "agency", "region_code", "year", "report_id", "id"]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_text_that_looks_like_a_formula(suffix: str, store: Path, tmp_path: Path) -> None:
    path = tmp_path / f"sentences{suffix}"
    export(store, path, table="sentences", lang="en")
    texts = [row["text"] for row in _read(path)]
    if suffix == ".xlsx":
        assert texts == TRICKS
        sheet = openpyxl.load_workbook(path)["sentences"]
        assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == "=1+1"} == {"s"}
    else:
        assert texts == ["'" + text for text in TRICKS[:6]] + TRICKS[6:]


def test_csv_for_excel_and_for_programs(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    export(store, path)
    marked = path.read_bytes()
    export(store, path, bom=False)
    assert marked == b"\xef\xbb\xbf" + path.read_bytes()
    # Programs find the same names whatever the language.
    assert path.read_text(encoding="utf-8").startswith("agency_key,agency,")
    frame = pandas.read_csv(path, dtype={"region_code": str})
    assert frame.loc[0, "procurement_amount"] == 75394432.52
    assert frame.loc[0, "region_code"] == "042301"


def test_stata(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "panel.dta"
    export(store, path)
    frame, meta = pyreadstat.read_dta(str(path))
    assert meta.column_names_to_labels["request_received"] == "收到申请数"
    assert frame["request_fax"].isna().all()
    assert list(frame["request_fax_state"]) == ["blank", ""]
    assert str(frame["year"].dtype) == "float64"
    export(store, path, lang="en")
    with pandas.io.stata.StataReader(path) as reader:
        assert reader.variable_labels()["request_received"] == "requests received"
    export(store, path, table="sentences")
    frame, _ = pyreadstat.read_dta(str(path))
    assert list(frame["text"]) == TRICKS


def test_stata_and_a_character_that_ends_its_texts(tmp_path: Path) -> None:
    store, path = tmp_path / "s.duckdb", tmp_path / "s.dta"
    fill([{"name": "a.txt", "agency": "云澜市", **AGENCY, "sentences": ["甲\0乙"]}], store).close()
    export(store, path, table="sentences")
    assert list(pandas.read_stata(path)["text"]) == ["甲乙"]


def test_stata_without_rows(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "none.dta"
    assert export(store, path, where="year = 1999") == 0
    assert len(pandas.read_stata(path)) == 0


@given(st.lists(st.text("aA_9年 =.-", max_size=40), max_size=12))
def test_names_for_stata(names: list[str]) -> None:
    found = stata_names(names)
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"[^\W\d]\w{0,31}", name) for name in found)
    assert stata_names(found) == found


def test_parquet_keeps_types(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "sentences.parquet"
    export(store, path, table="sentences")
    frame = pandas.read_parquet(path)
    assert str(frame["id"].dtype) == "int32"
    assert list(frame["text"]) == TRICKS


def test_json_keeps_lists(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "reports.json"
    assert export(store, path, table="reports") == 3
    rows = _read(path)
    assert rows[0]["paths"] == [rows[0]["name"]]
    assert "text" not in rows[0]


# rows ----------------------------------------------------------------------------------------------------------------


def test_rows_of_reports_that_are_there(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    assert export(store, path, table="sentences") == len(TRICKS)
    assert {row["agency"] for row in _read(path)} == {"青石县人民政府"}


def test_condition_and_frame(store: Path, tmp_path: Path) -> None:
    path, frame = tmp_path / "p.json", tmp_path / "frame.csv"
    frame.write_text("agency,year\n青石县,2021\n青石县,2023\n", encoding="utf-8")
    assert export(store, path, where="year = 2021 OR request_received > 10 -- or") == 1
    assert export(store, path, where="report_status <> 'ok'", frame=frame) == 1
    assert [(row["agency"], row["year"]) for row in _read(path)] == [("青石县", 2023)]


def test_from_an_open_corpus(store: Path, tmp_path: Path) -> None:
    with open_corpus(store) as corpus:
        assert export(corpus, tmp_path / "p.parquet") == 2
        assert len(corpus.reports().fetchall()) == 3


# what cannot be done -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(
    "where",
    [
        "nobody = 1",
        "year >",
        "",
        "year = 2021) UNION SELECT 1 --",
        "year = 2021) OR (true",
        "year = 2021, year = 2022",
        "year = ?",
        "year = 2021; DROP TABLE reports",
        "year = 2021 ORDER BY 1",
        "year = 2021 LIMIT 1",
        "year = 'two'",
        "count(*) > 1",
        "title IN (SELECT content FROM read_text('SECRET'))",
    ],
)
def test_condition_that_is_none(where: str, suffix: str, store: Path, tmp_path: Path) -> None:
    secret, path = tmp_path / "secret", tmp_path / f"p{suffix}"
    secret.write_text("x")
    path.write_text("as it was")
    with pytest.raises(OptionError, match=r"the condition .* cannot be used") as caught:
        export(store, path, where=where.replace("SECRET", str(secret)), table="reports")
    assert caught.value.code == "where"
    assert path.read_text() == "as it was"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("p.ods", {}, "ends in no known suffix: choose .xlsx"),
        ("p.csv", {"table": "panels"}, "the store has no table panels"),
        ("p.csv", {"lang": "fr"}, "choose zh or en"),
        ("p.csv", {"table": "facts", "frame": "frame.csv"}, "a frame belongs to the panel"),
    ],
)
def test_wrong_options(name: str, options: dict[str, str], message: str, store: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=re.escape(message)):
        export(store, tmp_path / name, **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(store: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        export(store, tmp_path / "none" / "p.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        export(store, tmp_path / "folder.csv")
    copy = tmp_path / "store.csv"
    shutil.copy(store, copy)
    with pytest.raises(OptionError, match="is the store itself"):
        export(copy, copy)
    with pytest.raises(InputError, match="there is no such store"):
        export(tmp_path / "none.duckdb", tmp_path / "p.csv")


@pytest.mark.parametrize(("limit", "what"), [("MAX_ROWS", "9 rows"), ("MAX_COLUMNS", "columns")])
def test_more_than_a_sheet_holds(
    limit: str, what: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, 8)
    path = tmp_path / "s.xlsx"
    with pytest.raises(InputError, match=what) as caught:
        export(store, path, table="sentences")
    assert "write .csv or .parquet" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(module, limit, 100)
    assert export(store, path, table="sentences") == 8


def test_more_than_a_cell_holds(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CELL", 5000)
    path = tmp_path / "s.xlsx"
    export(store, path, table="sentences", lang="en")
    assert [row["text"] for row in _read(path)][-1] == LONG[:4999] + "…"
    last = list(openpyxl.load_workbook(path)["columns"].values)[-1]
    assert last[:2] == ("cut", "1 texts were longer than 5,000 characters, the most a cell holds")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".dta", ".json"])
def test_whole_or_not_at_all(suffix: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"s{suffix}"
    path.write_text("as it was")
    rows = module._Result.rows

    def full(result: module._Result) -> Iterator[tuple[Any, ...]]:
        yield next(rows(result))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module._Result, "rows", full)
    with pytest.raises(InputError, match="No space left on device") as caught:
        export(store, path, table="sentences")
    assert caught.value.path == str(path)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


# the command ---------------------------------------------------------------------------------------------------------


def test_command(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = hashlib.sha256(store.read_bytes()).digest()
    path = tmp_path / "p.csv"
    assert main(["export", str(store), "-o", str(path), "--where", "year = 2022", "--no-bom", "--lang", "en"]) == 0
    assert capsys.readouterr().out == f"1 rows of panel written: {path}\n"
    assert path.read_text(encoding="utf-8").startswith("agency_key,")
    assert main(["export", str(store), "-o", str(path), "--where", "no = 1"]) == 2
    assert main(["export", str(tmp_path / "none.duckdb"), "-o", str(path)]) == 1
    assert capsys.readouterr().err.count("zhgovtext: ") == 2
    assert hashlib.sha256(store.read_bytes()).digest() == before
