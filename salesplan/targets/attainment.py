"""How likely a target is: for one total, for a team that shares its luck, for the number at quota."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtr, ndtri

from salesplan.errors import InputError

Floats = NDArray[np.float64]

USUAL_SHARE_AT_QUOTA = (0.6, 0.7)
"""Share of sellers at quota that practitioners call healthy: a habit to question, not a law."""


def probability_at_least(mean: ArrayLike, sd: ArrayLike, target: ArrayLike) -> Floats:
    """Chance that a normally distributed total reaches its target.

    Parameters
    ----------
    mean, sd, target
        Same unit, any shapes that broadcast. ``sd == 0`` means the total is known, so that the
        answer is 0 or 1.

    Raises
    ------
    InputError
        A negative ``sd``.

    Notes
    -----
    ``1 - Phi((T - mu) / sd)``.

    Examples
    --------
    >>> probability_at_least([100.0, 100.0], [10.0, 0.0], 100.0).tolist()
    [0.5, 1.0]
    """
    m, s, t = np.broadcast_arrays(*(np.asarray(v, float) for v in (mean, sd, target)))
    _check_spread(s)
    z = np.divide(m - t, s, out=np.where(m >= t, np.inf, -np.inf), where=s > 0)
    return np.where(np.isnan(m + t + s), np.nan, ndtr(z))


def expected_shortfall(mean: ArrayLike, sd: ArrayLike, target: ArrayLike) -> Floats:
    """How much is missing on average over all outcomes, counting a surplus as nothing missing.

    Notes
    -----
    ``E max(T - X, 0) = sd * (phi(z) + z * Phi(z))`` with ``z = (T - mu) / sd`` (normal loss function).

    Examples
    --------
    >>> round(float(expected_shortfall(560.0, 58.502991, 620.0)), 3)
    64.641
    """
    m, s, t = np.broadcast_arrays(*(np.asarray(v, float) for v in (mean, sd, target)))
    _check_spread(s)
    known = np.maximum(t - m, 0.0)
    z = np.divide(t - m, s, out=np.zeros_like(m), where=s > 0)
    loss = s * (np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) + z * ndtr(z))
    return np.where(s > 0, loss, known)


def total_sd(sigma: ArrayLike, *, correlation: float | ArrayLike = 0.0) -> float:
    """Spread of a team's total when its members' results rise and fall together.

    Parameters
    ----------
    sigma
        Standard deviation of each member, length n.
    correlation
        One number for every pair, or the full n x n correlation matrix.

    Raises
    ------
    InputError
        A correlation that no joint distribution can have.

    Notes
    -----
    ``sd^2 = sigma' R sigma``.

    Examples
    --------
    >>> total_sd([3.0, 4.0]), total_sd([3.0, 4.0], correlation=1.0)
    (5.0, 7.0)
    """
    s = np.asarray(sigma, float)
    _check_spread(s)
    r = np.asarray(correlation, float)
    n = len(s)
    if r.ndim == 0:
        lowest = -1.0 / (n - 1) if n > 1 else -1.0
        if not lowest <= float(r) <= 1.0:
            raise InputError(f"correlation == {float(r):g}, must be between {lowest:.4g} and 1 for {n} members")
        variance = (1 - r) * np.sum(s * s) + r * np.sum(s) ** 2
    else:
        if r.shape != (n, n) or not np.allclose(r, r.T) or not np.allclose(np.diag(r), 1.0):
            raise InputError(
                f"correlation has shape {r.shape}, must be a symmetric {n} x {n} matrix with ones on its diagonal"
            )
        if np.linalg.eigvalsh(r)[0] < -1e-8:
            raise InputError(
                "correlation is not positive semidefinite, must be a correlation matrix",
                fix="Estimate all pairs from the same periods.",
            )
        variance = s @ r @ s
    return float(np.sqrt(max(float(variance), 0.0)))


@dataclass(frozen=True, kw_only=True, eq=False)
class TeamAttainment:
    """Chance that a team's total reaches its target; amounts in the unit that was handed in."""

    target: float
    mean: float
    sd: float
    probability: float
    expected_shortfall: float

    def summary(self) -> dict[str, float]:
        """The five numbers by name."""
        return {
            "target": self.target,
            "mean": self.mean,
            "sd": self.sd,
            "p_target": self.probability,
            "expected_shortfall": self.expected_shortfall,
        }


def team_attainment(
    mu: ArrayLike, sigma: ArrayLike, target: float, *, correlation: float | ArrayLike = 0.0
) -> TeamAttainment:
    """Chance that the members together reach the team's target.

    Independence flatters a safe target and damns a bold one: members share a market.

    Parameters
    ----------
    mu, sigma
        Forecast mean and standard deviation of each member.
    target
        Amount the team must reach together.
    correlation
        One number for every pair, or the full correlation matrix.

    Examples
    --------
    >>> round(team_attainment([110, 95], [12, 15], 220, correlation=0.3).probability, 4)
    0.2461
    """
    mean = float(np.sum(np.asarray(mu, float)))
    sd = total_sd(sigma, correlation=correlation)
    return TeamAttainment(
        target=float(target),
        mean=mean,
        sd=sd,
        probability=float(probability_at_least(mean, sd, target)),
        expected_shortfall=float(expected_shortfall(mean, sd, target)),
    )


def number_at_quota(probabilities: ArrayLike, *, correlation: float = 0.0) -> Floats:
    """How many sellers will make their quota: the chance of 0, 1, …, n of them.

    Parameters
    ----------
    probabilities
        Each seller's chance, length n, between 0 and 1.
    correlation
        How much the sellers' results share one common cause (one-factor normal), 0 to 1.

    Returns
    -------
    ndarray of n + 1 chances that sum to 1.

    Raises
    ------
    InputError
        A chance or correlation outside 0 to 1.

    Notes
    -----
    Independent sellers: the exact Poisson-binomial distribution by pairwise convolution. Correlated
    sellers: the same distribution given the common factor, integrated over the factor.

    Examples
    --------
    >>> number_at_quota([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    >>> number_at_quota([0.5, 0.5], correlation=1.0).tolist()
    [0.5, 0.0, 0.5]
    """
    p = np.asarray(probabilities, float).ravel()
    if p.size and not (np.nanmin(p) >= 0 and np.nanmax(p) <= 1 and np.isfinite(p).all()):
        raise InputError(f"probabilities span {p.min():g} to {p.max():g}, must lie between 0 and 1")
    if not 0 <= correlation <= 1:
        raise InputError(f"correlation == {correlation:g}, must be between 0 and 1")
    if correlation == 0:
        return _poisson_binomial(p)
    if correlation == 1:
        at_least = np.concatenate([[1.0], np.sort(p)[::-1], [0.0]])
        return np.asarray(at_least[:-1] - at_least[1:], float)
    factor = np.linspace(-8.0, 8.0, 161)
    weight = np.exp(-0.5 * factor**2)
    weight /= weight.sum()
    given = ndtr((ndtri(p)[None, :] + np.sqrt(correlation) * factor[:, None]) / np.sqrt(1 - correlation))
    total = np.zeros(p.size + 1)
    for share, chances in zip(weight, given, strict=True):
        total += share * _poisson_binomial(chances)
    return total


def number_at_quota_from_draws(draws: ArrayLike, quotas: ArrayLike) -> Floats:
    """The same distribution counted in forecast draws, with whatever dependence they carry.

    Parameters
    ----------
    draws
        Sellers x draws, results of the year.
    quotas
        One amount a seller.

    Examples
    --------
    >>> number_at_quota_from_draws([[1.0, 5.0], [2.0, 6.0]], [3.0, 3.0]).tolist()
    [0.5, 0.0, 0.5]
    """
    x, q = np.asarray(draws, float), np.asarray(quotas, float)
    if x.ndim != 2 or q.shape != (x.shape[0],):
        raise InputError(
            f"draws has shape {x.shape} and quotas {q.shape}, must be sellers x draws and one quota a seller"
        )
    at = (x >= q[:, None]).sum(axis=0)
    return np.bincount(at, minlength=x.shape[0] + 1) / x.shape[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class QuotaCount:
    """How many sellers will make quota.

    ``chances[k]`` is the chance that exactly k do; ``usual`` the range of shares called healthy.
    """

    chances: Floats
    usual: tuple[float, float] = USUAL_SHARE_AT_QUOTA

    def __post_init__(self) -> None:
        chances = np.array(self.chances, float)
        if chances.ndim != 1 or chances.size < 2 or abs(chances.sum() - 1) > 1e-9:
            raise InputError("chances must be the distribution of 0 to n sellers and sum to 1")
        object.__setattr__(self, "chances", chances)

    @property
    def n(self) -> int:
        """Number of sellers."""
        return len(self.chances) - 1

    @property
    def expected(self) -> float:
        """Mean number at quota."""
        return float(self.chances @ np.arange(self.n + 1))

    def quantile(self, q: float) -> int:
        """Smallest number at quota whose cumulative chance reaches ``q``."""
        return int(np.searchsorted(np.cumsum(self.chances), q - 1e-12))

    def probability_of_share(self, lower: float, upper: float) -> float:
        """Chance that the share at quota lies between two fractions, both included."""
        share = np.arange(self.n + 1) / self.n
        return float(self.chances[(share >= lower - 1e-12) & (share <= upper + 1e-12)].sum())

    def summary(self, *, coverage: float = 0.8) -> dict[str, float]:
        """Expected share, its interval and the chance of falling in the usual range."""
        tail = (1 - coverage) / 2
        return {
            "n": self.n,
            "at_quota_share": self.expected / self.n,
            "at_quota_share_lower": self.quantile(tail) / self.n,
            "at_quota_share_upper": self.quantile(1 - tail) / self.n,
            "p_usual": self.probability_of_share(*self.usual),
            "p_below_usual": self.probability_of_share(0.0, self.usual[0])
            - self.probability_of_share(self.usual[0], self.usual[0]),
        }

    def to_frame(self) -> pd.DataFrame:
        """``at_quota``, ``p_exactly``, ``p_at_least``; one row a number of sellers."""
        at_least = np.minimum(np.cumsum(self.chances[::-1])[::-1], 1.0)
        return pd.DataFrame({"at_quota": np.arange(self.n + 1), "p_exactly": self.chances, "p_at_least": at_least})


@dataclass(frozen=True, kw_only=True, eq=False)
class QuotaShare:
    """Observed share at quota, what it can and cannot say about the usual range."""

    at_quota: int
    n: int
    share: float
    wilson_lower: float
    wilson_upper: float
    clopper_pearson_lower: float
    clopper_pearson_upper: float
    usual: tuple[float, float]
    p_value: float
    confidence: float

    @property
    def compatible(self) -> bool:
        """Whether the Wilson interval touches the usual range."""
        return self.wilson_lower <= self.usual[1] and self.wilson_upper >= self.usual[0]


def share_at_quota(
    at_quota: int, n: int, *, usual: tuple[float, float] = USUAL_SHARE_AT_QUOTA, confidence: float = 0.95
) -> QuotaShare:
    """Is the share of sellers at quota out of the ordinary, given how few sellers there are?

    Parameters
    ----------
    at_quota, n
        Sellers at or above quota, and all sellers with a quota.
    usual
        Range of shares to hold it against, fractions. The well-known 60-70 % is a practitioners'
        habit; set your own.
    confidence
        Of both intervals.

    Notes
    -----
    Wilson (1927) score interval; Clopper & Pearson (1934) exact interval; exact binomial test
    against the middle of the usual range.

    Examples
    --------
    >>> s = share_at_quota(19, 24)
    >>> round(s.share, 3), round(s.wilson_lower, 3), round(s.wilson_upper, 3), s.compatible
    (0.792, 0.595, 0.908, True)
    """
    if not (0 <= at_quota <= n and n > 0):
        raise InputError(f"at_quota == {at_quota} of n == {n}, must be between 0 and n, with n at least 1")
    if not 0 <= usual[0] <= usual[1] <= 1:
        raise InputError(f"usual == {usual}, must be a range of fractions between 0 and 1")
    if not 0 < confidence < 1:
        raise InputError(f"confidence == {confidence:g}, must be between 0 and 1")
    from scipy.stats import binomtest  # heavy, and needed here only

    share, tail = at_quota / n, (1 - confidence) / 2
    z = float(-ndtri(tail))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return QuotaShare(
        at_quota=int(at_quota),
        n=int(n),
        share=share,
        wilson_lower=0.0 if at_quota == 0 else float(centre - half),
        wilson_upper=1.0 if at_quota == n else float(centre + half),
        clopper_pearson_lower=float(betaincinv(at_quota, n - at_quota + 1, tail)) if at_quota else 0.0,
        clopper_pearson_upper=float(betaincinv(at_quota + 1, n - at_quota, 1 - tail)) if at_quota < n else 1.0,
        usual=usual,
        p_value=float(binomtest(int(at_quota), int(n), sum(usual) / 2).pvalue),
        confidence=confidence,
    )


def _poisson_binomial(p: Floats) -> Floats:
    parts = [np.array([1 - chance, chance]) for chance in p] or [np.array([1.0])]
    while len(parts) > 1:
        pairs = [np.convolve(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + ([parts[-1]] if len(parts) % 2 else [])
    return np.asarray(parts[0], float)


def _check_spread(sd: Floats) -> None:
    if (sd < 0).any():
        raise InputError(f"sd == {float(np.min(sd)):g}, must not be negative")
