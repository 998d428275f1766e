"""What level each person has in each skill, from sources that differ in precision and leniency, with an interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.assessments import SOURCES, Array, check_scale, code_assessments
from salesplan.coaching.combined_ratings import combine_ratings
from salesplan.coaching.level_tables import leniency_table, level_notes, level_steps, level_table, source_table
from salesplan.coaching.self_severity import SELF, SelfSeverity, self_severity
from salesplan.coaching.shrinkage import shrink_levels
from salesplan.coaching.skill_history import LevelHistory
from salesplan.coaching.small_groups import SHOWN, group_status
from salesplan.coaching.source_bias import estimate_bias, reference_source
from salesplan.coaching.source_noise import (
    LEAST_PAIRS,
    RatingCells,
    SourceNoise,
    cells_by_round,
    estimate_noise,
    flat_ratings,
    latest_by_source,
    latest_compared,
    told_apart,
)
from salesplan.errors import InputError, known_choices

SOURCE_WEIGHTS: Mapping[str, float] = {"test": 0.35, "manager": 0.35, "customer": 0.15, "peer": 0.15, "self": 0.0}
"""How much each source counts where nothing else is agreed."""
HALF_LIFE_MONTHS = 12.0
"""Age at which a rating counts half as much as a fresh one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelMaterial:
    """What group figures need beyond the table, row by row of it: levels before shrinking and their errors.

    ``noise`` is each level's own error variance, ``loadings`` times ``covariance`` the part that levels share because
    biases are not fully known; ``error_correlation`` between one person's skills. NaN where only a self-rating is.
    ``latest`` ratings, what was taken off them and each source's part tell why a level is what it is. ``noise_known``:
    the error of a rating was estimated, not assumed; ``unclear`` rows have none but flat ratings.
    """

    raw: Array
    noise: Array
    loadings: Any
    covariance: Array
    error_correlation: float
    latest: RatingCells
    adjustments: Array
    parts: Array
    group_level: Array
    skills: tuple[str, ...]
    noise_known: bool
    unclear: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class SkillLevels:
    """Levels of people in skills, on one scale.

    ``table``: seller_id, skill, level with lower and upper, se, raw_level (before it was drawn to the group), group_share
    (of the group's mean in the level), n_sources, sources (text, joined by ``+``), self_level (as given), self_only,
    not_told_apart (nobody rated but sources whose ratings of the skill pile up at an end of the scale: no level, no
    interval), assessed_date (latest).
    ``severity``: how far people overrate themselves, by tier and skill (`SelfSeverity`).
    ``sources``: source, n, bias_level, noise_level (standard deviation of one rating), weight, precision_weight (by
    precision alone). ``leniency``: assessor_id, n, leniency_level with lower and upper.
    """

    table: pd.DataFrame
    self_severity: SelfSeverity
    sources: pd.DataFrame
    leniency: pd.DataFrame
    scale: tuple[float, float]
    coverage: float
    as_of: pd.Timestamp
    reference: str
    rounds: tuple[str, ...]
    history_material: LevelHistory
    material: LevelMaterial
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("table", "sources", "leniency"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        table = self.table
        inside = (table["level_lower"] <= table["level"] + 1e-9) & (table["level"] <= table["level_upper"] + 1e-9)
        wrong = table["level"].notna() & ~inside
        if wrong.any():
            at = table[wrong].iloc[0]
            raise InputError("level lies outside its interval", where=f"{at['seller_id']}, {at['skill']}")

    @property
    def severity(self) -> pd.DataFrame:
        """How far people overrate themselves: one row for all, each tier and each skill."""
        return self.self_severity.table.copy()

    def to_frame(self) -> pd.DataFrame:
        """One row a person and skill."""
        return self.table.copy()

    def wide(self, *, with_self_only: bool = False) -> pd.DataFrame:
        """People x skills; NaN where nobody, or (default) nobody but the person, has assessed."""
        table = self.table if with_self_only else self.table[~self.table["self_only"]]
        return table.pivot_table(index="seller_id", columns="skill", values="level")

    def explain(self, seller_id: str, skill: str | None = None) -> pd.DataFrame:
        """Why somebody has these levels: one row a rating, then what became of it.

        Columns: skill, source, assessed_date, given_level, bias_level (what the source and the manager add to everybody's
        ratings, taken off), adjusted_level, source_weight, raw_level (their weighted mean), group_level and group_share
        (the mean it was drawn to and how far), level. Where only the person spoke, source_weight is 1 and the level is what
        others say of people who rate themselves alike.

        Raises
        ------
        InputError
            Nobody with that seller_id was assessed (in that skill).
        """
        here = self.table["seller_id"] == seller_id
        if skill is not None:
            here &= self.table["skill"] == skill
        at = np.flatnonzero(here)
        if not len(at):
            known = set(self.table["seller_id"]) if skill is None else set(self.table["skill"])
            wrong = ("seller_id", seller_id) if skill is None else ("skill", skill)
            raise InputError(f"{wrong[0]} == {wrong[1]!r}, must be an assessed one", where=f"seller_id {seller_id}",
                             fix=known_choices(wrong[1], known))
        m = self.material
        steps = level_steps(m.latest, at, m.skills, m.adjustments, m.parts, self.self_severity.corrected, m.unclear)
        result = self.table.loc[at, ["skill", "raw_level", "group_share", "level"]].assign(group_level=m.group_level[at])
        return steps.merge(result[["skill", "raw_level", "group_level", "group_share", "level"]], on="skill")

    def summary(self) -> pd.DataFrame:
        """One row a skill: n (people assessed by others), mean level, spread, people with a self-rating only, status."""
        told = self.table[~self.table["self_only"] & self.table["level"].notna()]
        table = told.groupby("skill", sort=True).agg(
            n=("seller_id", "size"), level=("level", "mean"), sd_level=("level", "std"), group_share=("group_share", "mean"))
        alone = self.table.groupby("skill", sort=True)["self_only"].sum().rename("n_self_only")
        table = alone.to_frame().join(table).reset_index()
        table["n"] = table["n"].fillna(0).astype(int)
        table["status"] = group_status(table[["skill"]], table["n"].to_numpy(np.int64))
        table.loc[table["status"] != SHOWN, ["level", "sd_level", "group_share"]] = np.nan
        return table[["skill", "n", "n_self_only", "level", "sd_level", "group_share", "status"]]

    def history(self, rounds: Sequence[str] | None = None) -> pd.DataFrame:
        """Levels round by round: seller_id, skill, round, level (biases taken off, not drawn to the group), sources."""
        return self.history_material.levels(rounds)

    def change(self, previous: str | None = None, current: str | None = None) -> pd.DataFrame:
        """What changed between two rounds (default the last two), by the sources that spoke in both."""
        return self.history_material.change(previous, current)


def skill_levels(
    assessments: pd.DataFrame,
    *,
    people: pd.DataFrame,
    scale: tuple[float, float] = (1.0, 5.0),
    as_of: object = None,
    source_weights: Mapping[str, float] | None = None,
    half_life_months: float = HALF_LIFE_MONTHS,
    coverage: float = 0.9,
) -> SkillLevels:
    """Tell what somebody can, where a lenient manager, a noisy test and a proud self-rating each say something else.

    Parameters
    ----------
    assessments
        seller_id, skill, source, assessed_date, level on ``scale``; optional assessor_id, round.
    people
        seller_id, tier; assessments of others are left out. The tier decides to which mean a level is drawn.
    as_of
        Day the levels are for; default the last assessment.
    source_weights
        What each source counts; sources not named count nothing. A self-rating counts, at weight 0, only where nothing
        else is; with a weight, after what people of the tier overrate the skill by was taken off.
    half_life_months
        Age at which a rating counts half. Of each source only the latest round counts.
    coverage
        Of the intervals.

    Returns
    -------
    SkillLevels
        One row a person and skill that was assessed at all.

    Raises
    ------
    InputError
        Bad assessments (row and column named), weights, scale or people.

    Notes
    -----
    rating = level + source + source x skill + manager + halo of the person + chance. Biases by mixed model from ratings of
    the same skill (`estimate_bias`), relative to the source of most weight; error variances by moments of differences
    (`estimate_noise`); the level is the weighted mean of what is left, shrunk by empirical Bayes (`shrink_levels`).
    Intervals hold for people as a whole: of 100 intervals at 90 %, 90 hold the level; for somebody far from the tier's
    mean, fewer. Errors that all sources share cannot be seen.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"seller_id": [f"p{i:02d}" for i in range(40)], "tier": "all"})
    >>> true = rng.normal(3, 0.6, 40)
    >>> rows = [{"seller_id": p, "skill": "talk", "source": s, "assessed_date": "2026-06-30",
    ...          "level": float(np.clip(t + b + rng.normal(0, 0.3), 1, 5))}
    ...         for p, t in zip(people["seller_id"], true) for s, b in (("test", 0.0), ("manager", 0.4))]
    >>> levels = skill_levels(pd.DataFrame(rows), people=people)
    >>> levels.sources.set_index("source")["bias_level"].round(1).to_dict()
    {'test': 0.0, 'manager': 0.4}
    >>> bool(abs(levels.table["level"].to_numpy() - true).mean() < 0.25)
    True
    """
    low, high = check_scale(scale)
    weights = _checked_weights(source_weights)
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    if not half_life_months > 0:
        raise InputError(f"half_life_months == {half_life_months:g}, must be above 0")
    tiers = _tiers(people)
    coded = code_assessments(assessments, tiers.index, scale=(low, high), as_of=as_of)
    width = high - low
    counted = weights > 0
    counted[SELF] = False
    present = np.bincount(coded.source, minlength=len(SOURCES)) > 0
    cells = cells_by_round(coded)
    flat = flat_ratings(cells, len(coded.skills), (low, high))
    apart = told_apart(cells, flat)
    compared = latest_compared(apart, counted)
    reference = reference_source(np.where(counted & present, weights, 0.0), apart, compared)
    noise = estimate_noise(apart, compared, counted, width=width, reference=reference)
    bias = estimate_bias(compared, noise, counted, reference=reference, flat=flat,
                         n_managers=len(coded.assessors), n_sellers=len(coded.sellers), width=width)  # fmt: skip
    latest = latest_by_source(cells)
    usable = counted.copy()
    usable[SELF] = True
    latest = latest.take(np.asarray((np.isfinite(latest.rating) & usable).any(axis=1)))
    age = (np.datetime64(coded.as_of, "D") - latest.day).astype(float) / 30.4375
    age = np.where(np.isnat(latest.day), 0.0, age)
    tier_code, _ = pd.factorize(tiers.reindex(list(coded.sellers)), sort=True)
    tier = tier_code.astype(np.int64)[latest.seller]
    level = combine_ratings(latest, age, noise, bias, np.where(counted, weights, 0.0), half_life=half_life_months,
                            scale=(low, high))  # fmt: skip
    others = np.isfinite(level.raw)
    counts = counted & (~flat[latest.skill] | level.unclear[:, None])
    adjusted = np.where(counted & ~flat[latest.skill], latest.rating - bias.adjustments(latest), np.nan)
    severity = self_severity(latest, level.raw, level.noise, adjusted, tier, skill_names=coded.skills,
                             tier_names=sorted(set(tiers.reindex(list(coded.sellers)))), coverage=coverage, width=width,
                             shared=_shared_variance(level.loadings[others], bias.covariance))  # fmt: skip
    if weights[SELF] > 0:
        level = level.with_self(severity.corrected, severity.noise, float(weights[SELF]))
    shrunk = shrink_levels(level.raw[others], level.noise[others], tier[others], latest.skill[others],
                           common=level.common[others])  # fmt: skip
    mean = np.where(level.unclear, np.nan, severity.predicted)
    variance = np.where(level.unclear, np.nan, severity.predicted_variance)
    mean[others], variance[others] = shrunk.level, shrunk.variance
    raw, share, centre = np.where(others, level.raw, np.nan), np.zeros(len(mean)), np.full(len(mean), np.nan)
    share[others], centre[others] = shrunk.group_share, shrunk.group_level
    table = level_table(latest, coded.sellers, coded.skills, mean, variance, raw, share, others, (low, high), coverage,
                        with_self=weights[SELF] > 0, counts=counts, unclear=level.unclear)  # fmt: skip
    return SkillLevels(
        table=table,
        self_severity=severity,
        sources=source_table(coded.source, noise, bias, weights),
        leniency=leniency_table(bias, compared, coded.assessors, coverage),
        scale=(low, high),
        coverage=coverage,
        as_of=coded.as_of,
        reference=SOURCES[reference],
        rounds=coded.rounds,
        history_material=LevelHistory(
            sellers=coded.sellers, skills=coded.skills, rounds=coded.rounds, cells=cells,
            adjusted=apart.rating - bias.adjustments(cells), weights=np.where(counted, weights, 0.0)),
        material=LevelMaterial(raw=raw, noise=level.noise, loadings=level.loadings, covariance=bias.covariance,
                               error_correlation=_error_correlation(noise, counted & present), latest=latest,
                               adjustments=bias.adjustments(latest), parts=level.parts, group_level=centre,
                               skills=coded.skills, noise_known=bool(noise.n_pairs.max(initial=0) >= LEAST_PAIRS),
                               unclear=level.unclear),
        notes=tuple(level_notes(coded, noise, counted, reference, latest, others, share, severity, compared, flat,
                                unclear=level.unclear, age=age, half_life=half_life_months)),
    )  # fmt: skip


def _checked_weights(source_weights: Mapping[str, float] | None) -> Array:
    given = SOURCE_WEIGHTS if source_weights is None else source_weights
    unknown = [s for s in given if s not in SOURCES]
    if unknown:
        raise InputError(f"source_weights name {unknown[0]!r}, must be known sources", fix=known_choices(unknown[0], SOURCES))
    weights = np.array([float(given.get(s, 0.0)) for s in SOURCES])
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        wrong = SOURCES[int(np.flatnonzero(~(weights >= 0) | ~np.isfinite(weights))[0])]
        raise InputError(f"source_weights[{wrong!r}] == {given[wrong]}, must be 0 or more")
    if not weights[:SELF].sum() > 0:
        raise InputError("source_weights give no source but self any weight, must give one some")
    return weights / weights.sum()


def _tiers(people: pd.DataFrame) -> pd.Series:
    missing = [c for c in ("seller_id", "tier") if c not in people]
    if missing:
        raise InputError(f"people lack {missing[0]!r}, must have seller_id and tier")
    double = people["seller_id"].duplicated()
    if double.any():
        raise InputError(f"seller_id == {people.loc[double, 'seller_id'].iloc[0]!r} stands twice, must be unique", where="people")
    tier = people["tier"].astype(object)
    return tier.where(tier.notna(), "").astype(str).set_axis(people["seller_id"].astype(str).astype(object))


def _error_correlation(noise: SourceNoise, present: NDArray[np.bool_]) -> float:
    """Between one person's skills, from the sources that count and spoke."""
    total = float(noise.total[present].sum())
    return float(noise.halo[present].sum()) / total if total > 0 else 0.0


def _shared_variance(loadings: Any, covariance: Array) -> float:
    """What the mean of all levels carries of biases not fully known."""
    if not covariance.size or not loadings.shape[0]:
        return 0.0
    carried = np.asarray(loadings.sum(axis=0)).ravel() / loadings.shape[0]
    return float(carried @ covariance @ carried)
