"""Targets that follow results: what beating a target costs next time."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]


def ratchet_path(first: float, actual: ArrayLike, *, growth: float = 0.0, ratchet: float = 0.5) -> Floats:
    """Targets of the periods when each follows the last result: ``T' = T (1 + g) + ratchet (A - T)``.

    Parameters
    ----------
    first
        First target.
    actual
        Results of the periods, as many as are known.
    growth
        By which targets grow anyhow.
    ratchet
        Part of what was beaten or missed that goes into the next target. Whoever knows it sells less than possible, the
        more the higher it is; publish it, and keep it small by a base of several years or of potential.

    Returns
    -------
    ndarray
        Targets, one more than results.

    Raises
    ------
    InputError
        A ratchet outside [0, 1], or amounts that are no numbers.

    Notes
    -----
    Weitzman (1980), Bell Journal of Economics 11:302; Misra & Nair (2011), QME 9:211.

    Examples
    --------
    >>> ratchet_path(100.0, [110.0, 105.0], growth=0.03, ratchet=0.5).round(2).tolist()
    [100.0, 108.0, 109.74]
    """
    results = np.asarray(actual, dtype=float)
    if not 0 <= ratchet <= 1:
        raise InputError(f"ratchet == {ratchet:g}, must be a fraction from 0 to 1", where="ratchet path")
    if results.ndim != 1 or not np.isfinite(results).all() or not np.isfinite([first, growth]).all():
        raise InputError("first, growth or actual is no number, must be amounts", where="ratchet path")
    targets = [float(first)]
    for result in results:
        targets.append(targets[-1] * (1 + growth) + ratchet * (float(result) - targets[-1]))
    return np.array(targets)
