import pandas as pd
import pytest

from salesplan.data.kpi_period import read_period
from salesplan.errors import InputError


@pytest.mark.parametrize(("text", "start", "end", "label"), [
    ("2026-02", "2026-02-01", "2026-02-28", "2026-02"), ("2026-2", "2026-02-01", "2026-02-28", "2026-02"),
    ("2026Q3", "2026-07-01", "2026-09-30", "2026Q3"), ("2026-q1", "2026-01-01", "2026-03-31", "2026Q1"),
    ("2026-W01", "2025-12-29", "2026-01-04", "2026-W01"), ("2026W53", "2026-12-28", "2027-01-03", "2026-W53"),
    ("2026", "2026-01-01", "2026-12-31", "2026")])
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


@pytest.mark.parametrize("text", ["2025-W53", "2026-13", "2026Q5", "October", "", "2026-10-08"])
def test_anything_else_is_refused(text):
    with pytest.raises(InputError, match=r"Write 2026-10, 2026Q3, 2026-W41 or 2026"):
        read_period(text)
