"""Figures a person with the same true rates might as well have had: days drawn again, and what the days cannot show."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.kpis.day_resampling import KpiDays

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]
Groups = NDArray[np.int64]

LEAST_DEGREES = 30
"""Days with business a tier needs, over its people, to have a spread of its own; else all tiers together."""
UNKNOWN_SPREAD = 1.0
"""Squared coefficient of variation of single orders when nobody has two days to compare."""
MOST_SPREAD = 1e6
_LONG_RUN = 1 << 18


def resampled_actuals(days: KpiDays, weights: Draws, groups: Groups, rng: np.random.Generator) -> Draws:
    """The KPI's figure in each draw of the days, people x draws.

    Parameters
    ----------
    weights
        Blocks x draws, the same for all people and KPIs (`block_weights`).
    groups
        Number of each person's tier.

    Notes
    -----
    The days alone are too sure of themselves for small sellers: an order they have not yet had is not in
    them. Sums get half a row more, as Jeffreys' prior does for a Poisson count; proportions half a row of
    colleagues above the tier's share and half a row below it, which for won and lost deals is Jeffreys' prior.
    Where a person's days spread less than the tier's single rows imply for as many rows, noise makes up for the
    difference on the log (for proportions the log odds) scale. Sums and ratios are lifted by half of that
    variance, since a month that missed the large orders lies too low.
    """
    top = days.numerator.astype(np.float32) @ weights
    if days.denominator is not None and days.is_proportion:
        return _resampled_shares(days, weights, groups, rng)
    spread = _spread(days, groups)
    if days.denominator is None:
        half = _normals(top.shape, rng)
        top += (half * half / 2) * spread.size.astype(np.float32)[:, None]
    else:
        none = np.where(days.numerator.any(axis=1), 0.0, spread.size * days.denominator.any(axis=1))
        if none.any():
            half = _normals(top.shape, rng)
            top += (half * half / 2) * none.astype(np.float32)[:, None]
        below = days.denominator.astype(np.float32) @ weights
        top = np.divide(top, below, out=np.full_like(top, np.nan), where=below > 0)
    unseen = np.log1p(spread.expected)
    lack = np.maximum(unseen - np.log1p(spread.own_size), 0.0)
    some = spread.n > 0
    return _blur(top, np.where(some, lack, 0.0), rng, lift=np.where(some, unseen / 2, 0.0)) * np.float32(days.scale)


def _resampled_shares(days: KpiDays, weights: Draws, groups: Groups, rng: np.random.Generator) -> Draws:
    below = days.denominator if days.denominator is not None else np.ones_like(days.numerator)
    more = _rows_of_colleagues(days, groups, weights.shape[1], rng)
    part = days.numerator.astype(np.float32) @ weights + more[0]
    rest = (below - days.numerator).astype(np.float32) @ weights + more[1]
    lack = _spread_of_shares(days, groups).lack
    odds = np.divide(part, rest, out=np.full_like(part, np.inf), where=rest > 0)
    odds = _blur(odds, lack, rng)
    share = np.asarray(1 - 1 / (1 + odds), np.float32)
    share[below.sum(axis=1) <= 0] = np.nan
    return share * np.float32(days.scale)


def analytic_actuals(days: KpiDays, n: int, groups: Groups, rng: np.random.Generator) -> Draws:
    """The same by formula, for periods too short to draw days again; people's luck is independent here.

    Notes
    -----
    A sum of orders is a compound Poisson total: its count is gamma with half a row more (Jeffreys), its mean
    size log-normal with the tier's spread of single orders, so that ``sum x^2`` of the tier rather than of the
    person decides. Proportions are beta with half a row on either side, blurred for rows of unequal size; other
    ratios log-normal.
    """
    shape = (len(groups), n)
    if days.denominator is not None and days.is_proportion:
        luck = _spread_of_shares(days, groups)
        if days.is_all_or_nothing:
            won = rng.beta((luck.share * luck.n + 0.5)[:, None], ((1 - luck.share) * luck.n + 0.5)[:, None], shape)
            odds = _blur((won / np.maximum(1 - won, 1e-12)).astype(np.float32), luck.lack, rng)
        else:
            middle = (luck.share * luck.n + 0.5) / (luck.n + 1)
            middle = np.clip(np.where(luck.n > 0, luck.share, middle), 1e-6, 1 - 1e-6)
            odds = _blur(np.repeat((middle / (1 - middle)).astype(np.float32)[:, None], n, axis=1), luck.all_of_it, rng)
        share = np.asarray(1 - 1 / (1 + odds), np.float32)
        share[days.denominator.sum(axis=1) <= 0] = np.nan
        return share * np.float32(days.scale)
    spread = _spread(days, groups)
    size = np.log1p(np.maximum(spread.expected, spread.own_size))
    if days.denominator is not None:
        below = days.denominator.sum(axis=1)
        top = days.numerator.sum(axis=1)
        top = np.where(top == 0, spread.size / 2, top)
        ratio = np.divide(top, below, out=np.full(len(below), np.nan), where=below > 0)
        start = np.repeat(ratio.astype(np.float32)[:, None], n, axis=1)
    else:
        odd = np.maximum(spread.count, 0.05)
        count = rng.standard_gamma(((spread.n + 0.5) / odd)[:, None], shape) * odd[:, None]
        start = (spread.size[:, None] * count).astype(np.float32)
    return _blur(start, size, rng, lift=size / 2) * np.float32(days.scale)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Spread:
    """What single rows and counts tell about the luck of a sum or ratio; one value a person."""

    n: Floats
    """Rows behind the person's figure."""
    size: Floats
    """Mean numerator of one row; colleagues' mean for people without any."""
    own_size: Floats
    """Relative variance of the figure that the person's own days show beyond that of the number of rows."""
    expected: Floats
    """The same as colleagues' single rows imply for as many rows."""
    count: Floats
    """Variance of the number of rows over its mean among colleagues; 1 for Poisson."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _SpreadOfShares:
    """What single rows tell about the luck of a proportion; variances are of its log odds, one value a person."""

    n: Floats
    share: Floats
    all_of_it: Floats
    """What colleagues' rows imply for as many rows, or the person's own days where that is more."""
    lack: Floats
    """What of it drawing the days again does not show."""


def _spread(days: KpiDays, groups: Groups) -> _Spread:
    top, rows, blocks = days.numerator, days.rows, days.numerator.shape[1]
    n, total = rows.sum(axis=1), top.sum(axis=1)
    some = np.maximum(n, 1.0)
    mean = total / some
    own, variance, degrees = _residuals(days, mean)
    count_variance = blocks * rows.var(axis=1, ddof=1) if blocks > 1 else n
    cv2, count, size = np.empty(len(n)), np.empty(len(n)), np.empty(len(n))
    for members, used in _peers(groups, degrees):
        level = float(degrees[used] @ (mean[used] ** 2 - variance[used] / some[used]))
        cv2[members] = float(degrees[used] @ variance[used]) / level if level > 0 else UNKNOWN_SPREAD
        count[members] = count_variance[used].sum() / n[used].sum() if n[used].sum() > 0 else 1.0
        busy = used[total[used] != 0]
        size[members] = total[busy].sum() / max((top[busy] != 0).sum(), 1)
    relative = np.divide(own, total**2, out=np.full(len(n), np.inf), where=total != 0)
    own_size = np.clip(relative - (count / some if days.denominator is None else 0.0), 0.0, MOST_SPREAD)
    expected = cv2 / some * (1 if days.denominator is None else 1 + 1 / some)
    return _Spread(n=n, size=np.where(total != 0, mean, size), own_size=own_size, expected=expected, count=count)


def _residuals(days: KpiDays, mean: Floats) -> tuple[Floats, Floats, Floats]:
    """Variance of the person's total as the days show it, variance of a single row, degrees of freedom."""
    top, rows, blocks = days.numerator, days.rows, days.numerator.shape[1]
    if days.denominator is None:
        expected, around = rows * mean[:, None], np.repeat(top.mean(axis=1)[:, None], blocks, axis=1)
    else:
        below = days.denominator.sum(axis=1)
        ratio = np.divide(top.sum(axis=1), below, out=np.zeros(len(below)), where=below > 0)
        expected = around = ratio[:, None] * days.denominator
    own = blocks / max(blocks - 1, 1) * ((top - around) ** 2).sum(axis=1)
    active = (rows > 0) | (top != 0)
    degrees = np.maximum(active.sum(axis=1) - 1, 0).astype(float)
    squares = np.where(active, (top - expected) ** 2 / np.maximum(rows, 1.0), 0.0).sum(axis=1)
    return own, np.divide(squares, degrees, out=np.zeros_like(squares), where=degrees > 0), degrees


def _spread_of_shares(days: KpiDays, groups: Groups) -> _SpreadOfShares:
    below = days.denominator.sum(axis=1) if days.denominator is not None else np.ones(len(groups))
    n, top = days.rows.sum(axis=1), days.numerator.sum(axis=1)
    some = np.maximum(n, 1.0)
    share = np.divide(top, below, out=np.zeros_like(top), where=below > 0)
    own, variance, degrees = _residuals(days, top / some)
    lumps = np.ones(len(n))
    binomial = share * (1 - share) * some / np.maximum(some - 1, 1.0) * (below / some) ** 2
    for members, used in _peers(groups, degrees):
        level = float(degrees[used] @ binomial[used])
        lumps[members] = np.clip(float(degrees[used] @ variance[used]) / level, 0.01, 20.0) if level > 0 else 1.0
    likely = (share * n + 0.5) / (n + 1)
    unit = 1 / (some * likely * (1 - likely))
    seen = np.divide(own, below**2, out=np.zeros_like(own), where=below > 0) / (likely * (1 - likely)) ** 2
    plain = 1.0 if days.is_all_or_nothing else 0.0
    lack = np.maximum(np.maximum(lumps - plain, 0.0) * unit - np.maximum(seen - plain * unit, 0.0), 0.0)
    return _SpreadOfShares(n=n, share=share, all_of_it=np.maximum(lumps * unit * (1 + 2 / some), seen), lack=np.where(n > 0, lack, 0.0))


def _peers(groups: Groups, degrees: Floats) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """For each tier its members, and the people its spread is estimated from."""
    everybody = np.arange(len(groups))
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        yield members, members if degrees[members].sum() >= LEAST_DEGREES else everybody


def _blur(values: Draws, variance: Floats, rng: np.random.Generator, *, lift: Floats | None = None) -> Draws:
    """Values times log-normal noise of a variance a person, lifted on the log scale; in place."""
    if not variance.any() and (lift is None or not lift.any()):
        return values
    noise = _normals(values.shape, rng)
    noise *= np.sqrt(variance).astype(np.float32)[:, None]
    if lift is not None:
        noise += lift.astype(np.float32)[:, None]
    values *= np.exp(noise, out=noise)
    return values


def _normals(shape: tuple[int, ...], rng: np.random.Generator) -> Draws:
    """Normal numbers, people x draws; for many people windows of one long run, no two beginning at the same place."""
    people, draws = shape
    if people * draws <= _LONG_RUN:
        return rng.standard_normal((people, draws), np.float32)
    run = rng.standard_normal(_LONG_RUN + draws, np.float32)
    start = rng.choice(_LONG_RUN, people, replace=people > _LONG_RUN)
    return np.lib.stride_tricks.sliding_window_view(run, draws)[start]


def _rows_of_colleagues(days: KpiDays, groups: Groups, draws: int, rng: np.random.Generator) -> tuple[Draws, Draws]:
    """Half a row of a colleague above the tier's share and half a row below it, as large as the person's own rows.

    Returns the part inside the numerator and the rest, people x draws.
    """
    below = days.denominator if days.denominator is not None else np.ones_like(days.numerator)
    there = (days.rows > 0) & (below > 0)
    n = days.rows.sum(axis=1)
    own = np.divide(below.sum(axis=1), n, out=np.zeros_like(n), where=n > 0).astype(np.float32)
    part, rest = np.zeros((2, len(groups), draws), np.float32)
    for members, used in _peers(groups, there.sum(axis=1).astype(float)):
        who, when = np.nonzero(there[used])
        if not who.size:
            continue
        share = days.numerator[used][who, when] / below[used][who, when]
        usual = days.numerator[used].sum() / below[used].sum()
        for side in (share > usual, share <= usual):
            known = share[side] if side.any() else np.array([usual])
            pick = rng.integers(0, len(known), (len(members), draws))
            half = _normals((len(members), draws), rng)
            weight = half * half / 2 * own[members][:, None]
            inside = weight * known.astype(np.float32)[pick]
            part[members] += inside
            rest[members] += weight - inside
    return part, rest
