"""Normalisation beside opencc-python-reimplemented on the same texts in the same run, as ratios of speed.

    python benchmarks/script.py [FILE...]

Ours includes the map back to the source and the list of changes. A text that needs nothing is converted too, and texts
of 10 and 100 copies show that time grows with length.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from opencc import OpenCC

from zhgovtext.readers import read
from zhgovtext.script import normalize

REPORTS = Path(__file__).parent.parent / "corpus" / "reports"
ROUNDS = 5


def seconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]] or [REPORTS / "yunlan-2017.txt"]
    simplified = "".join(read(file).text for file in files)
    traditional = simplified if sys.argv[1:] else OpenCC("s2t").convert(simplified)
    print(f"{len(traditional)} characters; million characters a second, and ratio to opencc-python-reimplemented")
    for profile, config in (("hant", "t2s"), ("hant-tw", "tw2s"), ("hant-hk", "hk2s"), ("tw-mainland", "tw2sp")):
        peer = OpenCC(config)
        peer.convert(traditional[:100])
        normalize(traditional[:100], profile=profile)
        theirs = seconds(partial(peer.convert, traditional))
        ours = seconds(partial(normalize, traditional, profile=profile))
        speed = len(traditional) / ours / 1e6
        print(
            f"{profile:12} {speed:6.2f}   {config}: {len(traditional) / theirs / 1e6:5.2f}   ratio {theirs / ours:6.1f}"
        )
    plain = normalize(traditional, profile="hant").text
    needed = seconds(lambda: normalize(traditional, profile="hant"))
    nothing = seconds(lambda: normalize(plain))
    print(f"a text that needs nothing: {nothing / needed:.3f} of a conversion (goal 0.1)")
    for copies in (10, 100):
        once = seconds(partial(normalize, traditional * copies))
        print(f"{copies} copies: {once / copies / seconds(lambda: normalize(traditional)):.2f} of the time for each")


if __name__ == "__main__":
    main()
