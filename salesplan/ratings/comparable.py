"""Which raters can be compared with others, and when spread may be told without giving answers away."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from salesplan.ratings.ratings_table import NAMED_RELATIONS, named_raters
from salesplan.ratings.suppression import suppress_small_groups
from salesplan.text import mark

FORM = ["ratee_id", "round", "rater_id"]
"""What one rater says of one person in one round."""

TOO_FEW_GROUPS = mark(
    "Fewer than {n_least} groups of raters stand behind the spread; it would give their single answers away, so there"
    " are no intervals."
)


def split_groups(
    table: pd.DataFrame, *, minimum: int, exempt: Collection[str] = NAMED_RELATIONS
) -> tuple[pd.DataFrame, np.ndarray]:
    """Ratings that may be shown, and which of them are compared with others.

    A rater is comparable with a name and two forms and more. An anonymous group with at least ``minimum`` comparable raters, and
    not fewer of them than others, is adjusted and loses the others; any other group stays whole and unadjusted. What
    is taken away can make other raters incomparable or other cells too small, so it goes on until nothing changes.
    """
    group = ["ratee_id", "round", "relation"]
    table = table.reset_index(drop=True)
    free = (table["relation"] != "self").to_numpy()
    while True:
        fitted, before = free, len(table)
        named_rater = named_raters(table["rater_id"]).notna().to_numpy()
        while True:
            forms = table[fitted].drop_duplicates(FORM)
            n_rated = forms.groupby("rater_id").size()
            comparable = fitted & named_rater & (table["rater_id"].map(n_rated).fillna(0) >= 2).to_numpy()
            counted = table.assign(_comparable=table["rater_id"].where(comparable)).groupby(group)
            n = counted["_comparable"].transform("nunique").to_numpy()
            others = counted["rater_id"].transform("nunique").to_numpy() - n
            named = table["relation"].isin(list(exempt)).to_numpy()
            adjusted = comparable & (named | (n >= np.maximum(minimum, others)))
            if (adjusted == fitted).all():
                break
            fitted = adjusted
        at_least_one = table.assign(_f=fitted).groupby(group)["_f"].transform("any").to_numpy()
        keep = fitted | ~at_least_one | named
        kept = suppress_small_groups(table[keep], minimum=minimum, by=[*group, "item"], exempt=exempt).kept
        if len(kept) == before:
            return table, fitted
        if not len(kept):
            return kept, np.zeros(0, dtype=bool)
        table, free = kept, (kept["relation"] != "self").to_numpy()


def may_tell_spread(table: pd.DataFrame, *, minimum: int, exempt: Collection[str] = NAMED_RELATIONS) -> bool:
    """Whether a variance pooled over these ratings hides what a single group answered.

    The mean of a group and its own variance give the answers of three raters away all but for who gave which. A
    variance pooled over ``minimum`` anonymous groups of two raters and more does not; where no rater is anonymous
    there is nothing to hide.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": list("AAABBB"), "rater_id": list("xyzxyz"), "relation": "peer", "round": ""})
    >>> may_tell_spread(f, minimum=3), may_tell_spread(f, minimum=2)
    (False, True)
    """
    anonymous = table[~table["relation"].isin(list(exempt))]
    n_raters = anonymous.groupby(["ratee_id", "round", "relation"])["rater_id"].nunique()
    return bool(not len(anonymous) or (n_raters >= 2).sum() >= minimum)
