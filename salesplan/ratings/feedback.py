"""Feedback rows of the canonical tables as ratings: customers' voices and the 360° rounds in one form."""

from typing import Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.ratings.ratings_table import UNNAMED, check_ratings, read_ratings

_RENAMED = {"rep_id": "ratee_id", "by_role": "relation", "topic": "item"}


def ratings_from_feedback(
    frame: pd.DataFrame,
    *,
    scale: tuple[float, float] = (1.0, 5.0),
    repeated: Literal["mean", "last", "error"] = "mean",
    unnamed: Literal["one", "each", "error"] = "one",
) -> pd.DataFrame:
    """Ratings from feedback rows.

    Parameters
    ----------
    frame
        ``rep_id`` (about whom), ``by_role``, ``topic``, ``score``; optional ``rater_id``, ``round``,
        ``given_date``, ``scale_min``, ``scale_max``. A row without a round belongs to the half-year of its date.
    scale
        Scale of rows without one.
    repeated
        A customer may answer several times in a round: the ``mean`` of one rater's scores on one topic counts
        as one rating, or the ``last`` by date (a row without a date is the
        oldest), or it is an ``error``.
    unnamed
        Rows without ``rater_id``: all of one role about one person and round count as ``one`` rater, since nothing
        shows that they are different people (the safe reading for anonymity), nor that this one is not among the
        named, so that he does not count towards the fewest raters of a group beside them; as ``each`` its own rater;
        or an ``error``. Self-ratings need no name.

    Returns
    -------
    DataFrame
        As from `check_ratings`.

    Raises
    ------
    InputError
        As `check_ratings`, and by the options above; row numbers are those of ``frame`` in its own order.

    Examples
    --------
    >>> f = pd.DataFrame({"rep_id": ["A", "A"], "by_role": "customer", "rater_id": "C1", "topic": "satisfaction",
    ...                   "score": [4, 5], "given_date": pd.to_datetime(["2026-02-01", "2026-03-01"])})
    >>> ratings_from_feedback(f)[["ratee_id", "rater_id", "round", "score"]].values.tolist()
    [['A', 'C1', '2026H1', 4.5]]
    """
    _check_choice("repeated", repeated, ("mean", "last", "error"))
    _check_choice("unnamed", unnamed, ("one", "each", "error"))
    lacking = [c for c in ("rep_id", "by_role", "topic", "score") if c not in frame]
    if lacking:
        raise InputError(f"feedback lacks the column {lacking[0]!r}, must have rep_id, by_role, topic, score")
    table = frame.rename(columns=_RENAMED).reset_index(drop=True)
    table["round"] = _rounds(table)
    table["rater_id"] = _raters(table, unnamed)
    keys = ["ratee_id", "rater_id", "relation", "item", "round"]
    twice = table.duplicated(keys, keep=False)
    if repeated == "error" or not twice.any():
        return check_ratings(table, scale=scale)
    singles = read_ratings(table, scale=scale)
    if "given_date" in table:
        singles = singles.assign(_date=pd.to_datetime(table["given_date"])).sort_values(
            "_date", kind="stable", na_position="first"
        )
    grouped = singles.groupby(keys, sort=False)
    if repeated == "last":
        merged = grouped.tail(1)
    else:
        merged = grouped.agg(points=("points", "mean"), scale_min=("scale_min", "first"),
                             scale_max=("scale_max", "first")).reset_index()
        merged["score"] = merged["scale_min"] + merged["points"] / 100 * (merged["scale_max"] - merged["scale_min"])
    merged = merged.sort_values(keys, kind="stable").reset_index(drop=True)
    return check_ratings(merged, scale=scale)


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{name} == {value!r}, must be a known way", fix=known_choices(value, known))


def _rounds(table: pd.DataFrame) -> pd.Series:
    given = table["round"].fillna("").astype(str) if "round" in table else pd.Series("", index=table.index)
    if "given_date" not in table:
        return given
    date = pd.to_datetime(table["given_date"])
    half: pd.Series = date.dt.year.astype("Int64").astype(str) + np.where(date.dt.month <= 6, "H1", "H2")
    return given.where((given != "") | date.isna(), half)


def _raters(table: pd.DataFrame, unnamed: str) -> pd.Series:
    rater = table["rater_id"].astype(object) if "rater_id" in table else pd.Series(None, index=table.index, dtype=object)
    rater = rater.where(rater.notna() & (rater.astype(str).str.strip() != ""), None)
    rater = rater.where(rater.notna() | (table["relation"] != "self"), table["ratee_id"])
    empty = rater.isna()
    if not empty.any():
        return rater
    if unnamed == "error":
        at = int(np.flatnonzero(empty)[0])
        raise InputError("rater_id is empty, must name the rater", where=f"row {at + 1}, column rater_id",
                         fix="Name the rater, or choose unnamed='one' or 'each'.")
    about = table["relation"].astype(str) + " of " + table["ratee_id"].astype(str)
    who = UNNAMED + about if unnamed == "one" else "row " + (table.index + 1).astype(str) + ", " + about
    return rater.where(~empty, who)
