"""Months on leave: left out of what people reached and did, so that nobody is judged by months they were away."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

AWAY: Final = 0.5
"""Part of a month's working days that must have been worked for the month to count."""
LEAST_WORKED: Final = 2
"""Months worked, of those looked at, below which somebody who was on leave is not judged."""


def without_leave(table: pd.DataFrame, leaves: pd.DataFrame | None, values: Sequence[str]) -> pd.DataFrame:
    """Monthly figures without the months on leave; those worked in part count for a whole month.

    Parameters
    ----------
    table
        seller_id, month and ``values``.
    leaves
        seller_id, month, worked_share (of the working days); months worked in full need no row.

    Examples
    --------
    >>> months = pd.period_range("2026-05", periods=3, freq="M")
    >>> visits = pd.DataFrame({"seller_id": "a", "month": months, "n": [0.0, 6.0, 8.0]})
    >>> away = pd.DataFrame({"seller_id": "a", "month": months[:2], "worked_share": [0.0, 0.75]})
    >>> without_leave(visits, away, ["n"])["n"].tolist()
    [8.0, 8.0]
    """
    if leaves is None or leaves.empty or table.empty:
        return table
    worked = worked_shares(table, leaves)
    kept = table[worked >= AWAY].copy()
    for name in values:
        if name in kept:
            kept[name] = kept[name] / worked[worked >= AWAY]
    return kept


def worked_shares(table: pd.DataFrame, leaves: pd.DataFrame) -> pd.Series:
    """Part of each row's month that was worked, 1 where nothing is said."""
    share = leaves.drop_duplicates(["seller_id", "month"]).set_index(["seller_id", "month"])["worked_share"]
    found = share.reindex(pd.MultiIndex.from_frame(table[["seller_id", "month"]]))
    return pd.Series(found.to_numpy(float), table.index).fillna(1.0)


def months_away(leaves: pd.DataFrame | None, index: pd.Index, months: pd.PeriodIndex) -> pd.Series:
    """How many of the months each person was on leave for more than half of the working days."""
    if leaves is None or leaves.empty:
        return pd.Series(0, index)
    away = leaves[leaves["month"].isin(months) & (leaves["worked_share"] < AWAY)]
    return away.groupby("seller_id")["month"].nunique().reindex(index).fillna(0).astype(int)


def missed_row(quota: pd.DataFrame, index: pd.Index, leaves: pd.DataFrame | None = None) -> pd.DataFrame:
    """Months below target in a row, up to the last one with a target; months on leave neither count nor break the row.

    Returns
    -------
    DataFrame
        Index seller_id: months_missed, missed_attainment (of those months together; missing without any) and
        missed_leave_months (on leave between the first and the last of them).
    """
    known = quota[quota["attainment"].notna()].sort_values("month", ascending=False)
    missed = (known["attainment"] < 1).astype(int)
    in_row = missed.groupby(known["seller_id"]).cumprod().eq(1)
    row = known[in_row]
    groups = row.groupby("seller_id")
    found = pd.DataFrame({"months_missed": groups.size(), "missed_attainment": groups["attainment"].mean(),
                          "first": groups["month"].min(), "last": groups["month"].max()})  # fmt: skip
    if {"sales", "quota"} <= set(row) and len(row) and row["sales"].notna().all() and (row["quota"] > 0).all():
        sums = groups[["sales", "quota"]].sum()
        found["missed_attainment"] = sums["sales"] / sums["quota"]
    between = [0 if leaves is None else int(((leaves["seller_id"] == who) & (leaves["worked_share"] < AWAY)
                                             & leaves["month"].between(first, last)).sum())
               for who, first, last in zip(found.index, found["first"], found["last"], strict=True)]  # fmt: skip
    found["missed_leave_months"] = pd.Series(between, found.index, dtype=int)
    found = found.drop(columns=["first", "last"]).reindex(index)
    return found.fillna({"months_missed": 0, "missed_leave_months": 0}).astype({"months_missed": int, "missed_leave_months": int})
