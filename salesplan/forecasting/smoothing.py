"""Exponential smoothing with given parameters, one series at a time or many."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def ses_forecast(history: ArrayLike, *, alpha: float, level: float | None = None) -> Floats:
    """Simple exponential smoothing: the level expected next month (and every month after).

    Parameters
    ----------
    history
        Months last; leading axes are series.
    alpha
        Weight of the newest month, 0 to 1.
    level
        Level before the first month; the first month itself when not given.

    Examples
    --------
    >>> float(ses_forecast([10.0, 20.0], alpha=0.5, level=10.0))
    15.0
    """
    y = np.asarray(history, float)
    now = y[..., 0] if level is None else np.broadcast_to(float(level), y.shape[:-1]).copy()
    for t in range(y.shape[-1]):
        now = now + alpha * (y[..., t] - now)
    return np.asarray(now)


def holt_forecast(history: ArrayLike, *, alpha: float, beta: float, level: float, trend: float,
                  horizon: int, phi: float = 1.0) -> Floats:
    """Holt's linear trend; ``phi`` below 1 damps it (what a 12-month horizon wants).

    ``beta`` is the weight of the newest slope in the smoothing form
    ``b_t = beta (l_t - l_{t-1}) + (1 - beta) phi b_{t-1}`` (Hyndman & Athanasopoulos, FPP3, chapter 8).

    Examples
    --------
    >>> holt_forecast([10.0, 12.0], alpha=0.5, beta=0.5, level=8.0, trend=2.0, horizon=2).tolist()
    [14.0, 16.0]
    """
    y = np.asarray(history, float)
    now, slope = np.full(y.shape[:-1], float(level)), np.full(y.shape[:-1], float(trend))
    for t in range(y.shape[-1]):
        before = now
        now = alpha * y[..., t] + (1 - alpha) * (now + phi * slope)
        slope = beta * (now - before) + (1 - beta) * phi * slope
    damp = np.cumsum(phi ** np.arange(1, horizon + 1))
    return np.asarray(now[..., None] + damp * slope[..., None])
