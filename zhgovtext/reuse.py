"""Text reuse: the sentences of a report that stand in other texts already, word for word or nearly so.

Sentences are compared in a masked form: normalised characters without punctuation and enumerators, every figure one
mark, the names of a text's own place and agency another. What two sentences share is measured in runs of characters:
the share of a sentence that stands, in runs of at least `RUN` characters, in the other. That sees a sentence cut in
two, and two made one, and is not misled by the single characters that any two sentences of the genre share.

Candidates come from winnowed fingerprints (Schleimer, Wilkerson and Aiken, Winnowing: local algorithms for document
fingerprinting, SIGMOD 2003): of every `WINDOW` neighbouring `GRAM`-grams the one of the lowest hash is kept, so that
two sentences with a common run of `WINDOW` + `GRAM` - 1 characters have a fingerprint in common, whatever else they
hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from zhgovtext.document import from_text
from zhgovtext.errors import DataError, OptionError
from zhgovtext.metadata import Meta
from zhgovtext.quantities import find_normalized
from zhgovtext.report import Report
from zhgovtext.resources import data_path, read_words, rows
from zhgovtext.script import Normalized, code_points, normalize
from zhgovtext.structure import find_structure

# All chosen on the pairs of benchmarks/reuse_pairs.tsv that tuning may see, on the reports of corpus/ with known
# copies, and on its 8,455 sentences without any; benchmarks/reuse.py prints what they give.
THRESHOLD = 0.55
# 加强组织领导，完善工作机制 has 12 characters, and whoever writes it copies nobody.
MIN_CHARS = 14
RUN = 3
GRAM = 4
WINDOW = 6

Bools = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]
Units = npt.NDArray[np.uint16]
# How many characters a sentence has at most, and the parts that stand in it in order, each a choice of words.
_Rule = tuple[float, tuple[tuple[str, ...], ...]]

_FIGURE, _NAME = ord("0"), ord("〓")
_ARABIC = re.compile(r"[0-9]+(?:[.,，][0-9]+)*")
_SPELLED = re.compile(r"[0-9〇零一二三四五六七八九十百千万亿两半数几点成余多.,，]+")
_SPELLED_YEAR = re.compile("[二2][〇○零0][〇○零一二三四五六七八九]{2}(?=年)")
_ENUMERATOR = re.compile(
    r"[（(]?(?:[一二三四五六七八九十]{1,3}|[0-9]{1,2})[）)、.．是要]\s*|第[一二三四五六七八九十]，|其[一二三四五]，|[①-⑩]"
)
_OWN = re.compile("[全我本][省市州盟县区旗镇乡局委厅院校办]|[省市州县区](?=人民政府|政府|级|直)")
_RANK = re.compile("(?:综合实验区|自治[区州县旗]|[省市州盟县区旗镇乡])$")
# Candidates of a sentence: this many places of fingerprints are looked at, the rarest first, and so many forms
# compared.
_MAX_PLACES = 20_000
_MAX_CANDIDATES = 64
# A text without stops is one sentence: no more candidates are taken once those before have so many characters.
_MAX_COMPARED = 1_000_000
# A source's sentence counts as part of a longer match from this share of the target's sentence on.
_PART = 0.2
# Two source sentences that follow each other are the match when they cover so much more than the better one alone.
_GAIN = 0.1
_MAX_WIDTH = 3
# What is only near must have so many telling characters, and so many of them in one stretch: among sentences that copy
# nothing, chance matches grow in proportion to the sentences searched and fall by a third with every character of the
# stretch. Between 51 and 8,385 sentences searched, this keeps them at about three in a thousand.
_MIN_TELLING = 10
_MIN_STRETCH = 4.0
_STRETCH_PER_DOUBLING = 1.75
_SEARCHED = 50
# A source that so many sentences surely come from is searched as if it had been named alone.
_RELATED = 2


@dataclass(frozen=True, slots=True)
class Copy:
    """A sentence of the target that a source has too.

    `sentence` is its index and ``[start, end)`` its span in the target's ``document.text``; `origin` is the index and
    `source` the name of the source, ``[source_start, source_end)`` the span of what matches there, a sentence or
    several that follow each other. `similarity` is the share of the sentence that stands there; `kind`:

    - ``identical``: the same characters, punctuation and numbering left out of account;
    - ``figures``: the same but for figures, years, and the names of the texts' own places and agencies;
    - ``near``: other small edits, a sentence cut in two, two made one.

    `required`: the rules or official forms ask for the sentence. `spread` is how many sources have what matches,
    figures and names apart (of near ones, some that have it): one that stands in very many is a formula of the genre.
    """

    sentence: int
    start: int
    end: int
    origin: int
    source: str
    source_start: int
    source_end: int
    similarity: float
    kind: str
    required: bool
    spread: int


@dataclass(frozen=True, slots=True)
class Share:
    """Of all the sentences (or characters) of a target: those `copied`, and those `required` that were not counted.

    `share` is copied / (total - required), null when nothing is left.
    """

    total: int
    copied: int
    required: int
    share: float | None


@dataclass(frozen=True)
class Reuse:
    """What a target shares with the sources: `copies` by sentence, the most similar source first.

    `copied` and `required` tell of every sentence (in the order of ``Report.sentences``) whether it was copied, and
    whether the rules ask for it; what is required is never `copied`. Headings and tables hold no sentences.
    """

    target: str
    copies: tuple[Copy, ...]
    copied: Bools = field(compare=False)
    required: Bools = field(compare=False)
    sentences: Share
    chars: Share

    def to_dict(self) -> dict[str, Any]:
        """Plain data; `copied` and `required` as lists of sentence indexes."""
        return {
            "target": self.target,
            "sentences": _plain(self.sentences),
            "chars": _plain(self.chars),
            "copied": np.flatnonzero(self.copied).tolist(),
            "required": np.flatnonzero(self.required).tolist(),
            "copies": [{**_plain(copy), "similarity": round(copy.similarity, 6)} for copy in self.copies],
        }


@dataclass(frozen=True)
class Source:
    """Sentences of a text to compare with: their spans in the text as read, and their masked forms.

    `chars` holds the masked characters of all sentences, sentence i ``chars[bounds[i]:bounds[i + 1]]``; `telling`
    says of each whether it tells texts apart: it is neither a mark nor in a term of the genre or a label of the
    forms. `forms` and `exact` are hashes of each sentence with figures and names masked and as they are; `required`
    is what the rules ask for. Name and
    `digest` together tell texts apart: a target is never compared with itself.
    """

    name: str
    digest: str
    starts: Offsets
    ends: Offsets
    chars: Units
    bounds: Offsets
    telling: Bools
    forms: Hashes
    exact: Hashes
    required: Bools


def read_source(text: str, *, name: str, names: Iterable[str] = ()) -> Source:
    """A text to compare with: a central policy document, a template. `names` are places and agencies to mask in it.

    >>> source = read_source("一、总体要求\\n各地要在2021年底前完成清理。", name="通知")
    >>> source.starts.tolist(), source.ends.tolist()
    ([7], [23])
    """
    document = from_text(text, name=name)
    normalized = normalize(document.text)
    tables = tuple(normalized.norm_span(table.start, table.end) for table in document.tables)
    layout = find_structure(normalized.text, tables=tables)
    return _source(normalized, layout.starts, layout.ends, name=name, digest=document.sha256, names=names)


def report_source(report: Report) -> Source:
    """The sentences of a report, a few kilobytes of arrays; the report need not be kept."""
    layout, document = report.layout, report.document
    return _source(
        report.normalized,
        layout.starts,
        layout.ends,
        name=document.name,
        digest=document.sha256,
        names=own_names(report.meta),
    )


def own_names(meta: Meta) -> tuple[str, ...]:
    """Names by which a report calls its own place and agency, the longest first.

    >>> from zhgovtext.report import analyze_text
    >>> own_names(analyze_text("云澜市水利局2021年政府信息公开工作年度报告\\n\\n全年平稳。").meta)
    ('云澜市水利局', '市水利局', '云澜市', '水利局', '云澜')
    """
    names = {meta.agency or "", meta.region or ""}
    if meta.region:
        names.add(_RANK.sub("", meta.region))
        body = (meta.agency or "").partition(meta.region)[2]
        if meta.agency_type == "department" and len(body) > 2:
            names |= {body, meta.region[-1] + body}
    return tuple(sorted((name for name in names if len(name) > 1), key=lambda name: (-len(name), name)))


def find_reuse(
    target: Report | Source,
    sources: Sequence[Report | Source],
    *,
    threshold: float = THRESHOLD,
    min_chars: int = MIN_CHARS,
) -> Reuse:
    """The sentences of `target` that stand in `sources`, each with every source that has it.

    A sentence is copied when a source has it but for figures and names, or when at least `threshold` of its telling
    characters (see `Source`) stand in a source in runs of `RUN` or more, a stretch of them together. One with fewer
    than `min_chars` characters, punctuation, figures and names left out, is too general to tell and never is. A
    source that is the target itself (the same name and bytes) is passed over. Raises `OptionError` when `threshold`
    is not in (0, 1] or `min_chars` is negative.

    >>> old = read_source("全年收到来信930件，办结率为99%，反映最集中的是择校。", name="2022")
    >>> new = read_source("全年收到来信1012件，办结率为98.5%，反映最集中的是择校。局长每周接访。", name="2023")
    >>> reuse = find_reuse(new, [old])
    >>> [(copy.sentence, copy.source, copy.similarity, copy.kind) for copy in reuse.copies]
    [(0, '2022', 1.0, 'figures')]
    >>> reuse.sentences
    Share(total=2, copied=1, required=0, share=0.5)
    """
    index = ReuseIndex(sources)
    return index._find(target, threshold, min_chars, limit=len(index), related=np.ones(len(index), dtype=bool))


class ReuseIndex:
    """Sources, ready to be searched many times; made once, then unchanged.

    Sentences alike in masked form are kept once. A form takes two bytes a character and four a fingerprint, a sentence
    some 30 bytes more.
    """

    def __init__(self, sources: Iterable[Report | Source]) -> None:
        self._names: list[str] = []
        self._origins: dict[tuple[str, str], list[int]] = {}
        kept: list[tuple[npt.NDArray[Any], ...]] = []
        for given in sources:
            part = report_source(given) if isinstance(given, Report) else given
            self._origins.setdefault((part.name, part.digest), []).append(len(self._names))
            self._names.append(part.name)
            places = part.starts.astype(np.int32), part.ends.astype(np.int32)
            kept.append((*places, np.diff(part.bounds).astype(np.int32), part.chars, part.forms, part.exact))
        self._sizes = np.array([len(part[0]) for part in kept], dtype=np.int64)
        self._source_of = np.repeat(np.arange(len(kept), dtype=np.int32), self._sizes)
        columns = [
            np.concatenate([np.zeros(0, dtype=kind), *(part[at] for part in kept)])
            for at, kind in enumerate((np.int32, np.int32, np.int32, np.uint16, np.uint64, np.uint64))
        ]
        kept.clear()
        self._starts, self._ends, lengths, chars, hashes, self._exact = columns
        # A form is known by the rank of its hash; `_form_of` has that of every sentence, `_by_form` the sentences of
        # every form, one form after the other.
        self._hashes, first, form_of = np.unique(hashes, return_index=True, return_inverse=True)
        self._form_of = form_of.astype(np.int32)
        self._by_form = np.argsort(self._form_of, kind="stable").astype(np.int32)
        self._opens = _bounds(np.bincount(self._form_of, minlength=len(first)))
        # The characters of each form stand once, where its first sentence had them.
        is_first = np.zeros(len(lengths), dtype=bool)
        is_first[first] = True
        bounds = _bounds(np.where(is_first, lengths, 0))
        self._from, self._to = bounds[first], bounds[first + 1]
        self._chars = chars[np.repeat(is_first, lengths)]
        forms = self._form_of[np.flatnonzero(is_first)]
        self._prints, self._print_opens, self._print_forms = _fingerprints(
            self._chars, _bounds(lengths[is_first]), forms
        )

    def __len__(self) -> int:
        """How many sources there are."""
        return len(self._names)

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays of the index take."""
        return sum(value.nbytes for value in vars(self).values() if isinstance(value, np.ndarray))

    def find(
        self,
        target: Report | Source,
        *,
        threshold: float = THRESHOLD,
        min_chars: int = MIN_CHARS,
        limit: int = 5,
    ) -> Reuse:
        """As `find_reuse`, with at most `limit` sources of each sentence: the most similar, of equals the earliest.

        The more is searched, the more is alike by chance, so more is asked of a match: a longer stretch, or ten
        telling characters where the whole sentence is the same. Sources that two sentences surely come from are then
        searched as if they had been named.
        """
        return self._find(target, threshold, min_chars, limit=limit, related=np.zeros(len(self), dtype=bool))

    def _find(self, target: Report | Source, threshold: float, min_chars: int, *, limit: int, related: Bools) -> Reuse:
        if not 0 < threshold <= 1:
            raise OptionError("threshold", f"threshold is {threshold}", hint="it must be above 0 and at most 1")
        if min_chars < 0:
            raise OptionError("min_chars", f"min_chars is {min_chars}", hint="it must be 0 or more")
        source = report_source(target) if isinstance(target, Report) else target
        usable = np.ones(len(self), dtype=bool)
        usable[self._origins.get((source.name, source.digest), [])] = False
        matches: dict[int, _Matches] = {}
        sure = np.zeros(len(self), dtype=np.int64)
        for sentence in np.flatnonzero(_count_words(source) >= max(min_chars, 1)).tolist():
            found = self._matches(source, sentence, threshold)
            found = found.only(usable[found.origins] & found.enough(self._sizes[found.origins]))
            if len(found.firsts):
                matches[sentence] = found
                if not source.required[sentence]:
                    sure[np.unique(found.origins[found.sure(len(self._source_of))])] += 1
        related = related | (sure >= _RELATED)
        copies: list[Copy] = []
        for sentence, found in matches.items():
            kept = found.only(related[found.origins] | found.sure(len(self._source_of)))
            copies += self._copies(source, sentence, kept.best_of_each(), limit)
        copied = np.zeros(len(source.starts), dtype=bool)
        copied[[copy.sentence for copy in copies]] = True
        copied &= ~source.required
        return Reuse(
            source.name,
            tuple(copies),
            copied,
            source.required,
            _share(copied, source.required, np.ones(len(copied), dtype=np.int64)),
            _share(copied, source.required, source.ends - source.starts),
        )

    def _copies(self, target: Source, sentence: int, found: _Matches, limit: int) -> list[Copy]:
        copies: list[Copy] = []
        exact = found.equal & (self._exact[found.firsts] == target.exact[sentence])
        for at in np.lexsort((~exact, ~found.equal, -found.shares))[:limit].tolist():
            first, origin = int(found.firsts[at]), int(found.origins[at])
            copies.append(
                Copy(
                    sentence,
                    int(target.starts[sentence]),
                    int(target.ends[sentence]),
                    origin,
                    self._names[origin],
                    int(self._starts[first]),
                    int(self._ends[first + found.widths[at] - 1]),
                    float(found.shares[at]),
                    "identical" if exact[at] else "figures" if found.equal[at] else "near",
                    bool(target.required[sentence]),
                    len(found.firsts),
                )
            )
        return copies

    def _candidates(self, chars: Units, own: np.uint64) -> Offsets:
        """Forms that may share much with a sentence: its own, and those with most of its fingerprints."""
        at = int(np.searchsorted(self._hashes, own))
        same = [at] if at < len(self._hashes) and self._hashes[at] == own else []
        prints = np.unique(_fold(_grams(chars, GRAM)))
        lows = np.searchsorted(self._prints, prints)
        known = lows < len(self._prints)
        known[known] = self._prints[lows[known]] == prints[known]
        opens, closes = self._print_opens[lows[known]], self._print_opens[lows[known] + 1]
        # The rarest first: what a hundred thousand sentences have tells little.
        rarest = np.argsort(closes - opens, kind="stable")
        rarest = rarest[np.cumsum((closes - opens)[rarest]) <= _MAX_PLACES]
        found = self._print_forms[_ranges(opens[rarest], closes[rarest])]
        forms, counts = np.unique(found, return_counts=True)
        most = forms[np.argsort(-counts, kind="stable")][:_MAX_CANDIDATES]
        sizes = self._to[most] - self._from[most]
        most = most[np.cumsum(sizes) - sizes <= _MAX_COMPARED]
        return np.union1d(most, np.array(same, dtype=np.int32)).astype(np.int64)

    def _matches(self, target: Source, sentence: int, threshold: float) -> _Matches:
        """Sentences, and runs of them in one source, that have enough of a sentence of the target."""
        span = slice(*target.bounds[sentence : sentence + 2])
        chars, own = target.chars[span], target.forms[sentence]
        telling = target.telling[span] if target.telling[span].any() else np.ones(len(chars), dtype=bool)
        forms = self._candidates(chars, own)
        lengths = self._to[forms] - self._from[forms]
        texts = self._chars[_ranges(self._from[forms], self._to[forms])]
        covered = _covered(chars, texts, _bounds(lengths))[:, telling]
        worth = covered.mean(axis=1) >= min(_PART, threshold)
        forms, covered = forms[worth], covered[worth]
        sizes = self._opens[forms + 1] - self._opens[forms]
        places = self._by_form[_ranges(self._opens[forms], self._opens[forms + 1])].astype(np.int64)
        order = np.argsort(places)
        places, rows_of = places[order], np.repeat(np.arange(len(forms)), sizes)[order]
        found: list[_Matches] = []
        for width in range(1, _MAX_WIDTH + 1):
            starts = np.arange(max(len(places) - width + 1, 0))
            last = starts + width - 1
            runs = places[last] - places[starts] == width - 1
            runs &= self._source_of[places[last]] == self._source_of[places[starts]]
            starts = starts[runs]
            if width > 1 and not len(starts):
                break
            together = np.logical_or.reduce([covered[rows_of[starts + step]] for step in range(width)])
            shares = together.mean(axis=1)
            enough = shares >= threshold
            firsts = places[starts[enough]]
            found.append(
                _Matches(
                    int(target.telling[span].sum()),
                    self._source_of[firsts].astype(np.int64),
                    firsts,
                    np.full(len(firsts), width),
                    shares[enough],
                    _longest(together[enough]),
                    (self._hashes[self._form_of[firsts]] == own) & (width == 1),
                )
            )
        return _Matches(
            found[0].telling,
            *(np.concatenate(parts) for parts in zip(*(part.columns() for part in found), strict=True)),
        )


@dataclass(frozen=True, slots=True)
class _Matches:
    """Where a sentence of `telling` telling characters was found: source, first sentence there and how many, the share
    that they cover, its longest stretch, and whether they are the same but for figures and names."""

    telling: int
    origins: Offsets
    firsts: Offsets
    widths: Offsets
    shares: npt.NDArray[np.float64]
    stretches: Offsets
    equal: Bools

    def columns(self) -> tuple[npt.NDArray[Any], ...]:
        return self.origins, self.firsts, self.widths, self.shares, self.stretches, self.equal

    def only(self, which: npt.NDArray[Any]) -> _Matches:
        return _Matches(self.telling, *(column[which] for column in self.columns()))

    def enough(self, searched: Offsets) -> Bools:
        """Which are no chance among so many sentences searched."""
        doublings = np.log2(np.maximum(searched, _SEARCHED) / _SEARCHED)
        near = self.stretches >= _MIN_STRETCH + _STRETCH_PER_DOUBLING * doublings
        result: Bools = self.equal | (near & (self.telling >= _MIN_TELLING))
        return result

    def sure(self, searched: int) -> Bools:
        """Which are no chance among all sentences of an index."""
        return self.enough(np.array([searched])) & (self.telling >= _MIN_TELLING)

    def best_of_each(self) -> _Matches:
        """Of each source the best match, of equals the same sentence, then the first; a run of sentences must cover
        notably more than one does."""
        order = np.lexsort((self.firsts, ~self.equal, _GAIN * self.widths - self.shares, self.origins))
        return self.only(order[np.unique(self.origins[order], return_index=True)[1]])


def _source(
    normalized: Normalized, starts: Offsets, ends: Offsets, *, name: str, digest: str, names: Iterable[str]
) -> Source:
    text = normalized.text
    points = code_points(text).copy()
    inside = np.zeros(len(text) + 1, dtype=np.int8)
    np.add.at(inside, starts, 1)
    np.add.at(inside, ends, -1)
    kept = (np.cumsum(inside[:-1]) > 0) & _is_letter(points)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if enumerator := _ENUMERATOR.match(text, start, end):
            kept[start : enumerator.end()] = False
    exact = hash_sentences(points[kept].astype(np.uint16), _bounds(_counts(kept, starts, ends)))
    for start, end, mark in _masked(text, names):
        if kept[start:end].any():
            # What is masked may begin before its sentence does.
            first = start + int(kept[start:end].argmax())
            points[first] = mark
            kept[first + 1 : end] = False
    chars, bounds = points[kept].astype(np.uint16), _bounds(_counts(kept, starts, ends))
    required = np.array(
        [
            _is_required("".join(text[start:end].split()))
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ],
        dtype=bool,
    )
    own = kept & (points != _FIGURE) & (points != _NAME)
    for _, start, end in _terms().find_matches_as_indexes(text):
        own[start:end] = False
    read = normalized.unit_spans(starts, ends)
    return Source(name, digest, *read, chars, bounds, own[kept], hash_sentences(chars, bounds), exact, required)


def _masked(text: str, names: Iterable[str]) -> list[tuple[int, int, int]]:
    """Spans that are one mark each when sentences are compared, with the mark; later ones lie over earlier ones."""
    spans = [(*match.span(), _NAME) for match in _OWN.finditer(text)]
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    if words:
        spans += [(*match.span(), _NAME) for match in re.finditer(words, text)]
    for number in find_normalized(text):
        figure = _SPELLED.match(text, number.start, number.end)
        if figure:
            spans.append((*figure.span(), _FIGURE))
    spans += [(*match.span(), _FIGURE) for pattern in (_SPELLED_YEAR, _ARABIC) for match in pattern.finditer(text)]
    return spans


@cache
def _terms() -> ahocorasick_rs.AhoCorasick:
    """The genre's terms, the labels of its forms, and what its figures are called: any report uses them."""
    labels = rows(data_path("indicators", "labels.tsv"), ("table", "within", "label", "code"))
    counted = rows(data_path("indicators", "prose_words.tsv"), ("word", "class"))
    words = read_words(data_path("lexicon", "terms.txt")) | {row["label"] for _, row in labels}
    words |= {row["word"] for _, row in counted}
    known = sorted(word for word in words if len(word) > 1)
    return ahocorasick_rs.AhoCorasick(known, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


@cache
def read_rules(path: Path | None = None) -> tuple[_Rule, ...]:
    """What sentences are known by that the rules ask for; `DataError` names the line of a rule that is none."""
    path = path or data_path("reuse", "required.tsv")
    rules: list[_Rule] = []
    for number, row in rows(path, ("name", "most", "parts")):
        parts = tuple(tuple(part.split("|")) for part in row["parts"].split(" "))
        if not all(word for part in parts for word in part):
            raise DataError("empty", "has an empty part", path=str(path), place=f"line {number}")
        if row["most"] and not row["most"].isdecimal():
            raise DataError(
                "number", f"has {row['most']} where a number stands", path=str(path), place=f"line {number}"
            )
        rules.append((float(row["most"] or "inf"), parts))
    return tuple(rules)


def _is_required(sentence: str) -> bool:
    return any(len(sentence) <= most and _has_parts(sentence, parts) for most, parts in read_rules())


def _has_parts(sentence: str, parts: Sequence[Sequence[str]]) -> bool:
    at = 0
    for words in parts:
        ends = [found + len(word) for word in words if (found := sentence.find(word, at)) >= 0]
        if not ends:
            return False
        at = min(ends)
    return True


def _is_letter(points: npt.NDArray[np.uint32]) -> Bools:
    """Han characters, digits and Latin letters; those beyond 16 bits are compared by their low ones."""
    han = (points >= 0x3400) & (points <= 0x9FFF) | (points >= 0x20000) & (points < 0x40000) | (points == 0x3007)
    latin = (points >= ord("A")) & (points <= ord("Z")) | (points >= ord("a")) & (points <= ord("z"))
    digits = (points >= ord("0")) & (points <= ord("9"))
    result: Bools = han | latin | digits
    return result


def _counts(mask: Bools, starts: Offsets, ends: Offsets) -> Offsets:
    """How many places of a mask are set in each span."""
    sums = _bounds(mask)
    counts: Offsets = sums[ends] - sums[starts]
    return counts


def _bounds(lengths: npt.NDArray[Any]) -> Offsets:
    """Where each of several neighbours begins, and the end."""
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


def _ranges(starts: Offsets, ends: Offsets) -> Offsets:
    """The numbers from each start up to its end, one after the other."""
    lengths = ends - starts
    bounds = _bounds(lengths)
    result: Offsets = np.arange(bounds[-1]) + np.repeat(starts - bounds[:-1], lengths)
    return result


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64: every bit of the result depends on all bits of the value."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def hash_sentences(chars: Units, bounds: Offsets) -> Hashes:
    """A hash of each sentence: the sum of those of its characters, each with its place."""
    places = np.arange(len(chars)) - np.repeat(bounds[:-1], np.diff(bounds))
    mixed = _mixed(chars.astype(np.uint64) | (places.astype(np.uint64) + np.uint64(1)) << np.uint64(16))
    sums = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(mixed, dtype=np.uint64)))
    hashes: Hashes = sums[bounds[1:]] - sums[bounds[:-1]]
    return hashes


def _grams(chars: Units, size: int) -> Hashes:
    """Runs of `size` (up to four) characters, each as one number."""
    count = max(len(chars) - size + 1, 0)
    grams = np.zeros(count, dtype=np.uint64)
    for step in range(size):
        grams = grams << np.uint64(16) | chars[step : step + count].astype(np.uint64)
    return grams


def _fold(grams: Hashes) -> npt.NDArray[np.uint32]:
    return (_mixed(grams) >> np.uint64(32)).astype(np.uint32)


def _crossing(bounds: Offsets, size: int, count: int) -> Bools:
    """Of `count` runs of `size` characters, those that begin in one sentence and end in another."""
    sentences = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    crossing: Bools = sentences[:count] != sentences[size - 1 : size - 1 + count]
    return crossing


def _fingerprints(
    chars: Units, bounds: Offsets, forms: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.uint32], Offsets, npt.NDArray[np.int32]]:
    """The winnowed fingerprints of sentences, sorted; where those of each open; the forms that have them, sorted.

    Done in pieces, for the hashes of all the characters of a corpus would take gigabytes.
    """
    pairs = [np.zeros(0, dtype=np.uint64)]
    step = 20_000
    for low in range(0, len(bounds) - 1, step):
        some = bounds[low : low + step + 1]
        piece = chars[some[0] : some[-1]]
        prints = _fold(_grams(piece, GRAM))
        places, owners = _winnow(prints, some - some[0])
        pairs.append(prints[places].astype(np.uint64) << np.uint64(32) | forms[low + owners].astype(np.uint64))
    joined = np.concatenate(pairs)
    pairs.clear()
    joined.sort()
    joined = joined[np.append(True, joined[1:] != joined[:-1])[: len(joined)]]
    members = (joined & np.uint64(0xFFFFFFFF)).astype(np.int32)
    all_prints = (joined >> np.uint64(32)).astype(np.uint32)
    opens = np.flatnonzero(np.append(True, all_prints[1:] != all_prints[:-1])[: len(joined)])
    return all_prints[opens], np.append(opens, len(members)), members


def _winnow(prints: npt.NDArray[np.uint32], bounds: Offsets) -> tuple[Offsets, Offsets]:
    """Places of the lowest of every `WINDOW` neighbouring hashes of a sentence, and the sentences that they are in."""
    crossing = _crossing(bounds, GRAM, len(prints))
    values = np.where(crossing, np.uint32(0xFFFFFFFF), prints)
    padded = np.pad(values, WINDOW - 1, constant_values=0xFFFFFFFF)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    places = np.unique(windows.argmin(axis=1) + np.arange(len(windows)) - (WINDOW - 1)) if len(prints) else bounds[:0]
    places = places[(places >= 0) & (places < len(prints))]
    places = places[~crossing[places]]
    return places, np.searchsorted(bounds, places, side="right") - 1


def _covered(chars: Units, others: Units, bounds: Offsets) -> Bools:
    """Which characters of a sentence stand, in runs of `RUN` or more, in each of several others: a row each."""
    own, where = np.unique(_grams(chars, RUN), return_inverse=True)
    grams = _grams(others, RUN)
    rows_of = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))[: len(grams)]
    at = np.searchsorted(own, grams)
    hit = (at < len(own)) & ~_crossing(bounds, RUN, len(grams))
    hit[hit] = own[at[hit]] == grams[hit]
    present = np.zeros((len(bounds) - 1, len(own)), dtype=bool)
    present[rows_of[hit], at[hit]] = True
    present = present[:, where]
    covered = np.zeros((len(bounds) - 1, len(chars)), dtype=bool)
    for step in range(RUN):
        covered[:, step : step + present.shape[1]] |= present
    return covered


def _longest(covered: Bools) -> Offsets:
    """The longest stretch of each row."""
    current = np.zeros(len(covered), dtype=np.int64)
    longest = current.copy()
    for column in covered.T:
        current = np.where(column, current + 1, 0)
        np.maximum(longest, current, out=longest)
    return longest


def _count_words(source: Source) -> Offsets:
    """Characters of each sentence, figures and names left out."""
    return _counts((source.chars != _FIGURE) & (source.chars != _NAME), source.bounds[:-1], source.bounds[1:])


def _share(copied: Bools, required: Bools, sizes: Offsets) -> Share:
    total, taken, asked = (int(sizes[mask].sum()) for mask in (np.ones(len(sizes), dtype=bool), copied, required))
    return Share(total, taken, asked, taken / (total - asked) if total > asked else None)


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
