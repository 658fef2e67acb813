"""Dictionary analysis: layouts of files, and what is counted where."""

from __future__ import annotations

import doctest
import importlib
import time
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.dictionary import Dictionary, count_dictionary, load_dictionary


def _load(tmp_path: Path, text: str, encoding: str = "utf-8") -> Dictionary:
    path = tmp_path / "words.csv"
    path.write_bytes(text.encode(encoding))
    return load_dictionary(path)


def _found(text: str, **categories: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    """Category → term → what stands at its places."""
    counts = count_dictionary(text, Dictionary("test", categories))
    return {c.category: {t.term: [text[s:e] for s, e in t.spans] for t in c.terms} for c in counts}


LONG = "category,term\n成绩,荣获\n成绩,取得*成效\n不足,有待*\n"
WIDE = "成绩,不足\n荣获,有待*\n取得*成效,\n"
CATEGORIES = {"成绩": ("荣获", "取得*成效"), "不足": ("有待*",)}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (LONG, "utf-8"), (LONG, "utf-8-sig"), (LONG, "gbk"), (LONG, "utf-16"), (LONG.replace(",", "\t"), "utf-8"),
        (LONG.replace(",", ";"), "gbk"), (LONG.replace("\n", "\r\n"), "utf-8"), (LONG.replace("\n", "\r"), "utf-8"),
        ("# 说明，甲\n\n" + LONG.replace("category,term", "类别,词语") + "\n# 完\n", "utf-8"),
        ('"# 说明"\n,,\n' + LONG, "utf-8"), ("Category , Term\n成绩, 荣获\n成绩,取得＊成效\n不足,有待*", "utf-8"),
        (WIDE, "utf-8"), (WIDE, "gbk"), ("# 说明\n" + WIDE, "utf-8-sig"),
        ("成绩,不足\n荣获,有待*\n取得*成效\n", "utf-8"),
    ],
)  # fmt: skip
def test_layouts(tmp_path: Path, text: str, encoding: str) -> None:
    loaded = _load(tmp_path, text, encoding)
    found = {category: tuple(t.replace("＊", "*") for t in terms) for category, terms in loaded.categories.items()}
    assert found == CATEGORIES
    assert list(found) == list(CATEGORIES)
    assert loaded.name == "words"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("category,term\n成绩,荣获\n成绩,\n", "line 3: the term '' is empty"),
        ("category,term\n成绩,*\n", "line 2: the term '\\*' is a \\* alone"),
        ("# 注\n\n成绩\n＊\n", "line 4: the term '＊' is a \\* alone"),
        ("category,term\n成绩,荣获\n不足,荣获\n成绩,榮獲\n", "line 4: the term '榮獲' stands in 成绩 twice"),
        ("成绩,不足\n荣获,短板\n好评,短板\n", "line 3: the term '短板' stands in 不足 twice"),
        ("category,term\n,荣获\n", "line 2: has no category"),
        ("category,term\n成绩,荣获,好\n", "line 2: has 3 cells"),
        ("category,term,note\n成绩,荣获,好\n", "line 1: has the columns category, term, note"),
        ("term\n荣获\n", "line 1: has the columns term"),
        ("成绩\n荣获,短板\n", "line 2: has '短板' below no category"),
        ("成绩,不足\n荣获\n", "line 1: has no term for the category 不足"),
        ("成绩,成绩\n荣获,好评\n", "line 1: has the category 成绩 twice"),
        ("category,term\n", "line 1: has no term"),
        ("", "has the columns"),
        ("# 注\n", "has the columns"),
        ('category,term\n成绩,"荣获\n', "line 2: is no CSV"),
        ('category,term\n成绩,荣获\n成绩,"荣\n获"\n', "line 3: the term '荣\\\\n获' has a line break"),
        ("category,term\n成绩," + "好" * 65 + "\n", "line 2: the term '好+' is longer than 64"),
        ("category,term\n成绩,好**好\n", "line 2: .* two \\* side by side"),
    ],
)  # fmt: skip
def test_faults_name_their_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(zg.DataError, match=message) as caught:
        _load(tmp_path, text)
    assert "\n" not in str(caught.value)
    assert caught.value.path.endswith("words.csv")


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(zg.DataError, match="cannot be read"):
        load_dictionary(tmp_path / "none.csv")
    with pytest.raises(zg.DataError, match="cannot be read"):
        load_dictionary(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"\x00\x01" * 99)
    with pytest.raises(zg.InputError):
        load_dictionary(tmp_path / "binary.csv")


def test_a_dictionary_made_by_hand_is_held_to_the_same() -> None:
    with pytest.raises(zg.DataError, match="tone: the term '\\*' is a \\* alone"):
        Dictionary("tone", {"甲": ("*",)})
    with pytest.raises(zg.DataError, match="twice"):
        Dictionary("tone", {"甲": ("专栏", "專欄")})


def test_counts_and_rates() -> None:
    # 12 characters that are not white space: 全年专栏三个专栏好评多; 专栏 twice: 2 of 11 characters.
    text = "全年专栏 三个\n专栏　好评多"
    (count,) = count_dictionary(text, Dictionary("test", {"载体": ("专栏", "公报")}))
    assert (count.category, count.count, count.chars) == ("载体", 2, 11)
    assert count.per_thousand == pytest.approx(2000 / 11)
    assert [(t.term, t.count, t.spans) for t in count.terms] == [("专栏", 2, ((2, 4), (8, 10)))]


def test_a_category_without_a_hit_is_there_with_0() -> None:
    (count,) = count_dictionary("公开", Dictionary("test", {"载体": ("专栏",)}))
    assert (count.count, count.per_thousand, count.terms) == (0, 0.0, ())


def test_an_empty_text_has_no_rate() -> None:
    for text in ("", " \n"):
        (count,) = count_dictionary(text, Dictionary("test", {"载体": ("专栏",)}))
        assert (count.count, count.per_thousand, count.chars) == (0, None, 0)
    assert count_dictionary("公开", Dictionary("none", {})) == []


def test_within_a_longer_term_of_any_category() -> None:
    text = "访印度尼西亚与印度"
    assert _found(text, 国=("印度", "印度尼西亚")) == {"国": {"印度": ["印度"], "印度尼西亚": ["印度尼西亚"]}}
    assert _found(text, 国=("印度",), 远=("印度尼西亚",))["国"] == {"印度": ["印度"]}
    assert _found(text, 国=("印度",)) == {"国": {"印度": ["印度", "印度"]}}


def test_on_text_not_on_tokens() -> None:
    """A segmenter joins 政务公开; the text has 务公 all the same."""
    assert _found("推进政务公开", 甲=("务公",)) == {"甲": {"务公": ["务公"]}}


def test_terms_of_a_category_do_not_overlap_those_of_two_may() -> None:
    assert _found("公开条例", 甲=("公开", "开条例")) == {"甲": {"公开": ["公开"]}}
    assert _found("公开条例", 甲=("公开",), 乙=("开条例",)) == {"甲": {"公开": ["公开"]}, "乙": {"开条例": ["开条例"]}}
    assert _found("公开", 甲=("公开",), 乙=("公开",)) == {"甲": {"公开": ["公开"]}, "乙": {"公开": ["公开"]}}


def test_a_match_that_is_not_counted_keeps_nothing_from_being_counted() -> None:
    # 开条例 overlaps 公开, which took the place: 条例 stands in no term that was counted.
    assert _found("公开条例", 甲=("公开", "开条例"), 乙=("条例",))["乙"] == {"条例": ["条例"]}


def test_what_a_wildcard_takes_in_is_still_counted_elsewhere() -> None:
    found = _found("公开政府信息", 甲=("公开*",), 乙=("政府",))
    assert found == {"甲": {"公开*": ["公开政府信息"]}, "乙": {"政府": ["政府"]}}


def test_a_plain_term_goes_before_a_wildcard_of_its_length() -> None:
    assert _found("公开信息", 甲=("公*", "公开信息")) == {"甲": {"公开信息": ["公开信息"]}}


def test_any_script() -> None:
    assert _found("設立專欄", 甲=("专栏",)) == {"甲": {"专栏": ["專欄"]}}
    assert _found("设立专栏", 甲=("專欄",)) == {"甲": {"專欄": ["专栏"]}}
    mirror = "國務院：各入口網站公布規範性檔案，方便人民民眾。"
    assert _found(mirror, 甲=("门户网站",), 乙=("入口網站",)) == {
        "甲": {"门户网站": ["入口網站"]},
        "乙": {"入口網站": ["入口網站"]},
    }


def test_of_a_report() -> None:
    report = zg.analyze_text("一、不足\n公开工作仍有短板，更新有待加快。\n")
    tone = load_dictionary(ROOT / "examples" / "tone.csv")
    counts = {c.category: c for c in count_dictionary(report, tone)}
    text = report.document.text
    places = {t.term: [text[s:e] for s, e in t.spans] for t in counts["不足"].terms}
    assert places == {"不足": ["不足"], "短板": ["短板"], "有待*": ["有待加快"]}
    assert (counts["承诺"].count, counts["成绩"].count) == (0, 0)


def test_parts_of_a_long_text_join() -> None:
    """The text is searched in parts of 2^14 characters: a term over a seam, and one on each side, are found once."""
    size = 2**14
    text = "一" * (size - 1) + "专栏" + "一" * (size - 3) + "专栏专栏"
    (count,) = count_dictionary(text, Dictionary("test", {"甲": ("专栏",)}))
    assert count.terms[0].spans == ((size - 1, size + 1), (2 * size - 2, 2 * size), (2 * size, 2 * size + 2))


def test_large_and_hostile_dictionaries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    syllables = sorted({zg.normalize(chr(0x4E00 + at), profile="hant").text for at in range(400)})[:250]
    terms = [a + b for a in syllables for b in syllables][:50_000]
    dictionary = Dictionary(
        "large", {"甲": tuple(terms[:30_000]), "乙": tuple(f"{t[0]}*{t[1]}" for t in terms[30_000:])}
    )
    start = time.perf_counter()
    count_dictionary("一丁七政府信息公开" * 1000, dictionary)
    assert time.perf_counter() - start < 10
    nested = Dictionary("nested", {"甲": tuple("公" * size for size in range(1, 65))})
    assert count_dictionary("公" * 5000, nested)[0].count == 79  # 78 times 64 characters, and the 8 that are left
    monkeypatch.setattr("zhgovtext.dictionary._MAX_HITS", 10_000)
    with pytest.raises(zg.InputError, match="more than 10,000 places"):
        count_dictionary("公" * 5000, nested)


@given(
    st.text(alphabet="甲乙丙，", max_size=30),
    st.lists(st.text(alphabet="甲乙丙", min_size=1, max_size=3), min_size=1, max_size=6, unique=True),
)
def test_counts_are_those_of_a_plain_search(text: str, terms: list[str]) -> None:
    """Leftmost longest of one category, by the definition."""
    expected: dict[str, list[tuple[int, int]]] = {}
    matches = [(s, s + len(t), t) for t in terms for s in range(len(text)) if text.startswith(t, s)]
    reach = 0
    for start, end, term in sorted(matches, key=lambda match: (match[0], -match[1])):
        if start >= reach:
            expected.setdefault(term, []).append((start, end))
            reach = end
    (count,) = count_dictionary(text, Dictionary("test", {"甲": tuple(terms)}))
    assert {t.term: list(t.spans) for t in count.terms} == expected


def test_the_example(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("一、概述\n公开取得明显成效，更新有待加快。\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    example = importlib.import_module("count_tone")
    assert doctest.testmod(example).failed == 0
    example.main(str(path))
    # 20 characters that are not white space: once is 50 of a thousand.
    assert capsys.readouterr().out.splitlines() == [
        "承诺\t0\t0.00",
        "成绩\t1\t50.00",
        "\t取得*成效\t一、概述 公开【取得明显成效】，更新有待加快。 ",
        "不足\t1\t50.00",
        "\t有待*\t 公开取得明显成效，更新【有待加快】。 ",
    ]


def test_a_name_that_no_system_takes() -> None:
    with pytest.raises(zg.DataError, match="cannot be read: embedded null byte"):
        load_dictionary("a\0b.csv")
