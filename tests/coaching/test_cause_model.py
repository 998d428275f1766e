"""Slopes, ramp and contributions are those that made the results."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.cause_model import ASSUMED_SLOPES, MEASURES, fit_causes, mean_ramp_share, ramp_share
from salesplan.coaching.diagnosis_measures import check_measures
from salesplan.coaching.peers import find_peers
from tests.coaching.company_of_causes import World, simulate_company


def fitted(measures, **options):
    checked = check_measures(measures, scale=(1.0, 5.0))
    stage = pd.Series(np.where(checked["tenure_months"] < 12, "n", "r"), index=checked.index)
    groups = checked[["tier"]].assign(stage=stage)
    return fit_causes(checked, peers=find_peers(groups, by=("stage", "tier")), full_peers=find_peers(groups, by=("tier",)),
                      ramp_months=12, scale=(1.0, 5.0), **options)


def test_slopes_and_ramp_are_recovered_from_noisy_measures():
    world = World(sellers=300, unassessed=0.1)
    fits = [fitted(simulate_company(world, seed=seed)[0]) for seed in range(8)]
    slopes = pd.concat([fit.slopes["slope"] for fit in fits], axis=1).mean(axis=1)
    assert slopes["effort"] == pytest.approx(0.8, abs=0.12)
    assert slopes["leads"] + slopes["territory"] == pytest.approx(0.7, abs=0.15)
    assert slopes["skill"] == pytest.approx(0.3, abs=0.06), "a noisy test flattens a plain regression, not this one"
    assert slopes["knowledge"] == pytest.approx(0.2, abs=0.06)
    assert np.mean([fit.t90 for fit in fits]) == pytest.approx(world.t90, abs=1.5)


def test_intervals_of_slopes_hold_the_truth_mostly():
    truth = {"effort": 0.8, "skill": 0.3, "knowledge": 0.2}
    inside = []
    for seed in range(25):
        slopes = fitted(simulate_company(World(), seed=seed)[0]).slopes
        inside += [slopes.loc[name, "slope_lower"] <= value <= slopes.loc[name, "slope_upper"] for name, value in truth.items()]
    assert np.mean(inside) > 0.7


def test_few_sellers_leave_the_assumption_and_many_replace_it():
    few = fitted(simulate_company(World(sellers=20, newcomers=0.0), seed=1)[0]).slopes
    many = fitted(simulate_company(World(sellers=300), seed=1)[0]).slopes
    assert (few["assumed_share"] > many["assumed_share"]).all()
    assert many["assumed_share"].max() < 0.5


def test_a_measure_nobody_has_keeps_its_assumed_slope_and_accounts_for_nothing():
    measures, _ = simulate_company(World(), seed=2)
    fit = fitted(measures.drop(columns=["territory", "leads", "leads_se"]))
    assert fit.slopes.loc["territory", "slope"] == pytest.approx(ASSUMED_SLOPES["territory"][0])
    assert fit.slopes.loc["territory", "assumed_share"] == pytest.approx(1.0)
    assert (fit.contribution[["leads", "territory"]] == 0).all().all()
    assert list(fit.contribution.columns) == list(MEASURES)


def test_results_that_do_not_depend_on_tenure_show_no_ramp():
    measures, _ = simulate_company(World(newcomers=0.2), seed=3)
    ramped = measures.assign(result=measures["result"] / np.where(
        measures["tenure_months"] < 12, ramp_share(measures["tenure_months"].to_numpy(), 10.0), 1.0))
    assert fitted(ramped).t90 < 3
    assert np.exp(fitted(ramped).ramp).min() > 0.5


def test_slopes_are_those_of_the_scale():
    measures, _ = simulate_company(World(), seed=4)
    wide = measures.copy()
    for name in ("skill", "knowledge"):
        wide[name], wide[f"{name}_se"] = (measures[name] - 1) * 25, measures[f"{name}_se"] * 25
    checked = check_measures(wide, scale=(0.0, 100.0))
    groups = checked[["tier"]].assign(stage=np.where(checked["tenure_months"] < 12, "n", "r"))
    fit = fit_causes(checked, peers=find_peers(groups, by=("stage", "tier")), full_peers=find_peers(groups, by=("tier",)),
                     ramp_months=12, scale=(0.0, 100.0))
    assert fit.slopes.loc["skill", "slope"] * 25 == pytest.approx(fitted(measures).slopes.loc["skill", "slope"], rel=0.02)
    pd.testing.assert_frame_equal(fit.contribution, fitted(measures).contribution, atol=0.01)


def test_a_result_of_several_months_is_put_against_the_ramp_of_these_months():
    times = []
    for seed in range(6):
        measures, _ = simulate_company(World(newcomers=0.25), seed=seed)
        tenure = measures["tenure_months"].to_numpy()
        new, begin = tenure < 12, np.maximum(tenure - 6, 0.0)
        measures["result"] *= np.where(new, mean_ramp_share(begin, tenure, 10.0) / ramp_share(tenure, 10.0), 1.0)
        spans = measures.assign(result_from_months=begin, result_to_months=tenure)
        times.append((fitted(spans).t90, fitted(measures).t90))
    known, taken_for_last_day = np.mean(times, axis=0)
    assert known == pytest.approx(10, abs=1.5)
    assert taken_for_last_day > 14
