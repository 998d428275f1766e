"""Pace on any day of the month, in a holiday week, at the turn of 春节, in a fiscal year from July."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from salesplan.review.month_progress import month_progress
from salesplan.review.month_weights import month_weights
from salesplan.review.outlook import Outlook, look_ahead
from salesplan.review.pace import month_pace
from tests.review.review_company import ReviewCompany, make_review_company

OCTOBER = pd.PeriodIndex(["2026-10"], freq="M")


@cache
def seen(day: str) -> tuple[ReviewCompany, Outlook]:
    company = make_review_company(seed=3, as_of=day)
    return company, look_ahead(company.history, company.daily, company.units, as_of=day, until=pd.Period("2026-12"))


def even_days(first: str, last: str, *, weekends: bool = False) -> pd.DataFrame:
    dates = pd.date_range(first, last)
    sold = dates if weekends else dates[dates.dayofweek < 5]
    return pd.DataFrame({"date": sold, "unit_id": "a", "amount_fen": 100})


def test_in_the_national_holiday_week_nothing_is_expected_and_pace_is_missing():
    company, outlook = seen("2026-10-05")
    found = month_pace(outlook, company.targets, months=OCTOBER)
    assert outlook.progress.working_days_elapsed == 0 and outlook.progress.share_expected == 0
    assert found.table["pace_ratio"].isna().all()
    assert any("too early" in str(note["msgid"]) for note in found.notes)


def test_on_the_last_day_pace_is_attainment():
    company, outlook = seen("2026-10-31")
    table = month_pace(outlook, company.targets, months=OCTOBER).table
    assert (table["share_expected"] == 1).all() and (table["working_days_elapsed"] == table["working_days_total"]).all()
    np.testing.assert_allclose(table["pace_ratio"], table["actual"] / table["target"])


def test_a_company_that_closes_late_is_not_behind_in_the_middle():
    _, outlook = seen("2026-10-16")
    progress = outlook.progress
    assert progress.share_expected < progress.share_elapsed - 0.05  # the last three days bring two and a half times as much


def test_even_days_make_the_share_that_of_the_working_days():
    found = month_progress(even_days("2024-01-01", "2026-10-15"), as_of="2026-10-15", country="US")
    assert found.share_expected == pytest.approx(found.share_elapsed, abs=0.01)


def test_a_shop_open_every_day_counts_every_day():
    found = month_progress(even_days("2024-01-01", "2026-10-03", weekends=True), as_of="2026-10-03", country="CN")
    assert found.off_day_weight == pytest.approx(1.0)
    assert found.share_expected == pytest.approx(3 / 31, abs=0.005)


def test_without_daily_history_working_days_stand_in():
    found = month_progress(even_days("2026-09-01", "2026-10-15"), as_of="2026-10-15", country="US")
    assert found.n_months < 6 and np.isnan(found.share_spread)
    assert found.share_expected == pytest.approx(found.share_elapsed, abs=0.01)


def test_sales_booked_on_first_and_last_days_only_follow_past_months():
    days = pd.to_datetime([f"{m}-{d}" for m in pd.period_range("2024-10", "2026-09", freq="M").astype(str) for d in ("01", "28")])
    daily = pd.DataFrame({"date": days, "unit_id": "a", "amount_fen": np.tile([30, 70], 24)})
    found = month_progress(daily, as_of="2026-10-16", country="US")
    assert found.share_expected == pytest.approx(0.3, abs=0.02)


def test_a_festival_that_moves_to_february_takes_weight_from_february():
    company = make_review_company(seed=1, month="2026-01", as_of="2026-01-31", noise=0.05, shared=0.02, drift=0.0)
    found = month_weights(company.history, company.units, pd.period_range("2026-02", "2026-12", freq="M"))
    weight = found.table.loc["co"]
    this, last = (weight[pd.Period(f"{y}-02")] / weight[pd.Period(f"{y}-01")] for y in (2026, 2025))
    assert this < last  # 29 January 2025, 17 February 2026


def test_the_plan_to_date_of_a_year_from_july_starts_in_july():
    company = make_review_company(seed=4, as_of="2026-10-31", fiscal_start=7)
    year = pd.period_range("2026-07", periods=12, freq="M")
    outlook = look_ahead(company.history, company.daily, company.units, as_of="2026-10-31", until=year[-1])
    table = month_pace(outlook, company.targets, months=year).table
    assert table.loc[0, "actual"] == pytest.approx(company.history.loc["2026-07":].to_numpy().sum())
    assert table.loc[0, "planned"] == pytest.approx(
        company.targets.query("scope_id == 'co' and month >= '2026-07' and month <= '2026-10'")["restated"].sum())
    assert 0.25 < table.loc[0, "share_expected"] < 0.42


def test_without_a_positive_target_there_is_no_pace():
    company, outlook = seen("2026-10-16")
    goals = company.targets[company.targets["scope_id"] != "t1s1"].copy()
    goals.loc[goals["scope_id"] == "t1s2", "restated"] = 0.0
    goals.loc[goals["scope_id"] == "t1s3", "restated"] = -10.0
    table = month_pace(outlook, goals, months=OCTOBER).table.set_index("unit_id")
    assert table.loc[["t1s1", "t1s2", "t1s3"], "pace_ratio"].isna().all() and table.loc["t1s4", "pace_ratio"] > 0
