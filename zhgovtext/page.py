"""A report as one HTML page that stands alone: text, categories, figures, checks, each with its place in the text.

The page is made of the record of a report (`Report.to_dict` with its text) and of ``data/page/``: templates, style,
script, and what it says in two languages. It loads nothing and runs no script but its own: a policy in its head (CSP)
names style and script by their hashes. The same record makes the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from zhgovtext.classification import Coder, Evidence, neighbours
from zhgovtext.codebook import Codebook
from zhgovtext.concordance import Concordance
from zhgovtext.document import SURROGATE
from zhgovtext.errors import DataError, OptionError
from zhgovtext.features import join
from zhgovtext.panel import load_columns
from zhgovtext.resources import data_path, read_text, rows
from zhgovtext.script import Normalized
from zhgovtext.segmentation import Tokens
from zhgovtext.structure import Layout
from zhgovtext.verdicts import Check

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

LANGUAGES = ("zh", "en")
Record = Mapping[str, Any]
# In Chinese and in English.
Pair = tuple[str, str]

_FILLED = re.compile(r"\{[a-z]+\}")
_COLOUR = re.compile("[0-9a-f]{6}")
# Characters that mean something in HTML, or would act unseen: controls, and marks that turn the direction of writing.
_SPECIAL = re.compile("[&<>\"'\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;"}
_IN_SCRIPT = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
_LANGUAGE_TAGS = {"hans": "zh-Hans", "hant": "zh-Hant", "hant-tw": "zh-Hant-TW", "hant-hk": "zh-Hant-HK"}
_STATUSES = ("mismatch", "unknown", "ok")
# How a reader sees that a value is not exact.
_BEFORE = {"about": "≈ ", "more_than": "> ", "less_than": "< "}
# A longer line is laid out in parts. So many characters together are drawn only when they come into sight, in a text
# that is long.
_LINE = 6_000
_BLOCK = 6_000
_LONG = 100_000
# So much white space may stand beside a heading that has a line to itself.
_MARGIN = 100
# To tell which terms decided so many characters may be coded, and of a single sentence that share of them at most; what
# weighs less changes nothing to be seen.
_SCORED = 2_000_000
_SINGLE = 20
_LEAST = 20
_PARTS = 3
_TERMS = 4
_SLIGHT = 0.05
# The strip has a cell a sentence, or so many cells; a sign stands in what is wider than so many per cent of it.
_CELLS = 600
_WIDE = 2.4
# In the strip a table stands beside categories, whose codes begin with a letter.
_TABLE = "#"
_BARS = (("bar", "share"), ("from", "low"), ("to", "high"))
# First parts of the keys of labels that the script shows.
_SCRIPTED = {"panel", "part", "fact", "scope", "source", "state"}
# What may stand behind a title and still is of the heading; so many characters longer than its title a heading may be.
_STOPS = "。．.：:；; \t\u3000"
_SLACK = 12
# How much of a long list stands in the page.
_MOST_FACTS = 1000
_MOST_LINKS = 24
_MOST_CLAUSES = 20
_MOST_CONTEXTS = 12
_MOST_SECTIONS = 200
_CONTEXT_WIDTH = 24


class Shown(Protocol):
    """What a page is made of: a `Report`."""

    @property
    def normalized(self) -> Normalized: ...
    @property
    def layout(self) -> Layout: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def probabilities(self) -> npt.NDArray[np.float64]: ...
    @property
    def checks(self) -> tuple[Check, ...]: ...
    @property
    def codebook(self) -> Codebook: ...
    @property
    def coder(self) -> Coder: ...
    @property
    def context(self) -> bool: ...

    def to_dict(self, *, text: bool = False) -> dict[str, Any]: ...
    def kwic(self, term: str, *, width: int = 20) -> list[Concordance]: ...


def report_page(report: Shown, *, language: str = "zh") -> str:
    """The page of a report, in `language` (``zh`` or ``en``) first; a button of the page changes it.

    Raises `OptionError` for another language.

    >>> from zhgovtext import analyze_text
    >>> page = report_page(analyze_text("一、概述\\n全年主动公开<b>12</b>条。"))
    >>> page[:15], "公开&lt;b&gt;" in page
    ('<!doctype html>', True)
    """
    _check_language(language)
    record = report.to_dict(text=True)
    return record_page(
        record,
        report.codebook,
        language=language,
        messages=[(check.message_zh, check.message) for check in report.checks],
        reasons=find_reasons(report),
        contexts={word["term"]: report.kwic(word["term"], width=_CONTEXT_WIDTH) for word in record["keywords"]},
    )


def record_page(
    record: Record,
    codebook: Codebook,
    *,
    language: str = "zh",
    messages: Sequence[Pair] = (),
    reasons: Mapping[int, Sequence[Evidence]] | None = None,
    contexts: Mapping[str, Sequence[Concordance]] | None = None,
) -> str:
    """The page of a record with its text. `messages` of its checks are in Chinese and English, `reasons` the terms
    that decided by sentence, `contexts` the places of keywords; what is not given is not shown."""
    _check_language(language)
    page = _Page(record, codebook, language, messages, reasons or {}, contexts or {})
    return SURROGATE.sub("\ufffd", _environment().get_template("report.html").render(page.view()))


def write_page(page: str, path: str | Path) -> None:
    """Write a page, whole or not at all; `DataError` when it cannot be written."""
    partial = Path(f"{path}.partial")
    try:
        partial.write_text(page, encoding="utf-8", newline="")
        partial.replace(path)
    except OSError as error:
        hint = "choose a file in a folder that exists, with room on its disk"
        raise DataError("unwritable", f"cannot be written: {error.strerror}", path=str(path), hint=hint) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise OptionError("language", f"{language!r} is no language of the page", hint="choose zh or en")


# What decided ---------------------------------------------------------------------------------------------------------


def find_reasons(report: Shown, *, max_chars: int = _SCORED) -> dict[int, tuple[Evidence, ...]]:
    """The terms that decided, by sentence, as `explain` finds them, for many sentences at once: what spoke for the
    category first, then what spoke for the runner-up, the strongest of each.

    Every word is left out in turn, and the sentence is coded again. That is done for one sentence after the other
    until so many characters were coded (`max_chars`), and not for a sentence that alone would take a great part of
    them.

    >>> from zhgovtext import analyze_text
    >>> find_reasons(analyze_text("重大行政决策草案在网上公开征求意见。"))[0][0].text
    '重大行政决策'
    """
    layout = report.layout
    low, high = (np.searchsorted(report.tokens.starts, borders) for borders in (layout.starts, layout.ends))
    # Short sentences, and those without words, are not for nothing.
    costs = (layout.ends - layout.starts + _LEAST) * (high - low + _PARTS)
    bearable = np.flatnonzero(costs <= max_chars // _SINGLE)
    told = bearable[np.cumsum(costs[bearable]) <= max_chars].tolist()
    if not told:
        return {}
    trial = _Trial(report, told)
    odds = trial.odds()
    found: list[list[Evidence]] = [[] for _ in told]
    for variant, weight in zip(trial.variants, odds[trial.owners] - odds[len(told) :], strict=True):
        if abs(weight) >= _SLIGHT:
            found[variant.owner].append(Evidence(variant.text, variant.part, float(weight)))
    return {unit: _strongest(terms) for unit, terms in zip(told, found, strict=True)}


def _strongest(terms: Sequence[Evidence]) -> tuple[Evidence, ...]:
    ranked = sorted(terms, key=lambda term: -abs(term.weight))
    spoke_for = [term for term in ranked if term.weight > 0][:_TERMS]
    return (*spoke_for, *[term for term in ranked if term.weight < 0][:_TERMS])


class _Variant(NamedTuple):
    """A unit without one of its words, headings or neighbours: `text` is what is left out, `part` what it is of,
    `owner` the place of the unit among those told; the others are rows of what is scored."""

    owner: int
    part: str
    text: str
    own: int
    before: int
    after: int


class _Trial:
    """The units `told` of a report, and each again without every part of it in turn."""

    def __init__(self, report: Shown, told: Sequence[int]) -> None:
        self._report = report
        self._neighbours = neighbours(report.layout.sections)[1:]
        self._units = told
        self._rows: dict[tuple[str, tuple[str, ...]], int] = {}
        self._told = [
            self._variant(owner, "", "", self._text(unit), self._path(unit)) for owner, unit in enumerate(told)
        ]
        self.variants = [variant for owner in range(len(told)) for variant in self._without(owner)]
        self.owners = np.array([variant.owner for variant in self.variants], dtype=np.int64)

    def _text(self, unit: int) -> str:
        layout = self._report.layout
        return self._report.normalized.text[layout.starts[unit] : layout.ends[unit]]

    def _path(self, unit: int) -> tuple[str, ...]:
        return self._report.layout.path(int(self._report.layout.sections[unit])) if self._report.context else ()

    def _beside(self, unit: int) -> list[int]:
        """The units before and after one, -1 for none."""
        return [int(places[unit]) if self._report.context else -1 for places in self._neighbours]

    def _variant(
        self, owner: int, part: str, left_out: str, text: str, path: tuple[str, ...], *, without: int = -1
    ) -> _Variant:
        """A unit of this `text` under this `path`, `without` the neighbour before (0) or after it (1)."""
        rows_ = [
            self._row(self._text(unit), path) if unit >= 0 and side != without else -1
            for side, unit in enumerate(self._beside(self._units[owner]))
        ]
        return _Variant(owner, part, left_out, self._row(text, path), *rows_)

    def _row(self, text: str, path: tuple[str, ...]) -> int:
        return self._rows.setdefault((text, path), len(self._rows))

    def _words(self, unit: int) -> list[str]:
        tokens, layout = self._report.tokens, self._report.layout
        low, high = np.searchsorted(tokens.starts, [layout.starts[unit], layout.ends[unit]])
        return [word for word in dict.fromkeys(tokens.words[low:high]) if any(map(str.isalnum, word))]

    def _without(self, owner: int) -> Iterator[_Variant]:
        unit = self._units[owner]
        text, path = self._text(unit), self._path(unit)
        for word in self._words(unit):
            rest = text.replace(word, "")
            if rest.strip():
                yield self._variant(owner, "text", word, rest, path)
        for at, heading in enumerate(path):
            yield self._variant(owner, "heading", heading, text, (*path[:at], *path[at + 1 :]))
        for side, (part, other) in enumerate(zip(("before", "after"), self._beside(unit), strict=True)):
            if other >= 0:
                yield self._variant(owner, part, self._text(other), text, path, without=side)

    def odds(self) -> npt.NDArray[np.float64]:
        """Log odds between category and runner-up of each unit told, then of each variant."""
        every = [*self._told, *self.variants]
        known = self._probabilities(every)
        order = np.argsort(-self._report.probabilities[self._units], axis=1, kind="stable")[:, :2]
        pairs = order[[variant.owner for variant in every]]
        logs = np.log(np.maximum(known, 1e-12))
        places = np.arange(len(every))
        result: npt.NDArray[np.float64] = logs[places, pairs[:, 0]] - logs[places, pairs[:, 1]]
        return result

    def _probabilities(self, every: Sequence[_Variant]) -> npt.NDArray[np.float64]:
        coder = self._report.coder
        text, starts, ends = join([words for words, _ in self._rows])
        places: dict[tuple[str, ...], int] = {}
        path_of = np.array(
            [places.setdefault(path, len(places)) if path else -1 for _, path in self._rows], dtype=np.int64
        )
        scores = coder.score(text, starts, ends, paths=list(places), path_of=path_of)
        own, before, after = np.array([variant[3:] for variant in every], dtype=np.int64).T
        return coder.weigh(scores, own, before, after) if self._report.context else coder.alone(scores[own])


# What the page says ---------------------------------------------------------------------------------------------------


@cache
def load_labels(path: Path | None = None) -> dict[str, Pair]:
    """The labels of ``data/page/labels.tsv``, key → Chinese and English; `DataError` names the line of a key that
    stands twice, of an empty label, of languages that fill in different names.

    >>> load_labels()["status.ok"]
    ('相符', 'in order')
    """
    path = path or data_path("page", "labels.tsv")
    labels: dict[str, Pair] = {}
    for line, row in rows(path, ("key", *LANGUAGES)):
        problem = ""
        if row["key"] in labels:
            problem = f"has the key {row['key']!r} twice"
        elif not all(row.values()):
            problem = "has an empty cell"
        elif sorted(_FILLED.findall(row["zh"])) != sorted(_FILLED.findall(row["en"])):
            problem = "fills in different names in its two languages"
        if problem:
            raise _wrong(problem, path, line)
        labels[row["key"]] = (row["zh"], row["en"])
    return labels


@cache
def load_colours(path: Path | None = None) -> tuple[str, ...]:
    """The colours of ``data/page/colours.tsv``; `DataError` names the line of one that is none."""
    path = path or data_path("page", "colours.tsv")
    found = []
    for line, row in rows(path, ("colour",)):
        if not _COLOUR.fullmatch(row["colour"]):
            raise _wrong(f"has the colour {row['colour']!r}: write six digits, 0-9 and a-f", path, line)
        found.append("#" + row["colour"])
    return tuple(found)


def make_tags(codebook: Codebook) -> list[Pair]:
    """A short sign for each category in Chinese and English, no two alike: those of ``data/page/tags.tsv`` where it
    knows all categories, else from label and code.

    >>> from zhgovtext import load_codebook
    >>> make_tags(load_codebook())[:2]
    [('决', 'Dec'), ('执', 'Exe')]
    """
    shipped = rows(data_path("page", "tags.tsv"), ("code", *LANGUAGES))
    known = {row["code"]: (row["zh"], row["en"]) for _, row in shipped}
    if set(codebook.codes) <= set(known):
        return [known[code] for code in codebook.codes]
    chinese = _signs([category.zh for category in codebook.categories], 1)
    english = _signs([category.code.title() for category in codebook.categories], 3)
    return list(zip(chinese, english, strict=True))


def _signs(names: Sequence[str], length: int) -> list[str]:
    """For each name a part of it that no name before has taken, the one whose characters fewest names share; a number
    where all are taken.

    >>> _signs(["公开决策", "公开执行", "公开"], 1), _signs(["Open", "Opening", "Open"], 3)
    (['决', '执', '公'], ['Ope', 'pen', '3'])
    """
    shared = Counter(char for name in names for char in set(name))
    signs: list[str] = []
    for at, name in enumerate(names, 1):
        parts = [name[place : place + length] for place in range(max(len(name) - length, 0) + 1)]
        if length == 1:
            parts.sort(key=lambda part: shared[part])
        signs.append(next((part for part in parts if part.isalnum() and part not in signs), str(at)))
    return signs


def _wrong(problem: str, path: Path, line: int) -> DataError:
    return DataError("row", problem, path=str(path), place=f"line {line}", hint="mend the line")


@cache
def _indicators() -> dict[str, Pair]:
    """What each indicator is called."""
    named: dict[str, Pair] = {}
    for column in load_columns():
        if column.indicator:
            named.setdefault(column.indicator, (column.zh, column.en))
    return named


# HTML -----------------------------------------------------------------------------------------------------------------


def visible(text: str) -> str:
    r"""A text as HTML that shows it: markup is text, and a character that would act unseen is named and kept apart.

    HTML has no NUL: U+FFFD stands for it.

    >>> visible("<b>\u202e")
    '&lt;b&gt;<bdi class="u" data-u="U+202E">\u202e</bdi>'
    """
    return _SPECIAL.sub(_seen, text)


def _seen(match: re.Match[str]) -> str:
    char = match[0]
    if char in _ENTITIES:
        return _ENTITIES[char]
    kept = "\ufffd" if char == "\0" else char
    return f'<bdi class="u" data-u="U+{ord(char):04X}">{kept}</bdi>'


def attribute(text: str) -> str:
    """A text for an attribute of HTML, which has no elements: unseen characters are named.

    >>> attribute('a"\\x00')
    'a&quot;U+0000'
    """
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], f"U+{ord(match[0]):04X}"), text)


def in_script(value: object) -> str:
    """JSON that may stand in a ``<script>``: nothing in it ends the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)


def in_style(text: str) -> str:
    r"""A string of CSS: every character by its number, so that nothing in it ends the string or the element.

    >>> in_style("<决")
    '"\\3c \\51b3 "'
    """
    return '"' + "".join(f"\\{ord(char):x} " for char in text) + '"'


def source_hash(text: str) -> str:
    """What a policy (CSP) calls a style or a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    """The templates of ``data/page/``: all that is put into them is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def both(pair: Pair, **filled: object) -> Markup:
        """A label in both languages; the page shows that of its own."""
        zh, en = (_fill(label, filled) for label in pair)
        if zh == en:
            return Markup(visible(zh))
        return Markup(f'<span class="zh" lang="zh">{visible(zh)}</span><span class="en" lang="en">{visible(en)}</span>')

    labels = load_labels()
    environment = Environment(
        loader=FileSystemLoader(data_path("page")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = lambda text: Markup(visible(text))
    environment.filters["attribute"] = lambda text: Markup(attribute(text))
    environment.filters["percent"] = lambda share: "–" if share is None else f"{share:.1%}"
    environment.filters["both"] = both
    environment.globals["t"] = lambda key, **filled: both(labels[key], **filled)
    environment.globals["pair"] = labels.__getitem__
    return environment


def _fill(label: str, filled: Mapping[str, object]) -> str:
    return label.format(**filled) if filled else label


# The text, woven ------------------------------------------------------------------------------------------------------


class Span(NamedTuple):
    """A stretch of the text with an element of its own. Those of lower `rank` are outside those of higher."""

    start: int
    end: int
    rank: int
    id: str
    attributes: str


class Weaver:
    """A text with spans that nest or cross, made into HTML piece by piece, from its start to its end.

    An element that a border of another one cuts is closed and opened again: the first has the span's id, the others
    name it (``data-of``).
    """

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        self._text = text
        self._waiting = sorted(spans, key=lambda span: (-span.start, span.end, -span.rank))
        self._active: list[Span] = []
        self._begun: set[str] = set()

    def piece(self, start: int, end: int) -> str:
        """HTML of ``text[start:end]``; pieces must follow each other. Spans that begin in between belong to the next
        one."""
        parts: list[str] = []
        open_: list[Span] = []
        at = start
        while at < end or at == start:
            empty = self._advance(at)
            wanted = sorted(self._active, key=lambda span: (span.rank, span.start, -span.end))
            same = 0
            while same < min(len(open_), len(wanted)) and open_[same] is wanted[same]:
                same += 1
            parts += ["</span>"] * (len(open_) - same)
            parts += map(self._open, wanted[same:])
            parts += [self._open(span) + "</span>" for span in empty]
            open_ = wanted
            stop = min([end, *(span.end for span in self._active)])
            if self._waiting:
                stop = min(stop, self._waiting[-1].start)
            parts.append(visible(self._text[at:stop]))
            if stop <= at:
                break
            at = stop
        parts += ["</span>"] * len(open_)
        return "".join(parts)

    def rest(self) -> str:
        """Elements of the spans that no piece held."""
        left = "".join(self._open(span) + "</span>" for span in reversed(self._waiting))
        self._waiting.clear()
        return left

    def _advance(self, at: int) -> list[Span]:
        """Let spans end and begin at `at`; those of no length that stand there."""
        self._active = [span for span in self._active if span.end > at]
        empty: list[Span] = []
        while self._waiting and self._waiting[-1].start <= at:
            span = self._waiting.pop()
            (self._active if span.end > at else empty).append(span)
        return empty

    def _open(self, span: Span) -> str:
        name = "data-of" if span.id in self._begun else "id"
        self._begun.add(span.id)
        return f'<span {name}="{span.id}" {span.attributes}>'


class _Lines:
    """The text as blocks: lines, headings and tables, in the order of the text, nothing left out."""

    def __init__(self, record: Record, spans: Iterable[Span], headings: Sequence[tuple[int, int]]) -> None:
        self._text: str = record["text"]
        self._levels = [section["level"] for section in record["sections"]]
        # A heading with a line to itself is a block, any other a span like others.
        self._alone: dict[int, int] = {}
        inline: list[Span] = []
        # What is no grid of cells one after the other stays the text that it is.
        self._grids: list[tuple[int, Record]] = []
        before = 0
        for at, table in enumerate(record["tables"]):
            if before <= table["start"] and _is_grid(table):
                self._grids.append((at, table))
                before = table["end"]
            else:
                inline.append(Span(table["start"], table["end"], 0, f"t{at}", 'class="e"'))
        for at, (start, end) in enumerate(headings):
            line = self._own_line(start, end)
            if line is not None:
                self._alone[line] = at
            else:
                attributes = f'class="h" role="heading" aria-level="{min(self._levels[at] + 2, 6)}"'
                inline.append(Span(start, end, 0, f"h{at}", attributes))
        self._weaver = Weaver(self._text, [*spans, *inline])
        self._ends = [sentence["end"] for sentence in record["sentences"]]

    def html(self) -> str:
        """All of it, in blocks that a long text's page draws when they come into sight."""
        parts = ['<div class="b">']
        size = 0
        for start, end, block in self._blocks():
            if size >= _BLOCK:
                parts.append('</div><div class="b">')
                size = 0
            parts.append(block)
            size += end - start
        return "".join([*parts, self._weaver.rest(), "</div>"])

    def _own_line(self, start: int, end: int) -> int | None:
        """Where the line begins that a heading has to itself, but for a little white space; null where it has none."""
        low, high = max(start - _MARGIN, 0), min(end + _MARGIN, len(self._text))
        begin = self._text.rfind("\n", low, start) + 1
        stop = self._text.find("\n", end, high)
        if (not begin and low) or (stop < 0 and high < len(self._text)) or "\n" in self._text[start:end]:
            return None
        beside = self._text[begin:start] + self._text[end : high if stop < 0 else stop]
        return None if beside.strip() else begin

    def _blocks(self) -> Iterator[tuple[int, int, str]]:
        at = 0
        for number, table in self._grids:
            yield from self._lines(at, table["start"])
            at = table["end"]
            yield table["start"], at, self._table(number, table)
        yield from self._lines(at, len(self._text))

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        while start < end:
            stop = self._text.find("\n", start, end) + 1 or end
            if start in self._alone:
                number = self._alone[start]
                name = f"h{min(self._levels[number] + 2, 6)}"
                yield start, stop, f'<{name} class="h" id="h{number}">{self._weaver.piece(start, stop)}</{name}>'
            else:
                yield from self._paragraph(start, stop)
            start = stop

    def _paragraph(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """A line, in parts where it is so long that a browser would be slow with it."""
        kind = "" if self._text[start:end].strip() else ' class="z"'
        while end - start > _LINE:
            after = bisect_right(self._ends, start + _LINE // 2)
            stop = self._ends[after] if after < len(self._ends) else start + _LINE
            stop = stop if start < stop <= start + _LINE else start + _LINE
            yield start, stop, f"<p{kind}>{self._weaver.piece(start, stop)}</p>"
            start, kind = stop, ' class="k"'
        if start < end:
            yield start, end, f"<p{kind}>{self._weaver.piece(start, end)}</p>"

    def _table(self, number: int, table: Record) -> str:
        """A table with its merged cells; what stands between cells (tabs, bars) is there and not seen."""
        zh, en = (f"{label} {number + 1}" for label in load_labels()["table"])
        named = f'role="region" aria-label="{zh}" data-zh="{zh}" data-en="{en}"'
        parts = [f'<div class="box" id="t{number}" tabindex="0" {named}><table class="r"><tbody>']
        at = table["start"]
        seen: set[tuple[int, int]] = set()
        for row in table["rows"]:
            parts.append("<tr>")
            for cell in row:
                place = (cell["start"], cell["end"])
                merged = cell["rowspan"] > 1 or cell["colspan"] > 1
                if merged and place in seen:
                    continue
                seen.add(place)
                between = self._between(at, cell["start"])
                size = "".join(f' {name}="{cell[name]}"' for name in ("rowspan", "colspan") if cell[name] > 1)
                kind = ' class="n"' if _is_figure(cell["text"]) else ""
                parts.append(f"<td{size}{kind}>{between}{self._weaver.piece(*place)}</td>")
                at = cell["end"]
            parts.append("</tr>")
        parts.append(f"</tbody></table>{self._between(at, table['end'])}</div>")
        return "".join(parts)

    def _between(self, start: int, end: int) -> str:
        return f'<span class="g">{visible(self._text[start:end])}</span>' if start < end else ""


def _is_grid(table: Record) -> bool:
    """Whether the cells of a table stand in it one after the other."""
    at, seen = table["start"], set()
    for cell in (cell for row in table["rows"] for cell in row):
        place = (cell["start"], cell["end"])
        if (cell["rowspan"] > 1 or cell["colspan"] > 1) and place in seen:
            continue
        seen.add(place)
        if cell["start"] < at:
            return False
        at = cell["end"]
    return bool(at <= table["end"])


def _is_figure(text: str) -> bool:
    return 0 < len(text) <= 12 and text.strip("0123456789.,%-+/—－ ") == ""


# The parts of the page ------------------------------------------------------------------------------------------------


class _Page:
    """What the templates show of a record."""

    def __init__(
        self,
        record: Record,
        codebook: Codebook,
        language: str,
        messages: Sequence[Pair],
        reasons: Mapping[int, Sequence[Evidence]],
        contexts: Mapping[str, Sequence[Concordance]],
    ) -> None:
        self.record = record
        self.text: str = record["text"]
        self.language = language
        self.messages = messages or [(check["message"], check["message"]) for check in record["checks"]]
        self.reasons = reasons
        self.contexts = contexts
        self.tags = make_tags(codebook)
        self.names: list[Pair] = [(category.zh, category.en) for category in codebook.categories]
        self.places = {code: at for at, code in enumerate(codebook.codes)}
        self.labels = load_labels()

    def view(self) -> dict[str, Any]:
        """All that the templates name."""
        from markupsafe import Markup

        record = self.record
        style = read_text(data_path("page", "page.css")) + self._style()
        script = read_text(data_path("page", "page.js"))
        lines = _Lines(record, self._spans(), self.headings)
        return {
            "language": self.language,
            "text_language": _LANGUAGE_TAGS.get(record["meta"]["script"], "zh"),
            "style": Markup(style),
            "script": Markup(script),
            "policy": f"style-src '{source_hash(style)}'; script-src '{source_hash(script)}'",
            "data": Markup(in_script(self._data())),
            "record": record,
            "meta": record["meta"],
            "coverage": self._coverage(),
            "categories": [
                {"at": at, "name": name, "tag": tag}
                for at, (name, tag) in enumerate(zip(self.names, self.tags, strict=True))
            ],
            "shares": self._shares(),
            "strip": self._strip(),
            "is_coarse": len(record["sentences"]) > _CELLS,
            "outline": self._outline(),
            "outline_all": sum(section["level"] <= 2 for section in record["sections"]),
            "lines": Markup(lines.html()),
            "is_long": len(self.text) > _LONG,
            "explained": len(self.reasons),
            "checks": self._checks(),
            "balance": self._balance(),
            "keywords": self._keywords(),
            "facts": [self._fact(at) for at in range(min(len(record["facts"]), _MOST_FACTS))],
            "tables": self._tables(),
            "notes": [self._note(at, note) for at, note in enumerate(record["notes"])],
        }

    def _style(self) -> str:
        """Colour and sign of each category, and how the legend switches it off. The clear colours of a dark screen are
        mixed from the same."""
        colours = load_colours()
        lines = []
        for at, (zh, en) in enumerate(self.tags):
            colour = colours[at % len(colours)]
            lines += [
                f".c{at}{{--c:{colour}}}",
                f"@media screen and (prefers-color-scheme:dark){{.c{at}{{--c:color-mix(in oklab,{colour},#fff 35%)}}}}",
                f":is(.s,.tag).c{at}::before{{content:{in_style(zh)}}}",
                f":root[data-lang=en] :is(.s,.tag).c{at}::before{{content:{in_style(en)}}}",
                f".x{at} .s.c{at}{{background:none}}.x{at} .s.c{at}::before{{content:none!important}}",
            ]
        for kind in ("interpretation", "news"):
            zh, en = self.labels["mark." + kind]
            lines += [
                f".clauses .t{kind[0]}::after{{content:{in_style(zh)}}}",
                f":root[data-lang=en] .clauses .t{kind[0]}::after{{content:{in_style(en)}}}",
            ]
        return "\n".join(lines)

    def _spans(self) -> Iterator[Span]:
        """Everything in the text that has an element of its own, but for headings."""
        record = self.record
        for sentence in record["sentences"]:
            kind = f"s c{self.places[sentence['category']]}" if sentence["category"] else "s none"
            yield Span(sentence["start"], sentence["end"], 1, f"s{sentence['id']}", f'class="{kind}" tabindex="-1"')
        for kind in ("interpretation", "news"):
            for at, (start, end) in enumerate(record["balance"][kind]["spans"]):
                yield Span(start, end, 2, f"t{kind[0]}{at}", f'class="t t{kind[0]}"')
        for at, fact in enumerate(record["facts"]):
            title = attribute(self._title(fact))
            kind = "f" if fact["indicator"] else "f q"
            yield Span(fact["start"], fact["end"], 3, f"f{at}", f'class="{kind}" title="{title}"')
        for letter, found in (("k", record["checks"]), ("n", record["notes"])):
            for at, item in enumerate(found):
                if item.get("start") is not None and item.get("end") is not None:
                    yield Span(item["start"], item["end"], 4, f"{letter}{at}", 'class="e"')

    @cached_property
    def headings(self) -> list[tuple[int, int]]:
        """Where each heading stands: as far as its title goes, and where that is not found as printed (other script,
        white space), to the end of its line or to what begins in that line after it."""
        starts = sorted(item["start"] for key in ("sentences", "sections") for item in self.record[key])
        found = []
        for section in self.record["sections"]:
            start, title = section["start"], section["title"]
            # A heading that is a unit too begins where that does.
            after = bisect_right(starts, start)
            end = min([section["end"], start + len(section["number"] + title) + _SLACK, *starts[after : after + 1]])
            line = self.text.find("\n", start, end)
            end = end if line < 0 else line
            printed = self.text.find(title, start, end)
            if printed >= 0:
                rest = self.text[printed + len(title) : end]
                end -= len(rest.lstrip(_STOPS))
            found.append((start, start + len(self.text[start:end].rstrip())))
        return found

    # head

    def _coverage(self) -> dict[str, Any]:
        record = self.record
        sentences, unread = record["sentences"], self._unread
        return {
            "sentences": len(sentences),
            "coded": sum(sentence["category"] is not None for sentence in sentences),
            "chars": len(self.text),
            "inside": sum(sentence["end"] - sentence["start"] for sentence in sentences),
            "tables": len(record["tables"]),
            "read": sum(table["start"] not in unread for table in record["tables"]),
            "facts": len(record["facts"]),
            "named": sum(fact["indicator"] is not None for fact in record["facts"]),
            "checks": Counter(check["status"] for check in record["checks"]),
        }

    @cached_property
    def _unread(self) -> set[int]:
        """Where the tables begin that were not read."""
        return {note["start"] for note in self.record["notes"] if note["code"] == "table_unread"}

    # categories

    def _shares(self) -> list[dict[str, Any]]:
        found = self.record["category_shares"]
        most = max((share["high"] or share["share"] or 0.0 for share in found), default=0.0) or 1.0
        return [
            {
                **share,
                "at": self.places[share["category"]],
                "name": self.names[self.places[share["category"]]],
                **{name: round(100 * (share[key] or 0.0) / most, 2) for name, key in _BARS},
            }
            for share in found
        ]

    def _strip(self) -> list[dict[str, Any]]:
        """Cells of the strip: where they begin and how wide they are in per cent, what they lead to, and the sign that
        stands in the middle of neighbours of one category where they are wide enough for it."""
        record, size = self.record, len(self.text)
        cells = [(item["start"], item["end"], item["category"] or "", f"s{item['id']}") for item in record["sentences"]]
        if len(cells) > _CELLS:
            cells = _coarse(cells, size)
        tables = [(table["start"], table["end"], _TABLE, f"t{at}") for at, table in enumerate(record["tables"])]
        found: list[dict[str, Any]] = []
        for kind, alike in groupby(sorted((*cells, *tables)), key=lambda cell: cell[2]):
            group = list(alike)
            low, high = (100 * at / size for at in (group[0][0], group[-1][1]))
            sign = self._sign(kind) if high - low > _WIDE else None
            for start, end, _, href in group:
                found.append(
                    {
                        "x": round(100 * start / size, 3),
                        "width": round(100 * (end - start) / size, 3),
                        "kind": "tb" if kind == _TABLE else f"c{self.places[kind]}" if kind else "none",
                        "name": self.labels["table"] if kind == _TABLE else self._name(kind),
                        "href": href,
                    }
                )
            found[-1].update(sign=sign, middle=round((low + high) / 2, 2))
        return found

    def _sign(self, kind: str) -> Pair | None:
        return self.labels["table"] if kind == _TABLE else self.tags[self.places[kind]] if kind else None

    def _name(self, category: str) -> Pair:
        return self.names[self.places[category]] if category else self.labels["uncoded"]

    # text

    def _outline(self) -> list[dict[str, Any]]:
        sections = [section for section in self.record["sections"] if section["level"] <= 2]
        return [
            {
                "id": section["id"],
                "level": section["level"],
                "title": _short(self.text[slice(*self.headings[section["id"]])], width=60),
            }
            for section in sections[:_MOST_SECTIONS]
        ]

    def _place(self, at: int) -> str:
        """The id of what holds a place of the text: a sentence, a table, or the heading above."""
        for letter, starts, found in self._landmarks:
            before = bisect_right(starts, at) - 1
            if before >= 0 and (letter == "h" or at < found[before]["end"]):
                return f"{letter}{found[before].get('id', before)}"
        return "text"

    @cached_property
    def _landmarks(self) -> list[tuple[str, list[int], Sequence[Record]]]:
        kinds = (("s", "sentences"), ("t", "tables"), ("h", "sections"))
        return [(letter, [item["start"] for item in self.record[key]], self.record[key]) for letter, key in kinds]

    # figures

    def _title(self, fact: Record) -> str:
        at = LANGUAGES.index(self.language)
        parts = (self._indicator(fact)[at], self._value(fact)[at], fact["unit"] or "")
        return " ".join(filter(None, parts))

    def _indicator(self, fact: Record) -> Pair:
        code = fact["indicator"]
        if code is None:
            return self.labels["fact.none"]
        return _indicators().get(code, (code, code))

    def _value(self, fact: Record) -> Pair:
        if fact["value"] is None:
            return self.labels["state." + fact["state"]]
        value = _BEFORE.get(fact["qualifier"] or "", "") + _number(fact["value"])
        if fact["value_high"] is not None:
            value += "–" + _number(fact["value_high"])
        return value, value

    def _dimensions(self, fact: Record) -> list[Pair]:
        """What a figure is broken down by: the applicant, or labels of the report."""
        return [
            self.labels.get(f"{name}.{value}", (value, value)) for name, value in sorted(fact["dimensions"].items())
        ]

    def _fact(self, at: int) -> dict[str, Any]:
        fact = self.record["facts"][at]
        return {
            **fact,
            "at": at,
            "name": self._indicator(fact),
            "shown": self._value(fact),
            "more": [(fact["subject"], fact["subject"])] * bool(fact["subject"]) + self._dimensions(fact),
            "quote": " ".join(fact["quote"].split()),
        }

    # checks

    def _checks(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {status: [] for status in _STATUSES}
        for at, (check, message) in enumerate(zip(self.record["checks"], self.messages, strict=True)):
            facts = [fact for fact in check["facts"] if isinstance(fact, int)]
            found[check["status"]].append(
                {
                    **check,
                    "at": at,
                    "message": message,
                    "facts": [self._fact(fact) for fact in facts[:_MOST_LINKS]],
                    "left": max(len(facts) - _MOST_LINKS, 0),
                    "has_place": check.get("start") is not None,
                }
            )
        return found

    # balance

    def _balance(self) -> dict[str, Any]:
        balance = self.record["balance"]
        sides = {}
        for kind in ("interpretation", "news"):
            spans = balance[kind]["spans"]
            sides[kind] = {
                "clauses": [
                    {"href": f"t{kind[0]}{at}", "text": " ".join(self.text[start:end].split())}
                    for at, (start, end) in enumerate(spans[:_MOST_CLAUSES])
                ],
                "count": len(spans),
                "left": max(len(spans) - _MOST_CLAUSES, 0),
            }
        stated = [(kind, _number(value)) for kind, value in balance["items"].items() if value is not None]
        return {**balance, "sides": sides, "stated": stated}

    # keywords, tables, notes

    def _keywords(self) -> list[dict[str, Any]]:
        return [
            {
                **word,
                "lines": [
                    {"left": line.left, "term": line.term, "right": line.right, "href": self._place(line.start)}
                    for line in self.contexts.get(word["term"], ())[:_MOST_CONTEXTS]
                ],
                "left": max(len(self.contexts.get(word["term"], ())) - _MOST_CONTEXTS, 0),
            }
            for word in self.record["keywords"]
        ]

    def _tables(self) -> list[dict[str, Any]]:
        starts = [fact["start"] for fact in self.record["facts"]]
        return [
            {
                "at": at,
                "caption": table["caption"],
                "rows": len(table["rows"]),
                "columns": max((len(row) for row in table["rows"]), default=0),
                "unread": table["start"] in self._unread,
                "facts": bisect_right(starts, table["end"]) - bisect_left(starts, table["start"]),
            }
            for at, table in enumerate(self.record["tables"])
        ]

    def _note(self, at: int, note: Record) -> dict[str, Any]:
        known = self.labels.get("note." + note["code"], (note["message"], note["message"]))
        return {"message": known, "href": None if note["start"] is None else f"n{at}"}

    # what the script shows

    def _data(self) -> dict[str, Any]:
        """Categories, sentences, figures and labels for the panel, as short as they can be."""
        kinds: dict[str | None, int] = {}
        facts = [
            [
                kinds.setdefault(fact["indicator"], len(kinds)),
                self._value(fact)[0] if fact["value"] is not None else None,
                fact["unit"],
                fact["period"],
                fact["scope"],
                fact["source"],
                fact["state"],
                int(fact["cumulative"]),
                fact["subject"],
                self._dimensions(fact),
            ]
            for fact in self.record["facts"]
        ]
        return {
            "categories": [[*name, *tag] for name, tag in zip(self.names, self.tags, strict=True)],
            "sentences": [self._sentence(sentence) for sentence in self.record["sentences"]],
            "facts": facts,
            "indicators": [self._indicator({"indicator": code}) for code in kinds],
            "labels": {key: pair for key, pair in self.labels.items() if key.split(".")[0] in _SCRIPTED},
        }

    def _sentence(self, sentence: Record) -> list[Any]:
        """Probability, runner-up, and the terms that decided where they are known."""
        found: list[Any] = [
            round(sentence["probability"], 3),
            self.places.get(sentence["runner_up"], -1),
        ]
        if sentence["id"] in self.reasons:
            found.append(
                [[_short(term.text), term.part, round(term.weight, 2)] for term in self.reasons[sentence["id"]]]
            )
        return found


def _coarse(cells: Sequence[tuple[int, int, str, str]], size: int) -> list[tuple[int, int, str, str]]:
    """Fewer cells: in each the category that has most of its characters, and the first sentence that begins in it."""
    found = []
    for place, group in groupby(cells, key=lambda cell: cell[0] * _CELLS // size):
        inside = list(group)
        chars: Counter[str] = Counter()
        for start, end, kind, _ in inside:
            chars[kind] += end - start
        start = inside[0][0]
        end = max(start + 1, min(inside[-1][1], (place + 1) * size // _CELLS))
        found.append((start, end, chars.most_common(1)[0][0], inside[0][3]))
    return found


def _number(value: float) -> str:
    return f"{value:,}"


def _short(text: str, *, width: int = 40) -> str:
    """A text on one line, cut where it is longer than `width`."""
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
