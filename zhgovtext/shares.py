"""Shares: of the categories among the sentences, and of interpretation against news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhgovtext.classification import Coder
from zhgovtext.codebook import Codebook
from zhgovtext.content import find_cued, load_content_coder, type_clauses
from zhgovtext.facts import Fact

FEW = 10


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """`sentences`, `chars` and `share` (of the coded sentences; null when there are none) of one category.

    `low` and `high`, the interval that allows for the coder's errors, are null: they are not estimated yet.
    """

    category: str
    label: str
    sentences: int
    chars: int
    share: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class TypedClauses:
    """Clauses of one content type: how many, their characters, and their spans in the text as read."""

    clauses: int
    chars: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """Attention that a report gives to policy interpretation against routine news, at the level of clauses.

    `naive` is interpretation / (interpretation + news) of the clauses outside sentences coded `problems`, `n`
    their number; null when there are none. `adjusted`, `low` and `high` are null: the coder's error is not
    estimated yet. Of the items that the report counts, `items` are the stated numbers (null when not stated) and
    `item_share` interpretation / (interpretation + news).
    """

    interpretation: TypedClauses
    news: TypedClauses
    naive: float | None
    adjusted: float | None
    low: float | None
    high: float | None
    n: int
    few: bool
    items: dict[str, int | float | None]
    item_share: float | None


def count_categories(
    codes: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], codebook: Codebook, *, language: str = "zh"
) -> tuple[CategoryShare, ...]:
    """Shares of the categories among coded units; `codes` are indexes into the codebook, -1 where the coder
    abstained, `lengths` the units' characters."""
    coded = codes >= 0
    size = len(codebook.categories)
    sentences = np.bincount(codes[coded], minlength=size).tolist()
    chars = np.bincount(codes[coded], weights=lengths[coded], minlength=size).tolist()
    total = int(np.count_nonzero(coded))
    return tuple(
        CategoryShare(category.code, category.label(language), count, int(letters), count / total if total else None)
        for category, count, letters in zip(codebook.categories, sentences, chars, strict=True)
    )


def find_typed_clauses(
    text: str,
    starts: Sequence[int],
    ends: Sequence[int],
    *,
    paths: Sequence[tuple[str, ...]] = (),
    path_of: npt.NDArray[np.int64] | None = None,
    coder: Coder | None = None,
    context: bool = True,
) -> dict[str, list[tuple[int, int, int]]]:
    """Clauses of each type in units of a normalised text, as (unit, start, end); clauses that are neither are left
    out. Only the clauses of units with a cue word are looked at; headings and `context` as of `type_clauses`."""
    cued = find_cued(text, starts, ends)
    typed: dict[str, list[tuple[int, int, int]]] = {"interpretation": [], "news": []}
    if not cued.units:
        return typed
    chosen = coder or load_content_coder()
    above = np.full(len(starts), -1) if path_of is None else path_of
    probabilities = type_clauses(text, cued, paths=paths, path_of=above, coder=chosen, context=context)
    for unit, start, end, best in zip(
        cued.units, cued.starts, cued.ends, probabilities.argmax(axis=1).tolist(), strict=True
    ):
        if chosen.codes[best] in typed:
            typed[chosen.codes[best]].append((unit, start, end))
    return typed


def weigh(typed: dict[str, list[tuple[int, int]]], outside_problems: dict[str, int], facts: Sequence[Fact]) -> Balance:
    """The balance from typed clauses (spans in the text as read), the number of them outside `problems`, and
    the item counts among the facts."""
    interpretation, news = outside_problems["interpretation"], outside_problems["news"]
    n = interpretation + news
    stated = {
        "interpretation": _stated(facts, "interpretation.items"),
        "news": _stated(facts, "news.items"),
        "channels": _sum(facts, ("proactive.weibo", "proactive.wechat")),
        "proactive": _stated(facts, "proactive.total"),
    }
    explained, told = stated["interpretation"], stated["news"]
    item_share = (
        explained / (explained + told) if explained is not None and told is not None and explained + told else None
    )
    kinds = {
        kind: TypedClauses(len(spans), sum(end - start for start, end in spans), tuple(spans))
        for kind, spans in typed.items()
    }
    return Balance(
        kinds["interpretation"],
        kinds["news"],
        interpretation / n if n else None,
        None,
        None,
        None,
        n,
        n < FEW,
        stated,
        item_share,
    )


def _stated(facts: Sequence[Fact], indicator: str) -> int | float | None:
    """The report's own figure: a table before prose, the first of several, never a cumulative one."""
    values = [f for f in facts if f.indicator == indicator and f.value is not None and not f.cumulative]
    values.sort(key=lambda fact: fact.source != "table")
    return values[0].value if values else None


def _sum(facts: Sequence[Fact], indicators: Sequence[str]) -> int | float | None:
    values = [value for name in indicators if (value := _stated(facts, name)) is not None]
    return sum(values) if values else None
