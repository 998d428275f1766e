"""Pace by working days and season."""

import math

import pandas as pd
import pytest

from salesplan.calendars.pace import working_day_pace
from salesplan.errors import InputError

FEBRUARY = {"start": "2026-02-01", "end": "2026-02-28"}


def test_spring_festival_month_is_further_on_than_the_calendar_says() -> None:
    pace = working_day_pace(600.0, 1000.0, as_of="2026-02-14", **FEBRUARY)
    assert (pace.working_days_elapsed, pace.working_days_total) == (11, 16)
    assert pace.share_elapsed == pytest.approx(11 / 16) == pytest.approx(pace.share_expected)
    assert pace.expected == pytest.approx(687.5)
    assert pace.pace_ratio == pytest.approx(600 / 687.5)
    assert pace.projected == pytest.approx(600 * 16 / 11)
    assert pace.required_per_day == pytest.approx(400 / 5)
    assert pace.required_ratio == pytest.approx(400 / 312.5)


def test_season_moves_what_is_expected() -> None:
    quarter = {"start": "2025-01-01", "end": "2025-03-31", "as_of": "2025-01-31"}
    low = working_day_pace(1.0, 100.0, profile=[0.5, 1.0, 1.5], **quarter)
    assert low.share_elapsed == pytest.approx(19 / 59)
    assert low.share_expected == pytest.approx(19 * 0.5 / (19 * 0.5 + 19 + 21 * 1.5))


def test_before_the_start_and_after_the_end() -> None:
    early = working_day_pace(0.0, 100.0, as_of="2026-01-15", **FEBRUARY)
    assert (early.working_days_elapsed, early.required_per_day) == (0, 100 / 16)
    assert math.isnan(early.pace_ratio)
    assert math.isnan(early.projected)
    late = working_day_pace(90.0, 100.0, as_of="2026-03-15", **FEBRUARY)
    assert (late.working_days_left, late.projected) == (0, 90.0)
    assert late.required_per_day == math.inf
    assert math.isnan(late.required_ratio)


def test_target_already_reached_needs_nothing_more() -> None:
    pace = working_day_pace(120.0, 100.0, as_of="2026-02-14", **FEBRUARY)
    assert (pace.required, pace.required_per_day, pace.required_ratio) == (-20.0, 0.0, 0.0)
    done = working_day_pace(120.0, 100.0, as_of="2026-02-28", **FEBRUARY)
    assert done.required_per_day == 0.0


def test_estimated_calendar_is_flagged_and_frame_holds_all() -> None:
    pace = working_day_pace(1.0, 2.0, as_of="2040-01-15", start="2040-01-01", end="2040-01-31")
    assert pace.is_estimated
    row = pace.to_frame().iloc[0]
    assert row["working_days_left"] == pace.working_days_left
    assert row["as_of"] == pd.Timestamp("2040-01-15")


@pytest.mark.parametrize(
    "change",
    [{"target": -1.0}, {"target": math.nan}, {"actual_to_date": math.inf}, {"end": "2026-01-01"},
     {"start": "2026-02-16", "end": "2026-02-22"}, {"as_of": None}, {"profile": [1.0, 1.0]}],
)  # fmt: skip
def test_unfit_questions_are_refused(change: dict[str, object]) -> None:
    question = {"actual_to_date": 1.0, "target": 2.0, "as_of": "2026-02-14", **FEBRUARY} | change
    with pytest.raises(InputError):
        working_day_pace(**question)
