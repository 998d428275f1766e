"""Who the people of a period are: unit, role, tier, how long they have been there, and what they sell to whom."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesplan.calendars.period import NamedPeriod, read_period
from salesplan.calendars.working_days import working_days
from salesplan.data.kpi_measures import KpiFacts
from salesplan.data.organisation import (
    LEADING_ROLES,
    TRAINING_ROLE,
    UNASSIGNED,
    distinct_names,
    home_units,
    seats_at,
    units_at,
)
from salesplan.data.presence import present_days
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError

if TYPE_CHECKING:
    import duckdb

DOMINANT_SHARE = 0.6
"""Least share of twelve months' sales that makes a product line or customer type a person's own."""
COLUMNS = ["seller_id", "name", "employee_no", "org_id", "unit_name", "role", "tier", "hire_date", "tenure_months",
           "working_share", "product_line", "customer_type", "is_seller"]
_DAYS_A_MONTH = 365.25 / 12


def seller_profiles(
    source: "Workspace | str | Path | duckdb.DuckDBPyConnection | KpiFacts", *, period: str | pd.Period | NamedPeriod,
    country: str | None = None, dominant_share: float = DOMINANT_SHARE, everybody: bool = False,
) -> pd.DataFrame:
    """Everybody employed in a period who sells or leads, as of its end.

    The assignment is the one in force on the last day (or on the last day employed). People whose assignment carries
    no quota and who lead nobody (presales, assistants) are left out unless they have sales. A leader sells who carries
    quota: orders of their own alone never make one a seller, they count within the team's.

    Parameters
    ----------
    source
        Workspace, its folder, an open connection, or facts opened before.
    period
        Month, quarter, ISO week or year.
    country
        Whose working days; the workspace's by default.
    everybody
        Those who neither sell nor lead as well.
    dominant_share
        Least share of the twelve months' sales up to the period's end that makes a product line (or the customers' tier)
        the person's own; ``*`` where none has it.

    Returns
    -------
    DataFrame, one row a person: ``seller_id, name`` (the employee number follows a name two people bear),
    ``employee_no, org_id, unit_name, role, tier`` (the role where no tier is given), ``hire_date``,
    ``tenure_months`` (whole months employed), ``working_share`` (share of the period's working days present: after
    hire, before leaving, not on leave), ``product_line, customer_type, is_seller`` (carries quota; who does not lead
    also when they sold in those months).

    Raises
    ------
    InputError
        No such period, or ``dominant_share`` not between 0.5 and 1.
    """
    when = read_period(period)
    if not 0.5 < dominant_share <= 1:
        raise InputError(f"dominant_share == {dominant_share}, must be above 0.5 and at most 1")
    with nullcontext(source) if isinstance(source, KpiFacts) else KpiFacts(source) as facts:
        tables = {name: facts.connection.sql(f'SELECT * FROM "{name}"').df()
                  for name in ("rep", "rep_assignment", "rep_leave", "org_unit")}
        sold = _sold(facts, when)
        country = country or facts.country
    people = _employed(tables["rep"], sold, when)
    last_day = people["leave_date"].where(people["leave_date"] < when.end, when.end)
    by_unit = sold.groupby(["rep_id", "org_id"])["amount"].sum().reset_index()
    seats = seats_at(tables["rep_assignment"], by_unit, dict(zip(people["rep_id"], last_day, strict=True)))
    people = people.merge(seats, on="rep_id", how="left")
    units = units_at(tables["org_unit"], when.end)
    homes = home_units(tables["org_unit"], units["org_id"])
    where_sold = by_unit.sort_values(["amount", "org_id"], ascending=[False, True]).drop_duplicates("rep_id")
    org = people["org_id"].fillna(people["rep_id"].map(where_sold.set_index("rep_id")["org_id"]))
    people["org_id"] = org.map(homes).fillna(UNASSIGNED)
    people["unit_name"] = people["org_id"].map(units.set_index("org_id")["name"])
    leads = people["role"].isin(LEADING_ROLES)
    has_sold = people["rep_id"].isin(sold["rep_id"])
    carries = people["quota_bearing"].astype("boolean").fillna(~leads) & people["role"].ne(TRAINING_ROLE).fillna(True)
    people["is_seller"] = (carries | (has_sold & ~leads)).astype(bool)
    people["name"] = distinct_names(people)
    people["tier"] = people["tier"].fillna(people["role"])
    worked = (last_day.to_numpy() - people["hire_date"].to_numpy()) / np.timedelta64(1, "D")
    people["tenure_months"] = np.floor((worked + 1) / _DAYS_A_MONTH)
    people["working_share"] = _working_share(people, tables["rep_leave"], when, country)
    for column in ("product_line", "customer_type"):
        people[column] = people["rep_id"].map(_dominant(sold, column, dominant_share)).fillna("*")
    people = people[people["is_seller"] | leads | everybody].rename(columns={"rep_id": "seller_id"})
    return people[COLUMNS].sort_values("seller_id", ignore_index=True)


def answers_for(
    source: "Workspace | str | Path | duckdb.DuckDBPyConnection | KpiFacts", profiles: pd.DataFrame, *,
    period: str | pd.Period | NamedPeriod,
) -> pd.DataFrame:
    """Whose facts count for whom: everybody's own, and for leaders without a quota those of their unit.

    Parameters
    ----------
    profiles
        From :func:`seller_profiles`.

    Returns
    -------
    DataFrame: ``seller_id, member_id``; a leader's members are the people in their unit and all below it.
    """
    when = read_period(period)
    with nullcontext(source) if isinstance(source, KpiFacts) else KpiFacts(source) as facts:
        units = units_at(facts.connection.sql("SELECT * FROM org_unit").df(), when.end)
    parent = dict(zip(units["org_id"], units["parent_org_id"], strict=True))
    below: dict[str, list[str]] = {}
    for seller, org in zip(profiles["seller_id"], profiles["org_id"], strict=True):
        walk: object = org
        while isinstance(walk, str) and walk in parent:
            below.setdefault(walk, []).append(str(seller))
            walk = parent[walk]
    pairs = [(str(s), str(s)) for s in profiles["seller_id"]]
    leading = profiles[profiles["role"].isin(LEADING_ROLES) & ~profiles["is_seller"]]
    for leader, org in zip(leading["seller_id"], leading["org_id"], strict=True):
        pairs += [(str(leader), member) for member in below.get(str(org), []) if member != leader]
    return pd.DataFrame(pairs, columns=["seller_id", "member_id"]).drop_duplicates(ignore_index=True)


def _sold(facts: KpiFacts, when: NamedPeriod) -> pd.DataFrame:
    """Sales of the twelve months up to the period's end: ``rep_id, org_id, product_line, customer_type, amount``."""
    facts.keep("sale")
    start = (when.end + pd.Timedelta(days=1)) - pd.DateOffset(months=12)
    return facts.fetch(
        "SELECT rep_id, org_id, product_line, customer_type, sum(amount)::DOUBLE AS amount FROM sale "
        f"WHERE rep_id IS NOT NULL AND date BETWEEN DATE '{start:%Y-%m-%d}' AND DATE '{when.end:%Y-%m-%d}' GROUP BY ALL")


def _employed(rep: pd.DataFrame, sold: pd.DataFrame, when: NamedPeriod) -> pd.DataFrame:
    """People employed on any day of the period; without a staff list, everybody who sold."""
    if rep.empty:
        rep = pd.DataFrame({"rep_id": sold["rep_id"].unique()}).reindex(columns=rep.columns)
        rep["name"] = rep["rep_id"]
    rep = rep.assign(hire_date=pd.to_datetime(rep["hire_date"]), leave_date=pd.to_datetime(rep["leave_date"]))
    gone = (rep["leave_date"] < when.start) | (rep["leave_date"].isna() & (rep["status"] == "left"))
    later = rep["hire_date"] > when.end
    return rep.loc[~(gone | later), ["rep_id", "name", "employee_no", "hire_date", "leave_date"]].reset_index(drop=True)


def _working_share(people: pd.DataFrame, leave: pd.DataFrame, when: NamedPeriod, country: str) -> np.ndarray:
    calendar = working_days(when.start, when.end, country=country)
    days = calendar.loc[calendar["is_workday"], "date"].to_numpy(dtype="datetime64[D]")
    if not len(days):
        return np.ones(len(people))
    return present_days(people, leave, days).mean(axis=1)


def _dominant(sold: pd.DataFrame, column: str, least: float) -> pd.Series:
    """The value with most of a person's sales, where it has at least the share ``least``."""
    bought = sold[sold["amount"] > 0]
    total = bought.groupby("rep_id")["amount"].sum()
    named = bought.groupby(["rep_id", column])["amount"].sum().reset_index()
    named = named.sort_values(["amount", column], ascending=[False, True]).drop_duplicates("rep_id").set_index("rep_id")
    return named[column][named["amount"] >= least * total.reindex(named.index)]
