"""The only code that knows where the package's data and models are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zhgovtext.errors import DataError, reason_of

_PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """Path of a file in the package's ``data/``.

    >>> data_path("codebook", "disclosure.toml").name
    'disclosure.toml'
    """
    return _PACKAGE.joinpath("data", *parts)


def model_path(name: str) -> Path:
    """Directory of a shipped model: inside the package when installed, beside it in a checkout."""
    installed = _PACKAGE / "models" / name
    return installed if installed.is_dir() else _PACKAGE.parent / "models" / name


def read_text(path: Path) -> str:
    """UTF-8 text of a data file; `DataError` names the file when it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        place, hint = f"byte {error.start}", "save it again as UTF-8"
        raise DataError("encoding", "is not UTF-8", path=str(path), place=place, hint=hint) from error
    except (OSError, ValueError) as error:
        why = reason_of(error)
        hint = "give a file that is there and may be read"
        raise DataError("unreadable", f"cannot be read: {why}", path=str(path), hint=hint) from error


def read_words(path: Path) -> frozenset[str]:
    """Lines of a data file that holds a word or title a line, without blank ones and comments (``#``)."""
    return frozenset(line for line in read_text(path).splitlines() if line and not line.startswith("#"))


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a tab-separated data file as (line number, column → cell).

    The first line that is no comment (``#``) names the columns, which must be `columns` in that order.
    Empty cells are empty strings; a row of another length is a `DataError` naming the line.
    """
    is_headed = False
    for number, line in enumerate(read_text(path).split("\n"), 1):
        line = line.rstrip("\r")
        if not line or line[0] == "#":
            continue
        cells = line.split("\t")
        if is_headed and len(cells) == len(columns):
            yield number, dict(zip(columns, cells, strict=False))
        elif is_headed:
            raise DataError(
                "columns",
                f"has {len(cells)} cells where {len(columns)} are expected",
                path=str(path),
                place=f"line {number}",
                hint="separate the cells by single tabs",
            )
        elif tuple(cells) != columns:
            raise DataError(
                "columns",
                f"has the columns {', '.join(cells)}",
                path=str(path),
                place=f"line {number}",
                hint=f"the first line must be: {' '.join(columns)}, separated by tabs",
            )
        is_headed = True


def read_columns(path: Path, columns: tuple[str, ...]) -> list[list[str]]:
    """The cells of each column of a file that `rows` reads, in a third of its time: for tables of many rows."""
    lines = [line.rstrip("\r") for line in read_text(path).split("\n")]
    header, *found = [line for line in lines if line and line[0] != "#"] or [""]
    tabs = len(columns) - 1
    if header.split("\t") != list(columns) or any(line.count("\t") != tabs for line in found):
        # Which line it is, and what is wrong with it, they tell.
        return [[row[name] for _, row in rows(path, columns)] for name in columns]
    cells = "\t".join(found).split("\t") if found else []
    return [cells[at :: len(columns)] for at in range(len(columns))]


def sha256(*paths: Path) -> str:
    """SHA-256 of the bytes of one or several files, in the order given."""
    # Here, since the command line reads its texts without it.
    import hashlib

    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
