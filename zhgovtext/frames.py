"""Records as a data frame, for those who have pandas or polars; nothing else needs either."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from zhgovtext.document import SURROGATE
from zhgovtext.errors import OptionError

LIBRARIES = ("pandas", "polars")


def to_frame(records: Iterable[Any], *, library: str | None = None) -> Any:
    """A data frame with a row a record: of any records that the package gives (facts, sentences, keywords, points of a
    trend …), or dictionaries (`figure_rows`).

    Fields of a record within a record become columns with a dot in their names (``meta.year``). A field that a record
    lacks is null; half a character, which no frame can hold, becomes U+FFFD. `library` is ``"pandas"`` or
    ``"polars"``, by default the first of the two that is installed; raises `OptionError` where it is not, and for
    records that are neither dataclasses nor mappings.
    """
    rows = [dict(_cells(record, "")) for record in records]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    module = _import(library)
    data = {name: [row.get(name) for row in rows] for name in columns}
    return module.DataFrame(data) if module.__name__ == "pandas" else module.DataFrame(data, strict=False)


def _import(library: str | None) -> Any:
    if library not in (None, *LIBRARIES):
        raise OptionError("library", f"no library {library!r}", hint="choose pandas or polars")
    for name in LIBRARIES if library is None else (library,):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    missing = library or " nor ".join(LIBRARIES)
    raise OptionError("library", f"{missing} is not installed", hint=f"pip install {library or 'pandas'}")


def _cells(record: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(record, Mapping):
        items: list[tuple[Any, Any]] = list(record.items())
    elif is_dataclass(record):
        items = [(field.name, getattr(record, field.name)) for field in fields(record)]
    else:
        raise OptionError("records", f"a {type(record).__name__} is no record", hint="pass records or dictionaries")
    for name, value in items:
        inner = is_dataclass(value) or isinstance(value, Mapping)
        column = SURROGATE.sub("\ufffd", f"{prefix}{name}")
        if inner:
            yield from _cells(value, f"{column}.")
        else:
            yield column, SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value
