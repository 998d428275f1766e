"""The organisation and its people as they stood on a day."""

from collections.abc import Mapping

import pandas as pd

from salesplan.errors import InputError

LEADING_ROLES = ("manager", "director")
"""Roles that lead a unit: they see its people, and carry a target only if they sell."""

TRAINING_ROLE = "trainer"
"""Role that sees skills and courses of a unit's people, and no money of theirs; carries no target."""

UNASSIGNED = "unassigned"
"""Unit of orders and people that no unit can be found for."""


def in_force(frame: pd.DataFrame, as_of: pd.Timestamp | pd.Series) -> pd.Series:
    """Rows whose validity dates include the day, or each row's own day (an empty date is open)."""
    return (frame["valid_from"].isna() | (frame["valid_from"] <= as_of)) & (
        frame["valid_to"].isna() | (frame["valid_to"] >= as_of)
    )


def units_at(org_unit: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Units in force on a day, one row each, siblings in their sort order.

    Returns
    -------
    DataFrame with ``org_id, parent_org_id, name, level, region``. A parent that is not in force is
    replaced by the nearest one above it that is.

    Examples
    --------
    >>> rows = pd.DataFrame({"org_id": ["co", "a", "a"], "parent_org_id": [None, "co", "gone"],
    ...     "name": ["Co", "A", "old A"], "level": ["company", "team", "team"], "region": None, "sort": None,
    ...     "valid_from": pd.to_datetime([None, "2026-01-01", "2020-01-01"]),
    ...     "valid_to": pd.to_datetime([None, None, "2025-12-31"])})
    >>> units_at(rows, pd.Timestamp("2026-06-30"))["name"].tolist()
    ['A', 'Co']
    """
    rows = org_unit[in_force(org_unit, as_of)].sort_values(["org_id", "valid_from"], na_position="first")
    rows = rows.drop_duplicates("org_id", keep="last")
    homes = home_units(org_unit, rows["org_id"])
    parents = rows["parent_org_id"].map(lambda p: None if pd.isna(p) else homes.get(p, p))
    units = rows.assign(parent_org_id=parents.astype(object).where(parents.notna(), None))
    units = units.sort_values(["sort", "org_id"], na_position="last")
    return units[["org_id", "parent_org_id", "name", "level", "region"]].reset_index(drop=True)


def home_units(org_unit: pd.DataFrame, known: pd.Series) -> dict[str, str]:
    """For every unit there ever was: itself if ``known`` today, else the nearest known unit above it.

    Units with none above them are absent from the result.
    """
    last = org_unit.sort_values(["org_id", "valid_from"], na_position="first").drop_duplicates("org_id", keep="last")
    parent = dict(zip(last["org_id"], last["parent_org_id"], strict=True))
    today = set(known)
    homes = {}
    for org in parent:
        walk = org
        seen: set[str] = set()
        while walk not in today and not pd.isna(walk) and walk in parent:
            if walk in seen:
                raise InputError(f"units {sorted(seen)[:5]} report to one another in a circle", where="organisation",
                                 fix="Correct one parent unit so that the chain reaches the top.")
            seen.add(walk)
            walk = parent[walk]
        if walk in today:
            homes[org] = walk
    return homes


def people_at(
    rep: pd.DataFrame, rep_assignment: pd.DataFrame, recent_sales: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Everybody employed on a day or hired for later, with one seat each.

    The seat is the assignment in force; of several, the one that carries quota, then the larger share
    of work, the later start, the unit with more of the person's recent sales, the smaller id. Without
    one in force the next to come counts, else the last there was; without any, the unit of the
    person's recent sales.

    Parameters
    ----------
    rep, rep_assignment
        Canonical tables.
    recent_sales
        ``rep_id, org_id, amount`` of the last twelve months.
    as_of
        The day.

    Returns
    -------
    DataFrame: ``rep_id, employee_no, name, email, status, hire_date, leave_date, org_id`` (may be
    missing), ``role, tier, manager_rep_id, fte, is_future_hire, is_seller``. A person sells who carries
    quota; where the data do not say, everybody but leaders, and leaders with recent sales. Trainers sell who did.
    """
    gone = (rep["leave_date"].notna() & (rep["leave_date"] <= as_of)) | (
        rep["leave_date"].isna() & (rep["status"] == "left")
    )
    columns = ["rep_id", "employee_no", "name", "email", "status", "hire_date", "leave_date"]
    people = rep.loc[~gone, columns]
    sold = recent_sales.groupby(["rep_id", "org_id"])["amount"].sum().reset_index()
    seat = seats_at(rep_assignment, sold, as_of)
    people = people.merge(seat, on="rep_id", how="left")
    by_sales = sold.sort_values(["amount", "org_id"], ascending=[False, True]).drop_duplicates("rep_id")
    people["org_id"] = people["org_id"].fillna(people["rep_id"].map(by_sales.set_index("rep_id")["org_id"]))
    people["fte"] = people["fte"].fillna(1.0)
    people["is_future_hire"] = (people["hire_date"] > as_of).fillna(False).astype(bool)
    leads = people["role"].isin(LEADING_ROLES)
    sells = people["rep_id"].isin(sold["rep_id"])
    trains = people["role"].eq(TRAINING_ROLE).fillna(False).astype(bool)
    people["is_seller"] = people["quota_bearing"].astype("boolean").fillna(~leads | sells).astype(bool) & (~trains | sells)
    return people.drop(columns="quota_bearing").sort_values("rep_id").reset_index(drop=True)


def seats_at(
    rep_assignment: pd.DataFrame, sold: pd.DataFrame, as_of: pd.Timestamp | Mapping[str, pd.Timestamp]
) -> pd.DataFrame:
    """One assignment of each person: the one in force on a day, chosen as in :func:`people_at`.

    Parameters
    ----------
    sold
        ``rep_id, org_id, amount``: where people sold lately.
    as_of
        The day, or each person's own.
    """
    seats = rep_assignment.merge(sold, on=["rep_id", "org_id"], how="left")
    start = seats["valid_from"].fillna(pd.Timestamp("1900-01-01"))
    own = seats["rep_id"].map(dict(as_of)) if isinstance(as_of, Mapping) else as_of
    day = pd.to_datetime(pd.Series(own, index=seats.index))
    now, later = in_force(seats, day), start > day
    seats["rank"] = now.map({True: 0, False: 2}).where(~later, 1)
    seats["quota_rank"] = seats["quota_bearing"].astype("boolean").fillna(True).astype(int)
    seats["share"] = seats["fte"].fillna(1.0)
    seats["age"] = (day - start).dt.days.where(~later, (start - day).dt.days)
    seats["sold"] = seats["amount"].fillna(0.0)
    seats = seats.sort_values(["rep_id", "rank", "quota_rank", "share", "age", "sold", "org_id"],
                              ascending=[True, True, False, False, True, False, True])
    columns = ["rep_id", "org_id", "role", "tier", "manager_rep_id", "fte", "quota_bearing"]
    return seats.drop_duplicates("rep_id")[columns]


def distinct_names(people: pd.DataFrame) -> pd.Series:
    """Names that tell people apart: the employee number follows a name that two people share.

    Examples
    --------
    >>> twins = pd.DataFrame({"rep_id": ["1", "2", "3"], "name": ["张伟", "张伟", "王芳"],
    ...                       "employee_no": ["E0042", None, "E7"]})
    >>> distinct_names(twins).tolist()
    ['张伟 (E0042)', '张伟 (2)', '王芳']
    """
    shared = people["name"].duplicated(keep=False)
    mark = people["employee_no"].fillna(people["rep_id"])
    return people["name"].where(~shared, people["name"] + " (" + mark + ")")
