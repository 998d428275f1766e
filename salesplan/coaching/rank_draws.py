"""Ranks within groups, and how they move when levels are drawn within their error and judgements by one step."""

import numpy as np
from numpy.typing import NDArray

from salesplan.coaching.assessments import Array

_CHUNK = 2_000_000


def rank_within(values: Array, block: NDArray[np.int64]) -> Array:
    """Rank of each row within its block, column by column; 1 is the largest, equals share the better, NaN has none.

    Examples
    --------
    >>> rank_within(np.array([[3.0], [5.0], [5.0], [1.0]]), np.array([0, 0, 0, 1])).ravel().tolist()
    [3.0, 1.0, 1.0, 1.0]
    """
    grid, row, column = _grid(values, block)
    # a value's rank is one more than how many of its block are larger
    order = np.argsort(-grid, axis=1, kind="stable")
    ordered = np.take_along_axis(grid, order, axis=1)
    place = np.broadcast_to(np.arange(grid.shape[1])[None, :, None], grid.shape)
    new = np.ones(grid.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    ranks = np.empty(grid.shape, dtype=np.float32)
    np.put_along_axis(ranks, order, (first + 1).astype(np.float32), axis=1)
    found = ranks[row, column].astype(float)
    found[np.isnan(values)] = np.nan
    return found


def rank_stability(
    figures: tuple[Array, Array, Array, Array],
    sd: Array,
    importance: Array,
    frequency: Array,
    block: NDArray[np.int64],
    *,
    told: NDArray[np.bool_],
    limits: tuple[float, float],
    draws: int,
    coverage: float,
    seed: int,
) -> tuple[Array, Array, Array]:
    """Lower and upper rank and the probability of the top three.

    Parameters
    ----------
    figures
        Mean gap, gap x importance, gap x frequency and gap x both of each row.
    sd
        Standard deviation of gap x both.
    importance, frequency
        Mean judgements, so that no step leaves ``limits``.
    block
        Group of each row; ranks are within.
    """
    rng = np.random.default_rng(seed)
    lower, upper, top = (np.full(len(sd), np.nan) for _ in range(3))
    rows = np.flatnonzero(told)
    plain, important, frequent, both = (f[rows].astype(np.float32) for f in figures)
    error, block = sd[rows].astype(np.float32), block[rows]
    blocks, block = np.unique(block, return_inverse=True)
    width = int(np.bincount(block).max()) if len(block) else 1
    step = max(1, _CHUNK // (draws * width))
    for first in range(0, len(blocks), step):
        at = np.flatnonzero((block >= first) & (block < first + step))
        shape = (len(at), draws)
        a, f = _steps(rng, importance[rows[at]], limits, shape), _steps(rng, frequency[rows[at]], limits, shape)
        need = both[at, None] + a * frequent[at, None] + f * important[at, None] + a * f * plain[at, None]
        spread = np.where(both[at] > 0, error[at] / np.where(both[at] > 0, both[at], 1), 0.0).astype(np.float32)
        luck = rng.standard_normal(shape, dtype=np.float32)
        need *= 1 + spread[:, None] * luck
        ranks = _ranks_of_draws(need, block[at] - first)
        top[rows[at]] = (ranks <= 3).mean(axis=1)
        ranks.sort(axis=1, kind="stable")
        lower[rows[at]] = ranks[:, int(np.floor((1 - coverage) / 2 * (draws - 1)))]
        upper[rows[at]] = ranks[:, int(np.ceil((1 + coverage) / 2 * (draws - 1)))]
    return lower, upper, top


def _steps(rng: np.random.Generator, at: Array, limits: tuple[float, float], shape: tuple[int, int]) -> NDArray[np.float32]:
    """One step down, none or one up, within the limits of the scale."""
    centre = at.astype(np.float32)[:, None]
    moved = centre + rng.integers(-1, 2, shape, dtype=np.int8)
    return np.clip(moved, np.float32(limits[0]), np.float32(limits[1])) - centre


def _ranks_of_draws(need: NDArray[np.float32], block: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Ranks within blocks, rows x draws; draws have no ties that matter."""
    size = np.bincount(block)
    start = np.r_[0, np.cumsum(size)[:-1]]
    order = np.argsort(block, kind="stable")
    place = np.empty(len(block), dtype=np.int64)
    place[order] = np.arange(len(block)) - np.repeat(start, size)
    grid = np.full((len(size), need.shape[1], int(size.max())), np.inf, dtype=np.float32)
    grid[block, :, place] = -need
    by_size = np.argsort(grid, axis=2)
    ranks = np.empty(grid.shape, dtype=np.uint16)
    np.put_along_axis(ranks, by_size, np.arange(1, grid.shape[2] + 1, dtype=np.uint16)[None, None, :], axis=2)
    return ranks[block, :, place]


def _grid(values: Array, block: NDArray[np.int64]) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Blocks x places x columns, padded with the lowest; and where each row went."""
    size = np.bincount(block) if len(block) else np.zeros(0, dtype=np.int64)
    order = np.argsort(block, kind="stable")
    start = np.r_[0, np.cumsum(size)[:-1]] if len(size) else size
    place = np.empty(len(block), dtype=np.int64)
    place[order] = np.arange(len(block)) - np.repeat(start, size)
    grid = np.full((len(size), int(size.max()) if len(size) else 0, values.shape[1]), -np.inf)
    grid[block, place] = np.where(np.isnan(values), -np.inf, values)
    return grid, block, place
