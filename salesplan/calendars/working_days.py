"""Which days are worked, in China with 调休, elsewhere by public holidays."""

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from salesplan.calendars.days import Day, check_months, check_span, days_of
from salesplan.calendars.statutory import statutory_days_off
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

MAKE_UP_DAY = mark("Make-up working day")
LONGEST_REST = 31
"""Days in which some day is worked everywhere."""
VICTORY_DAY = mark("Anti-Fascist 70th Day")


def working_days(
    start: Day, end: Day, *, country: str = "CN", subdivision: str | None = None
) -> pd.DataFrame:
    """Every day of a span: is it worked, and is that announced or only estimated.

    Parameters
    ----------
    start, end
        First and last day, both included.
    country
        ISO 3166 code of two letters. ``CN`` follows the State Council's yearly arrangement, in which
        weekend days worked in exchange for longer holidays (调休) are working days.
    subdivision
        Province or state with holidays of its own, where the country has such; ignored for CN.

    Returns
    -------
    DataFrame
        ``date``, ``is_workday``, ``is_estimated`` (the year's arrangement is not known: holidays by
        law instead, see :func:`salesplan.calendars.statutory.statutory_days_off`; elsewhere a holiday
        whose date is not fixed yet) and ``name`` (holiday or make-up day, else empty).

    Raises
    ------
    InputError
        Unknown country or subdivision, dates that are no dates or in the wrong order.

    Examples
    --------
    >>> days = working_days("2025-01-25", "2025-01-28").set_index("date")
    >>> days["is_workday"].tolist()            # Sunday the 26th was worked
    [False, True, True, False]
    >>> bool(working_days("2040-01-02", "2040-01-02")["is_estimated"].iloc[0])
    True
    """
    first, last = check_span(start, end)
    code = check_country(country)
    year_of = _china_year if code == "CN" else None
    frames = [
        year_of(year) if year_of is not None else _country_year(code, subdivision, year)
        for year in range(first.year, last.year + 1)
    ]
    whole = pd.concat(frames, ignore_index=True)
    return whole[whole["date"].between(first, last)].reset_index(drop=True)


def working_day_from(day: Day, *, country: str = "CN", subdivision: str | None = None) -> dt.date:
    """The day itself where it is worked, else the next one that is.

    Examples
    --------
    >>> working_day_from("2026-11-15"), working_day_from("2026-10-01")      # a Sunday; the first day of a long holiday
    (datetime.date(2026, 11, 16), datetime.date(2026, 10, 8))
    >>> working_day_from("2025-01-26")                                      # a Sunday worked in exchange for a holiday
    datetime.date(2025, 1, 26)
    """
    first = pd.Timestamp(day)
    days = working_days(first, first + pd.Timedelta(days=LONGEST_REST), country=country, subdivision=subdivision)
    worked = days.loc[days["is_workday"], "date"]
    return (pd.Timestamp(worked.iloc[0]) if len(worked) else first).date()


def monthly_working_days(
    months: Any, *, country: str = "CN", subdivision: str | None = None
) -> pd.DataFrame:
    """Working days of each month.

    Parameters
    ----------
    months
        Distinct months (PeriodIndex or anything that makes one).

    Returns
    -------
    DataFrame
        Index ``month``; ``working_days`` (int) and ``is_estimated`` (the month holds a day whose
        arrangement is not announced).

    Examples
    --------
    >>> monthly_working_days(["2025-01", "2025-02"])["working_days"].tolist()
    [19, 19]
    """
    index = check_months(months)
    days = month_days(index, country=country, subdivision=subdivision)
    by_month = days.groupby("month", sort=False)
    frame = pd.DataFrame(
        {"working_days": by_month["is_workday"].sum().astype("int64"),
         "is_estimated": by_month["is_estimated"].any().astype(bool)}
    )
    return frame.reindex(index)


def month_days(
    months: pd.PeriodIndex, *, country: str = "CN", subdivision: str | None = None
) -> pd.DataFrame:
    """Days of the months with ``month``, ``date``, ``is_workday``, ``is_estimated``, ``name``.

    Examples
    --------
    >>> month_days(pd.period_range("2026-02", "2026-02", freq="M"))["is_workday"].sum()
    np.int64(16)
    """
    days = days_of(check_months(months))
    if days.empty:
        return days.assign(is_workday=pd.Series(dtype=bool), is_estimated=pd.Series(dtype=bool),
                           name=pd.Series(dtype=object))
    known = working_days(days["date"].min(), days["date"].max(), country=country, subdivision=subdivision)
    return days.merge(known, on="date", how="left", validate="one_to_one")


def check_country(country: str) -> str:
    """A country's ISO code in capitals.

    Raises
    ------
    InputError
        No calendar is known for the country; ``details["known"]`` lists the codes.

    Examples
    --------
    >>> check_country("cn")
    'CN'
    """
    known = _known_countries()
    code = str(country).strip().upper()
    if code not in known:
        near = known_choices(code, known).split("? Known")[0]
        hint = f"{near}? " if near.startswith("did you mean") else ""
        raise InputError(
            f"country == {country!r}, must be an ISO 3166 code of two letters",
            where="calendar",
            fix=f"{hint}Known: CN, HK, TW, SG, JP, KR, US, GB, DE, FR and {len(known) - 10} others",
            known=sorted(known),
        )
    return code


@cache
def _known_countries() -> frozenset[str]:
    import holidays

    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def known_chinese_years() -> frozenset[int]:
    """Years whose official Chinese arrangement is known here.

    Examples
    --------
    >>> {2023, 2024, 2025, 2026} <= known_chinese_years()
    True
    """
    from chinese_calendar import constants

    return frozenset(day.year for day in constants.holidays)


def _frame(
    days: pd.DatetimeIndex, workday: list[bool], estimated: list[bool], names: list[str]
) -> pd.DataFrame:
    return pd.DataFrame(
        {"date": days, "is_workday": np.array(workday, bool), "is_estimated": np.array(estimated, bool),
         "name": pd.Series(names, dtype=object)}
    )


def _days_of_year(year: int) -> pd.DatetimeIndex:
    return pd.date_range(f"{year}-01-01", f"{year}-12-31", freq="D", unit="s")


@cache
def _china_year(year: int) -> pd.DataFrame:
    days = _days_of_year(year)
    dates: list[dt.date] = list(days.date)
    if year not in known_chinese_years():
        off = statutory_days_off(year)
        workday = [d.weekday() < 5 and d not in off for d in dates]
        return _frame(days, workday, [True] * len(dates), [off.get(d, "") for d in dates])
    from chinese_calendar import get_holiday_detail

    workday, names = [], []
    for day in dates:
        is_off, name = get_holiday_detail(day)
        workday.append(not is_off)
        names.append((name if is_off else MAKE_UP_DAY) if name else "")
    return _frame(days, workday, [False] * len(dates), names)


@cache
def _country_year(country: str, subdivision: str | None, year: int) -> pd.DataFrame:
    import holidays

    try:
        known = holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False)
    except NotImplementedError as error:
        choices = list(holidays.list_supported_countries(include_aliases=False)[country])
        raise InputError(
            f"subdivision == {subdivision!r}, must be a subdivision of {country}",
            where="calendar",
            fix=known_choices(subdivision, choices) if choices else f"{country} has none, leave it out",
            known=choices,
        ) from error
    days = _days_of_year(year)
    dates: list[dt.date] = list(days.date)
    outside = not known.start_year <= year <= known.end_year
    workday = [bool(known.is_working_day(d)) for d in dates]
    names = [str(known.get(d, "")) for d in dates]
    estimated = [outside or "(estimated" in name for name in names]
    return _frame(days, workday, estimated, names)
