"""Seasonality shared with relatives, level of one's own: the forecast for thin rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.forecasting.seasonal import month_shares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OWN_WEIGHT = 0.5
LEVEL_WEIGHT = 0.2
SMALLEST_INDEX = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class PooledFit:
    """Forecast and one-step fit of every node, and the seasonal index used (next month first)."""

    forecast: Floats
    fitted: Floats
    index: Floats


def pool_index(own: ArrayLike, parents: ArrayLike, *, own_weight: float | Floats = OWN_WEIGHT) -> Floats:
    """Seasonal index of each node blended with its parent's blended index, from the top down.

    A node keeps ``own_weight`` of its own pattern, half of the rest comes from its team, and so on up.
    Sources: Dekker, van Donselaar & Ouwehand (2004) IJPE 90:151; Miller & Williams (2003) IJF 19:669.

    Parameters
    ----------
    own
        Nodes x months of the season, parents before children.
    parents
        Position of each node's parent, -1 for none.

    Examples
    --------
    >>> pool_index([[1.0, 1.0], [0.5, 1.5]], [-1, 0], own_weight=0.5).tolist()
    [[1.0, 1.0], [0.75, 1.25]]
    """
    index = np.array(own, float)
    above = np.asarray(parents, int)
    weight = np.broadcast_to(np.asarray(own_weight, float), (len(index),))
    depth = np.zeros(len(index), int)
    walker = above.copy()
    while (walker >= 0).any():
        depth += walker >= 0
        walker = np.where(walker >= 0, above[walker], -1)
    for d in range(1, int(depth.max(initial=0)) + 1):
        rows = np.flatnonzero(depth == d)
        w = weight[rows, None]
        index[rows] = w * index[rows] + (1 - w) * index[above[rows]]
    return np.asarray(index / index.mean(axis=1, keepdims=True))


def pooled_forecast(history: ArrayLike, *, parents: ArrayLike, horizon: int, starts: ArrayLike | None = None,
                    period: int = 12, own_weight: float = OWN_WEIGHT, alpha: float = LEVEL_WEIGHT) -> PooledFit:
    """Level of each node by simple smoothing, season blended with its relatives' season.

    Parameters
    ----------
    history
        Nodes x months, parents before children.
    starts
        First month with a history of its own; nodes with less than two whole years lean on their
        relatives for the season, in proportion.

    Examples
    --------
    >>> fit = pooled_forecast(np.tile([10.0, 20.0], (1, 12)), parents=[-1], horizon=2, period=2)
    >>> fit.forecast.round(6).tolist()
    [[10.0, 20.0]]
    """
    y = np.atleast_2d(np.asarray(history, float))
    n, t_end = y.shape
    start = np.zeros(n, int) if starts is None else np.asarray(starts, int)
    own = month_shares(y, period)
    years = (t_end - start) / period
    weight = own_weight * np.clip(np.floor(years) / 2, 0.0, 1.0)
    weight[np.floor(years) == 0] = 0.0
    partial = (start > t_end - (t_end // period) * period) & (years >= 1)
    for row in np.flatnonzero(partial):
        own[row] = month_shares(y[row, start[row]:], period)
    roots = np.asarray(parents, int) < 0
    index = np.maximum(pool_index(own, parents, own_weight=np.where(roots, 1.0, weight)), SMALLEST_INDEX)
    position = (np.arange(t_end + horizon) - t_end) % period
    factor = index[:, position]
    adjusted = y / factor[:, :t_end]
    alive = np.arange(t_end) >= start[:, None]
    first = alive & (np.arange(t_end) < start[:, None] + period)
    level = (adjusted * first).sum(axis=1) / np.maximum(first.sum(axis=1), 1)
    fitted = np.full_like(y, np.nan)
    for t in range(t_end):
        now = alive[:, t]
        fitted[now, t] = level[now] * factor[now, t]
        level = np.where(now, level + alpha * (adjusted[:, t] - level), level)
    return PooledFit(forecast=level[:, None] * factor[:, t_end:], fitted=fitted, index=index)
