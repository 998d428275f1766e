"""What to hold against a course plan: courses whose own effect was not seen, and people whose result is fine as it is."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.coaching.training_effect import VERDICTS
from salesplan.findings import Finding, Status
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan

NOT_SEEN = mark(
    "{cost_share} of the plan's money goes to courses that are planned by the gain the course list gives, while their own"
    " records do not show that they work: {courses}."
)
COURSE_VERDICT = mark("{course} ({verdict_msgid})")
PART_ONLY = mark(
    "Plan and mentors are worked out for the {n} of {n_all} people shown here alone, and {budget_money} is the budget of these"
    " people; the company's plan shares one budget among everybody and may send them elsewhere or give them other mentors."
)
HARMFUL = mark(
    "The plan sends {n} {n:person|people} for {cost_money} to courses after which the trained did worse by the courses' own"
    " records: {courses}."
)
HARMFUL_ACTION = mark("Do not book them until it is clear what they displaced; give the seats to courses that are known to work.")
NO_EFFECT = mark(
    "The plan sends {n} {n:person|people} for {cost_money} to courses whose own records show no effect: {courses}."
)
NO_EFFECT_ACTION = mark("Change these courses or book others, and test the next one with a waiting list drawn by lot.")
UNPROVEN_SHARE = mark(
    "{cost_share} of the plan's money ({cost_money} of {spent_money}) goes to courses whose own records do not show that they"
    " work; what the plan closes rests on the course list there."
)
UNPROVEN_ACTION = mark("Book first what is known to work, and roll the others out with a waiting list drawn by lot.")
MUCH = 0.25
"""Part of a plan's money in courses not known to work from which it is a finding."""
FINE = mark(
    "{n} of the {n_all} people booked have a result that is fine against peers: they close gaps of their role, and no better"
    " result is to be expected of it."
)


def people_doing_well(plan: "CoursePlan", verdicts: pd.Series) -> list[dict[str, Any]]:
    """A note on the people booked whose result is fine; nothing without any.

    Parameters
    ----------
    verdicts
        seller_id -> verdict of the diagnosis.
    """
    booked = plan.assignments["seller_id"].unique()
    fine = int(verdicts.reindex(booked).eq("healthy").sum())
    return [{"msgid": FINE, "details": {"n": fine, "n_all": len(booked)}}] if fine else []


def effects_not_seen(
    plan: "CoursePlan", verdicts: Mapping[str, str], names: Mapping[str, Mapping[str, str]] | None = None
) -> list[dict[str, Any]]:
    """A note on the planned courses whose measured effect is not that they work; nothing without any.

    Parameters
    ----------
    verdicts
        Course -> verdict on its effect, of the courses that could be judged.
    names
        Course -> ``{"zh": …, "en": …}``; the plan's own names otherwise.
    """
    rows = plan.runs[plan.runs["course"].map(lambda one: verdicts.get(one, "works")).ne("works")]
    if rows.empty:
        return []
    called = names or {}
    named = [{"msgid": COURSE_VERDICT, "details": {"course": called.get(row["course"], row["name"]),
                                                   "verdict_msgid": VERDICTS[verdicts[row["course"]]]}}
             for _, row in rows.sort_values("cost", ascending=False, kind="stable").iterrows()]
    share = float(rows["cost"].sum()) / plan.spent if plan.spent > 0 else 0.0
    return [{"msgid": NOT_SEEN, "details": {"cost_share": share, "courses": named}}]


def plan_findings(
    plan: "CoursePlan", verdicts: Mapping[str, str], names: Mapping[str, Mapping[str, str]], *, owner: str = "", due: dt.date | None = None
) -> list[Finding]:
    """Findings on the planned courses that did harm, that have no effect, and on the money in courses not known to work.

    Parameters
    ----------
    verdicts
        Course -> verdict on its effect, of the courses that could be judged.
    names
        Course -> ``{"zh": …, "en": …}``; the plan's own names otherwise.
    owner, due
        Who should act by when.
    """
    judged = plan.runs["course"].map(lambda one: verdicts.get(one, "works"))
    cases: list[tuple[str, str, Status, str, str]] = [
        ("harmful", "course_did_harm", "act", HARMFUL, HARMFUL_ACTION),
        ("no_sign", "course_without_effect", "watch", NO_EFFECT, NO_EFFECT_ACTION),
    ]
    found = []
    for verdict, key, status, message, action in cases:
        rows = plan.runs[judged.eq(verdict)].sort_values("cost", ascending=False, kind="stable")
        if rows.empty:
            continue
        booked = plan.assignments["course"].isin(rows["course"])
        found.append(Finding(key=key, status=status, message=message, action=action, owner=owner, due=due, details={
            "n": int(plan.assignments.loc[booked, "seller_id"].nunique()), "cost_money": float(rows["cost"].sum()),
            "courses": [names.get(row["course"], row["name"]) for _, row in rows.iterrows()]}))
    cost = float(plan.runs.loc[judged.ne("works"), "cost"].sum())
    if plan.spent > 0 and cost / plan.spent >= MUCH:
        found.append(Finding(key="plan_not_shown_to_work", status="watch", message=UNPROVEN_SHARE, action=UNPROVEN_ACTION,
                             owner=owner, due=due, details={"cost_share": cost / plan.spent, "cost_money": cost,
                                                            "spent_money": plan.spent}))
    return found
