"""Fonts for figures: a font is taken only when it has a glyph for every character that will be drawn.

A character that a font lacks is drawn as a box, and matplotlib only warns of it. Fonts are looked for in the system's
folders each time, not in matplotlib's own list, which does not know what was installed after it was made.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import category

from matplotlib import font_manager, get_data_path
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

from zhgovtext.errors import InputError, OptionError
from zhgovtext.resources import data_path, rows

# Some fonts have one picture for all characters that they do not know (Last Resort), or none at all.
_PROBE = "政府"
_MOST_FILES = 5000
_MOST_FACES = 64
_SHOWN = 8
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_INSTALL = (
    'install a Chinese font: pip install "zhgovtext[fonts]" on any system; Debian and Ubuntu: apt install '
    "fonts-noto-cjk; macOS: brew install --cask font-noto-sans-cjk-sc; Windows: Settings, Optional features, Chinese "
    "(Simplified) Supplemental Fonts; or name a font file: font=, --font"
)


class Face(NamedTuple):
    """A face of a font file: collections (.ttc) have several, of which `number` is one."""

    path: str
    number: int = 0

    def properties(self, size: float) -> FontProperties:
        """What a text of matplotlib is drawn with, at a size in points."""
        # Before matplotlib 3.11 the first face of a collection was the only one: it has the same characters.
        kind: Any = getattr(font_manager, "FontPath", None)
        return FontProperties(fname=kind(self.path, self.number) if kind else self.path, size=size)


def find_font(characters: Iterable[str], font: str | Path | None = None) -> Face:
    """A face with a glyph for every one of `characters`: `font` (a file, or the name of a family), or else the first
    of ``data/plots/fonts.tsv`` that is here, or else any that is here; DejaVu Sans where there is no Chinese to draw.

    Raises `OptionError` for a `font` that is not here, `InputError` where characters would be missing: it names them,
    and says what to install.
    """
    wanted = {char for char in characters if not char.isspace()}
    if font is not None:
        given = _named(str(font))
        lacking = missing(given, wanted)
        if lacking:
            problem = f"the font {font} does not have {_listed(lacking)}"
            raise InputError("font", problem, hint="choose another, or none: one that has them is looked for")
        return given
    best: set[str] | None = None
    for face in _candidates(wanted):
        lacking = missing(face, wanted)
        if not lacking:
            return face
        if best is None or len(lacking) < len(best):
            best = lacking
    lacking = wanted if best is None else best
    # Letters have a font somewhere; private characters and the like may have none.
    letters = any(category(char) == "Lo" for char in lacking)
    problem = f"no font here has {_listed(lacking)}"
    raise InputError("font", problem, hint=_INSTALL if letters else "leave these characters out of what is drawn")


def missing(face: Face, characters: Iterable[str]) -> set[str]:
    """Those of `characters` that a face has no glyph for: all, where it is no font or has no outlines to draw."""
    wanted = set(characters)
    try:
        opened = _open(face)
        lacking = {char for char in wanted if not opened.get_char_index(ord(char))}
        chinese = set(filter(_is_chinese, wanted))
        return lacking if not chinese or lacking >= chinese or _is_real(opened) else lacking | chinese
    except (OSError, RuntimeError):
        return wanted


def _is_chinese(char: str) -> bool:
    return char >= "\u2e80"


def _is_real(font: FT2Font) -> bool:
    """Whether two characters have outlines, and different ones; what lacks these is no font of boxes."""
    if not all(font.get_char_index(ord(char)) for char in _PROBE):
        return True
    outlines = set()
    for char in _PROBE:
        font.load_char(ord(char))
        outlines.add(font.get_path()[0].tobytes())
    return len(outlines - {b""}) == len(_PROBE)


def _open(face: Face) -> FT2Font:
    # Like the older ones, a later matplotlib opens the first face when it is not told which.
    return FT2Font(face.path, face_index=face.number) if face.number else FT2Font(face.path)


def _listed(characters: Iterable[str]) -> str:
    found = sorted(characters)
    named = " ".join(f"{char} (U+{ord(char):04X})" for char in found[:_SHOWN])
    return named if len(found) <= _SHOWN else f"{named} and {len(found) - _SHOWN} more characters"


# Where fonts are ------------------------------------------------------------------------------------------------------


def _candidates(wanted: set[str]) -> Iterator[Face]:
    if not any(map(_is_chinese, wanted)):
        yield Face(str(Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")))
    here = _system_files()
    by_name = {Path(path).name.lower(): path for path in reversed(here)}
    for _, row in rows(data_path("plots", "fonts.tsv"), ("family", "file", "package")):
        path = _packaged(row["package"], row["file"]) if row["package"] else by_name.get(row["file"].lower())
        if path:
            yield Face(path, _index(path, row["family"]))
    yield from map(Face, here)


def _system_files() -> list[str]:
    """The system's font files, in order, so many at most."""
    found = {path for path in font_manager.findSystemFonts() if path.lower().endswith(_SUFFIXES)}
    return sorted(found)[:_MOST_FILES]


def _packaged(package: str, file: str) -> str | None:
    """The path of a file in an installed package, of which nothing is run."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, file)
        if path.is_file():
            return str(path)
    return None


def _index(path: str, family: str) -> int:
    """Which face of a file has the name of this family; the first where none has."""
    return next((at for at, name in _faces(path) if name == family.lower()), 0)


def _faces(path: str) -> Iterator[tuple[int, str]]:
    """The faces of a file and their families in small letters; of those that matplotlib can draw."""
    try:
        first = FT2Font(path)
        yield 0, first.family_name.lower()
        if hasattr(font_manager, "FontPath"):
            for at in range(1, min(first.num_faces, _MOST_FACES)):
                yield at, FT2Font(path, face_index=at).family_name.lower()
    except (OSError, RuntimeError):
        return


def _named(font: str) -> Face:
    """The face that a user asks for: a file, or a family, of which the regular style goes before others."""
    if os.sep in font or font.lower().endswith(_SUFFIXES):
        path = Path(font)
        if not path.is_file():
            raise OptionError("font", f"there is no font file {font}", hint="give its path, or the name of a family")
        try:
            FT2Font(str(path))
        except (OSError, RuntimeError) as error:
            raise OptionError(
                "font", f"{font} is no font that can be drawn", hint="give a .ttf, .otf or .ttc"
            ) from error
        return Face(str(path))
    files = [*_system_files(), *_shipped_files()]
    found = [Face(path, at) for path in files for at, name in _faces(path) if name == font.lower()]
    if not found:
        raise OptionError("font", f"no font {font!r} is installed", hint="give the name of a family, or a file")
    return min(found, key=lambda face: (_open(face).style_name != "Regular", face))


def _shipped_files() -> Iterator[str]:
    for _, row in rows(data_path("plots", "fonts.tsv"), ("family", "file", "package")):
        if row["package"] and (path := _packaged(row["package"], row["file"])):
            yield path
    yield from map(str, sorted(Path(get_data_path(), "fonts", "ttf").glob("*.ttf")))
