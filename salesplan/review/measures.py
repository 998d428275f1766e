"""The few figures actions aim at, month by month for every seller and unit."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from salesplan.text import mark

MEASURES: Mapping[str, str] = {
    "attainment": mark("Attainment"),
    "visits_per_day": mark("Visits per working day"),
    "orders_per_visit": mark("Orders per visit"),
    "amount_per_order": mark("Amount per order"),
    "pipeline_cover": mark("Open pipeline over the month's target"),
}
"""Figures by name, and what each is called; more is better in all of them."""


def review_measures(
    process: pd.DataFrame, targets: pd.DataFrame, units: pd.DataFrame, *, former_leaves: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Attainment, activity, conversion, deal size and pipeline of every seller and unit, month by month.

    A unit's figure is the ratio of its people's sums, never a mean of ratios; people a figure is not known of are
    left out of both sums.

    Parameters
    ----------
    process
        ``seller_id, month, working_days, visits, orders, amount_fen, pipeline``; missing where nothing is known.
    targets
        ``month, scope_type, scope_id, judged`` in currency units; rows of people count.
    units
        ``unit_id, parent_id`` with sellers as leaves.
    former_leaves
        People who are no sellers today -> the leaf that holds what they did; their months stay in their units' figures.

    Returns
    -------
    DataFrame ``node_id, month, measure, numerator, denominator, value``, only where the denominator is positive.

    Examples
    --------
    >>> process = pd.DataFrame({"seller_id": ["r1", "r2"], "month": pd.PeriodIndex(["2026-10"] * 2, freq="M"),
    ...     "working_days": [20, 10], "visits": [40.0, 5.0], "orders": [4.0, 1.0], "amount_fen": [80_000_00, 9_000_00],
    ...     "pipeline": [np.nan, np.nan]})
    >>> targets = pd.DataFrame({"month": process["month"], "scope_type": "rep", "scope_id": ["r1", "r2"],
    ...     "judged": [100_000.0, 10_000.0]})
    >>> units = pd.DataFrame({"unit_id": ["t", "r1", "r2"], "parent_id": [None, "t", "t"]})
    >>> found = review_measures(process, targets, units)
    >>> found[found["node_id"].eq("t")].set_index("measure")["value"].round(3).to_dict()
    {'amount_per_order': 17800.0, 'attainment': 0.809, 'orders_per_visit': 0.111, 'visits_per_day': 1.5}
    """
    own = targets.loc[targets["scope_type"].eq("rep"), ["scope_id", "month", "judged"]]
    rows = process.merge(own.rename(columns={"scope_id": "seller_id"}), on=["seller_id", "month"], how="left")
    amount = rows["amount_fen"].astype(float) / 100
    pairs = {
        "attainment": (amount, rows["judged"]),
        "visits_per_day": (rows["visits"], rows["working_days"]),
        "orders_per_visit": (rows["orders"], rows["visits"]),
        "amount_per_order": (amount, rows["orders"]),
        "pipeline_cover": (rows["pipeline"], rows["judged"]),
    }
    people = pd.concat(
        [
            pd.DataFrame({"node_id": rows["seller_id"], "month": rows["month"], "measure": name,
                          "numerator": top.astype(float), "denominator": bottom.astype(float)})
            for name, (top, bottom) in pairs.items()
        ],
        ignore_index=True,
    ).dropna(subset=["numerator", "denominator"])  # fmt: skip
    people["node_id"] = people["node_id"].replace(dict(former_leaves or {}))
    above = _ancestors(units)
    whole = people.merge(above, left_on="node_id", right_on="leaf", how="inner")
    summed = whole.groupby(["above", "month", "measure"], sort=True)[["numerator", "denominator"]].sum().reset_index()
    summed = summed.rename(columns={"above": "node_id"}).query("denominator > 0").reset_index(drop=True)
    return summed.assign(value=summed["numerator"] / summed["denominator"])


def _ancestors(units: pd.DataFrame) -> pd.DataFrame:
    """Every unit and leaf with each unit above it, itself included: ``leaf, above``."""
    parent = dict(zip(units["unit_id"], units["parent_id"], strict=True))
    pairs: list[tuple[str, str]] = []
    for leaf in parent:
        walk: str | None = leaf
        while isinstance(walk, str) and walk in parent:
            pairs.append((leaf, walk))
            walk = parent[walk]
    return pd.DataFrame(pairs, columns=["leaf", "above"])


def spread_of_changes(values: pd.Series) -> tuple[float, float, float]:
    """Level, pull back to it, and the noise around where a month is expected from the one before.

    An autoregression of order one about the mean: ``x[t] - m = phi (x[t-1] - m) + e``. ``phi`` by least squares comes out
    too low in short series, by ``(1 + 3 phi) / n`` (Kendall 1954), which is added back; it is kept between 0 and 0.95.

    Parameters
    ----------
    values
        A figure's months in order, the ones to be judged left out.

    Returns
    -------
    ``m, phi, sd of e``; missing with fewer than six months.

    Examples
    --------
    >>> level, pull, noise = spread_of_changes(pd.Series([1.0, 3.0] * 6))
    >>> level, pull, round(noise, 2)
    (2.0, 0.0, 1.09)
    """
    x = values.dropna().to_numpy(dtype=float)
    if len(x) < 6:
        return float("nan"), float("nan"), float("nan")
    level = float(x.mean())
    around = x - level
    square = float(around[:-1] @ around[:-1])
    raw = float(around[1:] @ around[:-1]) / square if square > 0 else -1.0
    pull = min(max(raw + (1 + 3 * raw) / len(x), 0.0), 0.95)
    left = around[1:] - pull * around[:-1]
    return level, pull, float(np.sqrt(left @ left / (len(left) - 1)) * np.sqrt(1 + 1 / len(x)))
