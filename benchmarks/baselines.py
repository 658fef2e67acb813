"""What simple methods reach on real reports that the shipped coder never saw, beside what it reaches itself.

    python benchmarks/baselines.py ../shared/reports

The folder is that of ``gold.py``. Every method codes the same sentences: those that `analyze` finds, in normalised
script; a gold unit gets the category of the one that covers most of it (``matching.py``), so that the methods differ
in the coding alone. They are

- `cues`: the category of the codebook with most cues in the sentence, the first of equals, ``other`` without any;
- `plain, corpus`: character n-grams (1-3) weighted by TF-IDF and logistic regression as scikit-learn has them, classes
  given equal weight (without that it reaches less), trained on ``corpus/sentences.tsv``;
- `plain, real`: the same, trained on the gold units of the other reports. A yardstick only: the product learns from no
  real report;
- `coder, sentence`: the shipped coder shown the sentence alone;
- `coder, report`: what `analyze` says.

Macro-F1 is that of the categories with ten gold units or more.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from matching import cover
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score
from sklearn.pipeline import Pipeline, make_pipeline

from zhgovtext.classification import classify
from zhgovtext.codebook import load_codebook
from zhgovtext.report import analyze
from zhgovtext.script import normalize

CORPUS = Path(__file__).parent.parent / "corpus" / "sentences.tsv"
ENOUGH = 10

Unit = tuple[str, str]


def main() -> None:
    folder = Path(sys.argv[1])
    reports = {name: analyze(path) for name, path in _paths(folder).items()}
    gold = {name: _gold(folder / "gold" / f"{name}.sentences.tsv") for name in reports}
    texts = {name: [normalize(found.text).text for found in report.sentences] for name, report in reports.items()}
    learned = _fit(_corpus())
    methods = {
        "cues": {name: _by_cues(found) for name, found in texts.items()},
        "plain, corpus": {name: _predict(learned, found) for name, found in texts.items()},
        "plain, real": {name: _by_others(name, gold, found) for name, found in texts.items()},
        "coder, sentence": {name: [str(label.category) for label in classify(found)] for name, found in texts.items()},
        "coder, report": {
            name: [str(found.category) for found in report.sentences] for name, report in reports.items()
        },
    }
    covers = {name: cover(report, [text for _, text in gold[name]]) for name, report in reports.items()}
    truth = [category for units in gold.values() for category, _ in units]
    guesses = {
        method: [code for name in reports for code in _covered(coded[name], covers[name])]
        for method, coded in methods.items()
    }
    _print(truth, guesses)


def _paths(folder: Path) -> dict[str, Path]:
    """Reports that have gold sentences, as text where the folder has that."""
    names = sorted(path.name.split(".")[0] for path in (folder / "gold").glob("*.sentences.tsv"))
    found = {
        name: [path for kind in ("txt", "html", "docx", "pdf") if (path := folder / f"{name}.{kind}").is_file()]
        for name in names
    }
    return {name: paths[0] for name, paths in found.items() if paths}


def _gold(path: Path) -> list[Unit]:
    cells = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(category, text) for category, _, text in cells]


def _corpus() -> list[Unit]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(
            (line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        )
        return [(row["category"], row["text"]) for row in rows]


def _by_cues(texts: Sequence[str]) -> list[str]:
    categories = load_codebook().categories
    codes: list[str] = []
    for text in texts:
        hits = [sum(text.count(cue) for cue in category.cues) for category in categories]
        codes.append(categories[hits.index(max(hits))].code if any(hits) else "other")
    return codes


def _fit(units: Sequence[Unit]) -> Pipeline:
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3)),
        LogisticRegression(class_weight="balanced", max_iter=1000),
    )
    return model.fit([normalize(text).text for _, text in units], [category for category, _ in units])


def _predict(model: Pipeline, texts: Sequence[str]) -> list[str]:
    return [str(code) for code in model.predict(texts)] if texts else []


def _by_others(name: str, gold: dict[str, list[Unit]], texts: Sequence[str]) -> list[str]:
    return _predict(_fit([unit for other, units in gold.items() if other != name for unit in units]), texts)


def _covered(codes: Sequence[str], places: Sequence[int | None]) -> list[str]:
    return ["uncoded" if at is None else codes[at] for at in places]


def _print(truth: Sequence[str], guesses: dict[str, list[str]]) -> None:
    support = Counter(truth)
    labels = [code for code in load_codebook().codes if support[code]]
    enough = [code for code in labels if support[code] >= ENOUGH]
    width = max(map(len, guesses)) + 2

    def line(name: str, count: int, figures: Sequence[float]) -> None:
        print(f"{name:15} {count:4}" + "".join(f"{figure:{width}.3f}" for figure in figures))

    print(f"{'':15} {'n':>4}" + "".join(f"{method:>{width}}" for method in guesses))
    line("accuracy", len(truth), [accuracy_score(truth, codes) for codes in guesses.values()])
    line("kappa", len(truth), [cohen_kappa_score(truth, codes) for codes in guesses.values()])
    macro = [f1_score(truth, codes, labels=enough, average="macro", zero_division=0) for codes in guesses.values()]
    line("macro-F1", sum(support[code] for code in enough), macro)
    print(f"F1 ({len(labels) - len(enough)} categories of fewer than {ENOUGH} units are not in macro-F1)")
    by_code = [f1_score(truth, codes, labels=labels, average=None, zero_division=0) for codes in guesses.values()]
    for at, code in enumerate(labels):
        line(code, support[code], [float(figures[at]) for figures in by_code])


if __name__ == "__main__":
    main()
