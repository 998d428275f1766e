"""What part of a year's business belongs to each month: season times working days."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.calendars.days import check_months
from salesplan.calendars.working_days import monthly_working_days
from salesplan.errors import InputError


def month_shares(
    months: Any,
    profile: Sequence[float] | pd.Series | None = None,
    *,
    country: str = "CN",
    subdivision: str | None = None,
) -> pd.Series:
    """Share of each month when every working day of the same month weighs the same.

    Parameters
    ----------
    months
        Distinct months.
    profile
        Seasonal index per working day, one for each of ``months`` (a Series indexed by month is
        aligned); without it every working day weighs the same.

    Returns
    -------
    Series
        Fractions that sum to 1, indexed by ``month``: index x working days / their sum.

    Raises
    ------
    InputError
        The profile has the wrong length, holds a negative or missing value, or leaves no weight.

    Examples
    --------
    >>> month_shares(["2025-01", "2025-02"], [1.2, 0.8]).tolist()
    [0.6, 0.4]
    """
    index = check_months(months)
    weights = season_weights(index, profile)
    worked = monthly_working_days(index, country=country, subdivision=subdivision)["working_days"]
    product = weights * worked.to_numpy(dtype=float)
    if not product.sum() > 0:
        raise InputError("profile leaves no working day any weight, must be positive somewhere")
    return pd.Series(product / product.sum(), index=index, name="share")


def season_weights(months: pd.PeriodIndex, profile: Sequence[float] | pd.Series | None) -> np.ndarray:
    """Seasonal index of each month as an array; all 1 without a profile.

    Examples
    --------
    >>> season_weights(pd.period_range("2027-01", periods=2, freq="M"), None)
    array([1., 1.])
    """
    if profile is None:
        return np.ones(len(months))
    if isinstance(profile, pd.Series) and isinstance(profile.index, pd.PeriodIndex):
        profile = profile.reindex(months)
    weights = np.asarray(profile, dtype=float)
    if weights.shape != (len(months),):
        raise InputError(f"profile has {weights.size} values, must have one for each of {len(months)} months")
    if not np.isfinite(weights).all() or (weights < 0).any():
        bad = [str(m) for m, w in zip(months, weights, strict=True) if not np.isfinite(w) or w < 0]
        raise InputError("profile holds negative or missing values, must be 0 or more",
                         where=f"months {', '.join(bad[:5])}")
    return weights
