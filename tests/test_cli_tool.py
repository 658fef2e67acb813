"""The command line as a tool: help in two languages, examples that work, completion, what is told of wrong usage."""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from conftest import REPORTS, ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import run, start

import zhgovtext as zg
from zhgovtext.cli import _parser, doctor, reading
from zhgovtext.cli.texts import _filled, load_commands, load_examples, load_phrases, translate
from zhgovtext.cli.usage import Parser, command_parser, wrap
from zhgovtext.cli.writing import paint, table, visible, width
from zhgovtext.errors import DataError
from zhgovtext.keyness import METHODS

REPORT = REPORTS / "yunlan-2017.txt"
COMMANDS = list(load_commands("en"))
CHINESE = re.compile("[一-鿿]")
CODEBOOK = """name = "two"
version = "1"
unit = "sentence"

[[category]]
code = "on_request"
zh = "依申请公开"
en = "On request"
definition = "requests and how they were answered"

[[category]]
code = "news"
zh = "政务动态"
en = "News"
definition = "news and bulletins"
"""
REQUESTS = ("收到申请3件。", "申请均已答复。", "申请人补正申请1件。", "依申请公开收费为零。")
NEWS = ("编发动态信息9条。", "刊登工作简报12期。", "发布新闻通稿5篇。", "更新要闻动态30条。")


def parsers(language: str) -> dict[str, Parser]:
    return {"": _parser(language), **{name: command_parser(name, language) for name in COMMANDS}}


# help ----------------------------------------------------------------------------------------------------------------


def test_every_help_is_in_both_languages_and_no_more() -> None:
    found = parsers("en").values()
    helps = {action.help for parser in found for action in parser._actions}
    titles = {group.title for parser in found for group in parser._action_groups}
    assert helps | (titles - {"arguments", "options"}) == set(load_phrases("help.tsv"))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str) -> None:
    code, english, _ = run(name, "--help")
    assert code == 0
    assert english.startswith(f"usage: zhgovtext {name} [-h]")
    code, chinese, _ = run(name, "--help", "--lang", "zh")
    assert code == 0
    assert chinese.startswith(f"用法： zhgovtext {name} [-h]")
    for language, text in (("en", english), ("zh", chinese)):
        examples = load_examples(name, language)
        assert 1 <= len(examples) <= 3
        for line, about in examples:
            assert f"  # {about}\n  {line}" in text
    assert not {"options:", "arguments:", "examples:"} & set(chinese.split())
    assert all(CHINESE.search(action.help or "") for action in command_parser(name, "zh")._actions)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_help_is_no_wider_than_the_terminal(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for name in COMMANDS:
        out = run(name, "--help", "--lang", language)[1]
        about = out.split("\n\n", 2)[2].split("\n# ")[0]
        helped = about[: about.index("示例:" if language == "zh" else "examples:")]
        assert max(width(line) for line in helped.splitlines() if line.startswith("  ")) <= 60


def test_the_listing_says_what_the_commands_say() -> None:
    """Each command of each module is listed, with the purpose that stands beside its code."""
    said: dict[str, tuple[str, str]] = {}
    for path in (ROOT / "zhgovtext" / "cli").glob("*.py"):
        module = importlib.import_module(f"zhgovtext.cli.{path.stem}")
        for home, commands in vars(module).items():
            if home.endswith("_COMMANDS"):
                said |= {name: (command.purpose, f"{path.stem}.{home}") for name, command in commands.items()}
    assert {name: (listed.purpose, listed.home) for name, listed in load_commands("en").items()} == said


def test_help_in_the_users_language() -> None:
    """By the locale, unless `--lang` says otherwise, before the command or behind it; and `help` is help."""
    assert "每份报告" in run("--help", language="zh_CN.UTF-8")[1]
    assert "每份报告" in run("--help", "--lang", "zh")[1]
    assert "每份报告" in run("--lang=zh", "help")[1]
    assert "each report" in run("--lang", "en", "--help", language="zh_CN.UTF-8")[1]
    assert run("help", "facts") == run("facts", "--help")
    assert "关键词: " in run("--lang", "zh", "summary", REPORT)[1]


def test_help_imports_little() -> None:
    code = (
        "import sys; from zhgovtext.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'json', 'csv', 'difflib', 'shutil', 'zhgovtext.cli.reading'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@settings(max_examples=50)
@given(st.text(alphabet="一份报告，。（）ab. ", max_size=60), st.integers(8, 30))
def test_wrapped_lines_fit_and_say_the_same(text: str, places: int) -> None:
    lines = wrap(text, places)
    longest = max((width(word) for word in re.findall("[ab.]+", text)), default=0)
    assert all(width(line) <= max(places, longest + 2) for line in lines)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)


# examples ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples speak of."""
    folder = tmp_path_factory.mktemp("desk")
    for name, source in {"2022": "yunlan-2017", "2023": "qingshi-2011", "report": "yunlan-2017"}.items():
        shutil.copy(REPORTS / f"{source}.txt", folder / f"{name}.txt")
    shutil.copy(folder / "2022.txt", folder / "template.txt")
    shutil.copytree(REPORTS, folder / "reports", ignore=lambda _, names: sorted(names)[3:])
    (folder / "titles.csv").write_text("title\n《办法》政策解读\n市领导调研农业\n", encoding="utf-8")
    (folder / "mine.toml").write_text(CODEBOOK, encoding="utf-8")
    rows = [
        f"{report}-{kind}-{at},r{report},{texts[(report + at) % 4]},{kind}"
        for report in range(6)
        for kind, texts in (("on_request", REQUESTS), ("news", NEWS))
        for at in range(2)
    ]
    for coder in ("anna", "bo"):
        (folder / f"{coder}.csv").write_text("\n".join(("id,report,text,category", *rows)), encoding="utf-8")
    for place in (".zfunc", ".config/fish/completions"):
        (folder / place).mkdir(parents=True)
    return folder


@pytest.mark.parametrize("line", [line for name in COMMANDS for line, _ in load_examples(name, "en")])
def test_examples_work(line: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setenv("HOME", str(desk))
    if " plot " in line:
        pytest.importorskip("matplotlib")
    if "store.duckdb" in line:
        pytest.importorskip("duckdb")
        if not Path("store.duckdb").exists():
            assert run("batch", "reports", "-o", "store.duckdb", "--workers", "1")[0] == 0
        line += " --workers 1" if " batch " in line else ""
    command, _, target = re.sub(">+", ">", line).partition(" > ")
    code, out, err = run(*shlex.split(command)[1:])
    assert code == 0, err
    assert "Traceback" not in err
    if target:
        assert len(out) > 100
        Path(target).expanduser().write_text(out, encoding="utf-8")
    elif written := re.search(r"-o (\S+)", command):
        assert Path(written[1]).exists()
    else:
        assert out


def test_examples_are_listed_once() -> None:
    every = [line for name in COMMANDS for line, _ in load_examples(name, "zh")]
    rows = (ROOT / "zhgovtext" / "data" / "cli" / "examples.tsv").read_text(encoding="utf-8").splitlines()
    assert sorted(every) == sorted(row.split("\t")[0] for row in rows if row.startswith("zhgovtext "))


# completion ----------------------------------------------------------------------------------------------------------

# Words typed, the last of them unfinished → what is offered.
TYPED = {
    "zhgovtext su": "summary",
    "zhgovtext facts --form": "--format",
    "zhgovtext facts --format ": "table json jsonl csv",
    "zhgovtext facts --lang z": "zh",
    "zhgovtext sample --by u": "uncertain",
    "zhgovtext completion ": "bash zsh fish",
}


def test_completion_in_bash(tmp_path: Path) -> None:
    if not shutil.which("bash"):
        pytest.skip("no bash here")
    code, script, _ = run("completion", "bash")
    assert code == 0
    (tmp_path / "script").write_text(script, encoding="utf-8")
    tries = {**TYPED, "zhgovtext facts --format=j": "json jsonl", "zhgovtext facts rep": ""}
    asked = "".join(
        f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}; _zhgovtext; "
        'echo "${COMPREPLY[*]}"\n'
        for words in (re.split(r" |(?=[=])|(?<=[=])", typed) for typed in tries)
    )
    done = subprocess.run(
        ["bash", "-euc", f"source '{tmp_path}/script'\n{asked}complete -p zhgovtext"], capture_output=True, text=True
    )
    assert done.stderr == ""
    *offered, registered = done.stdout.splitlines()
    assert offered == list(tries.values())
    assert registered == "complete -o default -F _zhgovtext zhgovtext"


def test_completion_in_fish(tmp_path: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("no fish here")
    (tmp_path / "script").write_text(run("completion", "fish")[1], encoding="utf-8")
    for typed, offered in TYPED.items():
        done = subprocess.run(
            ["fish", "-c", f"source {tmp_path}/script; complete -C '{typed}'"],
            capture_output=True,
            text=True,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        assert done.stderr == ""
        assert {line.split("\t")[0] for line in done.stdout.splitlines()} == set(offered.split())


def test_completion_in_zsh(tmp_path: Path) -> None:
    """With what zsh's own functions are asked for in their place: they need a terminal."""
    if not shutil.which("zsh"):
        pytest.skip("no zsh here")
    (tmp_path / "script").write_text(run("completion", "zsh")[1], encoding="utf-8")
    code = f"""
compdef() {{ print -r -- registered $@ }}
_describe() {{ print -rl -- $commands }}
_arguments() {{ print -rl -- "$words[1] $CURRENT" $@ }}
source '{tmp_path}/script'
words=(zhgovtext su) CURRENT=2 _zhgovtext
words=(zhgovtext facts --format '') CURRENT=4
_zhgovtext
"""
    done = subprocess.run(["zsh", "-fc", code], capture_output=True, text=True)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "registered _zhgovtext zhgovtext"
    assert [line.split(":")[0] for line in lines[1 : len(COMMANDS) + 1]] == COMMANDS
    assert lines[len(COMMANDS) + 1] == "facts 3"
    about = "table to read, the others for programs (UTF-8)"
    assert f"--format[{about}]:value:(table json jsonl csv)" in lines
    assert lines[-1] == "*:file:_files"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_in_the_users_language(shell: str) -> None:
    chinese = run("completion", shell, "--lang", "zh")[1]
    assert bool(CHINESE.search(chinese)) == (shell != "bash")
    assert "@" not in chinese.replace("$@", "")


# wrong usage ---------------------------------------------------------------------------------------------------------

# Arguments → what is said in English, and in Chinese, of what is wrong and what to do.
WRONG = {
    "": ("there is no command (zhgovtext --help lists them", "没有给出命令（zhgovtext --help 可查看全部命令"),
    "sumary a.txt": ("there is no command sumary (did you mean summary?)", "没有 sumary 这个命令（是不是 summary？）"),
    "年报.pdf": (
        "there is no command 年报.pdf (try zhgovtext summary 年报.pdf)",
        "（请试 zhgovtext summary 年报.pdf）",
    ),
    "qqq": ("there is no command qqq (zhgovtext --help lists them)", "没有 qqq 这个命令"),
    "--format json facts": (
        "there is no option --format (options of a command stand after it: zhgovtext COMMAND FILE --format)",
        "没有 --format 这个选项（命令的选项写在命令之后：zhgovtext 命令 文件 --format）",
    ),
    "summary": (
        "the following arguments are required: FILE (zhgovtext summary --help tells more)",
        "缺少参数：FILE（详见 zhgovtext summary --help）",
    ),
    "facts a.txt --fromat csv": (
        "no option --fromat (did you mean --format?)",
        "没有 --fromat 这个选项（是不是 --format？）",
    ),
    "facts a.txt --json": ("no option --json (did you mean --format json?)", "（是不是 --format json？）"),
    "facts a.txt --format xml": ("argument --format: invalid choice: 'xml'", "--format：没有 'xml' 这个选择（可选："),
    "doctor now": ("there is an argument too many: now", "多出一个参数：now"),
    "summary a.txt -n": ("argument -n: expected one argument", "-n：需要一个值"),
    "summary a.txt -n few": ("argument -n: few is no whole number", "-n：few 不是整数"),
    "summary a.txt -n -1": ("argument -n: -1 is less than 0", "-n：-1 小于 0"),
    "summary a.txt --min-probability 7": ("7 is no probability: choose 0 to 1", "7 不是概率：请取 0 到 1"),
    "sample a.txt -o -": (
        "sample cannot write to standard output (name a file after -o)",
        "sample 不能写到标准输出（请在 -o 后写文件名）",
    ),
    "train a.csv -o -": ("train cannot write to standard output", "train 不能写到标准输出"),
    "export a.duckdb -o -": ("export cannot write to standard output", "export 不能写到标准输出"),
    "batch a.txt -o -": ("batch cannot write to standard output", "batch 不能写到标准输出"),
    "sample a.txt -o b.csv -o c.csv": ("-o is given twice (name one place to write to)", "-o 写了两次（请只写一处）"),
    "summary https://example.org/a.html": (
        "https://example.org/a.html: nothing is read from the network (save the page or the file it offers",
        "https://example.org/a.html：不从网络读取（请先保存网页或其附件，再写文件名）",
    ),
    "compare a.txt": ("one report was given (give two or more", "只给了一份报告（请给出两份以上"),
}


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_usage_is_told_in_one_line(arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for language, expected in zip(("C.UTF-8", "zh_CN.UTF-8"), WRONG[arguments], strict=True):
        code, out, err = run(*shlex.split(arguments), language=language)
        assert (code, out) == (2, "")
        assert err.startswith("zhgovtext: ")
        assert expected in err
        assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_spaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("年报 2023.txt").write_text("公开信息3条。", encoding="utf-8")
    code, out, err = run("facts", "年报", "2023.txt")
    assert (code, out) == (2, "")
    assert err == "zhgovtext: 年报 2023.txt: is one file (put a name that has spaces between quotation marks)\n"
    assert run("facts", "年报 2023.txt")[0] == 0


def test_patterns_where_the_shell_leaves_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: names that a pattern stands for, in order; one that stands for none is no file."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "a.txt", "c.md"):
        Path(name).write_text("公开信息3条。", encoding="utf-8")
    monkeypatch.setattr("zhgovtext.cli.sys.platform", "win32")
    out = run("facts", "*.txt", "c.md", "--format", "jsonl")[1]
    assert [json.loads(line)["source"]["name"] for line in out.splitlines()] == ["a.txt", "b.txt", "c.md"]
    assert run("facts", "*.pdf")[2] == "zhgovtext: *.pdf: there is no such file\n"


def test_bad_input_is_told_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "空.txt"
    path.write_bytes(b"")
    assert run("facts", path, language="zh_CN.UTF-8")[2] == f"zhgovtext: {path}：是空文件\n"
    code, _, err = start("summary", tmp_path / "缺.txt", "--lang", "zh")
    assert (code, err) == (1, f"zhgovtext: {tmp_path / '缺.txt'}：没有这个文件\n")
    # Programs get the English, with a code, in whatever language.
    found = json.loads(run("facts", path, "--format", "json", language="zh_CN.UTF-8")[1])
    assert found[0]["error"]["message"] == "is empty"


def test_messages_are_those_of_the_code() -> None:
    """How the longest piece of each English message begins stands in the package, in argparse or in the system."""
    files = [*(ROOT / "zhgovtext").rglob("*.py"), Path(argparse.__file__)]
    lines = "".join(path.read_text(encoding="utf-8") for path in files)
    # A string that goes on in the next line.
    source = re.sub(r'"\s*f?"', "", lines) + "\n".join(os.strerror(number) for number in range(1, 60))
    for english in load_phrases("messages.tsv"):
        longest = max(re.split(r"\{\w+\}", english), key=len).removeprefix("is ").strip()
        assert longest[:30] in source, english


def test_a_message_is_filled_in() -> None:
    assert translate("cannot be read: Permission denied", "zh") == "无法读取：没有权限"
    assert translate("line 12", "zh") == "第 12 行"
    assert translate("said by nobody", "zh") == "said by nobody"
    assert translate("is empty", "en") == "is empty"


_FIXED = st.text(alphabet="ab: ", max_size=6)
_FILLING = st.text(alphabet="xyz", min_size=1, max_size=4)


@settings(max_examples=50)
@given(_FIXED, st.lists(st.tuples(_FILLING, st.text(alphabet="ab: ", min_size=1, max_size=6)), max_size=3), _FILLING)
def test_what_was_filled_in_is_found(first: str, parts: list[tuple[str, str]], last: str) -> None:
    template = first + "".join(f"{{{name}}}{part}" for name, (_, part) in zip("abc", parts, strict=False)) + "{d}"
    values = {name: value for name, (value, _) in zip("abc", parts, strict=False)} | {"d": last}
    assert _filled(template, template.format(**values)) == values
    assert _filled("c" + template, template.format(**values)) is None


# a terminal ----------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paint("ok", "green", Terminal()) == "\x1b[32mok\x1b[0m"
    assert paint("ok", "green", io.StringIO()) == "ok"
    monkeypatch.setenv("TERM", "dumb")
    assert paint("ok", "green", Terminal()) == "ok"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("ok", "green", Terminal()) == "ok"


def test_colours_take_no_place() -> None:
    red = "\x1b[31m不符\x1b[0m"
    assert width(red) == 4
    assert table(("a", "b"), [(red, "x"), ("ok", "y")]).splitlines() == ["a     b", f"{red}  x", "ok    y"]


def test_a_report_does_not_command_the_terminal() -> None:
    text = "公开\x1b]0;title\x07信息\x1b[2J，\x9b31m\t\n\x1b[31m不符\x1b[0m"
    assert visible(text, Terminal()) == "公开�]0;title�信息�[2J，�31m\t\n\x1b[31m不符\x1b[0m"
    assert visible(text, io.StringIO()) == text


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_gets_colours_and_a_pipe_none() -> None:
    import pty

    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment |= {"TERM": "xterm", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "zhgovtext", "facts", "--help"]
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=slave, env=environment):
        os.close(slave)
        seen = b""
        try:
            while chunk := os.read(master, 4096):
                seen += chunk
        except OSError:
            # The other end is closed: so a terminal says that it was all.
            pass
    os.close(master)
    assert b"\x1b[1moptions\x1b[0m:" in seen
    assert b"\x1b" not in subprocess.run(command, capture_output=True, env=environment).stdout


# doctor and versions -------------------------------------------------------------------------------------------------


def test_version_names_model_and_codebook() -> None:
    code, out, err = start("--version")
    assert (code, err) == (0, "")
    coder, book = zg.load_coder(), zg.load_codebook()
    assert out.splitlines() == [
        f"zhgovtext {zg.__version__}",
        f"model {coder.name} {coder.sha256[:12]}",
        f"codebook {book.name} {book.version} {book.sha256[:12]}",
    ]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what takes seconds to import."""
    monkeypatch.setattr(doctor, "_EXPORTS", ("pyarrow",))
    monkeypatch.setattr(doctor, "_CORE", ("numpy", "rjieba", "pypdfium2"))


def parts(out: str) -> dict[str, dict[str, Any]]:
    return {part["part"]: part for part in json.loads(out)["parts"]}


@pytest.mark.usefixtures("quick")
def test_doctor() -> None:
    code, out, err = run("doctor", "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["works"] is True
    found = parts(out)
    assert {part["state"] for part in found.values()} <= {"ok", "missing"}
    for suffix in (".txt", ".html", ".docx", ".pdf"):
        assert (found[f"read {suffix}"]["state"], found[f"read {suffix}"]["found"]) == ("ok", suffix[1:])
    assert found["numpy"]["found"] == version("numpy")
    assert found["segmentation"]["found"] in ("rjieba", "jieba")
    for language, said in (("en", "The core works."), ("zh", "核心功能正常。")):
        code, out, _ = run("doctor", "--lang", language)
        assert (code, out.splitlines()[-1]) == (0, said)


@pytest.mark.usefixtures("quick")
def test_doctor_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not needed is missing, what the core needs has failed; each with what to do."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.setitem(sys.modules, "rjieba", None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    code, out, _ = run("doctor", "--format", "json", "--lang", "zh")
    assert (code, json.loads(out)["works"]) == (0, True)
    found = parts(out)
    assert [found["语料库"][key] for key in ("state", "hint")] == ["missing", 'pip install "zhgovtext[corpus]"']
    assert [found["读取 .doc .wps"][key] for key in ("state", "hint")] == [
        "missing",
        "请安装 LibreOffice，或将文件另存为 .docx",
    ]
    assert [found["rjieba"][key] for key in ("state", "hint")] == ["missing", "pip install rjieba"]
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    code, out, _ = run("doctor")
    assert code == 1
    assert "pypdfium2 is not installed\n" in out
    assert "  pip install pypdfium2 (for: pypdfium2)\n" in out
    assert out.endswith("The core does not work: mend what FAILED first.\n")


@pytest.mark.usefixtures("quick")
def test_doctor_looks_at_the_console() -> None:
    for encoding, state in (("ascii", "missing"), ("cp437", "missing"), ("gbk", "ok"), ("utf-8", "ok")):
        found = next(finding for finding in doctor.examine("en", encoding) if finding.part == "console")
        assert (found.state, found.found.split(",")[0]) == (state, encoding)
        assert found.hint == ("" if state == "ok" else "set PYTHONUTF8=1; on Windows use Windows Terminal")


@pytest.mark.usefixtures("quick")
def test_doctor_survives_a_model_that_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise DataError("model", "is not a model", path="model.json", hint="train it again")

    monkeypatch.setattr(doctor, "_model", broken)
    code, out, _ = run("doctor", "--format", "json")
    found = parts(out)["model"]
    assert code == 1
    assert (found["state"], found["found"], found["hint"]) == ("failed", "is not a model", doctor._AGAIN)


# keywords ------------------------------------------------------------------------------------------------------------


def test_methods_of_keywords() -> None:
    assert reading.METHODS == METHODS
    report = zg.analyze(REPORT)
    for method in METHODS:
        record = json.loads(run("keywords", REPORT, "--method", method, "--format", "json")[1])[0]
        expected = report.keywords(method=method)
        assert [(one["term"], one["count"]) for one in record["keywords"]] == [(k.term, k.count) for k in expected]
        assert [one["score"] for one in record["keywords"]] == [round(k.score, 6) for k in expected]
        shown = run("keywords", REPORT, "--method", method, "-n", "1")[1].splitlines()[2].split()
        assert shown == [expected[0].term, f"{expected[0].score:.4f}", str(expected[0].count)]
    default = run("keywords", REPORT, "--format", "json")
    assert default == run("keywords", REPORT, "--method", METHODS[0], "--format", "json")
