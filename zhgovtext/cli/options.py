"""What a command is, and the options that several share: which codebook and coder, how sure, which form of output."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from zhgovtext.cli.texts import LANGUAGES, locale_language
from zhgovtext.errors import DataError

if TYPE_CHECKING:
    from zhgovtext.classification import Coder
    from zhgovtext.codebook import Codebook
    from zhgovtext.report import Report


class Command(NamedTuple):
    """What a command is for, its options, and what it does; `run` gives the exit code."""

    purpose: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class Coding(NamedTuple):
    """What sentences are coded with. `codebook` and `coder` have the same categories in the same order."""

    codebook: Codebook
    coder: Coder


def add_output_options(parser: argparse.ArgumentParser, formats: tuple[str, ...]) -> None:
    parser.add_argument(
        "--format", choices=formats, default="table", help="table to read, the others for programs (UTF-8)"
    )
    add_language_option(parser)


def add_language_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang",
        choices=LANGUAGES,
        default=locale_language(),
        help="language of labels and headings; by default that of the locale",
    )


def add_codebook_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--codebook", metavar="FILE.toml", help="your own categories (zhgovtext codebook prints the shipped ones)"
    )


def add_coding_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="DIR", help="a model of your own, from zhgovtext train; it brings its codebook with it"
    )
    add_codebook_option(parser)


def add_context_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-context",
        dest="context",
        action="store_false",
        help="code each sentence by its own words, without headings and neighbours",
    )


def add_probability_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--min-probability",
        type=probability,
        default=0.0,
        metavar="P",
        help="leave sentences uncoded whose category is less probable than P",
    )


def count(text: str) -> int:
    """A whole number from 0, for argparse."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no whole number") from None
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return value


def positive(text: str) -> int:
    """A whole number from 1, for argparse."""
    value = count(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def probability(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no number") from None
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is no probability: choose 0 to 1")
    return value


def load_coding(options: argparse.Namespace) -> Coding:
    """Codebook and coder as the options say; the codebook that lies with a model is the model's own unless
    ``--codebook`` names another. `DataError` when they do not fit each other."""
    from pathlib import Path

    from zhgovtext.classification import load_coder
    from zhgovtext.codebook import load_codebook

    chosen = options.codebook
    if chosen is None and options.model is not None:
        own = Path(options.model) / "codebook.toml"
        chosen = own if own.is_file() else None
    codebook, coder = load_codebook(chosen), load_coder(options.model)
    if codebook.codes != coder.codes and chosen is None:
        problem, hint = "has no codebook.toml, and its categories are not the shipped ones", "name it with --codebook"
        raise DataError("missing", problem, path=str(options.model), hint=hint)
    if codebook.codes != coder.codes:
        raise _misfit(codebook, coder, path=str(chosen))
    return Coding(codebook, coder)


def _misfit(codebook: Codebook, coder: Coder, *, path: str) -> DataError:
    only = [
        f"{whose} {', '.join(codes)}"
        for whose, codes in (
            ("only the codebook has", [code for code in codebook.codes if code not in coder.codes]),
            ("only the model has", [code for code in coder.codes if code not in codebook.codes]),
        )
        if codes
    ]
    return DataError(
        "mismatch",
        f"the codebook {codebook.name} does not fit the model {coder.name}: "
        + ("; ".join(only) or "the categories stand in another order"),
        path=path,
        hint="give --model a model trained with this codebook (zhgovtext train CODED.csv --codebook FILE.toml -o DIR)",
    )


def report_reader(options: argparse.Namespace) -> Callable[[str], Report]:
    """The function from a file to its report, by the options; what is wrong with codebook or model is told at once."""
    coding = load_coding(options)
    from zhgovtext.report import analyze

    return partial(
        analyze,
        codebook=coding.codebook,
        coder=coding.coder,
        context=options.context,
        min_probability=getattr(options, "min_probability", 0.0),
    )
