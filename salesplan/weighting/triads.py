"""Three judgements that contradict one another most, beside the one change that helps most."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.weighting.best_change import AGREES, SCALE, BestChange, by_importance
from salesplan.weighting.pairwise import PairwiseComparison
from salesplan.weighting.priorities import LogFit

__all__ = ["SCALE", "Triad", "ratio_text", "triads_frame", "worst_triad"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Triad(BestChange):
    """The three KPIs whose judgements fit least, and the change that helps most of all judgements.

    The judgement to change need not be one of the three: it is searched among all pairs.

    Parameters
    ----------
    kpis
        The three, most important first.
    inconsistency
        0 (the direct judgement equals the detour) to 1: ``1 - min(d, 1/d)`` with d the direct
        judgement over the product of the other two (Koczkodaj 1993).
    first, second, current, suggested, implied, cr_after, gci_after
        See :class:`salesplan.weighting.best_change.BestChange`.
    """

    kpis: tuple[str, str, str]
    inconsistency: float


def triads_frame(comparison: PairwiseComparison, fit: LogFit) -> pd.DataFrame:
    """Every judged triad, worst first.

    Returns
    -------
    DataFrame
        kpi_a, kpi_b, kpi_c (most important first), ab_factor, bc_factor, ac_factor (judgements),
        implied_factor (a over c by way of b), inconsistency_value (0 to 1).

    Examples
    --------
    >>> from salesplan.weighting.pairwise import pairwise_from
    >>> from salesplan.weighting.priorities import log_least_squares
    >>> c = pairwise_from({"a/b": 2, "b/c": 2, "a/c": 8}, ["a", "b", "c"])
    >>> triads_frame(c, log_least_squares(c.matrix)).iloc[0, 3:].tolist()
    [2.0, 2.0, 8.0, 4.0, 0.5]
    """
    corners, cycle = _oriented(comparison, fit)
    names = np.array(comparison.names, dtype=object)
    a, b, c = corners.T
    matrix = comparison.matrix
    frame = pd.DataFrame({
        "kpi_a": names[a], "kpi_b": names[b], "kpi_c": names[c],
        "ab_factor": matrix[a, b], "bc_factor": matrix[b, c], "ac_factor": matrix[a, c],
        "implied_factor": matrix[a, b] * matrix[b, c],
        "inconsistency_value": -np.expm1(-np.abs(cycle)),
    })  # fmt: skip
    order = frame.assign(by=-frame["inconsistency_value"].round(12)).sort_values(["by", "kpi_a", "kpi_b", "kpi_c"])
    return frame.loc[order.index].reset_index(drop=True)


def worst_triad(comparison: PairwiseComparison, fit: LogFit, change: BestChange | None) -> Triad | None:
    """The most inconsistent triad beside the best change; None where no three judged KPIs disagree.

    Parameters
    ----------
    fit
        Logarithmic least squares of the comparison.
    change
        What :func:`salesplan.weighting.best_change.best_change` found.

    Examples
    --------
    >>> from salesplan.weighting.best_change import best_change
    >>> from salesplan.weighting.pairwise import pairwise_from
    >>> from salesplan.weighting.priorities import log_least_squares
    >>> c = pairwise_from({"a/b": 2, "b/c": 2, "a/c": 8}, ["a", "b", "c"])
    >>> fit = log_least_squares(c.matrix)
    >>> t = worst_triad(c, fit, best_change(c, fit, cr=0.046, random_index=0.58, by_cr=True))
    >>> t.kpis, round(t.inconsistency, 3), t.suggested
    (('a', 'b', 'c'), 0.5, 4.0)
    """
    corners, cycle = _oriented(comparison, fit)
    off = np.round(np.abs(cycle), 12)
    if change is None or not off.size or off.max() < AGREES:
        return None
    names = comparison.names
    at = min(np.flatnonzero(off == off.max()), key=lambda t: tuple(names[k] for k in corners[t]))
    a, b, c = corners[at]
    return Triad(kpis=(names[a], names[b], names[c]), inconsistency=float(-np.expm1(-off[at])), **vars(change))


def ratio_text(value: float) -> str:
    """A judgement as people write it.

    Examples
    --------
    >>> ratio_text(3.0), ratio_text(0.2), ratio_text(2.5)
    ('3', '1/5', '2.5')
    """
    if value < 1:
        return f"1/{1 / value:.3g}"
    return f"{value:.3g}"


@lru_cache(maxsize=32)
def _all_triads(n: int) -> Whole:
    return np.array(list(combinations(range(n), 3)), dtype=np.int64).reshape(-1, 3)


def _oriented(comparison: PairwiseComparison, fit: LogFit) -> tuple[Whole, Floats]:
    """Judged triads, most important corner first, and the log of detour over direct judgement."""
    names, matrix = comparison.names, comparison.matrix
    corners = np.array(by_importance(names, fit), dtype=np.int64)[_all_triads(len(names))]
    a, b, c = corners.T
    cycle = np.log(matrix[a, b] * matrix[b, c] * matrix[c, a])
    judged = ~np.isnan(cycle)
    return corners[judged], cycle[judged]
