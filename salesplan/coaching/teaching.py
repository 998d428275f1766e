"""From gaps to who is taught what: whose gaps a course can close, and what the plan is made from."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.course_plan import CoursePlanner
from salesplan.coaching.parameters import CoachingParameters
from salesplan.coaching.verdicts import TRAINING

LEAST_GAP = 0.1
"""Levels below which a gap is not worth a seat."""
BOOKED = ("done", "in_progress", "planned")
TRAINING_FIRST = 3.0
"""How much more a gap counts of somebody whose low result lacks just that: knowledge or skill."""


def teachable_gaps(persons: pd.DataFrame, *, people: Collection[str], first: Collection[str] = ()) -> pd.DataFrame:
    """Gaps that a course plan should close.

    Parameters
    ----------
    persons
        ``SkillGaps.persons``: seller_id, skill, required_level, level, importance, frequency, status, p_below.
    people
        Whom to plan for.
    first
        People whose result is low for lack of skill or knowledge: their gaps count `TRAINING_FIRST` times.

    Returns
    -------
    DataFrame: ``seller_id, skill, gap, weight`` (importance x frequency x probability that there is a gap at all),
    ``level``.
    """
    rows = persons[persons["seller_id"].isin(list(people)) & persons["status"].isin(["below", "cannot tell"])]
    gap = rows["required_level"] - rows["level"]
    urgent = np.where(rows["seller_id"].isin(list(first)), TRAINING_FIRST, 1.0)
    weight = (rows["importance"] * rows["frequency"] * rows["p_below"].fillna(1.0) * urgent).round(1)
    rows = rows.assign(gap=gap, weight=weight)[gap >= LEAST_GAP]
    return rows[["seller_id", "skill", "gap", "weight", "level"]].reset_index(drop=True)


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
    return CoursePlanner(
        needs, data.courses, data.course_skills, hours_per_person=parameters.hours_per_person,
        max_courses_per_person=parameters.courses_per_person,
        taken=taken[["seller_id", "course"]].drop_duplicates().reset_index(drop=True))
