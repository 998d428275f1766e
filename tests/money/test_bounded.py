"""Whole units within bounds: sums exact, floors and caps kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.money import split_bounded

SEEDS = st.integers(0, 2**32 - 1)


def make_families(rng, parents, children):
    above = np.concatenate([np.arange(parents), rng.integers(0, parents, children)])
    lower = rng.integers(-5, 5, above.size)
    upper = lower + rng.integers(0, 9, above.size)
    totals = np.array([rng.integers(lower[above == p].sum(), upper[above == p].sum() + 1) for p in range(parents)])
    return above, lower, upper, totals


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 6), st.integers(0, 30))
def test_any_wish_is_rounded_to_exact_sums_within_bounds(seed, parents, children):
    rng = np.random.default_rng(seed)
    above, lower, upper, totals = make_families(rng, parents, children)
    wish = rng.normal(0, 10, above.size)
    units = split_bounded(totals, wish, above, lower, upper)
    assert np.bincount(above, units, parents).tolist() == totals.tolist()
    assert (units >= lower).all()
    assert (units <= upper).all()


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 6), st.integers(0, 30), st.randoms(use_true_random=False))
def test_order_of_children_changes_nothing(seed, parents, children, random):
    rng = np.random.default_rng(seed)
    above, lower, upper, totals = make_families(rng, parents, children)
    wish, rank = rng.integers(0, 8, above.size) / 2, rng.permutation(above.size)
    order = list(range(above.size))
    random.shuffle(order)
    straight = split_bounded(totals, wish, above, lower, upper, rank=rank)
    other = split_bounded(totals, wish[order], above[order], lower[order], upper[order], rank=rank[order])
    assert other.tolist() == straight[order].tolist()


def test_a_wish_that_fits_moves_less_than_a_unit():
    rng = np.random.default_rng(1)
    wish = rng.uniform(0, 100, 40)
    total = int(wish.sum())
    units = split_bounded([total], wish, np.zeros(40, int), np.floor(wish).astype(int), np.ceil(wish).astype(int))
    assert units.sum() == total
    assert (np.abs(units - wish) < 1).all()


def test_a_wish_far_off_ends_quickly():
    assert split_bounded([10**12], [0.0, 0.0], [0, 0], [0, 0], [10**12, 10**12]).tolist() == [5 * 10**11] * 2


@pytest.mark.parametrize("total", [5, 20])
def test_a_total_outside_the_bounds_is_refused(total):
    with pytest.raises(InfeasibleTargetError, match=r"between the floors \(6\) and the caps \(12\)"):
        split_bounded([total], [1, 2], [0, 0], [3, 3], [6, 6])


def test_misfit_input_is_refused():
    with pytest.raises(InputError, match="one entry for each"):
        split_bounded([5], [1, 2], [0, 0], [3], [6, 6])
    with pytest.raises(InputError, match="finite"):
        split_bounded([5], [1, np.nan], [0, 0], [0, 0], [6, 6])
