import numpy as np

from salesplan.forecasting.combine import base_forecast, method_of


def test_history_decides_the_method():
    assert method_of([36, 35, 24, 23, 12, 11]).tolist() == [
        "ensemble", "seasonal_naive", "seasonal_naive", "pooled", "pooled", "cohort_ramp"]


def test_every_method_repeats_a_perfect_year():
    season = 100 * np.tile(np.arange(1.0, 13), 4)
    y = np.vstack([season, np.where(np.arange(48) < 5, 0, season), np.where(np.arange(48) < 20, 0, season),
                   np.where(np.arange(48) < 30, 0, season)])
    base = base_forecast(y, parents=[-1, 0, 0, 0], starts=[0, 5, 20, 30], horizon=12)
    assert base.method.tolist() == ["ensemble", "ensemble", "seasonal_naive", "pooled"]
    np.testing.assert_allclose(base.forecast, np.tile(season[:12], (4, 1)), rtol=0.08)


def test_growth_of_the_company_is_carried_forward():
    steady = 100 * 1.1 ** (np.arange(48) / 12)
    base = base_forecast(steady[None], parents=[-1], starts=[0], horizon=12)
    truth = 100 * 1.1 ** (np.arange(48, 60) / 12)
    assert base.growth > 0.08
    assert abs(base.forecast.sum() / truth.sum() - 1) < 0.03
