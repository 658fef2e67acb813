"""What the command line shows to people, in their language."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from zhgovtext.errors import DataError

LANGUAGES = ("zh", "en")
_FILLED = re.compile(r"\{[a-z]+\}")


class Listing(NamedTuple):
    """A command as help lists it: its group, its purpose, and where its `Command` is (module and name)."""

    group: str
    purpose: str
    home: str


@cache
def load_texts(language: str) -> dict[str, str]:
    """The shipped ``data/cli/texts.tsv`` in one of `LANGUAGES`, key → text; `DataError` names the line of a repeated
    key, of an empty text, of languages that fill in different names."""
    return {row["key"]: row[language] for row in _pairs("texts.tsv", "key")}


@cache
def load_phrases(name: str) -> dict[str, str]:
    """A shipped table of whole phrases, English → Chinese; what stands between braces is filled in."""
    return {row["en"]: row["zh"] for row in _pairs(name)}


@cache
def load_commands(language: str) -> dict[str, Listing]:
    """Every command, in the order in which help lists them."""
    columns = _pairs("commands.tsv", "command", "group", "home")
    return {row["command"]: Listing(row["group"], row[language], row["home"]) for row in columns}


def load_examples(command: str, language: str) -> list[tuple[str, str]]:
    """Command lines that work, each with what it does."""
    rows = _pairs("examples.tsv", "line")
    return [(row["line"], row[language]) for row in rows if row["line"].split()[1] == command]


def _pairs(name: str, *keys: str) -> Iterator[dict[str, str]]:
    """Rows with the columns `keys`, ``en`` and ``zh``; the first column stands for the row."""
    from zhgovtext.resources import data_path, rows

    path, seen = data_path("cli", name), set()
    for line, row in rows(path, (*keys, "en", "zh")):
        key = next(iter(row.values()))
        problem = ""
        if key in seen:
            problem = f"has the key {key!r} twice"
        elif not all(row.values()):
            problem = "has an empty cell"
        elif sorted(_FILLED.findall(row["en"])) != sorted(_FILLED.findall(row["zh"])):
            problem = "fills in different names in its two languages"
        if problem:
            raise DataError("row", problem, path=str(path), place=f"line {line}", hint="mend the line")
        seen.add(key)
        yield row


def translate(message: str, language: str) -> str:
    """A message of the program or of argparse in `language`; as it is where ``data/cli/messages.tsv`` lacks it.

    >>> translate("there is no such file", "zh")
    '没有这个文件'
    >>> translate("argument -n: expected one argument", "zh")
    '-n：需要一个值'
    """
    if language == "en" or not message:
        return message
    phrases = load_phrases("messages.tsv")
    if message in phrases:
        return phrases[message]
    for english, chinese in phrases.items():
        filled = _filled(english, message)
        if filled is not None:
            # A message within a message.
            inner = {name: translate(text, language) if name == "message" else text for name, text in filled.items()}
            return chinese.format(**inner)
    return message


def _filled(template: str, message: str) -> dict[str, str] | None:
    """What stands in `message` where `template` has names between braces; None where it says something else.

    >>> _filled("line {n}: {what}", "line 7: is empty")
    {'n': '7', 'what': 'is empty'}
    """
    first, *fixed = _FILLED.split(template)
    if not fixed or not message.startswith(first):
        return None
    found, at = [], len(first)
    for number, part in enumerate(fixed, 1):
        last = number == len(fixed)
        end = message.find(part, at) if part and not last else len(message) - len(part)
        if end < at or not message.startswith(part, end):
            return None
        found.append(message[at:end])
        at = end + len(part)
    names = (name[1:-1] for name in _FILLED.findall(template))
    return dict(zip(names, found, strict=True))


def asked_language(arguments: Sequence[str]) -> str:
    """The language that the arguments of a command line ask for, else the user's own."""
    for at, argument in enumerate(arguments):
        given = "".join(arguments[at + 1 : at + 2]) if argument == "--lang" else argument.removeprefix("--lang=")
        if argument.startswith("--lang") and given in LANGUAGES:
            return given
    return locale_language()


def locale_language() -> str:
    """The language of the user's locale, English where it is neither."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    if sys.platform == "win32":
        import locale

        return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
    return "en"
