"""Who sold in a month, where they stand in the tree, and what they did."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy


@dataclass(frozen=True, kw_only=True, eq=False)
class MonthPeople:
    """People of a month, sorted by id.

    Attributes
    ----------
    facts
        Index person: ``actual_fen``, ``sold`` and ``returned`` (currency units), ``timing, came_in, went_out, working_days,
        visits, orders``.
    nodes
        Unit each person's figures stand at: their leaf, else the leaf of former people of their unit, else the unit.
    homes
        The same for people without a leaf of their own.
    tiers
        Tier by person.
    in_service
        Who had a seat at the month's end and has a leaf.
    others
        ``unit_id, part, amount_fen``: orders of nobody, and sales that stand elsewhere than their seller.
    """

    facts: pd.DataFrame
    nodes: pd.Series
    homes: pd.Series
    tiers: pd.Series
    in_service: NDArray[np.bool_]
    others: pd.DataFrame


def month_people(
    process: pd.DataFrame, lines: pd.DataFrame, seats: pd.DataFrame, units: pd.DataFrame, *, month: pd.Period,
    timing: pd.DataFrame | None, named: Collection[str] = (),
) -> MonthPeople:
    """Gather everybody with a seat, visits, days or sales in a month, and those ``named`` (who have a target).

    Raises
    ------
    InputError
        A column is missing, or somebody stands twice in ``process``.
    """
    missing = [c for c in ("month", "unit_id", "rep_id", "amount_fen", "n_orders") if c not in lines]
    missing += [c for c in ("month", "seller_id", "org_id", "tier") if c not in seats]
    if missing:
        raise InputError(f"columns {missing} are missing, must be there", where="lines and seats")
    ordered = Hierarchy(units=units).units
    level = pd.Series(ordered["level"].to_numpy(), index=ordered["unit_id"])
    rows = lines[pd.PeriodIndex(lines["month"]) == month]
    nobody = rows["rep_id"].isna().to_numpy()
    leaf = rows["unit_id"].map(level).eq("rep").to_numpy()
    person = np.where(leaf, rows["unit_id"].to_numpy(object), rows["rep_id"].to_numpy(object))
    work = process[pd.PeriodIndex(process["month"]) == month].set_index("seller_id")
    if work.index.has_duplicates:
        raise InputError(f"seller_id == {work.index[work.index.duplicated()][0]!r}, must stand once a month",
                         where=f"process of {month}")
    past = seats[pd.PeriodIndex(seats["month"]) <= month].sort_values("month").drop_duplicates("seller_id", keep="last")
    past = past.set_index("seller_id")
    now = seats.loc[pd.PeriodIndex(seats["month"]) == month, "seller_id"]
    known = set(person[~nobody]) | set(now) | set(work.index) | set(named)
    ids = pd.Index(sorted(known, key=str), name="seller_id", dtype=object)
    nodes, homes = _nodes(ids, past["org_id"], ordered)
    here = nodes.reindex(person).to_numpy(object) == rows["unit_id"].to_numpy(object)
    mine = ~nobody & here
    fen = rows["amount_fen"].to_numpy("int64")
    at = ids.get_indexer(pd.Index(person[mine], dtype=object))
    sums = np.zeros((3, len(ids)), np.int64)
    np.add.at(sums[0], at, fen[mine])
    np.add.at(sums[1], at, np.maximum(fen[mine], 0))
    np.add.at(sums[2], at, np.where(fen[mine] > 0, rows["n_orders"].to_numpy()[mine], 0).astype("int64"))
    orders = work["orders"].reindex(ids).astype(float).to_numpy() if "orders" in work else np.full(len(ids), np.nan)
    facts = pd.DataFrame({
        "actual_fen": sums[0], "sold": sums[1] / 100, "returned": (sums[0] - sums[1]) / 100,
        "timing": 0.0 if timing is None else timing.set_index("seller_id")["timing"].reindex(ids).fillna(0.0).to_numpy(),
        **{name: np.zeros(len(ids)) if timing is None or name not in timing else
           timing.set_index("seller_id")[name].reindex(ids).fillna(0.0).to_numpy() for name in ("came_in", "went_out")},
        "working_days": _days_of(work, ids, set(now)), "visits": work["visits"].reindex(ids).astype(float).to_numpy(),
        "orders": np.where(np.isfinite(orders), orders, sums[2]),
    }, index=ids)  # fmt: skip
    others = pd.DataFrame({"unit_id": rows["unit_id"].to_numpy()[~mine], "part": np.where(nobody, "unassigned", "no_target")[~mine],
                           "amount_fen": fen[~mine]})
    return MonthPeople(
        facts=facts, nodes=nodes, homes=homes, tiers=past["tier"].reindex(ids),
        in_service=ids.isin(now) & ids.isin(level.index), others=others.groupby(["unit_id", "part"], as_index=False).sum())


def _days_of(work: pd.DataFrame, ids: pd.Index, now: set[str]) -> NDArray[np.float64]:
    """Days at work; nobody's who has neither a row nor a seat is 0, a seat without a row is not known."""
    days = work["working_days"].reindex(ids).astype(float).to_numpy()
    gone = ~ids.isin(work.index) & ~ids.isin(now)
    return np.where(gone, 0.0, days)


def _nodes(ids: pd.Index, org: pd.Series, units: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    tree = pd.Index(units["unit_id"])
    top = str(units["unit_id"].iloc[0])
    unit = org.reindex(ids).astype(object)
    former = pd.Index([f"{u}/former" for u in unit])
    away = np.where(tree.get_indexer(former) >= 0, former.to_numpy(object),
                    np.where(tree.get_indexer(pd.Index(unit)) >= 0, unit.to_numpy(object), top))
    has_leaf = tree.get_indexer(ids) >= 0
    nodes = pd.Series(np.where(has_leaf, ids.to_numpy(object), away), index=ids, dtype=object)
    return nodes, pd.Series(away[~has_leaf], index=ids[~has_leaf], dtype=object)
