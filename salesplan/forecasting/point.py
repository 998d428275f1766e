"""The forecast of every node for the months ahead, from what was known at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.forecasting.calendar_effect import CalendarEffect, calendar_effect
from salesplan.forecasting.combine import base_forecast
from salesplan.forecasting.error_weights import monthly_noise, weigh_errors
from salesplan.forecasting.growth import like_for_like_growth
from salesplan.forecasting.history import NEVER, Floats, SalesHistory, level_groups, node_starts
from salesplan.forecasting.outliers import winsorise
from salesplan.forecasting.ramp import CohortRamp, cohort_ramp
from salesplan.forecasting.reconcile import reconcile
from salesplan.forecasting.short_history import fading_forecast, kinds_of, newcomer_forecast, seller_sales

MOST_MONTHS = 72


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """What a forecast is told beside the history."""

    reconciliation: str = "mint_shrink"
    working_days: pd.Series | None = None
    spring_festival: pd.DataFrame | None = None
    ramp: Sequence[float] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PointForecast:
    """Coherent months ahead (nodes x months), with what the intervals and the explanation need."""

    monthly: Floats
    base: Floats
    method: NDArray[np.str_]
    index: Floats
    noise: Floats
    calendar: CalendarEffect
    ramp: CohortRamp
    outliers: NDArray[np.int64]
    cleaned: Floats
    shrinkage: float


def forecast_months(sales: SalesHistory, *, until: int, horizon: int, settings: Settings,
                    hindsight: bool = True) -> PointForecast:
    """Forecast ``horizon`` months after the first ``until`` months, using nothing later.

    ``hindsight`` False, as in a backtest, leaves out people who had not started by then, and treats those
    who left later like everybody else.
    """
    first = max(0, until - MOST_MONTHS)
    raw = sales.bottom[:, first:until]
    starts = np.where(sales.starts >= NEVER, NEVER, np.maximum(sales.starts - first, 0))
    hired = np.where(sales.hired >= NEVER, NEVER, np.maximum(sales.hired - first, 0))
    months = pd.period_range(sales.months[first], periods=until - first + horizon, freq="M")
    lowered, where = winsorise(raw)
    n = raw.shape[1]
    calendar = calendar_effect(lowered.sum(axis=0), months, working_days=settings.working_days,
                               spring_festival=settings.spring_festival)
    bottom = lowered / calendar.factor[:n]
    tree = sales.hierarchy
    place = tree.bottom_positions
    history = tree.aggregate(bottom)
    first_seen = np.minimum(node_starts(tree, starts), n)
    growth = like_for_like_growth(bottom, starts, left=sales.former & hindsight)
    base = base_forecast(history, parents=sales.parents, starts=first_seen, horizon=horizon, growth=growth)
    forecast, method = base.forecast.copy(), base.method.copy().astype("U16")
    kinds = kinds_of(sales, bottom, first, hindsight)
    new_line = (method == "cohort_ramp")
    method[new_line] = "pooled"
    ramp = cohort_ramp(*seller_sales(sales, bottom, hired), shares=settings.ramp)
    own = forecast[place]
    if kinds.cold.any() or kinds.unseen.any():
        established = ~(kinds.cold | kinds.unseen | kinds.gone | kinds.empty)
        ramped = newcomer_forecast(sales, bottom, own, hired, ramp, kinds.cold | kinds.unseen, established)
        own = np.where((kinds.cold | kinds.unseen)[:, None], ramped, own)
    own[kinds.gone] = fading_forecast(bottom[kinds.gone], base.index[place][kinds.gone], horizon)
    own[kinds.empty] = 0.0
    own = np.maximum(own, 0.0)
    additions = np.where(kinds.unseen[:, None], own, 0.0)
    forecast[place] = own - additions
    young = new_line & ~tree.nodes["is_bottom"].to_numpy()
    forecast[young] = tree.aggregate(own - additions)[young]
    unsure = young.copy()
    unsure[place[kinds.cold]] = True
    covariance = weigh_errors(history, base.fitted, forecast, method=settings.reconciliation, unsure=unsure,
                              spread=ramp.spread, summing=tree.summing)
    coherent = reconcile(forecast, summing=tree.summing, bottom=place, covariance=covariance,
                         fixed=kinds.gone | kinds.empty | kinds.unseen)
    bottom_forecast = (coherent[place] + additions) * calendar.factor[n:]
    method[place[kinds.cold | kinds.unseen]] = "cohort_ramp"
    method[place[kinds.gone]] = "fading"
    method[place[kinds.empty]] = "none"
    method[~history.any(axis=1) & (method != "cohort_ramp")] = "none"
    living = tree.aggregate((~(kinds.gone | kinds.empty)).astype(float)) > 0
    method[~living & (method != "none")] = "fading"
    fresh = tree.aggregate((kinds.cold | kinds.unseen).astype(float)) > 0
    method[young & fresh] = "cohort_ramp"
    return PointForecast(monthly=tree.aggregate(bottom_forecast), base=forecast * calendar.factor[n:], method=method,
                         index=base.index, noise=monthly_noise(history, first_seen, level_groups(tree)[0]),
                         calendar=calendar, ramp=ramp, outliers=where + np.array([0, first]), cleaned=lowered,
                         shrinkage=covariance.shrinkage)
