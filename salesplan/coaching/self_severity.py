"""How people rate themselves against what others say of them: who overrates, who underrates, what a self-rating is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.assessments import SOURCES, Array
from salesplan.coaching.small_groups import INSUFFICIENT, MINIMUM, group_status
from salesplan.coaching.source_noise import RatingCells
from salesplan.errors import InputError
from salesplan.text import mark

SELF = SOURCES.index("self")
LEAST_PEOPLE = 10
"""People with a self-rating and others' ratings needed before self-ratings are corrected by them."""
GUESSED_BETWEEN = 0.1
"""Spread between tiers, as a share of the scale, where fewer than two were rated by others."""
GUESSED_SD = 0.2
"""Error of a self-rating, as a share of the scale, where nothing tells it."""
_BOOTSTRAPS = 500

STARS_UNDERRATE = mark(
    "For each level that people are better, they overrate themselves by {slope_factor} levels less: the best underrate"
    " themselves, beginners overrate. Do not compare people by their own ratings."
)
NO_STAR_EFFECT = mark(
    "Nothing shows that better people see themselves more modestly than others do ({slope_factor} levels for each level)."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SelfSeverity:
    """Self-ratings against the others.

    ``table``: by (all, tier, skill), tier, skill, n (people), raw_overrated_level (mean of own less others'),
    overrated_level with lower and upper (drawn to the mean of all), status. Positive: people see themselves better than
    others do. ``slope``: change of that for each level of skill, freed of the error of the others' ratings (NaN: cannot be told).

    By person x skill: ``corrected`` self-ratings with error variance ``noise``; ``predicted`` level where there is nothing
    but a self-rating, with ``predicted_variance``.
    """

    table: pd.DataFrame
    slope: float
    slope_lower: float
    slope_upper: float
    corrected: Array
    noise: float
    predicted: Array
    predicted_variance: Array
    is_calibrated: bool
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        if not np.array_equal(np.isfinite(self.predicted), np.isfinite(self.predicted_variance)):
            raise InputError("predicted levels and their variances must be known together", where="SelfSeverity")

    def to_frame(self) -> pd.DataFrame:
        """One row for all, each tier and each skill."""
        return self.table.copy()


def self_severity(
    cells: RatingCells,
    level: Array,
    noise: Array,
    others: Array,
    tier: NDArray[np.int64],
    *,
    tier_names: Sequence[str],
    skill_names: Sequence[str],
    coverage: float,
    width: float,
    minimum: int = MINIMUM,
    shared: float = 0.0,
) -> SelfSeverity:
    """Measure self-ratings by those of others, and correct them where they stand alone.

    Parameters
    ----------
    cells
        Latest ratings, person x skill.
    level, noise
        What others say together and its error variance; NaN where nobody else spoke.
    others
        Single ratings by others, cells x sources; NaN where there is none or it does not count.
    tier
        Code of the person's tier, by cell.
    shared
        Variance that all levels share because biases are not fully known.

    Notes
    -----
    own - others = all + tier + skill + person + chance; effects of tiers and skills are shrunk. The slope on the level
    takes one source as an instrument for another (Wald 1940, Fuller 1987), else chance alone would make the best look
    modest; where no two others rated the same skill there is none.
    A self-rating alone is corrected the other way round, by the regression of what others say on what people say of
    themselves, so that it is drawn to the mean as far as self-ratings deserve.
    """
    own = cells.rating[:, SELF]
    both = np.isfinite(own) & np.isfinite(level)
    people = len(np.unique(cells.seller[both]))
    if people < LEAST_PEOPLE:
        return _unchecked(own, tier_names, skill_names, width)
    t, k, person = tier[both], cells.skill[both], np.unique(cells.seller[both], return_inverse=True)[1]
    difference = own[both] - level[both]
    effect = _additive(difference, t, k, len(tier_names), len(skill_names))
    left = difference - effect.fitted(t, k)
    per_person = np.bincount(person)
    of_person = np.bincount(person, left) / per_person
    df = len(left) - people
    within = float(((left - of_person[person]) ** 2).sum() / df) if df > 0 else float(left.var(ddof=1))
    between = max(0.0, float(of_person.var(ddof=1)) - within * float((1 / per_person).mean())) if df > 0 else 0.0
    table, shrunk = _table(difference, effect, t, k, person, within, between, tier_names, skill_names, coverage, minimum)
    slope = _slope(own[both], others[both], k, person, coverage)
    predicted, variance = _predict(own, level, noise, both, tier, cells.skill, len(tier_names), len(skill_names), width)
    fitted = effect.overall + shrunk[0][tier] + shrunk[1][cells.skill]
    known = np.isfinite(slope).all()
    notes = [{"msgid": STARS_UNDERRATE if slope[2] < 0 else NO_STAR_EFFECT,
              "details": {"slope_factor": round(abs(slope[0]) if slope[2] < 0 else slope[0], 2)}}] if known else []
    return SelfSeverity(table=table, slope=slope[0], slope_lower=slope[1], slope_upper=slope[2], corrected=own - fitted,
                        noise=max(within + between - float(noise[both].mean()), 0.1 * (within + between)),
                        predicted=predicted, predicted_variance=variance + shared, is_calibrated=True, notes=tuple(notes))  # fmt: skip


@dataclass(frozen=True)
class _Effects:
    overall: float
    tier: Array
    skill: Array

    def fitted(self, tier: NDArray[np.int64], skill: NDArray[np.int64]) -> Array:
        return self.overall + self.tier[tier] + self.skill[skill]


def _additive(y: Array, tier: NDArray[np.int64], skill: NDArray[np.int64], n_tiers: int, n_skills: int) -> _Effects:
    """Least squares of two crossed factors, by turns; effects have mean zero over the rows."""
    overall = float(y.mean())
    a, b = np.zeros(n_tiers), np.zeros(n_skills)
    in_tier, in_skill = np.bincount(tier, minlength=n_tiers), np.bincount(skill, minlength=n_skills)
    for _ in range(20):
        a = np.bincount(tier, y - overall - b[skill], n_tiers) / np.maximum(in_tier, 1)
        a -= np.average(a, weights=in_tier) * (in_tier > 0)
        b = np.bincount(skill, y - overall - a[tier], n_skills) / np.maximum(in_skill, 1)
    return _Effects(overall, a, b)


def _table(
    difference: Array, effect: _Effects, tier: NDArray[np.int64], skill: NDArray[np.int64], person: NDArray[np.int64],
    within: float, between: float, tier_names: Sequence[str], skill_names: Sequence[str], coverage: float, minimum: int,
) -> tuple[pd.DataFrame, tuple[Array, Array]]:  # fmt: skip
    from scipy.special import stdtrit

    n_people = int(person.max()) + 1
    t = float(stdtrit(n_people - 1, (1 + coverage) / 2))
    overall_variance = between / n_people + within / len(difference)
    rows = [pd.DataFrame({"by": ["all"], "tier": [""], "skill": [""], "n": [n_people],
                          "raw_overrated_level": [float(difference.mean())], "overrated_level": [effect.overall],
                          "_half": [t * np.sqrt(overall_variance)]})]
    shrunk = []
    for by, code, names, effects in (("tier", tier, tier_names, effect.tier), ("skill", skill, skill_names, effect.skill)):
        cells = np.bincount(code, minlength=len(names)).astype(float)
        pairs = np.unique(code * n_people + person)
        n = np.bincount(pairs // n_people, minlength=len(names))
        safe = np.maximum(cells, 1)
        deviation = within / safe + (between / np.maximum(n, 1) if by == "tier" else 0.0)
        there = cells > 0
        spread = max(float(effects[there].var(ddof=1)) - float(deviation[there].mean()), float(deviation[there].mean())) \
            if there.sum() > 1 else 0.0
        share = deviation / (spread + deviation) if spread else np.ones(len(names))
        kept = np.where(there, (1 - share) * effects, 0.0)
        shrunk.append(kept)
        variance = (1 - share) * deviation + overall_variance
        raw = np.bincount(code, difference, len(names)) / safe
        rows.append(pd.DataFrame({"by": by, "tier": names if by == "tier" else "", "skill": names if by == "skill" else "",
                                  "n": n, "raw_overrated_level": raw, "overrated_level": effect.overall + kept,
                                  "_half": t * np.sqrt(variance)}))
        rows[-1]["status"] = group_status(rows[-1][[by]], n, minimum=minimum)
    table = pd.concat(rows, ignore_index=True)
    table["status"] = table["status"].fillna("ok")
    hidden = table["status"] != "ok"
    table["overrated_level_lower"] = table["overrated_level"] - table["_half"]
    table["overrated_level_upper"] = table["overrated_level"] + table.pop("_half")
    table.loc[hidden, [c for c in table.columns if "overrated" in str(c)]] = np.nan
    return table[[*[c for c in table.columns if c != "status"], "status"]], (shrunk[0], shrunk[1])


def _slope(own: Array, others: Array, skill: NDArray[np.int64], person: NDArray[np.int64],
           coverage: float) -> tuple[float, float, float]:  # fmt: skip
    """Slope of own less true level on the true level within skills; its interval by bootstrap over people."""
    several = np.isfinite(others).sum(axis=1) >= 2
    if not several.any():
        return np.nan, np.nan, np.nan
    own, others, skill = own[several], others[several], skill[several]
    person = np.unique(person[several], return_inverse=True)[1]
    there = np.isfinite(others)
    y = np.column_stack([_centred(others[:, s], skill, there[:, s]) for s in range(others.shape[1])])
    x = _centred(own, skill, np.ones(len(own), bool))
    total, crossed = y.sum(axis=1), y.sum(axis=1) ** 2 - (y**2).sum(axis=1)
    sums = np.stack([np.bincount(person, (there.sum(axis=1) - 1) * x * total - crossed), np.bincount(person, crossed),
                     np.bincount(person, np.abs(crossed))])
    n = sums.shape[1]
    times = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), _BOOTSTRAPS)
    drawn = np.vstack([sums.sum(axis=1), times @ sums.T])
    sound = drawn[:, 1] > 0.05 * drawn[:, 2]
    slopes = np.divide(drawn[:, 0], drawn[:, 1], out=np.full(len(drawn), np.nan), where=sound)
    if n < LEAST_PEOPLE or not sound[0] or sound.mean() < 0.95:
        return np.nan, np.nan, np.nan
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, (1 + coverage) / 2) * np.nanstd(slopes[1:], ddof=1) * np.sqrt(n / (n - 1)))
    return float(slopes[0]), float(slopes[0]) - half, float(slopes[0]) + half


def _centred(value: Array, skill: NDArray[np.int64], there: NDArray[np.bool_]) -> Array:
    """Less the mean of the skill; 0 where missing."""
    filled = np.where(there, value, 0.0)
    mean = np.bincount(skill, filled) / np.maximum(np.bincount(skill, there), 1)
    return np.where(there, filled - mean[skill], 0.0)


def _predict(
    own: Array, level: Array, noise: Array, both: NDArray[np.bool_], tier: NDArray[np.int64], skill: NDArray[np.int64],
    n_tiers: int, n_skills: int, width: float,
) -> tuple[Array, Array]:  # fmt: skip
    """What others would say, from what people say of themselves, their tier and the skill."""
    t, k = tier[both], skill[both]
    said, told = _additive(own[both], t, k, n_tiers, n_skills), _additive(level[both], t, k, n_tiers, n_skills)
    x, y = own[both] - said.fitted(t, k), level[both] - told.fitted(t, k)
    square = float((x * x).sum())
    slope = max(0.0, float((x * y).sum()) / square) if square > 0 else 0.0
    residual = y - slope * x
    df = max(len(residual) - n_tiers - n_skills, 1)
    chance = float((residual**2).sum()) / df
    variance = max(chance - float(noise[both].mean()), 0.25 * chance)
    predicted = told.fitted(tier, skill) + slope * (own - said.fitted(tier, skill))
    unseen = _unseen(told.tier, t, tier, width) + _unseen(told.skill, k, skill, width)
    few = chance / np.maximum(np.bincount(k, minlength=n_skills), 1)[skill]
    return predicted, np.where(np.isfinite(own), variance + unseen + few, np.nan)


def _unseen(effects: Array, seen: NDArray[np.int64], code: NDArray[np.int64], width: float) -> Array:
    """Variance of a tier or skill that nobody but the people themselves rated."""
    known = effects[np.unique(seen)]
    spread = float(known.var(ddof=1)) * (1 + 1 / len(known)) if len(known) > 1 else (GUESSED_BETWEEN * width) ** 2
    return np.where(np.isin(code, seen), 0.0, spread)


def _unchecked(own: Array, tier_names: Sequence[str], skill_names: Sequence[str], width: float) -> SelfSeverity:
    """Too few people were rated by others as well: nothing is corrected, nothing told."""
    rows = [("all", "", ""), *(("tier", name, "") for name in tier_names), *(("skill", "", name) for name in skill_names)]
    table = pd.DataFrame(rows, columns=["by", "tier", "skill"]).assign(
        n=0, raw_overrated_level=np.nan, overrated_level=np.nan, overrated_level_lower=np.nan, overrated_level_upper=np.nan,
        status=INSUFFICIENT)  # fmt: skip
    guess = (GUESSED_SD * width) ** 2
    return SelfSeverity(table=table, slope=np.nan, slope_lower=np.nan, slope_upper=np.nan, corrected=own, noise=guess,
                        predicted=own, predicted_variance=np.where(np.isfinite(own), guess, np.nan), is_calibrated=False)
