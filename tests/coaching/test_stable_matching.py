"""Stable pairs have no blocking pair; the best pairs have at least their points; places are kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.optimal_matching import matched_points, optimal_matching
from salesplan.coaching.stable_matching import blocking_pairs, stable_matching
from salesplan.errors import InputError


@st.composite
def markets(draw):
    """Points with many ties and pairs that must not be, and capacities."""
    n, m = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    points = np.array(draw(st.lists(st.integers(-1, 6), min_size=n * m, max_size=n * m)), float).reshape(n, m)
    wanted = np.array(draw(st.lists(st.integers(-1, 6), min_size=n * m, max_size=n * m)), float).reshape(n, m)
    return points, wanted, draw(st.lists(st.integers(1, 3), min_size=m, max_size=m))


def kept(matched, capacity):
    return (np.bincount(matched[matched >= 0], minlength=len(capacity)) <= capacity).all()


@settings(max_examples=60, deadline=None)
@given(markets())
def test_stable_pairs_have_no_blocking_pair_with_one_or_two_opinions(market):
    points, wanted, capacity = market
    for other in (None, wanted):
        matched = stable_matching(points, capacity, mentor_points=other)
        assert blocking_pairs(matched, points, capacity, mentor_points=other) == []
        assert kept(matched, capacity)
        has = np.flatnonzero(matched >= 0)
        assert (points[has, matched[has]] > 0).all()


@settings(max_examples=60, deadline=None)
@given(markets())
def test_the_best_pairs_are_worth_at_least_the_stable_ones(market):
    points, _, capacity = market
    best, stable = optimal_matching(points, capacity), stable_matching(points, capacity)
    assert kept(best, capacity)
    assert matched_points(best, points) >= matched_points(stable, points) - 1e-9
    has = np.flatnonzero(best >= 0)
    assert (points[has, best[has]] > 0).all()


@settings(max_examples=40, deadline=None)
@given(markets(), st.randoms(use_true_random=False))
def test_the_best_total_does_not_hang_on_the_order(market, random):
    points, _, capacity = market
    rows, columns = list(range(points.shape[0])), list(range(points.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    turned, places = points[np.ix_(rows, columns)], [capacity[c] for c in columns]
    assert matched_points(optimal_matching(turned, places), turned) == pytest.approx(
        matched_points(optimal_matching(points, capacity), points))


@settings(max_examples=30, deadline=None)
@given(markets())
def test_the_best_total_is_that_of_trying_everything(market):
    points, _, capacity = market
    points, capacity = points[:5, :3], capacity[:3]

    def most(at, left):
        if at == len(points):
            return 0.0
        tried = [most(at + 1, left)]
        for mentor, room in enumerate(left):
            if room and points[at, mentor] > 0:
                tried.append(points[at, mentor] + most(at + 1, [r - (k == mentor) for k, r in enumerate(left)]))
        return max(tried)

    assert matched_points(optimal_matching(points, capacity), points) == pytest.approx(most(0, list(capacity)))


def test_each_mentee_gets_the_best_of_all_stable_matchings():
    mentee = np.array([[2.0, 1.0], [1.0, 2.0]])
    mentor = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert stable_matching(mentee, [1, 1], mentor_points=mentor).tolist() == [0, 1]
    assert blocking_pairs(np.array([1, 0]), mentee, [1, 1], mentor_points=mentor) == []


def test_a_blocking_pair_is_found_in_a_worse_matching():
    points = np.array([[9.0, 8.0], [9.5, 1.0]])
    assert blocking_pairs(np.array([0, 1]), points, [1, 1]) == [(1, 0)]
    assert blocking_pairs(np.array([-1, -1]), points, [1, 1]) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_nobody_and_nothing_are_answers():
    assert stable_matching(np.zeros((2, 0)), []).tolist() == [-1, -1]
    assert optimal_matching(np.zeros((2, 0)), []).tolist() == [-1, -1]
    assert optimal_matching(np.zeros((0, 2)), [1, 1]).tolist() == []
    assert stable_matching(np.zeros((2, 1)), [1]).tolist() == [-1, -1]


@pytest.mark.parametrize("match", [stable_matching, optimal_matching])
@pytest.mark.parametrize(("points", "capacity", "told"), [
    (np.ones((2, 2)), [1, 0], "capacity == 0"), (np.ones((2, 2)), [1, 1.5], "capacity == 1.5"),
    (np.ones((2, 2)), [1, np.nan], "capacity == nan"), (np.ones((2, 3)), [1, 1], "shape"),
    (np.array([[1.0, np.nan]]), [1, 1], "row 1, column 2"),
])  # fmt: skip
def test_bad_input_is_named(match, points, capacity, told):
    with pytest.raises(InputError, match=told):
        match(points, capacity)


def test_points_of_two_shapes_and_a_strange_place_are_named():
    with pytest.raises(InputError, match="mentor_points"):
        stable_matching(np.ones((2, 2)), [1, 1], mentor_points=np.ones((3, 2)))
    with pytest.raises(InputError, match="matched"):
        blocking_pairs(np.array([2, 0]), np.ones((2, 2)), [1, 1])
