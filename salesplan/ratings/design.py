"""Can raters be compared: is everybody linked to everybody through people rated in common?"""

import pandas as pd

from salesplan.errors import InputError
from salesplan.ratings.ratings_table import check_ratings

_SHOWN = 4


def rating_components(frame: pd.DataFrame) -> pd.DataFrame:
    """Groups of raters and ratees that are linked by common ratings, largest first.

    Two raters can be compared only when they rated the same person, or when a chain of such pairs joins them.
    Self-ratings link nobody and are left out.

    Parameters
    ----------
    frame
        Ratings; a person in two rounds counts as two people, since people change.

    Returns
    -------
    DataFrame
        One row a component: ``component`` (from 1), ``n_raters``, ``n_ratees``, ``n_ratings`` (forms), ``raters`` and
        ``ratees`` (tuples).

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": list("AABC"), "rater_id": list("xyyz"), "relation": "peer", "item": "i",
    ...                   "score": 3})
    >>> rating_components(f)[["n_raters", "raters"]].values.tolist()
    [[2, ('x', 'y')], [1, ('z',)]]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    table = check_ratings(frame)
    table = table[table["relation"] != "self"].drop_duplicates(["ratee_id", "round", "rater_id"])
    if not len(table):
        return pd.DataFrame(columns=["component", "n_raters", "n_ratees", "n_ratings", "raters", "ratees"])
    ratee = pd.factorize(pd.MultiIndex.from_frame(table[["ratee_id", "round"]]))[0]
    rater = pd.factorize(table["rater_id"])[0]
    n = int(ratee.max()) + 1
    size = n + int(rater.max()) + 1
    links = coo_array(([1.0] * len(table), (ratee, n + rater)), shape=(size, size))
    label = connected_components(links, directed=False)[1][ratee]
    grouped = table.astype({"rater_id": object, "ratee_id": object}).groupby(label)
    found = pd.DataFrame({
        "n_raters": grouped["rater_id"].nunique(),
        "n_ratees": grouped["ratee_id"].nunique(),
        "n_ratings": grouped.size(),
        "raters": grouped["rater_id"].agg(_sorted_names),
        "ratees": grouped["ratee_id"].agg(_sorted_names),
    })
    found = found.sort_values(["n_ratings", "raters"], ascending=[False, True]).reset_index(drop=True)
    found.insert(0, "component", range(1, len(found) + 1))
    return found


def check_connected(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table when all raters are linked, an error that names the groups when they are not.

    Raises
    ------
    InputError
        Raters fall into groups without a person in common: how severe one group is cannot be told from how good
        its people are. ``details['components']`` holds the table.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": list("AABC"), "rater_id": list("xyyz"), "relation": "peer", "item": "i",
    ...                   "score": 3})
    >>> check_connected(f)
    Traceback (most recent call last):
    salesplan.errors.InputError: raters fall into 2 groups without a person in common, ... {x, y} and {z}...
    """
    found = rating_components(frame)
    if not len(found):
        raise InputError("ratings by others: none, must have some; self-ratings cannot be compared with each other")
    if len(found) > 1:
        groups = " and ".join(_named(raters) for raters in found["raters"].iloc[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more groups" if len(found) > _SHOWN else ""
        raise InputError(
            f"raters fall into {len(found)} groups without a person in common, must be linked: {groups}{more}",
            where="columns rater_id and ratee_id",
            fix="Let some raters rate people of both groups, compare within a group only, or use severity='none'.",
            components=found,
        )
    return found


def _sorted_names(ids: pd.Series) -> tuple[str, ...]:
    return tuple(sorted({str(i) for i in ids}))


def _named(raters: tuple[str, ...]) -> str:
    more = f", … {len(raters)} in all" if len(raters) > _SHOWN else ""
    return "{" + ", ".join(raters[:_SHOWN]) + more + "}"
