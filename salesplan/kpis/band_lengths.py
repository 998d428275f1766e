"""How long a period would have to be to tell people apart: bands to expect of a quarter, half a year, a year."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from salesplan.calendars.period import read_period
from salesplan.errors import InputError
from salesplan.kpis.bands import count_bands
from salesplan.kpis.scorecard import Scorecard

LENGTHS = (3, 6, 12)
"""Months of the periods looked at."""
SIMULATED = 200
LEAST_ERROR = 1e-9
FEWEST = 3
"""People a set needs before anything is said."""


def expected_bands(
    card: Scorecard, set_code: str, *, lengths: Sequence[int] = LENGTHS, n: int = SIMULATED, seed: int = 0
) -> pd.DataFrame:
    """Into how many bands would the people of a KPI set fall over a longer period?

    Parameters
    ----------
    card
        Scores with intervals.
    set_code
        The set.
    lengths
        Months; those that are not longer than the card's own period are left out.
    n
        Simulated periods of each length.

    Returns
    -------
    DataFrame, one row a length, the card's own first
        months, n_bands (of the own period as found, of the others the mean of the simulated ones), n (people),
        true_points (spread of what people score without luck), luck_points (spread of luck over so many months).
        Empty where fewer than 3 people have an interval.

    Raises
    ------
    InputError
        Nobody is under the set.

    Notes
    -----
    The variance of the scores is that of the people and that of luck, which the intervals say; what is left is taken to be
    people who differ as a normal distribution does and stay as they are. Luck is taken to be new each month, so that its
    variance shrinks with the months. Bands are those of `rank_bands` with independent errors. In simulations of normal
    people the quarter expected from a month was off by less than one band in four on average
    (tests/kpis/test_band_lengths.py). A single month tells little about how people differ: where its luck outweighs the
    differences, ``true_points`` is 0 and the other lengths say nothing.
    """
    totals = card.of_set(set_code).totals
    known = totals[totals["score_lower"].notna() & totals["band"].notna()]
    names = ["months", "n_bands", "n", "true_points", "luck_points"]
    if len(known) < FEWEST:
        return pd.DataFrame(columns=names)
    if n < 1:
        raise InputError(f"n == {n}, must be at least 1")
    own = read_period(card.period).length_in_months(country=card.country)
    error = (known["score_upper"] - known["score_lower"]).to_numpy(float) / (2 * float(ndtri((1 + card.coverage) / 2)))
    luck = float(np.sqrt((error**2).mean()))
    true = float(np.sqrt(max(known["score"].var(ddof=1) - luck**2, 0.0)))
    rng = np.random.default_rng(seed)
    rows = [(own, float(known["band"].nunique()), len(known), true, luck)]
    for months in lengths:
        if months <= own:
            continue
        shrunk = error * np.sqrt(own / months)
        drawn = true * rng.standard_normal((n, len(known))) + shrunk * rng.standard_normal((n, len(known)))
        found = count_bands(drawn, np.maximum(shrunk, LEAST_ERROR), coverage=card.coverage)
        rows.append((float(months), float(found.mean()), len(known), true, luck * float(np.sqrt(own / months))))
    return pd.DataFrame(rows, columns=names)
