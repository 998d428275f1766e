"""One-off months set aside before they are taken for a habit."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FEWEST_MONTHS = 12
TIMES_NEXT = 3.0
TIMES_SPREAD = 10.0


def winsorise(history: ArrayLike, *, times_next: float = TIMES_NEXT,
              times_spread: float = TIMES_SPREAD) -> tuple[Floats, NDArray[np.int64]]:
    """Lower a single month that towers over every other month of its row.

    A month is a one-off when it is more than ``times_next`` times the row's next largest month and more
    than ``times_spread`` robust spreads above the median; it is lowered to that next largest month. Rows
    with fewer than 12 months of sales are left alone: there, a big month is news, not noise.

    Returns
    -------
    tuple
        The lowered history and the (row, month) positions that changed.

    Examples
    --------
    >>> row = np.r_[np.tile([9.0, 10.0, 11.0], 8), 900.0]
    >>> lowered, where = winsorise(row[None])
    >>> lowered[0, -1], where.tolist()
    (np.float64(11.0), [[0, 24]])
    """
    y = np.atleast_2d(np.asarray(history, float))
    if y.shape[1] < FEWEST_MONTHS + 1:
        return y.copy(), np.empty((0, 2), np.int64)
    largest = y.argmax(axis=1)
    rows = np.arange(len(y))
    top = y[rows, largest]
    rest = y.copy()
    rest[rows, largest] = -np.inf
    following = rest.max(axis=1)
    selling = y > 0
    typical = _median(y, selling)
    spread = 1.4826 * _median(np.abs(y - typical[:, None]), selling)
    hit = (selling.sum(axis=1) > FEWEST_MONTHS) & (following > 0) & (top > times_next * following)
    hit &= top > typical + times_spread * spread
    out = y.copy()
    out[hit, largest[hit]] = following[hit]
    return out, np.stack([rows[hit], largest[hit]], axis=1)


def _median(values: Floats, counted: NDArray[np.bool_]) -> Floats:
    """Median of the counted cells of each row; zero for rows without any."""
    ordered = np.sort(np.where(counted, values, np.inf), axis=1)
    count = counted.sum(axis=1)
    rows = np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    middle = (ordered[rows, low] + ordered[rows, np.minimum(high, values.shape[1] - 1)]) / 2
    return np.where(count > 0, middle, 0.0)


def outlier_log(before: Floats, after: Floats, where: NDArray[np.int64], nodes: pd.Index,
                months: pd.PeriodIndex) -> pd.DataFrame:
    """What was lowered: node_id, month, amount before and after."""
    r, t = where[:, 0], where[:, 1]
    return pd.DataFrame({"node_id": nodes.to_numpy()[r], "month": months[t], "amount_before": before[r, t],
                         "amount_after": after[r, t]})
