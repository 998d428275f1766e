"""How much quicker a task becomes each time the number done doubles (Wright's learning curve)."""

from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningCurve:
    """First time and learning rate with their intervals; ``r2`` on the logarithmic scale."""

    first: float
    rate: float
    rate_lower: float
    rate_upper: float
    r2: float
    n: int
    coverage: float


def learning_curve(n: ArrayLike, time: ArrayLike, *, coverage: float = 0.95) -> LearningCurve:
    """Fit Wright's curve to times of single tasks by least squares of logarithms.

    Raises
    ------
    InputError
        Fewer than 3 tasks, one and the same n, or times that are not positive.

    Examples
    --------
    >>> fit = learning_curve([1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
    >>> round(fit.rate, 2), fit.rate_lower < 0.8 < fit.rate_upper
    (0.8, True)
    """
    from scipy.special import stdtrit

    done, took = np.asarray(n, float), np.asarray(time, float)
    if done.shape != took.shape or done.ndim != 1 or len(done) < 3:
        raise InputError(f"{done.size} tasks, must be at least 3 with one time each", where="learning curve")
    if not np.isfinite(done).all() or not np.isfinite(took).all() or (done < 1).any() or (took <= 0).any():
        raise InputError("n must be 1 or more and time positive", where="learning curve")
    x, y = np.log2(done), np.log2(took)
    centred = x - x.mean()
    size = float(centred @ centred)
    if size == 0:
        raise InputError("n is the same for all tasks, must differ", where="learning curve")
    slope = float(centred @ y) / size
    rest = y - y.mean() - slope * centred
    freedom = len(x) - 2
    half = float(stdtrit(freedom, (1 + coverage) / 2)) * float(np.sqrt(rest @ rest / freedom / size))
    total = float(np.square(y - y.mean()).sum())
    return LearningCurve(first=float(2 ** (y.mean() - slope * x.mean())), rate=float(2**slope), n=len(x), coverage=coverage,
                         rate_lower=float(2 ** (slope - half)), rate_upper=float(2 ** (slope + half)),
                         r2=1 - float(rest @ rest) / total if total > 0 else 1.0)
