"""HTML of what strangers wrote: text that acts on nothing, and templates that escape all that is put into them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from zhgovtext.drawing import write_number
from zhgovtext.labels import Pair, load_labels
from zhgovtext.resources import data_path

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# Characters that mean something in HTML, or would act unseen: controls, and marks that turn the direction of writing.
_SPECIAL = re.compile("[&<>\"'\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;"}
_IN_SCRIPT = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def visible(text: str) -> str:
    r"""A text as HTML that shows it: markup is text, and a character that would act unseen is named and kept apart.

    HTML has no NUL: U+FFFD stands for it.

    >>> visible("<b>\u202e")
    '&lt;b&gt;<bdi class="u" data-u="U+202E">\u202e</bdi>'
    """
    return _SPECIAL.sub(_seen, text)


def _seen(match: re.Match[str]) -> str:
    char = match[0]
    if char in _ENTITIES:
        return _ENTITIES[char]
    kept = "\ufffd" if char == "\0" else char
    return f'<bdi class="u" data-u="U+{ord(char):04X}">{kept}</bdi>'


def attribute(text: str) -> str:
    """A text for an attribute of HTML, which has no elements: unseen characters are named.

    >>> attribute('a"\\x00')
    'a&quot;U+0000'
    """
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], f"U+{ord(match[0]):04X}"), text)


def named(text: str) -> str:
    r"""A text whose unseen characters are named; it is no HTML yet.

    >>> named("<\u202e")
    '<U+202E'
    """
    return _SPECIAL.sub(lambda match: match[0] if match[0] in _ENTITIES else f"U+{ord(match[0]):04X}", text)


def in_script(value: object) -> str:
    """JSON that may stand in a ``<script>``: nothing in it ends the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)


def in_style(text: str) -> str:
    r"""A string of CSS: every character by its number, so that nothing in it ends the string or the element.

    >>> in_style("<决")
    '"\\3c \\51b3 "'
    """
    return '"' + "".join(f"\\{ord(char):x} " for char in text) + '"'


def source_hash(text: str) -> str:
    """What a policy (CSP) calls a style or a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def load_templates() -> Environment:
    """The templates of ``data/page/``: all that is put into them is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def both(pair: Pair, **filled: object) -> Markup:
        """A label in both languages; the page shows that of its own."""
        zh, en = (_fill(label, filled) for label in pair)
        if zh == en:
            return Markup(visible(zh))
        return Markup(f'<span class="zh" lang="zh">{visible(zh)}</span><span class="en" lang="en">{visible(en)}</span>')

    labels = load_labels()
    environment = Environment(
        loader=FileSystemLoader(data_path("page")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = lambda text: Markup(visible(text))
    environment.filters["attribute"] = lambda text: Markup(attribute(text))
    environment.filters["percent"] = lambda share: "–" if share is None else f"{share:.1%}"
    environment.filters["number"] = lambda value: "–" if value is None else write_number(value)
    environment.filters["both"] = both
    environment.globals["t"] = lambda key, **filled: both(labels[key], **filled)
    environment.globals["pair"] = labels.__getitem__
    return environment


def _fill(label: str, filled: Mapping[str, object]) -> str:
    return label.format(**filled) if filled else label
