"""Same month last year, seasonal indices, and indices shared between relatives."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from salesplan.errors import InputError

Floats = NDArray[np.float64]


def seasonal_naive(history: ArrayLike, *, horizon: int, period: int = 12) -> Floats:
    """Every month as the same month a year before: the bar each forecast has to beat.

    Parameters
    ----------
    history
        Months last; leading axes are series. At least one period.

    Examples
    --------
    >>> seasonal_naive([1, 2, 3, 4], horizon=3, period=2).tolist()
    [3.0, 4.0, 3.0]
    """
    y = np.asarray(history, float)
    if y.shape[-1] < period:
        raise InputError(f"months == {y.shape[-1]}, must be at least the period {period}")
    last = y[..., -period:]
    return np.asarray(last[..., np.arange(horizon) % period])


def seasonal_naive_interval(history: ArrayLike, *, horizon: int, period: int = 12,
                            coverage: float = 0.8) -> tuple[Floats, Floats]:
    """Monthly interval of the seasonal naive forecast, from the size of year-on-year changes.

    ``f +- z sqrt(k) s`` with ``s`` the root mean square of ``y_t - y_{t-period}`` and ``k`` the number
    of years ahead.

    Examples
    --------
    >>> lower, upper = seasonal_naive_interval([1, 2, 3, 4], horizon=1, period=2)
    >>> round(float(upper[0] - 3), 4)
    2.5631
    """
    y = np.asarray(history, float)
    mean = seasonal_naive(y, horizon=horizon, period=period)
    change = y[..., period:] - y[..., :-period]
    if change.shape[-1] == 0:
        raise InputError(f"months == {y.shape[-1]}, must be more than the period {period}")
    years = np.arange(horizon) // period + 1
    half = ndtri(0.5 + coverage / 2) * np.sqrt((change**2).mean(axis=-1))[..., None] * np.sqrt(years)
    return mean - half, mean + half


def centred_average(history: Floats, period: int = 12) -> Floats:
    """Centred moving average over one period; NaN for the half period at each end."""
    y = np.asarray(history, float)
    kernel = np.ones(period + 1 - period % 2)
    if period % 2 == 0:
        kernel[[0, -1]] = 0.5
    kernel /= period
    half = len(kernel) // 2
    out = np.full(y.shape, np.nan)
    n = y.shape[-1]
    if n >= len(kernel):
        windows = np.lib.stride_tricks.sliding_window_view(y, len(kernel), axis=-1)
        out[..., half:n - half] = windows @ kernel
    return out


def classical_index(history: Floats, *, multiplicative: bool, period: int = 12) -> Floats:
    """Seasonal figures by classical decomposition, one for each month of the window's first year.

    Ratios (or differences) to the centred average, averaged by month, then centred on 1 (or 0).
    """
    y = np.asarray(history, float)
    trend = centred_average(y, period)
    with np.errstate(divide="ignore", invalid="ignore"):
        detrended = y / trend if multiplicative else y - trend
    figures = np.stack([_nanmean(detrended[..., m::period]) for m in range(period)], axis=-1)
    centre = figures.mean(axis=-1, keepdims=True)
    return figures / centre if multiplicative else figures - centre


def _nanmean(x: Floats) -> Floats:
    seen = np.isfinite(x)
    count = seen.sum(axis=-1)
    total = np.where(seen, x, 0.0).sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def month_shares(history: Floats, period: int = 12) -> Floats:
    """Seasonal index from sums: total of each month over the total of an average month.

    Unlike a mean of ratios it stays defined for rows that are mostly zero. Whole years only (the most
    recent ones). First entry is the month that follows the window's end.
    """
    y = np.asarray(history, float)
    years = max(y.shape[-1] // period, 1)
    if y.shape[-1] < period:
        return np.ones((*y.shape[:-1], period))
    block = np.maximum(y[..., -years * period:], 0.0).reshape(*y.shape[:-1], years, period).sum(axis=-2)
    mean = block.mean(axis=-1, keepdims=True)
    return np.asarray(np.divide(block, mean, out=np.ones_like(block), where=mean > 0))
