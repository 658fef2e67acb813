"""The commands for researchers: sample, agreement, train, evaluate, explain, codebook; own codebooks and models."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import REPORTS, ROOT

from zhgovtext.cli import main
from zhgovtext.cli.texts import load_texts
from zhgovtext.errors import DataError
from zhgovtext.resources import data_path

CODEBOOK = """name = "tone"
version = "1"
unit = "sentence"

[[category]]
code = "praise"
zh = "成绩"
en = "Praise"
definition = "what went well"

[[category]]
code = "tone_other"
zh = "其他语气"
en = "Other tone"
definition = "the rest"
"""

Output = pytest.CaptureFixture[str]


def run(capsys: Output, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command, its labels in English."""
    try:
        code = main([*map(str, arguments)])
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


def write_rows(path: Path, rows: Sequence[Sequence[str]], columns: Sequence[str] = ("id", "text", "category")) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


# texts ---------------------------------------------------------------------------------------------------------------


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "zhgovtext" / "cli").glob("*.py"))
    used = set(re.findall(r"""texts(?:\(options\.lang\))?\[["'](\w+)["']\]""", source))
    # Keys that the program puts together.
    used |= {"interpretation", "news", "for", "against", "by_id", "by_text", "bootstrap_report", "bootstrap_unit"}
    used |= {"in_text", "in_heading", "in_before", "in_after"}
    used |= {"indicator", "value", "unit", "period", "source", "quote"}
    used |= {f"batch_{what}" for what in ("failed", "kept", "older", "removed", "unusable")}
    assert used == set(load_texts("en")) == set(load_texts("zh"))


def test_texts_in_chinese_are_chinese() -> None:
    for key, text in load_texts("zh").items():
        assert re.search("[一-鿿，]", text), key


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("share\tagain\t又", "line 4: has the key 'share' twice"),
        ("empty\tsomething\t", "line 4: has an empty cell"),
        ("names\t{n} of {all}\t{n} 句", "line 4: fills in different names in its two languages"),
        ("names\tfew", "line 4: has 2 cells where 3 are expected"),
    ],
)
def test_a_faulty_text_is_named(row: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "texts.tsv"
    path.write_text(f"# comment\nkey\ten\tzh\nshare\tshare\t占比\n{row}\n", "utf-8")
    monkeypatch.setattr("zhgovtext.resources.data_path", lambda *_: path)
    with pytest.raises(DataError, match=re.escape(message)):
        load_texts.__wrapped__("en")


# sample --------------------------------------------------------------------------------------------------------------

REPORT, OTHER = REPORTS / "yunlan-2017.txt", REPORTS / "qingshi-2011.txt"


@pytest.mark.parametrize("by", ["random", "uncertain", "category", "year", "agency"])
def test_a_sample_is_a_file_to_code(by: str, capsys: Output, tmp_path: Path) -> None:
    path = tmp_path / "抽样.csv"
    code, out, err = run(capsys, "sample", REPORT, OTHER, "-n", "9", "--by", by, "-o", path)
    assert (code, err) == (0, "")
    assert out == f"9 sentences of 2 reports drawn: {path}\n"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,report,")
    rows = read_rows(path)
    assert len({row["id"] for row in rows}) == 9
    assert {row["category"] for row in rows} == {""}
    texts = {file.name: file.read_text(encoding="utf-8") for file in (REPORT, OTHER)}
    assert all(texts[row["report"]][int(row["start"]) : int(row["end"])].strip() == row["text"] for row in rows)
    assert list(tmp_path.iterdir()) == [path]


def test_the_ways_to_draw_are_those_of_the_library() -> None:
    from zhgovtext.cli.research import WAYS
    from zhgovtext.sampling import WAYS as KNOWN

    assert WAYS == KNOWN


def test_the_seed_decides(capsys: Output, tmp_path: Path) -> None:
    drawn = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        run(capsys, "sample", REPORT, OTHER, "-n", "9", "--seed", seed, "-o", tmp_path / name)
        drawn.append((tmp_path / name).read_bytes())
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_report_that_cannot_be_read_is_named_and_the_rest_is_drawn_from(capsys: Output, tmp_path: Path) -> None:
    missing, path = tmp_path / "missing.txt", tmp_path / "out.csv"
    code, out, err = run(capsys, "sample", missing, REPORT, "-n", "3", "-o", path)
    assert code == 1
    assert out.startswith("3 sentences of 1 reports drawn")
    assert err == f"zhgovtext: {missing}: there is no such file\n"
    assert len(read_rows(path)) == 3
    code, out, err = run(capsys, "sample", missing, "-o", tmp_path / "none.csv")
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert not (tmp_path / "none.csv").exists()


def test_a_sample_never_destroys_work(capsys: Output, tmp_path: Path) -> None:
    coded = write_rows(tmp_path / "coded.csv", [("1", "公开3条。", "proactive"), ("2", "公开4条。", "")])
    before = coded.read_bytes()
    code, out, err = run(capsys, "sample", REPORT, "-o", coded)
    assert (code, out) == (1, "")
    assert err == f"zhgovtext: {coded}: has 1 coded sentences, which would be lost (choose another name after -o)\n"
    assert coded.read_bytes() == before
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes", encoding="utf-8")
    assert run(capsys, "sample", REPORT, "-o", notes)[0] == 1
    assert notes.read_text(encoding="utf-8") == "my notes"
    # A sample that nobody has coded yet is drawn anew.
    path = tmp_path / "sample.csv"
    assert [run(capsys, "sample", REPORT, "-n", n, "-o", path)[0] for n in ("3", "4")] == [0, 0]
    assert len(read_rows(path)) == 4


def test_a_sample_needs_a_place(capsys: Output, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "out.csv", write_rows(tmp_path / "a.csv", []) / "out.csv"):
        code, out, err = run(capsys, "sample", REPORT, "-o", path)
        assert (code, out) == (1, "")
        assert err == f"zhgovtext: {path}: cannot be written: there is no such directory (choose one that exists)\n"


# agreement -----------------------------------------------------------------------------------------------------------

TEXTS = ("公开3条。", "收到申请2件。", "收到申请4件。", "=解读6篇。")
FIRST, SECOND = ("proactive", "on_request", "on_request", "news"), ("proactive", "on_request", "proactive", "news")


@pytest.fixture
def coders(tmp_path: Path) -> tuple[Path, Path]:
    """Four sentences; the two agree on three. By chance (1×2 + 2×1 + 1×1)/16 = 5/16 would: kappa (12-5)/(16-5)."""
    one, other = (
        write_rows(tmp_path / name, [(str(at), *row) for at, row in enumerate(zip(TEXTS, codes, strict=True))])
        for name, codes in (("one.csv", FIRST), ("two.csv", SECOND))
    )
    return one, other


def test_agreement_for_people(coders: tuple[Path, Path], capsys: Output) -> None:
    code, out, err = run(capsys, "agreement", *coders)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["2", "coders,", "4", "sentences", "coded", "by", "two", "or", "more", "(matched", "by", "id)"]
    assert ["percent", "agreement", "0.750"] in [line[:3] for line in lines]
    assert ["Cohen's", "kappa", "0.636"] in [line[:3] for line in lines]
    # 2 × 1 both / (1 + 2) given by either.
    assert ["proactive", "Proactive", "disclosure", "1", "2", "0.667"] in [line[:6] for line in lines]
    assert not any(line[:1] == ["decision"] for line in lines)
    assert ["Disputes:", "1"] in lines
    assert lines[-1] == ["2", "on_request", "proactive", "收到申请4件。"]
    assert "Where units end: the same in all reports (1)" in out
    chinese = run(capsys, "agreement", *coders, "--lang", "zh")[1]
    assert "分歧：1 条" in chinese
    assert "Cohen κ" in chinese
    assert "coders" not in chinese


def test_agreement_for_programs(coders: tuple[Path, Path], capsys: Output) -> None:
    found = json.loads(run(capsys, "agreement", *coders, "--format", "json")[1])
    assert found["coders"] == ["one.csv", "two.csv"]
    assert (found["n"], found["percent"]["value"], found["kappa"]["value"]) == (4, 0.75, 0.636364)
    assert [dispute["codes"] for dispute in found["disputes"]] == [["on_request", "proactive"]]
    rows = list(csv.DictReader(io.StringIO(run(capsys, "agreement", *coders, "--format", "csv")[1])))
    assert [(row["id"], row["text"], row["one.csv"], row["two.csv"]) for row in rows] == [
        ("2", "收到申请4件。", "on_request", "proactive")
    ]


def test_agreement_of_three(coders: tuple[Path, Path], capsys: Output, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    third = tmp_path / "more" / "one.csv"
    third.write_bytes(coders[0].read_bytes())
    code, out, _ = run(capsys, "agreement", *coders, third)
    assert code == 0
    assert "3 coders" in out
    # Two files of one name are told apart by their directories.
    assert f"{coders[0]} and {third}: 4 sentences, percent agreement 1.000, kappa 1.000" in out


def test_agreement_says_what_was_left_out(coders: tuple[Path, Path], capsys: Output, tmp_path: Path) -> None:
    rows = [("0", TEXTS[0], FIRST[0]), ("1", TEXTS[1], ""), ("9", "另一句。", "other")]
    out = run(capsys, "agreement", coders[0], write_rows(tmp_path / "short.csv", rows))[1]
    assert "short.csv: of 3 sentences 1 stand in no other file, 1 are not coded" in out


def test_agreement_says_where_units_end_otherwise(capsys: Output, tmp_path: Path) -> None:
    """The second joins the first two: 2 ends (the last is no choice) against 1, at 2 places; of 15
    characters the first 5 are proactive to the one and news to the other."""
    texts = ("公开三件。", "办结三件。", "无人申请。")
    first = write_rows(tmp_path / "a.csv", list(zip("123", texts, ("proactive", "news", "other"), strict=True)))
    joined = [("1", texts[0] + texts[1], "news"), ("2", texts[2], "other")]
    second = write_rows(tmp_path / "b.csv", joined)
    code, out, err = run(capsys, "agreement", first, second)
    assert (code, err) == (0, "")
    assert "Where units end: a.csv 2, b.csv 1, the same 1 (share 0.667; kappa 0.000 over 2 places)" in out
    assert "1 reports are cut differently; by characters (15) the categories agree to 0.667" in out


def test_codes_of_ones_own_need_no_codebook_but_slips_are_named(capsys: Output, tmp_path: Path) -> None:
    own = [write_rows(tmp_path / f"{name}.csv", [("1", "甲。", "7"), ("2", "乙。", name)]) for name in "ab"]
    assert run(capsys, "agreement", *own)[::2] == (0, "")
    rows = [(str(at), *row) for at, row in enumerate(zip(TEXTS, SECOND, strict=True))]
    slip = write_rows(tmp_path / "slip.csv", [*rows[:3], ("3", TEXTS[3], "mews")])
    code, out, err = run(capsys, "agreement", write_rows(tmp_path / "right.csv", rows), slip)
    assert (code, "mews" in out) == (0, True)
    assert err.startswith(f"zhgovtext: {slip}, line 5: 'mews' is counted as a category")
    shipped = data_path("codebook", "disclosure.toml")
    code, out, err = run(capsys, "agreement", tmp_path / "right.csv", slip, "--codebook", shipped)
    assert (code, out) == (1, "")
    assert err.startswith(f"zhgovtext: {slip}, line 5: the codebook disclosure has no category 'mews'")


def test_agreement_needs_two_files_with_sentences_in_common(coders: tuple[Path, Path], capsys: Output) -> None:
    code, out, err = run(capsys, "agreement", coders[0])
    assert (code, out) == (2, "")
    assert err == f"zhgovtext: {coders[0]}: one file was given (name the file of every coder)\n"
    apart = write_rows(coders[0].parent / "apart.csv", [("x", "别的句子。", "other")])
    code, out, err = run(capsys, "agreement", coders[0], apart)
    assert (code, out) == (1, "")
    assert err.startswith(f"zhgovtext: {coders[0]}, {apart}: no sentence is coded in two of the files")


# codebook ------------------------------------------------------------------------------------------------------------


def test_the_shipped_codebook_is_printed_as_it_is(tmp_path: Path, capsys: Output) -> None:
    """UTF-8 even where the console is not."""
    environment = {**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "zhgovtext", "codebook"], capture_output=True, env=environment, check=True
    )
    assert done.stdout.decode("utf-8").splitlines() == (
        data_path("codebook", "disclosure.toml").read_text(encoding="utf-8").splitlines()
    )
    path = tmp_path / "mine.toml"
    path.write_bytes(done.stdout)
    assert len(tomllib.loads(path.read_text(encoding="utf-8"))["category"]) == 17
    code, out, err = run(capsys, "codebook", path)
    assert (code, err) == (0, "")
    assert re.match(re.escape(f"{path}: the codebook disclosure ") + r"\S+ is in order, 17 categories\n", out)


def test_another_wording_of_the_shipped_codebook_needs_no_training(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "mine.toml"
    shipped = data_path("codebook", "disclosure.toml").read_text(encoding="utf-8")
    path.write_text(shipped.replace('zh = "决策公开"', 'zh = "决策过程"'), encoding="utf-8")
    code, out, err = run(capsys, "summary", REPORT, "--codebook", path, "--lang", "zh")
    assert (code, err) == (0, "")
    assert "decision 决策过程" in out


def test_a_faulty_codebook_is_told_with_its_line(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(CODEBOOK.replace('"tone_other"', '"praise"'), encoding="utf-8")
    for arguments in (("codebook", path), ("summary", REPORT, "--codebook", path)):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (1, "")
        assert err.startswith(f"zhgovtext: {path}, line 11: has the code 'praise' twice")


# train, evaluate, explain --------------------------------------------------------------------------------------------

PRAISE = ("工作取得明显成效。", "成效十分明显。", "公开质量明显提升。", "服务水平显著提升。")
REST = ("本报告由办公室编制。", "本报告由六个部分组成。", "欢迎来电咨询。", "电话咨询请拨打热线。")


@pytest.fixture(scope="session")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six reports of four sentences, two of each kind."""
    rows = []
    for report in range(6):
        for at in range(2):
            for category, texts in (("praise", PRAISE), ("tone_other", REST)):
                text = texts[(report + at) % 4]
                rows.append((f"{report}-{at}-{category}", f"report {report}", text, category))
    path = tmp_path_factory.mktemp("coded") / "coded.csv"
    return write_rows(path, rows, ("id", "report", "text", "category"))


@pytest.fixture(scope="session")
def codebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codebook") / "tone.toml"
    path.write_text(CODEBOOK, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def trained(coded: Path, codebook: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A model of one's own, and what was printed when it was trained: through a real process."""
    directory = tmp_path_factory.mktemp("models") / "tone"
    done = subprocess.run(
        [sys.executable, "-m", "zhgovtext", "train", coded, "-o", directory, "--codebook", codebook],
        capture_output=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return directory, done.stdout.decode("utf-8")


@pytest.fixture
def model(trained: tuple[Path, str]) -> Path:
    return trained[0]


def test_training_says_how_well_it_went(trained: tuple[Path, str]) -> None:
    directory, out = trained
    lines = out.splitlines()
    assert lines[0].startswith("Cross-validation: every report")
    assert lines[1] == "24 hand-coded sentences of 6 reports"
    assert lines[-1] == f"Written: {directory}"
    assert sum(line.startswith("accuracy") for line in lines) == 2
    curve = lines[
        lines.index("Learning curve: how well a model codes that has learned from so many sentences") + 2 : -2
    ]
    # Five folds of the six reports: one holds out two of them, four hold out one. Averaged over the sentences held out,
    # (8 × 16 + 16 × 20) / 24 = 18.67 are learned from.
    assert curve[-1].split()[0] == "19"
    assert (directory / "codebook.toml").read_text(encoding="utf-8") == CODEBOOK
    about = json.loads((directory / "model.json").read_text(encoding="utf-8"))["about"]
    assert (about["data"]["files"], about["data"]["units"]) == ("coded.csv", 24)
    assert "# Model card: tone" in (directory / "card.md").read_text(encoding="utf-8")
    assert [path.name for path in directory.parent.iterdir()] == ["tone"]


def test_a_model_of_ones_own_drops_in_everywhere(
    model: Path, codebook: Path, coded: Path, capsys: Output, tmp_path: Path
) -> None:
    """It brings its codebook with it."""
    report = tmp_path / "report.txt"
    report.write_text("一、概述\n工作取得明显成效。\n本报告由办公室编制。\n", encoding="utf-8")
    code, out, err = run(capsys, "categories", report, "--model", model)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["Praise", "Other"]
    for command in ("summary", "keywords", "facts", "checks", "balance"):
        assert run(capsys, command, report, "--model", model, "--codebook", codebook)[::2] == (0, "")
    shares = json.loads(run(capsys, "summary", report, "--model", model, "--format", "json")[1])[0]["category_shares"]
    assert [(share["category"], share["sentences"]) for share in shares] == [("praise", 1), ("tone_other", 1)]
    rows = run(capsys, "categories", report, "--model", model, "--scores", "--format", "csv")[1]
    assert rows.splitlines()[0].endswith(",text,score_praise,score_tone_other")
    assert run(capsys, "sample", report, "-n", "2", "--model", model, "-o", tmp_path / "sample.csv")[0] == 0


def test_the_least_probability_leaves_sentences_uncoded(model: Path, capsys: Output, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("公开十二条。", encoding="utf-8")
    arguments = ("categories", report, "--model", model, "--format", "json", "--min-probability")
    found = [json.loads(run(capsys, *arguments, p)[1])[0]["sentences"][0]["category"] for p in ("0", "1")]
    assert found[0] in ("praise", "tone_other")
    assert found[1] is None


def test_evaluation(model: Path, capsys: Output, tmp_path: Path) -> None:
    """Three that the model saw, one of them coded otherwise on purpose: accuracy 2/3, F1 2·1/(2+1) and 2·1/(1+2)."""
    rows = [("a", PRAISE[0], "praise"), ("b", REST[0], "tone_other"), ("c", "=" + PRAISE[1], "tone_other")]
    path = write_rows(tmp_path / "coded.csv", rows)
    found = json.loads(run(capsys, "evaluate", path, "--model", model, "--format", "json")[1])
    assert (found["n"], found["accuracy"]["value"], found["confusion"]) == (3, 0.666667, [[1, 0, 0], [1, 1, 0]])
    assert [round(category["f1"]["value"], 3) for category in found["categories"]] == [0.667, 0.667]
    assert found["options"] == {"context": True, "min_probability": 0.0}
    (error,) = found["errors"]
    assert (error["id"], error["truth"], error["predicted"]) == ("c", "tone_other", "praise")
    listed = list(csv.DictReader(io.StringIO(run(capsys, "evaluate", path, "--model", model, "--format", "csv")[1])))
    assert [(row["id"], row["text"], row["truth"], row["predicted"]) for row in listed] == [
        ("c", "'=" + PRAISE[1], "tone_other", "praise")
    ]
    code, out, err = run(capsys, "evaluate", path, "--model", model)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["accuracy", "0.667"] in [line[:2] for line in lines]
    assert ["1", "praise", "1", "·"] in lines
    assert ["2", "tone_other", "1", "1"] in lines
    assert lines[-1][:3] == ["c", "tone_other", "praise"]
    assert "准确率" in run(capsys, "evaluate", path, "--model", model, "--lang", "zh")[1]


def test_evaluation_counts_what_is_left_uncoded(model: Path, capsys: Output, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "coded.csv", [("a", PRAISE[0], "praise"), ("b", REST[0], "tone_other")])
    arguments = ("evaluate", path, "--model", model, "--min-probability", "1", "--no-context", "--format", "json")
    found = json.loads(run(capsys, *arguments)[1])
    assert (found["abstained"], found["confusion"], found["errors"]) == (2, [[0, 0, 1], [0, 0, 1]], [])
    assert found["options"] == {"context": False, "min_probability": 1.0}


def test_explanation(model: Path, capsys: Output) -> None:
    code, out, err = run(capsys, "explain", PRAISE[0], "--model", model)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["category", "probability"]
    assert lines[1][:2] == ["praise", "Praise"]
    assert "Speaks for praise Praise:" in out
    assert ["sentence", "成效"] in [line[1:] for line in lines]
    arguments = ("explain", REST[0], "--heading", "一、成效", "--before", PRAISE[0], "--after", REST[1])
    found = json.loads(run(capsys, *arguments, "--model", model, "--format", "json")[1])
    assert sum(found["scores"].values()) == pytest.approx(1, abs=1e-5)
    terms = [*found["terms_for"], *found["terms_against"]]
    assert {term["part"] for term in terms} <= {"text", "heading", "before", "after"}
    assert all(term["weight"] > 0 for term in found["terms_for"])
    assert all(term["weight"] < 0 for term in found["terms_against"])
    chinese = run(capsys, "explain", PRAISE[0], "--model", model, "--lang", "zh")[1]
    assert "支持 praise 成绩：" in chinese


def test_a_codebook_that_does_not_fit_the_model_is_one_line_with_a_remedy(
    model: Path, codebook: Path, coded: Path, capsys: Output, tmp_path: Path
) -> None:
    turned = tmp_path / "turned.toml"
    head, first, second = CODEBOOK.split("[[category]]")
    turned.write_text(f"{head}[[category]]{second}\n[[category]]{first}", encoding="utf-8")
    remedy = "(give --model a model trained with this codebook (zhgovtext train "
    for book, problem in (
        (turned, "the categories stand in another order"),
        (data_path("codebook", "disclosure.toml"), "; only the model has praise, tone_other"),
    ):
        for arguments in (
            ("summary", REPORT, "--format", "json"),
            ("evaluate", coded),
            ("explain", PRAISE[0]),
            ("sample", REPORT, "-o", tmp_path / "out.csv"),
        ):
            code, out, err = run(capsys, *arguments, "--model", model, "--codebook", book)
            assert (code, out, len(err.splitlines())) == (1, "", 1)
            assert f"{problem} {remedy}" in err
    assert run(capsys, "summary", REPORT, "--codebook", codebook)[0] == 1
    assert not (tmp_path / "out.csv").exists()


def test_a_model_that_is_none(model: Path, capsys: Output, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model, copy)
    data = (copy / "text_weights.npy").read_bytes()
    (copy / "text_weights.npy").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    for directory, problem in ((copy, "differs from what model.json says"), (tmp_path, "is no model directory")):
        code, out, err = run(capsys, "summary", REPORT, "--model", directory, "--format", "json")
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert problem in err


def test_a_model_that_lost_its_codebook(model: Path, codebook: Path, capsys: Output, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model, copy)
    (copy / "codebook.toml").unlink()
    code, out, err = run(capsys, "explain", PRAISE[0], "--model", copy)
    assert (code, out) == (1, "")
    assert err == (
        f"zhgovtext: {copy}: has no codebook.toml, and its categories are not the shipped ones "
        "(name it with --codebook)\n"
    )
    assert run(capsys, "explain", PRAISE[0], "--model", copy, "--codebook", codebook)[0] == 0


def test_a_name_that_the_system_refuses_is_one_line(coded: Path, capsys: Output) -> None:
    name = "长" * 5000
    for arguments in (
        ("summary", REPORT, "--model", name),
        ("sample", REPORT, "-o", name),
        ("train", coded, "-o", name),
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert "File name too long" in err


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([("1", PRAISE[0], "praise"), ("2", REST[0], "news")], "line 3: the codebook tone has no category 'news'"),
        ([("1", PRAISE[0], "praise"), ("1", REST[0], "tone_other")], "line 3: the id '1' stands on line 2 too"),
        ([("1", PRAISE[0], "praise"), ("2", REST[0], "")], "line 3: the category is empty"),
        ([("1", PRAISE[0], "praise"), ("2", PRAISE[1], "praise")], "no unit is coded 'tone_other'"),
    ],
)
def test_coded_sentences_that_teach_nothing(
    rows: list[tuple[str, str, str]], problem: str, codebook: Path, capsys: Output, tmp_path: Path
) -> None:
    path, directory = write_rows(tmp_path / "coded.csv", rows), tmp_path / "model"
    code, out, err = run(capsys, "train", path, "--codebook", codebook, "-o", directory)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith(f"zhgovtext: {path}")
    assert problem in err
    assert [file.name for file in tmp_path.iterdir()] == ["coded.csv"]


def test_a_sentence_of_two_files_is_learned_once_and_never_in_two_ways(
    coded: Path, codebook: Path, capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[int] = []

    def build_model(units: Sequence[object], *_: object, **__: object) -> None:
        learned.append(len(units))
        raise KeyboardInterrupt

    monkeypatch.setattr("zhgovtext.training.build_model", build_model)
    arguments = ("--codebook", codebook, "-o", tmp_path / "model")
    # Made-up ids are no ids: both files have a line 2.
    more = [write_rows(tmp_path / f"{name}.csv", [(text, name)], ("text", "category")) for name, text in
            (("praise", PRAISE[0]), ("tone_other", REST[0]))]  # fmt: skip
    run(capsys, "train", coded, coded, *more, *arguments)
    assert learned == [24 + 2]
    other = write_rows(tmp_path / "other.csv", [("0-0-praise", PRAISE[0], "tone_other")])
    code, out, err = run(capsys, "train", coded, other, *arguments)
    assert (code, out, learned) == (1, "", [26])
    assert err == (
        f"zhgovtext: {other}, line 2: 0-0-praise is 'tone_other' here and 'praise' in {coded}, line 2 "
        "(settle what the coders dispute in one file, and train on that)\n"
    )


@pytest.mark.parametrize("command", ["train", "sample"])
def test_a_place_that_may_not_be_written_is_told_before_the_work(
    command: str, coded: Path, codebook: Path, capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("zhgovtext.training.build_model", None)
    monkeypatch.setattr("zhgovtext.sampling.draw_sample", None)
    arguments = {"train": (coded, "--codebook", codebook), "sample": (REPORT,)}[command]
    code, out, err = run(capsys, command, *arguments, "-o", tmp_path / "out")
    assert (code, out) == (1, "")
    assert err == (
        f"zhgovtext: {tmp_path / 'out'}: cannot be written: {tmp_path} takes no files of yours "
        "(choose another place after -o)\n"
    )


def test_training_destroys_nothing_that_is_no_model(
    coded: Path, codebook: Path, capsys: Output, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("keep", encoding="utf-8")
    for place in (tmp_path, note):
        code, out, err = run(capsys, "train", coded, "--codebook", codebook, "-o", place)
        assert (code, out) == (1, "")
        assert err == f"zhgovtext: {place}: is there and is no model (choose another directory)\n"
    assert note.read_text(encoding="utf-8") == "keep"


@pytest.mark.parametrize("command", ["train", "sample"])
def test_an_interrupt_leaves_no_half_file(
    command: str, coded: Path, codebook: Path, capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("zhgovtext.training.build_model", interrupt)
    monkeypatch.setattr("zhgovtext.sampling.draw_sample", interrupt)
    arguments = {"train": (coded, "--codebook", codebook), "sample": (REPORT,)}[command]
    assert run(capsys, command, *arguments, "-o", tmp_path / "out") == (130, "", "zhgovtext: interrupted\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [("sample", "a.txt"), ("sample", "a.txt", "-o", "x.csv", "--by", "luck"), ("train", "a.csv"), ("agreement",),
     ("evaluate", "a.csv", "b.csv"), ("evaluate", "a.csv", "--min-probability", "2"), ("explain",),
     ("agreement", "a.csv", "b.csv", "--format", "jsonl"), ("sample", str(REPORT), "-n", "0", "-o", "never.csv"),
     ("explain", " ")],
)  # fmt: skip
def test_wrong_usage(arguments: tuple[str, ...], capsys: Output) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
