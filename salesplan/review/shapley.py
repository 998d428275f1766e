"""Shapley shares: how much each of several multiplying drivers moved a product, whatever order they are named in."""

from fractions import Fraction
from itertools import combinations
from math import comb, factorial
from typing import Any

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


def shapley_exact(base: ArrayLike, actual: ArrayLike) -> list[Fraction]:
    """Part of each factor in the change of one product, without any rounding.

    Parameters
    ----------
    base, actual
        One whole number, fraction or decimal a factor; floats count as the binary numbers they are.

    Raises
    ------
    InputError
        As for `shapley_products`.

    Examples
    --------
    >>> parts = shapley_exact([200, Fraction(1, 10), 5000], [240, Fraction(85, 1000), 5600])
    >>> parts, sum(parts) == 240 * Fraction(85, 1000) * 5600 - 200 * Fraction(1, 10) * 5000
    ([Fraction(19580, 1), Fraction(-17520, 1), Fraction(12180, 1)], True)
    """
    old, new = [_fraction(v) for v in _listed(base)], [_fraction(v) for v in _listed(actual)]
    k = len(old)
    if k != len(new) or not 1 <= k <= MOST_FACTORS:
        raise InputError(f"{k} factors before and {len(new)} after, must be equally many, 1 to {MOST_FACTORS}")
    parts = []
    for i in range(k):
        others = [j for j in range(k) if j != i]
        total = Fraction(0)
        for size in range(k):
            weight = Fraction(1, k * comb(k - 1, size))
            for changed in combinations(others, size):
                product = Fraction(1)
                for j in others:
                    product *= new[j] if j in changed else old[j]
                total += weight * product
        parts.append((new[i] - old[i]) * total)
    return parts


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


def _listed(values: Any) -> list[Any]:
    return list(values.tolist() if isinstance(values, np.ndarray) else values)


def _fraction(value: Any) -> Fraction:
    try:
        return Fraction(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"factor == {value!r}, must be a number") from None
