"""How running text words its figures: words in classes, rules over the classes, and the patterns around them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick_rs

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, read_text, rows

# Marks are words too, in classes of their own: what stands in one clause is found by walking over words.
MARKS = {
    "，": ",", ",": ",", "；": ";", ";": ";", "。": ".", "！": ".", "？": ".", "\n": ".", "\t": ".",
    "：": ":", ":": ":", "（": "(", "(": "(", "）": ")", ")": ")",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to say an indicator; `code` is null where the words say that the figure is none of them.

    `before` are classes before the figure, nearest first, each with whether it may stand apart from what follows it;
    `after` are classes one of which stands right behind the figure, `counters` the units it may have where not all of
    the indicator's; with `opens` the words begin their clause. One of
    `near` must stand before them in the sentence, or of `far` also shortly before it, or of `above` in its headings,
    or a figure of `known` have been read; with `bound` the context says as much as a word of the rule.
    """

    code: str | None
    before: tuple[tuple[frozenset[str], bool], ...]
    after: frozenset[str] | None
    counters: frozenset[str] | None
    opens: bool
    near: frozenset[str]
    far: frozenset[str]
    above: frozenset[str]
    known: frozenset[str]
    bound: bool
    years: tuple[int, int]
    dimensions: tuple[tuple[str, str], ...]

    @property
    def weight(self) -> int:
        """How much the rule says: of several that fit, the heaviest wins."""
        return len(self.before) + (self.after is not None) + self.bound

    def holds_in(self, year: int | None) -> bool:
        return year is None or self.years[0] <= year <= self.years[1]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of ``prose.toml``, each under its name there."""

    between: re.Pattern[str]
    behind: re.Pattern[str]
    ends: re.Pattern[str]
    lead: re.Pattern[str]
    subject: re.Pattern[str]
    body: re.Pattern[str]
    own: re.Pattern[str]
    whole: re.Pattern[str]
    every: re.Pattern[str]
    generic: re.Pattern[str]
    scope: re.Pattern[str]
    time: re.Pattern[str]
    clause: re.Pattern[str]
    undone: re.Pattern[str]
    compound: re.Pattern[str]
    nobody: re.Pattern[str]
    change: re.Pattern[str]
    rest: re.Pattern[str]
    rank: re.Pattern[str]
    together: re.Pattern[str]
    wide: re.Pattern[str]
    compared: re.Pattern[str]
    added: re.Pattern[str]
    dated: re.Pattern[str]
    outlook: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Implied:
    """What a figure counts by the figures before it: it adds up two of `parts` or more (合计67人), or follows one of
    them with nothing but one of the words `said` (培训5期，1300人次), counted in one of `units`."""

    code: str
    parts: frozenset[str]
    units: frozenset[str]
    said: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """An automaton over all words, the class of each, and the rules under the class right before the figure
    (`before`), right behind it (`after`), or last in a zero said in words (`zero`); `alike` are the counters that an
    indicator of a unit may also have, `sums` and `follows` what figures say by those before them."""

    automaton: ahocorasick_rs.AhoCorasick
    classes: tuple[str, ...]
    before: dict[str, tuple[Rule, ...]]
    after: dict[str, tuple[Rule, ...]]
    zero: dict[str, tuple[Rule, ...]]
    patterns: Patterns
    alike: dict[str, frozenset[str]]
    sums: tuple[Implied, ...]
    follows: tuple[Implied, ...]

    def find(self, text: str) -> tuple[list[str], list[int], list[int]]:
        """Classes, starts and ends of the words of `text`, in order; none overlaps another."""
        matches = self.automaton.find_matches_as_indexes(text)
        classes = self.classes
        return [classes[m[0]] for m in matches], [m[1] for m in matches], [m[2] for m in matches]


@cache
def load_wording() -> Wording:
    """The shipped words and rules; `DataError` names the file and line of what is wrong with them.

    >>> classes, starts, _ = load_wording().find("收到政府信息公开申请，")
    >>> classes, starts
    (['receive', 'request', ','], [0, 2, 10])
    """
    words = _words(data_path("indicators", "prose_words.tsv")) | MARKS
    known = frozenset(words.values())
    phrases = _phrases(data_path("indicators", "prose.toml"))
    path = data_path("indicators", "prose.tsv")
    tables: tuple[dict[str, list[Rule]], ...] = ({}, {}, {})
    for line, row in rows(path, ("code", "pattern", "context", "years", "dimensions")):
        rule = _rule(row, phrases.contexts, path, f"line {line}")
        used = rule.near.union(rule.above, rule.after or (), *(classes for classes, _ in rule.before))
        if not used <= known:
            unknown = min(used - known)
            raise DataError("class", f"uses the class {unknown!r} without words", path=str(path), place=f"line {line}")
        if rule.after:
            table, keys = tables[1], rule.after
        else:
            table, keys = tables[0 if "#" in row["pattern"] else 2], rule.before[0][0]
        for key in keys:
            table.setdefault(key, []).append(rule)
    before, after, zero = ({key: tuple(found) for key, found in table.items()} for table in tables)
    automaton = ahocorasick_rs.AhoCorasick(list(words), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return Wording(
        automaton,
        tuple(words.values()),
        before,
        after,
        zero,
        phrases.patterns,
        phrases.alike,
        phrases.sums,
        phrases.follows,
    )


def _words(path: Path) -> dict[str, str]:
    words: dict[str, str] = {}
    for line, row in rows(path, ("word", "class")):
        word = row["word"]
        if not word or word in words or not row["class"].isidentifier():
            raise DataError("row", f"has a bad or repeated word {word!r}", path=str(path), place=f"line {line}")
        words[word] = row["class"]
    return words


def _rule(row: dict[str, str], contexts: dict[str, str], path: Path, place: str) -> Rule:
    left, mark, right = row["pattern"].removeprefix("^").partition("#")
    elements: list[tuple[frozenset[str], bool]] = []
    apart = False
    for part in reversed(left.split()):
        if part != "…":
            elements.append((frozenset(part.split("|")), apart))
        apart = part == "…"
    low, dash, high = row["years"].partition("-")
    dated = not row["years"] or (dash and all(year.isdecimal() for year in (low, high) if year))
    pairs = tuple(tuple(pair.split("=")) for pair in row["dimensions"].split())
    paired = all(len(pair) == 2 for pair in pairs)
    counters, _, right = right.partition(" ")
    behind = frozenset(right.strip().split("|")) if right.strip() else None
    # The word nearest to the figure stands beside it, unless one behind the figure does.
    adrift = apart or (behind is None and (not elements or elements[0][1]))
    if adrift or not dated or not paired or (right and not mark):
        raise DataError("row", f"has a bad row {row['pattern']!r}", path=str(path), place=place)
    context = [word for part in row["context"].split("|") if part for word in contexts.get(part[1:], part).split("|")]
    return Rule(
        None if row["code"] == "-" else row["code"],
        tuple(elements),
        behind,
        frozenset(counters.split("|")) if counters else None,
        row["pattern"].startswith("^"),
        frozenset(word.lstrip("~!") for word in context if word[0] not in "§="),
        frozenset(word[1:] for word in context if word[0] == "~"),
        frozenset(word.lstrip("~§") for word in context if word[0] not in "!="),
        frozenset(word[1:] for word in context if word[0] == "="),
        any(word[0] == "!" for word in context),
        (int(low or 0), int(high or 9999)),
        tuple((pair[0], pair[1]) for pair in pairs),
    )


class _Phrases(NamedTuple):
    """The content of ``prose.toml``."""

    patterns: Patterns
    contexts: dict[str, str]
    alike: dict[str, frozenset[str]]
    sums: tuple[Implied, ...]
    follows: tuple[Implied, ...]


def _phrases(path: Path) -> _Phrases:
    try:
        parts: dict[str, Any] = tomllib.loads(read_text(path))
        # Alternatives that repeat never give back what they took: a search stays linear.
        repeated = {name: f"(?:{'|'.join(parts[name])})*+" for name in ("between", "behind", "lead")}
        own = f"[省市区县州镇乡]?(?:人民政府|政府)?本级(?:{parts['with_below']})?"
        body = f"{own}|[^{parts['not_body']}]{{0,30}}(?:{'|'.join(parts['body_ends'])})"
        made = ("between", "behind", "lead", "subject", "body", "time")
        patterns = Patterns(
            between=re.compile(repeated["between"]),
            behind=re.compile(repeated["behind"]),
            lead=re.compile(repeated["lead"] + repeated["between"]),
            subject=re.compile(rf"{repeated['lead']}(?P<body>{body})"),
            body=re.compile(rf"{repeated['lead']}(?P<body>{body})(?:（[^（）]{{1,12}}）)?(?:[有共为]|收到|受理)?"),
            time=re.compile(f"[{parts['time_starts']}](?:{'|'.join(parts['time'])})"),
            **{name: re.compile(parts[name]) for name in Patterns.__dataclass_fields__ if name not in made},
        )
        alike = {unit: frozenset(counters.split()) for unit, counters in parts["alike"].items()}
        contexts = {str(name): str(words) for name, words in parts["contexts"].items()}
        sums, follows = (
            tuple(
                Implied(
                    row["code"],
                    frozenset(row["parts"].split()),
                    frozenset(row["units"].split()),
                    frozenset(row.get("said", "").split("|")) | {""},
                )
                for row in parts[name]
            )
            for name in ("sums", "follows")
        )
        return _Phrases(patterns, contexts, alike, sums, follows)
    except (tomllib.TOMLDecodeError, re.error, AttributeError, KeyError, TypeError) as error:
        raise DataError("patterns", f"has no usable pattern: {error}", path=str(path)) from error
