"""Currency to minor units and back."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.money import to_currency, to_fen, to_fen_array


@pytest.mark.parametrize(
    ("amount", "fen"),
    [(1.005, 101), (0.285, 29), (-1.005, -101), ("12.3", 1230), (Decimal("0.004"), 0), (7, 700),
     (np.float64(2.5), 250)],
)
def test_amounts_count_as_they_print(amount, fen):
    assert to_fen(amount) == fen


@settings(max_examples=60, deadline=None)
@given(st.integers(-(10**13), 10**13))
def test_there_and_back_loses_nothing(fen):
    assert to_fen(float(to_currency(fen))) == fen
    assert to_fen_array([float(to_currency(fen))])[0] == fen


@settings(max_examples=60, deadline=None)
@given(st.integers(-(10**10), 10**10))
def test_many_at_once_agree_with_one_by_one(tenth_of_fen):
    amount = tenth_of_fen / 1000
    assert to_fen_array([amount])[0] == to_fen(amount)


@pytest.mark.parametrize("amount", ["", "abc", float("nan"), float("inf")])
def test_what_is_not_a_number_is_refused(amount):
    with pytest.raises(InputError, match="finite number"):
        to_fen(amount)


def test_missing_and_enormous_amounts_are_refused():
    with pytest.raises(InputError, match="missing or infinite"):
        to_fen_array([1, None])
    with pytest.raises(InputError, match="must be below"):
        to_fen_array([1e18])


def test_other_currencies_have_other_minor_units():
    assert to_fen(1500.4, digits=0) == 1500
    assert to_fen_array([1.2345], digits=3).tolist() == [1235]
