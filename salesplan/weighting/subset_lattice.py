"""R-squared of every subset of predictors at once, and the shares that follow from it."""

from math import comb

import numpy as np

from salesplan.weighting.weights import Floats

CELLS = 1 << 18
"""Subsets times matrices worked on at a time: small enough to stay in the processor's cache."""


def subset_r2(correlations: Floats) -> Floats:
    """R-squared of the outcome on every subset of predictors.

    Parameters
    ----------
    correlations
        ``(matrices, p + 1, p + 1)`` correlation matrices of full rank, outcome last.

    Returns
    -------
    ndarray
        ``(2**p, matrices)``; bit i of the row number tells whether predictor i is in the subset.

    Notes
    -----
    Predictors are taken in turn. Each partial matrix splits in two: the predictor left out, or swept out of
    the others (one step of Gaussian elimination). All partial matrices of a level are one array, so that
    ``2**p`` regressions cost about ten multiplications each.

    Examples
    --------
    >>> r = np.array([[[1.0, 0.0, 0.6], [0.0, 1.0, 0.5], [0.6, 0.5, 1.0]]])
    >>> subset_r2(r).ravel().round(2).tolist()
    [0.0, 0.36, 0.25, 0.61]
    """
    p = correlations.shape[-1] - 1
    level = np.ascontiguousarray(np.moveaxis(correlations, 0, -1))[:, :, None, :]
    for _ in range(p):
        d, half = len(level), level.shape[2]
        split = np.empty((d - 1, d - 1, 2 * half, level.shape[3]))
        without = level[1:, 1:]
        split[:, :, :half] = without
        scaled = level[0, 1:] / level[0, 0]
        for row in range(d - 1):
            # of a symmetric matrix only the upper half is needed
            part = split[row, row:, half:]
            np.multiply(level[0, 1 + row], scaled[row:], out=part)
            np.subtract(without[row, row:], part, out=part)
        level = split
    return np.asarray(np.clip(1.0 - level[0, 0], 0.0, 1.0), float)


def lmg_coefficients(p: int) -> Floats:
    """How much the R-squared of each subset counts towards each predictor's share, ``(p, 2**p)``.

    Examples
    --------
    >>> lmg_coefficients(2).tolist()
    [[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]]
    """
    subsets = np.arange(1 << p)
    member = (subsets[None, :] >> np.arange(p)[:, None]) & 1
    size = member.sum(axis=0)
    # a subset of s others is met in s! (p - 1 - s)! of the p! orders
    weight = np.array([1.0 / (p * comb(p - 1, s)) for s in range(p)] + [0.0])
    return np.asarray(np.where(member == 1, weight[size - 1], -weight[size]), float)


def lmg_shares(correlations: Floats) -> Floats:
    """Each predictor's R-squared averaged over all orders of entry, ``(matrices, p)``; sums to R-squared.

    Examples
    --------
    >>> r = np.array([[[1.0, 0.5, 0.6], [0.5, 1.0, 0.6], [0.6, 0.6, 1.0]]])
    >>> lmg_shares(r).round(3).tolist()
    [[0.24, 0.24]]
    """
    p = correlations.shape[-1] - 1
    coefficients = lmg_coefficients(p)
    each = max(1, CELLS >> p)
    found = [
        (coefficients @ subset_r2(correlations[start : start + each])).T
        for start in range(0, len(correlations), each)
    ]
    return np.concatenate(found) if found else np.empty((0, p))


def gain_by_size(correlation: Floats) -> Floats:
    """Mean R-squared that a predictor adds to 0, 1, …, p - 1 others, ``(p, p)``; rows average to LMG.

    Examples
    --------
    >>> r = np.array([[1.0, 0.5, 0.6], [0.5, 1.0, 0.6], [0.6, 0.6, 1.0]])
    >>> gain_by_size(r).round(2).tolist()
    [[0.36, 0.12], [0.36, 0.12]]
    """
    p = len(correlation) - 1
    r2 = subset_r2(correlation[None])[:, 0]
    subsets = np.arange(1 << p)
    size = ((subsets[:, None] >> np.arange(p)) & 1).sum(axis=1)
    gains = np.empty((p, p))
    for i in range(p):
        others = subsets[(subsets >> i) & 1 == 0]
        gain = r2[others | (1 << i)] - r2[others]
        gains[i] = np.bincount(size[others], gain, p) / np.bincount(size[others], minlength=p)
    return gains
