"""`export`: a table of a corpus as a file for a spreadsheet, a statistics program or another program."""

from __future__ import annotations

import argparse

from zhgovtext.cli.options import Command, add_language_option
from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import say


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="what zhgovtext batch wrote")
    parser.add_argument(
        "-o",
        dest="output",
        required=True,
        metavar="FILE",
        help="the file to write; its suffix says how: .xlsx .csv .parquet .dta .json",
    )
    parser.add_argument(
        "--table",
        default="panel",
        metavar="NAME",
        help="panel (a row an agency, year and scope), or facts, sentences, reports ...",
    )
    parser.add_argument(
        "--where", metavar="SQL", help="only rows that fit, such as: \"year >= 2019 AND level = 'county'\""
    )
    parser.add_argument(
        "--frame", metavar="AGENCIES.csv", help="who should have reported (agency, year): the panel has a row for each"
    )
    parser.add_argument("--no-bom", dest="bom", action="store_false", help="CSV for programs, not for Excel")
    add_language_option(parser)


def _export(options: argparse.Namespace) -> int:
    from zhgovtext.exports import export

    count = export(
        options.store,
        options.output,
        table=options.table,
        where=options.where,
        frame=options.frame,
        lang=options.lang,
        bom=options.bom,
    )
    say(load_texts(options.lang)["exported"].format(n=count, table=options.table, file=options.output))
    return 0


EXPORT_COMMANDS = {
    "export": Command("a table of a corpus for Excel, Stata, R or a program", _add_export_options, _export)
}
