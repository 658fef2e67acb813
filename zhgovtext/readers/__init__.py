"""Path → `Document`: the format is told by the content of the file, and one module reads each format."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from typing import BinaryIO

from zhgovtext.document import SURROGATE, Content, Document, Note, find_blocks, lay_out
from zhgovtext.errors import InputError, reason_of
from zhgovtext.log import LOG
from zhgovtext.readers.encoding import decode
from zhgovtext.readers.limits import Limits, over
from zhgovtext.readers.wrapped import join_wrapped

__all__ = ["Limits", "decode", "printable", "read", "require_chinese"]

_TEXT_FORMATS = {".md": "md", ".markdown": "md"}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_JOINED = "page numbers were left out, or lines that a margin or a page end had broken were joined"
_OTHER = {
    b"{\\rtf": "an RTF file",
    b"MIME-Version:": "a web archive (.mht)",
    b"From: <Saved by": "a web archive (.mht)",
}
# Tags that open a page, near its beginning: a text may hold a tag, but not these.
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|table|div|p|span)[\s>]", re.IGNORECASE)
_PAGE_WIDE = re.compile("<(?:!doctype\\s+html|html|head|body)[\\s>]", re.IGNORECASE)


def read(path: str | Path, *, limits: Limits | None = None) -> Document:
    """Read a report. `path` ``"-"`` is standard input.

    Raises `InputError`, naming the file, for what is missing, a directory, too large, empty, of no known format or
    encoding, damaged, encrypted, scanned, or without any Chinese.

    >>> from zhgovtext.resources import data_path
    >>> read(data_path("samples", "missing.txt"))
    Traceback (most recent call last):
        ...
    zhgovtext.errors.InputError: ...missing.txt: there is no such file
    """
    cap = limits or Limits()
    if str(path) == "-":
        return read_bytes(_read_capped(sys.stdin.buffer, "<stdin>", cap), "<stdin>", limits=cap)
    file = Path(path)
    shown = printable(str(file))
    try:
        if file.is_dir():
            raise InputError("directory", "is a directory", path=shown, hint="name the files in it")
        with file.open("rb") as stream:
            data = _read_capped(stream, shown, cap)
    except FileNotFoundError as error:
        raise InputError("missing", "there is no such file", path=shown) from error
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise InputError("unreadable", f"cannot be read: {reason}", path=shown) from error
    return read_bytes(data, shown, limits=cap)


def read_bytes(data: bytes, path: str, *, limits: Limits) -> Document:
    """A `Document` of the bytes of a file; `path` names it in the document and in errors."""
    if not data.strip():
        raise InputError("empty", "is empty", path=path)
    kind = sniff(data)
    for mark, what in _OTHER.items():
        if data.startswith(mark):
            raise InputError("unsupported", f"is {what}", path=path, hint="save it as .docx, .pdf, .html or .txt")
    LOG.debug("%s: %d bytes, read as %s", path, len(data), kind)
    name, digest = Path(path).name, hashlib.sha256(data).hexdigest()
    if kind == "text":
        encoding, text = decode(data, path=path)
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        text = join_wrapped(lines)
        notes = () if text == lines else (Note("lines_joined", _JOINED),)
        _check_text(text, path, limits)
        blocks, tables = find_blocks(text)
        format_ = _TEXT_FORMATS.get(Path(path).suffix.lower(), "txt")
        return Document(name, text, format_, encoding, digest, blocks, tables, notes)
    content = _content(kind, data, path, limits)
    text, blocks, tables = lay_out(content.pieces)
    _check_text(text, path, limits)
    return Document(name, text, kind, content.encoding, digest, blocks, tables, content.notes, dict(content.properties))


def sniff(data: bytes) -> str:
    """Format of a file by its content: ``pdf docx doc html text``.

    >>> sniff(b"%PDF-1.7"), sniff("云澜市<b>年报</b>".encode()), sniff(b"<!DOCTYPE html><title>")
    ('pdf', 'text', 'html')
    """
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "docx"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "doc"
    head = data[:4096]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "html" if _PAGE_WIDE.search(head[: len(head) // 2 * 2].decode("utf-16", "replace")) else "text"
    return "html" if _PAGE.search(head) else "text"


def _content(kind: str, data: bytes, path: str, limits: Limits) -> Content:
    if kind == "pdf":
        from zhgovtext.readers.pdf import read_pdf

        return read_pdf(data, path=path, limits=limits)
    if kind == "html":
        from zhgovtext.readers.webpage import read_page

        return read_page(data, path=path, limits=limits)
    from zhgovtext.readers.word import read_docx, read_old

    return read_docx(data, path=path, limits=limits) if kind == "docx" else read_old(data, path=path, limits=limits)


def printable(name: str) -> str:
    """A file name that can be printed and written as UTF-8: undecodable bytes of it become U+FFFD."""
    return SURROGATE.sub("\ufffd", name)


def _read_capped(stream: BinaryIO, path: str, limits: Limits) -> bytes:
    data = stream.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise over(f"is larger than {limits.max_bytes / 1e6:g} MB", "max_bytes", path=path)
    return data


def _check_text(text: str, path: str, limits: Limits) -> None:
    if len(text) > limits.max_chars:
        raise over(f"has more than {limits.max_chars} characters of text", "max_chars", path=path)
    require_chinese(text, path)


def require_chinese(text: str, path: str) -> None:
    """`InputError` unless the text has a Chinese character."""
    if not _HAN.search(text):
        raise InputError("no_chinese", "has no Chinese text", path=path, hint="this package reads reports in Chinese")
