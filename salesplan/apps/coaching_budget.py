"""Course plans under any budget: an answer while a slider moves, the proven plan and its curve when it rests."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan, CoursePlanner

QUICK = 0.15
"""Seconds within which a moved slider gets its plan; it says when a better one may be left."""
PATIENT = (0.7, 2.0, 8.0)
"""Seconds of one search after the other for the proof, so that it is given up soon when nobody waits for it any more."""
Wanted = Callable[[], bool]
UNHURRIED = 1.0
"""Seconds for a plan that no slider waits for."""
MOST_STOPS = 100
CURVE_POINTS = 8
MORE = 1000.0
"""Currency units of which the panel tells what they would add."""


@dataclass(frozen=True, kw_only=True)
class NextMoney:
    """What `MORE` currency units more would cover, as shares of all need: by solving again, and at the price of money."""

    extra_share: float
    average_share: float
    is_exact: bool


class BudgetPlans:
    """Plans for the same people, courses and hours under changing budgets.

    `quick` is for the page's own thread, `proven` and what rests on it for work beside the page: each has a planner of
    its own, because a planner learns while it searches. The planner given stays as it was: what a hurried search learns
    depends on the time it had.
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
        """The best plan, with proof unless `PATIENT` is not enough or it is no longer wanted."""
        if budget in self._proven:
            return self._proven[budget]
        for seconds in PATIENT:
            plan = self._patient.solve(budget, time_limit=seconds)
            if plan.is_proven:
                break
            if not is_wanted():
                return plan
        self._proven[budget] = plan
        return plan

    def next_money(self, budget: float, *, is_wanted: Wanted = lambda: True) -> NextMoney:
        """What a little more money would add."""
        now, then = (self.proven(amount, is_wanted=is_wanted) for amount in (budget, budget + MORE))
        need = now.need_value
        if need <= 0:
            return NextMoney(extra_share=0.0, average_share=0.0, is_exact=True)
        extra = max(0.0, then.value - now.value) / need
        return NextMoney(extra_share=extra, average_share=now.price_of_money * MORE / need,
                         is_exact=now.is_proven and then.is_proven)

    def curve(self, budgets: Iterable[float], *, is_wanted: Wanted = lambda: True) -> pd.DataFrame:
        """budget, covered_share at each budget; ends early when it is no longer wanted."""
        rows = []
        for budget in budgets:
            if not is_wanted():
                break
            rows.append({"budget": budget, "covered_share": self.proven(budget, is_wanted=is_wanted).covered_share})
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
