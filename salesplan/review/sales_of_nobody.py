"""Sales that go on without a seller: orders of nobody within the leaves that also hold what former staff sold."""

import pandas as pd

from salesplan.review.node_targets import FORMER

WINDOW, STEADY = 12, 6
"""Months looked at, and in how many of them nobody must have sold for that to go on."""


def sales_of_nobody(lines: pd.DataFrame, *, ended: pd.Period) -> dict[str, float]:
    """Share of each leaf's sales of the last twelve months that nobody sold, where that came in at least six of them.

    Parameters
    ----------
    lines
        ``month, unit_id, rep_id`` (missing or empty: nobody), ``amount_fen``.
    ended
        Last month that is over.

    Examples
    --------
    >>> months = pd.period_range("2025-11", periods=12, freq="M")
    >>> lines = pd.DataFrame({"month": [*months, *months], "unit_id": "t/former", "rep_id": [""] * 12 + ["left"] * 12,
    ...                       "amount_fen": [100] * 12 + [300] * 12})
    >>> sales_of_nobody(lines, ended=months[-1])
    {'t/former': 0.25}
    """
    when = pd.PeriodIndex(lines["month"])
    rows = lines[(when > ended - WINDOW) & (when <= ended) & lines["unit_id"].astype(str).str.endswith(FORMER)]
    nobody = rows["rep_id"].isna() | rows["rep_id"].eq("")
    whole = rows.groupby("unit_id")["amount_fen"].sum()
    own = rows[nobody].groupby("unit_id").agg(amount=("amount_fen", "sum"), n=("month", "nunique"))
    own = own[own["n"].ge(STEADY) & own["amount"].gt(0)]
    share = (own["amount"] / whole.reindex(own.index)).clip(upper=1.0)
    return {str(leaf): float(part) for leaf, part in share[whole.reindex(own.index).gt(0)].items()}
