"""What an attacker who supplies reports, names, tables, codebooks, models or stores can do; ``docs/security.md`` tells
it, and each of its claims names one of these tests or another that is there."""

from __future__ import annotations

import ast
import csv
import importlib
import io
import json
import multiprocessing
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import duckdb
import pytest
from conftest import REPORTS, ROOT
from test_cli import run

from zhgovtext.batch import run_batch
from zhgovtext.cli import main
from zhgovtext.corpus import open_corpus
from zhgovtext.errors import InputError
from zhgovtext.exports import export
from zhgovtext.files import FORMULA, write_whole
from zhgovtext.readers import Limits, read
from zhgovtext.readers.word import find_office, read_old
from zhgovtext.report import analyze_text

PACKAGE = ROOT / "zhgovtext"
PAGE = ROOT / "docs" / "security.md"
REPORT = REPORTS / "yunlan-2017.txt"
SOURCES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}
Refused = Callable[[], list[str]]


def imports(tree: ast.Module) -> set[str]:
    nodes = list(ast.walk(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call by the name that is called: ``eval``, ``os.system``, ``np.load``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            yield ast.unparse(node.func), node


# Code ----------------------------------------------------------------------------------------------------------------


def test_nothing_that_is_read_becomes_code() -> None:
    banned = {
        "pickle",
        "cPickle",
        "dill",
        "cloudpickle",
        "joblib",
        "marshal",
        "shelve",
        "code",
        "codeop",
        "runpy",
        "yaml",
    }
    run_text = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "os.system",
        "os.popen",
        "pd.read_pickle",
        "pandas.read_pickle",
    }
    loads = 0
    for name, tree in TREES.items():
        assert not {module.split(".")[0] for module in imports(tree)} & banned, name
        for called, node in calls(tree):
            assert called not in run_text, (name, node.lineno)
            options = {option.arg: ast.unparse(option.value) for option in node.keywords}
            assert options.get("shell", "False") == "False", (name, node.lineno)
            if called in ("np.load", "numpy.load"):
                loads += 1
                assert options["allow_pickle"] == "False", (name, node.lineno)
    assert loads > 0


@pytest.mark.parametrize(
    ("modules", "where"),
    [
        (("subprocess",), {"readers/word.py"}),
        (("ctypes",), {"readers/pdf.py"}),
        (("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "webbrowser", "asyncio"), set()),
        # Modules by their name: of this package, or of a list in the same file.
        (("importlib",), {"__init__.py", "frames.py", "fonts.py", "script.py", "segmentation.py", "cli/usage.py",
                          "cli/doctor.py"}),
    ],
)  # fmt: skip
def test_what_few_modules_may_use(modules: tuple[str, ...], where: set[str]) -> None:
    found = {name for name, tree in TREES.items() if {module.split(".")[0] for module in imports(tree)} & {*modules}}
    assert found == where


# Network -------------------------------------------------------------------------------------------------------------


def test_the_network_is_closed_to_the_tests(refused: Refused) -> None:
    for family, address in ((socket.AF_INET, ("192.0.2.1", 9)), (socket.AF_INET6, ("2001:db8::1", 9))):
        with socket.socket(family, socket.SOCK_DGRAM) as one, pytest.raises(PermissionError, match="closed"):
            one.connect(address)
    with socket.socket() as one, pytest.raises(PermissionError):
        one.bind(("127.0.0.1", 0))
    with pytest.raises(PermissionError):
        socket.getaddrinfo("example.invalid", 80)
    assert [line.split()[0] for line in refused()] == [
        "socket.connect", "socket.connect", "socket.bind", "socket.getaddrinfo",
    ]  # fmt: skip


@pytest.mark.loopback
def test_where_this_machine_may_be_talked_to_no_other_may(refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    assert refused() == []
    with pytest.raises(PermissionError):
        socket.create_connection(("192.0.2.1", 9))
    assert refused() == ["socket.getaddrinfo 192.0.2.1"]


_TRY = "import socket; socket.getaddrinfo('example.invalid', 80)"


def _look_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("192.0.2.1", 9))


def test_the_network_is_closed_to_children_too(refused: Refused) -> None:
    for environment in (None, {"PYTHONPATH": str(ROOT)}):
        done = subprocess.run(
            [sys.executable, "-c", _TRY], env=environment, capture_output=True, text=True, check=False
        )
        assert "PermissionError" in done.stderr
        assert refused() == ["socket.getaddrinfo example.invalid"]
    child = multiprocessing.get_context("spawn").Process(target=_look_up)
    child.start()
    child.join(60)
    assert (child.exitcode, refused()) == (1, ["socket.connect 192.0.2.1"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and a dataset, made once."""
    folder = tmp_path_factory.mktemp("made")
    for name in ("s.duckdb", "parts"):
        run_batch([REPORT], folder / name, workers=1)
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made / "s.duckdb", tmp_path))


@pytest.fixture
def dataset(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "parts", tmp_path / "parts"))


@pytest.fixture(params=["store", "dataset"])
def corpus(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


# Files ---------------------------------------------------------------------------------------------------------------

_SECRET = "机密不得公开"
_BODY = "青石县2022年政府信息公开工作年度报告。全年公开政府信息12条。"
# Analyses each file in a process that notes every file, folder, program and socket that Python is asked for.
_NOTING = """
import json, sys
import zhgovtext as zg
warm, *files = sys.argv[1:]
# What is loaded once is loaded before.
for file in [warm] + files:
    zg.analyze(file).to_html()
noted = []
def note(event, arguments):
    if event == "open" or event.startswith(("os.listdir", "os.scandir", "subprocess", "socket", "shutil", "tempfile")):
        noted.append([event, str(arguments[0])])
sys.addaudithook(note)
found = []
for file in files:
    noted.clear()
    report = zg.analyze(file)
    text = report.to_html() + json.dumps(report.to_dict(text=True), ensure_ascii=False)
    found.append({"file": file, "noted": list(noted), "text": text})
print(json.dumps(found))
"""


def _page(secret: Path) -> bytes:
    there = secret.as_uri()
    return f"""<!DOCTYPE html [<!ENTITY x SYSTEM "{there}">]><html><head><meta charset="utf-8"><base href="{there}">
<meta http-equiv="refresh" content="0;url={there}"><link rel="stylesheet" href="{there}">
<style>@import url("{there}"); p {{ background: url({there}) }}</style><script src="{there}"></script></head><body>
<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{there}" parse="text"/>&x;
<!--#include virtual="{there}" --><iframe src="{there}"></iframe><object data="{secret}"></object>
<p>{_BODY}</p><img src="{secret}"><a href="{there}">附件</a></body></html>""".encode()


def _docx(secret: Path) -> bytes:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "".join(
        f'<Relationship Id="r{at}" Type="{relations}/{kind}" Target="{target}" {mode}/>'
        for at, (kind, target, mode) in enumerate((
            ("styles", f"../../../../..{secret}", ""),
            ("numbering", secret.as_uri(), 'TargetMode="External"'),
            ("attachedTemplate", secret.as_uri(), 'TargetMode="External"'),
            ("image", f"//192.0.2.1{secret}", 'TargetMode="External"'),
        ))
    )  # fmt: skip
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        runs = f'<w:r><w:t>{_BODY}</w:t></w:r><w:r><w:instrText>INCLUDETEXT "{secret}"</w:instrText></w:r>'
        document = f'<w:document xmlns:w="{w}"><w:body><w:p>{runs}</w:p></w:body></w:document>'
        archive.writestr("word/document.xml", document)
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>',
        )
        for name in ("../../escaped.txt", "/tmp/escaped.txt", "C:\\escaped.txt"):
            archive.writestr(name, "越出")
    return stream.getvalue()


def test_no_path_in_a_report_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(_SECRET, encoding="utf-8")
    made = {
        "页.html": _page(secret),
        "文.docx": _docx(secret),
        "文.txt": f"{_BODY}\n附件：{secret}\n{secret.as_uri()}\n\\\\192.0.2.1\\share\n".encode(),
    }
    files = [tmp_path / name for name in made]
    for file in files:
        file.write_bytes(made[file.name])
    trial = ROOT / "tests" / "files" / "trial"
    files.append(next(trial.glob("*.pdf")))
    before = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", _NOTING, str(REPORT), *map(str, files)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert [each["file"] for each in found] == [str(file) for file in files]
    for each in found:
        assert [note for note in each["noted"] if not note[1].startswith(str(PACKAGE))] == [["open", each["file"]]]
        assert _SECRET not in each["text"]
    assert all("全年公开政府信息12条" in each["text"] for each in found[:3])
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("system", ["file:///etc/hostname", "http://192.0.2.1/a.dtd"])
def test_entities_of_word_files_are_refused(system: str, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", f'<!DOCTYPE d [<!ENTITY x SYSTEM "{system}">]><d>&x;</d>')
    path = tmp_path / "年报.docx"
    path.write_bytes(stream.getvalue())
    with pytest.raises(InputError, match="declares XML entities"):
        read(path)


def test_a_link_where_a_file_is_in_the_making_leads_nowhere(store: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / "page.html.partial").symlink_to(victim)
    write_whole(tmp_path / "page.html", b"new")
    for suffix in (".csv", ".json", ".xlsx", ".parquet"):
        (tmp_path / f".p{suffix}.partial{suffix}").symlink_to(victim)
        export(store, tmp_path / f"p{suffix}")
        assert (tmp_path / f"p{suffix}").stat().st_size
    assert victim.read_text() == "kept"
    assert (tmp_path / "page.html").read_bytes() == b"new"
    assert not list(tmp_path.glob("*.partial*"))


# LibreOffice ---------------------------------------------------------------------------------------------------------


def test_a_program_in_the_current_folder_is_not_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows looks there first: a folder of reports could hold one."""
    monkeypatch.setattr(shutil, "which", lambda name: f".\\{name}.EXE")
    assert find_office() is None
    installed = str(Path(sys.executable).absolute())
    monkeypatch.setattr(shutil, "which", lambda name: f".\\{name}.EXE" if name == "soffice" else installed)
    assert find_office() == Path(installed)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for LibreOffice is a script")
def test_libreoffice_runs_no_macro_and_sees_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "record"
    script = tmp_path / "soffice"
    script.write_text(
        f"#!{sys.executable}\nimport json, os, pathlib, sys\n"
        "folder = pathlib.Path.cwd()\n"
        "settings = (folder / 'profile/user/registrymodifications.xcu').read_text()\n"
        f"pathlib.Path({str(record)!r}).write_text(json.dumps([sys.argv[1:], str(folder), folder.stat().st_mode,\n"
        "    settings, sys.stdin.read()]))\n"
    )
    script.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(1024, b"\0") + "WordDocument".encode("utf-16-le")
    with pytest.raises(InputError, match="could not be converted"):
        read_old(data, path="$(touch x); -env:a.doc", limits=Limits())
    arguments, folder, mode, settings, typed = json.loads(record.read_text())
    assert (stat.S_IMODE(mode), typed) == (0o700, "")
    assert Path(folder).parent.samefile(tempfile.gettempdir())
    # The name of the report is no part of the command.
    assert arguments[-1] == str(Path(folder, "report.doc"))
    assert "$(touch" not in " ".join(arguments)
    for name in ("DisableMacrosExecution", "BlockUntrustedRefererLinks"):
        assert re.search(rf'"{name}" oor:op="fuse"><value>true<', settings)


def test_pdfium_runs_no_script() -> None:
    raw = importlib.import_module("pypdfium2.version")
    assert not {"V8", "XFA"} & set(raw.PDFIUM_INFO.flags)


# Stores --------------------------------------------------------------------------------------------------------------

_READS = (
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_blob('{folder}/*.txt')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM 'http://192.0.2.1/a.parquet'",
)
_ACTS = (
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "ATTACH '{folder}/other.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{folder}/own.duckdb_extension'",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
)


def test_a_corpus_touches_no_file_but_its_own(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    secret = folder / "secret.txt"
    secret.write_text(_SECRET, encoding="utf-8")
    with open_corpus(corpus) as opened:
        for query in (*_READS, *_ACTS):
            with pytest.raises(InputError) as caught:
                opened.sql(query.format(secret=secret, folder=folder)).fetchall()
            assert _SECRET not in str(caught.value)
        assert len(opened.reports().fetchall()) == 1
    assert list(folder.iterdir()) == [secret]


def test_a_store_of_a_stranger_reads_nothing_of_its_readers(store: Path, tmp_path: Path) -> None:
    """It may hold views and macros by any name, also those of its own tables."""
    secret = tmp_path / "secret.txt"
    secret.write_text(_SECRET, encoding="utf-8")
    with duckdb.connect(str(store)) as connection:
        for at, query in enumerate(_READS[:3]):
            connection.execute(f"CREATE VIEW evil{at} AS {query.format(secret=secret, folder=tmp_path)}")
        connection.execute("DROP VIEW IF EXISTS figures")
        connection.execute(f"CREATE VIEW figures AS SELECT *, content AS id FROM read_text('{secret}'), reports")
        connection.execute("CREATE MACRO list_contains(a, b) AS (SELECT content FROM read_text('" + str(secret) + "'))")
    for table in ("evil0", "evil1", "evil2", "figures"):
        with pytest.raises(InputError):
            export(store, tmp_path / "out.csv", table=table)
    assert not (tmp_path / "out.csv").exists()
    _, out, err = run("report", store, "-o", tmp_path / "site")
    pages = "".join(page.read_text(encoding="utf-8") for page in (tmp_path / "site").rglob("*.html"))
    assert _SECRET not in out + err + pages


def test_a_ledger_of_a_stranger_deletes_nothing(dataset: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "thesis.docx").touch()
    with duckdb.connect(str(dataset / "ledger.duckdb")) as connection:
        for name in ("../victim", str(victim), "..", ".", "", "part-1-1/../../victim"):
            connection.execute("INSERT INTO dropped VALUES (?)", [name])
    run_batch([REPORT], dataset, workers=1)
    assert (victim / "thesis.docx").exists()
    with open_corpus(dataset) as opened:
        assert len(opened.reports().fetchall()) == 1


def test_what_a_store_has_no_room_for_goes_where_nobody_foresees(corpus: Path) -> None:
    with open_corpus(corpus) as opened:
        names = (
            "temp_directory",
            "autoinstall_known_extensions",
            "autoload_known_extensions",
            "enable_external_access",
        )
        query = "SELECT " + ", ".join(f"current_setting('{name}')" for name in names)
        (spill, *others) = opened.connection.execute(query).fetchone() or ()
    assert others == [False, False, False]
    if corpus.is_dir():
        assert re.fullmatch(r"zhgovtext-[0-9a-f]{32}", Path(spill).name)
        assert not Path(spill).exists()
    else:
        assert Path(spill) == Path(f"{corpus}.tmp")


# Terminals -----------------------------------------------------------------------------------------------------------

# Sets the title, clears the screen, the same as one character of C1, turns the direction, rings, goes back.
_COMMANDS = "\x1b]0;t\x07\x1b[2J\x9b2J\u202e\u2066\x08\r\x7f\u2028"
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# Our colours, and how the bar of progress is drawn again.
_OURS = re.compile(r"\x1b\[(?:0|1|3[123])m|\r(?=[^\r\n]*\x1b\[K)|\x1b\[K")
_CODES = ("on_request", "news")


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def on_terminal(*arguments: str | Path) -> str:
    """What a terminal gets of a command, from both streams, but for our own colours."""
    out, err = (_Terminal(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setenv("TERM", "xterm")
        with suppress(SystemExit):
            main([*map(str, arguments)])
    written = []
    for stream in (out, err):
        stream.flush()
        written.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    # The csv module ends its lines so.
    return _OURS.sub("", "".join(written).replace("\r\n", "\n"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports, a codebook and coded sentences whose names and texts command a terminal."""
    folder = tmp_path_factory.mktemp("hostile")
    own = _COMMANDS.replace("\x00", "")
    text = (
        f"青石县{own}2022年政府信息公开工作年度报告\n一、概述{own}\n全年公开政府信息12条{own}，收到申请3件。\n"
        + "工作平稳有序。" * 400
    )
    for name in (f"甲{own}.txt", "乙.txt"):
        (folder / name).write_text(text, encoding="utf-8", newline="")
    toml = "\n".join(
        f'[[category]]\ncode = "{code}"\nzh = {json.dumps(code + own)}\nen = {json.dumps(code + own)}\n'
        f'definition = "d"\n'
        for code in _CODES
    )
    book = f'name = {json.dumps("b" + own)}\nversion = {json.dumps("1" + own)}\nunit = "sentence"\n{toml}'
    # TOML writes DEL as an escape alone.
    (folder / "own.toml").write_text(book.replace("\x7f", "\\u007f"), encoding="utf-8")
    for name, code in (("a", "on_request"), ("b", f"news{own}")):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = [
                ("id", "text", "category"),
                *((f"{at}{own}", f"公开{at}件{own}" + "平稳" * 2000, code) for at in range(3)),
            ]
            csv.writer(stream).writerows(rows)
    return folder


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv"])
@pytest.mark.parametrize("command", ["summary", "categories", "facts", "normalize"])
def test_reports_do_not_command_a_terminal(command: str, format_: str, hostile: Path) -> None:
    shown = on_terminal(command, *sorted(hostile.glob("*.txt")), "--format", format_)
    assert len(shown) > 50
    assert "zhgovtext:" not in shown
    assert not _ACTING.search(shown)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "{first}", "{second}"), "乙"),
        (("compare", "{first}", "{second}", "--format", "json"), "乙"),
        (("codebook", "own.toml"), "on_request"),
        (("agreement", "a.csv", "b.csv"), "on_request"),
        (("explain", "全年公开政府信息12条\x9b2J\x1b[2J"), "公开"),
        (("report", "{first}", "-o", "-"), "公开"),
        (("report", "{first}", "-o", "{folder}/页\x1b[2J.html"), "页"),
        (("summary", "缺\x1b[2J\x9b\u202e.txt"), "缺"),
        (("summary", "乙.txt", "--codebook", "缺\x1b[2J.toml"), "缺"),
        (("batch", "{folder}", "-o", "{folder}/库\x1b[2J.duckdb", "--workers", "1"), "库"),
    ],
    ids=lambda given: given[0] if isinstance(given, tuple) else None,
)
def test_names_and_codebooks_do_not_command_a_terminal(
    arguments: tuple[str, ...], said: str, hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile)
    first, second = sorted(path.name for path in hostile.glob("*.txt"))
    if arguments[0] == "batch":
        shutil.copy(second, tmp_path)
    given = [each.format(first=first, second=second, folder=tmp_path) for each in arguments]
    shown = on_terminal(*given)
    assert said in shown
    assert not _ACTING.search(shown)


def test_the_command_line_prints_by_one_function() -> None:
    """What is printed in another way holds nothing of reports: versions, the bar of progress, scripts for shells."""
    found = {
        name for name, tree in TREES.items()
        if name.startswith("cli/") and any(called == "print" for called, _ in calls(tree))
    }  # fmt: skip
    assert found == {"cli/__init__.py", "cli/writing.py", "cli/batching.py", "cli/completing.py"}
    printed = [node for called, node in calls(TREES["cli/batching.py"]) if called == "print"]
    assert all("\\r" in ast.unparse(node) for node in printed)


# Sheets --------------------------------------------------------------------------------------------------------------


def test_cells_on_standard_output_are_no_formulas(tmp_path: Path) -> None:
    paths = []
    for at, mark in enumerate(FORMULA[:8]):
        paths.append(tmp_path / f"{at}.txt")
        paths[-1].write_text(f"{mark}cmd|公开政府信息12条。\n", encoding="utf-8")
    out = run("categories", *paths, "--format", "csv")[1]
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["text"][:2] for row in rows] == [f"'{mark}" for mark in FORMULA[:8]]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(FORMULA)]


# Patterns ------------------------------------------------------------------------------------------------------------

_UNITS = (
    " ", "\u3000", "\n", "\t", "\r\n", "1", "一", "年", "件", "，", "、", "（", "(", "a", "-", ".", "<", '"', "#", "|",
    "公开", "1、", "（一", "2023年", "第1条", "1件", "一、\n", "a ", "1 ", "- ", "<p ", "《a", "：", "1.", "——", "=",
)  # fmt: skip


@pytest.mark.parametrize("unit", _UNITS)
def test_no_text_makes_a_pattern_try_again_and_again(unit: str) -> None:
    """Fifteen thousand characters of whatever could: a pattern that backtracks takes seconds for them, all of the
    analysis a tenth of one."""
    head = "青石县人民政府2022年政府信息公开工作年度报告\n一、概述\n全年公开政府信息12条"
    begun = time.process_time()
    report = analyze_text(f"{head}{unit * (15_000 // len(unit))}\n二、申请\n收到申请3件。\n")
    assert report.sentences
    assert report.checks is not None
    assert report.keywords(20) is not None
    assert report.balance is not None
    assert time.process_time() - begun < 1.5


# Dependencies and the document ---------------------------------------------------------------------------------------

# Versions by the calendar, or a major one each quarter: an upper bound would say nothing.
_OPEN = ("pyarrow", "distributed")


def test_dependencies_have_ranges() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [
        *project["dependencies"],
        *(each for extra in ("corpus", "cluster", "plots", "fonts") for each in extras[extra]),
    ]
    for requirement in needed:
        name, _, bounds = requirement.partition(">=")
        if name.startswith("zhgovtext["):
            continue
        assert bounds, requirement
        assert name in _OPEN or ",<" in bounds, requirement


def test_the_document_names_tests_that_are_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)\.py::(test_\w+)`", page))
    assert len(named) > 30
    for file, test in named:
        source = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
        assert f"def {test}(" in source, (file, test)
    ours = {name for name in globals() if name.startswith("test_") and not name.startswith("test_the_document")}
    assert ours <= {test for file, test in named if file == "test_security"}


def test_the_document_tells_every_cap_of_a_reader() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for field in fields(Limits):
        row = next((line for line in page.splitlines() if line.startswith(f"| `{field.name}` |")), "")
        assert f"| {field.default:,.0f} |" in row, field.name
