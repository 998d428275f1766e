"""Where people fall short of what their role asks for: by person, team, tier and skill, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.group_gaps import GapMaterial, compared_level, group_gaps
from salesplan.coaching.shrinkage import expected_gap
from salesplan.coaching.skill_levels import SkillLevels
from salesplan.coaching.small_groups import MINIMUM
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

DIMENSIONS = ("tier", "team", "role", "skill")
"""What gaps can be grouped by."""

NOT_ASSESSED = mark("not assessed")
BELOW = mark("below")
ABOVE = mark("meets it")
UNSURE = mark("cannot tell")

NO_PROFILE = mark("{n} people have no role profile ({tiers}); nothing is asked of them here.")
NOBODY_ASSESSED = mark("{n} of {n_all} skills that roles ask of people were not assessed; they count in no mean.")
PEOPLE_NOT_TOLD = mark(
    "{n} of {n_all} skills that roles ask of people are rated only where ratings pile up at one end of the scale; whether"
    " they meet the requirement cannot be told, and they count in no mean."
)
TOP_REQUIRED = mark(
    "{n} requirements are at the top of the scale; who comes within half a step of it meets them, for nobody can be above."
)
ASSUMED_ERROR = mark(
    "The error of a rating is assumed, not measured; the share of people below the requirement hangs on it and is not told."
)
NO_TIER = mark("no tier")
PEOPLE_SELF_ONLY = mark("{n} of {n_all} skills that roles ask of people rest on a self-assessment; they count in no mean.")


@dataclass(frozen=True, kw_only=True, eq=False)
class SkillGaps:
    """Gaps of people in the skills their role asks for.

    ``persons``: seller_id, tier, team, role, skill, required_level, importance, frequency, level with lower and upper, se,
    self_only, not_told_apart, n_sources, assessed_date, gap with lower and upper (what is lacking to the requirement, its
    mean over the level's error), plain_gap (required less level as they stand, at least 0), surplus_level, p_below
    (probability of being below), status (below, meets it, cannot tell, not assessed). A requirement within half a step of the
    top of the scale is met half a step below it.
    """

    persons: pd.DataFrame
    scale: tuple[float, float]
    coverage: float
    minimum: int
    team_totals: bool
    rounds: tuple[str, ...]
    material: GapMaterial
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "persons", self.persons.copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        wrong = (self.persons["gap"] < self.persons["gap_lower"] - 1e-9) | (self.persons["gap"] > self.persons["gap_upper"] + 1e-9)
        if wrong.any():
            at = self.persons[wrong].iloc[0]
            raise InputError("gap lies outside its interval", where=f"{at['seller_id']}, {at['skill']}")

    def to_frame(self) -> pd.DataFrame:
        """One row a person and skill."""
        return self.persons.copy()

    def explain(self, seller_id: str) -> pd.DataFrame:
        """One person's skills, the largest gap first.

        Raises
        ------
        InputError
            Nobody with that seller_id has a role profile.
        """
        rows = self.persons[self.persons["seller_id"] == seller_id]
        if rows.empty:
            raise InputError(f"seller_id == {seller_id!r}, must be a person with a role profile",
                             fix=known_choices(seller_id, set(self.persons["seller_id"])))
        return rows.sort_values(["gap", "skill"], ascending=[False, True], ignore_index=True)

    def by(self, keys: str | Sequence[str] = ("tier", "skill"), *, previous: str | None = None,
           current: str | None = None) -> pd.DataFrame:  # fmt: skip
        """Mean gap of groups; without keys one row for all.

        Parameters
        ----------
        keys
            Some of tier, team, role, skill. Without skill, a group's figure is the mean over people of each one's mean.
        previous, current
            Rounds between which change is told; default the last two with enough people in common
            (`LevelHistory.rounds_compared`). Change is of the level, on the same people by the same sources and managers.

        Returns
        -------
        DataFrame
            The keys, n (people assessed by others), n_people (people the skill is asked of), required_level, level with
            lower and upper, gap with lower and upper, below_share with lower and upper (missing where the error of ratings
            is assumed), change_level with lower and upper, n_paired (people compared), n_before (people in the earlier round), status,
            change_status_msgid. Where status is not ``ok`` the figures are missing: too few people, or hidden for the sake
            of such a group in this table or one by tier, team or both (`nested_status`). A change is missing too where
            fewer than 80 % of earlier assessments were repeated and those differ from the others.

        Raises
        ------
        InputError
            An unknown key or round.

        Notes
        -----
        A group's gap is the mean of expected gaps with the group's own mean as the prior, so that neither noise raises it
        nor other groups draw it. Its interval is for these people: error of their ratings, of the biases taken off, and
        those not assessed, as if they were missing by chance. The change's interval (t, over people) is wider: for people
        like them.
        """
        columns = [keys] if isinstance(keys, str) else list(keys)
        unknown = [k for k in columns if k not in DIMENSIONS]
        if unknown or len(set(columns)) < len(columns):
            raise InputError(f"keys == {columns!r}, must be different ones of {', '.join(DIMENSIONS)}",
                             fix=known_choices(unknown[0] if unknown else columns[0], DIMENSIONS))
        return group_gaps(self.persons, self.material, columns, minimum=self.minimum, team_totals=self.team_totals,
                          coverage=self.coverage, scale=self.scale, previous=previous, current=current)  # fmt: skip

    def summary(self) -> pd.DataFrame:
        """One row a tier."""
        return self.by("tier")


def skill_gaps(
    levels: SkillLevels, people: pd.DataFrame, role_profiles: pd.DataFrame, *, minimum: int = MINIMUM,
    team_totals: bool = True,
) -> SkillGaps:  # fmt: skip
    """Hold levels against role profiles.

    Parameters
    ----------
    levels
        From `skill_levels`.
    people
        seller_id, tier; optional team (or org_id) and role.
    role_profiles
        tier, skill, required_level on the scale of the levels; optional role (empty: all roles of the tier; a row for the
        person's own role goes before it), importance and frequency (1-5; 1 where missing).
    minimum
        Fewest people of a group of whom a figure is told.
    team_totals
        Whether teams are told over all tiers; without, they are told within tiers only, and more of those can be.

    Raises
    ------
    InputError
        A missing column, a required level outside the scale, importance or frequency outside 1-5, a profile row twice.

    Examples
    --------
    >>> from salesplan.coaching.skill_levels import skill_levels
    >>> people = pd.DataFrame({"seller_id": list("abcdef"), "tier": "new", "team": "t1"})
    >>> rows = [{"seller_id": p, "skill": "talk", "source": "test", "assessed_date": "2026-06-30", "level": l}
    ...         for p, l in zip("abcdef", [2.0, 2.5, 3.0, 3.0, 3.5, 4.0])]
    >>> profile = pd.DataFrame({"tier": ["new"], "skill": ["talk"], "required_level": [3.5]})
    >>> gaps = skill_gaps(skill_levels(pd.DataFrame(rows), people=people), people, profile)
    >>> gaps.by("tier")[["tier", "n", "status"]].values.tolist()
    [['new', 6, 'ok']]
    >>> float(gaps.by("tier")["level"].iloc[0].round(6))
    3.0
    """
    asked, notes = _asked(people, role_profiles, levels.scale)
    place = pd.MultiIndex.from_frame(levels.table[["seller_id", "skill"]])
    at = place.get_indexer(pd.MultiIndex.from_frame(asked[["seller_id", "skill"]]))
    known = at >= 0
    taken = ["level", "level_lower", "level_upper", "se", "self_only", "n_sources", "assessed_date", "not_told_apart"]
    found = levels.table[taken].iloc[np.where(known, at, 0)].reset_index(drop=True) if len(levels.table) \
        else pd.DataFrame(np.nan, index=asked.index, columns=taken)
    for column in ("level", "level_lower", "level_upper", "se"):
        found[column] = found[column].where(known)
    found["self_only"] = found["self_only"].where(known, False).astype(bool)
    found["not_told_apart"] = found["not_told_apart"].where(known, False).astype(bool)
    found["n_sources"] = found["n_sources"].where(known, 0).astype(int)
    found["assessed_date"] = pd.to_datetime(found["assessed_date"]).where(known)
    persons = pd.concat([asked, found], axis=1)
    required = persons["required_level"]
    line = pd.Series(compared_level(required.to_numpy(float), levels.scale), index=persons.index)
    mean, _, p = expected_gap(persons["level"].to_numpy(float), persons["se"].to_numpy(float), np.asarray(line, dtype=float))
    lower, upper = (line - persons["level_upper"]).clip(lower=0), (line - persons["level_lower"]).clip(lower=0)
    persons["gap"] = pd.Series(mean, index=persons.index).clip(lower, upper)
    persons["gap_lower"], persons["gap_upper"], persons["p_below"] = lower, upper, p
    persons["plain_gap"] = (required - persons["level"]).clip(lower=0)
    persons["surplus_level"] = (persons["level"] - required).clip(lower=0)
    persons["status"] = np.select(
        [~known, persons["level_upper"] < line, persons["level_lower"] >= line], [NOT_ASSESSED, BELOW, ABOVE], UNSURE
    )
    for rows, note in ((persons["not_told_apart"], PEOPLE_NOT_TOLD), (required > line + 1e-9, TOP_REQUIRED)):
        if rows.any():
            notes.append({"msgid": note, "details": {"n": int(rows.sum()), "n_all": len(persons)}})
    if not levels.material.noise_known and len(levels.table):
        notes.append({"msgid": ASSUMED_ERROR, "details": {}})
    alone = int(persons["self_only"].sum())
    if not known.all():
        notes.append({"msgid": NOBODY_ASSESSED, "details": {"n": int((~known).sum()), "n_all": len(persons)}})
    if alone:
        notes.append({"msgid": PEOPLE_SELF_ONLY, "details": {"n": alone, "n_all": len(persons)}})
    return SkillGaps(persons=persons, scale=levels.scale, coverage=levels.coverage, minimum=minimum,
                     team_totals=team_totals, rounds=levels.rounds,
                     material=GapMaterial.of(levels, at), notes=tuple(notes))  # fmt: skip


def _asked(
    people: pd.DataFrame, profiles: pd.DataFrame, scale: tuple[float, float]
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Person x skill rows that profiles ask for."""
    who = _people(people)
    rows = _profiles(profiles, scale)
    general = rows[rows["role"] == ""].drop(columns="role")
    own = rows[rows["role"] != ""]
    asked = who.merge(general, on="tier")
    if len(own):
        special = who.merge(own, on=["tier", "role"])
        asked = pd.concat([special, asked], ignore_index=True).drop_duplicates(["seller_id", "skill"])
    notes: list[dict[str, Any]] = []
    without = who[~who["seller_id"].isin(asked["seller_id"])]
    if len(without):
        notes.append({"msgid": NO_PROFILE, "details": {
            "n": len(without), "tiers": [tier or {"msgid": NO_TIER, "details": {}} for tier in sorted(set(without["tier"]))]}})
    return asked.sort_values(["seller_id", "skill"], ignore_index=True), notes


def _people(people: pd.DataFrame) -> pd.DataFrame:
    missing = [c for c in ("seller_id", "tier") if c not in people]
    if missing:
        raise InputError(f"people lack {missing[0]!r}, must have seller_id and tier")
    if people["seller_id"].duplicated().any():
        twice = people.loc[people["seller_id"].duplicated(), "seller_id"].iloc[0]
        raise InputError(f"seller_id == {twice!r} stands twice, must be unique", where="people")
    team = people["team"] if "team" in people else people.get("org_id", pd.Series("", index=people.index))
    role = people.get("role", pd.Series("", index=people.index))
    who = pd.DataFrame({"seller_id": people["seller_id"], "tier": people["tier"], "team": team, "role": role})
    return who.astype(object).where(who.notna(), "").astype(str).reset_index(drop=True)


def _profiles(profiles: pd.DataFrame, scale: tuple[float, float]) -> pd.DataFrame:
    missing = [c for c in ("tier", "skill", "required_level") if c not in profiles]
    if missing:
        raise InputError(f"role profiles lack {missing[0]!r}, must have tier, skill, required_level")
    rows = pd.DataFrame({"tier": profiles["tier"].astype(str), "skill": profiles["skill"].astype(str)}).reset_index(drop=True)
    role = profiles["role"].to_numpy() if "role" in profiles else np.full(len(rows), "")
    rows["role"] = [("" if pd.isna(r) else str(r)).strip() for r in role]
    limits = {"required_level": scale, "importance": (1.0, 5.0), "frequency": (1.0, 5.0)}
    for column, (low, high) in limits.items():
        given = profiles[column].to_numpy() if column in profiles else np.ones(len(rows))
        rows[column] = pd.to_numeric(pd.Series(given), errors="coerce").to_numpy(float)
        if column != "required_level":
            rows[column] = rows[column].fillna(1.0)
        wrong = np.flatnonzero(~rows[column].between(low - 1e-9, high + 1e-9))
        if len(wrong):
            row = rows.iloc[wrong[0]]
            raise InputError(f"{column} == {row[column]:g}, must be from {low:g} to {high:g}",
                             where=f"role profile {row['tier']}, {row['skill']}, column {column}")
    double = rows.duplicated(["tier", "role", "skill"])
    if double.any():
        row = rows[double].iloc[0]
        raise InputError(f"role profile {row['tier']}, {row['role'] or '*'}, {row['skill']} stands twice, must be unique")
    return rows
