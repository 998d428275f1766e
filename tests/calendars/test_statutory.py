"""Holidays by law give the right number of working days in a year."""

import datetime as dt
from collections import Counter

import pytest

from salesplan.calendars.statutory import statutory_days_off
from salesplan.calendars.working_days import known_chinese_years, working_days


def by_law(year: int) -> int:
    off = statutory_days_off(year)
    days = (dt.date(year, 1, 1) + dt.timedelta(days=n) for n in range(366))
    return sum(d.year == year and d.weekday() < 5 and d not in off for d in days)


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_year_by_law_equals_the_announced_year(year: int) -> None:
    assert year in known_chinese_years()
    assert by_law(year) == working_days(f"{year}-01-01", f"{year}-12-31")["is_workday"].sum()


def test_thirteen_days_from_2025_each_made_up_when_lost() -> None:
    for year in range(2027, 2060):
        weekdays_off = sum(day.weekday() < 5 for day in statutory_days_off(year))
        assert weekdays_off == 13, year


def test_holidays_that_coincide_give_a_day_more() -> None:
    assert dt.date(2028, 10, 5) in statutory_days_off(2028)
    assert Counter(statutory_days_off(2031).values())["National Day"] >= 3


def test_older_laws_had_fewer_holidays() -> None:
    assert "Tomb-sweeping Day" not in statutory_days_off(2003).values()
    assert dt.date(1999, 5, 3) in statutory_days_off(1999)  # 1 May 1999 was a Saturday
    assert dt.date(2003, 5, 3) in statutory_days_off(2003)
