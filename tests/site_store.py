"""A small store made of reports of invented places, for the tests of a site."""

from __future__ import annotations

from pathlib import Path

from conftest import REPORTS

import zhgovtext as zg
from zhgovtext.store import create_store, write_reports

BAD = "<script>window.ran=1</script>"
# The name of a report without a title: a mark in it would turn what stands behind it.
NAMELESS = "none\u202e.txt"
# Lines of filling keep the evidence out of sight when a page opens.
_FILLING = "全年工作平稳有序，各项任务按期完成。\n" * 60


def _text(agency: str, year: int, carried: str, parts: tuple[int, int], received: int) -> str:
    online, letters = parts
    return (
        f"{agency}{year}年政府信息公开工作年度报告\n一、概述\n{_FILLING}"
        f"全年收到政府信息公开申请{received}件，其中网络申请{online}件，信函申请{letters}件。{carried}\n{_FILLING}"
    )


# 7 + 6 = 13 holds, 9 + 14 = 23 is not 21; 3 carried out of 2021 are 5 carried into 2022; 2024 stands alone.
TEXTS = {
    "a21.txt": _text("青石县水利局", 2021, "结转下年度继续办理3件。", (7, 6), 13),
    "a22.txt": _text("青石县水利局", 2022, "上年结转政府信息公开申请5件。", (9, 14), 21),
    "a24.txt": _text("青石县水利局", 2024, "", (20, 10), 30),
    "b22.txt": _text("云澜市教育局", 2022, "", (40, 60), 100),
    "b22-copy.txt": _text("云澜市教育局", 2022, "", (40, 60), 100) + "发布日期：2023年1月9日\n",
    NAMELESS: "本单位公开信息3条，解读政策2次。",
    f"{BAD}.txt": f"临川湖区{BAD}{{{{7*7}}}}政府信息公开工作年度报告\n一、概述\n2022年收到申请4件，\u202e办结4件。",
}


def make_store(path: Path) -> Path:
    """A store of these reports, of one that failed and one that was removed."""
    reports = {name: zg.analyze_text(text, name=name) for name, text in TEXTS.items()}
    reports["gone.txt"] = zg.analyze_text(
        "岚江市2019年政府信息公开工作年度报告\n一、概述\n收到申请8件。", name="gone.txt"
    )
    reports["yunlan-2017.txt"] = zg.analyze(REPORTS / "yunlan-2017.txt")
    connection = create_store(path)
    write_reports(connection, reports)
    connection.execute("UPDATE reports SET status = 'removed' WHERE name = 'gone.txt'")
    connection.execute(
        "INSERT INTO reports (report_id, name, path, paths, status, error_code, error_message, error_hint, fingerprint)"
        " VALUES ('00000000000000ff', 'x.pdf', $path, [$path], 'failed', 'damaged', $why, 'save it again', 'f')",
        {"path": f"in/{BAD}/x.pdf", "why": f"is damaged {BAD}"},
    )
    connection.close()
    return path
