"""The command for whole corpora: reports into a store, with a bar that tells how far it is."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from zhgovtext.cli.options import (
    Command,
    add_coding_options,
    add_context_option,
    add_language_option,
    add_probability_option,
    positive,
)
from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import complain, say
from zhgovtext.errors import ZhgovtextError

if TYPE_CHECKING:
    from zhgovtext.batch import Summary

_WIDTH = 24
# Seconds between two drawings of the bar.
_PACE = 0.1


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a report, a folder, a pattern ('**/*.pdf'), a manifest (CSV with a column path), texts (JSONL, Parquet)",
    )
    parser.add_argument(
        "-o",
        dest="output",
        required=True,
        metavar="STORE.duckdb",
        help="the store, made if need be; a name without suffix makes a folder of Parquet files",
    )
    parser.add_argument("--workers", type=positive, metavar="N", help="number of processes (one a core)")
    parser.add_argument("--engine", choices=("local", "dask"), default="local", help="who does the work (local)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler, as tcp://host:8786; without it dask works here"
    )
    parser.add_argument("--refresh", action="store_true", help="analyse everything again, not only what is new")
    parser.add_argument(
        "--timeout", type=positive, default=300, metavar="SECONDS", help="give a report up after so long (300)"
    )
    add_coding_options(parser)
    add_context_option(parser)
    add_probability_option(parser)
    add_language_option(parser)


def _run(options: argparse.Namespace) -> int:
    from zhgovtext.analysis import Options
    from zhgovtext.batch import run_batch

    bar = Bar(load_texts(options.lang))
    try:
        summary = run_batch(
            options.paths,
            options.output,
            options=Options(options.codebook, options.model, options.context, options.min_probability),
            workers=options.workers,
            engine=options.engine,
            scheduler=options.scheduler,
            refresh=options.refresh,
            max_seconds=options.timeout,
            watch=bar.watch,
        )
    except (KeyboardInterrupt, ZhgovtextError) as error:
        bar.clear()
        if isinstance(error, KeyboardInterrupt):
            say(load_texts(options.lang)["batch_interrupted"], sys.stderr)
        raise
    bar.clear()
    say(_summary(summary, options), sys.stderr)
    return int(bool(summary.failed or summary.unusable))


def _summary(found: Summary, options: argparse.Namespace) -> str:
    texts = load_texts(options.lang)
    parts = [texts["batch_done"].format(done=found.done, seconds=f"{found.seconds:.1f}")]
    parts += [
        texts[f"batch_{name}"].format(n=count)
        for name in ("failed", "kept", "unusable", "removed", "older")
        if (count := getattr(found, name))
    ]
    return f"{options.output}: " + texts["batch_comma"].join(parts)


class Bar:
    """A bar on a terminal, and failures as they come; elsewhere the failures alone."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._shown = sys.stderr.isatty()
        self._began = self._drawn = 0.0

    def watch(self, done: int, total: int, error: ZhgovtextError | None) -> None:
        if error is not None:
            self.clear()
            complain(error)
        now = time.monotonic()
        self._began = self._began or now
        if self._shown and total and (now - self._drawn > _PACE or done == total):
            self._drawn = now
            self._draw(done, total, now - self._began)

    def clear(self) -> None:
        if self._shown and self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _draw(self, done: int, total: int, seconds: float) -> None:
        rate = done / seconds if seconds else 0.0
        left = _clock((total - done) / rate) if rate else "–"
        full = _WIDTH * done // total
        text = self._texts["batch_bar"].format(
            bar="█" * full + "░" * (_WIDTH - full), done=done, total=total, rate=f"{rate:.1f}", left=left
        )
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> _clock(75), _clock(3661)
    ('1:15', '1:01:01')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


BATCH_COMMANDS = {"batch": Command("put many reports into a store (DuckDB), resumable", _add_options, _run)}
