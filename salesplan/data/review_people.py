"""The people of a monthly review: who sold where in each month, and who they are on the review's day."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from salesplan.data.dataset import sellers_of
from salesplan.data.organisation import LEADING_ROLES, TRAINING_ROLE, UNASSIGNED, people_at, seats_at, units_at
from salesplan.data.presence import present_days
from salesplan.data.restate import former_leaf, make_units, restate

_DAYS_A_MONTH: Final = 365.25 / 12
SELLERS: Final = ["seller_id", "name", "employee_no", "org_id", "unit_name", "role", "tier", "hire_date", "leave_date",
                  "tenure_months", "manager_id", "working_share", "is_shown"]
SEATS: Final = ["month", "seller_id", "org_id", "tier", "is_in_service"]


def review_staff(tables: Mapping[str, pd.DataFrame], recent: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Everybody employed on the review's day, as :func:`~salesplan.data.organisation.people_at` gives them; nobody hired later."""
    sold = recent.loc[recent["month"] == day.to_period("M"), ["rep_id", "org_id", "amount"]]
    people = people_at(tables["rep"], tables["rep_assignment"], sold, day)
    return people[~people["is_future_hire"]].reset_index(drop=True)


def review_sellers(
    staff: pd.DataFrame, org: pd.DataFrame, homes: dict[str, str], leave: pd.DataFrame, *, day: pd.Timestamp,
    workdays: np.ndarray,
) -> pd.DataFrame:
    """Today's sellers with what a comparison asks of them.

    Parameters
    ----------
    staff
        From :func:`review_staff`.
    org
        Units in force, from :func:`~salesplan.data.organisation.units_at`.
    workdays
        Working days of the month up to the review's day (``datetime64[D]``).

    Returns
    -------
    DataFrame: :data:`SELLERS`; ``working_share`` is the share of those days somebody was there.
    """
    sellers = sellers_of(staff, homes).reset_index(drop=True)
    sellers["unit_name"] = sellers["org_id"].map(org.set_index("org_id")["name"])
    leads = sellers["seller_id"].map(staff.set_index("rep_id")["manager_rep_id"])
    for column in ("hire_date", "leave_date"):
        sellers[column] = pd.to_datetime(sellers[column]).astype("datetime64[us]")
    sellers["manager_id"] = leads.astype(object).where(leads.notna(), None)
    hired = pd.to_datetime(sellers["hire_date"])
    sellers["tenure_months"] = np.floor(((day - hired).dt.days + 1) / _DAYS_A_MONTH)
    present = present_days(sellers.rename(columns={"seller_id": "rep_id"}), leave, workdays)
    sellers["working_share"] = present.mean(axis=1) if len(workdays) else 1.0
    return sellers.assign(is_shown=True)[SELLERS]


def review_seats(
    tables: Mapping[str, pd.DataFrame], recent: pd.DataFrame, months: pd.PeriodIndex, *, day: pd.Timestamp,
    homes: dict[str, str],
) -> pd.DataFrame:
    """Where every seller sat at each month's end, or on the last day of those who left within the month.

    The seat is chosen and a seller told from other people as on the review's day
    (:func:`~salesplan.data.organisation.people_at`), with the sales of the twelve months up to that month.

    Parameters
    ----------
    recent
        ``month, rep_id, org_id, amount`` of the twelve months up to each month.
    day
        The review's day: what is planned for later days of its month is not known.
    homes
        Unit there ever was -> unit in force on the review's day.

    Returns
    -------
    DataFrame: ``month, seller_id, org_id`` (a unit in force today, or ``unassigned``), ``tier, is_in_service`` (on the
    last day of the month).
    """
    rep = tables["rep"][["rep_id", "hire_date", "leave_date", "status"]]
    rows = pd.DataFrame({"month": months}).merge(rep, how="cross")
    last = np.minimum(rows["month"].dt.end_time.dt.normalize().to_numpy(), np.datetime64(day))
    first = rows["month"].dt.start_time.to_numpy()
    hired, left = pd.to_datetime(rows["hire_date"]).to_numpy(), pd.to_datetime(rows["leave_date"]).to_numpy()
    gone = (left < first) | (np.isnat(left) & rows["status"].eq("left").fillna(False).to_numpy(bool))
    there = ~gone & ~(hired > last)
    ends = np.where(left < last, left, last)
    rows = rows.assign(day=ends, is_in_service=~(left < last))[there].reset_index(drop=True)
    rows["turn"] = rows.index.astype(str)
    sold = rows[["turn", "rep_id", "month"]].merge(recent, on=["rep_id", "month"])
    offered = rows[["turn", "rep_id"]].merge(tables["rep_assignment"], on="rep_id")
    seats = seats_at(
        offered.drop(columns="rep_id").rename(columns={"turn": "rep_id"}),
        sold[["turn", "org_id", "amount"]].rename(columns={"turn": "rep_id"}),
        dict(zip(rows["turn"], rows["day"], strict=True))).rename(columns={"rep_id": "turn"})
    rows = rows.merge(seats, on="turn", how="left")
    best = sold.sort_values(["amount", "org_id"], ascending=[False, True]).drop_duplicates("turn").set_index("turn")["org_id"]
    org = rows["org_id"].astype(object).where(rows["org_id"].notna(), rows["turn"].map(best))
    leads, trains = rows["role"].isin(LEADING_ROLES), rows["role"].eq(TRAINING_ROLE).fillna(False).astype(bool)
    sells = rows["turn"].isin(best.index)
    is_seller = rows["quota_bearing"].astype("boolean").fillna(~leads | sells).astype(bool) & (~trains | sells)
    found = rows.assign(org_id=org.map(homes).fillna(UNASSIGNED), tier=rows["tier"].fillna(rows["role"]),
                        seller_id=rows["rep_id"])
    return found.loc[is_seller, SEATS].sort_values(["month", "seller_id"], ignore_index=True)


def review_units(
    org: pd.DataFrame, sellers: pd.DataFrame, leaves: pd.Series, orgs: pd.Series, parents: Mapping[str, str | None],
) -> pd.DataFrame:
    """The tree of a review, with every unit that something was booked on or somebody sat in.

    Parameters
    ----------
    leaves
        Leaf of every pair of booked unit and seller.
    orgs
        Units (in force today) that must be in the tree: a unit whose people have all moved on keeps a leaf
        ``<unit>/former``, so that what was booked on it stays somewhere.
    parents
        Unit in force -> the one above it.

    Returns
    -------
    DataFrame ``unit_id, parent_id, level, name``, top first, as in
    :class:`~salesplan.data.sales_data.SalesData`.
    """
    covered: set[object] = set()
    for used in {*sellers["org_id"], *leaves[~leaves.isin(sellers["seller_id"])].str.rsplit("/", n=1).str[0]}:
        walk: object = used
        while isinstance(walk, str) and walk not in covered:
            covered.add(walk)
            walk = parents.get(walk)
    missing = [former_leaf(one) for one in sorted(set(orgs)) if one not in covered]
    return make_units(org, sellers, pd.concat([leaves, pd.Series(missing, dtype=object)], ignore_index=True))


def review_leaves(booked: pd.DataFrame, sellers: pd.DataFrame, homes: dict[str, str]) -> pd.DataFrame:
    """Leaf of every booked unit and seller: ``org_id, rep_id, home_id`` (unit in force), ``unit_id`` (leaf)."""
    pairs = booked[["org_id", "rep_id"]].drop_duplicates(ignore_index=True)
    home = pairs["org_id"].map(homes).fillna(UNASSIGNED)
    return pairs.assign(home_id=home.astype(object), unit_id=restate(pairs, sellers, homes))


def moved_units(org_unit: pd.DataFrame, months: pd.PeriodIndex, *, day: pd.Timestamp) -> pd.DataFrame:
    """Units in force today that were below another unit at some month's end: ``org_id, name, month`` (first under today's)."""
    today = units_at(org_unit, day).set_index("org_id")
    starts = pd.to_datetime(org_unit["valid_from"])
    within = (starts > months[0].start_time) & (starts <= day)
    found = []
    for start in sorted(set(starts[within])):
        before = units_at(org_unit, start - pd.Timedelta(days=1)).set_index("org_id")["parent_org_id"]
        here = today.index.intersection(before.index)
        other = here[before[here].fillna("").to_numpy() != today.loc[here, "parent_org_id"].fillna("").to_numpy()]
        found += [{"org_id": one, "name": today.loc[one, "name"], "month": start.to_period("M")} for one in other]
    return pd.DataFrame(found, columns=["org_id", "name", "month"]).drop_duplicates("org_id", keep="last")
