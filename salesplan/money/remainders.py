"""Largest remainder: an amount into whole units, with nothing lost and nothing added."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.money.units import LARGEST, unit_size
from salesplan.money.weights import check_weights, quotas, whole_weights

BLOCK = 1 << 19


def split_exact(
    total: int, weights: ArrayLike, *, unit: str | int = 1, keys: Sequence[Any] | None = None
) -> NDArray[np.int64]:
    """Split one amount by weights into whole units that add up to it exactly.

    Everybody gets the whole units of the exact share; the units left over go to the largest
    remainders. Equal remainders are served in the order of `keys` (in input order without them), so
    with keys the order of the rows changes nobody's amount. A negative total (net returns) is the
    mirror image of the positive one.

    Parameters
    ----------
    total
        Amount in minor units, a multiple of `unit`, at most 2**56 units.
    weights
        One for each receiver, zero or more; a zero weight receives nothing.
    unit
        Rounding unit in minor units, or its name in ``UNITS``.
    keys
        Identifiers of the receivers, each once.

    Returns
    -------
    ndarray of int64
        Minor units for each receiver.

    Raises
    ------
    InputError
        The total is not a multiple of the unit, all weights are zero while the total is not, a
        weight is negative or missing, or a key stands twice.

    Notes
    -----
    Hamilton's method (Hare quota). It may lower one share when the total rises (the Alabama
    paradox); where re-planning must be monotone use :func:`salesplan.money.sainte_lague`.

    Examples
    --------
    >>> split_exact(10_000, [1, 1, 1]).tolist()
    [3334, 3333, 3333]
    >>> split_exact(10_000, [1, 1, 1], keys=["c", "b", "a"]).tolist()
    [3333, 3333, 3334]
    >>> split_exact(1_000, [2, 1], unit="yuan").tolist()
    [700, 300]
    """
    values = check_weights(weights)
    if values.ndim != 1:
        raise InputError(f"weights have {values.ndim} dimensions, must be one list of numbers")
    if values.size == 0:
        if total:
            raise InputError(f"total == {total} with nobody to receive it", fix="Give at least one weight.")
        return np.zeros(0, np.int64)
    rank = None if keys is None else rank_of(keys, values.size)
    totals = whole_amounts([total])[:, None]
    return split_groups(totals, values[:, None], np.zeros(values.size, np.int64), unit=unit, rank=rank)[:, 0]


def split_groups(
    totals: ArrayLike,
    weights: ArrayLike,
    parent: ArrayLike,
    *,
    unit: str | int = 1,
    rank: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Split many parents' amounts among their children at once, exact in every parent and column.

    Parameters
    ----------
    totals
        Minor units, parents x columns (or one number a parent).
    weights
        Children x columns; only the proportions among children of one parent matter.
    parent
        Row of `totals` each child belongs to.
    unit
        Rounding unit in minor units, or its name.
    rank
        Order in which equal remainders are served, smaller first; input order if not given.

    Returns
    -------
    ndarray of int64
        Minor units, children x columns (one dimension if `totals` had one).

    Raises
    ------
    InputError
        As for :func:`split_exact`; the parent and column are named.

    Examples
    --------
    >>> split_groups([100, 50], [1, 1, 1, 1, 3], [0, 0, 0, 1, 1]).tolist()
    [34, 33, 33, 13, 37]
    """
    amounts, values, above = whole_amounts(totals), check_weights(weights), np.asarray(parent)
    flat = amounts.ndim == 1
    if flat:
        amounts, values = amounts[:, None], values.reshape(-1, 1)
    _check_shapes(amounts, values, above)
    size = unit_size(unit)
    if size > 1:
        _check_multiple(amounts, size)
        amounts = amounts // size
    if amounts.size and int(np.abs(amounts).max()) > LARGEST:
        raise InputError(f"total == {int(np.abs(amounts).max())} units, must be at most {LARGEST}",
                         fix="Use a larger rounding unit.")
    order = _ranked(rank, above)
    family = np.bincount(above, minlength=len(amounts))
    if (amounts[family == 0] != 0).any():
        bare = np.flatnonzero((family == 0) & (amounts != 0).any(axis=1))
        raise InputError(f"{bare.size} parents have an amount but no children to receive it",
                         where=f"parents {bare[:5].tolist()}", fix="Give them a child or no amount.",
                         parents=bare)
    start = np.concatenate([[0], np.cumsum(family)[:-1]])
    result = np.empty(values.shape, np.int64)
    for members in _blocks(family, values.shape[1]):
        rows = order[start[members][:, None] + np.arange(family[members[0]])]
        result[rows] = _share_out(amounts[members], values[rows], members)
    result *= size
    return result[:, 0] if flat else result


def _share_out(
    amounts: NDArray[np.int64], weights: NDArray[np.float64], members: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Families x columns of amounts by families x children x columns of weights."""
    whole, sums = whole_weights(weights, axis=1)
    stuck = (sums[:, 0] == 0) & (amounts != 0)
    if stuck.any():
        which, column = np.argwhere(stuck)[0]
        raise InputError(
            f"all {weights.shape[1]} weights are zero, must leave somebody to receive {amounts[which, column]} units",
            where=f"parent {members[which]}, column {column}",
            fix="Give at least one positive weight, or equal weights if an equal split is meant.",
            parent=int(members[which]), column=int(column))
    floor, remainder = quotas(np.abs(amounts)[:, None], whole, sums)
    left = np.abs(amounts) - floor.sum(axis=1)
    remainder[whole == 0] = -1
    first = np.argsort(-remainder, axis=1, kind="stable")
    extra = np.arange(weights.shape[1])[None, :, None] < left[:, None]
    bonus = np.empty(extra.shape, bool)
    np.put_along_axis(bonus, first, extra, axis=1)
    floor += bonus
    return floor * np.sign(amounts)[:, None]


def _blocks(family: NDArray[np.int64], columns: int) -> Iterator[NDArray[np.int64]]:
    """Parents with equally many children, in blocks that keep memory small."""
    by_size = np.argsort(family, kind="stable")
    sizes, begins = np.unique(family[by_size], return_index=True)
    for size, begin, end in zip(sizes, begins, [*begins[1:], len(by_size)], strict=True):
        if size:
            step = max(1, BLOCK // int(size * columns or 1))
            for at in range(begin, end, step):
                yield by_size[at : min(at + step, end)]


def whole_amounts(values: ArrayLike) -> NDArray[np.int64]:
    """Read minor units as int64; refuse fractions.

    Examples
    --------
    >>> whole_amounts([1, 2.0]).tolist()
    [1, 2]
    """
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    try:
        numbers = array.astype(float)
    except (TypeError, ValueError):
        raise InputError(f"total == {values!r}, must be whole minor units", fix="Use to_fen() first.") from None
    if not (np.isfinite(numbers) & (numbers == np.rint(numbers)) & (np.abs(numbers) < 2**63)).all():
        raise InputError("totals hold fractions or missing values, must be whole minor units",
                         fix="Use to_fen() first.")
    if array.dtype.kind == "O":
        return array.astype(np.int64)
    return numbers.astype(np.int64)


def rank_of(keys: Sequence[Any], size: int) -> NDArray[np.int64]:
    """Place of each key in sorted order; refuses a key that stands twice.

    Examples
    --------
    >>> rank_of(["b", "c", "a"], 3).tolist()
    [1, 2, 0]
    """
    names = list(keys)
    if len(names) != size:
        raise InputError(f"keys has {len(names)} entries, must have one for each of {size} weights")
    if len(set(names)) != size:
        twice = sorted({str(k) for k in names if names.count(k) > 1})[:5]
        raise InputError(f"keys {twice} stand twice, must be one for each receiver", fix="Use ids, not names.")
    place = np.empty(size, np.int64)
    place[sorted(range(size), key=names.__getitem__)] = np.arange(size)
    return place


def _ranked(rank: ArrayLike | None, above: NDArray[np.int64]) -> NDArray[np.int64]:
    if rank is None:
        return np.argsort(above, kind="stable")
    places = np.asarray(rank)
    if places.shape != above.shape:
        raise InputError(f"rank has {places.size} entries, must have one for each of {above.size} children")
    return np.lexsort((places, above))


def _check_shapes(amounts: NDArray[Any], values: NDArray[Any], above: NDArray[Any]) -> None:
    if amounts.ndim != 2 or values.ndim != 2 or values.shape[1] != amounts.shape[1]:
        raise InputError(f"weights {values.shape} do not fit totals {amounts.shape}, must have the same columns")
    if above.shape != (len(values),):
        raise InputError(f"parent has {above.size} entries, must have one for each of {len(values)} children")
    if above.size and (above.dtype.kind not in "iu" or above.min() < 0 or above.max() >= len(amounts)):
        raise InputError(f"parent must hold row numbers of totals, 0 to {len(amounts) - 1}")


def _check_multiple(amounts: NDArray[np.int64], size: int) -> None:
    odd = np.argwhere(amounts % size != 0)
    if odd.size:
        value = int(amounts[tuple(odd[0])])
        raise InputError(f"total == {value}, must be a multiple of the unit {size}",
                         where=f"parent {odd[0][0]}, column {odd[0][1]}",
                         fix=f"Round the total to {value // size * size} or choose a smaller unit.")
