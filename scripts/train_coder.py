"""Train the shipped coder of disclosure categories from corpus/ and write models/disclosure/ with its card.

    python scripts/train_coder.py

The same corpus and package versions give the same bytes. Takes some minutes, most of them for cross-validation and the
learning curve that stand on the card.
"""

from __future__ import annotations

from pathlib import Path

from zhgovtext.codebook import load_codebook
from zhgovtext.coding import load_coded
from zhgovtext.resources import read_text, sha256
from zhgovtext.training import build_model

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus" / "sentences.tsv"
NOTES = ROOT / "corpus" / "model_notes.md"


def main() -> None:
    codebook = load_codebook()
    found = build_model(
        load_coded(CORPUS, codebook),
        codebook,
        ROOT / "models" / "disclosure",
        name="disclosure",
        data={"file": "corpus/sentences.tsv", "sha256": sha256(CORPUS)},
        notes=read_text(NOTES),
    )
    for label, result in (("with headings and neighbours", found.context), ("by words alone", found.alone)):
        print(f"{label}: accuracy {result.accuracy}, kappa {result.kappa}, macro-F1 {result.macro_f1}")


if __name__ == "__main__":
    main()
