"""A small company with everything that goes wrong in one: moves, leavers, orders nobody is named for."""

from pathlib import Path

import numpy as np
import pandas as pd

from salesplan.data.workspace import Workspace


def days(*texts: str | None) -> pd.DatetimeIndex:
    return pd.to_datetime(list(texts))


def small_tables(seed: int = 1, lines: int = 400) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    return {
        "org_unit": pd.DataFrame({
            "org_id": ["co", "e", "w", "t1", "t2", "t3", "old"],
            "parent_org_id": [None, "co", "co", "e", "e", "w", "w"],
            "name": ["Co", "East", "West", "One", "Two", "Three", "Closed"],
            "level": ["company", "region", "region", "team", "team", "team", "team"],
            "region": [None, "East", "West", "East", "East", "West", "West"],
            "valid_to": days(*[None] * 6, "2025-06-30")}),
        "rep": pd.DataFrame({
            "rep_id": ["r1", "r2", "r3", "r4", "m1", "r5", "r6"], "employee_no": [f"E{n}" for n in range(1, 8)],
            "name": ["张伟", "张伟", "王芳", "李娜", "陈静", "赵磊", "孙洋"],
            "email": [None, "R2@x.example", *[None] * 5],
            "status": ["active", "active", "active", "left", "active", "active", "active"],
            "hire_date": days(*["2020-01-01"] * 5, "2027-01-04", "2021-01-01"),
            "leave_date": days(None, None, None, "2026-03-31", None, None, None)}),
        "rep_assignment": pd.DataFrame({
            "rep_id": ["r1", "r1", "r2", "r3", "r4", "m1", "r5", "r6"],
            "org_id": ["t1", "t3", "t1", "t2", "t2", "e", "t3", "old"],
            "role": [*["rep"] * 5, "manager", "rep", "rep"],
            "manager_rep_id": ["m1", None, "m1", "m1", "m1", None, None, None],
            "valid_from": days(None, "2026-07-01", None, None, None, None, "2027-01-04", None),
            "valid_to": days("2026-06-30", *[None] * 7)}),
        "product": pd.DataFrame({"product_id": ["p1", "p2"], "name": ["a", "b"], "category_l1": ["L1", None]}),
        "customer": pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "name": ["x", "y", "z"],
                                  "potential": [100.0, 200.0, 400.0], "owner_rep_id": ["r1", "r4", None]}),
        "target": pd.DataFrame({
            "target_set": "quota", "version": 1, "metric": "sales_amount",
            "scope_type": ["company", "org", "rep", "rep"],
            "scope_id": ["co", "e", "r1", "r3"], "product_category": "*", "period_type": "year",
            "period_start": days(*["2026-01-01"] * 4), "value": [4e6, 2e6, 1e6, 1e6], "unit": "CNY"}),
        "order_line": pd.DataFrame({
            "order_line_id": [f"o{n}" for n in range(lines)], "order_id": [f"s{n // 2}" for n in range(lines)],
            "order_date": pd.Timestamp("2025-01-02") + pd.to_timedelta(rng.integers(0, 667, lines), unit="D"),
            "customer_id": rng.choice(["c1", "c2", "c3"], lines), "product_id": rng.choice(["p1", "p2"], lines),
            "rep_id": rng.choice(["r1", "r2", "r3", "r4", "r6", "m1", None], lines).astype(object),
            "org_id": rng.choice(["t1", "t2", "old", None], lines).astype(object),
            "amount": rng.lognormal(8, 1, lines).round(2), "is_return": rng.random(lines) < 0.05,
            "status": rng.choice(["closed", "approved", "void", None], lines, p=[0.6, 0.2, 0.1, 0.1])}),
    }


def make_workspace(folder: Path, tables: dict[str, pd.DataFrame], **settings: object) -> Workspace:
    workspace = Workspace(folder).create(**settings)
    load_id = workspace.next_load_id()
    for name, frame in tables.items():
        workspace.append_load(name, frame, load_id=load_id)
    return workspace


def counted(lines: pd.DataFrame) -> float:
    """Order total by hand: void lines out, returns negative."""
    kept = lines[lines["status"].fillna("closed") != "void"]
    return float(kept["amount"].where(~kept["is_return"], -kept["amount"]).sum())
