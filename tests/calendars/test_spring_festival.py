"""春节 regressors sum to one, centre to nothing, and January joins February."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.calendars.spring_festival import (
    centred_shares,
    combine_january_february,
    spring_festival_date,
    spring_festival_shares,
    year_on_year,
)
from salesplan.errors import InputError


@settings(max_examples=40)
@given(st.integers(1951, 2099), st.integers(1, 60), st.integers(1, 30), st.integers(1, 60))
def test_windows_of_a_year_are_shared_out_whole(year: int, before: int, during: int, after: int) -> None:
    months = pd.period_range(f"{year - 1}-07", f"{year}-06", freq="M")
    shares = spring_festival_shares(months, before=before, during=during, after=after)
    np.testing.assert_allclose(shares.sum(), 1)
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)


def test_months_may_come_in_any_order_and_with_gaps() -> None:
    shares = spring_festival_shares(["2027-02", "2025-01", "2026-08"])
    assert shares["during"].round(3).tolist() == [1.0, 0.429, 0.0]


def test_centred_shares_vanish_over_the_long_run() -> None:
    months = pd.period_range("1950-01", "2100-12", freq="M")
    shares = centred_shares(months)
    np.testing.assert_allclose(shares.groupby(shares.index.month).mean(), 0, atol=1e-12)
    np.testing.assert_allclose(shares.groupby(shares.index.year).sum(), 0, atol=1e-12)


def test_centring_does_not_depend_on_the_months_asked_for() -> None:
    alone = centred_shares(["2026-02"]).iloc[0]
    among = centred_shares(pd.period_range("2020-01", "2029-12", freq="M")).loc["2026-02"]
    assert alone.tolist() == among.tolist()


@pytest.mark.parametrize("window", [{"before": 0}, {"during": 61}, {"after": 2.5}, {"before": True}])
def test_windows_are_whole_days(window: dict[str, object]) -> None:
    with pytest.raises(InputError, match="number of days"):
        spring_festival_shares(["2027-01"], **window)


def test_years_beyond_the_lunar_tables_are_refused() -> None:
    with pytest.raises(InputError):
        spring_festival_date(2101)
    assert not spring_festival_shares(["2100-12"]).any(axis=None)


def test_half_a_january_february_is_no_sum() -> None:
    index = pd.PeriodIndex(["2024-02", "2024-03", "2025-01", "2025-02", "2025-03"], freq="M")
    joined = combine_january_february(pd.Series([1.0, 2, 3, 4, 5], index=index, name="sales"))
    assert np.isnan(joined[(2024, "01-02")])
    assert joined[(2025, "01-02")] == 7
    assert joined[(2024, "03")] == 2
    assert joined.name == "sales"
    assert year_on_year(pd.Series([1.0, 2, 3, 4, 5], index=index)).dropna().to_dict() == {(2025, "03"): 1.5}


def test_growth_over_nothing_is_missing() -> None:
    index = pd.PeriodIndex(["2024-03", "2025-03"], freq="M")
    assert year_on_year(pd.Series([0.0, 5.0], index=index)).isna().all()
