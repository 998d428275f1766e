"""What happened so far, before anything is planned: sales by fiscal year and by unit."""

import numpy as np
import pandas as pd

from salesplan.calendars import FiscalCalendar
from salesplan.hierarchy import Hierarchy
from salesplan.money.tree import depths
from salesplan.targets.shares import PlanningFacts


def yearly_sales(facts: PlanningFacts) -> pd.DataFrame:
    """Sales of each fiscal year, and growth over the same months of the year before.

    Returns
    -------
    DataFrame
        One row a fiscal year: ``fiscal_year``, ``n_months`` with data, ``amount`` (currency units),
        ``same_months_before`` (the same months one year earlier) and ``growth`` (fraction; missing when
        those months are not all known).
    """
    calendar = FiscalCalendar(start_month=facts.settings.fiscal_start_month)
    total = facts.history.sum(axis=1)
    years = pd.Series([calendar.year_of(month.to_timestamp()) for month in total.index], index=total.index)
    before = pd.Series(total.reindex(total.index - 12).to_numpy(), index=total.index)
    rows = []
    for number, months in years.groupby(years):
        earlier = before[months.index]
        known = earlier.notna().all() and earlier.sum() > 0
        amount = float(total[months.index].sum())
        rows.append({
            "fiscal_year": calendar.label(int(number)), "n_months": len(months), "amount": amount,
            "same_months_before": float(earlier.sum()) if known else np.nan,
            "growth": amount / float(earlier.sum()) - 1 if known else np.nan,
        })
    return pd.DataFrame(rows)


def unit_sales(facts: PlanningFacts, *, months: int = 12) -> pd.DataFrame:
    """Sales of the last months of every unit above the sellers, restated to today's organisation.

    Returns
    -------
    DataFrame
        ``name``, ``level``, ``n_sellers``, ``amount``, ``share`` of the company, ``growth`` over the same
        months one year before (missing when not all known), ``depth`` below the top, in the order of
        the organisation.
    """
    tree = Hierarchy(units=facts.units, lines=facts.product_lines)
    by_leaf = facts.history.T.groupby(level=0).sum().T.reindex(
        columns=tree.units["unit_id"].to_numpy()[tree.leaf_positions], fill_value=0.0)
    last = by_leaf.iloc[-months:]
    before = by_leaf.iloc[-12 - months:-12] if len(by_leaf) >= 12 + months else None
    summing = tree.unit_summing
    units = tree.units.assign(amount=summing @ last.sum().to_numpy())
    units["before"] = np.nan if before is None else summing @ before.sum().to_numpy()
    seller = (units["level"].to_numpy()[tree.leaf_positions] == "rep").astype(float)
    units["n_sellers"] = (summing @ seller).astype(int)
    units["share"] = units["amount"] / units["amount"].iloc[0] if units["amount"].iloc[0] else np.nan
    units["growth"] = units["amount"] / units["before"].where(units["before"] > 0) - 1
    order = _depth_first(tree)
    units["depth"] = depths(tree.parent_positions)
    shown = units.iloc[order]
    shown = shown[~shown["level"].isin(["rep", "former"])]
    return shown[["name", "level", "n_sellers", "amount", "share", "growth", "depth"]].reset_index(drop=True)


def _depth_first(tree: Hierarchy) -> list[int]:
    children: dict[int, list[int]] = {}
    for position, parent in enumerate(tree.parent_positions):
        children.setdefault(int(parent), []).append(position)
    order, waiting = [], [0]
    while waiting:
        position = waiting.pop()
        order.append(position)
        waiting.extend(reversed(children.get(position, [])))
    return order
