"""Which part of a monthly review somebody may see: a subtree, and nothing of others but medians."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from salesplan.data.access import find_person, visible_units
from salesplan.data.organisation import TRAINING_ROLE
from salesplan.data.sales_data import PUBLIC
from salesplan.errors import InputError, Sentence, known_choices

if TYPE_CHECKING:
    from salesplan.data.review_data import ReviewData

ELSEWHERE: Final = "elsewhere"
"""What stands in place of a unit the reader sees nothing of (where a seller sat before coming here)."""
SCOPE_LEVEL: Final = "scope"


def places_in_tree(units: pd.DataFrame) -> dict[str, int]:
    """Place of every unit when the tree is walked depth first, so that all below a unit stand in one run.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b", "r1", "r2"], "parent_id": [None, "co", "co", "a", "b"]})
    >>> places_in_tree(units)
    {'co': 0, 'a': 1, 'r1': 2, 'b': 3, 'r2': 4}
    """
    children = units.dropna(subset=["parent_id"]).groupby("parent_id", sort=False)["unit_id"].agg(list).to_dict()
    todo: list[str] = units.loc[units["parent_id"].isna(), "unit_id"].tolist()[::-1]
    places: dict[str, int] = {}
    while todo:
        unit = todo.pop()
        places[unit] = len(places)
        todo += children.get(unit, [])[::-1]
    return places


class TreePlaces:
    """Where the rows of a review belong in its tree, as numbers, so that a part is cut out without comparing texts.

    ``ends`` is the place after the last unit below each; ``rows[name]`` holds a place for every row of a frame (-1: in
    none), and ``sorted`` names the frames whose rows stand in that order.
    """

    sorted: Final = ("lines", "daily")

    def __init__(self, data: "ReviewData") -> None:
        places = places_in_tree(data.units)
        self.place = places
        self.order = np.array([places[one] for one in data.units["unit_id"]], dtype=np.int64)
        self.ends = dict(_ends(data.units, places))
        self.person = {**data.former_leaves, **{one: one for one in data.sellers["seller_id"]}}
        own = pd.Series({who: places.get(leaf, -1) for who, leaf in self.person.items()}, dtype="int64")
        frame = pd.Series(places, dtype="int64")
        self.rows: dict[str, np.ndarray] = {name: _codes(getattr(data, name)["unit_id"], frame) for name in self.sorted}
        self.org: dict[str, np.ndarray] = {name: _codes(getattr(data, name)["org_id"], frame)
                                           for name in ("lines", "booked", "seats")}
        self.own: dict[str, np.ndarray] = {
            "booked": _codes(data.booked["rep_id"], own), "seats": _codes(data.seats["seller_id"], own),
            "process": _codes(data.process["seller_id"], own), "deals": _codes(data.deals["seller_id"], own),
            "targets": _codes(data.targets["scope_id"], own)}
        is_rep = data.targets["scope_type"].eq("rep").to_numpy(bool)
        self.own["targets"] = np.where(is_rep, self.own["targets"], -1)
        self.target_org = np.where(is_rep, -1, _codes(data.targets["scope_id"], frame))
        seat = data.seats.set_index(["month", "seller_id"])["org_id"]
        keys = pd.MultiIndex.from_frame(data.targets[["month", "scope_id"]])
        sat = seat.reindex(keys).map(places).fillna(-1).to_numpy("int64") if len(seat) else np.full(len(keys), -1)
        self.target_seat = np.where(is_rep, sat, -1)


def _codes(ids: pd.Series, places: pd.Series) -> np.ndarray:
    found = pd.Index(places.index).get_indexer(pd.Index(ids))
    return np.where(found < 0, -1, places.to_numpy()[found]) if len(places) else np.full(len(ids), -1)


def _ends(units: pd.DataFrame, places: Mapping[str, int]) -> dict[str, int]:
    ends = {unit: place + 1 for unit, place in places.items()}
    parent = dict(zip(units["unit_id"], units["parent_id"], strict=True))
    for unit in sorted(places, key=lambda one: -places[one]):
        above = parent[unit]
        if isinstance(above, str):
            ends[above] = max(ends[above], ends[unit])
    return ends


def scope_review(data: "ReviewData", user: str) -> "ReviewData":
    """The review as a person may see it (see :meth:`ReviewData.scoped_to`)."""
    person = find_person(data.staff, user)
    if person["role"] == TRAINING_ROLE:
        raise InputError(Sentence("user == {user}, must be a seller or lead a unit: a review shows money, which trainers do "
                                  "not see", user=repr(user)), fix=Sentence("Use the training needs instead."))
    seen = visible_units(data.units, data.staff, user)
    if len(seen) == len(data.units):
        return replace(data, scope=person["rep_id"])
    units = data.units[data.units["unit_id"].isin(seen)]
    roots = units.loc[~units["parent_id"].isin(seen), "unit_id"].tolist()
    if len(roots) == 1:
        return cut_out(data, units.assign(parent_id=_inner(units, seen)), scope=person["rep_id"])
    top = f"{SCOPE_LEVEL}/{person['rep_id']}"
    inner = _inner(units, seen)
    below = units.assign(parent_id=inner.where(~units["unit_id"].isin(roots), top))
    first = pd.DataFrame({"unit_id": [top], "parent_id": [None], "level": [SCOPE_LEVEL], "name": [person["name"]]})
    return cut_out(data, pd.concat([first, below], ignore_index=True), scope=person["rep_id"])


def review_of_unit(data: "ReviewData", unit_id: str) -> "ReviewData":
    """The part of a review below a unit (see :meth:`ReviewData.for_unit`)."""
    tree = data.tree
    if unit_id not in tree.place:
        ids = list(tree.place)
        near = get_close_matches(unit_id, ids, n=8, cutoff=0.3) or ids[:8]
        raise InputError(Sentence("unit == {given}, must be a unit of the organisation", given=repr(unit_id)),
                         fix=known_choices(unit_id, near))
    if tree.place[unit_id] == 0:
        return data
    inside = (tree.order >= tree.place[unit_id]) & (tree.order < tree.ends[unit_id])
    units = data.units[inside]
    parents = units["parent_id"].astype(object).where(units["unit_id"] != unit_id, None)
    return cut_out(data, units.assign(parent_id=parents), scope=data.scope)


def _inner(units: pd.DataFrame, seen: pd.Index) -> pd.Series:
    return units["parent_id"].astype(object).where(units["parent_id"].isin(seen), None)


def cut_out(data: "ReviewData", units: pd.DataFrame, *, scope: str | None) -> "ReviewData":
    """The review under a part of its tree; sales and targets judged then are those of the units in it, and of sellers who
    stand in it without their unit.
    """
    tree = data.tree
    inside = np.zeros(len(tree.place) + 1, bool)
    inside[[tree.place[one] for one in units["unit_id"] if one in tree.place]] = True
    kept = set(units["unit_id"])
    sellers = data.sellers[data.sellers["seller_id"].isin(kept)].reset_index(drop=True)
    homes = kept | set(sellers["org_id"])
    alone = np.zeros_like(inside)  # leaves that stand here without their unit
    parts = {one: data.parents[one] for one in kept if one in data.parents}
    alone[[tree.place[one] for one, above in parts.items() if above not in kept]] = True
    shown_org = np.zeros_like(inside)
    shown_org[[tree.place[one] for one in homes if one in tree.place]] = True

    cut: dict[str, Any] = {}
    for name in tree.sorted:
        cut[name] = _slice(getattr(data, name), tree.rows[name], inside)
    if len(cut["lines"]):
        places = _slice_array(tree.org["lines"], tree.rows["lines"], inside)
        cut["lines"]["org_id"] = _hidden(cut["lines"]["org_id"], shown_org[places])
    for name in ("booked", "seats"):
        org, own = tree.org[name], tree.own[name]
        rows = inside[org] | (alone[own] if name == "booked" else inside[own])
        cut[name] = getattr(data, name)[rows].reset_index(drop=True)
        cut[name]["org_id"] = _hidden(cut[name]["org_id"], shown_org[org[rows]])
    for name in ("process", "deals"):
        cut[name] = getattr(data, name)[inside[tree.own[name]]].reset_index(drop=True)
    cut["first_purchases"] = first_of_lines(data.first_purchases, cut["lines"])
    own, sat = inside[tree.own["targets"]], inside[tree.target_seat]
    rows = own | sat | inside[tree.target_org]
    targets = data.targets[rows].reset_index(drop=True)
    targets["restated"] = targets["restated"].where((own | inside[tree.target_org])[rows])
    staff = data.staff[data.staff["rep_id"].isin(kept | {scope}) | data.staff["org_id"].isin(kept)]
    managers = staff["manager_rep_id"].astype(object).where(staff["manager_rep_id"].isin(staff["rep_id"]), None)
    sellers["manager_id"] = sellers["manager_id"].astype(object).where(sellers["manager_id"].isin(staff["rep_id"]), None)
    return replace(
        data, **cut, units=units.reset_index(drop=True), sellers=sellers, targets=targets, scope=scope, is_whole=False,
        history=data.history.loc[:, inside[[tree.place[one] for one in data.history.columns]]],
        staff=staff.assign(manager_rep_id=managers).reset_index(drop=True),
        former_leaves={who: leaf for who, leaf in data.former_leaves.items() if leaf in kept},
        potential=data.potential[data.potential.index.isin(kept)],
        notes=[note for note in data.notes if note.get("scope") == PUBLIC])


def first_of_lines(first: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """First purchases of the customers and products in some lines."""
    is_customer = first["kind"].eq("customer").to_numpy(bool)
    seen = {kind: first["id"].isin(lines[f"{kind}_id"].unique()).to_numpy(bool) for kind in ("customer", "product")}
    return first[np.where(is_customer, seen["customer"], seen["product"])].reset_index(drop=True)


def _slice(frame: pd.DataFrame, places: np.ndarray, inside: np.ndarray) -> pd.DataFrame:
    """Rows of some places; one run of places is one slice of rows that stand in their order."""
    found = np.flatnonzero(inside)
    if len(found) and found[-1] - found[0] == len(found) - 1:
        start, end = np.searchsorted(places, [found[0], found[-1] + 1])
        return frame.iloc[start:end].reset_index(drop=True)
    return frame[inside[places]].reset_index(drop=True)


def _slice_array(values: np.ndarray, places: np.ndarray, inside: np.ndarray) -> np.ndarray:
    found = np.flatnonzero(inside)
    if len(found) and found[-1] - found[0] == len(found) - 1:
        start, end = np.searchsorted(places, [found[0], found[-1] + 1])
        return values[start:end]
    return values[inside[places]]


def _hidden(org: pd.Series, shown: np.ndarray) -> pd.Series:
    return org if shown.all() else org.where(shown, ELSEWHERE)
