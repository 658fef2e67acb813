"""Coded sentences as files: what people code, and what coders learn from and are measured against."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zhgovtext.codebook import Codebook
from zhgovtext.document import SURROGATE
from zhgovtext.errors import DataError, InputError, reason_of
from zhgovtext.files import FORMULA, write_whole
from zhgovtext.readers.encoding import decode

if TYPE_CHECKING:
    import _csv

COLUMNS = (
    "id", "report", "agency", "year", "headings", "before", "text", "after", "category", "start", "end", "weight",
)  # fmt: skip
_NEEDED = ("text", "category")
_BETWEEN = " > "
_LINE_END = re.compile(r"\r\n?|\n")
# A spreadsheet that saves comments and blank lines again quotes them and fills them up with separators.
_COMMENTS = re.compile(r'(?:(?:"?#[^\r\n]*|[ \t,;]*)(?:\r\n?|\n))*')
_MAX_BYTES = 256 * 2**20
# Column names, and characters of each, that a message shows.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Coded:
    """A sentence and its category, "" where nobody has coded it yet.

    `headings` are those above it, outermost first; `before` and `after` the sentences next to it under the same
    heading ("" where there is none); `start` and `end` its place in the report's text. `weight` is the number of
    sentences that it stands for in a sample drawn with unequal chances. `line` is where it stands in its file.
    """

    text: str
    category: str
    id: str = ""
    report: str = ""
    headings: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    start: int | None = None
    end: int | None = None
    weight: float = 1.0
    agency: str = ""
    year: str = ""
    line: int = 0

    @property
    def has_own_id(self) -> bool:
        """Whether its id tells it from all other sentences; one that `load_coded` made up from the line does not."""
        return self.id not in ("", f"line-{self.line}")

    @property
    def cluster(self) -> str:
        """What is held out or drawn together: its report, where none is named the sentence itself."""
        return self.report or self.id


def load_coded(path: str | Path, codebook: Codebook | None = None, *, blank: bool = False) -> list[Coded]:
    """Units of a coded file: comma-, semicolon- or tab-separated, in any encoding that spreadsheets save.

    The first line names the columns: ``text`` and ``category`` are needed, the other `COLUMNS` are optional, unknown
    ones are passed over. ``headings`` are separated by `` > ``; lines that begin with ``#`` before the first one are
    comments. Where the file has neither ``before`` nor ``after``, rows of one report that follow each other are taken
    as following each other in it. `DataError` names the line of a category that `codebook` does not have, of an empty
    text or category (`blank` allows the latter), of an id that stands twice, of a number that is none.
    """
    path = Path(path)
    units: list[Coded] = []
    seen: dict[str, int] = {}
    found: frozenset[str] = frozenset()
    for line, row in read_table(path, _NEEDED, known=COLUMNS):
        found = frozenset(row)
        unit = _unit(row, line, path)
        problem, hint = _problem(unit, codebook, blank=blank)
        if unit.id in seen:
            problem, hint = f"the id {unit.id!r} stands on line {seen[unit.id]} too", "give each sentence its own"
        if problem:
            raise DataError("row", problem, path=str(path), place=f"line {line}", hint=hint)
        seen[unit.id] = line
        units.append(unit)
    if not units:
        raise DataError("empty", "has no coded row", path=str(path), hint="the first line names the columns")
    return units if found & {"before", "after"} else list(_as_neighbours(units))


def write_coded(units: Iterable[Coded], path: str | Path) -> None:
    """Write units as a CSV file that Excel opens as UTF-8, with all `COLUMNS`; whole or not at all.

    `load_coded` reads them back unchanged but for white space around names and for headings that hold ``>`` or
    nothing. `DataError` when the file cannot be written.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for unit in units:
        writer.writerow([_cell(unit, column) for column in COLUMNS])
    write_whole(path, SURROGATE.sub("\ufffd", stream.getvalue()).encode("utf-8-sig"))


def _cell(unit: Coded, column: str) -> str | int | float:
    value = getattr(unit, column)
    if column == "headings":
        value = _BETWEEN.join(value)
    if isinstance(value, str):
        return "'" + value if value.lstrip("'").startswith(FORMULA) else value
    return "" if value is None else value


def read_table(
    path: str | Path, needed: Sequence[str], *, known: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, column → cell) of each row of a table that has anything in it, in any form that `load_coded` reads.

    The first line names the columns, here in lower case. The string ``"-"`` is standard input. `DataError` names the
    line where a column `needed` is missing, where one of these or of the `known` stands twice, where a row is no row.
    """
    shown = "<stdin>" if path == "-" else str(path)
    encoding, text = _read(path, shown)
    opening = _COMMENTS.match(text)
    offset = opening.end() if opening else 0
    skipped = sum(1 for _ in _LINE_END.finditer(text, 0, offset))
    reader = _reader(text[offset:], encoding)
    line = skipped + 1
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_columns(columns, needed, known, shown, line)
        line = skipped + reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _check_length(cells, len(columns), shown, line)
                cells += [""] * (len(columns) - len(cells))
                yield line, dict(zip(columns, map(_plain, cells), strict=False))
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        problem = f"is no table: {error}"
        if "field limit" in str(error):
            problem = f"has a cell of more than {csv.field_size_limit()} characters"
        hint = "close every quotation mark, and double those inside a text"
        raise DataError("syntax", problem, path=shown, place=f"line {line}", hint=hint) from error


def _read(path: str | Path, shown: str) -> tuple[str, str]:
    """The encoding of a table's file, and its text."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as stream:
                data = stream.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        hint = "name a file that is there and may be read"
        raise DataError("unreadable", f"cannot be read: {reason}", path=shown, hint=hint) from error
    if len(data) > _MAX_BYTES:
        raise DataError("size", f"is larger than {_MAX_BYTES >> 20} MB", path=shown, hint="split the file")
    try:
        return decode(data, path=shown)
    except InputError as error:
        hint = "save it as CSV, in UTF-8"
        raise DataError(error.code, error.message, path=shown, place=error.place, hint=hint) from error


def _reader(text: str, encoding: str) -> _csv.Reader:
    """A reader of a text by the separator of its first line."""
    first_end = _LINE_END.search(text)
    head = text[: first_end.start() if first_end else None]
    delimiter = max("\t;,", key=head.count)
    # Data files with tabs are UTF-8 and quote nothing; spreadsheets save them otherwise, and quote.
    plain = "\t" in head and delimiter == "\t" and encoding == "utf-8" and '"' not in head
    quoting: Literal[0, 3] = csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)


def _check_length(cells: Sequence[str], expected: int, path: str, line: int) -> None:
    if any(cell.strip() for cell in cells[expected:]):
        raise DataError(
            "columns",
            f"has {len(cells)} cells where {expected} are expected",
            path=path,
            place=f"line {line}",
            hint="put a text that holds the separator between quotation marks",
        )


def _check_columns(columns: Sequence[str], needed: Sequence[str], known: Sequence[str], path: str, line: int) -> None:
    wanted = f"the first line must name the column{'s' if len(needed) > 1 else ''} {' and '.join(needed)}"
    if not any(columns):
        raise DataError("empty", "is empty", path=path, hint=wanted)
    counts = Counter(columns)
    for name in needed:
        if not counts[name]:
            hint = f"{wanted}; it names {_listing(columns)}"
            raise DataError("columns", f"has no column {name}", path=path, place=f"line {line}", hint=hint)
    for name in (*needed, *known):
        if counts[name] > 1:
            hint = "rename or remove one of them"
            raise DataError("columns", f"has the column {name} twice", path=path, place=f"line {line}", hint=hint)


def _listing(columns: Sequence[str]) -> str:
    """Column names for a message; a line of text that is taken for names is cut short."""
    names = [name if len(name) <= _SHOWN else name[:_SHOWN] + "…" for name in columns if name]
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


def _unit(row: dict[str, str], line: int, path: Path) -> Coded:
    def number(name: str, *, whole: bool = False) -> float | None:
        cell = row.get(name, "")
        try:
            value = float(cell) if cell else None
        except ValueError:
            value = -1.0
        if value is not None and (not 0 <= value < 1e15 or (whole and value % 1)):
            message = f"the {name} {cell!r} is no {'whole ' if whole else ''}number"
            raise DataError("row", message, path=str(path), place=f"line {line}", hint="mend the line")
        return value

    start, end, weight = number("start", whole=True), number("end", whole=True), number("weight")
    return Coded(
        text=row["text"],
        category=row["category"].strip(),
        id=row.get("id", "").strip() or f"line-{line}",
        report=row.get("report", "").strip(),
        headings=tuple(part for part in row.get("headings", "").split(_BETWEEN) if part.strip()),
        before=row.get("before", ""),
        after=row.get("after", ""),
        start=None if start is None else int(start),
        end=None if end is None else int(end),
        weight=1.0 if weight is None else weight,
        agency=row.get("agency", "").strip(),
        year=row.get("year", "").strip(),
        line=line,
    )


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(FORMULA) else cell


def _problem(unit: Coded, codebook: Codebook | None, *, blank: bool) -> tuple[str, str]:
    """What is wrong with a unit ("" where nothing is), and what to do about it."""
    if not unit.text.strip():
        return "the text is empty", "fill it in, or take the line out"
    if not unit.category:
        return ("", "") if blank else ("the category is empty", "code the sentence, or take the line out")
    if codebook and unit.category not in codebook.codes:
        hint = f"known codes: {', '.join(codebook.codes)}; your own ones need --codebook or --model"
        return f"the codebook {codebook.name} has no category {unit.category!r}", hint
    return "", ""


def _as_neighbours(units: Sequence[Coded]) -> Iterator[Coded]:
    """Rows that follow each other in one report under the same headings, as each other's neighbours."""
    for at, unit in enumerate(units):
        before, after = (
            units[other].text
            if 0 <= other < len(units)
            and unit.report
            and (units[other].report, units[other].headings) == (unit.report, unit.headings)
            else ""
            for other in (at - 1, at + 1)
        )
        yield replace(unit, before=before, after=after)
