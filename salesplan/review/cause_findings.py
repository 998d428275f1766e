"""Findings about why a month came out as it did: warnings beyond chance, parts of the bridge, the shape of the month."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.findings import SALES_MANAGER, Finding
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.review.bridge import Bridge
    from salesplan.review.linearity import Linearity
    from salesplan.review.signals import Signals

BELOW: Mapping[str, str] = {
    "month": mark("{unit}: {actual} in {month} where season and trend asked for {expected}; chance alone does this to few."),
    "two_months": mark("{unit}: two months in a row below what season and trend ask for; {month} brought {actual} instead of {expected}."),
    "drift": mark("{unit} has been drifting below its usual level since {since}; {month} brought {actual} instead of {expected}."),
}
ABOVE: Mapping[str, str] = {
    "month": mark("{unit}: {actual} in {month} where season and trend asked for {expected}: more than chance."),
    "two_months": mark("{unit}: two months in a row above what season and trend ask for; {month} brought {actual} instead of {expected}."),
    "drift": mark("{unit} has been drifting above its usual level since {since}; {month} brought {actual} instead of {expected}."),
}
BELOW_ACTION = mark("Ask what changed then: people, customers, territory, or the way orders are recorded.")
ABOVE_ACTION = mark("Find out what was done differently and tell the others.")
WORTH_SHARE = 0.03
"""Share of the target a part of the bridge must make before it is named."""
PARTS: Mapping[str, tuple[str, str]] = {
    "capacity": (
        mark("Days at work took {loss_amount} off {unit}'s month."),
        mark("See who was away or missing, and hand open deals over in time."),
    ),
    "activity": (
        mark("Fewer visits a day than usual took {loss_amount} ({interval_lower} to {interval_upper}) off {unit}'s month."),
        mark("Agree with each person on visits for the weeks to come and look at them every week."),
    ),
    "conversion": (
        mark("Fewer orders a visit than usual took {loss_amount} ({interval_lower} to {interval_upper}) off {unit}'s month."),
        mark("Sit in on visits; see which stage loses the deals."),
    ),
    "deal_size": (
        mark("Smaller orders than usual took {loss_amount} ({interval_lower} to {interval_upper}) off {unit}'s month."),
        mark("Look at discounts and at what is sold together."),
    ),
    "timing": (
        mark("Deals expected this month that came or will come in another took {loss_amount} off {unit}'s month."),
        mark("Go through the deals that slipped and date each one anew with the customer."),
    ),
}
STICK = mark("{unit}: the last {n_days} working days bring {excess_share} more of a month than an even month would, month after month.")
STICK_ACTION = mark("Ask what is held back until the end of the month; check the rules of targets and pay for it.")
LAST_DAYS = 3


def signal_findings(found: "Signals", *, unit_id: str, nodes: Mapping[str, str], below: set[str], due: dt.date) -> list[Finding]:
    """One finding a warning about the unit and its direct parts; warnings further down stand in those parts' reviews."""
    told = found.summary()
    told = told[told["unit_id"].isin({unit_id, *below})]
    return [
        Finding(
            key=f"signal_{row['rule']}_{row['direction']}", status="act" if row["direction"] == "below" else "ok",
            message=(BELOW if row["direction"] == "below" else ABOVE)[str(row["rule"])],
            action=BELOW_ACTION if row["direction"] == "below" else ABOVE_ACTION, owner=SALES_MANAGER, due=due,
            node_id=str(row["unit_id"]),
            details={"unit": nodes.get(str(row["unit_id"]), str(row["name"])), "actual": float(row["actual"]),
                     "expected": float(row["expected"]), "since": row["since"], "month": found.month})
        for row in told.to_dict("records")
    ]  # fmt: skip


def bridge_findings(found: "Bridge", *, unit_id: str, name: str, due: dt.date) -> list[Finding]:
    """Parts that took a sizeable bite out of the month and cannot be luck alone."""
    steps = found.steps(unit_id)
    made = []
    for row in steps.to_dict("records"):
        if row["part"] not in PARTS or row["can_be_luck"] or not row["share"] <= -WORTH_SHARE:
            continue
        message, action = PARTS[row["part"]]
        bounds = {} if pd.isna(row["lower"]) else {"interval_lower": -float(row["upper"]), "interval_upper": -float(row["lower"])}
        if bounds or "interval_lower" not in message:
            made.append(Finding(key=f"bridge_{row['part']}", status="watch", message=message, action=action, owner=SALES_MANAGER,
                                due=due, node_id=unit_id,
                                details={"unit": name, "loss_amount": -float(row["amount"]), **bounds}))
    return made


def shape_findings(found: "Linearity", *, unit_id: str, name: str, due: dt.date) -> list[Finding]:
    """A hockey stick: the whole interval of the last days' excess above zero."""
    row = found.table.set_index("unit_id").loc[unit_id]
    if pd.isna(row["excess_lower_share"]) or row["excess_lower_share"] <= 0:
        return []
    return [Finding(key="hockey_stick", status="watch", message=STICK, action=STICK_ACTION, owner=SALES_MANAGER, due=due,
                    node_id=unit_id, details={"unit": name, "n_days": LAST_DAYS, "excess_share": float(row["excess_share"])})]
