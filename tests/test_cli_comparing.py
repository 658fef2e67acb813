"""The command compare: tables in both languages, JSON, CSV, texts to compare with, files that cannot be read."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path

import pytest
from conftest import REPORTS

from zhgovtext.cli import main
from zhgovtext.comparison import compare
from zhgovtext.report import analyze

Output = pytest.CaptureFixture[str]

OLD = """青石县水利局2018年政府信息公开工作年度报告
全年收到政府信息公开申请8件，被申请行政复议2件。
河道采砂许可的受理条件和办理结果在县政府网站逐月公示，全年办理行政许可31件。
"""
NEW = """青石县水利局2019年政府信息公开工作年度报告
全年收到政府信息公开申请10余件，被申请行政复议3件。
河道采砂许可的受理条件和办理结果在县政府网站逐月公示，全年办理行政许可44件。
围绕农村供水水价改革发布政策解读材料6篇，用漫画说明水费怎么算。
"""


def run(capsys: Output, *arguments: str | Path) -> tuple[int, str, str]:
    try:
        code = main([*map(str, arguments)])
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "old.txt", tmp_path / "new.txt"]
    for path, text in zip(paths, (OLD, NEW), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def row_of(out: str, label: str) -> list[str]:
    """The cells of the first line that begins with a label."""
    return next(line.split() for line in out.splitlines() if line.startswith(label))


def test_a_table_in_english(files: list[Path], capsys: Output) -> None:
    code, out, err = run(capsys, "compare", *files, "--lang", "en")
    assert (code, err) == (0, "")
    assert row_of(out, "[1]") == ["[1]", "old.txt", "青石县水利局", "2018", "2"]
    assert row_of(out, "request.received") == ["request.received", "件", "8", "＞10", "≈+2", "(+25.0%)"]
    assert row_of(out, "review.total") == ["review.total", "件", "2", "3", "≠"]
    assert "≠ review.total: from 2019" in out
    assert row_of(out, "interpretation.items") == ["interpretation.items", "篇", "·", "6", "–"]
    shares = [cell for cell in row_of(out, "interpretation Policy")[3:] if "%" in cell]
    assert shares == ["0.0%", "33.3%", "100.0%"]
    assert "* without the copied sentences" in out
    assert "[2] 2019  [1] old.txt" in out
    assert "earlier year  2/3 (66.7%)" in out
    assert "[1] same but for figures and names: 河道采砂许可" in out


def test_marks_of_what_is_not_plain(tmp_path: Path, capsys: Output) -> None:
    """A report that contradicts itself, few clauses, a sentence that the rules ask for; the longest copy first."""
    asked = "本报告依据《中华人民共和国政府信息公开条例》编制。\n"
    short = "灌区用水计划按旬张贴在村口公告栏。\n"
    paths = [tmp_path / "old.txt", tmp_path / "new.txt"]
    paths[0].write_text(OLD + asked + short, encoding="utf-8")
    again = "二、依申请公开\n2019年，收到政府信息公开申请12件。\n"
    paths[1].write_text(NEW.replace("10余件", "10件") + short + asked + again, encoding="utf-8")
    code, out, err = run(capsys, "compare", *paths, "--lang", "en")
    assert (code, err) == (0, "")
    assert row_of(out, "request.received")[3] == "10!"
    assert "! [2] request.received: also 12" in out
    assert "few clauses: read with care" in out
    listed = out.split("[2]: the longest 3 of 3 copied sentences\n")[1].splitlines()
    assert [line.split(": ")[1][:4] for line in listed] == ["河道采砂", "全年收到", "灌区用水"]


def shown(text: str) -> int:
    """Places that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def test_a_table_in_chinese_is_aligned(files: list[Path], capsys: Output) -> None:
    """The figures of the first report end where its year does, a Chinese character taking two places."""
    code, out, err = run(capsys, "compare", *files, "--lang", "zh")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    head = next(line for line in lines if line.startswith("指标 "))
    end = shown(head[: head.index("2018") + 4])
    for label, figure in (("收到申请数", " 8 "), ("行政复议数量", " 2 "), ("政策解读稿件发布数", " · ")):
        line = next(line for line in lines if line.startswith(label + " "))
        assert shown(line[: line.index(figure) + 2]) == end
    assert "仅数字或名称不同: 河道采砂许可" in out


def test_json_is_the_comparison(files: list[Path], capsys: Output) -> None:
    code, out, err = run(capsys, "compare", *files, "--format", "json", "--lang", "en", "-n", "3")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record.pop("errors") == []
    expected = compare([analyze(path) for path in files], keywords=3, language="en").to_dict()
    assert record == json.loads(json.dumps(expected))


def test_csv_is_one_long_table(files: list[Path], capsys: Output) -> None:
    code, out, err = run(capsys, "compare", *files, "--format", "csv", "--lang", "en")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    by_key = {(row["part"], row["code"], row["report"], row["unit"]): row for row in rows}
    received = by_key["indicator", "request.received", "new.txt", "件"]
    assert (received["value"], received["qualifier"], received["before"]) == ("10", "more_than", "old.txt")
    assert (received["change"], received["growth"]) == ("2", "0.25")
    assert by_key["indicator", "review.total", "new.txt", "件"]["reason"] == "break"
    assert by_key["indicator", "interpretation.items", "old.txt", "篇"]["state"] == "missing"
    cell = by_key["category", "interpretation", "new.txt", ""]
    assert (cell["value"], cell["uncopied_value"], cell["uncopied_n"]) == ("0.333333", "1.0", "1")
    assert by_key["copied", "old.txt", "new.txt", "sentences"]["value"] == "0.666667"
    assert by_key["copied", "", "old.txt", ""]["reason"] == "no_source"
    assert {row["part"] for row in rows} == {"indicator", "category", "balance", "keyness", "copied"}


def test_a_text_to_compare_with(files: list[Path], tmp_path: Path, capsys: Output) -> None:
    """One report is enough where there is a text; the sentence that stands in it is copied."""
    policy = tmp_path / "policy.txt"
    policy.write_text("各地发布政策解读材料，可以用漫画说明水费怎么算，也可以拍摄短片。\n", encoding="utf-8")
    code, out, err = run(capsys, "compare", files[1], "--against", policy, files[0], "--format", "json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record["texts"] == ["policy.txt", "old.txt"]
    assert [source["relation"] for source in record["copying"][0]["sources"]] == ["text", "text"]
    assert [source["sentences"]["copied"] for source in record["copying"][0]["sources"]] == [0, 2]


def test_a_file_that_cannot_be_read_is_named(files: list[Path], tmp_path: Path, capsys: Output) -> None:
    missing = tmp_path / "missing.txt"
    for extra in ([missing], ["--against", missing]):
        code, out, err = run(capsys, "compare", *files, *extra, "--format", "json")
        assert code == 1
        assert err.startswith(f"zhgovtext: {missing}: ")
        record = json.loads(out)
        assert len(record["reports"]) == 2
        assert [error["source"]["name"] for error in record["errors"]] == [str(missing)]


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_no_file_can_be_read(tmp_path: Path, form: str, capsys: Output) -> None:
    code, out, err = run(capsys, "compare", tmp_path / "a.txt", tmp_path / "b.txt", "--format", form)
    assert code == 1
    assert len(err.splitlines()) == 2
    assert "Traceback" not in err
    if form == "json":
        assert json.loads(out)["reports"] == []


def test_what_cannot_be_compared_is_told_in_both_languages(tmp_path: Path, capsys: Output) -> None:
    heading, plain = tmp_path / "a.txt", tmp_path / "b.txt"
    heading.write_text("一、概述\n", encoding="utf-8")
    plain.write_text("全年平稳。\n", encoding="utf-8")
    for language, said in (("en", "[1][2] no year was found"), ("zh", "[1][2] 未识别出年度")):
        code, out, err = run(capsys, "compare", heading, plain, "--lang", language)
        assert (code, err) == (0, "")
        assert said in out
        assert "nan" not in out.lower()


def test_one_report_is_a_wrong_request(files: list[Path], capsys: Output) -> None:
    code, out, err = run(capsys, "compare", files[0])
    assert (code, out) == (2, "")
    assert err == "zhgovtext: one report was given (give two or more, or a text after --against)\n"


def test_the_years_of_an_agency(capsys: Output) -> None:
    """Every part says something of every report; no value stands as None."""
    paths = sorted(REPORTS.glob("tingyuan-*.txt"))
    for language in ("en", "zh"):
        code, out, err = run(capsys, "compare", *paths, "--lang", language)
        assert (code, err) == (0, "")
        assert "None" not in out
        for number in ("[1] 2021", "[2] 2022", "[3] 2023"):
            assert out.count(number) >= 4
