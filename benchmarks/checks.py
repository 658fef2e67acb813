"""Contradictions found against those that a careful reader listed.

    python benchmarks/checks.py ../shared/reports

A listed one is found where a mismatch has the same expected and actual value, in either order. Every mismatch that the
reader did not list is printed, and so is every one of the reports of our own that are consistent by construction.
Reports that no reader went through (no ``gold/NAME.checks.json``) are printed but not counted.
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
        gold_path = folder / "gold" / f"{path.stem}.checks.json"
        gold = json.loads(gold_path.read_text(encoding="utf-8")) if gold_path.is_file() else None
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


def _trial_files() -> list[Path]:
    folder = ROOT / "tests" / "files" / "trial"
    return [path for suffix in ("txt", "html", "docx", "pdf") for path in folder.glob(f"*.{suffix}")]


def _compare(report: Report, gold: list[dict[str, Any]]) -> tuple[int, list[Check]]:
    """How many of the listed contradictions were found, and the mismatches that are none of them."""
    open_ = [sorted((float(row["expected"]), float(row["actual"]))) for row in gold]
    extra: list[Check] = []
    for check in report.checks:
        if check.status != "mismatch":
            continue
        sides = sorted((float(check.expected or 0), float(check.actual or 0)))
        if sides in open_:
            open_.remove(sides)
        else:
            extra.append(check)
    return len(gold) - len(open_), extra


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
