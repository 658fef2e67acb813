"""Quantities against a careful reader, and beside public packages.

    python benchmarks/quantities.py ../shared/reports [PEERS_PYTHON]

First, a report a line: the reader's quantities found (place and value), those whose unit, qualifier and text agree too
(the reader's `accept:` notes are not read), what was found beyond them, and F1; the reader's borderline ones are
optional, and table rows, where the reader counted nothing, are left out. Then all hand-worked cases of
tests/cases/numbers.json beside cn2an, jionlp and Recognizers-Text, as far as the Python that is given has them.

The peers are not made for this: none knows counters, so only **values** are compared, in any order; cn2an rewrites
numerals and finds none by itself (what stands as digits in its output counts as found), jionlp finds money only, and
Recognizers-Text wants every numeral, ordinals and names among them. A false hit is a value in no quantity of the case.
The cases were written with this package in view: its own row says that they hold, not how it does elsewhere.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from zhgovtext.facts import Fact
from zhgovtext.quantities import find_numbers
from zhgovtext.report import analyze

CASES = Path(__file__).parent.parent / "tests" / "cases" / "numbers.json"
PEERS = ("cn2an", "jionlp", "recognizers-text")
# Run by the peers' Python: texts in, for each package a list of values for each text out, null where it is missing.
PEER_SCRIPT = r"""
import contextlib, io, json, re, sys, warnings
warnings.simplefilter("ignore")
texts = json.load(sys.stdin)

def cn2an_values():
    import cn2an
    def values(text):
        rewritten = cn2an.transform(text, "cn2an")
        return [float(found.replace(",", "")) * {"万": 1e4, "亿": 1e8}.get(scale, 1)
                for found, scale in re.findall(r"(\d[\d,]*(?:\.\d+)?)([万亿]?)", rewritten)]
    return values

def jionlp_values():
    import jionlp
    return lambda text: [float(found["detail"]["num"]) for found in jionlp.ner.extract_money(text, with_parsing=True)
                         if isinstance(found["detail"]["num"], str)]

def recognizers_values():
    from recognizers_number import Culture, recognize_number, recognize_percentage
    def values(text):
        shares = recognize_percentage(text, Culture.Chinese)
        numbers = [found for found in recognize_number(text, Culture.Chinese)
                   if not any(share.start <= found.start <= share.end for share in shares)]
        return [float(found.resolution["value"].rstrip("%")) for found in [*shares, *numbers]
                if found.resolution and found.resolution.get("value")]
    return values

def run(values, text):
    try:
        return values(text)
    except Exception:
        return []

result = {}
for name, make in (("cn2an", cn2an_values), ("jionlp", jionlp_values), ("recognizers-text", recognizers_values)):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            values = make()
            result[name] = [run(values, text) for text in texts]
        except ImportError:
            result[name] = None
print(json.dumps(result))
"""


def main() -> None:
    _gold(Path(sys.argv[1]))
    _peers(sys.argv[2] if len(sys.argv) > 2 else sys.executable)


def _gold(folder: Path) -> None:
    print(f"{'report':16} {'required':>8} {'found':>6} {'exact':>6} {'extra':>6} {'F1':>6}")
    totals: Counter[str] = Counter()
    for path in sorted((folder / "gold").glob("*.facts.json")):
        source = folder / path.name.replace(".facts.json", ".txt")
        if not source.exists():
            continue
        wanted: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        found = {(fact.start, fact.value): fact for fact in _prose(source)}
        needed = {(w["start"], w["value"]): w for w in wanted if not w.get("note", "").startswith("borderline")}
        extra = set(found) - {(w["start"], w["value"]) for w in wanted}
        hits = needed.keys() & found.keys()
        exact = sum(
            (found[key].unit, found[key].qualifier, found[key].quote)
            == (needed[key]["unit"], needed[key]["qualifier"], needed[key]["quote"])
            for key in hits
        )
        counts = Counter(required=len(needed), found=len(hits), exact=exact, extra=len(extra))
        totals += counts
        _line(path.name.split(".")[0], counts)
        for key in needed.keys() - found.keys():
            print(f"    missed {needed[key]['quote']}")
        for key in sorted(extra):
            print(f"    beyond {found[key].quote}")
    _line("all", totals)


def _prose(source: Path) -> list[Fact]:
    return [fact for fact in analyze(source).facts if fact.source == "prose" and fact.state == "stated"]


def _line(name: str, counts: Counter[str]) -> None:
    f1 = 2 * counts["found"] / max(1, counts["required"] + counts["found"] + counts["extra"])
    figures = " ".join(f"{counts[key]:{width}}" for key, width in (("required", 8), ("found", 6), ("exact", 6)))
    print(f"{name:16} {figures} {counts['extra']:6} {f1:6.3f}")


def _peers(python: str) -> None:
    cases: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))
    texts = [case["text"] for case in cases]
    wanted = [Counter(float(number["value"]) for number in case["numbers"]) for case in cases]
    answer = subprocess.run(
        [python, "-c", PEER_SCRIPT], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    columns: dict[str, list[list[float]] | None] = {
        "zhgovtext": [[float(number.value) for number in find_numbers(text)] for text in texts],
        **json.loads(answer.stdout.splitlines()[-1]),
    }
    negatives = sum(not values for values in wanted)
    quantities = sum(values.total() for values in wanted)
    print(f"{len(cases)} cases, {quantities} quantities, {negatives} cases without any")
    print(f"{'package':18} {'values right':>12} {'false hits':>10} {'cases all right':>15} {'hits where none is':>18}")
    for name in ("zhgovtext", *PEERS):
        found = columns[name]
        if found is None:
            print(f"{name:18} not installed")
            continue
        counters = [Counter(values) for values in found]
        right = sum((got & want).total() for got, want in zip(counters, wanted, strict=True))
        false = sum((got - want).total() for got, want in zip(counters, wanted, strict=True))
        whole = sum(got == want for got, want in zip(counters, wanted, strict=True))
        wrong = sum(bool(got) and not want for got, want in zip(counters, wanted, strict=True))
        print(f"{name:18} {right:12} {false:10} {whole:15} {wrong:18}")


if __name__ == "__main__":
    main()
