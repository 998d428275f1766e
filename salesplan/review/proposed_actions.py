"""The actions a review proposes: one a finding that asks for something, with the figure it should move."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.findings import Finding

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview

AIMS: Mapping[str, str] = {
    "bridge_activity": "visits_per_day",
    "bridge_conversion": "orders_per_visit",
    "bridge_deal_size": "amount_per_order",
    "closing_gap": "visits_per_day",
    "off_pace_activity": "visits_per_day",
    "off_pace_pipeline": "pipeline_cover",
    "off_pace_conversion": "orders_per_visit",
    "off_pace_deal_size": "amount_per_order",
}
"""Finding -> the figure its action should move; attainment where nothing else is named."""
AIMLESS = ("undecided_actions", "actions_worse", "actions_improved", "restated", "off_pace_below")
"""Findings whose action moves no figure."""


def proposed_actions(review: "MonthlyReview") -> pd.DataFrame:
    """Actions of the review's urgent findings, as the action store keeps them.

    Returns
    -------
    DataFrame ``unit_id, node_id, finding_key, urgency`` (act or watch), ``message, action`` (marked), ``details, owner``
    (marked), ``due, measure, measure_value, better``.
    """
    rows = [_row(finding, review) for finding in review.findings if finding.action and finding.status in ("act", "watch")]
    columns = ["unit_id", "node_id", "finding_key", "urgency", "message", "action", "details", "owner", "due", "measure",
               "measure_value", "better"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _row(finding: Finding, review: "MonthlyReview") -> dict[str, Any]:
    aimless = finding.key.startswith(AIMLESS)
    measure = "" if aimless else AIMS.get(finding.key, "attainment")
    found = review.measures
    now = found[found["node_id"].eq(finding.node_id) & found["measure"].eq(measure) & found["month"].eq(review.data.month)]
    return {
        "unit_id": review.top, "node_id": finding.node_id, "finding_key": finding.key, "urgency": finding.status,
        "message": finding.message, "action": finding.action, "details": dict(finding.details), "owner": finding.owner,
        "due": finding.due, "measure": measure, "measure_value": float(now["value"].iloc[0]) if len(now) else float("nan"),
        "better": "higher" if measure else "",
    }  # fmt: skip
