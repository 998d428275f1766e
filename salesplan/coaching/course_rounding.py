"""From shares of sets of courses to a plan that can be held: people served in turn while money and seats last."""

import numpy as np

from salesplan.coaching.course_master import MasterSolution
from salesplan.coaching.course_model import Array, CourseModel, Flags


def quick_plan(model: CourseModel, solved: MasterSolution) -> tuple[Flags, Array]:
    """A plan near the optimum with shares: the most valuable sets first, each person the largest share that still fits.

    Runs are paid when the first person needs them; a run nobody came to is not held.
    """
    bundles = solved.bundles
    loss = np.where(solved.share > 1e-9, -solved.share, 1 - bundles.points / max(bundles.points.max(initial=1.0), 1.0))
    order = np.lexsort((loss, bundles.person))
    start = np.flatnonzero(np.r_[True, np.diff(bundles.person[order]) > 0]) if len(order) else np.zeros(0, np.int64)
    ends = np.r_[start[1:], len(order)]
    first = bundles.points[order[start]]
    taken = np.zeros((model.n_people, model.n_courses), bool)
    runs, filled, money = np.zeros(model.n_courses), np.zeros(model.n_courses), model.budget
    planned = np.minimum(np.ceil(solved.runs - 0.5 + 1e-9), model.runs)
    for at in np.argsort(-first, kind="stable"):
        for row in order[start[at] : ends[at]]:
            courses = np.flatnonzero(bundles.taken[row])
            if not len(courses):
                break
            full = (filled + 1 > model.room(runs))[courses]
            opened = courses[full]
            price = model.cost[courses].sum() + model.fixed[opened].sum()
            if price <= money + 1e-9 and (runs[opened] + 1 <= planned[opened]).all():
                runs[opened] += 1
                filled[courses] += 1
                taken[bundles.person[row], courses] = True
                money -= price
                break
    return taken, runs
