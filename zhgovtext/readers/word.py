"""Word files → `Content`: what Word shows of a .docx; older formats by way of LibreOffice.

Only the parts that carry text, styles and numbering are unpacked, by `zipfile` and the standard library's expat:
python-docx would load every part (pictures too), follows no limits, and keeps neither generated numbers, text boxes,
content controls nor tracked insertions in reading order. Nothing is written to disk and no reference is followed.
"""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, XMLParser

from zhgovtext.document import Content, Grid, Note
from zhgovtext.errors import InputError
from zhgovtext.readers.limits import Limits, over

_W = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
# What a tree keeps. Every other element is transparent: its children stand in its place, so that runs in hyperlinks,
# tracked insertions and custom XML are runs of their paragraph, and a text box is a child of its run.
_NAMES = (
    "body p pPr pStyle numPr ilvl numId r rPr rStyle vanish t tab ptab br cr noBreakHyphen fldChar txbxContent "
    "tbl tr trPr gridBefore gridAfter hidden tc tcPr gridSpan vMerge hMerge sdt showingPlcHdr "
    "style basedOn num abstractNum abstractNumId numStyleLink lvl lvlOverride startOverride start numFmt lvlText suff "
    "lvlRestart isLgl"
)
# What a tree keeps without its content: deleted text, field codes, tab stops, former properties, pronunciation.
_DROPPED = (
    "del moveFrom delText instrText tabs sectPr rt tblPr tblGrid tblStylePr "
    "pPrChange rPrChange tblPrChange trPrChange tcPrChange tblPrExChange"
)
_KEPT: Mapping[str, str] = {
    **{f"{{{space}}}{name}": name for space in _W for name in f"{_NAMES} {_DROPPED}".split()},
    **{f"{{{_MC}}}{name}": name for name in ("AlternateContent", "Choice", "Fallback")},
    "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship": "Relationship",
    "{http://purl.org/dc/elements/1.1/}title": "title",
}
_LEAVES = frozenset(_DROPPED.split())
_UNREAD: Mapping[str, str] = {
    **{f"{{{space}}}altChunk": "embedded documents" for space in _W},
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip": "pictures",
    "{http://purl.oclc.org/ooxml/drawingml/main}blip": "pictures",
    "{urn:schemas-microsoft-com:vml}imagedata": "pictures",
    "{urn:schemas-microsoft-com:office:office}OLEObject": "embedded objects",
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart": "charts",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds": "diagrams",
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath": "formulas",
}
_OTHER_ZIPS = (
    ("xl/", "an Excel workbook", "save the report itself as .docx, .pdf or text"),
    ("ppt/", "a PowerPoint presentation", "save the report itself as .docx, .pdf or text"),
    ("OFD.xml", "an OFD document", "export it as .pdf"),
    ("mimetype", "an OpenDocument or e-book file", "save it as .docx"),
)
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, NotImplementedError,
    OverflowError,
)  # fmt: skip
_MAX_MEMBERS = 10_000
# Bytes of XML per kept element, at the least: a file of nothing but empty elements fills the memory long before
# its bytes reach `max_unpacked`.
_BYTES_PER_ELEMENT = 100
# A number text is some characters long; a page of it, repeated at every paragraph, would be a bomb.
_MAX_NUMBER = 60
_DEFAULT_TITLE = re.compile(
    r"^(?:[\[［【<].*|(?:新建|未命名|无标题|無標題|文档|文檔|键入|鍵入|Microsoft|WPS).{0,24}|标题|標題|.*演示文稿)$"
)
# Characters of paragraphs in one cell that make it prose, which no form has room for.
_PROSE = 150
_HAN = re.compile("[\u3400-\u9fff]")
_RESAVE = "open it in Word or WPS and save it again as .docx"


def read_docx(data: bytes, *, path: str, limits: Limits) -> Content:
    """Paragraphs and tables of a .docx in reading order, with the numbers that Word generates.

    Left out: deleted and hidden text, field codes, headers and footers, footnotes, comments. A table that only lays
    out a page is dissolved into what it holds. `properties` has the ``title`` that the file states, if it is Chinese.
    Raises `InputError`: ``damaged``, ``encrypted``, ``unsupported`` (another kind of zip), ``scanned`` (pictures and
    no text), ``empty``, ``too_large``.

    >>> read_docx(b"PK", path="a.docx", limits=Limits())
    Traceback (most recent call last):
        ...
    zhgovtext.errors.InputError: a.docx: is a damaged Word file (open it in Word or WPS and save it again as .docx)
    """
    package = _Package(data, path, limits)
    roots = package.related("")
    main = roots.get("officeDocument", "word/document.xml")
    tree = package.tree(main)
    body = tree.root.find("body") if tree else None
    if tree is None or body is None:
        raise package.other_kind()
    parts = package.related(main)
    styles, numbering = package.tree(parts.get("styles")), package.tree(parts.get("numbering"))
    known = _read_styles(styles.root if styles else Element("root"))
    lists = _read_lists(numbering.root if numbering else Element("root"), known)
    try:
        pieces = _Body(known, lists, path, limits).pieces(body)
    except RecursionError as error:
        raise over("nests its elements too deep", "max_depth", path=path) from error
    if not pieces:
        raise _without_text(tree.unread, path)
    core = package.tree(roots.get("core-properties"))
    title = _title(core.root) if core else None
    left_out = ", ".join(sorted(tree.unread))
    notes = (Note("unread_part", f"not read: {left_out} in the Word file"),) if left_out else ()
    return Content(pieces, properties={"title": title} if title else {}, notes=notes)


def read_old(data: bytes, *, path: str, limits: Limits) -> Content:
    """A .doc or .wps file, converted by LibreOffice in a temporary directory and read as .docx.

    Raises `InputError`: ``needs_libreoffice`` where none is installed, ``encrypted``, ``unsupported`` (.xls, .ppt),
    ``damaged``, ``too_large`` (the converter took longer than `limits.max_seconds`), and those of `read_docx`.
    """
    _refuse_other_ole(data, path)
    office = find_office()
    if office is None:
        raise InputError(
            "needs_libreoffice",
            "is an old Word or WPS file, which LibreOffice converts",
            path=path,
            hint="install LibreOffice, or save the file as .docx",
        )
    with tempfile.TemporaryDirectory(prefix="zhgovtext-", ignore_cleanup_errors=True) as folder:
        converted = _convert(office, data, Path(folder), path, limits)
    return read_docx(converted, path=path, limits=limits)


def find_office() -> Path | None:
    """LibreOffice, where it is installed. Windows looks for programs in the current folder first, which may be that of
    the reports: a program found there is none of ours."""
    found = (shutil.which(name) for name in ("soffice", "libreoffice"))
    return next((Path(each) for each in found if each and Path(each).is_absolute()), None)


def _without_text(unread: set[str], path: str) -> InputError:
    if "embedded documents" in unread:
        return InputError("unsupported", "holds its text as an embedded document", path=path, hint=_RESAVE)
    if "pictures" in unread:
        return InputError(
            "scanned", "holds pictures but no text", path=path, hint="run text recognition (OCR) on it first"
        )
    return InputError("empty", "has no text", path=path)


def _title(core: Element) -> str | None:
    title = " ".join((core.findtext("title") or "").split())
    return title if len(title) <= 200 and _HAN.search(title) and not _DEFAULT_TITLE.search(title) else None


# --- the package: a zip of XML parts


class _Package:
    """The members of a .docx that are asked for, unpacked within one budget of bytes."""

    def __init__(self, data: bytes, path: str, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._left = limits.max_unpacked
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGE as error:
            raise self._damaged("") from error
        members = self._zip.infolist()
        if len(members) > _MAX_MEMBERS:
            raise InputError("too_large", f"holds {len(members)} files", path=path, hint="is this a report?")
        # Some converters write Windows paths.
        self._members = {member.filename.replace("\\", "/"): member for member in members}

    def tree(self, name: str | None) -> _Tree | None:
        """The kept elements of an XML part, null where there is no such part."""
        if name is None or name not in self._members:
            return None
        tree = _Tree(self._path, name[:80], self._limits)
        parser = XMLParser(target=tree)
        try:
            parser.feed(self._unpack(self._members[name]))
            parser.close()
        except (ParseError, *_DAMAGE) as error:
            raise self._damaged(name[:80]) from error
        return tree

    def related(self, part: str) -> dict[str, str]:
        """Names of the parts that a part (``""``: the package) refers to, by the last word of their type."""
        folder, name = posixpath.split(part)
        tree = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, str] = {}
        for node in tree.root.iter("Relationship") if tree else ():
            if node.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, node.get("Target", ""))).lstrip("/")
                found.setdefault(node.get("Type", "").rpartition("/")[2], target)
        return found

    def other_kind(self) -> InputError:
        """The error of a zip without the text of a Word document."""
        if any(name.startswith("word/") for name in self._members):
            return self._damaged("")
        for start, kind, hint in _OTHER_ZIPS:
            if any(name.startswith(start) for name in self._members):
                return InputError("unsupported", f"is {kind}", path=self._path, hint=hint)
        if "[Content_Types].xml" in self._members:
            return self._damaged("")
        return InputError(
            "unsupported", "is a zip archive", path=self._path, hint="unpack it and name the reports in it"
        )

    def _unpack(self, member: zipfile.ZipInfo) -> bytes:
        if member.flag_bits & 1:
            raise InputError("encrypted", "is encrypted", path=self._path, hint="save it without a password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._damaged(member.filename[:80])
        # `zipfile` unpacks no more than the declared size.
        if member.file_size > self._left:
            raise over("unpacks to too much", "max_unpacked", path=self._path)
        with self._zip.open(member) as stream:
            data = stream.read()
        self._left -= len(data)
        return data

    def _damaged(self, place: str) -> InputError:
        return InputError("damaged", "is a damaged Word file", path=self._path, place=place, hint=_RESAVE)


class _Tree:
    """Target of an XML parser: builds the kept elements, with local names, within the limits.

    A content control gives way to its content (to nothing, while it shows a prompt), an `AlternateContent` to one of
    its branches. A document type is refused where it opens: no part of a .docx has one, and entities need it.
    """

    def __init__(self, path: str, place: str, limits: Limits) -> None:
        self.root = Element("root")
        self.unread: set[str] = set()
        self._path = path
        self._place = place
        self._limits = limits
        self._open = [self.root]
        self._text = io.StringIO()
        self._chars = 0
        self._depth = 0
        self._dropped_at = 0
        self._elements = 0

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise InputError(
            "damaged", "declares XML entities, as no Word file does", path=self._path, place=self._place, hint=_RESAVE
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.max_depth:
            raise over(f"nests elements more than {self._limits.max_depth} deep", "max_depth", path=self._path)
        if self._dropped_at:
            return
        name = _KEPT.get(tag)
        if name is None:
            if tag in _UNREAD:
                self.unread.add(_UNREAD[tag])
            return
        self._elements += 1
        if self._elements > self._limits.max_unpacked // _BYTES_PER_ELEMENT:
            raise over("is made of too many elements", "max_unpacked", path=self._path)
        node = Element(name, {key.rpartition("}")[2]: value for key, value in attributes.items()})
        self._open[-1].append(node)
        self._open.append(node)
        if name in _LEAVES:
            self._dropped_at = self._depth

    def data(self, text: str) -> None:
        if self._open[-1].tag in ("t", "title"):
            self._chars += len(text)
            if self._chars > self._limits.max_chars:
                raise over(f"has more than {self._limits.max_chars} characters of text", "max_chars", path=self._path)
            self._text.write(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._dropped_at:
            if self._depth >= self._dropped_at:
                return
            self._dropped_at = 0
        name = _KEPT.get(tag)
        if name is None:
            return
        node = self._open.pop()
        if name in ("t", "title"):
            node.text = self._text.getvalue()
            self._text = io.StringIO()
        elif name == "sdt":
            self._replace(node, None if node.find("showingPlcHdr") is not None else node)
        elif name == "AlternateContent":
            # The branches say the same to older and newer programs: one of them is read.
            texts = (branch for branch in node if branch.find(".//t") is not None)
            self._replace(node, next(texts, node.find("Fallback")))

    def close(self) -> None:
        pass

    def _replace(self, node: Element, by: Element | None) -> None:
        parent = self._open[-1]
        del parent[-1]
        if by is not None:
            parent.extend(by)


# --- styles and numbering


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style, with those it is based on, says of numbering and hiding; `owner` names the list."""

    list_: str | None = None
    level: int | None = None
    owner: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class _Styles:
    """Styles by id, and the one of paragraphs that name none."""

    by_id: Mapping[str, _Style]
    default: str | None


@dataclass(frozen=True, slots=True)
class _Level:
    """A level of a numbered list: `text` has ``%1`` … ``%9`` for the numbers of the levels; `restart` is the number
    of upper levels that restart it; `style` the paragraph style tied to it."""

    start: int = 0
    format: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int = 9
    legal: bool = False
    style: str | None = None


@dataclass(frozen=True, slots=True)
class _List:
    """A list that paragraphs name: lists of one `family` go on counting each other, but for levels `restarted`."""

    family: str
    levels: Mapping[int, _Level]
    restarted: frozenset[int] = frozenset()


def _on(parent: Element | None, name: str) -> bool:
    """Whether a switch element is there and not set to off."""
    node = None if parent is None else parent.find(name)
    return node is not None and node.get("val", "true") not in ("0", "false", "off")


def _value(parent: Element | None, name: str) -> str | None:
    node = None if parent is None else parent.find(name)
    return None if node is None else node.get("val")


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdigit() else default


def _level_number(text: str | None) -> int | None:
    number = _integer(text, -1)
    return number if 0 <= number < 9 else None


def _read_styles(root: Element) -> _Styles:
    nodes = {node.get("styleId", ""): node for node in root.iter("style")}
    known: dict[str, _Style] = {}
    for name in nodes:
        chain: dict[str, None] = {}
        at: str | None = name
        while at in nodes and at not in known and at not in chain:
            chain[at] = None
            at = _value(nodes[at], "basedOn")
        base = known.get(at or "", _Style())
        for style in reversed(chain):
            base = known[style] = _derived(style, nodes[style], base)
    default = (name for name, node in nodes.items() if node.get("type") == "paragraph" and node.get("default") == "1")
    return _Styles(known, next(default, None))


def _derived(name: str, node: Element, base: _Style) -> _Style:
    numbered = node.find("pPr/numPr")
    hidden = _on(node.find("rPr"), "vanish") or (base.hidden and node.find("rPr/vanish") is None)
    if numbered is None:
        return replace(base, hidden=hidden)
    list_, level = _value(numbered, "numId"), _level_number(_value(numbered, "ilvl"))
    return _Style(list_ or base.list_, base.level if level is None else level, name if list_ else base.owner, hidden)


def _read_lists(root: Element, styles: _Styles) -> dict[str, _List]:
    families = {node.get("abstractNumId", ""): node for node in root.iter("abstractNum")}
    family_of = {node.get("numId", ""): _value(node, "abstractNumId") or "" for node in root.iter("num")}
    levels = {name: _read_levels(node) for name, node in families.items()}
    found: dict[str, _List] = {}
    for node in root.iter("num"):
        name = node.get("numId", "")
        family = family_of[name]
        # A family may be defined by a numbering style, which names a list, whose family has the levels.
        link = _value(families[family], "numStyleLink") if family in families else None
        if link and link in styles.by_id:
            family = family_of.get(styles.by_id[link].list_ or "", family)
        own = dict(levels.get(family, {}))
        restarted: set[int] = set()
        for change in node.findall("lvlOverride"):
            at = _level_number(change.get("ilvl"))
            if at is None:
                continue
            own.update(_read_levels(change))
            start = _integer(_value(change, "startOverride"), -1)
            if start >= 0:
                own[at] = replace(own.get(at, _Level()), start=start)
                restarted.add(at)
        found[name] = _List(family, own, frozenset(restarted))
    return found


def _read_levels(parent: Element) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for node in parent.findall("lvl"):
        at = _level_number(node.get("ilvl"))
        if at is None:
            continue
        text = _value(node, "lvlText") or ""
        hidden = _on(node.find("rPr"), "vanish") or len(text) > _MAX_NUMBER
        found[at] = _Level(
            start=_integer(_value(node, "start"), 0),
            format=_value(node, "numFmt") or "decimal",
            text="" if hidden else text,
            suffix=_value(node, "suff") or "tab",
            restart=_integer(_value(node, "lvlRestart"), at),
            legal=_on(node, "isLgl"),
            style=_value(node, "pStyle"),
        )
    return found


class _Counters:
    """The numbers of a document's lists, asked for in reading order."""

    def __init__(self, lists: Mapping[str, _List]) -> None:
        self._lists = lists
        self._counts: dict[str, dict[int, int]] = {}
        self._seen: set[tuple[str, int]] = set()

    def next(self, name: str, level: int | None, style: str | None) -> str:
        """The number of the next paragraph of a list, with the space after it; empty for a bullet."""
        list_ = self._lists.get(name)
        if list_ is None:
            return ""
        levels = list_.levels
        if level is None:
            level = next((at for at, known in levels.items() if style and known.style == style), 0)
        if level not in levels:
            return ""
        counts = self._counts.setdefault(list_.family, {})
        anew = level in list_.restarted and (name, level) not in self._seen
        self._seen.add((name, level))
        counts[level] = levels[level].start if anew or level not in counts else counts[level] + 1
        for deeper in [at for at in counts if at > level]:
            if level < levels.get(deeper, _Level()).restart:
                del counts[deeper]
        for upper in range(level):
            counts.setdefault(upper, levels.get(upper, _Level(1)).start)
        return _number(levels, level, counts)


def _number(levels: Mapping[int, _Level], level: int, counts: Mapping[int, int]) -> str:
    own = levels[level]
    if own.format == "bullet":
        return ""

    def place(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        format_ = levels[at].format if at in levels else "decimal"
        return _write(counts[at], "decimal" if own.legal else format_) if at in counts else ""

    text = re.sub("%([1-9])", place, own.text).strip()
    # Chinese marks bring their own space; 1. must not run into the figure that may follow.
    spaced = text and own.suffix != "nothing" and (text[-1].isascii() or text[-1].isnumeric())
    return f"{text} " if spaced else text


def _write(number: int, format_: str) -> str:
    """A number in one of Word's formats; decimal where the format is none of these or does not reach so far.

    >>> [_write(12, f) for f in ("chineseCounting", "ideographDigital", "decimalEnclosedCircle", "upperRoman")]
    ['十二', '一二', '⑫', 'XII']
    """
    writer = _WRITERS.get(format_)
    return str(number) if writer is None or number < 1 else writer(number)


def _counting(number: int) -> str:
    if number >= 10_000:
        return str(number)
    text, gap = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            text += ("零" if gap else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = bool(text)
    return text.removeprefix("一") if text.startswith("一十") else text


def _roman(number: int) -> str:
    if number >= 4_000:
        return str(number)
    text = ""
    for size, letters in _ROMAN:
        text += letters * (number // size)
        number %= size
    return text


def _one_of(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if number <= len(signs) else str(number)


def _letters(first: str) -> Callable[[int], str]:
    return lambda number: (
        chr(ord(first) + (number - 1) % 26) * ((number - 1) // 26 + 1) if number <= 260 else str(number)
    )


def _signs(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


_DIGITS = "〇一二三四五六七八九"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_TO_DIGITS = str.maketrans("0123456789", _DIGITS)
_TO_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_TO_LEGAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
_TO_LEGAL_TRADITIONAL = str.maketrans("一二三四五六七八九十百千", "壹貳參肆伍陸柒捌玖拾佰仟")
# ECMA-376 part 1, 17.18.59 ST_NumberFormat: those that Chinese documents use.
_CIRCLED = _one_of(_signs(0x2460, 0x2473) + _signs(0x3251, 0x325F) + _signs(0x32B1, 0x32BF))
_WRITERS: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(("chineseCounting", "chineseCountingThousand", "japaneseCounting"), _counting),
    **dict.fromkeys(("taiwaneseCounting", "taiwaneseCountingThousand"), _counting),
    **dict.fromkeys(
        ("ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand"),
        lambda number: str(number).translate(_TO_DIGITS),
    ),
    "chineseLegalSimplified": lambda number: _counting(number).translate(_TO_LEGAL),
    **dict.fromkeys(
        ("ideographLegalTraditional", "japaneseLegal"),
        lambda number: _counting(number).translate(_TO_LEGAL_TRADITIONAL),
    ),
    "ideographTraditional": _one_of("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _one_of("子丑寅卯辰巳午未申酉戌亥"),
    "ideographEnclosedCircle": _one_of(_signs(0x3280, 0x3289)),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), _CIRCLED),
    "decimalEnclosedParen": _one_of(_signs(0x2474, 0x2487)),
    "decimalEnclosedFullstop": _one_of(_signs(0x2488, 0x249B)),
    **dict.fromkeys(("decimalFullWidth", "decimalFullWidth2"), lambda number: str(number).translate(_TO_WIDE)),
    "decimalZero": lambda number: f"{number:02}",
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
    "upperLetter": _letters("A"),
    "lowerLetter": _letters("a"),
    "none": lambda number: "",
}


# --- the body: paragraphs and tables in reading order


@dataclass(slots=True)
class _Cell:
    """A cell as its row holds it, at a column; `merge` is ``restart``, ``continue`` or null."""

    pieces: list[str | Grid]
    column: int
    colspan: int
    merge: str | None = None
    rowspan: int = 1


class _Body:
    """Reads the body of a document: its lists count on from paragraph to paragraph, its sizes add up."""

    def __init__(self, styles: _Styles, lists: Mapping[str, _List], path: str, limits: Limits) -> None:
        self._styles = styles
        self._counters = _Counters(lists)
        self._path = path
        self._limits = limits
        self._chars = 0
        self._cells = 0

    def pieces(self, parent: Element, *, in_cell: bool = False) -> list[str | Grid]:
        found: list[str | Grid] = []
        # A paragraph whose mark was deleted goes on in the next one.
        begun = ""
        for node in parent:
            if node.tag == "tbl":
                found += self._table(node)
            elif node.tag == "p":
                merged = node.find("pPr/rPr/del") is not None
                text, boxes = self._paragraph(node, numbered=not merged, in_cell=in_cell)
                lines = f"{begun}{text}".split("\n")
                begun = lines.pop() if merged else ""
                found += [line for line in lines if line.strip()]
                found += boxes
        return [*found, begun] if begun.strip() else found

    def _paragraph(self, node: Element, *, numbered: bool, in_cell: bool) -> tuple[str, list[str | Grid]]:
        """Text of a paragraph with its number, and what its text boxes hold."""
        properties = node.find("pPr")
        style = self._styles.by_id.get(_value(properties, "pStyle") or self._styles.default or "", _Style())
        text, boxes = self._runs(node, style)
        number = self._number(properties, style) if numbered else ""
        # A number alone is seen in a cell that numbers a row; elsewhere it is an empty line.
        if number and (in_cell or text.strip()):
            text = number + text.lstrip()
        self._chars += len(text)
        if self._chars > self._limits.max_chars:
            raise over(f"has more than {self._limits.max_chars} characters of text", "max_chars", path=self._path)
        return text, boxes

    def _number(self, properties: Element | None, style: _Style) -> str:
        own = None if properties is None else properties.find("numPr")
        list_, level = _value(own, "numId"), _level_number(_value(own, "ilvl"))
        if level is None:
            level = 0 if list_ else style.level
        return self._counters.next(list_ or style.list_ or "", level, style.owner)

    def _runs(self, paragraph: Element, style: _Style) -> tuple[str, list[str | Grid]]:
        parts: list[str] = []
        boxes: list[str | Grid] = []
        # For each open field, whether it or one around it is still at its code, which is no text of the document.
        fields: list[bool] = []
        for node, shown in self._run_parts(paragraph, style):
            if node.tag == "fldChar":
                _follow_field(fields, node.get("fldCharType"))
            elif node.tag == "txbxContent":
                boxes += self.pieces(node)
            elif shown and not (fields and fields[-1]):
                parts.append(_run_text(node))
        return "".join(parts), boxes

    def _run_parts(self, parent: Element, style: _Style) -> Iterator[tuple[Element, bool]]:
        """What the runs hold, and whether it is shown. A run holds runs where a pronunciation is given."""
        for run in parent:
            if run.tag == "r":
                shown = not self._hidden(run, style)
                for node in run:
                    yield node, shown
                if run.find("r") is not None:
                    yield from self._run_parts(run, style)

    def _hidden(self, run: Element, style: _Style) -> bool:
        own = run.find("rPr")
        if own is None:
            return style.hidden
        if own.find("vanish") is not None:
            return _on(own, "vanish")
        return style.hidden or self._styles.by_id.get(_value(own, "rStyle") or "", _Style()).hidden

    def _table(self, table: Element) -> list[str | Grid]:
        rows: list[list[_Cell]] = []
        # The cell that a vertical merge goes on with, by column.
        above: dict[int, _Cell] = {}
        width = 0
        for node in table.iterfind("tr"):
            properties = node.find("trPr")
            if properties is not None and (properties.find("del") is not None or _on(properties, "hidden")):
                continue
            cells, columns = self._row(node)
            width = max(width, columns)
            self._check_cells(max(width, 1) * (len(rows) + 1))
            rows.append([])
            below: dict[int, _Cell] = {}
            for cell in cells:
                merged = above.get(cell.column) if cell.merge == "continue" else None
                if merged is not None and merged.colspan == cell.colspan:
                    merged.rowspan += 1
                    cell = merged
                else:
                    rows[-1].append(cell)
                if cell.merge:
                    below[cell.column] = cell
            above = below
        if _lays_out(rows):
            return [piece for row in rows for cell in row for piece in cell.pieces]
        self._cells += width * len(rows)
        return [Grid([[(_joined(cell.pieces), cell.rowspan, cell.colspan) for cell in row] for row in rows])]

    def _row(self, row: Element) -> tuple[list[_Cell], int]:
        """Cells of a row, those merged sideways in the old manner as one, and its number of columns."""
        cells: list[_Cell] = []
        properties = row.find("trPr")
        column = self._blanks(cells, _value(properties, "gridBefore"), 0)
        for node in row.iterfind("tc"):
            pieces = self.pieces(node, in_cell=True)
            own = node.find("tcPr")
            span = max(_integer(_value(own, "gridSpan"), 1), 1)
            if cells and _merge(own, "hMerge") == "continue":
                cells[-1].colspan += span
            else:
                cells.append(_Cell(pieces, column, span, _merge(own, "vMerge")))
            column += span
        return cells, self._blanks(cells, _value(properties, "gridAfter"), column)

    def _blanks(self, cells: list[_Cell], said: str | None, column: int) -> int:
        """Add as many blank cells as a row says that it is set in by; the column after them."""
        count = _integer(said, 0)
        self._check_cells(count)
        cells += [_Cell([], column + at, 1) for at in range(count)]
        return column + count

    def _check_cells(self, count: int) -> None:
        if self._cells + count > self._limits.max_cells:
            raise over(f"has more than {self._limits.max_cells} cells of tables", "max_cells", path=self._path)


def _merge(properties: Element | None, name: str) -> str | None:
    node = None if properties is None else properties.find(name)
    return None if node is None else node.get("val", "continue")


def _follow_field(fields: list[bool], mark: str | None) -> None:
    if mark == "begin":
        fields.append(True)
    elif mark == "separate" and fields:
        fields[-1] = len(fields) > 1 and fields[-2]
    elif mark == "end" and fields:
        fields.pop()


def _run_text(node: Element) -> str:
    """Text of a child of a run; ``"\\n"`` stands for a line break, and only for that."""
    if node.tag == "t":
        return (node.text or "").replace("\r", " ").replace("\n", " ").replace("\t", " ")
    if node.tag in ("tab", "ptab"):
        return " "
    if node.tag == "cr" or (node.tag == "br" and node.get("type", "textWrapping") == "textWrapping"):
        return "\n"
    return "-" if node.tag == "noBreakHyphen" else ""


def _lays_out(rows: list[list[_Cell]]) -> bool:
    """Whether a table only lays out a page: a single cell, or most of its text in tables and prose of paragraphs."""
    cells = [cell for row in rows for cell in row]
    if len(cells) == 1:
        return True
    sizes = [(sum(map(_size, cell.pieces)), _is_bulk(cell.pieces)) for cell in cells]
    return sum(size for size, bulk in sizes if bulk) * 2 > sum(size for size, _ in sizes)


def _is_bulk(pieces: list[str | Grid]) -> bool:
    paragraphs = [piece for piece in pieces if isinstance(piece, str) and "。" in piece]
    return any(isinstance(piece, Grid) for piece in pieces) or (
        len(paragraphs) > 1 and sum(map(len, paragraphs)) >= _PROSE
    )


def _size(piece: str | Grid) -> int:
    return len(piece) if isinstance(piece, str) else sum(len(text) for row in piece.rows for text, _, _ in row)


def _joined(pieces: list[str | Grid]) -> str:
    """Text of a cell as one line: a space only where two figures or foreign words would run together."""
    parts: list[str] = []
    for text in _texts(pieces):
        if parts and _is_word(parts[-1][-1]) and _is_word(text[0]):
            parts.append(" ")
        parts.append(text)
    return "".join(parts)


def _texts(pieces: list[str | Grid]) -> Iterator[str]:
    for piece in pieces:
        texts = [piece] if isinstance(piece, str) else [text for row in piece.rows for text, _, _ in row]
        yield from (stripped for text in texts if (stripped := text.strip()))


def _is_word(char: str) -> bool:
    return char.isascii() or char.isdigit()


# --- older formats


def _refuse_other_ole(data: bytes, path: str) -> None:
    """`InputError` for an OLE2 file that is no Word document, told by the names of its streams."""
    names = {
        name: name.encode("utf-16-le") in data for name in ("WordDocument", "EncryptedPackage", "Workbook", "Book")
    }
    if names["EncryptedPackage"]:
        raise InputError("encrypted", "is encrypted", path=path, hint="save it without a password")
    if names["WordDocument"]:
        # The document's header, where it stands at the first sector: magic number 0xA5EC, and the flag of encryption.
        if data[512:514] == b"\xec\xa5" and data[523:524] and data[523] & 1:
            raise InputError("encrypted", "is encrypted", path=path, hint="save it without a password")
        return
    if names["Workbook"] or names["Book"]:
        kind = "an Excel workbook"
    elif "PowerPoint Document".encode("utf-16-le") in data:
        kind = "a PowerPoint presentation"
    else:
        kind = "an Office file, but no Word document"
    raise InputError("unsupported", f"is {kind}", path=path, hint="save the report itself as .docx, .pdf or text")


# A converter that reads unknown files must run no macro and fetch nothing that they link.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
</item>
</oor:items>
"""


def _convert(office: Path, data: bytes, folder: Path, path: str, limits: Limits) -> bytes:
    """Bytes of the .docx that LibreOffice makes; all it writes is in `folder`."""
    source, profile, result = folder / "report.doc", folder / "profile", folder / "report.docx"
    source.write_bytes(data)
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    command = [
        str(office), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore",
        "--convert-to", "docx", "--outdir", str(folder), str(source),
    ]  # fmt: skip
    try:
        # A session of its own, so that the office program that `soffice` starts can be ended with it.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=folder, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(limits.max_seconds)
        except BaseException:
            _end(process)
            raise
        if result.stat().st_size > limits.max_unpacked:
            raise over("becomes too large a .docx", "max_unpacked", path=path)
        return result.read_bytes()
    except subprocess.TimeoutExpired as error:
        raise over(f"took longer than {limits.max_seconds:g} s to convert", "max_seconds", path=path) from error
    except OSError as error:
        raise InputError("damaged", "could not be converted by LibreOffice", path=path, hint=_RESAVE) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
