"""What `balance` does beyond single reports: lists of published items, and corpora by agency, year or level."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from zhgovtext.cli.options import report_reader
from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import (
    Record,
    Results,
    Row,
    complain,
    say,
    table,
    write_csv,
    write_json,
    write_jsonl,
    write_tables,
)
from zhgovtext.errors import DataError, InputError, OptionError

if TYPE_CHECKING:
    from zhgovtext.balances import GroupBalance
    from zhgovtext.items import ItemBalance
    from zhgovtext.report import Report

Texts = Mapping[str, str]

_SHARE = ("naive", "adjusted", "low", "high", "n", "few", "reason")
_ITEM_COLUMNS = ("file", "by", "group", "interpretation", "news", "neither", "blank", *_SHARE)
_STATED = ("interpretation", "news", "channels", "proactive")
_GROUP_COLUMNS = (
    "by", "group", "reports", "agencies", "interpretation", "news", *_SHARE,
    *(f"{kind}_items" for kind in _STATED), *(f"{kind}_stated" for kind in (*_STATED, "both")), "item_share",
)  # fmt: skip
# Columns of the tables for people that are numbers.
_ITEM_NUMBERS = (1, 2, 3, 4, 5, 6)
_GROUP_NUMBERS = (1, 2, 3, 4, 5, 6, 7, 9, 10)


def add_grouping_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--text",
        metavar="COLUMN",
        help="the files are CSV or TSV lists of published items: the column of their titles",
    )
    parser.add_argument(
        "--by",
        metavar="GROUP",
        help="a row a group and one for all: agency, year or level of reports, or a column of a list of items",
    )


def balance_reader(options: argparse.Namespace) -> Callable[[str], Report]:
    """As `report_reader`; a table, whose titles would be read as a report's sentences, is refused."""
    read = report_reader(options)

    def open_(file: str) -> Report:
        if PurePath(file).suffix.lower() in (".csv", ".tsv"):
            from zhgovtext.readers import printable

            hint = "for a list of published items name the column of their titles: --text COLUMN"
            raise InputError("table", "is a table, not a report", path=printable(file), hint=hint)
        return read(file)

    return open_


# lists of items -------------------------------------------------------------------------------------------------------


def run_items(options: argparse.Namespace) -> int:
    """Read every list of items, write its balance; 1 when some list could not be read."""
    if options.model or options.codebook or not options.context or options.min_probability:
        problem = "titles have no categories: --model, --codebook, --no-context and --min-probability are of reports"
        raise OptionError("text", problem, hint="leave them out")
    from zhgovtext.content import load_content_coder

    # What is wrong with the model is told at once.
    load_content_coder()
    failed = False

    def results() -> Results:
        nonlocal failed
        from zhgovtext.items import load_items, weigh_item_groups
        from zhgovtext.readers import printable

        for file in options.files:
            name = "<stdin>" if file == "-" else printable(file)
            try:
                found = weigh_item_groups(load_items(file, options.text, by=options.by), by=options.by)
                yield name, (name, found), None
            except (InputError, DataError) as error:
                failed = True
                complain(error)
                yield name, None, error

    if options.format == "table":
        write_tables(results(), lambda result: _items_text(result[0], result[1], options.lang))
    elif options.format == "csv":
        write_csv(_ITEM_COLUMNS, _item_rows(results()))
    else:
        write = write_json if options.format == "json" else write_jsonl
        write(results(), lambda result: _items_record(result[0], result[1], options))
    return 1 if failed else 0


def _items_record(name: str, found: Sequence[ItemBalance], options: argparse.Namespace) -> Record:
    return {
        "schema": 1,
        "source": {"name": PurePath(name).name},
        "text": options.text,
        "by": options.by,
        "groups": [group.to_dict() for group in found],
    }


def _item_rows(results: Results) -> Iterator[Row]:
    for name, result, error in results:
        if error is None:
            for group in result[1]:
                yield {"file": name, **group.to_dict()}


def _items_text(name: str, found: Sequence[ItemBalance], language: str) -> str:
    texts, whole = load_texts(language), found[-1]
    header = (
        " ".join((found[0].by or "").split()),
        texts["interpretation"],
        texts["news"],
        texts["neither"],
        texts["cmp_counted"],
        texts["cmp_adjusted"],
        "n",
        "",
    )
    rows = [
        (
            _name(group, texts),
            str(group.interpretation),
            str(group.news),
            str(group.neither),
            *_share_cells(group, texts),
        )
        for group in found
    ]
    lines = [PurePath(name).name, texts["bal_items"], table(header, rows, right=_ITEM_NUMBERS)]
    return "\n".join([*lines, texts["bal_blank"].format(n=whole.blank)] if whole.blank else lines)


# corpora --------------------------------------------------------------------------------------------------------------


def run_corpus(options: argparse.Namespace) -> int:
    """Read every report, write the balance of each group; 1 when some report could not be read."""
    from zhgovtext.balances import BY, balance_by

    if options.by not in BY:
        hint = f"choose {', '.join(BY)}; a column of a list of items needs --text too"
        raise OptionError("by", f"reports are not grouped by {options.by!r}", hint=hint)
    read = balance_reader(options)
    failures: list[tuple[str, None, InputError]] = []
    found = balance_by(_each(options.files, read, failures), by=options.by)
    if options.format == "table":
        say(_corpus_text(found, options.lang))
    elif options.format == "csv":
        write_csv(_GROUP_COLUMNS, map(_group_row, found))
    else:
        write = write_json if options.format == "json" else write_jsonl
        write([*(("", group, None) for group in found), *failures], lambda group: {"schema": 1, **group.to_dict()})
    return 1 if failures else 0


def _each(
    files: Sequence[str], read: Callable[[str], Report], failures: list[tuple[str, None, InputError]]
) -> Iterator[Report]:
    """Report after report; what could not be read is told, and kept among the failures."""
    from zhgovtext.readers import printable

    for file in files:
        try:
            yield read(file)
        except InputError as error:
            complain(error)
            failures.append((printable(file), None, error))


def _group_row(group: GroupBalance) -> Row:
    row = group.to_dict()
    items = {f"{kind}_items": value for kind, value in row["items"].items()}
    return {**row, **items, **{f"{kind}_stated": count for kind, count in row["stated"].items()}}


def _corpus_text(found: Sequence[GroupBalance], language: str) -> str:
    texts = load_texts(language)
    groupings = {"agency": texts["cmp_agency"], "year": texts["cmp_year"], "level": texts["bal_level"]}
    header = (
        groupings.get(found[0].by or "", ""),
        texts["bal_reports"],
        texts["bal_agencies"],
        texts["interpretation"],
        texts["news"],
        texts["cmp_counted"],
        texts["cmp_adjusted"],
        "n",
        "",
        texts["bal_stated"],
        texts["cmp_item_share"],
    )
    rows = [
        (
            _name(group, texts),
            str(group.reports),
            str(group.agencies),
            str(group.interpretation),
            str(group.news),
            *_share_cells(group, texts),
            " : ".join(_stated(group, kind) for kind in ("interpretation", "news")),
            "–" if group.item_share is None else f"{group.item_share:.1%}",
        )
        for group in found
    ]
    return "\n".join([texts["bal_clauses"], table(header, rows, right=_GROUP_NUMBERS), texts["bal_stated_note"]])


def _stated(group: GroupBalance, kind: str) -> str:
    value = group.items[kind]
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


# both -----------------------------------------------------------------------------------------------------------------


def _name(group: ItemBalance | GroupBalance, texts: Texts) -> str:
    if group.by is None:
        return texts["cmp_all"]
    if group.group is None:
        return texts["bal_unnamed"]
    name = " ".join(str(group.group).split())
    return _level_texts(texts).get(name, name) if group.by == "level" else name


def _level_texts(texts: Texts) -> dict[str, str]:
    return {
        "national": texts["bal_national"],
        "province": texts["bal_province"],
        "subprovincial": texts["bal_subprovincial"],
        "prefecture": texts["bal_prefecture"],
        "county": texts["bal_county"],
        "township": texts["bal_township"],
        "unknown": texts["unknown"],
    }


def _reason_texts(texts: Texts) -> dict[str, str]:
    return {
        "empty": texts["bal_empty"],
        "untested": texts["bal_untested"],
        "error": texts["bal_error"],
        "agencies": texts["bal_one_agency"],
        "unmeasured": texts["bal_error_unknown"],
        "mixed": texts["bal_mixed"],
    }


def _share_cells(group: ItemBalance | GroupBalance, texts: Texts) -> tuple[str, str, str, str]:
    """What was counted, adjusted with its interval, n, and what there is to say of them."""
    remarks = [texts["bal_few"]] if group.few and group.n else []
    if group.reason:
        remarks.append(_reason_texts(texts)[group.reason])
    counted = "–" if group.naive is None else f"{group.naive:.1%}"
    return counted, _adjusted(group), str(group.n), "; ".join(remarks)


def _adjusted(group: ItemBalance | GroupBalance) -> str:
    if group.adjusted is None:
        return "–"
    interval = "" if group.low is None or group.high is None else f" [{group.low:.0%}, {group.high:.0%}]"
    return f"{group.adjusted:.0%}{interval}"
