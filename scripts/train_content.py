"""Train the shipped coder of content types from corpus/ and write models/content/ with its card.

    python scripts/train_content.py

Learns from typed clauses with their headings and neighbours, from titles, and from the clauses of sentences whose
category leaves no doubt that they are neither and that hold no word of interpretation or news. The same corpus and
package versions give the same bytes; takes some two minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from zhgovtext.codebook import load_codebook
from zhgovtext.coding import Coded
from zhgovtext.content import find_clauses, load_cues, mark, marks_of, predict_clauses
from zhgovtext.resources import data_path, model_path, read_text, rows, sha256
from zhgovtext.script import normalize
from zhgovtext.training import Settings, build_model

CORPUS = Path(__file__).parent.parent / "corpus"
# Categories whose clauses are neither, unless a word in them says otherwise.
PLAIN = {
    "on_request", "disputes", "management", "result", "execution", "institution", "assurance", "service", "decision",
    "key_areas", "platform", "engagement", "other",
}  # fmt: skip
# Of those, the ones whose clauses stay neither where they name a channel or an occasion.
APART = {
    "on_request",
    "disputes",
    "management",
    "result",
    "execution",
    "institution",
    "assurance",
    "service",
    "decision",
}
SPEAKING = {"decisive", "explaining", "news", "publicity"}
# Every so many of the plain clauses is learned: all would drown the others.
EVERY = 2


def main() -> None:
    sentences, clauses = CORPUS / "sentences.tsv", CORPUS / "clauses.tsv"
    by_id = {row["id"]: row for _, row in rows(sentences, ("id", "report", "headings", "category", "text"))}
    typed = [row for _, row in rows(clauses, ("id", "unit", "type", "alternative", "second", "text"))]
    units = [clause_of(by_id[row["unit"]], row["text"], row["type"], row["id"]) for row in typed]
    known = {row["unit"] for row in typed}
    units += plain_clauses(row for row in by_id.values() if row["id"] not in known)
    count = len(units)
    items = CORPUS / "items.tsv"
    titles = rows(items, ("id", "site", "type", "alternative", "second", "text"))
    units += [Coded(mark(normalize(row["text"]).text), row["type"], id=row["id"]) for _, row in titles]
    # Clauses without a cue word are told more easily than others that are neither, and most clauses are such. Titles
    # with a cue word that are neither are too few to be a class of their own.
    classes = [
        "plain" if at < count and unit.category == "neither" and not marks_of(unit.text) else unit.category
        for at, unit in enumerate(units)
    ]
    groups = [""] * count + ["items"] * (len(units) - count)
    files = (sentences, clauses, items)
    codebook = load_codebook(data_path("codebook", "content.toml"))
    found = build_model(
        units,
        codebook,
        model_path("content"),
        name="content",
        data={"file": ", ".join(path.name for path in files), "sha256": sha256(*files)},
        settings=Settings(heading_weight=1.0, context_cost=0.3),
        notes=read_text(CORPUS / "content_notes.md"),
        predict=predict_clauses,
        classes=classes,
        groups=groups,
    )
    print(f"calibration error: {found.context.calibration.error:.3f}, alone {found.alone.calibration.error:.3f}")
    for label, result in (("with headings and neighbours", found.context), ("by words alone", found.alone)):
        print(f"{label}: accuracy {result.accuracy}, kappa {result.kappa}, macro-F1 {result.macro_f1}")


def split(sentence: str) -> list[str]:
    text = normalize(sentence).text
    return [text[start:end] for start, end in find_clauses(text, 0, len(text))]


def coded(row: dict[str, str], clauses: list[str], at: int, kind: str, name: str) -> Coded:
    """The clause at `at` of a sentence with the clauses next to it and the headings above."""
    return Coded(
        mark(clauses[at]),
        kind,
        id=name,
        report=row["report"],
        headings=tuple(heading for heading in row["headings"].split(" > ") if heading),
        before=mark(clauses[at - 1]) if at else "",
        after=mark(clauses[at + 1]) if at + 1 < len(clauses) else "",
    )


def clause_of(row: dict[str, str], text: str, kind: str, name: str) -> Coded:
    """A typed clause in its sentence; cut otherwise than sentences are now, it is the one that holds it."""
    clauses = split(row["text"])
    wanted = "".join(normalize(text).text.split())
    for exact in (True, False):
        for at, clause in enumerate("".join(clause.split()) for clause in clauses):
            if clause == wanted or (not exact and wanted in clause):
                return coded(row, clauses, at, kind, name)
    return coded(row, [normalize(text).text], 0, kind, name)


def plain_clauses(sentences: Iterable[dict[str, str]]) -> Iterator[Coded]:
    cues = load_cues()
    for row in sentences:
        kinds = {kind for _, kind in cues.find(normalize(row["text"]).text)}
        if row["category"] not in PLAIN or (kinds and (kinds & SPEAKING or row["category"] not in APART)):
            continue
        clauses = split(row["text"])
        for at in range(len(clauses)):
            name = f"{row['id']}.n{at}"
            if kinds or int(hashlib.sha256(name.encode()).hexdigest(), 16) % EVERY == 0:
                yield coded(row, clauses, at, "neither", name)


if __name__ == "__main__":
    main()
