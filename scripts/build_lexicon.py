"""Write data/lexicon/terms.tsv: the terms of terms.txt with the frequency that jieba needs to keep each whole.

The frequency is jieba's own suggestion (`Tokenizer.suggest_freq`: one more than the product of the parts'
probabilities asks for), and at least 100, so that a neighbour's weight does not pull a term apart.
"""

from __future__ import annotations

import logging
from pathlib import Path

import jieba

LEXICON = Path(__file__).parent.parent / "zhgovtext" / "data" / "lexicon"
FLOOR = 100


def main() -> None:
    logging.getLogger("jieba").setLevel(logging.WARNING)
    words: dict[str, int] = {}
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for number, line in enumerate((LEXICON / "terms.txt").read_text(encoding="utf-8").splitlines(), 1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        if word in words:
            raise SystemExit(f"terms.txt, line {number}: {word} is there twice")
        words[word] = max(FLOOR, tokenizer.suggest_freq(word))
    lines = [f"{word}\t{frequency}\tn" for word, frequency in sorted(words.items())]
    text = "# Derived from terms.txt by scripts/build_lexicon.py.\nword\tfrequency\ttag\n" + "\n".join(lines) + "\n"
    (LEXICON / "terms.tsv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
