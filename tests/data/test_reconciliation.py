from decimal import Decimal

import pandas as pd
import pytest

from salesplan.data.reconciliation import PARTS, Reconciliation
from salesplan.errors import DataError


def lines(rows_ok: int, amount_ok: str) -> pd.DataFrame:
    zero = {f"{k}_{p}": (0 if k == "rows" else Decimal(0)) for k in ("rows", "amount") for p in PARTS}
    return pd.DataFrame([{"file": "a.csv", "sheet": "", "table": "order_line", **zero, "rows_in": 2, "rows_ok": rows_ok,
                          "rows_quarantined": 1, "amount_in": Decimal("0.3"), "amount_ok": Decimal(amount_ok),
                          "rows_unreadable_amount": 0}])  # fmt: skip


def test_rows_and_money_must_add_up_exactly():
    assert Reconciliation(lines=lines(1, "0.3")).total == {"in": 2, "ok": 1, "quarantined": 1, "exact_dup": 0, "set_aside": 0}
    with pytest.raises(DataError, match="rows do not reconcile"):
        Reconciliation(lines=lines(2, "0.3"))
    with pytest.raises(DataError, match="amount do not reconcile"):
        Reconciliation(lines=lines(1, "0.30001"))


def test_frames_are_copied_in_and_out():
    frame = lines(1, "0.3")
    result = Reconciliation(lines=frame)
    frame["rows_in"] = 9
    result.to_frame().drop(columns="rows_in", inplace=True)
    assert result.total["in"] == 2
    assert result.by_table()["rows_in"].tolist() == [2]
