"""Parameters in a reader's words, each with the name it has in the parameter file."""

from collections.abc import Mapping
from typing import Any

from salesplan.kpis.weighing import METHOD_NAMES
from salesplan.text import mark, say
from salesplan.text.numbers import format_money, format_percent, format_signed_percent

CAPTIONS = {
    "language": mark("Language"),
    "plan_year": mark("Year to plan"),
    "target_by": mark("Set the target by"),
    "growth": mark("Growth"),
    "growth_basis": mark("What grows"),
    "target_amount": mark("Amount"),
    "target_probability": mark("Chance"),
    "floor_by": mark("Set the floor by"),
    "floor_value": mark("Floor"),
    "stretch_by": mark("Set the stretch by"),
    "stretch_value": mark("Stretch"),
    "forecast_anchor": mark("Weight of the own forecast"),
    "capacity_weight": mark("Weight of capacity"),
    "potential_weight": mark("Weight of potential"),
    "history_weight": mark("Weight of history"),
    "allocation": mark("Way of sharing out"),
    "min_growth": mark("Least growth of a person"),
    "max_growth": mark("Most growth of a person"),
    "rules": mark("Pins, floors and caps"),
    "line_growth": mark("Growth held for a line"),
    "products": mark("Product lines planned"),
    "regions": mark("Units planned"),
    "unit": mark("Round to"),
    "ramp": mark("Output of newcomers by month"),
    "tier_productivity": mark("Output by tier"),
    "attrition_rate": mark("Sellers who leave in a year"),
    "months_to_fill": mark("Months to fill a vacancy"),
    "reconciliation": mark("Reconciliation"),
    "coverage": mark("Coverage of intervals"),
    "false_alarms": mark("Share of warnings that may be false"),
    "adjust_cap": mark("Most an adjustment moves a month"),
    "external_trigger": mark("Agreed outside reason"),
    "trigger_change": mark("What the outside reason changes"),
    "scenario_b": mark("Scenario B"),
    "seed": mark("Seed of simulations"),
    "decision_file": mark("Decision file"),
    "weightings": mark("Weightings drawn"),
    "period": mark("Period"),
    "scheme_name": mark("Scheme"),
    "kpi_set": mark("KPI set"),
    "method": mark("Way of weighting"),
    "weights": mark("Weights"),
    "judgments": mark("Pairwise judgments"),
    "group_aggregation": mark("Judges are brought together by"),
    "best_worst": mark("Best and worst KPI"),
    "importance_outcome": mark("Result to be explained"),
    "importance_method": mark("Relative importance by"),
    "process_kpis": mark("Process KPIs"),
    "objective_method": mark("Weights from spread by"),
    "objective_share": mark("Part of the weights from spread"),
    "result_share": mark("Weight of results"),
    "result_rule": mark("Result share is"),
    "weight_step": mark("Step of weights"),
    "forced_distribution": mark("Forced distribution"),
    "min_group": mark("Smallest group shown"),
    "history_months": mark("Months of history"),
    "scheme_reason": mark("Reason"),
}
RULE_KINDS = {"pin": mark("Pin"), "floor": mark("Floor"), "cap": mark("Cap")}
WORDS = {
    ("target_by", "growth"): mark("Growth"),
    ("target_by", "amount"): mark("Amount"),
    ("target_by", "probability"): mark("Chance"),
    ("growth_basis", "year_sum"): mark("Sum of the year"),
    ("growth_basis", "run_rate"): mark("Run rate, compounding"),
    ("floor_by", "share"): mark("Share of target"),
    ("floor_by", "probability"): mark("Chance"),
    ("stretch_by", "share"): mark("Share of target"),
    ("stretch_by", "probability"): mark("Chance"),
    ("allocation", "quadratic"): mark("Equal distance (quadratic)"),
    ("allocation", "entropic"): mark("Equal proportion (entropic)"),
    ("unit", "fen"): "0.01",
    ("unit", "yuan"): "1",
    ("unit", "thousand"): "1,000",
    ("unit", "ten_thousand"): "10,000",
    ("reconciliation", "mint_shrink"): "MinT (shrink)",
    ("reconciliation", "wls_var"): "WLS (variance)",
    ("group_aggregation", "aij"): mark("Judgments (AIJ)"),
    ("group_aggregation", "aip"): mark("Weights (AIP)"),
    ("importance_method", "lmg"): "LMG",
    ("importance_method", "johnson"): "Johnson",
    ("result_rule", "advise"): mark("advised"),
    ("result_rule", "hold"): mark("held"),
    ("language", "zh"): "中文",
    ("language", "en"): "English",
}
HIDDEN = frozenset({"workspace"})
SHARES = frozenset({
    "target_probability", "floor_value", "stretch_value", "forecast_anchor", "capacity_weight", "potential_weight",
    "history_weight", "attrition_rate", "coverage", "objective_share", "result_share", "weight_step", "false_alarms", "adjust_cap",
})  # fmt: skip


def said_parameters(values: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Caption and value of each parameter, in order; the folder of the data is not among them.

    Examples
    --------
    >>> said_parameters({"growth": 0.12, "unit": "thousand", "rules": [], "own": 3}, "en")
    [('Growth (growth)', '+12.0%'), ('Round to (unit)', '1,000'), ('Pins, floors and caps (rules)', '–'), ('own', '3')]
    """
    return [
        (f"{say(CAPTIONS[name], language)} ({name})" if name in CAPTIONS else name, said_value(name, value, language))
        for name, value in values.items()
        if name not in HIDDEN
    ]


def said_value(name: str, value: Any, language: str) -> str:
    """The value of a parameter in words."""
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, str) and (name, value) in WORDS:
        return say(WORDS[name, value], language)
    if name in ("method", "objective_method") and isinstance(value, str) and value in METHOD_NAMES:
        return say(METHOD_NAMES[value], language)
    if name == "rules" and isinstance(value, Mapping):
        return said_rule(value, language)
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {said_value(str(k), v, language)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(said_value(name, item, language) for item in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if name in ("growth", "min_growth", "max_growth"):
        return format_signed_percent(value, language)
    if name in SHARES:
        return format_percent(value, language, 0)
    if name in ("target_amount", "amount"):
        return format_money(value, language)
    return f"{value:g}"


def said_rule(rule: Mapping[str, Any], language: str) -> str:
    """A pin, floor or cap in words.

    Examples
    --------
    >>> said_rule({"unit": "E07", "kind": "cap", "growth": 0.2, "reason": "new"}, "en")
    'E07: Cap +20.0% (new)'
    """
    unit, kind = str(rule.get("unit", rule.get("unit_id", ""))), str(rule.get("kind", ""))
    amount, growth = rule.get("amount"), rule.get("growth")
    said = ""
    if isinstance(amount, int | float):
        said = format_money(amount, language)
    elif isinstance(growth, int | float):
        said = format_signed_percent(growth, language)
    word = say(RULE_KINDS[kind], language) if kind in RULE_KINDS else kind
    reason = f" ({rule['reason']})" if rule.get("reason") else ""
    return f"{unit}: {word} {said}{reason}"
