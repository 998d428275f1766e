"""The year ahead for every node of organisation x product line, in one call."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.special import ndtri

from salesplan.errors import InputError, known_choices
from salesplan.forecasting.backtest import Fold, judge, run_folds
from salesplan.forecasting.distribution import amount_at, draw_at
from salesplan.forecasting.folds import BacktestDesign, backtest_design
from salesplan.forecasting.history import NEVER, Floats, Ints, SalesHistory, check_history, level_groups, node_starts
from salesplan.forecasting.intervals import Calibration, calibrate, fill_noise, spreads
from salesplan.forecasting.outliers import outlier_log
from salesplan.forecasting.point import PointForecast, Settings, forecast_months
from salesplan.forecasting.reconcile import METHODS
from salesplan.forecasting.result import HierarchyForecast
from salesplan.forecasting.season_profile import season_profiles
from salesplan.hierarchy import Hierarchy
from salesplan.text import mark

YEAR = 12
FADING_SPREAD = 0.5


def forecast_hierarchy(
    history: pd.DataFrame, hierarchy: Hierarchy, *, year: pd.PeriodIndex, reconciliation: str = "mint_shrink",
    working_days: pd.Series | None = None, spring_festival: pd.DataFrame | None = None,
    first_month: pd.Series | None = None, ramp: Sequence[float] | None = None, coverage: float = 0.8, seed: int = 0,
) -> HierarchyForecast:
    """What each seller, team and product line will probably sell in a year, and how sure that is.

    Each node is forecast by the plain mean of exponential smoothing, Theta, the seasonal naive and pooled
    seasonality (less where history is short: see ``annual["method"]``), made to add up by
    reconciliation, and judged by the same procedure run on the past.

    Parameters
    ----------
    history
        Months (PeriodIndex "M", without a gap) x (unit_id, product_line) of leaves; currency. May end before
        the year starts (the months between are forecast too) or inside it (those months are facts).
    hierarchy
        Tree whose leaves and lines are the columns.
    year
        The 12 months to forecast.
    reconciliation
        ``mint_shrink`` (default) or ``wls_var`` (also wls_struct, ols, mint_cov).
    working_days
        Count by month over history and year; sales are then forecast per working day.
    spring_festival
        Centred shares of the windows before, during and after the festival, by month.
    first_month
        Month of hire by unit_id; else the first month with sales.
    ramp
        Share of full productivity by month after hire; else estimated from past newcomers.
    coverage
        Nominal coverage of the intervals.
    seed
        Random numbers of ``draws``.

    Raises
    ------
    InputError
        History without sales, with a gap or unknown columns; a year that is not 12 months in a row or that
        lies before the history ends; an unknown method.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "name": ["Co", "A", "B"]})
    >>> months = pd.period_range("2024-01", periods=36, freq="M")
    >>> season = np.tile(np.r_[np.ones(6), 2 * np.ones(6)], 3)
    >>> history = pd.DataFrame({("a", "x"): 100 * season, ("b", "x"): 50 * season}, index=months)
    >>> plan = forecast_hierarchy(history, Hierarchy(units=units, lines=["x"]),
    ...                           year=pd.period_range("2027-01", periods=12, freq="M"))
    >>> plan.annual["mean"].round(0).to_dict()["co|*"], plan.annual.loc["a|x", "method"]
    (2700.0, 'ensemble')
    """
    if reconciliation not in METHODS:
        raise InputError(f"reconciliation == {reconciliation!r}, must be a known method",
                         fix=known_choices(reconciliation, METHODS))
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage}, must be between 0 and 1")
    sales = check_history(history, hierarchy, first_month=first_month)
    _check_year(year, sales.months)
    settings = Settings(reconciliation=reconciliation, working_days=working_days, spring_festival=spring_festival,
                        ramp=ramp)
    n = len(sales.months)
    ahead = year[-1].ordinal - sales.months[-1].ordinal
    gap, span = max(ahead - YEAR, 0), min(ahead, YEAR)
    point = forecast_months(sales, until=n, horizon=ahead, settings=settings)
    design = backtest_design(n, gap=gap, span=span)
    folds = run_folds(sales, design, settings)
    groups, names = level_groups(hierarchy)
    calibration = calibrate(folds, groups, coverage=coverage)
    sd, month_sd = _spread(point, gap, groups, calibration)
    table = judge(folds, groups, names, covered_years(folds, groups, hierarchy.nodes["node_id"], coverage))
    if len(hierarchy.lines) == 1 and len(table):
        table = table[~table["by_product_line"].astype(bool)].reset_index(drop=True)
    facts = hierarchy.aggregate(sales.bottom)
    return _result(sales, point, facts, year, sd, month_sd, table, calibration, design,
                   coverage=coverage, seed=seed, reconciliation=reconciliation)


def _check_year(year: pd.PeriodIndex, months: pd.PeriodIndex) -> None:
    if not isinstance(year, pd.PeriodIndex) or len(year) != YEAR or year[-1].ordinal - year[0].ordinal != YEAR - 1:
        raise InputError(f"year has {len(year)} months, must be 12 months in a row",
                         fix="Use FiscalCalendar.months(year).")
    if year[-1] <= months[-1]:
        raise InputError(f"year ends {year[-1]}, must end after the history ({months[-1]})", fix="Plan a later year.")
    if year[0] < months[0]:
        raise InputError(f"year starts {year[0]}, must not start before the history ({months[0]})")


def _spread(point: PointForecast, gap: int, groups: Ints, calibration: Calibration) -> tuple[Floats, Floats]:
    months = point.monthly[:, gap:]
    size = months.mean(axis=1)
    unsure = np.isin(point.method, ["cohort_ramp", "fading"])
    noise = fill_noise(np.where(unsure, np.nan, point.noise), size, groups)
    sd, month_sd = spreads(noise, months, groups, calibration)
    wide = np.where(point.method == "fading", FADING_SPREAD, point.ramp.spread)
    total = months.sum(axis=1)
    sd = np.where(unsure, np.maximum(sd, wide * total), sd)
    return sd, np.where(unsure[:, None], np.maximum(month_sd, wide[:, None] * months), month_sd)


def covered_years(folds: list[Fold], groups: Ints, ids: pd.Series, coverage: float) -> list[Floats]:
    """1 where a past year lay inside an interval calibrated without it, else 0; NaN where unknown.

    A fold is judged by the folds that share no month with its year; where there is none, each half of the
    nodes is judged by the other half (a year that overlaps by ten months would judge itself).
    """
    odd = np.array([crc32(i.encode()) % 2 == 1 for i in ids])
    hits = []
    for fold in folds:
        hit = np.full(len(groups), np.nan)
        others = [f for f in folds if abs(f.origin - fold.origin) >= fold.actual.shape[1]]
        parts = [(np.ones(len(groups), bool), others, None)] if others else [(odd, folds, ~odd), (~odd, folds, odd)]
        for judged, source, use in parts:
            fit = calibrate(source, groups, coverage=coverage, use=use)
            known = judged & fold.known & np.isfinite(fold.noise)
            sd, _ = spreads(np.nan_to_num(fold.noise), fold.forecast, groups, fit)
            mean, outcome = fold.forecast.sum(axis=1), fold.actual.sum(axis=1)
            lower, upper = (amount_at(mean, sd, 0.5 + side * coverage / 2) for side in (-1, 1))
            inside = (outcome >= lower) & (outcome <= upper)
            hit[known] = inside[known]
        hits.append(hit)
    return hits


def _result(sales: SalesHistory, point: PointForecast, facts: Floats, year: pd.PeriodIndex, sd: Floats,
            month_sd: Floats, table: pd.DataFrame,
            calibration: Calibration, design: BacktestDesign, *, coverage: float, seed: int,
            reconciliation: str) -> HierarchyForecast:
    tree, n = sales.hierarchy, len(sales.months)
    ids = pd.Index(tree.nodes["node_id"], name="node_id")
    ahead = point.monthly.shape[1]
    both = np.concatenate([facts, point.monthly], axis=1)
    start = year[0].ordinal - sales.months[0].ordinal
    year_months = both[:, start:start + YEAR]
    elapsed = max(n - start, 0)
    done = facts[:, start:start + elapsed].sum(axis=1)
    z = float(ndtri(0.5 + coverage / 2))
    future = year_months[:, elapsed:]
    low, high = year_months.copy(), year_months.copy()
    low[:, elapsed:], high[:, elapsed:] = draw_at(future, month_sd, -z), draw_at(future, month_sd, z)
    rest = future.sum(axis=1)
    before = both[:, max(start - YEAR, 0):start]
    first = np.minimum(node_starts(tree, sales.starts), NEVER)
    annual = pd.DataFrame({
        "mean": done + rest, "sd": sd, "lower": done + amount_at(rest, sd, 0.5 - coverage / 2),
        "upper": done + amount_at(rest, sd, 0.5 + coverage / 2), "facts": done,
        "last_year": before.sum(axis=1), "n_months": np.clip(n - first, 0, n), "method": point.method,
    }, index=ids)
    frame = [pd.DataFrame(x, index=ids, columns=year) for x in (year_months, low, high)]
    first_shown = sales.months[0] + max(0, n - point.cleaned.shape[1])
    shown = pd.period_range(first_shown, periods=point.cleaned.shape[1], freq="M")
    raw = sales.bottom[:, n - point.cleaned.shape[1]:]
    where = point.outliers - np.array([0, n - point.cleaned.shape[1]])
    outliers = outlier_log(raw, point.cleaned, where, tree.bottom_ids, shown)
    return HierarchyForecast(
        hierarchy=tree, year=year, monthly=frame[0], monthly_lower=frame[1], monthly_upper=frame[2], annual=annual,
        backtest=table, seasonal_index=_season(sales, point, year), outliers=outliers,
        ramp=pd.Series(point.ramp.shares, name="share"), festival=pd.Series(point.calendar.coefficients, dtype=float),
        coverage=coverage, seed=seed, reconciliation=reconciliation,
        notes=_notes(sales, point, design, calibration, outliers, annual, gap=max(ahead - YEAR, 0), elapsed=elapsed),
    )


def _season(sales: SalesHistory, point: PointForecast, year: pd.PeriodIndex) -> pd.DataFrame:
    tree = sales.hierarchy
    tops = np.arange(1, len(tree.lines) + 1) * len(tree.units)
    after = (year.asi8 - sales.months[-1].ordinal - 1)
    level = point.cleaned / point.calendar.factor[: point.cleaned.shape[1]]
    months = tree.aggregate(level)
    usual = season_profiles(months[tops], months[0], fallback=point.index[tops])[:, after % YEAR]
    festival = np.ones(YEAR)
    ahead = point.monthly.shape[1]
    inside = np.flatnonzero(after >= -len(sales.months))
    whole = point.calendar.festival
    position = after[inside] + len(whole) - ahead
    keep = (position >= 0) & (position < len(whole))
    festival[inside[keep]] = whole[position[keep]]
    index = usual * festival
    index = index / index.mean(axis=1, keepdims=True)
    return pd.DataFrame(index, index=pd.Index(tree.lines, name="product_line"), columns=year)


def _notes(sales: SalesHistory, point: PointForecast, design: BacktestDesign, calibration: Calibration,
           outliers: pd.DataFrame, annual: pd.DataFrame, *, gap: int, elapsed: int) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []

    def note(msgid: str, **details: Any) -> None:
        notes.append({"msgid": msgid, "details": details})

    if gap:
        note(mark("{n} months between the end of the history and the year are forecast too."), n=gap)
    if elapsed:
        note(mark("{n} months of the year are over and enter as facts."), n=elapsed)
    if not calibration.estimated:
        note(mark("The history is too short for a backtest; intervals rest on usual month-to-month changes."))
    elif not design.full:
        note(mark("The history is too short for yearly backtests; errors over {n} months are scaled to the year, "
                  "assuming a correlation of .3 between months."), n=design.span)
    if len(outliers):
        note(mark("{n} one-off months are set aside before forecasting; they are listed."), n=len(outliers))
    if (annual["method"] == "cohort_ramp").any():
        source = (mark("Newcomers follow the mean ramp of {n} past newcomers.") if point.ramp.estimated
                  else mark("Newcomers follow a given or usual ramp; too few past newcomers to estimate one."))
        note(source, n=point.ramp.newcomers)
    if (sales.bottom < 0).any():
        note(mark("{n} months are negative (returns exceed sales); forecasts stay at zero or above."),
             n=int((sales.bottom < 0).sum()))
    if point.calendar.coefficients:
        note(mark("January and February are best read together: the spring festival moves between them."))
    return notes
