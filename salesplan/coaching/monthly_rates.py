"""A figure a month and person from monthly records, the seasons of the company taken out, with its error."""

from typing import Literal

import numpy as np
import pandas as pd

from salesplan.coaching.peers import Floats

Kind = Literal["count", "money"]
LEAST_MONTHS = 2
"""Months from which the months of a person say something about how much they vary."""
USUAL_VARIATION = 0.3
"""Relative variation of one month that is assumed where no person has two months."""


def monthly_rates(table: pd.DataFrame, *, kind: Kind) -> pd.DataFrame:
    """Rate a month of each person, and its standard error.

    Parameters
    ----------
    table
        seller_id, month, value: one row a person and month they worked.
    kind
        ``count``: the variance of a month grows with its mean (visits, leads); ``money``: the standard deviation does.

    Returns
    -------
    DataFrame
        Index seller_id: rate (of a usual month), rate_se, n_months.

    Notes
    -----
    ``rate = sum(value) / sum(f)``, where ``f`` is the month's mean over people, 1 on average: who was there only in a
    strong season is not taken for strong. How much months vary around it is pooled over all people, for six months
    of one person tell little about their own variation.

    Examples
    --------
    >>> rows = [(p, m, v * f) for p, v in (("a", 10), ("b", 20)) for m, f in (("2026-09", 1), ("2026-10", 2))]
    >>> monthly_rates(pd.DataFrame(rows, columns=["seller_id", "month", "value"]), kind="count")["rate"].tolist()
    [15.0, 30.0]
    """
    used = table[table["value"].notna()]
    if used.empty:
        return pd.DataFrame({"rate": [], "rate_se": [], "n_months": []}, index=pd.Index([], name="seller_id", dtype=object))
    wide = used.pivot_table(index="seller_id", columns="month", values="value", aggfunc="sum")
    values = wide.to_numpy(float)
    known = np.isfinite(values)
    factor = _month_factors(values, known)
    weight = np.where(known, factor, 0.0).sum(axis=1)
    rate = np.divide(np.nansum(values, axis=1), weight, out=np.full(len(values), np.nan), where=weight > 0)
    return pd.DataFrame({"rate": rate, "rate_se": _errors(values, known, factor, rate, weight, kind),
                         "n_months": known.sum(axis=1)}, index=wide.index)  # fmt: skip


def _month_factors(values: Floats, known: np.ndarray) -> Floats:
    """Each month over an average one, for the people who were there in both (two-way means, iterated)."""
    factor = np.ones(values.shape[1])
    filled = np.where(known, values, 0.0)
    for _ in range(20):
        weight = np.where(known, factor, 0.0).sum(axis=1)
        rate = np.divide(filled.sum(axis=1), weight, out=np.zeros(len(values)), where=weight > 0)
        expected = np.where(known, rate[:, None], 0.0).sum(axis=0)
        new = np.divide(filled.sum(axis=0), expected, out=np.ones_like(factor), where=expected > 0)
        new = np.maximum(new, 0.05)
        new = new / new.mean()
        if np.abs(new - factor).max() < 1e-9:
            break
        factor = new
    return factor


def _errors(values: Floats, known: np.ndarray, factor: Floats, rate: Floats, weight: Floats, kind: Kind) -> Floats:
    months = known.sum(axis=1)
    several = (months >= LEAST_MONTHS) & (rate > 0)
    expected = rate[:, None] * factor[None, :]
    rest = np.where(known, values - expected, 0.0)
    free = float((months[several] - 1).sum())
    scale = expected if kind == "count" else expected**2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(known & several[:, None], rest**2 / scale, 0.0)
    if kind == "count":
        pooled = float(parts.sum() / free) if free else 1.0
        return np.sqrt(pooled * np.maximum(rate, 1e-9) / np.where(weight > 0, weight, np.nan))
    # few huge months would decide a mean of squares: the middle of people's own variation does
    own = parts.sum(axis=1)[several] / np.maximum(months[several] - 1, 1)
    pooled = float(np.mean(np.minimum(own, 4 * np.median(own)))) if len(own) and np.median(own) > 0 else USUAL_VARIATION**2
    return np.abs(rate) * np.sqrt(pooled / np.where(months > 0, months, np.nan))
