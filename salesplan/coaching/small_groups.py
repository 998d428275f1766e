"""Groups too small to judge are hidden, and enough beside them that no total gives them away."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.text import mark

MINIMUM = 5
"""Fewest people of a group of whom a figure is told."""

INSUFFICIENT = mark("insufficient evidence")
COMPLEMENT = mark("hidden for the sake of a smaller group")
SHOWN = "ok"


def group_status(groups: pd.DataFrame, n: NDArray[np.int64], *, minimum: int = MINIMUM) -> NDArray[np.object_]:
    """Which groups may show a figure.

    Parameters
    ----------
    groups
        One row a group, one column a dimension (tier, skill): its coordinates.
    n
        People behind the group's figure.
    minimum
        Fewer people than this are insufficient evidence; groups of nobody have nothing to hide.

    Returns
    -------
    array
        ``ok``, ``insufficient evidence``, or hidden for the sake of a smaller group. Wherever groups add up to a total
        (over any of the dimensions), what is hidden together holds at least ``minimum`` people in two groups or more,
        or nothing is shown beside it; so the total less the shown groups is never one small group.

    Notes
    -----
    Complementary suppression, the smallest neighbour first. It guards tables over the same dimensions and their totals;
    two tables over different dimensions (by team, by tier) can still be set against each other.

    Examples
    --------
    >>> group_status(pd.DataFrame({"team": list("abcd")}), np.array([3, 6, 9, 20])).tolist()
    ['insufficient evidence', 'hidden for the sake of a smaller group', 'ok', 'ok']
    """
    if minimum < 2:
        raise InputError(f"minimum == {minimum}, must be at least 2; one person is no group")
    n = np.asarray(n, dtype=np.int64)
    hidden = n < minimum
    status = np.where(hidden, INSUFFICIENT, SHOWN).astype(object)
    columns = list(groups.columns)
    lines = [_line_codes(groups, keep) for size in range(len(columns)) for keep in combinations(columns, size)]
    changed = bool(hidden.any())
    while changed:
        changed = False
        for line in lines:
            more = _to_hide(line, n, hidden, minimum)
            if more.any():
                hidden |= more
                status[more] = COMPLEMENT
                changed = True
    return status


def _line_codes(groups: pd.DataFrame, keep: Sequence[str]) -> NDArray[np.int64]:
    """Groups that add up to one total share a code."""
    if not keep:
        return np.zeros(len(groups), dtype=np.int64)
    return groups.groupby(list(keep), sort=False, dropna=False).ngroup().to_numpy().astype(np.int64)


def _to_hide(
    line: NDArray[np.int64], n: NDArray[np.int64], hidden: NDArray[np.bool_], minimum: int
) -> NDArray[np.bool_]:
    """The smallest shown group of each line whose hidden people are too few to hide behind each other."""
    secret = hidden & (n > 0)
    size = int(line.max()) + 1
    people, groups = np.bincount(line, n * secret, size), np.bincount(line, secret, size)
    shown = ~hidden
    weak = (groups > 0) & ((groups < 2) | (people < minimum)) & (np.bincount(line, shown, size) > 0)
    more = np.zeros(len(n), dtype=bool)
    if weak.any():
        at = np.flatnonzero(shown & weak[line])
        order = at[np.lexsort((at, n[at], line[at]))]
        more[order[np.r_[True, line[order][1:] != line[order][:-1]]]] = True
    return more
