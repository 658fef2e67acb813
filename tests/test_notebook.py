"""What a notebook shows of a report and a corpus, and the example notebooks, executed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import REPORTS, ROOT, sample_texts
from panel_store import fill

import zhgovtext as zg
from zhgovtext.notebook import corpus_fragment, report_fragment

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
# What a fragment may have: nothing that loads, runs or leads elsewhere.
ELEMENTS = {"div", "span", "b", "ul", "li", "table", "tbody", "tr", "td", "bdi"}
ATTRIBUTES = {"style", "class", "data-u"}
HOSTILE = (
    "<script>alert(1)</script>县人民政府2021年政府信息公开工作年度报告\n一、概述<img src=x onerror=alert(1)>\n"
    "收到申请5件，其中当面申请3件、网络申请4件。{{7*7}}\u202e解读<b>材料</b>9篇，简报3期。"
)


class Read(HTMLParser):
    """Elements, attributes and text of a fragment; an element that is not closed in order is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.styles: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.styles += [value or "" for name, value in attrs if name == "style"]
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Read:
    found = Read(html)
    assert found.elements <= ELEMENTS
    assert found.attributes <= ATTRIBUTES
    assert not [style for style in found.styles if re.search("url|expression|import|@", style)]
    html.encode("utf-8")
    assert len(html) < 30_000
    return found


# Reports --------------------------------------------------------------------------------------------------------------


def test_a_report_shows_what_was_found() -> None:
    report = zg.analyze(REPORTS / "tingyuan-2022.txt")
    found = read(report._repr_html_())
    assert found.text.startswith("汀原县人民政府 2022tingyuan-2022.txt")
    for label in ("县级", "类别 Categories", "核对 checks", "关键词 Keywords", "解读占解读与动态"):
        assert label in found.text
    coded = sum(share.sentences for share in report.category_shares(intervals=False))
    assert f"{coded} 已编码句" in found.text
    assert f"{len(report.facts)} 数字" in found.text
    for share in report.category_shares(intervals=False):
        assert (share.label in found.text) == (share.sentences > 0)
    assert report.keywords(1)[0].term in found.text
    balance = report.balance
    assert balance.low is not None
    assert balance.high is not None
    assert f"[{balance.low:.0%}, {balance.high:.0%}] · n={balance.n}" in found.text


def test_bars_are_as_long_as_the_shares() -> None:
    """Two sentences of three: the longest bar; one: half of it."""
    report = zg.analyze_text(
        "一、依申请公开\n全年收到政府信息公开申请9件。\n办结政府信息公开申请9件。\n二、概述\n编发工作简报3期。"
    )
    shares = {share.category: share.sentences for share in report.category_shares() if share.sentences}
    assert sorted(shares.values()) == [1, 2]
    bars = [style for style in read(report._repr_html_()).styles if style.startswith("height:10px")]
    assert sorted(re.findall(r"width:([\d.]+)%", " ".join(bars))) == ["100.0", "50.0"]


def test_contradictions_are_told_in_both_languages() -> None:
    report = zg.analyze_text("青石县2021年政府信息公开工作年度报告\n收到申请5件，其中当面申请3件、网络申请4件。")
    wrong = [check for check in report.checks if check.status == "mismatch"]
    assert wrong
    text = read(report._repr_html_()).text
    assert "不符 mismatch 1" in text
    assert wrong[0].message_zh[:40] in text
    assert wrong[0].message[:40] in text


def test_markup_of_a_report_is_text() -> None:
    report = zg.analyze_text(HOSTILE, name="<b onclick=x>.txt")
    html = report._repr_html_()
    found = read(html)
    assert "<b onclick=x>.txt" in found.text
    assert "\u202e" not in re.sub("<bdi[^>]*>.*?</bdi>", "", html)


@pytest.mark.parametrize("name", sample_texts())
def test_every_text_can_be_shown(name: str) -> None:
    read(report_fragment(zg.analyze_text(sample_texts()[name], name=f"{name}\ud800")))


def test_a_report_of_one_line_says_so() -> None:
    report = zg.analyze(REPORTS / "qingshi-2011.txt")
    counts = f"{len(report.sentences)} sentences, {len(report.facts)} figures, {len(report.checks)} checks"
    assert repr(report) == f"<Report 'qingshi-2011.txt': 青石县人民政府 2011, {counts}>"
    assert repr(zg.analyze_text("公开。")).startswith("<Report 'text': 1 sentences")


# Corpora --------------------------------------------------------------------------------------------------------------

pytest.importorskip("duckdb", reason="DuckDB is not installed")


def test_a_corpus_shows_its_numbers() -> None:
    reports: list[dict[str, Any]] = [
        {"name": "a", "agency": "<i>甲局</i>", "year": 2020, "sentences": 3, "facts": [{"value": 1}] * 2},
        {"name": "b", "agency": "乙局", "year": 2021, "sentences": 2},
        {"name": "c", "agency": "乙局", "year": None},
        {"name": "d", "status": "failed", "year": None},
        {"name": "e", "status": "removed", "agency": "丙局", "year": 2019},
    ]
    corpus = zg.Corpus(fill(reports), "folder/<b>.duckdb")
    found = read(corpus._repr_html_())
    assert "folder/<b>.duckdb" in found.text
    for told in (
        "5 报告 reports",
        "3 已分析",
        "1 失败",
        "1 来源已删",
        "2 机构",
        "sentences 5",
        "facts 2",
        "未识别 not found",
    ):
        assert told in found.text
    assert "2019" not in found.text
    assert repr(corpus) == "<Corpus 'folder/<b>.duckdb'>"
    corpus.close()
    assert "已关闭 closed" in read(corpus_fragment(corpus)).text


def test_many_years_are_cut() -> None:
    corpus = zg.Corpus(fill([{"name": str(year), "year": year} for year in range(1980, 2020)]), "x")
    text = read(corpus_fragment(corpus)).text
    assert "另有 10 项" in text
    assert "19891" not in text
    assert "19901" in text


def test_an_empty_corpus_is_shown() -> None:
    assert "没有 none" in read(corpus_fragment(zg.Corpus(fill([]), "x"))).text


# The example notebooks ------------------------------------------------------------------------------------------------

RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
print(nbformat.writes(book))
"""


def test_notebooks_are_kept_without_what_they_print() -> None:
    assert [path.name for path in NOTEBOOKS] == ["corpus.ipynb", "report.ipynb"]
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code
        assert not any(cell["outputs"] or cell["execution_count"] for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("nbclient", "ipykernel", "matplotlib"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    # In a process of its own: the client starts threads and sockets of this machine.
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), str(path.parent)], capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    outputs = [output for cell in json.loads(done.stdout)["cells"] for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output["output_type"] in ("error", "stream")]
    shown = ["".join(output["data"].get("text/html", "")) for output in outputs]
    first = next(html for html in shown if html.startswith('<div style="background:#fff'))
    read(first)
    expected = {"report.ipynb": ("云澜市人民政府 2017", 2), "corpus.ipynb": ("语料库 Corpus", 3)}
    title, figures = expected[path.name]
    assert title in first
    assert sum("image/png" in output["data"] for output in outputs) == figures
