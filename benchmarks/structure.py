"""Sections, table cells and sentences found in real reports, beside what a careful reader found.

    python benchmarks/structure.py ../shared/reports [--verbose]

Sections: level, number and title (its length, first and last characters) against ``outlines.tsv``, read off by hand.
Cells: figures of ``gold/NAME.table.json`` with the right indicator, dimensions and value.
Sentences: a unit of ``gold/NAME.sentences.tsv`` is right when one of ours ends where it ends and begins where it
begins, white space left out; the reader's first unit behind a glued heading or a title holds that heading too, so there
ours may begin later, at the end of a heading or of the title's lines.
"""

from __future__ import annotations

import json
import sys
from itertools import accumulate
from pathlib import Path

from tables import compare

from zhgovtext.report import Report, analyze
from zhgovtext.resources import rows
from zhgovtext.structure import Heading

TAIL = 20
Row = tuple[int, str, int, str, str]


def main() -> None:
    folder, verbose = Path(sys.argv[1]), "--verbose" in sys.argv
    outlines = _outlines()
    print(f"{'':18} {'sections':>21} {'cells':>14} {'sentences':>14}")
    print(f"{'file':18} {'gold':>7}{'found':>7}{'right':>7} {'gold':>7}{'right':>7} {'gold':>7}{'right':>7}")
    for path in sorted(folder.glob("*.*")):
        if path.stem not in outlines:
            continue
        report = analyze(path)
        wanted, headings = outlines[path.stem], report.layout.headings
        found = [_row(heading) for heading in headings]
        right = sum(row in found for row in wanted)
        cells, read = _cells(report, folder / "gold" / f"{path.stem}.table.json")
        units, good, bad = _units(report, folder / "gold" / f"{path.stem}.sentences.tsv")
        print(f"{path.name:18} {len(wanted):7}{len(found):7}{right:7} {cells:7}{read:7} {units:7}{good:7}")
        if verbose:
            lines = [f"section missed: {row}" for row in wanted if row not in found]
            lines += [f"no section: {h.level} {h.number} {h.title}" for h in headings if _row(h) not in wanted]
            print(*(f"    {line}\n" for line in (*lines, *(f"unit: {text}" for text in bad))), sep="", end="")


def _row(heading: Heading) -> Row:
    plain = heading.title.replace(",", "，")
    number = heading.number.replace("(", "（").replace(")", "）")
    return heading.level, number, len(plain), plain[:2], plain[-2:]


def _cells(report: Report, gold: Path) -> tuple[int, int]:
    if not gold.exists():
        return 0, 0
    cells = json.loads(gold.read_text(encoding="utf-8"))
    return len(cells), compare([fact for fact in report.facts if fact.source == "table"], cells).right


def _outlines() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    columns = ("report", "level", "number", "length", "first", "last")
    for _, row in rows(Path(__file__).parent / "outlines.tsv", columns):
        one = int(row["level"]), row["number"], int(row["length"]), row["first"], row["last"]
        found.setdefault(row["report"], []).append(one)
    return found


def _units(report: Report, gold: Path) -> tuple[int, int, list[str]]:
    text = report.document.text
    position = [0, *accumulate(not char.isspace() for char in text)]
    bare = "".join(text.split())
    units = [(position[s.start], position[s.end]) for s in report.sentences]
    ends = {end: start for start, end in units}
    borders = {position[section.start] for section in report.sections} | {0}
    normalized, headings = report.normalized, report.layout.headings
    spans = [(h.start, h.title_end) for h in headings] + ([report.layout.title] if report.layout.title else [])
    covered = set()
    for low, high in spans:
        start, end = normalized.source_span(low, high)
        covered |= set(range(position[start], position[end]))
    good, bad, at = 0, [], 0
    wanted = [line.split("\t")[2] for line in gold.read_text(encoding="utf-8").splitlines() if line]
    for unit in wanted:
        key = "".join(unit.split())
        start = bare.find(key, at)
        start = bare.find(key) if start < 0 else start
        # What a site put before the text is in the gold, which was read from another copy, and not in a page as read.
        tail = bare.find(key[-TAIL:], at) if start < 0 else -1
        end = start + len(key) if start >= 0 else tail + TAIL
        at = max(at, end)
        ours = ends.get(end)
        begins = ours is not None and (
            key.endswith(bare[ours:end]) if start < 0 else ours == start or _is_lead(start, ours, covered, borders)
        )
        if begins:
            good += 1
        else:
            bad.append(unit[:60] + " … " + unit[-20:])
    return len(wanted), good, bad


def _is_lead(start: int, ours: int, covered: set[int], borders: set[int]) -> bool:
    """Whether what the reader's unit has before ours ends with a heading or the report's title."""
    return start < ours and (ours - 1 in covered or any(start <= border < ours for border in borders))


if __name__ == "__main__":
    main()
