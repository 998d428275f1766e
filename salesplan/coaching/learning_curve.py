"""How much quicker a task becomes each time the number done doubles (Wright's learning curve)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

Array = NDArray[np.float64]


def wright_curve(n: ArrayLike, *, first: float, rate: float) -> Array:
    """Time (or cost) of the n-th task.

    Parameters
    ----------
    n
        Which task, from 1.
    first
        Time of the first.
    rate
        What is left of it each time the number done doubles; 0.8 is the 80 % curve.

    Raises
    ------
    InputError
        n below 1, or a rate or first time that is not positive.

    Notes
    -----
    ``first · n ** log2(rate)``, unit form (Wright 1936, Journal of the Aeronautical Sciences 3).

    Examples
    --------
    >>> wright_curve([1, 2, 4, 8], first=100, rate=0.8).round(1).tolist()
    [100.0, 80.0, 64.0, 51.2]
    """
    done = np.asarray(n, float)
    if not np.isfinite(done).all() or (done < 1).any():
        raise InputError("n must be 1 or more: which task it is", where="learning curve")
    if not (0 < rate <= 2 and first > 0):
        raise InputError(f"first == {first:g} and rate == {rate:g}, must be positive (rate 0.8 for the 80 % curve)")
    found: Array = first * done ** np.log2(rate)
    return found
