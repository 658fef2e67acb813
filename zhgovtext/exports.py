"""A table of a corpus as a file for Excel, Stata, R or a program: whole or not at all."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhgovtext import __version__
from zhgovtext.corpus import Corpus, open_corpus
from zhgovtext.errors import InputError, OptionError, reason_of
from zhgovtext.files import FORMULA
from zhgovtext.indicators import load_breaks
from zhgovtext.panel import LONGEST, ORDER, Column, build_panel, load_columns, own_columns
from zhgovtext.resources import data_path, rows
from zhgovtext.store import store_error

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LANGUAGES = ("zh", "en")
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 1_048_576, 16_384, 32_767  # of a sheet of Excel, the header among its rows
_CHUNK = 2000
# What tells the rows of a table within a report, where it has it.
_KEYS = ("id", "rank", "category", "term")
# What no export holds: whole texts, and tables as JSON.
_BULKY = ("text", "tables")
_NO_WORD = re.compile(r"\W")
_STATA_LABEL = 80
_NUMBERS = frozenset(("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE"))
_STATA_WORDS = frozenset(
    ("_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "_n", "_N", "_pi", "_pred", "_rc",
     "_skip", "long", "using", "with", "strL")
)  # fmt: skip
_STATA_TYPE = re.compile(r"str\d+")


@dataclass(frozen=True, slots=True)
class _Result:
    """What is to be written: the rows, their columns with labels, and where they came from."""

    connection: DuckDBPyConnection
    query: str
    columns: tuple[Column, ...]
    types: tuple[str, ...]
    name: str
    target: Path
    language: str
    about: tuple[tuple[str, str], ...]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        found = self.connection.execute(self.query)
        while chunk := found.fetchmany(_CHUNK):
            yield from chunk


def export(
    store: str | Path | Corpus,
    path: str | Path,
    *,
    table: str = "panel",
    where: str | None = None,
    frame: str | Path | None = None,
    lang: str = "zh",
    bom: bool = True,
) -> int:
    """Write a table of a store to a file, as its suffix says: .xlsx, .csv, .parquet, .dta, .json. The number of rows.

    `table` is ``panel`` (with the `frame` of `build_panel`, if any) or a table or view of the store; what belongs to
    reports comes with their name, agency and year. `where` is a condition of SQL on its columns. `lang` chooses the
    column titles of a sheet (``zh``: Chinese, ``en``: the names) and the labels in Stata; without `bom` a CSV file is
    plain UTF-8. Text that a sheet would take for a formula is made harmless.

    `OptionError` for an unknown suffix, table or language, or a condition that is none; `InputError` when the store
    cannot be read, or the file not be written, or be too small for the rows.
    """
    target = Path(path)
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise OptionError("path", f"ends in no known suffix: choose {', '.join(_WRITERS)}", path=str(path))
    if lang not in LANGUAGES:
        raise OptionError("lang", f"is {lang!r}: choose {' or '.join(LANGUAGES)}")
    if frame is not None and table != "panel":
        raise OptionError("frame", f"a frame belongs to the panel, not to the table {table}")
    _check_place(store, target)
    with _opened(store) as corpus:
        import duckdb

        try:
            result = _result(corpus, target, table, where, frame, lang)
            with _whole(target) as partial:
                return write(result, partial, bom=bom)
        except (duckdb.ParserException, duckdb.BinderException, duckdb.ConversionException) as error:
            raise _condition(where, error, corpus.path) from error
        except ModuleNotFoundError as error:
            hint = 'install it: pip install "zhgovtext[corpus]"'
            raise InputError("missing_package", f"needs {error.name}", path=str(path), hint=hint) from error
        except duckdb.Error as error:
            if where is not None and isinstance(error, (duckdb.PermissionException, duckdb.InvalidInputException)):
                raise _condition(where, error, corpus.path) from error
            raise store_error(error, corpus.path) from error


# what is written -----------------------------------------------------------------------------------------------------


@contextmanager
def _opened(store: str | Path | Corpus) -> Iterator[Corpus]:
    if isinstance(store, Corpus):
        yield store
        return
    with open_corpus(store) as corpus:
        # The limit is for processes that work side by side; a panel is sorted alone.
        corpus.connection.execute("RESET memory_limit")
        yield corpus


def _result(
    corpus: Corpus, target: Path, table: str, where: str | None, frame: str | Path | None, language: str
) -> _Result:
    """What is to be written, not yet read."""
    import duckdb

    connection = corpus.connection
    if table == "panel":
        relation, order = build_panel(connection, frame=frame), ORDER
        columns = _labelled(relation.columns, (*load_columns(), *own_columns(connection)))
    else:
        relation, order = _store_table(connection, table)
        columns = _labelled(relation.columns, _store_columns())
    if where is not None:
        # An expression by itself, so that no bracket closes ours; within brackets, so that nothing follows it.
        duckdb.SQLExpression(where)
        relation = relation.filter(duckdb.SQLExpression(f"({where}\n)"))
    about = [("zhgovtext", __version__), ("store", Path(corpus.path).name), ("table", table), ("where", where or "")]
    found = connection.execute("SELECT provenance FROM fingerprints ORDER BY fingerprint").fetchall()
    about.append(("provenance", "\n".join(provenance for (provenance,) in found)))
    query = (relation.order(order) if order else relation).sql_query()
    types = tuple(str(kind) for kind in relation.types)
    return _Result(connection, query, columns, types, table, target, language, tuple(about))


def _store_table(connection: DuckDBPyConnection, table: str) -> tuple[DuckDBPyRelation, str]:
    """A table or view of the store, and what it is ordered by."""
    query = (
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"
    )
    kinds = dict(connection.execute(query).fetchall())
    if table not in kinds:
        known = ", ".join(["panel", *(name for name in kinds if name != "panel")])
        raise OptionError("table", f"the store has no table {table}", hint=f"choose one of {known}")
    names = connection.table(table).columns
    told = "report_id" in names and table != "reports" and kinds[table] == "BASE TABLE"
    if table == "reports":
        kept = [f'"{name}"' for name in names if name not in _BULKY]
        relation = connection.sql(f"SELECT {', '.join(kept)} FROM reports")
    elif told:
        relation = connection.sql(
            f"""SELECT r.name, r.agency, r.region_code, r.year, t.*
            FROM "{table}" t JOIN reports r USING (report_id) WHERE r.status = 'ok'"""
        )
    else:
        relation = connection.table(table)
    keys = [key for key in ("name", "report_id", *_KEYS, "path", "run_id") if key in relation.columns]
    return relation, ", ".join(f'"{key}"' for key in keys)


def _labelled(names: Sequence[str], known: Sequence[Column]) -> tuple[Column, ...]:
    by_name = {column.name: column for column in known}
    return tuple(by_name.get(name) or Column(name, None, name, name, "") for name in names)


def _store_columns() -> tuple[Column, ...]:
    path = data_path("panel", "tables.tsv")
    return tuple(Column(row["name"], None, row["zh"], row["en"], "") for _, row in rows(path, ("name", "zh", "en")))


def _condition(where: str | None, error: Exception, path: str) -> Exception:
    """What is wrong with the condition; of a query of our own, what is wrong with the store."""
    if where is None:
        return store_error(error, path)
    said = str(error).split("\n", 1)[0].partition(": ")
    hint = "give a condition on the columns, such as: year >= 2019 AND level = 'county'"
    return OptionError("where", f"the condition {where!r} cannot be used: {said[2] or said[0]}", hint=hint)


# where it goes -------------------------------------------------------------------------------------------------------


def _check_place(store: str | Path | Corpus, target: Path) -> None:
    if not target.absolute().parent.is_dir():
        raise InputError("unwritable", "cannot be written: there is no such folder", path=str(target))
    if target.is_dir():
        raise InputError("unwritable", "is a folder", path=str(target), hint="name a file")
    origin = Path(store.path if isinstance(store, Corpus) else store)
    with suppress(OSError):
        if target.exists() and origin.exists() and target.samefile(origin):
            raise OptionError("path", "is the store itself", path=str(target), hint="name another file")


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial{target.suffix}")


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place when all went well, and leaves nothing when not."""
    partial = _partial(target.absolute())
    try:
        # What a run that was killed has left, or a link that somebody put there.
        partial.unlink(missing_ok=True)
        yield partial
        partial.replace(target)
    except OSError as error:
        hint = "close it in other programs, or choose a folder with room on its disk"
        reason = reason_of(error)
        raise InputError("unwritable", f"cannot be written: {reason}", path=str(target), hint=hint) from error
    finally:
        with suppress(OSError):
            partial.unlink()


# how it is written ---------------------------------------------------------------------------------------------------


def _write_csv(result: _Result, path: Path, *, bom: bool) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(column.name for column in result.columns)
        for row in result.rows():
            writer.writerow([_harmless(_flat(value)) for value in row])
            count += 1
    return count


def _write_json(result: _Result, path: Path, **_: Any) -> int:
    names = [column.name for column in result.columns]
    nested = [kind == "JSON" for kind in result.types]
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("[")
        for count, row in enumerate(result.rows(), 1):
            record = {
                name: json.loads(value) if as_json and value is not None else _plain(value)
                for name, value, as_json in zip(names, row, nested, strict=True)
            }
            stream.write(("\n" if count == 1 else ",\n") + json.dumps(record, ensure_ascii=False, default=str))
        stream.write("\n]\n")
    return count


def _write_parquet(result: _Result, path: Path, **_: Any) -> int:
    # Not by DuckDB, which may touch no file but the store.
    import pyarrow as pa
    import pyarrow.parquet as pq

    large = [column.name for column, kind in zip(result.columns, result.types, strict=True) if kind == "HUGEINT"]
    casts = ", ".join(f'"{name}"::DOUBLE AS "{name}"' for name in large)
    query = f"SELECT * {f'REPLACE ({casts})' if casts else ''} FROM ({result.query})"
    reader = pa.RecordBatchReader.from_stream(result.connection.sql(query))
    count = 0
    with pq.ParquetWriter(path, reader.schema.with_metadata(dict(result.about))) as writer:
        for batch in reader:
            writer.write_batch(batch)
            count += len(batch)
    return count


def _write_xlsx(result: _Result, path: Path, **_: Any) -> int:
    count = _fitting(result)
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxWriterException

    titles = _titles(result)
    try:
        # Text stays text: no formulas, links or numbers are made of it.
        with Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
            head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
            sheet = book.add_worksheet(result.name[:31])
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, count, len(titles) - 1)
            sheet.set_column(0, len(titles) - 1, 14)
            for at, title in enumerate(titles):
                sheet.write_string(0, at, title, head)
            cut = _fill(book, sheet, result.rows())
            _explain(book.add_worksheet("说明" if result.language == "zh" else "columns"), result, titles, cut, head)
    except XlsxWriterException as error:
        raise OSError(str(error)) from error
    return count


def _fitting(result: _Result) -> int:
    """The number of rows; `InputError` where a sheet cannot hold them."""
    found = result.connection.execute(f"SELECT count(*) FROM ({result.query})").fetchone()
    count = int(found[0]) if found else 0
    for what, number, most, hint in (
        ("rows", count + 1, MAX_ROWS, "choose fewer of them with a condition (where), or write .csv or .parquet"),
        ("columns", len(result.columns), MAX_COLUMNS, "write .csv or .parquet"),
    ):
        if number > most:
            message = f"would have {number:,} {what}, the header included; a sheet of Excel has {most:,}"
            raise InputError("too_large", message, path=str(result.target), hint=hint)
    return count


def _fill(book: Workbook, sheet: Worksheet, lines: Iterator[tuple[Any, ...]]) -> int:
    """Write the rows below the header, each value as what it is; the number of texts that were cut."""
    # The mark of text that begins like a formula: it stays text when the cell is edited.
    quoted = book.add_format({"quote_prefix": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    cut = 0
    for line, row in enumerate(lines, 1):
        for at, value in enumerate(map(_flat, row)):
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(line, at, value)
            elif isinstance(value, (int, float)):
                sheet.write_number(line, at, value)
            elif isinstance(value, datetime):
                sheet.write_datetime(line, at, value.replace(tzinfo=None), time)
            elif isinstance(value, date):
                sheet.write_datetime(line, at, value, day)
            else:
                text = str(value)
                cut += len(text) > MAX_CELL
                text = text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
                sheet.write_string(line, at, text, quoted if text.startswith(FORMULA) else None)
    return cut


def _explain(sheet: Worksheet, result: _Result, titles: Sequence[str], cut: int, head: Format) -> None:
    """The sheet that says what the columns are, and where the rows come from."""
    names = ("列", "代码", "指标", "中文", "英文", "单位", "跨年比较注意")
    if result.language == "en":
        names = ("column", "name", "indicator", "Chinese", "English", "unit", "across years")
    lines: list[Sequence[str]] = [names]
    for title, column in zip(titles, result.columns, strict=True):
        code = column.indicator or ""
        notes = "; ".join(found.note for found in load_breaks() if column.unit and code and found.covers(code))
        lines.append((title, column.name, code, column.zh, column.en, column.unit, notes))
    values = rows(data_path("panel", "values.tsv"), ("column", "value", "zh", "en"))
    present = [column.name for column in result.columns]
    lines.append(())
    lines += [
        (row["column"], row["value"], "", row["zh"], row["en"])
        for _, row in values
        if any(name.endswith(row["column"]) or name == row["column"][1:] for name in present)
    ]
    lines += [(), *result.about]
    if cut:
        lines.append(("cut", f"{cut} texts were longer than {MAX_CELL:,} characters, the most a cell holds"))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(names) - 1, 24)
    for line, cells in enumerate(lines):
        for at, cell in enumerate(cells):
            sheet.write_string(line, at, cell[:MAX_CELL], head if line == 0 else None)


def _titles(result: _Result) -> list[str]:
    """Column titles of a sheet, no two alike."""
    if result.language == "en":
        return [column.name for column in result.columns]
    seen = Counter(column.zh for column in result.columns)
    return [column.zh if seen[column.zh] == 1 else f"{column.zh}（{column.name}）" for column in result.columns]


def _write_dta(result: _Result, path: Path, **_: Any) -> int:
    import pandas
    import pyreadstat

    names = stata_names([column.name for column in result.columns])
    values = list(zip(*result.rows(), strict=True)) or [()] * len(names)
    data = {name: _stata_values(column, kind) for name, column, kind in zip(names, values, result.types, strict=True)}
    labels: dict[str, str | None] = {
        name: column.label(result.language)[:_STATA_LABEL] for name, column in zip(names, result.columns, strict=True)
    }
    frame = pandas.DataFrame(data)
    title = f"zhgovtext {__version__} {result.name}"[:_STATA_LABEL]
    try:
        pyreadstat.write_dta(frame, str(path), file_label=title, column_labels=labels, version=15)
    except pyreadstat.ReadstatError as error:
        raise OSError(str(error)) from error
    return len(frame)


def _stata_values(values: Sequence[Any], kind: str) -> Any:
    """A column as Stata has it: numbers with missing ones, 1 and 0, or text, which is empty where it is missing."""
    import pandas

    if kind in _NUMBERS:
        return pandas.Series([None if value is None else float(value) for value in values], dtype="float64")
    texts = ["" if value is None else str(_flat(value)).replace("\0", "") for value in values]
    return pandas.Series(texts, dtype=object)


def stata_names(names: Sequence[str]) -> list[str]:
    """Names that Stata takes: letters, digits and _, at most 32, none twice, none of its own words.

    >>> stata_names(["end", "if", "2020年", "a b", "a_b", "x" * 40])[1:5]
    ['if_', '_2020年', 'a_b', 'a_b_2']
    """
    found: list[str] = []
    for name in names:
        legal = _NO_WORD.sub("_", name) or "_"
        legal = f"_{legal}" if legal[0].isdecimal() else legal
        legal = f"{legal}_" if legal in _STATA_WORDS or _STATA_TYPE.fullmatch(legal) else legal
        candidate, at = legal[:LONGEST], 1
        while candidate in found:
            at += 1
            candidate = f"{legal[: LONGEST - len(str(at)) - 1]}_{at}"
        found.append(candidate)
    return found


def _plain(value: Any) -> Any:
    """A whole number without a point; no number where there is none."""
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return None
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return value


def _flat(value: Any) -> Any:
    """A value of one cell: what is a list or a record is written as JSON."""
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return _plain(value)


def _harmless(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value


_WRITERS: dict[str, Callable[..., int]] = {
    ".xlsx": _write_xlsx,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".dta": _write_dta,
    ".json": _write_json,
}
SUFFIXES = tuple(_WRITERS)
