"""The control picture says what is seen, in both languages, wide and narrow."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.plots.review_signals import plot_control
from salesplan.review.signals import Signals, signals

UNITS = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"], "level": ["company", "rep", "rep"],
                      "name": ["公司", "甲", "乙"]})


@pytest.fixture(scope="module")
def found() -> Signals:
    months = pd.period_range("2023-07", periods=40, freq="M")
    sales = pd.DataFrame(np.random.default_rng(1).normal([100, 50], 5, (40, 2)), index=months, columns=["a", "b"])
    sales.iloc[-2:, 0] = 40.0
    return signals(sales, UNITS)


def test_the_warning_is_said_and_both_widths_are_drawn(found):
    assert "预警" in plot_control(found, "a", "zh").description
    chart = plot_control(found, "a", "en")
    assert "Warning" in chart.svg()
    assert chart.svg(width=330) != chart.svg()


def test_an_unknown_unit_is_refused(found):
    with pytest.raises(InputError, match="nobody"):
        plot_control(found, "nobody", "en")
