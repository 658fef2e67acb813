"""What the command line shows to people, in their language."""

from __future__ import annotations

import os
import re
import sys
from functools import cache

from zhgovtext.errors import DataError

LANGUAGES = ("zh", "en")
_FILLED = re.compile(r"\{[a-z]+\}")


@cache
def load_texts(language: str) -> dict[str, str]:
    """The shipped ``data/cli/texts.tsv`` in one of `LANGUAGES`, key → text; `DataError` names the line of a repeated
    key, of an empty text, of languages that fill in different names."""
    from zhgovtext.resources import data_path, rows

    path = data_path("cli", "texts.tsv")
    texts: dict[str, str] = {}
    for line, row in rows(path, ("key", "en", "zh")):
        problem = ""
        if row["key"] in texts:
            problem = f"has the key {row['key']!r} twice"
        elif not all(row.values()):
            problem = "has an empty cell"
        elif sorted(_FILLED.findall(row["en"])) != sorted(_FILLED.findall(row["zh"])):
            problem = "fills in different names in its two languages"
        if problem:
            raise DataError("row", problem, path=str(path), place=f"line {line}", hint="mend the line")
        texts[row["key"]] = row[language]
    return texts


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
