"""Figures for papers: shares of categories, the balance, trends and key terms, with their intervals.

Each function takes what the package's own functions return and gives a `matplotlib.figure.Figure`; pyplot and its state
are left alone. What a figure says does not rest on colour: rows are named, series differ in mark and dashes. All its
text is in one font that has every character of it (`font`: a font file or family), or there is no figure but an error.
With `ax` a plot is drawn into axes of yours. `language` is that of what a figure says itself, ``zh`` or ``en``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zhgovtext.codebook import load_codebook
from zhgovtext.comparison import Comparison
from zhgovtext.errors import InputError, OptionError
from zhgovtext.keyness import Keyword
from zhgovtext.labels import LANGUAGES, check_language, load_colours, load_indicator_names, load_labels
from zhgovtext.report import Report
from zhgovtext.resources import data_path
from zhgovtext.shares import Balance
from zhgovtext.trends import Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 6.3
_PANELS = 5
_MOST_PANELS = 30
_MOST_ROWS = 80
_MOST_TERMS = 80
# Half characters of a label beside an axis.
_LABEL = 30
# From ten of these on a scale counts in them: the factor, and the key of what it is called.
_LARGE = {
    "zh": ((1e8, "unit.yi"), (1e4, "unit.wan")),
    "en": ((1e9, "unit.billion"), (1e6, "unit.million")),
}
# Higher than so many times the highest value an interval is cut off, with an arrow, for the values to be seen.
_TALL = 2.0
_BLUE, _ORANGE = "#12356b", "#c0560b"
# Colour, mark and dashes of a series: those next to each other differ in lightness too.
_SERIES = (
    ("#12356b", "o", "-"),
    ("#c0560b", "s", "--"),
    ("#0b7f92", "^", "-."),
    ("#7a3ea0", "D", ":"),
    ("#3d3d3d", "v", (0, (6, 2))),
    ("#7d7d12", "P", (0, (3, 1, 1, 1))),
    ("#c02f6d", "X", (0, (1, 1))),
    ("#5f8fd0", "<", (0, (8, 3, 2, 3))),
)


class Shared(Protocol):
    """A category's share: a `CategoryShare`."""

    @property
    def category(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def share(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


class Weighed(Protocol):
    """The balance of a group: a `GroupBalance`, an `ItemBalance`, a `GroupShare`."""

    @property
    def by(self) -> str | None: ...
    @property
    def group(self) -> str | int | None: ...
    @property
    def naive(self) -> float | None: ...
    @property
    def adjusted(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def n(self) -> int: ...
    @property
    def few(self) -> bool: ...


Shares = Report | Comparison | Sequence[Shared] | Mapping[Any, Sequence[Shared]]
Balances = Report | Comparison | Sequence[Weighed] | Mapping[Any, Balance]


@dataclass(frozen=True, slots=True)
class _Bar:
    """A category's share in a group."""

    label: str
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A group's balance."""

    label: str
    naive: float | None
    adjusted: float | None
    low: float | None
    high: float | None
    n: int
    few: bool


# Shares ---------------------------------------------------------------------------------------------------------------


def plot_shares(
    data: Shares, *, language: str = "zh", title: str = "", font: str | Path | None = None, ax: Axes | None = None
) -> Figure:
    """Shares of the categories, a bar each with its interval, in the colours of the report's page.

    `data` is a report, its `category_shares`, groups of those by name, or a comparison; groups stand side by side, at
    most 30, only one in `ax`. `OptionError` for more, and for another language; `InputError` where no sentence is
    coded, where matplotlib is not installed, and where no font has the characters.

    >>> from zhgovtext import analyze_text
    >>> figure = plot_shares(analyze_text("一、概述\\n收到申请3件。"), language="en")
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()][:2]
    ['Open decision-making', 'Open execution']
    """
    _require_matplotlib()
    from zhgovtext import charts

    said = _said(language)
    groups = _share_groups(data, language)
    known = [bar.share for bars in groups.values() for bar in bars if bar.share is not None]
    if not known:
        raise InputError("empty", "there is no share to plot: no sentence is coded", hint="plot another report")
    if len(groups) > _MOST_PANELS or (ax is not None and len(groups) > 1):
        room = "1 into axes" if ax is not None else str(_MOST_PANELS)
        raise OptionError("groups", f"{len(groups)} groups were given, {room} at most", hint="plot fewer of them")
    size = max(map(len, groups.values()))
    columns = min(len(groups), _PANELS)
    rows = -(-len(groups) // columns)
    figure: Figure
    if ax is None:
        width = _WIDTH if columns < 3 else _WIDTH + 0.8 * (columns - 2)
        figure, places = charts.new_chart(width, rows * (0.6 + 0.225 * size) + 0.35, rows=rows, columns=columns)
    else:
        figure, places = charts.figure_of(ax), [ax]
    tops = [bar.high for bars in groups.values() for bar in bars if bar.high is not None]
    most = min(max([*known, *tops]), max(known) * _TALL) * (1.16 if columns == 1 else 1.04)
    for axes, (name, bars) in zip(places, groups.items(), strict=False):
        _draw_shares(axes, bars, most, columns)
        axes.set_title(charts.wrap(name, 60 if columns == 1 else 22), fontsize=charts.LABEL, color=charts.INK)
    for axes in places[len(groups) :]:
        axes.set_visible(False)
    for axes in places[max(0, len(groups) - columns) : len(groups)]:
        axes.tick_params(labelbottom=True)
    some = any(bar.low is not None for bars in groups.values() for bar in bars)
    return _finish(figure, ax, said["shares.axis.interval" if some else "shares.axis"], title, font)


def _draw_shares(axes: Axes, bars: Sequence[_Bar], most: float, columns: int) -> None:
    from zhgovtext import charts

    colours = load_colours()
    charts.frame(axes)
    for at, bar in enumerate(bars):
        if bar.share is None:
            continue
        axes.barh(at, bar.share, height=0.68, color=colours[at % len(colours)])
        end = bar.share
        if bar.low is not None and bar.high is not None:
            _draw_interval(axes, bar.low, bar.high, at, most)
            end = max(end, bar.high)
        if columns == 1:
            axes.text(end + most * 0.012, at, f"{bar.share:.1%}", va="center", fontsize=charts.SMALL, color=charts.INK)
    axes.set_yticks(range(len(bars)), [charts.wrap(bar.label, _LABEL) for bar in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    # Panels stand close: the last label of one would touch the first of the next.
    charts.scale(axes, most, percent=True, bins=6 if columns == 1 else 3, margin=0.0 if columns == 1 else 0.1)


def _draw_interval(axes: Axes, low: float, high: float, at: int, most: float) -> None:
    """A line with caps; one that leaves the scale ends in an arrow."""
    from zhgovtext import charts

    line: dict[str, Any] = {"color": charts.INK, "linewidth": 1.1, "path_effects": charts.RIM}
    axes.plot([low, min(high, most)], [at, at], **line)
    for edge in (low, high):
        if edge <= most:
            axes.plot([edge] * 2, [at - 0.17, at + 0.17], **line)
        else:
            axes.plot(most, at, ">", color=charts.INK, markersize=4, clip_on=False)


def _share_groups(data: Shares, language: str) -> dict[str, list[_Bar]]:
    if isinstance(data, Report):
        return {"": _bars(data.category_shares(language=language))}
    if isinstance(data, Comparison):
        return {
            name: [
                _Bar(row.label, row.cells[at].share, row.cells[at].low, row.cells[at].high) for row in data.categories
            ]
            for at, name in enumerate(_report_names(data, language))
        }
    if isinstance(data, Mapping):
        groups = {_key(name, language): _bars(shares) for name, shares in data.items()}
        if len({tuple(bar.label for bar in bars) for bars in groups.values()}) > 1:
            raise OptionError("groups", "the groups have different categories", hint="code them by one codebook")
        return groups or {"": []}
    return {"": _bars(data)}


def _key(name: object, language: str) -> str:
    return _said(language)["group.none"] if name is None else str(name)


def _bars(shares: Iterable[Shared]) -> list[_Bar]:
    return [_Bar(share.label, share.share, share.low, share.high) for share in shares]


def _report_names(data: Comparison, language: str) -> list[str]:
    """What tells the reports apart: their years, agencies or both, else their files."""
    years = [_year(report.year, language) for report in data.reports]
    agencies = [report.agency or "" for report in data.reports]
    for names in (
        years if len(set(agencies)) == 1 else agencies,
        [f"{agency} {year}".strip() for agency, year in zip(agencies, years, strict=True)],
        [report.name for report in data.reports],
    ):
        if all(names) and len(set(names)) == len(names):
            return names
    return [f"{at} {report.name}" for at, report in enumerate(data.reports, 1)]


def _year(year: int | None, language: str) -> str:
    return _said(language)["group.year"].format(year=year) if year else ""


# Balance --------------------------------------------------------------------------------------------------------------


def plot_balance(
    data: Balances, *, language: str = "zh", title: str = "", font: str | Path | None = None, ax: Axes | None = None
) -> Figure:
    """Interpretation among interpretation and news: a row a report or group, with the share as coded (hollow), the
    share that allows for the coder's error (full) and its interval, and how many clauses or items it is of.

    `data` is a report, a comparison, what `balance_by` or `weigh_item_groups` give, or balances by name; at most 80.
    Errors as of `plot_shares`.
    """
    _require_matplotlib()
    from zhgovtext import charts

    said = _said(language)
    rows = _balance_rows(data, language)
    if not any(row.n for row in rows):
        raise InputError("empty", "there is no balance to plot: no clause interprets policy or tells news")
    if len(rows) > _MOST_ROWS:
        raise OptionError("groups", f"{len(rows)} rows were given, {_MOST_ROWS} at most", hint="plot fewer of them")
    figure, axes = _one(ax, 0.3 * len(rows) + 1.15)
    charts.frame(axes)
    axes.axvline(0.5, color=charts.PALE, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
    for at, row in enumerate(rows):
        colour = charts.PALE if row.few else _BLUE
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [at, at], color=colour, linewidth=1.8, solid_capstyle="butt")
            for edge in (row.low, row.high):
                axes.plot([edge] * 2, [at - 0.14, at + 0.14], color=colour, linewidth=1.4)
        if row.adjusted is not None:
            axes.plot(row.adjusted, at, "o", color=colour, markersize=6, zorder=4)
        if row.naive is not None:
            axes.plot(
                row.naive, at, "D", color=colour, markerfacecolor="white", markersize=5, markeredgewidth=1.3, zorder=5
            )
        note = said["balance.few" if row.few and row.n else "balance.n"].format(n=row.n)
        axes.text(
            1.015, at, note, transform=axes.get_yaxis_transform(), va="center", fontsize=charts.SMALL, color=charts.INK
        )
    axes.set_yticks(range(len(rows)), [charts.wrap(row.label, _LABEL) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    charts.scale(axes, 1.0, percent=True)
    # Marks at the ends are drawn whole.
    axes.set_xlim(-0.015, 1.015)
    some = any(row.low is not None for row in rows)
    _legend_of_balance(axes, rows, said)
    return _finish(figure, ax, said["balance.axis.interval" if some else "balance.axis"], title, font)


def _legend_of_balance(axes: Axes, rows: Sequence[_Row], said: Mapping[str, str]) -> None:
    from zhgovtext import charts

    if any(row.adjusted is not None for row in rows):
        axes.plot([], [], "o", color=_BLUE, markersize=6, label=said["balance.adjusted"])
    axes.plot(
        [], [], "D", color=_BLUE, markerfacecolor="white", markersize=5, markeredgewidth=1.3,
        label=said["balance.naive"],
    )  # fmt: skip
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=charts.SMALL, borderaxespad=0.2,
        handletextpad=0.3,
    )  # fmt: skip


def _balance_rows(data: Balances, language: str) -> list[_Row]:
    if isinstance(data, Report):
        named: list[tuple[str, Balance | Weighed]] = [(name_report(data, language), data.balance)]
    elif isinstance(data, Comparison):
        cells = zip(_report_names(data, language), data.balance, strict=True)
        return [_Row(name, c.naive, c.adjusted, c.low, c.high, c.n, c.few) for name, c in cells]
    elif isinstance(data, Mapping):
        named = [(_key(name, language), balance) for name, balance in data.items()]
    else:
        named = [(name_group(group.by, group.group, language), group) for group in data]
    return [_Row(name, b.naive, b.adjusted, b.low, b.high, b.n, b.few) for name, b in named]


def name_report(report: Report, language: str = "zh") -> str:
    """The agency and year of a report, its file where there is neither."""
    return f"{report.meta.agency or ''} {_year(report.meta.year, language)}".strip() or report.document.name


def name_group(by: str | None, group: str | int | None, language: str = "zh") -> str:
    """What a group of reports is called in a figure.

    >>> name_group("year", 2021), name_group("level", "county", "en"), name_group(None, None, "en")
    ('2021 年', 'county', 'All')
    """
    said = _said(language)
    if by is None:
        return said["balance.all"]
    if group is None:
        return said["group.none"]
    if by == "year":
        return said["group.year"].format(year=group)
    if by == "level":
        pair = load_labels().get(f"level.{group}")
        return pair[LANGUAGES.index(language)] if pair else str(group)
    return str(group)


def name_rest(size: int, language: str = "zh") -> str:
    """What several reports are called that another one is held against."""
    return _said(language)["keyness.rest"].format(n=size)


def name_series(kind: str, value: str, language: str = "zh") -> str:
    """What a trend of an ``indicator``, ``category``, ``term`` or the ``balance`` is called; a category by the shipped
    codebook.

    >>> name_series("category", "news", "en"), name_series("term", "公开")
    ('Routine news', '公开')
    """
    if kind == "balance":
        return _said(language)["trend.balance"]
    if kind == "indicator":
        pair = load_indicator_names().get(value)
        return pair[LANGUAGES.index(language)] if pair else value
    if kind == "category":
        labels = {category.code: category.label(language) for category in load_codebook().categories}
        return labels.get(value, value)
    return value


# Trends ---------------------------------------------------------------------------------------------------------------


def plot_trend(
    data: Sequence[Point] | Mapping[Any, Sequence[Point]],
    *,
    language: str = "zh",
    title: str = "",
    unit: str = "",
    font: str | Path | None = None,
    ax: Axes | None = None,
) -> Figure:
    """What `trend` gives, or several such series by name (eight at most), over the years, with intervals.

    A line is drawn only from a year to the next one; points without a year are left out. Where the rules changed what
    is counted there is a dotted line. `unit` is that of a mean. Errors as of `plot_shares`, and `OptionError` for
    series of different measures, which have no scale in common.
    """
    _require_matplotlib()
    from zhgovtext import charts

    said = _said(language)
    named = (
        {str(name): list(points) for name, points in data.items()} if isinstance(data, Mapping) else {"": list(data)}
    )
    series = {name: [point for point in points if point.year] for name, points in named.items()}
    valued = [point for points in series.values() for point in points if point.value is not None]
    if not valued:
        raise InputError("empty", "there is no trend to plot: no year has a value")
    measures = sorted({point.measure for point in valued})
    if len(measures) > 1 or len(series) > len(_SERIES):
        problem = f"{len(series)} series of {', '.join(measures)}"
        raise OptionError("series", f"{problem} make no one figure", hint=f"give {len(_SERIES)} of one measure at most")
    figure, axes = _one(ax, 3.4)
    charts.frame(axes, upright=False)
    highest = max(point.value for point in valued if point.value is not None)
    tops = [point.high for point in valued if point.high is not None]
    share = measures == ["share"]
    most = min(max([highest, *tops]), highest * _TALL if highest else 1.0) * 1.06 or 1.0
    most = min(most, 1.0) if share else most
    for at, (name, points) in enumerate(series.items()):
        _draw_series(axes, points, most, name, at, len(series))
    years = sorted({point.year for point in valued if point.year})
    _draw_breaks(axes, series, years[0], said)
    step = -(-(years[-1] - years[0] + 1) // 14)
    shown = range(years[0], years[-1] + 1, step)
    axes.set_xticks(list(shown), [str(year) for year in shown])
    axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    factor, prefix = next((found for found in _LARGE[language] if most >= 10 * found[0]), (1.0, ""))
    charts.scale(axes, most, along="y", percent=share, factor=factor)
    told = said[prefix].format(unit=unit) if prefix else unit
    label = said["trend.mean.unit"].format(unit=told.strip()) if told and measures == ["mean"] else ""
    label = label or said[f"trend.{measures[0]}"]
    axes.set_ylabel(charts.wrap(label, 44), fontsize=charts.LABEL, color=charts.INK)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=charts.SMALL, borderaxespad=0.2
        )
    kinds = {point.interval for point in valued if point.interval}
    key = "trend.year" + ("" if not kinds else ".both" if len(kinds) > 1 else f".{kinds.pop()}")
    return _finish(figure, ax, said[key], title, font)


def _draw_series(axes: Axes, points: Sequence[Point], most: float, name: str, at: int, size: int) -> None:
    from zhgovtext import charts

    colour, mark, dashes = _SERIES[at]
    # Series stand a little beside each other, for their intervals to be told apart.
    shift = (at - (size - 1) / 2) * min(0.07, 0.4 / size)
    places = [(point.year or 0) + shift for point in points]
    values = [point.value for point in points]
    for run in charts.segments([point.year or 0 for point in points], values):
        axes.plot(
            [places[k] for k in run],
            [values[k] or 0.0 for k in run],
            color=colour,
            linestyle=dashes,
            linewidth=1.5,
            zorder=3,
        )
    for place, point in zip(places, points, strict=True):
        if point.value is None:
            continue
        if point.low is not None and point.high is not None:
            top = min(point.high, most)
            axes.plot([place, place], [point.low, top], color=colour, linewidth=1.0, zorder=2)
            cut = point.high > most
            edges = [(point.low, "_"), (top, "^" if cut else "_")]
            for edge, sign in edges:
                axes.plot(place, edge, sign, color=colour, markersize=5, markeredgewidth=1.0, zorder=2, clip_on=False)
        axes.plot(
            place,
            point.value,
            mark,
            color=colour,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=4,
        )
    if name:
        axes.plot([], [], mark, color=colour, linestyle=dashes, markersize=5.5, label=charts.wrap(name, 44, lines=1))


def _draw_breaks(axes: Axes, series: Mapping[str, Sequence[Point]], first: int, said: Mapping[str, str]) -> None:
    from zhgovtext import charts

    years = {point.year or 0 for points in series.values() for point in points if point.notes}
    for at, place in enumerate(year - 0.5 for year in sorted(years) if year > first):
        label = "" if at else said["trend.break"]
        axes.axvline(place, color=charts.PALE, linewidth=1.1, linestyle=(0, (1, 2)), zorder=1, label=label)


# Key terms ------------------------------------------------------------------------------------------------------------


def plot_keyness(
    data: Sequence[Keyword] | Mapping[Any, Sequence[Keyword]] | Comparison,
    *,
    language: str = "zh",
    title: str = "",
    font: str | Path | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Key terms of a text by their scores; of two texts held against each other, those of the first to the right and
    those of the second to the left.

    `data` is what `Report.keywords` gives, one or two such lists by name, or a comparison of two reports; 80 terms at
    most. Errors as of `plot_shares`, and `OptionError` for terms scored in different ways.
    """
    _require_matplotlib()
    from zhgovtext import charts

    said = _said(language)
    sides = _sides(data, language)
    terms = [keyword for words in sides.values() for keyword in words]
    if not terms:
        raise InputError("empty", "there is no term to plot: nothing is key")
    methods = {_method(keyword) for keyword in terms}
    if len(sides) > 2 or len(methods) > 1 or len(terms) > _MOST_TERMS:
        problem = f"{len(terms)} terms of {len(sides)} texts, scored in {len(methods)} ways, make no one figure"
        hint = f"give one text or two, {_MOST_TERMS} terms at most, all by one method"
        raise OptionError("keywords", problem, hint=hint)
    figure, axes = _one(ax, 0.215 * len(terms) + 1.1)
    charts.frame(axes)
    most = max(keyword.score for keyword in terms) or 1.0
    both = sum(map(bool, sides.values())) > 1
    at = 0
    for side, (name, words) in enumerate(sides.items()):
        for keyword in words:
            _draw_term(axes, keyword, at, most, side, both)
            at += 1
        if name and words:
            colour, hatch = _side(side)
            axes.barh(-1, 0, color=colour, hatch=hatch, edgecolor="white", label=charts.wrap(name, 40, lines=1))
    axes.set_yticks([] if both else range(len(terms)), [] if both else [keyword.term for keyword in terms])
    axes.set_ylim(len(terms) - 0.4, -0.6)
    _scale_terms(axes, most, sides)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=charts.SMALL, borderaxespad=0.2
        )
    return _finish(figure, ax, said[f"keyness.{methods.pop()}"], title, font)


def _sides(
    data: Sequence[Keyword] | Mapping[Any, Sequence[Keyword]] | Comparison, language: str
) -> dict[str, Sequence[Keyword]]:
    if isinstance(data, Comparison):
        names = _report_names(data, language)
        return {name: found.keywords for name, found in zip(names, data.keyness, strict=True)}
    if isinstance(data, Mapping):
        return {_key(name, language): words for name, words in data.items()}
    return {"": data}


def _method(keyword: Keyword) -> str:
    if keyword.log_likelihood is None:
        return "tfidf"
    return "g2" if keyword.score == keyword.log_likelihood else "ratio"


def _side(side: int) -> tuple[str, str | None]:
    return (_ORANGE, "////") if side else (_BLUE, None)


def _draw_term(axes: Axes, keyword: Keyword, at: int, most: float, side: int, both: bool) -> None:
    from zhgovtext import charts

    colour, hatch = _side(side)
    way = -1 if side else 1
    axes.barh(at, way * keyword.score, height=0.7, color=colour, hatch=hatch, edgecolor="white", linewidth=0)
    counts = str(keyword.count) if keyword.reference_count is None else f"{keyword.count} / {keyword.reference_count}"
    beyond, within = ("right", "left") if side else ("left", "right")
    gap = most * 0.015
    axes.text(way * (keyword.score + gap), at, counts, ha=beyond, va="center", fontsize=charts.SMALL, color=charts.PALE)
    if both:
        axes.text(-way * gap, at, keyword.term, ha=within, va="center", fontsize=charts.LABEL, color=charts.INK)


def _scale_terms(axes: Axes, most: float, sides: Mapping[str, Sequence[Keyword]]) -> None:
    from zhgovtext import charts

    places = [bool(words) for words in sides.values()]
    right, left = places[0], len(places) > 1 and places[1]
    reach = most * 1.18
    charts.scale(axes, reach if right else 0.0, least=-reach if left else 0.0, bins=8)
    if left:
        # Both sides count upwards from the middle.
        axes.set_xticks(axes.get_xticks(), [text.get_text().lstrip("-") for text in axes.get_xticklabels()])
        axes.set_xlim(-reach, reach if right else 0.0)
        axes.axvline(0, color=charts.PALE, linewidth=0.8)
        axes.spines["left"].set_visible(False)


# All of them ----------------------------------------------------------------------------------------------------------


def save_figure(figure: Figure, path: str | Path, *, dpi: float = 300) -> None:
    """Write a figure as SVG or PNG, by the name of the file; `dpi` is of PNG. The same figure makes the same bytes.

    Text in SVG is drawn as outlines, so that it shows where the font is not. `OptionError` for another name,
    `DataError` when it cannot be written.
    """
    _require_matplotlib()
    from zhgovtext.charts import save

    save(figure, path, dpi=dpi)


def check_figure(path: str | Path) -> None:
    """Whether figures can be drawn, and written under this name: `InputError` without matplotlib, `OptionError` where
    the name does not say SVG or PNG."""
    _require_matplotlib()
    from zhgovtext.charts import format_of

    format_of(path)


def _require_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        hint = 'install it: pip install "zhgovtext[plots]"'
        raise InputError("missing_package", "figures need matplotlib", hint=hint) from error


def _said(language: str) -> dict[str, str]:
    check_language(language)
    at = LANGUAGES.index(language)
    return {key: pair[at] for key, pair in load_labels(data_path("plots", "labels.tsv")).items()}


def _one(ax: Axes | None, height: float) -> tuple[Figure, Axes]:
    from zhgovtext import charts

    if ax is not None:
        return charts.figure_of(ax), ax
    figure, (axes,) = charts.new_chart(_WIDTH, height)
    return figure, axes


def _finish(figure: Figure, ax: Axes | None, label: str, title: str, font: str | Path | None) -> Figure:
    """The name of the scale, the title, and one font for all that was drawn."""
    from zhgovtext import charts

    if ax is None and len(figure.axes) > 1:
        figure.supxlabel(label, fontsize=charts.LABEL, color=charts.INK)
    else:
        (ax or figure.axes[0]).set_xlabel(label, fontsize=charts.LABEL, color=charts.INK)
    shown = charts.wrap(title, 70)
    if shown and ax is None:
        figure.suptitle(shown, fontsize=charts.TITLE, color=charts.INK)
    elif shown and ax is not None:
        ax.set_title(shown, fontsize=charts.TITLE, color=charts.INK)
    charts.finish([figure if ax is None else ax], font)
    if ax is None:
        charts.settle(figure)
    return figure
