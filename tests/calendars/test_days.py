"""What callers hand over as days and months is checked."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings

from salesplan.calendars.days import check_day, check_months, check_span, days_of
from salesplan.errors import InputError
from tests.calendars.strategies import month_ranges


@pytest.mark.parametrize("value", ["2027-01-31", dt.date(2027, 1, 31), dt.datetime(2027, 1, 31, 15),
                                   pd.Timestamp("2027-01-31 23:59", tz="Asia/Shanghai")])  # fmt: skip
def test_days_of_many_kinds_come_to_midnight(value: object) -> None:
    assert check_day(value) == pd.Timestamp("2027-01-31")


@pytest.mark.parametrize("value", [None, "soon", 20270131, 3.5, pd.NaT, "1700-01-01", True])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="must be a date"):
        check_day(value)


def test_span_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(InputError, match="must not lie before"):
        check_span("2027-02-01", "2027-01-01")


@pytest.mark.parametrize(("months", "rule"), [(["2027-01", "2027-01"], "listed once"), (["x"], "must be months"),
                                              (["2027-01", None], "missing value")])  # fmt: skip
def test_months_must_be_distinct_months(months: list[object], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        check_months(months)


@settings(max_examples=30)
@given(month_ranges())
def test_days_of_months_are_all_their_days(months: pd.PeriodIndex) -> None:
    days = days_of(check_months(months))
    expected = pd.date_range(months[0].start_time, months[-1].end_time.normalize(), freq="D")
    assert list(days["date"]) == list(expected)
    assert (pd.PeriodIndex(days["date"], freq="M") == pd.PeriodIndex(days["month"])).all()
