"""The next course drawn by lot: who of the plan begins, who waits for the second wave, and what that can show."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.course_effects import CourseEffect, spread_of
from salesplan.coaching.course_plan import CoursePlan
from salesplan.coaching.parameters import CoachingParameters
from salesplan.coaching.power import people_needed, smallest_effect
from salesplan.coaching.roll_out import RollOut, roll_out
from salesplan.errors import InputError
from salesplan.text import mark

LEAST_DRAWN = 10
"""People of one course below whom a waiting list shows nothing."""
WANTED = 0.10
"""Effect for which the number of people is told: a tenth of the figure."""
PROPOSAL = mark(
    "The waiting list is a proposal: the plan sends everybody in one go, and the dates of the plan and of people's sheets hold"
    " until the waves are chosen."
)
MORE_RUNS = mark("Waves need {n} {n:run|runs} more than the plan has, which cost {extra_money} more than the plan.")
LATER_WAVE = mark(
    "The dates are those of the plan. If {course} is rolled out in waves drawn by lot, as proposed, this person's wave begins in"
    " {start_month}."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class NextRollOut:
    """A waiting list for one course of the plan.

    ``smallest_share``: smallest effect, relative, seen with a probability of 0.8 by ``kpi`` with these people (missing
    where no course was judged yet); ``n_wanted``: people each wave would need to see `WANTED` (missing beyond reason).
    ``notes``: that the plan's dates hold, and what waves cost more than the plan.
    """

    course: str
    drawn: RollOut
    kpi: str
    smallest_share: float
    n_wanted: float
    notes: tuple[dict[str, Any], ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row a person: course, wave and month of the start."""
        return self.drawn.to_frame().assign(course=self.course)

    def later(self) -> pd.Series:
        """seller_id -> month in which the wave begins, of everybody who would have to wait."""
        table = self.drawn.assignment
        return table[table["wave"] > 1].set_index("seller_id")["start_month"]


def next_roll_out(
    plan: CoursePlan, people: pd.DataFrame, parameters: CoachingParameters, *, period_end: pd.Timestamp,
    outcome: pd.Series | None = None, judged: CourseEffect | None = None, courses: pd.DataFrame | None = None,
) -> NextRollOut | None:
    """Draw who of the plan's largest course begins next month and who waits.

    Parameters
    ----------
    plan
        Who goes where; the course asked for by ``effect_course`` is drawn if it has enough people, else the largest.
    people
        seller_id, team, tier.
    outcome
        seller_id -> earlier result: people alike in it are spread over the waves.
    judged
        The course judged last: its figure's spread tells what the waves can show.
    courses
        course, seats of a run, fixed_cost of a run: tells what waves cost more than the plan.

    Returns
    -------
    NextRollOut, or nothing where no course has `LEAST_DRAWN` people.

    Notes
    -----
    Two waves, drawn inside teams and tiers with ``parameters.seed``; the second begins when the months after the course
    have been measured.
    """
    size = plan.assignments.groupby("course")["seller_id"].nunique().sort_index().sort_values(ascending=False, kind="stable")
    size = size[size >= LEAST_DRAWN]
    if size.empty:
        return None
    course = parameters.effect_course if parameters.effect_course in size.index else str(size.index[0])
    going = plan.assignments.loc[plan.assignments["course"].eq(course), "seller_id"]
    table = people.loc[people["seller_id"].isin(going), ["seller_id", "team", "tier"]].fillna({"team": "", "tier": ""})
    if outcome is not None:
        known = table["seller_id"].map(outcome)
        table = table.assign(outcome=known.fillna(known.median())) if known.notna().any() else table
    drawn = roll_out(table, start=pd.Period(period_end, "M") + 1, months_between=parameters.effect_months + 1, strata=("tier",),
                     alike="outcome" if "outcome" in table else None, seed=parameters.seed)
    return NextRollOut(course=course, drawn=drawn, kpi="" if judged is None else judged.kpi, notes=_notes(course, drawn, courses),
                       **_reach(judged, drawn))


def _notes(course: str, drawn: RollOut, courses: pd.DataFrame | None) -> tuple[dict[str, Any], ...]:
    """That this is a proposal, and the runs that waves need beyond those for everybody at once."""
    told: dict[str, Any] = {"msgid": PROPOSAL, "details": {}}
    own = None if courses is None else courses[courses["course"].astype(str).eq(course)]
    if own is None or own.empty:
        return (told,)
    seats, fixed = (float(pd.to_numeric(own[name]).iloc[0]) for name in ("seats", "fixed_cost"))
    sizes = drawn.assignment["wave"].value_counts().to_numpy(float)
    room = seats if seats > 0 else np.inf
    more = int(np.ceil(sizes / room).clip(1).sum() - max(np.ceil(sizes.sum() / room), 1))
    extra = more * (0.0 if np.isnan(fixed) else fixed)
    return (told, {"msgid": MORE_RUNS, "details": {"n": more, "extra_money": extra}}) if more and extra > 0 else (told,)


def _reach(judged: CourseEffect | None, drawn: RollOut) -> dict[str, float]:
    spread: dict[str, Any] | None = None if judged is None else spread_of(judged)
    if spread is None or spread["mean"] is None:
        return {"smallest_share": np.nan, "n_wanted": np.nan}
    mean, given = spread["mean"], {"sd": spread["sd"], "correlation": spread["correlation"]}
    trained, waiting = (int((drawn.assignment["wave"] == wave).sum()) for wave in (1, 2))
    smallest = smallest_effect(n_trained=trained, n_comparison=waiting, **given) / mean
    try:
        wanted = float(people_needed(WANTED * mean, **given, most=10_000))
    except InputError:  # more people than any company would train for it
        wanted = np.nan
    return {"smallest_share": float(smallest), "n_wanted": wanted}
