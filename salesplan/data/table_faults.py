"""Faults of a whole file, which stop an import until they are acknowledged."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from salesplan.data.batch import Batch
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, ParameterError, known_choices

CODES: Final = ("unit_suspect_x10000", "column_renamed")
"""Faults that can be acknowledged."""
_FEW: Final = 5


@dataclass(frozen=True, kw_only=True)
class TableFault:
    """Something wrong with a file as a whole."""

    code: str
    where: str
    what: str
    fix: str
    details: dict[str, Any]


def check_acknowledged(codes: Collection[str]) -> None:
    """Refuse codes that mean nothing.

    Raises
    ------
    ParameterError
        An unknown code, with the nearest one.
    """
    for code in codes:
        if code not in CODES:
            raise ParameterError(
                f"acknowledge == {code!r}, must be a fault of a whole file", fix=known_choices(code, CODES)
            )


def stop_unless_acknowledged(faults: list[TableFault], acknowledged: Collection[str]) -> None:
    """Raise the first fault nobody has acknowledged.

    Raises
    ------
    DataError
        With the code under ``details['code']``.
    """
    for fault in faults:
        if fault.code not in acknowledged:
            raise DataError(
                fault.what,
                where=fault.where,
                fix=f"{fault.fix} If it is right as it is, import again with --acknowledge {fault.code}",
                code=fault.code,
                **fault.details,
            )


def find_unit_suspects(batch: Batch, workspace: Workspace) -> list[TableFault]:
    """Files whose money looks ten thousand times too large or small: 元 taken for 万元, or the other way.

    Told by quantity times price, by other files and earlier loads of the table, and by months of one file.
    """
    amount = batch.table.amount
    if amount is None or batch.table.name == "target" or not len(batch):
        return []
    values = pc.cast(batch.columns[amount], "double").to_numpy(zero_copy_only=False)
    usable = ~batch.quarantined & np.isfinite(values) & (values > 0)
    faults = []
    if batch.table.name == "order_line":
        faults += _against_price(batch, values, usable)
    faults += _against_others(batch, values, usable, workspace)
    return faults or _against_months(batch, values, usable)


def _against_price(batch: Batch, values: np.ndarray, usable: np.ndarray) -> list[TableFault]:
    price = pc.cast(batch.columns["unit_price"], "double").to_numpy(zero_copy_only=False)
    qty = batch.columns["qty"].to_numpy(zero_copy_only=False).astype(float)
    with np.errstate(all="ignore"):
        ratio = np.log10(values / (price * qty))
    found = []
    for number, part in enumerate(batch.extracts):
        mine = ratio[usable & (batch.extract_no == number) & np.isfinite(ratio)]
        if len(mine) >= _FEW and (np.abs(np.abs(mine) - 4) < 0.3).mean() > 0.5:
            found.append(_suspect(part.sheet.label, float(10 ** np.median(mine)), "quantity times unit price", batch))
    return found


def _against_others(batch: Batch, values: np.ndarray, usable: np.ndarray, workspace: Workspace) -> list[TableFault]:
    medians = {
        n: float(np.median(values[m]))
        for n in range(len(batch.extracts))
        if (m := usable & (batch.extract_no == n)).sum() >= _FEW
    }
    if batch.table.name in workspace.tables():
        with workspace.connect(tables=[batch.table.name]) as connection:
            row = connection.execute(
                f'SELECT median({batch.table.amount}), count(*) FROM "{batch.table.name}" '
                f"WHERE {batch.table.amount} > 0"
            ).fetchone()
        if row and row[1] >= _FEW:
            medians[-1] = float(row[0])
    if len(medians) < 2:
        return []
    middle = medians.get(-1) or float(np.exp(np.median(np.log(list(medians.values())))))
    spread = {n: np.log10(m / middle) for n, m in medians.items()}
    if len(medians) == 2 and -1 not in medians:
        low, high = sorted(medians, key=medians.__getitem__)
        if abs(np.log10(medians[high] / medians[low]) - 4) < 0.6:
            both = f"{batch.extracts[low].sheet.label} and {batch.extracts[high].sheet.label}"
            return [_suspect(both, medians[high] / medians[low], "each other", batch)]
        return []
    return [
        _suspect(
            batch.extracts[n].sheet.label,
            float(10**s),
            "the other files" if -1 not in medians else "earlier loads",
            batch,
        )
        for n, s in spread.items()
        if n >= 0 and abs(abs(s) - 4) < 0.6
    ]


def _against_months(batch: Batch, values: np.ndarray, usable: np.ndarray) -> list[TableFault]:
    days = batch.columns[batch.table.date or ""].to_numpy(zero_copy_only=False).astype("datetime64[M]")
    frame = pd.DataFrame({"month": days[usable], "value": values[usable], "part": batch.extract_no[usable]})
    found = []
    for number, rows in frame.groupby("part"):
        months = rows.groupby("month")["value"].agg(["median", "size"])
        months = months[months["size"] >= _FEW]
        if len(months) < 3:
            continue
        spread = np.log10(months["median"] / months["median"].median())
        odd = spread[(spread.abs() - 4).abs() < 0.4]
        if len(odd):
            label = f"{batch.extracts[int(str(number))].sheet.label}, {pd.Timestamp(odd.index[0]):%Y-%m}"
            found.append(_suspect(label, float(10 ** odd.iloc[0]), "the other months", batch))
    return found


def _suspect(where: str, ratio: float, against: str, batch: Batch) -> TableFault:
    return TableFault(
        code="unit_suspect_x10000",
        where=where,
        what=f"{batch.table.amount} is about {ratio:,.4g} times {against}, must be in one unit (万元 and 元 mixed up?)",
        fix="Write 'unit: 万元' (or 元) for that column in the mapping.",
        details={"ratio": ratio, "against": against},
    )
