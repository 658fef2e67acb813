"""Key word in context: every place of a term, with what stands around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhgovtext.dictionary import Normalizable, find_term
from zhgovtext.errors import OptionError

_BLANK = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Concordance:
    """One place of a term: ``[start, end)`` of the text as read, and what stands there, before and after.

    White space other than spaces is shown as a space, character for character: `left` ends at `start`, `right` begins
    at `end`.
    """

    left: str
    term: str
    right: str
    start: int
    end: int


def kwic(source: Normalizable | str, term: str, *, width: int = 20) -> list[Concordance]:
    """Places of a term in a report (or a string), in the order of the text, with `width` characters on either side.

    The term is looked for in the normalised text, tables and headings included: simplified finds traditional, and the
    other way about. A ``*`` stands for none to four letters, digits or Chinese characters. Places do not overlap.
    Raises `OptionError` for a term that is empty or a ``*`` alone, and for a negative width.

    >>> [(c.left, c.term, c.right, c.start) for c in kwic("依法主動公開信息。", "主动公*", width=3)]
    [('依法', '主動公開信息', '。', 2)]
    """
    if width < 0:
        raise OptionError("width", f"a width of {width} was given", hint="give a whole number from 0 up")
    text = source if isinstance(source, str) else source.normalized.source
    return [
        Concordance(
            _line(text[max(0, start - width) : start]),
            _line(text[start:end]),
            _line(text[end : end + width]),
            start,
            end,
        )
        for start, end in find_term(source, term)
    ]


def _line(text: str) -> str:
    return _BLANK.sub(" ", text)
