"""Scores of several criteria on one scale; the normalisation is always named, since it decides the ranks."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Floats = NDArray[np.float64]
Normalisation = Literal["linear", "min_max", "vector", "sum"]
NORMALISATIONS: tuple[str, ...] = get_args(Normalisation)
NAMES: dict[str, str] = {
    "linear": mark("share of the best value"),
    "min_max": mark("from the worst to the best value"),
    "vector": mark("length of the column is 1"),
    "sum": mark("sum of the column is 1"),
}


def normalise(matrix: pd.DataFrame, directions: Mapping[str, int], *, method: Normalisation) -> Floats:
    """Put criteria on one scale, for cost criteria turned so that more is better.

    Parameters
    ----------
    matrix
        Alternatives x criteria.
    directions
        +1 where more is better, -1 where less is better, for every criterion.
    method
        ``linear``: x / max, for costs min / x. ``min_max``: (x - worst) / (best - worst); a criterion on which
        all are equal gives 1 to everybody. ``sum``: x / sum, for costs of 1/x. ``vector``: x / ||x||, for costs
        1 - x / ||x||.

    Raises
    ------
    InputError
        An empty cell, an unknown method, or a value a method cannot take (zero and negative ones).

    Examples
    --------
    >>> m = pd.DataFrame({"ease": [9.0, 6.0], "cost": [120.0, 90.0]}, index=["A", "B"])
    >>> normalise(m, {"ease": 1, "cost": -1}, method="linear").round(3).tolist()
    [[1.0, 0.75], [0.667, 1.0]]
    """
    values, signs = check_matrix(matrix, directions)
    if method not in NORMALISATIONS:
        raise InputError(f"method == {method!r}, must be a normalisation", fix=known_choices(method, NORMALISATIONS))
    if method == "min_max":
        return _min_max(values, signs)
    low = values <= 0 if method != "vector" else values < 0
    if low.any():
        row, column = np.argwhere(low)[0]
        raise InputError(f"value == {values[row, column]:g}, must be above zero for {method}",
                         where=f"{matrix.index[row]}, {matrix.columns[column]}", fix="Use min_max for such criteria.")
    if method == "vector":
        length = np.sqrt((values**2).sum(axis=0))
        shares = values / np.where(length > 0, length, 1.0)
        return np.where(signs > 0, shares, 1 - shares)
    benefit = np.where(signs > 0, values, 1 / values)
    return benefit / (benefit.max(axis=0) if method == "linear" else benefit.sum(axis=0))


def _min_max(values: Floats, signs: Floats) -> Floats:
    turned = values * signs
    worst, best = turned.min(axis=0), turned.max(axis=0)
    spread = best - worst
    return np.where(spread > 0, (turned - worst) / np.where(spread > 0, spread, 1.0), 1.0)


def check_matrix(matrix: pd.DataFrame, directions: Mapping[str, int]) -> tuple[Floats, Floats]:
    """Numbers and signs of a decision matrix; whatever is missing is named by its cell.

    Examples
    --------
    >>> check_matrix(pd.DataFrame({"ease": [9.0, None]}, index=["A", "B"]), {"ease": 1})
    Traceback (most recent call last):
    salesplan.errors.InputError: value is missing, must be a number. Where: B, ease. Fix: ...
    """
    if matrix.empty:
        raise InputError("the decision matrix is empty, must hold alternatives and criteria")
    for what, labels in (("alternative", matrix.index), ("criterion", matrix.columns)):
        twice = labels[labels.duplicated()]
        if len(twice):
            raise InputError(f"{what} == {twice[0]!r} stands twice, must be there once")
    values = matrix.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise InputError("value is missing, must be a number", where=f"{matrix.index[row]}, {matrix.columns[column]}",
                         fix="Add a score for the cell, or leave the criterion or the alternative out.")
    signs = []
    for name in matrix.columns:
        if directions.get(name, 0) not in (1, -1):
            raise InputError(f"direction == {directions.get(name)!r}, must be 1 (more is better) or -1", where=str(name))
        signs.append(float(directions[name]))
    return values, np.array(signs)


def check_weights(weights: Any, criteria: Sequence[str]) -> Floats:
    """Weights in the order of the criteria, adding up to 1; a stack of weightings (n x criteria) passes too.

    Examples
    --------
    >>> check_weights({"cost": 1, "ease": 3}, ["ease", "cost"]).tolist()
    [0.75, 0.25]
    """
    if isinstance(weights, Mapping | pd.Series):
        given = dict(weights.items())
        missing = [c for c in criteria if c not in given]
        extra = [c for c in given if c not in criteria]
        if missing or extra:
            raise InputError(f"weights are of {sorted(given)}, must be of the criteria {sorted(criteria)}",
                             where=", ".join([*missing, *extra]))
        numbers = np.array([float(given[c]) for c in criteria])
    else:
        numbers = np.asarray(weights, dtype=float)
    if numbers.shape[-1] != len(criteria) or not np.isfinite(numbers).all() or (numbers < 0).any():
        raise InputError("weights must be one number of zero or more for each criterion", where=", ".join(criteria))
    totals = numbers.sum(axis=-1, keepdims=True)
    if (totals <= 0).any():
        raise InputError("weights add up to 0, must have one above zero", where=", ".join(criteria))
    return np.asarray(numbers / totals, dtype=float)
