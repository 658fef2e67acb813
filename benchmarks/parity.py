"""Does normalisation give what current OpenCC gives? Compared with the official binding on generated texts.

    python benchmarks/parity.py PYTHON [TESTCASES]

PYTHON is an interpreter of another environment in which the official binding (PyPI: OpenCC) is installed: it has the
module name of the package that we use. TESTCASES is OpenCC's own ``test/testcases/testcases.json``, if at hand. Every
entry of the dictionaries is converted, and 20,000 seeded mixtures of entries and common characters. Width and space
forms, which we normalise besides, are normalised in both results.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

from zhgovtext.script import normalize, read_table

CONFIGURATIONS = {"t2s": "hant", "tw2s": "hant-tw", "hk2s": "hant-hk"}
COMMON = (
    "的一是不了在人有我他這中大來上個國和也子時道說要就出會可以對生能而於著下之年過發後作裡用面乾淨頭髮公里瞭解麼藉著"
)
PEER = """
import json, opencc, sys
texts = json.load(sys.stdin)
print(json.dumps({name: [opencc.OpenCC(name).convert(t) for t in texts[name]] for name in texts}))
"""


def generate() -> list[str]:
    rng = random.Random(7)
    phrases = [w for name in ("TSPhrases", "TWVariantsRevPhrases", "HKVariantsRevPhrases") for w in read_table(name)]
    characters = [w for name in ("TSCharacters", "TWVariantsRev", "HKVariantsRev") for w in read_table(name)]
    texts = phrases + characters
    for _ in range(20_000):
        pieces = (
            rng.choice((rng.choice(phrases), rng.choice(characters), *rng.choices(COMMON, k=2))) for _ in range(8)
        )
        texts.append("".join(pieces))
    return texts


def main() -> None:
    generated = generate()
    texts = {name: list(generated) for name in CONFIGURATIONS}
    cases: dict[str, list[tuple[str, str]]] = {name: [] for name in CONFIGURATIONS}
    if sys.argv[2:]:
        # The file has comments and trailing commas.
        raw = re.sub(r"^\s*//.*$", "", Path(sys.argv[2]).read_text(encoding="utf-8"), flags=re.MULTILINE)
        for case in json.loads(re.sub(r",(\s*[}\]])", r"\1", raw))["cases"]:
            for name in CONFIGURATIONS:
                if name in case["expected"]:
                    cases[name].append((case["input"], case["expected"][name]))
    peer = subprocess.run([sys.argv[1], "-c", PEER], input=json.dumps(texts).encode(), capture_output=True, check=True)
    for name, converted in json.loads(peer.stdout).items():
        differences = sum(not _same(text, other, name) for text, other in zip(texts[name], converted, strict=True))
        right = sum(_same(source, expected, name) for source, expected in cases[name])
        print(
            f"{name}: {differences} differences in {len(texts[name])} texts; {right} of {len(cases[name])} cases right"
        )


def _same(text: str, expected: str, name: str) -> bool:
    ours = normalize(text, profile=CONFIGURATIONS[name]).text
    return ours in (expected, normalize(expected, profile="hans").text)


if __name__ == "__main__":
    main()
