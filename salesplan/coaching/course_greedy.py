"""The plan of rule of thumb: always the course with the most need closed for its money. Quick, and not the best."""

import heapq

import numpy as np

from salesplan.coaching.course_bundles import fitting
from salesplan.coaching.course_model import Array, CourseModel, Flags


def greedy_plan(model: CourseModel) -> tuple[Flags, Array, float]:
    """Courses of each person, runs and points of the greedy plan, by points for the money of a seat and its part of a run.

    What it loses against the best plan is why a solver is used (Dantzig's bound: it may lose up to half).
    """
    taken = np.zeros((model.n_people, model.n_courses), bool)
    runs, filled = np.zeros(model.n_courses), np.zeros(model.n_courses)
    hours, count, money, points = model.capacity.copy(), np.zeros(model.n_people, np.int64), model.budget, 0.0
    seat_cost = model.cost + model.fixed / np.maximum(model.run_seats, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(model.allowed & (model.alone > 0), model.alone / np.maximum(seat_cost, 1e-9), 0)
    waiting = [(-rate[p, c], int(p), int(c)) for p, c in zip(*np.nonzero(rate), strict=True)]
    heapq.heapify(waiting)
    while waiting:
        known, person, course = heapq.heappop(waiting)
        who, mine = np.array([person]), taken[[person]]
        if model.hours[course] > hours[person] + 1e-9 or count[person] >= model.most_courses:
            continue
        if not fitting(model, who, mine, course)[0]:
            continue
        gain = float(model.gained(who, mine, course)[0])
        if gain <= 0:
            continue
        now = -gain / max(seat_cost[course], 1e-9)
        if now > known + 1e-12:
            heapq.heappush(waiting, (now, person, course))
            continue
        opens = runs[course] == 0 or filled[course] + 1 > model.seats[course] * runs[course]
        price = model.cost[course] + (model.fixed[course] if opens else 0.0)
        if price > money + 1e-9 or (opens and runs[course] >= model.runs[course]) or model.seats[course] < 1:
            continue
        runs[course] += opens
        filled[course] += 1
        taken[person, course] = True
        hours[person] -= model.hours[course]
        count[person] += 1
        money -= price
        points += gain
    return taken, runs, points
