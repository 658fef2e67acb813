"""Text reuse: what is found among pairs and reports with known copies, how much by chance, and how fast.

    python benchmarks/reuse.py [--speed COUNT]

Pairs: `reuse_pairs.tsv`, those that tuning saw and those held back; a pair counts as copied when most of the target's
characters do. Reports: the two agencies of `corpus/reports` whose copied sentences are listed, each report against
all earlier ones. Chance: passages of `corpus/sentences.tsv`, which copy nothing, against one another. `--speed`
indexes COUNT reports of `multiply.py`, every sentence altered so that no two are the same, and searches some of them
again.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from multiply import multiply

from zhgovtext.report import analyze
from zhgovtext.resources import rows
from zhgovtext.reuse import ReuseIndex, Source, find_reuse, hash_sentences, read_source, report_source

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
COPIED = {"copied": True, "figures": True, "reworded": True, "split": True, "merged": True}
_COMMON = "的了和在是有对为上中个年部门单位工作信息公开管理服务建设项目情况组织加强完善推进落实全面群众企业"


def measure_pairs() -> None:
    """Precision and recall of copied against not, by part, and of `required` among the templates."""
    tallies: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    kinds: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for _, row in rows(HERE / "reuse_pairs.tsv", ("id", "part", "kind", "target", "source")):
        source = read_source(row["source"], name="source")
        target = read_source(row["target"], name="target")
        reuse = find_reuse(target, [source])
        wanted = row["kind"] in COPIED
        if row["kind"] == "template":
            right = bool(reuse.required.any()) and not reuse.copied.any()
            found = wanted if right else not wanted
        else:
            found = reuse.chars.copied * 2 > reuse.chars.total
        tallies[row["part"]][2 * wanted + found] += 1
        kinds[row["part"], row["kind"]][0] += found == wanted
        kinds[row["part"], row["kind"]][1] += 1
        if found != wanted:
            print(f"  wrong: {row['id']} ({row['part']})\n    {row['target']}\n    {row['source']}")
    for part, (_, false, missed, true) in sorted(tallies.items()):
        print(f"pairs, {part}: {_figures(true, false, missed)}")
        print("  " + ", ".join(f"{kind} {right}/{n}" for (at, kind), (right, n) in kinds.items() if at == part))


def measure_reports() -> None:
    """Copied sentences of whole reports, each (sentence, source) counted."""
    true = false = missed = 0
    reports = {path.stem: analyze(path) for path in sorted((CORPUS / "reports").glob("*.txt"))}
    listed = {name: _listed(name) for name in reports}
    names = [
        name for name in reports if any(name in (target, source) for target in listed for source, _ in listed[target])
    ]
    for name in names:
        earlier = [other for other in names if other[-4:] < name[-4:]]
        report = reports[name]
        found = find_reuse(report, [reports[other] for other in earlier])
        got = {(earlier[copy.origin], report.document.text[copy.start : copy.end]) for copy in found.copies}
        known = listed[name]
        # A listed text may be several units, or part of one.
        for source, text in sorted(known):
            hit = any(source == other and (text in unit or unit in text) for other, unit in got)
            true, missed = true + hit, missed + (not hit)
            if not hit:
                print(f"  missed: {name} from {source}: {text}")
        for source, text in sorted(got):
            if not any(source == other and (text in unit or unit in text) for other, unit in known):
                false += 1
                print(f"  not listed: {name} from {source}: {text}")
    print(f"reports: {_figures(true, false, missed)}")


def _listed(name: str) -> set[tuple[str, str]]:
    known = json.loads((CORPUS / "reports" / f"{name}.known.json").read_text(encoding="utf-8"))
    return {(copy["from"], copy["text"]) for copy in known.get("copied", [])}


def measure_haystack(times: int = 70) -> None:
    """The listed copies again, where all reports stand in one index with altered passages that are none of theirs."""
    reports = {path.stem: report_source(analyze(path)) for path in sorted((CORPUS / "reports").glob("*.txt"))}
    passages = _passages()
    index = ReuseIndex([*reports.values(), *_alter(passages, times * len(passages))])
    true = false = missed = 0
    spent = 0.0
    for name, report in reports.items():
        text = (CORPUS / "reports" / f"{name}.txt").read_text(encoding="utf-8")
        started = time.perf_counter()
        found = index.find(report, limit=20)
        spent += time.perf_counter() - started
        got = {(copy.source, text[copy.start : copy.end]) for copy in found.copies}
        for source, sentence in _listed(name):
            hit = any(source == Path(other).stem and (sentence in unit or unit in sentence) for other, unit in got)
            true, missed = true + hit, missed + (not hit)
        false += sum(other.isdecimal() for other in {source for source, _ in got})
    sentences = times * sum(len(source.starts) for source in passages)
    print(
        f"haystack of {sentences} sentences: {true} of {true + missed} listed copies found, {false} false sources, "
        f"{spent / len(reports) * 1000:.0f} ms a report"
    )


def _passages() -> list[Source]:
    passages: dict[str, list[str]] = defaultdict(list)
    for _, row in rows(CORPUS / "sentences.tsv", ("id", "report", "headings", "category", "text")):
        passages[row["report"]].append(row["text"])
    return [read_source("\n".join(texts), name=name) for name, texts in passages.items()]


def measure_chance() -> None:
    """How many sentences that copy nothing are said to, by the number of sources searched at once."""
    sources = _passages()
    random.Random(1).shuffle(sources)
    index = ReuseIndex([])
    for count, named in ((1, True), (5, True), (25, False), (100, False), (len(sources), False)):
        found = searched = 0
        for number, target in enumerate(sources[:300]):
            others = [sources[(number + 1 + step) % len(sources)] for step in range(count)]
            if not named and (number == 0 or (count < len(sources) and number % 50 == 0)):
                index = ReuseIndex(others)
            reuse = find_reuse(target, others) if named else index.find(target)
            found += reuse.sentences.copied
            searched += reuse.sentences.total
        way = "find_reuse" if named else "ReuseIndex"
        print(f"chance, {way} of {count} passages: {found} of {searched} sentences ({found / searched:.2%})")


def measure_speed(count: int) -> None:
    """Time and memory of an index of `count` altered reports, and of searching some of them again."""
    with tempfile.TemporaryDirectory() as folder:
        multiply(min(count, 200), Path(folder))
        reports = [analyze(path) for path in sorted(Path(folder).glob("*.txt"))]
    started = time.perf_counter()
    sources = [report_source(report) for report in reports]
    print(f"report_source: {(time.perf_counter() - started) / len(reports) * 1000:.2f} ms a report")
    started = time.perf_counter()
    sentences = sum(len(source.starts) for source in _alter(sources, count))
    altering = time.perf_counter() - started
    before = _memory()
    started = time.perf_counter()
    index = ReuseIndex(_alter(sources, count))
    built = time.perf_counter() - started - altering
    print(f"index: {count} reports, {sentences} sentences in {built:.1f} s; peak {_memory()} MB ({before} before)")
    print(f"index: {index.nbytes / 1e6:.0f} MB, {index.nbytes / sentences:.0f} bytes a sentence")
    searched = list(_alter(sources, 200))
    started = time.perf_counter()
    copied = sum(index.find(source).sentences.copied for source in searched)
    each = (time.perf_counter() - started) / len(searched)
    print(f"find: {each * 1000:.1f} ms a report ({copied / len(searched):.1f} copied sentences each)")


def _alter(sources: list[Source], count: int) -> Iterator[Source]:
    """Copies of sources with a tenth of the characters of every sentence changed, so that forms differ."""
    rng = np.random.default_rng(1)
    common = np.array([ord(char) for char in _COMMON], dtype=np.uint16)
    for number in range(count):
        source = sources[number % len(sources)]
        chars = source.chars.copy()
        changed = rng.random(len(chars)) < 0.1
        chars[changed] = rng.choice(common, int(changed.sum()))
        forms = hash_sentences(chars, source.bounds)
        yield Source(
            f"{number}",
            f"{number}",
            source.starts,
            source.ends,
            chars,
            source.bounds,
            source.telling,
            forms,
            forms,
            source.required,
        )


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _figures(true: int, false: int, missed: int) -> str:
    precision = true / (true + false) if true + false else float("nan")
    recall = true / (true + missed) if true + missed else float("nan")
    return f"precision {precision:.3f} ({true} of {true + false}), recall {recall:.3f} ({true} of {true + missed})"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--speed", type=int, metavar="COUNT")
    count = parser.parse_args().speed
    if count:
        measure_speed(count)
        return
    measure_pairs()
    measure_reports()
    measure_chance()
    measure_haystack()


if __name__ == "__main__":
    main()
