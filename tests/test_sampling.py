"""Sentences drawn for hand-coding: who is drawn, with what weight, and what the file shows."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.coding import Coded, load_coded, write_coded
from zhgovtext.errors import OptionError
from zhgovtext.report import Report, analyze_text
from zhgovtext.sampling import WAYS, draw_sample

SAMPLE = """云澜市政务服务局2022年政府信息公开工作年度报告
一、总体情况
全年主动公开政府信息318条。发布政策解读稿件26篇；
（一）依申请公开。收到申请14件。均按时答复。
（二）平台建设
网站改版上线。微信公众号运行平稳。
二、存在问题
解读形式仍较单一。下一步将加强培训。
"""
ALL = 10**6


def _report(name: str, sentences: int, *, year: int | None = None, agency: str | None = None) -> Report:
    """A report of so many sentences, whatever its text says of year and agency."""
    report = _plain_report(name, sentences)
    return replace(report, meta=replace(report.meta, year=year, agency=agency))


@cache
def _plain_report(name: str, sentences: int) -> Report:
    return analyze_text("一、概述\n" + "".join(f"{name}公开信息{at}条。" for at in range(sentences)), name=name)


def _coded_as(report: Report, categories: Sequence[int], doubt: float = 0.0) -> Report:
    """The report, its sentences coded so; the second category comes as close to the first as `doubt` says."""
    rows = np.zeros((len(categories), len(report.coder.codes)))
    for row, category in zip(rows, categories, strict=True):
        row[category] = (2 - doubt) / 2
        row[category - 1] = doubt / 2
    return replace(report, probabilities=rows)


def _by_start(units: Sequence[Coded]) -> list[Coded]:
    return sorted(units, key=lambda unit: unit.start or 0)


def test_unit_holds_what_a_coder_must_see() -> None:
    report = analyze_text(SAMPLE, name="云澜2022.txt")
    units = _by_start(draw_sample([report], ALL))
    assert [(unit.headings, unit.before, unit.text, unit.after) for unit in units] == [
        (("一、总体情况",), "", "全年主动公开政府信息318条。", "发布政策解读稿件26篇；"),
        (("一、总体情况",), "全年主动公开政府信息318条。", "发布政策解读稿件26篇；", ""),
        (("一、总体情况", "（一）依申请公开。"), "", "（一）依申请公开。", "收到申请14件。"),
        (("一、总体情况", "（一）依申请公开。"), "（一）依申请公开。", "收到申请14件。", "均按时答复。"),
        (("一、总体情况", "（一）依申请公开。"), "收到申请14件。", "均按时答复。", ""),
        (("一、总体情况", "（二）平台建设"), "", "网站改版上线。", "微信公众号运行平稳。"),
        (("一、总体情况", "（二）平台建设"), "网站改版上线。", "微信公众号运行平稳。", ""),
        (("二、存在问题",), "", "解读形式仍较单一。", "下一步将加强培训。"),
        (("二、存在问题",), "解读形式仍较单一。", "下一步将加强培训。", ""),
    ]
    for unit in units:
        assert SAMPLE[unit.start : unit.end] == unit.text
    assert {(unit.report, unit.agency, unit.year, unit.category, unit.weight) for unit in units} == {
        ("云澜2022.txt", "云澜市政务服务局", "2022", "", 1.0)
    }


def test_text_and_headings_keep_the_script_of_the_report() -> None:
    report = analyze_text("一、總體情況\n全年主動公開政府資訊12條。收到申請3件。")
    unit, _ = _by_start(draw_sample([report], 2))
    assert (unit.headings, unit.text, unit.after) == (("一、總體情況",), "全年主動公開政府資訊12條。", "收到申請3件。")


@pytest.mark.parametrize("mark", ["\r", "\x0b", "\u2028", "\u2028 "])
def test_line_break_inside_a_sentence_is_left_out(mark: str) -> None:
    text = f"一、概述\n全年公开{mark}信息12条。平稳。"
    unit, last = _by_start(draw_sample([analyze_text(text)], 2))
    assert (unit.text, last.before) == ("全年公开信息12条。", "全年公开信息12条。")
    assert text[unit.start : unit.end] == f"全年公开{mark}信息12条。"


def test_reports_of_one_name_have_ids_of_their_own() -> None:
    reports = [analyze_text(f"一、概述\n全年公开信息{count}条。", name="index.html") for count in range(20)]
    assert len({unit.id for unit in draw_sample(reports, ALL)}) == 20


def test_report_that_comes_twice_counts_once() -> None:
    report = _report("青石县", 4)
    assert draw_sample([report, report], ALL) == draw_sample([report], ALL)
    copy = replace(report, document=replace(report.document, name="青石县 (1)"))
    assert len(draw_sample([report, copy], ALL)) == 8


@pytest.mark.parametrize("by", WAYS)
def test_same_reports_and_seed_give_the_same_file(by: str) -> None:
    reports = [_report(f"县{at}", 9, year=2015 + at % 3, agency=f"局{at % 4}") for at in range(12)]
    once = draw_sample(reports, 10, by=by, seed=3)
    assert len(once) == 10
    assert draw_sample(iter(reports), 10, by=by, seed=3) == once
    assert draw_sample(reports[::-1], 10, by=by, seed=3) == once
    assert draw_sample(reports, 10, by=by, seed=4) != once


@pytest.mark.parametrize("by", WAYS)
def test_each_sentence_is_drawn_once_and_all_where_they_are_few(by: str) -> None:
    reports = [_report("云澜市", 5, year=2019), _report("青石县", 3, agency="青石县财政局")]
    whole = draw_sample(reports, 9, by=by)
    assert len({unit.id for unit in whole}) == 8
    assert {unit.weight for unit in whole} == {1.0}
    assert len({unit.id for unit in draw_sample(reports, 7, by=by)}) == 7


@pytest.mark.parametrize("by", WAYS)
def test_nothing_to_draw_from(by: str) -> None:
    empty = analyze_text("一、概述")
    assert not empty.sentences
    assert draw_sample([], 5, by=by) == draw_sample([empty], 5, by=by) == []
    assert len(draw_sample([empty, _report("青石县", 2)], 5, by=by)) == 2


def test_random_gives_every_sentence_the_same_chance() -> None:
    reports = [_report("云澜市", 14), _report("青石县", 6)]
    drawn: Counter[str] = Counter()
    for seed in range(400):
        units = draw_sample(reports, 5, seed=seed)
        assert {unit.weight for unit in units} == {4.0}
        drawn.update(unit.id for unit in units)
    # Each is drawn 100 times of 400 on average, with a standard deviation of 8.7.
    assert len(drawn) == 20
    assert all(65 <= count <= 135 for count in drawn.values())


def test_random_and_its_ids_tell_nothing_of_what_the_coder_chose() -> None:
    report = _report("云澜市", 12)
    assert draw_sample([_coded_as(report, [0] * 12)], 6) == draw_sample([_coded_as(report, [*range(12)], 0.8)], 6)


@pytest.mark.parametrize("by", WAYS)
def test_file_shows_no_category(by: str, tmp_path: Path) -> None:
    report = _coded_as(_report("云澜市", 12), [*range(12)])
    write_coded(draw_sample([report], 12, by=by), tmp_path / "sample.csv")
    text = (tmp_path / "sample.csv").read_text(encoding="utf-8-sig").partition("\n")[2]
    assert not [code for code in report.coder.codes if code in text]


def test_rows_do_not_come_by_category() -> None:
    report = _coded_as(_report("云澜市", 40), [0] * 20 + [1] * 20)
    first = [(unit.start or 0) < report.sentences[20].start for unit in draw_sample([report], 40, by="category")[:20]]
    assert 5 <= sum(first) <= 15


def test_equal_numbers_of_each_year() -> None:
    # 10, 4 and 2 sentences: of nine, all two of 2011, then what is left in halves: 3.5, so one year gets 4, one 3.
    reports = [_report("甲", 7, year=2009), _report("乙", 3, year=2009), _report("丙", 4, year=2010)]
    reports.append(_report("丁", 2, year=2011))
    units = draw_sample(reports, 9, by="year")
    counts = Counter(unit.year for unit in units)
    assert counts["2011"] == 2
    assert {counts["2009"], counts["2010"]} == {3, 4}
    for unit in units:
        assert unit.weight == pytest.approx({"2009": 10, "2010": 4, "2011": 2}[unit.year] / counts[unit.year])


def test_what_does_not_divide_goes_to_any_stratum() -> None:
    reports = [_report("甲", 6, agency="甲局"), _report("乙", 6, agency="乙局")]
    more = Counter(
        Counter(unit.agency for unit in draw_sample(reports, 5, by="agency", seed=seed)).most_common(1)[0][0]
        for seed in range(60)
    )
    assert min(more["甲局"], more["乙局"]) >= 15


def test_reports_without_an_agency_are_a_group() -> None:
    reports = [_report("甲", 6), _report("乙", 6, agency="乙局"), _report("丙", 6)]
    assert Counter(unit.agency for unit in draw_sample(reports, 6, by="agency")) == {"": 3, "乙局": 3}


def test_fewer_sentences_than_groups() -> None:
    reports = [_report(f"县{at}", 3, agency=f"局{at}") for at in range(8)]
    units = draw_sample(reports, 5, by="agency")
    assert len({unit.agency for unit in units}) == 5
    # 24 sentences of five agencies drawn among equals.
    assert [unit.weight for unit in units] == pytest.approx([4.8] * 5)


@settings(max_examples=60, deadline=None)
@given(
    categories=st.lists(st.integers(0, 5), min_size=40, max_size=40),
    pieces=st.sampled_from([1, 4, 10]),
    n=st.integers(1, 45),
    seed=st.integers(0, 5),
)
def test_equal_numbers_of_each_category(categories: list[int], pieces: int, n: int, seed: int) -> None:
    size = 40 // pieces
    reports = [
        _coded_as(_report(f"县{at}", size), categories[at * size : (at + 1) * size]) for at in range(pieces)
    ]  # fmt: skip
    category_of = {
        (report.document.name, sentence.start): category
        for at, report in enumerate(reports)
        for sentence, category in zip(report.sentences, categories[at * size :], strict=False)
    }
    units = draw_sample(reports, n, by="category", seed=seed)
    taken = Counter(category_of[unit.report, unit.start or 0] for unit in units)
    there = Counter(categories)
    assert sum(taken.values()) == min(n, 40)
    # No category has two more than one that has any left.
    assert all(taken[one] <= taken[other] + 1 for one in there for other in there if taken[other] < there[other])
    assert sum(unit.weight for unit in units) == pytest.approx(40)


def test_uncertain_favours_doubt_and_its_weights_make_up_for_it() -> None:
    # Ten sentences that the coder is sure of (0.05), ten in doubt (0.8).
    sure, unsure = _coded_as(_report("云澜市", 10), [0] * 10, 0.0), _coded_as(_report("青石县", 10), [3] * 10, 0.8)
    count: Counter[str] = Counter()
    weight = {"云澜市": 0.0, "青石县": 0.0}
    for seed in range(600):
        for unit in draw_sample([sure, unsure], 6, by="uncertain", seed=seed):
            assert unit.weight >= 1
            count[unit.report] += 1
            weight[unit.report] += unit.weight
    assert count["青石县"] > 8 * count["云澜市"] > 0
    assert weight["云澜市"] / 600 == pytest.approx(10, abs=1.5)
    assert weight["青石县"] / 600 == pytest.approx(10, abs=0.5)


def test_doubt_without_difference_has_equal_chances() -> None:
    report = _coded_as(_report("云澜市", 10), [0] * 10, 1.0)
    drawn = Counter(unit.id for seed in range(300) for unit in draw_sample([report], 4, by="uncertain", seed=seed))
    # 120 of 300 on average, with a standard deviation of 8.5.
    assert len(drawn) == 10
    assert all(85 <= count <= 155 for count in drawn.values())


def test_reports_are_not_kept() -> None:
    alive: list[weakref.ref[Report]] = []

    def stream() -> Iterator[Report]:
        for at in range(6):
            report = analyze_text(f"一、概述\n全年公开信息{at}条。", name=f"县{at}")
            alive.append(weakref.ref(report))
            yield report
            del report
            gc.collect()
            # The last one may still be at hand.
            assert sum(one() is not None for one in alive) <= 1

    assert len(draw_sample(stream(), 4)) == 4


@pytest.mark.parametrize("by", WAYS)
def test_memory_is_that_of_the_sample(by: str) -> None:
    report = _report("云澜市", 20, year=2020)
    most = 0

    def held() -> int:
        return sum(isinstance(thing, Coded) for thing in gc.get_objects())

    def stream() -> Iterator[Report]:
        nonlocal most
        for at in range(60):
            yield replace(report, document=replace(report.document, name=f"县{at}"))
            if at % 10 == 9:
                most = max(most, held() - before)

    before = held()
    assert len(draw_sample(stream(), 10, by=by)) == 10
    # Of 1200 sentences, twice the ten that are drawn and the strata they are drawn from.
    assert 10 <= most <= 2 * (10 + len(report.coder.codes))


def test_written_and_loaded_again(tmp_path: Path) -> None:
    units = draw_sample([analyze_text(SAMPLE, name="=云澜.txt"), _report("青石县", 5, year=2012)], 8, by="uncertain")
    write_coded(units, tmp_path / "sample.csv")
    loaded = load_coded(tmp_path / "sample.csv", blank=True)
    assert [replace(unit, line=0) for unit in loaded] == units


@pytest.mark.parametrize(
    ("n", "by", "code"), [(0, "random", "n"), (-3, "year", "n"), (5, "margin", "by"), (5, "", "by")]
)
def test_wrong_options(n: int, by: str, code: str) -> None:
    with pytest.raises(OptionError) as caught:
        draw_sample([], n, by=by)
    assert caught.value.code == code
    assert caught.value.hint
