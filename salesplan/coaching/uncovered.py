"""What a course plan leaves uncovered, and what stands in the way of each gap."""

import numpy as np
from numpy.typing import NDArray

from salesplan.coaching.course_bundles import fitting
from salesplan.coaching.course_model import Array, CourseModel, Flags
from salesplan.text import mark

COVERED = mark("covered")
NO_COURSE = mark("no course teaches it this far")
TIME_UP = mark("not decided: the search ran out of time")
NO_WEIGHT = mark("carries no weight")
REASONS: tuple[str, ...] = (
    COVERED,
    mark("budget"),
    mark("seats"),
    mark("hours or number of courses"),
    mark("another course of the same group"),
    mark("a prerequisite is not taken"),
    NO_COURSE,
    NO_WEIGHT,
    TIME_UP,
)
"""Why a gap stays, the mildest obstacle first."""
_BUDGET, _SEATS, _HOURS, _GROUP, _BEFORE, _NONE, _NO_WEIGHT, _LATE = range(1, 9)


def uncovered_reasons(model: CourseModel, taken: Flags, runs: Array) -> NDArray[np.int64]:
    """Place in `REASONS` for each person and skill with a gap (-1 without).

    Of the courses that would still help, the one with the mildest obstacle speaks: money, then seats, then the
    person's own hours, then courses that exclude it, then prerequisites.
    """
    n, skills = model.start.shape
    everyone = np.arange(n)
    found = np.full((n, skills), -1)
    left = model.budget - float(model.spending(taken).sum()) - float(runs @ model.fixed)
    filled, hours, count = taken.sum(axis=0), taken @ model.hours, taken.sum(axis=1)
    blocked = np.empty((n, model.n_courses), np.int64)
    for course in range(model.n_courses):
        full = filled[course] + 1 > model.room(runs)[course]
        more = runs[course] < model.runs[course] and model.seats[course] >= 1
        dear = model.cost[course] + (model.fixed[course] if full else 0.0) > left + 1e-6
        reason = np.full(n, _SEATS if full and not more else _BUDGET if dear else _LATE)
        tight = (hours + model.hours[course] > model.capacity + 1e-9) | (count >= model.most_courses)
        reason = np.where(tight, _HOURS, reason)
        excluded = (taken | model.met)[:, list(model.excluded[course])].any(axis=1)
        reason = np.where(excluded, _GROUP, reason)
        blocked[:, course] = np.where(fitting(model, everyone, taken, course) | excluded, reason, _BEFORE)
    for skill, value in enumerate(model.skill_values):
        gap = model.required[:, skill] > model.start[:, skill]
        reached = value.levels(everyone, taken[:, value.courses])
        short = gap & (reached < model.required[:, skill])
        best = np.full(n, _NONE)
        for at, course in enumerate(value.courses):
            with_it = taken[:, value.courses]
            with_it[:, at] = True
            helps = short & model.allowed[:, course] & ~taken[:, course] & (value.levels(everyone, with_it) > reached)
            rank = np.where(helps, np.where(blocked[:, course] == _LATE, 0, blocked[:, course]), _NONE)
            best = np.minimum(best, rank)
        best = np.where(best == 0, np.where(model.weight[:, skill] > 0, _LATE, _NO_WEIGHT), best)
        found[:, skill] = np.where(short, best, np.where(gap, 0, -1))
    return found
