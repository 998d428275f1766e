"""The course plan as plain HTML: what it covers and costs, who goes where, what is left and why."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.apps.coaching_budget import MORE
from salesplan.apps.coaching_person_html import said_hours
from salesplan.apps.panel_html import e, note
from salesplan.coaching.course_plan import NOTHING_NEEDED
from salesplan.reporting.development_html import said_level
from salesplan.reporting.show import show_notes
from salesplan.reporting.show_plan import said_amount
from salesplan.text import mark, say
from salesplan.text.numbers import format_count, format_money, format_percent
from salesplan.text.spoken_errors import say_error

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel
    from salesplan.coaching.course_plan import CoursePlan
    from salesplan.coaching.shadow_value import ShadowValue

MOST_PEOPLE, MOST_NAMES, MOST_LEFT = 200, 60, 12
UNPROVEN = mark("a better plan may be left: at most {share} more")
REACHABLE = mark("courses can cover {share} at most")
NO_PLAN = mark("No plan can be made: {reason}")


def money(value: float, model: "CoachingModel", language: str) -> str:
    """Money of the workspace."""
    return format_money(float(value), language, currency=model.data.currency, with_unit=True)


def plan_headline(model: "CoachingModel", language: str, following: "ShadowValue | None") -> str:
    """Cover, money, people and the next 1,000, at a glance."""
    plan = model.plan
    if plan is None:
        return ""
    share = "–" if np.isnan(plan.covered_share) else format_percent(plan.covered_share, language)
    proof = say(REACHABLE, language, share=format_percent(model.reachable_share, language))
    if not plan.is_proven:
        proof += "; " + say(UNPROVEN, language, share=format_percent(plan.gap_share, language))
    people, seats = plan.assignments["seller_id"].nunique(), len(plan.assignments)
    hours = said_hours(float(plan.assignments["hours"].sum()), language)
    more = said_amount(MORE, language, currency=model.data.currency)
    if following is None:
        extra, told = "…", say(mark("being worked out"), language)
    else:
        extra = _points(following.extra_share, language)
        told = say(mark("of the need"), language)
        if not np.isnan(following.average_share):
            told = say(mark("of the need; on average {money} so far close {share}"), language, money=more,
                       share=format_percent(following.average_share, language, 2))

    def card(kind: str, title: str, value: str, small: str) -> str:
        return (f'<div class="sp-kpi sp-kpi-{kind}"><div class="sp-kpi-t">{e(title)}</div><div class="sp-kpi-v">{e(value)}</div>'
                f'<div class="sp-kpi-n">{e(small)}</div></div>')

    return (
        f'<div class="sp-kpis sp-c-headline" data-proven="{str(plan.is_proven).lower()}">'
        + card("target", say(mark("Need covered"), language), share, proof)
        + card("forecast", say(mark("Cost of the plan"), language), money(plan.spent, model, language),
               say(mark("{left} of {budget} left"), language, left=money(plan.budget - plan.spent, model, language),
                   budget=money(plan.budget, model, language)))
        + card("stretch", say(mark("The next {money} add"), language, money=more), extra, told)
        + card("levels", say(mark("People"), language), say(mark("{n} of {all}"), language, n=people, all=plan.n_people),
               say(mark("{n} {n:seat|seats}, {hours}"), language, n=seats, hours=hours))
        + "</div>"
    )


def _points(share: float, language: str) -> str:
    return ("+" if share >= 0 else "") + format_percent(share, language, 2 if 0 < abs(share) < 0.01 else 1)


def table_html(heads: tuple[str, ...], rows: str, kind: str, language: str) -> str:
    """A table that scrolls sideways where it is too wide: marked captions, and rows made already."""
    titles = "".join(f"<th>{e(say(text, language)) if text else ''}</th>" for text in heads)
    return (f'<div class="sp-table-wrap" tabindex="0"><table class="sp-k-table {kind}"><thead><tr>{titles}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>")


def said_unplanned(model: "CoachingModel", language: str) -> str:
    """Why no plan can be made; nothing where there is one."""
    return "" if model.unplanned is None else say(NO_PLAN, language, reason=say_error(model.unplanned, language))


def courses_html(model: "CoachingModel", language: str) -> str:
    """The courses that are held: people, seats, money, and who goes."""
    plan = model.plan
    if plan is None:
        return ""
    if plan.runs.empty:
        return note(say(mark("Nobody goes to any course."), language))
    goes = plan.assignments.groupby("course")["seller_id"].agg(list).to_dict()
    rows = "".join(
        f'<tr data-course="{e(run["course"])}"><th scope="row">{e(model.names.course(run["course"]))}'
        f"{_names(model, goes.get(run['course'], []), language)}</th><td>{int(run['n_people'])}</td>"
        f"<td>{_seats(run['seats_left'], language)}</td><td>{int(run['n_runs'])}</td>"
        f"<td>{e(said_level(float(run['hours']), language))}</td><td>{e(money(run['cost'], model, language))}</td></tr>"
        for run in plan.runs.sort_values(["cost", "n_people"], ascending=False).to_dict("records")
    )
    heads = (mark("Course"), mark("People"), mark("Seats left"), mark("Runs"), mark("Hours"), mark("Cost"))
    return table_html(heads, rows, "sp-c-courses", language)


def _seats(left: float, language: str) -> str:
    return e(format_count(left, language)) if math.isfinite(left) else "–"


def _names(model: "CoachingModel", people: list[str], language: str) -> str:
    named = sorted(model.names.person(who) for who in people)
    more = say(mark("and {n} more"), language, n=len(named) - MOST_NAMES) if len(named) > MOST_NAMES else ""
    inside = ("、" if language == "zh" else ", ").join([*named[:MOST_NAMES], *([more] if more else [])])
    return f"<details><summary>{e(say(mark('who'), language))}</summary><small>{e(inside)}</small></details>"


def people_html(model: "CoachingModel", language: str) -> str:
    """Who goes where, in which order."""
    plan, people = model.plan, model.needs.people.set_index("seller_id")
    if plan is None:
        return ""
    units, tiers = people["unit_name"].to_dict(), people["tier"].to_dict()
    if plan.assignments.empty:
        return note(say(mark("Nobody goes to any course."), language))
    groups = sorted(plan.assignments.sort_values("step").groupby("seller_id", sort=False),
                    key=lambda one: (-float(one[1]["gain_value"].sum()), str(one[0])))
    arrow = " → "
    rows = "".join(
        f'<tr data-person="{e(who)}"><th scope="row">{e(model.names.person(who))}</th><td>{e(_text(units[who]))}</td>'
        f'<td>{e(_text(tiers[who]))}</td><td>{e(arrow.join(model.names.course(c) for c in own["course"]))}</td>'
        f"<td>{e(said_level(float(own['hours'].sum()), language))}</td></tr>"
        for who, own in groups[:MOST_PEOPLE]
    )
    heads = (mark("Name"), mark("Team"), mark("Tier"), mark("Courses in this order"), mark("Hours"))
    more = ""
    if len(groups) > MOST_PEOPLE:
        more = note(say(mark("{n} more stand in the workbook."), language, n=len(groups) - MOST_PEOPLE))
    first = note(say(mark("Those who gain most stand first."), language))
    return first + f'<div class="sp-c-tall">{table_html(heads, rows, "sp-c-goes", language)}</div>' + more


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def left_html(model: "CoachingModel", language: str) -> str:
    """What stays uncovered: by reason at a glance, then by skill."""
    plan = model.plan
    if plan is None:
        return ""
    left = plan.left_uncovered()
    if not plan.need_value > 0:
        return note(say(NOTHING_NEEDED, language))
    if left.empty:
        return note(say(mark("Nothing is left: every gap is covered."), language))
    by_reason = left.groupby("reason_msgid")["open_share"].sum().sort_values(ascending=False)
    bars = "".join(
        f'<div class="sp-c-why" data-reason="{e(reason)}"><span>{e(say(str(reason), language))}</span>'
        f'<div class="sp-k-bar"><span style="width:{100 * share / float(by_reason.iloc[0]):.1f}%"></span></div>'
        f"<b>{e(format_percent(float(share), language))}</b></div>"
        for reason, share in by_reason.items()
    )
    rows = "".join(
        f'<tr><th scope="row">{e(model.names.skill(row["skill"]))}</th><td>{e(say(str(row["reason_msgid"]), language))}</td>'
        f"<td>{int(row['n_people'])}</td><td>{e(format_count(float(row['open_level']), language, 1))}</td>"
        f"<td>{e(format_percent(float(row['open_share']), language))}</td></tr>"
        for row in left.head(MOST_LEFT).to_dict("records")
    )
    heads = (mark("Skill"), mark("What stands in the way"), mark("People"), mark("Levels open"), mark("Share of the need"))
    what = note(say(mark("Shares of the need planned for; the mildest obstacle of each gap is named."), language))
    return f'<div class="sp-c-whys">{bars}</div>{what}{table_html(heads, rows, "sp-c-left", language)}'


def notes_html(plan: "CoursePlan", model: "CoachingModel", language: str) -> str:
    """What to know about the plan."""
    part = [note for note in model.needs.of_part(plan) if note not in plan.notes]
    inside = show_notes([*part, *plan.notes], language, currency=model.data.currency).html
    return f"<details class='sp-c-know'><summary>{e(say(mark('What to know about this plan'), language))}</summary>{inside}</details>"
