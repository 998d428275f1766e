"""Working days: 调休 in China, holidays elsewhere, estimates flagged, nonsense refused."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.calendars.working_days import (
    check_country,
    known_chinese_years,
    month_days,
    monthly_working_days,
    working_days,
)
from salesplan.errors import InputError
from tests.calendars.strategies import month_ranges


def test_make_up_weekend_days_are_worked_and_named() -> None:
    days = working_days("2025-10-01", "2025-10-11").set_index("date")
    assert not days.loc["2025-10-08", "is_workday"]
    assert days.loc["2025-10-11", ["is_workday", "name"]].tolist() == [True, "Make-up working day"]
    assert days.loc["2025-10-01", "name"] == "National Day"
    assert not days["is_estimated"].any()


@pytest.mark.parametrize("year", [1990, 2003, max(known_chinese_years()) + 1, 2060])
def test_years_not_announced_are_flagged_and_follow_the_law(year: int) -> None:
    days = working_days(f"{year}-01-01", f"{year}-12-31").set_index("date")
    assert days["is_estimated"].all()
    assert not days.loc[f"{year}-01-01", "is_workday"]
    assert not days.loc[f"{year}-10-01":f"{year}-10-02", "is_workday"].any()
    assert not days.loc[days.index.weekday >= 5, "is_workday"].any()
    assert 240 <= days["is_workday"].sum() <= 257


def test_span_across_the_last_announced_year_flags_only_what_is_estimated() -> None:
    last = max(known_chinese_years())
    months = monthly_working_days(pd.period_range(f"{last}-12", periods=2, freq="M"))
    assert months["is_estimated"].tolist() == [False, True]


def test_other_countries_by_their_public_holidays() -> None:
    days = working_days("2026-07-02", "2026-07-04", country="us").set_index("date")
    assert days["is_workday"].tolist() == [True, False, False]
    assert days.loc["2026-07-04", "name"] == "Independence Day"
    friday, sunday = working_days("2026-01-09", "2026-01-11", country="SA")["is_workday"].tolist()[::2]
    assert (friday, sunday) == (False, True)


def test_provinces_may_have_holidays_of_their_own() -> None:
    epiphany = {"start": "2026-01-06", "end": "2026-01-06", "country": "DE"}
    assert working_days(**epiphany)["is_workday"].item()
    assert not working_days(**epiphany, subdivision="BY")["is_workday"].item()
    with pytest.raises(InputError, match="BY") as caught:
        working_days(**epiphany, subdivision="XX")
    assert "BY" in caught.value.details["known"]


def test_year_before_a_countrys_records_is_an_estimate() -> None:
    assert working_days("1960-01-02", "1960-01-02", country="AE")["is_estimated"].item()


@pytest.mark.parametrize("country", ["China", "ZZ", "", "CHN ", None])
def test_unknown_country_names_known_ones(country: str) -> None:
    with pytest.raises(InputError, match="Known: CN, HK") as caught:
        working_days("2027-01-01", "2027-01-02", country=country)
    assert {"CN", "US", "JP"} <= set(caught.value.details["known"])


def test_country_codes_may_be_small() -> None:
    assert check_country(" cn ") == "CN"


def test_answers_are_the_callers_own() -> None:
    first = working_days("2025-01-01", "2025-12-31")
    first["is_workday"] = False
    assert working_days("2025-01-01", "2025-12-31")["is_workday"].sum() == 248


@settings(max_examples=30, deadline=None)
@given(month_ranges(), st.sampled_from(["CN", "US", "AE"]))
def test_months_count_their_own_days(months: pd.PeriodIndex, country: str) -> None:
    days = month_days(months, country=country)
    assert days["date"].is_unique
    assert len(days) == sum(months.days_in_month)
    counted = monthly_working_days(months, country=country)
    assert counted.index.equals(months.rename("month"))
    assert counted["working_days"].sum() == days["is_workday"].sum()
    assert counted["working_days"].between(14, 24).all()
    assert counted["working_days"].dtype == "int64"
    assert counted["is_estimated"].dtype == bool


def test_months_keep_the_callers_order_and_gaps() -> None:
    counted = monthly_working_days(["2026-03", "2025-01"])
    assert counted["working_days"].tolist() == [22, 19]
    assert monthly_working_days([]).empty
