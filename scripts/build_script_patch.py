"""Write data/script/opencc_patch.tsv: what current OpenCC's dictionaries say otherwise than those of
opencc-python-reimplemented, which date from 2020.

    python scripts/build_script_patch.py CLIB

CLIB is the folder ``opencc/clib`` of an unpacked wheel of the official binding (PyPI: OpenCC), which has the compiled
dictionaries and the program that turns them into text. The binding is not installed beside the package: both are
modules named `opencc`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).parent.parent / "zhgovtext" / "data" / "script" / "opencc_patch.tsv"
# Each of our tables with the dictionaries of OpenCC that make it up, a later one not overruling an earlier.
TABLES = {
    "TSPhrases": ("TSPhrases",),
    "TSCharacters": ("TSCharactersExt", "TSCharacters"),
    "TWVariantsRev": ("TWVariantsRev",),
    "TWVariantsRevPhrases": ("TWVariantsRevPhrases",),
    "HKVariantsRev": ("HKVariantsRev",),
    "HKVariantsRevPhrases": ("HKVariantsRevPhrases",),
}


def entries(path: Path) -> dict[str, str]:
    pairs = (line.partition("\t") for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    return {source: targets for source, _, targets in pairs if source and targets}


def dump(clib: Path, name: str, folder: Path) -> dict[str, str]:
    target = folder / f"{name}.txt"
    source = clib / "share" / "opencc" / f"{name}.ocd2"
    subprocess.run(
        [clib / "bin" / "opencc_dict", "-i", source, "-o", target, "-f", "ocd2", "-t", "text"],
        check=True, capture_output=True, env={**os.environ, "LD_LIBRARY_PATH": str(clib / "lib64")},
    )  # fmt: skip
    return entries(target)


def main() -> None:
    clib = Path(sys.argv[1])
    spec = importlib.util.find_spec("opencc")
    if spec is None or spec.origin is None:
        raise SystemExit("opencc-python-reimplemented is not installed")
    base = Path(spec.origin).parent / "dictionary"
    config = (clib / "lib64" / "cmake" / "opencc" / "OpenCCConfigVersion.cmake").read_text(encoding="utf-8")
    version = re.search(r'PACKAGE_VERSION "([\d.]+)"', config)
    lines = [
        "# What the dictionaries of opencc-python-reimplemented 0.1.7 lack or have otherwise, beside those of OpenCC",
        f"# {version and version[1]} (© Carbo Kuo and the OpenCC contributors, Apache licence 2.0). Made by",
        "# scripts/build_script_patch.py. An empty target takes the entry out.",
        "table\tsource\ttargets",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for table, names in TABLES.items():
            new: dict[str, str] = {}
            for name in names:
                new = {**dump(clib, name, Path(folder)), **new}
            old = entries(base / f"{table}.txt")
            changed = {source for source in new if old.get(source, "").split(" ")[0] != new[source].split(" ")[0]}
            removed = set(old) - set(new)
            lines += [f"{table}\t{source}\t{new.get(source, '')}" for source in sorted(changed | removed)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
