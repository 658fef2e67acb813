"""What a corpus is made of: folders, patterns, manifests, files of texts → one `Input` a report, with its hash."""

from __future__ import annotations

import csv
import errno
import glob
import hashlib
import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhgovtext.document import SURROGATE
from zhgovtext.errors import DataError, InputError
from zhgovtext.readers import Limits, decode, printable

SUFFIXES = frozenset((".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".doc", ".pdf"))
_JSON_LINES = frozenset((".jsonl", ".ndjson"))
_TEXT_FILES = _JSON_LINES | {".parquet"}
_BLOCK = 2**20
# A file of others loads no code into DuckDB.
_READING: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_OWN = ("id", "text")
# What a path that leads to nothing is answered with.
_NOTHING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


@dataclass(frozen=True, slots=True)
class Input:
    """One report to be: a file, or the text in row `row` of a file of texts.

    `path` names it in the store and `source` is the argument that led to it, `file` is what is opened, `sha256` that of
    the file's bytes or of the text's UTF-8, null where there is nothing to read; `size` about that of those bytes.
    """

    path: str
    source: str
    name: str
    file: str
    sha256: str | None
    size: int = 0
    row: int | None = None
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a file of texts, from row 0."""

    row: int
    id: str
    text: str
    extra: dict[str, Any]


def find_inputs(source: str | Path, *, limits: Limits | None = None) -> Iterator[Input]:
    """The inputs that an argument of ``batch`` leads to, in the order of their paths or rows.

    A folder: every file of a known format in it, at any depth; hidden files are passed over; where there is none, every
    file of texts. A pattern (``*``, ``?``,
    ``[…]``, ``**``): files and folders. A manifest: CSV with a column ``path``, from the manifest's own folder where it
    is not absolute. A file of texts: JSONL or Parquet with ``id`` and ``text``. Any other file is a report. Other
    columns of a manifest or a file of texts become `extra`. Raises `InputError` for a path that is not there, or is a
    pipe or a device, and, after all others were found, for a folder that may not be looked into; `DataError` for a
    manifest or file of texts that is not in order.
    """
    path = Path(source)
    name = path_name(path)
    cap = limits or Limits()
    kind = ""
    try:
        kind = _kind(path)
    except OSError as error:
        if not glob.has_magic(str(source)):
            raise InputError("unreadable", f"cannot be looked at: {error.strerror}", path=name) from error
    if kind == "other":
        raise InputError("unreadable", "is a pipe or a device", path=name, hint="save its content as a file")
    if kind:
        yield from _path_inputs(path, kind, name, cap)
    elif glob.has_magic(str(source)):
        # Path.glob takes no absolute pattern.
        for found in sorted(glob.glob(str(source), recursive=True)):  # noqa: PTH207
            if (kind := _kind_or_file(Path(found))) != "other":
                yield from _path_inputs(Path(found), kind, name, cap)
    else:
        raise InputError("missing", "there is no such file or folder", path=name)


def path_name(path: Path) -> str:
    """A path as the store names it. Bytes that are no UTF-8 are told as ``\\xd4``: were each U+FFFD, two files named in
    another encoding could have one name, and one of them would be lost.

    >>> path_name(Path("云澜", "a.txt")), path_name(Path("\\udcd4\\udcc6.txt"))
    ('云澜/a.txt', '\\\\xd4\\\\xc6.txt')
    """
    return path.as_posix().encode("utf-8", "backslashreplace").decode().replace("\\udc", "\\x")


def _kind(path: Path) -> str:
    """``folder``, ``file``, ``other`` for a pipe or a device, empty where there is nothing; `OSError` where the system
    does not say."""
    try:
        mode = path.stat().st_mode
    except ValueError:
        return ""
    except OSError as error:
        if error.errno in _NOTHING:
            return ""
        raise
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


def _kind_or_file(path: Path) -> str:
    """The same, and ``file`` where the system does not say: reading it will tell why."""
    try:
        return _kind(path)
    except OSError:
        return "file"


def _path_inputs(path: Path, kind: str, source: str, limits: Limits) -> Iterator[Input]:
    if kind == "folder":
        file = None
        for file in _walk(path, SUFFIXES):
            yield file_input(file, source, limits)
        if file is None:
            for file in _walk(path, _TEXT_FILES):
                yield from _text_inputs(file, source)
    elif path.suffix.lower() in _TEXT_FILES:
        yield from _text_inputs(path, source)
    elif path.suffix.lower() == ".csv":
        yield from _manifest_inputs(path, source, limits)
    else:
        yield file_input(path, source, limits)


def read_texts(path: Path) -> Iterator[Text]:
    """The texts of a JSONL or Parquet file, one after the other."""
    return _json_texts(path) if path.suffix.lower() in _JSON_LINES else _parquet_texts(path)


def text_hash(text: str) -> str:
    """The hash of a text as of `document.from_text`."""
    return hashlib.sha256(_clean(text).encode()).hexdigest()


def _walk(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    refused: list[OSError] = []
    for root, folders, files in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            # ~$ begins the lock files of Word.
            if Path(name).suffix.lower() in suffixes and not name.startswith((".", "~$")):
                file = Path(root, name)
                if _kind_or_file(file) == "file":
                    yield file
    if refused:
        # Only now: a folder that is closed, or has just gone, must not hide those after it.
        closed = path_name(Path(refused[0].filename))
        raise InputError("unreadable", f"cannot be looked into: {refused[0].strerror}", path=closed)


def file_input(file: Path, source: str, limits: Limits, extra: Mapping[str, Any] | None = None) -> Input:
    """The input that a file is, whatever is in it; without a hash where it cannot be read."""
    sha256, size = _file_hash(file, limits)
    return Input(path_name(file), source, printable(file.name), str(file), sha256, size, extra=extra)


def _file_hash(file: Path, limits: Limits) -> tuple[str | None, int]:
    """SHA-256 of a file's bytes, null where it cannot be read or is larger than a reader takes; and their number."""
    digest = hashlib.sha256()
    size = 0
    try:
        if not file.is_file() or file.stat().st_size > limits.max_bytes:
            return None, 0
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except (OSError, ValueError):
        return None, 0
    return digest.hexdigest(), size


# Manifests ------------------------------------------------------------------------------------------------------------


def _manifest_inputs(path: Path, source: str, limits: Limits) -> Iterator[Input]:
    name = printable(path.as_posix())
    try:
        _, text = decode(path.read_bytes(), path=name)
    except OSError as error:
        raise DataError("unreadable", f"cannot be read: {error.strerror}", path=name) from error
    seen: dict[str, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if "path" not in header:
            raise DataError(
                "columns",
                "is no manifest: it has no column path" + (f" but {', '.join(header)}" if any(header) else ""),
                path=name,
                hint="the first line names the columns: path and, if wanted, your own",
            )
        at = header.index("path")
        for cells in reader:
            if not any(cells):
                continue
            place = f"line {reader.line_num}"
            if len(cells) > len(header) or len(cells) <= at or not cells[at].strip():
                problem = "has no path" if len(cells) <= at or not cells[at].strip() else "has more cells than columns"
                raise DataError("columns", problem, path=name, place=place)
            file = cells[at].strip()
            if file in seen:
                raise DataError("duplicate", f"has {file} twice, first in line {seen[file]}", path=name, place=place)
            seen[file] = reader.line_num
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            extra = {column: cell for column, cell in row.items() if column and column != "path" and cell}
            if _kind_or_file(path.parent / file) == "other":
                raise DataError("path", f"{file} is a pipe or a device", path=name, place=place)
            yield file_input(path.parent / file, source, limits, extra or None)
    except csv.Error as error:
        raise DataError("syntax", f"is no CSV: {error}", path=name, place=f"line {reader.line_num}") from error


# Files of texts -------------------------------------------------------------------------------------------------------


def _text_inputs(path: Path, source: str) -> Iterator[Input]:
    name = path_name(path)
    seen: set[str] = set()
    for text in read_texts(path):
        if text.id in seen:
            raise DataError("duplicate", f"has the id {text.id} twice", path=name, place=f"row {text.row + 1}")
        seen.add(text.id)
        digest = text_hash(text.text)
        # Characters are no bytes, but as good for telling large texts from small ones.
        size = len(text.text)
        yield Input(f"{name}#{text.id}", source, text.id, str(path), digest, size, text.row, text.extra or None)


def _json_texts(path: Path) -> Iterator[Text]:
    name = printable(path.as_posix())
    most = Limits().max_chars * 6
    try:
        with path.open("rb") as stream:
            row = 0
            for number, line in enumerate(_lines(stream, most), 1):
                if not line.strip():
                    continue
                place = f"line {number}"
                if len(line) > most:
                    raise DataError("too_large", "has a line that is too long for a report", path=name, place=place)
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError) as error:
                    hint = "write an object a line"
                    raise DataError("syntax", "is no JSON", path=name, place=place, hint=hint) from error
                yield as_text(record if isinstance(record, dict) else {}, row, name, place)
                row += 1
    except OSError as error:
        raise DataError("unreadable", f"cannot be read: {error.strerror}", path=name) from error


def _lines(stream: io.BufferedReader, most: int) -> Iterator[bytes]:
    while line := stream.readline(most + 1):
        yield line


def _parquet_texts(path: Path) -> Iterator[Text]:
    import duckdb

    name = printable(path.as_posix())
    connection = duckdb.connect(config=_READING)
    try:
        rows = connection.execute("SELECT * FROM read_parquet(?)", [glob.escape(str(path))])
        columns = [column[0] for column in rows.description or ()]
        number = 0
        while found := rows.fetchmany(64):
            for cells in found:
                yield as_text(dict(zip(columns, cells, strict=True)), number, name, f"row {number + 1}")
                number += 1
    except duckdb.Error as error:
        first = str(error).split("\n", 1)[0]
        raise DataError("syntax", f"is no Parquet file that can be read: {first}", path=name) from error
    finally:
        connection.close()


def as_text(record: Mapping[str, Any], row: int, name: str, place: str) -> Text:
    """The text of a record with ``text`` and, if given, ``id`` and other columns; `DataError` without a text."""
    text = record.get("text")
    if not isinstance(text, str):
        raise DataError("columns", "has no text", path=name, place=place, hint="each row needs a text, best an id too")
    given = record.get("id")
    return Text(row, _clean(str(row + 1 if given is None else given)), text, as_extra(record))


def as_extra(record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a record that say something of its report and are not the report itself, as JSON takes them."""
    others = {key: value for key, value in record.items() if key not in _OWN and value is not None}
    extra: dict[str, Any] = _plain(others)
    return extra


def _plain(value: Any) -> Any:
    """A value as JSON takes it: dates and the like as text."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, int) or (isinstance(value, float) and value == value and abs(value) != float("inf")):
        return value
    if isinstance(value, Mapping):
        return {_clean(str(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [_plain(part) for part in value]
    return str(value)


def _clean(text: str) -> str:
    """A text that can be written as UTF-8."""
    return SURROGATE.sub("\ufffd", text)
