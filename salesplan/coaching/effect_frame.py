"""Checks the people of a training effect and keeps those with figures before and after."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.text import mark

DROPPED = mark("{n} of {n_all} people have no figure before or after and were left out.")
UNEVEN = mark(
    "{trained_share} of the trained and {comparison_share} of the others dropped out: those who are left may no longer be"
    " comparable."
)


def check_effect_frame(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """People with figures before and after, and notes on those left out.

    Parameters
    ----------
    frame
        As `training_effect` takes it.

    Raises
    ------
    InputError
        Missing columns, figures that are no numbers, nobody trained or nobody to compare with, a person twice.

    Examples
    --------
    >>> table, notes = check_effect_frame(pd.DataFrame({"seller_id": ["a", "b", "c"], "trained": [1, 0, 0],
    ...                                                 "pre": [9.0, 8.0, 8.0], "post": [9.5, 8.0, None]}))
    >>> table["seller_id"].tolist(), notes[0]["details"]
    (['a', 'b'], {'n': 1, 'n_all': 3})
    """
    needed = ["seller_id", "trained", "pre", "post"]
    missing = [c for c in needed if c not in frame]
    if missing:
        raise InputError(f"column {missing[0]} is missing", where="training effect",
                         fix=f"Give {', '.join(needed)} (and team, cohort).")
    optional = [c for c in ("team", "cohort", "pre_trend") if c in frame]
    table = frame[needed + optional].reset_index(drop=True)
    for column in ("pre", "post", "trained"):
        numbers = pd.to_numeric(table[column], errors="coerce").astype(float)
        wrong = np.flatnonzero((numbers.isna() & table[column].notna()).to_numpy() | np.isinf(numbers.to_numpy()))
        if wrong.size:
            raise InputError(f"{column} == {table[column].iloc[wrong[0]]!r}, must be a number",
                             where=f"seller {table['seller_id'].iloc[wrong[0]]}, column {column}")
        table[column] = numbers
    wrong = np.flatnonzero(~table["trained"].isin([0.0, 1.0]).to_numpy())
    if wrong.size:
        raise InputError(f"trained == {table['trained'].iloc[wrong[0]]}, must be 0 or 1",
                         where=f"seller {table['seller_id'].iloc[wrong[0]]}")
    twice = table.duplicated(["seller_id"] + (["cohort"] if "cohort" in table else []))
    if twice.any():
        raise InputError(f"seller {table.loc[twice, 'seller_id'].iloc[0]} stands twice, must have one row (a cohort)",
                         where="training effect")
    for column in ("team", "cohort"):
        if column in table and table[column].isna().any():
            raise InputError(f"{column} is empty", where=f"seller {table.loc[table[column].isna(), 'seller_id'].iloc[0]}")
    kept = table["pre"].notna() & table["post"].notna()
    notes: list[dict[str, Any]] = []
    if not kept.all():
        notes.append({"msgid": DROPPED, "details": {"n": int((~kept).sum()), "n_all": len(table)}})
        lost = (~kept).groupby(table["trained"]).mean()
        if abs(lost.get(1.0, 0.0) - lost.get(0.0, 0.0)) > 0.1:
            notes.append({"msgid": UNEVEN, "details": {"trained_share": float(lost.get(1.0, 0.0)),
                                                       "comparison_share": float(lost.get(0.0, 0.0))}})
    table = table[kept].reset_index(drop=True)
    if table["trained"].nunique() < 2:
        side = "nobody trained" if not len(table) or not table["trained"].any() else "nobody to compare with"
        raise InputError(f"there is {side}, an effect must have both with figures before and after",
                         where="training effect", fix="Keep a waiting list: see roll_out.")
    return table, notes
