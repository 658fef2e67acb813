"""What a page says of a report in Chinese and in English, and the colours and signs of its categories: data of
``data/page/``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from zhgovtext.codebook import Codebook
from zhgovtext.errors import DataError, OptionError
from zhgovtext.panel import load_columns
from zhgovtext.resources import data_path, rows

LANGUAGES = ("zh", "en")
# In Chinese and in English.
Pair = tuple[str, str]

_FILLED = re.compile(r"\{[a-z]+\}")
_COLOUR = re.compile("[0-9a-f]{6}")


def check_language(language: str) -> None:
    """Raises `OptionError` for what is none of `LANGUAGES`."""
    if language not in LANGUAGES:
        raise OptionError("language", f"{language!r} is no language of the page", hint="choose zh or en")


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
def load_indicator_names() -> dict[str, Pair]:
    """What each indicator is called, by its code."""
    named: dict[str, Pair] = {}
    for column in load_columns():
        if column.indicator:
            named.setdefault(column.indicator, (column.zh, column.en))
    return named
