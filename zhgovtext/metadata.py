"""What a report is: its title, agency, place, year, period and the form of its figures. What is not found is null."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zhgovtext.regions import Region, find_region, is_region, split_region
from zhgovtext.structure import Layout

_DIGITS = str.maketrans("〇○零Ｏ一二三四五六七八九", "0000123456789")
_N = r"[\d〇○零一二三四五六七八九]"
_YEAR = re.compile(rf"([2二][0〇○零]{_N}{_N})\s*(?:-\s*20\d\d\s*)?年")
_SUFFIX = re.compile(r"(?:政府)?(?:信息|政务)(?:与政务)?公开(?:工作)?.*$|(?:年度报告|工作报告|年报).*$")
_YEAR_WORDS = re.compile(rf"(?:关于)?[2二][0〇○零]{_N}{_N}\s*年?(?:度)?|(?:的|年度)$")
_DAY = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATE = rf"([2二][0〇○零]{_N}{_N})\s*年\s*{_DAY}\s*月\s*{_DAY}\s*日"
_PERIOD = re.compile(
    rf"{_DATE}\s*(?:起)?\s*[，,]?\s*(?:至|到|—|-|~|－|—)+\s*(?:{_DATE}|(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*日)"
)
_PUBLISHED = re.compile(
    r"(?:发布|公布|公开|生成|更新)?(?:时间|日期)\s*[:：]\s*(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
)
_STAMP = re.compile(r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_NUMBER = r"[\u4e00-\u9fff]{1,14}(?:字)?\s*[〔\[［(（]\s*20\d\d\s*[〕\]］)）]\s*第?\s*\d{1,4}\s*号"
_DOC_NUMBER = re.compile(rf"^[ \t]*({_NUMBER})[ \t]*$|(?:文号|发文字号|文件编号)\s*[:：]\s*({_NUMBER})", re.MULTILINE)
# Places that have no code, or that the table does not know: the longest chain of them an agency's name begins with.
_PLACES = re.compile(
    r"^(?:[^省市州盟县区旗镇乡]{1,10}?(?:自治区|自治州|自治县|自治旗|新区|实验区|开发区|高新区|示范区|度假区|街道|地区|园区"
    r"|[省市州盟县区旗镇乡](?![场域镇村民政委府局]|直)))+"
)
_LAST_PLACE = re.compile(
    r"[^省市州盟县区旗镇乡]{1,10}?(?:自治区|自治州|自治县|自治旗|新区|实验区|开发区|高新区|示范区|度假区|街道|地区|园区|[省市州盟县区旗镇乡])$"
)
_ZONE = re.compile("实验区|开发区|高新区|新区|园区|示范区|保税区|管委会|管理委员会|度假区")
_VERTICAL_HEAD = re.compile("^(?:国家税务总局|中华人民共和国|国家统计局|中国人民银行|国家)")
_VERTICAL = re.compile(
    "税务局|海关|气象局|海事局|国家统计局|调查队|银保监|证监|邮政管理局|人民银行|烟草专卖|金融监督管理总局|消防救援"
)
_INSTITUTION = re.compile("医院|学校|大学|学院|中学|小学|幼儿园|公司|集团|供水|公交|研究院|图书馆|供电")
_DEPARTMENT = re.compile("(?:局|委|厅|部|办公室|委员会|院|署|办|队|中心|分局|司|会)$")
_GOVERNMENT = re.compile("(?:人民政府|政府|街道办事处|办事处|人民政府办公[室厅]|政府办公[室厅]|政府办)$")
_NATIONAL = re.compile("^(?:国务院|国家|中华人民共和国|[^省市县区]{2,8}部$)")
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
    name = _agency_name(title or "")
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
        published=_published(text, stated.get("published", "")),
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
    return re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", title).strip("《》")


def _year(text: str) -> int | None:
    match = _YEAR.search(text)
    return int(match[1].translate(_DIGITS)) if match else None


def _agency_name(title: str) -> str:
    return _SUFFIX.sub("", _YEAR_WORDS.sub("", title)).strip("《》，, ")


def _place(name: str, year: int | None, head: str) -> tuple[str | None, Region | None, str]:
    """The place an agency's name begins with (淮安市洪泽区人民政府 → 洪泽区), its division, and the office."""
    bare = _VERTICAL_HEAD.sub("", name)
    region, rest = split_region(bare, year=year)
    below = _PLACES.match(rest)
    if below and not _GOVERNMENT.fullmatch(rest):
        last = _LAST_PLACE.search(below.group())
        place = last.group() if last else below.group()
        known = _longer(place, year, head) if region is None and is_region(place) else None
        return place, known, rest[below.end() :]
    if region:
        return region.name, region, rest
    return None, None, rest


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
    if _ZONE.search(place):
        return f"{name}管委会"
    return f"{name}{'办事处' if name.endswith('街道') else '人民政府'}"


def _agency_type(agency: str | None) -> str:
    if agency is None:
        return "unknown"
    for pattern, kind in (
        (_VERTICAL, "vertical"),
        (_GOVERNMENT, "government"),
        (_INSTITUTION, "public_institution"),
        (_ZONE, "zone"),
        (_DEPARTMENT, "department"),
    ):
        if pattern.search(agency):
            return kind
    return "unknown"


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
        return None, None
    first, (year, month, day, short_month, short_day) = match.groups()[:3], match.groups()[3:]
    last = (year, month, day) if year else (first[0], short_month, short_day)
    return _iso(*first), _iso(*last)


def _published(text: str, stated: str) -> str | None:
    match = _STAMP.search(stated) or _PUBLISHED.search(text[:800])
    return _iso(*match.groups()) if match else None


def _doc_number(head: str) -> str | None:
    match = _DOC_NUMBER.search(head[:800])
    return re.sub(r"\s", "", match[1] or match[2]) if match else None


def _form(tables: str) -> str:
    bare = "".join(tables.split())
    if not bare:
        return "none"
    return next((form for form, words in _FORMS if words.search(bare)), "provincial")


def _iso(year: str, month: str, day: str) -> str | None:
    numbers = int(year.translate(_DIGITS)), _ordinal(month), _ordinal(day)
    if not 1 <= numbers[1] <= 12 or not 1 <= numbers[2] <= 31:
        return None
    return "{}-{:02d}-{:02d}".format(*numbers)


def _ordinal(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (int(tens.translate(_DIGITS)) if tens else 1 if ten else 0) * 10 + int(ones.translate(_DIGITS) or 0)
