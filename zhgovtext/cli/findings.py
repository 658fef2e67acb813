"""What people read of an agreement, an evaluation, an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import Row, table

if TYPE_CHECKING:
    from zhgovtext.agreement import Agreement, Pair
    from zhgovtext.boundaries import Boundaries
    from zhgovtext.classification import Explanation
    from zhgovtext.codebook import Codebook
    from zhgovtext.estimates import Estimate
    from zhgovtext.evaluation import Calibration, Evaluation
    from zhgovtext.training import Training

# How many disputes and errors people are shown; programs get all.
_SHOWN = 20


def agreement_text(found: Agreement, coders: Sequence[str], codebook: Codebook | None, language: str) -> str:
    """Figures with intervals, categories, where units end, the first disputes; labels where there is a codebook."""
    texts = load_texts(language)
    figures = [
        (texts["percent"], found.percent),
        (texts["kappa"], found.kappa),
        (texts["alpha"], found.alpha),
    ]
    parts = [
        texts["compared"].format(coders=len(coders), n=found.n, key=texts[f"by_{found.matched_by}"]),
        *_left_out(found, coders, texts),
        "",
        _figure_table(figures, texts),
        _interval_line(found.resampled, found.clusters, texts),
        "",
        table(
            (texts["category"], *coders, texts["agreement"], texts["kappa"]),
            [
                (_named(c.category, codebook, language), *map(str, c.counts), _number(c.agreement), _number(c.kappa))
                for c in found.categories
                if any(c.counts)
            ],
            right=range(1, len(coders) + 3),
        ),
    ]
    for pair in found.pairs:
        parts += ["", *_pair_lines(pair, coders, texts, alone=len(found.pairs) == 1)]
    if found.disputes:
        parts += ["", _shown(texts["disputes"], len(found.disputes), texts), _dispute_table(found, coders, texts)]
    return "\n".join(parts)


def _left_out(found: Agreement, coders: Sequence[str], texts: dict[str, str]) -> list[str]:
    """What of each file could not be compared."""
    lines = []
    for coder, units, unmatched, blank, alone in zip(
        coders, found.units, found.unmatched, found.blank, found.alone, strict=True
    ):
        if unmatched or blank:
            lines.append(texts["left_out"].format(coder=coder, units=units, unmatched=unmatched, blank=blank))
        if alone:
            lines.append(texts["alone"].format(coder=coder, reports=", ".join(alone)))
    return lines


def _pair_lines(pair: Pair, coders: Sequence[str], texts: dict[str, str], *, alone: bool) -> list[str]:
    """How far two coders agree, unless they are the only ones, and where their units end."""
    one, other = (coders[at] for at in pair.coders)
    figures = texts["pair"].format(
        one=one, other=other, n=pair.n, percent=_number(pair.percent), kappa=_number(pair.kappa)
    )
    return [*([] if alone else [figures]), *_boundary_lines(pair.boundaries, one, other, texts)]


def _boundary_lines(found: Boundaries, one: str, other: str, texts: dict[str, str]) -> list[str]:
    lines = []
    if found.differing:
        ends = texts["boundaries"].format(
            one=one,
            other=other,
            ends=found.ends[0],
            others=found.ends[1],
            shared=found.shared,
            share=_number(found.share),
            places=found.places,
            kappa=_number(found.kappa),
        )
        categories = texts["characters"].format(
            differing=found.differing,
            characters=found.characters,
            percent=_number(found.category_percent),
            kappa=_number(found.category_kappa),
        )
        lines += [ends, categories]
    elif found.reports:
        lines.append(texts["boundaries_alike"].format(reports=found.reports))
    if found.unaligned:
        lines.append(texts["unaligned"].format(reports=", ".join(found.unaligned)))
    return lines


def _dispute_table(found: Agreement, coders: Sequence[str], texts: dict[str, str]) -> str:
    rows = [(d.unit.id, *(code or "–" for code in d.codes), _line(d.unit.text)) for d in found.disputes[:_SHOWN]]
    return table(("id", *coders, texts["text"]), rows)


def evaluation_text(found: Evaluation, errors: Sequence[Row], codebook: Codebook, language: str) -> str:
    """Scores, confusion matrix, calibration and the most confident errors."""
    texts = load_texts(language)
    figures = _overall(found, texts)
    if found.abstained:
        figures.append((texts["coded_accuracy"].format(n=found.n - found.abstained), found.coded_accuracy))
    categories = [
        (
            _named(c.category, codebook, language),
            str(c.n),
            str(c.predicted),
            *(part for e in (c.precision, c.recall, c.f1) for part in (_number(e.value), _interval(e))),
        )
        for c in found.categories
        if c.n or c.predicted
    ]
    header = (texts["category"], texts["true"], texts["predicted"])
    scores = (texts["precision"], "", texts["recall"], "", "F1", "")
    parts = [
        texts["evaluated"].format(n=found.n, reports=found.reports),
        *([texts["weighted"]] if found.weighted else []),
        "",
        _figure_table(figures, texts),
        _interval_line(found.resampled, found.clusters, texts),
        "",
        table((*header, *scores), categories, right=(1, 2, 3, 5, 7)),
        "",
        texts["confusion"],
        _confusion_table(found, texts),
        "",
        _calibration_text(found.calibration, texts),
    ]
    if errors:
        parts += ["", _shown(texts["errors"], len(errors), texts), _error_table(errors, texts)]
    return "\n".join(parts)


def training_text(found: Training, errors: Sequence[Row], codebook: Codebook, language: str) -> str:
    """How well a coder did on reports that it had not seen, with context and without, and its learning curve."""
    texts = load_texts(language)
    curve = [(str(p.units), _number(p.accuracy), _number(p.kappa), _number(p.macro_f1)) for p in found.curve]
    header = (texts["sentences"], texts["accuracy"], texts["kappa"], texts["macro_f1"])
    parts = [
        texts["cross_validated"],
        evaluation_text(found.context, errors, codebook, language),
        "",
        texts["no_context"],
        _figure_table(_overall(found.alone, texts), texts),
        "",
        texts["curve"],
        table(header, curve, right=range(4)),
    ]
    return "\n".join(parts)


def _overall(found: Evaluation, texts: dict[str, str]) -> list[tuple[str, Estimate]]:
    return [(texts["accuracy"], found.accuracy), (texts["kappa"], found.kappa), (texts["macro_f1"], found.macro_f1)]


def _confusion_table(found: Evaluation, texts: dict[str, str]) -> str:
    """Categories that occur, by their numbers: a column each would be too wide with its name."""
    k = len(found.categories)
    used = [at for at, category in enumerate(found.categories) if category.n or category.predicted]
    columns = [*used, *([k] if found.abstained else [])]
    heads = [str(at + 1) if at < k else "–" for at in columns]
    rows = [
        (f"{at + 1:>2} {found.categories[at].category}", *(str(found.confusion[at][to] or "·") for to in columns))
        for at in used
        if found.categories[at].n
    ]
    return table((texts["true"], *heads), rows, right=range(1, len(columns) + 1))


def _calibration_text(calibration: Calibration, texts: dict[str, str]) -> str:
    figures = texts["calibration"].format(
        error=_number(calibration.error), brier=_number(calibration.brier), loss=_number(calibration.log_loss)
    )
    header = (texts["probability"], texts["sentences"], texts["mean"], texts["right"])
    rows = [
        (f"{part.low:.2f}–{part.high:.2f}", str(part.n), _number(part.confidence), _number(part.accuracy))
        for part in calibration.bins
    ]
    return figures + "\n" + table(header, rows, right=(1, 2, 3))


def _error_table(errors: Sequence[Row], texts: dict[str, str]) -> str:
    rows = [
        (row["id"], row["truth"], row["predicted"], f"{row['probability']:.2f}", _line(row["text"]))
        for row in errors[:_SHOWN]
    ]
    return table(("id", texts["true"], texts["predicted"], texts["probability"], texts["text"]), rows)


def explanation_text(found: Explanation, codebook: Codebook, language: str) -> str:
    """The most probable categories, and what spoke for the first of them and against it."""
    texts, label = load_texts(language), found.label
    parts = [
        table(
            (texts["category"], texts["probability"]),
            [(_named(code, codebook, language), _number(score)) for code, score in _likely(label.scores)],
            right=(1,),
        )
    ]
    named = [_named(code, codebook, language) for code, _ in _likely(label.scores)]
    for side, terms in (("for", found.terms_for), ("against", found.terms_against)):
        if terms:
            rows = [(f"{term.weight:+.2f}", texts[f"in_{term.part}"], _line(term.text)) for term in terms]
            title = texts[side].format(category=named[0], other=named[1])
            parts.append(title + "\n" + table((texts["weight"], texts["part"], texts["term"]), rows, right=(0,)))
    return "\n\n".join(parts)


def _likely(scores: dict[str, float]) -> list[tuple[str, float]]:
    """The three most probable categories."""
    return sorted(scores.items(), key=lambda item: -item[1])[:3]


def _named(code: str, codebook: Codebook | None, language: str) -> str:
    return f"{code} {codebook[code].label(language)}" if codebook else code


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.3f}–{estimate.high:.3f}"


def _figure_table(figures: Sequence[tuple[str, Estimate]], texts: dict[str, str]) -> str:
    rows = [(name, _number(estimate.value), _interval(estimate)) for name, estimate in figures]
    return table((texts["measure"], texts["value"], texts["interval"]), rows, right=(1,))


def _interval_line(resampled: str, clusters: int, texts: dict[str, str]) -> str:
    return texts[f"bootstrap_{resampled}"].format(n=clusters)


def _shown(title: str, number: int, texts: dict[str, str]) -> str:
    """The title of a list that is cut where it is long."""
    return title.format(n=number) + (texts["first"].format(shown=_SHOWN) if number > _SHOWN else "")


def _line(text: str) -> str:
    return " ".join(text.split())
