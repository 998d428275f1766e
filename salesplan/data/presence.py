"""Who was there on which day: after hire, before leaving, not on leave."""

import numpy as np
import pandas as pd


def present_days(people: pd.DataFrame, leave: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    """Whether each person was there on each day.

    Parameters
    ----------
    people
        ``rep_id, hire_date, leave_date``; without a date somebody was there from the start, or still is.
    leave
        ``rep_id, start_date, end_date``; without an end still away, without a start ignored.
    days
        The days asked for (``datetime64[D]``).

    Returns
    -------
    People x days, true or false.

    Examples
    --------
    >>> people = pd.DataFrame({"rep_id": ["r1"], "hire_date": pd.to_datetime(["2026-10-02"]), "leave_date": [pd.NaT]})
    >>> away = pd.DataFrame({"rep_id": ["r1"], "start_date": ["2026-10-04"], "end_date": [None]})
    >>> present_days(people, away, np.arange("2026-10-01", "2026-10-05", dtype="datetime64[D]")).astype(int).tolist()
    [[0, 1, 1, 0]]
    """
    hired = people["hire_date"].to_numpy(dtype="datetime64[D]")[:, None]
    left = people["leave_date"].to_numpy(dtype="datetime64[D]")[:, None]
    present: np.ndarray = (np.isnat(hired) | (hired <= days)) & (np.isnat(left) | (days <= left))
    place = {rep: row for row, rep in enumerate(people["rep_id"])}
    spans = leave.assign(start_date=pd.to_datetime(leave["start_date"]), end_date=pd.to_datetime(leave["end_date"]))
    for rep, start, end in zip(spans["rep_id"], spans["start_date"], spans["end_date"], strict=True):
        if rep in place and pd.notna(start):
            away = (days >= np.datetime64(start, "D")) & (True if pd.isna(end) else days <= np.datetime64(end, "D"))
            present[place[rep]] &= ~away
    return present
