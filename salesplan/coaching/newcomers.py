"""How newcomers' results grow, as a share of what settled sellers do in the same months."""

from typing import Any

import pandas as pd

from salesplan.coaching.ramp_curve import RampCurve, ramp_curve
from salesplan.errors import InputError

SETTLED_MONTHS = 12
LEAST_SETTLED = 5
"""Fewer settled sellers with sales in a month are no measure of it."""
_FIRST_DAYS = 5
"""Who joins this early in a month has the whole of it."""


def newcomer_results(data: Any) -> pd.DataFrame:
    """Results of sellers hired within the months read: ``seller_id, month, month_in_role, value, region``.

    The value is sales over the mean of settled sellers in the month, so that these are at 1 on average (their median
    would put them above it: sales are skewed). Whoever does not sell is in neither: a leader's figure is the team's.
    Months in the role are those gone by in the middle of the month, for its sales are those of the whole of it; the
    month of a hire after its first days is left out, because only a part of it was worked.

    Parameters
    ----------
    data
        With ``people`` (seller_id, is_seller), ``careers`` (spells) and ``quota`` (seller_id, month, sales).
    """
    careers = data.careers.drop_duplicates("seller_id", keep="last").set_index("seller_id")
    sellers = data.people.loc[data.people["is_seller"].eq(True), "seller_id"]
    quota = data.quota[data.quota["seller_id"].isin(careers.index.intersection(sellers))]
    hired = pd.DatetimeIndex(quota["seller_id"].map(careers["hire_date"]))
    table = quota.assign(hired=hired.to_period("M"), whole=hired.day <= _FIRST_DAYS,
                         part=(hired.days_in_month + 1 - hired.day) / hired.days_in_month)
    table = table[table["hired"].notna() & (table["hired"] <= table["month"])]
    later = pd.Series([(month - first).n for month, first in zip(table["month"], table["hired"], strict=True)],
                      index=table.index, dtype=float)
    gone = later + table["part"].where(~table["whole"], 1.0)
    table["month_in_role"] = gone - 0.5
    settled = table[gone > SETTLED_MONTHS].groupby("month")["sales"].agg(["mean", "count"])
    usual = table["month"].map(settled.loc[settled["count"] >= LEAST_SETTLED, "mean"]).astype(float)
    table["value"] = table["sales"] / usual.where(usual > 0)
    new = table[table["hired"].ge(quota["month"].min()) & (gone >= 1) & table["value"].notna()]
    return new.assign(region=new["seller_id"].map(careers["region"]))[
        ["seller_id", "month", "month_in_role", "value", "region"]].reset_index(drop=True)


def newcomer_ramp(data: Any, *, coverage: float) -> RampCurve | None:
    """Ramp by region where regions are known; nothing where too few newcomers have figures."""
    table = newcomer_results(data)
    by = "region" if table["region"].notna().all() and len(table["region"].unique()) > 1 else None
    try:
        return ramp_curve(table, by=by, coverage=coverage)
    except InputError:
        return None
