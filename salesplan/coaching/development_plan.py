"""One person's way from gaps to levels: courses in order, a mentor, coaching on the job; when, and what counts as done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.text import mark

HOW_WORDS: dict[str, str] = {"course": mark("Training course"), "mentor": mark("Mentor"), "coaching": mark("Coaching on the job")}
"""How a gap is closed, by its code."""
LEAST_GAP = 0.25
"""Levels below which a gap is left alone: about the error of an assessment."""
ELSEWHERE = ("effort", "territory")
"""Verdicts that training does not answer."""
SMALL = 1e-9
WEEKS_A_MONTH = 52 / 12

FOR_GAP = mark("Works on a gap of {skill_gap_value} levels.")
FOR_LATER = mark("Comes before {courses}.")
FOR_NOTHING = mark("Planned, although no gap of this person is closed by it.")
COURSE_DONE = mark("Attended, and the next assessment by others shows {targets}.")
ATTENDED = mark("Attended to the end, with the closing test passed.")
PAIR_DONE = mark("{n_months} {n_months:month|months} worked together, and the manager's assessment shows {targets}.")
TARGET = mark("{skill} at {target_value} or more")
COACHING_DONE = mark("Shown in two joint visits in a row, and the manager's assessment shows {targets}.")

LATER = mark("Left for later, so that there is time to practise: {skills}.")
NO_ASSESSMENT = mark("Not assessed yet, so not planned for: {skills}.")
ALL_ALIKE = mark(
    "Assessed, but nearly everybody is rated at one end of the scale, which tells no level; so not planned for: {skills}."
)
NOTHING_TO_DO = mark("No gap of {skill_gap_value} levels or more in an assessed skill: nothing to plan.")
NOT_TRAINING = mark("The figures point to something other than skill; settle that first, the plan alone will not mend results.")
GOAL_TOO_SOON = mark("The goal in {skills} is due on {due_date}, before the plan gets there: move the goal or begin earlier.")
GAINS = mark("What a course gives is the catalogue's figure; whether it works here is told by its effect.")


@dataclass(frozen=True, kw_only=True, eq=False)
class DevelopmentPlan:
    """One person's plan.

    Attributes
    ----------
    steps
        In the order in which they begin: step, how (course, mentor, coaching), what (course or mentor id, or the skill),
        skills (tuple), gap (largest), hours, begin_month, due_month, done_msgid, done_details, why_msgid, why_details.
    gaps
        One row an assessed skill with a gap, largest need first: skill, level, target_level, gap, need, how (tuple; empty:
        left for later), due_month, goal_id, goal_date (of an open goal).
    """

    seller_id: str
    steps: pd.DataFrame
    gaps: pd.DataFrame
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", self.steps.copy())
        object.__setattr__(self, "gaps", self.gaps.copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        if len(self.steps) and (self.steps["due_month"] < self.steps["begin_month"]).any():
            raise InputError("due_month is before begin_month", where=f"development plan of {self.seller_id}")

    @property
    def hours(self) -> float:
        """Hours of the whole plan."""
        return float(self.steps["hours"].sum())

    def to_frame(self) -> pd.DataFrame:
        """The steps for a table, what they are as words to be said."""
        frame = self.steps.drop(columns=["done_details", "why_details"])
        frame.insert(1, "how_msgid", frame.pop("how").map(HOW_WORDS))
        return frame.assign(skills=frame["skills"].map(", ".join))

    def summary(self) -> pd.DataFrame:
        """One row a way: how, n_steps, hours."""
        made = self.steps.groupby("how", sort=False).agg(n_steps=("step", "size"), hours=("hours", "sum"))
        return made.reindex([h for h in HOW_WORDS if h in made.index]).reset_index()

    def explain(self, skill: str) -> pd.DataFrame:
        """The steps that work on one skill."""
        return self.steps[self.steps["skills"].map(lambda skills: skill in skills)].reset_index(drop=True)


def development_plan(
    needs: pd.DataFrame,
    courses: pd.DataFrame | None = None,
    mentor: Mapping[str, Any] | pd.Series | None = None,
    goals: pd.DataFrame | None = None,
    *,
    seller_id: str = "",
    as_of: str | pd.Timestamp | pd.Period,
    hours_per_month: float = 8.0,
    mentor_hours_per_week: float = 2.0,
    mentor_months: int = 3,
    coaching_hours: float = 6.0,
    coached_at_once: int = 2,
    most_skills: int = 4,
    verdict: str = "",
    skill_names: Mapping[str, Any] | None = None,
) -> DevelopmentPlan:
    """Plan for one person what closes which gap by when.

    Parameters
    ----------
    needs
        The person's rows of `skill_gaps`' persons: skill, gap; not_told_apart, level, required_level, importance, frequency, need where
        known.
    courses
        The person's planned courses in the order to be taken (prerequisites first): course, skills (tuple), hours; gain
        (tuple, levels by skill) where known.
    mentor
        The person's row of `match_mentors`' pairs: mentor_id, skills.
    goals
        goal_id, skill, target_level, due_date; status where known (only open ones count).
    as_of
        Day or month the plan is made in; it begins the month after.
    hours_per_month
        Hours of courses a month leaves room for.
    mentor_hours_per_week, mentor_months
        Of the pair.
    coaching_hours, coached_at_once
        Manager's hours for one skill, spread over two months; skills coached in the same two months.
    most_skills
        Skills worked on by mentor or manager; the rest is left for later. Courses that are planned count in full.
    verdict
        Of the diagnosis: says so where training is not the answer to the result.
    skill_names
        What skills are called in sentences, by language; ids otherwise.

    Raises
    ------
    InputError
        A missing column, a skill or course twice, numbers that are not above 0.

    Notes
    -----
    Every gap of a quarter level or more gets the planned course that teaches it, the mentor where the pair was made for it,
    or else coaching in joint visits; largest need (gap times importance times frequency) first. Courses stand one after the
    other, each due in the month in which its hours are used up. A target is the requirement or the open goal, whichever is higher;
    the step of a course is done at what the course can give (level + gain), if that is less.

    Examples
    --------
    >>> needs = pd.DataFrame({"skill": ["ask", "close"], "level": [2.0, 2.5], "required_level": [3.0, 3.5], "gap": [1.0, 1.0],
    ...                       "importance": [5, 3], "frequency": [4, 3]})
    >>> courses = pd.DataFrame({"course": ["T01"], "skills": [("ask",)], "hours": [12.0]})
    >>> plan = development_plan(needs, courses, as_of="2026-10")
    >>> plan.steps[["how", "what", "hours", "due_month"]].astype(str).values.tolist()
    [['course', 'T01', '12.0', '2026-12'], ['coaching', 'close', '6.0', '2026-12']]
    """
    for name, number in (("hours_per_month", hours_per_month), ("mentor_hours_per_week", mentor_hours_per_week),
                         ("mentor_months", mentor_months), ("coaching_hours", coaching_hours),
                         ("coached_at_once", coached_at_once), ("most_skills", most_skills)):
        if not (np.isfinite(number) and number > 0):
            raise InputError(f"{name} == {number:g}, must be above 0", where=f"development plan of {seller_id}")
    first = _month(as_of) + 1
    named = dict(skill_names or {})
    gaps, without_level = _gaps(needs, _open_goals(goals), seller_id)
    steps: list[dict[str, Any]] = _course_steps(_courses(courses, seller_id), gaps, first, hours_per_month)
    room, placed = most_skills, {skill for step in steps for skill in step["skills"]}
    if mentor is not None:
        pair = _pair_step(mentor, gaps, first, mentor_hours_per_week, int(mentor_months))
        if pair is not None:
            steps.append(pair)
            placed |= set(pair["skills"])
            room -= len(pair["skills"])
    left = [str(s) for s in gaps["skill"] if s not in placed]
    coached = left[: max(room, 0)]
    for at, skill in enumerate(coached):
        begin = first + 2 * (at // int(coached_at_once))
        steps.append(_step("coaching", skill, (skill,), gaps, coaching_hours, begin, begin + 1, done=COACHING_DONE))
    table = _ordered(steps, named)
    gaps = _with_steps(gaps, table)
    notes = _notes(gaps, without_level, len(table), left[max(room, 0):], verdict, named)
    if len(table) and table["how"].eq("course").any():
        notes.append({"msgid": GAINS, "details": {}})
    return DevelopmentPlan(seller_id=seller_id, steps=table, gaps=gaps, notes=tuple(notes))


def _month(as_of: str | pd.Timestamp | pd.Period) -> pd.Period:
    try:
        return pd.Period(as_of, freq="M")
    except ValueError as error:
        raise InputError(f"as_of == {as_of!r}, must be a day or a month such as '2026-10'") from error


def _gaps(needs: pd.DataFrame, goals: pd.DataFrame, seller_id: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Gaps worth working on, largest need first, and the skills without a level, by the reason."""
    missing = [c for c in ("skill", "gap") if c not in needs]
    if missing:
        raise InputError(f"needs lack {missing[0]!r}, must have skill and gap", where=f"development plan of {seller_id}")
    if needs["skill"].duplicated().any():
        twice = needs.loc[needs["skill"].duplicated(), "skill"].iloc[0]
        raise InputError(f"skill == {twice!r} stands twice, must be once", where=f"development plan of {seller_id}",
                         fix="Hand over the rows of one person.")
    table = pd.DataFrame({"skill": needs["skill"].astype(str)}).reset_index(drop=True)
    for column, missing_value in (("level", np.nan), ("required_level", np.nan), ("gap", np.nan), ("importance", 1.0),
                                  ("frequency", 1.0)):
        given = needs[column].to_numpy() if column in needs else np.full(len(needs), missing_value)
        table[column] = pd.to_numeric(pd.Series(given), errors="coerce").to_numpy(float)
    table = table.merge(goals, on="skill", how="left")
    wanted = np.fmax(table["required_level"], table["goal_level"])
    table["target_level"] = wanted
    flat = needs["not_told_apart"].to_numpy(bool) if "not_told_apart" in needs else np.zeros(len(needs), bool)
    unknown = table["gap"].isna()
    told_nothing = {NO_ASSESSMENT: table.loc[unknown & ~flat, "skill"].tolist(), ALL_ALIKE: table.loc[unknown & flat, "skill"].tolist()}
    table["gap"] = np.fmax(table["gap"], wanted - table["level"])
    product = table["gap"] * table["importance"].fillna(1.0) * table["frequency"].fillna(1.0)
    given_need = pd.to_numeric(pd.Series(needs["need"].to_numpy()), errors="coerce") if "need" in needs else product
    table["need"] = given_need.fillna(product).to_numpy(float)
    table = table[table["gap"] >= LEAST_GAP - SMALL].sort_values(["need", "skill"], ascending=[False, True], ignore_index=True)
    return table[["skill", "level", "target_level", "gap", "need", "goal_id", "goal_date"]], told_nothing


def _open_goals(goals: pd.DataFrame | None) -> pd.DataFrame:
    """The earliest open goal of each skill."""
    columns = ["skill", "goal_id", "goal_level", "goal_date"]
    if goals is None or goals.empty:
        return pd.DataFrame({"skill": pd.Series(dtype=str), "goal_id": pd.Series(dtype=object),
                             "goal_level": pd.Series(dtype=float), "goal_date": pd.Series(dtype="datetime64[ns]")})
    rows = goals[goals["status"].eq("open")] if "status" in goals else goals
    table = pd.DataFrame({
        "skill": rows["skill"].astype(str), "goal_id": rows.get("goal_id"),
        "goal_level": pd.to_numeric(rows["target_level"], errors="coerce").astype(float),
        "goal_date": pd.to_datetime(rows["due_date"])})  # fmt: skip
    return table.sort_values(["goal_date", "skill"]).drop_duplicates("skill")[columns]


def _courses(courses: pd.DataFrame | None, seller_id: str) -> list[dict[str, Any]]:
    if courses is None or courses.empty:
        return []
    missing = [c for c in ("course", "skills", "hours") if c not in courses]
    if missing:
        raise InputError(f"courses lack {missing[0]!r}, must have course, skills, hours", where=f"development plan of {seller_id}")
    if courses["course"].duplicated().any():
        twice = courses.loc[courses["course"].duplicated(), "course"].iloc[0]
        raise InputError(f"course == {twice!r} stands twice, must be once", where=f"development plan of {seller_id}")
    wrong = ~(pd.to_numeric(courses["hours"], errors="coerce") >= 0)
    if wrong.any():
        row = courses[wrong].iloc[0]
        raise InputError(f"hours == {row['hours']}, must be 0 or more", where=f"course {row['course']}")
    return [{str(k): v for k, v in row.items()} for row in courses.to_dict("records")]


def _course_steps(
    courses: list[dict[str, Any]], gaps: pd.DataFrame, first: pd.Period, hours_per_month: float
) -> list[dict[str, Any]]:
    lacking, steps, used = set(gaps["skill"]), [], 0.0
    for at, course in enumerate(courses):
        begin = first + int(used / hours_per_month + SMALL)
        used += float(course["hours"])
        due = first + max(int(np.ceil(used / hours_per_month - SMALL)) - 1, 0)
        taught = [course["skills"]] if isinstance(course["skills"], str) else list(course["skills"])
        skills = tuple(str(s) for s in taught if s in lacking)
        gain = course.get("gain")
        gains = dict(zip(taught, gain, strict=True)) if isinstance(gain, tuple | list | np.ndarray) else {}
        step = _step("course", str(course["course"]), skills, gaps, float(course["hours"]), begin, due, done=COURSE_DONE, gains=gains)
        if not skills:
            later = [str(c["course"]) for c in courses[at + 1:]]
            step |= {"why_msgid": FOR_LATER if later else FOR_NOTHING, "why_details": {"courses": later} if later else {},
                     "done_msgid": ATTENDED, "done_details": {}}
        steps.append(step)
    return steps


def _pair_step(
    mentor: Mapping[str, Any] | pd.Series, gaps: pd.DataFrame, first: pd.Period, hours_per_week: float, months: int
) -> dict[str, Any] | None:
    named = {str(s) for s in mentor["skills"]}
    skills = tuple(str(s) for s in gaps["skill"] if s in named)
    if not skills:
        return None
    hours = round(hours_per_week * WEEKS_A_MONTH * months, 1)
    step = _step("mentor", str(mentor["mentor_id"]), skills, gaps, hours, first, first + months - 1, done=PAIR_DONE)
    step["done_details"]["n_months"] = months
    return step


def _step(
    how: str, what: str, skills: tuple[str, ...], gaps: pd.DataFrame, hours: float, begin: pd.Period, due: pd.Period, *,
    done: str, gains: Mapping[Any, float] | None = None,
) -> dict[str, Any]:  # fmt: skip
    own = gaps[gaps["skill"].isin(skills)]
    target = own["target_level"].to_numpy(float)
    if gains:
        reach = own["level"].to_numpy(float) + np.array([float(gains.get(s, np.nan)) for s in own["skill"]])
        target = np.fmin(target, reach)
    gap = float(own["gap"].max()) if len(own) else 0.0
    targets = [{"msgid": TARGET, "details": {"skill": skill, "target_value": {"number": float(level), "digits": 1}}}
               for skill, level in zip(own["skill"], target, strict=True)]  # fmt: skip
    return {"how": how, "what": what, "skills": skills, "gap": gap, "hours": float(hours), "begin_month": begin,
            "due_month": due, "done_msgid": done, "done_details": {"targets": targets}, "why_msgid": FOR_GAP,
            "why_details": {"skill_gap_value": {"number": gap, "digits": 1}}}  # fmt: skip


def _ordered(steps: list[dict[str, Any]], names: Mapping[str, Any]) -> pd.DataFrame:
    columns = ["step", "how", "what", "skills", "gap", "hours", "begin_month", "due_month", "done_msgid", "done_details",
               "why_msgid", "why_details"]  # fmt: skip
    if not steps:
        return pd.DataFrame(columns=columns).astype({"hours": float, "gap": float, "begin_month": "period[M]", "due_month": "period[M]"})
    for step in steps:
        for target in step["done_details"].get("targets", ()):
            target["details"]["skill"] = names.get(target["details"]["skill"], target["details"]["skill"])
    steps = sorted(steps, key=lambda step: (step["begin_month"].ordinal, list(HOW_WORDS).index(step["how"])))
    return pd.DataFrame(steps).assign(step=np.arange(1, len(steps) + 1))[columns]


def _with_steps(gaps: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """How and by when each gap is closed."""
    how, due = [], []
    for skill in gaps["skill"]:
        own = steps[[skill in skills for skills in steps["skills"]]]
        how.append(tuple(h for h in HOW_WORDS if h in set(own["how"])))
        due.append(own["due_month"].max() if len(own) else pd.NaT)
    table = gaps.assign(how=pd.Series(how, dtype=object), due_month=pd.Series(due, dtype="period[M]"))
    return table[["skill", "level", "target_level", "gap", "need", "how", "due_month", "goal_id", "goal_date"]]


def _notes(
    gaps: pd.DataFrame, without_level: Mapping[str, list[str]], n_steps: int, later: list[str], verdict: str, names: Mapping[str, Any]
) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    if verdict in ELSEWHERE and n_steps:
        notes.append({"msgid": NOT_TRAINING, "details": {}})
    if gaps.empty:
        notes.append({"msgid": NOTHING_TO_DO, "details": {"skill_gap_value": LEAST_GAP}})
    for msgid, skills in ((LATER, later), *without_level.items()):
        if skills:
            notes.append({"msgid": msgid, "details": {"skills": [names.get(s, s) for s in skills]}})
    soon = gaps[gaps["due_month"].dt.start_time > gaps["goal_date"]]
    notes += [{"msgid": GOAL_TOO_SOON, "details": {"skills": [names.get(skill, skill)], "due_date": date}}
              for skill, date in zip(soon["skill"], soon["goal_date"], strict=True)]  # fmt: skip
    return notes
