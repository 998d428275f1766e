"""How wide the interval of what is still to come must be: luck of the months, and how little season and growth are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from salesplan.forecasting.backtest import Fold
from salesplan.forecasting.intervals import noise_of_sum
from salesplan.review.season_expectation import calendar_design, expect_season

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEVEL_KEPT = 0.5
"""How much of its weight a month keeps from one month to the next in the level that a forecast starts from: a season misjudged
in the last months is carried into all that follow."""
FARTHEST = 4.0
"""Most that one past error counts, in units of what was expected of it."""
UNIT_STRENGTH = 4.0
"""Nodes that the errors of all levels count for against a level's own; few units share few surprises."""
PEOPLE_STRENGTH = 20.0
FEWEST_FREE, MOST_NODES = 2.5, 3.0
"""Degrees of freedom before any error is known, and the nodes of a level that are counted as independent at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeasonDoubt:
    """What season, working days, 春节 and growth may still hide: of sums of months, seen from a month before them."""

    total: Floats
    days: Floats
    design: Floats
    prior: Floats

    def variance(self, origin: int, weights: Floats) -> float:
        """Relative variance of the months after ``origin`` (weighted by their size), against the level before them.

        Examples
        --------
        >>> months = pd.period_range("2022-01", periods=48, freq="M")
        >>> doubt = season_doubt(np.full(36, 100.0), months, country="CN")
        >>> near, far = doubt.variance(36, np.ones(1)), doubt.variance(14, np.ones(1))
        >>> 0 < near < far < 0.1
        True
        """
        if origin < 2 or not len(weights):
            return 0.0
        found = expect_season(self.total[:origin], self.days, self.design[: origin + 1], self.prior)
        before = LEVEL_KEPT ** np.arange(origin)[::-1]
        ahead = weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1 / len(weights))
        contrast = ahead @ self.design[origin: origin + len(weights)] - before @ self.design[:origin] / before.sum()
        return float(contrast @ found.covariance @ contrast)


def season_doubt(total: Floats, months: pd.PeriodIndex, *, country: str) -> SeasonDoubt:
    """Doubt about the season of a company.

    Parameters
    ----------
    total
        Sales of the whole in the first ``len(total)`` of ``months``.
    months
        Months of the history and those ahead, without a gap.
    """
    days, design, prior = calendar_design(months, country=country)
    return SeasonDoubt(total=total, days=days, design=design, prior=prior)


def spread_factors(folds: Sequence[Fold], doubt: SeasonDoubt, groups: Ints, is_unit: Bools, *, coverage: float, periods: float
                   ) -> Floats:
    """By node: what expected spreads are multiplied by so that intervals hold, from errors of past forecasts of as many months.

    Parameters
    ----------
    folds
        The same forecast from past months.
    groups, is_unit
        Level of each node, and whether it has others below it.
    coverage
        Of the interval that must hold.
    periods
        Periods of this length after the first two years that do not overlap.

    Notes
    -----
    An error counts in units of what was expected of it then: the node's noise over so many months, and `SeasonDoubt`. People
    are many and uneven: the quantile of their scores decides (conformal). Units are few and share their luck: the mean square
    of their scores, drawn to that of all units and people together, with Student's t for as few periods as there were.
    """
    z = float(ndtri(0.5 + coverage / 2))
    out = np.ones(len(groups))
    scores = np.array([_scores(fold, doubt) for fold in folds]).reshape(len(folds), len(groups))
    known = np.isfinite(scores)
    if known.any():
        size = np.abs(scores)
        all_people = float(np.nanquantile(size, coverage)) / z
        units = size[:, is_unit][known[:, is_unit]]
        all_units = _root_mean_square(units) if units.size else all_people
        usual = (all_units**2 + all_people**2) / 2
        for group in np.unique(groups):
            at = groups == group
            own, n = size[:, at][known[:, at]], float(at.sum())
            if is_unit[at].any():
                mine = _root_mean_square(own) ** 2 if own.size else usual
                out[at] = np.sqrt((n * mine + UNIT_STRENGTH * usual) / (n + UNIT_STRENGTH))
            elif own.size:
                mine = float(np.quantile(own, min(1.0, coverage * (1 + 1 / len(own))))) / z
                out[at] = (n * mine + PEOPLE_STRENGTH * all_people) / (n + PEOPLE_STRENGTH)
            else:
                out[at] = all_people
    many = np.bincount(groups)[groups].astype(float)
    free = FEWEST_FREE + periods * np.sqrt(np.minimum(many, MOST_NODES))
    return np.asarray(np.where(is_unit, out * stdtrit(free, 0.5 + coverage / 2) / z, out))


def _scores(fold: Fold, doubt: SeasonDoubt) -> Floats:
    """Errors of the sums in units of what was expected of them; missing where nothing was known."""
    at = fold.known & np.isfinite(fold.noise) & (np.nan_to_num(fold.noise) > 0)
    months = fold.forecast.shape[1]
    said = fold.forecast.sum(axis=1)
    spread = expected_spread(noise_of_sum(np.where(at, fold.noise, 1.0), months), said, doubt.variance(fold.origin, fold.forecast[0]))
    return np.where(at, (fold.actual.sum(axis=1) - said) / spread, np.nan)


def expected_spread(luck: Floats, amount: Floats, variance: float) -> Floats:
    """Luck of the months and doubt about the season together, currency units.

    Examples
    --------
    >>> expected_spread(np.array([3.0]), np.array([40.0]), 0.01).tolist()
    [5.0]
    """
    return np.asarray(np.sqrt(luck**2 + variance * amount**2))


def _root_mean_square(size: Floats) -> float:
    return float(np.sqrt((np.minimum(size, FARTHEST) ** 2).mean()))

