"""From dates to months since hire: when each spell of a career was watched, and whether leaving ended it."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.text import mark

DAYS_PER_MONTH = 365.25 / 12
HALF_A_DAY = 0.5 / DAYS_PER_MONTH
UNKNOWN_KIND = "unknown"

LATE_START = mark(
    "Leavers are on record from about {start_date}; who joined before is counted from the tenure they had by then, because"
    " colleagues who left earlier are not known."
)
NO_HIRE_DATE = mark("{n} people have no hire date and were left out.")


def career_spells(
    careers: pd.DataFrame, *, as_of: pd.Timestamp, history_start: pd.Timestamp | None = None
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Months since hire at which every spell began and ceased to be watched: seller_id, entry, months, left, kind, and the
    further columns of the careers.

    Parameters
    ----------
    careers
        One row a spell: seller_id, hire_date, start_date, end_date (missing: still running), left (it ended by leaving),
        leave_kind (optional).
    as_of
        Last day watched.
    history_start
        First day from which leavers are on record. Missing: as long before the first leaver on record as leavers lie apart
        on average (no day at all when nobody left or everybody was hired later).

    Raises
    ------
    InputError
        A missing column, a spell that ends before it starts or starts before the hire, two spells of a person at once or
        one after leaving, nobody to watch.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> c = pd.DataFrame({"seller_id": ["a", "a", "b"], "hire_date": day(["2020-01-01", "2020-01-01", "2026-01-01"]),
    ...                   "start_date": day(["2020-01-01", "2025-07-01", "2026-01-01"]), "left": [False, False, True],
    ...                   "end_date": day(["2025-07-01", None, "2026-07-02"]), "tier": ["P1", "P2", "P1"]})
    >>> spells, _ = career_spells(c, as_of=pd.Timestamp("2026-12-31"), history_start=pd.Timestamp("2025-01-01"))
    >>> spells[["seller_id", "tier", "entry", "months", "left"]].round(0).values.tolist()
    [['a', 'P1', 60.0, 66.0, False], ['a', 'P2', 66.0, 84.0, False], ['b', 'P1', 0.0, 6.0, True]]
    """
    rows = _checked(careers)
    hired, start, end = rows["hire_date"], rows["start_date"], rows["end_date"]
    notes: list[dict[str, Any]] = []
    if hired.isna().any():
        notes.append({"msgid": NO_HIRE_DATE, "details": {"n": int(rows.loc[hired.isna(), "seller_id"].nunique())}})
    gone = rows["left"] & (end <= as_of)
    record = pd.Timestamp(history_start) if history_start is not None else _first_record(end[gone & hired.notna()])
    stop = end.where(end <= as_of, as_of)
    kept = hired.notna() & (start <= as_of) & ((stop > record) if record is not None else True)
    months, entry = _months_between(hired, stop), _months_between(hired, start)
    if record is not None:
        known = _months_between(hired, pd.Series(record, index=hired.index))
        if (known[kept] > entry[kept]).any():
            notes.append({"msgid": LATE_START, "details": {"start_date": record.date()}})
        entry = entry.where(entry > known, known)
    # Nobody is watched in a spell of no length, but who leaves on its one day left from there.
    months = months.where((months > entry) | ~gone | (entry == 0), entry + HALF_A_DAY)
    kept &= (months > entry) | (entry == 0) & (gone | ~(end <= as_of))
    if not kept.any():
        raise InputError(f"nobody was employed between the start of the records and {as_of.date()}", where="careers")
    kind = rows["leave_kind"].fillna("") if "leave_kind" in rows else pd.Series("", index=rows.index)
    spells = rows.drop(columns=["hire_date", "start_date", "end_date", "leave_kind"], errors="ignore").assign(
        entry=entry, months=months, left=gone, kind=kind.replace("", UNKNOWN_KIND).where(gone, "")
    )
    return spells[kept].reset_index(drop=True), notes


def _checked(careers: pd.DataFrame) -> pd.DataFrame:
    """Spells by person and day, their dates as dates."""
    for column in ("seller_id", "hire_date", "start_date", "end_date", "left"):
        if column not in careers:
            raise InputError(f"column {column} is missing", where="careers")
    rows = careers.assign(**{c: pd.to_datetime(careers[c]) for c in ("hire_date", "start_date", "end_date")})
    rows = rows.assign(left=rows["left"].astype(bool), start_date=rows["start_date"].fillna(rows["hire_date"]))
    rows = rows.sort_values(["seller_id", "start_date", "end_date"], kind="stable", ignore_index=True)
    same = rows["seller_id"].eq(rows["seller_id"].shift())
    before = rows.shift()
    wrong = {
        "end_date must not lie before start_date": rows["end_date"] < rows["start_date"],
        "start_date must not lie before hire_date": rows["start_date"] < rows["hire_date"],
        "a spell that ended by leaving must have an end_date": rows["left"] & rows["end_date"].isna(),
        "no spell may follow leaving": same & before["left"].eq(True),
        "a spell must not start before the one before it ended":
            same & (before["end_date"].isna() | (rows["start_date"] < before["end_date"])),
    }
    for message, found in wrong.items():
        at = np.flatnonzero(found.to_numpy(bool))
        if at.size:
            row = rows.iloc[at[0]]
            raise InputError(f"{message}; it has start_date == {row['start_date']:%Y-%m-%d}, end_date == {row['end_date']}",
                             where=f"seller {row['seller_id']}")
    return rows


def _months_between(first: pd.Series, last: pd.Series) -> pd.Series:
    """Calendar months and days beyond, so that a year is 12; nothing before the first day."""
    months = 12 * (last.dt.year - first.dt.year) + last.dt.month - first.dt.month
    return (months + (last.dt.day - first.dt.day) / DAYS_PER_MONTH).clip(lower=0.0)


def _first_record(left: pd.Series) -> pd.Timestamp | None:
    days = np.unique(left.dt.normalize())
    if not len(days):
        return None
    gap = (days[-1] - days[0]) / (len(days) - 1) if len(days) > 1 else np.timedelta64(0, "D")
    return pd.Timestamp(days[0]) - pd.Timedelta(gap).ceil("D") - pd.Timedelta(days=1 if len(days) == 1 else 0)
