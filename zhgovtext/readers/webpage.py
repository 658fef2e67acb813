"""HTML → `Content`: the article of a web page, without what the site puts around it.

The page is pruned (comments, scripts, formatting tags) and its depth checked in one pass over the source, parsed by
lexbor, and walked once into blocks: paragraphs and grids, each with the element that holds it. The article is the
deepest element that holds the page's prose, numbered headings and tables, links not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from zhgovtext.document import Content, Grid, Note
from zhgovtext.errors import DataError, InputError
from zhgovtext.readers.encoding import decode
from zhgovtext.readers.limits import Limits, over
from zhgovtext.resources import data_path, rows

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

# --- what HTML says of its elements


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Markup of a page: a tag with its attributes (quotes count only after "=", as in the standard), or what holds no text:
# an element whose content is no markup, a choice of a form, a comment (with the end that one inside it leaves behind),
# a doctype with its entities, another declaration. Each reaches its end or that of the page, and no repetition gives
# back what it took: the time is linear.
_ATTRIBUTES = r"""(?:[^>=]*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+)?+)*+[^>=]*+>?+"""
_RAW = r"(?:script|style|textarea|iframe)(?=[\s/>])"
_CHOICE = r"(?:select|optgroup|option)(?=[\s/>])"
_MARKUP = re.compile(
    rf"<(?:(/?)(?!{_RAW}|{_CHOICE})([a-z][^\s/>]*+){_ATTRIBUTES}"
    rf"|({_RAW}){_ATTRIBUTES}(?:[^<]++|<(?!/\3[\s/>]))*+(?:</[^>]*+>?+)?+"
    rf"|/?+{_CHOICE}{_ATTRIBUTES}(?:(?<!</select>)[^<]++)?+"
    r"|!--(?:-?>|(?:[^-]++|-(?!->))*+(?:-->(?:\s*+-->)*+)?+)"
    r"|!doctype[^>\[]*+\[(?:[^\]]++|\](?!\s*+>))*+(?:\]\s*+>)?+"
    r"|[!?][^>]*+>?+)",
    re.IGNORECASE,
)
# Tags that say nothing about text. Left in, unclosed formatting is opened again in every later paragraph (quadratic),
# and a frame set, plain text or object takes the rest of the page with it.
_PRUNED = _words(
    "b big code em font i s small strike strong tt u nobr xmp plaintext frameset frame noframes noembed applet "
    "marquee object embed"
)
_VOID = _words("area base br col hr img input link meta param source track wbr")
_BLOCKS = _words(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol p pre section summary table tbody td tfoot th "
    "thead tr ul"
)
# All else is part of a line.
_READ = _BLOCKS | {"br", "a"}
_SIBLINGS = {"p": {"p"}, "li": {"li"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}, "a": {"a"}, "option": {"option"}}
_TABLE_PARTS = {
    "td": {"td", "th"}, "th": {"td", "th"}, "tr": {"tr", "td", "th"},
    "tbody": {"thead", "tbody", "tfoot", "tr", "td", "th"}, "thead": {"thead", "tbody", "tfoot", "tr", "td", "th"},
    "tfoot": {"thead", "tbody", "tfoot", "tr", "td", "th"},
}  # fmt: skip
_CELLS = frozenset(("td", "th", "caption"))
_SCOPES = _words("table td th caption template")
_LISTS = _SCOPES | {"ul", "ol", "dl", "div"}
_UNREAD = _words(
    "-comment -doctype script style noscript template select option button input svg math iframe audio video canvas "
    "xml head title datalist"
)
_ASIDE = frozenset(("nav", "footer", "aside"))
# Elements that hold a paragraph rather than an article.
_LINES = _words("p h1 h2 h3 h4 h5 h6 li dd dt pre caption tr tbody thead tfoot table")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MAX_TAG = 4_000
# A report has some thousands; the parsed page needs some 300 bytes for each.
_MAX_TAGS = 2_000_000
_MAX_COLSPAN = 100
_MAX_WIDTH = 64
_CARD_ROWS = 6
# Fewer paragraphs that stand twice on a page are no second copy of its article.
_LEAST_COPY = 3

# --- what Chinese text looks like

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WIDE = (
    "\u2014\u2018-\u201d\u2026\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
)
_SOURCE_BREAK = re.compile(f"(?<=[{_WIDE}])[ \t\r\n\f]++(?=[{_WIDE}])")
_STOP = re.compile("[。；！？]")
_NUMBERED = re.compile(
    "[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|第[一二三四五六七八九十]{1,3}部分"
)
_FIGURE = re.compile(r"[\d.,%％/—－-]+")
_YEAR = re.compile("(?:19|20)\\d\\d|[二○〇零Ｏ０][○〇零Ｏ０OO][○〇零一二][○〇零一二三四五六七八九]|２０\\d\\d")
_DATE = r"\d{4}[-年./]\d{1,2}[-月./]\d{1,2}日?(?:\s{0,4}\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?"
_PUBLISHED = re.compile(rf"(?:时间|日期|時間)\s{{0,4}}[:：]?\s{{0,4}}({_DATE})")
# The date of a content management system; a report's own has 年 and 月.
_SYSTEM_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:\s{0,4}\d{1,2}:\d{2}(?::\d{2})?)?")
_PUNCTUATION = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"[\s【】\[\]［］〖〗|｜·>》]+")


@dataclass(frozen=True, slots=True)
class _Shell:
    """What sites put around an article, as data: see ``data/readers/webpage.tsv``."""

    names: re.Pattern[str]
    sites: re.Pattern[str]
    starts: tuple[str, ...]
    lines: frozenset[str]
    cards: frozenset[str]


@cache
def _shell() -> _Shell:
    path = data_path("readers", "webpage.tsv")
    kinds: dict[str, list[str]] = {kind: [] for kind in ("name", "line", "start", "site", "card")}
    for number, row in rows(path, ("kind", "text")):
        if row["kind"] not in kinds or not row["text"]:
            raise DataError(
                "kind", f"has the kind {row['kind']!r}", path=str(path), place=f"line {number}", hint=" ".join(kinds)
            )
        kinds[row["kind"]].append(row["text"])
    return _Shell(
        _any_of(kinds["name"]), _any_of(kinds["site"]), tuple(kinds["start"]), frozenset(kinds["line"]),
        frozenset(kinds["card"]),
    )  # fmt: skip


def _any_of(texts: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, texts)))


@dataclass(slots=True)
class _Block:
    """A paragraph or grid, and the number of the element (`_Page.parents`) that holds it.

    `size` and `linked` count characters, all and those inside links.
    """

    piece: str | Grid
    box: int
    size: int
    linked: int


@dataclass(slots=True)
class _Cell:
    flow: list[_Block]
    rowspan: int
    colspan: int


@dataclass(slots=True)
class _Rows:
    """Rows of a table under construction, those of one thead, tbody or tfoot."""

    tag: str
    rows: list[list[_Cell]] = field(default_factory=list)


@dataclass(slots=True)
class _Frame:
    box: int
    groups: list[_Rows] = field(default_factory=list)
    caption: list[_Block] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    """State of the walk, and its result: blocks in reading order, and the tree of the block elements.

    Elements are numbered in the order of their start tags: `parents` (-1 for the body), `ends` (the last number
    inside), `tags`, and whether the `aside` of an element says that no article is in it.
    """

    limits: Limits
    path: str
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    aside: list[bool] = field(default_factory=list)
    flows: list[list[_Block]] = field(default_factory=lambda: [[]])
    frames: list[_Frame] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    named: dict[tuple[str | None, ...], bool] = field(default_factory=dict)
    box: int = -1
    links: int = 0
    linked: int = 0
    pre: int = 0
    cells: int = 0

    def text(self, text: str) -> None:
        if text.strip() == "-->":  # what a comment inside a comment leaves behind
            return
        if self.links:
            self.linked += len(text.strip())
        if self.pre and "\n" in text:
            head, *lines = text.split("\n")
            self.run.append(head)
            for line in lines:
                self.flush()
                self.run.append(line)
        else:
            self.run.append(text)

    def flush(self) -> None:
        """End the line."""
        if self.run:
            text = _collapse("".join(self.run))
            self.run.clear()
            if text:
                self.flows[-1].append(_Block(text, self.box, len(text), self.linked))
            self.linked = 0

    def open(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag not in _BLOCKS:
            if tag == "br":
                self.flush()
            elif tag == "a" and attributes.get("href"):
                self.links += 1
            return
        if self.run:
            self.flush()
        self.parents.append(self.box)
        self.box = len(self.tags)
        self.tags.append(tag)
        self.ends.append(self.box)
        named = tag not in _LINES and self._is_named_aside(attributes.get("id"), attributes.get("class"))
        self.aside.append(named or tag in _ASIDE)
        if tag == "table":
            self.frames.append(_Frame(self.box))
        elif tag == "pre":
            self.pre += 1
        elif self.frames:
            self._open_part(tag, attributes)

    def _is_named_aside(self, *names: str | None) -> bool:
        if names not in self.named:
            self.named[names] = any(_shell().names.search(name.lower()) for name in names if name)
        return self.named[names]

    def _open_part(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        frame = self.frames[-1]
        if tag in ("thead", "tbody", "tfoot"):
            frame.groups.append(_Rows(tag))
        elif tag == "tr" and frame.groups:
            frame.groups[-1].rows.append([])
        elif tag in ("td", "th") and frame.groups and frame.groups[-1].rows:
            self.cells += 1
            if self.cells > self.limits.max_cells:
                raise over(f"has tables of more than {self.limits.max_cells} cells", "max_cells", path=self.path)
            cell = _Cell([], _span(attributes.get("rowspan")), max(_span(attributes.get("colspan")), 1))
            frame.groups[-1].rows[-1].append(cell)
            self.flows.append(cell.flow)
        elif tag in _CELLS:
            self.flows.append(frame.caption)

    def close(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag not in _BLOCKS:
            if tag == "a" and attributes.get("href"):
                self.links -= 1
            return
        self.flush()
        if tag in _CELLS and self.frames:
            self.flows.pop()
        elif tag == "table":
            self.flows[-1].extend(self._table(self.frames.pop()))
        elif tag == "pre":
            self.pre -= 1
        self.ends[self.box] = len(self.tags) - 1
        self.box = self.parents[self.box]

    def _table(self, frame: _Frame) -> list[_Block]:
        """A finished table: one grid, or, where it only lays out the page, the blocks of its cells."""
        groups = sorted(frame.groups, key=lambda group: group.tag == "tfoot")
        cells = [cell for group in groups for row in group.rows for cell in row]
        blocks = [block for cell in cells for block in cell.flow]
        if not blocks:
            return frame.caption
        if _only_lays_out(groups, cells):
            return frame.caption + blocks
        stated = _settle(groups)
        self._count_places(stated)
        caption = _joined(frame.caption)
        grid = Grid(
            [[(_joined(cell.flow), cell.rowspan, cell.colspan) for cell in row] for row in stated], caption or None
        )
        size, linked = sum(block.size for block in blocks), sum(block.linked for block in blocks)
        return [_Block(grid, frame.box, size, linked)]

    def _count_places(self, stated: list[list[_Cell]]) -> None:
        places = sum(cell.rowspan * cell.colspan for row in stated for cell in row)
        width = max((sum(cell.colspan for cell in row) for row in stated), default=0)
        places = max(places, width * len(stated))
        self.cells += places - sum(map(len, stated))
        if self.cells > self.limits.max_cells:
            raise over(f"has tables of more than {self.limits.max_cells} cells", "max_cells", path=self.path)


def read_page(data: bytes, *, path: str, limits: Limits) -> Content:
    """Article of an HTML page: paragraphs and tables in reading order.

    `properties` are ``title``, ``published`` and ``site``, each where the page says so. `InputError` for no known
    encoding (``encoding``), elements nested deeper than `Limits.max_depth` (``too_deep``), tables of more places than
    `Limits.max_cells` (``too_large``).

    >>> page = "<div id=nav><a href=/>首页</a></div><p>公开<b>3</b>条。<table><tr><td>项<td>数<tr><td>条<td>3</table>"
    >>> content = read_page(page.encode(), path="a.html", limits=Limits())
    >>> content.pieces[0], content.pieces[1].rows, content.encoding
    ('公开3条。', [[('项', 1, 1), ('数', 1, 1)], [('条', 1, 1), ('3', 1, 1)]], 'utf-8')
    """
    from selectolax.lexbor import LexborHTMLParser

    encoding, source, notes = _decoded(data, path)
    parser = LexborHTMLParser(_pruned(source, limits, path))
    page = _walk(parser, limits, path)
    if not any(_weight(block) and not _is_shell(block) for block in page.flows[0]):
        page = _walk(parser, limits, path, hidden=True)  # an article that a script would show
    properties = _properties(parser)
    blocks = _article(page, properties)
    pieces = _with_title(blocks or _remains(page, properties), properties)
    if not blocks:
        text = f"the page holds no report (lines of text: {len(pieces)}): is it an attachment, or shown by a script?"
        notes = (*notes, Note("no_article", text))
    return Content(pieces, encoding, properties, notes)


def _decoded(data: bytes, path: str) -> tuple[str, str, tuple[Note, ...]]:
    declared = _declared(data[:4096])
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.replace(b"\0", b"")
    try:
        encoding, text = decode(data, path=path, declared=declared)
    except InputError as error:
        # A few damaged bytes, as servers and cut files leave them, shown as U+FFFD like a browser does.
        if error.code != "encoding" or declared is None:
            raise
        encoding, text = declared, data.decode("big5hkscs" if declared == "big5" else declared, "replace")
        if text.count("\ufffd") > 1 + len(text) // 1000:
            raise
        note = Note("damaged_characters", f"{text.count(chr(0xFFFD))} characters could not be decoded and are U+FFFD")
        return encoding, text, (note,)
    return encoding, text, ()


_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)\s[^>]{0,400}?(?:charset|encoding)\s{0,8}=\s{0,8}["']?\s{0,8}([\w-]{1,20})""",
    re.IGNORECASE,
)
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030", "cp936": "gb18030", "gb18030": "gb18030", "big5": "big5", "big5-hkscs": "big5",
    "x-x-big5": "big5", "cp950": "big5",
}  # fmt: skip


def _declared(head: bytes) -> str | None:
    found = _CHARSET.search(head)
    return _ENCODINGS.get(found[1].decode("ascii").lower()) if found else None


# --- source → pruned source


def _pruned(source: str, limits: Limits, path: str) -> str:
    """Source without comments, scripts, formatting tags and overlong attributes; `InputError` where it is too deep."""
    parts: list[str] = []
    stack: list[str] = []
    kept = tags = 0
    for found in _MARKUP.finditer(source):
        close, name, _ = found.groups()
        start, end = found.span()
        tags += 1
        if tags > _MAX_TAGS:
            raise InputError("too_large", f"has more than {_MAX_TAGS} tags", path=path, hint="is this a report?")
        if name is None or (name := name.lower()) in _PRUNED:
            parts.append(source[kept:start])
            kept = end
            continue
        if name not in _VOID and not (close and stack and stack[-1] == name and stack.pop()):
            open_link = name in _BLOCKS and "a" in stack
            _nest(stack, name, bool(close))
            if open_link and "a" not in stack:
                # A link left open ends with its paragraph: a parser would go on with it to the end of the page.
                parts += source[kept:start], "</a>"
                kept = start
            if len(stack) > limits.max_depth:
                raise InputError(
                    "too_deep",
                    f"nests elements more than {limits.max_depth} deep",
                    path=path,
                    hint="is this a report? Limits(max_depth=…) raises the cap",
                )
        if end - start > _MAX_TAG:
            parts += source[kept:start], f"<{close}{name}>"
            kept = end
    parts.append(source[kept:])
    return "".join(parts)


def _nest(stack: list[str], name: str, close: bool) -> None:
    """The stack of open elements after a tag, as the standard has it: a little too deep rather than too flat."""
    if close:
        if name in _TABLE_PARTS or name == "table":
            _pop(stack, {name}, {"table"} - {name})
        else:
            _pop(stack, {name}, _SCOPES if name in _BLOCKS else _BLOCKS)
        return
    if name in _TABLE_PARTS:
        _pop(stack, _TABLE_PARTS[name], {"table"}, all_of=True)
    else:
        if name in _BLOCKS and "p" in stack:
            _pop(stack, {"p"}, _SCOPES)
        if name in _SIBLINGS:
            _pop(stack, _SIBLINGS[name], _LISTS)
    stack.append(name)


def _pop(stack: list[str], names: set[str], stops: set[str] | frozenset[str], *, all_of: bool = False) -> None:
    cut = None
    for at in range(len(stack) - 1, -1, -1):
        if stack[at] in names:
            cut = at
            if not all_of:
                break
        elif stack[at] in stops:
            break
    if cut is not None:
        del stack[cut:]


# --- parsed page → blocks


def _walk(parser: LexborHTMLParser, limits: Limits, path: str, *, hidden: bool = False) -> _Page:
    """Blocks of the body; elements that are not shown are left out unless `hidden`."""
    page = _Page(limits, path)
    node: LexborNode | None = parser.body
    above: list[tuple[str, Mapping[str, str | None]]] = []
    while node is not None:
        tag = node.tag
        if tag == "-text":
            page.text(node.text_content or "")
        elif tag is not None and tag not in _UNREAD:
            attributes = node.attributes
            if hidden or not attributes or not _is_hidden(attributes):
                if tag in _READ:
                    page.open(tag, attributes)
                child = node.first_child
                if child is not None:
                    above.append((tag, attributes))
                    node = child
                    continue
                if tag in _READ:
                    page.close(tag, attributes)
        while above:
            following = node.next
            if following is not None:
                node = following
                break
            parent = node.parent
            closed, its = above.pop()
            if closed in _READ:
                page.close(closed, its)
            if parent is None:
                above.clear()
                break
            node = parent
        else:
            break
    return page


def _is_hidden(attributes: Mapping[str, str | None]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    # Word states some 300 characters of style for each cell: a search in each would cost a third of the whole reading.
    return style is not None and ("isp" in style or "isi" in style or "IS" in style) and bool(_HIDDEN.search(style))


def _collapse(text: str) -> str:
    """White space as it is shown; a line break of the source between two Chinese characters is nothing."""
    if "\n" in text:
        text = _SOURCE_BREAK.sub(lambda found: "" if "\n" in found[0] else " ", text)
    return " ".join(text.split())


def _span(value: str | None) -> int:
    """Value of rowspan or colspan; 0 means: to the end of the group."""
    if value is None:
        return 1
    digits = value.strip()[:8]
    return int(digits) if digits.isascii() and digits.isdigit() else 1


def _joined(flow: Sequence[_Block]) -> str:
    """Text of a cell as one line: a space only between letters or digits of two lines."""
    text = ""
    for part in _texts(flow):
        apart = text and part and text[-1].isascii() and part[0].isascii() and text[-1].isalnum() and part[0].isalnum()
        text += f" {part}" if apart else part
    return text


def _texts(flow: Sequence[_Block]) -> Iterator[str]:
    for block in flow:
        if isinstance(block.piece, str):
            yield block.piece
        else:
            yield from (text for row in block.piece.rows for text, _, _ in row)


def _only_lays_out(groups: list[_Rows], cells: list[_Cell]) -> bool:
    """A table of one column or row, or whose cells hold tables or the paragraphs of an article."""
    if any(not isinstance(block.piece, str) for cell in cells for block in cell.flow):
        return True
    figures = sum(len(cell.flow) == 1 and _FIGURE.fullmatch(_first(cell)) is not None for cell in cells)
    filled = [row for group in groups for row in group.rows if any(cell.flow for cell in row)]
    if max(map(len, filled)) < 2 or (len(filled) < 2 and figures < 2):
        return True
    prose = sum(block.size for cell in cells if _is_prose(cell) for block in cell.flow)
    rest = sum(block.size for cell in cells for block in cell.flow) - prose
    return prose > (3 * rest if figures > 3 else 0)


def _first(cell: _Cell) -> str:
    piece = cell.flow[0].piece
    return piece if isinstance(piece, str) else ""


def _is_prose(cell: _Cell) -> bool:
    """Two paragraphs with stops, or a long one with several."""
    if sum(block.size for block in cell.flow) < 80:
        return False
    stops = [len(_STOP.findall(block.piece)) for block in cell.flow if isinstance(block.piece, str)]
    return sum(map(bool, stops)) > 1 or (max(stops, default=0) > 2 and max(block.size for block in cell.flow) > 300)


def _settle(groups: list[_Rows]) -> list[list[_Cell]]:
    """Rows of a data table with spans that stay inside it, without rows that only set widths.

    A browser ends a row span where its thead ends; one that goes on is meant to stand beside the next rows.
    """
    stated: list[list[_Cell]] = []
    below = sum(len(group.rows) for group in groups)
    for group in groups:
        while group.rows and not any(cell.flow for cell in group.rows[-1]) and _covers_nothing(group.rows):
            group.rows.pop()
            below -= 1
        height = len(group.rows)
        for at, row in enumerate(group.rows):
            for cell in row:
                cell.rowspan = min(cell.rowspan or height - at, below - len(stated))
                cell.colspan = min(cell.colspan, _MAX_COLSPAN)
            stated.append(row)
    if max((sum(cell.colspan for cell in row) for row in stated), default=0) > _MAX_WIDTH:
        width = max(sum(cell.colspan for cell in row[:-1]) + 1 for row in stated)
        for row in stated:
            if row:
                row[-1].colspan = min(row[-1].colspan, max(width - sum(cell.colspan for cell in row[:-1]), 1))
    return stated


def _covers_nothing(group: list[list[_Cell]]) -> bool:
    """The last row has no cell, or as many blank ones as a row that only sets widths: more than any row above."""
    return not group[-1] or (len(group) > 1 and len(group[-1]) >= max(map(len, group[:-1])) + 1)


# --- blocks → article


def _article(page: _Page, properties: dict[str, str]) -> list[_Block]:
    """Blocks of the article, if there is one; `properties` gets the date and title that the page shows where it states
    none."""
    blocks = page.flows[0]
    shells = [_is_shell(block) or _is_links(block) for block in blocks]
    weights = [0 if shell else _weight(block) for block, shell in zip(blocks, shells, strict=True)]
    if not any(weights):
        # A link that was never closed takes in all that follows.
        shells = [_is_shell(block) for block in blocks]
        weights = [0 if shell else _weight(block) for block, shell in zip(blocks, shells, strict=True)]
    full, weights = weights, _below_title(page, blocks, weights)
    outside = _outside(page, blocks, weights)
    weights = [0 if outside[block.box] else weight for block, weight in zip(blocks, weights, strict=True)]
    if not any(weights):
        return []
    strange = [
        outside[block.box] or shells[at] or block.linked > 0 or weights[at] < full[at]
        for at, block in enumerate(blocks)
    ]
    first_box, last_box = _main(page, blocks, weights, strange)
    chosen = [at for at, block in enumerate(blocks) if first_box <= block.box <= last_box and not outside[block.box]]
    heavy = [at for at in chosen if weights[at]]
    first, last = (heavy[0], heavy[-1]) if heavy else (len(blocks), len(blocks))
    _note_head(page, blocks[max(first - 20, 0) : first], properties)
    kept = [at for at in chosen if first <= at <= last or not shells[at]]
    return _without_copy([blocks[at] for at in kept], [weights[at] > 0 for at in kept])


def _note_head(page: _Page, head: list[_Block], properties: dict[str, str]) -> None:
    """Fill in the date and title of an article from the lines above it."""
    if "published" not in properties and (date := _shown_date(head)):
        properties["published"] = date
    if not _YEAR.search(properties.get("title", "")) and (title := _shown_title(page, head)):
        properties["title"] = title


def _remains(page: _Page, properties: dict[str, str]) -> list[_Block]:
    """Lines of a page without an article: no navigation, unless there is nothing else, not even a title."""
    aside: list[bool] = []
    for box, parent in enumerate(page.parents):
        aside.append(page.aside[box] or (parent >= 0 and aside[parent]))
    lines = [block for block in page.flows[0] if not _is_shell(block)]
    own = [block for block in lines if block.linked < block.size and not (block.box >= 0 and aside[block.box])]
    _note_head(page, page.flows[0], properties)
    return own if own or _YEAR.search(properties.get("title", "")) else lines


def _below_title(page: _Page, blocks: list[_Block], weights: list[int]) -> list[int]:
    """Weights without those above a main heading that names a year, where prose stands beside that heading: a page may
    introduce all its columns before it comes to a short report."""
    titles = [
        at
        for at, block in enumerate(blocks)
        if page.tags[block.box : block.box + 1] == ["h1"] and isinstance(block.piece, str) and _YEAR.search(block.piece)
    ]
    around = page.parents[blocks[titles[0]].box] if len(titles) == 1 else 0
    if around <= 0:
        return weights
    below = [weight if at > titles[0] else 0 for at, weight in enumerate(weights)]
    beside = sum(w for w, block in zip(below, blocks, strict=True) if around <= block.box <= page.ends[around])
    return below if beside else weights


def _without_copy(blocks: list[_Block], heavy: list[bool]) -> list[_Block]:
    """The article once: a page may hold it again, for telephones."""
    places = [at for at, weight in enumerate(heavy) if weight]
    half = len(places) // 2
    one, other = places[:half], places[half:]
    if half < _LEAST_COPY or [blocks[at].piece for at in one] != [blocks[at].piece for at in other]:
        return blocks
    first, again = one[0], other[0]
    while first and blocks[again - 1].piece == blocks[first - 1].piece:
        first, again = first - 1, again - 1
    return blocks[:again]


def _main(page: _Page, blocks: list[_Block], weights: list[int], strange: list[bool]) -> tuple[int, int]:
    """The element that is the article, as its number and the last number inside it: the deepest that holds every
    table and numbered heading and nearly all the prose, and those around it while they add lines but no links."""
    prose = _sums(page, blocks, weights)
    solid = _sums(
        page, blocks, [weight > 0 and _is_solid(block) for block, weight in zip(blocks, weights, strict=True)]
    )
    others = _sums(page, blocks, strange)
    box = 0
    if prose and prose[0]:
        # The last one in the order of start tags is the deepest: two side by side cannot both hold it all.
        box = max(at for at in range(len(prose)) if prose[at] * 50 >= prose[0] * 49 and solid[at] == solid[0])
    while box > 0 and (page.tags[box] in _LINES or others[page.parents[box]] == others[box]):
        box = page.parents[box]
    return box, page.ends[box] if prose else 0


def _weight(block: _Block) -> int:
    """Chinese characters of a paragraph, numbered heading or table; 0 for all else."""
    if not isinstance(block.piece, str):
        return sum(len(_HAN.findall(text)) for text in _texts([block]))
    if _STOP.search(block.piece) or _NUMBERED.match(block.piece):
        return len(_HAN.findall(block.piece))
    return 0


def _is_links(block: _Block) -> bool:
    """Mostly links; a whole paragraph or a table of figures is no link, though a link never closed may hold it."""
    if 2 * block.linked <= block.size:
        return False
    if isinstance(block.piece, str):
        return block.size <= 30 or not _STOP.search(block.piece)
    return not any(_FIGURE.fullmatch(text) for text in _texts([block]))


def _is_solid(block: _Block) -> bool:
    """What an article never loses: its tables and numbered headings."""
    return not isinstance(block.piece, str) or _NUMBERED.match(block.piece) is not None


def _is_shell(block: _Block) -> bool:
    """A line or table that sites put around articles."""
    shell = _shell()
    if not isinstance(block.piece, str):
        return _is_card(block.piece, shell.cards)
    if block.size > 200:
        return False
    undated = block.piece[_leading_date(block.piece) :]
    parts = [part for part in _BRACKETS.split(undated.replace("：", ":")) if part]
    key = "".join(parts).lstrip("（(")
    return (
        key.startswith(shell.starts)
        or all(part.rstrip(":") in shell.lines for part in parts)
        or key.rstrip(":") in shell.lines
        or shell.sites.search(key) is not None
    )


def _is_card(grid: Grid, names: frozenset[str]) -> bool:
    """The record card above an article: it names the agency or the index number, or half its cells end in a colon."""
    texts = [_BRACKETS.sub("", text).replace("：", ":") for row in grid.rows[:_CARD_ROWS] for text, _, _ in row if text]
    labels = sum(text.endswith(":") for text in texts)
    return any(text in names for text in texts[:8]) or (len(grid.rows) <= _CARD_ROWS and 2 * labels >= len(texts) > 0)


def _leading_date(line: str) -> int:
    found = _SYSTEM_DATE.match(line)
    return found.end() if found else 0


def _sums(page: _Page, blocks: list[_Block], values: Sequence[int]) -> list[int]:
    """Sum of the blocks' values inside each element."""
    sums = [0] * len(page.tags)
    for block, value in zip(blocks, values, strict=True):
        sums[block.box] += value
    for box in range(len(sums) - 1, 0, -1):
        sums[page.parents[box]] += sums[box]
    return sums


def _outside(page: _Page, blocks: list[_Block], weights: list[int]) -> list[bool]:
    """Which elements are navigation, by their names, and hold nothing of weight."""
    prose = _sums(page, blocks, weights)
    solid = _sums(
        page, blocks, [weight > 0 and _is_solid(block) for block, weight in zip(blocks, weights, strict=True)]
    )
    outside = [False] * len(page.tags)
    for box in range(1, len(outside)):
        share = 3 if page.tags[box] in _ASIDE else 10
        light = page.aside[box] and share * prose[box] < prose[0] and not solid[box]
        outside[box] = outside[page.parents[box]] or light
    return outside


def _shown_date(blocks: list[_Block]) -> str | None:
    for block in reversed(blocks):
        if isinstance(block.piece, str):
            if found := _PUBLISHED.search(block.piece[:300]):
                return found[1]
            if end := _leading_date(block.piece):
                return block.piece[:end]
    return None


def _shown_title(page: _Page, blocks: list[_Block]) -> str | None:
    """The last line above the article that names a year; one that begins with it has the agency in the line above."""
    lines = [block for block in blocks if _may_be_title(block)]
    for at in range(len(lines) - 1, -1, -1):
        text = str(lines[at].piece)
        found = _YEAR.search(text)
        if not found or len(_HAN.findall(text)) < 6:
            continue
        above = lines[at - 1] if at and found.start() == 0 else None
        if above and page.parents[above.box] == page.parents[lines[at].box]:
            return f"{above.piece}{text}"
        return text
    return None


def _may_be_title(block: _Block) -> bool:
    return (
        isinstance(block.piece, str)
        and block.size <= 80
        and not block.linked
        and not _is_shell(block)
        and _weight(block) == 0
    )


# --- title


_META = {
    "articletitle": "title",
    "pubdate": "published",
    "publishdate": "published",
    "publishtime": "published",
    "article:published_time": "published",
    "sitename": "site",
}


def _properties(parser: LexborHTMLParser) -> dict[str, str]:
    """What the page says of itself, without the visible date."""
    found: dict[str, str] = {}
    graph = None
    for node in parser.css("meta")[:200]:
        name = (node.attributes.get("name") or node.attributes.get("property") or "").lower()
        value = " ".join(re.sub("<[^<>]*>", "", node.attributes.get("content") or "").replace("&nbsp;", " ").split())
        if value and name in _META:
            found.setdefault(_META[name], value)
        elif value and name == "og:title":
            graph = value
    title = found.get("title") or graph or _heading(parser) or _page_title(parser)
    return ({"title": title} if title else {}) | {key: found[key] for key in ("published", "site") if key in found}


def _heading(parser: LexborHTMLParser) -> str | None:
    """The first h1 that names an agency and a year: others name the site, or go on from the line above."""
    for node in parser.css("h1")[:5]:
        text = _collapse(node.text())
        if len(text) < 200 and _YEAR.search(text) and not _YEAR.match(text):
            return text
    return None


def _page_title(parser: LexborHTMLParser) -> str | None:
    """The part of <title> that names a year, without column and site."""
    node = parser.css_first("title")
    parts = [
        part.strip()
        for part in re.split(r"[_|｜]|——|(?<!\d)[-－–]|[-－–](?!\d)", _collapse(node.text()) if node else "")
    ]
    return next((part for part in parts if _YEAR.search(part)), None) or (parts[0] or None)


def _with_title(blocks: list[_Block], properties: Mapping[str, str]) -> list[str | Grid]:
    """Pieces of the article, headed by the page's title where the article has none; never twice."""
    pieces = [block.piece for block in blocks]
    title = properties.get("title", "")
    key = _key(title)
    if not key or not _HAN.search(key):
        return pieces
    # A name that the site's header and the title's first line have in common.
    pieces = [piece for at, piece in enumerate(pieces) if at > 4 or pieces[at + 1 : at + 2] != [piece]]
    head = pieces[:12]
    whole = [
        (at, end)
        for at in range(len(head))
        for end in range(at + 1, min(at + 4, len(head)) + 1)
        if _same(head[at:end], key)
    ]
    if whole:
        # The title of the page above the article's own: the later one is the article's.
        kept = whole[-1]
        again = {at for start, end in whole if end <= kept[0] for at in range(start, end)}
        return [piece for at, piece in enumerate(pieces) if at not in again]
    if any(isinstance(piece, str) and key in _key(piece[:400]) for piece in head[:4]) or _has_own_title(head, key):
        return pieces
    return [title, *pieces] if _YEAR.search(title) else pieces


def _key(text: str) -> str:
    return _PUNCTUATION.sub("", text)


def _same(pieces: list[str | Grid], key: str) -> bool:
    return (
        all(isinstance(piece, str) and len(piece) < 200 for piece in pieces)
        and "".join(_key(piece) for piece in pieces if isinstance(piece, str)) == key
    )


def _has_own_title(head: list[str | Grid], key: str) -> bool:
    """One to three lines in another wording of the title: most pairs of neighbouring characters are the same."""
    pairs = {key[at : at + 2] for at in range(len(key) - 1)}
    for at in range(min(len(head), 4)):
        line = ""
        for piece in head[at : at + 3]:
            if not isinstance(piece, str) or len(piece) > 80 or _STOP.search(piece):
                break
            line += _key(piece)
            own = {line[i : i + 2] for i in range(len(line) - 1)}
            if own and 2 * len(pairs & own) > 1.4 * max(len(own), len(pairs) * 0.7):
                return True
    return False
