"""One table for all 360° ratings: who rated whom, as what, on which item, with which score."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

RELATION_NAMES: dict[str, str] = {
    "self": mark("Self"),
    "manager": mark("Own manager"),
    "peer": mark("Peer"),
    "customer": mark("Rating customer"),
    "report": mark("Person managed"),
}
"""What a rater is to the person rated."""

RELATIONS = tuple(RELATION_NAMES)

NAMED_RELATIONS = ("self",)
"""Relations whose ratings are nobody's secret: what people say of themselves. A manager's rating is one person's too, and
is hidden like any group that is too small, unless whoever computes says that managers rate under their name."""

UNNAMED = "unnamed "
"""Start of the id of a rater without a name, who may be one of those who gave theirs."""

COLUMNS = ("ratee_id", "rater_id", "relation", "item", "round", "score", "scale_min", "scale_max", "points")
_KEYS = ["ratee_id", "rater_id", "item", "round"]


def check_ratings(frame: pd.DataFrame, *, scale: tuple[float, float] = (1.0, 5.0)) -> pd.DataFrame:
    """Ratings in one form: every score on its scale, nobody counted twice.

    Parameters
    ----------
    frame
        Columns ``ratee_id``, ``rater_id``, ``relation`` (self, manager, peer, customer, report), ``item``,
        ``score``; optional ``round`` (2026H1) and ``scale_min``, ``scale_max`` for items with scales of their own.
    scale
        Lowest and highest score where a row has no scale of its own.

    Returns
    -------
    DataFrame
        The same rows in the same order with ``round``, ``scale_min``, ``scale_max`` filled in and ``points``:
        the score brought to 0-100, so that items of different scales can be averaged.

    Raises
    ------
    InputError
        A missing value, a score outside its scale, an unknown relation, somebody who rates himself as a peer,
        the same rater twice on one item of one person, or one rater in two relations to one person; the message
        names the row.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": ["A", "A"], "rater_id": ["m", "p"], "relation": ["manager", "peer"],
    ...                   "item": "teamwork", "score": [4, 5]})
    >>> check_ratings(f)["points"].tolist()
    [75.0, 100.0]
    """
    table = read_ratings(frame, scale=scale)
    _check_repeats(frame, table)
    return table


def read_ratings(frame: pd.DataFrame, *, scale: tuple[float, float] = (1.0, 5.0)) -> pd.DataFrame:
    """As `check_ratings`, but a rater may have rated a person on an item more than once in a round.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": "A", "rater_id": "c", "relation": "customer", "item": "service",
    ...                   "score": [4, 5]})
    >>> len(read_ratings(f))
    2
    """
    missing = [c for c in ("ratee_id", "rater_id", "relation", "item", "score") if c not in frame]
    if missing:
        raise InputError(f"ratings lack the column {missing[0]!r}, must have ratee_id, rater_id, relation, item, score")
    if not len(frame):
        raise InputError("ratings have no row, must have at least one")
    table = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for column in ("ratee_id", "rater_id", "relation", "item"):
        _refuse(frame, frame[column].isna().to_numpy() | (frame[column].astype(str).str.strip() == "").to_numpy(),
                column, "must be filled in")
        table[column] = frame[column].astype(str).to_numpy()
    table["round"] = frame["round"].fillna("").astype(str).to_numpy() if "round" in frame else ""
    table["score"] = _numbers(frame, "score")
    for column, default in zip(("scale_min", "scale_max"), scale, strict=True):
        own = _numbers(frame, column, may_be_empty=True) if column in frame else np.full(len(frame), np.nan)
        table[column] = np.where(np.isnan(own), float(default), own)
    _check_scales(frame, table)
    _check_relations(frame, table)
    table["points"] = 100 * (table["score"] - table["scale_min"]) / (table["scale_max"] - table["scale_min"])
    return table[list(COLUMNS)]


def ratings_matrix(frame: pd.DataFrame, *, item: str | None = None) -> pd.DataFrame:
    """Ratees x raters, one number each: the table that agreement is computed from.

    Parameters
    ----------
    frame
        Ratings of one round.
    item
        One item; without it each cell is the rater's mean over all items, in points of 0-100.

    Returns
    -------
    DataFrame
        Score (or points) with a gap where a rater did not rate the person; self-ratings are left out.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": ["A", "A", "B"], "rater_id": ["x", "y", "x"], "relation": "peer",
    ...                   "item": "teamwork", "score": [4, 5, 2]})
    >>> ratings_matrix(f, item="teamwork").fillna(0).values.tolist()
    [[4.0, 5.0], [2.0, 0.0]]
    """
    table = only_round(check_ratings(frame), None)
    table = table[table["relation"] != "self"]
    if item is not None:
        if item not in set(table["item"]):
            raise InputError(f"item == {item!r}, must be an item that was rated",
                             fix=known_choices(item, sorted(set(table["item"]))))
        table = table[table["item"] == item]
    value = "score" if item is not None else "points"
    return table.pivot_table(index="ratee_id", columns="rater_id", values=value, aggfunc="mean").astype(float)


def only_round(table: pd.DataFrame, rating_round: str | None) -> pd.DataFrame:
    """The rows of one round; without a name the ratings must hold one round only."""
    rounds = sorted(set(table["round"]))
    if rating_round is None:
        if len(rounds) > 1:
            raise InputError(f"ratings hold {len(rounds)} rounds ({', '.join(rounds)}), must be one",
                             fix="Name the round, or keep its rows only.")
        return table
    if rating_round not in rounds:
        raise InputError(f"rating_round == {rating_round!r}, must be a round of the ratings",
                         fix=known_choices(rating_round, rounds))
    return table[table["round"] == rating_round]


def _numbers(frame: pd.DataFrame, column: str, *, may_be_empty: bool = False) -> np.ndarray:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(float, na_value=np.nan)
    given = frame[column].notna().to_numpy()
    _refuse(frame, (given & np.isnan(values)) | np.isinf(values), column, "must be a number")
    if not may_be_empty:
        _refuse(frame, ~given, column, "must be a number", fix="Leave the row out when the rater gave no score.")
    return values


def _check_scales(frame: pd.DataFrame, table: pd.DataFrame) -> None:
    low, high, score = (table[c].to_numpy(float) for c in ("scale_min", "scale_max", "score"))
    wrong = np.flatnonzero(~(high > low))
    if wrong.size:
        at = int(wrong[0])
        raise InputError(f"scale_max == {high[at]:g}, must be above scale_min == {low[at]:g}",
                         where=row_name(frame, at))
    wrong = np.flatnonzero((score < low - 1e-9) | (score > high + 1e-9))
    if wrong.size:
        at = int(wrong[0])
        raise InputError(f"score == {score[at]:g}, must be on the scale {low[at]:g} to {high[at]:g}",
                         where=f"{row_name(frame, at)}, column score", rows=wrong.tolist(),
                         fix="Correct the score, or give the item its scale in scale_min and scale_max.")


def _check_relations(frame: pd.DataFrame, table: pd.DataFrame) -> None:
    relation = table["relation"]
    unknown = np.flatnonzero(~relation.isin(RELATIONS).to_numpy())
    if unknown.size:
        at = int(unknown[0])
        raise InputError(f"relation == {relation.iloc[at]!r}, must be a known relation",
                         where=row_name(frame, at), fix=known_choices(relation.iloc[at], RELATIONS))
    same = (table["ratee_id"] == table["rater_id"]).to_numpy()
    own = (relation == "self").to_numpy()
    wrong = np.flatnonzero(same & ~own)
    if wrong.size:
        at = int(wrong[0])
        raise InputError(f"relation == {relation.iloc[at]!r}, must be 'self' where rater and ratee are the same person",
                         where=row_name(frame, at))
    wrong = np.flatnonzero(own & ~same)
    if wrong.size:
        at = int(wrong[0])
        raise InputError("relation == 'self', must have the ratee as rater", where=row_name(frame, at))
    kinds = table.groupby(["ratee_id", "rater_id", "round"], sort=False)["relation"].transform("first")
    wrong = np.flatnonzero((kinds != table["relation"]).to_numpy())
    if wrong.size:
        at = int(wrong[0])
        raise InputError(f"relation == {table['relation'].iloc[at]!r}, must be {kinds.iloc[at]!r} as in the rater's"
                         " other rows on this person", where=row_name(frame, at))


def _check_repeats(frame: pd.DataFrame, table: pd.DataFrame) -> None:
    repeated = np.flatnonzero(table.duplicated(_KEYS).to_numpy())
    if repeated.size:
        at = int(repeated[0])
        same = (table[_KEYS] == table.loc[at, _KEYS]).all(axis=1)
        first = int(np.flatnonzero(same.to_numpy())[0])
        raise InputError(f"the rating stands twice, first in row {first + 1}", where=row_name(frame, at),
                         rows=repeated.tolist(), fix="Keep one row for a rater, a person, an item and a round.")


def named_raters(rater_id: pd.Series) -> pd.Series:
    """Ids of raters who gave their name; missing for the others, who are not certain to be further people.

    Examples
    --------
    >>> int(named_raters(pd.Series(["C1", "C2", "unnamed customer of A"])).nunique())
    2
    """
    return rater_id.where(~rater_id.str.startswith(UNNAMED))


def row_name(frame: pd.DataFrame, at: int) -> str:
    """A row by its place, counted from 1, and by who rated whom on what."""
    row: Any = frame.iloc[at]
    parts = {c: row[c] for c in ("rater_id", "ratee_id", "item", "round") if c in frame and pd.notna(row[c])}
    about = f"{parts.get('rater_id', '?')} on {parts.get('ratee_id', '?')}, item {parts.get('item', '?')}"
    return f"row {at + 1} ({about}{', round ' + str(parts['round']) if parts.get('round') else ''})"


def _refuse(frame: pd.DataFrame, wrong: np.ndarray, column: str, must: str, *, fix: str = "") -> None:
    places = np.flatnonzero(wrong)
    if places.size:
        at = int(places[0])
        value = frame[column].iloc[at]
        given = f"{column} is empty" if pd.isna(value) or not str(value).strip() else f"{column} == {value!r}"
        raise InputError(f"{given}, {must}", where=f"{row_name(frame, at)}, column {column}", fix=fix,
                         rows=places.tolist())
