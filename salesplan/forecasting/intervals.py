"""How wide a year's interval must be, learnt from the errors of past years (not from months added up)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from salesplan.forecasting.backtest import Fold
from salesplan.forecasting.history import Bools, Floats, Ints

MONTHLY_CORRELATION = 0.3
POOLING_STRENGTH = 20.0
SMALLEST_SPREAD = 0.01
UNKNOWN_SPREAD = 0.5
SMALLEST_SAMPLE = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """Quantile of past errors in units of each node's noise, by level (year and month).

    ``estimated`` is False when no backtest was possible and the normal quantile stands in.
    """

    annual: dict[int, float]
    monthly: dict[int, float]
    coverage: float
    estimated: bool


def noise_of_sum(noise: Floats, months: int, correlation: float = MONTHLY_CORRELATION) -> Floats:
    """Noise of a sum of months that are correlated: ``noise sqrt(m (1 + (m - 1) rho))``.

    Only its ratio between two lengths matters (it carries errors of short spans to the year); rho is .3,
    in the middle of what annual errors of monthly sales show (.25 to .4).
    """
    return np.asarray(noise * np.sqrt(months * (1 + (months - 1) * correlation)))


def calibrate(folds: list[Fold], groups: Ints, *, coverage: float,
              use: Bools | None = None) -> Calibration:
    """Pool errors of past years within each level, each in units of the node's own noise.

    The score of a node is ``|outcome - forecast| / noise of the sum``; a level's factor is the
    ``coverage`` quantile of its scores (conformal), pulled to the quantile over all levels with the
    weight of 20 nodes, since a level with one node has one error a fold; it is never below the mean of the
    level's own scores, so that a company that was missed by much says so.
    """
    everyone = np.ones(len(groups), bool) if use is None else use
    annual: list[Floats] = []
    monthly: list[Floats] = []
    owners: list[Ints] = []
    for fold in folds:
        at = fold.known & np.isfinite(fold.noise) & (np.nan_to_num(fold.noise) > 0) & everyone
        miss = fold.actual[at] - fold.forecast[at]
        noise = fold.noise[at]
        annual.append(np.abs(miss.sum(axis=1)) / noise_of_sum(noise, miss.shape[1]))
        monthly.append(np.abs(miss) / (noise[:, None] * _month_size(fold.forecast[at])))
        owners.append(groups[at])
    z = float(ndtri(0.5 + coverage / 2))
    owner = np.concatenate(owners) if owners else np.zeros(0, int)
    names = list(dict.fromkeys(groups.tolist()))
    if not len(owner):
        return Calibration(annual=dict.fromkeys(names, z), monthly=dict.fromkeys(names, 1.4 * z), coverage=coverage,
                           estimated=False)
    year, month = np.concatenate(annual), np.concatenate(monthly)
    nodes = len(folds)
    return Calibration(
        annual={g: _pooled(year[owner == g], year, coverage, nodes) for g in names},
        monthly={g: _pooled(month[owner == g].ravel(), month.ravel(), coverage, nodes * month.shape[1]) for g in names},
        coverage=coverage, estimated=True,
    )


def _month_size(forecast: Floats) -> Floats:
    """Root of each month's share: errors grow with the month, less than in proportion."""
    mean = forecast.mean(axis=1, keepdims=True)
    return np.asarray(np.sqrt(np.clip(np.divide(forecast, mean, out=np.ones_like(forecast), where=mean > 0), 0.1, 10)))


def _pooled(own: Floats, everyone: Floats, coverage: float, repeats: int) -> float:
    overall = float(np.quantile(everyone, coverage))
    if not len(own):
        return overall
    n = len(own) / max(repeats, 1)
    mine = float(np.quantile(own, min(1.0, coverage * (1 + 1 / len(own))))) if len(own) > SMALLEST_SAMPLE else overall
    return max((n * mine + POOLING_STRENGTH * overall) / (n + POOLING_STRENGTH), float(own.mean()))


def fill_noise(noise: Floats, size: Floats, groups: Ints) -> Floats:
    """Noise of nodes too young to have any: the relative noise usual on their level, times their size."""
    out = noise.copy()
    relative = np.divide(noise, size, out=np.full_like(noise, np.nan), where=size > 0)
    known = np.isfinite(relative) & (noise > 0)
    overall = float(np.median(relative[known])) if known.any() else UNKNOWN_SPREAD
    for group in dict.fromkeys(groups.tolist()):
        member = groups == group
        usual = float(np.median(relative[member & known])) if (member & known).any() else overall
        missing = member & ~known
        out[missing] = usual * size[missing]
    return out


def spreads(noise: Floats, forecast: Floats, groups: Ints, calibration: Calibration,
            ) -> tuple[Floats, Floats]:
    """sd of each node's sum and of each month, such that the calibrated coverage holds."""
    z = float(ndtri(0.5 + calibration.coverage / 2))
    factor = np.array([calibration.annual[g] for g in groups]) / z
    month = np.array([calibration.monthly[g] for g in groups]) / z
    total = forecast.sum(axis=1)
    annual_sd = np.maximum(factor * noise_of_sum(noise, forecast.shape[1]), SMALLEST_SPREAD * total)
    month_sd = month[:, None] * noise[:, None] * _month_size(forecast)
    return np.where(total > 0, annual_sd, 0.0), np.where(forecast > 0, month_sd, 0.0)
