"""Scores of alternatives on criteria, checked against weights, and the ranks their weighted sums give."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.weighting.weights import Floats, Weights, weight_values

TIE = 1e-9
"""Difference of weighted sums, relative to the spread of scores, below which alternatives are equal."""

ROUNDING = 64 * float(np.finfo(float).eps)
"""What rounding can make of a weighted sum, relative to the largest score."""


def check_scores(scores: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    """Names of alternatives, names of criteria, and scores as numbers.

    Raises
    ------
    InputError
        A missing or non-numeric score, a name that stands twice, no alternative or criterion.
    """
    rows, columns = tuple(str(i) for i in scores.index), tuple(str(c) for c in scores.columns)
    if not rows or not columns:
        raise InputError(f"scores are {len(rows)} x {len(columns)}, must have an alternative and a criterion")
    for what, names in (("row", rows), ("column", columns)):
        if len(set(names)) < len(names):
            twice = next(name for at, name in enumerate(names) if name in names[:at])
            raise InputError(f"{what} {twice!r} stands twice, must be there once", where=f"{what} {twice}")
    values = scores.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        i, j = wrong[0]
        cell = scores.iloc[i, j]
        said = f"{cell:g}" if isinstance(cell, float) else repr(cell)
        raise InputError(f"score == {said}, must be a number", where=f"row {rows[i]}, column {columns[j]}")
    return rows, columns, values


def match_weights(columns: tuple[str, ...], weights: Weights | Mapping[str, float] | pd.Series) -> Floats:
    """Weights in the order of the criteria.

    Raises
    ------
    InputError
        A criterion without a weight or the reverse.
    """
    names, values = weight_values(weights)
    odd = sorted(set(names) ^ set(columns))
    if odd:
        raise InputError(f"{', '.join(odd)} not in both scores and weights, must be the same criteria", where="weights")
    by_name = dict(zip(names, values, strict=True))
    return np.array([by_name[name] for name in columns])


def tie_width(values: Floats) -> float:
    """Difference of weighted sums below which alternatives are equal.

    `TIE` of the widest spread of a criterion, but never less than the rounding of numbers of this size.

    Examples
    --------
    >>> tie_width(np.array([[1e9, 3.0], [1e9, 5.0]])) < 1e-4 < tie_width(np.array([[0.0, 3.0], [1e6, 5.0]]))
    True
    """
    rounding = ROUNDING * max(float(np.abs(values).max()), 1e-300)
    return max(TIE * float(np.ptp(values, axis=0).max()), rounding)


def rank_totals(totals: Floats, width: float) -> Floats:
    """Ranks from 1 (highest) of each column of totals; equals share the mean of their places.

    Totals nearer than ``width`` to the next higher one count as equal to it.

    Examples
    --------
    >>> rank_totals(np.array([[3.0], [5.0], [3.0]]), 1e-9).ravel().tolist()
    [2.5, 1.0, 2.5]
    """
    n, draws = totals.shape
    order = np.argsort(-totals, axis=0, kind="stable")
    ordered = np.take_along_axis(totals, order, axis=0)
    fresh = np.ones((n, draws), bool)
    fresh[1:] = ordered[:-1] - ordered[1:] > width
    place = np.arange(n)[:, None]
    first = np.maximum.accumulate(np.where(fresh, place, 0), axis=0)
    ends = np.ones((n, draws), bool)
    ends[:-1] = fresh[1:]
    last = np.minimum.accumulate(np.where(ends, place, n)[::-1], axis=0)[::-1]
    ranks = np.empty((n, draws))
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=0)
    return ranks
