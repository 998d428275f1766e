"""Months share a year by season and working days."""

import numpy as np
import pandas as pd
import pytest

from salesplan.calendars.month_shares import month_shares, season_weights
from salesplan.errors import InputError

YEAR = pd.period_range("2026-01", periods=12, freq="M")


def test_shares_sum_to_one_and_follow_working_days() -> None:
    shares = month_shares(YEAR)
    assert shares.sum() == pytest.approx(1)
    assert shares.iloc[0] / shares.iloc[1] == pytest.approx(21 / 16)


def test_profile_by_month_is_aligned() -> None:
    profile = pd.Series(np.arange(1.0, 13.0), index=YEAR)
    turned = month_shares(YEAR, profile.iloc[::-1])
    pd.testing.assert_series_equal(turned, month_shares(YEAR, list(profile)))


@pytest.mark.parametrize(("profile", "rule"), [([1.0], "one for each"), ([-1.0] * 12, "0 or more"),
                                               ([np.nan] * 12, "missing"), ([0.0] * 12, "no working day")])  # fmt: skip
def test_unfit_profiles_are_refused(profile: list[float], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        month_shares(YEAR, profile)


def test_month_missing_from_the_profile_is_named() -> None:
    with pytest.raises(InputError, match="2026-12"):
        season_weights(YEAR, pd.Series(1.0, index=YEAR[:-1]))
