"""The store of a corpus: one DuckDB file. ``data/corpus/schema.sql`` says what its tables and columns mean."""

from __future__ import annotations

import json
import os
import re
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhgovtext.document import SURROGATE
from zhgovtext.errors import InputError, ZhgovtextError
from zhgovtext.records import (
    SCHEMA_VERSION,
    TABLES,
    Place,
    arrow_schema,
    as_batches,
    fingerprint_of,
    report_id,
    report_rows,
)
from zhgovtext.report import Report
from zhgovtext.resources import data_path, read_text

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

PROGRAM = "zhgovtext"
_VIEW = re.compile(r"^CREATE VIEW ", re.MULTILINE)
# A store never loads code of others. The process that writes has the workers beside it: one thread is enough for it.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
# One that is read touches no file but its own: that of a stranger can hold views that read all that its reader may.
_READING = _CONFIG | {"enable_external_access": "false"}
_WRITING = _CONFIG | {"threads": "1", "preserve_insertion_order": "false", "checkpoint_threshold": "64MB"}
# Rows that a checkpoint writes anew when some are new: fewer than by default, since some rows are whole reports.
_ROW_GROUP = 8192


# Opening --------------------------------------------------------------------------------------------------------------


def create_store(path: str | Path = ":memory:") -> DuckDBPyConnection:
    """A new, empty store at a path that does not exist yet, or in memory. `InputError` where it cannot be written."""
    connection = connect(path, read_only=False)
    import duckdb

    version = [PROGRAM, str(SCHEMA_VERSION)]
    try:
        connection.begin()
        connection.execute(read_text(data_path("corpus", "schema.sql")))
        connection.execute("INSERT INTO store VALUES ('program', ?), ('schema_version', ?)", version)
        connection.commit()
        # When it is closed this is done as well, but without a word where the disk is full.
        connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        connection.close()
        raise store_error(error, path) from error
    return connection


def create_views(connection: DuckDBPyConnection) -> None:
    """The views of a store, over tables that are there."""
    for statement in read_text(data_path("corpus", "schema.sql")).split(";\n"):
        if _VIEW.search(statement):
            connection.execute(statement)


def open_store(path: str | Path, *, read_only: bool = True) -> DuckDBPyConnection:
    """The store at `path`. `InputError` when it is missing, of another program or schema version, locked or damaged."""
    # Unlike that of Path, it has an answer for every path.
    if not os.path.exists(path):  # noqa: PTH110
        raise InputError("missing", "there is no such store", path=str(path), hint="zhgovtext batch makes one")
    if Path(path).is_dir():
        raise InputError("directory", "is a folder", path=str(path), hint="name the store in it")
    connection = connect(path, read_only=read_only)
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
        ("quota exceeded", "disk_full", "your share of the disk is full", "make room and run it again"),
        ("File too large", "disk_full", "may not grow further", "raise the limit (ulimit -f) and run it again"),
        (
            "WAL does not match",
            "log",
            "the log beside it (.wal) is that of another store",
            "give it back to that one, or move it away",
        ),
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


def connect(path: str | Path, *, read_only: bool) -> DuckDBPyConnection:
    """A connection to a database that this package may write in its own way; whatever is in it."""
    try:
        import duckdb
        import pyarrow  # noqa: F401  (before anything is done: workers cannot say so as well)
    except ImportError as error:
        raise InputError(
            "missing_package", "a corpus needs DuckDB and pyarrow", hint='install it: pip install "zhgovtext[corpus]"'
        ) from error
    if SURROGATE.search(str(path)):
        raise InputError("unreadable", "DuckDB takes no name that is not UTF-8", path=str(path), hint="rename it")
    try:
        if read_only:
            return duckdb.connect(str(path), read_only=True, config=_READING)
        # What does not fit in memory goes beside the store, not where the program was called; without a store into a
        # folder that DuckDB makes, whose name nobody can foresee.
        spill = Path(tempfile.gettempdir(), f"zhgovtext-{uuid.uuid4().hex}") if path == ":memory:" else f"{path}.tmp"
        connection = duckdb.connect(config=_WRITING | {"temp_directory": str(spill)})
        try:
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS store (TYPE duckdb, ROW_GROUP_SIZE {_ROW_GROUP})")
            connection.execute("USE store")
        except duckdb.Error:
            connection.close()
            raise
        return connection
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


# Writing --------------------------------------------------------------------------------------------------------------


def write_batches(connection: DuckDBPyConnection, groups: Sequence[Mapping[str, pa.RecordBatch]]) -> None:
    """Add the rows of groups of reports, each given as by `as_batches`, in the caller's transaction."""
    import pyarrow as pa

    for name in TABLES:
        rows = pa.Table.from_batches([group[name] for group in groups], arrow_schema(name))
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
    given = []
    for path, report in sorted(reports.items()):
        digest = report.document.sha256
        place = Place(report_id(digest, path), digest, report.document.name, (path,))
        provenance = report.provenance()
        fingerprint = fingerprint_of(provenance)
        given.append((place.report_id, report_rows(report, place, fingerprint)))
        add_fingerprint(connection, fingerprint, provenance)
        connection.execute(
            "INSERT INTO inputs (path, source, name, report_id) VALUES (?, ?, ?, ?)",
            [path, path, place.name, place.report_id],
        )
    write_batches(connection, [as_batches(given)])
    connection.commit()


def add_fingerprint(connection: DuckDBPyConnection, fingerprint: str, provenance: Mapping[str, Any]) -> None:
    """Note what a fingerprint stands for."""
    connection.execute(
        "INSERT INTO fingerprints SELECT $1, $2 WHERE $1 NOT IN (SELECT fingerprint FROM fingerprints)",
        [fingerprint, json.dumps(provenance, ensure_ascii=False, sort_keys=True)],
    )
