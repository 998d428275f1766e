"""What more or less money for courses would close: the best plan at each of several budgets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.coaching.course_plan import CoursePlanner
from salesplan.errors import InputError


@dataclass(frozen=True, kw_only=True, eq=False)
class BudgetCurve:
    """Best plans by budget.

    ``points``: budget, spent, plan_value (weighted levels closed), bound_value, covered_share (of the weighted need),
    n_people, n_courses, n_seats, extra_value (more than the plan before, for each ``step`` of money), is_proven.
    """

    points: pd.DataFrame
    step: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", self.points.copy())
        falls = self.points["plan_value"].diff() < -1e-9
        if (falls & self.points["is_proven"]).any():
            raise InputError("a plan with more money closes less, must not", where="budget curve")

    def to_frame(self) -> pd.DataFrame:
        """One row a budget."""
        return self.points.copy()

    def worth_spending(self, *, share: float = 0.95) -> float:
        """The smallest budget of the curve that closes ``share`` of what the largest one closes."""
        if not 0 < share <= 1:
            raise InputError(f"share == {share:g}, must be a fraction above 0")
        value = self.points["plan_value"]
        return float(self.points.loc[value >= share * value.iloc[-1] - 1e-9, "budget"].iloc[0])


def budget_curve(
    planner: CoursePlanner,
    *,
    budgets: Sequence[float] | None = None,
    n: int = 9,
    around: float | None = None,
    step: float = 1000.0,
    time_limit: float = 5.0,
) -> BudgetCurve:
    """The best plan at each budget, smallest first; one search uses what the others learnt.

    Parameters
    ----------
    budgets
        Sums to try; without them ``n`` even steps from 0 to twice ``around`` (rounded to whole steps), or to the most that
        could be spent usefully.
    step
        Money that ``extra_value`` is stated for.
    time_limit
        Seconds for each budget.

    Raises
    ------
    InputError
        No budget, a negative one, or fewer than 2 steps.

    Examples
    --------
    >>> needs = pd.DataFrame({"seller_id": ["a", "b"], "skill": "ask", "gap": [1.0, 0.5], "weight": 4})
    >>> courses = pd.DataFrame({"course": ["asking"], "hours": [8], "cost": [1000]})
    >>> teaches = pd.DataFrame({"course": ["asking"], "skill": ["ask"], "gain": [1.0]})
    >>> curve = budget_curve(CoursePlanner(needs, courses, teaches, hours_per_person=8), budgets=[0, 1000, 2000])
    >>> curve.points[["plan_value", "extra_value"]].values.tolist()
    [[0.0, nan], [4.0, 4.0], [6.0, 2.0]]
    """
    if budgets is None:
        if n < 2:
            raise InputError(f"n == {n}, must be at least 2")
        top = min(2 * around, planner.most_useful_budget) if around else planner.most_useful_budget
        budgets = sorted(set(np.round(np.linspace(0, top, n) / step) * step))
    tried = sorted({float(b) for b in budgets})
    if not tried:
        raise InputError("budgets are empty, must name at least one sum")
    rows = []
    for budget in tried:
        plan = planner.solve(budget, time_limit=time_limit)
        row = plan.summary().iloc[0]
        rows.append({"budget": budget, **{c: row[c] for c in ("spent", "plan_value", "bound_value", "covered_share", "n_people",
                                                              "n_courses", "n_seats", "is_proven")}})
    points = pd.DataFrame(rows)
    points["extra_value"] = points["plan_value"].diff() / points["budget"].diff() * step
    return BudgetCurve(points=points, step=step)
