"""What a report has for each table of a corpus, as columns of Arrow. ``data/corpus/schema.sql`` says what they mean.

A group of reports is one batch a table, made where they were analysed, so that who writes does no work for single rows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zhgovtext.errors import ZhgovtextError
from zhgovtext.report import Report
from zhgovtext.resources import data_path, model_path, read_text, sha256

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 1
# What a report fills, in the order in which it is sent.
TABLES = ("reports", "sections", "sentences", "facts", "checks", "category_shares", "balance", "keywords", "terms")
_TABLE = re.compile(r"^CREATE TABLE (\w+) \(\n(.*?)\n\);", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r'^ +"?(\w+)"? ([A-Z]+(?:\[\])?)', re.MULTILINE)
_DIMENSIONS = frozenset(("applicant", "column", "row"))
# Column of the table balance → where the record has it.
_BALANCE = {
    **{f"{kind}_{name}": (kind, name) for kind in ("interpretation", "news") for name in ("clauses", "chars", "spans")},
    **{name: ("text_share", name) for name in ("naive", "adjusted", "low", "high", "n", "few")},
    **{f"items_{name}": ("items", name) for name in ("interpretation", "news", "channels", "proactive")},
    "item_share": ("item_share", "value"),
    "item_share_low": ("item_share", "low"),
    "item_share_high": ("item_share", "high"),
}
# Kept apart from the other keys of a record: in tables of their own, or in the table fingerprints.
_ELSEWHERE = frozenset(
    ("schema", "source", "meta", "provenance", "sections", "sentences", "facts", "checks", "category_shares", "balance",
     "keywords", "tables", "notes", "text")
)  # fmt: skip

# A column's values in order; the scores of sentences as a matrix; null where every value is.
Values = list[Any] | npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Rows:
    """So many rows of a table, by column; a column that is not given is null."""

    count: int
    columns: Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report came from: its id in the store, the hash of its bytes (null where none could be read), its name,
    its paths in order, and what a manifest says of it."""

    report_id: str
    sha256: str | None
    name: str
    paths: tuple[str, ...]
    extra: Mapping[str, Any] | None = None


def report_id(digest: str | None, path: str) -> str:
    """The id of the report with these bytes, or of a path that could not be read.

    >>> report_id("ab" * 32, "a.txt"), len(report_id(None, "a.txt"))
    ('abababababababab', 16)
    """
    return (digest or hashlib.sha256(f"path:{path}".encode("utf-8", "replace")).hexdigest())[:16]


@cache
def load_tables() -> dict[str, dict[str, str]]:
    """Column → type of every table of ``schema.sql``.

    >>> load_tables()["terms"]
    {'report_id': 'VARCHAR', 'term': 'VARCHAR', 'count': 'INTEGER'}
    """
    schema = read_text(data_path("corpus", "schema.sql"))
    return {name: dict(_COLUMN.findall(body)) for name, body in _TABLE.findall(schema)}


def fingerprint_of(provenance: Mapping[str, Any]) -> str:
    """16 hexadecimal digits for all that a result depends on beside its input: provenance, and the package's data."""
    text = json.dumps([SCHEMA_VERSION, _data_hash(), provenance], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _data_hash() -> str:
    """Of all data of the package that an analysis may read."""
    others = {data_path(name) for name in ("cli", "corpus", "page", "panel", "plots", "schema")}
    folders = [path for path in sorted(data_path().iterdir()) if path not in others]
    files = [path for folder in (*folders, model_path("content")) for path in (folder, *sorted(folder.rglob("*")))]
    return sha256(*(path for path in files if path.is_file()))


# A report's rows ------------------------------------------------------------------------------------------------------


def report_rows(report: Report, place: Place, fingerprint: str) -> dict[str, Rows]:
    """What a report has for each of `TABLES`, without report_id."""
    record = report.to_dict(text=True)
    source = record["source"]
    counts = Counter(word for word in report.words if "\u4e00" <= word[0] <= "\u9fff")
    head = {
        **_place_row(place, fingerprint),
        "status": "ok",
        **{name: source[name] for name in ("format", "encoding", "chars")},
        **record["meta"],
        "words": counts.total(),
        **{name: record[name] for name in ("text", "tables", "notes")},
        **{key: value for key, value in record.items() if key not in _ELSEWHERE},
    }
    for row, check in zip(record["checks"], report.checks, strict=True):
        row["message"], row["message_zh"] = check.message, check.message_zh
    sentences = _rows("sentences", record["sentences"])
    scores = report.probabilities.astype(np.float32)
    return {
        "reports": _rows("reports", [head]),
        "sections": _rows("sections", record["sections"]),
        "sentences": Rows(sentences.count, {**sentences.columns, "scores": scores}),
        "facts": _fact_rows(record["facts"]),
        "checks": _rows("checks", _numbered(record["checks"], "id")),
        "category_shares": _rows("category_shares", _numbered(record["category_shares"], "id")),
        "balance": _rows("balance", [_balance_row(record["balance"])]),
        "keywords": _rows("keywords", _numbered(record["keywords"], "rank", first=1)),
        "terms": _term_rows(counts),
    }


def failure_rows(error: ZhgovtextError, place: Place, fingerprint: str) -> dict[str, Rows]:
    """What an input that could not be analysed has for each of `TABLES`: a row in reports."""
    row = {
        **_place_row(place, fingerprint),
        "status": "failed",
        "error_code": error.code,
        "error_message": f"{error.place}: {error.message}" if error.place else error.message,
        "error_hint": error.hint or None,
    }
    return {name: _rows(name, [row] if name == "reports" else []) for name in TABLES}


def _place_row(place: Place, fingerprint: str) -> dict[str, Any]:
    return {
        "sha256": place.sha256,
        "name": place.name,
        "path": place.paths[0],
        "paths": list(place.paths),
        "fingerprint": fingerprint,
        "extra": place.extra,
    }


def _rows(table: str, rows: Sequence[Mapping[str, Any]]) -> Rows:
    """Rows by column; keys that have no column go into `more`."""
    given = set().union(*rows)
    named = load_tables()[table].keys() & given
    columns: dict[str, Values] = {name: _column(rows, name) for name in named}
    others = given - named
    if others:
        columns["more"] = [{key: value for key, value in row.items() if key in others} or None for row in rows]
    return Rows(len(rows), columns)


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    try:
        return list(map(itemgetter(name), rows))
    except KeyError:
        return [row.get(name) for row in rows]


def _numbered(rows: Iterable[Mapping[str, Any]], name: str, *, first: int = 0) -> list[dict[str, Any]]:
    return [{name: at, **row} for at, row in enumerate(rows, first)]


def _fact_rows(facts: Sequence[dict[str, Any]]) -> Rows:
    labels = [fact.pop("dimensions") for fact in facts]
    for fact, label in zip(facts, labels, strict=True):
        if label.keys() - _DIMENSIONS:
            fact["dimensions"] = {key: value for key, value in label.items() if key not in _DIMENSIONS}
    dimensions = {name: [label.get(name) for label in labels] for name in _DIMENSIONS}
    return Rows(len(facts), {**_rows("facts", facts).columns, **dimensions, "id": list(range(len(facts)))})


def _balance_row(balance: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    row = {column: balance[part].get(name) for column, (part, name) in _BALANCE.items()}
    known = set(_BALANCE.values())
    for part, values in balance.items():
        if isinstance(values, Mapping):
            row |= {f"{part}.{name}": value for name, value in values.items() if (part, name) not in known}
        else:
            row[part] = values
    return row


def from_balance_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The record's balance from its row, `more` unpacked into it."""
    balance: dict[str, Any] = {}
    for column, value in row.items():
        part, _, name = column.partition(".")
        part, name = _BALANCE.get(column, (part, name))
        if name:
            balance.setdefault(part, {})[name] = json.loads(value) if column.endswith("_spans") else value
        else:
            balance[part] = value
    return balance


def _term_rows(counts: Mapping[str, int]) -> Rows:
    terms = sorted(term for term in counts if len(term) > 1)
    return Rows(len(terms), {"term": terms, "count": [counts[term] for term in terms]})


# Rows of several reports as batches of Arrow --------------------------------------------------------------------------


def as_batches(reports: Sequence[tuple[str, Mapping[str, Rows]]]) -> dict[str, pa.RecordBatch]:
    """A record batch a table of reports given as id and rows."""
    import pyarrow as pa

    batches = {}
    for name in TABLES:
        schema, parts = arrow_schema(name), [rows[name] for _, rows in reports]
        ids = list(chain.from_iterable(repeat(id_, part.count) for (id_, _), part in zip(reports, parts, strict=True)))
        arrays = [
            pa.array(ids, type_) if column == "report_id" else _array(column, kind, type_, parts)
            for (column, kind), type_ in zip(load_tables()[name].items(), schema.types, strict=True)
        ]
        batches[name] = pa.record_batch(arrays, schema=schema)
    return batches


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table."""
    import pyarrow as pa

    return pa.schema([pa.field(name, _arrow_type(kind)) for name, kind in load_tables()[table].items()])


def _arrow_type(kind: str) -> pa.DataType:
    import pyarrow as pa

    if kind.endswith("[]"):
        return pa.list_(_arrow_type(kind.removesuffix("[]")))
    numbers = {"INTEGER": pa.int32(), "DOUBLE": pa.float64(), "FLOAT": pa.float32(), "BOOLEAN": pa.bool_()}
    return numbers.get(kind, pa.string())


def _array(column: str, kind: str, type_: pa.DataType, parts: Sequence[Rows]) -> pa.Array:
    import pyarrow as pa

    given = [part.columns.get(column) for part in parts]
    matrices = [values for values in given if isinstance(values, np.ndarray)]
    if matrices:
        joined = np.concatenate(matrices)
        ends = np.arange(len(joined) + 1, dtype=np.int32) * joined.shape[1]
        return pa.ListArray.from_arrays(pa.array(ends), pa.array(joined.ravel()))
    if not any(given):
        return pa.nulls(sum(part.count for part in parts), type_)
    values: Iterable[Any] = chain.from_iterable(
        repeat(None, part.count) if column is None else column for part, column in zip(parts, given, strict=True)
    )
    if kind == "JSON":
        values = (None if value is None else json.dumps(value, ensure_ascii=False) for value in values)
    elif kind == "DOUBLE":
        values = (None if value is None else float(value) for value in values)
    return pa.array(list(values), type_)
