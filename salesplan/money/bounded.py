"""Amounts already decided, into whole units, with every floor and cap kept to the unit."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.money.remainders import whole_amounts

NEAR_WHOLE = 1e-6
LARGE = 2**53


def split_bounded(
    totals: ArrayLike,
    amounts: ArrayLike,
    parent: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    rank: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Round amounts to whole units that add up to each parent's total and stay within their bounds.

    Everybody gets the unit below the amount; the units left over go to the largest remainders that
    still have room. Where the amounts lie within the bounds and add up to the total, each result is
    the unit below or above its amount.

    Parameters
    ----------
    totals
        Whole units of each parent.
    amounts
        Wanted units of each child, not whole.
    parent
        Row of `totals` each child belongs to.
    lower, upper
        Whole units each child must have at least and may have at most.
    rank
        Order in which equal remainders are served; input order if not given.

    Returns
    -------
    ndarray of int64
        Whole units of each child.

    Raises
    ------
    InfeasibleTargetError
        A parent's total lies outside the sum of its children's bounds.

    Examples
    --------
    >>> split_bounded([10], [4.6, 4.6, 0.8], [0, 0, 0], [0, 0, 0], [4, 9, 9]).tolist()
    [4, 5, 1]
    """
    goal, above = whole_amounts(totals), np.asarray(parent)
    least, most = whole_amounts(lower), whole_amounts(upper)
    wanted = np.asarray(amounts, dtype=float)
    places = np.arange(above.size) if rank is None else np.asarray(rank)
    if not (wanted.shape == above.shape == least.shape == most.shape == places.shape):
        raise InputError("amounts, parent, bounds and rank must have one entry for each child")
    if not np.isfinite(wanted).all() or (np.abs(wanted) > LARGE).any():
        raise InputError(f"amounts must be finite numbers of at most {LARGE} units")
    _check_room(goal, above, least, most)
    nearest = np.rint(wanted)
    settled = np.where(np.abs(wanted - nearest) < NEAR_WHOLE, nearest, wanted)
    units = np.clip(np.floor(settled).astype(np.int64), least, most)
    left = goal - _sums(units, above, goal.size)
    while left.any():
        sign = np.sign(left)[above]
        room = np.where(sign > 0, most - units, np.where(sign < 0, units - least, 0))
        open_rows = np.flatnonzero(room > 0)
        gain = np.round(sign * (settled - units), 6)
        order = open_rows[np.lexsort((places[open_rows] * sign[open_rows], -gain[open_rows], above[open_rows]))]
        family = np.bincount(above[order], minlength=goal.size)
        place = np.arange(order.size) - np.concatenate([[0], np.cumsum(family)[:-1]])[above[order]]
        each = np.abs(left) // np.maximum(family, 1)
        step = np.where(each[above[order]] > 0, np.minimum(each[above[order]], room[order]),
                        place < np.abs(left)[above[order]])
        units[order] += sign[order] * step
        left = goal - _sums(units, above, goal.size)
    return units


def _sums(units: NDArray[np.int64], above: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    total = np.zeros(size, np.int64)
    np.add.at(total, above, units)
    return total


def _check_room(goal: NDArray[np.int64], above: NDArray[np.int64], least: NDArray[np.int64],
                most: NDArray[np.int64]) -> None:
    floors, caps = (np.bincount(above, bound.astype(float), goal.size) for bound in (least, most))
    tight = np.flatnonzero((goal < floors) | (goal > caps) | (np.bincount(above, least > most, goal.size) > 0))
    if tight.size:
        at = int(tight[0])
        raise InfeasibleTargetError(
            f"total == {goal[at]}, must lie between the floors ({floors[at]:.0f}) and the caps ({caps[at]:.0f})",
            where=f"parent {at}", fix="Lower a floor, raise a cap or change the total.", binding=[], parent=at)
