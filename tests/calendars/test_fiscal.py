"""Fiscal years start in any month and are named for the year they end in."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.calendars.fiscal import FiscalCalendar
from salesplan.errors import InputError

STARTS = st.integers(1, 12)
DATES = st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31))


def test_july_year_is_named_for_the_year_it_ends_in() -> None:
    july = FiscalCalendar(start_month=7)
    assert july.months(2020)[0] == pd.Period("2019-07", "M")
    assert (july.start(2020), july.end(2020)) == (pd.Timestamp("2019-07-01"), pd.Timestamp("2020-06-30"))
    assert july.quarter_label("2019-09-30") == "FY2020Q1"
    assert july.label(2020) == "FY2020"


def test_january_year_is_the_calendar_year() -> None:
    plain = FiscalCalendar()
    assert plain.label(2027) == "2027"
    assert plain.quarters(2027)["quarter"].tolist()[-1] == "2027Q4"
    assert plain.year_of("2027-12-31") == 2027


@settings(max_examples=60)
@given(STARTS, DATES)
def test_day_lies_in_the_year_period_and_quarter_it_is_said_to(start: int, date: dt.date) -> None:
    calendar = FiscalCalendar(start_month=start)
    year, period, quarter = calendar.year_of(date), calendar.period_of(date), calendar.quarter_of(date)
    assert calendar.start(year) <= pd.Timestamp(date) <= calendar.end(year)
    assert calendar.months(year)[period - 1] == pd.Period(date, "M")
    assert quarter == (period + 2) // 3
    assert calendar.quarters(year)["quarter"].iloc[period - 1] == calendar.quarter_label(date)


@settings(max_examples=40)
@given(STARTS, st.integers(1950, 2090))
def test_years_follow_one_another_without_gap(start: int, year: int) -> None:
    calendar = FiscalCalendar(start_month=start)
    assert calendar.end(year) + pd.Timedelta(days=1) == calendar.start(year + 1)
    assert calendar.year_of(calendar.start(year)) == calendar.year_of(calendar.end(year)) == year
    assert len(calendar.months(year)) == 12


@settings(max_examples=20)
@given(STARTS)
def test_columns_of_days_give_what_single_days_give(start: int) -> None:
    calendar = FiscalCalendar(start_month=start)
    days = pd.date_range("2026-11-03", periods=30, freq="17D")
    for method in (calendar.year_of, calendar.period_of, calendar.quarter_of):
        single = [method(day) for day in days]
        for column in (days, pd.Series(days), days.to_period("M")):
            np.testing.assert_array_equal(method(column), single)


@pytest.mark.parametrize("start", [0, 13, 1.5, "7", None, True])
def test_first_month_must_be_a_month(start: object) -> None:
    with pytest.raises(InputError, match="start_month"):
        FiscalCalendar(start_month=start)


def test_year_must_be_a_year() -> None:
    with pytest.raises(InputError, match="fiscal_year"):
        FiscalCalendar().months(27)
