"""Rows that could not be taken: whole, with file, row, column and reason, for a program and for a person."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from salesplan.data.batch import Batch
from salesplan.data.mapping_apply import Extract
from salesplan.text import mark

COLUMNS: Final = (
    "load_id", "table", "file", "sheet", "src_row", "columns", "reasons", "detail", "amount", "raw", "row_key",
)  # fmt: skip

REASONS: Final[dict[str, str]] = {
    "missing_key": mark("The key is missing"),
    "missing_value": mark("A required value is missing"),
    "duplicate_key_conflict": mark("Rows with one key contradict each other"),
    "footer_or_total_row": mark("A total, signature or note, not a record"),
    "repeated_header": mark("The header once more"),
    "bad_row_shape": mark("More or fewer cells than the header"),
    "unknown_org": mark("The unit is not known"),
    "unknown_rep": mark("The person is not known"),
    "unknown_customer": mark("The customer is not in the customer list"),
    "unknown_product": mark("The product is not in the product list"),
    "unknown_skill": mark("The skill is not in the skill list"),
    "unknown_course": mark("The course is not in the course list"),
    "date_out_of_range": mark("The date is far outside the business"),
    "negative_without_return_flag": mark("A negative amount without a return or refund flag"),
    "encoding_replacement_char": mark("Characters were lost before the file came here"),
    "unparseable_amount": mark("The amount cannot be read"),
    "unparseable_number": mark("The number cannot be read"),
    "ambiguous_decimal_comma": mark("The comma could be a decimal sign"),
    "bad_grouping": mark("The digits are grouped in no known way"),
    "percent_in_amount": mark("A percentage where an amount belongs"),
    "unknown_currency": mark("Two currencies in one amount"),
    "unparseable_ratio": mark("The ratio cannot be read; write 3, 1/3 or 1:3"),
    "unparseable_duration": mark("The duration cannot be read"),
    "score_outside_scale": mark("The score lies outside its scale"),
    "value_below_zero": mark("The value lies below zero"),
    "more_than_a_week": mark("More than 40 hours a week"),
    "no_hours": mark("The course lasts 0 hours: it takes nobody any time in the plan"),
    "mentor_is_mentee": mark("Mentor and mentee are one person"),
    "formula_text": mark("A formula without a value"),
    "excel_error": mark("An error value of the spreadsheet"),
    "unparseable_date": mark("The date cannot be read"),
    "ambiguous_date": mark("Day and month cannot be told apart"),
    "date_serial_out_of_range": mark("The number is no date of a spreadsheet"),
    "unknown_picklist": mark("The word is not one of the known ones"),
    "id_lost_precision": mark("The number lost its last digits in a spreadsheet"),
    "leave_before_hire": mark("The leave date lies before the hire date"),
    "ends_before_start": mark("The end lies before the start"),
    "future_hire_date": mark("The hire date lies in the future"),
    "future_assessment": mark("The assessment lies in the future; it counts from its day on"),
    "unknown_prerequisite": mark("A prerequisite is not in the course list; the course is not planned until that is mended"),
    "rep_without_unit": mark("The person is in no unit"),
    "course_circle": mark("Courses ask for one another in a circle; take one of the prerequisites out before planning"),
    "repeated_attributes": mark("Attributes differ between rows of one key; the first were taken"),
    "amount_sum_mismatch": mark("The total at the foot differs from the sum of the rows"),
    "possible_duplicate_line": mark("Lines of one order that differ in the amount alone; all of them count"),
    "returned_orders": mark("Returned order lines are void: they are kept but do not count as sales"),
    "replaced_older": mark("A newer version replaced the stored one"),
}
"""Reason codes (stable) and what they say (msgids)."""


SEVERAL_MEANT: Final = mark("Several people could be meant")


def meaning_of(reason: str, detail: object = "") -> str:
    """What a reason code says (msgid); a name that several people bear is not an unknown one.

    Examples
    --------
    >>> meaning_of("unknown_rep", "张伟: E01, E02"), meaning_of("unknown_rep", "E09")
    ('Several people could be meant', 'The person is not known')
    """
    if reason == "unknown_rep" and isinstance(detail, str) and ": " in detail:
        return SEVERAL_MEANT
    return REASONS.get(reason, reason)


def count_main_reasons(held: pd.DataFrame) -> pd.DataFrame:
    """Rows held back by their first reason, so that the counts add up to the rows.

    Returns
    -------
    ``table, reason, meaning`` (msgid), ``rows, amount``; most frequent first.
    """
    names = ["table", "reason", "meaning", "rows", "amount"]
    if held.empty:
        return pd.DataFrame(columns=names)
    main = pd.DataFrame(
        {
            "table": held["table"].astype(str),
            "reason": held["reasons"].astype(str).str.split("; ").str[0],
            "amount": pd.to_numeric(held["amount"], errors="coerce"),
        }
    )
    main["meaning"] = [meaning_of(r, d) for r, d in zip(main["reason"], held["detail"], strict=True)]
    counted = main.groupby(["table", "reason", "meaning"]).agg(rows=("amount", "size"), amount=("amount", "sum"))
    counted = counted.reset_index()[names]
    return counted.sort_values(["rows", "table", "reason"], ascending=[False, True, True], ignore_index=True)


def quarantined_rows(batch: Batch, *, load_id: str) -> pd.DataFrame:
    """The quarantined rows of a batch, one row each, reasons joined by ``;``."""
    rows = np.flatnonzero(batch.quarantined)
    if not rows.size:
        return pd.DataFrame(columns=list(COLUMNS))
    place = np.full(len(batch), -1)
    place[rows] = np.arange(len(rows))
    said: list[dict[str, list[str]]] = [{"columns": [], "reasons": [], "detail": []} for _ in rows]
    for fault in batch.faults:
        for position in place[fault.rows]:
            note = said[position]
            note["columns"].append(fault.column)
            note["reasons"].append(fault.reason)
            if fault.detail and fault.detail not in note["detail"]:
                note["detail"].append(fault.detail)
    amount = batch.table.amount
    frame = pd.DataFrame(
        {
            "load_id": load_id,
            "table": batch.table.name,
            "file": [batch.extracts[n].sheet.file for n in batch.extract_no[rows]],
            "sheet": [batch.extracts[n].sheet.sheet for n in batch.extract_no[rows]],
            "src_row": batch.src_row[rows],
            "columns": ["; ".join(dict.fromkeys(s["columns"])) for s in said],
            "reasons": ["; ".join(dict.fromkeys(s["reasons"])) for s in said],
            "detail": ["; ".join(s["detail"]) for s in said],
            "amount": [
                None if v is None else str(v)
                for v in (batch.columns[amount].take(pa.array(rows)).to_pylist() if amount else [None] * len(rows))
            ],
        }
    )
    frame["raw"] = ""
    frame["row_key"] = row_keys(batch, rows)
    for number, part in enumerate(batch.extracts):
        mine = np.flatnonzero(batch.extract_no[rows] == number)
        if mine.size:
            whole = part.sheet.table.take(pa.array(batch.base[rows[mine]])).to_pylist()
            frame.loc[mine, "raw"] = [json.dumps(r, ensure_ascii=False) for r in whole]
    return frame


def row_keys(batch: Batch, rows: np.ndarray) -> list[str]:
    """The key of each row as one text; empty where a part of it is missing."""
    parts = [batch.columns[k].take(pa.array(rows)).to_pylist() for k in batch.table.key]
    return ["" if not key or any(v is None for v in key) else "|".join(map(str, key)) for key in zip(*parts, strict=True)]


def rows_set_apart(part: Extract, *, load_id: str) -> pd.DataFrame:
    """Totals, signatures, repeated headers and misshapen rows of a sheet, as quarantined rows."""
    apart = part.sheet.set_apart
    return pd.DataFrame(
        {
            "load_id": load_id,
            "table": part.rule.table,
            "file": part.sheet.file,
            "sheet": part.sheet.sheet,
            "src_row": apart["src_row"].astype("int64"),
            "columns": "",
            "reasons": apart["reason"],
            "detail": "",
            "amount": None,
            "raw": apart["raw"],
            "row_key": "",
        },
        columns=list(COLUMNS),
    )


def write_readable(frame: pd.DataFrame, path: Path) -> Path:
    """Write quarantined rows as CSV for a spreadsheet: UTF-8 with mark, no cell that a spreadsheet would run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(frame.columns)
        for row in frame.itertuples(index=False, name=None):
            writer.writerow([neutralised(v) for v in row])
    return path


def neutralised(value: object) -> object:
    """A cell no spreadsheet takes for a formula.

    Examples
    --------
    >>> neutralised("=cmd|' /C calc'!A0"), neutralised("-12.5"), neutralised(-3)
    ("'=cmd|' /C calc'!A0", '-12.5', -3)
    """
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        try:
            float(value)
        except ValueError:
            return "'" + value
    return value


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Several lots of quarantined rows as one frame, by file and row."""
    filled = [
        f.astype({"src_row": "int64", **{c: "string" for c in COLUMNS if c != "src_row"}}) for f in frames if len(f)
    ]
    if not filled:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(filled, ignore_index=True).sort_values(["file", "sheet", "src_row", "table"], ignore_index=True)
