"""Chinese public holidays by law, for years whose official arrangement is not known."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from salesplan.calendars.lunar import (
    DRAGON_BOAT,
    MID_AUTUMN,
    SPRING_FESTIVAL,
    TOMB_SWEEPING,
    festival_dates,
)
from salesplan.text import mark

NEW_YEAR = mark("New Year's Day")
LABOUR_DAY = mark("Labour Day")
NATIONAL_DAY = mark("National Day")

# From this year on: first day relative to New Year's Day of the lunar year, and days of each holiday.
_RULES = (
    (2025, {NEW_YEAR: 1, SPRING_FESTIVAL: 4, TOMB_SWEEPING: 1, LABOUR_DAY: 2, DRAGON_BOAT: 1, MID_AUTUMN: 1,
            NATIONAL_DAY: 3}, -1),
    (2014, {NEW_YEAR: 1, SPRING_FESTIVAL: 3, TOMB_SWEEPING: 1, LABOUR_DAY: 1, DRAGON_BOAT: 1, MID_AUTUMN: 1,
            NATIONAL_DAY: 3}, 0),
    (2008, {NEW_YEAR: 1, SPRING_FESTIVAL: 3, TOMB_SWEEPING: 1, LABOUR_DAY: 1, DRAGON_BOAT: 1, MID_AUTUMN: 1,
            NATIONAL_DAY: 3}, -1),
    (2000, {NEW_YEAR: 1, SPRING_FESTIVAL: 3, LABOUR_DAY: 3, NATIONAL_DAY: 3}, 0),
    (1950, {NEW_YEAR: 1, SPRING_FESTIVAL: 3, LABOUR_DAY: 1, NATIONAL_DAY: 2}, 0),
)


@cache
def statutory_days_off(year: int) -> Mapping[dt.date, str]:
    """Days off that the law gives in a year, each with the name of its holiday.

    A holiday that falls on a weekend, or on another holiday, is made up on the next working day, as
    the law demands. What the law does not say is which weekends will be worked to lengthen a holiday
    (调休): the number of working days in the YEAR is right, that of a month may move by one to three.

    Raises
    ------
    InputError
        The year is outside 1950-2100.

    Notes
    -----
    Regulation on public holidays for national annual festivals and memorial days, as revised in
    1999, 2007, 2013 and 2024 (the last in force from 2025: 13 days).

    Examples
    --------
    >>> off = statutory_days_off(2027)
    >>> [d.isoformat() for d, name in off.items() if name == "Spring Festival"]
    ['2027-02-05', '2027-02-06', '2027-02-07', '2027-02-08', '2027-02-09', '2027-02-10']
    """
    festivals = festival_dates(year)
    lengths, before = next((days, shift) for since, days, shift in _RULES if year >= since)
    firsts = dict(festivals) | {
        NEW_YEAR: dt.date(year, 1, 1),
        LABOUR_DAY: dt.date(year, 5, 1),
        NATIONAL_DAY: dt.date(year, 10, 1),
        SPRING_FESTIVAL: festivals[SPRING_FESTIVAL] + dt.timedelta(days=before),
    }
    off: dict[dt.date, str] = {}
    owed: list[tuple[dt.date, str]] = []
    for name in sorted(lengths, key=lambda n: firsts[n]):
        for step in range(lengths[name]):
            day = firsts[name] + dt.timedelta(days=step)
            if day in off or day.weekday() >= 5:
                owed.append((day, name))
            off.setdefault(day, name)
    for day, name in owed:
        while day in off or day.weekday() >= 5:
            day += dt.timedelta(days=1)
        off[day] = name
    return MappingProxyType(dict(sorted(off.items())))
