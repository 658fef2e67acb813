"""Training of a coder from coded sentences; the only part that needs scikit-learn.

One-against-rest logistic regression by liblinear on character n-grams of the unit and of the headings above it.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext.classification import MODEL_SCHEMA, Coder, Part
from zhgovtext.codebook import Codebook
from zhgovtext.errors import DataError
from zhgovtext.features import Keys, find_grams, fold, join, make_vocabulary
from zhgovtext.headings import heading_title
from zhgovtext.resources import rows
from zhgovtext.script import normalize

COLUMNS = ("id", "report", "headings", "category", "text")


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded unit: normalised `text`, the titles above it, its category, and the `report` it comes from."""

    id: str
    report: str
    headings: tuple[str, ...]
    category: str
    text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a coder is trained with. `order` is the longest n-gram, `cost` liblinear's C, `least` the number
    of units an n-gram must stand in, `bare` the share of units that are learned without headings too."""

    text_order: int = 4
    heading_order: int = 3
    cost: float = 4.0
    least: int = 2
    bare: float = 1.0
    heading_weight: float = 0.5
    seed: int = 0


def load_coded(path: Path, codebook: Codebook) -> list[Coded]:
    """Units of a coded file, tab-separated with the columns ``id report headings category text``.

    `headings` are separated by `` > ``. Raises `DataError` naming the line for a category that the codebook
    does not have, an id that stands twice, or an empty text.
    """
    units: list[Coded] = []
    seen: set[str] = set()
    for line, row in rows(path, COLUMNS):
        problem = None
        if row["category"] not in codebook.codes:
            problem = f"the codebook {codebook.name} has no category {row['category']!r}"
        elif row["id"] in seen or not row["id"]:
            problem = f"the id {row['id']!r} is empty or stands twice"
        elif not row["text"].strip():
            problem = "the text is empty"
        if problem:
            raise DataError("row", problem, path=str(path), place=f"line {line}", hint="mend the line")
        seen.add(row["id"])
        headings = tuple(heading_title(normalize(h).text) for h in row["headings"].split(" > ") if h)
        text = normalize(row["text"]).text
        units.append(Coded(row["id"], row["report"], headings, row["category"], text))
    return units


def train(
    units: Sequence[Coded], codebook: Codebook, *, settings: Settings | None = None, name: str = "coder"
) -> Coder:
    """A coder of `codebook` from coded units; the same units and versions give the same coder."""
    from scipy.sparse import hstack, vstack
    from sklearn.linear_model import LogisticRegression

    options = settings or Settings()
    missing = [code for code in codebook.codes if code not in {unit.category for unit in units}]
    if missing:
        raise DataError("empty_class", f"no unit is coded {missing[0]!r}", hint="every category needs examples")
    text_keys, text_matrix = _matrix([unit.text for unit in units], options.text_order, options.least)
    paths = ["\n".join(unit.headings) for unit in units]
    heading_keys, heading_matrix = _matrix(paths, options.heading_order, options.least)
    heading_matrix = heading_matrix * options.heading_weight
    with_headings = hstack([text_matrix, heading_matrix], format="csr")
    target = np.array([codebook.codes.index(unit.category) for unit in units])
    # Every unit once with and, by `bare`, once without its headings: the coder must do without them too.
    generator = np.random.default_rng(options.seed)
    bare = np.flatnonzero(generator.random(len(units)) < options.bare)
    empty = heading_matrix[bare] * 0
    matrix = vstack([with_headings, hstack([text_matrix[bare], empty])], format="csr")
    both = np.concatenate([target, target[bare]])
    weights = np.zeros((matrix.shape[1], len(codebook.codes)))
    bias = np.zeros(len(codebook.codes))
    for column in range(len(codebook.codes)):
        model = LogisticRegression(C=options.cost, solver="liblinear", random_state=options.seed, max_iter=1000)
        model.fit(matrix, both == column)
        weights[:, column] = model.coef_[0]
        bias[column] = model.intercept_[0]
    split = text_matrix.shape[1]
    heading_weights = weights[split:] * options.heading_weight
    return Coder(
        codebook.codes,
        _part(text_keys, weights[:split], options.text_order),
        _part(heading_keys, heading_weights, options.heading_order),
        np.round(bias, 6),
        1.0,
        name,
        codebook.sha256,
        "",
    )


def _matrix(texts: Sequence[str], order: int, least: int) -> tuple[Keys, Any]:
    """Known keys, and a sparse matrix of their counts over the square root of the unit's n-grams."""
    from scipy.sparse import csr_matrix

    text, starts, ends = join(texts)
    grams = find_grams(fold(text), starts, ends, order=order)
    pairs = np.unique(np.stack([grams.keys, grams.units.astype(np.uint64)]), axis=1)
    keys, frequency = np.unique(pairs[0], return_counts=True)
    keys = keys[frequency >= least]
    columns = make_vocabulary(keys).rows(grams.keys)
    known = columns >= 0
    values = 1.0 / np.sqrt(grams.sizes[grams.units[known]])
    matrix = csr_matrix((values, (grams.units[known], columns[known])), shape=(len(texts), len(keys)))
    matrix.sum_duplicates()
    return keys, matrix


def _part(keys: Keys, weights: npt.NDArray[np.float64], order: int) -> Part:
    scale = float(np.abs(weights).max(initial=1e-9)) / 32767
    integers = np.round(weights / scale).astype(np.int16)
    return Part(make_vocabulary(keys), integers, order, scale)


def predict_coded(coder: Coder, units: Sequence[Coded], *, context: bool = True) -> npt.NDArray[np.float64]:
    """Probabilities of coded units, a row each; without `context` the headings are not shown to the coder."""
    text, starts, ends = join([unit.text for unit in units])
    index: dict[tuple[str, ...], int] = {}
    path_of = np.array(
        [index.setdefault(unit.headings, len(index)) if unit.headings and context else -1 for unit in units]
    )
    return coder.predict(text, starts, ends, paths=list(index), path_of=path_of)


def cross_validate(
    units: Sequence[Coded],
    codebook: Codebook,
    *,
    settings: Settings | None = None,
    folds: int = 5,
    context: bool = True,
) -> npt.NDArray[np.float64]:
    """Probabilities of every unit by a coder that saw no unit of its report. Reports are dealt into `folds`
    in the order of a hash of their names."""
    reports = sorted({unit.report for unit in units}, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    fold_of = {report: at % folds for at, report in enumerate(reports)}
    result = np.zeros((len(units), len(codebook.codes)))
    for fold_number in range(folds):
        inside = [unit for unit in units if fold_of[unit.report] != fold_number]
        outside = [at for at, unit in enumerate(units) if fold_of[unit.report] == fold_number]
        coder = train(inside, codebook, settings=settings)
        result[outside] = predict_coded(coder, [units[at] for at in outside], context=context)
    return result


def save_coder(coder: Coder, directory: Path, *, about: dict[str, Any]) -> None:
    """Write a model directory; `about` (data, settings, scores) goes into ``model.json``."""
    directory.mkdir(parents=True, exist_ok=True)
    parts = {"text": coder.text, "heading": coder.heading}
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, part in parts.items():
        arrays[f"{name}_keys"] = part.vocabulary.keys
        arrays[f"{name}_slots"] = part.vocabulary.slots
        arrays[f"{name}_weights"] = part.weights
    digests: dict[str, str] = {}
    for key, array in arrays.items():
        stream = io.BytesIO()
        np.save(stream, array, allow_pickle=False)
        (directory / f"{key}.npy").write_bytes(stream.getvalue())
        digests[key] = hashlib.sha256(stream.getvalue()).hexdigest()
    card = {
        "schema": MODEL_SCHEMA,
        "name": coder.name,
        "codes": list(coder.codes),
        "bias": coder.bias.tolist(),
        "temperature": coder.temperature,
        **{name: {"order": part.order, "scale": part.scale} for name, part in parts.items()},
        "codebook": {"sha256": coder.codebook},
        "sha256": digests,
        "about": about,
    }
    text = json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (directory / "model.json").write_text(text, encoding="utf-8")
