"""Applies one scoring rule to many figures: first the cases without a formula, then the formula for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.kpis import scoring_functions as functions
from salesplan.kpis.scoring_functions import Floats
from salesplan.kpis.scoring_policies import Policy

if TYPE_CHECKING:
    from salesplan.kpis.scoring_rules import ScoringRule

Flags = NDArray[np.bool_]

NO_SPAN = 1e-12
"""A target nearer to zero than this counts as zero."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredFigures:
    """Points of many figures under one rule, all of one shape.

    ``score`` is what counts (missing: left out), ``raw`` the points before floor and cap, ``policy`` the
    `Policy` that decided where the formula could not.
    """

    score: Floats
    raw: Floats
    policy: NDArray[np.int8]

    def __post_init__(self) -> None:
        if not self.score.shape == self.raw.shape == self.policy.shape:
            raise InputError("score, raw and policy must have one shape")


def score_figures(
    rule: "ScoringRule", actual: Any, target: Any, *, sellers: Sequence[Any] | pd.Index | None, kpi: str
) -> ScoredFigures:
    """Points of many figures; the public way in is `ScoringRule.score_figures`."""
    spot = _Spot(sellers, kpi)
    numbers, worded = _read_actuals(rule, actual, spot)
    a, t = np.broadcast_arrays(numbers, _read_targets(rule, target, spot))
    spot.stop(np.isinf(a) | np.isinf(t), a, "actual or target", "must be finite", "Correct the figure.")
    raw = np.full(a.shape, np.nan) if worded is None else np.array(np.broadcast_to(worded, a.shape))
    case = _Cases(rule, a, t, raw, spot)
    lost = ~case.go & np.isnan(raw)
    case.settle_negative_actuals()
    if rule.needs_target:
        case.settle_targets()
    if rule.function == "lower_is_better_reciprocal":
        case.settle_zero_actuals()
    if case.go.all():
        case.raw = np.asarray(points_of(rule, case.a, case.t), float)
    elif case.go.any():
        case.raw[case.go] = points_of(rule, case.a[case.go], case.t[case.go])
    score = np.asarray(functions.capped(case.raw, floor=rule.floor, cap=rule.cap))
    if lost.any():
        case.settle_missing(lost, score)
    return ScoredFigures(score=score, raw=case.raw, policy=case.policy)


def points_of(rule: "ScoringRule", a: Floats, t: Floats) -> Floats:
    """Points by the rule's formula alone, before floor and cap, for figures that need no policy."""
    name = rule.function
    if name in ("piecewise", "step_grade"):
        x = 100.0 * a / t if rule.of == "attainment" else a
        if name == "piecewise":
            return functions.piecewise(x, rule.points)
        return functions.step_grade(x, rule.steps, below=rule.below, direction=rule.direction)
    if name == "raw_percentage":
        return functions.raw_percentage(a, full=rule.full)
    if name == "range_score":
        return functions.range_score(a, t, minimum=rule.minimum or 0.0)
    if name == "lower_is_better_reciprocal":
        return functions.lower_is_better_reciprocal(a, t)
    if name == "lower_is_better_linear":
        return functions.lower_is_better_linear(a, t)
    return functions.achievement_rate(a, t)


class _Cases:
    """Figures on their way: ``go`` marks those that the formula may still score."""

    def __init__(self, rule: "ScoringRule", a: Floats, t: Floats, raw: Floats, spot: "_Spot") -> None:
        self.rule, self.a, self.t, self.raw, self.spot = rule, a, t, raw, spot
        self.policy = np.zeros(a.shape, np.int8)
        self.go: Flags = np.asarray(~np.isnan(a))

    def settle_negative_actuals(self) -> None:
        """Returns and refunds."""
        negative, choice = self.go & (self.a < 0), self.rule.negative_actual
        if not negative.any():
            return
        if choice == "error":
            self.spot.stop(negative, self.a, "actual", "must not be negative",
                           "Set negative_actual: as_is, zero or exclude.")
        if choice == "as_is":
            if self.rule.function not in ("range_score", "piecewise", "step_grade"):
                self.policy[negative] = Policy.NEGATIVE_AS_IS
        elif choice == "zero":
            self.policy[negative] = Policy.NEGATIVE_AS_ZERO
            self.a = np.where(negative, 0.0, self.a)
        else:
            self.policy[negative] = Policy.NEGATIVE_LEFT_OUT
            self.go = self.go & ~negative

    def settle_targets(self) -> None:
        """Targets that are missing, zero, negative, or no better than the least acceptable figure."""
        rule, spot = self.rule, self.spot
        absent = self.go & np.isnan(self.t)
        if absent.any():
            if rule.missing_target == "error":
                spot.stop(absent, self.t, "target", "must be given", "Set a target, or missing_target: exclude.")
            self.policy[absent] = Policy.NO_TARGET_LEFT_OUT
        span, must, left_out = self.t, "must be above 0", (Policy.ZERO_TARGET_LEFT_OUT, Policy.NEGATIVE_TARGET_LEFT_OUT)
        if rule.function == "range_score":
            least = rule.minimum or 0.0
            span = (self.t - least) * (1 if rule.direction == "higher" else -1)
            must, left_out = f"must be better than the least acceptable figure {least:g}", (Policy.RANGE_LEFT_OUT,) * 2
        zero, negative = self.go & (np.abs(span) < NO_SPAN), self.go & (span <= -NO_SPAN)
        if zero.any():
            if rule.zero_target == "error":
                options = "exclude" if rule.function == "range_score" else "exclude or full_if_any"
                spot.stop(zero, self.t, "target", must, f"Set a target, or zero_target: {options}.")
            if rule.zero_target == "exclude":
                self.policy[zero] = left_out[0]
            else:
                self._full_if_any(zero)
        if negative.any():
            if rule.negative_target == "error":
                spot.stop(negative, self.t, "target", must, "Correct the target, or negative_target: exclude.")
            self.policy[negative] = left_out[1]
        self.go = self.go & ~(absent | zero | negative)

    def _full_if_any(self, zero: Flags) -> None:
        more = self.rule.direction == "higher"
        full = zero & ((self.a > 0) if more else (self.a <= 0))
        missed = zero & ((self.a < 0) if more else (self.a > 0))
        self.raw[full], self.raw[missed] = 100.0, 0.0
        self.policy[full], self.policy[missed] = Policy.ZERO_TARGET_FULL, Policy.ZERO_TARGET_MISSED
        self.policy[zero & ~full & ~missed] = Policy.ZERO_BOTH_LEFT_OUT

    def settle_zero_actuals(self) -> None:
        """Actuals that a target cannot be divided by."""
        zero, rule = self.go & (self.a <= 0), self.rule
        if not zero.any():
            return
        if rule.zero_actual == "exclude":
            self.policy[zero] = Policy.ZERO_ACTUAL_LEFT_OUT
        elif rule.zero_actual == "error" or rule.cap is None:
            self.spot.stop(zero, self.a, "actual", "must be above 0 where the target is divided by it",
                           "Give the rule a cap, or zero_actual: exclude.")
        else:
            self.raw[zero], self.policy[zero] = rule.cap, Policy.ZERO_ACTUAL_CAP
        self.go = self.go & ~zero

    def settle_missing(self, lost: Flags, score: Floats) -> None:
        """Figures that are not there; last, because the peers' median needs the others' points."""
        choice = self.rule.missing
        if choice == "error":
            self.spot.stop(lost, np.full(lost.shape, np.nan), "actual", "must be given",
                           "Bring the data, or set missing: exclude, zero or peer_median.")
        if choice == "exclude":
            self.policy[lost] = Policy.NO_ACTUAL_LEFT_OUT
        elif choice == "zero":
            score[lost] = self.raw[lost] = 0.0
            self.policy[lost] = Policy.NO_ACTUAL_ZERO
        else:
            usual = np.broadcast_to(_median_down(score), score.shape)[lost]
            score[lost] = self.raw[lost] = usual
            self.policy[lost] = np.where(np.isnan(usual), Policy.NO_PEERS_LEFT_OUT, Policy.NO_ACTUAL_PEERS)


class _Spot:
    """Names the person and KPI of a figure in a message."""

    def __init__(self, sellers: Sequence[Any] | pd.Index | None, kpi: str) -> None:
        self.sellers, self.kpi = sellers, kpi

    def name(self, at: int) -> str:
        who = f"row {at + 1}" if self.sellers is None or at >= len(self.sellers) else f"seller {self.sellers[at]}"
        return f"{who}, KPI {self.kpi}" if self.kpi else who

    def stop(self, where: Flags, values: Floats, name: str, must: str, fix: str) -> None:
        if where.any():
            at = np.argwhere(where)[0]
            value = float(np.broadcast_to(values, where.shape)[tuple(at)])
            said = "is missing" if np.isnan(value) else f"== {value:g}"
            raise InputError(f"{name} {said}, {must}", where=self.name(int(at[0]) if at.size else 0), fix=fix)


def _read_actuals(rule: "ScoringRule", actual: Any, spot: _Spot) -> tuple[Floats, Floats | None]:
    """Numbers, and the points of words; each missing where the other is."""
    values = np.asarray(actual)
    worth = None
    if values.dtype.kind in "fiub":
        numbers = np.asarray(values, float)
    else:
        flat, found = _read_numbers(values)
        words = np.flatnonzero(np.isnan(found) & flat.notna().to_numpy() & (flat.astype(str).str.strip() != ""))
        points = np.full(found.shape, np.nan)
        for at in map(int, words):
            word = str(flat.iloc[at]).strip()
            if word not in rule.grades:
                must, fix = ("a grade of the rule", known_choices(word, rule.grades)) if rule.grades else ("a number", "")
                raise InputError(f"actual == {word!r}, must be {must}", where=spot.name(at), fix=fix)
            points[at] = rule.grades[word]
        numbers, worth = found.reshape(values.shape), points.reshape(values.shape)
    if rule.function == "step_grade" and not rule.steps:
        spot.stop(~np.isnan(numbers), numbers, "actual", f"must be one of {', '.join(rule.grades)}",
                  "Give steps as well if the figure can be a number.")
    return numbers, worth


def _read_targets(rule: "ScoringRule", target: Any, spot: _Spot) -> Floats:
    values = np.asarray(np.nan if target is None else target)
    if values.dtype.kind in "fiub":
        return np.asarray(values, float)
    flat, numbers = _read_numbers(values)
    words = np.flatnonzero(np.isnan(numbers) & flat.notna().to_numpy())
    if words.size and rule.needs_target and not rule.grades:
        at = int(words[0])
        raise InputError(f"target == {flat.iloc[at]!r}, must be a number", where=spot.name(at))
    return numbers.reshape(values.shape)


def _read_numbers(values: NDArray[Any]) -> tuple[pd.Series, Floats]:
    flat = pd.Series(values.ravel(), dtype=object)
    return flat, pd.to_numeric(flat, errors="coerce").to_numpy(float, na_value=np.nan)


def _median_down(score: Floats) -> Floats:
    """Median over the first axis, ignoring what is missing; missing where nothing is there."""
    if not score.ndim:
        return score
    anybody = ~np.isnan(score).all(axis=0)
    return np.where(anybody, np.nanmedian(np.where(anybody, score, 0.0), axis=0), np.nan)
