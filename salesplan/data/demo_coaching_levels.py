"""How far each of the demo company's people really has each skill, month by month."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.data.demo_coaching_catalogue import CEILING_SKILL, SKILL_IDS, SKILLS, TIERS
from salesplan.data.demo_coaching_causes import Causes
from salesplan.data.demo_deals import WIN_SLOPE
from salesplan.data.demo_people import Staff
from salesplan.data.demo_process import PROCESS_KPIS, SKILL_SPREAD, Traits

SCALE = (1.0, 5.0)
SPREAD = 0.65
"""Standard deviation of a skill between sellers of one tenure, in levels."""
_SETTLED = np.array([3.8, 3.3, 3.1, 3.7, 3.0, 3.2, 3.3, 3.1, 3.4, 2.9, 4.8, 3.2])
"""Mean level of sellers who have been there for long."""
_STILL_TO_LEARN = np.array([1.6, 1.5, 1.3, 1.6, 0.8, 0.9, 1.0, 1.0, 0.7, 1.2, 0.0, 0.0])
"""What is missing on the first day; it shrinks by 1/e in ``LEARNING_MONTHS``."""
LEARNING_MONTHS = 6.0
LEADERS_ABOVE = 0.5
GENERAL_SHARE = 0.4
"""Share of a skill's variance that is common to all skills of a person."""
MOVES = {  # skill -> what it goes with, and its correlation with that by tier
    "S06": ("log_productivity", {"骨干": 0.60, "新人": 0.15}),
    "S09": ("follow_up_rate", {"骨干": 0.65, "新人": 0.20}),
}
FADING = ("S03", 0.30)
"""Levels everybody has lost in competitor knowledge by the last round: the competitors brought out new products."""
_OF_CAUSE = {  # deviation of knowledge and of skills from the mean, in standard deviations
    "skill": (0.4, -1.9), "effort": (0.4, 0.5), "territory": (0.4, 0.6), "ramp": (0.3, 0.4),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class SkillLaw:
    """Deviation of each person (row of ``staff.people``) in each skill from the mean of their tenure, in levels.

    ``tier`` is that of the last month: 新人, 骨干 or 管理者; ``hired`` the month as a number (0 is the first month).
    """

    deviation: np.ndarray
    tier: np.ndarray
    hired: np.ndarray

    def level(self, month: int, *, taught: np.ndarray, gain: float, up_to: float, taught_skill: str,
              faded: bool) -> np.ndarray:
        """Level of each person in each skill in a month; ``taught`` marks those a course has reached by then."""
        tenure = np.maximum(month - self.hired, 0)
        missing = np.exp(-tenure / LEARNING_MONTHS)[:, None] * _STILL_TO_LEARN
        level = _SETTLED + self.deviation - missing
        own = SKILL_IDS.index(taught_skill)
        better = np.minimum(level[:, own] + gain, np.maximum(level[:, own], up_to))
        level[:, own] = np.where(taught, better, level[:, own])
        if faded:
            level[:, SKILL_IDS.index(FADING[0])] -= FADING[1]
        return np.clip(level, *SCALE)


def make_skill_law(
    staff: Staff, traits: Traits, causes: Causes, span: pd.PeriodIndex, *, rng: np.random.Generator
) -> SkillLaw:
    """Draw deviations: a part common to all skills, two skills that go with known traits, and the planted causes."""
    count = len(staff.people)
    tier = _tiers(staff, span)
    general = rng.normal(size=(count, 1))
    latent = np.sqrt(GENERAL_SHARE) * general + np.sqrt(1 - GENERAL_SHARE) * rng.normal(size=(count, len(SKILL_IDS)))
    follow_up = traits.latent[:, PROCESS_KPIS.index("follow_up_rate")]
    drivers = {"log_productivity": traits.skill, "follow_up_rate": follow_up}
    for skill, (trait, by_tier) in MOVES.items():
        share = pd.Series(tier).map(by_tier).fillna(0.0).to_numpy()
        own = SKILL_IDS.index(skill)
        latent[:, own] = share * np.nan_to_num(drivers[trait]) + np.sqrt(1 - share**2) * latent[:, own]
    is_knowledge = (SKILLS["kind"] == "knowledge").to_numpy()
    for cause, (knowledge, skill_part) in _OF_CAUSE.items():
        rows = causes.people[cause]
        latent[rows] = np.where(is_knowledge, knowledge, skill_part) + 0.3 * rng.normal(size=(len(rows), len(SKILL_IDS)))
    deviation = SPREAD * latent
    deviation[:, SKILL_IDS.index(CEILING_SKILL)] = 0.0
    leads = tier == TIERS[-1]
    deviation[leads] += LEADERS_ABOVE
    hired = pd.PeriodIndex(staff.people["hire_date"], freq="M")
    return SkillLaw(deviation=deviation, tier=tier, hired=np.array([(month - span[0]).n for month in hired]))


def slopes() -> dict[str, dict[str, float]]:
    """Skill -> tier -> what one level more goes with: log productivity, or log odds of winning a deal."""
    size = {"log_productivity": SKILL_SPREAD, "follow_up_rate": WIN_SLOPE}
    return {skill: {tier: r * size[trait] / SPREAD for tier, r in by_tier.items()}
            for skill, (trait, by_tier) in MOVES.items()}


def _tiers(staff: Staff, span: pd.PeriodIndex) -> np.ndarray:
    """Tier of everybody by the end of the months, or when they left."""
    seats = staff.assignments[staff.assignments["valid_from"] <= span[-1].end_time]
    last = seats.sort_values("valid_from", kind="stable").drop_duplicates("employee_no", keep="last")
    own = staff.people["employee_no"].map(last.set_index("employee_no")["tier"])
    return own.fillna("新人").to_numpy(object)
