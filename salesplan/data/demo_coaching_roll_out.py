"""Courses of the demo company whose effect is known: one that works, one that does not, one for those who sold least."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.calendars.working_days import monthly_working_days, working_days
from salesplan.data.demo_coaching_catalogue import COURSES
from salesplan.data.demo_coaching_causes import Causes
from salesplan.data.demo_conduct import Process
from salesplan.data.demo_people import Staff
from salesplan.data.demo_process import COUNT_NOISE
from salesplan.data.demo_sales import Sales

WORKING_COURSE, PLACEBO_COURSE, RESCUE_COURSE = "T09", "T10", "T14"
TAUGHT_SKILL, LEVEL_GAIN, UP_TO_LEVEL = "S05", 0.5, 4.5
CALLS_GAIN = 3.0
"""Calls a month of average length that somebody makes more after the course that works."""
MONTHS_AFTER = 5
"""Months of the data that lie after the courses."""
ABSENT = 2
RESCUED = 16
_DAYS = {WORKING_COURSE: 9, PLACEBO_COURSE: 20, RESCUE_COURSE: 15}


@dataclass(frozen=True, kw_only=True, eq=False)
class RollOut:
    """Who took which course when, and the calls that came of it.

    ``month`` is the month of the courses as a number (0 is the first month). ``trained`` and ``waiting`` hold rows of
    people by course: drawn by lot within each team, but for the rescue course, which went to those who had sold least
    in the three months before (nobody waits for it). ``absent`` were to come to the course that works and did not.
    ``records`` holds ``person, course, name, started, completed, status``, ``calls`` the extra calls: ``person, date,
    seconds``.
    """

    month: int
    trained: dict[str, np.ndarray]
    waiting: dict[str, np.ndarray]
    absent: np.ndarray
    records: pd.DataFrame
    calls: pd.DataFrame


def make_roll_out(
    staff: Staff, sales: Sales, process: Process, causes: Causes, span: pd.PeriodIndex, *, rng: np.random.Generator
) -> RollOut:
    """Draw who is taught first and who waits, among full-time sellers without a planted habit or cause."""
    month = len(span) - 1 - MONTHS_AFTER
    last = staff.occupant[:, -1]
    apart = np.concatenate([process.gaming.one_second_calls, process.gaming.last_day_spike, causes.everybody])
    eligible = np.setdiff1d(process.full_time, apart)
    team = {int(person): int(staff.seat_team[seat]) for seat, person in enumerate(last) if person >= 0}
    trained, waiting = {}, {}
    for course in (WORKING_COURSE, PLACEBO_COURSE):
        trained[course], waiting[course] = _by_lot(eligible, team, rng)
    absent = np.sort(rng.choice(trained[WORKING_COURSE], ABSENT, replace=False))
    trained[WORKING_COURSE] = np.setdiff1d(trained[WORKING_COURSE], absent)
    trained[RESCUE_COURSE] = _lowest(sales, span, eligible, month)
    waiting[RESCUE_COURSE] = np.array([], int)
    records = _records(span, month, trained, waiting, absent)
    return RollOut(month=month, trained=trained, waiting=waiting, absent=absent, records=records,
                   calls=_calls(trained[WORKING_COURSE], span[month + 1:], rng))


def _by_lot(people: np.ndarray, team: dict[int, int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Half of each team by lot; teams of odd size give one more to either side in turn."""
    first: list[int] = []
    extra = 0
    for own in sorted(set(team.values())):
        members = rng.permutation([p for p in people if team[int(p)] == own])
        half = (len(members) + extra) // 2
        extra = (extra + len(members)) % 2
        first += [int(p) for p in members[:half]]
    chosen = np.sort(np.array(first, int))
    return chosen, np.setdiff1d(people, chosen)


def _lowest(sales: Sales, span: pd.PeriodIndex, eligible: np.ndarray, month: int) -> np.ndarray:
    """Those who sold least in the three months before, some of them by bad luck."""
    orders = sales.orders[sales.orders["kind"].isin(["sale", "return"]) & ~sales.orders["is_house"]]
    when = pd.PeriodIndex(orders["order_date"], freq="M")
    sold = orders[(when >= span[month - 3]) & (when < span[month])].groupby("person")["amount_fen"].sum()
    sold = sold.reindex(eligible, fill_value=0)
    return np.sort(sold.sort_values(kind="stable").index.to_numpy(int)[:RESCUED])


def _records(
    span: pd.PeriodIndex, month: int, trained: dict[str, np.ndarray], waiting: dict[str, np.ndarray],
    absent: np.ndarray,
) -> pd.DataFrame:
    names = COURSES.set_index("course_id")["name"]
    rows: list[tuple[object, ...]] = []
    for course, day in _DAYS.items():
        held = span[month].start_time.normalize() + pd.Timedelta(days=day)
        later = (span[-1] + 1).start_time.normalize() + pd.Timedelta(days=day)
        rows += [(p, course, names[course], held, held + pd.Timedelta(days=1), "done") for p in trained[course]]
        rows += [(p, course, names[course], later, pd.NaT, "planned") for p in waiting[course]]
        if course == WORKING_COURSE:
            rows += [(p, course, names[course], held, pd.NaT, "absent") for p in absent]
    frame = pd.DataFrame(rows, columns=["person", "course", "name", "started", "completed", "status"])
    return frame.sort_values(["course", "started", "person"], kind="stable", ignore_index=True)


def _calls(people: np.ndarray, months: pd.PeriodIndex, rng: np.random.Generator) -> pd.DataFrame:
    """More calls to people on no list, in each month after the course, on working days."""
    days = working_days(months[0].start_time, months[-1].end_time.normalize())
    days = days.loc[days["is_workday"], "date"]
    load = monthly_working_days(months)["working_days"].to_numpy(float)
    mean = CALLS_GAIN * load / load.mean()
    drawn = np.round(rng.normal(mean, np.sqrt(COUNT_NOISE * mean), (len(people), len(months))))
    count: np.ndarray = np.maximum(drawn, 0).astype(int)
    parts = []
    for at, month in enumerate(months):
        own = days[days.dt.to_period("M") == month].to_numpy("datetime64[s]")
        person = np.repeat(people, count[:, at])
        parts.append(pd.DataFrame({"person": person, "date": rng.choice(own, len(person))}))
    calls = pd.concat(parts, ignore_index=True)
    calls["seconds"] = np.round(60 * 3.2 * np.exp(rng.normal(0, 0.5, len(calls)))).astype(int)
    return calls.sort_values(["date", "person", "seconds"], kind="stable", ignore_index=True)
