import numpy as np
import pytest

from salesplan.forecasting.theta import has_season, theta_forecast


@pytest.mark.parametrize("kind", ["times", "plus", "flat"])
def test_agrees_with_statsmodels(kind):
    from statsmodels.tsa.forecasting.theta import ThetaModel

    rng = np.random.default_rng(11)
    season = np.sin(np.arange(48) * np.pi / 6)
    level = 100 + np.arange(48) + rng.normal(0, 4, 48)
    y = {"times": level * (1 + 0.4 * season), "plus": level - 130 + 60 * season, "flat": level}[kind]
    peer = ThetaModel(y, period=12).fit().forecast(12).to_numpy()
    ours = theta_forecast(y, horizon=12).forecast[0]
    np.testing.assert_allclose(ours, peer, atol=2e-3 * np.abs(y).mean())


def test_season_is_found_where_it_is_and_needs_two_years():
    y = np.tile(np.r_[np.ones(6), 3 * np.ones(6)], 3)
    assert has_season(np.vstack([y, np.ones(36)])).tolist() == [True, False]
    assert not has_season(y[None, :20]).any()


def test_fit_has_a_value_for_every_month():
    fit = theta_forecast(np.random.default_rng(1).gamma(4, 10, (3, 36)), horizon=6)
    assert fit.fitted.shape == (3, 36)
    assert np.isfinite(fit.fitted).all()
