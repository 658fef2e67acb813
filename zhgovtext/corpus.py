"""A corpus: the tables of its store, as relations of DuckDB that nothing is read of before it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from zhgovtext.dataset import is_dataset, open_dataset
from zhgovtext.errors import InputError, OptionError
from zhgovtext.records import from_balance_row, load_tables
from zhgovtext.report import SCHEMA
from zhgovtext.store import open_store, store_error

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation


# What a report has in other tables: their order where it is not by id, and the column that is not of the record.
_PARTS: dict[str, dict[str, str]] = {
    "sections": {},
    "sentences": {},
    "category_shares": {"drop": "id"},
    "facts": {},
    "checks": {"drop": "id"},
    "balance": {},
    "keywords": {"by": "rank", "drop": "rank"},
}


def open_corpus(path: str | Path) -> Corpus:
    """The corpus in a store, or in a folder of Parquet files, that ``zhgovtext batch`` or `run_batch` wrote, to read
    only, and touching no other file: bring data of your own as a data frame (``corpus.connection.register``), take
    results away with `export` or as one.

    `InputError` when it is missing, of another program or schema version, or open in a process that writes to it.

    >>> open_corpus("none.duckdb")
    Traceback (most recent call last):
        ...
    zhgovtext.errors.InputError: none.duckdb: there is no such store (zhgovtext batch makes one)
    """
    return Corpus(open_dataset(path) if is_dataset(path) else open_store(path), str(path))


class Corpus:
    """Tables and views of a store (``data/corpus/schema.sql``). Each method gives a relation: ``.df()`` (pandas),
    ``.pl()`` (polars), ``.arrow()`` (pyarrow), ``.fetchall()``, ``.filter("year > 2015")``. Of the methods, `reports`
    alone shows reports that failed or were removed."""

    def __init__(self, connection: DuckDBPyConnection, path: str) -> None:
        self.connection = connection
        self.path = path

    def __enter__(self) -> Corpus:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Corpus {self.path!r}>"

    def _repr_html_(self) -> str:
        from zhgovtext.notebook import corpus_fragment

        return corpus_fragment(self)

    def close(self) -> None:
        self.connection.close()

    def sql(self, query: str, **values: Any) -> DuckDBPyRelation:
        """The rows of a query, in which ``$name`` is a value given by name. `InputError` says what is wrong with it."""
        import duckdb

        try:
            found = self.connection.sql(query, params=values or None)
        except duckdb.Error as error:
            raise InputError("query", str(error).split("\n\n", 1)[0], path=self.path) from error
        if found is None:
            raise OptionError("query", "is no query", hint="begin with SELECT: a corpus is read only")
        return found

    def reports(self) -> DuckDBPyRelation:
        """A row a report, those that failed or were removed too (column ``status``)."""
        return self.sql("SELECT * EXCLUDE (text, tables) FROM reports ORDER BY path")

    def facts(self) -> DuckDBPyRelation:
        """A row a figure, with what tells its report: the view ``figures``."""
        return self.sql("SELECT * FROM figures ORDER BY report_id, id")

    def sentences(self, *, category: str | None = None) -> DuckDBPyRelation:
        """A row a sentence with its category, or those of one category: the view ``coded_sentences``."""
        if category is None:
            return self.sql("SELECT * FROM coded_sentences ORDER BY report_id, id")
        if not self._rows("SELECT 1 FROM category_shares WHERE category = $c LIMIT 1", c=category):
            raise OptionError("category", f"no report was coded with a category {category}", path=self.path)
        return self.sql("SELECT * FROM coded_sentences WHERE category = $c ORDER BY report_id, id", c=category)

    def panel(self, *, frame: str | Path | None = None) -> DuckDBPyRelation:
        """A row an agency, year and scope, ready for a regression; `frame` is a CSV of who should have reported. See
        `zhgovtext.panel.build_panel`."""
        from zhgovtext.panel import build_panel

        with reading(self.path):
            return build_panel(self.connection, frame=frame)

    def to_html(self, folder: str | Path, *, language: str = "zh") -> None:
        """A folder of pages that need no network and no server: ``index.html`` and others, in Chinese or English
        (``en``) first. See `zhgovtext.site.write_site`."""
        from zhgovtext.site import write_site

        write_site(self, folder, language=language)

    def report(self, report_id: str) -> dict[str, Any]:
        """A report as by ``Report.to_dict(text=True)``, by its id (or the beginning of it), path or name.

        `OptionError` when there is none or more than one, `InputError` with the reason when it could not be analysed.
        """
        found = self._rows(
            "SELECT * FROM reports WHERE starts_with(report_id, $key) OR list_contains(paths, $key) OR name = $key",
            key=report_id,
        )
        if len(found) != 1:
            problem = "no report" if not found else f"{len(found)} reports"
            raise OptionError(
                "report", f"{problem} with the id, path or name {report_id!r}", path=self.path, hint="give a report_id"
            )
        head = found[0]
        if head["error_code"]:
            code, message, hint = (head[f"error_{part}"] or "" for part in ("code", "message", "hint"))
            raise InputError(code, message, path=head["path"], hint=hint)
        with reading(self.path):
            return self._record(head, self._tables([head["report_id"]]))

    def records(self, report_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Reports as by `report`, in the order of their ids. What they hold is read at once, which is quicker than one
        by one: give no more ids than memory holds reports. Reports that are missing or failed are left out."""
        query = (
            "SELECT * FROM reports WHERE report_id IN (SELECT unnest($keys)) AND error_code IS NULL ORDER BY report_id"
        )
        with reading(self.path):
            tables = self._tables(report_ids)
        for head in self._rows(query, keys=list(report_ids)):
            with reading(self.path):
                record = self._record(head, tables)
            yield record

    def _record(
        self, head: Mapping[str, Any], tables: Mapping[str, Mapping[str, list[dict[str, Any]]]]
    ) -> dict[str, Any]:
        key = head["report_id"]
        names = list(load_tables()["reports"])
        meta = names[names.index("title") : names.index("profile") + 1]
        parts = {name: rows.get(key, []) for name, rows in tables.items()}
        for fact in parts["facts"]:
            del fact["id"]
            labels = {name: fact.pop(name) for name in ("applicant", "column", "row")}
            fact["dimensions"] = {k: v for k, v in labels.items() if v is not None} | (fact.get("dimensions") or {})
        for check in parts["checks"]:
            check["message"] = check.pop("message_zh")
        for sentence in parts["sentences"]:
            del sentence["scores"]
        return {
            "schema": SCHEMA,
            "source": {name: head[name] for name in ("name", "sha256", "format", "encoding", "chars")},
            "meta": {name: head[name] for name in meta},
            "provenance": self._provenance(head["fingerprint"]),
            "sections": parts["sections"],
            "sentences": parts["sentences"],
            "category_shares": parts["category_shares"],
            "facts": parts["facts"],
            "checks": parts["checks"],
            "balance": from_balance_row(parts["balance"][0]),
            "keywords": parts["keywords"],
            "tables": json.loads(head["tables"]),
            "notes": json.loads(head["notes"]),
            "text": head["text"],
            **json.loads(head["more"] or "{}"),
        }

    def _provenance(self, fingerprint: str) -> dict[str, Any]:
        query = "SELECT provenance FROM fingerprints WHERE fingerprint = $key"
        result: dict[str, Any] = json.loads(self._rows(query, key=fingerprint)[0]["provenance"])
        return result

    def _tables(self, keys: Sequence[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """The rows that reports have in each of the other tables, by report."""
        return {name: self._table(name, keys, **how) for name, how in _PARTS.items()}

    def _table(
        self, name: str, keys: Sequence[str], *, by: str = "id", drop: str = ""
    ) -> dict[str, list[dict[str, Any]]]:
        order = f"ORDER BY {by}" if by in load_tables()[name] else ""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows(
            f"SELECT * FROM {name} WHERE report_id IN (SELECT unnest($keys)) {order}", keys=list(keys)
        ):
            row |= json.loads(row.pop("more") or "{}")
            row.pop(drop, None)
            found.setdefault(row.pop("report_id"), []).append(row)
        return found

    def _rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Rows by column; a number that is whole is an integer, as in a record."""
        relation = self.sql(query, **values)
        with reading(self.path):
            rows = relation.fetchall()
        return [{name: _whole(value) for name, value in zip(relation.columns, row, strict=True)} for row in rows]


@contextmanager
def reading(path: str) -> Iterator[None]:
    """What a store lacks that is damaged, or that another program has changed, as an `InputError`."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise store_error(error, path) from error
    except (LookupError, TypeError, ValueError) as error:
        problem = f"is not as zhgovtext batch wrote it: {type(error).__name__} {error}"
        raise InputError("store", problem, path=path, hint="make it anew") from error


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
