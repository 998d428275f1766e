"""Shares of R-squared for many predictors: orders of entry drawn at random, with their error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.weighting.weights import Floats

CELLS = 4_000_000
"""Matrix cells factored at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledShares:
    """Shares over drawn orders: mean, Monte-Carlo standard error, and mean gain by number of others."""

    raw: Floats
    error: Floats
    by_size: Floats


def draw_orders(p: int, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Orders of p predictors, each followed by its reverse; n is rounded up to even.

    A predictor early in one order is late in the other, which evens out what it gains.
    """
    half = rng.permuted(np.tile(np.arange(p), ((n + 1) // 2, 1)), axis=1)
    return np.stack([half, half[:, ::-1]], axis=1).reshape(-1, p)


def gains_in_order(correlation: Floats, orders: NDArray[np.intp]) -> Floats:
    """R-squared gained by each predictor when it enters, ``(orders, p)`` by predictor.

    Notes
    -----
    Last row of the Cholesky factor of the ordered correlation matrix with the outcome last, squared.

    Examples
    --------
    >>> r = np.array([[1.0, 0.5, 0.6], [0.5, 1.0, 0.6], [0.6, 0.6, 1.0]])
    >>> gains_in_order(r, np.array([[0, 1], [1, 0]])).round(2).tolist()
    [[0.36, 0.12], [0.12, 0.36]]
    """
    p = len(correlation) - 1
    padded = correlation.copy()
    padded[p, p] = 2.0  # the outcome's own pivot is not used; this keeps it positive at R-squared 1
    each = max(1, CELLS // (p + 1) ** 2)
    found = np.empty(orders.shape)
    for start in range(0, len(orders), each):
        part = np.column_stack([orders[start : start + each], np.full(len(orders[start : start + each]), p)])
        factor = np.linalg.cholesky(padded[part[:, :, None], part[:, None, :]])
        np.put_along_axis(found[start : start + each], part[:, :p], factor[:, p, :p] ** 2, axis=1)
    return found


def sampled_shares(correlation: Floats, orders: NDArray[np.intp]) -> SampledShares:
    """LMG shares estimated from orders as `draw_orders` gives them."""
    p = orders.shape[1]
    gains = gains_in_order(correlation, orders)
    pairs = gains.reshape(-1, 2, p).mean(axis=1)
    error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else np.full(p, np.nan)
    place = np.argsort(orders, axis=1)
    by_size = np.empty((p, p))
    for i in range(p):
        count = np.bincount(place[:, i], minlength=p)
        total = np.bincount(place[:, i], gains[:, i], minlength=p)
        by_size[i] = total / np.where(count > 0, count, np.nan)
    return SampledShares(raw=gains.mean(axis=0), error=error, by_size=by_size)
