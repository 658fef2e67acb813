"""Make ``zhgovtext/data/script/characters.tsv``: the characters that only traditional or only simplified script has.

    python scripts/build_script_characters.py

They are those that the dictionaries of OpenCC, as `zhgovtext.script` reads them, change in every case. Kept as a list,
they tell the script of a text without the dictionaries, which a text in simplified script needs not.
"""

from __future__ import annotations

from zhgovtext.resources import data_path
from zhgovtext.script import read_table

SCRIPTS = {"traditional": "TSCharacters", "simplified": "STCharacters"}


def main() -> None:
    data_path("script", "characters.tsv").write_text(table(), encoding="utf-8", newline="\n")


def table() -> str:
    lines = [
        "# Characters that only traditional or only simplified script has, by OpenCC's dictionaries (NOTICE.md).",
        "# Made by scripts/build_script_characters.py.",
        "script\tcharacters",
    ]
    for script, name in SCRIPTS.items():
        bound = sorted(source for source, targets in read_table(name).items() if source not in targets)
        lines.append(f"{script}\t{''.join(bound)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
