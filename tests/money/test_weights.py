"""Weights as whole numbers: proportions kept, order and scale without effect, quotas exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.money.weights import check_weights, quotas, whole_weights


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50).filter(any))
def test_whole_weights_keep_their_proportions_exactly(weights):
    whole, total = whole_weights(np.array(weights, float))
    assert all(int(w) * sum(weights) == given_ * int(total[0]) for w, given_ in zip(whole, weights, strict=True))
    assert int(total[0]) < 2**57


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**56), st.lists(st.integers(1, 2**50), min_size=2, max_size=20))
def test_floor_and_remainder_agree_with_long_integers(total, weights):
    whole, sums = whole_weights(np.array(weights, float))
    floor, remainder = quotas(np.array([total]), whole, sums)
    for f, r, w in zip(floor.tolist(), remainder.tolist(), whole.tolist(), strict=True):
        assert (f, r) == divmod(total * w, int(sums[0]))


def test_weights_of_nothing_stay_nothing():
    whole, total = whole_weights(np.zeros((3, 2)), axis=0)
    assert not whole.any()
    assert total.tolist() == [[0, 0]]


def test_a_bad_weight_is_named_by_its_place():
    with pytest.raises(InputError, match=r"position \(1, 0\)"):
        check_weights([[1.0], [-2.0]])
