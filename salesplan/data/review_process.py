"""What every seller did in each month, as far as the data tell: days, visits, deals, orders; and how colleagues compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from salesplan.calendars.working_days import working_days
from salesplan.data.presence import present_days
from salesplan.data.reducers import fetch_rows, keep_rows

if TYPE_CHECKING:
    import duckdb

PROCESS: Final = ["seller_id", "month", "working_days", "visits", "contacts", "opportunities", "won", "lost", "orders",
                  "amount_fen", "customers", "new_customers", "pipeline"]
FEWEST_PEERS: Final = 5
"""Medians of fewer colleagues would tell what single ones did."""
RATIOS: Final[Mapping[str, tuple[str, str]]] = {
    "visits_per_day": ("visits", "working_days"), "orders_per_visit": ("orders", "visits"),
    "amount_per_order": ("amount", "orders"), "pipeline_per_target": ("pipeline", "target")}
"""Measures colleagues are compared by: what over what, each of one month."""
UNTOLD_DAYS: Final = 5
"""Working days without any row at either end of a source after which a month counts as not told."""
FIRST_YEAR: Final = 12
"""Months from the first order in which a first order does not make a customer new, unless the customer list dates it."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """The months a source tells of; ``first`` is None where it was not imported."""

    first: pd.Period | None = None
    last: pd.Period | None = None

    def covers(self, months: pd.Series) -> np.ndarray:
        """Which months it tells of."""
        if self.first is None:
            return np.zeros(len(months), bool)
        return ((months >= self.first) & (months <= self.last)).to_numpy(bool)


def read_told(
    connection: "duckdb.DuckDBPyConnection", *, as_of: pd.Timestamp, country: str
) -> dict[str, Told]:
    """Which whole months activities (``contacts``) and opportunities (``deals``) tell of.

    A source that begins or ends within a month, further from its edge than a working week and than it was ever silent in
    between, does not tell of that month. Deals begin with the first that ended: an export of those alive on a day knows of
    older months only what survived.
    """
    asked = {
        "contacts": "SELECT DISTINCT activity_date AS day FROM activity WHERE activity_date <= $1",
        "deals": "SELECT DISTINCT unnest([created_date, closed_on]) AS day FROM review_deal"}
    begun = connection.execute("SELECT min(closed_on) FROM review_deal WHERE closed_on <= $1", [as_of.date()]).fetchall()[0][0]
    found = {}
    for name, query in asked.items():
        rows = connection.execute(query, [as_of.date()] if "$1" in query else None).fetchall()
        told = pd.DatetimeIndex(sorted(pd.Timestamp(day) for (day,) in rows if day is not None))
        told = told[told <= as_of]
        first = told[0] if len(told) and (name != "deals" or begun is None) else pd.Timestamp(begun)
        found[name] = Told() if told.empty else _told(told, first, as_of, country)
    return found


def _told(days: pd.DatetimeIndex, first: pd.Timestamp, as_of: pd.Timestamp, country: str) -> Told:
    """The months that days with rows tell of, from the one of the first that counts."""
    start, end = first.to_period("M"), days[-1].to_period("M")
    until = min(as_of, end.end_time.normalize())
    calendar = working_days(min(days[0], start.start_time), until, country=country)
    worked = calendar.loc[calendar["is_workday"], "date"].to_numpy()
    before = np.searchsorted(worked, days.to_numpy(), side="left")
    after = np.searchsorted(worked, days.to_numpy(), side="right")
    silence = np.maximum(before[1:] - after[:-1], 0)
    known = silence[days[:-1] >= first]
    edge = np.searchsorted(worked, np.array([start.start_time, first], dtype=worked.dtype))
    if edge[1] - edge[0] > max([UNTOLD_DAYS, *known]):
        start += 1
    if len(worked) - after[-1] > max([UNTOLD_DAYS, *silence]):
        end -= 1
    return Told(first=start, last=end) if start <= end else Told()


def keep_deals(connection: "duckdb.DuckDBPyConnection", *, as_of: pd.Timestamp, currency: str) -> None:
    """Keep the opportunities entered up to a day as the table ``review_deal``."""
    keep_rows("review_deal", connection, as_of=as_of.date(), currency=currency)


def read_process(
    connection: "duckdb.DuckDBPyConnection", seats: pd.DataFrame, rep: pd.DataFrame, leave: pd.DataFrame, *,
    months: pd.PeriodIndex, as_of: pd.Timestamp, country: str, told: Mapping[str, Told], first_order: pd.Period,
) -> pd.DataFrame:
    """Days, visits, contacts, deals, orders and open pipeline of every seller in service in each month.

    Nothing found is 0 in months the source tells of, and missing in others.

    Parameters
    ----------
    seats
        Who was a seller in which month.
    months
        Months up to the one of ``as_of``.
    told
        From :func:`read_told`.
    first_order
        Month of the first order of all.

    Returns
    -------
    DataFrame: :data:`PROCESS`; ``working_days`` are those of the month (up to ``as_of``) somebody was there.
    """
    start, ends = months[0].start_time.date(), [min(m.end_time.normalize(), as_of).date() for m in months]
    rows = seats.loc[seats["month"].isin(months), ["seller_id", "month"]].reset_index(drop=True)
    rows["working_days"] = _days_present(rows, rep, leave, as_of=as_of, country=country)
    orders = fetch_rows("review_orders", connection, start=start)
    contacts = fetch_rows("review_contacts", connection, start=start, as_of=as_of.date())
    deals = fetch_rows("review_pipeline", connection, months=[m.start_time.date() for m in months], ends=ends)
    for frame in (orders, contacts, deals):
        rows = rows.merge(frame, on=["seller_id", "month"], how="left")
    ordered = ("orders", "amount_fen", "customers", "new_customers")
    sources = [("contacts", ("visits", "contacts")), ("deals", ("opportunities", "won", "lost", "pipeline"))]
    for source, columns in sources:
        known = told[source].covers(rows["month"])
        for column in columns:
            rows[column] = rows[column].fillna(0.0).astype(float).where(known)
    for column in ordered:
        rows[column] = rows[column].fillna(0)
    undated = orders.groupby("month")["n_undated"].sum()
    early = rows["month"] < first_order + FIRST_YEAR
    guessed = early & (rows["month"].map(undated).fillna(0) > 0)
    rows["new_customers"] = rows["new_customers"].astype(float).where(~guessed)
    whole = {"working_days": "int64", "orders": "int64", "amount_fen": "int64", "customers": "int64"}
    return rows.astype(whole)[PROCESS].sort_values(["month", "seller_id"], ignore_index=True)


def _days_present(
    rows: pd.DataFrame, rep: pd.DataFrame, leave: pd.DataFrame, *, as_of: pd.Timestamp, country: str
) -> np.ndarray:
    if rows.empty:
        return np.zeros(0, np.int64)
    calendar = working_days(rows["month"].min().start_time.normalize(), as_of, country=country)
    days = calendar.loc[calendar["is_workday"], "date"]
    people = rep[rep["rep_id"].isin(rows["seller_id"])].reset_index(drop=True)
    present = present_days(people, leave, days.to_numpy(dtype="datetime64[D]"))
    month = days.dt.to_period("M")
    codes, known = pd.factorize(month, sort=True)
    starts = np.searchsorted(codes, np.arange(len(known)))
    sums = np.add.reduceat(present.astype(np.int64), starts, axis=1) if len(starts) else np.zeros((len(people), 0), np.int64)
    place = pd.Index(people["rep_id"]).get_indexer(rows["seller_id"])
    at = pd.Index(known).get_indexer(pd.Index(rows["month"]))
    return np.where(at < 0, 0, sums[place, at])


def read_deals(connection: "duckdb.DuckDBPyConnection", *, start: pd.Period, as_of: pd.Timestamp) -> pd.DataFrame:
    """Deals open on a day, and those closed or expected from a month on (see :class:`ReviewData.deals`)."""
    deals = fetch_rows("review_deals", connection, start=start.start_time.date(), as_of=as_of.date())
    texts = ["opportunity_id", "seller_id", "customer_id", "stage", "status"]
    return deals.astype(dict.fromkeys(texts, "str"))


def peer_medians(process: pd.DataFrame, seats: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Median of each ratio of :data:`RATIOS` in each tier and month, of five sellers or more.

    Returns
    -------
    DataFrame: ``tier, month, measure, median, n``; sellers whose denominator is nothing or unknown do not count.
    """
    asked = targets.loc[targets["scope_type"] == "rep", ["month", "scope_id", "judged"]]
    rows = process.merge(seats[["month", "seller_id", "tier"]], on=["month", "seller_id"]).merge(
        asked.rename(columns={"scope_id": "seller_id", "judged": "target"}), on=["month", "seller_id"], how="left")
    rows["amount"] = rows["amount_fen"] / 100
    parts = []
    for measure, (over, under) in RATIOS.items():
        ratio = rows[over] / rows[under].where(rows[under] > 0)
        sums = ratio.groupby([rows["tier"], rows["month"]]).agg(["median", "count"]).reset_index()
        parts.append(sums.rename(columns={"count": "n"}).assign(measure=measure))
    whole = pd.concat(parts, ignore_index=True)
    whole = whole[whole["n"] >= FEWEST_PEERS]
    return whole[["tier", "month", "measure", "median", "n"]].sort_values(["tier", "month", "measure"], ignore_index=True)
