"""One report's whole work, beside what a user would write by hand and beside public packages that do part of it.

    python benchmarks/peers.py PEERS_PYTHON [FILE...]

`PEERS_PYTHON` is the Python of an environment of its own with jieba, opencc-python-reimplemented and scikit-learn, and
with jionlp and harvesttext, as far as it has them. Without files it takes the reports of corpus/reports.

- `by hand`: script by OpenCC, sentences at their stops, words by jieba, categories by TF-IDF of words and logistic
  regression, figures by a regular expression (number and counter), keywords by jieba's TF-IDF. Its classifier is
  trained on ``corpus/sentences.tsv`` before any clock starts.
- `jionlp`: script, sentences, times, keyphrases. `harvesttext`: sentences, words, keywords.

Each runs in a process of its own; they take turns over all texts, `ROUNDS` times. Time is that of the processor, of
each text the median; beside each package stands what we take for the same parts. A cold start is all that a process
takes until it has the first report's result; the peak is the most memory it held. Then what they find: figures of
tests/files/figures that a careful reader wants, by place and value, and those found where the reader has none; and, of
files that have a ``gold/NAME.sentences.tsv`` beside them, the reader's sentences that come out whole, white space
apart.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROUNDS = 5
KEYWORDS = 20

Found = dict[str, list[Any]]
Work = Callable[[str], Found]

_STOPS = re.compile("(?<=[。！？；\n])")
_COUNTERS = "条件篇次份项个人名场期家册页元宗起例部种类处所辆台套户米"
_FIGURE = re.compile(rf"(\d[\d,]*(?:\.\d+)?)\s*([万亿]?)\s*(?:%|余?[{_COUNTERS}])")
_SCALES = {"": 1.0, "万": 1e4, "亿": 1e8}


# What runs in the processes: a maker loads what is needed and returns the work on one text.


def whole(_model: str) -> Work:
    """All that an analysis of ours gives."""
    from zhgovtext.report import analyze_text

    def work(text: str) -> Found:
        report = analyze_text(text)
        report.category_shares(intervals=False)
        words = [keyword.term for keyword in report.keywords(KEYWORDS)]
        layout, plain = report.layout, report.normalized
        starts, ends = plain.source_spans(layout.starts, layout.ends)
        figures = [[fact.start, fact.value] for fact in report.facts]
        sentences = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return {"sentences": sentences, "figures": figures, "keywords": words}

    return work


def parts(numbers: bool) -> Callable[[str], Work]:
    """Of ours only script, sentences, words, keywords, and the `numbers` in the text."""

    def make(_model: str) -> Work:
        from zhgovtext.keyness import find_keywords
        from zhgovtext.quantities import find_numbers
        from zhgovtext.script import normalize
        from zhgovtext.segmentation import load_segmenter
        from zhgovtext.structure import find_structure

        segmenter = load_segmenter()

        def work(text: str) -> Found:
            plain = normalize(text).text
            layout = find_structure(plain)
            found = find_numbers(plain) if numbers else []
            words = segmenter.tokens(plain).words
            return {"sentences": layout.starts.tolist(), "figures": found, "keywords": find_keywords(words, n=KEYWORDS)}

        return work

    return make


def by_hand(model: str) -> Work:
    """What a careful user would write in an afternoon."""
    import jieba
    import jieba.analyse
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    classifier = import_module("joblib").load(model)

    def work(text: str) -> Found:
        plain = convert(text)
        sentences = [part.strip() for part in _STOPS.split(plain) if part.strip()]
        words = [" ".join(jieba.lcut(sentence)) for sentence in sentences]
        categories = classifier.predict(words).tolist()
        figures = [
            [match.start(), float(match[1].replace(",", "")) * _SCALES[match[2]]] for match in _FIGURE.finditer(plain)
        ]
        keywords = jieba.analyse.extract_tags(plain, topK=KEYWORDS)
        return {"sentences": sentences, "figures": figures, "keywords": keywords, "categories": categories}

    return work


def train_by_hand(model: str) -> None:
    """The classifier of `by_hand`, from the coded sentences of corpus/."""
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    with (ROOT / "corpus" / "sentences.tsv").open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    vectorizer = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True)
    classifier = make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000, class_weight="balanced"))
    classifier.fit([" ".join(jieba.lcut(row["text"])) for row in rows], [row["category"] for row in rows])
    import_module("joblib").dump(classifier, model)


def with_jionlp(_model: str) -> Work:
    jionlp = import_module("jionlp")

    def work(text: str) -> Found:
        plain = jionlp.tra2sim(text)
        sentences = jionlp.split_sentence(plain, criterion="coarse")
        times = jionlp.ner.extract_time(plain)
        keywords = jionlp.keyphrase.extract_keyphrase(plain, top_k=KEYWORDS)
        return {"sentences": sentences, "times": times, "keywords": keywords}

    return work


def with_harvesttext(_model: str) -> Work:
    own = import_module("harvesttext").HarvestText()

    def work(text: str) -> Found:
        sentences = own.cut_sentences(text)
        words = [own.seg(sentence) for sentence in sentences]
        keywords = own.extract_keywords(text, KEYWORDS, method="jieba_tfidf")
        return {"sentences": sentences, "words": words, "keywords": keywords}

    return work


MAKERS: dict[str, Callable[[str], Work]] = {
    "zhgovtext": whole,
    "by hand": by_hand,
    "jionlp": with_jionlp,
    "zhgovtext, as jionlp": parts(numbers=True),
    "harvesttext": with_harvesttext,
    "zhgovtext, as harvesttext": parts(numbers=False),
}


def serve(name: str, model: str) -> None:
    """Answer a line of standard input each: texts the first time and how long they took cold; then seconds of a round,
    or what was found."""
    import resource

    warnings.simplefilter("ignore")
    texts: list[str] = json.loads(sys.stdin.readline())
    unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024
    answer = sys.stdout
    # Packages talk to standard output when they are loaded.
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            work = MAKERS[name](model)
        except ImportError as error:
            print(json.dumps({"missing": str(error)}), file=answer, flush=True)
            return
        work(texts[0])
        cold = time.process_time()
        print(json.dumps({"cold": cold}), file=answer, flush=True)
        for line in sys.stdin:
            given: list[str] | None = json.loads(line)
            times, found = [], []
            for text in given or texts:
                start = time.process_time()
                done = work(text)
                times.append(time.process_time() - start)
                if given:
                    found.append({key: done[key] for key in ("sentences", "figures") if key in done})
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
            print(json.dumps({"s": times, "peak": peak, "found": found}), file=answer, flush=True)


class Peer:
    """A process that does one of the works."""

    def __init__(self, python: str, name: str, model: str, texts: list[str]) -> None:
        self.name = name
        self.rounds: list[list[float]] = []
        self.peak = 0.0
        self._process = subprocess.Popen(
            [python, "-W", "ignore", __file__, "--serve", name, model],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        )  # fmt: skip
        first = self._ask(texts)
        self.cold: float | None = first.get("cold")
        self.missing: str | None = first.get("missing")

    def _ask(self, given: list[str] | None) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(given) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        result: dict[str, Any] = json.loads(line) if line else {"missing": "it ended"}
        return result

    def turn(self) -> None:
        """One round over the texts that it was begun with."""
        answer = self._ask(None)
        self.rounds.append(answer["s"])
        self.peak = answer["peak"]

    def times(self) -> list[float]:
        """Seconds of each text: the median of the rounds."""
        return [statistics.median(times) for times in zip(*self.rounds, strict=True)]

    def find(self, texts: list[str]) -> list[Found]:
        found: list[Found] = self._ask(texts)["found"]
        return found

    def close(self) -> None:
        self._process.communicate()


def main() -> None:
    if sys.argv[1] == "--serve":
        serve(*sys.argv[2:])
    elif sys.argv[1] == "--train":
        train_by_hand(sys.argv[2])
    else:
        files = [Path(name) for name in sys.argv[2:]] or sorted((ROOT / "corpus" / "reports").glob("*.txt"))
        _compare(sys.argv[1], files)


def _compare(python: str, files: list[Path]) -> None:
    texts = [file.read_text(encoding="utf-8") for file in files]
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "by-hand.joblib")
        subprocess.run([python, "-W", "ignore", __file__, "--train", model], check=True, capture_output=True)
        peers = [Peer(sys.executable if name.startswith("zhgovtext") else python, name, model, texts)
                 for name in MAKERS]  # fmt: skip
        there = [peer for peer in peers if peer.missing is None]
        for _ in range(ROUNDS):
            for peer in there:
                peer.turn()
        _costs(peers, texts)
        _figures([peer for peer in there if peer.name in ("zhgovtext", "by hand")])
        _sentences([peer for peer in there if not peer.name.startswith("zhgovtext,")], files)
        for peer in peers:
            peer.close()


def _costs(peers: list[Peer], texts: list[str]) -> None:
    chars = sum(map(len, texts))
    print(f"{len(texts)} reports, {chars} characters; times of the median report, and of the slowest")
    print("| | ms | slowest, ms | × whole of ours | × same parts of ours | cold start, s | peak, MB |")
    print("| - | -: | -: | -: | -: | -: | -: |")
    medians = {peer.name: statistics.median(peer.times()) for peer in peers if peer.rounds}
    for peer in peers:
        if peer.missing is not None:
            print(f"| {peer.name} | not there: {peer.missing} |")
            continue
        took = medians[peer.name]
        same = "zhgovtext" if peer.name == "by hand" else f"zhgovtext, as {peer.name}"
        beside = f"{took / medians[same]:.1f}" if same in medians else ""
        milliseconds = f"{took * 1e3:.1f} | {max(peer.times()) * 1e3:.1f}"
        print(f"| {peer.name} | {milliseconds} | {took / medians['zhgovtext']:.1f} | {beside} |", end=" ")
        print(f"{peer.cold:.2f} | {peer.peak:.0f} |")


def _figures(peers: list[Peer]) -> None:
    """Figures of prose that a careful reader wants; what is borderline counts neither way."""
    sources = sorted((ROOT / "tests" / "files" / "figures").glob("*.facts.json"))
    truths = [json.loads(source.read_text(encoding="utf-8")) for source in sources]
    texts = [source.with_name(source.name.replace(".facts.json", ".txt")).read_text(encoding="utf-8")
             for source in sources]  # fmt: skip
    print("\n| figures by place and value | wanted | found | beyond |\n| - | -: | -: | -: |")
    for peer in peers:
        wanted = hits = beyond = 0
        for truth, found in zip(truths, peer.find(texts), strict=True):
            known = {_key(fact) for fact in truth}
            needed = {_key(fact) for fact in truth if not fact.get("note", "").startswith("borderline")}
            got = {(start, _value(value)) for start, value in found["figures"]}
            wanted, hits, beyond = wanted + len(needed), hits + len(needed & got), beyond + len(got - known)
        print(f"| {peer.name} | {wanted} | {hits} | {beyond} |")


def _key(fact: dict[str, Any]) -> tuple[int, float | None]:
    return fact["start"], _value(fact["value"])


def _value(value: Any) -> float | None:
    return None if value is None else round(float(value), 6)


def _sentences(peers: list[Peer], files: list[Path]) -> None:
    """The reader's sentences that come out whole."""
    golds = [(file, gold) for file in files if (gold := file.parent / "gold" / f"{file.stem}.sentences.tsv").is_file()]
    if not golds:
        return
    texts = [file.read_text(encoding="utf-8") for file, _ in golds]
    units = [list(_units(gold)) for _, gold in golds]
    print(f"\n| sentences of {len(golds)} reports | wanted | come out whole | pieces |\n| - | -: | -: | -: |")
    for peer in peers:
        found = [[_squeeze(sentence) for sentence in each["sentences"]] for each in peer.find(texts)]
        whole_ = sum(unit in set(each) for each, wanted in zip(found, units, strict=True) for unit in wanted)
        print(f"| {peer.name} | {sum(map(len, units))} | {whole_} | {sum(map(len, found))} |")


def _units(gold: Path) -> Iterator[str]:
    for line in gold.read_text(encoding="utf-8").splitlines():
        if line:
            yield _squeeze(line.split("\t")[2])


def _squeeze(text: str) -> str:
    return "".join(text.split())


if __name__ == "__main__":
    main()
