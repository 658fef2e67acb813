"""Real reports, where they are at hand: what a researcher must see in them."""

from __future__ import annotations

import re
from pathlib import Path

import zhgovtext as zg


def test_a_mainland_report_in_taiwan_wording(shared: Path) -> None:
    report = zg.analyze(shared / "zhuhai-2017.txt")
    meta = report.meta
    assert (meta.profile, meta.region, meta.year, meta.form) == ("tw-mainland", "珠海市", 2017, "provincial")
    # The eight top headings, read off the report by hand.
    assert [s.title for s in report.sections if s.level == 1] == [
        "概述",
        "主动公开政府信息情况",
        "依申请公开政府信息情况",
        "咨询情况",
        "政府信息公开相关费用情况",
        "复议、诉讼和申诉情况",
        "存在的主要问题和改进措施",
        "说明与附表",
    ]
    for keyword in report.keywords():
        assert zg.normalize(keyword.term, profile="hant").text == keyword.term


def test_the_openness_categories_are_found_where_the_reader_found_them(shared: Path) -> None:
    report = zg.analyze(shared / "zhuhai-2017.txt")
    coded: dict[str, list[str]] = {}
    for line in (shared / "gold" / "zhuhai-2017.sentences.tsv").read_text(encoding="utf-8").splitlines():
        category, _, text = line.split("\t")
        coded.setdefault(category, []).append(re.sub(r"\s", "", text))
    ours = {re.sub(r"\s", "", sentence.text): sentence.category for sentence in report.sentences}
    for category in ("decision", "execution", "management", "service", "result"):
        hits = sum(ours.get(text) == category for text in coded[category])
        assert hits >= len(coded[category]) / 2, category


def test_every_prose_figure_of_the_reader_is_found(shared: Path) -> None:
    import json

    for path in (shared / "gold").glob("*.facts.json"):
        source = shared / path.name.replace(".facts.json", ".txt")
        if not source.exists():
            continue
        found = {(n.start, n.value) for n in zg.find_numbers(source.read_text(encoding="utf-8"))}
        for fact in json.loads(path.read_text(encoding="utf-8")):
            if not fact.get("note", "").startswith("borderline"):
                assert (fact["start"], fact["value"]) in found, (path.name, fact["quote"])
