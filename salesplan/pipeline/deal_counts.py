"""How probable each number of deals is after so many trials, the rate known or judged from what was seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DealCounts:
    """Deals that trials bring.

    Attributes
    ----------
    mean
        Deals a trial on average.
    shape, weight
        Of the prior after what was seen: deals and trials less deals (plus one each), or with ``repeats`` deals plus a half and
        trials. None where the rate is known.
    repeats
        Whether a trial may bring several deals.
    """

    mean: float
    shape: float | None = None
    weight: float | None = None
    repeats: bool = False

    def chances(self, counts: Floats, trials: float) -> Floats:
        """Probability of each number of deals after so many trials."""
        from scipy.special import betaln, gammaln, xlog1py, xlogy

        k, n = np.asarray(counts, float), float(trials)
        if self.repeats and (self.shape is None or self.weight is None):
            return np.asarray(np.exp(xlogy(k, n * self.mean) - n * self.mean - gammaln(k + 1)))
        if self.repeats and self.shape is not None and self.weight is not None:
            a, t = self.shape, self.weight
            return np.asarray(np.exp(gammaln(k + a) - gammaln(a) - gammaln(k + 1) + a * np.log(t / (t + n)) + xlogy(k, n / (t + n))))
        inside = k <= n
        k = np.where(inside, k, 0.0)
        ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        if self.shape is None or self.weight is None:
            log = ways + xlogy(k, self.mean) + xlog1py(n - k, -self.mean)
        else:
            log = ways + betaln(k + self.shape, n - k + self.weight) - betaln(self.shape, self.weight)
        return np.where(inside, np.exp(log), 0.0)


def deal_counts(
    *, rate: float | None = None, seen: tuple[float, float] | None = None, repeats: bool = False
) -> DealCounts:
    """Deals of trials whose rate is known or was seen.

    Parameters
    ----------
    rate
        Deals a trial, where it is known.
    seen
        Instead of ``rate``: (deals, trials) that it is judged from; its uncertainty is then allowed for.
    repeats
        A trial may bring several deals, as a visit after which a customer orders twice; the rate may then exceed one.

    Raises
    ------
    InputError
        Neither or both of ``rate`` and ``seen``, or values outside what they can be.

    Notes
    -----
    Binomial, with ``seen`` beta-binomial after a uniform prior, ``Beta(deals + 1, trials - deals + 1)``. With ``repeats`` Poisson,
    with ``seen`` negative binomial after Jeffreys' prior, ``Gamma(deals + 1/2, trials)``.

    Examples
    --------
    >>> deal_counts(seen=(18, 150)).mean, deal_counts(seen=(18.0, 15.0), repeats=True).mean
    (0.125, 1.2333333333333334)
    >>> deal_counts(rate=0.5).chances(np.arange(3.0), 2).tolist()
    [0.25, 0.5, 0.25]
    """
    if (rate is None) == (seen is None):
        raise InputError("rate and seen are both given or both missing, must be one of them", where="funnel volume")
    if rate is not None:
        if not np.isfinite(rate) or rate <= 0 or (rate > 1 and not repeats):
            raise InputError(f"rate == {rate:g}, must be a fraction above 0 and at most 1", where="funnel volume")
        return DealCounts(mean=float(rate), repeats=repeats)
    deals, trials = seen if seen is not None else (0.0, 0.0)
    if not deals >= 0 or trials < 0 or not np.isfinite([deals, trials]).all() or (deals > trials and not repeats):
        raise InputError(f"seen == {seen}, must be deals and trials, not more deals than trials", where="funnel volume")
    if repeats:
        if trials <= 0:
            raise InputError(f"seen == {seen}, must hold some trials", where="funnel volume")
        return DealCounts(mean=(deals + 0.5) / trials, shape=deals + 0.5, weight=float(trials), repeats=True)
    a, b = deals + 1.0, trials - deals + 1.0
    return DealCounts(mean=a / (a + b), shape=a, weight=b)
