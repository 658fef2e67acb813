"""Balance of published items: titles of a site, told apart as policy interpretation, routine news and neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from zhgovtext.classification import Coder
from zhgovtext.coding import read_table
from zhgovtext.content import TYPES, load_content_coder, score_types
from zhgovtext.errors import DataError, OptionError
from zhgovtext.estimates import plain
from zhgovtext.quantification import Floats, adjust, tally
from zhgovtext.shares import count_share

# How the coder errs on titles, among the records of its errors.
_MODE = "alone-items"
_PIECE = 5_000
# Each group takes hundredths of a second.
_MOST_GROUPS = 5_000


@dataclass(frozen=True, slots=True)
class ItemBalance:
    """Published items of each content type, and interpretation / (interpretation + news) among them.

    `by` names what items are grouped by and `group` this group of them (null for those that name none); both are null
    for all items together. Items without a text are `blank` and left out. `naive` is the share as coded, `n` the items
    that it is of; fewer than 10 of them are `few`. `adjusted` and its 95 % interval `low` to `high` allow for the
    coder's errors (`quantification.adjust`: the share that a perfect coder would have found in this list). They are
    null where `reason` says so: as of `Estimate`, or ``unmeasured`` (how the coder errs on titles is not known).
    """

    by: str | None
    group: str | None
    interpretation: int
    news: int
    neither: int
    blank: int
    naive: float | None
    adjusted: float | None
    low: float | None
    high: float | None
    n: int
    few: bool
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, shares rounded to six places."""
        found: dict[str, Any] = plain(self)
        return found


def weigh_items(texts: Iterable[str], *, coder: Coder | None = None) -> ItemBalance:
    """The balance of a list of items: titles, with or without the texts below them; any script.

    Raises `OptionError` when a string is given for a list.

    >>> found = weigh_items(["《云澜市人才办法》图解", "一图读懂水价调整", "市水务局召开工作会议", "招聘公告"])
    >>> found.interpretation, found.news, found.neither, found.n
    (2, 1, 1, 3)
    """
    if isinstance(texts, str):
        raise OptionError("texts", "a string was given", hint='pass a list: weigh_items(["…"])')
    return weigh_item_groups(((None, text) for text in texts), coder=coder)[-1]


def weigh_item_groups(
    items: Iterable[tuple[str | None, str]], *, by: str | None = None, coder: Coder | None = None
) -> list[ItemBalance]:
    """The balance of each group of items and, last, of all: `items` are pairs (group, text), `by` says what groups are.

    Groups stand in the order in which they first come, items of no group (null or blank) last; without `by` all items
    are one group. `OptionError` for more than 5,000 groups, and for a coder of other types.

    >>> items = [("5月", "一图读懂水价调整"), ("6月", "市水务局召开工作会议"), ("5月", "人才办法解读")]
    >>> [(found.group, found.interpretation, found.news) for found in weigh_item_groups(items, by="month")]
    [('5月', 2, 0), ('6月', 0, 1), (None, 2, 1)]
    """
    chosen = coder or load_content_coder()
    if missing := [code for code in TYPES if code not in chosen.codes]:
        raise OptionError("coder", f"the model {chosen.name} knows no {missing[0]}", hint="take one of content types")
    places: dict[str | None, int] = {}
    owners: list[int] = []
    blank: Counter[int] = Counter()

    def titled() -> Iterator[str]:
        for group, text in items:
            at = places.setdefault((group or "").strip() or None, len(places)) if by else 0
            if len(places) > _MOST_GROUPS:
                raise OptionError("by", f"there are more than {_MOST_GROUPS} groups by {by}", hint="choose another")
            if text.strip():
                owners.append(at)
                yield text
            else:
                blank[at] += 1

    probabilities = _score(titled(), chosen)
    owner = np.array(owners, dtype=np.int64)
    ends = np.cumsum(np.bincount(owner, minlength=len(places)))
    parts = np.split(probabilities[np.argsort(owner, kind="stable")], ends[:-1])
    named = sorted(places.items(), key=lambda pair: (pair[0] is None, pair[1]))
    groups = [_weigh(parts[at], blank[at], chosen, by, group) for group, at in named]
    return [*groups, _weigh(probabilities, blank.total(), chosen, None, None)]


def _score(texts: Iterator[str], coder: Coder) -> Floats:
    """Probabilities of any number of texts, a row a text, in flat memory but for themselves."""
    scores = [np.zeros((0, len(coder.codes)))]
    while piece := list(islice(texts, _PIECE)):
        scores.append(score_types(piece, coder=coder))
    return np.concatenate(scores)


def load_items(path: str | Path, text: str, *, by: str | None = None) -> Iterator[tuple[str | None, str]]:
    """Pairs (group, text) of a table's rows, for `weigh_item_groups`: a CSV or TSV file in any encoding that
    spreadsheets save, ``"-"`` for standard input. `text` and `by` name its columns, in upper or lower case.

    `DataError` names the line and what to do, and says which columns there are where one is missing.
    """
    wanted, kind = text.strip().lower(), None if by is None else by.strip().lower()
    empty = True
    for _, row in read_table(path, [wanted] if kind is None else [wanted, kind]):
        empty = False
        yield None if kind is None else row[kind], row[wanted]
    if empty:
        shown = "<stdin>" if path == "-" else str(path)
        raise DataError("empty", "has no item", path=shown, hint="give each item a line below the names of the columns")


def _weigh(probabilities: Floats, blank: int, coder: Coder, by: str | None, group: str | None) -> ItemBalance:
    counts = np.bincount(probabilities.argmax(axis=1), minlength=len(coder.codes)).tolist()
    explained, told, neither = (counts[coder.codes.index(kind)] for kind in TYPES)
    errors = coder.errors.get(_MODE)
    found = count_share(explained, told)
    if errors is not None:
        found = adjust(tally(probabilities, errors), errors, of="interpretation", against=["news"])
    return ItemBalance(
        by,
        group,
        explained,
        told,
        neither,
        blank,
        found.naive,
        found.adjusted,
        found.low,
        found.high,
        found.n,
        found.few,
        found.reason,
    )
