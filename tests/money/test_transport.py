"""Choice of cells that go up: as good as a linear program, for any shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from salesplan.money.transport import choose_cells


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 6), st.booleans())
def test_the_choice_meets_the_counts_and_no_linear_program_does_better(seed, rows, columns, coarse):
    rng = np.random.default_rng(seed)
    gain = rng.integers(0, 3, (rows, columns)) / 2 if coarse else rng.random((rows, columns))
    allowed = rng.random((rows, columns)) < 0.8
    pattern = (rng.random((rows, columns)) < 0.4) & (allowed | (rng.random() < 0.3))
    per_row, per_column = pattern.sum(axis=1), pattern.sum(axis=0)
    lines = np.vstack([np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))])
    found = linprog(-gain.ravel(), A_eq=lines, b_eq=[*per_row, *per_column],
                    bounds=[(0, 1) if cell else (0, 0) for cell in allowed.ravel()])
    chosen = choose_cells(gain, allowed, per_row, per_column)
    assert (chosen is None) == (found.status != 0)
    if chosen is not None:
        assert chosen.sum(axis=1).tolist() == per_row.tolist()
        assert chosen.sum(axis=0).tolist() == per_column.tolist()
        assert not (chosen & ~allowed).any()
        assert gain[chosen].sum() == pytest.approx(-found.fun, abs=1e-7)


def test_counts_below_zero_have_no_choice():
    assert choose_cells(np.ones((1, 1)), np.ones((1, 1), bool), np.array([-1]), np.array([-1])) is None


def test_thousands_of_equal_rows_are_settled():
    gain = np.full((3000, 4), 0.5)
    chosen = choose_cells(gain, np.ones(gain.shape, bool), np.full(3000, 2), np.full(4, 1500))
    assert chosen.sum(axis=0).tolist() == [1500] * 4
