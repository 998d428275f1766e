"""Growth without ambiguity: what is meant, what it asks a quarter and a month, what does not add up."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from salesplan.errors import InputError, known_choices
from salesplan.findings import ANALYST, Finding
from salesplan.text import mark

Basis = Literal["run_rate", "year_sum"]
BASES: tuple[Basis, ...] = ("run_rate", "year_sum")
PERIODS = {"quarter": 4, "month": 12}
CLOSE = 0.005


@dataclass(frozen=True, kw_only=True, eq=False)
class Growth:
    """A growth rate with its meaning.

    Parameters
    ----------
    rate
        Fraction: 0.5 is +50 %.
    basis
        ``year_sum``: this year's total over last year's. ``run_rate``: the level reached at the end
        of the year over the level at its start.
    compounding
        True: each period grows on the one before. False: each period adds the same amount.

    Examples
    --------
    >>> round(Growth(rate=0.5, basis="run_rate").per("month"), 4)
    0.0344
    >>> round(Growth(rate=0.5, basis="year_sum").per("month"), 4)
    0.061
    >>> round(Growth(rate=0.5, basis="year_sum").as_basis("run_rate").rate, 3)
    1.034
    """

    rate: float
    basis: Basis = "year_sum"
    compounding: bool = True

    def __post_init__(self) -> None:
        if not np.isfinite(self.rate) or self.rate <= -1:
            raise InputError(f"growth == {self.rate}, must be a fraction above -1", fix="Write 0.5 for +50 %.")
        if self.basis not in BASES:
            raise InputError(f"basis == {self.basis!r}, must be a meaning of growth",
                             fix=known_choices(self.basis, BASES))

    def per(self, period: str) -> float:
        """Growth each quarter or month must make on the one before (on the start level if not compounding).

        With ``year_sum`` the base is a year without growth inside it: every period of last year at
        the same level.
        """
        if period not in PERIODS:
            raise InputError(f"period == {period!r}, must be a part of the year", fix=known_choices(period, PERIODS))
        return required_rate(self.rate, PERIODS[period], basis=self.basis, compounding=self.compounding)

    def path(self, period: str = "month") -> NDArray[np.float64]:
        """Level of each period over the level before the year started."""
        return _path(self.per(period), PERIODS[period], self.compounding)

    def as_basis(self, basis: Basis) -> "Growth":
        """The same monthly path told in the other meaning."""
        if basis not in BASES:
            raise InputError(f"basis == {basis!r}, must be a meaning of growth", fix=known_choices(basis, BASES))
        levels = self.path("month")
        rate = float(levels.mean()) - 1 if basis == "year_sum" else float(levels[-1]) - 1
        return Growth(rate=self.rate if basis == self.basis else rate, basis=basis, compounding=self.compounding)


def required_rate(annual: float, periods: int, *, basis: Basis = "run_rate", compounding: bool = True) -> float:
    """Growth that each of some periods must make for an annual growth.

    Parameters
    ----------
    annual
        Fraction above -1.
    periods
        Periods in the year: 4 quarters, 12 months.
    basis
        ``run_rate``: the last period stands `annual` above the level before the year. ``year_sum``:
        the periods together stand `annual` above as many periods at that level.
    compounding
        Whether growth is on the period before or always on the starting level.

    Returns
    -------
    float
        Fraction a period.

    Notes
    -----
    Run rate: ``(1 + g)**(1/n) - 1``. Year sum: the root of ``sum((1 + r)**k, k=1..n) = n (1 + g)``.

    Examples
    --------
    >>> [round(required_rate(0.5, n), 4) for n in (4, 12)]
    [0.1067, 0.0344]
    >>> round(required_rate(0.5, 12, basis="year_sum"), 4)
    0.061
    >>> round(required_rate(0.5, 12, compounding=False), 4)
    0.0417
    """
    if not np.isfinite(annual) or annual <= -1:
        raise InputError(f"annual growth == {annual}, must be a fraction above -1", fix="Write 0.5 for +50 %.")
    if periods < 1:
        raise InputError(f"periods == {periods}, must be at least 1")
    if basis not in BASES:
        raise InputError(f"basis == {basis!r}, must be a meaning of growth", fix=known_choices(basis, BASES))
    if not compounding:
        return annual / periods if basis == "run_rate" else 2 * annual / (periods + 1)
    if basis == "run_rate":
        return float(np.expm1(np.log1p(annual) / periods))
    if annual == 0:
        return 0.0
    top = 1.0 + abs(annual) * 2
    return float(brentq(lambda r: _path(r, periods, True).mean() - 1 - annual, -1.0, top, xtol=1e-15))


def annual_growth(rate: float, periods: int, *, basis: Basis = "run_rate", compounding: bool = True) -> float:
    """Annual growth that a growth each period comes to.

    Examples
    --------
    >>> round(annual_growth(0.12, 4), 4), round(annual_growth(0.04, 12), 4)
    (0.5735, 0.601)
    >>> round(annual_growth(0.04, 12, basis="year_sum"), 4)
    0.3022
    """
    levels = _path(rate, periods, compounding)
    return float(levels.mean() if basis == "year_sum" else levels[-1]) - 1


def required_rates(annual: float) -> pd.DataFrame:
    """All readings of one annual growth: a quarter and a month, by meaning and compounding.

    Returns
    -------
    DataFrame
        ``basis``, ``compounding``, ``quarter_growth``, ``month_growth``.

    Examples
    --------
    >>> required_rates(0.5).round(4).iloc[[0, 2], [0, 2, 3]].values.tolist()
    [['run_rate', 0.1067, 0.0344], ['year_sum', 0.169, 0.061]]
    """
    readings = [Growth(rate=annual, basis=basis, compounding=on) for basis in BASES for on in (True, False)]
    return pd.DataFrame([{"basis": one.basis, "compounding": one.compounding, "quarter_growth": one.per("quarter"),
                          "month_growth": one.per("month")} for one in readings])


def target_from_growth(last_year: ArrayLike, growth: Growth) -> NDArray[np.float64]:
    """Annual target from last year's amount and a growth with its meaning.

    Parameters
    ----------
    last_year
        Last year's total (currency units), one number or many; with ``run_rate`` its twelfth is the
        level the year starts from.

    Examples
    --------
    >>> float(target_from_growth(100.0, Growth(rate=0.5, basis="year_sum")))
    150.0
    >>> round(float(target_from_growth(100.0, Growth(rate=0.5, basis="run_rate"))), 2)
    125.41
    """
    base = np.asarray(last_year, dtype=float)
    if not np.isfinite(base).all():
        raise InputError("last_year holds missing or infinite values, must be numbers")
    return np.asarray(base * (1 + growth.as_basis("year_sum").rate))


def growth_from_target(last_year: float, target: float) -> float:
    """Growth of the year's sum that a target level means; NaN where last year was zero or below.

    Examples
    --------
    >>> growth_from_target(4_000.0, 6_000.0)
    0.5
    """
    return target / last_year - 1 if last_year > 0 else float("nan")


def check_growth_claims(
    *,
    annual: float | None = None,
    quarterly: float | None = None,
    monthly: float | None = None,
    annual_amount: float | None = None,
    quarterly_amount: float | None = None,
    monthly_amount: float | None = None,
    weekly_amount: float | None = None,
    weeks: int = 52,
    tolerance: float = CLOSE,
) -> list[Finding]:
    """Catch growth rates and amounts that are said to be the same and are not.

    The two traps met most: +50 % a year told as 12 % a quarter or 4 % a month (``growth_compounding``),
    and 6,000 万 a year told as 125 万 a week, which is 6,500 万 over 52 weeks (``weeks_in_a_year``).

    Parameters
    ----------
    annual, quarterly, monthly
        Growth claimed for the year, each quarter and each month, fractions.
    annual_amount, quarterly_amount, monthly_amount, weekly_amount
        Amounts claimed, currency units.
    weeks
        Weeks in the year.
    tolerance
        Largest difference taken for rounding: in annual growth, and relative in amounts.

    Returns
    -------
    list of Finding
        Empty where everything claimed agrees.

    Examples
    --------
    >>> [f.key for f in check_growth_claims(annual=0.5, quarterly=0.12, monthly=0.04)]
    ['growth_compounding', 'growth_compounding', 'growth_compounding']
    >>> check_growth_claims(annual_amount=60e6, weekly_amount=1.25e6)[0].text("en")
    '1.25M a week is 65.00M over 52 weeks, not 60.00M: +8.3%.'
    >>> check_growth_claims(annual=0.5, quarterly=0.1067, monthly=0.0344)
    []
    """
    found = []
    for period, rate in (("quarter", quarterly), ("month", monthly)):
        if annual is not None and rate is not None:
            found += _compounding(annual, period, rate, tolerance)
    if quarterly is not None and monthly is not None:
        found += _month_to_quarter(quarterly, monthly, tolerance)
    if annual_amount is not None:
        for key, amount, times, said in (
            ("quarters_in_a_year", quarterly_amount, 4, QUARTERS),
            ("months_in_a_year", monthly_amount, 12, MONTHS),
            ("weeks_in_a_year", weekly_amount, weeks, WEEKS),
        ):
            if amount is not None:
                found += _amounts(key, amount, times, said, annual_amount, tolerance)
    return found


QUARTERS = mark("{part_amount} a quarter is {sum_amount} over the year, not {annual_amount}: {sum_change}.")
MONTHS = mark("{part_amount} a month is {sum_amount} over the year, not {annual_amount}: {sum_change}.")
WEEKS = mark("{part_amount} a week is {sum_amount} over {n_periods} weeks, not {annual_amount}: {sum_change}.")
PARTS_ACTION = mark("Split the annual amount by working days; an even share would be {even_amount}.")
QUARTERLY = mark(
    "{claimed_growth} a quarter compounds to {compounded_growth} a year, not {annual_growth}; {annual_growth} needs "
    "{needed_growth} a quarter, or {sum_growth} if the year's sum is meant."
)
MONTHLY = mark(
    "{claimed_growth} a month compounds to {compounded_growth} a year, not {annual_growth}; {annual_growth} needs "
    "{needed_growth} a month, or {sum_growth} if the year's sum is meant."
)
MONTH_TO_QUARTER = mark("{claimed_growth} a month compounds to {compounded_growth} a quarter, not {annual_growth}.")
GROWTH_ACTION = mark("Say whether the year's sum or the level at its end is meant, and use the rate that follows.")


def _compounding(annual: float, period: str, rate: float, tolerance: float) -> list[Finding]:
    periods = PERIODS[period]
    reached = annual_growth(rate, periods)
    in_sum = annual_growth(rate, periods, basis="year_sum")
    if min(abs(reached - annual), abs(in_sum - annual)) <= tolerance:
        return []
    details = {
        "claimed_growth": rate, "annual_growth": annual, "compounded_growth": reached, "in_sum_growth": in_sum,
        "needed_growth": required_rate(annual, periods),
        "sum_growth": required_rate(annual, periods, basis="year_sum"),
    }
    return [Finding(key="growth_compounding", status="act", message=QUARTERLY if period == "quarter" else MONTHLY,
                    action=GROWTH_ACTION, owner=ANALYST, details=details)]


def _month_to_quarter(quarterly: float, monthly: float, tolerance: float) -> list[Finding]:
    reached = annual_growth(monthly, 3)
    if abs(reached - quarterly) <= tolerance / 4:
        return []
    details = {"claimed_growth": monthly, "compounded_growth": reached, "annual_growth": quarterly}
    return [Finding(key="growth_compounding", status="watch", message=MONTH_TO_QUARTER, action=GROWTH_ACTION,
                    owner=ANALYST, details=details)]


def _amounts(key: str, amount: float, times: int, said: str, annual: float, tolerance: float) -> list[Finding]:
    if annual <= 0:
        raise InputError(f"annual_amount == {annual}, must be above zero")
    total = amount * times
    if abs(total / annual - 1) <= tolerance:
        return []
    details = {"part_amount": amount, "sum_amount": total, "annual_amount": annual, "n_periods": times,
               "sum_change": total / annual - 1, "even_amount": annual / times}
    return [Finding(key=key, status="act", message=said, action=PARTS_ACTION, owner=ANALYST, details=details)]


def _path(rate: float, periods: int, compounding: bool) -> NDArray[np.float64]:
    steps = np.arange(1, periods + 1, dtype=np.float64)
    return np.power(1 + rate, steps) if compounding else 1 + rate * steps
