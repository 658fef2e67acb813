"""Content types: cue words, the codebook's rules, clauses alone and in their reports, the shipped model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.coding import Coded
from zhgovtext.content import (
    MARKS,
    TYPES,
    find_clauses,
    find_cued,
    load_content_coder,
    load_cues,
    mark,
    predict_clauses,
    ruled_type,
    score_types,
    type_clauses,
)
from zhgovtext.shares import find_typed_clauses

MODEL = Path(__file__).parent.parent / "models" / "content"


@pytest.mark.parametrize(
    ("clause", "kind"),
    [
        ("发布政策解读材料12篇", "interpretation"),
        ("制作一图读懂", "interpretation"),
        ("解读政策的新闻稿", "interpretation"),
        ("政策解讀專欄", "interpretation"),
        ("编发工作简报6期", "news"),
        ("微信推送信息300条", "news"),
        ("工作動態", "news"),
        ("召开新闻发布会3场", "neither"),
        ("公示招聘结果", "neither"),
        ("完善发布、解读、回应、互动机制", "neither"),
        ("推进政务信息公开", "neither"),
        ("实行账号动态管理", "neither"),
        ("收到政府信息公开申请3件", "neither"),
    ],
)
def test_clauses_alone(clause: str, kind: str) -> None:
    assert zg.content_type([clause])[0].type == kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("《云澜市人才办法》图解", "interpretation"),
        ("我局召开年中工作会议", "news"),
        ("柳坝镇招聘村务助理公告", "neither"),
    ],
)
def test_titles(title: str, kind: str) -> None:
    assert zg.content_type([title])[0].type == kind


def test_content_type_takes_a_list() -> None:
    assert zg.content_type([]) == []
    assert zg.content_type([""])[0].type == "neither"
    with pytest.raises(zg.OptionError):
        zg.content_type("解读")


def test_probabilities() -> None:
    rows = score_types(["编发简报6期", "收到申请3件", ""])
    assert rows.shape == (3, 3)
    assert np.allclose(rows.sum(axis=1), 1)
    found = zg.content_type(["编发简报6期"])[0]
    assert found.probability == pytest.approx(rows[0].max())


def test_clauses() -> None:
    text = "其中：发布3篇，　；推送5条！"
    assert [text[start:end] for start, end in find_clauses(text, 0, len(text))] == ["其中", "发布3篇", "推送5条"]


@pytest.mark.parametrize(
    ("clause", "kind"),
    [
        ("完善发布、解读、回应有序衔接的机制", "interpretation"),
        ("完善发布、解读、回应、互动机制", "neither"),
        ("公开计划、预算、政策解读等内容", "interpretation"),
        ("公开计划、预算、结果、政策解读等内容", "neither"),
        # The list says how it is explained; it does not only name 解读.
        ("作出形象、直观、通俗、生动的解读", "interpretation"),
        ("解读稿同步起草、同步审核、同步印发、同步上网", "interpretation"),
        ("召开新闻发布会", None),
    ],
)
def test_rules(clause: str, kind: str | None) -> None:
    assert ruled_type(clause, {kind for _, kind in load_cues().find(clause)}) == kind


def test_marks_are_told_apart_from_text() -> None:
    assert zg.normalize("".join(MARKS.values())).text == "".join(MARKS.values())
    # Nine characters, three marks; the list has its own.
    assert mark("编发简报共计六期了") == "编发简报共计六期了" + MARKS["news"] * 3
    assert mark("甲、乙、丙、丁").startswith("甲、乙、丙、丁")
    assert len(mark("甲、乙、丙、丁")) == 7 + 3
    assert mark("收到申请") == "收到申请"


def test_a_longer_word_takes_a_cue_back() -> None:
    kinds = {kind for _, kind in load_cues().find("推进政务信息公开并实行动态管理")}
    assert kinds == set()


def test_cues_are_sound() -> None:
    cues = load_cues()
    assert {kind for kind in cues.kinds if kind} == set(MARKS)
    assert len(set(cues.words)) == len(cues.words)


def test_only_units_with_a_cue_are_looked_at() -> None:
    text = "收到申请3件。编发简报6期，收到来信。按时答复。"
    cued = find_cued(text, [0, 7, 19], [7, 19, 24])
    assert [text[start:end] for start, end in zip(cued.starts, cued.ends, strict=True)] == ["编发简报6期", "收到来信"]
    assert cued.units == [1, 1]
    assert cued.kinds == [{"news"}, set()]


def test_neighbours_tell() -> None:
    """An interview is interpretation where the next clause says that it explains a policy."""
    told = "局长多次接受媒体采访，解读新出台的人才政策。"
    untold = "局长多次接受媒体采访，通报积水点治理进度。"
    for text, wanted in ((told, True), (untold, False)):
        typed = find_typed_clauses(text, [0], [len(text)])
        assert typed.clauses.starts[0] == 0
        assert (0 in typed.places("interpretation")) is wanted


def test_headings_and_context_can_be_left_out() -> None:
    text = "局长多次接受媒体采访，解读新出台的人才政策。"
    cued = find_cued(text, [0], [len(text)])
    none = np.array([-1])
    alone = type_clauses(text, cued, paths=(), path_of=none, context=False)
    assert np.allclose(alone, score_types(["局长多次接受媒体采访", "解读新出台的人才政策"]))
    assert not np.allclose(alone[0], type_clauses(text, cued, paths=(), path_of=none)[0])


def test_an_empty_text_has_no_clauses() -> None:
    assert find_typed_clauses("", [], []).places("news") == []
    assert find_typed_clauses("收到申请3件。", [0], [7]).places("interpretation") == []
    empty = find_cued("", [], [])
    assert type_clauses("", empty, paths=(), path_of=np.zeros(0, dtype=np.int64)).shape == (0, 3)


def test_the_model_is_small_and_of_this_codebook() -> None:
    coder = load_content_coder()
    assert coder.codes == TYPES
    assert sum(path.stat().st_size for path in MODEL.iterdir()) < 2_000_000
    shipped = zg.load_codebook(Path(zg.__file__).parent / "data" / "codebook" / "content.toml")
    assert coder.codebook == shipped.sha256


@given(st.lists(st.text("解读、，。；编发简报\n微信公众号宣传動態《》 0a䷀", max_size=40), max_size=4))
def test_spans_are_clauses_in_order(units: list[str]) -> None:
    text = "".join(units)
    ends = np.cumsum([len(unit) for unit in units], dtype=np.int64).tolist() if units else []
    starts = [0, *ends[:-1]] if units else []
    clauses = find_typed_clauses(text, starts, ends).clauses
    spans = list(zip(clauses.units, clauses.starts, clauses.ends, strict=True))
    assert spans == sorted(spans)
    for unit, start, end in spans:
        assert starts[unit] <= start < end <= ends[unit]
        assert (start, end) in list(find_clauses(text, starts[unit], ends[unit]))


def test_coded_clauses_are_typed_as_in_a_report() -> None:
    """With neighbours, rules and the frequency of ordinary clauses: what training measures is what reports get."""
    texts = ["局长多次接受媒体采访", "解读新出台的人才政策", "按时答复来信", "完善发布、解读、回应、互动机制"]
    text = "，".join(texts) + "。"
    cued = find_cued(text, [0], [len(text)])
    none = np.array([-1])
    marked = [mark(clause) for clause in texts]
    units = [
        Coded(clause, "neither", before=before, after=after)
        for before, clause, after in zip(["", *marked], marked, [*marked[1:], ""], strict=False)
    ]
    for context in (True, False):
        rows = predict_clauses(load_content_coder(), units, context=context)
        assert np.allclose(rows, type_clauses(text, cued, paths=(), path_of=none, context=context))
