"""Divisor methods: splits in which a larger total never lowers anybody's share."""

import heapq
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.money.remainders import rank_of
from salesplan.money.units import LARGEST, unit_size
from salesplan.money.weights import check_weights, quotas, whole_weights


def sainte_lague(
    total: int, weights: ArrayLike, *, unit: str | int = 1, keys: Sequence[Any] | None = None
) -> NDArray[np.int64]:
    """Split an amount so that re-planning with a larger total lowers nobody (Webster, Sainte-Laguë).

    Arguments, result and errors as for :func:`salesplan.money.split_exact`.

    Notes
    -----
    Units go one by one to the largest ``weight / (2 x units held + 1)``; the first units are placed
    at once by rounding the exact shares, which is the same list cut at another point.

    Examples
    --------
    >>> sainte_lague(10, [6, 6, 2]).tolist(), sainte_lague(11, [6, 6, 2]).tolist()
    ([5, 4, 1], [5, 5, 1])
    """
    return _divide(total, weights, unit, keys, step=2)


def dhondt(
    total: int, weights: ArrayLike, *, unit: str | int = 1, keys: Sequence[Any] | None = None
) -> NDArray[np.int64]:
    """Split an amount by D'Hondt's rule, which favours the large; monotone in the total.

    Arguments, result and errors as for :func:`salesplan.money.split_exact`.

    Examples
    --------
    >>> dhondt(10, [47000, 16000, 15900, 12000, 6000, 3100]).tolist()
    [5, 2, 2, 1, 0, 0]
    """
    return _divide(total, weights, unit, keys, step=1)


def _divide(
    total: int, weights: ArrayLike, unit: str | int, keys: Sequence[Any] | None, *, step: int
) -> NDArray[np.int64]:
    values, size = check_weights(weights), unit_size(unit)
    if total % size or abs(total) // size > LARGEST:
        raise InputError(f"total == {total}, must be a multiple of the unit {size}, at most {LARGEST} units")
    if not total:
        return np.zeros(values.size, np.int64)
    if not values.any():
        raise InputError(f"all {values.size} weights are zero, must leave somebody to receive {total}",
                         fix="Give at least one positive weight.")
    rank = np.arange(values.size) if keys is None else rank_of(keys, values.size)
    goal = abs(total) // size
    whole, sums = whole_weights(values)
    held, remainder = quotas(np.array([goal]), whole, sums)
    if step == 2:
        held = held + (2 * remainder > sums)
    missing = goal - int(held.sum())
    sign = 1 if missing > 0 else -1

    def priority(i: int) -> tuple[Fraction, int]:
        next_unit = step * int(held[i]) + (1 if missing > 0 else 1 - step)
        return (Fraction(-sign * int(whole[i]), next_unit), sign * int(rank[i]))

    queue = [(*priority(i), i) for i in range(values.size) if whole[i] and (missing > 0 or held[i])]
    heapq.heapify(queue)
    for _ in range(abs(missing)):
        *_, i = heapq.heappop(queue)
        held[i] += sign
        if missing > 0 or held[i]:
            heapq.heappush(queue, (*priority(i), i))
    return held * size * (1 if total > 0 else -1)
