"""Figures printed without a gap: every way to cut a run of digits, and what sums leave of them.

A cut is a tuple of the ends of its figures in the run. No figure has a leading zero: ``00`` is 0 and 0, never one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from operator import le

Cut = tuple[int, ...]
Row = tuple[int, ...]

# A run of digits longer than this is no row of a form; a row with more cuts than this stays uncut.
_LONGEST = 36
_LONGEST_FIGURE = 12
_MOST_CUTS = 4_000
_MOST_STEPS = 12_000
# Combinations of rows that are tried to the end when the sums alone do not settle them.
_MOST_TRIALS = 20_000


def find_cuts(digits: str, count: int, breaks: Collection[int] = (), *, most: int = _MOST_CUTS) -> list[Cut] | None:
    """Every cut of the digits into `count` figures; a figure ends at each of the `breaks`. None when there are more
    than `most`.

    >>> find_cuts("0012", 3), find_cuts("001", 2), find_cuts("1230", 2, [2])
    ([(1, 2, 4)], [], [(2, 4)])
    """
    if len(digits) > _LONGEST:
        return None
    if not 0 < count < len(digits):
        return [tuple(range(1, count + 1))] if len(digits) == count else []
    found: list[Cut] = []
    steps = _MOST_STEPS
    size = len(digits)
    reaches = _reaches(digits, breaks)

    def walk(at: int, ends: Cut, left: int) -> bool:
        nonlocal steps
        steps -= 1
        if steps < 0:
            return False
        last = reaches[at]
        if left == 1:
            if last == size:
                found.append((*ends, size))
            return len(found) <= most
        return all(walk(end, (*ends, end), left - 1) for end in range(at + 1, min(last, size - left + 1) + 1))

    return found if walk(0, (), count) else None


def _reaches(digits: str, breaks: Collection[int]) -> list[int]:
    """Where a figure that begins at each of the digits, or behind the last, must end at the latest."""
    wall = len(digits)
    reaches = [wall]
    for at in reversed(range(len(digits))):
        if at + 1 in breaks:
            wall = at + 1
        reaches.append(at + 1 if digits[at] == "0" else wall)
    return reaches[::-1]


def find_summing_cuts(digits: str, sizes: Sequence[int], breaks: Collection[int] = ()) -> list[Cut] | None:
    """Every cut into groups of `sizes` figures of which the last is the sum of the others. None when there are too many
    to try.

    >>> find_summing_cuts("640020470", [7])
    [(2, 3, 4, 5, 6, 7, 9)]
    """
    if len(digits) > _LONGEST:
        return None
    found: list[Cut] = []
    steps = _MOST_STEPS
    length = len(digits)
    reaches = _reaches(digits, breaks)
    # The digits that the figures of the groups after each must have at least.
    later = [sum(sizes[group + 1 :]) for group in range(len(sizes))]

    def walk(at: int, ends: Cut, group: int, left: int, total: int) -> bool:
        nonlocal steps
        steps -= 1
        if steps < 0 or len(found) > _MOST_CUTS:
            return False
        if left == 1:
            printed = str(total)
            end = at + len(printed)
            if not digits.startswith(printed, at) or end > reaches[at]:
                return True
            if group + 1 < len(sizes):
                return walk(end, (*ends, end), group + 1, sizes[group + 1], 0)
            if end == length:
                found.append((*ends, end))
            return True
        # What is left must hold one digit at least for every figure to come, and all of the sum.
        room = length - later[group] - left + 2
        last = min(room - 1, reaches[at], at + _LONGEST_FIGURE)
        for end in range(at + 1, last + 1):
            value = total + int(digits[at:end])
            if value >= 10 ** (room - end):
                break
            if not walk(end, (*ends, end), group, left - 1, value):
                return False
        return True

    return found if walk(0, (), 0, sizes[0], 0) else None


def values_of(digits: str, cut: Cut) -> Row:
    """The figures of a cut.

    >>> values_of("640020470", (2, 3, 4, 5, 6, 7, 9))
    (64, 0, 0, 2, 0, 4, 70)
    """
    return tuple(int(digits[start:end]) for start, end in pairwise((0, *cut)))


def settle(candidates: Sequence[Sequence[Row]], sums: Sequence[Sequence[tuple[int, int]]]) -> list[list[Row]]:
    """What is left of each row's candidates when every sum holds in every column.

    A sum is a list of (sign, index of a row) that adds up to zero. Where no choice of rows satisfies the sums, the
    candidates are given back as they were: the form contradicts itself, and its sums settle nothing.

    >>> settle([[(22, 0), (2, 20)], [(1, 0)], [(23, 0)]], [[(1, 0), (1, 1), (-1, 2)]])
    [[(22, 0)], [(1, 0)], [(23, 0)]]
    """
    left = [list(rows) for rows in candidates]
    if all(len(rows) == 1 for rows in left):
        return left
    bounds = [_bounds(rows) for rows in left]
    changed = True
    while changed:
        changed = False
        for terms in sums:
            for sign, row in terms:
                if len(left[row]) == 1:
                    continue
                lows, highs = _room(sign, [(other, bounds[at]) for other, at in terms if at != row], len(bounds[row]))
                kept = [v for v in left[row] if all(map(le, lows, v)) and all(map(le, v, highs))]
                if not kept:
                    return [list(rows) for rows in candidates]
                if len(kept) < len(left[row]):
                    left[row], bounds[row], changed = kept, _bounds(kept), True
    return _try_all(left, sums) or [list(rows) for rows in candidates]


def _bounds(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """The least and the greatest figure of each column."""
    return [(min(column), max(column)) for column in zip(*rows, strict=True)]


def _room(sign: int, others: Sequence[tuple[int, list[tuple[int, int]]]], width: int) -> tuple[list[int], list[int]]:
    """The least and the greatest that the figures of a row of this sign can be, for its sum with the others to be zero
    in each of `width` columns."""
    lows, highs = [0] * width, [0] * width
    for other, bounds in others:
        for column, (low, high) in enumerate(bounds):
            lows[column] += low if other != sign else -high
            highs[column] += high if other != sign else -low
    return lows, highs


def _try_all(left: list[list[Row]], sums: Sequence[Sequence[tuple[int, int]]]) -> list[list[Row]] | None:
    """Rows that stand in some choice that satisfies all sums; none where there is no such choice."""
    open_rows = [at for at, rows in enumerate(left) if len(rows) > 1]
    trials = 1
    for at in open_rows:
        trials *= len(left[at])
        if trials > _MOST_TRIALS:
            return left
    kept: list[set[Row]] = [set() for _ in left]
    for choice in _choices(left):
        if all(
            all(sum(sign * choice[row][column] for sign, row in terms) == 0 for column in range(len(choice[0])))
            for terms in sums
        ):
            for at, row in enumerate(choice):
                kept[at].add(row)
    return [sorted(rows) for rows in kept] if all(kept) else None


def _choices(left: Sequence[Sequence[Row]]) -> Iterator[list[Row]]:
    choice: list[Row] = [rows[0] for rows in left]
    open_rows = [at for at, rows in enumerate(left) if len(rows) > 1]

    def walk(depth: int) -> Iterator[list[Row]]:
        if depth == len(open_rows):
            yield choice
            return
        for row in left[open_rows[depth]]:
            choice[open_rows[depth]] = row
            yield from walk(depth + 1)

    return walk(0)
