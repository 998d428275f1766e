"""Small companies for the bridges: order lines, seats, targets and months of visits, orders and amounts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

NOW, THEN = pd.Period("2026-10", "M"), pd.Period("2025-10", "M")
DAYS = pd.Series([18, 18, 18], index=pd.PeriodIndex([THEN, NOW, "2026-09"], freq="M"))


def tree(teams: dict[str, Sequence[str]], former: Sequence[str] = ()) -> pd.DataFrame:
    """``co`` over teams over sellers, with a leaf for former people in the teams named."""
    rows: list[tuple[str, str | None, str, str]] = [("co", None, "company", "公司")]
    rows += [(t, "co", "team", t.upper()) for t in teams]
    rows += [(s, t, "rep", s.upper()) for t, people in teams.items() for s in people]
    rows += [(f"{t}/former", t, "former", "前员工") for t in former]
    return pd.DataFrame(rows, columns=["unit_id", "parent_id", "level", "name"])


def order(month: Any, unit_id: str, customer: str, amount: float, *, qty: float = 1.0, product: str = "p", line: str = "x",
          rep: str | None = "=", org: str = "t1") -> dict[str, Any]:
    """One row of order lines; the seller is the leaf unless told."""
    return {"month": pd.Period(month, "M"), "unit_id": unit_id, "org_id": org, "rep_id": unit_id if rep == "=" else rep,
            "customer_id": customer, "product_id": product, "product_line": line, "qty": qty,
            "amount_fen": round(100 * amount), "n_orders": 1}


def order_lines(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def seats_of(people: dict[str, str], months: Sequence[Any]) -> pd.DataFrame:
    """Everybody of ``seller -> team`` in service at the end of each month."""
    return pd.DataFrame([(pd.Period(m, "M"), s, t, "core") for m in months for s, t in people.items()],
                        columns=["month", "seller_id", "org_id", "tier"])


def sellers_of(people: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"seller_id": list(people), "name": list(people), "org_id": list(people.values()),
                         "hire_date": pd.Timestamp("2018-01-01"), "leave_date": pd.NaT})


def random_lines(rng: np.random.Generator, units: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Orders with returns, missing sellers and quantities, customers shared and changing hands."""
    leaves = units.loc[units["level"].isin(["rep", "former"]), "unit_id"].to_numpy()
    leaf = rng.choice(leaves, rows)
    months = pd.period_range("2025-01", "2026-10", freq="M")
    frame = pd.DataFrame({
        "month": months[rng.choice(len(months), rows, p=_often(len(months)))], "unit_id": leaf, "org_id": "t1",
        "rep_id": np.where(rng.random(rows) < 0.05, None, np.where(rng.random(rows) < 0.9, leaf, "gone")),
        "customer_id": rng.choice([f"c{i}" for i in range(12)] + [None], rows),
        "product_id": rng.choice([f"p{i}" for i in range(6)], rows), "qty": rng.choice([0.0, np.nan, 1, 2.5, 7], rows),
        "amount_fen": rng.integers(-20_000, 1_000_000, rows), "n_orders": 1,
    })
    return frame.assign(product_line=np.where(frame["product_id"] < "p3", "x", "y"))


def _often(n: int) -> np.ndarray:
    weight = np.ones(n)
    weight[[9, n - 1]] = n
    return weight / weight.sum()
