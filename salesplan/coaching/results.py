"""Results of sellers by month, as the parts of coaching compare them."""

from typing import Any

import pandas as pd

from salesplan.coaching.monthly_rates import monthly_rates
from salesplan.errors import InputError, known_choices

ATTAINMENT = "attainment"
MONTHS_OF_YEAR = 12
LEAST_MONTHS = 3


def kpi_values(data: Any, kpi: str) -> pd.DataFrame:
    """One KPI by person and month: ``seller_id, month, numerator, denominator``.

    ``attainment`` is sales over quotas.

    Raises
    ------
    InputError
        Nobody has a figure of the KPI.
    """
    if kpi == ATTAINMENT:
        quota = data.quota[data.quota["attainment"].notna()]
        return quota[["seller_id", "month"]].assign(numerator=quota["sales"], denominator=quota["quota"])
    rows = data.history[data.history["kpi"].eq(kpi) & data.history["numerator"].notna()]
    if rows.empty:
        told = sorted({*data.history.loc[data.history["actual"].notna(), "kpi"], ATTAINMENT})
        raise InputError(f"KPI == {kpi!r}, must be one that people have figures of", where="training needs",
                         fix=known_choices(kpi, told))
    return rows[["seller_id", "month", "numerator", "denominator"]]


def outcome_of(data: Any, kpi: str, *, months: int) -> pd.Series:
    """Mean of a KPI by seller over the last months; a usual month's where it adds up.

    People with fewer than three months of figures, the month of hire left out, have none: their ramp would pass for skill.

    Returns
    -------
    Series seller_id -> value, named after the KPI.
    """
    values = kpi_values(data, kpi)
    values = values[values["month"] > values["month"].max() - months]
    hired = pd.DatetimeIndex(values["seller_id"].map(data.people.set_index("seller_id")["hire_date"])).to_period("M")
    values = values[~(values["month"].array == hired)]
    values = values[values.groupby("seller_id")["month"].transform("nunique") >= LEAST_MONTHS]
    if values["denominator"].notna().any():
        sums = values.groupby("seller_id")[["numerator", "denominator"]].sum()
        found = sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)
        return found.dropna().rename(kpi)
    table = values.rename(columns={"numerator": "value"})[["seller_id", "month", "value"]]
    return monthly_rates(table, kind="money")["rate"].dropna().rename(kpi)


def year_of_sales(data: Any, sellers: pd.DataFrame) -> pd.Series:
    """Sales of the last twelve months of those who were there in all of them; who came later is no smaller seller for it.

    A month without sales counts as 0.

    Returns
    -------
    Series seller_id -> sales.
    """
    quota = data.quota[data.quota["seller_id"].isin(sellers["seller_id"]) & data.quota["sales"].notna()]
    year = quota[quota["month"] > quota["month"].max() - MONTHS_OF_YEAR]
    by_seller = year.groupby("seller_id")["sales"].agg(["sum", "count"])
    known = year["month"].drop_duplicates().size
    return by_seller.loc[by_seller["count"] >= known, "sum"].rename("sales")
