"""Keywords: the terms that a report uses more than other texts do.

Three measures: log-likelihood G² (Dunning 1993; Rayson & Garside 2000) and log ratio (Hardie 2014) against a reference
of the genre or of one's own corpus, and TF-IDF with jieba's weights against Chinese texts in general.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import compress, count, filterfalse, islice, repeat
from operator import index
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from zhgovtext.dictionary import RUN
from zhgovtext.errors import DataError, OptionError
from zhgovtext.resources import data_path, read_columns, read_text, rows

METHODS = ("log_likelihood", "log_ratio", "tfidf")

Counts = npt.NDArray[np.float64]

_BASE = np.uint64(1_000_003)
# Between two documents: no word, so that no phrase reaches over it.
_BREAK = "\n"
_COLUMNS = ("term", "count", "documents", "phrase")
# No text has so many words.
_MOST = 2**53
# A word that occurs once sets little apart: it stands behind those that occur more often.
_LEAST = 2
# A word that neither the reference nor jieba knows is taken for a slip of the segmenter unless it occurs so often.
_UNKNOWN = 3
# Of words that occur once those of so many characters come first.
_TELLING = 3
# A phrase has at most so many words.
_LONGEST = 4
# A log ratio is told only of terms whose G² has a chance below 0.01 in texts of one kind (χ², one degree of freedom).
_CRITICAL = 6.63
# Where a count is 0 the ratio is that of half an occurrence (Hardie 2014).
_HALF = 0.5
# What makes neighbours a phrase: both its borders vary (bits), and its loosest seam holds (NPMI).
_FREEDOM = 0.5
_COHESION = 0.35
# A part that stands mostly within one phrase gives way to it.
_WITHIN = 0.6


class Worded(Protocol):
    """What has words to count: a `Report`."""

    @property
    def words(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Keyword:
    """A term with its score by the method asked for and its count in the report.

    For log-likelihood and log ratio both measures stand, with the term's count in the reference and the number of the
    reference's documents that have it; for TF-IDF these are null. `log_ratio` is the binary logarithm of how many times
    as frequent the term is in the report: 1 is twice. Where the reference does not have it, half an occurrence counts.
    """

    term: str
    score: float
    count: int
    reference_count: int | None = None
    reference_documents: int | None = None
    log_likelihood: float | None = None
    log_ratio: float | None = None


# -- measures ---------------------------------------------------------------------------------------------------------


def log_likelihood(counts: Counts, total: int, reference_counts: Counts, reference_total: int) -> Counts:
    """Signed G² of each term: how unlikely its two counts are if it is as frequent in both texts.

    G² = 2 (a ln(a / E₁) + b ln(b / E₂)) with E₁ = c (a + b) / (c + d), E₂ = d (a + b) / (c + d), for `counts` a of
    `total` c and `reference_counts` b of `reference_total` d (Dunning 1993; Rayson & Garside 2000); a count of 0 adds
    nothing. Negative where the term is rarer than in the reference. NaN where a total is 0: nothing can be said.

    >>> log_likelihood(np.array([10.0, 0.0]), 100, np.array([10.0, 0.0]), 300).round(4).tolist()
    [5.7536, 0.0]
    """
    if not total or not reference_total:
        return np.full(len(counts), np.nan)
    share = (counts + reference_counts) / (total + reference_total)
    score = 2 * (_surprise(counts, total * share) + _surprise(reference_counts, reference_total * share))
    signed: Counts = np.where(counts / total < reference_counts / reference_total, -score, score)
    return signed


def _surprise(counts: Counts, expected: Counts) -> Counts:
    some = counts > 0
    result: Counts = np.where(some, counts * np.log(np.where(some, counts, 1) / np.where(some, expected, 1)), 0.0)
    return result


def log_ratio(counts: Counts, total: int, reference_counts: Counts, reference_total: int) -> Counts:
    """Binary logarithm of the ratio of a term's relative frequencies (Hardie 2014); a count of 0 is taken as a half.

    NaN where a total is 0.

    >>> log_ratio(np.array([8.0, 1.0]), 100, np.array([2.0, 0.0]), 100).tolist()
    [2.0, 1.0]
    """
    if not total or not reference_total:
        return np.full(len(counts), np.nan)
    own, other = np.where(counts > 0, counts, _HALF), np.where(reference_counts > 0, reference_counts, _HALF)
    ratio: Counts = np.log2(own * reference_total / (other * total))
    return ratio


# -- words that are no keywords ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stopwords:
    """Words that are no keywords: `function` words stand in no term, `commonplace` ones are none by themselves;
    `patterns` are function words with a ``*`` in them, which stands for none to four characters. ``|`` joins lists."""

    function: frozenset[str] = frozenset()
    commonplace: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    _expression: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = (rf"\w{{0,{RUN}}}".join(map(re.escape, pattern.split("*"))) for pattern in self.patterns)
        object.__setattr__(self, "_expression", re.compile("|".join(parts) or "(?!)"))

    def __or__(self, other: Stopwords) -> Stopwords:
        return Stopwords(
            self.function | other.function, self.commonplace | other.commonplace, (*self.patterns, *other.patterns)
        )

    def is_function(self, word: str) -> bool:
        """Whether a word can be no part of a term."""
        return word in self.function or self._expression.fullmatch(word) is not None


def load_stopwords(path: Path | None = None) -> Stopwords:
    """A list of words that are no keywords, by default the shipped one.

    Words are separated by white space, lines that begin with ``#`` are comments. A line ``[function]`` or
    ``[commonplace]`` says of what class the words below it are, at first ``function``. Raises `DataError` naming the
    line of a word that stands twice or has anything but Chinese characters and single ``*`` in it, and of another
    class.

    >>> load_stopwords().is_function("我市"), load_stopwords().is_function("公报")
    (True, False)
    """
    return _stopwords(path) if path else _shipped_stopwords()


@cache
def _shipped_stopwords() -> Stopwords:
    return _stopwords(data_path("keyness", "stopwords.txt"))


def _stopwords(source: Path) -> Stopwords:
    classes: dict[str, list[str]] = {"function": [], "commonplace": []}
    current = classes["function"]
    seen: set[str] = set()
    for number, line in enumerate(read_text(source).splitlines(), 1):
        if line.startswith("["):
            if line.strip("[]") not in classes:
                raise DataError("class", f"has the class {line}", path=str(source), place=f"line {number}")
            current = classes[line.strip("[]")]
            continue
        for word in () if line.startswith("#") else line.split():
            if word in seen or not _is_stopword(word) or ("*" in word and current is not classes["function"]):
                hint = "a word consists of Chinese characters and stands once; a * only in function words"
                raise DataError(
                    "word", f"has a bad or repeated word {word!r}", path=str(source), place=f"line {number}", hint=hint
                )
            seen.add(word)
            current.append(word)
    function = classes["function"]
    return Stopwords(
        frozenset(word for word in function if "*" not in word),
        frozenset(classes["commonplace"]),
        tuple(word for word in function if "*" in word),
    )


def _is_stopword(word: str) -> bool:
    """Whether a word consists of Chinese characters and single ``*``."""
    return "**" not in word and all(map(_is_chinese, word.replace("*", "") or "*"))


# -- terms and their counts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reference:
    """Frequencies of terms in documents of the genre: what a report is compared with.

    `counts` and `documents` (how many have it) are by term, of words of two characters and more and of neighbours that
    stand together twice or more; `phrases` are those of the latter that association found to be terms. `total` is the
    number of words and figures of that length, `size` that of documents; `sha256` is that of what it was counted from.
    """

    name: str
    counts: Mapping[str, int] = field(hash=False, repr=False)
    documents: Mapping[str, int] = field(hash=False, repr=False)
    phrases: frozenset[str] = field(repr=False)
    total: int
    size: int
    sha256: str


class _Run(NamedTuple):
    """The words of a text with an index of each into the different ones, `names`, and the counts of those.

    `long` says which names have two characters and more, `total` is how often those stand in the text; `often` are the
    Chinese ones among them that occur twice or more, with their index.
    """

    words: Sequence[str]
    names: list[str]
    counts: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int64]
    long: npt.NDArray[np.bool_]
    total: int
    often: dict[str, int]


def _run(words: Sequence[str]) -> _Run:
    places: defaultdict[str, int] = defaultdict(count().__next__)
    ids = np.fromiter(map(places.__getitem__, words), dtype=np.int64, count=len(words))
    names = list(places)
    counts = np.bincount(ids, minlength=len(names))
    long = np.fromiter(map(len, names), dtype=np.int64, count=len(names)) > 1
    repeated = np.flatnonzero(long & (counts >= _LEAST)).tolist()
    often = {names[at]: at for at in repeated if "\u4e00" <= names[at][0] <= "\u9fff"}
    return _Run(words, names, counts, ids, long, int(counts[long].sum()), often)


def _is_chinese(word: str) -> bool:
    return "\u4e00" <= word[:1] <= "\u9fff"


class _Phrase(NamedTuple):
    """Neighbouring words that stand together, and where: the place of the first among the words of their run."""

    parts: tuple[str, ...]
    at: list[int]

    @property
    def term(self) -> str:
        return "".join(self.parts)


def _phrases(run: _Run, stop: Stopwords) -> list[_Phrase]:
    """Runs of two to `_LONGEST` neighbouring words that stand in the text twice or more, shortest first."""
    ids = run.ids
    named = np.zeros(len(run.names), dtype=bool)
    named[[at for word, at in run.often.items() if word not in stop.function]] = True
    able = named[ids]
    at = np.flatnonzero(able)
    codes = ids[at]
    found: list[_Phrase] = []
    for size in range(2, _LONGEST + 1):
        last = at + size - 1
        goes_on = able.take(last, mode="clip") & (last < len(ids))
        keys = codes[goes_on] * len(named) + ids[last[goes_on]]
        order = np.argsort(keys, kind="stable")
        at, keys = at[goes_on][order], keys[order]
        # Equal keys stand side by side now, in the order of the text: a group of them is a phrase.
        begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        sizes = np.diff(begins, append=len(keys))
        codes = np.repeat(np.arange(len(begins)), sizes)
        often = sizes[codes] >= _LEAST
        at, codes = at[often], codes[often]
        if not len(at):
            break
        places = at.tolist()
        end = 0
        for number in sizes[sizes >= _LEAST].tolist():
            first, end = end, end + number
            found.append(_Phrase(tuple(run.words[places[first] : places[first] + size]), places[first:end]))
    return found


def _is_term(phrase: _Phrase, run: _Run, counts: Mapping[str, int]) -> bool:
    """Whether neighbours are a term: they hold together, and what stands before and after them varies."""
    return (
        min(_seams(phrase, counts, run.total)) >= _COHESION
        and _entropy(run.words, [at - 1 for at in phrase.at]) >= _FREEDOM
        and _entropy(run.words, [at + len(phrase.parts) for at in phrase.at]) >= _FREEDOM
    )


def _seams(phrase: _Phrase, counts: Mapping[str, int], total: int) -> Iterator[float]:
    """How firmly a phrase holds at each place where it could come apart: the normalised pointwise mutual information of
    its halves (Bouma 2009)."""
    both, parts = len(phrase.at), phrase.parts
    most = math.log(total / both)
    for cut in range(1, len(parts)):
        left, right = counts["".join(parts[:cut])], counts["".join(parts[cut:])]
        yield math.log(both * total / (left * right)) / most


def _entropy(words: Sequence[str], places: list[int]) -> float:
    """Entropy in bits of the words at places; a mark, a figure or the end of the text is like no other."""
    counts: dict[str | int, int] = {}
    for at in places:
        key = words[at] if 0 <= at < len(words) and _is_chinese(words[at]) else at
        counts[key] = counts.get(key, 0) + 1
    size = len(places)
    if len(counts) == size:
        return math.log2(size)
    return -sum(number / size * math.log2(number / size) for number in counts.values())


def _terms(run: _Run, stop: Stopwords, reference: Reference) -> tuple[dict[str, int], set[str]]:
    """Counts of the words and phrases that occur twice or more and may be keywords, and which of them are phrases."""
    phrases = _phrases(run, stop)
    counts = dict(zip(run.often, run.counts[list(run.often.values())].tolist(), strict=True))
    for phrase in phrases:
        # The same characters may have been cut in another way elsewhere.
        counts[phrase.term] = counts.get(phrase.term, 0) + len(phrase.at)
    joined: set[str] = set()
    given: set[str] = set()
    # The longest first: what mostly stands in one of them gives way.
    for phrase in reversed(phrases):
        term = phrase.term
        if (
            term not in given
            and (term in reference.phrases or _is_term(phrase, run, counts))
            and not any(map(stop.is_function, phrase.parts))
        ):
            joined.add(term)
            given.update(part for part in _parts(phrase) if len(phrase.at) >= _WITHIN * counts[part])
    kept = sorted((run.often.keys() - stop.function - stop.commonplace | joined) - given)
    return {term: counts[term] for term in kept}, joined


def _parts(phrase: _Phrase) -> Iterator[str]:
    """All that a phrase has within it, words and shorter phrases."""
    size = len(phrase.parts)
    for first in range(size):
        for last in range(first + 1, size if first == 0 else size + 1):
            yield "".join(phrase.parts[first:last])


def find_keywords(
    words: Sequence[str],
    *,
    n: int = 20,
    method: str = "log_likelihood",
    reference: Reference | None = None,
    stopwords: Stopwords | None = None,
    weights: Weights | None = None,
    is_name: Callable[[str], bool] | None = None,
    is_word: Callable[[str], bool] | None = None,
) -> list[Keyword]:
    """The `n` terms of highest score in the words of a text, marks included; equal scores in code-point order.

    `method` is ``"log_likelihood"``: terms that are more frequent than in `reference` (by default the shipped one), by
    G²; ``"log_ratio"``: those of them whose G² is above 6.63 (p < 0.01), by how many times; ``"tfidf"``: words by
    TF-IDF with jieba's `weights`, in jieba's own order.

    Terms have two Chinese characters or more. For the first two methods they are words, or phrases of two to four words
    that hold together in the text or in the reference; a part that stands mostly in one phrase gives way to it. A word
    that neither reference nor `weights` nor `is_word` knows must occur three times. By G², words that occur once fill
    the list up where there are not `n` others. A term that `is_name` says yes to is left out. A reference of no word
    sets nothing apart: the list is empty. Raises `OptionError` for another method.

    >>> [k.term for k in find_keywords(["纠错", "的", "纠错", "12", "复议"], n=2)]
    ['纠错', '复议']
    """
    if method not in METHODS:
        raise OptionError("method", f"no method {method!r}", hint=f"choose one of {', '.join(METHODS)}")
    stop, weights = stopwords or load_stopwords(), weights or load_weights()
    if method == "tfidf":
        ranked = _by_tfidf(words, stop, weights)
    else:
        ranked = _by_keyness(words, stop, reference or load_reference(), method, weights, is_word)
    fits = (k for k in ranked if not stop.is_function(k.term) and not (is_name and is_name(k.term)))
    return sorted(islice(fits, max(0, n)), key=lambda keyword: (-keyword.score, keyword.term))


def _by_keyness(
    words: Sequence[str],
    stop: Stopwords,
    reference: Reference,
    method: str,
    weights: Weights,
    is_word: Callable[[str], bool] | None,
) -> Iterator[Keyword]:
    """Key terms by score, after them words that occur once, of which the longer say more."""
    if not reference.total:
        return
    run = _run(words)
    counts, phrases = _terms(run, stop, reference)

    def is_slip(keyword: Keyword) -> bool:
        """Whether only the segmenter may think that there is such a word."""
        term = keyword.term
        seen = max(keyword.count, keyword.reference_count or 0) >= _UNKNOWN
        return not (seen or term in phrases or (is_word and is_word(term)) or weights.know(term))

    yield from filterfalse(is_slip, _rank(counts, run.total, reference, method))
    if method == "log_ratio":
        return
    once = [run.names[at] for at in np.flatnonzero(run.long & (run.counts < _LEAST)).tolist()]
    able = sorted(w for w in once if _is_chinese(w) and w not in stop.function and w not in stop.commonplace)
    for short in (False, True):
        counts = {word: 1 for word in able if (len(word) < _TELLING) == short}
        yield from filterfalse(is_slip, _rank(counts, run.total, reference, method))


def _rank(counts: Mapping[str, int], total: int, reference: Reference, method: str) -> Iterator[Keyword]:
    """Terms, given in code-point order, that are more frequent than in the reference, by score."""
    terms = list(counts)
    own = np.fromiter(counts.values(), dtype=np.float64, count=len(terms))
    other = np.fromiter(map(reference.counts.get, terms, repeat(0)), dtype=np.float64, count=len(terms))
    likelihoods = log_likelihood(own, total, other, reference.total)
    ratios = log_ratio(own, total, other, reference.total)
    scores = ratios if method == "log_ratio" else likelihoods
    best = np.flatnonzero(likelihoods > (_CRITICAL if method == "log_ratio" else 0))
    for at in best[np.argsort(-scores[best], kind="stable")].tolist():
        yield Keyword(
            terms[at],
            float(scores[at]),
            int(own[at]),
            int(other[at]),
            reference.documents.get(terms[at], 0),
            float(likelihoods[at]),
            float(ratios[at]),
        )


# -- references -------------------------------------------------------------------------------------------------------


def count_reference(documents: Iterable[Sequence[str]], *, name: str = "", sha256: str = "") -> Reference:
    """A reference of the words of documents, marks included; without `sha256` the words' own."""
    texts = list(documents)
    stop = load_stopwords()
    run = _run([word for text in texts for word in (*text, _BREAK)])
    edges = np.cumsum([len(text) + 1 for text in texts])
    names = zip(run.names, run.counts.tolist(), run.long.tolist(), strict=True)
    counts = {word: number for word, number, long in names if long and _is_chinese(word)}
    holders = Counter(word for text in texts for word in set(text) if word in counts)
    phrases: set[str] = set()
    for phrase in _phrases(run, stop):
        if not any(map(stop.is_function, phrase.parts)):
            counts[phrase.term] = counts.get(phrase.term, 0) + len(phrase.at)
            holders[phrase.term] += len(set(np.searchsorted(edges, phrase.at, side="right").tolist()))
            if _is_term(phrase, run, counts):
                phrases.add(phrase.term)
    digest = sha256 or hashlib.sha256("\n".join(run.words).encode()).hexdigest()
    return Reference(name, counts, dict(holders), frozenset(phrases), run.total, len(texts), digest)


def make_reference(reports: Iterable[Worded], *, name: str = "reports") -> Reference:
    """A reference of reports: of the words of their sentences and headings, as `Report.words` has them.

    To compare a report with the others of its corpus, leave it out. No report makes a reference of no word, against
    which nothing is key.
    """
    return count_reference((report.words for report in reports), name=name)


def load_reference(path: Path | None = None) -> Reference:
    """A reference as `write_reference` writes it, by default the shipped one. Raises `DataError` naming the line."""
    return _reference(path) if path else _shipped_reference()


@cache
def _shipped_reference() -> Reference:
    return _reference(data_path("keyness", "reference.tsv"))


def _reference(source: Path) -> Reference:
    card = source.with_suffix(".toml")
    try:
        about = tomllib.loads(read_text(card))
        name, digest = str(about["name"]), str(about["sha256"])
        total, size = index(about["total"]), index(about["documents"])
        if not 0 <= size <= total < _MOST:
            raise ValueError("counts that no text has")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError("card", f"is no card of a reference: {error}", path=str(card)) from error
    terms, numbers, holders, marks = read_columns(source, _COLUMNS)
    try:
        counts = dict(zip(terms, map(int, numbers), strict=True))
        documents = dict(zip(terms, map(int, holders), strict=True))
    except ValueError:
        counts, documents = {}, {}
    found = (*counts.values(), *documents.values())
    if len(counts) < len(terms) or not (min(found, default=1) > 0 and max(found, default=1) < _MOST):
        _check_rows(source)
    return Reference(name, counts, documents, frozenset(compress(terms, marks)), total, size, digest)


def _check_rows(source: Path) -> None:
    """Raises `DataError` for the first row of a reference's table with bad counts, or a term that stood before."""
    seen: set[str] = set()
    for number, row in rows(source, _COLUMNS):
        try:
            if row["term"] in seen or not all(0 < int(row[name]) < _MOST for name in ("count", "documents")):
                raise ValueError
        except ValueError:
            message = f"has a bad or repeated row {row['term']!r}"
            raise DataError("row", message, path=str(source), place=f"line {number}") from None
        seen.add(row["term"])


def write_reference(reference: Reference, path: Path) -> None:
    """Write a reference as a table, sorted by term, and a card beside it (``.toml``)."""
    lines = ["\t".join(_COLUMNS)]
    for term in sorted(reference.counts):
        mark = "1" if term in reference.phrases else ""
        lines.append(f"{term}\t{reference.counts[term]}\t{reference.documents[term]}\t{mark}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    card = f'name = "{reference.name}"\ntotal = {reference.total}\ndocuments = {reference.size}\n'
    card += f'sha256 = "{reference.sha256}"\n'
    path.with_suffix(".toml").write_text(card, encoding="utf-8", newline="\n")


# -- TF-IDF -----------------------------------------------------------------------------------------------------------


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


class Weights(NamedTuple):
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

    def know(self, word: str) -> bool:
        """Whether a word is there."""
        key = 0
        for char in reversed(word):
            key = (key * int(_BASE) + ord(char) + 1) % 2**64
        at = int(np.searchsorted(self.keys, np.uint64(key)))
        return at < len(self.keys) and int(self.keys[at]) == key


@cache
def load_weights() -> Weights:
    """jieba's document frequencies (MIT), as ``scripts/build_idf.py`` packs them; the files are mapped, not read."""
    keys = np.load(data_path("keywords", "idf_keys.npy"), mmap_mode="r", allow_pickle=False)
    values = np.load(data_path("keywords", "idf_values.npy"), mmap_mode="r", allow_pickle=False)
    median = float(np.load(data_path("keywords", "idf_median.npy"), allow_pickle=False))
    # Arrays like others: each look-up in a mapped one makes an object of its class.
    return Weights(np.asarray(keys), np.asarray(values), median)


def _by_tfidf(words: Sequence[str], stop: Stopwords, weights: Weights) -> Iterator[Keyword]:
    counts = Counter(words)
    able = counts.keys() - stop.function - stop.commonplace
    terms = sorted(word for word in able if len(word) > 1 and _is_chinese(word))
    frequencies = np.fromiter(map(counts.__getitem__, terms), dtype=np.float64, count=len(terms))
    scores = frequencies / max(1, len(words)) * weights.of(terms)
    for at in np.argsort(-scores, kind="stable").tolist():
        yield Keyword(terms[at], float(scores[at]), counts[terms[at]])
