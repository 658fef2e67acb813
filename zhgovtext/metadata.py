"""What a report is: its title, agency, place, year, period and the form of its figures. What is not found is null."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from zhgovtext.errors import DataError
from zhgovtext.quantities import numeral
from zhgovtext.regions import Region, find_region, is_region, split_region
from zhgovtext.resources import data_path, read_words, rows
from zhgovtext.structure import Layout

_DIGITS = str.maketrans("〇○零Ｏ一二三四五六七八九", "0000123456789")
_N = r"[\d〇○零一二三四五六七八九]"
_SCHOOL_YEAR = r"(?:20\d\d\s*[-—至]\s*)?"
_YEAR = re.compile(rf"{_SCHOOL_YEAR}([2二][0〇○零]{_N}{_N})\s*(?:-\s*20\d\d\s*)?(?:学?年|(?=政府信息|政务|信息公开))")
_SUFFIX = re.compile(
    r"(?:(?<!人民)政府)?(?:信息|政务)(?:与政务)?公开(?:工作)?.*$|(?:年度报告|工作报告|年报|工作总结).*$|法治政府建设.*$"
)
_YEAR_WORDS = re.compile(
    rf"(?:关于)?{_SCHOOL_YEAR}[2二][0〇○零]{_N}{_N}\s*学?年?(?:度)?|[（(][^（）()]*年度[^（）()]*[）)]|(?:的|年度|关于)$"
)
_DAY = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATE = rf"([2二][0〇○零]{_N}{_N})\s*(?:年|[-./])\s*{_DAY}\s*(?:月|[-./])\s*{_DAY}\s*日?(?:\d{{1,2}}时)?"
_PERIOD = re.compile(
    rf"{_DATE}\s*(?:起)?\s*[，,]?\s*(?:至|到|截至|截止|—|-|~|～|－)+\s*(?:{_DATE}|{_DAY}\s*月\s*(?:{_DAY}\s*日|底))"
)
_MONTHS = re.compile(rf"([2二][0〇○零]{_N}{_N})\s*年\s*1\s*月(?:份)?\s*(?:至|到|—|-|~|～)\s*12\s*月(?:份)?(?!\s*\d)")
_STAMP = re.compile(r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
# When a page was published, the surest label first; a bare date counts on a line of its own right below the title.
_PUBLISHED = tuple(
    re.compile(rf"(?:{label})\s*[:：]\s*{_STAMP.pattern}")
    for label in (
        "(?:发布|公布|公开|发稿|上网)(?:时间|日期)?",
        "(?<!填报)(?<!填表)(?<!成文)(?<!生成)(?<!更新)(?:时间|日期)",
        "(?:生成|更新)(?:时间|日期)",
    )
)
_BARE_DATE = re.compile(rf"\s*[（(\[【]?\s*{_STAMP.pattern}日?[^\n。；]{{0,40}}")
_NUMBER = r"[\u4e00-\u9fff]{1,14}(?:字)?\s*[〔\[［(（]\s*20\d\d\s*[〕\]］)）]\s*第?\s*\d{1,4}\s*号"
_DOC_NUMBER = re.compile(
    rf"(?:(?P<line>^[ \t]*)|(?:文号|发文字号|文件编号)\s*[:：]\s*)(?P<number>{_NUMBER})(?(line)[ \t]*$)", re.MULTILINE
)
_ZONES = "新区|实验区|开发区|高新区|示范区|度假区|保税区|工业园区|产业园区|园区|经济区"
_ZONE = re.compile(f"(?:{_ZONES})$")
# The next place in an agency's name that the table of divisions does not know.
_PLACE = re.compile(
    r"[^省市州盟县区旗镇乡局委厅（(]{1,8}?(?:自治[区州县旗]|[省市州盟县区旗](?![场域舰]|分局)|地区(?=行政公署))"
)
# A township or zone is one only before words of its office, or at the end.
_BELOW = re.compile(
    rf"(?:人民政府|政府)?((?:[^省市州盟县区旗镇乡]{{1,8}}?|.{{1,10}}?)(?:镇|乡|街道|{_ZONES}))"
    r"(?=人民政府|政府|党政|党工委|管理委员会|管委会|办事处|$)"
)
_GENERIC_ZONE = re.compile("^(?:国家级|省级|高新技术|高新|经济技术|经济|工业|产业|综合)")
_VERTICAL_HEAD = re.compile("^(?:国家税务总局|中华人民共和国|国家统计局|中国人民银行|国家|中共)")
_NATIONAL = re.compile("^(?:国务院|国家|中华人民共和国|[^省市县区]{2,8}部$)")
_AGENCY_LINE = re.compile(
    r"[^。！？；，：:\d\n]{2,30}(?:政府|局|委|委员会|厅|办公室|管委会|办事处|法院|检察院|院|中心|大学|学院|公司|会)"
)
_HAS_COUNTIES = re.compile("各县|县[（(](?:市、)?区[）)]|区[（(]县[）)]|县区|区县|各区|各市、县|市、县|市县|县级")
_RANKS = (
    (re.compile("(?:省|自治区)$"), "province"),
    (re.compile("(?:州|盟|地区)$"), "prefecture"),
    (re.compile("(?:镇|乡|街道)$"), "township"),
    (re.compile("(?:县|旗|区)$"), "county"),
)
_REGIMES = ((2021, "2021"), (2019, "2019"), (2014, "2014"), (2000, "free"))
# Words of the official forms that no other form has.
_FORMS = (
    ("2021", re.compile("现行有效件数|本年制发件数|制发件数")),
    ("2019", re.compile("对外公开总数量|新制作数量|新公开数量")),
    ("2014", re.compile("回应解读情况|回应公众关注热点或重大舆情数")),
)
_HEAD = 4000
_KINDS = ("department", "government", "public_institution", "vertical", "zone")


@dataclass(frozen=True, slots=True)
class Meta:
    """Metadata of a report, fields as in the contract; dates are ISO 8601."""

    title: str | None
    agency: str | None
    agency_type: str
    region: str | None
    region_code: str | None
    level: str
    year: int | None
    period_start: str | None
    period_end: str | None
    published: str | None
    doc_number: str | None
    regime: str | None
    form: str
    script: str
    profile: str


def find_metadata(
    text: str,
    layout: Layout,
    *,
    script: str,
    profile: str,
    tables: str = "",
    properties: Mapping[str, str] | None = None,
) -> Meta:
    """Metadata of a normalised text; `tables` is the text of its tables, `properties` what the file says of itself.

    The place is looked up in the table of divisions of the report's year; a name that several places bear is settled
    by a longer one in the report's first page, and has no code otherwise.
    """
    stated = dict(properties or {})
    head = text[:_HEAD]
    title = _title(text, layout) or _bare(stated.get("title", "")) or None
    year = _year(title or "") or _year(head[:400])
    name = _agency_name(title or "") or _agency_below(text, layout)
    place, region, office = _place(name, year, head)
    agency = _agency(name, place, office)
    start, end = _period(head)
    return Meta(
        title=title,
        agency=agency,
        agency_type=_agency_type(agency),
        region=place,
        region_code=region.code if region else None,
        level=_level(place, region, agency, text),
        year=year,
        period_start=start,
        period_end=end,
        published=_published(text, layout, stated.get("published", "")),
        doc_number=_doc_number(head),
        regime=next((regime for since, regime in _REGIMES if year and year >= since), None),
        form=_form(tables),
        script=script,
        profile=profile,
    )


def _title(text: str, layout: Layout) -> str | None:
    return _bare(text[slice(*layout.title)]) if layout.title else None


def _bare(title: str) -> str:
    """A title in one piece: white space goes, but for that between Latin letters."""
    return re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", title).strip("《》*#")


def _year(text: str) -> int | None:
    match = _YEAR.search(text)
    return int(match[1].translate(_DIGITS)) if match else None


def _agency_name(title: str) -> str:
    return _YEAR_WORDS.sub("", _SUFFIX.sub("", _YEAR_WORDS.sub("", title))).strip("《》，, ")


def _agency_below(text: str, layout: Layout) -> str:
    """The agency that stands on the line below a title without one, or signs the report."""
    if layout.title is None:
        return ""
    lines = [line.strip() for line in text[layout.title[1] : layout.title[1] + 200].split("\n") if line.strip()]
    tail = [line.strip() for line in text[max(layout.title[1], len(text) - 400) :].split("\n") if line.strip()]
    return next((line for line in (*lines[:1], *tail[-3:]) if _AGENCY_LINE.fullmatch(line)), "")


def _place(name: str, year: int | None, head: str) -> tuple[str | None, Region | None, str]:
    """The place an agency's name begins with (淮安市洪泽区人民政府 → 洪泽区), its division, and the office."""
    bare = _VERTICAL_HEAD.sub("", name)
    region, rest = split_region(bare, year=year)
    place = region.name if region else None
    while region is None and (found := _PLACE.match(rest)) and found.group() not in _no_places():
        place, rest = found.group(), rest[found.end() :]
    if place and region is None and is_region(place):
        region = _longer(place, year, head)
    below = _BELOW.match(rest)
    if below and below[1] not in _no_places():
        above = bare[: len(bare) - len(rest)]
        # 苏州工业园区 and 云澜市高新技术产业开发区 are names in one piece; 云澜市柳坝镇 is a place in a place.
        joined = _ZONE.search(below[1]) and (
            (region and not above.endswith(region.name)) or _GENERIC_ZONE.match(below[1])
        )
        return (above if joined else "") + below[1], None, rest[below.end() :]
    return place, region, rest


@cache
def _no_places() -> frozenset[str]:
    return read_words(data_path("metadata", "places.txt"))


def _longer(place: str, year: int | None, head: str) -> Region | None:
    """The division that a name of several means: the one that the first page calls by a longer name."""
    at = head.find(place)
    while at >= 0:
        for start in range(max(0, at - 16), at - 1):
            region = find_region(head[start : at + len(place)], year=year)
            if region:
                return region
        at = head.find(place, at + 1)
    return None


def _agency(name: str, place: str | None, office: str) -> str | None:
    if not name:
        return None
    if office or place is None:
        return re.sub("(?<!人民)政府$", "人民政府", name)
    if _ZONE.search(place) and not is_region(place):
        return f"{name}管委会"
    return f"{name}{'办事处' if name.endswith('街道') else '人民政府'}"


def _agency_type(agency: str | None) -> str:
    name = re.sub("[（(][^（）()]*[）)]$", "", agency or "")
    for kind, pattern in _agency_kinds():
        if pattern.search(name):
            return kind
    return "unknown"


@cache
def _agency_kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    path = data_path("metadata", "agencies.tsv")
    found: list[tuple[str, re.Pattern[str]]] = []
    for line, row in rows(path, ("kind", "where", "words")):
        if row["kind"] not in _KINDS or row["where"] not in ("end", "in") or not row["words"]:
            raise DataError("row", f"has the bad row {row}", path=str(path), place=f"line {line}")
        words = "|".join(map(re.escape, row["words"].split("|")))
        found.append((row["kind"], re.compile(f"(?:{words})$" if row["where"] == "end" else words)))
    return tuple(found)


def _level(place: str | None, region: Region | None, agency: str | None, text: str) -> str:
    """Rank of the place: the table's, or as far as its name and the text tell; a city is a prefecture when it has
    counties below it."""
    if region:
        return region.level
    if place is None:
        return "national" if agency and _NATIONAL.search(agency) else "unknown"
    if _ZONE.search(place):
        return "unknown"
    found = next((level for pattern, level in _RANKS if pattern.search(place)), "unknown")
    return "prefecture" if place.endswith("市") and _HAS_COUNTIES.search(text) else found


def _period(head: str) -> tuple[str | None, str | None]:
    match = _PERIOD.search(head)
    if not match:
        year = _MONTHS.search(head)
        return (_iso(year[1], "1", "1"), _iso(year[1], "12", "31")) if year else (None, None)
    first, (year_, month, day, short_month, short_day) = match.groups()[:3], match.groups()[3:]
    last = (year_, month, day) if year_ else (first[0], short_month, short_day or "31")
    return _iso(*first), _iso(*last)


def _published(text: str, layout: Layout, stated: str) -> str | None:
    if match := _STAMP.search(stated):
        return _iso(*match.groups())
    head = text[:800]
    for label in _PUBLISHED:
        if match := label.search(head):
            return _iso(*match.groups())
    below = text[layout.title[1] :].lstrip("\n ")[:120] if layout.title else ""
    match = _BARE_DATE.fullmatch(below.split("\n")[0])
    return _iso(*match.groups()) if match else None


def _doc_number(head: str) -> str | None:
    match = _DOC_NUMBER.search(head[:800])
    return re.sub(r"\s", "", match["number"]) if match else None


def _form(tables: str) -> str:
    bare = "".join(tables.split())
    if not bare:
        return "none"
    return next((form for form, words in _FORMS if words.search(bare)), "provincial")


def _iso(year: str, month: str, day: str) -> str | None:
    days = (int(text) if text.isdecimal() else numeral(text) or 0 for text in (month, day))
    numbers = int(year.translate(_DIGITS)), *days
    if not 1 <= numbers[1] <= 12 or not 1 <= numbers[2] <= 31:
        return None
    return "{}-{:02d}-{:02d}".format(*numbers)
