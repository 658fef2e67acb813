"""`zhgovtext balance`: of reports, of corpora, of lists of published items."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from test_cli import run

from zhgovtext.content import load_content_coder

REPORT = "青石县{}局{}年政府信息公开工作年度报告\n一、主动公开情况\n{}"
EXPLAINED, TOLD = "发布政策解读材料。\n", "编发工作简报。\n"
ITEMS = [
    ("标题", "来源"),
    ("《云澜市公共租赁住房管理办法》政策解读", "门户网站"),
    ("青石县召开防汛工作会议", "门户网站"),
    ("青石县召开春耕工作会议", "微信"),
    ("青石县水利局公开招聘工作人员公告", ""),
    ("", "微信"),
]
LANGUAGES = {
    "zh": ("门户网站  ", "合计", "未注明", "数量少", "两类均无", "无文字，未计：1"),
    "en": ("门户网站  ", "all together", "not named", "few", "none of either kind", "left out, having no text: 1"),
}


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(ITEMS)
    return path


def _write(folder: Path, bureau: str, year: int, explained: int, told: int, *, end: str = "") -> Path:
    path = folder / f"{bureau}{year}.txt"
    path.write_text(REPORT.format(bureau, year, EXPLAINED * explained + TOLD * told + end), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> list[Path]:
    return [
        _write(tmp_path, "水利", 2021, 3, 1, end="全年发布政策解读稿件30篇，发布政务动态90条。\n"),
        _write(tmp_path, "教育", 2021, 2, 4),
        _write(tmp_path, "水利", 2022, 0, 0),
    ]


# one report -----------------------------------------------------------------------------------------------------------


def test_a_report_is_told_with_its_interval(corpus: list[Path]) -> None:
    record = json.loads(run("balance", corpus[1], "--format", "json")[1])[0]["balance"]["text_share"]
    assert (record["naive"], record["n"], record["few"]) == (0.333333, 6, True)
    values = [f"{record[name]:.0%}" for name in ("adjusted", "low", "high")]
    for command in ("balance", "summary"):
        english, chinese = (run(command, corpus[1], "--lang", language)[1] for language in ("en", "zh"))
        assert (
            "interpretation 2 clauses, news 4 clauses → interpretation 33.3% of both kinds counted; allowing for the "
            "coder's error {}, 95 % interval [{}, {}] (n=6; few clauses".format(*values)
        ) in english
        assert (
            "占两类之和 33.3%（直接计数）；校正编码误差后 {}，95% 区间 [{}, {}] (n=6; 分句少".format(*values) in chinese
        )


def test_a_share_that_is_not_adjusted_says_why(corpus: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    untested = replace(load_content_coder(), errors={})
    monkeypatch.setattr("zhgovtext.shares.load_content_coder", lambda: untested)
    out = run("balance", corpus[1], "--lang", "en")[1]
    assert "33.3% of both kinds counted; the coder's error is not known and not allowed for (n=6; few" in out
    assert "编码误差未测定，未作校正 (n=6" in run("summary", corpus[1], "--lang", "zh")[1]


@pytest.mark.parametrize(
    ("end", "english", "chinese"),
    [
        ("全年平稳。", "Balance: no clause of either kind", "两类分句都没有"),
        (
            "二、存在的主要问题\n主要问题是编发简报不及时，政策解读不够深入。\n",
            "interpretation 1 clauses, news 1 clauses → only in shortcomings and plans",
            "均在问题与计划中，不计入占比",
        ),
    ],
    ids=["nothing typed", "shortcomings only"],
)
def test_nothing_to_divide(tmp_path: Path, end: str, english: str, chinese: str) -> None:
    path = _write(tmp_path, "水利", 2022, 0, 0, end=end)
    assert english in run("balance", path, "--lang", "en")[1]
    assert chinese in run("summary", path, "--lang", "zh")[1]
    record = json.loads(run("balance", path, "--format", "json")[1])[0]["balance"]["text_share"]
    assert record == {"naive": None, "adjusted": None, "low": None, "high": None, "n": 0, "few": True}


def test_stated_items_of_a_report(corpus: list[Path]) -> None:
    out = run("balance", corpus[0], "--lang", "en")[1]
    assert "items stated: interpretation 30, news 90 → interpretation 25.0%" in out
    assert "自述条数: 政策解读 30, 政务动态 90 → 政策解读占 25.0%" in run("balance", corpus[0], "--lang", "zh")[1]


def test_a_table_is_no_report(items: Path) -> None:
    code, out, err = run("balance", items)
    assert (code, out) == (1, "")
    assert "--text COLUMN" in err


# a list of items ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_for_people(items: Path, language: str) -> None:
    code, out, err = run("balance", items, "--text", "标题", "--by", "来源", "--lang", language)
    assert (code, err) == (0, "")
    for expected in LANGUAGES[language]:
        assert expected in out
    name, _, head, first, second, third, whole, _ = out.splitlines()
    assert name == "items.csv"
    assert head.startswith("来源 ")
    assert [row.split()[:5] for row in (first, second)] == [
        ["门户网站", "1", "1", "0", "50.0%"],
        ["微信", "0", "1", "0", "0.0%"],
    ]
    assert "–" in third
    assert "33.3%" in whole


def test_items_for_programs(items: Path) -> None:
    code, out, _ = run("balance", items, "--text", "标题", "--by", "来源", "--format", "json")
    (record,) = json.loads(out)
    assert code == 0
    assert {key: record[key] for key in ("schema", "source", "text", "by")} == {
        "schema": 1,
        "source": {"name": "items.csv"},
        "text": "标题",
        "by": "来源",
    }
    keys = ("by", "group", "interpretation", "news", "neither", "blank", "naive", "n", "reason")
    assert [tuple(group[key] for key in keys) for group in record["groups"]] == [
        ("来源", "门户网站", 1, 1, 0, 0, 0.5, 2, None),
        ("来源", "微信", 0, 1, 0, 1, 0.0, 1, None),
        ("来源", None, 0, 0, 1, 0, None, 0, "empty"),
        (None, None, 1, 2, 1, 1, 0.333333, 3, None),
    ]
    line = run("balance", items, "--text", "标题", "--by", "来源", "--format", "jsonl")[1]
    assert json.loads(line) == record
    out = run("balance", items, "--text", "标题", "--by", "来源", "--format", "csv")[1]
    rows = list(csv.DictReader(io.StringIO(out)))
    for row, group in zip(rows, record["groups"], strict=True):
        cells = {key: "" if value is None else str(value) for key, value in group.items()}
        assert row == {"file": str(items), **cells}


def test_items_without_groups_and_from_standard_input(items: Path) -> None:
    code, out, _ = run("balance", "-", "--text", "标题", "--format", "csv", stdin=items.read_bytes())
    assert code == 0
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["file"], row["interpretation"], row["news"], row["neither"]) == ("<stdin>", "1", "2", "1")
    assert run("balance", "-", "--text", "标题", stdin=items.read_bytes())[1].startswith("<stdin>\n")


def test_lists_that_cannot_be_read_stand_in_the_array(items: Path, tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.csv", tmp_path / "other.csv"
    empty.write_bytes(b"")
    other.write_text("题名,来源\n甲,乙\n", encoding="utf-8")
    code, out, err = run("balance", empty, items, other, tmp_path / "none.csv", "--text", "标题", "--format", "json")
    assert code == 1
    records = json.loads(out)
    assert [record.get("error", {}).get("code") for record in records] == ["empty", None, "columns", "unreadable"]
    first, second, third = err.splitlines()
    assert first == f"zhgovtext: {empty}: is empty (the first line must name the column 标题)"
    assert second.endswith("line 1: has no column 标题 (the first line must name the column 标题; it names 题名, 来源)")
    assert "none.csv" in third


@pytest.mark.parametrize(
    ("rows", "counts", "share"),
    [
        (["标题", "青石县召开防汛工作会议"], ("0", "1"), "0.0"),
        (["标题", *["《青石县水价办法》解读"] * 12], ("12", "0"), "1.0"),
        (["标题", "招聘公告"], ("0", "0"), ""),
    ],
    ids=["one column", "all of one type", "nothing typed"],
)
def test_lists_of_awkward_shape(tmp_path: Path, rows: list[str], counts: tuple[str, str], share: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    (row,) = csv.DictReader(io.StringIO(run("balance", path, "--text", "标题", "--format", "csv")[1]))
    assert ((row["interpretation"], row["news"]), row["naive"]) == (counts, share)
    assert row["reason"] == ("" if share else "empty")


# a corpus -------------------------------------------------------------------------------------------------------------


def test_corpus_for_programs(corpus: list[Path]) -> None:
    code, out, err = run("balance", *corpus, "--by", "year", "--format", "json")
    assert (code, err) == (0, "")
    records = json.loads(out)
    keys = ("schema", "by", "group", "reports", "agencies", "n", "naive", "few", "reason")
    # The two figures stand in clauses of their own: 3 + 2 + 1 of interpretation, 1 + 4 + 1 of news.
    assert [tuple(record[key] for key in keys) for record in records] == [
        (1, "year", 2021, 2, 2, 12, 0.5, False, None),
        (1, "year", 2022, 1, 1, 0, None, True, "empty"),
        (1, None, None, 3, 2, 12, 0.5, False, None),
    ]
    lines = run("balance", *corpus, "--by", "year", "--format", "jsonl")[1].splitlines()
    assert [json.loads(line) for line in lines] == records
    rows = list(csv.DictReader(io.StringIO(run("balance", *corpus, "--by", "year", "--format", "csv")[1])))
    assert [row["group"] for row in rows] == ["2021", "2022", ""]
    assert [row["naive"] for row in rows] == [str(records[0]["naive"]), "", str(records[2]["naive"])]
    names = ("interpretation_items", "news_stated", "both_stated", "item_share")
    stated, nothing = ("30", "1", "1", "0.25"), ("", "0", "0", "")
    assert [tuple(row[name] for name in names) for row in rows] == [stated, nothing, stated]


@pytest.mark.parametrize(
    ("language", "level", "one"),
    [("en", "county  ", "one agency: no interval"), ("zh", "县级  ", "仅一个机关，无区间")],
)
def test_corpus_for_people(corpus: list[Path], language: str, level: str, one: str) -> None:
    code, out, err = run("balance", *corpus, "--by", "level", "--lang", language)
    assert (code, err) == (0, "")
    assert f"\n{level}" in out
    assert "30 : 90" in out
    assert one not in out
    # Intervals of the county and of all, and the column's head.
    assert out.count("[") == 3
    assert one in run("balance", *corpus, "--by", "agency", "--lang", language)[1]


def test_reports_that_cannot_be_read_are_left_out_and_told(corpus: list[Path], tmp_path: Path, items: Path) -> None:
    code, out, err = run("balance", tmp_path / "none.txt", *corpus, items, "--by", "agency", "--format", "json")
    assert code == 1
    assert len(err.splitlines()) == 2
    records = json.loads(out)
    assert [record.get("group") for record in records[:3]] == ["青石县教育局", "青石县水利局", None]
    assert [record["error"]["code"] for record in records[3:]] == ["missing", "table"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "region"), "choose agency, year, level"),
        (("--text", "标题", "--min-probability", "0.5"), "leave them out"),
        (("--text", "标题", "--no-context"), "leave them out"),
    ],
)
def test_wrong_usage(items: Path, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run("balance", items, *arguments)
    assert (code, out) == (2, "")
    assert said in err
