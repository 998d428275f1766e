"""Projection by the share of the period that past years had reached, and by a steady pace: to compare with."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.working_days import month_days
from salesplan.review.outlook import Outlook

Floats = NDArray[np.float64]
YEAR = 12


def reached_shares(sales: Floats, n_done: float) -> Floats:
    """Share of the whole period that each past year had reached after ``n_done`` months.

    Parameters
    ----------
    sales
        Nodes x years x months of the period; a year that does not sum to more than zero gives a missing share.
    n_done
        Months gone, the one in progress by the share of it usually done.

    Examples
    --------
    >>> reached_shares(np.array([[[1.0, 1.0, 2.0]]]), 1.5).tolist()
    [[0.375]]
    """
    whole, part = int(n_done), n_done - int(n_done)
    total = sales.sum(axis=2)
    reached = sales[:, :, :whole].sum(axis=2)
    if part > 0:
        reached = reached + part * sales[:, :, whole]
    return np.divide(reached, total, out=np.full(total.shape, np.nan), where=total > 0)


def project_by_share(actual: Floats, shares: Floats) -> Floats:
    """Sales to date over the mean share of past years; missing where that share is unknown or not positive.

    Examples
    --------
    >>> project_by_share(np.array([300.0]), np.array([[0.5, 0.7]])).tolist()
    [500.0]
    """
    known = np.isfinite(shares)
    mean = np.where(known, shares, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.divide(actual, mean, out=np.full(actual.shape, np.nan), where=mean > 0)


def share_projection(outlook: Outlook, months: pd.PeriodIndex) -> tuple[Floats, int]:
    """End of the period by the share past years had reached at this place, and how many years tell."""
    facts = outlook.facts_fen
    complete = facts.columns[facts.columns < outlook.mean.columns[0]]
    years = []
    for back in range(1, 6):
        past = months - YEAR * back
        if past.isin(complete).all():
            years.append(facts[past].to_numpy(float) / 100)
    actual = facts[pd.PeriodIndex(facts.columns).intersection(months)].to_numpy(float).sum(axis=1) / 100
    if not years:
        return np.full(len(facts), np.nan), 0
    done = len(months) - outlook.months_left(months)
    shares = reached_shares(np.stack(years, axis=1), done)
    return project_by_share(actual, shares), len(years)


def linear_projection(outlook: Outlook, months: pd.PeriodIndex) -> Floats:
    """Steady pace by calendar days, the usual mistake."""
    days = month_days(months)
    gone = int((days["date"] <= outlook.as_of).sum())
    actual = outlook.facts_fen[pd.PeriodIndex(outlook.facts_fen.columns).intersection(months)].to_numpy(float).sum(axis=1) / 100
    return actual * len(days) / gone if gone else np.full(len(actual), np.nan)
