"""Targets of approved plans: which version was in force at a month's end, and which is the newest."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd

from salesplan.data.organisation import UNASSIGNED
from salesplan.data.workspace import Workspace
from salesplan.text import mark

FEN: Final = 100
FROM_PLAN: Final = mark("Approved plan")
FROM_LATER_PLAN: Final = mark("Target table; the plan was approved later")
LINES: Final = ["month", "scope_type", "scope_id", "judged", "restated"]
_APPROVED: Final = ("approved", "frozen")
_HOURS_EAST: Final = {"CN": 8, "HK": 8, "TW": 8, "SG": 8, "JP": 9, "KR": 9, "IN": 5.5, "DE": 1, "FR": 1}
"""Hours a country's clock is ahead of UTC; days of approval elsewhere are days of UTC."""


def read_plans(space: Workspace, *, months: pd.PeriodIndex) -> pd.DataFrame:
    """Targets of the approved plan versions of a workspace: ``month, scope_type, scope_id, judged, restated``.

    ``judged`` is of the version that was approved on the last day of the month (of several plans for somebody the one
    approved last), missing where none was; ``restated`` of the newest approved one. Empty where no plan is approved.
    """
    file = space.path / "plan.db"
    if not file.is_file():
        return pd.DataFrame({"month": pd.PeriodIndex([], freq="M"), **{c: [] for c in LINES[1:]}})[LINES]
    versions, decisions, lines = _stored(file, months)
    ahead = timedelta(hours=_HOURS_EAST.get(space.settings.country, 0))
    parts = []
    for month in months:
        of_month = lines[lines["month"] == month]
        if of_month.empty:
            continue
        judged = _in_force(versions, decisions, until=month.end_time, ahead=ahead)
        newest = _in_force(versions, decisions, until=None, ahead=ahead)
        sums = {"judged": _counted(of_month, judged), "restated": _counted(of_month, newest)}
        whole = pd.DataFrame(sums).dropna(how="all").reset_index()
        parts.append(whole.assign(month=pd.PeriodIndex([month] * len(whole), freq="M")))
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=LINES)
    return found[LINES].astype({"month": "period[M]", "judged": float, "restated": float})


def plans_state(space: Workspace) -> tuple[int, int]:
    """What changes when a plan version is saved or decided about: their numbers; (0, 0) where there are none."""
    from sqlalchemy import func, select

    from salesplan.data.plan_store import PlanStore
    from salesplan.data.plan_tables import PLAN_DECISION, PLAN_VERSION

    file = space.path / "plan.db"
    if not file.is_file():
        return 0, 0
    with PlanStore(file) as store, store.engine.connect() as connection:
        newest = [connection.execute(select(func.max(table.c.id))).scalar() or 0 for table in (PLAN_VERSION, PLAN_DECISION)]
    return newest[0], newest[1]


def _stored(file: Path, months: pd.PeriodIndex) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Versions, decisions in order, and target sums of the approved versions by month and scope."""
    from sqlalchemy import func, select

    from salesplan.data.plan_store import PlanStore
    from salesplan.data.plan_tables import PLAN_DECISION, PLAN_LINE, PLAN_VERSION

    wanted = [str(month) for month in months]
    with PlanStore(file) as store, store.engine.connect() as connection:
        versions = pd.DataFrame(connection.execute(
            select(*(PLAN_VERSION.c[c] for c in ("id", "name", "version", "status", "saved_at")))).mappings().all(),
            columns=["id", "name", "version", "status", "saved_at"])
        decisions = pd.DataFrame(connection.execute(
            select(*(PLAN_DECISION.c[c] for c in ("id", "version_id", "decision", "decided_at"))).order_by(PLAN_DECISION.c.id)
            ).mappings().all(), columns=["id", "version_id", "decision", "decided_at"])
        decided = set(decisions.loc[decisions["decision"].isin(_APPROVED), "version_id"])
        used = sorted({*decided, *versions.loc[versions["status"].isin(_APPROVED), "id"]})
        keys = [PLAN_LINE.c[c] for c in ("version_id", "seller_id", "node_id", "month")]
        query = select(*keys, func.sum(PLAN_LINE.c.target_fen).label("amount_fen")).where(
            PLAN_LINE.c.version_id.in_(used), PLAN_LINE.c.month.in_(wanted)).group_by(*keys)
        lines = pd.DataFrame(connection.execute(query).mappings().all(),
                             columns=["version_id", "seller_id", "node_id", "month", "amount_fen"])
    lines["month"] = pd.PeriodIndex(lines["month"], freq="M")
    return versions, decisions, _scopes(lines.dropna(subset=["amount_fen"]))


def _scopes(lines: pd.DataFrame) -> pd.DataFrame:
    """Whose target each line is: a seller's, or else that of the unit in its node (all product lines, or their sum)."""
    is_rep = lines["seller_id"].notna()
    nodes = [str(one).rpartition("|") for one in lines["node_id"]]
    unit = pd.Series([before or after for before, _, after in nodes], index=lines.index, dtype=object)
    named = lines.assign(
        scope_type=is_rep.map({True: "rep", False: "org"}), scope_id=lines["seller_id"].astype(object).where(is_rep, unit),
        line=pd.Series([after if before else "*" for before, _, after in nodes], index=lines.index, dtype=object))
    key = ["version_id", "month", "scope_type", "scope_id"]
    whole = (named["line"] == "*") & ~is_rep
    covered = whole.groupby([named[k] for k in key]).transform("any") if len(named) else whole
    return named[is_rep | whole | ~covered].groupby(key)["amount_fen"].sum().reset_index()


def _in_force(
    versions: pd.DataFrame, decisions: pd.DataFrame, *, until: pd.Timestamp | None, ahead: timedelta
) -> dict[int, str]:
    """The newest approved version of each plan by a moment: row of the version -> when it was approved."""
    state: dict[int, tuple[str, str]] = {}
    for row in versions.to_dict("records"):
        if _by(row["saved_at"], until, ahead):
            state[row["id"]] = (row["status"], row["saved_at"])
    for row in decisions.to_dict("records"):
        if _by(row["decided_at"], until, ahead) and row["version_id"] in state:
            state[row["version_id"]] = (row["decision"], row["decided_at"])
    found: dict[str, tuple[int, int]] = {}
    for row in versions.to_dict("records"):
        if state.get(row["id"], ("", ""))[0] in _APPROVED:
            found[row["name"]] = max(found.get(row["name"], (0, 0)), (row["version"], row["id"]))
    return {version: state[version][1] for _number, version in found.values()}


def _by(moment: str, until: pd.Timestamp | None, ahead: timedelta) -> bool:
    return until is None or (datetime.fromisoformat(moment) + ahead).replace(tzinfo=None) <= until


def _counted(lines: pd.DataFrame, approved: Mapping[int, str]) -> pd.Series:
    """Target of each scope by the version approved last, currency units."""
    rows = lines[lines["version_id"].isin(list(approved))]
    rows = rows.assign(moment=rows["version_id"].map(dict(approved))).sort_values(["moment", "version_id"])
    last = rows.drop_duplicates(["scope_type", "scope_id"], keep="last").set_index(["scope_type", "scope_id"])
    return last["amount_fen"].astype(float) / FEN


def targets_with_plans(
    table: pd.DataFrame, plans: pd.DataFrame, *, seats: pd.DataFrame, homes: Mapping[str, str], parents: Mapping[str, Any]
) -> pd.DataFrame:
    """Targets of the table with those of approved plans in their place.

    Somebody's target of a plan counts before the table's. A unit all of whose people with a target a plan covers keeps no target of
    the table that month: it is the sum of what was approved below it. A unit of which a plan covers only a part keeps its own: what
    it then asks beyond the sum of its members stands as not passed down.

    Parameters
    ----------
    table
        From :func:`~salesplan.data.review_targets.read_target_table`.
    plans
        From :func:`read_plans`.
    seats
        Where sellers sat in each month (for what was judged).
    homes
        Seller -> unit in force today (for what is restated).
    parents
        Unit -> the one above it.
    """
    if plans.empty:
        return table
    key = ["month", "scope_type", "scope_id"]
    both = table.merge(plans, on=key, how="outer", suffixes=("", "_plan"))
    is_unit = both["scope_type"] == "org"
    sat = seats.set_index(["month", "seller_id"])["org_id"]
    people = plans[plans["scope_type"] == "rep"]
    asked = table[table["scope_type"] == "rep"]
    covered = {part: _covered(asked, people, part, sat=sat.to_dict(), homes=homes, parents=parents) for part in ("judged", "restated")}
    place = list(zip(both["month"], both["scope_id"], strict=True))
    for part in ("judged", "restated"):
        lost = is_unit & pd.Series([one in covered[part] for one in place], index=both.index)
        both[part] = both[f"{part}_plan"].where(both[f"{part}_plan"].notna(), both[part].where(~lost))
    told = both["judged_plan"].notna()
    later = both["restated_plan"].notna() & ~told
    both["source"] = both["source"].astype(object).mask(told, FROM_PLAN).mask(later, FROM_LATER_PLAN)
    kept = both[["judged", "restated"]].notna().any(axis=1)
    columns = ["month", "scope_type", "scope_id", "judged", "restated", "source"]
    return both.loc[kept, columns].sort_values(key, ignore_index=True)


def _covered(
    asked: pd.DataFrame, planned: pd.DataFrame, part: str, *, sat: Mapping[Any, Any], homes: Mapping[str, str],
    parents: Mapping[str, Any],
) -> set[tuple[Any, str]]:
    """Months and units in which everybody with a target has one of a plan: where they sat (judged) or sit today (restated)."""
    of_plan = planned.loc[planned[part].notna(), ["month", "scope_id"]].itertuples(index=False, name=None)
    of_table = asked.loc[asked[part].notna(), ["month", "scope_id"]].itertuples(index=False, name=None)
    by_plan = set(of_plan)
    above: dict[tuple[Any, str], list[tuple[Any, str]]] = {}
    for month, who in by_plan.union(of_table):
        home = homes.get(who, UNASSIGNED)
        org = sat.get((month, who), home) if part == "judged" else home
        walk: Any = who.rpartition("/")[0] if "/" in who and who not in homes else org
        while isinstance(walk, str):
            above.setdefault((month, walk), []).append((month, who))
            walk = parents.get(walk)
    return {place for place, members in above.items() if by_plan.issuperset(members)}
