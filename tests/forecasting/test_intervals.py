import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from salesplan.forecasting.backtest import Fold
from salesplan.forecasting.distribution import amount_at
from salesplan.forecasting.forecast import covered_years
from salesplan.forecasting.intervals import calibrate, fill_noise, noise_of_sum, spreads

GROUPS = np.r_[0, np.ones(400, int)]


def fold(seed: int, spread: float = 0.2) -> Fold:
    rng = np.random.default_rng(seed)
    size = np.r_[1000.0, rng.gamma(3, 1, 400)]
    forecast = np.repeat(size[:, None], 12, axis=1)
    actual = forecast * (1 + spread * rng.standard_normal((401, 1))) + 0.01 * rng.standard_normal((401, 12))
    return Fold(origin=24, forecast=forecast, naive=forecast, actual=np.maximum(actual, 0), train=forecast,
                noise=0.1 * size, known=np.ones(401, bool))


def test_intervals_learnt_from_one_year_hold_in_another():
    fit = calibrate([fold(1)], GROUPS, coverage=0.8)
    year = fold(2)
    sd, _ = spreads(year.noise, year.forecast, GROUPS, fit)
    mean, actual = year.forecast.sum(axis=1), year.actual.sum(axis=1)
    inside = (actual >= amount_at(mean, sd, 0.1)) & (actual <= amount_at(mean, sd, 0.9))
    assert 0.74 < inside[1:].mean() < 0.86


def test_a_lonely_level_borrows_from_all_levels():
    fit = calibrate([fold(1)], GROUPS, coverage=0.8)
    assert fit.annual[0] == pytest.approx(fit.annual[1], rel=0.05)
    assert fit.estimated


def test_without_a_backtest_the_normal_quantile_stands_in():
    fit = calibrate([], GROUPS, coverage=0.8)
    assert not fit.estimated
    assert fit.annual[0] == pytest.approx(ndtri(0.9))


def test_correlated_months_do_not_average_out():
    noise = np.array([1.0])
    assert noise_of_sum(noise, 12)[0] > np.sqrt(12)
    assert noise_of_sum(noise, 1)[0] == 1.0


def test_young_nodes_take_the_usual_relative_noise():
    filled = fill_noise(np.array([1.0, 3.0, np.nan]), np.array([10.0, 10.0, 100.0]), np.zeros(3, int))
    assert filled.tolist() == [1.0, 3.0, 20.0]


def test_a_year_does_not_vouch_for_one_that_it_overlaps():
    first, second = fold(1), fold(2)
    for one in (first, second):
        one.actual[0] = one.forecast[0] * 1.8
    later = dataclasses.replace(second, origin=first.origin + 2)
    apart = dataclasses.replace(second, origin=first.origin + 12)
    ids = pd.Series([f"n{i}" for i in range(len(GROUPS))])
    assert [hits[0] for hits in covered_years([first, later], GROUPS, ids, 0.8)] == [0.0, 0.0]
    assert [hits[0] for hits in covered_years([first, apart], GROUPS, ids, 0.8)] == [1.0, 1.0]
