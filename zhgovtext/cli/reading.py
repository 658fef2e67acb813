"""Commands that read reports: each says how it reads a file, and what it shows of it to people and to programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from zhgovtext.cli.balancing import add_grouping_options, balance_reader, run_corpus, run_items
from zhgovtext.cli.options import (
    Command,
    add_coding_options,
    add_context_option,
    add_output_options,
    add_probability_option,
    count,
    load_coding,
    report_reader,
)
from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import (
    Record,
    Results,
    Row,
    complain,
    paint,
    table,
    write_csv,
    write_json,
    write_jsonl,
    write_tables,
)
from zhgovtext.errors import InputError

if TYPE_CHECKING:
    from zhgovtext.document import Document
    from zhgovtext.report import Report
    from zhgovtext.script import Normalized
    from zhgovtext.verdicts import Check

FORMATS = ("table", "json", "jsonl", "csv")
# Those of `zhgovtext.keyness`, which is not imported for a parser.
METHODS = ("log_likelihood", "log_ratio", "tfidf")
_BAR = 30
# How people see that a value is not exact.
_QUALIFIERS = {"about": " ≈", "more_than": " +", "less_than": " −"}


class _Reading(NamedTuple):
    """How a command reads. `opener` makes, before anything is read, the function from a file to a result; `text` is
    what people see of a result, `record` its JSON, `rows` its lines of CSV, `columns` their names after the file's;
    `reduce` looks at all results together."""

    purpose: str
    opener: Callable[[argparse.Namespace], Callable[[str], Any]]
    text: Callable[[Any, argparse.Namespace], str]
    record: Callable[[Any, argparse.Namespace], Record]
    columns: Callable[[argparse.Namespace], Sequence[str]]
    rows: Callable[[Any, argparse.Namespace], Iterable[Row]]
    reduce: Callable[[Results], Results] | None = None


def _add_options(parser: argparse.ArgumentParser, *, name: str) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a report (.txt .md .html .htm .docx .pdf), or - for standard input"
    )
    add_output_options(parser, FORMATS)
    if name == "normalize":
        parser.add_argument(
            "--profile", default="auto", help="hans, hant, hant-tw, hant-hk, tw-mainland, or auto (by evidence)"
        )
        parser.add_argument("--explain", action="store_true", help="list the changes with their counts instead")
        return
    add_coding_options(parser)
    add_context_option(parser)
    add_probability_option(parser)
    if name == "balance":
        add_grouping_options(parser)
    if name in ("summary", "keywords"):
        parser.add_argument("-n", type=count, default=20, metavar="N", help="number of keywords (20)")
    if name == "keywords":
        parser.add_argument(
            "--method",
            choices=METHODS,
            default=METHODS[0],
            help="how terms are ranked: by G² (the default), by how many times as frequent, or by TF-IDF",
        )
    if name == "categories":
        parser.add_argument(
            "--scores", action="store_true", help="the probability of every category too (json, jsonl, csv)"
        )


def _run(options: argparse.Namespace) -> int:
    """Read every file, write what the command says of it; 1 when some file could not be analysed."""
    command = _READINGS[options.command]
    read = command.opener(options)
    failed = False

    def results() -> Results:
        nonlocal failed
        from zhgovtext.readers import printable

        for file in options.files:
            name = printable(file)
            try:
                yield name, read(file), None
            except InputError as error:
                failed = True
                complain(error)
                yield name, None, error

    found = command.reduce(results()) if command.reduce else results()
    if options.format == "table":
        write_tables(found, lambda result: command.text(result, options))
    elif options.format == "csv":
        _write_csv(found, command, options)
    else:
        write = write_json if options.format == "json" else write_jsonl
        write(found, lambda result: command.record(result, options))
    return 1 if failed else 0


def _run_balance(options: argparse.Namespace) -> int:
    """Of single reports, of a corpus where they are grouped, of a list of items where a column of it is named."""
    if options.text is not None:
        return run_items(options)
    return _run(options) if options.by is None else run_corpus(options)


def _write_csv(results: Results, command: _Reading, options: argparse.Namespace) -> None:
    rows = (
        {**row, "file": name}
        for name, result, error in results
        if error is None
        for row in command.rows(result, options)
    )
    write_csv(("file", *command.columns(options)), rows)


def _cut(*keys: str) -> Callable[[Report, argparse.Namespace], Record]:
    """The JSON of a report cut to `keys`."""

    def record(report: Report, options: argparse.Namespace) -> Record:
        whole = report.to_dict(language=options.lang, keywords=getattr(options, "n", 20))
        return {key: whole[key] for key in ("schema", "source", *keys)}

    return record


def _listed(record: Callable[[Any, argparse.Namespace], Record], key: str) -> Callable[..., Iterable[Row]]:
    """The rows of the list that `record` has under `key`."""

    def rows(result: Any, options: argparse.Namespace) -> Iterable[Row]:
        found: list[Row] = record(result, options)[key]
        return found

    return rows


def _summary_text(report: Report, options: argparse.Namespace) -> str:
    texts, meta = load_texts(options.lang), report.meta
    named = sum(fact.indicator is not None for fact in report.facts)
    counts = texts["counts"].format(
        chars=len(report.document.text), sections=len(report.sections), sentences=len(report.sentences)
    )
    about = [str(part or texts["unknown"]) for part in (meta.agency, meta.region, meta.year)]
    parts = [
        report.document.name + (f"  {meta.title}" if meta.title else ""),
        " · ".join((*about, counts)),
        "",
        f"{texts['keywords']}: " + " ".join(keyword.term for keyword in report.keywords(options.n)),
        "",
        _category_table(report, options),
        "",
        _balance_line(report, options),
        f"{texts['facts']}: " + texts["found"].format(facts=len(report.facts), named=named),
    ]
    return "\n".join(parts)


def _category_table(report: Report, options: argparse.Namespace) -> str:
    texts = load_texts(options.lang)
    shares = report.category_shares(language=options.lang, intervals=False)
    longest = max((share.share or 0.0 for share in shares), default=0.0)
    rows = [
        (
            f"{share.category} {share.label}",
            str(share.sentences),
            "–" if share.share is None else f"{share.share:.1%}",
            "█" * round(_BAR * share.share / longest) if share.share and longest else "",
        )
        for share in shares
    ]
    return table((texts["category"], texts["sentences"], texts["share"], ""), rows, right=(1, 2))


def _balance_line(report: Report, options: argparse.Namespace) -> str:
    texts, balance = load_texts(options.lang), report.balance
    sides = {kind: getattr(balance, kind).clauses for kind in ("interpretation", "news")}
    counts = ", ".join(f"{texts[kind]} {clauses} {texts['clauses']}" for kind, clauses in sides.items())
    if not any(sides.values()):
        return f"{texts['balance']}: {texts['none']}"
    if balance.naive is None:
        return f"{texts['balance']}: {counts} → {texts['bal_only_problems']}"
    if balance.adjusted is None:
        error = texts["bal_unmeasured"] if report.typed.errors is None else texts["bal_unadjusted"]
    else:
        values = {name: f"{getattr(balance, name):.0%}" for name in ("adjusted", "low", "high")}
        error = texts["bal_adjusted"].format(**values)
    share = texts["bal_counted"].format(share=f"{balance.naive:.1%}", error=error)
    remark = f"; {texts['few']}" if balance.few else ""
    return f"{texts['balance']}: {counts} → {share} (n={balance.n}{remark})"


def _keywords_text(report: Report, options: argparse.Namespace) -> str:
    texts = load_texts(options.lang)
    keywords = report.keywords(options.n, method=options.method)
    rows = [(k.term, f"{k.score:.4f}", str(k.count)) for k in keywords]
    return report.document.name + "\n" + table((texts["term"], texts["score"], texts["count"]), rows, right=(1, 2))


def _keywords_record(report: Report, options: argparse.Namespace) -> Record:
    from dataclasses import asdict

    keywords = (asdict(keyword) for keyword in report.keywords(options.n, method=options.method))
    rounded = [{k: round(v, 6) if isinstance(v, float) else v for k, v in keyword.items()} for keyword in keywords]
    return {**_cut()(report, options), "keywords": rounded}


def _categories_text(report: Report, options: argparse.Namespace) -> str:
    texts = load_texts(options.lang)
    rows = [
        (
            "–" if sentence.category is None else report.codebook[sentence.category].label(options.lang),
            f"{sentence.probability:.2f}",
            " ".join(sentence.text.split()),
        )
        for sentence in report.sentences
    ]
    return report.document.name + "\n" + table((texts["category"], texts["probability"], texts["text"]), rows)


def _categories_record(report: Report, options: argparse.Namespace) -> Record:
    record = _cut("sentences", "category_shares")(report, options)
    if options.scores:
        for row, sentence in zip(record["sentences"], report.sentences, strict=True):
            row["scores"] = {code: round(score, 6) for code, score in sentence.scores.items()}
    return record


def _categories_columns(options: argparse.Namespace) -> Sequence[str]:
    scores = [f"score_{code}" for code in load_coding(options).codebook.codes] if options.scores else []
    return "id", "section", "start", "end", "category", "probability", "runner_up", "text", *scores


def _categories_rows(report: Report, options: argparse.Namespace) -> Iterator[Row]:
    for sentence in _categories_record(report, options)["sentences"]:
        yield {**sentence, **{f"score_{code}": score for code, score in sentence.get("scores", {}).items()}}


def _facts_text(report: Report, options: argparse.Namespace) -> str:
    texts = load_texts(options.lang)
    header = tuple(texts[key] for key in ("indicator", "value", "unit", "period", "source", "quote"))
    rows = [
        (
            fact.indicator or "–",
            ("" if fact.value is None else str(fact.value)) + _QUALIFIERS.get(fact.qualifier or "", ""),
            fact.unit or "",
            fact.period or "",
            fact.source,
            " ".join(fact.quote.split()),
        )
        for fact in report.facts
    ]
    return report.document.name + "\n" + table(header, rows, right=(1,))


def _facts_columns(_options: argparse.Namespace) -> Sequence[str]:
    """Those of the long table after the file."""
    from zhgovtext.figures import COLUMNS

    return COLUMNS[1:]


def _facts_rows(report: Report, _options: argparse.Namespace) -> Iterable[Row]:
    from zhgovtext.figures import figure_rows

    return figure_rows([report])


def _across_years(results: Results) -> Results:
    """Each report with the checks across the years of its agency: they stand with the later report."""
    from dataclasses import replace

    from zhgovtext.checks import compare_reports

    every = list(results)
    places = [at for at, (_, report, _) in enumerate(every) if report is not None]
    across: dict[int, list[Check]] = {at: [] for at in places}
    for check in compare_reports([every[at][1] for at in places]):
        pairs = tuple((places[pair[0]], pair[1]) for pair in check.facts if isinstance(pair, tuple))
        later = max((at for at, _ in pairs), key=lambda at: every[at][1].meta.year)
        across[later].append(replace(check, facts=pairs))
    for at, (name, report, error) in enumerate(every):
        yield name, None if report is None else (report, across[at]), error


def _checks_record(result: tuple[Report, list[Check]], options: argparse.Namespace) -> Record:
    from zhgovtext.report import check_record

    report, across = result
    record = _cut("checks")(report, options)
    record["checks"] += [check_record(check, options.lang) for check in across]
    return record


def _checks_text(result: tuple[Report, list[Check]], options: argparse.Namespace) -> str:
    texts, (report, across) = load_texts(options.lang), result
    words = {"mismatch": texts["mismatch"], "unknown": texts["undecided"], "ok": texts["ok"]}
    order = tuple(words)
    checks = sorted((*report.checks, *across), key=lambda check: order.index(check.status))
    colours = {"mismatch": "red", "unknown": "yellow", "ok": "green"}
    rows = [
        (
            paint(words[check.status], colours[check.status], sys.stdout),
            check.rule,
            check.message_zh if options.lang == "zh" else check.message,
        )
        for check in checks
    ]
    return report.document.name + "\n" + table((texts["status"], texts["rule"], texts["message"]), rows)


def _balance_rows(report: Report, options: argparse.Namespace) -> Iterator[Row]:
    balance = _cut("balance")(report, options)["balance"]
    clauses = {f"{kind}_clauses": balance[kind]["clauses"] for kind in ("interpretation", "news")}
    yield {**balance["text_share"], **clauses}


def _balance_text(report: Report, options: argparse.Namespace) -> str:
    texts, text = load_texts(options.lang), report.document.text
    lines = [report.document.name, _balance_line(report, options)]
    stated = {kind: value for kind, value in report.balance.items.items() if value is not None}
    if stated:
        share = report.balance.item_share
        remark = "" if share is None else " → " + texts["bal_item_share"].format(share=f"{share:.1%}")
        names = {**texts, "channels": texts["bal_channels"], "proactive": texts["bal_proactive"]}
        lines.append(f"{texts['items']}: " + ", ".join(f"{names[kind]} {n}" for kind, n in stated.items()) + remark)
    for kind in ("interpretation", "news"):
        lines += [f"  {texts[kind]}: {text[start:end].strip()}" for start, end in getattr(report.balance, kind).spans]
    return "\n".join(lines)


def _text_reader(options: argparse.Namespace) -> Callable[[str], tuple[Document, Normalized]]:
    from zhgovtext.readers import read
    from zhgovtext.script import normalize

    # A profile that does not exist is told before anything is read.
    normalize("", profile=options.profile)

    def open_(file: str) -> tuple[Document, Normalized]:
        document = read(file)
        return document, normalize(document.text, profile=options.profile)

    return open_


def _normalize_record(result: tuple[Document, Normalized], _options: argparse.Namespace) -> Record:
    document, normalized = result
    return {
        "schema": 1,
        "source": {"name": document.name, "sha256": document.sha256, "chars": len(document.text)},
        "profile": normalized.profile,
        "script": normalized.script,
        "reasons": normalized.reasons,
        "changes": [{"source": c.source, "target": c.target, "count": c.count} for c in normalized.changes],
        "text": normalized.text,
    }


def _normalize_text(result: tuple[Document, Normalized], options: argparse.Namespace) -> str:
    document, normalized = result
    if not options.explain:
        return normalized.text.removesuffix("\n")
    texts = load_texts(options.lang)
    reasons = ", ".join(f"{name} {count}" for name, count in normalized.reasons.items())
    changes = sorted(normalized.changes, key=lambda change: (-change.count, change.source))
    rows = [(_visible(c.source), _visible(c.target), str(c.count)) for c in changes]
    head = f"{document.name}: {normalized.script} → {normalized.profile} ({reasons})"
    return head + "\n" + table((texts["from"], texts["to"], texts["count"]), rows, right=(2,))


def _visible(text: str) -> str:
    """White space and invisible characters by their code points."""
    if not text:
        return "–"
    return "".join(char if char.isprintable() and char != " " else f"U+{ord(char):04X}" for char in text)


_summary_record = _cut("meta", "category_shares", "keywords", "balance")

_READINGS = {
    "summary": _Reading(
        "keywords and categories of each report, for people",
        report_reader,
        _summary_text,
        _summary_record,
        lambda _: ("category", "label", "sentences", "chars", "share", "low", "high"),
        _listed(_summary_record, "category_shares"),
    ),
    "keywords": _Reading(
        "the words that set each report apart",
        report_reader,
        _keywords_text,
        _keywords_record,
        lambda _: ("term", "score", "count"),
        _listed(_keywords_record, "keywords"),
    ),
    "categories": _Reading(
        "every sentence with its disclosure category",
        report_reader,
        _categories_text,
        _categories_record,
        _categories_columns,
        _categories_rows,
    ),
    "facts": _Reading(
        "every figure with its unit, indicator and place",
        report_reader,
        _facts_text,
        _cut("facts"),
        _facts_columns,
        _facts_rows,
    ),
    "checks": _Reading(
        "what must add up in each report, and from one year's to the next",
        report_reader,
        _checks_text,
        _checks_record,
        lambda _: ("rule", "severity", "status", "message", "expected", "actual", "facts", "start", "end"),
        _listed(_checks_record, "checks"),
        _across_years,
    ),
    "balance": _Reading(
        "policy interpretation against routine news: of reports, corpora, lists of titles",
        balance_reader,
        _balance_text,
        _cut("balance"),
        lambda _: ("naive", "adjusted", "low", "high", "n", "few", "interpretation_clauses", "news_clauses"),
        _balance_rows,
    ),
    "normalize": _Reading(
        "the text in mainland simplified script, every change accounted for",
        _text_reader,
        _normalize_text,
        _normalize_record,
        lambda _: ("source", "target", "count"),
        _listed(_normalize_record, "changes"),
    ),
}

READING_COMMANDS = {
    name: Command(reading.purpose, partial(_add_options, name=name), _run_balance if name == "balance" else _run)
    for name, reading in _READINGS.items()
}
