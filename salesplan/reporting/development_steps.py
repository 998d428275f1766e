"""The plan and the next talk of one person, in words: steps in order, what counts as done, what to ask."""

from typing import TYPE_CHECKING, Any

from salesplan.coaching.development_plan import HOW_WORDS
from salesplan.coaching.one_on_one import one_on_one
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.development_sheet import StepLine, Talk
from salesplan.text import mark, say
from salesplan.text.numbers import format_month
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.coaching.development_plan import DevelopmentPlan
    from salesplan.coaching.focus_metric import MonthlyFigures
    from salesplan.coaching.training_needs import TrainingNeeds


HOW_NAMES = {**HOW_WORDS, "course": mark("Training course")}
"""How a gap is closed, as a line of the plan says it."""


def said_steps(plan: "DevelopmentPlan", names: CoachingNames) -> tuple[StepLine, ...]:
    """The steps of a plan as lines of a sheet."""
    language = names.language
    called = {"course": names.course, "mentor": names.person, "coaching": names.skill}
    return tuple(
        StepLine(what=called[str(r["how"])](r["what"]), how=say(HOW_NAMES[str(r["how"])], language), skills=names.joined(r["skills"]),
                 hours=float(r["hours"]), due=format_month(r["due_month"], language), why=_said(r, "why", names),
                 done=_said(r, "done", names))
        for r in plan.steps.to_dict("records"))


def said_talk(
    needs: "TrainingNeeds", seller_id: str, language: str, *, figures: "MonthlyFigures | None" = None
) -> tuple[Talk, tuple[str, ...]]:
    """The agenda of the next talk, and what to know about it; ``figures`` are `talk_figures`, made once for many talks."""
    agenda = one_on_one(seller_id, needs, lower_is_better=needs.lower_is_better, figures=figures)

    def said(sentence: dict[str, Any]) -> str:
        return say_details(sentence["msgid"], sentence["details"], language, currency=needs.data.currency)

    talk = Talk(focus=tuple(said(s) for s in (agenda.focus_message, *agenda.progress)),
                questions=tuple(said(q) for q in agenda.questions), agreement=said(agenda.next_step))
    return talk, tuple(said(note) for note in agenda.notes)


def _said(row: dict[Any, Any], part: str, names: CoachingNames) -> str:
    msgid, details = row.get(f"{part}_msgid"), row.get(f"{part}_details")
    if not isinstance(msgid, str) or not msgid:
        return ""
    known = dict(details or {})
    if "courses" in known:
        known["courses"] = [names.course(c) for c in known["courses"]]
    return say_details(msgid, known, names.language)
