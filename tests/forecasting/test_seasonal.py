import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.forecasting.seasonal import (
    centred_average,
    classical_index,
    month_shares,
    seasonal_naive,
    seasonal_naive_interval,
)


def test_naive_needs_a_year():
    with pytest.raises(InputError, match="months == 5"):
        seasonal_naive(np.ones(5), horizon=3)
    with pytest.raises(InputError):
        seasonal_naive_interval(np.ones(12), horizon=3)


def test_interval_widens_in_the_second_year():
    y = np.random.default_rng(0).normal(100, 5, 48)
    lower, upper = seasonal_naive_interval(y, horizon=24)
    assert (upper - lower)[23] == pytest.approx(np.sqrt(2) * (upper - lower)[0])


def test_centred_average_of_a_line_is_the_line():
    y = np.arange(36.0)
    smooth = centred_average(y)
    np.testing.assert_allclose(smooth[6:-6], y[6:-6])
    assert np.isnan(smooth[:6]).all()
    assert np.isnan(centred_average(np.ones(6))).all()


def test_indices_recover_the_season():
    season = np.array([0.5, 1.5, 1.0, 1.0])
    y = np.tile(season, 6) * 10
    np.testing.assert_allclose(classical_index(y, multiplicative=True, period=4), season)
    np.testing.assert_allclose(classical_index(y, multiplicative=False, period=4), (season - 1) * 10)
    np.testing.assert_allclose(month_shares(y, 4), season)


def test_shares_stay_defined_for_empty_and_short_rows():
    assert (month_shares(np.zeros((2, 24))) == 1).all()
    assert (month_shares(np.arange(5.0)) == 1).all()
