"""Exponential smoothing for many series at once, fitted exactly on a grid of smoothing weights.

For given weights an additive model is linear in the data and in its starting level, slope and season:
the one-step errors are ``R y`` and the forecasts ``F y`` with matrices that depend on the weights alone.
The starting values are therefore solved exactly (least squares), every series shares the matrices, and
no optimiser runs. A multiplicative season is the additive model of the logarithm.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]

LEVEL_WEIGHTS = (0.02, 0.06, 0.12, 0.2, 0.3, 0.45, 0.6, 0.8, 0.98)
TREND_SHARES = (0.02, 0.3)
SEASON_SHARES = (0.001, 0.15, 0.4)
DAMPING = (0.85, 0.95)
SMALLEST_ERROR = 1e-12
WIDEST_LOG_VARIANCE = 0.5
LARGEST_LOG = 20.0
FEWEST_MONTHS = 8
CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class EtsFit:
    """Forecast and one-step fit of many series, averaged over candidates by Akaike weight."""

    forecast: Floats
    fitted: Floats
    seasonal_weight: Floats
    multiplicative_weight: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class _Family:
    """Candidates with the same states: error makers R (g, n, n) and forecast makers F (g, h, n)."""

    errors: Floats
    forecasts: Floats
    parameters: int
    seasonal: bool


def _family(n: int, horizon: int, *, trend: bool, season: bool, period: int) -> _Family:
    grid = [
        (a, a * b if trend else 0.0, p if trend else 1.0, (1 - a) * g if season else 0.0)
        for a in (LEVEL_WEIGHTS[::2] if trend or season else LEVEL_WEIGHTS)
        for b in (TREND_SHARES if trend else (0.0,))
        for p in (DAMPING if trend else (1.0,))
        for g in (SEASON_SHARES if season else (0.0,))
    ]
    alpha, beta, phi, gamma = (np.array(column) for column in zip(*grid, strict=True))
    count, lags = len(grid), period if season else 0
    # rows of the state: level, slope, season (the next month first); each is a linear map of (y, start)
    starts = 1 + trend + (lags - 1 if season else 0)
    width = n + starts
    state = np.zeros((count, 2 + lags, width))
    state[:, 0, n] = 1.0
    if trend:
        state[:, 1, n + 1] = 1.0
    if season:
        first = n + 1 + trend
        state[:, 2:2 + lags - 1, first:] = np.eye(lags - 1)
        state[:, 2 + lags - 1, first:] = -1.0
    error = np.zeros((count, n, width))
    future = np.zeros((count, horizon, width))
    for t in range(n + horizon):
        slope = phi[:, None] * state[:, 1]
        expected = state[:, 0] + slope
        if season:
            expected = expected + state[:, 2]
        if t < n:
            e = -expected
            e[:, t] += 1.0
            error[:, t] = e
        else:
            future[:, t - n] = expected
            e = np.zeros_like(expected)
        state[:, 0] += slope + alpha[:, None] * e
        state[:, 1] = slope + beta[:, None] * e
        if season:
            newest = state[:, 2] + gamma[:, None] * e
            state[:, 2:-1] = state[:, 3:]
            state[:, -1] = newest
    made, design = error[:, :, :n], -error[:, :, n:]
    across = np.swapaxes(design, 1, 2)
    solve = np.linalg.solve(across @ design, across @ made)
    parameters = 1 + (2 if trend else 0) + (1 if season else 0) + starts + 1
    return _Family(errors=made - design @ solve, forecasts=future[:, :, :n] + future[:, :, n:] @ solve,
                   parameters=parameters, seasonal=season)


def _families(n: int, horizon: int, period: int) -> Iterator[_Family]:
    yield _family(n, horizon, trend=False, season=False, period=period)
    yield _family(n, horizon, trend=True, season=False, period=period)
    if n >= 2 * period + 4 and period > 1:
        yield _family(n, horizon, trend=False, season=True, period=period)
        yield _family(n, horizon, trend=True, season=True, period=period)


def ets_forecast(history: ArrayLike, *, horizon: int, period: int = 12) -> EtsFit:
    """Exponential smoothing forecast of every row.

    Candidates: level, damped trend, season, damped trend with season; additive, and multiplicative for
    rows whose months are all positive. Rather than trusting the one candidate that won by a hair,
    candidates are averaged by their Akaike weight ``exp(-AICc / 2)`` (Burnham & Anderson 2002; Kolassa
    2011, IJF 27:238). Undamped trends are left out: a year ahead they run away. Models: Hyndman, Koehler,
    Snyder & Grose (2002), IJF 18:439.

    Parameters
    ----------
    history
        Series x months.

    Examples
    --------
    >>> import numpy as np
    >>> fit = ets_forecast(np.tile([10.0, 20.0, 30.0], (1, 8)), horizon=3, period=3)
    >>> fit.forecast.round(3).tolist()
    [[10.0, 20.0, 30.0]]
    """
    y = np.atleast_2d(np.asarray(history, float))
    n = y.shape[1]
    if n < FEWEST_MONTHS:
        raise InputError(f"months == {n}, must be at least {FEWEST_MONTHS} for exponential smoothing",
                         fix="Use a forecast made for short history.")
    families = [f for f in _families(n, horizon, period) if n - f.parameters - 1 > 0]
    widest = max(f.errors.size // n for f in families)
    rows = max(1, CELLS_AT_ONCE // (widest * 2))
    parts = [_average(y[k:k + rows], families, horizon) for k in range(0, len(y), rows)]
    forecast, fitted, seasonal, times = (np.concatenate(piece) for piece in zip(*parts, strict=True))
    return EtsFit(forecast=forecast, fitted=fitted, seasonal_weight=seasonal, multiplicative_weight=times)


def _average(y: Floats, families: list[_Family], horizon: int) -> tuple[Floats, Floats, Floats, Floats]:
    n = y.shape[1]
    scale = np.abs(y).mean(axis=1, keepdims=True)
    scaled = np.divide(y, scale, out=np.zeros_like(y), where=scale > 0)
    positive = (scaled > 0).all(axis=1)
    logs = np.log(scaled[positive])
    jacobian = 2 * logs.sum(axis=1)
    candidates = []
    best = np.full(len(y), np.inf)
    for data, log in ((scaled, False), (logs, True)):
        where = positive if log else np.ones(len(y), bool)
        for family in families if len(data) else []:
            # one product for the whole grid: (candidates x months, months) @ (months, series)
            errors = (family.errors.reshape(-1, n) @ data.T).reshape(-1, n, len(data))
            future = (family.forecasts.reshape(-1, n) @ data.T).reshape(-1, horizon, len(data))
            sse = np.maximum(np.einsum("gtn,gtn->gn", errors, errors), SMALLEST_ERROR)
            k = family.parameters
            aicc = n * np.log(sse / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
            if log:
                aicc += jacobian
                variance = np.minimum(sse / (n - k), WIDEST_LOG_VARIANCE)[:, None, :]
                future = np.exp(np.minimum(future + variance / 2, LARGEST_LOG))
                errors = scaled[positive].T - np.exp(np.minimum(data.T - errors + variance / 2, LARGEST_LOG))
            best[where] = np.minimum(best[where], aicc.min(axis=0))
            candidates.append((family.seasonal, log, where, aicc, errors, future))
    total, seasonal, times = np.zeros(len(y)), np.zeros(len(y)), np.zeros(len(y))
    error, ahead = np.zeros((n, len(y))), np.zeros((horizon, len(y)))
    for is_seasonal, log, where, aicc, errors, future in candidates:
        weight = np.exp(-0.5 * (aicc - best[where]))
        share = weight.sum(axis=0)
        total[where] += share
        seasonal[where] += share * is_seasonal
        times[where] += share * log
        error[:, where] += np.einsum("gn,gtn->tn", weight, errors)
        ahead[:, where] += np.einsum("gn,ghn->hn", weight, future)
    return (ahead / total).T * scale, y - (error / total).T * scale, seasonal / total, times / total
