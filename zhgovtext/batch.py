"""A corpus into its store: an engine analyses what is new or changed, on one machine or many, and one process writes.

Each chunk of reports is one transaction. What is committed is done; what is not is done again by the next run, and the
content of the store does not tell how often that was.
"""

from __future__ import annotations

import glob
import json
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zhgovtext import __version__
from zhgovtext.analysis import Options, Task
from zhgovtext.dataset import LEDGER, Dataset, is_dataset
from zhgovtext.errors import DataError, InputError, OptionError, ZhgovtextError
from zhgovtext.panel import build_panel
from zhgovtext.readers import printable
from zhgovtext.records import Place, as_batches, failure_rows, report_id
from zhgovtext.sources import Input, Text, find_inputs, path_name, read_texts
from zhgovtext.store import add_fingerprint, create_store, delete_reports, open_store, store_error, write_batches
from zhgovtext.workers import About, Done, Workers

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

Watcher = Callable[[int, int, ZhgovtextError | None], None]

_PAGE = 500
# Memory for DuckDB beside the rest of the process: little, so that it does not grow with the store, but enough for a
# checkpoint, which cannot go on without; and more for a chunk with a report of millions of characters.
_MEMORY = "SET memory_limit = '192MB'"
_MORE_MEMORY = "RESET memory_limit"
# Failures that may come from the machine or the moment: tried again by every run.
_PASSING = ("died", "timeout", "changed", "missing", "unreadable", "directory", "internal")
ENGINES = ("local", "dask")
# How the name of a store in the making ends.
_NEW = ".new"
_LOST = {
    "died": InputError("died", "its worker process ended, twice", hint="is there memory enough? is the file damaged?"),
    "timeout": InputError("timeout", "took too long, twice", hint="--timeout gives it more seconds"),
    "changed": InputError("changed", "has changed since the run began", hint="run it again"),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run went: reports analysed (`failed` of them without a result), those `kept` from earlier runs (`unusable`
    of them without a result), those marked as `removed`, those of other inputs and `older` options, seconds."""

    done: int
    failed: int
    kept: int
    unusable: int
    removed: int
    older: int
    seconds: float


class Engine(Protocol):
    """What has tasks done: worker processes here, or a cluster."""

    def start(self) -> About: ...

    def run(self, tasks: Iterator[Task], total: int, *, stop: threading.Event) -> Iterator[Done]: ...

    def stop(self) -> None: ...


class Target(Protocol):
    """What a run writes to: a store, or a dataset with its ledger."""

    # A chunk is committed when it has as many reports, as many bytes, or is as old (seconds).
    chunk: tuple[int, int, float]
    connection: DuckDBPyConnection

    def begin(self, run: int) -> None: ...

    def write(self, groups: Sequence[tuple[str, Mapping[str, pa.RecordBatch]]], ids: Sequence[str]) -> None: ...

    def finish(self) -> None: ...


def run_batch(
    sources: Sequence[str | Path],
    store: str | Path,
    *,
    options: Options | None = None,
    workers: int | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    refresh: bool = False,
    max_seconds: float = 300.0,
    watch: Watcher | None = None,
) -> Summary:
    """Analyse what `sources` lead to (see `find_inputs`) into the store at path `store`, which is made if need be: a
    file of DuckDB, or, where the path has no suffix, a folder of Parquet files (see `zhgovtext.dataset`).

    Only what is new or changed is analysed, or what was with other options or another version; all of it with
    `refresh`. Reports whose source no longer has them are marked as removed. `workers` is the number of processes, by
    default that of cores; a report that takes more than `max_seconds` fails. `engine` ``dask`` has it done by a
    cluster, the one of the `scheduler` at an address (``tcp://host:8786``) or one that is started here; there
    `max_seconds` says nothing. `watch` is told after each report how many are done, of how many, and the error of one
    that failed; also that of a source that is not there. A script needs ``if __name__ == "__main__":`` around the call,
    as for all that starts processes.

    Raises `InputError` for a store that cannot be used, where there is nothing to read at all, and for a cluster that
    is not there or goes away; `DataError` for a manifest, codebook or model that is not in order, `KeyboardInterrupt`
    after what was done is written.
    """
    count = _cores() if workers is None else workers
    if count < 1:
        raise OptionError("workers", f"{count} workers can do nothing", hint="leave the option out for one a core")
    if max_seconds <= 0:
        raise OptionError("max_seconds", f"{max_seconds} seconds are no time", hint="leave the option out")
    if engine not in ENGINES:
        raise OptionError("engine", f"there is no engine {engine}", hint=f"choose from {', '.join(ENGINES)}")
    chosen = options or Options()
    began = time.monotonic()
    with _open(store) as target, _patient() as stop:
        run = _Run(target, refresh, watch or _ignore)
        run.find(sources, stop)
        using = _engine(engine, chosen, count, max_seconds, scheduler, target)
        try:
            run.settle(using.start(), count)
            run.write(using.run(run.tasks(), run.total, stop=stop))
        finally:
            using.stop()
        summary = run.finish(time.monotonic() - began, complete=not stop.is_set())
        if stop.is_set():
            raise KeyboardInterrupt
        return summary


def _engine(
    name: str, options: Options, count: int, max_seconds: float, scheduler: str | None, target: Target
) -> Engine:
    if name == "local":
        return Workers(options, count, max_seconds)
    from zhgovtext.cluster import Cluster

    return Cluster(options, count, scheduler=scheduler, dataset=target if isinstance(target, Dataset) else None)


class _Run:
    """One run over a store: finds inputs, settles what is known of them, writes what is done."""

    def __init__(self, target: Target, refresh: bool, watch: Watcher) -> None:
        self._target = target
        self._store = target.connection
        self._refresh = refresh
        self._watch = watch
        self._sources: list[str] = []
        self._fingerprint = ""
        self._id = 0
        self._changed: list[Task] = []
        self._done = self._failed = self._kept = self._unusable = self._removed = 0
        self.total = 0

    def find(self, sources: Sequence[str | Path], stop: threading.Event) -> None:
        """List every input in a temporary table."""
        self._store.execute(_FOUND)
        missing: list[InputError] = []
        for source in sources:
            errors: list[InputError] = []
            found = _until_error(find_inputs(source), errors)
            while page := list(islice(found, _PAGE)):
                self._store.execute(_ADD_FOUND, [json.dumps([_found_row(each) for each in page])])
                if stop.is_set():
                    raise KeyboardInterrupt
            missing += errors
            # Of one that was not seen whole nobody knows which reports it no longer has.
            if all(error.code == "missing" for error in errors):
                self._sources.append(path_name(Path(source)))
        if not self._count("SELECT count(*) FROM found") and not self._count("SELECT count(*) FROM reports"):
            named = printable(", ".join(map(str, sources)))
            raise InputError("empty", "there is no report", path=named, hint="name folders or files with reports")
        for absent in missing:
            self._failed += 1
            self._watch(0, 0, absent)

    def settle(self, about: dict[str, Any], workers: int) -> None:
        """Bring the store up to date with the inputs, and list what there is to do in a temporary table."""
        self._fingerprint = about["fingerprint"]
        store = self._store
        store.begin()
        for statement in _SETTLE:
            store.execute(statement, {"sources": self._sources} if "$sources" in statement else None)
        self._removed = self._count("SELECT count(*) FROM gone")
        store.execute(_TO_DO, {"fingerprint": self._fingerprint, "refresh": self._refresh, "passing": list(_PASSING)})
        add_fingerprint(store, self._fingerprint, about["provenance"])
        self.total = self._count("SELECT count(*) FROM to_do")
        known = "SELECT count(*) FROM reports SEMI JOIN found USING (report_id) ANTI JOIN to_do USING (report_id)"
        self._kept = self._count(known)
        self._unusable = self._count(f"{known} WHERE error_code IS NOT NULL")
        self._id = self._count("SELECT coalesce(max(run_id), 0) + 1 FROM runs")
        store.execute(
            "INSERT INTO runs (run_id, started, workers, engine, version, fingerprint, sources) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [self._id, _now(), workers, about["engine"], __version__, self._fingerprint, self._sources],
        )
        self._target.begin(self._id)
        for table in ("found", "named", "gone"):
            store.execute(f"DROP TABLE {table}")
        store.commit()

    def tasks(self) -> Iterator[Task]:
        """What there is to do, texts read from their file in its order."""
        file = ""
        texts: Iterator[Text] = iter(())
        for name, row, encoded, sha256, size, id_, paths, extra in self._pages():
            read_from = os.fsdecode(bytes.fromhex(encoded))
            place = Place(id_, sha256, name, tuple(paths), json.loads(extra) if extra else None)
            if row is None:
                yield Task(place, read_from, size=size)
                continue
            if read_from != file:
                file, texts = read_from, _texts_while_there(Path(read_from))
            # A file that has changed meanwhile may end early; the hash tells whether the text is still the same.
            text = next((text for text in texts if text.row == row), None)
            if text is None:
                self._changed.append(Task(place, read_from, size=size))
            else:
                yield Task(place, read_from, text.text, size)

    def write(self, results: Iterator[Done]) -> None:
        """Commit results chunk by chunk."""
        most, most_bytes, most_seconds = self._target.chunk
        chunk: list[Done] = []
        began, reports, size = time.monotonic(), 0, 0
        try:
            for done in chain(results, self._missed()):
                if done.lost:
                    if done.lost not in _LOST:
                        continue
                    done = self._given_up(done)
                chunk.append(done)
                reports += len(done.tasks)
                size += done.size
                self._tell(done)
                if reports >= most or size >= most_bytes or time.monotonic() - began > most_seconds:
                    full, chunk = chunk, []
                    self._commit(full)
                    began, reports, size = time.monotonic(), 0, 0
        finally:
            # Also what was done before the engine broke down.
            self._commit(chunk)

    def _missed(self) -> Iterator[Done]:
        """Texts that were no longer in their file."""
        while self._changed:
            yield Done((self._changed.pop(),), lost="changed")

    def finish(self, seconds: float, *, complete: bool) -> Summary:
        """Close the run's row and say how it went."""
        store = self._store
        store.begin()
        if complete:
            store.execute("DELETE FROM fingerprints WHERE fingerprint NOT IN (SELECT fingerprint FROM reports)")
        store.execute(
            # The clock may have been set back meanwhile.
            "UPDATE runs SET finished = greatest(started, ?), done = ?, failed = ?, kept = ?, removed = ?, seconds = ? "
            "WHERE run_id = ?",
            [_now(), self._done, self._failed, self._kept, self._removed, round(seconds, 3), self._id],
        )
        store.commit()
        self._target.finish()
        older = self._count(
            "SELECT count(*) FROM reports WHERE status <> 'removed' AND fingerprint <> ?", [self._fingerprint]
        )
        return Summary(self._done, self._failed, self._kept, self._unusable, self._removed, older, seconds)

    def _commit(self, chunk: Sequence[Done]) -> None:
        if not chunk:
            return
        ids = [task.place.report_id for done in chunk for task in done.tasks]
        stale = "SELECT report_id FROM to_do WHERE stale AND report_id IN (SELECT unnest(?::VARCHAR[]))"
        outdated = [id_ for (id_,) in self._store.execute(stale, [ids]).fetchall()]
        self._target.write([(done.part, done.batches) for done in chunk if done.batches is not None], outdated)

    def _given_up(self, done: Done) -> Done:
        """A task that nothing came of, as a failure."""
        place, error = done.tasks[0].place, _LOST[done.lost]
        rows = failure_rows(error, place, self._fingerprint)
        return Done(done.tasks, as_batches([(place.report_id, rows)]))

    def _tell(self, done: Done) -> None:
        assert done.batches is not None
        reports = done.batches["reports"]
        told = (reports[name].to_pylist() for name in ("path", "error_code", "error_message", "error_hint"))
        for path, code, message, hint in zip(*told, strict=True):
            self._done += 1
            error = InputError(code, message, path=path, hint=hint or "") if code else None
            self._failed += error is not None
            self._watch(self._done, self.total, error)

    def _pages(self) -> Iterator[tuple[Any, ...]]:
        for page in range(0, self.total, _PAGE):
            rows = self._store.execute(
                "SELECT * EXCLUDE (n, stale) FROM to_do WHERE n > ? AND n <= ? ORDER BY n", [page, page + _PAGE]
            )
            yield from rows.fetchall()

    def _count(self, query: str, values: list[Any] | None = None) -> int:
        # All rows are fetched: a result that is not read to its end blocks the connection.
        return int(self._store.execute(query, values).fetchall()[0][0])


# What inputs there are and what is to be done, in SQL: a corpus may have more inputs than Python objects should.

_FOUND = """CREATE OR REPLACE TEMP TABLE found
(path VARCHAR, source VARCHAR, name VARCHAR, file VARCHAR, sha256 VARCHAR, size BIGINT, row BIGINT, extra JSON,
report_id VARCHAR)"""
_SHAPE = (
    '[{"path":"VARCHAR","source":"VARCHAR","name":"VARCHAR","file":"VARCHAR","sha256":"VARCHAR","size":"BIGINT",'
    '"row":"BIGINT","extra":"JSON","report_id":"VARCHAR"}]'
)
_ADD_FOUND = f"INSERT INTO found SELECT unnest(from_json_strict(?, '{_SHAPE}'), max_depth := 2)"
_SETTLE = (
    "DELETE FROM inputs WHERE source IN (SELECT unnest($sources::VARCHAR[])) OR path IN (SELECT path FROM found)",
    """INSERT INTO inputs SELECT path, arg_min(source, source), arg_min(name, source), arg_min(report_id, source),
arg_min(extra, source) FROM found GROUP BY path""",
    """CREATE OR REPLACE TEMP TABLE named AS SELECT report_id, arg_min(name, path) AS name,
list(path ORDER BY path) AS paths, arg_min(extra, path) FILTER (extra IS NOT NULL) AS extra
FROM inputs GROUP BY report_id""",
    """UPDATE reports SET name = named.name, path = named.paths[1], paths = named.paths, extra = named.extra
FROM named WHERE named.report_id = reports.report_id AND (reports.paths <> named.paths OR reports.name <> named.name
OR reports.extra IS DISTINCT FROM named.extra)""",
    # There is nothing in a failure that would be worth keeping: its file can be read by now, or is gone.
    "DELETE FROM reports WHERE error_code IS NOT NULL AND report_id NOT IN (SELECT report_id FROM named)",
    """CREATE OR REPLACE TEMP TABLE gone AS SELECT report_id FROM reports ANTI JOIN named USING (report_id)
WHERE status <> 'removed'""",
    "UPDATE reports SET status = 'removed' WHERE report_id IN (SELECT report_id FROM gone)",
    """UPDATE reports SET status = if(error_code IS NULL, 'ok', 'failed')
WHERE status = 'removed' AND report_id IN (SELECT report_id FROM named)""",
)
# The format of a text depends on its name's ending, so that a text that came to be Markdown is read again.
_TO_DO = """CREATE OR REPLACE TEMP TABLE to_do AS
SELECT row_number() OVER (ORDER BY row IS NOT NULL, file, row) AS n, named.name, row, file, sha256, size, report_id,
  paths, extra, stale
FROM (
  SELECT report_id, arg_min(file, path) AS file, arg_min(sha256, path) AS sha256,
    arg_min(size, path) AS size,
    CASE WHEN bool_and(row IS NOT NULL) THEN arg_min(row, path) END AS row
  FROM found GROUP BY report_id
) JOIN named USING (report_id) LEFT JOIN (
  SELECT report_id, true AS stale, fingerprint, error_code, format = 'md' AS md FROM reports
) USING (report_id)
WHERE stale IS NULL OR $refresh OR fingerprint <> $fingerprint OR list_contains($passing, error_code)
  OR (md AND NOT regexp_matches(lower(named.name), '[.](md|markdown)$'))
  OR (NOT md AND error_code IS NULL AND regexp_matches(lower(named.name), '[.](md|markdown)$')
      AND report_id IN (SELECT report_id FROM reports WHERE format = 'txt'))"""


def _until_error(found: Iterator[Input], errors: list[InputError]) -> Iterator[Input]:
    """What is found until something is not there, or closed, which goes to `errors`."""
    try:
        yield from found
    except InputError as error:
        errors.append(error)


def _texts_while_there(file: Path) -> Iterator[Text]:
    """The texts of a file that was in order a moment ago, as far as it still is."""
    with suppress(DataError):
        yield from read_texts(file)


def _found_row(found: Input) -> dict[str, Any]:
    # The name of a file may be no text at all; as digits of its bytes it goes into any table.
    return {**asdict(found), "file": os.fsencode(found.file).hex(), "report_id": report_id(found.sha256, found.path)}


class _Store:
    """A store as the target of a run."""

    chunk = (128, 16_000_000, 1.0)

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self.connection = connection
        connection.execute(_MEMORY)

    def begin(self, run: int) -> None:
        pass

    def write(self, groups: Sequence[tuple[str, Mapping[str, pa.RecordBatch]]], ids: Sequence[str]) -> None:
        import duckdb

        batches = [batches for _, batches in groups]
        if sum(batch.nbytes for tables in batches for batch in tables.values()) <= 2 * self.chunk[1]:
            try:
                self._write(batches, ids)
            except duckdb.OutOfMemoryException:
                self.connection.rollback()
            else:
                return
        self.connection.execute(_MORE_MEMORY)
        self._write(batches, ids)
        self.connection.execute("CHECKPOINT")
        self.connection.execute(_MEMORY)

    def _write(self, batches: Sequence[Mapping[str, pa.RecordBatch]], ids: Sequence[str]) -> None:
        self.connection.begin()
        if ids:
            delete_reports(self.connection, ids)
        write_batches(self.connection, batches)
        self.connection.commit()

    def finish(self) -> None:
        # Its columns depend on the manifests and codebooks that the store has come to know.
        self.connection.execute(f"CREATE OR REPLACE VIEW panel AS {build_panel(self.connection).sql_query()}")


@contextmanager
def _open(path: str | Path) -> Iterator[Target]:
    """The store or dataset to write to; a new one has its name only when it is whole, and goes when nothing came of
    it."""
    folder = Path(path) if _means_dataset(path) else None
    place = folder / LEDGER if folder else Path(path)
    new = not os.path.exists(place)  # noqa: PTH110
    if new:
        if folder:
            _make_folder(folder)
        _create(place)
    connection = open_store(place, read_only=False)
    import duckdb

    try:
        if new:
            _clear_up(place)
        yield Dataset(folder, connection) if folder else _Store(connection)
        connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise store_error(error, place) from error
    except ZhgovtextError:
        if new and not connection.execute("SELECT 1 FROM runs").fetchall():
            connection.close()
            place.unlink()
            if folder:
                folder.rmdir()
        raise
    finally:
        connection.close()


def _means_dataset(path: str | Path) -> bool:
    if is_dataset(path):
        return True
    place = Path(path)
    # Unlike those of Path, they have an answer for every path.
    if os.path.isdir(place):  # noqa: PTH112
        # A run that was killed when it had just begun leaves a ledger in the making.
        if any(not each.startswith(f"{LEDGER}.") for each in os.listdir(place)):  # noqa: PTH208
            raise InputError(
                "directory",
                "is a folder with other things in it",
                path=str(path),
                hint="name a store in it (corpus.duckdb), or a new folder",
            )
        return True
    return not os.path.exists(place) and not place.suffix  # noqa: PTH110


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError("unwritable", f"cannot be made: {error.strerror}", path=str(folder)) from error


def _create(place: Path) -> None:
    if not place.parent.is_dir():
        raise InputError("unwritable", "there is no such folder", path=str(place.parent), hint="make it first")
    # Two runs that begin at the same time make one each.
    new = place.with_name(f"{place.name}.{uuid.uuid4().hex[:8]}{_NEW}")
    try:
        create_store(new).close()
        _give_name(new, place)
    except InputError as error:
        raise InputError(error.code, error.message, path=error.path and str(place), hint=error.hint) from error
    except OSError as error:
        raise InputError("unwritable", f"cannot be written: {error.strerror}", path=str(place)) from error
    finally:
        for leftover in (new, _log(new)):
            with suppress(OSError):
                leftover.unlink()


def _give_name(new: Path, place: Path) -> None:
    """Give a store its name, unless another run was quicker: renaming would take that one's store away."""
    if place.exists():
        return
    # A log without its store is what is left of one that was deleted.
    _log(place).unlink(missing_ok=True)
    try:
        os.link(new, place)
    except OSError:
        # Where a disk knows no links, a store can still be moved.
        if not place.exists():
            new.rename(place)


def _clear_up(place: Path) -> None:
    """Take away what runs have left that were killed while they made this store, which is open here alone by now."""
    for leftover in place.parent.glob(f"{glob.escape(place.name)}.*{_NEW}*"):
        leftover.unlink(missing_ok=True)


def _log(store: Path) -> Path:
    return store.with_name(store.name + ".wal")


@contextmanager
def _patient() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, so that what is done can be written; the second one interrupts at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def interrupt(_signal: int, _frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ignore(_done: int, _total: int, _error: ZhgovtextError | None) -> None:
    pass


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
