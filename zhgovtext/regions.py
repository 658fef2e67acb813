"""Administrative divisions of China: six-digit codes by name and year, and the division an agency's name begins with.

The table is data (``data/regions/divisions.tsv``); a lookup goes through a dictionary of names, its cost does not grow
with the table. Of the shipped table only the rows that a lookup meets are read as divisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zhgovtext.errors import DataError
from zhgovtext.resources import data_path, read_text, rows

LEVELS = ("province", "subprovincial", "prefecture", "county")
_COLUMNS = ("code", "name", "also", "level", "parent", "since", "until")
# A short name before one of these is part of a longer name: 云澜 is not the place in 云澜街道.
_RANKS = ("省", "市", "县", "区", "州", "盟", "旗", "镇", "乡", "村", "街道", "路", "新区")
# Words that begin like a rank and are none: 云澜市场监督管理局 is 云澜 and its 市场监督管理局.
_WORDS = ("市场", "区域", "乡村", "村镇", "路政")


@dataclass(frozen=True, slots=True)
class Region:
    """A division under one name and code.

    `code` has six digits, `level` is one of `LEVELS`, `parent` is the code of the division above (None for a province).
    `since` and `until` are the years in which name and code came and went, `until` None while they hold; in the year of
    a change the old and the new division both held. `also` are other names in use (珠海, 延边州, 长阳县).
    """

    code: str
    name: str
    level: str
    parent: str | None
    since: int
    until: int | None
    also: tuple[str, ...] = ()

    def held(self, year: int) -> bool:
        """Whether name and code were in force at some time of `year`."""
        return self.since <= year and (self.until is None or year <= self.until)


def load_regions(path: str | Path | None = None) -> tuple[Region, ...]:
    """The table of divisions, by default the shipped one: all that existed at some time since 2007, by code and year.

    Tab-separated with the columns ``code``, ``name``, ``also``, ``level``, ``parent``, ``since``, ``until``; a division
    stands below its parent. The head of the shipped file names its sources. Raises `DataError` naming the line.

    >>> load_regions()[0]
    Region(code='110000', name='北京市', level='province', parent=None, since=1980, until=None, also=('北京',))
    """
    return _load(Path(path) if path else _shipped())


def find_region(name: str, *, year: int | None = None, within: str | None = None) -> Region | None:
    """The division called `name` in `year` (by default the latest), None when there is none or more than one.

    `name` is a full name, a chain of them (江苏省淮安市洪泽区), or a short name of a province or prefecture (珠海).
    `within`, name or code of a division above, decides between places of one name. Of divisions in force in `year`,
    those in force at its end come first, then the higher level (吉林 is the province). A name that `year` did not have
    gives the division that bore it in the nearest year: ask `Region.held`.

    >>> find_region("洪泽县", year=2015).code, find_region("淮安市洪泽区", year=2023).code
    ('320829', '320813')
    >>> find_region("朝阳区") is None, find_region("朝阳区", within="北京市").code
    (True, '110105')
    """
    above = None if within is None else _codes(within)
    found, end = _chain(name, above)
    return _choose(found, year) if end == len(name) else None


def is_region(name: str) -> bool:
    """Whether some division is or was called exactly `name`.

    >>> is_region("朝阳区"), is_region("平潭综合实验区")
    (True, False)
    """
    return name in _rows_by_name()


def split_region(text: str, *, year: int | None = None) -> tuple[Region | None, str]:
    """The division at the beginning of an agency's name, and the rest of it; None and the whole when there is none.

    The longest chain of names counts, and its last division is given. The rest may go on with a place that is not in
    the table (a township, a development zone). A chain of several meanings (鼓楼区) gives None and the whole text.

    >>> region, rest = split_region("江苏省淮安市洪泽区人民政府办公室")
    >>> region.name, region.code, rest
    ('洪泽区', '320813', '人民政府办公室')
    >>> split_region("开发区管委会")
    (None, '开发区管委会')
    """
    found, end = _chain(text, None)
    region = _choose(found, year)
    return (region, text[end:]) if region else (None, text)


@cache
def _load(path: Path) -> tuple[Region, ...]:
    found: list[Region] = []
    codes: set[str] = set()
    for number, row in rows(path, _COLUMNS):
        if fault := _fault(row, codes):
            raise DataError("region", fault, path=str(path), place=f"line {number}")
        codes.add(row["code"])
        found.append(_region(*row.values()))
    return tuple(found)


def _region(code: str, name: str, also: str, level: str, parent: str, since: str, until: str) -> Region:
    return Region(code, name, level, parent or None, int(since), int(until) if until else None, tuple(also.split()))


def _fault(row: dict[str, str], codes: set[str]) -> str:
    """What is wrong with a row below rows of `codes`; empty when nothing is."""
    code, name, level, parent, since = row["code"], row["name"], row["level"], row["parent"], row["since"]
    until = row["until"] or "9999"
    if not (len(code) == 6 and code.isascii() and code.isdecimal()):
        return f"has the code {code!r}, which is not six digits"
    if not name:
        return "has no name"
    if level not in LEVELS:
        return f"has the level {level!r}, which is none of {', '.join(LEVELS)}"
    if parent not in codes if level != "province" else parent:
        return f"has the parent {parent!r}, which does not stand above it"
    if not (_is_year(since) and _is_year(until) and since <= until):
        return f"has the years {since!r} to {row['until']!r}"
    return ""


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdecimal()


def _shipped() -> Path:
    return data_path("regions", "divisions.tsv")


@cache
def _rows() -> list[str]:
    """Rows of the shipped table, whose form the tests hold to what `load_regions` asks of it."""
    return [line for line in read_text(_shipped()).splitlines() if line[:1].isdecimal()]


@cache
def _rows_by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in _rows():
        _, name, also, _ = row.split("\t", 3)
        for each in (name, *also.split()):
            found.setdefault(each, []).append(row)
    return found


@cache
def _named(name: str) -> tuple[Region, ...]:
    """All divisions that ever bore a name of the table."""
    return tuple(_region(*row.split("\t")) for row in _rows_by_name()[name])


@cache
def _longest() -> int:
    return max(map(len, _rows_by_name()))


@cache
def _parents() -> dict[str, str | None]:
    cells = (row.split("\t", 5) for row in _rows())
    return {code: parent or None for code, _, _, _, parent, _ in cells}


def _codes(place: str) -> frozenset[str]:
    """Codes that a name or code may mean, in whatever year."""
    if place in _parents():
        return frozenset([place])
    found, end = _chain(place, None)
    return frozenset(region.code for region in found) if end == len(place) else frozenset()


def _chain(text: str, above: frozenset[str] | None) -> tuple[tuple[Region, ...], int]:
    """What the chain of names at the beginning of `text` may mean, and where it ends.

    All meanings are carried along: in 海南共和县 only the county shows that 海南 is not the province.
    """
    found: tuple[Region, ...] = ()
    end, names = 0, _rows_by_name()
    while True:
        for length in range(min(_longest(), len(text) - end), 1, -1):
            name = text[end : end + length]
            step = tuple(
                region
                for region in (_named(name) if name in names else ())
                if (above is None or _is_below(region, above)) and _is_whole(region, text, end, end + length)
            )
            if step:
                break
        else:
            return found, end
        found, end = step, end + length
        above = frozenset(region.code for region in found)


def _is_below(region: Region, above: frozenset[str]) -> bool:
    parent = region.parent
    while parent is not None:
        if parent in above:
            return True
        parent = _parents()[parent]
    return False


def _is_whole(region: Region, text: str, start: int, end: int) -> bool:
    """Whether the name of `region` at start:end ends there, and is not cut out of a longer word."""
    if text[end - 1 : end + 1] in _WORDS:
        return False
    short = end - start < len(region.name) and region.name.startswith(text[start:end])
    return not short or text.startswith(_WORDS, end) or not text.startswith(_RANKS, end)


def _choose(found: tuple[Region, ...], year: int | None) -> Region | None:
    """The one of `found` that held at the end of `year`, in it or nearest to it; of several the highest in level."""
    if not found:
        return None
    ranks = [(_distance(region, year), LEVELS.index(region.level)) for region in found]
    best = min(ranks)
    return found[ranks.index(best)] if ranks.count(best) == 1 else None


def _distance(region: Region, year: int | None) -> tuple[int, bool]:
    """Years between `year` (None: the latest) and those of `region`, and whether it ceased in `year`."""
    if region.until is None:
        return (max(0, region.since - year) if year is not None else 0), False
    if year is None:
        return 9999 - region.until, False
    return max(0, region.since - year, year - region.until), region.until == year
