"""Figures printed without a gap: every way to cut a run of digits, and what sums leave of them.

A cut is a tuple of the ends of its figures in the run. No figure has a leading zero: ``00`` is 0 and 0, never one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

Cut = tuple[int, ...]
Row = tuple[int, ...]

# A run of digits longer than this is no row of a form; a row with more cuts than this stays uncut.
_LONGEST = 36
_MOST_CUTS = 4_000
_MOST_STEPS = 12_000
# Combinations of rows that are tried to the end when the sums alone do not settle them.
_MOST_TRIALS = 20_000


class _Steps:
    """Counts the work of one search; `spent` tells that it was too much."""

    def __init__(self, most: int) -> None:
        self.left = most

    def spent(self) -> bool:
        self.left -= 1
        return self.left < 0


def find_cuts(digits: str, count: int, breaks: Collection[int] = (), *, most: int = _MOST_CUTS) -> list[Cut] | None:
    """Every cut of the digits into `count` figures; a figure ends at each of the `breaks`. None when there are more
    than `most`.

    >>> find_cuts("0012", 3), find_cuts("001", 2), find_cuts("1230", 2, [2])
    ([(1, 2, 4)], [], [(2, 4)])
    """
    if len(digits) > _LONGEST:
        return None
    if len(digits) <= count:
        return [tuple(range(1, count + 1))] if len(digits) == count else []
    found: list[Cut] = []
    steps = _Steps(_MOST_STEPS)
    walls = [*sorted(breaks), len(digits)]

    def walk(at: int, ends: Cut) -> bool:
        left = count - len(ends)
        if left == 0:
            if at == len(digits):
                found.append(ends)
            return len(found) <= most
        wall = next((wall for wall in walls if wall > at), at)
        last = min(wall, len(digits) - left + 1, at + 1 if digits[at : at + 1] == "0" else len(digits))
        first = len(digits) if left == 1 else at + 1
        return all(not steps.spent() and walk(end, (*ends, end)) for end in range(first, last + 1))

    return found if walk(0, ()) else None


def find_summing_cuts(digits: str, sizes: Sequence[int], breaks: Collection[int] = ()) -> list[Cut] | None:
    """Every cut into groups of `sizes` figures of which the last is the sum of the others. None when there are too many
    to try.

    >>> find_summing_cuts("640020470", [7])
    [(2, 3, 4, 5, 6, 7, 9)]
    """
    if len(digits) > _LONGEST:
        return None
    found: list[Cut] = []
    steps = _Steps(_MOST_STEPS)
    walls = sorted(breaks)

    def is_open(start: int, end: int) -> bool:
        return not any(start < wall < end for wall in walls)

    def walk(at: int, ends: Cut, group: int, left: int, total: int) -> bool:
        if steps.spent() or len(found) > _MOST_CUTS:
            return False
        if left == 1:
            end = at + len(str(total))
            if digits[at:end] != str(total) or not is_open(at, end):
                return True
            if group + 1 < len(sizes):
                return walk(end, (*ends, end), group + 1, sizes[group + 1], 0)
            if end == len(digits):
                found.append((*ends, end))
            return True
        # What is left must hold one digit at least for every figure to come.
        room = len(digits) - at - (left - 1) - sum(sizes[group + 1 :])
        longest = min(room, 1 if digits[at : at + 1] == "0" else 12)
        for length in range(1, longest + 1):
            end = at + length
            if not is_open(at, end):
                break
            value = total + int(digits[at:end])
            if len(str(value)) > len(digits) - end:
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
    changed = True
    while changed:
        changed = False
        for terms in sums:
            bounds = [_bounds(sign, left[row]) for sign, row in terms]
            lows = [sum(figures) for figures in zip(*(low for low, _ in bounds), strict=True)]
            highs = [sum(figures) for figures in zip(*(high for _, high in bounds), strict=True)]
            for (sign, row), (low, high) in zip(terms, bounds, strict=True):
                if len(left[row]) == 1:
                    continue
                # What the other rows can add up to, with the figure itself, must take in zero.
                room = [(a - b, c - d) for a, b, c, d in zip(lows, low, highs, high, strict=True)]
                kept = [
                    value
                    for value in left[row]
                    if all(
                        a + sign * figure <= 0 <= b + sign * figure for figure, (a, b) in zip(value, room, strict=True)
                    )
                ]
                if not kept:
                    return [list(rows) for rows in candidates]
                if len(kept) < len(left[row]):
                    left[row], changed = kept, True
                    break
    return _try_all(left, sums) or [list(rows) for rows in candidates]


def _bounds(sign: int, rows: Sequence[Row]) -> tuple[Row, Row]:
    """The least and the greatest that a term of a sum can be, column by column."""
    columns = [[sign * figure for figure in column] for column in zip(*rows, strict=True)]
    return tuple(map(min, columns)), tuple(map(max, columns))


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
