"""How far one figure of sellers follows another within the same month: orders after visits, sales after moved deals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
PRIOR = 0.5
"""Standard error at which a slope counts half, and half what would be taken without any figures: that all of it follows."""
LEAST_ROWS = 24
"""Months of sellers fewer than which tell no slope."""
HARDLY, SURE = 0.3, 1.28
"""Slope below which one figure hardly follows the other, and standard errors that must still fit below it."""
LEAST_PEOPLE = 5
"""Sellers of a month fewer than which cannot tell what all of them share in it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Response:
    """``slope`` from 0 (does not follow) to 1 (follows in full), its standard ``error``, ``n`` rows behind it, and
    ``noise``: variance left with it over the variance left if all followed; 1 and 0 where too little is known."""

    slope: float = 1.0
    error: float = 0.0
    n: int = 0
    noise: float = 1.0

    def draws(self, rng: np.random.Generator, n: int) -> Array:
        """What the slope may be."""
        return np.asarray(np.clip(self.slope + self.error * rng.standard_normal(n), 0.0, 1.0))


def follows(found: Response) -> bool:
    """Whether one figure follows the other: False only where the months are enough to say that it hardly does.

    Examples
    --------
    >>> follows(Response(slope=0.0, error=0.04, n=1500)), follows(Response(slope=0.1, error=0.3, n=30)), follows(Response())
    (False, True, True)
    """
    return found.n < LEAST_ROWS or found.slope + SURE * found.error >= HARDLY


def response(y: Array, x: Array, person: NDArray[np.int64], month: NDArray[np.int64], weight: Array) -> Response:
    """Slope of ``y`` on ``x`` around each person's usual and each month's common level, drawn to 1 as far as it is unsure.

    Parameters
    ----------
    y, x
        In the same unit: what follows, and what it would be if all of it followed. Missing rows are left out.
    person, month
        Codes of the rows.
    weight
        One over the variance of ``y``, but for a common factor.

    Notes
    -----
    Least squares with a level for each person and each month (what moves everybody at once is season, not the effect of
    one figure on the other); the error allows for dependence within a person. The slope is mixed with 1 by precision
    (error of 1: `PRIOR`) and cut to 0..1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> person, month = np.repeat(np.arange(20), 12), np.tile(np.arange(12), 20)
    >>> x = rng.normal(size=240)
    >>> y = 0.4 * x + person + month + 0.1 * rng.normal(size=240)
    >>> round(response(y, x, person, month, np.ones(240)).slope, 1)
    0.4
    """
    known = np.isfinite(y) & np.isfinite(x) & np.isfinite(weight) & (np.nan_to_num(weight) > 0)
    y, x, weight = y[known], x[known], weight[known]
    who, when = (np.unique(code[known], return_inverse=True)[1] for code in (person, month))
    n = len(y)
    if n < LEAST_ROWS:
        return Response(n=n)
    levels = [who, when] if len(np.unique(who)) >= LEAST_PEOPLE else [who]
    y, x = _centred(y, levels, weight), _centred(x, levels, weight)
    power = float((weight * x * x).sum())
    if power <= 1e-12 * float((weight * y * y).sum()) or power <= 0:
        return Response(n=n)
    raw = float((weight * x * y).sum()) / power
    left = y - raw * x
    people = int(who.max()) + 1
    free = max(n - sum(int(code.max()) + 1 for code in levels), 1)
    pooled = float((weight * left**2).sum()) / free / power
    by_person = np.bincount(who, weight * x * left, people)
    robust = float((by_person**2).sum()) / power**2 * people / max(people - 1, 1)
    variance = max(pooled, robust)
    share = variance / (variance + PRIOR**2)
    slope = float(np.clip(raw + share * (1 - raw), 0.0, 1.0))
    whole = float((weight * (y - x) ** 2).sum())
    noise = float((weight * (y - slope * x) ** 2).sum()) / whole if whole > 0 else 1.0
    return Response(slope=slope, error=float(np.sqrt((1 - share) * variance)), n=n, noise=min(noise, 1.0))


def orders_after_visits(process: pd.DataFrame, *, month: pd.Period, months: int = 24) -> Response:
    """How far orders follow visits within a month, around each seller's usual, in the months before one.

    Where most orders are repeat business they hardly do: then a month with many visits shows few orders a visit though
    nothing changed, and calling that conversion would be wrong.
    """
    when = pd.PeriodIndex(process["month"])
    past = process[(when < month) & (when >= month - months)].sort_values(["seller_id", "month"])
    days, visits, orders = (past[c].to_numpy(float) for c in ("working_days", "visits", "orders"))
    known = np.isfinite(days) & np.isfinite(visits) & np.isfinite(orders) & (np.nan_to_num(days) > 0)
    past, days, visits, orders = past[known], days[known], visits[known], orders[known]
    code = pd.factorize(past["seller_id"], sort=True)[0].astype(np.int64)
    all_days, all_visits, all_orders = (np.bincount(code, v)[code] if len(code) else v for v in (days, visits, orders))
    able = (all_visits > 0) & (all_orders > 0)
    if not able.any():
        return Response()
    days, visits, orders, code = days[able], visits[able], orders[able], code[able]
    usual_orders, usual_visits = all_orders[able] / all_days[able], all_visits[able] / all_days[able]
    return response(orders / days / usual_orders, visits / days / usual_visits, code,
                    pd.PeriodIndex(past["month"]).asi8[able], usual_orders * days)


def _centred(values: Array, levels: list[NDArray[np.int64]], weight: Array) -> Array:
    """Values less the weighted mean of each level; swept until the levels no longer disturb one another."""
    sums = [np.bincount(code, weight) for code in levels]
    for _ in range(1 if len(levels) == 1 else 12):
        for code, total in zip(levels, sums, strict=True):
            values = values - (np.bincount(code, weight * values) / total)[code]
    return values
