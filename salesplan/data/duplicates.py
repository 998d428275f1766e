"""The same key twice: exact copies are counted, contradictions are quarantined."""

from collections.abc import Sequence
from hashlib import md5
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.batch import Batch
from salesplan.data.row_codes import first_of_each, row_codes
from salesplan.data.workspace import Workspace

_NUMBERED_BY_CONTENT: Final = ("activity", "feedback", "training_record")
_NUMBERED_BY: Final = {
    "skill_assessment": ("rep_id", "skill_id", "source", "assessor_id", "assessed_date", "round"),
    "development_goal": ("rep_id", "skill_id", "set_date"),
}
"""What names a row that has no number of its own: a row that differs elsewhere is a newer version, or a contradiction."""


def number_lines(batch: Batch) -> None:
    """Give rows without a number of their own one: order lines and receipts from their order and content,
    activities, feedback and training from their content alone, so that the same row gets the same number again;
    assessments and goals from who, what and when.

    Whole copies of a line are exact duplicates (only the first counts), the others are numbered within
    their order.
    """
    if batch.table.name in _NUMBERED_BY_CONTENT:
        _number_by_content(batch, batch.table.key[0])
        return
    if batch.table.name in _NUMBERED_BY:
        _number_by_content(batch, batch.table.key[0], _NUMBERED_BY[batch.table.name])
        return
    key, whole = {"order_line": ("order_line_id", "order_id"), "receipt": ("receipt_id", "order_id")}.get(
        batch.table.name, ("", "")
    )
    if not key:
        return
    ids = batch.columns[key]
    blank = pc.is_null(ids).to_numpy(zero_copy_only=False)
    blank[np.concatenate([f.rows for f in batch.faults if f.column == key] or [np.array([], int)])] = False
    if not blank.any():
        return
    rows = np.flatnonzero(blank)
    content = batch.frame([c for c in batch.table.names if c != key]).iloc[rows]
    copies = content.duplicated().to_numpy()
    batch.duplicate[rows[copies]] = True
    rows, content = rows[~copies], content[~copies]
    parent = content[whole].astype("string").fillna(content.iloc[:, 0].astype("string") if whole == "" else "")
    place = parent.groupby(parent, dropna=False).cumcount() + 1
    if batch.columns["line_no"].null_count == 0 if "line_no" in batch.columns else False:
        place = content["line_no"].astype("int64")
    stem = parent.where(parent != "", batch.table.name)
    if batch.table.name == "order_line":
        _note_possible_copies(batch, rows, content)
    made = pa.array((stem + "-" + place.astype("string")).to_list(), pa.string())
    whole_ids = ids.to_pylist()
    for row, value in zip(rows.tolist(), made.to_pylist(), strict=True):
        whole_ids[row] = value
    for row in np.flatnonzero(batch.duplicate & blank).tolist():
        whole_ids[row] = ""
    batch.columns[key] = pa.array(whole_ids, pa.string())


def _number_by_content(batch: Batch, key: str, telling: Sequence[str] = ()) -> None:
    ids = batch.columns[key]
    blank = pc.is_null(ids).to_numpy(zero_copy_only=False)
    blank[np.concatenate([f.rows for f in batch.faults if f.column == key] or [np.array([], int)])] = False
    if not blank.any():
        return
    rows = np.flatnonzero(blank)
    content = batch.frame([c for c in batch.table.names if c != key]).iloc[rows].astype("string").fillna("")
    if telling:
        whole = pd.Series(False, content.index)  # nothing tells one nameless customer or colleague from the next
        if "assessor_id" in content:
            whole = content["source"].isin(["customer", "peer"]) & content["assessor_id"].eq("")
        named = content[list(telling)].reindex(columns=content.columns, fill_value="")
        content = pd.concat([content[whole], named[~whole]]).reindex(content.index)
    made = [f"{batch.table.name}-{md5(chr(31).join(row).encode(), usedforsecurity=False).hexdigest()[:16]}"
            for row in content.itertuples(index=False, name=None)]
    mask = pa.array(blank)
    batch.columns[key] = pc.replace_with_mask(ids, mask, pa.array(made, pa.string()))
    if not telling:
        batch.duplicate[rows[pd.Series(made).duplicated().to_numpy()]] = True


def _note_possible_copies(batch: Batch, rows: np.ndarray, content: pd.DataFrame) -> None:
    """Remark on lines of one order that differ in their amount alone, where no line number tells them apart."""
    same = ["order_id", "customer_id", "product_id", "rep_id", "order_date"]
    open_ = (content["line_no"].isna() & content["order_id"].notna() & content["amount"].notna()).to_numpy(bool)
    rows, content = rows[open_], content[open_]
    group = row_codes([pa.array(content[c]) for c in same]) if len(content) else np.array([], np.int64)
    amounts = content["amount"].astype(object).groupby(group)
    twins = ((amounts.transform("size") > 1) & (amounts.transform("nunique") > 1)).to_numpy(bool)
    if not twins.any():
        return
    first = np.flatnonzero(group == group[np.flatnonzero(twins)[0]])
    said = " / ".join(f"{value:,.2f}" for value in content["amount"].iloc[first[:3]])
    example = f"{content['order_id'].iloc[first[0]]}: {said}"
    batch.add("amount", "possible_duplicate_line", rows[twins], example, note=True)


def find_duplicates(batch: Batch) -> None:
    """Mark exact copies within the load and quarantine rows that contradict one another.

    Rows read off repeated columns (``distinct``) give way: the first stays, the others are neither
    copies nor contradictions.
    """
    key = [k for k in batch.table.key if k in batch.columns]
    live = np.flatnonzero(~(batch.quarantined | batch.duplicate | batch.dropped))
    if len(live) < 2 or not key:
        return
    codes = row_codes([batch.columns[k] for k in key])
    again = pd.Series(codes[live]).duplicated(keep=False).to_numpy()
    if not again.any():
        return
    rows = live[again]
    derived = np.array([e.rule.distinct for e in batch.extracts])[batch.extract_no[rows]]
    codes = pd.factorize(codes[rows])[0]
    plain = np.zeros(codes.max() + 1, bool)
    plain[codes[~derived]] = True
    first_derived = ~pd.Series(codes).where(derived).duplicated().to_numpy() & derived
    batch.dropped[rows[derived & (plain[codes] | ~first_derived)]] = True
    rows, codes = rows[~derived], codes[~derived]
    if not len(rows):
        return
    copies = ~first_of_each(row_codes([batch.columns[c].take(pa.array(rows)) for c in batch.table.names]))
    batch.duplicate[rows[copies]] = True
    rows, codes = rows[~copies], codes[~copies]
    clash = pd.Series(codes).duplicated(keep=False).to_numpy()
    batch.add("+".join(key), "duplicate_key_conflict", rows[clash])


def compare_with_stored(batch: Batch, workspace: Workspace) -> int:
    """Mark rows the workspace already has word for word; give the number that replace an older version."""
    if batch.table.name not in workspace.tables():
        return 0
    live = np.flatnonzero(batch.taken)
    names = list(batch.table.names)
    mine = pa.table({**{n: batch.columns[n] for n in names}, "position": pa.array(np.arange(len(batch)))}).take(
        pa.array(live)
    )
    on = " AND ".join(f'm."{k}" IS NOT DISTINCT FROM s."{k}"' for k in batch.table.key)
    same = " AND ".join(f'm."{n}" IS NOT DISTINCT FROM s."{n}"' for n in names if n not in batch.table.key) or "true"
    with workspace.connect(tables=[batch.table.name]) as connection:
        connection.register("mine", mine)
        found = connection.execute(
            f'SELECT m.position, {same} AS same FROM mine m JOIN "{batch.table.name}" s ON {on}'
        ).fetchnumpy()
    is_same = np.asarray(found["same"], bool)
    batch.duplicate[np.asarray(found["position"], int)[is_same]] = True
    return int((~is_same).sum())
