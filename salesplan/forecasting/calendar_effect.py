"""What the calendar alone does to a month: working days, and the holiday that moves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]

PRIOR_SD = 0.25
FESTIVAL_MONTHS = 24


@dataclass(frozen=True, kw_only=True, eq=False)
class CalendarEffect:
    """Factor of each month (history and year); dividing by it leaves sales per usual working day."""

    factor: Floats
    festival: Floats
    coefficients: dict[str, float]


def calendar_effect(total: Floats, months: pd.PeriodIndex, *, working_days: pd.Series | None = None,
                    spring_festival: pd.DataFrame | None = None) -> CalendarEffect:
    """Working days and the moving spring festival as one factor a month, the same for every node.

    One factor for all keeps the tree coherent. The festival's effect is estimated on the company total
    (three years hold three festivals: no team has more), on ``log(sales per working day)`` against
    month, trend and the centred shares of the windows before, during and after the festival, with the
    coefficients shrunk to zero by a prior of sd 0.25 (a month fully inside a window moves by a quarter).

    Parameters
    ----------
    total
        Company sales of the first ``len(total)`` of ``months``.
    months
        Months of history and forecast.
    working_days, spring_festival
        Indexed by month, covering ``months``; left out when the country has no such thing.

    Examples
    --------
    >>> months = pd.period_range("2026-01", periods=2, freq="M")
    >>> calendar_effect(np.array([1.0]), months, working_days=pd.Series([18, 22], index=months)).factor.tolist()
    [0.9, 1.1]
    """
    n = len(total)
    days = np.ones(len(months))
    if working_days is not None:
        counts = working_days.reindex(months).to_numpy(float)
        if np.isnan(counts).any() or (counts <= 0).any():
            bad = [str(m) for m in months[~(counts > 0)]][:3]
            raise InputError(f"working_days has no positive count for {bad}, must cover history and year")
        days = counts / counts.mean()
    festival = np.ones(len(months))
    coefficients: dict[str, float] = {}
    if spring_festival is not None:
        shares = spring_festival.reindex(months)
        if shares.isna().to_numpy().any():
            raise InputError("spring_festival has missing months, must cover history and year")
        x = shares.to_numpy(float)
        beta = _festival_effect(np.asarray(total, float) / days[:n], months[:n], x[:n])
        festival = np.exp(np.clip(x @ beta, -0.7, 0.7))
        coefficients = {str(k): float(b) for k, b in zip(shares.columns, beta, strict=True)}
    return CalendarEffect(factor=days * festival, festival=festival, coefficients=coefficients)


def _festival_effect(per_day: Floats, months: pd.PeriodIndex, x: Floats) -> Floats:
    n, k = x.shape
    if n < FESTIVAL_MONTHS or (per_day <= 0).any():
        return np.zeros(k)
    dummies = np.eye(12)[months.month.to_numpy() - 1]
    trend = np.arange(n)[:, None] / 12 - n / 24
    nuisance = np.hstack([dummies, trend, trend**2 if n >= 48 else np.zeros((n, 0))])
    hat = nuisance @ np.linalg.pinv(nuisance)
    y = np.log(per_day)
    ry, rx = y - hat @ y, x - hat @ x
    dof = max(n - nuisance.shape[1] - k, 1)
    free = np.linalg.lstsq(rx, ry, rcond=None)[0]
    noise = float(((ry - rx @ free) ** 2).sum()) / dof
    precision = rx.T @ rx / max(noise, 1e-8) + np.eye(k) / PRIOR_SD**2
    return np.asarray(np.linalg.solve(precision, rx.T @ ry / max(noise, 1e-8)))
