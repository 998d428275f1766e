"""How precise each source of assessments is: what is left of the differences between sources on the same skill."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from salesplan.coaching.assessments import SOURCES, Array, CodedAssessments, Codes

MANAGER = SOURCES.index("manager")
LEAST_PAIRS = 20
"""Ratings of the same skill by two sources needed before their precision is estimated rather than assumed."""
FLAT_SHARE = 0.5
"""Share of ratings at one end of the scale above which they tell nothing about leniency."""
ASSUMED_SD = 0.15
"""Error of a single rating, as a share of the scale, where nothing tells it."""
ASSUMED_LENIENCY = 0.1
"""Spread of managers' leniency, as a share of the scale, where nothing tells it."""
ENOUGH_MANAGERS = 6
"""Managers to compare from which on their spread is taken as estimated, not mixed with the assumed one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RatingCells:
    """Person x skill cells with one column per source (of `SOURCES`); NaN where a source said nothing."""

    seller: Codes
    skill: Codes
    round: Codes
    manager: Codes
    rating: Array
    n: Array
    day: NDArray[np.datetime64]

    def take(self, which: NDArray[np.bool_]) -> "RatingCells":
        """Some of the cells."""
        return RatingCells(**{name: getattr(self, name)[which] for name in self.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceNoise:
    """Variances of one rating's error, by source (order of `SOURCES`).

    ``own``: anew at every skill; ``halo``: one person's error common to all skills with that source. ``leniency``: of
    managers (mixed with an assumed one where few can be compared, see `ENOUGH_MANAGERS`); ``bias_spread``: of a source's
    bias between skills; ``drift``: of true levels per month, NaN where it cannot be told. ``n_pairs`` of ratings compared by
    source, ``n_people`` they are of.
    """

    own: Array
    halo: Array
    leniency: float
    bias_spread: float
    drift: float
    n_pairs: Codes
    n_people: int

    @property
    def total(self) -> Array:
        """Error variance of one rating."""
        return self.own + self.halo


def cells_by_round(coded: CodedAssessments) -> RatingCells:
    """One row a person x skill x round, sorted in this order."""
    key = coded.cell * max(1, len(coded.rounds)) + coded.round
    start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
    row = np.cumsum(np.r_[True, key[1:] != key[:-1]]) - 1 if len(key) else start
    shape = (len(start), len(SOURCES))
    rating, n = np.full(shape, np.nan), np.ones(shape)
    rating[row, coded.source], n[row, coded.source] = coded.rating, coded.n
    day = np.full(shape, np.datetime64("NaT"), dtype="datetime64[D]")
    day[row, coded.source] = coded.day
    manager = np.full(len(start), -1, dtype=np.int64)
    by_manager = coded.source == MANAGER
    manager[row[by_manager]] = coded.assessor[by_manager]
    return RatingCells(seller=coded.seller[start], skill=coded.skill[start], round=coded.round[start], manager=manager,
                       rating=rating, n=n, day=day)


def latest_by_source(cells: RatingCells) -> RatingCells:
    """One row a person x skill: the latest word of each source, of whichever round."""
    if not len(cells.seller):
        return cells
    first = np.flatnonzero(np.r_[True, _changes(cells)])
    last = np.r_[first[1:], len(cells.seller)] - 1
    rating = np.full((len(first), len(SOURCES)), np.nan)
    n, day = np.ones_like(rating), np.full(rating.shape, np.datetime64("NaT"), dtype="datetime64[D]")
    manager = np.full(len(first), -1, dtype=np.int64)
    for place in range(int((last - first).max()) + 1):
        at = first + place
        at, into = at[at <= last], np.flatnonzero(at <= last)
        there = np.isfinite(cells.rating[at])
        rating[into] = np.where(there, cells.rating[at], rating[into])
        n[into] = np.where(there, cells.n[at], n[into])
        day[into] = np.where(there, cells.day[at], day[into])
        manager[into] = np.where(there[:, MANAGER], cells.manager[at], manager[into])
    return RatingCells(seller=cells.seller[first], skill=cells.skill[first], round=cells.round[last], manager=manager,
                       rating=rating, n=n, day=day)


def flat_ratings(cells: RatingCells, n_skills: int, scale: tuple[float, float]) -> NDArray[np.bool_]:
    """Skills x sources in which most ratings are at one end of the scale: they tell neither people nor raters apart."""
    low, high = scale
    edge = 0.005 * (high - low)
    flat = np.zeros((n_skills, len(SOURCES)), dtype=bool)
    for source in range(len(SOURCES)):
        there = np.isfinite(cells.rating[:, source])
        skill, rating = cells.skill[there], cells.rating[there, source]
        n = np.bincount(skill, minlength=n_skills)
        most = np.maximum(np.bincount(skill, rating >= high - edge, n_skills), np.bincount(skill, rating <= low + edge, n_skills))
        flat[:, source] = (n >= LEAST_PAIRS) & (most > FLAT_SHARE * n)
    return flat


def told_apart(cells: RatingCells, flat: NDArray[np.bool_]) -> RatingCells:
    """The cells without flat ratings."""
    return replace(cells, rating=np.where(flat[cells.skill], np.nan, cells.rating))


def latest_compared(cells: RatingCells, counted: NDArray[np.bool_]) -> RatingCells:
    """One row a person x skill: the last round in which two counted sources or more spoke."""
    both = cells.take(np.isfinite(cells.rating[:, counted]).sum(axis=1) >= 2)
    if not len(both.seller):
        return both
    return both.take(np.r_[_changes(both), True])


def estimate_noise(
    cells: RatingCells, compared: RatingCells, counted: NDArray[np.bool_], *, width: float, reference: int
) -> SourceNoise:
    """Variances by moments of the differences between sources (`compared`) and of changes between rounds (`cells`)."""
    at = np.flatnonzero(counted)
    pairs = [found for a, b in combinations(at, 2) if (found := _pair_moments(compared, int(a), int(b))) is not None]
    own, halo = np.full(len(SOURCES), np.nan), np.zeros(len(SOURCES))
    n_pairs = np.zeros(len(SOURCES), dtype=np.int64)
    for pair in pairs:
        n_pairs[[pair.first, pair.second]] += pair.n
    solid = [pair for pair in pairs if pair.n >= LEAST_PAIRS]
    if solid:
        known = sorted({s for pair in solid for s in (pair.first, pair.second)})
        own[known] = _split(solid, known, [pair.own for pair in solid])
        halo[known] = _split(solid, known, [pair.halo for pair in solid])
        own[known] = np.maximum(own[known], 1e-4 * width**2)
    assumed = float(np.nanmean(own)) if solid else (ASSUMED_SD * width) ** 2
    own = np.where(np.isnan(own), assumed, own)
    by_manager = [pair for pair in solid if MANAGER in (pair.first, pair.second) and pair.df_leniency > 0]
    leniency = _with_assumed([p.leniency for p in by_manager], [p.df_leniency for p in by_manager], width)
    with_reference = [pair for pair in solid if reference in (pair.first, pair.second) and pair.n_skills > 1]
    spread = _pooled([p.spread for p in with_reference], [p.n_skills - 1 for p in with_reference])
    return SourceNoise(own=own, halo=halo, leniency=leniency, bias_spread=max(0.0, spread),
                       drift=_drift(cells, at), n_pairs=n_pairs,
                       n_people=len(np.unique(compared.seller)))  # fmt: skip


def _changes(cells: RatingCells) -> NDArray[np.bool_]:
    return (cells.seller[1:] != cells.seller[:-1]) | (cells.skill[1:] != cells.skill[:-1])


@dataclass(frozen=True)
class _Pair:
    first: int
    second: int
    n: int
    share: tuple[float, float]
    own: float
    halo: float
    leniency: float
    df_leniency: float
    spread: float
    n_skills: int


def _pair_moments(cells: RatingCells, first: int, second: int) -> _Pair | None:
    """Nested analysis of variance of one pair's differences: skills, managers, people within, skills within people."""
    both = np.isfinite(cells.rating[:, first]) & np.isfinite(cells.rating[:, second])
    if not both.any():
        return None
    cell = cells.take(both)
    difference = cell.rating[:, first] - cell.rating[:, second]
    share = (float((1 / cell.n[:, first]).mean()), float((1 / cell.n[:, second]).mean()))
    skills, skill = np.unique(cell.skill, return_inverse=True)
    per_skill = np.bincount(skill)
    mean_of_skill = np.bincount(skill, difference) / per_skill
    left = difference - mean_of_skill[skill]
    people, start, person = np.unique(cell.seller, return_index=True, return_inverse=True)
    k = np.bincount(person)
    of_person = np.bincount(person, left) / k
    df_within = len(left) - len(people) - len(skills) + 1
    df_all = max(len(left) - len(skills), 1)
    within = float(((left - of_person[person]) ** 2).sum() / df_within) if df_within > 0 else np.nan
    manager = cell.manager[start] if MANAGER in (first, second) else np.zeros(len(people), dtype=np.int64)
    groups, group = np.unique(manager, return_inverse=True)
    size = np.bincount(group)
    of_group = np.bincount(group, of_person) / size
    df_people = len(people) - len(groups)
    if np.isnan(within) or df_people <= 0:
        total = float((left**2).sum() / df_all)
        own, halo = (total, 0.0) if np.isnan(within) else (within, max(0.0, total - within))
    else:
        between = float(((of_person - of_group[group]) ** 2).sum() / df_people)
        own, halo = within, max(0.0, between - within * float((1 / k).mean()))
    leniency, df = np.nan, 0.0
    named = groups >= 0
    if MANAGER in (first, second) and named.sum() > 1:
        own_error = float(((halo + own / np.bincount(group, k)[named] * size[named]) / size[named]).mean())
        leniency, df = float(of_group[named].var(ddof=1)) - own_error, float(named.sum() - 1)
    expected = float(((own + halo) / per_skill).mean())
    spread = float(mean_of_skill.var(ddof=1)) - expected if len(skills) > 1 else np.nan
    return _Pair(first, second, len(left), share, own, halo, leniency, df, spread, len(skills))


def _split(pairs: list[_Pair], known: list[int], sums: list[float]) -> Array:
    """Each source's part of the variances of pairs; least squares, not negative, alike where the data cannot tell."""
    from scipy.optimize import nnls

    rows, right = [], []
    for pair, value in zip(pairs, sums, strict=True):
        row = np.zeros(len(known))
        row[known.index(pair.first)], row[known.index(pair.second)] = pair.share
        rows.append(row * np.sqrt(pair.n))
        right.append(value * np.sqrt(pair.n))
    alike = float(np.average([v / sum(p.share) for p, v in zip(pairs, sums, strict=True)], weights=[p.n for p in pairs]))
    pull = 1e-3 * np.sqrt(sum(p.n for p in pairs))
    return nnls(np.vstack([*rows, pull * np.eye(len(known))]), np.r_[right, np.full(len(known), pull * alike)])[0]


def _pooled(values: list[float], weights: list[float] | list[int]) -> float:
    return float(np.average(values, weights=weights)) if values else 0.0


def _with_assumed(values: list[float], weights: list[float], width: float) -> float:
    """Spread of leniency, mixed with the assumed one by how many managers it rests on."""
    df, enough = max(weights, default=0.0), ENOUGH_MANAGERS - 1
    share = min(1.0, df / enough)
    return share * max(0.0, _pooled(values, weights)) + (1 - share) * (ASSUMED_LENIENCY * width) ** 2


def _drift(cells: RatingCells, counted: NDArray[np.int64]) -> float:
    """How far true levels move in a month (mean square): changes on which two sources agree; NaN without them."""
    if len(cells.seller) < 2:
        return np.nan
    next_one = np.flatnonzero(~_changes(cells))
    change = cells.rating[next_one + 1] - cells.rating[next_one]
    months = (cells.day[next_one + 1] - cells.day[next_one]).astype(float) / 30.4375
    products, time = 0.0, 0.0
    for a, b in combinations(counted, 2):
        both = np.isfinite(change[:, a]) & np.isfinite(change[:, b]) & (np.minimum(months[:, a], months[:, b]) > 0.5)
        if both.sum() >= LEAST_PAIRS:
            products += float((change[both, a] * change[both, b]).sum())
            time += float(((months[both, a] + months[both, b]) / 2).sum())
    return max(0.0, products / time) if time else np.nan
