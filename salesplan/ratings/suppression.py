"""Anonymity: what too few raters said is hidden, and nothing that is shown lets it be worked out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.ratings.ratings_table import NAMED_RELATIONS, RELATIONS, check_ratings, named_raters, row_name
from salesplan.text import mark

HIDDEN = mark(
    "{n} groups of fewer than {n_least} raters are hidden; their ratings count in no total either, or they could be"
    " worked out from it."
)
EXEMPT = mark("Ratings by {relations_msgid} are shown however few they are: it is known who gave them.")


@dataclass(frozen=True, kw_only=True, eq=False)
class SuppressedRatings:
    """Ratings that may enter a published number, and the table of cells.

    ``cells`` has the columns of ``by``, ``n_raters`` (text, ``<3`` where hidden), ``points`` (mean, missing where hidden),
    ``is_hidden``. ``kept`` are the single ratings behind the shown cells: material for further computing, never to
    be handed on.
    """

    kept: pd.DataFrame
    cells: pd.DataFrame
    by: tuple[str, ...]
    minimum: int
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        for name in ("kept", "cells"):
            object.__setattr__(self, name, getattr(self, name).copy())
        shown = self.cells.loc[~self.cells["is_hidden"], "points"]
        if self.cells.loc[self.cells["is_hidden"], "points"].notna().any() or shown.isna().any():
            raise InputError("points of hidden cells must be missing and of shown cells known", where="SuppressedRatings")

    def to_frame(self) -> pd.DataFrame:
        """The cells, hidden ones as such."""
        return self.cells.copy()

    def totals(self, by: Sequence[str]) -> pd.DataFrame:
        """A coarser table over some of the columns of ``by``, from shown cells only.

        A total over all ratings would give a hidden cell away as the difference from its shown neighbours; this one
        is a function of the shown cells, so it tells nothing that they do not tell.
        """
        wrong = [c for c in by if c not in self.by]
        if wrong or not by:
            raise InputError(f"by == {list(by)!r}, must be some of the columns that were checked",
                             fix=known_choices(wrong[0] if wrong else "", self.by))
        grouped = self.kept.assign(_named=named_raters(self.kept["rater_id"])).groupby(list(by), sort=True)
        totals = grouped.agg(n_raters=("_named", "nunique"), points=("points", "mean")).reset_index()
        return totals.assign(n_raters=totals["n_raters"].clip(lower=1))


def suppress_small_groups(
    frame: pd.DataFrame,
    *,
    minimum: int = 3,
    by: Sequence[str] = ("ratee_id", "round", "relation"),
    exempt: Collection[str] = NAMED_RELATIONS,
) -> SuppressedRatings:
    """Hide groups with fewer than a minimum of raters, in the cells and in every total.

    Parameters
    ----------
    frame
        Ratings; further columns (team, region) are allowed and can be named in ``by``.
    minimum
        Fewest different anonymous raters that a shown cell must have. A rater without a name may be one of the named
        ones and counts only where there are none.
    by
        Columns whose combinations are the finest cells ever to be shown. Name all levels at once (region, team,
        relation): two tables made apart, each with its own hiding, can be subtracted from each other.
    exempt
        Relations that are no secret: by default one's own view only; with ``("self", "manager")`` managers rate under
        their name. A cell that mixes them with fewer than ``minimum`` anonymous raters
        is hidden.

    Notes
    -----
    Complementary suppression by leaving out: the ratings of a hidden cell enter no published number. What this cannot
    hide: a mean at the very end of the scale shows that all gave that score; raters of one group who pool what
    they know can work out the last one; a table of another round or of units that cut across can differ by one
    person (see `differencing_risks`).

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": "A", "rater_id": list("mabcxy"), "item": "i", "score": [3, 4, 5, 3, 1, 2],
    ...                   "relation": ["manager", "peer", "peer", "peer", "customer", "customer"]})
    >>> suppress_small_groups(f, by=["ratee_id", "relation"]).cells["is_hidden"].tolist()
    [True, True, False]
    >>> s = suppress_small_groups(f, by=["ratee_id", "relation"], exempt=["self", "manager"])
    >>> s.cells[["relation", "n_raters", "points"]].fillna(-1).values.tolist()
    [['customer', '<3', -1.0], ['manager', '1', 50.0], ['peer', '3', 75.0]]
    >>> s.totals(["ratee_id"])["points"].tolist()
    [68.75]
    """
    if minimum < 1:
        raise InputError(f"minimum == {minimum}, must be at least 1 (1 hides nothing)")
    unknown = [r for r in exempt if r not in RELATIONS]
    if unknown:
        raise InputError(f"exempt names {unknown[0]!r}, must be relations", fix=known_choices(unknown[0], RELATIONS))
    table = check_ratings(frame)
    extra = [c for c in by if c not in table]
    if any(c not in frame for c in extra) or "rater_id" in by or not by:
        known = sorted({*map(str, table.columns), *map(str, frame.columns)} - {"rater_id", "score", "points"})
        wrong = next((c for c in by if c == "rater_id" or (c not in table and c not in frame)), "")
        raise InputError(f"by names {wrong!r}, must be columns of the ratings that name no rater",
                         fix=known_choices(wrong, known))
    table = table.assign(**{column: frame[column].to_numpy() for column in extra})
    for column in by:
        empty = np.flatnonzero(table[column].isna().to_numpy())
        if empty.size:
            raise InputError(f"{column} is empty, must be known for every rating",
                             where=f"{row_name(frame, int(empty[0]))}, column {column}")
    keys = list(by)
    secret = ~table["relation"].isin(list(exempt))
    named = named_raters(table["rater_id"])
    grouped = table.assign(_named=named.where(secret), _secret=secret).groupby(keys, sort=True)
    n_anonymous = np.maximum(grouped["_named"].transform("nunique").to_numpy(int),
                             grouped["_secret"].transform("any").to_numpy(int))
    hidden = (n_anonymous > 0) & (n_anonymous < minimum)
    cells = table.assign(_hidden=hidden, _named=named).groupby(keys, sort=True).agg(
        n_raters=("_named", "nunique"), points=("points", "mean"), is_hidden=("_hidden", "first")
    ).reset_index()
    cells["n_raters"] = np.where(cells["is_hidden"], f"<{minimum}", cells["n_raters"].clip(lower=1).astype(str))
    cells.loc[cells["is_hidden"], "points"] = np.nan
    notes: list[dict[str, Any]] = []
    n_hidden = int(cells["is_hidden"].sum())
    if n_hidden:
        notes.append({"msgid": HIDDEN, "details": {"n": n_hidden, "n_least": minimum}})
    return SuppressedRatings(kept=table[~hidden].reset_index(drop=True), cells=cells, by=tuple(keys), minimum=minimum,
                             notes=tuple(notes))


def differencing_risks(
    frame: pd.DataFrame, *, minimum: int = 3, exempt: Collection[str] = NAMED_RELATIONS
) -> pd.DataFrame:
    """Groups shown in two rounds whose raters differ by fewer than the minimum, as a whole or on an item.

    When the others gave the same scores again, the change of the mean is the work of the few who joined or left, and
    can be read back to them. Show such a change only as a direction, or not at all. Every two rounds are compared,
    however many lie between them, by what is left after small groups and items are hidden.

    Returns
    -------
    DataFrame
        ``ratee_id``, ``relation``, ``item`` (empty for the group as a whole), ``round``, ``next_round`` (the later one);
        no row when there is nothing to fear. Three rounds and more that give somebody away only together are not found.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": "A", "rater_id": list("abcabcd"), "relation": "peer", "item": "i", "score": 3,
    ...                   "round": ["2026H1"] * 3 + ["2026H2"] * 4})
    >>> differencing_risks(f).values.tolist()
    [['A', 'peer', '', '2026H1', '2026H2'], ['A', 'peer', 'i', '2026H1', '2026H2']]
    """
    table = suppress_small_groups(frame, minimum=minimum, by=["ratee_id", "round", "relation", "item"], exempt=exempt).kept
    table = table[~table["relation"].isin(list(exempt))]
    both = pd.concat([table.assign(item=""), table])
    shown: dict[tuple[str, str, str], dict[str, frozenset[str]]] = {}
    for key, raters in both.groupby(["ratee_id", "relation", "item", "round"])["rater_id"]:
        ratee, relation, item, when = map(str, key)
        shown.setdefault((ratee, relation, item), {})[when] = frozenset(raters)
    rows = [
        (*group, one, two)
        for group, rounds in shown.items()
        for one, two in combinations(sorted(rounds), 2)
        if 0 < len(rounds[one] ^ rounds[two]) < minimum
    ]
    return pd.DataFrame(rows, columns=["ratee_id", "relation", "item", "round", "next_round"])
