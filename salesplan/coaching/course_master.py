"""The linear programme over sets of courses: one set for each person, under money, seats and runs that must be opened."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from salesplan.coaching.course_bundles import Bundles
from salesplan.coaching.course_model import Array, CourseModel, Flags, Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """What scarce things are worth in points: ``money`` a currency unit, ``seat`` a seat of each course.

    ``opening`` is the price of the rule that nobody sits in a course that is not run, for the pairs
    ``opening_person``, ``opening_course``.
    """

    money: float
    seat: Array
    opening_person: Integers
    opening_course: Integers
    opening: Array

    def of_people(self, model: CourseModel) -> Array:
        """Price of each course for each person."""
        prices = np.tile(self.money * model.cost + self.seat, (model.n_people, 1))
        prices[self.opening_person, self.opening_course] += self.opening
        return prices

    def run_worth(self, model: CourseModel) -> Array:
        """Net worth of one more run of each course; positive when a run earns more than it costs."""
        opened = np.bincount(self.opening_course, self.opening, model.n_courses)
        return model.run_seats * self.seat + opened - self.money * model.fixed

    def bound(self, model: CourseModel, best: Array, low: Array, high: Array) -> float:
        """Points that no plan with ``low`` to ``high`` runs exceeds (Lagrangian bound)."""
        worth = self.run_worth(model)
        return self.money * model.budget + float(np.where(worth > 0, worth * high, worth * low).sum()) + float(best.sum())

    def with_pairs(self, people: Integers, courses: Integers) -> "Prices":
        """More pairs, their price nil as yet."""
        return replace(
            self, opening_person=np.r_[self.opening_person, people], opening_course=np.r_[self.opening_course, courses],
            opening=np.r_[self.opening, np.zeros(len(people))],
        )  # fmt: skip

    def without_pairs(self, keep: Flags | None) -> "Prices":
        """Only the pairs to keep; none of them without an argument to say which."""
        if keep is None:
            keep = np.zeros(len(self.opening), bool)
        return replace(self, opening_person=self.opening_person[keep], opening_course=self.opening_course[keep],
                       opening=self.opening[keep])


def no_prices(model: CourseModel, money: float = 0.0) -> Prices:
    """Only money has a price."""
    none = np.zeros(0, np.int64)
    return Prices(money=money, seat=np.zeros(model.n_courses), opening_person=none, opening_course=none, opening=np.zeros(0))


@dataclass(frozen=True, kw_only=True, eq=False)
class MasterSolution:
    """Optimum over the sets handed in: shares of each set, runs, new prices, value in points."""

    bundles: Bundles
    share: Array
    runs: Array
    points: float
    prices: Prices
    is_boxed: bool = False

    def whole(self, model: CourseModel) -> tuple[Flags, Array]:
        """Courses of each person and runs, where shares are whole; a run nobody came to is not held."""
        chosen = self.bundles.where(self.share > 0.5)
        taken = np.zeros((model.n_people, model.n_courses), bool)
        taken[chosen.person] = chosen.taken
        people = taken.sum(axis=0)
        needed = np.where(np.isfinite(model.seats), np.ceil(people / np.maximum(model.seats, 1e-9)), people > 0)
        return taken, np.minimum(np.rint(self.runs), needed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Master:
    """Restricted master programme, written from the prices ``at`` so that the solver starts at their bound.

    The best set of each person at these prices is the default and has no variable; the others carry what they lose
    against it. With all slack at nought this start is dual feasible, and few pivots are left.
    """

    model: CourseModel
    bundles: Bundles
    at: Prices
    best: Array
    low: Array
    high: Array
    box: float = np.inf

    def relax(self) -> MasterSolution | None:
        """Optimum with shares of sets and parts of runs; none when the runs asked for cannot be paid."""
        from scipy.optimize import linprog

        form = self.form(self._leeway())
        limits = np.column_stack([form.lower, form.upper])
        for method, presolve in (("highs-ds", False), ("highs", True)):
            result = linprog(form.cost, A_eq=form.matrix, b_eq=form.right, A_ub=form.choice, b_ub=form.choice_right,
                             bounds=limits, method=method, options={"presolve": presolve})  # fmt: skip
            if result.status in (0, 2):
                break
        if result.status == 2:
            return None
        if result.x is None:
            raise RuntimeError(f"linear programme of the course plan: {result.message}")
        moved = np.asarray(result.eqlin.marginals)
        courses = self.model.n_courses
        prices = replace(self.at, money=max(0.0, self.at.money - moved[0] / form.coin),
                         seat=np.maximum(0.0, self.at.seat - moved[1 : courses + 1]),
                         opening=np.maximum(0.0, self.at.opening - moved[courses + 1 :]))
        size, end = len(form.right), len(form.rows) + courses + len(form.right)
        over = np.zeros(size) if len(result.x) == end else result.x[end:]
        strained = bool((over > 1e-7).any() or ((form.price > form.cost[end - size : end] + 1e-12)
                                                & (result.x[end - size : end] > 1e-7)).any())
        solution = self.read(form, result.x, form.constant - float(result.fun), prices)
        return replace(solution, is_boxed=strained)

    def _leeway(self) -> Array | None:
        """How far each price may move; none when they may move freely."""
        if not np.isfinite(self.box):
            return None
        level = self.at.money * self.model.cost + self.at.seat
        points, rate = self.model.usual
        at_pair = self.at.opening + level[self.at.opening_course] + points
        return self.box * np.r_[self.at.money + rate, level + points, at_pair]

    def form(self, leeway: Array | None = None) -> "MasterForm":
        """Coefficients of the programme; ``leeway`` is how far each price may move."""
        from scipy.sparse import coo_array, csr_array, eye_array, hstack

        model, bundles = self.model, self.bundles
        n, courses, pairs = model.n_people, model.n_courses, len(self.at.opening)
        prices = self.at.of_people(model)
        loss = self.best[bundles.person] - bundles.net(prices)
        order = np.lexsort((loss, bundles.person))
        first = order[np.r_[True, np.diff(bundles.person[order]) > 0]]
        default = np.zeros((n, courses), bool)
        default[bundles.person[first]] = bundles.taken[first]
        at_default = np.zeros(n)
        at_default[bundles.person[first]] = loss[first]
        is_free = np.ones(len(bundles), bool)
        is_free[first] = False
        rows = np.flatnonzero(is_free)
        person, taken = bundles.person[rows], bundles.taken[rows]
        change = taken.astype(np.int8) - default[person]
        at_row, at_course = np.nonzero(change)
        sign = change[at_row, at_course].astype(float)
        pair_of = np.full((n, courses), -1)
        pair_of[self.at.opening_person, self.at.opening_course] = np.arange(pairs)
        pair = pair_of[person[at_row], at_course]
        paired = pair >= 0
        free, size = len(rows), 1 + courses + pairs
        money = change @ model.cost
        run = free + np.arange(courses)
        spent = np.flatnonzero(money)
        coin = max(float(model.cost.max(initial=0.0)), float(model.fixed.max(initial=0.0)), 1.0)
        matrix = coo_array((
            np.r_[money[spent] / coin, model.fixed / coin, sign, -model.run_seats, sign[paired], -np.ones(pairs), np.ones(size)],
            (np.r_[np.zeros(len(spent) + courses, np.int64), 1 + at_course, 1 + np.arange(courses),
                   1 + courses + pair[paired], 1 + courses + np.arange(pairs), np.arange(size)],
             np.r_[spent, run, at_row, run, at_row[paired], free + self.at.opening_course, free + courses + np.arange(size)]),
        ), shape=(size, free + courses + size)).tocsr()  # fmt: skip
        filled = default.sum(axis=0)
        right = np.r_[(model.budget - filled @ model.cost) / coin, -filled.astype(float),
                      -default[self.at.opening_person, self.at.opening_course].astype(float)]
        worth = self.at.run_worth(model)
        price = np.r_[self.at.money * coin, self.at.seat, self.at.opening]
        if leeway is not None:
            leeway[0] *= coin
        ease = price if leeway is None else np.minimum(price, leeway)
        cost = np.r_[loss[rows] - at_default[person], -worth, ease]
        upper = np.r_[np.ones(free), self.high, np.full(size, np.inf)]
        lower = np.r_[np.zeros(free), self.low, np.zeros(size)]
        if leeway is not None:
            matrix = hstack([matrix, -eye_array(size)], format="csr")
            cost, upper, lower = np.r_[cost, leeway], np.r_[upper, np.full(size, np.inf)], np.r_[lower, np.zeros(size)]
        several = np.bincount(person, minlength=n) > 1
        place = np.cumsum(several) - 1
        bound = np.flatnonzero(several[person])
        choice = None
        if len(bound):
            choice = csr_array((np.ones(len(bound)), (place[person[bound]], bound)),
                               shape=(int(several.sum()), matrix.shape[1]))
        return MasterForm(
            rows=rows, default=first, matrix=matrix, right=right, choice=choice, cost=cost, lower=lower, upper=upper,
            choice_right=None if choice is None else np.ones(choice.shape[0]), price=price, coin=coin,
            constant=self.at.money * model.budget + float(self.best.sum()) - float(at_default.sum()),
        )  # fmt: skip

    def read(self, form: "MasterForm", x: Array, points: float, prices: Prices, *, whole: bool = False) -> MasterSolution:
        """Shares and runs from the variables of the solver."""
        free = len(form.rows)
        share = np.zeros(len(self.bundles))
        share[form.rows] = np.rint(x[:free]) if whole else np.clip(x[:free], 0, 1)
        rest = np.ones(self.model.n_people)
        np.subtract.at(rest, self.bundles.person[form.rows], share[form.rows])
        share[form.default] = np.clip(rest[self.bundles.person[form.default]], 0, 1)
        runs = x[free : free + self.model.n_courses]
        return MasterSolution(bundles=self.bundles, share=share, runs=runs, points=points, prices=prices)


@dataclass(frozen=True, kw_only=True, eq=False)
class MasterForm:
    """Coefficients: variables are the free sets, the runs, the slack of money, seats and openings."""

    rows: Integers
    default: Integers
    matrix: Any
    right: Array
    choice: Any
    choice_right: Array | None
    cost: Array
    lower: Array
    upper: Array
    price: Array
    coin: float
    constant: float


def unopened_pairs(model: CourseModel, solution: MasterSolution, low: Array) -> tuple[Integers, Integers]:
    """People who hold more of a course than is run of it, which the programme did not yet forbid."""
    held = np.zeros((model.n_people, model.n_courses))
    some = np.flatnonzero(solution.share > 1e-9)
    np.add.at(held, solution.bundles.person[some], solution.bundles.taken[some] * solution.share[some][:, None])
    over = held > np.minimum(solution.runs, 1.0) + 1e-6
    over[:, low >= 1] = False
    over[solution.prices.opening_person, solution.prices.opening_course] = False
    person, course = np.nonzero(over)
    return person, course
