"""Keywords: the words that a report uses more than Chinese texts in general do (TF-IDF with jieba's weights)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from zhgovtext.resources import data_path, read_text

_BASE = np.uint64(1_000_003)


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word, its TF-IDF (share of the report's words times inverse document frequency) and its count."""

    term: str
    score: float
    count: int


def hash_words(words: Sequence[str]) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of each word, by arithmetic on arrays: the sum of (code point + 1) × base^position."""
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    if not len(lengths):
        return np.zeros(0, dtype=np.uint64)
    points = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    opens = np.cumsum(lengths) - lengths
    within = np.arange(len(points)) - np.repeat(opens, lengths)
    powers = np.full(int(lengths.max()), _BASE, dtype=np.uint64)
    powers[0] = 1
    powers = np.multiply.accumulate(powers)
    hashes: npt.NDArray[np.uint64] = np.add.reduceat((points + np.uint64(1)) * powers[within], opens)
    return hashes


@dataclass(frozen=True, slots=True)
class Weights:
    """Inverse document frequencies by word hash (sorted); words that are not there have the median."""

    keys: npt.NDArray[np.uint64]
    values: npt.NDArray[np.float32]
    median: float

    def of(self, words: Sequence[str]) -> npt.NDArray[np.float64]:
        hashes = hash_words(words)
        at = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        found: npt.NDArray[np.float64] = np.where(
            self.keys[at] == hashes, self.values[at].astype(np.float64), self.median
        )
        return found


@cache
def load_weights() -> Weights:
    """jieba's document frequencies (MIT), as ``scripts/build_idf.py`` packs them; the files are mapped, not read."""
    keys = np.load(data_path("keywords", "idf_keys.npy"), mmap_mode="r", allow_pickle=False)
    values = np.load(data_path("keywords", "idf_values.npy"), mmap_mode="r", allow_pickle=False)
    median = float(np.load(data_path("keywords", "idf_median.npy"), allow_pickle=False))
    return Weights(keys, values, median)


@cache
def load_stopwords() -> frozenset[str]:
    """Function words and the commonplaces of the genre that say nothing about a report."""
    lines = read_text(data_path("keywords", "stopwords.txt")).split("\n")
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def find_keywords(
    words: Sequence[str], *, n: int = 20, stopwords: frozenset[str] | None = None, weights: Weights | None = None
) -> list[Keyword]:
    """The `n` words of highest TF-IDF, of two Chinese characters or more; equal scores in code-point order.

    >>> [k.term for k in find_keywords(["依申请公开", "的", "依申请公开", "12", "复议"], n=2)]
    ['依申请公开', '复议']
    """
    stop = load_stopwords() if stopwords is None else stopwords
    counts = Counter(words)
    terms = [word for word in counts.keys() - stop if len(word) > 1 and "\u4e00" <= word[0] <= "\u9fff"]
    if not terms or n <= 0:
        return []
    frequencies = np.array([counts[term] for term in terms], dtype=np.float64)
    scores = frequencies / len(words) * (weights or load_weights()).of(terms)
    least = np.partition(scores, -n)[-n] if n < len(terms) else scores.min()
    best = [(-scores[at], terms[at]) for at in np.flatnonzero(scores >= least).tolist()]
    return [Keyword(term, float(-score), counts[term]) for score, term in sorted(best)[:n]]
