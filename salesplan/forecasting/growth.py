"""Growth of the company that is more than chance."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LONGEST = 24
FEWEST_CHANGES = 12
FASTEST = 0.3
SETTLING = 6
CHANCE = 1.5
USUAL_AUTOCORRELATION, USUAL_MONTHS = 0.6, 12
HIGHEST_AUTOCORRELATION = 0.9
HIRING_MATTERS = (0.05, 0.15)
ROWS_SPEAK = (0.4, 0.6)
SMALLEST_SURPRISE = 1e-20
DAMPING = 0.99


def company_growth(total: ArrayLike, *, period: int = 12) -> float:
    """Yearly growth of a total as far as its own months support it, a fraction within +-30 %.

    Sales of the last two years at most over sales of the same months a year before, multiplied by
    ``max(0, 1 - (1.5 se / g)^4)``: growth within 1.5 standard errors is taken for chance, growth of three
    and more is kept almost whole (a firm threshold: Gao & Bruce 1997, Statistica Sinica 7:855).

    Examples
    --------
    >>> round(company_growth(100 * 1.1 ** (np.arange(36) / 12)), 3)
    0.1
    >>> company_growth([90.0, 110.0] * 18)
    0.0
    """
    y = np.asarray(total, float)
    return _beyond_chance(*growth_and_error(y[:-period], y[period:], period=period))


def growth_and_error(before: ArrayLike, now: ArrayLike, *, period: int = 12) -> tuple[float, float]:
    """Growth from each month to the same month a year later, and its standard error.

    With ``e_t = now_t - (1 + g) before_t``, relative to the mean month, and ``r`` their first
    autocorrelation, ``se^2 = var(e) / n (1 + r) / (1 - r) min(1, 12 / n)``: neighbouring months move
    together, while months in the middle of a long window are both "now" and "before" and cancel. Two dozen
    months say little about ``r``; it is pulled to .6 with the weight of 12 months, which also leaves room for
    sales that drift.

    Examples
    --------
    >>> growth, error = growth_and_error([90.0, 110.0] * 6, [110.0, 110.0] * 6)
    >>> round(growth, 3), round(error, 3)
    (0.1, 0.033)
    """
    first, then = (np.asarray(x, float)[-LONGEST:] for x in (before, now))
    n = len(then)
    if n < FEWEST_CHANGES or first.sum() <= 0:
        return 0.0, float("inf")
    growth = float(then.sum() / first.sum()) - 1
    surprise = (then - (1 + growth) * first) / first.mean()
    size = float((surprise**2).sum())
    if size <= SMALLEST_SURPRISE:
        return growth, 0.0
    found = float((surprise[1:] * surprise[:-1]).sum()) / size
    found += (1 + 3 * found) / n  # what taking out the mean hides (Marriott & Pope 1954, Biometrika 41:390)
    r = (n * found + USUAL_MONTHS * USUAL_AUTOCORRELATION) / (n + USUAL_MONTHS)
    r = min(max(r, 0.0), HIGHEST_AUTOCORRELATION)
    return growth, float(np.sqrt((1 + r) / (1 - r) * min(1.0, period / n) * size / (n - 1) / n))


def _beyond_chance(growth: float, error: float) -> float:
    if abs(growth) <= CHANCE * error:
        return 0.0
    return float(np.clip(growth * (1 - (CHANCE * error / growth) ** 4), -FASTEST, FASTEST))


def like_for_like_growth(rows: ArrayLike, starts: ArrayLike, *, left: ArrayLike, period: int = 12) -> float:
    """`company_growth`, but of those who were there in both years where hiring made the total's growth.

    A company that hired ten people grew, but nobody in it grew by that much. A row counts once it was
    settled (half a year after its start) a year before; rows of people who left are left out. The total
    speaks, being the steadier figure, where the two differ by no more than 5 points a year, the rows that
    count where they differ by 15 and more, and both in proportion between. Likewise for the share of sales
    these rows hold: below 40 % the total speaks, from 60 % on they may.

    Parameters
    ----------
    rows
        Sales, rows x months.
    starts
        First month of each row, 0 for those there from the beginning.
    left
        Rows of people who left.

    Examples
    --------
    >>> steady, hired = np.full(48, 100.0), np.r_[np.zeros(24), np.linspace(10.0, 60.0, 24)]
    >>> like_for_like_growth([steady, hired], [0, 24], left=[False] * 2), round(company_growth(steady + hired), 2)
    (0.0, 0.22)
    """
    y, start = np.atleast_2d(np.asarray(rows, float)), np.asarray(starts, np.int64)
    if y.shape[1] <= period:
        return 0.0
    settled = np.where(start > 0, start + SETTLING, 0)
    there = (np.arange(y.shape[1] - period) >= settled[:, None]) & ~np.asarray(left, bool)[:, None]
    before, now = (y[:, :-period] * there).sum(axis=0), (y[:, period:] * there).sum(axis=0)
    total = y.sum(axis=0)
    of_all = company_growth(total, period=period)
    base, base_of_all = before[-LONGEST:].sum(), total[:-period][-LONGEST:].sum()
    if base <= 0 or base_of_all <= 0:
        return of_all
    hiring = (total[period:] - total[:-period])[-LONGEST:].sum() / base_of_all - (now - before)[-LONGEST:].sum() / base
    weight = _between(abs(hiring), HIRING_MATTERS) * _between(base / base_of_all, ROWS_SPEAK)
    if weight == 0:
        return of_all
    return weight * _beyond_chance(*growth_and_error(before, now, period=period)) + (1 - weight) * of_all


def _between(x: float, bounds: tuple[float, float]) -> float:
    """0 at the lower bound, 1 at the upper, straight between."""
    return float(np.clip((x - bounds[0]) / (bounds[1] - bounds[0]), 0.0, 1.0))


def growth_ahead(growth: float, *, horizon: int) -> Floats:
    """Factor of each month ahead over the last month known, the growth fading slowly.

    Examples
    --------
    >>> growth_ahead(0.0, horizon=2).tolist()
    [1.0, 1.0]
    """
    return np.asarray((1 + growth) ** (np.cumsum(DAMPING ** np.arange(1, horizon + 1)) / 12))


def growth_of_months(growth: float, *, months: int) -> Floats:
    """Factor of each month known over the last one: dividing by it leaves sales at today's size.

    Examples
    --------
    >>> growth_of_months(0.21, months=7).round(3).tolist()
    [0.909, 0.924, 0.938, 0.953, 0.969, 0.984, 1.0]
    """
    return np.asarray((1 + growth) ** (np.arange(1 - months, 1) / 12))
