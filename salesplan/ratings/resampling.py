"""Percentile intervals from resamples, some of which may have no figure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from salesplan.text import mark

MOST_DROPPED = 0.1
"""Above this share of resamples without a figure the rest no longer stand for chance."""

DROPPED = mark(
    "{n_dropped} of {n_resamples} resamples gave no answer and were left out; the intervals are a little too narrow."
)
WITHHELD = mark(
    "No interval: {n_dropped} of {n_resamples} resamples gave no answer, too many to say how far chance moves the figure."
)


def percentile_interval(
    resampled: NDArray[np.float64], coverage: float
) -> tuple[float, float, int, tuple[dict[str, Any], ...]]:
    """Lower and upper bound, how many resamples had no figure, and what to say of it.

    Undefined resamples (NaN) are those in which people hardly differ; leaving them out leaves out a kind of chance.
    Above `MOST_DROPPED` of them the bounds are missing.

    Examples
    --------
    >>> percentile_interval(np.array([0.1, 0.2, 0.3, np.nan]), 0.9)[:3]
    (nan, nan, 1)
    """
    known = resampled[np.isfinite(resampled)]
    n_dropped = len(resampled) - len(known)
    details = {"n_dropped": n_dropped, "n_resamples": len(resampled)}
    if n_dropped > MOST_DROPPED * len(resampled) or not len(known):
        return np.nan, np.nan, n_dropped, ({"msgid": WITHHELD, "details": details},)
    lower, upper = np.quantile(known, [(1 - coverage) / 2, (1 + coverage) / 2])
    return float(lower), float(upper), n_dropped, ({"msgid": DROPPED, "details": details},) if n_dropped else ()
