"""A course plan on a page: what it costs and closes, which courses run, who goes where, and what stays open and why."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say
from salesplan.text.numbers import format_count, format_percent, money_unit
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan, ShadowValue

RUNS = mark("Courses of the plan")
SEATS = mark("Who goes where, the largest gain first")
FIXED = mark("All seats cost {seats_money}; runs cost {fixed_money} more, however many take part: {spent_money} in all.")
OPEN = mark("What stays open, and why")
NOBODY = mark("Nobody is sent to a course.")
PROVEN = mark("No plan closes more for this money: proven.")
NOT_PROVEN = mark("A better plan could close at most {gap_share} more: time ran out before the proof.")
MORE_MONEY = mark("The next {amount} would close {extra_share} more of the need.")
MORE_THAN_AVERAGE = mark(
    "The next {amount} would close {extra_share} more of the need; on average {amount} of the money spent so far close"
    " {average_share}."
)
MORE_MOVES = mark(
    "The next {amount} would go to people whom the plan prefers, because their low result goes back to skill or knowledge;"
    " the need closed in all would change by {extra_share}."
)


def show_plan(
    plan: "CoursePlan", names: CoachingNames, *, shadow: "ShadowValue | None" = None, top: int = 15, currency: str = "CNY"
) -> Fragment:
    """The plan in figures, its courses, the people with most to gain, and the need that no course closes.

    Parameters
    ----------
    plan
        From `plan_courses`.
    shadow
        What a little more money would buy.
    top
        How many people by name; all of them stand in the workbook.
    """
    language = names.language
    row = plan.summary().iloc[0]
    table = pd.DataFrame([{
        "budget_amount": row["budget"], "spent_amount": row["spent"], "left_amount": row["left_amount"],
        "n_participants": float(row["n_people"]), "n_seats": float(row["n_seats"]), "n_hours": float(row["training_hours"]),
        "need_covered_share": row["covered_share"],
    }])  # fmt: skip
    parts = [show_table(table, language, currency=currency)]
    proof = say(PROVEN, language) if plan.is_proven else say(NOT_PROVEN, language, gap_share=format_percent(plan.gap_share, language))
    parts.append(sentence(proof))
    if shadow is not None and plan.need_value > 0:
        parts.append(sentence(said_shadow(shadow, language, currency=currency)))
    if plan.runs.empty:
        parts.append(sentence(say(NOBODY, language)))
    else:
        runs = plan.runs
        shown = pd.DataFrame({
            "course_name": [names.course(c) for c in runs["course"]], "n_runs": runs["n_runs"].astype(float),
            "n_participants": runs["n_people"].astype(float), "n_seats_left": runs["seats_left"].where(np.isfinite(runs["seats_left"])),
            "n_hours": runs["hours"].astype(float), "cost_amount": runs["cost"].astype(float),
        })  # fmt: skip
        parts.append(show_table(shown, language, title=RUNS, currency=currency, kinds={"course_name": "text"}))
        parts.append(show_table(_people(plan, names, top), language, title=SEATS, currency=currency,
                                kinds={"name": "text", "courses": "text"}))
        seats = float(plan.assignments["cost"].sum())
        if plan.spent - seats > 0.5:
            sums = {"seats_money": seats, "fixed_money": plan.spent - seats, "spent_money": plan.spent}
            details = {name: {"number": value, "digits": 2} for name, value in sums.items()}
            parts.append(sentence(say_details(FIXED, details, language, currency=currency)))
    left = plan.left_uncovered().head(top)
    if len(left):
        shown = pd.DataFrame({"skill_name": [names.skill(s) for s in left["skill"]],
                              "reason": [say(str(m), language) for m in left["reason_msgid"]],
                              "n_participants": left["n_people"].astype(float), "open_share": left["open_share"]})
        parts.append(show_table(shown, language, title=OPEN, kinds={"skill_name": "text", "reason": "text"}))
    return joined(*parts, notes_once(plan.notes, language, currency=currency))


def said_amount(amount: float, language: str, *, currency: str = "CNY") -> str:
    """A round sum of money with its unit.

    Examples
    --------
    >>> said_amount(1000.0, "en"), said_amount(1000.0, "zh")
    ('¥1,000', '1,000元')
    """
    return say(mark("{unit}{amount}"), language, unit=money_unit("one", language, currency=currency),
               amount=format_count(amount, language))


def said_shadow(shadow: "ShadowValue", language: str, *, currency: str = "CNY") -> str:
    """What a little more money would buy, as a sentence."""
    words = MORE_MOVES if shadow.extra_share < 0 else MORE_MONEY if np.isnan(shadow.average_share) else MORE_THAN_AVERAGE
    return say(words, language, amount=said_amount(shadow.step, language, currency=currency),
               extra_share=format_percent(shadow.extra_share, language, 2),
               average_share=format_percent(shadow.average_share, language, 2))


def _people(plan: "CoursePlan", names: CoachingNames, top: int) -> pd.DataFrame:
    """The people with most to gain and their courses in order."""
    arrow = " → "
    rows = []
    for seller, own in plan.assignments.sort_values("step", kind="stable").groupby("seller_id", sort=False):
        rows.append({"name": names.person(seller), "courses": arrow.join(names.course(c) for c in own["course"]),
                     "n_hours": float(own["hours"].sum()), "seat_cost_amount": float(own["cost"].sum()),
                     "_gain": float(own["gain_value"].sum())})
    frame = pd.DataFrame(rows).sort_values("_gain", ascending=False, kind="stable").head(top)
    return frame.drop(columns="_gain").reset_index(drop=True)
