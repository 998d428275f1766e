"""Sellers, units, customers and products that are listed nowhere, read off the orders."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from salesplan.data.mapping import ColumnRule, TableRule
from salesplan.data.readers import Sheet
from salesplan.data.synonyms import column_labels, normal_label


def derived_rules(sheet: Sheet, headers: Mapping[str, str], listed: Collection[str]) -> list[TableRule]:
    """Rules, one row a key, for the tables no other sheet lists.

    Without employee numbers, sellers of one name in two units are kept apart as two.
    """
    rules: list[TableRule] = []
    org = headers.get("org_id") or headers.get("org_name")
    if "org_unit" not in listed and org:
        rules.append(
            _rule("org_unit", {"org_id": org, "name": headers.get("org_name", org), "level": {"const": "team"}})
        )
    seller = _seller(sheet, headers)
    if "rep" not in listed and seller is not None:
        rules.append(
            _rule(
                "rep",
                {
                    "rep_id": seller,
                    "employee_no": headers.get("employee_no"),
                    "email": headers.get("rep_email"),
                    "name": headers.get("rep_name")
                    or headers.get("employee_no")
                    or headers.get("rep_email")
                    or headers.get("rep_id"),
                    "status": {"const": "active"},
                },
            )
        )
        if "rep_assignment" not in listed and org:
            place = org if "org_id" in headers or "org_unit" not in listed else {"from": org, "refer": "org_unit"}
            rules.append(
                _rule(
                    "rep_assignment",
                    {
                        "rep_id": seller,
                        "org_id": place,
                        "role": {"const": "rep"},
                        "fte": {"const": "1"},
                        "quota_bearing": {"const": "true"},
                    },
                )
            )
    customer = headers.get("customer_id") or headers.get("customer_name")
    if "customer" not in listed and customer:
        rules.append(
            _rule(
                "customer",
                {
                    "customer_id": customer,
                    "name": headers.get("customer_name", customer),
                    **_more(sheet, "customer", ("province", "city", "segment", "industry", "channel")),
                },
            )
        )
    product = headers.get("product_id") or headers.get("product_code") or headers.get("product_name")
    if "product" not in listed and product:
        rules.append(
            _rule(
                "product",
                {
                    "product_id": product,
                    "code": headers.get("product_code"),
                    "name": headers.get("product_name", product),
                    **_more(sheet, "product", ("category_l1", "category_l2", "unit")),
                },
            )
        )
    return rules


def _seller(sheet: Sheet, headers: Mapping[str, str]) -> Any:
    for column in ("rep_id", "employee_no", "rep_email"):
        if column in headers:
            return headers[column]
    name, org = headers.get("rep_name"), headers.get("org_name") or headers.get("org_id")
    if name is None or org is None:
        return name
    pairs = pd.DataFrame({"name": sheet.table[name].to_pandas(), "org": sheet.table[org].to_pandas()}).drop_duplicates()
    return {"join": [name, org], "sep": " @ "} if pairs["name"].duplicated().any() else name


def _more(sheet: Sheet, table: str, columns: tuple[str, ...]) -> dict[str, str]:
    labels = column_labels(table)
    found: dict[str, str] = {}
    for header in sheet.columns:
        column = labels.get(normal_label(header))
        if column in columns and column not in found:
            found[column] = header
    return found


def _rule(table: str, columns: Mapping[str, Any]) -> TableRule:
    filled = {c: ColumnRule.model_validate(r) for c, r in columns.items() if r is not None}
    return TableRule(table=table, distinct=True, columns=filled)
