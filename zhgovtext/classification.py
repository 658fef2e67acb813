"""The coder: coding units → categories, from arrays, with numpy alone.

A model is a directory that `scripts/train_coder.py` writes: ``model.json`` (codes, settings, provenance, hashes of the
arrays) and the arrays themselves. Weights are 16-bit integers and sums are exact, so that a result does not depend on
the order or the hardware of the sum.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext.errors import DataError, OptionError
from zhgovtext.features import Offsets, Vocabulary, find_grams, fold, join
from zhgovtext.headings import heading_title
from zhgovtext.resources import model_path
from zhgovtext.script import normalize

MODEL_SCHEMA = 1
ARRAYS = ("text_keys", "text_slots", "text_weights", "heading_keys", "heading_slots", "heading_weights")
# Units are coded in pieces of this many characters, so that memory stays flat for any length of text.
_PIECE = 60_000


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


@dataclass(frozen=True, slots=True)
class Coder:
    """A trained model. `codes` are its categories; `sha256` identifies it, `codebook` what it was trained for."""

    codes: tuple[str, ...]
    text: Part
    heading: Part
    bias: npt.NDArray[np.float64]
    temperature: float
    name: str
    codebook: str
    sha256: str

    def predict(
        self, text: str, starts: Offsets, ends: Offsets, *, paths: Sequence[tuple[str, ...]], path_of: Offsets
    ) -> npt.NDArray[np.float64]:
        """Probabilities, a row a unit, a column a category in the order of `codes`; rows sum to 1.

        `text` is normalised, ``text[starts[i]:ends[i]]`` is unit i, and ``paths[path_of[i]]`` the titles of
        the headings above it, outermost first (-1: none).
        """
        scores = np.concatenate(
            [
                self._sum(self.text, fold(text[low:high]), starts[span] - low, ends[span] - low)
                for span, low, high in _pieces(starts, ends)
            ]
            or [np.zeros((0, len(self.codes)))]
        )
        if paths:
            joined, opens, closes = join(["\n".join(path) for path in paths])
            by_path = self._sum(self.heading, fold(joined), opens, closes)
            scores = scores + np.where(path_of[:, None] >= 0, by_path[path_of], 0.0)
        return self._probabilities(scores + self.bias)

    def _sum(
        self, part: Part, folded: npt.NDArray[np.uint16], starts: Offsets, ends: Offsets
    ) -> npt.NDArray[np.float64]:
        grams = find_grams(folded, starts, ends, order=part.order)
        rows = part.vocabulary.rows(grams.keys)
        total = np.zeros((len(starts), part.weights.shape[1]), dtype=np.int64)
        low = 0
        for high in grams.bounds:
            hits = np.flatnonzero(rows[low:high] >= 0) + low
            low = high
            if not len(hits):
                continue
            owners = grams.units[hits]
            opens = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
            total[owners[opens]] += np.add.reduceat(
                part.weights.take(rows[hits], axis=0), opens, axis=0, dtype=np.int64
            )
        sums: npt.NDArray[np.float64] = total * part.scale / np.sqrt(np.maximum(grams.sizes, 1))[:, None]
        return sums

    def _probabilities(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """One-against-rest scores as probabilities that sum to 1 over the categories."""
        single = 1.0 / (1.0 + np.exp(-np.clip(scores * self.temperature, -30.0, 30.0)))
        result: npt.NDArray[np.float64] = single / single.sum(axis=1, keepdims=True)
        return result


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
    return _load(Path(path) if path else model_path("disclosure"))


@cache
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
        arrays = {name: _array(directory / f"{name}.npy", card["sha256"][name]) for name in ARRAYS}
        parts = [
            Part(
                Vocabulary(arrays[f"{name}_keys"], arrays[f"{name}_slots"]),
                arrays[f"{name}_weights"],
                int(card[name]["order"]),
                float(card[name]["scale"]),
            )
            for name in ("text", "heading")
        ]
        codes = tuple(map(str, card["codes"]))
        for part in parts:
            if part.weights.shape != (len(part.vocabulary.keys), len(codes)):
                raise DataError("model", "has weights that do not fit its codes", path=str(card_path))
        digest = hashlib.sha256("".join(card["sha256"][name] for name in ARRAYS).encode()).hexdigest()
        bias = np.asarray(card["bias"], dtype=np.float64)
        return Coder(
            codes,
            parts[0],
            parts[1],
            bias,
            float(card["temperature"]),
            card["name"],
            card["codebook"]["sha256"],
            digest,
        )
    except FileNotFoundError as error:
        raise DataError(
            "missing", "is no model directory", path=str(directory), hint=f"{Path(error.filename).name} is missing"
        ) from error
    except OSError as error:
        raise DataError("unreadable", f"cannot be read: {error.strerror}", path=str(directory)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError("model", f"is not a model this version reads: {error!r}", path=str(card_path)) from error


def _array(path: Path, digest: str) -> npt.NDArray[Any]:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise DataError(
            "tampered", "differs from what model.json says", path=str(path), hint="restore it or train again"
        )
    array: npt.NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    return array


def make_labels(coder: Coder, probabilities: npt.NDArray[np.float64]) -> list[Label]:
    """A `Label` for each row of `Coder.predict`."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    return [
        Label(coder.codes[first], row[first], coder.codes[second], dict(zip(coder.codes, row, strict=True)))
        for (first, second), row in zip(order.tolist(), probabilities.tolist(), strict=True)
    ]


def classify(
    sentences: Sequence[str],
    *,
    headings: Sequence[tuple[str, ...]] | None = None,
    coder: Coder | None = None,
) -> list[Label]:
    """Category of each sentence; any script.

    `headings` gives for each sentence the headings above it, outermost first, with or without
    their numbers. Raises `OptionError` when their
    number differs from that of the sentences.

    >>> classify(["全年共收到政府信息公开申请12件。"])[0].category
    'on_request'
    """
    if isinstance(sentences, str):
        raise OptionError("sentences", "a string was given", hint='pass a list: classify(["…"])')
    if headings is not None and len(headings) != len(sentences):
        raise OptionError("headings", f"{len(headings)} heading paths for {len(sentences)} sentences")
    chosen = coder or load_coder()
    texts = [normalize(sentence).text for sentence in sentences]
    text, starts, ends = join(texts)
    index: dict[tuple[str, ...], int] = {}
    path_of = np.full(len(texts), -1, dtype=np.int64)
    for at, path in enumerate(headings or ()):
        if path:
            path_of[at] = index.setdefault(tuple(heading_title(normalize(title).text) for title in path), len(index))
    rows = chosen.predict(text, starts, ends, paths=list(index), path_of=path_of)
    return make_labels(chosen, rows)
