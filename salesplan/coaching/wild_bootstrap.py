"""A p-value and an interval for one coefficient when there are only a handful of teams."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.coaching.cluster_robust import LeastSquares
from salesplan.errors import InputError, known_choices

Array = NDArray[np.float64]
Draws = Literal["auto", "rademacher", "webb"]

FEW_FOR_SIGNS = 12
"""Below this number of groups signs alone give too few different draws; six-point draws are used."""
_WEBB = np.sqrt([1.5, 1.0, 0.5])
_WIDEST = 200.0


@dataclass(frozen=True, kw_only=True, eq=False)
class WildBootstrap:
    """Outcome of a wild cluster bootstrap.

    ``lower`` and ``upper`` are infinite where no effect, however large, is ruled out on that side: too few groups.
    """

    estimate: float
    se: float
    p_value: float
    lower: float
    upper: float
    n_groups: int
    n_draws: int
    draws: str
    coverage: float


def wild_cluster_bootstrap(
    y: ArrayLike,
    x: ArrayLike,
    clusters: ArrayLike,
    *,
    tested: int,
    draws: Draws = "auto",
    bootstraps: int = 2000,
    coverage: float = 0.95,
    seed: int = 0,
) -> WildBootstrap:
    """Is a coefficient of a regression more than the shared luck of a few teams?

    Parameters
    ----------
    y, x, clusters
        Outcome (n), predictors (n x k, with the constant), team of each row.
    tested
        Position of the coefficient in ``x``.
    draws
        ``rademacher`` (signs; all of them where they are no more than ``bootstraps``), ``webb`` (six points),
        ``auto``: six points below 12 teams.
    bootstraps
        Number of draws.

    Returns
    -------
    WildBootstrap
        The p-value is two-sided by the absolute t; the interval holds the values that are not rejected.

    Raises
    ------
    InputError
        Fewer than 2 teams, fewer than 100 draws, a coefficient that cannot be told.

    Notes
    -----
    Null imposed (WCR) with t by CR1: Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90; six-point
    draws Webb (2023), Canadian Journal of Economics 56. Numerator and standard error of every draw are linear in
    the draws of the teams, so that nothing is fitted again (Roodman et al. 2019, Stata Journal 19). With one
    or two trained teams it rejects next to never (MacKinnon & Webb 2018): an infinite interval says so.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> team = np.repeat(np.arange(8), 6)
    >>> trained = (team % 2).astype(float)
    >>> y = 5 * trained + rng.normal(size=8)[team] + rng.normal(size=48)
    >>> found = wild_cluster_bootstrap(y, np.column_stack([np.ones(48), trained]), team, tested=1)
    >>> found.p_value < 0.05, 0 < found.lower < 5 < found.upper, found.draws
    (True, True, 'webb')
    """
    return wild_bootstrap_of(LeastSquares(y, x, tested), clusters, draws=draws, bootstraps=bootstraps, coverage=coverage,
                             seed=seed)


def wild_bootstrap_of(
    fit: LeastSquares, clusters: ArrayLike, *, draws: Draws = "auto", bootstraps: int = 2000, coverage: float = 0.95,
    seed: int = 0,
) -> WildBootstrap:  # fmt: skip
    """The same for a fit at hand."""
    if draws not in ("auto", "rademacher", "webb"):
        raise InputError(f"draws == {draws!r}", fix=known_choices(draws, ("auto", "rademacher", "webb")))
    if bootstraps < 100 or not 0 < coverage < 1:
        raise InputError(f"bootstraps == {bootstraps} and coverage == {coverage:g}, must be at least 100 and a fraction")
    code = np.unique(np.asarray(clusters), return_inverse=True)[1]
    n_groups = int(code.max()) + 1
    if n_groups < 2:
        raise InputError("everybody is in one team, the bootstrap must have two or more", where="clusters")
    kind = draws if draws != "auto" else "webb" if n_groups < FEW_FOR_SIGNS else "rademacher"
    v = _draw(kind, n_groups, bootstraps, np.random.default_rng(seed))
    # Under the null b the residuals are u - b d: everything below is a constant part and a part that grows with b.
    constant, growing = (_Draws(fit, code, n_groups, rest, v) for rest in (fit.outcome_rest, -fit.column_rest))
    scores = np.bincount(code, fit.direction * fit.residuals, n_groups)
    se = float(np.sqrt(scores @ scores))

    def p_value(null: float) -> float:
        moved = constant.numerator + null * growing.numerator
        spread = np.sqrt(np.square(constant.scores + null * growing.scores).sum(axis=0))
        reached = np.abs(moved) * se >= abs(fit.estimate - null) * spread * (1 - 1e-9)
        return (1 + int(reached.sum())) / (1 + v.shape[1])

    alpha = 1 - coverage
    lower, upper = (_edge(p_value, fit.estimate, side * se, alpha) for side in (-1, 1))
    return WildBootstrap(
        estimate=fit.estimate, se=se * float(np.sqrt(n_groups / (n_groups - 1))), p_value=p_value(0.0), lower=lower,
        upper=upper, n_groups=n_groups, n_draws=v.shape[1], draws=kind, coverage=coverage,
    )  # fmt: skip


class _Draws:
    """Coefficient and its score in every group, for all draws, of one set of residuals under the null."""

    def __init__(self, fit: LeastSquares, code: NDArray[np.intp], n_groups: int, rest: Array, v: Array) -> None:
        own = np.bincount(code, fit.direction * rest, n_groups)
        basis = fit.full_basis
        loads = np.stack([np.bincount(code, fit.direction * column, n_groups) for column in basis.T], axis=1)
        sums = np.stack([np.bincount(code, rest * column, n_groups) for column in basis.T], axis=1)
        self.numerator: Array = own @ v
        self.scores: Array = own[:, None] * v - loads @ (sums.T @ v)


def _draw(kind: str, n_groups: int, bootstraps: int, rng: np.random.Generator) -> Array:
    if kind == "rademacher":
        if 2**n_groups <= bootstraps:
            return np.array(list(product((-1.0, 1.0), repeat=n_groups))).T
        return rng.choice(np.array([-1.0, 1.0]), size=(n_groups, bootstraps))
    return rng.choice(np.concatenate([-_WEBB, _WEBB]), size=(n_groups, bootstraps))


def _edge(p_value: Callable[[float], float], estimate: float, step: float, alpha: float) -> float:
    """Where the p-value falls below alpha, going out from the estimate; infinite where it never does."""
    if step == 0:
        return estimate
    inside, outside = 0.0, 1.0
    while p_value(estimate + outside * step) > alpha:
        inside, outside = outside, 2 * outside
        if outside > _WIDEST:
            return float(np.copysign(np.inf, step))
    for _ in range(30):
        middle = (inside + outside) / 2
        if p_value(estimate + middle * step) > alpha:
            inside = middle
        else:
            outside = middle
        if outside - inside < 1e-4 * outside:
            break
    return estimate + inside * step
