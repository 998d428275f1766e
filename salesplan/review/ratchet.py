"""Targets that follow results: what beating a target costs next time."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.text import mark

Floats = NDArray[np.float64]

FOLLOWED = mark(
    "Had every month's target followed the last result by {ratchet_rate}, that of {month} would now be {followed_amount} instead of"
    " {planned_amount}, and of every yuan sold on top this month {again_rate} would be asked again by the year's end. Whoever knows that"
    " holds back when ahead and lets a bad month be worse: so targets do not follow results here."
)
HALF = 0.5
"""Part of a result that a target is thought to follow; about what companies do that set targets from last results."""


def ratchet_path(first: float, actual: ArrayLike, *, growth: float = 0.0, ratchet: float = 0.5) -> Floats:
    """Targets of the periods when each follows the last result: ``T' = T (1 + g) + ratchet (A - T)``.

    Parameters
    ----------
    first
        First target.
    actual
        Results of the periods, as many as are known.
    growth
        By which targets grow anyhow.
    ratchet
        Part of what was beaten or missed that goes into the next target. Whoever knows it sells less than possible, the
        more the higher it is; publish it, and keep it small by a base of several years or of potential.

    Returns
    -------
    ndarray
        Targets, one more than results.

    Raises
    ------
    InputError
        A ratchet outside [0, 1], or amounts that are no numbers.

    Notes
    -----
    Weitzman (1980), Bell Journal of Economics 11:302; Misra & Nair (2011), QME 9:211.

    Examples
    --------
    >>> ratchet_path(100.0, [110.0, 105.0], growth=0.03, ratchet=0.5).round(2).tolist()
    [100.0, 108.0, 109.74]
    """
    results = np.asarray(actual, dtype=float)
    if not 0 <= ratchet <= 1:
        raise InputError(f"ratchet == {ratchet:g}, must be a fraction from 0 to 1", where="ratchet path")
    if results.ndim != 1 or not np.isfinite(results).all() or not np.isfinite([first, growth]).all():
        raise InputError("first, growth or actual is no number, must be amounts", where="ratchet path")
    targets = [float(first)]
    for result in results:
        targets.append(targets[-1] * (1 + growth) + ratchet * (float(result) - targets[-1]))
    return np.array(targets)


def followed_results(months: pd.DataFrame, *, ratchet: float = HALF) -> dict[str, Any] | None:
    """What it would teach people if targets followed results from month to month, as a note.

    Parameters
    ----------
    months
        ``month, old_fen`` (target), ``actual_fen`` (of ended months), ``is_ended``, in order.
    ratchet
        Part of what was beaten or missed that would go into the next target.

    Returns
    -------
    A marked sentence with its details; None where no month has ended or none is left.

    Notes
    -----
    Results stand as shares of their targets, so that the season does not count. A yuan more this month, with results as planned
    after it, raises the targets of ``n`` months left by ``1 - (1 - ratchet)^n`` in all.

    Examples
    --------
    >>> table = pd.DataFrame({"month": pd.period_range("2026-09", periods=4, freq="M"), "old_fen": [100_00] * 4,
    ...     "actual_fen": [120_00, 110_00, None, None], "is_ended": [True, True, False, False]})
    >>> found = followed_results(table)["details"]
    >>> round(found["followed_amount"], 2), found["planned_amount"], found["again_rate"]["number"]
    (110.0, 100.0, 0.75)
    """
    ended = months[months["is_ended"] & months["old_fen"].gt(0) & months["actual_fen"].notna()]
    left = months[~months["is_ended"] & months["old_fen"].gt(0)]
    if ended.empty or left.empty:
        return None
    results = ended["actual_fen"].to_numpy(float) / ended["old_fen"].to_numpy(float)
    level = float(ratchet_path(1.0, results, ratchet=ratchet)[-1])
    more = ratchet_path(1.0, [2.0, *[1.0] * (len(left) - 1)], ratchet=ratchet)[1:]
    planned = float(left["old_fen"].iloc[0]) / 100
    return {"msgid": FOLLOWED, "details": {"ratchet_rate": {"number": ratchet, "digits": 0}, "month": left["month"].iloc[0],
                                           "followed_amount": level * planned, "planned_amount": planned,
                                           "again_rate": {"number": float((more - 1.0).sum()), "digits": 0}}}
