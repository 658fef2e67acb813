"""Units of a careful reader laid over the sentences that an analysis found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from zhgovtext.report import Report


def cover(report: Report, texts: Sequence[str]) -> list[int | None]:
    """For each of the texts, in reading order, the sentence of the report that covers most of its characters.

    White space does not count. Null where no sentence covers any: a heading alone, or a text that is not there.
    """
    text = report.document.text
    bare = "".join(text.split())
    position = [0, *accumulate(not char.isspace() for char in text)]
    owner = [-1] * len(bare)
    for at, sentence in enumerate(report.sentences):
        low, high = position[sentence.start], position[sentence.end]
        owner[low:high] = [at] * (high - low)
    found: list[int | None] = []
    at = 0
    for wanted in ("".join(text.split()) for text in texts):
        start = bare.find(wanted, at)
        start = bare.find(wanted) if start < 0 else start
        at = start + len(wanted) if start >= 0 else at
        covered = Counter(sentence for sentence in owner[start:at] if sentence >= 0) if start >= 0 else Counter()
        found.append(covered.most_common(1)[0][0] if covered else None)
    return found
