"""Days and months as callers hand them over, checked and brought to one kind."""

import datetime as dt
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from salesplan.errors import InputError

Day: TypeAlias = dt.date | dt.datetime | pd.Timestamp | str
"""A calendar day: a date, a timestamp or ISO text."""


def check_day(value: Day, name: str = "date") -> pd.Timestamp:
    """A day at midnight.

    Raises
    ------
    InputError
        The value is missing, not a date, or outside 1900-2200.

    Examples
    --------
    >>> check_day("2027-01-31")
    Timestamp('2027-01-31 00:00:00')
    """
    try:
        day = value.start_time if isinstance(value, pd.Period) else pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name} == {value!r}, must be a date such as 2027-01-31") from error
    if isinstance(value, (bool, int, float)) or pd.isna(day) or not 1900 <= day.year <= 2200:
        raise InputError(f"{name} == {value!r}, must be a date between 1900 and 2200")
    return day.tz_localize(None).normalize()


def check_span(start: Day, end: Day) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of a span, both included.

    Raises
    ------
    InputError
        The span ends before it starts.
    """
    first, last = check_day(start, "start"), check_day(end, "end")
    if first > last:
        raise InputError(f"end == {last.date()}, must not lie before start == {first.date()}",
                         fix="Swap the two dates.")
    return first, last


def check_months(months: Any) -> pd.PeriodIndex:
    """Distinct months as a PeriodIndex of frequency M named ``month``, in the order given.

    Raises
    ------
    InputError
        Something is not a month, a month is missing, or one is listed twice.

    Examples
    --------
    >>> check_months(["2027-01", "2027-02"])
    PeriodIndex(['2027-01', '2027-02'], dtype='period[M]', name='month')
    """
    try:
        index = pd.PeriodIndex(months, freq="M", name="month")
    except (ValueError, TypeError) as error:
        raise InputError(f"months == {months!r}, must be months such as 2027-01") from error
    if index.hasnans:
        raise InputError("months holds a missing value, must be months such as 2027-01")
    twice = index[index.duplicated()]
    if len(twice):
        raise InputError(f"month == {twice[0]}, must be listed once", where="months")
    return index


def days_of(months: pd.PeriodIndex) -> pd.DataFrame:
    """Every day of the months: columns ``month`` and ``date``.

    Examples
    --------
    >>> len(days_of(check_months(["2027-02", "2028-02"])))
    57
    """
    lengths = months.days_in_month
    position = np.repeat(np.arange(len(months)), lengths)
    month = months.take(position)
    first = month.to_timestamp()
    offset = pd.Series(1, index=range(len(position))).groupby(position).cumsum() - 1
    return pd.DataFrame({"month": month, "date": first + pd.to_timedelta(offset.to_numpy(), unit="D")})
