"""The store of a corpus: one DuckDB file. ``data/corpus/schema.sql`` says what its tables and columns mean.

Records go in column by column: of each report a batch of Arrow a table, made where the report was analysed, so that the
process that writes does no work for single rows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zhgovtext.errors import InputError, ZhgovtextError
from zhgovtext.report import Report
from zhgovtext.resources import data_path, model_path, read_text, sha256

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA_VERSION = 1
PROGRAM = "zhgovtext"
# What a report fills, in the order in which a batch sends it.
TABLES = ("reports", "sections", "sentences", "facts", "checks", "category_shares", "balance", "keywords", "terms")
_TABLE = re.compile(r"^CREATE TABLE (\w+) \(\n(.*?)\n\);", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r'^ +"?(\w+)"? ([A-Z]+(?:\[\])?)', re.MULTILINE)
_DIMENSIONS = frozenset(("applicant", "column", "row"))
# Column of the table balance → where the record has it.
_BALANCE = {
    **{f"{kind}_{name}": (kind, name) for kind in ("interpretation", "news") for name in ("clauses", "chars", "spans")},
    **{name: ("text_share", name) for name in ("naive", "adjusted", "low", "high", "n", "few")},
    **{f"items_{name}": ("items", name) for name in ("interpretation", "news", "channels", "proactive")},
    "item_share": ("item_share", "value"),
    "item_share_low": ("item_share", "low"),
    "item_share_high": ("item_share", "high"),
}
# Kept apart from the other keys of a record: in tables of their own, or in the table fingerprints.
_ELSEWHERE = frozenset(
    ("schema", "source", "meta", "provenance", "sections", "sentences", "facts", "checks", "category_shares", "balance",
     "keywords", "tables", "notes", "text")
)  # fmt: skip
# A store never loads code of others. The process that writes has the workers beside it: one thread is enough for it.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_WRITING = _CONFIG | {"threads": "1", "preserve_insertion_order": "false", "checkpoint_threshold": "32MB"}

Values = list[Any] | npt.NDArray[np.float32] | None
Columns = dict[str, Values]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report came from: its id in the store, the hash of its bytes (null where none could be read), its name,
    its paths in order, and what a manifest says of it."""

    report_id: str
    sha256: str | None
    name: str
    paths: tuple[str, ...]
    extra: Mapping[str, Any] | None = None


def report_id(digest: str | None, path: str) -> str:
    """The id of the report with these bytes, or of a path that could not be read.

    >>> report_id("ab" * 32, "a.txt"), len(report_id(None, "a.txt"))
    ('abababababababab', 16)
    """
    return (digest or hashlib.sha256(f"path:{path}".encode("utf-8", "replace")).hexdigest())[:16]


@cache
def load_tables() -> dict[str, dict[str, str]]:
    """Column → type of every table of ``schema.sql``.

    >>> load_tables()["terms"]
    {'report_id': 'VARCHAR', 'term': 'VARCHAR', 'count': 'INTEGER'}
    """
    schema = read_text(data_path("corpus", "schema.sql"))
    return {name: dict(_COLUMN.findall(body)) for name, body in _TABLE.findall(schema)}


# Opening --------------------------------------------------------------------------------------------------------------


def create_store(path: str | Path = ":memory:") -> DuckDBPyConnection:
    """A new, empty store at a path that does not exist yet, or in memory."""
    connection = _connect(path, read_only=False)
    connection.begin()
    connection.execute(read_text(data_path("corpus", "schema.sql")))
    connection.execute("INSERT INTO store VALUES ('program', ?), ('schema_version', ?)", [PROGRAM, str(SCHEMA_VERSION)])
    connection.commit()
    return connection


def open_store(path: str | Path, *, read_only: bool = True) -> DuckDBPyConnection:
    """The store at `path`. `InputError` when it is missing, of another program or schema version, locked or damaged."""
    if not Path(path).exists():
        raise InputError("missing", "there is no such store", path=str(path), hint="zhgovtext batch makes one")
    if Path(path).is_dir():
        raise InputError("directory", "is a folder", path=str(path), hint="name the store in it")
    connection = _connect(path, read_only=read_only)
    import duckdb

    try:
        _check_version(connection, str(path), read_only=read_only)
    except duckdb.Error as error:
        connection.close()
        raise store_error(error, path) from error
    except ZhgovtextError:
        connection.close()
        raise
    return connection


def store_error(error: Exception, path: str | Path) -> InputError:
    """What DuckDB says of a store, as an error of the package."""
    text = str(error)
    first = text.split("\n", 1)[0]
    for mark, code, message, hint in (
        ("Conflicting lock", "locked", "is open in another process", "wait until it is done, or close it there"),
        ("No space left", "disk_full", "the disk is full", "make room and run it again: what is done is kept"),
        ("not a valid DuckDB", "not_a_store", "is no store of zhgovtext", "give the file that zhgovtext batch wrote"),
        (
            "Out of Memory",
            "memory",
            "the store needs more memory than there is",
            "close other programs and run it again",
        ),
        ("Permission denied", "unwritable", "may not be opened", "check the rights of the file and of its folder"),
        ("read-only", "unwritable", "may not be written to", "check the rights of the file and of its folder"),
        ("newer version of DuckDB", "version", "was written by a later DuckDB", "update the package duckdb"),
    ):
        if mark.lower() in text.lower():
            return InputError(code, message, path=str(path), hint=hint)
    return InputError("store", f"the store cannot be used: {first}", path=str(path))


def _connect(path: str | Path, *, read_only: bool) -> DuckDBPyConnection:
    try:
        import duckdb
        import pyarrow  # noqa: F401  (before anything is done: workers cannot say so as well)
    except ImportError as error:
        raise InputError(
            "missing_package", "a corpus needs DuckDB and pyarrow", hint='install it: pip install "zhgovtext[corpus]"'
        ) from error
    try:
        return duckdb.connect(str(path), read_only=read_only, config=_CONFIG if read_only else _WRITING)
    except duckdb.Error as error:
        raise store_error(error, path) from error


def _check_version(connection: DuckDBPyConnection, path: str, *, read_only: bool) -> None:
    import duckdb

    try:
        about = dict(connection.execute("SELECT key, value FROM store").fetchall())
    except duckdb.Error:
        about = {}
    if about.get("program") != PROGRAM:
        raise InputError(
            "not_a_store",
            "is a database of another program",
            path=path,
            hint="give the file that zhgovtext batch wrote",
        )
    given = about.get("schema_version", "")
    version = int(given) if given.isdecimal() else -1
    if version == SCHEMA_VERSION:
        return
    hint = "update zhgovtext"
    if version < SCHEMA_VERSION:
        steps = _migrations(version)
        if steps and not read_only:
            _migrate(connection, steps)
            return
        hint = "run zhgovtext batch on it, which converts it" if steps else "make it anew with zhgovtext batch"
    raise InputError(
        "version",
        f"is a store of schema {given or 'unknown'}; this version of the package reads {SCHEMA_VERSION}",
        path=path,
        hint=hint,
    )


def _migrations(version: int) -> list[str]:
    """The scripts ``data/corpus/from_N.sql`` that lead from a schema version to this one; none where one is missing."""
    paths = [data_path("corpus", f"from_{step}.sql") for step in range(max(version, 0), SCHEMA_VERSION)]
    return [read_text(path) for path in paths] if all(path.is_file() for path in paths) else []


def _migrate(connection: DuckDBPyConnection, steps: Sequence[str]) -> None:
    connection.begin()
    for step in steps:
        connection.execute(step)
    connection.execute("UPDATE store SET value = ? WHERE key = 'schema_version'", [str(SCHEMA_VERSION)])
    connection.commit()


# Records as columns ---------------------------------------------------------------------------------------------------


def report_columns(report: Report, place: Place, fingerprint: str) -> dict[str, Columns]:
    """What a report has for each of `TABLES`: lists of equal length by column, without report_id."""
    record = report.to_dict(text=True)
    source = record["source"]
    counts = Counter(word for word in report.words if "\u4e00" <= word[0] <= "\u9fff")
    head = {
        **_place_row(place, fingerprint),
        "status": "ok",
        **{name: source[name] for name in ("format", "encoding", "chars")},
        **record["meta"],
        "words": counts.total(),
        **{name: record[name] for name in ("text", "tables", "notes")},
        **{key: value for key, value in record.items() if key not in _ELSEWHERE},
    }
    for row, check in zip(record["checks"], report.checks, strict=True):
        row["message"], row["message_zh"] = check.message, check.message_zh
    scores = report.probabilities.astype(np.float32)
    return {
        "reports": _columns("reports", [head]),
        "sections": _columns("sections", record["sections"]),
        "sentences": {**_columns("sentences", record["sentences"]), "scores": scores},
        "facts": _fact_columns(record["facts"]),
        "checks": _columns("checks", _numbered(record["checks"], "id")),
        "category_shares": _columns("category_shares", _numbered(record["category_shares"], "id")),
        "balance": _columns("balance", [_balance_row(record["balance"])]),
        "keywords": _columns("keywords", _numbered(record["keywords"], "rank", first=1)),
        "terms": _terms(counts),
    }


def failure_columns(error: ZhgovtextError, place: Place, fingerprint: str) -> dict[str, Columns]:
    """What an input that could not be analysed has for each of `TABLES`: a row in reports."""
    row = {
        **_place_row(place, fingerprint),
        "status": "failed",
        "error_code": error.code,
        "error_message": error.message,
        "error_hint": error.hint or None,
    }
    return {name: _columns(name, [row] if name == "reports" else []) for name in TABLES}


def as_batches(columns: Mapping[str, Columns], report_id: str) -> list[bytes]:
    """A record batch of Arrow a table, in the order of `TABLES`."""
    import pyarrow as pa

    batches = []
    for name in TABLES:
        given, schema = columns[name], _schema(name)
        rows = max((len(values) for values in given.values() if values is not None), default=0)
        ids = pa.repeat(pa.scalar(report_id), rows)
        arrays = [
            ids if column == "report_id" else _array(given.get(column), kind, type_, rows)
            for (column, kind), type_ in zip(load_tables()[name].items(), schema.types, strict=True)
        ]
        batches.append(pa.record_batch(arrays, schema=schema).serialize().to_pybytes())
    return batches


def _place_row(place: Place, fingerprint: str) -> dict[str, Any]:
    return {
        "sha256": place.sha256,
        "name": place.name,
        "path": place.paths[0],
        "paths": list(place.paths),
        "fingerprint": fingerprint,
        "extra": place.extra,
    }


def _columns(table: str, rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Rows by column, a column without any value as null; keys that have no column go into `more`."""
    given = set().union(*rows)
    names = [name for name in load_tables()[table] if name != "report_id"]
    columns: Columns = {name: [row.get(name) for row in rows] if name in given else None for name in names}
    others = given.difference(names)
    if others:
        columns["more"] = [{key: value for key, value in row.items() if key in others} or None for row in rows]
    return columns


def _numbered(rows: Iterable[Mapping[str, Any]], name: str, *, first: int = 0) -> list[dict[str, Any]]:
    return [{name: at, **row} for at, row in enumerate(rows, first)]


def _fact_columns(facts: Sequence[dict[str, Any]]) -> Columns:
    labels = [fact.pop("dimensions") for fact in facts]
    for fact, label in zip(facts, labels, strict=True):
        if label.keys() - _DIMENSIONS:
            fact["dimensions"] = {key: value for key, value in label.items() if key not in _DIMENSIONS}
    return {
        **_columns("facts", facts),
        **{name: [label.get(name) for label in labels] for name in _DIMENSIONS},
        "id": list(range(len(facts))),
    }


def _balance_row(balance: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    row = {column: balance[part].get(name) for column, (part, name) in _BALANCE.items()}
    known = set(_BALANCE.values())
    for part, values in balance.items():
        if isinstance(values, Mapping):
            row |= {f"{part}.{name}": value for name, value in values.items() if (part, name) not in known}
        else:
            row[part] = values
    return row


def from_balance_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The record's balance from its row, `more` unpacked into it."""
    balance: dict[str, Any] = {}
    for column, value in row.items():
        part, _, name = column.partition(".")
        part, name = _BALANCE.get(column, (part, name))
        if name:
            balance.setdefault(part, {})[name] = json.loads(value) if column.endswith("_spans") else value
        else:
            balance[part] = value
    return balance


def _terms(counts: Mapping[str, int]) -> Columns:
    terms = sorted(term for term in counts if len(term) > 1)
    return {"term": terms, "count": [counts[term] for term in terms]}


# Writing --------------------------------------------------------------------------------------------------------------


def write_batches(connection: DuckDBPyConnection, reports: Sequence[Sequence[bytes]]) -> None:
    """Add the rows of reports given as by `as_batches`, in the caller's transaction."""
    import pyarrow as pa

    for at, name in enumerate(TABLES):
        schema = _schema(name)
        rows = pa.Table.from_batches([pa.ipc.read_record_batch(pa.py_buffer(report[at]), schema) for report in reports])
        connection.register("incoming", rows)
        connection.execute(f"INSERT INTO {name} SELECT * FROM incoming")
        connection.unregister("incoming")


def delete_reports(connection: DuckDBPyConnection, ids: Sequence[str]) -> None:
    """Take every row of these reports out of `TABLES`."""
    for name in TABLES:
        connection.execute(f"DELETE FROM {name} WHERE report_id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)])


def write_reports(connection: DuckDBPyConnection, reports: Mapping[str, Report]) -> None:
    """Add reports that are analysed already, by path. For small corpora and tests; `run_batch` is for files."""
    connection.begin()
    batches = []
    for path, report in sorted(reports.items()):
        digest = report.document.sha256
        place = Place(report_id(digest, path), digest, report.document.name, (path,))
        provenance = report.provenance()
        fingerprint = fingerprint_of(provenance)
        batches.append(as_batches(report_columns(report, place, fingerprint), place.report_id))
        add_fingerprint(connection, fingerprint, provenance)
        connection.execute(
            "INSERT INTO inputs (path, source, name, report_id) VALUES (?, ?, ?, ?)",
            [path, path, place.name, place.report_id],
        )
    write_batches(connection, batches)
    connection.commit()


def fingerprint_of(provenance: Mapping[str, Any]) -> str:
    """16 hexadecimal digits for all that a result depends on beside its input: provenance, and the package's data."""
    text = json.dumps([SCHEMA_VERSION, _data_hash(), provenance], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _data_hash() -> str:
    """Of all data of the package that an analysis may read."""
    others = {data_path(name) for name in ("cli", "corpus", "panel", "schema")}
    folders = [path for path in sorted(data_path().iterdir()) if path not in others]
    files = [path for folder in (*folders, model_path("content")) for path in (folder, *sorted(folder.rglob("*")))]
    return sha256(*(path for path in files if path.is_file()))


def add_fingerprint(connection: DuckDBPyConnection, fingerprint: str, provenance: Mapping[str, Any]) -> None:
    """Note what a fingerprint stands for."""
    connection.execute(
        "INSERT INTO fingerprints SELECT $1, $2 WHERE $1 NOT IN (SELECT fingerprint FROM fingerprints)",
        [fingerprint, json.dumps(provenance, ensure_ascii=False, sort_keys=True)],
    )


@cache
def _schema(table: str) -> Any:
    import pyarrow as pa

    return pa.schema([pa.field(name, _arrow_type(kind)) for name, kind in load_tables()[table].items()])


def _arrow_type(kind: str) -> Any:
    import pyarrow as pa

    if kind.endswith("[]"):
        return pa.list_(_arrow_type(kind.removesuffix("[]")))
    numbers = {"INTEGER": pa.int32(), "DOUBLE": pa.float64(), "FLOAT": pa.float32(), "BOOLEAN": pa.bool_()}
    return numbers.get(kind, pa.string())


def _array(values: Values, kind: str, type_: Any, rows: int) -> Any:
    import pyarrow as pa

    if values is None:
        return pa.nulls(rows, type_)
    if isinstance(values, np.ndarray):
        ends = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
        return pa.ListArray.from_arrays(pa.array(ends), pa.array(values.ravel()))
    if kind == "JSON":
        values = [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]
    elif kind == "DOUBLE":
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, type_)
