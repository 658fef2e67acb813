"""Keywords: TF-IDF, log-likelihood and log ratio, phrases, stop words, references."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from conftest import REPORTS, ROOT
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.keyness import (
    METHODS,
    Reference,
    Stopwords,
    Weights,
    count_reference,
    find_keywords,
    hash_words,
    load_reference,
    load_stopwords,
    load_weights,
    log_likelihood,
    log_ratio,
    make_reference,
    write_reference,
)
from zhgovtext.resources import sha256


def _weights(table: dict[str, float], median: float) -> Weights:
    keys = hash_words(list(table))
    order = np.argsort(keys)
    return Weights(keys[order], np.array(list(table.values()), dtype=np.float32)[order], median)


def _reference(total: int, phrases: tuple[str, ...] = (), **counts: int) -> Reference:
    return Reference("test", counts, dict.fromkeys(counts, 1), frozenset(phrases), total, 1, "")


def _words(text: str) -> list[str]:
    """Words between spaces; a full stop after each line."""
    return [word for line in text.splitlines() for word in (*line.split(), "。")]


# -- measures


def test_log_likelihood_by_hand() -> None:
    counts, others = np.array([10.0, 4.0, 1.0, 0.0]), np.array([10.0, 0.0, 3.0, 0.0])
    # 10 of 100 against 10 of 300: 5 and 15 expected, G² = 2 (10 ln 2 + 10 ln(2/3)).
    assert log_likelihood(counts[:1], 100, others[:1], 300)[0] == pytest.approx(2 * (6.931472 - 4.054651), abs=1e-5)
    # Of 100 and 100 - 4 against 0: 2 (4 ln 2). 1 against 3: -2 (ln 1/2 + 3 ln 3/2), rarer. Never: 0.
    expected = [5.545177, -2 * (-0.693147 + 1.216395), 0]
    assert log_likelihood(counts[1:], 100, others[1:], 100).tolist() == pytest.approx(expected, abs=1e-5)


def test_log_ratio_by_hand() -> None:
    # 8 of 100 is 4 times 4 of 200; 1 of 100 half of 4 of 200; 4 of 100 is 16 times half an occurrence in 200.
    found = log_ratio(np.array([8.0, 1.0, 4.0]), 100, np.array([4.0, 4.0, 0.0]), 200)
    assert found.tolist() == pytest.approx([2, -1, 4])


@pytest.mark.parametrize("totals", [(0, 100), (100, 0), (0, 0)])
def test_against_nothing_nothing_can_be_said(totals: tuple[int, int]) -> None:
    for measure in (log_likelihood, log_ratio):
        found = measure(np.array([1.0, 0.0]), totals[0], np.array([0.0, 0.0]), totals[1])
        assert np.isnan(found).all()
    assert find_keywords(["公报", "，", "公报"], reference=make_reference([])) == []


# -- keyness


def test_keyness_of_words() -> None:
    # 公报 8 of 100 words of two characters, 专栏 4, marks and 的 do not count; the rest is a function word.
    words = ["公报", "，"] * 8 + ["专栏", "的"] * 4 + ["进行"] * 88
    reference = _reference(100, 专栏=2)
    found = find_keywords(words, reference=reference)
    assert [(k.term, k.count, k.reference_count, k.reference_documents) for k in found] == [
        ("公报", 8, 0, 0),
        ("专栏", 4, 2, 1),
    ]
    assert found[0].score == found[0].log_likelihood == pytest.approx(16 * math.log(2))
    assert found[1].score == pytest.approx(2 * (4 * math.log(4 / 3) + 2 * math.log(2 / 3)))
    assert [k.log_ratio for k in found] == pytest.approx([4, 1])
    # 专栏 is twice as frequent, but its G² of 0.68 is no evidence.
    (only,) = find_keywords(words, reference=reference, method="log_ratio")
    assert (only.term, only.score) == ("公报", pytest.approx(4))


def test_what_is_rarer_than_in_the_reference_is_not_key() -> None:
    words = ["专栏", "，"] * 2 + ["进行"] * 98
    assert find_keywords(words, reference=_reference(100, 专栏=3)) == []
    assert find_keywords(words, reference=_reference(100, 专栏=2)) == []


def test_words_that_occur_once_only_fill_up() -> None:
    # 纠错 occurs twice, and the reference has it: of lower G² than the others.
    words = _words("纠错 档案馆 复议\n纠错\n工作日")
    reference = _reference(1000, 纠错=20)
    assert [k.term for k in find_keywords(words, n=1, reference=reference)] == ["纠错"]
    # Then the longer ones.
    assert {k.term for k in find_keywords(words, n=3, reference=reference)} == {"纠错", "档案馆", "工作日"}


def test_slips_of_the_segmenter_are_not_key() -> None:
    """改数 is no word of jieba's nor of the reference's."""
    assert find_keywords(_words("改数\n改数"), reference=_reference(1000)) == []
    assert [k.term for k in find_keywords(_words("改数\n改数\n改数"), reference=_reference(1000))] == ["改数"]
    assert [k.term for k in find_keywords(_words("改数\n改数"), reference=_reference(1000, 改数=3))] == ["改数"]
    known = find_keywords(_words("改数\n改数"), reference=_reference(1000), is_word=lambda word: word == "改数")
    assert [k.term for k in known] == ["改数"]


def test_a_term_of_the_user_s_lexicon_is_no_slip() -> None:
    text = "一、概述\n云澜通办上线。接入云澜通办。"
    segmenter = zg.make_segmenter(user=[zg.Term("云澜通办", 1000, "n")])
    keyword = next(k for k in zg.analyze_text(text, segmenter=segmenter).keywords() if k.term == "云澜通办")
    assert keyword.count == 2


# -- phrases


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Neighbours that stand together only, after different words: one term, without its parts.
        ("发布 惠民 地图\n绘制 惠民 地图\n推出 惠民 地图", {"惠民地图"}),
        # Always after 云端: the border on the left is not free, the longer is the term.
        ("云端 惠民 地图\n云端 惠民 地图\n云端 惠民 地图", {"云端惠民地图"}),
        # A mark, a function word or a word of one character between them.
        ("惠民 ， 地图\n惠民 ， 地图", {"惠民", "地图"}),
        ("惠民 进行 地图\n惠民 进行 地图", {"惠民", "地图"}),
        ("惠民 的 地图\n惠民 的 地图", {"惠民", "地图"}),
        # 地图 stands elsewhere too: it stays beside the phrase, 惠民 does not.
        ("惠民 地图\n惠民 地图\n地图 的\n地图 的\n地图 的", {"惠民地图", "地图"}),
        # Once is no phrase.
        ("惠民 地图\n惠民 的\n地图 的", {"惠民", "地图"}),
        # A commonplace word may be part of a phrase, and is no term alone.
        ("惠民 政策\n惠民 政策\n政策 的", {"惠民政策"}),
    ],
)
def test_phrases(text: str, found: set[str]) -> None:
    words = _words(text + "\n进行 的" * 30)
    keywords = find_keywords(words, reference=_reference(10_000))
    assert {k.term for k in keywords if k.count > 1} == found


def test_a_term_that_is_cut_in_two_ways_is_one() -> None:
    words = _words("惠民 地图\n惠民 地图\n惠民地图\n惠民地图\n惠民地图" + "\n进行 的" * 30)
    assert [(k.term, k.count) for k in find_keywords(words, n=1, reference=_reference(10_000))] == [("惠民地图", 5)]


def test_neighbours_by_chance_are_no_phrase() -> None:
    # 20 and 20 of 200 words stand together twice, as chance has it: NPMI 0.
    words = _words("专栏 公报\n专栏 公报\n" + "专栏 的\n公报 的\n" * 18) + ["进行", "的"] * 160
    assert {k.term for k in find_keywords(words, reference=_reference(10_000))} == {"专栏", "公报"}
    # The reference knows better.
    known = find_keywords(words, reference=_reference(10_000, ("专栏公报",), 专栏公报=3))
    assert {k.term: k.count for k in known} == {"专栏": 20, "公报": 20, "专栏公报": 2}


# -- TF-IDF


def test_scores_are_tf_times_idf() -> None:
    words = ["公报", "公报", "专栏", "的", "12", "政府"]
    stop = Stopwords(frozenset({"政府"}))
    weights = _weights({"公报": 3.0, "专栏": 9.0}, 1.0)
    found = find_keywords(words, method="tfidf", stopwords=stop, weights=weights)
    # 公报: 2/6 * 3 = 1; 专栏: 1/6 * 9 = 1.5. The single character, the figure and the stop word are out.
    assert [(k.term, round(k.score, 6), k.count) for k in found] == [("专栏", 1.5, 1), ("公报", 1.0, 2)]
    assert found[0].log_likelihood is found[0].reference_count is None


def test_unknown_words_have_the_median() -> None:
    found = find_keywords(["云澜"], method="tfidf", weights=_weights({"公报": 3.0}, 7.5))
    assert found[0].score == 7.5


def test_shipped_weights_are_jiebas() -> None:
    """劳动防护 has 13.900677652 in jieba's idf.txt; a word that is not there has the median of all."""
    values = load_weights().of(["劳动防护", "云澜云澜云澜"])
    assert values[0] == pytest.approx(13.900677652, rel=1e-6)
    assert values[1] == load_weights().median
    assert load_weights().know("劳动防护")
    assert not load_weights().know("云澜云澜云澜")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6), max_size=20))
def test_hash_depends_on_the_word_alone(words: list[str]) -> None:
    hashes = hash_words(words)
    assert hashes.tolist() == [hash_words([word])[0] for word in words]
    weights = Weights(np.sort(hashes), np.zeros(len(words), dtype=np.float32), 0.0)
    assert all(map(weights.know, words))


# -- every method


@pytest.mark.parametrize("method", METHODS)
def test_nothing_to_find(method: str) -> None:
    assert find_keywords([], method=method) == []
    assert find_keywords(["的", "12", "a", "12"], method=method) == []
    assert find_keywords(["公报", "的"] * 9, n=0, method=method) == []
    with pytest.raises(zg.OptionError, match="no method 'chi2'"):
        find_keywords(["公报"], method="chi2")


@pytest.mark.parametrize("method", METHODS)
def test_ties_stand_in_code_point_order(method: str) -> None:
    words = _words("专栏 的 公报 的\n" * 9)
    weights = _weights({"劳动": 1.0}, 2.0)
    found = find_keywords(words, method=method, reference=_reference(100), weights=weights)
    assert [k.term for k in found] == ["专栏", "公报"]
    assert found[0].score == found[1].score


@given(st.lists(st.sampled_from(["专栏", "公报", "惠民", "地图", "政策", "进行", "的", "。", "12"]), max_size=60))
def test_counts_are_those_of_the_words(words: list[str]) -> None:
    for method in METHODS:
        for keyword in find_keywords(words, method=method, reference=_reference(500, 专栏=9)):
            size = len(keyword.term) // 2  # every word here has two characters
            runs = ("".join(words[at : at + size]) for at in range(len(words)))
            assert keyword.count == sum(run == keyword.term for run in runs) > 0
            assert keyword.score > 0


# -- reports


def test_what_stands_in_tables_does_not_count() -> None:
    report = zg.analyze_text("一、概述\n开设公报专栏。\n二、附表\n结转情况\t数量\n专机构数\t3\n专机构数\t4\n")
    assert {keyword.term for keyword in report.keywords()} == {"公报", "专栏"}


def test_names_of_places_and_of_the_agency_are_left_out_unless_wanted() -> None:
    text = "青石县人民政府2023年政府信息公开工作年度报告\n一、概述\n青石县开设公报。青石县借鉴朝阳区公报。\n"
    report = zg.analyze_text(text)
    assert report.meta.region == "青石县"
    # The segmenter has no 青石县: the name comes apart.
    named = {"朝阳区", "青石"}
    assert named & {k.term for k in report.keywords()} == set()
    assert named & {k.term for k in report.keywords(names=True)} == named


@pytest.mark.parametrize("method", METHODS)
def test_keywords_of_reports_read_sensibly(method: str) -> None:
    for path in REPORTS.glob("*.txt"):
        report = zg.analyze(path)
        keywords = report.keywords(method=method)
        assert len(keywords) == 20 or (method == "log_ratio" and len(keywords) > 5)
        assert [k.score for k in keywords] == sorted((k.score for k in keywords), reverse=True)
        _check_terms({k.term for k in keywords})
        for keyword in keywords:
            assert len(report.kwic(keyword.term)) >= keyword.count


def test_no_commonplace_is_a_keyword(shared: Path) -> None:
    for path in [*shared.glob("*.txt"), *shared.glob("*.pdf")]:
        terms = {keyword.term for keyword in zg.analyze(path).keywords()}
        assert len(terms) == 20
        _check_terms(terms)


def _check_terms(terms: set[str]) -> None:
    stop = load_stopwords()
    assert not terms & (stop.function | stop.commonplace)
    assert not terms & {"依申", "我市", "进行", "以及", "我区", "工作"}
    assert not any(term.endswith(("月", "年度", "万元")) or term.startswith(("各", "我", "该")) for term in terms)


# -- references


def test_a_reference_of_reports() -> None:
    reports = [zg.analyze_text(text) for text in ("公报专栏12个，公报专栏。", "公报。", "开放日。")]
    reference = make_reference(reports)
    # Words and figures of two characters: 公报 3, 专栏 2, 12, 开放日; 公报专栏 stands together twice.
    assert reference.total == 7
    assert reference.counts == {"公报": 3, "专栏": 2, "开放日": 1, "公报专栏": 2}
    assert reference.documents == {"公报": 2, "专栏": 1, "开放日": 1, "公报专栏": 1}
    assert reference.size == 3
    assert make_reference(reports).sha256 == reference.sha256 != make_reference(reports[1:]).sha256
    found = zg.analyze_text("开放日。开放日，公报。").keywords(reference=reference)
    # 2 of 3 against 1 of 7; 公报 1 of 3 is rarer than 3 of 7.
    assert [(k.term, k.log_ratio) for k in found] == [("开放日", pytest.approx(math.log2(14 / 3)))]


def test_no_phrase_reaches_from_one_document_into_the_next() -> None:
    reference = count_reference([["惠民"], ["地图", "惠民"], ["地图"]])
    assert set(reference.counts) == {"惠民", "地图"}


def test_the_shipped_reference_is_that_of_the_corpus() -> None:
    """When the corpus has changed: python scripts/build_reference.py"""
    reference = load_reference()
    assert reference.sha256 == sha256(ROOT / "corpus" / "sentences.tsv", *sorted(REPORTS.glob("*.txt")))
    assert list(reference.counts) == sorted(reference.counts)
    assert reference.phrases <= reference.counts.keys()
    assert all(0 < reference.documents[term] <= min(n, reference.size) for term, n in reference.counts.items())


def test_references_are_kept_in_files(tmp_path: Path) -> None:
    reference = count_reference([_words("惠民 地图\n绘制 惠民 地图"), _words("公报")], name="ours")
    write_reference(reference, tmp_path / "ours.tsv")
    loaded = load_reference(tmp_path / "ours.tsv")
    assert loaded == reference
    assert (loaded.counts, loaded.documents) == (reference.counts, reference.documents)


@pytest.mark.parametrize(
    ("table", "card", "message"),
    [
        ("term\tcount\n", None, "line 1: has the columns"),
        ("term\tcount\tdocuments\tphrase\n公报\tx\t1\t\n", None, "line 2: has a bad or repeated row"),
        ("term\tcount\tdocuments\tphrase\n公报\t1\t1\t\n公报\t1\t1\t\n", None, "line 3: has a bad or repeated row"),
        ("term\tcount\tdocuments\tphrase\n公报\t1\n", None, "line 2: has 2 cells where 4 are expected"),
        ("term\tcount\tdocuments\tphrase\n", "name = 1\n", "is no card of a reference"),
        ("term\tcount\tdocuments\tphrase\n", "=\n", "is no card of a reference"),
    ],
)
def test_faults_of_references(tmp_path: Path, table: str, card: str | None, message: str) -> None:
    write_reference(count_reference([["公报"]]), tmp_path / "bad.tsv")
    (tmp_path / "bad.tsv").write_text(table, encoding="utf-8")
    if card is not None:
        (tmp_path / "bad.toml").write_text(card, encoding="utf-8")
    with pytest.raises(zg.DataError, match=message):
        load_reference(tmp_path / "bad.tsv")
    with pytest.raises(zg.DataError, match="cannot be read"):
        load_reference(tmp_path / "none.tsv")


# -- stop words


def test_stop_words_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("# ours\n公报 云澜*\n[commonplace]\n专栏\n", encoding="utf-8")
    own = load_stopwords(path)
    assert (own.function, own.commonplace, own.patterns) == ({"公报"}, {"专栏"}, ("云澜*",))
    assert [own.is_function(word) for word in ("公报", "云澜", "云澜通办网站", "云澜通办网站群", "专栏")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    both = load_stopwords() | own
    words = _words("公报 的 专栏 的 复议 的 进行 的 云澜 的 政策 的\n" * 2)
    assert [k.term for k in find_keywords(words, stopwords=both)] == ["复议"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("公报\n公报", "line 2: has a bad or repeated word '公报'"),
        ("公报 12", "line 1: has a bad or repeated word '12'"),
        ("*", "line 1: has a bad or repeated word '\\*'"),
        ("公**报", "line 1: has a bad or repeated word"),
        ("[commonplace]\n公*", "line 2: has a bad or repeated word '公\\*'"),
        ("# x\n[verbs]", "line 2: has the class \\[verbs\\]"),
    ],
)
def test_faults_of_stop_words(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.txt").write_text(text, encoding="utf-8")
    with pytest.raises(zg.DataError, match=message):
        load_stopwords(tmp_path / "bad.txt")
