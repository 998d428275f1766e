"""The people under one KPI set: points of each KPI, weights after what is left out, and totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.kpis.scoring_functions import Floats
from salesplan.kpis.scoring_rules import ScoringRule


def weighted_totals(scores: ArrayLike, weights: ArrayLike) -> tuple[Floats, Floats]:
    """Total score when KPIs that are left out pass their weight on to the others in proportion.

    Parameters
    ----------
    scores
        Points, people x KPIs (or any leading shape x KPIs); missing where a KPI is left out.
    weights
        One fraction a KPI, summing to 1.

    Returns
    -------
    totals and the weights that count, of the shape of ``scores``. Who has nothing but missing scores gets a missing
    total and no weights.

    Raises
    ------
    InputError
        Negative weights, weights that do not sum to 1, or not one a KPI.

    Examples
    --------
    >>> totals, weights = weighted_totals([[90.0, 80.0], [90.0, np.nan]], [0.75, 0.25])
    >>> totals.tolist(), weights.tolist()
    ([87.5, 90.0], [[0.75, 0.25], [1.0, 0.0]])
    """
    points, nominal = np.asarray(scores, float), np.asarray(weights, float)
    if nominal.ndim != 1 or points.shape[-1:] != nominal.shape:
        raise InputError(f"weights have shape {nominal.shape}, must be one for each of {points.shape[-1]} KPIs")
    if not (nominal >= 0).all() or abs(nominal.sum() - 1) > 1e-9:
        raise InputError(f"weights sum to {nominal.sum():g}, must be fractions that sum to 1")
    there = ~np.isnan(points)
    if there.all():
        return points @ nominal, np.broadcast_to(nominal, points.shape)
    kept = np.where(there, nominal, 0.0)
    whole = kept.sum(axis=-1, keepdims=True)
    carried = np.divide(kept, whole, out=np.zeros_like(kept), where=whole > 0)
    carried = np.where(there.all(axis=-1, keepdims=True), nominal, carried)
    totals = np.where(whole[..., 0] > 0, (np.where(there, points, 0.0) * carried).sum(axis=-1), np.nan)
    return totals, carried


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredSet:
    """Figures and points of everybody under one KPI set; arrays are people x KPIs in the set's order."""

    code: str
    kpis: tuple[str, ...]
    rules: tuple[ScoringRule, ...]
    nominal: Floats
    members: NDArray[np.intp]
    actuals: tuple[NDArray[Any], ...]
    targets: tuple[NDArray[Any], ...]
    evidence: Floats
    score: Floats
    raw: Floats
    policy: NDArray[np.int8]
    weight: Floats
    total: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class KpiFigures:
    """One KPI's figures of all people, in the order of the profiles."""

    actual: NDArray[Any]
    target: NDArray[Any]
    evidence: Floats


def score_set(
    kpi_set: Any, members: NDArray[np.intp], figures: Mapping[str, KpiFigures], sellers: pd.Index
) -> ScoredSet:
    """Score the members of one KPI set.

    Parameters
    ----------
    kpi_set
        ``code`` and ``items``; an item has ``kpi``, ``weight`` (fraction) and ``rule``.
    members
        Positions of the people in ``sellers``.
    figures
        KPI -> figures of all people; a KPI that is not there has no data.

    Raises
    ------
    InputError
        A figure for which the rule says ``error``; the person and the KPI are named.
    """
    items = list(kpi_set.items)
    nobody = KpiFigures(actual=np.full(len(sellers), np.nan), target=np.full(len(sellers), np.nan),
                        evidence=np.full(len(sellers), np.nan))
    chosen = [figures.get(item.kpi, nobody) for item in items]
    rules = tuple(rule_of(item.rule, where=f"KPI set {kpi_set.code}, KPI {item.kpi}") for item in items)
    actuals, targets = [f.actual[members] for f in chosen], [f.target[members] for f in chosen]
    ids = sellers[members]
    scored = [rule.score_figures(a, t, sellers=ids, kpi=item.kpi)
              for rule, item, a, t in zip(rules, items, actuals, targets, strict=True)]
    score = np.column_stack([s.score for s in scored])
    nominal = np.array([float(item.weight) for item in items])
    total, weight = weighted_totals(score, nominal)
    return ScoredSet(
        code=str(kpi_set.code),
        kpis=tuple(str(item.kpi) for item in items),
        rules=rules,
        nominal=nominal,
        members=members,
        actuals=tuple(actuals),
        targets=tuple(targets),
        evidence=np.column_stack([f.evidence[members] for f in chosen]),
        score=score,
        raw=np.column_stack([s.raw for s in scored]),
        policy=np.column_stack([s.policy for s in scored]),
        weight=weight,
        total=total,
    )


def rule_of(rule: Any, *, where: str = "scoring rule") -> ScoringRule:
    """A rule as it is, or read from the mapping it was kept as."""
    return rule if isinstance(rule, ScoringRule) else ScoringRule.from_dict(rule, where=where)


def same_type(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Columns side by side: numbers as long as all are numbers."""
    if all(column.dtype.kind == "f" for column in columns):
        return np.column_stack(columns)
    return np.column_stack([column.astype(object) for column in columns])
