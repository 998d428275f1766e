"""What every reading of a period starts with: its last month, and the organisation that decides who may see whom."""

import pandas as pd

from salesplan.data.complete_months import check_last_month
from salesplan.data.kpi_measures import KpiFacts
from salesplan.data.organisation import UNASSIGNED, home_units, people_at, units_at
from salesplan.data.reducers import reduce
from salesplan.errors import DataError


def last_complete_month(facts: KpiFacts, *, where: str) -> pd.Period:
    """The last month that is over in the orders.

    Parameters
    ----------
    where
        Place of the data, for the message.

    Raises
    ------
    DataError
        There are no orders.
    """
    ends = reduce("month_ends", facts.connection, as_of=facts.as_of, currency=facts.currency)
    if ends.empty:
        raise DataError("orders == 0, must be at least one order that counts to tell the last month",
                        where=where, fix="Name a period, or import orders.")
    return check_last_month(ends, country=facts.country, as_of=facts.as_of).last_complete


def organisation_at(facts: KpiFacts, profiles: pd.DataFrame, day: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The units of a day with the people of ``profiles`` as leaves, and everybody employed or to come.

    Parameters
    ----------
    profiles
        ``seller_id, org_id, name``: people of no known unit hang below the top.

    Returns
    -------
    ``unit_id, parent_id, level, name``, and the people of
    :func:`~salesplan.data.organisation.people_at` with units of that day.
    """
    tables = {name: facts.connection.sql(f'SELECT * FROM "{name}"').df() for name in ("org_unit", "rep", "rep_assignment")}
    org = units_at(tables["org_unit"], day)
    homes = home_units(tables["org_unit"], org["org_id"])
    sold = pd.DataFrame({"rep_id": pd.Series([], dtype=str), "org_id": pd.Series([], dtype=str), "amount": []})
    people = people_at(tables["rep"], tables["rep_assignment"], sold, day)
    people["org_id"] = people["org_id"].map(homes).astype(object).where(people["org_id"].notna(), None)
    tops = org.loc[org["parent_org_id"].isna(), "org_id"]
    top = tops.iloc[0] if len(tops) else None
    units = org.rename(columns={"org_id": "unit_id", "parent_org_id": "parent_id"})[["unit_id", "parent_id", "level", "name"]]
    leaves = pd.DataFrame({"unit_id": profiles["seller_id"], "parent_id": profiles["org_id"].replace(UNASSIGNED, top),
                           "level": "rep", "name": profiles["name"]})
    return pd.concat([units, leaves], ignore_index=True), people
