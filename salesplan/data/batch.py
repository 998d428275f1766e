"""All rows of one table in one load, with where each came from and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from salesplan.data.mapping_apply import Extract, Fault
from salesplan.data.schema import Table

DEFAULT_SCALE: Final = (1.0, 5.0)
"""Scale of levels where a file names none."""
_FROM_ZERO: Final = 10.0
"""A scale up to this or more starts at 0 where a file does not say where."""
_USUALLY: Final[Mapping[str, Mapping[str, Any]]] = {
    "skill": {"kind": "skill"}, "course": {"is_offered": True}, "development_goal": {"status": "open"}}
"""What is meant where nothing is said."""

_NEVER_GUESSED: Final[Mapping[str, set[str]]] = {"course": {"cost", "fixed_cost", "seats"}}
"""Columns that may be empty, but not unreadable: empty would mean free of charge, or no limit."""


@dataclass(kw_only=True, eq=False)
class Batch:
    """Rows of one table, extract after extract.

    Parameters
    ----------
    columns
        Every business column of the table, in storage type.
    extract_no, base
        For each row, its extract and its position in that extract's sheet.
    faults
        What sends rows to quarantine.
    notes
        What is worth saying about rows that are taken all the same.
    """

    table: Table
    extracts: Sequence[Extract]
    columns: dict[str, pa.Array]
    extract_no: np.ndarray
    base: np.ndarray
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    duplicate: np.ndarray = field(default_factory=lambda: np.array([], bool))
    dropped: np.ndarray = field(default_factory=lambda: np.array([], bool))

    def __len__(self) -> int:
        return len(self.base)

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some columns as a frame (Arrow types)."""
        return pd.DataFrame({c: pd.Series(pd.arrays.ArrowExtensionArray(self.columns[c])) for c in columns})

    @property
    def quarantined(self) -> np.ndarray:
        """Rows that have at least one fault."""
        mask = np.zeros(len(self), bool)
        for fault in self.faults:
            mask[fault.rows] = True
        return mask

    @property
    def taken(self) -> np.ndarray:
        """Rows that go into the table."""
        return ~(self.quarantined | self.duplicate | self.dropped)

    @property
    def src_row(self) -> np.ndarray:
        """Row number in the file."""
        out = np.zeros(len(self), np.int64)
        for number, part in enumerate(self.extracts):
            mine = self.extract_no == number
            out[mine] = part.sheet.src_row[self.base[mine]]
        return out

    def stored(self) -> pa.Table:
        """The rows taken, as they are stored."""
        take = self.taken
        keep = pa.array(take)
        columns = dict(self.columns)
        labels = pa.array([e.sheet.label for e in self.extracts], pa.string())
        columns["source_file"] = labels.take(pa.array(self.extract_no))
        columns["src_row"] = pa.array(self.src_row)
        table = pa.table(columns)
        return table if take.all() else table.filter(keep)

    def add(self, column: str, reason: str, rows: np.ndarray, detail: str = "", *, note: bool = False) -> None:
        """Note a fault (or, with ``note``, only remark on it)."""
        if len(rows):
            (self.notes if note else self.faults).append(Fault(column, reason, np.asarray(rows), detail))


def gather(
    table: Table, extracts: Sequence[Extract], *, currency: str
) -> tuple[Batch, dict[str, list[tuple[int, dict[str, pa.Array]]]]]:
    """Put the extracts of a table together; people still to be found come back by column, with their first row."""
    sizes = [len(e) for e in extracts]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = {}
    for column in table.columns:
        parts = [
            e.columns.get(column.name) if column.name in e.columns else pa.nulls(len(e), column.arrow_type)
            for e in extracts
        ]
        columns[column.name] = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
    batch = Batch(
        table=table,
        extracts=extracts,
        columns=columns,
        extract_no=np.repeat(np.arange(len(extracts), dtype=np.int16), sizes),
        base=np.concatenate([e.base for e in extracts]) if extracts else np.array([], int),
    )
    batch.duplicate, batch.dropped = np.zeros(len(batch), bool), np.zeros(len(batch), bool)
    people: dict[str, list[tuple[int, dict[str, pa.Array]]]] = {}
    required = {c.name for c in table.columns if c.required} | _NEVER_GUESSED.get(table.name, set())
    for start, part in zip(starts, extracts, strict=False):
        for fault in part.faults:
            batch.add(fault.column, fault.reason, fault.rows + start, fault.detail, note=fault.column not in required)
        for name, said in part.people.items():
            people.setdefault(name, []).append((int(start), said))
    _fill_in(batch, currency)
    return batch, people


def _fill_in(batch: Batch, currency: str) -> None:
    """Values that follow from others: currency, flags, order number, end of a target's period."""
    import pyarrow.compute as pc

    columns = batch.columns
    if "currency" in columns:
        columns["currency"] = pc.fill_null(pc.utf8_upper(columns["currency"]), currency)
        for part in batch.extracts:
            if part.aside_amount is not None:
                said = pa.nulls(len(part.aside_amount), pa.string()) if part.aside_currency is None else part.aside_currency
                part.aside_currency = pc.fill_null(pc.utf8_upper(said), currency)
    for flag in ("is_return", "is_refund"):
        if flag in columns:
            columns[flag] = pc.fill_null(columns[flag], False)
    if batch.table.name == "order_line":
        columns["order_id"] = pc.coalesce(columns["order_id"], columns["order_no"])
        columns["order_no"] = pc.coalesce(columns["order_no"], columns["order_id"])
    if batch.table.name == "receipt":
        columns["receipt_id"] = pc.coalesce(columns["receipt_id"], columns["receipt_no"])
    if batch.table.name == "target":
        columns["period_end"] = pc.coalesce(columns["period_end"], _period_ends(columns))
        columns["unit"] = pc.fill_null(columns["unit"], currency)
        columns["version"] = pc.fill_null(columns["version"], 1)
    if batch.table.name == "opportunity":
        _fill_in_deals(batch)
    if batch.table.name in ("role_profile", "skill_assessment"):
        highest = columns["scale_max"] = pc.fill_null(columns["scale_max"], DEFAULT_SCALE[1])
        lowest = pc.if_else(pc.greater_equal(highest, _FROM_ZERO), 0.0, DEFAULT_SCALE[0])
        columns["scale_min"] = pc.coalesce(columns["scale_min"], lowest)
    for name, value in _USUALLY.get(batch.table.name, {}).items():
        columns[name] = pc.fill_null(columns[name], value)
    if batch.table.name == "rep_assignment":
        columns["role"] = pc.fill_null(columns["role"], "rep")
        columns["fte"] = pc.fill_null(columns["fte"], 1.0)


def _fill_in_deals(batch: Batch) -> None:
    """Stage and state of a deal follow from one another where one is not given; an unreadable state stays empty."""
    import pyarrow.compute as pc

    columns = batch.columns
    ended = pa.array(["won", "lost"])
    unread = np.zeros(len(batch), bool)
    for fault in batch.notes:
        if fault.column == "status":
            unread[fault.rows] = True
    nothing = pa.scalar(None, pa.string())
    stage, status = columns["stage"], columns["status"]
    by_stage = pc.if_else(pc.fill_null(pc.is_in(stage, value_set=ended), False), stage, pa.scalar("open"))
    columns["status"] = pc.coalesce(status, pc.if_else(pa.array(unread), nothing, by_stage))
    columns["stage"] = pc.coalesce(stage, pc.if_else(pc.fill_null(pc.is_in(status, value_set=ended), False), status, nothing))


def _period_ends(columns: Mapping[str, pa.Array]) -> pa.Array:
    starts = pd.to_datetime(pd.Series(columns["period_start"].to_pandas(date_as_object=False)))
    kinds = pd.Series(columns["period_type"].to_pandas())
    ends = pd.Series(pd.NaT, index=starts.index, dtype="datetime64[ns]")
    for kind, offset in (
        ("year", pd.DateOffset(years=1)),
        ("quarter", pd.DateOffset(months=3)),
        ("month", pd.DateOffset(months=1)),
        ("week", pd.DateOffset(weeks=1)),
    ):
        mine = ((kinds == kind) & starts.notna()).to_numpy(bool, na_value=False)
        if mine.any():
            ends[mine] = starts[mine] + offset - pd.Timedelta(days=1)
    return pa.array(ends.dt.date.where(ends.notna(), None), pa.date32())
