"""What the sellers of the demo company do: traits of known correlation with their results."""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from salesplan.data.demo_people import RAMP, Staff

PROCESS_MONTHS = 15
"""Months of the history that have process data."""
RESULT = "log_productivity"
PROCESS_KPIS = ("visits", "proposals", "demos", "follow_up_rate", "training_hours")
_PREDICTORS = [
    [1.00, 0.45, 0.35, 0.20, 0.10],
    [0.45, 1.00, 0.50, 0.30, 0.15],
    [0.35, 0.50, 1.00, 0.25, 0.20],
    [0.20, 0.30, 0.25, 1.00, 0.30],
    [0.10, 0.15, 0.20, 0.30, 1.00],
]
_WITH_RESULT = [0.40, 0.55, 0.45, 0.55, 0.25]
CORRELATION = np.block([[np.ones((1, 1)), np.array([_WITH_RESULT])],
                        [np.array([_WITH_RESULT]).T, np.array(_PREDICTORS)]])
"""Of log productivity and the five traits, in the population of sellers."""
LEVEL = np.array([9.0, 3.0, 2.5, 0.62, 20.0])
"""Means: visits, proposals and demos a month of average working days, share followed up, hours a year."""
SPREAD = np.array([2.7, 1.0, 0.85, 0.13, 7.0])
"""Standard deviations between sellers, in the same units."""
_LEAST = np.array([1.0, 0.3, 0.3, 0.10, 2.0])
_MOST = np.array([25.0, 9.0, 8.0, 0.97, 60.0])
COUNT_NOISE = 1 / 3
"""Variance of a month's count about its mean, as a share of that mean (Poisson would be 1)."""
TRAINING_NOISE = 0.15
"""Spread of a quarter's hours about a quarter of the year's, as a share of them."""
SKILL_SPREAD, SKILL_SHIFT = 0.30, -0.045
"""Law of log productivity (see :func:`salesplan.data.demo_people.make_staff`)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Traits:
    """What each person tends to do, drawn jointly with the productivity that is known already.

    ``level`` holds people (rows of ``staff.people``; NaN for those who never sold) by process KPI, in the units of
    ``LEVEL``; ``latent`` the standard normal numbers behind it; ``skill`` standardised log productivity.
    """

    skill: np.ndarray
    latent: np.ndarray
    level: np.ndarray


def make_traits(staff: Staff, *, rng: np.random.Generator) -> Traits:
    """Draw the five traits given log productivity, so that all six have the correlations ``CORRELATION``."""
    productivity = staff.people["productivity"].to_numpy(float)
    skill = (np.log(productivity) - SKILL_SHIFT) / SKILL_SPREAD
    slope = CORRELATION[1:, 0]
    left = CORRELATION[1:, 1:] - np.outer(slope, slope)
    latent = skill[:, None] * slope + rng.normal(size=(len(skill), len(slope))) @ np.linalg.cholesky(left).T
    return Traits(skill=skill, latent=latent, level=np.clip(LEVEL + SPREAD * latent, _LEAST, _MOST))


def lmg_shares(correlation: np.ndarray) -> np.ndarray:
    """Each predictor's part of R², averaged over all orders in which they may enter (Lindeman, Merenda, Gold 1980).

    Parameters
    ----------
    correlation
        Correlations of the outcome (first) and the predictors.

    Returns
    -------
    One part a predictor; they add up to R².

    Examples
    --------
    >>> lmg_shares(np.array([[1, 0.6, 0.3], [0.6, 1, 0], [0.3, 0, 1.0]])).round(2).tolist()
    [0.36, 0.09]
    """
    outcome, predictors = correlation[1:, 0], correlation[1:, 1:]
    count = len(outcome)

    def explained(inside: tuple[int, ...]) -> float:
        rows = list(inside)
        return float(outcome[rows] @ np.linalg.solve(predictors[np.ix_(rows, rows)], outcome[rows])) if rows else 0.0

    parts = np.zeros(count)
    for j in range(count):
        others = [k for k in range(count) if k != j]
        for size in range(count):
            weight = factorial(size) * factorial(count - 1 - size) / factorial(count)
            parts[j] += weight * sum(explained((*s, j)) - explained(s) for s in combinations(others, size))
    return parts


def reliability(months: int = 12) -> np.ndarray:
    """Share of the variance between sellers' observed means over some months that is their traits.

    Counts: ``COUNT_NOISE`` and the rounding to whole numbers. Follow-up: the chance of a binomial share of the
    visits. Training: quarters that vary.
    """
    counts = (COUNT_NOISE * LEVEL[:3] + 1 / 12) / months
    share = LEVEL[3] * (1 - LEVEL[3]) / (LEVEL[0] * months)
    hours = (TRAINING_NOISE * LEVEL[4]) ** 2 / (months / 3)
    noise = np.array([*counts, share, hours])
    return SPREAD**2 / (SPREAD**2 + noise)


def observed_correlation(months: int = 12) -> np.ndarray:
    """The correlations that means over some months have: those of the traits, weakened by chance."""
    weaker = np.sqrt(np.concatenate([[1.0], reliability(months)]))
    found = CORRELATION * np.outer(weaker, weaker)
    np.fill_diagonal(found, 1.0)
    return found


def full_time_sellers(staff: Staff, span: pd.PeriodIndex, *, months: int = 12) -> np.ndarray:
    """Rows of people who sold in each of the last months without absence and had their ramp behind them."""
    last = staff.occupant[:, -months:]
    at_work = np.where(staff.strength[:, -months:] > 0, last, -1)
    people = [p for p in np.unique(last) if p >= 0 and ((at_work == p).sum(axis=0) == 1).all()]
    hired = pd.PeriodIndex(staff.people["hire_date"], freq="M")
    start = span[-months]
    return np.array([p for p in people if (start - hired[p]).n >= len(RAMP)], int)
