"""Content type of clauses and item titles: policy interpretation, routine news, or neither, by a trained coder.

The coder of `zhgovtext.classification` reads a clause with marks at its end for the kinds of cue words in it
(``data/content_cues.tsv``): a word such as 简报 then counts as much in a long clause as in a short one, and words that
training never saw count like their kind. What the codebook states as a rule is not left to it: 解读 in any form is
interpretation, and a list of four things or more that only names 解读 is neither.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from zhgovtext.classification import Coder, load_coder, neighbours, score_coded
from zhgovtext.coding import Coded
from zhgovtext.errors import DataError, OptionError
from zhgovtext.features import join
from zhgovtext.resources import data_path, model_path, rows
from zhgovtext.script import normalize

TYPES = ("interpretation", "news", "neither")
# Kinds of cue words, and the mark of each: symbols that no report contains and that normalisation leaves alone.
MARKS = {"decisive": "䷀", "explaining": "䷁", "news": "䷂", "publicity": "䷃", "channel": "䷄", "occasion": "䷅"}
_LIST = "䷆"
_SIGNS = "".join(MARKS.values()) + _LIST
_LONG = 4

_CLAUSE = re.compile("[^，,。；;：:！？\n]+")
# 解读 as an item of a list: 、政策解读、 or 、政策解读等.
_ITEM = re.compile("(?:^|、)[^、]{0,14}解读[^、]{0,3}(?=、|等)")
# First-layer scores of a clause that a rule decides: about as sure as the rules are right on the corpus.
_SURE = 4.0
# Clauses without a cue word are that many times commoner, against those of a type, in reports than in the corpus.
_ORDINARY = 3.0


@dataclass(frozen=True, slots=True)
class ContentType:
    """`type` is one of `TYPES`, `probability` that of this type."""

    type: str
    probability: float


@dataclass(frozen=True, slots=True)
class Cues:
    """Words with their kinds (null: a longer word that takes a shorter one back), and an automaton that finds them."""

    words: tuple[str, ...]
    kinds: tuple[str | None, ...]
    automaton: ahocorasick_rs.AhoCorasick

    def find(self, text: str) -> list[tuple[int, str]]:
        """Start and kind of each cue word in a normalised text."""
        found = self.automaton.find_matches_as_indexes(text)
        return [(start, kind) for at, start, _ in found if (kind := self.kinds[at])]


@cache
def load_cues() -> Cues:
    """The shipped ``data/content_cues.tsv``; `DataError` names the line of an unknown kind or a repeated word."""
    path = data_path("content_cues.tsv")
    words: dict[str, str | None] = {}
    for line, row in rows(path, ("kind", "word", "except")):
        if row["kind"] not in MARKS or not row["word"] or words.get(row["word"]):
            raise DataError("row", f"has a bad or repeated row {row['word']!r}", path=str(path), place=f"line {line}")
        words[row["word"]] = row["kind"]
        for word in row["except"].split("|"):
            if word:
                words.setdefault(word, None)
    automaton = ahocorasick_rs.AhoCorasick(list(words), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return Cues(tuple(words), tuple(words.values()), automaton)


@cache
def load_content_coder() -> Coder:
    """The shipped coder of content types; errors as of `load_coder`."""
    return load_coder(model_path("content"))


def find_clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of the clauses of ``text[start:end]``, cut at ，。；：！？ and line breaks.

    >>> list(find_clauses("公开解读稿件9篇，新闻3条。", 0, 14))
    [(0, 8), (9, 13)]
    """
    for match in _CLAUSE.finditer(text, start, end):
        if not match.group().isspace():
            yield match.span()


def mark(clause: str, kinds: Collection[str] | None = None) -> str:
    """A normalised clause as the coder reads it: with a mark for each of the `kinds` of cue words in it (by default
    found here), and one for a long list. A mark is repeated so that it counts alike in clauses of any length.

    >>> mark("编发简报6期")
    '编发简报6期䷂䷂'
    """
    found = {kind for _, kind in load_cues().find(clause)} if kinds is None else kinds
    marks = [sign for kind, sign in MARKS.items() if kind in found] if found else []
    if clause.count("、") >= _LONG - 1:
        marks.append(_LIST)
    if not marks:
        return clause
    times = max(1, round(len(clause) ** 0.5))
    return clause + "".join([sign * times for sign in marks])


def ruled_type(clause: str, kinds: Collection[str]) -> str | None:
    """Type of a normalised clause that the codebook's own rules decide, given the `kinds` of cue words in it.

    >>> ruled_type("发布政策解读材料12篇", ["decisive"]), ruled_type("完善发布、解读、回应、互动机制", ["decisive"])
    ('interpretation', 'neither')
    """
    if "decisive" not in kinds:
        return None
    listed = clause.count("、") >= _LONG - 1 and clause.count("解读") == 1 and _ITEM.search(clause)
    return "neither" if listed else "interpretation"


def content_type(texts: Sequence[str], *, coder: Coder | None = None) -> list[ContentType]:
    """Content type of each clause or item title by its own words alone; any script.

    >>> [t.type for t in content_type(["《云澜市人才办法》图解", "我局召開工作會議簡報"])]
    ['interpretation', 'news']
    """
    chosen = coder or load_content_coder()
    probabilities = score_types(texts, coder=chosen)
    best = probabilities.argmax(axis=1).tolist()
    return [ContentType(chosen.codes[at], float(row[at])) for at, row in zip(best, probabilities, strict=True)]


def score_types(texts: Sequence[str], *, coder: Coder | None = None) -> npt.NDArray[np.float64]:
    """Probabilities of the types of clauses or titles alone, a row a text, a column a type in the order of the coder's
    codes.

    Raises `OptionError` when a string is given for a list.
    """
    if isinstance(texts, str):
        raise OptionError("texts", "a string was given", hint='pass a list: content_type(["…"])')
    chosen = coder or load_content_coder()
    clauses = [normalize(text).text for text in texts]
    cues = load_cues()
    kinds = [{kind for _, kind in cues.find(clause)} for clause in clauses]
    text, starts, ends = join([mark(clause, found) for clause, found in zip(clauses, kinds, strict=True)])
    scores = chosen.score(text, starts, ends, paths=(), path_of=np.full(len(clauses), -1))
    return chosen.alone(rule(chosen, scores, list(map(ruled_type, clauses, kinds))))


def rule(coder: Coder, scores: npt.NDArray[np.float64], ruled: Sequence[str | None]) -> npt.NDArray[np.float64]:
    """First-layer `scores` in which the codebook's rules have decided the clauses whose type is `ruled`."""
    decided = [(at, coder.codes.index(kind)) for at, kind in enumerate(ruled) if kind]
    if decided:
        rows, columns = np.array(decided).T
        scores[rows] = -_SURE
        scores[rows, columns] = _SURE
    return scores


@dataclass(frozen=True, slots=True)
class Clauses:
    """Clauses of the units of a text that have a cue word: `starts`, `ends`, the `units` they stand in, the `kinds` of
    cue words in each."""

    starts: list[int]
    ends: list[int]
    units: list[int]
    kinds: list[set[str]]


def find_cued(text: str, starts: Sequence[int], ends: Sequence[int]) -> Clauses:
    """All clauses of those units ``text[starts[i]:ends[i]]`` of a normalised text that have a cue word."""
    hits = load_cues().find(text)
    found = Clauses([], [], [], [])
    at = 0
    for unit, (low, high) in enumerate(zip(starts, ends, strict=True)):
        while at < len(hits) and hits[at][0] < low:
            at += 1
        if at == len(hits) or hits[at][0] >= high:
            continue
        for start, end in find_clauses(text, low, high):
            kinds = set()
            while at < len(hits) and hits[at][0] < end:
                kinds.add(hits[at][1])
                at += 1
            found.starts.append(start)
            found.ends.append(end)
            found.units.append(unit)
            found.kinds.append(kinds)
    return found


def type_clauses(
    text: str,
    cued: Clauses,
    *,
    paths: Sequence[tuple[str, ...]],
    path_of: npt.NDArray[np.int64],
    coder: Coder | None = None,
    context: bool = True,
) -> npt.NDArray[np.float64]:
    """Probabilities of `cued` clauses, a row a clause, a column a type in the order of the coder's codes.

    ``paths[path_of[i]]`` are the headings above unit i (-1: none). With `context` they are read, and the clauses
    before and after in the same unit.
    """
    chosen = coder or load_content_coder()
    clauses = [text[start:end] for start, end in zip(cued.starts, cued.ends, strict=True)]
    marked, starts, ends = join([mark(clause, kinds) for clause, kinds in zip(clauses, cued.kinds, strict=True)])
    units = np.asarray(cued.units, dtype=np.int64)
    above = path_of[units] if context else np.full(len(units), -1)
    scores = chosen.score(marked, starts, ends, paths=paths if context else (), path_of=above)
    ruled = list(map(ruled_type, clauses, cued.kinds))
    ordinary = [not kinds for kinds in cued.kinds]
    # Without context the clauses before and after are not looked at.
    return _settle(chosen, scores, neighbours(units), ruled, ordinary, context=context)


def _settle(
    coder: Coder,
    scores: npt.NDArray[np.float64],
    places: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]],
    ruled: Sequence[str | None],
    ordinary: Sequence[bool],
    *,
    context: bool,
) -> npt.NDArray[np.float64]:
    """Probabilities of clauses: `ruled` is the type of each row of `scores` that a rule decides, `places` the rows of
    the clauses, of those before and of those after them; `ordinary` clauses of a report have no cue word."""
    scores = rule(coder, scores, ruled)
    own, before, after = places
    alone = coder.alone(scores[own])
    if not context or not len(own):
        return alone
    probabilities = coder.weigh(scores, own, before, after)
    probabilities[np.array(ordinary), coder.codes.index("neither")] *= _ORDINARY
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    decided = np.array([ruled[at] is not None for at in own.tolist()])
    return np.where(decided[:, None], alone, probabilities)


def predict_clauses(coder: Coder, units: Sequence[Coded], *, context: bool = True) -> npt.NDArray[np.float64]:
    """`classification.predict_coded` for clauses that `mark` has marked: what `type_clauses` makes of them in a report,
    rules included."""
    scores, own, before, after = score_coded(coder, units, context=context)
    ruled: list[str | None] = [None] * len(scores)
    for at, unit in enumerate(units):
        for row, text in ((own[at], unit.text), (before[at], unit.before), (after[at], unit.after)):
            if row >= 0:
                ruled[row] = ruled_type(text.rstrip(_SIGNS), marks_of(text))
    # Titles stand in no report.
    ordinary = [bool(unit.headings or unit.before or unit.after) and not marks_of(unit.text) for unit in units]
    return _settle(coder, scores, (own, before, after), ruled, ordinary, context=context)


def marks_of(marked: str) -> set[str]:
    """Kinds of the cue words of a clause that `mark` has marked.

    >>> marks_of(mark("编发简报6期"))
    {'news'}
    """
    return {kind for kind, sign in MARKS.items() if sign in marked}
