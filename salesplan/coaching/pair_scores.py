"""What a mentor could teach a mentee: skills the one clearly has and the other lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.stable_matching import Floats
from salesplan.errors import InputError

CLEARLY = 1.645
"""Standard errors by which a mentor must be above a mentee (95 %, one side)."""
SAME_UNIT_BONUS = 0.1
"""What working in one unit adds to a pair's points: they meet without travelling."""
LEVEL_COLUMNS = ("level", "se", "required_level", "gap", "importance", "frequency")


@dataclass(frozen=True, kw_only=True, eq=False)
class PairScores:
    """Points of every pair, and what they are made of.

    ``mentee``, ``mentor``: people x skills of level, se, required_level, gap, importance and frequency, by name.
    ``points``: mentees x mentors, the bonus for one unit counted, pairs that must not be included. ``forbidden``,
    ``same_unit``: mentees x mentors.
    """

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]
    skills: tuple[str, ...]
    mentee: dict[str, Floats]
    mentor: dict[str, Floats]
    forbidden: NDArray[np.bool_]
    same_unit: NDArray[np.bool_]
    bonus: float
    points: Floats

    def __post_init__(self) -> None:
        shape = (len(self.mentees), len(self.mentors))
        for name in ("points", "forbidden", "same_unit"):
            if getattr(self, name).shape != shape:
                raise InputError(f"{name} has shape {getattr(self, name).shape}, must be mentees x mentors, {shape}")

    @property
    def allowed(self) -> Floats:
        """Points of the pairs that may be; 0 where a pair must not."""
        return np.where(self.forbidden, 0.0, self.points)

    def lines(self, mentee: int, mentor: int) -> pd.DataFrame:
        """The skills one mentor could teach one mentee, most points first.

        skill, mentor_level, level, required_level, gap, learn_level (levels to learn: the smaller of gap and distance),
        importance, frequency, match_points (product of the last three, with the bonus).
        """
        own = {name: table[mentee] for name, table in self.mentee.items()}
        taught = _taught(own, {name: table[mentor] for name, table in self.mentor.items()})
        frame = pd.DataFrame({
            "skill": self.skills, "mentor_level": self.mentor["level"][mentor], "level": own["level"],
            "required_level": own["required_level"], "gap": own["gap"], "learn_level": taught,
            "importance": own["importance"], "frequency": own["frequency"]})  # fmt: skip
        bonus = 1 + self.bonus * self.same_unit[mentee, mentor]
        frame["match_points"] = frame["learn_level"] * frame["importance"] * frame["frequency"] * bonus
        frame = frame[frame["match_points"] > 0]
        return frame.sort_values(["match_points", "skill"], ascending=[False, True], ignore_index=True)

    def top_skills(self, mentees: NDArray[np.intp], mentors: NDArray[np.intp], *, most: int = 2) -> list[tuple[str, ...]]:
        """The skills that count most in each of many pairs."""
        theirs = {name: table[mentees] for name, table in self.mentee.items()}
        ours = {name: table[mentors] for name, table in self.mentor.items()}
        points = _taught(theirs, ours) * theirs["importance"] * theirs["frequency"]
        order = np.argsort(-points, axis=1, kind="stable")[:, :most]
        return [tuple(self.skills[k] for k in best if own[k] > 0) for best, own in zip(order, points, strict=True)]


def pair_scores(
    gaps_persons: pd.DataFrame, *, mentees: Sequence[str], mentors: Sequence[str], units: pd.Series,
    forbidden: pd.DataFrame, same_unit_bonus: float = SAME_UNIT_BONUS,
) -> PairScores:
    """Points of every pair: levels to learn times importance times frequency, over the skills the mentor could teach.

    Parameters
    ----------
    gaps_persons
        ``persons`` of `skill_gaps`: seller_id, skill, level, required_level, gap, importance, frequency (1 where
        missing); se where known (levels count as exact without).
    mentees, mentors
        People, in the order of rows and columns.
    units
        seller_id -> unit; a missing unit is no one's.
    forbidden
        mentor_id, mentee_id.
    same_unit_bonus
        Share added to a pair of one unit that has something to teach.

    Raises
    ------
    InputError
        A missing column, a person and skill twice, a bonus below 0 or above 1.

    Notes
    -----
    A mentor teaches a skill where the level is what the skill asks of the mentor's own role (of the mentee's where the own
    does not ask for it) and above the mentee's by more than the error of both (1.645 standard errors of the difference).
    Levels to learn are the smaller of the mentee's gap and the distance to the mentor.

    Examples
    --------
    >>> rows = [("m", "close", 4.5, 4.0, 0.0), ("e", "close", 2.0, 3.0, 1.0)]
    >>> gaps = pd.DataFrame(rows, columns=["seller_id", "skill", "level", "required_level", "gap"])
    >>> gaps = gaps.assign(importance=5, frequency=2, se=0.3)
    >>> nobody = pd.DataFrame(columns=["mentor_id", "mentee_id"])
    >>> pair_scores(gaps, mentees=["e"], mentors=["m"], units=pd.Series({"e": "u", "m": "u"}), forbidden=nobody).points
    array([[11.]])
    """
    if not 0 <= same_unit_bonus <= 1:
        raise InputError(f"same_unit_bonus == {same_unit_bonus:g}, must be a fraction between 0 and 1")
    rows = _checked(gaps_persons)
    skills = tuple(sorted(set(rows["skill"])))
    mentee, mentor = _wide(rows, mentees, skills), _wide(rows, mentors, skills)
    points = np.zeros((len(mentees), len(mentors)))
    for k in range(len(skills)):
        column = {name: table[:, k, None] for name, table in mentee.items()}
        row = {name: table[:, k] for name, table in mentor.items()}
        points += _taught(column, row) * column["importance"] * column["frequency"]
    theirs, ours = (units.reindex(list(who)).to_numpy(object) for who in (mentees, mentors))
    codes, _ = pd.factorize(np.concatenate([theirs, ours]))
    code_e, code_m = codes[: len(mentees)], codes[len(mentees):]
    same = (code_e[:, None] == code_m) & (code_e >= 0)[:, None]
    banned = np.zeros(points.shape, bool)
    at_e, at_m = (pd.Index(list(who)).get_indexer(pd.Index(forbidden[c])) for who, c in ((mentees, "mentee_id"), (mentors, "mentor_id")))
    both = (at_e >= 0) & (at_m >= 0)
    banned[at_e[both], at_m[both]] = True
    return PairScores(mentees=tuple(mentees), mentors=tuple(mentors), skills=skills, mentee=mentee, mentor=mentor,
                      forbidden=banned, same_unit=same, bonus=same_unit_bonus, points=points * (1 + same_unit_bonus * same))


def _taught(mentee: Mapping[str, Floats], mentor: Mapping[str, Floats]) -> Floats:
    """Levels that mentors could teach mentees, element by element."""
    bar = np.where(np.isfinite(mentor["required_level"]), mentor["required_level"], mentee["required_level"])
    with np.errstate(invalid="ignore"):
        above = mentor["level"] - mentee["level"]
        teaches = (mentor["level"] >= bar - 1e-9) & (above > CLEARLY * np.hypot(mentor["se"], mentee["se"]))
        return np.where(teaches, np.minimum(above, np.nan_to_num(mentee["gap"])), 0.0)


def _wide(rows: pd.DataFrame, people: Sequence[str], skills: Sequence[str]) -> dict[str, Floats]:
    seller = pd.Index(list(people)).get_indexer(pd.Index(rows["seller_id"]))
    skill = pd.Index(list(skills)).get_indexer(pd.Index(rows["skill"]))
    known = seller >= 0
    wide: dict[str, Floats] = {}
    for column in LEVEL_COLUMNS:
        table = np.full((len(people), len(skills)), 0.0 if column in ("importance", "frequency") else np.nan)
        table[seller[known], skill[known]] = rows[column].to_numpy(float)[known]
        wide[column] = table
    return wide


def _checked(gaps: pd.DataFrame) -> pd.DataFrame:
    needed = ("seller_id", "skill", "level", "required_level", "gap", "importance", "frequency")
    missing = [c for c in needed if c not in gaps]
    if missing:
        raise InputError(f"gaps lack {missing[0]!r}, must have {', '.join(needed)}")
    twice = gaps.duplicated(["seller_id", "skill"])
    if twice.any():
        row = gaps[twice].iloc[0]
        raise InputError(f"skill == {row['skill']!r} stands twice, must be once a person", where=f"seller {row['seller_id']}")
    numbers = {c: pd.to_numeric(gaps[c], errors="coerce").to_numpy(float) for c in needed[2:]}
    se = pd.to_numeric(gaps["se"], errors="coerce").to_numpy(float) if "se" in gaps else np.zeros(len(gaps))
    for judged in ("importance", "frequency"):
        numbers[judged] = np.nan_to_num(numbers[judged], nan=1.0)
    return pd.DataFrame({"seller_id": gaps["seller_id"].to_numpy(object), "skill": gaps["skill"].to_numpy(object),
                         "se": np.nan_to_num(se), **numbers})  # fmt: skip
