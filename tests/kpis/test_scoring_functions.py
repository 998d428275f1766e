"""Each way of turning an actual into points, and that better never earns less."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.kpis import scoring_functions as f

FIGURES = st.floats(-1e6, 1e6, allow_nan=False)
POSITIVE = st.floats(1e-3, 1e6, allow_nan=False)


@st.composite
def rising_pairs(draw, least=2):
    edges = sorted(draw(st.sets(st.integers(-500, 500), min_size=least, max_size=6)))
    worth = sorted(draw(st.lists(st.integers(0, 200), min_size=len(edges), max_size=len(edges))))
    return [(float(edge), float(points)) for edge, points in zip(edges, worth, strict=True)]


def test_less_is_better_has_two_forms_with_different_points():
    assert f.lower_is_better_reciprocal(45, 30) == pytest.approx(200 / 3)
    assert f.lower_is_better_linear(45, 30) == pytest.approx(50)


def test_range_score_counts_the_way_from_the_least_acceptable_figure():
    assert f.range_score([6, 8, 10], 10, minimum=6).tolist() == [0, 50, 100]
    assert f.range_score([60, 45, 30], 30, minimum=60).tolist() == [0, 50, 100]


def test_an_edge_is_reached_in_spite_of_float_arithmetic():
    assert 0.1 * 3 * 100 > 30
    assert 100 * 0.29 < 29
    assert f.step_grade(100 * 0.29, [(0, 0), (29, 50)]) == 50
    assert f.step_grade(0.1 * 3 * 100, [(30, 100), (45, 80)], direction="lower") == 100
    assert f.step_grade(29 - 1e-6, [(0, 0), (29, 50)]) == 0


def test_missing_stays_missing_in_every_function():
    nan = float("nan")
    results = [f.achievement_rate(nan, 1), f.raw_percentage(nan), f.lower_is_better_reciprocal(nan, 1),
               f.lower_is_better_linear(nan, 1), f.range_score(nan, 2, minimum=1), f.piecewise(nan, [(0, 0), (1, 1)]),
               f.step_grade(nan, [(0, 5)]), f.capped(nan, floor=0, cap=1)]
    assert np.isnan([float(r) for r in results]).all()


@pytest.mark.parametrize("call", [
    lambda: f.achievement_rate(0, 0), lambda: f.achievement_rate(5, -1), lambda: f.lower_is_better_linear(1, 0),
    lambda: f.lower_is_better_reciprocal(0, 30), lambda: f.lower_is_better_reciprocal(1, 0),
    lambda: f.range_score(1, 5, minimum=5), lambda: f.raw_percentage(1, full=0), lambda: f.capped(1, floor=2, cap=1),
    lambda: f.piecewise(1, [(0, 0)]), lambda: f.piecewise(1, [(0, 0), (0, 1)]), lambda: f.step_grade(1, []),
    lambda: f.step_grade(1, [(0, 0)], direction="up"), lambda: f.grade_points(["好"], {"良好": 80}),
])  # fmt: skip
def test_what_cannot_be_answered_is_an_error(call):
    with pytest.raises(InputError, match=r"must|did you mean"):
        call()


@settings(max_examples=60)
@given(a=FIGURES, b=FIGURES, t=POSITIVE, m=st.floats(-1e6, 1e6), floor=st.floats(-50, 50), room=st.floats(0, 200))
def test_more_never_scores_less(a, b, t, m, floor, room):
    low, high = min(a, b), max(a, b)

    def limited(points):
        return f.capped(points, floor=floor, cap=floor + room)

    assert limited(f.achievement_rate(low, t)) <= limited(f.achievement_rate(high, t))
    assert f.raw_percentage(low, full=t) <= f.raw_percentage(high, full=t)
    assert f.range_score(low, m + t + 1, minimum=m) <= f.range_score(high, m + t + 1, minimum=m)
    assert f.lower_is_better_linear(low, t) >= f.lower_is_better_linear(high, t)
    assert f.range_score(low, m - t - 1, minimum=m) >= f.range_score(high, m - t - 1, minimum=m)


@settings(max_examples=60)
@given(a=POSITIVE, b=POSITIVE, t=POSITIVE)
def test_less_never_scores_less_in_proportion(a, b, t):
    assert f.lower_is_better_reciprocal(min(a, b), t) >= f.lower_is_better_reciprocal(max(a, b), t)


@settings(max_examples=60)
@given(a=st.floats(-600, 600), b=st.floats(-600, 600), pairs=rising_pairs())
def test_points_and_steps_never_fall(a, b, pairs):
    low, high = min(a, b), max(a, b)
    assert f.piecewise(low, pairs) <= f.piecewise(high, pairs)
    assert f.step_grade(low, pairs, below=0) <= f.step_grade(high, pairs, below=0)
    falling = [(edge, points) for (edge, _), (_, points) in zip(pairs, pairs[::-1], strict=True)]
    assert f.step_grade(low, falling, direction="lower") >= f.step_grade(high, falling, direction="lower")


@settings(max_examples=40)
@given(pairs=rising_pairs(), shape=st.sampled_from([(4,), (2, 3), ()]))
def test_shapes_are_kept(pairs, shape):
    x = np.full(shape, 3.0)
    assert f.piecewise(x, pairs).shape == shape
    assert f.step_grade(x, pairs).shape == shape
