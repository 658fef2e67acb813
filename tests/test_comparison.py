"""Comparison of reports: the rule for figures, changes, shares without copied sentences, terms, copying, bad input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import REPORTS
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext.comparison import Change, Figure, _change, compare, count_clauses, find_steps, notes_between, own_figures
from zhgovtext.errors import OptionError
from zhgovtext.facts import Fact
from zhgovtext.report import Report, analyze, analyze_text
from zhgovtext.reuse import read_source

# Sentences 1 and 2 of 2023 are those of 2022 with other figures; 3 and 4 are new.
OLD = """青石县水利局2022年政府信息公开工作年度报告
全年收到政府信息公开申请8件，均在法定期限内答复申请人。
河道采砂许可的受理条件和办理结果在县政府网站逐月公示，全年办理行政许可31件。
局长到灌区调研防汛准备工作，相关工作动态在局网站发布。
"""
NEW = """青石县水利局2023年政府信息公开工作年度报告
全年收到政府信息公开申请10件，均在法定期限内答复申请人。
河道采砂许可的受理条件和办理结果在县政府网站逐月公示，全年办理行政许可44件。
围绕农村供水水价改革发布政策解读材料6篇，用漫画说明水费怎么算。
水库移民补助名单在村务公开栏张榜，接受村民监督。
"""
OTHER = """云澜市教育局2023年政府信息公开工作年度报告
招生划片范围和入学办法提前一个月公布，家长可以在线查询。
全年收到政府信息公开申请5件。
"""


@cache
def read_text(text: str, name: str = "text") -> Report:
    return analyze_text(text, name=name)


def base(kind: str = "government") -> Report:
    report = read_text("青石县2023年政府信息公开工作年度报告\n全年平稳。")
    return replace(report, meta=replace(report.meta, agency_type=kind))


def fact(value: float | None, **changes: Any) -> Fact:
    made = Fact("request.received", value, "件", "2023", changes.pop("start", 0), 9, "12件", scope="jurisdiction")
    return replace(made, **changes)


# figures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        ("government", [fact(12), fact(13, source="table", scope="unknown")], 13),
        ("government", [fact(12), fact(None, source="table", state="blank")], 12),
        ("government", [fact(9, dimensions={"applicant": "natural"}), fact(12, dimensions={"applicant": "total"})], 12),
        ("government", [fact(9, dimensions={"column": "区直"}), fact(12)], 12),
        ("government", [fact(90, cumulative=True), fact(12)], 12),
        ("government", [fact(90, source="table", cumulative=True), fact(12)], 12),
        ("government", [fact(3, scope="unit", subject="临川镇"), fact(12)], 12),
        ("government", [fact(10, period="2022"), fact(12)], 12),
        ("government", [fact(4, scope="own"), fact(12)], 12),
        ("department", [fact(12), fact(4, scope="own")], 4),
        ("department", [fact(12), fact(4, scope="own"), fact(13, source="table")], 13),
        ("government", [fact(12, start=5), fact(11, start=2)], 11),
    ],
)
def test_one_figure_by_the_rule(kind: str, facts: list[Fact], expected: int) -> None:
    found = own_figures(replace(base(kind), facts=tuple(facts)))
    assert {code: figure.value for code, figure in found.items()} == {"request.received": expected}


@pytest.mark.parametrize(
    "left_out",
    [
        fact(9, dimensions={"applicant": "company"}),
        fact(90, cumulative=True, period=None),
        fact(3, scope="unit", subject="临川镇"),
        fact(10, period="2022"),
        fact(10, indicator=None),
    ],
)
def test_what_is_no_figure_of_the_report(left_out: Fact) -> None:
    assert own_figures(replace(base(), facts=(left_out,))) == {}


def test_a_figure_without_a_value_keeps_its_state() -> None:
    found = own_figures(replace(base(), facts=(fact(None, source="table", state="slash", quote="/"),)))
    assert found["request.received"] == replace(
        Figure(), unit="件", state="slash", scope="jurisdiction", source="table", start=0, end=9, quote="/"
    )


CASES = ("not_held", "needs_making", "unclear")


def cases(*values: float | None, **changes: Any) -> tuple[Fact, ...]:
    """Rows of a table below 无法提供, which has no row of its own."""
    rows = zip(CASES, values, strict=True)
    return tuple(fact(value, indicator=f"request.unable.{name}", source="table", **changes) for name, value in rows)


def test_what_the_form_has_only_by_its_parts_is_their_sum() -> None:
    found = own_figures(replace(base(), facts=cases(44, 4, 3)))
    assert found["request.unable"] == Figure(51, unit="件", state="derived", scope="jurisdiction", source="table")


@pytest.mark.parametrize(
    "facts",
    [
        cases(44, 4, 3)[:2],
        cases(44, 4, None, state="blank"),
        cases(44, 4, 3, qualifier="about"),
        tuple(replace(part, source="prose") for part in cases(44, 4, 3)),
    ],
)
def test_parts_that_are_not_all_there_make_no_sum(facts: tuple[Fact, ...]) -> None:
    assert "request.unable" not in own_figures(replace(base(), facts=facts))


def test_a_part_that_the_form_need_not_have_counts_where_it_is_there() -> None:
    """Requests of 2017 by channel: 电子邮件 is no row of the national form."""
    channels = {"in_person": 4, "fax": 1, "online": 20, "letter": 3, "email": 2}
    facts = tuple(
        fact(value, indicator=f"request.{channel}", source="table", period="2017")
        for channel, value in channels.items()
    )
    report = replace(base(), facts=facts, meta=replace(base().meta, year=2017))
    assert own_figures(report)["request.received"].value == 30
    assert own_figures(replace(report, facts=facts[:-1]))["request.received"].value == 28


def test_a_figure_that_is_told_is_not_summed_up() -> None:
    told = fact(50, indicator="request.unable")
    assert own_figures(replace(base(), facts=(*cases(44, 4, 3), told)))["request.unable"].value == 50


@pytest.mark.parametrize(
    ("facts", "others"),
    [
        ([fact(12, source="table"), fact(13), fact(12), fact(11)], (11, 13)),
        ([fact(12, source="table"), fact(13, qualifier="about")], ()),
        ([fact(12, source="table", qualifier="more_than"), fact(13)], ()),
        ([fact(12, source="table"), fact(10, value_high=15)], ()),
        ([fact(12), fact(4, scope="own")], ()),
    ],
)
def test_a_report_that_contradicts_itself(facts: list[Fact], others: tuple[int, ...]) -> None:
    assert own_figures(replace(base(), facts=tuple(facts)))["request.received"].others == others


@pytest.mark.parametrize(
    ("old", "new", "broken", "expected"),
    [
        (Figure(8), Figure(10), False, (2, 0.25, False, None)),
        (Figure(10), Figure(0), False, (-10, -1.0, False, None)),
        (Figure(0), Figure(3), False, (3, None, False, "zero")),
        (Figure(0), Figure(0), False, (0, None, False, "zero")),
        (Figure(), Figure(3), False, (None, None, False, "missing")),
        (Figure(3), Figure(state="blank"), False, (None, None, False, "missing")),
        (Figure(8), Figure(10), True, (None, None, False, "break")),
        (Figure(), Figure(10), True, (None, None, False, "missing")),
        (Figure(3, value_high=5), Figure(10), False, (None, None, False, "range")),
        (Figure(8, scope="own"), Figure(10, scope="jurisdiction"), False, (None, None, False, "scope")),
        (Figure(8, scope="own"), Figure(10, scope="unknown"), False, (2, 0.25, False, None)),
        (Figure(8, unit="元"), Figure(10, unit="件"), False, (None, None, False, "unit")),
        (Figure(8, unit="条"), Figure(10, unit="件"), False, (2, 0.25, False, None)),
        (Figure(8, qualifier="about"), Figure(10), False, (2, 0.25, True, None)),
    ],
)
def test_a_change_or_why_there_is_none(old: Figure, new: Figure, broken: bool, expected: tuple[Any, ...]) -> None:
    change = _change(0, 1, old, new, broken)
    assert (change.change, change.growth, change.rough, change.reason) == expected


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_growth_leads_from_the_old_figure_to_the_new(old: int, new: int) -> None:
    change = _change(0, 1, Figure(old), Figure(new), False)
    assert change.growth is not None
    assert old * (1 + change.growth) == pytest.approx(new, abs=1e-6 * old)
    assert change.change == new - old


@pytest.mark.parametrize(
    ("code", "years", "notes"),
    [
        ("review.total", [2018, 2019], 1),
        ("review.total", [2019, 2020, 2021], 0),
        ("review.total", [2015, 2017], 0),
        ("request.granted", [2017, 2019, None], 1),
        ("charge.items", [2020, 2021], 1),
        ("charge.items", [2018, 2021], 0),
        ("proactive.total", [2010, 2023], 0),
        ("litigation.direct.upheld", [2018, 2019], 1),
        ("review.total", [], 0),
    ],
)
def test_the_crosswalk_between_years(code: str, years: list[int | None], notes: int) -> None:
    assert len(notes_between(code, years)) == notes


def dated(agency: str | None, year: int | None) -> Report:
    report = base()
    return replace(report, meta=replace(report.meta, agency=agency, year=year))


def test_steps_follow_the_years_of_each_agency() -> None:
    """In whatever order they come; the second report of a year and what has no year or agency is passed over."""
    reports = [
        dated("甲", 2023), dated("乙", 2021), dated("甲", 2020), dated(None, 2021), dated("甲", None),
        dated("甲", 2022), dated("甲", 2022), dated("乙", 2023),
    ]  # fmt: skip
    assert find_steps(reports) == [(2, 5), (5, 0), (1, 7)]


def test_figures_side_by_side() -> None:
    found = compare([read_text(NEW, "new"), read_text(OTHER, "other"), read_text(OLD, "old")])
    rows = {row.indicator: row for row in found.indicators}
    received = rows["request.received"]
    assert [figure.value for figure in received.figures] == [10, 5, 8]
    assert received.changes == (Change(2, 0, 2, 0.25),)
    assert rows["interpretation.items"].figures[2] == Figure()
    assert [(change.change, change.reason) for change in rows["interpretation.items"].changes] == [(None, "missing")]
    assert found.notes == ()


# shares ---------------------------------------------------------------------------------------------------------------


def test_shares_without_the_copied_sentences() -> None:
    """2023 has four sentences, two of them copied: of the others one is interpretation, each half of what is left."""
    old, new = read_text(OLD, "old"), read_text(NEW, "new")
    found = compare([old, new])
    assert found.copying[1].sentences is not None
    assert (found.copying[1].sentences.total, found.copying[1].sentences.copied) == (4, 2)
    assert [(copy.sentence, copy.origin, copy.kind) for copy in found.copying[1].copies] == [
        (0, 0, "figures"),
        (1, 0, "figures"),
    ]
    cells = {row.category: row.cells[1] for row in found.categories}
    assert (cells["interpretation"].share, cells["interpretation"].uncopied_share) == (0.25, 0.5)
    assert (cells["on_request"].sentences, cells["on_request"].uncopied) == (1, 0)
    assert sum(cell.uncopied or 0 for cell in cells.values()) == 2
    assert sum(cell.uncopied_share or 0 for cell in cells.values()) == pytest.approx(1)
    earliest = [row.cells[0] for row in found.categories]
    assert all(cell.uncopied is None and cell.uncopied_share is None for cell in earliest)


def test_nothing_is_left_of_a_report_that_is_all_copied() -> None:
    copy = OLD.replace("2022年", "2023年")
    found = compare([read_text(OLD, "old"), read_text(copy, "copy")])
    share = found.copying[1].sentences
    assert share is not None
    assert share.share == 1
    assert {row.cells[1].uncopied for row in found.categories} == {0}
    assert {row.cells[1].uncopied_share for row in found.categories} == {None}
    assert (found.balance[1].uncopied_naive, found.balance[1].uncopied_n) == (None, 0)


def test_clauses_of_sentences_that_are_kept() -> None:
    """With every sentence the counts are those of the balance, with none they are 0."""
    report = analyze(REPORTS / "yunlan-2018.txt")
    everything = np.ones(len(report.codes), dtype=bool)
    counts = count_clauses(report, everything)
    assert sum(counts) == report.balance.n > 0
    assert counts[0] / sum(counts) == report.balance.naive
    assert count_clauses(report, ~everything) == (0, 0)
    half = everything.copy()
    half[::2] = False
    assert [a + b for a, b in zip(count_clauses(report, half), count_clauses(report, ~half), strict=True)] == [*counts]


# words ----------------------------------------------------------------------------------------------------------------


def test_terms_are_key_against_the_other_reports() -> None:
    """采砂 stands in both years of one agency, 招生 thrice in the other's: only the latter sets a report apart."""
    school = OTHER + "招生计划逐校公布。\n招生咨询电话全天开通。\n"
    found = compare([read_text(OLD, "old"), read_text(NEW, "new"), read_text(school, "school")])
    terms = [{word.term: word for word in keyness.keywords} for keyness in found.keyness]
    assert (terms[2]["招生"].count, terms[2]["招生"].reference_count) == (3, 0)
    assert "招生" not in terms[0]
    assert [keyness.reason for keyness in found.keyness] == [None, None, None]


# copied sentences -----------------------------------------------------------------------------------------------------


def test_who_can_have_copied_from_whom() -> None:
    """Never from a later year; from an agency's own earlier years, and from others of the same year either way."""
    twin = OTHER.replace("云澜市教育局", "临川湖区教育局").replace("5件", "7件")
    reports = [read_text(OLD, "old"), read_text(NEW, "new"), read_text(OTHER, "other"), read_text(twin, "twin")]
    found = compare(reports)
    relations = [{source.origin: source.relation for source in copying.sources} for copying in found.copying]
    assert relations == [
        {},
        {0: "earlier_year", 2: "other_report", 3: "other_report"},
        {0: "other_report", 1: "other_report", 3: "other_report"},
        {0: "other_report", 1: "other_report", 2: "other_report"},
    ]
    assert (found.copying[0].reason, found.copying[0].sentences, found.copying[0].copies) == ("no_source", None, ())
    shares = {source.origin: source.sentences.share for source in found.copying[2].sources}
    assert shares == {0: 0, 1: 0, 3: 0.5}


def test_the_nearest_year_is_named_first() -> None:
    years = [OLD.replace("2022年", f"{year}年") for year in (2020, 2022, 2021, 2023)]
    found = compare([read_text(text, str(at)) for at, text in enumerate(years)])
    assert [source.origin for source in found.copying[3].sources] == [1, 2, 0]
    first = next(copy for copy in found.copying[3].copies if copy.sentence == 1)
    assert first.origin == 1


def test_a_text_that_is_named_is_looked_into() -> None:
    policy = read_source("水库移民补助名单要在村务公开栏张榜，接受村民监督。\n各地要按季通报。", name="通知")
    found = compare([read_text(NEW, "new")], against=[policy])
    assert found.texts == ("通知",)
    (copy,) = found.copying[0].copies
    assert (copy.sentence, copy.origin, copy.source) == (3, 1, "通知")
    assert copy.text == NEW[copy.start : copy.end] == "水库移民补助名单在村务公开栏张榜，接受村民监督。"
    (source,) = found.copying[0].sources
    assert (source.relation, source.sentences.copied, source.sentences.share) == ("text", 1, 0.25)
    assert {note.code for note in found.notes} == {"one_report"}


def test_what_the_rules_ask_for_is_no_copy() -> None:
    """Of three sentences one is asked for and one copied: half of the other two, from the one source as in all."""
    asked = "本报告依据《中华人民共和国政府信息公开条例》编制。\n"
    old, new = OLD.replace("报告\n", "报告\n" + asked), OTHER.replace("报告\n", "报告\n" + asked)
    new = new.replace("全年收到政府信息公开申请5件", "河道采砂许可的受理条件和办理结果在县政府网站逐月公示")
    found = compare([read_text(old, "old"), read_text(new, "new")])
    (source,) = found.copying[1].sources
    for share in (source.sentences, found.copying[1].sentences):
        assert share is not None
        assert (share.total, share.copied, share.required, share.share) == (3, 1, 1, 0.5)
    assert [(copy.sentence, copy.required) for copy in found.copying[1].copies] == [(0, True), (2, False)]
    assert sum(row.cells[1].uncopied or 0 for row in found.categories) == 2


def test_a_document_is_not_copied_from_itself() -> None:
    found = compare([read_text(NEW, "a"), read_text(NEW, "b")])
    assert [(note.code, note.reports) for note in found.notes] == [("same_document", (0, 1))]
    assert [copying.reason for copying in found.copying] == ["no_source", "no_source"]
    assert [keyness.reason for keyness in found.keyness] == ["no_reference", "no_reference"]
    assert all(row.changes == () for row in found.indicators)


def test_two_files_of_one_year_are_not_held_against_each_other() -> None:
    """Or all of a report would be copied from its other format; both are held against the year before."""
    text = NEW + "水价方案逐户送达，水价听证会在村部召开。\n"
    old, new, again = read_text(OLD, "old"), read_text(text, "new"), read_text(text.replace("\n", "\n\n"), "again")
    found = compare([old, new, again])
    assert [[source.origin for source in copying.sources] for copying in found.copying] == [[], [0], [0]]
    assert found.keyness[1] == found.keyness[2] == compare([old, new]).keyness[1]
    assert "水价" in [word.term for word in found.keyness[1].keywords]


# bad input ------------------------------------------------------------------------------------------------------------


def check_plain(found: object) -> None:
    """No NaN and no infinity anywhere, and nothing but plain data."""
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        ([NEW], ["one_report"]),
        ([NEW, NEW.replace("10件", "11件")], ["same_year"]),
        ([NEW, "全年收到政府信息公开申请3件。"], ["no_year", "no_agency"]),
        ([NEW, "一、概述"], ["no_year", "no_agency", "no_sentence", "no_figure", "nothing_in_common"]),
        ([OTHER, "青石县2022年政府信息公开工作年度报告\n全年平稳。"], ["no_figure", "nothing_in_common"]),
    ],
)
def test_what_cannot_be_compared_is_told(texts: list[str], codes: list[str]) -> None:
    found = compare([read_text(text, str(at)) for at, text in enumerate(texts)])
    assert [note.code for note in found.notes] == codes
    check_plain(found.to_dict())


def test_an_empty_report_has_no_shares() -> None:
    found = compare([read_text(NEW, "new"), read_text("一、概述", "empty")])
    assert {row.cells[1].share for row in found.categories} == {None}
    assert {row.cells[1].uncopied_share for row in found.categories} == {None}
    assert found.balance[1].naive is None
    assert found.keyness[1].keywords == ()
    share = found.copying[1].sentences
    assert share is not None
    assert (share.total, share.share) == (0, None)


def test_nothing_coded() -> None:
    reports = [analyze_text(text, name=str(at), min_probability=1.0) for at, text in enumerate((OLD, NEW))]
    found = compare(reports)
    assert [(note.code, note.reports) for note in found.notes] == [("nothing_coded", (0, 1))]
    assert {cell.share for row in found.categories for cell in row.cells} == {None}
    assert {cell.uncopied_share for row in found.categories for cell in row.cells} == {None}


def test_no_report_and_reports_of_two_codebooks() -> None:
    with pytest.raises(OptionError, match="no report was given"):
        compare([])
    report = read_text(NEW, "new")
    book = replace(report.codebook, categories=report.codebook.categories[:-1])
    with pytest.raises(OptionError, match="different codebooks"):
        compare([report, replace(report, codebook=book)])


# as a whole -----------------------------------------------------------------------------------------------------------


def check_whole(reports: Sequence[Report]) -> None:
    found = compare(reports)
    record = found.to_dict()
    check_plain(record)
    assert record["schema"] == 1
    for row in found.indicators:
        assert len(row.figures) == len(reports)
        assert any(figure.state != "missing" for figure in row.figures)
        for figure, report in zip(row.figures, reports, strict=True):
            if figure.start is not None:
                assert report.document.text[figure.start : figure.end] == figure.quote
            assert (figure.value is None) == (figure.state not in ("stated", "zero_words", "derived"))
        for change in row.changes:
            assert (change.change is None) <= (change.reason is not None)
            assert (change.growth is None) == (change.reason is not None)
    for at, report in enumerate(reports):
        cells = [row.cells[at] for row in found.categories]
        assert sum(cell.share or 0 for cell in cells) == pytest.approx(1)
        copying = found.copying[at]
        assert all(copy.text == report.document.text[copy.start : copy.end] for copy in copying.copies)
        assert all(copy.origin != at for copy in copying.copies)
        if copying.sentences:
            assert all(source.sentences.copied <= copying.sentences.copied for source in copying.sources)
            assert sum(cell.uncopied or 0 for cell in cells) == len(report.codes) - copying.sentences.copied


@pytest.mark.parametrize("name", ["tingyuan", "lanjiang-jiaoyu", "yunlan"])
def test_the_years_of_an_agency(name: str) -> None:
    check_whole([analyze(path) for path in sorted(REPORTS.glob(f"{name}-*.txt"))])


def test_real_reports(shared: Path) -> None:
    check_whole([analyze(path) for path in sorted(shared.glob("*-20*.txt"))])


def test_the_order_of_the_reports_is_that_of_the_result() -> None:
    """Every order gives each report the same figures, shares and copied sentences."""
    reports = {"old": read_text(OLD, "old"), "new": read_text(NEW, "new"), "other": read_text(OTHER, "other")}

    def seen(names: Sequence[str]) -> dict[str, Any]:
        found = compare([reports[name] for name in names])
        return {
            name: (
                [(row.indicator, row.figures[at]) for row in found.indicators],
                [row.cells[at] for row in found.categories],
                found.balance[at],
                [word.term for word in found.keyness[at].keywords],
                [(copy.sentence, names[copy.origin]) for copy in found.copying[at].copies],
            )
            for at, name in enumerate(names)
        }

    first, *rest = (seen(names) for names in permutations(reports))
    assert all(other == first for other in rest)
