"""Many skills at once: slopes of all skills and tiers drawn towards 0 and towards one another, to rank them by."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.coaching.peers import Floats

PENALTIES = np.exp(np.linspace(np.log(1e-3), np.log(1e4), 60))
"""Penalties tried, as multiples of the mean eigenvalue."""
TINY = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class RidgeFit:
    """Slopes by skill and tier; ``table``: skill, tier, ridge_slope (drawn towards 0, in the unit of the result)."""

    table: pd.DataFrame
    penalty: float
    effective_coefficients: float
    n: int


def ridge_slopes(levels: pd.DataFrame, outcome: pd.Series, tier: pd.Series, team: pd.Series) -> RidgeFit:
    """Joint ridge regression with one slope a skill and tier.

    Parameters
    ----------
    levels
        People x skills, no gaps.

    Notes
    -----
    A slope is a common one plus a deviation of the tier; both are penalised alike on standardised levels, so that a tier
    with few people keeps to the common slope. Tier and team means are taken out first (slopes are within teams). The
    penalty minimises generalised cross-validation (Golub, Heath & Wahba 1979). Slopes are biased: drawn
    towards 0, and towards those of skills that go together. There is therefore no interval and no p-value that would hold
    for the true slopes: they rank skills and cannot single one out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame(rng.normal(3, 0.5, (60, 8)), columns=[f"k{i}" for i in range(8)])
    >>> y = 10 * x["k0"] + rng.normal(0, 2, 60)
    >>> fit = ridge_slopes(x, y, pd.Series("core", x.index), pd.Series(np.arange(60) // 10))
    >>> fit.table.sort_values("ridge_slope").iloc[-1]["skill"]
    'k0'
    """
    tiers = sorted(map(str, tier.unique()))
    spread = levels.std(ddof=0).replace(0.0, 1.0)
    x = ((levels - levels.mean()) / spread).to_numpy(float)
    y = outcome.to_numpy(float)
    member = np.column_stack([(tier.astype(str) == t).to_numpy(float) for t in tiers])
    codes = pd.factorize(team)[0]
    design = np.hstack([x, *[x * member[:, [j]] for j in range(len(tiers))]]) if len(tiers) > 1 else x
    nuisance = np.hstack([member, np.eye(codes.max() + 1)[codes]])

    def by_tier(b: Floats) -> Floats:
        common, k = b[: x.shape[1]], x.shape[1]
        if len(tiers) == 1:
            return common[:, None]
        return np.column_stack([common + b[(j + 1) * k : (j + 2) * k] for j in range(len(tiers))])

    penalty, df = _choose_penalty(design, y, nuisance)
    own = by_tier(_fit(design, y, nuisance, penalty))
    scale = spread.to_numpy(float)[:, None]
    grid = [(str(skill), t) for skill in levels.columns for t in tiers]
    table = pd.DataFrame(grid, columns=["skill", "tier"])
    table["ridge_slope"] = (own / scale).reshape(-1)
    return RidgeFit(table=table, penalty=penalty, effective_coefficients=df, n=len(y))


def _without(nuisance: Floats, values: Floats) -> Floats:
    """What tier and team means leave of the values."""
    cross = nuisance.T @ nuisance + TINY * np.eye(nuisance.shape[1])
    return np.asarray(values - nuisance @ np.linalg.solve(cross, nuisance.T @ values), float)


def _fit(design: Floats, y: Floats, nuisance: Floats, penalty: float) -> Floats:
    """Slopes at one penalty."""
    x, r = _without(nuisance, design), _without(nuisance, y)
    gram = x.T @ x
    size = max(float(np.trace(gram)) / len(gram), TINY)
    return np.asarray(np.linalg.solve(gram + penalty * size * np.eye(len(gram)), x.T @ r), float)


def _choose_penalty(design: Floats, y: Floats, nuisance: Floats) -> tuple[float, float]:
    """The penalty that generalised cross-validation likes best, and the coefficients it leaves."""
    x, r = _without(nuisance, design), _without(nuisance, y)
    values, vectors = np.linalg.eigh(x.T @ x)
    values = np.maximum(values, 0.0)
    size = max(float(values.mean()), TINY)
    along = vectors.T @ (x.T @ r)
    drawn = values[None, :] + PENALTIES[:, None] * size
    kept = values / drawn
    misfit = float(r @ r) - ((2 - kept) / drawn) @ along**2
    free = len(y) - np.linalg.matrix_rank(nuisance)
    score = misfit / np.maximum(free - kept.sum(axis=1), 1e-9) ** 2
    best = int(np.argmin(score))
    return float(PENALTIES[best]), float(kept[best].sum())
