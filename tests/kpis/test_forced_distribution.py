"""Quotas are kept exactly, ties and bands that are cut are named, and the stated error rate is the true one."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.kpis.forced_distribution import (
    CUT_IN_BAND,
    CUT_IN_TIE,
    MISGRADED,
    MISGRADED_BY_DRAWS,
    NO_DRAWS,
    NOT_GRADED,
    UNKNOWN_MISGRADING,
    forced_counts,
    forced_distribution,
    misgrading_at_reliability,
)
from salesplan.kpis.grading import grade_people
from tests.kpis.sales_world import card_of, sellers

SHARES = {"A": 20, "B": 70, "C": 10}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.lists(st.integers(0, 100), min_size=1, max_size=6).filter(any))
def test_counts_add_up_and_stay_within_one_of_the_quota(n, shares):
    counts = forced_counts(n, shares)
    assert sum(counts) == n
    for count, share in zip(counts, shares, strict=True):
        assert abs(count - Fraction(n * share, sum(shares))) < 1


def test_written_fractions_are_exact_and_equal_remainders_go_to_the_better_grade():
    assert forced_counts(10, [0.1, 0.2, 0.7]) == [1, 2, 7]
    assert forced_counts(3, ["1/3", "1/3", "1/3"]) == [1, 1, 1]
    assert forced_counts(5, ["20", "70", "10"]) == [1, 4, 0]
    assert forced_counts(2, [25, 25, 25, 25]) == [1, 1, 0, 0]


def test_grades_follow_the_scores_whatever_the_order_of_people():
    scores = pd.Series({"d": 80.0, "a": 95.0, "e": 70.0, "b": 90.0, "c": 88.0})
    given_out = forced_distribution(scores, {"A": 20, "B": 60, "C": 20})
    assert given_out.table["grade"].to_dict() == {"d": "B", "a": "A", "e": "C", "b": "B", "c": "B"}
    again = forced_distribution(scores.sort_index(), {"A": 20, "B": 60, "C": 20})
    pd.testing.assert_frame_equal(given_out.table.sort_index(), again.table)
    assert any(n["msgid"] == UNKNOWN_MISGRADING for n in given_out.notes)
    assert np.isnan(given_out.p_wrong)


def test_a_border_inside_a_tie_is_named():
    scores = pd.Series({"a": 90.0, "b": 80.0, "c": 80.0, "d": 70.0, "e": 60.0})
    given_out = forced_distribution(scores, {"top": 40, "rest": 60}, names=pd.Series({p: p.upper() for p in scores.index}))
    assert given_out.table.loc["b", "grade"] == "top" and given_out.table.loc["c", "grade"] == "rest"
    assert given_out.table["on_border"].to_dict() == {"a": False, "b": True, "c": True, "d": False, "e": False}
    cut = next(n for n in given_out.notes if n["msgid"] == CUT_IN_TIE)
    assert cut["details"] == {"upper_grade": "top", "lower_grade": "rest", "names": ["B", "C"]}


def test_a_border_inside_a_band_is_named():
    scores = pd.Series({"a": 95.0, "b": 90.0, "c": 85.0, "d": 40.0, "e": 30.0})
    bands = pd.Series({"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}, dtype="Int64")
    given_out = forced_distribution(scores, {"top": 40, "rest": 60}, bands=bands)
    cut = next(n for n in given_out.notes if n["msgid"] == CUT_IN_BAND)
    assert cut["details"]["n"] == 3 and cut["details"]["band_number"] == "1"
    assert given_out.table.loc[["a", "b", "c"], "on_border"].all()
    clean = forced_distribution(scores, {"top": 60, "rest": 40}, bands=bands)
    assert not clean.table["on_border"].any()


def test_who_has_no_score_gets_no_grade():
    given_out = forced_distribution(pd.Series({"a": 1.0, "b": np.nan, "c": 2.0}), {"top": 50, "rest": 50})
    assert given_out.table["grade"].isna().tolist() == [False, True, False]
    assert given_out.counts.sum() == 2
    assert [n["details"] for n in given_out.notes if n["msgid"] == NOT_GRADED] == [{"n": 1, "names": ["b"]}]


@pytest.mark.parametrize("spread", [4.0, 10.0, 25.0])
def test_stated_error_rate_from_draws_is_the_true_one(spread):
    rng, stated, real = np.random.default_rng(11), [], []
    for _ in range(50):
        true, se = rng.normal(90, spread, 30), rng.uniform(3, 9, 30)
        seen = true + se * rng.standard_normal(30)
        index = [f"p{i:02d}" for i in range(30)]
        draws = seen[:, None] + se[:, None] * rng.standard_normal((30, 200))
        given_out = forced_distribution(pd.Series(seen, index=index), SHARES, draws=draws)
        deserved = forced_distribution(pd.Series(true, index=index), SHARES).table["grade"]
        stated.append(given_out.p_wrong)
        real.append((deserved != given_out.table["grade"]).mean())
    assert np.mean(stated) == pytest.approx(np.mean(real), abs=0.04)


@pytest.mark.parametrize("shared", [0.0, 8.0, 16.0])
def test_luck_that_hits_everybody_alike_is_nobodys_error(shared):
    rng, stated, real = np.random.default_rng(12), [], []
    for _ in range(40):
        true, index = rng.normal(90, 8, 40), [f"p{i:02d}" for i in range(40)]
        seen = true + rng.normal(0, shared) + rng.normal(0, 5, 40)
        draws = seen[:, None] + rng.normal(0, shared, 200) + rng.normal(0, 5, (40, 200))
        given_out = forced_distribution(pd.Series(seen, index=index), SHARES, draws=draws)
        deserved = forced_distribution(pd.Series(true, index=index), SHARES).table["grade"]
        stated.append(given_out.p_wrong)
        real.append((deserved != given_out.table["grade"]).mean())
    assert np.mean(stated) == pytest.approx(np.mean(real), abs=0.035)


def test_people_without_draws_are_left_out_and_named_and_change_nothing_for_others():
    rng = np.random.default_rng(13)
    index = [f"p{i:02d}" for i in range(60)]
    seen = pd.Series(rng.normal(90, 8, 60) + rng.normal(0, 5, 60), index=index)
    draws = seen.to_numpy()[:, None] + rng.normal(0, 5, (60, 400))
    part = draws.copy()
    part[rng.permutation(60)[:30]] = np.nan
    whole, half = (forced_distribution(seen, SHARES, draws=d) for d in (draws, part))
    assert half.table["p_wrong"].isna().sum() == 30
    assert half.p_wrong == pytest.approx(whole.p_wrong, abs=0.05)
    note = next(n for n in half.notes if n["msgid"] == NO_DRAWS)
    assert note["details"]["n"] == 30
    assert not [n for n in whole.notes if n["msgid"] == NO_DRAWS]


@pytest.mark.parametrize("cap", [None, 110.0])
def test_what_the_split_halves_state_is_near_the_truth_with_small_sellers_and_caps(cap):
    rng, stated, real = np.random.default_rng(14), [], []
    for _ in range(12):
        who = sellers(45, rng)
        card, daily, _, _ = card_of(who, rng, cap=cap)
        given_out = grade_people(SimpleNamespace(daily=daily), card, SHARES)
        assert any(n["msgid"] == MISGRADED for n in given_out.notes)
        true = pd.Series(who.true_scores(card, cap=cap), index=card.totals.index)
        deserved = forced_distribution(true, SHARES).table["grade"]
        stated.append(given_out.p_wrong)
        real.append((deserved != given_out.table["grade"]).mean())
    assert np.mean(stated) == pytest.approx(np.mean(real), abs=0.06)


def test_few_people_are_graded_by_their_draws_and_the_sentence_says_how_rough_that_is():
    rng = np.random.default_rng(15)
    card, daily, _, _ = card_of(sellers(8, rng), rng)
    given_out = grade_people(SimpleNamespace(daily=daily), card, SHARES)
    assert any(n["msgid"] == MISGRADED_BY_DRAWS for n in given_out.notes)


def test_reliability_of_one_means_no_errors_and_of_zero_means_chance():
    assert misgrading_at_reliability([1, 8, 1], 1.0, simulated=50_000).tolist() == [0, 0, 0]
    none = misgrading_at_reliability([1, 8, 1], 0.0, simulated=500_000)
    np.testing.assert_allclose(none, [0.9, 0.2, 0.9], atol=0.01)
    better = [misgrading_at_reliability([9, 1], r, simulated=200_000)[1] for r in (0.3, 0.6, 0.9)]
    assert better == sorted(better, reverse=True)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="grade B"):
        forced_counts(5, {"A": 20, "B": "viel"})
    with pytest.raises(InputError, match="not be negative"):
        forced_counts(5, [-1, 2])
    with pytest.raises(InputError, match="all zero"):
        forced_counts(5, [0, 0])
    with pytest.raises(InputError, match="stands twice"):
        forced_distribution(pd.Series([1.0, 2.0], index=["a", "a"]), SHARES)
    with pytest.raises(InputError, match="reliability == 2"):
        forced_distribution(pd.Series([1.0, 2.0]), SHARES, reliability=2)
