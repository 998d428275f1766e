"""Weeks cut at month ends cover each day once."""

import pandas as pd
import pytest
from hypothesis import given, settings

from salesplan.calendars.days import days_of
from salesplan.calendars.fiscal import FiscalCalendar
from salesplan.calendars.weeks import iso_week, week_pieces
from salesplan.calendars.working_days import monthly_working_days
from tests.calendars.strategies import month_ranges


@settings(max_examples=40, deadline=None)
@given(month_ranges())
def test_every_day_lies_in_exactly_one_piece(months: pd.PeriodIndex) -> None:
    pieces = week_pieces(months)
    covered = [
        day
        for piece in pieces.itertuples()
        for day in pd.date_range(max(piece.week_start, piece.month.start_time), periods=piece.days, freq="D")
    ]
    assert covered == list(days_of(months.rename("month"))["date"])
    assert all(iso_week(day) in set(pieces["iso_week"]) for day in covered[:: max(1, len(covered) // 20)])
    assert not pieces.duplicated(["month", "iso_week"]).any()


@settings(max_examples=40, deadline=None)
@given(month_ranges())
def test_pieces_sum_to_the_months(months: pd.PeriodIndex) -> None:
    pieces = week_pieces(months).groupby("month", sort=False)[["days", "working_days"]].sum()
    assert pieces["days"].tolist() == months.days_in_month.tolist()
    assert pieces["working_days"].tolist() == monthly_working_days(months)["working_days"].tolist()


@settings(max_examples=40, deadline=None)
@given(month_ranges())
def test_pieces_are_pieces_of_a_monday_week(months: pd.PeriodIndex) -> None:
    pieces = week_pieces(months)
    assert (pieces["week_start"].dt.weekday == 0).all()
    assert pieces["days"].between(1, 7).all()
    assert pieces.groupby("iso_week")["week_start"].nunique().eq(1).all()
    inside = pieces.groupby("iso_week")["days"].sum().iloc[1:-1]
    assert (inside == 7).all()


@pytest.mark.parametrize(("year", "weeks"), [(2020, 53), (2026, 53), (2025, 52)])
def test_years_of_53_weeks(year: int, weeks: int) -> None:
    pieces = week_pieces(FiscalCalendar().months(year))
    own = pieces[pieces["iso_week"].str.startswith(str(year))]
    assert own["iso_week"].nunique() == weeks


def test_week_53_belongs_to_both_years() -> None:
    pieces = week_pieces(pd.period_range("2026-12", periods=2, freq="M"))
    last = pieces[pieces["iso_week"] == "2026-W53"]
    assert last["days"].tolist() == [4, 3]
    assert last["working_days"].tolist() == [4, 0], "1 January is off, the 2nd and 3rd are a weekend"


def test_week_of_a_holiday_keeps_its_days_without_working_days() -> None:
    pieces = week_pieces(["2026-02"]).set_index("iso_week")
    assert pieces.loc["2026-W08", ["days", "working_days"]].tolist() == [7, 0]


def test_no_months_no_pieces() -> None:
    assert week_pieces([]).columns.tolist() == ["month", "iso_week", "week_start", "days", "working_days"]
