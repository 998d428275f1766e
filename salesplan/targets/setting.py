"""From facts, forecast and parameters to a target plan."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.errors import InfeasibleTargetError
from salesplan.hierarchy import Hierarchy, node_id
from salesplan.money import UNITS, to_currency
from salesplan.targets.attainment import probability_at_least
from salesplan.targets.capacity import seller_capacity
from salesplan.targets.carrying import allocate_levels
from salesplan.targets.levels import set_levels
from salesplan.targets.lines import split_lines
from salesplan.targets.margins import fit_margins
from salesplan.targets.parameters import TargetParameters
from salesplan.targets.plan import LEVELS, LEVELS_FEN, TargetPlan, sum_to_nodes
from salesplan.targets.planning import PlanYear
from salesplan.targets.shares import PlanningFacts, seller_shares
from salesplan.targets.spreading import spread_cells
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.forecasting import HierarchyForecast

FILLED = 0.001  # share of the company's mix where zeros keep the lines' totals from holding


def set_targets(
    facts: PlanningFacts,
    forecast: "HierarchyForecast",
    parameters: TargetParameters,
    *,
    year: PlanYear,
) -> TargetPlan:
    """Set floor, target and stretch for everybody, exact at every node.

    The company's three amounts come first; each seller starts from their own forecast and carries a
    part of the stretch by capacity, potential and history, within floors, caps and pins; product
    lines and sellers are held at once; months follow seasonality, capacity and working days; weeks
    follow working days.

    Parameters
    ----------
    facts
        Organisation, sellers, history: ``salesplan.data.load(...)``.
    forecast
        ``salesplan.forecasting.forecast_hierarchy`` of the same organisation and year.
    parameters
        What the analyst set.
    year
        The fiscal year to plan.

    Raises
    ------
    InfeasibleTargetError
        Floors, caps and pins cannot hold together; the binding ones are named.
    InputError
        No seller can carry a target, or the levels cross.
    """
    hierarchy: Hierarchy = forecast.hierarchy
    annual = forecast.annual
    unit = UNITS[parameters.unit]
    company = set_levels(forecast, parameters, unit=unit)
    leaves = pd.Index(hierarchy.units["unit_id"].to_numpy()[hierarchy.leaf_positions])
    by_leaf = annual.loc[[node_id(leaf) for leaf in leaves]].set_index(leaves)
    sellers, capacity, notes = seller_shares(facts, year.months, parameters, last_year=by_leaf["last_year"])
    sellers["stays"] = _stays(facts, forecast, year, sellers.index)
    totals = {level: int(company["amount_fen"][level]) for level in LEVELS}
    sellers = allocate_levels(hierarchy, by_leaf, sellers, totals, parameters, unit=unit)
    line_fen = split_lines(hierarchy, annual, sellers, totals["target"], parameters, unit=unit)
    cells = spread_cells(line_fen, sellers, capacity, forecast.seasonal_index, year.working_days, year.week_pieces,
                         unit=unit)
    names = np.array([year.quarters[month] for month in year.months], dtype=object)
    cells.insert(3, "quarter", names[year.months.get_indexer(pd.PeriodIndex(cells["month"]))])
    nodes = _describe_nodes(hierarchy, forecast, sellers, cells)
    company["p_attain"] = [float(nodes[f"p_{level}"].iloc[0]) for level in company.index]
    return TargetPlan(
        cells=cells, nodes=nodes, sellers=sellers, company=company, months=year.working_days, hierarchy=hierarchy,
        forecast=forecast, parameters=parameters, year=year.months, year_label=year.label, currency=facts.settings.currency,
        fingerprint=facts.fingerprint, source=facts.source, notes=[*notes, *_base_notes(facts, company, year)],
    )


def _stays(facts: PlanningFacts, forecast: "HierarchyForecast", year: PlanYear, ids: pd.Index) -> pd.Series:
    """Share of each seller's own forecast that falls on days when they are there (leave dates, leaves)."""
    there = seller_capacity(facts.sellers.reindex(columns=["seller_id", "leave_date"]), year.months,
                            leaves=facts.leaves, country=facts.settings.country).reindex(ids).to_numpy(float)
    monthly = forecast.monthly.loc[[node_id(seller) for seller in ids]].clip(lower=0).to_numpy(float)
    total = monthly.sum(axis=1)
    return pd.Series(np.divide((monthly * there).sum(axis=1), total, out=np.ones(len(ids)), where=total > 0), index=ids)


def _base_notes(facts: PlanningFacts, company: pd.DataFrame, year: PlanYear) -> list[dict[str, Any]]:
    """What the year that growth is measured against is made of, where it is not twelve months of facts."""
    before = pd.period_range(year.months[0] - 12, periods=12, freq="M")
    first, last = facts.history.index[0], facts.history.index[-1]
    ahead, missing = int((before > last).sum()), int((before < first).sum())
    base = {"last_year": float(company["details"]["target"]["last_year"])}
    notes: list[dict[str, Any]] = []
    begun = int((year.months <= last).sum())
    if begun:
        notes.append({"msgid": mark("{n} months of the year are over: the forecast holds what was sold in them, targets cover"
                                    " the whole year, and capacity is not judged."), "details": {"n": begun}})
    if ahead:
        notes.append({"msgid": mark("Last year's {last_year} holds {n} months that are not over yet, at their forecast."),
                      "details": {**base, "n": ahead}})
    if missing:
        notes.append({"msgid": mark("Last year's {last_year} is the sum of {n_known} months only: the data do not reach"
                                    " further back. Growth on it understates what is asked by month; set the target by"
                                    " amount or by probability."),
                      "details": {**base, "n_known": 12 - missing}})
    return notes


def _describe_nodes(
    hierarchy: Hierarchy, forecast: "HierarchyForecast", sellers: pd.DataFrame, cells: pd.DataFrame
) -> pd.DataFrame:
    """Targets, forecast, stretch and P(attain) of every node."""
    nodes = hierarchy.nodes.set_index("node_id")
    annual = forecast.annual.reindex(nodes.index)
    nodes[list(LEVELS_FEN)] = sum_to_nodes(cells, hierarchy)
    for level in LEVELS:
        nodes[level] = to_currency(nodes[f"{level}_fen"])
    nodes["last_year"] = annual["last_year"]
    carried = _carried_forecast(hierarchy, annual, sellers)
    nodes["forecast"] = carried
    facts = annual["facts"]
    to_come = annual["mean"] - facts
    grow = ((carried - facts) / to_come.where(to_come > 0)).clip(lower=0)
    for side in ("lower", "upper"):
        nodes[f"forecast_{side}"] = (facts + (annual[side] - facts) * grow).fillna(carried)
    nodes["forecast_part"] = carried
    nodes["stretch_part"] = nodes["target"] - carried
    base = nodes["last_year"].where(nodes["last_year"] > 0)
    nodes["growth"] = nodes["target"] / base - 1
    for level in LEVELS:
        # who takes over the business of former colleagues is judged on the forecast they carry
        asked = facts + (nodes[level] - facts) / grow.where(grow > 0, 1.0)
        nodes[f"p_{level}"] = forecast.probability_at_least(asked).where(~_inherits(carried, to_come), np.nan)
        _fill_inherited(nodes, f"p_{level}", nodes[level], annual)
        nodes.loc[nodes[f"{level}_fen"] == 0, f"p_{level}"] = np.nan  # nothing asked, nothing to attain
    return nodes


def _inherits(carried: pd.Series, to_come: pd.Series) -> pd.Series:
    """Nodes whose whole forecast is taken over from others: nothing of their own is known of the spread."""
    return (carried > 0) & ~(to_come > 0)


def _fill_inherited(nodes: pd.DataFrame, column: str, amount: pd.Series, annual: pd.DataFrame) -> None:
    unknown = nodes[column].isna()
    if not unknown.any():
        return
    known = annual[(annual["mean"] > 0) & (annual["sd"] > 0)]
    spread = (known["sd"] / known["mean"]).groupby(nodes["level"].reindex(known.index)).median()
    relative = nodes.loc[unknown, "level"].map(spread).fillna(spread.max() if len(spread) else 0.0)
    mean = nodes.loc[unknown, "forecast"]
    nodes.loc[unknown, column] = probability_at_least(mean, mean * relative, amount[unknown])


def _carried_forecast(hierarchy: Hierarchy, annual: pd.DataFrame, sellers: pd.DataFrame) -> pd.Series:
    """Forecast of each node after the business of former staff went to those who now carry it."""
    leaves = hierarchy.units["unit_id"].to_numpy()[hierarchy.leaf_positions]
    bottom = annual["mean"].reindex(hierarchy.bottom_ids).to_numpy(float).reshape(len(hierarchy.lines), len(leaves))
    own = bottom.sum(axis=0)
    carried = sellers["carried_forecast"].reindex(leaves).fillna(0.0).to_numpy()
    typical = bottom.sum(axis=1) / max(bottom.sum(), 1e-9)
    mix = np.where(own > 0, bottom / np.where(own > 0, own, 1.0), typical[:, None])
    moved = mix * carried
    if len(hierarchy.lines) > 1 and moved.sum() > 0:
        lines, people = list(hierarchy.lines), list(leaves)
        try:
            moved = fit_margins(moved, bottom.sum(axis=1), carried, row_names=lines, column_names=people)
        except InfeasibleTargetError:  # business of former staff in a line that no colleague sells
            filled = (1 - FILLED) * moved + FILLED * typical[:, None] * carried
            moved = fit_margins(filled, bottom.sum(axis=1), carried, row_names=lines, column_names=people)
    return pd.Series(hierarchy.aggregate(moved.reshape(-1)), index=hierarchy.nodes["node_id"].to_numpy())
