"""The rate from the first step of a funnel to the last, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salesplan.errors import InputError


@dataclass(frozen=True, kw_only=True)
class FunnelRate:
    """Rate from the first step to the last; ``log_se`` is the standard error of its logarithm."""

    rate: float
    log_se: float
    rate_lower: float
    rate_upper: float
    coverage: float


def funnel_rate(stages: Sequence[tuple[float, float]], *, coverage: float = 0.95, repeats: bool = False) -> FunnelRate:
    """Product of the rates of nested steps, with an interval that allows for how few there were.

    Parameters
    ----------
    stages
        (successes, trials) of each step, from the first on; trials of a step are the successes of the one before, or
        fewer, of the same cohort.
    repeats
        A trial may succeed several times, as a visit after which a customer orders twice: rates may exceed one, and each step's
        own counts err by themselves.

    Raises
    ------
    InputError
        No step, no success in one, more successes than trials, or more trials than successes before them.

    Notes
    -----
    Delta method on the logarithm: ``var = sum (1 - p) / successes`` (with ``repeats`` ``sum 1 / successes``, counts of Poisson),
    bounds ``rate exp(-+ z se)``.

    Examples
    --------
    >>> found = funnel_rate([(60, 200), (30, 60), (9, 30)])
    >>> round(found.rate, 3), round(found.rate_lower, 3), round(found.rate_upper, 3)
    (0.045, 0.024, 0.085)
    """
    from scipy.special import ndtri

    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1", where="funnel rate")
    if not stages:
        raise InputError("stages is empty, must have one pair a step", where="funnel rate")
    before = None
    for number, (success, trials) in enumerate(stages, 1):
        if not success > 0 or not trials > 0 or (success > trials and not repeats):
            raise InputError(f"{success} of {trials} succeeded, must be at least one and at most all",
                             where=f"funnel rate, step {number}", fix="Look at a longer period.")
        if before is not None and trials > before and not repeats:
            raise InputError(f"{trials} trials after {before} successes, must not be more: the steps are of different cohorts",
                             where=f"funnel rate, step {number}", fix="Follow the same visits or deals through every step.")
        before = success
    share = np.array([success / trials for success, trials in stages])
    error = float(np.sqrt(sum((1.0 if repeats else 1 - p) / success for p, (success, _) in zip(share, stages, strict=True))))
    rate, z = float(np.prod(share)), float(ndtri(0.5 + coverage / 2))
    lower, upper = rate * float(np.exp(-z * error)), rate * float(np.exp(z * error))
    return FunnelRate(rate=rate, log_se=error, rate_lower=lower, rate_upper=upper if repeats else min(upper, 1.0), coverage=coverage)
