"""Training needs on a page: assessments, gaps, needs, causes, plan, mentors, effect, middle, retention, and where it is from."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.coaching.verdicts import VERDICT_WORDS
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.diagnosis_words import said_verdict
from salesplan.reporting.kpi_figures import said_period
from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.provenance import Provenance, provenance
from salesplan.reporting.show import Fragment, show_table
from salesplan.reporting.show_effect import show_effect
from salesplan.reporting.show_growth import show_middle, show_ramp, show_retention
from salesplan.reporting.show_mentors import show_mentors
from salesplan.reporting.show_plan import show_plan
from salesplan.reporting.show_roll_out import show_roll_out
from salesplan.reporting.show_skills import show_assessments, show_gaps, show_needs
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.coaching.diagnosis import Diagnosis

__all__ = [
    "CoachingNames", "coaching_provenance", "joined", "show_assessments", "show_diagnosis", "show_effect", "show_gaps",
    "show_mentors", "show_middle", "show_needs",
    "show_plan", "show_ramp", "show_retention", "show_roll_out",
]  # fmt: skip

BY_TIER = mark("Verdicts by tier")
LOW = mark("Who is low, and why")
NEXT_STEPS = mark("What to do")
NOBODY_LOW = mark("Nobody's result is low against peers.")


def show_diagnosis(
    diagnosis: "Diagnosis", names: CoachingNames, *, top: int = 20, shown: Collection[str] | None = None
) -> Fragment:
    """Verdicts by tier; then the people who are low, with the likeliest cause and the next step.

    Parameters
    ----------
    diagnosis
        From `diagnose`.
    top
        How many people, the lowest results against peers first.
    shown
        Only these people by name; the table of tiers counts all.
    """
    language = names.language
    counts = names.by_tier(diagnosis.summary("tier"))
    verdicts = [v for v in VERDICT_WORDS if counts[v].sum()]
    table = pd.DataFrame({"tier": counts["tier"].astype(str), "n_people": counts[list(VERDICT_WORDS)].sum(axis=1),
                          **{said_verdict(v, language): counts[v] for v in verdicts}})
    parts = [show_table(table, language, title=BY_TIER, kinds={"tier": "text"})]
    people = diagnosis.people
    if shown is not None:
        people = people[people.index.isin(list(shown))]
    low = people[(people["verdict"] != "healthy") & people["result_value"].notna()].sort_values("result_change", kind="stable").head(top)
    if low.empty:
        parts.append(sentence(say(NOBODY_LOW, language)))
    else:
        frame = pd.DataFrame({
            "name": [names.person(one) for one in low.index], "tier": low["tier"].astype(str).to_numpy(),
            "result_change": low["result_change"].to_numpy(), "likely_cause": [said_verdict(str(v), language) for v in low["verdict"]],
            "also_possible": [said_verdict(str(v), language) for v in low["second"]],
            "shortfall_share": low["shortfall_share"].where(~low["verdict"].isin(["ramp", "cannot_tell"])).to_numpy(),
            "n_peers": low["n_peers"].to_numpy(),
        })  # fmt: skip
        kinds = dict.fromkeys(("name", "tier", "likely_cause", "also_possible"), "text")
        parts.append(show_table(frame, language, title=LOW, kinds=kinds))
        steps = low.drop_duplicates("next_step_msgid")
        todo = pd.DataFrame({"likely_cause": [said_verdict(str(v), language) for v in steps["verdict"]],
                             "next_step": [say(str(m), language) for m in steps["next_step_msgid"]]})
        parts.append(show_table(todo, language, title=NEXT_STEPS, kinds={"likely_cause": "text", "next_step": "text"}))
    return joined(*parts, notes_once(diagnosis.notes, language))


def coaching_provenance(data: Any, parameters: Any = None, *, language: str) -> Provenance:
    """Which data, month and parameters a page about training needs rests on."""
    plain = provenance(data, parameters, language=language)
    label = str(getattr(data, "label", ""))
    return Provenance(source=plain.source, period=said_period(label, language) if label else plain.period, language=language,
                      fingerprint=plain.fingerprint, parameters=plain.parameters)
