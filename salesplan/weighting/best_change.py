"""The one judgement whose change helps most, searched over all pairs that other judgements check."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.weighting.pairwise import PairwiseComparison
from salesplan.weighting.priorities import LogFit, largest_eigenvalues, principal_eigenvector

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SCALE = np.array([1 / k for k in range(9, 1, -1)] + [float(k) for k in range(1, 10)])
"""Answers people give: 1/9 to 9."""

AGREES = 1e-9
"""Judgements off by less than this factor are consistent."""

@dataclass(frozen=True, kw_only=True, eq=False)
class BestChange:
    """The one judgement to look at again first.

    Parameters
    ----------
    first, second
        The judgement is first over second, the more important KPI first.
    current, suggested
        Its value now and the value with which all judgements fit best, on the scale 1/9 to 9 where one
        of its steps helps. It is what would fit, not what is right: only the judge can say that.
    implied
        What all other judgements together say, unrounded.
    cr_after
        Consistency ratio after the change; missing while pairs are not judged.
    gci_after
        Geometric consistency index after the change.
    """

    first: str
    second: str
    current: float
    suggested: float
    implied: float
    cr_after: float
    gci_after: float


def best_change(
    comparison: PairwiseComparison, fit: LogFit, *, cr: float, random_index: float, by_cr: bool
) -> BestChange | None:
    """The change of one judgement that leaves the least inconsistency; None if all agree.

    Parameters
    ----------
    fit
        Logarithmic least squares of the comparison.
    cr, random_index
        Consistency ratio now and what it divides by; missing while pairs are not judged.
    by_cr
        Choose by the consistency ratio (complete judgements only), else by the geometric consistency index.

    Notes
    -----
    Every judged pair that others check is tried with every answer of the scale that can be best: the index is
    convex in the logarithm of one judgement, so that each pair is followed downhill from the answer nearest to
    what the others imply. That value is the least squares fit from all other judgements, ``log a - e / (1 - h)``
    with residual e and leverage h; on complete judgements the geometric mean of all detours over a third KPI.

    Examples
    --------
    >>> from salesplan.weighting.pairwise import pairwise_from
    >>> from salesplan.weighting.priorities import log_least_squares
    >>> c = pairwise_from({"a/b": 2, "b/c": 2, "a/c": 8}, ["a", "b", "c"])
    >>> t = best_change(c, log_least_squares(c.matrix), cr=0.046, random_index=0.58, by_cr=True)
    >>> t.first, t.second, t.current, t.suggested, round(t.cr_after, 6)
    ('a', 'b', 2.0, 4.0, 0.0)
    """
    pairs = _checked_pairs(comparison, fit)
    if not len(pairs) or np.abs(fit.residuals[pairs[:, 0], pairs[:, 1]]).max() < AGREES / 4:
        return None
    implied = _implied(comparison.matrix, fit, pairs)
    now = cr if by_cr else fit.gci
    values = SCALE[np.abs(np.log(SCALE / implied[:, None])).argmin(axis=1)]
    if by_cr:
        values, after = _downhill(comparison.matrix, pairs, values, random_index)
    else:
        after = _gci_after(comparison.matrix, fit, pairs, values)
    if not after.min() < now - AGREES:
        values = implied
        after = (
            _cr_after(comparison.matrix, pairs, values, random_index)
            if by_cr
            else _gci_after(comparison.matrix, fit, pairs, values)
        )
    names = comparison.names
    named = [(names[i], names[j]) for i, j in pairs]
    least = np.round(after, 9)
    best = min(np.flatnonzero(least == least.min()), key=lambda k: named[k])
    chosen = slice(best, best + 1)
    complete = comparison.is_complete
    return BestChange(
        first=named[best][0],
        second=named[best][1],
        current=float(comparison.matrix[tuple(pairs[best])]),
        suggested=float(values[best]),
        implied=float(implied[best]),
        cr_after=_cr_of(comparison.matrix, pairs[best], float(values[best]), random_index) if complete else np.nan,
        gci_after=float(_gci_after(comparison.matrix, fit, pairs[chosen], values[chosen])[0]),
    )


def by_importance(names: tuple[str, ...], fit: LogFit) -> list[int]:
    """Places of the KPIs, most important first; equals by name."""
    return sorted(range(len(names)), key=lambda k: (-round(float(fit.log_weights[k]), 12), names[k]))


def _checked_pairs(comparison: PairwiseComparison, fit: LogFit) -> Whole:
    """Judged pairs, more important KPI first, that other judgements link as well."""
    order = np.array(by_importance(comparison.names, fit), dtype=np.int64)
    upper = np.triu_indices(len(order), 1)
    pairs = np.column_stack([order[upper[0]], order[upper[1]]])
    i, j = pairs.T
    return pairs[~np.isnan(comparison.matrix[i, j]) & (fit.leverage[i, j] < 1 - 1e-9)]


def _implied(matrix: Floats, fit: LogFit, pairs: Whole) -> Floats:
    i, j = pairs.T
    return np.asarray(matrix[i, j] * np.exp(-fit.residuals[i, j] / (1 - fit.leverage[i, j])), float)


def _gci_after(matrix: Floats, fit: LogFit, pairs: Whole, values: Floats) -> Floats:
    i, j = pairs.T
    step = np.log(values / matrix[i, j])
    squares = fit.squares + 2 * step * fit.residuals[i, j] + step**2 * (1 - fit.leverage[i, j])
    return np.asarray(np.maximum(squares, 0.0) / fit.free, float)


def _cr_after(matrix: Floats, pairs: Whole, values: Floats, random_index: float) -> Floats:
    """Consistency ratio after each change on its own."""
    n, each = len(matrix), np.arange(len(pairs))
    i, j = pairs.T
    stack = np.repeat(matrix[None], len(pairs), axis=0)
    stack[each, i, j], stack[each, j, i] = values, 1 / values
    return np.asarray((largest_eigenvalues(stack) - n) / (n - 1) / random_index, float)


def _cr_of(matrix: Floats, pair: Whole, value: float, random_index: float) -> float:
    """Consistency ratio after one change, to the last digit."""
    changed, (i, j), n = matrix.copy(), pair, len(matrix)
    changed[i, j], changed[j, i] = value, 1 / value
    return (principal_eigenvector(changed)[1] - n) / (n - 1) / random_index


def _downhill(matrix: Floats, pairs: Whole, values: Floats, random_index: float) -> tuple[Floats, Floats]:
    """For each pair the answer of the scale with the least consistency ratio, and that ratio."""
    last = len(SCALE) - 1
    at = np.searchsorted(SCALE, values * (1 - 1e-9))
    found = np.full((len(pairs), len(SCALE)), np.inf)
    open_ = np.arange(len(pairs))
    while len(open_):
        rows = np.repeat(open_, 3)
        columns = np.clip((at[open_][:, None] + [-1, 0, 1]).ravel(), 0, last)
        new = np.isinf(found[rows, columns])
        rows, columns = rows[new], columns[new]
        found[rows, columns] = _cr_after(matrix, pairs[rows], SCALE[columns], random_index)
        best = found[open_].argmin(axis=1)
        moved = best != at[open_]
        at[open_] = best
        open_ = open_[moved]
    return SCALE[at], found[np.arange(len(pairs)), at]
