"""A batch under faults: what is done is not lost, and what the next run makes of it is what an undisturbed one makes.

Real kills by hundreds are in ``benchmarks/kills.py``.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import ROOT

from zhgovtext import batch, dataset, store
from zhgovtext.analysis import Analysis, Options, Task, analyze_batch
from zhgovtext.batch import Summary, run_batch
from zhgovtext.corpus import open_corpus
from zhgovtext.errors import DataError, InputError, ZhgovtextError
from zhgovtext.records import TABLES, Place
from zhgovtext.sources import find_inputs
from zhgovtext.workers import Done, Worker, Workers, about

PLACES = ("云澜市", "青石县", "临川湖区", "苇望镇", "岚江市", "汀原县")
TARGETS = ("s.duckdb", "dataset")
Contents = dict[str, list[tuple[Any, ...]]]


def _text(place: str, count: int) -> str:
    return (
        f"{place}2019年政府信息公开工作年度报告\n一、概述\n2019年，{place}主动公开政府信息{count}条。\n"
        f"二、依申请公开情况\n全年收到政府信息公开申请{count + 3}件，均已办结。\n"
    )


def _fill(folder: Path, places: Sequence[str] = PLACES) -> Path:
    folder.mkdir(exist_ok=True)
    for at, place in enumerate(places):
        (folder / f"{place}.txt").write_text(_text(place, 12 + at), encoding="utf-8")
    return folder


class _HereWorkers:
    """Workers without a process, which load their models once for all tests."""

    analysis: Analysis | None = None

    def __init__(self, options: Options, _count: int, _max_seconds: float) -> None:
        type(self).analysis = type(self).analysis or Analysis(options)

    def start(self) -> dict[str, Any]:
        assert self.analysis is not None
        return about(self.analysis)

    def run(self, tasks: Iterator[Task], _total: int, *, stop: threading.Event) -> Iterator[Done]:
        for task in tasks:
            if stop.is_set():
                return
            yield Done((task,), analyze_batch([task], options=self.analysis))

    def stop(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test in a directory of its own, with chunks of two reports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(batch._Store, "chunk", (2, 10**9, 60.0))
    monkeypatch.setattr(dataset.Dataset, "chunk", (2, 10**9, 60.0))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "Workers", _HereWorkers)


def _run(*sources: str, target: str = "s.duckdb", **options: Any) -> Summary:
    return run_batch(sources or ("in",), target, workers=1, **options)


def _contents(target: str) -> Contents:
    """Sorted rows of every table but the one that knows of time."""
    with open_corpus(target) as corpus:
        names = (*TABLES, "inputs", "fingerprints")
        return {name: corpus.sql(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in names}


def _rows(query: str, target: str = "s.duckdb") -> list[tuple[Any, ...]]:
    with open_corpus(target) as corpus:
        return corpus.sql(query).fetchall()


def _patch_step(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, before: Callable[[], None], *, time: int = 1
) -> None:
    """Have `before` called as a step begins for the so-and-so-many-th time."""
    real = getattr(place, name)
    left = [time]

    def step(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            before()
        return real(*arguments, **options)

    monkeypatch.setattr(place, name, step)


# Killed processes -----------------------------------------------------------------------------------------------------

# A batch without worker processes that ends itself by SIGKILL when it comes to the given line for the nth time.
_KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[1:3]
import faults, test_faults
from zhgovtext import batch
line, number = sys.argv[3].split("@")
seen = []
def tell(told):
    seen.append(told)
    if seen.count(line) == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
batch.Workers = test_faults._HereWorkers
faults.arrange(tell, 2)
batch.run_batch(["in"], sys.argv[4], workers=1)
"""


@pytest.mark.parametrize(
    ("target", "moments"),
    [
        ("s.duckdb", {"-rows@2": 2, "+commit@3": 4}),
        ("dataset", {"+name@1": 0, "+note@2": 4, "+manifest@2": 6}),
    ],
)
@pytest.mark.usefixtures("here")
def test_killed_at_one_step_after_another(target: str, moments: dict[str, int], tmp_path: Path) -> None:
    """By hand: reports that are there afterwards, of six in chunks of two. The first commit of a run is that of what
    there is to do. A part is there when it is written, whether it was noted or not."""
    _fill(tmp_path / "in")
    paths = [str(ROOT / "benchmarks"), str(ROOT / "tests")]
    for moment, kept in moments.items():
        command = [sys.executable, "-c", _KILLED, *paths, moment, target]
        assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL, moment
        if dataset.is_dataset(target) or Path(target).is_file():
            assert len(_rows("SELECT DISTINCT report_id FROM reports", target)) == kept, moment
    summary = _run(target=target)
    assert (summary.done, summary.kept) == (6 - kept, kept)
    _run(target=f"other{Path(target).suffix}")
    assert _contents(target) == _contents(f"other{Path(target).suffix}")


@pytest.mark.usefixtures("here")
def test_a_second_interrupt_within_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path / "in")

    def interrupt() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        _patch_step(patched, batch, "write_batches", interrupt, time=2)
        with pytest.raises(KeyboardInterrupt):
            _run()
    assert len(_rows("SELECT * FROM reports")) == 2
    assert _run().done == 4
    _run(target="other.duckdb")
    assert _contents("s.duckdb") == _contents("other.duckdb")


@pytest.mark.usefixtures("here")
def test_an_interrupted_run_drops_nothing_of_a_part_that_was_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Was a part noted by halves, the rest of it would be to do again, and outdated where it stands."""
    _fill(tmp_path / "in")

    def end() -> None:
        raise KeyboardInterrupt

    seen: list[set[tuple[Any, ...]]] = []
    with monkeypatch.context() as patched:
        _patch_step(patched, dataset.Dataset, "_note", end, time=2)
        _patch_step(patched, batch._Run, "tasks", lambda: os.kill(os.getpid(), signal.SIGINT), time=2)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                _run(target="dataset")
            seen.append(_ids("dataset"))
    assert seen[0]
    assert seen[0] <= seen[1]


# Workers --------------------------------------------------------------------------------------------------------------


def _reader_of(pipe: Path) -> int:
    """The process that has opened the pipe to read from it; it waits for what will never come."""
    while True:
        with contextlib.suppress(OSError):
            # Fails as long as nobody reads; what is opened here stays open, lest the reader finds an end.
            os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            break
        time.sleep(0.01)
    while True:
        for link in Path("/proc").glob("[0-9]*/fd/*"):
            with contextlib.suppress(OSError):
                if int(link.parts[2]) != os.getpid() and link.readlink() == pipe:
                    return int(link.parts[2])


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs the proc file system of Linux")
def test_a_report_that_has_its_worker_killed_is_a_failure_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a system that is out of memory: whoever reads that report is killed."""
    _fill(tmp_path / "in")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    tasks = batch._Run.tasks

    def with_pipe(self: Any) -> Iterator[Task]:
        for task in tasks(self):
            yield Task(task.place, str(pipe)) if task.place.name == "青石县.txt" else task

    monkeypatch.setattr(batch._Run, "tasks", with_pipe)
    killed: list[int] = []

    def kill() -> None:
        while True:
            killed.append(_reader_of(pipe))
            os.kill(killed[-1], signal.SIGKILL)
            while Path(f"/proc/{killed[-1]}/fd").exists() and list(Path(f"/proc/{killed[-1]}/fd").iterdir()):
                time.sleep(0.01)

    threading.Thread(target=kill, daemon=True).start()
    summary = run_batch(["in"], "s.duckdb", workers=1, max_seconds=60)
    assert (summary.done, summary.failed, len(killed)) == (6, 1, 2)
    assert _rows("SELECT name, error_code FROM failures") == [("青石县.txt", "died")]
    monkeypatch.setattr(batch._Run, "tasks", tasks)
    monkeypatch.setattr(batch, "Workers", _HereWorkers)
    assert (_run().done, _run(target="other.duckdb").failed) == (1, 0)
    assert _contents("s.duckdb") == _contents("other.duckdb")


def test_memory_that_runs_out_in_a_worker_is_like_its_end(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """After the first group it may have no more than it has: the second, which needs some, is lost; the third is done
    by a new process."""
    text = _text("云澜市", 3)
    worker = Worker(Options(), 60)
    try:
        assert worker.run((_task("a", text),)).batches is not None
        size = int(Path(f"/proc/{worker._process.pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(worker._process.pid, resource.RLIMIT_AS, (size, size))
        assert worker.run((_task("b", text * 3000),)).lost == "died"
        assert worker.run((_task("c", text),)).batches is not None
    finally:
        worker.stop()
    assert "Traceback" not in capfd.readouterr().err


def test_a_group_that_is_too_much_for_a_worker_of_a_cluster_is_done_report_by_report() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    from zhgovtext.cluster import Cluster

    class Future:
        status = "error"

        def exception(self) -> Exception:
            return MemoryError()

    future: Any = Future()
    assert Cluster(Options(), 1)._done(future, (_task("a", "公开"),), "").lost == "died"


def test_a_worker_that_does_not_even_read_its_task_is_ended() -> None:
    """A task of a million bytes does not fit into the pipe."""
    worker = Worker(Options(), 60)
    try:
        worker.start()
        os.kill(worker._process.pid, signal.SIGSTOP)
        worker._max_seconds = 0.3
        assert worker.run((_task("a", "公开" * 500_000),)).lost == "timeout"
    finally:
        worker.stop()


def test_a_worker_killed_while_it_starts_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Worker._receive
    killed: list[int] = []

    def kill(self: Worker) -> bytes | None:
        if len(killed) < most:
            killed.append(self._process.pid)
            self._process.kill()
        return receive(self)

    monkeypatch.setattr(Worker, "_receive", kill)
    workers = Workers(Options(), 1, 60)
    most = 99
    with pytest.raises(InputError, match="a worker process cannot be started"):
        workers.start()
    assert len(killed) == 3
    most = 4
    try:
        assert workers.start()["fingerprint"]
    finally:
        workers.stop()
    assert len(killed) == 4


def _task(name: str, text: str) -> Task:
    return Task(Place(name, None, name, (name,)), "", text)


# Disks ----------------------------------------------------------------------------------------------------------------

# Where a step begins when the disk becomes full: what has it, its name, and how often it came before.
_STEPS: list[tuple[str, Any, str, int]] = [
    ("s.duckdb", batch, "create_store", 1),
    ("s.duckdb", batch, "_give_name", 1),
    ("s.duckdb", batch._Run, "settle", 1),
    ("s.duckdb", batch, "write_batches", 3),
    ("s.duckdb", batch._Run, "finish", 1),
    ("dataset", batch, "create_store", 1),
    ("dataset", dataset, "_write_tables", 3),
    ("dataset", dataset.Dataset, "_note", 2),
    ("dataset", dataset.Dataset, "_rewrite", 1),
    ("dataset", batch._Run, "finish", 1),
]


@pytest.mark.parametrize(("target", "place", "step", "time"), _STEPS)
@pytest.mark.usefixtures("here")
def test_a_disk_that_is_full_at_a_step(
    target: str,
    place: Any,
    step: str,
    time: int,
    tmp_path: Path,
    disk: tuple[Path, Callable[[str], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, mount = disk
    mount("remount,size=40m")
    here, ballast = f"disk/{target}", folder / "ballast"
    _fill(tmp_path / "in")
    if step == "_rewrite":
        _run(target=here)
        _run(target=target)
        (tmp_path / "in" / f"{PLACES[0]}.txt").write_text(_text(PLACES[0], 99), encoding="utf-8")

    def fill() -> None:
        with ballast.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while True:
                stream.write(b"0" * 4096)

    with monkeypatch.context() as patched:
        _patch_step(patched, place, step, fill, time=time)
        problem = _problem(lambda: _run(target=here))
    # At some steps there is room enough already.
    assert problem == "the disk is full" or (not problem and step in ("finish", "_give_name"))
    before = _ids(here)
    ballast.unlink()
    _run(target=here)
    assert before <= _ids(here)
    _run(target=target)
    assert _contents(here) == _contents(target)
    assert not [path.name for path in (folder, folder / target) for path in path.glob("*.new*")]


def _problem(run: Callable[[], object]) -> str:
    """What is wrong by the error that a run ends with; empty where there is none."""
    try:
        run()
    except InputError as error:
        return error.message
    return ""


def _ids(target: str) -> set[tuple[Any, ...]]:
    there = dataset.is_dataset(target) or Path(target).is_file()
    return set(_rows("SELECT report_id FROM reports", target)) if there else set()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.usefixtures("here")
def test_a_limit_on_the_size_of_files(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path / "in")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    problems = []
    # From nothing at all to what the ledger takes, and the first part, and more.
    for size in (1, 8, 40, 300, 800):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size * 1024, most))
        try:
            problems.append(_problem(lambda: _run(target=target)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert problems[0] == "may not grow further"
    assert set(problems) <= {"", "may not grow further", "cannot be written: File too large"}
    _run(target=target)
    _run(target="other.duckdb")
    assert _contents(target) == _contents("other.duckdb")


# Files ----------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _as_nobody(folder: Path) -> Iterator[None]:
    """As a user whom the rights of files keep out, which they do not the superuser."""
    if os.geteuid():
        yield
        return
    folder.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_files_and_folders_that_may_not_be_read(tmp_path: Path) -> None:
    """What is closed hides nothing that comes after it."""
    folder = _fill(tmp_path / "in", ["云澜市"])
    for name, mode in (("closed", 0o000), ("named", 0o744)):
        _fill(folder / name, ["青石县"])
        (folder / name).chmod(mode)
    (folder / "青石县.txt").write_bytes(b"x")
    (folder / "青石县.txt").chmod(0o000)
    _fill(folder / "zz", ["临川湖区"])
    with _as_nobody(tmp_path):
        with pytest.raises(InputError, match=r"in/closed: cannot be looked into: Permission denied"):
            list(find_inputs("in"))
        with pytest.raises(InputError, match=r"in/closed/x\.txt: cannot be looked at: Permission denied"):
            list(find_inputs("in/closed/x.txt"))
        found = [(each.path, each.sha256 is not None) for each in _all("in")]
        assert [each.sha256 for each in find_inputs("in/named/青*")] == [None]
    (folder / "closed").chmod(0o755)
    assert found == [
        ("in/云澜市.txt", True),
        ("in/青石县.txt", False),
        ("in/named/青石县.txt", False),
        ("in/zz/临川湖区.txt", True),
    ]


def _all(source: str) -> list[Any]:
    """What is found until an error, and after it."""
    found = []
    with contextlib.suppress(InputError):
        for each in find_inputs(source):
            found.append(each)
    return found


@pytest.mark.usefixtures("here")
def test_a_folder_that_vanishes_loses_nothing_that_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _fill(tmp_path / "in", PLACES[:2])
    _fill(folder / "a", PLACES[2:4])
    _fill(folder / "b", PLACES[4:])
    _run()
    whole = _contents("s.duckdb")
    (folder / "b" / f"{PLACES[5]}.txt").write_text(_text(PLACES[5], 99), encoding="utf-8")
    scandir = os.scandir

    def vanish(path: Any) -> Any:
        if str(path).endswith("/a"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return scandir(path)

    told: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", vanish)
        summary = _run(watch=lambda _done, _total, error: told.append(str(error)) if error else None)
    # Of what could not be looked into, nobody says that it is gone.
    assert (summary.done, summary.failed, summary.removed) == (1, 1, 1)
    assert told == ["in/a: cannot be looked into: No such file or directory"]
    (folder / "b" / f"{PLACES[5]}.txt").write_text(_text(PLACES[5], 13), encoding="utf-8")
    _run()
    kept = _contents("s.duckdb")["reports"]
    assert [row for row in kept if "removed" not in row] == whole["reports"]


@pytest.mark.usefixtures("here")
def test_files_that_go_shrink_grow_or_change_after_they_were_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _fill(tmp_path / "in")
    paths = [folder / f"{place}.txt" for place in PLACES]
    texts = [path.read_bytes() for path in paths]

    def disturb() -> None:
        paths[0].unlink()
        paths[1].write_bytes(texts[1][: texts[1].index("，".encode())])
        paths[2].write_bytes(texts[2] * 2)
        paths[3].write_bytes(texts[4])
        paths[5].unlink()
        paths[5].mkdir()

    _patch_step(monkeypatch, batch._Run, "tasks", disturb)
    assert _run().failed == 5
    shutil.rmtree(paths[5])
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    assert (_run().done, _run(target="whole.duckdb").done) == (5, 6)
    assert _contents("s.duckdb") == _contents("whole.duckdb")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("content", [b"", b"no Chinese", b"\xff\xff\xff"])
def test_a_file_that_is_no_report_while_it_is_being_copied(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with the half is not what is wrong with the report: it is tried again."""
    path = _fill(tmp_path / "in", PLACES[:1]) / f"{PLACES[0]}.txt"
    whole = path.read_bytes()

    def write() -> None:
        path.write_bytes(content)

    _patch_step(monkeypatch, batch._Run, "tasks", write)
    _run()
    assert _rows("SELECT error_code FROM failures") == [("changed",)]
    path.write_bytes(whole)
    assert _run().done == 1


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.usefixtures("here")
def test_a_file_of_texts_that_changes_while_it_is_read(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": place, "text": _text(place, at)} for at, place in enumerate(PLACES[:3])]
    file = Path(f"t.{ending}")

    def write(count: int) -> None:
        Path("rows.json").write_text(json.dumps(rows[:count]), encoding="utf-8")
        kind = "JSON, ARRAY false" if ending == "jsonl" else "PARQUET"
        duckdb.execute(f"COPY (SELECT * FROM 'rows.json') TO '{file}' (FORMAT {kind})")

    for left, change in ((2, lambda: write(2)), (0, file.unlink)):
        write(3)
        with monkeypatch.context() as patched:
            _patch_step(patched, batch._Run, "tasks", change)
            assert _run(file.name, target=f"{left}.duckdb").failed == 3 - left
        assert _rows("SELECT DISTINCT error_code FROM failures", f"{left}.duckdb") == [("changed",)]
        write(3)
        assert _run(file.name, target=f"{left}.duckdb").done == 3 - left
    _run(file.name, target="whole.duckdb")
    assert _contents("0.duckdb") == _contents("2.duckdb") == _contents("whole.duckdb")


@pytest.mark.usefixtures("here")
def test_a_failure_of_the_moment_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path / "in")
    hidden = tmp_path / "hidden"
    for target in TARGETS:
        _run(target=target)
        whole = _contents(target)
        Path("m.csv").write_text("path\n" + "".join(f"in/{place}.txt\n" for place in PLACES), encoding="utf-8")
        (tmp_path / "in" / f"{PLACES[0]}.txt").rename(hidden)
        assert (_run("m.csv", "in", target=target).failed, _rows("SELECT path FROM failures", target)) == (
            1,
            [(f"in/{PLACES[0]}.txt",)],
        )
        hidden.rename(tmp_path / "in" / f"{PLACES[0]}.txt")
        assert _run(target=target).failed == 0
        Path("m.csv").write_text("path\n", encoding="utf-8")
        _run("m.csv", "in", target=target)
        assert _contents(target) == whole


@pytest.mark.usefixtures("here")
def test_names_of_files_that_are_awkward(tmp_path: Path) -> None:
    """Two that are no UTF-8, as from an archive made in Chinese Windows, are not one; 255 bytes, and a line's end."""
    folder = tmp_path / "in"
    folder.mkdir()
    names = [b"\xd4\xc6.txt", b"\xc7\xe0.txt", b"a\nb.txt", ("长" * 83 + ".md").encode() + b"", b"'\"; --.txt"]
    for at, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(_text("云澜市", at), encoding="utf-8")
    assert (_run().done, _run().kept) == (5, 5)
    paths = [path for (path,) in _rows("SELECT path FROM reports WHERE status = 'ok' ORDER BY path")]
    assert paths == ["in/'\"; --.txt", r"in/\xc7\xe0.txt", r"in/\xd4\xc6.txt", "in/a\nb.txt", f"in/{'长' * 83}.md"]
    # Each of two files of texts too.
    for name in names[:2]:
        Path(os.fsdecode(name.replace(b".txt", b".jsonl"))).write_text(json.dumps({"text": "公开"}), encoding="utf-8")
    assert _run(*(os.fsdecode(name.replace(b".txt", b".jsonl")) for name in names[:2]), target="t.duckdb").done == 1
    assert len(_rows("SELECT path FROM inputs", "t.duckdb")) == 2


@pytest.mark.usefixtures("here")
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in", ["云澜市"])
    os.mkfifo(folder / "pipe.txt")
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "folder.txt").mkdir()
    (folder / "nowhere.txt").symlink_to("none")
    (folder / "loop.txt").symlink_to("loop.txt")
    assert [found.name for found in find_inputs("in")] == ["云澜市.txt"]
    for name in ("pipe.txt", "pipe.jsonl"):
        with pytest.raises(InputError, match=rf"in/{name}: is a pipe or a device"):
            list(find_inputs(f"in/{name}"))
    Path("m.csv").write_text("path\nin/云澜市.txt\nin/pipe.txt\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"m\.csv, line 3: in/pipe\.txt is a pipe or a device"):
        _run("m.csv")
    summary = _run("in/*", "x" * 300, "a\0b")
    assert (summary.done, summary.failed) == (3, 4)
    assert _rows("SELECT name, error_code FROM failures ORDER BY name") == [
        ("loop.txt", "unreadable"),
        ("nowhere.txt", "missing"),
    ]
    with pytest.raises(InputError, match="File name too long"):
        _run(target="x" * 300 + ".duckdb")
    with pytest.raises(InputError, match="File name too long"):
        _run(target="x" * 300)


# The clock ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_a_clock_that_jumps_and_files_of_the_future(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _fill(tmp_path / "in")
    _run(target="other.duckdb")
    for path in folder.iterdir():
        os.utime(path, (2**33, 2**33))
    now = [datetime(2026, 11, 24)]

    def back() -> datetime:
        now[0] -= timedelta(days=1)
        return now[0]

    monkeypatch.setattr(batch, "_now", back)
    monkeypatch.setattr(time, "time", lambda: back().timestamp())
    with monkeypatch.context() as patched:

        def fail() -> None:
            raise InputError("x", "stops here")

        _patch_step(patched, batch, "write_batches", fail, time=2)
        with pytest.raises(InputError, match="stops here"):
            _run()
    summary = _run()
    assert (summary.done, summary.kept, summary.seconds >= 0) == (4, 2, True)
    assert _rows("SELECT run_id, finished >= started, seconds >= 0 FROM runs WHERE finished IS NOT NULL") == [
        (2, True, True)
    ]
    assert _contents("s.duckdb") == _contents("other.duckdb")


def test_nothing_is_decided_by_the_wall_clock() -> None:
    """The one place that reads it is what a run notes of itself."""
    found = []
    for path in sorted((ROOT / "zhgovtext").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                name = ast.unparse(node)
                if name in ("time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"):
                    found.append((path.name, name))
    assert found == [("batch.py", "datetime.now")]


# Several at once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.usefixtures("here")
def test_a_run_that_makes_the_store_meanwhile_keeps_it(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one finds no store either, makes one, and is done before the first has named its own."""
    _fill(tmp_path / "in")
    others: list[Summary] = []
    with monkeypatch.context() as patched:
        _patch_step(patched, batch, "_give_name", lambda: others.append(_run(target=target)))
        summary = _run(target=target)
    assert [(run.done, run.kept) for run in (*others, summary)] == [(6, 0), (0, 6)]
    assert not list(tmp_path.rglob("*.new*"))


def test_two_runs_that_begin_at_once(tmp_path: Path) -> None:
    _fill(tmp_path / "in", PLACES[:2])
    command = [sys.executable, "-m", "zhgovtext", "batch", "in", "-o", "s.duckdb", "--workers", "1", "--lang", "en"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)
        for _ in range(2)
    ]
    said = [run.communicate(timeout=60)[1] for run in both]
    codes = [run.returncode for run in both]
    assert 0 in codes, said
    for code, text in zip(codes, said, strict=True):
        assert code == 0 or "is open in another process" in text
    assert len(_ids("s.duckdb")) == 2
    assert not list(tmp_path.rglob("*.new*"))


@pytest.mark.usefixtures("here")
def test_a_dataset_is_read_while_it_is_written(tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    seen: list[int] = []

    def look(_done: int, _total: int, _error: ZhgovtextError | None) -> None:
        seen.append(len(_rows("SELECT report_id FROM reports JOIN balance USING (report_id)", "dataset")))

    _run(target="dataset", watch=look)
    assert seen == [0, 0, 2, 2, 4, 4]


@pytest.mark.usefixtures("here")
@pytest.mark.skipif(duckdb.__version__.startswith("1.4."), reason="DuckDB 1.4 passes over such a log")
def test_the_log_of_another_store_is_told_and_left(tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    _run()
    whole = _contents("s.duckdb")
    script = (
        "import duckdb, os; c = duckdb.connect('b.duckdb'); c.execute('CREATE TABLE t AS SELECT 1 AS a'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    log = shutil.copy("b.duckdb.wal", "s.duckdb.wal")
    for use in (_run, lambda: _contents("s.duckdb")):
        with pytest.raises(InputError, match=r"s\.duckdb: the log beside it \(\.wal\) is that of another store"):
            use()
    assert Path(log).read_bytes() == Path("b.duckdb.wal").read_bytes()
    Path(log).unlink()
    assert (_contents("s.duckdb"), _run().kept) == (whole, 6)


@pytest.mark.usefixtures("here")
def test_what_killed_runs_left_of_a_store_in_the_making(tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    (tmp_path / "dataset").mkdir()
    for name in ("s.duckdb", "dataset/ledger.duckdb"):
        Path(f"{name}.0a1b2c3d.new").write_bytes(b"half")
        Path(f"{name}.0a1b2c3d.new.wal").write_bytes(b"half")
    for target in TARGETS:
        assert _run(target=target).done == 6
    assert not list(tmp_path.rglob("*.new*"))


def test_a_store_is_not_named_before_it_is_whole(tmp_path: Path, disk: tuple[Path, Callable[[str], None]]) -> None:
    """The log took what there was to write, but the store itself did not fit."""
    _, mount = disk
    problems = []
    for size in range(4, 1000, 60):
        mount(f"remount,size={size}k")

        def make(path: str = f"disk/{size}.duckdb") -> None:
            store.create_store(path).close()
            open_corpus(path).close()

        problems.append(_problem(make))
        for path in (tmp_path / "disk").iterdir():
            path.unlink()
    assert problems[0] == "the disk is full"
    assert set(problems) == {"the disk is full", ""}
