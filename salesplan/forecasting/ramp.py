"""How newcomers grow into their territory, and what that says about those who just arrived."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]

RAMP_MONTHS = 12
SMALLEST_COHORT = 3
USUAL_RAMP = tuple(round(min(1.0, 0.15 + 0.85 * k / 8), 4) for k in range(RAMP_MONTHS))
SHRINKAGE_MONTHS = 6.0
USUAL_SPREAD = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class CohortRamp:
    """Share of an experienced colleague's sales in month 0, 1, 2 … after hire, and how many it rests on."""

    shares: Floats
    newcomers: int
    estimated: bool
    spread: float

    def at(self, tenure: ArrayLike) -> Floats:
        """Share in the given month after hire: 0 before it, the last share after the end."""
        k = np.asarray(tenure, int)
        return np.where(k < 0, 0.0, self.shares[np.clip(k, 0, len(self.shares) - 1)])


def cohort_ramp(sales: ArrayLike, starts: ArrayLike, *, shares: Sequence[float] | None = None) -> CohortRamp:
    """Mean ramp of sellers whose first month lies inside the history.

    Parameters
    ----------
    sales
        Sellers x months.
    starts
        First month of each seller, 0 for those who were there before the history began.
    shares
        A ramp to use instead of the estimate (0 to 1, by month after hire; full after the last).

    Returns
    -------
    CohortRamp
        Rising and at most 1. With fewer than 3 newcomers the usual ramp, ``estimated`` False.
        ``spread`` is the relative spread between newcomers after the ramp is allowed for.

    Examples
    --------
    >>> veterans = np.full((3, 24), 100.0)
    >>> newcomers = np.zeros((3, 24)); newcomers[:, 6:] = np.minimum(1, np.arange(1, 19) / 10) * 100
    >>> ramp = cohort_ramp(np.vstack([veterans, newcomers]), [0, 0, 0, 6, 6, 6])
    >>> ramp.shares.round(1).tolist()[:4], ramp.newcomers
    ([0.1, 0.2, 0.3, 0.4], 3)
    """
    y, start = np.atleast_2d(np.asarray(sales, float)), np.asarray(starts, int)
    t_end = y.shape[1]
    if shares is not None:
        given = np.asarray(shares, float)
        if given.ndim != 1 or not len(given) or (given < 0).any():
            raise InputError(f"ramp == {list(shares)}, must be shares of full productivity",
                             fix="Give one share, 0 to 1, for each month after hire.")
        return CohortRamp(shares=np.append(given, 1.0), newcomers=0, estimated=False, spread=USUAL_SPREAD)
    tenure = np.arange(t_end) - start[:, None]
    veteran = (tenure >= 2 * RAMP_MONTHS) | ((start == 0)[:, None] & (y.sum(axis=1) > 0)[:, None])
    count = veteran.sum(axis=0)
    usual = np.divide((y * veteran).sum(axis=0), count, out=np.zeros(t_end), where=count > 0)
    newcomer = (start > 0) & (start < t_end)
    own, expected = np.zeros(RAMP_MONTHS), np.zeros(RAMP_MONTHS)
    seen = np.zeros(RAMP_MONTHS, int)
    for k in range(RAMP_MONTHS):
        month = start + k
        inside = newcomer & (month < t_end)
        inside[inside] = usual[month[inside]] > 0
        own[k] = y[inside, month[inside]].sum()
        expected[k] = usual[month[inside]].sum()
        seen[k] = inside.sum()
    raw = np.divide(own, expected, out=np.zeros(RAMP_MONTHS), where=expected > 0)
    if seen[: RAMP_MONTHS // 2].min() < SMALLEST_COHORT or own.sum() <= 0:
        return CohortRamp(shares=np.array(USUAL_RAMP), newcomers=int(newcomer.sum()), estimated=False,
                          spread=USUAL_SPREAD)
    known = seen >= SMALLEST_COHORT
    last = int(np.flatnonzero(known)[-1]) + 1
    rising = _isotonic(raw[:last], seen[:last].astype(float))
    tail = np.array(USUAL_RAMP[last:]) / USUAL_RAMP[last - 1] * rising[-1]
    curve = np.clip(np.concatenate([rising, tail]), 0.01, 1.0)
    return CohortRamp(shares=curve, newcomers=int(newcomer.sum()), estimated=True,
                      spread=_spread(y, start, usual, curve, newcomer))


def shrunk_scale(own: ArrayLike, expected: ArrayLike, months: ArrayLike, *,
                 strength: float = SHRINKAGE_MONTHS) -> Floats:
    """A newcomer's own level against the cohort, pulled to 1 while little is known.

    ``s = (n s_raw + k) / (n + k)`` with ``n`` months seen and ``k`` months' worth of prior belief.

    Examples
    --------
    >>> shrunk_scale([600.0, 0.0], [300.0, 0.0], [6, 0], strength=6.0).tolist()
    [1.5, 1.0]
    """
    o, e, n = np.asarray(own, float), np.asarray(expected, float), np.asarray(months, float)
    raw = np.divide(o, e, out=np.ones_like(o), where=e > 0)
    return np.asarray((n * np.maximum(raw, 0.0) + strength) / (n + strength))


def _isotonic(values: Floats, weights: Floats) -> Floats:
    """Weighted least-squares rising fit (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for v, w in zip(values, weights, strict=True):
        blocks.append([v, max(w, 1e-9), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            v2, w2, c2 = blocks.pop()
            v1, w1, c1 = blocks.pop()
            blocks.append([(v1 * w1 + v2 * w2) / (w1 + w2), w1 + w2, c1 + c2])
    return np.concatenate([np.full(int(c), v) for v, _, c in blocks])


def _spread(y: Floats, start: NDArray[np.int64], usual: Floats, curve: Floats,
            newcomer: NDArray[np.bool_]) -> float:
    scales = []
    for i in np.flatnonzero(newcomer):
        tenure = np.arange(y.shape[1] - start[i])
        expected = usual[start[i]:] * curve[np.minimum(tenure, len(curve) - 1)]
        if len(tenure) >= 3 and expected.sum() > 0:
            scales.append(y[i, start[i]:].sum() / expected.sum())
    return float(np.clip(np.std(scales), 0.15, 1.0)) if len(scales) >= SMALLEST_COHORT else USUAL_SPREAD
