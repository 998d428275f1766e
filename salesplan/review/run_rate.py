"""What every working day left must bring, and whether any stretch of that length ever brought it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.working_days import month_days, monthly_working_days
from salesplan.hierarchy import Hierarchy
from salesplan.review.node_targets import node_targets
from salesplan.review.outlook import Outlook
from salesplan.text import mark

Floats = NDArray[np.float64]

USUAL_MONTH = 21
FEWEST_STRETCHES = 5
BEYOND_TOO = mark(
    "More than the best stretch of as many working days ever brought; but what is projected, {projected} a day, is so too: the target"
    " asks for {above_change} against that."
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class RunRate:
    """Required run-rate of every node.

    ``table``: ``unit_id, parent_id, level, name, target, actual, required`` (still missing, not below 0),
    ``working_days_left, required_per_day, best_per_day, best_start_date, best_end_date, usual_per_day`` (median stretch),
    ``last_year_per_day`` (the same dates a year before), ``projected_per_day`` (to be expected of the days left),
    ``required_ratio`` (required over best), ``reached_share`` (share of
    past stretches that reached it), ``is_beyond_best``.
    """

    table: pd.DataFrame
    working_days_left: int
    n_stretches: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """The whole table."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The top node."""
        return self.table.head(1).reset_index(drop=True)

    def beyond_words(self, unit_id: str) -> dict[str, Any] | None:
        """What is to be said where both what is required and what is projected are more than ever done; else None."""
        row: Any = self.table.set_index("unit_id").loc[unit_id]
        if not row["is_beyond_best"] or not row["projected_per_day"] > row["best_per_day"]:
            return None
        above = float(row["required_per_day"] / row["projected_per_day"] - 1)
        return {"msgid": BEYOND_TOO, "details": {"projected": float(row["projected_per_day"]), "above_change": above}}

    def for_units(self, unit_ids: Sequence[str]) -> "RunRate":
        """The same for some nodes only."""
        kept = self.table[self.table["unit_id"].isin(list(unit_ids))].reset_index(drop=True)
        return RunRate(table=kept, working_days_left=self.working_days_left, n_stretches=self.n_stretches)


def required_run_rate(outlook: Outlook, daily: pd.DataFrame, targets: pd.DataFrame, *, months: pd.PeriodIndex,
                      country: str = "CN", subdivision: str | None = None, seats: pd.DataFrame | None = None) -> RunRate:
    """What each working day left in the period must bring, against the best stretch of as many working days ever.

    Stretches are every run of as many working days in the daily history, sales on days off counted with the working day
    before; and, where the rest is at least a month, every run of as many whole months in the longer monthly history.
    The best ever is a generous measure (it may be a December): a required rate above it has never been done. In a company that
    grows the rate projected may be above it as well; then it says nothing about whether the target can be reached. Nothing is
    required of a node that has no target for a coming month.

    Parameters
    ----------
    outlook
        From `look_ahead`.
    daily
        ``date, unit_id, amount_fen``.
    targets, seats
        As for `node_targets`; the newest targets count.
    months
        Months of the period.
    """
    units, as_of = outlook.units, outlook.as_of
    facts = outlook.facts_fen
    actual = facts[pd.PeriodIndex(facts.columns).intersection(months)].to_numpy("int64").sum(axis=1) / 100
    goal = node_targets(targets, units, months, view="restated", seats=seats)
    target, ahead = goal.total(), pd.PeriodIndex(outlook.mean.columns).intersection(months)
    is_open = ~goal.known[:, np.asarray(months.isin(ahead))].all(axis=1)
    required = np.where(np.isnan(target) | is_open, np.nan, np.maximum(target - actual, 0.0))
    rest = month_days(months, country=country, subdivision=subdivision)
    days = int((rest["is_workday"] & (rest["date"] > as_of)).sum())
    begin = daily["date"].min().to_period("M") if len(daily) else as_of.to_period("M")
    past = month_days(pd.period_range(begin, as_of.to_period("M"), freq="M"), country=country, subdivision=subdivision)
    past = past[past["date"] <= as_of]
    by_day = _node_days(daily, units, pd.DatetimeIndex(past["date"]))
    rate, start, end = _stretches(by_day, past, days)
    monthly, month_start, month_end = _month_stretches(facts, outlook, days, country, subdivision)
    both = np.hstack([rate, monthly])
    starts, ends = start.append(month_start), end.append(month_end)
    n = both.shape[1]
    per_day = required / days if days else np.where(required > 0, np.inf, 0.0) + 0 * required
    best = both.max(axis=1) if n else np.full(len(units), np.nan)
    at = both.argmax(axis=1) if n else np.zeros(len(units), int)
    known = np.isfinite(per_day) & (n > 0)
    table = units.assign(
        target=target, actual=actual, required=required, working_days_left=days, required_per_day=per_day, best_per_day=best,
        best_start_date=pd.Series(starts.take(at) if n else pd.NaT, index=units.index),
        best_end_date=pd.Series(ends.take(at) if n else pd.NaT, index=units.index),
        projected_per_day=outlook.mean[ahead].to_numpy().sum(axis=1) / days if days else np.nan,
        usual_per_day=np.median(both, axis=1) if n else np.nan, last_year_per_day=_last_year(by_day, past, rest, as_of),
        required_ratio=np.divide(per_day, best, out=np.full(len(units), np.nan), where=known & (best > 0)),
        reached_share=np.where(known & (n >= FEWEST_STRETCHES), (both >= per_day[:, None]).mean(axis=1) if n else np.nan, np.nan),
        is_beyond_best=(np.nan_to_num(per_day, posinf=np.inf) > best) if n else False,
    )
    return RunRate(table=table, working_days_left=days, n_stretches=n)


def _node_days(daily: pd.DataFrame, units: pd.DataFrame, dates: pd.DatetimeIndex) -> Floats:
    tree = Hierarchy(units=units)
    leaves = pd.Index(units["unit_id"].to_numpy()[tree.leaf_positions])
    row, column = leaves.get_indexer(pd.Index(daily["unit_id"])), dates.get_indexer(pd.DatetimeIndex(daily["date"]))
    at = (row >= 0) & (column >= 0)
    out = np.zeros((len(leaves), len(dates)))
    np.add.at(out, (row[at], column[at]), daily["amount_fen"].to_numpy(float)[at] / 100)
    return np.asarray(tree.unit_summing @ out)


def _stretches(by_day: Floats, past: pd.DataFrame, days: int) -> tuple[Floats, pd.DatetimeIndex, pd.DatetimeIndex]:
    """Mean of a working day in every run of ``days`` working days: nodes x runs, with first and last day."""
    worked = past["is_workday"].to_numpy()
    place = np.flatnonzero(worked)
    dates = pd.DatetimeIndex(past["date"])
    none = pd.DatetimeIndex([], dtype=dates.dtype)
    if not days or len(place) < days:
        return np.zeros((len(by_day), 0)), none, none
    run = np.hstack([np.zeros((len(by_day), 1)), np.cumsum(by_day, axis=1)])
    first = place[: len(place) - days + 1]
    after = np.r_[place[days:], len(worked)]  # up to the next run's working day: days off count with the one before
    return (run[:, after] - run[:, first]) / days, dates[first], dates[after - 1]


def _month_stretches(facts: pd.DataFrame, outlook: Outlook, days: int, country: str, subdivision: str | None
                     ) -> tuple[Floats, pd.DatetimeIndex, pd.DatetimeIndex]:
    complete = pd.PeriodIndex(facts.columns[facts.columns < outlook.mean.columns[0]])
    k = round(days / USUAL_MONTH)
    none = pd.DatetimeIndex([], dtype="datetime64[us]")
    if k < 1 or len(complete) < k:
        return np.zeros((len(facts), 0)), none, none
    worked = monthly_working_days(complete, country=country, subdivision=subdivision)["working_days"].to_numpy(float)
    run = np.hstack([np.zeros((len(facts), 1)), np.cumsum(facts[complete].to_numpy(float) / 100, axis=1)])
    size = np.r_[0.0, np.cumsum(worked)]
    rate = (run[:, k:] - run[:, :-k]) / np.maximum(size[k:] - size[:-k], 1.0)
    starts = complete[: len(complete) - k + 1].to_timestamp()
    return rate, starts, complete[k - 1:].to_timestamp(how="end").normalize()


def _last_year(by_day: Floats, past: pd.DataFrame, rest: pd.DataFrame, as_of: pd.Timestamp) -> Floats:
    """Mean of a working day in the rest of the period a year before; missing where the daily history does not reach it."""
    year = pd.DateOffset(years=1)
    first, last = as_of + pd.Timedelta(days=1) - year, rest["date"].max() - year
    at = past["date"].between(first, last).to_numpy()
    worked = int((past["is_workday"].to_numpy() & at).sum())
    if last <= first or not worked or past["date"].min() > first:
        return np.full(len(by_day), np.nan)
    return np.asarray(by_day[:, at].sum(axis=1) / worked)
