"""What a figure can mean: codes, labels, units and the words that name them, read from ``data/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import ahocorasick_rs

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, rows

_COLUMNS = ("code", "zh", "unit", "prose", "table", "context", "zero")
_LABEL_NUMBER = re.compile(
    r"^(?:其中[:：]?)?\s*(?:[（(]?[一二三四五六七八九十\d]+[）)]?[.．、:：]?\s*)?(?:其中[:：]?)?"
)


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a figure can mean: its code, Chinese label, unit, and the words that name it."""

    code: str
    zh: str
    unit: str
    context: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicators:
    """The indicators, and automata over the words that name them."""

    by_code: dict[str, Indicator]
    prose: ahocorasick_rs.AhoCorasick
    prose_codes: tuple[str, ...]
    table: dict[str, str]
    zero: tuple[tuple[str, str], ...]


@cache
def load_indicators() -> Indicators:
    """The shipped table ``data/indicators.tsv``; `DataError` names the line of a code that stands twice or a
    word that names two indicators."""
    path = data_path("indicators.tsv")
    by_code: dict[str, Indicator] = {}
    prose: dict[str, str] = {}
    table: dict[str, str] = {}
    zero: list[tuple[str, str]] = []
    for line, row in rows(path, _COLUMNS):
        code = row["code"]
        names = {"prose": _split(row["prose"]), "table": _split(row["table"])}
        twice = [word for word in names["prose"] if word in prose] + [word for word in names["table"] if word in table]
        if code in by_code or twice:
            what = f"the code {code}" if code in by_code else f"the word {twice[0]}"
            raise DataError("duplicate", f"has {what} twice", path=str(path), place=f"line {line}")
        by_code[code] = Indicator(code, row["zh"], row["unit"], _split(row["context"]))
        prose.update(dict.fromkeys(names["prose"], code))
        table.update({bare_label(word): code for word in names["table"]})
        zero += [(word, code) for word in _split(row["zero"])]
    automaton = ahocorasick_rs.AhoCorasick(list(prose), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    zero.sort(key=lambda pair: -len(pair[0]))
    return Indicators(by_code, automaton, tuple(prose.values()), table, tuple(zero))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split("|") if word)


def bare_label(text: str) -> str:
    """A row label without numbering, 其中, brackets and white space."""
    bare = re.sub(r"\s", "", text)
    bare = re.sub(r"（[^（）]*）$|\([^()]*\)$", "", bare) or bare
    return _LABEL_NUMBER.sub("", bare)
