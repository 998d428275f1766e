"""Who carries how much of each level: forecast kept, stretch shared out, bounds held, money exact."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.hierarchy import Hierarchy
from salesplan.targets.cascade_rules import round_tree, solve_tree
from salesplan.targets.parameters import TargetParameters
from salesplan.targets.rules import read_rules, rule_bounds

FEN = 100
LEAST_RELIEF = 1e-9


def allocate_levels(
    hierarchy: Hierarchy,
    by_leaf: pd.DataFrame,
    sellers: pd.DataFrame,
    totals: Mapping[str, int],
    parameters: TargetParameters,
    *,
    unit: int,
) -> pd.DataFrame:
    """Annual floor, target and stretch of each seller, exact to the unit at every node.

    ``target = clip(base + mu * weight, lower, upper)`` (quadratic) or ``clip(lambda * base, lower, upper)``
    (entropic), with the multiplier chosen so that every unit's total holds; the base is
    ``anchor * forecast + (1 - anchor) * company forecast * weight``. Floor and stretch are shared out by
    the same rule, the floor never above and the stretch never below the target of anybody; pins, caps and
    growth limits bind the target alone. A level that
    lies below the sum of the bases asks for less than is expected anyway: the relief goes out in proportion
    to the base (by weight, those who can carry most would be asked for least).

    Returns
    -------
    DataFrame
        ``sellers`` with ``forecast``, ``carried_forecast``, ``base``, ``lower``, ``upper``, ``rule``,
        ``stretch_weight`` (share in what the target adds to the base or takes from it) and ``floor_fen``,
        ``target_fen``, ``stretch_fen``.
    """
    out = sellers.copy()
    units = hierarchy.units
    ids = units["unit_id"].to_numpy()
    leaves = ids[hierarchy.leaf_positions]
    able = out["capacity_months"] > 0
    if not able.any():
        raise InputError("sellers able to sell in the year == 0, must be at least 1", where="target plan",
                         fix="Check hire and leave dates, or plan another year.")
    out["forecast"] = by_leaf["mean"].reindex(out.index).fillna(0.0)
    out["carried_forecast"] = carry_forecast(hierarchy, by_leaf["mean"], out["weight"].where(able, 0.0),
                                             stays=out["stays"])
    anchor = parameters.forecast_anchor
    out["base"] = anchor * out["carried_forecast"] + (1 - anchor) * by_leaf["mean"].sum() * out["weight"]

    bounds = rule_bounds(
        read_rules(parameters.rules), units, last_year=_unit_last_year(hierarchy, by_leaf),
        min_growth=parameters.min_growth, max_growth=parameters.max_growth,
        full_year=set(out.index[able & (by_leaf["n_months"].reindex(out.index) >= 12) & (out["stays"] > 0.99)]),
        unable=set(leaves) - set(out.index[able]),
    )
    if parameters.max_growth is not None:
        bounds = _cap_newcomers(bounds, out, able, 1 + parameters.max_growth)
    if not parameters.rules:
        _check_growth_limits(bounds.reindex(out.index), totals["target"] / FEN, parameters)
    inner = bounds.reindex(ids)
    start = out["base"].reindex(leaves).fillna(0.0).to_numpy()
    weight = out["weight"].reindex(leaves).fillna(0.0).to_numpy()
    target = np.zeros(len(leaves))
    for level in ("target", "floor", "stretch"):
        rules: dict[str, Any] = {
            "target": {"unit_lower": inner["lower"].to_numpy(float), "unit_upper": inner["upper"].to_numpy(float)},
            "floor": {"lower": np.zeros(len(leaves)), "upper": target},
            "stretch": {"lower": target, "upper": np.where(target > 0, np.inf, 0.0)},
        }[level]
        pace = weight if totals[level] / FEN >= start.sum() else _relief_weight(start, weight)
        solved = solve_tree(units, totals[level] / FEN, start, pace, method=parameters.allocation, **rules)
        fen: pd.Series = pd.Series(round_tree(units, solved.amounts, totals[level], unit=unit, **rules), index=leaves)
        out[f"{level}_fen"] = fen.reindex(out.index)
        if level == "target":
            target = fen.to_numpy() / FEN
            out["stretch_weight"] = pd.Series(pace / pace.sum(), index=leaves).reindex(out.index)
            at = solved.nodes.reindex(out.index)
            out["lower"], out["upper"], out["multiplier"] = at["lower"], at["upper"], at["multiplier"]
            out["rule"] = bounds["rule"].reindex(out.index).where(at["binding"] != "", "")
    return out


def _relief_weight(base: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Base as weight; a trace of the usual weight keeps sellers without a base able to move when rules bind."""
    share = np.maximum(base, 0.0)
    return share + LEAST_RELIEF * share.sum() * weight if share.sum() > 0 else weight


def _check_growth_limits(bounds: pd.DataFrame, total: float, parameters: TargetParameters) -> None:
    """Refuse a total that the common growth limits leave no room for, by the limit's own name."""
    least, most = float(bounds["lower"].sum()), float(bounds["upper"].sum())
    if total > most:
        raise InfeasibleTargetError(
            f"target == {total:,.0f}, must be at most {most:,.0f}: max_growth == {parameters.max_growth} caps every seller",
            where="target parameters", fix="Lower the target, raise max_growth, or leave it empty.", binding=["max_growth"])
    if total < least:
        raise InfeasibleTargetError(
            f"target == {total:,.0f}, must be at least {least:,.0f}: min_growth == {parameters.min_growth} holds every seller",
            where="target parameters", fix="Raise the target, lower min_growth, or leave it empty.", binding=["min_growth"])


def _cap_newcomers(bounds: pd.DataFrame, sellers: pd.DataFrame, able: pd.Series, factor: float) -> pd.DataFrame:
    """Cap who has no full last year to grow from: by what peers sold per capacity month, or the own forecast.

    Without it, all that full-year sellers may not carry would fall on newcomers.
    """
    capped = bounds["upper"].reindex(sellers.index)
    free = able & ~np.isfinite(capped.to_numpy(float)) & (bounds["cap_rule"].reindex(sellers.index) == "")
    full = able & np.isfinite(capped.to_numpy(float)) & (sellers["last_year"] > 0)
    if not free.any() or not full.any():
        return bounds
    peers = sellers.loc[full, "last_year"].sum() / sellers.loc[full, "capacity_months"].sum()
    usual = (sellers["capacity_months"] * peers).clip(lower=sellers["carried_forecast"]) * factor
    out = bounds.copy()
    ids = sellers.index[free]
    out.loc[ids, "upper"] = usual[ids].clip(lower=out.loc[ids, "lower"])
    out.loc[ids, "cap_rule"] = "max_growth"
    out.loc[ids, "rule"] = [f"{rule}+max_growth" if rule else "max_growth" for rule in out.loc[ids, "rule"]]
    return out


def carry_forecast(
    hierarchy: Hierarchy, forecast: pd.Series, weight: pd.Series, *, stays: pd.Series | None = None
) -> pd.Series:
    """Give the forecast that its leaf cannot carry to the nearest colleagues, by weight.

    A leaf without weight gives all of it; one that is there for a part of the year (``stays``, share of its
    own forecast) the rest.
    """
    ids = hierarchy.units["unit_id"].to_numpy()
    leaves = hierarchy.leaf_positions
    able = weight.reindex(ids[leaves]).fillna(0.0).to_numpy()
    own = forecast.reindex(ids[leaves]).fillna(0.0).to_numpy()
    kept = np.ones(len(leaves)) if stays is None else stays.reindex(ids[leaves]).fillna(1.0).to_numpy()
    carried = np.where(able > 0, own * kept, 0.0)
    carried_before = carried.copy()
    below = hierarchy.unit_summing @ able
    staying = able * kept  # who leaves takes over less
    for leaf in np.flatnonzero((carried != own) & (own != 0)):
        unit = hierarchy.parent_positions[leaves[leaf]]
        while unit > 0 and below[unit] - able[leaf] <= 0:
            unit = hierarchy.parent_positions[unit]
        colleagues = hierarchy.unit_summing[unit].indices
        taking = np.where(colleagues == leaf, 0.0, staying[colleagues])
        if taking.sum() <= 0:  # nobody else is there
            taking = np.where(colleagues == leaf, 1.0, 0.0)
        carried[colleagues] += (own[leaf] - carried_before[leaf]) * taking / taking.sum()
    return pd.Series(carried, index=ids[leaves]).reindex(weight.index)


def _unit_last_year(hierarchy: Hierarchy, by_leaf: pd.DataFrame) -> pd.Series:
    return pd.Series(hierarchy.unit_summing @ by_leaf["last_year"].fillna(0.0).to_numpy(),
                     index=hierarchy.units["unit_id"].to_numpy())

