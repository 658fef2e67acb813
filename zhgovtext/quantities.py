"""Numbers that count something: value, unit, qualifier and place. What is only written with digits is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, read_text, rows
from zhgovtext.script import normalize

_DIGITS = {
    char: value
    for value, chars in enumerate(("〇零○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_POWERS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_HAN = "〇零○一二三四五六七八九十百千万亿两廿卅壹贰叁肆伍陆柒捌玖拾佰仟"
_BEFORE = re.compile(
    "(?:(?P<about>近|约|大约|约为|近似)|(?P<more_than>超过|超|逾|突破|多达|不少于|至少|不低于|大于)"
    "|(?P<less_than>不足|不到|不满|少于|低于|不超过|至多|不多于))$"
)
_AFTER = re.compile("(?P<about>左右|上下)|(?P<more_than>以上|之上)|(?P<less_than>以下|以内|之内)")
_BEFORE_ENDS = frozenset("近约为似过超逾破达于少足到满多")
_AFTER_STARTS = frozenset("左上以之")
# What may not stand right before a quantity: ordinals, products, dates, document numbers, more of a code.
_FORBIDDEN_BEFORE = frozenset("第×*〔[-—./")
_MAX_LENGTH = 24
_MIXED = re.compile(r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)([十百千万亿]*)")


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity. `value` is in the unit's base (1.2万条 is 12000 条); `value_high` ends a range; `qualifier`
    is ``about``, ``more_than``, ``less_than`` or null; ``text`` is what stands at ``[start:end]``."""

    value: int | float
    unit: str
    start: int
    end: int
    qualifier: str | None
    text: str
    value_high: int | float | None = None


@dataclass(frozen=True, slots=True)
class _Grammar:
    pattern: re.Pattern[str]
    bases: dict[str, tuple[str, int]]
    names: re.Pattern[str]


@cache
def _grammar() -> _Grammar:
    path = data_path("quantities", "units.tsv")
    bases: dict[str, tuple[str, int]] = {}
    for line, row in rows(path, ("unit", "base", "factor")):
        if row["unit"] in bases or not row["factor"].isdecimal():
            raise DataError("row", f"has a bad row {row['unit']!r}", path=str(path), place=f"line {line}")
        bases[row["unit"]] = (row["base"], int(row["factor"]))
    units = "|".join(re.escape(unit) for unit in sorted(bases, key=len, reverse=True))
    first = "".join(re.escape(char) for char in sorted({unit[0] for unit in bases}))
    # A run is read whole and once: the look-behind after its first character keeps the search linear, and the
    # pattern begins with a set of characters, which the engine skips to.
    run = rf"[0-9{_HAN}](?:[0-9{_HAN}]|[.,，](?=[0-9]))*+"
    pattern = re.compile(
        rf"(?P<low>[0-9{_HAN}](?<![0-9{_HAN}][0-9{_HAN}])(?<![0-9][.,，][0-9{_HAN}])(?:[0-9{_HAN}]|[.,，](?=[0-9]))*+)"
        rf"(?:(?<=百)分之(?P<share>[点.0-9{_HAN}]++)"
        rf"|(?:(?P<low_unit>(?=[{first}])(?:{units}))?[至到—~～-](?P<high>{run}))?"
        rf"(?P<more>[余多])?(?P<more_scale>[十百千]?[万亿]{{1,2}}|[百千])?(?=[{first}])(?P<unit>{units})(?P<also>[余多])?)"
    )
    names = [name for name in read_text(data_path("quantities", "names.txt")).split("\n") if name and name[0] != "#"]
    return _Grammar(pattern, bases, re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True))))


def find_numbers(text: str) -> list[Number]:
    """Quantities of a text in any script, in order, with offsets into `text` as given.

    >>> [(n.value, n.unit, n.qualifier, n.text) for n in find_numbers("共公開18万余條，占８.９％，第二十條")]
    [(180000, '条', 'more_than', '18万余條'), (8.9, '%', None, '８.９％')]
    """
    normalized = normalize(text)
    found: list[Number] = []
    for number in find_normalized(normalized.text):
        start, end = normalized.source_span(number.start, number.end)
        found.append(
            Number(number.value, number.unit, start, end, number.qualifier, text[start:end], number.value_high)
        )
    return found


def find_normalized(text: str) -> Iterator[Number]:
    """Quantities of a normalised text; linear in its length."""
    grammar = _grammar()
    for match in grammar.pattern.finditer(text):
        start, end = match.span()
        before = text[start - 1] if start else ""
        if before in _FORBIDDEN_BEFORE or (before.isascii() and before.isalpha()):
            continue
        low_run, share, _, high_run, more, more_scale, unit, also = match.groups()
        if share:
            value = _value(share, None)
            if low_run == "百" and value is not None:
                yield Number(_plain(value), "%", start, end, _qualifier(text, start, end, None), match.group())
            continue
        if low_run[0] in _HAN and (grammar.names.match(text, start) or _is_quoted_name(text, start, end)):
            continue
        base, factor = grammar.bases[unit]
        if low_run.isdecimal() and not high_run and not more_scale and len(low_run) <= _MAX_LENGTH:
            # Most figures are plain whole numbers.
            qualifier = _qualifier(text, start, end, more or also)
            yield Number(int(low_run) * factor, base, start, end, qualifier, match.group())
            continue
        high = _value(high_run, more_scale) if high_run else None
        low = _value(low_run, more_scale)
        if low is None or (high_run and high is None):
            continue
        if high is not None and low < high and high_run[-1] in _MYRIADS and low_run[-1] not in _MYRIADS:
            # 3至5万件: the scale at the end is that of both ends.
            low *= _MYRIADS[high_run[-1]]
        yield Number(
            _plain(low * factor),
            base,
            start,
            end,
            _qualifier(text, start, end, more or also),
            match.group(),
            None if high is None else _plain(high * factor),
        )


def _is_quoted_name(text: str, start: int, end: int) -> bool:
    """“五个统一” and 三个“100”: spelled out, at the border of a quotation that ends within a few characters."""
    if text[start] not in _HAN:
        return False
    opens = start > 0 and text[start - 1] in '“「『"'
    return (opens or text[end : end + 1] in ("“", "「")) and any(mark in text[end : end + 7] for mark in '”」』"')


def _qualifier(text: str, start: int, end: int, more: str | None) -> str | None:
    if more:
        return "more_than"
    # Most figures have no qualifier, and one character tells.
    match = _BEFORE.search(text[max(0, start - 3) : start]) if text[start - 1 : start] in _BEFORE_ENDS else None
    if match is None and text[end : end + 1] in _AFTER_STARTS:
        match = _AFTER.match(text, end)
    return match.lastgroup if match else None


def _value(run: str, scale: str | None) -> Decimal | None:
    """Value of an Arabic, Chinese or mixed numeral (1.2万, 3亿5千万), times `scale`; null when it is none or is
    too long."""
    if len(run) > _MAX_LENGTH:
        return None
    if run.isdecimal():
        value: Decimal | None = Decimal(run)
    elif run[0] in _HAN:
        value = _spelled(run)
    else:
        parts = list(_MIXED.finditer(run.replace("，", ",")))
        if not parts or sum(len(part.group()) for part in parts) != len(run):
            return None
        value = sum((_times(Decimal(part[1].replace(",", "")), part[2]) for part in parts), start=Decimal(0))
    return value if value is None or not scale else _times(value, scale)


def _times(value: Decimal, scale: str) -> Decimal:
    for char in scale:
        value *= _POWERS.get(char) or _MYRIADS[char]
    return value


def _spelled(run: str) -> Decimal | None:
    whole, point, fraction = run.partition("点")
    number = numeral(whole)
    if number is None or (point and not all(char in _DIGITS for char in fraction)):
        return None
    tail = "".join(str(_DIGITS[char]) for char in fraction)
    return Decimal(f"{number}.{tail}") if tail else Decimal(number)


def numeral(text: str) -> int | None:
    """Value of a Chinese numeral, null when the characters form none.

    >>> numeral("三百五十一"), numeral("一万二千"), numeral("两千四百五"), numeral("二〇一七"), numeral("万万")
    (351, 12000, 2450, 2017, None)
    """
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text)) if text else None
    total = section = 0
    digit: int | None = None
    last_power = 0
    for char in text:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
            if digit == 0:
                last_power = 0
        elif char in _POWERS:
            power = _POWERS[char]
            if digit is None and section == 0 and not total:
                digit = 1
            if not digit:
                return None
            section += digit * power
            digit, last_power = None, power
        elif char in _MYRIADS:
            section += digit or 0
            if section == 0:
                return None
            total = (total + section) * _MYRIADS[char] if char == "亿" else total + section * _MYRIADS[char]
            section, digit, last_power = 0, None, _MYRIADS[char]
        else:
            return None
    if digit and last_power >= 100:
        # 两千四百五 is 2450: a last digit without a power counts in the next lower one.
        digit *= last_power // 10
    return total + section + (digit or 0)


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
