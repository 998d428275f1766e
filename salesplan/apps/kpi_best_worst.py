"""Best-worst answers as the panel holds them: which KPI matters most and least, and by how much, in whole steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from salesplan.weighting.best_worst import BestWorstWeights, best_worst_weights

MOST = 9
Answers = dict[str, Any]
"""``best``, ``worst``, ``best_to_others`` and ``others_to_worst``, as in the parameter file."""


def starting_answers(weights: Mapping[str, float]) -> Answers:
    """Answers that agree with weights as far as whole steps from 1 to 9 allow.

    Examples
    --------
    >>> starting_answers({"a": 0.6, "b": 0.3, "c": 0.1})
    {'best': 'a', 'worst': 'c', 'best_to_others': {'a': 1, 'b': 2, 'c': 6}, 'others_to_worst': {'a': 6, 'b': 3, 'c': 1}}
    """
    names = list(weights)
    if len(names) < 2:
        return {}
    best = max(names, key=lambda kpi: weights[kpi])
    worst = min((kpi for kpi in names if kpi != best), key=lambda kpi: weights[kpi])
    least = max(weights[worst], 1e-9)
    return _fitted(
        names, best, worst, {kpi: weights[best] / max(weights[kpi], 1e-9) for kpi in names},
        {kpi: weights[kpi] / least for kpi in names})


def with_ends(answers: Answers, *, best: str, worst: str) -> Answers:
    """The answers for another most or least important KPI, which changes places with the one before.

    Examples
    --------
    >>> with_ends(starting_answers({"a": 0.6, "b": 0.3, "c": 0.1}), best="b", worst="c")["best_to_others"]
    {'a': 2, 'b': 1, 'c': 6}
    """
    names = list(answers["best_to_others"])
    if worst == best:  # the two change places
        best, worst = (answers["worst"], worst) if worst == answers["best"] else (best, answers["best"])
    size = {kpi: answers["others_to_worst"][kpi] for kpi in names}
    for new, old in ((best, answers["best"]), (worst, answers["worst"])):
        if not (best == answers["worst"] and new == worst):  # both ends changed places at once already
            size[new], size[old] = size[old], size[new]
    return _fitted(names, best, worst, {kpi: size[best] / size[kpi] for kpi in names}, {kpi: size[kpi] / size[worst] for kpi in names})


def answered(answers: Answers, listed: str, kpi: str, times: float) -> Answers:
    """The answers with one given anew; none may exceed that of the best over the worst.

    Examples
    --------
    >>> one = answered(starting_answers({"a": 0.6, "b": 0.3, "c": 0.1}), "best_to_others", "c", 2)
    >>> one["best_to_others"], one["others_to_worst"]
    ({'a': 1, 'b': 2, 'c': 2}, {'a': 2, 'b': 2, 'c': 1})
    """
    best, worst = answers["best"], answers["worst"]
    lists = {name: dict(answers[name]) for name in ("best_to_others", "others_to_worst")}
    lists[listed][kpi] = times
    if kpi in (best, worst):  # the one judgement that stands in both lists
        lists["best_to_others"][worst] = lists["others_to_worst"][best] = times
    return _fitted(list(lists["best_to_others"]), best, worst, lists["best_to_others"], lists["others_to_worst"])


def weighed(answers: Answers, kpis: Sequence[str], method: str) -> BestWorstWeights:
    """What the answers give, by the linear or the non-linear model; the KPIs in the order given."""
    over, under = ({kpi: answers[name][kpi] for kpi in kpis} for name in ("best_to_others", "others_to_worst"))
    return best_worst_weights(over, under, model="nonlinear" if method.endswith("nonlinear") else "linear",
                              best=answers["best"], worst=answers["worst"])


def _fitted(
    names: Sequence[str], best: str, worst: str, over: Mapping[str, float], under: Mapping[str, float]
) -> Answers:
    top = max(1, min(MOST, round(over[worst])))

    def whole(values: Mapping[str, float]) -> dict[str, int]:
        return {kpi: max(1, min(top, round(values[kpi]))) for kpi in names}

    return {"best": best, "worst": worst, "best_to_others": {**whole(over), best: 1, worst: top},
            "others_to_worst": {**whole(under), worst: 1, best: top}}
