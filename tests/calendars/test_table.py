"""The calendar table has one row a day."""

import pandas as pd
import pytest

from salesplan.calendars.table import make_calendar
from salesplan.errors import InputError


def test_one_row_a_day_with_fiscal_and_iso_periods() -> None:
    table = make_calendar("2026-06-29", "2027-07-02", fiscal_start_month=7)
    assert table.columns.tolist() == ["date", "fiscal_year", "fiscal_period", "iso_year", "iso_week", "is_workday",
                                      "is_estimated"]  # fmt: skip
    assert table["date"].is_unique
    assert len(table) == 369
    by_day = table.set_index("date")
    assert by_day.loc["2026-06-30", ["fiscal_year", "fiscal_period"]].tolist() == [2026, 12]
    assert by_day.loc["2026-07-01", ["fiscal_year", "fiscal_period"]].tolist() == [2027, 1]
    assert by_day.loc["2027-01-01", ["iso_year", "iso_week"]].tolist() == [2026, 53]
    assert table["is_workday"].dtype == bool
    assert table["is_estimated"].dtype == bool


def test_country_and_first_month_are_checked() -> None:
    assert not make_calendar(pd.Timestamp("2026-12-25"), "2026-12-25", country="GB")["is_workday"].item()
    with pytest.raises(InputError):
        make_calendar("2026-01-01", "2026-01-31", country="XX")
    with pytest.raises(InputError):
        make_calendar("2026-01-01", "2026-01-31", fiscal_start_month=0)
