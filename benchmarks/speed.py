"""Cost of each stage and of the whole analysis, as parts of what `jieba.lcut` alone takes on the same text.

    python benchmarks/speed.py [FILE...]

Without files it takes the reports of corpus/reports. Each figure is the median of `ROUNDS` rounds in which all stages
and jieba take turns, so that a busy moment of the machine hits them alike. The last rows compare whole commands.
"""

from __future__ import annotations

import logging
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zhgovtext.checks import find_checks
from zhgovtext.classification import load_coder
from zhgovtext.codebook import load_codebook
from zhgovtext.document import Document
from zhgovtext.forms import find_forms
from zhgovtext.readers import read
from zhgovtext.report import Report, analyze, find_facts
from zhgovtext.script import Normalized, normalize
from zhgovtext.segmentation import load_segmenter
from zhgovtext.structure import Layout, find_structure

REPORTS = Path(__file__).parent.parent / "corpus" / "reports"
ROUNDS = 21
BUDGETS = {
    "normalise": 0.07, "structure": 0.06, "segment": 0.10, "code": 0.12, "facts": 0.10, "rest": 0.05, "whole": 0.5,
    "intervals": float("nan"),
}  # fmt: skip


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    logging.getLogger("jieba").setLevel(logging.ERROR)
    jieba.initialize()
    files = [Path(name) for name in sys.argv[1:]] or sorted(REPORTS.glob("*.txt"))
    print(f"{'text':20} {'chars':>6} {'jieba ms':>9} " + " ".join(f"{name:>9}" for name in BUDGETS))
    every: dict[str, list[float]] = {name: [] for name in BUDGETS}
    for file in files:
        ratios, chars, base = _measure(file, jieba.lcut)
        for name, ratio in ratios.items():
            every[name].append(ratio)
        print(f"{file.stem:20} {chars:6} {base * 1e3:9.2f} " + " ".join(f"{ratios[name]:9.3f}" for name in BUDGETS))
    print(f"{'median':37} " + " ".join(f"{statistics.median(every[name]):9.3f}" for name in BUDGETS))
    print(f"{'budget':37} " + " ".join(f"{budget:9.3f}" for budget in BUDGETS.values()))
    _commands(files[0])


def _measure(file: Path, lcut: Callable[[str], list[str]]) -> tuple[dict[str, float], int, float]:
    document = read(file)
    text = document.text
    codebook, coder, segmenter = load_codebook(), load_coder(), load_segmenter()
    normalized = normalize(text)
    plain = normalized.text
    spans = tuple(normalized.norm_span(table.start, table.end) for table in document.tables)
    forms = find_forms(plain, tables=spans)
    apart = tuple(sorted((*spans, *((form.start, form.end) for form in forms))))
    layout = find_structure(plain, tables=apart)
    paths = [layout.path(at) for at in range(len(layout.headings))]
    report = analyze(document)
    stages: dict[str, Callable[[], Any]] = {
        "jieba": lambda: lcut(text),
        "normalise": lambda: normalize(text),
        "structure": lambda: find_structure(plain, tables=apart),
        "segment": lambda: segmenter.tokens(plain),
        "code": lambda: coder.predict(plain, layout.starts, layout.ends, paths=paths, path_of=layout.sections),
        "facts": lambda: _facts(document, normalized, layout, paths, report),
        "intervals": lambda: _intervals(analyze(document, codebook=codebook, coder=coder, segmenter=segmenter)),
        "whole": lambda: _whole(analyze(document, codebook=codebook, coder=coder, segmenter=segmenter)),
    }
    times: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(ROUNDS):
        for name, stage in stages.items():
            start = time.perf_counter()
            stage()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians.pop("jieba")
    ratios = {name: value / base for name, value in medians.items()}
    ratios["intervals"] -= ratios["whole"]
    ratios["rest"] = ratios["whole"] - sum(ratios[name] for name in ratios if name not in ("whole", "intervals"))
    return ratios, len(text), base


def _facts(
    document: Document, normalized: Normalized, layout: Layout, paths: list[tuple[str, ...]], report: Report
) -> None:
    """Figures of prose, tables and forms, and what they must add up to."""
    forms = find_forms(normalized.text, tables=[normalized.norm_span(t.start, t.end) for t in document.tables])
    facts, groups, _, _ = find_facts(document, normalized, layout, paths, report.meta, forms)
    find_checks(facts, meta=report.meta, groups=groups, sections=report.sections, text=document.text)


def _whole(report: Report) -> None:
    """All that an analysis is asked for, as arrays: shares and keywords too, objects for people and intervals not."""
    report.category_shares(intervals=False)
    report.keywords()


def _intervals(report: Report) -> None:
    """What `_whole` does, and the intervals of all shares."""
    _whole(report)
    report.category_shares()
    _ = report.balance


def _commands(file: Path) -> None:
    """Cold starts: a report's summary beside jieba's own, and --help beside an empty program."""
    programs = {
        "jieba": [sys.executable, "-W", "ignore", "-c", "import jieba; jieba.initialize()"],
        "summary": [sys.executable, "-m", "zhgovtext", "summary", str(file)],
        "pass": [sys.executable, "-c", "pass"],
        "help": [sys.executable, "-m", "zhgovtext", "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(7):
        for name, program in programs.items():
            start = time.perf_counter()
            subprocess.run(program, check=True, capture_output=True)
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"cold summary: {medians['summary']:.3f} s, jieba.initialize: {medians['jieba']:.3f} s,", end=" ")
    print(f"ratio {medians['summary'] / medians['jieba']:.2f} (budget 0.60)")
    print(f"--help: {medians['help']:.3f} s, pass: {medians['pass']:.3f} s,", end=" ")
    print(f"ratio {medians['help'] / medians['pass']:.1f} (budget 5)")


if __name__ == "__main__":
    main()
