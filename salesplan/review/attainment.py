"""Attainment of every unit and person: as it was judged at the time, and as today's organisation would have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.hierarchy import Hierarchy
from salesplan.review.contributions import shortfall_contributions
from salesplan.review.node_targets import FORMER, SELLER_LEVEL, NodeTargets, node_targets
from salesplan.text import mark

Ints = NDArray[np.int64]
Span = Literal["month", "quarter", "year"]
SPANS: tuple[Span, ...] = ("month", "quarter", "year")

PEOPLE_AND_TARGET = mark("People moved and the target changed")
PEOPLE_ONLY = mark("People moved, the target did not follow")
TARGET_ONLY = mark("The target was changed")
TARGET_LATER = mark("The target was set later")
ELSEWHERE = mark("People now elsewhere, and sales without a person")
NOT_PASSED_DOWN = mark("Target not passed down")


@dataclass(frozen=True, kw_only=True, eq=False)
class Attainment:
    """Targets, sales and attainment of every node for the month, the quarter to date and the year to date.

    ``table`` has a row a node and span: ``unit_id, parent_id, level, name, span, judged_target, judged_actual,
    judged_attainment, restated_target, restated_actual, restated_attainment, contribution_points, moved_actual,
    moved_target, moved_msgid, target_msgid`` and exact ``judged_actual_fen, restated_actual_fen``. Attainment counts the
    months that have a target; it is missing where the target is missing, zero or negative.
    """

    table: pd.DataFrame
    months: Mapping[str, pd.PeriodIndex]
    notes: Sequence[dict[str, Any]] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "notes", [dict(note) for note in self.notes])

    def frame(self, span: Span = "month") -> pd.DataFrame:
        """One row a node for one span."""
        if span not in SPANS:
            raise InputError(f"span == {span!r}, must be known", fix=known_choices(span, SPANS))
        return self.table[self.table["span"] == span].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """The whole table."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The top node's three spans."""
        return self.table[self.table["unit_id"] == self.table["unit_id"].iloc[0]].reset_index(drop=True)

    def for_units(self, unit_ids: Sequence[str]) -> "Attainment":
        """The same for some nodes only."""
        kept = self.table[self.table["unit_id"].isin(list(unit_ids))].reset_index(drop=True)
        return Attainment(table=kept, months=self.months, notes=self.notes)

    def contributions(self, unit_id: str, span: Span = "month") -> pd.DataFrame:
        """What makes a unit's gap: its members, people now elsewhere, and target that nobody below has.

        Returns
        -------
        DataFrame ``unit_id, name, actual_fen, target_fen, gap_fen, contribution_points``; the last two lines have no
        ``unit_id``. ``gap_fen`` adds up to the unit's judged gap to the fen.

        Raises
        ------
        InputError
            Unknown unit, or one without a target.
        """
        frame = self.frame(span)
        mine = frame[frame["unit_id"] == unit_id]
        if mine.empty:
            raise InputError(f"unit_id == {unit_id!r}, must be known", fix=known_choices(unit_id, frame["unit_id"].tolist()))
        if pd.isna(mine["judged_target"].iloc[0]):
            raise InputError(f"unit {unit_id} has no target, its gap cannot be explained", where=f"attainment of the {span}")
        actual, target = int(mine["judged_actual_fen"].iloc[0]), int(mine["judged_target_fen"].iloc[0])
        below = frame[frame["parent_id"] == unit_id]
        parts = below[["unit_id", "name"]].assign(actual_fen=below["inside_actual_fen"], target_fen=below["inside_target_fen"])
        rest = pd.DataFrame({
            "unit_id": ["", ""], "name": [ELSEWHERE, NOT_PASSED_DOWN],
            "actual_fen": [actual - int(parts["actual_fen"].sum()), 0],
            "target_fen": [0, target - int(parts["target_fen"].sum())],
        })
        found = pd.concat([parts, rest], ignore_index=True)
        found["gap_fen"] = found["actual_fen"] - found["target_fen"]
        return found.assign(contribution_points=shortfall_contributions(found["target_fen"], found["actual_fen"])["contribution_points"])


def attainment(
    lines: pd.DataFrame, targets: pd.DataFrame, units: pd.DataFrame, seats: pd.DataFrame, *, month: pd.Period,
    quarter_months: pd.PeriodIndex, year_months: pd.PeriodIndex, scope: str | None = None,
) -> Attainment:
    """How far everybody got: the month, the quarter and the year to date, judged then and restated.

    Judged: sales count where they were booked, against the target in force at the end of each month. Restated: sales
    follow the people to today's units, against the newest target. A unit's attainment is its sales over its target,
    never the mean of its people's. Months in which a node has no target (a newcomer's first ones) count in its sales,
    not in its attainment.

    Parameters
    ----------
    lines
        ``month, unit_id`` (leaf today), ``org_id`` (as booked), ``rep_id, amount_fen``; more rows and columns do no harm.
    targets, units, seats
        As for `node_targets`.
    month
        Month under review; sales and targets after it are left out.
    quarter_months, year_months
        Months of its quarter and fiscal year.
    scope
        The unit the frames were cut to; without it units that no longer exist count at the top.

    Raises
    ------
    InputError
        The month is not in its quarter or year, or a target stands twice.
    """
    months = {"month": pd.PeriodIndex([month], name="month"), "quarter": quarter_months[quarter_months <= month],
              "year": year_months[year_months <= month]}
    for name, inside in months.items():
        if month not in inside:
            raise InputError(f"{name} months do not hold {month}, must contain the month under review")
    span = months["year"].union(months["quarter"])
    tree = Hierarchy(units=units)
    laid = tree.units
    sales = lines[lines["month"].isin(span)]
    restated = _restated(sales, tree, span)
    judged, inside_fen = _judged(sales, laid, restated, span, whole=scope is None)
    then = node_targets(targets, laid, span, view="judged", seats=seats)
    now = node_targets(targets, laid, span, view="restated", seats=seats)
    frames = [_span_frame(name, span.isin(part), laid, judged, restated, inside_fen, then, now)
              for name, part in months.items()]
    table = pd.concat(frames, ignore_index=True)
    return Attainment(table=table, months=months, notes=_notes(table))


def _restated(sales: pd.DataFrame, tree: Hierarchy, span: pd.PeriodIndex) -> Ints:
    leaves = pd.Index(tree.units["unit_id"].to_numpy()[tree.leaf_positions])
    bottom = _sum_by(sales["unit_id"], sales, leaves, span)
    return np.asarray(tree.unit_summing.astype("int64") @ bottom)


def _judged(sales: pd.DataFrame, units: pd.DataFrame, restated: Ints, span: pd.PeriodIndex, *, whole: bool
            ) -> tuple[Ints, Ints]:
    """Sales as booked by node, and each child's part booked inside its parent of today."""
    ids = pd.Index(units["unit_id"])
    parent = ids.get_indexer(units["parent_id"])
    people = (units["level"] == SELLER_LEVEL).to_numpy()
    former = units["unit_id"].astype(str).str.endswith(FORMER).to_numpy()
    home = sales["org_id"].map(_old_homes(sales, ids)).where(~sales["org_id"].isin(ids), sales["org_id"])
    if whole:
        home = home.fillna(ids[0])
    total = _sum_by(home, sales, ids, span)
    for node in range(len(ids) - 1, 0, -1):
        if parent[node] >= 0:
            total[parent[node]] += total[node]
    total[people] = _sum_by(sales["rep_id"], sales, ids, span)[people]
    total[former] = restated[former]
    inside = total.copy()
    above = pd.Series(units["parent_id"].to_numpy(), index=ids)
    booked_at_home = sales[home.to_numpy() == sales["rep_id"].map(above).to_numpy()]
    inside[people] = _sum_by(booked_at_home["rep_id"], booked_at_home, ids, span)[people]
    return total, inside


def _old_homes(sales: pd.DataFrame, ids: pd.Index) -> dict[str, str]:
    """Units that no longer exist -> the unit that took their sales over, told by the leaves of former staff."""
    gone = sales[~sales["org_id"].isin(ids) & sales["unit_id"].astype(str).str.endswith(FORMER)]
    first = gone.drop_duplicates("org_id")
    return dict(zip(first["org_id"], first["unit_id"].astype(str).str.removesuffix(FORMER), strict=True))


def _sum_by(keys: pd.Series, sales: pd.DataFrame, ids: pd.Index, span: pd.PeriodIndex) -> Ints:
    row = ids.get_indexer(pd.Index(keys.to_numpy(object)))
    column = span.get_indexer(pd.PeriodIndex(sales["month"], freq="M"))
    at = row >= 0
    out = np.zeros((len(ids), len(span)), "int64")
    np.add.at(out, (row[at], column[at]), sales["amount_fen"].to_numpy("int64")[at])
    return out


def _span_frame(name: str, part: NDArray[np.bool_], units: pd.DataFrame, judged: Ints, restated: Ints, inside: Ints,
                then: NodeTargets, now: NodeTargets) -> pd.DataFrame:
    frame = units.assign(span=name)
    for view, sales, goal in (("judged", judged, then), ("restated", restated, now)):
        known = goal.known[:, part]
        target = np.where(known.any(axis=1), goal.fen[:, part].sum(axis=1), 0)
        counted = (sales[:, part] * known).sum(axis=1)
        frame[f"{view}_target"] = np.where(known.any(axis=1), target / 100, np.nan)
        frame[f"{view}_actual"] = sales[:, part].sum(axis=1) / 100
        frame[f"{view}_untargeted"] = (sales[:, part].sum(axis=1) - counted) / 100
        frame[f"{view}_attainment"] = np.divide(counted, target, out=np.full(len(frame), np.nan), where=target > 0)
        frame[f"{view}_target_fen"] = target
        frame[f"{view}_actual_fen"] = sales[:, part].sum(axis=1)
    people = (units["level"] == SELLER_LEVEL).to_numpy()
    frame["inside_actual_fen"] = inside[:, part].sum(axis=1)
    frame["inside_target_fen"] = np.where(people, then.seated[:, part].sum(axis=1), frame["judged_target_fen"])
    ids = pd.Index(frame["unit_id"])
    above = ids.get_indexer(frame["parent_id"])
    goal_above = np.where(above >= 0, frame["judged_target_fen"].to_numpy()[above], 0)
    gap = (frame["inside_actual_fen"] - frame["inside_target_fen"]).to_numpy(float)
    frame["contribution_points"] = np.divide(100 * gap, goal_above, out=np.full(len(frame), np.nan), where=goal_above > 0)
    frame["moved_actual"] = (frame["restated_actual_fen"] - frame["judged_actual_fen"]) / 100
    frame["moved_target"] = frame["restated_target"] - frame["judged_target"]
    people_moved = (frame["moved_actual"] != 0).to_numpy()
    target_moved = (frame["moved_target"].fillna(0) != 0).to_numpy()
    later = (frame["judged_target"].isna() & frame["restated_target"].notna()).to_numpy()
    without = frame["restated_target"].isna().to_numpy()
    frame["moved_msgid"] = np.select(
        [later, people_moved & target_moved, people_moved & ~without, target_moved],
        [TARGET_LATER, PEOPLE_AND_TARGET, PEOPLE_ONLY, TARGET_ONLY], default="")
    frame["target_msgid"] = then.source
    return frame


def _notes(table: pd.DataFrame) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    month = table[table["span"] == "month"]
    person = month["level"] == SELLER_LEVEL
    missing = month["judged_target"].isna()
    if n := int((missing & person).sum()):
        notes.append({"msgid": mark("{n} {n:person has|people have} no target this month and therefore no attainment."),
                      "details": {"n": n}})
    former = month["unit_id"].astype(str).str.endswith(FORMER)
    if n := int((missing & ~person & ~former).sum()):
        notes.append({"msgid": mark("{n} {n:unit has|units have} no target this month, nor has anybody in {n:it|them}."),
                      "details": {"n": n}})
    if n := int((month["judged_target"] <= 0).sum()):
        notes.append({"msgid": mark("{n} {n:target|targets} of this month {n:is|are} zero or negative; attainment has no meaning there."),
                      "details": {"n": n}})
    if n := int((month["moved_msgid"] == PEOPLE_ONLY).sum()):
        notes.append({"msgid": mark("In {n} {n:unit|units} people moved and the target did not follow: restated attainment compares "
                                    "today's people with the target of others."), "details": {"n": n}})
    return notes
