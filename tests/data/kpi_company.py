"""A company of four sellers and a manager with everything KPIs are measured on, small enough to count by hand."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from salesplan.data.workspace import Workspace
from tests.data.companies import days, make_workspace


@dataclass(frozen=True)
class Measure:
    source: str
    value: str
    where: str = ""
    person: str = "rep_id"
    date: str = "date"


@dataclass(frozen=True)
class Kpi:
    code: str
    numerator: Measure
    denominator: Measure | None = None
    times: float = 1.0
    additive: bool = True


SALES = Kpi("sales_amount", Measure("sale", "sum(amount)"))
VISITS = Kpi("visits", Measure("contact", "count(*)", "is_visit"))
CUSTOMERS = Kpi("active_customers", Measure("sale", "count(DISTINCT customer_id)", "NOT is_return"), additive=False)
WIN_RATE = Kpi("win_rate", Measure("deal", "count(*) FILTER (WHERE status = 'won')", "status IN ('won', 'lost')",
                                   date="closed_date"),
               Measure("deal", "count(*)", "status IN ('won', 'lost')", date="closed_date"))
COVERAGE = Kpi("customer_coverage", Measure("contact", "count(DISTINCT customer_id)", "is_visit AND is_own_customer"),
               Measure("owned_customer", "count(DISTINCT customer_id)"), additive=False)
TEAMWORK = Kpi("teamwork", Measure("customer_voice", "sum(score01)", "by_role IN ('peer', 'manager')"),
               Measure("customer_voice", "count(score01)", "by_role IN ('peer', 'manager')"))
SATISFACTION = Kpi("satisfaction", Measure("customer_voice", "sum(score01)", "by_role = 'customer'"),
                   Measure("customer_voice", "count(score01)", "by_role = 'customer'"))
ALL = [SALES, VISITS, CUSTOMERS, WIN_RATE, COVERAGE, TEAMWORK, SATISFACTION]


def tables() -> dict[str, pd.DataFrame]:
    """Sellers r1 (moves in October), r2, r3 (leaves on 15 October), r4 (hired 19 October); m1 leads East, d1 all."""
    return {
        "org_unit": pd.DataFrame({"org_id": ["co", "e", "w"], "parent_org_id": [None, "co", "co"],
                                  "name": ["公司", "华东", "华西"], "level": ["company", "region", "region"]}),
        "rep": pd.DataFrame({
            "rep_id": ["r1", "r2", "r3", "r4", "m1", "d1", "gone"], "employee_no": ["E1", "E2", "E3", "E4", "E5", "E6", "E7"],
            "name": ["张伟", "张伟", "王芳", "李娜", "陈静", "赵磊", "孙洋"],
            "status": ["active", "active", "left", "active", "active", "active", "left"],
            "hire_date": days("2020-01-01", "2024-10-20", None, "2026-10-19", "2018-01-01", "2017-01-01", None),
            "leave_date": days(None, None, "2026-10-15", None, None, None, "2025-05-31")}),
        "rep_assignment": pd.DataFrame({
            "rep_id": ["r1", "r1", "r2", "r3", "r4", "m1", "d1"], "org_id": ["e", "w", "e", "e", "w", "e", "co"],
            "role": ["rep", "senior", "rep", "rep", "rep", "manager", "director"],
            "tier": ["P1", "P2", "P1", None, "P0", "M", "D"], "manager_rep_id": ["m1", "d1", "m1", "m1", "d1", "d1", None],
            "quota_bearing": [True, True, True, True, True, False, False],
            "valid_from": days(None, "2026-10-12", None, None, "2026-10-19", None, None),
            "valid_to": days("2026-10-11", None, None, None, None, None, None)}),
        "rep_leave": pd.DataFrame({"rep_id": ["r2"], "leave_type": ["病假"], "start_date": days("2026-10-26"),
                                   "end_date": days(None)}),
        "customer": pd.DataFrame({
            "customer_id": ["c1", "c2", "c3", "c4"], "name": list("abcd"), "tier": ["A", "B", "A", None],
            "owner_rep_id": ["r1", "r1", "r2", "r3"],
            "first_order_date": days(None, None, "2019-05-05", None)}),
        "product": pd.DataFrame({"product_id": ["p1", "p2"], "name": ["x", "y"], "category_l1": ["仪器", "耗材"],
                                 "list_price": [120.0, 10.0], "unit_cost": [60.0, None]}),
        "order_line": pd.DataFrame([
            ("1", "a", "2025-11-03", "c1", "p1", "r1", 1.0, 100.0, False, "closed", "CNY"),
            ("2", "b", "2026-09-10", "c1", "p1", "r1", 2.0, 200.0, False, "closed", "CNY"),
            ("3", "c", "2026-10-05", "c2", "p1", "r1", 3.0, 300.0, False, "approved", "CNY"),
            ("4", "c", "2026-10-05", "c2", "p2", "r1", 1.0, 10.0, False, "approved", None),
            ("5", "d", "2026-10-06", "c1", "p1", "r1", 1.0, 100.0, True, "closed", "CNY"),
            ("6", "e", "2026-10-07", "c1", "p1", "r1", 1.0, 999.0, False, "void", "CNY"),
            ("7", "f", "2026-10-08", "c3", "p1", "r2", 1.0, 100.0, False, "closed", "CNY"),
            ("8", "g", "2026-10-08", "c3", "p1", "r2", 1.0, 777.0, False, "closed", "USD"),
            ("9", "h", "2026-10-09", "c4", "p2", "r3", 5.0, 50.0, False, "closed", "CNY"),
            ("10", "i", "2026-10-20", "c4", "p2", None, 4.0, 40.0, False, "closed", "CNY"),
        ], columns=["order_line_id", "order_id", "order_date", "customer_id", "product_id", "rep_id", "qty", "amount",
                    "is_return", "status", "currency"]).assign(order_date=lambda f: pd.to_datetime(f["order_date"])),
        "receipt": pd.DataFrame({
            "receipt_id": ["1", "2", "3"], "receipt_date": days("2026-10-15", "2026-10-16", "2026-10-17"),
            "customer_id": ["c2", "c3", "c1"], "order_id": ["c", "f", None], "rep_id": [None, "r2", "r1"],
            "amount": [150.0, 100.0, 20.0], "currency": "CNY", "is_refund": [False, False, True]}),
        "opportunity": pd.DataFrame({
            "opportunity_id": ["o1", "o2", "o3", "o4"], "rep_id": ["r1", "r1", "r2", "r2"],
            "customer_id": ["c1", "c2", "c3", None], "stage": ["won", "lost", "won", "proposal"],
            "status": ["won", "lost", "won", "open"], "amount": [500.0, 100.0, 70.0, 10.0],
            "currency": ["CNY", "CNY", "USD", "CNY"],
            "created_date": days("2026-09-01", "2026-09-02", "2026-10-01", "2026-10-02"),
            "expected_close_date": days("2026-10-01", "2026-10-01", "2026-10-01", "2026-12-01"),
            "closed_date": days("2026-10-11", "2026-10-12", "2026-11-02", None)}),
        "activity": pd.DataFrame([
            ("v1", "visit", "r1", "c1", "2026-10-05", 600, True), ("v2", "call", "r1", "c1", "2026-10-07", 30, None),
            ("v3", "visit", "r1", "c1", "2026-10-14", 600, True), ("v4", "visit", "r1", "c2", "2026-10-20", 600, False),
            ("v5", "visit", "r2", "c1", "2026-10-21", 600, True), ("v6", "task", "r2", "c1", "2026-10-22", None, True),
            ("v7", "call", "r2", None, "2026-10-22", 90, True), ("v8", "visit", "r2", "c3", "2026-10-30", 60, True),
            ("v9", "call", "r3", "c4", "2026-09-30", 60, True),
        ], columns=["activity_id", "type", "rep_id", "customer_id", "activity_date", "seconds", "is_completed"]
            ).assign(activity_date=lambda f: pd.to_datetime(f["activity_date"])),
        "feedback": pd.DataFrame([
            ("f1", "r1", "peer", "r2", "teamwork", 5.0, 1.0, 5.0), ("f2", "r1", "peer", "r3", "teamwork", 3.0, 1.0, 5.0),
            ("f3", "r1", "peer", "r4", "teamwork", 1.0, 1.0, 5.0), ("f4", "r1", "manager", "m1", "teamwork", 4.0, 1.0, 5.0),
            ("f5", "r2", "peer", "r1", "teamwork", 1.0, 1.0, 5.0), ("f6", "r2", "peer", "r3", "teamwork", 2.0, 1.0, 5.0),
            ("f7", "r2", "manager", "m1", "teamwork", 5.0, 1.0, 5.0),
            ("f8", "r1", "customer", "c1", "satisfaction", 80.0, 0.0, 100.0),
            ("f9", "r1", "customer", "c2", "satisfaction", 4.0, None, None),
        ], columns=["feedback_id", "rep_id", "by_role", "rater_id", "topic", "score", "scale_min", "scale_max"]
            ).assign(round=lambda f: f["by_role"].where(f["by_role"] == "customer", "2026H2").replace("customer", None),
                     given_date=pd.Timestamp("2026-10-20")),
        "kpi_judgment": pd.DataFrame({"judge_id": ["m1", "外部专家"], "kpi_set": "s", "kpi_a": "sales_amount",
                                      "kpi_b": "visits", "ratio": [3.0, 0.5], "given_date": days("2026-09-01", None)}),
        "target": pd.DataFrame([
            ("sales_amount", "rep", "r1", "month", "2026-10-01", "2026-10-31", 1000.0, "CNY", "approved", 1),
            ("sales_amount", "rep", "r1", "month", "2026-10-01", "2026-10-31", 1200.0, "CNY", "approved", 2),
            ("sales_amount", "rep", "r1", "month", "2026-10-01", "2026-10-31", 9999.0, "CNY", "draft", 3),
            ("sales_amount", "rep", "r1", "month", "2026-11-01", "2026-11-30", 800.0, "CNY", "approved", 1),
            ("sales_amount", "rep", "r2", "quarter", "2026-10-01", "2026-12-31", 3000.0, "CNY", "approved", 1),
            ("sales_amount", "org", "e", "month", "2026-10-01", "2026-10-31", 5000.0, "CNY", "approved", 1),
            ("activity", "rep", "r1", "month", "2026-10-01", "2026-10-31", 20.0, "count", "approved", 1),
            ("win_rate", "rep", "r1", "month", "2026-10-01", "2026-10-31", 30.0, "pct", "approved", 1),
            ("win_rate", "rep", "r1", "month", "2026-11-01", "2026-11-30", 60.0, "pct", "frozen", 1),
        ], columns=["metric", "scope_type", "scope_id", "period_type", "period_start", "period_end", "value", "unit",
                    "status", "version"]).assign(
            target_set="quota", product_category="*", period_start=lambda f: pd.to_datetime(f["period_start"]),
            period_end=lambda f: pd.to_datetime(f["period_end"])),
    }


def kpi_workspace(folder: Path, **settings: object) -> Workspace:
    return make_workspace(folder, tables(), **{"currency": "CNY", **settings})
