"""Kill a batch at random moments, again and again, and compare what comes out with an undisturbed run.

    python benchmarks/kills.py [--kills 200] [--reports 48] [--workers 2] [--target store|dataset] [--seed 1]

A round: a new corpus of all reports, then the same folder with some of them changed, renamed or gone. Each run is to be
hit in a step drawn beforehand (`faults.py` tells when it begins), at a moment drawn from as long as the step usually
takes: the process alone, one of its workers or all at once by SIGKILL, or the process by SIGTERM, or by SIGINT twice.
After each hit the corpus must open with every row that was in it before the run. Once a run has come to its end, it
must hold, table by table, the rows of the undisturbed one, `runs` aside.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from multiply import multiply

from zhgovtext.corpus import open_corpus
from zhgovtext.dataset import LEDGER, is_dataset
from zhgovtext.errors import InputError
from zhgovtext.records import TABLES

NAMES = {"store": "corpus.duckdb", "dataset": "corpus"}
# How often each step is drawn; what is most of the work is drawn most.
_STEPS = {
    "store": {"create": 2, "find": 2, "settle": 6, "rows": 20, "commit": 30, "between": 24, "checkpoint": 6,
              "finish": 4, "view": 3, "close": 3},
    "dataset": {"create": 2, "find": 2, "settle": 5, "part": 20, "note": 10, "commit": 15, "between": 20, "rewrite": 10,
                "manifest": 8, "finish": 4, "checkpoint": 2, "close": 2},
}  # fmt: skip
_WAYS = {"parent": 50, "group": 25, "worker": 15, "SIGTERM": 5, "SIGINT twice": 5}
_KILLS = ("parent", "group", "worker")
# A step that is so short that its end cannot be drawn, and how long a run may hang, in seconds.
_LEAST, _HANGS = 0.002, 120.0

Contents = dict[str, list[tuple[object, ...]]]


class Run:
    """A batch under way, and the steps that it has told."""

    def __init__(self, folder: Path, target: Path, workers: int, errors: Path) -> None:
        self._told, given = os.pipe()
        script = Path(__file__).with_name("faults.py")
        command = [sys.executable, str(script), str(given), str(folder), str(target), "--workers", str(workers)]
        with errors.open("wb") as stream:
            self.process = subprocess.Popen(command, pass_fds=(given,), stderr=stream, start_new_session=True)
        os.close(given)
        self._lines: deque[str] = deque()
        self.open: list[str] = []
        self.last = "start"
        self.commits = 0
        self.times: dict[str, list[float]] = defaultdict(list)
        self._began: dict[str, float] = {}

    def steps(self, seconds: float) -> Iterator[str]:
        """What is told within so many seconds, or until the run ends, line by line."""
        end = time.monotonic() + seconds
        while True:
            while self._lines:
                line = self._lines.popleft()
                self._note(line)
                yield line
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._told], [], [], left)[0]:
                return
            data = os.read(self._told, 65536)
            if not data:
                return
            self._lines.extend(data.decode().split())

    def where(self) -> str:
        """The step it is at: the innermost that is open, else after which; ``between`` two chunks."""
        return self.open[-1] if self.open else "between" if self.last in ("commit", "note") else f"after {self.last}"

    def parts(self) -> list[int]:
        """Its workers' process ids."""
        found = []
        for line in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            try:
                if b"spawn_main" in Path(f"/proc/{line}/cmdline").read_bytes():
                    found.append(int(line))
            except OSError:
                continue
        return found

    def close(self) -> None:
        os.close(self._told)

    def _note(self, line: str) -> None:
        step = line[1:]
        if line[0] == "+":
            self.open.append(step)
            self._began[step] = time.monotonic()
            return
        self.open.remove(step)
        self.last = step
        self.commits += step == "commit"
        self.times[step].append(time.monotonic() - self._began[step])


@dataclass(slots=True)
class Tally:
    """What came of all hits at a target."""

    hits: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    held: int = 0
    finished: int = 0
    faults: list[str] = field(default_factory=list)


def contents(target: Path) -> Contents:
    """Sorted rows of every table but `runs`."""
    with open_corpus(target) as corpus:
        names = (*TABLES, "inputs", "fingerprints")
        return {name: corpus.sql(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in names}


def _held(target: Path) -> set[tuple[object, ...]]:
    """Of each report that is there: how many rows it has."""
    if not (is_dataset(target) or target.is_file()):
        return set()
    # A row that stands in two parts, one of them outdated, is one row.
    counts = ", ".join(
        f"(SELECT count(DISTINCT id) FROM {name} t WHERE t.report_id = r.report_id)"
        for name in ("sections", "sentences", "facts", "checks", "category_shares")
    )
    with open_corpus(target) as corpus:
        return set(corpus.sql(f"SELECT DISTINCT report_id, {counts} FROM reports r").fetchall())


def _change(folder: Path, seed: int) -> None:
    """Change a quarter of the reports; rename or remove a quarter."""
    rng = random.Random(seed)
    paths = sorted(folder.iterdir())
    rng.shuffle(paths)
    part = len(paths) // 8
    for at, path in enumerate(paths[: 4 * part]):
        if at < 2 * part:
            path.write_text(path.read_text(encoding="utf-8") + f"\n另收到申请{at + 2}件。\n", encoding="utf-8")
        elif at < 3 * part:
            path.rename(path.with_name("改" + path.name))
        else:
            path.unlink()


class Bench:
    """Rounds of runs that are killed, for one target."""

    def __init__(self, kind: str, reports: int, workers: int, seed: int, folder: Path) -> None:
        self.kind = kind
        self.workers = workers
        self.rng = random.Random(f"{seed}{kind}")
        self.folder = folder
        self.input = folder / "in"
        self.target = folder / NAMES[kind]
        self.errors = folder / "errors.txt"
        self.tally = Tally()
        self.originals = folder / "originals"
        multiply(reports, self.originals, seed=seed)
        self.seed = seed

    def undisturbed(self) -> None:
        """What is to come out, and how often and how long each step comes."""
        self.expected, self.times = [], []
        for changed in (False, True):
            self._fill(changed)
            began = time.monotonic()
            run = Run(self.input, self.target, self.workers, self.errors)
            for _ in run.steps(_HANGS):
                pass
            if run.process.wait():
                raise SystemExit(self.errors.read_text())
            run.close()
            self.expected.append(contents(self.target))
            self.times.append(dict(run.times))
            print(f"{self.kind}: {time.monotonic() - began:.1f} s undisturbed, {run.commits} commits", flush=True)
        self._remove()

    def run(self, kills: int) -> None:
        """So many hits; what was begun is brought to its end."""
        while self.tally.hits.total() < kills:
            for changed in (False, True):
                self._fill(changed)
                while not self._once(changed, hit=self.tally.hits.total() < kills):
                    pass
            self._remove()

    def _once(self, changed: bool, *, hit: bool) -> bool:
        """One run; whether it came to its end."""
        before = _held(self.target)
        run = Run(self.input, self.target, self.workers, self.errors)
        way = self._hit(run, changed, before) if hit else ""
        try:
            for _ in run.steps(_HANGS):
                pass
            code = run.process.wait(_HANGS)
        except subprocess.TimeoutExpired:
            os.killpg(run.process.pid, signal.SIGKILL)
            code = run.process.wait()
            self._fault(run, f"hung after {way or 'nothing'}")
        run.close()
        if way in ("", "worker", "SIGINT twice") and "Traceback" in self.errors.read_text(errors="replace"):
            self._fault(run, f"{way or 'no hit'}: {self.errors.read_text(errors='replace')[-1500:]}")
        if way:
            self._count(run, way, before)
        if code == 0:
            self.tally.finished += 1
            found = contents(self.target)
            different = [name for name, rows in found.items() if rows != self.expected[changed][name]]
            if different:
                self._fault(run, f"finished with other rows in {', '.join(different)}")
            self._look_for_litter(run)
            return True
        if not way or way == "worker":
            self._fault(run, f"ended with {code} after {way or 'no hit'}: {self.errors.read_text()[-500:]}")
        return False

    def _hit(self, run: Run, changed: bool, before: set[tuple[object, ...]]) -> str:
        """Wait for a moment and hit the run; how, empty where it ended before."""
        steps = _STEPS[self.kind]
        step = self.rng.choices(list(steps), list(steps.values()))[0]
        way = self.rng.choices(list(_WAYS), list(_WAYS.values()))[0]
        told = ("commit" if self.kind == "store" else "note") if step == "between" else step
        usual = self.times[changed].get(told, [])
        # What is done already does not come again.
        left = 1.0 if changed else 1 - len(before) / max(1, len(self.expected[0]["reports"]))
        number = self.rng.randint(1, max(1, round(len(usual) * left)))
        length = statistics.median(usual) if usual else 0.1
        delay = self.rng.uniform(0, 0.15 if step == "between" else max(length, _LEAST))
        mark = f"-{told}" if step == "between" else f"+{told}"
        for line in run.steps(_HANGS):
            number -= line == mark
            if number == 0:
                break
        else:
            return ""
        time.sleep(delay)
        return way if self._send(run, way) else ""

    def _send(self, run: Run, way: str) -> bool:
        pid = run.process.pid
        if run.process.poll() is not None:
            return False
        workers = run.parts()
        if way == "worker":
            if not workers:
                return False
            os.kill(self.rng.choice(workers), signal.SIGKILL)
        elif way == "group":
            os.killpg(pid, signal.SIGKILL)
        elif way == "parent":
            os.kill(pid, signal.SIGKILL)
        elif way == "SIGTERM":
            os.kill(pid, signal.SIGTERM)
        else:
            os.kill(pid, signal.SIGINT)
            time.sleep(self.rng.uniform(0.001, 0.3))
            if run.process.poll() is None:
                os.kill(pid, signal.SIGINT)
        if way == "worker":
            # What was told up to now; the run goes on.
            for _ in run.steps(0.001):
                pass
            self._where = run.where()
            return True
        run.process.wait(_HANGS)
        for _ in run.steps(1.0):
            pass
        self._where = run.where()
        self._wait_for_workers(run, way, workers)
        return True

    def _wait_for_workers(self, run: Run, way: str, workers: list[int]) -> None:
        end = time.monotonic() + 20
        while left := [pid for pid in workers if _lives(pid)]:
            if time.monotonic() > end:
                self._fault(run, f"{len(left)} workers live on after {way}")
                return
            time.sleep(0.02)

    def _count(self, run: Run, way: str, before: set[tuple[object, ...]]) -> None:
        tally = self.tally
        tally.hits[way] += 1
        tally.moments[self._where] += 1
        tally.held += bool(before)
        if tally.hits.total() % 20 == 0:
            print(f"{self.kind}: {tally.hits.total()} hits, {tally.finished} runs to their end", flush=True)
        try:
            after = _held(self.target)
        except InputError as error:
            self._fault(run, f"does not open after {way}: {error}")
            return
        tally.kept[self._where] += bool(after - before)
        if before - after:
            self._fault(run, f"{len(before - after)} reports lost by {way}")

    def _look_for_litter(self, run: Run) -> None:
        names = [path.name for path in self.folder.iterdir()]
        if self.kind == "dataset":
            names += [path.name for path in self.target.iterdir() if path.name != LEDGER]
        litter = [name for name in names if name.startswith("_") or name.endswith((".new", ".wal", ".tmp"))]
        if litter:
            self._fault(run, f"left behind: {', '.join(litter)}")

    def _fault(self, run: Run, what: str) -> None:
        number = self.tally.hits.total()
        self.tally.faults.append(f"hit {number}, at {getattr(self, '_where', run.where())}: {what}")
        print(f"  {self.kind}: {self.tally.faults[-1]}", flush=True)

    def _fill(self, changed: bool) -> None:
        shutil.rmtree(self.input, ignore_errors=True)
        shutil.copytree(self.originals, self.input)
        if changed:
            _change(self.input, self.seed)

    def _remove(self) -> None:
        for path in self.folder.glob(f"{self.target.name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _report(kind: str, tally: Tally) -> None:
    print(f"\n{kind}: hits by moment, and after how many of them this very run had added reports that were kept")
    for moment, count in tally.moments.most_common():
        print(f"  {moment:<16} {count:>4} {tally.kept[moment]:>4}")
    ways = ", ".join(f"{way} {tally.hits[way]}" for way in _WAYS)
    killed = sum(tally.hits[way] for way in _KILLS)
    print(f"{tally.hits.total()} hits ({ways}), {killed} of them SIGKILL, {tally.held} at a corpus with reports in it;")
    print(f"after {tally.kept.total()} more was kept; {tally.finished} runs to their end; {len(tally.faults)} faults")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--reports", type=int, default=48)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--target", choices=list(NAMES), action="append")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    faults = 0
    for kind in options.target or NAMES:
        folder = Path(tempfile.mkdtemp())
        try:
            bench = Bench(kind, options.reports, options.workers, options.seed, folder)
            bench.undisturbed()
            began = time.monotonic()
            bench.run(options.kills)
        finally:
            shutil.rmtree(folder)
        _report(kind, bench.tally)
        print(f"{(time.monotonic() - began) / 60:.1f} minutes", flush=True)
        faults += len(bench.tally.faults)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
