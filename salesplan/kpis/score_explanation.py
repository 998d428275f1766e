"""Why a score is what it is: every KPI's formula with its own figures, and what was done where none applies."""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd

from salesplan.errors import InputError
from salesplan.kpis.printed_digits import TOTAL_DIGITS, PrintedDigits, agreeing_digits, printed_digits, with_digits
from salesplan.kpis.scoring_functions import EDGE_TOLERANCE
from salesplan.kpis.scoring_policies import POLICY_TEXT, WEIGHT_RAISED, Policy
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.text import mark

Note = dict[str, Any]
_Figures = dict[str, tuple[float, str]]
_Arithmetic = tuple[str, _Figures, Callable[..., float]]

UNIT_TEXT: dict[str, tuple[str, str]] = {
    "money": (mark("{amount_fen}"), "amount_fen"),
    "percent": (mark("{value_rate}"), "value_rate"),
    "count": (mark("{n}"), "n"),
    "days": (mark("{n_days} {n_days:day|days}"), "n_days"),
    "hours": (mark("{n_hours} {n_hours:hour|hours}"), "n_hours"),
    "points": (mark("{value_points}"), "value_points"),
}
"""A figure in its unit: the sentence, and the name of its detail."""

PLAIN_NUMBER = mark("{value}")

ABOVE_CAP = mark("{raw_points} points lie above the cap: {cap_points} count.")
BELOW_FLOOR = mark("{raw_points} points lie below the floor: {floor_points} count.")
ADDED_UP = mark("{n} {n:KPI, its|KPIs, each} points × weight, {n:comes to|add up to} {score}.")
NO_TOTAL = mark("No KPI could be scored, so there is no score and no rank.")

RAW_OF_FULL = mark("100 × {actual} ÷ {full} = {raw_points}")
NOT_ABOVE_FIRST = mark("{figure} is not above the first point, {edge}: {raw_points}")
BEYOND_LAST = mark("{figure} is at or beyond the last point, {edge}: {raw_points}")
BETWEEN_POINTS = mark(
    "{low_points} + ({high_points} − {low_points}) × ({figure} − {low_edge}) ÷ ({high_edge} − {low_edge})"
    " = {raw_points}"
)
NO_STEP = mark("{figure} reaches no step: {raw_points}")
STEP_FROM = mark("{figure} is on the step from {edge}: {raw_points}")
STEP_UP_TO = mark("{figure} is on the step up to {edge}: {raw_points}")
_OF_TARGET = (mark("100 × {actual} ÷ {target} = {raw_points}"), lambda actual, target: 100 * actual / target)
_FORMULAS: dict[str, tuple[str, Callable[..., float]]] = {
    "achievement_rate": _OF_TARGET,
    "capped": _OF_TARGET,
    "lower_is_better_reciprocal": (
        mark("100 × {target} ÷ {actual} = {raw_points}"), lambda actual, target: 100 * target / actual),
    "lower_is_better_linear": (
        mark("100 × (2 − {actual} ÷ {target}) = {raw_points}"), lambda actual, target: 100 * (2 - actual / target)),
    "raw_percentage": (mark("100 × {actual} = {raw_points}"), lambda actual: 100 * actual),
    "range_score": (
        mark("100 × ({actual} − {least}) ÷ ({target} − {least}) = {raw_points}"),
        lambda actual, target, least: 100 * (actual - least) / (target - least)),
}
"""Function -> its sentence, and the same arithmetic on the figures as printed."""

_WITHOUT_LIMITS = frozenset(map(int, (Policy.NO_ACTUAL_ZERO, Policy.NO_ACTUAL_PEERS)))
"""Points given for missing figures: neither floor nor cap is applied to them."""
_WITH_FORMULA = frozenset(map(int, (Policy.NONE, Policy.NEGATIVE_AS_IS, Policy.NEGATIVE_AS_ZERO)))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScoreExplanation:
    """The arithmetic of one person's score.

    ``rows`` holds one mapping a KPI, in the order of the set: kpi, function, actual, target, formula (marked
    sentence with the figures in ``details``; empty where a policy decided), raw_score (before floor and cap), floor,
    cap, score, nominal_weight, weight, points, evidence_rows, policies (sentences with details), case (number of the
    `Policy`). ``score`` is the sum
    of the points, missing when nothing could be scored. ``rules`` are the rule and the unit of each row.
    """

    seller_id: str
    name: str
    set: str
    score: float
    rows: tuple[Mapping[str, Any], ...]
    rules: tuple[tuple[ScoringRule, str], ...]

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
        >>> ScoreExplanation(seller_id="a", name="A", set="all", score=120.0, rows=(row,), rules=()).recomputed()
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

    @cached_property
    def digits(self) -> PrintedDigits:
        """With how many decimals points and weights have to be printed for the arithmetic to come out by hand."""
        counted = [(row["score"], row["weight"], row["points"]) for row in self.rows if not math.isnan(row["score"])]
        return printed_digits(*zip(*counted, strict=True)) if counted else PrintedDigits()

    @property
    def printed_rows(self) -> tuple[Mapping[str, Any], ...]:
        """The rows with as many decimals in their sentences as it takes to come to the points by hand."""
        return tuple(_with_decimals(row, *rule, self.digits.score) for row, rule in zip(self.rows, self.rules, strict=True))

    @property
    def closing(self) -> Note:
        """The last sentence: what the points add up to."""
        if math.isnan(self.score):
            return {"msgid": NO_TOTAL, "details": {}}
        n = sum(row["weight"] > 0 for row in self.rows)
        return {"msgid": ADDED_UP, "details": {"n": n, "score": with_digits(self.score, TOTAL_DIGITS)}}

    def __repr__(self) -> str:
        from salesplan.kpis.spoken_explanation import explanation_text

        return explanation_text(self)

    def to_html(self, language: str = "zh") -> str:
        """The arithmetic as a table in a reader's language."""
        from salesplan.kpis.spoken_explanation import explanation_html

        return explanation_html(self, language)

    def _repr_html_(self) -> str:
        return self.to_html()

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
    formula, details = _formula(line, rule, unit, case) if case in _WITH_FORMULA else ("", {})
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
        "case": case,
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


def _with_decimals(row: Mapping[str, Any], rule: ScoringRule, unit: str, digits: int) -> Mapping[str, Any]:
    said = dict(row["details"])
    if row["formula"] and "grade" not in said:
        _, figures, formula = _arithmetic(row, rule, unit, row["case"])
        needed = agreeing_digits(figures, formula, row["raw_score"], digits)
        said |= {part: _detail(part, value, unit, needed[part]) for part, (value, unit) in figures.items()}
    policies = [{**policy, "details": _said_points(policy["details"], digits)} for policy in row["policies"]]
    return {**row, "details": _said_points(said, digits), "policies": tuple(policies)}


def _said_points(details: Mapping[str, Any], digits: int) -> dict[str, Any]:
    """Points before the limits with one decimal where that is all there is, else with as many as the statement prints."""
    raw = details.get("raw_points")
    if raw is None or abs(raw - round(raw, 1)) < 1e-9:
        return dict(details)
    return {**details, "raw_points": with_digits(raw, digits)}


def quantity(value: Any, unit: str, digits: int | None = None) -> Any:
    """A figure with its unit, as a detail of a sentence; words stay as they are.

    Parameters
    ----------
    digits
        Decimals, where the unit's usual ones are too few.

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
        fen = round(value * 100) if digits is None else with_digits(value * 100, digits)
        return {"msgid": UNIT_TEXT["money"][0], "details": {"amount_fen": fen}}
    text, name = UNIT_TEXT.get(unit) or (UNIT_TEXT["count"] if abs(value) >= 1000 else (PLAIN_NUMBER, "value"))
    return {"msgid": text, "details": {name: with_digits(value, digits)}}


@lru_cache(maxsize=4096)
def _agreed(value: float | None, unit: str, digits: int | None = None) -> Any:
    """A target, edge or minimum with its unit; the same for many people, so made once."""
    return quantity(value, unit, digits)


def _formula(line: Mapping[str, Any], rule: ScoringRule, unit: str, case: int) -> tuple[str, dict[str, Any]]:
    a, raw = line["actual"], float(line["raw_score"])
    if isinstance(a, str) and a.strip() in rule.grades:
        return mark("Grade {grade} = {raw_points}"), {"grade": a.strip(), "raw_points": raw}
    sentence, figures, _ = _arithmetic(line, rule, unit, case)
    details = {part: _detail(part, *figure) for part, figure in figures.items()}
    return sentence, details | {"raw_points": raw}


def _arithmetic(line: Mapping[str, Any], rule: ScoringRule, unit: str, case: int) -> _Arithmetic:
    """The sentence of a formula, its figures with their units, and what it does with them."""
    a, t, raw = line["actual"], line["target"], float(line["raw_score"])
    a = 0.0 if case == Policy.NEGATIVE_AS_ZERO else float(a)
    name = rule.function
    if name in ("piecewise", "step_grade"):
        x = 100.0 * a / float(t) if rule.of == "attainment" else a
        return (_between_points if name == "piecewise" else _on_a_step)(x, rule, unit, raw)
    figures = {"actual": (a, unit)}
    if rule.needs_target:
        figures["target"] = (float(t), unit)
    sentence, formula = _FORMULAS[name]
    if name == "raw_percentage" and rule.full != 1:
        sentence, formula, figures["full"] = RAW_OF_FULL, lambda actual, full: 100 * actual / full, (rule.full, unit)
    if name == "range_score":
        figures["least"] = (rule.minimum or 0.0, unit)
    return sentence, figures, formula


def _detail(part: str, value: float, unit: str, digits: int | None = None) -> Any:
    if part.endswith("_points"):
        return with_digits(value, digits)
    return quantity(value, unit, digits) if part in ("actual", "figure") else _agreed(value, unit, digits)


def _scale(rule: ScoringRule, unit: str) -> tuple[float, str]:
    """What a figure on the rule's own scale is divided by, and its unit: attainment is a percentage."""
    return (100.0, "percent") if rule.of == "attainment" else (1.0, unit)


def _between_points(x: float, rule: ScoringRule, unit: str, raw: float) -> _Arithmetic:
    per, unit = _scale(rule, unit)
    edges = [edge for edge, _ in rule.points]
    at = bisect_right(edges, x) - 1
    figure = {"figure": (x / per, unit)}
    if at < 0 or at == len(edges) - 1:
        edge = rule.points[max(at, 0)][0] / per
        if at < 0:
            return NOT_ABOVE_FIRST, figure | {"edge": (edge, unit)}, lambda figure, edge: raw if figure <= edge else math.inf
        return BEYOND_LAST, figure | {"edge": (edge, unit)}, lambda figure, edge: raw if figure >= edge else math.inf
    (x0, y0), (x1, y1) = rule.points[at], rule.points[at + 1]
    return BETWEEN_POINTS, figure | {
        "low_points": (y0, "points"), "high_points": (y1, "points"), "low_edge": (x0 / per, unit), "high_edge": (x1 / per, unit),
    }, lambda figure, low_points, high_points, low_edge, high_edge: (
        low_points + (high_points - low_points) * (figure - low_edge) / (high_edge - low_edge))


def _on_a_step(x: float, rule: ScoringRule, unit: str, raw: float) -> _Arithmetic:
    per, unit = _scale(rule, unit)
    sign = 1.0 if rule.direction == "higher" else -1.0

    def reached(figure: float) -> list[float]:
        return [e for e, _ in rule.steps if sign * (figure - e) >= -EDGE_TOLERANCE * max(1.0, abs(e))]

    held = reached(x)
    if not held:
        return NO_STEP, {"figure": (x / per, unit)}, lambda figure: math.inf if reached(figure * per) else raw
    edge = (held[-1] if rule.direction == "higher" else held[0]) / per
    sentence = STEP_FROM if rule.direction == "higher" else STEP_UP_TO
    return sentence, {"figure": (x / per, unit), "edge": (edge, unit)}, lambda figure, edge: (
        raw if reached(figure * per) == held else math.inf)


def _limited(raw: float, floor: float | None, cap: float | None) -> float:
    low = raw if floor is None else max(raw, floor)
    return low if cap is None else min(low, cap)
