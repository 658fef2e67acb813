"""Plain text as it was printed: page numbers are left out, and lines that a margin or a page broke are joined."""

from __future__ import annotations

import re
from itertools import pairwise

# A line is wrapped at a margin of 20 to 60 Chinese characters; a Chinese character is two columns wide.
_MARGINS = range(40, 121)
# Lines as full as the margin, less what a word or a closing mark that did not fit may leave free.
_SLACK = 5
_LEAST_LINES = 8
_ENDS = tuple("。！？；：")
_OPENS = re.compile(
    r"[ \t\u3000]{2}|[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]|[一二三四五六七八九]是"
    r"|[-—] ?\d|第.{1,3}部分|附[件表]"
)
# What prose has and a title or heading has not.
_PROSE = re.compile("[，。；：]")
_PAGE_NUMBER = re.compile(
    r"[-—–―－·]+ ?(\d{1,3}) ?[-—–―－·]+|第 ?(\d{1,3}) ?页(?: ?[,，/]? ?共 ?\d{1,3} ?页)?|(\d{1,3}) ?/ ?\d{1,3}"
)


def join_wrapped(text: str) -> str:
    r"""The text without page numbers and with lines joined that a margin broke, or as it is when it has neither.

    Lines of a page number alone count as such when there are two or more and their numbers grow; a sentence that one
    of them parts is joined. A text counts as wrapped when a third of its lines and at least eight end within five
    columns of one margin, most of those do not end a sentence and most have a comma or stop. A full line goes on in
    the next one unless that is indented, numbered or blank.

    >>> join_wrapped("一、概述\n全年平稳。")
    '一、概述\n全年平稳。'
    >>> join_wrapped("全年公开信息，共\n- 1 -\n12条。\n- 2 -\n二、申请")
    '全年公开信息，共12条。\n二、申请'
    """
    lines, parted = _without_page_numbers(text.split("\n"))
    widths = [_width(line.rstrip()) for line in lines]
    margin = _margin(lines, widths)
    if margin is None and len(lines) == text.count("\n") + 1:
        return text
    joined: list[str] = []
    full = False
    for at, (line, width) in enumerate(zip(lines, widths, strict=True)):
        goes_on = full or (at in parted and _is_open(joined[-1]))
        if goes_on and line.strip() and not _OPENS.match(line):
            before, after = joined[-1].rstrip(), line.strip()
            gap = " " if before[-1:].isascii() and after[:1].isascii() and before[-1:].isalpha() else ""
            joined[-1] = before + gap + after
        else:
            joined.append(line)
        full = margin is not None and width >= margin - _SLACK
    return "\n".join(joined)


def _without_page_numbers(lines: list[str]) -> tuple[list[str], set[int]]:
    """The lines without page numbers and the blank lines around them, and which lines follow on one."""
    found = {at: int(next(filter(None, match.groups()))) for at, line in enumerate(lines)
             if (match := _PAGE_NUMBER.fullmatch(line.strip()))}  # fmt: skip
    if len(found) < 2 or any(below <= above for above, below in pairwise(found.values())):
        return lines, set()
    kept: list[str] = []
    parted: set[int] = set()
    behind = False
    for at, line in enumerate(lines):
        if at in found:
            while kept and not kept[-1].strip():
                kept.pop()
            behind = True
        elif line.strip() or not behind:
            if behind and kept:
                parted.add(len(kept))
            kept.append(line)
            behind = False
    return kept, parted


def _is_open(line: str) -> bool:
    return not line.rstrip().endswith(_ENDS) and _PROSE.search(line) is not None


def _margin(lines: list[str], widths: list[int]) -> int | None:
    filled = sorted(width for width in widths if width)
    if len(filled) < _LEAST_LINES:
        return None
    margin = filled[min(len(filled) - 1, int(len(filled) * 0.95))]
    if margin not in _MARGINS or filled[-1] > margin + _SLACK:
        return None
    full = [line.rstrip() for line, width in zip(lines, widths, strict=True) if width >= margin - _SLACK]
    # A list of titles has lines as long as one another, but no sentences.
    broken = sum(not line.endswith(_ENDS) for line in full)
    prose = sum(_PROSE.search(line) is not None for line in full)
    is_wrapped = len(full) >= _LEAST_LINES and 3 * len(full) >= len(filled) and 2 * min(broken, prose) > len(full)
    return margin if is_wrapped else None


def _width(line: str) -> int:
    return len(line) + sum(char >= "\u2e80" for char in line)
