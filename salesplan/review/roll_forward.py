"""A shortfall carried into the months left, with a limit on what any month may take."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RollForward:
    """Months left after the shortfall was rolled into them.

    ``rolled`` would keep the year's total, ``capped`` is what the limit lets through; ``unabsorbed`` is what then is
    missing to the total.
    """

    required: float
    factor: float
    rolled: Floats
    capped: Floats
    unabsorbed: float


def roll_forward(plan: ArrayLike, actual: ArrayLike, *, max_up: float | None = None) -> RollForward:
    """Spread what the ended months left open over the months left, in proportion to their targets.

    Parameters
    ----------
    plan
        Targets of all months.
    actual
        Results of the ended months, from the first on. Their targets do not change.
    max_up
        Most that a month's target may move, as a share of it, up or down.

    Raises
    ------
    InputError
        No month left, nothing planned for those left, or a limit below 0.

    Examples
    --------
    >>> found = roll_forward([100, 100, 100], [90], max_up=0.03)
    >>> found.rolled.tolist(), found.capped.tolist(), round(found.unabsorbed, 6)
    ([105.0, 105.0], [103.0, 103.0], 4.0)
    """
    targets, results = np.asarray(plan, dtype=float), np.asarray(actual, dtype=float)
    left = targets[len(results):]
    if not len(left) or not left.sum() > 0:
        raise InputError(f"{len(results)} of {len(targets)} months have ended, must leave months with a target",
                         where="roll forward")
    if max_up is not None and not max_up >= 0:
        raise InputError(f"max_up == {max_up:g}, must be 0 or more", where="roll forward")
    required = float(targets.sum() - results.sum())
    factor = required / float(left.sum())
    kept = factor if max_up is None else float(np.clip(factor, 1 - max_up, 1 + max_up))
    return RollForward(required=required, factor=factor, rolled=left * factor, capped=left * kept,
                       unabsorbed=required - float((left * kept).sum()))
