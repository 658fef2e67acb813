"""Pack jieba's document frequencies (jieba/analyse/idf.txt, MIT) into arrays: sorted word hashes and their weights.

Words of one character are left out: they are no keywords.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from zhgovtext.keyness import hash_words

TARGET = Path(__file__).parent.parent / "zhgovtext" / "data" / "keywords"


def main() -> None:
    spec = importlib.util.find_spec("jieba")
    if spec is None or spec.origin is None:
        raise SystemExit("jieba is not installed")
    lines = (Path(spec.origin).parent / "analyse" / "idf.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" ") for line in lines]
    every = sorted(float(value) for _, value in pairs)
    kept = [(word, float(value)) for word, value in pairs if len(word) > 1]
    keys = hash_words([word for word, _ in kept])
    order = np.argsort(keys, kind="stable")
    if len(np.unique(keys)) != len(keys):
        raise SystemExit("two words have one hash: choose another base")
    np.save(TARGET / "idf_keys.npy", keys[order])
    np.save(TARGET / "idf_values.npy", np.array([value for _, value in kept], dtype=np.float32)[order])
    np.save(TARGET / "idf_median.npy", np.float64(every[len(every) // 2]))


if __name__ == "__main__":
    main()
