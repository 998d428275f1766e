"""Two- and three-way margins: held, or refused with who is in the way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.money import controlled_rounding, split_exact
from salesplan.targets.margins import fit_margins

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 12), st.integers(1, 6))
def test_margins_hold_and_cells_keep_the_cross_ratios_of_the_seed(seed, rows, columns):
    rng = np.random.default_rng(seed)
    table = rng.uniform(0.1, 10, (rows, columns))
    right = rng.uniform(0, 100, rows)
    below = rng.dirichlet(np.ones(columns)) * right.sum()
    fitted = fit_margins(table, right, below)
    assert np.allclose(fitted.sum(axis=1), right, atol=1e-9 * right.sum())
    assert np.allclose(fitted.sum(axis=0), below, atol=1e-9 * right.sum())
    if rows > 1 and columns > 1 and (fitted > 0).all():
        def cross(t):
            return np.log(t[0, 0]) + np.log(t[1, 1]) - np.log(t[0, 1]) - np.log(t[1, 0])
        assert cross(fitted) == pytest.approx(cross(table), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(2, 5), st.integers(2, 5))
def test_zeros_are_refused_exactly_when_no_table_exists(seed, rows, columns):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 2, (rows, columns)).astype(float)
    right = rng.integers(0, 9, rows).astype(float)
    below = split_exact(int(right.sum()), rng.integers(0, 5, columns) + 0.01).astype(float)
    lines = np.vstack([np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))])
    limits = [(0, None) if cell else (0, 0) for cell in table.ravel()]
    possible = linprog(np.zeros(rows * columns), A_eq=lines, b_eq=[*right, *below], bounds=limits).status == 0
    if not possible:
        with pytest.raises(InfeasibleTargetError) as caught:
            fit_margins(table, right, below)
        assert caught.value.details["binding"]
        return
    fitted = fit_margins(table, right, below)
    assert np.allclose(fitted.sum(axis=1), right, atol=1e-7)
    assert (fitted[table == 0] == 0).all()


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(2, 10), st.integers(2, 4), st.sampled_from([1, 100, 100_000]))
def test_fitted_and_rounded_both_margins_are_exact(seed, rows, columns, unit):
    rng = np.random.default_rng(seed)
    total = int(rng.integers(1, 10**6)) * unit
    right = split_exact(total, rng.lognormal(0, 1, rows), unit=unit)
    below = split_exact(total, rng.lognormal(0, 1, columns), unit=unit)
    fitted = fit_margins(rng.lognormal(0, 1, (rows, columns)), right, below)
    whole = controlled_rounding(fitted, right, below, unit=unit)
    assert whole.sum(axis=1).tolist() == right.tolist()
    assert whole.sum(axis=0).tolist() == below.tolist()
    assert (whole % unit == 0).all()


def test_order_of_named_rows_and_columns_changes_no_bit():
    rng = np.random.default_rng(2)
    table, right = rng.lognormal(0, 1, (30, 4)), rng.lognormal(3, 1, 30)
    below = np.array([0.4, 0.3, 0.2, 0.1]) * np.sort(right).sum()
    names, lines = [f"E{i:02}" for i in range(30)], list("ABCD")
    order, across = rng.permutation(30), rng.permutation(4)
    straight = fit_margins(table, right, below, row_names=names, column_names=lines)
    other = fit_margins(table[np.ix_(order, across)], right[order], below[across],
                        row_names=[names[i] for i in order], column_names=[lines[i] for i in across])
    assert other.tolist() == straight[np.ix_(order, across)].tolist()


def test_three_margins_are_held_at_once():
    rng = np.random.default_rng(3)
    table = rng.lognormal(0, 1, (5, 4, 3))
    right, below, deep = (rng.dirichlet(np.ones(n)) * 1000 for n in table.shape)
    fitted = fit_margins(table, right, below, deep)
    assert np.allclose(fitted.sum(axis=(1, 2)), right)
    assert np.allclose(fitted.sum(axis=(0, 2)), below)
    assert np.allclose(fitted.sum(axis=(0, 1)), deep)


def test_three_way_zeros_that_cannot_work_are_named():
    table = np.ones((2, 2, 2))
    table[0, 1, :] = table[0, :, 1] = 0
    with pytest.raises(InfeasibleTargetError, match="row 0"):
        fit_margins(table, [60, 40], [30, 70], [80, 20])


def test_cells_the_margins_force_to_zero_do_not_stop_the_fit():
    fitted = fit_margins([[1, 1], [0, 1]], [50, 50], [50, 50])
    assert np.allclose(fitted, [[50, 0], [0, 50]], atol=1e-6)


def test_the_smallest_group_in_the_way_is_named_by_its_ids():
    seed = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 1.0]])
    with pytest.raises(InfeasibleTargetError) as caught:
        fit_margins(seed, [50, 40, 10], [40, 40, 20], row_names=["Li", "Wu", "Xu"], column_names=["A", "B", "C"])
    assert "Li, Wu can only be filled from A, B (at most 80), but need 90" in str(caught.value)
    assert caught.value.details["binding"] == ["Li", "Wu", "A", "B"]


def test_a_row_without_any_seed_is_named():
    with pytest.raises(InfeasibleTargetError, match="Li can only be filled from nowhere, but needs 5"):
        fit_margins([[0, 0], [1, 1]], [5, 5], [5, 5], row_names=["Li", "Wu"])


def test_margins_of_zero_give_zeros():
    assert fit_margins([[1, 1], [1, 1]], [0, 0], [0, 0]).tolist() == [[0, 0], [0, 0]]
    assert fit_margins([[1, 1], [1, 1]], [0, 2], [1, 1]).tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "words"),
    [
        ([[1, 1]], [10], [5, 6], "must be equal"),
        ([[1, 1]], [10], [5, 5, 0], "as the margins"),
        ([[-1, 1]], [10], [5, 5], "negative"),
        ([[np.nan, 1]], [10], [5, 5], "missing"),
    ],
)
def test_misfit_input_is_refused(seed, rows, columns, words):
    with pytest.raises(InputError, match=words):
        fit_margins(seed, rows, columns)


def test_names_must_fit():
    with pytest.raises(InputError, match="row_names has 1"):
        fit_margins([[1], [1]], [1, 1], [2], row_names=["a"])
