"""What calendar, season, 春节 and growth make of a month, learnt from the months before it only."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.spring_festival import centred_shares
from salesplan.calendars.working_days import monthly_working_days

Floats = NDArray[np.float64]

MONTH_SD, FESTIVAL_SD, GROWTH_SD = 0.2, 0.25, 0.12
"""How far a calendar month, a month wholly inside a window around 春节, and a year's growth are expected to lie from
nothing (logarithms) before a history has shown them."""
NOISE, NOISE_MONTHS = 0.06, 3.0
"""Noise of a month of the whole that is assumed, and the months this assumption counts for."""
GROWTH = 13
"""Column of the regressors that holds the growth."""
HUBER = 2.0
ROUNDS = 4
FESTIVAL_COUNTRIES = frozenset({"CN", "HK", "MO", "TW", "SG"})


@dataclass(frozen=True, kw_only=True, eq=False)
class SeasonExpectation:
    """Factor of each month up to the one expected, and how uncertain the last one is against those before.

    ``log_factor`` holds the months of the history used and then the expected one; ``covariance`` is that of the coefficients,
    ``design`` their regressors; ``noise`` is the spread of a month of the whole (logarithm), ``absorbed_share`` how much of the
    noise of the history's months went into the coefficients.
    """

    log_factor: Floats
    design: Floats
    covariance: Floats
    noise: float
    absorbed_share: float

    def variance(self, weights: Floats) -> float:
        """Variance of the last month's log factor against the mean of the months before it, weighted."""
        contrast = self.design[-1] - weights @ self.design[:-1]
        return float(contrast @ self.covariance @ contrast)

    def growth_variance(self, weights: Floats) -> float:
        """The part of it that is the uncertain growth: months in a row share it."""
        contrast = float(self.design[-1, GROWTH] - weights @ self.design[:-1, GROWTH])
        return contrast**2 * float(self.covariance[GROWTH, GROWTH])


def calendar_design(months: pd.PeriodIndex, *, country: str = "CN") -> tuple[Floats, Floats, Floats]:
    """Log of working days, regressors (level, calendar months, growth, 春节) and their prior deviations.

    Examples
    --------
    >>> days, x, prior = calendar_design(pd.period_range("2026-01", periods=2, freq="M"))
    >>> x.shape, prior.round(2).tolist()[-4:]
    ((2, 17), [0.12, 0.25, 0.25, 0.25])
    """
    days = np.log(monthly_working_days(months, country=country)["working_days"].to_numpy(float))
    dummies = np.eye(12)[months.month.to_numpy() - 1]
    growth = (np.arange(len(months)) / 12)[:, None]
    parts, prior = [np.ones((len(months), 1)), dummies, growth], [100.0, *[MONTH_SD] * 12, GROWTH_SD]
    if country in FESTIVAL_COUNTRIES:
        parts.append(centred_shares(months).to_numpy(float))
        prior += [FESTIVAL_SD] * 3
    return days, np.hstack(parts), np.array(prior)


def expect_season(total: Floats, days: Floats, design: Floats, prior: Floats) -> SeasonExpectation:
    """Season, growth and festival of the whole, for its months and the one after them.

    Parameters
    ----------
    total
        Sales of the whole in the months known (one fewer than the rows of ``days`` and ``design``).
    days, design, prior
        From `calendar_design`, cut off after the month expected.

    Notes
    -----
    Bayesian regression of ``log(sales per working day)`` with normal priors, so that two or twenty months of history give an
    expectation and say how uncertain it is; months far off (Huber) count less.
    """
    n = len(total)
    usual = np.median(total[total > 0]) if (total > 0).any() else 1.0
    y = np.log(np.maximum(total, 0.05 * usual)) - days[:n]
    x, precision = design[:n], np.diag(1 / prior**2)
    weight, noise = np.ones(n), NOISE**2
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(precision + (x * weight[:, None]).T @ x / noise)
        beta = covariance @ (x.T @ (weight * y)) / noise
        rest = y - x @ beta
        free = max(n - float(((x @ covariance) * x * weight[:, None]).sum()) / noise, 0.0)
        noise = float((NOISE_MONTHS * NOISE**2 + (weight * rest**2).sum()) / (NOISE_MONTHS + free))
        weight = np.minimum(1.0, HUBER * np.sqrt(noise) / np.maximum(np.abs(rest), 1e-12))
    return SeasonExpectation(log_factor=design[: n + 1] @ beta - beta[0] + days[: n + 1], design=design[: n + 1],
                             covariance=np.asarray(covariance, np.float64), noise=float(np.sqrt(noise)),
                             absorbed_share=min(1 - free / n, 0.9))
