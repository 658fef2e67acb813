"""Labels of tables that lost or changed some characters on their way into a text."""

from __future__ import annotations

from collections.abc import Mapping


def nearest(bare: str, known: Mapping[str, object], *, lossy_only: bool) -> str | None:
    """The one of the known labels that `bare` is a damaged form of: it lost up to three in ten of its characters or,
    unless `lossy_only`, at most a quarter of them were lost, added or changed. None where two would do.

    >>> nearest("其他法律行政止公开", {"其他法律行政法规禁止公开": 1, "涉及国家秘密": 2}, lossy_only=False)
    '其他法律行政法规禁止公开'
    """
    found: list[tuple[int, str]] = []
    chars = frozenset(bare)
    for label in known:
        if len(label) < 6 and not (not lossy_only and len(label) > 3):
            continue
        lost = len(label) - len(bare)
        if 0 < lost <= len(label) * 3 // 10 and is_subsequence(bare, label):
            found.append((lost, label))
        # A character of the one that the other lacks was added, dropped or changed.
        elif not lossy_only and abs(lost) <= len(label) // 4 >= len(chars.symmetric_difference(label)) // 2:
            distance = edit_distance(bare, label, len(label) // 4)
            if distance is not None:
                found.append((distance, label))
    found.sort()
    if not found or (len(found) > 1 and found[1][0] <= found[0][0] + 1):
        return None
    return found[0][1]


def is_subsequence(short: str, long: str) -> bool:
    """Whether `short` is `long` with characters left out."""
    rest = iter(long)
    return all(char in rest for char in short)


def edit_distance(left: str, right: str, most: int) -> int | None:
    """Characters to add, drop or change to make one of the other; null when more than `most`.

    >>> edit_distance("行政许可", "行致许可", 1), edit_distance("行政许可", "行政处罚", 1)
    (1, None)
    """
    row = list(range(len(right) + 1))
    for at, char in enumerate(left, 1):
        above = row
        row = [at]
        for column, other in enumerate(right, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (char != other)))
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
