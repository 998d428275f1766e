"""What a reader of a monthly review should know about the data behind it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.data.review_facts import unplaced
from salesplan.data.review_plans import FROM_LATER_PLAN, FROM_PLAN
from salesplan.data.review_process import Told
from salesplan.data.review_targets import FROM_SPLIT
from salesplan.data.sales_data import PUBLIC
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.data.review_data import ReviewData


def review_notes(
    data: "ReviewData", *, told: Mapping[str, Told], moved: pd.DataFrame, first_order: pd.Period,
    sets: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Remarks on the data of a review, as ``{"msgid", "details", "scope"}``: what is missing, assumed or under way."""
    return [*_month(data), *_targets(data), *_sets(data, sets), *_process(data, told, first_order), *_organisation(data, moved)]


def _note(msgid: str, *, scope: str = PUBLIC, **details: Any) -> dict[str, Any]:
    return {"msgid": msgid, "details": details, "scope": scope}


def _month(data: "ReviewData") -> list[dict[str, Any]]:
    if data.is_complete:
        return []
    return [_note(mark("{month} is under way: facts count up to {as_of}."), month=data.month, as_of=data.as_of)]


def _targets(data: "ReviewData") -> list[dict[str, Any]]:
    targets, notes = data.targets[data.targets["month"] == data.month], []
    has = {kind: targets.loc[targets["scope_type"] == kind, ["judged", "restated"]].notna().any(axis=None) for kind in ("rep", "org")}
    if not any(has.values()):
        notes.append(_note(mark("There are no sales targets for {month}: attainment is unknown."), month=data.month))
    elif not has["rep"]:
        notes.append(_note(mark("Targets of {month} are of units only: the attainment of people is unknown."), month=data.month))
    elif not has["org"]:
        notes.append(_note(mark("Targets of {month} are of people only: a unit's target is the sum of its people's."),
                           month=data.month))
    said = set(targets["source"])
    if FROM_SPLIT in said:
        notes.append(_note(mark("Some targets of {month} are of a longer period: its working days' share stands for the month."),
                           month=data.month))
    if FROM_PLAN in said:
        notes.append(_note(mark("Targets of the approved plan count before those of the target table.")))
    if FROM_LATER_PLAN in said:
        notes.append(_note(mark("The plan for {month} was approved after the month: it does not judge it."), month=data.month))
    return notes


def _sets(data: "ReviewData", sets: Sequence[str]) -> list[dict[str, Any]]:
    """Which set of the target table counts, where several ask for sales."""
    if len(sets) < 2:
        return []
    chosen = data.settings.target_set
    if chosen:
        return [_note(mark("Targets of {month} are those of the set {chosen_set}, named in workspace.yaml; left aside: {other_sets}."),
                      month=data.month, chosen_set=chosen, other_sets=[one for one in sets if one != chosen])]
    return [_note(mark("Several sets hold targets of {month} ({target_sets}): of one seller's, the finest periods count, then the"
                       " newest version, then the first by name. target_set in workspace.yaml names the one that is meant."),
                  month=data.month, target_sets=list(sets))]


def _process(data: "ReviewData", told: Mapping[str, Told], first_order: pd.Period) -> list[dict[str, Any]]:
    missing = {"contacts": (mark("There are no activities: visits are unknown."),
                            mark("Activities are known from {first_month} to {last_month} only; visits of other months are unknown.")),
               "deals": (mark("There are no opportunities: pipeline and conversion of deals are unknown."),
                         mark("Opportunities are known from {first_month} to {last_month} only; those of other months are unknown."))}
    notes = []
    months = pd.period_range(end=data.month, periods=25, freq="M")
    for source, (none, some) in missing.items():
        first, last = told[source].first, told[source].last
        if first is None or last is None:
            notes.append(_note(none))
        elif first > max(months[0], first_order) or last < data.month:
            notes.append(_note(some, first_month=first, last_month=last))
    if data.process.loc[data.process["month"] == data.month, "new_customers"].isna().any():
        notes.append(_note(mark("Orders begin in {first_month}: which customers are new is not known yet."),
                           first_month=first_order))
    return notes


def _organisation(data: "ReviewData", moved: pd.DataFrame) -> list[dict[str, Any]]:
    notes = [_note(mark("{unit} has stood under another unit until {month}; its earlier months count where it stands now."),
                   scope="company", unit=one["name"], month=one["month"]) for one in moved.to_dict("records")]
    here = unplaced(data.booked, pd.PeriodIndex([data.month]))
    if here["total"] and here["nobody"]:
        notes.append(_note(mark("Orders of {amount} in {month} name no seller; they stay with their unit."), scope="company",
                           amount=here["nobody"], month=data.month))
    if here["total"] and here["nowhere"]:
        notes.append(_note(mark("Orders of {amount} in {month} belong to no unit."), scope="company", amount=here["nowhere"],
                           month=data.month))
    return notes
