"""Course plans under any budget: an answer while a slider moves, the proven plan and its curve when it rests."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.coaching.shadow_value import ShadowValue

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan, CoursePlanner

QUICK = 0.15
"""Seconds within which a moved slider gets its plan; it says when a better one may be left."""
PATIENT = 8.0
"""Seconds for a point of the curve."""
Wanted = Callable[[], bool]
UNHURRIED = 1.0
"""Seconds for a plan that no slider waits for."""
MOST_STOPS = 100
CURVE_POINTS = 8
MORE = 1000.0
"""Currency units of which the panel tells what they would add."""


class BudgetPlans:
    """Plans for the same people, courses and hours under changing budgets.

    `quick` is for the page's own thread, `proven` and what rests on it for work beside the page: each has a planner of
    its own, because a planner learns while it searches. What is proven is the plan that a report of the same budget gives.
    """

    def __init__(self, planner: "CoursePlanner") -> None:
        self._quick, self._patient = deepcopy(planner), deepcopy(planner)
        self._proven: dict[float, CoursePlan] = {}

    def quick(self, budget: float, *, seconds: float = QUICK) -> "CoursePlan":
        """The proven plan where it is known, else the best one found at once."""
        return self._proven.get(budget) or self._quick.solve(budget, time_limit=seconds)

    def know(self, plan: "CoursePlan") -> None:
        """Take a plan that was made without hurry for that of its budget."""
        self._proven[plan.budget] = plan

    def proven(self, budget: float, *, is_wanted: Wanted = lambda: True) -> "CoursePlan":
        """The plan of a budget as everybody gets it, with proof unless the time is not enough or it is no longer wanted."""
        if budget in self._proven:
            return self._proven[budget]
        plan = self._patient.settled(budget, is_wanted=is_wanted)
        if plan.is_proven or is_wanted():
            self._proven[budget] = plan
        return plan

    def next_money(self, budget: float, *, is_wanted: Wanted = lambda: True) -> ShadowValue:
        """What a little more money would add."""
        now, then = (self.proven(amount, is_wanted=is_wanted) for amount in (budget, budget + MORE))
        return ShadowValue.between(now, then, step=MORE)

    def curve(self, budgets: Iterable[float], *, is_wanted: Wanted = lambda: True) -> pd.DataFrame:
        """budget, covered_share at each budget; ends early when it is no longer wanted."""
        rows = []
        for budget in budgets:
            if not is_wanted():
                break
            plan = self._proven.get(budget) or self._patient.solve(budget, time_limit=PATIENT)
            rows.append({"budget": budget, "covered_share": plan.covered_share})
        return pd.DataFrame(rows, columns=["budget", "covered_share"])

    def whole(self) -> "CoursePlan":
        """The plan that money does not limit: everything that courses can close within seats and hours."""
        return self._quick.solve(self._quick.most_useful_budget, time_limit=UNHURRIED)


def budget_stops(full_cost: float, budget: float) -> list[float]:
    """Stops of the slider: from nothing to about twice what all gaps cost, in round steps of
    `MORE` or above, the present budget among them.

    Examples
    --------
    >>> stops = budget_stops(549_600, 100_000)
    >>> stops[:3], stops[-1], len(stops)
    ([0.0, 20000.0, 40000.0], 1100000.0, 56)
    >>> budget_stops(0.0, 1_500.0)[-1]
    3000.0
    """
    wanted = 2 * (full_cost or budget or MORE)
    step = max(MORE, nice_step(wanted / MOST_STOPS))
    stops = [step * at for at in range(-int(-wanted // step) + 1)]
    return sorted({*stops, float(budget)})


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … that is not below.

    Examples
    --------
    >>> nice_step(0.3), nice_step(1300), nice_step(20_000)
    (1.0, 2000.0, 20000.0)
    """
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if step * factor >= least * (1 - 1e-9):
                return step * factor
        step *= 10


def curve_stops(stops: list[float], budget: float) -> list[float]:
    """Budgets at which the curve is worked out: spread over the slider, closer where money is short.

    Examples
    --------
    >>> curve_stops([0.0, 10.0, 20.0, 30.0, 40.0], 20.0)
    [0.0, 10.0, 20.0, 30.0, 40.0]
    """
    last = len(stops) - 1
    places = {round(last * (at / CURVE_POINTS) ** 1.5) for at in range(CURVE_POINTS + 1)}
    return sorted({*(stops[place] for place in places), budget})
