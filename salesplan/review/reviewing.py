"""All findings of a unit's review."""

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.calendars.working_days import working_day_from
from salesplan.findings import Finding
from salesplan.review.action_findings import action_findings
from salesplan.review.cause_findings import bridge_findings, shape_findings, signal_findings
from salesplan.review.closing_findings import closing_findings
from salesplan.review.off_pace_findings import off_pace_findings
from salesplan.review.standing_findings import standing_findings
from salesplan.review.target_findings import target_findings
from salesplan.review.work_findings import work_findings

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview

DAYS_TO_ACT = 15


def review_findings(review: "MonthlyReview") -> list[Finding]:
    """What a manager should know of the unit and of what is directly below it.

    Findings about people further down stand in the reviews of their own teams, so that each action has one place.
    """
    due = due_day(review.data.period_end, country=review.company.country)
    names, top = review.names, review.top
    units = review.data.units
    below = set(units.loc[units["parent_id"].eq(top), "unit_id"].astype(str))
    people = set(units.loc[units["parent_id"].eq(top) & units["level"].eq("rep"), "unit_id"].astype(str)) | {top}
    name = names.get(top, top)
    behind = off_pace_findings(review.off_pace, review.closing, unit_id=top, direct=people, names=names, due=due)
    told = {finding.node_id for finding in behind} - {top}
    return [
        *action_findings(review.followed, unit_id=top, due=due),
        *standing_findings(review.attainment, review.year_end, unit_id=top, names=names, due=due, told_elsewhere=told,
                           is_complete=review.data.is_complete),
        *target_findings(review.year_end, unit_id=top, names=names, due=due),
        *closing_findings(review.closing, unit_id=top, name=name, due=due),
        *signal_findings(review.signals, unit_id=top, nodes=names, below=below, due=due),
        *work_findings(review.work, review.signals, unit_id=top, name=name, due=due),
        *behind,
        *bridge_findings(review.bridge_target, unit_id=top, name=name, due=due),
        *shape_findings(review.linearity, unit_id=top, name=name, due=due),
    ]


def due_day(period_end: pd.Timestamp, *, country: str = "CN") -> dt.date:
    """Working day by which what a month's review asks for should be done.

    Examples
    --------
    >>> due_day(pd.Timestamp("2026-10-31")), due_day(pd.Timestamp("2026-09-30"))      # the 15th of November is a Sunday
    (datetime.date(2026, 11, 16), datetime.date(2026, 10, 15))
    """
    return working_day_from(period_end + pd.Timedelta(days=DAYS_TO_ACT), country=country)
