"""Rates a month with the company's seasons taken out, and their errors."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.monthly_rates import monthly_rates

MONTHS = pd.period_range("2026-05", periods=6, freq="M")


def long(values):
    wide = pd.DataFrame(values, columns=MONTHS).rename_axis("seller_id")
    return wide.melt(ignore_index=False, var_name="month", value_name="value").reset_index()


def test_who_was_there_in_strong_months_only_is_not_taken_for_strong():
    season = np.array([1, 1, 1, 1, 3, 3])
    values = np.tile(10.0 * season, (8, 1))
    values[0, :4] = np.nan
    rates = monthly_rates(long(values), kind="money")
    assert np.allclose(rates["rate"], rates["rate"].iloc[1])
    assert rates["n_months"].tolist() == [2] + [6] * 7


def test_errors_of_counts_are_those_of_counts():
    rng = np.random.default_rng(0)
    mean = rng.uniform(5, 40, 200)
    rates = monthly_rates(long(rng.poisson(mean[:, None], (200, 6))), kind="count")
    z = (rates["rate"] - mean) / rates["rate_se"]
    assert z.std() == pytest.approx(1, abs=0.15)


def test_errors_of_money_grow_with_it_and_cover():
    rng = np.random.default_rng(1)
    mean = rng.uniform(1e5, 1e6, 200)
    rates = monthly_rates(long(mean[:, None] * np.exp(rng.normal(-0.045, 0.3, (200, 6)))), kind="money")
    assert (rates["rate_se"] / rates["rate"]).std() < 1e-9
    assert ((rates["rate"] - mean) / rates["rate_se"]).std() == pytest.approx(1, abs=0.2)


def test_no_value_is_no_rate_and_a_lonely_month_still_has_an_error():
    values = np.full((3, 6), np.nan)
    values[0, 0], values[1, 0] = 10, 12
    rates = monthly_rates(long(values), kind="money")
    assert rates.index.tolist() == [0, 1]
    assert (rates["rate_se"] > 0).all()
