"""What a month might as well have looked like: a period's days drawn again, person by person and KPI by KPI."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars import working_days
from salesplan.errors import InputError, known_choices

Floats = NDArray[np.float64]
Block = Literal["auto", "day", "week"]

DAILY_COLUMNS = ("seller_id", "kpi", "date", "numerator", "denominator", "evidence_rows")
QUARTER_DAYS = 80
"""A period of this many calendar days or more is drawn by ISO weeks, a shorter one by days."""
FEWEST_BLOCKS = 5
"""Below this number of days (or weeks) drawing them again says too little."""
AGREES = 1e-6
"""How far sums of days may differ from the period's figure, as a share, and still be the same figure."""


@dataclass(frozen=True, kw_only=True, eq=False)
class KpiDays:
    """One KPI's figures, people x blocks of days: numerator, denominator (or none), rows behind them.

    ``scale`` turns the ratio (or sum) into the actual; ``known`` says for whom the days reproduce the actual.
    """

    kpi: str
    numerator: Floats
    denominator: Floats | None
    rows: Floats
    scale: float
    known: NDArray[np.bool_]

    @property
    def is_proportion(self) -> bool:
        """Whether the numerator is a part of the denominator in every block, as in won of closed deals."""
        if self.denominator is None:
            return False
        n, d = self.numerator, self.denominator
        return bool((n >= 0).all() and (n <= d * (1 + 1e-9)).all())

    @property
    def is_all_or_nothing(self) -> bool:
        """Whether a single row of a proportion belongs to the numerator as a whole or not at all."""
        if self.denominator is None:
            return False
        single = (self.rows == 1) & (self.denominator > 0)
        share = self.numerator[single] / self.denominator[single]
        return bool(self.is_proportion and ((share < 1e-9) | (share > 1 - 1e-9)).mean() > 0.99) if share.size else False


@dataclass(frozen=True, kw_only=True, eq=False)
class DayMaterial:
    """Figures of a period by day or week, for the people of a scorecard."""

    sellers: pd.Index
    blocks: pd.Index
    kpis: Mapping[str, KpiDays]
    block: str
    parity: NDArray[np.int64]
    """0 or 1 in turn along the blocks, for splitting the period in halves."""

    @property
    def n_blocks(self) -> int:
        """Days or weeks of the period."""
        return len(self.blocks)


def day_material(
    daily: pd.DataFrame,
    actuals: pd.DataFrame,
    *,
    days: pd.DatetimeIndex | None = None,
    block: Block = "auto",
    country: str = "CN",
) -> DayMaterial:
    """Arrange daily figures as people x days, and check that they add up to the period's.

    Parameters
    ----------
    daily
        seller_id, kpi, date, numerator, denominator, evidence_rows; days without business may be absent.
    actuals
        People x KPIs, index seller_id: the figure of the whole period.
    days
        Days on which people could work; by default the working days from the first to the last date in
        ``daily`` (the country's calendar), and what is recorded on a day off belongs to the working day before. A
        day without business counts as a day.
    block
        ``day``, ``week`` (ISO), or ``auto``: weeks for a quarter and longer.
    country
        ISO code of the country whose working days count where no days are given.

    Raises
    ------
    InputError
        A column is missing, or a date that is not among the given days.
    """
    lacking = [c for c in DAILY_COLUMNS if c not in daily]
    if lacking:
        raise InputError(f"{lacking[0]} is missing, must be a column", where="daily")
    if block not in ("auto", "day", "week"):
        raise InputError(f"block == {block!r}, {known_choices(block, ('auto', 'day', 'week'))}")
    sellers = pd.Index(actuals.index)
    date = pd.DatetimeIndex(pd.to_datetime(daily["date"])).normalize()
    known_days = _days(date, days, country)
    by_week = block == "week" or (block == "auto" and len(known_days) > 0
                                  and (known_days[-1] - known_days[0]).days >= QUARTER_DAYS)
    labels = _weeks(known_days) if by_week else known_days
    blocks, of_day = np.unique(labels, return_inverse=True)
    at_day = known_days.get_indexer(date)
    if days is None and len(known_days):
        at_day = np.maximum(known_days.searchsorted(date, side="right") - 1, 0)
    if (at_day < 0).any():
        raise InputError(f"date == {date[int(np.argmin(at_day))]:%Y-%m-%d}, must be one of the given days", where="daily")
    person = sellers.get_indexer(daily["seller_id"])
    place = person * len(blocks) + of_day[at_day] if len(known_days) else person
    kpis = {}
    code, names = pd.factorize(daily["kpi"])
    for i, kpi in enumerate(names):
        if kpi in actuals:
            mine = np.flatnonzero((code == i) & (person >= 0))
            kpis[str(kpi)] = _kpi_days(str(kpi), daily, mine, place, (len(sellers), len(blocks)), actuals[kpi])
    return DayMaterial(sellers=sellers, blocks=pd.Index(blocks), kpis=kpis, block="week" if by_week else "day",
                       parity=np.arange(len(blocks)) % 2)


def _days(date: pd.DatetimeIndex, days: pd.DatetimeIndex | None, country: str) -> pd.DatetimeIndex:
    if days is not None:
        return pd.DatetimeIndex(pd.to_datetime(days)).normalize().unique().sort_values()
    if not len(date):
        return pd.DatetimeIndex([])
    calendar = working_days(date.min(), date.max(), country=country)
    worked = pd.DatetimeIndex(calendar.loc[calendar["is_workday"], "date"])
    return worked if len(worked) else date.unique().sort_values()


def _weeks(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days - pd.to_timedelta(days.dayofweek, unit="D"))


def _kpi_days(
    kpi: str, daily: pd.DataFrame, mine: NDArray[np.intp], place: NDArray[np.intp], shape: tuple[int, int],
    actual: pd.Series,
) -> KpiDays:
    def arranged(column: str) -> Floats:
        values = np.nan_to_num(daily[column].to_numpy(float)[mine])
        sums = np.bincount(place[mine], weights=values, minlength=shape[0] * shape[1])
        return sums.astype(float).reshape(shape)

    numerator, rows = arranged("numerator"), arranged("evidence_rows")
    ratio = bool(np.isfinite(daily["denominator"].to_numpy(float)[mine]).any())
    denominator = arranged("denominator") if ratio else None
    total = numerator.sum(axis=1)
    if denominator is not None:
        below = denominator.sum(axis=1)
        total = np.divide(total, below, out=np.full(len(total), np.nan), where=below > 0)
    a = pd.to_numeric(actual, errors="coerce").to_numpy(float)
    both = np.isfinite(a) & np.isfinite(total) & (total != 0)
    scale = float(np.median(a[both] / total[both])) if both.any() else 1.0
    off = np.abs(a - scale * total) > AGREES * np.maximum(np.abs(a), abs(scale) * np.abs(total)) + 1e-12
    return KpiDays(kpi=kpi, numerator=numerator, denominator=denominator, rows=rows, scale=scale,
                   known=np.isfinite(a) & np.isfinite(total) & ~off)


def block_weights(blocks: int, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Weights of the blocks in each draw, blocks x draws; every draw's weights average 1.

    Notes
    -----
    Bayesian bootstrap (Rubin 1981) with concentration ``(d - 2) / d`` instead of 1: the variance of a
    weighted total is then the unbiased ``d / (d - 1) * sum (x - mean)^2`` instead of falling short of it,
    and no block ever vanishes, as it does with whole-number resampling.

    Examples
    --------
    >>> block_weights(22, 4, np.random.default_rng(0)).mean(axis=0).round(4).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if blocks < 3:
        raise InputError(f"blocks == {blocks}, must be at least 3 to draw them again")
    weights = rng.standard_gamma((blocks - 2) / blocks, (blocks, n))
    return (weights / weights.mean(axis=0)).astype(np.float32)


def weighted_actuals(days: KpiDays, weights: NDArray[Any]) -> NDArray[Any]:
    """The KPI's figure when each block counts as often as its weight says, people x draws."""
    kind = weights.dtype
    top = days.numerator.astype(kind) @ weights
    if days.denominator is None:
        return days.scale * top
    below = days.denominator.astype(kind) @ weights
    return np.divide(days.scale * top, below, out=np.full_like(top, np.nan), where=below > 0)
