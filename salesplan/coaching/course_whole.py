"""The integer programme that ends a search: the best whole plan from the sets that lose little."""

from typing import Any

import numpy as np

from salesplan.coaching.course_master import Master, MasterForm, MasterSolution

_LEAST_OBJECTIVE = 100.0
_GAVE_UP = 4
_MANY = 2000


def whole_plan(
    master: Master, *, seconds: float, at_most_loss: float, enough: float = 0.99, open_end: bool = False
) -> tuple[MasterSolution | None, bool]:
    """Best whole plan that loses at most ``at_most_loss`` against the bound; none if there is none.

    The second value says whether that is proven, up to ``enough`` points (points are whole, so 0.99 is exact). With an
    ``open_end`` any plan from these sets will do: plans that lose more are found sooner.
    """
    form = master.form()
    top = master.at.bound(master.model, master.best, master.low, master.high)
    least = top - at_most_loss
    for by_loss in (True, False) if len(form.rows) > _MANY else (False,):
        result, points = _solve(master, form, by_loss=by_loss, top=top, least=least, seconds=seconds, enough=enough, open_end=open_end)
        if result.status != _GAVE_UP:
            break
    if result.x is None or (points < least - 0.5 and not open_end):
        return None, result.status in (0, 2)
    return master.read(form, result.x, points, master.at, whole=True), result.status == 0


def _solve(
    master: Master, form: MasterForm, *, by_loss: bool, top: float, least: float, seconds: float, enough: float,
    open_end: bool,
) -> tuple[Any, float]:
    """Answer of the solver, and its points.

    How many attend each course is a variable of its own, so that the solver can branch on it and round the budget.
    ``by_loss`` minimises what is lost against the bound, with the slack of each row priced: quicker when there are many
    sets, because the solver starts at the bound; a variable held at 1 lifts the objective, so that the solver's relative
    gap means points. Else points are maximised, in whole numbers throughout.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    model, bundles = master.model, master.bundles
    sets, courses = len(form.rows), model.n_courses
    last = len(form.cost) if by_loss else sets + courses
    if by_loss:
        cost, constant, lift = form.cost, form.constant, _LEAST_OBJECTIVE + top - form.constant
        height = _LEAST_OBJECTIVE + top - least
    else:
        base = np.zeros(model.n_people)
        base[bundles.person[form.default]] = bundles.points[form.default]
        cost, constant, lift = np.r_[base[bundles.person[form.rows]] - bundles.points[form.rows], np.zeros(courses)], base.sum(), 0.0
        height, least = max(float(constant), 1.0), float(np.ceil(least - 1e-6))

    attended = form.matrix[1 : courses + 1, :sets]
    others = form.matrix[courses + 1 :, :sets]
    heads = vstack([csr_array(model.cost[None, :] / form.coin), eye_array(courses), csr_array((others.shape[0], courses))])
    limits = hstack([vstack([csr_array((courses + 1, sets)), others]), form.matrix[:, sets:last], heads])
    right = np.r_[model.budget / form.coin, np.zeros(courses), form.right[courses + 1 :]]
    count = hstack([attended, csr_array((courses, last - sets)), -eye_array(courses)])
    rows = [(limits, right if by_loss else -np.inf, right), (count, form.right[1 : courses + 1], form.right[1 : courses + 1]),
            (csr_array(cost[None, :]), -np.inf, np.inf if open_end else constant - least)]
    if form.choice is not None:
        rows.append((form.choice[:, :last], -np.inf, form.choice_right))
    width = last + courses + 1
    constraints = [LinearConstraint(hstack([a, csr_array((a.shape[0], width - a.shape[1]))]), low, high) for a, low, high in rows]
    most = np.full(courses, float(model.n_people))
    result = milp(np.r_[cost, np.zeros(courses), lift], constraints=constraints,
                  integrality=np.r_[np.ones(sets + courses), np.zeros(last - sets - courses), np.ones(courses), 0],
                  bounds=Bounds(np.r_[form.lower[:last], np.zeros(courses), 1], np.r_[form.upper[:last], most, 1]),
                  options={"time_limit": max(seconds, 0.05), "mip_rel_gap": enough / height})
    return result, np.nan if result.x is None else float(constant) - float(result.fun) + lift
