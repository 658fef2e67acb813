"""The command line: arguments → one call each → print. Heavy modules are imported where a command needs them."""

from __future__ import annotations

import argparse
import io
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from zhgovtext import __version__
from zhgovtext.errors import InputError, ZhgovtextError

if TYPE_CHECKING:
    from zhgovtext.report import Report

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
        return 2 if error.code in ("min_probability",) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zhgovtext",
        description="Text analysis of Chinese government disclosure reports (政府信息公开工作年度报告).",
        epilog="Example: zhgovtext summary report.txt    zhgovtext facts *.txt --format csv > facts.csv",
    )
    parser.add_argument("--version", action="version", version=f"zhgovtext {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for name, (_, _, purpose) in _COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        command.add_argument("files", nargs="+", metavar="FILE", help="a report (.txt, .md), or - for standard input")
        command.add_argument(
            "--format", choices=FORMATS, default="table", help="table for people, the others for programs (UTF-8)"
        )
        command.add_argument("--lang", choices=("zh", "en"), default=None, help="labels; by default as the locale says")
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
    as_record, as_text, _ = _COMMANDS[options.command]
    language = options.lang or _locale_language()
    write = {"table": _write_tables, "json": _write_json, "jsonl": _write_jsonl, "csv": _write_csv}[options.format]
    failed = False

    def results() -> Iterator[tuple[str, Report | None, dict[str, Any]]]:
        nonlocal failed
        for name, report, error in _analyze_each(options):
            if report is not None:
                yield name, report, as_record(report, options, language)
            elif error is not None:
                failed = True
                print(f"zhgovtext: {error}", file=sys.stderr, flush=True)
                yield name, None, _failure(name, error)

    write(results(), lambda report: as_text(report, options, language), options.command)
    return 1 if failed else 0


def _analyze_each(
    options: argparse.Namespace,
) -> Iterator[tuple[str, Report | None, ZhgovtextError | None]]:
    from zhgovtext.readers import printable
    from zhgovtext.report import analyze

    for file in options.files:
        try:
            yield printable(file), analyze(file, min_probability=options.min_probability), None
        except InputError as error:
            yield printable(file), None, error


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


Results = Iterable[tuple[str, "Report | None", dict[str, Any]]]


def _write_tables(results: Results, as_text: Callable[[Report], str], _command: str) -> None:
    first = True
    for _, report, _ in results:
        if report is not None:
            print(("" if first else "\n") + as_text(report), flush=True)
            first = False


def _write_json(results: Results, _as_text: Callable[[Report], str], _command: str) -> None:
    import json

    print("[", end="")
    for at, (_, _, record) in enumerate(results):
        print(",\n" if at else "\n", json.dumps(record, ensure_ascii=False), sep="", end="")
    print("\n]")


def _write_jsonl(results: Results, _as_text: Callable[[Report], str], _command: str) -> None:
    import json

    for _, _, record in results:
        print(json.dumps(record, ensure_ascii=False), flush=True)


def _write_csv(results: Results, _as_text: Callable[[Report], str], command: str) -> None:
    import csv

    columns = _CSV_COLUMNS[command]
    writer = csv.writer(sys.stdout)
    writer.writerow(("file", *columns))
    for name, report, record in results:
        if report is None:
            continue
        for row in _csv_rows(command, record):
            writer.writerow([_harmless(name), *(_harmless(row.get(column)) for column in columns)])


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    if isinstance(value, dict):
        return " ".join(f"{key}={part}" for key, part in value.items())
    return value


_CSV_COLUMNS = {
    "summary": ("category", "label", "sentences", "chars", "share", "low", "high"),
    "keywords": ("term", "score", "count"),
    "categories": ("id", "section", "start", "end", "category", "probability", "runner_up", "text"),
    "facts": (
        "indicator", "dimensions", "subject", "value", "value_high", "unit", "period", "cumulative", "qualifier",
        "scope", "state", "source", "start", "end", "quote",
    ),
    "balance": ("naive", "adjusted", "low", "high", "n", "few", "interpretation_clauses", "news_clauses"),
}  # fmt: skip


def _csv_rows(command: str, record: dict[str, Any]) -> list[dict[str, Any]]:
    if command == "balance":
        balance = record["balance"]
        clauses = {f"{kind}_clauses": balance[kind]["clauses"] for kind in ("interpretation", "news")}
        return [{**balance["text_share"], **clauses}]
    key = {"summary": "category_shares", "categories": "sentences"}.get(command, command)
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


_COMMANDS: dict[
    str,
    tuple[
        Callable[[Report, argparse.Namespace, str], dict[str, Any]],
        Callable[[Report, argparse.Namespace, str], str],
        str,
    ],
] = {
    "summary": (_summary_record, _summary_text, "keywords and categories of each report, for people"),
    "keywords": (_keywords_record, _keywords_text, "the words that set each report apart"),
    "categories": (_categories_record, _categories_text, "every sentence with its disclosure category"),
    "facts": (_facts_record, _facts_text, "every figure with its unit, indicator and place"),
    "balance": (_balance_record, _balance_text, "policy interpretation against routine news"),
}
