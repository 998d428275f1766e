"""What part of a period's sales its target is about: who or which months have none, so that like is compared with like."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.review.node_targets import FORMER, SELLER_LEVEL, NodeTargets
from salesplan.text import mark

Floats = NDArray[np.float64]

SAME = 0.001
"""A unit's own target within this of the sum of its members' was made from them."""
WHOLE = 0.9995
"""Share of sales covered from which a target is about all of them, as far as a page shows."""
PARTLY = mark(
    "The target covers {covered_share} of the projected sales: some people or months have none. The chance compares these sales alone,"
    " {covered_amount}, with the target."
)
OPEN = mark("Coming months of the period have no target yet: no chance can be given.")


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetCover:
    """By node: sales booked and to come that the target is about, currency units, and whether every coming month has a target.

    ``gaps``: ``unit_id, month, is_ahead, amount`` of people who sell in a month of the period without a target for it.
    """

    done: Floats
    rest: Floats
    is_open: NDArray[np.bool_]
    gaps: pd.DataFrame


def target_cover(
    goal: NodeTargets, units: pd.DataFrame, months: pd.PeriodIndex, *, done: Floats, rest: Floats, first_ahead: pd.Period
) -> TargetCover:
    """Which sales of a period count against its target.

    A unit's own target is about all of its sales of the month. One that comes to the sum of its members' (within a thousandth) was
    made from theirs: it is about the sales of those who have one, and about what nobody who is there today has sold.
    A person's is about the months that have one.

    Parameters
    ----------
    goal
        Targets of the nodes in ``months``.
    units
        ``unit_id, parent_id, level``, parents before children.
    done, rest
        Sales booked and still to come, nodes x months.
    first_ahead
        First month that is not over.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["t", "a", "b"], "parent_id": [None, "t", "t"], "level": ["team", "rep", "rep"]})
    >>> goal = NodeTargets(fen=np.array([[1500], [1500], [0]]), known=np.array([[True], [True], [False]]),
    ...     own=np.array([[False], [True], [False]]),
    ...     members=np.array([[1500], [0], [0]]), seated=np.zeros((3, 1), int), source=["", "", ""])
    >>> months = pd.period_range("2026-10", periods=1, freq="M")
    >>> found = target_cover(goal, units, months, done=np.array([[20.0], [12.0], [8.0]]), rest=np.zeros((3, 1)), first_ahead=months[0])
    >>> found.done.tolist(), found.gaps["unit_id"].tolist()
    ([12.0, 12.0, 0.0], ['b'])
    """
    ids = pd.Index(units["unit_id"])
    parent = ids.get_indexer(units["parent_id"])
    people = units["level"].eq(SELLER_LEVEL).to_numpy()
    former = ids.astype(str).str.endswith(FORMER)
    leaf_like = people | np.asarray(former)
    apart = goal.own & ~((goal.members > 0) & (np.abs(goal.fen - goal.members) <= SAME * goal.fen))
    counted = []
    for sales in (done, rest):
        covered = np.where(leaf_like[:, None], np.where(people[:, None] & ~goal.known, 0.0, sales), 0.0)
        for node in range(len(ids) - 1, -1, -1):
            if not leaf_like[node]:
                covered[node] = np.where(apart[node], sales[node], covered[node])
            if parent[node] >= 0:
                covered[parent[node]] += covered[node]
        counted.append((covered * goal.known).sum(axis=1))
    ahead = np.asarray(months >= first_ahead)
    row, column = np.nonzero(people[:, None] & ~goal.known & ((done + rest) > 0))
    gaps = pd.DataFrame({"unit_id": ids.to_numpy()[row], "month": months[column], "is_ahead": ahead[column],
                         "amount": (done + rest)[row, column]})
    return TargetCover(done=counted[0], rest=counted[1], is_open=np.asarray(~goal.known[:, ahead].all(axis=1)), gaps=gaps)


def cover_notes(row: pd.Series) -> list[dict[str, Any]]:
    """What a reader of one node's chance must know of its target; nothing where it is about all sales or there is none."""
    if pd.isna(row["target"]):
        return []
    if pd.isna(row["p_hit"]):
        return [{"msgid": OPEN, "details": {}}]
    if row["covered_share"] >= WHOLE:
        return []
    return [{"msgid": PARTLY, "details": {"covered_share": float(row["covered_share"]), "covered_amount": float(row["covered_amount"])}}]
