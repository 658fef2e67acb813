"""Files that are written whole or not at all, and what a spreadsheet would make of their cells."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from zhgovtext.errors import DataError, reason_of

# What a spreadsheet may take for the beginning of a formula, some the wide forms too; an apostrophe before it says that
# it is text.
FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file, which has its name when it is whole; `DataError` when it cannot be written."""
    partial = Path(f"{path}.partial")
    try:
        # Whoever may write to the folder could have put a link there that leads elsewhere.
        partial.unlink(missing_ok=True)
        partial.write_bytes(data)
        partial.replace(path)
    except (OSError, ValueError) as error:
        why = reason_of(error)
        hint = "choose a file in a folder that exists, with room on its disk"
        raise DataError("unwritable", f"cannot be written: {why}", path=str(path), hint=hint) from error
    finally:
        with suppress(OSError, ValueError):
            partial.unlink()
