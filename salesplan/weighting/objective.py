"""Weights taken from data, by any method, with intervals."""

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.weighting.criteria_table import check_criteria
from salesplan.weighting.critic import CRITIC, critic_weights
from salesplan.weighting.dispersion import (
    STANDARD_DEVIATION,
    VARIATION,
    standard_deviation_weights,
    variation_weights,
)
from salesplan.weighting.entropy import ENTROPY, ENTROPY_MIN_MAX, entropy_weights
from salesplan.weighting.merec import MEREC, merec_weights
from salesplan.weighting.objective_bootstrap import add_intervals
from salesplan.weighting.objective_method import ObjectiveMethod, weigh
from salesplan.weighting.principal_components import PCA, pca_weights
from salesplan.weighting.weights import Weights

__all__ = [
    "OBJECTIVE_METHODS", "critic_weights", "entropy_weights", "merec_weights", "objective_weights", "pca_weights",
    "standard_deviation_weights", "variation_weights",
]  # fmt: skip

MethodName = Literal["entropy", "entropy_min_max", "critic", "standard_deviation", "variation", "merec", "pca"]

OBJECTIVE_METHODS: dict[str, ObjectiveMethod] = {
    "entropy": ENTROPY,
    "entropy_min_max": ENTROPY_MIN_MAX,
    "critic": CRITIC,
    "standard_deviation": STANDARD_DEVIATION,
    "variation": VARIATION,
    "merec": MEREC,
    "pca": PCA,
}
"""Methods by name."""


def objective_weights(
    frame: pd.DataFrame,
    *,
    method: MethodName,
    directions: Mapping[str, int] | None = None,
    bootstraps: int = 500,
    coverage: float = 0.9,
    seed: int = 0,
) -> Weights:
    """Weights by one of the methods, with how far they would move had other people been in the sample.

    Parameters
    ----------
    frame
        One row a person, one column a KPI.
    method
        ``entropy``, ``entropy_min_max``, ``critic``, ``standard_deviation``, ``variation``, ``merec``, ``pca``.
    directions
        KPI -> +1 (more is better, the default) or -1.
    bootstraps
        Resamples of people; 0 for no intervals.
    coverage
        Of the percentile interval of each weight, a fraction.

    Raises
    ------
    InputError
        What the method itself raises; an unknown method; too few resamples for the coverage.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> f = pd.DataFrame({"sales": rng.lognormal(3, 0.5, 40), "visits": rng.normal(60, 6, 40)})
    >>> w = objective_weights(f, method="entropy")
    >>> bool(w.lower[0] < w.values[0] < w.upper[0])
    True
    """
    if method not in OBJECTIVE_METHODS:
        raise InputError(f"method == {method!r}, {known_choices(method, OBJECTIVE_METHODS)}")
    chosen = OBJECTIVE_METHODS[method]
    table = check_criteria(frame, directions=directions, least_rows=chosen.least_rows)
    weights = weigh(chosen, table)
    return add_intervals(weights, chosen, table, bootstraps=bootstraps, coverage=coverage, seed=seed)
