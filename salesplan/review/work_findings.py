"""Findings about the way of working: a figure of the unit's own chart below its usual range."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from salesplan.findings import SALES_MANAGER, Finding
from salesplan.review.work_charts import FALSE_RATE, MEASURES
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.review.signals import Signals
    from salesplan.review.work_charts import WorkCharts

BELOW: Mapping[str, str] = {
    "below": mark(
        "{unit}: {measure_msgid} at {now_value} in {month}, below the usual range of {lower_value} to {upper_value}. In quiet months"
        " {false_rate} of such figures are outside by chance."
    ),
    "drift_below": mark(
        "{unit}: {measure_msgid} has been lower than it used to be for some months: {now_value} in {month}, {centre_value} before. In"
        " quiet months {false_rate} of such figures are outside by chance."
    ),
}  # fmt: skip
ACTION = mark("Look at it with the team before acting: who or what changed, or only how it is recorded.")
DIGITS = {"amount_per_order": 0, "win_rate": 3}


def work_findings(work: "WorkCharts", signals: "Signals", *, unit_id: str, name: str, due: dt.date) -> list[Finding]:
    """A figure of the unit's work below its range, unless the unit's sales already are."""
    told = signals.summary()
    if (told["unit_id"].eq(unit_id) & told["direction"].eq("below")).any():
        return []
    return [
        Finding(key=f"work_{row['measure']}", status="watch", message=BELOW[row["verdict"]], action=ACTION, owner=SALES_MANAGER, due=due,
                node_id=unit_id,
                details={"unit": name, "measure_msgid": MEASURES[row["measure"]], "month": work.month,
                         "false_rate": {"number": FALSE_RATE, "digits": 0},
                         **{f"{kind}_value": {"number": float(row[column]), "digits": DIGITS.get(row["measure"], 2)}
                            for kind, column in (("now", "value"), ("centre", "centre_value"), ("lower", "lower_value"),
                                                 ("upper", "upper_value"))}})
        for row in work.table.to_dict("records") if row["verdict"] in BELOW
    ]  # fmt: skip
