"""The year's course: sold so far, asked for, and what is probably still to come, month by month."""

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.review.node_targets import node_targets
from salesplan.review.outlook import Outlook


def year_course(outlook: Outlook, targets: pd.DataFrame, *, unit_id: str, months: pd.PeriodIndex,
                seats: pd.DataFrame | None = None) -> pd.DataFrame:
    """Running totals of a unit through the fiscal year, under today's organisation and with the newest targets.

    Parameters
    ----------
    outlook
        From `look_ahead`, reaching the year's end.
    targets, seats
        As for `node_targets`.
    months
        Months of the fiscal year.

    Returns
    -------
    DataFrame, one row a month: ``month, actual`` (sold until its end, missing in months to come), ``projected`` (from the
    last month with sales on), ``target`` (asked for until its end, missing where a month has none) and ``last_year``
    (missing where the history does not reach), currency units.

    Raises
    ------
    InputError
        Unknown unit.
    """
    ids = outlook.units["unit_id"].tolist()
    if unit_id not in ids:
        raise InputError(f"unit_id == {unit_id!r}, must be known", fix=known_choices(unit_id, ids))
    row = ids.index(unit_id)
    sold = _by_month(outlook.facts_fen.iloc[row] / 100, months)
    ahead = _by_month(outlook.mean.iloc[row], months)
    goal = node_targets(targets, outlook.units, months, view="restated", seats=seats)
    asked = np.where(goal.known[row], goal.fen[row] / 100, np.nan)
    before = _by_month(outlook.facts_fen.iloc[row] / 100, months - 12)
    known = np.isfinite(sold)
    last = int(np.flatnonzero(known)[-1]) if known.any() else -1
    total = np.cumsum(np.nan_to_num(sold) + np.nan_to_num(ahead))
    return pd.DataFrame({
        "month": months,
        "actual": np.where(np.arange(len(months)) <= last, np.cumsum(np.nan_to_num(sold)), np.nan),
        "projected": np.where(np.arange(len(months)) >= max(last, 0), total, np.nan),
        "target": np.cumsum(asked),
        "last_year": np.cumsum(before),
    })  # fmt: skip


def _by_month(values: pd.Series, months: pd.PeriodIndex) -> np.ndarray:
    """Values of these months; missing where there are none."""
    return np.asarray(values.reindex(months), dtype=float)
