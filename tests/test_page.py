"""The page of a report: its text is the text as read, all that is found has its place, and nothing in it acts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import REPORTS, SHARED, cases, sample_files, sample_texts
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode
from test_cli import run

import zhgovtext as zg
from zhgovtext.codebook import Category, Codebook
from zhgovtext.labels import load_colours, load_labels, make_tags
from zhgovtext.markup import source_hash
from zhgovtext.page import record_page, report_page
from zhgovtext.reasons import find_reasons
from zhgovtext.report import Report
from zhgovtext.resources import data_path
from zhgovtext.weaving import Span, Weaver

TEXTS = sample_texts()
FILES = sample_files()
MEGABYTE = 1 << 20
REPORT = REPORTS / "yunlan-2017.txt"


def parse(page: str) -> LexborHTMLParser:
    return LexborHTMLParser(page)


def one(tree: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    found = tree.css(selector)
    assert len(found) == 1, selector
    return found[0]


def content(node: LexborNode) -> str:
    return node.text(deep=True, separator="", strip=False)


def pieces(tree: LexborHTMLParser, id_: str) -> str:
    """What stands in an element and in those that go on with it."""
    return "".join(content(node) for node in tree.css(f'[id="{id_}"], [data-of="{id_}"]'))


def all_pieces(tree: LexborHTMLParser) -> dict[str, str]:
    """The same for all elements of the text, by id."""
    found: dict[str, str] = {}
    for node in one(tree, "#text").css("[id], [data-of]"):
        id_ = node.attributes.get("id") or node.attributes["data-of"] or ""
        found[id_] = found.get(id_, "") + content(node)
    return found


def as_html(text: str) -> str:
    """A text as HTML can hold it."""
    return text.replace("\0", "\ufffd")


@pytest.fixture(scope="module", params=[*TEXTS, *FILES], ids=[*TEXTS, *FILES])
def report(request: pytest.FixtureRequest) -> Report:
    if request.param in FILES:
        return zg.analyze(FILES[request.param])
    return zg.analyze_text(TEXTS[request.param], name=request.param)


@pytest.fixture(scope="module")
def ordinary() -> Report:
    return zg.analyze(REPORT)


def test_the_text_is_the_text_as_read(report: Report) -> None:
    text = report.document.text
    page = report.to_html()
    tree = parse(page)
    assert content(one(tree, "#text")) == as_html(text)
    found = all_pieces(tree)
    for at, fact in enumerate(report.facts):
        assert found[f"f{at}"] == as_html(fact.quote)
    for sentence in report.sentences:
        assert found[f"s{sentence.id}"] == as_html(sentence.text)
    for side, letter in ((report.balance.interpretation, "i"), (report.balance.news, "n")):
        for at, (start, end) in enumerate(side.spans):
            assert found[f"t{letter}{at}"] == as_html(text[start:end])
    for section in report.sections:
        assert "".join(section.number.split()) in "".join(found[f"h{section.id}"].split())
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    targets = {href for node in tree.css("a[href]") if (href := node.attributes["href"])}
    assert targets <= {f"#{id_}" for id_ in ids}
    assert len(page.encode()) < MEGABYTE


def test_nothing_comes_from_elsewhere(ordinary: Report) -> None:
    page = ordinary.to_html()
    tree = parse(page)
    policy = one(tree, "meta[http-equiv]").attributes["content"] or ""
    style, script = (content(one(tree, name)) for name in ("style", "script:not([type])"))
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src '{source_hash(style)}'" in policy
    assert f"script-src '{source_hash(script)}'" in policy
    assert "unsafe" not in policy
    assert not tree.css("[src], [style], iframe, object, form, img")
    assert [node.attributes["href"] for node in tree.css("link")] == ["data:,"]
    assert not [name for node in tree.css("*") for name in node.attributes if name.startswith("on")]
    assert not re.search("url\\(|@import|https?:", style)


def test_the_same_report_makes_the_same_bytes(ordinary: Report) -> None:
    again = zg.analyze(REPORT).to_html()
    assert again == ordinary.to_html()
    assert again != ordinary.to_html(language="en")
    assert "\r" not in again


@pytest.mark.parametrize("case", cases("page"))
def test_text_acts_on_nothing(case: dict[str, Any]) -> None:
    text = "云澜市政府信息公开工作年度报告\n一、概述\n" + case["text"]
    page = zg.analyze_text(text, name=case["text"]).to_html()
    page.encode("utf-8")
    tree = parse(page)
    shown = as_html(text).replace("\ud800", "\ufffd")
    assert content(one(tree, "#text")) == shown
    assert [node.attributes["data-u"] for node in tree.css("#text .u")] == case["named"]
    assert len(tree.css("script")) == 2
    assert len(tree.css("style")) == 1
    assert not tree.css("img, b:empty")
    data = content(one(tree, "#data"))
    assert not re.search("[<>&\u2028\u2029]", data)
    assert json.loads(data)["sentences"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00]", one(tree, "head > title").text())


def test_what_a_record_holds_is_text_too(ordinary: Report) -> None:
    """Every string of a record that a stranger could have written."""
    bad = "<script>window.ran=1</script>"
    record = json.loads(json.dumps(ordinary.to_dict(text=True)))
    for key in ("title", "agency", "region", "doc_number", "published"):
        record["meta"][key] = bad
    record["source"]["name"] = record["provenance"]["model"]["name"] = bad
    record["notes"].append({"code": "new", "message": bad, "start": None, "end": None})
    record["facts"][0] |= {"subject": bad, "unit": bad, "period": bad, "dimensions": {"row": bad}, "indicator": bad}
    record["keywords"][0]["term"] = bad
    record["checks"][0]["message"] = bad
    record["tables"].append({"start": 0, "end": 0, "caption": bad, "rows": []})
    tree = parse(record_page(record, ordinary.codebook, contexts={bad: zg.kwic(bad, "script")}))
    assert len(tree.css("script")) == 2
    assert content(one(tree, "h1")) == bad
    assert content(one(tree, "#notes li")) == bad


def test_a_table_keeps_its_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "table.html"
    path.write_text(
        "<html><body><p>云澜市水利局2021年政府信息公开工作年度报告</p><p>主动公开情况如下，详见附表。</p><table>"
        "<tr><td rowspan=2>项目</td><td colspan=2>数量</td></tr><tr><td>本年</td><td></td></tr>"
        "<tr><td>规章</td><td>3</td><td>4</td></tr></table></body></html>",
        encoding="utf-8",
    )
    tree = parse(zg.analyze(path).to_html())
    found = [
        [
            (content(cell).strip(), cell.attributes.get("rowspan"), cell.attributes.get("colspan"))
            for cell in row.css("td")
        ]
        for row in tree.css("#text tr")
    ]
    assert found == [
        [("项目", "2", None), ("数量", None, "2")],
        [("本年", None, None), ("", None, None)],
        [("规章", None, None), ("3", None, None), ("4", None, None)],
    ]


def test_rows_of_markdown_show_no_bars() -> None:
    text = "云澜市2021年年报\n\n|项目|数量|\n|---|---|\n|规章|3|\n\n全年公开3条。"
    tree = parse(zg.analyze_text(text).to_html())
    assert content(one(tree, "#text")) == text
    for cell in tree.css("#text td"):
        for hidden in cell.css(".g"):
            hidden.decompose()
        assert "|" not in content(cell)
    assert [content(cell) for cell in tree.css("#text td")] == ["项目", "数量", "规章", "3"]


def test_a_heading_ends_where_its_title_does() -> None:
    """A form glued to a heading is no part of it."""
    text = (
        "云澜市水利局2020年政府信息公开工作年度报告\n一、总体情况全年公开信息3条。二、主动公开政府信息情况 "
        "第二十条第（一）项信息内容本年新制作数量本年新公开数量对外公开总数量规章000规范性文件000。"
        "三、收到和处理政府信息公开申请情况收到申请2件。"
    )
    report = zg.analyze_text(text)
    tree = parse(report.to_html())
    shown = [pieces(tree, f"h{section.id}") for section in report.sections]
    assert shown == ["一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况"]


def test_headings_with_a_line_of_their_own_are_blocks() -> None:
    text = "一、概 述\n全年平稳。\n（一）主动公开方面。\n公开3条。\n二、依申請公開\n收到2件。"
    report = zg.analyze_text(text)
    tree = parse(report.to_html())
    assert [(node.tag, content(node).strip()) for node in tree.css("#text :is(h3, h4, h5, h6)")] == [
        ("h3", "一、概 述"),
        ("h4", "（一）主动公开方面。"),
        ("h3", "二、依申請公開"),
    ]


def test_what_is_no_grid_stays_text(ordinary: Report) -> None:
    """Cells out of order, a table within a table, one that is empty: a record may come from elsewhere."""
    record = ordinary.to_dict(text=True)
    cell = {"rowspan": 1, "colspan": 1}
    wrong = [{**cell, "text": "", "start": 9, "end": 12}, {**cell, "text": "", "start": 3, "end": 5}]
    tables = [
        {"start": 0, "end": 0, "caption": None, "rows": []},
        {"start": 3, "end": 12, "caption": None, "rows": [wrong]},
        *record["tables"],
        {**record["tables"][0], "start": record["tables"][0]["start"] + 1},
    ]
    tree = parse(record_page({**record, "tables": tables}, ordinary.codebook))
    assert content(one(tree, "#text")) == record["text"]
    assert {"t0", "t1", "t2", "t3"} <= set(all_pieces(tree))
    assert pieces(tree, "t1") == record["text"][3:12]


def test_checks_stand_with_the_mismatches_first() -> None:
    # 9 + 14 is not 21, and nothing says when the report was published.
    text = (
        "青石县水利局2022年政府信息公开工作年度报告\n一、概述\n统计期限为2022年1月1日至2022年12月31日。\n"
        "我局收到政府信息公开申请21件，其中当面申请9件，网络申请14件。"
    )
    tree = parse(zg.analyze_text(text).to_html())
    statuses = [node.attributes["class"] for node in tree.css(".checks li")]
    assert statuses == sorted(statuses, key=lambda status: ["mismatch", "unknown", "ok"].index(status or ""))
    assert statuses[0] == "mismatch"
    first = tree.css(".checks li")[0]
    assert [content(link) for link in first.css("a")] == ["21件", "9件", "14件"]
    assert [pieces(tree, (link.attributes["href"] or "")[1:]) for link in first.css("a")] == ["21件", "9件", "14件"]
    assert not tree.css("details .mismatch, details .unknown")
    assert tree.css("details .ok")


def test_a_report_with_nothing_found_says_so() -> None:
    tree = parse(zg.analyze_text("附表").to_html())
    assert content(one(tree, "#text")) == "附表"
    for section in ("overview", "balance", "keywords", "facts", "tables"):
        assert tree.css(f"#{section} .nothing"), section


def test_abstention_shows() -> None:
    report = zg.analyze(REPORT, min_probability=1.0)
    tree = parse(report.to_html())
    assert not tree.css("#text .s:not(.none)")
    assert len(tree.css("#text .s.none[id]")) == len(report.sentences)
    assert content(one(tree, "#text")) == report.document.text


def test_long_lines_are_laid_out_in_parts() -> None:
    text = "全年公开信息3条。" * 3000
    tree = parse(zg.analyze_text(text).to_html())
    assert content(one(tree, "#text")) == text
    parts = [content(node) for node in tree.css("#text p")]
    assert max(map(len, parts)) <= 6000
    assert all(part.endswith("。") for part in parts)


def test_long_reports_say_what_is_left_out() -> None:
    text = "\n".join(f"全年公开第{at}批信息{at}条，其中规章{at}件。" for at in range(4000))
    page = zg.analyze_text(text).to_html()
    tree = parse(page)
    shown = len([row for row in json.loads(content(one(tree, "#data")))["sentences"] if len(row) == 3])
    assert 0 < shown < 4000
    assert f"共 4000 句，给出 {shown} 句" in content(one(tree, "#reading"))
    assert len(tree.css("#facts tbody tr")) == 1000
    assert "1000" in content(tree.css("#facts .note")[0])
    assert len(tree.css(".strip rect")) <= 600
    assert "long" in (one(tree, "#text").attributes["class"] or "").split()


# What decided ---------------------------------------------------------------------------------------------------------


def test_reasons_are_those_of_explain() -> None:
    text = (
        "一、概述\n全年平稳有序。\n（一）决策公开\n重大行政决策草案在网上公开征求意见。听证会邀请居民代表参加。\n"
        "二、依申请公开\n收到申请12件。"
    )
    report = zg.analyze_text(text)
    found = find_reasons(report)
    assert set(found) == set(range(len(report.sentences)))
    for sentence in report.sentences:
        beside = [s.text for s in report.sentences if s.section == sentence.section]
        at = beside.index(sentence.text)
        path = report.layout.path(sentence.section if sentence.section is not None else -1)
        told = zg.explain(
            sentence.text,
            headings=path,
            before=beside[at - 1] if at else "",
            after=beside[at + 1] if at + 1 < len(beside) else "",
        )
        for terms, expected in (
            ([term for term in found[sentence.id] if term.weight > 0], told.terms_for),
            ([term for term in found[sentence.id] if term.weight < 0], told.terms_against),
        ):
            strong = [term for term in expected if abs(term.weight) >= 0.05][:4]
            assert [(term.text, term.part) for term in terms] == [(term.text, term.part) for term in strong]
            assert [term.weight for term in terms] == pytest.approx([term.weight for term in strong])


def test_without_context_only_words_decide() -> None:
    report = zg.analyze(REPORT, context=False)
    found = find_reasons(report)
    assert {term.part for terms in found.values() for term in terms} == {"text"}
    sentence = report.sentences[8]
    told = zg.explain(sentence.text)
    strong = [term for term in told.terms_for if term.weight >= 0.05][:4]
    assert [term.text for term in found[8] if term.weight > 0] == [term.text for term in strong]


def test_reasons_stop_at_the_budget(ordinary: Report) -> None:
    every = find_reasons(ordinary)
    assert list(every) == list(range(len(ordinary.sentences)))
    some = find_reasons(ordinary, max_chars=100_000)
    assert 0 < len(some) < len(every)
    assert list(some) == sorted(some)
    assert some == {at: terms for at, terms in every.items() if at in some}
    assert find_reasons(ordinary, max_chars=0) == {}


def test_a_sentence_that_never_ends_is_not_explained() -> None:
    report = zg.analyze_text("一、概述\n全年平稳。\n" + "公开信息，加强解读" * 3_000 + "\n收到申请3件。")
    assert [sentence.id for sentence in report.sentences] == [0, 1, 2]
    assert set(find_reasons(report)) == {0, 2}
    tree = parse(report.to_html())
    assert content(one(tree, "#text")) == report.document.text
    assert "共 3 句，给出 2 句" in content(one(tree, "#reading"))


# Weaving --------------------------------------------------------------------------------------------------------------


@st.composite
def woven(draw: st.DrawFn) -> tuple[str, list[Span], list[int]]:
    text = draw(st.text(alphabet="公开<&>\n\0\u202e𠀀", max_size=20))
    place = st.integers(0, len(text))
    spans = []
    for at in range(draw(st.integers(0, 6))):
        start, end = sorted((draw(place), draw(place)))
        spans.append(Span(start, end, draw(st.integers(0, 3)), f"x{at}", 'class="y"'))
    return text, spans, sorted({0, len(text), *draw(st.lists(place, max_size=3))})


@given(woven())
@settings(max_examples=300, deadline=None)
def test_spans_that_cross_are_cut_and_lose_nothing(given_: tuple[str, list[Span], list[int]]) -> None:
    text, spans, cuts = given_
    weaver = Weaver(text, spans)
    parts = [weaver.piece(start, end) for start, end in pairwise(cuts)] if text else [weaver.piece(0, 0)]
    for part in parts:
        assert part.count("<span") == part.count("</span>")
    tree = parse("<div id=all>" + "".join(f"<div>{part}</div>" for part in [*parts, weaver.rest()]) + "</div>")
    assert content(one(tree, "#all")) == as_html(text)
    for span in spans:
        assert len(tree.css(f'[id="{span.id}"]')) == 1
        # A span whose pieces lie in each other would be read twice.
        assert not tree.css(f'[id="{span.id}"] [data-of="{span.id}"], [data-of="{span.id}"] [data-of="{span.id}"]')
        assert pieces(tree, span.id) == as_html(text[span.start : span.end])


def test_what_is_of_higher_rank_lies_inside() -> None:
    # A figure that begins before the sentence ends and goes on after it.
    weaver = Weaver("abcdef", [Span(2, 5, 3, "f", ""), Span(0, 4, 1, "s", "")])
    assert weaver.piece(0, 6) == ('<span id="s" >ab<span id="f" >cd</span></span><span data-of="f" >e</span>f')


# What the page says ---------------------------------------------------------------------------------------------------


def _enums(node: Any) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, dict):
            if "enum" in value:
                yield from ((name, choice) for choice in value["enum"] if choice)
            yield from _enums(value)


def test_every_word_of_the_schema_has_a_label() -> None:
    schema = json.loads(data_path("schema", "report.schema.json").read_text(encoding="utf-8"))["properties"]
    labels = load_labels()
    groups = {
        "level": "level", "agency_type": "kind", "regime": "regime", "form": "form", "script": "script",
        "scope": "scope", "state": "state", "source": "source", "status": "status", "severity": "severity",
    }  # fmt: skip
    seen = set()
    for name, choice in _enums({"meta": schema["meta"], "facts": schema["facts"], "checks": schema["checks"]}):
        if name in groups:
            seen.add(name)
            assert f"{groups[name]}.{choice}" in labels
    assert seen == set(groups)


def test_every_label_is_used() -> None:
    used = "".join(
        path.read_text(encoding="utf-8") for pattern in ("*.html", "*.js") for path in data_path("page").glob(pattern)
    )
    package = Path(zg.__file__).parent
    modules = ("page.py", "site.py", "weaving.py", "cli/paging.py")
    python = "".join((package / name).read_text(encoding="utf-8") for name in modules)
    built = {
        "level", "kind", "regime", "form", "script", "scope", "state", "source", "status", "severity", "part", "item",
        "note", "applicant", "balance", "fact", "mark", "column", "go", "lost", "made",
    }  # fmt: skip
    for key in load_labels():
        if key.split(".")[0] not in built or "." not in key:
            assert re.search(f"[\"']{re.escape(key)}[\"']", used + python), key


def test_both_languages_are_there(ordinary: Report) -> None:
    for language, lang in (("zh", "zh-Hans"), ("en", "en")):
        tree = parse(ordinary.to_html(language=language))
        assert one(tree, "html").attributes["lang"] == lang
        assert one(tree, "html").attributes["data-lang"] == language
        assert one(tree, "#text").attributes["lang"] == "zh-Hans"
        assert [content(node) for node in one(tree, "#checks > h2").css("span")] == ["核对", "Checks"]
        shown = {node.attributes["lang"] for node in tree.css(".zh[lang]")}
        # The button names the other language.
        assert shown == {"zh", "en"}
        assert len(tree.css('.zh[lang="en"]')) == 1
    with pytest.raises(zg.OptionError, match="choose zh or en"):
        report_page(ordinary, language="fr")


def test_traditional_text_is_said_to_be() -> None:
    tree = parse(zg.analyze_text("一、概述\n全年主動公開政府資訊1.2萬條，收到申請12件；辦結11件。").to_html())
    assert (one(tree, "#text").attributes["lang"] or "").startswith("zh-Hant")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("a\t甲\tA\na\t乙\tB", "line 3: has the key 'a' twice"),
        ("a\t甲\t", "line 2: has an empty cell"),
        ("a\t甲{n}\tA", "line 2: fills in different names"),
    ],
)
def test_wrong_labels_are_named(tmp_path: Path, rows: str, problem: str) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text("key\tzh\ten\n" + rows, encoding="utf-8")
    with pytest.raises(zg.DataError, match=re.escape(problem)):
        load_labels(path)


def test_wrong_colours_are_named(tmp_path: Path) -> None:
    path = tmp_path / "colours.tsv"
    path.write_text("colour\n1f5fa8\nred;}\n", encoding="utf-8")
    with pytest.raises(zg.DataError, match="line 3"):
        load_colours(path)


def _luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_white_signs_stand_out_on_colours() -> None:
    assert len(set(load_colours())) == len(zg.load_codebook().codes)
    for colour in load_colours():
        assert 1.05 / (_luminance(colour) + 0.05) >= 4.5


def _codebook(*labels: tuple[str, str]) -> Codebook:
    categories = tuple(Category(code, zh, code, "what it is") for code, zh in labels)
    return Codebook("own", "1", "sentence", categories, "0" * 64)


def test_signs_of_any_codebook_differ() -> None:
    tags = make_tags(
        _codebook(("growth", "公开增长"), ("growing", "公开增长中"), ("x", "公"), ("y", "公"), ("z", "公</style>"))
    )
    # 开, 增 and 长 are in two labels each, 公 in all five.
    assert [zh for zh, _ in tags][:4] == ["开", "中", "公", "4"]
    assert len({zh for zh, _ in tags}) == len({en for _, en in tags}) == 5


def test_labels_of_a_codebook_are_text(ordinary: Report) -> None:
    bad = "</style><script>window.ran=1</script>"
    codebook = _codebook(*((code, f"{bad}{at}") for at, code in enumerate(ordinary.codebook.codes)))
    tree = parse(record_page(ordinary.to_dict(text=True), codebook))
    assert len(tree.css("script")) == 2
    assert len(tree.css("style")) == 1
    assert f"{bad}0" in content(one(tree, ".legend"))


# Writing --------------------------------------------------------------------------------------------------------------


def test_a_page_is_written_whole(ordinary: Report, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    page = ordinary.to_html(path)
    assert path.read_bytes().decode("utf-8") == page
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(zg.DataError, match="cannot be written"):
        ordinary.to_html(tmp_path / "none" / "page.html")


def test_command_writes_the_page(ordinary: Report, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    code, out, err = run("report", REPORT, "-o", path, "--lang", "en")
    assert (code, err) == (0, "")
    assert out.startswith(f"{path} written (")
    page = path.read_text(encoding="utf-8")
    assert page == ordinary.to_html(language="en")
    assert run("report", REPORT, "-o", "-", "--lang", "en") == (0, page, "")


def test_command_reads_standard_input() -> None:
    code, out, err = run("report", "-", "-o", "-", "--lang", "zh", stdin=REPORT.read_bytes())
    assert (code, err) == (0, "")
    assert content(one(parse(out), "#text")) == REPORT.read_text(encoding="utf-8")


def test_command_takes_the_options_of_coding() -> None:
    code, out, _ = run("report", REPORT, "-o", "-", "--no-context", "--min-probability", "0.9")
    assert code == 0
    assert out == zg.analyze(REPORT, context=False, min_probability=0.9).to_html(language="en")


def test_command_wants_a_report(tmp_path: Path) -> None:
    assert run("report", tmp_path / "none.txt", "-o", tmp_path / "page.html")[0] == 1
    assert run("report", REPORT)[0] == 2
    own = tmp_path / "report.html"
    own.write_text("<p>全年公开3条。</p>", encoding="utf-8")
    assert run("report", own, "-o", own)[0] == 2
    assert own.read_text(encoding="utf-8") == "<p>全年公开3条。</p>"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_command_tells_of_a_damaged_store(tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    store.write_bytes(b"\x00" * 8 + b"DUCK" + b"\x00" * 100)
    code, out, err = run("report", store, "-o", tmp_path / "site")
    assert (code, out) == (1, "")
    assert err.startswith(f"zhgovtext: {store}: ")
    assert [path.name for path in tmp_path.iterdir()] == ["store.duckdb"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reports are not here")
def test_pages_of_real_reports_are_small(shared: Path) -> None:
    sizes = {
        path.name: len(zg.analyze(path).to_html().encode())
        for path in shared.iterdir()
        if path.suffix in (".txt", ".html", ".pdf")
    }
    assert max(sizes.values()) < MEGABYTE
