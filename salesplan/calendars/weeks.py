"""ISO weeks cut where months meet, so that weeks add up to months and months to the year."""

from typing import Any

import pandas as pd

from salesplan.calendars.days import Day, check_day, check_months
from salesplan.calendars.working_days import month_days


def iso_week(date: Day) -> str:
    """ISO week of a day; the year is the ISO year, which may differ near New Year.

    Examples
    --------
    >>> iso_week("2027-01-01"), iso_week("2027-01-04")
    ('2026-W53', '2027-W01')
    """
    year, week, _ = check_day(date).isocalendar()
    return f"{year}-W{week:02d}"


def week_pieces(months: Any, *, country: str = "CN", subdivision: str | None = None) -> pd.DataFrame:
    """Pieces of ISO weeks inside each month: the unit in which weekly targets are kept.

    A week that runs across the end of a month becomes two pieces, one in each month, each with its
    own days. Every day of the months lies in exactly one piece; the pieces' working days sum to the
    month's.

    Parameters
    ----------
    months
        Distinct months.
    country, subdivision
        As in :func:`salesplan.calendars.working_days.working_days`.

    Returns
    -------
    DataFrame
        ``month``, ``iso_week`` (``2027-W05``), ``week_start`` (the Monday, which may lie in the month
        before), ``days``, ``working_days``; a piece without a working day is kept.

    Examples
    --------
    >>> pieces = week_pieces(["2026-12", "2027-01"])
    >>> pieces.loc[pieces["iso_week"] == "2026-W53", ["month", "days"]].astype(str).values.tolist()
    [['2026-12', '4'], ['2027-01', '3']]
    """
    days = month_days(check_months(months), country=country, subdivision=subdivision)
    date = days["date"]
    iso = date.dt.isocalendar()
    days["iso_week"] = iso["year"].astype(str) + "-W" + iso["week"].astype(str).str.zfill(2)
    days["week_start"] = date - pd.to_timedelta(date.dt.weekday, unit="D")
    pieces = (
        days.groupby(["month", "iso_week", "week_start"], sort=False, observed=True)
        .agg(days=("date", "size"), working_days=("is_workday", "sum"))
        .astype("int64")
        .reset_index()
    )
    pieces["iso_week"] = pieces["iso_week"].astype(object)
    return pieces
