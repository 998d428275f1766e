"""The same training, estimated in four ways: two that compare like with like, two that mislead."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.cluster_robust import Coefficient, LeastSquares, coefficient_error
from salesplan.coaching.wild_bootstrap import wild_bootstrap_of
from salesplan.errors import InputError
from salesplan.text import mark

Array = NDArray[np.float64]
Method = Literal["ancova", "did", "post_only", "pre_post"]
EffectErrors = Literal["auto", "classical", "hc2", "cr2", "wild"]

METHODS: dict[str, str] = {
    "ancova": mark("Comparison of people who started alike (ANCOVA)"),
    "did": mark("Comparison of the changes (difference in differences)"),
    "post_only": mark("Difference afterwards only (misleading)"),
    "pre_post": mark("Before and after, without comparison (misleading)"),
}
"""Way of estimating -> what it is called."""

MOSTLY_WITHIN = 0.5
"""From this share of differences in training inside teams on, colleagues of the same team are compared."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """People with figures before and after, trained or not, and how chance is shared among them.

    ``unit`` is ``team`` where whole teams were trained (then teams are what chance is drawn for) and ``person`` where
    training splits teams (then people are compared with colleagues of their own team).
    """

    seller: NDArray[Any]
    team: NDArray[np.intp] | None
    cohort: NDArray[np.intp]
    trained: Array
    pre: Array
    post: Array
    unit: Literal["person", "team"]

    @property
    def people(self) -> NDArray[np.intp]:
        """Number of the person in each row; who stands beside several cohorts has several rows."""
        return np.unique(self.seller, return_inverse=True)[1]

    @property
    def n_teams(self) -> int:
        """Teams in the comparison; 0 where none are known."""
        return 0 if self.team is None else len(np.unique(self.team))

    def cells(self) -> NDArray[np.intp]:
        """Groups inside which people are compared: cohorts, and teams in them when training splits teams."""
        if self.unit == "team" or self.team is None:
            return self.cohort
        return np.unique(np.stack([self.cohort, self.team]), axis=1, return_inverse=True)[1].ravel()


def compare_people(frame: pd.DataFrame) -> Comparison:
    """Rows with both figures as arrays; decides whether chance falls on people or on teams."""
    trained = frame["trained"].to_numpy(float)
    team = None
    if "team" in frame:
        team = np.unique(frame["team"].astype(str), return_inverse=True)[1]
    cohort = np.zeros(len(frame), np.intp)
    if "cohort" in frame:
        cohort = np.unique(frame["cohort"].astype(str), return_inverse=True)[1]
    found = Comparison(seller=frame["seller_id"].to_numpy(), team=team, cohort=cohort, trained=trained, unit="person",
                       pre=frame["pre"].to_numpy(float), post=frame["post"].to_numpy(float))
    if team is None:
        return found
    inside = _leftover(trained, found.cells()) / max(_leftover(trained, cohort), 1e-300)
    return found if inside >= MOSTLY_WITHIN else Comparison(**{**found.__dict__, "unit": "team"})


def _leftover(values: Array, cells: NDArray[np.intp]) -> float:
    mean = np.bincount(cells, values) / np.maximum(np.bincount(cells), 1)
    return float(np.square(values - mean[cells]).sum())


def estimate_effect(
    people: Comparison, method: Method, *, errors: EffectErrors, bootstraps: int, coverage: float, seed: int,
    outcome: Array | None = None,
) -> Coefficient:  # fmt: skip
    """One estimate with its interval.

    By default people are the unit with HC2 errors; where whole teams were trained the wider of CR2 and the wild
    bootstrap, which alone are each a little too sure of themselves when teams differ in size.
    """
    if method == "pre_post":
        gain = (people.post - people.pre)[people.trained == 1]
        if len(gain) < 2:
            return Coefficient(estimate=float(gain.mean()), se=np.nan, degrees=np.nan, p_value=np.nan, lower=np.nan,
                               upper=np.nan)
        return coefficient_error(LeastSquares(gain, np.ones((len(gain), 1)), 0), coverage=coverage)
    classical = errors == "classical"
    cells = people.cohort if classical or method == "post_only" else people.cells()
    columns = [people.trained]
    if outcome is None:
        outcome = people.post - people.pre if method == "did" else people.post
        if method == "ancova":
            columns.append(people.pre - people.pre.mean())
    fit = LeastSquares(outcome, np.column_stack(columns), 0, cells=cells)
    if classical:
        return coefficient_error(fit, errors="classical", coverage=coverage)
    rows = people.people
    alone = None if len(np.unique(rows)) == len(rows) else rows
    groups = people.team if (people.unit == "team" or errors in ("cr2", "wild")) and errors != "hc2" else alone
    if errors == "wild" and groups is None:
        raise InputError("teams are missing, the wild bootstrap must have them", where="column team")
    if fit.freedom < 1 or (groups is not None and len(np.unique(groups)) < 2):
        return Coefficient(estimate=fit.estimate, se=np.nan, degrees=np.nan, p_value=np.nan, lower=np.nan, upper=np.nan)
    reduced = coefficient_error(fit, groups, coverage=coverage)
    if errors in ("hc2", "cr2") or groups is None or (errors == "auto" and people.unit == "person"):
        return reduced
    wild = wild_bootstrap_of(fit, groups, bootstraps=bootstraps, coverage=coverage, seed=seed)
    if errors == "wild" or not np.isfinite(reduced.p_value):
        return Coefficient(estimate=fit.estimate, se=wild.se, degrees=float(wild.n_groups - 1), p_value=wild.p_value,
                           lower=wild.lower, upper=wild.upper)
    return Coefficient(estimate=fit.estimate, se=reduced.se, degrees=reduced.degrees,
                       p_value=max(reduced.p_value, wild.p_value), lower=min(reduced.lower, wild.lower),
                       upper=max(reduced.upper, wild.upper))
