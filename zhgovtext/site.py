"""A corpus as a folder of pages that need no network and no server: lists to search, agencies, years, trends, checks
that do not hold, and a page for each report.

Files are named by ids alone. Style, script and the rows of long lists are files of their own in ``assets/``: rows as a
script, since a page that is opened from a disk may read no other. The same corpus makes the same bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from zhgovtext.concordance import Concordance, kwic
from zhgovtext.digest import (
    Contradiction,
    Digest,
    Entry,
    Stored,
    contradictions_across,
    contradictions_in,
    every_year,
    fair_share,
    figure_points,
    load_figures,
    page_id,
    pooled_balance,
    pooled_shares,
    read_digest,
    share_quartiles,
    summarize,
)
from zhgovtext.drawing import Point, draw_bar, draw_histogram, draw_line, draw_spark
from zhgovtext.labels import Pair, check_language, load_labels
from zhgovtext.markup import in_script, named
from zhgovtext.page import Shelf, category_style, record_page
from zhgovtext.resources import data_path, read_text
from zhgovtext.rules import load_rules
from zhgovtext.script import Normalized, normalize
from zhgovtext.shelves import Shelves

Record = Mapping[str, Any]
Watch = Callable[[int, int], None]
View = dict[str, Any]

# Reports are read so many together, or so many characters of them.
_GROUP = 200
_CHARS = 400_000
# So many checks that do not hold are listed; so many of an agency stand in its page.
_MOST_CHECKS = 10_000
_MOST_ACROSS = 40
# Characters of a quote.
_QUOTE = 24
_MOST_CONTEXTS = 6
_CONTEXT_WIDTH = 24
# With these years the forms changed.
_BORDERS = (2014, 2019, 2021)
_LEVELS = ("national", "province", "subprovincial", "prefecture", "county", "township", "unknown")
_REGIMES = ("free", "2014", "2019", "2021")
_DECADES = (("0", 0), ("1–9", 10), ("10–99", 100), ("100–999", 1_000), ("1k–10k", 10_000), ("> 10k", float("inf")))

_ENGLISH = """
SELECT report_id, list(coalesce(message, message_zh) ORDER BY id)
FROM checks WHERE report_id IN (SELECT unnest($keys)) GROUP BY report_id"""
_MADE = """
SELECT f.provenance, count(*) FROM reports r JOIN fingerprints f USING (fingerprint)
WHERE r.status = 'ok' GROUP BY ALL ORDER BY 2 DESC, 1"""


@dataclass(frozen=True, slots=True)
class Written:
    """How many pages of reports a site has, how many pages in all, and how many of an earlier site were taken away."""

    reports: int
    pages: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Text:
    """What `kwic` looks through."""

    normalized: Normalized


def write_site(
    corpus: Stored, folder: str | Path, *, language: str = "zh", watch: Watch = lambda done, total: None
) -> Written:
    """Write the site of a corpus, in `language` first, and take away the pages of a site that was there before.

    `watch` is told how many reports of how many have their page. `OptionError` for another language, and for a folder
    that holds anything but a site of ours; `DataError` where it cannot be written to.
    """
    check_language(language)
    shelves = Shelves(Path(folder), language)
    digest = read_digest(corpus)
    site = _Site(corpus, digest, shelves)
    site.write_assets()
    site.write_reports(watch)
    site.write_agencies()
    site.write_years()
    site.write_lists()
    return Written(len(digest.entries), shelves.pages, shelves.clear())


class _Site:
    """The pages of a corpus."""

    def __init__(self, corpus: Stored, digest: Digest, shelves: Shelves) -> None:
        self._corpus = corpus
        self._digest = digest
        self._shelves = shelves
        self._labels = load_labels()
        self._entries = {entry.id: entry for entry in digest.entries}
        self._rules: dict[str, Pair] = {rule.name: (rule.says[1], rule.says[0]) for rule in load_rules()}
        self._contradictions: list[Contradiction] = []
        self._colours = {codes: f"colours-{_digest_of(codes)}.css" for codes in (*digest.books, digest.book.codes)}
        self._others: dict[tuple[str, int | None], list[Entry]] = {}
        for entry in digest.entries:
            if entry.other:
                chosen = self._entries[entry.other]
                self._others.setdefault((chosen.key or "", chosen.year), []).append(entry)

    # assets

    def write_assets(self) -> None:
        for name in ("page.css", "site.css", "page.js", "site.js"):
            self._shelves.write(f"assets/{name}", read_text(data_path("page", name)))
        for codes, book in {**self._digest.books, self._digest.book.codes: self._digest.book}.items():
            self._shelves.write(f"assets/{self._colours[codes]}", category_style(book))

    # reports

    def write_reports(self, watch: Watch) -> None:
        """A page for each report, agency by agency, so that few texts are held at once."""
        counts = [entry.checks[0] for entry in self._digest.entries if entry.checks[0]]
        most = max(fair_share(counts, _MOST_CHECKS), 1)
        done, total = 0, len(self._digest.entries)
        for group in self._groups():
            ids = [entry.id for entry in group]
            said = dict(self._corpus.sql(_ENGLISH, keys=ids).fetchall())
            records: dict[str, Record] = {}
            for entry, record in self._read(group):
                records[entry.id] = record
                messages = said.get(entry.id, [])
                self._contradictions += contradictions_in(record, entry.id, messages, most)
                self._write_report(entry, record, messages)
                done += 1
                watch(done, total)
            self._compare(group, records)

    def _groups(self) -> Iterator[list[Entry]]:
        """All reports of an agency stand in one group."""
        group: list[Entry] = []
        for reports in self._families():
            size = sum(entry.chars for entry in group) + sum(entry.chars for entry in reports)
            if group and (size > _CHARS or len(group) + len(reports) > _GROUP):
                yield group
                group = []
            group += reports
        if group:
            yield group

    def _families(self) -> Iterator[Sequence[Entry]]:
        yield from self._digest.agencies.values()
        for entry in self._digest.entries:
            if not entry.key or entry.other:
                yield [entry]

    def _read(self, group: Sequence[Entry]) -> Iterator[tuple[Entry, Record]]:
        yield from zip(
            sorted(group, key=lambda entry: entry.id),
            self._corpus.records([entry.id for entry in group]),
            strict=True,
        )

    def _write_report(self, entry: Entry, record: Record, messages: Sequence[str]) -> None:
        checks = [(check["message"], message) for check, message in zip(record["checks"], messages, strict=True)]
        styles = tuple(f"../assets/{name}" for name in ("page.css", self._colours[entry.book]))
        scripts = ("../assets/page.js", "../assets/site.js")
        page = record_page(
            record,
            self._digest.books[entry.book],
            language=self._shelves.language,
            messages=checks,
            contexts=_contexts(record),
            shelf=Shelf(styles, scripts, f"../agencies/{entry.key}.html" if entry.key else None),
        )
        self._shelves.write(f"reports/{entry.id}.html", page)
        self._shelves.pages += 1

    def _compare(self, group: Sequence[Entry], records: Mapping[str, Record]) -> None:
        """Checks across the years of the agencies of a group."""
        counted = [entry for entry in group if entry.key and not entry.other]
        families: dict[str, list[Entry]] = {}
        for entry in counted:
            families.setdefault(entry.key or "", []).append(entry)
        for family in families.values():
            if len(family) > 1:
                found = contradictions_across([(entry, records[entry.id]) for entry in family])
                self._contradictions += found[:_MOST_ACROSS]

    # agencies and years

    def write_agencies(self) -> None:
        own: dict[str, list[Contradiction]] = {}
        for found in self._contradictions:
            if found.across:
                own.setdefault(self._entries[found.report].key or "", []).append(found)
        for key, entries in self._digest.agencies.items():
            self._shelves.page(f"agencies/{key}.html", "agency.html", self._agency(key, entries, own.get(key, ())))

    def _agency(self, key: str, entries: Sequence[Entry], across: Sequence[Contradiction]) -> View:
        years = every_year(entry.year for entry in entries if entry.year)
        by_year = {entry.year: entry for entry in entries}
        lines = []
        for at, figure in enumerate(load_figures()):
            values = [entry.figures[at] for entry in entries]
            points = [Point(year, by_year[year].figures[at] if year in by_year else None) for year in years]
            if any(value is not None for value in values):
                chart = figure.in_chart and sum(value is not None for value in values) > 1
                lines.append(
                    {
                        "name": figure.name,
                        "values": values,
                        "spark": draw_spark(points),
                        "chart": draw_line(points, borders=_BORDERS) if chart else "",
                    }
                )
        return self._view(
            "agencies",
            agency=entries[-1].agency or "",
            entries=entries,
            last=entries[-1],
            lines=lines,
            balances=[(entry, draw_bar(*entry.balance[:3], 1.0)) for entry in entries],
            categories=self._category_lines(entries),
            across=[self._shown(found) for found in across],
            others=[other for entry in entries for other in self._others.get((key, entry.year), ())],
        )

    def _category_lines(self, entries: Sequence[Entry]) -> list[View]:
        """Categories with the share that each report has of them."""
        book = self._digest.book
        coded = {entry.id: entry.book == book.codes for entry in entries}
        most = max((share or 0.0 for entry in entries if coded[entry.id] for share in entry.shares), default=0.0)
        return [
            {
                "at": at,
                "name": (category.zh, category.en),
                "cells": [
                    (entry.shares[at], draw_bar(entry.shares[at], None, None, most)) if coded[entry.id] else (None, "")
                    for entry in entries
                ],
            }
            for at, category in enumerate(book.categories)
        ]

    def write_years(self) -> None:
        years = list(self._digest.years)
        for at, (year, entries) in enumerate(self._digest.years.items()):
            beside = (years[at - 1] if at else None, years[at + 1] if at + 1 < len(years) else None)
            self._shelves.page(f"years/{year}.html", "year.html", self._year(year, entries, beside))

    def _year(self, year: int, entries: Sequence[Entry], beside: tuple[int | None, int | None]) -> View:
        figures = load_figures()
        listed = [at for at, figure in enumerate(figures) if figure.in_list]
        return self._view(
            "trends",
            year=year,
            beside=beside,
            entries=entries,
            columns=[figures[at].name for at in listed],
            listed=listed,
            spreads=[
                {"name": figures[at].name, "summary": summary, "chart": draw_histogram(_by_size(entries, at))}
                for at in listed
                if (summary := summarize(entry.figures[at] for entry in entries))
            ],
            balance=pooled_balance(entries),
            balances=draw_histogram(_by_tenth(entry.balance[0] for entry in entries)),
            **self._spread(entries),
        )

    def _spread(self, entries: Sequence[Entry]) -> View:
        """Each category's share of all sentences, and how far the reports differ in it."""
        book = self._digest.book
        coded, pooled = pooled_shares(entries, book)
        quartiles = [share_quartiles(entries, book, at) for at in range(len(book.categories))]
        most = max((found.high for found in quartiles if found), default=0.0)
        most = max([most, *(share or 0.0 for share in pooled)])
        return {
            "coded": coded,
            "categories": [
                {
                    "at": at,
                    "name": (category.zh, category.en),
                    "share": share,
                    "spread": found,
                    "bar": draw_bar(share, found.low if found else None, found.high if found else None, most),
                }
                for at, (category, share, found) in enumerate(zip(book.categories, pooled, quartiles, strict=True))
            ],
        }

    # lists and trends

    def write_lists(self) -> None:
        digest = self._digest
        pages: tuple[tuple[str, Callable[[], View]], ...] = (
            ("index", self._index),
            ("agencies", self._agencies),
            ("trends", self._trends),
            ("contradictions", self._contradiction_list),
            ("lost", lambda: self._view("lost", lost=digest.lost)),
        )
        for name, view in pages:
            self._shelves.page(f"{name}.html", f"{name}.html", view())

    def _view(self, here: str, **more: Any) -> View:
        from markupsafe import Markup

        said = {key: pair for key, pair in self._labels.items() if key.startswith("rows.")}
        return {
            "here": here,
            "colours": self._colours[self._digest.book.codes],
            "data": Markup(in_script({"labels": said})),
            "lost": self._digest.lost,
            **more,
        }

    def _rows(self, name: str, columns: Sequence[View], rows: Iterable[Sequence[Any]], sort: Sequence[int]) -> str:
        """Write the rows of a list; the name of their file. `sort` is the column to begin with, and 1 or -1."""
        content = in_script({"columns": columns, "rows": list(rows), "sort": sort})
        self._shelves.write(f"assets/{name}.js", f"window.siteRows = {content};\n")
        return f"{name}.js"

    def _index(self) -> View:
        figures = load_figures()
        listed = [at for at, figure in enumerate(figures) if figure.in_list]
        columns = [
            _column("agency", "link"),
            _column("title", "link"),
            _column("region", "text"),
            _column("year", "number", plain=True, filter=True),
            _column("level", "label", labels=[self._labels[f"level.{name}"] for name in _LEVELS], filter=True),
            _column("regime", "label", labels=[self._labels[f"regime.{name}"] for name in _REGIMES], filter=True),
            *({**_column("report", "number"), "name": figures[at].name} for at in listed),
            _column("mismatches", "number"),
            _column("balance", "share"),
        ]
        rows = self._rows("reports", columns, (_index_row(entry, listed) for entry in self._digest.entries), [3, -1])
        made = self._corpus.sql(_MADE).fetchall()
        return self._view(
            "index",
            rows=rows,
            columns=columns,
            name=PurePath(self._corpus.path).name,
            digest=self._digest,
            mismatches=sum(entry.checks[0] for entry in self._digest.entries),
            made=[(json.loads(provenance), count) for provenance, count in made],
        )

    def _agencies(self) -> View:
        columns = [
            _column("agency", "link"),
            _column("region", "text"),
            _column("level", "label", labels=[self._labels[f"level.{name}"] for name in _LEVELS], filter=True),
            _column("reports", "number"),
            _column("first", "number", plain=True),
            _column("last", "number", plain=True),
            _column("mismatches", "number"),
        ]
        rows = (
            [
                [named(found[-1].agency or ""), f"agencies/{key}.html"],
                named(found[-1].region or ""),
                _LEVELS.index(found[-1].level) if found[-1].level in _LEVELS else None,
                len(found),
                found[0].year,
                found[-1].year,
                sum(entry.checks[0] for entry in found),
            ]
            for key, found in self._digest.agencies.items()
        )
        return self._view("agencies", rows=self._rows("agencies", columns, rows, [0, 1]), columns=columns)

    def _contradiction_list(self) -> View:
        rules = _numbered(found.rule for found in self._contradictions)
        cited = (report for found in self._contradictions for report, _, _ in found.evidence)
        bases = _numbered((*cited, *(found.report for found in self._contradictions)))
        kinds = [self._labels["severity.identity"], self._labels["severity.expectation"]]
        columns = [
            _column("agency", "link"),
            _column("year", "number", plain=True, filter=True),
            _column("rule", "label", labels=[self._rules.get(name, (name, name)) for name in rules], filter=True),
            _column("severity", "label", labels=kinds, filter=True),
            _column("message", "pair"),
            _column("evidence", "links", bases=list(bases)),
        ]
        found = sorted(self._contradictions, key=self._order)
        rows = (self._contradiction_row(one, rules, bases) for one in found)
        across = sum(one.across for one in found)
        return self._view(
            "contradictions",
            rows=self._rows("contradictions", columns, rows, [3, 1]),
            columns=columns,
            across=across,
            shown=len(found) - across,
            whole=sum(entry.checks[0] for entry in self._digest.entries),
        )

    def _order(self, found: Contradiction) -> tuple[Any, ...]:
        entry = self._entries[found.report]
        number = -1 if found.number is None else found.number
        place = (entry.agency or "", entry.year or 0, entry.id, number, found.rule, found.message)
        return found.severity != "identity", *place

    def _contradiction_row(self, found: Contradiction, rules: Mapping[str, int], bases: Mapping[str, int]) -> list[Any]:
        entry = self._entries[found.report]
        return [
            [named(entry.agency or entry.name), f"agencies/{entry.key}.html" if entry.key else None],
            entry.year,
            rules[found.rule],
            0 if found.severity == "identity" else 1,
            [named(message) for message in found.message],
            [[named(text), bases[report], place] for text, report, place in self._proof(found)],
        ]

    def _proof(self, found: Contradiction) -> Iterator[tuple[str, str, str]]:
        """What proves a contradiction: what stands there, in which report, and the id of the element; of a check across
        years they say the year. What has no text leads to the check itself."""
        for report, fact, quote in found.evidence:
            shown = " ".join(quote.split())[:_QUOTE] or "–"
            yield shown + (f" ({self._entries[report].year})" if found.across else ""), report, f"f{fact}"
        if found.number is not None:
            yield "", found.report, f"check{found.number}"

    def _shown(self, found: Contradiction) -> View:
        """A contradiction in the page of an agency."""
        links = [(text, f"../reports/{report}.html#{place}") for text, report, place in self._proof(found)]
        return {"message": found.message, "links": links}

    def _trends(self) -> View:
        digest = self._digest
        balances = [Point(year, pooled_balance(digest.years.get(year, ()))[1]) for year in every_year(digest.years)]
        return self._view(
            "trends",
            years=[self._year_line(year, found) for year, found in digest.years.items()],
            charts=[self._figure_chart(at) for at in range(len(load_figures())) if self._is_stated(at)],
            balance=draw_line(balances, percent=True, borders=_BORDERS),
            categories=self._category_charts(),
            is_mixed=len(digest.books) > 1,
        )

    def _is_stated(self, at: int) -> bool:
        return any(entry.figures[at] is not None for found in self._digest.years.values() for entry in found)

    def _figure_chart(self, at: int) -> View:
        """A key figure over the years: a line of its median, and a table."""
        years = self._digest.years
        summaries = (
            (year, len(found), summarize(entry.figures[at] for entry in found)) for year, found in years.items()
        )
        return {
            "name": load_figures()[at].name,
            "chart": draw_line(figure_points(years, at), borders=_BORDERS),
            "lines": [line for line in summaries if line[2]],
        }

    def _category_charts(self) -> list[View]:
        digest = self._digest
        pooled = {year: pooled_shares(found, digest.book)[1] for year, found in digest.years.items()}
        lines = [
            [Point(year, pooled[year][at] if year in pooled else None) for year in every_year(digest.years)]
            for at in range(len(digest.book.categories))
        ]
        return [
            {"at": at, "name": (category.zh, category.en), "chart": draw_line(line, percent=True, borders=_BORDERS)}
            for at, (category, line) in enumerate(zip(digest.book.categories, lines, strict=True))
        ]

    def _year_line(self, year: int, found: Sequence[Entry]) -> View:
        count, balance = pooled_balance(found)
        return {
            "year": year,
            "agencies": len(found),
            "chars": summarize(entry.chars for entry in found),
            "mismatches": sum(entry.checks[0] for entry in found),
            "balance": balance,
            "balanced": count,
            "regimes": [name for name, _ in Counter(entry.regime for entry in found if entry.regime).most_common(1)],
        }


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """Each name with its place in their order."""
    return {name: at for at, name in enumerate(sorted(set(names)))}


def _digest_of(codes: Iterable[str]) -> str:
    return page_id("\n".join(codes))


def _contexts(record: Record) -> dict[str, list[Concordance]]:
    text = _Text(normalize(record["text"]))
    return {
        word["term"]: kwic(text, word["term"], width=_CONTEXT_WIDTH)[:_MOST_CONTEXTS] for word in record["keywords"]
    }


def _column(key: str, kind: str, **more: Any) -> View:
    """A column of a list: what it is called, how its cells are shown, and whether one of its values can be chosen."""
    return {"name": load_labels()[f"column.{key}"], "kind": kind, "filter": False, **more}


def _index_row(entry: Entry, listed: Sequence[int]) -> list[Any]:
    title = named(entry.title or entry.name)
    return [
        [named(entry.agency or ""), f"agencies/{entry.key}.html" if entry.key else None],
        [title, f"reports/{entry.id}.html"],
        named(entry.region or ""),
        entry.year,
        _LEVELS.index(entry.level) if entry.level in _LEVELS else None,
        _REGIMES.index(entry.regime) if entry.regime in _REGIMES else None,
        *(entry.figures[at] for at in listed),
        entry.checks[0],
        [None if part is None else round(part, 4) for part in entry.balance[:3]],
    ]


def _by_size(entries: Iterable[Entry], at: int) -> list[tuple[str, int]]:
    """How many reports have a figure of each size."""
    counts = [0] * len(_DECADES)
    for entry in entries:
        value = entry.figures[at]
        if value is not None:
            size = next(place for place, (_, border) in enumerate(_DECADES) if value <= 0 or value < border)
            counts[size] += 1
    return [(name, count) for (name, _), count in zip(_DECADES, counts, strict=True)]


def _by_tenth(shares: Iterable[float | None]) -> list[tuple[str, int]]:
    """How many shares lie in each tenth."""
    counts = Counter(min(int(share * 10), 9) for share in shares if share is not None)
    return [(f"{10 * tenth}%", counts[tenth]) for tenth in range(10)]
