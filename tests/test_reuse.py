"""Text reuse: what counts as a copy, where it stands, and what does not count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhgovtext.errors import DataError, OptionError
from zhgovtext.report import analyze_text
from zhgovtext.resources import rows
from zhgovtext.reuse import Reuse, ReuseIndex, find_reuse, own_names, read_rules, read_source, report_source
from zhgovtext.shares import count_categories

PAIRS = Path(__file__).parent.parent / "benchmarks" / "reuse_pairs.tsv"
COPIED = ("copied", "figures", "reworded", "split", "merged")

RIVER = "汛期每天八点把水库水位写在渡口木牌上，船家抬头就能看见。"
FERRY = "渡船超过二十年船龄的一律停航检修，检修记录贴在船舱里。"
SCHOOL = "学校食堂的采购价每周五张榜，家长委员会可以随时核对票据。"
MARKET = "菜场公平秤由店主轮流校准，校准结果当天写在黑板上。"


def _reuse(target: str, *sources: str) -> Reuse:
    return find_reuse(
        read_source(target, name="target"),
        [read_source(text, name=f"source {at}") for at, text in enumerate(sources)],
    )


def _kinds(target: str, *sources: str) -> list[str]:
    return [copy.kind for copy in _reuse(target, *sources).copies]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        pytest.param(RIVER, "identical", id="word for word"),
        pytest.param("三是" + RIVER, "identical", id="another numbering"),
        pytest.param(RIVER.replace("，", ","), "identical", id="another punctuation"),
        pytest.param("汛期每天八點把水庫水位寫在渡口木牌上，船家抬頭就能看見。", "identical", id="traditional script"),
        pytest.param(RIVER.replace("船家", "渔民和船家"), "near", id="words put in"),
        pytest.param("汛期把水库水位写在渡口木牌上，船家抬头就能看见。", "near", id="words left out"),
        pytest.param("每天把水库水位写在渡口木牌上。", "near", id="the first half of the sentence"),
    ],
)
def test_kinds(target: str, kind: str) -> None:
    assert _kinds(target, SCHOOL + RIVER + MARKET) == [kind]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "2021年新增船工37名，月薪按航次结算，欠薪可直接找航运站。",
            "2023年新增船工105名，月薪按航次结算，欠薪可直接找航运站。",
        ),
        ("二〇二一年修缮凉亭十二座，木料由林场按成本价供应。", "二〇二二年修缮凉亭三座，木料由林场按成本价供应。"),
        ("修缮凉亭12座，木料由林场按成本价供应。", "修缮凉亭三座，木料由林场按成本价供应。"),
        ("沿河栽柳1.2万株，成活率85.5%，缺株春天补齐。", "沿河栽柳9800株，成活率91%，缺株春天补齐。"),
    ],
)
def test_changed_figures_and_years(old: str, new: str) -> None:
    (copy,) = _reuse(new, old).copies
    assert (copy.kind, copy.similarity) == ("figures", 1.0)


def test_names_of_the_own_place_and_agency_are_masked() -> None:
    sentence = "{}在渡口设灯塔三座，{}派人夜间值守，雾天加派一班。"
    reports = [
        analyze_text(
            f"{agency}2022年政府信息公开工作年度报告\n\n一、总体情况\n{sentence.format(place, agency)}\n", name=place
        )
        for place, agency in (("云澜市", "云澜市水利局"), ("青石县", "青石县水利局"))
    ]
    assert own_names(reports[1].meta)[0] == "青石县水利局"
    (copy,) = find_reuse(reports[1], reports[:1]).copies
    assert (copy.kind, copy.source) == ("figures", "云澜市")
    text = reports[1].document.text
    assert text[copy.start : copy.end] == "青石县在渡口设灯塔三座，青石县水利局派人夜间值守，雾天加派一班。"


def test_spans_are_of_the_texts_as_read() -> None:
    target = "一、概述\n我們先說別的事情。\n汛期每天八點把水庫水位寫在渡口木牌上，船家抬頭就能看見。"
    source = SCHOOL + "\n\n" + RIVER
    (copy,) = _reuse(target, source).copies
    assert target[copy.start : copy.end] == target.split("\n")[2]
    assert source[copy.source_start : copy.source_end] == RIVER


def test_a_sentence_cut_in_two_and_two_made_one() -> None:
    joined = FERRY.replace("。", "，") + SCHOOL
    apart = FERRY + SCHOOL
    assert [(copy.sentence, copy.kind) for copy in _reuse(apart, joined).copies] == [(0, "near"), (1, "near")]
    (copy,) = _reuse(joined, MARKET + apart).copies
    assert (MARKET + apart)[copy.source_start : copy.source_end] == apart
    assert copy.similarity == 1.0


def test_two_sentences_of_different_sources_are_not_joined() -> None:
    assert not any(
        copy.source_end - copy.source_start > len(SCHOOL)
        for copy in _reuse(FERRY.replace("。", "，") + SCHOOL, FERRY, SCHOOL).copies
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "一是加强组织领导。",
        "加强组织领导，完善工作机制。",
        "全年共收到申请12件。",
        "予以公开35件，不予公开4件。",
    ],
)
def test_short_and_general_sentences_are_no_copies(sentence: str) -> None:
    assert _kinds(sentence, sentence + RIVER) == []


def test_what_the_rules_ask_for_is_told_apart() -> None:
    target = "本报告所列数据的统计期限自2022年1月1日起至2022年12月31日止。" + RIVER + SCHOOL
    reuse = _reuse(target, "本报告所列数据的统计期限自2021年1月1日起至2021年12月31日止。" + RIVER)
    assert [(copy.sentence, copy.required) for copy in reuse.copies] == [(0, True), (1, False)]
    assert reuse.required.tolist() == [True, False, False]
    assert reuse.copied.tolist() == [False, True, False]
    assert (reuse.sentences.total, reuse.sentences.copied, reuse.sentences.required) == (3, 1, 1)
    assert reuse.sentences.share == 0.5
    assert reuse.chars.copied == len(RIVER)
    assert reuse.chars.share == len(RIVER) / (len(RIVER) + len(SCHOOL))


def test_headings_and_tables_are_left_out() -> None:
    text = "一、渡口水库水位木牌船家抬头看见情况\n\n指标\t单位\t渡口水库水位木牌数量\n木牌\t块\t12\n\n" + RIVER
    assert _reuse(text, text).sentences.total == 1


def test_shares_can_be_recomputed_without_what_was_copied() -> None:
    report = analyze_text("一、主动公开情况\n" + RIVER + SCHOOL + "\n", name="2022")
    reuse = find_reuse(report, [read_source(RIVER, name="2021")])
    left = ~reuse.copied
    starts, ends = (np.array([getattr(s, side) for s in report.sentences]) for side in ("start", "end"))
    shares = count_categories(report.codes[left], (ends - starts)[left], report.codebook)
    assert sum(share.chars for share in shares) == len(SCHOOL)


def test_every_named_source_is_told_and_the_best_comes_first() -> None:
    near = RIVER.replace("船家", "渔民和船家")
    copies = _reuse(RIVER, MARKET, near, RIVER).copies
    assert [(copy.origin, copy.source, copy.kind) for copy in copies] == [
        (2, "source 2", "identical"),
        (1, "source 1", "near"),
    ]
    assert {copy.spread for copy in copies} == {2}


def test_a_target_is_not_compared_with_itself() -> None:
    one, other = read_source(RIVER, name="a"), read_source(RIVER, name="b")
    index = ReuseIndex([one, other])
    assert [copy.source for copy in index.find(one).copies] == ["b"]


def test_an_index_gives_no_more_sources_than_asked_for() -> None:
    index = ReuseIndex(read_source(RIVER, name=str(number)) for number in range(9))
    copies = index.find(read_source(RIVER, name="target"), limit=3).copies
    assert [(copy.source, copy.spread) for copy in copies] == [("0", 9), ("1", 9), ("2", 9)]
    assert len(index) == 9


def test_an_index_asks_for_more_the_more_it_holds() -> None:
    """A weak match counts in a named source, and in a large index only where other sentences come from that source."""
    weak = "每逢庙会的头一天，街口的茶棚都要摆上新印的票价单供人翻看。"
    like = "每逢庙会的头一天，渔行的伙计把鱼价写在扇面上供人翻看。"
    characters = [chr(0x4E00 + number) for number in range(4000)]
    rng = np.random.default_rng(3)
    noise = [
        read_source("".join("".join(rng.choice(characters, 30)) + "。" for _ in range(100)), name=f"noise {number}")
        for number in range(30)
    ]
    target = read_source(weak + RIVER + SCHOOL, name="target")
    alone = read_source(like + MARKET, name="alone")
    related = read_source(like + RIVER + SCHOOL, name="related")
    assert find_reuse(target, [alone], threshold=0.3).copied.tolist() == [True, False, False]
    assert ReuseIndex([alone, *noise]).find(target, threshold=0.3).copied.tolist() == [False, False, False]
    found = ReuseIndex([alone, related, *noise]).find(target, threshold=0.3)
    assert [(copy.sentence, copy.source) for copy in found.copies] == [(0, "related"), (1, "related"), (2, "related")]


@pytest.mark.parametrize("sources", [[], [""], ["一、概述"], ["\n\n"], ["12"]], ids=repr)
def test_nothing_to_compare_with(sources: list[str]) -> None:
    reuse = _reuse(RIVER, *sources)
    assert reuse.copies == ()
    assert reuse.sentences.share == 0.0


@pytest.mark.parametrize("target", ["", "一、概述", "。。。", "12"])
def test_an_empty_target_has_no_share(target: str) -> None:
    reuse = _reuse(target, RIVER)
    assert reuse.copies == ()
    assert reuse.to_dict()["copied"] == []
    if not reuse.sentences.total:
        assert reuse.sentences.share is None
        assert reuse.chars.share is None


def test_all_required_leaves_no_share() -> None:
    assert _reuse("报告中所列数据的统计期限自2022年1月1日起至2022年12月31日止。", RIVER).sentences.share is None


@pytest.mark.parametrize("options", [{"threshold": 0.0}, {"threshold": 1.1}, {"min_chars": -1}])
def test_options_outside_their_range(options: dict[str, float]) -> None:
    source = read_source(RIVER, name="a")
    with pytest.raises(OptionError, match=next(iter(options))):
        find_reuse(source, [source], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("period\tmany\t数据 期限", "has many where a number"),
        ("period\t\t数据|", "empty part"),
        ("period\t\t", "empty part"),
    ],
)
def test_a_faulty_rule_is_named_by_its_line(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "required.tsv"
    path.write_text(f"# comment\nname\tmost\tparts\n{row}\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"line 3: .*{message}"):
        read_rules(path)


def test_a_source_is_small() -> None:
    report = analyze_text("一、概述\n" + (RIVER + FERRY) * 20, name="a")
    source = report_source(report)
    arrays = [value for value in vars(source).values() if isinstance(value, np.ndarray)]
    assert len(source.starts) == 40
    assert sum(array.nbytes for array in arrays) < 10_000


@given(st.permutations([RIVER, FERRY, SCHOOL, MARKET]), st.integers(0, 4), st.data())
def test_copied_are_exactly_the_sentences_that_the_source_has(
    order: list[str], taken: int, data: st.DataObject
) -> None:
    source = data.draw(st.permutations(order[:taken]))
    reuse = _reuse("".join(order), "".join(source))
    assert reuse.copied.tolist() == [sentence in source for sentence in order]
    for copy in reuse.copies:
        assert "".join(order)[copy.start : copy.end] == "".join(source)[copy.source_start : copy.source_end]


@given(
    st.lists(st.text(alphabet="渡口水位木牌，。；12年\n\t一是（）第", max_size=60), max_size=3), st.text(max_size=60)
)
def test_any_text_gives_spans_within_it(sources: list[str], target: str) -> None:
    reuse = _reuse(target, *sources)
    again = _reuse(target, *sources)
    assert reuse.to_dict() == again.to_dict()
    for copy in reuse.copies:
        assert 0 <= copy.start < copy.end <= len(target)
        assert 0 <= copy.source_start < copy.source_end <= len(sources[copy.origin])


def test_a_very_long_sentence_is_compared_in_little_time() -> None:
    long = "渡口" * 100_000 + "。"
    assert _kinds(long, long) == ["identical"]


def test_pairs() -> None:
    """At least 0.98 of the pairs that are copied are found, and of those found are copied; figures never matter."""
    true = false = missed = 0
    for _, row in rows(PAIRS, ("id", "part", "kind", "target", "source")):
        reuse = _reuse(row["target"], row["source"])
        found = reuse.chars.copied * 2 > reuse.chars.total
        wanted = row["kind"] in COPIED
        true, false, missed = true + (found and wanted), false + (found and not wanted), missed + (wanted and not found)
    assert true >= 0.98 * (true + false)
    assert true >= 0.98 * (true + missed)
