"""Figures of many texts, worked out by Spark.

    python examples/spark_facts.py TEXTS.parquet FACTS

TEXTS.parquet has columns ``id`` and ``text``; others become what a manifest would say. FACTS becomes a folder of
Parquet files. Needs ``pip install "zhgovtext[corpus]" pyspark`` here and on the workers, and Java.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

import zhgovtext as zg

TABLE = "facts"


def analyze(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    # Models are loaded once a partition.
    analysis = zg.Analysis()
    for batch in batches:
        yield zg.analyze_batch(batch, options=analysis)[TABLE]


def main() -> None:
    source, target = sys.argv[1:]
    # In local mode the workers are this Python; on a cluster, name there the one that has the package.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.appName("zhgovtext").getOrCreate()
    schema = from_arrow_schema(zg.analyze_batch([])[TABLE].schema)
    found = spark.read.parquet(source).mapInArrow(analyze, schema)
    found.write.mode("overwrite").parquet(target)
    print(f"{spark.read.parquet(target).count()} figures: {target}")
    spark.stop()


if __name__ == "__main__":
    main()
