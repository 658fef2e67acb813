"""`report`: a report as one page to look at, a corpus as a folder of pages."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from zhgovtext.cli.batching import Bar
from zhgovtext.cli.options import (
    Command,
    add_coding_options,
    add_context_option,
    add_language_option,
    add_probability_option,
    report_reader,
)
from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import prepare_streams, say, visible
from zhgovtext.errors import OptionError

# The first bytes of a DuckDB file are a checksum; its name stands behind them.
_STORE = slice(8, 12), b"DUCK"


def _add_page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a report, - for standard input, or a store of many reports")
    parser.add_argument(
        "-o",
        dest="output",
        required=True,
        metavar="PAGE.html",
        help="the page to write, - for standard output; of a store a folder of pages",
    )
    add_coding_options(parser)
    add_context_option(parser)
    add_probability_option(parser)
    add_language_option(parser)


def _run(options: argparse.Namespace) -> int:
    return _site(options) if options.file != "-" and _is_corpus(Path(options.file)) else _page(options)


def _page(options: argparse.Namespace) -> int:
    from zhgovtext.labels import LANGUAGES, load_labels
    from zhgovtext.page import write_page

    if "-" not in (options.file, options.output) and _is_same(Path(options.file), Path(options.output)):
        raise OptionError("output", f"{options.output} is the report itself", hint="give the page another name")
    page = report_reader(options)(options.file).to_html(language=options.lang)
    if options.output == "-":
        prepare_streams("html")
        sys.stdout.write(visible(page, sys.stdout))
        return 0
    write_page(page, options.output)
    said = load_labels()["written"][LANGUAGES.index(options.lang)]
    say(said.format(file=options.output, kilobytes=-(-len(page.encode()) // 1024)))
    return 0


def _site(options: argparse.Namespace) -> int:
    from zhgovtext.corpus import open_corpus
    from zhgovtext.labels import LANGUAGES, load_labels
    from zhgovtext.site import write_site

    _check_site_options(options)
    bar = Bar(load_texts(options.lang))
    try:
        with open_corpus(options.file) as corpus:
            written = write_site(
                corpus,
                options.output,
                language=options.lang,
                watch=lambda done, total: bar.watch(done, total, None),
            )
    finally:
        bar.clear()
    said = load_labels()["site.written"][LANGUAGES.index(options.lang)]
    say(said.format(folder=options.output, pages=written.pages, reports=written.reports, removed=written.removed))
    return 0


def _check_site_options(options: argparse.Namespace) -> None:
    """Raises `OptionError` for what goes with a single report only."""
    if options.output == "-" or options.output.lower().endswith((".html", ".htm")):
        hint = "give a folder: -o site"
        raise OptionError("output", f"{options.file} is a store: its pages are a folder", hint=hint)
    if options.codebook or options.model or not options.context or options.min_probability:
        problem = "the reports of a store are coded already"
        raise OptionError("store", problem, path=options.file, hint="give these options to zhgovtext batch")


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _is_corpus(path: Path) -> bool:
    if path.is_dir():
        from zhgovtext.dataset import is_dataset

        return is_dataset(path)
    try:
        with path.open("rb") as file:
            place, name = _STORE
            return file.read(place.stop)[place] == name
    except OSError:
        # What is wrong with the file is told where it is read.
        return False


PAGE_COMMANDS = {"report": Command("a page to look at: text, categories, figures, checks", _add_page_options, _run)}
