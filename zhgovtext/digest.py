"""A corpus as the pages of a site show it: a line a report, by agency and by year, and what contradicts itself."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from zhgovtext.checks import compare_reports
from zhgovtext.codebook import Category, Codebook, load_codebook
from zhgovtext.drawing import Point, quantile
from zhgovtext.errors import DataError
from zhgovtext.facts import Fact
from zhgovtext.labels import Pair
from zhgovtext.metadata import Meta
from zhgovtext.panel import load_columns
from zhgovtext.resources import data_path, rows
from zhgovtext.verdicts import Check

Record = Mapping[str, Any]

# So many figures that prove a contradiction are linked to.
_MOST_LINKS = 8
# Years that lie farther apart are no period of reports.
_SPAN = 200
_QUARTILES = (0.25, 0.5, 0.75)

_HEADS = """
SELECT r.report_id, r.name, r.title, r.agency, r.region, r.region_code, r.level, r.year, r.regime, r.chars,
  coalesce(b.adjusted, b.naive), b.low, b.high, coalesce(b.n, 0),
  coalesce(v.mismatch, 0), coalesce(v.unknown, 0), coalesce(v.ok, 0)
FROM reports r
LEFT JOIN balance b USING (report_id)
LEFT JOIN (
  SELECT report_id, count(*) FILTER (status = 'mismatch') AS mismatch,
    count(*) FILTER (status = 'unknown') AS unknown, count(*) FILTER (status = 'ok') AS ok
  FROM checks GROUP BY report_id
) v USING (report_id)
WHERE r.status = 'ok'
ORDER BY r.report_id"""
_SHARES = """
SELECT report_id, list(category ORDER BY id), list(coalesce(label, category) ORDER BY id),
  list(sentences ORDER BY id), list(share ORDER BY id)
FROM category_shares GROUP BY report_id ORDER BY report_id"""
_LOST = """
SELECT report_id, name, path, status, error_code, error_message, error_hint
FROM reports WHERE status <> 'ok' ORDER BY status, path, report_id"""


class Stored(Protocol):
    """A corpus: a `Corpus`."""

    @property
    def path(self) -> str: ...

    def sql(self, query: str, **values: Any) -> Any: ...
    def panel(self) -> Any: ...
    def records(self, report_ids: Sequence[str]) -> Iterator[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure that is shown of every report: the first of these columns of the panel that has a value."""

    key: str
    columns: tuple[str, ...]
    name: Pair
    in_chart: bool
    in_list: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A report as lists show it. `agency` and `year` are those of the panel; `key` is the id of its agency's page, null
    where agency or year is unknown; `other` is the id of the report that stands for that year, if it is another one.
    `figures` are in the order of `load_figures`, `sentences` and `shares` in that of the categories of `book`;
    `balance` is the share of interpretation with its interval and number of clauses, `checks` the mismatches, open and
    held ones."""

    id: str
    name: str
    title: str | None
    agency: str | None
    region: str | None
    region_code: str | None
    level: str
    year: int | None
    regime: str | None
    chars: int
    balance: tuple[float | None, float | None, float | None, int]
    checks: tuple[int, int, int]
    book: tuple[str, ...] = ()
    sentences: tuple[int, ...] = ()
    shares: tuple[float | None, ...] = ()
    figures: tuple[float | None, ...] = ()
    scope: str | None = None
    key: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """An input without a page: `status` is ``failed``, with the reason, or ``removed``."""

    id: str
    name: str
    path: str
    status: str
    code: str | None
    message: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A check that does not hold, in a report or between two of an agency (`across`), with the figures that prove it:
    (id of the report, index of the fact, quote)."""

    report: str
    rule: str
    severity: str
    message: Pair
    evidence: tuple[tuple[str, int, str], ...]
    number: int | None = None
    across: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A key figure over the agencies of a year: how many have it, their sum, median and quartiles."""

    n: int
    total: float
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Digest:
    """What a corpus holds, without texts. `books` are the codebooks of its reports by their codes, that of most reports
    first; `agencies` and `years` have the reports that the panel counts, one an agency and year."""

    entries: tuple[Entry, ...]
    lost: tuple[Lost, ...]
    books: Mapping[tuple[str, ...], Codebook]
    agencies: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    years: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)

    @property
    def book(self) -> Codebook:
        return next(iter(self.books.values()), load_codebook())


@cache
def load_figures(path: Path | None = None) -> tuple[KeyFigure, ...]:
    """The key figures of ``data/page/figures.tsv``; `DataError` names the line of a key that stands twice, of a column
    that the panel lacks, of a missing label.

    >>> [figure.key for figure in load_figures() if figure.in_list]
    ['proactive', 'received', 'replied']
    """
    path = path or data_path("page", "figures.tsv")
    known = {column.name for column in load_columns() if column.indicator}
    found: dict[str, KeyFigure] = {}
    for line, row in rows(path, ("key", "columns", "zh", "en", "chart", "list")):
        columns = tuple(row["columns"].split())
        problem = ""
        if row["key"] in found:
            problem = f"has the key {row['key']} twice"
        elif not columns or not known.issuperset(columns):
            problem = f"has the columns {row['columns']!r}, of which the panel lacks some"
        elif not (row["zh"] and row["en"]):
            problem = "has no label"
        if problem:
            raise DataError("row", problem, path=str(path), place=f"line {line}", hint="mend the line")
        name = (row["zh"], row["en"])
        found[row["key"]] = KeyFigure(row["key"], columns, name, bool(row["chart"]), bool(row["list"]))
    return tuple(found.values())


def read_digest(corpus: Stored) -> Digest:
    """All that lists and summaries need, read in a few queries."""
    lines = _panel_lines(corpus)
    shares = {row[0]: row[1:] for row in corpus.sql(_SHARES).fetchall()}
    bare = [_entry(row, shares.get(row[0])) for row in corpus.sql(_HEADS).fetchall()]
    chosen = [_placed(entry, lines[entry.id]) for entry in bare if entry.id in lines]
    stands = {(entry.agency, entry.region_code, entry.year): entry for entry in chosen}
    rest = [_beside(entry, stands) for entry in bare if entry.id not in lines]
    entries = sorted((*chosen, *rest), key=lambda entry: (entry.agency or "\uffff", entry.year or 0, entry.id))
    counted = [entry for entry in entries if entry.key and not entry.other]
    agencies: dict[str, list[Entry]] = {}
    years: dict[int, list[Entry]] = {}
    for entry in counted:
        agencies.setdefault(entry.key or "", []).append(entry)
        years.setdefault(entry.year or 0, []).append(entry)
    return Digest(
        tuple(entries),
        tuple(Lost(*row) for row in corpus.sql(_LOST).fetchall()),
        _books(bare, shares),
        {key: tuple(found) for key, found in agencies.items()},
        {year: tuple(years[year]) for year in sorted(years)},
    )


def _entry(row: Sequence[Any], shares: Sequence[Any] | None) -> Entry:
    book, _, sentences, parts = shares or ((), (), (), ())
    id_, name, title, agency, region, region_code, level, year, regime, chars = row[:10]
    return Entry(
        id_,
        name,
        title,
        agency,
        region,
        region_code,
        level or "unknown",
        year,
        regime,
        chars or 0,
        balance=(row[10], row[11], row[12], row[13]),
        checks=(row[14], row[15], row[16]),
        book=tuple(book),
        sentences=tuple(sentences),
        shares=tuple(parts),
    )


def _panel_lines(corpus: Stored) -> dict[str, dict[str, Any]]:
    """The main rows of the panel by report, cut to what a site shows."""
    columns = dict.fromkeys(column for figure in load_figures() for column in figure.columns)
    names = ["report_id", "agency_key", "agency", "region_code", "year", "scope", *columns]
    found = corpus.panel().filter("main AND report_status = 'ok'").project(", ".join(names)).fetchall()
    return {row[0]: dict(zip(names, row, strict=True)) for row in found}


def _placed(entry: Entry, line: Record) -> Entry:
    """A report as the panel has it."""
    figures = tuple(
        next((line[column] for column in figure.columns if line[column] is not None), None) for figure in load_figures()
    )
    dated = line["agency_key"] and line["year"]
    return replace(
        entry,
        agency=line["agency"],
        region_code=line["region_code"],
        year=line["year"],
        scope=line["scope"],
        figures=figures,
        key=page_id(line["agency_key"]) if dated else None,
    )


def _beside(entry: Entry, stands: Mapping[tuple[Any, ...], Entry]) -> Entry:
    """A report that the panel leaves out, since another one stands for the agency's year."""
    other = stands.get((entry.agency, entry.region_code, entry.year))
    figures = (None,) * len(load_figures())
    entry = replace(entry, figures=figures)
    return replace(entry, key=other.key, other=other.id) if other else entry


def page_id(key: str) -> str:
    """The name of a page, whatever was written in `key`."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]


def _books(entries: Iterable[Entry], shares: Mapping[str, Sequence[Any]]) -> dict[tuple[str, ...], Codebook]:
    counts: Counter[tuple[str, ...]] = Counter()
    labels: dict[tuple[str, ...], Sequence[str]] = {}
    for entry in entries:
        counts[entry.book] += 1
        labels.setdefault(entry.book, shares[entry.id][1] if entry.id in shares else ())
    order = sorted(counts, key=lambda codes: (-counts[codes], codes))
    return {codes: _book(codes, labels[codes]) for codes in order}


def _book(codes: tuple[str, ...], labels: Sequence[str]) -> Codebook:
    """The codebook that reports were coded by, as far as a store knows it: of another than the shipped one the labels
    in Chinese."""
    shipped = load_codebook()
    if codes == shipped.codes:
        return shipped
    categories = tuple(Category(code, label, code, "") for code, label in zip(codes, labels, strict=True))
    return Codebook("", "", "", categories, "")


# Contradictions -------------------------------------------------------------------------------------------------------


def contradictions_in(record: Record, report: str, messages: Sequence[str], most: int) -> Iterator[Contradiction]:
    """The checks of a report that do not hold, identities first, `most` of them; `messages` are those in English of all
    its checks."""
    found = [at for at, check in enumerate(record["checks"]) if check["status"] == "mismatch"]
    found.sort(key=lambda at: record["checks"][at]["severity"] != "identity")
    for at in found[:most]:
        check = record["checks"][at]
        evidence = tuple((report, fact, record["facts"][fact]["quote"]) for fact in check["facts"][:_MOST_LINKS])
        message = (check["message"], messages[at])
        yield Contradiction(report, check["rule"], check["severity"], message, evidence, at)


@dataclass(frozen=True, slots=True)
class _Reported:
    meta: Meta
    facts: tuple[Fact, ...]


def contradictions_across(records: Sequence[tuple[Entry, Record]]) -> list[Contradiction]:
    """Checks between the years of one agency that do not hold."""
    reports = [
        _Reported(Meta(**{**record["meta"], "agency": entry.key}), tuple(_fact(fact) for fact in record["facts"]))
        for entry, record in records
    ]
    return [_across(check, records) for check in compare_reports(reports) if check.status == "mismatch"]


def _fact(row: Record) -> Fact:
    return Fact(**{name: row[name] for name in Fact.__dataclass_fields__})


def _across(check: Check, records: Sequence[tuple[Entry, Record]]) -> Contradiction:
    evidence = []
    for pair in check.facts[:_MOST_LINKS]:
        if isinstance(pair, tuple):
            entry, record = records[pair[0]]
            evidence.append((entry.id, pair[1], record["facts"][pair[1]]["quote"]))
    later = evidence[-1][0] if evidence else records[-1][0].id
    message = (check.message_zh, check.message)
    return Contradiction(later, check.rule, check.severity, message, tuple(evidence), across=True)


def fair_share(counts: Iterable[int], most: int) -> int:
    """How many each may have, so that all have no more than `most` together.

    >>> fair_share([1, 5, 9], 10), fair_share([1, 2], 10)
    (4, 2)
    """
    left = sorted(counts)
    share = left[-1] if left else 0
    for at, count in enumerate(left):
        if count * (len(left) - at) > most:
            return most // (len(left) - at)
        most -= count
    return share


# Summaries ------------------------------------------------------------------------------------------------------------


def summarize(values: Iterable[float | None]) -> Summary | None:
    """Null where nobody has a value.

    >>> summarize([3, None, 1])
    Summary(n=2, total=4, low=1.5, median=2.0, high=2.5)
    """
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return Summary(len(known), sum(known), *(quantile(known, part) for part in _QUARTILES))


def pooled_shares(entries: Iterable[Entry], book: Codebook) -> tuple[int, list[float | None]]:
    """How many reports were coded by `book`, and each category's share of all their coded sentences."""
    coded = [entry for entry in entries if entry.book == book.codes]
    sums = [sum(found) for found in zip(*(entry.sentences for entry in coded), strict=True)] or [0] * len(book.codes)
    whole = sum(sums)
    return len(coded), [count / whole if whole else None for count in sums]


def share_quartiles(entries: Iterable[Entry], book: Codebook, at: int) -> Summary | None:
    """The share of a category in each report, over the reports."""
    return summarize(entry.shares[at] for entry in entries if entry.book == book.codes)


def pooled_balance(entries: Iterable[Entry]) -> tuple[int, float | None]:
    """How many reports have clauses of interpretation or news, and the share of interpretation in all of them."""
    known = [(entry.balance[0], entry.balance[3]) for entry in entries if entry.balance[0] is not None]
    clauses = sum(n for _, n in known)
    share = sum((value or 0.0) * n for value, n in known) / clauses if clauses else None
    return len(known), share


def every_year(years: Iterable[int]) -> Sequence[int]:
    """From the first to the last year; only those years where they lie far apart (a manifest may say anything).

    >>> list(every_year([2021, 2018])), list(every_year([2021, 99999]))
    ([2018, 2019, 2020, 2021], [2021, 99999])
    """
    found = sorted(set(years))
    if found and found[-1] - found[0] < _SPAN:
        return range(found[0], found[-1] + 1)
    return found


def figure_points(years: Mapping[int, Sequence[Entry]], at: int) -> list[Point]:
    """The median of a key figure over the agencies of each year, and its quartiles."""
    points = []
    for year in every_year(years):
        found = summarize(entry.figures[at] for entry in years.get(year, ()))
        points.append(Point(year, found.median, found.low, found.high) if found else Point(year, None))
    return points
