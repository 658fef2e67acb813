"""`completion`: a script for bash, zsh or fish that completes commands, options and their values with the Tab key."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import NamedTuple

from zhgovtext.cli.options import Command, add_language_option
from zhgovtext.cli.texts import load_commands
from zhgovtext.cli.usage import command_parser
from zhgovtext.cli.writing import prepare_streams
from zhgovtext.resources import data_path, read_text

Parsers = Mapping[str, argparse.ArgumentParser]
# Names of arguments that are files.
_FILES = ("file", "files", "paths", "store")


class _Option(NamedTuple):
    """An option as shells know it: its names, what it is for, the values to choose from, whether it has one."""

    names: tuple[str, ...]
    about: str
    choices: tuple[str, ...]
    valued: bool


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(_SCRIPTS), help="the shell that the script is for")
    add_language_option(parser)


def _run(options: argparse.Namespace) -> int:
    commands = load_commands(options.lang)
    parsers = {name: command_parser(name, options.lang) for name in commands}
    purposes = {name: listed.purpose for name, listed in commands.items()}
    # A file to be: UTF-8 on every console.
    prepare_streams("script")
    print(_SCRIPTS[options.shell](parsers, purposes), end="")
    return 0


def _options(parser: argparse.ArgumentParser) -> list[_Option]:
    return [
        _Option(
            tuple(action.option_strings),
            " ".join((action.help or "").replace("%%", "%").split()),
            tuple(map(str, action.choices or ())),
            action.nargs != 0,
        )
        for action in parser._actions
        if action.option_strings
    ]


def _words(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    """What may stand for the first argument that is no option, where that is no file."""
    found = (action.choices for action in parser._actions if action.choices and not action.option_strings)
    return tuple(next(found, ()))


def _takes_files(parser: argparse.ArgumentParser) -> bool:
    return any(not action.option_strings and action.dest in _FILES for action in parser._actions)


def _bash(parsers: Parsers, purposes: Mapping[str, str]) -> str:
    values, options = [], []
    for name, parser in parsers.items():
        found = _options(parser)
        for option in found:
            if option.choices:
                pattern = "|".join(f"'{name} {word}'" for word in option.names)
                values.append(f"    {pattern}) words={_quoted(' '.join(option.choices))} ;;")
        words = [word for option in found for word in option.names]
        options.append(f"    {name}) options={_quoted(' '.join(words))} words={_quoted(' '.join(_words(parser)))} ;;")
    return _filled("bash", COMMANDS=_quoted(" ".join(purposes)), VALUES="\n".join(values), OPTIONS="\n".join(options))


def _zsh(parsers: Parsers, purposes: Mapping[str, str]) -> str:
    commands = [f"    {_quoted(f'{name}:{purpose}')}" for name, purpose in purposes.items()]
    options = []
    for name, parser in parsers.items():
        specs = [_zsh_spec(option, one) for option in _options(parser) for one in option.names]
        files = "'*:file:_files'" if _takes_files(parser) else f"'*:word:({' '.join(_words(parser))})'"
        options.append(f"    {name}) _arguments {' '.join((*specs, files))} ;;")
    return _filled("zsh", COMMANDS="\n".join(commands), OPTIONS="\n".join(options))


def _zsh_spec(option: _Option, name: str) -> str:
    about = "".join(f"\\{char}" if char in "[]:\\" else char for char in option.about)
    value = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files" if option.valued else ""
    return _quoted(f"{name}[{about}]{value}")


def _fish(parsers: Parsers, purposes: Mapping[str, str]) -> str:
    lines = [
        f"complete -c zhgovtext -f -n __fish_use_subcommand -a {name} -d {_quoted(purpose, fish=True)}"
        for name, purpose in purposes.items()
    ]
    for name, parser in parsers.items():
        start = f"complete -c zhgovtext -n '__fish_seen_subcommand_from {name}'"
        if not _takes_files(parser):
            words = " ".join(_words(parser))
            lines.append(f"{start} -f" + (f" -a {_quoted(words, fish=True)}" if words else ""))
        for option in _options(parser):
            names = " ".join(f"-l {one[2:]}" if one.startswith("--") else f"-s {one[1:]}" for one in option.names)
            choices = f" -x -a {_quoted(' '.join(option.choices), fish=True)}"
            value = choices if option.choices else " -r" * option.valued
            lines.append(f"{start} {names}{value} -d {_quoted(option.about, fish=True)}")
    return "\n".join((*lines, ""))


def _quoted(text: str, *, fish: bool = False) -> str:
    """A word of a shell, between apostrophes.

    >>> print(_quoted("what it's for"), _quoted("it's", fish=True))
    'what it'\\''s for' 'it\\'s'
    """
    if fish:
        text = text.replace("\\", "\\\\")
    return "'" + text.replace("'", "\\'" if fish else "'\\''") + "'"


def _filled(shell: str, **parts: str) -> str:
    """The shipped script of a shell, with the lines that stand for the commands in place of ``@NAME@``."""
    script = read_text(data_path("cli", f"completion.{shell}"))
    for name, lines in parts.items():
        script = script.replace(f"@{name}@", lines)
    return script


_SCRIPTS: Mapping[str, Callable[[Parsers, Mapping[str, str]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}

COMPLETION_COMMANDS = {
    "completion": Command("completion of commands and options with the Tab key, for your shell", _add_options, _run)
}
