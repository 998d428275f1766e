"""Periods as people write them: first and last day, months, and how much work they hold."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.calendars.period import read_period
from salesplan.errors import InputError


def length(text: str) -> float:
    return read_period(text).length_in_months()


@pytest.mark.parametrize(("text", "start", "end", "label"), [
    ("2026-02", "2026-02-01", "2026-02-28", "2026-02"), ("2026-2", "2026-02-01", "2026-02-28", "2026-02"),
    ("2026Q3", "2026-07-01", "2026-09-30", "2026Q3"), ("2026-q1", "2026-01-01", "2026-03-31", "2026Q1"),
    ("2026-W01", "2025-12-29", "2026-01-04", "2026-W01"), ("2026W53", "2026-12-28", "2027-01-03", "2026-W53"),
    ("2026", "2026-01-01", "2026-12-31", "2026"), ("202610", "2026-10-01", "2026-10-31", "2026-10")])
def test_periods_are_read_with_first_and_last_day(text, start, end, label):
    got = read_period(text)
    assert (got.start, got.end, got.label) == (pd.Timestamp(start), pd.Timestamp(end), label)


@pytest.mark.parametrize("freq", ["M", "Q", "Y", "W-SUN"])
def test_pandas_periods_mean_the_same(freq):
    period = pd.Period("2026-10-08", freq=freq)
    got = read_period(period)
    assert got.start == period.start_time.normalize()
    assert got.end == period.end_time.normalize()
    assert read_period(got.label) == got


@pytest.mark.parametrize("text", ["2025-W53", "2026-13", "202613", "2026-W54", "2026Q5", "October", "今年", "10/2026", "", "2026-10-08"])
def test_anything_else_is_refused(text):
    with pytest.raises(InputError, match=r"Write 2026-10, 2026Q3, 2026-W41 or 2026"):
        read_period(text)


@settings(max_examples=60)
@given(st.integers(1990, 2100), st.integers(1, 12), st.integers(1, 4), st.integers(1, 52))
def test_periods_as_people_write_them(year, month, quarter, week):
    assert [str(m) for m in read_period(f"{year}-{month:02d}").months] == [f"{year}-{month:02d}"]
    assert len(read_period(f"{year}Q{quarter}").months) == 3 and len(read_period(str(year)).months) == 12
    assert read_period(f"{year}-W{week:02d}") == read_period(f"{year}w{week}")
    assert length(f"{year}Q{quarter}") == 3 and length(str(year)) == 12


def test_weeks_of_a_month_add_up_to_it():
    weeks = [f"2026-W{n}" for n in range(23, 27)]  # 1 to 28 June
    rest = length("2026-W27")  # 29 June to 5 July
    assert sum(map(length, weeks)) + rest == pytest.approx(1 + rest - 2 / 21, abs=1e-9)
