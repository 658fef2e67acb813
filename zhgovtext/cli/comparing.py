"""The command that lays reports side by side: of one agency over the years, of several agencies."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from zhgovtext.cli.options import (
    Command,
    add_coding_options,
    add_context_option,
    add_output_options,
    add_probability_option,
    count,
    report_reader,
)
from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import Row, as_json, complain, say, table, write_csv
from zhgovtext.errors import InputError, OptionError

if TYPE_CHECKING:
    from zhgovtext.comparison import Change, Comparison, Copying, Figure, IndicatorRow
    from zhgovtext.reuse import Share, Source

Texts = Mapping[str, str]
_T = TypeVar("_T")

_COLUMNS = (
    "part", "code", "label", "report", "agency", "year", "value", "value_high", "low", "high", "n", "unit", "state",
    "qualifier", "scope", "before", "change", "growth", "reason", "uncopied_value", "uncopied_n", "notes",
)  # fmt: skip
# How people see where there is no value, and that a value is not exact.
_STATES = {"missing": "·", "blank": "□", "slash": "/", "dash": "—", "unreadable": "?"}
_QUALIFIERS = {"about": "≈", "more_than": "＞", "less_than": "＜"}
_BROKEN = "≠"
_CONTRADICTED = "!"
_SUMMED = "Σ"
# A G² that texts of one kind have by chance less than once in a hundred times (χ², one degree of freedom).
_CRITICAL = 6.63
_SHOWN = 5
_LONG = 60


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="two reports or more, years or agencies")
    parser.add_argument(
        "--against",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="texts in which copied sentences are looked for too: a policy document, a template (after the reports)",
    )
    parser.add_argument("-n", type=count, default=20, metavar="N", help="number of terms that set a report apart (20)")
    add_output_options(parser, ("table", "json", "csv"))
    add_coding_options(parser)
    add_context_option(parser)
    add_probability_option(parser)


def _run(options: argparse.Namespace) -> int:
    """Read every file, compare those that could be read; 1 when some could not."""
    if len(options.files) == 1 and not options.against:
        raise OptionError("files", "one report was given", hint="give two or more, or a text after --against")
    read = report_reader(options)
    from zhgovtext.comparison import compare

    failures: list[tuple[str, InputError]] = []
    reports = list(_each(options.files, read, failures))
    against = list(_each(options.against, _read_text, failures))
    found = compare(reports, against=against, keywords=options.n, language=options.lang) if reports else None
    if options.format == "json":
        errors = [
            {"source": {"name": name}, "error": {"code": error.code, "message": error.message, "hint": error.hint}}
            for name, error in failures
        ]
        say(as_json({**(found.to_dict() if found else {"reports": []}), "errors": errors}))
    elif options.format == "csv":
        write_csv(_COLUMNS, _rows(found) if found else ())
    elif found:
        say(comparison_text(found, options.lang))
    return 1 if failures else 0


def _each(files: Sequence[str], read: Callable[[str], _T], failures: list[tuple[str, InputError]]) -> Iterator[_T]:
    """What is read of each file; what could not be read is told, and kept among the failures."""
    from zhgovtext.readers import printable

    for file in files:
        try:
            yield read(file)
        except InputError as error:
            complain(error)
            failures.append((printable(file), error))


def _read_text(file: str) -> Source:
    from zhgovtext.readers import read
    from zhgovtext.reuse import read_source

    document = read(file)
    return read_source(document.text, name=document.name)


# for programs ---------------------------------------------------------------------------------------------------------


def _rows(found: Comparison) -> Iterator[Row]:
    """One long table: for each report a row an indicator, category, share of the balance, term, source of copies."""
    for at, report in enumerate(found.reports):
        head = {"report": report.name, "agency": report.agency, "year": report.year}
        for row in chain(_indicator_rows(found, at), _share_rows(found, at), _word_rows(found, at)):
            yield {**head, **row}


def _indicator_rows(found: Comparison, at: int) -> Iterator[Row]:
    for row in found.indicators:
        figure = row.figures[at]
        change = next((change for change in row.changes if change.after == at), None)
        yield {
            "part": "indicator",
            "code": row.indicator,
            "label": row.label,
            **{name: getattr(figure, name) for name in ("value", "value_high", "state", "qualifier", "scope")},
            "unit": figure.unit or row.unit,
            "before": found.reports[change.before].name if change else None,
            "change": change.change if change else None,
            "growth": _rounded(change.growth) if change else None,
            "reason": change.reason if change else None,
            "notes": "; ".join(row.notes) or None,
        }


def _share_rows(found: Comparison, at: int) -> Iterator[Row]:
    for row in found.categories:
        cell = row.cells[at]
        yield {
            "part": "category",
            "code": row.category,
            "label": row.label,
            "value": _rounded(cell.share),
            "low": _rounded(cell.low),
            "high": _rounded(cell.high),
            "n": cell.sentences,
            "uncopied_value": _rounded(cell.uncopied_share),
            "uncopied_n": cell.uncopied,
        }
    balance = found.balance[at]
    yield {
        "part": "balance",
        "code": "naive",
        "value": _rounded(balance.naive),
        "n": balance.n,
        "uncopied_value": _rounded(balance.uncopied_naive),
        "uncopied_n": balance.uncopied_n,
    }
    interval = {"low": _rounded(balance.low), "high": _rounded(balance.high)}
    yield {"part": "balance", "code": "adjusted", "value": _rounded(balance.adjusted), "n": balance.n, **interval}
    yield {"part": "balance", "code": "items", "value": _rounded(balance.item_share)}


def _word_rows(found: Comparison, at: int) -> Iterator[Row]:
    keyness, copying = found.keyness[at], found.copying[at]
    for word in keyness.keywords:
        yield {"part": "keyness", "code": word.term, "value": _rounded(word.score), "n": word.count}
    if keyness.reason:
        yield {"part": "keyness", "reason": keyness.reason}
    for source in copying.sources:
        for kind, share in (("sentences", source.sentences), ("chars", source.chars)):
            yield {
                "part": "copied",
                "code": source.source,
                "label": source.relation,
                "unit": kind,
                "value": _rounded(share.share),
                "n": share.copied,
            }
    if copying.reason:
        yield {"part": "copied", "reason": copying.reason}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


# for people -----------------------------------------------------------------------------------------------------------


def comparison_text(found: Comparison, language: str) -> str:
    """What people read of a comparison: reports by number, then part after part, each with what its marks mean."""
    texts = load_texts(language)
    parts = (_report_part, _indicator_part, _category_part, _balance_part, _keyness_part, _copying_part)
    return "\n\n".join("\n".join(part(found, texts, language)) for part in parts)


def _report_part(found: Comparison, texts: Texts, language: str) -> list[str]:
    rows = [
        (_number(at), report.name, report.agency or "–", str(report.year or "–"), str(report.sentences))
        for at, report in enumerate(found.reports)
    ]
    rows += [(_number(len(rows) + at), name, texts["cmp_text"], "", "") for at, name in enumerate(found.texts)]
    header = ("", texts["cmp_report"], texts["cmp_agency"], texts["cmp_year"], texts["sentences"])
    said = _note_texts(texts)
    notes = [f"{''.join(map(_number, note.reports))} {said[note.code]}" for note in found.notes]
    return [table(header, rows, right=(4,)), *notes]


def _note_texts(texts: Texts) -> dict[str, str]:
    return {
        "one_report": texts["cmp_one_report"],
        "same_document": texts["cmp_same_document"],
        "same_year": texts["cmp_same_year"],
        "no_year": texts["cmp_no_year"],
        "no_agency": texts["cmp_no_agency"],
        "no_sentence": texts["cmp_no_sentence"],
        "nothing_coded": texts["cmp_nothing_coded"],
        "no_figure": texts["cmp_no_figure"],
        "nothing_in_common": texts["cmp_nothing_in_common"],
    }


def _indicator_part(found: Comparison, texts: Texts, language: str) -> list[str]:
    shown = [row for row in found.indicators if any(figure.value for figure in row.figures)]
    if not shown:
        return [texts["cmp_indicators"] + ": " + texts["cmp_none"]]
    steps = [(change.before, change.after) for change in shown[0].changes]
    header = (
        texts["indicator"],
        texts["unit"],
        *(_head(found, at) for at in range(len(found.reports))),
        *(f"{_number(before)}→{_number(after)}" for before, after in steps),
    )
    rows = [
        (
            row.label if language == "zh" else row.indicator,
            _unit(row),
            *map(_figure_cell, row.figures),
            *map(_change_cell, row.changes),
        )
        for row in shown
    ]
    lines = [texts["cmp_indicators"], table(header, rows, right=range(2, len(header))), texts["cmp_marks"]]
    left_out = len(found.indicators) - len(shown)
    if left_out:
        lines.append(texts["cmp_left_out"].format(n=left_out))
    names = {row.indicator: row.label if language == "zh" else row.indicator for row in shown}
    notes: dict[str, list[str]] = {}
    for row in shown:
        for note in row.notes:
            notes.setdefault(note, []).append(names[row.indicator])
    lines += [f"{_BROKEN} {', '.join(about)}: {note}" for note, about in notes.items()]
    for row in shown:
        for at, figure in enumerate(row.figures):
            if figure.others:
                others = ", ".join(map(_plain, figure.others))
                lines.append(f"{_CONTRADICTED} {_number(at)} {names[row.indicator]}: {texts['cmp_others']} {others}")
    return lines


def _unit(row: IndicatorRow) -> str:
    """The indicator's unit where a report has it, else that of the first report."""
    units = [figure.unit for figure in row.figures if figure.unit]
    return row.unit if row.unit in units or not units else units[0]


def _figure_cell(figure: Figure) -> str:
    if figure.value is None:
        return _STATES.get(figure.state, figure.state)
    high = "" if figure.value_high is None else f"–{_plain(figure.value_high)}"
    mark = (_SUMMED if figure.state == "derived" else "") + (_CONTRADICTED if figure.others else "")
    return _QUALIFIERS.get(figure.qualifier or "", "") + _plain(figure.value) + high + mark


def _change_cell(change: Change) -> str:
    if change.change is None:
        return _BROKEN if change.reason == "break" else "–"
    growth = "" if not change.growth else f" ({change.growth:+.1%})"
    return ("≈" if change.rough else "") + ("+" if change.change > 0 else "") + _plain(change.change) + growth


def _category_part(found: Comparison, texts: Texts, language: str) -> list[str]:
    columns = [(at, False) for at in range(len(found.reports))]
    columns += [(at, True) for at, copying in enumerate(found.copying) if _has_copied(copying)]
    columns.sort()
    header = (texts["category"], *(_head(found, at) + ("*" if uncopied else "") for at, uncopied in columns))
    rows = [
        (
            f"{row.category} {row.label}",
            *(
                _percent(row.cells[at].uncopied_share)
                if uncopied
                else _percent(row.cells[at].share) + _interval(row.cells[at].low, row.cells[at].high)
                for at, uncopied in columns
            ),
        )
        for row in found.categories
        if any(cell.sentences for cell in row.cells)
    ]
    if not rows:
        return [texts["cmp_categories"] + ": " + texts["cmp_none"]]
    lines = [texts["cmp_categories"], table(header, rows, right=range(1, len(header)))]
    return [*lines, texts["cmp_uncopied"]] if any(uncopied for _, uncopied in columns) else lines


def _has_copied(copying: Copying) -> bool:
    return copying.sentences is not None and copying.sentences.copied > 0


def _balance_part(found: Comparison, texts: Texts, language: str) -> list[str]:
    rows = [
        (
            _head(found, at),
            _percent(cell.naive),
            _percent(cell.adjusted) + _interval(cell.low, cell.high),
            str(cell.n) + (f" {texts['few']}" if cell.few and cell.n else ""),
            f"{_percent(cell.uncopied_naive)} (n={cell.uncopied_n})" if _has_copied(found.copying[at]) else "–",
            _percent(cell.item_share),
        )
        for at, cell in enumerate(found.balance)
    ]
    header = (
        "",
        texts["cmp_counted"],
        texts["cmp_adjusted"],
        "n",
        texts["cmp_uncopied_share"],
        texts["cmp_item_share"],
    )
    return [texts["cmp_balance"], table(header, rows, right=(1, 2))]


def _keyness_part(found: Comparison, texts: Texts, language: str) -> list[str]:
    said = {"no_reference": texts["cmp_no_reference"], "no_words": texts["cmp_no_words"]}
    lines = [texts["cmp_keyness"]]
    for at, keyness in enumerate(found.keyness):
        words = "  ".join(
            f"{word.term} {word.count}/{word.reference_count}" + ("*" if word.score >= _CRITICAL else "")
            for word in keyness.keywords
        )
        lines.append(f"{_head(found, at)}  " + (said[keyness.reason] if keyness.reason else words or texts["cmp_none"]))
    return [*lines, texts["cmp_key_marks"]]


def _copying_part(found: Comparison, texts: Texts, language: str) -> list[str]:
    relations = {
        "earlier_year": texts["cmp_earlier_year"],
        "other_report": texts["cmp_other_report"],
        "text": texts["cmp_text"],
    }
    rows: list[tuple[str, ...]] = []
    for at, copying in enumerate(found.copying):
        for source in copying.sources:
            name = f"{_number(source.origin)} {source.source}"
            shares = _shares(source.sentences, source.chars)
            rows.append((_head(found, at), name, relations[source.relation], *shares))
        if len(copying.sources) > 1 and copying.sentences and copying.chars:
            rows.append((_head(found, at), texts["cmp_all"], "", *_shares(copying.sentences, copying.chars)))
        if copying.reason:
            rows.append((_head(found, at), texts["cmp_no_source"], "", "–", "–", "–"))
    header = ("", texts["cmp_from"], "", texts["sentences"], texts["cmp_chars"], texts["cmp_required"])
    lines = [texts["cmp_copied"], table(header, rows, right=(3, 4, 5)), texts["cmp_required_note"]]
    kinds = {"identical": texts["cmp_identical"], "figures": texts["cmp_figures"], "near": texts["cmp_near"]}
    for at, copying in enumerate(found.copying):
        lines += _copied_sentences(at, copying, kinds, texts)
    return lines


def _copied_sentences(at: int, copying: Copying, kinds: Texts, texts: Texts) -> list[str]:
    """The longest sentences that a report has copied, each with its likeliest source."""
    best = {copy.sentence: copy for copy in reversed(copying.copies) if not copy.required}
    longest = sorted(best.values(), key=lambda copy: (copy.start - copy.end, copy.start))[:_SHOWN]
    title = texts["cmp_longest"].format(report=_number(at), shown=len(longest), n=len(best))
    return [
        *(["", title] if longest else []),
        *(f"  {_number(copy.origin)} {kinds[copy.kind]}: {_cut(copy.text)}" for copy in longest),
    ]


def _cut(sentence: str) -> str:
    line = " ".join(sentence.split())
    return line if len(line) <= _LONG else line[:_LONG] + "…"


def _shares(sentences: Share, chars: Share) -> tuple[str, str, str]:
    return (
        f"{sentences.copied}/{sentences.total - sentences.required} ({_percent(sentences.share)})",
        _percent(chars.share),
        str(sentences.required),
    )


def _number(at: int) -> str:
    return f"[{at + 1}]"


def _head(found: Comparison, at: int) -> str:
    """A report by its number, and its year where it has one."""
    year = found.reports[at].year
    return _number(at) + (f" {year}" if year else "")


def _plain(value: float) -> str:
    """A number as people write it, its thousands grouped."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{100 * low:.0f}–{100 * high:.0f}]"


COMPARING_COMMANDS = {
    "compare": Command("reports side by side: figures, shares, words, copied sentences", _add_options, _run),
}
