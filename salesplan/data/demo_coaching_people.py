"""Trainer, mentors, pairs that must not be matched and development goals of the demo company."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.data.demo_coaching_catalogue import CEILING_SKILL, SKILL_IDS, TIERS, role_profiles
from salesplan.data.demo_coaching_causes import Causes
from salesplan.data.demo_coaching_levels import SkillLaw
from salesplan.data.demo_coaching_scores import MEAN_OF, Scores
from salesplan.data.demo_conduct import Process
from salesplan.data.demo_people import COMPANY, Staff

TRAINER = {"employee_no": "E8001", "name": "贾宜宁", "email": "e8001@yuanfan.example", "org_id": COMPANY[0]}
"""Leads the training centre: belongs to the whole company, carries no target, has no tier."""
MENTORS, TWO_MENTEES, FORBIDDEN, GOALS = 14, 6, 6, 60
FAIR_RESULT = 0.9
"""Sales over the median of full-time sellers that a mentor has at least."""
_REASONS = ("亲属", "同一客户争议", "曾有投诉", "岗位回避", "分处两地", "本人申请回避")


@dataclass(frozen=True, kw_only=True, eq=False)
class Guidance:
    """Who guides whom, and what people want to learn.

    ``mentors`` holds ``person, capacity, hours``; ``cannot_match`` holds ``mentor, mentee, reason``; ``goals`` holds
    ``person, skill, target, set, due, status``.
    """

    mentors: pd.DataFrame
    cannot_match: pd.DataFrame
    goals: pd.DataFrame


def make_guidance(
    staff: Staff, process: Process, causes: Causes, law: SkillLaw, scores: Scores, span: pd.PeriodIndex, *,
    rng: np.random.Generator,
) -> Guidance:
    """The most able full-time sellers with fair sales mentor; newcomers are guided; goals follow the largest gaps."""
    level = scores.levels[-1]
    overall = pd.Series(level[:, [SKILL_IDS.index(s) for s in MEAN_OF]].mean(axis=1))
    well = causes.seen.index[causes.seen["result"] > FAIR_RESULT].to_numpy(int)
    settled = np.setdiff1d(np.intersect1d(process.full_time, well), causes.everybody)
    able = overall[settled][law.tier[settled] == TIERS[1]].dropna().sort_values(ascending=False, kind="stable")
    mentors = pd.DataFrame({"person": np.sort(able.index.to_numpy(int)[:MENTORS])})
    mentors["capacity"] = 1
    mentors.loc[np.sort(rng.choice(len(mentors), TWO_MENTEES, replace=False)), "capacity"] = 2
    mentors["hours"] = rng.choice([1.0, 1.5, 2.0], len(mentors))
    at_end = staff.occupant[:, -1]
    newcomers = np.sort([p for p in at_end if p >= 0 and law.tier[p] == TIERS[0]])
    pairs = [(int(m), int(n)) for m in mentors["person"] for n in newcomers]
    chosen = np.sort(rng.choice(len(pairs), min(FORBIDDEN, len(pairs)), replace=False))
    forbidden = pd.DataFrame([(*pairs[i], _REASONS[k % len(_REASONS)]) for k, i in enumerate(chosen)],
                             columns=["mentor", "mentee", "reason"])
    return Guidance(mentors=mentors, cannot_match=forbidden, goals=_goals(level, law, at_end, span, rng))


def _goals(
    level: np.ndarray, law: SkillLaw, at_end: np.ndarray, span: pd.PeriodIndex, rng: np.random.Generator
) -> pd.DataFrame:
    """One goal or two for some sellers, in the skills in which they are furthest below what their tier asks."""
    needed = role_profiles()
    needed = needed[needed["role"] == ""].pivot_table(index="tier", columns="skill_id", values="required_level")
    needed = needed.reindex(columns=list(SKILL_IDS)).drop(columns=CEILING_SKILL)
    columns = [SKILL_IDS.index(s) for s in needed]
    assessed = np.array([p for p in at_end if p >= 0 and np.isfinite(level[p, 0])], int)
    rows: list[tuple[object, ...]] = []
    for person in rng.permutation(assessed):
        required = needed.loc[law.tier[person]].to_numpy()
        gap = np.nan_to_num(required - level[person, columns], nan=-9.0)
        wanted = np.argsort(-gap, kind="stable")[: 1 + int(rng.random() < 0.3)]
        for own in wanted[gap[wanted] > 0]:
            start = (span[-1] - int(rng.integers(0, 9))).start_time.normalize() + pd.Timedelta(days=int(rng.integers(0, 25)))
            due = start + pd.Timedelta(days=int(rng.choice([90, 120, 180])))
            over = due <= span[-1].end_time
            status = str(rng.choice(["done", "open", "dropped"], p=[0.5, 0.35, 0.15])) if over else "open"
            rows.append((int(person), needed.columns[own], float(required[own]), start, due, status))
    frame = pd.DataFrame(rows[:GOALS], columns=["person", "skill", "target", "set", "due", "status"])
    return frame.sort_values(["set", "person", "skill"], kind="stable", ignore_index=True)
