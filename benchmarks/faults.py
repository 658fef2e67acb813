"""A batch that tells what it is at, so that it can be killed there; for `kills.py`.

    python benchmarks/faults.py FD FOLDER TARGET [--workers 2] [--chunk 6]

Does what ``zhgovtext batch FOLDER -o TARGET`` does, in small chunks and with checkpoints at every megabyte, and writes
to the file descriptor FD a line ``+STEP`` when a step begins and ``-STEP`` when it ends. What is done is the same.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from zhgovtext import batch, cli, dataset, store, workers

# What each step is called, and the function that does it.
_STEPS = {
    "create": (batch, "_create"),
    "name": (batch, "_give_name"),
    "find": (batch._Run, "find"),
    "settle": (batch._Run, "settle"),
    "rows": (batch, "write_batches"),
    "part": (dataset, "_write_tables"),
    "note": (dataset.Dataset, "_note"),
    "rewrite": (dataset.Dataset, "_rewrite"),
    "recover": (dataset.Dataset, "_recover"),
    "finish": (batch._Run, "finish"),
}
# The same for what DuckDB is told; of `execute` that which begins so.
_METHODS = {"commit": "commit", "close": "close"}
_STATEMENTS = {"CHECKPOINT": "checkpoint", "COPY": "manifest", "CREATE OR REPLACE VIEW": "view"}


class _Telling:
    """A connection whose longer steps are told."""

    def __init__(self, connection: Any, tell: Callable[[str], None]) -> None:
        self._connection = connection
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return _told(found, _METHODS[name], self._tell) if name in _METHODS else found

    def execute(self, query: str, values: Any = None) -> Any:
        step = next((step for start, step in _STATEMENTS.items() if query.startswith(start)), "")
        run = _told(self._connection.execute, step, self._tell) if step else self._connection.execute
        return run(query, values)


def _told(step: Callable[..., Any], name: str, tell: Callable[[str], None]) -> Callable[..., Any]:
    def run(*arguments: Any, **options: Any) -> Any:
        tell(f"+{name}")
        found = step(*arguments, **options)
        tell(f"-{name}")
        return found

    return run


def arrange(tell: Callable[[str], None], chunk: int) -> None:
    """Have every batch of this process tell its steps, and commit every so many reports."""
    for name, (place, function) in _STEPS.items():
        setattr(place, function, _told(getattr(place, function), name, tell))
    opened = store.open_store
    setattr(batch, "open_store", lambda *given, **options: _Telling(opened(*given, **options), tell))  # noqa: B010
    for target in (batch._Store, dataset.Dataset):
        # Never because it is old: the same steps in each run, however slow the machine is.
        setattr(target, "chunk", (chunk, target.chunk[1], 3600.0))  # noqa: B010
    setattr(workers, "_GROUP", 2)  # noqa: B010
    store._WRITING["checkpoint_threshold"] = "1MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fd", type=int)
    parser.add_argument("folder")
    parser.add_argument("target")
    parser.add_argument("--workers", default="2")
    parser.add_argument("--chunk", type=int, default=6)
    options = parser.parse_args()
    arrange(lambda line: _tell(options.fd, line), options.chunk)
    sys.exit(cli.main(["batch", options.folder, "-o", options.target, "--workers", options.workers]))


def _tell(fd: int, line: str) -> None:
    os.write(fd, f"{line}\n".encode())


if __name__ == "__main__":
    main()
