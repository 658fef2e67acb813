"""Rules of the accounting checks, and the words in which their verdicts are given: data, read and validated.

``data/checks/rules.tsv`` says what must add up, ``messages.tsv`` what is said of it in English and Chinese, and
``words.tsv`` what tells how figures of prose hang together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from zhgovtext.errors import DataError
from zhgovtext.indicators import load_indicators
from zhgovtext.resources import data_path, rows

_RULES = (
    "rule", "kind", "since", "until", "forms", "source", "left", "relation", "right", "closing", "severity", "en", "zh",
)  # fmt: skip
_WORD_KINDS = (
    "part", "end", "view", "verb", "outcome", "rest", "left", "person", "organisation", "body", "channel",
    "overlap", "share", "change",
)  # fmt: skip
_SEVERITIES = ("identity", "expectation")
_FORMS = frozenset(["2014", "2019", "2021"])
KINDS = (
    "sum", "columns", "cumulative", "agree", "parts", "closed", "share", "shares",
    "year", "period", "published", "numbering", "across", "growing",
)  # fmt: skip

Said = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """A code in a rule: taken off where `sign` is -1, no row of the official form where `optional`, and of the report
    before where `last`."""

    code: str
    sign: int = 1
    optional: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A line of ``data/checks/rules.tsv``, which says what the fields mean; `whole` is the side that is one figure, and
    `parts` the other. `codes` are all that stand in it; `wanted` are sets of codes of each of which one must be printed
    for the rule to be tried: the whole, or those of each side. Each rule is equal to itself only."""

    name: str
    kind: str
    since: int | None
    until: int | None
    forms: frozenset[str]
    source: str
    left: tuple[Term, ...]
    relation: str
    right: tuple[Term, ...]
    closing: frozenset[str]
    severity: str
    says: Said
    whole: Term | None
    parts: tuple[Term, ...]
    codes: frozenset[str]
    wanted: tuple[frozenset[str], ...]

    def holds_in(self, year: int | None) -> bool:
        """Whether the rule holds for a report of this year; where it is unknown, rules of all years do."""
        return year is None or (self.since or year) <= year <= (self.until or year)


@cache
def load_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """The rules of ``data/checks/rules.tsv``; `DataError` names the line of one that cannot be."""
    path = path or data_path("checks", "rules.tsv")
    found: dict[str, Rule] = {}
    for line, row in rows(path, _RULES):
        rule = _rule(row, path, line)
        if rule.name in found:
            raise _error("duplicate", f"has the rule {rule.name} twice", path, line)
        found[rule.name] = rule
    return tuple(found.values())


@lru_cache(maxsize=64)
def rules_in(year: int | None) -> tuple[Rule, ...]:
    """The rules that hold for a report of this year."""
    return tuple(rule for rule in load_rules() if rule.holds_in(year))


def _rule(row: Mapping[str, str], path: Path, line: int) -> Rule:
    kind = row["kind"]
    if kind not in KINDS:
        raise _error("kind", f"has the kind {kind}", path, line, f"one of {', '.join(KINDS)}")
    if row["severity"] not in _SEVERITIES:
        raise _error("severity", f"has the severity {row['severity']}", path, line, "identity or expectation")
    if row["source"] not in ("", "prose", "table"):
        raise _error("source", f"has the source {row['source']}", path, line, "prose, table or nothing")
    years = [row["since"], row["until"]]
    if any(year and not (year.isdecimal() and len(year) == 4) for year in years):
        raise _error("year", "has a year that is none", path, line, "write four digits, or nothing")
    forms = frozenset(row["forms"].split())
    if forms - _FORMS:
        raise _error("form", f"has the forms {row['forms']}", path, line, f"of {', '.join(sorted(_FORMS))}")
    if kind in ("sum", "across") and not (row["left"] and row["right"] and row["relation"] in ("=", ">=")):
        raise _error("relation", "is no relation", path, line, "give left, right, and = or >= between them")
    left, right = (tuple(_term(word, path, line) for word in row[side].split()) for side in ("left", "right"))
    sides = tuple(frozenset(term.code for term in side) for side in (left, right))
    whole = next((side[0] for side in (left, right) if len(side) == 1), None)
    if not row["en"] or not row["zh"]:
        raise _error("message", "has no message", path, line, "say in en and zh what must hold")
    since, until = (int(year) if year else None for year in years)
    return Rule(
        row["rule"],
        kind,
        since,
        until,
        forms,
        row["source"],
        left,
        row["relation"],
        right,
        frozenset(_term(word, path, line).code for word in row["closing"].split()),
        row["severity"],
        (row["en"], row["zh"]),
        whole,
        max(left, right, key=len),
        sides[0] | sides[1],
        (frozenset([whole.code]),) if whole else sides,
    )


def _term(word: str, path: Path, line: int) -> Term:
    code = word.removeprefix("-").removesuffix("?").removesuffix("@last")
    if code not in load_indicators().by_code:
        raise _error("unknown_code", f"has the code {code}, which indicators.tsv lacks", path, line)
    return Term(code, -1 if word[0] == "-" else 1, word.endswith("?"), word.endswith("@last"))


@cache
def load_messages(path: Path | None = None) -> Mapping[str, Said]:
    """The messages of ``data/checks/messages.tsv``; `DataError` names the line of one that is there twice."""
    path = path or data_path("checks", "messages.tsv")
    found: dict[str, Said] = {}
    for line, row in rows(path, ("key", "en", "zh")):
        if row["key"] in found:
            raise _error("duplicate", f"has the message {row['key']} twice", path, line)
        found[row["key"]] = (row["en"], row["zh"])
    return found


@cache
def load_words(path: Path | None = None) -> Mapping[str, tuple[str, ...]]:
    """The words of ``data/checks/words.tsv`` by kind; `DataError` names the line of an unknown kind.

    >>> load_words()["part"]
    ('其中',)
    """
    path = path or data_path("checks", "words.tsv")
    found: dict[str, list[str]] = {kind: [] for kind in _WORD_KINDS}
    for line, row in rows(path, ("kind", "word")):
        if row["kind"] not in found:
            raise _error("kind", f"has the kind {row['kind']}", path, line, f"one of {', '.join(_WORD_KINDS)}")
        found[row["kind"]].append(row["word"])
    return {kind: tuple(sorted(words, key=lambda word: -len(word))) for kind, words in found.items()}


def _error(code: str, message: str, path: Path, line: int, hint: str = "") -> DataError:
    return DataError(code, message, path=str(path), place=f"line {line}", hint=hint)


def say(key: str, **filled: object) -> Said:
    """A message in both languages; what is filled in may be in both, too."""
    en, zh = load_messages()[key]
    english, chinese = dict(filled), dict(filled)
    for name, value in filled.items():
        if isinstance(value, tuple):
            english[name], chinese[name] = value
    return en.format_map(english), zh.format_map(chinese)


def sum_of(code: str, year: int | None) -> Rule | None:
    """The rule that says what a code is the sum of in a report of this year."""
    return next((rule for rule in load_sums().get(code, ()) if rule.holds_in(year)), None)


@cache
def load_sums() -> Mapping[str, tuple[Rule, ...]]:
    """Rules that say what a code is the sum of, by the code."""
    found: dict[str, list[Rule]] = {}
    for rule in load_rules():
        if rule.kind == "sum" and rule.relation == "=" and rule.whole is not None:
            found.setdefault(rule.whole.code, []).append(rule)
    return {code: tuple(some) for code, some in found.items()}


@lru_cache(maxsize=256)
def made_of(rule: Rule) -> frozenset[str]:
    """The codes of which one must be printed for the parts of a rule to be known: those of the parts, and those that
    they are in turn the sums of."""
    found: set[str] = set()
    left = [term.code for term in rule.parts]
    while left:
        code = left.pop()
        if code not in found:
            found.add(code)
            left += [term.code for under in load_sums().get(code, ()) for term in under.parts]
    return frozenset(found)


@cache
def load_halves() -> frozenset[tuple[str | None, str | None]]:
    """Pairs of a figure and the part of it that a rule allows no more than all of it."""
    return frozenset(
        (rule.left[0].code, rule.right[0].code)
        for rule in load_rules()
        if rule.kind == "sum" and rule.relation == ">=" and len(rule.left) == len(rule.right) == 1
    )
