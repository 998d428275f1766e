"""Sets of courses for one person that are nearly the best at given prices, found exactly for everybody at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salesplan.coaching.course_model import Array, CourseModel, Flags, Integers

MOST_SETS = 1_000_000
"""Partial sets kept in memory; beyond it the most promising stay and the bound is raised for the rest."""

_SLIVER = 0.01


@dataclass(frozen=True, kw_only=True, eq=False)
class Bundles:
    """Sets of courses: ``person`` row of the model, ``taken`` rows x courses, ``points`` what they are worth."""

    person: Integers
    taken: Flags
    points: Array

    def __len__(self) -> int:
        return len(self.person)

    def where(self, keep: NDArray[Any]) -> "Bundles":
        """Some of them."""
        return Bundles(person=self.person[keep], taken=self.taken[keep], points=self.points[keep])

    def without(self, courses: Flags) -> "Bundles":
        """Those that hold none of some courses."""
        return self.where(np.logical_not(self.taken[:, courses].any(axis=1))) if courses.any() else self

    def net(self, prices: Array) -> Array:
        """Points less prices (people x courses)."""
        at, course = np.nonzero(self.taken)
        return self.points - np.bincount(at, prices[self.person[at], course], len(self))

    def with_more(self, more: "Bundles") -> "Bundles":
        """Both, each set once, sorted by person."""
        person = np.r_[self.person, more.person]
        taken = np.vstack([self.taken, more.taken])
        key = np.column_stack([person.astype(">u4").view(np.uint8).reshape(-1, 4), np.packbits(taken, axis=1)])
        _, first = np.unique(np.ascontiguousarray(key).view(f"V{key.shape[1]}").ravel(), return_index=True)
        return Bundles(person=person[first], taken=taken[first], points=np.r_[self.points, more.points][first])


def empty_bundles(model: CourseModel) -> Bundles:
    """Nobody takes a course."""
    n = model.n_people
    return Bundles(person=np.arange(n), taken=np.zeros((n, model.n_courses), bool), points=np.zeros(n))


def greedy_bundles(model: CourseModel, prices: Array, allowed: Flags, *, by_hour: bool = True) -> Bundles:
    """A good set for each person, course by course: the most net points an hour (or a course) first."""
    n = model.n_people
    everyone = np.arange(n)
    taken = np.zeros((n, model.n_courses), bool)
    left, points = model.capacity.copy(), np.zeros(n)
    worth = np.where(allowed, model.alone - prices, -np.inf)
    hours = np.maximum(model.hours, 0.25) if by_hour else np.ones(model.n_courses)
    for _ in range(3 * model.n_courses):
        worth[(model.hours > left[:, None] + 1e-9) | taken] = -np.inf
        worth[taken.sum(axis=1) >= model.most_courses] = -np.inf
        pick = np.argmax(worth / hours, axis=1)
        rows = np.flatnonzero(worth[everyone, pick] > 0)
        if not len(rows):
            break
        for course in np.unique(pick[rows]):
            mine = rows[pick[rows] == course]
            added = model.gained(mine, taken[mine], course) - prices[mine, course]
            fits = fitting(model, mine, taken[mine], course)
            fine = fits & (added >= worth[mine, course] - 1e-9)
            worth[mine[~fine], course] = np.where(fits, added, -np.inf)[~fine]
            done = mine[fine]
            points[done] += added[fine] + prices[done, course]
            taken[done, course] = True
            left[done] -= model.hours[course]
    return Bundles(person=everyone, taken=taken, points=points)


def fitting(model: CourseModel, people: Integers, taken: Flags, course: int) -> Flags:
    """Prerequisites taken and nothing that excludes the course."""
    fine = np.ones(len(people), bool)
    for needed in model.prerequisites[course]:
        fine &= taken[:, needed] | model.met[people, needed]
    for other in model.excluded[course]:
        fine &= ~taken[:, other]
    return fine


@dataclass(frozen=True, kw_only=True, eq=False)
class NearBest:
    """Every set within the slack of the best, the best net found, and what no set exceeds (the same unless cut off)."""

    bundles: Bundles
    best: Array
    ceiling: Array


def near_best_bundles(model: CourseModel, prices: Array, *, slack: float, allowed: Flags, reached: Array) -> NearBest:
    """Every set of courses whose net points are within ``slack`` of the person's best.

    Parameters
    ----------
    prices
        People x courses, in points.
    reached
        Net of a set already known for each person.

    Notes
    -----
    Courses are decided one after the other for all people at once, the most rewarding hours first. A partial set is
    dropped when even the best of the remaining courses, each valued alone and packed into the hours left, cannot lift
    it near the best: no course is worth more beside others than alone (coverage is submodular).
    """
    n = model.n_people
    worth = model.alone - prices
    hopeful = np.where(allowed, np.maximum(worth, 0.0), 0.0)
    order = _deciding_order(model, hopeful)
    room = _HourRoom(model, hopeful, order)
    best = np.maximum(reached, 0.0)
    lost = np.full(n, -np.inf)
    person, taken = np.arange(n), np.zeros((n, model.n_courses), bool)
    points, net, used, count = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    for at, course in enumerate(order):
        step = model.hours[course]
        able = allowed[:, course] & (step <= model.capacity + 1e-9)
        if not model.is_prerequisite[course]:
            able &= model.alone[:, course] > 0
        if not able.any():
            continue
        fits = able[person] & (used + step <= model.capacity[person] + 1e-9) & (count < model.most_courses)
        rows = np.flatnonzero(fits)
        rows = rows[fitting(model, person[rows], taken[rows], course)]
        after = room.best(at + 1, person[rows], used[rows] + step)
        goal = best[person[rows]] - slack - _SLIVER
        hope = net[rows] + worth[person[rows], course] + after >= goal
        rows, after, goal = rows[hope], after[hope], goal[hope]
        if len(rows):
            added = model.gained(person[rows], taken[rows], course)
            now = net[rows] + added - prices[person[rows], course]
            keep = now + after >= goal
            if not model.is_prerequisite[course]:
                keep &= added > 0
            rows, added, now = rows[keep], added[keep], now[keep]
            np.maximum.at(best, person[rows], now)
            more = taken[rows]
            more[:, course] = True
            person, taken = np.r_[person, person[rows]], np.vstack([taken, more])
            points, net = np.r_[points, points[rows] + added], np.r_[net, now]
            used, count = np.r_[used, used[rows] + step], np.r_[count, count[rows] + 1]
        reach = net + room.best(at + 1, person, used)
        live = reach >= best[person] - slack - _SLIVER
        if live.sum() > MOST_SETS:
            edge = np.partition((reach - best[person])[live], -MOST_SETS // 2)[-MOST_SETS // 2]
            dropped = live & (reach - best[person] < edge)
            np.maximum.at(lost, person[dropped], reach[dropped])
            live &= ~dropped
        if not live.all():
            person, taken, points = person[live], taken[live], points[live]
            net, used, count = net[live], used[live], count[live]
    near = net >= best[person] - slack - _SLIVER
    found = Bundles(person=person[near], taken=taken[near], points=points[near])
    return NearBest(bundles=found, best=best, ceiling=np.maximum(best, lost))


def _deciding_order(model: CourseModel, hopeful: Array) -> tuple[int, ...]:
    """Courses with the most hope an hour first, prerequisites before what needs them."""
    placed: list[int] = []
    seen: set[int] = set()

    def place(course: int) -> None:
        if course not in seen:
            seen.add(course)
            for first in model.prerequisites[course]:
                place(first)
            placed.append(course)

    for course in np.argsort(-hopeful.mean(axis=0) / np.maximum(model.hours, 0.25), kind="stable"):
        place(int(course))
    return tuple(placed)


class _HourRoom:
    """Best that remaining courses can add, each valued alone, by the hours left (0/1 knapsack by dynamic programming)."""

    def __init__(self, model: CourseModel, hopeful: Array, order: tuple[int, ...]) -> None:
        self.step = model.hour_step
        limited = bool(np.isfinite(model.capacity).all())
        self.capacity = model.capacity if limited else np.zeros(model.n_people)
        self.top = int(np.floor(self.capacity.max(initial=0.0) / self.step + 1e-9))
        size = np.floor(model.hours / self.step + 1e-9).astype(int) if limited else np.zeros(model.n_courses, int)
        self.table = np.zeros((model.n_courses + 1, model.n_people, self.top + 1), np.float32)
        for at in range(model.n_courses - 1, -1, -1):
            course, long = order[at], int(size[order[at]])
            before, now = self.table[at + 1], self.table[at]
            now[:] = before
            gain = hopeful[:, course].astype(np.float32)
            if long <= self.top and gain.any():
                np.maximum(now[:, long:], before[:, : self.top + 1 - long] + gain[:, None], out=now[:, long:])

    def best(self, at: int, people: Integers, used: Array) -> NDArray[np.float32]:
        """Most that courses from position ``at`` on can add."""
        left = np.floor((self.capacity[people] - used) / self.step + 1e-9).astype(np.int64)
        return self.table[at, people, np.clip(left, 0, self.top)]
