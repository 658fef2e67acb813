"""Codebooks: the shipped ones, and what is wrong with a bad one, by line."""

from __future__ import annotations

from pathlib import Path

import pytest

import zhgovtext as zg
from zhgovtext.content import TYPES
from zhgovtext.resources import data_path

GOOD = 'name = "n"\nversion = "1"\nunit = "sentence"\n'
ONE = '[[category]]\ncode = "a"\nzh = "甲"\nen = "A"\ndefinition = "d"\n'
TWO = ONE.replace('"a"', '"b"')


def test_shipped_codebooks() -> None:
    book = zg.load_codebook()
    assert book.codes[:5] == ("decision", "execution", "management", "service", "result")
    assert book.codes[-1] == "other"
    assert len(book.codes) == 17
    assert book["news"].label("zh") == "政务动态"
    assert zg.load_codebook(data_path("codebook", "content.toml")).codes == TYPES
    assert all(len(category.examples) >= 3 and len(category.cues) >= 7 for category in book.categories)
    assert book.ties[2].startswith("interpretation beats")
    with pytest.raises(KeyError):
        book["nothing"]


def test_own_codebook(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + ONE + TWO, encoding="utf-8")
    assert zg.load_codebook(path).codes == ("a", "b")


def test_headers_may_have_comments(tmp_path: Path) -> None:
    """Every table counts, however its header is written."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + ONE.replace("]]", "]]  # first") + TWO.replace("[[", "  [[ "), encoding="utf-8")
    assert zg.load_codebook(path).codes == ("a", "b")


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (GOOD + ONE + ONE, "twice", "line 9"),
        (GOOD + ONE + TWO.replace('zh = "甲"\n', ""), "without zh", "line 9"),
        (GOOD + ONE + TWO.replace('"b"', '"B b"'), "has the code", "line 9"),
        (GOOD + ONE + TWO + 'colour = "red"\n', "unknown field", "line 9"),
        (GOOD + ONE + TWO + "cues = 3\n", "cues that is no list", "line 9"),
        (GOOD + ONE + TWO.replace('"d"', "4"), "definition that is no text", "line 9"),
        (GOOD + "ties = [1]\n" + ONE + TWO, "ties that is no list", ""),
        (GOOD + ONE, "fewer than two", ""),
        (ONE + TWO, "no name", ""),
        (GOOD + "[[category\n", "no TOML", ""),
        (GOOD + ONE.replace("]]", "]]  # first") + ONE, "twice", "line 9"),
        (GOOD + 'category = [{ code = "a" }, { code = "b" }]\n', "without zh", "category 1"),
        (GOOD + "category = [1, 2]\n", "no table", "category 1"),
    ],
)
def test_bad_codebooks(tmp_path: Path, text: str, message: str, place: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(zg.DataError, match=message) as caught:
        zg.load_codebook(path)
    assert caught.value.place == place
    assert caught.value.path == str(path)


def test_codebook_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(zg.DataError, match="cannot be read"):
        zg.load_codebook(tmp_path / "none.toml")


def test_model_and_codebook_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + ONE + TWO, encoding="utf-8")
    with pytest.raises(zg.DataError, match="other categories"):
        zg.analyze_text("公开。", codebook=zg.load_codebook(path))


def test_a_codebook_that_was_changed_is_read_again(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    shipped = data_path("codebook", "disclosure.toml").read_text(encoding="utf-8")
    own.write_text(shipped, encoding="utf-8")
    before = zg.load_codebook(own)
    own.write_text(shipped.replace("决策公开", "决定公开", 1), encoding="utf-8")
    assert zg.load_codebook(own).sha256 != before.sha256
    assert zg.load_codebook() is zg.load_codebook()
