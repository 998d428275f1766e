"""What the rest of the year will probably bring to every node, and how far off such forecasts were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.days import Day
from salesplan.calendars.spring_festival import centred_shares
from salesplan.calendars.working_days import monthly_working_days
from salesplan.errors import InputError
from salesplan.forecasting.backtest import Fold, run_folds
from salesplan.forecasting.folds import TRAINING, BacktestDesign, backtest_design
from salesplan.forecasting.forecast import FADING_SPREAD
from salesplan.forecasting.history import SalesHistory, check_history, level_groups
from salesplan.forecasting.intervals import MONTHLY_CORRELATION, fill_noise
from salesplan.forecasting.point import PointForecast, Settings, forecast_months
from salesplan.forecasting.reconcile import ErrorCovariance, reconcile
from salesplan.hierarchy import Hierarchy
from salesplan.review.month_carry import month_carry
from salesplan.review.month_progress import PAST_MONTHS, MonthProgress, month_progress, sales_by_place
from salesplan.review.month_weights import MonthWeights, month_weights
from salesplan.review.rest_spread import SeasonDoubt, expected_spread, season_doubt, spread_factors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LINE = "all"
FORMER_LEVEL = "former"
MOST_ORIGINS = 8
FEW_PERIODS = 0.5
"""Periods after the first two years that do not overlap are few, and share their luck: the spread grows by this over them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Outlook:
    """The forecast of the months to come for every node (rows as ``units``), from the sales known on ``as_of``.

    ``mean`` is what is still to come in each month: the month in progress holds its rest only, and adds up over the
    tree. ``facts_fen`` holds what is sold: complete months, and the month in progress up to the day.
    """

    units: pd.DataFrame
    progress: MonthProgress
    facts_fen: pd.DataFrame
    mean: pd.DataFrame
    method: NDArray[np.str_]
    weights: MonthWeights
    sales: SalesHistory
    settings: Settings
    point: PointForecast
    share_left: float
    rest_variance: Floats
    country: str

    @property
    def as_of(self) -> pd.Timestamp:
        """Last day whose sales are counted."""
        return self.progress.as_of

    @cached_property
    def groups(self) -> Ints:
        """Level of each node: whose errors are pooled."""
        return level_groups(self.sales.hierarchy)[0][: len(self.units)]

    @cached_property
    def noise(self) -> Floats:
        """Usual monthly surprise of each node, currency units."""
        size = self.point.monthly[: len(self.units)].mean(axis=1)
        own = np.where(np.isin(self.method, ["cohort_ramp", "fading"]), np.nan, self.point.noise[: len(self.units)])
        return fill_noise(own, size, self.groups)

    def folds(self, span: int) -> list[Fold]:
        """The same forecast from up to eight past months, over the same number of months; kept for the next question."""
        if span not in self._folds:
            made = run_folds(self.sales, past_origins(len(self.sales.months), span), self.settings)
            self._folds[span] = made
        return self._folds[span]

    @cached_property
    def _folds(self) -> dict[int, list[Fold]]:
        return {}

    def months_left(self, months: pd.PeriodIndex) -> float:
        """How many months of ``months`` are still to come, the one in progress by its share left."""
        ahead = pd.PeriodIndex(self.mean.columns).intersection(months)
        part = (ahead == self.progress.month).sum()
        return float(len(ahead) - part + part * self.share_left)

    def rest_sd(self, months: pd.PeriodIndex, *, coverage: float = 0.8) -> Floats:
        """Spread of what is still to come in ``months``, such that past forecasts were covered (see `spread_factors`)."""
        left = self.months_left(months)
        if left <= 0:
            return np.zeros(len(self.units))
        ahead = pd.PeriodIndex(self.mean.columns).intersection(months)
        rest = self.mean[ahead].to_numpy().sum(axis=1)
        asked = np.where(self.mean.columns.isin(ahead), self.mean.to_numpy()[0], 0.0)
        in_progress = int((ahead == self.progress.month).sum())
        length = len(ahead) - in_progress + in_progress * _months_like(self.rest_variance, self.share_left)
        sd = self._sd(length, rest, self.doubt.variance(len(self.sales.months), asked), round(left), coverage)
        wide = np.where(self.method == "fading", FADING_SPREAD, self.point.ramp.spread)
        unsure = np.isin(self.method, ["cohort_ramp", "fading"])
        return np.where(rest > 0, np.where(unsure, np.maximum(sd, wide * rest), sd), 0.0)

    def start_sd(self, months: pd.PeriodIndex, *, coverage: float = 0.8) -> Floats:
        """Spread of the whole of ``months`` as it was before they began, in the same measure as `rest_sd`."""
        begin = max(months[0].ordinal - self.sales.months[0].ordinal, 2)
        known = pd.PeriodIndex(self.facts_fen.columns).intersection(months)
        done = self.facts_fen[known].to_numpy(float).sum(axis=1) / 100
        whole = done + self.mean[pd.PeriodIndex(self.mean.columns).intersection(months)].to_numpy().sum(axis=1)
        variance = self.doubt.variance(begin, np.ones(len(months)))
        return self._sd(np.full(len(self.units), float(len(months))), whole, variance, round(self.months_left(months)), coverage)

    @cached_property
    def doubt(self) -> SeasonDoubt:
        """How little the season of the whole is known."""
        first = self.sales.months[0]
        whole = pd.period_range(first, self.mean.columns[-1], freq="M")
        total = self.facts_fen.loc[:, pd.PeriodIndex(self.sales.months)].to_numpy(float)[0] / 100
        return season_doubt(total, whole, country=self.country)

    def _sd(self, length: Floats, amount: Floats, variance: float, span: int, coverage: float) -> Floats:
        span = max(1, span)
        folds = [_first_block(f, len(self.units)) for f in self.folds(span)]
        periods = max((len(self.sales.months) - TRAINING) / span, 1.0)
        is_unit = self.units["unit_id"].isin(self.units["parent_id"].dropna()).to_numpy()
        factor = spread_factors(folds, self.doubt, self.groups, is_unit, coverage=coverage, periods=periods)
        luck = self.noise * np.sqrt(length * (1 + (length - 1) * MONTHLY_CORRELATION))
        return np.asarray(factor * np.sqrt(1 + FEW_PERIODS / periods) * expected_spread(luck, amount, variance))


def look_ahead(
    history: pd.DataFrame, daily: pd.DataFrame, units: pd.DataFrame, *, as_of: Day, until: pd.Period, country: str = "CN",
    subdivision: str | None = None, first_month: pd.Series | None = None, ramp: Sequence[float] | None = None,
    lasting: Mapping[str, float] | None = None,
) -> Outlook:
    """Forecast what is still to come until the end of the year, from the day's sales.

    Complete months are forecast by the kit's hierarchy forecast (season, working days, 春节, newcomers by ramp, adding
    up). The month in progress is what it usually still brings, raised or lowered by as much of its start's surprise
    as past months carried on.

    Parameters
    ----------
    history
        Complete months x leaf, currency units, without a gap, up to the month of ``as_of`` or the one before it.
    daily
        ``date, unit_id, amount_fen``, two years of it, up to ``as_of``.
    units
        The tree, top first.
    until
        Last month asked for.
    first_month
        Month of hire by unit_id.
    lasting
        Leaf of former staff -> share of its sales that goes on without them (orders of nobody). All else of such leaves is over:
        who left sells nothing more, and customers passed on are forecast with whom they were passed to.

    Raises
    ------
    InputError
        The history does not reach the month before ``as_of``, or holds nothing.
    """
    tree, single = Hierarchy(units=units, lines=[LINE]), Hierarchy(units=units)
    laid = tree.units
    progress = month_progress(daily, as_of=as_of, country=country, subdivision=subdivision)
    month = progress.month
    if not len(history) or not month - 1 <= history.index[-1] <= month:
        last = history.index[-1] if len(history) else "nothing"
        raise InputError(f"history ends with {last}, must end with {month} or the month before", where="sales history",
                         fix="Fill months without sales with zero.")
    end = max(until, history.index[-1] + 1)
    ahead = pd.period_range(history.index[-1] + 1, end, freq="M")
    whole = pd.period_range(history.index[0], end, freq="M")
    days = monthly_working_days(whole, country=country, subdivision=subdivision)["working_days"]
    settings = Settings(working_days=days.where(days > 0, 1), ramp=ramp,
                        spring_festival=centred_shares(whole) if country.upper() == "CN" else None)
    leaves = laid["unit_id"].to_numpy()[single.leaf_positions]
    wide = history.reindex(columns=leaves).fillna(0.0)
    two = wide.set_axis(pd.MultiIndex.from_product([leaves, [LINE]]), axis=1)
    sales = check_history(two, tree, first_month=first_month)
    point = forecast_months(sales, until=len(history), horizon=len(ahead), settings=settings)
    weights = month_weights(history, laid, ahead, country=country, subdivision=subdivision)
    n = len(laid)
    summing = single.unit_summing
    facts = pd.DataFrame(summing.astype("int64") @ np.rint(wide.to_numpy(float).T * 100).astype("int64"),
                         index=pd.Index(laid["unit_id"]), columns=history.index)
    mean = _without_leavers(point.monthly[:n].copy(), laid, summing, single.leaf_positions, lasting or {})
    left, variance = 1.0, np.ones(n)
    if ahead[0] == month:
        so_far = _so_far(daily, pd.Index(leaves), progress)
        facts[month] = summing.astype("int64") @ so_far
        past = pd.PeriodIndex(history.index[-PAST_MONTHS:])
        early = summing @ sales_by_place(daily, pd.Index(leaves), past, progress, country=country, subdivision=subdivision)
        left = 1 - progress.share_expected
        mean, variance = _with_start(mean, facts[month].to_numpy(float) / 100, early, facts[history.index].to_numpy(float) / 100,
                           weights.of(pd.PeriodIndex(history.index)), level_groups(tree)[0][:n], single, point.noise[:n],
                           share=progress.share_expected)
    to_come = pd.DataFrame(mean, index=facts.index, columns=ahead)
    return Outlook(units=laid, progress=progress, facts_fen=facts, mean=to_come, method=point.method[:n],
                   weights=weights, sales=sales, settings=settings, point=point, share_left=left, rest_variance=variance, country=country)


def _without_leavers(mean: Floats, units: pd.DataFrame, summing: Floats, leaves: Ints, lasting: Mapping[str, float]) -> Floats:
    """The months ahead without those of former staff, taken off every node above them too."""
    own = units.iloc[leaves]
    over = own["level"].eq(FORMER_LEVEL).to_numpy() * (1 - own["unit_id"].map(lasting).fillna(0.0).to_numpy(float))
    return np.asarray(np.maximum(mean - summing @ (over[:, None] * mean[leaves]), 0.0))


def past_origins(months: int, span: int) -> BacktestDesign:
    """Up to eight origins evenly spread over the history after its first two years; else the forecasting room's design.

    Examples
    --------
    >>> past_origins(40, 3).origins
    (24, 26, 28, 30, 31, 33, 35, 37)
    """
    last = months - span
    if last - TRAINING < 3:
        return backtest_design(months, gap=0, span=span)
    count = min(MOST_ORIGINS, last - TRAINING + 1)
    origins = {round(TRAINING + (last - TRAINING) * k / (count - 1)) for k in range(count)}
    return BacktestDesign(origins=tuple(sorted(origins)), gap=0, span=span, full=True)


def _with_start(mean: Floats, start: Floats, early: Floats, sales: Floats, weights: Floats, groups: Ints, tree: Hierarchy,
                noise: Floats, *, share: float) -> tuple[Floats, Floats]:
    """Months ahead told by the start of the first: its rest only, with the surprise carried on; coherent."""
    carry = month_carry(sales, early, weights, groups, share=share)
    expected = share * mean[:, 0]
    surprise = np.divide(start, expected, out=np.ones_like(expected), where=expected > 0) - 1
    surprise = np.clip(surprise, -1.0, 1.5)
    out = mean * (1 + carry.later * surprise)[:, None]
    out[:, 0] = (1 - share) * mean[:, 0] * (1 + carry.rest * surprise)
    if not carry.n:
        return np.asarray(out), carry.rest_variance
    usual = np.nan_to_num(noise)
    weight = np.where(usual > 0, usual, max(float(usual.max(initial=0.0)), 1.0)) ** 2
    leaves = tree.leaf_positions
    errors = ErrorCovariance(diagonal=weight, factors=np.zeros((len(weight), 1)), shrinkage=1.0)
    still = mean[leaves].sum(axis=1) <= 0
    coherent = reconcile(out, summing=tree.unit_summing, bottom=leaves, covariance=errors, fixed=still)
    return coherent, carry.rest_variance


def _months_like(variance: Floats, share_left: float) -> Floats:
    """Length in months whose sum has this variance against one month's: ``L (1 + (L - 1) rho) = variance``."""
    rho = MONTHLY_CORRELATION
    length = (np.sqrt((1 - rho) ** 2 + 4 * rho * np.nan_to_num(variance)) - (1 - rho)) / (2 * rho)
    return np.where(np.isnan(variance), share_left, length)


def _so_far(daily: pd.DataFrame, leaves: pd.Index, progress: MonthProgress) -> Ints:
    inside = daily[(daily["date"].dt.to_period("M") == progress.month) & (daily["date"] <= progress.as_of)]
    row = leaves.get_indexer(pd.Index(inside["unit_id"]))
    out = np.zeros(len(leaves), "int64")
    np.add.at(out, row[row >= 0], inside["amount_fen"].to_numpy("int64")[row >= 0])
    return out


def _first_block(fold: Fold, n: int) -> Fold:
    """The nodes of all lines together: with one line the others repeat them."""
    return Fold(origin=fold.origin, forecast=fold.forecast[:n], naive=fold.naive[:n], actual=fold.actual[:n],
                train=fold.train[:n], noise=fold.noise[:n], known=fold.known[:n])
