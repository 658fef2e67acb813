"""Dictionary analysis: a user's own word lists, counted on the text itself, longest match first, never on tokens."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from zhgovtext.errors import DataError, InputError, OptionError, reason_of
from zhgovtext.readers.encoding import decode
from zhgovtext.script import Normalized, normalize

Offsets = npt.NDArray[np.int64]

# A `*` stands for so many characters at most.
RUN = 4
MAX_TERMS = 200_000
MAX_LENGTH = 64
_MAX_WILDCARDS = 4
_MAX_BYTES = 64 * 2**20
# Nested terms match many times at one place: more hits than this in one text are no analysis.
_MAX_HITS = 2_000_000
_CHUNK = 2**12
_GAPS = np.arange(RUN + 1)
_CATEGORY = ("category", "类别", "類別")
_TERM = ("term", "词语", "詞語")
_WORDS = re.compile(r"\w+")
_LINE_END = re.compile(r"\r\n?|\n")
# A spreadsheet that saves comments and blank lines again quotes them and fills them up with separators.
_COMMENT = re.compile(r'"?#|[\s,;]*$')


class Normalizable(Protocol):
    """What has a normalised text with its map back: a `Report`."""

    @property
    def normalized(self) -> Normalized: ...


@dataclass(frozen=True)
class Dictionary:
    """Categories, each with its terms as written, in the order of the file; `sha256` is that of the file's bytes.

    A ``*`` in a term stands for any run of none to four letters, digits or Chinese characters, as many as there are.
    Raises `DataError` for a term that `load_dictionary` would not take.
    """

    name: str
    categories: Mapping[str, tuple[str, ...]] = field(hash=False)
    sha256: str = ""

    def __post_init__(self) -> None:
        for _, problem in _problems(self._entries):
            raise DataError("row", problem, path=self.name, hint="mend the term or take it out")

    @cached_property
    def _entries(self) -> list[tuple[str, str]]:
        return [(category, term) for category, terms in self.categories.items() for term in terms]

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(normalize_terms([term for _, term in self._entries]))

    def find(self, normalized: Normalized) -> tuple[Offsets, Offsets, Offsets]:
        """Index of the term (all categories counted through), start and end in the normalised text of every match that
        `count_dictionary` counts, in the order of `Matcher.find`."""
        matcher, profile = self._matcher, normalized.profile
        entries = np.arange(len(self._entries))
        if profile != "hans":
            # The words of the text may have become others (入口網站, 门户网站): so may those of the dictionary.
            written = [term for _, term in self._entries]
            other = normalize_terms(written, profile=profile)
            changed = [at for at, (one, two) in enumerate(zip(other, matcher.terms, strict=True)) if one != two]
            matcher = Matcher([*matcher.terms, *(other[at] for at in changed)])
            entries = np.concatenate((entries, np.array(changed, dtype=np.int64)))
        terms, starts, ends = matcher.find(normalized.text)
        plain, terms = matcher.plain[terms], entries[terms]
        sizes = [len(listed) for listed in self.categories.values()]
        category = np.repeat(np.arange(len(sizes)), sizes)[terms]
        groups = np.split(np.argsort(category, kind="stable"), np.cumsum(np.bincount(category, minlength=len(sizes))))
        chosen = np.sort(np.concatenate([group[_leftmost(starts[group], ends[group])] for group in groups]))
        kept = chosen[~_shadowed(plain[chosen], starts[chosen], ends[chosen])]
        return terms[kept], starts[kept], ends[kept]


@dataclass(frozen=True, slots=True)
class TermCount:
    """A term as the dictionary has it, how often it was found, and where, as [start, end) of the text as read."""

    term: str
    count: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DictionaryCount:
    """What was found of a category: `terms` are those that were found, in the order of the dictionary.

    `per_thousand` is `count` for each thousand of `chars`, the characters of the normalised text that are not white
    space; null where there are none.
    """

    category: str
    count: int
    per_thousand: float | None
    chars: int
    terms: tuple[TermCount, ...]


# -- matching ---------------------------------------------------------------------------------------------------------


class Matcher:
    """Finds terms in a text, all of them at once. Its cost grows with the text and its hits, little with the terms."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = tuple(terms)
        pieces = [tuple(piece for piece in term.split("*") if piece) for term in terms]
        places: dict[str, int] = {}
        for piece in (piece for parts in pieces for piece in parts):
            places.setdefault(piece, len(places))
        self._pieces = [tuple(places[piece] for piece in parts) for parts in pieces]
        self._lengths = np.fromiter(map(len, places), dtype=np.int64, count=len(places))
        self._longest = int(self._lengths.max(initial=0))
        self._automaton = ahocorasick_rs.AhoCorasick(list(places))
        self._open_start = [term.startswith("*") for term in terms]
        self._open_end = [term.endswith("*") for term in terms]
        self.plain = np.array(["*" not in term for term in terms], dtype=bool)

    def find(self, text: str) -> tuple[Offsets, Offsets, Offsets]:
        """Index of the term, start and end of every match in a normalised text, overlapping ones too, in the order of
        start, longest first, then plain terms first, then of the terms. `InputError` when there are too many."""
        pieces, starts = self._hits(text)
        order = np.argsort(pieces, kind="stable")
        starts = starts[order]
        bounds = np.searchsorted(pieces[order], np.arange(len(self._lengths) + 1))
        hit = np.diff(bounds) > 0
        forward, backward = _runs(text) if len(starts) and not self.plain.all() else (starts, starts)
        found: list[tuple[int, Offsets, Offsets]] = []
        total = 0
        for at, parts in enumerate(self._pieces):
            if not all(hit[part] for part in parts):
                continue
            places = [starts[bounds[part] : bounds[part + 1]] for part in parts]
            opens = _near(places[0], min(places, key=len), MAX_LENGTH + RUN * _MAX_WILDCARDS)
            closes = opens + self._lengths[parts[0]]
            for part, following in zip(parts[1:], places[1:], strict=True):
                opens, closes = _join(opens, closes, following, forward)
                closes = closes + self._lengths[part]
                _check_hits(len(opens))
            last = np.flatnonzero(np.diff(opens, append=-1))
            opens, closes = opens[last], closes[last]
            if self._open_end[at]:
                closes = closes + forward[closes]
            if self._open_start[at]:
                opens = opens - backward[opens]
            total += len(opens)
            _check_hits(total)
            found.append((at, opens, closes))
        if not found:
            return (np.zeros(0, dtype=np.int64),) * 3
        terms = np.repeat([at for at, _, _ in found], [len(opens) for _, opens, _ in found])
        opens = np.concatenate([opens for _, opens, _ in found])
        closes = np.concatenate([closes for _, _, closes in found])
        order = np.lexsort((terms, ~self.plain[terms], -closes, opens))
        return terms[order], opens[order], closes[order]

    def _hits(self, text: str) -> tuple[Offsets, Offsets]:
        """Piece and start of every hit, in the order of the text. The text is taken in parts, to bound memory."""
        found: list[npt.NDArray[np.int64]] = [np.zeros((0, 2), dtype=np.int64)]
        total = 0
        for begin in range(0, len(text), _CHUNK):
            part = text[begin : begin + _CHUNK + self._longest - 1]
            hits = self._automaton.find_matches_as_indexes(part, overlapping=True)
            if not hits:
                continue
            array = np.array(hits, dtype=np.int64)[:, :2]
            array = array[array[:, 1] < _CHUNK]
            array[:, 1] += begin
            total += len(array)
            _check_hits(total)
            found.append(array)
        whole = np.concatenate(found)
        return whole[:, 0], whole[:, 1]


def _check_hits(hits: int) -> None:
    if hits > _MAX_HITS:
        raise InputError(
            "too_large",
            f"terms match at more than {_MAX_HITS:,} places of the text",
            hint="take terms of one character and terms that lie in each other out of the dictionary",
        )


def _runs(text: str) -> tuple[Offsets, Offsets]:
    """At every offset, how many word characters follow it and stand before it, up to `RUN`."""
    word = np.zeros(len(text) + 2 * RUN, dtype=np.int64)
    for match in _WORDS.finditer(text):
        word[match.start() + RUN : match.end() + RUN] = 1
    size = len(text) + 1
    forward = np.zeros(size, dtype=np.int64)
    backward = np.zeros(size, dtype=np.int64)
    further = np.ones(size, dtype=np.int64)
    nearer = np.ones(size, dtype=np.int64)
    for step in range(RUN):
        further = further * word[RUN + step :][:size]
        nearer = nearer * word[RUN - 1 - step :][:size]
        forward += further
        backward += nearer
    return forward, backward


def _near(firsts: Offsets, rarest: Offsets, reach: int) -> Offsets:
    """Those of `firsts` that stand at most `reach` before one of `rarest`; the work is that of the shorter list."""
    if len(firsts) <= len(rarest):
        return firsts
    low = np.searchsorted(firsts, rarest - reach)
    sizes = np.searchsorted(firsts, rarest, side="right") - low
    at = np.repeat(low - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    near: Offsets = firsts[np.unique(at)]
    return near


def _join(opens: Offsets, closes: Offsets, following: Offsets, forward: Offsets) -> tuple[Offsets, Offsets]:
    """Matches that go on, over a run of word characters, with a piece that begins at one of `following`: start of the
    match and of that piece, every pair once, in order."""
    goals = closes[:, None] + _GAPS
    places = np.minimum(np.searchsorted(following, goals), len(following) - 1)
    rows, gaps = np.nonzero((following[places] == goals) & (forward[closes][:, None] >= _GAPS))
    pairs = np.unique(opens[rows] * len(forward) + goals[rows, gaps])
    return pairs // len(forward), pairs % len(forward)


def normalize_terms(terms: Sequence[str], *, profile: str = "auto") -> list[str]:
    """Terms, none with a line break, as they are looked for: simplified, of plain width, without white space around.

    >>> normalize_terms([" 解讀材料", "入口網站＊"])
    ['解读材料', '入口网站*']
    """
    if not terms:
        return []
    joined = "\n".join(term.strip() for term in terms).replace("＊", "*")
    converted = normalize(joined, profile="hant" if profile == "auto" else profile).text.split("\n")
    if profile == "auto":
        # A simplified term is taken as it is: conversion would take 著 for a traditional character.
        plain = normalize(joined, profile="hans").text.split("\n")
        pairs = zip(plain, converted, strict=True)
        return [one if one == other else normalize(one).text for one, other in pairs]
    return converted


def check_term(term: str) -> str:
    """What is wrong with a normalised term; empty when nothing is.

    >>> check_term("公开*"), check_term("*")
    ('', 'is a * alone')
    """
    if not term:
        return "is empty"
    if not term.strip("* "):
        return "is a * alone"
    if "**" in term or term.count("*") > _MAX_WILDCARDS:
        return f"has two * side by side, or more than {_MAX_WILDCARDS} of them"
    if len(term) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    if len(term.splitlines()) > 1:
        return "has a line break"
    return ""


def normalized_of(source: Normalizable | str) -> Normalized:
    """The normalised text of a report, or of a string."""
    return normalize(source) if isinstance(source, str) else source.normalized


def find_term(source: Normalizable | str, term: str) -> list[tuple[int, int]]:
    """Spans of a term in a report's text (or a string) as read, from the left, longest first, none in another.

    Text and term may be of any script; ``*`` as in a `Dictionary`. Raises `OptionError` for a term that is empty or a
    ``*`` alone.

    >>> find_term("主動公開目錄，主动公开", "主动公*")
    [(0, 6), (7, 11)]
    """
    normalized = normalized_of(source)
    problem = "has a line break" if len(term.splitlines()) > 1 else check_term(normalize_terms([term])[0])
    if problem:
        raise OptionError("term", f"the term {term!r} {problem}", hint="give a word, with or without *")
    wanted = dict.fromkeys(normalize_terms([term], profile=profile)[0] for profile in ("auto", normalized.profile))
    _, starts, ends = Matcher(list(wanted)).find(normalized.text)
    kept = _leftmost(starts, ends)
    opens, closes = normalized.source_spans(starts[kept], ends[kept])
    return list(zip(opens.tolist(), closes.tolist(), strict=True))


def _leftmost(starts: Offsets, ends: Offsets) -> Offsets:
    """Of matches in the order of `Matcher.find`, those that are left when each takes its place from those after it."""
    kept: list[int] = []
    reach = 0
    for at, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if start >= reach:
            kept.append(at)
            reach = end
    return np.array(kept, dtype=np.int64)


def _shadowed(plain: npt.NDArray[np.bool_], starts: Offsets, ends: Offsets) -> npt.NDArray[np.bool_]:
    """Which matches lie within a longer match of a term without ``*``. What a ``*`` took in is no term, and keeps
    nothing else from being counted."""
    new = np.ones(len(starts), dtype=bool)
    new[1:] = (np.diff(starts) != 0) | (np.diff(ends) != 0)
    reach = np.concatenate(([0], np.maximum.accumulate(np.where(plain, ends, 0))))
    # How far the plain matches reach that stand before the first match of the same span.
    before = reach[np.flatnonzero(new)][np.cumsum(new) - 1]
    shadowed: npt.NDArray[np.bool_] = before >= ends
    return shadowed


def count_dictionary(source: Normalizable | str, dictionary: Dictionary) -> list[DictionaryCount]:
    """How often the terms of each category stand in a report's text (or in a string), and where.

    Counted is the normalised text, tables and headings included, not words. Terms of one category do not overlap: the
    one further left and then the longer takes the place. What lies within a longer term of another category is not
    counted either (印度 in 印度尼西亚 when both are terms); else two categories may count the same place.
    `InputError` when the terms match at too many places.

    >>> tone = Dictionary("tone", {"place": ("印度", "印度尼西亚"), "deed": ("访*",)})
    >>> [(c.category, c.count, c.per_thousand) for c in count_dictionary("访印度尼西亚，印度回访。", tone)]
    [('place', 2, 166.66666666666666), ('deed', 2, 166.66666666666666)]
    """
    normalized = normalized_of(source)
    chars = sum(map(len, normalized.text.split()))
    terms, starts, ends = dictionary.find(normalized)
    opens, closes = normalized.source_spans(starts, ends)
    counts: list[DictionaryCount] = []
    first = 0
    for category, listed in dictionary.categories.items():
        own = np.flatnonzero((terms >= first) & (terms < first + len(listed)))
        spans: dict[int, list[tuple[int, int]]] = {}
        for term, *span in zip(terms[own].tolist(), opens[own].tolist(), closes[own].tolist(), strict=True):
            spans.setdefault(term - first, []).append((span[0], span[1]))
        found = tuple(TermCount(listed[term], len(places), tuple(places)) for term, places in sorted(spans.items()))
        counts.append(DictionaryCount(category, len(own), 1000 * len(own) / chars if chars else None, chars, found))
        first += len(listed)
    return counts


# -- files ------------------------------------------------------------------------------------------------------------


def load_dictionary(path: str | Path) -> Dictionary:
    """A dictionary from a CSV file: separated by commas, semicolons or tabs, in any encoding that spreadsheets save.

    Either the first line is ``category,term`` (类别,词语) and each line holds one term; or the first line has the
    categories, and the terms of each stand below it. Lines that begin with ``#`` are comments. Raises `DataError`
    naming the line of a term that is empty, a ``*`` alone, too long, or in its category twice (in whatever script), of
    a category that stands twice or has no term, of a layout that is neither; `InputError` for bytes that are no text.
    """
    path = Path(path)
    data = _read(path)
    rows = _rows(decode(data, path=str(path))[1], path)
    line, header = next(rows, (1, []))
    names = [name.strip() for name in header]
    is_long = len(names) == 2 and names[0].lower() in _CATEGORY and names[1].lower() in _TERM
    if not is_long and (not names or {name.lower() for name in names} & {*_CATEGORY, *_TERM}):
        raise _bad("columns", f"has the columns {', '.join(names)}", path, line)
    cells = list((_long if is_long else _wide)(rows, names, line, path))
    if not cells:
        raise _bad("empty", "has no term", path, line)
    if len(cells) > MAX_TERMS:
        raise DataError("size", f"has more than {MAX_TERMS:,} terms", path=str(path), hint="split the dictionary")
    for at, problem in _problems([(category, term) for _, category, term in cells]):
        raise _bad("row", problem, path, cells[at][0], hint="mend the line or take it out")
    categories: dict[str, list[str]] = {}
    for _, category, term in cells:
        categories.setdefault(category, []).append(term)
    frozen = MappingProxyType({category: tuple(terms) for category, terms in categories.items()})
    return Dictionary(path.stem, frozen, hashlib.sha256(data).hexdigest())


def _bad(code: str, message: str, path: Path, line: int, *, hint: str = "") -> DataError:
    layout = "the first line is category,term, or has the categories, with their terms below"
    return DataError(code, message, path=str(path), place=f"line {line}", hint=hint or layout)


def _problems(entries: Sequence[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """What is wrong with (category, term) pairs: the place of each fault, and the fault."""
    written = [term for _, term in entries]
    broken = [at for at, term in enumerate(written) if len(term.splitlines()) > 1]
    for at in broken:
        yield at, f"the term {written[at]!r} has a line break"
    if broken or not entries:
        return
    seen: set[tuple[str, str]] = set()
    for at, ((category, term), key) in enumerate(zip(entries, normalize_terms(written), strict=True)):
        if problem := check_term(key):
            yield at, f"the term {term!r} {problem}"
        elif (category, key) in seen:
            yield at, f"the term {term!r} stands in {category} twice"
        seen.add((category, key))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(
                "size", f"is larger than {_MAX_BYTES >> 20} MB", path=str(path), hint="split the dictionary"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        problem = f"cannot be read: {reason_of(error)}"
        raise DataError("unreadable", problem, path=str(path)) from error


def _rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each row that is neither blank nor a comment."""
    lines = _LINE_END.split(text)
    head = next((line for line in lines if not _COMMENT.match(line)), "")
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=max(",\t;", key=head.count), strict=True)
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                yield line, cells
    except csv.Error as error:
        hint = "close the quotation marks"
        raise DataError("csv", f"is no CSV: {error}", path=str(path), place=f"line {end + 1}", hint=hint) from error


def _long(rows: Iterator[tuple[int, list[str]]], _: list[str], __: int, path: Path) -> Iterator[tuple[int, str, str]]:
    for line, cells in rows:
        if len(cells) > 2 and any(cell.strip() for cell in cells[2:]):
            raise _bad("columns", f"has {len(cells)} cells where 2 are expected", path, line)
        category, term = (cell.strip() for cell in (*cells, "")[:2])
        if not category:
            raise _bad("row", "has no category", path, line)
        yield line, category, term


def _wide(
    rows: Iterator[tuple[int, list[str]]], names: list[str], first: int, path: Path
) -> Iterator[tuple[int, str, str]]:
    if twice := [name for at, name in enumerate(names) if name and name in names[:at]]:
        raise _bad("columns", f"has the category {twice[0]} twice", path, first)
    found: list[tuple[int, str, str]] = []
    for line, cells in rows:
        for at, cell in enumerate(cells):
            if cell.strip():
                if at >= len(names) or not names[at]:
                    raise _bad("columns", f"has {cell.strip()!r} below no category", path, line)
                found.append((line, names[at], cell.strip()))
    if bare := {name for name in names if name} - {name for _, name, _ in found}:
        raise _bad("columns", f"has no term for the category {min(bare)}", path, first)
    # One category after the other, as the first line has them.
    yield from sorted(found, key=lambda entry: names.index(entry[1]))
