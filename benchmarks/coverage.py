"""Coverage of the intervals of shares, by simulation from the coded corpus.

    python benchmarks/coverage.py balance|categories|corpus [--rounds 500] [--held-out FILE.npz] [--hard]

Every unit is first coded by a coder that saw no unit of its passage (`training.cross_validate`; kept in FILE.npz if it
is named). Each round then splits the passages: half of them (fewer, where the report needs more) make the calibration;
of the others a report of the wanted length and mix is put together, passage by passage, no unit twice, so that errors
that come together in a passage stay together. The mix is drawn (multinomial around the prevalence); the estimand is the
share that the drawn report really has, for `corpus` the prevalence behind the agencies, whose own shares scatter.

Prints for each prevalence and length: coverage of the 95 % interval, how often it is a single value, its mean width,
bias and root mean square error of `naive` and `adjusted`; and which cells miss what is required. Rounds in which the
share does not exist (nothing to divide, in truth or as coded) are left out and counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zhgovtext.codebook import load_codebook
from zhgovtext.coding import Coded, load_coded
from zhgovtext.quantification import Calibration, Estimate, Tally, adjust, adjust_corpus, calibrate, tally
from zhgovtext.resources import data_path, rows
from zhgovtext.training import cross_validate

CORPUS = Path(__file__).parent.parent / "corpus"
PREVALENCES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
LENGTHS = (20, 50, 100, 300)
# Share of a report's clauses that are neither: none, half, and what real reports have.
NEITHER = (0.0, 0.5, 0.95)
AGENCIES = (10, 30, 100)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class HeldOut:
    """Units with their class, what a coder that did not know their passage says, and their passage."""

    codes: tuple[str, ...]
    truth: Ints
    rows: npt.NDArray[np.float64]
    passages: Ints

    def calibration(self, units: Ints, hard: bool, passages: Ints | None = None) -> Calibration:
        truth = [self.codes[at] for at in self.truth[units]]
        names = self.passages[units] if passages is None else passages
        return calibrate(truth, self._said(units, hard), [str(at) for at in names], self.codes)

    def tally(self, units: Ints, calibration: Calibration) -> Tally:
        return tally(self._said(units, not calibration.cuts), calibration)

    def _said(self, units: Ints, hard: bool) -> list[str] | npt.NDArray[np.float64]:
        rows = self.rows[units]
        return [self.codes[at] for at in rows.argmax(axis=1)] if hard else rows

    def split(self, rng: np.random.Generator, wanted: Ints | None = None) -> tuple[Ints, Ints]:
        """Units for the calibration, and those of the other passages, passage by passage: half of the passages, or as
        many as it takes to have the units `wanted` of each class."""
        passages = int(self.passages.max()) + 1
        rank = rng.permutation(passages)[self.passages]
        order = np.argsort(rank, kind="stable")
        last = passages // 2 - 1
        for code, count in enumerate([] if wanted is None else wanted.tolist()):
            of_class = order[self.truth[order] == code]
            if count:
                last = max(last, int(rank[of_class[min(count, len(of_class)) - 1]]))
        return np.flatnonzero(rank > last), order[rank[order] <= last]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("balance", "categories", "corpus"))
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--hard", action="store_true", help="counts of codes only, without how sure the coder was")
    options = parser.parse_args()
    data = _held_out(options.what, options.held_out)
    print(f"{options.what}: {len(data.truth)} held-out units in {data.passages.max() + 1} passages", end=", ")
    print(f"{(data.rows.argmax(axis=1) == data.truth).mean():.1%} coded right, {options.rounds} rounds a cell")
    if options.what == "balance":
        for neither in NEITHER:
            print(f"\n{neither:.0%} of the clauses are neither")
            _table(lambda *cell, share=neither: _balance(data, share, *cell), LENGTHS, options)
    elif options.what == "categories":
        _table(lambda *cell: _category(data, *cell), LENGTHS, options)
    else:
        _table(lambda *cell: _corpus(data, *cell), AGENCIES, options)


def _held_out(what: str, path: Path | None) -> HeldOut:
    if path and path.exists():
        with np.load(path, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in ("codes", "truth", "rows", "passages")}
        return HeldOut(tuple(map(str, arrays["codes"])), arrays["truth"], arrays["rows"], arrays["passages"])
    sentences = load_coded(CORPUS / "sentences.tsv")
    if what == "categories":
        book, units = load_codebook(), sentences
    else:
        book, units = load_codebook(data_path("codebook", "content.toml")), _clauses(sentences)
    found, _ = cross_validate(units, book)
    _, passages = np.unique([unit.report for unit in units], return_inverse=True)
    data = HeldOut(book.codes, np.array([book.codes.index(unit.category) for unit in units]), found, passages)
    if path:
        np.savez(path, codes=np.array(data.codes), truth=data.truth, rows=data.rows, passages=passages)
    return data


def _clauses(sentences: Sequence[Coded]) -> list[Coded]:
    report = {unit.id: unit.report for unit in sentences}
    columns = ("id", "unit", "type", "alternative", "second", "text")
    return [
        Coded(row["text"], row["type"], id=row["id"], report=report[row["unit"]])
        for _, row in rows(CORPUS / "clauses.tsv", columns)
    ]


Round = tuple[float, Estimate]


def _balance(
    data: HeldOut, neither: float, prevalence: float, length: int, rng: np.random.Generator, hard: bool
) -> Round | None:
    typed = 1 - neither
    mix = rng.multinomial(length, [typed * prevalence, typed * (1 - prevalence), neither])
    if mix[0] + mix[1] == 0:
        return None
    inside, outside = data.split(rng, mix)
    report = np.concatenate([outside[data.truth[outside] == at][: mix[at]] for at in range(3)])
    calibration = data.calibration(inside, hard)
    units = data.tally(report, calibration)
    return mix[0] / (mix[0] + mix[1]), adjust(units, calibration, of="interpretation", against=["news"])


def _category(data: HeldOut, prevalence: float, length: int, rng: np.random.Generator, hard: bool) -> Round | None:
    inside, outside = data.split(rng)
    wanted = int(rng.binomial(length, prevalence))
    there = np.bincount(data.truth[outside], minlength=len(data.codes))
    able = np.flatnonzero(there >= wanted)
    if not len(able):
        return None
    code = int(rng.choice(able))
    theirs = outside[data.truth[outside] != code]
    report = np.concatenate([outside[data.truth[outside] == code][:wanted], theirs[: length - wanted]])
    calibration = data.calibration(inside, hard)
    return wanted / length, adjust(data.tally(report, calibration), calibration, of=data.codes[code])


def _corpus(data: HeldOut, prevalence: float, agencies: int, rng: np.random.Generator, hard: bool) -> Round:
    """Agencies of 20 to 100 clauses, half of them neither; their shares scatter like a beta distribution of size 8.

    A corpus is longer than all coded clauses: they stand for the population that its clauses are drawn from, and the
    calibration is a sample of its passages, drawn again and again.
    """
    order = np.argsort(data.passages, kind="stable")
    bounds = np.searchsorted(data.passages[order], np.arange(data.passages.max() + 2))
    drawn = rng.integers(len(bounds) - 1, size=len(bounds) - 1)
    units = [order[bounds[at] : bounds[at + 1]] for at in drawn]
    owners = np.repeat(np.arange(len(units)), [len(part) for part in units])
    calibration = data.calibration(np.concatenate(units), hard, owners)
    pools = [np.flatnonzero(data.truth == at) for at in range(3)]
    table = []
    for share in rng.beta(8 * prevalence, 8 * (1 - prevalence), size=agencies):
        mix = rng.multinomial(rng.integers(20, 101), [share / 2, (1 - share) / 2, 0.5])
        report = np.concatenate([rng.choice(pool, count) for pool, count in zip(pools, mix, strict=True)])
        table.append(data.tally(report, calibration))
    return prevalence, adjust_corpus(table, calibration, of="interpretation", against=["news"])


def _table(simulate: Any, lengths: Sequence[int], options: argparse.Namespace) -> None:
    print(f"{'share':>5} {'n':>4} {'cover':>6} {'single':>6} {'width':>6} {'bias':>7} {'naive':>7}", end=" ")
    print(f"{'rmse':>6} {'naive':>6} {'left out':>8}")
    for prevalence in PREVALENCES:
        for length in lengths:
            rng = np.random.default_rng(length + round(1000 * prevalence))
            found = [simulate(prevalence, length, rng, options.hard) for _ in range(options.rounds)]
            _line(prevalence, length, found)


def _line(prevalence: float, length: int, found: Sequence[Round | None]) -> None:
    kept = [(truth, e) for truth, e in filter(None, found) if e.reason is None]
    table = np.array([(truth, e.naive, e.adjusted, e.low, e.high) for truth, e in kept], dtype=np.float64)
    if not len(table):
        print(f"{prevalence:5.2f} {length:4} {'no round':>6}")
        return
    truth, naive, adjusted, low, high = table.T
    covered = ((low <= truth + 1e-9) & (truth <= high + 1e-9)).mean()
    single = (low == high).mean()
    biases = [float((values - truth).mean()) for values in (adjusted, naive)]
    errors = [float(np.sqrt(((values - truth) ** 2).mean())) for values in (adjusted, naive)]
    print(f"{prevalence:5.2f} {length:4} {covered:6.3f} {single:6.2f} {(high - low).mean():6.3f}", end=" ")
    print(f"{biases[0]:+7.3f} {biases[1]:+7.3f} {errors[0]:6.3f} {errors[1]:6.3f} {len(found) - len(kept):8}", end=" ")
    print(" ".join(_misses(prevalence, covered, biases, errors)), flush=True)


def _misses(prevalence: float, covered: float, biases: list[float], errors: list[float]) -> Iterator[str]:
    if not 0.93 <= covered <= 0.97:
        yield "under" if covered < 0.93 else "over"
    if abs(biases[0]) > abs(biases[1]) + 0.01:
        yield "bias"
    if (prevalence <= 0.1 or prevalence >= 0.9) and errors[0] >= errors[1]:
        yield "rmse"


if __name__ == "__main__":
    main()
