"""A year over months and weeks: exact in any unit, nothing where nobody works."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.calendars.weeks import week_pieces
from salesplan.calendars.working_days import monthly_working_days
from salesplan.errors import InputError
from salesplan.money import split_exact
from salesplan.targets.timing import split_months, split_time

YEAR = pd.period_range("2026-01", "2026-12", freq="M")
WORKING, PIECES = monthly_working_days(YEAR), week_pieces(YEAR)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.sampled_from([1, 100, 100_000]))
def test_weeks_add_up_to_months_and_months_to_the_year(seed, rows, unit):
    rng = np.random.default_rng(seed)
    annual = rng.integers(-(10**9), 10**9, rows) * unit
    profile = rng.uniform(0, 2, (rows, 12)) * (rng.random((rows, 12)) < 0.8)
    profile[:, 0] += 0.1
    cells = split_time(annual, profile, WORKING, PIECES, unit=unit)
    months = split_months(annual, profile, WORKING, unit=unit)
    assert cells.groupby("row")["fen"].sum().tolist() == annual.tolist()
    assert (cells.groupby(["row", "month"])["fen"].sum().to_numpy().reshape(rows, 12) == months).all()
    assert (cells["fen"] % unit == 0).all()
    assert (months[profile == 0] == 0).all()
    worked = np.tile(PIECES["working_days"].to_numpy(), rows)
    assert (cells["fen"].to_numpy()[worked == 0] == 0).all()
    assert not cells["by_days"].any()


def test_cells_run_row_by_row_in_order_of_time():
    cells = split_time([12_000, 24_000], np.ones(12), WORKING, PIECES)
    assert len(cells) == 2 * len(PIECES)
    first = cells[cells["row"] == 0]
    assert first["iso_week"].astype(str).tolist() == PIECES["iso_week"].tolist()
    assert pd.PeriodIndex(first["month"]).equals(pd.PeriodIndex(PIECES["month"]))
    assert cells["fen"].dtype == np.int64


def test_one_profile_serves_all_and_one_amount_gives_one_list():
    both = split_months([1_000, 1_000], np.ones(12), WORKING)
    alone = split_months(1_000, np.ones(12), WORKING["working_days"])
    assert (both == alone).all()
    assert alone.tolist() == split_exact(1_000, WORKING["working_days"].to_numpy()).tolist()


def test_a_month_without_working_days_gives_its_amount_by_days_and_says_so():
    months = pd.period_range("2026-01", "2026-02", freq="M", name="month")
    pieces = pd.DataFrame({"month": months.repeat(2), "iso_week": ["W1", "W2", "W2", "W3"], "days": [1, 3, 2, 2],
                           "working_days": [0, 0, 1, 1]})
    cells = split_time([100], [1.0, 1.0], pd.Series([4, 4], index=months), pieces)
    assert cells["fen"].tolist() == [13, 37, 25, 25]
    assert cells["by_days"].tolist() == [True, True, False, False]


def test_an_amount_without_a_month_is_refused_with_its_row():
    with pytest.raises(InputError, match="row 1"):
        split_months([0, 100], np.zeros((2, 12)), WORKING)


@pytest.mark.parametrize(
    ("profile", "words"),
    [(np.ones(11), "rows x months"), (np.ones((3, 12)), "rows x months"), (-np.ones(12), "zero or more")],
)
def test_a_profile_that_does_not_fit_is_refused(profile, words):
    with pytest.raises(InputError, match=words):
        split_months([100], profile, WORKING)


def test_calendar_tables_must_cover_the_same_months():
    with pytest.raises(InputError, match="same months"):
        split_time([100], np.ones(12), WORKING, PIECES[PIECES["month"] != YEAR[3]])
    with pytest.raises(InputError, match="one number of days"):
        split_months([100], np.ones(12), [np.nan] * 12)
