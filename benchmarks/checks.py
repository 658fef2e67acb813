"""Contradictions found against those that a careful reader listed.

    python benchmarks/checks.py ../shared/reports
    python benchmarks/checks.py tests/files/figures

A listed one is found where a mismatch has the same expected and actual value, in either order and to the digit listed.
Every mismatch that the reader did not list is printed, and so is every one of the reports of our own. The list of a
report is ``NAME.checks.json`` beside it or in ``gold``; reports without one are printed but not counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import jieba

from zhgovtext.checks import find_checks
from zhgovtext.report import Report, analyze
from zhgovtext.verdicts import Check

ROOT = Path(__file__).parent.parent


def main() -> None:
    folder = Path(sys.argv[1])
    listed = found = false = 0
    print(f"{'report':18} {'listed':>6} {'found':>6} {'false':>6} {'ok':>4} {'unknown':>8}")
    seconds = [0.0, 0.0]
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".txt", ".pdf", ".html")):
        if path.name == "README.md":
            continue
        report = analyze(path)
        gold = _listed(folder, path.stem)
        hits, extra = _compare(report, gold or [])
        _line(path.name, report, len(gold) if gold is not None else None, hits, extra)
        seconds = [total + spent for total, spent in zip(seconds, _seconds(report), strict=True)]
        if gold is not None:
            listed, found, false = listed + len(gold), found + hits, false + len(extra)
    print(f"listed {listed}, found {found}, false alarms {false}")
    print(f"time: {seconds[0] / seconds[1]:.3f} of jieba.lcut")
    for path in sorted([*(ROOT / "corpus" / "reports").glob("*.txt"), *_trial_files()]):
        report = analyze(path)
        _line(path.name, report, None, 0, [check for check in report.checks if check.status == "mismatch"])


def _listed(folder: Path, name: str) -> list[dict[str, Any]] | None:
    for path in (folder / "gold" / f"{name}.checks.json", folder / f"{name}.checks.json"):
        if path.is_file():
            rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
            return rows
    return None


def _trial_files() -> list[Path]:
    folder = ROOT / "tests" / "files" / "trial"
    return [path for suffix in ("txt", "html", "docx", "pdf") for path in folder.glob(f"*.{suffix}")]


def _compare(report: Report, gold: list[dict[str, Any]]) -> tuple[int, list[Check]]:
    """How many of the listed contradictions were found, and the mismatches that are none of them."""
    open_ = [(float(row["expected"]), float(row["actual"])) for row in gold]
    extra: list[Check] = []
    for check in report.checks:
        if check.status != "mismatch":
            continue
        hit = next((sides for sides in open_ if _is_same(check, sides)), None)
        if hit is None:
            extra.append(check)
        else:
            open_.remove(hit)
    return len(gold) - len(open_), extra


def _is_same(check: Check, sides: tuple[float, float]) -> bool:
    found = sorted((float(check.expected or 0), float(check.actual or 0)))
    return all(abs(one - other) <= 0.05 for one, other in zip(found, sorted(sides), strict=True))


def _line(name: str, report: Report, listed: int | None, found: int, extra: list[Check]) -> None:
    states = [check.status for check in report.checks]
    print(f"{name:18} {'-' if listed is None else listed:>6} {found:6} {len(extra):6}", end=" ")
    print(f"{states.count('ok'):4} {states.count('unknown'):8}")
    for check in extra:
        print("    ", check.severity, check.rule, check.message)


def _seconds(report: Report) -> tuple[float, float]:
    def checks() -> None:
        find_checks(report.facts, meta=report.meta, sections=report.sections, text=report.document.text)

    def words() -> None:
        jieba.lcut(report.document.text)

    jieba.initialize()
    return min(_timed(checks) for _ in range(9)), min(_timed(words) for _ in range(3))


def _timed(run: Any) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
