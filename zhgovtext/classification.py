"""The coder: coding units → categories, from arrays, with numpy alone.

Two layers. The first reads the unit itself and the headings above it: character n-grams, one weight for each of them
and each category. The second reads what the first says of the unit and of the units before and after it under the
same heading. A model is a directory that `training.save_coder` writes: ``model.json`` (codes, settings, provenance,
hashes of the arrays) and the arrays themselves. Weights are 16-bit integers and sums are exact, so that a result does
not depend on the order or the hardware of the sum.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext.coding import Coded
from zhgovtext.errors import DataError, OptionError
from zhgovtext.estimates import check_probability
from zhgovtext.features import MAX_ORDER, Offsets, Vocabulary, find_grams, fold, join
from zhgovtext.headings import heading_title
from zhgovtext.quantification import Calibration
from zhgovtext.resources import model_path
from zhgovtext.script import normalize
from zhgovtext.segmentation import Segmenter, load_segmenter

MODEL_SCHEMA = 2
# The arrays of a model: numbers and dimensions of each.
ARRAYS: dict[str, tuple[type[np.generic], int]] = {
    "text_keys": (np.uint64, 1),
    "text_slots": (np.int32, 1),
    "text_weights": (np.int16, 2),
    "heading_keys": (np.uint64, 1),
    "heading_slots": (np.int32, 1),
    "heading_weights": (np.int16, 2),
    "context_weights": (np.int16, 2),
}
ERRORS = "errors.json"
MODES = ("context", "alone")
# Units are coded in pieces of this many characters, so that memory stays flat for any length of text.
_PIECE = 16_000
# So many heading paths are remembered.
_KEPT_PATHS = 5_000
# The second layer's inputs are whole numbers, `UNIT` to 1; logarithms of the unit's own probabilities, cut off at that
# of `_LEAST`, are divided by `_OWN`, which lets its neighbours speak (measured on the cross-validated corpus).
UNIT = 4096
_OWN = 4.0
_LEAST = 1e-4
# The longest sentence that is explained: the time grows with the square of its words.
_EXPLAINED = 5_000
# No number that training gives is as large.
_LARGE = 1e6
# What weighs less explains nothing.
_SLIGHT = 1e-4


@dataclass(frozen=True, slots=True)
class Label:
    """Category of a sentence with its probability, the runner-up, and the probability of every category.

    `category` is null where the coder abstains.
    """

    category: str | None
    probability: float
    runner_up: str
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One block of features: its vocabulary and the weights, a row a feature, a column a category."""

    vocabulary: Vocabulary
    weights: npt.NDArray[np.int16]
    order: int
    scale: float

    def score(self, folded: npt.NDArray[np.uint16], starts: Offsets, ends: Offsets) -> npt.NDArray[np.float64]:
        """What the block says of each span of a folded text: a row a span, a column a category."""
        grams = find_grams(folded, starts, ends, order=self.order)
        rows = self.vocabulary.rows(grams).ravel()
        hits = np.flatnonzero(rows >= 0)
        # The hits of a unit follow each other: where those of each begin, and which units have any.
        opens = np.searchsorted(hits, np.searchsorted(grams.units, np.arange(len(starts))) * self.order)
        filled = np.flatnonzero(opens < np.append(opens[1:], len(hits)))
        total = np.zeros((len(starts), self.weights.shape[1]), dtype=np.int64)
        if len(filled):
            # A row for each category: numpy adds along rows in half the time that it takes across them.
            weights = np.ascontiguousarray(self.weights.take(rows.take(hits), axis=0).T)
            total[filled] = np.add.reduceat(weights, opens[filled], axis=1, dtype=np.int64).T
        scores: npt.NDArray[np.float64] = total * self.scale / np.sqrt(np.maximum(grams.sizes, 1))[:, None]
        return scores


@dataclass(frozen=True, slots=True)
class Context:
    """The second layer: weights of what the first says of the unit, the one before and the one after it."""

    weights: npt.NDArray[np.int16]
    bias: npt.NDArray[np.float64]
    scale: float
    temperature: float

    def scores(self, blocks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Scores of the rows that `context_blocks` makes, a column a category."""
        # Whole numbers below 2^53 in any order: the sums are exact.
        sums = blocks.astype(np.float64) @ self.weights.astype(np.float64)
        result: npt.NDArray[np.float64] = sums * self.scale + self.bias
        return result


@dataclass(frozen=True, slots=True)
class Coder:
    """A trained model. `codes` are its categories; `sha256` identifies it, `codebook` what it was trained for.
    `errors` says how units that it did not learn from were coded: with headings and neighbours (``context``), by their
    words alone (``alone``), and other kinds of units apart (``alone-items``: titles); it is empty where that was not
    measured.
    """

    codes: tuple[str, ...]
    text: Part
    heading: Part
    bias: npt.NDArray[np.float64]
    temperature: float
    context: Context
    name: str
    codebook: str
    sha256: str
    errors: Mapping[str, Calibration] = field(default_factory=dict)
    paths: dict[tuple[str, ...], npt.NDArray[np.float64]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def predict(
        self,
        text: str,
        starts: Offsets,
        ends: Offsets,
        *,
        paths: Sequence[tuple[str, ...]],
        path_of: Offsets,
        context: bool = True,
    ) -> npt.NDArray[np.float64]:
        """Probabilities, a row a unit, a column a category in the order of `codes`; rows sum to 1.

        `text` is normalised, ``text[starts[i]:ends[i]]`` is unit i, in the order of the text, and ``paths[path_of[i]]``
        the titles of the headings above it, outermost first (-1: none). Without `context` neither headings nor
        neighbours are looked at.
        """
        if not context:
            return self.alone(self.score(text, starts, ends, paths=(), path_of=path_of))
        first = self.score(text, starts, ends, paths=paths, path_of=path_of)
        return self.weigh(first, *neighbours(path_of))

    def score(
        self, text: str, starts: Offsets, ends: Offsets, *, paths: Sequence[tuple[str, ...]], path_of: Offsets
    ) -> npt.NDArray[np.float64]:
        """What the first layer says of each unit: scores, a row a unit, a column a category."""
        scores = np.concatenate(
            [
                self.text.score(fold(text[low:high]), starts[span] - low, ends[span] - low)
                for span, low, high in _pieces(starts, ends)
            ]
            or [np.zeros((0, len(self.codes)))]
        )
        if paths:
            scores = scores + np.where(path_of[:, None] >= 0, self._above(paths)[path_of], 0.0)
        return scores + self.bias

    def _above(self, paths: Sequence[tuple[str, ...]]) -> npt.NDArray[np.float64]:
        """What the first layer says of heading paths, a row a path. Templates give many reports the same headings:
        their rows are kept."""
        known = {path: self.paths.get(path) for path in paths}
        if new := [path for path, row in known.items() if row is None]:
            joined, starts, ends = join(["\n".join(path) for path in new])
            rows = dict(zip(new, self.heading.score(fold(joined), starts, ends), strict=True))
            known |= rows
            if len(self.paths) > _KEPT_PATHS:
                self.paths.clear()
            self.paths.update(rows)
        return np.concatenate([known[path] for path in paths]).reshape(len(paths), -1)

    def alone(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Probabilities of units of which only `scores` of the first layer are known."""
        return probabilities(scores, self.temperature)

    def weigh(
        self, scores: npt.NDArray[np.float64], units: Offsets, before: Offsets, after: Offsets
    ) -> npt.NDArray[np.float64]:
        """Probabilities of the rows `units` of `scores` with those `before` and `after` them (-1: none)."""
        blocks = context_blocks(probabilities(scores, 1.0), units, before, after)
        return probabilities(self.context.scores(blocks), self.context.temperature)


def neighbours(groups: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """Places of units in order, of those before and of those after them in the same group (-1: none).

    >>> [places.tolist() for places in neighbours(np.array([7, 7, 9]))]
    [[0, 1, 2], [-1, 0, -1], [1, -1, -1]]
    """
    places = np.arange(len(groups))
    joined = groups[1:] == groups[:-1]
    before = np.where(np.append(False, joined), places - 1, -1)[: len(groups)]
    after = np.where(np.append(joined, False), places + 1, -1)[: len(groups)]
    return places, before, after


def probabilities(scores: npt.NDArray[np.float64], temperature: float) -> npt.NDArray[np.float64]:
    """One-against-rest scores as probabilities that sum to 1 over the categories."""
    single = 1.0 / (1.0 + np.exp(-np.clip(scores * temperature, -30.0, 30.0)))
    result: npt.NDArray[np.float64] = single / single.sum(axis=1, keepdims=True)
    return result


def context_blocks(
    known: npt.NDArray[np.float64], units: Offsets, before: Offsets, after: Offsets
) -> npt.NDArray[np.int64]:
    """What the second layer reads, a row a unit: logarithms of the probabilities that are `known` of it, and those
    of its neighbours (0 where there is none), in whole numbers, so that sums are exact."""
    own = np.log(np.maximum(known, _LEAST)) * (UNIT / _OWN)
    rows = [own[units]]
    for neighbour in (before, after):
        rows.append(np.where(neighbour[:, None] >= 0, known[neighbour] * UNIT, 0.0))
    return np.rint(np.hstack(rows)).astype(np.int64)


def _pieces(starts: Offsets, ends: Offsets) -> Iterable[tuple[slice, int, int]]:
    """Runs of units of about `_PIECE` characters: their slice, and the span of text they cover."""
    first = 0
    while first < len(starts):
        low = int(starts[first])
        last = max(first + 1, int(np.searchsorted(ends, low + _PIECE, side="right")))
        yield slice(first, last), low, int(ends[last - 1])
        first = last


def load_coder(path: str | Path | None = None) -> Coder:
    """A model directory, by default the shipped coder of disclosure categories.

    Raises `DataError` when a file is missing, changed since training, or of another version.

    >>> len(load_coder().codes)
    17
    """
    return _load(Path(path)) if path else _shipped()


@cache
def _shipped() -> Coder:
    return _load(model_path("disclosure"))


def _load(directory: Path) -> Coder:
    card_path = directory / "model.json"
    try:
        card: dict[str, Any] = json.loads(card_path.read_bytes())
        if card["schema"] != MODEL_SCHEMA:
            raise DataError(
                "version",
                f"is a model of schema {card['schema']}; this version reads {MODEL_SCHEMA}",
                path=str(card_path),
                hint="train it again",
            )
        coder = _make(card, directory)
        if problem := _problem(coder):
            raise DataError("model", problem, path=str(card_path), hint="train again")
        return coder
    except FileNotFoundError as error:
        raise DataError(
            "missing", "is no model directory", path=str(directory), hint=f"{Path(error.filename).name} is missing"
        ) from error
    except OSError as error:
        raise DataError("unreadable", f"cannot be read: {error.strerror}", path=str(directory)) from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        message = f"is not a model that this version reads: {type(error).__name__} {error}"
        raise DataError("model", message, path=str(card_path), hint="train it again") from error


def _errors(path: Path, digests: Mapping[str, str], codes: tuple[str, ...]) -> dict[str, Calibration]:
    if path.stem not in digests:
        return {}
    content = json.loads(_bytes(path, digests[path.stem]))
    found = {mode: Calibration.from_dict(record, path=str(path)) for mode, record in content.items()}
    if any(record.codes != codes for record in found.values()):
        raise DataError("calibration", "is of other codes than the model", path=str(path), hint="train again")
    return found


def _make(card: dict[str, Any], directory: Path) -> Coder:
    """The coder that a card and the arrays beside it describe, which may still be none."""
    digests, layer = card["sha256"], card["context"]
    codes = tuple(map(str, card["codes"]))
    arrays = {name: _array(directory / f"{name}.npy", digests[name], *form) for name, form in ARRAYS.items()}
    text, heading = (
        Part(
            Vocabulary(arrays[f"{name}_keys"], arrays[f"{name}_slots"]),
            arrays[f"{name}_weights"],
            int(card[name]["order"]),
            float(card[name]["scale"]),
        )
        for name in ("text", "heading")
    )
    context = Context(
        arrays["context_weights"],
        np.asarray(layer["bias"], dtype=np.float64),
        float(layer["scale"]),
        float(layer["temperature"]),
    )
    return Coder(
        codes,
        text,
        heading,
        np.asarray(card["bias"], dtype=np.float64),
        float(card["temperature"]),
        context,
        str(card["name"]),
        str(card["codebook"]["sha256"]),
        hashlib.sha256("".join(digests[name] for name in ARRAYS).encode()).hexdigest(),
        _errors(directory / ERRORS, digests, codes),
    )


def _problem(coder: Coder) -> str | None:
    """Why a coder cannot have come from training."""
    size, parts, context = len(coder.codes), (coder.text, coder.heading), coder.context
    if not all(_is_vocabulary(part.vocabulary) for part in parts):
        return "has a vocabulary that is none"
    shapes = [(part.weights.shape, (len(part.vocabulary.keys), size)) for part in parts]
    shapes += [(context.weights.shape, (3 * size, size))]
    vectors = [coder.bias, context.bias]
    if any(found != wanted for found, wanted in shapes) or any(vector.shape != (size,) for vector in vectors):
        return "has weights that do not fit its codes"
    numbers = [*(part.scale for part in parts), context.scale, context.temperature, coder.temperature]
    orders = all(0 < part.order <= MAX_ORDER for part in parts)
    if not (orders and all(0 < number < _LARGE for number in numbers) and (np.abs(vectors) < _LARGE).all()):
        return "has numbers that no training gives"
    return None if len(set(coder.codes)) == size > 1 else "has codes that no training gives"


def _is_vocabulary(found: Vocabulary) -> bool:
    slots, size = found.slots, len(found.slots)
    # A table without an empty slot would be searched for ever.
    return size > 0 and not size & (size - 1) and bool((slots < 0).any()) and int(slots.max()) < len(found.keys)


def _array(path: Path, digest: str, kind: type[np.generic], dimensions: int) -> npt.NDArray[Any]:
    """An array file whose header is believed only as far as the file goes."""
    data = _bytes(path, digest)
    file = io.BytesIO(data)
    try:
        # What a header promises may not fit in any memory: it is read by itself first. Of one that is odd numpy warns.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError("of another version")
            shape, by_column, found = np.lib.format.read_array_header_1_0(file)
        if found != np.dtype(kind) or by_column or len(shape) != dimensions:
            raise ValueError("of another kind")
        return np.frombuffer(data, dtype=found, offset=file.tell()).reshape(shape)
    except (ValueError, TypeError, SyntaxError, RecursionError, TokenError, UserWarning) as error:
        raise DataError("model", f"is no array of a model: {error}", path=str(path), hint="train again") from error


def _bytes(path: Path, digest: str) -> bytes:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise DataError(
            "tampered", "differs from what model.json says", path=str(path), hint="restore it or train again"
        )
    return data


def make_labels(coder: Coder, rows: npt.NDArray[np.float64], *, min_probability: float = 0.0) -> list[Label]:
    """A `Label` for each row of probabilities; its category is null where no probability reaches `min_probability`."""
    order = np.argsort(-rows, axis=1, kind="stable")[:, :2]
    return [
        Label(
            coder.codes[first] if row[first] >= min_probability else None,
            row[first],
            coder.codes[second],
            dict(zip(coder.codes, row, strict=True)),
        )
        for (first, second), row in zip(order.tolist(), rows.tolist(), strict=True)
    ]


def classify(
    sentences: Sequence[str],
    *,
    headings: Sequence[tuple[str, ...]] | None = None,
    coder: Coder | None = None,
    context: bool = True,
    min_probability: float = 0.0,
) -> list[Label]:
    """Category of each sentence; any script.

    `headings` gives for each sentence the headings above it, outermost first, with or without their numbers; the
    sentences are then taken as following each other in a document, and those under the same headings as each other's
    neighbours. Without `headings`, or without `context`, each sentence is coded by its own words alone. Below
    `min_probability` the coder abstains (category null). Raises `OptionError` when the number of `headings` differs
    from that of the sentences.

    >>> classify(["全年共收到政府信息公开申请12件。"])[0].category
    'on_request'
    """
    if isinstance(sentences, str):
        raise OptionError("sentences", "a string was given", hint='pass a list: classify(["…"])')
    if headings is not None and len(headings) != len(sentences):
        raise OptionError("headings", f"{len(headings)} heading paths for {len(sentences)} sentences")
    check_probability(min_probability)
    chosen = coder or load_coder()
    text, starts, ends = join([normalize(sentence).text for sentence in sentences])
    index, path_of = _index_paths(headings or [()] * len(sentences))
    told = context and headings is not None
    rows = chosen.predict(text, starts, ends, paths=index, path_of=path_of, context=told)
    return make_labels(chosen, rows, min_probability=min_probability)


def _index_paths(headings: Iterable[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], Offsets]:
    """The different heading paths as titles, and for each unit the place of its own among them, -1 for none."""
    places: dict[tuple[str, ...], int] = {}
    found = np.array([places.setdefault(tuple(path), len(places)) if path else -1 for path in headings], dtype=np.int64)
    return [tuple(heading_title(normalize(title).text) for title in path) for path in places], found


def score_coded(
    coder: Coder, units: Sequence[Coded], *, context: bool = True
) -> tuple[npt.NDArray[np.float64], Offsets, Offsets, Offsets]:
    """What the first layer says of coded units and of the sentences next to them: the scores of all different ones,
    and for each unit the rows of its own, of the one before and of the one after it (-1: none)."""
    places: dict[tuple[tuple[str, ...], str], int] = {}

    def place(unit: Coded, text: str) -> int:
        return places.setdefault((unit.headings if context else (), text), len(places))

    at = np.array(
        [
            [place(unit, unit.text), *(place(unit, text) if text.strip() else -1 for text in (unit.before, unit.after))]
            for unit in units
        ],
        dtype=np.int64,
    ).reshape(-1, 3)
    text, starts, ends = join([normalize(sentence).text for _, sentence in places])
    paths, path_of = _index_paths(path for path, _ in places)
    scores = coder.score(text, starts, ends, paths=paths, path_of=path_of)
    return scores, at[:, 0], at[:, 1], at[:, 2]


def predict_coded(coder: Coder, units: Sequence[Coded], *, context: bool = True) -> npt.NDArray[np.float64]:
    """Probabilities of coded units, a row each; without `context` the coder sees neither headings nor neighbours."""
    scores, own, before, after = score_coded(coder, units, context=context)
    return coder.weigh(scores, own, before, after) if context else coder.alone(scores[own])


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word of the sentence, a heading above it or a sentence next to it (`part`: text, heading, before, after).

    `weight` is what the logarithm of the odds between category and runner-up loses without it: above 0 it spoke for
    the category, below 0 for the runner-up.
    """

    text: str
    part: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The label of a sentence, and what spoke for its category and against it, strongest first."""

    label: Label
    terms_for: tuple[Evidence, ...]
    terms_against: tuple[Evidence, ...]


def explain(
    sentence: str,
    *,
    headings: Sequence[str] = (),
    before: str = "",
    after: str = "",
    coder: Coder | None = None,
    segmenter: Segmenter | None = None,
) -> Explanation:
    """Why a sentence is coded as it is: its words, headings and neighbours are left out in turn and it is coded again.

    A word that stands several times is left out everywhere at once (leave-one-out explanation: Robnik-Šikonja and
    Kononenko 2008). Raises `OptionError` where there is no sentence, or one of more than 5,000 characters.

    >>> found = explain("重大行政决策草案在网上公开征求意见。")
    >>> found.label.category, found.terms_for[0].text
    ('decision', '重大行政决策')
    """
    if not isinstance(sentence, str) or not sentence.strip():
        raise OptionError("sentence", "there is no sentence", hint="pass a text")
    if len(sentence) > _EXPLAINED:
        raise OptionError("sentence", f"is longer than {_EXPLAINED} characters", hint="pass one sentence")
    chosen = coder or load_coder()
    whole = Coded(normalize(sentence).text, "", headings=tuple(headings), before=before, after=after)
    words = dict.fromkeys(
        word for word in (segmenter or load_segmenter()).tokens(whole.text).words if any(map(str.isalnum, word))
    )
    parts: list[tuple[str, str, Coded]] = []
    for word in words:
        rest = whole.text.replace(word, "")
        if rest.strip():
            parts.append((word, "text", replace(whole, text=rest)))
    for at, heading in enumerate(whole.headings):
        fewer = (*whole.headings[:at], *whole.headings[at + 1 :])
        parts.append((heading, "heading", replace(whole, headings=fewer)))
    parts += [(before, "before", replace(whole, before=""))] if before.strip() else []
    parts += [(after, "after", replace(whole, after=""))] if after.strip() else []
    context = bool(headings or before.strip() or after.strip())
    rows = predict_coded(chosen, [whole, *(unit for _, _, unit in parts)], context=context)
    label = make_labels(chosen, rows[:1])[0]
    first, second = np.argsort(-rows[0], kind="stable")[:2]
    odds = np.log(np.maximum(rows[:, first], 1e-12)) - np.log(np.maximum(rows[:, second], 1e-12))
    found = [
        Evidence(text, part, float(weight)) for (text, part, _), weight in zip(parts, odds[0] - odds[1:], strict=True)
    ]
    return Explanation(
        label,
        tuple(sorted((term for term in found if term.weight > _SLIGHT), key=lambda term: -term.weight)),
        tuple(sorted((term for term in found if term.weight < -_SLIGHT), key=lambda term: term.weight)),
    )
