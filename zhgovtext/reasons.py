"""Why a sentence has its category: the terms that decided, for all sentences of a report at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from zhgovtext.classification import Coder, Evidence, neighbours
from zhgovtext.features import join
from zhgovtext.script import Normalized
from zhgovtext.segmentation import Tokens
from zhgovtext.structure import Layout

# To tell which terms decided so many characters may be coded, and of a single sentence that share of them at most; what
# weighs less changes nothing to be seen.
_SCORED = 2_000_000
_SINGLE = 20
_LEAST = 20
_PARTS = 3
_TERMS = 4
_SLIGHT = 0.05


class Coded(Protocol):
    """A report whose sentences are coded: a `Report`."""

    @property
    def normalized(self) -> Normalized: ...
    @property
    def layout(self) -> Layout: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def probabilities(self) -> npt.NDArray[np.float64]: ...
    @property
    def coder(self) -> Coder: ...
    @property
    def context(self) -> bool: ...


def find_reasons(report: Coded, *, max_chars: int = _SCORED) -> dict[int, tuple[Evidence, ...]]:
    """The terms that decided, by sentence, as `explain` finds them, for many sentences at once: what spoke for the
    category first, then what spoke for the runner-up, the strongest of each.

    Every word is left out in turn, and the sentence is coded again. That is done for one sentence after the other
    until so many characters were coded (`max_chars`), and not for a sentence that alone would take a great part of
    them.

    >>> from zhgovtext import analyze_text
    >>> find_reasons(analyze_text("重大行政决策草案在网上公开征求意见。"))[0][0].text
    '重大行政决策'
    """
    layout = report.layout
    low, high = (np.searchsorted(report.tokens.starts, borders) for borders in (layout.starts, layout.ends))
    # Short sentences, and those without words, are not for nothing.
    costs = (layout.ends - layout.starts + _LEAST) * (high - low + _PARTS)
    bearable = np.flatnonzero(costs <= max_chars // _SINGLE)
    told = bearable[np.cumsum(costs[bearable]) <= max_chars].tolist()
    if not told:
        return {}
    trial = _Trial(report, told)
    odds = trial.odds()
    found: list[list[Evidence]] = [[] for _ in told]
    for variant, weight in zip(trial.variants, odds[trial.owners] - odds[len(told) :], strict=True):
        if abs(weight) >= _SLIGHT:
            found[variant.owner].append(Evidence(variant.text, variant.part, float(weight)))
    return {unit: _strongest(terms) for unit, terms in zip(told, found, strict=True)}


def _strongest(terms: Sequence[Evidence]) -> tuple[Evidence, ...]:
    ranked = sorted(terms, key=lambda term: -abs(term.weight))
    spoke_for = [term for term in ranked if term.weight > 0][:_TERMS]
    return (*spoke_for, *[term for term in ranked if term.weight < 0][:_TERMS])


class _Variant(NamedTuple):
    """A unit without one of its words, headings or neighbours: `text` is what is left out, `part` what it is of,
    `owner` the place of the unit among those told; the others are rows of what is scored."""

    owner: int
    part: str
    text: str
    own: int
    before: int
    after: int


class _Trial:
    """The units `told` of a report, and each again without every part of it in turn."""

    def __init__(self, report: Coded, told: Sequence[int]) -> None:
        self._report = report
        self._neighbours = neighbours(report.layout.sections)[1:]
        self._units = told
        self._rows: dict[tuple[str, tuple[str, ...]], int] = {}
        self._told = [
            self._variant(owner, "", "", self._text(unit), self._path(unit)) for owner, unit in enumerate(told)
        ]
        self.variants = [variant for owner in range(len(told)) for variant in self._without(owner)]
        self.owners = np.array([variant.owner for variant in self.variants], dtype=np.int64)

    def _text(self, unit: int) -> str:
        layout = self._report.layout
        return self._report.normalized.text[layout.starts[unit] : layout.ends[unit]]

    def _path(self, unit: int) -> tuple[str, ...]:
        return self._report.layout.path(int(self._report.layout.sections[unit])) if self._report.context else ()

    def _beside(self, unit: int) -> list[int]:
        """The units before and after one, -1 for none."""
        return [int(places[unit]) if self._report.context else -1 for places in self._neighbours]

    def _variant(
        self, owner: int, part: str, left_out: str, text: str, path: tuple[str, ...], *, without: int = -1
    ) -> _Variant:
        """A unit of this `text` under this `path`, `without` the neighbour before (0) or after it (1)."""
        rows_ = [
            self._row(self._text(unit), path) if unit >= 0 and side != without else -1
            for side, unit in enumerate(self._beside(self._units[owner]))
        ]
        return _Variant(owner, part, left_out, self._row(text, path), *rows_)

    def _row(self, text: str, path: tuple[str, ...]) -> int:
        return self._rows.setdefault((text, path), len(self._rows))

    def _words(self, unit: int) -> list[str]:
        tokens, layout = self._report.tokens, self._report.layout
        low, high = np.searchsorted(tokens.starts, [layout.starts[unit], layout.ends[unit]])
        return [word for word in dict.fromkeys(tokens.words[low:high]) if any(map(str.isalnum, word))]

    def _without(self, owner: int) -> Iterator[_Variant]:
        unit = self._units[owner]
        text, path = self._text(unit), self._path(unit)
        for word in self._words(unit):
            rest = text.replace(word, "")
            if rest.strip():
                yield self._variant(owner, "text", word, rest, path)
        for at, heading in enumerate(path):
            yield self._variant(owner, "heading", heading, text, (*path[:at], *path[at + 1 :]))
        for side, (part, other) in enumerate(zip(("before", "after"), self._beside(unit), strict=True)):
            if other >= 0:
                yield self._variant(owner, part, self._text(other), text, path, without=side)

    def odds(self) -> npt.NDArray[np.float64]:
        """Log odds between category and runner-up of each unit told, then of each variant."""
        every = [*self._told, *self.variants]
        known = self._probabilities(every)
        order = np.argsort(-self._report.probabilities[self._units], axis=1, kind="stable")[:, :2]
        pairs = order[[variant.owner for variant in every]]
        logs = np.log(np.maximum(known, 1e-12))
        places = np.arange(len(every))
        result: npt.NDArray[np.float64] = logs[places, pairs[:, 0]] - logs[places, pairs[:, 1]]
        return result

    def _probabilities(self, every: Sequence[_Variant]) -> npt.NDArray[np.float64]:
        coder = self._report.coder
        text, starts, ends = join([words for words, _ in self._rows])
        places: dict[tuple[str, ...], int] = {}
        path_of = np.array(
            [places.setdefault(path, len(places)) if path else -1 for _, path in self._rows], dtype=np.int64
        )
        scores = coder.score(text, starts, ends, paths=list(places), path_of=path_of)
        own, before, after = np.array([variant[3:] for variant in every], dtype=np.int64).T
        return coder.weigh(scores, own, before, after) if self._report.context else coder.alone(scores[own])
