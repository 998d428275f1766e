"""What closing the gap takes, in sentences: of the unit as a finding, of a person as the text of an action."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from salesplan.findings import SALES_MANAGER, Finding, Status
from salesplan.review.closing_gap import VERDICTS, ClosingGap
from salesplan.review.closing_paces import WEEK
from salesplan.text import mark

UNTIL = {"quarter": mark("the quarter's target"), "year": mark("the year's target")}
STATUS: Mapping[str, Status] = {"usual": "ok", "stretch": "watch", "unseen": "watch", "doubtful": "act", "beyond": "act"}
GAP = mark("{unit}: {takes}")
VISITS = mark(
    "Closing the gap of {gap_amount} to {until_msgid} takes {n_needed} visits in the {n_left} working days left ({p_sure} sure),"
    " {needed_value} a week; {usual_value} a week are usual, the best {n_months} {n_months:month|months} ever had {best_value}. {verdict}"
)
ORDERS = mark(
    "Closing the gap of {gap_amount} to {until_msgid} takes {n_needed} orders in the {n_left} working days left ({p_sure} sure),"
    " {needed_value} a week; {usual_value} a week are to be expected, the best {n_months} {n_months:month|months} ever had"
    " {best_value}. {verdict}"
)
ACTIONS: Mapping[str, str] = {
    "stretch": mark("Share the {needed_value} a week out person by person and look at them every week."),
    "unseen": mark("Share the {needed_value} a week out person by person and look at them every week."),
    "doubtful": mark(
        "Agree on the pace person by person, and at the same time on what else can close the gap: larger orders, help from others."
    ),
    "beyond": mark(
        "Hard work alone will not close it: say so now, and agree on larger orders, help from others, or a promise that can be kept."
    ),
}


def closing_words(found: ClosingGap, unit_id: str) -> dict[str, Any] | None:
    """What closing a node's gap takes, as a sentence with its details; None where there is nothing to say."""
    row = found.row(unit_id)
    if row is None or row["verdict"] not in STATUS:
        return None
    return {"msgid": VISITS if row["step"] == "visits" else ORDERS, "details": _details(found, row)}


def closing_findings(found: ClosingGap, *, unit_id: str, name: str, due: dt.date) -> list[Finding]:
    """One finding about the unit's own gap."""
    row, words = found.row(unit_id), closing_words(found, unit_id)
    if row is None or words is None:
        return []
    action = ACTIONS.get(row["verdict"], "")
    return [Finding(key="closing_gap", status=STATUS[row["verdict"]], message=GAP, action=action, owner=SALES_MANAGER if action else "",
                    due=due if action else None, node_id=unit_id,
                    details={"unit": name, "takes": words, **words["details"]})]


def _details(found: ClosingGap, row: Mapping[str, Any]) -> dict[str, Any]:
    p_best = _known(row["p_best"])
    details: dict[str, Any] = {
        "gap_amount": float(row["gap_amount"]), "until_msgid": UNTIL[found.until], "n_needed": int(row["n_needed"]),
        "n_left": found.working_days_left, "p_sure": found.confidence, "n_months": found.n_months,
        "verdict": {"msgid": VERDICTS[row["verdict"]], "details": {"p_best": p_best}},
    }  # fmt: skip
    for name in ("needed", "usual", "best"):
        pace = _known(row[f"{name}_pace"])
        details[f"{name}_value"] = None if pace is None else {"number": WEEK * pace, "digits": 1}
    return details


def _known(value: float) -> float | None:
    return float(value) if value == value else None
