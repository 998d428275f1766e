"""Entropy weights: a KPI weighs more, the less evenly its total is spread over people."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import mark
from salesplan.weighting.criteria_table import (
    CriteriaTable,
    Floats,
    check_criteria,
    check_no_negative,
    scale_min_max,
)
from salesplan.weighting.objective_method import ObjectiveMethod, weigh
from salesplan.weighting.weights import Weights

Normalisation = Literal["sum", "min_max"]

ZERO_POINT = mark(
    "Entropy depends on where a scale has its zero: a satisfaction of 80 to 95 looks even, the same marks counted"
    " from 60 do not. Compare KPIs of one kind only."
)
SHIFTED_ZERO = mark(
    "Values were first moved to 0–1 between the worst and the best, which puts a new zero at the worst person"
    " and gives other weights than entropy of the values themselves."
)


def _amounts(portions: Floats) -> Floats:
    """``1 - E`` for each column of non-negative numbers, without the loss of digits of the difference."""
    n = portions.shape[-2]
    mean = portions.mean(axis=-2, keepdims=True)
    change = portions / np.where(mean > 0, mean, np.nan) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(change > -1, (1 + change) * np.log1p(change), 0.0)
    return np.asarray(np.maximum((logs - change).mean(axis=-2), 0.0) / np.log(n), float)


def _of_values(values: Floats, signs: Floats) -> Floats:
    return _amounts(values)


def _of_range(values: Floats, signs: Floats) -> Floats:
    return _amounts(scale_min_max(values, signs))


def _check_natural_zero(table: CriteriaTable) -> None:
    check_no_negative(table, because="entropy reads values as portions of a total")


ENTROPY = ObjectiveMethod(
    title=mark("Entropy"),
    amounts=_of_values,
    check=_check_natural_zero,
    notes=lambda table: [{"msgid": ZERO_POINT, "details": {}}],
)
ENTROPY_MIN_MAX = ObjectiveMethod(
    title=mark("Entropy after min-max"),
    amounts=_of_range,
    check=lambda table: None,
    notes=lambda table: [{"msgid": ZERO_POINT, "details": {}}, {"msgid": SHIFTED_ZERO, "details": {}}],
)


def entropy_method(normalisation: str) -> ObjectiveMethod:
    """The variant by its name.

    Raises
    ------
    InputError
        An unknown name.
    """
    known = {"sum": ENTROPY, "min_max": ENTROPY_MIN_MAX}
    if normalisation not in known:
        raise InputError(f"normalisation == {normalisation!r}, {known_choices(normalisation, known)}")
    return known[normalisation]


def entropy_weights(
    frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None, normalisation: Normalisation = "sum"
) -> Weights:
    """Which KPIs tell people apart most, by Shannon's entropy of how each KPI's total is spread.

    Parameters
    ----------
    frame
        One row a person, one column a KPI; values not negative, measured from a natural zero.
    directions
        KPI -> +1 or -1. Matters only for ``normalisation="min_max"``: portions of a total have none.
    normalisation
        ``sum`` takes each value as its portion of the column; ``min_max`` first moves the column to 0-1.

    Raises
    ------
    InputError
        A negative, missing or non-numeric value, a KPI equal for everybody, fewer than two KPIs.

    Notes
    -----
    ``p = x / sum(x)``, ``E = -sum(p ln p) / ln n``, weight = ``(1 - E) / sum(1 - E)`` (Shannon 1948; Hwang
    & Yoon 1981). Multiplying a KPI by a constant changes nothing, adding one changes the weights.

    Examples
    --------
    >>> f = pd.DataFrame({"sales": [90, 110, 75], "satisfaction": [85, 92, 88]})
    >>> entropy_weights(f).to_series().round(3).to_dict()
    {'sales': 0.959, 'satisfaction': 0.041}
    """
    return weigh(entropy_method(normalisation), check_criteria(frame, directions=directions))


def column_entropy(
    frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None, normalisation: Normalisation = "sum"
) -> pd.Series:
    """Entropy of each KPI, from 0 (all with one person) to 1 (the same for everybody).

    Examples
    --------
    >>> column_entropy(pd.DataFrame({"a": [1, 1, 2], "b": [0, 0, 5]})).round(3).to_dict()
    {'a': 0.946, 'b': 0.0}
    """
    table = check_criteria(frame, directions=directions)
    method = entropy_method(normalisation)
    method.check(table)
    return pd.Series(1 - method.amounts(table.numbers[None], table.signs)[0], index=list(table.names), name="entropy")
