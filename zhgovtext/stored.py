"""Reports of a store, as far as figures of a corpus need them: read when asked for, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zhgovtext.codebook import load_codebook
from zhgovtext.corpus import Corpus, reading
from zhgovtext.facts import Fact
from zhgovtext.script import Normalized, normalize
from zhgovtext.shares import Balance, CategoryShare, TypedClauses

_FACT = (
    "indicator", "value", "unit", "period", "start", "end", "quote", "source", "state", "scope", "qualifier",
    "value_high", "subject", "cumulative",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredMeta:
    """What the store says of a report; fields as in `Meta`."""

    agency: str | None
    agency_type: str
    level: str
    year: int | None


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of the categories that a report was coded with."""

    codes: tuple[str, ...]


class StoredReport:
    """A report of a store: what `trend`, `group_shares` and `group_balance` ask of a `Report`."""

    def __init__(self, corpus: Corpus, report_id: str, meta: StoredMeta) -> None:
        self._corpus = corpus
        self.report_id = report_id
        self.meta = meta

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The figures that carry an indicator."""
        rows = self._rows("SELECT * FROM facts WHERE report_id = $key AND indicator IS NOT NULL ORDER BY id")
        with reading(self._corpus.path):
            return tuple(map(_fact, rows))

    @cached_property
    def codebook(self) -> Codes:
        with reading(self._corpus.path):
            return Codes(tuple(row["category"] for row in self._shares))

    def category_shares(self, *, language: str = "zh") -> tuple[CategoryShare, ...]:
        """As of `Report`; in English where the shipped codebook has the categories."""
        shipped = {category.code: category.label(language) for category in load_codebook().categories}
        with reading(self._corpus.path):
            return tuple(
                CategoryShare(
                    row["category"],
                    shipped.get(row["category"], row["label"] or row["category"]),
                    *(row[name] for name in ("sentences", "chars", "share", "low", "high", "adjusted")),
                )
                for row in self._shares
            )

    @cached_property
    def balance(self) -> Balance:
        """As of `Report`, but for the places of clauses and the items that the report counts."""
        row = self._row("SELECT * FROM balance WHERE report_id = $key")
        with reading(self._corpus.path):
            interpretation, news = (
                TypedClauses(row[f"{kind}_clauses"] or 0, row[f"{kind}_chars"] or 0, ())
                for kind in ("interpretation", "news")
            )
            naive, adjusted, low, high = (row[name] for name in ("naive", "adjusted", "low", "high"))
            few = bool(row["few"])
            return Balance(interpretation, news, naive, adjusted, low, high, row["n"] or 0, few, {}, row["item_share"])

    @cached_property
    def normalized(self) -> Normalized:
        """The text as it is searched for terms."""
        with reading(self._corpus.path):
            return normalize(self._row("SELECT text FROM reports WHERE report_id = $key")["text"] or "")

    @cached_property
    def _shares(self) -> list[dict[str, Any]]:
        return self._rows("SELECT * FROM category_shares WHERE report_id = $key ORDER BY id")

    def _row(self, query: str) -> dict[str, Any]:
        with reading(self._corpus.path):
            return self._rows(query)[0]

    def _rows(self, query: str) -> list[dict[str, Any]]:
        relation = self._corpus.sql(query, key=self.report_id)
        with reading(self._corpus.path):
            return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def stored_reports(corpus: Corpus) -> Iterator[StoredReport]:
    """The reports of a corpus that could be analysed, in the order of their paths."""
    query = "SELECT report_id, agency, agency_type, level, year FROM reports WHERE status = 'ok' ORDER BY path"
    with reading(corpus.path):
        heads = corpus.sql(query).fetchall()
    for report_id, agency, kind, level, year in heads:
        yield StoredReport(corpus, report_id, StoredMeta(agency, kind or "unknown", level or "unknown", year))


def _fact(row: Mapping[str, Any]) -> Fact:
    labels = {name: row[name] for name in ("applicant", "column", "row") if row[name] is not None}
    return Fact(**{name: row[name] for name in _FACT}, dimensions=labels)
