"""Many reports out of the few in corpus/reports, for tests of scale alone: never for training, never for findings.

    python benchmarks/multiply.py COUNT FOLDER [--seed N]

Each file is one of our own reports with its place, year and figures changed and its paragraphs partly left out, by a
seeded generator: the same COUNT and seed give the same bytes. Sums no longer hold.
"""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path

REPORTS = Path(__file__).parent.parent / "corpus" / "reports"
_FIGURE = re.compile(r"(?<![\d.])[1-9]\d{1,6}(?=[条件篇次份项个人名场期家册万\t\n])")
_YEAR = re.compile(r"20[01]\d|202\d")
_FIRST = "云青临岚汀苇望丰清宁安和平长永新"
_SECOND = "澜石湖江原川岑泽浦源陵阳山溪桥林"


def multiply(count: int, folder: Path, *, seed: int = 1) -> None:
    """Write `count` reports into `folder`, named by agency and year."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(REPORTS.glob("*.txt"))]
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        place = rng.choice(_FIRST) + rng.choice(_SECOND)
        shift, source = rng.randrange(-3, 4), rng.choice(sources)
        name = re.match(r"[\u4e00-\u9fff]{2}", source)
        text = source.replace(name.group(), place) if name else source
        text = _YEAR.sub(lambda match, shift=shift: str(int(match.group()) + shift), text)  # type: ignore[misc]
        text = _FIGURE.sub(lambda match: str(max(1, int(int(match.group()) * rng.uniform(0.5, 1.5)))), text)
        lines = [line for line in text.split("\n") if len(line) < 60 or rng.random() > 0.15]
        (folder / f"{number:06d}-{place}.txt").write_text("\n".join(lines), encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    multiply(options.count, options.folder, seed=options.seed)


if __name__ == "__main__":
    main()
