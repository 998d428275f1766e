"""Grades by agreed shares, with the chance that a grade is wrong printed beside them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from salesplan.errors import InputError
from salesplan.kpis.bands import rank_bands
from salesplan.kpis.forced_distribution import ForcedDistribution, forced_distribution
from salesplan.kpis.score_draws import score_draws
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.set_quality import SetQuality
from salesplan.kpis.split_half import split_half


def grade_people(
    data: Any, card: Scorecard, shares: Mapping[str, float], *, quality: SetQuality | None = None, seed: int = 0
) -> ForcedDistribution:
    """Who gets which grade when grades are handed out by shares, and how many of them would be wrong.

    Parameters
    ----------
    data
        ``daily`` of `load_kpi_data`: what luck is measured by.
    card
        Scores of the period.
    shares
        Grade -> share of the people, best first, adding up to 1.
    quality
        From `kpi_quality`: its split halves say how far the score is luck; worked out here otherwise.

    Notes
    -----
    Grades are handed out over everybody, so the bands they are held against are everybody's too, and not those of the
    KPI sets. A reliability below 0 counts as 0. Where too few people or days can be split, the draws of the score stand in.
    """
    totals = card.totals[card.totals["score"].notna()]
    known = _reliability(data, card, quality, seed)
    draws = score_draws(data.daily, card, seed=seed).to_frame().reindex(totals.index)
    bands = rank_bands(totals["score"], draws=draws, coverage=card.coverage)["band"]
    return forced_distribution(totals["score"], shares, draws=None if known is not None else draws, reliability=known,
                               bands=bands, names=totals["name"], seed=seed)


def _reliability(data: Any, card: Scorecard, quality: SetQuality | None, seed: int) -> float | None:
    halves = None if quality is None else quality.split_half
    if halves is None:
        try:
            halves = split_half(data.daily, card, seed=seed)
        except InputError:
            return None
    found = halves.score_reliability
    return float(np.clip(found, 0.0, 1.0)) if np.isfinite(found) else None
