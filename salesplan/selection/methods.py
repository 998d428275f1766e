"""Methods that turn a decision matrix and weights into scores: SAW, TOPSIS, PROMETHEE II, VIKOR."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.selection.normalisation import Normalisation, check_matrix, check_weights, normalise
from salesplan.text import mark

Floats = NDArray[np.float64]
TIE = 1e-12


def saw_scores(
    matrix: pd.DataFrame, weights: Any, *, directions: Mapping[str, int], normalisation: Normalisation = "linear"
) -> Any:
    """Simple additive weighting: the weighted mean of normalised scores, more is better.

    Parameters
    ----------
    matrix
        Alternatives x criteria.
    weights
        By criterion, or an array (… x criteria) of many weightings.
    directions
        +1 more is better, -1 less is better.
    normalisation
        Stated, since another one gives other scores and may give other ranks.

    Returns
    -------
    Series of scores by alternative (0 to 1), or an array (… x alternatives) for many weightings.

    Notes
    -----
    Hwang & Yoon (1981), *Multiple Attribute Decision Making*.

    Examples
    --------
    >>> m = pd.DataFrame({"ease": [9.0, 6.0], "cost": [120.0, 90.0]}, index=["A", "B"])
    >>> saw_scores(m, {"ease": 0.5, "cost": 0.5}, directions={"ease": 1, "cost": -1}).round(3).to_dict()
    {'A': 0.875, 'B': 0.833}
    """
    scaled = normalise(matrix, directions, method=normalisation)
    return _labelled(check_weights(weights, list(matrix.columns)) @ scaled.T, matrix)


def topsis_scores(
    matrix: pd.DataFrame, weights: Any, *, directions: Mapping[str, int], normalisation: Normalisation = "vector"
) -> Any:
    """TOPSIS: how near to the best and far from the worst that could be put together, 0 to 1, more is better.

    Parameters and results as in :func:`saw_scores`; an alternative on a table where all are equal gets 0.5.

    Notes
    -----
    Hwang & Yoon (1981): vector normalisation, Euclidean distances, d- / (d+ + d-).

    Examples
    --------
    >>> m = pd.DataFrame({"ease": [9.0, 6.0], "cost": [120.0, 90.0]}, index=["A", "B"])
    >>> topsis_scores(m, {"ease": 0.5, "cost": 0.5}, directions={"ease": 1, "cost": -1}).round(3).to_dict()
    {'A': 0.581, 'B': 0.419}
    """
    scaled = normalise(matrix, directions, method=normalisation)
    weighted = check_weights(weights, list(matrix.columns))[..., None, :] * scaled
    best, worst = weighted.max(axis=-2, keepdims=True), weighted.min(axis=-2, keepdims=True)
    to_best = np.sqrt(((weighted - best) ** 2).sum(axis=-1))
    to_worst = np.sqrt(((weighted - worst) ** 2).sum(axis=-1))
    whole = to_best + to_worst
    return _labelled(np.where(whole > TIE, to_worst / np.where(whole > TIE, whole, 1.0), 0.5), matrix)


def promethee_flows(
    matrix: pd.DataFrame,
    weights: Any,
    *,
    directions: Mapping[str, int],
    indifference: Mapping[str, float] | None = None,
    preference: Mapping[str, float] | None = None,
) -> Any:
    """PROMETHEE II: net outranking flow, -1 to 1, more is better; criteria keep their own units.

    Parameters
    ----------
    indifference, preference
        By criterion, in its unit: a difference up to the first does not count, from the second on it counts fully,
        between them in proportion (V-shape with indifference). Without both, any difference counts fully (usual).

    Returns
    -------
    As in :func:`saw_scores`; the flows of all alternatives add up to 0.

    Raises
    ------
    InputError
        A preference threshold below its indifference threshold.

    Notes
    -----
    Brans & Vincke (1985), Management Science 31:647.

    Examples
    --------
    >>> m = pd.DataFrame({"ease": [9.0, 6.0], "cost": [120.0, 90.0]}, index=["A", "B"])
    >>> promethee_flows(m, {"ease": 0.6, "cost": 0.4}, directions={"ease": 1, "cost": -1}).round(3).to_dict()
    {'A': 0.2, 'B': -0.2}
    """
    values, signs = check_matrix(matrix, directions)
    turned = values * signs
    gaps = turned[:, None, :] - turned[None, :, :]
    pulls = np.empty_like(gaps)
    for at, name in enumerate(matrix.columns):
        low, high = float((indifference or {}).get(name, 0.0)), float((preference or {}).get(name, 0.0))
        if not 0 <= low <= high and (low or high):
            raise InputError(f"preference == {high:g}, must not be below indifference == {low:g}", where=str(name))
        rise = (gaps[..., at] - low) / (high - low) if high > low else (gaps[..., at] > low + TIE)
        pulls[..., at] = np.clip(np.asarray(rise, dtype=float), 0.0, 1.0)
    net = (pulls - pulls.transpose(1, 0, 2)).sum(axis=1) / max(len(matrix) - 1, 1)
    return _labelled(check_weights(weights, list(matrix.columns)) @ net.T, matrix)


def vikor_scores(
    matrix: pd.DataFrame, weights: Any, *, directions: Mapping[str, int], majority: float = 0.5
) -> Any:
    """VIKOR's Q: distance to a compromise, 0 to 1, LESS is better.

    Parameters
    ----------
    majority
        Weight of the group's utility against the largest single regret, 0 to 1.

    Returns
    -------
    As in :func:`saw_scores`. Where all alternatives are equally good, every Q is 0.

    Notes
    -----
    Opricovic & Tzeng (2004), European Journal of Operational Research 156:445.

    Examples
    --------
    >>> m = pd.DataFrame({"ease": [9.0, 6.0, 8.0], "cost": [120.0, 90.0, 95.0]}, index=["A", "B", "C"])
    >>> vikor_scores(m, {"ease": 0.5, "cost": 0.5}, directions={"ease": 1, "cost": -1}).round(3).to_dict()
    {'A': 1.0, 'B': 1.0, 'C': 0.0}
    """
    if not 0 <= majority <= 1:
        raise InputError(f"majority == {majority:g}, must be 0 to 1")
    values, signs = check_matrix(matrix, directions)
    turned = values * signs
    best, spread = turned.max(axis=0), np.ptp(turned, axis=0)
    lost = np.where(spread > 0, (best - turned) / np.where(spread > 0, spread, 1.0), 0.0)
    weighted = check_weights(weights, list(matrix.columns))[..., None, :] * lost
    group, regret = weighted.sum(axis=-1), weighted.max(axis=-1)
    return _labelled(majority * _from_best(group) + (1 - majority) * _from_best(regret), matrix)


def _from_best(values: Floats) -> Floats:
    low, width = values.min(axis=-1, keepdims=True), np.ptp(values, axis=-1, keepdims=True)
    return np.where(width > TIE, (values - low) / np.where(width > TIE, width, 1.0), 0.0)


def _labelled(scores: Floats, matrix: pd.DataFrame) -> Any:
    return pd.Series(scores, index=matrix.index, name="score") if scores.ndim == 1 else scores


METHODS: dict[str, tuple[str, Callable[..., Any], int]] = {
    "saw": (mark("SAW (weighted sum)"), saw_scores, 1),
    "topsis": (mark("TOPSIS"), topsis_scores, 1),
    "promethee": (mark("PROMETHEE II"), promethee_flows, 1),
    "vikor": (mark("VIKOR"), vikor_scores, -1),
}
"""Method -> what it is called, its function, and whether more (1) or less (-1) is better."""


def ranks_of(scores: pd.Series, *, more_is_better: bool = True) -> pd.Series:
    """Ranks from 1; equal scores share the better rank.

    Examples
    --------
    >>> ranks_of(pd.Series({"A": 1.0, "B": 0.8, "C": 0.8})).to_dict()
    {'A': 1, 'B': 2, 'C': 2}
    """
    steady = scores.round(10)
    return steady.rank(method="min", ascending=not more_is_better).astype(int).rename("rank")
