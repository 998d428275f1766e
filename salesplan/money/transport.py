"""Which cells of a table go up: row and column counts met, smallest distance, for thousands of rows."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SHUT = -1e6
SWEEPS = 40
CLOSE = 1e-12
TIE_BREAK = 1e-8
GOLDEN = (5**0.5 - 1) / 2


def choose_cells(
    gain: NDArray[np.float64], allowed: NDArray[np.bool_], per_row: NDArray[np.int64], per_column: NDArray[np.int64]
) -> NDArray[np.bool_] | None:
    """Choose cells so that every row and column has its count and the gains add up to the most.

    Parameters
    ----------
    gain
        Rows x columns, what choosing a cell is worth.
    allowed
        Cells that may be chosen.
    per_row, per_column
        How many to choose, equal in sum.

    Returns
    -------
    ndarray of bool, or None where no choice meets the counts.

    Notes
    -----
    A transportation problem. Given a price for each column, every row takes its best cells; prices
    are moved one column at a time until the columns come out nearly right, and the few that do not
    are put right along shortest paths between columns, which keeps the choice optimal.

    Examples
    --------
    >>> cells = choose_cells(np.array([[0.9, 0.1], [0.8, 0.2]]), np.ones((2, 2), bool),
    ...                      np.array([1, 1]), np.array([1, 1]))
    >>> cells.tolist()
    [[True, False], [False, True]]
    """
    if gain.shape[1] > gain.shape[0]:
        turned = choose_cells(gain.T, allowed.T, per_column, per_row)
        return None if turned is None else turned.T
    if (per_row < 0).any() or (per_column < 0).any():
        return None
    if (per_row > allowed.sum(axis=1)).any() or (per_column > allowed.sum(axis=0)).any():
        return None
    row, column = np.ogrid[: gain.shape[0], : gain.shape[1]]
    spread = TIE_BREAK * ((row * GOLDEN + column * GOLDEN**2) % 1.0)
    value = np.where(allowed, gain + spread, SHUT)
    busy = per_row > 0
    chosen = np.zeros(gain.shape, bool)
    if busy.any():
        part = _by_price(value[busy], per_row[busy], per_column)
        if not _balance(part, value[busy], allowed[busy], per_column):
            return None
        chosen[busy] = part
    return None if (chosen & ~allowed).any() or (chosen.sum(axis=0) != per_column).any() else chosen


def _by_price(
    value: NDArray[np.float64], per_row: NDArray[np.int64], per_column: NDArray[np.int64]
) -> NDArray[np.bool_]:
    rows, columns = value.shape
    price = np.zeros(columns)
    best, best_miss = _take(value, per_row), np.inf
    for _ in range(SWEEPS):
        taken = _take(value - price, per_row)
        miss = int(np.abs(taken.sum(axis=0) - per_column).sum())
        if miss < best_miss:
            best, best_miss = taken, miss
        if miss <= columns:
            break
        for column in range(columns):
            others = np.delete(value - price, column, axis=1)
            ranked = -np.sort(-others, axis=1)
            last = np.minimum(per_row, ranked.shape[1]) - 1
            bar = np.where(per_row > ranked.shape[1], -np.inf, ranked[np.arange(rows), last] if columns > 1 else 0.0)
            worth = np.sort(value[:, column] - bar)[::-1]
            want = int(per_column[column])
            high = worth[want - 1] if want else worth[0] + 1.0
            low = worth[want] if want < rows else high - 1.0
            price[column] = np.clip((min(high, -SHUT) + max(low, SHUT)) / 2, SHUT, -SHUT)
    return best


def _take(value: NDArray[np.float64], per_row: NDArray[np.int64]) -> NDArray[np.bool_]:
    order = np.argsort(-value, axis=1, kind="stable")
    taken = np.empty(value.shape, bool)
    np.put_along_axis(taken, order, np.arange(value.shape[1])[None, :] < per_row[:, None], axis=1)
    return taken


def _balance(chosen: NDArray[np.bool_], value: NDArray[np.float64], allowed: NDArray[np.bool_],
             per_column: NDArray[np.int64]) -> bool:
    """Move choices between columns along cheapest paths until the counts are right (in place)."""
    columns = value.shape[1]
    cost, row = np.full((columns, columns), np.inf), np.zeros((columns, columns), np.int64)

    def refresh(source: int) -> None:
        held = np.flatnonzero(chosen[:, source])
        if held.size == 0:
            cost[source] = np.inf
            return
        loss = np.where(chosen[held] | ~allowed[held], np.inf, value[held, source][:, None] - value[held])
        at = np.argmin(loss, axis=0)
        cost[source], row[source] = loss[at, np.arange(columns)], held[at]

    for column in range(columns):
        refresh(column)
    over = chosen.sum(axis=0) - per_column
    while over.any():
        path = _cheapest_path(cost, over > 0, over < 0)
        if path is None:
            return False
        stale: set[int] = set()
        for source, goal in pairwise(path):
            moved = int(row[source, goal])
            chosen[moved, source], chosen[moved, goal] = False, True
            stale.update(np.flatnonzero(chosen[moved] | (row == moved).any(axis=1)).tolist())
            stale.update((source, goal))
        for column in stale:
            refresh(column)
        over[path[0]] -= 1
        over[path[-1]] += 1
    return True


def _cheapest_path(cost: NDArray[np.float64], starts: NDArray[np.bool_], goals: NDArray[np.bool_]) -> list[int] | None:
    """Bellman-Ford over columns; fewest steps among equals, so that no column is passed twice."""
    reach = np.where(starts, 0.0, np.inf)
    came = np.full(reach.size, -1)
    for _ in range(reach.size):
        through = reach[:, None] + cost
        step = np.argmin(through, axis=0)
        better = through[step, np.arange(reach.size)] < reach - CLOSE
        if not better.any():
            break
        came[better], reach[better] = step[better], through[step, np.arange(reach.size)][better]
    ends = np.flatnonzero(goals & np.isfinite(reach))
    if ends.size == 0:
        return None
    path = [int(ends[np.argmin(reach[ends])])]
    while not (starts[path[-1]] and came[path[-1]] < 0):
        path.append(int(came[path[-1]]))
        if len(path) > reach.size:
            return None
    return path[::-1]
