"""Branch and price: the best plan of courses with proof, or the best found with the gap that remains."""

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from salesplan.coaching.course_bundles import Bundles, empty_bundles
from salesplan.coaching.course_master import Master, MasterSolution, Prices, no_prices, unopened_pairs
from salesplan.coaching.course_model import Array, CourseModel, Flags
from salesplan.coaching.course_pricing import SetPool
from salesplan.coaching.course_rounding import quick_plan
from salesplan.coaching.course_whole import whole_plan

_WHOLE = 1e-6
_CLOSE = 0.3
_SAMPLE = 200
_ROUNDS = 80
_SLACK = 5.0
_NEAR = 6
_STRONG = 8
_SEEN = 2
_NARROW = 8.0
_TRY = 1.5
_SPLIT_SOON = 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchResult:
    """Best plan found: the courses of each person, runs, its points and what no plan exceeds (both in points)."""

    taken: Flags
    runs: Array
    points: float
    bound: float
    prices: Prices
    nodes: int
    seconds: float

    @property
    def is_proven(self) -> bool:
        """Points are whole numbers: a bound less than one point above leaves no better plan."""
        return self.bound - self.points < 1 - 1e-4


@dataclass(frozen=True, kw_only=True, eq=False)
class _Node:
    """Part of the plans: runs between ``low`` and ``high``, and what none of them exceeds."""

    bound: float
    low: Array
    high: Array
    prices: Prices
    depth: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Relaxed:
    """Bound of a node, the optimum with shares, the prices at which the bound holds and the best nets there."""

    bound: float
    solution: MasterSolution
    centre: Prices
    best: Array


@dataclass(eq=False)
class CourseSearch:
    """One search over all plans of a model.

    ``pool`` and ``prices`` of an earlier search on the same people (other money, seats or runs) make it quick, a plan of
    such a search is a start if it can be paid. It ends early when it is no longer wanted.

    Notes
    -----
    Each person gets one set of courses (Dantzig & Wolfe 1960), so that hours, prerequisites, exclusives and capped
    coverage are exact in the bound and only money, seats and runs link people. Branching is on runs; once these are whole,
    all sets that lose less than the remaining gap are listed and one integer programme (HiGHS) settles the rest: a plan
    with any other set would be worse than the plan found.
    """

    model: CourseModel
    pool: SetPool
    time_limit: float = 30.0
    prices: Prices | None = None
    is_wanted: Callable[[], bool] = lambda: True
    began: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.points = 0.0
        self._falls: dict[int, list[tuple[float, float]]] = {}
        shape = (self.model.n_people, self.model.n_courses)
        self.plan: tuple[Flags, Array] = (np.zeros(shape, bool), np.zeros(shape[1]))

    def start_from(self, taken: Flags, runs: Array) -> None:
        """Take over a plan of another search where this one's money, seats and runs allow it."""
        model = self.model
        people = taken.sum(axis=0)
        payable = model.spending(taken).sum() + runs @ model.fixed <= model.budget + 1e-6
        if payable and (people <= model.room(runs)).all() and (runs <= model.runs).all():
            self._keep(taken, runs)

    def run(self) -> SearchResult:
        """Search until nothing better can be left, or the time is up."""
        model = self.model
        prices = self.prices or self._starting_prices()
        high = np.where(model.run_seats > 0, model.runs, 0.0)
        first = _Node(bound=np.inf, low=np.zeros(model.n_courses), high=high, prices=prices)
        order = itertools.count()
        queue = [(0.0, next(order), first)]
        nodes, open_bounds, root = 0, [0.0], None
        while queue:
            node = heapq.heappop(queue)[2]
            if self._cannot_gain(node.bound):
                continue
            if nodes and self.late:
                open_bounds.append(node.bound)
                continue
            nodes += 1
            relaxed = self._relax(node)
            if relaxed is None:
                continue
            if root is None:
                root = relaxed
                self._first_plan(relaxed, node)
                node = self._fix_runs(relaxed, node)
            if self._cannot_gain(relaxed.bound):
                continue
            halves = self._branch(relaxed, node)
            for half in halves:
                heapq.heappush(queue, (-half.bound, next(order), half))
            if not halves and not self._finish(relaxed, node):
                open_bounds.append(relaxed.bound)
        top = root.bound if root is not None else 0.0
        return SearchResult(
            taken=self.plan[0], runs=self.plan[1], points=self.points, nodes=nodes, prices=root.centre if root else prices,
            bound=max(self.points, min(max(open_bounds), top)), seconds=time.perf_counter() - self.began)

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return self._left() <= 0 or not self.is_wanted()

    def _left(self) -> float:
        return self.began + self.time_limit - time.perf_counter()

    def _cannot_gain(self, bound: float) -> bool:
        return bound < self.points + 1 - 1e-4

    def _starting_prices(self) -> Prices:
        """Prices that fit a sample of the people with their share of money and seats."""
        model = self.model
        if model.n_people <= 2 * _SAMPLE:
            return no_prices(model, self._price_of_money())
        some = model.sample(np.arange(0, model.n_people, model.n_people // _SAMPLE))
        part = CourseSearch(model=some, pool=SetPool(some), time_limit=self._left() / 4)
        high = np.where(model.run_seats > 0, model.runs, 0.0)
        low = np.zeros(model.n_courses)
        relaxed = part._relax(_Node(bound=np.inf, low=low, high=high, prices=part._starting_prices()))
        return no_prices(model) if relaxed is None else relaxed.solution.prices.without_pairs(None)

    def _price_of_money(self) -> float:
        """Price at which people would spend the money, seats and runs aside."""
        model = self.model
        value = (model.alone * model.allowed).ravel()
        cost = np.tile(model.cost, model.n_people)
        rate = np.divide(value, cost, out=np.zeros(len(value)), where=cost > 0)
        order = np.argsort(-rate)
        place = int(np.searchsorted(np.cumsum(np.where(value > 0, cost, 0)[order]), model.budget))
        return float(rate[order[place]]) if place < len(order) else 0.0

    def _relax(self, node: _Node) -> _Relaxed | None:
        """Optimum of a node with shares of sets and parts of runs; none when it holds no better plan.

        Column generation with a box around the best prices so far (Marsten, Hogan & Blankenship 1975); the rule that
        nobody sits in a course that is not run is added where it is broken.
        """
        model, low, high = self.model, node.low, node.high
        prices = node.prices.without_pairs(((low < 1) & (high > 0))[node.prices.opening_course])
        allowed = model.allowed & (high > 0)
        centre, best, solved = prices, np.zeros(0), None
        bound, goal, n_known, box = np.inf, -np.inf, 0, 0.04 if node.depth else 0.3
        for at in range(_ROUNDS):
            here_best, ceiling = self.pool.best(prices.of_people(model), allowed, slack=_SLACK)
            here = prices.bound(model, ceiling, low, high)
            if at:
                step = (bound - here) / max(bound - goal, 1e-9)
                box = box * 2.5 if step > 0.6 else box / 2.5 if step < 0.1 else box
            if here < bound:
                bound, centre, best = here, prices, here_best
            if self._cannot_gain(bound):
                return None
            bundles = self._near(centre, best, high, solved, most=_NEAR + at)
            while True:
                solved = Master(model=model, bundles=bundles, at=centre, best=best, low=low, high=high, box=box).relax()
                if solved is None:
                    return None
                people, courses = unopened_pairs(model, solved, low)
                if not len(people) or solved.is_boxed:
                    break
                centre = centre.with_pairs(people, courses)
            stuck = not solved.is_boxed and (goal, n_known) == (solved.points, len(self.pool.bundles))
            goal, prices, n_known = solved.points, solved.prices, len(self.pool.bundles)
            split = node.depth and self.points and bool((_parts(solved) > _WHOLE).any())
            enough = split and bound - goal < _SPLIT_SOON * (goal - self.points - 1)
            if self.late or stuck or enough or (bound - goal < _CLOSE and not solved.is_boxed):
                break
        if solved is None:
            return None
        return _Relaxed(bound=min(bound, node.bound), solution=solved, centre=centre, best=best)

    def _near(self, centre: Prices, best: Array, high: Array, solved: MasterSolution | None, *, most: int) -> Bundles:
        """Sets for the linear programme: all, or the nearest to the best of each person when there are many."""
        bundles = self.pool.open_bundles(high)
        if len(bundles) <= most * self.model.n_people:
            return bundles
        loss = best[bundles.person] - bundles.net(centre.of_people(self.model))
        order = np.lexsort((loss, bundles.person))
        start = np.flatnonzero(np.r_[True, np.diff(bundles.person[order]) > 0])
        rank = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
        near = bundles.where(np.sort(order[rank < most])).with_more(empty_bundles(self.model))
        return near if solved is None else near.with_more(solved.bundles.where(solved.share > 1e-9))

    def _fix_runs(self, relaxed: _Relaxed, node: _Node) -> _Node:
        """Runs that every better plan must have, or cannot have (reduced costs)."""
        worth = relaxed.centre.run_worth(self.model)
        room = relaxed.bound - self.points - 1
        return replace(node, low=np.where(worth > room, node.high, node.low),
                       high=np.where(-worth > room, node.low, node.high))

    def _first_plan(self, relaxed: _Relaxed, node: _Node) -> None:
        """Plans to begin with: people served in turn, then the nearly best plan of the rounded runs."""
        self._keep(*quick_plan(self.model, relaxed.solution))
        if self.late or not (_parts(relaxed.solution) > _WHOLE).any():
            return
        runs = np.rint(relaxed.solution.runs)
        if runs @ self.model.fixed > self.model.budget:
            runs = np.floor(relaxed.solution.runs + _WHOLE)
        rounded = replace(node, low=runs, high=runs, prices=relaxed.solution.prices, depth=1)
        found = self._relax(rounded)
        if found is not None:
            self._keep(*quick_plan(self.model, found.solution))
            enough = 1e-4 * found.bound
            if found.bound - self.points > enough:
                self._finish(found, rounded, enough=enough)

    def _branch(self, relaxed: _Relaxed, node: _Node) -> list[_Node]:
        """Fewer or more runs of the course that moves the optimum most; nothing when all runs are whole."""
        runs, part = relaxed.solution.runs, _parts(relaxed.solution)
        tried = np.argsort(-part)[:_STRONG]
        tried = tried[part[tried] > _WHOLE]
        most, chosen = -np.inf, []
        for course in tried:
            lower, upper = node.high.copy(), node.low.copy()
            lower[course], upper[course] = np.floor(runs[course]), np.ceil(runs[course])
            down, up = runs[course] - lower[course], upper[course] - runs[course]
            seen = self._falls.setdefault(int(course), [])
            if len(tried) > 1 and len(seen) < _SEEN:
                seen.append((self._fall(relaxed, node.low, lower) / down, self._fall(relaxed, upper, node.high) / up))
            score = float(np.prod(np.mean(seen, axis=0))) * down * up if seen else 1.0
            if score > most:
                most, chosen = score, [(node.low, lower), (upper, node.high)]
        prices = relaxed.solution.prices
        return [_Node(bound=relaxed.bound, low=a, high=b, prices=prices, depth=node.depth + 1) for a, b in chosen]

    def _fall(self, relaxed: _Relaxed, low: Array, high: Array) -> float:
        """How far the optimum falls with these runs, over the sets at hand."""
        bundles = relaxed.solution.bundles.without(high <= 0)
        solved = Master(model=self.model, bundles=bundles, at=relaxed.centre, best=relaxed.best, low=low, high=high).relax()
        return relaxed.bound if solved is None else max(relaxed.solution.points - solved.points, 1e-3)

    def _finish(self, relaxed: _Relaxed, node: _Node, *, enough: float = 0.99) -> bool:
        """Best whole plan of a node, or one that loses at most ``enough``; false when that is not certain."""
        model, centre = self.model, relaxed.centre
        allowed = model.allowed & (node.high > 0)
        worth = centre.of_people(model)
        loss, cleared = 2.0 + relaxed.bound - relaxed.solution.points + (enough / 4 if enough > 1 else 0.0), -1.0
        while (most := relaxed.bound - self.points - 1) > cleared:
            loss = min(loss, most)
            best, ceiling = self.pool.best_and_near(worth, allowed, slack=loss)
            certain = bool((ceiling <= best + 1e-6).all())
            bundles = self.pool.open_bundles(node.high)
            lost = best[bundles.person] - bundles.net(worth)

            def within(most_lost: float, bundles: Bundles = bundles, lost: Array = lost, best: Array = best) -> Master:
                near = bundles.where(lost <= most_lost + 1e-6)
                return Master(model=model, bundles=near, at=centre, best=best, low=node.low, high=node.high)

            if _NARROW < loss < most:
                plan, _ = whole_plan(within(loss), seconds=min(self._left(), _TRY), at_most_loss=loss, enough=loss / 4, open_end=True)
                if plan is not None:
                    self._keep(*plan.whole(model))
                    loss = min(loss, relaxed.bound - self.points - 1)
                if loss <= cleared:
                    return True
            plan, proven = whole_plan(within(loss), seconds=self._left(), at_most_loss=loss, enough=enough)
            if plan is not None:
                self._keep(*plan.whole(model))
            if not (proven and certain):
                return False
            if enough > 1 or plan is not None:
                return True
            cleared, loss = loss, 2 * loss
        return True

    def _keep(self, taken: Flags, runs: Array) -> None:
        points = float(np.rint(self.model.points(np.arange(self.model.n_people), taken).sum()))
        if points > self.points:
            self.points, self.plan = points, (taken, runs)


def _parts(solved: MasterSolution) -> Array:
    """How far runs are from whole."""
    return np.abs(solved.runs - np.rint(solved.runs))
