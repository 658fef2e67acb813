"""The documents say what is so: links lead somewhere, commands exist, and what pages run gives what they print.

In a page that is run, a block of ``sh`` or ``python`` is done in the order of the page, in a folder in which there is
only ``corpus``; the block of ``text`` behind it is what it prints. There a line ``…`` stands for lines left out, and …
at the end of a line for the rest of it. A block with ``<!-- not run -->`` before it is not done, but its commands must
exist.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT
from test_cli import run

from zhgovtext.cli.texts import load_commands
from zhgovtext.cli.usage import command_parser

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md")])
# Pages that speak of other machines and days of work are not run.
NOT_RUN = {"cluster.md", "scale.md", "reference.md", "method.md"}
RUN = [page for page in sorted(DOCS.glob("*.md")) if page.name not in NOT_RUN]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(<!-- not run -->\n)?```(\w*)\n(.*?)^```$", re.M | re.S)


class Block(NamedTuple):
    """A fenced block: its language, what is in it, and whether it is run."""

    language: str
    text: str
    is_run: bool


def blocks(page: Path) -> list[Block]:
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [Block(language, text, not mark) for mark, language, text in found]


def command_lines(text: str) -> Iterator[list[str]]:
    """The words of each command of a shell block, without comments; ``a && b`` are two."""
    for line in text.replace("\\\n", " ").splitlines():
        words: list[str] = []
        lexer = shlex.shlex(line, posix=True, punctuation_chars="&;|")
        lexer.whitespace_split = True
        for word in lexer:
            if word in ("&&", ";", "|"):
                yield words
                words = []
            else:
                words.append(word)
        if words:
            yield words


def name_of(path: Path) -> str:
    return path.name


# links and commands --------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """What the headings of a page can be linked by, as on GitHub."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    for block in blocks(page):
        if block.language != "sh":
            continue
        for words in command_lines(block.text):
            if Path(words[0]).name == "zhgovtext":
                check_command(words[1:])
            elif "python" in Path(words[0]).name and words[1].endswith(".py"):
                assert (ROOT / words[1]).is_file(), words


def check_command(words: list[str]) -> None:
    """Ends the test where the command line would refuse the words."""
    # What stands behind > is the shell's.
    words = words[: next((at for at, word in enumerate(words) if word in (">", ">>")), None)]
    if words[0] in ("--version", "--help", "COMMAND"):
        return
    assert words[0] in load_commands("en"), words
    if "--help" not in words:
        command_parser(words[0], "en").parse_args(words[1:])


# pages that are run --------------------------------------------------------------------------------------------------


def do(block: Block, names: dict[str, object], language: str) -> str:
    """What a block prints."""
    if block.language == "python":
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block.text, "page", "exec"), names)
        return out.getvalue()
    return "".join(shell(words, language) for words in command_lines(block.text))


def expanded(word: str) -> list[str]:
    """The files that a pattern stands for, as a shell has it."""
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def shell(words: list[str], language: str) -> str:
    """What a command prints, standard error too; one that sets up the environment is left out."""
    program, *given = words
    arguments = [name for word in given for name in expanded(word)]
    if program == "cp":
        shutil.copyfile(*arguments)
        return ""
    if program.endswith("python") and arguments[0].startswith("examples/"):
        done = subprocess.run(
            [sys.executable, str(ROOT / arguments[0]), *arguments[1:]], capture_output=True, check=True,
            encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )  # fmt: skip
        return done.stdout
    if Path(program).name != "zhgovtext":
        assert program in ("python3", "cd", "git", "export") or "pip" in program, words
        return ""
    target = None
    if ">" in arguments:
        at = arguments.index(">")
        arguments, target = arguments[:at], arguments[at + 1]
    code, out, err = run(*arguments, language=f"{language}_CN.UTF-8")
    assert code == 0, f"{words}: {err}"
    if target is None:
        return out + err
    Path(target).write_text(out, encoding="utf-8")
    return err


def fits(printed: str, said: str) -> bool:
    """Whether what a page says is what was printed, … for what is left out."""
    pattern = ""
    for line in said.splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        elif line.endswith("…"):
            pattern += re.escape(line[:-1].rstrip()) + r".*\n"
        else:
            pattern += re.escape(line.rstrip()) + r"[ \t]*\n"
    return re.fullmatch(pattern, printed.rstrip() + "\n") is not None


def test_what_fits() -> None:
    printed = "one\ntwo  \nthree 12\nfour\n"
    assert fits(printed, "one\ntwo\nthree 12\nfour\n")
    assert fits(printed, "…\nthree …\nfour\n")
    assert fits(printed, "one\n…\n")
    assert not fits(printed, "one\n…\nthree 12\n")
    assert not fits(printed, "one\nthree 12\nfour\n")
    assert not fits(printed, "two\nthree 12\nfour\n")


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_page_gives_what_it_prints(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    monkeypatch.chdir(tmp_path)
    language = "zh" if page.suffixes == [".zh", ".md"] else "en"
    names: dict[str, object] = {"__name__": "page"}
    printed = ""
    for block in blocks(page):
        if block.language == "text" and block.is_run:
            assert fits(printed, block.text), f"printed:\n{printed}\nsaid:\n{block.text}"
        elif block.language in ("sh", "python") and block.is_run:
            printed = do(block, names, language)


# files made of others ------------------------------------------------------------------------------------------------


def test_reference_is_current(tmp_path: Path) -> None:
    made = tmp_path / "reference.md"
    script = [sys.executable, str(ROOT / "scripts" / "build_docs.py"), str(made)]
    subprocess.run(script, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert made.read_bytes() == (DOCS / "reference.md").read_bytes(), "run python scripts/build_docs.py"


def test_reference_has_every_name() -> None:
    import zhgovtext

    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^####? (?:zhgovtext )?(\w+)$", text, re.M))
    assert set(zhgovtext._HOME) <= headings
    assert set(load_commands("en")) <= headings


def test_script_imports_nothing_heavy() -> None:
    program = "import sys; sys.path.insert(0, sys.argv[1]); import build_docs; print('zhgovtext' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "scripts")], capture_output=True, check=True, encoding="utf-8"
    )
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(not importlib.util.find_spec("yaml"), reason="PyYAML is not installed")
def test_citation() -> None:
    import yaml

    from zhgovtext import __version__

    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(cited)
    assert cited["version"] == __version__
    assert "doi" not in cited
