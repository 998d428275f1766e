"""How far a good or bad start of a month carries on: into its rest, and into the months after it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL_MONTHS = 12
POOLING_STRENGTH = 20.0
SMALLEST_SHARE = 0.05
LARGEST_SURPRISE = 1.5


@dataclass(frozen=True, kw_only=True, eq=False)
class MonthCarry:
    """By node: the part of the relative surprise so far that the rest of the month, and later months, share.

    ``rest_variance`` is how much of the variance of a whole month's surprise is left for its rest once the start is
    known; missing where past months do not tell.
    """

    rest: Floats
    later: Floats
    rest_variance: Floats
    n: int


def month_carry(sales: Floats, early: Floats, weights: Floats, groups: Ints, *, share: float) -> MonthCarry:
    """Learn from past months whether those ahead at this place of the month stayed ahead.

    The surprise of a node in a month is its sales up to the place over what its last 12 months let expect, less 1. The
    surprise of the rest, and of the next month, is regressed on it (through the origin, all nodes of a level
    together, pulled to all levels with the weight of 20 node-months, between 0 and 1).

    Parameters
    ----------
    sales
        Nodes x past months, whole months.
    early
        Nodes x the last k of these months: sales up to the same place.
    weights
        Nodes x past months: size of each month against a usual one.
    groups
        Level of each node.
    share
        Share of a month usually done at the place.

    Examples
    --------
    >>> up_and_down = 1 + 0.5 * np.sin(np.arange(40))[None, :]
    >>> found = month_carry(up_and_down, 0.5 * up_and_down[:, -24:], np.ones((1, 40)), np.zeros(1, int), share=0.5)
    >>> found.rest.round(2).tolist()
    [1.0]
    """
    none = np.zeros(len(sales))
    known = min(early.shape[1], sales.shape[1] - LEVEL_MONTHS)
    if not SMALLEST_SHARE <= share <= 1 - SMALLEST_SHARE or known < 2:
        return MonthCarry(rest=none, later=none, rest_variance=np.full(len(sales), np.nan), n=0)
    run, size = (np.cumsum(np.pad(x, ((0, 0), (1, 0))), axis=1) for x in (sales, weights))
    ends = np.arange(sales.shape[1] - known, sales.shape[1])
    level = np.divide(run[:, ends] - run[:, ends - LEVEL_MONTHS], size[:, ends] - size[:, ends - LEVEL_MONTHS])
    whole, first = sales[:, ends], early[:, -known:]
    expected = level * weights[:, ends]
    sold = (sales[:, ends[0] - LEVEL_MONTHS:] != 0).mean(axis=1) > 0.5
    seen = (expected > 0) & sold[:, None]
    x = _surprise(first, share * expected, seen)
    rest = _surprise(whole - first, (1 - share) * expected, seen)
    ahead = seen[:, :-1] & seen[:, 1:]
    later = _surprise(whole[:, 1:], level[:, :-1] * weights[:, ends[1:]], ahead)
    slope = _slopes(x, rest, seen, groups)
    left = (1 - share) * (rest - slope[:, None] * x)
    return MonthCarry(rest=slope, later=_slopes(x[:, :-1], later, ahead, groups),
                      rest_variance=_variance_share(left, _surprise(whole, expected, seen), seen, groups), n=int(seen.sum()))


def _surprise(actual: Floats, expected: Floats, seen: NDArray[np.bool_]) -> Floats:
    ratio = np.divide(actual, expected, out=np.ones_like(expected), where=seen & (expected > 0)) - 1
    return np.asarray(np.clip(ratio, -1.0, LARGEST_SURPRISE))


def _slopes(x: Floats, y: Floats, seen: NDArray[np.bool_], groups: Ints) -> Floats:
    product, square = (x * y * seen).sum(axis=1), (x * x * seen).sum(axis=1)
    overall = product.sum() / square.sum() if square.sum() > 0 else 0.0
    out = np.zeros(len(x))
    for group in np.unique(groups):
        at = groups == group
        n = seen[at].sum()
        own = product[at].sum() / square[at].sum() if square[at].sum() > 0 else overall
        out[at] = np.clip((n * own + POOLING_STRENGTH * overall) / (n + POOLING_STRENGTH), 0.0, 1.0)
    return out


def _variance_share(left: Floats, whole: Floats, seen: NDArray[np.bool_], groups: Ints) -> Floats:
    """Mean square of what is left over that of the whole, by level, pulled to all levels."""
    a, b = (left**2 * seen).sum(axis=1), (whole**2 * seen).sum(axis=1)
    overall = a.sum() / b.sum() if b.sum() > 0 else np.nan
    out = np.full(len(left), np.nan)
    for group in np.unique(groups):
        at = groups == group
        n = seen[at].sum()
        own = a[at].sum() / b[at].sum() if b[at].sum() > 0 else overall
        out[at] = np.minimum((n * own + POOLING_STRENGTH * overall) / (n + POOLING_STRENGTH), 1.0)
    return out
