"""Results on standard output: aligned tables for people, JSON and CSV for programs."""

from __future__ import annotations

import io
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from zhgovtext.errors import ZhgovtextError

# (name of the input, what was found in it or None, why nothing was).
Results = Iterable[tuple[str, Any, ZhgovtextError | None]]
Record = dict[str, Any]
Row = Mapping[str, Any]


def prepare_streams(format_: str) -> None:
    """Programs get UTF-8 wherever they run; a terminal gets a question mark for what it cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if format_ == "table":
                stream.reconfigure(errors="replace")
            else:
                # The csv module ends its own lines.
                stream.reconfigure(encoding="utf-8", errors="replace", newline="" if format_ == "csv" else None)


def silence_stdout() -> None:
    """The reader (head, less) has gone: point stdout elsewhere so that the interpreter's flush is quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(error: ZhgovtextError) -> None:
    """One line on standard error."""
    print(f"zhgovtext: {error}", file=sys.stderr, flush=True)


def write_tables(results: Results, text: Callable[[Any], str]) -> None:
    """What people read of each result, a blank line between two."""
    first = True
    for _, result, error in results:
        if error is None:
            print(("" if first else "\n") + text(result), flush=True)
            first = False


def write_json(results: Results, record: Callable[[Any], Record]) -> None:
    """An array with one object an input; an input that failed stands in it with its error."""
    print("[", end="")
    for at, line in enumerate(_lines(results, record)):
        print(",\n" if at else "\n", line, sep="", end="", flush=True)
    print("\n]")


def write_jsonl(results: Results, record: Callable[[Any], Record]) -> None:
    """The objects of `write_json`, one a line."""
    for line in _lines(results, record):
        print(line, flush=True)


def _lines(results: Results, record: Callable[[Any], Record]) -> Iterator[str]:
    for name, result, error in results:
        yield as_json(_failure(name, error) if error else record(result))


def _failure(name: str, error: ZhgovtextError) -> Record:
    return {"source": {"name": name}, "error": {"code": error.code, "message": error.message, "hint": error.hint}}


def as_json(record: Any, *, indent: int | None = None) -> str:
    """JSON with Chinese characters as they are."""
    import json

    return json.dumps(record, ensure_ascii=False, indent=indent)


def write_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """A header and a line a row; a column that a row lacks is an empty cell."""
    import csv

    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(row.get(column)) for column in columns])


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    if isinstance(value, tuple):
        return " ".join(":".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in value)
    if isinstance(value, dict):
        return " ".join(f"{key}={part}" for key, part in value.items())
    return value


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Columns aligned by what a terminal shows: a Chinese character takes two places.

    >>> print(table(("词", "n"), [("公开", "12"), ("ok", "3")], right=(1,)))
    词     n
    公开  12
    ok     3
    """
    every = [header, *rows]
    widths = [max(_width(row[column]) for row in every) for column in range(len(header))]
    lines = []
    for row in every:
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - _width(cell))
            cells.append(space + cell if column in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
