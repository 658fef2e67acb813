"""A small store made of reports written as data, for the tests of the panel and of exports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhgovtext.records import load_tables
from zhgovtext.store import create_store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Record = Mapping[str, Any]
_REPORT = {"sha256": "0", "status": "ok", "fingerprint": "f", "format": "txt", "chars": 100, "year": 2021}
_FACT = {"state": "stated", "scope": "unknown", "cumulative": False, "unit": "件", "quote": "", "start": 0, "end": 1}


def fill(reports: Sequence[Record], path: str | Path = ":memory:") -> DuckDBPyConnection:
    """A store with these reports: keys as the columns of the table reports, and `facts`, `checks`, `shares` (category
    → columns), `balance`, `sentences` (texts, or how many). Figures are of the report's year if they do not say it."""
    connection = create_store(path)
    connection.execute("INSERT INTO fingerprints VALUES ('f', '{\"package\": \"1\"}')")
    for at, report in enumerate(reports):
        name = report["name"]
        key = f"{at:016d}"
        extra = json.dumps(report["extra"], ensure_ascii=False) if "extra" in report else None
        paths = report.get("paths", [name])
        row = {**_REPORT, **report, "report_id": key, "path": paths[0], "paths": paths, "extra": extra}
        _insert(connection, "reports", [row])
        facts = [{**_FACT, "period": str(row["year"]), **fact} for fact in report.get("facts", ())]
        sentences = report.get("sentences", ())
        texts = ["句。"] * sentences if isinstance(sentences, int) else sentences
        for table, rows in {
            "facts": facts,
            "checks": report.get("checks", ()),
            "category_shares": [{"category": code, **row} for code, row in report.get("shares", {}).items()],
            "balance": [report["balance"]] if "balance" in report else (),
            "sentences": [{"text": text, "category": "news"} for text in texts],
        }.items():
            _insert(connection, table, [{"id": number, **row, "report_id": key} for number, row in enumerate(rows)])
    return connection


def _insert(connection: DuckDBPyConnection, table: str, rows: Sequence[Record]) -> None:
    names = list(load_tables()[table])
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    for row in rows:
        connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [row.get(name) for name in names])
