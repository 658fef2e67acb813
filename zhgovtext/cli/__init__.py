"""The command line: arguments → one call each → print. A command's module is imported when it is named.

``data/cli/commands.tsv`` lists the commands: a new one has a line there, and examples in ``examples.tsv``.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from zhgovtext.cli.texts import LANGUAGES, asked_language, load_commands
from zhgovtext.cli.usage import Parser, command_parser, nearest, overview
from zhgovtext.cli.writing import complain, prepare_streams, silence_stdout
from zhgovtext.errors import InputError, OptionError, ZhgovtextError, reason_of

# What these write is no stream: a folder, a store, a file to work on or whose suffix says what it is.
_NO_STREAM = ("batch", "export", "sample", "train")
# So many objects more than at the last time before circles among them are looked for.
_OBJECTS = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, 1 when some input could not be analysed, 2 for wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = asked_language(given)
    prepare_streams("table")
    # Two things that cost a short command a fifth of its time: threads that nothing here has work for, and searches for
    # garbage while all that is made is data to be kept.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    collected = gc.get_threshold()
    gc.set_threshold(_OBJECTS)
    try:
        options = _parse(given, language)
        prepare_streams(getattr(options, "format", "table"))
        if getattr(options, "output", None) == "-" and options.command in _NO_STREAM:
            problem = f"{options.command} cannot write to standard output"
            raise OptionError("output", problem, hint="name a file after -o")
        code: int = options.run(options)
        # Here, and not when the interpreter ends, is it found that nobody reads any more.
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        complain(InputError("interrupted", "interrupted"), language)
        return 130
    except BrokenPipeError:
        silence_stdout()
        return 0
    except ZhgovtextError as error:
        complain(error, language)
        return 2 if isinstance(error, OptionError) else 1
    except OSError as error:
        # What no command foresees: a full disk, a name too long, a directory that may not be looked into.
        complain(InputError("system", reason_of(error), path=str(error.filename or "")), language)
        return 1
    finally:
        gc.set_threshold(*collected)


def _parse(arguments: list[str], language: str) -> argparse.Namespace:
    """What is asked for; only the named command's parser is made."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 2 if arguments[at] == "--lang" else 1
    before, name, rest = arguments[:at], "".join(arguments[at : at + 1]), arguments[at + 1 :]
    if name == "help":
        before, name, rest = (before, rest[0], ["--help"]) if rest else (["--help"], "", [])
    commands = load_commands(language)
    if before or name not in commands:
        top = _parser(language)
        top.parse_args(before)
        if not name:
            hint = "zhgovtext --help lists them; zhgovtext summary FILE is a good first one"
            top.error("there is no command", hint=hint)
        if name not in commands:
            top.error(f"there is no command {name}", hint=_advice(name, commands))
    options = command_parser(name, language).parse_args(rest)
    _check_files(options)
    return options


def _check_files(options: argparse.Namespace) -> None:
    """Addresses are no files, nor are parts of a name; patterns are, where the shell leaves them to the program."""
    files: list[str] = getattr(options, "files", [])
    for file in (*files, *getattr(options, "paths", []), getattr(options, "file", None) or ""):
        if file.startswith(("http://", "https://")):
            hint = "save the page or the file it offers, and name that"
            raise OptionError("address", "nothing is read from the network", path=file, hint=hint)
    for one, other in pairwise(files):
        if not os.path.lexists(one) and os.path.lexists(f"{one} {other}"):
            hint = "put a name that has spaces between quotation marks"
            raise OptionError("space", "is one file", path=f"{one} {other}", hint=hint)
    if sys.platform == "win32" and any("*" in file for file in files):
        from glob import glob

        found = [sorted(glob(file)) if "*" in file else [file] for file in files]  # noqa: PTH207 (also of other drives)
        options.files = [name for file, names in zip(files, found, strict=True) for name in names or [file]]


def _advice(name: str, commands: Iterable[str]) -> str:
    """What was meant by a command that there is not: a file to be read, or another command."""
    if "." in name or "/" in name:
        return f"try zhgovtext summary {name}"
    near = nearest(name, commands)
    return f"did you mean {near}?" if near else "zhgovtext --help lists them"


def _parser(language: str) -> Parser:
    about, tour = overview(language)
    parser = Parser("zhgovtext", about, language, examples=tour, usage="zhgovtext [-h] [--version] COMMAND ...")
    parser.add_argument("--version", action=_Version, nargs=0, help="versions of package, model and codebook")
    parser.add_argument("--lang", choices=LANGUAGES, help="language of help and messages")
    parser.help_in_language()
    return parser


class _Version(argparse.Action):
    """Model and codebook are looked at only when they are asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from zhgovtext.cli.doctor import versions

        for name, version in versions():
            print(name, version)
        parser.exit()
