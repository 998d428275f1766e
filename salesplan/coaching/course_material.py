"""From tables of needs and courses to the arrays a plan is searched in, in whole steps and units."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.course_model import Array, CourseModel, Flags
from salesplan.coaching.courses import check_course_skills, check_courses
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

WEIGHT_STEPS = 100

NO_LEVEL = mark("The needs carry no levels, so how far a course teaches (up_to_level) is left out of account.")
ROUNDED = mark("Gaps and gains count in steps of {step_value} of a level, weights in {n_steps} steps up to the largest.")
NOT_KNOWN = mark("{n} {n:need has|needs have} no gap (not assessed or no profile) and {n:is|are} left out.")


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseMaterial:
    """A model with the names of its rows and columns; one point of the model is ``unit`` weighted levels.

    ``need_weight`` (people x skills) is what a level of need is worth, without what some people are preferred by.
    """

    model: CourseModel
    need_weight: Array
    sellers: pd.Index
    courses: pd.DataFrame
    skills: pd.Index
    step: float
    unit: float
    notes: tuple[dict[str, Any], ...]


def course_material(
    needs: pd.DataFrame,
    courses: pd.DataFrame,
    course_skills: pd.DataFrame,
    *,
    hours_per_person: float | pd.Series,
    max_courses_per_person: int | None,
    max_runs: int,
    taken: pd.DataFrame | None,
    level_step: float | None,
) -> CourseMaterial:
    """Check the tables and bring them into the arrays of a model.

    Raises
    ------
    InputError
        See `plan_courses`.
    """
    table = check_courses(courses)
    teaches = check_course_skills(course_skills, table)
    rows, notes = _check_needs(needs)
    if max_runs < 1:
        raise InputError(f"max_runs == {max_runs}, must be at least 1")
    if max_courses_per_person is not None and max_courses_per_person < 0:
        raise InputError(f"max_courses_per_person == {max_courses_per_person}, must not be negative")
    sellers = pd.Index(rows["seller_id"].unique(), name="seller_id")
    skills = pd.Index(sorted(set(rows["skill"])), name="skill")
    n, m, k = len(sellers), len(table), len(skills)
    step = _level_step(rows["gap"], level_step)
    at, skill = sellers.get_indexer(pd.Index(rows["seller_id"])), skills.get_indexer(pd.Index(rows["skill"]))
    counted = rows["weight"].to_numpy(float) * rows["priority"].to_numpy(float)
    whole, unit = _whole_weights(counted)
    start, gap, weight, need_weight = (np.zeros((n, k)) for _ in range(4))
    level = rows["level"].fillna(0.0).to_numpy(float)
    start[at, skill] = np.rint(level / step)
    gap[at, skill] = np.rint(rows["gap"].to_numpy(float) / step)
    weight[at, skill], need_weight[at, skill] = whole, rows["weight"].to_numpy(float)
    place = pd.Index(table["course"])
    gain, ceiling = np.zeros((m, k)), np.full((m, k), np.inf)
    teaches = teaches[teaches["skill"].isin(skills)]
    pair = place.get_indexer(pd.Index(teaches["course"])), skills.get_indexer(pd.Index(teaches["skill"]))
    gain[pair] = np.rint(teaches["gain"] / step)
    if rows["level"].notna().all():
        ceiling[pair] = np.floor(teaches["up_to_level"] / step + 1e-9)
    else:
        notes.append({"msgid": NO_LEVEL, "details": {}})
    exact = np.allclose(rows["gap"] / step, np.rint(rows["gap"] / step), atol=1e-6) and np.allclose(whole * unit, counted)
    if not exact:
        notes.append({"msgid": ROUNDED, "details": {"step_value": step, "n_steps": WEIGHT_STEPS}})
    met = _met(taken, sellers, place)
    excluded = _excluded(table)
    allowed = ~met & table["is_offered"].to_numpy(bool)[None, :]
    for course, others in enumerate(excluded):
        allowed[:, course] &= ~met[:, list(others)].any(axis=1)
    prerequisites = tuple(tuple(place.get_indexer(pd.Index(list(ids)))) if ids else () for ids in table["prerequisites"])
    runs = table["max_runs"].fillna(max_runs).to_numpy(float)
    runs = np.where(np.isfinite(table["seats"]), runs, np.minimum(runs, 1))
    model = CourseModel(
        start=start, required=start + gap, weight=weight, gain=gain, ceiling=ceiling, hours=table["hours"].to_numpy(float),
        cost=table["cost"].to_numpy(float), fixed=table["fixed_cost"].to_numpy(float), seats=np.floor(table["seats"].to_numpy(float)),
        runs=runs, prerequisites=prerequisites, excluded=excluded, allowed=allowed & _reachable(allowed, met, prerequisites),
        met=met, capacity=_hours(hours_per_person, sellers), budget=0.0,
        most_courses=m if max_courses_per_person is None else max_courses_per_person)  # fmt: skip
    return CourseMaterial(model=model, need_weight=need_weight, sellers=sellers, courses=table, skills=skills, step=step,
                          unit=unit * step, notes=tuple(notes))


def payable(budget: float, model: CourseModel) -> float:
    """The budget down to a sum that costs can add up to (their common divisor); sharpens the bound, forbids nothing."""
    fen = np.rint(np.r_[model.cost, model.fixed] * 100).astype(np.int64)
    if not np.allclose(fen / 100, np.r_[model.cost, model.fixed], atol=1e-6, rtol=0):
        return budget
    divisor = int(np.gcd.reduce(fen)) if len(fen) else 0
    return budget if divisor == 0 else np.floor((budget * 100 + 1e-6) / divisor) * divisor / 100


def _check_needs(needs: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    for column in ("seller_id", "skill", "gap"):
        if column not in needs:
            raise InputError(f"needs lack column {column!r}, must have seller_id, skill and gap", where="needs")
    rows = needs.reset_index(drop=True)
    rows = pd.DataFrame({
        "seller_id": rows["seller_id"], "skill": rows["skill"].astype(str), "gap": rows["gap"].astype(float),
        "weight": rows["weight"].astype(float) if "weight" in rows else 1.0,
        "priority": rows["priority"].astype(float) if "priority" in rows else 1.0,
        "level": rows["level"].astype(float) if "level" in rows else np.nan,
    })  # fmt: skip
    twice = rows[rows.duplicated(["seller_id", "skill"])]
    if len(twice):
        raise InputError("seller and skill stand twice, must stand once",
                         where=f"needs, seller {twice['seller_id'].iloc[0]}, skill {twice['skill'].iloc[0]}")
    for column in ("gap", "weight", "priority"):
        bad = rows[(rows[column] < 0) | np.isinf(rows[column]) | (rows[column].isna() & (column != "gap"))]
        if len(bad):
            first = bad.iloc[0]
            raise InputError(f"{column} == {first[column]:g}, must be a number of at least 0",
                             where=f"needs, seller {first['seller_id']}, skill {first['skill']}, column {column}")
    unknown = int(rows["gap"].isna().sum())
    notes: list[dict[str, Any]] = [{"msgid": NOT_KNOWN, "details": {"n": unknown}}] if unknown else []
    return rows[rows["gap"].notna()], notes


def _level_step(gaps: pd.Series, step: float | None) -> float:
    if step is not None:
        if not 0 < step < np.inf:
            raise InputError(f"level_step == {step:g}, must be a number above 0")
        return float(step)
    widest = float(gaps.max()) if len(gaps) else 1.0
    return 0.05 if widest <= 8 else float(10 ** np.floor(np.log10(widest / 50)))


def _whole_weights(weights: Array) -> tuple[Array, float]:
    """Weights as whole numbers and what one of them is worth; no weight above nought is lost."""
    top = float(weights.max(initial=0.0))
    if top == 0 or (np.allclose(weights, np.rint(weights), atol=1e-9) and top <= 10 * WEIGHT_STEPS):
        return np.rint(weights), 1.0
    unit = top / WEIGHT_STEPS
    return np.where(weights > 0, np.maximum(1.0, np.rint(weights / unit)), 0.0), unit


def _hours(hours: float | pd.Series, sellers: pd.Index) -> Array:
    if isinstance(hours, pd.Series):
        missing = sellers.difference(hours.dropna().index)
        if len(missing):
            raise InputError("hours_per_person names no hours, must name them for everybody", where=f"seller {missing[0]}")
        capacity = hours.reindex(sellers).to_numpy(float)
    else:
        capacity = np.full(len(sellers), float(hours))
    if np.isnan(capacity).any() or (capacity < 0).any():
        raise InputError(f"hours_per_person == {np.nanmin(capacity):g}, must not be negative or missing")
    return capacity


def _met(taken: pd.DataFrame | None, sellers: pd.Index, courses: pd.Index) -> Flags:
    met = np.zeros((len(sellers), len(courses)), bool)
    if taken is None:
        return met
    for column in ("seller_id", "course"):
        if column not in taken:
            raise InputError(f"taken lacks column {column!r}, must have seller_id and course", where="taken")
    named = pd.Index(taken["course"].astype(str))
    unknown = named.difference(courses)
    if len(unknown):
        raise InputError(f"course == {unknown[0]!r}, must be a course; {known_choices(unknown[0], list(courses))}", where="taken")
    row, place = sellers.get_indexer(pd.Index(taken["seller_id"])), courses.get_indexer(named)
    met[row[row >= 0], place[row >= 0]] = True
    return met


def _excluded(courses: pd.DataFrame) -> tuple[tuple[int, ...], ...]:
    groups = courses["exclusive_group"].to_numpy()
    return tuple(
        tuple(int(o) for o in np.flatnonzero((groups == group) & (np.arange(len(groups)) != at))) if group else ()
        for at, group in enumerate(groups)
    )


def _reachable(allowed: Flags, met: Flags, prerequisites: tuple[tuple[int, ...], ...]) -> Flags:
    """Whether everything a course builds on can be taken or has been."""
    fine = allowed.copy()
    for _ in prerequisites:
        before = fine.sum()
        for course, needed in enumerate(prerequisites):
            for other in needed:
                fine[:, course] &= fine[:, other] | met[:, other]
        if fine.sum() == before:
            break
    return fine
