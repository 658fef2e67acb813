"""Shares: of the categories among the sentences, and of interpretation against news."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhgovtext.classification import Coder
from zhgovtext.codebook import Codebook
from zhgovtext.content import Clauses, find_cued, load_content_coder, type_clauses
from zhgovtext.facts import Fact
from zhgovtext.quantification import FEW, Calibration, Estimate, Floats, adjust, tally


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """`sentences`, `chars` and `share` (of the coded sentences; null when there are none) of one category.

    `low` to `high` is a 95 % interval of the share that a perfect coder would have found
    (`quantification.adjust_each`), `adjusted` the middle of what it may be; null where the coder abstained or its
    errors are not known. On real reports `share` was nearer to a careful reader's than `adjusted`, which leans on how
    our own corpus is coded: so the interval is widened to hold `share` where it does not.
    """

    category: str
    label: str
    sentences: int
    chars: int
    share: float | None
    low: float | None = None
    high: float | None = None
    adjusted: float | None = None


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
    their number; null when there are none. `adjusted` and its 95 % interval `low` to `high` allow for the coder's error
    (`quantification.adjust`: the share that a perfect coder would have found in this report); null where the coder's
    errors are not known or explain all that it found. Of the items that the report counts, `items` are the stated
    numbers (null when not stated) and `item_share` interpretation / (interpretation + news).
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
    codes: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    codebook: Codebook,
    *,
    language: str = "zh",
    estimates: Sequence[Estimate] = (),
) -> tuple[CategoryShare, ...]:
    """Shares of the categories among coded units; `codes` are indexes into the codebook, -1 where the coder
    abstained, `lengths` the units' characters, `estimates` what is known of each share."""
    coded = codes >= 0
    size = len(codebook.categories)
    sentences = np.bincount(codes[coded], minlength=size).tolist()
    chars = np.bincount(codes[coded], weights=lengths[coded], minlength=size).tolist()
    total = int(np.count_nonzero(coded))
    known = estimates or [Estimate(None, None, None, None, 0, True)] * size
    found = []
    for category, count, letters, estimate in zip(codebook.categories, sentences, chars, known, strict=True):
        share, low, high = count / total if total else None, estimate.low, estimate.high
        if share is not None and low is not None and high is not None:
            low, high = min(low, share), max(high, share)
        label = category.label(language)
        found.append(CategoryShare(category.code, label, count, int(letters), share, low, high, estimate.adjusted))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Typed:
    """Clauses of the units of a text that have a cue word, the probability of each type, a row a clause, a column a
    type of `coder`, and how the coder errs where that is known."""

    clauses: Clauses
    probabilities: Floats
    coder: Coder
    errors: Calibration | None

    def places(self, kind: str) -> list[int]:
        """Which clauses have the type `kind`."""
        return np.flatnonzero(self.probabilities.argmax(axis=1) == self.coder.codes.index(kind)).tolist()

    def outside(self, problems: Collection[int]) -> npt.NDArray[np.bool_]:
        """Which clauses stand in none of the units `problems`."""
        return np.array([unit not in problems for unit in self.clauses.units], dtype=bool)

    def count(self, kept: npt.NDArray[np.bool_]) -> tuple[int, int]:
        """How many of the clauses that are `kept` are interpretation, how many news."""
        explained, told = (int(kept[self.places(kind)].sum()) for kind in ("interpretation", "news"))
        return explained, told


def find_typed_clauses(
    text: str,
    starts: Sequence[int],
    ends: Sequence[int],
    *,
    paths: Sequence[tuple[str, ...]] = (),
    path_of: npt.NDArray[np.int64] | None = None,
    coder: Coder | None = None,
    context: bool = True,
) -> Typed:
    """Types of the clauses in units of a normalised text. Only those of units with a cue word are looked at; headings
    and `context` as of `type_clauses`."""
    cued = find_cued(text, starts, ends)
    chosen = coder or load_content_coder()
    above = np.full(len(starts), -1) if path_of is None else path_of
    rows = np.zeros((0, len(chosen.codes)))
    if cued.units:
        rows = type_clauses(text, cued, paths=paths, path_of=above, coder=chosen, context=context)
    return Typed(cued, rows, chosen, chosen.errors.get("context" if context else "alone"))


def weigh(typed: Typed, spans: Sequence[tuple[int, int]], problems: Collection[int], facts: Sequence[Fact]) -> Balance:
    """The balance from typed clauses, their `spans` in the text as read, the units coded `problems`, and the item
    counts among the facts."""
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
    share = _text_share(typed, typed.outside(problems))
    kinds = {}
    for kind in ("interpretation", "news"):
        found = tuple(spans[at] for at in typed.places(kind))
        kinds[kind] = TypedClauses(len(found), sum(end - start for start, end in found), found)
    return Balance(
        kinds["interpretation"],
        kinds["news"],
        share.naive,
        share.adjusted,
        share.low,
        share.high,
        share.n,
        share.few,
        stated,
        item_share,
    )


def _text_share(typed: Typed, outside: npt.NDArray[np.bool_]) -> Estimate:
    """Interpretation among interpretation and news of the clauses `outside` problems."""
    counts = typed.count(outside)
    if typed.errors is None or not any(counts):
        return count_share(*counts)
    units = tally(typed.probabilities[outside], typed.errors)
    return adjust(units, typed.errors, of="interpretation", against=["news"])


def count_share(interpretation: int, news: int, *, reason: str = "unmeasured") -> Estimate:
    """Interpretation / (interpretation + news) where the coder's errors cannot be allowed for, for this `reason`.

    >>> count_share(3, 1).naive, count_share(0, 0).reason
    (0.75, 'empty')
    """
    n = interpretation + news
    return Estimate(interpretation / n if n else None, None, None, None, n, n < FEW, reason if n else "empty")


def _stated(facts: Sequence[Fact], indicator: str) -> int | float | None:
    """The report's own figure: a table before prose, the first of several, never a cumulative one."""
    values = [f for f in facts if f.indicator == indicator and f.value is not None and not f.cumulative]
    values.sort(key=lambda fact: fact.source != "table")
    return values[0].value if values else None


def _sum(facts: Sequence[Fact], indicators: Sequence[str]) -> int | float | None:
    values = [value for name in indicators if (value := _stated(facts, name)) is not None]
    return sum(values) if values else None
