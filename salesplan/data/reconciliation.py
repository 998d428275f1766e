"""Nothing is lost: rows and money in equal what was taken, quarantined, repeated and set aside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.batch import Batch
from salesplan.data.parsers import money_sum
from salesplan.errors import DataError

PARTS: Final = ("ok", "quarantined", "exact_dup", "set_aside")
MONEY: Final = tuple(f"amount_{p}" for p in ("in", *PARTS))
COLUMNS: Final = ("file", "sheet", "table", *(f"rows_{p}" for p in ("in", *PARTS)), *MONEY, "rows_unreadable_amount")
CURRENCY_COLUMNS: Final = ("file", "sheet", "table", "currency", *MONEY)


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconciliation:
    """Rows and money of each file, sheet and table of a load.

    ``rows_in == rows_ok + rows_quarantined + rows_exact_dup + rows_set_aside`` and the same for money, to the
    last digit. Rows whose amount cannot be read are counted in ``rows_unreadable_amount``; totals and
    signatures at the foot are rows in and quarantined, but their money is nobody's and counts nowhere.

    Parameters
    ----------
    lines
        One row a file, sheet and table; money as ``Decimal``, all currencies together (a control sum).
    currencies
        The money again, one row a file, sheet, table and currency; each reconciles on its own.
    """

    lines: pd.DataFrame
    currencies: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CURRENCY_COLUMNS)))

    def __post_init__(self) -> None:
        lines = self.lines.copy()
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "currencies", self.currencies.copy())
        for kind, rows in (("rows", lines), ("amount", lines), ("amount", self.currencies)):
            parts = sum((rows[f"{kind}_{p}"] for p in PARTS[1:]), rows[f"{kind}_ok"])
            off = rows[parts != rows[f"{kind}_in"]]
            if len(off):
                raise DataError(
                    f"{kind} do not reconcile: {kind}_in == {off[f'{kind}_in'].iloc[0]}, parts add up to "
                    f"{parts[off.index[0]]}",
                    where=str(off["file"].iloc[0]),
                    fix="Please report this file; nothing of it was imported.",
                )

    def to_frame(self) -> pd.DataFrame:
        """One row a file, sheet and table."""
        return self.lines.copy()

    def by_table(self) -> pd.DataFrame:
        """Sums for each table, in order of first appearance."""
        counted = [c for c in self.lines.columns if c.startswith(("rows_", "amount_"))]
        return self.lines.groupby("table", sort=False)[counted].sum().reset_index()

    def by_currency(self, table: str) -> pd.DataFrame:
        """Money of a table, one row a currency; several rows are never to be added up."""
        mine = self.currencies[self.currencies["table"] == table]
        return mine.groupby("currency")[list(MONEY)].sum().reset_index()

    @property
    def total(self) -> dict[str, int]:
        """Rows of the whole load: ``in``, ``ok``, ``quarantined``, ``exact_dup``, ``set_aside``."""
        return {p: int(self.lines[f"rows_{p}"].sum()) for p in ("in", *PARTS)}


def reconcile(batches: list[Batch], apart: dict[int, list[int]]) -> Reconciliation:
    """Count every extract of every batch; ``apart`` gives the rows set apart by the reader, by batch and extract."""
    lines = [
        _line(batch, number, apart.get(id(batch), [0] * len(batch.extracts))[number])
        for batch in batches
        for number in range(len(batch.extracts))
    ]
    money = [row for batch in batches for number in range(len(batch.extracts)) for row in _currencies(batch, number)]
    return Reconciliation(
        lines=pd.DataFrame(lines, columns=list(COLUMNS)),
        currencies=pd.DataFrame(money, columns=list(CURRENCY_COLUMNS)),
    )


def stored_reconciliation(logs: list[dict[str, Any]]) -> Reconciliation:
    """The account of earlier loads, from their logs."""

    def frame(name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        rows = [
            {k: Decimal(str(v)) if str(k).startswith("amount_") else v for k, v in line.items()}
            for log in logs
            for line in log.get(name, [])
        ]
        return pd.DataFrame(rows, columns=list(columns))

    return Reconciliation(
        lines=frame("reconciliation", COLUMNS), currencies=frame("currencies", CURRENCY_COLUMNS)
    )


def _currencies(batch: Batch, number: int) -> Iterator[dict[str, object]]:
    part, name = batch.extracts[number], batch.table.amount
    if name is None or "currency" not in batch.columns:
        return
    mine = batch.extract_no == number
    dropped, bad, twice = batch.dropped[mine], batch.quarantined[mine], batch.duplicate[mine]
    values, currency = batch.columns[name].filter(pa.array(mine)), batch.columns["currency"].filter(pa.array(mine))
    first = values if part.rule.distinct else part.columns[name]
    aside = pa.array([], values.type) if part.aside_amount is None else part.aside_amount
    aside_currency = pa.array([], pa.string()) if part.aside_currency is None else part.aside_currency
    known = set(currency.unique().to_pylist()) | set(aside_currency.unique().to_pylist())
    for code in sorted(str(k) for k in known if k is not None):
        here = pc.equal(currency, code).to_numpy(zero_copy_only=False) & ~dropped
        left = money_sum(aside.filter(pc.equal(aside_currency, code)))
        yield {
            "file": part.sheet.file,
            "sheet": part.sheet.sheet,
            "table": batch.table.name,
            "currency": code,
            "amount_in": money_sum(first.filter(pa.array(here))) + left,
            "amount_ok": money_sum(values.filter(pa.array(here & ~bad & ~twice))),
            "amount_quarantined": money_sum(values.filter(pa.array(here & bad))),
            "amount_exact_dup": money_sum(values.filter(pa.array(here & twice & ~bad))),
            "amount_set_aside": left,
        }


def _line(batch: Batch, number: int, apart: int) -> dict[str, object]:
    part = batch.extracts[number]
    mine = (batch.extract_no == number) & ~batch.dropped
    bad = batch.quarantined & mine
    twice = batch.duplicate & mine & ~bad
    good = mine & ~bad & ~twice
    name = batch.table.amount
    values = batch.columns[name] if name else None

    def money(mask: np.ndarray) -> Decimal:
        return Decimal(0) if values is None else money_sum(values.filter(pa.array(mask)))

    aside = Decimal(0) if part.aside_amount is None else money_sum(part.aside_amount)
    incoming = aside + (
        Decimal(0)
        if values is None
        else money(mine)
        if part.rule.distinct or name is None
        else money_sum(part.columns[name])
    )
    unreadable = 0
    if name:
        bad_cells = [f.rows for f in part.faults if f.column == name]
        unreadable = len(np.unique(np.concatenate(bad_cells))) if bad_cells else 0
    rows = {
        "ok": int(good.sum()),
        "quarantined": int(bad.sum()) + apart,
        "exact_dup": int(twice.sum()),
        "set_aside": len(part.aside),
    }
    return {
        "file": part.sheet.file,
        "sheet": part.sheet.sheet,
        "table": batch.table.name,
        "rows_in": len(part) - int((batch.dropped & (batch.extract_no == number)).sum()) + len(part.aside) + apart,
        **{f"rows_{k}": v for k, v in rows.items()},
        "amount_in": incoming,
        "amount_ok": money(good),
        "amount_quarantined": money(bad),
        "amount_exact_dup": money(twice),
        "amount_set_aside": aside,
        "rows_unreadable_amount": unreadable,
    }
