"""The company's three amounts, floor 保底, target 目标 and stretch 挑战, and where each comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.targets.growth import Growth, target_from_growth
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.forecasting import HierarchyForecast
    from salesplan.targets.parameters import TargetParameters

LEVELS = ("floor", "target", "stretch")
LEVEL_NAMES = {"floor": mark("Floor"), "target": mark("Target"), "stretch": mark("Stretch")}

By = Literal["growth", "run_rate", "amount", "probability", "share"]

HOW = {
    "growth": mark("{level_msgid}: last year's {last_year} and {asked_growth} on the year's total, {amount_fen}."),
    "run_rate": mark(
        "{level_msgid}: month after month from last year's monthly mean until the last month stands {asked_growth}"
        " above it; over the year that is {growth}, {amount_fen}."
    ),
    "amount": mark("{level_msgid}: set to {amount_fen}, which is {growth} on last year."),
    "probability": mark(
        "{level_msgid}: {amount_fen}, the amount that the forecast reaches with a chance of {p_asked}."
    ),
    "share": mark("{level_msgid}: {asked_share} of the target, {amount_fen}."),
}


@dataclass(frozen=True, kw_only=True)
class LevelRule:
    """How one level is set.

    Parameters
    ----------
    by
        ``growth`` on last year's total, ``run_rate`` (compounding from last year's monthly mean to the
        last month), ``amount``, ``probability`` to attain, or ``share`` of the target.
    value
        Fraction, or currency units for ``amount``.
    """

    by: By
    value: float

    def __post_init__(self) -> None:
        if self.by not in HOW:
            raise InputError(f"by == {self.by!r}, must be a way to set a level", fix=known_choices(self.by, HOW))
        low, high, words = {
            "growth": (-1.0, np.inf, "a fraction above -1"),
            "run_rate": (-1.0, np.inf, "a fraction above -1"),
            "amount": (0.0, np.inf, "an amount above 0"),
            "probability": (0.0, 1.0, "a probability between 0 and 1"),
            "share": (0.0, np.inf, "a fraction above 0"),
        }[self.by]
        if not low < self.value < high:
            raise InputError(f"{self.by} == {self.value:g}, must be {words}", where="company levels")


def company_levels(
    rules: Mapping[str, LevelRule],
    *,
    last_year: float,
    quantile: Callable[[float], float],
    probability_at_least: Callable[[float], float],
    unit: int = 1,
) -> pd.DataFrame:
    """The company's floor, target and stretch as exact amounts, with growth, chance and explanation.

    Parameters
    ----------
    rules
        One rule for each of floor, target and stretch.
    last_year
        Total of the year before, currency units.
    quantile, probability_at_least
        Of the company's forecast total, currency units.
    unit
        Amounts are rounded to multiples of so many fen.

    Returns
    -------
    DataFrame
        Index floor, target, stretch: ``amount`` (currency units), ``amount_fen``, ``growth``, ``p_attain``,
        ``how`` (marked sentence), ``details``.

    Raises
    ------
    InputError
        Growth without a last year to grow from, an amount that is not positive, or levels that cross:
        both named with their amounts.

    Examples
    --------
    >>> rules = {"floor": LevelRule(by="share", value=0.9), "target": LevelRule(by="growth", value=0.12),
    ...          "stretch": LevelRule(by="share", value=1.1)}
    >>> c = company_levels(rules, last_year=1000.0, quantile=lambda q: 1000.0, probability_at_least=lambda a: 0.5)
    >>> c["amount"].tolist()
    [1008.0, 1120.0, 1232.0]
    """
    missing = [level for level in LEVELS if level not in rules]
    if missing:
        raise InputError(f"rules has no {missing[0]}, must have floor, target and stretch", where="company levels")
    amounts: dict[str, int] = {}
    rows: dict[str, dict[str, Any]] = {}
    for level in ("target", "floor", "stretch"):
        rule = rules[level]
        if rule.by == "share" and level == "target":
            raise InputError(
                "target is set by share, must be set by growth, amount or probability", where="company levels"
            )
        amount = _amount(rule, last_year, quantile, amounts.get("target", 0) / 100)
        amounts[level] = round(amount * 100 / unit) * unit
        if not np.isfinite(amount) or amounts[level] <= 0:
            raise InputError(
                f"{level} == {amount:,.2f}, must be positive",
                where="company levels",
                fix="Set it by amount, or check the history.",
            )
        money = amounts[level] / 100
        growth = money / last_year - 1 if last_year > 0 else np.nan
        details: dict[str, Any] = {
            "level_msgid": LEVEL_NAMES[level],
            "last_year": last_year,
            "amount_fen": amounts[level],
            "growth": growth,
        }
        asked = {"growth": "asked_growth", "run_rate": "asked_growth", "probability": "p_asked", "share": "asked_share"}
        if rule.by in asked:
            details[asked[rule.by]] = rule.value
        rows[level] = {
            "amount": money,
            "amount_fen": amounts[level],
            "growth": growth,
            "p_attain": float(probability_at_least(money)),
            "how": HOW[rule.by],
            "details": details,
        }
    _check_order(rows, rules)
    return pd.DataFrame([rows[level] for level in LEVELS], index=pd.Index(LEVELS, name="level"))


def level_rules(parameters: "TargetParameters") -> dict[str, LevelRule]:
    """Rules of the three levels as an analyst's parameters state them."""
    p = parameters
    if p.target_by == "growth":
        target = LevelRule(by="growth" if p.growth_basis == "year_sum" else "run_rate", value=p.growth)
    elif p.target_by == "amount":
        target = LevelRule(by="amount", value=float(p.target_amount or 0))
    else:
        target = LevelRule(by="probability", value=p.target_probability)
    return {
        "floor": LevelRule(by=p.floor_by, value=p.floor_value),
        "target": target,
        "stretch": LevelRule(by=p.stretch_by, value=p.stretch_value),
    }


def set_levels(forecast: "HierarchyForecast", parameters: "TargetParameters", *, unit: int = 1) -> pd.DataFrame:
    """The company's three levels from its forecast and the analyst's parameters (see `company_levels`)."""
    top = str(forecast.annual.index[0])
    return company_levels(
        level_rules(parameters),
        last_year=float(forecast.annual["last_year"].loc[top]),
        quantile=lambda q: float(forecast.quantile(q).loc[top]),
        probability_at_least=lambda amount: float(forecast.probability_at_least(pd.Series({top: amount})).loc[top]),
        unit=unit,
    )


def _amount(rule: LevelRule, last_year: float, quantile: Callable[[float], float], target: float) -> float:
    if rule.by in ("growth", "run_rate"):
        if not last_year > 0:
            raise InputError(
                f"last_year == {last_year:,.2f}, must be positive to grow from",
                where="company levels",
                fix="Set the target by amount or by probability.",
            )
        basis: Literal["year_sum", "run_rate"] = "year_sum" if rule.by == "growth" else "run_rate"
        return float(target_from_growth(last_year, Growth(rate=rule.value, basis=basis)))
    if rule.by == "amount":
        return rule.value
    return quantile(1 - rule.value) if rule.by == "probability" else target * rule.value


def _check_order(rows: Mapping[str, Mapping[str, Any]], rules: Mapping[str, LevelRule]) -> None:
    for low, high in (("floor", "target"), ("target", "stretch")):
        if rows[low]["amount_fen"] > rows[high]["amount_fen"]:
            raise InputError(
                f"{low} == {rows[low]['amount']:,.2f} (by {rules[low].by} {rules[low].value:g}) lies above"
                f" {high} == {rows[high]['amount']:,.2f} (by {rules[high].by} {rules[high].value:g}), must not",
                where="company levels",
                fix=f"Lower the {low} or raise the {high}; a smaller probability is a larger amount.",
                low=low,
                high=high,
            )
