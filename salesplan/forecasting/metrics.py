"""How far off a forecast was, in the measures planners are judged by."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from salesplan.errors import InputError

Floats = NDArray[np.float64]


def _pair(actual: ArrayLike, forecast: ArrayLike) -> tuple[Floats, Floats]:
    a, f = np.asarray(actual, float), np.asarray(forecast, float)
    if a.shape != f.shape:
        raise InputError(f"forecast.shape == {f.shape}, must equal actual.shape == {a.shape}")
    return a, f


def mae(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean absolute error, in the unit of the series.

    Examples
    --------
    >>> mae([100, 120], [90, 125])
    7.5
    """
    a, f = _pair(actual, forecast)
    return float(np.abs(a - f).mean())


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean of forecast minus actual: below zero means the forecast was too low.

    Examples
    --------
    >>> bias([100, 120], [90, 125])
    -2.5
    """
    a, f = _pair(actual, forecast)
    return float((f - a).mean())


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Weighted absolute percentage error ``sum|e| / sum|y|`` as a fraction; NaN when nothing was sold.

    Examples
    --------
    >>> round(wape([100, 0], [90, 10]), 3)
    0.2
    """
    a, f = _pair(actual, forecast)
    total = np.abs(a).sum()
    return float(np.abs(a - f).sum() / total) if total > 0 else float("nan")


def annual_wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Error of year totals, what an annual target is judged by: ``sum_i|sum_h e| / sum|y|``.

    Parameters
    ----------
    actual, forecast
        Series x months of the year.

    Examples
    --------
    >>> annual_wape([[100, 120]], [[110, 110]])
    0.0
    """
    a, f = (np.atleast_2d(x) for x in _pair(actual, forecast))
    total = np.abs(a).sum()
    return float(np.abs((a - f).sum(axis=-1)).sum() / total) if total > 0 else float("nan")


def smape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Symmetric MAPE as a fraction (0 to 2), for comparison with published contests only.

    Examples
    --------
    >>> round(smape([100.0], [110.0]), 4)
    0.0952
    """
    a, f = _pair(actual, forecast)
    size = (np.abs(a) + np.abs(f)) / 2
    return float(np.divide(np.abs(a - f), size, out=np.zeros_like(size), where=size > 0).mean())


def seasonal_scale(train: ArrayLike, *, period: int = 12, power: int = 1) -> Floats:
    """Mean (absolute or squared) change from the same month a year before, in the training window.

    Parameters
    ----------
    train
        Months last; leading axes are series.
    power
        1 for MASE, 2 for RMSSE.

    Examples
    --------
    >>> float(seasonal_scale([1, 2, 4, 6], period=2))
    3.5
    """
    y = np.asarray(train, float)
    if y.shape[-1] <= period:
        raise InputError(f"months == {y.shape[-1]}, must be more than the period {period}",
                         fix="Use a longer training window.")
    step = np.abs(y[..., period:] - y[..., :-period])
    return np.asarray((step**power).mean(axis=-1))


def mase(actual: ArrayLike, forecast: ArrayLike, train: ArrayLike, *, period: int = 12) -> float:
    """Mean absolute scaled error: below 1 beats last year's months inside the training window.

    Source: Hyndman & Koehler (2006), IJF 22:679. NaN when the training window never changed.

    Examples
    --------
    >>> mase([5, 7], [5, 6], [1, 2, 3, 4], period=2)
    0.25
    """
    scale = float(seasonal_scale(train, period=period))
    return mae(actual, forecast) / scale if scale > 0 else float("nan")


def rmsse(actual: ArrayLike, forecast: ArrayLike, train: ArrayLike, *, period: int = 12) -> float:
    """Root mean squared scaled error (M5), NaN when the training window never changed.

    Examples
    --------
    >>> round(rmsse([5, 7], [5, 6], [1, 2, 3, 4], period=2), 4)
    0.3536
    """
    a, f = _pair(actual, forecast)
    scale = float(seasonal_scale(train, period=period, power=2))
    return float(np.sqrt(((a - f) ** 2).mean() / scale)) if scale > 0 else float("nan")


def pinball(actual: ArrayLike, quantile_forecast: ArrayLike, *, q: float) -> float:
    """Mean pinball loss of a quantile forecast.

    Examples
    --------
    >>> round(pinball([10.0], [8.0], q=0.9), 3)
    1.8
    """
    if not 0 < q < 1:
        raise InputError(f"q == {q}, must be between 0 and 1")
    a, f = _pair(actual, quantile_forecast)
    return float(np.maximum(q * (a - f), (q - 1) * (a - f)).mean())


def crps_normal(actual: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Continuous ranked probability score of a normal forecast (closed form).

    Source: Gneiting & Raftery (2007), JASA 102:359.

    Examples
    --------
    >>> round(float(crps_normal(0.0, 0.0, 1.0)), 4)
    0.2337
    """
    s = np.asarray(sd, float)
    z = (np.asarray(actual, float) - np.asarray(mean, float)) / s
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(s * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))


def log_score_normal(actual: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Negative log density of a normal forecast.

    Examples
    --------
    >>> round(float(log_score_normal(0.0, 0.0, 1.0)), 4)
    0.9189
    """
    s = np.asarray(sd, float)
    z = (np.asarray(actual, float) - np.asarray(mean, float)) / s
    return np.asarray(np.log(s) + 0.5 * np.log(2 * np.pi) + z**2 / 2)


def crps_ensemble(actual: float, draws: Sequence[float] | Floats, *, fair: bool = False) -> float:
    """CRPS of a set of draws, energy form; ``fair`` removes the penalty for having few draws.

    Examples
    --------
    >>> crps_ensemble(1.0, [0.0, 2.0]), crps_ensemble(1.0, [0.0, 2.0], fair=True)
    (0.5, 0.0)
    """
    x = np.sort(np.asarray(draws, float))
    n = len(x)
    if n < 2:
        raise InputError(f"draws == {n}, must be at least 2")
    spread = 2 * float((np.arange(1, n + 1) * 2 - n - 1) @ x)  # sum over all ordered pairs of |xi - xj|
    return float(np.abs(x - actual).mean() - spread / (2 * (n * (n - 1) if fair else n * n)))


def winkler(actual: ArrayLike, lower: ArrayLike, upper: ArrayLike, *, coverage: float = 0.8) -> Floats:
    """Interval score: width plus a penalty for each miss, smaller is better.

    Source: Winkler (1972), JASA 67:187.

    Examples
    --------
    >>> winkler([5.0, 12.0], [0.0, 0.0], [10.0, 10.0]).round(6).tolist()
    [10.0, 30.0]
    """
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage}, must be between 0 and 1")
    y, lo, hi = (np.asarray(x, float) for x in (actual, lower, upper))
    miss = np.maximum(lo - y, 0) + np.maximum(y - hi, 0)
    return np.asarray(hi - lo + 2 / (1 - coverage) * miss)
