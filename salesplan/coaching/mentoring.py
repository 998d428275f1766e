"""Who should guide whom 师徒制: the best pairs in all and the pairs that hold, each with its reason and its cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.optimal_matching import matched_points, optimal_matching
from salesplan.coaching.pair_scores import SAME_UNIT_BONUS, PairScores, pair_scores
from salesplan.coaching.stable_matching import Places, blocking_pairs, stable_matching
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

MODES = ("optimal", "stable")
TOP_SKILLS = 2
WEEKS_A_MONTH = 52 / 12
PAIR_COLUMNS = ("mentee_id", "mentor_id", "match_points", "skills", "reason_msgid", "reason_details", "same_unit")

REASON = mark("{mentor} is clearly stronger where {mentee} falls short: {skills}.")
REASON_UNIT = mark("{mentor} is clearly stronger where {mentee} falls short: {skills}; both work in the same unit.")
NO_LEVELS = mark("Not assessed in any skill of the role: nothing says who could help.")
NO_GAP = mark("Falls short in no skill of the role: a mentor has nothing to add there.")
NOBODY_STRONGER = mark("No mentor is clearly stronger in a skill that is lacking and up to their own role in it.")
CANNOT_MATCH = mark("Every mentor who could help is named as not to be paired with this person.")
CAPACITY = mark("Every mentor who could help is full.")

RANKING = mark("Points order pairs; they do not measure what will be learned. Ask mentor and mentee before settling a pair.")
GIVEN_UP = mark("Pairs that hold give up {loss_points} of {total_points} points of the best pairs; among the best pairs {n}"
                " {n:mentee|mentees} and a mentor would rather have each other.")  # fmt: skip
SAME_TOTAL = mark("The pairs that hold are worth as much as the best pairs: nobody is talked into a pair.")
LEFT_OUT = mark("{n} of {n_mentees} mentees {n:has|have} no mentor; why is said for each.")
FULL = mark("{n} {n:mentee|mentees} could be helped if mentors had more places.")
NO_VALUE = mark("What an hour of selling brings is not known; the mentors' time has hours and no price.")
PART_VALUE = mark("What an hour of selling brings is not known of {n} {n:mentor|mentors} with mentees; there time has hours and no"
                  " price.")  # fmt: skip
NOT_THERE = mark("{n} {n:pair|pairs} not to be matched {n:names|name} people who are not there; nothing follows from that.")


@dataclass(frozen=True, kw_only=True, eq=False)
class MentorMatch:
    """Pairs of mentors and mentees, matched in two ways.

    Attributes
    ----------
    optimal, stable
        One row a pair: mentee_id, mentor_id, match_points, skills (the two that count most), reason_msgid,
        reason_details, same_unit. Optimal pairs have the most points in all; in stable ones no mentor and mentee would
        both rather have each other.
    unmatched
        mentee_id, why_msgid, in_optimal, in_stable (whether they are left out there).
    overlap_share
        Share of the optimal pairs that are stable ones too; missing without pairs.
    loss
        Points that the stable matching gives up.
    mentor_load
        mentor_id, capacity, n_optimal, n_stable, hours, selling_cost (money; both of the optimal pairs, over all months;
        cost missing where unknown); `load` has them of either.
    """

    optimal: pd.DataFrame
    stable: pd.DataFrame
    unmatched: pd.DataFrame
    mentor_load: pd.DataFrame
    overlap_share: float
    loss: float
    scores: PairScores
    hours_each: pd.Series
    hour_value: pd.Series
    months: float = 3
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("optimal", "stable", "unmatched", "mentor_load", "hours_each", "hour_value"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        for mode in MODES:
            if (self.mentor_load[f"n_{mode}"] > self.mentor_load["capacity"]).any():
                raise InputError("n_mentees is above capacity, must not be", where=f"{mode} pairs")
        if self.loss < -1e-6 * max(1.0, self.total("optimal")):
            raise InputError(f"loss == {self.loss:g}, must not be negative", where="MentorMatch")

    def pairs(self, mode: str = "optimal") -> pd.DataFrame:
        """The pairs of one matching.

        Raises
        ------
        InputError
            An unknown mode.
        """
        return {"optimal": self.optimal, "stable": self.stable}[_known_mode(mode)].copy()

    def total(self, mode: str = "optimal") -> float:
        """Points of all pairs of one matching."""
        return float(self.pairs(mode)["match_points"].sum())

    def load(self, mode: str = "optimal") -> pd.DataFrame:
        """mentor_id, capacity, n_mentees, hours, selling_cost of one matching."""
        n = self.mentor_load[f"n_{_known_mode(mode)}"]
        return _load_of(self.mentor_load[["mentor_id", "capacity"]].assign(n_mentees=n), self.hours_each, self.hour_value)

    def weekly_hours(self, mentor_id: str) -> float:
        """Hours a week this mentor gives to one mentee."""
        return float(self.hours_each[mentor_id]) / (WEEKS_A_MONTH * self.months)

    def to_frame(self, mode: str = "optimal") -> pd.DataFrame:
        """The pairs of one matching, skills as text."""
        frame = self.pairs(mode)
        return frame.assign(skills=frame["skills"].map(", ".join)).drop(columns=["reason_msgid", "reason_details"])

    def summary(self) -> pd.DataFrame:
        """One row a matching: mode, n_pairs, n_unmatched, match_points, hours, selling_cost."""
        rows = []
        for mode in MODES:
            load = self.load(mode)
            rows.append({"mode": mode, "n_pairs": len(self.pairs(mode)), "n_unmatched": int(self.unmatched[f"in_{mode}"].sum()),
                         "match_points": self.total(mode), "hours": float(load["hours"].sum()),
                         "selling_cost": float(load["selling_cost"].sum(skipna=False))})
        return pd.DataFrame(rows)

    def explain(self, mentee_id: str) -> pd.DataFrame:
        """The skills behind a mentee's pairs; no row for one without a mentor.

        mode, mentor_id, skill, mentor_level, level, required_level, gap, learn_level, importance, frequency,
        match_points (they sum to those of the pair).

        Raises
        ------
        InputError
            Not one of the mentees.
        """
        at, parts = self._place(mentee_id), []
        for mode in MODES:
            pairs = self.pairs(mode)
            for mentor in pairs.loc[pairs["mentee_id"] == mentee_id, "mentor_id"]:
                lines = self.scores.lines(at, self.scores.mentors.index(mentor))
                lines.insert(0, "mode", mode)
                lines.insert(1, "mentor_id", mentor)
                parts.append(lines)
        if parts:
            return pd.concat(parts, ignore_index=True)
        lines = self.scores.lines(0, 0).iloc[:0] if self.scores.mentors else pd.DataFrame()
        return lines.reindex(columns=["mode", "mentor_id", *lines.columns])

    def candidates(self, mentee_id: str) -> pd.DataFrame:
        """Every mentor who could teach a mentee something, most points first: why this one and not another.

        mentor_id, match_points, same_unit, is_forbidden, is_optimal, is_stable.

        Raises
        ------
        InputError
            Not one of the mentees.
        """
        at = self._place(mentee_id)
        frame = pd.DataFrame({"mentor_id": self.scores.mentors, "match_points": self.scores.points[at],
                              "same_unit": self.scores.same_unit[at], "is_forbidden": self.scores.forbidden[at]})
        for mode in MODES:
            pairs = self.pairs(mode)
            frame[f"is_{mode}"] = frame["mentor_id"].isin(pairs.loc[pairs["mentee_id"] == mentee_id, "mentor_id"])
        frame = frame[frame["match_points"] > 0]
        return frame.sort_values(["match_points", "mentor_id"], ascending=[False, True], ignore_index=True)

    def _place(self, mentee_id: str) -> int:
        if mentee_id not in self.scores.mentees:
            raise InputError(f"mentee_id == {mentee_id!r}, must be one of the mentees",
                             fix=known_choices(mentee_id, self.scores.mentees))
        return self.scores.mentees.index(mentee_id)


def match_mentors(
    people: pd.DataFrame,
    gaps_persons: pd.DataFrame,
    mentors: pd.DataFrame,
    *,
    mentees: Sequence[str],
    cannot_match: pd.DataFrame | None = None,
    hours_per_week: float = 2.0,
    months: float = 3,
    selling_value: pd.Series | None = None,
    same_unit_bonus: float = SAME_UNIT_BONUS,
    skill_names: Mapping[str, Any] | None = None,
) -> MentorMatch:
    """Match mentors and mentees by what the one clearly can and the other lacks.

    Parameters
    ----------
    people
        seller_id; org_id, name and is_seller where known.
    gaps_persons
        ``persons`` of `skill_gaps`.
    mentors
        seller_id, capacity (mentees at a time); hours_per_week a mentee where given goes before the one for all.
    mentees
        Who should have a mentor.
    cannot_match
        mentor_id, mentee_id.
    hours_per_week, months
        Of a mentor's time for one mentee, and how long a pair works together.
    selling_value
        seller_id -> money an hour of selling brings. Time of people who do not sell (is_seller False) costs none.
    same_unit_bonus
        Share added to pairs of one unit.
    skill_names
        What skills are called in reasons, by language; ids otherwise.

    Raises
    ------
    InputError
        A mentor who is a mentee, a capacity that is no whole number above 0, a person unknown or named twice, hours or
        months that are not above 0, a pair of one person with themselves.

    Notes
    -----
    Points as in `pair_scores`. Equal points are settled by seller_id, so that the order of the tables changes nothing.
    A mentee nobody can help stays without a mentor and is named with the reason; that is an answer, not an error.

    Examples
    --------
    >>> people = pd.DataFrame({"seller_id": ["m", "a", "b"], "org_id": ["u", "u", "v"]})
    >>> rows = [("m", 4.5, 4.0, 0.0), ("a", 2.0, 3.0, 1.0), ("b", 2.5, 3.0, 0.5)]
    >>> gaps = pd.DataFrame(rows, columns=["seller_id", "level", "required_level", "gap"])
    >>> gaps = gaps.assign(skill="close", importance=5, frequency=2)
    >>> match = match_mentors(people, gaps, pd.DataFrame({"seller_id": ["m"], "capacity": [1]}), mentees=["a", "b"])
    >>> match.optimal[["mentee_id", "mentor_id", "match_points"]].values.tolist()
    [['a', 'm', 11.0]]
    >>> match.unmatched[["mentee_id", "why_msgid"]].values.tolist()
    [['b', 'Every mentor who could help is full.']]
    """
    guides, pupils, banned, notes = _checked(people, mentors, mentees, cannot_match, hours_per_week, months)
    known = people.set_index("seller_id")
    units = known["org_id"] if "org_id" in known else pd.Series(index=known.index, dtype=object)
    scores = pair_scores(gaps_persons, mentees=pupils, mentors=tuple(guides.index), units=units, forbidden=banned,
                         same_unit_bonus=same_unit_bonus)  # fmt: skip
    allowed, capacity = scores.allowed, guides["capacity"].to_numpy(np.int64)
    found = {"optimal": optimal_matching(allowed, capacity), "stable": stable_matching(allowed, capacity)}
    total, held = (matched_points(found[mode], allowed) for mode in MODES)
    names = known["name"].dropna().to_dict() if "name" in known else {}
    pairs = {mode: _pairs(found[mode], scores, names, skill_names or {}) for mode in MODES}
    unmatched = _unmatched(found, scores)
    hours_each = guides["hours"] * WEEKS_A_MONTH * months
    value = _hour_value(guides.index, known, selling_value)
    load = pd.DataFrame({"mentor_id": guides.index, "capacity": capacity})
    for mode in MODES:
        load[f"n_{mode}"] = np.bincount(found[mode][found[mode] >= 0], minlength=len(guides))
    priced = _load_of(load[["mentor_id"]].assign(n_mentees=load["n_optimal"]), hours_each, value)
    load["hours"], load["selling_cost"] = priced["hours"], priced["selling_cost"]
    n_both = int(((found["optimal"] == found["stable"]) & (found["optimal"] >= 0)).sum())
    n_rather = len({mentee for mentee, _ in blocking_pairs(found["optimal"], allowed, capacity)})
    return MentorMatch(
        optimal=pairs["optimal"], stable=pairs["stable"], unmatched=unmatched, mentor_load=load,
        overlap_share=n_both / len(pairs["optimal"]) if len(pairs["optimal"]) else float("nan"), loss=max(total - held, 0.0),
        scores=scores, hours_each=hours_each, hour_value=value, months=months,
        notes=(*notes, *_notes(total, held, n_rather, unmatched, load, value, selling_value is not None, len(pupils))))  # fmt: skip


def _known_mode(mode: str) -> str:
    if mode not in MODES:
        raise InputError(f"mode == {mode!r}, must be optimal or stable", fix=known_choices(mode, MODES))
    return mode


def _load_of(load: pd.DataFrame, hours_each: pd.Series, value: pd.Series) -> pd.DataFrame:
    hours = load["n_mentees"].to_numpy() * hours_each.reindex(load["mentor_id"]).to_numpy(float)
    each = value.reindex(load["mentor_id"]).to_numpy(float)
    cost = hours * each if np.isnan(each).all() else np.where(hours == 0, 0.0, hours * each)  # withheld: of the idle, too
    return load.assign(hours=hours, selling_cost=cost)


def _hour_value(mentors: pd.Index, known: pd.DataFrame, selling_value: pd.Series | None) -> pd.Series:
    if selling_value is None:
        return pd.Series(np.nan, index=mentors)
    value = pd.to_numeric(selling_value.reindex(mentors), errors="coerce").astype(float)
    if (value < 0).any():
        who = value.index[value < 0][0]
        raise InputError(f"selling_value == {value[who]:g}, must be 0 or more", where=f"mentor {who}")
    sells = known["is_seller"].reindex(mentors).ne(False) if "is_seller" in known else pd.Series(True, index=mentors)
    return value.where(sells, 0.0)


def _pairs(found: Places, scores: PairScores, names: Mapping[Any, Any], skill_names: Mapping[str, Any]) -> pd.DataFrame:
    mentees = np.flatnonzero(found >= 0)
    mentors = found[mentees]
    same = scores.same_unit[mentees, mentors]
    skills = scores.top_skills(mentees, mentors, most=TOP_SKILLS)
    frame = pd.DataFrame({
        "mentee_id": [scores.mentees[at] for at in mentees], "mentor_id": [scores.mentors[at] for at in mentors],
        "match_points": scores.points[mentees, mentors], "skills": pd.Series(skills, dtype=object),
        "reason_msgid": np.where(same, REASON_UNIT, REASON)})  # fmt: skip
    details = [
        {"mentor": names.get(mentor, mentor), "mentee": names.get(mentee, mentee), "skills": [skill_names.get(k, k) for k in own]}
        for mentee, mentor, own in zip(frame["mentee_id"], frame["mentor_id"], skills, strict=True)
    ]
    return frame.assign(reason_details=pd.Series(details, dtype=object), same_unit=same)[list(PAIR_COLUMNS)]


def _unmatched(found: Mapping[str, Places], scores: PairScores) -> pd.DataFrame:
    rows = []
    for at, mentee in enumerate(scores.mentees):
        out = {mode: bool(found[mode][at] < 0) for mode in MODES}
        if not any(out.values()):
            continue
        gap = scores.mentee["gap"][at]
        if not np.isfinite(scores.mentee["level"][at]).any():
            why = NO_LEVELS
        elif not (np.nan_to_num(gap) > 0).any():
            why = NO_GAP
        elif not (scores.points[at] > 0).any():
            why = NOBODY_STRONGER
        else:
            why = CAPACITY if (scores.allowed[at] > 0).any() else CANNOT_MATCH
        rows.append((mentee, why, out["optimal"], out["stable"]))
    return pd.DataFrame(rows, columns=["mentee_id", "why_msgid", "in_optimal", "in_stable"]).astype(
        {"in_optimal": bool, "in_stable": bool})


def _notes(
    total: float, held: float, n_rather: int, unmatched: pd.DataFrame, load: pd.DataFrame, value: pd.Series, is_priced: bool,
    n_mentees: int,
) -> list[dict[str, Any]]:  # fmt: skip
    notes: list[dict[str, Any]] = [{"msgid": RANKING, "details": {}}]
    if total > 0:
        apart = total - held > 1e-6 * total
        details = {"loss_points": total - held, "total_points": total, "n": n_rather} if apart else {}
        notes.append({"msgid": GIVEN_UP if apart else SAME_TOTAL, "details": details})
    out = unmatched[unmatched["in_optimal"]]
    if len(out):
        notes.append({"msgid": LEFT_OUT, "details": {"n": len(out), "n_mentees": n_mentees}})
    full = int(out["why_msgid"].eq(CAPACITY).sum())
    if full:
        notes.append({"msgid": FULL, "details": {"n": full}})
    busy = load[["n_optimal", "n_stable"]].gt(0).any(axis=1).to_numpy()
    unpriced = int((busy & value.isna().to_numpy()).sum())
    if unpriced:
        notes.append({"msgid": PART_VALUE, "details": {"n": unpriced}} if is_priced else {"msgid": NO_VALUE, "details": {}})
    return notes


def _checked(
    people: pd.DataFrame, mentors: pd.DataFrame, mentees: Sequence[str], cannot_match: pd.DataFrame | None,
    hours_per_week: float, months: float,
) -> tuple[pd.DataFrame, tuple[str, ...], pd.DataFrame, list[dict[str, Any]]]:  # fmt: skip
    """Mentors (index seller_id: capacity, hours) and mentees in the order of their ids, pairs not to be, notes."""
    for label, frame, needed in (("people", people, ("seller_id",)), ("mentors", mentors, ("seller_id", "capacity"))):
        missing = [c for c in needed if c not in frame]
        if missing:
            raise InputError(f"{label} lack {missing[0]!r}, must have {' and '.join(needed)}")
    for name, number in (("hours_per_week", hours_per_week), ("months", months)):
        if not (np.isfinite(number) and number > 0):
            raise InputError(f"{name} == {number:g}, must be above 0")
    pupils = pd.Index(list(mentees), dtype=object)
    ids = {"people": pd.Index(people["seller_id"]), "mentors": pd.Index(mentors["seller_id"]), "mentees": pupils}
    for label, index in ids.items():
        if index.has_duplicates:
            raise InputError(f"seller_id == {index[index.duplicated()][0]!r} stands twice, must be once", where=label)
    for label in ("mentors", "mentees"):
        strange = [who for who in ids[label] if who not in ids["people"]]
        if strange:
            raise InputError(f"seller_id == {strange[0]!r}, must be one of the people", where=label,
                             fix=known_choices(strange[0], list(map(str, ids["people"]))) if len(ids["people"]) < 50 else "")
    both = [who for who in ids["mentors"] if who in pupils]
    if both:
        raise InputError(f"seller_id == {both[0]!r} is a mentor and a mentee, must be one of them", where="mentors",
                         fix=f"Take {both[0]} out of the mentors or of the mentees.")
    guides = _guides(mentors, hours_per_week)
    pairs = pd.DataFrame(columns=["mentor_id", "mentee_id"]) if cannot_match is None else cannot_match
    self_pair = pairs[pairs["mentor_id"] == pairs["mentee_id"]]
    if len(self_pair):
        raise InputError(f"mentor_id == {self_pair['mentor_id'].iloc[0]!r} is also mentee_id, must be two people",
                         where="pairs not to be matched")
    absent = ~(pairs["mentor_id"].isin(ids["people"]) & pairs["mentee_id"].isin(ids["people"]))
    notes = [{"msgid": NOT_THERE, "details": {"n": int(absent.sum())}}] if absent.any() else []
    return guides, tuple(sorted(pupils)), pairs[~absent], notes


def _guides(mentors: pd.DataFrame, hours_per_week: float) -> pd.DataFrame:
    """Capacity and hours a week and mentee of each mentor, in the order of their ids."""
    given = pd.to_numeric(mentors["hours_per_week"], errors="coerce") if "hours_per_week" in mentors \
        else pd.Series(np.nan, index=mentors.index)
    guides = pd.DataFrame({"capacity": pd.to_numeric(mentors["capacity"], errors="coerce").to_numpy(float),
                           "hours": given.fillna(hours_per_week).to_numpy(float)},
                          index=pd.Index(mentors["seller_id"], name="seller_id")).sort_index()
    for who, row in guides.iterrows():
        if not (row["capacity"] >= 1 and row["capacity"] % 1 == 0):
            raise InputError(f"capacity == {row['capacity']:g}, must be a whole number, 1 or more", where=f"mentor {who}",
                             fix="Take out mentors who take nobody.")
        if not row["hours"] > 0:
            raise InputError(f"hours_per_week == {row['hours']:g}, must be above 0", where=f"mentor {who}")
    return guides
