"""Script: any Chinese in, mainland simplified text out, with a map back to the text as read.

Character and phrase tables are those of OpenCC as `opencc-python-reimplemented` ships them (read as files);
the restoration of Taiwan-worded mirrors is `data/script/tw_mainland.tsv`.
"""

from __future__ import annotations

import importlib.util
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from zhgovtext.document import SURROGATE
from zhgovtext.errors import DataError, OptionError
from zhgovtext.resources import data_path, rows

PROFILES = ("auto", "hans", "hant", "tw-mainland")

Offsets = npt.NDArray[np.int64]
CodePoints = npt.NDArray[np.uint32]

_WIDTH = {0x3000: " ", 0xA0: " ", 0xFF0E: ".", 0xFF05: "%", 0xFF0B: "+", 0xFF0D: "-", 0xFF0F: "/", 0xFF20: "@"}
_WIDTH |= {
    code: chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_WIDE = re.compile("[" + "".join(map(chr, sorted(_WIDTH))) + "]")
# Words that stand in mainland government texts of any script, and not in those of Taiwan.
_MAINLAND = re.compile("中華人民共和國|國務院|政務公開|人民政府|市委|省委|信息公開")


@dataclass(frozen=True, slots=True)
class Change:
    """A replacement that was made, and how often."""

    source: str
    target: str
    count: int


@dataclass(frozen=True, slots=True)
class Normalized:
    """Normalised text with its map back.

    `text` is the result, `source` the text given, `profile` what was done, `script` what the source is
    written in, `reasons` the counts of the cues that decided, `changes` what was replaced.

    The map holds only the replacements that change the length, one row each of source start, source end,
    text start, text end; between them both texts run in step.
    """

    source: str
    text: str
    profile: str
    script: str
    reasons: dict[str, int] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    edits: tuple[tuple[int, int, int, int], ...] = ()

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `source` behind ``text[start:end]``.

        >>> n = normalize("各入口網站", profile="tw-mainland")
        >>> n.text, n.source_span(1, 5)
        ('各门户网站', (1, 5))
        """
        return _map(self.edits, 2, 0, start, end) if self.edits else (start, end)

    def norm_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `text` that stands for ``source[start:end]``.

        >>> normalize("用最佳化服務", profile="tw-mainland").norm_span(1, 6)
        (1, 5)
        """
        return _map(self.edits, 0, 2, start, end) if self.edits else (start, end)

    def source_spans(self, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
        """`source_span` of many spans at once: two arrays of the same length."""
        if not self.edits:
            return starts, ends
        edits = np.asarray(self.edits, dtype=np.int64)
        return _map_starts(edits, starts), _map_ends(edits, ends)


def _map(edits: tuple[tuple[int, int, int, int], ...], origin: int, goal: int, start: int, end: int) -> tuple[int, int]:
    """Map a span from the text at columns `origin`, `origin` + 1 of the edits to that at `goal`, `goal` + 1; an
    end that falls inside a replacement moves out to its border."""
    at = bisect_right(edits, start, key=lambda edit: edit[origin]) - 1
    if at >= 0:
        edit = edits[at]
        inside = start < edit[origin + 1]
        start = edit[goal] if inside else start - edit[origin + 1] + edit[goal + 1]
    at = bisect_right(edits, end - 1, key=lambda edit: edit[origin]) - 1
    if at >= 0:
        edit = edits[at]
        inside = end <= edit[origin + 1]
        end = edit[goal + 1] if inside else end - edit[origin + 1] + edit[goal + 1]
    return start, max(start, end)


def _map_starts(edits: Offsets, starts: Offsets) -> Offsets:
    at = np.searchsorted(edits[:, 2], starts, side="right") - 1
    edit = edits[at]
    mapped = np.where(starts < edit[:, 3], edit[:, 0], starts - edit[:, 3] + edit[:, 1])
    result: Offsets = np.where(at >= 0, mapped, starts)
    return result


def _map_ends(edits: Offsets, ends: Offsets) -> Offsets:
    at = np.searchsorted(edits[:, 2], ends - 1, side="right") - 1
    edit = edits[at]
    mapped = np.where(ends <= edit[:, 3], edit[:, 1], ends - edit[:, 3] + edit[:, 1])
    result: Offsets = np.where(at >= 0, mapped, ends)
    return result


@dataclass(frozen=True, slots=True)
class _Tables:
    """Script tables of the Basic Multilingual Plane, by code point, and the phrases around them."""

    traditional: npt.NDArray[np.bool_]
    simplified: npt.NDArray[np.bool_]
    to_simplified: CodePoints
    phrases: tuple[tuple[str, str], ...]


@cache
def _tables() -> _Tables:
    to_simplified = np.arange(0x10000, dtype=np.uint32)
    traditional = np.zeros(0x10000, dtype=np.bool_)
    simplified = np.zeros(0x10000, dtype=np.bool_)
    for source, targets in _opencc("TSCharacters.txt"):
        if ord(source) < 0x10000 and ord(targets[0]) < 0x10000:
            traditional[ord(source)] = source not in targets
            to_simplified[ord(source)] = ord(targets[0])
    for source, targets in _opencc("STCharacters.txt"):
        if ord(source) < 0x10000 and source not in targets:
            simplified[ord(source)] = True
    phrases = tuple((source, targets[0]) for source, targets in _opencc("TSPhrases.txt"))
    return _Tables(traditional, simplified, to_simplified, phrases)


def _opencc(name: str) -> Iterable[tuple[str, list[str]]]:
    # The package is found, not imported: only its dictionaries are wanted.
    spec = importlib.util.find_spec("opencc")
    if spec is None or spec.origin is None:
        raise DataError(
            "missing", "opencc-python-reimplemented is not installed", hint="pip install opencc-python-reimplemented"
        )
    path = Path(spec.origin).parent / "dictionary" / name
    for line in path.read_text(encoding="utf-8").splitlines():
        source, _, targets = line.partition("\t")
        if source and targets:
            yield source, targets.split(" ")


@dataclass(frozen=True, slots=True)
class _Mirror:
    """The pairs of `tw_mainland.tsv` and the automaton of its cues."""

    pairs: tuple[tuple[str, str], ...]
    cues: ahocorasick_rs.AhoCorasick


@cache
def _mirror() -> _Mirror:
    path = data_path("script", "tw_mainland.tsv")
    pairs: list[tuple[str, str]] = []
    cues: list[str] = []
    seen: set[str] = set()
    for line, row in rows(path, ("source", "target", "evidence")):
        if row["source"] in seen or not row["source"] or row["evidence"] not in ("", "cue"):
            raise DataError("row", f"has a bad or repeated row {row['source']!r}", path=str(path), place=f"line {line}")
        seen.add(row["source"])
        pairs.append((row["source"], row["target"]))
        if row["evidence"]:
            cues.append(row["source"])
    return _Mirror(tuple(pairs), ahocorasick_rs.AhoCorasick(cues))


@cache
def _automaton(profile: str) -> tuple[ahocorasick_rs.AhoCorasick, tuple[str, ...]]:
    tables = dict(_tables().phrases)
    if profile == "tw-mainland":
        tables.update(_mirror().pairs)
    automaton = ahocorasick_rs.AhoCorasick(list(tables), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return automaton, tuple(tables.values())


def code_points(text: str) -> CodePoints:
    """Code points of a string as an array, one element a character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def normalize(text: str, *, profile: str = "auto") -> Normalized:
    """Mainland simplified text, with the map back and the reasons.

    `profile` is ``"hans"`` (width and space forms only), ``"hant"`` (traditional to simplified),
    ``"tw-mainland"`` (a Taiwan-worded mirror of a mainland text, its terms restored), or ``"auto"``, which
    decides by counting: a text is simplified while less than a tenth of its script-bound characters are
    traditional; a traditional one is a mirror when at least two wordings occur that only a conversion of
    mainland text has, and mainland terms stand beside them.

    Lone surrogates become U+FFFD. Raises `OptionError` for another profile.

    >>> normalize("１２件，８.９％").text
    '12件，8.9%'
    >>> n = normalize("市政府入口網站公布規範性檔案，國務院")
    >>> n.profile, n.text
    ('tw-mainland', '市政府门户网站公布规范性文件，国务院')
    """
    if profile not in PROFILES:
        raise OptionError("profile", f"no profile {profile!r}", hint=f"choose one of {', '.join(PROFILES)}")
    clean = SURROGATE.sub("\ufffd", text)
    script, found, reasons = _detect(clean)
    chosen = found if profile == "auto" else profile
    changes: Counter[tuple[str, str]] = Counter()
    edits: list[tuple[int, int, int, int]] = []
    result = clean if chosen == "hans" else _simplify(clean, chosen, changes, edits)
    if _WIDE.search(result):
        result = _WIDE.sub(lambda match: _width(match.group(), changes), result)
    listed = tuple(Change(*pair, count) for pair, count in sorted(changes.items()))
    return Normalized(text, result, chosen, script, reasons, listed, tuple(edits))


def _width(char: str, changes: Counter[tuple[str, str]]) -> str:
    target = _WIDTH[ord(char)]
    changes[char, target] += 1
    return target


def _detect(text: str) -> tuple[str, str, dict[str, int]]:
    """Script, profile, and the counts that led to them."""
    tables = _tables()
    points = np.minimum(code_points(text), 0xFFFF)
    traditional = int(np.count_nonzero(tables.traditional[points]))
    simplified = int(np.count_nonzero(tables.simplified[points]))
    reasons = {"traditional": traditional, "simplified": simplified}
    if traditional == 0 or traditional * 10 < traditional + simplified:
        return "hans", "hans", reasons
    reasons["mirror"] = len(_mirror().cues.find_matches_as_indexes(text))
    reasons["mainland"] = len(_MAINLAND.findall(text))
    if simplified * 10 > traditional + simplified:
        return "mixed", "hant", reasons
    if reasons["mirror"] >= 2 and reasons["mainland"]:
        return "hant-tw", "tw-mainland", reasons
    return "hant", "hant", reasons


def _simplify(
    text: str, profile: str, changes: Counter[tuple[str, str]], edits: list[tuple[int, int, int, int]]
) -> str:
    """Phrases by automaton, the characters between them by table; length changes go to `edits`."""
    automaton, targets = _automaton(profile)
    table = _tables().to_simplified
    points = code_points(text)
    mapped = np.where(points < 0x10000, table[np.minimum(points, 0xFFFF)], points)
    between = mapped.astype("<u4").tobytes().decode("utf-32-le")
    differs = mapped != points
    parts: list[str] = []
    done = 0
    length = 0
    for index, start, end in automaton.find_matches_as_indexes(text):
        target = targets[index]
        parts.append(between[done:start])
        length += start - done
        if end - start != len(target):
            edits.append((start, end, length, length + len(target)))
        if text[start:end] != target:
            changes[text[start:end], target] += 1
        parts.append(target)
        length += len(target)
        differs[start:end] = False
        done = end
    parts.append(between[done:])
    pairs, counts = np.unique(points[differs].astype(np.uint64) << np.uint64(32) | mapped[differs], return_counts=True)
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        changes[chr(pair >> 32), chr(pair & 0xFFFFFFFF)] += count
    return "".join(parts)
