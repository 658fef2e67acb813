"""Worker processes that analyse reports: each loads its models once, takes a task, sends back batches for the store.

A worker that dies or hangs costs the report it was at and nothing else. Each has a pipe of its own and a thread here
that feeds it, so that workers go on while the store is written.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import accumulate
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from zhgovtext.classification import load_coder
from zhgovtext.codebook import load_codebook
from zhgovtext.document import SURROGATE
from zhgovtext.errors import DataError, InputError, ZhgovtextError
from zhgovtext.report import Report, analyze, analyze_text
from zhgovtext.segmentation import load_segmenter
from zhgovtext.store import Place, as_batches, failure_columns, fingerprint_of, report_columns

# Tasks of each worker that are under way or wait: enough to go on with while the store is written.
_AHEAD = 24


@dataclass(frozen=True, slots=True)
class Options:
    """What reports are analysed with; `model` and `codebook` are paths, null for the shipped ones."""

    codebook: str | None = None
    model: str | None = None
    context: bool = True
    min_probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """A report to analyse: where it came from, and the file to read or the text itself."""

    place: Place
    file: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a task: batches as by `store.as_batches`, and the error where it failed. `lost` is why the worker
    could not say: ``died`` or ``timeout``."""

    task: Task
    batches: tuple[bytes, ...] = ()
    error: ZhgovtextError | None = None
    lost: str = ""


class Worker:
    """One process, started when first needed and again after it was lost."""

    def __init__(self, options: Options, max_seconds: float) -> None:
        self._options = options
        self._max_seconds = max_seconds
        self._process: Any = None
        self._connection: Connection | None = None
        self.about: dict[str, Any] = {}

    def start(self) -> None:
        """Start the process and wait until its models are loaded; raises what is wrong with codebook or model."""
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, self._options), daemon=True)
        with _deaf_to_interrupts():
            self._process.start()
        there.close()
        self._connection = here
        answer = self._receive(None)
        if answer is None:
            self.stop()
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

    def run(self, task: Task) -> Done:
        """Have a task done."""
        if self._connection is None:
            self.start()
        assert self._connection is not None
        try:
            self._connection.send_bytes(json.dumps(asdict(task)).encode())
            head = self._receive(self._max_seconds)
            if head is not None:
                error, lengths = json.loads(head)
                joined = self._connection.recv_bytes()
                ends = list(accumulate(lengths))
                batches = tuple(joined[end - length : end] for end, length in zip(ends, lengths, strict=True))
                return Done(task, batches, InputError(**error) if error else None)
        except (OSError, EOFError):
            pass
        hung = self._process.is_alive() and self._process.exitcode is None
        self.stop()
        return Done(task, lost="timeout" if hung else "died")

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._process.kill()
            self._process.join()

    def _receive(self, seconds: float | None) -> bytes | None:
        """The next message; null where the process has ended, or the time."""
        assert self._connection is not None
        ready = wait([self._connection, self._process.sentinel], seconds)
        if self._connection in ready:
            try:
                return self._connection.recv_bytes()
            except (OSError, EOFError):
                self._process.join(5)
        elif ready:
            self._process.join()
        return None


class Workers:
    """Several workers behind one queue of tasks, each fed by a thread."""

    def __init__(self, first: Worker, count: int, options: Options, max_seconds: float) -> None:
        self._workers = [first, *(Worker(options, max_seconds) for _ in range(count - 1))]
        self._tasks: queue.Queue[Task] = queue.Queue()
        self._done: queue.Queue[Done | Exception] = queue.Queue()
        self._stopped = threading.Event()

    def run(self, tasks: Iterator[Task], *, stop: threading.Event) -> Iterator[Done]:
        """What becomes of each task, in the order in which they are done, until `stop` is set.

        A task whose worker died or hung is tried once more after all others, when nothing else takes memory.
        """
        for worker in self._workers:
            threading.Thread(target=self._feed, args=(worker,), daemon=True).start()
        lost: list[Task] = []
        for done in self._share(tasks, stop):
            if done.lost:
                lost.append(done.task)
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
            worker.stop()

    def _share(self, tasks: Iterator[Task], stop: threading.Event) -> Iterator[Done]:
        most = _AHEAD * len(self._workers)
        waiting = 0
        more = True
        while not stop.is_set():
            while more and waiting < most:
                task = next(tasks, None)
                if task is None:
                    more = False
                else:
                    self._tasks.put(task)
                    waiting += 1
            if not waiting:
                return
            done = self._next(stop)
            if done is None:
                return
            waiting -= 1
            yield done

    def _alone(self, task: Task, stop: threading.Event) -> Done:
        self._tasks.put(task)
        done = self._next(stop)
        return done or Done(task, lost="interrupted")

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
                task = self._tasks.get(timeout=0.2)
            except queue.Empty:
                continue
            try:
                self._done.put(worker.run(task))
            except Exception as error:
                # Told to the thread that waits for results.
                self._done.put(error)


# In the worker's process ----------------------------------------------------------------------------------------------


def _serve(connection: Connection, options: Options) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        analysis = _Analysis(options)
    except ZhgovtextError as error:
        connection.send_bytes(json.dumps({"error": _plain(error)}).encode())
        return
    connection.send_bytes(json.dumps(analysis.about).encode())
    while True:
        try:
            message = connection.recv_bytes()
        except (OSError, EOFError):
            return
        failure, batches = analysis.run(message)
        connection.send_bytes(json.dumps([failure and _plain(failure), list(map(len, batches))]).encode())
        connection.send_bytes(b"".join(batches))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _Analysis:
    """Models loaded once, and what they are."""

    def __init__(self, options: Options) -> None:
        chosen = options.codebook
        if chosen is None and options.model is not None:
            own = Path(options.model) / "codebook.toml"
            chosen = str(own) if own.is_file() else None
        segmenter = load_segmenter()
        self._options: dict[str, Any] = {
            "codebook": load_codebook(chosen),
            "coder": load_coder(options.model),
            "segmenter": segmenter,
            "context": options.context,
            "min_probability": options.min_probability,
        }
        provenance = analyze_text("公开。", **self._options).provenance()
        self._fingerprint = fingerprint_of(provenance)
        self.about = {
            "provenance": provenance,
            "fingerprint": self._fingerprint,
            "engine": segmenter.engine.name,
        }

    def run(self, message: bytes) -> tuple[ZhgovtextError | None, list[bytes]]:
        """Why a task failed, if it did, and the batches for the store."""
        task = json.loads(message)
        place = Place(**{**task["place"], "paths": tuple(task["place"]["paths"])})
        error: ZhgovtextError
        try:
            columns = report_columns(self._analyze(task, place), place, self._fingerprint)
            return None, as_batches(columns, place.report_id)
        except InputError as found:
            error = found
        except Exception as problem:
            # One report must not stop a corpus, whatever a parser does with it.
            what = SURROGATE.sub("\ufffd", f"{type(problem).__name__}: {problem}")
            error = InputError("internal", f"cannot be analysed: {what}", hint="please report this")
        return error, as_batches(failure_columns(error, place, self._fingerprint), place.report_id)

    def _analyze(self, task: dict[str, Any], place: Place) -> Report:
        if task["text"] is None:
            report = analyze(task["file"], **self._options)
        else:
            report = analyze_text(task["text"], name=place.name, **self._options)
        if report.document.sha256 != place.sha256:
            raise InputError("changed", "has changed since the run began", hint="run it again")
        return report


def _plain(error: ZhgovtextError) -> dict[str, str]:
    return {name: getattr(error, name) for name in ("code", "message", "path", "place", "hint")}


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
