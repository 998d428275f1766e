"""What a course plan decides on, as arrays: people, gaps, courses, and what each set of courses is worth to a person."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

_TABLE_COURSES = 11
_HOUR_STEPS = 48


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseModel:
    """People x skills x courses in whole numbers: levels in steps, weights in units, so that points are integers.

    ``start`` and ``required`` are levels in steps (people x skills); ``weight`` whole weights; ``gain`` and ``ceiling``
    steps (courses x skills; the ceiling is how far a course teaches); ``allowed`` people x courses; ``met`` people x
    courses already taken, which count as prerequisites; ``capacity`` the hours of each person.
    """

    start: Array
    required: Array
    weight: Array
    gain: Array
    ceiling: Array
    hours: Array
    cost: Array
    fixed: Array
    seats: Array
    runs: Array
    prerequisites: tuple[tuple[int, ...], ...]
    excluded: tuple[tuple[int, ...], ...]
    allowed: Flags
    met: Flags
    capacity: Array
    budget: float
    most_courses: int
    skill_values: tuple["SkillValue", ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.skill_values:
            made = [self._skill_value(k) for k in range(self.start.shape[1])]
            object.__setattr__(self, "skill_values", tuple(made))

    @property
    def n_people(self) -> int:
        """How many people."""
        return len(self.start)

    @property
    def n_courses(self) -> int:
        """How many courses."""
        return len(self.hours)

    def _skill_value(self, skill: int) -> "SkillValue":
        courses = np.flatnonzero(self.gain[:, skill] > 0)
        courses = courses[np.argsort(self.ceiling[courses, skill], kind="stable")]
        return SkillValue(
            courses=courses, gain=self.gain[courses, skill], ceiling=self.ceiling[courses, skill],
            start=self.start[:, skill], required=self.required[:, skill], weight=self.weight[:, skill],
        )  # fmt: skip

    @cached_property
    def taught(self) -> tuple[Integers, ...]:
        """Skills of each course."""
        return tuple(np.flatnonzero(row > 0) for row in self.gain)

    @cached_property
    def is_prerequisite(self) -> Flags:
        """Courses that another one needs."""
        found = np.zeros(self.n_courses, bool)
        for needed in self.prerequisites:
            found[list(needed)] = True
        return found

    @cached_property
    def alone(self) -> Array:
        """Points of each course for each person as the only one; no course is worth more beside others."""
        nobody = np.zeros((self.n_people, self.n_courses), bool)
        everyone = np.arange(self.n_people)
        found = np.zeros((self.n_people, self.n_courses))
        for course in range(self.n_courses):
            found[:, course] = self.gained(everyone, nobody, course)
        return found

    @cached_property
    def usual(self) -> tuple[float, float]:
        """Small steps of prices: a twentieth of the points of a useful course, and of points a currency unit."""
        points = 0.05 * float(self.alone[self.alone > 0].mean()) if (self.alone > 0).any() else 1.0
        cost = float(self.cost[self.cost > 0].mean()) if (self.cost > 0).any() else 1.0
        return points, points / cost

    @cached_property
    def run_seats(self) -> Array:
        """Seats of a run, no more than people whom the course can help."""
        useful = self.allowed & ((self.alone > 0) | self.is_prerequisite)
        return np.minimum(self.seats, useful.sum(axis=0))

    @cached_property
    def hour_step(self) -> float:
        """Grid of the hours in which bounds are counted (never coarser than exact when hours are whole)."""
        most = float(np.max(self.capacity[np.isfinite(self.capacity)], initial=0.0))
        return max(1.0, most / _HOUR_STEPS) if most > 0 else 1.0

    def gained(self, people: Integers, taken: Flags, course: int) -> Array:
        """Points that a course adds to the courses in ``taken`` (rows x courses)."""
        points = np.zeros(len(people))
        for skill in self.taught[course]:
            points += self.skill_values[skill].added(people, taken, course)
        return points

    def points(self, people: Integers, taken: Flags) -> Array:
        """Points of each set of courses."""
        total = np.zeros(len(people))
        for value in self.skill_values:
            if len(value.courses):
                total += value.points(people, taken[:, value.courses])
        return total

    def spending(self, taken: Flags) -> Array:
        """Seat money of each set of courses, without the cost of runs."""
        return taken @ self.cost

    def room(self, runs: Array) -> Array:
        """Seats of so many runs of each course."""
        return np.where(runs > 0, self.seats, 0.0) * runs

    def with_budget(self, budget: float) -> "CourseModel":
        """The same model with other money."""
        return replace(self, budget=budget)

    def people(self, people: Integers) -> "CourseModel":
        """Some of the people; money and seats as they are."""
        part = replace(
            self, start=self.start[people], required=self.required[people], weight=self.weight[people],
            allowed=self.allowed[people], met=self.met[people], capacity=self.capacity[people],
            skill_values=tuple(value.people(people) for value in self.skill_values),
        )  # fmt: skip
        part.__dict__["alone"] = self.alone[people]
        return part

    def sample(self, people: Integers) -> "CourseModel":
        """Some of the people with their share of money, seats and run costs."""
        share = len(people) / self.n_people
        return replace(self.people(people), budget=self.budget * share, seats=self.seats * share, fixed=self.fixed * share)


@dataclass(frozen=True, kw_only=True, eq=False)
class SkillValue:
    """Points for one skill by the set of courses that teach it, courses in the order of how far they teach.

    A course lifts the level by its gain, but not beyond its ceiling, and nothing counts beyond what is required.
    """

    courses: Integers
    gain: Array
    ceiling: Array
    start: Array
    required: Array
    weight: Array

    def people(self, people: Integers) -> "SkillValue":
        """The same for some of the people."""
        part = replace(self, start=self.start[people], required=self.required[people], weight=self.weight[people])
        part.__dict__["_table"], part.__dict__["_row"] = self._table, self._row[people]
        return part

    @cached_property
    def _place(self) -> dict[int, int]:
        return {int(course): at for at, course in enumerate(self.courses)}

    @cached_property
    def _bits(self) -> Integers:
        return np.left_shift(1, np.arange(len(self.courses)))

    @cached_property
    def _row(self) -> Integers:
        """Row of the table for each person; nobody without a gap needs one of their own."""
        short = self.required > self.start
        return np.where(short, np.cumsum(short), 0)

    @cached_property
    def _table(self) -> Array | None:
        if len(self.courses) > _TABLE_COURSES:
            return None
        short = np.flatnonzero(self.required > self.start)
        level = self.start[short][:, None]
        for gain, ceiling in zip(self.gain, self.ceiling, strict=True):
            level = np.concatenate([level, np.maximum(level, np.minimum(level + gain, ceiling))], axis=1)
        lifted = np.minimum(level, self.required[short][:, None]) - self.start[short][:, None]
        return np.vstack([np.zeros(level.shape[1]), self.weight[short][:, None] * lifted])

    def points(self, people: Integers, taken: Flags) -> Array:
        """Points of sets of courses (rows x the courses of this skill)."""
        if self._table is not None:
            return self._table[self._row[people], taken @ self._bits]
        return self.weight[people] * (self.levels(people, taken) - self.start[people])

    def levels(self, people: Integers, taken: Flags) -> Array:
        """Levels after sets of courses, no further than required."""
        level = self.start[people]
        for at in range(len(self.courses)):
            level = np.where(taken[:, at], np.maximum(level, np.minimum(level + self.gain[at], self.ceiling[at])), level)
        return np.minimum(level, np.maximum(self.required[people], self.start[people]))

    def added(self, people: Integers, taken: Flags, course: int) -> Array:
        """Points that one more course brings."""
        mine = taken[:, self.courses]
        at = self._place[course]
        if self._table is not None:
            row, code = self._row[people], mine @ self._bits
            return self._table[row, code | (1 << at)] - self._table[row, code]
        more = mine.copy()
        more[:, at] = True
        return self.points(people, more) - self.points(people, mine)
