"""The targets of sellers for KPIs, from the imported target table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from salesplan.calendars.period import NamedPeriod, read_period
from salesplan.calendars.working_days import working_days
from salesplan.data.kpi_actuals import open_facts
from salesplan.data.kpi_measures import KpiFacts, KpiLike
from salesplan.data.organisation import LEADING_ROLES
from salesplan.data.seller_profiles import seller_profiles
from salesplan.data.target_sets import of_chosen_set
from salesplan.data.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

ALIASES: Final = {"receipt": "receipts", "activity": "visits"}
"""Metrics of the target table that are called otherwise as KPIs."""
_LENGTHS: Final = ("year", "quarter", "month", "week")
_IN_FORCE: Final = ("approved", "frozen")


def kpi_targets(
    source: "Workspace | str | Path | duckdb.DuckDBPyConnection | KpiFacts", kpis: Sequence[KpiLike], *,
    period: str | pd.Period | NamedPeriod, product_lines: Sequence[str] | None = None,
    profiles: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What each seller was asked to reach in a period, where the target table says so.

    Rows of people (``scope_type == 'rep'``) that are approved or frozen count, of the newest version (of the
    workspace's own set, where its settings name one); leaders who carry no quota and have no row of their own take
    their unit's. Targets of the longest periods that lie inside the period count: the quarter's own before its three
    months. Sums and counts are added up, ratios averaged by working days. A week without targets of its own takes its
    working days' share of the month's; no other target is cut into pieces. Where a row for all product lines (``*``)
    exists, it counts, else the lines are added up. Targets in ``pct`` become fractions.

    Parameters
    ----------
    source
        Workspace, its folder, an open connection, or facts opened before.
    kpis
        KPIs with ``code, denominator, additive``; a metric is a KPI's code, or ``receipt`` (receipts) or
        ``activity`` (visits).
    period
        Month, quarter, ISO week or year.
    product_lines
        Only targets of these lines.
    profiles
        From :func:`seller_profiles`, where at hand.

    Returns
    -------
    DataFrame: ``seller_id, kpi, target, covered_share`` (share of the period's working days the target rows span).
    """
    when = read_period(period)
    with open_facts(source) as facts:
        rows = facts.connection.sql(
            "SELECT target_set, version, metric, scope_type, scope_id, product_category, period_type, period_start,"
            " period_end, value::DOUBLE AS value, unit, status FROM target WHERE scope_type IN ('rep', 'org')").df()
        people = seller_profiles(facts, period=when) if profiles is None else profiles
        country, chosen = facts.country, facts.target_set
    rows = of_chosen_set(rows, chosen)
    rows = _with_leaders(rows, people)
    known = {kpi.code: kpi for kpi in kpis}
    rows["kpi"] = [m if m in known else ALIASES.get(m, m) for m in rows["metric"]]
    rows = rows[rows["kpi"].isin(list(known)) & (rows["status"].isna() | rows["status"].isin(_IN_FORCE))]
    rows = _newest(rows)
    rows["value"] = rows["value"].where(rows["unit"].str.lower() != "pct", rows["value"] / 100)
    rows = _one_per_period(rows, product_lines)
    rows = _of_period(rows, when, country)
    if rows.empty:
        return pd.DataFrame({"seller_id": [], "kpi": [], "target": [], "covered_share": []})
    summed = [code for code, kpi in known.items() if kpi.additive and kpi.denominator is None]
    is_sum = rows["kpi"].isin(summed)
    rows["part"] = rows["value"] * np.where(is_sum, rows["share"], rows["days"])
    whole = rows.groupby(["scope_id", "kpi"], sort=True).agg(part=("part", "sum"), days=("days", "sum")).reset_index()
    whole["target"] = np.where(whole["kpi"].isin(summed), whole["part"], whole["part"] / whole["days"])
    total = max(_workdays(when.start, when.end, country), 1)
    whole["covered_share"] = (whole["days"] / total).clip(upper=1.0)
    return whole.rename(columns={"scope_id": "seller_id"})[["seller_id", "kpi", "target", "covered_share"]]


def _with_leaders(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """People's own rows, and their unit's for leaders without a quota who have none of that metric."""
    own = rows[rows["scope_type"] == "rep"]
    leading = people.loc[people["role"].isin(LEADING_ROLES) & ~people["is_seller"], ["seller_id", "org_id"]].astype(object)
    units = rows[rows["scope_type"] == "org"].merge(leading, left_on="scope_id", right_on="org_id")
    has_own = pd.MultiIndex.from_frame(units[["seller_id", "metric"]]).isin(
        pd.MultiIndex.from_frame(own[["scope_id", "metric"]]))
    units = units[~has_own].assign(scope_id=lambda f: f["seller_id"]).drop(columns=["seller_id", "org_id"])
    return pd.concat([own, units], ignore_index=True)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest version of each target; of several sets with one version, the first by name."""
    key = ["kpi", "scope_id", "product_category", "period_type", "period_start"]
    rows = rows.sort_values([*key, "version", "target_set"], ascending=[*[True] * len(key), True, False])
    return rows.drop_duplicates(key, keep="last").reset_index(drop=True)


def _one_per_period(rows: pd.DataFrame, product_lines: Sequence[str] | None) -> pd.DataFrame:
    """One value a person, KPI and period: the row for all lines, else the sum of the lines."""
    if product_lines is not None:
        rows = rows[rows["product_category"].isin(list(product_lines))]
    key = ["kpi", "scope_id", "period_type", "period_start", "period_end"]
    whole = rows["product_category"] == "*"
    covered = whole.groupby([rows[k] for k in key], dropna=False).transform("any")
    return rows[whole | ~covered].groupby(key, dropna=False)["value"].sum().reset_index()


def _of_period(rows: pd.DataFrame, when: NamedPeriod, country: str) -> pd.DataFrame:
    """Rows that make up the period, with their working days in it (``days``) and the share of them that counts."""
    start, end = pd.to_datetime(rows["period_start"]), pd.to_datetime(rows["period_end"])
    rows = rows.assign(start=start, end=end.fillna(start))
    inside = rows[(rows["start"] >= when.start) & (rows["end"] <= when.end)]
    inside = inside.assign(share=1.0)
    if when.kind == "week":
        months = rows[(rows["period_type"] == "month") & (rows["start"] <= when.end) & (rows["end"] >= when.start)]
        inside = pd.concat([inside, months], ignore_index=True)
    if inside.empty:
        return inside.assign(days=0.0, share=0.0)
    length = inside["period_type"].map({kind: place for place, kind in enumerate(_LENGTHS)}).fillna(len(_LENGTHS))
    if when.kind == "week":
        length = -length
    best = length.groupby([inside["scope_id"], inside["kpi"]]).transform("min")
    inside = inside[length == best].reset_index(drop=True)
    spans = inside[["start", "end"]].drop_duplicates()
    days = {
        (a, b): (_workdays(max(a, when.start), min(b, when.end), country), _workdays(a, b, country))
        for a, b in zip(spans["start"], spans["end"], strict=True)
    }
    pairs = [days[a, b] for a, b in zip(inside["start"], inside["end"], strict=True)]
    within = np.array([p[0] for p in pairs], dtype=float)
    whole = np.array([p[1] for p in pairs], dtype=float)
    share = np.divide(within, whole, out=np.zeros_like(within), where=whole > 0)
    return inside.assign(days=within, share=np.where(inside["share"].isna(), share, 1.0))


def _workdays(start: pd.Timestamp, end: pd.Timestamp, country: str) -> int:
    return int(working_days(start, end, country=country)["is_workday"].sum())
