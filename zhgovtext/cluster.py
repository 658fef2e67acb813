"""The engine of a cluster: Dask workers, on one machine or on many, analyse groups of reports.

What they are given is tasks as JSON, what they give back is bytes of Arrow: nothing of ours is pickled but the name of
the function. For a dataset they write their part themselves, and give back its rows of the table reports alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhgovtext import __version__
from zhgovtext.analysis import Analysis, Options, Task, analyze_batch
from zhgovtext.dataset import Dataset, without_bulk, write_part
from zhgovtext.errors import DataError, InputError, ZhgovtextError
from zhgovtext.workers import About, Done, about, form_groups, pack, pack_tasks, unpack, unpack_tasks

if TYPE_CHECKING:
    from distributed import Client, Future

# Limits of groups as of `form_groups`. A part of a dataset: large enough for Parquet and for the scheduler, small
# enough to be lost. A group whose results come here for the store: less.
_PART = {"most": 1000, "most_bytes": 64_000_000, "least": 100}
_GROUP = {"most": 64, "most_bytes": 4_000_000, "least": 8}
# Groups of each thread of a worker that are under way or wait.
_AHEAD = 2
# Seconds: to find the scheduler, to wait for the first worker, and for a scheduler that went away.
_FIND, _WAIT, _GONE = 10.0, 120.0, 30.0
_PAUSE = 0.2
_AGAIN = "what is done is kept: run it again when the cluster is there"


class Cluster:
    """Workers of Dask: those of the scheduler at an address, or `count` of our own on this machine."""

    def __init__(
        self, options: Options, count: int, *, scheduler: str | None = None, dataset: Dataset | None = None
    ) -> None:
        self._options = replace(options, codebook=_absolute(options.codebook), model=_absolute(options.model))
        self._count = count
        self._scheduler = scheduler
        self._dataset = dataset
        self._fingerprint = ""
        self._own: Any = None
        self._client: Client | None = None

    def start(self) -> About:
        """Connect, and see that every worker would give the same results as this process."""
        here = about(Analysis(self._options))
        self._fingerprint = here["fingerprint"]
        self._client = self._connect()
        try:
            self._client.wait_for_workers(1, timeout=_WAIT)
        except TimeoutError as error:
            raise InputError(
                "workers", "the scheduler has no worker", path=self._name, hint="start some: dask worker ADDRESS"
            ) from error
        for worker, found in sorted(self._client.run(_look, self._options, on_error="return").items()):
            self._check(worker, found)
        return here | {"engine": f"dask, {here['engine']}"}

    def run(self, tasks: Iterator[Task], total: int, *, stop: threading.Event) -> Iterator[Done]:
        """What becomes of `total` tasks, in the order in which they are done, until `stop` is set. A group that takes
        its workers with it is done once more, report by report."""
        assert self._client is not None
        threads = sum(self._client.nthreads().values()) or 1
        lost: list[Task] = []
        groups = form_groups(tasks, total, threads, **(_PART if self._dataset else _GROUP))
        for done in self._share(groups, threads, stop, dataset=self._dataset):
            if done.lost and len(done.tasks) > 1:
                lost += done.tasks
            else:
                yield done
        yield from self._share(((task,) for task in lost), threads, stop, dataset=None)

    def stop(self) -> None:
        """Give the workers up; a cluster of our own ends."""
        for open_ in (self._client, self._own):
            if open_ is not None:
                with suppress(OSError, TimeoutError):
                    open_.close()

    @property
    def _name(self) -> str:
        return self._scheduler or "dask"

    def _connect(self) -> Client:
        try:
            from distributed import Client, LocalCluster
        except ImportError as error:
            raise InputError(
                "missing_package", "a cluster needs Dask", hint='install it: pip install "zhgovtext[cluster]"'
            ) from error
        if self._scheduler is None:
            self._own = LocalCluster(
                n_workers=self._count,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
            return Client(self._own)
        try:
            return Client(self._scheduler, timeout=_FIND, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(
                "scheduler",
                "no scheduler answers at this address",
                path=self._scheduler,
                hint="start one (dask scheduler) and give the address it tells, such as tcp://host:8786",
            ) from error

    def _check(self, worker: str, found: Any) -> None:
        if isinstance(found, OSError):
            # It went away while it was asked; those that come later are asked with their first work.
            return
        if isinstance(found, ZhgovtextError):
            raise DataError(
                found.code, f"{worker} cannot work: {found}", hint="give it the same files as here, at the same paths"
            ) from found
        if isinstance(found, BaseException):
            problem = f"{worker} cannot work: {type(found).__name__}: {found}"
            raise DataError("workers", problem, hint="install the same zhgovtext there as here")
        version, fingerprint = found
        if fingerprint != self._fingerprint:
            problem = f"{worker} has zhgovtext {version} and would give other results than {__version__} here"
            raise DataError("versions", problem, hint="install the same package, models and codebooks there as here")

    def _share(
        self, groups: Iterator[tuple[Task, ...]], threads: int, stop: threading.Event, *, dataset: Dataset | None
    ) -> Iterator[Done]:
        waiting: dict[Future[Any], tuple[tuple[Task, ...], str]] = {}
        more = True
        try:
            while not stop.is_set():
                while more and len(waiting) < _AHEAD * threads:
                    group = next(groups, None)
                    if group is None:
                        more = False
                    else:
                        part = dataset.name_part() if dataset else ""
                        waiting[self._submit(group, dataset, part)] = group, part
                if not waiting:
                    return
                for future in self._finished(waiting):
                    yield self._done(future, *waiting.pop(future))
        except (OSError, TimeoutError, CancelledError) as error:
            raise self._gone() from error
        finally:
            if self._client is not None and self._client.status == "running":
                with suppress(OSError, TimeoutError):
                    self._client.cancel(list(waiting))

    def _submit(self, group: tuple[Task, ...], dataset: Dataset | None, part: str) -> Future[Any]:
        assert self._client is not None
        packed = pack_tasks([replace(task, file=_absolute(task.file) or "") for task in group])
        folder = str(dataset.folder.absolute()) if dataset else ""
        return self._client.submit(_work, packed, self._options, self._fingerprint, folder, part, pure=False, retries=2)

    def _finished(self, waiting: dict[Future[Any], Any]) -> list[Future[Any]]:
        """Those that are done by now; raises when the scheduler has been gone for long."""
        assert self._client is not None
        deadline = time.monotonic() + _GONE
        while self._client.status != "running":
            if self._client.status == "closed" or time.monotonic() > deadline:
                raise self._gone()
            time.sleep(_PAUSE)
        found = [future for future in waiting if future.status != "pending"]
        if not found:
            time.sleep(_PAUSE)
        return found

    def _gone(self) -> InputError:
        return InputError("scheduler", "the scheduler has gone away", path=self._name, hint=_AGAIN)

    def _done(self, future: Future[Any], group: tuple[Task, ...], part: str) -> Done:
        from distributed import KilledWorker

        if future.status in ("cancelled", "lost"):
            raise self._gone()
        error = future.exception()
        # What is too much for a worker's memory is done report by report, like what takes its workers with it.
        if isinstance(error, KilledWorker | MemoryError):
            return Done(group, lost="died")
        if isinstance(error, ZhgovtextError):
            raise error
        if error is not None:
            problem = f"a worker failed: {type(error).__name__}: {error}"
            raise InputError("cluster", problem, path=self._name, hint=_AGAIN)
        lengths, joined = future.result()
        return Done(group, unpack(lengths, joined), len(joined), part)


def _absolute(path: str | None) -> str | None:
    return str(Path(path).absolute()) if path else path


# In the worker's process ----------------------------------------------------------------------------------------------


def _look(options: Options) -> tuple[str, str]:
    return __version__, Analysis(options).fingerprint


def _work(packed: bytes, options: Options, fingerprint: str, folder: str, part: str) -> tuple[dict[str, int], bytes]:
    analysis = Analysis(options)
    if analysis.fingerprint != fingerprint:
        problem = f"a worker has zhgovtext {__version__} with other models or data and would give other results"
        raise DataError("versions", problem, hint="install the same package, models and codebooks there as here")
    batches = analyze_batch(unpack_tasks(packed), options=analysis)
    if not folder:
        return pack(batches)
    write_part(Path(folder), part, batches)
    return pack({"reports": without_bulk(batches["reports"])})
