"""The year's course: lines go through their amounts, the interval stands at its month, names of months do not touch."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.plots.review_progress import plot_progress
from salesplan.plots.theme import BAND, INK, TARGET
from tests.plots.drawn import check_layout, shapes, words

MONTHS = pd.period_range("2026-01", periods=12, freq="M")
NONE = np.full(12, np.nan)
TOTAL = np.arange(1, 13) * 3e6


def course(actual: np.ndarray, *, target: np.ndarray = NONE, projected: np.ndarray = NONE) -> pd.DataFrame:
    return pd.DataFrame({"month": MONTHS, "actual": actual, "projected": projected, "target": target, "last_year": NONE})


def ends(lower: float, upper: float) -> pd.DataFrame:
    return pd.DataFrame({"month": MONTHS[[8, 11]], "lower": [np.nan, lower], "upper": [np.nan, upper]})


HARD = {
    "a year": (course(TOTAL, target=TOTAL * 1.1), ends(3.4e7, 3.9e7)),
    "a billion": (course(TOTAL * 40, projected=TOTAL * 41), ends(1.3e9, 1.5e9)),
    "ten yuan once": (course(np.r_[10.0, NONE[1:]]), ends(np.nan, np.nan)),
    "below nothing": (course(-TOTAL, target=TOTAL), ends(-4e7, 1e6)),
    "nothing known": (course(NONE), ends(np.nan, np.nan).iloc[:0]),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", HARD)
def test_every_text_is_inside_and_alone(case: str, language: str) -> None:
    months, interval = HARD[case]
    for width in (720, 330):
        svg = plot_progress(months, interval, language).svg(width=width)
        check_layout(svg)
        said = "".join(word.text for word in words(svg))
        if case == "nothing known":
            assert ("没有数据：" if language == "zh" else "No data for") in said
            continue
        assert ("12月" if language == "zh" else "Dec") in {word.text for word in words(svg)}


def test_points_and_interval_lie_where_their_amounts_are() -> None:
    svg = plot_progress(course(TOTAL, target=TOTAL * 1.1), ends(3.4e7, 3.96e7), "en").svg()
    sold, asked = (shapes(svg, "circle", fill=colour) for colour in (INK, TARGET))
    (nothing,) = (word for word in words(svg) if word.text == "0")
    ground = nothing.foot - 4
    height = ground - float(sold[-1]["cy"])
    assert [ground - float(p["cy"]) for p in sold] == pytest.approx([height * n / 12 for n in range(1, 13)], abs=0.2)
    assert ground - float(asked[-1]["cy"]) == pytest.approx(1.1 * height, abs=0.2)
    (bar,) = shapes(svg, "rect", fill=BAND)
    assert float(bar["x"]) + float(bar["width"]) / 2 == pytest.approx(float(sold[-1]["cx"]), abs=0.2)
    assert float(bar["y"]) == pytest.approx(float(asked[-1]["cy"]), abs=0.2)
    assert float(bar["height"]) == pytest.approx(height * (3.96 - 3.4) / 3.6, abs=0.3)


def test_a_course_without_months_is_refused() -> None:
    with pytest.raises(InputError, match="months"):
        plot_progress(course(NONE).iloc[:0], ends(0, 0), "zh")
