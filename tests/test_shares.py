"""Shares of categories and the balance of interpretation against news."""

from __future__ import annotations

import numpy as np

import zhgovtext as zg
from zhgovtext.codebook import load_codebook
from zhgovtext.content import Clauses, load_content_coder
from zhgovtext.facts import Fact
from zhgovtext.quantification import Calibration, Estimate, calibrate
from zhgovtext.shares import Typed, count_categories, weigh


def test_category_shares_by_hand() -> None:
    book = load_codebook()
    codes = np.array([0, 0, 7, -1])
    shares = {s.category: s for s in count_categories(codes, np.array([10, 20, 30, 40]), book)}
    assert (shares["decision"].sentences, shares["decision"].chars, shares["decision"].share) == (2, 30, 2 / 3)
    assert (shares["news"].sentences, shares["news"].share) == (1, 1 / 3)
    assert shares["other"].share == 0
    assert shares["other"].low is None


def test_an_interval_holds_the_share() -> None:
    """Two sentences of four are coded decision, but its estimate lies below a half: the interval is widened to 0.5."""
    book = load_codebook()
    below = Estimate(0.5, 0.2, 0.1, 0.3, 4, True)
    around = Estimate(0.25, 0.3, 0.2, 0.4, 4, True)
    estimates = [below, *[around] * (len(book.categories) - 1)]
    shares = count_categories(np.array([0, 0, 1, 2]), np.array([1, 1, 1, 1]), book, estimates=estimates)
    assert (shares[0].share, shares[0].low, shares[0].high, shares[0].adjusted) == (0.5, 0.1, 0.5, 0.2)
    assert (shares[1].share, shares[1].low, shares[1].high) == (0.25, 0.2, 0.4)
    assert (shares[3].share, shares[3].low, shares[3].high) == (0, 0, 0.4)


def _fact(indicator: str, value: int, *, source: str = "prose", cumulative: bool = False) -> Fact:
    return Fact(indicator, value, "篇", "2020", 0, 1, "1", source=source, cumulative=cumulative)


def _typed(units: list[int], types: str, errors: Calibration | None = None) -> tuple[Typed, list[tuple[int, int]]]:
    """Clauses of five characters each of the `units`, surely of the types with these first letters (x: neither)."""
    codes = load_content_coder().codes
    place = {"i": "interpretation", "n": "news", "x": "neither"}
    rows = np.full((len(types), 3), 0.01)
    for at, letter in enumerate(types):
        rows[at, codes.index(place[letter])] = 0.98
    spans = [(at * 6, at * 6 + 5) for at in range(len(types))]
    clauses = Clauses([start for start, _ in spans], [end for _, end in spans], units, [set()] * len(types))
    return Typed(clauses, rows, load_content_coder(), errors), spans


def test_balance_by_hand() -> None:
    typed, spans = _typed([0, 3, 0, 1], "iinx")
    facts = [
        _fact("interpretation.items", 90, cumulative=True),
        _fact("interpretation.items", 30),
        _fact("interpretation.items", 40, source="table"),
        _fact("news.items", 60),
        _fact("proactive.weibo", 5),
        _fact("proactive.wechat", 6),
    ]
    # The second clause stands in a unit coded problems: it keeps its type and stays out of the share.
    balance = weigh(typed, spans, {3}, facts)
    assert (balance.naive, balance.n, balance.few) == (0.5, 2, True)
    assert (balance.interpretation.clauses, balance.interpretation.chars) == (2, 10)
    assert balance.interpretation.spans == ((0, 5), (6, 11))
    assert balance.news.spans == ((12, 17),)
    # The table's 40 stands before the prose's 30, the cumulative 90 is another figure: 40 / (40 + 60).
    assert balance.item_share == 0.4
    assert balance.items == {"interpretation": 40, "news": 60, "channels": 11, "proactive": None}
    # How this coder errs is not known.
    assert (balance.adjusted, balance.low, balance.high) == (None, None, None)


def test_the_errors_of_the_coder_are_allowed_for() -> None:
    """A coder that takes every second news clause for interpretation."""
    codes = load_content_coder().codes
    sure = {code: np.where(np.array(codes) == code, 0.98, 0.01) for code in codes}
    truth = ["interpretation"] * 400 + ["news"] * 400 + ["neither"] * 400
    said = ["interpretation"] * 400 + ["interpretation", "news"] * 200 + ["neither"] * 400
    errors = calibrate(truth, np.array([sure[code] for code in said]), [str(at) for at in range(1200)], codes)
    typed, spans = _typed([0] * 60, "i" * 20 + "n" * 10 + "x" * 30, errors)
    balance = weigh(typed, spans, set(), [])
    # 10 news found are half of 20: of the 20 interpretation found 10 are news, and the share is 10 of 30.
    assert balance.naive == 2 / 3
    assert balance.adjusted is not None
    assert balance.low is not None
    assert balance.high is not None
    assert abs(balance.adjusted - 1 / 3) < 0.07
    assert balance.low < 1 / 3 < balance.high < 2 / 3


def test_nothing_to_divide() -> None:
    typed, spans = _typed([], "")
    balance = weigh(typed, spans, set(), [])
    assert (balance.naive, balance.item_share, balance.n) == (None, None, 0)
    assert weigh(typed, spans, set(), [_fact("news.items", 0)]).item_share is None


def test_plans_stay_out_of_the_share() -> None:
    text = (
        "一、公开情况\n发布政策解读材料9篇，制作图解3个。\n二、存在的主要问题\n主要问题是编发简报不及时，解读不够深入。"
    )
    balance = zg.analyze_text(text).balance
    assert balance.interpretation.clauses == 3
    assert balance.news.clauses == 1
    assert (balance.n, balance.naive) == (2, 1.0)


def test_intervals_of_categories_stand_where_the_errors_are_known() -> None:
    report = zg.analyze_text("一、公开情况\n发布政策解读材料9篇。\n编发简报3期。\n收到申请2件。")
    shares = {share.category: share for share in report.category_shares()}
    assert shares["on_request"].low is not None
    assert shares["on_request"].high is not None
    assert 0 <= shares["on_request"].low <= shares["on_request"].high <= 1
    # Where the coder may abstain, its errors are not known.
    unsure = zg.analyze_text("收到申请2件。平稳。", min_probability=0.99)
    assert {share.low for share in unsure.category_shares()} == {None}
    assert [note.code for note in unsure.notes] == ["intervals_not_estimated"]
    assert "intervals_not_estimated" not in [note.code for note in report.notes]
