"""How the command line is used: help with examples, what is wrong with a usage, the nearest name of a misspelt one."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from zhgovtext.cli.texts import load_commands, load_examples, load_phrases, load_texts
from zhgovtext.cli.writing import complain, paint, width
from zhgovtext.errors import OptionError

if TYPE_CHECKING:
    from zhgovtext.cli.options import Command

_WIDEST = 100
_NARROWEST = 40
# Where a line may end: at a space, and after every Chinese character or full-width mark.
_PIECE = re.compile("[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]|[^\\s\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]+|\\s+")
_NO_START = frozenset("，。；：、！？）》」”…,.;:!?)")


class Parser(argparse.ArgumentParser):
    """A parser that speaks `language`: help with examples, and what is wrong in one line with what to do next."""

    def __init__(self, prog: str, about: str, language: str, *, examples: str, usage: str | None = None) -> None:
        super().__init__(prog=prog, usage=usage, description=about, epilog=examples, add_help=False)
        self.language = language
        texts = load_texts(language)
        self._positionals.title, self._optionals.title = texts["use_arguments"], texts["use_options"]
        self.add_argument("-h", "--help", action="help", help="show this help and end")

    def help_in_language(self) -> None:
        """Put the help of every option into the language, by ``data/cli/help.tsv``."""
        if self.language == "zh":
            phrases = load_phrases("help.tsv")
            for action in self._actions:
                action.help = phrases.get(action.help or "", action.help)
            for group in self._action_groups:
                group.title = phrases.get(group.title or "", group.title)

    def _get_formatter(self, *_: Any) -> argparse.HelpFormatter:
        return _Formatter(self.prog, self.language)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As argparse does, but what is not known is told with the nearest option."""
        if args and args.count("-o") > 1:
            self.error("-o is given twice", hint="name one place to write to")
        found, rest = super().parse_known_args(args, namespace)
        for argument in rest:
            if argument.startswith("-") and argument != "-":
                name = argument.split("=", 1)[0]
                self.error(f"there is no option {name}", hint=self._advice(name))
            self.error(f"there is an argument too many: {argument}")
        return found, rest

    def _advice(self, name: str) -> str:
        """What was meant by an option that there is not: a value of another one (--json), or one spelt like it."""
        for option, action in self._option_string_actions.items():
            if name.lstrip("-") in (action.choices or ()):
                return f"did you mean {option} {name.lstrip('-')}?"
        near = nearest(name, self._option_string_actions)
        if near:
            return f"did you mean {near}?"
        return "" if " " in self.prog else f"options of a command stand after it: zhgovtext COMMAND FILE {name}"

    def error(self, message: str, hint: str = "") -> NoReturn:
        """One line on standard error, and exit code 2."""
        complain(OptionError("usage", message, hint=hint or f"{self.prog} --help tells more"), self.language)
        sys.exit(2)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help whose lines are as long as a terminal shows them: a Chinese character takes two places."""

    def __init__(self, prog: str, language: str) -> None:
        super().__init__(prog, max_help_position=26, width=_columns())
        self._texts = load_texts(language)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, self._texts["use_usage"] + " " if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(heading and paint(heading, "bold", sys.stdout))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width)


def _columns() -> int:
    """Places in a line of the terminal, within reason."""
    try:
        columns = int(os.environ.get("COLUMNS", "")) or 80
    except ValueError:
        try:
            columns = os.get_terminal_size(1).columns or 80
        except OSError:
            columns = 80
    return max(_NARROWEST, min(columns, _WIDEST)) - 2


def wrap(text: str, places: int) -> list[str]:
    """Lines of at most `places`; a Chinese text is broken between characters, not before a closing mark.

    >>> wrap("a report, or more", 9), wrap("一份报告，或多份。", 8)
    (['a report,', 'or more'], ['一份报', '告，或多', '份。'])
    """
    lines, line = [], ""
    pieces: Iterable[str] = _PIECE.findall(" ".join(text.split()))
    for piece in pieces:
        if width(line + piece.rstrip()) <= places or not line.strip():
            line += piece
        elif piece in _NO_START:
            # The mark takes the character before it along.
            lines.append(line[:-1])
            line = line[-1] + piece
        else:
            lines.append(line)
            line = piece.lstrip()
    return [kept for kept in (part.rstrip() for part in (*lines, line)) if kept]


def command_parser(name: str, language: str) -> Parser:
    """The parser of a command of ``data/cli/commands.tsv``, whose module is imported for it."""
    listed = load_commands(language)[name]
    module, home = listed.home.split(".")
    command: Command = getattr(import_module(f"zhgovtext.cli.{module}"), home)[name]
    about = listed.purpose[0].upper() + listed.purpose[1:] + ("。" if language == "zh" else ".")
    parser = Parser(f"zhgovtext {name}", about, language, examples=_examples(load_examples(name, language), language))
    command.add_options(parser)
    parser.help_in_language()
    # `--lang` may stand before the command too.
    parser.set_defaults(command=name, run=command.run, lang=language)
    return parser


def overview(language: str) -> tuple[str, str]:
    """What the whole program is for, with all commands; and a tour of examples."""
    texts, parts = load_texts(language), []
    titles = {
        "reading": texts["use_reading"],
        "corpora": texts["use_corpora"],
        "research": texts["use_research"],
        "tool": texts["use_tool"],
    }
    commands = load_commands(language)
    for group, title in titles.items():
        lines = [f"  {name:<12}{listed.purpose}" for name, listed in commands.items() if listed.group == group]
        parts.append("\n".join((paint(title, "bold", sys.stdout) + ":", *lines)))
    tour = [load_examples(name, language)[0] for name in ("summary", "report", "facts", "batch", "doctor")]
    return texts["use_about"] + "\n\n" + "\n\n".join(parts), _examples(tour, language)


def _examples(examples: Sequence[tuple[str, str]], language: str) -> str:
    """Each example under what it does."""
    texts = load_texts(language)
    title = paint(texts["use_examples"], "bold", sys.stdout) + ":"
    return "\n".join((title, *(f"  # {about}\n  {line}" for line, about in examples)))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like a misspelt one; none where none is like it.

    >>> nearest("sumary", ("summary", "facts")), nearest("xyz", ("summary",))
    ('summary', '')
    """
    import difflib

    return next(iter(difflib.get_close_matches(name, known, n=1)), "")
