"""Skills, requirements, assessments, courses, goals and mentors as coaching reads them: one scale, ids, no gaps left to guess."""

import re
from collections.abc import Collection
from typing import Any, Final

import numpy as np
import pandas as pd

from salesplan.data.batch import DEFAULT_SCALE
from salesplan.data.kpi_measures import FEWEST_RATERS
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError

Scale = tuple[float, float]
MIDDLE: Final = 3.0
"""Importance and frequency of a requirement that names none."""
ANONYMOUS: Final = ("peer", "customer")
"""Sources of whom nobody learns who assessed."""
_BETWEEN: Final = re.compile(r"[;；,，、/|\n]+")


def check_scale(scale: Scale) -> Scale:
    """The scale of levels as two numbers.

    Raises
    ------
    InputError
        The higher end is not above the lower one.

    Examples
    --------
    >>> check_scale((0, 100))
    (0.0, 100.0)
    """
    low, high = (float(end) for end in scale)
    if not (np.isfinite([low, high]).all() and low < high):
        raise InputError(f"scale == {scale}, must be a lower and a higher level such as (1, 5)")
    return low, high


def to_scale(values: pd.Series, lowest: pd.Series | float, highest: pd.Series | float, scale: Scale) -> pd.Series:
    """Levels brought to one scale in a straight line: the ends of theirs become the ends of it.

    Examples
    --------
    >>> to_scale(pd.Series([80.0, 0.0]), 0.0, 100.0, (1, 5)).tolist()
    [4.2, 1.0]
    """
    low, high = scale
    return low + (values.astype(float) - lowest) / (highest - lowest) * (high - low)


def read_skills(space: Workspace, used: Collection[str] = ()) -> pd.DataFrame:
    """The skills: ``skill, name, name_en, kind, kpi, description``; those only used elsewhere bear their id as a name."""
    listed = plain_table(space, "skill").rename(columns={"skill_id": "skill"})
    more = sorted(set(used) - set(listed["skill"]))
    rows = pd.concat([listed, pd.DataFrame({"skill": more, "name": more})], ignore_index=True)
    rows["name_en"] = rows["name_en"].where(rows["name_en"].fillna("").astype(str) != "", rows["name"])
    rows["kind"] = rows["kind"].fillna("skill")
    return rows[["skill", "name", "name_en", "kind", "kpi", "description"]]


def read_role_profiles(space: Workspace, scale: Scale) -> pd.DataFrame:
    """What tiers need: ``tier, role, skill, required_level, importance, frequency``; an empty role stands for every role.

    ``is_judged`` is False where importance or frequency is not given and stands at the middle of 1 to 5.
    """
    rows = plain_table(space, "role_profile").rename(columns={"skill_id": "skill"})
    rows["required_level"] = to_scale(rows["required_level"], rows["scale_min"], rows["scale_max"], scale)
    rows["role"] = rows["role"].fillna("")
    rows["is_judged"] = rows[["importance", "frequency"]].notna().all(axis=1)
    rows[["importance", "frequency"]] = rows[["importance", "frequency"]].astype(float).fillna(MIDDLE)
    columns = ["tier", "role", "skill", "required_level", "importance", "frequency", "is_judged"]
    return rows[columns].sort_values(columns[:3], ignore_index=True)


def read_assessments(
    space: Workspace, scale: Scale, *, people: Collection[str], until: pd.Timestamp
) -> tuple[pd.DataFrame, int]:
    """Assessments of some people up to a day: ``seller_id, skill, source, assessor_id, assessed_date, round, level``.

    Colleagues were promised that nobody learns what a single one said: what fewer than three of them said of a person's
    skill in a round is left out. The second value is the number of such rows.
    """
    rows = plain_table(space, "skill_assessment").rename(columns={"rep_id": "seller_id", "skill_id": "skill"})
    rows["assessed_date"] = pd.to_datetime(rows["assessed_date"])
    rows = rows[rows["seller_id"].isin(list(people)) & (rows["assessed_date"] <= until)].reset_index(drop=True)
    month = rows["assessed_date"].dt.to_period("M").dt.to_timestamp()
    rows["assessed_date"] = rows["assessed_date"].where(~rows["source"].isin(ANONYMOUS), month)
    rows["level"] = to_scale(rows["score"], rows["scale_min"], rows["scale_max"], scale)
    rows["round"] = rows["round"].fillna("")
    peers = rows["source"].eq("peer")
    counted = rows["assessor_id"].fillna(pd.Series([f"row {n}" for n in rows.index], rows.index, dtype=object))
    heard = counted.groupby([rows[c] for c in ("seller_id", "skill", "source", "round")]).transform("nunique")
    few = peers & (heard < FEWEST_RATERS) if len(rows) else peers
    columns = ["seller_id", "skill", "source", "assessor_id", "assessed_date", "round", "level"]
    kept = rows.loc[~few, columns].sort_values(columns[:-1], na_position="first", ignore_index=True)
    return kept, int(few.sum())


def read_courses(space: Workspace) -> tuple[pd.DataFrame, int]:
    """Courses: ``course, name, name_en, hours, cost, fixed_cost, seats, exclusive_group, prerequisites, delivery, is_offered``.

    ``prerequisites`` are tuples of course ids (a course may be named by id or name); ``seats`` is missing where there
    is no limit. ``cost`` is missing where neither a seat nor a run has one; the second value counts courses with a cost of a run alone.
    """
    rows = plain_table(space, "course").rename(columns={"course_id": "course"})
    rows["prerequisites"] = _prerequisites(rows)
    rows["name_en"] = rows["name_en"].where(rows["name_en"].fillna("").astype(str) != "", rows["name"])
    unsaid = rows[["cost", "fixed_cost"]].isna().all(axis=1)
    only_runs = int((rows["cost"].isna() & ~unsaid).sum())
    for column in ("cost", "fixed_cost"):
        rows[column] = rows[column].astype(float).fillna(0.0)
    rows["cost"] = rows["cost"].where(~unsaid)
    rows["seats"] = rows["seats"].astype(float)
    rows["is_offered"] = rows["is_offered"].astype("boolean").fillna(True).astype(bool)
    return rows[["course", "name", "name_en", "hours", "cost", "fixed_cost", "seats", "exclusive_group", "prerequisites", "delivery",
                 "is_offered"]].sort_values("course", ignore_index=True), only_runs


def courses_before(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Course to the courses asked for before it, from the columns course, name and prerequisites.

    Examples
    --------
    >>> courses_before(pd.DataFrame({"course": ["A", "B"], "name": ["甲", "乙"], "prerequisites": ["乙", "A"]}))
    {'A': ('B',), 'B': ('A',)}
    """
    return dict(zip(rows["course"].astype(str), _prerequisites(rows), strict=True))


def _prerequisites(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    by_word = {**_only_once(rows, "name", "course"), **{str(one): str(one) for one in rows["course"]}}
    return [tuple(dict.fromkeys(by_word.get(word, word) for word in split_ids(text))) for text in rows["prerequisites"]]


def split_ids(text: object) -> list[str]:
    """Ids written in one cell, whatever stands between them.

    Examples
    --------
    >>> split_ids("C01; C02、C03"), split_ids(None)
    (['C01', 'C02', 'C03'], [])
    """
    if text is None or text is pd.NA or (isinstance(text, float) and np.isnan(text)):
        return []
    return [part.strip() for part in _BETWEEN.split(str(text)) if part.strip()]


def read_course_skills(space: Workspace, scale: Scale) -> pd.DataFrame:
    """What courses teach: ``course, skill, gain, up_to_level`` (the top of the scale where nothing is said)."""
    rows = plain_table(space, "course_skill").rename(columns={"course_id": "course", "skill_id": "skill"})
    low, high = DEFAULT_SCALE
    rows["gain"] = rows["gain"].astype(float) * (scale[1] - scale[0]) / (high - low)
    rows["up_to_level"] = to_scale(rows["up_to_level"].astype(float).fillna(high), low, high, scale)
    return rows[["course", "skill", "gain", "up_to_level"]].sort_values(["course", "skill"], ignore_index=True)


def read_training(
    space: Workspace, courses: pd.DataFrame, *, people: Collection[str], until: pd.Timestamp
) -> pd.DataFrame:
    """Courses taken, missed and waited for: ``seller_id, course, course_name, started_date, completed_date, status,
    score, hours, cost``; what starts after the day is kept where it is planned (the waiting list)."""
    rows = plain_table(space, "training_record").rename(columns={"rep_id": "seller_id", "course_id": "course"})
    by_name = _only_once(courses, "name", "course")
    known = set(courses["course"])
    rows["course"] = [one if one in known else by_name.get(str(one), one) for one in rows["course"]]
    for column in ("started_date", "completed_date"):
        rows[column] = pd.to_datetime(rows[column])
    begun = rows["started_date"].fillna(rows["completed_date"])
    later = (begun > until) & rows["status"].ne("planned")
    later |= rows["status"].isin(["done"]) & (rows["completed_date"] > until)
    rows = rows[rows["seller_id"].isin(list(people)) & ~later]
    columns = ["seller_id", "course", "course_name", "started_date", "completed_date", "status", "score", "hours", "cost"]
    return rows[columns].astype({"score": float, "hours": float, "cost": float}).sort_values(
        ["seller_id", "started_date", "course"], ignore_index=True)


def read_goals(space: Workspace, scale: Scale, *, people: Collection[str], until: pd.Timestamp) -> pd.DataFrame:
    """Development goals set up to a day: ``goal_id, seller_id, skill, target_level, set_date, due_date, status, note``."""
    rows = plain_table(space, "development_goal").rename(columns={"rep_id": "seller_id", "skill_id": "skill"})
    for column in ("set_date", "due_date"):
        rows[column] = pd.to_datetime(rows[column])
    rows["target_level"] = to_scale(rows["target_level"].astype(float), *DEFAULT_SCALE, scale)
    rows["status"] = rows["status"].fillna("open")
    kept = rows["seller_id"].isin(list(people)) & ~(rows["set_date"] > until)
    columns = ["goal_id", "seller_id", "skill", "target_level", "set_date", "due_date", "status", "note"]
    return rows.loc[kept, columns].sort_values(["seller_id", "due_date", "skill"], ignore_index=True)


def read_mentors(space: Workspace, *, people: Collection[str]) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Mentors in service (``seller_id, capacity, hours_per_week``), pairs not to match (``mentor_id, mentee_id,
    reason``), and how many mentors name no capacity: those take one person at a time."""
    mentors = plain_table(space, "mentor").rename(columns={"rep_id": "seller_id"})
    mentors = mentors[mentors["seller_id"].isin(list(people))]
    unsaid = int(mentors["capacity"].isna().sum())
    mentors = mentors.assign(capacity=mentors["capacity"].astype(float).fillna(1.0).astype(int),
                             hours_per_week=mentors["hours_per_week"].astype(float))
    pairs = plain_table(space, "cannot_match")[["mentor_id", "mentee_id", "reason"]]
    pairs = pairs[pairs[["mentor_id", "mentee_id"]].isin(list(people)).all(axis=1)]
    return (mentors[["seller_id", "capacity", "hours_per_week"]].sort_values("seller_id", ignore_index=True),
            pairs.sort_values(["mentor_id", "mentee_id"], ignore_index=True), unsaid)


def plain_table(space: Workspace, name: str) -> pd.DataFrame:
    """A canonical table as plain columns: text as objects with ``None``, numbers as floats, days as they are."""
    with space.connect(tables=[name]) as connection:
        rows = connection.sql(f'SELECT * FROM "{name}" ORDER BY ALL').df()
    text: dict[str, Any] = {}
    for column in rows:
        if rows[column].dtype == object or isinstance(rows[column].dtype, pd.StringDtype):
            text[str(column)] = rows[column].astype(object).where(rows[column].notna(), None)
    return rows.assign(**text)


def _only_once(rows: pd.DataFrame, words: str, key: str) -> dict[str, str]:
    """Words that stand for one key alone."""
    named = rows[[words, key]].dropna().drop_duplicates()
    once = ~named[words].duplicated(keep=False)
    return {str(w): str(k) for w, k in zip(named.loc[once, words], named.loc[once, key], strict=True)}
