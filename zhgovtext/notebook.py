"""What a notebook shows of a `Report` or a `Corpus`: a small fragment of HTML in Chinese and English that needs nothing
else. What a report has of HTML is text in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from zhgovtext.document import SURROGATE, Document, Table
from zhgovtext.errors import InputError
from zhgovtext.facts import Fact
from zhgovtext.keyness import Keyword
from zhgovtext.labels import load_colours, load_labels
from zhgovtext.markup import visible
from zhgovtext.metadata import Meta
from zhgovtext.resources import data_path
from zhgovtext.shares import Balance, CategoryShare
from zhgovtext.verdicts import Check

_TERMS = 12
_CHECKS = 5
_YEARS = 30
_TABLES = ("sections", "sentences", "facts", "checks", "keywords", "terms")
_LONG = 120
_STATUSES = {"mismatch": "#b3261e", "unknown": "#8a6420", "ok": "#1c6b3a"}
# A card of its own colours, which are right in dark notebooks too.
_CARD = (
    "background:#fff;color:#1c2430;border:1px solid #d5d9df;border-radius:6px;padding:12px 16px;max-width:760px;"
    "font:13px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif;text-align:left"
)
_CELL = "border:0;padding:1px 8px 1px 0;background:#fff;color:#1c2430;font-size:13px"
_HEAD = "font-weight:600;margin:10px 0 3px"


class Shown(Protocol):
    """What is shown of a report: a `Report`."""

    @property
    def document(self) -> Document: ...
    @property
    def meta(self) -> Meta: ...
    @property
    def facts(self) -> tuple[Fact, ...]: ...
    @property
    def checks(self) -> tuple[Check, ...]: ...
    @property
    def tables(self) -> tuple[Table, ...]: ...
    @property
    def balance(self) -> Balance: ...

    def category_shares(self, *, language: str = "zh", intervals: bool = True) -> tuple[CategoryShare, ...]: ...
    def keywords(self, n: int = 20) -> list[Keyword]: ...


class Answer(Protocol):
    """Rows: of DuckDB."""

    def fetchall(self) -> list[tuple[object, ...]]: ...


class Queried(Protocol):
    """What is shown of a corpus: a `Corpus`."""

    @property
    def path(self) -> str: ...

    def sql(self, query: str) -> Answer: ...


def report_fragment(report: Shown) -> str:
    """Head, numbers, categories, checks, balance and keywords of a report.

    >>> from zhgovtext import analyze_text
    >>> "<script>" in report_fragment(analyze_text("<script>一、概述\\n收到申请3件。"))
    False
    """
    meta = report.meta
    head = f"{meta.agency or ''} {meta.year or ''}".strip() or meta.title or report.document.name
    about = [report.document.name, meta.region, _label(f"level.{meta.level}"), _label(f"regime.{meta.regime}")]
    shares = report.category_shares(intervals=False)
    named = sum(fact.indicator is not None for fact in report.facts)
    numbers = [
        ("note.sentences", str(sum(share.sentences for share in shares))),
        ("note.figures", str(len(report.facts))),
        ("note.named", str(named)),
        ("note.tables", str(len(report.tables))),
    ]
    return _card(
        _title(head),
        _small(" · ".join(part for part in about if part)),
        _numbers(numbers),
        _heading("note.categories"),
        _categories(report),
        _heading("note.checks"),
        _checks(report.checks),
        _heading("note.balance"),
        _balance(report.balance),
        _heading("note.keywords"),
        _small(" · ".join(keyword.term for keyword in report.keywords(_TERMS)) or _says("note.none")),
    )


def corpus_fragment(corpus: Queried) -> str:
    """How many reports a corpus has, by status and year, of how many agencies, and the rows of its tables."""
    title = _title(f"{_says('note.corpus')} {corpus.path}")
    try:
        statuses = {str(name): _count(n) for name, n in corpus.sql(
            "SELECT status, count(*) FROM reports GROUP BY status ORDER BY status"
        ).fetchall()}  # fmt: skip
        (agencies,) = corpus.sql("SELECT count(DISTINCT agency) FROM reports WHERE status = 'ok'").fetchall()[0]
        years = corpus.sql(
            "SELECT year, count(*) FROM reports WHERE status = 'ok' GROUP BY year ORDER BY year NULLS LAST"
        ).fetchall()
        tables = [(name, *corpus.sql(f"SELECT count(*) FROM {name}").fetchall()[0]) for name in _TABLES]
    except InputError as error:
        return _card(title, _small(f"{_says('note.closed')}: {error.message}"))
    numbers = [("note.reports", str(sum(statuses.values())))]
    numbers += [(f"note.{name}", str(statuses[name])) for name in ("ok", "failed", "removed") if name in statuses]
    numbers.append(("note.agencies", str(agencies)))
    return _card(
        title,
        _numbers(numbers),
        _heading("note.years"),
        _years([(year, _count(n)) for year, n in years]),
        _heading("note.rows"),
        _small(" · ".join(f"{name} {_count(n):,}" for name, n in tables)),
    )


def _count(number: object) -> int:
    return number if isinstance(number, int) else 0


# Parts ----------------------------------------------------------------------------------------------------------------


def _categories(report: Shown) -> str:
    zh, en = (report.category_shares(language=language, intervals=False) for language in ("zh", "en"))
    most = max((share.share or 0.0 for share in zh), default=0.0)
    if not most:
        return _small(_says("note.none"))
    colours = load_colours()
    return _bars(
        (
            f"{one.label} {_faint(other.label)}",
            (one.share or 0.0) / most,
            colours[at % len(colours)],
            f"{one.share or 0.0:.1%}",
        )
        for at, (one, other) in enumerate(zip(_clean(zh), _clean(en), strict=True))
        if one.sentences
    )


def _clean(shares: Sequence[CategoryShare]) -> list[CategoryShare]:
    """Shares whose labels are HTML."""
    return [replace(share, label=_text(share.label)) for share in shares]


def _years(years: Sequence[tuple[object, int]]) -> str:
    if not years:
        return _small(_says("note.none"))
    shown, rest = years[-_YEARS:], years[:-_YEARS]
    most = max(n for _, n in shown)
    bars = _bars(
        (_text(_says("note.undated") if year is None else str(year)), n / most, load_colours()[2], f"{n:,}")
        for year, n in shown
    )
    return bars + (_small(_says("note.more", n=len(rest))) if rest else "")


def _checks(checks: Sequence[Check]) -> str:
    if not checks:
        return _small(_says("note.none"))
    labels = load_labels()
    counts = {status: sum(check.status == status for check in checks) for status in _STATUSES}
    said = " · ".join(
        f'<span style="color:{colour}">{" ".join(labels[f"status.{status}"])} <b>{counts[status]}</b></span>'
        for status, colour in _STATUSES.items()
        if counts[status]
    )
    wrong = [check for check in checks if check.status == "mismatch"]
    items = "".join(
        f"<li>{_text(_short(check.message_zh))} {_faint(_text(_short(check.message)))}</li>"
        for check in wrong[:_CHECKS]
    )
    more = f"<li>{_text(_says('note.more', n=len(wrong) - _CHECKS))}</li>" if len(wrong) > _CHECKS else ""
    listed = f'<ul style="margin:2px 0 0 18px;padding:0">{items}{more}</ul>' if items else ""
    return f"<div>{said}</div>{listed}"


def _balance(balance: Balance) -> str:
    if balance.naive is None:
        return _small(_says("note.no_balance"))
    share = balance.naive if balance.adjusted is None else balance.adjusted
    interval = ""
    line = ""
    if balance.low is not None and balance.high is not None:
        interval = f" [{balance.low:.0%}, {balance.high:.0%}]"
        width = max(balance.high - balance.low, 0.004)
        line = (
            f'<div style="position:absolute;top:5px;height:4px;left:{balance.low:.1%};width:{width:.1%};'
            'background:#8fa3c8"></div>'
        )
    place = f"top:1px;height:12px;width:4px;left:{min(share, 0.985):.1%}"
    dot = f'<div style="position:absolute;{place};background:#12356b"></div>'
    bar = f'<div style="position:relative;height:14px;width:260px;background:#eef0f3">{line}{dot}</div>'
    few = f" · {' '.join(load_labels()['balance.few'])}" if balance.few else ""
    return f"{bar}{_small(f'{share:.0%}{interval} · n={balance.n}{few}')}"


def _bars(rows: Iterable[tuple[str, float, str, str]]) -> str:
    """A table of bars: label (HTML), length from 0 to 1, colour, value."""
    lines = "".join(
        f'<tr style="background:#fff"><td style="{_CELL};text-align:left;white-space:nowrap">{label}</td>'
        f'<td style="{_CELL};width:220px">'
        f'<div style="height:10px;width:{max(length, 0.005):.1%};background:{colour}"></div></td>'
        f'<td style="{_CELL};text-align:right">{value}</td></tr>'
        for label, length, colour, value in rows
    )
    return f'<table style="border-collapse:collapse;margin:0;border:0"><tbody>{lines}</tbody></table>'


def _card(*parts: str) -> str:
    return SURROGATE.sub("\ufffd", f'<div style="{_CARD}">{"".join(parts)}</div>')


def _title(text: str) -> str:
    return f'<div style="font-size:16px;font-weight:650">{_text(_short(text))}</div>'


def _heading(key: str) -> str:
    zh, en = _pair(key)
    return f'<div style="{_HEAD}">{_text(zh)} {_faint(_text(en))}</div>'


def _numbers(numbers: Sequence[tuple[str, str]]) -> str:
    told = "".join(
        f'<span style="display:inline-block;margin:6px 18px 0 0"><b style="font-size:16px">{_text(value)}</b> '
        f"{_text(_pair(key)[0])} {_faint(_text(_pair(key)[1]))}</span>"
        for key, value in numbers
    )
    return f"<div>{told}</div>"


def _small(text: str) -> str:
    return f"<div>{_text(text)}</div>"


def _faint(html: str) -> str:
    return f'<span style="color:#5f6875;font-size:12px">{html}</span>'


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def _text(text: str) -> str:
    return visible(text)


def _label(key: str) -> str:
    pair = load_labels().get(key)
    return " ".join(pair) if pair else ""


def _pair(key: str) -> tuple[str, str]:
    return load_labels(data_path("plots", "labels.tsv"))[key]


def _says(key: str, **filled: object) -> str:
    return " ".join(text.format(**filled) for text in _pair(key))
