"""Characters of a page → lines → paragraphs. Lengths are in points; `top` counts downwards, as a page is read."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# A gap of so many ems is a column gap or a typed full-width space; between Latin letters a narrower one parts words.
WIDE_GAP = 0.9
_WORD_GAP = 0.25
# Lines whose characters are farther apart than this were spread over the width: only what exceeds the spread counts.
_SPREAD = 0.1
# Chinese text and its punctuation, full-width forms included: no word space stands beside these.
_WIDE = re.compile(
    "[\u2014\u2018-\u201d\u2026\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffee\U00020000-\U0003ffff]"
)
NOT_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…—,.;:?!)]}%％‰℃")
_NOT_LAST = frozenset("（《〈「『【〔“‘([{")
_NUMBERING = re.compile(
    "(?:第?[一二三四五六七八九十百]{1,4}[、.．章节條条]|[（(][一二三四五六七八九十\\d]{1,3}[）)]|\\d{1,2}[、.．](?!\\d)|附件|附表)"
)
# Dots that lead to a page number in a table of contents.
_LEADER = re.compile("[.…·．]{5}")
_ENDS = frozenset("。；：！？.;:!?”）)")
_PROSE = frozenset("，；。")
_YEAR = re.compile("(?:19|20)\\d\\d年")
# Lines of more parts than this are rows of columns, not prose.
_MOST_PARTS = 3


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character as placed: `baseline` of its line, `em` its size, `turned` if its line does not run to the right."""

    char: str
    x0: float
    x1: float
    middle: float
    baseline: float
    em: float
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands between two wide gaps of a line."""

    text: str
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line. `unit` is the width of what could not be parted at its beginning: a character, a number."""

    segments: tuple[Segment, ...]
    baseline: float
    em: float
    unit: float

    @property
    def x0(self) -> float:
        return self.segments[0].x0

    @property
    def x1(self) -> float:
        return self.segments[-1].x1

    @property
    def text(self) -> str:
        """The line as one would type it; a word spread over the line (目　录) is one word."""
        texts = [segment.text for segment in self.segments]
        if all(len(text) == 1 for text in texts):
            return _join(texts)
        return " ".join(texts)


def find_lines(glyphs: Iterable[Glyph]) -> list[Line]:
    """Lines of upright characters, from the top down; turned characters of one direction make a line of their own.

    >>> row = [Glyph(char, 10.0 * at, 10.0 * at + 10, 95, 100, 10) for at, char in enumerate("公开年报")]
    >>> below = [Glyph("３", 0, 10, 115, 120, 10), Glyph("件", 40, 50, 115, 120, 10)]
    >>> [[segment.text for segment in line.segments] for line in find_lines([*below, *row])]
    [['公开年报'], ['３', '件']]
    """
    upright = [glyph for glyph in glyphs if not glyph.turned]
    turned = [glyph for glyph in glyphs if glyph.turned and not glyph.char.isspace()]
    rows: list[list[Glyph]] = []
    for glyph in sorted(upright, key=lambda glyph: glyph.baseline):
        if rows and glyph.baseline - rows[-1][0].baseline < 0.35 * max(glyph.em, rows[-1][0].em):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    lines = [line for row in rows if (line := _line(row))]
    if turned:
        text = _join([glyph.char for glyph in turned])
        x0, x1 = min(glyph.x0 for glyph in turned), max(glyph.x1 for glyph in turned)
        lines.append(Line((Segment(text, x0, x1),), min(glyph.middle for glyph in turned), turned[0].em, 0))
        lines.sort(key=lambda line: line.baseline)
    return lines


def _line(row: list[Glyph]) -> Line | None:
    row.sort(key=lambda glyph: glyph.x0)
    glyphs: list[Glyph] = []
    spaced: list[bool] = []
    space = False
    for glyph in row:
        if glyph.char.isspace():
            space = True
        else:
            glyphs.append(glyph)
            spaced.append(space)
            space = False
    if not glyphs:
        return None
    gaps = [after.x0 - before.x1 for before, after in pairwise(glyphs)]
    em = statistics.median(glyph.em for glyph in glyphs)
    spread = statistics.median(gaps) if len(gaps) > 3 else 0.0
    spread = spread if spread > _SPREAD * em else 0.0
    segments: list[Segment] = []
    text, x0 = glyphs[0].char, glyphs[0].x0
    for before, after, gap, space in zip(glyphs, glyphs[1:], gaps, spaced[1:], strict=False):
        beyond = (gap - spread) / em
        if beyond >= WIDE_GAP:
            segments.append(Segment(text, x0, before.x1))
            text, x0 = after.char, after.x0
            continue
        latin = not (_WIDE.match(before.char) or _WIDE.match(after.char))
        text += (" " if latin and (space or beyond > _WORD_GAP) else "") + after.char
    segments.append(Segment(text, x0, glyphs[-1].x1))
    return Line(tuple(segments), glyphs[0].baseline, em, _unit(glyphs, spaced))


def _unit(glyphs: Sequence[Glyph], spaced: Sequence[bool]) -> float:
    for at, (before, after) in enumerate(pairwise(glyphs), 1):
        joined = not (spaced[at] or _WIDE.match(before.char) or _WIDE.match(after.char))
        if not (joined or before.char in _NOT_LAST or after.char in NOT_FIRST):
            return before.x1 - glyphs[0].x0
    return glyphs[-1].x1 - glyphs[0].x0


def join_text(above: str, below: str) -> str:
    """Two parts of a wrapped text as one: a space stands only between Latin words.

    Chinese sets no two numbers side by side: digits on both sides are one number that was parted.

    >>> join_text("政府信", "息公开"), join_text("annual", "report"), join_text("0500-8765", "4321")
    ('政府信息公开', 'annual report', '0500-87654321')
    """
    if not above or not below:
        return above + below
    before, after = above[-1], below[0]
    together = _WIDE.match(before) or _WIDE.match(after) or before in "-/@._" or (before.isdigit() and after.isdigit())
    return above + ("" if together else " ") + below


def _join(parts: Iterable[str]) -> str:
    text = ""
    for part in parts:
        text = join_text(text, part)
    return text


def cell_text(glyphs: Sequence[Glyph], width: float) -> tuple[str, float]:
    """Text of a table cell as one line, and where its last line ends.

    A turned or vertical label is read in the order of the file, a label of one character a line from the top down.
    Figures one below the other are two, unless the upper fills the `width` of the cell: then it is one, parted.
    """
    if any(glyph.turned for glyph in glyphs):
        shown = [glyph for glyph in glyphs if not glyph.char.isspace()]
        return "".join(glyph.char for glyph in shown), max((glyph.x1 for glyph in shown), default=0.0)
    lines = find_lines(glyphs)
    if not lines:
        return "", 0.0
    text = ""
    for line in lines:
        part = _close(line)
        stacked = text[-1:].isdigit() and part[:1].isdigit() and not _parted(lines, width)
        text = f"{text} {part}" if stacked else join_text(text, part)
    return text, lines[-1].x1


def _parted(lines: Sequence[Line], width: float) -> bool:
    """Whether lines of figures are one figure: the upper ones have no room for a digit more, the last is no longer."""
    full = all(width - (line.x1 - line.x0) < 1.6 * line.em and len(line.text) > 2 for line in lines[:-1])
    return full and len(lines[-1].text) <= len(lines[0].text)


def _close(line: Line) -> str:
    """A line of a cell: single characters set apart (总　计) are one word there."""
    text = ""
    for before, after in zip((None, *line.segments), line.segments, strict=False):
        single = before is None or (len(before.text) == 1 and len(after.text) == 1 and _WIDE.match(after.text))
        text = join_text(text, after.text) if single else f"{text} {after.text}"
    return text


@dataclass(frozen=True, slots=True)
class Measure:
    """The type area of pages: left and right edge of the text, size and distance of the lines of body text."""

    left: float
    right: float
    em: float
    pitch: float


def measure(lines: Sequence[Line], width: float) -> Measure:
    """Type area of pages that are `width` wide, by the lines on them."""
    if not lines:
        return Measure(0, width, 12, 24)
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.em, 1)] += len(line.text)
    em = weights.most_common(1)[0][0]
    # Lines too small to see have an em that is 0 when rounded.
    body = [line for line in lines if round(line.em, 1) == em or abs(line.em - em) < 0.1 * em]
    starts = Counter(round(line.x0 / 3) for line in body if line.x1 - line.x0 > 0.5 * width)
    # Short paragraphs may begin, indented, more often than lines go on at the margin.
    often = [start for start, count in starts.items() if 4 * count >= max(starts.values())]
    left = 3 * min(often) if often else min(line.x0 for line in body)
    rights = sorted(line.x1 for line in body)
    right = rights[int(0.9 * (len(rights) - 1))]
    if sum(abs(line - right) < em for line in rights) < 3 or right - left < 0.5 * width:
        # Too few full lines to tell: margins are alike on both sides.
        right = max(rights[-1], width - left)
    pitches = Counter(
        round(below.baseline - above.baseline)
        for above, below in pairwise(body)
        if 0 < below.baseline - above.baseline < 4 * em
    )
    return Measure(left, right, em, pitches.most_common(1)[0][0] if pitches else 2 * em)


def joins(above: Line, below: Line, area: Measure, *, same_page: bool) -> bool:
    """Whether `below` goes on with the paragraph of `above`.

    It does if what it begins with had no room left in the line above, and neither an indent nor another size or a
    numbering sets it off. Lines of a title, larger than the text and centred, belong together.
    """
    if abs(above.em - below.em) > 0.15 * area.em:
        return False
    pitch = below.baseline - above.baseline
    if _titles(above, below, area):
        return same_page and pitch < 2.6 * above.em
    if same_page and pitch > max(1.3 * area.pitch, 1.6 * max(above.em, below.em)):
        return False
    if max(len(above.segments), len(below.segments)) > _MOST_PARTS:
        return False
    if area.right - above.x1 > below.unit + 0.6 * above.em and not _is_ragged(above, below, area):
        return False
    indent, indent_above = (below.x0 - area.left) / below.em, (above.x0 - area.left) / above.em
    if indent > 1.2 and (indent > indent_above - 0.5 or indent_above > 3.5):
        # A new paragraph, or lines that are set to the right or the middle.
        return False
    if _LEADER.search(above.text) or _LEADER.search(below.text):
        return False
    return not (_NUMBERING.match(below.text) and above.text[-1] in _ENDS)


def _is_ragged(above: Line, below: Line, area: Measure) -> bool:
    """Whether a line goes on although there was room: it ends inside a number, or is prose without a stop; it nearly
    fills the width, and what follows stands at the margin."""
    if above.text[-1] in _ENDS or _NUMBERING.match(below.text) or below.x0 - area.left > 0.6 * below.em:
        return False
    room = (area.right - above.x1) / (area.right - area.left)
    if above.text[-1].isdigit() and below.text[0].isdigit():
        return room < 0.25 and not _YEAR.match(below.text)
    return room < 0.12 and not _PROSE.isdisjoint(above.text)


def _titles(above: Line, below: Line, area: Measure) -> bool:
    centre = (area.left + area.right) / 2
    return all(
        line.em > 1.15 * area.em and abs((line.x0 + line.x1) / 2 - centre) < 1.5 * line.em for line in (above, below)
    )


def paragraphs(lines: Iterable[tuple[Line, int, Measure]]) -> Iterator[str]:
    """Paragraphs of lines, each with the number and type area of its page; they go on over a page break."""
    text = ""
    above: tuple[Line, int] | None = None
    for line, page, area in lines:
        if above and joins(above[0], line, area, same_page=above[1] == page):
            text = join_text(text, line.text)
        else:
            if text:
                yield text
            text = line.text
        above = line, page
    if text:
        yield text
