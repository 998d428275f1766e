"""What to hold against a course plan: courses whose own effect was not seen, and people whose result is fine as it is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.coaching.training_effect import VERDICTS
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan

NOT_SEEN = mark(
    "{cost_share} of the plan's money goes to courses that are planned by the gain the course list gives, while their own"
    " records do not show that they work: {courses}."
)
COURSE_VERDICT = mark("{course} ({verdict_msgid})")
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
