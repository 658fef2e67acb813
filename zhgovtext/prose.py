"""Figures of running text as facts.

A wrong figure is worse than a missing one: a number gets an indicator only when a word that names it stands
right before it, with a fitting unit; otherwise it is kept with a null indicator.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from zhgovtext.facts import Fact
from zhgovtext.indicators import Indicators, load_indicators
from zhgovtext.quantities import Number, find_normalized
from zhgovtext.script import Normalized

# Counters that mean the same thing in these reports: 申请12条 and 申请12件, 解读稿件9条 and 9篇.
_ALIKE = frozenset(["条", "件", "篇", "个", "份", "次", "场", "期", "宗", "人", "人次", "名"])
_GAP = re.compile(
    r"(?:总数|总量|数量|数|共计|共|总计|合计|达到|达|为|约|近|了|的|有|累计|超过|不足|逾|案件|案|信息|[“”\"：: ])*"
)
_NONE = re.compile(
    "(?:未收到|没有收到|未接到|没有接到|未发生|没有发生|无(?=依申请|行政复议|行政诉讼|因政府信息公开|举报))[^，。；,;：:\n]{0,24}"
)
_YEAR = re.compile(r"(20\d\d)年")
_SCOPE = re.compile(
    "[本我全](?:(?<=[本我])(?P<own>级|局|办|机关|委|厅|单位|部门|镇|乡|街道)|(?<=[全我])(?P<jurisdiction>[省市区县州盟旗]))"
)


def find_prose_facts(
    normalized: Normalized,
    starts: Sequence[int],
    ends: Sequence[int],
    *,
    paths: Sequence[tuple[str, ...]],
    period: str | None,
    indicators: Indicators | None = None,
) -> list[Fact]:
    """Facts of the units ``normalized.text[starts[i]:ends[i]]``, in order, with offsets into the source.

    `paths[i]` are the headings above unit i and `period` the report's year, which a sentence that names another
    year overrules.
    """
    known = indicators or load_indicators()
    text, source = normalized.text, normalized.source
    named = [(start, end, known.prose_codes[at]) for at, start, end in known.prose.find_matches_as_indexes(text)]
    name_ends = [end for _, end, _ in named]
    numbers = list(find_normalized(text))
    opens, closes = normalized.source_spans(
        np.array([number.start for number in numbers], dtype=np.int64),
        np.array([number.end for number in numbers], dtype=np.int64),
    )
    places = list(zip(opens.tolist(), closes.tolist(), strict=True))
    facts: list[Fact] = []
    at = 0
    for unit, (low, high) in enumerate(zip(starts, ends, strict=True)):
        while at < len(numbers) and numbers[at].start < low:
            at += 1
        first = at
        while at < len(numbers) and numbers[at].end <= high:
            at += 1
        if first == at and not _may_be_zero(text, low, high):
            continue
        sentence = text[low:high]
        scope = _scope(sentence)
        when = _period(sentence, period)
        cumulative = "历年" in sentence
        previous = low
        for number, (start, end) in zip(numbers[first:at], places[first:at], strict=True):
            name = _name_before(text, number, previous, named, name_ends)
            code = _fitting(name, number.unit, sentence, paths[unit], known)
            facts.append(
                Fact(
                    code,
                    number.value,
                    number.unit,
                    when,
                    start,
                    end,
                    source[start:end],
                    scope=scope if code else "unknown",
                    qualifier=number.qualifier,
                    value_high=number.value_high,
                    cumulative=cumulative,
                )
            )
            previous = number.end
        for code, begin, finish in _zeros(sentence, low, known):
            start, end = normalized.source_span(begin, finish)
            unit_name = known.by_code[code].unit
            quote = source[start:end]
            facts.append(Fact(code, 0, unit_name, when, start, end, quote, state="zero_words", scope=scope))
    return facts


def _may_be_zero(text: str, low: int, high: int) -> bool:
    return text.find("无", low, high) >= 0 or text.find("未", low, high) >= 0 or text.find("没有", low, high) >= 0


def _name_before(
    text: str, number: Number, low: int, named: list[tuple[int, int, str]], name_ends: list[int]
) -> str | None:
    """The indicator whose name ends right before the number, but for words such as 总数 or 共."""
    at = bisect_right(name_ends, number.start) - 1
    if at < 0 or named[at][0] < low:
        return None
    gap = _GAP.match(text, named[at][1], number.start)
    return named[at][2] if gap and gap.end() == number.start else None


def _fitting(code: str | None, unit: str, sentence: str, path: tuple[str, ...], indicators: Indicators) -> str | None:
    if code is None:
        return None
    indicator = indicators.by_code[code]
    if unit != indicator.unit and not (unit in _ALIKE and indicator.unit in _ALIKE):
        return None
    if indicator.context and not any(word in sentence or word in "".join(path) for word in indicator.context):
        return None
    return code


def _scope(sentence: str) -> str:
    match = _SCOPE.search(sentence)
    return match.lastgroup or "unknown" if match else "unknown"


def _period(sentence: str, default: str | None) -> str | None:
    years = set(_YEAR.findall(sentence))
    return years.pop() if len(years) == 1 else default


def _zeros(sentence: str, low: int, indicators: Indicators) -> Iterator[tuple[str, int, int]]:
    """未收到…申请 → 0 from 未收到 to the name: code, start, end. One clause may name several (复议、提起行政诉讼)."""
    for match in _NONE.finditer(sentence):
        clause = match.group()
        found: set[str] = set()
        for word, code in indicators.zero:
            at = clause.find(word)
            after = at + len(word)
            if at < 0 or code in found or (code == "request.received" and found) or clause[after : after + 1] == "人":
                continue
            found.add(code)
            yield code, low + match.start(), low + match.start() + after
