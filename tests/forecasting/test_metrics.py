import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.forecasting import metrics


def test_wape_is_nan_when_nothing_was_sold():
    assert np.isnan(metrics.wape([0, 0], [1, 2]))


def test_annual_errors_within_a_year_cancel_but_not_between_series():
    assert metrics.annual_wape([[1, 3], [2, 2]], [[2, 2], [1, 1]]) == pytest.approx(2 / 8)


def test_mase_of_last_year_repeated_is_one_for_a_steady_climb():
    y = np.arange(36.0)
    assert metrics.mase(y[24:], y[12:24], y[:24]) == pytest.approx(1.0)
    assert np.isnan(metrics.mase([1.0], [2.0], np.ones(24)))


def test_shapes_must_agree():
    with pytest.raises(InputError, match="must equal actual"):
        metrics.mae([1, 2], [1, 2, 3])


def test_seasonal_scale_needs_more_than_a_year():
    with pytest.raises(InputError, match="months == 12"):
        metrics.seasonal_scale(np.ones(12))


def test_probabilities_out_of_range_are_refused():
    with pytest.raises(InputError):
        metrics.pinball([1.0], [1.0], q=1.0)
    with pytest.raises(InputError):
        metrics.winkler([1.0], [1.0], [1.0], coverage=1.0)


def test_ensemble_score_approaches_the_closed_form():
    rng = np.random.default_rng(3)
    draws = rng.normal(10, 2, 20_000)
    assert metrics.crps_ensemble(11.0, draws) == pytest.approx(float(metrics.crps_normal(11.0, 10.0, 2.0)), rel=0.02)
    with pytest.raises(InputError):
        metrics.crps_ensemble(1.0, [1.0])
