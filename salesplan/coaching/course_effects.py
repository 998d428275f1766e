"""Which course can be judged, by which figure, and what came of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.effect_material import EffectMaterial, effect_material
from salesplan.coaching.parameters import PARAMETERS, CoachingParameters
from salesplan.coaching.power import PowerTable, power_table
from salesplan.coaching.results import ATTAINMENT, kpi_values
from salesplan.coaching.training_effect import TrainingEffect, training_effect
from salesplan.errors import InputError, Sentence, known_choices
from salesplan.text import mark

LEAST_TRAINED = 5
LEAST_COMPARED = 10
ROLL_OUT_SIZES = (10, 20, 40, 80)
"""People trained, as many waiting beside them."""

CHOSEN = mark(
    "Courses that could be judged: {n}. This one was chosen for its waiting list and the number of people trained, not for its"
    " result."
)
NAMED = mark("Courses that could be judged: {n}. This one was asked for by name.")
LUCK = mark(
    "Of {n_courses} courses without any effect about one looks clear by chance alone: who tries one course after the other"
    " until one works has found luck."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseEffect:
    """One course judged by one KPI.

    Attributes
    ----------
    course, name, kpi
        What was judged, by which figure.
    material
        Who is compared with whom.
    effect
        The verdict; nothing where there is no comparison.
    """

    course: str
    name: str
    kpi: str
    material: EffectMaterial
    effect: TrainingEffect | None


def courses_to_judge(data: Any) -> pd.DataFrame:
    """Courses enough people have completed on a known day, those with the longest waiting list first.

    Returns
    -------
    DataFrame: ``course, name, n_done, n_waiting, kpi`` (the one its skills are meant to move; attainment else).
    """
    records = data.training
    names = records.dropna(subset=["course_name"]).drop_duplicates("course").set_index("course")["course_name"]
    dated = records[["started_date", "completed_date"]].notna().any(axis=1)
    done = records[records["status"].eq("done") & dated].groupby("course")["seller_id"].nunique()
    waiting = records[records["status"].eq("planned")].groupby("course")["seller_id"].nunique()
    table = pd.DataFrame({"n_done": done, "n_waiting": waiting.reindex(done.index).fillna(0).astype(int)})
    table = table[table["n_done"] >= LEAST_TRAINED].sort_values(["n_waiting", "n_done"], ascending=False, kind="stable")
    table = table.rename_axis("course").reset_index()
    table.insert(1, "name", table["course"].map(names).fillna(table["course"]))
    return table.assign(kpi=[kpi_of_course(data, course) for course in table["course"]])


def kpi_of_course(data: Any, course: str) -> str:
    """KPI that the skills of a course are meant to move and somebody has figures of; attainment where there is none."""
    taught = data.course_skills[data.course_skills["course"].eq(course)].sort_values("gain", ascending=False, kind="stable")
    meant = data.skills.set_index("skill")["kpi"]
    measured = set(data.history["kpi"])
    for skill in taught["skill"]:
        kpi = meant.get(skill)
        if isinstance(kpi, str) and kpi in measured:
            return kpi
    return ATTAINMENT


def course_called(data: Any, said: str) -> str:
    """The id of the one course of that name, in either language; what was said where there is none or more."""
    courses = getattr(data, "courses", None)
    if courses is None:
        return said
    named = [courses[column].astype(str).str.strip().eq(said) for column in ("name", "name_en") if column in courses]
    found = courses.loc[pd.concat(named, axis=1).any(axis=1), "course"].unique() if named else []
    return str(found[0]) if len(found) == 1 else said


def judge_course(
    data: Any, people: pd.DataFrame, parameters: CoachingParameters, *, lower_is_better: Collection[str] = ()
) -> CourseEffect | None:
    """Judge the course that was named, or the one with most people to compare; never the one with the best result.

    Parameters
    ----------
    lower_is_better
        KPIs that should fall.

    Returns
    -------
    CourseEffect, or nothing where no course was completed by enough people.

    Raises
    ------
    InputError
        The course that was named has no such record, or nobody has figures of the KPI.
    """
    table = courses_to_judge(data)
    course = parameters.effect_course
    if course and course not in set(table["course"]):
        course = course_called(data, course)
    if course and course not in set(table["course"]):
        raise InputError(
            Sentence("effect_course == {given}, must be a course {n} people or more have completed on a known day",
                     given=repr(parameters.effect_course), n=LEAST_TRAINED),
            where=PARAMETERS, fix=known_choices(parameters.effect_course, sorted({*table["course"], *table["name"]})))
    if table.empty:
        return None
    row = table.set_index("course").loc[course or table["course"].iloc[0]]
    kpi = parameters.effect_kpi or str(row["kpi"])
    material = effect_material(
        data.training, kpi_values(data, kpi), people, course=str(row.name), months_before=parameters.effect_months,
        months_after=parameters.effect_months, randomised=parameters.randomised)
    effect = None
    if material.can_compare:
        effect = training_effect(material.frame, randomised=material.randomised, lower_is_better=kpi in lower_is_better,
                                 seed=parameters.seed)
        chosen = {"msgid": NAMED if course else CHOSEN, "details": {"n": len(table)}}
        luck = {"msgid": LUCK, "details": {"n_courses": round(1 / (1 - effect.coverage))}}
        effect = replace(effect, notes=(*effect.notes, chosen, luck))
    return CourseEffect(course=str(row.name), name=str(row["name"]), kpi=kpi, material=material, effect=effect)


def spread_of(judged: CourseEffect) -> dict[str, float | None] | None:
    """Spread, mean and before-after correlation of the figure among people who were not trained.

    Nothing with fewer than `LEAST_COMPARED` of them; no mean where it is not positive.
    """
    frame = judged.material.frame
    others = frame[frame["trained"].eq(0)].dropna(subset=["pre", "post"])
    if len(others) < LEAST_COMPARED or not others["post"].std() > 0 or not others["pre"].std() > 0:
        return None
    mean = float(others["post"].mean())
    return {"sd": float(others["post"].std()), "mean": mean if mean > 0 else None,
            "correlation": float(np.clip(np.corrcoef(others["pre"], others["post"])[0, 1], 0.0, 0.95))}


def roll_out_power(judged: CourseEffect) -> PowerTable | None:
    """What could be seen by the same figure with more or fewer people, if the order of training were drawn by lot.

    Spread and correlation of before and after are those of the people who were not trained; persons count, not teams.

    Returns
    -------
    PowerTable, or nothing with fewer than `LEAST_COMPARED` people to take the spread from.
    """
    spread = spread_of(judged)
    return None if spread is None else power_table(ROLL_OUT_SIZES, **spread)  # type: ignore[arg-type]
