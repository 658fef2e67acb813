"""Figures of many texts, worked out by a pool of processes: an engine of one's own in a few lines.

    python examples/pool_facts.py TEXTS.jsonl FACTS.parquet

Each line of TEXTS.jsonl is an object with ``id`` and ``text``. `analyze_batch` is what every engine calls.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import zhgovtext as zg

SIZE = 100


def facts(records: list[dict[str, Any]]) -> pa.RecordBatch:
    return zg.analyze_batch(records)["facts"]


def read(path: Path) -> Iterator[list[dict[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        while records := [json.loads(line) for line in islice(lines, SIZE)]:
            yield records


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    with ProcessPoolExecutor() as pool:
        table = pa.Table.from_batches(pool.map(facts, read(source)))
    pq.write_table(table, target)
    print(f"{table.num_rows} figures of {source.name}: {target}")


if __name__ == "__main__":
    main()
