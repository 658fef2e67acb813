"""Figures of official forms that stand as plain text, as facts.

Where the figures of a row stand without a gap (212210037), the sums of the form, its other rows and the prose say how
they are to be cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, chain, groupby, starmap
from typing import NamedTuple

import numpy as np

from zhgovtext.cells import find_measure, read_figure, worth
from zhgovtext.cuts import Cut, find_cuts, find_summing_cuts, settle, values_of
from zhgovtext.document import Note
from zhgovtext.facts import Fact
from zhgovtext.forms import Column, Form, Row
from zhgovtext.indicators import load_indicators, load_labels
from zhgovtext.script import Normalized

_MOST_CUT_ROWS = 80
_SHOWN = 6
_WITH_TOTALS = ("requests", "disputes")
# 一 + 二 = 三（七） + 四, and （七） = （一） + … + （六）, by code of the rows.
_BALANCE = {
    "request.received": 1, "request.carried_in": 1, "request.total_handled": -1, "request.carried_out": -1,
}  # fmt: skip


def find_form_facts(
    normalized: Normalized, forms: Sequence[Form], *, period: str | None, hints: Sequence[Fact] = ()
) -> tuple[list[Fact], list[Note]]:
    """Facts of what `find_forms` found in the normalised text, and notes on the figures that stand without a gap.

    Where such figures can be cut in one way only, they are `stated`; where the form's own sums, or a figure of the
    prose (`hints`), leave one way, `derived`; otherwise they are `unreadable` and the note lists the ways. Offsets are
    of the text as read.

    >>> from zhgovtext.forms import find_forms
    >>> from zhgovtext.script import normalize
    >>> n = normalize("指标名称计量单位2017年度历年累计主动公开信息数条1230其中：1、网站公开数条00行政复议数件01")
    >>> facts, notes = find_form_facts(n, find_forms(n.text), period="2017")
    >>> [(fact.indicator, fact.value, fact.state) for fact in facts if not fact.cumulative]
    [('proactive.total', None, 'unreadable'), ('proactive.website', 0, 'stated'), ('review.total', 0, 'stated')]
    >>> notes[0].message
    '主动公开信息数: 1230 can be cut in 2 ways: 1|230, 12|30'
    """
    return _FormReader(normalized, period, hints).read(forms) if forms else ([], [])


@dataclass(slots=True)
class _Entry:
    """A row and the ways to read it: `values` by `cuts` of the `digits`, whose offsets are `places`; `reason` says what
    left one way only, and is empty where there was no other. `tail` is what stands after the digits of the last figure:
    a fraction, a unit."""

    row: Row
    digits: str
    places: tuple[int, ...]
    cuts: list[Cut]
    values: list[tuple[int, ...]]
    reason: str = ""
    tail: str = ""


class _Found(NamedTuple):
    """A fact before its offsets are mapped to the text as read."""

    start: int
    end: int
    row: Row
    code: str | None
    column: Column
    state: str
    value: int | Decimal | None = None
    unit: str | None = None


class _FormReader:
    """Reads forms into facts; the work on figures without a gap is bounded over all of them."""

    def __init__(self, normalized: Normalized, period: str | None, hints: Sequence[Fact]) -> None:
        self._normalized = normalized
        self._period = period
        self._known = load_indicators().by_code
        self._units = load_labels().units
        self._hints: dict[tuple[str, bool], set[int]] = {}
        for fact in hints:
            exact = fact.qualifier is None and fact.value_high is None and isinstance(fact.value, int)
            if fact.indicator and exact and fact.scope != "unit" and fact.period in (None, period):
                self._hints.setdefault((fact.indicator, fact.cumulative), set()).add(int(fact.value or 0))
        self._found: list[_Found] = []
        self._notes: list[tuple[str, str, int, int]] = []
        self._left = _MOST_CUT_ROWS

    def read(self, forms: Sequence[Form]) -> tuple[list[Fact], list[Note]]:
        for form in forms:
            entries = [entry for row in form.rows if (entry := self._entry(form.kind, row))]
            self._settle(form.kind, entries)
            for entry in entries:
                if entry.digits:
                    self._take(entry)
        return self._mapped()

    def _entry(self, kind: str, row: Row) -> _Entry | None:
        """The ways to read a row; one whose figures stand apart is taken at once."""
        text = self._normalized.text
        spans = row.chunks
        chunks = [text[start:end] for start, end in spans]
        if not chunks:
            return None
        if len(chunks) == len(row.columns):
            figures = [read_figure(chunk, self._units) for chunk in chunks]
            for span, code, column, figure in zip(spans, row.codes, row.columns, figures, strict=True):
                self._found.append(
                    _Found(*span, row, code, column, figure.state or "unreadable", figure.value, figure.unit)
                )
            whole = [int(figure.value) for figure in figures if figure.value is not None]
            return _Entry(row, "", (), [], [tuple(whole)]) if len(whole) == len(figures) else None
        printed = "".join(chunks)
        digits = printed.rstrip("万元")
        if digits.count(".") == 1:
            digits = digits[: digits.index(".")]
        places = tuple(chain.from_iterable(starmap(range, spans)))
        entry = _Entry(row, digits or printed, places, [], [], tail=printed[len(digits) :])
        # A cell that has a line of its own is whole.
        whole_cells = "\n" in text[spans[0][0] : spans[-1][1]]
        if not whole_cells and digits.isascii() and digits.isdigit() and self._left > 0:
            self._left -= 1
            self._cut(entry, kind, tuple(accumulate(map(len, chunks[:-1]))))
        return entry

    def _cut(self, entry: _Entry, kind: str, breaks: tuple[int, ...]) -> None:
        """Find the ways to cut the digits of a row. Where blanks part some of its figures a blank cell may be lost:
        then only a sum can bear a cut out."""
        count = len(entry.row.columns)
        cuts = find_cuts(entry.digits, count, breaks, most=1) or []
        forced = len(cuts) == 1
        if breaks or not forced:
            summing = kind in _WITH_TOTALS
            entry.reason = "the total is the sum of the others" if summing else "no other way is left"
            ways = self._cuts(kind, entry.row, entry.digits, breaks) if summing or not breaks else []
            if forced and ways == cuts:
                entry.reason = ""
            cuts = ways
        entry.cuts = cuts
        entry.values = [values_of(entry.digits, cut) for cut in cuts]

    def _cuts(self, kind: str, row: Row, digits: str, breaks: tuple[int, ...]) -> list[Cut]:
        count = len(row.columns)
        if kind == "requests":
            return find_summing_cuts(digits, [count], breaks) or []
        if kind == "disputes":
            groups = [(code or "").rpartition(".")[0] for code in row.codes]
            return find_summing_cuts(digits, [len(list(run)) for _, run in groupby(groups)], breaks) or []
        return find_cuts(digits, count, breaks) or []

    def _settle(self, kind: str, entries: Sequence[_Entry]) -> None:
        """Leave of each row's ways those that fit the other rows and the figures of the prose."""
        for entry in entries:
            if len(entry.values) > 1:
                self._keep(entry, self._fits_prose(entry), "the text gives the same figure")
        if kind == "requests":
            self._balance([entry for entry in entries if entry.values])
        elif kind == "figures":
            changed = True
            while changed:
                before = sum(len(entry.values) for entry in entries)
                self._compare(entries)
                changed = sum(len(entry.values) for entry in entries) < before

    def _keep(self, entry: _Entry, kept: Sequence[tuple[int, ...]], reason: str) -> None:
        """Keep some of the ways to read a row, unless none would be left."""
        if kept and len(kept) < len(entry.values) and entry.digits:
            entry.cuts = [cut for cut, value in zip(entry.cuts, entry.values, strict=True) if value in kept]
            entry.values = [value for value in entry.values if value in kept]
            entry.reason = reason

    def _fits_prose(self, entry: _Entry) -> list[tuple[int, ...]]:
        wanted = [
            (at, hints)
            for at, (code, column) in enumerate(zip(entry.row.codes, entry.row.columns, strict=True))
            if column.dimensions in ((), (("applicant", "total"),))
            and (hints := self._hints.get((code or "", column.cumulative)))
        ]
        return [value for value in entry.values if wanted and all(value[at] in hints for at, hints in wanted)]

    def _balance(self, entries: Sequence[_Entry]) -> None:
        """The sums of the table of requests, by column: 一 + 二 = （七） + 四, （七） = （一） + … + （六）."""
        codes = [entry.row.code or "" for entry in entries]
        wholes = {code.rpartition(".")[0] for code in codes}
        sums: list[list[tuple[int, int]]] = []
        if all(codes.count(code) == 1 for code in _BALANCE):
            sums.append([(sign, codes.index(code)) for code, sign in _BALANCE.items()])
        if codes.count("request.total_handled") == 1:
            parts = [at for at, code in enumerate(codes) if code and code not in _BALANCE and code not in wholes]
            sums.append([(-1, codes.index("request.total_handled")), *((1, at) for at in parts)])
        if sums:
            for entry, kept in zip(entries, settle([entry.values for entry in entries], sums), strict=True):
                self._keep(entry, kept, "the sums of the columns leave no other way")

    def _compare(self, entries: Sequence[_Entry]) -> None:
        """This year's figure is at most that of all years, and a part at most its whole."""
        settled: dict[str, tuple[int, ...]] = {}
        parts: dict[str, list[tuple[int, ...]]] = {}
        for entry in entries:
            known = self._known.get(entry.row.code or "")
            if known and len(entry.values) == 1 and known.code not in settled:
                settled[known.code] = entry.values[0]
                if known.parent:
                    parts.setdefault(known.parent, []).append(entry.values[0])
        for entry in entries:
            if len(entry.values) < 2:
                continue
            if [column.cumulative for column in entry.row.columns] == [False, True]:
                kept = [value for value in entry.values if value[0] <= value[1]]
                self._keep(entry, kept, "the figure of all years is no less than this year's")
            known = self._known.get(entry.row.code or "")
            whole = settled.get(known.parent or "") if known else None
            for bound, sign in [(whole, 1), *((part, -1) for part in parts.get(entry.row.code or "", ()))]:
                if bound and len(bound) == len(entry.row.columns):
                    kept = [v for v in entry.values if all(sign * a <= sign * b for a, b in zip(v, bound, strict=True))]
                    self._keep(entry, kept, "a part is no more than its whole")

    def _take(self, entry: _Entry) -> None:
        """Facts of a row whose figures stand without a gap, and the note on how they were told apart."""
        row, places = entry.row, entry.places
        low, high = places[0], places[-1] + 1
        if len(entry.values) != 1:
            for code, column in zip(row.codes, row.columns, strict=True):
                self._found.append(_Found(low, high, row, code, column, "unreadable"))
            self._notes.append(("figures_uncut", _uncut(entry), low, high))
            return
        values, ends = entry.values[0], entry.cuts[0]
        state = "derived" if entry.reason else "stated"
        for code, column, value, start, end in zip(row.codes, row.columns, values, (0, *ends), ends, strict=False):
            self._found.append(_Found(places[start], places[end - 1] + 1, row, code, column, state, value))
        if entry.tail:
            figure = read_figure(f"{values[-1]}{entry.tail}", self._units)
            state = "derived" if entry.reason else figure.state or "unreadable"
            self._found[-1] = self._found[-1]._replace(end=high, state=state, value=figure.value, unit=figure.unit)
        if entry.reason:
            read = "|".join(map(str, values)) + entry.tail
            message = f"{row.label}: {entry.digits}{entry.tail} is read as {read}: {entry.reason}"
            self._notes.append(("figures_cut", message, low, high))

    def _mapped(self) -> tuple[list[Fact], list[Note]]:
        """Facts and notes with offsets of the text as read."""
        spans = [(found.start, found.end) for found in self._found] + [note[2:] for note in self._notes]
        starts, ends = self._normalized.source_spans(
            np.array([start for start, _ in spans], dtype=np.int64), np.array([end for _, end in spans], dtype=np.int64)
        )
        places = list(zip(starts.tolist(), ends.tolist(), strict=True))
        facts = [self._fact(found, *place) for found, place in zip(self._found, places, strict=False)]
        notes = [
            Note(code, message, *place)
            for (code, message, _, _), place in zip(self._notes, places[len(facts) :], strict=True)
        ]
        return facts, notes

    def _fact(self, found: _Found, start: int, end: int) -> Fact:
        _, _, row, code, column, state, value, unit = found
        measure = find_measure(code, (unit, row.unit, column.unit))
        dimensions = dict(column.dimensions)
        if not measure.code:
            dimensions["row"] = row.label
        period = None if column.cumulative else column.year or self._period
        # Without keywords, which take a third of the time.
        return Fact(
            measure.code, worth(value, measure), measure.unit, period, start, end, self._normalized.source[start:end],
            "table", state, "unknown", None, None, None, column.cumulative, dimensions,
        )  # fmt: skip


def _uncut(entry: _Entry) -> str:
    """What is to be said of a row that can be read in several ways, or in none."""
    ways = ", ".join("|".join(map(str, value)) + entry.tail for value in entry.values[:_SHOWN])
    more = ", …" if len(entry.values) > _SHOWN else ""
    said = f"can be cut in {len(entry.values)} ways: {ways}{more}" if ways else "cannot be cut into its columns"
    return f"{entry.row.label}: {entry.digits}{entry.tail} {said}"
