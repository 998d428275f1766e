"""Amounts down a tree: no drift anywhere, the same for every order of units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.money import cascade, drift, sum_up


def random_tree(rng, size):
    return np.array([-1] + [int(rng.integers(0, i)) for i in range(1, size)])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 4), st.sampled_from([1, 100, 100_000]))
def test_every_parent_equals_its_children(seed, size, columns, unit):
    rng = np.random.default_rng(seed)
    parents = random_tree(rng, size)
    weights = rng.lognormal(0, 3, (size, columns))
    top = rng.integers(-(10**10), 10**10, columns) * unit
    plan = cascade(top, weights, parents, unit=unit)
    assert not drift(plan, parents).any()
    assert (plan % unit == 0).all()
    assert (plan[0] == top).all()
    assert (sum_up(plan, parents) == plan).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_order_of_units_changes_nothing(seed, size):
    rng = np.random.default_rng(seed)
    parents, ids = random_tree(rng, size), np.arange(size)
    weights = rng.integers(1, 4, (size, 2))
    plan = cascade([10**12 + 7, 1003], weights, parents, rank=ids)
    depth = np.array([0] * size)
    for i in range(1, size):
        depth[i] = depth[parents[i]] + 1
    order = np.lexsort((rng.random(size), depth))
    place = np.empty(size, int)
    place[order] = np.arange(size)
    moved = np.where(parents[order] >= 0, place[parents[order]], -1)
    other = cascade([10**12 + 7, 1003], weights[order], moved, rank=ids[order])
    assert (other == plan[order]).all()


def test_one_number_gives_one_column():
    assert cascade(7, [1, 1, 1], [-1, 0, 0]).tolist() == [7, 4, 3]


def test_a_family_without_weights_is_named_by_its_unit():
    with pytest.raises(InputError, match="unit 2, column 0"):
        cascade([10], [[1], [1], [1], [0]], [-1, 0, 0, 2])


@pytest.mark.parametrize("parents", [[0, -1], [-1, -1], [-1, 2, 0], [], [-1.0, 0.0]])
def test_a_tree_that_is_not_top_down_is_refused(parents):
    with pytest.raises(InputError, match="parents must"):
        cascade([10], np.ones((len(parents), 1)), parents)


def test_weights_must_cover_every_unit():
    with pytest.raises(InputError, match="weights has 2 rows"):
        cascade([10], [[1], [1]], [-1, 0, 0])


def test_drift_shows_where_a_plan_does_not_add_up():
    assert drift([[10], [4], [5]], [-1, 0, 0]).tolist() == [[-1], [0], [0]]
