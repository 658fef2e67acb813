"""Pages and files a second that each reader of documents gets through, on one core.

    python benchmarks/readers.py [FILE...]

Without files it takes a sample of each format: a page as heavy as they come (the site around it, Word's styles on every
cell), and a Word file and a PDF of six pages from the trial reports, all with the official tables. A figure is the best
of `ROUNDS`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from zhgovtext.document import Content
from zhgovtext.readers.limits import Limits
from zhgovtext.readers.pdf import read_pdf
from zhgovtext.readers.webpage import read_page
from zhgovtext.readers.word import read_docx

ROUNDS = 20
STYLE = "border:solid windowtext 1.0pt;padding:0cm 5.4pt 0cm 5.4pt;mso-border-alt:solid windowtext .5pt;" * 2
SENTENCE = "全年主动公开政府信息一千二百条，办理依申请公开三十六件，答复按时率保持稳定；公开的渠道进一步拓宽。"


def sample_page() -> bytes:
    """A page as of 2021: menus, some 4,000 characters of prose, a table of 28 rows and 11 columns made by Word."""
    menu = "".join(f'<li class="item"><a href="/{at}/" title="栏目">栏目{at}</a></li>' for at in range(120))
    prose = "".join(
        f'<p class="MsoNormal" style="{STYLE}"><span style="font-size:16pt">{SENTENCE * 2}</span></p>'
        for _ in range(40)
    )
    cell = f'<td width="60" style="{STYLE}"><p class="MsoNormal" style="text-align:center"><span>{{}}</span></p></td>'
    table = "<table border=1>" + ("<tr>" + "".join(cell.format(at) for at in range(11)) + "</tr>") * 28 + "</table>"
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>云澜市2021年政府信息公开工作年度报告</title></head>"
        f"<body><div class=nav><ul>{menu}</ul></div><div id=zoom>{prose}{table * 2}</div></body></html>"
    ).encode()


def _trial(name: str) -> bytes:
    return (Path(__file__).parent.parent / "tests" / "files" / "trial" / name).read_bytes()


# Format → (bytes of a sample, the reader).
FORMATS: dict[str, tuple[Callable[[], bytes], Callable[[bytes, str], Content]]] = {
    "html": (sample_page, lambda data, path: read_page(data, path=path, limits=Limits())),
    "docx": (partial(_trial, "12-province.docx"), lambda data, path: read_docx(data, path=path, limits=Limits())),
    "pdf": (partial(_trial, "14-city.pdf"), lambda data, path: read_pdf(data, path=path, limits=Limits())),
}
SUFFIXES = {".htm": "html"}


def main() -> None:
    inputs = [(Path(name).name, Path(name).suffix.lower(), Path(name).read_bytes()) for name in sys.argv[1:]]
    inputs = inputs or [(f"sample.{name}", f".{name}", make()) for name, (make, _) in FORMATS.items()]
    print(f"{'file':24} {'KB':>6} {'ms':>8} {'a second':>9}")
    for name, suffix, data in inputs:
        read = FORMATS[SUFFIXES.get(suffix, suffix.removeprefix("."))][1]
        best = min(_seconds(read, data, name) for _ in range(ROUNDS))
        print(f"{name:24} {len(data) / 1e3:6.0f} {best * 1e3:8.2f} {1 / best:9.0f}")


def _seconds(read: Callable[[bytes, str], Content], data: bytes, name: str) -> float:
    start = time.perf_counter()
    read(data, name)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
