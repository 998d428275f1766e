"""What courses are on offer, checked: hours, money, seats, what they teach, and in which order they build on one another."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, Sentence, known_choices


def check_courses(courses: pd.DataFrame) -> pd.DataFrame:
    """Courses with every column a plan needs, defaults filled in, each row checked.

    Parameters
    ----------
    courses
        ``course`` (id) and ``hours`` a person; optional ``name``, ``cost`` of a seat, ``fixed_cost`` of a run (0), ``seats``
        of a run (none: no limit), ``max_runs`` (none), ``exclusive_group`` (a person takes at most one of a group),
        ``prerequisites`` (course ids), ``is_offered`` (yes).

    Raises
    ------
    InputError
        A missing column, a course named twice, hours, money or seats that are missing or negative, a prerequisite
        that is no course, or courses that need each other in a circle; the message names the course.

    Examples
    --------
    >>> table = pd.DataFrame({"course": ["basics", "expert"], "hours": [8, 16], "prerequisites": [(), ("basics",)]})
    >>> check_courses(table)[["course", "cost", "prerequisites"]].values.tolist()
    [['basics', 0.0, ()], ['expert', 0.0, ('basics',)]]
    """
    for column in ("course", "hours"):
        if column not in courses:
            raise InputError(f"courses lack column {column!r}, must have course and hours", where="courses")
    table = courses.reset_index(drop=True).copy()
    table["course"] = table["course"].astype(str)
    twice = table.loc[table["course"].duplicated(), "course"]
    if len(twice):
        raise InputError(f"course == {twice.iloc[0]!r}, must stand once", where="courses", fix="Merge the rows.")
    for column, default in (("cost", 0.0), ("fixed_cost", 0.0)):
        table[column] = _numbers(table, column, default=default)
    table["hours"] = _numbers(table, "hours", default=None)
    table["seats"] = _numbers(table, "seats", default=np.inf)
    table["max_runs"] = _numbers(table, "max_runs", default=np.nan)
    if "name" not in table:
        table["name"] = table["course"]
    group = table["exclusive_group"] if "exclusive_group" in table else pd.Series("", table.index)
    table["exclusive_group"] = group.fillna("").astype(str)
    needs = table["prerequisites"] if "prerequisites" in table else pd.Series([()] * len(table), table.index)
    table["prerequisites"] = [_ids(value) for value in needs]
    offered = table["is_offered"] if "is_offered" in table else pd.Series(True, table.index)
    table["is_offered"] = offered.astype("boolean").fillna(True).astype(bool)
    known = set(table["course"])
    for course, prerequisites in zip(table["course"], table["prerequisites"], strict=True):
        for needed in prerequisites:
            if needed not in known:
                raise InputError(f"prerequisite == {needed!r}, must be a course; {known_choices(needed, known)}",
                                 where=f"course {course}, column prerequisites")
    course_order(table)
    return table


def course_order(courses: pd.DataFrame) -> list[str]:
    """Courses so that each stands after its prerequisites, else in the order given.

    Raises
    ------
    InputError
        Courses that need each other in a circle; the circle is named.

    Examples
    --------
    >>> course_order(pd.DataFrame({"course": ["B", "A"], "prerequisites": [("A",), ()]}))
    ['A', 'B']
    >>> course_order(pd.DataFrame({"course": ["A", "B"], "prerequisites": [("B",), ("A",)]}))
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: prerequisites run in a circle: A → B → A. Where: courses, column prerequisites. Fix: ...
    """
    needs: dict[str, Sequence[str]] = dict(zip(courses["course"], courses["prerequisites"], strict=True))
    placed: dict[str, None] = {}
    for course in needs:
        _place(course, needs, placed, [])
    return list(placed)


def _place(course: str, needs: dict[str, Sequence[str]], placed: dict[str, None], path: list[str]) -> None:
    if course in placed or course not in needs:
        return
    if course in path:
        circle = " → ".join([*path[path.index(course) :], course])
        raise InputError(Sentence("prerequisites run in a circle: {path}", path=circle),
                         where=Sentence("courses, column prerequisites"), fix=Sentence("Take one of these prerequisites out."))
    for needed in needs[course]:
        _place(needed, needs, placed, [*path, course])
    placed[course] = None


def check_course_skills(course_skills: pd.DataFrame, courses: pd.DataFrame, *, skills: Sequence[str] | None = None) -> pd.DataFrame:
    """What courses teach: course, skill, gain, up_to_level (infinite where a course names no limit).

    Parameters
    ----------
    courses
        From `check_courses`.
    skills
        Known skills; without them any name is one.

    Raises
    ------
    InputError
        An unknown course or skill, a pair named twice, a gain that is missing or negative; the row is named.

    Examples
    --------
    >>> courses = check_courses(pd.DataFrame({"course": ["basics"], "hours": [8]}))
    >>> check_course_skills(pd.DataFrame({"course": ["basic"], "skill": ["ask"], "gain": [1]}), courses)
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: course == 'basic', must be a course; did you mean 'basics'? ...
    """
    for column in ("course", "skill", "gain"):
        if column not in course_skills:
            raise InputError(f"course_skills lack column {column!r}, must have course, skill and gain", where="course_skills")
    table = course_skills.reset_index(drop=True).copy()
    table[["course", "skill"]] = table[["course", "skill"]].astype(str)
    known = set(courses["course"])
    allowed = None if skills is None else set(map(str, skills))
    for course, skill in zip(table["course"], table["skill"], strict=True):
        where = f"course_skills, course {course}, skill {skill}"
        if course not in known:
            raise InputError(f"course == {course!r}, must be a course; {known_choices(course, known)}", where=where)
        if allowed is not None and skill not in allowed:
            raise InputError(f"skill == {skill!r}, must be a skill; {known_choices(skill, allowed)}", where=where)
    twice = table[table.duplicated(["course", "skill"])]
    if len(twice):
        raise InputError("course and skill stand twice, must stand once",
                         where=f"course_skills, course {twice['course'].iloc[0]}, skill {twice['skill'].iloc[0]}")
    table["gain"] = _numbers(table, "gain", default=None, of="course_skills")
    table["up_to_level"] = _numbers(table, "up_to_level", default=np.inf, of="course_skills", least=-np.inf)
    return table[["course", "skill", "gain", "up_to_level"]]


def _ids(value: Any) -> tuple[str, ...]:
    if value is None or (not isinstance(value, (list, tuple, set, np.ndarray, str)) and pd.isna(value)):
        return ()
    if isinstance(value, str):
        for mark in ("，", "、", ",", "；"):
            value = value.replace(mark, ";")
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return tuple(map(str, value))


def _numbers(table: pd.DataFrame, column: str, *, default: float | None, of: str = "courses", least: float = 0.0) -> pd.Series:
    """A column of numbers; a missing one is the default, or an error when there is none."""
    if column not in table:
        return pd.Series(default, table.index, dtype=float)
    values = pd.to_numeric(table[column], errors="coerce").astype(float)
    unread = values.isna() & table[column].notna()
    bad = unread | (values < least) | (values.isna() if default is None else False)
    if default is None or np.isfinite(default):
        bad = bad | np.isinf(values)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        label = f"course {table['course'].iloc[at]}" + (f", skill {table['skill'].iloc[at]}" if "skill" in table else "")
        rule = "a number" if least < 0 else "a number of at least 0"
        told = "is missing" if pd.isna(table[column].iloc[at]) else f"== {table[column].iloc[at]}"
        raise InputError(f"{column} {told}, must be {rule}", where=f"{of}, {label}, column {column}")
    return values if default is None else values.fillna(default)
