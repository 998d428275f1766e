"""Scenarios side by side on the same luck, so that a difference is the scenario's and not the draw's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from salesplan.errors import InputError, known_choices

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

Floats = NDArray[np.float64]

NODES_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class ScenarioComparison:
    """Scenarios against a baseline, node by node.

    ``table`` has one row a node and scenario. ``difference`` columns are scenario minus baseline;
    ``*_lower``, ``*_upper`` hold the stated share of paired outcomes (money) or of simulation error
    (probabilities). ``only_in`` lists nodes that some scenario lacks.
    """

    table: pd.DataFrame
    baseline: str
    coverage: float
    only_in: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "only_in", {k: list(v) for k, v in self.only_in.items()})

    def to_frame(self) -> pd.DataFrame:
        """One row a node and scenario."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The rows of the first node, the company."""
        return self.table[self.table["node_id"] == self.table["node_id"].iloc[0]].copy()


def paired_difference(a: ArrayLike, b: ArrayLike, *, coverage: float = 0.8) -> dict[str, float]:
    """How much b lies above a when both had the same luck.

    Parameters
    ----------
    a, b
        Outcomes draw by draw; draw i of both comes from the same random numbers.
    coverage
        Share of draws that the interval of the difference holds.

    Returns
    -------
    dict
        ``difference`` (mean), ``difference_lower``, ``difference_upper``, ``se`` (simulation error of the mean),
        ``p_above`` (share of draws in which b is higher, ties counted half).

    Examples
    --------
    >>> paired_difference([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])["difference"]
    0.0
    >>> paired_difference([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])["difference_lower"]
    1.0
    """
    x, y = np.asarray(a, float), np.asarray(b, float)
    if x.ndim != 1 or x.shape != y.shape or not x.size:
        raise InputError(f"draws have shapes {x.shape} and {y.shape}, must be equally long and paired")
    values = _paired(x[None, :], y[None, :], coverage)
    return {name: float(value[0]) for name, value in values.items()}


def compare_draws(
    draws: Mapping[str, ArrayLike],
    *,
    node_ids: Sequence[str] | None = None,
    baseline: str | None = None,
    coverage: float = 0.8,
) -> ScenarioComparison:
    """Compare outcomes of scenarios that were simulated with the same random numbers.

    Parameters
    ----------
    draws
        Scenario -> nodes x draws, or draws alone for a single total.
    node_ids
        Names of the rows.
    baseline
        Scenario the others are held against; the first by default.

    Examples
    --------
    >>> compare_draws({"A": [1.0, 2.0], "B": [1.5, 2.5]}).table[["scenario", "difference"]].values.tolist()
    [['B', 0.5]]
    """
    arrays = {name: np.atleast_2d(np.asarray(x, float)) for name, x in draws.items()}
    base = _check_baseline(list(arrays), baseline)
    shape = arrays[base].shape
    for name, x in arrays.items():
        if x.shape != shape:
            raise InputError(
                f"draws of {name} have shape {x.shape}, must be {shape} as in {base}",
                fix="Simulate all scenarios with the same seed and number of draws.",
            )
    ids = list(node_ids) if node_ids is not None else [str(i) for i in range(shape[0])]
    if len(ids) != shape[0]:
        raise InputError(f"node_ids has {len(ids)} names, must have one for each of {shape[0]} nodes")
    tables = []
    for name, x in arrays.items():
        if name == base:
            continue
        row = {"node_id": ids, "scenario": name, "mean_baseline": arrays[base].mean(axis=1), "mean": x.mean(axis=1)}
        tables.append(pd.DataFrame(row | _paired(arrays[base], x, coverage)))
    return ScenarioComparison(table=_by_node(tables, ids), baseline=base, coverage=coverage, only_in={})


def compare_plans(
    plans: Mapping[str, "TargetPlan"],
    *,
    node_ids: Sequence[str] | None = None,
    baseline: str | None = None,
    coverage: float = 0.8,
    draws: int = 2000,
    seed: int = 0,
) -> ScenarioComparison:
    """Compare target plans: what each node is asked for, and how the chance of making it moves.

    Parameters
    ----------
    plans
        Scenario -> plan. Forecasts are drawn with one seed, so plans on the same forecast meet the
        same luck; identical plans differ by exactly zero everywhere.
    node_ids
        Nodes to compare; by default all that every plan has.

    Returns
    -------
    ScenarioComparison
        ``table``: node_id, name, level, product_line, scenario, target_baseline, target, target_difference
        (and ``_fen``), p_target_baseline, p_target, p_difference with ``_lower``, ``_upper``; and the surplus
        over target, scenario minus baseline: difference with ``_lower``, ``_upper``, se, p_above; and
        shortfall_difference (mean of what is missing).

    Raises
    ------
    InputError
        Fewer than two plans, an unknown baseline or node.
    """
    base = _check_baseline(list(plans), baseline)
    every = list(plans[base].nodes.index)
    common = set(every).intersection(*(set(p.nodes.index) for p in plans.values()))
    wanted = [n for n in every if n in common] if node_ids is None else list(node_ids)
    unknown = [n for n in wanted if n not in common]
    if unknown:
        raise InputError(
            f"node_id == {unknown[0]!r}, must be a node of every plan",
            fix=known_choices(unknown[0], every[:2000])[:200],
        )
    only = {name: [n for n in p.nodes.index if n not in common] for name, p in plans.items()}
    drawn: dict[int, Floats] = {}
    for plan in plans.values():
        key = id(plan.forecast)
        if key not in drawn:
            drawn[key] = np.asarray(plan.forecast.draws(n=draws, seed=seed), float)
    tables = []
    for name, plan in plans.items():
        if name == base:
            continue
        for i in range(0, len(wanted), NODES_AT_ONCE):
            some = wanted[i : i + NODES_AT_ONCE]
            a, b = (node_draws(p, some, drawn[id(p.forecast)]) for p in (plans[base], plan))
            tables.append(_compare_nodes(plans[base].nodes.loc[some], plan.nodes.loc[some], a, b, name, coverage))
    return ScenarioComparison(
        table=_by_node(tables, wanted), baseline=base, coverage=coverage, only_in={k: v for k, v in only.items() if v}
    )


def node_draws(plan: "TargetPlan", ids: Sequence[str], bottom: Floats) -> Floats:
    """Possible years of some nodes, on the forecast that the plan lets them carry.

    A node's sum of draws is brought to the mean and spread of its own forecast, so that a chance counted
    here is the chance the plan states; who is lucky together stays as drawn.

    Parameters
    ----------
    plan
        A target plan.
    ids
        Its nodes.
    bottom
        ``plan.forecast.draws(...)``: bottom nodes x draws.

    Returns
    -------
    Nodes x draws, currency units.
    """
    place = pd.Index(plan.hierarchy.nodes["node_id"]).get_indexer(pd.Index(ids))
    totals = np.asarray(plan.hierarchy.summing[place] @ bottom)
    annual = plan.forecast.annual.reindex(list(ids))
    mean, sd = (annual[name].to_numpy(float) for name in ("mean", "sd"))
    centre, spread = totals.mean(axis=1), totals.std(axis=1)
    wide = np.divide(sd, spread, out=np.ones_like(sd), where=(spread > 0) & (sd > 0))
    settled = np.maximum(mean[:, None] + (totals - centre[:, None]) * wide[:, None], np.minimum(mean, 0.0)[:, None])
    carried = plan.nodes.loc[list(ids), "forecast"].to_numpy(float)
    grow = np.divide(carried, mean, out=np.ones_like(mean), where=(mean > 0) & (carried > 0))
    return np.asarray(settled * grow[:, None])


def _compare_nodes(
    one: pd.DataFrame, two: pd.DataFrame, a: Floats, b: Floats, name: str, coverage: float
) -> pd.DataFrame:
    target_a, target_b = one["target"].to_numpy(float), two["target"].to_numpy(float)
    surplus_a, surplus_b = a - target_a[:, None], b - target_b[:, None]
    made_a, made_b = surplus_a >= 0, surplus_b >= 0
    moved = made_b.astype(float) - made_a.astype(float)
    half = -ndtri((1 - coverage) / 2) * moved.std(axis=1, ddof=1) / np.sqrt(moved.shape[1])
    p_moved = moved.mean(axis=1)
    fen = two["target_fen"].to_numpy(np.int64) - one["target_fen"].to_numpy(np.int64)
    missing = np.maximum(-surplus_b, 0) - np.maximum(-surplus_a, 0)
    columns = {
        "node_id": one.index.to_numpy(),
        "name": one["name"].to_numpy(),
        "level": one["level"].to_numpy(),
        "product_line": one["product_line"].to_numpy(),
        "scenario": name,
        "target_baseline": target_a,
        "target": target_b,
        "target_difference": target_b - target_a,
        "target_difference_fen": fen,
        "p_target_baseline": made_a.mean(axis=1),
        "p_target": made_b.mean(axis=1),
        "p_difference": p_moved,
        "p_difference_lower": p_moved - half,
        "p_difference_upper": p_moved + half,
        "shortfall_difference": missing.mean(axis=1),
    }
    return pd.DataFrame(columns | _paired(surplus_a, surplus_b, coverage))


def _paired(a: Floats, b: Floats, coverage: float) -> dict[str, Floats]:
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be between 0 and 1")
    difference = b - a
    lower, upper = np.quantile(difference, [(1 - coverage) / 2, (1 + coverage) / 2], axis=1)
    n = difference.shape[1]
    se = difference.std(axis=1, ddof=1) / np.sqrt(n) if n > 1 else np.zeros(len(difference))
    return {
        "difference": difference.mean(axis=1),
        "difference_lower": lower,
        "difference_upper": upper,
        "se": se,
        "p_above": (difference > 0).mean(axis=1) + (difference == 0).mean(axis=1) / 2,
    }


def _by_node(tables: list[pd.DataFrame], ids: Sequence[str]) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True)
    place = pd.Series(np.arange(len(ids)), index=list(ids))
    return table.iloc[np.argsort(place[table["node_id"]].to_numpy(), kind="stable")].reset_index(drop=True)


def _check_baseline(names: list[str], baseline: str | None) -> str:
    if len(names) < 2:
        raise InputError(f"scenarios == {names}, must be at least two")
    if baseline is not None and baseline not in names:
        raise InputError(f"baseline == {baseline!r}, must be a scenario", fix=known_choices(baseline, names))
    return names[0] if baseline is None else baseline
