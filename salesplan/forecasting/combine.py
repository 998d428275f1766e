"""Which methods speak for a node, and their plain average."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.forecasting.ets import ets_forecast
from salesplan.forecasting.growth import company_growth, growth_ahead, growth_of_months
from salesplan.forecasting.pooled import pooled_forecast
from salesplan.forecasting.seasonal import seasonal_naive
from salesplan.forecasting.theta import theta_forecast

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FULL_HISTORY = 36
TWO_YEARS = 24
ONE_YEAR = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class BaseForecast:
    """Forecast (nodes x months ahead), one-step fit (NaN where there is none) and method of each node."""

    forecast: Floats
    fitted: Floats
    method: NDArray[np.str_]
    index: Floats
    growth: float


def method_of(months: ArrayLike) -> NDArray[np.str_]:
    """Method a node's length of history allows.

    Examples
    --------
    >>> method_of([40, 30, 15, 3, 0]).tolist()
    ['ensemble', 'seasonal_naive', 'pooled', 'cohort_ramp', 'cohort_ramp']
    """
    m = np.asarray(months, int)
    return np.select([m >= FULL_HISTORY, m >= TWO_YEARS, m >= ONE_YEAR],
                     ["ensemble", "seasonal_naive", "pooled"], "cohort_ramp")


def base_forecast(history: ArrayLike, *, parents: ArrayLike, starts: ArrayLike, horizon: int,
                  period: int = 12, growth: float | None = None) -> BaseForecast:
    """Equal-weight mean of the methods each node has the history for; the first node is the company.

    36 months and more: exponential smoothing, Theta, seasonal naive and pooled seasonality. 24 to 35:
    seasonal naive and pooled. 12 to 23: pooled. Below 12 the pooled level only, for the caller to
    replace by a ramp. The company's ``growth`` (by default `company_growth`), zero unless it is more than
    chance, is taken out of every row before the methods see it and put back, slowly fading, into their
    forecasts: otherwise it hides in seasonal indices (later months of a growing year look like a season) and
    in levels that lag, and methods without a trend forecast none. Equal weights,
    because weights estimated on three years cost more than they give (Claeskens et al. 2016, IJF 32:754).
    """
    y = np.atleast_2d(np.asarray(history, float))
    n_months = y.shape[1]
    start = np.asarray(starts, int)
    method = method_of(n_months - start)
    growth = company_growth(y[0]) if growth is None else growth
    grown = growth_of_months(growth, months=n_months)
    ahead = growth_ahead(growth, horizon=horizon)
    y = y / grown
    pooled = pooled_forecast(y, parents=parents, starts=start, horizon=horizon, period=period)
    forecast, fitted = pooled.forecast, pooled.fitted.copy()
    two = method == "seasonal_naive"
    if two.any():
        forecast[two] = (forecast[two] + seasonal_naive(y[two], horizon=horizon)) / 2
        fitted[two] = (fitted[two] + _last_year(y[two])) / 2
    full = method == "ensemble"
    for rows, first in ((full & (start == 0), 0), (full & (start > 0), n_months - FULL_HISTORY)):
        if not rows.any():
            continue
        window = y[rows, first:]
        ets = ets_forecast(window, horizon=horizon, period=period)
        theta = theta_forecast(window, horizon=horizon, period=period)
        naive = seasonal_naive(window, horizon=horizon, period=period)
        forecast[rows] = (forecast[rows] + ets.forecast + theta.forecast + naive) / 4
        fit = np.full((int(rows.sum()), n_months), np.nan)
        fit[:, first:] = (pooled.fitted[rows, first:] + ets.fitted + theta.fitted + _last_year(window)) / 4
        fitted[rows] = fit
    return BaseForecast(forecast=forecast * ahead, fitted=fitted * grown, method=method, index=pooled.index,
                        growth=growth)


def _last_year(y: Floats, period: int = 12) -> Floats:
    fit = np.full_like(y, np.nan)
    fit[:, period:] = y[:, :-period]
    return fit
