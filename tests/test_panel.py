"""The panel: its rule case by case and against an oracle, its columns, its frame."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CASES, cases
from panel_store import fill

from zhgovtext.corpus import open_corpus
from zhgovtext.errors import DataError, InputError
from zhgovtext.indicators import load_indicators
from zhgovtext.panel import Expected, build_panel, load_columns, load_frame, own_columns, panel_sql
from zhgovtext.resources import data_path, read_text

Row = dict[str, Any]
EVERY = cases("panel")


def _rows(reports: list[Row], frame: Path | None = None) -> list[Row]:
    with fill(reports) as connection:
        relation = build_panel(connection, frame=frame)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


# the rule ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows_of() -> dict[str, list[Row]]:
    """Label → rows of the cases without a frame, out of one store: each case has agencies of its own, whose names begin
    with its number."""
    labels: list[str] = []
    reports: list[Row] = []
    for number, case in enumerate(param.values[0] for param in EVERY if "frame" not in param.values[0]):
        for report in case["reports"]:
            own = dict(report)
            if own["agency"]:
                own["agency"] = f"{number}号{own['agency']}"
            for key in {"agency", "机构"} & own.get("extra", {}).keys():
                own["extra"] = {**own["extra"], key: f"{number}号{own['extra'][key]}"}
            labels.append(case["label"])
            reports.append(own)
    found: dict[str, list[Row]] = {label: [] for label in labels}
    for row in _rows(reports):
        if row["agency"]:
            number, _, row["agency"] = row["agency"].partition("号")
            row["agency_key"] = row["agency_key"].replace(f"{number}号", "")
        found[labels[int(row["report_id"])]].append(row)
    return found


@pytest.mark.parametrize("case", EVERY)
def test_rule(case: Row, rows_of: dict[str, list[Row]], tmp_path: Path) -> None:
    if "frame" in case:
        frame = tmp_path / "frame.csv"
        frame.write_text(case["frame"], encoding="utf-8")
        rows = _rows(case["reports"], frame)
    else:
        rows = rows_of[case["label"]]
    expected = case["expect"]
    assert [{name: row[name] for name in want} for row, want in zip(rows, expected, strict=False)] == expected
    assert len(rows) == len(expected)


CODES = {"request.received": "request_received", "staff.total": "staff_total"}
AGENCY = {"agency_type": "government", "region_code": None, "level": "county"}


def _random_reports(seed: int, count: int) -> Iterator[Row]:
    draw = random.Random(seed)
    for at in range(count):
        facts = [
            {
                "indicator": draw.choice(list(CODES)),
                "source": draw.choice(("table", "prose")),
                "value": None if draw.random() < 0.2 else draw.randrange(4),
                "applicant": draw.choice((None, "total", "natural")),
                "period": draw.choice(("2021", "2021", "2020", None)),
                "cumulative": draw.random() < 0.2,
                "scope": draw.choice(("unit", "jurisdiction", "jurisdiction")),
                "qualifier": draw.choice((None, None, "about")),
            }
            for _ in range(draw.randrange(7))
        ]
        yield {"name": f"{at}.txt", "agency": f"第{at}县人民政府", **AGENCY, "facts": facts}


def _oracle(report: Row, code: str) -> Row | None:
    """The figure that the rule takes, worked out the long way."""
    left = [
        (at, fact)
        for at, fact in enumerate(report["facts"])
        if fact["indicator"] == code
        and fact["applicant"] in (None, "total")
        and fact["period"] == "2021"
        and not fact["cumulative"]
        and fact["scope"] != "unit"
    ]
    times = Counter((fact["source"], fact["value"]) for _, fact in left)
    for known in (True, False):
        for source in ("table", "prose"):
            for exact in (True, False):
                fitting = [
                    (-times[source, fact["value"]], at, fact)
                    for at, fact in left
                    if (fact["value"] is not None) == known
                    and fact["source"] == source
                    and (fact["qualifier"] is None) == exact
                ]
                if fitting:
                    best: Row = min(fitting, key=lambda one: one[:2])[2]
                    return best
    return None


def test_rule_against_an_oracle() -> None:
    reports = list(_random_reports(7, 200))
    rows = {row["report"]: row for row in _rows(reports)}
    assert len(rows) == len(reports)
    taken: Counter[str] = Counter()
    for report in reports:
        row = rows[report["name"]]
        for code, name in CODES.items():
            wanted = _oracle(report, code) or {"value": None, "source": None, "qualifier": None}
            found = {part: row[name + suffix] for part, suffix in (("value", ""), ("source", "_source"))}
            assert found == {part: wanted[part] for part in found}
            assert row[f"{name}_qualifier"] == wanted["qualifier"]
            taken[str(wanted["source"])] += 1
    # All three outcomes were put to the test.
    assert min(taken["table"], taken["prose"], taken["None"]) > 30


def test_order_of_reports_does_not_matter() -> None:
    reports = [dict(report, agency=f"第{at % 25}县人民政府") for at, report in enumerate(_random_reports(3, 60))]
    forwards, backwards = _rows(reports), _rows(reports[::-1])
    for row in (*forwards, *backwards):
        row["report_id"] = None
    assert forwards == backwards
    assert len(forwards) == 25


def test_what_is_of_the_whole_report() -> None:
    check = {"severity": "identity", "rule": "r"}
    report = {
        "name": "a.txt",
        "agency": "云澜市人民政府",
        **AGENCY,
        "sentences": 3,
        "facts": [{"indicator": "request.received", "source": "prose", "value": 5, "scope": "own"}],
        "shares": {"news": {"share": 0.25, "low": 0.1, "high": 0.4, "sentences": 1}},
        "balance": {"naive": 0.5, "adjusted": 0.4, "low": 0.2, "high": 0.6, "n": 4, "few": True, "news_clauses": 2},
        "checks": [
            {**check, "status": "ok"},
            {**check, "status": "mismatch"},
            {**check, "status": "mismatch", "severity": "expectation"},
            {**check, "status": "unknown"},
        ],
    }
    (row,) = _rows([report])
    expected = {
        "n_sentences": 3, "n_figures": 1, "checks_ok": 1, "checks_mismatch": 2, "checks_unknown": 1,
        "identity_mismatch": 1, "share_news": 0.25, "share_news_low": 0.1, "share_news_high": 0.4, "n_news": 1,
        "share_platform": None, "balance_naive": 0.5, "balance_adjusted": 0.4, "balance_low": 0.2,
        "balance_high": 0.6, "balance_n": 4, "balance_few": True, "news_clauses": 2, "interp_clauses": None,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_categories_of_another_codebook() -> None:
    shares = {
        "news": {"share": 0.5, "label": "政务动态", "sentences": 2},
        "民生": {"share": 0.25, "label": "民生保障", "sentences": 1},
        'it\'s a "very" long code, longer than names': {"share": 0.25, "label": "很长", "sentences": 1},
        "sentences": {"share": 0.0, "label": "句子", "sentences": 0},
    }
    with fill([{"name": "a.txt", "agency": "云澜市人民政府", **AGENCY, "shares": shares}]) as connection:
        columns = own_columns(connection)
        relation = build_panel(connection)
        (row,) = (dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall())
    names = [column.name for column in columns]
    assert list(row) == [column.name for column in load_columns()] + names
    assert (row["share_news"], row["share_民生"], row["n_民生"]) == (0.5, 0.25, 1)
    # n_sentences is the number of all sentences: the category of that name gives way.
    assert (row["n_sentences"], row["n_sentences_2"]) == (0, 0)
    assert columns[0].zh == "民生保障句子占比"
    assert max(map(len, names)) <= 32
    assert row[names[4]] == 0.25


def test_columns_of_a_manifest() -> None:
    extra = {
        "agency": "云澜市人民政府",
        "treated": "1",
        "批次": "甲",
        'odd "key"\\': "x",
        "Treated": "2",
        "k" * 40: "y",
    }
    reports = [
        {"name": "a.txt", "agency": None, **AGENCY, "extra": extra},
        {"name": "b.txt", "agency": "青石县人民政府", **AGENCY},
    ]
    with fill(reports) as connection:
        columns = own_columns(connection)
    rows = {row["report"]: row for row in _rows(reports)}
    names = {column.zh: column.name for column in columns}
    assert list(rows["a.txt"]) == [column.name for column in load_columns()] + list(names.values())
    assert {key: rows["a.txt"][name] for key, name in names.items()} == {
        key: value for key, value in extra.items() if key != "agency"
    }
    assert {names["Treated"], names["treated"]} == {"x_treated", "x_treated_2"}
    assert {rows["b.txt"][name] for name in names.values()} == {None}
    assert max(map(len, names.values())) == 32


def test_view_in_a_store_and_a_frame_in_one_that_is_read_only(tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    with fill([{"name": "a.txt", "agency": "云澜市人民政府", **AGENCY}], store) as connection:
        connection.execute(f"CREATE OR REPLACE VIEW panel AS {panel_sql()}")
    frame = tmp_path / "frame.csv"
    frame.write_text("agency,year\n青石县,2021\n", encoding="utf-8")
    with open_corpus(store) as corpus:
        assert corpus.sql("SELECT agency FROM panel").fetchall() == [("云澜市人民政府",)]
        found = corpus.panel(frame=frame).filter("report_status <> 'ok'")
        assert [row[1] for row in found.fetchall()] == ["青石县"]


# columns -------------------------------------------------------------------------------------------------------------


def test_columns_hold_every_indicator_under_a_legal_name() -> None:
    columns = load_columns()
    names = [column.name for column in columns]
    assert {column.indicator for column in columns} - {None} == set(load_indicators().by_code)
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 32
    assert len({column.zh for column in columns}) == len(columns)
    assert len({column.en for column in columns}) == len(columns)


def test_names_are_fixed_for_good() -> None:
    first = [tuple(line.split("\t")) for line in read_text(CASES / "panel_columns.tsv").splitlines()]
    assert len(first) == 247
    assert set(first) <= {(column.name, column.indicator or "") for column in load_columns()}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("request_fax\t", "request_in_person\t", "has the name request_in_person twice"),
        ("request_fax\t", "request_by_facsimile_machine\t", "at most 32"),
        ("request_fax\t", "Request fax\t", "small letters"),
        ("\trequest.fax\t", "\trequest.faxes\t", "the indicator request.faxes, which indicators.tsv lacks"),
        ("\trequest.fax\t", "\trequest.letter\t", "has the indicator request.letter twice"),
        ("requests by fax\t件", "requests by fax\t元", "has the unit '元', but request.fax counts 件"),
        ("requests by fax\t", "\t", "has no label"),
    ],
)
def test_columns_that_are_not_in_order(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = read_text(data_path("panel", "columns.tsv"))
    assert text.count(old) == 1
    path = tmp_path / "columns.tsv"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        load_columns(path)
    assert caught.value.place.startswith("line ")


def test_indicator_without_a_column(tmp_path: Path) -> None:
    lines = read_text(data_path("panel", "columns.tsv")).splitlines(keepends=True)
    path = tmp_path / "columns.tsv"
    path.write_text("".join(line for line in lines if "\trequest.fax\t" not in line), encoding="utf-8")
    with pytest.raises(DataError, match=r"has no column for request\.fax"):
        load_columns(path)


# the frame -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_frame_as_spreadsheets_save_it(encoding: str, separator: str, tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    lines = ["机构,年度,状态,备注", "云澜市人民政府,2021,未公布,查过网站", ",,,", "青石县人民政府,2020年,,"]
    path.write_bytes("\r\n".join(lines).replace(",", separator).encode(encoding))
    assert load_frame(path) == [
        Expected("云澜市人民政府", None, 2021, "not_published", None),
        Expected("青石县人民政府", None, 2020, "not_collected", None),
    ]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("name,year\n云澜市,2021\n", "line 1", "has no column agency"),
        ("agency,机构\n云澜市,云澜市\n", "line 1", "has a column twice"),
        ("agency,year\n云澜市,2021\n,2021\n", "line 3", "has no agency"),
        ("agency,year\n云澜市,21\n", "line 2", "has the year '21', which is none"),
        ("agency,year\n云澜市,2021\n青石县,2021\n云澜市,2021\n", "line 4", "云澜市 2021 a second time, after line 2"),
        ("agency,year,status\n云澜市,2021,lost\n", "line 2", "choose not_collected or not_published"),
        ('agency,year\n"云澜市,2021\n', "line", "is no table"),
        ("agency,year\n", "", "names no agency"),
        ("", "line 1", "has no column agency"),
    ],
)
def test_frame_that_is_none(text: str, place: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_frame(path)
    assert caught.value.path == str(path)
    assert caught.value.place.startswith(place)


def test_frame_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_frame(tmp_path / "none.csv")
