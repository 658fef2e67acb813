"""Results on standard output: aligned tables for people, JSON and CSV for programs."""

from __future__ import annotations

import io
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from zhgovtext.cli.texts import asked_language, translate
from zhgovtext.errors import ZhgovtextError

# (name of the input, what was found in it or None, why nothing was).
Results = Iterable[tuple[str, Any, ZhgovtextError | None]]
Record = dict[str, Any]
Row = Mapping[str, Any]

_COLOURS = {"bold": "\x1b[1m", "red": "\x1b[31m", "green": "\x1b[32m", "yellow": "\x1b[33m"}
_PLAIN = "\x1b[0m"
# All control characters but tabs, line ends and our own colours; and marks that turn the direction of writing.
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    r"|\x1b(?!\[(?:0|1|3[123])m)"
)
_COLOUR = re.compile(r"\x1b\[\d+m")


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


def complain(error: ZhgovtextError, language: str | None = None) -> None:
    """One line on standard error, in the language of this command line."""
    told = str(error)
    if (language or asked_language(sys.argv[1:])) == "zh":
        message, place, hint = (translate(part, "zh") for part in (error.message, error.place, error.hint))
        where = " ".join(part for part in (error.path, place) if part)
        told = " ".join((f"{where}：" * bool(where) + message + f"（{hint}）" * bool(hint)).split())
    say(f"{paint('zhgovtext:', 'red', sys.stderr)} {told}", sys.stderr)


def paint(text: str, colour: str, stream: TextIO) -> str:
    """`text` in a colour of a terminal; elsewhere, and where the user wants none (``NO_COLOR``), as it is."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"{_COLOURS[colour]}{text}{_PLAIN}" if wanted and text else text


def visible(text: str, stream: TextIO) -> str:
    """What a terminal may be given: a report's own control characters would command it."""
    return _CONTROLS.sub("\ufffd", text) if stream.isatty() else text


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a text, which may hold what stands in a report, a name or a codebook; on standard output by default."""
    where = stream or sys.stdout
    print(visible(text, where), file=where, flush=True)


def write_tables(results: Results, text: Callable[[Any], str]) -> None:
    """What people read of each result, a blank line between two."""
    first = True
    for _, result, error in results:
        if error is None:
            say(("" if first else "\n") + text(result))
            first = False


def write_json(results: Results, record: Callable[[Any], Record]) -> None:
    """An array with one object an input; an input that failed stands in it with its error."""
    print("[", end="")
    for at, line in enumerate(_lines(results, record)):
        print(",\n" if at else "\n", visible(line, sys.stdout), sep="", end="", flush=True)
    print("\n]")


def write_jsonl(results: Results, record: Callable[[Any], Record]) -> None:
    """The objects of `write_json`, one a line."""
    for line in _lines(results, record):
        say(line)


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

    writer = csv.writer(_Lines())
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(row.get(column)) for column in columns])


class _Lines:
    """Standard output for the csv module, which ends its own lines."""

    def write(self, line: str) -> None:
        sys.stdout.write(visible(line.removesuffix("\r\n"), sys.stdout) + "\r\n")


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    from zhgovtext.files import FORMULA

    if isinstance(value, str) and value.startswith(FORMULA):
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
    widths = [max(width(row[column]) for row in every) for column in range(len(header))]
    lines = []
    for row in every:
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - width(cell))
            cells.append(space + cell if column in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """Places that a terminal needs for a text; colours need none."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
