"""The calendar as a table, for joins with facts."""

import pandas as pd

from salesplan.calendars.days import Day
from salesplan.calendars.fiscal import FiscalCalendar
from salesplan.calendars.working_days import working_days


def make_calendar(
    start: Day,
    end: Day,
    *,
    country: str = "CN",
    subdivision: str | None = None,
    fiscal_start_month: int = 1,
) -> pd.DataFrame:
    """One row a day with its fiscal period, ISO week and whether it is worked.

    Returns
    -------
    DataFrame
        ``date``, ``fiscal_year``, ``fiscal_period``, ``iso_year``, ``iso_week`` (int), ``is_workday``,
        ``is_estimated``.

    Raises
    ------
    InputError
        As :func:`salesplan.calendars.working_days.working_days` and :class:`FiscalCalendar`.

    Examples
    --------
    >>> make_calendar("2027-01-01", "2027-01-01", fiscal_start_month=7).iloc[0, 1:5].tolist()
    [2027, 7, 2026, 53]
    """
    fiscal = FiscalCalendar(start_month=fiscal_start_month)
    days = working_days(start, end, country=country, subdivision=subdivision)
    iso = days["date"].dt.isocalendar()
    return pd.DataFrame(
        {
            "date": days["date"],
            "fiscal_year": fiscal.year_of(days["date"]),
            "fiscal_period": fiscal.period_of(days["date"]),
            "iso_year": iso["year"].astype("int64"),
            "iso_week": iso["week"].astype("int64"),
            "is_workday": days["is_workday"],
            "is_estimated": days["is_estimated"],
        }
    )
