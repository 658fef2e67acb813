"""Evaluation of a coder: scores by hand and against scikit-learn, intervals, calibration, abstention."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.agreement import Estimate
from zhgovtext.errors import DataError, OptionError
from zhgovtext.evaluation import Evaluation, evaluate

# Ten units of three categories; the fourth occurs nowhere.
CODES = ["a", "b", "c", "d"]
TRUTH = "aaaabbbccc"
ROWS = [
    [0.9, 0.1, 0.0, 0.0],  # a
    [0.8, 0.1, 0.1, 0.0],  # a
    [0.6, 0.3, 0.1, 0.0],  # a
    [0.2, 0.7, 0.1, 0.0],  # a taken for b
    [0.1, 0.8, 0.1, 0.0],  # b
    [0.3, 0.5, 0.2, 0.0],  # b
    [0.1, 0.0, 0.9, 0.0],  # b taken for c
    [0.0, 0.1, 0.9, 0.0],  # c
    [0.0, 0.0, 1.0, 0.0],  # c
    [0.4, 0.3, 0.3, 0.0],  # c taken for a
]


def _value(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


@pytest.fixture(scope="module")
def worked() -> Evaluation:
    return evaluate(TRUTH, ROWS, CODES)


def test_scores_by_hand(worked: Evaluation) -> None:
    assert worked.confusion == ((3, 1, 0, 0, 0), (0, 2, 1, 0, 0), (1, 0, 2, 0, 0), (0, 0, 0, 0, 0))
    assert worked.columns == ("a", "b", "c", "d", "abstained")
    assert worked.accuracy.value == pytest.approx(0.7)
    # Chance (4 × 4 + 3 × 3 + 3 × 3) / 100.
    assert worked.kappa.value == pytest.approx((70 - 34) / (100 - 34))
    # F1 3/4, 2/3, 2/3; d does not occur.
    assert worked.macro_f1.value == pytest.approx((3 / 4 + 2 / 3 + 2 / 3) / 3)
    assert (worked.n, worked.reports, worked.resampled, worked.clusters) == (10, 0, "unit", 10)
    assert (worked.abstained, worked.weighted) == (0, False)
    assert worked.coded_accuracy.value == pytest.approx(0.7)


def test_categories_by_hand(worked: Evaluation) -> None:
    a, b, c, d = worked.categories
    assert [(x.category, x.n, x.predicted) for x in (a, b, c, d)] == [
        ("a", 4, 4), ("b", 3, 3), ("c", 3, 3), ("d", 0, 0),
    ]  # fmt: skip
    assert (a.precision.value, a.recall.value, a.f1.value) == (0.75, 0.75, 0.75)
    assert c.recall.value == pytest.approx(2 / 3)
    assert (d.precision, d.recall, d.f1) == (Estimate(None), Estimate(None), Estimate(None))


def test_errors_are_the_most_confident_first(worked: Evaluation) -> None:
    assert [(e.index, e.truth, e.predicted, e.probability) for e in worked.errors] == [
        (6, "b", "c", 0.9), (3, "a", "b", 0.7), (9, "c", "a", 0.4),
    ]  # fmt: skip


def test_a_category_that_is_only_predicted_is_not_in_the_mean() -> None:
    found = evaluate("aab", [[0.9, 0.1, 0.0], [0.2, 0.0, 0.8], [0.1, 0.9, 0.0]], "abc")
    # a: 2 × 1 / (2 + 1); b: 1; c, never true, would be 0.
    assert found.macro_f1.value == pytest.approx((2 / 3 + 1) / 2)
    assert (found.categories[2].f1.value, found.categories[2].recall.value) == (0.0, None)


def test_abstention_by_hand() -> None:
    found = evaluate(TRUTH, ROWS, CODES, min_probability=0.6)
    # Below 0.6 are unit 5 (b) and 9 (c for a); 0.6 itself is enough.
    assert found.confusion == ((3, 1, 0, 0, 0), (0, 1, 1, 0, 1), (0, 0, 2, 0, 1), (0, 0, 0, 0, 0))
    assert found.abstained == 2
    assert found.accuracy.value == pytest.approx(0.6)
    assert found.coded_accuracy.value == pytest.approx(6 / 8)
    # Abstaining is a category that is never true: chance (4 × 3 + 3 × 2 + 3 × 3) / 100.
    assert found.kappa.value == pytest.approx((60 - 27) / (100 - 27))
    b = found.categories[1]
    assert (b.predicted, b.precision.value, b.f1.value) == (2, 0.5, 0.4)
    assert b.recall.value == pytest.approx(1 / 3)
    assert [e.index for e in found.errors] == [6, 3]
    assert found.calibration == evaluate(TRUTH, ROWS, CODES).calibration


def test_abstaining_from_all() -> None:
    found = evaluate("ab", [[0.6, 0.4], [0.3, 0.7]], "ab", min_probability=0.9)
    assert (found.abstained, found.accuracy.value, found.coded_accuracy.value) == (2, 0.0, None)
    assert found.errors == ()


def test_weights_weigh_shares_and_no_counts() -> None:
    found = evaluate(TRUTH, ROWS, CODES, weights=[1, 1, 1, 7, 1, 1, 1, 1, 1, 1])
    assert found.weighted
    assert found.confusion == evaluate(TRUTH, ROWS, CODES).confusion
    # 7 of 16 are right; of weight 10 of a 3 are found; of weight 9 called b 2 are right.
    assert found.accuracy.value == pytest.approx(7 / 16)
    assert found.categories[0].recall.value == pytest.approx(0.3)
    assert found.categories[1].precision.value == pytest.approx(2 / 9)
    assert (found.categories[0].n, found.categories[1].predicted) == (4, 3)


def test_equal_weights_change_nothing() -> None:
    assert evaluate(TRUTH, ROWS, CODES, weights=[2.5] * 10) == evaluate(TRUTH, ROWS, CODES)


# Calibration ---------------------------------------------------------------------------------------------------------


def test_calibration_by_hand() -> None:
    found = evaluate("aab", [[0.8, 0.2], [0.4, 0.6], [0.0, 1.0]], "ab").calibration
    # Confidences 0.8 right, 0.6 wrong, 1.0 right, a bin each: (0.2 + 0.6 + 0) / 3.
    assert found.error == pytest.approx(0.8 / 3)
    assert [(b.n, b.confidence, b.accuracy) for b in found.bins] == [(1, 0.6, 0.0), (1, 0.8, 1.0), (1, 1.0, 1.0)]
    # 0.04 + 0.04, 0.36 + 0.36, 0.
    assert found.brier == pytest.approx(0.8 / 3)
    assert found.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.4)) / 3)


def test_ten_bins_of_equal_count() -> None:
    confidences = np.linspace(0.55, 0.94, 40)
    rows = np.column_stack([confidences, 1 - confidences])
    found = evaluate("a" * 40, rows, "ab").calibration
    assert [b.n for b in found.bins] == [4] * 10
    assert found.bins[0].low == 0.55
    assert found.bins[0].high == pytest.approx(0.58)
    # All are right: the error is one minus the mean confidence.
    assert found.error == pytest.approx(1 - 0.745)


def test_equal_confidences_stay_together() -> None:
    """0.8 everywhere and four of five right: perfectly calibrated, in whatever order."""
    rows = np.tile([0.8, 0.2], (50, 1))
    found = evaluate("a" * 40 + "b" * 10, rows, "ab").calibration
    assert len(found.bins) == 1
    assert found.error == pytest.approx(0.0)


def test_a_wrong_zero_costs_much_and_not_infinitely_much() -> None:
    assert evaluate("ab", [[0.0, 1.0], [0.0, 1.0]], "ab").calibration.log_loss == pytest.approx(-math.log(1e-15) / 2)


def test_weighted_calibration() -> None:
    found = evaluate("aab", [[0.8, 0.2], [0.4, 0.6], [0.0, 1.0]], "ab", weights=[0, 3, 1]).calibration
    # Weight 0 is in no bin: 3 × 0.6 and 1 × 0 of 4.
    assert found.error == pytest.approx(0.45)
    assert found.brier == pytest.approx(3 * 0.72 / 4)


# Intervals -----------------------------------------------------------------------------------------------------------


def _made(seed: int, n: int) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Units of which a coder gets about two thirds right."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, 3, n)
    scores = chance.gumbel(size=(n, 4)) + 2.0 * (np.arange(4) == truth[:, None])
    rows = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return [CODES[at] for at in truth], rows


@pytest.mark.parametrize("reports", [1, 8])
def test_intervals_hold_the_value(reports: int) -> None:
    truth, rows = _made(2, 160)
    found = evaluate(truth, rows, CODES, reports=[f"县{at % reports}" for at in range(160)])
    assert (found.reports, found.clusters) == (reports, 160 if reports == 1 else 8)
    assert found.resampled == ("unit" if reports == 1 else "report")
    estimates = [found.accuracy, found.kappa, found.macro_f1, found.coded_accuracy]
    estimates += [e for c in found.categories[:3] for e in (c.precision, c.recall, c.f1)]
    for estimate in estimates:
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < _value(estimate) < estimate.high


def test_reports_are_drawn_whole() -> None:
    """One report of four all wrong: 3/4 right, and by reports anything from 1/4 (three draws of it) to 1."""
    truth = ["a", "b"] * 8
    rows = [[0.9, 0.1] if (code == "a") == (at >= 4) else [0.1, 0.9] for at, code in enumerate(truth)]
    found = evaluate(truth, rows, "ab", reports=[f"县{at // 4}" for at in range(16)])
    assert found.accuracy == Estimate(0.75, 0.25, 1.0)


def test_a_category_of_one_report_has_no_interval() -> None:
    """Nothing shows how far reports differ."""
    found = evaluate("aaab", [[0.9, 0.1]] * 3 + [[0.2, 0.8]], "ab", reports=["云", "云", "青", "青"])
    assert found.categories[1].recall == Estimate(1.0)
    assert found.categories[0].recall.low == 1.0


def test_no_resamples_no_intervals() -> None:
    found = evaluate(TRUTH, ROWS, CODES, resamples=0)
    assert (found.accuracy.low, found.accuracy.high, found.categories[0].f1) == (None, None, Estimate(0.75))


def test_same_seed_same_interval() -> None:
    truth, rows = _made(5, 80)
    assert evaluate(truth, rows, CODES, seed=3) == evaluate(truth, rows, CODES, seed=3)
    assert evaluate(truth, rows, CODES, seed=3).kappa != evaluate(truth, rows, CODES, seed=4).kappa


@given(st.randoms(use_true_random=False), st.sampled_from([1, 4]), st.sampled_from([0.0, 0.5]))
@settings(max_examples=25, deadline=None)
def test_nothing_depends_on_the_order_of_units(chance: random.Random, reports: int, least: float) -> None:
    truth, rows = _made(7, 60)
    names = [f"县{at % reports}" for at in range(60)]
    weights = [1 + at % 3 for at in range(60)]
    order = chance.sample(range(60), 60)

    def scored(at: list[int]) -> dict[str, Any]:
        return evaluate(
            [truth[i] for i in at],
            rows[at],
            CODES,
            reports=[names[i] for i in at],
            weights=[weights[i] for i in at],
            min_probability=least,
            resamples=200,
        ).to_dict()

    there, back = scored(list(range(60))), scored(order)
    assert [order[e.pop("index")] for e in back["errors"]] == [e.pop("index") for e in there["errors"]]
    assert back == there


@given(st.integers(0, 10_000), st.integers(2, 60))
@settings(max_examples=40, deadline=None)
def test_scores_are_those_of_scikit_learn(seed: int, n: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    truth, rows = _made(seed, n)
    found = evaluate(truth, rows, CODES, resamples=0)
    predicted = [CODES[at] for at in rows.argmax(axis=1)]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=CODES, zero_division=np.nan
    )
    for at, category in enumerate(found.categories):
        for ours, theirs in ((category.precision, precision), (category.recall, recall), (category.f1, f1)):
            assert ours.value == (None if np.isnan(theirs[at]) else pytest.approx(theirs[at]))
        assert category.n == support[at]
    occurring = sorted(set(truth))
    theirs = metrics.f1_score(truth, predicted, labels=occurring, average="macro", zero_division=0)
    assert found.macro_f1.value == pytest.approx(theirs)
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(truth, predicted))
    if found.kappa.value is not None:
        assert found.kappa.value == pytest.approx(metrics.cohen_kappa_score(truth, predicted))
    assert [row[:-1] for row in found.confusion] == [
        tuple(row) for row in metrics.confusion_matrix(truth, predicted, labels=CODES).tolist()
    ]
    assert found.calibration.log_loss == pytest.approx(metrics.log_loss(truth, rows, labels=CODES))


# What goes in and out ------------------------------------------------------------------------------------------------


def test_to_dict_is_json_with_null_for_the_undefined(worked: Evaluation) -> None:
    found = worked.to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["accuracy"]["value"] == 0.7
    assert found["macro_f1"]["value"] == 0.694444
    assert found["categories"][3]["f1"] == {"value": None, "low": None, "high": None}
    assert found["errors"][0] == {"index": 6, "truth": "b", "predicted": "c", "probability": 0.9}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"truth": []}, "no unit"),
        ({"truth": "ax"}, "unit 1 has the category 'x'.*known codes: a, b"),
    ],
)
def test_truth_that_cannot_be_scored(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        evaluate(change["truth"], [[0.5, 0.5]] * len(change["truth"]), "ab")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"probabilities": [[0.5, 0.5]]}, "shape"),
        ({"probabilities": [[0.5], [0.5]]}, "shape"),
        ({"probabilities": [[0.5, 0.6], [0.5, 0.5]]}, "no probabilities"),
        ({"probabilities": [[1.5, -0.5], [0.5, 0.5]]}, "no probabilities"),
        ({"probabilities": [[math.nan, 0.5], [0.5, 0.5]]}, "no probabilities"),
        ({"codes": "aba"}, "twice"),
        ({"reports": ["云"]}, "1 reports for 2 units"),
        ({"weights": [1.0]}, "1 weights for 2 units"),
        ({"weights": [1.0, -1.0]}, "negative"),
        ({"weights": [0.0, 0.0]}, "zero"),
        ({"weights": [math.inf, 1.0]}, "negative"),
        ({"min_probability": 1.5}, "no probability"),
        ({"min_probability": math.nan}, "no probability"),
        ({"resamples": -1}, "resamples"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_outside_their_values(change: dict[str, Any], problem: str) -> None:
    options: dict[str, Any] = {"truth": "ab", "probabilities": [[0.5, 0.5], [0.5, 0.5]], "codes": "ab", **change}
    with pytest.raises(OptionError, match=problem):
        evaluate(options.pop("truth"), options.pop("probabilities"), options.pop("codes"), **options)
