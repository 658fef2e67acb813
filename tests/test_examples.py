"""The examples run, and print what they promise."""

from __future__ import annotations

import subprocess
import sys

from conftest import REPORTS, ROOT


def _run(name: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        capture_output=True, check=True, cwd=ROOT, encoding="utf-8", env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_summarize_folder() -> None:
    lines = _run("summarize_folder.py", str(REPORTS))
    assert len(lines) == len(list(REPORTS.glob("*.txt")))
    assert any(line.startswith("qingshi-2011.txt\t青石县人民政府\t2011\t") for line in lines)


def test_figures_with_evidence() -> None:
    lines = _run("figures_with_evidence.py", str(REPORTS / "yunlan-2017.txt"))
    assert any(line.startswith("request.received\t1286\t件\t2017\tprose\t…") for line in lines)
