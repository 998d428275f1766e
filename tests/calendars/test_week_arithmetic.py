"""A weekly figure is held against the year it is meant to make."""

import pytest

from salesplan.calendars.week_arithmetic import check_weekly_target
from salesplan.errors import InputError


def test_week_that_fits_has_no_error() -> None:
    check = check_weekly_target(5200.0, 100.0)
    assert (check.error, check.equal_week, check.quarter_week) == (0.0, 100.0, 100.0)
    assert check.four_week_total == 4800.0


@pytest.mark.parametrize(("annual", "weekly"), [(0.0, 1.0), (-5.0, 1.0), (float("nan"), 1.0), (1.0, float("inf"))])
def test_amounts_must_be_amounts(annual: float, weekly: float) -> None:
    with pytest.raises(InputError):
        check_weekly_target(annual, weekly)
