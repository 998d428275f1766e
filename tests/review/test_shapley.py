"""Shapley and LMDI shares add up, do not know an order, and say what they cannot answer."""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salesplan.errors import InputError
from salesplan.review.lmdi import lmdi_products
from salesplan.review.shapley import shapley_products

FACTOR = st.floats(-1e4, 1e4, allow_nan=False).map(lambda v: round(v, 3))
POSITIVE = st.floats(0.001, 1e4)


def shapley_exact(base: list[int], actual: list[int]) -> list[Fraction]:
    """The definition itself: each factor's effect averaged over every set of others that changed before it."""
    k, parts = len(base), []
    for i in range(k):
        others, total = [j for j in range(k) if j != i], Fraction(0)
        for size in range(k):
            for changed in combinations(others, size):
                product = Fraction(1, k * comb(k - 1, size))
                for j in others:
                    product *= actual[j] if j in changed else base[j]
                total += product
        parts.append((actual[i] - base[i]) * total)
    return parts


@settings(max_examples=60, deadline=None)
@given(sides=st.integers(1, 6).flatmap(lambda k: st.tuples(*[hnp.arrays(float, (k, 3), elements=FACTOR)] * 2)),
       seed=st.integers(0, 99))
def test_shares_add_up_and_the_order_of_factors_changes_no_bit(sides, seed):
    base, actual = sides
    parts = shapley_products(base, actual)
    size = np.prod(np.maximum(np.maximum(np.abs(base), np.abs(actual)), 1), axis=0)
    assert (np.abs(parts.sum(axis=0) - (actual.prod(axis=0) - base.prod(axis=0))) <= 1e-9 * size).all()
    order = np.random.default_rng(seed).permutation(len(base))
    assert (shapley_products(base[order], actual[order]) == parts[order]).all()
    cells = np.array([2, 0, 1])
    assert (shapley_products(base[:, cells], actual[:, cells]) == parts[:, cells]).all()


@settings(max_examples=30, deadline=None)
@given(base=st.lists(st.integers(-9, 9), min_size=2, max_size=4), seed=st.integers(0, 99))
def test_fractions_and_floats_agree_and_fractions_leave_nothing(base, seed):
    actual = np.random.default_rng(seed).integers(-9, 10, len(base)).tolist()
    exact = shapley_exact(base, actual)
    assert sum(exact) == Fraction(int(np.prod(actual)) - int(np.prod(base)))
    np.testing.assert_allclose(shapley_products(base, actual), [float(p) for p in exact], atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(sides=st.integers(1, 5).flatmap(lambda k: st.tuples(*[hnp.arrays(float, (k, 3), elements=POSITIVE)] * 2)))
def test_lmdi_adds_up_and_does_not_know_an_order(sides):
    base, actual = sides
    parts = lmdi_products(base, actual)
    change = actual.prod(axis=0) - base.prod(axis=0)
    assert (np.abs(parts.sum(axis=0) - change) <= 1e-9 * (actual.prod(axis=0) + base.prod(axis=0))).all()
    assert (lmdi_products(base[::-1], actual[::-1]) == parts[::-1]).all()


def test_a_factor_that_did_not_change_has_no_part():
    assert shapley_products([3, 0, 7], [5, 0, 9]).tolist() == [0, 0, 0]
    assert shapley_products([3, 2], [5, 2])[1] == 0 and lmdi_products([3, 2], [5, 2])[1] == 0


def test_lmdi_refuses_what_is_not_positive_and_names_the_cell():
    with pytest.raises(InputError, match=r"actual == 0.0.*visits, 王伟"):
        lmdi_products([[1.0, 1.0]], [[2.0, 0.0]], factors=["visits"], cells=["李娜", "王伟"])
    with pytest.raises(InputError, match="base == -1"):
        lmdi_products([-1], [2])


def test_missing_or_unmatched_factors_are_refused():
    with pytest.raises(InputError, match="factor 1, cell 0"):
        shapley_products([1, np.nan], [1, 2])
    with pytest.raises(InputError, match="same factors"):
        shapley_products([1, 2], [1, 2, 3])
    with pytest.raises(InputError, match="1 to 20"):
        shapley_products(np.ones(21), np.ones(21))
