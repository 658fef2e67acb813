"""What a report is: its title, agency, place, year, period and the form of its figures. What is not found is null."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhgovtext.quantities import numeral
from zhgovtext.structure import Layout

_YEAR = re.compile(r"(20\d\d)\s*(?:-\s*20\d\d\s*)?年|([二][〇○零0][〇○零0一二][〇○零0一二三四五六七八九])年")
_TITLE = re.compile(r"[^。！？；\n]{2,60}?(?:年度报告|工作报告|年报)")
_SUFFIX = re.compile(r"(?:政府)?(?:信息|政务)(?:与政务)?公开(?:工作)?.*$|(?:年度报告|工作报告|年报).*$")
_YEAR_WORDS = re.compile(r"(?:关于)?(?:20\d\d|二[〇○零][〇○零一二][〇○零一二三四五六七八九])\s*年?(?:度)?|(?:的|年度)$")
_PLACE = re.compile(r"^.*?(?:自治区|自治州|自治县|新区|实验区|开发区|高新区|[省市州盟县区旗镇乡]|街道|地区)")
_NESTED = re.compile(r"^.*(?:自治区|自治州|自治县|新区|实验区|开发区|高新区|[省市州盟县区旗镇乡]|街道|地区)")
_DATE = r"(20\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_PERIOD = re.compile(rf"{_DATE}\s*(?:起)?\s*[，,]?\s*(?:至|到|—|-|~)\s*{_DATE}")
_PUBLISHED = re.compile(r"(?:时间|日期|发布|公布)[:：]\s*(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})")
_ZONE = re.compile("实验区|开发区|高新区|新区|园区|示范区|保税区|管委会|管理委员会|度假区")
_VERTICAL = re.compile("税务局|海关|气象局|海事局|国家统计局|调查队|银保监|证监|邮政管理局|人民银行|烟草专卖")
_INSTITUTION = re.compile("医院|学校|大学|学院|中学|小学|幼儿园|公司|集团|供水|公交|研究院|图书馆")
_DEPARTMENT = re.compile("(?:局|委|厅|部|办公室|委员会|院|署|办|队)$")
_GOVERNMENT = re.compile("(?:人民政府|政府|街道办事处|办事处)$")
_DIRECT_CITIES = ("北京市", "上海市", "天津市", "重庆市")
_SUBPROVINCIAL = frozenset(
    [
        "哈尔滨市",
        "长春市",
        "沈阳市",
        "大连市",
        "济南市",
        "青岛市",
        "南京市",
        "杭州市",
        "宁波市",
        "厦门市",
        "广州市",
        "深圳市",
        "武汉市",
        "成都市",
        "西安市",
    ]
)
_HAS_COUNTIES = re.compile("各县|县（市、区）|县（区）|县\\(市、区\\)|县\\(区\\)|县区|各区|各市、县")
_REGIMES = ((2021, "2021"), (2019, "2019"), (2014, "2014"), (2000, "free"))


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


def find_metadata(text: str, layout: Layout, *, script: str, profile: str, tables: int = 0) -> Meta:
    """Metadata of a normalised text; `tables` is the number of tables the reader found.

    `region_code` needs a table of administrative divisions and `doc_number` a document head; both are null.
    """
    head = text[:4000]
    title = _title(head, layout)
    period = _PERIOD.search(head)
    year = _year(title or "") or _year(head[:400])
    name = _agency_name(title or "")
    region = _region(name)
    agency = _agency(name, region, text)
    published = _PUBLISHED.search(text[:600])
    return Meta(
        title=title,
        agency=agency,
        agency_type=_agency_type(agency),
        region=region,
        region_code=None,
        level=_level(region, text),
        year=year,
        period_start=_iso(*period.groups()[:3]) if period else None,
        period_end=_iso(*period.groups()[3:]) if period else None,
        published=_iso(*published.groups()) if published else None,
        doc_number=None,
        regime=next((regime for since, regime in _REGIMES if year and year >= since), None),
        form=_form(text, tables),
        script=script,
        profile=profile,
    )


def _title(head: str, layout: Layout) -> str | None:
    if layout.title:
        return head[layout.title[0] : layout.title[1]]
    match = _TITLE.search(head[:300])
    return match.group().strip(" 《》\t") if match else None


def _year(text: str) -> int | None:
    match = _YEAR.search(text)
    if not match:
        return None
    return int(match[1]) if match[1] else numeral(match[2].replace("0", "〇"))


def _agency_name(title: str) -> str:
    return _SUFFIX.sub("", _YEAR_WORDS.sub("", title.strip("《》 "))).strip(" 《》")


def _region(name: str) -> str | None:
    """The place an agency's name begins with: 淮安市洪泽区人民政府 → 洪泽区, 云澜市教育局 → 云澜市."""
    body = _GOVERNMENT.sub("", name)
    match = (_NESTED if body != name or not _DEPARTMENT.search(name) else _PLACE).match(body)
    if not match:
        return None
    parts = re.findall(
        r".+?(?:自治区|自治州|自治县|新区|实验区|开发区|高新区|[省市州盟县区旗镇乡]|街道|地区)", match.group()
    )
    return parts[-1] if parts and len(parts[-1]) > 1 else match.group()


def _agency(name: str, region: str | None, text: str) -> str | None:
    if not name:
        return None
    if region is None or name != region:
        return re.sub("(?<!人民)政府$", "人民政府", name) if name.endswith("政府") else name
    if _ZONE.search(region):
        found = re.search(re.escape(region) + "(?:管理委员会|管委会)", text)
        return found.group() if found else region
    return f"{region}人民政府"


def _agency_type(agency: str | None) -> str:
    if agency is None:
        return "unknown"
    for pattern, kind in (
        (_VERTICAL, "vertical"),
        (_INSTITUTION, "public_institution"),
        (_GOVERNMENT, "government"),
        (_ZONE, "zone"),
        (_DEPARTMENT, "department"),
    ):
        if pattern.search(agency):
            return kind
    return "unknown"


def _level(region: str | None, text: str) -> str:
    """Rank of the place as far as its name and text tell; a city is a prefecture when it has counties below it."""
    if region is None or _ZONE.search(region):
        return "unknown"
    if region.endswith(("省", "自治区")) or region in _DIRECT_CITIES:
        return "province"
    if region in _SUBPROVINCIAL:
        return "subprovincial"
    if region.endswith(("州", "盟", "地区")):
        return "prefecture"
    if region.endswith(("县", "旗", "区")):
        return "county"
    if region.endswith(("镇", "乡", "街道")):
        return "township"
    return "prefecture" if region.endswith("市") and _HAS_COUNTIES.search(text) else "unknown"


def _form(text: str, tables: int) -> str:
    bare = re.sub(r"\s", "", text)
    if "第二十条第（一）项" in bare or "第二十条第(一)项" in bare:
        return "2021" if "本年制发件数" in bare or "现行有效件数" in bare else "2019"
    if "回应解读情况" in bare and "统计" in bare:
        return "2014"
    return "provincial" if tables or re.search("统计表|附表", bare) else "none"


def _iso(year: str, month: str, day: str) -> str | None:
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:
        return None
    return f"{year}-{int(month):02d}-{int(day):02d}"
