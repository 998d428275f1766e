"""Which skill moves which result, tier by tier: slopes with intervals, and silence where there are too few people."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.coaching.driver_mixed import Spread, tier_slopes
from salesplan.coaching.driver_ridge import ridge_slopes
from salesplan.coaching.false_discovery import false_discovery
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Method = Literal["auto", "mixed", "ridge"]
LEAST = 15
"""People of a tier without whom no slope is told."""
PEOPLE_PER_SLOPE = 10
"""Fewer people a slope than this and skills are ranked by slopes drawn in (ridge)."""
SPARE = 10
"""A skill is singled out only in tiers with more people than skills and this many more."""
RATE = 0.1
"""Share of slopes called related (or opposite) that may be so by chance."""
LEAST_KNOWN = 0.5
"""Part of the skills a person must be assessed in."""

RELATED = mark("moves with it")
OPPOSITE = mark("moves against it")
NO_SIGN = mark("no sign")
INSUFFICIENT = mark("insufficient evidence")

NOT_CAUSAL = mark("A slope says how results differ between people of different levels, not what training would add: the"
                  " able may get the better accounts, and success lifts ratings.")  # fmt: skip
SELF_RATED = mark("{n} levels from self-assessments alone are left out: stars under-rate themselves.")
MANY_TESTS = mark("{n} slopes are looked at together; of those called related at most {false_share} are expected to be chance"
                  " (false discovery rate).")  # fmt: skip
WEAKENED = mark("Levels are measured with error, which flattens slopes: true ones are about {steeper_factor} times as steep.")
FEW_IN_TIER = mark("{tier}: {n} people with levels and results, at least {n_least} are needed for a slope.")
DRAWN_IN = mark("{n_skills} skills for {n} people: they are ranked by slopes drawn towards 0 (ridge), which favours none of"
                " several skills that go together; intervals and verdicts come from fits without drawing in.")  # fmt: skip
RANKED_ONLY = mark("{tier}: {n} people for {n_skills} skills. The skills can be ranked (ridge), but none can be singled out: more"
                   " than {n_least} people are needed.")  # fmt: skip
TOGETHER = mark("{tier}: levels of some skills follow from those of others, so no skill can be singled out.")
FILLED = mark("{n} levels nobody assessed are taken as the mean of the tier.")


@dataclass(frozen=True, kw_only=True, eq=False)
class SkillDrivers:
    """Slope of the result on each skill in each tier.

    Attributes
    ----------
    table
        skill, tier, n, slope (result for one level more) with slope_lower and slope_upper, relative_change (slope
        over the tier's mean result), p_value, p_adjusted, verdict (`RELATED`, `OPPOSITE`, `NO_SIGN` or
        `INSUFFICIENT`, then without slope), ridge_slope (drawn towards 0, to rank skills by, never to single one out;
        under ridge only). Strongest first within a tier.
    method
        ``mixed`` or ``ridge`` (skills are ranked by ridge as well).
    team_share
        Part of the unexplained variance that lies between teams, over tiers by people; missing without a fit.
    """

    table: pd.DataFrame
    method: str
    outcome: str
    coverage: float
    team_share: float
    n: int
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        table = self.table.copy()
        silent = table["verdict"] == INSUFFICIENT
        if table.loc[silent, "slope"].notna().any():
            raise InputError("a slope stands beside insufficient evidence", where="skill drivers")
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "notes", tuple(self.notes))

    def to_frame(self) -> pd.DataFrame:
        """One row a skill and tier."""
        return self.table.rename(columns={"verdict": "verdict_msgid"})

    def summary(self) -> pd.DataFrame:
        """One row a tier: skills looked at, related ones, the strongest of them."""
        rows = []
        for tier, own in self.table.groupby("tier", sort=True):
            related = own[own["verdict"] == RELATED].sort_values("slope", ascending=False)
            rows.append({"tier": tier, "n": int(own["n"].max()), "n_skills": len(own), "n_related": len(related),
                         "strongest": related["skill"].iloc[0] if len(related) else ""})
        return pd.DataFrame(rows)

    def weights(self, tier: str) -> pd.Series:
        """How much each skill counts for results in a tier: slopes of related skills, summing to 1; empty without any."""
        own = self.table[(self.table["tier"] == tier) & (self.table["verdict"] == RELATED)].set_index("skill")["slope"]
        return own / own.sum() if len(own) else own


def skill_drivers(
    levels: pd.DataFrame,
    outcome: pd.Series,
    people: pd.DataFrame,
    *,
    method: Method = "auto",
    spread: Spread = "by_tier",
    minimum: int = LEAST,
    coverage: float = 0.9,
) -> SkillDrivers:
    """Which skills go with better results, in each tier.

    Parameters
    ----------
    levels
        People x skills (index seller_id), or long: seller_id, skill, level, perhaps se and self_only (left out).
    outcome
        seller_id -> result; its name is kept.
    people
        seller_id, tier, org_id (team).
    method
        ``mixed``: slopes by tier with a random intercept a team (REML); ``ridge``: the same, and skills are ranked by slopes
        drawn towards 0; ``auto``: ridge where there are fewer than ten people a slope or skills follow from one another.
    spread
        ``by_tier``: every tier is fitted on its own, with robust errors; ``common``: one spread of results for all tiers,
        as published models have it, right only where all tiers scatter alike.
    minimum
        People a tier needs.
    coverage
        Of the intervals.

    Raises
    ------
    InputError
        Columns are missing, a person comes twice, fewer than two people have both, or an option is unknown.

    Notes
    -----
    ``result = tier + sum(slope[skill, tier] x level) + team + error``; intervals by Student's t. Verdicts hold the false
    discovery rate at 10 % (Benjamini & Hochberg 1995) over the slopes of these fits. Ridge slopes are biased, so that
    intervals and verdicts of them would not hold: a tier without more than ten people beyond its skills has a ranking
    and no verdict. A tier with fewer than ``minimum`` people takes no part.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ids = pd.Index([f"s{i:02d}" for i in range(60)], name="seller_id")
    >>> levels = pd.DataFrame({"closing": rng.normal(3, 0.6, 60), "product": rng.normal(3, 0.6, 60)}, index=ids)
    >>> result = 0.9 + 0.2 * (levels["closing"] - 3) + rng.normal(0, 0.08, 60)
    >>> people = pd.DataFrame({"seller_id": ids, "tier": ["core"] * 50 + ["new"] * 10, "org_id": np.arange(60) // 10})
    >>> found = skill_drivers(levels, result, people)
    >>> found.table[["skill", "tier", "verdict"]].values.tolist()[:3]
    [['closing', 'core', 'moves with it'], ['product', 'core', 'no sign'], ['closing', 'new', 'insufficient evidence']]
    """
    if method not in ("auto", "mixed", "ridge"):
        raise InputError(f"method == {method!r}, {known_choices(method, ('auto', 'mixed', 'ridge'))}")
    if minimum < 5:
        raise InputError(f"minimum == {minimum}, must be at least 5 people for a slope")
    if not 0.5 <= coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be from 0.5 to below 1")
    notes: list[dict[str, Any]] = [{"msgid": NOT_CAUSAL, "details": {}}]
    wide, more = _wide(levels)
    notes += more
    frame, skills = _people_with_both(wide, outcome, people)
    size = frame["tier"].value_counts()
    told = sorted(size.index[size >= minimum])
    for tier in sorted(set(size.index) - set(told)):
        notes.append({"msgid": FEW_IN_TIER, "details": {"tier": tier, "n": int(size[tier]), "n_least": minimum}})
    rows = pd.DataFrame([(s, t) for t in sorted(size.index) for s in skills], columns=["skill", "tier"])
    rows["n"] = rows["tier"].map(size).astype(int)
    used = frame[frame["tier"].isin(told)]
    varied = [s for s in skills if len(used) and _varies(used, s)]
    chosen, team_share = "mixed" if method == "auto" else method, np.nan
    figures = ["slope", "slope_lower", "slope_upper", "p_value", "ridge_slope"]
    found = pd.DataFrame(columns=["skill", "tier", *figures]).astype(dict.fromkeys(figures, float))
    if varied:
        filled, n_filled = _fill(used, varied)
        if n_filled:
            notes.append({"msgid": FILLED, "details": {"n": n_filled}})
        able, why = _able_tiers(filled, used["tier"])
        if method == "auto" and (len(varied) * len(told) > len(used) / PEOPLE_PER_SLOPE or TOGETHER in [w["msgid"] for w in why]):
            chosen = "ridge"
        if chosen == "mixed" and any(w["msgid"] == TOGETHER for w in why):
            raise InputError("skill levels are combinations of one another", where=f"columns {varied}",
                             fix="Leave one of them out, or use the ridge method.")
        if chosen == "ridge":
            notes.append({"msgid": DRAWN_IN, "details": {"n_skills": len(varied), "n": len(used)}})
            found = ridge_slopes(filled, used["outcome"], used["tier"], used["team"]).table
        notes += why
        fitted = used["tier"].isin(able)
        if able:
            slopes, team_share = _mixed(filled[fitted], used[fitted], spread, coverage)
            found = found.merge(slopes, on=["skill", "tier"], how="left") if chosen == "ridge" else slopes
    found = found.reindex(columns=["skill", "tier", *figures]).astype(dict.fromkeys(figures, float))
    table = rows.merge(found, on=["skill", "tier"], how="left")
    table["relative_change"] = table["slope"] / table["tier"].map(frame.groupby("tier")["outcome"].mean())
    table["p_adjusted"] = false_discovery(table["p_value"].to_numpy(float))
    table["verdict"] = _verdicts(table)
    if (n_tests := int(table["p_value"].notna().sum())) > 1:
        notes.append({"msgid": MANY_TESTS, "details": {"n": n_tests, "false_share": RATE}})
    order = table.sort_values(["tier", "slope", "ridge_slope", "skill"], ascending=[True, False, False, True], kind="stable").index
    return SkillDrivers(table=table.loc[order].reset_index(drop=True), method=chosen, coverage=coverage, n=len(used),
                        outcome=str(outcome.name or ""), team_share=team_share, notes=tuple(notes))


def _wide(levels: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """People x skills, and what the measurement says of the slopes."""
    notes: list[dict[str, Any]] = []
    if "skill" not in levels.columns or "level" not in levels.columns:
        wide = levels.apply(pd.to_numeric, errors="coerce")
        if wide.index.has_duplicates:
            raise InputError(f"seller_id {wide.index[wide.index.duplicated()][0]!r} comes twice", where="levels")
        return wide, notes
    if "self_only" in levels and levels["self_only"].any():
        notes.append({"msgid": SELF_RATED, "details": {"n": int(levels["self_only"].sum())}})
        levels = levels[~levels["self_only"].astype(bool)]
    if levels.duplicated(["seller_id", "skill"]).any():
        row = levels[levels.duplicated(["seller_id", "skill"])].iloc[0]
        raise InputError(f"{row['seller_id']!r} has two levels of {row['skill']!r}", where="levels")
    if "se" in levels and "group_share" not in levels and levels["se"].notna().any():
        seen = levels.groupby("skill")["level"].var()
        noise = (levels["se"] ** 2).groupby(levels["skill"]).mean()
        reliability = float((1 - noise / seen.where(seen > 0)).clip(lower=0.1).mean())
        if reliability < 0.95:
            notes.append({"msgid": WEAKENED, "details": {"steeper_factor": round(1 / reliability, 2)}})
    return levels.pivot_table(index="seller_id", columns="skill", values="level"), notes


def _people_with_both(
    wide: pd.DataFrame, outcome: pd.Series, people: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Tier, team, outcome and levels of those with a result and at least half of the skills."""
    for column in ("seller_id", "tier", "org_id"):
        if column not in people.columns:
            raise InputError(f"people have no column {column!r}", fix=known_choices(column, list(map(str, people.columns))))
    if people["seller_id"].duplicated().any():
        raise InputError(f"seller_id {people.loc[people['seller_id'].duplicated(), 'seller_id'].iloc[0]!r} comes twice",
                         where="people")
    if wide.columns.empty:
        raise InputError("no skill has a level", where="levels")
    by_id = people.set_index("seller_id")
    skills = [str(s) for s in wide.columns]
    frame = pd.DataFrame({"tier": by_id["tier"].astype(str), "team": by_id["org_id"].fillna("").astype(str),
                          "outcome": pd.to_numeric(outcome, errors="coerce").reindex(by_id.index)})  # fmt: skip
    frame[skills] = wide.set_axis(skills, axis=1).reindex(by_id.index)
    frame = frame[by_id["tier"].notna().to_numpy() & np.isfinite(frame["outcome"].to_numpy(float))]
    frame = frame[frame[skills].notna().mean(axis=1) >= LEAST_KNOWN]
    if len(frame) < 2:
        raise InputError(f"{len(frame)} people with levels and results, must be at least 2", where="levels and outcome")
    return frame, skills


def _varies(used: pd.DataFrame, skill: str) -> bool:
    """Whether a skill differs within every tier told, in enough people."""
    return all(own.notna().mean() >= LEAST_KNOWN and own.std() > 1e-9 for _, own in used.groupby("tier")[skill])


def _fill(used: pd.DataFrame, skills: list[str]) -> tuple[pd.DataFrame, int]:
    levels = used[skills]
    return levels.fillna(levels.groupby(used["tier"]).transform("mean")), int(levels.isna().sum().sum())


def _able_tiers(levels: pd.DataFrame, tier: pd.Series) -> tuple[list[str], list[dict[str, Any]]]:
    """Tiers in which a single skill can be told from the others, and why not in the rest."""
    able: list[str] = []
    why: list[dict[str, Any]] = []
    for one, own in levels.groupby(tier):
        n, n_skills = own.shape
        centred = (own - own.mean()).to_numpy(float)
        if n <= n_skills + SPARE:
            details = {"tier": str(one), "n": n, "n_skills": n_skills, "n_least": n_skills + SPARE}
            why.append({"msgid": RANKED_ONLY, "details": details})
        elif np.linalg.matrix_rank(centred / centred.std(axis=0)) < n_skills:
            why.append({"msgid": TOGETHER, "details": {"tier": str(one)}})
        else:
            able.append(str(one))
    return able, why


def _mixed(levels: pd.DataFrame, used: pd.DataFrame, spread: Spread, coverage: float) -> tuple[pd.DataFrame, float]:
    from scipy.special import stdtr, stdtrit

    table, fits = tier_slopes(levels, used["outcome"], used["tier"], used["team"], spread=spread)
    half = stdtrit(table["degrees"], (1 + coverage) / 2) * table["slope_se"]
    table["slope_lower"], table["slope_upper"] = table["slope"] - half, table["slope"] + half
    ratio = np.abs(table["slope"] / table["slope_se"].where(table["slope_se"] > 0))
    table["p_value"] = 2 * stdtr(table["degrees"], -ratio)
    shares = {t: fit.team_variance / max(fit.team_variance + fit.residual_variance, 1e-300) for t, fit in fits.items()}
    return table, float(used["tier"].map(shares).mean())


def _verdicts(table: pd.DataFrame) -> list[str]:
    return [INSUFFICIENT if np.isnan(slope) else NO_SIGN if not p <= RATE else RELATED if slope > 0 else OPPOSITE
            for slope, p in zip(table["slope"], table["p_adjusted"], strict=True)]
