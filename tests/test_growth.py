"""The work of an analysis grows with its text and no faster: twice the text, twice the calls and twice the memory.

Calls are counted, not timed, so that the answer is the same on any machine. Times are in ``benchmarks/growth.py``.
"""

from __future__ import annotations

import random
import sys
import tracemalloc
from collections.abc import Callable

import pytest

from zhgovtext.report import analyze_text

# Work for a text of twice the length; a loop in a loop would make it 4.
MOST = 2.1
CHARS = 4_000

_PARTS = "公开信息政府年度申请办理平台网站建设制度"
_NUMERALS = "一二三四五六七八九十"


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_PARTS, k=4))


def _number(rng: random.Random) -> int:
    return rng.randrange(1, 100_000)


SHAPES: dict[str, Callable[[random.Random], str]] = {
    "report": lambda rng: rng.choice(
        (
            f"{rng.choice(_NUMERALS)}、{_word(rng)}情况\n",
            f"2023年，云澜市主动公开{_word(rng)}{_number(rng)}条，同比增长{rng.randrange(100)}%。\n",
            f"共收到申请{_number(rng)}件，其中网络{_number(rng)}件、信函{_number(rng)}件。",
            f"《{_word(rng)}办法》出台后，{_word(rng)}栏目解读了{_word(rng)}。",
        )
    ),
    "figures in one sentence": lambda rng: f"主动公开{_word(rng)}{_number(rng)}条，",
    "parts of one total": lambda rng: f"{_word(rng)}{_number(rng)}件、",
    "headings": lambda rng: f"{rng.choice(_NUMERALS)}、{_word(rng)}\n",
    "numbered items": lambda rng: f"{rng.randrange(1, 300)}.{_word(rng)}{_word(rng)}；\n",
    "rows of a table": lambda rng: f"{_word(rng)}\t{_number(rng)}\t{_number(rng)}\n",
    "rows of a form": lambda rng: f"（一）{_word(rng)} 件 {_number(rng)}\n",
    "commas": lambda rng: f"{_word(rng)}，",
    "no punctuation": _word,
    "open brackets": lambda rng: f"（{rng.choice(_PARTS)}",
    "lines of one character": lambda rng: f"{rng.choice(_PARTS)}\n",
    "dates": lambda rng: f"{rng.randrange(2000, 2024)}年{rng.randrange(1, 13)}月至",
    "running totals": lambda rng: f"截至{rng.randrange(2000, 2024)}年底累计公开{_number(rng)}条；",
}


def _text(shape: str, chars: int) -> str:
    """The longer text begins with the shorter one."""
    rng = random.Random(1)
    pieces = ["公开"]
    length = len(pieces[0])
    while length < chars:
        pieces.append(SHAPES[shape](rng))
        length += len(pieces[-1])
    return "".join(pieces)[:chars]


def _analyse(text: str) -> None:
    report = analyze_text(text)
    report.category_shares(intervals=False)
    report.keywords()
    _ = report.sentences, report.balance


def _calls(work: Callable[[str], object], text: str) -> int:
    """How many functions the work calls, those written in C too."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work(text)
    finally:
        sys.setprofile(before)
    return count


def _memory(work: Callable[[str], object], text: str) -> int:
    tracemalloc.start()
    try:
        work(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", SHAPES)
def test_calls_grow_with_the_text(shape: str) -> None:
    texts = [_text(shape, CHARS * factor) for factor in (1, 2, 4)]
    _analyse(texts[-1])
    once, twice, four = (_calls(_analyse, text) for text in texts)
    assert twice <= MOST * once
    assert four <= MOST * twice


@pytest.mark.parametrize("shape", ["report", "figures in one sentence", "rows of a table"])
def test_memory_grows_with_the_text(shape: str) -> None:
    texts = [_text(shape, CHARS * factor) for factor in (1, 2, 4)]
    _analyse(texts[-1])
    once, twice, four = (_memory(_analyse, text) for text in texts)
    assert twice <= MOST * once
    assert four <= MOST * twice


def test_a_loop_in_a_loop_is_seen() -> None:
    def pairs(text: str) -> None:
        for line in text.split("\n"):
            for other in text.split("\n"):
                line.startswith(other)

    twice, four = (_calls(pairs, _text("headings", 500 * factor)) for factor in (2, 4))
    assert four > MOST * twice
