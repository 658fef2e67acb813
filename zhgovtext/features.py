"""Features of coding units: character n-grams as numbers, made for all units of a text at once.

An n-gram of up to four characters is one 64-bit key, 16 bits a character, first character lowest: exact, without a
dictionary, and readable back (`spell`). Training and prediction share this code, so they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]

MAX_ORDER = 4
# Begins a unit, so that 一是 at its start is another feature than 一是 inside.
_START = 1
_ASTRAL = 0xFFFF
# 2^64 / golden ratio, odd: Knuth's multiplicative hash.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@cache
def _folding() -> npt.NDArray[np.uint16]:
    """Character → what counts of it: digits are 0, Latin letters a, half-width marks full-width, space nothing."""
    table = np.arange(0x10000, dtype=np.uint16)
    for code in range(0x10000):
        char = chr(code)
        if char.isspace() or code < 0x20:
            table[code] = 0
        elif "0" <= char <= "9":
            table[code] = ord("0")
        elif char.isascii() and char.isalpha():
            table[code] = ord("a")
    for half, full in zip(',:;?!()"', "，：；？！（）”", strict=True):
        table[ord(half)] = ord(full)
    table[ord("“")] = ord("”")
    return table


def fold(text: str) -> npt.NDArray[np.uint16]:
    """The folded characters of a text, one a code point."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    folded: npt.NDArray[np.uint16] = _folding()[np.minimum(points, _ASTRAL)]
    return folded


def join(texts: Sequence[str]) -> tuple[str, Offsets, Offsets]:
    """The texts as one, and where each starts and ends in it."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    ends = np.cumsum(lengths)
    return "".join(texts), ends - lengths, ends


@dataclass(frozen=True, slots=True)
class Grams:
    """N-grams of units: `keys[i]` stands in unit `units[i]`; `units` rises within each order, and `bounds`
    are the places where the next order begins. `sizes` counts the n-grams of each unit, known or not."""

    keys: Keys
    units: Offsets
    bounds: tuple[int, ...]
    sizes: Offsets


def find_grams(folded: npt.NDArray[np.uint16], starts: Offsets, ends: Offsets, *, order: int) -> Grams:
    """All n-grams of 1 to `order` characters in each span, white space and the length of numbers apart.

    >>> grams = find_grams(fold("共12件"), np.array([0]), np.array([4]), order=2)
    >>> [spell(key) for key in grams.keys.tolist()]
    ['^', '共', '0', '件', '^共', '共0', '0件']
    """
    lengths = ends - starts + 1
    opens = np.cumsum(lengths) - lengths
    units = np.repeat(np.arange(len(starts)), lengths)
    within = np.arange(len(units)) - opens[units]
    chars = np.append(folded, np.uint16(0))[np.maximum(starts[units] + within - 1, 0)]
    chars[within == 0] = _START
    keep = chars != 0
    chars, units = chars[keep], units[keep]
    if len(chars) > 1:
        repeated = (chars[1:] == chars[:-1]) & ((chars[1:] == ord("0")) | (chars[1:] == ord("a")))
        keep = np.concatenate(([True], ~repeated))
        chars, units = chars[keep], units[keep]
    wide = chars.astype(np.uint64)
    keys, owners, bounds = [wide], [units], [len(wide)]
    key = wide
    for n in range(2, order + 1):
        key = key[:-1] | (wide[n - 1 :] << np.uint64(16 * (n - 1)))
        inside = units[: len(key)] == units[n - 1 :]
        keys.append(key[inside])
        owners.append(units[: len(key)][inside])
        bounds.append(bounds[-1] + len(keys[-1]))
    all_units = np.concatenate(owners)
    sizes = np.bincount(all_units, minlength=len(starts)).astype(np.int64)
    return Grams(np.concatenate(keys), all_units, tuple(bounds), sizes)


def spell(key: int) -> str:
    """The characters of a key; ``^`` is the start of a unit.

    >>> spell(ord("一") | ord("是") << 16)
    '一是'
    """
    chars = []
    while key:
        chars.append("^" if key & 0xFFFF == _START else chr(key & 0xFFFF))
        key >>= 16
    return "".join(chars)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Known keys, and an open-addressing table that finds the row of each; no loop runs over keys."""

    keys: Keys
    slots: npt.NDArray[np.int32]

    def rows(self, keys: Keys) -> Offsets:
        """Row of each key, -1 for an unknown one."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = _slots_of(keys, len(self.slots))
        found = self.slots.take(at)
        hit = (self.keys.take(found, mode="wrap") == keys) & (found >= 0)
        result = np.where(hit, found, -1).astype(np.int64)
        pending = np.flatnonzero((found >= 0) & ~hit)
        while len(pending):
            at[pending] = (at[pending] + 1) % len(self.slots)
            found = self.slots.take(at[pending])
            hit = (self.keys.take(found, mode="wrap") == keys.take(pending)) & (found >= 0)
            result[pending[hit]] = found[hit]
            pending = pending[(found >= 0) & ~hit]
        return result


def _slots_of(keys: Keys, size: int) -> Offsets:
    """The slot that each key hashes to, in a table of `size` (a power of two) slots."""
    return ((keys * _GOLDEN) >> np.uint64(65 - size.bit_length())).astype(np.int64)


def make_vocabulary(keys: Keys) -> Vocabulary:
    """A vocabulary of distinct keys, in the order given.

    >>> vocabulary = make_vocabulary(np.array([5, 9], dtype=np.uint64))
    >>> vocabulary.rows(np.array([9, 7, 5], dtype=np.uint64)).tolist()
    [1, -1, 0]
    """
    size = 1 << max(4, (2 * len(keys)).bit_length())
    slots = np.full(size, -1, dtype=np.int32)
    at = _slots_of(keys, size)
    pending = np.arange(len(keys))
    while len(pending):
        free = slots[at[pending]] < 0
        # Of several keys that want one slot the first in order gets it, the others go on to the next.
        slots[at[pending[free]][::-1]] = pending[free][::-1]
        pending = pending[slots[at[pending]] != pending]
        at[pending] = (at[pending] + 1) % size
    return Vocabulary(keys, slots)
