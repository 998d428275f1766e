"""The period a scorecard is for: a month, an ISO week, a quarter or a year, read from how people write it."""

import re

import pandas as pd

from salesplan.calendars import monthly_working_days, working_days
from salesplan.errors import InputError

_WEEK = re.compile(r"^(\d{4})-?W(\d{1,2})$")
_OTHER = re.compile(r"^\d{4}(-?(0[1-9]|1[0-2])|-?Q[1-4])?$")


def read_period(period: "str | pd.Period") -> pd.Period:
    """A month, quarter, year or ISO week as a period.

    Raises
    ------
    InputError
        The text is none of these, or names a week its year does not have.

    Examples
    --------
    >>> [str(read_period(p)) for p in ("2026-10", "2026Q3", "2026", "2026-W41")]
    ['2026-10', '2026Q3', '2026', '2026-10-05/2026-10-11']
    """
    if isinstance(period, pd.Period):
        return period
    text = str(period).strip().upper()
    fix = "Write 2026-10, 2026Q3, 2026-W41 or 2026."
    if week := _WEEK.match(text):
        try:
            return pd.Period(pd.Timestamp.fromisocalendar(int(week[1]), int(week[2]), 1), freq="W-SUN")
        except ValueError as error:
            raise InputError(f"period == {period!r}, must be a week of its year", fix=fix) from error
    if not _OTHER.match(text):
        raise InputError(f"period == {period!r}, must be a month, quarter, ISO week or year", fix=fix)
    return pd.Period(text.replace("-Q", "Q"))


def months_of(period: "str | pd.Period") -> pd.PeriodIndex:
    """Months a period touches, in order.

    Examples
    --------
    >>> [str(m) for m in months_of("2026Q3")], [str(m) for m in months_of("2026-W40")]
    (['2026-07', '2026-08', '2026-09'], ['2026-09', '2026-10'])
    """
    read = read_period(period)
    return pd.period_range(read.start_time, read.end_time, freq="M")


def length_in_months(period: "str | pd.Period", *, country: str = "CN") -> float:
    """How many months of work a period holds: whole months count 1, a week its share of working days.

    A week without a working day (the Spring Festival's) holds 0.

    Parameters
    ----------
    country
        Whose working days a week's share is counted in, by ISO code.

    Examples
    --------
    >>> length_in_months("2026Q3"), round(length_in_months("2026-W45"), 3)
    (3.0, 0.238)
    >>> length_in_months("2026-W08"), length_in_months("2026-W08", country="DE")
    (0.0, 0.25)
    """
    read = read_period(period)
    months = months_of(read)
    if read.start_time == months[0].start_time and read.end_time == months[-1].end_time:
        return float(len(months))
    in_month = monthly_working_days(months, country=country)["working_days"]
    days = working_days(read.start_time.normalize(), read.end_time.normalize(), country=country)
    worked = days.loc[days["is_workday"], "date"].dt.to_period("M").map(in_month)
    return float((1.0 / worked).sum())
