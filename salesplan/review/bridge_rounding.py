"""Parts of a change in whole fen that add up to the change, cell by cell."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.money import split_bounded

DRIFT = 1e-9
"""What parts may miss their total by, as a share of their size, from arithmetic with floats alone."""


def whole_parts(parts: ArrayLike, totals: ArrayLike, *, names: Sequence[str]) -> NDArray[np.int64]:
    """Round parts to whole fen so that each cell's parts equal its total exactly.

    Parameters
    ----------
    parts
        Fen, parts x cells, not whole; each cell's parts add up to its total but for rounding.
    totals
        Whole fen of each cell.
    names
        What the parts are called; equal remainders are served in the order of their names, so the order of the parts
        changes nothing.

    Returns
    -------
    ndarray of int64
        Parts x cells, each within a fen of what it was; a part of exactly 0 stays 0.

    Raises
    ------
    InputError
        A part is missing, or a cell's parts do not add up to its total.

    Examples
    --------
    >>> whole_parts([[0.5, -3.4], [0.5, -3.6]], [1, -7], names=["volume", "price"]).tolist()
    [[0, -3], [1, -4]]
    """
    values, goal = np.asarray(parts, dtype=float), np.asarray(totals)
    k, n = values.shape
    if len(names) != k or goal.shape != (n,):
        raise InputError(f"{k} parts of {n} cells with {len(names)} names and {goal.size} totals, must match")
    if not np.isfinite(values).all():
        part, cell = np.argwhere(~np.isfinite(values))[0]
        raise InputError(f"part == {values[part, cell]}, must be a number", where=f"{names[part]}, cell {cell}")
    missed = np.abs(values.sum(axis=0) - goal)
    room = 1.0 + DRIFT * (np.abs(values).sum(axis=0) + np.abs(goal))
    if (missed > room).any():
        cell = int((missed - room).argmax())
        raise InputError(f"parts add up to {values[:, cell].sum():.2f} fen, must be {goal[cell]}", where=f"cell {cell}")
    idle = values == 0
    step = np.ceil(missed)[None, :].astype("int64") + 1
    least = np.where(idle, 0, np.floor(values).astype("int64") - step)
    most = np.where(idle, 0, np.floor(values).astype("int64") + 1 + step)
    order = np.argsort(np.argsort(np.asarray(names, dtype=str), kind="stable"), kind="stable")
    parent = np.tile(np.arange(n), k)
    whole = split_bounded(goal, values.ravel(), parent, least.ravel(), most.ravel(), rank=np.repeat(order, n))
    return whole.reshape(k, n)
