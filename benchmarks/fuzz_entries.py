"""What fuzzing calls: every public function, format, kind of file and command, with what must hold of each result.

An entry makes its input by chance, calls, and checks; it ends, raises the package's own error, or has found a fault.
"""

# Lists of tokens are easier to read in a few long lines.
# ruff: noqa: E501
# Public names are called as users call them; they are loaded when first used, which mypy does not follow.
# mypy: disable-error-code="attr-defined, name-defined"

from __future__ import annotations

import atexit
import contextlib
import hashlib
import io
import json
import math
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import fuzz_inputs as make
import numpy as np
from selectolax.lexbor import LexborHTMLParser

import zhgovtext as zg
from zhgovtext.cli import main
from zhgovtext.panel import load_frame
from zhgovtext.records import TABLES
from zhgovtext.script import PROFILES
from zhgovtext.sources import find_inputs
from zhgovtext.store import create_store, write_reports

ROOT = Path(__file__).parent.parent
# What the marks of `fuzz_inputs.MARKS` make of a page in which they were not escaped.
_UNESCAPED = "zqx, [zqx], [href^='javascript:'], [src^='javascript:']"
# Files of inputs are small: what takes more than this is refused, so that a hostile one costs little here as well.
LIMITS = zg.Limits(max_bytes=4_000_000, max_chars=1_000_000, max_cells=30_000, max_unpacked=8_000_000, max_seconds=8.0)
Rng = random.Random


@dataclass(frozen=True)
class Entry:
    """A way into the package: how often it is taken, in parts of all, and what it does in an empty folder."""

    share: float
    run: Callable[[Rng, Path], Any]


# What must hold ------------------------------------------------------------------------------------------------------


def check_document(document: zg.Document) -> None:
    """Offsets of a document that was read, and text that can be written."""
    text = document.text
    text.encode()
    end = 0
    for block in document.blocks:
        assert end <= block.start <= block.end <= len(text), block
        end = block.end
    for table in document.tables:
        assert 0 <= table.start <= table.end <= len(text), table
        for cell in (cell for row in table.rows for cell in row):
            assert table.start <= cell.start <= cell.end <= table.end, cell
            assert text[cell.start : cell.end] == cell.text, cell


def check_report(report: zg.Report) -> None:
    """All that offsets, order and sums of a report promise."""
    check_document(report.document)
    text = report.document.text
    _check_sentences(report, text)
    _check_sections(report, text)
    for fact in report.facts:
        assert text[fact.start : fact.end] == fact.quote, fact
        assert (fact.value is None) == (fact.state in ("blank", "slash", "dash", "unreadable")), fact
        assert all(value is None or math.isfinite(value) for value in (fact.value, fact.value_high)), fact
    assert [(f.start, f.end) for f in report.facts] == sorted((f.start, f.end) for f in report.facts)
    for check in report.checks:
        assert all(0 <= at < len(report.facts) for at in check.facts if isinstance(at, int)), check
        assert check.start is None or 0 <= check.start <= (check.end or 0) <= len(text), check
    for note in report.notes:
        assert note.start is None or 0 <= note.start <= (note.end or 0) <= len(text), note
    assert "".join(report.tokens.words) == report.normalized.text


def _check_sentences(report: zg.Report, text: str) -> None:
    end = 0
    for sentence in report.sentences:
        assert end <= sentence.start < sentence.end, sentence
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip(), sentence
        assert math.isclose(sum(sentence.scores.values()), 1, abs_tol=1e-6), sentence
        end = sentence.end
        if sentence.section is not None:
            section = report.sections[sentence.section]
            assert section.start <= sentence.start < sentence.end <= section.end, (section, sentence)


def _check_sections(report: zg.Report, text: str) -> None:
    last = None
    for section in report.sections:
        assert 0 <= section.start < section.end <= len(text), section
        assert section.title, section
        if section.parent is None:
            assert section.level == 1, section
        else:
            parent = report.sections[section.parent]
            assert parent.start <= section.start < section.end <= parent.end, (parent, section)
            assert (section.level, section.parent < section.id) == (parent.level + 1, True), (parent, section)
        if last:
            assert last.start < section.start, (last, section)
            assert last.end <= section.start or section.end <= last.end, (last, section)
        last = section


def check_whole(report: zg.Report) -> None:
    """What is made of a report: shares, balance, JSON, a page."""
    shares = report.category_shares()
    coded = sum(sentence.category is not None for sentence in report.sentences)
    assert sum(share.sentences for share in shares) == coded
    if coded:
        assert math.isclose(sum(share.share or 0 for share in shares), 1, abs_tol=1e-9)
    for start, end in (*report.balance.interpretation.spans, *report.balance.news.spans):
        assert 0 <= start < end <= len(report.document.text)
    record = json.loads(report.to_json(text=True).encode(), parse_constant=_refuse)
    assert record["text"] == report.document.text
    check_page(report.to_html())


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def check_page(page: str) -> None:
    """A page that can be written and holds no mark of an input as it was."""
    page.encode()
    found = LexborHTMLParser(page).css(_UNESCAPED)
    assert not found, f"not escaped: {found[0].html}"


# Texts ---------------------------------------------------------------------------------------------------------------


def _analyze_text(rng: Rng, folder: Path) -> None:
    given = make.text(rng)
    report = zg.analyze_text(given, context=rng.random() < 0.8, min_probability=rng.choice([0.0, 0.0, 0.0, 0.5, 1.0]))
    assert len(report.document.text) == len(given)
    check_report(report)
    if rng.random() < 0.06:
        check_whole(report)
    if rng.random() < 0.03:
        options = report.provenance()["options"]
        assert zg.analyze_text(given, **options).to_json() == report.to_json()


def _analyze_large(rng: Rng, folder: Path) -> None:
    unit = rng.choice(
        (
            "一、概述\n", "（一）申请3件。\n", "1.公开2条\n", "公开3条，", "条212", "(1)", "项目\t3\n", "甲\t" * 3000 + "\n", "\n", "。", "，",
            "《", "“", "1", "一", "3至", "万", "年", "件、", "其中：", "收到申请3件，", "|甲|3|\n", "同比增长", "百分之", "1,", "１．", " ", "\t",
            "附表\n", "青石县", "解读", make.sentence(rng), make.table(rng), make.text(rng, 100),
        )
    )  # fmt: skip
    given = (
        rng.choice(["", "青石县2021年政府信息公开工作年度报告\n", "附表\n项目\t数量\n"])
        + unit * (20_000 // max(len(unit), 1))
        + "公开"
    )
    check_report(zg.analyze_text(given))


def _numbers(rng: Rng, folder: Path) -> None:
    given = make.text(rng, 100)
    for found in zg.find_numbers(given):
        assert given[found.start : found.end] == found.text, found
        assert found.value is None or math.isfinite(found.value), found


def _normalize(rng: Rng, folder: Path) -> None:
    given = make.text(rng)
    n = zg.normalize(given, profile=rng.choice((*PROFILES, "auto")))
    assert n.source_span(0, len(n.text)) == (0, len(given)) or not n.text
    start, end = sorted(rng.randrange(len(given) + 1) for _ in range(2))
    outer = n.source_span(*n.norm_span(start, end))
    assert start == end or not n.text or (outer[0] <= start and end <= outer[1]), (start, end, outer)


def _segment(rng: Rng, folder: Path) -> None:
    given = make.text(rng)
    end = 0
    for token in zg.segment(given):
        assert end <= token.start < token.end <= len(given), token
        end = token.end


def _classify(rng: Rng, folder: Path) -> None:
    units = make.texts(rng, 5, 80)
    headings = [tuple(make.texts(rng, 2, 15)) for _ in units] if rng.random() < 0.5 else None
    for label in zg.classify(units, headings=headings):
        assert math.isclose(sum(label.scores.values()), 1, abs_tol=1e-6)


def _kwic(rng: Rng, folder: Path) -> None:
    given = make.text(rng)
    term = rng.choice(
        [make.slice_of(rng, given, 5), make.text(rng, 4), rng.choice(make.words()), "公*", "*", "申请 ** 件"]
    )
    for line in zg.kwic(given, term, width=rng.choice([0, 1, 20, 20, 10**6])):
        assert 0 <= line.start < line.end <= len(given), line


def _explain(rng: Rng, folder: Path) -> None:
    before, after, headings = make.text(rng, 30), make.text(rng, 30), make.texts(rng, 2, 15)
    zg.explain(make.text(rng, 80), headings=headings, before=before, after=after)


def _content_type(rng: Rng, folder: Path) -> None:
    units = make.texts(rng, 6, 60)
    assert len(zg.content_type(units)) == len(units)


def _weigh_items(rng: Rng, folder: Path) -> None:
    units = make.texts(rng, 10, 40)
    found = zg.weigh_items(units)
    assert found.interpretation + found.news + found.neither + found.blank == len(units)
    json.dumps(found.to_dict(), allow_nan=False)


def _weigh_groups(rng: Rng, folder: Path) -> None:
    pairs = [(rng.choice([None, "", "甲", make.text(rng, 4)]), title) for title in make.texts(rng, 10, 40)]
    *groups, whole = zg.weigh_item_groups(pairs, by=rng.choice([None, "month", "栏目"]))
    assert not groups or whole.n == sum(group.n for group in groups)


def _keywords(rng: Rng, folder: Path) -> None:
    report = zg.analyze_text(make.text(rng, 600))
    method = rng.choice(["log_likelihood", "log_ratio", "tfidf"] * 5 + ["x"])
    found = report.keywords(rng.choice([0, 1, 20, 10**6]), method=method, names=rng.random() < 0.5)
    assert all(math.isfinite(keyword.score) for keyword in found)


def _split_terms(rng: Rng, folder: Path) -> None:
    list(zg.split_terms(make.text(rng, 100)))


def _segmenter(rng: Rng, folder: Path) -> None:
    terms = [zg.Term(make.text(rng, 4), rng.choice([1, 10**9, 10**30, 0, -1, 5]), "n") for _ in range(3)]
    zg.make_segmenter(lexicon=terms, engine=rng.choice(["auto", "rjieba"] * 5 + ["jieba", make.text(rng, 4)])).tokens(
        make.text(rng, 50)
    )


def _read_source(rng: Rng, folder: Path) -> None:
    zg.read_source(make.text(rng), name=make.text(rng, 5), names=make.texts(rng, 3, 4))


# Several reports -----------------------------------------------------------------------------------------------------


def _reports(rng: Rng, most: int = 3, size: int = 150) -> list[zg.Report]:
    whole = make.text(rng, size)
    found = []
    for at in range(rng.randint(1, most)):
        year = rng.choice([2020 + at, 2021, rng.randint(1990, 2040)])
        title = rng.choice(
            ["青石县人民政府{}年政府信息公开工作年度报告\n", "云澜市水利局{}年政府信息公开年度报告\n", "报告\n"]
        )
        body = whole if rng.random() < 0.3 else make.mutated_text(rng, whole)
        found.append(zg.analyze_text(title.format(year) + body, name=make.text(rng, 4)))
    return found


def _compare(rng: Rng, folder: Path) -> None:
    reports = _reports(rng)
    against = [zg.read_source(make.text(rng), name="模板")] if rng.random() < 0.5 else []
    json.dumps(zg.compare(reports, against=against).to_dict(), allow_nan=False)


def _compare_reports(rng: Rng, folder: Path) -> None:
    reports = _reports(rng)
    for check in zg.compare_reports(reports):
        assert all(not isinstance(at, int) and at[1] < len(reports[at[0]].facts) for at in check.facts), check


def _reuse(rng: Rng, folder: Path) -> None:
    target, *sources = _reports(rng)
    found = zg.find_reuse(target, sources, threshold=rng.choice([0.5, 0.8, 1.0, 0.0]), min_chars=rng.choice([0, 5, 15]))
    json.dumps(found.to_dict(), allow_nan=False)
    zg.ReuseIndex(sources).find(target)


def _trend(rng: Rng, folder: Path) -> None:
    series: dict[str, Any] = rng.choice(
        (
            {"term": make.text(rng, 4)},
            {"term": rng.choice(["公开", "申请*", "信息 公开"])},
            {"indicator": rng.choice(["request.received", "request.handled", "x", "review.total"])},
            {"category": rng.choice([*zg.load_codebook().codes, "x"])},
            {"balance": True},
            {},
        )
    )
    for point in zg.trend(_reports(rng, 5), resamples=rng.choice([20, 1, 0]), **series):
        assert point.value is None or math.isfinite(point.value), point


def _grouped(call: Callable[..., Any]) -> Callable[[Rng, Path], Any]:
    def run(rng: Rng, folder: Path) -> None:
        options = {} if call is zg.balance_by else {"resamples": 20}
        call(_reports(rng, 4), by=rng.choice(["year", "agency", "level"] * 5 + ["x"]), **options)

    return run


def _figure_rows(rng: Rng, folder: Path) -> None:
    json.dumps(list(zg.figure_rows(_reports(rng))), allow_nan=False)


def _sample(rng: Rng, folder: Path) -> None:
    by = rng.choice(["random", "uncertain", "category", "year", "agency", "x"])
    units = zg.draw_sample(_reports(rng), rng.choice([0, 1, 5, 100]), by=by)
    zg.write_coded(units, folder / "sample.csv")
    if units:
        again = zg.load_coded(folder / "sample.csv", blank=True)
        assert [unit.text for unit in again] == [unit.text for unit in units]


def _to_frame(rng: Rng, folder: Path) -> None:
    library = rng.choice(["pandas", "pandas", None, "x"])
    records: Sequence[Any] = rng.choice([_reports(rng)[0].facts, [{make.text(rng, 3): make.text(rng, 9)}], []])
    with contextlib.suppress(ImportError):
        zg.to_frame(records, library=library)


def _analyze_batch(rng: Rng, folder: Path) -> None:
    (folder / "a.txt").write_bytes(make.encoded(rng, make.text(rng)))
    records = [
        {"text": make.text(rng)},
        make.mutated_json(rng, {"id": "x", "text": make.text(rng, 30), "note": {"a": [1]}}),
        {
            "path": rng.choice([str(folder / "a.txt"), str(folder), make.text(rng, 9)]),
            "year": rng.choice(["", 1, None]),
        },
    ]
    tables = zg.analyze_batch(rng.sample(records, 2), options=_analysis())
    assert tables.keys() == set(TABLES)


@cache
def _analysis() -> Any:
    from zhgovtext.analysis import Analysis

    return Analysis()


def _reference(rng: Rng, folder: Path) -> None:
    found = zg.make_reference(_reports(rng), name=make.text(rng, 4))
    zg.analyze_text(make.text(rng)).keywords(5, reference=found)


# Files of each format ------------------------------------------------------------------------------------------------


def _written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _plain_file(rng: Rng) -> bytes:
    kind = rng.random()
    if kind < 0.05:
        heads = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00", b"%PDF-", b"PK\x03\x04", b"{\\rtf1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # fmt: skip
        return rng.choice(heads) + rng.choice(
            [b"", make.encoded(rng, make.text(rng, 60)), rng.randbytes(rng.randint(0, 600))]
        )
    return rng.randbytes(rng.randint(0, 300)) if kind < 0.07 else make.encoded(rng, make.text(rng))


def _read(suffixes: Sequence[str], data: Callable[[Rng], bytes]) -> Callable[[Rng, Path], Any]:
    def run(rng: Rng, folder: Path) -> None:
        path = _written(folder, "a" + rng.choice(suffixes), data(rng))
        document = zg.read(path, limits=LIMITS)
        check_document(document)
        if rng.random() < 0.02:
            assert zg.read(path, limits=LIMITS) == document

    return run


def _analyze(suffix: str, data: Callable[[Rng], bytes]) -> Callable[[Rng, Path], Any]:
    def run(rng: Rng, folder: Path) -> None:
        report = zg.analyze(_written(folder, "a" + suffix, data(rng)), limits=LIMITS)
        check_report(report)
        if rng.random() < 0.1:
            check_whole(report)

    return run


def _odd_path(rng: Rng, folder: Path) -> None:
    """Paths that are no ordinary file."""
    name = make.text(rng, 8).replace("/", "")
    (folder / "dir.txt").mkdir()
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "gone.txt").symlink_to("none")
    (folder / "empty.txt").touch()
    odd = [
        name,
        name * 60,
        "dir.txt",
        "loop.txt",
        "gone.txt",
        "empty.txt",
        "a\x00b",
        "dir.txt/x",
        "",
        ".",
        "..",
        "empty.txt/",
    ]
    path = folder / rng.choice(odd) if rng.random() < 0.7 else folder / os.fsdecode(rng.randbytes(5)).replace("/", "")
    if rng.random() < 0.3:
        with contextlib.suppress(OSError, ValueError):
            path.write_bytes(make.encoded(rng, make.text(rng)))
    loaders: Sequence[Callable[[Any], Any]] = (
        zg.read, zg.analyze, zg.load_dictionary, zg.load_coded, zg.load_codebook, zg.load_coder, zg.load_lexicon, zg.load_reference,
        zg.load_stopwords, zg.open_corpus, load_frame, lambda p: list(find_inputs(p)), lambda p: list(zg.load_items(p, "标题")),
        lambda p: zg.export(_store(), p), lambda p: zg.write_coded([], p), lambda p: zg.save_coder(zg.load_coder(), p, about={}),
        lambda p: zg.analyze_text("公开3条。").to_html(p), lambda p: zg.run_batch([p], p.with_name("new.duckdb"), workers=1),
    )  # fmt: skip
    rng.choice(loaders)(path)


# Tables, settings, models --------------------------------------------------------------------------------------------


def _table_file(call: Callable[[Path, Rng], Any], columns: make.Columns, mark: str = "") -> Callable[[Rng, Path], Any]:
    def run(rng: Rng, folder: Path) -> Any:
        return call(_written(folder, rng.choice(["a.csv", "a.tsv", "a.txt"]), make.separated(rng, columns, mark)), rng)

    return run


def _short(rng: Rng) -> str:
    return "公" + make.text(rng, 20)


def _term(rng: Rng) -> str:
    return rng.choice(
        ["公开*", "申请 ** 件", "公开", rng.choice(make.words()), rng.choice(make.words()), rng.choice(make.words())]
    )


_CODED: make.Columns = {
    "id": lambda rng: str(rng.randrange(10**6)),
    "report": ("a", "b", ""),
    "agency": ("青石县", "", "云澜市水利局"),
    "year": ("2021", "2022", ""),
    "headings": ("一、概述 > （一）公开", "", "一、概述"),
    "before": ("", "公开3条。"),
    "text": _short,
    "after": ("", "公开3条。"),
    "category": zg.load_codebook().codes[:4],
    "start": ("1", "", "7"),
    "end": ("12", ""),
    "weight": ("1", "2.5", "", "0.001"),
}
_DICTIONARY: make.Columns = {"category": ("正面", "负面", "甲"), "term": _term}
_WIDE: make.Columns = {"正面": _term, "负面": _term, "甲": lambda rng: rng.choice(["", _term(rng)])}
_ITEMS: make.Columns = {"标题": _short, "月份": ("5月", "6月", ""), "url": ("http://a.cn",)}
_FRAME: make.Columns = {
    "agency": lambda rng: rng.choice(["青石县", "云澜市水利局", f"第{rng.randrange(999)}局"]),
    "region_code": ("110000", ""),
    "year": ("2021", "2022年", ""),
    "status": ("", "not_collected", "not_published"),
    "file": ("", "a.txt"),
}
_LEXICON: make.Columns = {"word": lambda rng: rng.choice(make.words()), "frequency": ("1", "99"), "tag": ("n", "")}
_MANIFEST: make.Columns = {"path": ("a.txt", "none.txt", ".", "../x", "b.txt"), "year": ("2021", ""), "id": ("1", "2")}


def _coded_file(path: Path, rng: Rng) -> None:
    units = zg.load_coded(path, rng.choice([None, zg.load_codebook()]), blank=rng.random() < 0.5)
    zg.write_coded(units, path.with_name("again.csv"))
    again = zg.load_coded(path.with_name("again.csv"), blank=True)
    assert [unit.text for unit in again] == [unit.text for unit in units]


def _dictionary_file(path: Path, rng: Rng) -> None:
    for count in zg.count_dictionary(make.text(rng), zg.load_dictionary(path)):
        assert count.count >= 0


def _items_file(path: Path, rng: Rng) -> None:
    by = rng.choice([None, "月份"])
    zg.weigh_item_groups(zg.load_items(path, "标题", by=by), by=by)


def _frame_file(path: Path, rng: Rng) -> None:
    load_frame(path)
    if rng.random() < 0.02:
        with zg.open_corpus(_store()) as corpus:
            corpus.panel(frame=path).fetchall()


def _lexicon_file(path: Path, rng: Rng) -> None:
    path.write_bytes(path.read_bytes().replace(b'"', b""))
    terms = zg.load_lexicon(path)
    if rng.random() < 0.01:
        zg.make_segmenter(lexicon=terms, engine="rjieba").tokens(make.text(rng, 50))


def _stopwords(rng: Rng, folder: Path) -> None:
    found = zg.load_stopwords(
        _written(
            folder,
            "a.txt",
            make.encoded(rng, "\n".join([*(_term(rng) for _ in range(5)), *make.texts(rng, rng.choice([0, 0, 3]), 4)])),
        )
    )
    zg.analyze_text("全年公开政府信息3条。").keywords(3, stopwords=found)


def _reference_file(rng: Rng, folder: Path) -> None:
    shipped = (ROOT / "zhgovtext" / "data" / "keyness" / "reference.tsv").read_bytes()[:400]
    data = (
        make.mutated(rng, shipped, (b"\t", b"\n", b"9" * 5000, b"-1", b"nan", b"\xc2\xb2", b"#"))
        if rng.random() < 0.7
        else _plain_file(rng)
    )
    card = b'name = "a"\ntotal = 99\ndocuments = 9\nsha256 = "0"\n'
    odd = (b"-1", b"nan", b"[]", b'"x"', b"\n", b"0", b"9" * 5000, b"[" * 3000)
    _written(folder, "a.toml", make.mutated(rng, card, odd) if rng.random() < 0.3 else card)
    found = zg.load_reference(_written(folder, "a.tsv", data))
    zg.analyze_text("全年公开政府信息3条，收到申请2件。").keywords(
        3, reference=found, method=rng.choice(["log_likelihood", "log_ratio"])
    )


def _codebook(rng: Rng, folder: Path) -> None:
    if rng.random() < 0.2:
        shipped = (ROOT / "zhgovtext" / "data" / "codebook" / "disclosure.toml").read_bytes()[:3000]
        data = make.mutated(rng, shipped, (b"[[category]]\n", b'"""', b"= 1\n", b"nan", b'"', b"code"))
    else:
        data = make.codebook(rng)
    found = zg.load_codebook(_written(folder, "a.toml", data))
    assert len(set(found.codes)) == len(found.codes) >= 2


@cache
def _model() -> dict[str, bytes]:
    """The files of a small model."""
    codes = zg.load_codebook().codes[:2]
    book = replace(zg.load_codebook(), categories=zg.load_codebook().categories[:2])
    units = [
        zg.Coded(
            f"{'公开信息' if at % 2 else '收到申请'}{at}条，{'主动' if at % 2 else '答复'}。",
            codes[at % 2],
            report=str(at % 4),
        )
        for at in range(24)
    ]
    coder = zg.train(units, book)
    alone = [codes[at % 2] for at in range(24)]
    record = zg.calibrate(alone, alone, [str(at % 4) for at in range(24)], codes)
    coder = replace(coder, errors={"context": record, "alone": record})
    with _folder() as folder:
        zg.save_coder(coder, folder / "model", about={}, codebook=None)
        return {path.name: path.read_bytes() for path in sorted((folder / "model").iterdir())}


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        yield Path(name)


def _model_files(rng: Rng) -> dict[str, bytes]:
    files = dict(_model())
    arrays = [name for name in files if name.endswith(".npy")]
    card = json.loads(files["model.json"])
    kind = rng.random()
    if kind < 0.5:
        name = rng.choice(arrays)
        files[name] = make.array_bytes(rng, files[name])
    if 0.4 < kind < 0.6:
        errors = json.loads(files["errors.json"])
        files["errors.json"] = make.json_bytes(rng, make.mutated_json(rng, errors))
    if rng.random() < 0.9:
        card["sha256"] = {
            name.split(".")[0]: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "model.json"
        }
    if kind > 0.5:
        card = make.mutated_json(rng, card)
    files["model.json"] = make.json_bytes(rng, card) if kind > 0.5 else json.dumps(card).encode()
    if rng.random() < 0.02:
        del files[rng.choice(list(files))]
    return files


def _load_coder(rng: Rng, folder: Path) -> None:
    for name, data in _model_files(rng).items():
        (folder / name).write_bytes(data)
    coder = zg.load_coder(folder)
    units = [zg.Coded(text, "", headings=("一、概述",), report="a") for text in make.texts(rng, 4, 30)]
    found = zg.predict_coded(coder, units)
    assert np.isfinite(found).all()
    assert np.allclose(found.sum(axis=1), 1)
    zg.explain("全年公开信息3条。", coder=coder)


def _save_coder(rng: Rng, folder: Path) -> None:
    about = make.mutated_json(rng, {"text": make.text(rng, 30), "n": 1})
    zg.save_coder(zg.load_coder(), folder / "saved", about=about, card=make.text(rng, 30))
    zg.load_coder(folder / "saved")


# Codings and records of errors ---------------------------------------------------------------------------------------


def _coded(rng: Rng, most: int = 30) -> list[zg.Coded]:
    codes = zg.load_codebook().codes[: rng.choice([2, 3, 17])]
    weights = [1.0] * 8 + [0.5, 1e-300, 1e300]
    return [
        zg.Coded(make.text(rng, 12), rng.choice([*codes, *codes, *codes, make.text(rng, 2)] if rng.random() < 0.1 else codes),
                 id=rng.choice(["", str(at), str(rng.randrange(5))]), report=rng.choice(["", "a", "b", str(at)]), weight=rng.choice(weights))
        for at in range(rng.randint(0, most))
    ]  # fmt: skip


def _agreement(rng: Rng, folder: Path) -> None:
    units = _coded(rng)
    codes = zg.load_codebook().codes
    others = [
        replace(unit, category=rng.choice([unit.category, rng.choice(codes), ""]))
        for unit in units
        if rng.random() < 0.9
    ]
    if rng.random() < 0.3:
        rng.shuffle(others)
    codings = [units, others] if rng.random() < 0.9 else [units, others, units[::-1], []]
    json.dumps(zg.measure_agreement(codings, resamples=rng.choice([20, 1, 0])).to_dict(), allow_nan=False)


def _evaluate(rng: Rng, folder: Path) -> None:
    codes = ("a", "b", "c")[: rng.choice([2, 3])]
    truth = [rng.choice(codes) for _ in range(rng.randint(0, 20))]
    rows = [[rng.choice([0.0, 1.0, rng.random()]) for _ in codes] for _ in truth]
    rows = [[cell / sum(row) if sum(row) else 1 / len(row) for cell in row] for row in rows]
    if rows and rng.random() < 0.1:
        rows[0][0] = rng.choice([float("nan"), -1.0, 2.0, float("inf")])
    reports = [rng.choice("xyz") for _ in truth] if rng.random() < 0.5 else []
    weights = [rng.choice([1.0, 2.0, 1e-300, 1e300]) for _ in truth] if rng.random() < 0.3 else []
    found = zg.evaluate(
        truth, rows, codes, reports=reports, weights=weights, min_probability=rng.choice([0, 0.5, 1]), resamples=20
    )
    json.dumps(found.to_dict(), allow_nan=False)


def _calibrated(rng: Rng) -> tuple[Any, tuple[str, ...], list[str]]:
    codes = ("a", "b", "c")[: rng.choice([2, 3])]
    truth = [rng.choice([*codes, *codes, "neither"]) for _ in range(rng.randint(0, 40))]
    predicted = [code if rng.random() < 0.7 and code in codes else rng.choice(codes) for code in truth]
    if rng.random() < 0.05 and predicted:
        predicted[0] = make.text(rng, 3)
    reports = [rng.choice("xyzw") for _ in truth]
    return zg.calibrate(truth, predicted, reports, codes), codes, predicted


def _adjust(rng: Rng, folder: Path) -> None:
    record, codes, predicted = _calibrated(rng)
    units = zg.tally(predicted[: rng.randrange(len(predicted) + 1)], record)
    of = rng.choice([*codes * 5, "x"])
    against = rng.choice([None, None, [codes[-1]], [codes[-1]], [], ["x"]])
    level = rng.choice([0.95] * 20 + [0.0, 1.0, float("nan")])
    for found in (
        zg.adjust(units, record, of=of, against=against, level=level),
        zg.adjust_corpus([units] * rng.randrange(4), record, of=of, against=against),
        *zg.adjust_each(units, record),
    ):
        assert found.adjusted is None or 0 <= found.adjusted <= 1, found
        assert found.low is None or found.high is None or 0 <= found.low <= found.high <= 1, found


def _calibration(rng: Rng, folder: Path) -> None:
    record, _, predicted = _calibrated(rng)
    assert zg.Calibration.from_dict(record.to_dict()).to_dict() == record.to_dict()
    found = zg.Calibration.from_dict(make.mutated_json(rng, record.to_dict()))
    zg.adjust_each(zg.tally(predicted, found), found)


def _train(call: Callable[[list[zg.Coded], zg.Codebook, Path], Any]) -> Callable[[Rng, Path], Any]:
    def run(rng: Rng, folder: Path) -> None:
        book = replace(zg.load_codebook(), categories=zg.load_codebook().categories[:2])
        units = [
            zg.Coded(
                make.text(rng, 30),
                rng.choice(book.codes),
                report=rng.choice("abc"),
                headings=tuple(make.texts(rng, 2, 9)),
            )
            for _ in range(rng.choice([0, 1, 4, 12, 20]))
        ]
        call(units, book, folder)

    return run


# Stores --------------------------------------------------------------------------------------------------------------


@cache
def _kept() -> Any:
    """A folder that lasts as long as the process."""
    import tempfile

    name = tempfile.mkdtemp(prefix="fuzz-")
    atexit.register(shutil.rmtree, name, ignore_errors=True)
    return name


@cache
def _store() -> Path:
    path = Path(_kept()) / "store.duckdb"
    texts = {
        f"{year}.txt": f"青石县人民政府{year}年政府信息公开工作年度报告\n一、概述\n公开政府信息{year - 2000}条。\n附表\n收到申请数\t件\t{year - 2010}\n其中\t件\t3\n"
        for year in (2020, 2021, 2022)
    }
    connection = create_store(path)
    write_reports(connection, {name: zg.analyze_text(text + make.MARKS[0], name=name) for name, text in texts.items()})
    connection.close()
    return path


@cache
def _dataset() -> dict[str, bytes]:
    """The files of a folder of Parquet parts."""
    from zhgovtext.dataset import Dataset

    with _folder() as folder:
        connection = create_store(folder / "ledger.duckdb")
        dataset = Dataset(folder, connection)
        dataset.begin(1)
        dataset.write(
            [
                (
                    "",
                    zg.analyze_batch(
                        [{"text": "青石县2021年政府信息公开工作年度报告\n公开3条。"}], options=_analysis()
                    ),
                )
            ],
            [],
        )
        dataset.finish()
        connection.close()
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
        }


def _use_corpus(rng: Rng, path: Path, folder: Path) -> None:
    with zg.open_corpus(path) as corpus:
        where = rng.choice(
            [None, "year > 2020", make.text(rng, 10), "1=1; DROP TABLE facts", "(SELECT 1)", "read_text('/etc/passwd')"]
        )
        suffix = rng.choice([".csv", ".json", ".parquet", ".xlsx", ".dta", ".x"])
        tables = ["panel", "facts", "reports", "sentences", "checks", "terms", "runs", "store", make.text(rng, 4)]
        uses: Sequence[Callable[[], Any]] = (
            lambda: _fetch(corpus.reports()),
            lambda: _fetch(corpus.facts()),
            lambda: _fetch(corpus.sentences(category=rng.choice([None, "news", make.text(rng, 3)]))),
            lambda: _fetch(corpus.panel()),
            lambda: corpus.report(rng.choice(["2021.txt", make.text(rng, 4), ""])),
            lambda: _fetch(corpus.sql(make.text(rng, 20))),
            lambda: [(r.facts, r.balance, r.category_shares(), r.normalized) for r in zg.stored_reports(corpus)],
            lambda: zg.trend(cast(Any, zg.stored_reports(corpus)), term="公开", resamples=20),
            lambda: zg.export(corpus, folder / f"out{suffix}", table=rng.choice(tables), where=where),
        )
        rng.choice(uses)()
        if rng.random() < 0.02:
            corpus.to_html(folder / "site")
            for page in (folder / "site").rglob("*.html"):
                check_page(page.read_text(encoding="utf-8"))


def _fetch(relation: Any) -> None:
    """What a relation holds is read by DuckDB when its user asks, with errors of its own."""
    import duckdb

    with contextlib.suppress(duckdb.Error):
        relation.fetchall()


def _corpus(rng: Rng, folder: Path) -> None:
    path = folder / "store.duckdb"
    path.write_bytes(_store().read_bytes())
    kind = rng.random()
    if kind < 0.5:
        _alter(rng, path)
    elif kind < 0.8:
        path.write_bytes(make.mutated(rng, path.read_bytes()))
    elif kind < 0.85:
        path.write_bytes(_plain_file(rng))
    _use_corpus(rng, path, folder)


def _alter(rng: Rng, path: Path) -> None:
    """What another program, or a careless user, may do to a store."""
    import duckdb

    from zhgovtext.records import load_tables

    connection = duckdb.connect(str(path))
    for _ in range(rng.randint(1, 3)):
        table = rng.choice([*load_tables(), "store"])
        column = rng.choice([*load_tables().get(table, {"value": ""})])
        value = rng.choice(
            [
                "NULL",
                "'x'",
                "-1",
                "'NaN'",
                "9223372036854775807",
                "'[]'",
                "'{}'",
                "'{'",
                "''",
                "'<zqx>'",
                "['a']",
                "1e308",
            ]
        )
        statement = rng.choice(
            (
                f'UPDATE {table} SET "{column}" = {value}',
                f'UPDATE {table} SET "{column}" = {value}',
                f"DELETE FROM {table}",
                f'ALTER TABLE {table} DROP COLUMN "{column}"',
                f'ALTER TABLE {table} RENAME COLUMN "{column}" TO x',
                f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE VARCHAR',
                f"INSERT INTO {table} SELECT * FROM {table}",
                f"DROP TABLE {table} CASCADE",
                "UPDATE store SET value = '\u00b2' WHERE key = 'schema_version'",
                "UPDATE store SET value = '99999999999999999999' WHERE key = 'schema_version'",
            )
        )
        with contextlib.suppress(duckdb.Error):
            connection.execute(statement)
    connection.close()


def _parts(rng: Rng, folder: Path) -> None:
    files = dict(_dataset())
    name = rng.choice([name for name in files if name.endswith(".parquet")])
    kind = rng.random()
    if kind < 0.4:
        files[name] = make.mutated(rng, files[name])
    elif kind < 0.6:
        files[name] = files[rng.choice([other for other in files if other.endswith(".parquet")])]
    elif kind < 0.7:
        del files[name]
    for place, data in files.items():
        (folder / "set" / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / "set" / place).write_bytes(data)
    _use_corpus(rng, folder / "set", folder)


def _export(rng: Rng, folder: Path) -> None:
    target = folder / (
        "a" + rng.choice([".csv", ".json", ".parquet", ".xlsx", ".dta", ".CSV", "", make.text(rng, 3).replace("/", "")])
    )
    table = rng.choice(["panel", "facts", "reports", "sentences", "figures", "x", make.text(rng, 5)])
    zg.export(
        _store(),
        target,
        table=table,
        where=rng.choice([None, None, "year > 2020", make.text(rng, 12)]),
        lang=rng.choice(["zh", "en", "x"]),
    )


def _inputs(rng: Rng, folder: Path) -> None:
    (folder / "a.txt").write_text("公开3条。", encoding="utf-8")
    kind = rng.randrange(4)
    if kind == 0:
        path = _written(folder, rng.choice(["a.jsonl", "b.ndjson"]), make.json_lines(rng))
    elif kind == 1:
        path = _written(folder, "m.csv", make.separated(rng, _MANIFEST))
    elif kind == 2 and rng.random() < 0.3:
        path = _written(folder, "t.parquet", _parquet(rng))
    else:
        os.mkfifo(folder / "fifo.txt")
        (folder / ".hidden").mkdir()
        (folder / "self").symlink_to(folder)
        path = folder / rng.choice(
            ["", "*", "**/*.txt", "[", "[a-", "?" * 50, make.text(rng, 6).replace("/", ""), "self/**"]
        )
    for found in find_inputs(path):
        found.path.encode()


def _parquet(rng: Rng) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"id": [1, 2], "text": ["公开3条。", "x"], "when": [None, b"\xff"], "list": [[1.5], []]}
    columns = {name: values for name, values in columns.items() if rng.random() < 0.9}
    if "text" in columns and rng.random() < 0.3:
        columns["text"] = rng.choice([[1, 2], [b"\xff", b"x"], [None, "公"], [["a"], []]])
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return make.mutated(rng, stream.getvalue()) if rng.random() < 0.5 else stream.getvalue()


def _run_batch(rng: Rng, folder: Path) -> None:
    zg.run_batch([_written(folder, "a.txt", _plain_file(rng))], folder / "store.duckdb", workers=1)


# Figures -------------------------------------------------------------------------------------------------------------


def _plot(call: Callable[[Rng], Any]) -> Callable[[Rng, Path], Any]:
    def run(rng: Rng, folder: Path) -> None:
        try:
            zg.save_figure(
                call(rng),
                folder / rng.choice(["a.svg", "a.svg", "a.png", "a.x"]),
                dpi=rng.choice([72, 72, 72, 72, 0, -1, float("nan"), 1e9]),
            )
        finally:
            pyplot = sys.modules.get("matplotlib.pyplot")
            if pyplot is not None:
                pyplot.close("all")

    return run


# The command line ----------------------------------------------------------------------------------------------------

_COMMANDS = (
    "summary", "keywords", "categories", "facts", "checks", "balance", "normalize", "report", "compare", "sample", "agreement",
    "explain", "codebook", "completion", "export", "evaluate",
)  # fmt: skip
_OPTIONS = (
    "--format", "table", "json", "jsonl", "csv", "--lang", "zh", "en", "-n", "3", "-1", "0", "--min-probability", "0.5", "nan",
    "2", "--no-context", "--model", "--codebook", "--method", "tfidf", "--by", "year", "agency", "category", "--text", "标题",
    "--profile", "hant", "--explain", "--scores", "--against", "--heading", "--before", "--after", "--table", "panel", "facts",
    "--where", "1=1", "--seed", "--help", "-h", "--version", "--", "-", "-o", "--frame", "--no-bom", "bash", "zsh", "fish", "--x",
)  # fmt: skip


def _command_line(rng: Rng, folder: Path) -> int:
    texts = (
        _written(folder, "a.txt", _plain_file(rng)),
        _written(folder, "b.txt", make.text(rng).encode("utf-8", "replace")),
    )
    coded = _written(folder, "c.csv", make.separated(rng, _CODED))
    book = _written(folder, "d.toml", make.codebook(rng))
    files = [str(path) for path in (*texts, *texts, coded, book, folder, folder / "none", folder / "e.html")]
    command = rng.choice([*_COMMANDS, *_COMMANDS, "help", "doctor", make.text(rng, 5)])
    given = [command]
    if command in ("sample", "report", "export"):
        given += ["-o", str(folder / rng.choice(["out.csv", "out.html", "out", "none/out.csv", "out.xlsx"]))]
    if command == "export":
        given.append(str(_store()))
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        given.append(
            rng.choice(files)
            if rng.random() < 0.5
            else rng.choice(_OPTIONS)
            if rng.random() < 0.9
            else make.text(rng, 8)
        )
    return run_command(given, make.text(rng, 60).encode("utf-8", "replace"))


def run_command(given: Sequence[str], stdin: bytes) -> int:
    """The exit code of a command line run here; nothing of it is shown. Refused ones raise the package's error."""
    kept = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}
    streams = {name: io.TextIOWrapper(io.BytesIO(stdin if name == "stdin" else b""), encoding="utf-8") for name in kept}
    try:
        for name, stream in streams.items():
            setattr(sys, name, stream)
        code = main(list(given))
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        for name, stream in kept.items():
            setattr(sys, name, stream)
    streams["stderr"].flush()
    said = streams["stderr"].buffer.getvalue().decode()
    assert code in (0, 1, 2), code
    assert "Traceback" not in said, said
    assert "Error" not in said or code, said
    if code:
        assert said, "nothing was said of it"
        raise zg.InputError("command", said)
    return code


# All of them ---------------------------------------------------------------------------------------------------------

ENTRIES: dict[str, Entry] = {
    "analyze_text": Entry(110_000, _analyze_text),
    "analyze_text:large": Entry(1_000, _analyze_large),
    "find_numbers": Entry(150_000, _numbers),
    "normalize": Entry(120_000, _normalize),
    "segment": Entry(90_000, _segment),
    "classify": Entry(40_000, _classify),
    "content_type": Entry(40_000, _content_type),
    "explain": Entry(8_000, _explain),
    "kwic": Entry(40_000, _kwic),
    "weigh_items": Entry(15_000, _weigh_items),
    "weigh_item_groups": Entry(8_000, _weigh_groups),
    "analyze_text:keywords": Entry(8_000, _keywords),
    "split_terms": Entry(400, _split_terms),
    "make_segmenter": Entry(200, _segmenter),
    "read_source": Entry(15_000, _read_source),
    "compare": Entry(4_000, _compare),
    "compare_reports": Entry(8_000, _compare_reports),
    "find_reuse": Entry(6_000, _reuse),
    "trend": Entry(4_000, _trend),
    "balance_by": Entry(1_500, _grouped(zg.balance_by)),
    "group_balance": Entry(1_500, _grouped(zg.group_balance)),
    "group_shares": Entry(1_500, _grouped(zg.group_shares)),
    "figure_rows": Entry(5_000, _figure_rows),
    "draw_sample": Entry(5_000, _sample),
    "to_frame": Entry(2_000, _to_frame),
    "analyze_batch": Entry(1_500, _analyze_batch),
    "make_reference": Entry(2_000, _reference),
    "read:text": Entry(50_000, _read([".txt", ".md", ".html"], _plain_file)),
    "read:page": Entry(60_000, _read([".html", ".htm", ".txt"], make.page)),
    "read:word": Entry(30_000, _read([".docx", ".doc"], make.word)),
    "read:pdf": Entry(12_000, _read([".pdf"], make.printed)),
    "analyze:text": Entry(10_000, _analyze(".md", _plain_file)),
    "analyze:page": Entry(12_000, _analyze(".html", make.page)),
    "analyze:word": Entry(6_000, _analyze(".docx", make.word)),
    "analyze:pdf": Entry(2_000, _analyze(".pdf", make.printed)),
    "read:paths": Entry(3_000, _odd_path),
    "load_coded": Entry(25_000, _table_file(_coded_file, _CODED)),
    "load_dictionary": Entry(25_000, _table_file(_dictionary_file, _DICTIONARY)),
    "load_dictionary:wide": Entry(8_000, _table_file(_dictionary_file, _WIDE)),
    "load_items": Entry(12_000, _table_file(_items_file, _ITEMS)),
    "load_frame": Entry(10_000, _table_file(_frame_file, _FRAME)),
    "load_lexicon": Entry(8_000, _table_file(_lexicon_file, _LEXICON, mark="\t")),
    "load_stopwords": Entry(4_000, _stopwords),
    "load_reference": Entry(4_000, _reference_file),
    "load_codebook": Entry(40_000, _codebook),
    "load_coder": Entry(12_000, _load_coder),
    "save_coder": Entry(300, _save_coder),
    "measure_agreement": Entry(4_000, _agreement),
    "evaluate": Entry(4_000, _evaluate),
    "adjust": Entry(3_000, _adjust),
    "calibrate": Entry(10_000, _calibration),
    "train": Entry(200, _train(lambda units, book, folder: zg.train(units, book))),
    "cross_validate": Entry(40, _train(lambda units, book, folder: zg.cross_validate(units, book))),
    "build_model": Entry(20, _train(lambda units, book, folder: zg.build_model(units, book, folder / "model"))),
    "open_corpus": Entry(2_500, _corpus),
    "open_corpus:parts": Entry(800, _parts),
    "export": Entry(1_000, _export),
    "find_inputs": Entry(20_000, _inputs),
    "run_batch": Entry(6, _run_batch),
    "plot_balance": Entry(
        60, _plot(lambda rng: zg.plot_balance([zg.weigh_items(make.texts(rng))], title=make.text(rng, 9)))
    ),
    "plot_keyness": Entry(60, _plot(lambda rng: zg.plot_keyness({make.text(rng, 4): _reports(rng)[0].keywords(5)}))),
    "plot_shares": Entry(60, _plot(lambda rng: zg.plot_shares(_reports(rng)[0], title=make.text(rng, 9)))),
    "plot_trend": Entry(
        60, _plot(lambda rng: zg.plot_trend({make.text(rng, 4): zg.trend(_reports(rng), term="公开", resamples=20)}))
    ),
    "main": Entry(12_000, _command_line),
}
# Public functions that entries of another name call.
CALLED = {
    "adjust_corpus": "adjust", "adjust_each": "adjust", "analyze": "analyze:text", "count_dictionary": "load_dictionary",
    "predict_coded": "load_coder", "save_figure": "plot_shares", "stored_reports": "open_corpus", "tally": "adjust",
    "write_coded": "load_coded", "read": "read:text",
}  # fmt: skip
