"""What is installed: the wheel holds data and models, and the README's commands are those that CI runs."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

import zhgovtext as zg


def test_wheel_is_complete_and_works(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        check=True, cwd=ROOT, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    data = [path for folder in ("zhgovtext/data", "models") for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in data:
        relative = path.relative_to(ROOT).as_posix()
        assert (relative if relative.startswith("zhgovtext/") else f"zhgovtext/{relative}") in names
    assert {"zhgovtext/py.typed", f"zhgovtext-{zg.__version__}.dist-info/licenses/LICENSE"} <= names
    assert not any(name.startswith(("tests/", "corpus/")) for name in names)
    # Run it from where it was unpacked, away from the repository.
    code = "import zhgovtext as zg; print(zg.__file__); print(zg.analyze_text('收到申请3件。').sentences[0].category)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert str(tmp_path) in done.stdout
    assert "on_request" in done.stdout


def test_public_names() -> None:
    assert set(zg.__all__) <= set(dir(zg))
    for name in zg.__all__:
        assert getattr(zg, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        zg.nonsense  # noqa: B018


def test_errors_travel_between_processes() -> None:
    """A worker sends an error home by its `__reduce__`, as `copy` does."""
    error = zg.InputError("empty", "is empty", path="a.txt", place="line 1", hint="save it again")
    again = copy.copy(error)
    assert (type(again), str(again), again.code) == (zg.InputError, str(error), "empty")


def test_import_is_light_and_quiet() -> None:
    code = (
        "import sys, zhgovtext; assert not {'numpy', 'jieba', 'rjieba', 'logging'} & set(sys.modules);"
        "import logging, zhgovtext.report;"
        "assert logging.getLogger('zhgovtext').handlers; assert not logging.root.handlers"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_readmes_give_the_same_commands(name: str) -> None:
    def commands(text: str) -> list[str]:
        return [block.split("```", 1)[0].strip() for block in text.split("```sh\n")[1:3]]

    expected = commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(expected) == 2
    assert commands((ROOT / name).read_text(encoding="utf-8")) == expected
