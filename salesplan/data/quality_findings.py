"""What somebody should look at in the imported data: cases with evidence and an action."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pandas as pd

from salesplan.data.people import normal_name
from salesplan.data.quality_coaching import coaching_findings
from salesplan.data.workspace import Workspace
from salesplan.findings import Finding, sort_findings
from salesplan.text import mark

STALE_DAYS: Final = 45
_LEGAL_FORM: Final = re.compile(
    r"股份|有限|责任|公司|集团|[()（）\s.,]|\b(?:inc|ltd|llc|co|corp|corporation|gmbh|limited)\b"
)


def find_all(
    space: Workspace,
    *,
    logs: dict[str, dict[str, Any]],
    held: pd.DataFrame,
    tables: pd.DataFrame,
    columns: pd.DataFrame,
    as_of: date | None,
) -> tuple[Finding, ...]:
    """Every finding, worst first."""
    found = [
        *_held_back(held),
        *_acknowledged(logs),
        *_orders(space, tables, columns),
        *_people(space),
        *_copies(space),
        *_stale(tables, as_of),
        *coaching_findings(space, as_of=as_of),
    ]
    return tuple(sort_findings(found))


def _held_back(held: pd.DataFrame) -> Iterator[Finding]:
    if held.empty:
        return
    sellers = held[held["reasons"].str.contains("unknown_rep") & (held["table"] == "order_line")]
    for said, rows in sellers.groupby("detail", dropna=False):
        several = ":" in str(said)
        yield Finding(
            status="act",
            key="unknown_rep",
            message=mark("{rows} order lines name {said}: several people could be meant")
            if several
            else mark("{rows} order lines name {said}, who is not in the staff list"),
            action=mark("Confirm who is meant under 'identities' in the mapping, or give the employee number")
            if several
            else mark("Add the person to the staff list and import it again"),
            details={
                "rows": len(rows),
                "said": str(said),
                "amount": float(pd.to_numeric(rows["amount"], errors="coerce").sum()),
            },
        )
    clash = held["reasons"].str.contains("duplicate_key_conflict")
    for table, rows in held[clash].groupby("table"):
        yield Finding(
            status="act",
            key="duplicate_key_conflict",
            message=mark("{rows} rows of {table} share a key but contradict each other"),
            action=mark("Find out which is right and correct the file"),
            details={"rows": len(rows), "table": str(table)},
        )
    negative = held[held["reasons"].str.contains("negative_without_return_flag")]
    if len(negative):
        yield Finding(
            status="watch",
            key="negative_without_return_flag",
            message=mark("{rows} negative amounts carry no return flag"),
            action=mark("Mark them as returns or refunds in the source"),
            details={"rows": len(negative), "amount": float(pd.to_numeric(negative["amount"]).sum())},
        )
    unread = held[
        held["reasons"].str.contains("amount|number|grouping|comma|excel_error|formula")
        & held["columns"].isin(["amount", "value"])
    ]
    if len(unread):
        yield Finding(
            status="watch",
            key="unparseable_amount",
            message=mark("{rows} amounts cannot be read"),
            action=mark("Write them as numbers in the source"),
            details={"rows": len(unread)},
        )


def _acknowledged(logs: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    for load_id, log in logs.items():
        for code in log.get("acknowledged", []):
            yield Finding(
                status="ok",
                key=str(code),
                message=mark("{code} was acknowledged in load {load_id}"),
                action=mark("Keep in mind when totals look odd"),
                details={"code": code, "load_id": load_id},
            )


def _orders(space: Workspace, tables: pd.DataFrame, columns: pd.DataFrame) -> Iterator[Finding]:
    if "order_line" not in space.tables():
        return
    missing = columns[columns["table"] == "order_line"].set_index("column")
    for column, msgid in (
        ("rep_id", mark("{share} of order lines have no seller")),
        ("product_id", mark("{share} of order lines have no product")),
    ):
        share = float(missing["missing_share"][column])
        if share > 0:
            yield Finding(
                status="watch" if share > 0.05 else "ok",
                key=f"missing_{column}",
                message=msgid,
                action=mark("They are planned at the level of the unit or company"),
                details={"share": share, "rows": int(missing["missing"][column])},
            )
    with space.connect(tables=["order_line"]) as connection:
        months = connection.execute(
            "SELECT date_trunc('month', order_date)::DATE AS m, count(*) AS n, median(amount)::DOUBLE AS mid "
            "FROM order_line WHERE amount > 0 GROUP BY 1 ORDER BY 1"
        ).df()
        currencies = connection.execute(
            "SELECT coalesce(currency, '') AS c FROM order_line GROUP BY 1 ORDER BY 1"
        ).fetchall()
        twins = connection.execute(
            "SELECT order_id, count(*) AS n, list(amount::DOUBLE ORDER BY order_line_id) AS said "
            "FROM order_line WHERE line_no IS NULL AND starts_with(order_line_id, order_id || '-') "
            "GROUP BY order_id, customer_id, product_id, rep_id, order_date "
            "HAVING count(*) > 1 AND count(DISTINCT amount) > 1 ORDER BY order_id"
        ).fetchall()
    if twins:
        said = " / ".join(f"{amount:,.2f}" for amount in twins[0][2][:3])
        yield Finding(
            status="watch",
            key="possible_duplicate_line",
            message=mark("{rows} order lines differ from another line of their order in the amount alone ({example})"),
            action=mark("Check whether one line was entered twice; both count until it is taken out of the file"),
            details={"rows": sum(n for _, n, _ in twins), "example": f"{twins[0][0]}: {said}"},
        )
    if len(months):
        spans = pd.PeriodIndex(months["m"], freq="M")
        gaps = pd.period_range(spans[0], spans[-1], freq="M").difference(spans)
        if len(gaps):
            yield Finding(
                status="watch",
                key="months_without_orders",
                message=mark("No orders in {months}"),
                action=mark("Check whether an export is missing"),
                details={"months": ", ".join(str(g) for g in gaps[:6]), "count": len(gaps)},
            )
        odd = months[
            (months["n"] >= 5) & ((months["mid"] / months["mid"].median()).map(lambda r: 3000 < max(r, 1 / r) < 40_000))
        ]
        if len(odd):
            yield Finding(
                status="act",
                key="unit_suspect_x10000",
                message=mark("Amounts of {month} look ten thousand times too large or small"),
                action=mark("Check whether 元 and 万元 were mixed up"),
                details={"month": f"{odd['m'].iloc[0]:%Y-%m}"},
            )
    if len(currencies) > 1:
        yield Finding(
            status="act",
            key="several_currencies",
            message=mark("Orders are in several currencies: {currencies}"),
            action=mark("Plan one currency at a time, or convert before the import"),
            details={"currencies": ", ".join(c[0] for c in currencies)},
        )


def _people(space: Workspace) -> Iterator[Finding]:
    people = space.read_table("rep")
    if people.empty:
        return
    names = people.groupby(people["name"].astype(str).map(normal_name))
    for _, same in names:
        if len(same) > 1:
            yield Finding(
                status="ok",
                key="namesakes",
                message=mark("{count} people are called {name}: {ids}"),
                action=mark("Nothing to do: they are kept apart by number, unit and date"),
                details={
                    "count": len(same),
                    "name": same["name"].iloc[0],
                    "ids": ", ".join(same["employee_no"].fillna(same["rep_id"]).astype(str)),
                },
            )
    seated = set(space.read_table("rep_assignment")["rep_id"])
    lonely = people[~people["rep_id"].isin(seated) & people["status"].fillna("active").ne("left")]
    if seated and len(lonely):
        yield Finding(
            status="watch",
            key="rep_without_unit",
            message=mark("{count} people are in no unit: {ids}"),
            action=mark("Add them to the assignments"),
            details={"count": len(lonely), "ids": ", ".join(lonely["rep_id"].head(5))},
        )
    orders = space.read_table("order_line") if "order_line" in space.tables() else None
    last = None if orders is None or orders.empty else orders["order_date"].max()
    if last is not None:
        later = people[people["hire_date"].notna() & (people["hire_date"] > last)]
        if len(later):
            yield Finding(
                status="ok",
                key="future_hire_date",
                message=mark("{count} people start after the last order: {ids}"),
                action=mark("They ramp up from their hire date"),
                details={"count": len(later), "ids": ", ".join(later["rep_id"].head(5))},
            )


def _copies(space: Workspace) -> Iterator[Finding]:
    if "customer" in space.tables():
        customers = space.read_table("customer")
        plain = customers["name"].astype(str).map(lambda n: _LEGAL_FORM.sub("", normal_name(n)))
        key = pd.DataFrame({"name": plain, "city": customers["city"].fillna("")})
        twins = customers[key.duplicated(keep=False) & plain.ne("")]
        if len(twins):
            yield Finding(
                status="ok",
                key="customer_copies",
                message=mark("{count} customers may be copies of one another: {names}"),
                action=mark("Decide which are one customer; nothing is merged by itself"),
                details={"count": len(twins), "names": ", ".join(twins["name"].head(4))},
            )
    if "order_line" in space.tables():
        with space.connect(tables=["order_line"]) as connection:
            row = connection.execute(
                "SELECT coalesce(sum(n), 0) FROM (SELECT count(DISTINCT order_id) AS n FROM order_line "
                "WHERE customer_id IS NOT NULL GROUP BY customer_id, order_date, product_id, rep_id, qty, amount "
                "HAVING count(DISTINCT order_id) > 1)"
            ).fetchone()
        if row and row[0]:
            yield Finding(
                status="ok",
                key="order_copies",
                message=mark("{count} orders repeat another order's customer, day, product, quantity and amount"),
                action=mark("Check whether one order was entered twice"),
                details={"count": int(row[0])},
            )


def _stale(tables: pd.DataFrame, as_of: date | None) -> Iterator[Finding]:
    dated = tables[tables["table"].isin(["order_line", "receipt"]) & tables["last_date"].notna()]
    if dated.empty:
        return
    reference = pd.Timestamp(as_of if as_of is not None else max(dated["last_date"]))
    for row in dated.to_dict("records"):
        days = (reference - pd.Timestamp(row["last_date"])).days
        if days > STALE_DAYS:
            yield Finding(
                status="watch",
                key="stale_extract",
                message=mark("{table} ends on {last}, {days} days earlier than the rest"),
                action=mark("Export it again"),
                details={"table": row["table"], "last": str(row["last_date"]), "days": days},
            )
