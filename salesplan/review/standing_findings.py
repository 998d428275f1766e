"""Findings about where a unit stands: the year's chance, whose gap it is, and what the organisation's changes do to it."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.findings import SALES_DIRECTOR, SALES_MANAGER, Finding, Status
from salesplan.review.target_cover import WHOLE
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.review.attainment import Attainment
    from salesplan.review.projection import Projection

UNLIKELY, LIKELY = 0.25, 0.6
"""Below the first chance of the target a unit must act, above the second all is well."""
WORTH_A_WORD = 1.0
"""Percentage points of a unit's target that a part must lack before it is named."""
MOST_PARTS = 3

YEAR = mark(
    "{unit}: the year will probably end at {projected} of a target of {target} ({coverage_share} interval {lower} to {upper});"
    " the chance of reaching it is {p_hit}."
)  # fmt: skip
YEAR_PARTLY = mark(
    "{unit}: the year will probably end at {projected} ({coverage_share} interval {lower} to {upper}). The target of {target} is about"
    " {covered_amount} of that, for some people or months have none: the chance that those sales reach it is {p_hit}."
)  # fmt: skip
YEAR_ACTION = mark(
    "Decide this month where the missing {gap_amount} is to come from; whether targets may change is judged apart, by what is usual."
)
YEAR_WATCH = mark("Look at the largest parts of the gap below and agree on one action for each.")
PART = mark("{part} lacks {gap_amount} this month and takes {points_value} percentage points off the attainment of {unit}.")
PART_ACTION = mark("Go through the plan for the weeks to come with {part}, and through open deals where there are any.")
PEOPLE_MOVED = mark(
    "{unit}: as judged then attainment is {attainment}, as today's organisation would have it {restated_rate}; people or targets"
    " moved in between."
)  # fmt: skip
MOVED_ACTION = mark("Use the figure of the time for pay and scores, the restated one for plans.")


def standing_findings(
    found: "Attainment", year: "Projection", *, unit_id: str, names: Mapping[str, str], due: dt.date,
    told_elsewhere: Collection[str] = (), is_complete: bool = True,
) -> list[Finding]:
    """Findings about a unit's year, its month's gap and what moved.

    Parameters
    ----------
    found
        Attainment of the month.
    year
        Projection to the year's end.
    unit_id
        The unit.
    names
        Name by id.
    due
        Day by which to act.
    told_elsewhere
        People of whom another finding speaks already.
    is_complete
        Whether the month is over; nobody lacks anything of a month under way.
    """
    parts = _parts(found, unit_id, names, due, told_elsewhere) if is_complete else []
    return [*_year(year, unit_id, names, due), *parts, *_moved(found, unit_id, names, due)]


def _year(year: "Projection", unit_id: str, names: Mapping[str, str], due: dt.date) -> list[Finding]:
    row = year.row(unit_id)
    if pd.isna(row["p_hit"]):
        return []
    status: Status = "act" if row["p_hit"] < UNLIKELY else "watch" if row["p_hit"] < LIKELY else "ok"
    whole = row["covered_share"] >= WHOLE
    action = {"act": YEAR_ACTION, "watch": YEAR_WATCH}.get(status, "")
    return [Finding(
        key="year_end", status=status, message=YEAR if whole else YEAR_PARTLY, action=action, owner=SALES_DIRECTOR if action else "",
        due=due if action else None, node_id=unit_id,
        details={"unit": names.get(unit_id, unit_id), "projected": float(row["projected"]), "target": float(row["target"]),
                 "coverage_share": {"number": year.coverage, "digits": 0}, "lower": float(row["lower"]), "upper": float(row["upper"]),
                 "p_hit": float(row["p_hit"]), "covered_amount": float(row["covered_amount"]),
                 "gap_amount": max(float(row["target"] - row["covered_amount"]), 0.0)})]  # fmt: skip


def _parts(
    found: "Attainment", unit_id: str, names: Mapping[str, str], due: dt.date, told_elsewhere: Collection[str]
) -> list[Finding]:
    month = found.frame("month")
    below = month[month["parent_id"].eq(unit_id) & month["level"].ne("former") & month["contribution_points"].le(-WORTH_A_WORD)]
    below = below[~below["unit_id"].isin(list(told_elsewhere))]
    worst = below.sort_values("contribution_points", kind="stable").head(MOST_PARTS)
    return [
        Finding(key="part_behind", status="watch", message=PART, action=PART_ACTION, owner=SALES_MANAGER, due=due,
                node_id=str(row["unit_id"]),
                details={"part": names.get(str(row["unit_id"]), str(row["name"])), "unit": names.get(unit_id, unit_id),
                         "gap_amount": float(row["judged_target"] - row["judged_actual"]),
                         "points_value": round(-float(row["contribution_points"]), 1)})
        for row in worst.to_dict("records")
    ]  # fmt: skip


def _moved(found: "Attainment", unit_id: str, names: Mapping[str, str], due: dt.date) -> list[Finding]:
    month = found.frame("month").set_index("unit_id").loc[unit_id]
    judged, restated = month["judged_attainment"], month["restated_attainment"]
    if pd.isna(judged) or pd.isna(restated) or abs(restated - judged) < WORTH_A_WORD / 100:
        return []
    return [Finding(key="restated", status="watch", message=PEOPLE_MOVED, action=MOVED_ACTION, owner=SALES_MANAGER, due=due,
                    node_id=unit_id, details={"unit": names.get(unit_id, unit_id), "attainment": float(judged),
                                              "restated_rate": float(restated)})]
