"""Agreement with a careful reader on real reports that training never saw.

    python benchmarks/gold.py ../shared/reports [--errors]

The folder holds reports and, in ``gold/``, what the reader found. A gold unit is found in the report with white space
removed and gets the category of the sentence that covers most of its characters (those of a heading that is glued to it
have none). Prints accuracy, Cohen's kappa and macro-F1 of each report and of all, with 95 % intervals from a bootstrap
over the reports, strictly and with a second reader's choice counted right; then every category, and all units of those
with few; then quantities and clauses.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matching import cover
from sklearn.metrics import precision_recall_fscore_support

from zhgovtext.codebook import load_codebook
from zhgovtext.content import content_type
from zhgovtext.estimates import Estimate
from zhgovtext.evaluation import evaluate
from zhgovtext.report import Report, analyze

ENOUGH = 10

Row = tuple[str, tuple[str, ...], str]


def main() -> None:
    folder = Path(sys.argv[1])
    paths = {path.stem: path for kind in ("pdf", "html", "txt") for path in sorted(folder.glob(f"*.{kind}"))}
    reports = {name: analyze(path) for name, path in paths.items()}
    _sentences(folder / "gold", reports)
    _clauses(folder / "gold")
    _quantities(folder / "gold", reports)


def _rows(path: Path) -> list[Row]:
    cells = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(category, tuple(filter(None, others.split(","))), text) for category, others, text in cells]


def _sentences(gold: Path, reports: dict[str, Report]) -> None:
    codes = load_codebook().codes
    truth: list[str] = []
    alternatives: list[tuple[str, ...]] = []
    texts: list[str] = []
    owners: list[str] = []
    found: list[npt.NDArray[np.float64]] = []
    print(f"{'report':16} {'units':>5} {'accuracy':>8} {'kappa':>6}")
    for path in sorted(gold.glob("*.sentences.tsv")):
        name = path.name.split(".")[0]
        rows = _rows(path)
        probabilities = _probabilities(reports[name], [text for _, _, text in rows])
        categories = [category for category, _, _ in rows]
        result = evaluate(categories, probabilities, codes, resamples=0)
        print(f"{name:16} {len(rows):5} {result.accuracy.value:8.3f} {result.kappa.value or 0:6.3f}")
        truth += categories
        alternatives += [others for _, others, _ in rows]
        texts += [text for _, _, text in rows]
        owners += [name] * len(rows)
        found.append(probabilities)
    every = np.vstack(found)
    guesses = [codes[at] for at in every.argmax(axis=1)]
    result = evaluate(truth, every, codes, reports=owners)
    print(f"all, strict: n={result.n} accuracy {_shown(result.accuracy)} kappa {_shown(result.kappa)}", end=" ")
    print(f"macro-F1 {_shown(result.macro_f1)}; calibration error {result.calibration.error:.3f}")
    enough = [score.f1.value or 0.0 for score in result.categories if score.n >= ENOUGH]
    print(f"macro-F1 of the {len(enough)} categories with {ENOUGH} units or more: {np.mean(enough):.3f}")
    right = np.mean([g == t or g in others for g, t, others in zip(guesses, truth, alternatives, strict=True)])
    print(f"accuracy with a second reader's choice counted right: {right:.3f}")
    for score in (score for score in result.categories if score.n):
        print(f"  {score.category:15} n={score.n:3} F1 {_shown(score.f1)}", end=" ")
        print(f"precision {score.precision.value or 0:.2f} recall {score.recall.value or 0:.2f}")
    rare = {score.category for score in result.categories if score.n < ENOUGH}
    print(f"units of categories with fewer than {ENOUGH}:")
    for text, wanted, guess in zip(texts, truth, guesses, strict=True):
        if wanted in rare:
            print(f"  {wanted} → {guess}{'' if wanted == guess else '  WRONG'}: {text}")
    if "--errors" in sys.argv:
        print("errors, most confident first:")
        for mistake in result.errors:
            print(f"  {mistake.truth} → {mistake.predicted} {mistake.probability:.2f}: {texts[mistake.index]}")


def _shown(value: Estimate) -> str:
    if value.value is None or value.low is None or value.high is None:
        return "–" if value.value is None else f"{value.value:.3f}"
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"


def _probabilities(report: Report, texts: list[str]) -> npt.NDArray[np.float64]:
    """For each text the probabilities of the sentence that covers most of it; all alike where none does."""
    even = np.full(report.probabilities.shape[1], 1 / report.probabilities.shape[1])
    covered = cover(report, texts)
    return np.array([even if at is None else report.probabilities[at] for at in covered]).reshape(-1, len(even))


def _clauses(gold: Path) -> None:
    truth: list[str] = []
    guesses: list[str] = []
    for path in sorted(gold.glob("*.clauses.tsv")):
        rows = _rows(path)
        truth += [kind for kind, _, _ in rows]
        guesses += [found.type for found in content_type([text for _, _, text in rows])]
    labels = ["interpretation", "news"]
    precision, recall, f1, support = precision_recall_fscore_support(truth, guesses, labels=labels, zero_division=0)
    print("clauses:")
    for label, *figures, count in zip(labels, precision, recall, f1, support, strict=True):
        print(f"  {label:15} n={count:3} precision {figures[0]:.2f} recall {figures[1]:.2f} F1 {figures[2]:.2f}")


def _quantities(gold: Path, reports: dict[str, Report]) -> None:
    """Prose quantities, and those with the right indicator; borderline ones of the reader are optional."""
    print("prose quantities:")
    for path in sorted(gold.glob("*.facts.json")):
        name = path.name.split(".")[0]
        # Places are those of the text file.
        if reports[name].document.format != "txt":
            continue
        wanted: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        found = {(f.start, f.value): f for f in reports[name].facts if f.source == "prose" and f.state == "stated"}
        needed = {(w["start"], w["value"]) for w in wanted if not w.get("note", "").startswith("borderline")}
        allowed = {(w["start"], w["value"]) for w in wanted}
        hits = len(needed & set(found))
        coded = [w for w in wanted if w["indicator"]]
        right = sum(
            (w["start"], w["value"]) in found and found[w["start"], w["value"]].indicator == w["indicator"]
            for w in coded
        )
        claimed = sum(f.indicator is not None for f in found.values())
        print(f"  {name:14} found {hits} of {len(needed)}, not in gold {len(set(found) - allowed)};", end=" ")
        print(f"indicators right {right} of {len(coded)}, claimed {claimed}")


if __name__ == "__main__":
    main()
