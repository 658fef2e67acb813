"""Caps on what a reader takes in. Input over a cap is an error that says so, never cut silently."""

from __future__ import annotations

from dataclasses import dataclass

from zhgovtext.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one input, adjustable.

    `max_bytes` of the file, `max_chars` of the text in it, `max_pages` of a PDF, `max_cells` of all tables (places
    after spans are expanded), `max_depth` of nested elements of a page or Word file, `max_unpacked` bytes of a zipped
    file or of the streams of a PDF, `max_seconds` for reading a PDF or for a converter outside this process.
    """

    max_bytes: int = 20_000_000
    max_chars: int = 10_000_000
    max_pages: int = 1_000
    max_cells: int = 300_000
    max_depth: int = 200
    max_unpacked: int = 100_000_000
    max_seconds: float = 120.0


def over(what: str, cap: str, *, path: str) -> InputError:
    """The error of an input over one of its caps: `what` it has too much of, `cap` the name of the limit."""
    return InputError("too_large", what, path=path, hint=f"is this a report? Limits({cap}=…) raises the cap")
