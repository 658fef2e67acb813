"""What a figure can mean: codes and units, the labels that official tables give them, and where a series breaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import ahocorasick_rs

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, rows

# What may stand before a label: 其中, and a number of any style.
_LEAD = re.compile(
    r"(?:其中[:：,，]?|[（(][一二三四五六七八九十\d]{1,3}[）)][、.．]?|[一二三四五六七八九十]{1,3}[、.．:：]"
    r"|\d{1,2}(?:[、.．:：)）]|(?=\D))|[①-⑳]|[—\-*#▲●·]){0,4}"
)
_EXPLANATION = re.compile(r"[（(][^（()）]{0,200}[）)]$")
_MARKS = str.maketrans("", "", "“”‘’\"'「」『』《》、，,。.．·：:;；/")
# Tails that add nothing to a label: 申请数, 申请总数 and 申请数量 are one, and so are 同意公开数 and 同意公开的数量.
_TAIL = re.compile("(?:的?(?:总?(?:次数|(?<![文事稿])件数|条数|篇数|数量|数额|数)|总条数)|的)$")
TABLES = (
    "figures", "requests", "applicants", "activities", "measures", "groups", "outcomes", "columns", "units",
)  # fmt: skip
UNCODED = "-"
SECTION = "#"


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a figure can mean: `code`, Chinese name, `unit` of the value, and the code of the whole it is part of."""

    code: str
    zh: str
    unit: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Indicators:
    """All indicators, by code."""

    by_code: Mapping[str, Indicator]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A label's `code`, where the row `within` stands above it (empty: anywhere)."""

    within: str
    code: str


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of official tables: table → label without number and tail → its meanings.

    `units` are those of the table of units, each with its base. `pattern` finds the labels in a text from which white
    space and quotation marks were taken; `named` says for each of its patterns in which tables it stands, and as what.
    """

    tables: Mapping[str, Mapping[str, tuple[Meaning, ...]]]
    units: Mapping[str, str]
    pattern: ahocorasick_rs.AhoCorasick
    named: tuple[Mapping[str, str], ...]

    def code(self, table: str, label: str, recent: Sequence[str] = ()) -> str | None:
        """Code of a bare label; of several meanings that of the nearest of the `recent` codes above it.

        >>> labels = load_labels()
        >>> labels.code("figures", "其他情形", ["review.total"]), labels.code("figures", "公开电话")
        ('review.other', None)
        """
        meanings = self.tables[table].get(label)
        return choose(meanings, recent) if meanings else None

    def first(self, table: str, label: str) -> str | None:
        """Code of a bare label in a table whose labels have one meaning each, or of its first meaning.

        >>> load_labels().first("outcomes", "结果维持")
        'upheld'
        """
        meanings = self.tables[table].get(label)
        return meanings[0].code if meanings else None


def choose(meanings: Sequence[Meaning], recent: Sequence[str]) -> str | None:
    """The meaning that fits the nearest code above; else the one that fits anywhere; else none."""
    if len(meanings) == 1 and not meanings[0].within:
        return meanings[0].code
    for code in reversed(recent):
        fitting = [m for m in meanings if m.within and (code + ".").startswith(m.within + ".")]
        if fitting:
            return max(fitting, key=lambda meaning: len(meaning.within)).code
    return next((meaning.code for meaning in meanings if not meaning.within), None)


@dataclass(frozen=True, slots=True)
class Break:
    """Why a series must not run on: `codes` (a code, or a group ending in ``.*``) has this meaning only from the year
    `since` to the year `until` (null: open); `note` says what stands before or after it."""

    codes: str
    since: int | None
    until: int | None
    note: str

    def covers(self, code: str) -> bool:
        """Whether the break is about this code."""
        return code == self.codes or (self.codes.endswith(".*") and code.startswith(self.codes[:-1]))


@lru_cache(maxsize=4096)
def bare_label(text: str) -> str:
    """A label without number, 其中, explanation at its end, marks, white space, and 的, 数, 数量, 总数 at the
    end.

    >>> bare_label("其中：1．当面 申请数（件）"), bare_label("2.其他法律行政法规禁止公开"), bare_label("三安全一稳定")
    ('当面申请', '其他法律行政法规禁止公开', '三安全一稳定')
    """
    bare = "".join(text.split())
    bare = bare[_LEAD.match(bare).end() :]  # type: ignore[union-attr]  # it matches the empty string
    for _ in range(2):
        bare = _EXPLANATION.sub("", bare) or bare
    bare = bare.translate(_MARKS)
    return _TAIL.sub("", bare) or bare


@cache
def load_indicators() -> Indicators:
    """The shipped ``data/indicators/indicators.tsv``; `DataError` names the line of a code that stands twice or of a
    parent that is none.

    >>> load_indicators().by_code["review.upheld"].parent
    'review.total'
    """
    path = data_path("indicators", "indicators.tsv")
    by_code: dict[str, Indicator] = {}
    lines: dict[str, int] = {}
    for line, row in rows(path, ("code", "zh", "unit", "parent")):
        if row["code"] in by_code:
            raise _error("duplicate", f"has the code {row['code']} twice", path, line)
        by_code[row["code"]] = Indicator(row["code"], row["zh"], row["unit"], row["parent"] or None)
        lines[row["code"]] = line
    for code, indicator in by_code.items():
        if indicator.parent not in (None, *by_code):
            raise _error("unknown_code", f"names the parent {indicator.parent}, which is no code", path, lines[code])
    return Indicators(by_code)


@cache
def load_labels(path: Path | None = None) -> Labels:
    """The labels of ``data/indicators/labels.tsv``; `DataError` names the line of an unknown table or code, or of a
    label that means two things in one place."""
    path = path or data_path("indicators", "labels.tsv")
    known = load_indicators().by_code
    tables: dict[str, dict[str, list[Meaning]]] = {table: {} for table in TABLES}
    named: dict[str, dict[str, str]] = {}
    for line, row in rows(path, ("table", "within", "label", "code")):
        table, code = row["table"], row["code"]
        if table not in tables:
            raise _error("unknown_table", f"has the table {table}", path, line, f"one of {', '.join(TABLES)}")
        if table in ("figures", "requests") and code not in known and code != UNCODED and code[0] != SECTION:
            raise _error("unknown_code", f"has the code {code}, which indicators.tsv lacks", path, line)
        bare = bare_label(row["label"])
        meanings = tables[table].setdefault(bare, [])
        twin = next((meaning for meaning in meanings if meaning.within == row["within"]), None)
        if twin and twin.code != code:
            raise _error("duplicate", f"says that {row['label']} is {code}, above it is {twin.code}", path, line)
        if not twin:
            meanings.append(Meaning(row["within"], code))
        if table == "units":
            continue
        printed = squeeze(row["label"])
        named.setdefault(_TAIL.sub("", printed) or printed, {})[table] = bare
    pattern = ahocorasick_rs.AhoCorasick(list(named), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    frozen = {table: {bare: tuple(found) for bare, found in labels.items()} for table, labels in tables.items()}
    units = {label: found[0].code for label, found in frozen["units"].items()}
    return Labels(frozen, units, pattern, tuple(named.values()))


@cache
def load_breaks() -> tuple[Break, ...]:
    """The breaks of ``data/indicators/breaks.tsv``, the crosswalk between the forms; `DataError` names the line of an
    unknown code or of a year that is none.

    >>> [b.note[:9] for b in load_breaks() if b.covers("charge.items")]
    ['行政事业性收费 c']
    """
    path = data_path("indicators", "breaks.tsv")
    known = load_indicators().by_code
    found: list[Break] = []
    for line, row in rows(path, ("codes", "since", "until", "note")):
        years = [row["since"], row["until"]]
        if any(year and not (year.isdecimal() and len(year) == 4) for year in years):
            raise _error("year", "has a year that is none", path, line, "write four digits, or nothing")
        since, until = (int(year) if year else None for year in years)
        found.append(Break(row["codes"], since, until, row["note"]))
        if not any(map(found[-1].covers, known)):
            raise _error("unknown_code", f"has the code {row['codes']}, which indicators.tsv lacks", path, line)
    return tuple(found)


SQUEEZED = " \t\n\r\u3000\xa0“”‘’\"'「」『』《》"
_NO_SQUEEZED = str.maketrans("", "", SQUEEZED)


def squeeze(text: str) -> str:
    """A text without white space and quotation marks, in which a label is found however it was broken."""
    return text.translate(_NO_SQUEEZED)


def _error(code: str, message: str, path: Path, line: int, hint: str = "") -> DataError:
    return DataError(code, message, path=str(path), place=f"line {line}", hint=hint)
