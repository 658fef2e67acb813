"""Small pictures as SVG inside a page: lines over years, bars, histograms. Nothing in them but numbers and years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markupsafe import Markup

# In units of the picture.
_WIDE, _HIGH = 320, 132
_LEFT, _RIGHT, _TOP, _FOOT = 46, 12, 12, 20
# Years are written so far apart.
_APART = 34
_SPARK = (84, 20)


class Point(NamedTuple):
    """A year of a line: its value, and the borders of the band around it; null where there is none."""

    year: int
    value: float | None
    low: float | None = None
    high: float | None = None


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which a `part` of the sorted `values` lies, between two neighbours by how near it is.

    >>> quantile([1, 2, 3, 10], 0.5), quantile([1, 2, 3, 10], 0.25)
    (2.5, 1.75)
    """
    place = part * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def write_number(value: float, *, percent: bool = False) -> str:
    """A number as a picture or a cell shows it.

    >>> write_number(1234.5), write_number(1234567), write_number(3), write_number(0.125, percent=True)
    ('1,234.5', '1,234,567', '3', '12.5%')
    """
    if percent:
        return f"{value:.1%}"
    return f"{round(value):,}" if abs(value) >= 10_000 else f"{round(value, 1):,}".removesuffix(".0")


def draw_line(points: Sequence[Point], *, percent: bool = False, borders: Sequence[int] = ()) -> Markup:
    """A line over years from 0 up, with the band of its values, dashed over years without a value; `borders` are years
    with which rules changed."""
    from markupsafe import Markup

    known = [point for point in points if point.value is not None]
    if not known:
        return Markup("")
    most = max(number for point in known for number in (point.value, point.high) if number is not None) or 1.0
    first, last = points[0].year, points[-1].year
    scale = _Scale(first, last, most)
    parts = [f'<svg class="line" viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" aria-hidden="true">']
    parts += scale.frame(percent, [year for year in borders if first < year <= last])
    runs = list(_runs(points))
    for before, after in pairwise(runs):
        parts.append(f'<polyline class="gap" points="{scale.path([before[-1], after[0]])}"/>')
    for run in runs:
        parts += scale.run(run)
    for point in known:
        said = f"{point.year}: {write_number(point.value or 0.0, percent=percent)}"
        x, y = scale.x(point.year), scale.y(point.value or 0.0)
        parts.append(f'<circle cx="{x}" cy="{y}" r="2.6"><title>{said}</title></circle>')
    return Markup("".join([*parts, "</svg>"]))


class _Scale:
    """From years and values to places in the picture."""

    def __init__(self, first: int, last: int, most: float) -> None:
        self._first, self._last, self._most = first, last, most
        self._step = (_WIDE - _LEFT - _RIGHT) / max(last - first, 1)

    def x(self, year: int) -> float:
        middle = (_WIDE - _LEFT - _RIGHT) / 2 if self._first == self._last else 0.0
        return round(_LEFT + middle + (year - self._first) * self._step, 1)

    def y(self, value: float) -> float:
        return round(_HIGH - _FOOT - value / self._most * (_HIGH - _TOP - _FOOT), 1)

    def frame(self, percent: bool, borders: Sequence[int]) -> Iterator[str]:
        for value in (0.0, self._most):
            yield f'<line class="axis" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{self.y(value)}" y2="{self.y(value)}"/>'
            shown = write_number(value, percent=percent)
            yield f'<text class="y" x="{_LEFT - 5}" y="{self.y(value) + 4}">{shown}</text>'
        for year in borders:
            x = round(self.x(year) - self._step / 2, 1)
            yield f'<line class="border" x1="{x}" x2="{x}" y1="{_TOP}" y2="{_HIGH - _FOOT}"/>'
        every = max(1, ceil(_APART / self._step))
        for year in range(self._first, self._last + 1, every):
            yield f'<text class="x" x="{self.x(year)}" y="{_HIGH - 5}">{year}</text>'

    def run(self, run: Sequence[Point]) -> Iterator[str]:
        if len(run) < 2:
            return
        band = [(point.year, point.low, point.high) for point in run]
        upper = [(year, high) for year, _, high in band if high is not None]
        lower = [(year, low) for year, low, _ in reversed(band) if low is not None]
        if upper and lower:
            yield f'<polygon points="{self._path([*upper, *lower])}"/>'
        yield f'<polyline points="{self.path(run)}"/>'

    def path(self, points: Sequence[Point]) -> str:
        return self._path([(point.year, point.value or 0.0) for point in points])

    def _path(self, places: Sequence[tuple[int, float]]) -> str:
        return " ".join(f"{self.x(year)},{self.y(value)}" for year, value in places)


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Stretches of years that follow each other and have a value."""
    run: list[Point] = []
    for point in points:
        if run and (point.value is None or point.year != run[-1].year + 1):
            yield run
            run = []
        if point.value is not None:
            run.append(point)
    if run:
        yield run


def draw_spark(points: Sequence[Point]) -> Markup:
    """A line without axes, from 0 up; empty for less than two values.

    >>> draw_spark([Point(2020, 1), Point(2021, None)])
    Markup('')
    """
    from markupsafe import Markup

    known = [point.value for point in points if point.value is not None]
    if len(known) < 2:
        return Markup("")
    wide, high = _SPARK
    first, span = points[0].year, max(points[-1].year - points[0].year, 1)
    most = max(known) or 1.0

    def place(point: Point) -> tuple[float, float]:
        x = 3 + (point.year - first) / span * (wide - 6)
        return round(x, 1), round(high - 3 - (point.value or 0.0) / most * (high - 6), 1)

    places = [[place(point) for point in run] for run in _runs(points)]
    parts = [_polyline([before[-1], after[0]], ' class="gap"') for before, after in pairwise(places)]
    for run in places:
        parts.append(_polyline(run))
        parts += [f'<circle cx="{x}" cy="{y}" r="1.6"/>' for x, y in run]
    return Markup(f'<svg class="spark" width="{wide}" height="{high}" aria-hidden="true">{"".join(parts)}</svg>')


def _polyline(places: Sequence[tuple[float, float]], kind: str = "") -> str:
    path = " ".join(f"{x},{y}" for x, y in places)
    return f'<polyline{kind} points="{path}"/>'


def draw_bar(share: float | None, low: float | None, high: float | None, most: float) -> Markup:
    """A bar as long as its share of `most`, with its interval where there is one."""
    from markupsafe import Markup

    if share is None:
        return Markup("")

    def at(value: float) -> str:
        return f"{round(100 * min(value / most, 1.0), 1) if most else 0}%"

    parts = [f'<rect y="3" height="8" width="{at(share)}"/>']
    if low is not None and high is not None:
        parts.append(f'<line x1="{at(low)}" x2="{at(high)}" y1="7" y2="7"/>')
    return Markup(f'<svg class="mini" width="100%" height="14" aria-hidden="true">{"".join(parts)}</svg>')


def draw_histogram(counts: Sequence[tuple[str, int]]) -> Markup:
    """Columns of counts above what each is the count of (digits and signs, nothing that a stranger wrote)."""
    from markupsafe import Markup, escape

    most = max((count for _, count in counts), default=0) or 1
    step = (_WIDE - 8) / max(len(counts), 1)
    parts = [f'<svg class="histogram" viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" aria-hidden="true">']
    for at, (name, count) in enumerate(counts):
        tall = round(count / most * (_HIGH - 2 * _FOOT), 1)
        x, y = 4 + at * step, round(_HIGH - _FOOT - tall, 1)
        middle = round(x + step / 2, 1)
        parts.append(f'<rect x="{round(x + 1, 1)}" y="{y}" width="{round(step - 2, 1)}" height="{tall}"/>')
        parts.append(f'<text x="{middle}" y="{_HIGH - 5}">{escape(name)}</text>')
        if count:
            parts.append(f'<text x="{middle}" y="{y - 3}">{count}</text>')
    return Markup("".join([*parts, "</svg>"]))
