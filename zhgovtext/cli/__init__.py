"""The command line: arguments → one call each → print. Heavy modules are imported where a command needs them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from zhgovtext import __version__
from zhgovtext.cli.batching import BATCH_COMMANDS
from zhgovtext.cli.comparing import COMPARING_COMMANDS
from zhgovtext.cli.exporting import EXPORT_COMMANDS
from zhgovtext.cli.paging import PAGE_COMMANDS
from zhgovtext.cli.reading import READING_COMMANDS
from zhgovtext.cli.research import RESEARCH_COMMANDS
from zhgovtext.cli.writing import complain, prepare_streams, silence_stdout
from zhgovtext.errors import InputError, OptionError, ZhgovtextError

_GROUPS = {
    "reading reports": READING_COMMANDS | PAGE_COMMANDS | COMPARING_COMMANDS,
    "whole corpora": BATCH_COMMANDS | EXPORT_COMMANDS,
    "for researchers": RESEARCH_COMMANDS,
}
_EXAMPLES = """examples:
  zhgovtext summary report.txt
  zhgovtext facts *.txt --format csv > facts.csv
  zhgovtext sample *.txt -n 200 -o sample.csv
  zhgovtext COMMAND --help"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, 1 when some input could not be analysed, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    prepare_streams(getattr(options, "format", "table"))
    try:
        code: int = options.run(options)
        # Here, and not when the interpreter ends, is it found that nobody reads any more.
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("zhgovtext: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        silence_stdout()
        return 0
    except ZhgovtextError as error:
        complain(error)
        return 2 if isinstance(error, OptionError) else 1
    except OSError as error:
        # What no command foresees: a full disk, a name too long, a directory that may not be looked into.
        complain(InputError("system", error.strerror or str(error), path=str(error.filename or "")))
        return 1


def _parser() -> argparse.ArgumentParser:
    listing = "\n\n".join(
        f"{title}:\n" + "\n".join(f"  {name:<12}{command.purpose}" for name, command in commands.items())
        for title, commands in _GROUPS.items()
    )
    parser = argparse.ArgumentParser(
        prog="zhgovtext",
        usage="zhgovtext [-h] [--version] COMMAND ...",
        description="Text analysis of Chinese government disclosure reports (政府信息公开工作年度报告).\n\n" + listing,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"zhgovtext {__version__}")
    # The listing stands in the description, since argparse knows no groups of commands.
    subparsers = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", prog="zhgovtext", help=argparse.SUPPRESS
    )
    for commands in _GROUPS.values():
        for name, command in commands.items():
            subparser = subparsers.add_parser(name, description=command.purpose[0].upper() + command.purpose[1:] + ".")
            command.add_options(subparser)
            subparser.set_defaults(run=command.run)
    return parser
