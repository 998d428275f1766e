"""The control picture says what is seen, in both languages, wide and narrow."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.plots.review_signals import plot_control
from salesplan.plots.theme import ACTUAL, BAD
from salesplan.review.signals import Signals, signals
from tests.plots.drawn import check_layout, shapes, words

UNITS = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"], "level": ["company", "rep", "rep"],
                      "name": ["公司", "甲", "乙"]})


@pytest.fixture(scope="module")
def found() -> Signals:
    months = pd.period_range("2023-07", periods=40, freq="M")
    sales = pd.DataFrame(np.random.default_rng(1).normal([100, 50], 5, (40, 2)), index=months, columns=["a", "b"])
    sales.iloc[-2:, 0] = 40.0
    return signals(sales, UNITS)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_warning_is_said_and_nothing_is_cut_off(found: Signals, language: str) -> None:
    chart = plot_control(found, "a", language)
    assert ("预警" if language == "zh" else "Warning") in chart.description
    for width in (720, 330):
        svg = chart.svg(width=width)
        check_layout(svg)
        assert svg == plot_control(found, "a", language).svg(width=width)
        assert any(("预警" if language == "zh" else "Warning") in word.text for word in words(svg))
        assert "2026-10" in {word.text for word in words(svg)}, "the month reviewed is named"


def test_months_beyond_the_limit_lie_outside_it_and_are_red(found: Signals) -> None:
    svg = plot_control(found, "a", "en").svg()
    upper, lower = sorted(float(line["y1"]) for line in shapes(svg, "line", stroke=BAD))[:2]
    red, grey = ([float(dot["cy"]) for dot in shapes(svg, "circle", fill=colour)] for colour in (BAD, ACTUAL))
    assert len(red) >= 2 and len(red) + len(grey) == 24
    assert all(y >= lower - 0.1 or y <= upper + 0.1 for y in red) and all(upper <= y <= lower for y in grey)


def test_an_unknown_unit_is_refused(found):
    with pytest.raises(InputError, match="nobody"):
        plot_control(found, "nobody", "en")


def test_a_unit_without_a_judged_month_gets_a_sentence_and_no_empty_axis(found: Signals) -> None:
    blank = replace(found, residuals=replace(found.residuals, z=np.full_like(found.residuals.z, np.nan)))
    chart = plot_control(blank, found.residuals.units["unit_id"].iloc[0], "en")
    assert chart.description.startswith("No data for") and "circle" not in chart.svg() and "No data for" in chart.svg()
