"""What a cluster's engine costs beside the local one, and whether its results are the same, workers killed or not.

    python benchmarks/cluster.py [--reports 4000] [--rounds 3]

On reports multiplied from our own, two workers each; the ways take turns. Seconds are of whole commands, the start of
the cluster (or of the local workers) among them, and of runs that find nothing to do, so that both can be told apart.
The kill run has four workers, of which one after the other is killed while they work, and a scheduler of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from batch import measure
from multiply import multiply

from zhgovtext.batch import run_batch
from zhgovtext.corpus import open_corpus
from zhgovtext.records import TABLES

_WORKERS = 2


def command(folder: Path, output: Path, engine: str) -> list[str]:
    arguments = [str(folder), "-o", str(output), "--engine", engine, "--workers", str(_WORKERS)]
    return [sys.executable, "-m", "zhgovtext", "batch", *arguments]


def remove(output: Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    for path in output.parent.glob(f"{output.name}*"):
        path.unlink()


def contents(output: Path) -> str:
    """A hash of the sorted rows of every table of reports."""
    digest = hashlib.sha256()
    with open_corpus(output) as corpus:
        for table in TABLES:
            for row in corpus.sql(f"SELECT * FROM {table} ORDER BY ALL").fetchall():
                digest.update(repr(row).encode())
    return digest.hexdigest()[:16]


def compare(folder: Path, place: Path, rounds: int) -> None:
    ways = {
        "local engine, store": ("local", place / "local-store.duckdb"),
        "local engine, dataset": ("local", place / "local-parts"),
        "dask, store": ("dask", place / "dask-store.duckdb"),
        "dask, dataset": ("dask", place / "dask-parts"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    starts: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (engine, output) in ways.items():
            remove(output)
            seconds[name].append(measure(command(folder, output, engine)).seconds)
            starts[name].append(measure(command(folder, output, engine)).seconds)
    whole = {name: statistics.median(found) for name, found in seconds.items()}
    start = {name: statistics.median(found) for name, found in starts.items()}
    base = next(iter(ways))
    for name, (_, output) in ways.items():
        ratio = whole[name] / whole[base]
        bare = (whole[name] - start[name]) / (whole[base] - start[base])
        print(f"{name:22} {whole[name]:7.2f} s, nothing to do {start[name]:5.2f} s, ", end="")
        print(f"ratio {ratio:.2f}, without the start {bare:.2f}, contents {contents(output)}")


def kill(folder: Path, place: Path) -> None:
    """Four workers under a scheduler of their own; every worker is killed once, at random moments."""
    from distributed import Client, LocalCluster

    output = place / "killed"
    rng = random.Random(1)
    with LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        with Client(cluster.scheduler_address, set_as_default=False) as client:
            pids = list(client.run(os.getpid).values())
        killed: list[float] = []
        began = time.monotonic()

        def strike() -> None:
            for pid in pids:
                time.sleep(rng.uniform(1.0, 5.0))
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                killed.append(time.monotonic() - began)

        thread = threading.Thread(target=strike, daemon=True)
        thread.start()
        done = run_batch([folder], output, engine="dask", scheduler=cluster.scheduler_address)
        thread.join()
    moments = ", ".join(f"{moment:.1f}" for moment in killed)
    print(f"kill run: {done.done} reports in {done.seconds:.1f} s, {done.failed} failed, ", end="")
    print(f"workers killed after {moments} s, contents {contents(output)}")


def lose_scheduler(folder: Path, place: Path) -> None:
    """The client's own cluster is killed with it; the next run goes on."""
    output = place / "lost"
    process = subprocess.Popen(command(folder, output, "dask"), stderr=subprocess.DEVNULL, start_new_session=True)
    while len(list(output.glob("part-*"))) < _WORKERS and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = run_batch([folder], output, workers=_WORKERS)
    print(f"everything killed after the first parts: {done.kept} reports kept, {done.done} done, ", end="")
    print(f"contents {contents(output)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp())
    try:
        multiply(options.reports, place / "in")
        compare(place / "in", place, options.rounds)
        kill(place / "in", place)
        lose_scheduler(place / "in", place)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
