"""The direction of data: a module imports only modules of earlier layers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "zhgovtext"

LAYERS = [
    ["errors", "log"],
    ["files", "resources", "document", "drawing", "estimates", "likeness"],
    ["fonts", "frames"],
    ["charts"],
    ["readers.limits", "readers.encoding", "readers.pdf_lines", "readers.wrapped"],
    ["readers.pdf_tables", "readers.webpage", "readers.word"],
    ["readers.pdf"],
    ["readers", "script", "codebook", "features", "regions", "facts", "indicators", "cuts", "wording"],
    ["quantities", "rules", "cells", "coding", "dictionary", "heads", "panel", "passages", "quantification", "times"],
    [
        "headings",
        "segmentation",
        "bodies",
        "namings",
        "wholes",
        "tables",
        "verdicts",
        "boundaries",
        "concordance",
        "evaluation",
        "keyness",
        "labels",
    ],
    ["structure", "classification", "agreement", "markup", "denials"],
    ["metadata", "forms", "prose", "card", "content", "reasons", "weaving"],
    ["training", "shares", "accounts", "form_figures"],
    ["checks", "items", "notebook", "page"],
    ["digest", "report", "shelves"],
    ["balances", "figures", "records", "reuse", "sampling", "site", "sources"],
    ["analysis", "comparison", "store"],
    ["dataset", "workers"],
    ["cluster", "corpus"],
    ["batch", "exports", "trends"],
    ["groups", "plots", "stored"],
    ["cli.texts"],
    ["cli.writing"],
    ["cli.options", "cli.findings"],
    ["cli.usage"],
    ["cli.balancing", "cli.batching", "cli.completing", "cli.doctor", "cli.exporting", "cli.plotting"],
    ["cli.paging", "cli.reading", "cli.research", "cli.comparing"],
    ["cli"],
    ["__main__"],
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
# Heavy or optional packages, and the only modules that may import them.
ONLY = {
    "jieba": {"segmentation"},
    "rjieba": {"segmentation"},
    "sklearn": {"training"},
    "scipy": {"training"},
    "threadpoolctl": {"training"},
    "selectolax": {"readers.webpage"},
    "pypdfium2": {"readers.pdf"},
    "pdfplumber": {"readers.pdf_tables"},
    "docx": set(),
    "jinja2": {"markup"},
    "matplotlib": {"charts", "cli.plotting", "fonts", "plots"},
    "duckdb": {"batch", "corpus", "dataset", "exports", "panel", "sources", "store"},
    "pyarrow": {"analysis", "batch", "dataset", "exports", "records", "store", "workers"},
    "distributed": {"cluster"},
    "pandas": {"exports", "frames"},
    "polars": {"frames"},
    "xlsxwriter": {"exports"},
    "pyreadstat": {"exports"},
}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


PATHS = {_name(path): path for path in PACKAGE.rglob("*.py") if _name(path)}
MODULES = sorted(PATHS)


def test_every_module_has_a_layer() -> None:
    assert sorted(RANK) == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_backwards(name: str) -> None:
    imports = _imports(PATHS[name])
    ours = {module.removeprefix("zhgovtext.") for module in imports if module.startswith("zhgovtext.")}
    assert {other for other in ours if RANK[other] >= RANK[name]} == set()
    assert "zhgovtext.training" not in imports or name in ("training", "cli.findings", "cli.research")


@pytest.mark.parametrize("name", MODULES)
def test_heavy_packages_stay_where_they_belong(name: str) -> None:
    roots = {module.split(".")[0] for module in _imports(PATHS[name])}
    assert {root for root in roots if root in ONLY and name not in ONLY[root]} == set()
    assert "pickle" not in roots
    assert not roots & {"socket", "urllib", "http", "requests"}
