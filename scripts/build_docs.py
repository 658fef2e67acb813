"""Make docs/reference.md of the docstrings of all public names and of the help of all commands.

    python scripts/build_docs.py [OUTPUT]

The same code gives the same bytes, on every version of Python: commands are taken from their parsers, not from the
lines that argparse makes of them.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parents[1] / "docs" / "reference.md"
_WIDTH = 110
_STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
_HEAD = """\
# Reference

Made by `python scripts/build_docs.py` from the docstrings and the commands' own help; change those, not this file.
What the words mean is in [method.md](method.md), first steps are in the [tutorial](tutorial.md).

- [Commands](#commands)
- [Python](#python)
"""
_COMMANDS = """
## Commands

`zhgovtext COMMAND --help` shows the same on the terminal, with `--lang zh` in Chinese. The exit code is 0, 1 when some
input could not be analysed (each is named on standard error, the others are done), 2 for wrong usage.
"""
_PYTHON = """
## Python

`import zhgovtext as zg`; every name below is `zg.NAME`. Names are loaded when they are first used. What goes wrong is
raised as a `ZhgovtextError`.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join((_HEAD, *_command_lines(), *_python_lines())).rstrip() + "\n"


def _command_lines() -> Iterator[str]:
    from zhgovtext.cli.texts import load_commands, load_examples
    from zhgovtext.cli.usage import command_parser

    yield _COMMANDS
    for name, listed in load_commands("en").items():
        yield f"### zhgovtext {name}\n\n{_sentence(listed.purpose)}\n"
        for action in command_parser(name, "en")._actions:
            if "--help" not in action.option_strings and action.help is not argparse.SUPPRESS:
                yield f"- `{_usage(action)}`: {_help(action)}"
        yield "\n```sh"
        for example in load_examples(name, "en"):
            yield _example(example)
        yield "```\n"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _usage(action: argparse.Action) -> str:
    """``--format {table,json}``, ``FILE …``: how an argument is given."""
    value = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.metavar or action.dest.upper()
    if action.nargs == 0:
        value = ""
    elif action.nargs in ("+", "*"):
        value = f"{value} …"
    return " ".join(filter(None, (", ".join(action.option_strings), str(value))))


def _help(action: argparse.Action) -> str:
    needed = " (needed)" if action.option_strings and action.required else ""
    return (action.help or "") % {**vars(action), "prog": "zhgovtext"} + needed


def _example(example: Any) -> str:
    line, about = example
    return f"{line}  # {about}"


def _python_lines() -> Iterator[str]:
    import zhgovtext

    yield _PYTHON
    for module, names in zhgovtext._HOMES.items():
        yield f"### From zhgovtext.{module}\n"
        for name in names:
            yield from _entry(name, getattr(zhgovtext, name))
    yield f"### Version\n\n`zhgovtext.__version__` is `{zhgovtext.__version__!r}`.\n"


def _entry(name: str, value: Any) -> Iterator[str]:
    yield f"#### {name}\n"
    if not (inspect.isclass(value) or inspect.isroutine(value)):
        yield f"`{value!r}`\n"
        return
    yield f"```python\n{_signature(name, value)}\n```\n"
    doc = _doc(name, value)
    if doc:
        yield f"```text\n{doc}\n```\n"
    if inspect.isclass(value):
        members = list(_members(name, value))
        yield from members
        if members:
            yield ""


def _signature(name: str, value: Callable[..., Any]) -> str:
    """As it would be written, a parameter a line where one line is too long."""
    if inspect.isclass(value) and issubclass(value, BaseException) and "__init__" not in vars(value):
        return f"class {name}({', '.join(base.__name__ for base in value.__bases__)})"
    signature = inspect.signature(value)
    parameters = _parameters(list(signature.parameters.values()))
    # A class says what making it gives.
    after = "" if inspect.isclass(value) else _annotated(" -> ", signature.return_annotation)
    line = f"{name}({', '.join(parameters)}){after}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join((f"{name}(", *(f"    {parameter}," for parameter in parameters), f"){after}"))


def _parameters(parameters: list[inspect.Parameter]) -> list[str]:
    """Each as it would be written, a bare ``*`` before those that go by name alone."""
    kinds = [parameter.kind for parameter in parameters]
    shown = [_parameter(parameter) for parameter in parameters]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        shown.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    return shown


def _parameter(parameter: inspect.Parameter) -> str:
    stars = _STARS.get(parameter.kind, "")
    annotation, default = _annotated(": ", parameter.annotation), parameter.default
    if default is inspect.Parameter.empty:
        return f"{stars}{parameter.name}{annotation}"
    # A function shown by its representation would have its address in memory.
    value = default.__name__ if inspect.isroutine(default) else repr(default)
    return f"{parameter.name}{annotation}{' = ' if annotation else '='}{value}"


def _annotated(before: str, annotation: Any) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    return before + (annotation if isinstance(annotation, str) else inspect.formatannotation(annotation))


def _doc(name: str, value: Any) -> str:
    """Its own docstring: not one that it inherits, nor the fields that a dataclass without one says."""
    doc = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    return "" if doc is None or doc.startswith(f"{name}(") else inspect.cleandoc(doc)


def _members(name: str, kind: type) -> Iterator[str]:
    """Public methods and properties that the class itself has and that say what they are."""
    for member, value in vars(kind).items():
        if member.startswith("_"):
            continue
        if isinstance(value, (property, cached_property)):
            shown, doc = member, value.__doc__
        elif isinstance(value, (classmethod, staticmethod)) or inspect.isfunction(value):
            shown, doc = member + _call(value), value.__doc__
        else:
            continue
        if doc:
            first = inspect.cleandoc(doc).split("\n\n")[0]
            yield f"- `{name}.{shown}`: {' '.join(first.split())}"


def _call(method: Any) -> str:
    """The signature of a method as it is called: without the instance or class."""
    signature = inspect.signature(getattr(method, "__func__", method))
    parameters = list(signature.parameters.values())
    bound = parameters if isinstance(method, staticmethod) else parameters[1:]
    return f"({', '.join(_parameters(bound))}){_annotated(' -> ', signature.return_annotation)}"


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    output.write_text(reference(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
