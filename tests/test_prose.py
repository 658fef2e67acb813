"""Figures of running text: what each counts, for whom and when, and what stands under what."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import REPORTS, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext import wording
from zhgovtext.errors import DataError
from zhgovtext.facts import Fact
from zhgovtext.indicators import load_indicators
from zhgovtext.prose import Group, find_prose_facts
from zhgovtext.quantities import find_normalized
from zhgovtext.report import analyze
from zhgovtext.resources import data_path
from zhgovtext.script import normalize
from zhgovtext.structure import find_structure
from zhgovtext.wording import load_wording


def _read(
    text: str,
    *,
    year: str | None = None,
    agency: str | None = None,
    agency_type: str = "unknown",
    level: str = "unknown",
) -> tuple[list[Fact], list[Group]]:
    normalized = normalize(text)
    layout = find_structure(normalized.text)
    paths = [layout.path(at) if at >= 0 else () for at in layout.sections.tolist()]
    starts, ends = layout.starts.tolist(), layout.ends.tolist()
    return find_prose_facts(
        normalized, starts, ends, paths=paths, period=year, agency=agency, agency_type=agency_type, level=level
    )


@pytest.mark.parametrize("case", cases("facts"))
def test_case(case: dict[str, Any]) -> None:
    who = {name: case[name] for name in ("agency", "agency_type", "level") if name in case}
    facts, groups = _read(case["text"], year=case["year"], **who)
    if "groups" in case:
        found = [
            {
                "whole": group.whole.quote if group.whole else None,
                "parts": [part.quote for part in group.parts],
                "shares": [[share.quote, count.quote] for share, count in group.shares],
                "closed": group.closed,
            }
            for group in groups
        ]
        assert found == case["groups"]
        return
    assert [[fact.indicator, fact.value, fact.quote] for fact in facts] == [wanted[:3] for wanted in case["facts"]]
    for fact, wanted in zip(facts, case["facts"], strict=True):
        more = wanted[3] if len(wanted) > 3 else {}
        assert {name: getattr(fact, name) for name in more} == more
        assert case["text"][fact.start : fact.end] == fact.quote


def test_a_word_for_every_group_of_indicators() -> None:
    named = {
        rule.code.split(".")[0]
        for table in (load_wording().before, load_wording().after)
        for rules in table.values()
        for rule in rules
        if rule.code
    }
    assert named == {
        "proactive", "response", "interpretation", "news", "request", "review", "litigation", "complaint",
        "consultation", "fee", "staff", "training", "rules", "normative", "license", "service", "penalty", "coercion",
        "charge", "procurement",
    }  # fmt: skip


def test_rules_name_known_indicators() -> None:
    tables = (load_wording().before, load_wording().after, load_wording().zero)
    codes = {rule.code for table in tables for rules in table.values() for rule in rules if rule.code}
    assert codes <= set(load_indicators().by_code)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("request.received\treceive … request #\t\t\tapplicant", "line 2"),
        ("request.received\treceive …\t\t\t", "line 2"),
        ("request.received\t#\t\t\t", "line 2"),
        ("request.received\trequest #\t\tnow\t", "line 2"),
        ("request.received\trequest #\tnowhere\t\t", "line 2"),
    ],
)
def test_bad_rules_are_named(row: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prose.tsv").write_text(f"code\tpattern\tcontext\tyears\tdimensions\n{row}\n", encoding="utf-8")

    def path(*parts: str) -> Path:
        return tmp_path / "prose.tsv" if parts[-1] == "prose.tsv" else data_path(*parts)

    monkeypatch.setattr(wording, "data_path", path)
    with pytest.raises(DataError) as caught:
        load_wording.__wrapped__()
    assert caught.value.place == place


@pytest.mark.parametrize("text", ["between = 1", "between = ['(']", "= ["])
def test_bad_patterns_are_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prose.toml").write_text(text, encoding="utf-8")

    def path(*parts: str) -> Path:
        return tmp_path / "prose.toml" if parts[-1] == "prose.toml" else data_path(*parts)

    monkeypatch.setattr(wording, "data_path", path)
    with pytest.raises(DataError, match=r"prose\.toml"):
        load_wording.__wrapped__()


_PIECES = st.sampled_from(
    [
        *("收到", "未收到", "无", "政府信息公开申请", "申请", "其中", "，", "、", "。", "；", "（", "）", "：", "\n"),
        *("12件", "3条", "5%", "一百二十件", "0元", "占", "分别为", "均为", "各", "为零", "2015年", "以来", "累计"),
        *(
            "行政复议",
            "行政诉讼",
            "市公安局",
            "全市",
            "主动公开",
            "政府信息",
            "网站",
            "微博",
            "公开",
            "信息",
            "办结",
            "结转",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_any_order_of_words(text: str) -> None:
    facts, groups = _read(text, year="2022", agency="云澜市人民政府")
    quantities = {number.text for number in find_normalized(normalize(text).text)}
    for fact in facts:
        assert text[fact.start : fact.end] == fact.quote
        assert fact.state == "zero_words" or normalize(fact.quote).text in quantities
        assert (fact.scope == "unit") == (fact.subject is not None)
        assert fact.value == 0 or fact.state == "stated"
    known = set(map(id, facts))
    for group in groups:
        members = [*group.parts, *(fact for pair in group.shares for fact in pair)]
        assert {id(fact) for fact in members} <= known
        assert len({id(part) for part in group.parts}) == len(group.parts)
        assert group.parts or group.shares
        assert all(share.unit == "%" != count.unit for share, count in group.shares)


@given(st.integers(1, 10**6), st.sampled_from(["件", "宗", "份"]))
def test_the_figure_is_the_one_that_stands_there(value: int, unit: str) -> None:
    facts, _ = _read(f"我局全年共收到政府信息公开申请{value}{unit}，均已答复。", year="2022")
    assert [(fact.indicator, fact.value, fact.scope) for fact in facts] == [("request.received", value, "own")]


@pytest.mark.parametrize(
    "piece",
    [
        "收到申请1件",
        "（1件",
        "未收到行政复议",
        "其中1件占1%",
        "办结1件、",
        "合计1件，",
        "微信推送1条，",
        "2030年1件，",
        "较上年的1件，",
        "分别为1件、",
        "，",
        "市",
        "申请、",
    ],
)
def test_hostile_repetition_is_linear(piece: str) -> None:
    """Twice the text may cost three times as much, never four."""
    costs = []
    for size in (6000, 12000):
        normalized = normalize(piece * (size // len(piece)))
        best = 9.0
        for _ in range(3):
            start = time.perf_counter()
            find_prose_facts(normalized, [0], [len(normalized.text)], paths=[()], period="2022")
            best = min(best, time.perf_counter() - start)
        costs.append(best)
    assert costs[1] < 3.2 * costs[0] + 0.02


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.known.json")), ids=lambda path: path.name.split(".")[0])
def test_known_figures_of_the_sample_reports(path: Path) -> None:
    """The writers of the reports listed their figures. Prose figures must all be found with their values; three of
    four indicators must be theirs, and none another."""
    known = json.loads(path.read_text(encoding="utf-8"))
    report = analyze(path.with_name(path.name.replace(".known.json", ".txt")))
    text = report.document.text
    found = {(fact.start, fact.value): fact for fact in report.facts if fact.source == "prose"}
    missing, wrong, right, coded = [], [], 0, 0
    for fact in known["facts"]:
        if fact["source"] != "prose":
            continue
        start = text.index(fact["before"] + fact["quote"]) + len(fact["before"])
        hit = found.get((start, fact["value"]))
        if hit is None:
            missing.append(fact["before"] + fact["quote"])
            continue
        coded += fact["indicator"] is not None
        right += fact["indicator"] is not None and hit.indicator == fact["indicator"]
        if hit.indicator not in (None, fact["indicator"]):
            wrong.append((fact["before"] + fact["quote"], hit.indicator, fact["indicator"]))
    assert wrong == []
    assert missing == []
    assert right >= 0.75 * coded


def test_agreement_with_a_careful_reader(shared: Path) -> None:
    """Of the reader's figures nearly all are found; of the indicators claimed nearly all are the reader's."""
    right = claimed = coded = found = required = 0
    for path in sorted((shared / "gold").glob("*.facts.json")):
        file = shared / path.name.replace(".facts.json", ".txt")
        if not file.is_file():
            continue
        gold = {(row["start"], row["value"]): row for row in json.loads(path.read_text(encoding="utf-8"))}
        facts = [f for f in analyze(file).facts if f.source == "prose" and f.state == "stated"]
        keys = {(f.start, f.value) for f in facts}
        needed = {key for key, row in gold.items() if not (row.get("note") or "").startswith("borderline")}
        required, found = required + len(needed), found + len(needed & keys)
        coded += sum(row["indicator"] is not None for row in gold.values())
        for fact in facts:
            row = gold.get((fact.start, fact.value), {"indicator": None})
            accepted = {row["indicator"], *(row.get("note") or "").partition("accept:")[2].replace(",", " ").split()}
            if fact.indicator and fact.scope != "unit" and (row["indicator"] or fact.indicator not in accepted):
                claimed += 1
                right += fact.indicator in accepted
    assert found >= 0.98 * required
    assert 2 * right >= 0.95 * (claimed + coded)
