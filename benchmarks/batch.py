"""What a store and a second worker cost and bring, on reports multiplied from our own.

    python benchmarks/batch.py [--small 400] [--large 4000] [--rounds 5]

Prints medians of the rounds, in which the ways take turns, so that a busy moment of the machine hits them alike:

* the same analysis in one process without a store, beside a batch with one worker: what the store adds;
* one worker beside two;
* the highest memory of the workers, and of the process that writes with the small batch and with the large one;
* the time of the large batch beside as many times that of the small one.

Memory and processor time are read from ``/proc``: Linux only. The start of a batch (a second or so: processes, models)
is measured by a run that finds nothing to do, and told apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from multiply import multiply

_TICKS = os.sysconf("SC_CLK_TCK")
_IN_PROCESS = """
import sys, pathlib
from zhgovtext.report import analyze
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    analyze(path).to_dict(text=True)
"""


@dataclass
class Usage:
    """Seconds of a command, and of each of its processes the most memory (MB) and the processor's seconds."""

    seconds: float = 0.0
    memory: dict[int, float] = field(default_factory=dict)
    cpu: dict[int, float] = field(default_factory=dict)
    parent: int = 0

    @property
    def parent_memory(self) -> float:
        return self.memory[self.parent]

    @property
    def worker_memory(self) -> float:
        return max((mb for pid, mb in self.memory.items() if pid != self.parent), default=0.0)

    @property
    def total_cpu(self) -> float:
        return sum(self.cpu.values())


def measure(command: list[str]) -> Usage:
    """Run a command and watch it and its children ten times a second."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        usage = Usage(parent=process.pid)
        while process.poll() is None:
            for pid in (process.pid, *_children(process.pid)):
                _look(pid, usage)
            time.sleep(0.1)
        usage.seconds = time.perf_counter() - began
        if process.returncode:
            said.seek(0)
            last = said.read()[-2000:].decode(errors="replace")
            sys.exit(f"{' '.join(command)} ended with {process.returncode}: {last}")
    return usage


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, tasks.read_text().split())
        except OSError:
            continue
    return found


def _look(pid: int, usage: Usage) -> None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            usage.memory[pid] = int(line.split()[1]) / 1024
    usage.cpu[pid] = (int(times[11]) + int(times[12])) / _TICKS


def batch(folder: Path, store: Path, workers: int) -> list[str]:
    return [sys.executable, "-m", "zhgovtext", "batch", str(folder), "-o", str(store), "--workers", str(workers)]


def run(small: int, large: int, rounds: int, folder: Path) -> None:
    sizes = {"small": folder / "small", "large": folder / "large"}
    multiply(small, sizes["small"])
    multiply(large, sizes["large"])
    store = folder / "s.duckdb"
    found: dict[str, list[Usage]] = {"in process": [], "1 worker": [], "2 workers": [], "nothing to do": []}
    for _ in range(rounds):
        found["in process"].append(measure([sys.executable, "-c", _IN_PROCESS, str(sizes["small"])]))
        for workers, name in ((1, "1 worker"), (2, "2 workers")):
            store.unlink(missing_ok=True)
            found[name].append(measure(batch(sizes["small"], store, workers)))
        found["nothing to do"].append(measure(batch(sizes["small"], store, 2)))
    seconds = {name: statistics.median(usage.seconds for usage in usages) for name, usages in found.items()}
    cpu = {name: statistics.median(usage.total_cpu for usage in usages) for name, usages in found.items()}
    for name in found:
        print(f"{name:14} {small} reports: {seconds[name]:7.2f} s, {cpu[name]:7.2f} s of processor")
    start = seconds["nothing to do"]
    ratio = (seconds["1 worker"] - start) / (seconds["2 workers"] - start)
    print(f"store: 1 worker / in process = {seconds['1 worker'] / seconds['in process']:.2f} (budget 1.15), ", end="")
    print(f"processor {cpu['1 worker'] / cpu['in process']:.2f}")
    print(f"2 workers: {seconds['1 worker'] / seconds['2 workers']:.2f} × 1 worker (budget 1.80), ", end="")
    print(f"without the start {ratio:.2f}")
    store.unlink(missing_ok=True)
    big = measure(batch(sizes["large"], store, 2))
    little = found["2 workers"]
    before = statistics.median(usage.parent_memory for usage in little)
    print(f"{large} reports: {big.seconds:.1f} s, store of {store.stat().st_size / 1e6:.1f} MB")
    panel = measure([sys.executable, "-m", "zhgovtext", "export", str(store), "-o", str(folder / "panel.csv")])
    print(f"their panel: {panel.seconds:.1f} s, {panel.parent_memory:.0f} MB")
    print(f"parent: {before:.0f} MB at most with {small}, {big.parent_memory:.0f} MB with {large}, ", end="")
    print(f"ratio {big.parent_memory / before:.2f} (budget 0.90-1.10)")
    print(f"worker: {max(u.worker_memory for u in (*little, big)):.0f} MB at most (budget 400)")
    linear = (big.seconds - start) / ((seconds["2 workers"] - start) * large / small)
    print(f"time of {large} beside {large / small:g} times that of {small}: {linear:.2f} (budget 0.85-1.15)")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", type=int, default=400)
    parser.add_argument("--large", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        run(options.small, options.large, options.rounds, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
