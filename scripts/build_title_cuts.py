"""Make ``zhgovtext/data/structure/title_cuts.tsv``: where a heading's title ends when it is glued to its text.

    python scripts/build_title_cuts.py

Titles are those of ``data/structure/titles.txt``, of ``phrases.txt`` (alone and in pairs) and of the headings in
``corpus/sentences.tsv``, bodies the sentences there, as they are or behind one of ``openings.txt``. Each title is put
before bodies with no mark between, a stop, a colon, a space or another heading, and every place in it is a case:
right where the title ends, wrong elsewhere; sentences without a title give wrong cases only. Logistic
regression (liblinear, fixed seed); weights are kept in hundredths. Needs scikit-learn.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import sklearn
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from zhgovtext.headings import MAX_RUN_IN, cut_features, heading_title
from zhgovtext.resources import data_path, read_text
from zhgovtext.script import normalize

SEED = 20170317
BODIES_PER_TITLE = 4
SENTENCES = 1500
SEPARATORS = ("", "", "", "。", "：", " ")
LEAST = 40
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]")
_CORPUS = Path(__file__).parent.parent / "corpus" / "sentences.tsv"

Case = tuple[str, int]


def main() -> None:
    data_path("structure", "title_cuts.tsv").write_text(table(), encoding="utf-8", newline="\n")


def table() -> str:
    """The file of weights, learned from the corpus as it is."""
    lines = [line.split("\t") for line in _CORPUS.read_text(encoding="utf-8").splitlines()[1:]]
    # A sentence that stands alone in its report was written for itself, not under a heading.
    size = Counter(line[1] for line in lines)
    units = [(report, heading, normalize(text).text) for _, report, heading, _, text in lines if size[report] > 1]
    features, weights, bias = fit(cases(units))
    kept = {name: round(weight * 100) for name, weight in zip(features, weights, strict=True)}
    rows = sorted((name, weight) for name, weight in kept.items() if abs(weight) >= LEAST)
    head = "# Log-odds that a title ends at a place: < characters before it, > after it, | on both sides, = its form.\n"
    head += (
        f"# Made by scripts/build_title_cuts.py with scikit-learn {sklearn.__version__} and numpy {np.__version__}.\n"
    )
    text = head + "feature\thundredths\n" + f"=bias\t{round(bias * 100)}\n"
    return text + "".join(f"{name}\t{weight}\n" for name, weight in rows)


def cases(units: list[tuple[str, str, str]]) -> list[Case]:
    """Windows of text with the place where their title ends, 0 where they have none."""
    rng = random.Random(SEED)
    pairs: list[tuple[str, str]] = []
    above = ("", "")
    for report, heading, text in units:
        if heading and (report, heading) != above and not _NUMBERED.match(text):
            pairs.append((normalize(heading_title(heading.split(" > ")[-1])).text, text))
        above = (report, heading)
    sentences = [text for _, _, text in units if not _NUMBERED.match(text)]
    bodies = [body for _, body in pairs] + sentences[:: max(1, len(sentences) // len(pairs))]
    openings = _lines("openings.txt")
    titles = [*_lines("titles.txt"), *(title for title, _ in pairs)]
    phrases = _lines("phrases.txt")
    titles += phrases + [f"{first}，{second}" for first in phrases for second in rng.sample(phrases, 2)]
    titled = [(title, rng.choice(SEPARATORS) + body) for title, body in pairs]
    for title in titles:
        for _ in range(BODIES_PER_TITLE):
            titled.append((title, rng.choice(SEPARATORS) + rng.choice(bodies)))
            titled.append((title, rng.choice(openings) + rng.choice(bodies)))
        # A title may be all there is, or be followed by a short sentence, up to the next heading.
        titled += [(title, "§"), (title, " " + rng.choice(openings) + "§"), (title, rng.choice(bodies)[:12] + "§")]
        titled += [(title, rng.choice(SEPARATORS) + rng.choice(("无", "没有")) + title + "§")]
    found = [(title + body, len(title)) for title, body in titled if len(title) < MAX_RUN_IN]
    return found + [(text, 0) for text in rng.sample(sentences, SENTENCES)]


def _lines(name: str) -> list[str]:
    return [line for line in read_text(data_path("structure", name)).splitlines() if line and line[0] != "#"]


def fit(found: list[Case]) -> tuple[list[str], list[float], float]:
    """Names of features, their weights and the bias."""
    rows: list[dict[str, int]] = []
    ends: list[bool] = []
    for text, end in found:
        window = text[: MAX_RUN_IN + 4]
        for at in range(2, min(len(window), MAX_RUN_IN + 1)):
            rows.append(dict.fromkeys(cut_features(window, at), 1))
            ends.append(at == end)
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(rows)
    matrix.indices, matrix.indptr = matrix.indices.astype("int32"), matrix.indptr.astype("int32")
    model = LogisticRegression(C=3, solver="liblinear", max_iter=300, random_state=SEED).fit(matrix, ends)
    return list(vectorizer.get_feature_names_out()), model.coef_[0].tolist(), float(model.intercept_[0])


if __name__ == "__main__":
    main()
