"""Fuzzing of every public entry: inputs made and mutated by chance, in processes of their own, within time and memory.

    python benchmarks/fuzz.py [--inputs 1000000] [--minutes 40] [--seed 1] [--workers 2] [--only ENTRY] [--faults DIR]
    python benchmarks/fuzz.py --only ENTRY --seed 1 --replay NUMBER

Anything but a result or the package's own error is a fault: another exception or a warning, a property that does not
hold (`fuzz_entries`), a process that dies, an input that takes more than `--seconds` of processor time, or more memory
than `--megabytes`. It is written to the folder of faults with its input, and the run goes on. The number of an input,
its entry and the seed make it: ``--replay`` makes it again and shows what comes of it. ``--inputs`` are shared out
among entries as these say; where ``--minutes`` end first, each entry has had about the same part of its share.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_entries import ENTRIES

from zhgovtext.errors import ZhgovtextError

# A worker is given up after so many seconds without a sign of life.
_SILENCE = 120.0
_SHOWN = 20_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker is told."""

    seed: int
    seconds: float
    megabytes: int
    faults: Path


@dataclass
class Result:
    """What came of inputs of one entry."""

    tried: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_input: int = -1
    megabytes: float = 0.0

    def add(self, other: Result) -> None:
        self.tried += other.tried
        self.accepted += other.accepted
        self.refused += other.refused
        self.faults += other.faults
        self.seconds += other.seconds
        self.megabytes = max(self.megabytes, other.megabytes)
        if other.slowest > self.slowest:
            self.slowest, self.slowest_input = other.slowest, other.slowest_input


class Hang(BaseException):
    """Not an Exception: nothing but the run itself may catch it."""


# In a worker ---------------------------------------------------------------------------------------------------------


def run_input(name: str, number: int, settings: Settings, result: Result) -> None:
    """Try one input, and count what comes of it."""
    with _folder() as folder:
        began = time.process_time()
        problem: BaseException | None = None
        try:
            signal.setitimer(signal.ITIMER_PROF, settings.seconds)
            try:
                ENTRIES[name].run(random.Random(f"{settings.seed} {name} {number}"), folder)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            result.accepted += 1
        except ZhgovtextError as error:
            result.refused[error.code] += 1
        except (Exception, Hang) as error:
            problem = error
        took = time.process_time() - began
        result.tried += 1
        result.seconds += took
        if took > result.slowest:
            result.slowest, result.slowest_input = took, number
        if problem is not None:
            result.faults.append(_where(problem))
            keep(name, number, settings, problem, folder)


def _where(problem: BaseException) -> str:
    """One line that is the same for faults of one cause."""
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [frame for frame in frames if "zhgovtext" in Path(frame.filename).parts or "benchmarks" in frame.filename]
    frame = (ours or frames)[-1]
    return f"{type(problem).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def keep(name: str, number: int, settings: Settings, problem: BaseException, folder: Path | None) -> None:
    """Write a fault down: what was raised, the values that the entry had made, and its files."""
    place = settings.faults / f"{name.replace(':', '-')}-{settings.seed}-{number}"
    place.mkdir(parents=True, exist_ok=True)
    lines = [f"python benchmarks/fuzz.py --only {name} --seed {settings.seed} --replay {number}\n"]
    lines += traceback.format_exception(problem)
    for frame, _ in traceback.walk_tb(problem.__traceback__):
        if Path(frame.f_code.co_filename).name == "fuzz_entries.py":
            lines += [f"{key} = {_shown(value)}\n" for key, value in frame.f_locals.items()]
            break
    (place / "fault.txt").write_text("".join(lines), encoding="utf-8", errors="backslashreplace")
    if folder is not None:
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(folder, place / "files", symlinks=True, dirs_exist_ok=True, ignore=_irregular)


def _shown(value: object) -> str:
    try:
        return repr(value)[:_SHOWN]
    except Exception as error:
        return f"<{type(error).__name__}>"


def _irregular(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not (Path(folder, name).is_file() or Path(folder, name).is_dir())]


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _limit(settings: Settings) -> None:
    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hang(f"more than {settings.seconds:g} s of processor time")

    signal.signal(signal.SIGPROF, ring)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    most = settings.megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    warnings.simplefilter("error")


def _peak(reset: bool = False) -> float:
    """Most megabytes held since the last reset, where the system tells; else since the process began."""
    with contextlib.suppress(OSError):
        if reset:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _work(pipe: Connection, at: Any, settings: Settings, folder: Path) -> None:
    """Take chunks (entry, first number, number after the last) and send back results; `at` tells the input."""
    # The parent removes the folder, whatever becomes of this process.
    tempfile.tempdir = str(folder)
    _limit(settings)
    while (chunk := pipe.recv()) is not None:
        name, first, end = chunk
        result = Result()
        _peak(reset=True)
        for number in range(first, end):
            at[:] = number, int(time.monotonic())
            run_input(name, number, settings, result)
        result.megabytes = _peak()
        pipe.send(result)
        gc.collect()


# In the parent -------------------------------------------------------------------------------------------------------


class _Worker:
    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        # The number of the input that it is at, and when that began.
        self.at = context.RawArray("q", 2)
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, self.at, settings, self.folder))
        self.process.start()
        theirs.close()
        self.chunk: tuple[str, int, int] | None = None

    def give(self, chunk: tuple[str, int, int]) -> None:
        self.chunk = chunk
        self.at[:] = chunk[1], int(time.monotonic())
        self.pipe.send(chunk)

    def is_lost(self) -> bool:
        """Whether it died or hangs with work to do."""
        silent = time.monotonic() - self.at[1] > _SILENCE
        return self.chunk is not None and (silent or not self.process.is_alive())

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.pipe.send(None)
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        shutil.rmtree(self.folder, ignore_errors=True)


def _plan(names: Sequence[str], inputs: int) -> list[tuple[str, int, int]]:
    """Chunks of all entries, in an order in which at any time each has had about the same part of its share."""
    whole = sum(ENTRIES[name].share for name in names)
    chunks: list[tuple[float, str, int, int]] = []
    for name in names:
        count = max(1, round(inputs * ENTRIES[name].share / whole))
        # Rare entries are slow ones.
        size = max(1, min(400, round(ENTRIES[name].share / 40)))
        chunks += [((first + 1) / count, name, first, min(count, first + size)) for first in range(0, count, size)]
    return [(name, first, end) for _, name, first, end in sorted(chunks)]


def run(chunks: list[tuple[str, int, int]], settings: Settings, workers: int, minutes: float) -> dict[str, Result]:
    """Have the chunks worked off; what came of each entry."""
    results: dict[str, Result] = {}
    queue = chunks[::-1]
    deadline = time.monotonic() + 60 * minutes
    pool = [_Worker(settings) for _ in range(workers)]
    idle = list(pool)
    while pool:
        for worker in list(idle):
            idle.remove(worker)
            if queue and time.monotonic() < deadline:
                worker.give(queue.pop())
            else:
                worker.stop()
                pool.remove(worker)
        for pipe in wait([worker.pipe for worker in pool], timeout=1):
            worker = next(worker for worker in pool if worker.pipe is pipe)
            with contextlib.suppress(EOFError, ConnectionError):
                found = worker.pipe.recv()
                assert worker.chunk is not None
                results.setdefault(worker.chunk[0], Result()).add(found)
                worker.chunk = None
                idle.append(worker)
        for at, worker in enumerate(pool):
            if worker.is_lost():
                pool[at] = _replace(worker, queue, results, settings)
                idle.append(pool[at])
    return results


def _replace(
    worker: _Worker, queue: list[tuple[str, int, int]], results: dict[str, Result], settings: Settings
) -> _Worker:
    """Another worker for one that died or hangs: what it did of its chunk is not known, but for the input it was at."""
    assert worker.chunk is not None
    name, first, end = worker.chunk
    dead, number = not worker.process.is_alive(), worker.at[0]
    what = f"died: exit code {worker.process.exitcode}" if dead else f"no sign of life for {_SILENCE:g} s"
    worker.process.kill()
    worker.stop()
    results.setdefault(name, Result()).add(Result(tried=1, faults=[what]))
    keep(name, number, settings, RuntimeError(what), None)
    queue += [(name, *span) for span in ((number + 1, end), (first, number)) if span[0] < span[1]]
    return _Worker(settings)


def show(results: dict[str, Result], seconds: float) -> None:
    """A table of what came of each entry, and of all."""
    print(
        f"{'entry':24}{'inputs':>9}{'accepted':>10}{'refused':>9}{'faults':>8}"
        f"{'inputs/s':>10}{'slowest ms':>12}{'MB':>6}"
    )
    whole = Result()
    for name, found in results.items():
        whole.add(found)
        _line(name, found)
    _line("all", whole)
    print(f"\n{whole.tried} inputs in {seconds / 60:.1f} minutes; {len(whole.faults)} faults")
    for fault, count in Counter(
        f"{name}: {fault}" for name, found in results.items() for fault in found.faults
    ).most_common():
        print(f"{count:6} {fault}")


def _line(name: str, found: Result) -> None:
    rate = found.tried / found.seconds if found.seconds else 0.0
    print(
        f"{name:24}{found.tried:9}{found.accepted:10}{found.refused.total():9}{len(found.faults):8}{rate:10.0f}"
        f"{1000 * found.slowest:12.0f}{found.megabytes:6.0f}"
    )


def replay(name: str, number: int, settings: Settings) -> None:
    """Make one input again, and show what comes of it."""
    warnings.simplefilter("error")
    with _folder() as folder:
        found = ENTRIES[name].run(random.Random(f"{settings.seed} {name} {number}"), folder)
    print(f"{name} {number}: {found!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=ENTRIES, nargs="+", metavar="ENTRY", help=", ".join(ENTRIES))
    parser.add_argument("--seconds", type=float, default=10, help="of processor time for one input")
    parser.add_argument("--megabytes", type=int, default=4000, help="of addresses for a worker")
    parser.add_argument("--faults", type=Path, default=Path(tempfile.gettempdir(), "fuzz-faults"))
    parser.add_argument("--replay", type=int, metavar="NUMBER")
    options = parser.parse_args()
    settings = Settings(options.seed, options.seconds, options.megabytes, options.faults)
    names = options.only or list(ENTRIES)
    if options.replay is not None:
        replay(names[0], options.replay, settings)
        return
    began = time.monotonic()
    results = run(_plan(names, options.inputs), settings, options.workers, options.minutes)
    show({name: results[name] for name in names if name in results}, time.monotonic() - began)
    sys.exit(any(found.faults for found in results.values()))


if __name__ == "__main__":
    main()
