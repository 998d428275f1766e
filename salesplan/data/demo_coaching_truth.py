"""What is true of the demo company's skills, courses and coaching."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.data.demo_coaching import Coaching
from salesplan.data.demo_coaching_catalogue import (
    CEILING_SKILL,
    COURSES,
    NO_SKILL_COURSES,
    SKILL_IDS,
    SKILLS,
    TIERS,
    role_profiles,
)
from salesplan.data.demo_coaching_levels import FADING, LEARNING_MONTHS, MOVES, SCALE, SPREAD, slopes
from salesplan.data.demo_coaching_people import TRAINER
from salesplan.data.demo_coaching_roll_out import (
    CALLS_GAIN,
    LEVEL_GAIN,
    PLACEBO_COURSE,
    RESCUE_COURSE,
    TAUGHT_SKILL,
    UP_TO_LEVEL,
    WORKING_COURSE,
)
from salesplan.data.demo_coaching_scores import NOISE, SELF_BIAS, SELF_REFERENCE, SELF_SLOPE, self_bias
from salesplan.data.demo_conduct import Process
from salesplan.data.demo_people import MONTHLY_LEAVING, Staff
from salesplan.data.demo_process import PROCESS_KPIS
from salesplan.data.demo_process_files import Faults


@dataclass(frozen=True, kw_only=True)
class CoachingTruth:
    """What is true of the demo company's skills, courses and coaching; levels are those of ``scale``.

    Attributes
    ----------
    skills
        Skill -> name, English name, kind, KPI it is meant to move.
    rounds
        Name of each round of assessments -> its month.
    skill_level
        Round -> employee number -> skill -> true level, of everybody assessed. The one of ``ceiling_skill`` cannot be
        known from scores: people and leads give everybody the top of the scale.
    skill_tier
        Employee number -> tier at the end, of everybody assessed at some time.
    level_spread
        Standard deviation of a skill between sellers of one tenure.
    learning_months
        Months in which what a newcomer lacks shrinks by 1/e.
    fading
        ``skill`` in which everybody lost ``levels`` between the second round and ``round``.
    skill_moves
        Skill -> ``kpi``, the trait behind it (``log_productivity``, or ``follow_up_rate``, on which the chance to win a
        deal depends), and by tier the correlation of skill and trait in the population and the ``slope``: what one
        level more goes with in log productivity, or in log odds of winning. ``found`` is the correlation among the
        settled sellers there are (tier 骨干 at the end, without those planted). All other skills go with no KPI.
    self_bias
        People give themselves ``level + slope * (own mean level - reference)`` above their level: the weak too much,
        the strong too little; the mean is over all skills but the ceiling one and the leaders' one. ``by_tier`` is
        the mean bias in the last round.
    manager_leniency
        Employee number of an assessor -> levels given above the true one.
    score_noise
        Source -> standard deviation of one score about what it should be, before rounding.
    only_self_rated, never_assessed
        People nobody but themselves assessed, and sellers at work at the end whom nobody did.
    tier_gap
        Tier -> skill -> mean of what is missing to the required level in the last round.
    top_needs
        Tier -> skills by gap times importance times frequency, largest first, those with some gap.
    causes
        Cause (effort, skill, territory, ramp) -> employee numbers of sellers with few sales because of it.
    cause_seen
        Employee number -> what the data show of those over the last six months: ``result`` and ``territory`` (sales a
        month and market potential over the median of settled sellers; ``year``: sales of twelve months), ``attained``
        (sales over what was to be expected of this person in this territory; targets are a fifteenth more, so that
        attainment tells luck and nothing else), ``effort`` (mean standardised visits, proposals and demos a month),
        ``tenure`` in months.
    healthy
        Settled sellers with fair contacts who sell more than the median, in six months and in twelve.
    roll_out
        The course that works: who was taught in its month and who waits, by lot within teams, and who stayed away;
        ``level_gain`` in its skill (up to ``up_to_level``) and ``calls_a_month`` more from the month after.
    placebo
        A course that does nothing, whatever the catalogue says; also by lot.
    rescue
        A course that does nothing, for those who sold least in the three months before: their sales rise after it all
        the same, by regression to the mean.
    no_skill_courses, not_offered
        Courses that teach no skill on the list, and those that cannot be booked.
    mentors
        Employee number -> mentees at a time.
    cannot_match
        Pairs of mentor and mentee.
    goals, goals_overdue
        Development goals by status, and those open past their day at the end.
    trainer
        Employee number of the one in the training centre, who belongs to the whole company.
    monthly_leaving
        Chance to leave in a month of those employed at the start, whatever tier (none in the last two months). Who was
        hired in month ``n`` of the history (0 is the first) stays ``n + 3`` months first.
    leavers
        Employee number -> day.
    rows, faults
        Table -> rows that arrive, and kind of fault -> rows planted. ``blank_score`` are rows of a form nobody filled in,
        which are set aside, not quarantined.
    """

    skills: dict[str, dict[str, str]]
    scale: list[float]
    rounds: dict[str, str]
    skill_level: dict[str, dict[str, dict[str, float]]]
    skill_tier: dict[str, str]
    level_spread: float
    learning_months: float
    fading: dict[str, Any]
    skill_moves: dict[str, dict[str, Any]]
    self_bias: dict[str, Any]
    manager_leniency: dict[str, float]
    score_noise: dict[str, float]
    ceiling_skill: str
    only_self_rated: list[str]
    never_assessed: list[str]
    tier_gap: dict[str, dict[str, float]]
    top_needs: dict[str, list[str]]
    causes: dict[str, list[str]]
    cause_seen: dict[str, dict[str, float]]
    healthy: list[str]
    roll_out: dict[str, Any]
    placebo: dict[str, Any]
    rescue: dict[str, Any]
    no_skill_courses: list[str]
    not_offered: list[str]
    mentors: dict[str, int]
    cannot_match: list[list[str]]
    goals: dict[str, int]
    goals_overdue: int
    trainer: str
    monthly_leaving: float
    leavers: dict[str, str]
    rows: dict[str, int]
    faults: dict[str, dict[str, int]]


def coaching_truth(
    coaching: Coaching, process: Process, staff: Staff, span: pd.PeriodIndex, *, rows: dict[str, int], faults: Faults
) -> CoachingTruth:
    """Put down what :func:`salesplan.data.demo_coaching.make_coaching` drew and what was written."""
    number = staff.people["employee_no"].to_numpy(object)
    causes, law, scores, guidance = coaching.causes, coaching.law, coaching.scores, coaching.guidance
    names = [name for name, _ in scores.rounds]
    assessed = np.flatnonzero(np.any([np.isfinite(level[:, 0]) for level in scores.levels], axis=0))
    by_others = set(scores.assessments.loc[scores.assessments["source"] != "self", "person"])
    at_end = staff.occupant[:, -1]
    gap, needs = _gaps(scores.levels[-1], law.tier, staff)
    goals = guidance.goals
    overdue = (goals["status"] == "open") & (goals["due"] <= span[-1].end_time)
    gone = staff.people.dropna(subset=["leave_date"])
    return CoachingTruth(
        skills=_skills(),
        scale=list(SCALE), rounds={name: str(span[month]) for name, month in scores.rounds},
        skill_level={name: _levels(level, number) for name, level in zip(names, scores.levels, strict=True)},
        skill_tier={number[p]: law.tier[p] for p in assessed}, level_spread=SPREAD, learning_months=LEARNING_MONTHS,
        fading={"skill": FADING[0], "levels": FADING[1], "round": names[-1]},
        skill_moves=_moves(coaching, process),
        self_bias={"level": SELF_BIAS, "slope": SELF_SLOPE, "reference": SELF_REFERENCE,
                   "by_tier": _bias_by_tier(scores.levels[-1], law.tier)},
        manager_leniency={who: round(v, 6) for who, v in scores.leniency.items()}, score_noise=dict(NOISE),
        ceiling_skill=CEILING_SKILL,
        only_self_rated=number[[p for p in assessed if p not in by_others]].tolist(),
        never_assessed=number[np.sort(np.setdiff1d(at_end[at_end >= 0], assessed))].tolist(),
        tier_gap=gap, top_needs=needs,
        causes={cause: number[people].tolist() for cause, people in causes.people.items()},
        cause_seen={number[p]: {str(k): round(float(v), 6) for k, v in causes.seen.loc[p].items() if k != "months"}
                    for p in causes.everybody},
        healthy=number[causes.healthy].tolist(), **_courses(coaching, number, span),
        mentors=dict(zip(number[guidance.mentors["person"]].tolist(), guidance.mentors["capacity"].tolist(), strict=True)),
        cannot_match=number[guidance.cannot_match[["mentor", "mentee"]].to_numpy()].tolist(),
        goals={str(k): int(n) for k, n in goals["status"].value_counts().sort_index().items()},
        goals_overdue=int(overdue.sum()), trainer=TRAINER["employee_no"], monthly_leaving=MONTHLY_LEAVING,
        leavers={who: f"{day:%Y-%m-%d}" for who, day in zip(gone["employee_no"], gone["leave_date"], strict=True)},
        rows=rows, faults=faults)


def _skills() -> dict[str, dict[str, str]]:
    known = SKILLS.set_index("skill_id")[["name", "name_en", "kind", "kpi"]].astype(str)
    return {str(skill): {str(k): str(v) for k, v in row.items()} for skill, row in known.iterrows()}


def _levels(level: np.ndarray, number: np.ndarray) -> dict[str, dict[str, float]]:
    return {number[p]: {s: round(float(v), 4) for s, v in zip(SKILL_IDS, level[p], strict=True) if np.isfinite(v)}
            for p in np.flatnonzero(np.isfinite(level[:, 0]))}


def _moves(coaching: Coaching, process: Process) -> dict[str, dict[str, Any]]:
    """The two skills that go with a KPI, and what is found among the settled sellers there are."""
    level, tier = coaching.scores.levels[-1], coaching.law.tier
    seen = np.isfinite(level[:, 0]) & (tier == TIERS[1])
    settled = np.setdiff1d(np.flatnonzero(seen), coaching.causes.everybody)
    traits = {"log_productivity": process.traits.skill,
              "follow_up_rate": process.traits.latent[:, PROCESS_KPIS.index("follow_up_rate")]}
    kpi = SKILLS.set_index("skill_id")["kpi"]
    found = {skill: np.corrcoef(level[settled, SKILL_IDS.index(skill)], traits[trait][settled])[0, 1]
             for skill, (trait, _) in MOVES.items()}
    return {skill: {"kpi": str(kpi[skill]), "trait": trait, "correlation": dict(by_tier),
                    "slope": {t: round(b, 6) for t, b in slopes()[skill].items()}, "found": round(float(found[skill]), 6)}
            for skill, (trait, by_tier) in MOVES.items()}


def _bias_by_tier(level: np.ndarray, tier: np.ndarray) -> dict[str, float]:
    seen = np.isfinite(level[:, 0])
    bias = pd.Series(self_bias(level)[seen]).groupby(tier[seen]).mean()
    return {str(t): round(float(bias[t]), 6) for t in TIERS}


def _gaps(
    level: np.ndarray, tier: np.ndarray, staff: Staff
) -> tuple[dict[str, dict[str, float]], dict[str, list[str]]]:
    """Mean gap of each tier and skill, and skills in the order of need."""
    needed = role_profiles()
    directors = set(staff.assignments.loc[staff.assignments["role"] == "director", "employee_no"])
    is_director = staff.people["employee_no"].isin(directors).to_numpy()
    gaps: dict[str, dict[str, float]] = {}
    needs: dict[str, list[str]] = {}
    for name in TIERS:
        common = needed[(needed["tier"] == name) & (needed["role"] == "")].set_index("skill_id")
        special = needed[(needed["tier"] == name) & (needed["role"] == "director")].set_index("skill_id")
        people = np.flatnonzero((tier == name) & np.isfinite(level[:, 0]))
        gaps[name], order = {}, {}
        for skill in common.index.astype(str):
            required = np.full(len(people), float(common["required_level"][skill]))
            if skill in special.index:
                required[is_director[people]] = float(special["required_level"][skill])
            gap = float(np.maximum(required - level[people, SKILL_IDS.index(skill)], 0).mean())
            gaps[name][skill] = round(gap, 4)
            order[skill] = gap * float(common["importance"][skill] * common["frequency"][skill])
        needs[name] = [s for s, need in sorted(order.items(), key=lambda item: -item[1]) if need > 0]
    return gaps, needs


def _courses(coaching: Coaching, number: np.ndarray, span: pd.PeriodIndex) -> dict[str, Any]:
    done = coaching.roll_out
    month = str(span[done.month])
    people = {c: {"course": c, "month": month, "trained": number[done.trained[c]].tolist(),
                  "waiting": number[done.waiting[c]].tolist()} for c in done.trained}
    return {
        "roll_out": {**people[WORKING_COURSE], "absent": number[done.absent].tolist(), "randomised": True,
                     "skill": TAUGHT_SKILL, "level_gain": LEVEL_GAIN, "up_to_level": UP_TO_LEVEL, "kpi": "calls",
                     "calls_a_month": CALLS_GAIN},
        "placebo": {**people[PLACEBO_COURSE], "randomised": True, "level_gain": 0.0, "effect": 0.0},
        "rescue": {**people[RESCUE_COURSE], "randomised": False, "kpi": "sales_amount", "level_gain": 0.0, "effect": 0.0},
        "no_skill_courses": list(NO_SKILL_COURSES),
        "not_offered": COURSES.loc[~COURSES["is_offered"], "course_id"].tolist(),
    }
