import numpy as np

from salesplan.forecasting.pooled import pool_index, pooled_forecast

SEASON = np.tile(np.r_[0.5 * np.ones(6), 1.5 * np.ones(6)], 3)


def test_a_young_node_takes_its_parents_season():
    y = np.vstack([1000 * SEASON, np.r_[np.zeros(28), 100 * SEASON[28:]]])
    fit = pooled_forecast(y, parents=[-1, 0], starts=[0, 28], horizon=12)
    np.testing.assert_allclose(fit.forecast[1], 100 * SEASON[:12], rtol=1e-6)
    assert np.isnan(fit.fitted[1, :28]).all()


def test_own_weight_one_ignores_relatives():
    own = np.array([[1.0, 1.0], [0.2, 1.8]])
    np.testing.assert_allclose(pool_index(own, [-1, 0], own_weight=1.0), own)


def test_grandchildren_lean_on_grandparents():
    index = pool_index([[0.0, 2.0], [1.0, 1.0], [1.0, 1.0]], [-1, 0, 1])
    np.testing.assert_allclose(index[:, 0], [0.0, 0.5, 0.75])
