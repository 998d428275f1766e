"""Random training needs and courses, and the same plan as one plain integer programme."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp


def make_case(
    seed: int, *, people: int = 12, skills: int = 5, courses: int = 8, hours: float = 24.0, budget_share: float = 0.4,
    fixed: bool = True, runs: int = 1, step: float = 0.1,
) -> dict[str, Any]:
    """Arguments of `plan_courses`; ``budget_share`` of what all seats cost."""
    rng = np.random.default_rng(seed)
    names = [f"C{c:02d}" for c in range(courses)]
    sellers, skill_names = [f"p{p:04d}" for p in range(people)], [f"s{k:02d}" for k in range(skills)]
    level = rng.integers(int(1 / step), int(4 / step), (people, skills)) * step
    gap = np.where(rng.random((people, skills)) < 0.7, rng.integers(0, int(1.6 / step), (people, skills)) * step, 0.0)
    needs = pd.DataFrame({
        "seller_id": np.repeat(sellers, skills), "skill": np.tile(skill_names, people), "gap": gap.ravel(),
        "weight": rng.integers(1, 26, people * skills), "level": level.ravel()})
    prerequisites: list[tuple[str, ...]] = [()] * courses
    for course in rng.choice(np.arange(1, courses), max(1, courses // 5), replace=False):
        prerequisites[course] = (names[int(rng.integers(0, course))],)
    group = np.full(courses, "", dtype=object)
    group[rng.choice(courses, 2, replace=False)] = "G"
    table = pd.DataFrame({
        "course": names, "hours": rng.choice([4.0, 8.0, 12.0, 16.0], courses), "cost": rng.integers(2, 20, courses) * 100.0,
        "fixed_cost": rng.integers(5, 30, courses) * 100.0 if fixed else 0.0, "seats": rng.integers(2, max(3, people // 2), courses),
        "exclusive_group": group, "prerequisites": prerequisites, "is_offered": rng.random(courses) < 0.95})
    rows = [(name, skill_names[skill], int(rng.integers(3, 13)) * step, float(rng.choice([3.0, 4.0, 5.0])))
            for name in names for skill in rng.choice(skills, int(rng.integers(1, 4)), replace=False)]
    teaches = pd.DataFrame(rows, columns=["course", "skill", "gain", "up_to_level"])
    full = float((table["cost"] * table["seats"] * runs + table["fixed_cost"] * runs).sum())
    taken = pd.DataFrame({"seller_id": rng.choice(sellers, 3), "course": rng.choice(names, 3)})
    return {"needs": needs, "courses": table, "course_skills": teaches, "budget": round(full * budget_share, -2),
            "hours_per_person": hours, "max_courses_per_person": 3, "max_runs": runs, "taken": taken}


def solve_compact(case: dict[str, Any]) -> float:
    """Best weighted levels by one integer programme: a variable for each person and course, one for each level covered.

    Written from the rules alone: what several courses give is limited by each ceiling and by the gap.
    """
    needs, courses, teaches = case["needs"], case["courses"], case["course_skills"]
    sellers, names = list(dict.fromkeys(needs["seller_id"])), list(courses["course"])
    met = {(r.seller_id, r.course) for r in case["taken"].itertuples()}
    groups = courses.set_index("course")["exclusive_group"]
    n, m, q = len(sellers), len(names), len(needs)
    rows: list[dict[int, float]] = []
    right: list[float] = []

    def at(p: int, c: int) -> int:
        return p * m + c

    run = n * m + q
    upper = np.r_[np.ones(n * m), needs["gap"].to_numpy(), np.full(m, case["max_runs"])]
    for p, seller in enumerate(sellers):
        rows.append({at(p, c): float(courses["hours"][c]) for c in range(m)})
        right.append(case["hours_per_person"])
        rows.append({at(p, c): 1.0 for c in range(m)})
        right.append(case["max_courses_per_person"])
        for c, name in enumerate(names):
            mates = [o for o in names if o != name and groups[name] and groups[o] == groups[name]]
            if (seller, name) in met or not courses["is_offered"][c] or any((seller, o) in met for o in mates):
                upper[at(p, c)] = 0
            for other in mates:
                rows.append({at(p, c): 1.0, at(p, names.index(other)): 1.0})
                right.append(1)
            for needed in courses["prerequisites"][c]:
                if (seller, needed) not in met:
                    rows.append({at(p, c): 1.0, at(p, names.index(needed)): -1.0})
                    right.append(0)
    for c in range(m):
        rows.append({**{at(p, c): 1.0 for p in range(n)}, run + c: -float(courses["seats"][c])})
        right.append(0)
    rows.append({**{at(p, c): float(courses["cost"][c]) for p in range(n) for c in range(m)},
                 **{run + c: float(courses["fixed_cost"][c]) for c in range(m)}})
    right.append(case["budget"])
    for i, need in enumerate(needs.itertuples()):
        taught = teaches[teaches["skill"] == need.skill]
        for limit in [-np.inf, *taught["up_to_level"].unique()]:
            row = {n * m + i: 1.0}
            for lesson in taught.itertuples():
                if lesson.up_to_level > max(limit, need.level):
                    row[at(sellers.index(need.seller_id), names.index(lesson.course))] = -lesson.gain
            rows.append(row)
            right.append(max(0.0, limit - need.level) if np.isfinite(limit) else 0.0)
    matrix = sp.dok_array((len(rows), run + m))
    for r, row in enumerate(rows):
        for column, value in row.items():
            matrix[r, column] = value
    cost = np.r_[np.zeros(n * m), -needs["weight"].to_numpy(float), np.zeros(m)]
    whole = np.r_[np.ones(n * m), np.zeros(q), np.ones(m)]
    result = milp(cost, constraints=LinearConstraint(matrix.tocsr(), -np.inf, right), bounds=Bounds(0, upper),
                  integrality=whole, options={"mip_rel_gap": 0.0})
    assert result.status == 0
    return -float(result.fun)
