"""How time and memory grow with the length of a text, from 1 KB to 10 MB; and the memory that one report takes.

    python benchmarks/growth.py [FILE...]

Every text is analysed in a process of its own, which has analysed a short one before, so that the models are loaded.
Time is that of the processor, memory the highest that the process reached above what it held when it began. A text of
reports is the reports of corpus/reports again and again, with other places, years and figures (`multiply.py`).

1. From 1 KB to 10 MB in doublings: the analysis with shares and keywords, then what `to_dict` and `to_html` add. The
   slope is that of the logarithms above 100 KB: 1 is linear, 2 quadratic.
2. The same slope of the analysis and of `to_html` for texts as no report has them, of `SHAPE_SIZES`. Up to 1.2 it is
   not the work that grows: millions of objects fit no cache, and Python's collector of garbage looks through them again
   and again (``tests/test_growth.py`` counts the calls instead).
3. The highest memory of a process that analyses one file, all that it imports counted, and then makes its dict and
   page: the files given, without any a report of the corpus and one of each format among the trial reports.
"""

from __future__ import annotations

import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TRIAL = ROOT / "tests" / "files" / "trial"
FILES = (ROOT / "corpus" / "reports" / "yunlan-2017.txt", TRIAL / "06-modern.html", TRIAL / "12-province.docx",
         TRIAL / "14-city.pdf")  # fmt: skip
KB = 1_000
SIZES = (*(KB * 2**doubling for doubling in range(14)), 10_000 * KB)
SHAPE_SIZES = (100 * KB, 400 * KB, 1_600 * KB)
STEADY = 100 * KB
BUDGET_SLOPE = 1.05
BUDGET_MB = 150
STAGES = ("analysis", "dict", "page")

Line = Callable[[random.Random], str]

_NUMERALS = "一二三四五六七八九十"
_HAN = "公开信息政府年度报告申请办理平台网站建设制度规定工作情况社会群众监督保障主动机关部门单位"


def _some(rng: random.Random, characters: str, count: int) -> str:
    return "".join(rng.choices(characters, k=count))


def _number(rng: random.Random) -> int:
    return rng.randrange(1, 100_000)


# Texts that one thing makes up; of `nested` the second half closes what the first opens.
LINES: dict[str, Line] = {
    "figures": lambda rng: f"主动公开政府信息{_number(rng)}条，",
    "parts of one total": lambda rng: f"{_some(rng, _HAN, 2)}{_number(rng)}件，",
    "totals and parts": lambda rng: f"收到申请{_number(rng)}件，其中网站{_number(rng)}件、信函{_number(rng)}件。",
    "one sentence again": lambda rng: "全年共收到政府信息公开申请12件，办结11件，结转1件。\n",
    "rates": lambda rng: f"同比增长{_number(rng)}%，占{_number(rng)}%；",
    "running totals": lambda rng: f"截至{rng.randrange(2000, 2024)}年底累计公开{_number(rng)}条；",
    "dates": lambda rng: f"{rng.randrange(2000, 2024)}年{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日至",
    "headings": lambda rng: f"{rng.choice(_NUMERALS)}、{_some(rng, _HAN, 5)}\n",
    "headings of three levels": lambda rng: rng.choice(("一、概述\n", "（二）情况\n", "3.工作\n")),
    "numbered items": lambda rng: f"{rng.randrange(1, 200)}.{_some(rng, _HAN, 12)}；\n",
    "contents": lambda rng: f"{rng.choice(_NUMERALS)}、概述……{rng.randrange(1, 99)}\n",
    "rows, tabs": lambda rng: f"事项{_number(rng)}\t{_number(rng)}\t{_number(rng)}\n",
    "rows, bars": lambda rng: f"|事项{_number(rng)}|{_number(rng)}|{_number(rng)}|\n",
    "rows, blanks": lambda rng: f"受理申请数  {_number(rng)}  {_number(rng)}\n",
    "rows of a form": lambda rng: f"（一）受理申请 件 {_number(rng)}\n",
    "no punctuation": lambda rng: rng.choice(_HAN),
    "commas": lambda rng: f"{_some(rng, _HAN, 6)}，",
    "one-character sentences": lambda rng: "公。",
    "one-character lines": lambda rng: "公\n",
    "blanks between": lambda rng: f"{rng.choice(_HAN)} ",
    "digits": lambda rng: rng.choice("0123456789"),
    "Chinese digits": lambda rng: rng.choice(_NUMERALS),
    "brackets open": lambda rng: "（",
    "quotes open": lambda rng: "公“《",
    "brackets": lambda rng: "（《“公开”》）",
    "nested brackets": lambda rng: "（公",
    "outside the plane": lambda rng: "公😀开𠮷",
    "traditional": lambda rng: "政府資訊公開條例與網站建設，歷年來統計數據。\n",
}


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(_measure(sys.argv[2], int(sys.argv[3]))))
    elif sys.argv[1:2] == ["--file"]:
        print(json.dumps(_memory(sys.argv[2])))
    else:
        _reports()
        _shapes()
        _files([Path(name) for name in sys.argv[1:]] or list(FILES))


def _reports() -> None:
    print(f"{'KB':>6} {'chars':>8} {'analysis s':>10} {'ratio':>6} {'dict s':>7} {'page s':>7}", end=" ")
    print(f"{'analysis MB':>11} {'dict MB':>8} {'page MB':>8} {'page is MB':>10}")
    rows: list[dict[str, Any]] = []
    for size in SIZES:
        row = _child("--one", "reports", str(size))
        grown = f"{row['analysis']['s'] / rows[-1]['analysis']['s']:6.2f}" if rows else " " * 6
        seconds = f"{row['analysis']['s']:10.3f} {grown} {row['dict']['s']:7.3f} {row['page']['s']:7.3f}"
        memory = f"{row['analysis']['mb']:11.1f} {row['dict']['mb']:8.1f} {row['page']['mb']:8.1f}"
        print(f"{size // KB:6} {row['chars']:8} {seconds} {memory} {row['page_mb']:10.1f}", flush=True)
        rows.append(row)
    for stage in STAGES:
        print(f"{stage}: time {_slope(rows, stage, 's'):.2f}, memory {_slope(rows, stage, 'mb'):.2f};", end=" ")
    print(f"slopes above {STEADY // KB} KB (budget {BUDGET_SLOPE})")


def _shapes() -> None:
    sizes = SHAPE_SIZES
    print(f"{'text up to ' + str(sizes[-1] // KB) + ' KB':26} {'analysis':>9} {'page':>6} {'s/MB':>6}", end=" ")
    print(f"{'largest ratio':>13} {'MB/MB':>6}")
    for shape in ("reports on one line", *LINES):
        rows = [_child("--one", shape, str(size)) for size in sizes]
        largest = max(after["analysis"]["s"] / before["analysis"]["s"] for before, after in pairwise(rows))
        slopes = f"{_slope(rows, 'analysis', 's'):9.2f} {_slope(rows, 'page', 's'):6.2f}"
        cost = f"{rows[-1]['analysis']['s'] / sizes[-1] * 1e6:6.2f}"
        held = f"{rows[-1]['analysis']['mb'] / sizes[-1] * 1e6:6.0f}"
        print(f"{shape:26} {slopes} {cost} {largest:13.2f} {held}", flush=True)


def _files(paths: list[Path]) -> None:
    print(f"{'file':26} {'chars':>7} {'analysed, MB':>12} {'dict and page too':>17}   (budget {BUDGET_MB})")
    for path in paths:
        row = _child("--file", str(path))
        print(f"{path.name:26} {row['chars']:7} {row['analysis']:12.0f} {row['all']:17.0f}")


def _child(*arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _slope(rows: list[dict[str, Any]], stage: str, what: str) -> float:
    """Of the line through the logarithms of characters and cost, by least squares."""
    points = [(math.log(row["chars"]), math.log(row[stage][what])) for row in rows if row["bytes"] >= STEADY]
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    rise: float = sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)
    return rise


def _measure(shape: str, size: int) -> dict[str, Any]:
    """In a process of its own: seconds of each stage, and the MB above the beginning that were held at most so far."""
    from zhgovtext.report import analyze_text

    text = _text(shape, size)
    _work(analyze_text("一、概述\n2023年，我局共收到政府信息公开申请12件。")).to_html()
    begin = _peak()
    stages: Iterator[tuple[str, Callable[[], Any]]] = iter(
        (
            ("analysis", lambda: _work(analyze_text(text))),
            ("dict", lambda: report.to_dict()),
            ("page", lambda: report.to_html()),
        )
    )
    result: dict[str, Any] = {"bytes": size, "chars": len(text)}
    report: Any = None
    page: Any = None
    for name, stage in stages:
        start = time.process_time()
        page = stage()
        seconds = time.process_time() - start
        report = report or page
        result[name] = {"s": max(seconds, 1e-4), "mb": max(_peak() - begin, 0.1)}
    return {**result, "page_mb": len(page.encode()) / 1e6}


def _work(report: Any) -> Any:
    """A report with all that is found when asked for; without intervals, which take the same time for any length."""
    report.category_shares(intervals=False)
    report.keywords()
    return report


def _memory(path: str) -> dict[str, Any]:
    from zhgovtext.report import analyze

    report = _work(analyze(path))
    analysed = _peak()
    report.to_dict()
    report.to_html()
    return {"chars": len(report.document.text), "analysis": analysed, "all": _peak()}


def _text(shape: str, size: int) -> str:
    """The first `size` bytes of a text, but for a last character that was cut."""
    if shape in LINES:
        rng = random.Random(1)
        half = size // 2 if shape == "nested brackets" else size
        pieces, length = ["公开"], 0
        while length < half:
            pieces.append(LINES[shape](rng))
            length += len(pieces[-1].encode())
        text = "".join(pieces) + "开）" * (len(pieces) - 1 if half < size else 0)
    else:
        text = _multiplied(size)
        text = text.replace("\n", "") if shape == "reports on one line" else text
    return text.encode()[:size].decode(errors="ignore")


def _multiplied(size: int) -> str:
    from multiply import multiply

    with tempfile.TemporaryDirectory() as folder:
        multiply(size // 7_000 + 2, Path(folder))
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.txt")))


def _peak() -> float:
    """Most memory that this process ever held, in MB."""
    held: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


if __name__ == "__main__":
    main()
