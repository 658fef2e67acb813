"""Errors of the package: each says what happened, where, and what to do about it."""

from __future__ import annotations


class ZhgovtextError(Exception):
    """Base of every error the package raises on purpose.

    `code` is a short stable name (``"empty"``, ``"encoding"`` …) that programs can test; `path` names the
    file, `place` the line or offset in it, `hint` what to do next. Each may be empty.

    >>> print(InputError("empty", "the file has no text", path="a.txt", hint="save the page again"))
    a.txt: the file has no text (save the page again)
    """

    def __init__(self, code: str, message: str, *, path: str = "", place: str = "", hint: str = "") -> None:
        super().__init__(code, message, path, place, hint)
        self.code = code
        self.message = message
        self.path = path
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.path, self.place) if part)
        text = f"{where}: {self.message}" if where else self.message
        if self.hint:
            text += f" ({self.hint})"
        return " ".join(text.split())

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only fields: without this a worker process could not send the error home.
        return _rebuild, (type(self), self.code, self.message, self.path, self.place, self.hint)


def _rebuild(kind: type[ZhgovtextError], code: str, message: str, path: str, place: str, hint: str) -> ZhgovtextError:
    return kind(code, message, path=path, place=place, hint=hint)


class InputError(ZhgovtextError):
    """A report or text that cannot be analysed."""


class DataError(ZhgovtextError):
    """A codebook, lexicon, indicator table or model that is not in the form it must have."""


class OptionError(ZhgovtextError):
    """An argument outside its allowed values."""


def reason_of(error: OSError | ValueError) -> str:
    """Why the system refuses a path, in its words; a name that no system takes, with a NUL in it, is a `ValueError`.

    >>> import os
    >>> reason_of(FileNotFoundError(2, os.strerror(2), "a.txt")), reason_of(ValueError("embedded null byte"))
    ('No such file or directory', 'embedded null byte')
    """
    return getattr(error, "strerror", None) or str(error)
