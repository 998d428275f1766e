"""How probable each cause of a shortfall is, from what every step of the funnel did."""

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.review.off_pace_evidence import STEPS

Floats = NDArray[np.float64]

ORDINARY_OWN, ORDINARY_PEERS = 0.12, 0.25
"""Spread of a step (logarithm) that is ordinary, against the own past and against peers, who differ for good."""
FALLEN, FALLEN_SPREAD = -0.5, 0.3
"""Where a step that holds somebody back is expected to lie (logarithm)."""
TERRITORY_SLOPE = 0.6
"""Per cent of result for one per cent of potential, assumed."""
TERRITORY_ORDINARY = 0.25
PRIOR_USUAL, PRIOR_ONE, PRIOR_TWO = 0.25, 0.12, 0.005
"""Before looking: all steps usual, one given cause, two given causes at once."""


def drawn_in(changes: Floats, errors: Floats) -> Floats:
    """Changes drawn towards nothing by their error; 0 where unknown.

    Examples
    --------
    >>> drawn_in(np.array([-0.5, np.nan]), np.array([0.3, 0.3])).round(2).tolist()
    [-0.25, 0.0]
    """
    kept = FALLEN_SPREAD**2 / (FALLEN_SPREAD**2 + errors**2)
    return np.where(np.isfinite(changes), np.nan_to_num(changes * kept), 0.0)


def cause_probabilities(
    changes: Floats, errors: Floats, territory: float, *, among_peers: bool
) -> tuple[pd.Series, float]:
    """Probability of each single cause, of ``usual`` (no step is down), and of two at once.

    Parameters
    ----------
    changes, errors
        Of `STEPS`: logarithm of now over usual, and its standard error; missing where not recorded.
    territory
        Logarithm of potential for the target over what is usual; missing where not known.
    among_peers
        Whether usual means peers.

    Returns
    -------
    Series (STEPS, territory, usual), and the probability of two causes.

    Notes
    -----
    Every story says where each figure should lie: ordinary ones at nothing, a fallen step at -0.5 (spread 0.3), and behind a
    thin territory pipeline, conversion and deal size lower together by 0.6 of it; Bayes' rule over the stories.

    Examples
    --------
    >>> chance, two = cause_probabilities(np.array([0, -0.6, 0, 0, 0.1]), np.full(5, 0.1), float("nan"), among_peers=False)
    >>> chance.idxmax(), bool(chance.max() > 0.9)
    ('activity', True)
    """
    ordinary = ORDINARY_PEERS if among_peers else ORDINARY_OWN
    known = np.isfinite(changes) & np.isfinite(errors)
    x, error = np.where(known, changes, 0.0), np.where(known, errors, 1.0)
    usual = np.where(known, _density(x, 0.0, ordinary**2 + error**2), 0.0)
    fallen = np.where(known, _density(x, FALLEN, FALLEN_SPREAD**2 + error**2), -np.inf)
    gain = fallen - usual
    stories = {"usual": np.log(PRIOR_USUAL)} | {name: np.log(PRIOR_ONE) + gain[i] for i, name in enumerate(STEPS)}
    if np.isfinite(territory):
        later = np.arange(len(STEPS)) >= STEPS.index("pipeline")
        share = TERRITORY_SLOPE * min(territory, 0.0) / max((known & later).sum(), 1)
        moved = np.where(known & later, _density(x, share, 2 * ordinary**2 + error**2) - usual, 0.0).sum()
        thin = _density(np.array([territory]), FALLEN, FALLEN_SPREAD**2)[0]
        held = _density(np.array([territory]), 0.0, TERRITORY_ORDINARY**2)[0]
        stories["territory"] = np.log(PRIOR_ONE) + moved + thin - held
    two = [np.log(PRIOR_TWO) + gain[i] + gain[j] for i, j in combinations(range(len(STEPS)), 2)]
    logs = np.array([*stories.values(), *two])
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    chance = pd.Series(weight[: len(stories)], index=list(stories)).reindex([*STEPS, "territory", "usual"]).fillna(0.0)
    return chance, float(weight[len(stories):].sum())


def _density(x: Floats, mean: float, variance: Floats | float) -> Floats:
    return np.asarray(-((x - mean) ** 2) / (2 * variance) - 0.5 * np.log(variance))
