"""How many visits, opportunities and orders units and people make a working day, as usual and in their best months ever."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.working_days import monthly_working_days
from salesplan.hierarchy import Hierarchy

Floats = NDArray[np.float64]

USUAL_MONTH = 21
WEEK = 5
"""Working days of a week, in which paces are said."""
COUNTED = ("visits", "orders")


@dataclass(frozen=True, kw_only=True, eq=False)
class Paces:
    """Work of every node.

    ``sums``: of the window, node by ``amount, orders, visits, opportunities, orders_seen`` (orders of months in which visits are
    known). ``usual, best``: visits and orders a working day by node, of the window and of the best ``n_months`` in a row; of a unit
    a day of the calendar, of a person a day present.
    """

    sums: pd.DataFrame
    usual: dict[str, pd.Series]
    best: dict[str, pd.Series]
    n_months: int
    top: str
    leaves: list[str]

    def of(self, node: str) -> dict[str, float]:
        """Sums of a node."""
        return {str(name): float(value) for name, value in self.sums[self.sums.index == node].iloc[0].items()}


def work_paces(
    process: pd.DataFrame, units: pd.DataFrame, *, days: int, window: int, ended: pd.Period, country: str = "CN"
) -> Paces:
    """Sums and paces of every node.

    Parameters
    ----------
    process
        ``seller_id`` (a leaf of the tree), ``month, working_days, visits, opportunities, orders, amount_fen`` up to ``ended``.
    units
        The tree.
    days
        Working days a best stretch is to have; it is rounded to whole months, one at least.
    window
        Months that usual figures come from.
    """
    tree = Hierarchy(units=units)
    leaves = [str(unit) for unit in tree.units["unit_id"].to_numpy()[tree.leaf_positions]]
    nodes = pd.Index(tree.units["unit_id"].astype(str))
    is_leaf = np.zeros(len(nodes), bool)
    is_leaf[tree.leaf_positions] = True
    first = process["month"].min() if len(process) else ended
    months = pd.period_range(first, ended, freq="M")
    calendar = monthly_working_days(months, country=country)["working_days"].to_numpy(float)
    seen = process["visits"].notna()
    columns = {
        "amount": process["amount_fen"].astype(float) / 100, "orders": process["orders"].astype(float),
        "visits": process["visits"].astype(float), "orders_seen": process["orders"].where(seen).astype(float),
        "opportunities": process["opportunities"].where(seen).astype(float) if "opportunities" in process else process["visits"] * np.nan,
    }  # fmt: skip
    own_days = process["working_days"].astype(float)
    row = pd.Index(leaves).get_indexer(pd.Index(process["seller_id"].astype(str)))
    column = months.get_indexer(pd.PeriodIndex(process["month"], freq="M"))

    def laid(values: pd.Series) -> tuple[Floats, Floats]:
        """Sums by node and month, and how many people each rests on."""
        known = values.notna().to_numpy() & (row >= 0) & (column >= 0)
        total, n = np.zeros((len(leaves), len(months))), np.zeros((len(leaves), len(months)))
        np.add.at(total, (row[known], column[known]), values.to_numpy(float)[known])
        np.add.at(n, (row[known], column[known]), 1.0)
        return np.asarray(tree.unit_summing @ total), np.asarray(tree.unit_summing @ n)

    n_months, sums, usual, best = max(round(days / USUAL_MONTH), 1), {}, {}, {}
    for name, values in columns.items():
        total, people = laid(values)
        sums[name] = total[:, -window:].sum(axis=1)
        if name in COUNTED:
            present, _ = laid(own_days.where(values.notna()))
            worked = np.where(is_leaf[:, None], present, np.where(people > 0, calendar, 0.0))
            usual[name] = pd.Series(_rate(total[:, -window:].sum(axis=1), worked[:, -window:].sum(axis=1)), index=nodes)
            best[name] = pd.Series(_best(total, worked, n_months), index=nodes)
    return Paces(sums=pd.DataFrame(sums, index=nodes), usual=usual, best=best, n_months=n_months, top=str(nodes[0]), leaves=leaves)


def _rate(total: Floats, days: Floats) -> Floats:
    return np.divide(total, days, out=np.full(total.shape, np.nan), where=days > 0)


def _best(total: Floats, days: Floats, n: int) -> Floats:
    """Highest rate of any so many months in a row, all of them known."""
    if total.shape[1] < n:
        return np.full(len(total), np.nan)

    def runs(values: Floats) -> Floats:
        added = np.hstack([np.zeros((len(values), 1)), np.cumsum(values, axis=1)])
        return np.asarray(added[:, n:] - added[:, :-n])

    whole = runs((days > 0).astype(float)) == n
    rate = np.where(whole, _rate(runs(total), runs(days)), -np.inf)
    found = rate.max(axis=1)
    return np.where(np.isfinite(found), found, np.nan)
