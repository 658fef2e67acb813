"""Worker processes that analyse reports: each loads its models once, takes a group of reports, sends back batches.

A worker that dies or hangs costs the report it was at and nothing else: the group is done again, one by one. Each has a
pipe of its own and a thread here that feeds it, so that workers go on while the store is written.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from zhgovtext.analysis import Analysis, Options, Task, analyze_batch
from zhgovtext.errors import DataError, InputError, ZhgovtextError
from zhgovtext.records import Place, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

# A group has at most so many reports, or bytes: few enough that a worker that is lost loses little.
_GROUP = 8
_GROUP_BYTES = 500_000
# Groups of each worker that are under way or wait: enough to go on with while the store is written.
_AHEAD = 4
# A process may be killed while it starts, where memory is short: so many times in a row are too many.
_STARTS = 3


# Of an analysis: its provenance, fingerprint and engine.
About = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a group of tasks: batches as by `analyze_batch`, and their size in bytes. Where the worker wrote
    them itself, `part` names the part, and the table reports alone is here. `lost` where it could not say, and why:
    ``died`` or ``timeout``."""

    tasks: tuple[Task, ...]
    batches: Mapping[str, pa.RecordBatch] | None = None
    size: int = 0
    part: str = ""
    lost: str = ""


class Worker:
    """One process, started when first needed and again after it was lost."""

    def __init__(self, options: Options, max_seconds: float) -> None:
        self._options = options
        self._max_seconds = max_seconds
        self._process: Any = None
        self._connection: Connection | None = None
        self._starting = threading.Lock()
        self._ended = False
        self.about: About = {}

    def start(self) -> None:
        """Start the process and wait until its models are loaded; raises what is wrong with codebook or model."""
        answer = None
        for _ in range(_STARTS):
            answer = self._launch()
            if answer is not None or self._ended:
                break
            self._process.join(5)
            self.stop()
            if self._process.exitcode >= 0:
                # It ended by itself and would do so again.
                break
        if answer is None:
            raise InputError(
                "worker",
                "a worker process cannot be started",
                hint="is there memory enough? a script needs if __name__ == '__main__'",
            )
        found = json.loads(answer)
        if "error" in found:
            self.stop()
            raise DataError(**found["error"])
        self.about = found

    def _launch(self) -> bytes | None:
        """Start the process; what it says of itself, null where it ended before."""
        context = multiprocessing.get_context("spawn")
        with self._starting, _deaf_to_interrupts():
            if self._ended:
                return None
            here, there = context.Pipe()
            self._process = context.Process(target=_serve, args=(there, self._options), daemon=True)
            self._process.start()
            there.close()
            self._connection = here
        return self._receive()

    def run(self, tasks: tuple[Task, ...]) -> Done:
        """Have a group of tasks done."""
        if self._connection is None:
            self.start()
        connection = self._connection
        if connection is None:
            return Done(tasks, lost="died")
        with _time_limit(self._max_seconds, self._process.kill) as over:
            try:
                connection.send_bytes(pack_tasks(tasks))
                head = self._receive()
                if head is not None:
                    joined = connection.recv_bytes()
                    return Done(tasks, unpack(json.loads(head), joined), len(joined))
            except (OSError, EOFError):
                pass
        self.stop()
        return Done(tasks, lost="timeout" if over.is_set() else "died")

    def end(self) -> None:
        """Stop for good. A process that is just being started is waited for, lest it is left with half a message."""
        with self._starting:
            self._ended = True
            self.stop()

    def stop(self) -> None:
        """End the process, whatever it does."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            self._process.kill()
            self._process.join()

    def _receive(self) -> bytes | None:
        """The next message; null where the process has ended."""
        connection = self._connection
        if connection is not None:
            # Another thread may close it meanwhile.
            with suppress(OSError, EOFError):
                if connection in wait([connection, self._process.sentinel]):
                    return connection.recv_bytes()
        return None


class Workers:
    """Several workers behind one queue of groups of tasks, each fed by a thread."""

    def __init__(self, options: Options, count: int, max_seconds: float) -> None:
        self._workers = [Worker(options, max_seconds) for _ in range(count)]
        self._groups: queue.Queue[tuple[Task, ...]] = queue.Queue()
        self._done: queue.Queue[Done | Exception] = queue.Queue()
        self._stopped = threading.Event()

    def start(self) -> About:
        """Start the first; the others follow when there is work for them."""
        self._workers[0].start()
        return self._workers[0].about

    def run(self, tasks: Iterator[Task], total: int, *, stop: threading.Event) -> Iterator[Done]:
        """What becomes of `total` tasks, in the order in which they are done, until `stop` is set.

        Those of a worker that died or hung are tried once more after all others, when nothing else takes memory.
        """
        del self._workers[max(1, total) :]
        for worker in self._workers:
            threading.Thread(target=self._feed, args=(worker,), daemon=True).start()
        lost: list[Task] = []
        groups = form_groups(tasks, total, len(self._workers), most=_GROUP, most_bytes=_GROUP_BYTES)
        for done in self._share(groups, stop):
            if done.lost:
                lost += done.tasks
            else:
                yield done
        for worker in self._workers[1:]:
            worker.stop()
        for task in lost:
            if not stop.is_set():
                yield self._alone(task, stop)

    def stop(self) -> None:
        """End all of them; what they are at is lost."""
        self._stopped.set()
        for worker in self._workers:
            worker.end()

    def _share(self, groups: Iterator[tuple[Task, ...]], stop: threading.Event) -> Iterator[Done]:
        most = _AHEAD * len(self._workers)
        waiting = 0
        more = True
        while not stop.is_set():
            while more and waiting < most:
                group = next(groups, None)
                if group is None:
                    more = False
                else:
                    self._groups.put(group)
                    waiting += 1
            if not waiting:
                return
            done = self._next(stop)
            if done is None:
                return
            waiting -= 1
            yield done

    def _alone(self, task: Task, stop: threading.Event) -> Done:
        self._groups.put((task,))
        done = self._next(stop)
        return done or Done((task,), lost="interrupted")

    def _next(self, stop: threading.Event) -> Done | None:
        # In small steps: a wait without end cannot be interrupted everywhere.
        while not stop.is_set():
            try:
                done = self._done.get(timeout=0.2)
            except queue.Empty:
                continue
            if isinstance(done, Exception):
                raise done
            return done
        return None

    def _feed(self, worker: Worker) -> None:
        while not self._stopped.is_set():
            try:
                group = self._groups.get(timeout=0.2)
            except queue.Empty:
                continue
            try:
                self._done.put(worker.run(group))
            except Exception as error:
                # Told to the thread that waits for results.
                self._done.put(error)


def form_groups(
    tasks: Iterator[Task], total: int, workers: int, *, most: int, most_bytes: int, least: int = 1
) -> Iterator[tuple[Task, ...]]:
    """Tasks in groups of so many, or so many bytes, that get smaller towards the end, so that workers end together.

    >>> tasks = [Task(Place("", None, "", ()), "")] * 9
    >>> [len(group) for group in form_groups(iter(tasks), 9, 2, most=3, most_bytes=100)]
    [2, 1, 1, 1, 1, 1, 1, 1]
    """
    left = total
    group: list[Task] = []
    size = 0
    for task in tasks:
        group.append(task)
        size += task.size
        left -= 1
        if size >= most_bytes or len(group) >= min(most, max(least, left // (2 * workers))):
            yield tuple(group)
            group, size = [], 0
    if group:
        yield tuple(group)


# In the worker's process ----------------------------------------------------------------------------------------------


def _serve(connection: Connection, options: Options) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        analysis = Analysis(options)
    except ZhgovtextError as error:
        connection.send_bytes(json.dumps({"error": _plain(error)}).encode())
        return
    connection.send_bytes(json.dumps(about(analysis)).encode())
    # The parent has gone, or memory: as if the system had ended it, since only a new process has all memory again.
    with suppress(OSError, EOFError, MemoryError):
        while True:
            tasks = unpack_tasks(connection.recv_bytes())
            lengths, joined = pack(analyze_batch(tasks, options=analysis))
            connection.send_bytes(json.dumps(lengths).encode())
            connection.send_bytes(joined)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def about(analysis: Analysis) -> About:
    return {name: getattr(analysis, name) for name in ("provenance", "fingerprint", "engine")}


# The form of a pipe: tasks as JSON, batches as their bytes and how long each is. ------------------------------------


def pack_tasks(tasks: Sequence[Task]) -> bytes:
    return json.dumps([asdict(task) for task in tasks]).encode()


def unpack_tasks(packed: bytes) -> list[Task]:
    return [
        Task(**{**task, "place": Place(**{**task["place"], "paths": tuple(task["place"]["paths"])})})
        for task in json.loads(packed)
    ]


def pack(batches: Mapping[str, pa.RecordBatch]) -> tuple[dict[str, int], bytes]:
    parts = {name: batch.serialize().to_pybytes() for name, batch in batches.items()}
    return {name: len(part) for name, part in parts.items()}, b"".join(parts.values())


def unpack(lengths: Mapping[str, int], joined: bytes) -> dict[str, pa.RecordBatch]:
    import pyarrow as pa

    whole = memoryview(joined)
    batches = {}
    at = 0
    for name, length in lengths.items():
        batches[name] = pa.ipc.read_record_batch(pa.py_buffer(whole[at : at + length]), arrow_schema(name))
        at += length
    return batches


def _plain(error: ZhgovtextError) -> dict[str, str]:
    return {name: getattr(error, name) for name in ("code", "message", "path", "place", "hint")}


@contextmanager
def _time_limit(seconds: float, end: Callable[[], None]) -> Iterator[threading.Event]:
    """What is done within so many seconds; then `end` is called and the event set. A pipe that nobody reads blocks who
    writes to it, so that a wait for the answer alone is not enough."""
    over = threading.Event()

    def give_up() -> None:
        over.set()
        end()

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A process started meanwhile never sees Ctrl-C, which is for the one that started it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
