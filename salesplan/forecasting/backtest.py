"""What the same method would have said in the past, and how far off it was."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.forecasting.folds import BacktestDesign
from salesplan.forecasting.history import Bools, Floats, Ints, SalesHistory
from salesplan.forecasting.metrics import seasonal_scale
from salesplan.forecasting.point import Settings, forecast_months
from salesplan.forecasting.seasonal import seasonal_naive

FEWEST_SCORED = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Fold:
    """One origin: forecast, seasonal naive and outcome (nodes x months of the span), and what was known."""

    origin: int
    forecast: Floats
    naive: Floats
    actual: Floats
    train: Floats
    noise: Floats
    known: Bools


def run_folds(sales: SalesHistory, design: BacktestDesign, settings: Settings) -> list[Fold]:
    """Forecast again from each origin with nothing but the months before it.

    Indices, shares, calendar effects and the weights of reconciliation are all estimated anew, and
    people who had not started are unknown. Nodes without sales before the origin are not judged.
    """
    everything = sales.hierarchy.aggregate(sales.bottom)
    left = sales.hierarchy.aggregate((~sales.former).astype(float)) == 0
    folds = []
    for origin in design.origins:
        ahead = design.gap + design.span
        point = forecast_months(sales, until=origin, horizon=ahead, settings=settings, hindsight=False)
        train = everything[:, :origin]
        naive = seasonal_naive(train, horizon=ahead) if origin >= 12 else np.repeat(train[:, -1:], ahead, axis=1)
        folds.append(Fold(
            origin=origin, forecast=point.monthly[:, design.gap:], naive=naive[:, design.gap:],
            actual=everything[:, origin + design.gap:origin + ahead], train=train, noise=point.noise,
            known=(train != 0).any(axis=1) & ~left,
        ))
    return folds


def judge(folds: list[Fold], groups: Ints, names: list[tuple[str, bool]], covered: list[Floats]) -> pd.DataFrame:
    """Errors by level, folds pooled: what to print beside a forecast.

    ``covered`` holds, by fold, 1 where the annual outcome lay inside its interval (NaN where unknown); the
    share of a level needs five scored node-years. ``mase`` and ``rmsse`` divide the level's errors by the
    level's usual change from year to year, sums over its nodes: a mean of ratios would be ruled by rows that
    hardly sold while they were measured. ``bias`` is ``sum(forecast - actual) / sum actual``, below zero
    where the forecast was too low; ``skill`` is ``1 - WAPE / WAPE of the seasonal naive``: above zero beats
    last year's months.
    """
    rows = []
    for code, name in enumerate(names):
        place = np.flatnonzero(groups == code)
        errors: list[tuple[Floats, Floats, Floats]] = []
        scales, inside = np.zeros(4), []
        for fold, hit in zip(folds, covered, strict=True):
            at = place[fold.known[place]]
            miss = fold.forecast[at] - fold.actual[at]
            errors.append((miss, fold.naive[at] - fold.actual[at], fold.actual[at]))
            if fold.train.shape[1] > 12:
                scale, square = (seasonal_scale(fold.train[at], power=p).sum() for p in (1, 2))
                scales += [np.abs(miss).mean(axis=1).sum(), scale, (miss**2).mean(axis=1).sum(), square]
            inside.append(hit[at])
        hits = np.concatenate(inside) if inside else np.zeros(0)
        if not len(hits):
            continue
        error, naive, annual, lean, total = (sum(x) for x in zip(*(_sums(*e) for e in errors), strict=True))
        scored = int(np.isfinite(hits).sum())
        rows.append({
            "level": name[0], "by_product_line": name[1], "mase": _ratio(scales[0], scales[1]),
            "rmsse": float(np.sqrt(_ratio(scales[2], scales[3]))), "wape": _ratio(error, total),
            "annual_wape": _ratio(annual, total), "bias": _ratio(lean, total), "skill": 1 - _ratio(error, naive),
            "coverage": float(np.nanmean(hits)) if scored >= FEWEST_SCORED else np.nan,
            "folds": len(folds), "nodes": len(place),
        })
    return pd.DataFrame(rows)


def leaning_levels(table: pd.DataFrame, *, share: float = 0.5) -> pd.DataFrame:
    """Rows of the backtest whose forecasts were too high or too low together rather than off by chance.

    Parameters
    ----------
    table
        As `judge` returns it.
    share
        A level leans when ``|bias|`` exceeds this share of its annual WAPE. Levels with less than five
        node-years are left out: one or two errors always have a common sign.

    Examples
    --------
    >>> table = pd.DataFrame({"level": ["company", "team", "rep"], "bias": [-0.04, -0.04, -0.04],
    ...                       "annual_wape": [0.04, 0.06, 0.11], "folds": 2, "nodes": [1, 4, 20]})
    >>> leaning_levels(table)["level"].tolist()
    ['team']
    """
    if not len(table):
        return table
    judged = table["folds"] * table["nodes"] >= FEWEST_SCORED
    return table[judged & (table["bias"].abs() > share * table["annual_wape"])]


def _sums(miss: Floats, naive: Floats, actual: Floats) -> tuple[float, ...]:
    year = miss.sum(axis=1)
    return tuple(float(x.sum()) for x in (np.abs(miss), np.abs(naive), np.abs(year), year, np.abs(actual)))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
