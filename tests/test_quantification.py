"""Shares with intervals: small cases worked by hand, what must not change a result, and input without a result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhgovtext.errors import DataError, OptionError
from zhgovtext.quantification import (
    Calibration,
    Estimate,
    adjust,
    adjust_corpus,
    adjust_each,
    calibrate,
    tally,
)

TYPES = ("interpretation", "news", "neither")


def _record(table: Sequence[Sequence[int]], codes: Sequence[str] = ("a", "b")) -> Calibration:
    """Held-out units that err singly: ``table[i][j]`` of class i have code j, each in a report of its own."""
    truth = [code for code, row in zip(codes, table, strict=True) for _ in range(sum(row))]
    said = [code for row in table for code, count in zip(codes, row, strict=True) for _ in range(count)]
    return calibrate(truth, said, [str(at) for at in range(len(truth))], codes)


def _said(*counts: int, codes: Sequence[str] = ("a", "b")) -> list[str]:
    return [code for code, count in zip(codes, counts, strict=True) for _ in range(count)]


@pytest.mark.parametrize(("mine", "n"), [(0, 5), (1, 4), (3, 4), (20, 20), (150, 300)])
def test_a_coder_that_never_erred_leaves_the_share_and_closes_the_interval(mine: int, n: int) -> None:
    record = _record([[50_000, 0], [0, 50_000]])
    found = adjust(tally(_said(mine, n - mine), record), record, of="a")
    assert found == Estimate(mine / n, mine / n, mine / n, mine / n, n, n < 10)


def test_known_rates() -> None:
    # 80 % of a are found, 10 % of b are taken for a. Of 1000 units 450 are coded a: (0.45 - 0.1) / (0.8 - 0.1) = 0.5.
    # Given 500 of each, coded a vary by 500 * (0.8 * 0.2 + 0.1 * 0.9) = 125 = 11.2²; over 0.7 that is 16.0 units,
    # 1.96 times which are 0.031 of 1000.
    record = _record([[8000, 2000], [1000, 9000]])
    found = adjust(tally(_said(450, 550), record), record, of="a")
    assert found.naive == 0.45
    assert found.adjusted == pytest.approx(0.5, abs=0.006)
    assert found.low == pytest.approx(0.469, abs=0.01)
    assert found.high == pytest.approx(0.531, abs=0.01)
    assert (found.n, found.few, found.reason) == (1000, False, None)


@pytest.mark.parametrize(("mine", "theirs"), [(1, 0), (0, 4), (2, 3), (5, 1), (4, 4)])
def test_the_posterior_is_that_of_an_urn(mine: int, theirs: int) -> None:
    """Every way to give the units their classes, one unit after the other: a class is drawn from the units before it
    and the prior of 0.375 each, its code from those of its class and the held-out ones, to which one more was added
    that is spread as all of them are and one of each code: (8 + 1 + 1) : (2 + 9 + 1)."""
    record = replace(_record([[8, 2], [1, 9]]), design=(1.0, 1.0))
    chances = [0.0] * (mine + theirs + 1)
    for classes in product("ab", repeat=mine + theirs):
        drawn = {"a": 0.375, "b": 0.375}
        held = {"a": {"a": 8 + 10 / 22, "b": 2 + 12 / 22}, "b": {"a": 1 + 10 / 22, "b": 9 + 12 / 22}}
        chance = 1.0
        for true, code in zip(classes, "a" * mine + "b" * theirs, strict=True):
            chance *= drawn[true] / sum(drawn.values()) * held[true][code] / sum(held[true].values())
            drawn[true] += 1
            held[true][code] += 1
        chances[classes.count("a")] += chance
    chances = [chance / sum(chances) for chance in chances]
    middle = [sum(chances[:at]) + chances[at] / 2 for at in range(len(chances))]
    inside = [at for at, place in enumerate(middle) if 0.025 <= place <= 0.975]
    found = adjust(tally(_said(mine, theirs), record), record, of="a")
    n = mine + theirs
    assert found.adjusted == pytest.approx(sum(at * chance for at, chance in enumerate(chances)) / n)
    assert (found.low, found.high) == (inside[0] / n, inside[-1] / n)


def test_of_very_many_units_the_errors_are_what_is_uncertain() -> None:
    # As `test_a_corpus_of_equal_agencies_is_known_as_well_as_the_coder`: the rates let the share vary by 0.0113. Of
    # 5000 units coded a vary by sqrt(5000 / 8) = 25, over 0.7 that is 36 or 0.0071: together 0.0134, 1.96 times which
    # are 0.026; more units count as 5000.
    record = replace(_record([[800, 200], [100, 900]]), design=(1.0, 1.0))
    for n in (5_000, 90_000):
        found = adjust(tally(_said(45 * n // 100, 55 * n // 100), record), record, of="a")
        assert found.n == n
        assert found.adjusted == pytest.approx(0.5, abs=0.003)
        assert found.low == pytest.approx(0.474, abs=0.004)
        assert found.high == pytest.approx(0.526, abs=0.004)


def test_a_record_that_tells_next_to_nothing_lets_any_share_be() -> None:
    # Two units of a known class, one coded rightly and one wrongly, of each class: four hundred units coded alike can
    # be all of one class or all of the other, whatever mix is likeliest.
    record = replace(_record([[1, 1], [1, 1]]), design=(1.0, 1.0))
    found = adjust(tally(_said(400, 0), record), record, of="a")
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.adjusted == pytest.approx(0.5, abs=1e-6)


def test_what_is_neither_hides_behind_the_codes() -> None:
    # 100 interpretation, 300 news, 600 neither: coded 100 * .9 + 300 * .05 + 600 * .1 = 165 interpretation,
    # 100 * .05 + 300 * .9 + 600 * .2 = 395 news, 440 neither. Naive 165 / 560 = 0.295, in truth 100 / 400.
    record = _record([[9000, 500, 500], [500, 9000, 500], [1000, 2000, 7000]], TYPES)
    units = tally(_said(165, 395, 440, codes=TYPES), record)
    found = adjust(units, record, of="interpretation", against=["news"])
    assert found.naive == pytest.approx(165 / 560)
    assert found.adjusted == pytest.approx(0.25, abs=0.01)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.25 < found.high < 165 / 560 + 0.02
    other = adjust(units, record, of="news", against=["interpretation"])
    assert other.adjusted == pytest.approx(1 - 0.25, abs=0.01)
    assert found.n == other.n == 560


def test_errors_that_explain_all_that_was_found_leave_zero_in_the_interval() -> None:
    # One in ten of b is taken for a: ten of a hundred are what a report without any a would show.
    record = _record([[900, 100], [100, 900]])
    found = adjust(tally(_said(10, 90), record), record, of="a")
    assert found.low == 0.0
    assert found.adjusted is not None
    assert found.adjusted < 0.06 < 0.1


def test_each_code_at_once_is_each_code_alone() -> None:
    record = _record([[90, 5, 5], [4, 90, 6], [10, 20, 70]], TYPES)
    units = tally(_said(5, 15, 80, codes=TYPES), record)
    every = adjust_each(units, record)
    assert [found.naive for found in every] == [0.05, 0.15, 0.8]
    for code, found in zip(TYPES, every, strict=True):
        alone = adjust(units, record, of=code)
        assert alone.n == found.n == 100
        assert alone.adjusted == pytest.approx(found.adjusted, abs=0.02)


def test_how_sure_the_coder_was_narrows_the_interval() -> None:
    # Sure codes are always right, unsure ones half the time: a third of all codes, whatever the class.
    sure, unsure = [0.96, 0.04], [0.55, 0.45]
    rows = np.array(([sure] * 4 + [unsure] * 2 + [sure[::-1]] * 4 + [unsure[::-1]] * 2) * 1000)
    truth = ["a", "a", "a", "a", "a", "b", "b", "b", "b", "b", "b", "a"] * 1000
    names = [str(at) for at in range(12_000)]
    report = np.array([sure] * 40 + [unsure, unsure[::-1]] * 20 + [sure[::-1]] * 40)
    told = calibrate(truth, rows, names, ["a", "b"])
    untold = calibrate(truth, ["ab"[at] for at in rows.argmax(axis=1)], names, ["a", "b"])
    fine = adjust(tally(report, told), told, of="a")
    coarse = adjust(tally(["ab"[at] for at in report.argmax(axis=1)], untold), untold, of="a")
    assert fine.adjusted == pytest.approx(0.5, abs=0.02)
    assert fine.low is not None
    assert fine.high is not None
    # The forty that are sure are a, the forty unsure ones vary by sqrt(40 / 4) = 3.2 at least, of 120.
    assert 40 / 120 < fine.low < 0.5 - 3.2 / 120
    assert fine.high > 0.5 + 3.2 / 120
    assert coarse.low is not None
    assert coarse.high is not None
    assert fine.high - fine.low < coarse.high - coarse.low


def test_a_class_finer_than_its_code_takes_no_errors_of_its_sister() -> None:
    # Near misses are taken for a every fourth time, plain clauses never.
    truth = ["a"] * 400 + ["b"] * 400 + ["plain"] * 4000
    rows = np.array([[0.95, 0.05]] * 400 + [[0.95, 0.05]] * 100 + [[0.3, 0.7]] * 300 + [[0.01, 0.99]] * 4000)
    names = [str(at) for at in range(len(truth))]
    finer = calibrate(truth, rows, names, ["a", "b"])
    merged = calibrate([name.replace("plain", "b") for name in truth], rows, names, ["a", "b"])
    assert finer.classes == ("a", "b", "plain")
    # Sixteen finds among 84 near misses and no plain clause: 28 of the b were taken for a, more than were found; merged
    # with the plain, of 84 b only 100 / 4400 are, two.
    report = np.array([[0.95, 0.05]] * 16 + [[0.3, 0.7]] * 84)
    apart, together = (adjust(tally(report, record), record, of="a") for record in (finer, merged))
    assert apart.low == 0.0
    assert together.low is not None
    assert together.low >= 0.1


@pytest.mark.parametrize(("size", "expected"), [(1, 100 / 99), (2, 200 / 99), (5, 500 / 99)])
def test_design_effect_by_hand(size: int, expected: float) -> None:
    # Fifty reports all right and fifty all wrong: every report lies size² / 2 from the mean, where single errors make
    # size / 2; times 100 / 99 for the mean that is estimated. No report lies further than another.
    names = [f"r{at}" for at in range(100) for _ in range(size)]
    said = ["a" if at % 2 else "b" for at in range(100) for _ in range(size)]
    record = calibrate(["a"] * (100 * size), said, names, ["a", "b"])
    assert record.design[0] == pytest.approx(expected, abs=1e-4)
    assert record.design[1] == 1.0


def test_errors_that_come_together_widen_the_interval() -> None:
    truth, said = ["a"] * 200 + ["b"] * 200, (["a"] * 16 + ["b"] * 4) * 10 + ["b"] * 200
    singly = calibrate(truth, said, [str(at) for at in range(400)], ["a", "b"])
    together = calibrate(truth, said, [str(at // 4) for at in range(400)], ["a", "b"])
    widths = []
    for record in (singly, together):
        found = adjust(tally(_said(60, 40), record), record, of="a")
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert together.design[0] > 3
    assert widths[1] > 1.2 * widths[0]


def test_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(5)
    rates = np.array([[0.85, 0.15], [0.12, 0.88]])
    held = 0
    for _ in range(200):
        record = _record([rng.multinomial(200, row).tolist() for row in rates])
        mine = int(rng.binomial(60, 0.2))
        coded = rng.multinomial(mine, rates[0]) + rng.multinomial(60 - mine, rates[1])
        found = adjust(tally(_said(*coded.tolist()), record), record, of="a")
        assert found.low is not None
        assert found.high is not None
        held += found.low - 1e-9 <= mine / 60 <= found.high + 1e-9
    # 190 are expected; three standard deviations are 9.
    assert 181 <= held <= 199


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=60), st.permutations(range(60)), st.sampled_from([0.5, 0.8])
)
def test_bounds_order_and_level(said: list[str], order: list[int], level: float) -> None:
    record = _record([[50, 3, 7], [2, 45, 3], [5, 5, 60]], TYPES)
    found = adjust_each(tally(said, record), record)
    shuffled = [said[at] for at in order if at < len(said)]
    assert adjust_each(tally(shuffled, record), record) == found
    for wide, narrow in zip(found, adjust_each(tally(said, record), record, level=level), strict=True):
        assert wide.low is not None
        assert wide.high is not None
        assert wide.adjusted is not None
        assert narrow.low is not None
        assert narrow.high is not None
        assert 0 <= wide.low <= wide.adjusted <= wide.high <= 1
        assert wide.low <= narrow.low <= narrow.high <= wide.high
        assert wide.few == (len(said) < 10)


def test_the_lowest_level_still_has_an_interval() -> None:
    record = _record([[60, 40], [40, 60]])
    found = adjust(tally(_said(1, 0), record), record, of="a", level=0.01)
    assert found.low is not None
    assert found.low == found.high == found.adjusted


def test_names_and_order_of_held_out_units_do_not_matter() -> None:
    truth, said, names = ["a", "a", "b", "b"] * 20, ["a", "b", "b", "b"] * 20, [str(at // 8) for at in range(80)]
    record = calibrate(truth, said, names, ["a", "b"])
    other = calibrate(truth[::-1], said[::-1], ["x" + name for name in names[::-1]], ["a", "b"])
    assert other.to_dict() == record.to_dict()


def test_nothing_to_divide() -> None:
    record = _record([[9, 1, 0], [0, 10, 0], [1, 0, 9]], TYPES)
    empty = Estimate(None, None, None, None, 0, True, "empty")
    assert adjust(tally([], record), record, of="news") == empty
    assert adjust_each(tally([], record), record) == (empty,) * 3
    untyped = tally(["neither"] * 50, record)
    assert adjust(untyped, record, of="interpretation", against=["news"]) == empty
    assert adjust_corpus([untyped, untyped], record, of="interpretation", against=["news"]) == empty
    assert tally(np.zeros((0, 3)), calibrate([], np.zeros((0, 3)), [], TYPES)).cells.sum() == 0


def test_a_class_that_was_never_tested() -> None:
    record = _record([[9, 1, 0], [0, 0, 0], [1, 0, 9]], TYPES)
    units = tally(_said(3, 1, 6, codes=TYPES), record)
    assert adjust(units, record, of="news") == Estimate(0.1, None, None, None, 10, False, "untested")
    assert adjust(units, record, of="interpretation", against=["news"]).reason == "untested"
    assert [found.reason for found in adjust_each(units, record)] == [None, "untested", None]
    nothing = calibrate([], [], [], TYPES)
    assert {found.reason for found in adjust_each(tally(["news"], nothing), nothing)} == {"untested"}


def test_a_single_find_that_error_explains_has_no_share() -> None:
    record = _record([[5000, 0, 5000], [0, 5000, 5000], [50, 50, 9900]], TYPES)
    found = adjust(tally(_said(1, 0, 400, codes=TYPES), record), record, of="interpretation", against=["news"])
    assert found.naive == 1.0
    assert found.n == 1
    # 400 plain clauses make eight errors on average: one find says nothing, and either way the interval must.
    assert found.reason == "error" or (found.low, found.high) == (0.0, 1.0)


def test_corpus_varies_as_its_agencies_do() -> None:
    # Forty agencies of ten units, half with a share of 0.2, half of 0.6, a coder without error: their mean 0.4 varies
    # by 0.2 / sqrt(39) = 0.032; Student's t with 39 degrees of freedom is 2.023: 0.4 ± 0.065.
    record = _record([[50_000, 0], [0, 50_000]])
    agencies = [tally(_said(mine, 10 - mine), record) for mine in [2, 6] * 20]
    found = adjust_corpus(agencies, record, of="a")
    assert found.naive == 0.4
    assert found.adjusted == pytest.approx(0.4, abs=0.002)
    assert found.low == pytest.approx(0.335, abs=0.012)
    assert found.high == pytest.approx(0.465, abs=0.012)
    alone = adjust_corpus(agencies[:1], record, of="a")
    assert (alone.naive, alone.low, alone.high, alone.reason) == (0.2, None, None, "agencies")
    # Two of ten and a prior of 0.375 of 0.75: 2.375 / 10.75.
    assert alone.adjusted == pytest.approx(0.2209, abs=0.0005)


def test_a_corpus_of_equal_agencies_is_known_as_well_as_the_coder() -> None:
    # Coded 45 of 100 everywhere: 0.5 as in `test_known_rates`. The rates are known to 0.0126 and 0.0095 (1000 units of
    # each): over 0.7 the share varies by sqrt(.5² * .0126² + .5² * .0095²) / 0.7 = 0.0113, ± 0.022 and a little.
    record = _record([[800, 200], [100, 900]])
    found = adjust_corpus([tally(_said(45, 55), record)] * 50, record, of="a")
    assert found.adjusted == pytest.approx(0.5, abs=0.005)
    assert found.low == pytest.approx(0.477, abs=0.01)
    assert found.high == pytest.approx(0.523, abs=0.01)


def test_record_survives_json() -> None:
    rows = np.array([[0.95, 0.04, 0.01], [0.2, 0.7, 0.1], [0.3, 0.3, 0.4]])
    record = calibrate(["interpretation", "news", "plain"], rows, ["r", "r", "s"], TYPES)
    read = Calibration.from_dict(json.loads(json.dumps(record.to_dict())))
    assert read.to_dict() == record.to_dict()
    units = tally(rows, record)
    assert adjust_each(units, read) == adjust_each(units, record)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("codes", ["a"]),
        ("codes", None),
        ("classes", ["b", "a"]),
        ("classes", ["a", "a"]),
        ("cuts", [0.0]),
        ("cuts", ["x"]),
        ("steps", [0.9, 0.5]),
        ("steps", [float("nan")]),
        ("counts", [[1, 2]]),
        ("counts", [[-1, 3], [0, 2]]),
        ("counts", [[1], [2, 3]]),
        ("counts", [[10**30, 0], [0, 2]]),
        ("own", [[[0, 2], [1, 1]]]),
        ("own", [[[0, 9], [1, 1]], [[1, 1], [0, 2]]]),
        ("design", [0.5, 1.0]),
        ("design", [float("inf"), 1.0]),
        ("design", [1.0]),
        ("reports", "many"),
    ],
)
def test_a_damaged_record_is_told(field: str, value: object) -> None:
    content = _record([[2, 0], [1, 1]]).to_dict()
    assert Calibration.from_dict(content).to_dict() == content
    with pytest.raises(DataError, match=r"model\.json: ") as caught:
        Calibration.from_dict({**content, field: value}, path="model.json")
    assert caught.value.code == "calibration"
    with pytest.raises(DataError):
        Calibration.from_dict({name: content[name] for name in content if name != field})


def test_wrong_arguments_are_told() -> None:
    record = _record([[9, 1, 0], [0, 10, 0], [1, 0, 9]], TYPES)
    units = tally(["news"], record)
    with pytest.raises(OptionError, match="'gossip' is no code"):
        tally(["gossip"], record)
    with pytest.raises(OptionError, match="of the calibration"):
        tally(np.zeros((1, 3)), record)
    with pytest.raises(OptionError, match="2 columns for 3 codes"):
        calibrate(["news"], np.zeros((1, 2)), ["r"], TYPES)
    with pytest.raises(OptionError, match="1 classes, 2 predictions, 1 reports"):
        calibrate(["news"], ["news", "news"], ["r"], TYPES)
    with pytest.raises(OptionError, match="fewer than two codes"):
        calibrate(["a"], ["a"], ["r"], ["a"])
    with pytest.raises(OptionError, match="'gossip' is no class"):
        adjust(units, record, of="news", against=["gossip"])
    with pytest.raises(OptionError, match="against other classes"):
        adjust(units, record, of="news", against=["news"])
    with pytest.raises(OptionError, match="against other classes"):
        adjust(units, record, of="news", against=[])
    with pytest.raises(OptionError, match="not between 0 and 1"):
        adjust(units, record, of="news", level=95)
    with pytest.raises(OptionError, match="another calibration"):
        adjust_each(units, _record([[2, 0], [0, 2]]))
    with pytest.raises(OptionError, match="there is none"):
        adjust_corpus([], record, of="news")
