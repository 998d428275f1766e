"""MEREC weights: a KPI weighs more, the more people's overall level changes when it is left out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from salesplan.text import mark
from salesplan.weighting.criteria_table import CriteriaTable, Floats, check_criteria, check_no_negative
from salesplan.weighting.objective_method import ObjectiveMethod, weigh
from salesplan.weighting.weights import Weights

WORST_AS_UNIT = mark(
    "MEREC measures everybody against the worst person of each KPI: one person near zero decides the weights."
)


def _amounts(values: Floats, signs: Floats) -> Floats:
    k = values.shape[-1]
    logs = np.log(values)
    distance = np.where(
        signs > 0, logs - logs.min(axis=-2, keepdims=True), logs.max(axis=-2, keepdims=True) - logs
    )
    whole = distance.sum(axis=-1, keepdims=True)
    effect = np.log1p(whole / k) - np.log1p((whole - distance) / k)
    return np.asarray(np.abs(effect).sum(axis=-2), float)


def _check(table: CriteriaTable) -> None:
    check_no_negative(table, zero=False, because="MEREC takes logarithms of ratios to the worst person")


MEREC = ObjectiveMethod(
    title=mark("MEREC"),
    amounts=_amounts,
    check=_check,
    notes=lambda table: [{"msgid": WORST_AS_UNIT, "details": {}}],
)


def merec_weights(frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None) -> Weights:
    """Which KPIs people's overall level depends on most, by taking one KPI out at a time.

    Parameters
    ----------
    frame
        One row a person, one column a KPI; every value above 0.
    directions
        KPI -> +1 or -1.

    Raises
    ------
    InputError
        A value at or below 0, missing or not a number, a KPI equal for everybody, fewer than two KPIs.

    Notes
    -----
    ``n = min(x) / x`` (more is better) or ``x / max(x)``; ``S_i = ln(1 + mean_j |ln n_ij|)``, ``S'_ij`` the
    same with KPI j left out of the sum; weight ~ ``sum_i |S'_ij - S_i|`` (Keshavarz-Ghorabaee, Amiri,
    Zavadskas, Turskis & Antucheviciene 2021). Multiplying a KPI by a constant changes nothing.

    Examples
    --------
    >>> f = pd.DataFrame({"sales": [90, 110, 75], "days": [30, 45, 31]})
    >>> merec_weights(f, directions={"days": -1}).to_series().round(3).to_dict()
    {'sales': 0.421, 'days': 0.579}
    """
    return weigh(MEREC, check_criteria(frame, directions=directions))
