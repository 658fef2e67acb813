"""A report as one HTML page that stands alone: text, categories, figures, checks, each with its place in the text.

The page is made of the record of a report (`Report.to_dict` with its text) and of ``data/page/``: templates, style,
script, and what it says in two languages. It loads nothing and runs no script but its own: a policy in its head (CSP)
names style and script by their hashes. The same record makes the same bytes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from zhgovtext.classification import Evidence
from zhgovtext.codebook import Codebook
from zhgovtext.concordance import Concordance
from zhgovtext.document import SURROGATE
from zhgovtext.files import write_whole
from zhgovtext.labels import (
    LANGUAGES,
    Pair,
    check_language,
    load_colours,
    load_indicator_names,
    load_labels,
    make_tags,
)
from zhgovtext.markup import attribute, in_script, in_style, load_templates, source_hash
from zhgovtext.reasons import Coded, find_reasons
from zhgovtext.resources import data_path, read_text
from zhgovtext.verdicts import Check
from zhgovtext.weaving import Lines, Record, Span

_LANGUAGE_TAGS = {"hans": "zh-Hans", "hant": "zh-Hant", "hant-tw": "zh-Hant-TW", "hant-hk": "zh-Hant-HK"}
_STATUSES = ("mismatch", "unknown", "ok")
# How a reader sees that a value is not exact.
_BEFORE = {"about": "≈ ", "more_than": "> ", "less_than": "< "}
# A text that is longer is drawn as it comes into sight.
_LONG = 100_000
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


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the page of a report stands in a site: the files of style and script that it shares with others, as links
    from there, and the page of its agency."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    agency: str | None = None


class Shown(Coded, Protocol):
    """What a page is made of: a `Report`."""

    @property
    def checks(self) -> tuple[Check, ...]: ...
    @property
    def codebook(self) -> Codebook: ...

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
    check_language(language)
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
    shelf: Shelf | None = None,
) -> str:
    """The page of a record with its text. `messages` of its checks are in Chinese and English, `reasons` the terms
    that decided by sentence, `contexts` the places of keywords; what is not given is not shown. On a `shelf` the page
    does not stand alone."""
    check_language(language)
    page = _Page(record, codebook, language, messages, reasons or {}, contexts or {})
    head = site_head(shelf) if shelf else page_head(read_text(data_path("page", "page.css")) + category_style(codebook))
    return render("report.html", {**head, **page.view(), "language": language, "shelf": shelf})


def page_head(style: str) -> dict[str, Any]:
    """What a page that stands alone holds: style, script, and the policy that lets in these and nothing else."""
    from markupsafe import Markup

    script = read_text(data_path("page", "page.js"))
    policy = f"style-src '{source_hash(style)}'; script-src '{source_hash(script)}'"
    return {"style": Markup(style), "script": Markup(script), "policy": policy, "styles": (), "scripts": ()}


def site_head(shelf: Shelf) -> dict[str, Any]:
    """The same of a page in a site, whose files are beside it: on a disk, or on one server."""
    policy = "style-src 'self' file:; script-src 'self' file:"
    return {"style": "", "script": "", "policy": policy, "styles": shelf.styles, "scripts": shelf.scripts}


def render(template: str, view: Mapping[str, Any]) -> str:
    """A template of ``data/page/`` filled in; what no file can hold is replaced."""
    return SURROGATE.sub("\ufffd", load_templates().get_template(template).render(view))


def category_style(codebook: Codebook) -> str:
    """Colour and sign of each category, and how the legend switches it off; the clear colours of a dark screen are
    mixed from the same."""
    colours, labels = load_colours(), load_labels()
    lines = []
    for at, (zh, en) in enumerate(make_tags(codebook)):
        colour = colours[at % len(colours)]
        lines += [
            f".c{at}{{--c:{colour}}}",
            f"@media screen and (prefers-color-scheme:dark){{.c{at}{{--c:color-mix(in oklab,{colour},#fff 35%)}}}}",
            f":is(.s,.tag).c{at}::before{{content:{in_style(zh)}}}",
            f":root[data-lang=en] :is(.s,.tag).c{at}::before{{content:{in_style(en)}}}",
            f".x{at} .s.c{at}{{background:none}}.x{at} .s.c{at}::before{{content:none!important}}",
        ]
    for kind in ("interpretation", "news"):
        zh, en = labels["mark." + kind]
        lines += [
            f".clauses .t{kind[0]}::after{{content:{in_style(zh)}}}",
            f":root[data-lang=en] .clauses .t{kind[0]}::after{{content:{in_style(en)}}}",
        ]
    return "\n".join(lines)


def write_page(page: str, path: str | Path) -> None:
    """Write a page, whole or not at all; `DataError` when it cannot be written."""
    write_whole(path, page.encode())


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
        lines = Lines(record, self._spans(), self.headings)
        return {
            "text_language": _LANGUAGE_TAGS.get(record["meta"]["script"], "zh"),
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
        return load_indicator_names().get(code, (code, code))

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
