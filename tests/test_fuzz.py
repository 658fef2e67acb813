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


# Training takes seconds, not milliseconds: these are tried on a text or two.
SLOW = ("build_model", "cross_validate", "train")


ENTRIES: dict[str, Entry] = {
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
    rounds = 15 if name in ("split_terms", "save_coder", "explain") else 2 if name in SLOW else ROUNDS
    for _ in range(rounds):
        text = _text(rng)
        with contextlib.suppress(zg.ZhgovtextError):
            ENTRIES[name](text, rng, tmp_path)
