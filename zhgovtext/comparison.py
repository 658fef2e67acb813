"""Comparison: several reports side by side, the years of one agency or several agencies.

Figures by one rule, with change and growth; category shares and balance, of all sentences and of those that are not
copied; the terms that set each report apart from the others; what each has copied from what was there before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext.codebook import Category
from zhgovtext.errors import OptionError
from zhgovtext.estimates import plain
from zhgovtext.facts import Fact
from zhgovtext.indicators import Indicator, load_breaks, load_indicators
from zhgovtext.keyness import Keyword, make_reference
from zhgovtext.report import Report
from zhgovtext.reuse import Share, Source, find_reuse, report_source
from zhgovtext.rules import load_sums, sum_of

SCHEMA = 1

Bools = npt.NDArray[np.bool_]

# Whose figure an agency's own is: a department counts for itself, a government for its place.
_OWN_FIRST = ("own", "unknown", "jurisdiction")
_PLACE_FIRST = ("jurisdiction", "unknown", "own")


@dataclass(frozen=True, slots=True)
class Compared:
    """A report that is compared. `coded` is how many of its sentences have a category."""

    name: str
    sha256: str
    agency: str | None
    region: str | None
    level: str
    year: int | None
    regime: str | None
    form: str
    sentences: int
    coded: int
    chars: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What a report says of an indicator: a `Fact` cut to what is compared, ``[start, end)`` of the text as read.

    `state` is that of the fact, or ``missing`` where the report has no such figure; only ``stated``, ``zero_words`` and
    ``derived`` have a value. `others` are further values that the report gives for the same: it contradicts itself.
    """

    value: int | float | None = None
    value_high: int | float | None = None
    unit: str | None = None
    state: str = "missing"
    qualifier: str | None = None
    scope: str | None = None
    source: str | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    others: tuple[int | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """From one year of an agency to its next among the reports: `before` and `after` are places in the reports.

    `change` is the difference, `growth` the difference by the earlier value; `rough` where one of the two is qualified
    (about, more than …). Null with a `reason`: ``missing`` (a figure is not there), ``zero`` (growth from 0), ``range``
    (a figure is given as a range), ``scope`` (one figure is the agency's own, the other its place's), ``unit``,
    ``break`` (the rules changed what is counted).
    """

    before: int
    after: int
    change: int | float | None = None
    growth: float | None = None
    rough: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator with one figure a report, in the order of the reports, and its changes.

    `notes` say what the rules changed between the years compared.
    """

    indicator: str
    label: str
    unit: str
    figures: tuple[Figure, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryCell:
    """A category's sentences and share in a report, with an interval where there is one; `uncopied_share` is that among
    the sentences that are not copied, null where there was nothing to copy from, or nothing is left."""

    sentences: int
    share: float | None
    low: float | None
    high: float | None
    uncopied: int | None
    uncopied_share: float | None


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with one cell a report."""

    category: str
    label: str
    cells: tuple[CategoryCell, ...]


@dataclass(frozen=True, slots=True)
class BalanceCell:
    """Interpretation against news in a report, fields as in `Balance`; `uncopied_naive` of `uncopied_n` clauses leaves
    the copied sentences out."""

    naive: float | None
    adjusted: float | None
    low: float | None
    high: float | None
    n: int
    few: bool
    item_share: float | None
    uncopied_naive: float | None
    uncopied_n: int | None


@dataclass(frozen=True, slots=True)
class Keyness:
    """The terms of a report that the others have less of, by G²; `reason`: ``no_reference`` (there is no other report
    with words), ``no_words`` (the report has none)."""

    keywords: tuple[Keyword, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class CopiedSentence:
    """A sentence of a report that stands elsewhere, fields as in `reuse.Copy`; `origin` is the place of its source
    among the reports and, after them, the texts."""

    sentence: int
    start: int
    end: int
    text: str
    origin: int
    source: str
    source_start: int
    source_end: int
    similarity: float
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class SourceShare:
    """How much of a report one source has: `relation` is ``earlier_year`` (the agency's own report), ``other_report``
    or ``text``."""

    origin: int
    source: str
    relation: str
    sentences: Share
    chars: Share


@dataclass(frozen=True, slots=True)
class Copying:
    """What a report has copied, from each source (later years first, texts last) and from all of them.

    `reason` is ``no_source`` where nothing compared is older than the report: all else is then empty or null.
    """

    sources: tuple[SourceShare, ...]
    sentences: Share | None
    chars: Share | None
    copies: tuple[CopiedSentence, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class ComparisonNote:
    """What the reader should know: `code`, the `reports` it is about, and a sentence.

    Codes: ``one_report``, ``same_document``, ``same_year`` (an agency's year stands twice), ``no_year``, ``no_agency``,
    ``no_sentence``, ``nothing_coded``, ``no_figure``, ``nothing_in_common``.
    """

    code: str
    reports: tuple[int, ...]
    message: str


@dataclass(frozen=True)
class Comparison:
    """Reports side by side. Tuples that have one entry a report have it in the order of `reports`.

    `texts` are the names of what the reports were compared with beside each other, `provenance` is that of the first.
    """

    reports: tuple[Compared, ...]
    texts: tuple[str, ...]
    indicators: tuple[IndicatorRow, ...]
    categories: tuple[CategoryRow, ...]
    balance: tuple[BalanceCell, ...]
    keyness: tuple[Keyness, ...]
    copying: tuple[Copying, ...]
    notes: tuple[ComparisonNote, ...]
    provenance: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: ``schema``, then the fields of this class as lists, records as objects, numbers rounded
        to six digits.

        ::

            reports[]     name, sha256, agency, region, level, year, regime, form, sentences, coded, chars
            texts[]       names
            indicators[]  indicator, label, unit, figures[] (one a report), changes[] {before, after, change, growth,
                          rough, reason}, notes[]
            categories[]  category, label, cells[] (one a report) {sentences, share, low, high, uncopied,
                          uncopied_share}
            balance[]     naive, adjusted, low, high, n, few, item_share, uncopied_naive, uncopied_n
            keyness[]     keywords[] {term, score, count, reference_count, …}, reason
            copying[]     sources[] {origin, source, relation, sentences{total, copied, required, share}, chars{…}},
                          sentences{…}, chars{…}, copies[], reason
            notes[]       code, reports[], message
            provenance    as in `Report.to_dict`
        """
        return {"schema": SCHEMA, **{name: plain(getattr(self, name)) for name in self.__dataclass_fields__}}


def compare(
    reports: Sequence[Report],
    *,
    against: Sequence[Report | Source] = (),
    keywords: int = 20,
    language: str = "zh",
) -> Comparison:
    """Compare reports: of one agency over the years, of several agencies, or both.

    `against` are texts in which copied sentences are looked for as well: a policy document, a template (`read_source`).
    A report may have copied from any text of `against` and from the reports that are not of a later year; an agency's
    year in two files is not held against itself. `keywords` is how many terms are told of each report, `language` that
    of the categories' labels. Raises `OptionError` where there is no report, or where reports were coded by different
    codebooks; a single report is compared with the texts alone.

    >>> from zhgovtext.report import analyze_text
    >>> title = "青石县水利局{}年政府信息公开工作年度报告\\n全年收到政府信息公开申请{}件。"
    >>> found = compare([analyze_text(title.format(2022, 8)), analyze_text(title.format(2023, 10))])
    >>> [(row.indicator, [cell.value for cell in row.figures], row.changes[0].growth) for row in found.indicators]
    [('request.received', [8, 10], 0.25)]
    """
    if not reports:
        raise OptionError("reports", "no report was given", hint="give two or more")
    books = {report.codebook.codes for report in reports}
    if len(books) > 1:
        raise OptionError("codebook", "the reports were coded by different codebooks", hint="analyse them by one")
    copying, copied = _find_copying(reports, against)
    indicators = _compare_indicators(reports)
    return Comparison(
        tuple(map(_compared, reports)),
        tuple(_name(text) for text in against),
        indicators,
        _compare_categories(reports, copied, language),
        tuple(_weigh(report, mask) for report, mask in zip(reports, copied, strict=True)),
        _find_keyness(reports, keywords),
        copying,
        tuple(_notes(reports, indicators)),
        reports[0].provenance(),
    )


def _compared(report: Report) -> Compared:
    document, meta = report.document, report.meta
    return Compared(
        document.name,
        document.sha256,
        meta.agency,
        meta.region,
        meta.level,
        meta.year,
        meta.regime,
        meta.form,
        len(report.codes),
        int(np.count_nonzero(report.codes >= 0)),
        len(document.text),
    )


def _name(text: Report | Source) -> str:
    return text.document.name if isinstance(text, Report) else text.name


# Figures --------------------------------------------------------------------------------------------------------------


def own_figures(report: Report) -> dict[str, Figure]:
    """One figure of each indicator that a report has: its own of the year.

    Of the report's year, never cumulative, never of a unit that it names, of all applicants together. Of several: one
    with a value, from a table before prose, the agency's own where it is a department and its place's otherwise, the
    first. A figure that is not told, such as 无法提供, which the form has only by its cases, is the sum of its parts
    where a table has them all; it is then ``derived``, and has no place.

    >>> from zhgovtext.report import analyze_text
    >>> text = "青石县2023年政府信息公开工作年度报告\\n收到申请12件，其中临川镇3件。历年累计收到申请90件。"
    >>> report = analyze_text(text)
    >>> {code: figure.value for code, figure in own_figures(report).items()}
    {'request.received': 12}
    """
    year = str(report.meta.year) if report.meta.year else None
    found: dict[str, list[Fact]] = {}
    for fact in report.facts:
        whole = not fact.dimensions or fact.dimensions == {"applicant": "total"}
        if fact.indicator and whole and not fact.cumulative and fact.scope != "unit" and fact.period == year:
            found.setdefault(fact.indicator, []).append(fact)
    scopes = _OWN_FIRST if report.meta.agency_type == "department" else _PLACE_FIRST

    def order(fact: Fact) -> tuple[bool, bool, int, int]:
        return fact.value is None, fact.source != "table", scopes.index(fact.scope), fact.start

    figures = {code: _figure(sorted(facts, key=order)) for code, facts in found.items()}
    return _with_sums(figures, report.meta.year) if report.meta.year else figures


def _with_sums(figures: dict[str, Figure], year: int) -> dict[str, Figure]:
    found = dict(figures)
    for code in load_sums():
        rule = sum_of(code, year)
        if rule is None or (code in found and found[code].value is not None):
            continue
        parts = [found.get(term.code, Figure()) for term in rule.parts if not term.optional or term.code in found]
        values = [part.value for part in parts if _is_exact(part) and part.source == "table"]
        if len(values) == len(parts):
            total = sum(value for value in values if value is not None)
            unit, scope = load_indicators().by_code[code].unit, parts[0].scope
            found[code] = Figure(total, unit=unit, state="derived", scope=scope, source="table")
    return found


def _figure(facts: Sequence[Fact]) -> Figure:
    first, rest = facts[0], facts[1:]
    exact = {fact.value for fact in rest if _is_exact(fact) and not _differ_in_scope(first, fact)}
    others = sorted({value for value in exact if value is not None and value != first.value})
    return Figure(
        first.value,
        first.value_high,
        first.unit,
        first.state,
        first.qualifier,
        first.scope,
        first.source,
        first.start,
        first.end,
        first.quote,
        tuple(others) if _is_exact(first) else (),
    )


def _is_exact(figure: Fact | Figure) -> bool:
    return figure.value is not None and figure.value_high is None and figure.qualifier is None


def _differ_in_scope(one: Fact | Figure, other: Fact | Figure) -> bool:
    return {one.scope, other.scope} == {"own", "jurisdiction"}


def _compare_indicators(reports: Sequence[Report]) -> tuple[IndicatorRow, ...]:
    figures = [own_figures(report) for report in reports]
    years = [report.meta.year for report in reports]
    known = {code for found in figures for code in found}
    steps = find_steps(reports)
    return tuple(
        _indicator_row(indicator, [found.get(code, Figure()) for found in figures], years, steps)
        for code, indicator in load_indicators().by_code.items()
        if code in known
    )


def find_steps(reports: Sequence[Report]) -> list[tuple[int, int]]:
    """From each year of an agency to its next among the reports, as places; of a year that stands twice, the first."""
    agencies: dict[str, dict[int, int]] = {}
    for at, report in enumerate(reports):
        if report.meta.agency and report.meta.year:
            agencies.setdefault(report.meta.agency, {}).setdefault(report.meta.year, at)
    return [(places[last], places[this]) for places in agencies.values() for last, this in pairwise(sorted(places))]


def _indicator_row(
    indicator: Indicator, figures: Sequence[Figure], years: Sequence[int | None], steps: Sequence[tuple[int, int]]
) -> IndicatorRow:
    changes = tuple(
        _change(
            before,
            after,
            figures[before],
            figures[after],
            bool(notes_between(indicator.code, [years[before], years[after]])),
        )
        for before, after in steps
    )
    notes = notes_between(indicator.code, years)
    return IndicatorRow(indicator.code, indicator.zh, indicator.unit, tuple(figures), changes, notes)


def notes_between(code: str, years: Sequence[int | None]) -> tuple[str, ...]:
    """The notes of the crosswalk on an indicator that has its meaning in some of the years, and not in others.

    >>> notes_between("charge.amount", [2020, 2021])
    ('money; 2019–2020 the form counted items (charge.items)',)
    >>> notes_between("charge.amount", [2021, 2022, None])
    ()
    """
    known = [year for year in years if year]
    return tuple(
        found.note
        for found in load_breaks()
        if found.covers(code) and len({(found.since or 0) <= year <= (found.until or inf) for year in known}) > 1
    )


def _change(before: int, after: int, old: Figure, new: Figure, broken: bool) -> Change:
    step = Change(before, after)
    if old.value is None or new.value is None:
        return replace(step, reason="missing")
    if broken:
        return replace(step, reason="break")
    if old.value_high is not None or new.value_high is not None:
        return replace(step, reason="range")
    if _differ_in_scope(old, new):
        return replace(step, reason="scope")
    if (old.unit == "元") != (new.unit == "元"):
        return replace(step, reason="unit")
    change = round(new.value - old.value, 6)
    growth = change / old.value if old.value else None
    return Change(before, after, change, growth, bool(old.qualifier or new.qualifier), None if old.value else "zero")


# Shares ---------------------------------------------------------------------------------------------------------------


def _compare_categories(
    reports: Sequence[Report], copied: Sequence[Bools | None], language: str
) -> tuple[CategoryRow, ...]:
    columns = [_category_cells(report, mask) for report, mask in zip(reports, copied, strict=True)]
    categories: tuple[Category, ...] = reports[0].codebook.categories
    return tuple(
        CategoryRow(category.code, category.label(language), tuple(column[at] for column in columns))
        for at, category in enumerate(categories)
    )


def _category_cells(report: Report, copied: Bools | None) -> list[CategoryCell]:
    kept = report.codes[~copied] if copied is not None else report.codes[:0]
    counts = np.bincount(kept[kept >= 0], minlength=len(report.codebook.categories)).tolist()
    total = sum(counts)
    return [
        CategoryCell(
            share.sentences,
            share.share,
            share.low,
            share.high,
            None if copied is None else count,
            count / total if total else None,
        )
        for share, count in zip(report.category_shares(), counts, strict=True)
    ]


def _weigh(report: Report, copied: Bools | None) -> BalanceCell:
    balance = report.balance
    counts = None if copied is None else count_clauses(report, ~copied)
    n = None if counts is None else sum(counts)
    return BalanceCell(
        balance.naive,
        balance.adjusted,
        balance.low,
        balance.high,
        balance.n,
        balance.few,
        balance.item_share,
        counts[0] / n if counts and n else None,
        n,
    )


def count_clauses(report: Report, keep: Bools) -> tuple[int, int]:
    """Clauses of interpretation and of news in the sentences to keep, those coded ``problems`` left out."""
    left_out = report.problem_units.union(np.flatnonzero(~keep).tolist())
    return report.typed.count(report.typed.outside(left_out))


# Words ----------------------------------------------------------------------------------------------------------------


def _are_twins(one: Report, other: Report) -> bool:
    """Whether two reports are one: the same document, or an agency's year in two files. Twins are not held against each
    other, or all of a report would be copied and nothing of it key."""
    mine, yours = one.meta, other.meta
    same_year = mine.agency and mine.year and (mine.agency, mine.year) == (yours.agency, yours.year)
    return bool(same_year) or one.document.sha256 == other.document.sha256


def _find_keyness(reports: Sequence[Report], n: int) -> tuple[Keyness, ...]:
    found = []
    for report in reports:
        reference = make_reference(other for other in reports if not _are_twins(report, other))
        terms = tuple(report.keywords(n, reference=reference)) if reference.total else ()
        reason = "no_reference" if not reference.total else None if report.words else "no_words"
        found.append(Keyness(terms, reason))
    return tuple(found)


# Copied sentences -----------------------------------------------------------------------------------------------------


def _find_copying(
    reports: Sequence[Report], against: Sequence[Report | Source]
) -> tuple[tuple[Copying, ...], list[Bools | None]]:
    """What each report has copied, and which of its sentences are copied (null where there is nothing to copy from)."""
    every: list[Source] = [text if isinstance(text, Source) else report_source(text) for text in (*reports, *against)]
    years = {at: report.meta.year or 0 for at, report in enumerate(reports)}
    found: list[Copying] = []
    masks: list[Bools | None] = []
    for at, report in enumerate(reports):
        relations = {
            origin: relation
            for origin, source in enumerate(every)
            if source.digest != every[at].digest and (relation := _relation(reports, at, origin))
        }
        copying, mask = _copying(report, every, at, relations, years)
        found.append(copying)
        masks.append(mask)
    return tuple(found), masks


def _relation(reports: Sequence[Report], at: int, origin: int) -> str | None:
    """What a source is to a report; null where the report cannot have copied from it."""
    if origin >= len(reports):
        return "text"
    mine, other = reports[at].meta, reports[origin].meta
    if _are_twins(reports[at], reports[origin]) or (mine.year and other.year and other.year > mine.year):
        return None
    earlier = mine.agency and mine.agency == other.agency and mine.year and other.year and other.year < mine.year
    return "earlier_year" if earlier else "other_report"


def _copying(
    report: Report, every: Sequence[Source], at: int, relations: Mapping[int, str], years: Mapping[int, int]
) -> tuple[Copying, Bools | None]:
    if not relations:
        return Copying((), None, None, (), "no_source"), None
    # Of sources that have a sentence alike the first is named first: the nearest year.
    origins = sorted(relations, key=lambda origin: -years.get(origin, 0))
    reuse = find_reuse(every[at], [every[origin] for origin in origins])
    text = report.document.text
    copies = tuple(
        CopiedSentence(
            copy.sentence,
            copy.start,
            copy.end,
            text[copy.start : copy.end],
            origins[copy.origin],
            copy.source,
            copy.source_start,
            copy.source_end,
            copy.similarity,
            copy.kind,
            copy.required,
        )
        for copy in reuse.copies
    )
    sizes = every[at].ends - every[at].starts
    sources = []
    for origin in origins:
        mask = np.zeros(len(sizes), dtype=bool)
        mask[[copy.sentence for copy in copies if copy.origin == origin]] = True
        mask &= ~reuse.required
        sentences = _part(reuse.sentences, int(np.count_nonzero(mask)))
        chars = _part(reuse.chars, int(sizes[mask].sum()))
        sources.append(SourceShare(origin, every[origin].name, relations[origin], sentences, chars))
    return Copying(tuple(sources), reuse.sentences, reuse.chars, copies, None), reuse.copied


def _part(whole: Share, copied: int) -> Share:
    left = whole.total - whole.required
    return replace(whole, copied=copied, share=copied / left if left else None)


# Notes ----------------------------------------------------------------------------------------------------------------


def _notes(reports: Sequence[Report], indicators: Sequence[IndicatorRow]) -> list[ComparisonNote]:
    found: list[ComparisonNote] = []

    def add(code: str, places: Sequence[int], message: str) -> None:
        if places:
            found.append(ComparisonNote(code, tuple(places), message))

    places = range(len(reports))
    if len(reports) == 1:
        add("one_report", [0], "there is nothing to compare the report with")
    first: dict[object, int] = {}
    for at, report in enumerate(reports):
        meta, digest = report.meta, report.document.sha256
        year = (meta.agency, meta.year) if meta.agency and meta.year else None
        twin = first.setdefault(digest, at)
        other = first.setdefault(year, at) if year else at
        if twin != at:
            add("same_document", [twin, at], "the two are one document; it is not held against itself")
        elif other != at:
            message = "two reports of one agency and year are not held against each other; changes are the first's"
            add("same_year", [other, at], message)
    add("no_year", [at for at in places if not reports[at].meta.year], "no year was found: no change is told")
    add("no_agency", [at for at in places if not reports[at].meta.agency], "no agency was found: no change is told")
    empty = [at for at in places if not len(reports[at].codes)]
    add("no_sentence", empty, "the report has no sentence")
    uncoded = [at for at in places if at not in empty and not (reports[at].codes >= 0).any()]
    add("nothing_coded", uncoded, "no sentence has a category: there are no shares")
    valued = [{row.indicator for row in indicators if row.figures[at].value is not None} for at in places]
    add("no_figure", [at for at in places if not valued[at]], "the report has no figure of an indicator")
    counts = [sum(figure.value is not None for figure in row.figures) for row in indicators]
    if len(reports) > 1 and max(counts, default=0) < 2:
        add("nothing_in_common", list(places), "no two reports have a figure of the same indicator")
    return found
