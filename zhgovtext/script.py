"""Script: any Chinese in, mainland simplified text out, with a map back to the text as read.

Three steps, each with its own map: clean (width, compatibility and invisible characters), join (spaces that
justification put between characters), convert. Conversion is OpenCC's: its segmentation by phrases, longest match from
the left, groups of dictionaries in order. The tables are those of `opencc-python-reimplemented`, read as files, with
`data/script/opencc_patch.tsv` bringing them up to date. A Taiwan-worded mirror of a mainland text is restored by the
pairs of `data/script/tw_mainland.tsv` before that.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from zhgovtext.errors import DataError, OptionError
from zhgovtext.resources import data_path, rows

PROFILES = ("auto", "hans", "hant", "hant-tw", "hant-hk", "tw-mainland")

# Columns of tw_mainland.tsv: the pair, and the sentences that tests hold it to.
MIRROR_COLUMNS = ("source", "target", "evidence", "example", "restored", "counter", "kept")

Offsets = npt.NDArray[np.int64]
CodePoints = npt.NDArray[np.uint32]
# Replacements that change the length, a row each: source start and end, result start and end.
Edits = npt.NDArray[np.int64]

# Every character that the tables can change lies below this code point.
_TABLE_SIZE = 0x40000
_TRADITIONAL, _SIMPLIFIED, _UNCLEAN = 1, 2, 4
_FLAGS = {"traditional": _TRADITIONAL, "simplified": _SIMPLIFIED}
# Plane 14 (tags, variation selectors) and the private use planes.
_SUPPLEMENTARY = 0xE0000
_BARRIER = 0x0A
_CLOSING = frozenset("，。；：、！？）》」』】”’")
_OPENING = frozenset("（《「『【“‘")
_MAX_SPACES = 4
# Words that stand in mainland government texts of any script, and not in those of Taiwan.
_MAINLAND = re.compile("中華人民共和國|國務院|政務公開|人民政府|市委|省委|信息公開")


@dataclass(frozen=True, slots=True)
class Change:
    """A replacement that was made, and how often; an empty target is a deletion."""

    source: str
    target: str
    count: int


@dataclass(frozen=True, slots=True)
class Normalized:
    """Normalised text with its map back.

    `text` is the result, `source` the text given, `profile` what was done, `script` what the source is
    written in, `reasons` the counts of the cues that decided; `changes` lists what was replaced, from
    `replaced` (terms, with repeats) and `characters` (code points before and after, 0 for none).

    The map is `layers`, one a step that changed the length: its edits, in order; between them both texts run
    in step. A deleted character belongs to the one after it (at the end, before it), so that the spans of the
    result's characters cover the source without gap.
    """

    source: str
    text: str
    profile: str
    script: str
    reasons: dict[str, int] = field(default_factory=dict)
    layers: tuple[Edits, ...] = field(default=(), repr=False, compare=False)
    replaced: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)
    characters: tuple[tuple[CodePoints, CodePoints], ...] = field(default=(), repr=False, compare=False)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was replaced by what and how often, sorted by source.

        >>> [(c.source, c.target, c.count) for c in normalize("民眾與民眾", profile="tw-mainland").changes]
        [('民眾', '群众', 2), ('與', '与', 1)]
        """
        counts = Counter(self.replaced)
        for before, after in self.characters:
            both = before.astype(np.uint64) << np.uint64(32) | after
            for pair, count in zip(*(part.tolist() for part in np.unique(both, return_counts=True)), strict=True):
                counts[chr(pair >> 32), chr(pair & 0xFFFFFFFF) if pair & 0xFFFFFFFF else ""] += count
        return tuple(Change(*pair, count) for pair, count in sorted(counts.items()))

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `source` behind ``text[start:end]``.

        >>> n = normalize("各入口網站", profile="tw-mainland")
        >>> n.text, n.source_span(1, 5)
        ('各门户网站', (1, 5))
        """
        for layer in reversed(self.layers):
            start, end = _map(layer, 2, 0, start, end)
        return start, end

    def norm_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `text` that stands for ``source[start:end]``.

        >>> normalize("用最佳化服務", profile="tw-mainland").norm_span(1, 6)
        (1, 5)
        """
        for layer in self.layers:
            start, end = _map(layer, 0, 2, start, end)
        return start, end

    def source_spans(self, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
        """`source_span` of many spans at once: two arrays of the same length."""
        for layer in reversed(self.layers):
            starts, ends = _map_starts(layer, 2, 0, starts), _map_ends(layer, 2, 0, ends)
        return starts, ends

    def unit_spans(self, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
        """`source_spans` of units, which begin with no white space: not with what was dropped before a mark.

        >>> n = normalize("公开3条。 、其他。")
        >>> [part.tolist() for part in n.unit_spans(np.array([5]), np.array([9]))], n.source_span(5, 9)
        ([[6], [10]], (5, 10))
        """
        starts, ends = self.source_spans(starts, ends)
        source = self.source
        blank = [at for at, start in enumerate(starts.tolist()) if source[start : start + 1].isspace()]
        starts = starts.copy() if blank else starts
        for at in blank:
            start, end = int(starts[at]), int(ends[at])
            starts[at] = end - len(source[start:end].lstrip())
        return starts, ends

    def norm_spans(self, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
        """`norm_span` of many spans at once: two arrays of the same length."""
        for layer in self.layers:
            starts, ends = _map_starts(layer, 0, 2, starts), _map_ends(layer, 0, 2, ends)
            ends = np.maximum(starts, ends)
        return starts, ends


def _map(edits: Edits, origin: int, goal: int, start: int, end: int) -> tuple[int, int]:
    """Map a span from the text at columns `origin`, `origin` + 1 of the edits to that at `goal`, `goal` + 1; an
    end that falls inside a replacement moves out to its border."""
    at = int(np.searchsorted(edits[:, origin], start, side="right")) - 1
    if at >= 0:
        edit = edits[at].tolist()
        inside = start < edit[origin + 1]
        start = edit[goal] if inside else start - edit[origin + 1] + edit[goal + 1]
    at = int(np.searchsorted(edits[:, origin], end - 1, side="right")) - 1
    if at >= 0:
        edit = edits[at].tolist()
        inside = end <= edit[origin + 1]
        end = edit[goal + 1] if inside else end - edit[origin + 1] + edit[goal + 1]
    return start, max(start, end)


def _map_starts(edits: Edits, origin: int, goal: int, starts: Offsets) -> Offsets:
    at = np.searchsorted(edits[:, origin], starts, side="right") - 1
    edit = edits[at]
    inside = starts < edit[:, origin + 1]
    mapped = np.where(inside, edit[:, goal], starts - edit[:, origin + 1] + edit[:, goal + 1])
    result: Offsets = np.where(at >= 0, mapped, starts)
    return result


def _map_ends(edits: Edits, origin: int, goal: int, ends: Offsets) -> Offsets:
    at = np.searchsorted(edits[:, origin], ends - 1, side="right") - 1
    edit = edits[at]
    inside = ends <= edit[:, origin + 1]
    mapped = np.where(inside, edit[:, goal + 1], ends - edit[:, origin + 1] + edit[:, goal + 1])
    result: Offsets = np.where(at >= 0, mapped, ends)
    return result


def code_points(text: str) -> CodePoints:
    """Code points of a string as an array, one element a character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _string(points: CodePoints) -> str:
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


# -- tables -----------------------------------------------------------------------------------------------------------


class _Group(NamedTuple):
    """A group of OpenCC dictionaries: phrases, by automaton, before characters, by table. Neither changes the
    length of a text."""

    automaton: ahocorasick_rs.AhoCorasick
    targets: tuple[CodePoints, ...]
    characters: CodePoints

    def apply(self, points: CodePoints, *, phrases: bool = True) -> CodePoints:
        result = self.characters.take(points, mode="clip")
        if points.max(initial=0) >= _TABLE_SIZE:
            result = np.where(points < _TABLE_SIZE, result, points)
        if phrases:
            for at, start, end in self.automaton.find_matches_as_indexes(_string(points)):
                result[start:end] = self.targets[at]
        return result


class _Chain(NamedTuple):
    """A conversion: without `segments` one group, with them two, the phrases of the segmentation kept whole."""

    variants: _Group | None
    simplify: _Group
    segments: tuple[CodePoints, ...]

    def apply(self, points: CodePoints) -> CodePoints:
        if self.variants is None:
            return self.simplify.apply(points)
        # The phrases of the segmentation are converted by themselves, once, when the tables are loaded; what
        # stands between them goes through both groups, and no match reaches across a barrier.
        between = points.copy()
        found = self.simplify.automaton.find_matches_as_indexes(_string(points))
        for _, start, end in found:
            between[start:end] = _BARRIER
        regular = self.variants.apply(between)
        result = self.simplify.apply(regular, phrases=bool((regular != between).any()))
        for at, start, end in found:
            result[start:end] = self.segments[at]
        return result


@cache
def read_table(name: str) -> dict[str, list[str]]:
    """A dictionary of OpenCC: source → targets, the first of which is used."""
    # The package is found, not imported: only its dictionaries are wanted.
    spec = importlib.util.find_spec("opencc")
    if spec is None or spec.origin is None:
        hint = "pip install opencc-python-reimplemented"
        raise DataError("missing", "opencc-python-reimplemented is not installed", hint=hint)
    path = Path(spec.origin).parent / "dictionary" / f"{name}.txt"
    if not path.is_file():
        hint = "another package of the name opencc is in its way: uninstall that"
        raise DataError("missing", "has no such dictionary", path=str(path), hint=hint)
    pairs = (line.partition("\t") for line in path.read_text(encoding="utf-8").splitlines())
    table = {source: targets.split(" ") for source, _, targets in pairs if source and targets}
    for source, targets in _patch().get(name, {}).items():
        if targets:
            table[source] = targets.split(" ")
        else:
            table.pop(source, None)
    return table


@cache
def _patch() -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for _, row in rows(data_path("script", "opencc_patch.tsv"), ("table", "source", "targets")):
        tables.setdefault(row["table"], {})[row["source"]] = row["targets"]
    return tables


def _automaton(words: Iterable[str]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(words), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


@cache
def _group(phrases: str, characters: str) -> _Group:
    words = {source: targets[0] for source, targets in read_table(phrases).items()}
    table = np.arange(_TABLE_SIZE, dtype=np.uint32)
    for source, targets in read_table(characters).items():
        table[ord(source)] = ord(targets[0])
    return _Group(_automaton(words), tuple(code_points(target) for target in words.values()), table)


@cache
def _chain(profile: str) -> _Chain:
    simplify = _group("TSPhrases", "TSCharacters")
    if profile == "hant":
        return _Chain(None, simplify, ())
    region = "HK" if profile == "hant-hk" else "TW"
    variants = _group(f"{region}VariantsRevPhrases", f"{region}VariantsRev")
    phrases = list(read_table("TSPhrases"))
    # All phrases at once, a barrier between them.
    whole = simplify.apply(variants.apply(code_points(chr(_BARRIER).join(phrases))))
    segments = tuple(code_points(part) for part in _string(whole).split(chr(_BARRIER)))
    return _Chain(variants, simplify, segments)


@cache
def _flags() -> npt.NDArray[np.uint8]:
    """What each character tells: of traditional script, of simplified script, to be cleaned."""
    flags = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    path = data_path("script", "characters.tsv")
    for line, row in rows(path, ("script", "characters")):
        if row["script"] not in _FLAGS:
            raise DataError("row", f"has the script {row['script']!r}", path=str(path), place=f"line {line}")
        flags[code_points(row["characters"])] |= _FLAGS[row["script"]]
    flags[list(_cleaning())] |= _UNCLEAN
    # Lone surrogates, and the private use area, whose glyphs nobody knows.
    flags[0xD800:0xF900] |= _UNCLEAN
    return flags


@cache
def _cleaning() -> dict[int, str]:
    """Width, compatibility and small forms → the plain character; invisible characters → nothing."""
    table = {0x3000: " ", 0xFF05: "%", 0xFF0B: "+", 0xFF0D: "-", 0xFF0E: ".", 0xFF0F: "/", 0xFF20: "@"}
    table |= dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F), " ")
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)):
        table |= {code: chr(code - 0xFEE0) for code in range(first, last + 1)}
    table |= dict(zip(range(0xFE50, 0xFE53), "，、.", strict=True))
    table |= dict(zip(range(0xFE54, 0xFE58), "；：？！", strict=True))
    table |= {0xFE59: "（", 0xFE5A: "）", 0xFE6A: "%"}
    for first, last in ((0x2E9F, 0x2E9F), (0x2EF3, 0x2EF3), (0x2F00, 0x2FD5)):
        table |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(first, last + 1)}
    for first, last in ((0xF900, 0xFAFF), (0x2F800, 0x2FA1F)):
        singles = ((code, unicodedata.normalize("NFC", chr(code))) for code in range(first, last + 1))
        table |= {code: target for code, target in singles if target != chr(code)}
    invisible = [(0xAD, 0xAD), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x2069)]
    invisible += [(0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)]
    return table | {code: "" for first, last in invisible for code in range(first, last + 1)}


class _Mirror(NamedTuple):
    """The pairs of `tw_mainland.tsv` and automata of their sources and of the cues among them."""

    automaton: ahocorasick_rs.AhoCorasick
    targets: tuple[str, ...]
    cues: ahocorasick_rs.AhoCorasick


@cache
def _mirror() -> _Mirror:
    path = data_path("script", "tw_mainland.tsv")
    pairs: dict[str, str] = {}
    cues: list[str] = []
    for line, row in rows(path, MIRROR_COLUMNS):
        source = row["source"]
        if source in pairs or not source or row["evidence"] not in ("", "cue"):
            raise DataError("row", f"has a bad or repeated row {source!r}", path=str(path), place=f"line {line}")
        pairs[source] = row["target"]
        if row["evidence"]:
            cues.append(source)
    return _Mirror(_automaton(pairs), tuple(pairs.values()), _automaton(cues))


@cache
def _regions() -> tuple[ahocorasick_rs.AhoCorasick, tuple[str, ...]]:
    found = [(row["cue"], row["region"]) for _, row in rows(data_path("script", "regions.tsv"), ("region", "cue"))]
    return _automaton(cue for cue, _ in found), tuple(region for _, region in found)


# -- the steps --------------------------------------------------------------------------------------------------------


def normalize(text: str, *, profile: str = "auto") -> Normalized:
    """Mainland simplified text, with the map back and the reasons.

    `profile` is ``"hans"`` (width, space and invisible characters only), ``"hant"``, ``"hant-tw"``, ``"hant-hk"``
    (traditional of OpenCC's, Taiwan's or Hong Kong's standard to simplified, as OpenCC's t2s, tw2s, hk2s do, no
    word replaced by another), ``"tw-mainland"`` (a Taiwan-worded mirror of a mainland text, its terms restored),
    or ``"auto"``, which decides by counting: a text is simplified while less than a tenth of its script-bound
    characters are traditional; a traditional one is a mirror when at least two wordings occur that only a
    conversion of mainland text has, and mainland terms stand beside them; otherwise the characters and words of
    Taiwan and Hong Kong decide.

    Lone surrogates and private-use characters become U+FFFD. Raises `OptionError` for another profile.

    >>> normalize("１２件，８.９％").text
    '12件，8.9%'
    >>> n = normalize("國務院：入口網站公布規範性檔案，服務人民民眾")
    >>> n.profile, n.text
    ('tw-mainland', '国务院：门户网站公布规范性文件，服务人民群众')
    """
    if profile not in PROFILES:
        raise OptionError("profile", f"no profile {profile!r}", hint=f"choose one of {', '.join(PROFILES)}")
    points = code_points(text)
    flags = _flags().take(points, mode="clip")
    if points.max(initial=0) >= _SUPPLEMENTARY:
        flags[points >= _SUPPLEMENTARY] = _UNCLEAN
    traditional = int(np.count_nonzero(flags & _TRADITIONAL))
    simplified = int(np.count_nonzero(flags & _SIMPLIFIED))
    characters: list[tuple[CodePoints, CodePoints]] = []
    layers: list[Edits] = []
    result = text
    if (flags & _UNCLEAN).any():
        result = _clean(points, flags, characters, layers)
    result = _join(result, characters, layers)
    script, found, reasons = _detect(result, traditional, simplified)
    chosen = found if profile == "auto" else profile
    replaced: list[tuple[str, str]] = []
    if chosen != "hans":
        result = _convert(result, chosen, replaced, characters, layers)
    kept = tuple(layer for layer in layers if len(layer))
    return Normalized(text, result, chosen, script, reasons, kept, tuple(replaced), tuple(characters))


def _clean(
    points: CodePoints,
    flags: npt.NDArray[np.uint8],
    characters: list[tuple[CodePoints, CodePoints]],
    layers: list[Edits],
) -> str:
    """Replace the flagged characters by their plain forms, or delete them."""
    table = _cleaning()
    places = np.flatnonzero(flags & _UNCLEAN)
    codes, which = np.unique(points[places], return_inverse=True)
    # Variation selectors and tags of plane 14 say nothing; other unknown glyphs are marked as such.
    plain = [table.get(code, "" if _SUPPLEMENTARY <= code < 0xE1000 else "\ufffd") for code in codes.tolist()]
    targets = np.array([ord(target) if target else 0 for target in plain], dtype=np.uint32)[which]
    characters.append((points[places], targets))
    cleaned = points.copy()
    cleaned[places] = targets
    return _delete(cleaned, places[targets == 0], layers)


def _join(text: str, characters: list[tuple[CodePoints, CodePoints]], layers: list[Edits]) -> str:
    """Delete the spaces of justified lines: those between single Han characters (邮 编 ：, not 概述 推进), before a
    closing and after an opening mark."""
    places: list[int] = []
    end = -1
    while (start := text.find(" ", end + 1)) >= 0:
        end = start + 1
        while text[end : end + 1] == " ":
            end += 1
        before, after = text[max(0, start - 2) : start], text[end : end + 2]
        if (
            after[:1] in _CLOSING
            or before[-1:] in _OPENING
            or (end - start <= _MAX_SPACES and _is_single(before[::-1]) and _is_single(after))
        ):
            places += range(start, end)
    if not places:
        return text
    spaces = np.full(len(places), 0x20, dtype=np.uint32)
    characters.append((spaces, np.zeros(len(places), dtype=np.uint32)))
    return _delete(code_points(text), np.array(places), layers)


def _is_single(chars: str) -> bool:
    """Whether the first of two characters is Han and the second, if there is one, is not."""
    return _is_han(chars[:1]) and not _is_han(chars[1:])


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or "\U00020000" <= char <= "\U0003ffff"


def _delete(points: CodePoints, places: Offsets, layers: list[Edits]) -> str:
    """Take out the characters at `places`, which rise. What is deleted goes with the character after it, at the end
    of the text with the one before."""
    if not len(places):
        return _string(points)
    size = len(points)
    breaks = np.flatnonzero(np.diff(places) > 1)
    starts = places[np.concatenate(([0], breaks + 1))]
    ends = places[np.concatenate((breaks, [len(places) - 1]))] + 1
    gone = np.cumsum(ends - starts)
    low = starts - gone + (ends - starts)
    edits = np.stack([starts, ends + 1, low, low + 1], axis=1)
    if ends[-1] == size:
        first = edits[-1]
        if len(edits) > 1 and edits[-2, 1] == first[0]:
            edits = edits[:-1]
            edits[-1, 1] = size
        elif first[2] == 0:
            edits[-1] = (0, size, 0, 0)
        else:
            edits[-1] = (first[0] - 1, size, first[2] - 1, first[2])
    layers.append(edits)
    return _string(np.delete(points, places))


def _detect(text: str, traditional: int, simplified: int) -> tuple[str, str, dict[str, int]]:
    """Script, profile, and the counts that led to them."""
    reasons = {"traditional": traditional, "simplified": simplified}
    if traditional == 0 or traditional * 10 < traditional + simplified:
        return "hans", "hans", reasons
    reasons["mirror"] = len(_mirror().cues.find_matches_as_indexes(text))
    reasons["mainland"] = len(_MAINLAND.findall(text))
    if simplified * 10 > traditional + simplified:
        return "mixed", "hant", reasons
    if reasons["mirror"] >= 2 and reasons["mainland"]:
        return "hant-tw", "tw-mainland", reasons
    automaton, regions = _regions()
    found = Counter(regions[at] for at, _, _ in automaton.find_matches_as_indexes(text))
    reasons |= {"taiwan": found["hant-tw"], "hong_kong": found["hant-hk"]}
    if found["hant-tw"] == found["hant-hk"]:
        return "hant", "hant", reasons
    region = "hant-tw" if found["hant-tw"] > found["hant-hk"] else "hant-hk"
    return region, region, reasons


def _convert(
    text: str,
    profile: str,
    replaced: list[tuple[str, str]],
    characters: list[tuple[CodePoints, CodePoints]],
    layers: list[Edits],
) -> str:
    """Convert the script, after restoring the terms of a mirror; only those change the length."""
    points = code_points(text)
    pairs: list[tuple[int, int, str]] = []
    if profile == "tw-mainland":
        mirror = _mirror()
        pairs = [(start, end, mirror.targets[at]) for at, start, end in mirror.automaton.find_matches_as_indexes(text)]
        points = points.copy()
        for start, end, _ in pairs:
            points[start:end] = _BARRIER
    converted = _chain(profile).apply(points)
    differs = points != converted
    characters.append((points[differs], converted[differs]))
    between = _string(converted)
    parts: list[str] = []
    edits: list[tuple[int, int, int, int]] = []
    done = length = 0
    for start, end, target in pairs:
        if text[start:end] != target:
            replaced.append((text[start:end], target))
        parts += (between[done:start], target)
        length += start - done
        if end - start != len(target):
            edits.append((start, end, length, length + len(target)))
        length += len(target)
        done = end
    layers.append(np.array(edits, dtype=np.int64).reshape(-1, 4))
    return "".join((*parts, between[done:]))
