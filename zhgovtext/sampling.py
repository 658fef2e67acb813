"""Sentences of many reports drawn at random for people to code."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from zhgovtext.coding import Coded
from zhgovtext.errors import OptionError
from zhgovtext.report import Report

WAYS = ("random", "uncertain", "category", "year", "agency")
# Uncertainty below this counts as this: every sentence can be drawn, and no weight is 20 times another.
_LEAST = 0.05


@dataclass(slots=True)
class _Stratum:
    """Sentences among which an equal number is drawn: how many there are, and those with the lowest keys.

    `lowest` are (key, id, uncertainty, sentence); no sentence whose key is above `cut` can be drawn any more.
    """

    size: int = 0
    cut: float = math.inf
    lowest: list[tuple[float, str, float, Coded]] = field(default_factory=list)


def draw_sample(reports: Iterable[Report], n: int, *, by: str = "random", seed: int = 0) -> list[Coded]:
    """`n` sentences to hand-code, without replacement; all that there are if they are fewer. Their category is "".

    `by` says what chance a sentence has:

    - ``random``: each the same.
    - ``category``, ``year``, ``agency``: equal numbers of every category that the coder chose (so that rare ones get
      coded), every year or every agency, as far as they have so many; sentences whose year or agency was not found
      are a group of their own.
    - ``uncertain``: the less the probabilities of the coder's best and second category differ, the greater, in
      proportion to 1 - difference. Taking just the n least certain would leave no way back to the whole, and
      figures and models from them are biased (Farquhar, Gal and Rainforth, On statistical bias in active learning,
      ICLR 2021); with known chances they are not (Beygelzimer, Dasgupta and Langford, Importance weighted active
      learning, ICML 2009).

    `weight` is 1 / that chance, so that weighted figures hold for all sentences of the reports. For ``uncertain`` it
    is that of priority sampling, which is unbiased for any sum and count (Duffield, Lund and Thorup, Priority sampling
    for estimation of arbitrary subset sums, Journal of the ACM 54(6), 2007). For the others the weights sum to
    the number of sentences; where `n` is less than the number of groups they are scaled to do so.

    Rows come in random order, and neither they nor their ids tell what the coder chose. By ``category`` and
    ``uncertain``, however, `weight` is alike where its choice or doubt was: hide that column from those who code.

    The same reports, `n` and `seed` give the same sentences, in whatever order the reports come; a report that comes
    twice (one name, the same bytes) counts once. Reports are not kept: memory is that of about 2n sentences.
    Raises `OptionError` when `n` is less than 1 or `by` is unknown.

    >>> from zhgovtext.report import analyze_text
    >>> report = analyze_text("一、概述\\n2023年，我局共收到申请12件。均已答复。", name="青石县")
    >>> [(unit.text, unit.after, unit.headings, unit.weight) for unit in draw_sample([report], 1, seed=3)]
    [('2023年，我局共收到申请12件。', '均已答复。', ('一、概述',), 2.0)]
    """
    if n < 1:
        raise OptionError("n", f"{n} sentences cannot be drawn", hint="choose 1 or more")
    if by not in WAYS:
        raise OptionError("by", f"{by!r} is no way to draw", hint=f"choose one of {', '.join(WAYS)}")
    strata: dict[str, _Stratum] = {}
    seen: set[str] = set()
    kept = 0
    for report in reports:
        name = _digest(report.document.name, report.document.sha256)
        if name not in seen:
            seen.add(name)
            kept += _collect(strata, report, by, random.Random(_digest(str(seed), name)))
        if kept > 2 * (n + len(strata)):
            kept = _prune(strata, n)
    weighted = _by_priority if by == "uncertain" else _by_stratum
    return sorted(weighted(strata, n, seed), key=lambda unit: _digest(str(seed), unit.id))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _collect(strata: dict[str, _Stratum], report: Report, by: str, chance: random.Random) -> int:
    """Put a report's sentences into their strata; how many can still be drawn.

    The lowest of keys that are uniform are a simple random sample; keys divided by a size favour the larger.
    """
    two = np.sort(report.probabilities, axis=1)[:, :-3:-1]
    doubts = np.maximum(1.0 - (two[:, 0] - two[:, 1]), _LEAST).tolist() if by == "uncertain" else [1.0] * len(two)
    added = 0
    for at, (group, doubt) in enumerate(zip(_groups(report, by), doubts, strict=True)):
        stratum = strata.setdefault(group, _Stratum())
        stratum.size += 1
        key = (1.0 - chance.random()) / doubt
        if key <= stratum.cut:
            unit = _coded(report, at)
            stratum.lowest.append((key, unit.id, doubt, unit))
            added += 1
    return added


def _groups(report: Report, by: str) -> Sequence[str]:
    """The stratum of each sentence."""
    if by == "category":
        return [report.coder.codes[code] for code in report.probabilities.argmax(axis=1).tolist()]
    of_report = {"year": report.meta.year, "agency": report.meta.agency}.get(by)
    return [str(of_report or "")] * len(report.probabilities)


def _coded(report: Report, at: int) -> Coded:
    document, sentences = report.document, report.sentences
    sentence = sentences[at]
    before, after = (
        _one_line(sentences[beside].text)
        if 0 <= beside < len(sentences) and sentences[beside].section == sentence.section
        else ""
        for beside in (at - 1, at + 1)
    )
    return Coded(
        text=_one_line(sentence.text),
        category="",
        id=f"{document.name}-{document.sha256[:12]}-{sentence.start}",
        report=document.name,
        headings=_headings(report, sentence.section),
        before=before,
        after=after,
        start=sentence.start,
        end=sentence.end,
        agency=report.meta.agency or "",
        year=str(report.meta.year or ""),
    )


def _headings(report: Report, section: int | None) -> tuple[str, ...]:
    """The headings down to a section, as printed."""
    if section is None:
        return ()
    heading = report.layout.headings[section]
    start, end = report.normalized.source_span(heading.start, heading.title_end)
    return (*_headings(report, heading.parent), _one_line(report.document.text[start:end]))


def _one_line(text: str) -> str:
    return "".join(line.strip() for line in text.splitlines())


def _level(strata: Mapping[str, _Stratum], n: int) -> int:
    """The largest number of which so many of each stratum, or all where it has fewer, are no more than `n`."""
    rest, left = n, len(strata)
    sizes = sorted(stratum.size for stratum in strata.values())
    for size in sizes:
        if size * left > rest:
            return rest // left
        rest -= size
        left -= 1
    return sizes[-1] if sizes else 0


def _prune(strata: Mapping[str, _Stratum], n: int) -> int:
    """Forget what cannot be drawn any more; how many are left.

    The level falls as sentences come in and never rises. One more than it is kept: a stratum may get one of the
    remainder, and priority weights need the first that was not drawn.
    """
    most = _level(strata, n) + 1
    for stratum in strata.values():
        if len(stratum.lowest) > most:
            stratum.lowest.sort()
            del stratum.lowest[most:]
            stratum.cut = stratum.lowest[-1][0]
    return sum(len(stratum.lowest) for stratum in strata.values())


def _by_stratum(strata: Mapping[str, _Stratum], n: int, seed: int) -> Iterator[Coded]:
    """Equal numbers of every stratum; what does not divide goes to strata drawn at random, one each."""
    level = _level(strata, n)
    rest = n - sum(min(stratum.size, level) for stratum in strata.values())
    larger = [name for name, stratum in strata.items() if stratum.size > level]
    favoured = frozenset(sorted(larger, key=lambda name: _digest(str(seed), name))[:rest])
    taken = {name: min(stratum.size, level + (name in favoured)) for name, stratum in strata.items()}
    everything = sum(stratum.size for stratum in strata.values())
    covered = sum(stratum.size for name, stratum in strata.items() if taken[name])
    for name, stratum in strata.items():
        for _, _, _, unit in sorted(stratum.lowest)[: taken[name]]:
            yield replace(unit, weight=stratum.size / taken[name] * (everything / covered))


def _by_priority(strata: Mapping[str, _Stratum], n: int, _seed: int) -> Iterator[Coded]:
    """Those with the lowest keys; given the first key not drawn, each had the chance doubt × key, at most 1."""
    for stratum in strata.values():
        ordered = sorted(stratum.lowest)
        bound = ordered[n][0] if len(ordered) > n else math.inf
        for _, _, doubt, unit in ordered[:n]:
            yield replace(unit, weight=max(1.0, 1.0 / (doubt * bound)))
