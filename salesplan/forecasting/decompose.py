"""Trend, season and rest of one long series."""

import pandas as pd
from numpy.typing import ArrayLike

from salesplan.errors import InputError


def stl_decompose(history: ArrayLike, *, period: int = 12, seasonal: int = 7, trend: int | None = None,
                  seasonal_degree: int = 0, trend_degree: int = 1, low_pass_degree: int = 1) -> pd.DataFrame:
    """Season that may drift, trend and rest, to look at one unit's past (STL by loess).

    Source: Cleveland, Cleveland, McRae & Terpenning (1990), J. Official Statistics 6:3. With only three
    years take a long ``seasonal`` window (35), that is the same season every year.

    Returns
    -------
    DataFrame
        ``trend``, ``seasonal``, ``rest``; they sum to the history.

    Examples
    --------
    >>> import numpy as np
    >>> parts = stl_decompose(np.arange(48) + np.tile([0.0, 5.0, -5.0, 0.0], 12), period=4, seasonal=35)
    >>> parts["seasonal"].head(4).round(1).tolist()
    [-0.1, 4.9, -4.9, 0.1]
    """
    import numpy as np
    from statsmodels.tsa.seasonal import STL

    y = np.asarray(history, float)
    if y.ndim != 1 or len(y) < 2 * period:
        raise InputError(f"history.shape == {y.shape}, must be one series of at least two periods of {period}")
    fit = STL(y, period=period, seasonal=seasonal, trend=trend, seasonal_deg=seasonal_degree, trend_deg=trend_degree,
              low_pass_deg=low_pass_degree).fit(inner_iter=2, outer_iter=0)
    return pd.DataFrame({"trend": fit.trend, "seasonal": fit.seasonal, "rest": fit.resid})
