"""Text analysis of Chinese government disclosure reports (政府信息公开工作年度报告) and texts like them.

>>> import zhgovtext as zg
>>> report = zg.analyze_text("一、概述\\n全年主动公开政府信息1.2万条。")
>>> report.facts[0].value, report.document.text[report.facts[0].start : report.facts[0].end]
(12000, '1.2万条')

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from zhgovtext.agreement import Agreement, measure_agreement
    from zhgovtext.analysis import Analysis, Options, analyze_batch
    from zhgovtext.balances import GroupBalance, balance_by
    from zhgovtext.batch import Summary, run_batch
    from zhgovtext.checks import compare_reports
    from zhgovtext.classification import Coder, Explanation, Label, classify, explain, load_coder, predict_coded
    from zhgovtext.codebook import Codebook, load_codebook
    from zhgovtext.coding import Coded, load_coded, write_coded
    from zhgovtext.comparison import Comparison, compare
    from zhgovtext.concordance import Concordance, kwic
    from zhgovtext.content import ContentType, content_type
    from zhgovtext.corpus import Corpus, open_corpus
    from zhgovtext.dictionary import Dictionary, DictionaryCount, count_dictionary, load_dictionary
    from zhgovtext.document import Document, Section, Sentence
    from zhgovtext.errors import DataError, InputError, OptionError, ZhgovtextError
    from zhgovtext.evaluation import Evaluation, evaluate
    from zhgovtext.exports import export
    from zhgovtext.facts import Fact
    from zhgovtext.figures import figure_rows
    from zhgovtext.frames import to_frame
    from zhgovtext.groups import GroupShare, group_balance, group_shares
    from zhgovtext.items import ItemBalance, load_items, weigh_item_groups, weigh_items
    from zhgovtext.keyness import Keyword, Reference, load_reference, load_stopwords, make_reference
    from zhgovtext.metadata import Meta
    from zhgovtext.plots import plot_balance, plot_keyness, plot_shares, plot_trend, save_figure
    from zhgovtext.quantification import Calibration, adjust, adjust_corpus, adjust_each, calibrate, tally
    from zhgovtext.quantities import Number, find_numbers
    from zhgovtext.readers import Limits, read
    from zhgovtext.report import Report, analyze, analyze_text
    from zhgovtext.reuse import Reuse, ReuseIndex, find_reuse, read_source
    from zhgovtext.sampling import draw_sample
    from zhgovtext.script import Normalized, normalize
    from zhgovtext.segmentation import Term, Token, load_lexicon, make_segmenter, segment, split_terms
    from zhgovtext.shares import Balance, CategoryShare
    from zhgovtext.stored import StoredReport, stored_reports
    from zhgovtext.training import Training, build_model, cross_validate, save_coder, train
    from zhgovtext.trends import Point, trend
    from zhgovtext.verdicts import Check

_HOMES = {
    "agreement": ("Agreement", "measure_agreement"),
    "analysis": ("Analysis", "Options", "analyze_batch"),
    "balances": ("GroupBalance", "balance_by"),
    "batch": ("Summary", "run_batch"),
    "checks": ("compare_reports",),
    "classification": ("Coder", "Explanation", "Label", "classify", "explain", "load_coder", "predict_coded"),
    "codebook": ("Codebook", "load_codebook"),
    "coding": ("Coded", "load_coded", "write_coded"),
    "comparison": ("Comparison", "compare"),
    "concordance": ("Concordance", "kwic"),
    "content": ("ContentType", "content_type"),
    "corpus": ("Corpus", "open_corpus"),
    "dictionary": ("Dictionary", "DictionaryCount", "count_dictionary", "load_dictionary"),
    "document": ("Document", "Section", "Sentence"),
    "errors": ("DataError", "InputError", "OptionError", "ZhgovtextError"),
    "evaluation": ("Evaluation", "evaluate"),
    "exports": ("export",),
    "facts": ("Fact",),
    "figures": ("figure_rows",),
    "frames": ("to_frame",),
    "groups": ("GroupShare", "group_balance", "group_shares"),
    "items": ("ItemBalance", "load_items", "weigh_item_groups", "weigh_items"),
    "keyness": ("Keyword", "Reference", "load_reference", "load_stopwords", "make_reference"),
    "metadata": ("Meta",),
    "plots": ("plot_balance", "plot_keyness", "plot_shares", "plot_trend", "save_figure"),
    "quantification": ("Calibration", "adjust", "adjust_corpus", "adjust_each", "calibrate", "tally"),
    "quantities": ("Number", "find_numbers"),
    "readers": ("Limits", "read"),
    "report": ("Report", "analyze", "analyze_text"),
    "reuse": ("Reuse", "ReuseIndex", "find_reuse", "read_source"),
    "sampling": ("draw_sample",),
    "script": ("Normalized", "normalize"),
    "segmentation": ("Term", "Token", "load_lexicon", "make_segmenter", "segment", "split_terms"),
    "shares": ("Balance", "CategoryShare"),
    "stored": ("StoredReport", "stored_reports"),
    "training": ("Training", "build_model", "cross_validate", "save_coder", "train"),
    "trends": ("Point", "trend"),
    "verdicts": ("Check",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(("__version__", *_HOME))


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
