"""The sales of a monthly review: read and judged once in SQL, then added up by month, day and leaf in whole fen."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from salesplan.data.organisation import UNASSIGNED
from salesplan.data.product_lines import fold_product_lines
from salesplan.data.reducers import fetch_rows, keep_rows

if TYPE_CHECKING:
    import duckdb

FEN: Final = 100
DAILY_MONTHS: Final = 25
HISTORY_MONTHS: Final = 60


def keep_lines(connection: "duckdb.DuckDBPyConnection", *, as_of: pd.Timestamp | None, currency: str) -> None:
    """Keep the order lines that count (up to a day, where one is given), each in whole fen, as the table ``review_line``."""
    keep_rows("review_line", connection, as_of=None if as_of is None else as_of.date(), currency=currency)


def read_month_ends(connection: "duckdb.DuckDBPyConnection") -> pd.DataFrame:
    """First and last day of the kept lines in each month: ``month, first_order_date, last_order_date, lines``."""
    return fetch_rows("review_month_ends", connection)


def settle_lines(connection: "duckdb.DuckDBPyConnection", *, until: pd.Timestamp, stray: Sequence[pd.Period] = ()) -> None:
    """Let go of kept lines after a day and in stray months, and carry fractions of a fen on where there are any."""
    connection.execute("DELETE FROM review_line WHERE date > $1::DATE OR list_contains($2::DATE[], month)",
                       [until.date(), [month.start_time.date() for month in stray]])
    if connection.execute("SELECT 1 FROM review_line WHERE rest <> 0 LIMIT 1").fetchone():
        keep_rows("review_line_exact", connection)
        connection.execute("DROP TABLE review_line")
        connection.execute("ALTER TABLE review_line_exact RENAME TO review_line")


def read_booked(connection: "duckdb.DuckDBPyConnection") -> pd.DataFrame:
    """All months as they were booked: ``month, org_id, rep_id, amount_fen``."""
    return fetch_rows("review_booked", connection)


def read_first_purchases(connection: "duckdb.DuckDBPyConnection") -> pd.DataFrame:
    """First month of each customer and product among all kept lines: ``kind`` (``customer`` or ``product``), ``id, month``."""
    return fetch_rows("review_first", connection)


def read_recent(connection: "duckdb.DuckDBPyConnection", months: pd.PeriodIndex) -> pd.DataFrame:
    """Where people sold in the twelve months up to each month: ``month, rep_id, org_id, amount``."""
    return fetch_rows("review_recent", connection, months=[month.start_time.date() for month in months])


def keep_leaves(connection: "duckdb.DuckDBPyConnection", leaves: pd.DataFrame, places: Mapping[str, int]) -> None:
    """Keep which leaf each booked unit and seller belongs to, and what the product lines are called.

    Parameters
    ----------
    leaves
        From :func:`~salesplan.data.review_people.review_leaves`.
    places
        Leaf -> its place in the tree, by which rows are ordered.
    """
    sales = connection.sql("SELECT product_line, sum(amount_fen)::DOUBLE AS amount FROM review_line GROUP BY ALL ORDER BY ALL").df()
    folded = sales[["product_line"]].assign(folded_line=fold_product_lines(sales)[0]["product_line"] if len(sales) else "")
    placed = leaves.assign(place=leaves["unit_id"].map(dict(places)).astype("int64"))
    for name, frame in (("review_leaf", placed), ("review_product_line", folded)):
        texts = {str(column): frame[column].astype(str) for column in frame if column != "place"}
        connection.register("incoming", frame.assign(**texts))
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM incoming')
        connection.unregister("incoming")


def read_lines(connection: "duckdb.DuckDBPyConnection", *, start: pd.Period) -> pd.DataFrame:
    """Rows of :class:`~salesplan.data.review_data.ReviewData` ``lines`` from a month on."""
    return fetch_rows("review_sales", connection, start=start.start_time.date())


def read_daily(connection: "duckdb.DuckDBPyConnection", *, start: pd.Period) -> pd.DataFrame:
    """Rows of :class:`~salesplan.data.review_data.ReviewData` ``daily`` from a month on."""
    return fetch_rows("review_daily", connection, start=start.start_time.date())


def restated_months(booked: pd.DataFrame, leaves: pd.DataFrame, units: Sequence[str], months: pd.PeriodIndex) -> pd.DataFrame:
    """Months x leaves of the tree, float currency units, zero where nothing was sold."""
    rows = booked[booked["month"].isin(months)].merge(leaves, on=["org_id", "rep_id"])
    wide = rows.pivot_table(index="month", columns="unit_id", values="amount_fen", aggfunc="sum")
    whole = wide.reindex(index=months, columns=pd.Index(list(units), name="unit_id")).fillna(0)
    whole.index = pd.PeriodIndex(months, freq="M", name="month")
    return whole.astype(float) / FEN


def booked_in_force(booked: pd.DataFrame, leaves: pd.DataFrame, months: pd.PeriodIndex) -> pd.DataFrame:
    """Booked sales of some months with their units as far as these are still in force: ``month, org_id, rep_id, amount_fen``."""
    rows = booked[booked["month"].isin(months)].merge(leaves[["org_id", "rep_id", "home_id"]], on=["org_id", "rep_id"])
    rows["org_id"] = rows["home_id"]
    return rows.groupby(["month", "org_id", "rep_id"], sort=True)["amount_fen"].sum().reset_index()


def months_of(start: pd.Period, end: pd.Period) -> pd.PeriodIndex:
    """Every month from one to another (none where the end is earlier)."""
    return pd.period_range(start, end, freq="M", name="month")


def unplaced(booked: pd.DataFrame, months: pd.PeriodIndex) -> Mapping[str, Any]:
    """How much of some months' sales names no seller, and how much no unit."""
    rows = booked[booked["month"].isin(months)]
    total = int(rows["amount_fen"].sum())
    nobody = int(rows.loc[rows["rep_id"] == "", "amount_fen"].sum())
    nowhere = int(rows.loc[rows["org_id"] == UNASSIGNED, "amount_fen"].sum())
    return {"total": total / FEN, "nobody": nobody / FEN, "nowhere": nowhere / FEN}
