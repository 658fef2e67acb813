"""Kill a batch at random moments, again and again, and compare what comes out with an undisturbed run.

    python benchmarks/kills.py [--kills 50] [--reports 400] [--workers 2] [--seed 1]

Each round starts ``zhgovtext batch`` over reports multiplied from our own and kills it with SIGKILL: in one round of
five at any moment, else at a random time after it began to write. The store must open then. Once a run has come to its
end, the store must hold, table by table, the rows of the undisturbed one, `runs` aside; then all begins anew.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from multiply import multiply

from zhgovtext.errors import InputError
from zhgovtext.records import load_tables
from zhgovtext.store import open_store


def contents(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """Sorted rows of every table but `runs`."""
    connection = open_store(store)
    try:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in load_tables()
            if name != "runs"
        }
    finally:
        connection.close()


def _command(folder: Path, store: Path, workers: int) -> list[str]:
    return [sys.executable, "-m", "zhgovtext", "batch", str(folder), "-o", str(store), "--workers", str(workers)]


def _rows(store: Path) -> int:
    connection = open_store(store)
    try:
        return int(connection.execute("SELECT count(*) FROM reports").fetchall()[0][0])
    finally:
        connection.close()


def _wait_for_writing(process: subprocess.Popen[bytes], store: Path) -> None:
    before = _sizes(store)
    while process.poll() is None and (not store.exists() or _sizes(store) == before):
        time.sleep(0.01)


def _sizes(store: Path) -> list[int]:
    return [path.stat().st_size for path in sorted(store.parent.glob(store.name + "*"))]


def _delete(store: Path) -> None:
    for path in store.parent.glob(store.name + "*"):
        path.unlink()


def run(kills: int, reports: int, workers: int, seed: int, folder: Path) -> int:
    """Number of finished runs that differ from the undisturbed one, or of stores that did not open."""
    rng = random.Random(seed)
    multiply(reports, folder / "reports", seed=seed)
    whole, store = folder / "whole.duckdb", folder / "killed.duckdb"
    began = time.monotonic()
    subprocess.run(_command(folder / "reports", whole, workers), check=True, capture_output=True)
    length = time.monotonic() - began
    expected = contents(whole)
    print(f"{reports} reports, {workers} workers: {length:.1f} s undisturbed")
    done = finished = faults = with_log = 0
    while done < kills or store.exists():
        process = subprocess.Popen(_command(folder / "reports", store, workers), stderr=subprocess.DEVNULL)
        if done % 5:
            _wait_for_writing(process, store)
        try:
            process.wait(rng.uniform(0.0, length / 2) if done < kills else None)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
            with_log += store.with_name(store.name + ".wal").exists()
            try:
                rows = _rows(store) if store.exists() else 0
            except InputError as error:
                faults += 1
                print(f"kill {done}: {error}")
                continue
            print(f"kill {done}: {rows} reports in the store", flush=True)
            continue
        finished += 1
        same = contents(store) == expected
        faults += not same
        print(f"finished after {done} kills: {'the same' if same else 'DIFFERENT'}", flush=True)
        _delete(store)
    print(f"{done} kills ({with_log} left a log behind), {finished} runs to their end, {faults} faults")
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--reports", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        sys.exit(bool(run(options.kills, options.reports, options.workers, options.seed, folder)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
