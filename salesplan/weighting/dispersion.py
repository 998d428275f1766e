"""Standard deviation and coefficient of variation as weights."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

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

RANGE_BY_EXTREMES = mark(
    "Each KPI is scaled by its best and its worst person, so that one extreme person lowers a KPI's weight."
)
MEAN_AS_UNIT = mark(
    "Spread is measured in units of the mean: a KPI whose mean lies near zero gets almost all the weight,"
    " whatever it means."
)


def _standard_deviation(values: Floats, signs: Floats) -> Floats:
    return np.asarray(scale_min_max(values, signs).std(axis=-2, ddof=1), float)


def _variation(values: Floats, signs: Floats) -> Floats:
    mean = values.mean(axis=-2)
    return np.asarray(values.std(axis=-2, ddof=1) / np.where(mean > 0, mean, np.nan), float)


def _check_natural_zero(table: CriteriaTable) -> None:
    check_no_negative(table, because="a spread relative to the mean needs a natural zero")


STANDARD_DEVIATION = ObjectiveMethod(
    title=mark("Standard deviation after min-max"),
    amounts=_standard_deviation,
    check=lambda table: None,
    notes=lambda table: [{"msgid": RANGE_BY_EXTREMES, "details": {}}],
)
VARIATION = ObjectiveMethod(
    title=mark("Coefficient of variation"),
    amounts=_variation,
    check=_check_natural_zero,
    notes=lambda table: [{"msgid": MEAN_AS_UNIT, "details": {}}],
)


def standard_deviation_weights(frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None) -> Weights:
    """Which KPIs spread most over the range between their worst and their best person.

    Parameters
    ----------
    frame
        One row a person, one column a KPI.
    directions
        KPI -> +1 or -1; changes nothing here, since turning a column round keeps its spread.

    Raises
    ------
    InputError
        A missing or non-numeric value, a KPI equal for everybody, fewer than two KPIs.

    Notes
    -----
    Standard deviation after min-max scaling, divided by the sum (Diakoulaki, Mavrotas & Papayannakis
    1995). Without that scaling a KPI in yuan would beat one in percent by its unit alone.

    Examples
    --------
    >>> f = pd.DataFrame({"sales": [90, 110, 75], "days": [30, 45, 31]})
    >>> standard_deviation_weights(f, directions={"days": -1}).to_series().round(3).to_dict()
    {'sales': 0.473, 'days': 0.527}
    """
    return weigh(STANDARD_DEVIATION, check_criteria(frame, directions=directions))


def variation_weights(frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None) -> Weights:
    """Which KPIs spread most relative to their mean.

    Parameters
    ----------
    frame
        One row a person, one column a KPI; values not negative, measured from a natural zero.
    directions
        KPI -> +1 or -1; changes nothing here.

    Raises
    ------
    InputError
        A negative, missing or non-numeric value, a KPI equal for everybody, fewer than two KPIs.

    Notes
    -----
    Standard deviation (n - 1) over the mean, divided by the sum. Units cancel; the zero point does not.

    Examples
    --------
    >>> variation_weights(pd.DataFrame({"sales": [90, 110], "deals": [9, 11]})).to_series().round(3).to_dict()
    {'sales': 0.5, 'deals': 0.5}
    """
    return weigh(VARIATION, check_criteria(frame, directions=directions))
