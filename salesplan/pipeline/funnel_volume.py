"""How many visits or proposals a target needs so that it is reached with a stated confidence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.pipeline.deal_counts import DealCounts, deal_counts

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


@dataclass(frozen=True, kw_only=True, eq=False)
class SalesGoal:
    """An amount to be reached, and what trials do for it.

    ``enough``: probability that 0, 1, 2 … deals add up to the amount; more deals than that surely do.
    """

    counts: DealCounts
    enough: NDArray[np.float64]
    n_mean: int

    def chance(self, trials: float) -> float:
        """Probability that so many trials bring the amount."""
        if trials <= 0:
            return float(self.enough[0])
        each = self.counts.chances(np.arange(len(self.enough), dtype=float), trials)
        return float(min((each * self.enough).sum() + max(1.0 - each.sum(), 0.0), 1.0))

    def volume(self, confidence: float) -> FunnelVolume:
        """Smallest number of trials that brings the amount with a probability.

        Raises
        ------
        InputError
            A confidence outside (0, 1), or one that no number of trials reaches.
        """
        if not 0 < confidence < 1:
            raise InputError(f"confidence == {confidence:g}, must be a fraction between 0 and 1", where="funnel volume")
        low, high = 0, max(self.n_mean, 1)
        while self.chance(high) < confidence:
            low, high = high, high * 2
            if high > LARGEST:
                raise InputError(f"more than {LARGEST:,} trials would be needed for a confidence of {confidence:g}, must be fewer",
                                 where="funnel volume", fix="The rate is too uncertain: look at a longer period, or ask for less.")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.chance(middle) >= confidence else (middle, high)
        return FunnelVolume(n_needed=high, p_reached=self.chance(high), n_mean=self.n_mean, p_mean=self.chance(self.n_mean))


def sales_goal(
    amount: float, *, mean_deal: float, deal_variation: float, rate: float | None = None,
    seen: tuple[float, float] | None = None, repeats: bool = False, seed: int = 1, draws: int = 4000,
) -> SalesGoal:
    """An amount as a goal for visits or proposals: their deals must add up to it.

    Deals differ in size, a few being large: the count that brings enough deals does not bring enough money.

    Parameters
    ----------
    amount
        Sales needed, currency units.
    mean_deal, deal_variation
        Mean amount of a deal, and its standard deviation over its mean (lognormal sizes). With 1 and 0 the amount is a number of
        deals.
    rate, seen, repeats
        Deals a trial, see `deal_counts`.
    seed, draws
        Of the sums of deal sizes. The result is reproducible; its error from drawing is about one per cent.

    Raises
    ------
    InputError
        Amounts of 0 or less, a negative variation, or rates outside what they can be.

    Examples
    --------
    >>> sales_goal(20, mean_deal=1, deal_variation=0, rate=0.1).volume(0.8)     # twenty deals
    FunnelVolume(n_needed=234, p_reached=0.800..., n_mean=200, p_mean=0.534...)
    >>> sales_goal(20, mean_deal=1, deal_variation=0, seen=(18, 150)).volume(0.8).n_needed
    206
    >>> sales_goal(1_000_000.0, mean_deal=50_000.0, deal_variation=1.0, rate=0.1).volume(0.8).n_needed > 234
    True
    """
    for name, value in (("amount", amount), ("mean_deal", mean_deal)):
        if not np.isfinite(value) or value <= 0:
            raise InputError(f"{name} == {value:g}, must be an amount above 0", where="funnel volume")
    if not np.isfinite(deal_variation) or deal_variation < 0:
        raise InputError(f"deal_variation == {deal_variation:g}, must be 0 or more", where="funnel volume")
    counts = deal_counts(rate=rate, seen=seen, repeats=repeats)
    return SalesGoal(counts=counts, enough=_chance_by_deals(amount / mean_deal, deal_variation, seed, draws),
                     n_mean=int(np.ceil(round(amount / mean_deal / counts.mean, 9))))


def _chance_by_deals(goal: float, variation: float, seed: int, draws: int) -> NDArray[np.float64]:
    """Probability that 0, 1, 2 … deals of mean 1 add up to the goal; deals beyond the last do surely."""
    spread = np.sqrt(np.log1p(variation**2))
    most = int(np.ceil(goal + 6 * np.sqrt(goal) * np.sqrt(1 + variation**2) + 10 * (1 + variation**2)))
    rng = np.random.default_rng(seed)
    total, chance = np.zeros(draws), np.zeros(most + 1)
    for k in range(1, most + 1):
        total += np.exp(rng.normal(-(spread**2) / 2, spread, draws)) if spread > 0 else 1.0
        chance[k] = float((total >= goal * (1 - 1e-12)).mean())
        if chance[k] == 1:
            return chance[: k + 1]
    return chance
