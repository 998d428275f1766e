"""Two-way tables in whole units: both margins exact at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.money.remainders import rank_of, whole_amounts
from salesplan.money.transport import choose_cells
from salesplan.money.units import unit_size

NEAR_WHOLE = 1e-6


def controlled_rounding(
    table: ArrayLike,
    row_totals: ArrayLike,
    column_totals: ArrayLike,
    *,
    unit: str | int = 1,
    row_keys: Sequence[Any] | None = None,
    column_keys: Sequence[Any] | None = None,
) -> NDArray[np.int64]:
    """Round a fitted table to whole units so that rows and columns both add up exactly.

    Rounding each cell by itself keeps one margin and breaks the other. Here each cell becomes the
    unit below or above its value and the total distance moved is the smallest possible. Zeros stay
    zero.

    Parameters
    ----------
    table
        Rows x columns in minor units, zero or more, whose sums agree with the totals (from
        ``fit_margins``).
    row_totals, column_totals
        Minor units, multiples of `unit`.
    unit
        Rounding unit in minor units, or its name.
    row_keys, column_keys
        Identifiers; with them the order of rows and columns changes no cell, ties included.

    Returns
    -------
    ndarray of int64
        Rows x columns, both margins exact. Where the floats' own error makes "below or above"
        impossible (amounts beyond a trillion), the nearest whole table is given.

    Raises
    ------
    InputError
        Margins do not agree with one another or with the table.
    InfeasibleTargetError
        The zeros of the table leave no way to reach the margins.

    Notes
    -----
    Cox (1987), as a transportation problem, whose best solutions are whole.

    Examples
    --------
    >>> controlled_rounding([[1.5, 0.5], [0.5, 1.5]], [2, 2], [2, 2]).sum(axis=0).tolist()
    [2, 2]
    """
    values, size = np.asarray(table, dtype=float), unit_size(unit)
    rows, columns = whole_amounts(row_totals), whole_amounts(column_totals)
    _check(values, rows, columns, size)
    if values.size == 0:
        return np.zeros(values.shape, np.int64)
    by_row = np.argsort(rank_of(row_keys, rows.size)) if row_keys is not None else np.arange(rows.size)
    by_column = np.argsort(rank_of(column_keys, columns.size)) if column_keys is not None else np.arange(columns.size)
    grid = np.ix_(by_row, by_column)
    result = np.empty(values.shape, np.int64)
    result[grid] = _round(values[grid] / size, rows[by_row] // size, columns[by_column] // size)
    return result * size


def _round(values: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    nearest = np.rint(values)
    near = np.abs(values - nearest) < NEAR_WHOLE
    floor = np.where(near, nearest, np.floor(values)).astype(np.int64)
    part = np.where(near, 0.0, values - floor)
    up = choose_cells(2 * part - 1, part > 0, rows - floor.sum(axis=1), columns - floor.sum(axis=0))
    if up is not None:
        return floor + up
    return _beyond_a_unit(values, floor, rows, columns)


def _beyond_a_unit(
    values: NDArray[np.float64], floor: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Least moves from the floors where a unit up in some cells is not enough (floats off by more)."""
    from scipy import sparse
    from scipy.optimize import linprog

    cells = np.flatnonzero(values.ravel() > 0)
    need = np.concatenate([rows - floor.sum(axis=1), columns - floor.sum(axis=0)]).astype(float)
    row, column = np.divmod(cells, columns.size)
    at = np.concatenate([row, rows.size + column])
    one = sparse.coo_matrix((np.ones(at.size), (at, np.tile(np.arange(cells.size), 2))), shape=(need.size, cells.size))
    most = np.concatenate([np.full(cells.size, np.inf), floor.ravel()[cells]])
    found = linprog(np.ones(2 * cells.size), A_eq=sparse.hstack([one, -one]).tocsc(), b_eq=need,
                    bounds=np.column_stack([np.zeros(most.size), most]), method="highs-ds") if cells.size else None
    result = floor.copy()
    if found is not None and found.status == 0:
        moves = np.rint(found.x).astype(np.int64).reshape(2, -1)
        result.flat[cells] += moves[0] - moves[1]
    if (result.sum(axis=1) != rows).any() or (result.sum(axis=0) != columns).any():
        raise InfeasibleTargetError("the zeros of the table leave no way to reach both margins",
                                    fix="Allow a cell that is zero, or change a margin.", binding=[])
    return result


def _check(values: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64], size: int) -> None:
    if values.shape != (rows.size, columns.size):
        raise InputError(f"table is {values.shape}, must be {(rows.size, columns.size)} as the margins")
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InputError("table holds missing or negative cells, must be zero or more")
    if (rows % size).any() or (columns % size).any():
        raise InputError(f"margins must be multiples of the unit {size}", fix="Split the totals with that unit first.")
    if rows.sum() != columns.sum():
        raise InputError(f"row totals add up to {rows.sum()}, column totals to {columns.sum()}, must be equal",
                         fix="Split one company total both ways.")
    slack = 1e-6 * max(float(rows.sum()), 1.0) + 1e-6 + 1e-9 * values.size
    off_rows, off_columns = np.abs(values.sum(axis=1) - rows), np.abs(values.sum(axis=0) - columns)
    worst = max(off_rows.max(initial=0), off_columns.max(initial=0))
    if worst > max(slack, size * max(values.shape)):
        raise InputError(f"table misses a margin by {worst:g}, must add up to the totals",
                         fix="Fit the table with fit_margins first.")
