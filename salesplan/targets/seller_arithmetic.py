"""The parts of one seller's target: forecast carried, share of the stretch, rules and rounding."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

ROUNDING_STEPS = 3
"""A remainder of more rounding units than this comes from a rule of the unit, and is called so."""

Part = tuple[str, dict[str, Any], int]

RULE_NAMES = {
    "pin": mark("pin"),
    "floor": mark("floor"),
    "cap": mark("cap"),
    "min_growth": mark("least growth"),
    "max_growth": mark("most growth"),
    "no_capacity": mark("no capacity in the year"),
}
_SIDES = {
    "lower": ("pin", "floor", "min_growth", "no_capacity"),
    "upper": ("pin", "cap", "max_growth", "no_capacity"),
}

_UNIT_FEN = {"fen": 1, "yuan": 100, "thousand": 100_000, "ten_thousand": 1_000_000}


def seller_weight_details(plan: "TargetPlan", seller: pd.Series) -> tuple[str, dict[str, Any]]:
    """Sentence and values that say how much of the stretch a seller can carry, and why."""
    details: dict[str, Any] = {
        "weight_share": float(seller["weight"]),
        "capacity_months": float(seller["capacity_months"]),
        "capacity_share": float(seller["capacity_share"]),
        "history_share": float(seller["history_share"]),
    }
    if pd.notna(seller.get("potential_share")):
        return (
            mark(
                "Carries {weight_share} of the company's weight:"
                " {capacity_months} capacity months ({capacity_share} of all),"
                " {potential_share} of the potential, {history_share} of last year's sales."
            ),
            details | {"potential_share": float(seller["potential_share"])},
        )
    return (
        mark(
            "Carries {weight_share} of the company's weight:"
            " {capacity_months} capacity months ({capacity_share} of all), {history_share} of last year's sales."
        ),
        details,
    )


def binding_side(plan: "TargetPlan") -> pd.Series:
    """Which bound each seller's target stands at: ``lower``, ``upper`` or empty.

    A target within a rounding unit of a bound stands at it.
    """
    sellers: Any = plan.sellers
    target = sellers["target_fen"].to_numpy(float)
    near = 1.5 * _unit_fen(plan) + 0.5
    lower = sellers["lower"].fillna(0.0).to_numpy(float) * 100
    upper = sellers["upper"].fillna(np.inf).to_numpy(float) * 100
    side = np.select([target >= upper - near, (target <= lower + near) & (lower > 0)], ["upper", "lower"], "")
    return pd.Series(np.where((target <= near) & (upper <= near), "upper", side), index=sellers.index)


def rule_name(rule: str, side: str) -> str:
    """Marked name of the rule behind a bound, from the plan's ``rule`` codes such as ``floor+max_growth``.

    Examples
    --------
    >>> rule_name("floor+max_growth", "upper")
    'most growth'
    """
    codes = [code for code in rule.split("+") if code in _SIDES[side]]
    return RULE_NAMES[codes[0]] if codes else RULE_NAMES["cap" if side == "upper" else "floor"]


def seller_parts(plan: "TargetPlan", seller_id: str, target_fen: int) -> list[Part]:
    """Parts that add up to a seller's annual target, to the fen.

    Notes
    -----
    The plan's rule is ``clip(base + mu * weight, lower, upper)`` or ``clip(lambda * base, lower, upper)``;
    the multiplier is read from the colleagues in the same unit whose targets stand at no bound (from
    the whole company where the unit has none). What floors and caps change is a part of its own, and
    so is the rounding.
    """
    seller: Any = plan.sellers.loc[seller_id]
    base = _fen(seller["base"])
    forecast = _fen(seller["forecast"]) if "forecast" in seller else base
    carried = _fen(seller["carried_forecast"]) if "carried_forecast" in seller else forecast
    parts: list[Part] = [(mark("Own forecast: {amount_fen}."), {}, forecast)]
    if carried != forecast:
        text = mark("Business that moves between sellers who leave, arrive or cannot sell: {amount_fen}.")
        parts.append((text, {}, carried - forecast))
    if base != carried:
        text = mark("Moved from the own forecast towards the shared weight: {amount_fen}.")
        parts.append((text, {}, base - carried))
    free = _free_amount(plan, seller)
    side = str(binding_side(plan)[seller_id])
    held_text = mark("Held by a rule ({rule_msgid}): {amount_fen}.")
    rule = {"rule_msgid": rule_name(str(seller.get("rule", "") or ""), side or "upper")}
    if not np.isfinite(free):
        text = held_text if side else mark("Stretch, as far as the rules leave room: {amount_fen}.")
        parts.append((text, rule if side else {}, target_fen - base))
        return parts
    text = mark("Share of the stretch by weight: {amount_fen}.")
    if free < seller["base"]:
        text = mark("Relief in proportion, as the total lies below the forecast: {amount_fen}.")
    parts.append((text, {"weight_share": float(seller["weight"])}, _fen(free) - base))
    rest = target_fen - _fen(free)
    if side and abs(rest) > _unit_fen(plan):
        bound = _fen(seller[side])
        parts.append((held_text, rule, bound - _fen(free)))
        rest = target_fen - bound
    if abs(rest) > ROUNDING_STEPS * _unit_fen(plan):
        parts.append((mark("Rules of the units above, and rounding: {amount_fen}."), {}, rest))
    elif rest:
        parts.append((mark("Rounding: {amount_fen}."), {}, rest))
    return parts


def _free_amount(plan: "TargetPlan", seller: Any) -> float:
    """What the seller would carry without floor and cap: base and share of the stretch."""
    everyone = plan.sellers
    entropic = getattr(plan.parameters, "allocation", "quadratic") == "entropic"
    weight = everyone["stretch_weight"] if "stretch_weight" in everyone else everyone["weight"]
    by = everyone["base"] if entropic else weight
    usable = everyone[(binding_side(plan) == "") & (by > 0)]
    team = usable[usable["org_id"] == seller["org_id"]] if "org_id" in usable else usable.iloc[:0]
    source = team if len(team) else usable
    if not len(source):
        return float("nan")
    target = source["target_fen"] / 100
    if entropic:
        return float(target.sum() / source["base"].sum() * seller["base"])
    rate = (target - source["base"]).sum() / weight[source.index].sum()
    return float(seller["base"] + rate * weight[seller.name])


def _unit_fen(plan: "TargetPlan") -> int:
    return _UNIT_FEN.get(str(getattr(plan.parameters, "unit", "fen")), 1)


def _fen(amount: float) -> int:
    return round(float(amount) * 100)
