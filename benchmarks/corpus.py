"""Quality of the coded corpus: counts, balance, near-duplicates, vocabulary, form beside real reports, two readers.

    python benchmarks/corpus.py [../shared/reports] [--sample N]

Near-duplicates: character 3-grams with figures and names of places masked, Jaccard of any two units; the closest pairs
are listed. Vocabulary growth: new jieba words per thousand tokens, in tenths of the corpus drawn at random. Form:
quantiles of unit length and marks per hundred characters, beside the units of the real reports when their folder is
given.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import cohen_kappa_score

from zhgovtext.report import analyze
from zhgovtext.resources import rows
from zhgovtext.script import normalize
from zhgovtext.segmentation import load_segmenter

ROOT = Path(__file__).parent.parent / "corpus"
SEED = 20161110
CLOSE = 0.6
# Units of one template would be this alike.
TEMPLATE = 0.4
_FIGURE = re.compile(r"[\d.,，]*\d[万亿]?|[一二三四五六七八九十百千万两]+(?=[件条篇次个项家名份期场])")
_PLACE = re.compile("[\u4e00-\u9fff]{2,4}?(?:省|市|县|区|镇|乡|街道)")


def main() -> None:
    units = [row for _, row in rows(ROOT / "sentences.tsv", ("id", "report", "headings", "category", "text"))]
    texts = [normalize(row["text"]).text for row in units]
    print(f"{len(units)} units in {len({row['report'] for row in units})} reports")
    print("categories:", ", ".join(f"{code} {count}" for code, count in _counts(row["category"] for row in units)))
    _styles()
    _near_duplicates(units, texts)
    _vocabulary(texts)
    _form("corpus", texts)
    folder = next((Path(word) for word in sys.argv[1:] if Path(word).is_dir()), None)
    if folder:
        reports = [analyze(path) for path in sorted(folder.glob("*.*")) if path.suffix in (".txt", ".pdf")]
        _form("real reports", [normalize(sentence.text).text for report in reports for sentence in report.sentences])
    _agreement({row["id"]: row["category"] for row in units})
    if "--sample" in sys.argv:
        size = int(sys.argv[sys.argv.index("--sample") + 1])
        for at in np.random.default_rng(SEED).choice(len(units), size, replace=False):
            print(f"  {units[at]['category']:15} {units[at]['headings']} | {units[at]['text']}")


def _counts(values: object) -> list[tuple[str, int]]:
    return Counter(values).most_common()  # type: ignore[call-overload, no-any-return]


def _styles() -> None:
    columns = ("passage", "report", "regime", "level", "body", "place", "tone", "script")
    passages = [row for _, row in rows(ROOT / "passages.tsv", columns)]
    for name in columns[2:]:
        counts = _counts(row[name] for row in passages)
        print(f"passages by {name}:", ", ".join(f"{value} {count}" for value, count in counts[:12]))


def _near_duplicates(units: list[dict[str, str]], texts: list[str]) -> None:
    masked = [_PLACE.sub("某地", _FIGURE.sub("0", text)) for text in texts]
    grams = CountVectorizer(analyzer="char", ngram_range=(3, 3), binary=True).fit_transform(masked)
    sizes = np.asarray(grams.sum(axis=1)).ravel()
    grams.indices, grams.indptr = grams.indices.astype("int32"), grams.indptr.astype("int32")
    shared = (grams @ grams.T).tocoo()
    above = shared.row < shared.col
    first, second, common = shared.row[above], shared.col[above], shared.data[above]
    jaccard = common / np.maximum(sizes[first] + sizes[second] - common, 1)
    close = jaccard >= CLOSE
    print(f"pairs of units with Jaccard >= {CLOSE}: {int(close.sum())}; share of units in one:", end=" ")
    print(f"{len(set(first[close].tolist()) | set(second[close].tolist())) / len(units):.4f}")
    for at in np.argsort(-jaccard, kind="stable")[:8]:
        one, other = units[first[at]], units[second[at]]
        print(f"  {jaccard[at]:.2f} {one['id']} {one['text'][:50]} ~ {other['id']} {other['text'][:50]}")
    alike = jaccard >= TEMPLATE
    graph = coo_array((np.ones(int(alike.sum())), (first[alike], second[alike])), shape=(len(units), len(units)))
    largest = int(np.bincount(connected_components(graph, directed=False)[1]).max())
    openings = Counter(text[:8] for text in masked).most_common(1)[0]
    print(f"largest group linked by Jaccard >= {TEMPLATE}: {largest} units; commonest opening of eight: {openings}")


def _vocabulary(texts: list[str]) -> None:
    segmenter = load_segmenter()
    order = np.random.default_rng(SEED).permutation(len(texts))
    seen: set[str] = set()
    growth: list[str] = []
    for part in np.array_split(order, 10):
        words = [word for at in part for word in segmenter.tokens(texts[at]).words if word.strip()]
        new = set(words) - seen
        seen |= new
        growth.append(f"{1000 * len(new) / max(len(words), 1):.0f}")
    print(f"{len(seen)} words; new words per thousand tokens, by tenths:", " ".join(growth))


def _form(name: str, texts: list[str]) -> None:
    lengths: npt.NDArray[np.int64] = np.array([len(text) for text in texts])
    letters = "".join(texts)
    quantiles = " ".join(str(int(q)) for q in np.quantile(lengths, (0.05, 0.25, 0.5, 0.75, 0.95)))
    marks = " ".join(f"{mark} {100 * letters.count(mark) / len(letters):.2f}" for mark in "，、。；：“《（")
    figures = 100 * sum(bool(_FIGURE.search(text)) for text in texts) / len(texts)
    print(f"{name}: {len(texts)} units, length 5/25/50/75/95 %: {quantiles}; marks per hundred: {marks};", end=" ")
    print(f"with a figure {figures:.0f} %")


def _agreement(first: dict[str, str]) -> None:
    """Cohen's kappa and Krippendorff's alpha of the writers' codes, before disputes were settled, and the readers'."""
    codings = [("sentences", _first(first, "disputes.tsv"), _column("second_coding.tsv", "category"))]
    for name, disputes in (("rare", "rare_disputes"), ("clauses", "clause_disputes"), ("items", "item_disputes")):
        kind = "category" if name == "rare" else "type"
        codings.append(
            (name, _first(_column(f"{name}.tsv", kind), f"{disputes}.tsv"), _column(f"{name}.tsv", "second"))
        )
    for name, one, two in codings:
        a, b = list(one.values()), [two[key] for key in one]
        same = sum(x == y for x, y in zip(a, b, strict=True))
        print(f"two readers, {name}: {same} of {len(a)} alike,", end=" ")
        print(f"kappa {cohen_kappa_score(a, b):.3f}, alpha {_alpha(a, b):.3f}")


def _column(name: str, column: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    header, *cells = [line.split("\t") for line in lines if not line.startswith("#")]
    return {row[0]: row[header.index(column)] for row in cells}


def _first(settled: dict[str, str], disputes: str) -> dict[str, str]:
    return settled | {key: code for key, code in _column(disputes, "first").items() if key in settled}


def _alpha(a: Sequence[str], b: Sequence[str]) -> float:
    """Krippendorff's alpha of two readers without gaps, nominal (Content Analysis, 2004, ch. 11)."""
    counts, size = Counter([*a, *b]), 2 * len(a)
    observed = sum(x != y for x, y in zip(a, b, strict=True)) / len(a)
    expected = 1 - sum(n * (n - 1) for n in counts.values()) / (size * (size - 1))
    return 1 - observed / expected


if __name__ == "__main__":
    main()
