"""The card of a model: what it was trained on and how well it codes reports that it did not see, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zhgovtext.estimates import Estimate
from zhgovtext.evaluation import Evaluation


def card_text(
    name: str,
    about: Mapping[str, Any],
    *,
    context: Evaluation,
    alone: Evaluation,
    curve: Sequence[tuple[int, float | None, float | None]],
    notes: str = "",
) -> str:
    """The card as Markdown: `about` (data, settings, versions) as it stands in ``model.json``, cross-validated scores
    with headings and neighbours (`context`) and without (`alone`), `curve` as (units learned from, kappa, macro-F1),
    then `notes`."""
    return "\n".join([*_head(name, about), *_scores(context, alone), *_curve(curve), *_tables(context), notes]) + "\n"


def _head(name: str, about: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Model card: {name}\n"
    for part in ("data", "codebook", "settings", "versions"):
        values = about.get(part, {})
        yield f"- {part}: " + ", ".join(f"{key} {value}" for key, value in values.items())
    yield "\nCategories of coding units by two layers of one-against-rest logistic regression: character n-grams of the"
    yield "unit and of the headings above it; then what these say of the unit and of its neighbours under the same"
    yield "heading. Made by `zhgovtext train` or a script from coded sentences alone.\n"


def _scores(context: Evaluation, alone: Evaluation) -> Iterator[str]:
    yield "## Cross-validation by report\n"
    yield f"{context.n} units of {context.clusters} {context.resampled}s, each coded by a coder that saw nothing of its"
    yield "report; in brackets 95 % intervals from a bootstrap over these.\n"
    yield "| | with headings and neighbours | by its words alone |"
    yield "|---|---|---|"
    for label, field in (("accuracy", "accuracy"), ("Cohen's kappa", "kappa"), ("macro-F1", "macro_f1")):
        yield f"| {label} | {_estimate(getattr(context, field))} | {_estimate(getattr(alone, field))} |"
    errors = (found.calibration.error for found in (context, alone))
    yield "| expected calibration error | " + " | ".join(f"{error:.3f}" for error in errors) + " |\n"


def _curve(curve: Sequence[tuple[int, float | None, float | None]]) -> Iterator[str]:
    yield "## Learning curve\n"
    yield "| units learned from | kappa | macro-F1 |\n|---|---|---|"
    for units, kappa, macro_f1 in curve:
        yield f"| {units} | {_number(kappa)} | {_number(macro_f1)} |"
    yield ""


def _tables(found: Evaluation) -> Iterator[str]:
    yield "## Categories (with headings and neighbours)\n"
    yield "| category | units | precision | recall | F1 |\n|---|---|---|---|---|"
    for score in found.categories:
        figures = " | ".join(_estimate(value) for value in (score.precision, score.recall, score.f1))
        yield f"| `{score.category}` | {score.n} | {figures} |"
    yield "\n## Confusion\n\nRows: coded by people; columns: by the coder.\n"
    codes = [score.category for score in found.categories]
    yield "| | " + " | ".join(codes) + " |"
    yield "|---" * (len(codes) + 1) + "|"
    for code, row in zip(codes, found.confusion, strict=True):
        yield f"| `{code}` | " + " | ".join(str(count or "·") for count in row[: len(codes)]) + " |"
    yield ""


def _estimate(value: Estimate) -> str:
    interval = "" if value.low is None else f" [{_number(value.low)}, {_number(value.high)}]"
    return _number(value.value) + interval


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
