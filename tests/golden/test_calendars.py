"""Published calendar cases come out of the kit's own functions."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesplan.calendars.fiscal import FiscalCalendar
from salesplan.calendars.month_shares import month_shares
from salesplan.calendars.spring_festival import (
    combine_january_february,
    spring_festival_date,
    spring_festival_shares,
    year_on_year,
)
from salesplan.calendars.week_arithmetic import check_weekly_target
from salesplan.calendars.weeks import week_pieces
from salesplan.calendars.working_days import month_days, monthly_working_days
from salesplan.money import split_exact
from tests.shared import shared_path


def case(area: str, name: str) -> dict[str, Any]:
    cases = json.loads(shared_path("golden", f"{area}.public.json").read_text("utf-8"))
    return next(c for c in cases if c["id"] == name)


def test_cny_regressor_shares() -> None:
    public = case("01_forecasting", "cny_regressor_shares")
    windows = public["inputs"]["windows"]
    columns = {"before": "pre", "during": "hol", "after": "post"}
    for year, expected in public["expected"]["shares_jan_feb_mar"].items():
        assert spring_festival_date(int(year)) == pd.Timestamp(public["inputs"]["cny_dates"][year])
        shares = spring_festival_shares(
            pd.period_range(f"{year}-01", periods=3, freq="M"), before=windows["pre"], after=windows["post"]
        )
        for ours, theirs in columns.items():
            np.testing.assert_allclose(shares[ours], expected[theirs], atol=public["tolerance"]["abs"])


def test_cny_yoy_jan_feb() -> None:
    public = case("01_forecasting", "cny_yoy_jan_feb")
    sales = pd.Series({
        pd.Period(f"{year}-{month}", "M"): amount
        for month, key in (("01", "jan"), ("02", "feb"))
        for year, amount in public["inputs"][key].items()
    })  # fmt: skip
    alone = year_on_year(sales, join_january_february=False)
    together = year_on_year(sales)
    expected, tolerance = public["expected"], public["tolerance"]["abs"]
    assert alone[(2025, "01")] == pytest.approx(expected["yoy_jan"], abs=tolerance)
    assert alone[(2025, "02")] == pytest.approx(expected["yoy_feb"], abs=tolerance)
    assert together[(2025, "01-02")] == pytest.approx(expected["yoy_janfeb"], abs=tolerance)
    assert combine_january_february(sales)[(2024, "01-02")] == 160


def test_cn_working_days() -> None:
    public = case("02_target_decomposition", "cn_working_days")
    for year in public["inputs"]["years"]:
        months = FiscalCalendar().months(year)
        counted = monthly_working_days(months)
        assert counted["working_days"].tolist() == public["expected"]["working_days"][str(year)]
        assert counted["working_days"].sum() == public["expected"]["annual"][str(year)]
        assert not counted["is_estimated"].any()
        days = month_days(months)
        naive = days[days["is_workday"] & (days["date"].dt.weekday < 5)].groupby("month").size()
        assert naive.tolist() == public["expected"]["weekday_minus_holiday_without_makeup"][str(year)]


def test_seed_calendar_cascade() -> None:
    public = case("02_target_decomposition", "seed_calendar_cascade")
    seed, expected = public["inputs"]["seed"], public["expected"]
    check = check_weekly_target(public["inputs"]["annual"], seed["w"])
    january = week_pieces(["2025-01"])
    ours = {
        "annual_from_4week_month": check.four_week_total,
        "weeks52": check.annual_total,
        "q1_13_weeks_week": check.quarter_week,
        "jan2025_calendar_weeks": january["days"].sum() / 7,
        "week_equal_52": check.equal_week,
        "error_pct_52_weeks": check.error,
    }
    assert ours.keys() == expected.keys()
    for name, value in ours.items():
        assert value == pytest.approx(expected[name], abs=public["tolerance"]["abs"]), name


def test_month_split_wd_x_season() -> None:
    public = case("02_target_decomposition", "month_split_wd_x_season")
    inputs, expected = public["inputs"], public["expected"]
    months = FiscalCalendar().months(2025)
    assert monthly_working_days(months)["working_days"].tolist() == inputs["working_days"]
    shares = month_shares(months, inputs["seasonal_index_per_workday"])
    np.testing.assert_allclose(shares * inputs["annual"], expected["monthly"], atol=public["tolerance"]["abs"])
    assert shares.iloc[:3].sum() == pytest.approx(expected["share_q1"], abs=1e-12)
    cents = split_exact(inputs["annual"] * 100, shares.to_numpy())
    np.testing.assert_array_equal(cents, np.round(np.array(expected["monthly_cents"]) * 100).astype("int64"))
    assert cents.sum() == inputs["annual"] * 100
