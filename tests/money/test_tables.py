"""Controlled rounding: both margins exact, every cell the unit below or above."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.money import controlled_rounding


def fitted(rng, rows, columns, unit=1):
    """A table with whole margins: a whole table moved along a few rectangles."""
    table = rng.integers(0, 5, (rows, columns)).astype(float) * 2
    if rows > 1 and columns > 1:
        for _ in range(6):
            i, j = rng.choice(rows, 2, replace=False)
            k, m = rng.choice(columns, 2, replace=False)
            step = rng.random() * min(table[i, m], table[j, k])
            table[[i, j], [k, m]] += step
            table[[i, j], [m, k]] -= step
    return np.maximum(table, 0) * unit


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 5), st.sampled_from([1, 100]))
def test_both_margins_are_exact_and_cells_stay_within_a_unit(seed, rows, columns, unit):
    rng = np.random.default_rng(seed)
    table = fitted(rng, rows, columns, unit)
    right, below = np.rint(table.sum(axis=1)).astype(int), np.rint(table.sum(axis=0)).astype(int)
    whole = controlled_rounding(table, right, below, unit=unit)
    assert (whole.sum(axis=1) == right).all()
    assert (whole.sum(axis=0) == below).all()
    assert (np.abs(whole - table) < unit * (1 + 1e-9)).all()
    assert (whole[table == 0] == 0).all()


def test_order_of_rows_and_columns_changes_no_cell():
    table, margins = np.full((4, 4), 0.25), np.ones(4, int)
    straight = controlled_rounding(table, margins, margins, row_keys="abcd", column_keys="wxyz")
    other = controlled_rounding(table, margins, margins, row_keys="dbca", column_keys="zxwy")
    assert (other == straight[np.ix_([3, 1, 2, 0], [3, 1, 0, 2])]).all()


def test_amounts_so_large_that_floats_are_off_still_add_up():
    rng = np.random.default_rng(5)
    share = rng.dirichlet(np.ones(6), 1)[0][:, None] * rng.dirichlet(np.ones(3), 1)[0]
    total = 10**15
    right = np.rint(share.sum(axis=1) * total).astype(np.int64)
    right[0] += total - right.sum()
    below = np.rint(share.sum(axis=0) * total).astype(np.int64)
    below[0] += total - below.sum()
    whole = controlled_rounding(share * total, right, below)
    assert (whole.sum(axis=1) == right).all()
    assert (whole.sum(axis=0) == below).all()


def test_zeros_that_leave_no_way_are_refused():
    with pytest.raises(InfeasibleTargetError, match="zeros"):
        controlled_rounding([[2.0, 0.0], [0.0, 2.0]], [3, 1], [2, 2])


@pytest.mark.parametrize(
    ("table", "rows", "columns", "words"),
    [
        ([[1.0]], [1], [2], "must be equal"),
        ([[1.0, 1.0]], [2], [2], "margins"),
        ([[-1.0]], [-1], [-1], "negative"),
        ([[1.0, 50.0]], [2], [1, 1], "misses a margin"),
    ],
)
def test_misfit_tables_are_refused(table, rows, columns, words):
    with pytest.raises(InputError, match=words):
        controlled_rounding(table, rows, columns)


def test_units_must_divide_the_margins():
    with pytest.raises(InputError, match="multiples"):
        controlled_rounding([[150.0]], [150], [150], unit=100)


def test_an_empty_table_is_empty():
    assert controlled_rounding(np.zeros((0, 0)), [], []).shape == (0, 0)
