"""Plain text whose lines were broken at a margin: lines that go on are joined."""

from __future__ import annotations

import re

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


def join_wrapped(text: str) -> str:
    r"""The text with lines joined that a margin broke, or as it is when its lines are paragraphs.

    A text counts as wrapped when a third of its lines and at least eight end within five columns of one margin and most
    of those do not end a sentence. A full line goes on in the next one unless that is indented, numbered or blank.

    >>> join_wrapped("一、概述\n全年平稳。")
    '一、概述\n全年平稳。'
    """
    lines = text.split("\n")
    widths = [_width(line.rstrip()) for line in lines]
    margin = _margin(lines, widths)
    if margin is None:
        return text
    joined: list[str] = []
    goes_on = False
    for line, width in zip(lines, widths, strict=True):
        if goes_on and line.strip() and not _OPENS.match(line):
            before, after = joined[-1].rstrip(), line.strip()
            gap = " " if before[-1:].isascii() and after[:1].isascii() and before[-1:].isalpha() else ""
            joined[-1] = before + gap + after
        else:
            joined.append(line)
        goes_on = width >= margin - _SLACK
    return "\n".join(joined)


def _margin(lines: list[str], widths: list[int]) -> int | None:
    filled = sorted(width for width in widths if width)
    if len(filled) < _LEAST_LINES:
        return None
    margin = filled[min(len(filled) - 1, int(len(filled) * 0.95))]
    if margin not in _MARGINS or filled[-1] > margin + _SLACK:
        return None
    full = [line.rstrip() for line, width in zip(lines, widths, strict=True) if width >= margin - _SLACK]
    broken = sum(not line.endswith(_ENDS) for line in full)
    is_wrapped = len(full) >= _LEAST_LINES and 3 * len(full) >= len(filled) and 2 * broken > len(full)
    return margin if is_wrapped else None


def _width(line: str) -> int:
    return len(line) + sum(char >= "\u2e80" for char in line)
