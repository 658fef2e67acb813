"""The corpus: every file is what its README says, and what is for testing alone is not for training."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import zhgovtext as zg
from zhgovtext.resources import data_path, rows

COLUMNS = ("id", "report", "headings", "category", "text")
CORPUS = Path(__file__).parent.parent / "corpus"
RARE = ("decision", "execution", "result", "management", "news", "disputes", "interpretation")
TYPES = zg.load_codebook(data_path("codebook", "content.toml")).codes


def table(name: str, *columns: str) -> list[dict[str, str]]:
    return [row for _, row in rows(CORPUS / name, columns)]


UNITS = table("sentences.tsv", *COLUMNS)
RARE_UNITS = table("rare.tsv", "id", "report", "headings", "category", "alternatives", "second", "text")


def test_enough_of_every_category() -> None:
    counts = Counter(row["category"] for row in UNITS)
    assert set(counts) == set(zg.load_codebook().codes)
    assert min(counts.values()) >= 300
    assert counts["other"] >= 600


def test_a_tenth_is_in_traditional_script() -> None:
    script = {
        row["passage"]: row["script"]
        for row in table("passages.tsv", "passage", "report", "regime", "level", "body", "place", "tone", "script")
    }
    assert {row["id"].partition(".")[0] for row in UNITS} == set(script)
    traditional = sum(script[row["id"].partition(".")[0]] in ("hant", "tw") for row in UNITS)
    assert traditional >= len(UNITS) / 10


def test_no_two_units_are_nearly_the_same() -> None:
    """Character 3-grams with figures masked: of units that share a rare one, the Jaccard stays below 0.6."""
    grams: list[set[str]] = []
    by_gram: dict[str, list[int]] = {}
    for row in UNITS:
        text = re.sub(r"[\d.,，]*\d", "0", zg.normalize(row["text"], profile="auto").text)
        grams.append({text[at : at + 3] for at in range(len(text) - 2)})
        for gram in grams[-1]:
            by_gram.setdefault(gram, []).append(len(grams) - 1)
    close = [
        (UNITS[one]["id"], UNITS[other]["id"])
        for places in by_gram.values()
        if len(places) <= 8
        for at, one in enumerate(places)
        for other in places[at + 1 :]
        if 10 * len(grams[one] & grams[other]) >= 7 * len(grams[one] | grams[other])
    ]
    assert close == []


@pytest.mark.parametrize("units", [UNITS, RARE_UNITS], ids=["sentences", "rare"])
def test_units_are_coding_units(units: list[dict[str, str]]) -> None:
    assert len({row["id"] for row in units}) == len(units)
    for row in units:
        layout = zg.analyze_text(row["text"]).layout if re.search("[。！？；].", row["text"]) else None
        assert layout is None or len(layout.starts) <= 1, row["id"]


def test_the_second_reader_coded_every_unit_and_disputes_were_settled() -> None:
    codes = set(zg.load_codebook().codes)
    second = {row["id"]: row["category"] for row in table("second_coding.tsv", "id", "category", "alternative", "why")}
    disputes = {row["id"]: row for row in table("disputes.tsv", "id", "first", "second", "settled", "reason")}
    assert set(second) == {row["id"] for row in UNITS}
    assert set(second.values()) <= codes
    for row in UNITS:
        dispute = disputes.get(row["id"])
        if dispute is None:
            assert second[row["id"]] == row["category"]
        else:
            assert dispute["first"] != dispute["second"] == second[row["id"]]
            assert dispute["settled"] == row["category"]
            assert dispute["reason"]


def test_the_rare_are_for_testing_alone() -> None:
    counts = Counter(row["category"] for row in RARE_UNITS)
    assert min(counts[code] for code in RARE) >= 60
    assert sum(count for code, count in counts.items() if code not in RARE) >= 300
    assert {row["text"] for row in RARE_UNITS}.isdisjoint(row["text"] for row in UNITS)


@pytest.mark.parametrize(
    ("name", "key", "disputes"),
    [("clauses.tsv", "unit", "clause_disputes.tsv"), ("items.tsv", "site", "item_disputes.tsv")],
)
def test_content_types(name: str, key: str, disputes: str) -> None:
    typed = table(name, "id", key, "type", "alternative", "second", "text")
    assert len(typed) >= 1500
    assert len({row["id"] for row in typed}) == len(typed)
    assert {row["type"] for row in typed} | {row["second"] for row in typed} == set(TYPES)
    settled = {row["id"]: row["settled"] for row in table(disputes, "id", "first", "second", "settled", "reason")}
    for row in typed:
        assert settled.get(row["id"], row["second"]) == row["type"]


def test_clauses_stand_in_their_units() -> None:
    text = {row["id"]: row["text"] for row in UNITS}
    for row in table("clauses.tsv", "id", "unit", "type", "alternative", "second", "text"):
        assert row["text"] in text[row["unit"]]
