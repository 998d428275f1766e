import pandas as pd

from salesplan.data.complete_months import check_last_month, stray_months
from tests.data.companies import days


def ends(*texts: str) -> pd.DataFrame:
    when = days(*texts)
    return pd.DataFrame({"month": when.to_period("M"), "last_order_date": when})


def test_a_month_that_runs_to_its_last_working_days_is_complete():
    found = check_last_month(ends("2026-08-31", "2026-09-30", "2026-10-29"))
    assert found.is_complete
    assert str(found.last_complete) == "2026-10"


def test_a_weekend_at_the_end_does_not_make_it_incomplete():
    assert check_last_month(ends("2026-04-30", "2026-05-29")).is_complete  # 30th and 31st are a weekend


def test_a_company_that_books_at_mid_month_is_not_cut_short():
    assert check_last_month(ends("2026-07-15", "2026-08-14", "2026-09-15", "2026-10-15")).is_complete


def test_half_a_month_is_dropped():
    found = check_last_month(ends("2026-08-31", "2026-09-30", "2026-10-15"))
    assert not found.is_complete
    assert (found.quiet_days, str(found.last_complete)) == (11, "2026-09")


def test_a_day_named_before_the_month_is_over_makes_it_incomplete():
    found = check_last_month(ends("2026-08-31", "2026-09-29"), as_of=pd.Timestamp("2026-09-29"))
    assert not found.is_complete


def test_the_only_month_always_counts():
    assert check_last_month(ends("2026-10-02")).is_complete


def test_the_country_decides_what_a_working_day_is():
    october = ends("2026-08-31", "2026-09-30", "2026-12-23")
    assert check_last_month(october, country="CN").quiet_days > check_last_month(october, country="DE").quiet_days


def strays(lines: dict[str, int]) -> list[str]:
    frame = pd.DataFrame({"month": pd.PeriodIndex(list(lines), freq="M"), "lines": list(lines.values())})
    return [str(month) for month in stray_months(frame)]


def test_single_orders_years_away_are_stray_at_both_ends():
    assert strays({"1996-01": 1, "2026-01": 90, "2026-02": 80, "2027-12": 2, "2062-01": 1}) == [
        "1996-01", "2027-12", "2062-01"]


def test_a_pause_or_a_small_company_is_not_stray():
    assert strays({"2026-01": 90, "2026-02": 80, "2026-09": 40}) == []
    assert strays({"2025-01": 1, "2026-01": 1}) == []
    assert strays({"2026-01": 90, "2026-02": 80, "2026-04": 1}) == []
