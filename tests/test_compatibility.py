"""The same results wherever it runs: consoles of Windows, locales, hash seeds, threads, ways to start processes."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import REPORTS, ROOT

from zhgovtext.cli import main

REPORT = REPORTS / "yunlan-2017.txt"
OTHER = REPORTS / "qingshi-2011.txt"


def python(*arguments: str | Path, env: dict[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, env=environment, cwd=cwd)


# Consoles ------------------------------------------------------------------------------------------------------------

_PRINTING: Sequence[tuple[str, ...]] = (
    *((command, "{report}", "--lang", "zh") for command in ("summary", "keywords", "categories", "facts", "checks")),
    ("balance", "{report}", "--lang", "zh"),
    ("normalize", "{report}"),
    ("normalize", "{report}", "--explain", "--lang", "zh"),
    ("compare", "{report}", "{other}", "--lang", "zh"),
    ("explain", "收到申请3件。", "--lang", "zh"),
    ("codebook",),
    ("codebook", "{book}", "--lang", "zh"),
    ("completion", "fish", "--lang", "zh"),
    ("facts", "缺.txt", "--lang", "zh"),
    ("facts", "--help", "--lang", "zh"),
    ("--help", "--lang", "zh"),
)


@pytest.mark.parametrize("encoding", ["cp936", "cp1252", "ascii"])
@pytest.mark.parametrize("arguments", _PRINTING, ids=lambda given: " ".join(given))
def test_consoles_that_lack_characters(
    arguments: tuple[str, ...], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a console of Windows starts: strict about what it cannot show."""
    book = ROOT / "zhgovtext" / "data" / "codebook" / "disclosure.toml"
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    try:
        code = main([each.format(report=REPORT, other=OTHER, book=book) for each in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    for stream in (out, err):
        stream.flush()
    shown = out.buffer.getvalue() + err.buffer.getvalue()  # type: ignore[attr-defined]
    assert code == ("缺.txt" in arguments)
    assert b"Traceback" not in shown
    if arguments == ("codebook",) or arguments[0] == "completion":
        # A file to be: UTF-8 whatever the console shows.
        text = shown.decode("utf-8").replace("\r\n", "\n")
        assert "每份报告" in text if arguments[1:] else text == book.read_text(encoding="utf-8")
    elif encoding == "cp936":
        assert any("\u4e00" <= char <= "\u9fff" for char in shown.decode("cp936"))
    else:
        assert b"?" in shown


@pytest.mark.parametrize("format_", ["json", "csv"])
def test_programs_get_the_same_bytes_from_every_console(format_: str) -> None:
    found = {
        python("-m", "zhgovtext", "facts", REPORT, "--format", format_, env=env).stdout
        for env in ({"PYTHONIOENCODING": "cp936"}, {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"})
    }
    assert len(found) == 1
    assert "件" in found.pop().decode("utf-8")


def test_text_files_say_their_encoding_and_line_ends() -> None:
    """What is left to the system differs between systems."""
    for path in (ROOT / "zhgovtext").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            mode = ast.unparse(node.args[0]) if node.args else ""
            given = {option.arg for option in node.keywords}
            place = f"{path.name}:{node.lineno}"
            if node.func.attr == "open" and mode in ("'w'", "'a'", "'x'"):
                assert {"encoding", "newline"} <= given, place
            if node.func.attr in ("write_text", "read_text") and ast.unparse(node.func.value) != "archive":
                assert "encoding" in given, place


# The same bytes ------------------------------------------------------------------------------------------------------

_ALL = """
import hashlib, io, sys
from zhgovtext.cli import main
import zhgovtext as zg
report, other = sys.argv[1:]
for arguments in (["summary", report], ["keywords", report], ["facts", report], ["checks", report], ["balance", report],
                  ["categories", report, "--scores"], ["compare", report, other]):
    main([*arguments, "--format", "json"])
print(hashlib.sha256(zg.analyze(report).to_html().encode()).hexdigest())
"""


def test_the_same_bytes_whatever_surrounds_the_program(tmp_path: Path) -> None:
    surroundings = [
        ({"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TZ": "UTC"}, ROOT),
        ({"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "TZ": "Asia/Shanghai"}, tmp_path),
        ({"PYTHONHASHSEED": "random", "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4", "LC_ALL": "C"}, tmp_path),
    ]
    runs = [python("-c", _ALL, REPORT, OTHER, env=env, cwd=cwd) for env, cwd in surroundings]
    assert [(done.returncode, done.stderr) for done in runs] == [(0, b"")] * 3
    assert len({done.stdout for done in runs}) == 1
    assert len(runs[0].stdout) > 50_000


# Warnings and processes ----------------------------------------------------------------------------------------------


def test_no_module_warns_when_it_is_imported() -> None:
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "zhgovtext").rglob("*.py")
        if path.name != "__main__.py"
    )
    code = f"import importlib\nfor name in {names}: importlib.import_module(name)"
    done = python("-W", "error", "-c", code, env={})
    assert (done.returncode, done.stderr) == (0, b"")


_SCRIPT = """
import multiprocessing, sys
from zhgovtext.batch import run_batch
from zhgovtext.corpus import open_corpus
{guard}
    if len(sys.argv) > 2: multiprocessing.set_start_method(sys.argv[2])
    run_batch([{report!r}], sys.argv[1], workers=2)
    with open_corpus(sys.argv[1]) as corpus:
        print(len(corpus.facts().fetchall()), len(corpus.sentences().fetchall()))
"""


@pytest.mark.parametrize("method", sorted({"spawn", *(["fork", "forkserver"] if os.name == "posix" else [])}))
def test_however_a_script_starts_processes(method: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT.format(guard="if __name__ == '__main__':", report=str(REPORT)), encoding="utf-8")
    done = python(script, tmp_path / "s.duckdb", method, env={})
    assert (done.returncode, done.stderr) == (0, b"")
    facts, sentences = map(int, done.stdout.split())
    assert facts > 10
    assert sentences > 10


def test_a_script_that_does_not_ask_whether_it_is_the_main_one_is_told(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT.format(guard="if True:", report=str(REPORT)), encoding="utf-8")
    done = python(script, tmp_path / "s.duckdb", env={})
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1].endswith("a script needs if __name__ == '__main__')")
