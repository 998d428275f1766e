"""Rules a row must keep on its own, and the shape of the organisation."""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.batch import Batch
from salesplan.errors import DataError

FAR_FUTURE_YEARS: Final = 5
"""A fact dated more than these years after today is a slip of the pen."""


def check_rows(batch: Batch, *, as_of: date) -> None:
    """Add the faults and notes of each row: missing values, signs, dates.

    Quarantined: a required value is missing, money below zero without a return or refund flag, a person who left
    before being hired, a period or validity that ends before it starts, a fact far in the future, a score outside
    its scale. Noted only: a hire date after ``as_of``, a deal or course that ends before it starts.
    """
    _missing(batch)
    name, columns = batch.table.name, batch.columns
    for flag in ("is_return", "is_refund"):
        if flag in columns:
            negative = pc.and_(pc.less(columns["amount"], pa.scalar(0, pa.int64())), pc.invert(columns[flag]))
            batch.add("amount", "negative_without_return_flag", _rows(negative))
    if name in ("order_line", "receipt", "opportunity", "activity", "feedback"):
        when = batch.table.date or ""
        limit = pa.scalar(date(as_of.year + FAR_FUTURE_YEARS, 12, 31), pa.date32())
        batch.add(when, "date_out_of_range", _rows(pc.greater(columns[when], limit)))
    if name == "rep":
        batch.add("leave_date", "leave_before_hire", _rows(pc.less(columns["leave_date"], columns["hire_date"])))
        batch.add(
            "hire_date",
            "future_hire_date",
            _rows(pc.greater(columns["hire_date"], pa.scalar(as_of, pa.date32()))),
            note=True,
        )
    if name == "feedback":
        score = columns["score"]
        beyond = [pc.less(score, columns["scale_min"]), pc.greater(score, columns["scale_max"])]
        for outside in beyond:
            batch.add("score", "score_outside_scale", _rows(outside))
    for start, end in (("created_date", "closed_date"), ("started_date", "completed_date")):
        if start in columns and end in columns:
            batch.add(end, "ends_before_start", _rows(pc.less(columns[end], columns[start])), note=True)
    for start, end in (("valid_from", "valid_to"), ("start_date", "end_date"), ("period_start", "period_end")):
        if start in columns and end in columns:
            batch.add(end, "ends_before_start", _rows(pc.less(columns[end], columns[start])))


def check_organisation(units: pd.DataFrame, *, where: str = "org_unit") -> None:
    """Refuse units that report to one another in a circle.

    Raises
    ------
    DataError
        A circle; ``details['units']`` lists it.

    Examples
    --------
    >>> check_organisation(pd.DataFrame({"org_id": ["a", "b"], "parent_org_id": ["b", "a"]}))
    Traceback (most recent call last):
    salesplan.errors.DataError: units a -> b -> a report to one another in a circle. Where: org_unit. Fix: Correct ...
    """
    parent = {str(o): p for o, p in zip(units["org_id"], units["parent_org_id"], strict=True) if not pd.isna(p)}
    safe: set[str] = set()
    for unit in parent:
        path = [unit]
        while path[-1] in parent and path[-1] not in safe:
            above = parent[path[-1]]
            if above in path:
                circle = [*path[path.index(above) :], above]
                raise DataError(
                    f"units {' -> '.join(circle)} report to one another in a circle",
                    where=where,
                    fix="Correct the parent of one of them in the file",
                    units=circle,
                )
            path.append(above)
        safe.update(path)


def _missing(batch: Batch) -> None:
    blamed: dict[str, np.ndarray] = {}
    for fault in batch.faults:
        blamed.setdefault(fault.column, np.zeros(len(batch), bool))[fault.rows] = True
    for column in batch.table.columns:
        if not column.required:
            continue
        empty = pc.is_null(batch.columns[column.name]).to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(empty & ~blamed.get(column.name, np.zeros(len(batch), bool)))
        reason = "missing_key" if column.name in batch.table.key else "missing_value"
        batch.add(column.name, reason, rows)


def _rows(mask: pa.Array) -> np.ndarray:
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))
