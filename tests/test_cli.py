"""The commands that read reports; a few of the tests start a real process."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import REPORTS, ROOT

from zhgovtext.cli import main
from zhgovtext.codebook import load_codebook
from zhgovtext.resources import data_path

REPORT = REPORTS / "yunlan-2017.txt"
OTHER = REPORTS / "qingshi-2011.txt"
COMMANDS = ("summary", "keywords", "categories", "facts", "balance")


def run(*arguments: str | Path, stdin: bytes = b"", language: str = "C.UTF-8") -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command run in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", language)
        for name, stream in (("stdin", io.TextIOWrapper(io.BytesIO(stdin))), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        try:
            code = main([*map(str, arguments)])
        except SystemExit as stop:
            code = int(stop.code or 0)
    return code, *(_written(stream) for stream in (out, err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.buffer.seek(0)
    return stream.buffer.read().decode("utf-8")


def start(*arguments: str | Path, stdin: bytes = b"", language: str = "C.UTF-8") -> tuple[int, str, str]:
    """The same through a real process."""
    environment = {**os.environ, "LC_ALL": language, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-m", "zhgovtext", *map(str, arguments)], input=stdin, capture_output=True, env=environment
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_for_people(command: str, language: str) -> None:
    code, out, err = run(command, REPORT, "--lang", language)
    assert (code, err) == (0, "")
    assert out.startswith("yunlan-2017.txt")
    assert len(out.splitlines()) > 3


def test_summary_says_what_the_report_is_about() -> None:
    code, out, _ = start("summary", REPORT, OTHER, language="zh_CN.UTF-8")
    assert code == 0
    for expected in (
        "云澜市人民政府",
        "2017",
        "关键词: ",
        "decision 决策公开",
        "█",
        "政策解读",
        "青石县人民政府",
        "2011",
    ):
        assert expected in out
    assert "category" not in out
    assert "Open decision-making" in start("summary", REPORT, language="en_GB.UTF-8")[1]


KEYS = {
    "summary": {"meta", "category_shares", "keywords", "balance"},
    "keywords": {"keywords"},
    "categories": {"sentences", "category_shares"},
    "facts": {"facts"},
    "balance": {"balance"},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_an_array_with_one_object_an_input(command: str) -> None:
    code, out, err = run(command, REPORT, OTHER, "--format", "json")
    assert (code, err) == (0, "")
    records = json.loads(out)
    assert [record["source"]["name"] for record in records] == [REPORT.name, OTHER.name]
    schema: dict[str, Any] = json.loads(data_path("schema", "report.schema.json").read_text(encoding="utf-8"))
    for record in records:
        assert set(record) == KEYS[command] | {"schema", "source"}
        cut = {**schema, "required": list(record)}
        jsonschema.Draft202012Validator(cut).validate(record)
    lines = run(command, REPORT, OTHER, "--format", "jsonl")[1].splitlines()
    assert [json.loads(line) for line in lines] == records


@pytest.mark.parametrize("command", COMMANDS)
def test_csv(command: str) -> None:
    code, out, _ = run(command, REPORT, OTHER, "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["file"] for row in rows} == {str(REPORT), str(OTHER)}
    record = json.loads(run(command, REPORT, "--format", "json")[1])[0]
    mine = [row for row in rows if row["file"] == str(REPORT)]
    if command == "categories":
        assert [row["text"] for row in mine] == [sentence["text"] for sentence in record["sentences"]]
    if command == "facts":
        assert [row["quote"] for row in mine] == [fact["quote"] for fact in record["facts"]]
        assert [row["value"] for row in mine] == [
            "" if fact["value"] is None else str(fact["value"]) for fact in record["facts"]
        ]


def test_csv_cells_are_no_formulas(tmp_path: Path) -> None:
    path = tmp_path / "=cmd.txt"
    path.write_text("=HYPERLINK(1)公开信息。\n@公开十二条。\n-1条公开。", encoding="utf-8")
    out = run("categories", path, "--format", "csv")[1]
    texts = [row["text"] for row in csv.DictReader(io.StringIO(out))]
    assert texts == ["'=HYPERLINK(1)公开信息。", "'@公开十二条。", "'-1条公开。"]


def test_number_of_keywords() -> None:
    assert len(json.loads(run("keywords", REPORT, "-n", "5", "--format", "json")[1])[0]["keywords"]) == 5


def test_standard_input() -> None:
    for codec in ("utf-8", "gb18030"):
        code, out, _ = start("facts", "-", "--format", "json", stdin="一、概述\n公开1.2万条。".encode(codec))
        assert code == 0
        record = json.loads(out)[0]
        assert record["source"]["name"] == "<stdin>"
        assert [fact["value"] for fact in record["facts"]] == [12000]


def test_traditional_report(shared: Path) -> None:
    code, out, err = run("summary", shared / "zhuhai-2017.txt")
    assert (code, err) == (0, "")
    assert "珠海市人民政府 · 珠海市 · 2017" in out


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, Path]:
    files = {
        "missing": tmp_path / "缺 文件.txt",
        "directory": tmp_path,
        "empty": tmp_path / "empty.txt",
        "binary": tmp_path / "binary.txt",
        "too_large": tmp_path / "huge.txt",
        "no_chinese": tmp_path / "english.txt",
        "encoding": tmp_path / "surrogates.txt",
    }
    files["empty"].write_bytes(b"")
    files["binary"].write_bytes(b"\x7fELF\x00\x00" * 100)
    files["too_large"].write_bytes("公开".encode() * (50_000_000 // 6))
    files["no_chinese"].write_text("Nothing Chinese here.", encoding="utf-8")
    files["encoding"].write_bytes("公开信息".encode() + b"\xed\xa0\x80\xed\xb0\x80" + "年度报告".encode())
    return files


def test_bad_input_is_one_line_each_and_the_rest_is_done(bad: dict[str, Path]) -> None:
    code, out, err = start("summary", REPORT, *bad.values(), OTHER)
    assert code == 1
    assert "云澜市人民政府" in out
    assert "青石县人民政府" in out
    lines = err.splitlines()
    assert len(lines) == len(bad)
    for line, path in zip(lines, bad.values(), strict=True):
        assert line.startswith(f"zhgovtext: {path}")
    assert "Traceback" not in err


def test_bad_input_stands_in_the_array(bad: dict[str, Path]) -> None:
    code, out, _ = run("facts", *bad.values(), OTHER, "--format", "json")
    assert code == 1
    *failed, good = json.loads(out)
    assert [record["error"]["code"] for record in failed] == list(bad)
    assert [set(record) for record in failed] == [{"source", "error"}] * len(bad)
    assert all(record["error"]["message"] for record in failed)
    assert good["source"]["name"] == OTHER.name


@pytest.mark.parametrize(
    "arguments",
    [(), ("summary",), ("nonsense", "a.txt"), ("summary", "--format", "xml", "a.txt"), ("facts", "a.txt", "-n", "3"),
     ("summary", str(REPORT), "--min-probability", "7"), ("keywords", str(REPORT), "-n", "x"),
     ("summary", str(REPORT), "--min-probability", "nan"), ("keywords", str(REPORT), "-n", "-3"),
     ("summary", str(REPORT), "--format", "json", "--min-probability", "7"), ("summary", str(REPORT), "--scores"),
     ("normalize", str(REPORT), "--profile", "klingon", "--format", "json"),
     ("normalize", str(REPORT), "--profile", "klingon")],
)  # fmt: skip
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err


def test_help_and_version() -> None:
    for arguments in (("--help",), ("summary", "--help")):
        code, out, err = start(*arguments)
        assert (code, err) == (0, "")
        assert "usage: zhgovtext" in out
    assert start("--version")[1].startswith("zhgovtext 0.")


def test_help_lists_every_command_with_its_group() -> None:
    reading, research = run("--help")[1].split("reading reports:")[1].split("for researchers:")
    for group, names in (
        (reading, ("summary", "keywords", "categories", "facts", "checks", "balance", "normalize")),
        (research, ("sample", "agreement", "train", "evaluate", "explain", "codebook")),
    ):
        listed = [line.split()[0] for line in group.splitlines() if line.startswith("  ") and len(line.split()) > 3]
        assert tuple(listed[: len(names)]) == names


def test_scores_of_every_category() -> None:
    """They sum to 1, the greatest is the category's, and CSV has the numbers of JSON."""
    codes = list(load_codebook().codes)
    record = json.loads(run("categories", REPORT, "--scores", "--format", "json")[1])[0]
    for sentence in record["sentences"]:
        scores = sentence["scores"]
        assert list(scores) == codes
        assert sum(scores.values()) == pytest.approx(1, abs=1e-4)
        assert scores[sentence["category"]] == sentence["probability"] == max(scores.values())
    out = run("categories", REPORT, "--scores", "--format", "csv")[1]
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0])[-len(codes) :] == [f"score_{code}" for code in codes]
    for row, sentence in zip(rows, record["sentences"], strict=True):
        assert {code: float(row[f"score_{code}"]) for code in codes} == sentence["scores"]
    plain = json.loads(run("categories", REPORT, "--format", "json")[1])[0]
    assert not any("scores" in sentence for sentence in plain["sentences"])


def test_without_context_headings_say_nothing(tmp_path: Path) -> None:
    """Under whatever heading, a sentence is coded alike; with context the heading weighs."""
    sentence = "全年共办理120件，均按时办结。"
    found: dict[str, list[float]] = {"--no-context": [], "--scores": []}
    for name, heading in (("a", "三、依申请公开情况"), ("b", "四、人大建议和政协提案办理结果公开")):
        path = tmp_path / f"{name}.txt"
        path.write_text(f"{heading}\n{sentence}\n", encoding="utf-8")
        for option, scores in found.items():
            out = run("categories", path, option, "--scores", "--format", "json")[1]
            scores.append(json.loads(out)[0]["sentences"][0]["scores"]["on_request"])
    bare, context = found["--no-context"], found["--scores"]
    assert bare[0] == bare[1]
    assert context[0] > context[1] + 0.05


def test_normalize(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("國務院：入口網站公布規範性檔案，規範性檔案共１件\u200b\n", encoding="utf-8")
    assert run("normalize", path) == (0, "国务院：门户网站公布规范性文件，规范性文件共1件\n", "")
    out = run("normalize", path, "--explain")[1].splitlines()
    assert out[0] == "a.txt: hant-tw → tw-mainland (traditional 9, simplified 0, mirror 2, mainland 1)"
    assert out[2].split() == ["規範性檔案", "规范性文件", "2"]
    assert ["U+200B", "–", "1"] in [line.split() for line in out]
    record = json.loads(run("normalize", path, "--format", "json")[1])[0]
    assert record["text"] == "国务院：门户网站公布规范性文件，规范性文件共1件\n"
    assert {"source": "１", "target": "1", "count": 1} in record["changes"]
    assert run("normalize", path, "--profile", "hans")[1].startswith("國務院：入口網站")


@pytest.mark.parametrize("arguments", [f"categories '{REPORT}' '{REPORT}' '{REPORT}' --format jsonl", "codebook"])
def test_a_reader_that_goes_away(arguments: str) -> None:
    command = f"'{sys.executable}' -m zhgovtext {arguments} | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT)
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["summary", str(REPORT), "--format", "json"], ["codebook"]])
def test_a_full_disk_is_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "zhgovtext", *arguments], stdout=full, stderr=subprocess.PIPE, cwd=ROOT
        )
    assert (done.returncode, done.stderr) == (1, b"zhgovtext: No space left on device\n")


def test_interrupt_leaves_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "zhgovtext", "summary", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.decode() == "zhgovtext: interrupted\n"


def test_old_consoles_do_not_break_it() -> None:
    """A terminal that cannot show a character gets a question mark, a program gets UTF-8 all the same."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    for format_ in ("table", "json"):
        done = subprocess.run(
            [sys.executable, "-m", "zhgovtext", "summary", str(REPORT), "--format", format_],
            capture_output=True, env=environment,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8"))[0]["meta"]["region"] == "云澜市"


def test_same_bytes_whatever_the_hash_seed() -> None:
    outputs = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "zhgovtext", "categories", str(REPORT), "--format", "json"],
            capture_output=True, env=environment, check=True,
        )  # fmt: skip
        outputs.add(done.stdout)
    assert len(outputs) == 1
