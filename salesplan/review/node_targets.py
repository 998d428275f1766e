"""Every node's target in every month: its own where it has one, else what its members have together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Floats = NDArray[np.float64]
View = Literal["judged", "restated"]

SELLER_LEVEL = "rep"
FORMER = "/former"
OWN, MEMBERS, NONE = mark("Own target"), mark("Sum of members"), mark("No target")


@dataclass(frozen=True, kw_only=True, eq=False)
class NodeTargets:
    """Targets of nodes by month, fen; ``known`` says where there is one (elsewhere the amount is 0), ``own`` where it is the node's
    own and not the sum of its members', ``members`` what those have together.

    ``source`` names, by node, where the targets come from; ``seated`` is a seller's target in the months in which the
    seller sat in today's unit.
    """

    fen: NDArray[np.int64]
    known: NDArray[np.bool_]
    own: NDArray[np.bool_]
    members: NDArray[np.int64]
    seated: NDArray[np.int64]
    source: list[str]

    def total(self) -> Floats:
        """Sum over the months in currency units; missing where no month has a target."""
        return np.where(self.known.any(axis=1), self.fen.sum(axis=1) / 100, np.nan)


def node_targets(targets: pd.DataFrame, units: pd.DataFrame, months: pd.PeriodIndex, *, view: View = "restated",
                 seats: pd.DataFrame | None = None) -> NodeTargets:
    """Lay the target table on the tree.

    A unit with a target of its own keeps it in the months it covers; else it gets the sum of its units' and people's
    targets. People count where they sat in the month (``judged``) or where they sit today (``restated``); those who left
    stay with the unit of their last seat, in its leaf of former staff too.

    Parameters
    ----------
    targets
        ``month, scope_type`` (rep or org), ``scope_id, judged, restated``, currency units.
    units
        ``unit_id, parent_id, level, name``, top first.
    months
        Months wanted.
    seats
        ``month, seller_id, org_id``; without it everybody sits where the tree has them.

    Raises
    ------
    InputError
        An unknown view.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["t", "a", "b"], "parent_id": [None, "t", "t"], "level": ["team", "rep", "rep"],
    ...                       "name": ["T", "A", "B"]})
    >>> months = pd.period_range("2026-10", periods=1, freq="M")
    >>> table = pd.DataFrame({"month": months.repeat(2), "scope_type": "rep", "scope_id": ["a", "b"],
    ...                       "judged": [10.0, 5.0], "restated": [10.0, 6.0]})
    >>> found = node_targets(table, units, months)
    >>> found.total().tolist(), found.source[0]
    ([16.0, 10.0, 6.0], 'Sum of members')
    """
    if view not in ("judged", "restated"):
        raise InputError(f"view == {view!r}, must be known", fix=known_choices(view, ("judged", "restated")))
    ids = pd.Index(units["unit_id"])
    parent = ids.get_indexer(units["parent_id"])
    people = (units["level"] == SELLER_LEVEL).to_numpy()
    table = targets[targets["month"].isin(months) & targets[view].notna()]
    if table.duplicated(["month", "scope_type", "scope_id"]).any():
        twice = table[table.duplicated(["month", "scope_type", "scope_id"])].iloc[0]
        raise InputError(f"target of {twice['scope_id']} in {twice['month']} stands twice, must stand once", where="targets")
    column = months.get_indexer(pd.PeriodIndex(table["month"], freq="M"))
    amount = np.rint(table[view].to_numpy(float) * 100).astype("int64")
    is_rep = (table["scope_type"] == "rep").to_numpy()
    shape = (len(ids), len(months))
    fen, known = np.zeros(shape, "int64"), np.zeros(shape, bool)
    row = ids.get_indexer(table["scope_id"])
    own = (row >= 0) & (is_rep == people[row])
    fen[row[own], column[own]], known[row[own], column[own]] = amount[own], True
    homes = _homes(table[is_rep], units, seats, view)
    passed, some = np.zeros(shape, "int64"), np.zeros(shape, bool)
    seat = ids.get_indexer(homes)
    at = seat >= 0
    np.add.at(passed, (seat[at], column[is_rep][at]), amount[is_rep][at])
    some[seat[at], column[is_rep][at]] = True
    seated = np.zeros(shape, "int64")
    here = at & (row[is_rep] >= 0) & (parent[row[is_rep]] == seat)
    seated[row[is_rep][here], column[is_rep][here]] = amount[is_rep][here]
    left = at & (row[is_rep] < 0)
    leaf = ids.get_indexer(pd.Series(homes).astype(str) + FORMER)
    gone = left & (leaf >= 0)
    np.add.at(fen, (leaf[gone], column[is_rep][gone]), amount[is_rep][gone])
    known[leaf[gone], column[is_rep][gone]] = True
    had_own = known.copy()
    for node in range(len(ids) - 1, -1, -1):
        if people[node] or str(ids[node]).endswith(FORMER):
            continue
        fill = ~known[node] & some[node]
        fen[node, fill], known[node, fill] = passed[node, fill], True
        above = parent[node]
        if above >= 0:
            passed[above] += fen[node]
            some[above] |= known[node]
    source = [OWN if had_own[k].any() else MEMBERS if known[k].any() else NONE for k in range(len(ids))]
    return NodeTargets(fen=fen, known=known, own=had_own, members=passed, seated=seated, source=source)


def _homes(reps: pd.DataFrame, units: pd.DataFrame, seats: pd.DataFrame | None, view: View) -> NDArray[np.object_]:
    """Unit each person's target counts in: today's, or that of the month's seat; leavers keep their last."""
    today: Mapping[str, str] = dict(zip(units["unit_id"], units["parent_id"], strict=True))
    now = reps["scope_id"].map(today)
    if seats is None or not len(seats) or not len(reps):
        return now.to_numpy(object)
    last = seats.sort_values("month").drop_duplicates("seller_id", keep="last").set_index("seller_id")["org_id"]
    now = now.fillna(reps["scope_id"].map(last))
    if view == "restated":
        return now.to_numpy(object)
    keyed = seats.drop_duplicates(["month", "seller_id"]).set_index(["month", "seller_id"])["org_id"]
    then = keyed.reindex(pd.MultiIndex.from_arrays([reps["month"], reps["scope_id"]]))
    return pd.Series(then.to_numpy(object), index=reps.index).fillna(now).to_numpy(object)
