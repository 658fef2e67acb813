"""Training of a coder from coded sentences; the only part that needs scikit-learn.

The first layer is one-against-rest logistic regression (liblinear) on character n-grams of the unit and of the headings
above it; the second one likewise, on what the first says of the unit and its neighbours when it has not seen their
reports. Temperatures are fitted on such held-out predictions too (Guo et al. 2017, On calibration of modern neural
networks).
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from zhgovtext.card import card_text
from zhgovtext.classification import (
    ERRORS,
    MODEL_SCHEMA,
    MODES,
    UNIT,
    Coder,
    Context,
    Part,
    context_blocks,
    predict_coded,
    probabilities,
    score_coded,
)
from zhgovtext.codebook import Codebook
from zhgovtext.coding import Coded
from zhgovtext.errors import DataError, reason_of
from zhgovtext.estimates import plain
from zhgovtext.evaluation import Evaluation, evaluate
from zhgovtext.features import Keys, find_grams, fold, join, make_vocabulary
from zhgovtext.headings import heading_title
from zhgovtext.quantification import calibrate
from zhgovtext.script import normalize

FOLDS = 5
# Parts of the reports that the learning curve learns from, before all of them.
_SHARES = (0.1, 0.25, 0.5)
# With fewer units than this the second layer is held back less; measured on 262 to 8,848 units of the corpus.
_MANY = 8000
# Temperatures that are tried: from very unsure to very sure.
_TEMPERATURES = np.round(np.geomspace(0.25, 4.0, 65), 4)


class Predict(Protocol):
    """How a coder is used: units → probabilities, a row a unit; `predict_coded` is one."""

    def __call__(self, coder: Coder, units: Sequence[Coded], *, context: bool) -> npt.NDArray[np.float64]: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What a coder is trained with. `order` is the longest n-gram, `cost` liblinear's C (of the second layer:
    `context_cost`, with `_MANY` units or more), `least` the number of units an n-gram must stand in, `heading_weight`
    what a heading counts beside the text. Every unit is learned once with and once without its headings and
    neighbours."""

    text_order: int = 3
    heading_order: int = 3
    cost: float = 2.7
    least: int = 2
    heading_weight: float = 0.5
    context_cost: float = 0.1
    seed: int = 0


def train(
    units: Sequence[Coded], codebook: Codebook, *, settings: Settings | None = None, name: str = "coder"
) -> Coder:
    """A coder of `codebook` from coded units; the same units and versions give the same coder.

    `DataError` when a category has no unit, or all units are of one report so that nothing can be held out.
    """
    options = settings or Settings()
    counts = Counter(unit.category for unit in units)
    missing = [code for code in codebook.codes if not counts[code]]
    if missing:
        raise DataError(
            "empty_class",
            f"no unit is coded {missing[0]!r}",
            hint="code some, or take the category out of the codebook",
        )
    if len({unit.cluster for unit in units}) < 2:
        raise DataError("one_report", "all units are of one report", hint="code a second one, or leave report empty")
    return _fit_layers(units, codebook, options, name)


def _fit_layers(units: Sequence[Coded], codebook: Codebook, options: Settings, name: str) -> Coder:
    """A coder from units that may lack a category."""
    target = np.array([codebook.codes.index(unit.category) for unit in units])
    first = _first_layer(units, target, codebook, options, name)
    layer, alone = _second_layer(_held_out_scores(units, target, codebook, options), target, options)
    return replace(first, context=layer, temperature=alone)


def _first_layer(
    units: Sequence[Coded], target: npt.NDArray[np.int64], codebook: Codebook, options: Settings, name: str
) -> Coder:
    """A coder whose second layer is still empty."""
    from scipy.sparse import hstack, vstack

    text_keys, text_matrix, text_scale = _matrix(
        [normalize(unit.text).text for unit in units], options.text_order, options.least
    )
    paths = ["\n".join(heading_title(normalize(title).text) for title in unit.headings) for unit in units]
    heading_keys, heading_matrix, heading_scale = _matrix(paths, options.heading_order, options.least)
    heading_matrix, heading_scale = heading_matrix * options.heading_weight, heading_scale * options.heading_weight
    matrix = vstack(
        [
            hstack([text_matrix, heading_matrix], format="csr"),
            hstack([text_matrix, heading_matrix * 0], format="csr"),
        ],
        format="csr",
    )
    both = np.concatenate([target, target])
    weights, bias = _fit(matrix, both, len(codebook.codes), options.cost, options.seed)
    split = text_matrix.shape[1]
    k = len(codebook.codes)
    return Coder(
        codebook.codes,
        _part(text_keys, weights[:split] * text_scale, options.text_order),
        _part(heading_keys, weights[split:] * heading_scale, options.heading_order),
        bias,
        1.0,
        Context(np.zeros((3 * k, k), dtype=np.int16), np.zeros(k), 1.0, 1.0),
        name,
        codebook.sha256,
        "",
    )


Known = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


def _held_out_scores(
    units: Sequence[Coded], target: npt.NDArray[np.int64], codebook: Codebook, options: Settings
) -> Known:
    """What first layers that saw nothing of a unit's report say of it: the second layer's inputs, a row a unit, and
    the scores of the unit without headings."""
    k = len(codebook.codes)
    blocks = np.zeros((len(units), 3 * k), dtype=np.int64)
    alone = np.zeros((len(units), k))
    for inside, outside in _folds(units):
        coder = _first_layer([units[at] for at in inside], target[inside], codebook, options, "")
        held_out = [units[at] for at in outside]
        scores, own, before, after = score_coded(coder, held_out)
        blocks[outside] = context_blocks(probabilities(scores, 1.0), own, before, after)
        scores, own, _, _ = score_coded(coder, held_out, context=False)
        alone[outside] = scores[own]
    return blocks, alone


def _second_layer(held_out: Known, target: npt.NDArray[np.int64], options: Settings) -> tuple[Context, float]:
    """The second layer with its temperature, and the temperature of the first layer alone."""
    blocks, alone = held_out
    k = alone.shape[1]
    single = blocks.copy()
    single[:, k:] = 0
    both = np.vstack([blocks, single])
    cost = options.context_cost * max(1.0, _MANY / len(target)) ** 1.5
    weights, bias = _fit(both / UNIT, np.concatenate([target, target]), k, cost, options.seed)
    integers, scale = _integers(weights)
    layer = Context(integers, bias, scale / UNIT, 1.0)
    return replace(layer, temperature=_temperature(layer.scores(blocks), target)), _temperature(alone, target)


def _temperature(scores: npt.NDArray[np.float64], target: npt.NDArray[np.int64]) -> float:
    """The temperature under which the scores give the true categories the highest likelihood."""
    rows = np.arange(len(target))
    losses = [-np.log(np.maximum(probabilities(scores, t)[rows, target], 1e-12)).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def _fit(
    matrix: Any, target: npt.NDArray[np.int64], count: int, cost: float, seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Weights, a row a feature, and biases of one model a category against the rest; 0 where nothing is to be told."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    weights = np.zeros((matrix.shape[1], count))
    bias = np.full(count, -10.0)
    for column in range(count):
        wanted = target == column
        if wanted.any() and not wanted.all():
            model = LogisticRegression(C=cost, solver="liblinear", random_state=seed, max_iter=1000)
            # Sums in several threads differ in their last digits.
            with threadpool_limits(limits=1, user_api="blas"):
                model.fit(matrix, wanted)
            weights[:, column] = model.coef_[0]
            bias[column] = round(float(model.intercept_[0]), 6)
    return weights, bias


def _matrix(texts: Sequence[str], order: int, least: int) -> tuple[Keys, Any, npt.NDArray[np.float64]]:
    """Known keys, a sparse matrix of their counts over the square root of the unit's n-grams, and what its columns
    were multiplied by: the square root of the inverse document frequency, so that rare n-grams are held back less."""
    from scipy.sparse import csr_matrix, diags

    text, starts, ends = join(texts)
    grams = find_grams(fold(text), starts, ends, order=order)
    stands, _ = np.nonzero(grams.keys)
    units = grams.units[stands]
    found = grams.keys[grams.keys > 0]
    pairs = np.unique(np.stack([found, units.astype(np.uint64)]), axis=1)
    keys, frequency = np.unique(pairs[0], return_counts=True)
    kept = frequency >= least
    keys = keys[kept]
    scale = np.sqrt(np.log(len(texts) / np.minimum(frequency[kept], len(texts) - 1)))
    columns = make_vocabulary(keys).find(found)
    known = columns >= 0
    values = 1.0 / np.sqrt(grams.sizes[units[known]])
    matrix = csr_matrix((values, (units[known], columns[known])), shape=(len(texts), len(keys)))
    matrix.sum_duplicates()
    return keys, matrix @ diags(scale), scale[:, None]


def _part(keys: Keys, weights: npt.NDArray[np.float64], order: int) -> Part:
    integers, scale = _integers(weights)
    return Part(make_vocabulary(keys), integers, order, scale)


def _integers(weights: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int16], float]:
    """Weights in 16 bits, and what one of their steps is worth."""
    scale = float(np.abs(weights).max(initial=1e-9)) / 32767
    return np.round(weights / scale).astype(np.int16), scale


def _folds(units: Sequence[Coded], folds: int = FOLDS) -> Iterator[tuple[list[int], list[int]]]:
    """Places of the units to learn from and of those held out. Reports (units that name none: each its own) are dealt
    into `folds` in the order of a hash of their names, so that adding one does not move the others much."""
    names = [unit.cluster for unit in units]
    order = sorted(set(names), key=_hash)
    fold_of = {name: at % folds for at, name in enumerate(order)}
    for number in range(folds):
        outside = [at for at, name in enumerate(names) if fold_of[name] == number]
        inside = [at for at, name in enumerate(names) if fold_of[name] != number]
        if inside and outside:
            yield inside, outside


def cross_validate(
    units: Sequence[Coded],
    codebook: Codebook,
    *,
    settings: Settings | None = None,
    share: float = 1.0,
    predict: Predict = predict_coded,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Probabilities of every unit by a coder that saw no unit of its report, with headings and neighbours, and without;
    it learns from `share` of the other reports. `predict` is how the coder is used.

    A category that a fold has no unit of to learn from is never predicted there.
    """
    context = np.full((len(units), len(codebook.codes)), 1.0 / len(codebook.codes))
    alone = context.copy()
    for inside, outside in _folds(units):
        seen = inside if share >= 1 else _part_of_reports(units, inside, share)
        coder = _fit_layers([units[at] for at in seen], codebook, settings or Settings(), "")
        held_out = [units[at] for at in outside]
        context[outside] = predict(coder, held_out, context=True)
        alone[outside] = predict(coder, held_out, context=False)
    return context, alone


def _part_of_reports(units: Sequence[Coded], places: Sequence[int], share: float) -> list[int]:
    """The places whose reports come first in the order of another hash of their names, at least two reports."""
    names = sorted({units[at].cluster for at in places}, key=lambda name: _hash("curve " + name))
    kept = set(names[: max(2, round(share * len(names)))])
    return [at for at in places if units[at].cluster in kept]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the learning curve: scores of held-out reports after learning from `units` units on average."""

    units: int
    accuracy: float
    kappa: float | None
    macro_f1: float | None


@dataclass(frozen=True, slots=True)
class Training:
    """A coder, how well it codes reports that it did not see (with headings and neighbours, and without), and how that
    grew with the units it learned from."""

    coder: Coder
    context: Evaluation
    alone: Evaluation
    curve: tuple[Point, ...]


def train_and_measure(
    units: Sequence[Coded],
    codebook: Codebook,
    *,
    settings: Settings | None = None,
    name: str = "coder",
    predict: Predict = predict_coded,
    classes: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
) -> Training:
    """`train`, with cross-validation by report, a learning curve and the record of the coder's errors.

    `predict` is how the coder is used. In the record of errors `classes` are the true classes of the units, by default
    their categories: finer ones where units of a category differ in how easily they are told; units of different
    `groups` have records of their own, named after the group.
    """
    coder = train(units, codebook, settings=settings, name=name)
    found = cross_validate(units, codebook, settings=settings, predict=predict)
    context, alone = (_measure(units, codebook, rows) for rows in found)
    curve: list[Point] = []
    for share in _SHARES:
        learned = _units_learned(units, share)
        # Of few reports different shares can be the same two.
        if learned not in [point.units for point in curve]:
            rows, _ = cross_validate(units, codebook, settings=settings, share=share, predict=predict)
            curve.append(_point(learned, _measure(units, codebook, rows)))
    truth = [unit.category for unit in units] if classes is None else classes
    errors = {
        "-".join(filter(None, (mode, group))): calibrate(
            [truth[at] for at in places],
            rows[places],
            [units[at].cluster for at in places],
            codebook.codes,
        )
        for mode, rows in zip(MODES, found, strict=True)
        for group, places in _places(groups or [""] * len(units)).items()
    }
    last = _point(_units_learned(units, 1.0), context)
    return Training(replace(coder, errors=errors), context, alone, (*curve, last))


def build_model(
    units: Sequence[Coded],
    codebook: Codebook,
    directory: str | Path,
    *,
    name: str = "coder",
    data: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    notes: str = "",
    predict: Predict = predict_coded,
    classes: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
) -> Training:
    """Train, measure and write a model directory with its card; `data` says on the card where the units come from;
    `predict`, `classes` and `groups` as of `train_and_measure`.

    Errors are those of `train` and `save_coder`; nothing is written before all is measured.
    """
    options = settings or Settings()
    check_place(directory)
    found = train_and_measure(
        units, codebook, settings=options, name=name, predict=predict, classes=classes, groups=groups
    )
    about = {
        "data": {**(data or {}), "units": len(units)},
        "codebook": {"name": codebook.name, "version": codebook.version},
        "settings": {field: getattr(options, field) for field in options.__dataclass_fields__},
        "versions": _versions(),
        "cross_validation": {
            label: {
                "accuracy": plain(result.accuracy),
                "kappa": plain(result.kappa),
                "macro_f1": plain(result.macro_f1),
                "calibration_error": round(result.calibration.error, 6),
            }
            for label, result in (("context", found.context), ("alone", found.alone))
        },
    }
    curve = [(point.units, point.kappa, point.macro_f1) for point in found.curve]
    card = card_text(name, about, context=found.context, alone=found.alone, curve=curve, notes=notes)
    save_coder(found.coder, directory, about=about, codebook=codebook, card=card)
    return found


def _places(groups: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, group in enumerate(groups):
        found.setdefault(group, []).append(at)
    return found


def _versions() -> dict[str, str]:
    import sklearn

    return {"scikit-learn": sklearn.__version__, "numpy": np.__version__}


def _measure(units: Sequence[Coded], codebook: Codebook, rows: npt.NDArray[np.float64]) -> Evaluation:
    return evaluate([unit.category for unit in units], rows, codebook.codes, reports=[unit.cluster for unit in units])


def _units_learned(units: Sequence[Coded], share: float) -> int:
    """How many units a coder learns from in cross-validation, on average over the units that are held out."""
    learned = sum(
        len(inside if share >= 1 else _part_of_reports(units, inside, share)) * len(outside)
        for inside, outside in _folds(units)
    )
    return round(learned / len(units))


def _point(learned: int, found: Evaluation) -> Point:
    return Point(learned, found.accuracy.value or 0.0, found.kappa.value, found.macro_f1.value)


def check_place(directory: str | Path) -> None:
    """`DataError` where something lies that a model must not replace, and for a name that no directory can have."""
    target = Path(directory)
    try:
        known = (target / "model.json").is_file() or not target.exists() or not any(target.iterdir())
    except NotADirectoryError:
        known = False
    except (OSError, ValueError) as error:
        why = reason_of(error)
        raise DataError("unwritable", f"cannot be written: {why}", path=str(target)) from error
    if not known or not target.name:
        raise DataError("taken", "is there and is no model", path=str(target), hint="choose another directory")


def save_coder(
    coder: Coder, directory: str | Path, *, about: dict[str, Any], codebook: Codebook | None = None, card: str = ""
) -> None:
    """Write a model directory, whole or not at all; one that is there is replaced.

    `about` (data, settings, scores) goes into ``model.json``, `codebook` and `card` (Markdown, for people) beside it.
    `DataError` when the place is taken by something that is no model.
    """
    check_place(directory)
    target = Path(directory)
    partial, old = (target.with_name(f"{target.name}.{end}") for end in ("partial", "old"))
    try:
        for left in (partial, old):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, data in _files(coder, about, codebook, card).items():
            (partial / name).write_bytes(data)
        if target.exists():
            target.rename(old)
        partial.rename(target)
    except (OSError, ValueError) as error:
        why = reason_of(error)
        raise DataError("unwritable", f"cannot be written: {why}", path=str(target)) from error
    finally:
        # A name that no system takes is none that leaves something; Python 3.13 says so even here.
        with suppress(ValueError):
            for left in (partial, old):
                shutil.rmtree(left, ignore_errors=True)


def _files(coder: Coder, about: dict[str, Any], codebook: Codebook | None, card: str) -> dict[str, bytes]:
    parts = {"text": coder.text, "heading": coder.heading}
    arrays: dict[str, npt.NDArray[Any]] = {"context_weights": coder.context.weights}
    for name, part in parts.items():
        arrays[f"{name}_keys"] = part.vocabulary.keys
        arrays[f"{name}_slots"] = part.vocabulary.slots
        arrays[f"{name}_weights"] = part.weights
    files: dict[str, bytes] = {}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.save(stream, array, allow_pickle=False)
        files[f"{name}.npy"] = stream.getvalue()
    if coder.errors:
        record = {mode: found.to_dict() for mode, found in coder.errors.items()}
        files[ERRORS] = (json.dumps(record, indent=1) + "\n").encode()
    description = {
        "schema": MODEL_SCHEMA,
        "name": coder.name,
        "codes": list(coder.codes),
        "bias": coder.bias.tolist(),
        "temperature": coder.temperature,
        **{name: {"order": part.order, "scale": part.scale} for name, part in parts.items()},
        "context": {
            "bias": coder.context.bias.tolist(),
            "scale": coder.context.scale,
            "temperature": coder.context.temperature,
        },
        "codebook": {"sha256": coder.codebook},
        "sha256": {Path(name).stem: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "about": about,
    }
    text = json.dumps(description, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    texts = {"model.json": text, "codebook.toml": codebook.source if codebook else "", "card.md": card}
    files |= {name: content.encode("utf-8", "replace") for name, content in texts.items() if content}
    return files
