"""Tokens: the two engines agree, terms stay whole, nothing is shared between segmenters."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT, sample_texts
from hypothesis import given, settings
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.segmentation import Segmenter, Term, load_lexicon, make_segmenter, split_terms

pytest.importorskip("rjieba", reason="no wheel of rjieba here: jieba does its work")


@pytest.fixture(scope="module")
def engines() -> tuple[Segmenter, Segmenter]:
    return make_segmenter(engine="rjieba"), make_segmenter(engine="jieba")


def test_engines_agree_on_samples(engines: tuple[Segmenter, Segmenter]) -> None:
    rust, python = engines
    for name, text in sample_texts().items():
        plain = zg.normalize(text).text
        assert rust.tokens(plain).words == python.tokens(plain).words, name


def test_engines_agree_on_the_corpus(engines: tuple[Segmenter, Segmenter]) -> None:
    rust, python = engines
    lines = (ROOT / "corpus" / "sentences.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines[1::10]:
        assert rust.tokens(line).words == python.tokens(line).words


# Han characters with frequencies of their own, beside rare ones and marks: the HMM's home ground.
_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("政府信息公开工作年度报告依申请主动在的了和一是市县办理条件结果决策执行服务"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FD5),
        st.sampled_from("，。 \n1２a\u3400\U00020000"),
    ),
    max_size=80,
)


@settings(max_examples=300)
@given(_TEXT)
def test_engines_agree_on_anything(engines: tuple[Segmenter, Segmenter], text: str) -> None:
    rust, python = engines
    words = rust.tokens(text).words
    assert words == python.tokens(text).words
    assert "".join(words) == text


def test_figures_and_addresses_stay_whole() -> None:
    text = "公开23,876条,占8.9%，见www.yunlan.gov.cn或a.b@c.cn"
    words = [token.word for token in zg.segment(text)]
    assert words == [
        "公开", "23,876", "条", ",", "占", "8.9%", "，", "见", "www.yunlan.gov.cn", "或", "a.b@c.cn",
    ]  # fmt: skip


def test_terms_stay_whole() -> None:
    words = [token.word for token in zg.segment("推进依申请公开，公布权责清单和双随机结果，做好政策解读。")]
    assert {"依申请公开", "权责清单", "双随机", "政策解读"} <= set(words)
    assert list(split_terms()) == []


def test_tokens_point_into_the_text_as_given() -> None:
    text = "　入口網站公布規範性檔案，國務院、人民民眾。"
    for token in zg.segment(text):
        assert text[token.start : token.end].strip()
        if token.word == "规范性文件":
            assert text[token.start : token.end] == "規範性檔案"
    assert "规范性文件" in {token.word for token in zg.segment(text)}


def test_user_terms_stay_in_their_segmenter() -> None:
    with_term = make_segmenter(user=[Term("公开月月谈", 5000, "nz")])
    assert [t.word for t in zg.segment("举办公开月月谈活动", segmenter=with_term)] == ["举办", "公开月月谈", "活动"]
    assert "公开月月谈" not in [t.word for t in zg.segment("举办公开月月谈活动")]
    assert with_term.sha256 != make_segmenter().sha256


def test_a_segmenter_reaches_a_worker_process() -> None:
    """Spawned workers share nothing: the terms go along, the engine is made anew."""
    segmenter = make_segmenter(user=[Term("公开月月谈", 5000, "nz")])
    text = "举办公开月月谈活动，收到申请3件。"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        report = pool.submit(zg.analyze_text, text, segmenter=segmenter).result()
    assert "公开月月谈" in report.tokens.words
    assert report.to_json() == zg.analyze_text(text, segmenter=segmenter).to_json()


def test_split_terms_are_reported() -> None:
    weak = make_segmenter(lexicon=[Term("的工作", 1, "n")])
    assert [(term.word, words) for term, words in split_terms(segmenter=weak)] == [("的工作", ["的", "工作"])]
    assert [words for _, words in split_terms("公开的工作结果", segmenter=weak)] == [["的", "工作"]]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("公开a\t5\tn", "line 2"),
        ("公开\t0\tn", "line 2"),
        ("公开\t多\tn", "line 2"),
        ("公开\t5", "line 2"),
        ("\t5\tn", "line 2"),
    ],
)
def test_bad_lexicon(tmp_path: Path, row: str, place: str) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(f"word\tfrequency\ttag\n{row}\n", encoding="utf-8")
    with pytest.raises(zg.DataError) as caught:
        load_lexicon(path)
    assert caught.value.place == place


def test_a_word_twice(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text("word\tfrequency\ttag\n公开\t5\tn\n公开\t6\tn\n", encoding="utf-8")
    with pytest.raises(zg.DataError, match="twice"):
        load_lexicon(path)


def test_unknown_engine() -> None:
    with pytest.raises(zg.OptionError, match="rjieba"):
        make_segmenter(engine="bert")


def test_no_cache_and_no_global_dictionary(tmp_path: Path) -> None:
    """jieba itself leaves a cache in the temporary folder and words in one global dictionary."""
    code = (
        "import zhgovtext.segmentation as s; s.make_segmenter(engine='jieba').tokens('政府信息公开');"
        "import jieba; assert not jieba.dt.initialized; assert jieba.dt.FREQ == {}"
    )
    environment = {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, env=environment)
    assert list(tmp_path.iterdir()) == []
