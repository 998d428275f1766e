"""An amount down a tree, and back up to check it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.money.remainders import split_groups, whole_amounts


def cascade(
    top: ArrayLike,
    weights: ArrayLike,
    parents: ArrayLike,
    *,
    unit: str | int = 1,
    rank: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Run amounts from the top of an organisation to every unit and seller, exact at every parent.

    Parameters
    ----------
    top
        Minor units of the top, one for each column (product line x month, say), or one number.
    weights
        Units x columns, or one column for all; each parent's amount is split among its children in
        proportion to their weights. The top's own weight is not used.
    parents
        Position of each unit's parent; -1 for the top, which comes first; parents before children
        (``Hierarchy.parent_positions``).
    unit
        Rounding unit in minor units, or its name; `top` must be a multiple of it.
    rank
        Order in which equal remainders are served, smaller first.

    Returns
    -------
    ndarray of int64
        Minor units, units x columns; every parent equals the sum of its children.

    Raises
    ------
    InputError
        The tree is not given top-down, or a family with an amount has only zero weights.

    Notes
    -----
    Largest remainder inside each family, level by level. Time and memory grow linearly.

    Examples
    --------
    >>> cascade([100, 10], [[1], [1], [2], [1], [1], [1]], [-1, 0, 0, 1, 1, 1]).tolist()
    [[100, 10], [33, 3], [67, 7], [11, 1], [11, 1], [11, 1]]
    """
    amounts, above = np.atleast_1d(whole_amounts(top)), np.asarray(parents)
    values, depth = np.asarray(weights, dtype=float), depths(above)
    if len(values) != len(above):
        raise InputError(f"weights has {len(values)} rows, must have one for each of {len(above)} units")
    values = np.broadcast_to(values.reshape(len(values), -1), (len(values), amounts.size))
    places = None if rank is None else np.asarray(rank)
    result = np.empty((len(above), amounts.size), np.int64)
    result[0] = amounts
    for level in range(1, int(depth.max(initial=0)) + 1):
        rows = np.flatnonzero(depth == level)
        families, family = np.unique(above[rows], return_inverse=True)
        try:
            result[rows] = split_groups(result[families], values[rows], family, unit=unit,
                                        rank=None if places is None else places[rows])
        except InputError as error:
            if "parent" not in error.details:
                raise
            unit_row = int(families[error.details["parent"]])
            raise InputError(error.what, where=f"unit {unit_row}, column {error.details['column']}", fix=error.fix,
                             unit=unit_row, column=error.details["column"]) from None
    return result if np.ndim(top) else result[:, 0]


def depths(parents: ArrayLike) -> NDArray[np.int64]:
    """Steps from each unit up to the top; checks that the tree is given top-down.

    Examples
    --------
    >>> depths([-1, 0, 0, 2]).tolist()
    [0, 1, 1, 2]
    """
    above = np.asarray(parents)
    if above.ndim != 1 or above.size == 0 or above.dtype.kind not in "iu":
        raise InputError("parents must be a list of positions, one for each unit")
    if above[0] != -1 or (above[1:] < 0).any() or (above >= np.arange(above.size)).any():
        raise InputError("parents must list the top first (-1) and every parent before its children",
                         fix="Take them from Hierarchy.parent_positions.")
    depth = np.zeros(above.size, np.int64)
    current = above
    while (current >= 0).any():
        depth += current >= 0
        current = np.where(current >= 0, above[current], -1)
    return depth


def sum_up(values: ArrayLike, parents: ArrayLike) -> NDArray[np.int64]:
    """Replace each parent's amounts by the sum of its leaves, exactly.

    Examples
    --------
    >>> sum_up([0, 0, 5, 2, 1], [-1, 0, 0, 1, 1]).tolist()
    [8, 3, 5, 2, 1]
    """
    result, above = whole_amounts(values).copy(), np.asarray(parents)
    depth = depths(above)
    has_child = np.zeros(above.size, bool)
    has_child[above[1:]] = True
    result[has_child] = 0
    for level in range(int(depth.max()), 0, -1):
        rows = np.flatnonzero(depth == level)
        _add_to_parents(result, result[rows], above[rows])
    return result


def drift(values: ArrayLike, parents: ArrayLike) -> NDArray[np.int64]:
    """Sum of children minus parent at every parent, leaves zero: all zero in an exact plan.

    Examples
    --------
    >>> drift([10, 4, 5], [-1, 0, 0]).tolist()
    [-1, 0, 0]
    """
    amounts, above = whole_amounts(values), np.asarray(parents)
    difference = np.zeros_like(amounts)
    has_child = np.zeros(above.size, bool)
    has_child[above[1:]] = True
    difference[has_child] = -amounts[has_child]
    _add_to_parents(difference, amounts[1:], above[1:])
    return difference


def _add_to_parents(into: NDArray[np.int64], amounts: NDArray[np.int64], above: NDArray[np.int64]) -> None:
    if above.size:
        order = np.argsort(above, kind="stable")
        families, start = np.unique(above[order], return_index=True)
        into[families] += np.add.reduceat(amounts[order], start, axis=0)
