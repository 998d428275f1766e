"""What a reader of skills and training should know about the data behind them."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.data.coaching_results import CUSTOMERS
from salesplan.data.organisation import TRAINING_ROLE
from salesplan.data.sales_data import PUBLIC
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.data.coaching_data import CoachingData


def coaching_notes(
    data: "CoachingData", *, n_few_peers: int, n_courses_without_cost: int, n_mentors_without_capacity: int
) -> list[dict[str, Any]]:
    """Remarks on coaching data, as ``{"msgid", "details", "scope"}``: what is missing, assumed or hidden."""
    return [*_people(data), *_assessments(data, n_few_peers), *_profiles(data),
            *_supply(data, n_courses_without_cost, n_mentors_without_capacity), *_results(data)]


def _note(msgid: str, *, scope: str = "company", **details: Any) -> dict[str, Any]:
    return {"msgid": msgid, "details": details, "scope": scope}


def _learners(data: "CoachingData") -> pd.DataFrame:
    """Everybody but the trainers."""
    return data.people[data.people["role"].ne(TRAINING_ROLE).fillna(True)]


def _people(data: "CoachingData") -> list[dict[str, Any]]:
    without = data.people["tier"].isna()
    if not without.any():
        return []
    return [_note(mark("{n_people} {n_people:person has|people have} no tier: no role profile fits them."),
                  n_people=int(without.sum()))]


def _assessments(data: "CoachingData", n_few_peers: int) -> list[dict[str, Any]]:
    if data.assessments.empty:
        return [_note(mark("No skill assessments up to {last_date}: nobody's level is known."), scope=PUBLIC,
                      last_date=data.period_end)]
    notes = []
    learners = _learners(data)
    missing = ~learners["seller_id"].isin(data.assessments["seller_id"])
    if missing.any():
        notes.append(_note(mark("{n_missing} of {n_people} people in service {n_missing:was|were} never assessed."),
                           n_missing=int(missing.sum()), n_people=len(learners)))
    if n_few_peers:
        notes.append(_note(mark("{n_rows} {n_rows:assessment by a colleague is|assessments by colleagues are} left "
                                "out: fewer than three colleagues assessed that skill of a person, and what a "
                                "single one said must stay unknown."),
                           scope=PUBLIC, n_rows=n_few_peers))
    return notes


def _profiles(data: "CoachingData") -> list[dict[str, Any]]:
    if data.role_profiles.empty:
        return [_note(mark("There are no role profiles: no gap can be measured."), scope=PUBLIC)]
    notes = []
    unjudged = int((~data.role_profiles["is_judged"]).sum())
    if unjudged:
        notes.append(_note(mark("{n_rows} {n_rows:requirement names|requirements name} no importance or no "
                                "frequency: 3 of 5 stands for it."),
                           scope=PUBLIC, n_rows=unjudged))
    tiers = _learners(data)["tier"].dropna()
    lacking = sorted(set(tiers) - set(data.role_profiles["tier"]))
    if lacking:
        notes.append(_note(mark("No role profile for {tiers}: {n_people} {n_people:person has|people have} no gap."),
                           scope=PUBLIC,
                           tiers=", ".join(lacking), n_people=int(tiers.isin(lacking).sum())))
    return notes


def _supply(data: "CoachingData", n_courses_without_cost: int, n_mentors_without_capacity: int) -> list[dict[str, Any]]:
    notes = []
    if n_courses_without_cost:
        notes.append(_note(mark("{n_courses} {n_courses:course names|courses name} the cost of a run alone: a seat counts as "
                                "free."), scope=PUBLIC, n_courses=n_courses_without_cost))
    if len(data.courses) and data.courses["cost"].isna().all():
        notes.append(_note(mark("No course names a cost: all of them count as free."), scope=PUBLIC))
    if n_mentors_without_capacity:
        notes.append(_note(mark("{n_mentors} {n_mentors:mentor names no capacity and takes|mentors name no "
                                "capacity and take} one person at a time."),
                           n_mentors=n_mentors_without_capacity))
    return notes


def _results(data: "CoachingData") -> list[dict[str, Any]]:
    notes = []
    if data.quota["quota"].isna().all():
        notes.append(_note(mark("There are no sales targets of people: attainment is unknown."), scope=PUBLIC))
    if data.leads.empty:
        notes.append(_note(mark("There are no opportunities: a lack of leads cannot be told from a lack of skill."),
                           scope=PUBLIC))
    if data.potential.empty:
        notes.append(_note(mark("Customers name no owner: a poor territory cannot be told from a lack of skill."),
                           scope=PUBLIC))
    elif data.potential.name == CUSTOMERS:
        notes.append(_note(mark("Customers name no potential: territories are compared by the number of customers."),
                           scope=PUBLIC))
    undated = int(data.careers.loc[data.careers["hire_date"].isna(), "seller_id"].nunique())
    if undated:
        notes.append(_note(mark("{n_people} {n_people:person has|people have} no hire date and "
                                "{n_people:counts|count} in no ramp and no retention."),
                           n_people=undated))
    if len(data.history):
        silent = data.history.groupby("kpi", sort=False)["actual"].count()
        missing = silent.index[silent == 0].tolist()
        if missing:
            notes.append(_note(mark("{kpis}: nothing to measure them by in the months up to {period}."), scope=PUBLIC,
                               kpis=", ".join(missing), period=data.label))
    return notes


