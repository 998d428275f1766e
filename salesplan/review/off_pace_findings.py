"""Findings about people behind: what probably holds each back, and the next step."""

import datetime as dt
from collections.abc import Mapping

from salesplan.findings import SALES_MANAGER, Finding
from salesplan.review.closing_findings import closing_words
from salesplan.review.closing_gap import ClosingGap
from salesplan.review.off_pace import OffPace
from salesplan.text import mark

MOST_PEOPLE = 5
BEHIND = mark("{seller} stands at {attainment} of target over the last {n_months} months ({gap_amount} short). {cause_msgid}: {evidence}")
NEXT = mark("{step} {takes}")
NEXT_STEP = mark("{step}")
MANY = mark(
    "{n} {n:person|people} below {unit} {n:is|are} behind over the last {n_months} {n_months:month|months}; for {n_told} the cause can be"
    " told."
)
MANY_ACTION = mark("Go through the reviews of the teams with their managers.")


def off_pace_findings(
    found: OffPace | None, closing: ClosingGap, *, unit_id: str, direct: set[str], names: Mapping[str, str], due: dt.date
) -> list[Finding]:
    """People directly in the unit who are behind, one by one; those further down counted.

    Parameters
    ----------
    found
        Sellers behind, cut to the unit.
    closing
        What closing each one's gap takes.
    direct
        The unit's own sellers.
    """
    if found is None:
        return []
    behind = found.table[found.table["is_off_pace"]]
    own = behind[behind["seller_id"].isin(direct)].head(MOST_PEOPLE)
    made = []
    for row in own.to_dict("records"):
        details = dict(row["details"])
        step = {"msgid": row["step_msgid"], "details": details}
        words = closing_words(closing, str(row["seller_id"]))
        takes = {"takes": words} if words is not None else {}
        made.append(Finding(
            key=f"off_pace_{row['cause']}", status="watch" if row["cause"] == "cannot_tell" else "act", message=BEHIND,
            action=NEXT if takes else NEXT_STEP, owner=SALES_MANAGER, due=due, node_id=str(row["seller_id"]),
            details={"seller": names.get(str(row["seller_id"]), str(row["seller_id"])), "attainment": float(row["attainment"]),
                     "n_months": found.window, "gap_amount": -float(row["gap"]), "cause_msgid": row["cause_msgid"],
                     "evidence": {"msgid": row["evidence_msgid"], "details": details}, "step": step, **takes}))  # fmt: skip
    below = behind[~behind["seller_id"].isin(direct)]
    if len(below):
        made.append(Finding(
            key="off_pace_below", status="watch", message=MANY, action=MANY_ACTION, owner=SALES_MANAGER, due=due, node_id=unit_id,
            details={"n": len(below), "unit": names.get(unit_id, unit_id), "n_months": found.window,
                     "n_told": int(below["cause"].ne("cannot_tell").sum())}))  # fmt: skip
    return made
