"""What people reached, and what they had to reach it with: quota, sales, market potential, new opportunities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from salesplan.calendars.period import NamedPeriod
from salesplan.calendars.working_days import working_days
from salesplan.data.kpi_actuals import kpi_history
from salesplan.data.kpi_measures import KpiFacts, KpiLike
from salesplan.data.kpi_targets import kpi_targets
from salesplan.data.presence import present_days

SALES_KPI: Final = "sales_amount"
"""KPI that quotas are for."""
AMOUNT, CUSTOMERS = "market_potential", "owned_customers"
"""What :func:`read_potential` could tell a territory by."""


@dataclass(frozen=True)
class _Measure:
    source: str = "sale"
    value: str = "sum(amount)"
    where: str = ""
    person: str = "rep_id"
    date: str = "date"


@dataclass(frozen=True)
class _Sales:
    code: str = SALES_KPI
    numerator: _Measure = _Measure()
    denominator: None = None
    times: float = 1.0
    additive: bool = True


def read_history(
    facts: KpiFacts, kpis: Sequence[KpiLike], *, period: NamedPeriod, months: int, profiles: pd.DataFrame
) -> pd.DataFrame:
    """KPIs month by month, as :func:`~salesplan.data.kpi_actuals.kpi_history` gives them."""
    if not kpis:
        return pd.DataFrame({"seller_id": pd.Series([], dtype=object), "kpi": pd.Series([], dtype=object),
                             "month": pd.PeriodIndex([], freq="M"), "numerator": [], "denominator": [], "actual": [],
                             "evidence_rows": pd.Series([], dtype="int64")})
    return kpi_history(facts, kpis, period=period, months=months, profiles=profiles)


def read_quota(
    facts: KpiFacts, kpis: Iterable[KpiLike], history: pd.DataFrame, *, period: NamedPeriod, months: int,
    profiles: pd.DataFrame,
) -> pd.DataFrame:
    """Quota, sales and attainment of every month: ``seller_id, month, quota, sales, attainment`` (missing without quota)."""
    own = [kpi for kpi in kpis if kpi.code == SALES_KPI]
    kpi: KpiLike = own[0] if own else _Sales()
    if own:
        sales = history[history["kpi"] == SALES_KPI]
    else:
        sales = kpi_history(facts, [kpi], period=period, months=months, profiles=profiles)
    sales = sales[["seller_id", "month", "actual"]].rename(columns={"actual": "sales"})
    span = pd.period_range(end=period.last_month, periods=months, freq="M")
    quota: dict[tuple[str, pd.Period], float] = {}
    for month in span:
        asked = kpi_targets(facts, [kpi], period=month, profiles=profiles)
        quota |= {(str(who), month): float(target) for who, target in zip(asked["seller_id"], asked["target"], strict=True)}
    keys = zip(sales["seller_id"], sales["month"], strict=True)
    rows = sales.assign(quota=pd.Series([quota.get(key) for key in keys], index=sales.index, dtype=float))
    rows["attainment"] = rows["sales"] / rows["quota"].where(rows["quota"] > 0)
    columns = ["seller_id", "month", "quota", "sales", "attainment"]
    return rows[columns].sort_values(["seller_id", "month"], ignore_index=True)


def read_leaves(facts: KpiFacts, *, period: NamedPeriod, months: int, profiles: pd.DataFrame) -> pd.DataFrame:
    """Months in which somebody was on leave: ``seller_id, month, worked_share`` (of the month's working days)."""
    leave = facts.connection.sql("SELECT rep_id, start_date, end_date FROM rep_leave").df()
    leave = leave[leave["rep_id"].isin(profiles["seller_id"])]
    found = pd.DataFrame({"seller_id": pd.Series([], dtype=object), "month": pd.PeriodIndex([], freq="M"), "worked_share": []})
    if leave.empty:
        return found
    span = pd.period_range(end=period.last_month, periods=months, freq="M")
    calendar = working_days(span[0].start_time, span[-1].end_time.normalize(), country=facts.country)
    days = pd.DatetimeIndex(calendar.loc[calendar["is_workday"], "date"])
    people = pd.DataFrame({"rep_id": leave["rep_id"].unique(), "hire_date": pd.NaT, "leave_date": pd.NaT})
    people = people.astype({"hire_date": "datetime64[ns]", "leave_date": "datetime64[ns]"})
    there = present_days(people, leave, days.to_numpy(dtype="datetime64[D]"))
    shares = pd.DataFrame(there.T, columns=people["rep_id"]).groupby(days.to_period("M")).mean()
    rows = shares.rename_axis("month").reset_index().melt("month", var_name="seller_id", value_name="worked_share")
    rows = rows[rows["worked_share"] < 1]
    return rows[list(found.columns)].sort_values(["seller_id", "month"], ignore_index=True)


def read_potential(facts: KpiFacts, profiles: pd.DataFrame) -> pd.Series:
    """What each person's customers could buy a year, or how many customers they have where potentials are unknown.

    Customers without a potential count with the mean of the person's others.

    Returns
    -------
    Series by ``seller_id`` whose name says which: :data:`AMOUNT` or :data:`CUSTOMERS`; empty without customers' owners.
    """
    owned = facts.connection.sql(
        "SELECT owner_rep_id AS seller_id, count(*)::DOUBLE AS n, count(potential) AS n_known, "
        "sum(potential)::DOUBLE AS amount FROM customer WHERE owner_rep_id IS NOT NULL GROUP BY ALL ORDER BY 1").df()
    known = owned["n_known"].sum() >= 0.5 * owned["n"].sum() and len(owned) > 0
    owned = owned.set_index("seller_id")
    value = owned["amount"] * owned["n"] / owned["n_known"].where(owned["n_known"] > 0) if known else owned["n"]
    sellers = profiles.loc[profiles["is_seller"], "seller_id"]
    kept = value.reindex(sellers).where(sellers.isin(owned.index).to_numpy(), 0.0) if len(owned) else value.astype(float)
    return kept.rename(AMOUNT if known else CUSTOMERS).rename_axis("seller_id")


def read_leads(
    facts: KpiFacts, *, period: NamedPeriod, months: int, profiles: pd.DataFrame
) -> pd.DataFrame:
    """Opportunities entered for each person and month employed: ``seller_id, month, n_leads``.

    None is 0 in months in which anybody has any; months without opportunities are absent (not imported).
    """
    start = (period.last_month - (months - 1)).start_time
    facts.keep("opportunity")
    found = facts.fetch(
        "SELECT rep_id AS seller_id, date_trunc('month', created_date) AS month, count(*) AS n_leads FROM opportunity "
        "WHERE rep_id IS NOT NULL AND coalesce(status, '') <> 'void' AND created_date BETWEEN "
        f"DATE '{start:%Y-%m-%d}' AND DATE '{period.end:%Y-%m-%d}' GROUP BY ALL ORDER BY ALL")
    found["month"] = pd.PeriodIndex(found["month"], freq="M")
    sellers = profiles.loc[profiles["is_seller"], ["seller_id", "hire_date"]]
    grid = sellers.merge(pd.DataFrame({"month": pd.PeriodIndex(sorted(found["month"].unique()), freq="M")}), how="cross")
    hired = pd.to_datetime(grid["hire_date"])
    grid = grid[~(hired > grid["month"].dt.end_time)][["seller_id", "month"]]
    rows = grid.merge(found, on=["seller_id", "month"], how="left")
    rows["n_leads"] = rows["n_leads"].fillna(0).astype(int)
    return rows.sort_values(["seller_id", "month"], ignore_index=True)
