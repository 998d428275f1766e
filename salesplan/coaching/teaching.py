"""From gaps to who is taught what: whose gaps a course can close, and what the plan is made from."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.course_plan import CoursePlanner
from salesplan.coaching.parameters import CoachingParameters
from salesplan.coaching.plan_cautions import people_doing_well
from salesplan.coaching.plannable_courses import plannable_courses
from salesplan.coaching.verdicts import TRAINING, VERDICT_WORDS
from salesplan.text import mark

LEAST_GAP = 0.1
"""Levels below which a gap is not worth a seat."""
BOOKED = ("done", "in_progress", "planned")
TRAINING_FIRST = 3.0
"""How many times the plan counts a gap, when it chooses, of somebody whose low result lacks just that: knowledge or skill."""

PREFERRED = mark(
    "When the plan chooses, gaps of the {n} people whose low result goes back to skill or knowledge count {times_factor} times:"
    " training is the answer there. The need and every share of it count them once, like everybody's."
)
NOT_IN_NEED = mark(
    "The need planned for, of which shares are given, leaves out gaps below {least_value} of a level and {n_apart}"
    " {n_apart:person|people} whose result no course mends ({verdicts})."
)
SMALL_NOT_IN_NEED = mark("The need planned for, of which shares are given, leaves out gaps below {least_value} of a level.")


def teachable_gaps(persons: pd.DataFrame, *, people: Collection[str], first: Collection[str] = ()) -> pd.DataFrame:
    """Gaps that a course plan should close.

    Parameters
    ----------
    persons
        ``SkillGaps.persons``: seller_id, skill, required_level, level, importance, frequency, status, p_below.
    people
        Whom to plan for.
    first
        People whose result is low for lack of skill or knowledge: their gaps have a priority of `TRAINING_FIRST`.

    Returns
    -------
    DataFrame: ``seller_id, skill, gap, weight`` (importance x frequency x probability that there is a gap at all),
    ``priority`` (how many times the plan counts it when it chooses), ``level``.
    """
    rows = persons[persons["seller_id"].isin(list(people)) & persons["status"].isin(["below", "cannot tell"])]
    gap = rows["required_level"] - rows["level"]
    urgent = np.where(rows["seller_id"].isin(list(first)), TRAINING_FIRST, 1.0)
    weight = (rows["importance"] * rows["frequency"] * rows["p_below"].fillna(1.0)).round(1)
    rows = rows.assign(gap=gap, weight=weight, priority=urgent)[gap >= LEAST_GAP]
    return rows[["seller_id", "skill", "gap", "weight", "priority", "level"]].reset_index(drop=True)


def planner_of(
    data: Any, persons: pd.DataFrame, verdicts: pd.Series, parameters: CoachingParameters, *, shown: Collection[str]
) -> CoursePlanner:
    """The course planner of the people a reader may see, without those whose trouble no course mends.

    Parameters
    ----------
    data
        ``courses, course_skills, training``.
    persons
        ``SkillGaps.persons``.
    verdicts
        seller_id -> verdict of the diagnosis.
    parameters
        Hours and courses a person, verdicts to leave out.
    """
    apart = set(verdicts.index[verdicts.isin(parameters.leave_out)])
    needs = teachable_gaps(persons, people=set(shown) - apart, first=set(verdicts.index[verdicts.isin(TRAINING)]))
    offered = set(data.courses["course"])
    taken = data.training[data.training["status"].isin(BOOKED) & data.training["course"].isin(offered)
                          & data.training["seller_id"].isin(list(shown))]
    courses, unplanned = plannable_courses(data.courses)
    return CoursePlanner(
        needs, courses, data.course_skills, hours_per_person=parameters.hours_per_person,
        max_courses_per_person=parameters.courses_per_person,
        taken=taken[["seller_id", "course"]].drop_duplicates().reset_index(drop=True),
        notes=_notes(needs, verdicts[verdicts.index.isin(list(shown))], parameters) + unplanned,
        remarks=lambda plan: people_doing_well(plan, verdicts))


def _notes(needs: pd.DataFrame, verdicts: pd.Series, parameters: CoachingParameters) -> list[dict[str, Any]]:
    """Who is preferred, and what is in no share."""
    preferred = needs.loc[needs["priority"].ne(1), "seller_id"].nunique()
    told = [{"msgid": PREFERRED, "details": {"n": preferred, "times_factor": TRAINING_FIRST}}] if preferred else []
    apart = verdicts[verdicts.isin(parameters.leave_out)]
    if apart.empty:
        return [*told, {"msgid": SMALL_NOT_IN_NEED, "details": {"least_value": LEAST_GAP}}]
    words = [{"msgid": VERDICT_WORDS[one], "details": {}} for one in parameters.leave_out if apart.eq(one).any()]
    return [*told, {"msgid": NOT_IN_NEED, "details": {"least_value": LEAST_GAP, "n_apart": len(apart), "verdicts": words}}]
