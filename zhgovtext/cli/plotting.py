"""`plot`: a figure for a paper, of reports or of a store."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zhgovtext.cli.options import (
    Command,
    add_coding_options,
    add_context_option,
    add_language_option,
    add_probability_option,
    count,
    report_reader,
)
from zhgovtext.cli.writing import complain, say
from zhgovtext.errors import InputError, OptionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zhgovtext.keyness import Keyword
    from zhgovtext.report import Report
    from zhgovtext.stored import StoredReport
    from zhgovtext.trends import Point

KINDS = ("shares", "balance", "keyness", "trend")
BY = ("agency", "year", "level")
# The first bytes of a DuckDB file are a checksum; its name stands behind them.
_STORE = slice(8, 12), b"DUCK"


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="reports, or the store of a corpus (zhgovtext batch)")
    parser.add_argument(
        "-o",
        dest="output",
        required=True,
        metavar="FIGURE.svg",
        help="the figure to write; its name ends in .svg or .png",
    )
    parser.add_argument(
        "--kind",
        choices=KINDS,
        default="shares",
        help="shares of the categories (the default), balance of interpretation against news, key terms (of a report "
        "against others of its kind; of several the first against the rest), or a trend over the years",
    )
    parser.add_argument("--by", choices=BY, help="put reports together: by agency, year or level of government")
    series = parser.add_argument_group("what a trend is of (the balance, if nothing is said; may be repeated)")
    series.add_argument("--indicator", action="append", default=[], metavar="CODE", help="a figure: request.received …")
    series.add_argument("--term", action="append", default=[], metavar="TERM", help="a term, in a thousand characters")
    series.add_argument("--category", action="append", default=[], metavar="CODE", help="the share of a category")
    parser.add_argument("-n", type=count, default=20, metavar="N", help="number of key terms (20)")
    parser.add_argument("--title", default="", metavar="TEXT", help="a title; by default that of a single report")
    parser.add_argument("--font", metavar="FONT", help="the font, by its file or family; else a Chinese one is found")
    add_coding_options(parser)
    add_context_option(parser)
    add_probability_option(parser)
    add_language_option(parser)


def _run(options: argparse.Namespace) -> int:
    """Read what there is, draw, write; 1 when some report could not be read."""
    from zhgovtext.labels import LANGUAGES, load_labels
    from zhgovtext.plots import save_figure
    from zhgovtext.resources import data_path

    _check(options)
    stores = [file for file in options.files if file != "-" and _is_store(Path(file))]
    if stores and len(options.files) > 1:
        raise OptionError("files", "a store stands alone", path=stores[0], hint="give one store, or reports")
    failures: list[InputError] = []
    figure = _of_store(stores[0], options) if stores else _of_reports(options, failures)
    if figure is not None:
        save_figure(figure, options.output)
        said = load_labels(data_path("plots", "labels.tsv"))["written"][LANGUAGES.index(options.lang)]
        size = Path(options.output).stat().st_size
        say(said.format(file=options.output, kilobytes=-(-size // 1024)))
    return 1 if failures else 0


def _check(options: argparse.Namespace) -> None:
    """What is wrong with the options is told before anything is read."""
    from zhgovtext.plots import check_figure

    check_figure(options.output)
    output = Path(options.output)
    if any(file != "-" and output.exists() and Path(file).exists() and output.samefile(file) for file in options.files):
        raise OptionError(
            "output", f"{options.output} is one of the files to read", hint="give the figure another name"
        )
    series = [name for name in ("indicator", "term", "category") if getattr(options, name)]
    if series and options.kind != "trend":
        raise OptionError(series[0], f"--{series[0]} is of a trend", hint="add --kind trend")
    if len(series) > 1:
        given = " and ".join(f"--{name}" for name in series)
        raise OptionError("series", f"{given} have no scale in common", hint="make a figure of each")
    if options.by and options.kind in ("keyness", "trend"):
        raise OptionError("by", f"--by does not go with --kind {options.kind}", hint="leave it out")


def _is_store(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            place, name = _STORE
            return file.read(place.stop)[place] == name
    except OSError:
        # What is wrong with the file is told where it is read.
        return False


# Reports --------------------------------------------------------------------------------------------------------------


def _of_reports(options: argparse.Namespace, failures: list[InputError]) -> Figure | None:
    reports = _read(options, failures)
    if not reports:
        return None
    from zhgovtext.plots import name_report, plot_balance, plot_shares

    common: dict[str, Any] = {"language": options.lang, "font": options.font, "title": options.title}
    if len(reports) == 1 and options.kind in ("shares", "keyness"):
        common["title"] = options.title or name_report(reports[0], options.lang)
    if options.kind == "trend":
        return _trend(reports, options, common)
    if options.kind == "keyness":
        return _keyness(reports, options, common)
    if options.kind == "balance":
        from zhgovtext.balances import balance_by

        return plot_balance(balance_by(reports, by=options.by) if options.by else _named(reports, options), **common)
    return plot_shares(_shares(reports, options), **common)


def _read(options: argparse.Namespace, failures: list[InputError]) -> list[Report]:
    read = report_reader(options)
    reports = []
    for file in options.files:
        try:
            reports.append(read(file))
        except InputError as error:
            complain(error)
            failures.append(error)
    return reports


def _shares(reports: Sequence[Report], options: argparse.Namespace) -> Any:
    if options.by:
        return _grouped(reports, options)
    if len(reports) == 1:
        return reports[0]
    return {name: report.category_shares(language=options.lang) for name, report in _unlike(reports, options).items()}


def _grouped(reports: Iterable[Report | StoredReport], options: argparse.Namespace) -> dict[str, Any]:
    from zhgovtext.groups import group_shares
    from zhgovtext.plots import name_group

    found = group_shares(reports, by=options.by, language=options.lang)
    return {name_group(options.by, group, options.lang): shares for group, shares in found.items()}


def _named(reports: Sequence[Report], options: argparse.Namespace) -> dict[str, Any]:
    return {name: report.balance for name, report in _unlike(reports, options).items()}


def _unlike(reports: Sequence[Report], options: argparse.Namespace) -> dict[str, Report]:
    """The reports by names that tell them apart."""
    from zhgovtext.plots import name_report

    named: dict[str, Report] = {}
    for report in reports:
        name = name_report(report, options.lang)
        for other in (name, f"{name} {report.document.name}", f"{name} {len(named) + 1}"):
            if other not in named:
                named[other] = report
                break
    return named


def _keyness(reports: Sequence[Report], options: argparse.Namespace, common: Mapping[str, Any]) -> Figure:
    from zhgovtext.keyness import make_reference
    from zhgovtext.plots import name_rest, plot_keyness

    first, *rest = reports
    if not rest:
        return plot_keyness(first.keywords(options.n), **common)
    from zhgovtext.keyness import find_keywords

    names = list(_unlike(reports, options))
    target = first.keywords(options.n, reference=make_reference(rest))
    others: list[Keyword]
    if len(rest) == 1:
        others = rest[0].keywords(options.n, reference=make_reference([first]))
    else:
        words = [word for report in rest for word in (*report.words, "\n")]
        others = find_keywords(words, n=options.n, reference=make_reference([first]))
    other = names[1] if len(rest) == 1 else name_rest(len(rest), options.lang)
    return plot_keyness({names[0]: target, other: others}, **common)


def _trend(
    reports: Sequence[Report] | Sequence[StoredReport], options: argparse.Namespace, common: Mapping[str, Any]
) -> Figure:
    from zhgovtext.indicators import load_indicators
    from zhgovtext.plots import name_series, plot_trend
    from zhgovtext.trends import trend

    # A report of a store has what a trend asks of a report.
    given = cast("Sequence[Report]", reports)
    series: dict[str, list[Point]] = {}
    for kind in ("indicator", "term", "category"):
        for value in getattr(options, kind):
            chosen: dict[str, Any] = {kind: value}
            series[name_series(kind, value, options.lang)] = trend(given, **chosen)
    if not series:
        series[name_series("balance", "", options.lang)] = trend(given, balance=True)
    units = {load_indicators().by_code[code].unit for code in options.indicator}
    return plot_trend(series, unit=units.pop() if len(units) == 1 else "", **common)


# Stores ---------------------------------------------------------------------------------------------------------------


def _of_store(path: str, options: argparse.Namespace) -> Figure:
    if options.model or options.codebook or not options.context or options.min_probability:
        problem = "a store is coded already: --model, --codebook, --no-context and --min-probability are of reports"
        raise OptionError("files", problem, path=path, hint="leave them out, or give them to zhgovtext batch")
    if options.kind == "keyness":
        hint = "give the reports themselves"
        raise OptionError("kind", "key terms are of reports, not of a store", path=path, hint=hint)
    from zhgovtext.corpus import open_corpus
    from zhgovtext.groups import group_balance
    from zhgovtext.plots import plot_balance, plot_shares
    from zhgovtext.stored import stored_reports

    common: dict[str, Any] = {"language": options.lang, "font": options.font, "title": options.title}
    options.by = options.by or "year"
    with ExitStack() as stack:
        reports = stored_reports(stack.enter_context(open_corpus(path)))
        if options.kind == "trend":
            return _trend(list(reports), options, common)
        if options.kind == "balance":
            return plot_balance(group_balance(reports, by=options.by), **common)
        return plot_shares(_grouped(reports, options), **common)


PLOT_COMMANDS = {
    "plot": Command("a figure for a paper: shares, balance, key terms, trends", _add_options, _run),
}
