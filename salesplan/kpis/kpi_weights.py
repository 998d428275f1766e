"""Weights of a KPI set: in whole steps, as people agree them, also where KPIs without data drop out."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import pandas as pd
from pydantic import ValidationError

from salesplan.errors import InputError, Sentence, known_choices
from salesplan.kpis.kpi_sets import KpiSet, SchemeItem
from salesplan.kpis.library import fault_of
from salesplan.money.bounded import split_bounded
from salesplan.money.remainders import rank_of
from salesplan.weighting.weights import SUM_TOLERANCE, Weights, count_steps, weight_values

REACH = 2
"""Steps by which a weight may move to reach a whole number of them that keeps equal weights equal."""
OFF_STEP = 1e-6
"""How far from a whole number of steps a weight may lie through float arithmetic."""


def on_step(one: KpiSet, *, step: float) -> KpiSet:
    """The set with every weight as the float nearest to its multiple of the step.

    Raises
    ------
    InputError
        A weight off the step, or weights that do not add up to 1, counted in whole steps.
    """
    steps = count_steps(step)
    units = {item.kpi: round(item.weight * steps) for item in one.items}
    for item in one.items:
        if abs(item.weight * steps - units[item.kpi]) > OFF_STEP:
            raise InputError(Sentence("weight of {kpi} == {weight}, must be a multiple of {step}", kpi=item.kpi,
                                      weight=f"{item.weight:g}", step=f"{step:g}"), where=Sentence("set {code}", code=one.code),
                             fix=Sentence("Write each weight in whole steps."))
    if sum(units.values()) != steps:
        raise InputError(
            Sentence("weights of set {set} add up to {total} %, must add up to 100 %", set=one.code,
                     total=f"{sum(units.values()) / steps * 100:g}"),
            where=", ".join(f"{kpi} {n / steps * 100:g} %" for kpi, n in units.items()),
            fix=Sentence("Move {points} % between the KPIs.", points=f"{abs(steps - sum(units.values())) / steps * 100:g}"),
        )
    return _with_steps(one, one.items, units, steps)


def keep_some(one: KpiSet, items: Sequence[SchemeItem], *, step: float) -> KpiSet:
    """The set with some of its KPIs, which take over the weight of the others and add up to exactly 1.

    People agreed on weights in whole steps, on which KPIs weigh the same, and on which weigh more. So of all weights
    in whole steps that keep equal ones equal and heavier ones heavier, those nearest to the old proportions are taken
    (least squares). Where no such weights exist (three equal KPIs in steps of 5 %), the proportions themselves are
    kept, off the step: a rounding that favours one of several equals would be arbitrary.

    Examples
    --------
    >>> from salesplan.kpis.default_scheme import default_scheme
    >>> manager = default_scheme()["manager"]
    >>> keep_some(manager, manager.items[:4], step=0.05).weights
    {'sales_amount': 0.45, 'collection_rate': 0.25, 'gross_margin': 0.15, 'crm_completeness': 0.15}
    >>> keep_some(manager, manager.items[2:], step=0.05).weights["gross_margin"] == 1 / 3
    True
    """
    exact = [Fraction(str(item.weight)) for item in items]
    total, steps = sum(exact), count_steps(step)
    levels = sorted(set(exact), reverse=True)
    units = _units_of_levels([float(level / total) * steps for level in levels], [exact.count(level) for level in levels], steps)
    if units is not None:
        by_level = dict(zip(levels, units, strict=True))
        return _with_steps(one, items, {item.kpi: by_level[w] for item, w in zip(items, exact, strict=True)}, steps)
    weighed = tuple(item.model_copy(update={"weight": float(w / total)}) for item, w in zip(items, exact, strict=True))
    return one.model_copy(update={"items": weighed})


def _units_of_levels(exact: Sequence[float], members: Sequence[int], steps: int) -> list[int] | None:
    """Whole steps for each level of weight, heaviest first: falling, at least 1, adding up over all members; or nothing."""

    @cache
    def best(at: int, left: int, below: int) -> tuple[float, tuple[int, ...]]:
        if at == len(exact):
            return (0.0, ()) if left == 0 else (math.inf, ())
        found: tuple[float, tuple[int, ...]] = (math.inf, ())
        for unit in range(max(1, math.floor(exact[at]) - REACH), min(below - 1, math.ceil(exact[at]) + REACH) + 1):
            if members[at] * unit <= left:
                error, rest = best(at + 1, left - members[at] * unit, unit)
                found = min(found, (error + members[at] * (unit - exact[at]) ** 2, (unit, *rest)))
        return found

    error, units = best(0, steps, steps + 1)
    return list(units) if math.isfinite(error) else None


def check_sum(one: KpiSet) -> KpiSet:
    """The set itself, whose weights must add up to 1 but need not lie on the step.

    Raises
    ------
    InputError
        They do not.
    """
    total = math.fsum(one.weights.values())
    if abs(total - 1) > SUM_TOLERANCE:
        raise InputError(f"weights of set {one.code} add up to {total * 100:g} %, must add up to 100 %",
                         where=", ".join(f"{kpi} {weight * 100:g} %" for kpi, weight in one.weights.items()))
    return one


def weigh(one: KpiSet, weights: Mapping[str, float] | pd.Series | Weights, *, step: float) -> KpiSet:
    """The set with other weights, rounded to the step; every KPI keeps at least one step.

    Raises
    ------
    InputError
        A KPI of the set has no weight, or a weight belongs to no KPI of it.
    """
    source = weights.to_series() if isinstance(weights, Weights) else weights
    given = {str(kpi): float(weight) for kpi, weight in source.items()}
    for kpi in one.kpis:
        if kpi not in given:
            raise InputError(f"{kpi} has no weight, must have one", where=f"set {one.code}")
    for kpi in given:
        if kpi not in one.kpis:
            raise InputError(f"kpi == {kpi!r}, must be a KPI of set {one.code}", fix=known_choices(kpi, one.kpis))
    _, fractions = weight_values({kpi: given[kpi] for kpi in one.kpis})
    steps = count_steps(step)
    units = _share_steps(steps, dict(zip(one.kpis, fractions.tolist(), strict=True)), one)
    return _with_steps(one, one.items, units, steps)


def are_on_step(weights: Mapping[str, float], *, step: float) -> bool:
    """Whether every weight is a multiple of the step.

    Examples
    --------
    >>> are_on_step({"a": 0.35, "b": 0.65}, step=0.05), are_on_step({"a": 1 / 3, "b": 2 / 3}, step=0.05)
    (True, False)
    """
    steps = count_steps(step)
    return all(abs(weight * steps - round(weight * steps)) <= OFF_STEP for weight in weights.values())


def are_weights_of(one: KpiSet, weights: Mapping[str, float] | pd.Series | Weights) -> bool:
    """Whether the weights are those the set has already, on the step or not."""
    source = weights.to_series() if isinstance(weights, Weights) else weights
    given = {str(kpi): float(weight) for kpi, weight in source.items()}
    return given.keys() == one.weights.keys() and all(abs(given[k] - w) <= SUM_TOLERANCE for k, w in one.weights.items())


def share_weight(one: KpiSet, items: Sequence[SchemeItem], *, step: float, weight: float = 1.0) -> KpiSet:
    """The set with some of its KPIs, which share a weight in proportion to what they weighed."""
    steps = count_steps(step)
    units = _share_steps(round(weight * steps), {item.kpi: item.weight for item in items}, one)
    return _with_steps(one, items, units, steps)


def put_item(one: KpiSet, item: SchemeItem | Mapping[str, Any], *, step: float) -> KpiSet:
    """The set with a KPI added or changed; the others share the weight it leaves.

    Raises
    ------
    InputError
        The item is faulty, off the step, or leaves too little for the others.
    """
    new = item if isinstance(item, SchemeItem) else _read_item(item, one)
    steps = count_steps(step)
    taken = round(new.weight * steps)
    others = [i for i in one.items if i.kpi != new.kpi]
    if abs(new.weight * steps - taken) > OFF_STEP:
        raise InputError(f"weight of {new.kpi} == {new.weight:g}, must be a multiple of {step:g}", where=f"set {one.code}")
    if steps - taken < len(others) or (not others and taken != steps):
        raise InputError(f"weight of {new.kpi} == {new.weight:g}, must leave each other KPI a step of {step:g}",
                         where=f"set {one.code}")
    units = _share_steps(steps - taken, {i.kpi: i.weight for i in others}, one) if others else {}
    placed = [new if i.kpi == new.kpi else i for i in one.items] + ([] if one.item(new.kpi) else [new])
    return _with_steps(one, placed, {**units, new.kpi: taken}, steps)


def _share_steps(steps: int, weights: Mapping[str, float], one: KpiSet) -> dict[str, int]:
    """Whole steps by weights, at least one for each; equal remainders go by name."""
    names = list(weights)
    if steps < len(names):
        raise InputError(f"{len(names)} KPIs share {steps} steps, must have one each", where=f"set {one.code}",
                         fix="Choose a smaller step or fewer KPIs.")
    total = sum(weights.values())
    exact = [round(weights[name] / total, 12) * steps if total > 0 else steps / len(names) for name in names]
    units = split_bounded([steps], exact, [0] * len(names), [1] * len(names), [steps] * len(names),
                          rank=rank_of(names, len(names)))
    return {name: int(n) for name, n in zip(names, units, strict=True)}


def _with_steps(one: KpiSet, items: Sequence[SchemeItem], units: Mapping[str, int], steps: int) -> KpiSet:
    weighed = tuple(item.model_copy(update={"weight": units[item.kpi] / steps}) for item in items)
    return one.model_copy(update={"items": weighed})


def _read_item(item: Mapping[str, Any], one: KpiSet) -> SchemeItem:
    try:
        return SchemeItem.model_validate(dict(item))
    except ValidationError as error:
        raise InputError(fault_of(error), where=f"set {one.code}, kpi {item.get('kpi')}") from error
