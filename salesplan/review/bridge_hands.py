"""Customers who changed hands: what the old seller sold them a year ago is carried over to whoever serves them now."""

import numpy as np
import pandas as pd

from salesplan.money import split_groups

ITEM = ["unit_id", "rep_id", "customer_id", "product_id", "product_line"]
HOLDER = ["unit_id", "rep_id"]


def carry_over(then: pd.DataFrame, since: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Move last year's sales of customers served by others since to those others.

    A customer changed hands where a seller sold to them then and nothing since, while somebody else has. The sales of then
    go to those who took over, in proportion to what they sold the customer since; where nobody new took over, to all who
    serve the customer. So a bridge compares a customer with the same customer, and what one seller loses another gains, to
    the fen.

    Parameters
    ----------
    then
        ``unit_id, rep_id, customer_id, product_id, product_line, amount_fen`` (positive int64)``, qty`` of the months then,
        one row an item; ids are codes, -1 where missing.
    since
        ``unit_id, rep_id, customer_id, amount_fen`` (positive), ids as codes, of everything after those months.

    Returns
    -------
    tuple of DataFrame
        ``then`` with items moved, and the moves: ``unit_id, product_line, amount_fen``, minus at the old and plus at the
        new seller; they add up to 0 for every product line.

    Examples
    --------
    >>> then = pd.DataFrame({"unit_id": [1], "rep_id": [1], "customer_id": [0], "product_id": [0],
    ...                      "product_line": [0], "amount_fen": [900], "qty": [3.0]})
    >>> since = pd.DataFrame({"unit_id": [2], "rep_id": [2], "customer_id": [0], "amount_fen": [500]})
    >>> moved, moves = carry_over(then, since)
    >>> moved["unit_id"].tolist(), moves["amount_fen"].tolist()
    ([2], [-900, 900])
    """
    known = since["customer_id"] >= 0
    served = since[known].groupby(["customer_id", *HOLDER], sort=True, as_index=False)["amount_fen"].sum()
    before = then[["customer_id", *HOLDER]].drop_duplicates()
    flag = then.merge(served[["customer_id", *HOLDER]], on=["customer_id", *HOLDER], how="left", indicator=True)
    handed = flag["_merge"].eq("left_only").to_numpy() & then["customer_id"].isin(served["customer_id"]).to_numpy()
    if not handed.any():
        return then, pd.DataFrame({"unit_id": [], "product_line": [], "amount_fen": np.zeros(0, np.int64)})
    served = served.merge(before.assign(was_there=True), on=["customer_id", *HOLDER], how="left")
    fresh = served["was_there"].isna()
    has_fresh = fresh.groupby(served["customer_id"]).transform("any")
    takers = served[fresh | ~has_fresh]
    leaving = then[handed].sort_values(ITEM, ignore_index=True).rename_axis("family").reset_index()
    spread = leaving.drop(columns=HOLDER).merge(
        takers[["customer_id", *HOLDER, "amount_fen"]].rename(columns={"amount_fen": "weight"}), on="customer_id"
    ).sort_values(["family", *HOLDER], ignore_index=True)
    family, weight = spread["family"].to_numpy(int), spread["weight"].to_numpy(float)
    totals = leaving["amount_fen"].to_numpy("int64")
    spread["amount_fen"] = split_groups(totals, weight, family)
    spread["qty"] = spread["qty"] * weight / np.bincount(family, weight)[family]
    columns = [*ITEM, "amount_fen", "qty"]
    whole = pd.concat([then.loc[~handed, columns], spread[columns]], ignore_index=True)
    whole = whole.groupby(ITEM, sort=True, as_index=False)[["amount_fen", "qty"]].sum()
    out, into = (f[["unit_id", "product_line", "amount_fen"]] for f in (leaving, spread))
    moves = pd.concat([out.assign(amount_fen=-out["amount_fen"]), into], ignore_index=True)
    return whole[whole["amount_fen"] > 0].reset_index(drop=True), moves
