import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.forecasting.decompose import stl_decompose


def test_parts_sum_to_the_history():
    y = np.random.default_rng(0).gamma(5, 10, 48)
    np.testing.assert_allclose(stl_decompose(y).sum(axis=1), y)


def test_needs_two_periods():
    with pytest.raises(InputError):
        stl_decompose(np.ones(20))
