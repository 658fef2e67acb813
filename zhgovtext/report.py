"""`analyze`: the one composer. A `Report` holds what was found in one document, all of it with offsets into it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext import __version__
from zhgovtext.checks import find_checks
from zhgovtext.classification import Coder, load_coder
from zhgovtext.codebook import Codebook, load_codebook
from zhgovtext.concordance import Concordance, kwic
from zhgovtext.document import Document, Note, Section, Sentence, Table, from_text
from zhgovtext.errors import DataError, InputError, OptionError
from zhgovtext.estimates import check_probability
from zhgovtext.facts import Fact
from zhgovtext.form_figures import find_form_facts
from zhgovtext.forms import Form, find_forms
from zhgovtext.keyness import Keyword, Reference, Stopwords, find_keywords
from zhgovtext.metadata import Meta, find_metadata
from zhgovtext.prose import Group, find_prose_facts
from zhgovtext.quantification import Estimate, adjust_each, tally
from zhgovtext.readers import Limits, read, require_chinese
from zhgovtext.regions import is_region
from zhgovtext.script import Normalized, normalize
from zhgovtext.segmentation import Segmenter, Tokens, load_segmenter
from zhgovtext.shares import Balance, CategoryShare, Typed, count_categories, find_typed_clauses, weigh
from zhgovtext.structure import Layout, find_structure
from zhgovtext.tables import find_table_facts
from zhgovtext.verdicts import Check

SCHEMA = 1

Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Report:
    """What was found in one document. Objects are made from arrays when asked for, and kept.

    Offsets of all that is public are of ``document.text``; `normalized`, `layout`, `tokens` and
    `probabilities` (a row a sentence, a column a category) are what they were made from.
    """

    document: Document
    normalized: Normalized
    layout: Layout
    tokens: Tokens
    probabilities: npt.NDArray[np.float64]
    meta: Meta
    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    notes: tuple[Note, ...]
    codebook: Codebook
    coder: Coder
    segmenter: Segmenter
    min_probability: float
    context: bool

    def __repr__(self) -> str:
        about = " ".join(str(part) for part in (self.meta.agency, self.meta.year) if part)
        counts = f"{len(self.codes)} sentences, {len(self.facts)} figures, {len(self.checks)} checks"
        return f"<Report {self.document.name!r}: {about + ', ' if about else ''}{counts}>"

    def _repr_html_(self) -> str:
        from zhgovtext.notebook import report_fragment

        return report_fragment(self)

    @cached_property
    def codes(self) -> Offsets:
        """Index into the codebook of each sentence's category, -1 where the coder abstains."""
        return _codes(self.probabilities, self.min_probability)

    @cached_property
    def _spans(self) -> tuple[Offsets, Offsets]:
        """Where the sentences stand in the text as read."""
        return self.normalized.unit_spans(self.layout.starts, self.layout.ends)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The coding units with their categories."""
        text = self.document.text
        starts, ends = self._spans
        names = self.coder.codes
        order = np.argsort(-self.probabilities, axis=1, kind="stable")[:, :2]
        return tuple(
            Sentence(
                at,
                section if section >= 0 else None,
                start,
                end,
                text[start:end],
                names[first] if code >= 0 else None,
                row[first],
                names[second],
                dict(zip(names, row, strict=True)),
            )
            for at, (section, start, end, code, (first, second), row) in enumerate(
                zip(
                    self.layout.sections.tolist(),
                    starts.tolist(),
                    ends.tolist(),
                    self.codes.tolist(),
                    order.tolist(),
                    self.probabilities.tolist(),
                    strict=True,
                )
            )
        )

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.document.tables

    def category_shares(self, *, language: str = "zh", intervals: bool = True) -> tuple[CategoryShare, ...]:
        """Sentences, characters and share of every category, in the order of the codebook.

        `intervals` can be left out where only the shares are wanted.
        """
        starts, ends = self._spans
        estimates = self.share_estimates if intervals else ()
        return count_categories(self.codes, ends - starts, self.codebook, language=language, estimates=estimates)

    @cached_property
    def share_estimates(self) -> tuple[Estimate, ...]:
        """Each category's share with its 95 % interval; empty where the coder's errors are not known, or it abstained:
        they are known of all its codes, not of the sure ones."""
        errors = self.coder.errors.get("context" if self.context else "alone")
        if errors is None or (self.codes < 0).any():
            return ()
        return adjust_each(tally(self.probabilities, errors), errors)

    @cached_property
    def balance(self) -> Balance:
        """Policy interpretation against routine news."""
        clauses = self.typed.clauses
        spans = list(zip(*_source_spans(self.normalized, clauses.starts, clauses.ends), strict=True))
        return weigh(self.typed, spans, self.problem_units, self.facts)

    @cached_property
    def typed(self) -> Typed:
        """The clauses that may interpret policy or tell news, with the probability of each type."""
        layout = self.layout
        return find_typed_clauses(
            self.normalized.text,
            layout.starts.tolist(),
            layout.ends.tolist(),
            paths=[layout.path(at) for at in range(len(layout.headings))],
            path_of=layout.sections,
            context=self.context,
        )

    @cached_property
    def problem_units(self) -> frozenset[int]:
        """Indexes of the sentences coded `problems`."""
        if "problems" not in self.codebook.codes:
            return frozenset()
        return frozenset(np.flatnonzero(self.codes == self.codebook.codes.index("problems")).tolist())

    @cached_property
    def words(self) -> list[str]:
        """Words and marks of the sentences and headings, in simplified script; not what stands in tables, or around
        the report."""
        headings = self.layout.headings
        opens = np.concatenate((self.layout.starts, np.array([h.start for h in headings], dtype=np.int64)))
        closes = np.concatenate((self.layout.ends, np.array([h.title_end for h in headings], dtype=np.int64)))
        order = np.argsort(opens, kind="stable")
        opens, reach = opens[order], np.maximum.accumulate(closes[order])
        # Up to where the next one opens each adds its own; a span that reaches further is in the reach of that.
        ends = np.minimum(reach, np.append(opens[1:], len(self.normalized.text)))
        first, last = np.searchsorted(self.tokens.starts, (opens, ends)).tolist()
        words: list[str] = []
        for low, high in zip(first, last, strict=True):
            words += self.tokens.words[low:high]
        return words

    def keywords(
        self,
        n: int = 20,
        *,
        method: str = "log_likelihood",
        reference: Reference | None = None,
        stopwords: Stopwords | None = None,
        names: bool = False,
    ) -> list[Keyword]:
        """The `n` terms that set the report's sentences and headings apart from `reference`, as `find_keywords` finds
        them; with `names` also those that name places or the agency itself."""
        return find_keywords(
            self.words,
            n=n,
            method=method,
            reference=reference,
            stopwords=stopwords,
            is_name=None if names else self._is_name,
            is_word=self.segmenter.words.__contains__,
        )

    def _is_name(self, term: str) -> bool:
        """Whether a term is the name of a place, or of the agency, or part of that."""
        region, agency = self.meta.region or "", self.meta.agency or ""
        return is_region(term) or term in region or (bool(region) and region in term) or agency.endswith(term)

    def kwic(self, term: str, *, width: int = 20) -> list[Concordance]:
        """Places of a term in the report's text, as `kwic` finds them: those of a keyword in tables too."""
        return kwic(self, term, width=width)

    def to_dict(self, *, text: bool = False, language: str = "zh", keywords: int = 20) -> dict[str, Any]:
        """Plain data in the shape of ``data/schema/report.schema.json``; `text` adds the text as read."""
        document = self.document
        result: dict[str, Any] = {
            "schema": SCHEMA,
            "source": {
                "name": document.name,
                "sha256": document.sha256,
                "format": document.format,
                "encoding": document.encoding,
                "chars": len(document.text),
            },
            "meta": _plain(self.meta),
            "provenance": self.provenance(),
            "sections": [_plain(section) for section in self.sections],
            "sentences": [_sentence(sentence) for sentence in self.sentences],
            "category_shares": [_rounded(_plain(share)) for share in self.category_shares(language=language)],
            "facts": [_plain(fact) for fact in self.facts],
            "checks": [check_record(check, language) for check in self.checks],
            "balance": _balance(self.balance),
            "keywords": [_rounded(_plain(keyword)) for keyword in self.keywords(keywords)],
            "tables": [_table(table) for table in self.tables],
            "notes": [_plain(note) for note in self.notes],
        }
        if text:
            result["text"] = document.text
        return result

    def to_json(self, *, text: bool = False, indent: int | None = None) -> str:
        """`to_dict` as JSON, Chinese characters as they are."""
        return json.dumps(self.to_dict(text=text), ensure_ascii=False, indent=indent)

    def to_html(self, path: str | Path | None = None, *, language: str = "zh") -> str:
        """One HTML page that stands alone, in Chinese or English (``en``) first; written to `path` where one is given.
        `DataError` when it cannot be written."""
        from zhgovtext.page import report_page, write_page

        page = report_page(self, language=language)
        if path is not None:
            write_page(page, path)
        return page

    def provenance(self) -> dict[str, Any]:
        """Versions and hashes of all that the result depends on."""
        book = self.codebook
        return {
            "package": __version__,
            "codebook": {"name": book.name, "version": book.version, "sha256": book.sha256},
            "model": {"name": self.coder.name, "sha256": self.coder.sha256},
            "content": {"name": self.typed.coder.name, "sha256": self.typed.coder.sha256},
            "lexicon": {"sha256": self.segmenter.sha256},
            "options": {"min_probability": self.min_probability, "context": self.context},
        }


def analyze(
    source: str | Path | Document,
    *,
    codebook: Codebook | None = None,
    coder: Coder | None = None,
    segmenter: Segmenter | None = None,
    min_probability: float = 0.0,
    context: bool = True,
    limits: Limits | None = None,
) -> Report:
    """Analyse a report: a path (``-`` for standard input) or a `Document`.

    Below `min_probability` the coder abstains (category null). Without `context` each sentence is coded by its own
    words alone, for studies that must not be steered by the headings of a template. Raises `InputError` when the input
    cannot be read, `DataError` when model and codebook do not fit each other.
    """
    document = source if isinstance(source, Document) else read(source, limits=limits)
    return _compose(
        document,
        codebook or load_codebook(),
        coder or load_coder(),
        segmenter or load_segmenter(),
        min_probability,
        context,
    )


def analyze_text(text: str, *, name: str = "text", **options: Any) -> Report:
    """Analyse a string; options as of `analyze`. Raises `InputError` when it has no Chinese.

    >>> report = analyze_text("一、概述\\n2023年，我局共收到政府信息公开申请12件。")
    >>> [(s.category, report.document.text[s.start : s.end]) for s in report.sentences]
    [('on_request', '2023年，我局共收到政府信息公开申请12件。')]
    >>> [(f.indicator, f.value, f.unit) for f in report.facts]
    [('request.received', 12, '件')]
    """
    if not isinstance(text, str):
        raise OptionError("text", f"a {type(text).__name__} was given", hint="pass a str; use analyze() for a path")
    if not text.strip():
        raise InputError("empty", "the text is empty", path=name)
    require_chinese(text, name)
    return analyze(from_text(text, name=name), **options)


def _compose(
    document: Document,
    codebook: Codebook,
    coder: Coder,
    segmenter: Segmenter,
    min_probability: float,
    context: bool,
) -> Report:
    if coder.codes != codebook.codes:
        raise DataError(
            "mismatch",
            f"the model {coder.name} was trained for other categories than the codebook {codebook.name} has",
            hint="train a model with this codebook",
        )
    check_probability(min_probability)
    normalized = normalize(document.text)
    text = normalized.text
    tables = tuple(normalized.norm_span(table.start, table.end) for table in document.tables)
    forms = find_forms(text, tables=tables)
    apart = sorted((*tables, *((form.start, form.end) for form in forms)))
    layout = find_structure(text, tables=tuple(apart))
    tokens = segmenter.tokens(text)
    paths = [layout.path(at) for at in range(len(layout.headings))]
    probabilities = coder.predict(
        text, layout.starts, layout.ends, paths=paths, path_of=layout.sections, context=context
    )
    meta = find_metadata(
        text,
        layout,
        script=normalized.script,
        profile=normalized.profile,
        tables="\n".join(text[start:end] for start, end in apart),
        properties=document.properties,
    )
    facts, groups, unread, table_notes = find_facts(document, normalized, layout, paths, meta, forms)
    sections = _sections(normalized, layout)
    return Report(
        document,
        normalized,
        layout,
        tokens,
        probabilities,
        meta,
        sections,
        facts,
        find_checks(facts, meta=meta, groups=groups, sections=sections, text=document.text),
        (*document.notes, *table_notes, *_notes(unread, bool(coder.errors) and not min_probability)),
        codebook,
        coder,
        segmenter,
        min_probability,
        context,
    )


def find_facts(
    document: Document,
    normalized: Normalized,
    layout: Layout,
    paths: list[tuple[str, ...]],
    meta: Meta,
    forms: tuple[Form, ...],
) -> tuple[tuple[Fact, ...], list[Group], list[Table], list[Note]]:
    """Facts of prose, tables and forms in the order of the text as read, the groups in which those of prose stand, the
    tables that were left unread, and notes on cells that could not be told."""
    period = str(meta.year) if meta.year else None
    unit_paths = [paths[at] if at >= 0 else () for at in layout.sections.tolist()]
    starts, ends = layout.starts.tolist(), layout.ends.tolist()
    prose, groups = find_prose_facts(
        normalized,
        starts,
        ends,
        paths=unit_paths,
        period=period,
        agency=meta.agency,
        agency_type=meta.agency_type,
        level=meta.level,
    )
    cells, unread, notes = find_table_facts(normalized, document.tables, period=period)
    figures, form_notes = find_form_facts(normalized, forms, period=period, hints=prose)
    facts = sorted((*prose, *cells, *figures), key=attrgetter("start", "end"))
    return tuple(facts), groups, unread, [*notes, *form_notes]


def _sections(normalized: Normalized, layout: Layout) -> tuple[Section, ...]:
    """The tree of headings in reading order."""
    headings = layout.headings
    starts, ends = _source_spans(normalized, [h.start for h in headings], [h.end for h in headings])
    return tuple(
        Section(at, h.parent, h.level, h.number, h.title, start, end)
        for at, (h, start, end) in enumerate(zip(headings, starts, ends, strict=True))
    )


def _source_spans(normalized: Normalized, starts: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
    mapped = normalized.source_spans(np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64))
    return mapped[0].tolist(), mapped[1].tolist()


def _codes(probabilities: npt.NDArray[np.float64], min_probability: float) -> Offsets:
    if not len(probabilities):
        return np.zeros(0, dtype=np.int64)
    best: Offsets = probabilities.argmax(axis=1).astype(np.int64)
    if min_probability > 0:
        best[probabilities.max(axis=1) < min_probability] = -1
    return best


def _notes(unread: Iterable[Table], estimated: bool) -> list[Note]:
    why = "category shares have no intervals: the coder's errors are not known, or it may abstain"
    return ([] if estimated else [Note("intervals_not_estimated", why)]) + [
        Note(
            "table_unread",
            "no figures were taken from this table: its shape is not one this version reads",
            t.start,
            t.end,
        )
        for t in unread
    ]


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in record.items()}


def _sentence(sentence: Sentence) -> dict[str, Any]:
    record = _rounded(_plain(sentence))
    del record["scores"]
    return record


def check_record(check: Check, language: str) -> dict[str, Any]:
    """A check as in `Report.to_dict`, its message in one language."""
    record = _plain(check)
    chinese = record.pop("message_zh")
    return {**record, "message": chinese if language == "zh" else check.message}


def _balance(balance: Balance) -> dict[str, Any]:
    def side(kind: str) -> dict[str, Any]:
        clauses = getattr(balance, kind)
        return {"clauses": clauses.clauses, "chars": clauses.chars, "spans": [list(span) for span in clauses.spans]}

    share = {name: getattr(balance, name) for name in ("naive", "adjusted", "low", "high", "n", "few")}
    return {
        "interpretation": side("interpretation"),
        "news": side("news"),
        "text_share": _rounded(share),
        "items": dict(balance.items),
        "item_share": _rounded({"value": balance.item_share, "low": None, "high": None}),
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "start": table.start,
        "end": table.end,
        "caption": table.caption,
        "rows": [[_plain(cell) for cell in row] for row in table.rows],
    }
