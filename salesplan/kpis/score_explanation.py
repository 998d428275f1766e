"""Why a score is what it is: every KPI's formula with its own figures, and what was done where none applies."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.kpis.scoring_functions import EDGE_TOLERANCE
from salesplan.kpis.scoring_policies import POLICY_TEXT, WEIGHT_RAISED, Policy
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.text import mark

Note = dict[str, Any]

UNIT_TEXT: dict[str, tuple[str, str]] = {
    "money": (mark("{amount_fen}"), "amount_fen"),
    "percent": (mark("{value_rate}"), "value_rate"),
    "count": (mark("{n}"), "n"),
    "days": (mark("{n_days} days"), "n_days"),
    "hours": (mark("{n_hours} hours"), "n_hours"),
    "points": (mark("{value_points}"), "value_points"),
}
"""A figure in its unit: the sentence, and the name of its detail."""

PLAIN_NUMBER = mark("{value}")

ABOVE_CAP = mark("{raw_points} points lie above the cap: {cap_points} count.")
BELOW_FLOOR = mark("{raw_points} points lie below the floor: {floor_points} count.")
ADDED_UP = mark("{n} KPIs, each points × weight, add up to {score}.")
NO_TOTAL = mark("No KPI could be scored, so there is no score and no rank.")

_WITHOUT_LIMITS = frozenset(map(int, (Policy.NO_ACTUAL_ZERO, Policy.NO_ACTUAL_PEERS)))
"""Points given for missing figures: neither floor nor cap is applied to them."""
_WITH_FORMULA = frozenset(map(int, (Policy.NONE, Policy.NEGATIVE_AS_IS, Policy.NEGATIVE_AS_ZERO)))


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreExplanation:
    """The arithmetic of one person's score.

    ``rows`` holds one mapping a KPI, in the order of the set: kpi, function, actual, target, formula (marked
    sentence with the figures in ``details``; empty where a policy decided), raw_score (before floor and cap), floor,
    cap, score, nominal_weight, weight, points, evidence_rows, policies (sentences with details). ``score`` is the sum
    of the points, missing when nothing could be scored.
    """

    seller_id: str
    name: str
    set: str
    score: float
    rows: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
        if not math.isnan(self.score) and abs(self.recomputed() - self.score) > 1e-9 * max(1.0, abs(self.score)):
            raise InputError(f"score == {self.score:g}, must be what the rows add up to, {self.recomputed():g}",
                             where=f"seller {self.seller_id}")

    def recomputed(self) -> float:
        """The score once more, from the points before floor and cap and the weights; missing when all are left out.

        Examples
        --------
        >>> row = {"raw_score": 150.0, "floor": 0.0, "cap": 120.0, "weight": 1.0}
        >>> ScoreExplanation(seller_id="a", name="A", set="all", score=120.0, rows=(row,)).recomputed()
        120.0
        """
        counted = [row for row in self.rows if not math.isnan(row["raw_score"])]
        if not counted:
            return float("nan")
        return sum(row["weight"] * _limited(row["raw_score"], row["floor"], row["cap"]) for row in counted)

    @property
    def steps(self) -> pd.DataFrame:
        """One row a KPI; the columns are those of ``rows``."""
        return pd.DataFrame([dict(row) for row in self.rows])

    @property
    def closing(self) -> Note:
        """The last sentence: what the points add up to."""
        if math.isnan(self.score):
            return {"msgid": NO_TOTAL, "details": {}}
        n = sum(row["weight"] > 0 for row in self.rows)
        return {"msgid": ADDED_UP, "details": {"n": n, "score": self.score}}

    def to_frame(self) -> pd.DataFrame:
        """The steps without their sentences: kpi, actual, target, raw_score, score, weight, points."""
        return self.steps[["kpi", "actual", "target", "raw_score", "score", "weight", "points"]]


def explain_line(line: Mapping[str, Any], rule: ScoringRule, unit: str) -> dict[str, Any]:
    """One KPI of one person in words and numbers.

    Parameters
    ----------
    line
        A row of ``Scorecard.lines`` with the `Policy` as ``case``.
    rule
        The rule it was scored by.
    unit
        ``money``, ``percent``, ``count``, ``days``, ``hours``, ``points``, or empty for a plain number.

    Examples
    --------
    >>> line = {"kpi": "visits", "actual": 9.0, "target": 10.0, "raw_score": 90.0, "score": 90.0, "weight": 0.5,
    ...         "nominal_weight": 0.5, "points": 45.0, "evidence_rows": 9.0, "case": 0}
    >>> row = explain_line(line, ScoringRule(function="achievement_rate"), "count")
    >>> row["formula"], row["details"]["actual"]["details"]
    ('100 × {actual} ÷ {target} = {raw_points}', {'n': 9.0})
    """
    case = int(line["case"])
    raw, score = float(line["raw_score"]), float(line["score"])
    formula, details = (_formula(line, rule, unit, case) if case in _WITH_FORMULA else ("", {}))
    policies: list[Note] = []
    if case:
        wanted = {"nominal_weight": line["nominal_weight"], "score": score, "cap_points": rule.cap}
        text = POLICY_TEXT[Policy(case)]
        policies.append({"msgid": text, "details": {k: v for k, v in wanted.items() if "{" + k + "}" in text}})
    floor, cap = (None, None) if case in _WITHOUT_LIMITS else (rule.floor, rule.cap)
    if cap is not None and raw > cap:
        policies.append({"msgid": ABOVE_CAP, "details": {"raw_points": raw, "cap_points": cap}})
    if floor is not None and raw < floor:
        policies.append({"msgid": BELOW_FLOOR, "details": {"raw_points": raw, "floor_points": floor}})
    if line["weight"] > line["nominal_weight"]:
        shares = {"weight": line["weight"], "nominal_weight": line["nominal_weight"]}
        policies.append({"msgid": WEIGHT_RAISED, "details": shares})
    return {
        "kpi": line["kpi"],
        "function": rule.function,
        "actual": line["actual"],
        "target": line["target"],
        "formula": formula,
        "details": details,
        "raw_score": raw,
        "floor": floor,
        "cap": cap,
        "score": score,
        "nominal_weight": float(line["nominal_weight"]),
        "weight": float(line["weight"]),
        "points": float(line["points"]),
        "evidence_rows": line["evidence_rows"],
        "policies": tuple(policies),
    }


def quantity(value: Any, unit: str) -> Any:
    """A figure with its unit, as a detail of a sentence; words stay as they are.

    Examples
    --------
    >>> quantity(0.85, "percent")
    {'msgid': '{value_rate}', 'details': {'value_rate': 0.85}}
    """
    if isinstance(value, str):
        return value
    if value is None or math.isnan(value):
        return "–"
    value = float(value)
    if unit == "money":
        return {"msgid": UNIT_TEXT["money"][0], "details": {"amount_fen": round(value * 100)}}
    if unit in UNIT_TEXT:
        text, name = UNIT_TEXT[unit]
        return {"msgid": text, "details": {name: value}}
    if abs(value) >= 1000:
        return {"msgid": UNIT_TEXT["count"][0], "details": {"n": value}}
    return {"msgid": PLAIN_NUMBER, "details": {"value": value}}


@lru_cache(maxsize=1024)
def _agreed(value: float | None, unit: str) -> Any:
    """A target, edge or minimum with its unit; the same for many people, so made once."""
    return quantity(value, unit)


def _formula(line: Mapping[str, Any], rule: ScoringRule, unit: str, case: int) -> tuple[str, dict[str, Any]]:
    a, t, raw = line["actual"], line["target"], float(line["raw_score"])
    if isinstance(a, str) and a.strip() in rule.grades:
        return mark("Grade {grade} = {raw_points}"), {"grade": a.strip(), "raw_points": raw}
    a = 0.0 if case == Policy.NEGATIVE_AS_ZERO else float(a)
    details: dict[str, Any] = {"actual": quantity(a, unit), "raw_points": raw}
    if rule.needs_target:
        t = float(t)
        details["target"] = _agreed(t, unit)
    name = rule.function
    if name in ("achievement_rate", "capped"):
        return mark("100 × {actual} ÷ {target} = {raw_points}"), details
    if name == "lower_is_better_reciprocal":
        return mark("100 × {target} ÷ {actual} = {raw_points}"), details
    if name == "lower_is_better_linear":
        return mark("100 × (2 − {actual} ÷ {target}) = {raw_points}"), details
    if name == "raw_percentage":
        if rule.full == 1:
            return mark("100 × {actual} = {raw_points}"), details
        return mark("100 × {actual} ÷ {full} = {raw_points}"), details | {"full": _agreed(rule.full, unit)}
    if name == "range_score":
        return (mark("100 × ({actual} − {least}) ÷ ({target} − {least}) = {raw_points}"),
                details | {"least": _agreed(rule.minimum, unit)})
    details = {"raw_points": raw}
    x = 100.0 * a / t if rule.of == "attainment" else a
    details["figure"] = quantity(x / 100.0, "percent") if rule.of == "attainment" else quantity(x, unit)
    if name == "piecewise":
        return _between_points(x, rule, unit, details)
    return _on_a_step(x, rule, unit, details)


def _edge(x: float, rule: ScoringRule, unit: str) -> Any:
    """An edge on the rule's own scale: attainment as a percentage, an actual in its unit."""
    return _agreed(x / 100.0, "percent") if rule.of == "attainment" else _agreed(x, unit)


def _between_points(x: float, rule: ScoringRule, unit: str, details: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    edges = [edge for edge, _ in rule.points]
    at = int(np.searchsorted(edges, x, side="right")) - 1
    if at < 0 or at == len(edges) - 1:
        end = {"edge": _edge(rule.points[max(at, 0)][0], rule, unit)}
        if at < 0:
            return mark("{figure} is not above the first point, {edge}: {raw_points}"), details | end
        return mark("{figure} is at or beyond the last point, {edge}: {raw_points}"), details | end
    (x0, y0), (x1, y1) = rule.points[at], rule.points[at + 1]
    return mark(
        "{low_points} + ({high_points} − {low_points}) × ({figure} − {low_edge}) ÷ ({high_edge} − {low_edge})"
        " = {raw_points}"
    ), details | {"low_points": y0, "high_points": y1, "low_edge": _edge(x0, rule, unit),
        "high_edge": _edge(x1, rule, unit)}


def _on_a_step(x: float, rule: ScoringRule, unit: str, details: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    sign = 1.0 if rule.direction == "higher" else -1.0
    reached = [e for e, _ in rule.steps if sign * (x - e) >= -EDGE_TOLERANCE * max(1.0, abs(e))]
    if not reached:
        return mark("{figure} reaches no step: {raw_points}"), details
    edge = {"edge": _edge(reached[-1] if rule.direction == "higher" else reached[0], rule, unit)}
    if rule.direction == "lower":
        return mark("{figure} is on the step up to {edge}: {raw_points}"), details | edge
    return mark("{figure} is on the step from {edge}: {raw_points}"), details | edge


def _limited(raw: float, floor: float | None, cap: float | None) -> float:
    low = raw if floor is None else max(raw, floor)
    return low if cap is None else min(low, cap)
