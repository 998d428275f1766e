"""Drawing a noisy level towards its group: how far, and how uncertain the result is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.coaching.assessments import Array

NOISY = 4.0
"""Levels noisier than so many times the median one tell nothing about the spread between people."""
BORROWED_PEOPLE = 20.0
"""A skill's spread between people is mixed with that of all skills as if so many people stood behind the latter."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shrunk:
    """Posterior levels: ``level``, ``variance``, ``group_level`` drawn to, ``group_share`` of it in the level, ``spread``
    (variance between people of the group)."""

    level: Array
    variance: Array
    group_level: Array
    group_share: Array
    spread: Array


def shrink_levels(
    raw: Array, noise: Array, tier: NDArray[np.int64], skill: NDArray[np.int64], *, common: Array | None = None
) -> Shrunk:
    """Empirical Bayes: each level is mixed with the mean of its tier in the skill, by how noisy it is.

    Parameters
    ----------
    raw, noise
        Levels as assessed and their error variances, one a person x skill.
    tier, skill
        Codes of the group.
    common
        Part of the error variance that is alike for the whole group (a bias not fully known): it widens the interval,
        but does not make the person more like the group.

    Notes
    -----
    Normal-normal model (Efron & Morris 1975). Means of small groups are themselves drawn to the mean of the skill. The
    variance contains the uncertainty of group means and of the spread (Morris 1983).
    """
    n_skills = int(skill.max()) + 1 if len(skill) else 0
    groups, group = np.unique(tier * max(1, n_skills) + skill, return_inverse=True)
    n = np.bincount(group).astype(float)
    mean = np.bincount(group, raw) / n
    skill_of_group = groups % max(1, n_skills)
    spread = spread_by_skill(raw, noise, group, skill)
    own_variance = np.bincount(group, spread[skill] + noise) / n**2
    centre, centre_variance = _group_centres(mean, own_variance, skill_of_group, n_skills)
    share = noise / (spread[skill] + noise)
    level = raw + share * (centre[group] - raw)
    people = np.bincount(skill, minlength=n_skills)[skill]
    unsure_spread = 2 / np.maximum(people - 3, 2) * (share * (raw - centre[group])) ** 2
    variance = (1 - share) * noise + share**2 * centre_variance[group] + unsure_spread
    return Shrunk(level=level, variance=variance + (0.0 if common is None else common), group_level=centre[group],
                  group_share=share, spread=spread[skill])


def spread_by_skill(raw: Array, noise: Array, group: NDArray[np.int64], skill: NDArray[np.int64]) -> Array:
    """Variance of true levels between people of one group, by skill code; never zero."""
    n_skills = int(skill.max()) + 1 if len(skill) else 0
    sound = noise <= NOISY * np.median(noise) if len(noise) else np.zeros(0, dtype=bool)
    raw, noise, group, skill = raw[sound], noise[sound], group[sound], skill[sound]
    n = np.bincount(group)
    squares = (raw - (np.bincount(group, raw) / np.maximum(n, 1))[group]) ** 2
    people = np.bincount(skill, minlength=n_skills).astype(float)
    seen = np.unique(group * max(1, n_skills) + skill)
    df = np.maximum(people - np.bincount(seen % max(1, n_skills), minlength=n_skills), 0.0)
    error = np.divide(np.bincount(skill, noise, minlength=n_skills), people, out=np.zeros(n_skills), where=people > 0)
    sums = np.bincount(skill, squares, minlength=n_skills)
    mean_error = float(noise.mean()) if len(noise) else 0.0
    pooled = max(float(sums.sum()) / max(float(df.sum()), 1.0) - mean_error, 0.05 * mean_error, 1e-12)
    found = np.divide(sums, df, out=np.full(n_skills, np.nan), where=df > 0) - error
    mixed = np.where(df > 0, (df * np.nan_to_num(found) + BORROWED_PEOPLE * pooled) / (df + BORROWED_PEOPLE), pooled)
    return np.maximum(mixed, 0.05 * pooled)


def _group_centres(mean: Array, variance: Array, skill: NDArray[np.int64], n_skills: int) -> tuple[Array, Array]:
    """Tier means within a skill, drawn to the skill's mean by how few people they rest on."""
    precision = 1 / variance
    total = np.bincount(skill, precision, minlength=n_skills)
    overall = np.bincount(skill, precision * mean, minlength=n_skills) / np.where(total > 0, total, 1.0)
    n_groups = np.bincount(skill, minlength=n_skills)
    apart = np.bincount(skill, (mean - overall[skill]) ** 2 * precision, minlength=n_skills)
    df = float(np.maximum(n_groups - 1, 0).sum())
    weight = total - np.divide(np.bincount(skill, precision**2, minlength=n_skills), total, out=np.zeros(n_skills),
                               where=total > 0)  # fmt: skip
    between = max(0.0, (float(apart[n_groups > 1].sum()) - df) / float(weight[n_groups > 1].sum())) if df else 0.0
    if not df:
        return mean, variance
    share = variance / (variance + between)
    centre_of_skill = 1 / np.where(total > 0, total, 1.0)
    return mean + share * (overall[skill] - mean), (1 - share) * variance + share**2 * centre_of_skill[skill]


def expected_gap(level: Array, sd: Array, required: Array) -> tuple[Array, Array, Array]:
    """Mean and variance of max(0, required - level) for a normal level, and the probability to be below.

    Examples
    --------
    >>> mean, variance, p = expected_gap(np.array([3.0]), np.array([0.5]), np.array([3.0]))
    >>> mean.round(4).tolist(), p.tolist()
    ([0.1995], [0.5])
    """
    from scipy.special import ndtr

    safe = np.maximum(sd, 1e-12)
    z = (required - level) / safe
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    p = ndtr(z)
    mean = np.maximum(safe * (z * p + density), 0.0)
    square = safe**2 * ((z**2 + 1) * p + z * density)
    return mean, np.maximum(square - mean**2, 0.0), p
