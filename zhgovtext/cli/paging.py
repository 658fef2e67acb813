"""`report`: a report as one page to look at."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from zhgovtext.cli.options import (
    Command,
    add_coding_options,
    add_context_option,
    add_language_option,
    add_probability_option,
    report_reader,
)
from zhgovtext.cli.writing import prepare_streams
from zhgovtext.errors import InputError, OptionError

# The first bytes of a DuckDB file are a checksum; its name stands behind them.
_STORE = slice(8, 12), b"DUCK"


def _add_page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a report, or - for standard input")
    parser.add_argument(
        "-o", dest="output", required=True, metavar="PAGE.html", help="the page to write, or - for standard output"
    )
    add_coding_options(parser)
    add_context_option(parser)
    add_probability_option(parser)
    add_language_option(parser)


def _page(options: argparse.Namespace) -> int:
    from zhgovtext.page import LANGUAGES, load_labels, write_page

    if options.file != "-" and _is_store(Path(options.file)):
        hint = "give a report; zhgovtext export writes tables of a store"
        raise InputError("store", "is a store of a corpus, not a report", path=options.file, hint=hint)
    if "-" not in (options.file, options.output) and _is_same(Path(options.file), Path(options.output)):
        raise OptionError("output", f"{options.output} is the report itself", hint="give the page another name")
    page = report_reader(options)(options.file).to_html(language=options.lang)
    if options.output == "-":
        prepare_streams("html")
        sys.stdout.write(page)
        return 0
    write_page(page, options.output)
    said = load_labels()["written"][LANGUAGES.index(options.lang)]
    print(said.format(file=options.output, kilobytes=-(-len(page.encode()) // 1024)))
    return 0


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _is_store(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            place, name = _STORE
            return file.read(place.stop)[place] == name
    except OSError:
        # What is wrong with the file is told where it is read.
        return False


PAGE_COMMANDS = {"report": Command("a page to look at: text, categories, figures, checks", _add_page_options, _page)}
