"""Shares of categories and the balance of interpretation against news."""

from __future__ import annotations

import numpy as np

import zhgovtext as zg
from zhgovtext.codebook import load_codebook
from zhgovtext.facts import Fact
from zhgovtext.shares import count_categories, weigh


def test_category_shares_by_hand() -> None:
    book = load_codebook()
    codes = np.array([0, 0, 7, -1])
    shares = {s.category: s for s in count_categories(codes, np.array([10, 20, 30, 40]), book)}
    assert (shares["decision"].sentences, shares["decision"].chars, shares["decision"].share) == (2, 30, 2 / 3)
    assert (shares["news"].sentences, shares["news"].share) == (1, 1 / 3)
    assert shares["other"].share == 0
    assert shares["other"].low is None


def _fact(indicator: str, value: int, *, source: str = "prose", cumulative: bool = False) -> Fact:
    return Fact(indicator, value, "篇", "2020", 0, 1, "1", source=source, cumulative=cumulative)


def test_balance_by_hand() -> None:
    typed = {"interpretation": [(0, 5), (9, 12)], "news": [(20, 24)]}
    facts = [
        _fact("interpretation.items", 90, cumulative=True),
        _fact("interpretation.items", 30),
        _fact("interpretation.items", 40, source="table"),
        _fact("news.items", 60),
        _fact("proactive.weibo", 5),
        _fact("proactive.wechat", 6),
    ]
    balance = weigh(typed, {"interpretation": 1, "news": 1}, facts)
    assert (balance.naive, balance.n, balance.few) == (0.5, 2, True)
    assert (balance.interpretation.clauses, balance.interpretation.chars) == (2, 8)
    # The table's 40 stands before the prose's 30, the cumulative 90 is another figure: 40 / (40 + 60).
    assert balance.item_share == 0.4
    assert balance.items == {"interpretation": 40, "news": 60, "channels": 11, "proactive": None}
    assert (balance.adjusted, balance.low, balance.high) == (None, None, None)


def test_nothing_to_divide() -> None:
    balance = weigh({"interpretation": [], "news": []}, {"interpretation": 0, "news": 0}, [])
    assert (balance.naive, balance.item_share, balance.n) == (None, None, 0)
    zero = weigh({"interpretation": [], "news": []}, {"interpretation": 0, "news": 0}, [_fact("news.items", 0)])
    assert zero.item_share is None


def test_plans_stay_out_of_the_share() -> None:
    text = (
        "一、公开情况\n发布政策解读材料9篇，制作图解3个。\n二、存在的主要问题\n主要问题是编发简报不及时，解读不够深入。"
    )
    balance = zg.analyze_text(text).balance
    assert balance.interpretation.clauses == 3
    assert balance.news.clauses == 1
    assert (balance.n, balance.naive) == (2, 1.0)
