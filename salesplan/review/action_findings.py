"""Findings about earlier actions: what nobody decided, what helped, what changed nothing."""

import datetime as dt

import pandas as pd

from salesplan.findings import SALES_MANAGER, Finding
from salesplan.text import mark

UNDECIDED = mark("{n} {n:action|actions} of {period} were neither accepted nor dismissed.")
UNDECIDED_ACTION = mark("Decide about each in the app, with a reason; a review without actions is only a report.")
HELPED = mark(
    "{n} of {n_accepted} accepted actions were followed by a change for the better beyond the usual swing; chance alone would bring"
    " {chance_value}."
)
WORSE = mark(
    "{n} of {n_accepted} accepted actions were followed by a change for the worse beyond the usual swing; chance alone would bring"
    " {chance_value}."
)
ONE_SIDE = 0.05
"""Share of figures that chance alone carries beyond one side of their usual swing."""
WORSE_ACTION = mark("Look at these again before anything new is agreed.")


def action_findings(followed: pd.DataFrame, *, unit_id: str, due: dt.date) -> list[Finding]:
    """What became of the actions of earlier months, in at most three findings.

    Parameters
    ----------
    followed
        From :func:`~salesplan.review.follow_up.follow_up`.
    """
    made = []
    if len(followed):
        newest = followed[followed["period"].eq(followed["period"].max())]
        if n := int(newest["status"].eq("proposed").sum()):
            made.append(Finding(key="undecided_actions", status="watch", message=UNDECIDED, action=UNDECIDED_ACTION, owner=SALES_MANAGER,
                                due=due, node_id=unit_id, details={"n": n, "period": str(newest["period"].iloc[0])}))
    taken = followed[followed["status"].isin(["accepted", "done"])]
    for verdict, status, message, action in (("worse", "watch", WORSE, WORSE_ACTION), ("improved", "ok", HELPED, "")):
        if n := int(taken["verdict"].eq(verdict).sum()):
            made.append(Finding(key=f"actions_{verdict}", status=status, message=message, action=action,  # type: ignore[arg-type]
                                owner=SALES_MANAGER if action else "", due=due if action else None, node_id=unit_id,
                                details={"n": n, "n_accepted": len(taken),
                                         "chance_value": {"number": ONE_SIDE * len(taken), "digits": 1}}))
    return made
