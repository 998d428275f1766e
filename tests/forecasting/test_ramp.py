import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.forecasting.ramp import USUAL_RAMP, cohort_ramp, shrunk_scale


def test_ramp_of_newcomers_is_recovered_through_season_and_noise():
    rng = np.random.default_rng(2)
    season = 1 + 0.3 * np.sin(np.arange(40) * np.pi / 6)
    truth = np.minimum(1, np.arange(1, 41) / 8)
    starts = np.r_[np.zeros(20, int), rng.integers(5, 26, 12)]
    y = np.stack([np.r_[np.zeros(s), truth[: 40 - s] if s else np.ones(40)] * season * 100 * rng.lognormal(0, 0.1)
                  for s in starts])
    ramp = cohort_ramp(y, starts)
    assert ramp.estimated
    assert ramp.newcomers == 12
    np.testing.assert_allclose(ramp.shares[:8], truth[:8], atol=0.12)
    assert (np.diff(ramp.shares) >= 0).all()
    assert ramp.at([-3, 99]).tolist() == [0.0, ramp.shares[-1]]


def test_without_newcomers_the_usual_ramp_is_taken_and_said_so():
    ramp = cohort_ramp(np.ones((5, 30)), np.zeros(5, int))
    assert not ramp.estimated
    assert ramp.shares.tolist() == list(USUAL_RAMP)


def test_a_given_ramp_is_used_and_full_after_its_end():
    ramp = cohort_ramp(np.ones((1, 30)), [0], shares=[0.2, 0.6])
    assert ramp.at([0, 1, 2, 50]).tolist() == [0.2, 0.6, 1.0, 1.0]
    with pytest.raises(InputError, match="ramp =="):
        cohort_ramp(np.ones((1, 30)), [0], shares=[-0.1])


def test_scale_moves_from_the_cohort_to_ones_own():
    scale = shrunk_scale([200.0, 200.0], [100.0, 100.0], [1, 60])
    assert scale[0] == pytest.approx((1 * 2 + 6) / 7)
    assert scale[1] > 1.9
