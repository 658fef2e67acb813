"""What figures are drawn with: matplotlib's `Figure` without pyplot, one font for all its text, and files of one figure
that are the same bytes each time."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from zhgovtext import __version__
from zhgovtext.errors import OptionError
from zhgovtext.files import write_whole
from zhgovtext.fonts import find_font

INK = "#1c2430"
PALE = "#5f6875"
LINE = "#d5d9df"
# Sizes of text in points, for a page of a paper.
LABEL, SMALL, TITLE = 8.5, 7.5, 10.0
FORMATS = ("svg", "png")
# A line dark enough on white and, by its rim, on a dark bar.
RIM = [withStroke(linewidth=2.6, foreground="white")]

_DPI = 300
_MOST_DPI = 2400
_SHOWN_DPI = 110
_LINES = 2


class Chart(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        return image(self, "png", dpi=_SHOWN_DPI)


def new_chart(width: float, height: float, *, rows: int = 1, columns: int = 1) -> tuple[Chart, list[Axes]]:
    """A figure of so many inches and its axes, row after row, which share their scales."""
    chart = Chart(figsize=(width, height), layout="constrained", facecolor="white")
    grid = chart.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    return chart, [axes for row in grid for axes in row]


def figure_of(axes: Axes) -> Figure:
    """The figure that axes stand in, or a part of it does."""
    figure = axes.figure
    while not isinstance(figure, Figure):
        figure = figure.figure
    return figure


def frame(axes: Axes, *, upright: bool = True) -> None:
    """The plain look: no box, faint lines along the scale of values."""
    axes.set_facecolor("none")
    for side, spine in axes.spines.items():
        spine.set_visible(side == ("left" if upright else "bottom"))
        spine.set_color(PALE)
        spine.set_linewidth(0.8)
    axes.grid(False)
    axes.grid(True, axis="x" if upright else "y", color=LINE, linewidth=0.6, linestyle="-")
    axes.set_axisbelow(True)
    axes.tick_params(length=0 if upright else 3, color=PALE, labelcolor=INK, labelsize=LABEL)


def scale(
    axes: Axes, most: float, *, along: str = "x", least: float = 0.0, percent: bool = False, bins: int = 6,
    margin: float = 0.0, factor: float = 1.0,
) -> None:  # fmt: skip
    """Ticks that stand still, so that their labels keep the figure's font, and limits around the values; none in the
    last part, `margin`, of the scale. `factor` is what one of the unit told is of the values."""
    span = most - least or 1.0
    ticks = list(map(float, MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]).tick_values(least, least + span)))
    step = ticks[1] - ticks[0]
    shown = [tick for tick in ticks if least - 1e-9 <= tick <= least + span * (1.0001 - margin)]
    places = 1 if percent and step * 100 % 1 > 1e-6 else 0
    labels = [f"{tick:.{places}%}" if percent else _number(tick / factor, step / factor) for tick in shown]
    if along == "x":
        axes.set_xticks(shown, labels)
        axes.set_xlim(least, least + span)
    else:
        axes.set_yticks(shown, labels)
        axes.set_ylim(least, least + span)


def _number(value: float, step: float) -> str:
    places = 0
    while places < 6 and abs(step - round(step, places)) > step * 1e-6:
        places += 1
    return "0" if abs(value) < step / 2 else f"{value:,.{places}f}"


def wrap(label: str, width: int, *, lines: int = _LINES) -> str:
    """A label in so many lines of a width in half characters at most, the rest cut off; what does not show is left out.

    >>> wrap("制度与信息管理办公室", 10, lines=2)
    '制度与信息\\n管理办公室'
    >>> wrap("Rules and information management", 16)
    'Rules and\\ninformation man…'
    """
    rest = " ".join("".join(char if char.isprintable() else " " for char in label).split())
    found: list[str] = []
    while rest and len(found) < lines:
        last = len(found) == lines - 1
        size = _fitting(rest, width)
        if size < len(rest) and last:
            found.append(rest[: _fitting(rest, width - 1)] + "…")
            break
        space = rest.rfind(" ", 0, size + 1)
        size = space if size < len(rest) and space > 0 else size
        found.append(rest[:size])
        rest = rest[size:].lstrip()
    return "\n".join(found)


def _fitting(text: str, width: int) -> int:
    taken = 0
    for at, char in enumerate(text):
        taken += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if taken > width:
            return max(at, 1)
    return len(text)


def finish(artists: Iterable[Artist], font: str | Path | None) -> None:
    """One font for all text of these artists, that has each of its characters. A dollar sign is a dollar sign."""
    texts = [text for artist in artists for text in artist.findobj(Text) if isinstance(text, Text)]
    face = find_font({char for text in texts for char in text.get_text()}, font)
    for text in texts:
        text.set_fontproperties(face.properties(float(text.get_fontsize())))
        text.set_parse_math(False)
        text.set_usetex(False)


def settle(chart: Figure) -> None:
    """Lay a figure out, once: each time that it is drawn the layout would move a little."""
    chart.draw_without_rendering()
    chart.set_layout_engine("none")


def image(figure: Figure, kind: str, *, dpi: float = _DPI) -> bytes:
    """A figure as SVG (its text as outlines, which show everywhere) or PNG. `OptionError` for a resolution that no
    picture has."""
    if not 1 <= dpi <= _MOST_DPI:
        raise OptionError("dpi", f"{dpi} dots an inch were asked for", hint=f"choose 1 to {_MOST_DPI}")
    about: dict[str, str | None] = {"Creator": f"zhgovtext {__version__}", "Date": None}
    with rc_context({"svg.hashsalt": "zhgovtext", "svg.fonttype": "path", "savefig.bbox": "standard"}):
        stream = io.BytesIO()
        metadata = about if kind == "svg" else {"Software": about["Creator"]}
        figure.savefig(stream, format=kind, dpi=dpi, metadata=metadata, facecolor=figure.get_facecolor())
    return stream.getvalue()


def format_of(path: str | Path) -> str:
    """``svg`` or ``png``, by the name of a file; `OptionError` for another name."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise OptionError("output", f"{path} is no name of a figure", hint="end it with .svg or .png")
    return kind


def save(figure: Figure, path: str | Path, *, dpi: float = _DPI) -> int:
    """Write a figure, whole or not at all, and say of how many bytes."""
    data = image(figure, format_of(path), dpi=dpi)
    write_whole(path, data)
    return len(data)


def segments(years: Sequence[int], values: Sequence[float | None]) -> list[list[int]]:
    """Places of values in years that follow each other: lines are drawn over no gap.

    >>> segments([2018, 2019, 2021, 2022], [1.0, 2.0, None, 3.0])
    [[0, 1], [3]]
    """
    found: list[list[int]] = []
    for at, value in enumerate(values):
        if value is None:
            continue
        if found and found[-1][-1] == at - 1 and years[at] == years[at - 1] + 1:
            found[-1].append(at)
        else:
            found.append([at])
    return found
