"""Count the terms of our own texts in the genre: corpus/sentences.tsv and corpus/reports, a document each report.

What sentences are was decided by those who wrote the former; of the latter, sentences and headings count.
"""

from __future__ import annotations

from pathlib import Path

from zhgovtext.keyness import Reference, count_reference, write_reference
from zhgovtext.report import analyze
from zhgovtext.resources import rows, sha256
from zhgovtext.script import normalize
from zhgovtext.segmentation import load_segmenter

ROOT = Path(__file__).parent.parent
SENTENCES = ROOT / "corpus" / "sentences.tsv"
REPORTS = ROOT / "corpus" / "reports"
TARGET = ROOT / "zhgovtext" / "data" / "keyness" / "reference.tsv"


def build() -> Reference:
    """The reference of the corpus as it is."""
    texts: dict[str, list[str]] = {}
    for _, row in rows(SENTENCES, ("id", "report", "headings", "category", "text")):
        texts.setdefault(row["report"], []).append(row["text"])
    paths = sorted(REPORTS.glob("*.txt"))
    segmenter = load_segmenter()
    words = [segmenter.tokens(normalize("\n".join(units)).text).words for units in texts.values()]
    words += [analyze(path).words for path in paths]
    return count_reference(words, name="zhgovtext corpus", sha256=sha256(SENTENCES, *paths))


if __name__ == "__main__":
    write_reference(build(), TARGET)
