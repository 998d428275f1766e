"""Targets of a month as a tree: whose they are, and what of them nobody carries."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy
from salesplan.money import split_exact


def month_targets(
    targets: pd.DataFrame, units: pd.DataFrame, *, month: pd.Period, column: str, usual: pd.Series, homes: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Target of each person, and by unit what its own target is above those of its children.

    Parameters
    ----------
    targets
        ``month, scope_type, scope_id`` and ``column``, currency units.
    units
        The tree.
    usual
        What each seller in service usually sells in such a month; spreads the target of a unit none of whose people has
        one.
    homes
        Node of each person who is no leaf of the tree.

    Returns
    -------
    tuple of Series
        Fen by person, and fen by unit: children's targets together less the unit's own (0 where it has none); what nobody
        carries is negative.

    Raises
    ------
    InputError
        A column is missing, or a target stands twice.

    Examples
    --------
    >>> targets = pd.DataFrame({"month": pd.PeriodIndex(["2026-10"] * 2, freq="M"), "scope_type": ["rep", "org"],
    ...     "scope_id": ["a", "t"], "restated": [90.0, 100.0]})
    >>> units = pd.DataFrame({"unit_id": ["t", "a"], "parent_id": [None, "t"], "level": ["team", "rep"], "name": ["T", "A"]})
    >>> own, above = month_targets(targets, units, month=pd.Period("2026-10"), column="restated",
    ...                            usual=pd.Series(dtype=float), homes=pd.Series(dtype=object))
    >>> own.to_dict(), above[above != 0].to_dict()
    ({'a': 9000}, {'t': -1000})
    """
    missing = [c for c in ("month", "scope_type", "scope_id", column) if c not in targets]
    if missing:
        raise InputError(f"columns {missing} are missing, must be there", where="targets")
    rows = targets[(pd.PeriodIndex(targets["month"]) == month) & targets[column].notna()]
    twice = rows[rows.duplicated(["scope_type", "scope_id"])]
    if len(twice):
        raise InputError(f"scope_id == {twice['scope_id'].iloc[0]!r}, must have one target a month", where=f"targets of {month}")
    fen = pd.Series(np.rint(100 * rows[column].to_numpy(float)).astype("int64"), index=rows["scope_id"].to_numpy())
    is_person = rows["scope_type"].eq("rep").to_numpy()
    people, orgs = fen[is_person].sort_index(), fen[~is_person]
    tree = Hierarchy(units=units)
    ids, parents = pd.Index(tree.units["unit_id"]), tree.parent_positions
    place = _place(people.index, ids, homes)
    people, place = people[place >= 0], place[place >= 0]
    own = np.full(len(ids), -1, np.int64)
    known = ids.get_indexer(pd.Index(orgs.index))
    own[known[known >= 0]] = orgs.to_numpy()[known >= 0]
    carried = np.zeros(len(ids), bool)
    carried[place] = True
    carried = _any_below(carried, parents)
    at = ids.get_indexer(pd.Index(usual.index))
    spare = usual[(at >= 0) & (usual.to_numpy(float) > 0)].sort_index()
    added = _spread(own, carried, parents, ids.get_indexer(pd.Index(spare.index)), spare)
    people = pd.concat([people, added]) if len(added) else people
    place = _place(people.index, ids, homes)
    sums = np.zeros(len(ids), np.int64)
    np.add.at(sums, place, people.to_numpy("int64"))
    above = np.zeros(len(ids), np.int64)
    for u in range(len(ids) - 1, -1, -1):
        if own[u] >= 0:
            above[u] = sums[u] - own[u]
            sums[u] = own[u]
        if parents[u] >= 0:
            sums[parents[u]] += sums[u]
    return people.astype("int64"), pd.Series(above, index=ids)


def _place(people: pd.Index, ids: pd.Index, homes: pd.Series) -> NDArray[np.int64]:
    """Position of each person's node, -1 where the tree has none."""
    own = ids.get_indexer(people)
    home = ids.get_indexer(pd.Index(homes.reindex(people)))
    return np.where(own >= 0, own, home)


def _any_below(flag: NDArray[np.bool_], parents: NDArray[np.int64]) -> NDArray[np.bool_]:
    found = flag.copy()
    for u in range(len(parents) - 1, 0, -1):
        found[parents[u]] |= found[u]
    return found


def _spread(
    own: NDArray[np.int64], carried: NDArray[np.bool_], parents: NDArray[np.int64], place: NDArray[np.int64], usual: pd.Series
) -> pd.Series:
    """Targets of units none of whose people has one, given to their people by what they usually sell."""
    lowest = np.full(len(own), -1)
    for u in range(len(own)):
        lowest[u] = u if own[u] > 0 else (lowest[parents[u]] if parents[u] >= 0 else -1)
    bearer = lowest[place] if len(place) else np.zeros(0, int)
    found = []
    for unit in np.unique(bearer[bearer >= 0]):
        if not carried[unit]:
            mine = usual[bearer == unit]
            found.append(pd.Series(split_exact(int(own[unit]), mine.to_numpy(float), keys=list(mine.index)), index=mine.index))
    return pd.concat(found) if found else pd.Series(dtype="int64")
