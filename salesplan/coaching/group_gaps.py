"""Mean gaps of groups of people, with intervals that know about noisy ratings, shared biases and people not assessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.assessments import Array
from salesplan.coaching.nested_groups import NESTED, nested_status
from salesplan.coaching.shrinkage import expected_gap, spread_by_skill
from salesplan.coaching.skill_history import LevelHistory
from salesplan.coaching.skill_levels import SkillLevels
from salesplan.coaching.small_groups import SHOWN, group_status
from salesplan.text import mark

FIGURES = ("level", "level_lower", "level_upper", "gap", "gap_lower", "gap_upper", "below_share", "below_share_lower",
           "below_share_upper")  # fmt: skip
CHANGES = ("change_level", "change_level_lower", "change_level_upper")
ENOUGH_AGAIN = 0.8
"""Share of earlier assessments that has to be repeated, unless those repeated look like the others."""
UNLIKE = mark("those assessed again differ from the others")


@dataclass(frozen=True, kw_only=True, eq=False)
class GapMaterial:
    """Levels before shrinking and their errors, row by row of the gaps' ``persons`` (NaN where nobody else spoke).

    ``noise_known``: the error of a rating was estimated, not assumed.
    """

    raw: Array
    noise: Array
    loadings: Any
    covariance: Array
    error_correlation: float
    history: LevelHistory
    noise_known: bool

    @classmethod
    def of(cls, levels: SkillLevels, at: NDArray[np.int64]) -> "GapMaterial":
        """Rows ``at`` of the levels' material; -1 where there is none."""
        from scipy.sparse import csr_array, vstack

        source = levels.material
        safe = np.where(at >= 0, at, len(source.raw))
        padded = csr_array(vstack([source.loadings, csr_array((1, source.loadings.shape[1]))]))
        return cls(raw=np.r_[source.raw, np.nan][safe], noise=np.r_[source.noise, np.nan][safe], loadings=padded[safe],
                   covariance=source.covariance, error_correlation=source.error_correlation,
                   history=levels.history_material, noise_known=source.noise_known)


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupMeans:
    """Mean and variance of one figure for every group (order of the group codes)."""

    mean: Array
    variance: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouping:
    """Which rows belong to which group, and how much of a group's mean each assessed row is."""

    groups: pd.DataFrame
    group: NDArray[np.int64]
    used: NDArray[np.bool_]
    part: Array
    person: NDArray[np.int64]
    n: NDArray[np.int64]
    n_people: NDArray[np.int64]
    centre: Array
    spread: Array


def make_grouping(persons: pd.DataFrame, material: GapMaterial, keys: Sequence[str]) -> Grouping:
    """Groups of rows; a person's skills are averaged first, then people.

    ``centre``, to which a level is drawn: the mean of the person's tier in the skill, moved by how far the group as a whole
    lies off the means of its tiers.
    """
    if keys:
        numbered = persons.groupby(list(keys), sort=True)
        group = numbered.ngroup().to_numpy().astype(np.int64)
        groups = persons[list(keys)].iloc[np.unique(group, return_index=True)[1]].reset_index(drop=True)
    else:
        group, groups = np.zeros(len(persons), dtype=np.int64), pd.DataFrame(index=range(min(1, len(persons))))
    size = len(groups)
    used = np.isfinite(material.raw)
    seller = pd.factorize(persons["seller_id"])[0].astype(np.int64)
    n_sellers = int(seller.max()) + 1 if len(seller) else 0
    skill = pd.factorize(persons["skill"], sort=True)[0].astype(np.int64)
    n_skills = int(skill.max()) + 1 if len(skill) else 0
    member = group * max(1, n_sellers) + seller
    everybody = np.unique(member)
    members, person = np.unique(member[used], return_inverse=True)
    n = np.bincount(members // max(1, n_sellers), minlength=size)
    per_person = np.bincount(person)
    part = np.zeros(len(persons))
    part[used] = 1 / (per_person[person] * n[group[used]])
    code = np.full(len(persons), -1, dtype=np.int64)
    code[used] = person
    centre, spread = np.full(len(persons), np.nan), np.full(len(persons), np.nan)
    if used.any():
        tier = pd.factorize(persons["tier"])[0].astype(np.int64)
        of_tier = _cell_means(material.raw[used], tier[used] * n_skills + skill[used])
        left, cell = material.raw[used] - of_tier, group[used] * n_skills + skill[used]
        centre[used] = of_tier + _cell_means(left, cell)
        cell = np.unique(cell, return_inverse=True)[1]
        spread[used] = spread_by_skill(left, material.noise[used], cell, skill[used])[skill[used]]
    return Grouping(groups=groups, group=group, used=used, part=part, person=code, n=n,
                    n_people=np.bincount(everybody // max(1, n_sellers), minlength=size), centre=centre, spread=spread)


def _cell_means(value: Array, cell: NDArray[np.int64]) -> Array:
    _, code = np.unique(cell, return_inverse=True)
    return (np.bincount(code, value) / np.bincount(code))[code]


def mean_gap(
    grouping: Grouping, material: GapMaterial, required: Array, *, weight: Array | None = None
) -> tuple[GroupMeans, GroupMeans, GroupMeans]:
    """Mean gap, share below and mean level of every group.

    ``weight`` multiplies each row's gap (importance x frequency for needs).
    """
    u = grouping.used
    size = len(grouping.groups)
    group, part = grouping.group[u], grouping.part[u]
    raw, noise, centre, spread = material.raw[u], material.noise[u], grouping.centre[u], grouping.spread[u]
    times = np.ones(len(raw)) if weight is None else weight[u]
    share = noise / (spread + noise)
    posterior = raw + share * (centre - raw)
    gap, gap_variance, p = expected_gap(posterior, np.sqrt((1 - share) * noise), required[u])
    density = np.exp(-((required[u] - posterior) ** 2) / (2 * (1 - share) * noise)) / np.sqrt(2 * np.pi * (1 - share) * noise)
    one = np.ones(len(raw))
    kinds = ((gap * times, gap_variance * times**2, p * times), (p, p * (1 - p), density), (raw, noise, one))
    loadings = material.loadings[u]
    results = []
    for at, (value, own, sensitivity) in enumerate(kinds):
        mean = np.bincount(group, part * value, size).astype(float)
        centre_error = np.zeros(len(raw)) if at == 2 else (sensitivity * share) ** 2 * (spread + noise)
        independent = _of_people(own + centre_error, part, grouping, material.error_correlation)
        common = _shared(group, part * sensitivity, loadings, material.covariance, size)
        results.append(GroupMeans(mean=mean, variance=independent + common + _not_assessed(value, grouping)))
    return results[0], results[1], results[2]


def _of_people(variance: Array, part: Array, grouping: Grouping, correlation: float) -> Array:
    """Variance of weighted means, errors of one person's skills correlated."""
    person = grouping.person[grouping.used]
    single = np.bincount(person, part**2 * variance)
    together = np.bincount(person, part * np.sqrt(variance)) ** 2
    first = np.unique(person, return_index=True)[1]
    of_group = grouping.group[grouping.used][first]
    mixed = (1 - correlation) * single + correlation * together
    return np.bincount(of_group, mixed, len(grouping.groups)).astype(float)


def _shared(group: NDArray[np.int64], part: Array, loadings: Any, covariance: Array, size: int) -> Array:
    """Variance that a group's people share because biases of sources and managers are not fully known."""
    from scipy.sparse import coo_array

    if not covariance.size:
        return np.zeros(size)
    of_group = coo_array((part, (group, np.arange(len(group)))), shape=(size, len(group))).tocsr()
    carried = of_group @ loadings
    return np.asarray(carried.multiply(carried @ covariance).sum(axis=1)).ravel()


def _not_assessed(value: Array, grouping: Grouping) -> Array:
    """Variance from those of the group whom nobody assessed, as if missing by chance."""
    u = grouping.used
    person = grouping.person[u]
    of_person = np.bincount(person, value) / np.bincount(person)
    first = np.unique(person, return_index=True)[1]
    of_group = grouping.group[u][first]
    size, n = len(grouping.groups), grouping.n
    mean = np.bincount(of_group, of_person, size) / np.maximum(n, 1)
    square = np.bincount(of_group, (of_person - mean[of_group]) ** 2, size) / np.maximum(n - 1, 1)
    missing = 1 - n / np.maximum(grouping.n_people, 1)
    return missing * square / np.maximum(n, 1)


def compared_level(required: Array, scale: tuple[float, float]) -> Array:
    """Levels that people are held against: at the top of the scale half a step less, for nobody can be above it."""
    low, high = scale
    return np.minimum(required, high - (high - low) / 8)


def interval_half(grouping: Grouping, variance: Array, coverage: float) -> Array:
    """Half the width of groups' intervals: normal, and t where some of the group are not assessed."""
    from scipy.special import stdtrit

    t = stdtrit(np.maximum(grouping.n - 1, 1).astype(float), (1 + coverage) / 2)
    return np.asarray(np.where(grouping.n < grouping.n_people, t, _normal_quantile(coverage)) * np.sqrt(variance))


def status_of_groups(
    persons: pd.DataFrame, groups: pd.DataFrame, n: NDArray[np.int64], counted: NDArray[np.int64], *, minimum: int,
    team_totals: bool,
) -> NDArray[np.object_]:  # fmt: skip
    """Which groups may show a figure, tables by tier, team and both considered together.

    ``counted``: rows of ``persons`` behind the figures. Tables by role are guarded alone.
    """
    keys = [str(c) for c in groups.columns]
    if "role" in keys:
        return group_status(groups, n, minimum=minimum)
    fine = [*NESTED, *(k for k in keys if k not in NESTED)]
    cells = persons.iloc[counted].groupby(fine, sort=True)["seller_id"].nunique().rename("n").reset_index()
    return nested_status(groups, n, cells, minimum=minimum, team_totals=team_totals)


def group_gaps(
    persons: pd.DataFrame,
    material: GapMaterial,
    keys: Sequence[str],
    *,
    minimum: int,
    team_totals: bool,
    coverage: float,
    scale: tuple[float, float],
    previous: str | None = None,
    current: str | None = None,
) -> pd.DataFrame:
    """The table behind `SkillGaps.by`."""
    grouping = make_grouping(persons, material, keys)
    size = len(grouping.groups)
    gap, below, level = mean_gap(grouping, material, compared_level(persons["required_level"].to_numpy(float), scale))
    frame = grouping.groups.assign(n=grouping.n, n_people=grouping.n_people)
    everybody = np.bincount(grouping.group, minlength=size)
    frame["required_level"] = np.bincount(grouping.group, persons["required_level"], size) / np.maximum(everybody, 1)
    for name, figure, (low, high) in (("level", level, scale), ("gap", gap, (0.0, np.inf)), ("below_share", below, (0.0, 1.0))):
        half = interval_half(grouping, figure.variance, coverage)
        frame[name] = np.clip(figure.mean, low, high)
        frame[f"{name}_lower"] = np.clip(figure.mean - half, low, high)
        frame[f"{name}_upper"] = np.clip(figure.mean + half, low, high)
    if not material.noise_known:
        frame[[c for c in FIGURES if c.startswith("below_share")]] = np.nan
    changes, again, unlike = _changes(persons, grouping, material, coverage, previous, current)
    frame = frame.join(changes)
    frame["status"] = status_of_groups(persons, grouping.groups, grouping.n, np.flatnonzero(grouping.used), minimum=minimum,
                                       team_totals=team_totals)  # fmt: skip
    frame.loc[frame["status"] != SHOWN, [*FIGURES, *CHANGES]] = np.nan
    hidden = status_of_groups(persons, grouping.groups, frame["n_paired"].to_numpy(np.int64), again, minimum=minimum,
                              team_totals=team_totals)  # fmt: skip
    hidden = np.where(frame["status"] != SHOWN, frame["status"], np.where((hidden == SHOWN) & unlike, UNLIKE, hidden))
    frame.loc[hidden != SHOWN, list(CHANGES)] = np.nan
    return frame[[*(c for c in frame.columns if c != "status"), "status"]].assign(change_status_msgid=hidden)


def _normal_quantile(coverage: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + coverage) / 2))


def _changes(
    persons: pd.DataFrame, grouping: Grouping, material: GapMaterial, coverage: float, previous: str | None,
    current: str | None,
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.bool_]]:  # fmt: skip
    """Mean change of level on the same people and its t interval over people; their rows; groups where they are unlike
    those not assessed again."""
    from scipy.special import stdtrit

    size = len(grouping.groups)
    nothing = pd.DataFrame({**dict.fromkeys(CHANGES, np.full(size, np.nan)),
                            **dict.fromkeys(("n_paired", "n_before"), np.zeros(size, dtype=np.int64))})
    none, nowhere = np.zeros(0, dtype=np.int64), np.zeros(size, dtype=bool)
    if len(material.history.rounds) < 2:
        return nothing, none, nowhere
    previous, current = material.history.rounds_compared(previous, current)
    change = material.history.change(previous, current)
    rows = pd.MultiIndex.from_frame(persons[["seller_id", "skill"]])
    at = rows.get_indexer(pd.MultiIndex.from_frame(change[["seller_id", "skill"]]))
    here = at >= 0
    at, value = at[here], change["change_level"].to_numpy(float)[here]
    n_before, unlike = _assessed_again(persons, rows, grouping, material.history.levels([previous]), at)
    if not len(at):
        return nothing.assign(n_before=n_before), none, unlike
    seller = pd.factorize(persons["seller_id"])[0].astype(np.int64)
    member = grouping.group[at] * (int(seller.max()) + 1) + seller[at]
    members, person = np.unique(member, return_inverse=True)
    of_person = np.bincount(person, value) / np.bincount(person)
    of_group = members // (int(seller.max()) + 1)
    n = np.bincount(of_group, minlength=size)
    mean = np.bincount(of_group, of_person, size) / np.maximum(n, 1)
    square = np.bincount(of_group, (of_person - mean[of_group]) ** 2, size) / np.maximum(n - 1, 1)
    half = stdtrit(np.maximum(n - 1, 1).astype(float), (1 + coverage) / 2) * np.sqrt(square / np.maximum(n, 1))
    few = n < 2
    found = pd.DataFrame({"change_level": np.where(few, np.nan, mean), "change_level_lower": np.where(few, np.nan, mean - half),
                          "change_level_upper": np.where(few, np.nan, mean + half), "n_paired": n, "n_before": n_before})
    return found, at, unlike


def _assessed_again(
    persons: pd.DataFrame, rows: pd.MultiIndex, grouping: Grouping, before: pd.DataFrame, again: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """People of each group in the round before; whether too few skills of theirs were assessed again, and other ones.

    The weakest assessed again rise by chance alone.
    """
    size = len(grouping.groups)
    at = rows.get_indexer(pd.MultiIndex.from_frame(before[["seller_id", "skill"]]))
    level = (before["level"] - before.groupby("skill")["level"].transform("mean")).to_numpy(float)[at >= 0]
    at = at[at >= 0]
    group, repeated = grouping.group[at], np.isin(at, again)
    people = pd.Series(persons["seller_id"].to_numpy()[at]).groupby(group).nunique()
    n_before = np.asarray(people.reindex(range(size), fill_value=0), dtype=np.int64)
    sums = [np.bincount(group, kept * level**power, size) for kept in (repeated, ~repeated) for power in (0, 1, 2)]
    n, s, q, m, r, p = sums
    difference = s / np.maximum(n, 1) - r / np.maximum(m, 1)
    spread = (q - s**2 / np.maximum(n, 1) + p - r**2 / np.maximum(m, 1)) / np.maximum(n + m - 2, 1)
    error = np.sqrt(spread * (1 / np.maximum(n, 1) + 1 / np.maximum(m, 1)))
    few = (n < ENOUGH_AGAIN * (n + m)) & (n > 0)
    return n_before, np.asarray(few & (np.abs(difference) > _normal_quantile(0.9) * error), dtype=np.bool_)
