"""Content type of clauses and item titles: policy interpretation, routine news, or neither, by a lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import ahocorasick_rs

from zhgovtext.errors import DataError, OptionError
from zhgovtext.resources import data_path, rows
from zhgovtext.script import normalize

TYPES = ("interpretation", "news", "neither")

_CLAUSE = re.compile("[^，,。；;：:！？\n]+")


@dataclass(frozen=True, slots=True)
class ContentType:
    """`type` is one of `TYPES`. `probability` is null: a lexicon knows no probabilities."""

    type: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class Cues:
    """Words with the type they speak for, and an automaton that finds them. `exceptions` take a word back."""

    words: tuple[str, ...]
    types: tuple[str | None, ...]
    automaton: ahocorasick_rs.AhoCorasick


@cache
def load_cues() -> Cues:
    """The shipped ``data/content_cues.tsv``; `DataError` names the line of an unknown type or a repeated word."""
    path = data_path("content_cues.tsv")
    words: dict[str, str | None] = {}
    for line, row in rows(path, ("type", "word", "except")):
        if row["type"] not in TYPES[:2] or not row["word"] or row["word"] in words:
            raise DataError("row", f"has a bad or repeated row {row['word']!r}", path=str(path), place=f"line {line}")
        words[row["word"]] = row["type"]
        # A longer word that means nothing swallows the shorter one inside it.
        words.update(dict.fromkeys((word for word in row["except"].split("|") if word and word not in words), None))
    automaton = ahocorasick_rs.AhoCorasick(list(words), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return Cues(tuple(words), tuple(words.values()), automaton)


def find_clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of the clauses of ``text[start:end]``, cut at ，。；：！？ and line breaks.

    >>> list(find_clauses("公开解读稿件9篇，新闻3条。", 0, 14))
    [(0, 8), (9, 13)]
    """
    for match in _CLAUSE.finditer(text, start, end):
        if not match.group().isspace():
            yield match.span()


def clause_type(clause: str, *, cues: Cues | None = None) -> str:
    """Type of one normalised clause. A list of four things or more that only names 解读 is neither.

    >>> clause_type("发布政策解读材料12篇"), clause_type("召开新闻发布会"), clause_type("编发简报6期")
    ('interpretation', 'neither', 'news')
    """
    known = cues or load_cues()
    found = {known.types[at] for at, _, _ in known.automaton.find_matches_as_indexes(clause)}
    if "interpretation" in found and clause.count("、") < 3:
        return "interpretation"
    return "news" if "news" in found and "interpretation" not in found else "neither"


def content_type(texts: Sequence[str], *, cues: Cues | None = None) -> list[ContentType]:
    """Content type of each clause or item title; any script.

    >>> [t.type for t in content_type(["《云澜市人才办法》图解", "我局召開工作會議簡報"])]
    ['interpretation', 'news']
    """
    if isinstance(texts, str):
        raise OptionError("texts", "a string was given", hint='pass a list: content_type(["…"])')
    return [ContentType(clause_type(normalize(text).text, cues=cues), None) for text in texts]
