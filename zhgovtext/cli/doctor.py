"""`doctor`: what is installed and what works, each tried on something tiny, with what to install where it does not."""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module, metadata
from typing import Any, NamedTuple

from zhgovtext import __version__
from zhgovtext.cli.options import Command, add_output_options
from zhgovtext.cli.texts import load_texts, translate
from zhgovtext.cli.writing import as_json, paint, say, table
from zhgovtext.errors import InputError, ZhgovtextError

# What is read, coded and counted in every trial.
_TRIAL = "全年共主动公开政府信息12条。"
_CORE = (
    "numpy", "jieba", "rjieba", "opencc-python-reimplemented", "ahocorasick_rs", "selectolax", "pypdfium2",
    "pdfplumber", "jinja2", "scikit-learn",
)  # fmt: skip
_MODULES = {"opencc-python-reimplemented": "opencc", "scikit-learn": "sklearn"}
# Without rjieba jieba does the work; only training needs scikit-learn.
_SPARED = ("rjieba", "scikit-learn")
_EXPORTS = ("pandas", "pyarrow", "xlsxwriter", "pyreadstat")
_COLOURS = {"ok": "green", "missing": "yellow", "failed": "red"}
_AGAIN = "pip install --force-reinstall zhgovtext"
_CORPUS = 'pip install "zhgovtext[corpus]"'
_PAGE = f"<!DOCTYPE html><title>{_TRIAL}</title><body><p>{_TRIAL}</p>"
_DOCUMENT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    f"<w:body><w:p><w:r><w:t>{_TRIAL}</w:t></w:r></w:p></w:body></w:document>"
)


class Finding(NamedTuple):
    """What was found of a part: its state (``ok``, ``missing``: done without, ``failed``: the core needs it), what
    there is, and what to do."""

    part: str
    state: str
    found: str
    hint: str = ""


class _Trial(NamedTuple):
    """`run` says what was found or raises; `needed` says that the core does not work without."""

    part: str
    run: Callable[[], str]
    hint: str
    needed: bool = True


def versions() -> Iterator[tuple[str, str]]:
    """Versions of the package, of its model and of its codebook; of files also how their SHA-256 begins."""
    yield "zhgovtext", __version__
    yield "model", _model()
    yield "codebook", _codebook()


def _model() -> str:
    from zhgovtext.classification import load_coder

    coder = load_coder()
    return f"{coder.name} {coder.sha256[:12]}"


def _codebook() -> str:
    from zhgovtext.codebook import load_codebook

    book = load_codebook()
    return f"{book.name} {book.version} {book.sha256[:12]}"


# trials --------------------------------------------------------------------------------------------------------------


def examine(language: str, encoding: str) -> list[Finding]:
    """Every part, tried; `encoding` is that of the console."""
    return [_tried(trial, language) for trial in (*_core_trials(language), *_extra_trials(language, encoding))]


def _tried(trial: _Trial, language: str) -> Finding:
    texts, state = load_texts(language), "failed" if trial.needed else "missing"
    try:
        return Finding(trial.part, "ok", trial.run())
    except ZhgovtextError as error:
        hint = translate(error.hint, language) if trial.hint == "" else trial.hint
        return Finding(trial.part, state, translate(error.message, language), hint)
    except ModuleNotFoundError as error:
        return Finding(trial.part, state, texts["doc_absent"].format(name=error.name), trial.hint)
    except Exception as error:
        # Whatever a broken installation raises is what is looked for here.
        return Finding(trial.part, state, f"{type(error).__name__}: {error}".split("\n", 1)[0], trial.hint)


def _core_trials(language: str) -> Iterator[_Trial]:
    texts = load_texts(language)
    yield _Trial("zhgovtext", lambda: __version__, "")
    yield _Trial("Python", lambda: f"{sys.version.split()[0]} {sys.platform}", "")
    yield _Trial(texts["doc_model"], _model, _AGAIN)
    yield _Trial(texts["doc_codebook"], _codebook, _AGAIN)
    yield _Trial(texts["doc_lexicon"], lambda: texts["doc_words"].format(n=_words()), _AGAIN)
    for name in _CORE:
        yield _Trial(name, partial(_installed, name), f"pip install {name}", name not in _SPARED)
    yield _Trial(texts["doc_segmenter"], _segmenter, "pip install rjieba jieba")
    yield _Trial(texts["doc_analysis"], lambda: _analysis(texts), _AGAIN)
    makers = {".txt": _TRIAL.encode, ".html": _PAGE.encode, ".docx": _docx, ".pdf": _pdf}
    for suffix, make in makers.items():
        yield _Trial(f"{texts['doc_read']} {suffix}", partial(_read, suffix, make), _AGAIN)
    yield _Trial(texts["doc_page"], lambda: _page(texts), "pip install jinja2")


def _extra_trials(language: str, encoding: str) -> Iterator[_Trial]:
    texts = load_texts(language)
    extra = partial(_Trial, needed=False)
    office = translate("install LibreOffice, or save the file as .docx", language)
    yield extra(f"{texts['doc_read']} .doc .wps", _office, office)
    yield extra(texts["doc_store"], lambda: _store(texts), _CORPUS)
    for name in _EXPORTS:
        yield extra(f"{texts['doc_export']}: {name}", partial(_installed, name), _CORPUS)
    yield extra(texts["doc_cluster"], partial(_installed, "distributed"), 'pip install "zhgovtext[cluster]"')
    yield extra(texts["doc_plots"], partial(_installed, "matplotlib"), 'pip install "zhgovtext[plots]"')
    yield extra(texts["doc_font"], _font, 'pip install "zhgovtext[plots,fonts]"')
    temporary = translate("name another folder in the environment variable TMPDIR", language)
    yield extra(texts["doc_temporary"], lambda: _temporary(texts), temporary)
    console = translate("set PYTHONUTF8=1; on Windows use Windows Terminal", language)
    yield extra(texts["doc_console"], lambda: _console(texts, encoding), console)


def _installed(name: str) -> str:
    """The version of a package that can be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_module(_MODULES.get(name, name))
    return metadata.version(name)


def _words() -> int:
    from zhgovtext.segmentation import load_lexicon

    return len(load_lexicon())


def _segmenter() -> str:
    from zhgovtext.segmentation import load_segmenter

    return load_segmenter().engine.name


def _analysis(texts: dict[str, str]) -> str:
    from zhgovtext.report import analyze_text

    report = analyze_text(_TRIAL)
    if [fact.value for fact in report.facts] != [12] or report.sentences[0].category is None:
        raise ValueError(report.sentences, report.facts)
    return texts["doc_analysed"]


def _read(suffix: str, make: Callable[[], bytes]) -> str:
    from zhgovtext.readers import Limits, read_bytes

    document = read_bytes(make(), f"trial{suffix}", limits=Limits())
    if _TRIAL not in document.text:
        raise ValueError(document.text)
    return document.format


def _docx() -> bytes:
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", _DOCUMENT)
    return stream.getvalue()


def _pdf() -> bytes:
    from zhgovtext.resources import data_path

    return data_path("cli", "trial.pdf").read_bytes()


def _page(texts: dict[str, str]) -> str:
    from zhgovtext.report import analyze_text

    page = analyze_text(_TRIAL).to_html()
    if "主动公开政府信息" not in page:
        raise ValueError(page[:80])
    return texts["doc_made"]


def _office() -> str:
    from zhgovtext.readers.word import find_office

    found = find_office()
    if found is None:
        raise FileNotFoundError("LibreOffice")
    return str(found)


def _store(texts: dict[str, str]) -> str:
    from pathlib import Path

    from zhgovtext.store import create_store, open_store

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trial.duckdb")
        create_store(path).close()
        open_store(path).close()
    return f"DuckDB {metadata.version('duckdb')}: {texts['doc_stored']}"


def _font() -> str:
    from zhgovtext.fonts import find_font

    return find_font("政府信息公開与發布").path


def _temporary(texts: dict[str, str]) -> str:
    with tempfile.NamedTemporaryFile() as file:
        file.write(_TRIAL.encode())
        file.flush()
    return texts["doc_writable"].format(folder=tempfile.gettempdir())


def _console(texts: dict[str, str], encoding: str) -> str:
    try:
        _TRIAL.encode(encoding)
    except UnicodeEncodeError as error:
        raise InputError("encoding", texts["doc_hides"].format(encoding=encoding)) from error
    return texts["doc_shows"].format(encoding=encoding)


# the command ---------------------------------------------------------------------------------------------------------


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_output_options(parser, ("table", "json"))
    # As it is before JSON makes it UTF-8.
    parser.set_defaults(encoding=sys.stdout.encoding)


def _run(options: argparse.Namespace) -> int:
    findings = examine(options.lang, options.encoding)
    works = all(finding.state != "failed" for finding in findings)
    if options.format == "json":
        say(as_json({"works": works, "parts": [finding._asdict() for finding in findings]}, indent=1))
    else:
        say(findings_text(findings, options.lang))
    return 0 if works else 1


def findings_text(findings: list[Finding], language: str) -> str:
    """What people read: every part, then what to do about those that are missing or failed."""
    texts = load_texts(language)
    said: dict[str, Any] = {"ok": texts["doc_ok"], "missing": texts["doc_missing"], "failed": texts["doc_failed"]}
    rows = [(part, paint(said[state], _COLOURS[state], sys.stdout), found) for part, state, found, _ in findings]
    works = all(finding.state != "failed" for finding in findings)
    lines = [table((texts["doc_part"], texts["doc_state"], texts["doc_found"]), rows), ""]
    hints: dict[str, list[str]] = {}
    for part, _, _, hint in findings:
        hints.setdefault(hint, []).append(part.split(": ")[0])
    told = [
        "  " + texts["doc_for"].format(hint=hint, parts=texts["batch_comma"].join(dict.fromkeys(parts)))
        for hint, parts in hints.items()
        if hint
    ]
    lines += [texts["doc_next"], *told, ""] if told else []
    return "\n".join((*lines, texts["doc_works"] if works else texts["doc_broken"]))


TOOL_COMMANDS = {"doctor": Command("what is installed, which formats can be read, what is missing", _add_options, _run)}
