"""From "this header is that column" to rules that fill every column of a table."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pyarrow.compute as pc

from salesplan.data.mapping import ColumnRule
from salesplan.data.propose_people import assessment_rules, feedback_rules, person, scale_rules
from salesplan.data.readers import Sheet
from salesplan.data.schema import table_named

_CONSTANTS: Final[dict[str, dict[str, str]]] = {
    "target": {
        "target_set": "target",
        "version": "1",
        "metric": "sales_amount",
        "product_category": "*",
        "status": "approved",
    },
    "market_index": {"freq": "M", "region": "*"},
    "rep_assignment": {"quota_bearing": "true"},
    "kpi_judgment": {"kpi_set": "standard"},
}
_ABOUT_ONE: Final = ("rep_assignment", "rep_leave", "training_record", "development_goal", "mentor")


def column_rules(table: str, headers: Mapping[str, str], sheet: Sheet) -> dict[str, ColumnRule]:
    """Rules for a table from its recognised headers.

    Parameters
    ----------
    headers
        Column (or named person, unit, customer, product) to header.
    sheet
        Where the headers stand; its cells decide how periods are written.
    """
    names = table_named(table).names
    rules: dict[str, Any] = {n: {"from": headers[n]} for n in names if n in headers}
    _ids(table, headers, rules)
    _people(table, headers, rules)
    for column, name, kind in (
        ("customer_id", "customer_name", "customer"),
        ("org_id", "org_name", "org_unit"),
        ("parent_org_id", "parent_org_name", "org_unit"),
        ("skill_id", "skill_name", "skill"),
        ("course_id", "course_name", "course"),
    ):
        if column in names and column not in rules and name in headers and table != "training_record":
            rules[column] = {"from": headers[name], "refer": kind}
    if table == "order_line" and "product_id" not in rules:
        said = headers.get("product_code") or headers.get("product_name")
        if said:
            rules["product_id"] = {"from": said, "refer": "product"}
    if table == "target":
        _target(headers, rules, sheet)
    if table == "feedback":
        feedback_rules(headers, rules)
    if table == "skill_assessment":
        assessment_rules(headers, rules)
    if table == "role_profile" and "required_level" in rules:
        scale_rules(rules["required_level"]["from"], rules)
    for column, value in _CONSTANTS.get(table, {}).items():
        if column not in rules:
            rules[column] = {"const": value}
        elif column in ("product_category", "region"):
            rules[column]["default"] = value
    return {n: ColumnRule.model_validate(rules[n]) for n in names if n in rules}


def _ids(table: str, headers: Mapping[str, str], rules: dict[str, Any]) -> None:
    fallbacks = {
        "org_unit": ("org_id", ["code", "name"]),
        "rep": ("rep_id", ["employee_no", "name"]),
        "customer": ("customer_id", ["name"]),
        "product": ("product_id", ["code", "name"]),
        "receipt": ("receipt_id", ["receipt_no"]),
        "opportunity": ("opportunity_id", ["name"]),
        "training_record": ("course_id", ["course_name"]),
        "skill": ("skill_id", ["name"]),
        "course": ("course_id", ["name"]),
    }
    if table in fallbacks:
        column, others = fallbacks[table]
        found = next((headers[o] for o in others if o in headers), None)
        if column not in rules and found:
            rules[column] = {"from": found}
    if table == "order_line":
        if "order_no" in headers:
            rules["order_id"] = {"from": headers["order_no"]}
        elif "order_line_id" in headers:
            rules["order_id"] = {"from": headers["order_line_id"]}
        if "order_line_id" not in rules and "line_no" in headers and "order_no" in headers:
            rules["order_line_id"] = {"join": [headers["order_no"], headers["line_no"]]}


def _people(table: str, headers: Mapping[str, str], rules: dict[str, Any]) -> None:
    booked = table in ("order_line", "receipt", "opportunity", "activity", "feedback", "skill_assessment")
    if booked or (table in _ABOUT_ONE and "rep_id" not in rules):
        number = "rep_id" if "rep_id" in headers else "employee_no"
        said = person(headers, number=number, org="org_name" if booked else None)
        if said:
            rules["rep_id"] = said
    if table == "rep_assignment" and "manager_rep_id" not in rules:
        said = person(headers, number="manager_employee_no", name="manager_name", email="", org=None)
        if said:
            rules["manager_rep_id"] = said
    if table == "cannot_match":
        for who in ("mentor", "mentee"):
            said = person(headers, number=f"{who}_employee_no", name=f"{who}_name", email="", org=None)
            if said and f"{who}_id" not in rules:
                rules[f"{who}_id"] = said
    if table == "kpi_judgment" and "judge_id" not in rules:
        said = person(headers, number="judge_employee_no", name="judge_name", email="", org=None)
        if said:
            rules["judge_id"] = said
    if table == "customer":
        said = person(headers, number="owner_employee_no", name="owner_name", email="", org=None)
        if said:
            rules["owner_rep_id"] = said
    if table == "rep_assignment":
        for column, other in (("valid_from", "hire_date"), ("valid_to", "leave_date")):
            if column not in rules and other in headers:
                rules[column] = {"from": headers[other]}


def _target(headers: Mapping[str, str], rules: dict[str, Any], sheet: Sheet) -> None:
    said = person(headers)
    if "scope_id" not in rules:
        if said:
            rules["scope_id"] = said
        elif "org_id" in headers:
            rules["scope_id"] = {"from": headers["org_id"]}
        elif "org_name" in headers:
            rules["scope_id"] = {"from": headers["org_name"], "refer": "org_unit"}
    if "scope_type" not in rules:
        rules["scope_type"] = {"const": "rep" if said else "org"}
    period, year = headers.get("period_start"), headers.get("year")
    if period is None and year is None:
        return
    start: dict[str, Any] = {"from": period or year}
    if period and year and _short_periods(sheet, period):
        start = {"join": [year, period]}
    for column, parser in (("period_start", "month"), ("period_end", "period_end"), ("period_type", "period_type")):
        rules[column] = {**start, "parse": parser}


def _short_periods(sheet: Sheet, header: str) -> bool:
    cells = pc.utf8_trim_whitespace(sheet.table[header].slice(0, 50)).to_pylist()
    return any(cells) and all(
        re.match(r"^([mM]?\d{1,2}|\d{1,2}月(份)?|[qQ][1-4]|第?[1-4一二三四]季度?)$", c) for c in cells if c
    )
