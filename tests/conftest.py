"""Samples that invariants run over, and the shared reports, which a checkout may not have."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "corpus" / "reports"
SHARED = ROOT.parent / "shared" / "reports"
CASES = Path(__file__).parent / "cases"

# Texts of awkward shape; invariants hold for them as for whole reports.
SNIPPETS = {
    "one sentence": "全年公开政府信息12条。",
    "no stop": "全年共公开政府信息１２条，其中规章３件",
    "only a heading": "一、概述",
    "blank lines": "\n\n　\n一、概述\n\n2023年平稳。\n\n\n",
    "traditional": "一、概述\n全年主動公開政府信息1.2萬條，收到申請12件；辦結11件。",
    "taiwan mirror": "國務院：入口網站公布規範性檔案18萬余條，方便人民民眾。\n（一）最佳化服務。透過資料庫申請3件。",
    "mixed": "我市公开《香港特別行政區》文本，收到申请3件。",
    "supplementary": "㐀𠀀𪜀公开了３件，😀其中𠮷姓1人。",
    "marks": "“公开！”他说。；；……《条例！》12.5%。（三）3.5万元；\u200b\u200f零宽",
    "table": "附表\n指标\t单位\t数量\n主动公开政府信息数\t条\t12\n其中：网站公开\t条\t\n（二）收到申请数\t件\t/\n",
    "lone surrogate": "公开\ud800信息3条。",
    "windows lines": "一、概述\r\n全年公开3条。\r\n",
    "glued": "二、主动公开情况（一）数量2023年公开3条。其中：1、网站公开数条212210037",
}


def sample_texts() -> dict[str, str]:
    texts = dict(SNIPPETS)
    for path in sorted([*REPORTS.glob("*.txt"), *SHARED.glob("*.txt")]):
        texts[path.stem] = path.read_text(encoding="utf-8")
    return texts


def sample_files() -> dict[str, Path]:
    """Reports of every format by name: our own trial files, and the shared reports where they are."""
    folders = (Path(__file__).parent / "files" / "trial", Path(__file__).parent / "files" / "pages", SHARED)
    formats = (".html", ".htm", ".pdf", ".docx", ".txt")
    paths = [path for folder in folders for path in sorted(folder.glob("*.*")) if path.suffix in formats]
    return {path.name: path for path in paths}


def cases(name: str) -> list[Any]:
    """Cases of ``cases/NAME.json`` as pytest parameters; a case marked ``known_failure`` must fail."""
    found = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return [
        pytest.param(
            case,
            id=case["label"],
            marks=[pytest.mark.xfail(reason=case["known_failure"], strict=True)] if "known_failure" in case else [],
        )
        for case in found
    ]


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared reports are not here")
    return SHARED


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[str], None]]]:
    """A disk of its own, small at first, and what mounts it again in another way."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "zhgovtext", str(place)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("file systems may not be mounted here")

    mount("size=1m")
    yield place, mount
    subprocess.run(["umount", "-l", str(place)], check=True)
