"""Load a workspace as the facts a plan is made from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.data.complete_months import LastMonth, check_last_month, stray_months
from salesplan.data.organisation import UNASSIGNED, distinct_names, home_units, people_at, units_at
from salesplan.data.product_lines import MOST_LINES, check_product_lines, fold_product_lines
from salesplan.data.reducers import reduce
from salesplan.data.restate import make_units, restate, restated_history
from salesplan.data.sales_data import PUBLIC, SalesData
from salesplan.data.schema import TABLES
from salesplan.data.settings import WorkspaceSettings
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, MissingWorkspaceError, known_choices
from salesplan.hierarchy import Hierarchy
from salesplan.text import mark

__all__ = ["SalesData", "load"]

SELLER_COLUMNS = ["rep_id", "name", "employee_no", "org_id", "role", "tier", "hire_date", "leave_date", "status",
                  "fte", "is_future_hire"]
_READ = ("org_unit", "rep", "rep_assignment", "rep_leave", "customer", "target", "market_index")
_REASONS = {
    "no amount": mark("{lines} order lines have no amount and do not count."),
    "void": mark("{lines} void order lines do not count."),
    "returned": mark("{lines} returned order lines are void and do not count."),
    "draft": mark("{lines} draft order lines do not count."),
    "submitted": mark("{lines} order lines are not approved yet and do not count."),
    "other currency": mark("{lines} order lines are in another currency than {currency} and do not count."),
    "after as_of": mark("{lines} order lines are later than {as_of} and do not count."),
}


def load(
    workspace: Workspace | str | Path,
    *,
    user: str | None = None,
    as_of: str | pd.Timestamp | None = None,
    products: Sequence[str] | None = None,
    regions: Sequence[str] | None = None,
) -> SalesData:
    """Read sales facts under the organisation of a day.

    Past sales of today's sellers follow them; sales of people who left stay with their unit. A last month
    that is not over is dropped, with a note. Returns count negative; void, draft and not yet approved
    orders do not count.

    Parameters
    ----------
    workspace
        Folder of imported data.
    user
        Only what this person may see (person id, employee number or e-mail); all by default.
    as_of
        Day of the organisation, and the last day of orders that are read. By default the last day the
        data tell of.
    products
        Only these product lines.
    regions
        Only these parts of the organisation: units by id or name, or regions by name.

    Raises
    ------
    MissingWorkspaceError
        The folder holds no imported data.
    DataError
        There are no orders that count.
    InputError
        Unknown user, product line or region.
    """
    source = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    source.require()
    if not source.tables():
        raise MissingWorkspaceError(f"workspace == {str(source.path)!r}, must hold imported data",
                                    fix=f"Run: salesplan import FOLDER --workspace {source.path}")
    data = _load_all(source, read_day(as_of))
    if products is not None:
        data = _only_products(data, products)
    if regions is not None:
        data = _only_regions(data, regions, source)
    return data if user is None else data.scoped_to(user)


def _load_all(source: Workspace, as_of: pd.Timestamp | None) -> SalesData:
    settings, notes = source.settings, []
    with source.connect() as connection:
        settings = with_order_currency(settings, reduce("order_currencies", connection))
        limits: dict[str, Any] = {"as_of": as_of, "currency": settings.currency}
        ends = reduce("month_ends", connection, **limits)
        if ends.empty:
            raise DataError("orders == 0, must be at least one order that counts", where=str(source.path),
                            fix="Run: salesplan check, and look at what was quarantined.")
        stray = stray_months(ends)
        ends = ends[~ends["month"].isin(stray)]
        last = check_last_month(ends, country=settings.country, as_of=as_of)
        if as_of is None:
            as_of = max(ends["last_order_date"].max(), last.last_complete.end_time.normalize())
        booked = reduce("monthly_actuals", connection, **limits).drop(columns="customers")
        totals = reduce("order_totals", connection, **limits)
        last_order = reduce("last_order", connection, **limits)
        tables = {name: source.read_table(name, connection=connection)[list(TABLES[name].names)] for name in _READ}
        fingerprint = source.fingerprint(connection=connection)
    notes += uncounted_notes(totals, settings.currency, as_of)
    booked, totals, dropped = _only_reliable(booked, totals, last, stray)
    notes += dropped
    booked, lines = fold_product_lines(booked)
    if len(lines) == MOST_LINES:
        notes.append(_note(mark("Product lines are the {n} largest; all others are put together as Other."),
                           scope=PUBLIC, n=MOST_LINES - 1))
    org_units = units_at(tables["org_unit"], as_of)
    homes = home_units(tables["org_unit"], org_units["org_id"])
    recent = booked[booked["month"] > last.last_complete - 12]
    people = people_at(tables["rep"], tables["rep_assignment"], recent, as_of)
    sellers = sellers_of(people, homes)
    notes += notes_without_unit(sellers)
    booked["unit_id"] = restate(booked, sellers, homes)
    booked["org_id"] = booked["org_id"].fillna(UNASSIGNED)
    units = make_units(org_units, sellers, booked["unit_id"])
    unsold = sellers["seller_id"][~sellers["seller_id"].isin(booked["rep_id"])]
    if len(unsold):
        notes.append(_note(mark("{n} {n:seller has|sellers have} no sales yet."), n=len(unsold), sellers=unsold.tolist()))
    notes += _former(booked, units)
    months = pd.period_range(booked["month"].min(), last.last_complete, freq="M", name="month")
    return SalesData(
        units=units, sellers=sellers, leaves=_leaves(tables["rep_leave"], sellers),
        history=restated_history(booked, Hierarchy(units=units, lines=lines), months),
        actuals=booked[["month", "org_id", "rep_id", "product_line", "amount", "orders", "unit_id"]],
        potential=owned_potential(tables["customer"], last_order, sellers),
        targets=tables["target"], market_index=tables["market_index"],
        people=people, reconciliation=totals, product_lines=lines, settings=settings, as_of=as_of,
        fingerprint=fingerprint, source=settings.source or source.path.name, notes=notes,
    )


def read_day(as_of: str | pd.Timestamp | None) -> pd.Timestamp | None:
    """A day without a time; nothing stays nothing."""
    if as_of is None:
        return None
    try:
        return pd.Timestamp(as_of).tz_localize(None).normalize()
    except (ValueError, TypeError) as error:
        raise InputError(f"as_of == {as_of!r}, must be a day such as 2026-10-31") from error


def _note(msgid: str, *, scope: str = "company", **details: Any) -> dict[str, Any]:
    return {"msgid": msgid, "details": details, "scope": scope}


def with_order_currency(settings: WorkspaceSettings, found: pd.DataFrame) -> WorkspaceSettings:
    """The settings with the currency money is counted in: the workspace's, or the only one the orders have."""
    currencies = found["currency"].tolist()
    if not currencies or settings.currency in currencies:
        return settings
    if len(currencies) == 1:
        return replace(settings, currency=currencies[0])
    raise DataError(f"currency == {settings.currency!r}, must be one of the orders' currencies {currencies}",
                    where="workspace.yaml", fix="Set the currency to plan in.")


def uncounted_notes(totals: pd.DataFrame, currency: str, as_of: pd.Timestamp) -> list[dict[str, Any]]:
    """Which order money does not count, and why."""
    return [
        _note(_REASONS[row["reason"]], lines=int(row["lines"]), amount=float(row["amount"]), currency=currency,
              as_of=str(as_of.date()))
        for row in totals.to_dict("records") if row["reason"] in _REASONS
    ]


def _only_reliable(
    booked: pd.DataFrame, totals: pd.DataFrame, last: LastMonth, stray: list[pd.Period]
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, Any]]]:
    """Leave an unfinished last month and stray months out, and say what money that is."""
    counted = totals["reason"] == "counted"
    total = float(totals.loc[counted, "amount"].sum())
    tolerance = 0.01 + 1e-9 * float(booked["amount"].abs().sum())
    if abs(float(booked["amount"].sum()) - total) > tolerance:
        raise DataError(f"monthly actuals add up to {booked['amount'].sum():,.2f} and orders to {total:,.2f}, "
                        "must be the same total", fix="Report this with the fingerprint of the data.")
    apart = booked["month"].isin(stray)
    late = ~apart & (booked["month"] > last.last_complete)
    notes = []
    for reason, rows in (("incomplete month", late), ("stray month", apart)):
        out = float(booked.loc[rows, "amount"].sum())
        if rows.any():
            totals = totals.assign(amount=totals["amount"].where(totals["reason"] != "counted", totals["amount"] - out))
            row = pd.DataFrame({"reason": [reason], "lines": [0], "amount": [out]})
            totals = pd.concat([totals, row], ignore_index=True)
    if late.any():
        notes.append(_note(
            mark("{month} is not over in the data ({quiet_days} working days without orders at its end) "
                 "and is left out."),
            scope=PUBLIC, month=str(last.month), quiet_days=last.quiet_days, tolerated_days=last.tolerated_days))
    if stray:
        notes.append(_note(mark("{months}: a few orders far from all others; check their dates. They are left out."),
                           scope=PUBLIC, months=", ".join(map(str, stray))))
    return booked[~late & ~apart].reset_index(drop=True), totals, notes


def sellers_of(people: pd.DataFrame, homes: dict[str, str]) -> pd.DataFrame:
    """Those of :func:`~salesplan.data.organisation.people_at` who sell, each in a unit in force or ``unassigned``."""
    sellers = people.loc[people["is_seller"], SELLER_COLUMNS].rename(columns={"rep_id": "seller_id"})
    sellers["name"] = distinct_names(people).reindex(sellers.index)
    sellers["org_id"] = sellers["org_id"].map(homes).fillna(UNASSIGNED)
    sellers["tier"] = sellers["tier"].fillna(sellers["role"])
    return sellers.reset_index(drop=True)


def notes_without_unit(sellers: pd.DataFrame) -> list[dict[str, Any]]:
    """Which sellers have no unit."""
    lost = sellers.loc[sellers["org_id"] == UNASSIGNED, "seller_id"].tolist()
    if not lost:
        return []
    return [_note(mark("{n} {n:seller has|sellers have} no unit and {n:is|are} put under Unassigned."), n=len(lost), sellers=lost)]


def _former(booked: pd.DataFrame, units: pd.DataFrame) -> list[dict[str, Any]]:
    leaves = units.loc[units["level"] == "former", "unit_id"]
    amount = float(booked.loc[booked["unit_id"].isin(leaves), "amount"].sum())
    total = float(booked["amount"].sum())
    if not len(leaves) or not total:
        return []
    return [_note(mark("{share} of the sales belong to none of today's sellers; they stay with their unit."),
                  share=amount / total, amount=amount)]


def _leaves(leave: pd.DataFrame, sellers: pd.DataFrame) -> pd.DataFrame:
    leave = leave.rename(columns={"rep_id": "seller_id"})
    leave = leave[leave["seller_id"].isin(sellers["seller_id"])]
    return leave[["seller_id", "start_date", "end_date"]].reset_index(drop=True)


def owned_potential(customer: pd.DataFrame, last_order: pd.DataFrame, sellers: pd.DataFrame) -> pd.Series:
    """Each customer's potential counts for its owner, or else for the seller of its last order."""
    customer = customer[customer["potential"].notna()]
    known = sellers["seller_id"]
    buyer = customer["customer_id"].map(last_order.set_index("customer_id")["rep_id"]).astype(object)
    owner = customer["owner_rep_id"].astype(object)
    owner = owner.where(owner.isin(known), buyer)
    potential = customer["potential"].groupby(owner).sum()
    potential = potential[potential.index.isin(known)].astype(float)
    return potential.rename_axis("seller_id").rename("potential")


def _only_products(data: SalesData, products: Sequence[str]) -> SalesData:
    lines = check_product_lines(products, data.product_lines)
    if not lines:
        raise InputError("products == [], must name at least one product line",
                         fix=known_choices("", data.product_lines))
    actuals = data.actuals[data.actuals["product_line"].isin(lines)].reset_index(drop=True)
    history = data.history.loc[:, data.history.columns.get_level_values("product_line").isin(lines)]
    targets = data.targets[data.targets["product_category"].isin(lines)].reset_index(drop=True)
    return replace(data, product_lines=lines, actuals=actuals, history=history, targets=targets)


def _only_regions(data: SalesData, regions: Sequence[str], source: Workspace) -> SalesData:
    """The part of the tree under the wanted units; the lowest unit above them all becomes the top."""
    org_units = units_at(source.read_table("org_unit"), data.as_of)
    area = dict(zip(org_units["org_id"], org_units["region"], strict=True))
    units = data.units[~data.units["level"].isin(["rep", "former"])]
    called = pd.DataFrame({"unit_id": units["unit_id"], "name": units["name"], "region": units["unit_id"].map(area)})
    roots: list[str] = []
    for region in regions:
        hit = called[(called == region).any(axis=1)]
        if hit.empty:
            names = {*called.loc[units["level"] == "region", "name"], *called["region"].dropna()}
            raise InputError(f"region == {region!r}, must be a unit or region of the organisation",
                             fix=known_choices(region, sorted(names) or called["name"].tolist()))
        roots += hit["unit_id"].tolist()
    if not roots:
        raise InputError("regions == [], must name at least one region", fix=known_choices("", called["name"].tolist()))
    parent = dict(zip(data.units["unit_id"], data.units["parent_id"], strict=True))
    chains = {unit: _chain(unit, parent) for unit in data.units["unit_id"]}
    below = [unit for unit, chain in chains.items() if set(chain) & set(roots)]
    common = [unit for unit in chains[roots[0]] if all(unit in chains[root] for root in roots)]
    kept = {*below, *(unit for root in roots for unit in chains[root][: chains[root].index(common[0]) + 1])}
    tree = data.units[data.units["unit_id"].isin(kept)]
    return data.restricted_to(tree.assign(parent_id=tree["parent_id"].where(tree["unit_id"] != common[0], None)))


def _chain(unit: str, parent: dict[str, Any]) -> list[str]:
    chain = [unit]
    while not pd.isna(parent[chain[-1]]):
        chain.append(parent[chain[-1]])
    return chain
