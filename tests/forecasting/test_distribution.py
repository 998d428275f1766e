import numpy as np
import pytest
from scipy import stats

from salesplan.forecasting.distribution import amount_at, chance_of_at_least, draw_at, relative_spread


@pytest.mark.parametrize("spread", [0.05, 0.3, 1.0])
def test_is_close_to_a_gamma_distribution(spread):
    shape = 1 / spread**2
    q = np.array([0.05, 0.1, 0.5, 0.9, 0.95])
    np.testing.assert_allclose(amount_at(1.0, spread, q), stats.gamma.ppf(q, shape, scale=1 / shape), atol=0.03)


def test_mean_and_spread_are_kept():
    z = np.random.default_rng(0).standard_normal(200_000)
    x = draw_at(50.0, 20.0, z)
    assert x.mean() == pytest.approx(50, rel=0.01)
    assert x.std() == pytest.approx(20, rel=0.02)
    assert x.min() >= 0


def test_chance_and_amount_are_inverse():
    amounts = amount_at(80.0, 30.0, np.array([0.1, 0.5, 0.8]))
    np.testing.assert_allclose(chance_of_at_least(80.0, 30.0, amounts), [0.9, 0.5, 0.2])


def test_certain_and_impossible():
    chance = chance_of_at_least([0.0, 10.0, 10.0, 0.0], [0.0, 0.0, 0.0, 0.0], [5.0, 10.0, 11.0, 0.0])
    assert chance.tolist() == [0, 1, 0, 1]
    assert relative_spread(0.0, 5.0) == 0.0
