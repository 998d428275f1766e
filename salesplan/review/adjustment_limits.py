"""How far below its expectation a unit must lie before chance alone is a poor explanation for a whole year's worth of looks."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from salesplan.review.cusum import cusum_sums

Floats = NDArray[np.float64]

BAND = 2.0
"""The mean of two months must lie beyond so many spreads at least."""
MILDER = 1.0
"""And the milder of the two beyond so many: one month alone, however bad, is no reason."""
SLACK, DRIFT_MONTHS = 0.5, 12
DRIFT_PART = 0.2
"""Part of the yearly rate that the drift rule may use up; the mean of two months finds a shock sooner."""
MARGIN = 0.8
"""Part of the yearly rate that is aimed at: spreads and correlations of a unit are themselves estimates."""
YEARS, SEED = 6000, 20


def two_month_fall(before: Floats, now: Floats) -> Floats:
    """Mean of two months, 0 or less; 0 where the milder one lies within a spread of its expectation.

    Examples
    --------
    >>> two_month_fall(np.array([-3.0, -5.0, np.nan]), np.array([-2.0, 0.0, -3.0])).tolist()
    [-2.5, 0.0, 0.0]
    """
    milder = np.maximum(np.nan_to_num(before), np.nan_to_num(now))
    return np.where(milder <= -MILDER, (np.nan_to_num(before) + np.nan_to_num(now)) / 2, 0.0)


@lru_cache(maxsize=128)
def yearly_limits(yearly: float, echo: float, shared: float, spread: float) -> tuple[float, float]:
    """Limits of the mean of two months and of the cumulative sum that a quiet year passes with a given probability.

    Parameters
    ----------
    yearly
        Probability that any of the twelve months of a quiet year passes either limit downwards; a fifth below it is aimed at.
    echo, shared
        Correlation of a month's luck with the next one's, and the part of the variance that months in a row share.
    spread
        What the months are divided by before they are summed.

    Returns
    -------
    Limits, both positive; the first never below two spreads.

    Notes
    -----
    From 12 000 simulated quiet years (6000 and their mirror images) of a normal first-order autoregression plus a common part.
    The sum of the last twelve months may use up a fifth of the rate; the mean of two months uses what is left, years that pass
    both counted once.

    Examples
    --------
    >>> fall, drift = yearly_limits(0.05, 0.0, 0.0, 1.0)
    >>> 2.0 <= fall < 2.2 and 5.0 < drift < 6.0
    True
    """
    z, rate = _quiet_years(echo, shared), MARGIN * yearly
    fall = np.concatenate([-two_month_fall(s * z[:, DRIFT_MONTHS - 2: -1], s * z[:, DRIFT_MONTHS - 1:]).min(axis=1) for s in (1, -1)])
    sums = []
    for last in range(DRIFT_MONTHS - 1, z.shape[1]):
        up, down = cusum_sums(z[:, last - DRIFT_MONTHS + 1: last + 1] / spread, SLACK)
        sums.append(np.concatenate([down[:, -1], up[:, -1]]))
    drift = np.max(sums, axis=0)
    high = float(np.quantile(drift, 1 - DRIFT_PART * rate))
    left = rate * len(fall) - float((drift > high).sum())
    ordered = np.sort(fall[drift <= high])[::-1]
    return max(float(ordered[min(int(left), len(ordered) - 1)]), BAND), high


@lru_cache(maxsize=64)
def _quiet_years(echo: float, shared: float) -> Floats:
    rng = np.random.default_rng(SEED)
    n = DRIFT_MONTHS - 1 + 12
    step = rng.normal(size=(YEARS, n)) * np.sqrt(1 - echo**2)
    z = np.empty((YEARS, n))
    z[:, 0] = step[:, 0] / np.sqrt(1 - echo**2)
    for t in range(1, n):
        z[:, t] = echo * z[:, t - 1] + step[:, t]
    return np.sqrt(1 - shared) * z + np.sqrt(shared) * rng.normal(size=(YEARS, 1))


def seen_within_two(limit: Floats, alike: Floats, first: Floats, second: Floats, freedom: Floats) -> Floats:
    """Chance that a lasting fall puts the mean of its first two months beyond the limit.

    Parameters
    ----------
    limit
        Of the mean of two months.
    alike
        Correlation of the two.
    first, second
        The fall in spreads of a month, in its first and its second month.
    freedom
        Months that the spread rests on.

    Examples
    --------
    >>> one = np.ones(2)
    >>> seen_within_two(2.1 * one, 0.2 * one, np.array([0.0, 4.0]), np.array([0.0, 3.5]), 30 * one).round(3).tolist()
    [0.003, 0.968]
    """
    from scipy.special import ndtr

    quiet = np.linspace(-6.0, 6.0, 481)[None, :]
    weight = np.exp(-(quiet**2) / 2)
    weight /= weight.sum()
    lim, r, nu = limit[:, None], np.clip(alike, 0.0, 0.8)[:, None], np.maximum(freedom, 2.0)[:, None]
    month = _normal_score(_student(quiet, nu) - first[:, None], nu)
    reach = np.minimum(-MILDER, -2 * lim - month)
    chance = ndtr((_normal_score(_student(reach, nu) + second[:, None], nu) - r * quiet) / np.sqrt(1 - r**2))
    return np.asarray((weight * np.where(month <= -MILDER, chance, 0.0)).sum(axis=1))


def _normal_score(t: Floats, nu: Floats) -> Floats:
    """Normal score of Student's t (Wallace 1959)."""
    return np.asarray(np.sign(t) * (8 * nu + 1) / (8 * nu + 3) * np.sqrt(nu * np.log1p(t**2 / nu)))


def _student(score: Floats, nu: Floats) -> Floats:
    return np.asarray(np.sign(score) * np.sqrt(nu * np.expm1((score * (8 * nu + 3) / (8 * nu + 1)) ** 2 / nu)))
