"""Commands for researchers: draw sentences, compare coders, train and measure a model, explain what it says."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zhgovtext.cli.findings import agreement_text, evaluation_text, explanation_text, training_text
from zhgovtext.cli.options import (
    Command,
    add_codebook_option,
    add_coding_options,
    add_context_option,
    add_language_option,
    add_output_options,
    add_probability_option,
    count,
    load_coding,
    report_reader,
)
from zhgovtext.cli.texts import load_texts
from zhgovtext.cli.writing import Row, as_json, complain, prepare_streams, say, table, write_csv
from zhgovtext.errors import DataError, InputError, OptionError, ZhgovtextError

if TYPE_CHECKING:
    from pathlib import Path

    from zhgovtext.agreement import Agreement
    from zhgovtext.classification import Explanation
    from zhgovtext.codebook import Codebook
    from zhgovtext.coding import Coded
    from zhgovtext.evaluation import Mistake
    from zhgovtext.report import Report

# Those of `zhgovtext.sampling`, which is not imported for a parser.
WAYS = ("random", "uncertain", "category", "year", "agency")


# sample --------------------------------------------------------------------------------------------------------------


def _add_sample_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="the reports to draw from")
    parser.add_argument("-o", dest="output", required=True, metavar="OUT.csv", help="the file to write")
    parser.add_argument("-n", type=count, default=200, metavar="N", help="number of sentences (200)")
    parser.add_argument(
        "--by",
        choices=WAYS,
        default="random",
        help="each sentence alike (random, the default), more of those where the model is unsure (uncertain), or equal "
        "numbers of each category, year or agency",
    )
    parser.add_argument("--seed", type=count, default=0, metavar="N", help="another number draws another sample (0)")
    add_coding_options(parser)
    add_context_option(parser)
    add_language_option(parser)


def _sample(options: argparse.Namespace) -> int:
    from pathlib import Path

    from zhgovtext.coding import write_coded
    from zhgovtext.sampling import draw_sample

    _check_place(Path(options.output))
    read = report_reader(options)
    done = 0

    def reports() -> Iterator[Report]:
        nonlocal done
        for file in options.files:
            try:
                yield read(file)
            except InputError as error:
                complain(error)
            else:
                done += 1

    units = draw_sample(reports(), options.n, by=options.by, seed=options.seed)
    if done and not units:
        raise InputError("empty", "the reports have no sentence to draw", hint="they may be tables only")
    if units:
        write_coded(units, options.output)
        say(load_texts(options.lang)["drawn"].format(n=len(units), reports=done, file=options.output))
    return int(done < len(options.files))


def _check_place(path: Path) -> None:
    """`DataError` where `path` cannot be written, or writing it would destroy what somebody has coded, or anything
    that is no sample."""
    from zhgovtext.coding import load_coded

    if not path.parent.is_dir():
        raise DataError(
            "unwritable", "cannot be written: there is no such directory", path=str(path), hint="choose one that exists"
        )
    _check_writable(path)
    if not path.exists():
        return
    try:
        coded = sum(bool(unit.category) for unit in load_coded(path, blank=True))
    except DataError:
        problem = "exists, and is no sample"
    else:
        problem = f"has {coded} coded sentences, which would be lost"
        if not coded:
            return
    raise DataError("exists", problem, path=str(path), hint="choose another name after -o")


def _check_writable(path: Path) -> None:
    """`DataError` where nothing may be written, before the work is done in vain."""
    existing = next(parent for parent in path.absolute().parents if parent.exists())
    if not os.access(existing, os.W_OK):
        problem = f"cannot be written: {existing} takes no files of yours"
        raise DataError("unwritable", problem, path=str(path), hint="choose another place after -o")


@contextmanager
def _naming(*files: str) -> Iterator[None]:
    """An error that names no file is one of these."""
    try:
        yield
    except ZhgovtextError as error:
        error.path = error.path or ", ".join(files)
        raise


# agreement -----------------------------------------------------------------------------------------------------------


def _add_agreement_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="CODED.csv",
        help="the same sample as each coder filled it in: one file a coder, two or more",
    )
    add_codebook_option(parser)
    add_output_options(parser, ("table", "json", "csv"))


def _agreement(options: argparse.Namespace) -> int:
    from zhgovtext.agreement import measure_agreement
    from zhgovtext.codebook import load_codebook
    from zhgovtext.coding import load_coded

    if len(options.files) < 2:
        raise OptionError("files", "one file was given", path=options.files[0], hint="name the file of every coder")
    given = load_codebook(options.codebook) if options.codebook else None
    codings = [load_coded(file, given, blank=True) for file in options.files]
    codebook = given or _shipped_if_it_fits(options.files, codings)
    with _naming(*options.files):
        found = measure_agreement(codings, codes=codebook.codes if codebook else None)
    coders = _coder_names(options.files)
    if options.format == "json":
        say(as_json({"coders": coders, **found.to_dict()}))
    elif options.format == "csv":
        write_csv(("id", "report", "headings", "text", *coders), _dispute_rows(found, coders))
    else:
        say(agreement_text(found, coders, codebook, options.lang))
    return 0


def _coder_names(files: Sequence[str]) -> list[str]:
    """The files' names, with their directories where names alone would not tell them apart."""
    from pathlib import Path

    names = [Path(file).name for file in files]
    return names if len(set(names)) == len(names) else list(files)


def _shipped_if_it_fits(files: Sequence[str], codings: Sequence[Sequence[Coded]]) -> Codebook | None:
    """The shipped codebook where it has all the codes. Where it has most of them, the others may be slips: each is
    named. Codes of one's own need no codebook."""
    from zhgovtext.codebook import load_codebook

    shipped = load_codebook()
    units = [(file, unit) for file, coding in zip(files, codings, strict=True) for unit in coding if unit.category]
    known = {unit.category for _, unit in units if unit.category in shipped.codes}
    strange: dict[str, tuple[str, Coded]] = {}
    for file, unit in units:
        if unit.category not in known:
            strange.setdefault(unit.category, (file, unit))
    if not strange:
        return shipped
    if len(strange) < len(known):
        for code, (file, unit) in strange.items():
            message = f"{code!r} is counted as a category, but the shipped codebook has none of this name"
            hint = "mend the line, or name your codebook with --codebook"
            complain(DataError("category", message, path=file, place=f"line {unit.line}", hint=hint))
    return None


def _dispute_rows(found: Agreement, coders: Sequence[str]) -> list[Row]:
    return [{**_place(d.unit), **dict(zip(coders, d.codes, strict=True))} for d in found.disputes]


def _place(unit: Coded) -> dict[str, Any]:
    return {"id": unit.id, "report": unit.report, "headings": " > ".join(unit.headings), "text": unit.text}


# train ---------------------------------------------------------------------------------------------------------------


def _add_train_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="CODED.csv",
        help="hand-coded sentences of several reports; the column category holds codes of the codebook",
    )
    parser.add_argument(
        "-o",
        dest="output",
        required=True,
        metavar="MODEL_DIR",
        help="the directory for the model; a model that is there is replaced",
    )
    add_codebook_option(parser)
    add_language_option(parser)


def _train(options: argparse.Namespace) -> int:
    from pathlib import Path

    from zhgovtext.codebook import load_codebook
    from zhgovtext.coding import load_coded
    from zhgovtext.resources import sha256
    from zhgovtext.training import build_model, check_place

    directory = Path(options.output).absolute()
    check_place(directory)
    _check_writable(directory)
    codebook = load_codebook(options.codebook)
    files = {file: load_coded(file, codebook) for file in options.files}
    units = _merge(files)
    texts = load_texts(options.lang)
    if sys.stderr.isatty():
        say(texts["training"].format(n=len(units)), sys.stderr)
    data = {"files": ", ".join(Path(file).name for file in files), "sha256": sha256(*map(Path, files))}
    with _naming(*files):
        found = build_model(units, codebook, directory, name=directory.name, data=data)
    errors = [_error_row(mistake, units) for mistake in found.context.errors]
    say(training_text(found, errors, codebook, options.lang))
    say("\n" + texts["written"].format(directory=options.output))
    return 0


def _merge(files: Mapping[str, Sequence[Coded]]) -> list[Coded]:
    """The sentences of all files, each once. `DataError` where two files differ on the category of one: no model should
    learn both."""
    found: dict[str, tuple[str, Coded]] = {}
    for file, units in files.items():
        for unit in units:
            key = unit.id if unit.has_own_id else f"{file}\n{unit.id}"
            first, known = found.setdefault(key, (file, unit))
            if known.category != unit.category:
                raise DataError(
                    "dispute",
                    f"{unit.id} is {unit.category!r} here and {known.category!r} in {first}, line {known.line}",
                    path=file,
                    place=f"line {unit.line}",
                    hint="settle what the coders dispute in one file, and train on that",
                )
    return [unit for _, unit in found.values()]


# evaluate ------------------------------------------------------------------------------------------------------------


def _add_evaluate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="CODED.csv", help="hand-coded sentences")
    add_coding_options(parser)
    add_context_option(parser)
    add_probability_option(parser)
    add_output_options(parser, ("table", "json", "csv"))


def _evaluate(options: argparse.Namespace) -> int:
    coding = load_coding(options)
    from zhgovtext.classification import predict_coded
    from zhgovtext.coding import load_coded
    from zhgovtext.evaluation import evaluate

    units = load_coded(options.file, coding.codebook)
    with _naming(options.file):
        found = evaluate(
            [unit.category for unit in units],
            predict_coded(coding.coder, units, context=options.context),
            coding.codebook.codes,
            reports=[unit.report for unit in units],
            weights=[unit.weight for unit in units],
            min_probability=options.min_probability,
        )
    rows = [_error_row(mistake, units) for mistake in found.errors]
    if options.format == "json":
        about = {
            "codebook": {"name": coding.codebook.name, "sha256": coding.codebook.sha256},
            "model": {"name": coding.coder.name, "sha256": coding.coder.sha256},
            "options": {"context": options.context, "min_probability": options.min_probability},
        }
        say(as_json({**about, **found.to_dict(), "errors": rows}))
    elif options.format == "csv":
        write_csv(("id", "report", "headings", "text", "truth", "predicted", "probability"), rows)
    else:
        say(evaluation_text(found, rows, coding.codebook, options.lang))
    return 0


def _error_row(mistake: Mistake, units: Sequence[Coded]) -> dict[str, Any]:
    return {
        **_place(units[mistake.index]),
        "truth": mistake.truth,
        "predicted": mistake.predicted,
        "probability": round(mistake.probability, 6),
    }


# explain -------------------------------------------------------------------------------------------------------------


def _add_explain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sentence", metavar="SENTENCE", help="the sentence, between quotation marks")
    parser.add_argument(
        "--heading",
        action="append",
        default=[],
        metavar="H",
        help="a heading above it, outermost first; may be repeated",
    )
    parser.add_argument("--before", default="", metavar="TEXT", help="the sentence before it under the same heading")
    parser.add_argument("--after", default="", metavar="TEXT", help="the sentence after it under the same heading")
    add_coding_options(parser)
    add_output_options(parser, ("table", "json"))


def _explain(options: argparse.Namespace) -> int:
    coding = load_coding(options)
    from zhgovtext.classification import explain

    found = explain(
        options.sentence,
        headings=tuple(options.heading),
        before=options.before,
        after=options.after,
        coder=coding.coder,
    )
    if options.format == "json":
        say(as_json(_explanation_record(found)))
    else:
        say(explanation_text(found, coding.codebook, options.lang))
    return 0


def _explanation_record(found: Explanation) -> dict[str, Any]:
    label = found.label
    return {
        "category": label.category,
        "probability": round(label.probability, 6),
        "runner_up": label.runner_up,
        "scores": {code: round(score, 6) for code, score in label.scores.items()},
        **{
            side: [{"text": term.text, "part": term.part, "weight": round(term.weight, 6)} for term in terms]
            for side, terms in (("terms_for", found.terms_for), ("terms_against", found.terms_against))
        },
    }


# codebook ------------------------------------------------------------------------------------------------------------


def _add_codebook_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="a codebook to check; without it, print the shipped one"
    )
    add_language_option(parser)


def _codebook(options: argparse.Namespace) -> int:
    from zhgovtext.codebook import load_codebook
    from zhgovtext.resources import data_path, read_text

    if options.file is None:
        # A file to be: UTF-8 on every console.
        prepare_streams("toml")
        sys.stdout.write(read_text(data_path("codebook", "disclosure.toml")))
        return 0
    book = load_codebook(options.file)
    rows = [(category.code, category.zh, category.en) for category in book.categories]
    texts = load_texts(options.lang)
    say(texts["codebook"].format(file=options.file, name=book.name, version=book.version, n=len(rows)))
    say(table((texts["category"], "zh", "en"), rows))
    return 0


RESEARCH_COMMANDS = {
    "sample": Command("draw sentences from reports into a CSV file, to code by hand", _add_sample_options, _sample),
    "agreement": Command(
        "how far people who coded the same sentences agree (kappa, alpha, disputes)", _add_agreement_options, _agreement
    ),
    "train": Command(
        "a model of your own from hand-coded sentences, and how well it codes", _add_train_options, _train
    ),
    "evaluate": Command(
        "how far the model agrees with hand-coded sentences, and where it errs", _add_evaluate_options, _evaluate
    ),
    "explain": Command("what speaks for the category of a sentence, and against it", _add_explain_options, _explain),
    "codebook": Command(
        "the shipped codebook, to make your own from; or check one of your own", _add_codebook_options, _codebook
    ),
}
