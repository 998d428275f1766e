"""Rows in quarantine give way when their file comes again: they stay on disk, marked, and count no more."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from salesplan.data.batch import Batch
from salesplan.data.quarantine import row_keys, write_readable
from salesplan.data.schema import TABLES
from salesplan.data.workspace import SUPERSEDED, Workspace

SAME_EXPORT: Final = 0.9
"""Share of a file's earlier keys that must come again before the new file stands for the whole of the old one."""


def supersede(space: Workspace, batches: Sequence[Batch], files: Mapping[str, str], *, load_id: str) -> int:
    """Mark quarantined rows of earlier loads that a file of this load has brought again.

    The same bytes, or a file of the same name that holds nearly all keys of the earlier one, stand for all of the
    earlier file's rows; a file that only adds rows stands for the rows whose keys it repeats. A row whose key is
    taken from a file of any other name is corrected too.

    Parameters
    ----------
    files
        Name to fingerprint of the files of this load.
    load_id
        This load, written into the mark.

    Returns
    -------
    Number of rows marked.
    """
    logs, marked = space.read_load_logs(), 0
    arrived: dict[tuple[str, str], tuple[set[str], int]] = {}
    taken = {b.table.name: set(row_keys(b, b.taken.nonzero()[0])) - {""} for b in batches}
    for part in sorted(p for p in space.quarantine.glob("*.parquet") if p.stem < load_id):
        held = pd.read_parquet(part)
        live = held[SUPERSEDED].isna() if SUPERSEDED in held else pd.Series(True, held.index)
        if "file" not in held or not live.any():
            continue
        before = {f["name"]: f["sha256"] for f in logs.get(part.stem, {}).get("files", [])}
        gone = pd.Series(False, held.index)
        for (file, table), rows in held[live].groupby(["file", "table"]):
            name, kind = str(file), str(table)
            own = rows["row_key"].fillna("") if "row_key" in rows else pd.Series("", rows.index)
            if name not in files:
                gone[rows.index] = own.isin(taken.get(kind, set()))
                continue
            if before.get(name) == files[name]:
                gone[rows.index] = True
                continue
            if (name, kind) not in arrived:
                arrived[name, kind] = _arrived(batches, name, kind)
            keys, last_row = arrived[name, kind]
            known = _stored_keys(space.canonical / kind / f"{part.stem}.parquet", name, kind) | (set(own) - {""})
            if known:
                whole = len(known & keys) >= SAME_EXPORT * len(known)
                gone[rows.index] = whole | (own.isin(keys) & own.ne(""))
            else:
                gone[rows.index] = rows["src_row"] <= last_row
        if gone.any():
            marked += int(gone.sum())
            now = held[SUPERSEDED] if SUPERSEDED in held else pd.Series(pd.NA, held.index, dtype="string")
            held = held.assign(**{SUPERSEDED: now.astype("string").mask(gone, load_id)})
            space.write_quarantine(held, load_id=part.stem)
            write_readable(held, space.quarantine / f"{part.stem}.csv")
    return marked


def _arrived(batches: Sequence[Batch], file: str, table: str) -> tuple[set[str], int]:
    keys: set[str] = set()
    last = 0
    for batch in (b for b in batches if b.table.name == table):
        mine = [n for n, part in enumerate(batch.extracts) if part.sheet.file == file]
        rows = pd.Series(batch.extract_no).isin(mine).to_numpy().nonzero()[0]
        if len(rows):
            keys |= set(row_keys(batch, rows)) - {""}
            last = max(last, int(batch.src_row[rows].max()))
        last = max([last, *(int(batch.extracts[n].sheet.set_apart["src_row"].max())
                            for n in mine if len(batch.extracts[n].sheet.set_apart))])
    return keys, last


def _stored_keys(part: Path, file: str, table: str) -> set[str]:
    if not part.exists():
        return set()
    key = list(TABLES[table].key)
    stored = pd.read_parquet(part, columns=[*key, "source_file"])
    source = stored["source_file"].astype(str)
    mine = stored[(source == file) | source.str.startswith(f"{file}[")]
    return set(mine[key].astype(str).agg("|".join, axis=1)) if len(mine) else set()
