"""The shape of a forecast's uncertainty: never below zero, skewed when it is wide, closed form."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

WIDEST = 2.5


def relative_spread(mean: ArrayLike, sd: ArrayLike) -> Floats:
    """sd / mean, at most 2.5; zero where nothing is expected."""
    m, s = np.asarray(mean, float), np.asarray(sd, float)
    return np.asarray(np.minimum(np.divide(s, m, out=np.zeros(np.broadcast(m, s).shape), where=m > 0), WIDEST))


def draw_at(mean: ArrayLike, sd: ArrayLike, z: ArrayLike) -> Floats:
    """Amount that a standard normal score stands for.

    ``X = mean (1 - k + z sqrt(k))^3`` with ``k = (sd / mean)^2 / 9``: a gamma distribution after Wilson &
    Hilferty (1931), PNAS 17:684; nearly normal when the spread is small, zero-bounded when it is not.

    Examples
    --------
    >>> draw_at(100.0, 10.0, [-1.2816, 0.0, 1.2816]).round(1).tolist()
    [87.4, 99.7, 113.0]
    """
    k = relative_spread(mean, sd) ** 2 / 9
    root = np.maximum(1 - k + np.asarray(z, float) * np.sqrt(k), 0.0)
    return np.asarray(np.asarray(mean, float) * root**3)


def amount_at(mean: ArrayLike, sd: ArrayLike, probability: ArrayLike) -> Floats:
    """Amount that is not exceeded with the given probability.

    Examples
    --------
    >>> amount_at(100.0, 10.0, 0.9).round(1).tolist()
    113.0
    """
    return draw_at(mean, sd, ndtri(np.asarray(probability, float)))


def chance_of_at_least(mean: ArrayLike, sd: ArrayLike, amount: ArrayLike) -> Floats:
    """Probability that the outcome reaches ``amount``.

    Examples
    --------
    >>> chance_of_at_least(100.0, 10.0, [0.0, 100.0, 113.0]).round(2).tolist()
    [1.0, 0.49, 0.1]
    """
    m, a = np.asarray(mean, float), np.asarray(amount, float)
    k = relative_spread(m, sd) ** 2 / 9
    root = np.cbrt(np.divide(np.maximum(a, 0.0), m, out=np.zeros(np.broadcast(m, a).shape), where=m > 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (root - 1 + k) / np.sqrt(k)
    chance = np.where(k > 0, 1 - ndtr(z), (a <= m).astype(float))
    return np.asarray(np.where(a <= 0, 1.0, np.where(m > 0, chance, 0.0)))
