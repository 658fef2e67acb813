"""Numbers that count something: value, unit, qualifier and place. What is only written with digits is left out.

One pattern reads a numeral and the counter after it; what stands beside them then decides by the words of
`data/quantities`: `units.tsv` (counters), `contexts.tsv` (qualifiers, and what makes a number no quantity), `names.txt`
(names and idioms that begin with a number).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import ascii_letters
from typing import NamedTuple

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, read_text, rows
from zhgovtext.script import normalize

_Value = int | float
# Base unit, value and the upper end of a range.
_Amount = tuple[str, _Value, _Value | None]
# By the character next to the number: the words that have it there, and the effect of each, the longest first.
_Pairs = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
_Words = dict[str, _Pairs]
_NO_WORDS: _Pairs = ((), ())

_DIGITS = {
    char: value
    for value, chars in enumerate(("〇零○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_POWERS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"亿": 10**8, "万": 10**4}
_SCALES = _POWERS | _MYRIADS
_HAN = "〇零○一二三四五六七八九十百千万亿两廿卅壹贰叁肆伍陆柒捌玖拾佰仟"
_NUMERALS = frozenset(_HAN)
# 百分之三 and 千分之三 have signs of their own; 万分之三 is 0.03 %.
_SHARES = {"百": ("%", Decimal(1)), "千": ("‰", Decimal(1)), "万": ("%", Decimal("0.01"))}
# The longest numerals that are read; with them and the highest scale, decimal arithmetic stays exact.
_MAX_DIGITS = 16
_MAX_SPELLED = 40

# A justified line may set every digit apart; grouped figures have a comma of either width or a space.
_ARABIC = r"(?:(?: [0-9](?![0-9])){2,11}+|[0-9]*+(?:[,， ][0-9]{3}(?![0-9])){0,6}+)(?:\.[0-9]++)?+"
# 万 of 1.2万, 亿5千万 of 3亿5千万; but 百 of 百分点 is none.
_TAIL = "(?: ?(?!百分)[百千万亿][0-9百千万亿.]*+)?+"
# A run is read whole and once: what may not stand before its first character keeps the search linear, and the pattern
# begins with a set of characters, which the engine skips to.
_RUN = (
    rf"[0-9{_HAN}](?:(?<=[0-9])(?<![0-9][0-9])(?<![0-9]\.[0-9]){_ARABIC}{_TAIL}"
    rf"|(?<![0-9])(?<![0-9{_HAN}][{_HAN}])[点{_HAN}]*+)"
)
# 七成六 is 76 %, 八成半 85 %.
_TENTHS = "[一二三四五六七八九半]"
_SEPARATORS = frozenset(",， ")
_HEAD = re.compile("[0-9]{4,}[,， ]")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]*)\.[0-9]+")
_MIXED = re.compile(r"([0-9]+(?:\.[0-9]+)?)([百千万亿]*)")
_NAME = re.compile(rf"[0-9]+|[{_HAN}]+")
# 第四、五批: what may stand between 第 and the last of the ordinals.
_ORDINALS = re.compile(rf"第[0-9{_HAN}条款项章节批次期届、和及与或至到—~～（）()-]*\Z")
_ORDINALS_REACH = 24
# The last of 一、二、三类.
_ROW = re.compile(rf"(?:[{_HAN}]、){{2}}")
_JOINING = frozenset("、和及与或至到—~～")
_TO_WORDS = frozenset("至到")
_CODES = frozenset("〔〕×*/#№=&@_")
_MARKS = frozenset(":：∶.-−—–+")
_MINUS = frozenset("-−负")
_OPENING = frozenset("“「『")
_CLOSING = frozenset("”」』")
_QUOTED_NAME = 7
_AGAIN = 8
_STOPS = frozenset("，。；）)")
_QUALIFIERS = frozenset(("about", "more_than", "less_than"))
# What tells that years or days are a length of time, which none is that has the size of a year's number, or stands
# behind a year or month.
_LENGTHS = frozenset(("length", "more_than", "less_than"))
_LONGEST = 1000
_DATED = frozenset("年月至到")
_EFFECTS = {
    "before": _QUALIFIERS | {"plain", "none", "rank", "vague", "article", "power", "count", "length"},
    "inside": _QUALIFIERS,
    "after": _QUALIFIERS | {"none", "length"},
    "unit": frozenset(("span", "date")),
}
_SIZES = (4, 3, 2, 1)
_QUOTED_NUMERALS = _NUMERALS | frozenset("0123456789")


class Number(NamedTuple):
    """A quantity. `value` is in the unit's base (1.2万条 is 12000 条); `value_high` ends a range; `qualifier`
    is ``about``, ``more_than``, ``less_than`` or null; ``text`` is what stands at ``[start:end]``; `unit` is empty
    for a figure without a counter (人数近40万)."""

    # A report holds hundreds of them, and a frozen dataclass costs three times as much to make.
    value: _Value
    unit: str
    start: int
    end: int
    qualifier: str | None
    text: str
    value_high: _Value | None = None


@dataclass(frozen=True, slots=True)
class _Unit:
    """`one` tells whether a spelled 一 counts: ``always``, ``final`` (at the end of its clause) or ``-`` for never;
    `time` whether the unit is a length of time (``span``) or also names dates (``date``)."""

    base: str
    factor: int
    one: str
    time: str | None


@dataclass(frozen=True, slots=True)
class _Grammar:
    """`names` go by their number, `wild` ones, which any numeral may begin, by the character after it, words `before`
    and `after` a number by the character next to it; `marks` are the characters that mean something before one by
    themselves, `notable` those and the last ones of words."""

    pattern: re.Pattern[str]
    units: dict[str, _Unit]
    names: dict[str, tuple[str, ...]]
    wild: dict[str, tuple[str, ...]]
    before: _Words
    inside: dict[str, str]
    after: _Words
    marks: frozenset[str]
    notable: frozenset[str]


# -- the words --------------------------------------------------------------------------------------------------------


@cache
def _grammar() -> _Grammar:
    contexts = _contexts(data_path("quantities", "contexts.tsv"))
    units, branches = _units(data_path("quantities", "units.tsv"), contexts["unit"])
    names, wild = _names(data_path("quantities", "names.txt"))
    inside = "".join(contexts["inside"])
    starts = "".join(dict.fromkeys(unit[0] for unit in units))
    pattern = re.compile(
        # Most numerals stand before other words: one character tells.
        rf"(?P<low>{_RUN})(?:(?=[分百千万亿 至到~～—–，。；）){inside}{starts}-])|\Z)"
        rf"(?:(?<=[百千万])分之 ?(?P<share>[0-9.点{_HAN}]++)"
        rf"|(?P<more>[{inside}])?+(?P<scale>[百千]?[万亿]{{1,2}}|[百千])?+"
        rf"(?: {{0,2}}(?P<unit>{branches})(?P<also>[{inside}](?=[的，。；、）)]|\Z)|(?<=成){_TENTHS})?+)?+)"
        rf"(?P<to> ?(?:[至到~～]|[—–-]{{1,2}}+) ?(?=[0-9{_HAN}]))?+"
        # A figure without a counter ends its clause.
        rf"(?(share)|(?(unit)|(?(to)|(?<=[0-9万亿{inside}])(?=[，。；）)]|\Z))))"
    )
    before = _by_character(contexts["before"], -1)
    marks = _CODES.union(_MARKS, _MINUS, _OPENING, _JOINING, ascii_letters, " ")
    return _Grammar(
        pattern,
        units,
        names,
        wild,
        before,
        contexts["inside"],
        _by_character(contexts["after"], 0),
        marks,
        marks.union(before),
    )


def _by_character(effects: dict[str, str], at: int) -> _Words:
    found: dict[str, list[tuple[str, str]]] = {}
    for word in sorted(effects, key=len, reverse=True):
        found.setdefault(word[at], []).append((word, effects[word]))
    return {char: (tuple(word for word, _ in pairs), tuple(pairs)) for char, pairs in found.items()}


def _units(path: Path, times: dict[str, str]) -> tuple[dict[str, _Unit], str]:
    """Units by their writing, and a pattern of them: a branch for each first character, its longest unit first."""
    units: dict[str, _Unit] = {}
    forms: dict[str, list[tuple[str, str]]] = {}
    for line, row in rows(path, ("unit", "base", "factor", "one", "unless")):
        unit, factor = row["unit"], row["factor"]
        if unit in units or not unit or not factor.isdecimal() or row["one"] not in ("always", "final", "-"):
            raise DataError("row", f"has a bad or repeated row {unit!r}", path=str(path), place=f"line {line}")
        units[unit] = _Unit(row["base"], int(factor), row["one"], times.get(unit))
        forms.setdefault(unit[0], []).append((unit[1:], row["unless"]))
    branches: list[str] = []
    for first, found in forms.items():
        rests = [
            re.escape(rest) + (f"(?![{re.escape(unless)}])" if unless else "")
            for rest, unless in sorted(found, key=lambda form: -len(form[0]))
        ]
        branches.append(re.escape(first) + (rests[0] if len(rests) == 1 else f"(?:{'|'.join(rests)})"))
    return units, "|".join(branches)


def _contexts(path: Path) -> dict[str, dict[str, str]]:
    contexts: dict[str, dict[str, str]] = {place: {} for place in _EFFECTS}
    for line, row in rows(path, ("place", "word", "effect")):
        place, word = row["place"], row["word"]
        if (
            row["effect"] not in _EFFECTS.get(place, ())
            or word in contexts[place]
            or not 0 < len(word) <= (1 if place == "inside" else _SIZES[0])
        ):
            raise DataError("row", f"has a bad or repeated row {word!r}", path=str(path), place=f"line {line}")
        contexts[place][word] = row["effect"]
    return contexts


def _names(path: Path) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Names by their number, and those written ``*个统一`` (any numeral spelled out) by the character after it."""
    names: dict[str, list[str]] = {}
    wild: dict[str, list[str]] = {}
    for line, name in enumerate(read_text(path).split("\n"), 1):
        number = _NAME.match(name)
        if not name or name.startswith("#"):
            continue
        if name.startswith("*") and len(name) > 2:
            wild.setdefault(name[1], []).append(name[1:])
        elif number and number.end() < len(name):
            names.setdefault(number.group(), []).append(name)
        else:
            hint = "a name begins with a number, or with * for any"
            raise DataError("row", f"has a bad name {name!r}", path=str(path), place=f"line {line}", hint=hint)
    return {key: tuple(found) for key, found in names.items()}, {key: tuple(found) for key, found in wild.items()}


# -- finding ----------------------------------------------------------------------------------------------------------


def find_numbers(text: str) -> list[Number]:
    """Quantities of a text in any script, in order, with offsets into `text` as given.

    Dates, ordinals, article and document numbers, telephone numbers, and names that begin with a number (一件事,
    五个统一) are none.

    >>> [(n.value, n.unit, n.qualifier, n.text) for n in find_numbers("共公開18万余條，占８.９％，第二十條")]
    [(180000, '条', 'more_than', '18万余條'), (8.9, '%', None, '８.９％')]
    >>> [(n.value, n.value_high, n.unit) for n in find_numbers("三至五个工作日，约3.5万元")]
    [(3, 5, '个工作日'), (35000, None, '元')]
    """
    normalized = normalize(text)
    found: list[Number] = []
    for number in find_normalized(normalized.text):
        start, end = normalized.source_span(number.start, number.end)
        found.append(number._replace(start=start, end=end, text=text[start:end]))
    return found


def find_normalized(text: str, start: int = 0, stop: int | None = None) -> Iterator[Number]:
    """Quantities of a normalised text, or of its lines ``text[start:stop]``, in order; linear in their length.

    >>> [number.text for number in find_normalized("第3期印发12份")]
    ['12份']
    """
    grammar = _grammar()
    low: re.Match[str] | None = None
    for match in grammar.pattern.finditer(text, start, len(text) if stop is None else stop):
        if low is not None:
            high = match if low.end() == match.start() else None
            yield from _range(text, low, high, grammar)
            low = None
            if high is not None:
                continue
        if match.lastgroup == "to":
            low = match
        elif number := _read(text, match, grammar):
            yield number
    if low is not None:
        yield from _range(text, low, None, grammar)


def _range(text: str, low: re.Match[str], high: re.Match[str] | None, grammar: _Grammar) -> Iterator[Number]:
    """What `low`, after which 至 or a dash stands, and `high`, which begins right there, amount to."""
    counted = low["unit"] or low["share"]
    counter = low["unit"] or (high["unit"] if high else None)
    first = _read(text, low, grammar, counter=counter) if counter or counted else None
    last = _read(text, high, grammar, joined=first is not None) if high else None
    if first is None or last is None or high is None:
        if first is not None and counted:
            yield first
        if last is not None:
            yield last
        return
    value = first.value
    scale = _MYRIADS.get((high["scale"] or high["low"])[-1])
    if scale and not low["scale"] and low["low"][-1] not in _MYRIADS and value * scale < last.value:
        # 3至5万件: the scale at the end is that of both ends.
        value = _plain(Decimal(str(value)) * scale)
    if first.unit == last.unit and value < last.value and last.value_high is None:
        qualifier = first.qualifier or last.qualifier
        yield Number(value, last.unit, first.start, last.end, qualifier, text[first.start : last.end], last.value)
    elif counted or low["to"].strip() in _TO_WORDS:
        if counted:
            yield first
        yield last


def _read(
    text: str, match: re.Match[str], grammar: _Grammar, *, counter: str | None = None, joined: bool = False
) -> Number | None:
    """The quantity of a match, null when what stands beside it makes it none. `counter` is the unit at the low end of
    a range, `joined` tells its high end."""
    run, share, more, scale, unit, also, to = match.groups()
    start, end = match.span()
    if to:
        end -= len(to)
    spelled = run[0] in _NUMERALS
    if not (spelled or run.isdecimal() or _SEPARATORS.isdisjoint(run)):
        skipped, run = _ungrouped(run)
        start += skipped
    counter = unit or counter
    kind = grammar.units[counter] if counter else None
    time = kind.time if kind else None
    effect, sign = None, 1
    if text[start - 1 : start] in grammar.notable and not joined:
        effect = _before(text, start, end, run, grammar)
        if effect == "none" or (effect == "rank" and time != "span"):
            return None
        sign = -1 if effect == "minus" else 1
    if more or also in grammar.inside:
        effect = grammar.inside[more or also]
    elif text[end : end + 1] in grammar.after:
        after = next((after for word, after in grammar.after[text[end]][1] if text.startswith(word, end)), effect)
        if after == "none":
            return None
        effect = effect if effect in _QUALIFIERS else after
    if run in grammar.names and _is_name(text, start, end, grammar.names[run]):
        return None
    # What follows the high end of a range tells for both.
    if time == "date" and ((unit and effect not in _LENGTHS) or (not joined and text[start - 1 : start] in _DATED)):
        return None
    if spelled and not share and not (kind and _counts(text, match, run, kind, effect, joined or not unit, grammar)):
        return None
    if not (kind or share or effect == "count" or scale or run[-1] in _MYRIADS):
        return None
    if kind and run.isdecimal() and not (scale or also):
        # Most figures are plain; with a zero before it, one is a code.
        if len(run) > _MAX_DIGITS or (run[0] == "0" and len(run) > 1):
            return None
        amount: _Amount | None = (kind.base, int(run) * kind.factor, None)
    else:
        amount = _amount(run, share, scale, also, kind)
    if amount is None:
        return None
    base, value, high = amount
    if time == "date" and value >= _LONGEST:
        return None
    if sign < 0:
        start -= 1
    return Number(value * sign, base, start, end, effect if effect in _QUALIFIERS else None, text[start:end], high)


def _before(text: str, start: int, end: int, run: str, grammar: _Grammar) -> str | None:
    """What the characters before a number do to it: an effect of `contexts.tsv`, ``minus``, or null."""
    at = start
    while at and start - at < 2 and text[at - 1] == " ":
        at -= 1
    before = text[at - 1 : at]
    if before in _JOINING:
        ordinal = text.rfind("第", max(0, at - _ORDINALS_REACH), at)
        if ordinal >= 0 and _ORDINALS.match(text, ordinal, at):
            return "none"
        if before == "、" and _ROW.fullmatch(text, max(0, at - 4), at):
            return "none"
    words, effects = grammar.before.get(before, _NO_WORDS)
    if text.endswith(words, 0, at):
        effect = next(effect for word, effect in effects if text.endswith(word, 0, at))
        if effect == "vague":
            return "none" if run[0] in _SCALES else None
        if effect == "power":
            return "more_than" if run[0] in _SCALES else None
        return effect
    if before not in grammar.marks:
        return None
    previous = text[max(0, at - 2) : at - 1]
    if before in _CODES or (before.isascii() and before.isalpha()):
        return "none"
    if before in _OPENING:
        return "none" if any(mark in text[end : end + _QUOTED_NAME] for mark in _CLOSING) else None
    if before in _MARKS and previous.isascii() and previous.isalnum():
        # 8:30, 1.2.3, 0000-8802310 are codes; a dash or colon after a word is none.
        return "none"
    return "minus" if at == start and before in _MINUS and previous not in _MARKS else None


def _is_name(text: str, start: int, end: int, names: tuple[str, ...]) -> bool:
    """Whether a name begins at `start` and reaches the end of the unit: 十分重要, but not 十分钟."""
    return text.startswith(names, start) and any(
        text.startswith(name, start) and start + len(name) >= end for name in names
    )


def _counts(
    text: str, match: re.Match[str], run: str, kind: _Unit, effect: str | None, ranged: bool, grammar: _Grammar
) -> bool:
    """Whether a numeral spelled out counts, or is an article (一份报告), the beginning of a name (五个统一, “三个一”)
    or of a saying (千家万户)."""
    if effect == "article" and run == "一":
        return False
    if ranged:
        return True
    end = match.end()
    if len(run) == 1 and _DIGITS.get(run, 2) < 2 and kind.one != "always":
        # 发现一起、查处一起: one after the other.
        again = text.find(f"{run}{match['unit']}、", max(0, match.start() - _AGAIN), match.start()) >= 0
        return kind.one == "final" and (text[end : end + 1] or "。") in _STOPS and not again
    if len(run) == 1 and _SCALES.get(run, 10) > 10 and effect not in _QUALIFIERS:
        return False
    place = match.start("unit")
    if text.startswith(grammar.wild.get(text[place], ()), place):
        return False
    # 三个“100”
    quoted = text[end : end + 1] in _OPENING and match["unit"] == "个" and text[end + 1 : end + 2] in _QUOTED_NUMERALS
    return not quoted


# -- values -----------------------------------------------------------------------------------------------------------


def _amount(run: str, share: str | None, scale: str | None, also: str | None, kind: _Unit | None) -> _Amount | None:
    """Base unit, value and upper end, null when the numeral is none or is too long."""
    if kind and kind.factor == 1 and not (scale or also) and len(run) < _MAX_DIGITS and _DECIMAL.fullmatch(run):
        number = float(run)
        return kind.base, int(number) if number.is_integer() else number, None
    low, high = _values(share or run, scale)
    if low is None or (share and run not in _SHARES):
        return None
    base, factor = _SHARES[run] if share else (kind.base, kind.factor) if kind else ("", 1)
    low *= factor
    if also and also in _TENTHS:
        low += 5 if also == "半" else _DIGITS[also]
    return base, _plain(low), None if high is None else _plain(high * factor)


def _ungrouped(run: str) -> tuple[int, str]:
    """A figure without its separators, and how many characters before it are no part of it: 2017，389 ends the
    clause of a year, for the first group of a figure has three digits at most."""
    head = _HEAD.match(run)
    skipped = head.end() if head else 0
    return skipped, run[skipped:].replace(",", "").replace("，", "").replace(" ", "")


def _values(run: str, scale: str | None) -> tuple[Decimal | None, Decimal | None]:
    """Value of an Arabic, mixed (1.2万, 3亿5千万) or Chinese numeral times `scale`, and that of the upper end where
    two digits stand for a range (两三件); null when it is no numeral or is too long."""
    if run[0] in _NUMERALS:
        low, high = _pair(run)
        value = _spelled(low)
        upper = _spelled(high) if high else None
        if high and (value is None or upper is None or value >= upper):
            return None, None
    else:
        value, upper = _mixed(run), None
    if not scale:
        return value, upper
    factor = _factor(scale)
    return None if value is None else value * factor, None if upper is None else upper * factor


def _mixed(run: str) -> Decimal | None:
    """Value of an Arabic numeral with Chinese scales: 1.2万, 3亿5千万, 1亿2千3百万."""
    if len(run) > _MAX_SPELLED:
        return None
    for mark, myriad in _MYRIADS.items():
        high, found, low = run.partition(mark)
        if found:
            value = _mixed(high) if high else None
            # 1万5 is 15000.
            rest = (
                Decimal(low) * myriad / 10 if len(low) == 1 and low.isdecimal() else _mixed(low) if low else Decimal(0)
            )
            return None if not value or rest is None or rest >= myriad else value * myriad + rest
    total, length, last = Decimal(0), 0, Decimal(10**4)
    for part in _MIXED.finditer(run):
        digits, scale = part.groups()
        if len(digits) > _MAX_DIGITS or (len(digits) > 1 and digits[0] == "0" and digits[1] != "."):
            return None
        factor = _factor(scale)
        if not scale and length and len(digits) == 1:
            factor = last / 10
        if factor >= last:
            return None
        total += Decimal(digits) * factor
        length, last = part.end(), factor
    return total if length == len(run) else None


def _factor(scale: str) -> Decimal:
    factor = Decimal(1)
    for char in scale:
        factor *= _SCALES[char]
    return factor


def _pair(run: str) -> tuple[str, str]:
    """The ends of a range of two digits side by side (两三件, 三五家, 二三十件); the second is empty otherwise."""
    places = [at for at in range(len(run) - 1) if _DIGITS.get(run[at]) and _DIGITS.get(run[at + 1])]
    if len(places) != 1 or "点" in run or (len(run) > 2 and all(char in _DIGITS for char in run)):
        return run, ""
    at = places[0]
    return run[: at + 1] + run[at + 2 :], run[:at] + run[at + 1 :]


def _spelled(run: str) -> Decimal | None:
    if run in _MYRIADS:
        return Decimal(_MYRIADS[run])
    whole, point, fraction = run.partition("点")
    number = numeral(whole)
    if number is None or not point:
        return None if number is None else Decimal(number)
    digits = fraction.rstrip("百千万亿")
    if not digits or len(run) > _MAX_SPELLED or not all(char in _DIGITS for char in digits):
        return None
    tail = "".join(str(_DIGITS[char]) for char in digits)
    return Decimal(f"{number}.{tail}") * _factor(fraction[len(digits) :])


def numeral(text: str) -> int | None:
    """Value of a Chinese numeral, null when the characters form none.

    >>> numeral("三百五十一"), numeral("一万二千"), numeral("两千四百五"), numeral("二〇一七"), numeral("万万")
    (351, 12000, 2450, 2017, None)
    """
    if not text or len(text) > _MAX_SPELLED:
        return None
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    return _myriads(text.replace("廿", "二十").replace("卅", "三十"))


def _myriads(text: str) -> int | None:
    for mark, factor in _MYRIADS.items():
        high, found, low = text.partition(mark)
        if not found:
            continue
        value = _myriads(high)
        if len(low) == 1 and low in _DIGITS:
            # 两万五 is 25000.
            rest: int | None = _DIGITS[low] * factor // 10
        else:
            rest = _myriads(low.lstrip("零〇○")) if low else 0
        return None if not value or rest is None or rest >= factor else value * factor + rest
    return _section(text)


def _section(text: str) -> int | None:
    """Value of a numeral below 10,000: powers fall, each but a leading one and 十 with a digit."""
    total, digit, last, gap, bare = 0, 0, 10_000, False, False
    for char in text:
        if char in _POWERS:
            power = _POWERS[char]
            if power >= last or not (digit or (not gap and not bare and (power == 10 or not total))):
                return None
            total, bare, digit, last, gap = total + (digit or 1) * power, not digit, 0, power, False
        elif char not in _DIGITS or digit:
            return None
        else:
            digit = _DIGITS[char]
            gap = gap or not digit
    if not digit and (gap or not total):
        return None
    # 两千四百五 is 2450: a last digit without a power counts in the next lower one.
    return total + digit * (last // 10 if total and last >= 100 and not gap else 1)


def _plain(value: Decimal) -> _Value:
    whole = int(value)
    return whole if value == whole else float(value)
