"""Weeks do not add up to months: 125万 a week is not 6000万 a year."""

from dataclasses import dataclass

import numpy as np

from salesplan.errors import InputError


@dataclass(frozen=True, kw_only=True, eq=False)
class WeeklyTargetCheck:
    """What a weekly figure really makes of a year. Amounts in currency units, ``error`` a fraction.

    ``four_week_total`` treats each month as four weeks (48 a year), ``annual_total`` counts 52;
    ``error`` is how far the latter is from the annual target; ``equal_week`` and ``quarter_week`` are
    the steady weeks of a year of 52 and of a quarter of 13.
    """

    annual: float
    weekly: float

    @property
    def four_week_total(self) -> float:
        """The year as twelve months of four weeks."""
        return self.weekly * 4 * 12

    @property
    def annual_total(self) -> float:
        """The year as 52 weeks."""
        return self.weekly * 52

    @property
    def error(self) -> float:
        """How far 52 weeks are from the annual target."""
        return self.annual_total / self.annual - 1

    @property
    def equal_week(self) -> float:
        """The steady week of 52 that makes the annual target."""
        return self.annual / 52

    @property
    def quarter_week(self) -> float:
        """The steady week of a quarter of 13."""
        return self.annual / 4 / 13


def check_weekly_target(annual: float, weekly: float) -> WeeklyTargetCheck:
    """Hold a steady weekly target against the annual one it is meant to make.

    Raises
    ------
    InputError
        The annual target is not positive, or an amount is missing.

    Examples
    --------
    >>> check = check_weekly_target(60_000_000, 1_250_000)
    >>> check.annual_total, round(check.error, 4), round(check.equal_week)
    (65000000, 0.0833, 1153846)
    """
    if not np.isfinite(annual) or annual <= 0:
        raise InputError(f"annual == {annual}, must be a positive amount")
    if not np.isfinite(weekly):
        raise InputError(f"weekly == {weekly}, must be an amount")
    return WeeklyTargetCheck(annual=annual, weekly=weekly)
