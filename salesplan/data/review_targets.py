"""Sales targets month by month, as they were in force then and as they stand now: from the target table and approved plans."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from salesplan.calendars.working_days import working_days
from salesplan.data.target_sets import of_chosen_set
from salesplan.text import mark

if TYPE_CHECKING:
    import duckdb

TARGETS: Final = ["month", "scope_type", "scope_id", "judged", "restated", "source"]
FROM_TABLE: Final = mark("Target table")
FROM_SPLIT: Final = mark("Target table, longer periods split by working days")
_IN_FORCE: Final = ("approved", "frozen")
_FINER: Final = {"month": 0, "week": 1, "quarter": 2, "year": 3}


def read_target_table(
    connection: "duckdb.DuckDBPyConnection", *, months: pd.PeriodIndex, top: str, country: str, target_set: str = ""
) -> pd.DataFrame:
    """Targets of people and units of some months from the imported target table.

    Rows approved, frozen or without a status count, of the chosen set where one is chosen (`of_chosen_set`), else of
    the newest version (of several sets with one version, the first by name); what was frozen counts for judging before
    what was approved since, for the table tells no days of approval. Where a row for all product lines exists, it
    counts, else the lines are added up. A month without a target of its own takes its working days' share of the week,
    quarter or year it lies in. A company's target is that of the top unit.

    Returns
    -------
    DataFrame: ``month, scope_type, scope_id, judged, restated, source`` (marked text).
    """
    rows = of_chosen_set(_rows(connection, top), target_set)
    key = ["scope_type", "scope_id", "product_category", "period_type", "period_start"]
    rows = rows.sort_values([*key, "version", "target_set"], ascending=[*[True] * len(key), True, False])
    newest = _by_month(rows.drop_duplicates(key, keep="last"), months, country)
    frozen = rows.assign(order=rows["status"].eq("frozen").astype(int)).sort_values([*key, "order"], kind="stable")
    judged = _by_month(frozen.drop_duplicates(key, keep="last"), months, country)
    both = judged.rename(columns={"value": "judged"}).merge(
        newest.rename(columns={"value": "restated"}).drop(columns="is_split"), on=["month", "scope_type", "scope_id"], how="outer")
    both["source"] = np.where(both.pop("is_split").fillna(False).astype(bool), FROM_SPLIT, FROM_TABLE)
    return both[TARGETS].sort_values(TARGETS[:3], ignore_index=True)


def sets_of_month(connection: "duckdb.DuckDBPyConnection", month: pd.Period) -> list[str]:
    """Names of the sets that ask anybody for sales in a month."""
    rows = _rows(connection, "")
    asked = (rows["period_start"] <= month.end_time) & (rows["period_end"] >= month.start_time)
    return sorted(rows.loc[asked, "target_set"].dropna().unique())


def _rows(connection: "duckdb.DuckDBPyConnection", top: str) -> pd.DataFrame:
    """Sales targets in force, a company's as those of its top unit."""
    rows = connection.sql(
        "SELECT target_set, coalesce(version, 0) AS version, metric, scope_type, scope_id, product_category, period_type,"
        " period_start::TIMESTAMP AS period_start, period_end::TIMESTAMP AS period_end, value::DOUBLE AS value, status"
        " FROM target WHERE scope_type IN ('rep', 'org', 'company') AND metric = 'sales_amount'"
        " AND coalesce(unit, '') NOT IN ('pct', 'count')").df()
    rows = rows[rows["status"].isna() | rows["status"].isin(_IN_FORCE)]
    whole = rows["scope_type"] == "company"
    rows = rows.assign(scope_type=rows["scope_type"].where(~whole, "org"), scope_id=rows["scope_id"].where(~whole, top))
    rows["period_end"] = pd.to_datetime(rows["period_end"]).fillna(_usual_end(rows))
    return rows


def _usual_end(rows: pd.DataFrame) -> pd.Series:
    """Last day of periods that do not say theirs."""
    start = pd.to_datetime(rows["period_start"])
    ends = {"month": start + pd.DateOffset(months=1), "quarter": start + pd.DateOffset(months=3),
            "year": start + pd.DateOffset(years=1), "week": start + pd.Timedelta(days=7)}
    end = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]")
    for kind, after in ends.items():
        end = end.where(rows["period_type"] != kind, after - pd.Timedelta(days=1))
    return end


def _by_month(rows: pd.DataFrame, months: pd.PeriodIndex, country: str) -> pd.DataFrame:
    """One value a month and scope: of the finest periods that say anything of the month; ``is_split`` where cut up."""
    lines = ["scope_type", "scope_id", "period_type", "period_start", "period_end"]
    general = rows["product_category"] == "*"
    covered = general.groupby([rows[k] for k in lines], dropna=False).transform("any") if len(rows) else general
    summed = rows[general | ~covered].groupby(lines)["value"].sum().reset_index()
    spans = _month_parts(summed[["period_start", "period_end"]].drop_duplicates(), months, country)
    parts = summed.merge(spans, on=["period_start", "period_end"])
    parts["fine"] = parts["period_type"].map(_FINER).fillna(len(_FINER))
    finest = parts.groupby(["scope_type", "scope_id", "month"])["fine"].transform("min")
    parts = parts[parts["fine"] == finest]
    parts = parts.assign(value=parts["value"] * parts["share"], is_split=parts["share"] < 1)
    found = parts.groupby(["month", "scope_type", "scope_id"]).agg(value=("value", "sum"), is_split=("is_split", "any"))
    return found.reset_index().astype({"month": "period[M]"})


def _month_parts(spans: pd.DataFrame, months: pd.PeriodIndex, country: str) -> pd.DataFrame:
    """Share of each span in each of the months: working days there over all of its working days."""
    found: list[dict[str, Any]] = []
    first, last = months[0].start_time, months[-1].end_time.normalize()
    spans = spans[(spans["period_start"] <= last) & (spans["period_end"] >= first)]
    within = spans["period_start"].dt.to_period("M") == spans["period_end"].dt.to_period("M")
    found += [{"period_start": start, "period_end": end, "month": start.to_period("M"), "share": 1.0}
              for start, end in spans[within].itertuples(index=False)]
    spans = spans[~within]
    if len(spans):
        calendar = working_days(spans["period_start"].min(), spans["period_end"].max(), country=country)
        worked = pd.Series(calendar["is_workday"].astype(float).to_numpy(), index=pd.DatetimeIndex(calendar["date"]))
        for start, end in spans.itertuples(index=False):
            days = worked.loc[start:end]
            if days.sum() == 0:  # a week of holidays: its days count alike
                days = days + 1.0
            share = days.groupby(pd.DatetimeIndex(days.index).to_period("M")).sum() / days.sum()
            found += [{"period_start": start, "period_end": end, "month": month, "share": float(part)}
                      for month, part in share.items() if month in months and part > 0]
    parts = pd.DataFrame(found, columns=["period_start", "period_end", "month", "share"])
    return parts.astype({"period_start": "datetime64[us]", "period_end": "datetime64[us]", "month": "period[M]", "share": float})
