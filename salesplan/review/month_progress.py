"""How much of a month is usually done by a day of it: working days, and how sales run through a month."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.days import Day, check_day
from salesplan.calendars.working_days import month_days
from salesplan.errors import InputError

Floats = NDArray[np.float64]

PAST_MONTHS = 24
FEWEST_MONTHS = 6
FIRST_DAYS, LAST_DAYS = 3, 5
MOST_OUTSIDE = 0.8


@dataclass(frozen=True, kw_only=True, eq=False)
class MonthProgress:
    """Where a day stands in its month.

    ``share_elapsed`` counts working days, ``share_expected`` is the mean share of a month's sales that past months had
    reached at the same place, ``share_spread`` its standard deviation from month to month (missing with fewer than
    6 past months, when the working days stand in). ``off_day_weight`` is how much a day off sells against a working day.
    """

    as_of: pd.Timestamp
    month: pd.Period
    working_days_total: int
    working_days_elapsed: int
    share_elapsed: float
    share_expected: float
    share_spread: float
    off_day_weight: float
    n_months: int
    is_estimated: bool

    @property
    def working_days_left(self) -> int:
        """Working days after the day."""
        return self.working_days_total - self.working_days_elapsed

    @property
    def is_over(self) -> bool:
        """Whether the day is the month's last."""
        return self.as_of >= self.month.end_time.normalize()


def month_progress(daily: pd.DataFrame, *, as_of: Day, country: str = "CN", subdivision: str | None = None) -> MonthProgress:
    """How much of the month should be done by a day, learnt from how past months ran.

    The first three and the last five working days of a month weigh what they brought in the last 24 complete months
    against the days between, a day off what days off brought: a company that closes deals in the last days is not behind
    in the middle, and a month shortened by a holiday keeps its last days. Where next to nothing is sold between, the mean
    share that past months had reached after the same part of their days stands in.

    Parameters
    ----------
    daily
        ``date, unit_id, amount_fen``; all units together count.
    as_of
        Last day whose sales are counted.
    country, subdivision
        Whose working days count.

    Raises
    ------
    InputError
        A date that is none.

    Examples
    --------
    >>> dates = pd.date_range("2026-01-01", "2026-10-15")
    >>> daily = pd.DataFrame({"date": dates, "unit_id": "a", "amount_fen": 100 * (dates.dayofweek < 5)})
    >>> found = month_progress(daily, as_of="2026-10-15", country="US")
    >>> found.working_days_elapsed, found.working_days_total, round(found.share_expected, 2)
    (10, 21, 0.48)
    """
    today = check_day(as_of, "as_of")
    month = today.to_period("M")
    months = pd.period_range(month - PAST_MONTHS, month, freq="M")
    days = month_days(months, country=country, subdivision=subdivision)
    days = days.assign(amount=_per_day(daily).reindex(days["date"]).fillna(0.0).to_numpy())
    past = days[days["month"] < month]
    sums = past.groupby("month")["amount"].sum()
    whole = sums.index[(sums > 0) & (sums.index > _first_month(daily))]
    off = _off_day_weight(past[past["month"].isin(whole)])
    now = days["month"] == month
    gone = now & (days["date"] <= today)
    worked = int((gone & days["is_workday"]).sum())
    total = int((now & days["is_workday"]).sum())
    days["even"] = np.where(days["is_workday"], 1.0, off)
    days["weight"] = _day_weights(days, days["month"].isin(whole), off)
    column = "weight" if days["weight"].notna().all() else "even"
    place = days.groupby("month")[column].cumsum() / days.groupby("month")[column].transform("sum")
    u = float(place[gone].iloc[-1]) if gone.any() else 0.0
    reached = [_reached(place[days["month"] == m].to_numpy(), days.loc[days["month"] == m, "amount"].to_numpy(float), u)
               for m in whole]
    enough = len(reached) >= FEWEST_MONTHS
    usual = float(np.mean(reached)) if enough and column == "even" else u
    return MonthProgress(
        as_of=today, month=month, working_days_total=total, working_days_elapsed=worked,
        share_elapsed=worked / total if total else u,
        share_expected=1.0 if today >= month.end_time.normalize() else usual,
        share_spread=float(np.std(reached, ddof=1)) if enough else float("nan"),
        off_day_weight=off, n_months=len(reached), is_estimated=bool(days.loc[now, "is_estimated"].any()),
    )


def _day_weights(days: pd.DataFrame, known: pd.Series, off: float) -> pd.Series:
    """What each day brings against a working day in the middle of its month; missing where too little is known."""
    worked = days["is_workday"].astype(int)
    order = worked.groupby(days["month"]).cumsum()
    total = worked.groupby(days["month"]).transform("sum")
    left = total - order
    coded = np.where(order <= FIRST_DAYS, order, np.where(left < LAST_DAYS, -1 - left, 0))
    kind = pd.Series(np.where(days["is_workday"], coded, 99), index=days.index)
    learn = days[known & (total > FIRST_DAYS + LAST_DAYS)].assign(kind=kind)
    middle = learn[learn["kind"] == 0]
    if middle["month"].nunique() < FEWEST_MONTHS or not middle["amount"].sum() > (1 - MOST_OUTSIDE) * learn["amount"].sum():
        return pd.Series(np.nan, index=days.index)
    usual = learn["month"].map(middle.groupby("month")["amount"].mean())
    weight = learn["amount"].groupby(learn["kind"]).sum() / usual.groupby(learn["kind"]).sum()
    weight[0], weight[99] = 1.0, off
    return kind.map(weight.clip(lower=0.0)).fillna(1.0)


def sales_by_place(daily: pd.DataFrame, units: pd.Index, months: pd.PeriodIndex, progress: MonthProgress, *,
                   country: str = "CN", subdivision: str | None = None) -> Floats:
    """Sales of each leaf in each past month up to the place the present month has reached; leaves x months.

    The day of a past month is the last whose place does not exceed the present one.
    """
    days = month_days(months, country=country, subdivision=subdivision)
    weight = pd.Series(np.where(days["is_workday"], 1.0, progress.off_day_weight), index=days.index)
    place = weight.groupby(days["month"]).cumsum() / weight.groupby(days["month"]).transform("sum")
    now = month_days(pd.PeriodIndex([progress.month]), country=country, subdivision=subdivision)
    here = np.where(now["is_workday"], 1.0, progress.off_day_weight)
    u = float(here[(now["date"] <= progress.as_of).to_numpy()].sum() / here.sum())
    counted = days.loc[place <= u + 1e-9, "date"]
    early = daily[daily["date"].isin(counted)]
    out = np.zeros((len(units), len(months)))
    row = units.get_indexer(pd.Index(early["unit_id"]))
    column = months.get_indexer(early["date"].dt.to_period("M"))
    at = (row >= 0) & (column >= 0)
    np.add.at(out, (row[at], column[at]), early["amount_fen"].to_numpy(float)[at] / 100)
    return out


def _per_day(daily: pd.DataFrame) -> pd.Series:
    if not {"date", "unit_id", "amount_fen"} <= set(daily.columns):
        raise InputError(f"daily has columns {list(daily.columns)}, must have date, unit_id and amount_fen")
    return daily.groupby("date")["amount_fen"].sum() / 100


def _first_month(daily: pd.DataFrame) -> Any:
    """The month the daily sales begin in is left out unless they begin on its first days."""
    if not len(daily):
        return pd.Period("1900-01", "M")
    first = daily["date"].min()
    return first.to_period("M") - (1 if first.day <= 10 else 0)


def _off_day_weight(past: pd.DataFrame) -> float:
    """What a day off sells against a working day, 0 to 1."""
    if past.empty:
        return 0.0
    mean = past.groupby("is_workday")["amount"].mean()
    worked = float(mean.get(True, 0.0))
    return float(np.clip(float(mean.get(False, 0.0)) / worked, 0.0, 1.0)) if worked > 0 else 1.0


def _reached(place: Floats, amount: Floats, u: float) -> float:
    """Share of the month's sales at place ``u``, straight between the days."""
    knots, run = np.r_[0.0, place], np.r_[0.0, np.cumsum(amount)]
    keep = np.r_[np.diff(knots) > 0, True]  # last day of each place
    return float(np.interp(u, knots[keep], run[keep]) / run[-1])
