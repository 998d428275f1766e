"""Weights as whole numbers, so that shares of money are computed without rounding error."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

BITS = 56


def check_weights(weights: ArrayLike) -> NDArray[np.float64]:
    """Read weights as floats; refuse missing, infinite and negative ones.

    Examples
    --------
    >>> check_weights([1, 2]).tolist()
    [1.0, 2.0]
    """
    values = np.asarray(weights, dtype=float)
    if values.size and not (np.isfinite(values) & (values >= 0)).all():
        bad = np.argwhere(~(np.isfinite(values) & (values >= 0)))[0]
        raise InputError(f"weight == {values[tuple(bad)]}, must be a finite number, zero or more",
                         where=f"weights at position {tuple(int(b) for b in bad)}",
                         fix="Replace missing and negative weights by what they should count for.")
    return values


def whole_weights(weights: NDArray[np.float64], *, axis: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Scale each family of weights to whole numbers and add them up exactly.

    The scale is a power of two taken from the largest weight, the number of weights and their exact
    sum, none of which depends on the order of the family. Whole weights with a sum below 2**55 keep
    their proportions exactly; others are read to one part in 2**55 of their sum, which is less than
    a hundredth of a fen in ten trillion yuan.

    Parameters
    ----------
    weights
        Non-negative floats; a family runs along `axis`.

    Returns
    -------
    tuple
        Whole weights (same shape) and their sums (``axis`` kept with length 1), below 2**57.

    Examples
    --------
    >>> w, total = whole_weights(np.array([1.0, 1.0, 2.0]))
    >>> (w / total).tolist()
    [0.25, 0.25, 0.5]
    """
    count_bits = int(weights.shape[axis]).bit_length()
    _, exponent = np.frexp(weights.max(axis=axis, keepdims=True, initial=0.0))
    shift = BITS - exponent - count_bits
    coarse = np.rint(np.ldexp(weights, shift)).astype(np.int64).sum(axis=axis, keepdims=True)
    _, sum_bits = np.frexp(coarse.astype(float))
    shift = shift + np.where(coarse > 0, BITS - sum_bits, 0)
    whole = np.rint(np.ldexp(weights, shift)).astype(np.int64)
    return whole, whole.sum(axis=axis, keepdims=True)


def quotas(
    totals: NDArray[np.int64], whole: NDArray[np.int64], sums: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Floor and remainder of ``totals * whole / sums``, exact for totals up to 2**56.

    A float estimate of the quotient is off by less than 2**6; the remainder it leaves therefore fits
    in 63 bits, so the difference of the two products is right even where each of them overflows,
    and corrects the estimate.

    Examples
    --------
    >>> q, r = quotas(np.array([10**15]), np.array([1, 2]), np.array([3]))
    >>> q.tolist(), r.tolist()
    ([333333333333333, 666666666666666], [1, 2])
    """
    safe = np.maximum(sums, 1)
    floor = (totals * (whole / safe)).astype(np.int64)
    left = _times(totals, whole) - _times(floor, safe)
    remainder = left.view(np.int64)
    step = remainder // safe
    floor += step
    remainder = remainder - step * safe
    return floor, remainder


def _times(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[Any]:
    return np.atleast_1d(a).view(np.uint64) * np.atleast_1d(b).view(np.uint64)
