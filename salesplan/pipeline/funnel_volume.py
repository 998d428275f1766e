"""How many visits or proposals a target needs so that it is reached with a stated confidence."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.errors import InputError

LARGEST = 10**7


@dataclass(frozen=True, kw_only=True)
class FunnelVolume:
    """Trials needed for a stated confidence.

    ``n_needed`` trials reach the goal with ``p_reached`` (at least the confidence asked for); ``n_mean`` is what the
    means alone would ask for, which reaches it with ``p_mean`` only.
    """

    n_needed: int
    p_reached: float
    n_mean: int
    p_mean: float


def volume_for_deals(
    deals: int, *, rate: float | None = None, seen: tuple[int, int] | None = None, confidence: float = 0.8
) -> FunnelVolume:
    """Smallest number of trials that brings at least so many deals with a stated probability.

    Parameters
    ----------
    deals
        Deals needed.
    rate
        Rate at which a trial becomes a deal, where it is known.
    seen
        Instead of ``rate``: (deals, trials) that the rate is judged from; its uncertainty is then allowed for.

    Raises
    ------
    InputError
        Neither or both of ``rate`` and ``seen``, or values outside what they can be.

    Notes
    -----
    Binomial; with ``seen`` beta-binomial after a uniform prior, ``Beta(deals + 1, trials - deals + 1)``.

    Examples
    --------
    >>> volume_for_deals(20, rate=0.1).n_needed, volume_for_deals(20, rate=0.1).n_mean
    (234, 200)
    >>> volume_for_deals(20, seen=(18, 150)).n_needed
    206
    """
    from scipy.stats import betabinom, binom

    _check_confidence(confidence)
    if deals < 1:
        raise InputError(f"deals == {deals}, must be at least 1", where="funnel volume")
    mean, beta = _rate(rate, seen)

    def reached(n: int) -> float:
        return float(binom.sf(deals - 1, n, mean) if beta is None else betabinom.sf(deals - 1, n, *beta))

    return _smallest(reached, least=deals, mean=int(np.ceil(round(deals / mean, 9))), confidence=confidence)


def volume_for_sales(
    amount: float, *, mean_deal: float, deal_variation: float, rate: float | None = None,
    seen: tuple[int, int] | None = None, confidence: float = 0.8, seed: int = 1, draws: int = 4000,
) -> FunnelVolume:
    """Smallest number of trials whose deals add up to an amount with a stated probability.

    Deals differ in size, a few being large: the count that brings enough deals does not bring enough money.

    Parameters
    ----------
    amount
        Sales needed, currency units.
    mean_deal, deal_variation
        Mean amount of a deal, and its standard deviation over its mean (lognormal sizes).
    rate, seen
        As in `volume_for_deals`.
    seed, draws
        Of the sums of deal sizes. The result is reproducible; its error from drawing is about one per cent.

    Examples
    --------
    >>> volume_for_sales(1_000_000.0, mean_deal=50_000.0, deal_variation=1.0, rate=0.1).n_needed > 234
    True
    """
    from scipy.stats import betabinom, binom

    _check_confidence(confidence)
    for name, value in (("amount", amount), ("mean_deal", mean_deal)):
        if not np.isfinite(value) or value <= 0:
            raise InputError(f"{name} == {value:g}, must be an amount above 0", where="funnel volume")
    if not np.isfinite(deal_variation) or deal_variation < 0:
        raise InputError(f"deal_variation == {deal_variation:g}, must be 0 or more", where="funnel volume")
    mean, beta = _rate(rate, seen)
    enough = _chance_by_deals(amount / mean_deal, deal_variation, confidence, seed, draws)
    counts = np.arange(len(enough))

    def reached(n: int) -> float:
        chance = binom.pmf(counts, n, mean) if beta is None else betabinom.pmf(counts, n, *beta)
        return float((chance * enough).sum() + max(1.0 - chance.sum(), 0.0))

    return _smallest(reached, least=1, mean=int(np.ceil(round(amount / mean_deal / mean, 9))), confidence=confidence)


def _chance_by_deals(goal: float, variation: float, confidence: float, seed: int, draws: int) -> NDArray[np.float64]:
    """Probability that 0, 1, 2 … deals of mean 1 add up to the goal; deals beyond the last do surely."""
    spread = np.sqrt(np.log1p(variation**2))
    most = int(np.ceil(goal + 6 * np.sqrt(goal) * np.sqrt(1 + variation**2) + 10 * (1 + variation**2)))
    rng = np.random.default_rng(seed)
    total, chance = np.zeros(draws), np.zeros(most + 1)
    for k in range(1, most + 1):
        total += np.exp(rng.normal(-(spread**2) / 2, spread, draws)) if spread > 0 else 1.0
        chance[k] = float((total >= goal * (1 - 1e-12)).mean())
    return chance


def _rate(rate: float | None, seen: tuple[int, int] | None) -> tuple[float, tuple[float, float] | None]:
    if (rate is None) == (seen is None):
        raise InputError("rate and seen are both given or both missing, must be one of them", where="funnel volume")
    if rate is not None:
        if not 0 < rate <= 1:
            raise InputError(f"rate == {rate:g}, must be a fraction above 0 and at most 1", where="funnel volume")
        return float(rate), None
    success, trials = seen if seen is not None else (0, 0)
    if not 0 <= success <= trials:
        raise InputError(f"seen == {seen}, must be deals and trials, not more deals than trials", where="funnel volume")
    a, b = success + 1.0, trials - success + 1.0
    return a / (a + b), (a, b)


def _smallest(reached: Callable[[int], float], *, least: int, mean: int, confidence: float) -> FunnelVolume:
    high = max(least, mean, 1)
    while reached(high) < confidence:
        high *= 2
        if high > LARGEST:
            raise InputError(f"more than {LARGEST:,} trials would be needed for a confidence of {confidence:g}, must be fewer",
                             where="funnel volume", fix="The rate is too uncertain: look at a longer period, or ask for less.")
    low = max(least - 1, 0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= confidence else (middle, high)
    return FunnelVolume(n_needed=high, p_reached=reached(high), n_mean=mean, p_mean=reached(mean))


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise InputError(f"confidence == {confidence:g}, must be a fraction between 0 and 1", where="funnel volume")
