"""The command line: arguments → one call each → print. Heavy modules are imported where a command needs them."""

from __future__ import annotations

import argparse
import io
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from zhgovtext import __version__
from zhgovtext.errors import InputError, ZhgovtextError

if TYPE_CHECKING:
    from zhgovtext.document import Document
    from zhgovtext.report import Report
    from zhgovtext.script import Normalized
    from zhgovtext.verdicts import Check

FORMATS = ("table", "json", "jsonl", "csv")
_BAR = 30

# What people read, by language. Codes stay as they are: programs rely on them.
_TEXTS = {
    "en": {
        "category": "category",
        "sentences": "sentences",
        "share": "share",
        "keywords": "Keywords",
        "balance": "Balance",
        "facts": "Facts",
        "interpretation": "interpretation",
        "news": "news",
        "clauses": "clauses",
        "of": "of both kinds",
        "none": "no clause of either kind",
        "few": "few clauses: read with care",
        "naive": "plain count, the coder's error is not allowed for",
        "counts": "{chars} characters, {sections} sections, {sentences} sentences",
        "found": "{facts} figures, {named} with an indicator",
        "unknown": "unknown",
        "term": "term",
        "score": "score",
        "count": "count",
        "indicator": "indicator",
        "value": "value",
        "unit": "unit",
        "period": "period",
        "source": "source",
        "quote": "quote",
        "probability": "probability",
        "text": "text",
        "items": "items stated",
        "from": "from",
        "to": "to",
        "rule": "rule",
        "status": "status",
        "message": "message",
        "ok": "ok",
        "mismatch": "MISMATCH",
        "undecided": "unknown",
    },
    "zh": {
        "category": "类别",
        "sentences": "句数",
        "share": "占比",
        "keywords": "关键词",
        "balance": "解读与动态",
        "facts": "数字",
        "interpretation": "政策解读",
        "news": "政务动态",
        "clauses": "个分句",
        "of": "（占两类之和）",
        "none": "两类分句都没有",
        "few": "分句少，慎用",
        "naive": "直接计数，未校正编码误差",
        "counts": "{chars} 字，{sections} 个章节，{sentences} 句",
        "found": "{facts} 个，其中 {named} 个认出指标",
        "unknown": "未知",
        "term": "词",
        "score": "得分",
        "count": "次数",
        "indicator": "指标",
        "value": "数值",
        "unit": "单位",
        "period": "时期",
        "source": "来源",
        "quote": "原文",
        "probability": "概率",
        "text": "句子",
        "items": "自述条数",
        "from": "原文",
        "to": "改为",
        "rule": "规则",
        "status": "结论",
        "message": "说明",
        "ok": "相符",
        "mismatch": "不符",
        "undecided": "未定",
    },
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, 1 when some input could not be analysed, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    _prepare_streams(options.format)
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("zhgovtext: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone: point stdout elsewhere so that the interpreter's flush is quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ZhgovtextError as error:
        print(f"zhgovtext: {error}", file=sys.stderr)
        return 2 if error.code in ("min_probability", "profile") else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zhgovtext",
        description="Text analysis of Chinese government disclosure reports (政府信息公开工作年度报告).",
        epilog="examples:\n  zhgovtext summary report.txt\n  zhgovtext facts *.txt --format csv > facts.csv",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"zhgovtext {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for name, (*_, purpose) in _COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        command.add_argument("files", nargs="+", metavar="FILE", help="a report (.txt, .md), or - for standard input")
        command.add_argument(
            "--format", choices=FORMATS, default="table", help="table for people, the others for programs (UTF-8)"
        )
        command.add_argument("--lang", choices=("zh", "en"), default=None, help="labels; by default as the locale says")
        if name == "normalize":
            command.add_argument(
                "--profile", default="auto", help="hans, hant, hant-tw, hant-hk, tw-mainland, or auto (by evidence)"
            )
            command.add_argument("--explain", action="store_true", help="list the changes with their counts instead")
            continue
        command.add_argument(
            "--min-probability",
            type=float,
            default=0.0,
            metavar="P",
            help="leave sentences uncoded whose category is less probable than P",
        )
        if name in ("summary", "keywords"):
            command.add_argument("-n", type=int, default=20, metavar="N", help="number of keywords (20)")
    return parser


def _prepare_streams(format_: str) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if format_ == "table":
                stream.reconfigure(errors="replace")
            else:
                # Programs get UTF-8 wherever they run, and the csv module ends its own lines.
                stream.reconfigure(encoding="utf-8", errors="replace", newline="" if format_ == "csv" else None)


def _run(options: argparse.Namespace) -> int:
    command = _COMMANDS[options.command]
    language = options.lang or _locale_language()
    write = {"table": _write_tables, "json": _write_json, "jsonl": _write_jsonl, "csv": _write_csv}[options.format]
    failed = False

    def results() -> Iterator[tuple[str, Any, InputError | None]]:
        nonlocal failed
        from zhgovtext.readers import printable

        for file in options.files:
            name = printable(file)
            try:
                yield name, command.open(file, options), None
            except InputError as error:
                failed = True
                print(f"zhgovtext: {error}", file=sys.stderr, flush=True)
                yield name, None, error

    found = _compared(results()) if options.command == "checks" else results()
    write(found, command, options, language)
    return 1 if failed else 0


def _compared(results: Results) -> Iterator[tuple[str, tuple[Report, list[Check]] | None, InputError | None]]:
    """Each report with the checks across the years of its agency: they stand with the later report."""
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


def _analyze(file: str, options: argparse.Namespace) -> Report:
    from zhgovtext.report import analyze

    return analyze(file, min_probability=options.min_probability)


def _normalize(file: str, options: argparse.Namespace) -> tuple[Document, Normalized]:
    from zhgovtext.readers import read
    from zhgovtext.script import normalize

    document = read(file)
    return document, normalize(document.text, profile=options.profile)


def _failure(name: str, error: ZhgovtextError) -> dict[str, Any]:
    return {
        "source": {"name": name},
        "error": {"code": error.code, "message": error.message, "hint": error.hint},
    }


def _locale_language() -> str:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    if sys.platform == "win32":
        import locale

        return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
    return "en"


Results = Iterable[tuple[str, Any, "InputError | None"]]


def _write_tables(results: Results, command: _Command, options: argparse.Namespace, language: str) -> None:
    first = True
    for _, result, error in results:
        if error is None:
            print(("" if first else "\n") + command.text(result, options, language), flush=True)
            first = False


def _records(results: Results, command: _Command, options: argparse.Namespace, language: str) -> Iterator[str]:
    import json

    for name, result, error in results:
        record = _failure(name, error) if error else command.record(result, options, language)
        yield json.dumps(record, ensure_ascii=False)


def _write_json(results: Results, command: _Command, options: argparse.Namespace, language: str) -> None:
    print("[", end="")
    for at, record in enumerate(_records(results, command, options, language)):
        print(",\n" if at else "\n", record, sep="", end="", flush=True)
    print("\n]")


def _write_jsonl(results: Results, command: _Command, options: argparse.Namespace, language: str) -> None:
    for record in _records(results, command, options, language):
        print(record, flush=True)


def _write_csv(results: Results, command: _Command, options: argparse.Namespace, language: str) -> None:
    import csv

    writer = csv.writer(sys.stdout)
    columns = _columns(options.command)
    writer.writerow(("file", *columns))
    for name, result, error in results:
        if error is None:
            for row in _csv_rows(result, command, options, language):
                writer.writerow([_harmless(name), *(_harmless(row.get(column)) for column in columns)])


def _columns(command: str) -> tuple[str, ...]:
    """Columns of a command's CSV after the file; figures have those of the long table."""
    if command == "facts":
        from zhgovtext.figures import COLUMNS

        return COLUMNS[1:]
    return _COMMANDS[command].columns


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    if isinstance(value, tuple):
        return " ".join(":".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in value)
    if isinstance(value, dict):
        return " ".join(f"{key}={part}" for key, part in value.items())
    return value


def _csv_rows(result: Any, command: _Command, options: argparse.Namespace, language: str) -> Iterable[dict[str, Any]]:
    if options.command == "facts":
        from zhgovtext.figures import figure_rows

        return figure_rows([result])
    return _rows(command.record(result, options, language), options.command)


def _rows(record: dict[str, Any], command: str) -> list[dict[str, Any]]:
    if command == "balance":
        balance = record["balance"]
        clauses = {f"{kind}_clauses": balance[kind]["clauses"] for kind in ("interpretation", "news")}
        return [{**balance["text_share"], **clauses}]
    key = {"summary": "category_shares", "categories": "sentences", "normalize": "changes"}.get(command, command)
    rows: list[dict[str, Any]] = record[key]
    return rows


def _cut(report: Report, keys: Sequence[str], options: argparse.Namespace, language: str) -> dict[str, Any]:
    record = report.to_dict(language=language, keywords=getattr(options, "n", 20))
    return {key: record[key] for key in ("schema", "source", *keys)}


def _summary_record(report: Report, options: argparse.Namespace, language: str) -> dict[str, Any]:
    return _cut(report, ("meta", "category_shares", "keywords", "balance"), options, language)


def _summary_text(report: Report, options: argparse.Namespace, language: str) -> str:
    texts = _TEXTS[language]
    meta = report.meta
    named = sum(fact.indicator is not None for fact in report.facts)
    parts = [
        report.document.name + (f"  {meta.title}" if meta.title else ""),
        " · ".join(str(part or texts["unknown"]) for part in (meta.agency, meta.region, meta.year))
        + " · "
        + texts["counts"].format(
            chars=len(report.document.text), sections=len(report.sections), sentences=len(report.sentences)
        ),
        "",
        f"{texts['keywords']}: " + " ".join(keyword.term for keyword in report.keywords(options.n)),
        "",
        _category_table(report, language),
        "",
        _balance_line(report, language),
        f"{texts['facts']}: " + texts["found"].format(facts=len(report.facts), named=named),
    ]
    return "\n".join(parts)


def _category_table(report: Report, language: str) -> str:
    texts = _TEXTS[language]
    shares = report.category_shares(language=language)
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
    return _table((texts["category"], texts["sentences"], texts["share"], ""), rows, right=(1, 2))


def _balance_line(report: Report, language: str) -> str:
    texts, balance = _TEXTS[language], report.balance
    if balance.naive is None:
        return f"{texts['balance']}: {texts['none']}"
    counts = ", ".join(
        f"{texts[kind]} {getattr(balance, kind).clauses} {texts['clauses']}" for kind in ("interpretation", "news")
    )
    remark = texts["naive"] + (f"; {texts['few']}" if balance.few else "")
    share = f"{texts['interpretation']} {balance.naive:.1%} {texts['of']}"
    return f"{texts['balance']}: {counts} → {share} (n={balance.n}; {remark})"


def _keywords_record(report: Report, options: argparse.Namespace, language: str) -> dict[str, Any]:
    return _cut(report, ("keywords",), options, language)


def _keywords_text(report: Report, options: argparse.Namespace, language: str) -> str:
    texts = _TEXTS[language]
    rows = [(k.term, f"{k.score:.4f}", str(k.count)) for k in report.keywords(options.n)]
    return report.document.name + "\n" + _table((texts["term"], texts["score"], texts["count"]), rows, right=(1, 2))


def _categories_record(report: Report, options: argparse.Namespace, language: str) -> dict[str, Any]:
    return _cut(report, ("sentences", "category_shares"), options, language)


def _categories_text(report: Report, _options: argparse.Namespace, language: str) -> str:
    texts = _TEXTS[language]
    rows = [
        (
            "–" if sentence.category is None else report.codebook[sentence.category].label(language),
            f"{sentence.probability:.2f}",
            " ".join(sentence.text.split()),
        )
        for sentence in report.sentences
    ]
    return report.document.name + "\n" + _table((texts["category"], texts["probability"], texts["text"]), rows)


def _facts_record(report: Report, options: argparse.Namespace, language: str) -> dict[str, Any]:
    return _cut(report, ("facts",), options, language)


def _facts_text(report: Report, _options: argparse.Namespace, language: str) -> str:
    texts = _TEXTS[language]
    header = tuple(texts[key] for key in ("indicator", "value", "unit", "period", "source", "quote"))
    rows = [
        (
            fact.indicator or "–",
            ("" if fact.value is None else str(fact.value))
            + {"about": " ≈", "more_than": " +", "less_than": " −"}.get(fact.qualifier or "", ""),
            fact.unit or "",
            fact.period or "",
            fact.source,
            " ".join(fact.quote.split()),
        )
        for fact in report.facts
    ]
    return report.document.name + "\n" + _table(header, rows, right=(1,))


def _checks_record(result: tuple[Report, list[Check]], options: argparse.Namespace, language: str) -> dict[str, Any]:
    from zhgovtext.report import check_record

    report, across = result
    record = _cut(report, ("checks",), options, language)
    record["checks"] += [check_record(check, language) for check in across]
    return record


def _checks_text(result: tuple[Report, list[Check]], _options: argparse.Namespace, language: str) -> str:
    texts, (report, across) = _TEXTS[language], result
    order = ("mismatch", "unknown", "ok")
    words = {"unknown": texts["undecided"], "mismatch": texts["mismatch"], "ok": texts["ok"]}
    checks = sorted((*report.checks, *across), key=lambda check: order.index(check.status))
    rows = [
        (words[check.status], check.rule, check.message_zh if language == "zh" else check.message) for check in checks
    ]
    return report.document.name + "\n" + _table((texts["status"], texts["rule"], texts["message"]), rows)


def _balance_record(report: Report, options: argparse.Namespace, language: str) -> dict[str, Any]:
    return _cut(report, ("balance",), options, language)


def _balance_text(report: Report, _options: argparse.Namespace, language: str) -> str:
    texts, text = _TEXTS[language], report.document.text
    lines = [report.document.name, _balance_line(report, language)]
    stated = {kind: value for kind, value in report.balance.items.items() if value is not None}
    if stated:
        lines.append(f"{texts['items']}: " + ", ".join(f"{kind} {value}" for kind, value in stated.items()))
    for kind in ("interpretation", "news"):
        lines += [f"  {texts[kind]}: {text[start:end].strip()}" for start, end in getattr(report.balance, kind).spans]
    return "\n".join(lines)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Columns aligned by what a terminal shows: a Chinese character takes two places."""
    every = [header, *rows]
    widths = [max(_width(row[column]) for row in every) for column in range(len(header))]
    lines = []
    for row in every:
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - _width(cell))
            cells.append(space + cell if column in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _normalize_record(
    result: tuple[Document, Normalized], _options: argparse.Namespace, _language: str
) -> dict[str, Any]:
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


def _normalize_text(result: tuple[Document, Normalized], options: argparse.Namespace, language: str) -> str:
    document, normalized = result
    if not options.explain:
        return normalized.text.removesuffix("\n")
    texts = _TEXTS[language]
    reasons = ", ".join(f"{name} {count}" for name, count in normalized.reasons.items())
    changes = sorted(normalized.changes, key=lambda change: (-change.count, change.source))
    rows = [(_visible(c.source), _visible(c.target), str(c.count)) for c in changes]
    head = f"{document.name}: {normalized.script} → {normalized.profile} ({reasons})"
    return head + "\n" + _table((texts["from"], texts["to"], texts["count"]), rows, right=(2,))


def _visible(text: str) -> str:
    """White space and invisible characters by their code points."""
    if not text:
        return "–"
    return "".join(char if char.isprintable() and char != " " else f"U+{ord(char):04X}" for char in text)


class _Command(NamedTuple):
    """A command: how it opens a file, what it says of it to programs and to people, its CSV columns, its help."""

    open: Callable[[str, argparse.Namespace], Any]
    record: Callable[[Any, argparse.Namespace, str], dict[str, Any]]
    text: Callable[[Any, argparse.Namespace, str], str]
    columns: tuple[str, ...]
    purpose: str


_COMMANDS = {
    "summary": _Command(
        _analyze,
        _summary_record,
        _summary_text,
        ("category", "label", "sentences", "chars", "share", "low", "high"),
        "keywords and categories of each report, for people",
    ),
    "keywords": _Command(
        _analyze,
        _keywords_record,
        _keywords_text,
        ("term", "score", "count"),
        "the words that set each report apart",
    ),
    "categories": _Command(
        _analyze,
        _categories_record,
        _categories_text,
        ("id", "section", "start", "end", "category", "probability", "runner_up", "text"),
        "every sentence with its disclosure category",
    ),
    "facts": _Command(
        _analyze,
        _facts_record,
        _facts_text,
        (),
        "every figure with its unit, indicator and place",
    ),
    "checks": _Command(
        _analyze,
        _checks_record,
        _checks_text,
        ("rule", "severity", "status", "message", "expected", "actual", "facts", "start", "end"),
        "what must add up in each report, and from one year's to the next",
    ),
    "balance": _Command(
        _analyze,
        _balance_record,
        _balance_text,
        ("naive", "adjusted", "low", "high", "n", "few", "interpretation_clauses", "news_clauses"),
        "policy interpretation against routine news",
    ),
    "normalize": _Command(
        _normalize,
        _normalize_record,
        _normalize_text,
        ("source", "target", "count"),
        "the text in mainland simplified script, every change accounted for",
    ),
}  # fmt: skip
