"""How far each month of a unit or seller lay from what season and calendar let expect, in units of its own noise."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.days import check_months
from salesplan.errors import InputError
from salesplan.forecasting.ramp import RAMP_MONTHS, cohort_ramp
from salesplan.hierarchy import Hierarchy
from salesplan.review.season_expectation import SeasonExpectation, calendar_design, expect_season

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FORMER = "/former"
LEAST_MONTHS = 6
"""Months of its own that a node needs before it is judged."""
REMEMBERED = np.array([1.0, 0.97, 0.94, 0.9, 0.85, 0.75])
"""Candidates for how much of the level a month passes on to the next."""
STAY = np.where(np.arange(len(REMEMBERED)) == 2, 0.0, 4.0)
"""Another one than the usual must have predicted clearly better to be taken."""
SPREAD_MONTHS = 24
"""Months back from which a node's noise is judged."""
POOLED_MONTHS = 12.0
"""Months that the noise usual on the level counts for."""
USUAL_ECHO, ECHO_MONTHS = (0.2, 0.0), 24.0
"""Correlation of a month's luck with the next month's that is assumed, of units and of people, and the months this counts for."""
CLIP = 3.0
SMALLEST_NOISE = 0.01
LEAST_KEPT = 0.7
"""Least that remains of a variance that past errors show to be too large."""
CHECKED = 12.0
"""Months that count for the noise being right before past errors have shown it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeasonalResiduals:
    """Residuals of every node, months x nodes in the order of ``units``.

    ``z`` is normal with spread 1 where nothing has happened, missing where a node cannot be judged; ``expected`` (currency
    units) and ``noise`` (relative, of the month against its expectation) rest on earlier months only. ``shared`` is the part
    of the variance that months in a row have in common, since the growth is uncertain; ``echo`` how much of a month's residual is
    expected in the next one; ``freedom`` the months its noise rests on.
    """

    months: pd.PeriodIndex
    units: pd.DataFrame
    actual: Floats
    expected: Floats
    noise: Floats
    z: Floats
    shared: Floats
    echo: Floats
    freedom: Floats

    def of(self, unit_id: str) -> pd.DataFrame:
        """month, actual, expected, month_noise_share, z_value of one node.

        Raises
        ------
        InputError
            The node is not there.
        """
        at = np.flatnonzero(self.units["unit_id"].to_numpy() == unit_id)
        if not at.size:
            raise InputError(f"unit_id == {unit_id!r}, must be a unit or seller of the review", where="seasonal residuals")
        i = int(at[0])
        return pd.DataFrame({"month": self.months, "actual": self.actual[:, i], "expected": self.expected[:, i],
                             "month_noise_share": self.noise[:, i], "z_value": self.z[:, i]})


def seasonal_residuals(
    history: pd.DataFrame, units: pd.DataFrame, *, country: str = "CN", first_month: pd.Series | None = None,
    since: pd.Period | None = None,
) -> SeasonalResiduals:
    """Standardised residuals of every node's months against its seasonal expectation.

    A month is compared with what its own past, the season, the working days, the growth and the 春节 of the company up
    to the month before let expect: a month never takes part in the expectation or the noise it is judged by.

    Parameters
    ----------
    history
        Months x leaf unit_id, currency units, no gap; missing cells are no sales.
    units
        ``unit_id, parent_id, level, name``, sellers as leaves.
    country
        Whose working days count, and whether 春节 does.
    first_month
        Month of hire by unit_id where known; newcomers are compared with the usual ramp and judged from their seventh month.
    since
        First month for which residuals are wanted; the two years before it are worked out as well, for the noise.

    Returns
    -------
    SeasonalResiduals

    Raises
    ------
    InputError
        History without leaves of the tree, months with a gap, infinite amounts.

    Notes
    -----
    On the square root of sales, where the noise of many small deals is even: ``u = 2 (sqrt(y) / sqrt(expected) - 1)``. The
    whole's season is a Bayesian regression (`expect_season`); a node's level is a discounted mean of its months with season
    taken out, the discount being what predicted best so far; what a node's same months of earlier years had in common
    beyond the whole's season is kept as far as its level shows such seasons. Of a unit its people are allowed for: newcomers as
    far as they have ramped up, those who left from the month after. ``z`` = u over its predictive spread: noise of the node
    (24 months, clipped at 3 spreads, drawn to its level's), error of level and of season; by Student's t to a normal
    score.

    Examples
    --------
    >>> months = pd.period_range("2023-01", periods=40, freq="M")
    >>> rng = np.random.default_rng(1)
    >>> sales = pd.DataFrame({"a": rng.normal(100, 5, 40), "b": rng.normal(50, 5, 40)}, index=months)
    >>> sales.iloc[-1, 0] = 60.0
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "name": ["Co", "A", "B"]})
    >>> found = seasonal_residuals(sales, units)
    >>> bool(found.of("a")["z_value"].iloc[-1] < -3)
    True
    """
    months, tree, leaves, sales = _checked(history, units)
    starts, former = _starts(sales, months, leaves, first_month)
    summing = _summing(tree)
    actual = sales @ summing.T
    ramp = np.ones_like(sales)
    young = starts > 0
    if young.any():
        curve = cohort_ramp(sales.T[~former], np.minimum(starts, len(months))[~former])
        ramp = np.where(young, curve.at(np.arange(len(months))[:, None] - starts), 1.0)
    grown = np.ones_like(actual)
    node_start = np.full(actual.shape[1], 0)
    leaf_at = tree.leaf_positions
    grown[:, leaf_at], node_start[leaf_at] = np.maximum(ramp, 1e-3), np.minimum(starts, len(months))
    inner = np.setdiff1d(np.arange(actual.shape[1]), leaf_at)
    ahead = grown.copy()
    grown[:, inner], ahead[:, inner] = _heads(sales, ramp, former, summing[inner])
    seen = actual[:, inner] > 0
    node_start[inner] = np.where(seen.any(axis=0), seen.argmax(axis=0), len(months))
    silent = np.zeros(actual.shape[1], bool)
    silent[leaf_at] = former
    begin = 2 if since is None else max(2, since.ordinal - months[0].ordinal - SPREAD_MONTHS - 12)
    groups = pd.factorize(tree.units["level"].astype(str))[0]
    leaf = np.isin(np.arange(actual.shape[1]), leaf_at)
    steps = _one_step(actual, grown, ahead, node_start, leaf, months, begin, country)
    steps.u[:, silent] = np.nan
    noise, z, freedom = _standardised(_without_own_season(steps.u, groups), steps, groups)
    expected = steps.factor * steps.root**2 * (1 + np.nan_to_num(steps.spread) ** 2 / 4)
    if since is not None:
        z[: max(since.ordinal - months[0].ordinal, 0)] = np.nan
    with np.errstate(invalid="ignore"):
        shared = steps.growth / noise**2
    return SeasonalResiduals(months=months, units=tree.units.copy(), actual=actual, expected=expected, noise=noise, z=z,
                             shared=shared, echo=_echo(z, groups, leaf), freedom=freedom)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Steps:
    """One-step errors ``u`` (relative, root scale), their noise as the months before had it, and what they rest on."""

    u: Floats
    spread: Floats
    freedom: Floats
    season: Floats
    growth: Floats
    level: Floats
    factor: Floats
    root: Floats
    whole: Floats


def _heads(sales: Floats, ramp: Floats, former: Bools, below: Floats) -> tuple[Floats, Floats]:
    """People of each unit by month, newcomers as far as they have ramped up; and as known before the month ends.

    Who has left counts by what he sold, in sales of a usual head; that somebody has gone is known a month later.
    """
    heads = np.where(former, 0.0, np.maximum(ramp, 0.0))
    staff = heads.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = sales[:, ~former].sum(axis=1) / staff
        gone = np.nan_to_num(np.maximum(sales[:, former], 0.0) / usual[:, None], posinf=0.0)
    heads[:, former] = gone
    before = heads.copy()
    before[1:, former] = gone[:-1]
    found, known = heads @ below.T, before @ below.T
    last = np.where(found[-1] > 0, found[-1], 1.0)
    return np.maximum(found / last, 1e-3), np.maximum(known / last, 1e-3)


def _one_step(
    actual: Floats, grown: Floats, ahead: Floats, start: NDArray[np.int64], leaf: Bools, months: pd.PeriodIndex, begin: int,
    country: str,
) -> _Steps:
    n, nodes = actual.shape
    days, design, prior = calendar_design(months, country=country)
    empty = np.full((n, nodes), np.nan)
    steps = _Steps(u=empty.copy(), spread=empty.copy(), freedom=empty.copy(), season=empty.copy(), growth=empty.copy(),
                   level=empty.copy(), factor=empty.copy(), root=empty.copy(), whole=np.full(n, np.nan))
    misses = np.zeros((2, len(REMEMBERED)))
    group, each = np.where(leaf, 1, 0), np.arange(nodes)
    for t in range(begin, n):
        season = expect_season(actual[:t, 0] / grown[:t, 0], days[: t + 1], design[: t + 1], prior)
        shape = np.exp(season.log_factor - season.log_factor[:-1].mean())
        there = np.arange(t)[:, None] >= start
        size = shape[:t, None] * grown[:t]
        roots = _clipped(np.sqrt(np.maximum(actual[:t], 0.0) / size), there)
        weights = (REMEMBERED[:, None] ** (t - 1 - np.arange(t))) * shape[:t]
        counted = np.where(there, grown[:t], 0.0)
        whole = weights @ counted
        whole = np.where(whole > 0, whole, np.nan)
        levels = weights @ (counted * roots) / whole
        squares = weights**2 @ counted**2 / whole**2
        pick = (misses + STAY).argmin(axis=1)[group]
        level = levels[pick, each]
        known = (t - start >= LEAST_MONTHS) & (level > 0)
        steps.factor[t], steps.root[t] = shape[t] * ahead[t], np.where(known, level, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            one = 2 * (np.sqrt(np.maximum(actual[t], 0.0) / steps.factor[t]) / levels - 1)
            inside = np.where(there, 2 * (roots / level - 1) * np.sqrt(size), np.nan)
        steps.u[t] = np.where(known, one[pick, each], np.nan)
        steps.whole[t] = season.noise
        steps.level[t] = squares[pick, each]
        shares = weights / weights.sum(axis=1, keepdims=True)
        steps.season[t] = np.array([season.variance(w) for w in shares])[pick]
        steps.growth[t] = np.array([season.growth_variance(w) for w in shares])[pick]
        steps.spread[t], steps.freedom[t] = _noise(inside[-SPREAD_MONTHS:], season)
        for g in (0, 1):
            of = known & (group == g)
            scaled = one[:, of] / np.maximum(steps.spread[t, of], SMALLEST_NOISE)
            misses[g] += (np.clip(np.nan_to_num(scaled), -CLIP, CLIP) ** 2).sum(axis=1)
    return steps


def _noise(inside: Floats, season: SeasonExpectation) -> tuple[Floats, Floats]:
    """Spread of each node around its level, with the noise that season and level have absorbed put back."""
    count = np.isfinite(inside).sum(axis=0)
    middle = np.sqrt(_median(inside**2) / 0.455)
    reach = CLIP * np.maximum(middle, SMALLEST_NOISE)
    cut = np.where(np.isfinite(inside), np.clip(np.nan_to_num(inside), -reach, reach), 0.0)
    lost = season.absorbed_share
    with np.errstate(divide="ignore", invalid="ignore"):
        own = (cut**2).sum(axis=0) / np.maximum(count - 1, 1)
        whole = season.noise**2
        shared = (cut * cut[:, :1]).sum(axis=0) / np.maximum(count - 1, 1) / (1 - lost)
        shared = np.clip(shared, 0.0, np.sqrt(np.maximum(own, 1e-12) / (1 - lost) * whole))
        variance = np.maximum(own + lost * (2 * shared - whole), own)
        alike = np.clip(shared**2 / (variance * whole), 0.0, 1.0)
    variance[0] = max(variance[0], whole)
    return np.where(count > 1, np.sqrt(variance), np.nan), (count - 1) * (1 - lost * alike)


def _clipped(roots: Floats, there: Bools) -> Floats:
    """Months far off their node's others are drawn in, so that one big deal does not set the level."""
    known = np.where(there, roots, np.nan)
    with np.errstate(invalid="ignore"):
        middle = _median(known)
        spread = np.maximum(_median(np.abs(known - middle)) / 0.674, 0.02 * middle)
    low, high = middle - CLIP * spread, middle + CLIP * spread
    return np.where(there & np.isfinite(middle), np.clip(roots, np.nan_to_num(low), np.nan_to_num(high, nan=np.inf)), 0.0)


def _median(values: Floats) -> Floats:
    """Median down the columns without the missing; missing where there is none."""
    ordered = np.sort(values, axis=0)
    count = np.isfinite(values).sum(axis=0)
    low, high = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, len(values) - 1)
    at = np.arange(values.shape[1])
    return np.where(count > 0, (ordered[low, at] + ordered[high, at]) / 2, np.nan)


def _without_own_season(u: Floats, groups: NDArray[np.int64]) -> Floats:
    """Errors less what the node's same months of earlier years shared, as far as its level shows it."""
    n = len(u)
    left = u.copy()
    years = range(12, n, 12)
    for g in np.unique(groups):
        of = np.flatnonzero(groups == g)
        own = np.clip(u[:, of], -1.5, 1.5)
        for t in range(24, n):
            pairs = own[12:t] * own[: t - 12]
            pairs = pairs[np.isfinite(pairs)]
            if len(pairs) < 12:
                continue
            shared = max(float(pairs.mean() - pairs.std() / np.sqrt(len(pairs))), 0.0)
            if shared <= 0:
                continue
            before = np.vstack([own[t - k] for k in years if t - k >= 0])
            count = np.isfinite(before).sum(axis=0)
            mean = np.where(count > 0, np.nansum(before, axis=0) / np.maximum(count, 1), 0.0)
            whole = np.nanmean(own[:t] ** 2)
            kept = np.minimum(count * shared / (max(whole - shared, 1e-9) + count * shared), 0.9)
            left[t, of] = u[t, of] - kept * mean
    return left


def _standardised(u: Floats, steps: _Steps, groups: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Predictive spread of each month, its normal score and degrees of freedom, from earlier months only."""
    from scipy.special import ndtri, stdtr

    n, nodes = u.shape
    noise, z, free = np.full((n, nodes), np.nan), np.full((n, nodes), np.nan), np.full((n, nodes), np.nan)
    names = np.unique(groups)
    missed, seen = np.zeros((n + 1, len(names))), np.zeros((n + 1, len(names)))
    for t in range(1, n):
        missed[t + 1], seen[t + 1] = missed[t], seen[t]
        # the month before may hold the beginning of what is looked for: it does not widen the noise
        last = np.isfinite(steps.spread[t - 1])
        spread = np.where(last, steps.spread[t - 1], steps.spread[t])
        months = np.where(last, steps.freedom[t - 1], steps.freedom[t])
        calm = min(np.nan_to_num(steps.whole[t - 1] / steps.whole[t], nan=1.0), 1.0) ** 2
        known = np.isfinite(u[t]) & np.isfinite(spread)
        if not known.any():
            continue
        variance, freedom = np.full(nodes, np.nan), np.full(nodes, np.nan)
        for k, g in enumerate(names):
            of = known & (groups == g)
            if not of.any():
                continue
            borrowed = POOLED_MONTHS * min(of.sum() - 1, 4) / 4
            own, count = spread[of] ** 2, np.maximum(months[of], 1.0)
            variance[of] = (borrowed * float(np.median(own)) + count * own) / (borrowed + count)
            variance[of] *= max((CHECKED + missed[t, k]) / (CHECKED + seen[t, k]), LEAST_KEPT)
            freedom[of] = borrowed + count
        size = steps.level[t] + 1 / np.clip(steps.factor[t], 0.2, 5.0)
        noise[t] = np.sqrt(calm * steps.season[t] + size * np.maximum(variance, SMALLEST_NOISE**2))
        score = np.where(known, u[t] / noise[t], np.nan)
        for k, g in enumerate(names):
            of = np.isfinite(score) & (groups == g)
            if of.any():  # months of one level share their luck: a month counts once
                missed[t + 1, k] += float(np.minimum(score[of] ** 2, CLIP**2).mean())
                seen[t + 1, k] += 1.0
        below = stdtr(freedom, -np.abs(score))
        z[t] = np.where(np.isfinite(score), -np.sign(score) * ndtri(np.maximum(below, 1e-15)), np.nan)
        free[t] = np.where(np.isfinite(score), freedom, np.nan)
    return noise, z, free


def _echo(z: Floats, groups: NDArray[np.int64], leaf: Bools) -> Floats:
    """Correlation of months in a row, level by level, from the months before each; few months say little."""
    echo = np.empty(z.shape)
    for g in np.unique(groups):
        of = groups == g
        usual = USUAL_ECHO[1 if leaf[of].all() else 0]
        score = np.clip(z[:, of], -CLIP, CLIP)
        product, square = score[1:] * score[:-1], (score[1:] ** 2 + score[:-1] ** 2) / 2
        both = np.isfinite(product)
        count = np.maximum(both.sum(axis=1), 1)
        top = np.where(both, product, 0.0).sum(axis=1) / count
        bottom = np.where(both, square, 0.0).sum(axis=1) / count
        known = (ECHO_MONTHS * usual + np.cumsum(top)) / (ECHO_MONTHS + np.cumsum(bottom))
        echo[:, of] = np.clip(np.concatenate([[usual, usual], known[:-1]])[: len(z)], 0.0, 0.6)[:, None]
    return echo


def _checked(history: pd.DataFrame, units: pd.DataFrame) -> tuple[pd.PeriodIndex, Hierarchy, list[str], Floats]:
    months = check_months(history.index)
    if len(months) > 1 and (np.diff(months.asi8) != 1).any():
        raise InputError("months of the history have a gap or are out of order, must follow one another", where="history",
                         fix="Fill months without sales with zero and sort them.")
    tree = Hierarchy(units=units)
    leaves = tree.units["unit_id"].to_numpy()[tree.leaf_positions].tolist()
    known = [leaf for leaf in leaves if leaf in history.columns]
    if not known:
        raise InputError("history has no column of a seller of the tree, must have one each", where="history")
    sales = np.nan_to_num(history.reindex(columns=leaves).to_numpy(float), nan=0.0, posinf=np.inf, neginf=-np.inf)
    if not np.isfinite(sales).all():
        raise InputError("history holds infinite amounts, must be finite", where="history")
    return months, tree, leaves, sales


def _starts(
    sales: Floats, months: pd.PeriodIndex, leaves: list[str], first_month: pd.Series | None
) -> tuple[NDArray[np.int64], Bools]:
    """First month of each leaf (0: there from the beginning), and who left."""
    seen = sales != 0
    starts = np.where(seen.any(axis=0), seen.argmax(axis=0), len(months))
    if first_month is not None:
        known = first_month.dropna()
        at = pd.Series([pd.Period(m, "M").ordinal - months[0].ordinal for m in known], index=known.index).reindex(leaves)
        hired = at.to_numpy(float)
        settled = hired <= -RAMP_MONTHS
        starts = np.where(np.isfinite(hired) & ~settled, np.maximum(hired, 0), np.where(settled, 0, starts)).astype(np.int64)
    former = np.array([leaf.endswith(FORMER) for leaf in leaves])
    return np.where(former, 0, starts), former


def _summing(tree: Hierarchy) -> Floats:
    """Nodes x leaves: 1 where the leaf is below the node."""
    parents, leaf_at = tree.parent_positions, tree.leaf_positions
    matrix = np.zeros((len(parents), len(leaf_at)))
    matrix[leaf_at, np.arange(len(leaf_at))] = 1.0
    for i in range(len(parents) - 1, 0, -1):
        matrix[parents[i]] += matrix[i]
    return matrix
