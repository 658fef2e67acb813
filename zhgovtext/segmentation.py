"""Words: jieba's dictionary and algorithm with the terms of the genre, on runs of Han characters only.

The engine is `rjieba`, a Rust port, or jieba itself where no wheel of it exists; given Han runs both yield the
same tokens. All other characters are cut here, so that 23,876, 8.9% and an address stay whole.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zhgovtext.document import SURROGATE
from zhgovtext.errors import DataError, OptionError
from zhgovtext.log import LOG
from zhgovtext.resources import data_path, rows
from zhgovtext.script import normalize

ENGINES = ("auto", "rjieba", "jieba")

# jieba's own notion of a Han character; both engines agree on these.
_HAN = re.compile("([\u4e00-\u9fd5]+)")
_OTHER = re.compile(
    r"\d+(?:[,，]\d{3})+(?:\.\d+)?%?|\d+(?:\.\d+)?%?|[A-Za-z][A-Za-z0-9_]*(?:[-./:@+&#][A-Za-z0-9_]+)*|\s+|.",
    re.DOTALL,
)
_SEPARATOR = "\n"
# More than any word of the dictionary has; both engines reckon with it.
_FREQUENCY = re.compile("0*[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a lexicon with the frequency and part-of-speech tag jieba is given for it."""

    word: str
    frequency: int
    tag: str


@dataclass(frozen=True, slots=True)
class Token:
    """A word in simplified script; ``text[start:end]`` is where it stands in the text as given.

    `tag` is the dictionary's part-of-speech tag (``m`` numbers, ``eng`` Latin, ``x`` marks), null for a
    word that no dictionary has.
    """

    word: str
    start: int
    end: int
    tag: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens of a text: `words` and the offset of each, white space included, nothing left out."""

    words: list[str]
    starts: npt.NDArray[np.int64]


class Engine(Protocol):
    """What a segmentation engine must do: cut a text into words whose concatenation is the text."""

    name: str

    def cut(self, text: str) -> list[str]: ...


@dataclass(frozen=True)
class Segmenter:
    """An engine of its own, never jieba's global one, with the terms it was given and their hash.

    It can be sent to a worker process, which makes an engine of its own from the terms.
    """

    engine: Engine
    terms: tuple[Term, ...]
    sha256: str

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its terms."""
        return frozenset(term.word for term in self.terms)

    def __reduce__(self) -> tuple[object, ...]:
        return _remake, (self.terms, self.engine.name)

    def tokens(self, text: str) -> Tokens:
        """Cut a normalised text.

        >>> load_segmenter().tokens("公开23,876条").words
        ['公开', '23,876', '条']
        """
        # Other characters stand first and last, and between each two runs of Han.
        runs = _HAN.split(text)
        others = map(_cut_other, runs[::2])
        words = next(others)
        cut = self.engine.cut(_SEPARATOR.join(runs[1::2])) if len(runs) > 1 else []
        for word in cut:
            if word == _SEPARATOR:
                words += next(others)
            else:
                words.append(word)
        for rest in others:
            words += rest
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        return Tokens(words, np.cumsum(lengths) - lengths)


def _cut_other(run: str) -> list[str]:
    return [run] if len(run) == 1 else _OTHER.findall(run)


class _Rust:
    name = "rjieba"

    def __init__(self, terms: Iterable[Term]) -> None:
        self._jieba = _compiled().Jieba()
        for term in terms:
            self._jieba.add_word(term.word, term.frequency, term.tag)

    def cut(self, text: str) -> list[str]:
        words: list[str] = self._jieba.cut(text)
        return words


def _compiled() -> ModuleType:
    """The compiled module inside `rjieba`. The package itself, when imported, reads the dictionary for an engine that
    all who import it share; it is found, not imported, so that this is not done for nothing."""
    package = importlib.util.find_spec("rjieba")
    inner = package and PathFinder.find_spec("rjieba", package.submodule_search_locations)
    if inner is None or inner.loader is None:
        raise ImportError("rjieba is not installed", name="rjieba")
    module = importlib.util.module_from_spec(inner)
    inner.loader.exec_module(module)
    return module


class _Python:
    name = "jieba"

    def __init__(self, terms: Iterable[Term]) -> None:
        with warnings.catch_warnings():
            # jieba 0.42.1 imports pkg_resources and has invalid escapes in its source.
            warnings.simplefilter("ignore")
            import jieba
        tokenizer = jieba.Tokenizer()
        # Not initialize(): that reads and writes a cache in the shared temporary folder.
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
        tokenizer.initialized = True
        for term in terms:
            # As the Rust engine counts: a word that was there already leaves the total with its old count.
            tokenizer.total += term.frequency - tokenizer.FREQ.get(term.word, 0)
            tokenizer.FREQ[term.word] = term.frequency
            for end in range(1, len(term.word)):
                tokenizer.FREQ.setdefault(term.word[:end], 0)
        self._tokenizer = tokenizer

    def cut(self, text: str) -> list[str]:
        words: list[str] = self._tokenizer.lcut(text)
        return words


def load_lexicon(path: Path | None = None) -> tuple[Term, ...]:
    """Terms of a lexicon file, by default the shipped ``data/lexicon/terms.tsv``.

    Columns, separated by tabs: ``word frequency tag``. Words consist of Han characters. Raises `DataError`
    naming the line.
    """
    source = path or data_path("lexicon", "terms.tsv")
    terms: dict[str, Term] = {}
    for line, row in rows(source, ("word", "frequency", "tag")):
        word = row["word"]
        if not _HAN.fullmatch(word):
            hint = "a term consists of Chinese characters only"
        elif word in terms:
            hint = "the word is there twice"
        elif not _FREQUENCY.fullmatch(row["frequency"]):
            hint = "the frequency is a whole number above 0 of at most nine digits"
        else:
            terms[word] = Term(word, int(row["frequency"]), row["tag"] or "n")
            continue
        raise DataError("row", f"has a bad row {word!r}", path=str(source), place=f"line {line}", hint=hint)
    return tuple(terms.values())


def make_segmenter(
    *, lexicon: Iterable[Term] | None = None, user: Iterable[Term] = (), engine: str = "auto"
) -> Segmenter:
    """A segmenter with `lexicon` (the shipped one by default) and the terms of `user` after it.

    `engine` is ``"rjieba"``, ``"jieba"``, or ``"auto"``: the first of them that is installed.

    >>> terms = [Term("云澜通办", 1000, "n")]
    >>> make_segmenter(user=terms, engine="jieba").tokens("推出云澜通办平台").words
    ['推出', '云澜通办', '平台']
    """
    if engine not in ENGINES:
        raise OptionError("engine", f"no engine {engine!r}", hint=f"choose one of {', '.join(ENGINES)}")
    terms = (*(load_lexicon() if lexicon is None else lexicon), *user)
    for term in terms:
        if not 0 < term.frequency < 10**9:
            problem = f"{term.word} has the frequency {term.frequency}"
            raise OptionError("frequency", problem, hint="choose 1 to 10**9 - 1")
        if SURROGATE.search(term.word + term.tag):
            raise OptionError("term", f"{term.word!r} has half a character", hint="leave it out")
    if engine != "jieba":
        try:
            return Segmenter(_Rust(terms), terms, _digest(terms))
        except ImportError as error:
            if engine == "rjieba":
                raise OptionError("engine", "rjieba is not installed", hint="pip install rjieba") from error
            LOG.info("rjieba is not installed: jieba does its work, with the same tokens and more slowly")
    return Segmenter(_Python(terms), terms, _digest(terms))


@cache
def _remake(terms: tuple[Term, ...], engine: str) -> Segmenter:
    return make_segmenter(lexicon=terms, engine=engine)


def _digest(terms: Iterable[Term]) -> str:
    lines = "\n".join(f"{term.word}\t{term.frequency}\t{term.tag}" for term in terms)
    return hashlib.sha256(lines.encode()).hexdigest()


@cache
def load_segmenter() -> Segmenter:
    """The segmenter with the shipped lexicon, made once a process."""
    return make_segmenter()


def segment(text: str, *, segmenter: Segmenter | None = None) -> list[Token]:
    """Tokens of any Chinese text: words normalised to simplified script, offsets in `text` as given.

    White space is left out.

    >>> [(t.word, t.start, t.end, t.tag) for t in segment("依申請公開 12。")]
    [('依申请公开', 0, 5, 'n'), ('12', 6, 8, 'm'), ('。', 8, 9, 'x')]
    """
    normalized = normalize(text)
    chosen = segmenter or load_segmenter()
    tokens = chosen.tokens(normalized.text)
    tags = {term.word: term.tag for term in chosen.terms}
    lengths = np.fromiter(map(len, tokens.words), dtype=np.int64, count=len(tokens.words))
    starts, ends = normalized.source_spans(tokens.starts, tokens.starts + lengths)
    return [
        Token(word, start, end, tags.get(word) or _dictionary_tags().get(word) or _shape_tag(word))
        for word, start, end in zip(tokens.words, starts.tolist(), ends.tolist(), strict=True)
        if not word.isspace()
    ]


@cache
def _dictionary_tags() -> dict[str, str]:
    spec = importlib.util.find_spec("jieba")
    if spec is None or spec.origin is None:
        raise DataError("missing", "jieba is not installed", hint="pip install jieba")
    lines = Path(spec.origin).with_name("dict.txt").read_text(encoding="utf-8").splitlines()
    return {word: tag for word, _, tag in (line.split(" ") for line in lines)}


def _shape_tag(word: str) -> str | None:
    if word[0].isdecimal():
        return "m"
    if word[0].isascii() and word[0].isalpha():
        return "eng"
    return None if "\u4e00" <= word[0] <= "\u9fd5" else "x"


def split_terms(text: str | None = None, *, segmenter: Segmenter | None = None) -> Iterator[tuple[Term, list[str]]]:
    """Terms of the lexicon that still come apart, each with the words it came apart into.

    Without `text` each term is cut alone; with it, where it stands in `text`, unless a longer term of the
    lexicon took part of it.

    >>> list(split_terms("依申请公开办理"))
    []
    """
    chosen = segmenter or load_segmenter()
    normalized = None if text is None else normalize(text).text
    for term in chosen.terms:
        if normalized is None:
            words = chosen.tokens(term.word).words
            if words != [term.word]:
                yield term, words
        else:
            yield from ((term, words) for words in _cuts_inside(term.word, normalized, chosen))


def _cuts_inside(word: str, text: str, segmenter: Segmenter) -> Iterator[list[str]]:
    """The words of each occurrence of `word` that has a cut inside it, cut with its neighbourhood."""
    known = {term.word for term in segmenter.terms}
    for match in re.finditer(re.escape(word), text):
        left = max(0, match.start() - 30)
        tokens = segmenter.tokens(text[left : match.end() + 30])
        spans = zip(tokens.words, (tokens.starts + left).tolist(), strict=True)
        inside = [w for w, start in spans if start < match.end() and start + len(w) > match.start()]
        if len(inside) > 1 and not any(w in known and w not in word for w in inside):
            yield inside
