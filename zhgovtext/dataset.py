"""A corpus as a folder of Parquet files, which any engine can read and many machines can write at once.

``part-RUN-N/TABLE.parquet`` holds a table of some reports; a part comes and goes as a whole, by the name of its folder.
``inputs.parquet``, ``fingerprints.parquet`` and ``runs.parquet`` are those tables of a store. ``ledger.duckdb`` is for
`run_batch` alone: which report stands in which part.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhgovtext.errors import InputError
from zhgovtext.records import TABLES, arrow_schema, load_tables
from zhgovtext.store import connect, create_views

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

LEDGER = "ledger.duckdb"
# Tables beside those of reports.
_OTHERS = ("inputs", "fingerprints", "runs")
_PART = re.compile(r"part-\d+-\d+")
# What may change of a report without a new analysis.
_CHANGING = ("name", "path", "paths", "status", "extra")
# What the ledger does without.
_BULKY = frozenset(("text", "tables", "notes", "more"))
_LEDGER_TABLES = (
    "CREATE TABLE IF NOT EXISTS parts (report_id VARCHAR NOT NULL, part VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS dropped (part VARCHAR NOT NULL)",
)


def is_dataset(path: str | Path) -> bool:
    """Whether there is a dataset at `path`."""
    # Unlike that of Path, it has an answer for every path.
    return os.path.isfile(Path(path) / LEDGER)  # noqa: PTH113


def write_part(folder: Path, name: str, batches: Mapping[str, pa.RecordBatch | pa.Table]) -> None:
    """Write a part, which appears when it is whole; one that is there already is left. `InputError` where the disk is
    full, or the folder may not be written to."""
    staged = folder / f"_{name}-{uuid.uuid4().hex[:8]}"
    with _writing(folder, staged):
        _write_tables(staged, batches)
        if (folder / name).exists():
            # A task that is done twice, since its first answer was lost, has the same result.
            shutil.rmtree(staged)
        else:
            staged.rename(folder / name)


@contextmanager
def _writing(folder: Path, staged: Path) -> Iterator[None]:
    """What the disk says against it as an error of the package; then the part in the making is taken away."""
    try:
        yield
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        problem = "the disk is full" if "space" in str(error) else f"cannot be written: {error.strerror or error}"
        hint = "make room, or mend it, and run it again: what is done is kept"
        raise InputError("unwritable", problem, path=str(folder), hint=hint) from error


def without_bulk(reports: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of reports as the ledger keeps them."""
    import pyarrow as pa

    columns = [
        pa.nulls(len(reports), field.type) if field.name in _BULKY else reports[field.name] for field in reports.schema
    ]
    return pa.record_batch(columns, schema=reports.schema)


def open_dataset(folder: str | Path) -> DuckDBPyConnection:
    """A connection with the tables and views of a store, of what is in the parts. `InputError` where there is none."""
    import duckdb

    place = Path(folder).absolute()
    connection = connect(":memory:", read_only=False)
    escaped = glob.escape(place.as_posix())
    try:
        for name in (*TABLES, *_OTHERS):
            files = f"{escaped}/{name}.parquet" if name in _OTHERS else f"{escaped}/part-*/{name}.parquet"
            connection.execute(f"CREATE VIEW {name} AS {_select(name, files, place)}")
        create_views(connection)
        # As a store that is read: no other file.
        quoted = place.as_posix().replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{quoted}']")
        connection.execute("SET enable_external_access = false")
    except duckdb.Error as error:
        connection.close()
        first = str(error).split("\n", 1)[0]
        raise InputError("dataset", f"cannot be read: {first}", path=str(folder), hint="run it again") from error
    return connection


def _select(name: str, files: str, folder: Path) -> str:
    columns = load_tables()[name]
    if not any(folder.glob(f"{'' if name in _OTHERS else 'part-*/'}{name}.parquet")):
        return "SELECT " + ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in columns.items()) + " LIMIT 0"
    quoted = files.replace("'", "''")
    cast = ", ".join(f'"{column}"::JSON AS "{column}"' for column, kind in columns.items() if kind == "JSON")
    return f"SELECT * {f'REPLACE ({cast})' if cast else ''} FROM read_parquet('{quoted}')"


class Dataset:
    """What `run_batch` writes a dataset with; its connection is to the ledger."""

    # A part has so many reports, or bytes, or is so old (seconds).
    chunk = (1000, 64_000_000, 60.0)

    def __init__(self, folder: Path, connection: DuckDBPyConnection) -> None:
        self.connection = connection
        self.folder = folder
        self._run = self._number = 0
        for statement in _LEDGER_TABLES:
            connection.execute(statement)
        self._recover()

    def begin(self, run: int) -> None:
        """Parts are named by the run that writes them, so that no name comes twice."""
        self._run = run

    def name_part(self) -> str:
        self._number += 1
        return f"part-{self._run:05d}-{self._number:06d}"

    def write(self, groups: Sequence[tuple[str, Mapping[str, pa.RecordBatch]]], ids: Sequence[str]) -> None:
        """Note groups that workers have written, given as part and its table reports; write the others, whose part is
        empty, as one part. `ids` are of no use here: what is outdated goes at the end."""
        import pyarrow as pa

        here = [batches for part, batches in groups if not part]
        if here:
            name = self.name_part()
            whole = {table: pa.Table.from_batches([batches[table] for batches in here]) for table in TABLES}
            write_part(self.folder, name, whole)
            self._note(name, [without_bulk(batches["reports"]) for batches in here])
        for part, batches in groups:
            if part:
                self._note(part, [without_bulk(batches["reports"])])

    def finish(self) -> None:
        """Write outdated parts anew without what is outdated, and the tables that are not of reports."""
        for part in self._outdated():
            self._rewrite(part)
        for name in _OTHERS:
            staged = self.folder / f"_{name}.parquet"
            quoted = staged.as_posix().replace("'", "''")
            columns = ", ".join(
                f'"{column}"::VARCHAR AS "{column}"' if kind == "JSON" else f'"{column}"'
                for column, kind in load_tables()[name].items()
            )
            self.connection.execute(f"COPY (SELECT {columns} FROM {name} ORDER BY ALL) TO '{quoted}' (FORMAT parquet)")
            staged.replace(self.folder / f"{name}.parquet")

    def _note(self, part: str, reports: Sequence[pa.RecordBatch]) -> None:
        import pyarrow as pa

        rows = pa.Table.from_batches(reports)
        connection = self.connection
        connection.begin()
        connection.register("incoming", rows)
        for table in ("reports", "parts"):
            connection.execute(f"DELETE FROM {table} WHERE report_id IN (SELECT report_id FROM incoming)")
        connection.execute("INSERT INTO reports SELECT * FROM incoming")
        connection.execute("INSERT INTO parts SELECT report_id, ? FROM incoming", [part])
        connection.unregister("incoming")
        connection.commit()

    # What a run that was killed has left --------------------------------------------------------------------------

    def _recover(self) -> None:
        for (part,) in self._rows("SELECT part FROM dropped"):
            self._remove(part)
        known = {part for (part,) in self._rows("SELECT DISTINCT part FROM parts")}
        for staged in sorted(self.folder.glob("_part-*")):
            name = staged.name[1:]
            if name in known and not (self.folder / name).exists():
                staged.rename(self.folder / name)
            else:
                shutil.rmtree(staged)
        found = {path.name for path in self.folder.glob("part-*")}
        for part in sorted(found - known):
            # Written, but the run did not live to note it.
            self._note(part, self._read(part, "reports").to_batches())
        for part in known - found:
            self.connection.execute(
                "DELETE FROM reports WHERE report_id IN (SELECT report_id FROM parts WHERE part = ?)", [part]
            )
            self.connection.execute("DELETE FROM parts WHERE part = ?", [part])

    # What is outdated ---------------------------------------------------------------------------------------------

    def _outdated(self) -> list[str]:
        """Parts in which a report stands that has moved to another part, or of which something has changed."""
        if not any(self.folder.glob("part-*")):
            return []
        files = f"{glob.escape(self.folder.as_posix())}/part-*/reports.parquet".replace("'", "''")
        changed = " OR ".join(
            f"r.{name}::VARCHAR IS DISTINCT FROM p.{name}::VARCHAR" for name in ("paths", "status", "name", "extra")
        )
        found = self._rows(
            f"""SELECT DISTINCT p.part FROM (
                SELECT *, parse_filename(parse_path(filename)[-2]) AS part
                FROM read_parquet('{files}', filename = true)) p
            LEFT JOIN parts n ON n.report_id = p.report_id AND n.part = p.part
            LEFT JOIN reports r ON r.report_id = n.report_id
            WHERE r.report_id IS NULL OR {changed} ORDER BY p.part"""
        )
        return [part for (part,) in found]

    def _rewrite(self, old: str) -> None:
        names = ", ".join(f"r.{name}" for name in _CHANGING)
        kept = {
            row[0]: row[1:]
            for row in self._rows(
                f"SELECT report_id, {names} FROM reports r JOIN parts USING (report_id) WHERE part = ?", [old]
            )
        }
        new = self.name_part()
        if kept:
            tables = {name: _filter(self._read(old, name), kept) for name in TABLES}
            tables["reports"] = _replace(tables["reports"], kept)
            staged = self.folder / f"_{new}"
            with _writing(self.folder, staged):
                _write_tables(staged, tables)
        self.connection.begin()
        self.connection.execute("UPDATE parts SET part = ? WHERE part = ?", [new, old])
        self.connection.execute("INSERT INTO dropped VALUES (?)", [old])
        self.connection.commit()
        if kept:
            (self.folder / f"_{new}").rename(self.folder / new)
        self._remove(old)

    def _remove(self, part: str) -> None:
        # A ledger that others wrote may name any folder.
        if _PART.fullmatch(part):
            shutil.rmtree(self.folder / part, ignore_errors=True)
        self.connection.execute("DELETE FROM dropped WHERE part = ?", [part])

    def _read(self, part: str, table: str) -> pa.Table:
        import pyarrow.parquet as pq

        return pq.read_table(self.folder / part / f"{table}.parquet", schema=arrow_schema(table), partitioning=None)

    def _rows(self, query: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values).fetchall()


def _write_tables(folder: Path, tables: Mapping[str, pa.RecordBatch | pa.Table]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir()
    for name in TABLES:
        given = tables[name]
        table = pa.Table.from_batches([given]) if isinstance(given, pa.RecordBatch) else given
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _filter(table: pa.Table, kept: Mapping[str, object]) -> pa.Table:
    import pyarrow as pa

    return table.filter(pa.array([id_ in kept for id_ in table["report_id"].to_pylist()], pa.bool_()))


def _replace(reports: pa.Table, kept: Mapping[str, Sequence[Any]]) -> pa.Table:
    import pyarrow as pa

    for at, name in enumerate(_CHANGING):
        values = [kept[id_][at] for id_ in reports["report_id"].to_pylist()]
        place = reports.schema.get_field_index(name)
        reports = reports.set_column(
            place, reports.schema.field(name), pa.array(values, reports.schema.field(name).type)
        )
    return reports
