"""Keywords."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.keyness import Weights, find_keywords, hash_words, load_stopwords, load_weights


def _weights(table: dict[str, float], median: float) -> Weights:
    keys = hash_words(list(table))
    order = np.argsort(keys)
    return Weights(keys[order], np.array(list(table.values()), dtype=np.float32)[order], median)


def test_scores_are_tf_times_idf() -> None:
    words = ["公报", "公报", "专栏", "的", "12", "政府"]
    found = find_keywords(words, stopwords=frozenset({"政府"}), weights=_weights({"公报": 3.0, "专栏": 9.0}, 1.0))
    # 公报: 2/6 * 3 = 1; 专栏: 1/6 * 9 = 1.5. The single character, the figure and the stop word are out.
    assert [(k.term, round(k.score, 6), k.count) for k in found] == [("专栏", 1.5, 1), ("公报", 1.0, 2)]


def test_unknown_words_have_the_median() -> None:
    found = find_keywords(["云澜"], weights=_weights({"公报": 3.0}, 7.5))
    assert found[0].score == 7.5


def test_ties_stand_in_code_point_order() -> None:
    found = find_keywords(["乙乙", "甲甲"], weights=_weights({"丙丙": 1.0}, 2.0))
    assert [k.term for k in found] == ["乙乙", "甲甲"]


def test_shipped_weights_are_jiebas() -> None:
    """劳动防护 has 13.900677652 in jieba's idf.txt; a word that is not there has the median of all."""
    values = load_weights().of(["劳动防护", "云澜云澜云澜"])
    assert values[0] == pytest.approx(13.900677652, rel=1e-6)
    assert values[1] == load_weights().median
    assert not math.isnan(values[1])


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6), max_size=20))
def test_hash_depends_on_the_word_alone(words: list[str]) -> None:
    assert hash_words(words).tolist() == [hash_words([word])[0] for word in words]


def test_nothing_to_find() -> None:
    assert find_keywords([]) == []
    assert find_keywords(["的", "12", "a"]) == []
    assert find_keywords(["公报"], n=0) == []


def test_no_commonplace_is_a_keyword(shared: Path) -> None:
    for path in shared.glob("*.txt"):
        terms = {keyword.term for keyword in zg.analyze(path).keywords()}
        assert len(terms) == 20
        assert not terms & load_stopwords()
        assert not terms & {"依申", "我市", "进行", "以及", "我区", "工作"}


def test_tables_do_not_count() -> None:
    report = zg.analyze_text("一、概述\n开设公报专栏。\n二、附表\n结转情况\t数量\n专机构数\t3\n专机构数\t4\n")
    assert {keyword.term for keyword in report.keywords()} == {"概述", "开设", "公报", "专栏"} - load_stopwords()
