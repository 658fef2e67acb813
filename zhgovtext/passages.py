"""Running text as its figures are read: its words, the sentence in which one is, and what was read before it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import compress, pairwise
from typing import NamedTuple

from zhgovtext.facts import Fact
from zhgovtext.wording import MARKS, Wording

_MARKS = frozenset(MARKS.values())
STOPS = frozenset(",;.")
# A word of the class `word` only breaks what goes together.
_BREAKS = STOPS | {"word"}
JOINTS = frozenset("、和与及或暨/")
NONE = frozenset(["none", "absent", "nil", "no_fee", "no_fee_processing", "no_change", "no_request", "nil0"])
# How far before a place of the text what is said of it is looked for, how far apart the words of a clause may stand,
# and how many of them are looked at.
FAR = 400
MAX_GAP = 60
_MAX_WORDS = 16
_MAX_WALK = 100


def find_stretches(text: str, starts: Sequence[int], ends: Sequence[int]) -> list[tuple[int, int]]:
    """The whole lines that hold the units ``text[starts[i]:ends[i]]`` and what is looked at before them; the rest of a
    report is tables.

    >>> text = "一、概述\\n" + "12\\n" * 400 + "收到申请3件。\\n"
    >>> find_stretches(text, [0, len(text) - 8], [4, len(text) - 1])
    [(0, 5), (803, 1213)]
    """
    # A sentence is looked at with what stands `FAR` before it: only what lies further apart is worth a cut.
    cuts = (at for at in range(1, len(starts)) if starts[at] - ends[at - 1] > 2 * FAR)
    edges = [0, *cuts, len(starts)]
    found: list[tuple[int, int]] = []
    high = 0
    for first, stop in pairwise(edges):
        if first < stop:
            low = max(high, text.rfind("\n", 0, max(0, starts[first] - FAR)) + 1)
            high = text.find("\n", ends[stop - 1]) + 1 or len(text)
            found.append((low, high))
    return found


class Placed(NamedTuple):
    """A fact, its place in the normalised text, and where its sentence begins."""

    fact: Fact
    start: int
    end: int
    sentence: int


class Passage:
    """A text, the `classes`, `starts` and `ends` of the words in some stretches of it, and the sentence that is read.

    The sentence is ``text[low:high]`` below the headings `path`; it holds the words from `first` to before `last`, of
    the classes `kinds`. Of the figures read so far, `head` is the whole that parts may belong to, `wholes` has the
    first value of each indicator, and `stated` the indicator of each value and unit.
    """

    def __init__(self, text: str, wording: Wording, stretches: Iterable[tuple[int, int]]) -> None:
        self.text = text
        self.wording = wording
        self.patterns = wording.patterns
        self.classes: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for low, high in stretches:
            classes, starts, ends = wording.find(text[low:high])
            self.classes += classes
            self.starts += [low + start for start in starts] if low else starts
            self.ends += [low + end for end in ends] if low else ends
        self.low = self.high = 0
        self.first = self.last = 0
        self.path: tuple[str, ...] = ()
        self.kinds: set[str] = set()
        self.head: Fact | None = None
        self.wholes: dict[str, int | float] = {}
        self.stated: dict[tuple[int | float, str], str] = {}
        self._above: dict[tuple[str, ...], frozenset[str]] = {}

    def turn(self, low: int, high: int, path: tuple[str, ...]) -> None:
        """Turn to a sentence."""
        self.low, self.high, self.path = low, high, path
        self.first = bisect_left(self.starts, low)
        self.last = bisect_left(self.starts, high, self.first)
        self.kinds = set(self.classes[self.first : self.last])

    def zeros(self) -> list[int]:
        """Starts of the words that may say that there is none of something."""
        return list(compress(self.starts, map(NONE.__contains__, self.classes)))

    def clause(self, position: int, low: int) -> list[int]:
        """Words of the clause before `position`, nearest first, down to `low`; closed brackets are skipped."""
        classes, starts = self.classes, self.starts
        found: list[int] = []
        depth = 0
        for at in range(bisect_right(self.ends, position) - 1, -1, -1):
            if starts[at] < low:
                break
            kind = classes[at]
            if kind == ")":
                depth += 1
            elif kind == "(":
                if not depth:
                    break
                depth -= 1
            elif not depth:
                if kind in _BREAKS or (kind == ":" and found):
                    break
                if kind != ":":
                    found.append(at)
                    if len(found) == _MAX_WORDS:
                        break
        return found

    def clause_start(self, position: int) -> int:
        """Where the clause of `position` begins."""
        classes = self.classes
        last = bisect_right(self.ends, position) - 1
        depth = 0
        for at in range(last, max(-1, last - _MAX_WALK), -1):
            kind = classes[at]
            if kind in _MARKS:
                if kind == ")":
                    depth += 1
                elif kind == "(" and depth:
                    depth -= 1
                elif not depth:
                    return self.ends[at]
        return max(self.low, position - FAR)

    def touches(self, at: int, position: int) -> bool:
        """Whether nothing but words such as 共 and 达到 stands between a word and `position`."""
        end = self.ends[at]
        return position == end or (
            position - end <= MAX_GAP and self.patterns.between.fullmatch(self.text, end, position) is not None
        )

    def ends_at(self, position: int) -> bool:
        """Whether a figure that ends at `position` has no noun of its own behind it."""
        return position == len(self.text) or self.patterns.ends.match(self.text, position) is not None

    def in_bracket(self, position: int) -> bool:
        """Whether a bracket of the sentence is open at `position`."""
        if "(" not in self.kinds:
            return False
        text, low = self.text, max(self.low, position - FAR)
        opening = max(text.rfind("（", low, position), text.rfind("(", low, position))
        return opening >= 0 and text.find("）", opening, position) < 0 and text.find(")", opening, position) < 0

    def changes(self, position: int) -> bool:
        """Whether the figure at `position` says how much more or less there was."""
        return self.patterns.change.search(self.text, max(self.low, position - 2), position) is not None

    def headings(self) -> frozenset[str]:
        """Classes of the words in the headings above the sentence."""
        found = self._above.get(self.path)
        if found is None:
            found = self._above[self.path] = frozenset(self.wording.find("。".join(self.path))[0])
        return found
