"""How much of a fully ramped seller each person is, month by month."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.working_days import working_days
from salesplan.errors import InputError

DAY = np.timedelta64(1, "D")


def seller_capacity(
    sellers: pd.DataFrame,
    months: pd.PeriodIndex,
    *,
    leaves: pd.DataFrame | None = None,
    ramp: Sequence[float] = (),
    tier_productivity: Mapping[str, float] | None = None,
    country: str = "CN",
) -> pd.DataFrame:
    """Say how much each seller can carry in each month, as a fraction of a full-time, ramped seller.

    ``capacity = fte x productivity of the tier x ramp(months since hire) x working days present /
    working days of the month``. Who is hired later in the year starts then; who leaves stops then.

    Parameters
    ----------
    sellers
        One row a person: ``seller_id`` and, where known, ``hire_date`` (missing: long ago),
        ``leave_date`` (last day; missing: stays), ``fte`` (missing: 1), ``tier``.
    months
        Months to plan.
    leaves
        ``seller_id``, ``start_date``, ``end_date`` (both days included; a missing end has not ended).
        Overlapping leaves count once; leaves of people not in `sellers` are passed over.
    ramp
        Output in the month of hire, the month after, …; full once the list is through.
    tier_productivity
        Output of a ramped seller by tier; tiers not listed count 1.
    country
        Whose working days count.

    Returns
    -------
    DataFrame
        Index ``seller_id`` in the order given, one column a month.

    Raises
    ------
    InputError
        A seller is listed twice, leaves before being hired, or has a negative fte; a leave ends
        before it starts; a ramp or productivity is negative. The seller is named.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-06", freq="M")
    >>> team = pd.DataFrame({"seller_id": ["Li", "Wu"], "hire_date": ["2020-03-01", "2027-03-01"]})
    >>> seller_capacity(team, months, ramp=[0.0, 0.5]).to_numpy().tolist()
    [[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.5, 1.0, 1.0]]
    """
    ids = sellers["seller_id"].reset_index(drop=True)
    if ids.duplicated().any():
        raise InputError(f"seller_id == {ids[ids.duplicated()].iloc[0]!r} stands twice, must be listed once",
                         where="sellers", fix="Keep one row a person.")
    periods = pd.PeriodIndex(months, freq="M")
    hired, gone = _days(sellers, "hire_date"), _days(sellers, "leave_date")
    _check_dates(ids, hired, gone)
    count = _WorkdayCount(periods, country)
    first, last = _month_ends(periods)
    begins = np.maximum(np.where(np.isnat(hired), first[0], hired)[:, None], first)
    ends = np.minimum(np.where(np.isnat(gone), last[-1], gone)[:, None], last)
    present = count.between(begins, ends)
    if leaves is not None and len(leaves):
        present = present - _absent(ids, leaves, begins, ends, count)
    share = present / count.between(first, last)[None, :]
    own = _numbers(sellers, "fte", ids) * _productivity(sellers, tier_productivity)
    capacity = own[:, None] * share * _ramped(hired, periods, ramp)
    return pd.DataFrame(capacity, index=pd.Index(ids, name="seller_id"), columns=periods)


def capacity_shares(capacity: pd.DataFrame, *, weight: pd.Series | None = None) -> pd.Series:
    """Each seller's part of the capacity of the year, times a weight such as market potential.

    Parameters
    ----------
    capacity
        From :func:`seller_capacity`.
    weight
        By ``seller_id``, zero or more; equal if not given.

    Returns
    -------
    Series
        By ``seller_id``, adding up to 1.

    Raises
    ------
    InputError
        Nobody has any capacity, or a weight is missing or negative.

    Examples
    --------
    >>> capacity_shares(pd.DataFrame([[1.0, 1.0], [0.0, 1.0]], index=["a", "b"])).round(3).tolist()
    [0.667, 0.333]
    """
    able = capacity.sum(axis=1)
    if weight is not None:
        own = weight.reindex(able.index)
        if (own.isna() | (own < 0)).any():
            raise InputError(f"weight of {own.index[own.isna() | (own < 0)][0]!r} is missing or negative, "
                             "must be zero or more")
        able = able * own
    total = float(np.sort(able.to_numpy(float)).sum())
    if total <= 0:
        raise InputError("capacity of all sellers == 0, must leave somebody to carry the target",
                         fix="Check hire and leave dates, or plan another year.")
    return (able / total).rename("capacity_share")


class _WorkdayCount:
    """Working days between two days of the year; plain days for months without a working day."""

    def __init__(self, months: pd.PeriodIndex, country: str) -> None:
        start, end = months.min().start_time, months.max().end_time.normalize()
        days = working_days(start, end, country=country)
        works = days["is_workday"].to_numpy(float)
        month = pd.DatetimeIndex(days["date"]).to_period("M")
        none = pd.Series(works).groupby(month.asi8).transform("sum").to_numpy() == 0
        self.start = np.datetime64(start, "D")
        self.so_far = np.concatenate([[0.0], np.cumsum(np.where(none, 1.0, works))])

    def between(self, first: NDArray[np.datetime64], last: NDArray[np.datetime64]) -> NDArray[np.float64]:
        a = np.clip(((first - self.start) / DAY).astype(int), 0, self.so_far.size - 1)
        b = np.clip(((last - self.start) / DAY).astype(int) + 1, 0, self.so_far.size - 1)
        return np.maximum(self.so_far[b] - self.so_far[a], 0.0)


def _month_ends(months: pd.PeriodIndex) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    first = months.to_timestamp(how="start").to_numpy().astype("datetime64[D]")
    last = months.to_timestamp(how="end").to_numpy().astype("datetime64[D]")
    return first, last


def _absent(ids: pd.Series, leaves: pd.DataFrame, begins: NDArray[np.datetime64], ends: NDArray[np.datetime64],
            count: _WorkdayCount) -> NDArray[np.float64]:
    """Working days of leave while present, seller x month; overlapping leaves once."""
    row = pd.Series(np.arange(len(ids)), index=ids).reindex(leaves["seller_id"]).to_numpy(float)
    start, end = _days(leaves, "start_date"), _days(leaves, "end_date")
    bad = np.isnat(start) | (~np.isnat(end) & (end < start))
    if bad.any():
        who = leaves["seller_id"].iloc[int(np.flatnonzero(bad)[0])]
        raise InputError("a leave has no start or ends before it starts", where=f"leaves of {who}",
                         fix="Correct the two dates.")
    end = np.where(np.isnat(end), np.datetime64("2200-12-31"), end)
    known = np.flatnonzero(~np.isnan(row))
    order = known[np.lexsort((start[known], row[known]))]
    days = np.zeros(begins.shape)
    at, until = -1, np.datetime64("1900-01-01")
    for one in order:
        seller = int(row[one])
        if seller != at:
            at, until = seller, np.datetime64("1900-01-01")
        since = max(start[one], until + DAY)
        if end[one] >= since:
            days[seller] += count.between(np.maximum(begins[seller], since), np.minimum(ends[seller], end[one]))
            until = end[one]
    return days


def _ramped(hired: NDArray[np.datetime64], months: pd.PeriodIndex, ramp: Sequence[float]) -> NDArray[np.float64]:
    steps: NDArray[np.float64] = np.array([*ramp, 1.0], dtype=float)
    if not (np.isfinite(steps) & (steps >= 0)).all():
        raise InputError(f"ramp == {list(ramp)}, must be zero or more for each month since hire")
    hire_month = hired.astype("datetime64[M]").astype(float)
    month = np.asarray(months.to_timestamp().to_numpy().astype("datetime64[M]"), dtype="datetime64[M]").astype(float)
    since = np.where(np.isnat(hired)[:, None], steps.size, month[None, :] - hire_month[:, None])
    place = np.clip(since, 0, steps.size - 1).astype(int)
    return np.take(steps, place)


def _productivity(sellers: pd.DataFrame, by_tier: Mapping[str, float] | None) -> NDArray[np.float64]:
    if not by_tier or "tier" not in sellers:
        return np.ones(len(sellers))
    wrong = [tier for tier, output in by_tier.items() if not output >= 0]
    if wrong:
        raise InputError(f"tier_productivity of {wrong[0]!r} == {by_tier[wrong[0]]}, must be zero or more")
    return np.asarray(sellers["tier"].map(dict(by_tier)).fillna(1.0), float)


def _numbers(sellers: pd.DataFrame, name: str, ids: pd.Series) -> NDArray[np.float64]:
    if name not in sellers:
        return np.ones(len(sellers))
    values = pd.to_numeric(sellers[name], errors="coerce").fillna(1.0).to_numpy(float)
    if (values < 0).any():
        who = int(np.flatnonzero(values < 0)[0])
        raise InputError(f"{name} == {values[who]}, must be zero or more", where=f"seller {ids.iloc[who]}")
    return values


def _days(frame: pd.DataFrame, name: str) -> NDArray[np.datetime64]:
    if name not in frame:
        return np.full(len(frame), np.datetime64("NaT"), dtype="datetime64[D]")
    try:
        return pd.to_datetime(frame[name]).to_numpy().astype("datetime64[D]")
    except (ValueError, TypeError) as error:
        raise InputError(f"{name} holds something that is not a date", fix="Write dates as 2027-01-31.") from error


def _check_dates(ids: pd.Series, hired: NDArray[np.datetime64], gone: NDArray[np.datetime64]) -> None:
    wrong = np.flatnonzero(gone < hired)
    if wrong.size:
        at = int(wrong[0])
        raise InputError(f"leave_date == {gone[at]}, must not lie before hire_date == {hired[at]}",
                         where=f"seller {ids.iloc[at]}", fix="Correct one of the two dates.")
