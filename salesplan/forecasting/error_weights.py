"""How far each node was off in the past: its say in reconciliation, and its noise for the intervals."""

import numpy as np
from scipy import sparse

from salesplan.forecasting.combine import TWO_YEARS
from salesplan.forecasting.history import Bools, Floats, Ints
from salesplan.forecasting.reconcile import ErrorCovariance, error_covariance

FEWEST_RESIDUALS = 6
FEWEST_ON_LEVEL = 5
RAMPING = 6
SMALLEST_SPREAD = 0.3
ROUNDING = 1e-9


def weigh_errors(history: Floats, fitted: Floats, forecast: Floats, *, method: str, unsure: Bools, spread: float,
                 summing: sparse.csr_matrix) -> ErrorCovariance:
    """Covariance of the nodes' errors from the one-step errors of the last two years.

    With less than two years of history one-step errors say nothing (a season fitted to one year fits it
    perfectly), and a node's variance is taken in proportion to its size. Nodes that are ``unsure`` or have
    too few errors get the relative ``spread`` of newcomers.
    """
    n = history.shape[1]
    level = np.abs(forecast).mean(axis=1)
    if n < TWO_YEARS and method.startswith(("mint", "wls_var")):
        return ErrorCovariance(diagonal=level * level.mean(), factors=np.zeros((len(level), 1)), shrinkage=1.0)
    window = min(24, n - 12) if n >= TWO_YEARS else n
    residual = (history - fitted)[:, n - window:]
    seen = np.isfinite(residual)
    count = seen.sum(axis=1)
    filled = np.where(seen, residual, 0.0) * np.sqrt(window / np.maximum(count, 1))[:, None]
    filled[np.abs(filled).max(axis=1) < ROUNDING * np.abs(history).max(axis=1)] = 0.0
    prior = (count < FEWEST_RESIDUALS) | unsure
    filled[prior] = 0.0
    w = error_covariance(filled, method=method, summing=summing)
    diagonal = w.diagonal.copy()
    if method.startswith(("mint", "wls_var")):
        diagonal[prior] = (max(spread, SMALLEST_SPREAD) * level[prior]) ** 2
    return ErrorCovariance(diagonal=diagonal, factors=w.factors, shrinkage=w.shrinkage)


def monthly_noise(history: Floats, starts: Ints, groups: Ints, months: int = 24) -> Floats:
    """Typical monthly surprise of each node: size of year-on-year changes / sqrt 2; NaN where unknown.

    Free of any model, so that it means the same in a backtest with two years and in a forecast with
    three. The first half-year of a newcomer is growth, not noise, and left out. A year of changes says
    little about one seller: where there are less than 24, the missing ones are taken from the median of the
    node's level (``groups``; variance grows with sales), if the level has at least five nodes to show.
    """
    change = history[:, 12:] - history[:, :-12]
    if change.shape[1] == 0:
        return np.full(len(history), np.nan)
    settled = np.where(starts > 0, starts + RAMPING, 0)
    known = np.arange(12, history.shape[1]) - 12 >= settled[:, None]
    known, change = known[:, -months:], change[:, -months:]
    count = known.sum(axis=1)
    square = (change**2 * known).sum(axis=1)
    variance = np.where(count >= FEWEST_RESIDUALS, square / np.maximum(count, 1) / 2, np.nan)
    size = np.abs(history[:, -months - 12:]).mean(axis=1)
    share = np.clip(count / months, 0.0, 1.0)
    for group in dict.fromkeys(groups.tolist()):
        rows = np.flatnonzero((groups == group) & (np.nan_to_num(variance) > 0))
        if len(rows) >= FEWEST_ON_LEVEL:
            usual = float(np.median(variance[rows] / size[rows]))
            variance[rows] = share[rows] * variance[rows] + (1 - share[rows]) * usual * size[rows]
    return np.asarray(np.sqrt(variance))
