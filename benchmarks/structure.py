"""Sections, sentences and metadata found in real reports, beside what a careful reader found.

    python benchmarks/structure.py ../shared/reports [--verbose]

Sections: level, number and title (its length, first and last characters) against ``outlines.tsv``, read off by hand.
Sentences: a unit of ``gold/NAME.sentences.tsv`` is right when one of ours ends where it ends and begins where it
begins, white space left out; the reader's first unit behind a glued heading or a title holds that heading too, so there ours
may begin later, at the end of a heading or of the title's lines.
"""

from __future__ import annotations

import sys
from itertools import accumulate
from pathlib import Path

from zhgovtext.report import Report, analyze
from zhgovtext.resources import rows

Row = tuple[int, str, int, str, str]


def main() -> None:
    folder, verbose = Path(sys.argv[1]), "--verbose" in sys.argv
    outlines = _outlines()
    print(f"{'file':18} {'sections: wanted':>16} {'found':>6} {'right':>6}   {'sentences: wanted':>17} {'right':>6}")
    for path in sorted(folder.glob("*.*")):
        if path.stem not in outlines:
            continue
        report = analyze(path)
        wanted = outlines[path.stem]
        found = [_row(section.level, section.number, section.title) for section in _titles(report)]
        right = sum(row in found for row in wanted)
        units, good, bad = _units(report, folder / "gold" / f"{path.stem}.sentences.tsv")
        print(f"{path.name:18} {len(wanted):16} {len(found):6} {right:6}   {units:17} {good:6}")
        if verbose:
            for row in wanted:
                if row not in found:
                    print("   missed:", *row)
            for section, row in zip(_titles(report), found, strict=True):
                if row not in wanted:
                    print("   not wanted:", section.level, section.number, section.title)
            for text in bad:
                print("   unit:", text)


def _titles(report: Report) -> list[_Title]:
    return [_Title(h.level, h.number, h.title) for h in report.layout.headings]


class _Title:
    def __init__(self, level: int, number: str, title: str) -> None:
        self.level, self.number, self.title = level, number, title


def _row(level: int, number: str, title: str) -> Row:
    plain = title.replace(",", "，")
    return level, number.replace("(", "（").replace(")", "）"), len(plain), plain[:2], plain[-2:]


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
        end = start + len(key)
        if start >= 0:
            at = end
        ours = ends.get(end)
        if start >= 0 and ours is not None and (ours == start or _is_lead(start, ours, covered, borders)):
            good += 1
        else:
            bad.append(unit[:60] + " … " + unit[-20:])
    return len(wanted), good, bad


def _is_lead(start: int, ours: int, covered: set[int], borders: set[int]) -> bool:
    """Whether what the reader's unit has before ours ends with a heading or the report's title."""
    return start < ours and (ours - 1 in covered or any(start <= border < ours for border in borders))


if __name__ == "__main__":
    main()
