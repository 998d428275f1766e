"""LMDI: shares of multiplying drivers by logarithmic means, for positive figures only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.review.shapley import check_factors

NEAR = 1e-4


def lmdi_products(
    base: ArrayLike, actual: ArrayLike, *, factors: Sequence[str] = (), cells: Sequence[object] = ()
) -> NDArray[np.float64]:
    """Part of each factor in the change of a product, by the logarithmic mean Divisia index (LMDI-I, additive).

    Parameters
    ----------
    base, actual
        Factors before and after, factors x cells (or one number a factor), all above zero.
    factors, cells
        What they are called, for the error.

    Returns
    -------
    ndarray
        Parts, shaped like the input; over the factors they add up to ``actual.prod - base.prod`` but for rounding.

    Raises
    ------
    InputError
        A factor is zero or negative, for which a logarithm does not exist; its cell is named. `shapley_products` takes
        such cells.

    Notes
    -----
    ``part_i = L(V1, V0) ln(x1_i / x0_i)`` with ``L(a, b) = (a - b) / ln(a / b)`` and ``L(a, a) = a`` (Ang 2004). Parts do
    not depend on the order of the factors, and groups of cells can be added up without a remainder.

    Examples
    --------
    >>> lmdi_products([200, 0.1, 5000], [240, 0.085, 5600]).round(4).tolist()
    [19501.4901, -17383.3602, 12121.8701]
    >>> lmdi_products([1, 2], [0, 2], factors=["visits", "conversion"])
    Traceback (most recent call last):
    salesplan.errors.InputError: actual == 0.0, must be above zero. Where: visits, cell 0. Fix: Use Shapley shares where a \
figure is zero or negative.
    """
    before, after, flat = check_factors(base, actual)
    for name, values in (("base", before), ("actual", after)):
        wrong = values <= 0
        if wrong.any():
            factor, cell = np.argwhere(wrong)[0]
            called = factors[factor] if len(factors) else f"factor {factor}"
            place = str(cells[cell]) if len(cells) else f"cell {cell}"
            raise InputError(f"{name} == {values[factor, cell]}, must be above zero", where=f"{called}, {place}",
                             fix="Use Shapley shares where a figure is zero or negative.")
    growth = np.log(after) - np.log(before)
    first = np.sort(growth, axis=0).sum(axis=0)
    worth = np.sort(before, axis=0).prod(axis=0)
    parts = logarithmic_mean(worth, first) * growth
    return parts[:, 0] if flat else parts


def logarithmic_mean(worth: NDArray[np.float64], growth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithmic mean of ``worth`` and ``worth * exp(growth)``, sound where the two are nearly equal.

    Examples
    --------
    >>> logarithmic_mean(np.array([1.0, 2.0]), np.array([0.0, np.log(2.0)])).round(6).tolist()
    [1.0, 2.88539]
    """
    safe = np.where(np.abs(growth) < NEAR, 1.0, growth)
    near = 1 + growth / 2 + growth**2 / 6 + growth**3 / 24
    return worth * np.where(np.abs(growth) < NEAR, near, np.expm1(safe) / safe)
