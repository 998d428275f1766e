"""Curves, tests and ratios agree with statsmodels, with their formulas and with what was planted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.cox import cox_regression
from salesplan.coaching.cox_likelihood import CoxLikelihood
from salesplan.coaching.cumulative_incidence import cumulative_incidence
from salesplan.coaching.survival import kaplan_meier, logrank, restricted_mean
from salesplan.errors import InputError


def sample(n: int = 200, seed: int = 1, rounding: int = 0):
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"north": rng.integers(0, 2, n).astype(float), "score": rng.normal(size=n)})
    # Nobody enters at the very time of a leaver: there statsmodels counts them at risk, R and the kit do not.
    entry = (np.round(rng.uniform(0, 3, n), rounding) + 0.5) * (rng.random(n) < 0.4)
    rate = np.exp(0.6 * x["north"] - 0.3 * x["score"]).to_numpy()
    time = np.round(entry + rng.exponential(5 / rate), rounding) + 1
    event = (rng.random(n) < 0.7).astype(int)
    return time, event, x, entry


@pytest.mark.parametrize("rounding", [0, 6])
@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_cox_with_late_entry_agrees_with_statsmodels(rounding, ties):
    from statsmodels.duration.hazard_regression import PHReg

    time, event, x, entry = sample(rounding=rounding)
    expected = PHReg(time, x.to_numpy(), status=event, entry=entry, ties=ties).fit()
    found = cox_regression(time, event, x, entry=entry, ties=ties)
    np.testing.assert_allclose(found.table["coefficient"], expected.params, atol=2e-5)
    np.testing.assert_allclose(found.table["se"], expected.bse, rtol=2e-3)
    assert found.log_likelihood == pytest.approx(expected.llf, abs=1e-4)


@pytest.mark.parametrize("ties", ["breslow", "efron", "exact"])
def test_slope_and_curvature_are_those_of_the_likelihood(ties):
    time, event, x, entry = sample(60)
    likelihood = CoxLikelihood(time, event, x.to_numpy(), entry=entry, ties=ties)
    at, step = np.array([0.3, -0.2]), 1e-5
    _, gradient, information = likelihood(at)
    moves = step * np.eye(2)
    np.testing.assert_allclose(gradient, [(likelihood(at + m)[0] - likelihood(at - m)[0]) / (2 * step) for m in moves], rtol=1e-5)
    np.testing.assert_allclose(-information, [(likelihood(at + m)[1] - likelihood(at - m)[1]) / (2 * step) for m in moves],
                               rtol=1e-5, atol=1e-6)


def test_slope_of_the_penalty_is_that_of_the_determinant():
    time, event, x, entry = sample(60)
    likelihood = CoxLikelihood(time, event, x.assign(z=np.sin(np.arange(60))).to_numpy(), entry=entry, ties="efron")
    at, moves = np.array([0.3, -0.2, 0.1]), 1e-5 * np.eye(3)
    value, gradient, information = likelihood.penalised(at)
    assert value == pytest.approx(likelihood(at)[0] + np.linalg.slogdet(information)[1] / 2)
    np.testing.assert_allclose(
        gradient, [(likelihood.penalised(at + m)[0] - likelihood.penalised(at - m)[0]) / 2e-5 for m in moves], rtol=1e-5
    )


def test_exact_ties_are_the_sum_over_all_ways_to_leave():
    from itertools import combinations

    time, event, x = [1, 1, 1, 2, 2, 3], [1, 1, 0, 1, 1, 0], np.array([0.1, 0.8, 0.3, -0.5, 1.2, 0.0])
    b = 0.7
    direct = 0.0
    for t in (1, 2):
        there = [i for i in range(6) if time[i] >= t]
        gone = [i for i in there if time[i] == t and event[i]]
        ways = [sum(x[list(c)]) for c in combinations(there, len(gone))]
        direct += b * x[gone].sum() - np.log(np.exp(b * np.array(ways)).sum())
    found = CoxLikelihood(time, event, x[:, None], entry=None, ties="exact")(np.array([b]))[0]
    assert found == pytest.approx(direct)


def test_without_ties_the_three_ways_are_one():
    time, event, x, entry = sample(80, rounding=8)
    found = [cox_regression(time, event, x, entry=entry, ties=t).table["coefficient"] for t in ("efron", "breslow", "exact")]
    np.testing.assert_allclose(found[0], found[1], atol=1e-8)
    np.testing.assert_allclose(found[0], found[2], atol=1e-8)


def test_a_group_without_leavers_is_refused_or_penalised():
    rng = np.random.default_rng(3)
    x = pd.DataFrame({"loyal": np.repeat([0.0, 1.0], 20)})
    time, event = rng.exponential(10, 40), np.repeat([1, 0], 20)
    with pytest.raises(InputError, match="loyal: one side has no leavers"):
        cox_regression(time, event, x)
    row = cox_regression(time, event, x, penalty="firth").table.iloc[0]
    assert row["is_separated"]
    assert row["hazard_ratio_lower"] < row["hazard_ratio"] < row["hazard_ratio_upper"] < 1
    assert row["p_value"] < 0.01


def test_the_penalty_hardly_moves_what_the_data_know():
    time, event, x, entry = sample(400)
    plain, held = (cox_regression(time, event, x, entry=entry, penalty=p).table for p in ("none", "firth"))
    np.testing.assert_allclose(plain["coefficient"], held["coefficient"], atol=0.01)
    np.testing.assert_allclose(plain["hazard_ratio_lower"], held["hazard_ratio_lower"], rtol=0.03)


def test_intervals_of_cox_hold_the_planted_ratio():
    held = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        group = rng.integers(0, 2, 80).astype(float)
        time = rng.exponential(10 / np.exp(0.7 * group))
        fit = cox_regression(np.minimum(time, 12), time < 12, pd.DataFrame({"g": group}), penalty="firth")
        held.append(fit.table["hazard_ratio_lower"][0] <= np.exp(0.7) <= fit.table["hazard_ratio_upper"][0])
    assert np.mean(held) > 0.88


def test_a_ratio_that_changes_with_time_is_told():
    rng = np.random.default_rng(5)
    group = np.repeat([0, 1], 300)
    time = np.where(group == 1, rng.weibull(3, 600), rng.weibull(0.7, 600))
    fit = cox_regression(time, np.ones(600, int), pd.DataFrame({"g": group}))
    assert fit.table["proportional_p"][0] < 0.001
    assert any("changes with time" in note["msgid"] for note in fit.notes)
    steady = cox_regression(rng.exponential(1 + group), np.ones(600, int), pd.DataFrame({"g": group}))
    assert steady.table["proportional_p"][0] > 0.01


@pytest.mark.parametrize(("x", "message"), [
    (pd.DataFrame({"g": [1.0] * 6}), "same for everybody"), (pd.DataFrame({"g": list("abcdef")}), "must be numbers"),
    (pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 7], "b": [2.0, 4, 6, 8, 10, 14]}), "say the same twice"),
    (pd.DataFrame({"g": [1.0, np.nan, 3, 4, 5, 7]}), "g is missing"),
])
def test_bad_predictors(x, message):
    with pytest.raises(InputError, match=message):
        cox_regression([1, 2, 3, 4, 5, 6], [1] * 6, x)


def test_late_entry_is_counted_only_from_then_on():
    curve = kaplan_meier([2, 4, 6, 8], [1, 1, 1, 0], entry=[0, 0, 3, 3]).table.set_index("time")
    assert curve["n_at_risk"].to_dict() == {2: 2, 4: 3, 6: 2, 8: 1}
    assert curve.loc[6, "survival"] == pytest.approx(0.5 * 2 / 3 * 0.5)


def test_late_entry_undoes_what_the_records_do_not_hold():
    rng = np.random.default_rng(4)
    joined, stay = rng.uniform(0, 100, 6000), rng.exponential(20, 6000)
    known = joined + stay > 80
    entry, time = np.maximum(80 - joined, 0)[known], stay[known]
    event = (joined + stay)[known] < 110
    time = np.where(event, time, 110 - joined[known])
    right, wrong = kaplan_meier(time, event, entry=entry), kaplan_meier(time, event)
    assert right.at([20])[0] == pytest.approx(np.exp(-1), abs=0.04)
    assert wrong.at([20])[0] > np.exp(-1) + 0.1


def test_log_rank_is_the_score_test_of_cox():
    time, event, x, entry = sample(rounding=8)
    likelihood = CoxLikelihood(time, event, x[["north"]].to_numpy(), entry=entry, ties="breslow")
    _, gradient, information = likelihood(np.zeros(1))
    assert logrank(time, event, x["north"], entry=entry).chi2 == pytest.approx(gradient[0] ** 2 / information[0, 0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), min_size=2, max_size=40))
def test_gone_and_still_there_add_up_to_everybody(rows):
    time, state = map(np.array, zip(*rows, strict=True))
    if not state.any():
        return
    found = cumulative_incidence(time, state)
    still = kaplan_meier(time, state > 0)
    times = still.table["time"].to_numpy()
    gone = sum(found.at(times, cause) for cause in found.causes)
    np.testing.assert_allclose(gone + still.at(times), 1, atol=1e-9)
    table = found.table
    assert ((table["incidence_lower"] <= table["incidence"] + 1e-9) & (table["incidence"] <= table["incidence_upper"] + 1e-9)).all()


def test_spread_of_incidence_is_that_of_repeated_samples():
    rng = np.random.default_rng(6)
    drawn, told = [], []
    for _ in range(150):
        time, cause = rng.exponential(10, 80), rng.integers(1, 3, 80)
        end = rng.uniform(5, 20, 80)
        found = cumulative_incidence(np.minimum(time, end), np.where(time < end, cause, 0))
        drawn.append(found.at([8], 1)[0])
        told.append(found.at([8], 1, "se")[0])
    assert np.mean(told) == pytest.approx(np.std(drawn), rel=0.15)


def test_mean_time_within_a_horizon_is_the_area_and_its_error_is_honest():
    rng = np.random.default_rng(7)
    found = [restricted_mean(kaplan_meier(np.minimum(t := rng.exponential(10, 60), 15), t < 15), 12) for _ in range(300)]
    true = 10 * (1 - np.exp(-1.2))
    assert np.mean([f.mean_time for f in found]) == pytest.approx(true, abs=0.1)
    assert np.mean([f.lower <= true <= f.upper for f in found]) > 0.9
    with pytest.raises(InputError, match="must lie within"):
        restricted_mean(kaplan_meier([1, 2], [1, 0]), 5)


@pytest.mark.parametrize(("arguments", "message"), [
    (([1, -2], [1, 1]), "row 2, column time"), (([1, 2], [1, 0.5]), "row 2"), (([], []), "nobody was watched"),
    (([1, 2], [1]), "one value for each"),
])
def test_bad_times(arguments, message):
    with pytest.raises(InputError, match=message):
        kaplan_meier(*arguments)


def test_nothing_to_compare_is_said():
    with pytest.raises(InputError, match="everybody is in group"):
        logrank([1, 2], [1, 1], ["a", "a"])
    with pytest.raises(InputError, match="nobody left"):
        logrank([1, 2], [0, 0], ["a", "b"])
    with pytest.raises(InputError, match="does not lie before"):
        kaplan_meier([1, 2], [1, 1], entry=[0, 2])
