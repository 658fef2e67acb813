"""Boundaries: how far two coders agree on where units end, and on the category of the text that both coded.

Two codings of a report are laid over each other: by the places of their units where these do not contradict the texts,
otherwise by the texts themselves, of which either may have what the other lacks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from zhgovtext.coding import Coded
from zhgovtext.estimates import Integers, kappa

# Characters that two different passages must have in common to be aligned.
_FEWEST_COMMON = 8
# Where a unit could end; closing marks belong to the stop before them.
_STOP = re.compile("[。！？；!?;][。！？；!?;”’」』）)》】〕]*")


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Agreement of two coders on where units end, and on the category of the characters that both coded.

    Of the reports that both have, `reports` could be laid over each other, `differing` of them are cut differently, and
    `unaligned` have no text in common. `apart` is how many characters of each coder's units the other's do not have:
    headings that only one took for a unit, sentences that only one was given. `ends` are the ends of each coder's
    units inside text that the other coded too, without the last of a report, which nobody chooses; `shared` is how
    many are the same, `share` 2 × shared / both. `kappa` is over the `places` where a unit could end: where either
    ends one, and after every stop. It says little when both coders were given ready units.
    `characters` is how many both coded, `category_percent` and `category_kappa` the agreement on them.
    """

    reports: int
    differing: int
    unaligned: tuple[str, ...]
    apart: tuple[int, int]
    ends: tuple[int, int]
    shared: int
    share: float | None
    places: int
    kappa: float | None
    characters: int
    category_percent: float | None
    category_kappa: float | None


@dataclass(frozen=True, slots=True)
class _Span:
    """A unit's place, or the part of one; `text` is as long as the place, or empty where that cannot be told.

    `code` is the number of its category, -1 for none; `whole` says that the unit ends where the place does.
    """

    start: int
    end: int
    text: str
    code: int
    whole: bool = True


class _Overlap(NamedTuple):
    """A stretch of text that both coded, and the unit of each coder that it belongs to."""

    start: int
    end: int
    ours: _Span
    theirs: _Span


class _Layers(NamedTuple):
    """Both coders' units of a report, and wherever both coded one text; `overlaps` has the first coder's places."""

    ours: list[_Span]
    theirs: list[_Span]
    overlaps: list[_Overlap]

    def apart(self) -> tuple[int, int]:
        """How many characters of each coder's units the other's do not have."""
        common = _length(self.overlaps)
        return _length(self.ours) - common, _length(self.theirs) - common


class _Stretch(NamedTuple):
    """What of the second coder's text, from `start` to `end`, stands in the first coder's text from `to` on."""

    start: int
    end: int
    to: int


class _Anchor(NamedTuple):
    """A piece that each of two texts has once: where in the first and in the second, and how long it is."""

    here: int
    there: int
    length: int


def compare_boundaries(
    one: Sequence[Coded], other: Sequence[Coded], codes: Sequence[str], *, named: bool
) -> Boundaries:
    """Where two coders' units end; `named` says that both name the reports of their units, and `codes` are all
    categories. Without names, all units are taken for those of one report."""
    index = {code: at for at, code in enumerate(codes)}
    ours, theirs = _by_report(one, named=named), _by_report(other, named=named)
    layers = {report: _lay_over(ours[report], theirs[report], index) for report in ours if report in theirs}
    aligned = [both.overlaps for both in layers.values() if both.overlaps]
    places = [_count_places(overlaps) for overlaps in aligned]
    cells = sum(places, start=np.zeros((2, 2), dtype=np.int64))
    confusion = _count_characters(aligned, len(codes))
    apart = [both.apart() for both in layers.values()]
    ends = int(cells[0].sum()), int(cells[:, 0].sum())
    shared, characters = int(cells[0, 0]), int(confusion.sum())
    return Boundaries(
        reports=len(aligned),
        differing=sum(bool(table[0, 1] or table[1, 0]) for table in places),
        unaligned=tuple(report for report, both in layers.items() if not both.overlaps),
        apart=(sum(first for first, _ in apart), sum(second for _, second in apart)),
        ends=ends,
        shared=shared,
        share=2 * shared / sum(ends) if sum(ends) else None,
        places=int(cells.sum()),
        kappa=kappa(cells),
        characters=characters,
        category_percent=int(confusion.trace()) / characters if characters else None,
        category_kappa=kappa(confusion),
    )


def compact(text: str) -> str:
    """A text without white space.

    >>> compact(" 公开 三件。\\n")
    '公开三件。'
    """
    return "".join(text.split())


def _by_report(coding: Sequence[Coded], *, named: bool) -> dict[str, list[Coded]]:
    found: dict[str, list[Coded]] = {}
    for unit in coding:
        found.setdefault(unit.report if named else "", []).append(unit)
    return found


# Counts --------------------------------------------------------------------------------------------------------------


def _length(parts: Sequence[_Span] | Sequence[_Overlap]) -> int:
    return sum(part.end - part.start for part in parts)


def _count_characters(aligned: Sequence[Sequence[_Overlap]], size: int) -> Integers:
    """The characters that both coded by their category: a row one of the first coder, a column one of the second."""
    confusion = np.zeros((size, size), dtype=np.int64)
    for overlap in (overlap for overlaps in aligned for overlap in overlaps):
        if overlap.ours.code >= 0 and overlap.theirs.code >= 0:
            confusion[overlap.ours.code, overlap.theirs.code] += overlap.end - overlap.start
    return confusion


def _count_places(overlaps: Sequence[_Overlap]) -> Integers:
    """Places where a unit could end by whether it does: rows the one coder (ends, does not), columns the other.

    An end counts where the other coder coded the text before it, so that samples can be compared; the last place of
    all is no choice.
    """
    last = {overlaps[-1].end}
    ours = {lap.end for lap in overlaps if lap.end == lap.ours.end} - last
    theirs = {lap.end for lap in overlaps if lap.end == lap.theirs.end and lap.theirs.whole} - last
    stops = {
        lap.start + stop.end() for lap in overlaps for stop in _STOP.finditer(_piece(lap.ours, lap.start, lap.end))
    }
    neither = len(stops - last - ours - theirs)
    return np.array([[len(ours & theirs), len(ours - theirs)], [len(theirs - ours), neither]])


# Two codings of one text ---------------------------------------------------------------------------------------------


def _lay_over(one: Sequence[Coded], other: Sequence[Coded], index: dict[str, int]) -> _Layers:
    """Their own places are taken where they do not contradict the texts, otherwise the texts are aligned."""
    ours, theirs = _placed(one, index), _placed(other, index)
    if ours and theirs:
        overlaps = list(_overlaps(ours, theirs))
        if not any(map(_contradictory, overlaps)):
            return _Layers(ours, theirs, overlaps)
    ours, theirs = _joined(one, index), _joined(other, index)
    moved = [part for stretch in _align(ours, theirs) for part in _move(theirs, stretch)]
    return _Layers(ours, theirs, list(_overlaps(ours, moved)))


def _contradictory(overlap: _Overlap) -> bool:
    """Whether the texts differ at one place."""
    start, end, ours, theirs = overlap
    return bool(ours.text and theirs.text) and _piece(ours, start, end) != _piece(theirs, start, end)


def _placed(units: Sequence[Coded], index: dict[str, int]) -> list[_Span]:
    """Units at their places in the report's text, white space around them left out; none unless each has its own."""
    spans: list[_Span] = []
    for unit in units:
        if unit.start is None or unit.end is None:
            return []
        start, end, text = unit.start, unit.end, unit.text
        if len(text) == end - start:
            start += len(text) - len(text.lstrip())
            text = text.strip()
            end = start + len(text)
        else:
            text = ""
        spans.append(_Span(start, end, text, index.get(unit.category, -1)))
    spans.sort(key=attrgetter("start"))
    disjoint = all(a.end <= b.start for a, b in pairwise(spans))
    return spans if disjoint and all(span.start < span.end for span in spans) else []


def _joined(units: Sequence[Coded], index: dict[str, int]) -> list[_Span]:
    """Units as they follow each other, without white space."""
    spans: list[_Span] = []
    end = 0
    for unit in units:
        text = compact(unit.text)
        if text:
            spans.append(_Span(end, end + len(text), text, index.get(unit.category, -1)))
            end += len(text)
    return spans


def _overlaps(ours: Sequence[_Span], theirs: Sequence[_Span]) -> Iterator[_Overlap]:
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start, end = max(ours[i].start, theirs[j].start), min(ours[i].end, theirs[j].end)
        if start < end:
            yield _Overlap(start, end, ours[i], theirs[j])
        if ours[i].end <= theirs[j].end:
            i += 1
        else:
            j += 1


def _move(spans: Sequence[_Span], stretch: _Stretch) -> Iterator[_Span]:
    """The parts of the units that stand in the stretch, moved to where the other text has it."""
    first = bisect_right(spans, stretch.start, key=attrgetter("end"))
    behind = bisect_left(spans, stretch.end, key=attrgetter("start"))
    by = stretch.to - stretch.start
    for at in range(first, behind):
        span = spans[at]
        start, end = max(span.start, stretch.start), min(span.end, stretch.end)
        yield _Span(start + by, end + by, _piece(span, start, end), span.code, span.end <= stretch.end)


def _piece(span: _Span, start: int, end: int) -> str:
    return span.text[start - span.start : end - span.start]


# Alignment of texts that differ --------------------------------------------------------------------------------------


def _align(ours: Sequence[_Span], theirs: Sequence[_Span]) -> Iterator[_Stretch]:
    """Stretches of the second text that the first has too, in order.

    Anchors are the pieces between stops that each text has once, in an order that both have. Between two anchors, what
    the texts have in common at the beginning and at the end is aligned: a heading that one coder took into the unit
    below it does not part the sentences.
    """
    one, other = ("".join(span.text for span in spans) for spans in (ours, theirs))
    end_one = end_other = 0
    for here, there, length in [*_anchors(ours, theirs), _Anchor(len(one), len(other), 0)]:
        head, tail = _common_ends(one[end_one:here], other[end_other:there])
        for stretch in (
            _Stretch(end_other, end_other + head, end_one),
            _Stretch(there - tail, there, here - tail),
            _Stretch(there, there + length, here),
        ):
            if stretch.start < stretch.end:
                yield stretch
        end_one, end_other = here + length, there + length


def _anchors(ours: Sequence[_Span], theirs: Sequence[_Span]) -> list[_Anchor]:
    """The longest series of pieces that both texts have once, and in the same order."""
    at_one, at_other = _single_pieces(ours), _single_pieces(theirs)
    return _in_order([_Anchor(at, at_other[piece], len(piece)) for piece, at in at_one.items() if piece in at_other])


def _single_pieces(spans: Sequence[_Span]) -> dict[str, int]:
    """Where each piece of text stands that stands in one place only; pieces end at stops and with the units."""
    places: dict[str, list[int]] = {}
    for span in spans:
        ends = [0, *(stop.end() for stop in _STOP.finditer(span.text)), len(span.text)]
        for start, end in pairwise(ends):
            if start < end:
                places.setdefault(span.text[start:end], []).append(span.start + start)
    return {piece: found[0] for piece, found in places.items() if len(found) == 1}


def _in_order(anchors: Sequence[_Anchor]) -> list[_Anchor]:
    """The longest series of anchors, given in the order of the first text, that is in the order of the second too."""
    # The least place in the second text at which a series of each length can end.
    tails: list[int] = []
    lengths: list[int] = []
    for anchor in anchors:
        at = bisect_left(tails, anchor.there)
        tails[at : at + 1] = [anchor.there]
        lengths.append(at + 1)
    chosen: list[_Anchor] = []
    wanted = len(tails)
    for anchor, length in zip(reversed(anchors), reversed(lengths), strict=True):
        # Of the anchors that end a series of this length the last has the least second place: it always fits.
        if length == wanted:
            chosen.append(anchor)
            wanted -= 1
    return chosen[::-1]


def _common_ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts have in common at their beginning and, of the rest, at their end."""
    if one == other:
        return len(one), 0
    head = _common_head(one, other)
    return head, _common_head(one[head:][::-1], other[head:][::-1])


def _common_head(one: str, other: str) -> int:
    alike = zip(one, other, strict=False)
    length = next((at for at, (a, b) in enumerate(alike) if a != b), min(len(one), len(other)))
    # A few are chance.
    return length if length >= _FEWEST_COMMON else 0
