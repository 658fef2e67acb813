"""The examples run, and print what they promise."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import REPORTS, ROOT

import zhgovtext as zg


def _run(name: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        capture_output=True, check=True, cwd=ROOT, encoding="utf-8", env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_summarize_folder() -> None:
    lines = _run("summarize_folder.py", str(REPORTS))
    assert len(lines) == len(list(REPORTS.glob("*.txt")))
    assert any(line.startswith("qingshi-2011.txt\t青石县人民政府\t2011\t") for line in lines)


def test_figures_with_evidence() -> None:
    lines = _run("figures_with_evidence.py", str(REPORTS / "yunlan-2017.txt"))
    assert any(line.startswith("request.received\t1286\t件\t2017\tprose\t…") for line in lines)


def test_count_tone() -> None:
    lines = _run("count_tone.py", str(REPORTS / "yunlan-2017.txt"))
    assert any("【" in line for line in lines)


def test_copied_sentences() -> None:
    lines = _run("copied_sentences.py", str(REPORTS / "tingyuan-2022.txt"), str(REPORTS / "tingyuan-2021.txt"))
    assert lines[0].endswith(" sentences copied")
    # The one sentence of contacts stands in both years word for word.
    assert any(line.startswith("identical\t1.00\t查询或反映意见") for line in lines)


def test_panel_for_regression(tmp_path: Path) -> None:
    store, target = tmp_path / "store.duckdb", tmp_path / "panel.csv"
    zg.run_batch([REPORTS / "yunlan-2017.txt", REPORTS / "yunlan-2018.txt"], store, workers=1)
    lines = _run("panel_for_regression.py", str(store), "request_received,proactive_total", str(target))
    # The text of 2018 gives another total of what was disclosed than the table.
    assert [line.rsplit("\t", 1)[1] for line in lines] == ["contradicted: 0", "contradicted: 1"]
    rows = [line.split(",") for line in target.read_text(encoding="utf-8").splitlines()]
    assert [row[-2:] for row in rows[1:]] == [["1286.0", rows[1][-1]], ["1517.0", ""]]
    assert rows[1][-1] != ""


def _texts() -> list[dict[str, str]]:
    return [{"id": str(at), "text": f"全年收到政府信息公开申请{at}件。"} for at in range(1, 251)]


def test_pool_facts(tmp_path: Path) -> None:
    lines = [json.dumps(text, ensure_ascii=False) for text in _texts()]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    target = tmp_path / "facts.parquet"
    assert _run("pool_facts.py", str(tmp_path / "texts.jsonl"), str(target)) == [
        f"250 figures of texts.jsonl: {target}"
    ]
    assert pq.read_table(target)["value"].to_pylist() == list(range(1, 251))


@pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="Spark is not installed")
def test_spark_facts(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(_texts()), tmp_path / "texts.parquet")
    target = tmp_path / "facts"
    assert _run("spark_facts.py", str(tmp_path / "texts.parquet"), str(target))[-1] == f"250 figures: {target}"
    assert sorted(pq.read_table(target)["value"].to_pylist()) == list(range(1, 251))
