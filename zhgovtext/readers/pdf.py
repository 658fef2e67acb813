"""PDF → `Content`: pages are read by PDFium; lines and tables are put together from where the characters stand."""

from __future__ import annotations

import ctypes
import math
import re
import time
import unicodedata
import zlib
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2
import pypdfium2.raw as pdfium

from zhgovtext.document import Content, Grid, Note
from zhgovtext.errors import InputError
from zhgovtext.readers.limits import Limits, over
from zhgovtext.readers.pdf_lines import Glyph, Line, Measure, find_lines, measure, paragraphs
from zhgovtext.readers.pdf_tables import Rule, RuledTable, continues, find_tables, is_row, join_tables, to_grid, unruled

_HAN = re.compile("[\u3400-\u9fff]")
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd]")
_FILE_NAME = re.compile("\\.(?:docx?|wps|pdf|txt|xlsx?)\\b|Microsoft Word", re.IGNORECASE)
_PAGE_NUMBER = re.compile("([-—–―－·]\\s*)?(\\d{1,4})(?(1)\\s*[-—–―－·]|)$")
_RADICAL = re.compile("[\u2e80-\u2fd5]")
# Radicals that Unicode does not fold into the characters they look like. Fonts of browsers name them by mistake.
_RADICALS = dict(
    zip(
        "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_DIGITS = re.compile("\\d+")
# Share of the height of a page, at its top and bottom, in which running heads and page numbers stand.
_MARGIN = 0.12
_SAME_HEIGHT = 4.0
# A filled bar up to this thick is a rule.
_THIN = 3.0
# Text that runs at another angle is no text of the report; scans that were read are a little askew.
_ASKEW = 0.06
# Boxes longer than so many ems come from fonts for vertical writing.
_TALL = 2.5
_VERTICAL = 4
# More objects on a page than any report has: they are not searched for rules.
_MAX_OBJECTS = 50_000
_MAX_FORMS = 8
_MAX_GLYPHS = 20_000
# A stream that is packed may be packed again: so often at most in a file that means well.
_MAX_FILTERS = 3
_STREAM = re.compile(rb"\bstream\r?\n(?=[\x08-\x78])")
# Unpacked in pieces of this many bytes, since what zlib does not need of a piece is copied.
_PIECE = 2**14
# What a page draws by calling forms, which may call others: so many levels deep PDFium goes, so many calls it is let.
_MAX_NESTED = 40
_MAX_DRAWN = 2_000_000
_OBJECT = re.compile(rb"(?<!\d)(\d{1,9})\s{1,3}\d{1,5}\s{1,3}obj\b")
_MAX_OBJECT = 20_000
_RESOURCES = re.compile(rb"/(?:Resources|XObject)\s{0,3}(\d{1,9})\s{1,3}\d{1,5}\s{1,3}R\b")
_NAMED = re.compile(rb"/([^\s/<>\[\](){}%]{1,127})\s{0,3}(\d{1,9})\s{1,3}\d{1,5}\s{1,3}R\b")
_CALL = re.compile(rb"/([^\s/<>\[\](){}%]{1,127})\s{1,3}Do\b")


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    width: float
    top: float
    height: float
    lines: list[Line]
    tables: list[RuledTable]
    glyphs: int
    unmapped: int


def read_pdf(data: bytes, *, path: str, limits: Limits) -> Content:
    """Paragraphs and tables of a PDF in reading order.

    Page numbers and running heads are left out; wrapped lines are joined, over page breaks too; a ruled table is a
    grid of its cells, one over a page break one grid. Raises `InputError` for what is encrypted, damaged, over
    the limits, or has no text that can be read.

    >>> read_pdf(b"%PDF-1.7", path="a.pdf", limits=Limits())
    Traceback (most recent call last):
        ...
    zhgovtext.errors.InputError: a.pdf: is a damaged PDF: it cannot be opened (download it again)
    """
    with closing(_open(data, path, limits)) as document:
        count = len(document)
        if count > limits.max_pages:
            raise over(f"has {count} pages, more than {limits.max_pages}", "max_pages", path=path)
        notes: list[Note] = []
        pages = list(_pages(document, notes, path, limits))
        properties = _properties(document)
    if not pages and notes:
        raise InputError(
            "damaged", f"none of its pages can be read: {notes[0].message}", path=path, hint="print it to PDF again"
        )
    pieces = list(_pieces(pages, notes))
    text = _check(pieces, notes, path)
    glyphs, unmapped = sum(page.glyphs for page in pages), sum(page.unmapped for page in pages)
    unknown = len(_UNREADABLE.findall(text))
    if 2 * unknown > len(text) or (2 * unmapped > glyphs and len(_HAN.findall(text)) < 0.4 * len(text)):
        hint = "run OCR (text recognition) on it first, or ask for the file it was made from"
        raise InputError("no_text", "its fonts do not say which characters they show", path=path, hint=hint)
    if 100 * max(unknown, unmapped) > glyphs:
        many = f"{max(unknown, unmapped)} characters"
        notes.append(Note("characters_unmapped", f"{many} are of fonts that do not say what they show: check them"))
    return Content(pieces, properties=properties, notes=tuple(notes))


def _open(data: bytes, path: str, limits: Limits) -> pypdfium2.PdfDocument:
    _check_streams(data, path, limits)
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            hint = "remove its password in a PDF program and save it again"
            raise InputError("encrypted", "is an encrypted PDF", path=path, hint=hint) from error
        hint = "download it again"
        raise InputError("damaged", "is a damaged PDF: it cannot be opened", path=path, hint=hint) from error


def _check_streams(data: bytes, path: str, limits: Limits) -> None:
    """Refuse a file whose streams would unpack to more than the cap, or draw forms within forms without end, before
    PDFium does it, which nothing can stop then. Pictures stay packed."""
    has_forms = b"/Form" in data
    calls: dict[int, Counter[bytes]] = {}
    total = end = 0
    for found in _STREAM.finditer(data):
        start = found.end()
        if b"/Image" in data[max(0, start - 400) : start]:
            continue
        if end <= start:
            end = data.find(b"endstream", start)
            end = len(data) if end < 0 else end
        content: bytes | memoryview = memoryview(data)[start:end]
        for _ in range(_MAX_FILTERS):
            unpacked, size = _unpack(content, limits.max_unpacked - total)
            total += size
            if total > limits.max_unpacked:
                what = f"unpacks to more than {limits.max_unpacked / 1e6:g} MB"
                raise over(what, "max_unpacked", path=path)
            if unpacked is None:
                break
            content = unpacked
        if has_forms and (called := Counter(_CALL.findall(content))):
            calls[found.start()] = called
    if calls and _count_drawn(data, calls) > _MAX_DRAWN:
        hint = "print it to PDF again"
        raise InputError("damaged", "draws forms within forms without end", path=path, hint=hint)


def _unpack(packed: bytes | memoryview, most: int) -> tuple[bytes | None, int]:
    """What a stream unpacks to, null where it is not packed, and to how many bytes; to one more than `most` at most."""
    unpacker = zlib.decompressobj()
    parts: list[bytes] = []
    size = 0
    try:
        for at in range(0, len(packed), _PIECE):
            piece: bytes | memoryview = packed[at : at + _PIECE]
            while piece and size <= most and not unpacker.eof:
                parts.append(unpacker.decompress(piece, most - size + 1))
                size += len(parts[-1])
                piece = unpacker.unconsumed_tail
            if size > most or unpacker.eof:
                break
    except zlib.error:
        return None, size
    return b"".join(parts), size


def _count_drawn(data: bytes, calls: dict[int, Counter[bytes]]) -> float:
    """How many forms a page draws at most: `calls` has those of each stream by name, by where the stream stands."""
    places = [(found.end(), int(found[1])) for found in _OBJECT.finditer(data)]
    ends = [start for start, _ in places[1:]] + [len(data)]
    objects = {
        number: data[start : min(end, start + _MAX_OBJECT)] for (start, number), end in zip(places, ends, strict=False)
    }
    forms: dict[int, list[tuple[int, set[int]]]] = {}
    pages = 1
    for at, called in calls.items():
        start, number = places[bisect(places, (at,)) - 1] if places and places[0][0] < at else (at, -1)
        head = data[max(start, at - _MAX_OBJECT) : at]
        if b"/Form" in head:
            names = _named(head, objects)
            forms[number] = [(times, names.get(name, set())) for name, times in called.items()]
        else:
            pages = max(pages, called.total())
    drawn = dict.fromkeys(forms, 1.0)
    for _ in range(_MAX_NESTED):
        deeper = {
            number: min(
                1 + sum(times * max((drawn.get(to, 1.0) for to in targets), default=1.0) for times, targets in inside),
                _MAX_DRAWN + 1.0,
            )
            for number, inside in forms.items()
        }
        if deeper == drawn:
            break
        drawn = deeper
    return pages * max(drawn.values(), default=1.0)


def _named(head: bytes, objects: Mapping[int, bytes]) -> dict[bytes, set[int]]:
    """The objects that names may stand for in a stream with this dictionary."""
    found: dict[bytes, set[int]] = {}
    texts = [head]
    for _ in range(3):
        for name, number in (pair for text in texts for pair in _NAMED.findall(text)):
            found.setdefault(name, set()).add(int(number))
        texts = [objects.get(int(number), b"") for text in texts for number in _RESOURCES.findall(text)][:8]
    return found


def _properties(document: pypdfium2.PdfDocument) -> dict[str, str]:
    """The title, unless it is none: a file name, or without Chinese."""
    try:
        title = " ".join(document.get_metadata_value("Title").split())
    except UnicodeDecodeError:
        return {}
    sensible = 4 <= len(title) <= 100 and len(_HAN.findall(title)) >= 4 and not _FILE_NAME.search(title)
    return {"title": title} if sensible else {}


def _pages(document: pypdfium2.PdfDocument, notes: list[Note], path: str, limits: Limits) -> Iterator[_Page]:
    deadline = time.monotonic() + limits.max_seconds
    chars = cells = 0
    for index in range(len(document)):
        number = index + 1
        if time.monotonic() > deadline:
            raise over(f"takes longer than {limits.max_seconds:g} s to read", "max_seconds", path=path)
        try:
            with closing(document[index]) as page, closing(page.get_textpage()) as text:
                chars += text.count_chars()
                if chars > limits.max_chars:
                    raise over(f"has more than {limits.max_chars} characters of text", "max_chars", path=path)
                if text.count_chars() > _MAX_GLYPHS:
                    notes.append(Note("page_unread", f"page {number} has too many characters and was not read"))
                    continue
                found = _page(page, text, number, notes)
        except pypdfium2.PdfiumError:
            notes.append(Note("page_unread", f"page {number} is damaged and was not read"))
            continue
        cells += sum(table.height * (len(table.edges) - 1) for table in found.tables)
        if cells > limits.max_cells:
            raise over(f"has more than {limits.max_cells} table cells", "max_cells", path=path)
        yield found


def _page(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, number: int, notes: list[Note]) -> _Page:
    box = page.get_bbox()
    glyphs, turn, unmapped = _glyphs(text, box)
    rules = _rules(page, turn) if glyphs else []
    if rules is None:
        notes.append(Note("page_drawing", f"page {number} has too many drawn objects to look for tables"))
    tables, rest, complete = find_tables(rules or [], glyphs)
    if not complete:
        notes.append(Note("page_drawing", f"page {number} has too many rules to look for tables"))
    if not glyphs and any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2)):
        notes.append(Note("page_scanned", f"page {number} is a picture without text"))
    (left, top), (right, bottom) = _turned(box[0], box[3], turn), _turned(box[2], box[1], turn)
    size = abs(right - left), min(top, bottom), abs(bottom - top)
    return _Page(number, *size, find_lines(rest), tables, len(glyphs), unmapped)


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """A point of the page in the sense of reading: to the right and down, for text that runs at `turn` right angles."""
    return ((x, -y), (y, x), (-x, y), (-y, -x))[turn]


def _glyphs(text: pypdfium2.PdfTextPage, box: tuple[float, float, float, float]) -> tuple[list[Glyph], int, int]:
    """Characters of a page where they stand, the direction of most of them in right angles from rightwards, and how
    many are of fonts that do not say which characters they show.

    Characters that run askew (a watermark) and those outside the page are left out.
    """
    found: list[tuple[str, int, tuple[float, float, float, float], float, float, float]] = []
    directions: Counter[int] = Counter()
    origin_x, origin_y = ctypes.c_double(), ctypes.c_double()
    loose, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    unmapped = 0
    for index, char in _characters(text):
        if not pdfium.FPDFText_GetMatrix(text, index, matrix):
            continue
        angle = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        if abs(angle - round(angle)) > _ASKEW:
            continue
        pdfium.FPDFText_GetCharOrigin(text, index, origin_x, origin_y)
        pdfium.FPDFText_GetLooseCharBox(text, index, loose)
        em = pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d)
        x, y = origin_x.value, origin_y.value
        if em <= 0 or not (box[0] <= x <= box[2] and box[1] <= y <= box[3]):
            continue
        edges = (loose.left, loose.bottom, loose.right, loose.top)
        direction = round(angle) % 4
        if max(edges[2] - edges[0], edges[3] - edges[1]) > _TALL * em:
            # A font for vertical writing: only the tight box tells where the character is.
            edges, direction = text.get_charbox(index), _VERTICAL
        directions[direction] += 1
        unmapped += pdfium.FPDFText_HasUnicodeMapError(text, index) == 1
        found.append((char, direction, edges, x, y, em))
    main = max((direction for direction in directions if direction != _VERTICAL), key=directions.__getitem__, default=0)
    glyphs: list[Glyph] = []
    for char, direction, edges, x, y, em in found:
        (xa, ya), (xb, yb) = _turned(edges[0], edges[1], main), _turned(edges[2], edges[3], main)
        baseline = _turned(x, y, main)[1]
        middle = baseline - 0.35 * em if direction == main else (ya + yb) / 2
        glyphs.append(Glyph(char, min(xa, xb), max(xa, xb), middle, baseline, em, direction != main))
    return glyphs, main, unmapped


def _characters(text: pypdfium2.PdfTextPage) -> Iterator[tuple[int, str]]:
    """Characters that the file itself holds, with their index; PDFium adds spaces and line ends of its own."""
    lead = 0
    for index in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text, index) == 1:
            continue
        code = pdfium.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:
            lead = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((lead - 0xD800) << 10) + (code - 0xDC00) if lead else 0xFFFD
        lead = 0
        yield index, _character(code)


def _character(code: int) -> str:
    """The character of a code as one would type it: a radical is the character that it looks like."""
    if code < 0x20:
        return " " if code in (9, 10, 13) else "\ufffd"
    char = chr(code)
    return _RADICALS.get(char) or unicodedata.normalize("NFKC", char) if _RADICAL.match(char) else char


def _rules(page: pypdfium2.PdfPage, turn: int) -> list[Rule] | None:
    """Straight rules drawn on a page, as strokes or as thin bars; none if it has too many objects."""
    rules: list[Rule] = []
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    shapes = page.get_objects(max_depth=_MAX_FORMS)
    for count, shape in enumerate(shapes):
        if count > _MAX_OBJECTS:
            return None
        if shape.type != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        pdfium.FPDFPath_GetDrawMode(shape, fill, stroke)
        for points in _outlines(shape, turn):
            if stroke.value:
                rules += [rule for a, b in pairwise(points) if (rule := _straight(a, b))]
            elif fill.value:
                rules += _bar(points)
        if len(rules) > _MAX_OBJECTS:
            return None
    return rules


def _outlines(shape: pypdfium2.PdfObject, turn: int) -> Iterator[list[tuple[float, float]]]:
    """The parts of a path, each as its points on the page; curves end one and begin the next."""
    matrix = shape.get_matrix()
    container = shape.container
    while container is not None:
        matrix = matrix.multiply(container.get_matrix())
        container = container.container
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for index in range(min(pdfium.FPDFPath_CountSegments(shape), _MAX_OBJECTS)):
        segment = pdfium.FPDFPath_GetPathSegment(shape, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if kind != pdfium.FPDF_SEGMENT_LINETO and points:
            yield points
            points = []
        across, up = matrix.on_point(x.value, y.value)
        points.append(_turned(across, up, turn))
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield [*points, points[0]]
            points = []
    if points:
        yield points


def _straight(a: tuple[float, float], b: tuple[float, float]) -> Rule | None:
    (xa, ya), (xb, yb) = a, b
    if abs(ya - yb) < 1 and abs(xa - xb) > abs(ya - yb):
        return Rule(False, (ya + yb) / 2, min(xa, xb), max(xa, xb))
    if abs(xa - xb) < 1 and abs(ya - yb) > abs(xa - xb):
        return Rule(True, (xa + xb) / 2, min(ya, yb), max(ya, yb))
    return None


def _bar(points: Sequence[tuple[float, float]]) -> list[Rule]:
    """The rule that a filled outline is, if it is thin."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    if height <= _THIN and width > height:
        return [Rule(False, (min(ys) + max(ys)) / 2, min(xs), max(xs))]
    if width <= _THIN and height > width:
        return [Rule(True, (min(xs) + max(xs)) / 2, min(ys), max(ys))]
    return []


def _pieces(pages: Sequence[_Page], notes: list[Note]) -> Iterator[str | Grid]:
    bodies = _without_furniture(pages)
    areas = _areas(pages, bodies)
    flow: list[tuple[Line | RuledTable | Grid, int, Measure]] = []
    for page, lines in zip(pages, bodies, strict=True):
        area = areas[round(page.width)]
        for part in _in_order(lines, page.tables):
            above = flow[-1] if flow else None
            if (
                isinstance(part, RuledTable)
                and above
                and isinstance(above[0], RuledTable)
                and above[1] == page.number - 1
                and continues(above[0], part)
            ):
                flow[-1] = (join_tables(above[0], part), page.number, area)
            else:
                flow.append((part, page.number, area))
    for number in sorted({number for part, number, _ in flow if isinstance(part, Line) and is_row(part)}):
        notes.append(Note("table_unruled", f"page {number} has figures in columns without rules: they are no table"))
    run: list[tuple[Line, int, Measure]] = []
    for part, number, area in flow:
        if isinstance(part, Line):
            run.append((part, number, area))
            continue
        yield from paragraphs(run)
        run = []
        yield to_grid(part) if isinstance(part, RuledTable) else part
    yield from paragraphs(run)


def _in_order(lines: Sequence[Line], tables: Sequence[RuledTable]) -> Iterator[Line | RuledTable | Grid]:
    rest = list(lines)
    for table in sorted(tables, key=lambda table: table.top):
        yield from unruled([line for line in rest if line.baseline <= table.top + 1])
        rest = [line for line in rest if line.baseline > table.top + 1]
        yield table
    yield from unruled(rest)


def _areas(pages: Sequence[_Page], bodies: Sequence[Sequence[Line]]) -> dict[int, Measure]:
    """The type area of each width of page in a document."""
    lines: defaultdict[int, list[Line]] = defaultdict(list)
    for page, body in zip(pages, bodies, strict=True):
        lines[round(page.width)] += body
    return {width: measure(found, width) for width, found in lines.items()}


def _without_furniture(pages: Sequence[_Page]) -> list[list[Line]]:
    """The lines of each page without page numbers, running heads and running feet.

    They stand in the margin, and again at the same height of another page, but for digits; or are a page number alone.
    What stands behind a line of text is text.
    """
    seen: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for page in pages:
        for line in (*_margin(page, head=True), *_margin(page, head=False)):
            seen[_pattern(line), _height(line, page)].add(page.number)

    def again(line: Line, page: _Page) -> bool:
        pattern, height = _pattern(line), _height(line, page)
        here = {page.number}
        return any(seen.get((pattern, near), here) != here for near in (height - 1, height, height + 1))

    bodies: list[list[Line]] = []
    for page in pages:
        gone: set[int] = set()
        for head in (True, False):
            for line in _margin(page, head=head):
                if not (again(line, page) or _is_number(line, page)):
                    break
                gone.add(id(line))
        bodies.append([line for line in page.lines if id(line) not in gone])
    return bodies


def _margin(page: _Page, *, head: bool) -> list[Line]:
    """Lines in the top or bottom margin of a page, from the edge inwards, tables excepted."""
    if head:
        end = min((table.top for table in page.tables), default=math.inf)
        return [line for line in page.lines if line.baseline < min(page.top + _MARGIN * page.height, end)]
    end = max((table.bottom for table in page.tables), default=-math.inf)
    start = max(page.top + (1 - _MARGIN) * page.height, end)
    return [line for line in reversed(page.lines) if line.baseline > start]


def _height(line: Line, page: _Page) -> int:
    return round((line.baseline - page.top) / _SAME_HEIGHT)


def _pattern(line: Line) -> str:
    return _DIGITS.sub("#", "".join(line.text.split()))


def _is_number(line: Line, page: _Page) -> bool:
    """A number between dashes, or the number of the page itself, set off from the text."""
    found = _PAGE_NUMBER.match(line.text)
    if not found or any(0 < abs(line.baseline - other.baseline) < 1.2 * line.em for other in page.lines):
        return False
    return found[1] is not None or int(found[2]) == page.number


def _check(pieces: Sequence[str | Grid], notes: Sequence[Note], path: str) -> str:
    """The text of all pieces in one; `InputError` if there is none."""
    text = "".join(
        piece if isinstance(piece, str) else "".join(cell[0] for row in piece.rows for cell in row) for piece in pieces
    )
    if not text.strip():
        scanned = any(note.code == "page_scanned" for note in notes)
        what = "has pages but no text: it is scanned" if scanned else "has pages but no text on them"
        hint = "run OCR (text recognition) on it first and save the result as PDF or text"
        raise InputError("no_text", what, path=path, hint=hint)
    return text
