"""Who may mentor whom in a month: mentors, newcomers and what an hour of selling is worth, taken from the data."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from salesplan.coaching.mentoring import MentorMatch, match_mentors
from salesplan.coaching.parameters import CoachingParameters
from salesplan.coaching.results import year_of_sales
from salesplan.text import mark

HOURS_OF_YEAR = 250 * 8
"""Working hours a year, for what an hour of selling brings."""
KEPT_APART = mark(
    "{n} {n:pair is|pairs are} on the list not to be matched; {n_kept} of them {n_kept:is|are} of a mentor and a mentee looked at"
    " here and {n_kept:was|were} left out of every matching."
)


def pair_people(
    data: Any, people: pd.DataFrame, persons: pd.DataFrame, parameters: CoachingParameters, *, shown: Collection[str],
    skill_words: Mapping[str, Any] | None = None,
) -> MentorMatch:
    """Match the newcomers a reader may see with the mentors on the list, or with everybody of the mentor tiers.

    Parameters
    ----------
    data
        ``mentors, cannot_match, quota, shows_money``.
    people
        ``seller_id, tier, is_seller, org_id, name``.
    persons
        ``SkillGaps.persons``.
    skill_words
        What skills are called in reasons, by language.
    """
    visible = people[people["seller_id"].isin(list(shown))]
    sells = visible["is_seller"].eq(True)
    mentees = visible.loc[sells & visible["tier"].isin(parameters.mentee_tiers), "seller_id"].tolist()
    listed = data.mentors[data.mentors["seller_id"].isin(visible["seller_id"])]
    if listed.empty:
        able = visible.loc[visible["tier"].isin(parameters.mentor_tiers), ["seller_id"]]
        listed = able.assign(capacity=parameters.mentor_capacity)
    listed = listed[~listed["seller_id"].isin(mentees)].reset_index(drop=True)
    value = year_of_sales(data, people) / HOURS_OF_YEAR if data.shows_money else None
    apart = data.cannot_match[data.cannot_match["mentor_id"].isin(listed["seller_id"])
                              & data.cannot_match["mentee_id"].isin(mentees)]
    match = match_mentors(
        visible, persons[persons["seller_id"].isin(visible["seller_id"])], listed, mentees=mentees, cannot_match=apart,
        hours_per_week=parameters.mentor_hours, months=parameters.mentor_months, selling_value=value, skill_names=skill_words)
    seen = data.cannot_match["mentor_id"].isin(visible["seller_id"]) & data.cannot_match["mentee_id"].isin(visible["seller_id"])
    if not seen.any():
        return match
    return replace(match, notes=({"msgid": KEPT_APART, "details": {"n": int(seen.sum()), "n_kept": len(apart)}}, *match.notes))
