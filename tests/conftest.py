"""The network closed to all tests; samples that invariants run over; the shared reports, which a checkout may lack."""

from __future__ import annotations

import json
import os
import runpy
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
GUARD = Path(__file__).parent / "guard"
# Dask, Jupyter and WebDriver talk to processes of their own over sockets of this machine.
_LOOPBACK = ("test_browser.py", "test_cluster.py", "test_notebook.py")
_ALLOW, _NOTES = "ZHGOVTEXT_TEST_NETWORK", "ZHGOVTEXT_TEST_NOTES"

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
    "blanks before a mark": "  、公开3条。\u3000、其他。\n 、概述 、",
    "windows lines": "一、概述\r\n全年公开3条。\r\n",
    "glued": "二、主动公开情况（一）数量2023年公开3条。其中：1、网站公开数条212210037",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in _LOOPBACK:
            item.add_marker(pytest.mark.loopback)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of the test: some start what talks."""
    os.environ[_ALLOW] = "loopback" if item.get_closest_marker("loopback") else "none"


@pytest.fixture(scope="session", autouse=True)
def _closed_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No socket to anywhere, in this process and in every Python that a test starts; where attempts are noted."""
    notes = tmp_path_factory.mktemp("network") / "notes"
    notes.touch()
    start = subprocess.Popen.__init__

    def guarded(process: subprocess.Popen[Any], *arguments: Any, **options: Any) -> None:
        # Tests that give an environment of their own, with a path of their own.
        if options.get("env") is not None:
            environment = dict(options["env"])
            for name in (_ALLOW, _NOTES):
                environment.setdefault(name, os.environ[name])
            environment["PYTHONPATH"] = _with_guard(environment.get("PYTHONPATH"))
            options["env"] = environment
        start(process, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_NOTES, str(notes))
        patch.setenv("PYTHONPATH", _with_guard(os.environ.get("PYTHONPATH")))
        patch.setattr(subprocess.Popen, "__init__", guarded)
        runpy.run_path(str(GUARD / "sitecustomize.py"))
        yield notes


def _with_guard(path: str | None) -> str:
    return os.pathsep.join(filter(None, (str(GUARD), path)))


@pytest.fixture(autouse=True)
def refused(_closed_network: Path) -> Iterator[Callable[[], list[str]]]:
    """What a test tried to reach in vain: a test that does not look at it fails for it."""

    def take() -> list[str]:
        found = _closed_network.read_text(encoding="utf-8").splitlines()
        os.truncate(_closed_network, 0)
        return found

    yield take
    assert take() == []


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
