"""Seeded random input into every public entry: only the package's own errors may come out, and offsets stay right.

`ENTRIES` must name every public function, so that a new one is fuzzed from its first day.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zhgovtext as zg
from zhgovtext.script import PROFILES

ROUNDS = 150
PIECES = (
    "一、概述", "（一）", "1.", "第一部分 ", "附件1", "附表", "政府信息公开工作年度报告", "2017年", "公开", "申请",
    "件", "条", "万", "亿", "余", "百分之", "12", "1,234", "１２", "8.9%", "3至5件", "三百五十一", "未收到", "行政复议",
    "解读", "简报", "，", "。", "；", "：", "！", "、", "《", "》", "“", "”", "（", "）", "\n", "\t", "\r\n", " ",
    "\u3000", "\u200b", "入口網站", "規範性檔案", "國務院", "民眾", "線上訪談", "\ud800", "\udfff", "😀", "\U00020000",
    "\u0301", "\u202e", "\x00", "\x1f", "abc", "www.a.cn", "=cmd", "<script>", "{{", "%s", "公" * 300, "1" * 300,
    "；" * 50,
)  # fmt: skip


def _text(rng: random.Random) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 40)))


def _analyze_text(text: str) -> None:
    report = zg.analyze_text(text)
    for sentence in report.sentences:
        assert report.document.text[sentence.start : sentence.end] == sentence.text
    for fact in report.facts:
        assert report.document.text[fact.start : fact.end] == fact.quote
    report.to_json(text=True).encode("utf-8")
    report.to_html().encode("utf-8")


def _file(call: Callable[[Path], Any]) -> Callable[[str, random.Random, Path], None]:
    def entry(text: str, rng: random.Random, folder: Path) -> None:
        data = bytearray(text.encode(rng.choice(["utf-8", "gb18030", "utf-16"]), "replace"))
        for _ in range(rng.randint(0, 3)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        path = folder / "fuzz.txt"
        path.write_bytes(data)
        call(path)

    return entry


def _segment(text: str) -> None:
    for token in zg.segment(text):
        assert 0 <= token.start < token.end <= len(text)


def _numbers(text: str) -> None:
    for number in zg.find_numbers(text):
        assert text[number.start : number.end] == number.text


def _normalize(text: str) -> None:
    for profile in PROFILES:
        n = zg.normalize(text, profile=profile)
        assert n.source_span(0, len(n.text)) == (0, len(text)) or not n.text


Entry = Callable[[str, random.Random, Path], Any]


def _compare_reports(text: str) -> None:
    title = "青石县人民政府{}年政府信息公开工作年度报告\n"
    zg.compare_reports([zg.analyze_text(title.format(year) + text) for year in (2021, 2022)])


def _coded(text: str) -> list[zg.Coded]:
    codes = zg.load_codebook().codes
    return [zg.Coded(part, codes[at % 17], report=str(at % 3)) for at, part in enumerate(text.split("，") * 2)]


def _measure(text: str) -> None:
    units = _coded(text)
    zg.measure_agreement([units, units[::-1]], resamples=20).to_dict()


def _evaluate(text: str) -> None:
    units, coder = _coded(text), zg.load_coder()
    zg.evaluate([unit.category for unit in units], zg.predict_coded(coder, units), coder.codes, resamples=20).to_dict()


def _write_coded(text: str, folder: Path) -> None:
    zg.write_coded(_coded(text), folder / "coded.csv")
    with contextlib.suppress(zg.DataError):
        zg.load_coded(folder / "coded.csv")


def _reports(text: str) -> list[zg.Report]:
    title = "青石县人民政府{}年政府信息公开工作年度报告\n"
    return [zg.analyze_text(title.format(year) + text) for year in (2021, 2022)]


def _reuse(text: str) -> None:
    old, new = _reports(text)
    zg.find_reuse(new, [old]).to_dict()
    zg.ReuseIndex([old]).find(new)


def _adjust(text: str) -> None:
    codes = ("a", "b")
    units = [codes[ord(char) % 2] for char in text]
    record = zg.calibrate(units, units[::-1], list(text), codes)
    zg.Calibration.from_dict(record.to_dict())
    found = zg.tally(units[:9], record)
    zg.adjust(found, record, of="a")
    zg.adjust_each(found, record)
    zg.adjust_corpus([found, found], record, of="a")


# Training and starting a process take seconds, not milliseconds: these are tried on a text or two.
SLOW = ("build_model", "cross_validate", "run_batch", "train")
# A figure takes a tenth of a second.
DRAWN = ("plot_balance", "plot_keyness", "plot_shares", "plot_trend", "save_figure")


ENTRIES: dict[str, Entry] = {
    "adjust": lambda text, rng, folder: _adjust(text),
    "adjust_corpus": lambda text, rng, folder: _adjust(text[::-1]),
    "adjust_each": lambda text, rng, folder: _adjust(text * 2),
    "analyze_batch": lambda text, rng, folder: zg.analyze_batch([{"text": text}, {"path": text[:9]}]),
    "balance_by": lambda text, rng, folder: zg.balance_by(_reports(text), by="year"),
    "load_items": _file(lambda path: zg.load_items(path, "标题")),
    "weigh_item_groups": lambda text, rng, folder: zg.weigh_item_groups((part[:2], part) for part in text.split("，")),
    "weigh_items": lambda text, rng, folder: zg.weigh_items(text.split("，")).to_dict(),
    "calibrate": lambda text, rng, folder: zg.calibrate(list(text), list(text), list(text), text[:3]),
    "compare": lambda text, rng, folder: zg.compare(_reports(text)).to_dict(),
    "count_dictionary": lambda text, rng, folder: zg.count_dictionary(
        text, zg.load_dictionary(Path(__file__).parent.parent / "examples" / "tone.csv")
    ),
    "export": _file(lambda path: zg.export(path, path.with_suffix(".csv"))),
    "run_batch": _file(lambda path: zg.run_batch([path], path.with_name("store.duckdb"), workers=1)),
    "find_reuse": lambda text, rng, folder: _reuse(text),
    "kwic": lambda text, rng, folder: zg.kwic(text, text[:5]),
    "load_dictionary": _file(zg.load_dictionary),
    "load_reference": _file(zg.load_reference),
    "load_stopwords": _file(zg.load_stopwords),
    "make_reference": lambda text, rng, folder: zg.make_reference(_reports(text)),
    "open_corpus": _file(zg.open_corpus),
    "read_source": lambda text, rng, folder: zg.read_source(text, name=text[:9], names=[text[3:6]]),
    "group_balance": lambda text, rng, folder: zg.group_balance(_reports(text), by="year", resamples=20),
    "group_shares": lambda text, rng, folder: zg.group_shares(_reports(text), by="agency", resamples=20),
    "plot_balance": lambda text, rng, folder: zg.plot_balance({text[:9]: _reports(text)[0].balance}),
    "plot_keyness": lambda text, rng, folder: zg.plot_keyness({text[:9]: zg.analyze_text(text).keywords(5)}),
    "plot_shares": lambda text, rng, folder: zg.plot_shares(zg.analyze_text(text), title=text),
    "plot_trend": lambda text, rng, folder: zg.plot_trend({text[:9]: zg.trend(_reports(text), term=text[:2])}),
    "save_figure": lambda text, rng, folder: zg.save_figure(
        zg.plot_balance([zg.weigh_items([text])], title=text), folder / (text[:3].replace("/", "") + ".svg")
    ),
    "stored_reports": _file(lambda path: list(zg.stored_reports(zg.open_corpus(path)))),
    "tally": lambda text, rng, folder: zg.tally(list(text), zg.calibrate("ab", "ab", "ab", ("a", "b"))),
    "to_frame": lambda text, rng, folder: zg.to_frame([{"a": text}], library=text[:3]),
    "trend": lambda text, rng, folder: zg.trend(_reports(text), term=text[:4], resamples=20),
    "analyze": _file(zg.analyze),
    "analyze_text": lambda text, rng, folder: _analyze_text(text),
    "classify": lambda text, rng, folder: zg.classify(
        text.split("。"), headings=[(text[:40],)] * (text.count("。") + 1)
    ),
    "build_model": lambda text, rng, folder: zg.build_model(_coded(text), zg.load_codebook(), folder / "model"),
    "cross_validate": lambda text, rng, folder: zg.cross_validate(_coded(text), zg.load_codebook()),
    "draw_sample": lambda text, rng, folder: zg.draw_sample([zg.analyze_text(text)], 3),
    "evaluate": lambda text, rng, folder: _evaluate(text),
    "explain": lambda text, rng, folder: zg.explain(text, headings=[text[:20]], before=text[:9], after=text[-9:]),
    "load_coded": _file(zg.load_coded),
    "measure_agreement": lambda text, rng, folder: _measure(text),
    "predict_coded": lambda text, rng, folder: zg.predict_coded(zg.load_coder(), _coded(text)),
    "save_coder": lambda text, rng, folder: zg.save_coder(zg.load_coder(), folder / "saved", about={"text": text}),
    "train": lambda text, rng, folder: zg.train(_coded(text), zg.load_codebook()),
    "write_coded": lambda text, rng, folder: _write_coded(text, folder),
    "content_type": lambda text, rng, folder: zg.content_type(text.split("，")),
    "compare_reports": lambda text, rng, folder: _compare_reports(text),
    "figure_rows": lambda text, rng, folder: list(zg.figure_rows([zg.analyze_text(text)])),
    "find_numbers": lambda text, rng, folder: _numbers(text),
    "load_codebook": _file(zg.load_codebook),
    "load_coder": lambda text, rng, folder: zg.load_coder(folder),
    "load_lexicon": _file(zg.load_lexicon),
    "make_segmenter": lambda text, rng, folder: zg.make_segmenter(engine=text[:5]),
    "normalize": lambda text, rng, folder: _normalize(text),
    "read": _file(zg.read),
    "segment": lambda text, rng, folder: _segment(text),
    "split_terms": lambda text, rng, folder: list(zg.split_terms(text)),
}


def test_every_public_function_is_here() -> None:
    public = {name for name in zg.__all__ if callable(getattr(zg, name)) and not isinstance(getattr(zg, name), type)}
    assert public == set(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_only_our_own_errors(name: str, tmp_path: Path) -> None:
    rng = random.Random(f"{name} 1")
    rounds = 15 if name in ("split_terms", "save_coder", "explain", *DRAWN) else 2 if name in SLOW else ROUNDS
    for _ in range(rounds):
        text = _text(rng)
        with contextlib.suppress(zg.ZhgovtextError):
            ENTRIES[name](text, rng, tmp_path)
