import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.forecasting.ets import ets_forecast

MONTHS = np.arange(36)
SEASON = 1 + 0.5 * np.sin(MONTHS * np.pi / 6)


def test_finds_a_multiplicative_season():
    y = 100 * 1.02**MONTHS * SEASON
    fit = ets_forecast(y, horizon=12)
    assert fit.multiplicative_weight[0] > 0.9
    assert fit.seasonal_weight[0] > 0.99
    truth = 100 * 1.02 ** np.arange(36, 48) * SEASON[:12]
    assert np.abs(fit.forecast[0] / truth - 1).max() < 0.1


def test_prefers_no_season_where_there_is_none():
    y = 100 + np.random.default_rng(5).normal(0, 10, (40, 36))
    fit = ets_forecast(y, horizon=12)
    assert np.median(fit.seasonal_weight) < 0.05
    assert np.abs(fit.forecast.mean() - 100) < 3


def test_zeros_and_negative_months_are_allowed():
    y = np.random.default_rng(2).normal(1, 3, (5, 36))
    y[0] = 0
    fit = ets_forecast(y, horizon=12)
    assert np.isfinite(fit.forecast).all()
    assert (fit.forecast[0] == 0).all()


def test_scales_with_the_currency():
    y = np.random.default_rng(3).gamma(5, 10, (4, 36))
    np.testing.assert_allclose(ets_forecast(1000 * y, horizon=6).forecast, 1000 * ets_forecast(y, horizon=6).forecast)


def test_errors_are_those_of_the_recursion():
    from salesplan.forecasting import ets

    family = ets._family(36, 3, trend=False, season=False, period=12)
    y = np.random.default_rng(8).gamma(5, 10, 36)
    for alpha, maker in zip(ets.LEVEL_WEIGHTS, family.errors, strict=True):
        errors = maker @ y
        level = y[0] - errors[0]
        for t in range(36):
            assert errors[t] == pytest.approx(y[t] - level)
            level += alpha * errors[t]


def test_too_short_is_refused():
    with pytest.raises(InputError, match="months == 5"):
        ets_forecast(np.ones(5), horizon=3)
