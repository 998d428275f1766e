"""From a target back to deals, proposals and visits."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from salesplan.errors import InputError


def backward_funnel(target: float, *, mean_deal: float, rates: Mapping[str, float | Fraction]) -> pd.DataFrame:
    """How many of each step of the funnel a target needs when every rate comes out at its mean.

    Parameters
    ----------
    target
        Sales to reach, currency units.
    mean_deal
        Mean amount of a deal, currency units.
    rates
        Step to how many of the next one it brings, from the first step of the funnel to the last, as
        ``{"visits": 0.3, "opportunities": 0.5, "proposals": 0.25}``; the last brings deals. Rates must belong to the
        same cohort: those of different months do not multiply. A rate above 1 means several each, as orders after a visit.
        Fractions are taken exactly: a third of 90 is 30.

    Returns
    -------
    DataFrame
        step (``deals`` last), rate, n_needed (whole), needed_value (without rounding up).

    Raises
    ------
    InputError
        A target below 0, a deal of 0 or less, no rate, or a rate of 0 or less.

    Notes
    -----
    Each step is rounded up. The counts are means: chances of reaching the target with them are about one half.
    `salesplan.pipeline.funnel_volume` gives counts for a stated confidence.

    Examples
    --------
    >>> backward_funnel(1000.0, mean_deal=100.0, rates={"visits": 0.25, "proposals": 0.5})[["step", "n_needed"]].values.tolist()
    [['visits', 80], ['proposals', 20], ['deals', 10]]
    """
    if not np.isfinite(target) or target < 0:
        raise InputError(f"target == {target:g}, must be an amount of 0 or more", where="backward funnel")
    if not np.isfinite(mean_deal) or mean_deal <= 0:
        raise InputError(f"mean_deal == {mean_deal:g}, must be an amount above 0", where="backward funnel",
                         fix="Give the mean amount of deals won.")
    if not rates:
        raise InputError("rates is empty, must have one rate a step", where="backward funnel")
    for step, rate in rates.items():
        if not np.isfinite(float(rate)) or rate <= 0:
            raise InputError(f"rate == {float(rate):g}, must be above 0", where=f"backward funnel, {step}",
                             fix="A step that never turned into the next one says nothing about how many are needed.")
    needed = Fraction(str(float(target))) / Fraction(str(float(mean_deal)))
    count = -(-needed.numerator // needed.denominator)
    rows: list[tuple[str, float, int, float]] = [("deals", float("nan"), count, float(needed))]
    for step, rate in reversed(list(rates.items())):
        share = rate if isinstance(rate, Fraction) else Fraction(str(float(rate)))
        needed, whole = needed / share, Fraction(count) / share
        count = -(-whole.numerator // whole.denominator)
        rows.append((step, float(rate), count, float(needed)))
    return pd.DataFrame(rows[::-1], columns=["step", "rate", "n_needed", "needed_value"])
