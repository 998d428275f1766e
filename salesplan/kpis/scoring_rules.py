"""A scoring rule: a named function, its parameters, and what it does where the function has no answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from salesplan.errors import ParameterError, Sentence, known_choices
from salesplan.kpis.library import fault_of
from salesplan.kpis.score_figures import ScoredFigures, score_figures
from salesplan.kpis.scoring_functions import Floats
from salesplan.text import mark

FunctionName = Literal[
    "achievement_rate", "capped", "raw_percentage", "lower_is_better_reciprocal", "lower_is_better_linear",
    "range_score", "piecewise", "step_grade",
]  # fmt: skip
FUNCTIONS: tuple[str, ...] = FunctionName.__args__  # type: ignore[attr-defined]

FORMULAS: dict[str, str] = {
    "achievement_rate": mark("100 × actual ÷ target"),
    "capped": mark("100 × actual ÷ target, between a floor and a cap"),
    "raw_percentage": mark("100 × actual, whatever the target"),
    "lower_is_better_reciprocal": mark("100 × target ÷ actual (less is better)"),
    "lower_is_better_linear": mark("100 × (2 − actual ÷ target) (less is better)"),
    "range_score": mark("100 × (actual − least acceptable) ÷ (target − least acceptable)"),
    "piecewise": mark("straight lines between agreed points"),
    "step_grade": mark("points of the step or grade reached"),
}
"""Each function in words."""

_LOWER = ("lower_is_better_reciprocal", "lower_is_better_linear")
_EITHER = ("range_score", "piecewise", "step_grade")
_NEEDS = {"range_score": ("minimum",), "piecewise": ("points",), "capped": ("floor", "cap")}
_OWN = {"minimum": ("range_score",), "points": ("piecewise",), "steps": ("step_grade",), "grades": ("step_grade",),
        "below": ("step_grade",), "full": ("raw_percentage",), "of": ("piecewise", "step_grade"),
        "zero_actual": ("lower_is_better_reciprocal",)}  # fmt: skip

_WHERE = Sentence("scoring rule")


class ScoringRule(BaseModel):
    """How the actual of one KPI becomes points; every case has a named answer, none is silent.

    Parameters
    ----------
    function
        One of ``FUNCTIONS``.
    floor, cap
        Points never fall below the floor nor rise above the cap; ``None`` for no limit.
    direction
        Whether more or less is better; only ``range_score``, ``piecewise`` and ``step_grade`` leave the choice.
    minimum
        Least acceptable figure (``range_score``).
    points, steps
        Pairs of a figure and its points (``piecewise``, ``step_grade``); points must not get worse as the figure
        gets better.
    of
        What those figures are: ``attainment`` (100 x actual / target) or the ``actual`` itself.
    below
        Points when no step is reached.
    grades
        Points of grades in words, such as ``{"优秀": 100, "良好": 80}``.
    full
        What counts as 100 (``raw_percentage``): 1 for shares, 5 for stars.
    missing
        No actual: ``exclude`` (its weight goes to the other KPIs), ``zero``, ``error``, or ``peer_median`` (median
        score of the others scored with it).
    missing_target
        No target where the function needs one: ``exclude`` or ``error``.
    zero_target
        ``error``, ``exclude``, or ``full_if_any``: 100 for anything above zero (less is better: for zero), else 0;
        an actual of zero where more is better is left out, because 0 / 0 says nothing.
    negative_target
        ``error`` or ``exclude``; dividing by it would turn better into worse.
    zero_actual
        Where the target is divided by the actual: the ``cap`` (an error without one), ``error`` or ``exclude``.
    negative_actual
        Returns and refunds: ``as_is``, ``zero``, ``exclude`` or ``error``.

    Raises
    ------
    ParameterError
        Unknown function or field, a value outside its rule, or fields that contradict one another.

    Examples
    --------
    >>> rule = ScoringRule(function="achievement_rate", cap=120)
    >>> rule.score([90.0, 150.0, -5.0, None], 100.0).tolist()
    [90.0, 120.0, 0.0, nan]
    >>> rule.score(5.0, 0.0)
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: target == 0, must be above 0. ... Fix: Set a target, or zero_target: exclude or full_if_any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: FunctionName
    floor: float | None = 0.0
    cap: float | None = None
    direction: Literal["higher", "lower"] = "higher"
    minimum: float | None = None
    points: tuple[tuple[float, float], ...] = ()
    steps: tuple[tuple[float, float], ...] = ()
    of: Literal["attainment", "actual"] = "attainment"
    below: float = 0.0
    grades: dict[str, float] = Field(default_factory=dict)
    full: float = Field(default=1.0, gt=0)
    missing: Literal["exclude", "zero", "error", "peer_median"] = "exclude"
    missing_target: Literal["exclude", "error"] = "exclude"
    zero_target: Literal["error", "exclude", "full_if_any"] = "error"
    negative_target: Literal["error", "exclude"] = "error"
    zero_actual: Literal["cap", "error", "exclude"] = "cap"
    negative_actual: Literal["as_is", "zero", "exclude", "error"] = "as_is"

    def __init__(self, **values: Any) -> None:
        unknown = sorted(set(values) - set(type(self).model_fields))
        if unknown:
            raise ParameterError(Sentence("{field} is not a field of a scoring rule", field=unknown[0]), where=_WHERE,
                                 fix=known_choices(unknown[0], type(self).model_fields))
        if values.get("function") not in FUNCTIONS:
            raise ParameterError(Sentence("function == {given}, must be a scoring function", given=repr(values.get("function"))),
                                 where=_WHERE, fix=known_choices(values.get("function"), FUNCTIONS))
        try:
            super().__init__(**values)
        except ValidationError as caught:
            raise ParameterError(fault_of(caught), where=_WHERE) from None

    @model_validator(mode="before")
    @classmethod
    def _direction_of_the_function(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("function") in _LOWER and "direction" not in given:
            return {**given, "direction": "lower"}
        return given

    @model_validator(mode="after")
    def _fields_agree(self) -> "ScoringRule":
        name = self.function
        for field, owners in _OWN.items():
            if field in self.model_fields_set and name not in owners and getattr(self, field) != _DEFAULTS[field]:
                raise ValueError(Sentence("{field} belongs to {owners}, must not be given for {function}", field=field,
                                          owners=list(owners), function=name))
        for field in _NEEDS.get(name, ()):
            if getattr(self, field) in (None, ()):
                raise ValueError(Sentence("{field} is missing, must be given for {function}", field=field, function=name))
        if name == "step_grade" and not self.steps and not self.grades:
            raise ValueError(Sentence("steps or grades are missing, must be given for step_grade"))
        if name not in _EITHER and (self.direction == "lower") != (name in _LOWER):
            raise ValueError(Sentence("direction == {given}, does not fit {function}", given=repr(self.direction), function=name))
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            raise ValueError(Sentence("floor == {floor}, must not lie above cap == {cap}", floor=f"{self.floor:g}", cap=f"{self.cap:g}"))
        if name == "range_score" and self.zero_target == "full_if_any":
            raise ValueError(Sentence("zero_target == 'full_if_any', must be error or exclude for range_score"))
        limits = [self.floor, self.cap, self.minimum, self.below, self.full, *self.grades.values()]
        if not np.isfinite([v for v in limits if v is not None]).all():
            raise ValueError(Sentence("every number of a rule must be finite"))
        for field in ("points", "steps"):
            if pairs := getattr(self, field):
                self._check_never_worse(field, pairs)
        return self

    def _check_never_worse(self, field: str, pairs: Sequence[tuple[float, float]]) -> None:
        table = np.asarray(pairs, float)
        if not np.isfinite(table).all() or (np.diff(table[:, 0]) <= 0).any():
            raise ValueError(Sentence("{field} must be finite and rise from pair to pair in their first number", field=field))
        if field == "points" and len(table) < 2:
            raise ValueError(Sentence("points must be at least two pairs"))
        worth = table[:, 1] if self.direction == "higher" else table[::-1, 1]
        if field == "steps":
            worth = np.concatenate([[self.below], worth])
        drop = np.flatnonzero(np.diff(worth) < 0)
        if drop.size:
            at = int(drop[0])
            raise ValueError(Sentence(
                "{field} fall from {before} to {after} points while the figure gets better (direction {direction}), must never"
                " lower the score of a better figure", field=field, before=f"{worth[at]:g}", after=f"{worth[at + 1]:g}",
                direction=self.direction))

    @classmethod
    def from_dict(cls, given: Mapping[str, Any], *, where: str = _WHERE) -> "ScoringRule":
        """Read a rule as it stands in YAML or JSON, and say what is wrong with it.

        Examples
        --------
        >>> ScoringRule.from_dict({"function": "achievment_rate"})
        Traceback (most recent call last):
        ...
        salesplan.errors.ParameterError: function == 'achievment_rate', must be a scoring function. ...
        """
        try:
            return cls(**{str(name): value for name, value in given.items()})
        except ParameterError as fault:
            raise ParameterError(fault.what, where=where, fix=fault.fix) from None

    def to_dict(self) -> dict[str, Any]:
        """Fields that differ from the defaults, as plain JSON values.

        Examples
        --------
        >>> ScoringRule(function="lower_is_better_linear", cap=120).to_dict()
        {'function': 'lower_is_better_linear', 'cap': 120.0}
        """
        fields: dict[str, Any] = json.loads(self.model_dump_json(exclude_defaults=True))
        if self.function in _LOWER:
            fields.pop("direction", None)
        return fields

    @property
    def formula(self) -> str:
        """The function in words, marked for translation."""
        return FORMULAS[self.function]

    @property
    def needs_target(self) -> bool:
        """Whether the points of a number depend on a target."""
        if self.function in ("piecewise", "step_grade"):
            return self.of == "attainment" and bool(self.points or self.steps)
        return self.function != "raw_percentage"

    def score(self, actual: Any, target: Any = None) -> Floats:
        """Points of many figures; missing where the rule leaves a figure out. See `score_figures`."""
        return self.score_figures(actual, target).score

    def score_figures(
        self, actual: Any, target: Any = None, *, sellers: Sequence[Any] | pd.Index | None = None, kpi: str = ""
    ) -> ScoredFigures:
        """Points of many figures, with the policy that decided each.

        Parameters
        ----------
        actual
            Numbers of any shape (missing allowed), or a column that also holds grades in words.
        target
            Broadcasts against ``actual``; may be missing.
        sellers, kpi
            Whose and which figures, for messages.

        Raises
        ------
        InputError
            A figure for which the rule says ``error``, an infinite figure, or a word that is no grade.

        Examples
        --------
        >>> rule = ScoringRule(function="step_grade", grades={"优秀": 100, "良好": 80})
        >>> rule.score_figures(["良好", None]).score.tolist()
        [80.0, nan]
        """
        return score_figures(self, actual, target, sellers=sellers, kpi=kpi)


_DEFAULTS = {name: field.get_default(call_default_factory=True) for name, field in ScoringRule.model_fields.items()}
