"""Keywords of reports by every method, and what they cost as a part of what `jieba.lcut` alone takes on the same text.

    python benchmarks/keywords.py [FILE...]

Without files it takes the shared reports, or where they are not there those of corpus/reports. Each cost is the median
of `ROUNDS` rounds in which jieba and the methods take turns. TF-IDF is set beside jieba.analyse's own ranking of the
same words: `alike` is the part of its first 20 that ours has.
"""

from __future__ import annotations

import logging
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from zhgovtext.dictionary import count_dictionary, load_dictionary
from zhgovtext.keyness import METHODS, find_keywords, load_stopwords
from zhgovtext.report import Report, analyze

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "reports"
ROUNDS = 21
BUDGET = 0.05


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        import jieba.analyse
    logging.getLogger("jieba").setLevel(logging.ERROR)
    jieba.initialize()
    folder = SHARED if SHARED.is_dir() else ROOT / "corpus" / "reports"
    files = [Path(name) for name in sys.argv[1:]] or sorted(p for p in folder.iterdir() if p.suffix in (".txt", ".pdf"))
    costs: dict[str, list[float]] = {name: [] for name in (*METHODS, "dictionary")}
    for file in files:
        report = analyze(file)
        print(f"{file.name}: {len(report.normalized.text)} characters, alike {_alike(report, jieba.analyse):.2f}")
        for method in METHODS:
            terms = " ".join(f"{keyword.term}×{keyword.count}" for keyword in report.keywords(method=method))
            print(f"  {method:15} {terms}")
        for name, cost in _costs(report, jieba.lcut).items():
            costs[name].append(cost)
            print(f"  {name:15} {cost:.3f}")
    print("median", *(f"{name} {statistics.median(values):.3f}" for name, values in costs.items()), f"budget {BUDGET}")


def _costs(report: Report, lcut: Any) -> dict[str, float]:
    text, words = report.normalized.text, report.words
    tone = load_dictionary(ROOT / "examples" / "tone.csv")
    stages: dict[str, Any] = {"jieba": lambda: lcut(text), "dictionary": lambda: count_dictionary(report, tone)}
    for method in METHODS:
        stages[method] = lambda method=method: find_keywords(words, method=method)
    times: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(ROUNDS):
        for name, stage in stages.items():
            start = time.perf_counter()
            stage()
            times[name].append(time.perf_counter() - start)
    base = statistics.median(times.pop("jieba"))
    return {name: statistics.median(values) / base for name, values in times.items()}


def _alike(report: Report, analyse: Any) -> float:
    """jieba.analyse on our words: its tokenizer is one that cuts as we did."""
    ranker = analyse.TFIDF()

    class _Cut:
        def cut(self, text: str) -> list[str]:
            return report.words

    ranker.tokenizer = _Cut()
    ours = {keyword.term for keyword in find_keywords(report.words, method="tfidf")}
    stop = load_stopwords()
    out = (w for w in report.words if not "\u4e00" <= w[0] <= "\u9fff" or stop.is_function(w) or w in stop.commonplace)
    ranker.stop_words = {word.lower() for word in out}
    return len(ours & set(ranker.extract_tags("", topK=20))) / max(1, len(ours))


if __name__ == "__main__":
    main()
