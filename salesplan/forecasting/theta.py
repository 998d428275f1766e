"""Theta: simple smoothing of the seasonally adjusted series plus half its straight-line slope."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.forecasting.seasonal import classical_index

Floats = NDArray[np.float64]

CHI_SQUARE_10_PERCENT = 2.705543454095404


@dataclass(frozen=True, kw_only=True, eq=False)
class ThetaFit:
    """Forecast and one-step fit of many series (rows)."""

    forecast: Floats
    fitted: Floats
    alpha: Floats
    slope: Floats


def smoothing_weight(y: Floats, *, rounds: int = 6, points: int = 12) -> tuple[Floats, Floats]:
    """Weight and last level of simple smoothing started at the first month, by least squares.

    Every row is searched at once on a grid that narrows around each row's best weight.
    """
    low, high = np.full(len(y), 1e-4), np.full(len(y), 1.0)
    steps = np.linspace(0.0, 1.0, points)
    best = low
    for _ in range(rounds):
        alphas = low[:, None] + (high - low)[:, None] * steps
        sse = np.zeros_like(alphas)
        level = np.repeat(y[:, :1], points, axis=1)
        for t in range(1, y.shape[1]):
            error = y[:, t, None] - level
            sse += error**2
            level += alphas * error
        k = sse.argmin(axis=1)
        best = np.take_along_axis(alphas, k[:, None], axis=1)[:, 0]
        width = (high - low) / (points - 1)
        low, high = np.maximum(best - width, 1e-4), np.minimum(best + width, 1.0)
    level = y[:, 0].copy()
    for t in range(1, y.shape[1]):
        level = level + best * (y[:, t] - level)
    return best, level


def has_season(y: Floats, *, period: int = 12) -> NDArray[np.bool_]:
    """Test of the autocorrelation at one period (10 % level), as the M3 Theta submission did."""
    n = y.shape[-1]
    if n < 2 * period:
        return np.zeros(y.shape[:-1], bool)
    d = y - y.mean(axis=-1, keepdims=True)
    cov = np.stack([(d[..., k:] * d[..., : n - k]).sum(axis=-1) for k in range(period + 1)], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = cov / cov[..., :1]
        stat = n * rho[..., -1] ** 2 / (rho[..., :-1] ** 2).sum(axis=-1)
    return np.asarray(np.nan_to_num(stat) > CHI_SQUARE_10_PERCENT)


def theta_forecast(history: ArrayLike, *, horizon: int, period: int = 12, theta: float = 2.0) -> ThetaFit:
    """Theta forecast of every row, equal to statsmodels' ``ThetaModel`` with its defaults.

    Parameters
    ----------
    history
        Series x months (one series may be given flat).
    period
        Months of the season; 1 switches the seasonal adjustment off.

    Notes
    -----
    ``f_h = level + (theta - 1) / theta * b (h - 1 + 1/alpha - (1 - alpha)^n / alpha)`` with ``b`` the
    least-squares slope. Adjustment is multiplicative where every month is positive, additive elsewhere,
    and only where the autocorrelation test finds a season. Sources: Assimakopoulos & Nikolopoulos (2000)
    IJF 16:521; Hyndman & Billah (2003) IJF 19:287.

    Examples
    --------
    >>> fit = theta_forecast([3, 5, 9, 20, 12, 17, 22, 23, 51, 41, 56, 75, 60, 75, 88], horizon=3, period=1)
    >>> fit.forecast.round(1).tolist()
    [[89.2, 92.3, 95.3]]
    """
    y = np.atleast_2d(np.asarray(history, float))
    n = y.shape[1]
    season = np.zeros((len(y), period))
    times = np.zeros(len(y), bool)
    if period > 1:
        seasonal = has_season(y, period=period)
        times = seasonal & (y.min(axis=1) > 0)
        ratio = classical_index(y, multiplicative=True, period=period)
        times &= np.nan_to_num(ratio, nan=-1.0).min(axis=1) > 0
        shift = classical_index(y, multiplicative=False, period=period)
        season[seasonal] = shift[seasonal]
        season[times] = ratio[times]
    position = np.arange(n + horizon) % period
    spread = season[:, position] if period > 1 else np.zeros((len(y), n + horizon))
    factor = np.where(times[:, None], spread, 1.0)
    offset = np.where(times[:, None], 0.0, spread)
    adjusted = (y - offset[:, :n]) / factor[:, :n]
    months = np.arange(n) - (n - 1) / 2
    slope = adjusted @ months / (months @ months)
    alpha, level = smoothing_weight(adjusted)
    h = np.arange(1, horizon + 1)
    drift = (h - 1)[None, :] + ((1 - (1 - alpha) ** n) / alpha)[:, None]
    weight = (theta - 1) / theta
    forecast = (level[:, None] + weight * slope[:, None] * drift) * factor[:, n:] + offset[:, n:]
    fitted = np.empty_like(y)
    now = adjusted[:, 0].copy()
    for t in range(n):
        lead = (1 - (1 - alpha) ** t) / alpha
        fitted[:, t] = now + weight * slope * lead
        if t:
            now = now + alpha * (adjusted[:, t] - now)
        else:
            now = adjusted[:, 0].copy()
    return ThetaFit(forecast=forecast, fitted=fitted * factor[:, :n] + offset[:, :n], alpha=alpha, slope=slope)
