"""How far weights taken from data would move with other people in the sample."""

from dataclasses import dataclass, replace

import numpy as np

from salesplan.errors import InputError
from salesplan.text import mark
from salesplan.weighting.criteria_table import CriteriaTable, Floats, Note
from salesplan.weighting.objective_method import ObjectiveMethod, shares
from salesplan.weighting.weights import Weights

MOST_DROPPED = 0.1
"""Share of resamples without an answer above which no interval is given."""

CELLS = 2_000_000
"""Numbers resampled at a time."""

DROPPED = mark(
    "{n_dropped} of {n_resamples} resamples gave no answer and were left out; the intervals are a little too narrow."
)
NO_INTERVAL = mark(
    "No intervals: {n_dropped} of {n_resamples} resamples gave no answer, too many to say how far the weights move."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Interval:
    """Percentile bounds of each column over resamples, missing where too many resamples had no answer."""

    lower: Floats
    upper: Floats
    notes: tuple[Note, ...]


def check_bootstrap(bootstraps: int, coverage: float) -> None:
    """Refuse a number of resamples or a coverage that gives no interval.

    Raises
    ------
    InputError
        A negative number, one too small for the coverage, or a coverage outside 0 to 1.
    """
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    least = int(np.ceil(2 / (1 - coverage) - 1e-9))
    if bootstraps and bootstraps < least:
        raise InputError(
            f"bootstraps == {bootstraps}, must be 0 or at least {least} for intervals of coverage {coverage:g}"
        )


def percentile_interval(draws: Floats, coverage: float) -> Interval:
    """Bounds from draws x columns; rows with a NaN are draws without an answer, counted and said.

    Examples
    --------
    >>> draws = np.linspace(0.0, 1.0, 101)[:, None]
    >>> found = percentile_interval(draws, 0.9)
    >>> found.lower.round(2).tolist(), found.upper.round(2).tolist()
    ([0.05], [0.95])
    """
    known = np.isfinite(draws).all(axis=1)
    dropped, n = int((~known).sum()), len(draws)
    details = {"n_dropped": dropped, "n_resamples": n}
    if dropped > MOST_DROPPED * n:
        missing = np.full(draws.shape[1], np.nan)
        return Interval(lower=missing, upper=missing, notes=({"msgid": NO_INTERVAL, "details": details},))
    tail = (1 - coverage) / 2
    lower, upper = np.quantile(draws[known], [tail, 1 - tail], axis=0)
    notes: tuple[Note, ...] = ({"msgid": DROPPED, "details": details},) if dropped else ()
    return Interval(lower=np.clip(lower, 0.0, 1.0), upper=np.clip(upper, 0.0, 1.0), notes=notes)


def weight_draws(method: ObjectiveMethod, table: CriteriaTable, *, bootstraps: int, seed: int = 0) -> Floats:
    """Weights of each resample of people, resamples x KPIs; a row of NaN where a resample has no answer.

    The order of people and KPIs in the table changes nothing.
    """
    fixed, places = table.in_fixed_order()
    rng = np.random.default_rng(seed)
    each = max(1, CELLS // fixed.numbers.size)
    found = []
    for start in range(0, bootstraps, each):
        picked = rng.integers(0, fixed.n, size=(min(each, bootstraps - start), fixed.n))
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(shares(method.amounts(fixed.numbers[picked], fixed.signs)))
    return np.concatenate(found)[:, places]


def add_intervals(
    weights: Weights, method: ObjectiveMethod, table: CriteriaTable, *, bootstraps: int, coverage: float, seed: int
) -> Weights:
    """The weights with percentile bootstrap intervals over people (Efron & Tibshirani 1993)."""
    check_bootstrap(bootstraps, coverage)
    if not bootstraps:
        return weights
    found = percentile_interval(weight_draws(method, table, bootstraps=bootstraps, seed=seed), coverage)
    caveats = (*weights.caveats, *found.notes)
    if np.isnan(found.lower).any():
        return replace(weights, caveats=caveats)
    return replace(weights, lower=found.lower, upper=found.upper, coverage=coverage, caveats=caveats)
