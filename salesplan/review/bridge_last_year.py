"""The bridge from last year to this: people, calendar, customers, products, and then volume, mix and price."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.hierarchy import ALL_LINES
from salesplan.review.bridge import CELL_COLUMNS, Bridge
from salesplan.review.bridge_hands import ITEM, carry_over
from salesplan.review.bridge_prices import PRICED, PricedParts, price_parts
from salesplan.review.price_volume_mix import PVM_WORDS, PvmMethod
from salesplan.text import mark

LAST_YEAR_PARTS = {
    "left": mark("Sellers who left"),
    "joined": mark("Sellers who joined"),
    "hands": mark("Customers changing hands"),
    "lost_customers": mark("Customers lost"),
    "new_customers": mark("Customers won"),
    "lost_products": mark("Products no longer sold"),
    "new_products": mark("New products"),
    "working_days": mark("Working days"),
    **PVM_WORDS,
    "returns": mark("Returns"),
    "unassigned": mark("Orders of nobody"),
}
"""Parts of the bridge in the order of its bars."""
PUBLIC = "public"
QUANTITY_STEPS = 10_000
"""Quantities are added up in whole ten-thousandths, so that the order of rows changes nothing."""
SHORT_MEMORY = 6
"""Months behind a new customer that are too few to be sure of it."""
OFF_SHELF = 3
"""Last months in which nobody sold a product that is no longer sold."""
_NEEDED = ("month", "unit_id", "rep_id", "customer_id", "product_id", "product_line", "qty", "amount_fen")


def bridge_last_year(
    lines: pd.DataFrame, seats: pd.DataFrame, sellers: pd.DataFrame, units: pd.DataFrame, *, months_now: Any,
    months_then: Any, working_days: pd.Series, method: PvmMethod = "shapley", units_add_up: Collection[str] | None = None,
    first_purchases: pd.DataFrame | None = None, seed: int = 0,
) -> Bridge:
    """Why sales differ from the same months a year ago.

    Every fen of the difference goes to one part, asked for in this order:

    1. **returns**: lines below zero, now less then;
    2. **orders of nobody**: lines without a seller;
    3. **customers changing hands**: what a customer bought then moves to who serves them now (`carry_over`), 0 at every
       unit both sellers belong to;
    4. **sellers who left** (a seat then, none at the end): what their customers bought that nobody took over;
       **sellers who joined** (no seat then): what they sold to customers nobody handed to them;
    5. **lost customers** bought then and nothing since; **new customers** bought now and never until then;
    6. **products no longer sold**: sold by nobody in the last three months; **new products**: sold by nobody until then;
    7. what continues: **working days**, **volume**, **mix**, **price** of each customer and product, within a seller's
       product line, by Shapley shares (`pvm_parts`).

    A seller who moved stands under today's unit on both sides, so moving is no part. A customer's price is compared with
    the same customer's; where they bought a product on one side only, the price of the other side follows from how the
    product's price went with those who bought on both. Where less than half of what continues is of such pairs, all prices
    follow the product's average price over all customers. ``lower`` and ``upper`` of volume, mix and price cover 80 % of
    what other customers with the same habits would have made of them: where nobody's habits had changed (40 companies of
    1000 customers who buy seldom, 40 who buy monthly) volume lay beyond in 19 % of cases, mix in 19 %, price in 25 %. A market that
    moves all customers at once is not in them, nor do the other parts have any: they are
    counted, not estimated. Lines with an amount and no quantity count as volume.

    Parameters
    ----------
    lines
        Month x leaf x seller x customer x product: ``month, unit_id, rep_id, customer_id, product_id, product_line, qty,
        amount_fen``. Months between the two sides, and before, tell who is new or lost.
    seats
        ``month, seller_id`` of everybody in service at each month's end.
    sellers
        ``seller_id, hire_date, leave_date``.
    units
        ``unit_id, parent_id, level, name``.
    months_now, months_then
        Months of both sides (anything that makes a PeriodIndex), all of then before all of now.
    working_days
        Working days by month; of a month in progress those up to its last counted day.
    method
        ``shapley`` or ``standard`` (textbook: volume at old prices, price at new quantities).
    units_add_up
        Product lines whose quantities may be added up; all without it. In others volume is weighted by price and no mix
        is told.
    first_purchases
        ``kind`` (``customer`` or ``product``), ``id, month`` over all time; without it, and for ids it does not name, the
        months of ``lines`` alone tell who is new.
    seed
        Of the draws behind ``lower`` and ``upper`` of volume, mix and price.

    Raises
    ------
    InputError
        A column is missing, sides overlap, or a month has no working days.

    Notes
    -----
    Sales are taken to be proportional to working days; around 春节 they also move before and after the holiday, which
    stays in volume: read January and February together. Parts are arithmetic, not causes: a price rise that drove
    customers away is a plus in price and a minus in volume.
    """
    now, then = pd.PeriodIndex(months_now, freq="M"), pd.PeriodIndex(months_then, freq="M")
    _check(lines, now, then)
    days_now, days_then = _days(working_days, now), _days(working_days, then)
    rows, names = _codes(lines)
    whole_units = np.rint(np.nan_to_num(lines["qty"].to_numpy(float)) * QUANTITY_STEPS).astype("int64")
    rows = rows.assign(qty=whole_units, amount_fen=lines["amount_fen"].to_numpy("int64"))
    ordinal = pd.PeriodIndex(lines["month"]).asi8
    side_now, side_then = np.isin(ordinal, now.asi8), np.isin(ordinal, then.asi8)
    until = ordinal <= then.max().ordinal
    since = (ordinal > then.max().ordinal) & (ordinal <= now.max().ordinal)
    sold = rows["amount_fen"].to_numpy() > 0
    ends = _ends(rows, side_then, side_now)
    cells = [_returns(rows, side_then & ~sold, side_now & ~sold)]
    items_then, items_now = _items(rows[side_then & sold]), _items(rows[side_now & sold])
    items_then, moves = carry_over(items_then, rows[since & sold])
    cells.append(moves.assign(part="hands"))
    both = items_then.merge(items_now, on=ITEM, how="outer", suffixes=("_then", "_now"), sort=True).fillna(
        {"amount_fen_then": 0, "amount_fen_now": 0, "qty_then": 0.0, "qty_now": 0.0})
    both = both.astype({"amount_fen_then": "int64", "amount_fen_now": "int64"})
    old = {kind: _old(rows.loc[until & sold, f"{kind}_id"], first_purchases, kind, names[f"{kind}_id"], then.max())
           for kind in ("customer", "product")}
    of_late = ordinal > now.max().ordinal - OFF_SHELF
    part = _part_of(both, old, rows[since & sold], rows[of_late & since & sold], *_people(seats, sellers, now, then, names["rep_id"]))
    change = both["amount_fen_now"] - both["amount_fen_then"]
    named = both.assign(part=part, amount_fen=change)[part != ""]
    cells.append(named[CELL_COLUMNS])
    continuing = both[part == ""].reset_index(drop=True)
    alone = _alone(names["product_line"], units_add_up)
    priced = price_parts(continuing, both, days_now / days_then, alone, method=method, seed=seed)
    cells.append(priced.cells)
    draws = np.zeros((len(priced.units), len(LAST_YEAR_PARTS), priced.draws.shape[2]), np.float32)
    draws[:, [list(LAST_YEAR_PARTS).index(name) for name in PRICED]] = priced.draws
    whole = pd.concat(cells, ignore_index=True)
    summed = whole.groupby(["unit_id", "product_line", "part"], sort=True, as_index=False)[["amount_fen"]].sum()
    ends["unit_id"] = names["unit_id"][ends["unit_id"].to_numpy(int)]
    summed["unit_id"] = names["unit_id"][summed["unit_id"].to_numpy(int)]
    summed["product_line"] = names["product_line"][summed["product_line"].to_numpy(int)]
    n_memory = None if first_purchases is not None else len(np.unique(ordinal[until]))
    return Bridge(
        kind="last_year", cells=summed[summed["amount_fen"] != 0], parts=LAST_YEAR_PARTS, ends=ends, units=units,
        start_msgid=mark("Last year"), end_msgid=mark("This year"),
        notes=_notes(now, then, days_now, days_then, n_memory=n_memory, priced=priced),
        draws=draws, draw_units=list(names["unit_id"][priced.units]),
    )  # fmt: skip


def _check(lines: pd.DataFrame, now: pd.PeriodIndex, then: pd.PeriodIndex) -> None:
    missing = [c for c in _NEEDED if c not in lines]
    if missing:
        raise InputError(f"columns {missing} are missing, must be there", where="lines")
    if not len(now) or not len(then) or then.max() >= now.min():
        raise InputError(f"months_then == {list(map(str, then))}, must all lie before months_now {list(map(str, now))}")


def _codes(lines: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, NDArray[np.object_]]]:
    """Ids as codes in the order of their names, -1 where missing, and the names; a line without a product line is ``*``."""
    coded, names = {}, {}
    for column in ITEM:
        values = lines[column].fillna(ALL_LINES) if column == "product_line" else lines[column]
        code, found = pd.factorize(values, sort=True)
        coded[column], names[column] = code.astype(np.int64), np.asarray(found, dtype=object)
    return pd.DataFrame(coded), names


def _alone(lines: NDArray[np.object_], units_add_up: Collection[str] | None) -> NDArray[np.bool_]:
    """Product lines, by code, whose quantities may not be added up."""
    if units_add_up is None:
        return np.zeros(len(lines), bool)
    return np.array([line not in set(units_add_up) for line in lines], dtype=bool)


def _days(working_days: pd.Series, months: pd.PeriodIndex) -> float:
    found = working_days.reindex(months).to_numpy(float)
    if not (found > 0).all():
        raise InputError(f"working_days == {found.tolist()}, must be above zero", where=", ".join(map(str, months)))
    return float(found.sum())


def _ends(rows: pd.DataFrame, side_then: NDArray[np.bool_], side_now: NDArray[np.bool_]) -> pd.DataFrame:
    fen = rows["amount_fen"].to_numpy()
    both = pd.DataFrame({"unit_id": rows["unit_id"], "start_fen": np.where(side_then, fen, 0),
                         "end_fen": np.where(side_now, fen, 0)})
    return both.groupby("unit_id", sort=True, as_index=False).sum()


def _returns(rows: pd.DataFrame, back_then: NDArray[np.bool_], back_now: NDArray[np.bool_]) -> pd.DataFrame:
    fen = rows["amount_fen"].to_numpy()
    signed = np.where(back_now, fen, 0) - np.where(back_then, fen, 0)
    return rows[["unit_id", "product_line"]].assign(part="returns", amount_fen=signed)[signed != 0]


def _items(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(ITEM, sort=False, as_index=False)[["amount_fen", "qty"]].sum()


def _people(
    seats: pd.DataFrame, sellers: pd.DataFrame, now: pd.PeriodIndex, then: pd.PeriodIndex, names: NDArray[np.object_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """By code of the seller: who joined after the months then, and who had left by the end of the months now."""
    month = pd.PeriodIndex(seats["month"])
    was, came, stays = (np.isin(names, seats.loc[month.isin(months), "seller_id"].to_numpy(object))
                        for months in (then, now, pd.PeriodIndex([now.max()])))
    ids = sellers["seller_id"].to_numpy(object)
    hired = np.isin(names, ids[(pd.to_datetime(sellers["hire_date"]) > then.max().end_time).to_numpy()])
    gone = np.isin(names, ids[(pd.to_datetime(sellers["leave_date"]) <= now.max().end_time).to_numpy()])
    return (came | hired) & ~was, (was | gone) & ~stays


def _old(
    until: pd.Series, first_purchases: pd.DataFrame | None, kind: str, names: NDArray[np.object_], last: pd.Period
) -> NDArray[np.bool_]:
    """By code: which customers or products had been sold up to a year ago."""
    codes = until.to_numpy(np.int64)
    found = np.zeros(len(names), bool)
    found[codes[codes >= 0]] = True
    if first_purchases is None:
        return found
    mine = first_purchases[first_purchases["kind"].eq(kind) & first_purchases["month"].notna()]
    early = mine.loc[pd.PeriodIndex(mine["month"], freq="M") <= last, "id"]
    return found | np.isin(names, early.to_numpy(object))


def _part_of(
    items: pd.DataFrame, old: dict[str, NDArray[np.bool_]], since: pd.DataFrame, of_late: pd.DataFrame,
    joined: NDArray[np.bool_], left: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Name of the part that takes an item's whole change; empty for what continues."""
    rep, customer, product = (items[c].to_numpy() for c in ("rep_id", "customer_id", "product_id"))
    inherited = items.groupby(["unit_id", "rep_id", "customer_id"])["amount_fen_then"].transform("sum").to_numpy() > 0
    new_item, lost_item = items["amount_fen_then"].to_numpy() == 0, items["amount_fen_now"].to_numpy() == 0
    has_seller, known, named = rep >= 0, customer >= 0, product >= 0
    still, before = np.isin(customer, since["customer_id"].unique()), np.append(old["customer"], False)[customer]
    made, launched = np.isin(product, of_late["product_id"].unique()), ~np.append(old["product"], False)[product]
    left, joined = np.append(left, False)[rep], np.append(joined, False)[rep]
    return np.select(
        [~has_seller, left, joined & ~inherited, known & lost_item & ~still, known & new_item & ~before,
         named & lost_item & ~made, named & new_item & launched],
        ["unassigned", "left", "joined", "lost_customers", "new_customers", "lost_products", "new_products"], "",
    ).astype(object)  # fmt: skip


def _notes(
    now: pd.PeriodIndex, then: pd.PeriodIndex, days_now: float, days_then: float, *, n_memory: int | None, priced: PricedParts
) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = [{
        "msgid": mark("Sales are taken to go with working days: {days_now_days} now and {days_then_days} then. The rest of "
                      "what the calendar does stays in volume."),
        "details": {"days_now_days": days_now, "days_then_days": days_then}, "scope": PUBLIC,
    }]  # fmt: skip
    if any({m.month for m in side} & {1, 2} and not {1, 2} <= {m.month for m in side} for side in (now, then)):
        notes.append({"msgid": mark("Spring Festival moves between January and February, and sales move before and after it "
                                    "as well: read the two months together."), "details": {}, "scope": PUBLIC})
    if n_memory is not None and n_memory < SHORT_MEMORY:
        notes.append({"msgid": mark("Only {n_months} months up to a year ago are known: a customer or product that was not "
                                    "sold in them counts as new, though it may have been sold before."),
                      "details": {"n_months": n_memory}, "scope": PUBLIC})
    matched = priced.matched
    if np.isfinite(matched) and priced.by_product:
        notes.append({"msgid": mark("Only {matched_share} of the sales that continue are of a product the same customer bought in "
                                    "both periods, too few to compare prices customer by customer: price is how the average "
                                    "price of each product moved over all customers. What single customers paid above or "
                                    "below it stays in volume and mix."), "details": {"matched_share": matched}, "scope": PUBLIC})
    elif np.isfinite(matched):
        notes.append({"msgid": mark("Of the sales that continue, {matched_share} are of a product the same customer bought "
                                    "in both periods; elsewhere the price of a year ago follows the product's."),
                      "details": {"matched_share": matched}, "scope": PUBLIC})
    return notes
