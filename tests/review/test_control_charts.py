"""Charts give signals where they should and say why not elsewhere."""

import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.review.control_charts import ewma_chart, rate_chart, xmr_chart
from salesplan.review.cusum import cusum, cusum_arl, cusum_limit, cusum_p, cusum_sums


def test_counting_alone_flags_everything_where_months_differ_and_laney_does_not():
    rng = np.random.default_rng(3)
    trials = np.full(24, 20_000)
    events = rng.binomial(trials, np.clip(rng.normal(0.3, 0.02, 24), 0, 1))
    plain, wide = rate_chart(events, trials, overdispersed=False), rate_chart(events, trials)
    assert len(plain.signals) > 10
    assert len(wide.signals) <= 1
    assert wide.dispersion_factor > 3


def test_months_without_trials_give_no_signal():
    chart = rate_chart([2, 0, 3], [10, 0, 10], kind="u")
    assert chart.signals == []
    assert np.isnan(chart.table["value"].iloc[1])


def test_run_lengths_until_a_false_alarm_are_those_stated():
    assert cusum_arl(0.5, 5.0) == pytest.approx(465, abs=1)
    assert cusum_arl(0.5, 4.0) == pytest.approx(168, abs=1)
    rng = np.random.default_rng(11)
    up, down = cusum_sums(rng.normal(size=(1500, 1500)), 0.5)
    beyond = np.maximum(up, down) > 4.0
    first = np.where(beyond.any(axis=1), beyond.argmax(axis=1) + 1, 1500)
    assert first.mean() == pytest.approx(168, rel=0.08)


def test_chance_of_a_sum_after_a_year_is_that_of_simulation():
    up, _ = cusum_sums(np.random.default_rng(2).normal(size=(200_000, 12)), 0.5)
    for value in (2.0, 4.0):
        assert float(cusum_p(value)) == pytest.approx((up[:, -1] >= value).mean(), rel=0.1)
    assert float(cusum_p(cusum_limit(0.003))) == pytest.approx(0.003, rel=0.02)


@pytest.mark.parametrize("call", [
    lambda: xmr_chart([1.0]), lambda: xmr_chart([1.0, np.nan]), lambda: ewma_chart([1.0], centre=0, sd=0),
    lambda: rate_chart([1], [1, 2]), lambda: rate_chart([3], [2]), lambda: rate_chart([0], [0]), lambda: cusum([1.0], limit=0.0),
])
def test_impossible_series_are_refused(call):
    with pytest.raises(InputError):
        call()
