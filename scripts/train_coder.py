"""Train the shipped coder of disclosure categories from corpus/ and write models/disclosure/.

The same corpus and package versions give the same bytes. Prints the cross-validated scores that go on the card.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from zhgovtext.codebook import load_codebook
from zhgovtext.resources import sha256
from zhgovtext.training import Settings, cross_validate, load_coded, save_coder, train

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus" / "sentences.tsv"


def main() -> None:
    codebook = load_codebook()
    units = load_coded(CORPUS, codebook)
    settings = Settings()
    truth = np.array([codebook.codes.index(unit.category) for unit in units])
    scores: dict[str, Any] = {}
    for context in (True, False):
        guess = cross_validate(units, codebook, settings=settings, context=context).argmax(axis=1)
        scores["with headings" if context else "without headings"] = {
            "accuracy": round(float(accuracy_score(truth, guess)), 4),
            "kappa": round(float(cohen_kappa_score(truth, guess)), 4),
            "macro_f1": round(float(f1_score(truth, guess, average="macro")), 4),
        }
    about = {
        "data": {"file": "corpus/sentences.tsv", "sha256": sha256(CORPUS), "units": len(units)},
        "settings": {name: getattr(settings, name) for name in settings.__dataclass_fields__},
        "cross_validation": {"folds": 5, "by": "report", **scores},
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    save_coder(
        train(units, codebook, settings=settings, name="disclosure"), ROOT / "models" / "disclosure", about=about
    )
    for name, values in scores.items():
        print(f"{name}: {values}")


if __name__ == "__main__":
    main()
