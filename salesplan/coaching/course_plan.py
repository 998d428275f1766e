"""Whom to send to which course: the most weighted need closed for the money, seats and hours there are, with proof."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.course_material import CourseMaterial, course_material, payable
from salesplan.coaching.course_model import Array, CourseModel, Flags
from salesplan.coaching.course_pricing import SetPool
from salesplan.coaching.course_search import CourseSearch, SearchResult
from salesplan.coaching.courses import course_order
from salesplan.coaching.shadow_value import ShadowValue
from salesplan.coaching.uncovered import REASONS, uncovered_reasons
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

NO_BUDGET = mark("The budget is {budget}: only courses that cost nothing can be planned.")
NOTHING_NEEDED = mark("Nobody has a gap that carries weight; nothing is planned.")
NOTHING_TAUGHT = mark("No course on offer closes any of these gaps; nothing is planned.")
OPEN_GAP = mark(
    "Time ran out after {seconds_value} s: the plan closes {value} weighted levels, none closes more than {bound_value};"
    " at most {gap_share} is left to gain."
)
EXPECTED = mark(
    "Gains of courses are what the course list says, not what was measured; judge them by the effect analysis before"
    " the next plan."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CoursePlan:
    """Courses for people, within money, seats and hours.

    ``assignments``: seller_id, course, step (place in the person's order), hours, cost, gain_value (need the course closes in
    that order). ``runs``: course, name, n_runs, n_people, seats (of these runs), seats_left, hours (of a seat),
    seat_cost (of all seats), fixed_cost, cost. ``coverage``: seller_id, skill, weight (of a level of need), plan_weight (what
    it counts when the plan chooses: weight x priority in whole units), level, gap, covered_level, open_level, reason_msgid.
    ``value`` is plan_weight x levels covered; no plan exceeds ``bound_value``. ``is_proven`` says that the
    difference is less than one unit, the smallest by which two plans can differ: the gap is nought. Shares are of the need
    itself (weight x gap), in which nobody is preferred.
    """

    assignments: pd.DataFrame
    runs: pd.DataFrame
    coverage: pd.DataFrame
    value: float
    bound_value: float
    need_value: float
    unit: float
    budget: float
    spent: float
    price_of_money: float
    seconds: float
    n_people: int
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("assignments", "runs", "coverage"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        if self.spent > self.budget + 0.005:
            raise InputError(f"plan costs {self.spent:,.2f}, must not exceed the budget {self.budget:,.2f}")
        covered = float((self.coverage["plan_weight"] * self.coverage["covered_level"]).sum())
        if abs(covered - self.value) > 1e-6 * max(1.0, covered):
            raise InputError(f"plan is worth {self.value:g}, must be the sum of what it covers, {covered:g}")

    @property
    def is_proven(self) -> bool:
        """Whether no plan is better."""
        return self.bound_value - self.value < self.unit * (1 - 1e-4)

    @property
    def gap_share(self) -> float:
        """Most that a better plan could add, as a share of the bound; nought when proven."""
        return 0.0 if self.is_proven else (self.bound_value - self.value) / self.bound_value

    @property
    def covered_value(self) -> float:
        """Need that the plan closes, everybody's counted alike."""
        return float((self.coverage["weight"] * self.coverage["covered_level"]).sum())

    @property
    def covered_share(self) -> float:
        """Share of the need that the plan closes; missing without need."""
        return self.covered_value / self.need_value if self.need_value > 0 else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """One row a person and course."""
        return self.assignments.copy()

    def summary(self) -> pd.DataFrame:
        """One row: what the plan costs and closes."""
        return pd.DataFrame([{
            "budget": self.budget, "spent": self.spent, "left_amount": self.budget - self.spent,
            "n_people": int(self.assignments["seller_id"].nunique()), "n_courses": len(self.runs), "n_seats": len(self.assignments),
            "training_hours": float(self.assignments["hours"].sum()), "covered_share": self.covered_share,
            "plan_value": self.value, "bound_value": self.bound_value, "is_proven": self.is_proven,
        }])  # fmt: skip

    def left_uncovered(self) -> pd.DataFrame:
        """Open need by skill and reason: skill, reason_msgid, n_people, open_level (sum), open_value, open_share (of all need)."""
        rows = self.coverage[self.coverage["open_level"] > 1e-9]
        rows = rows.assign(open_value=rows["weight"] * rows["open_level"])
        table = rows.groupby(["skill", "reason_msgid"], as_index=False).agg(
            n_people=("seller_id", "nunique"), open_level=("open_level", "sum"), open_value=("open_value", "sum"))
        table["open_share"] = table["open_value"] / self.need_value if self.need_value > 0 else np.nan
        return table.sort_values(["open_value", "skill"], ascending=[False, True], ignore_index=True)

    def explain(self, seller_id: str) -> pd.DataFrame:
        """One person's gaps: what the plan covers and why the rest stays.

        Raises
        ------
        InputError
            Nobody with that seller_id has a need.
        """
        rows = self.coverage[self.coverage["seller_id"] == seller_id]
        if rows.empty:
            raise InputError(f"seller_id == {seller_id!r}, must be somebody with a need",
                             fix=known_choices(seller_id, set(self.coverage["seller_id"])))
        return rows.reset_index(drop=True)


class CoursePlanner:
    """Plans for one set of people and courses under changing budgets; what one search learns, the next one uses.

    Parameters as for `plan_courses`; ``notes`` on the needs are handed on to every plan, and
    what ``remarks`` says of it.

    `solve` is the quick answer: where several plans are equally good, which of them comes depends on what was solved before.
    `settled` gives everybody who asks the same one.

    Examples
    --------
    >>> needs = pd.DataFrame({"seller_id": ["a", "b"], "skill": "ask", "gap": [1.0, 0.5], "weight": 4})
    >>> courses = pd.DataFrame({"course": ["asking"], "hours": [8], "cost": [1000]})
    >>> teaches = pd.DataFrame({"course": ["asking"], "skill": ["ask"], "gain": [1.0]})
    >>> planner = CoursePlanner(needs, courses, teaches, hours_per_person=8)
    >>> [planner.solve(budget).value for budget in (0, 1000, 2000)]
    [0.0, 4.0, 6.0]
    """

    def __init__(
        self,
        needs: pd.DataFrame,
        courses: pd.DataFrame,
        course_skills: pd.DataFrame,
        *,
        hours_per_person: float | pd.Series = np.inf,
        max_courses_per_person: int | None = None,
        max_runs: int = 1,
        taken: pd.DataFrame | None = None,
        level_step: float | None = None,
        notes: Sequence[dict[str, Any]] = (),
        remarks: Callable[[CoursePlan], Sequence[dict[str, Any]]] = lambda plan: (),
    ) -> None:
        self._needs = needs.copy()
        self._notes, self._remarks = tuple(notes), remarks
        self._material = course_material(
            needs, courses, course_skills, hours_per_person=hours_per_person, max_courses_per_person=max_courses_per_person,
            max_runs=max_runs, taken=taken, level_step=level_step)
        self._pool = SetPool(self._material.model) if self._material.model.n_people else None
        self._known: dict[float, SearchResult] = {}
        self._settled: dict[float, SearchResult] = {}

    @property
    def most_useful_budget(self) -> float:
        """Money beyond which nothing more can be bought: everybody in every course that helps."""
        model = self._material.model
        useful = (model.allowed & ((model.alone > 0) | model.is_prerequisite)).sum(axis=0)
        runs = np.minimum(model.runs, np.ceil(useful / np.maximum(model.run_seats, 1)))
        return float(np.minimum(useful, model.run_seats * model.runs) @ model.cost + runs @ model.fixed)

    def solve(self, budget: float, *, time_limit: float = 30.0) -> CoursePlan:
        """The best plan for a budget; see `plan_courses`.

        With a short ``time_limit`` (a slider) the plan may be unproven; it then says how much could be left to gain.
        """
        if not 0 <= budget < np.inf:
            raise InputError(f"budget == {budget}, must be a sum of at least 0", where="budget")
        return self._read(self._search(budget, time_limit), budget)

    def settled(self, budget: float, *, time_limit: float = 30.0, is_wanted: Callable[[], bool] = lambda: True) -> CoursePlan:
        """The plan of a budget, searched without anything learned elsewhere: the same on every page and in every file.

        Given up, unproven, when it is no longer wanted; then nothing is kept of it.
        """
        if not 0 <= budget < np.inf:
            raise InputError(f"budget == {budget}, must be a sum of at least 0", where="budget")
        model = self._material.model.with_budget(payable(budget, self._material.model))
        if model.budget not in self._settled:
            found = _no_search((model.n_people, model.n_courses))
            if self._pool is not None and (model.alone * model.allowed).any():
                found = CourseSearch(model=model, pool=SetPool(self._material.model), time_limit=time_limit, is_wanted=is_wanted).run()
            if not is_wanted() and not found.is_proven:
                return self._read(found, budget)
            self._settled[model.budget] = found
        return self._read(self._settled[model.budget], budget)

    def shadow_value(self, budget: float, *, step: float = 1000.0, time_limit: float = 30.0) -> ShadowValue:
        """What ``step`` more currency units would close.

        Raises
        ------
        InputError
            A step that is not above 0.
        """
        if not 0 < step < np.inf:
            raise InputError(f"step == {step:g}, must be a sum above 0")
        return ShadowValue.between(self.settled(budget, time_limit=time_limit), self.settled(budget + step, time_limit=time_limit),
                                   step=step)

    def _read(self, found: SearchResult, budget: float) -> CoursePlan:
        plan = _read_plan(self._material, found, budget, self._notes)
        return replace(plan, notes=(*self._remarks(plan), *plan.notes))

    def _search(self, budget: float, time_limit: float) -> SearchResult:
        model = self._material.model.with_budget(payable(budget, self._material.model))
        known = self._known.get(model.budget)
        if known is not None and (known.is_proven or known.seconds >= time_limit):
            return known
        if self._pool is None or not (model.alone * model.allowed).any():
            shape = (model.n_people, model.n_courses)
            return _no_search(shape)
        near = min(self._known, key=lambda b: abs(b - model.budget), default=None)
        search = CourseSearch(model=model, pool=self._pool, time_limit=time_limit,
                              prices=None if near is None else self._known[near].prices)
        for other in self._known.values():
            search.start_from(other.taken, other.runs)
        self._known[model.budget] = search.run()
        return self._known[model.budget]


def plan_courses(
    needs: pd.DataFrame,
    courses: pd.DataFrame,
    course_skills: pd.DataFrame,
    *,
    budget: float,
    hours_per_person: float | pd.Series = np.inf,
    max_courses_per_person: int | None = None,
    max_runs: int = 1,
    taken: pd.DataFrame | None = None,
    level_step: float | None = None,
    time_limit: float = 30.0,
) -> CoursePlan:
    """Whom to send to which course so that the most need is closed.

    Parameters
    ----------
    needs
        seller_id, skill, gap (levels short of the requirement), weight (what a level is worth, such as importance x
        frequency; default 1), priority (how many times the plan counts it when it chooses; default 1; no share counts it),
        level (where the person stands; needed for ``up_to_level``). Missing gaps are left out.
    courses, course_skills
        See `check_courses` and `check_course_skills`.
    budget
        Money for seats and runs.
    hours_per_person
        Hours each can give, or a series of hours by seller_id.
    max_runs
        How often a course with limited seats can be held, where its row names no ``max_runs``; each run costs its
        ``fixed_cost`` and has ``seats`` seats.
    taken
        seller_id, course already taken or booked: not planned again, and fulfilled as prerequisites.
    level_step
        Grid of levels; default 0.05 on scales such as 1 to 5.
    time_limit
        Seconds after which the best plan found is handed back with what might be left to gain.

    Returns
    -------
    CoursePlan
        ``is_proven`` when no plan closes more (gap 0). Levels count in whole steps and weights in whole units (exact
        when they are whole, else a hundredth of the largest), so that plans differ by whole points: a bound less than
        one point above the plan proves it.

    Raises
    ------
    InputError
        A negative budget, hours or gap, an unknown course, a circle of prerequisites, a row that stands twice.

    Notes
    -----
    Maximises the sum of weight x priority x min(gap, levels gained). A course lifts nobody beyond its ``up_to_level``; several courses
    of a skill add up in the order of these limits. Solved by Dantzig-Wolfe decomposition over sets of courses of a
    person (Barnhart et al. 1998, branch and price) with `scipy.optimize.linprog` and `scipy.optimize.milp` (HiGHS).

    Examples
    --------
    >>> needs = pd.DataFrame({"seller_id": ["a", "a", "b"], "skill": ["ask", "close", "ask"], "gap": [1.0, 2.0, 0.5],
    ...                       "weight": [4, 1, 4]})
    >>> courses = pd.DataFrame({"course": ["asking", "closing"], "hours": [8, 8], "cost": [1000, 800], "seats": [1, 9]})
    >>> teaches = pd.DataFrame({"course": ["asking", "closing"], "skill": ["ask", "close"], "gain": [1.0, 1.0]})
    >>> plan = plan_courses(needs, courses, teaches, budget=2000, hours_per_person=16)
    >>> plan.assignments[["seller_id", "course"]].values.tolist(), plan.value, plan.is_proven
    ([['a', 'asking'], ['a', 'closing']], 5.0, True)
    >>> plan.explain("b")["reason_msgid"].tolist()
    ['seats']
    """
    planner = CoursePlanner(
        needs, courses, course_skills, hours_per_person=hours_per_person, max_courses_per_person=max_courses_per_person,
        max_runs=max_runs, taken=taken, level_step=level_step)
    return planner.solve(budget, time_limit=time_limit)


def _no_search(shape: tuple[int, int]) -> SearchResult:
    from salesplan.coaching.course_master import Prices

    none = np.zeros(0, np.int64)
    prices = Prices(money=0.0, seat=np.zeros(shape[1]), opening_person=none, opening_course=none, opening=np.zeros(0))
    return SearchResult(taken=np.zeros(shape, bool), runs=np.zeros(shape[1]), points=0.0, bound=0.0, prices=prices, nodes=0,
                        seconds=0.0)


def _read_plan(
    material: CourseMaterial, found: SearchResult, budget: float, more_notes: Sequence[dict[str, Any]] = ()
) -> CoursePlan:
    model, taken, runs = material.model.with_budget(budget), found.taken, found.runs
    assignments = _assignments(material, taken)
    coverage = _coverage(material, model, taken, runs)
    need = float((coverage["weight"] * coverage["gap"]).sum())
    value, bound = found.points * material.unit, max(found.points, found.bound) * material.unit
    people, spent = taken.sum(axis=0), model.spending(taken).sum() + runs @ model.fixed
    table = material.courses[["course", "name"]].assign(
        n_runs=runs.astype(int), n_people=people, seats=model.room(runs), hours=model.hours, seat_cost=people * model.cost,
        fixed_cost=runs * model.fixed)
    table["seats_left"] = table["seats"] - table["n_people"]
    table["cost"] = table["seat_cost"] + table["fixed_cost"]
    notes = [*more_notes, *material.notes]
    if budget == 0:
        notes.insert(0, {"msgid": NO_BUDGET, "details": {"budget": 0.0}})
    if need == 0:
        notes.append({"msgid": NOTHING_NEEDED, "details": {}})
    elif not (model.allowed & (model.alone > 0)).any():
        notes.append({"msgid": NOTHING_TAUGHT, "details": {}})
    if not found.is_proven:
        notes.append({"msgid": OPEN_GAP, "details": {"seconds_value": round(found.seconds, 1), "value": value, "bound_value": bound,
                                                     "gap_share": (bound - value) / bound}})
    notes.append({"msgid": EXPECTED, "details": {}})
    return CoursePlan(
        assignments=assignments, runs=table[table["n_people"] > 0].reset_index(drop=True), coverage=coverage, value=value,
        bound_value=bound, need_value=need, unit=material.unit, budget=float(budget), spent=float(spent),
        price_of_money=found.prices.money * material.unit, seconds=found.seconds, n_people=model.n_people, notes=tuple(notes))


def _assignments(material: CourseMaterial, taken: Flags) -> pd.DataFrame:
    model = material.model
    place = {course: at for at, course in enumerate(course_order(material.courses))}
    order = sorted(range(model.n_courses), key=lambda c: place[material.courses["course"].iloc[c]])
    done = np.zeros_like(taken)
    step = np.zeros(model.n_people, np.int64)
    plain = replace(model, weight=material.need_weight, skill_values=())
    parts: list[tuple[Sequence[int], int, Array, Array]] = []
    for course in order:
        rows = np.flatnonzero(taken[:, course])
        step[rows] += 1
        parts.append((rows.tolist(), course, step[rows].astype(float), plain.gained(rows, done[rows], course)))
        done[rows, course] = True
    person = np.array([p for rows, *_ in parts for p in rows], np.int64)
    held = np.repeat([c for _, c, *_ in parts], [len(rows) for rows, *_ in parts]).astype(np.int64)
    table = pd.DataFrame({
        "seller_id": material.sellers[person], "course": material.courses["course"].to_numpy()[held],
        "step": np.concatenate([s for *_, s, _ in parts]).astype(int) if parts else np.zeros(0, int),
        "hours": model.hours[held], "cost": model.cost[held],
        "gain_value": np.concatenate([g for *_, g in parts]) * material.step if parts else np.zeros(0),
    })  # fmt: skip
    return table.assign(_at=person).sort_values(["_at", "step"], ignore_index=True).drop(columns="_at")


def _coverage(material: CourseMaterial, model: CourseModel, taken: Flags, runs: Array) -> pd.DataFrame:
    everyone = np.arange(model.n_people)
    reasons = uncovered_reasons(model, taken, runs)
    person, skill = np.nonzero(reasons >= 0)
    reached = np.column_stack([v.levels(everyone, taken[:, v.courses]) for v in model.skill_values] or [model.start])
    gap = (model.required - model.start)[person, skill] * material.step
    covered = (reached - model.start)[person, skill] * material.step
    return pd.DataFrame({
        "seller_id": material.sellers[person], "skill": material.skills[skill],
        "weight": material.need_weight[person, skill],
        "plan_weight": model.weight[person, skill] * (material.unit / material.step), "level": model.start[person, skill] * material.step,
        "gap": gap, "covered_level": covered, "open_level": gap - covered,
        "reason_msgid": np.array(REASONS, dtype=object)[reasons[person, skill]],
    })  # fmt: skip
