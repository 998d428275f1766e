import numpy as np

from salesplan.forecasting.smoothing import holt_forecast, ses_forecast


def test_weight_one_repeats_the_last_month():
    assert ses_forecast([[1.0, 5.0], [2.0, 7.0]], alpha=1.0).tolist() == [5.0, 7.0]


def test_a_straight_line_is_continued_and_damping_bends_it():
    y = np.arange(10.0)
    straight = holt_forecast(y, alpha=0.3, beta=0.2, level=-1, trend=1, horizon=3)
    damped = holt_forecast(y, alpha=0.3, beta=0.2, level=-1, trend=1, horizon=3, phi=0.9)
    np.testing.assert_allclose(straight, [10, 11, 12])
    assert (np.diff(damped) < 1).all()
