"""Shapley shares: how much each of several multiplying drivers moved a product, whatever order they are named in."""

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

MOST_FACTORS = 20


def shapley_products(base: ArrayLike, actual: ArrayLike) -> NDArray[np.float64]:
    """Part of each factor in the change of a product, for many products at once.

    Answers "sales fell by 120,000: how much of it is fewer visits, how much worse conversion, how much smaller deals".

    Parameters
    ----------
    base, actual
        Factors before and after, factors x cells (or one number a factor). Zeros and negative numbers are allowed.

    Returns
    -------
    ndarray
        Parts, shaped like the input; over the factors they add up to ``actual.prod - base.prod`` but for rounding.

    Raises
    ------
    InputError
        Shapes differ, a factor is missing or infinite (the cell is named), or there are more than 20 factors.

    Notes
    -----
    A factor's part is its effect averaged over every order in which the factors can be changed one after another
    (Shapley 1953; Shorrocks 2013). For a product this is ``(actual_i - base_i) * sum_s w_s e_s`` with ``e_s`` the sum of
    all products of the others with s of them changed and ``w_s = s! (k-1-s)! / k!``; ``e_s`` comes from a polynomial, so
    time grows with the cube of the number of factors and not with 2**k. Factors are taken in an order of their values, so
    naming them in another order gives the same bits. A factor that did not change has part 0.

    Examples
    --------
    >>> shapley_products([200, 0.1, 5000], [240, 0.085, 5600]).round(6).tolist()
    [19580.0, -17520.0, 12180.0]
    >>> shapley_products([10, 0.5, 100], [0, 0.5, 100]).tolist()     # nobody called on anybody
    [-500.0, 0.0, 0.0]
    """
    before, after, flat = check_factors(base, actual)
    order = np.lexsort((after, before), axis=0)
    old, new = np.take_along_axis(before, order, axis=0), np.take_along_axis(after, order, axis=0)
    k = len(old)
    weight = np.array([float(factorial(s) * factorial(k - 1 - s)) for s in range(k)])[:, None]
    sorted_parts = np.empty_like(old)
    for i in range(k):
        sums = np.zeros((k, old.shape[1]))
        sums[0] = 1.0
        for place, j in enumerate(j for j in range(k) if j != i):
            sums[1 : place + 2] = sums[1 : place + 2] * old[j] + sums[: place + 1] * new[j]
            sums[0] *= old[j]
        sorted_parts[i] = (new[i] - old[i]) * (weight * sums).sum(axis=0) / factorial(k)
    parts = np.empty_like(sorted_parts)
    np.put_along_axis(parts, order, sorted_parts, axis=0)
    return parts[:, 0] if flat else parts


def check_factors(base: ArrayLike, actual: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """Factors x cells of both sides as floats, and whether they came as one number a factor.

    Raises
    ------
    InputError
        Shapes differ, a factor is missing or infinite, or there are too many factors.
    """
    before, after = np.asarray(base, dtype=float), np.asarray(actual, dtype=float)
    if before.shape != after.shape or before.ndim not in (1, 2):
        raise InputError(f"base is {before.shape} and actual {after.shape}, must be the same factors x cells")
    flat = before.ndim == 1
    if flat:
        before, after = before[:, None], after[:, None]
    if not 1 <= len(before) <= MOST_FACTORS:
        raise InputError(f"{len(before)} factors, must be 1 to {MOST_FACTORS}")
    for name, values in (("base", before), ("actual", after)):
        wrong = ~np.isfinite(values)
        if wrong.any():
            factor, cell = np.argwhere(wrong)[0]
            raise InputError(f"{name} == {values[factor, cell]}, must be a number", where=f"factor {factor}, cell {cell}")
    return before, after, flat
