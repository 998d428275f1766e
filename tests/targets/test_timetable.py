import datetime as dt

import pandas as pd
import pytest

from salesplan.calendars.working_days import working_days
from salesplan.errors import InputError
from salesplan.targets.timetable import CADENCES, planning_timetable

YEAR = pd.period_range("2026-01", periods=12, freq="M")


@pytest.fixture(scope="module")
def timetable():
    return planning_timetable(YEAR)


def test_the_year_runs_from_goal_setting_in_january_to_pay_out_in_december(timetable):
    yearly = timetable.to_frame(cadence="year").set_index("key")["due"]
    assert yearly["goal_setting"].month == 1
    assert yearly["internal_review"] == dt.date(2026, 1, 30)
    assert yearly["acceptance"].month == 2
    assert yearly["kpis_and_incentives"].month == 2
    assert yearly["pay_out"] == dt.date(2026, 12, 31)
    assert yearly.is_monotonic_increasing


def test_quarter_month_and_week_recur(timetable):
    frame = timetable.to_frame()
    assert frame["cadence"].value_counts()[["quarter", "month"]].tolist() == [3, 12]
    quarters = frame[frame["cadence"] == "quarter"]
    assert [d.month for d in quarters["due"]] == [4, 7, 10]
    weeks = frame[frame["cadence"] == "week"]
    assert weeks["period"].is_unique
    mondays = [d for d in weeks["nominal"] if d != dt.date(2026, 1, 1)]
    assert {d.weekday() for d in mondays} == {0}


def test_everything_falls_on_a_working_day_make_up_days_included(timetable):
    days = working_days("2026-01-01", "2026-12-31")
    worked = {d.date() for d in days.loc[days["is_workday"], "date"]}
    assert set(timetable.steps["due"]) <= worked
    assert dt.date(2026, 1, 4) in set(timetable.steps["due"])  # a Sunday worked for New Year


def test_the_spring_festival_week_has_no_tasks_and_the_week_after_starts_late(timetable):
    weeks = timetable.to_frame(cadence="week").set_index("period")
    assert "2026-W08" not in weeks.index
    assert weeks.loc["2026-W09", "due"] == dt.date(2026, 2, 24)
    assert weeks.loc["2026-W09", "is_moved"]


def test_a_fiscal_year_from_july_shifts_every_step():
    steps = planning_timetable(pd.period_range("2026-07", periods=12, freq="M")).steps
    by_key = steps[steps["cadence"] == "year"].set_index("key")["due"]
    assert by_key["goal_setting"] == dt.date(2026, 7, 20)
    assert by_key["pay_out"].month == 6
    assert steps.loc[steps["cadence"] == "quarter", "period"].tolist() == ["FY2027Q2", "FY2027Q3", "FY2027Q4"]


def test_years_not_announced_are_flagged():
    steps = planning_timetable(pd.period_range("2040-01", periods=12, freq="M")).steps
    assert steps["is_estimated"].all()
    assert not planning_timetable(YEAR).steps["is_estimated"].any()


def test_own_dates_replace_the_usual_ones():
    steps = planning_timetable(YEAR, dates={"goal_setting": dt.date(2026, 1, 10)}).steps.set_index("key")
    assert steps.loc["goal_setting", "due"] == dt.date(2026, 1, 12)


def test_other_countries_follow_their_own_holidays():
    steps = planning_timetable(YEAR, country="US").steps
    assert dt.date(2026, 7, 3) not in set(steps["due"])
    assert steps.loc[(steps["key"] == "month_plan"), "due"].iloc[0] == dt.date(2026, 1, 2)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_calendar_file_can_be_read_back_with_every_appointment(timetable, lang):
    from icalendar import Calendar

    events = Calendar.from_ical(timetable.to_ics(lang)).walk("VEVENT")
    assert len(events) == len(timetable.steps)
    assert len({str(e["UID"]) for e in events}) == len(events)
    assert [e["DTEND"].dt - dt.timedelta(days=1) for e in events] == timetable.steps["due"].tolist()
    goal = next(e for e, key in zip(events, timetable.steps["key"], strict=True) if key == "goal_setting")
    assert ("目标" in str(goal["SUMMARY"])) == (lang == "zh")


def test_same_input_gives_the_same_bytes_and_moved_dates_keep_their_identity(timetable):
    from icalendar import Calendar

    again = planning_timetable(YEAR)
    assert again.to_ics("zh") == timetable.to_ics("zh")
    moved = planning_timetable(YEAR, dates={"goal_setting": dt.date(2026, 1, 12)})
    uids = [{str(e["UID"]) for e in Calendar.from_ical(t.to_ics("en")).walk("VEVENT")} for t in (timetable, moved)]
    assert uids[0] == uids[1]
    assert moved.to_ics("en") != timetable.to_ics("en")


def test_words_and_roles_come_in_both_languages(timetable):
    zh, en = timetable.to_frame("zh"), timetable.to_frame("en")
    assert zh["owner"].unique().tolist() != en["owner"].unique().tolist()
    for column in ("title", "result", "owner", "cadence"):
        assert not zh[column].map(str.isascii).any(), column
    assert set(timetable.steps["cadence"]) == set(CADENCES)


def test_bad_input_is_named():
    with pytest.raises(InputError, match="12 consecutive months"):
        planning_timetable(YEAR[:6])
    with pytest.raises(InputError, match="goal_seting"):
        planning_timetable(YEAR, dates={"goal_seting": dt.date(2026, 1, 1)})
    with pytest.raises(InputError, match="a day of the year"):
        planning_timetable(YEAR, dates={"pay_out": dt.date(2027, 1, 15)})
    with pytest.raises(InputError, match="cadence == 'day'"):
        planning_timetable(YEAR).to_frame("en", cadence="day")
