"""Features of coding units: character n-grams as numbers, made for all units of a text at once.

An n-gram of up to four characters is one 64-bit key, 16 bits a character, first character lowest: exact, without a
dictionary, and readable back (`spell`). Training and prediction share this code, so they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

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
    """N-grams of units: ``keys[i][n - 1]`` is that of n characters from character i on, 0 where it would run over the
    end of its unit, ``units[i]``. `sizes` counts the n-grams of each unit, known or not."""

    keys: Keys
    units: Offsets
    sizes: Offsets


def find_grams(folded: npt.NDArray[np.uint16], starts: Offsets, ends: Offsets, *, order: int) -> Grams:
    """All n-grams of 1 to `order` characters in each span, white space and the length of numbers apart.

    >>> grams = find_grams(fold("共12件"), np.array([0]), np.array([4]), order=2)
    >>> [[spell(key) for key in row] for row in grams.keys.tolist()]
    [['^', '^共'], ['共', '共0'], ['0', '0件'], ['件', '']]
    """
    chars, units = _squeeze(folded, starts, ends)
    keys = np.zeros((len(chars), order), dtype=np.uint64)
    keys[:, 0] = key = wide = chars.astype(np.uint64)
    for n in range(1, order):
        key = key[:-1] | (wide[n:] << np.uint64(16 * n))
        keys[:-n, n] = np.where(units[n:] == units[:-n], key, np.uint64(0))
    lengths = np.bincount(units, minlength=len(starts))
    sizes = np.maximum(lengths[:, None] - np.arange(order), 0).sum(axis=1)
    return Grams(keys, units, sizes)


def _squeeze(folded: npt.NDArray[np.uint16], starts: Offsets, ends: Offsets) -> tuple[npt.NDArray[np.uint16], Offsets]:
    """The characters of the spans, each begun by `_START`, without white space, of a number one figure, of a word in
    Latin letters one; and the span of each."""
    lengths = ends - starts + 1
    opens = np.cumsum(lengths) - lengths
    units = np.repeat(np.arange(len(starts)), lengths)
    places = np.arange(len(units)) + np.repeat(starts - opens - 1, lengths)
    chars = np.append(folded, np.uint16(0)).take(places, mode="clip")
    chars[opens] = _START
    kept = np.flatnonzero(chars)
    if len(kept) < len(chars):
        chars, units = chars.take(kept), units.take(kept)
    twice = np.flatnonzero(chars[1:] == chars[:-1])
    alike = chars.take(twice)
    kept = np.ones(len(chars), dtype=bool)
    kept[twice[(alike == ord("0")) | (alike == ord("a"))]] = False
    return chars[kept], units[kept]


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


@dataclass(frozen=True)
class Vocabulary:
    """Known keys, and an open-addressing table that finds the row of each; no loop runs over keys."""

    keys: Keys
    slots: npt.NDArray[np.int32]

    @cached_property
    def singles(self) -> npt.NDArray[np.int32]:
        """Row of each character that is a key by itself, -1 for others: those of a text are few and often the same."""
        rows = np.full(0x10000, -1, dtype=np.int32)
        known = np.flatnonzero(self.keys < len(rows))
        rows[self.keys[known]] = known
        return rows

    def rows(self, grams: Grams) -> npt.NDArray[np.int32]:
        """Row of each n-gram in the shape of its keys, -1 for an unknown one."""
        rows = np.empty(grams.keys.shape, dtype=np.int32)
        rows[:, 0] = self.singles.take(grams.keys[:, 0].astype(np.int64))
        rows[:, 1:] = self.find(grams.keys[:, 1:])
        return rows

    def find(self, keys: Keys) -> npt.NDArray[np.int32]:
        """Row of each key in the shape of `keys`, -1 for an unknown one."""
        if not len(self.keys):
            return np.full(keys.shape, -1, dtype=np.int32)
        wanted = keys.ravel()
        at = _slots_of(wanted, len(self.slots))
        found = self.slots.take(at)
        same = self.keys.take(found, mode="wrap") == wanted
        rows = np.where(same, found, np.int32(-1))
        pending = np.flatnonzero((found >= 0) > same)
        at, wanted = at.take(pending), wanted.take(pending)
        while len(pending):
            at = (at + 1) % len(self.slots)
            found = self.slots.take(at)
            same = self.keys.take(found, mode="wrap") == wanted
            rows[pending[same]] = found[same]
            left = np.flatnonzero((found >= 0) > same)
            pending, at, wanted = pending.take(left), at.take(left), wanted.take(left)
        return rows.reshape(keys.shape)


def _slots_of(keys: Keys, size: int) -> Offsets:
    """The slot that each key hashes to, in a table of `size` (a power of two) slots."""
    return ((keys * _GOLDEN) >> np.uint64(65 - size.bit_length())).astype(np.int64)


def make_vocabulary(keys: Keys) -> Vocabulary:
    """A vocabulary of distinct keys, in the order given.

    >>> vocabulary = make_vocabulary(np.array([5, 9], dtype=np.uint64))
    >>> vocabulary.find(np.array([9, 7, 5], dtype=np.uint64)).tolist()
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
