"""How likely each cause is to hold a person's result down, all figures weighed together."""

import numpy as np
import pandas as pd

from salesplan.coaching.cause_model import LEAST_SPREAD_SHARE, CauseModel
from salesplan.coaching.peers import Floats

NONE = "none"
"""No single cause: every figure differs from usual as people do."""
GROUPS: dict[str, tuple[str, ...]] = {
    "effort": ("effort",), "territory": ("leads", "territory"), "knowledge": ("knowledge",), "skill": ("skill",),
}  # fmt: skip
"""Which measures speak for which cause, in the order in which they are looked at."""
LOSSES = np.log(np.linspace(0.85, 0.4, 10))
"""Losses that a cause may bring, all alike before the figures speak: 15 to 60 % of the result."""
USUAL_SHARE = 0.06
"""Share of people under each cause that is assumed before the figures speak, ..."""
USUAL_PEOPLE = 100.0
"""... as firmly as had so many people been looked at."""
LEAST_SLOPE = 0.02
ROUNDS = 30


def cause_probabilities(model: CauseModel) -> pd.DataFrame:
    """Probability that one cause holds the result down, by person; and the result that is likely behind the noise.

    Parameters
    ----------
    model
        Deviations, slopes, ramp and noise of `fit_causes`.

    Returns
    -------
    DataFrame
        Index seller_id: none, effort, territory, knowledge, skill (they sum to 1; missing without a result), likely_gap
        (logarithm of the likely true result over that of ramped peers: the measured one, drawn towards what the
        figures lead to expect as far as its months are few and scattered).

    Notes
    -----
    Without a cause the deviation ``d`` of a measure is normal with variance ``t2 + s2`` (spread of people, measurement
    error) and so is the result given the deviations. Under a cause that takes the share ``1 - exp(l)`` of the result, the
    measure lies lower by ``l / slope``, the result by the part of ``l`` that the drawn-in deviation does not account
    for yet; everything else differs as always. For leads and territory either or both may lie low. ``l`` is unknown
    and averaged over; the share of people under each cause is found from all people (EM with a prior).
    So a low figure speaks for its cause as far as it is rare among peers, precisely measured and matched by the
    result: thresholds on one figure at a time know only the first.
    """
    y = (model.result_gap - model.ramp).to_numpy()
    spread = pd.Series(model.spread)
    slope = model.slopes["slope"]
    se = model.result_se.to_numpy()
    own = max(model.noise**2 - float(np.median(se[np.isfinite(y)] ** 2)) if np.isfinite(y).any() else 0.0,
              LEAST_SPREAD_SHARE * model.noise**2)
    kept: dict[str, Floats] = {}
    expected, unsure = np.zeros(len(y)), np.zeros(len(y))
    for name in slope.index:
        known = model.deviation[name].notna().to_numpy()
        error = np.nan_to_num(model.deviation_se[name].to_numpy())
        usual = float(spread[name]) ** 2
        kept[name] = np.where(known & (usual > 0), usual / np.maximum(usual + error**2, 1e-12), 0.0)
        expected += float(slope[name]) * kept[name] * np.nan_to_num(model.deviation[name].to_numpy())
        unsure += float(slope[name]) ** 2 * np.where(known, kept[name] * error**2, usual)
    variance = own + unsure + se**2
    likelihood = {NONE: np.ones(len(y))}
    moved = {NONE: np.zeros(len(y))}
    for cause, parts in GROUPS.items():
        usable = [p for p in parts if slope[p] >= LEAST_SLOPE and spread[p] > 0]
        ways = [*((p,) for p in usable), *([tuple(usable)] if len(usable) > 1 else [])]
        known_ways = np.zeros(len(y))
        total, weighted = np.zeros(len(y)), np.zeros(len(y))
        for way in ways:
            known = np.all([model.deviation[p].notna().to_numpy() for p in way], axis=0)
            for loss in LOSSES:
                shift = loss / sum(float(slope[p]) for p in way)
                log_ratio, left = np.zeros(len(y)), np.zeros(len(y))
                for p in way:
                    seen = float(spread[p]) ** 2 + np.nan_to_num(model.deviation_se[p].to_numpy()) ** 2
                    d = np.nan_to_num(model.deviation[p].to_numpy())
                    log_ratio += (d**2 - (d - shift) ** 2) / (2 * seen)
                    left += float(slope[p]) * shift * (1 - kept[p])
                rest = y - expected
                log_ratio += (rest**2 - (rest - left) ** 2) / (2 * variance)
                ratio = np.where(known & np.isfinite(log_ratio), np.exp(np.clip(log_ratio, -200, 200)), 0.0)
                total += ratio / len(LOSSES)
                weighted += ratio * left / len(LOSSES)
            known_ways += known
        likelihood[cause] = np.divide(total, known_ways, out=np.zeros(len(y)), where=known_ways > 0)
        moved[cause] = np.divide(weighted, total, out=np.zeros(len(y)), where=total > 0)
    table = np.column_stack(list(likelihood.values()))
    probability = _shares(table, np.isfinite(y))
    drawn = expected + (probability * np.column_stack(list(moved.values()))).sum(axis=1)
    weight = (own + unsure) / variance
    frame = pd.DataFrame(np.where(np.isfinite(y)[:, None], probability, np.nan), index=model.result_gap.index,
                         columns=list(likelihood))
    frame["likely_gap"] = weight * y + (1 - weight) * drawn + model.ramp.to_numpy()
    return frame


def _shares(likelihood: Floats, counts: np.ndarray) -> Floats:
    """Posterior of each column, the share of people under each found from all who count."""
    width = likelihood.shape[1]
    prior = np.full(width, USUAL_SHARE)
    prior[0] = 1 - USUAL_SHARE * (width - 1)
    share = prior.copy()
    posterior = np.zeros_like(likelihood)
    for _ in range(ROUNDS):
        joint = likelihood * share
        posterior = joint / joint.sum(axis=1, keepdims=True)
        share = (posterior[counts].sum(axis=0) + USUAL_PEOPLE * prior) / (counts.sum() + USUAL_PEOPLE)
    return posterior
