"""Codebooks: which categories there are, what they mean, what they are called. A user's file has the same form."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, read_text

_CODE = re.compile("[a-z][a-z0-9_]*")
_HEADER = re.compile(r"\s*\[\[\s*category\s*\]\]\s*(#.*)?$")
_TEXTS = ("code", "zh", "en", "definition", "includes", "excludes")
_LISTS = ("cues", "examples")


@dataclass(frozen=True, slots=True)
class Category:
    """One category: `code` for programs, `zh` and `en` labels for people, what it takes in and leaves out, words that
    speak for it and sentences that belong to it."""

    code: str
    zh: str
    en: str
    definition: str
    includes: str = ""
    excludes: str = ""
    cues: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Codebook:
    """Categories in the order in which people read them; `ties`, in the order in which they are tried, and `settled`
    cases decide between them. `source` is the file's text, `sha256` that of the text."""

    name: str
    version: str
    unit: str
    categories: tuple[Category, ...]
    sha256: str
    ties: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    source: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(category.code for category in self.categories)

    def __getitem__(self, code: str) -> Category:
        """The category with `code`; KeyError when there is none."""
        for category in self.categories:
            if category.code == code:
                return category
        raise KeyError(code)


def load_codebook(path: str | Path | None = None) -> Codebook:
    """A codebook file (TOML), by default the shipped one of disclosure categories.

    The file has ``name``, ``version``, ``unit`` and a ``[[category]]`` table each with ``code`` (lower-case
    letters, digits, ``_``), ``zh``, ``en``, ``definition`` and, if wanted, ``includes``, ``excludes`` and the lists
    ``cues`` and ``examples``; ``ties`` and ``settled`` are lists of rules before the first of them. Raises `DataError`
    naming the line.

    >>> book = load_codebook()
    >>> len(book.categories), book["decision"].zh
    (17, '决策公开')
    """
    return _load(Path(path)) if path else _shipped()


@cache
def _shipped() -> Codebook:
    return _load(data_path("codebook", "disclosure.toml"))


def _load(path: Path) -> Codebook:
    text = read_text(path)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits and a list in a thousand lists are no TOMLDecodeError.
        hint = "see https://toml.io; texts stand between quotation marks"
        raise DataError("syntax", f"is no TOML: {error}", path=str(path), hint=hint) from error
    for key in ("name", "version", "unit"):
        if not isinstance(content.get(key), str):
            raise DataError("field", f"has no {key}", path=str(path), hint=f'add a line {key} = "…"')
    tables = content.get("category")
    if not isinstance(tables, list) or len(tables) < 2:
        raise DataError("field", "has fewer than two categories", path=str(path), hint="add [[category]] tables")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    categories: list[Category] = []
    for at, table in enumerate(tables):
        # Tables written inline have no line of their own.
        line = f"line {lines[at]}" if len(lines) == len(tables) else f"category {at + 1}"
        category = _category(table, str(path), line)
        if category.code in {known.code for known in categories}:
            raise DataError(
                "duplicate",
                f"has the code {category.code!r} twice",
                path=str(path),
                place=line,
                hint="each category needs a code of its own",
            )
        categories.append(category)
    digest = hashlib.sha256(text.encode()).hexdigest()
    ties, settled = (_strings(content, field, str(path), "") for field in ("ties", "settled"))
    return Codebook(
        content["name"], content["version"], content["unit"], tuple(categories), digest, ties, settled, text
    )


def _category(table: Any, path: str, place: str) -> Category:
    if not isinstance(table, dict):
        raise DataError("field", "has a category that is no table", path=path, place=place, hint="write [[category]]")
    unknown = sorted(set(table) - {*_TEXTS, *_LISTS})
    if unknown:
        known = ", ".join((*_TEXTS, *_LISTS))
        raise DataError("field", f"has the unknown field {unknown[0]!r}", path=path, place=place, hint=f"use {known}")
    for field in ("code", "zh", "en", "definition"):
        if not table.get(field):
            raise DataError("field", f"has a category without {field}", path=path, place=place, hint="add it")
    for field in _TEXTS:
        if not isinstance(table.get(field, ""), str):
            raise DataError("field", f"has a {field} that is no text", path=path, place=place, hint='write "…"')
    if not _CODE.fullmatch(table["code"]):
        raise DataError(
            "code", f"has the code {table['code']!r}", path=path, place=place, hint="use a-z, 0-9 and _ only"
        )
    texts = {field: table[field] for field in _TEXTS if field in table}
    cues, examples = (_strings(table, field, path, place) for field in _LISTS)
    return Category(**texts, cues=cues, examples=examples)


def _strings(table: dict[str, Any], field: str, path: str, place: str) -> tuple[str, ...]:
    values = table.get(field, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        hint = 'write ["…", "…"]'
        raise DataError("field", f"has a {field} that is no list of texts", path=path, place=place, hint=hint)
    return tuple(values)
