"""From a plan to the small frames that pictures are drawn from."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.hierarchy import ALL_LINES, Hierarchy, node_id

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan


def node_history(
    history: pd.DataFrame, hierarchy: Hierarchy, *, unit_id: str, product_line: str = ALL_LINES
) -> pd.Series:
    """Monthly actuals of a unit: the sum of its leaves, in currency units.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "name": ["Co", "A", "B"]})
    >>> history = pd.DataFrame([[1.0, 2.0]], index=pd.period_range("2026-01", periods=1, freq="M"),
    ...                        columns=pd.MultiIndex.from_tuples([("a", "x"), ("b", "x")]))
    >>> float(node_history(history, Hierarchy(units=units, lines=["x"]), unit_id="co").iloc[0])
    3.0
    """
    units = hierarchy.units["unit_id"].to_numpy()
    place = int((units == unit_id).argmax())
    below = set(units[hierarchy.leaf_positions[hierarchy.unit_summing[place].indices]])
    keep = history.columns.get_level_values(0).isin(below)
    if product_line != ALL_LINES:
        keep &= history.columns.get_level_values(1) == product_line
    return history.loc[:, keep].sum(axis=1)


def carried_months(plan: "TargetPlan", node: str) -> pd.DataFrame:
    """Forecast of a node by month with the business it takes over, so that the months add up to its year.

    The plan's forecast of a node holds what former colleagues leave to it; months still to come are
    scaled by (carried - facts) / (forecast - facts), months that are over stay facts.

    Returns
    -------
    DataFrame
        Index the months of the year; ``forecast``, ``forecast_lower``, ``forecast_upper`` in currency units.
    """
    outlook, year = plan.forecast, plan.year
    frames = {"forecast": outlook.monthly, "forecast_lower": outlook.monthly_lower, "forecast_upper": outlook.monthly_upper}
    out = pd.DataFrame({name: frame.loc[node].to_numpy(float) for name, frame in frames.items()}, index=year)
    row: Any = plan.nodes.loc[node]
    done, carried, own = _months_over(plan), float(row["forecast"]), out["forecast"]
    facts, to_come = float(own.iloc[:done].sum()), float(own.iloc[done:].sum())
    if carried >= facts and to_come > 0:
        out.iloc[done:] *= (carried - facts) / to_come
    elif carried > facts and done < len(year):  # all of it is taken over: it comes as the line's business comes
        whole = frames["forecast"].loc[node_id(str(plan.nodes["unit_id"].iloc[0]), str(row["product_line"]))]
        shape = whole.to_numpy(float)[done:].clip(min=0)
        shape = shape / shape.sum() if shape.sum() > 0 else np.full(len(shape), 1 / len(shape))
        out.iloc[done:] = ((carried - facts) * shape)[:, None]
    elif facts != 0:
        out *= carried / float(own.sum()) if float(own.sum()) != 0 else 0.0
    return out


def _months_over(plan: "TargetPlan") -> int:
    """How many months of the year are over: those whose sum is what the company has sold."""
    company = str(plan.nodes.index[0])
    sums = np.r_[0.0, np.cumsum(plan.forecast.monthly.loc[company].to_numpy(float))]
    facts: Any = plan.forecast.annual["facts"].loc[company]
    return int(np.abs(sums - float(facts)).argmin())


def forecast_frame(
    plan: "TargetPlan",
    *,
    history: pd.DataFrame | None = None,
    unit_id: str | None = None,
    product_line: str = ALL_LINES,
    months_back: int = 24,
) -> pd.DataFrame:
    """History, forecast with interval and the three levels of one node, month by month.

    Parameters
    ----------
    history
        ``SalesData.history``: months x (leaf unit, product line); leave out for the year alone.
    months_back
        How many months of history to keep before the year.

    Returns
    -------
    DataFrame
        What `plot_forecast` draws; the last actual month starts the forecast line.
    """
    unit = unit_id or str(plan.hierarchy.units["unit_id"].iloc[0])
    node = node_id(unit, product_line)
    year = plan.year
    sums = plan.table(node, by="month").reindex(year)
    out = pd.DataFrame(
        {
            **{str(name): column.to_numpy(float) for name, column in carried_months(plan, node).items()},
            **{level: sums[level].to_numpy(float) for level in ("floor", "target", "stretch")},
        },
        index=year,
    )
    if history is None:
        return out
    past = node_history(history, plan.hierarchy, unit_id=unit, product_line=product_line)
    past = past[past.index >= year[0] - months_back]
    months = pd.period_range(min(past.index.min(), year[0]), year[-1], freq="M")
    out = out.reindex(months)
    out.insert(0, "actual", past.reindex(months).astype(float))
    return out
