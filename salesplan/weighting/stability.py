"""How far one weight may move before somebody else is first, and what a fifth more or less would change."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.weighting.additive_scores import check_scores, match_weights, rank_totals, tie_width
from salesplan.weighting.weights import Floats, Weights


def weight_stability_intervals(
    scores: pd.DataFrame, weights: Weights | Mapping[str, float] | pd.Series
) -> pd.DataFrame:
    """How far can each weight move before the first place, or any place, changes hands?

    Parameters
    ----------
    scores
        Alternatives x criteria, all on one scale on which more is better.
    weights
        One weight for each criterion.

    Returns
    -------
    DataFrame
        One row a criterion: criterion, weight, weight_lower, weight_upper (within which whoever is first
        stays first), challenger_below and challenger_above (who would be first beyond; empty where nobody
        would), ranking_weight_lower, ranking_weight_upper (within which the whole ranking stays).

    Raises
    ------
    InputError
        Scores missing or not numbers, criteria that do not match the weights.

    Notes
    -----
    One weight moves to t, the others keep their proportions and share 1 - t (Mareschal 1988). The difference
    of two weighted sums is then a straight line in t, whose zero is the limit; for the ranking only
    neighbours have to be compared. Alternatives equal now must stay equal, so that a tie leaves no room
    unless their scores are the same throughout. A criterion that carries all the weight gives way to the
    others in equal parts.

    Examples
    --------
    >>> s = pd.DataFrame({"sales": [90.0, 60.0], "teamwork": [50.0, 100.0]}, index=["Li", "Wang"])
    >>> weight_stability_intervals(s, {"sales": 0.7, "teamwork": 0.3})[
    ...     ["criterion", "weight_lower", "weight_upper", "challenger_below"]].round(3).values.tolist()
    [['sales', 0.625, 1.0, 'Wang'], ['teamwork', 0.0, 0.375, '']]
    """
    rows, columns, values = check_scores(scores)
    weight = match_weights(columns, weights)
    width = tie_width(values)
    totals = values @ weight
    order = np.argsort(-totals, kind="stable")
    first = totals >= totals.max() - width
    leader = int(order[0])
    found: list[dict[str, Any]] = []
    for j, criterion in enumerate(columns):
        rest = _rest(values, weight, j)
        own = values[:, j]
        gap_own, gap_rest = own[leader] - own, rest[leader] - rest
        lower, upper, below, above = _room(gap_own, gap_rest, float(weight[j]), first, width)
        near_own, near_rest = own[order[:-1]] - own[order[1:]], rest[order[:-1]] - rest[order[1:]]
        tied = totals[order[:-1]] - totals[order[1:]] <= width
        all_lower, all_upper, _, _ = _room(near_own, near_rest, float(weight[j]), tied, width)
        found.append({
            "criterion": criterion, "weight": weight[j], "weight_lower": lower, "weight_upper": upper,
            "challenger_below": "" if below is None else rows[below],
            "challenger_above": "" if above is None else rows[above],
            "ranking_weight_lower": all_lower, "ranking_weight_upper": all_upper,
        })  # fmt: skip
    return pd.DataFrame(found)


def rank_changes(
    scores: pd.DataFrame, weights: Weights | Mapping[str, float] | pd.Series, *, swing: float = 0.2
) -> pd.DataFrame:
    """What would a fifth more or less of each weight do to the ranking?

    Parameters
    ----------
    scores
        Alternatives x criteria, all on one scale on which more is better; at least two alternatives.
    weights
        One weight for each criterion.
    swing
        Relative change of one weight at a time, a fraction; all weights are then divided by their sum.

    Returns
    -------
    DataFrame
        Two rows a criterion: criterion, weight_change (-swing, +swing), weight, changed_weight, spearman (of old
        and new ranks; missing where all are equal), n_moved, n_places (largest move), first_keeps (whoever
        was first still is, and nobody has joined).

    Raises
    ------
    InputError
        Scores missing or not numbers, criteria that do not match the weights, a swing outside 0 to 1.

    Examples
    --------
    >>> s = pd.DataFrame({"sales": [90.0, 60.0], "teamwork": [50.0, 100.0]}, index=["Li", "Wang"])
    >>> rank_changes(s, {"sales": 0.65, "teamwork": 0.35})["first_keeps"].tolist()
    [False, True, True, False]
    """
    if not 0 < swing < 1:
        raise InputError(f"swing == {swing:g}, must be a fraction between 0 and 1")
    rows, columns, values = check_scores(scores)
    if len(rows) < 2:
        raise InputError(f"alternatives == {len(rows)}, must be at least 2 to have ranks")
    weight = match_weights(columns, weights)
    changed = np.repeat(weight[:, None], 2 * len(columns), axis=1)
    for j in range(len(columns)):
        changed[j, 2 * j : 2 * j + 2] = weight[j] * (1 - swing), weight[j] * (1 + swing)
    changed /= changed.sum(axis=0)
    width = tie_width(values)
    before = rank_totals((values @ weight)[:, None], width)
    after = rank_totals(values @ changed, width)
    moved = np.abs(after - before)
    return pd.DataFrame({
        "criterion": np.repeat(columns, 2),
        "weight_change": np.tile([-swing, swing], len(columns)),
        "weight": np.repeat(weight, 2),
        "changed_weight": changed[np.repeat(np.arange(len(columns)), 2), np.arange(2 * len(columns))],
        "spearman": _correlate(before[:, 0], after),
        "n_moved": (moved > 0).sum(axis=0),
        "n_places": moved.max(axis=0),
        "first_keeps": ((before == before.min()) == (after == after.min(axis=0))).all(axis=0),
    })


def _rest(values: Floats, weight: Floats, j: int) -> Floats:
    """Weighted sums of all criteria but one, as if they carried all the weight."""
    others = np.delete(weight, j)
    if not len(others):
        return np.zeros(len(values))
    total = others.sum()
    share = others / total if total > 1e-12 else np.full(len(others), 1 / len(others))
    return np.asarray(np.delete(values, j, axis=1) @ share, float)


def _room(
    own: Floats, rest: Floats, weight: float, tied: np.ndarray, width: float
) -> tuple[float, float, int | None, int | None]:
    """Interval of t around the weight in which ``t * own + (1 - t) * rest`` keeps its sign, and who ends it."""
    slope = own - rest
    moving = np.abs(slope) > width
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = np.where(moving, -rest / slope, np.nan)
    zero = np.where(tied & moving, weight, zero)
    lower, below, upper, above = 0.0, None, 1.0, None
    falling = np.flatnonzero(moving & ((slope > 0) | tied) & (zero > 1e-12) & (zero <= weight + 1e-12))
    if falling.size:
        below = int(falling[np.argmax(zero[falling])])
        lower = min(float(zero[below]), weight)
    rising = np.flatnonzero(moving & ((slope < 0) | tied) & (zero < 1 - 1e-12) & (zero >= weight - 1e-12))
    if rising.size:
        above = int(rising[np.argmin(zero[rising])])
        upper = max(float(zero[above]), weight)
    return lower, upper, below, above


def _correlate(before: Floats, after: Floats) -> Floats:
    """Correlation of one set of ranks with each column of others; missing where ranks do not differ."""
    x, y = before - before.mean(), after - after.mean(axis=0)
    length = np.sqrt((x @ x) * (y * y).sum(axis=0))
    return np.divide(x @ y, length, out=np.full(len(length), np.nan), where=length > 0)
