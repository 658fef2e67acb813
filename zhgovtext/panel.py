"""The panel: all that a store holds as one row an agency, year and scope, ready for a regression.

Its rule is ``data/panel/panel.sql``, its columns are ``data/panel/columns.tsv``. Of the figures that a report gives for
one indicator the table's goes before the text's, and each stands with its ``_state``, ``_source``, ``_qualifier`` and
``_conflict``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from zhgovtext.errors import DataError, InputError, reason_of
from zhgovtext.indicators import load_indicators
from zhgovtext.readers.encoding import decode
from zhgovtext.resources import data_path, read_text, rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

LONGEST = 32  # What Stata allows a name.
# The rows of an agency stand together, those of the report as a whole first.
ORDER = "agency_key, year, main DESC, scope, report_id, agency"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NO_WORD = re.compile(r"\W+")
_MAX_BYTES = 64 << 20
# A category's columns: name before and after its stem, field of the table category_shares, labels around its label.
_SHARES = (
    ("share_", "", "share", "{}句子占比", "share of sentences: {}"),
    ("share_", "_low", "low", "{}句子占比下限", "share of sentences, lower bound: {}"),
    ("share_", "_high", "high", "{}句子占比上限", "share of sentences, upper bound: {}"),
    ("n_", "", "sentences", "{}句数", "sentences: {}"),
)
_STEM = LONGEST - len("share__high")
# What a manifest may say better than the text.
_TOLD = ("agency", "year", "region_code")
_FRAME = "(agency VARCHAR, region_code VARCHAR, year INTEGER, status VARCHAR, file VARCHAR)"
_NO_FRAME = "(SELECT '' AS agency, '' AS region_code, 0 AS year, '' AS status, '' AS file LIMIT 0)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the panel: its `name`, fixed for good, the `indicator` it holds, if any, labels and unit."""

    name: str
    indicator: str | None
    zh: str
    en: str
    unit: str

    def label(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Expected:
    """A report that there should be: whose, of which year (null: every year of the store), why there may be none, and
    the name of the file that should hold it."""

    agency: str
    region_code: str | None
    year: int | None
    status: str
    file: str | None


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of frames: heading → column, word → status; and, longest first, the ends of agencies' names and what else
    stands in names of files."""

    columns: Mapping[str, str]
    statuses: Mapping[str, str]
    endings: tuple[str, ...]
    filename: tuple[str, ...]


# columns -------------------------------------------------------------------------------------------------------------


@cache
def load_columns(path: Path | None = None) -> tuple[Column, ...]:
    """The columns of the panel in their order, with those that stand behind each figure.

    `DataError` names the line of a name that is too long, none, or there twice, of an indicator that is unknown or has
    another unit, and says which indicators have no column.

    >>> [column.name for column in load_columns() if column.indicator == "review.total"]
    ['review_total', 'review_total_state', 'review_total_source', 'review_total_qualifier', 'review_total_conflict']
    """
    path = path or data_path("panel", "columns.tsv")
    known = load_indicators().by_code
    columns: dict[str, Column] = {}
    found: set[str] = set()
    for line, row in rows(path, ("name", "indicator", "zh", "en", "unit")):
        name, code = row["name"], row["indicator"]
        parts = _load_parts() if code else ()
        problem = ""
        if not _NAME.fullmatch(name) or any(len(name + part.name) > LONGEST for part in (_VALUE, *parts)):
            problem = (
                f"has the name {name!r}: small letters, digits and _, at most {LONGEST} with what is put behind it"
            )
        elif name in columns:
            problem = f"has the name {name} twice"
        elif code and code not in known:
            problem = f"has the indicator {code}, which indicators.tsv lacks"
        elif code in found:
            problem = f"has the indicator {code} twice"
        elif code and known[code].unit != row["unit"]:
            problem = f"has the unit {row['unit']!r}, but {code} counts {known[code].unit}"
        elif not (row["zh"] and row["en"]):
            problem = "has no label"
        if problem:
            raise DataError("row", problem, path=str(path), place=f"line {line}", hint="mend the line")
        found |= {code} - {""}
        columns[name] = Column(name, code or None, row["zh"], row["en"], row["unit"])
        for part in parts:
            behind = Column(name + part.name, code, f"{row['zh']}·{part.zh}", f"{row['en']}, {part.en}", "")
            columns[behind.name] = behind
    if lacking := sorted(known.keys() - found):
        raise DataError(
            "columns", f"has no column for {', '.join(lacking)}", path=str(path), hint="add a line for each"
        )
    return tuple(columns.values())


_VALUE = Column("", None, "", "", "")


@cache
def _load_parts() -> tuple[Column, ...]:
    """What stands behind each figure; the names begin with _."""
    path = data_path("panel", "parts.tsv")
    return tuple(Column(row["suffix"], None, row["zh"], row["en"], "") for _, row in rows(path, ("suffix", "zh", "en")))


def own_columns(connection: DuckDBPyConnection) -> tuple[Column, ...]:
    """The columns that the panel of this store has besides: four for each category of a codebook of one's own, and one
    for each column of its manifests."""
    labels = _own_categories(connection)
    stems = _stems(labels)
    shares = (
        Column(before + stems[code] + after, None, zh.format(label), en.format(label), "句" if before == "n_" else "")
        for code, label in labels.items()
        for before, after, _, zh, en in _SHARES
    )
    named = _manifest_names(_manifest_keys(connection))
    return (*shares, *(Column(name, None, key, f"manifest: {key}", "") for key, name in named.items()))


def _own_categories(connection: DuckDBPyConnection) -> dict[str, str]:
    """Code → label of the categories in a store that the shipped codebook lacks."""
    query = """SELECT category, any_value(coalesce(label, category))
        FROM category_shares GROUP BY category ORDER BY min(id), category"""
    shipped = _shipped_categories()
    return {code: label for code, label in connection.execute(query).fetchall() if code not in shipped}


def _manifest_keys(connection: DuckDBPyConnection) -> list[str]:
    """What manifests say of reports beside agency, year and region."""
    query = """SELECT DISTINCT unnest(json_keys(extra)) AS key FROM reports
        WHERE extra IS NOT NULL AND json_type(extra) = 'OBJECT' ORDER BY key"""
    known = {word for word, name in _words().columns.items() if name in _TOLD}
    return [key for (key,) in connection.execute(query).fetchall() if key not in known]


def _shipped_categories() -> tuple[str, ...]:
    names = [column.name for column in load_columns() if column.name.startswith("share_")]
    return tuple(name.removeprefix("share_") for name in names if f"{name}_low" in names)


def _stems(codes: Iterable[str]) -> dict[str, str]:
    """Code → the part of column names that stands for it in `_SHARES`."""
    return _legal(codes, lambda stem: {before + stem + after for before, after, *_ in _SHARES}, _STEM)


def _manifest_names(keys: Iterable[str]) -> dict[str, str]:
    """Column of a manifest → its name in the panel."""
    return {key: f"x_{stem}" for key, stem in _legal(keys, lambda stem: {f"x_{stem}"}, LONGEST - len("x_")).items()}


def _legal(words: Iterable[str], names: Callable[[str], set[str]], longest: int) -> dict[str, str]:
    """Word → a form of it of which no name is taken by another, or by a column that there always is."""
    taken = {column.name for column in load_columns()}
    found: dict[str, str] = {}
    for word in words:
        plain = _NO_WORD.sub("_", word.lower())
        stem, at = plain[:longest], 1
        while not taken.isdisjoint(names(stem)):
            at += 1
            stem = f"{plain[: longest - len(str(at)) - 1]}_{at}"
        taken |= names(stem)
        found[word] = stem
    return found


# the query -----------------------------------------------------------------------------------------------------------


def build_panel(connection: DuckDBPyConnection, *, frame: str | Path | None = None) -> DuckDBPyRelation:
    """The panel of the store that `connection` has open, as a relation in the order of agencies and years.

    `frame` is a CSV file of who should have reported: a column ``agency`` and, if wanted, ``year`` (else every year of
    the store), ``region_code``, ``file``, and ``status`` (``not_collected`` or ``not_published``). Agencies are written
    as there, and who is missing has a row that says so. Columns of manifests, and categories of another codebook than
    the shipped one, stand at the end (see `own_columns`). `InputError` where the frame is none.
    """
    table = _add_frame(connection, load_frame(frame)) if frame is not None else None
    return connection.sql(
        panel_sql(frame=table, categories=_own_categories(connection), manifest=_manifest_keys(connection))
    )


def panel_sql(*, frame: str | None = None, categories: Iterable[str] = (), manifest: Iterable[str] = ()) -> str:
    """The query that makes the panel: `frame` is the table of those who should have reported; `categories` and columns
    of a `manifest` are those beside `load_columns`."""
    figures: dict[str, str] = {}
    for column in load_columns():
        if column.indicator:
            figures.setdefault(column.indicator, column.name)
    shipped = _shipped_categories()
    fields = [("value", ""), *((part.name[1:], part.name) for part in _load_parts())]
    words = _words()
    endings = "|".join(words.endings)
    stems = _stems(categories)
    own = [_share_columns(stems)] if stems else []
    own += [f"k.extra ->> {_json_path(key)} AS {_identifier(name)}" for key, name in _manifest_names(manifest).items()]
    return Template(read_text(data_path("panel", "panel.sql"))).substitute(
        frame=frame or _NO_FRAME,
        order=ORDER,
        bare=f"nullif(regexp_replace(regexp_replace(agency, '\\s+', '', 'g'), '({endings})$', ''), '')",
        in_names="|".join((*words.endings, *words.filename, r"[^\p{Han}]")),
        told_agency=_told("agency"),
        told_region_code=_told("region_code"),
        told_year=_told("year"),
        shown=_shown("value"),
        high_shown=_shown("value_high"),
        indicators=_quoted(figures),
        categories=_quoted((*shipped, *stems)),
        share_columns=_share_columns({code: code for code in shipped}),
        own_columns=",\n    ".join(own),
        figure_columns=",\n    ".join(
            f"(g.cells[{number}]).{field} AS {name}{suffix}"
            for number, name in enumerate(figures.values(), 1)
            for field, suffix in fields
        ),
    )


def _share_columns(stems: Mapping[str, str]) -> str:
    return ",\n    ".join(
        f"s.{_identifier(code)}.{field} AS {_identifier(before + stem + after)}"
        for code, stem in stems.items()
        for before, after, field, _, _ in _SHARES
    )


def _quoted(words: Iterable[str]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def _told(name: str) -> str:
    """What the manifest says of a report `r`, under any of the names that a frame may give the column."""
    words = [word for word, column in _words().columns.items() if column == name]
    return "coalesce(" + ", ".join(f"nullif(trim(r.extra ->> {_json_path(word)}), '')" for word in words) + ")"


def _json_path(key: str) -> str:
    return _quoted(['$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'])


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _shown(column: str) -> str:
    """A number as people write it: 425, not 425.0."""
    whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
    return f"CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"


# the frame -----------------------------------------------------------------------------------------------------------


def load_frame(path: str | Path) -> list[Expected]:
    """Who should have reported: a CSV file, separated by commas, semicolons or tabs, in any encoding that spreadsheets
    save; its columns as of `build_panel`, or with the Chinese names of ``data/panel/frame.tsv``.

    `InputError` names the line of an agency without a name, of a year or status that is none, of one that stands twice.
    """
    path = Path(path)
    seen: dict[tuple[str, str | None, int | None], int] = {}
    expected: list[Expected] = []
    for line, row in _frame_rows(path):
        one, problem = _expected(row)
        key = (one.agency, one.region_code, one.year)
        if not problem and key in seen:
            problem = f"has {one.agency}{f' {one.year}' if one.year else ''} a second time, after line {seen[key]}"
        if problem:
            raise InputError("frame", problem, path=str(path), place=f"line {line}", hint="mend the line")
        seen[key] = line
        expected.append(one)
    if not expected:
        raise InputError("frame", "names no agency", path=str(path), hint="write one a line below the names of columns")
    return expected


def _expected(row: Mapping[str, str]) -> tuple[Expected, str]:
    """What a row says, and what is wrong with it."""
    year, word = row.get("year", "").removesuffix("年"), row.get("status", "")
    status = _words().statuses.get(word) if word else "not_collected"
    problem = ""
    if not row["agency"]:
        problem = "has no agency"
    elif year and not (year.isascii() and year.isdecimal() and len(year) == 4):
        problem = f"has the year {year!r}, which is none"
    elif status is None:
        problem = f"has the status {word!r}: choose not_collected or not_published"
    number = int(year) if year and not problem else None
    found = Expected(row["agency"], row.get("region_code") or None, number, status or "", row.get("file") or None)
    return found, problem


def _frame_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, column → cell) of the columns that a frame can have."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= _MAX_BYTES else b""
    except (OSError, ValueError) as error:
        why = reason_of(error)
        raise InputError("unreadable", f"cannot be read: {why}", path=str(path)) from error
    if size > _MAX_BYTES:
        raise InputError("size", f"is larger than {_MAX_BYTES >> 20} MB", path=str(path), hint="is it the frame?")
    _, text = decode(data, path=str(path))
    head = text[: text.find("\n")] if "\n" in text else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count), strict=True)
    known = _words().columns
    try:
        names = [known.get(cell.strip().lower(), "") for cell in next(reader, [])]
        if "agency" not in names or any(names.count(name) > 1 for name in names if name):
            problem = "has a column twice" if "agency" in names else "has no column agency"
            hint = "the first line names the columns: agency, and if wanted year, region_code, status, file"
            raise InputError("frame", problem, path=str(path), place="line 1", hint=hint)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                padded = [*cells, *[""] * (len(names) - len(cells))]
                yield line, {name: cell.strip() for name, cell in zip(names, padded, strict=False) if name}
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "close every quotation mark, and double those inside a text"
        raise InputError(
            "frame", f"is no table: {error}", path=str(path), place=f"line {reader.line_num}", hint=hint
        ) from error


@cache
def _words() -> _Words:
    path = data_path("panel", "frame.tsv")
    found: dict[str, dict[str, str]] = {"column": {}, "status": {}, "ending": {}, "filename": {}}
    for line, row in rows(path, ("kind", "name", "words")):
        if row["kind"] not in found or not row["words"]:
            raise DataError("row", "has an unknown kind or no words", path=str(path), place=f"line {line}")
        found[row["kind"]] |= dict.fromkeys(row["words"].split(" "), row["name"])
    endings, filename = (tuple(sorted(found[kind], key=len, reverse=True)) for kind in ("ending", "filename"))
    return _Words(found["column"], found["status"], endings, filename)


def _add_frame(connection: DuckDBPyConnection, expected: Sequence[Expected]) -> str:
    """Name of a temporary table that holds the frame, a row a year; the same frame is the same table."""
    query = f"""SELECT min(year), max(year) FROM (
        SELECT coalesce(try_cast({_told("year")} AS INTEGER), year) AS year FROM reports r WHERE status = 'ok')"""
    first, last = connection.execute(query).fetchone() or (None, None)
    every = range(first, last + 1) if first is not None else (None,)
    listed = [
        (one.agency, one.region_code, year, one.status, one.file)
        for one in expected
        for year in ((one.year,) if one.year else every)
    ]
    name = "frame_" + hashlib.sha256(repr(listed).encode()).hexdigest()[:16]
    columns = [list(column) for column in zip(*listed, strict=True)]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} {_FRAME}")
    connection.execute(f"INSERT INTO {name} SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)
    return name
