"""How much of the answer is in the weights: which system is first under how many weightings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.selection.methods import METHODS
from salesplan.selection.normalisation import check_matrix

Floats = NDArray[np.float64]
TABLES = 500
"""Tables of scores drawn where sources contradict one another, each with its part of the weightings."""


def first_place_shares(
    matrix: pd.DataFrame,
    *,
    directions: Mapping[str, int],
    lower: pd.DataFrame | None = None,
    upper: pd.DataFrame | None = None,
    methods: Sequence[str] = tuple(METHODS),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    n: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """In what share of all possible weightings each system comes first, by method.

    Parameters
    ----------
    matrix
        Systems x criteria.
    lower, upper
        What the sources say at least and at most; given, every weighting also draws the scores evenly
        between them, so that contradicting sources count as the doubt they are.
    options
        Method -> what else it takes (the thresholds of PROMETHEE), as for the scores themselves.
    n
        Weightings drawn evenly over all that are possible (Dirichlet with all parameters 1).

    Returns
    -------
    DataFrame by system: ``<method>_first_share`` (several systems that are first together share the place) and
    ``mc_error_share``, the largest standard error of the draw: the spread between independently drawn tables where
    scores are drawn too, else the binomial one.

    Notes
    -----
    SMAA-2 rank-1 acceptability: Lahdelma & Salminen (2001), Operations Research 49:444.

    Examples
    --------
    >>> m = pd.DataFrame({"ease": [9.0, 6.0], "cost": [120.0, 90.0]}, index=["A", "B"])
    >>> first_place_shares(m, directions={"ease": 1, "cost": -1}, methods=["promethee"], n=4000).round(1)[
    ...     "promethee_first_share"].to_dict()
    {'A': 0.5, 'B': 0.5}
    """
    if n < 100:
        raise InputError(f"n == {n}, must be at least 100 weightings")
    check_matrix(matrix, directions)
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(len(matrix.columns)), size=n)
    tables = _tables(matrix, lower, upper, rng=rng, n=n)
    out = pd.DataFrame(index=matrix.index)
    errors = []
    for name in methods:
        blocks = np.array([_first(name, table, weights[part], directions, (options or {}).get(name, {}))
                           for table, part in tables])
        sizes = np.array([part.stop - part.start for _, part in tables], dtype=float)
        out[f"{name}_first_share"] = blocks.sum(axis=0) / n
        errors.append(_error(blocks / sizes[:, None], out[f"{name}_first_share"].to_numpy(), n))
    out["mc_error_share"] = np.max(errors, axis=0)
    return out


def _error(means: Floats, share: Floats, n: int) -> Floats:
    """Standard error of the shares, with one observation added either way so that 0 and 1 have an error too."""
    if len(means) > 1:
        between = means.std(axis=0, ddof=1) / np.sqrt(len(means))
        return np.asarray(np.maximum(between, 1 / n), dtype=float)
    near = (share * n + 1) / (n + 2)
    return np.asarray(np.sqrt(near * (1 - near) / n), dtype=float)


def _tables(
    matrix: pd.DataFrame, lower: pd.DataFrame | None, upper: pd.DataFrame | None, *, rng: np.random.Generator, n: int
) -> list[tuple[pd.DataFrame, slice]]:
    """The decision matrices to try and which weightings go with each."""
    if lower is None or upper is None or np.array_equal(lower.to_numpy(float), upper.to_numpy(float)):
        return [(matrix, slice(0, n))]
    low, high = (t.loc[matrix.index, matrix.columns].to_numpy(float) for t in (lower, upper))
    if not (low <= high).all():
        row, column = np.argwhere(low > high)[0]
        raise InputError("lower is above upper, must be below", where=f"{matrix.index[row]}, {matrix.columns[column]}")
    draws = min(TABLES, n)
    edges = np.linspace(0, n, draws + 1).astype(int)
    drawn = low + (high - low) * rng.random((draws, *low.shape))
    return [(pd.DataFrame(drawn[i], index=matrix.index, columns=matrix.columns), slice(edges[i], edges[i + 1]))
            for i in range(draws)]


def _first(
    name: str, table: pd.DataFrame, weights: Floats, directions: Mapping[str, int], options: Mapping[str, Any]
) -> Any:
    _, score, sign = METHODS[name]
    scores = sign * np.asarray(score(table, weights, directions=directions, **options))
    best = scores >= scores.max(axis=-1, keepdims=True) - 1e-10
    return (best / best.sum(axis=-1, keepdims=True)).sum(axis=0)


def dominated(
    matrix: pd.DataFrame,
    directions: Mapping[str, int],
    *,
    lower: pd.DataFrame | None = None,
    upper: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Which system is at least as good as another on every criterion and better on one: no weighting changes that.

    Parameters
    ----------
    lower, upper
        What the sources say at least and at most; given, the better system must be so at its worst against the other
        at its best.

    Returns
    -------
    DataFrame ``better, worse``.

    Examples
    --------
    >>> dominated(pd.DataFrame({"ease": [5, 4], "cost": [5, 4]}, index=["A", "B"]), {"ease": 1, "cost": 1}).values.tolist()
    [['A', 'B']]
    """
    values, signs = check_matrix(matrix, directions)
    worst = best = values * signs
    if lower is not None and upper is not None:
        ends = [t.loc[matrix.index, matrix.columns].to_numpy(float) * signs for t in (lower, upper)]
        worst, best = np.minimum(*ends), np.maximum(*ends)
    over = (worst[:, None, :] >= best[None, :, :]).all(axis=-1) & (worst[:, None, :] > best[None, :, :]).any(axis=-1)
    names = list(matrix.index)
    return pd.DataFrame([(names[a], names[b]) for a, b in np.argwhere(over)], columns=["better", "worse"])
