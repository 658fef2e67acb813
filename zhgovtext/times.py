"""When the figures of running text are of: the years and other times that the text names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from zhgovtext.wording import Patterns

# A year to come that stands so near the beginning of a sentence is what those after it are about, too.
_OPENING = 8


class Times:
    """Times that a text names in some `stretches`, for a report of `period`.

    Of the sentence it was turned to, the figures before `planned` are of what was done.
    """

    def __init__(self, text: str, patterns: Patterns, period: str | None, stretches: Sequence[tuple[int, int]]) -> None:
        self.text = text
        self.patterns = patterns
        self.period = period
        self.year = int(period) if period and period.isdecimal() else None
        self.coming: list[int] = []
        self.named = sorted(
            (time for low, high in stretches for time in self._named(low, high)), key=lambda time: time[0]
        )
        self.places = [place for place, _, _ in self.named]
        self.low = self.planned = 0
        self.ahead = False

    def begin(self, path: tuple[str, ...]) -> None:
        """Begin what stands below headings: the last may name nothing but what is to be done."""
        self.ahead = bool(path) and self.patterns.outlook.search(path[-1]) is not None and "问题" not in path[-1]

    def turn(self, low: int, high: int) -> None:
        """Turn to the sentence ``text[low:high]``. What begins with a year to come goes on in the sentences after it,
        until a year is named that has passed."""
        self.low = low
        self.planned = high
        first = bisect_left(self.coming, low)
        if first < len(self.coming) and self.coming[first] < high:
            self.planned = self.coming[first]
            self.ahead = self.ahead or self.planned - low < _OPENING
        elif self.ahead:
            at = bisect_left(self.places, low)
            if at == len(self.places) or self.places[at] >= high:
                self.planned = low
            else:
                self.ahead = False

    def at(self, position: int) -> tuple[str | None, bool]:
        """Period of a figure of the sentence, and whether it is cumulative: the last time named before it tells."""
        at = bisect_left(self.places, position) - 1
        if at >= 0 and self.places[at] >= self.low:
            return self.named[at][1:]
        return self.period, False

    def _named(self, low: int, high: int) -> Iterator[tuple[int, str | None, bool]]:
        """Where the lines ``text[low:high]`` name a time, the period, and whether figures after it are cumulative."""
        for match in self.patterns.time.finditer(self.text, low, high):
            place, kind, said = match.start(), match.lastgroup, match.group()
            if kind == "year":
                if self.year is None or int(said[:4]) <= self.year:
                    yield place, said[:4], False
                elif self._is_coming(match):
                    self.coming.append(place)
                # 较2022年的98件增长12.2%，…: what is compared with is named for its clause only.
                stop = self.patterns.clause.search(self.text, place) if self.text[place - 1] in "较比与同" else None
                if stop:
                    yield stop.start(), self.period, False
            elif kind == "cumulative":
                # 2015年以来 in a report of 2015 is this year.
                current = said.endswith("以来") and said[:4] == self.period
                yield place, self.period if current else None, not current
            elif kind == "coming":
                self.coming.append(place)
            elif kind == "previous":
                yield place, str(self.year - 1) if self.year else None, False
            else:
                yield place, self.period, False

    def _is_coming(self, year: re.Match[str]) -> bool:
        """Whether a year after the report's is what figures are planned for: no date, and no 结转至2026年."""
        before, after = self.text[year.start() - 1], self.text[year.end() : year.end() + 1]
        return before not in "转至到入前-—－" and not after.isdecimal()
