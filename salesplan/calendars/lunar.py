"""Chinese festivals that move with the moon or the sun, on the Gregorian calendar."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from salesplan.errors import InputError
from salesplan.text import mark

FIRST_YEAR, LAST_YEAR = 1950, 2100
"""Years for which the festivals can be dated."""

SPRING_FESTIVAL = mark("Spring Festival")
TOMB_SWEEPING = mark("Tomb-sweeping Day")
DRAGON_BOAT = mark("Dragon Boat Festival")
MID_AUTUMN = mark("Mid-autumn Festival")

_CHINESE_NAMES = {
    "春节": SPRING_FESTIVAL,
    "清明节": TOMB_SWEEPING,
    "端午节": DRAGON_BOAT,
    "中秋节": MID_AUTUMN,
}


@cache
def festival_dates(year: int) -> Mapping[str, dt.date]:
    """First day of each moving festival that was a public holiday in a year.

    Raises
    ------
    InputError
        The year is outside 1950-2100.

    Examples
    --------
    >>> festival_dates(2027)["Spring Festival"], festival_dates(2027)["Mid-autumn Festival"]
    (datetime.date(2027, 2, 6), datetime.date(2027, 9, 15))
    >>> sorted(festival_dates(2003))    # the other three became holidays in 2008
    ['Spring Festival']
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InputError(f"year == {year}, must be between {FIRST_YEAR} and {LAST_YEAR}",
                         where="Chinese festivals", fix="Plan for a year the lunar tables cover.")
    import holidays

    named = holidays.country_holidays("CN", years=year, observed=False, expand=False, language="zh_CN")
    found: dict[str, dt.date] = {}
    for day in sorted(named):
        for chinese in named[day].split("; "):
            festival = _CHINESE_NAMES.get(chinese)
            if festival is not None:
                found.setdefault(festival, day)
    return MappingProxyType(found)
