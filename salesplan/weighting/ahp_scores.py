"""Alternatives scored by AHP priorities, and why one more alternative can turn a ranking round."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, ParameterError, known_choices
from salesplan.weighting.weights import Weights, weight_values

AhpMode = Literal["distributive", "ideal"]
MODES: tuple[AhpMode, ...] = ("distributive", "ideal")


def ahp_scores(
    local_priorities: pd.DataFrame,
    criteria_weights: Mapping[str, float] | pd.Series | Weights,
    *,
    mode: AhpMode = "ideal",
) -> pd.Series:
    """Overall priority of each alternative from its priority on each criterion.

    Parameters
    ----------
    local_priorities
        Alternatives x criteria, zero or more, on any scale within a criterion.
    criteria_weights
        Weight of each criterion, adding up to 1.
    mode
        ``"distributive"`` lets the alternatives share 1 on each criterion; ``"ideal"`` gives the best
        one 1 and the others their part of it.

    Returns
    -------
    Series
        ``priority`` by alternative, in the order given. Distributive priorities add up to 1; an ideal
        priority of 1 means best on every criterion.

    Raises
    ------
    InputError
        A criterion without weight, a priority that is missing or negative, a criterion on which all
        are zero; row and column are named.

    Notes
    -----
    In distributive mode a new alternative takes its share on every criterion, most where it is alike
    to others, so that a copy of the second can make the first lose (Belton & Gear 1983). In ideal mode
    a copy, or anything that is best on no criterion, changes nobody else's priority (Belton & Gear
    1983; Saaty 1994).

    Examples
    --------
    >>> f = pd.DataFrame({"price": [1, 9, 1], "quality": [9, 1, 1], "service": [8, 9, 1]}, index=list("ABC"))
    >>> third = {"price": 1 / 3, "quality": 1 / 3, "service": 1 / 3}
    >>> ahp_scores(f, third, mode="distributive").round(2).to_dict()
    {'A': 0.45, 'B': 0.47, 'C': 0.08}
    """
    if mode not in MODES:
        raise ParameterError(f"mode == {mode!r}, must be a known mode", fix=known_choices(mode, MODES))
    names, weights = weight_values(criteria_weights)
    criteria = list(local_priorities.columns)
    if sorted(map(str, criteria)) != sorted(names):
        odd = sorted(set(map(str, criteria)) ^ set(names))
        raise InputError(f"criteria {odd} have a weight or priorities only, must have both", where="criteria_weights")
    if not local_priorities.index.is_unique:
        twice = local_priorities.index[local_priorities.index.duplicated()][0]
        raise InputError(f"alternative == {twice!r} stands twice, must be there once", where="local_priorities")
    table = local_priorities[list(names)].to_numpy(float)
    wrong = np.argwhere(~(np.isfinite(table) & (table >= 0)))
    if len(wrong):
        i, j = wrong[0]
        raise InputError(
            f"priority == {table[i, j]:g}, must be a number of zero or more",
            where=f"row {local_priorities.index[i]}, column {names[j]}",
        )
    size = table.sum(axis=0) if mode == "distributive" else table.max(axis=0)
    if not (size > 0).all():
        raise InputError(
            "all priorities are zero, must tell the alternatives apart", where=f"column {names[int(np.argmin(size))]}"
        )
    return pd.Series((table / size) @ weights, index=local_priorities.index, name="priority")
