"""Skills, courses and coaching of the demo company, and what is true of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.data.demo_coaching_causes import Causes, choose_causes
from salesplan.data.demo_coaching_levels import SkillLaw, make_skill_law
from salesplan.data.demo_coaching_people import TRAINER, Guidance, make_guidance
from salesplan.data.demo_coaching_roll_out import RollOut, make_roll_out
from salesplan.data.demo_coaching_scores import Scores, make_scores
from salesplan.data.demo_conduct import Process
from salesplan.data.demo_people import Staff
from salesplan.data.demo_sales import Sales


@dataclass(frozen=True, kw_only=True, eq=False)
class Coaching:
    """All of it: who lacks what and why, what was taught to whom, what was said of whom."""

    causes: Causes
    law: SkillLaw
    roll_out: RollOut
    scores: Scores
    guidance: Guidance


def make_coaching(
    staff: Staff, sales: Sales, process: Process, span: pd.PeriodIndex, *, rng: np.random.Generator
) -> Coaching:
    """Choose the causes by what the data show, then draw skills, courses and assessments that agree with them."""
    causes = choose_causes(staff, sales, process, span)
    law = make_skill_law(staff, process.traits, causes, span, rng=rng)
    roll_out = make_roll_out(staff, sales, process, causes, span, rng=rng)
    scores = make_scores(staff, sales, law, roll_out, span, trainer=TRAINER["employee_no"], rng=rng)
    guidance = make_guidance(staff, process, causes, law, scores, span, rng=rng)
    return Coaching(causes=causes, law=law, roll_out=roll_out, scores=scores, guidance=guidance)
