"""The folder of a site: its pages are put into it, and no file of others is touched."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhgovtext.errors import DataError, OptionError
from zhgovtext.page import Shelf, render, site_head, write_page

MARKER = "zhgovtext-site.json"
_MARK = {"program": "zhgovtext", "site": 1}
_FOLDERS = ("agencies", "assets", "reports", "years")
# What a site calls its files, in the folders that it owns: an id, a year, a word.
_OWN = re.compile(r"[0-9a-f]{16}\.html|-?\d{1,10}\.html|[a-z]+(-[0-9a-f]{16})?\.(css|js)|.*\.partial")


class Shelves:
    """The folder of a site: knows what it wrote, and takes away what an earlier site left."""

    def __init__(self, folder: Path, language: str) -> None:
        self._folder = folder
        self.language = language
        self._written: set[str] = set()
        self.pages = 0
        self._open()

    def _open(self) -> None:
        folder = self._folder
        hint = "give a new folder, or one that holds a site of zhgovtext"
        if folder.exists() and not folder.is_dir():
            raise OptionError("output", "is a file: a site is a folder", path=str(folder), hint=hint)
        try:
            folder.mkdir(exist_ok=True)
            if any(folder.iterdir()) and not self._is_ours():
                raise OptionError("output", "holds other files, and no site of zhgovtext", path=str(folder), hint=hint)
            for name in _FOLDERS:
                if (folder / name).is_symlink():
                    raise OptionError("output", "leads elsewhere", path=str(folder / name), hint="take the link away")
                (folder / name).mkdir(exist_ok=True)
        except OSError as error:
            problem = f"cannot be written: {error.strerror}"
            hint = "choose a folder that exists and may be written to, with room on its disk"
            raise DataError("unwritable", problem, path=str(folder), hint=hint) from error
        self.write(MARKER, json.dumps(_MARK) + "\n")

    def _is_ours(self) -> bool:
        try:
            found = json.loads((self._folder / MARKER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(found, dict) and found.get("program") == _MARK["program"] and "site" in found

    def write(self, name: str, text: str) -> None:
        if "/" in name and not _OWN.fullmatch(name.partition("/")[2]):
            # Ids are hexadecimal digits in every store that this package wrote.
            raise DataError("id", f"the store has an id that is none: {name}", hint="make it again: zhgovtext batch")
        write_page(text, self._folder / name)
        self._written.add(name)

    def page(self, name: str, template: str, view: Mapping[str, Any]) -> None:
        """A page of the site from its template."""
        up = "../" * name.count("/")
        styles = tuple(f"{up}assets/{file}" for file in ("page.css", "site.css", view["colours"]))
        rows = [view["rows"]] if view.get("rows") else []
        scripts = tuple(f"{up}assets/{file}" for file in (*rows, "page.js", "site.js"))
        head = site_head(Shelf(styles, scripts))
        self.write(name, render(template, {**head, **view, "up": up, "language": self.language}))
        self.pages += 1

    def clear(self) -> int:
        """Take away files of an earlier site that this one did not write again: how many pages."""
        removed = 0
        for name in _FOLDERS:
            for path in sorted((self._folder / name).iterdir()):
                if f"{name}/{path.name}" not in self._written and _OWN.fullmatch(path.name) and path.is_file():
                    path.unlink()
                    removed += path.suffix == ".html"
        return removed
