"""Divisor methods: exact, and a larger total lowers nobody."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.money import dhondt, sainte_lague

WEIGHTS = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any)


def one_by_one(total, weights, step):
    """Units handed out one at a time, as the rule is told."""
    held = [0] * len(weights)
    for _ in range(total):
        best = max(range(len(weights)), key=lambda i: (weights[i] / (step * held[i] + 1), -i))
        held[best] += 1
    return held


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), WEIGHTS)
def test_both_rules_equal_handing_units_out_one_by_one(total, weights):
    assert sainte_lague(total, weights).tolist() == one_by_one(total, weights, 2)
    assert dhondt(total, weights).tolist() == one_by_one(total, weights, 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10**9), WEIGHTS)
def test_one_more_unit_lowers_nobody(total, weights):
    for rule in (sainte_lague, dhondt):
        before, after = rule(total, weights), rule(total + 1, weights)
        assert before.sum() == total
        assert (after >= before).all()


def test_large_totals_units_keys_and_returns():
    weights = np.random.default_rng(3).lognormal(0, 2, 500)
    assert sainte_lague(10**15, weights).sum() == 10**15
    assert sainte_lague(-300, [2, 1], unit=100).tolist() == [-200, -100]
    assert sainte_lague(1, [1, 1], keys=["b", "a"]).tolist() == [0, 1]
    assert sainte_lague(0, [0]).tolist() == [0]


@pytest.mark.parametrize(("total", "weights", "unit", "words"), [(5, [0], 1, "zero"), (5, [1], 2, "multiple")])
def test_bad_input_is_refused(total, weights, unit, words):
    with pytest.raises(InputError, match=words):
        sainte_lague(total, weights, unit=unit)
